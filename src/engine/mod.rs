//! Judges a snapshot: every selected rule on every resource of its kind, whatever the order of reading was.
//!
//! Pure and deterministic: the same snapshot and rules give the same findings in the same order. A fact that was not
//! read leaves its verdict unknown with the failed call behind it, and a list that was not read gives one unknown
//! finding for each rule on its kind, so that no rule falls silent.
//!
//! The cost is in proportion to resources: rules are found by kind, and gaps by fact and resource.

pub mod attested;
pub mod comparison;
pub mod explanation;
mod gaps;
mod judging;
pub mod neighbours;
mod order;
pub mod requirements;
pub mod scope;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod waivers;
pub mod wildcard;
mod witnesses;
mod words;

use self::gaps::GapIndex;
use self::judging::Judge;
use self::neighbours::Neighbours;
use self::scope::PhiScope;
use crate::model::{Finding, Kinds, PhiScopeInfo, Snapshot, TAGGED_RESOURCE};
use crate::rule::RuleSet;

/// Judges the snapshot beside what other accounts tell. Findings come worst severity first, then by rule, region and
/// resource.
pub fn judge(
    rules: &RuleSet,
    snapshot: &Snapshot,
    neighbours: &Neighbours,
    kinds: &Kinds,
    scope: &PhiScope,
) -> Vec<Finding> {
    Judge::new(snapshot, neighbours, kinds, scope).findings(rules)
}

/// Counts the resources of the snapshot that are in the scope.
pub fn measure_scope(snapshot: &Snapshot, kinds: &Kinds, scope: &PhiScope) -> PhiScopeInfo {
    let tagging_is_complete = GapIndex::new(snapshot, &Neighbours::default()).is_complete(TAGGED_RESOURCE);
    scope.compile(kinds, &snapshot.resources, tagging_is_complete).measure(&snapshot.resources)
}
