//! Asks whether a resource policy is public, in the sense that AWS gives the word.
//!
//! AWS takes from the policy whom its author trusts: fixed principals, and fixed values of the keys that say who asks
//! or from where. The policy is public if a stranger gets through, a caller about whom it fixes nothing.
//!
//! AWS's page does not say what it makes of wildcards behind a fixed account in `aws:PrincipalArn`, or of paths in a
//! fixed organization. By their meaning these let no stranger in, and that is the answer here. AWS itself may label the
//! policy otherwise, and a note says so.
//!
//! Sources: "The meaning of public",
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>;
//! <https://aws.amazon.com/blogs/storage/understanding-s3-block-public-access/>; for file systems
//! <https://docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html>.

use std::net::IpAddr;

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::condition::{KeyCondition, Operand, Range, Test};
use super::document::{ParsedPolicy, Principal, account_of, ask, is_fixed};
use super::mentions::Mentions;
use super::request::Caller;
use super::space::{Askers, Goal, Space};
use super::targets;
use crate::model::Truth;
use serde_json::Value;

/// Does the policy grant access to the public?
///
/// It does if a caller about whom the policy fixes nothing gets through with some action: an anonymous one, or a
/// principal whose ARN, account and organization the policy does not name, with values of AWS's keys (`aws:SourceVpc`,
/// `aws:SourceArn` and so on) that the policy does not fix. Without a policy: false.
pub fn is_public(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| lets_strangers(document, "", &|_| Some(0), &|_| true))
}

/// Does the policy grant the public an S3 action that reads objects, lists them or reads settings? Without a policy:
/// false.
pub fn grants_public_read(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        lets_strangers(document, "s3", &|action| begins(action, &READS).then_some(0), &|_| true)
    })
}

/// Does the policy grant the public an S3 action that writes or deletes objects, versions, access lists or settings?
/// Without a policy: false.
pub fn grants_public_write(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        lets_strangers(document, "s3", &|action| begins(action, &WRITES).then_some(0), &|_| true)
    })
}

/// AWS's list of actions that expose or change what a bucket holds, by what they do, with the later additions to the
/// API. Source: the S3 API reference, `PublicAccessBlockConfiguration`, "bad actions".
const READS: [&str; 4] = ["s3:get", "s3:list", "s3:describe", "s3:select"];
const WRITES: [&str; 10] = [
    "s3:put",
    "s3:delete",
    "s3:abortmultipartupload",
    "s3:restoreobject",
    "s3:replicate",
    "s3:create",
    "s3:update",
    "s3:initiate",
    "s3:bypassgovernanceretention",
    "s3:objectowneroverridetobucketowner",
];

fn begins(action: &str, with: &[&str]) -> bool {
    with.iter().any(|prefix| action.starts_with(prefix))
}

/// Does a stranger of that sort get through with such an action? `service` is the one whose actions are meant, if it is
/// one.
pub(super) fn lets_strangers(
    document: &ParsedPolicy,
    service: &str,
    picks: &targets::Picks<'_>,
    who: &dyn Fn(&Caller) -> bool,
) -> PolicyAnswer {
    let documents = [document];
    let space = Space::new(&[&documents], Askers::Everyone { known: &[] }, |mentions| {
        targets::anywhere(mentions, Some(service).filter(|name| !name.is_empty()), picks)
    });
    let fixed = Fixed::new(&space.mentions);
    let filter = |axis: &Axis, point: &Point| match &point.caller {
        Some(caller) if !who(caller) => Truth::False,
        _ => fixed.stranger(axis, point),
    };
    let mut answer = PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &filter));
    if answer.truth == Truth::False {
        answer.notes.extend(fixed.silent());
    }
    answer
}

/// Keys whose values tie a request to one account or organization, though AWS's definition says nothing of their
/// wildcards.
const SILENT_KEYS: [&str; 4] = ["aws:principalarn", "aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"];

/// The keys whose fixed values make a grant non-public: AWS's list, and the keys of the same sense that came later or
/// belong to other services. Some keys are often taken for these and are not: `aws:ResourceAccount` and
/// `aws:ResourceOrgID` describe the resource and not who asks, the requester chooses `aws:Referer` and `aws:UserAgent`,
/// and any account may have a given `aws:username`.
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

/// The callers that the documents trust by fixed values.
struct Fixed<'m> {
    mentions: &'m Mentions<'m>,
    principals: Vec<&'m Principal>,
    narrow: Vec<Range>,
}

impl<'m> Fixed<'m> {
    fn new(mentions: &'m Mentions<'m>) -> Self {
        let principals = mentions.statements.iter().filter_map(|one| one.principals.as_ref());
        let principals = principals.flat_map(|scope| scope.listed()).collect();
        Self { mentions, principals, narrow: narrow_ranges(mentions) }
    }

    /// Is the point one of a stranger?
    fn stranger(&self, axis: &Axis, point: &Point) -> Truth {
        if point.caller.as_ref().is_some_and(|caller| self.names(caller)) {
            return Truth::False;
        }
        axis.keys.iter().zip(&point.values).fold(Truth::True, |so_far, (key, values)| {
            values.iter().fold(so_far, |so_far, value| so_far.and(!self.fixes(key, value)))
        })
    }

    /// The reason why AWS's own label may call the policy public though it lets no stranger in.
    fn silent(&self) -> Option<String> {
        let is_open = |condition: &&KeyCondition| condition.values.iter().any(|written| !is_fixed(written));
        let condition = SILENT_KEYS.iter().flat_map(|key| self.mentions.conditions(key)).find(is_open)?;
        Some(format!(
            "{} ties requests to one account or organization; AWS's definition of public does not speak of it, so the \
             label that AWS gives may differ",
            condition.in_words()
        ))
    }

    /// Is the caller named as a principal?
    fn names(&self, caller: &Caller) -> bool {
        self.principals.iter().any(|principal| match (principal, caller) {
            (Principal::Account(own), Caller::Aws { account, .. }) => own == account,
            (Principal::Arn(own), Caller::Aws { arn, session, .. }) => own == arn || session.as_ref() == Some(own),
            (Principal::Service(own), Caller::Service(name)) => own.eq_ignore_ascii_case(name),
            // A public identity provider vouches for anyone.
            (Principal::Federated(own), Caller::Federated(name)) => own == name && account_of(own).is_some(),
            (Principal::CanonicalUser(own), Caller::CanonicalUser(id)) => own == id,
            _ => false,
        })
    }

    /// Is this a value that the documents fix?
    fn fixes(&self, key: &str, value: &str) -> Truth {
        if key == "aws:sourceip" {
            let address: Option<IpAddr> = value.parse().ok();
            return Truth::from(address.is_some_and(|one| self.narrow.iter().any(|range| range.contains(one))));
        }
        // AWS's definition of public for file systems: through a mount target come those in its network alone.
        if key == "elasticfilesystem:accessedviamounttarget" {
            return Truth::from(value == "true");
        }
        if !REQUESTER_KEYS.contains(&key) {
            return Truth::False;
        }
        self.mentions.conditions(key).fold(Truth::False, |so_far, condition| {
            condition.operands().iter().zip(&condition.values).fold(so_far, |so_far, (operand, written)| {
                let Operand::Text(glob) = operand else { return so_far };
                if glob.has_variables() || !glob.matches(value) {
                    return so_far;
                }
                so_far.or(match key {
                    _ if is_fixed(written) => Truth::True,
                    // AWS: the name of the access point may be a wildcard as long as the account is fixed.
                    "s3:dataaccesspointarn" => Truth::from(tied_account(condition, written).is_some()),
                    // AWS's definition is silent on these; they still tie the request to one organization or account,
                    // so that no stranger gets through.
                    "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
                        Truth::from(organization_of_path(written).is_some())
                    }
                    "aws:principalarn" => Truth::from(tied_account(condition, written).is_some()),
                    _ => Truth::False,
                })
            })
        })
    }
}

/// AWS: ranges broader than /8 (IPv4) or /32 (IPv6) are public. Many ranges that make up half of the IPv4 space are
/// too.
fn narrow_ranges(mentions: &Mentions<'_>) -> Vec<Range> {
    let operands = mentions.conditions("aws:sourceip").flat_map(KeyCondition::operands);
    let ranges: Vec<Range> =
        operands.filter_map(|one| if let Operand::Range(range) = one { Some(*range) } else { None }).collect();
    let narrow: Vec<Range> = ranges
        .into_iter()
        .filter(|range| if range.first.is_ipv4() { range.bits >= 8 } else { range.bits >= 32 })
        .collect();
    let addresses: u64 = narrow.iter().filter(|one| one.first.is_ipv4()).map(|one| 1_u64 << (32 - one.bits)).sum();
    if addresses < 1 << 31 { narrow } else { Vec::new() }
}

/// The account that an ARN, or a pattern of ARNs, surely belongs to. A wildcard of `StringLike` reaches over colons, so
/// that behind one the fields of the pattern need not be the fields of the ARN.
pub(super) fn tied_account<'v>(condition: &KeyCondition, value: &'v str) -> Option<&'v str> {
    let account = account_of(value)?;
    let before = value.split(account).next().unwrap_or_default();
    (condition.operator.test != Test::Pattern || is_fixed(before)).then_some(account)
}

/// `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*` -> `o-a1b2c3d4e5`.
pub(super) fn organization_of_path(path: &str) -> Option<&str> {
    path.split_once('/').map(|(id, _)| id).filter(|id| id.starts_with("o-") && is_fixed(id))
}
