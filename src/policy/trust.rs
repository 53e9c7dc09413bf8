//! Who may assume a role, by its trust policy.

use super::access::{Known, all, any, narrowed};
use super::condition::{Condition, Given, Holds, Test, all_hold};
use super::document::{Document, Principal, Scope, Statement, ask, is_fixed};
use super::glob::Glob;
use crate::model::Truth;
use serde_json::Value;

/// May anyone in any AWS account assume the role?
///
/// So it is if a grant names everyone, or everyone but some, and no condition ties the requester to fixed values as in
/// [`super::is_public`]. `sts:ExternalId` is no such condition: it is a word that anyone may send. Who gets in through an
/// identity provider is the question of [`oidc_trust_restricted`]. Without a policy: false.
pub fn trusts_anyone(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| {
        let federated = |principal: &Principal| matches!(principal, Principal::Federated(_));
        let by_name = Document {
            statements: document
                .statements
                .iter()
                .filter(|statement| statement.effect == super::document::Effect::Deny || assumes(statement))
                .map(|statement| match &statement.principals {
                    Some(Scope::Only(named)) => {
                        let others = named.iter().filter(|one| !federated(one)).cloned().collect();
                        Statement { principals: Some(Scope::Only(others)), ..statement.clone() }
                    }
                    _ => statement.clone(),
                })
                .collect(),
        };
        super::access::document_is_public(&by_name)
    })
}

/// Are the other accounts that may assume the role trusted ones, or bound to an external id?
///
/// Each grant to another account must name an account in `trusted`, or demand `sts:ExternalId`, or a known account or
/// organization (`aws:PrincipalOrgID`) in `trusted`. A grant to everyone needs the latter. Services and identity providers
/// are not other accounts. Without a policy: true.
pub fn external_trust_restricted(policy: &Value, account: &str, trusted: &[&str]) -> Truth {
    let known = Known { account, trusted };
    ask(policy, Truth::True, |document| {
        all(grants(document), |grant| {
            let named = match &grant.principals {
                None => return Truth::Unknown,
                Some(Scope::AllBut(_)) => &[Principal::Anyone][..],
                Some(Scope::Only(named)) => named,
            };
            all(named, |principal| match principal {
                Principal::Service(_) | Principal::Federated(_) | Principal::Deleted(_) => Truth::True,
                Principal::Anyone | Principal::CanonicalUser(_) => tied(document, grant, &known, false),
                Principal::Account(_) | Principal::Arn(_) => {
                    known.principal(principal).or(tied(document, grant, &known, principal.account().is_some()))
                }
            })
        })
    })
}

/// Is the grant bound to known accounts or organizations, or, where that will do, to an external id?
fn tied(document: &Document, grant: &Statement, known: &Known<'_>, by_external_id: bool) -> Truth {
    let accepts = |condition: &Condition, values: &[String]| {
        let external_id = by_external_id && condition.key == "sts:externalid" && !values.is_empty();
        Truth::from(external_id && values.iter().all(|value| is_fixed(value))).or(known.requester(condition, values))
    };
    narrowed(document, grant, &grant.actions, accepts, |spared| known.principal(spared) == Truth::True)
}

/// Does every grant to an OpenID Connect provider name the audience (`aud`) and the subjects (`sub`) that it means?
///
/// A subject may have wildcards after the part that names its owner: `repo:my-org/*` names one, `repo:my*` does not. For the
/// public providers with other words for the two (Facebook, Amazon, Cognito) theirs count. True if no provider is trusted.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>, "Available keys
/// for AWS OIDC federation".
pub fn oidc_trust_restricted(policy: &Value) -> Truth {
    ask(policy, Truth::True, |document| {
        all(grants(document).filter(|grant| trusts_a_provider(grant)), |grant| match &grant.principals {
            Some(Scope::Only(named)) => all(named.iter(), |principal| match principal {
                Principal::Federated(name) if is_oidc(name) => {
                    let host =
                        name.split_once(":oidc-provider/").map_or(&name[..], |(_, host)| host).to_ascii_lowercase();
                    names(document, grant, &host, Claim::Audience).and(names(document, grant, &host, Claim::Subject))
                }
                Principal::Anyone => Truth::False,
                _ => Truth::True,
            }),
            _ => Truth::False,
        })
    })
}

/// May someone assume the role through an identity provider (SAML or OpenID Connect)? Without a policy: false.
pub fn trusts_federation(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| any(grants(document), |grant| trusts(grant, |_| true)))
}

/// May someone assume the role through an OpenID Connect provider? Without a policy: false.
pub fn trusts_oidc(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| any(grants(document), |grant| trusts(grant, is_oidc)))
}

/// Does every way to assume the role demand that the requester has signed in with multi-factor authentication?
///
/// Requests without MFA are those with `aws:MultiFactorAuthPresent` false, and those with long-term keys, in which the key
/// is absent: `BoolIfExists` in an Allow, or `Bool` in a Deny, lets the latter in. Identity providers and services do not
/// show MFA to AWS, so a grant to them demands none. False without a policy and where nothing is granted.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
/// `aws:MultiFactorAuthPresent`.
pub fn trust_requires_mfa(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| {
        let without_mfa = |present: Given| {
            move |key: &str| match key {
                "aws:multifactorauthpresent" => Some(present.clone()),
                "aws:multifactorauthage" => Some(Given::Absent),
                _ => None,
            }
        };
        let has_grants = grants(document).next().is_some();
        Truth::from(has_grants).and(all([Given::Absent, Given::Flag(false)], |present| {
            let request = without_mfa(present);
            all(grants(document), |grant| {
                let refused =
                    any(document.denies().filter(|deny| refuses_all_of(deny, grant)), |deny| {
                        match all_hold(&deny.conditions, &request) {
                            Holds::Always => Truth::True,
                            Holds::Unclear => Truth::Unknown,
                            Holds::Sometimes | Holds::Never => Truth::False,
                        }
                    });
                refused.or(match all_hold(&grant.conditions, &request) {
                    Holds::Never => Truth::True,
                    Holds::Unclear => Truth::Unknown,
                    Holds::Sometimes | Holds::Always => Truth::False,
                })
            })
        }))
    })
}

fn refuses_all_of(deny: &Statement, grant: &Statement) -> bool {
    let everyone = matches!(&deny.principals, Some(Scope::Only(named)) if named.contains(&Principal::Anyone));
    everyone && deny.actions.covers_scope(&grant.actions)
}

/// The grants by which the role is assumed; others in a trust policy (`sts:TagSession` alone) let nobody in.
fn grants(document: &Document) -> impl Iterator<Item = &Statement> {
    document.allows().filter(|grant| assumes(grant))
}

fn assumes(statement: &Statement) -> bool {
    statement.actions.overlaps(&Glob::action("sts:AssumeRole*"))
}

fn trusts(grant: &Statement, provider: impl Fn(&str) -> bool) -> Truth {
    let through_provider = Glob::action("sts:AssumeRoleWith*");
    match &grant.principals {
        None => Truth::Unknown,
        Some(Scope::AllBut(_)) => Truth::from(grant.actions.overlaps(&through_provider)),
        Some(Scope::Only(named)) => any(named.iter(), |principal| match principal {
            Principal::Federated(name) => Truth::from(provider(name)),
            Principal::Anyone => Truth::from(grant.actions.overlaps(&through_provider)),
            _ => Truth::False,
        }),
    }
}

fn trusts_a_provider(grant: &Statement) -> bool {
    grant.actions.overlaps(&Glob::action("sts:AssumeRoleWithWebIdentity")) && trusts(grant, is_oidc) != Truth::False
}

fn is_oidc(name: &str) -> bool {
    !name.contains(":saml-provider/")
}

#[derive(Clone, Copy)]
enum Claim {
    Audience,
    Subject,
}

/// Does the grant fix the claim of the provider's tokens?
fn names(document: &Document, grant: &Statement, host: &str, claim: Claim) -> Truth {
    let claims: &[&str] = match (claim, host) {
        (Claim::Audience, "graph.facebook.com" | "www.amazon.com") => &["app_id"],
        (Claim::Audience, "accounts.google.com") => &["aud", "oaud"],
        (Claim::Audience, _) => &["aud"],
        (Claim::Subject, "graph.facebook.com") => &["id"],
        (Claim::Subject, "www.amazon.com") => &["user_id"],
        (Claim::Subject, "cognito-identity.amazonaws.com") => &["sub", "amr"],
        (Claim::Subject, _) => &["sub"],
    };
    let keys: Vec<String> = claims.iter().map(|claim| format!("{host}:{claim}")).collect();
    let accepts = |condition: &Condition, values: &[String]| {
        let named = keys.contains(&condition.key) && !values.is_empty();
        Truth::from(named && values.iter().all(|value| names_an_owner(condition, value, host, claim)))
    };
    narrowed(document, grant, &grant.actions, accepts, |_| false)
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
    let prefix = Glob::new(value).literal_prefix();
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
