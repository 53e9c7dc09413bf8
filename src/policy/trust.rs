//! Asks who may assume a role by its trust policy.

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::condition::{KeyCondition, Test};
use super::context;
use super::document::{Effect, ParsedPolicy, Subset, ask, is_fixed};
use super::examples::OTHER_PROVIDER;
use super::issuers::{Demand, Issuer};
use super::known::Known;
use super::public::lets_strangers;
use super::request::Caller;
use super::space::{Askers, Goal, RequestsFound, Space};
use super::targets;
use crate::model::Truth;
use serde_json::Value;

/// May anyone in any AWS account assume the role?
///
/// A stranger, as in [`super::is_public`], who may call `sts:AssumeRole` and the like is such an account.
/// `sts:ExternalId` does not keep a stranger out, because anyone may send that word. [`oidc_trust_restricted`] asks who
/// gets in through an identity provider. Without a policy: false.
pub fn trusts_anyone(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let is_account = |caller: &Caller| has_credentials(caller) && !is_federated(caller);
        lets_strangers(document, "sts", &by_itself, &|_, point| point.caller.as_ref().is_none_or(is_account))
    })
}

/// Are the other accounts that may assume the role trusted ones, or bound to an external id?
///
/// A principal of an account that is not [`Known`] (by itself or through its organization) must send an
/// `sts:ExternalId` that the policy fixes, and its account must be one that the policy names. Services and identity
/// providers are not other accounts. Without a policy: true.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>.
pub fn external_trust_restricted(policy: &Value, known: &Known<'_>) -> PolicyAnswer {
    ask(policy, Truth::True, |document| {
        let accounts = known.accounts();
        let documents = [document];
        let asking = Askers::Everyone { known: &accounts };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &by_itself));
        let named = |account: &str| {
            let grants = document.statements.iter().filter(|one| one.effect == Effect::Allow);
            let principals = grants.filter_map(|one| match &one.principals {
                Some(Subset::Only(named)) => Some(named),
                _ => None,
            });
            principals.flatten().any(|principal| principal.account() == Some(account))
        };
        let outsider = |axis: &Axis, point: &Point, is_named: bool| match &point.caller {
            Some(Caller::Aws { account, .. }) if named(account) == is_named => !known.knows(&space, axis, point),
            Some(_) => Truth::False,
            None => !known.knows(&space, axis, point),
        };
        let guesses = |axis: &Axis, point: &Point| match axis.value(point, "sts:externalid") {
            Some(values) => {
                Truth::from(!values.iter().any(|value| space.mentions.lists("sts:externalid", value, is_word)))
            }
            None => Truth::True,
        };
        let strangers = space.exists(Goal::Allowed, &|axis, point| outsider(axis, point, false));
        let partners =
            space.exists(Goal::Allowed, &|axis, point| outsider(axis, point, true).and(guesses(axis, point)));
        let mut answer = !PolicyAnswer::exists(&space, either(strangers, partners));
        for witness in &mut answer.witnesses {
            if witness.context.get("sts:externalid").is_none_or(Vec::is_empty) {
                witness.text.push_str(" without an external id");
            }
        }
        known.explained(answer)
    })
}

/// The first that is so, or may be so.
fn either(first: RequestsFound, second: RequestsFound) -> RequestsFound {
    match (first.exists, second.exists) {
        (Truth::True, _) => first,
        (_, Truth::True) => second,
        (Truth::Unknown, _) => first,
        _ => second,
    }
}

/// Does every grant to an OpenID Connect provider say whose tokens it means?
///
/// At a provider that signs for all of its customers (GitHub) a claim must fix the customer: `repo:my-org/*` does,
/// `repo:my*` does not. At one that everybody signs up to (Google, Cognito) it takes the audience and the subject, at a
/// cluster the namespace of the pods, and at an organization's own provider the subject or another claim beside the
/// audience, which STS compares with what the provider in IAM lists. True if no provider is trusted.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>, "Available
/// keys for AWS OIDC federation".
pub fn oidc_trust_restricted(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::True, |document| !with_loose_tokens(document, &Issuer::demands))
}

/// Does somebody get in by a token of a provider that signs for everybody, without the policy saying whose tokens it
/// means? Without a policy: false.
pub fn oidc_admits_strangers(policy: &Value) -> PolicyAnswer {
    let demands = |issuer: Issuer| match issuer {
        Issuer::Shared(_) | Issuer::People => issuer.demands(),
        _ => &[],
    };
    ask(policy, Truth::False, |document| with_loose_tokens(document, &demands))
}

/// Do the pods of some cluster get in whatever their namespace is? Without a policy: false.
pub fn oidc_admits_any_workload(policy: &Value) -> PolicyAnswer {
    let demands = |issuer: Issuer| if issuer == Issuer::Cluster { issuer.demands() } else { &[] };
    ask(policy, Truth::False, |document| with_loose_tokens(document, &demands))
}

/// Do the pods of some cluster get in whatever the name of their service account is, in some namespace or in all? Without a
/// policy: false.
pub fn oidc_admits_unnamed_workloads(policy: &Value) -> PolicyAnswer {
    let demands = |issuer: Issuer| if issuer == Issuer::Cluster { &[Demand::ServiceAccount][..] } else { &[] };
    ask(policy, Truth::False, |document| with_loose_tokens(document, &demands))
}

/// Does someone get in by a token that the policy does not tie as is demanded of its issuer?
fn with_loose_tokens(document: &ParsedPolicy, demands: &dyn Fn(Issuer) -> &'static [Demand]) -> PolicyAnswer {
    let documents = [document];
    let asking = Askers::Everyone { known: &[] };
    let by_token = |action: &str| (action == "sts:assumerolewithwebidentity").then_some(0);
    let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &by_token));
    let mut so_far = PolicyAnswer::from(Truth::False);
    for provider in providers(&space) {
        let host = provider.split_once(":oidc-provider/").map_or(&provider[..], |(_, host)| host).to_ascii_lowercase();
        let issuer = Issuer::of(&host);
        for demand in demands(issuer) {
            let claim_of = |key: &str| match key.strip_prefix(&host).and_then(|rest| rest.strip_prefix(':')) {
                Some(claim) => claim.to_owned(),
                None => key.to_owned(),
            };
            let ties = |key: &str, condition: &KeyCondition, written: &str| {
                let is_pattern = matches!(condition.operator.test, Test::Pattern | Test::Unknown);
                let is_its_own = key.starts_with(&host) || key == "sts:rolesessionname";
                is_its_own.then(|| issuer.fixes(*demand, &claim_of(key), written, is_pattern)).flatten()
            };
            let is_meant = |caller: &Caller| matches!(caller, Caller::Federated(name) if *name == provider);
            let mut answer = untied(&space, &is_meant, &ties);
            for witness in &mut answer.witnesses {
                witness.text.push_str(&format!(" with a token {}", issuer.whose(*demand)));
            }
            if answer.truth == Truth::True {
                return answer;
            }
            if so_far.truth == Truth::False {
                so_far = answer;
            }
        }
    }
    so_far
}

/// Is there a request of such a caller in which no key has a value that ties it? `ties` says whether a written value
/// ties it, and `None` for keys that have no part in it.
fn untied(
    space: &Space<'_>,
    is_meant: &dyn Fn(&Caller) -> bool,
    ties: &dyn Fn(&str, &KeyCondition, &str) -> Option<Truth>,
) -> PolicyAnswer {
    let is_tied = |key: &str, value: &str| {
        space
            .mentions
            .written(key, value)
            .filter_map(|(condition, own)| ties(key, condition, own))
            .fold(Truth::False, Truth::or)
    };
    let filter = |axis: &Axis, point: &Point| match &point.caller {
        Some(caller) => Truth::from(is_meant(caller)),
        None => axis.keys.iter().zip(&point.values).fold(Truth::True, |so_far, (key, values)| {
            so_far.and(!values.iter().map(|value| is_tied(key, value)).fold(Truth::False, Truth::or))
        }),
    };
    PolicyAnswer::exists(space, space.exists(Goal::Allowed, &filter))
}

/// May someone whom an identity provider of the SAML kind vouches for assume the role? Without a policy: false.
pub fn trusts_saml(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| lets_in(document, &[WayIn::Saml]))
}

/// Does every grant to a SAML provider say at which of AWS's sign-in pages the assertion must be presented
/// (`SAML:aud`)? Without a policy: true.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>, "Available
/// keys for SAML-based AWS STS federation".
pub fn saml_trust_names_audience(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::True, |document| {
        let documents = [document];
        let by_saml = |action: &str| (action == "sts:assumerolewithsaml").then_some(0);
        let space = Space::new(&[&documents], Askers::Everyone { known: &[] }, |mentions| {
            targets::anywhere(mentions, Some("sts"), &by_saml)
        });
        let is_meant = |caller: &Caller| matches!(caller, Caller::Federated(name) if name.contains(":saml-provider/"));
        let ties = |key: &str, _: &KeyCondition, written: &str| {
            let is_named = is_fixed(written) || written.contains("signin.") && !written.contains("${");
            (key == "saml:aud").then_some(Truth::from(is_named))
        };
        let mut answer = !untied(&space, &is_meant, &ties);
        for witness in &mut answer.witnesses {
            witness.text.push_str(" with an assertion for any audience");
        }
        answer
    })
}

/// The service by which holders of certificates assume roles.
const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// May IAM Roles Anywhere hand out the role? Without a policy: false.
pub fn trusts_roles_anywhere(policy: &Value) -> PolicyAnswer {
    trusts_service(policy, &[ROLES_ANYWHERE])
}

/// May one of the services (such as `scheduler.amazonaws.com`) assume the role? Without a policy: false.
pub fn trusts_service(policy: &Value, services: &[&str]) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let space = assuming(&documents);
        PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &|_, point| is_of_service(point, services)))
    })
}

/// Do these services assume the role only on behalf of known accounts? See [`super::services_act_for_known`]. Without a
/// policy: true.
pub fn services_assume_for_known(policy: &Value, known: &Known<'_>, services: &[&str]) -> PolicyAnswer {
    ask(policy, Truth::True, |document| {
        let accounts = known.accounts();
        let documents = [document];
        let asking = Askers::Everyone { known: &accounts };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &by_itself));
        let filter = |axis: &Axis, point: &Point| is_of_service(point, services).and(!known.knows(&space, axis, point));
        known.explained(!PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &filter)))
    })
}

pub(super) fn is_of_service(point: &Point, services: &[&str]) -> Truth {
    Truth::from(point.caller.as_ref().is_none_or(|caller| match caller {
        Caller::Service(name) => services.iter().any(|own| own.eq_ignore_ascii_case(name)),
        _ => false,
    }))
}

/// Does every grant to IAM Roles Anywhere name the trust anchor (`aws:SourceArn`) or something of the certificate
/// (`aws:PrincipalTag/x509Subject/CN` and the like)? Otherwise any certificate of any anchor in the account gets in.
/// Without a policy: true.
///
/// Source: <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html>.
pub fn roles_anywhere_trust_restricted(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::True, |document| {
        let documents = [document];
        let space = assuming(&documents);
        let is_meant = |caller: &Caller| matches!(caller, Caller::Service(name) if name == ROLES_ANYWHERE);
        let ties = |key: &str, _: &KeyCondition, written: &str| match key {
            "aws:sourcearn" => {
                let anchor = written.split_once(":trust-anchor/").map(|(_, id)| id);
                Some(Truth::from(anchor.is_some_and(is_fixed)))
            }
            key if key.starts_with("aws:principaltag/x509") => Some(Truth::from(is_fixed(written.trim_matches('*')))),
            _ => None,
        };
        let mut answer = !untied(&space, &is_meant, &ties);
        for witness in &mut answer.witnesses {
            witness.text.push_str(" for any certificate of any trust anchor of the account");
        }
        answer
    })
}

/// Requests to assume a role.
fn assuming<'a>(documents: &'a [&'a ParsedPolicy]) -> Space<'a> {
    let asking = Askers::Everyone { known: &[] };
    Space::new(&[documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &by_itself))
}

/// The OpenID Connect providers that callers come from.
fn providers(space: &Space<'_>) -> Vec<String> {
    let callers = space.callers().points.iter().filter_map(|point| point.caller.as_ref());
    let name = |caller: &Caller| match caller {
        Caller::Federated(name) if is_oidc(name) => Some(name.clone()),
        _ => None,
    };
    callers.filter_map(name).collect()
}

fn is_word(_: &KeyCondition, written: &str) -> bool {
    is_fixed(written)
}

/// May someone assume the role through an identity provider (SAML or OpenID Connect)? Without a policy: false.
pub fn trusts_federation(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| lets_in(document, &[WayIn::OpenIdConnect, WayIn::Saml]))
}

/// May someone assume the role through an OpenID Connect provider? Without a policy: false.
pub fn trusts_oidc(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| lets_in(document, &[WayIn::OpenIdConnect]))
}

/// May someone assume the role through one of these OpenID Connect providers, given by their addresses without
/// `https://`? Without a policy: false.
pub fn trusts_provider(policy: &Value, providers: &[&str]) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let asking = Askers::Everyone { known: &[] };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &assumes));
        let is_one = |caller: &Caller| match caller {
            Caller::Federated(name) if is_oidc(name) => {
                let host = name.split_once(":oidc-provider/").map_or(&name[..], |(_, host)| host);
                providers.iter().any(|own| own.eq_ignore_ascii_case(host))
            }
            _ => false,
        };
        let filter = |_: &Axis, point: &Point| {
            Truth::from(point.caller.as_ref().is_none_or(is_one)).and(WayIn::OpenIdConnect.is_of(point))
        };
        PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &filter))
    })
}

/// Does someone get in by one of the ways?
fn lets_in(document: &ParsedPolicy, ways: &[WayIn]) -> PolicyAnswer {
    let documents = [document];
    let asking = Askers::Everyone { known: &[] };
    let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &assumes));
    let found = ways.iter().map(|way| space.exists(Goal::Allowed, &|_, point| way.is_of(point)));
    found.reduce(either).map_or(Truth::Unknown.into(), |found| PolicyAnswer::exists(&space, found))
}

/// A way to assume a role: who may take it, and by which action.
#[derive(Clone, Copy)]
enum WayIn {
    Itself,
    OpenIdConnect,
    Saml,
}

const WAYS_IN: [WayIn; 3] = [WayIn::Itself, WayIn::OpenIdConnect, WayIn::Saml];

impl WayIn {
    fn action(self) -> &'static str {
        match self {
            Self::Itself => "sts:AssumeRole",
            Self::OpenIdConnect => "sts:AssumeRoleWithWebIdentity",
            Self::Saml => "sts:AssumeRoleWithSAML",
        }
    }

    fn is_of(self, point: &Point) -> Truth {
        let by_caller = point.caller.as_ref().is_none_or(|caller| match (self, caller) {
            (Self::Itself, caller) => has_credentials(caller) && !is_federated(caller),
            (_, Caller::Federated(name)) if name == OTHER_PROVIDER => true,
            (Self::OpenIdConnect, Caller::Federated(name)) => is_oidc(name),
            (Self::Saml, Caller::Federated(name)) => !is_oidc(name),
            _ => false,
        });
        let by_action = point.target.as_ref().is_none_or(|(action, _)| action == self.action());
        Truth::from(by_caller && by_action)
    }
}

/// Does every way to assume the role demand that the requester has signed in with multi-factor authentication?
///
/// Requests without MFA are those with `aws:MultiFactorAuthPresent` false, and those with long-term keys, in which the
/// key is absent: `BoolIfExists` in an Allow, or `Bool` in a Deny, lets the latter in. Identity providers and services
/// do not show MFA to AWS, so a grant to them demands none. False without a policy and where nothing is granted.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
/// `aws:MultiFactorAuthPresent`.
pub fn trust_requires_mfa(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let asking = Askers::Everyone { known: &[] };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &assumes));
        let granted = WAYS_IN.iter().map(|way| space.exists(Goal::Allowed, &|_, point| way.is_of(point)));
        let granted = granted.fold(Truth::False, |so_far, outcome| so_far.or(outcome.exists));
        if granted == Truth::False {
            return Truth::False.into();
        }
        let open = WAYS_IN
            .iter()
            .map(|way| space.exists(Goal::Allowed, &|axis, point| way.is_of(point).and(shows_no_mfa(axis, point))));
        let Some(open) = open.reduce(either) else { return Truth::Unknown.into() };
        let mut answer = !PolicyAnswer::exists(&space, open);
        answer.truth = answer.truth.and(granted);
        say_without_mfa(&mut answer);
        answer
    })
}

/// May a principal or a service that no identity provider vouches for assume the role without multi-factor authentication?
/// Without a policy: false.
pub fn trusts_principals_without_mfa(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let space = assuming(&documents);
        let filter = |axis: &Axis, point: &Point| WayIn::Itself.is_of(point).and(shows_no_mfa(axis, point));
        let mut answer = PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &filter));
        say_without_mfa(&mut answer);
        answer
    })
}

fn shows_no_mfa(axis: &Axis, point: &Point) -> Truth {
    let present = axis.value(point, context::OF_MFA[0]).and_then(|values| values.first());
    Truth::from(present.is_none_or(|value| value != "true"))
}

fn say_without_mfa(answer: &mut PolicyAnswer) {
    for witness in answer.witnesses.iter_mut().filter(|one| !one.text.ends_with(" without MFA")) {
        witness.text.push_str(" without MFA");
    }
}

fn assumes(action: &str) -> Option<u8> {
    WAYS_IN.iter().position(|way| way.action().eq_ignore_ascii_case(action)).and_then(|at| u8::try_from(at).ok())
}

fn by_itself(action: &str) -> Option<u8> {
    (action == "sts:assumerole").then_some(0)
}

/// AWS STS answers signed requests only.
fn has_credentials(caller: &Caller) -> bool {
    *caller != Caller::Anonymous
}

fn is_federated(caller: &Caller) -> bool {
    matches!(caller, Caller::Federated(_))
}

fn is_oidc(name: &str) -> bool {
    !name.contains(":saml-provider/")
}
