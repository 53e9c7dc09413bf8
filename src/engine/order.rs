//! The order of findings: worst severity first, then by rule, account, region and resource.
//!
//! No names are compared for it: rules are sorted by id, and the resources of an estate by account, region and id.

use std::cmp::Reverse;

use super::estate::Estate;
use crate::model::{Resource, Severity};

/// The position of one finding among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    severity: Reverse<Severity>,
    rule: usize,
    resource: usize,
    /// A list that was not read comes before the resources of its region, and after those of the regions before.
    within: usize,
}

impl Position {
    /// The position of a rule's finding about a resource. Both are given by their own positions.
    pub fn of_resource(severity: Severity, rule: usize, resource: usize) -> Self {
        Self { severity: Reverse(severity), rule, resource, within: usize::MAX }
    }

    /// The position of a rule's finding about the list of a kind in a region. `number` counts the rule's regions, in
    /// their order.
    pub fn of_list(
        severity: Severity,
        rule: usize,
        estate: &Estate<'_>,
        kind: &str,
        region: &str,
        number: usize,
    ) -> Self {
        let list = (kind, &*estate.header.account, region);
        let before = |resource: &&Resource| (&*resource.kind, &*resource.account, &*resource.region) < list;
        let resource = estate.resources.partition_point(before);
        Self { severity: Reverse(severity), rule, resource, within: number }
    }
}
