//! Who gets in by a resource policy: everyone, or only principals that are known.
//!
//! A grant is narrowed by its own conditions, and by a Deny for everyone that spares only some: `Deny` where
//! `aws:PrincipalOrgID` is not mine, or `Deny` with `NotPrincipal`.

use super::condition::{Condition, Test};
use super::document::{Document, Principal, Scope, Statement, account_of, ask, is_account_id, is_fixed};
use super::glob::Glob;
use crate::model::Truth;
use serde_json::Value;
use std::net::IpAddr;

/// Does the policy grant access to the public, in the sense that AWS gives the word?
///
/// A policy is public unless every grant is to fixed principals, or under conditions that fix one of the keys that AWS
/// lists (values without wildcards and variables). Without a policy: false.
///
/// Source: "The meaning of public",
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.
pub fn is_public(policy: &Value) -> Truth {
    ask(policy, Truth::False, document_is_public)
}

/// Does the policy grant the public an S3 action that reads objects, lists them or reads settings? Without a policy: false.
pub fn grants_public_read(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| grants_public(document, &READS))
}

/// Does the policy grant the public an S3 action that writes or deletes objects, versions, access lists or settings?
/// Without a policy: false.
pub fn grants_public_write(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| grants_public(document, &WRITES))
}

/// Does every grant of the policy name only principals that are known?
///
/// Known are the own `account`, the accounts and organizations (`o-...`) in `trusted`, and AWS services whose source is tied
/// to those by `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID` or `aws:SourceOrgPaths`. Unknown where a principal's
/// account cannot be told from its name (canonical user ids, origin access identities). Without a policy: true.
pub fn grants_only_to_known(policy: &Value, account: &str, trusted: &[&str]) -> Truth {
    let known = Known { account, trusted };
    ask(policy, Truth::True, |document| {
        all(document.allows(), |grant| known_grant(document, grant, &known, |principal| known.principal(principal)))
    })
}

/// Does every grant of the policy to a principal of some account name only accounts that are known?
///
/// Like [`grants_only_to_known`], save that AWS services are no accounts: whether their source is tied is not asked.
/// Without a policy: true.
pub fn grants_only_to_known_accounts(policy: &Value, account: &str, trusted: &[&str]) -> Truth {
    let known = Known { account, trusted };
    let by_name = |principal: &Principal| match principal {
        Principal::Service(_) => Truth::True,
        other => known.principal(other),
    };
    ask(policy, Truth::True, |document| all(document.allows(), |grant| known_grant(document, grant, &known, by_name)))
}

/// AWS's list of actions that expose or change what a bucket holds, by what they do, with the later additions to the API.
/// Source: the S3 API reference, `PublicAccessBlockConfiguration`, "bad actions".
const READS: [&str; 4] = ["s3:Get*", "s3:List*", "s3:Describe*", "s3:Select*"];
const WRITES: [&str; 10] = [
    "s3:Put*",
    "s3:Delete*",
    "s3:AbortMultipartUpload",
    "s3:RestoreObject",
    "s3:Replicate*",
    "s3:Create*",
    "s3:Update*",
    "s3:Initiate*",
    "s3:BypassGovernanceRetention",
    "s3:ObjectOwnerOverrideToBucketOwner",
];

pub(super) fn document_is_public(document: &Document) -> Truth {
    any(document.allows(), |grant| public_grant(document, grant, &grant.actions))
}

fn grants_public(document: &Document, wanted: &[&str]) -> Truth {
    any(document.allows(), |grant| {
        any(wanted.iter().map(|pattern| Glob::action(pattern)), |pattern| {
            if !grant.actions.overlaps(&pattern) {
                return Truth::False;
            }
            public_grant(document, grant, &Scope::Only(vec![pattern])).and(public_grant(
                document,
                grant,
                &grant.actions,
            ))
        })
    })
}

/// Does the grant reach the public with some of these actions, after the Denies that bear on all of them?
fn public_grant(document: &Document, grant: &Statement, actions: &Scope<Glob>) -> Truth {
    let Some(principals) = &grant.principals else { return Truth::Unknown };
    let open = match principals {
        Scope::AllBut(_) => true,
        Scope::Only(named) => named.iter().any(|principal| !is_fixed_principal(principal)),
    };
    if !open {
        return Truth::False;
    }
    !narrowed(document, grant, actions, fixes_requester, is_fixed_principal)
}

fn known_grant(
    document: &Document,
    grant: &Statement,
    known: &Known<'_>,
    is_known: impl Fn(&Principal) -> Truth,
) -> Truth {
    let Some(principals) = &grant.principals else { return Truth::Unknown };
    let by_name = match principals {
        Scope::AllBut(_) => Truth::False,
        Scope::Only(named) => all(named, is_known),
    };
    if by_name == Truth::True {
        return Truth::True;
    }
    let narrowed = narrowed(
        document,
        grant,
        &grant.actions,
        |condition, values| known.requester(condition, values),
        |principal| known.principal(principal) == Truth::True,
    );
    by_name.or(narrowed)
}

/// Is the grant tied to requesters that the caller accepts: by one of its own conditions, or by a Deny for everyone which
/// bears on all that it grants and spares only accepted ones?
pub(super) fn narrowed(
    document: &Document,
    grant: &Statement,
    actions: &Scope<Glob>,
    accepts_values: impl Fn(&Condition, &[String]) -> Truth,
    accepts_principal: impl Fn(&Principal) -> bool,
) -> Truth {
    let by_condition = any(grant.conditions.iter(), |condition| judge(condition, condition.demands(), &accepts_values));
    // Hostile documents have thousands of statements; what is left out narrows nothing, which is the cautious side.
    const MOST: usize = 32;
    let bears = |deny: &Statement| {
        deny.actions.covers_scope(actions)
            && match (&deny.resources, &grant.resources) {
                (None, _) => true,
                (Some(denied), Some(granted)) => denied.covers_scope(granted),
                (Some(denied), None) => denied.covers(&Glob::new("*")),
            }
    };
    if by_condition == Truth::True {
        return Truth::True;
    }
    by_condition.or(any(document.denies().take(MOST), |deny| {
        let spared_by_name = match &deny.principals {
            Some(Scope::Only(named)) if named.contains(&Principal::Anyone) => true,
            Some(Scope::AllBut(spared)) => spared.iter().all(&accepts_principal),
            _ => false,
        };
        let spares = Truth::from(spared_by_name)
            .and(all(deny.conditions.iter(), |condition| judge(condition, condition.spares(), &accepts_values)));
        // Comparing patterns is the expensive part, so it comes last.
        if spares == Truth::False || !bears(deny) { Truth::False } else { spares }
    }))
}

/// An operator that this program does not know may narrow a grant where its key and values could.
fn judge(
    condition: &Condition,
    values: Option<&[String]>,
    accepts_values: impl Fn(&Condition, &[String]) -> Truth,
) -> Truth {
    match values {
        Some(values) => accepts_values(condition, values),
        None if condition.operator.test == Test::Unknown => {
            accepts_values(condition, &condition.values).and(Truth::Unknown)
        }
        None => Truth::False,
    }
}

/// A principal that is one principal, or all of one account, in the sense of AWS's definition. Public identity providers,
/// which are named by a domain, are not.
fn is_fixed_principal(principal: &Principal) -> bool {
    match principal {
        Principal::Anyone => false,
        Principal::Account(_) | Principal::Deleted(_) => true,
        Principal::Arn(name) | Principal::Service(name) | Principal::CanonicalUser(name) => is_fixed(name),
        Principal::Federated(name) => is_fixed(name) && account_of(name).is_some(),
    }
}

/// The keys whose fixed values make a grant non-public: AWS's list, and the keys of the same sense that came later or belong
/// to other services. Not among them, though often taken for it: `aws:ResourceAccount` and `aws:ResourceOrgID`, which
/// describe the resource and not who asks; `aws:Referer` and `aws:UserAgent`, which the requester chooses;
/// `aws:username`, which any account may have.
const REQUESTER_KEYS: [&str; 20] = [
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:userid",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalservicename",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "kms:calleraccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// Does the condition tie the request to fixed values of such a key?
fn fixes_requester(condition: &Condition, values: &[String]) -> Truth {
    let key = &condition.key[..];
    if key == "aws:sourceip" {
        let compares_addresses = matches!(condition.operator.test, Test::Address | Test::Unknown);
        return Truth::from(compares_addresses && are_narrow_ranges(values));
    }
    if !REQUESTER_KEYS.contains(&key) || condition.operator.test == Test::Address || values.is_empty() {
        return Truth::False;
    }
    all(values.iter(), |value| match key {
        _ if is_fixed(value) => Truth::True,
        // AWS: the name of the access point may be a wildcard as long as the account is fixed.
        "s3:dataaccesspointarn" => Truth::from(tied_account(condition, value).is_some()),
        // AWS's definition is silent on these; they still tie the request to one organization or account.
        "aws:principalorgpaths" | "aws:sourceorgpaths" if organization_of_path(value).is_some() => Truth::Unknown,
        "aws:principalarn" if tied_account(condition, value).is_some() => Truth::Unknown,
        _ => Truth::False,
    })
}

/// AWS: ranges broader than /8 (IPv4) or /32 (IPv6) are public. Many ranges that make up half of the IPv4 space are too.
fn are_narrow_ranges(values: &[String]) -> bool {
    let mut addresses: u64 = 0;
    let narrow = values.iter().all(|value| match range(value) {
        Some((IpAddr::V4(_), bits)) => {
            addresses = addresses.saturating_add(1_u64 << (32 - u32::from(bits).min(32)));
            (8..=32).contains(&bits)
        }
        Some((IpAddr::V6(_), bits)) => (32..=128).contains(&bits),
        None => false,
    });
    narrow && !values.is_empty() && addresses < 1 << 31
}

fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address.parse().ok()?, bits.parse().ok()?),
        None => {
            let address: IpAddr = text.parse().ok()?;
            (address, if address.is_ipv4() { 32 } else { 128 })
        }
    };
    Some((address, bits))
}

/// Accounts and organizations that the user knows.
pub(super) struct Known<'a> {
    pub account: &'a str,
    pub trusted: &'a [&'a str],
}

impl Known<'_> {
    pub(super) fn account(&self, id: &str) -> bool {
        is_account_id(id) && (id == self.account || self.trusted.contains(&id))
    }

    fn organization(&self, id: &str) -> bool {
        id.starts_with("o-") && self.trusted.contains(&id)
    }

    pub(super) fn principal(&self, principal: &Principal) -> Truth {
        match principal {
            Principal::Deleted(_) => Truth::True,
            // The name of an origin access identity, like a canonical id, does not say whose it is.
            Principal::CanonicalUser(_) => Truth::Unknown,
            Principal::Arn(arn) if arn.contains(":iam::cloudfront:user/") => Truth::Unknown,
            Principal::Anyone | Principal::Service(_) => Truth::False,
            other => Truth::from(other.account().is_some_and(|id| self.account(id))),
        }
    }

    /// Does the condition tie the requester, or the source on whose behalf a service asks, to a known account or organization?
    pub(super) fn requester(&self, condition: &Condition, values: &[String]) -> Truth {
        if values.is_empty() || condition.operator.test == Test::Address {
            return Truth::False;
        }
        all(values.iter(), |value| {
            Truth::from(match &condition.key[..] {
                "aws:principalaccount"
                | "aws:sourceaccount"
                | "aws:sourceowner"
                | "kms:calleraccount"
                | "s3:dataaccesspointaccount" => self.account(value),
                "aws:principalorgid" | "aws:sourceorgid" => self.organization(value),
                "aws:principalorgpaths" | "aws:sourceorgpaths" => {
                    organization_of_path(value).is_some_and(|id| self.organization(id))
                }
                "aws:principalarn" | "s3:dataaccesspointarn" => {
                    tied_account(condition, value).is_some_and(|id| self.account(id))
                }
                // An ARN of a bucket holds no account: whose it is cannot be told.
                "aws:sourcearn" => match tied_account(condition, value) {
                    Some(id) => self.account(id),
                    None if is_bucket_arn(value) => return Truth::Unknown,
                    None => false,
                },
                _ => false,
            })
        })
    }
}

/// The account that an ARN, or a pattern of ARNs, surely belongs to. A wildcard of `StringLike` reaches over colons, so that
/// behind one the fields of the pattern need not be the fields of the ARN.
fn tied_account<'a>(condition: &Condition, value: &'a str) -> Option<&'a str> {
    let account = account_of(value)?;
    let before = value.split(account).next().unwrap_or_default();
    (condition.operator.test != Test::Pattern || is_fixed(before)).then_some(account)
}

fn is_bucket_arn(value: &str) -> bool {
    is_fixed(value) && value.starts_with("arn:aws") && value.contains(":s3:::")
}

/// `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*` -> `o-a1b2c3d4e5`.
fn organization_of_path(path: &str) -> Option<&str> {
    path.split_once('/').map(|(id, _)| id).filter(|id| id.starts_with("o-") && is_fixed(id))
}

/// True if one is true; asks no further than that.
pub(super) fn any<T>(items: impl IntoIterator<Item = T>, question: impl Fn(T) -> Truth) -> Truth {
    let mut so_far = Truth::False;
    for item in items {
        so_far = so_far.or(question(item));
        if so_far == Truth::True {
            break;
        }
    }
    so_far
}

/// True if all are true; asks no further than the first that is false.
pub(super) fn all<T>(items: impl IntoIterator<Item = T>, question: impl Fn(T) -> Truth) -> Truth {
    !any(items, |item| !question(item))
}
