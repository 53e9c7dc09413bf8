//! How far a scan has to look to notice that an operation failed.
//!
//! A whole scan for every operation would take the square of what there is to read. An operation gives facts of a few kinds,
//! and rules about other kinds never see them; so most operations fail in scans of the rules that read these kinds, and only
//! some, which are named here, in whole scans. Rules that read nearly everything are tried in the whole scans alone.

use std::collections::BTreeSet;

use safeguard::aws::{Operation, Yield};
use safeguard::rule::{Rule, RuleSet};

/// Operations that fail in whole scans: lists and details, of one region and of the account, whose facts many rules read.
const IN_WHOLE_SCANS: [(&str, &str); 10] = [
    ("account", "ListRegions"),
    ("cloudtrail", "DescribeTrails"),
    ("iam", "GetAccountAuthorizationDetails"),
    ("kms", "DescribeKey"),
    ("kms", "ListKeys"),
    ("organizations", "DescribeOrganization"),
    ("rds", "DescribeDBInstances"),
    ("s3", "GetBucketTagging"),
    ("s3", "ListBuckets"),
    ("resourcegroupstaggingapi", "GetResources"),
];

/// A rule that reads more kinds than this is tried in whole scans alone.
const MANY_KINDS: usize = 8;

/// The rules that a scan asks in which these fail; `None` for all.
pub fn rules_that_notice<'r>(operations: &[&Operation], rules: &'r RuleSet) -> Option<BTreeSet<&'r str>> {
    (!fail_in_whole_scans(operations)).then(|| rules_about(&touched(operations), rules))
}

/// Tells whether these fail in whole scans.
fn fail_in_whole_scans(operations: &[&Operation]) -> bool {
    operations.iter().any(|operation| IN_WHOLE_SCANS.contains(&(operation.service, operation.name)))
}

/// The kinds of which these operations tell anything.
pub fn touched(operations: &[&Operation]) -> BTreeSet<&'static str> {
    let parts = operations.iter().flat_map(|operation| operation.yields);
    parts
        .map(|part| match part {
            Yield::Population(kind) | Yield::Facts(kind, _) | Yield::AllFacts(kind) => *kind,
        })
        .collect()
}

/// The rules that read any of these kinds, but for those that read nearly all kinds.
fn rules_about<'r>(kinds: &BTreeSet<&str>, rules: &'r RuleSet) -> BTreeSet<&'r str> {
    let about = |rule: &&Rule| {
        let needs = rule.needs();
        let read: BTreeSet<&str> = (needs.populations.iter())
            .chain(needs.facts.iter().map(|(kind, _)| kind))
            .chain([&rule.kind])
            .map(String::as_str)
            .collect();
        read.len() <= MANY_KINDS && !read.is_disjoint(kinds)
    };
    rules.iter().filter(about).map(|rule| rule.id.as_str()).collect()
}
