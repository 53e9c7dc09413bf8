//! The order of findings: worst severity first, then by rule, account, region and resource.
//!
//! Names are compared once for each resource, and not once more for each of its findings.

use std::cmp::Reverse;

use crate::model::{Resource, Severity};

/// The position of one finding among all. Rules count by their position in the set, which is sorted by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    severity: Reverse<Severity>,
    rule: usize,
    rank: usize,
    /// A list that was not read comes before the resources of its region, and after those of the regions before.
    within: usize,
}

/// The resources of an estate by kind, account, region and id.
#[derive(Debug)]
pub(super) struct Order<'a> {
    sorted: Vec<&'a Resource>,
    /// The position in `sorted` of each resource.
    ranks: Vec<usize>,
}

impl<'a> Order<'a> {
    pub fn of(resources: &[&'a Resource]) -> Self {
        let mut positions: Vec<usize> = (0..resources.len()).collect();
        positions.sort_by_key(|position| name(resources[*position]));
        let mut ranks = vec![0; resources.len()];
        for (rank, position) in positions.iter().enumerate() {
            ranks[*position] = rank;
        }
        Self { sorted: positions.into_iter().map(|position| resources[position]).collect(), ranks }
    }

    /// The position of a rule's finding about a resource, which is given by its position in the estate.
    pub fn of_resource(&self, severity: Severity, rule: usize, resource: usize) -> Position {
        Position { severity: Reverse(severity), rule, rank: self.ranks[resource], within: usize::MAX }
    }

    /// The position of a rule's finding about the list of a kind in a region. `number` counts the rule's regions, in
    /// their order.
    pub fn of_list(&self, severity: Severity, rule: usize, list: (&str, &str, &str), number: usize) -> Position {
        let rank = self.sorted.partition_point(|resource| place(resource) < list);
        Position { severity: Reverse(severity), rule, rank, within: number }
    }
}

fn name(resource: &Resource) -> (&str, &str, &str, &str) {
    let (kind, account, region) = place(resource);
    (kind, account, region, &resource.id)
}

fn place(resource: &Resource) -> (&str, &str, &str) {
    (&resource.kind, &resource.account, &resource.region)
}
