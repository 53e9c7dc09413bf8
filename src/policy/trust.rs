//! Who may assume a role, by its trust policy.

use super::answer::Answer;
use super::callers::OTHER_PROVIDER;
use super::condition::{Condition, Test};
use super::context;
use super::document::{Document, Effect, Scope, ask, is_fixed};
use super::glob::Glob;
use super::known::Known;
use super::public::lets_strangers;
use super::request::Caller;
use super::space::{Asking, Goal, Outcome, Space};
use super::targets;
use super::universe::{Axis, Point};
use crate::model::Truth;
use serde_json::Value;

/// May anyone in any AWS account assume the role?
///
/// So it is if a stranger, as in [`super::is_public`], may call `sts:AssumeRole` and the like. `sts:ExternalId` keeps no
/// stranger out: it is a word that anyone may send. Who gets in through an identity provider is the question of
/// [`oidc_trust_restricted`]. Without a policy: false.
pub fn trusts_anyone(policy: &Value) -> Answer {
    ask(policy, Truth::False, |document| {
        lets_strangers(document, "sts", &by_itself, &|caller| has_credentials(caller) && !is_federated(caller))
    })
}

/// Are the other accounts that may assume the role trusted ones, or bound to an external id?
///
/// A principal of an account that is not [`Known`] (by itself or through its organization) must send an `sts:ExternalId`
/// that the policy fixes, and its account must be one that the policy names. Services and identity providers are not other
/// accounts. Without a policy: true.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>.
pub fn external_trust_restricted(policy: &Value, known: &Known<'_>) -> Answer {
    ask(policy, Truth::True, |document| {
        let accounts = known.accounts();
        let documents = [document];
        let asking = Asking::Everyone { known: &accounts };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &by_itself));
        let named = |account: &str| {
            let grants = document.statements.iter().filter(|one| one.effect == Effect::Allow);
            let principals = grants.filter_map(|one| match &one.principals {
                Some(Scope::Only(named)) => Some(named),
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
        let mut answer = !Answer::exists(&space, either(strangers, partners));
        for witness in &mut answer.witnesses {
            if witness.context.get("sts:externalid").is_none_or(Vec::is_empty) {
                witness.text.push_str(" without an external id");
            }
        }
        known.explained(answer)
    })
}

/// The first that is so, or may be so.
fn either(first: Outcome, second: Outcome) -> Outcome {
    match (first.exists, second.exists) {
        (Truth::True, _) => first,
        (_, Truth::True) => second,
        (Truth::Unknown, _) => first,
        _ => second,
    }
}

/// Does every grant to an OpenID Connect provider name the audience (`aud`) and the subjects (`sub`) that it means?
///
/// A subject may have wildcards after the part that names its owner: `repo:my-org/*` names one, `repo:my*` does not. For the
/// public providers with other words for the two (Facebook, Amazon, Cognito) theirs count. True if no provider is trusted.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>, "Available keys
/// for AWS OIDC federation".
pub fn oidc_trust_restricted(policy: &Value) -> Answer {
    ask(policy, Truth::True, |document| {
        let documents = [document];
        let asking = Asking::Everyone { known: &[] };
        let by_token = |action: &str| (action == "sts:assumerolewithwebidentity").then_some(0);
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &by_token));
        let mut so_far = Answer::from(Truth::True);
        for provider in providers(&space) {
            let host = provider.split_once(":oidc-provider/").map_or(&provider[..], |(_, host)| host);
            let host = host.to_ascii_lowercase();
            for claim in [Claim::Audience, Claim::Subject] {
                let keys = claim.keys(&host);
                let filter = |axis: &Axis, point: &Point| match &point.caller {
                    Some(caller) => Truth::from(matches!(caller, Caller::Federated(name) if *name == provider)),
                    None => axis.keys.iter().zip(&point.values).filter(|(key, _)| keys.contains(key)).fold(
                        Truth::True,
                        |so_far, (key, values)| {
                            let names =
                                |condition: &Condition, written: &str| names_an_owner(condition, written, &host, claim);
                            so_far.and(Truth::from(!values.iter().any(|value| space.mentions.lists(key, value, names))))
                        },
                    ),
                };
                let mut answer = !Answer::exists(&space, space.exists(Goal::Allowed, &filter));
                for witness in &mut answer.witnesses {
                    witness.text.push_str(match claim {
                        Claim::Audience => " with a token for any audience",
                        Claim::Subject => " with a token of any subject",
                    });
                }
                if answer.truth == Truth::False {
                    return answer;
                }
                if so_far.truth == Truth::True {
                    so_far = answer;
                }
            }
        }
        so_far
    })
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

fn is_word(_: &Condition, written: &str) -> bool {
    is_fixed(written)
}

/// May someone assume the role through an identity provider (SAML or OpenID Connect)? Without a policy: false.
pub fn trusts_federation(policy: &Value) -> Answer {
    ask(policy, Truth::False, |document| lets_in(document, &[Way::OpenIdConnect, Way::Saml]))
}

/// May someone assume the role through an OpenID Connect provider? Without a policy: false.
pub fn trusts_oidc(policy: &Value) -> Answer {
    ask(policy, Truth::False, |document| lets_in(document, &[Way::OpenIdConnect]))
}

/// Does someone get in by one of the ways?
fn lets_in(document: &Document, ways: &[Way]) -> Answer {
    let documents = [document];
    let asking = Asking::Everyone { known: &[] };
    let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &assumes));
    let found = ways.iter().map(|way| space.exists(Goal::Allowed, &|_, point| way.is_of(point)));
    found.reduce(either).map_or(Truth::Unknown.into(), |found| Answer::exists(&space, found))
}

/// A way to assume a role: who may take it, and by which action.
#[derive(Clone, Copy)]
enum Way {
    Itself,
    OpenIdConnect,
    Saml,
}

const WAYS_IN: [Way; 3] = [Way::Itself, Way::OpenIdConnect, Way::Saml];

impl Way {
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
/// Requests without MFA are those with `aws:MultiFactorAuthPresent` false, and those with long-term keys, in which the key
/// is absent: `BoolIfExists` in an Allow, or `Bool` in a Deny, lets the latter in. Identity providers and services do not
/// show MFA to AWS, so a grant to them demands none. False without a policy and where nothing is granted.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
/// `aws:MultiFactorAuthPresent`.
pub fn trust_requires_mfa(policy: &Value) -> Answer {
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let asking = Asking::Everyone { known: &[] };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("sts"), &assumes));
        let granted = WAYS_IN.iter().map(|way| space.exists(Goal::Allowed, &|_, point| way.is_of(point)));
        let granted = granted.fold(Truth::False, |so_far, outcome| so_far.or(outcome.exists));
        if granted == Truth::False {
            return Truth::False.into();
        }
        let without = |axis: &Axis, point: &Point| {
            let present = axis.value(point, context::OF_MFA[0]).and_then(|values| values.first());
            Truth::from(present.is_none_or(|value| value != "true"))
        };
        let open = WAYS_IN
            .iter()
            .map(|way| space.exists(Goal::Allowed, &|axis, point| way.is_of(point).and(without(axis, point))));
        let Some(open) = open.reduce(either) else { return Truth::Unknown.into() };
        let mut answer = !Answer::exists(&space, open);
        answer.truth = answer.truth.and(granted);
        for witness in answer.witnesses.iter_mut().filter(|one| !one.text.ends_with(" without MFA")) {
            witness.text.push_str(" without MFA");
        }
        answer
    })
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

#[derive(Clone, Copy)]
enum Claim {
    Audience,
    Subject,
}

impl Claim {
    /// The condition keys that hold the claim, in lower case: one of them that is fixed is enough.
    fn keys(self, host: &str) -> Vec<String> {
        let claims: &[&str] = match (self, host) {
            (Self::Audience, "graph.facebook.com" | "www.amazon.com") => &["app_id"],
            (Self::Audience, "accounts.google.com") => &["aud", "oaud"],
            (Self::Audience, _) => &["aud"],
            (Self::Subject, "graph.facebook.com") => &["id"],
            (Self::Subject, "www.amazon.com") => &["user_id"],
            (Self::Subject, "cognito-identity.amazonaws.com") => &["sub", "amr"],
            (Self::Subject, _) => &["sub"],
        };
        claims.iter().map(|claim| format!("{host}:{claim}")).collect()
    }
}

fn names_an_owner(condition: &Condition, value: &str, host: &str, claim: Claim) -> bool {
    if condition.key.ends_with(":amr") {
        return value != "unauthenticated" && is_fixed(value);
    }
    if matches!(claim, Claim::Audience)
        || is_fixed(value)
        || !matches!(condition.operator.test, Test::Pattern | Test::Unknown)
    {
        return is_fixed(value);
    }
    if value.contains("${") {
        return false;
    }
    let pattern = Glob::new(value);
    let prefix = pattern.literal_prefix();
    // Everyone may have an organization at these; the mark that ends its name must come before the first wildcard.
    let owner_ends_with = match host {
        "token.actions.githubusercontent.com" => Some(("repo:", '/')),
        "gitlab.com" => Some(("project_path:", '/')),
        "app.terraform.io" => Some(("organization:", ':')),
        _ => None,
    };
    match owner_ends_with {
        Some((start, end)) => prefix
            .strip_prefix(start)
            .and_then(|owner| owner.split_once(end))
            .is_some_and(|(owner, _)| !owner.is_empty()),
        None => prefix.chars().any(char::is_alphanumeric),
    }
}
