//! What people are asked to attest: only what speaks for a requirement that counts for their organization.

use crate::catalog::Catalog;
use crate::model::{ATTESTATION, EntityRole, Soc2Category};
use crate::rule::{Rule, RuleSet};

/// Takes away the rules on attestations that speak for nothing that counts: for SOC 2 categories that the report does not
/// cover, and for provisions that bind none of the roles. A rule on AWS state is judged in any case.
pub fn only_what_counts(rules: RuleSet, catalog: &Catalog, chosen: &[Soc2Category], roles: &[EntityRole]) -> RuleSet {
    let counts = |id: &String| {
        catalog.requirement(id).is_none_or(|requirement| requirement.counts(chosen) && requirement.is_binding(roles))
    };
    let is_asked = |rule: &Rule| rule.kind != ATTESTATION || rule.hipaa.iter().chain(&rule.soc2).any(counts);
    rules.retain(is_asked)
}
