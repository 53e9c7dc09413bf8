//! Explains a finding: its rule's condition with the value of each part, and what the rule speaks for.
//!
//! The values need the facts. A report holds those that the condition read, which is not all that its parts would read;
//! so without the snapshot the condition is told without values, and never with values that are guessed.

use super::estate::Estate;
use super::judging::Judge;
use super::neighbours::Neighbours;
use super::scope::PhiScope;
use crate::catalog::Catalog;
use crate::model::{ExplainedRequirement, Finding, Kinds, Part, Resource};
use crate::rule::RuleSet;

/// The conditions of a finding's rule, part by part.
#[derive(Debug, Default)]
pub struct Conditions {
    /// The condition for the resources that the rule concerns, if it has one.
    pub when: Option<Part>,
    /// The condition for a good state. `None` if there is no resource to judge because its list could not be read.
    pub pass: Option<Part>,
}

/// Evaluates the conditions behind a finding again, over the facts that it was judged by.
pub fn conditions(
    rules: &RuleSet,
    estate: &Estate<'_>,
    kinds: &Kinds,
    scope: &PhiScope,
    finding: &Finding,
) -> Conditions {
    let Some(rule) = rules.get(&finding.rule) else { return Conditions::default() };
    let Some(resource) = estate.resources.iter().find(|resource| is_about(finding, resource)) else {
        return Conditions::default();
    };
    // A finding is explained from its own account's facts.
    let neighbours = Neighbours::default();
    let judge = Judge::new(estate, &neighbours, kinds, scope);
    let context = judge.context(rule, resource, judge.in_phi_scope(resource));
    Conditions { when: rule.when.as_ref().map(|when| when.explain(&context)), pass: Some(rule.pass.explain(&context)) }
}

/// The requirements of these ids, those that the catalog does not know left out.
pub fn requirements<'a>(catalog: &Catalog, ids: impl Iterator<Item = &'a str>) -> Vec<ExplainedRequirement> {
    let explained = ids.filter_map(|id| catalog.requirement(id)).map(|requirement| ExplainedRequirement {
        id: requirement.id.clone(),
        framework: requirement.framework,
        title: requirement.title.clone(),
        class: requirement.class.as_str().to_owned(),
        summary: requirement.summary.clone(),
        verifiable_in_aws: requirement.verifiable_in_aws,
    });
    explained.collect()
}

fn is_about(finding: &Finding, resource: &Resource) -> bool {
    let about = &finding.resource;
    about.kind == resource.kind
        && about.id.as_deref() == Some(&*resource.id)
        && about.account == resource.account
        && about.region == resource.region
}
