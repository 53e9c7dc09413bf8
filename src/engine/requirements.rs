//! The requirement table: where each requirement stands after a scan.
//!
//! A requirement is judged by the rules that cite it, and by nothing else. In particular **nothing is rolled up**:
//! neither do the specifications under a standard speak for the standard (164.312(a)(2)(iv) for 164.312(a)(1)), nor
//! does the crosswalk carry a verdict from one framework to the other. A rule that bears on both cites both. So a
//! standard can be `met` in a row above a specification that is `not_met`: whoever asks whether the whole standard is
//! satisfied must read its specifications too, and the people who attest them.
//!
//! Two sides speak, and are kept apart: the state of AWS, and what people attest. [`standing`] says what the two make
//! of a requirement, by the weakest of them.
//!
//! A failure that is waived is a failure: the waiver accepts the risk, it does not change the state of the account. Nor
//! does a documented alternative to an addressable specification: it is attested, and stands beside the failure. What a
//! rule calls not applicable counts for nothing, neither for nor against.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};

use jiff::civil::Date;

use super::attested;
use crate::catalog::{Catalog, Requirement};
use crate::model::{
    AttestationState, Finding, RequirementAttestation, RequirementRow, ResourceRef, RuleInfo, Soc2Category, Summary,
    Verdict,
};

mod standing;
#[cfg(test)]
mod tests;

use standing::ShownByAws;

/// One row for every requirement of the catalog, in the catalog's order, those that nothing spoke for included.
///
/// `chosen` are the SOC 2 categories in scope; security is in any case. Findings of other rules than these are ignored.
pub fn requirement_table(
    catalog: &Catalog,
    rules: &[RuleInfo],
    findings: &[Finding],
    chosen: &[Soc2Category],
) -> Vec<RequirementRow> {
    requirement_rows(catalog, rules, &tally_by_rule(rules, findings), chosen)
}

/// Makes the rows from what each rule found, where the findings themselves are not at hand.
pub fn requirement_rows(
    catalog: &Catalog,
    rules: &[RuleInfo],
    tallies: &BTreeMap<&str, RuleTally>,
    chosen: &[Soc2Category],
) -> Vec<RequirementRow> {
    let contributions = contributions(rules, tallies);
    let none = Vec::new();
    catalog
        .iter()
        .map(|requirement| {
            let contributions = contributions.get(requirement.id.as_str()).unwrap_or(&none);
            row(catalog, requirement, contributions, is_in_scope(requirement, chosen))
        })
        .collect()
}

/// HIPAA always; SOC 2 by its categories.
fn is_in_scope(requirement: &Requirement, chosen: &[Soc2Category]) -> bool {
    let class = requirement.class.as_str();
    match Soc2Category::ALL.into_iter().find(|category| category.as_str() == class) {
        Some(category) => Soc2Category::in_scope(chosen).contains(&category),
        None => true,
    }
}

/// The contribution of one rule to one requirement.
struct Contribution<'a> {
    rule: &'a RuleInfo,
    only_supports: bool,
    tally: RuleTally,
}

/// The findings of one rule, or of several rules together, in numbers.
#[derive(Debug, Clone, Default)]
pub struct RuleTally {
    findings: Summary,
    /// The resources that were decided or left open, each by its mark.
    judged: BTreeSet<u64>,
    /// The days on which attestations that pass end.
    ends: BTreeSet<Date>,
}

impl RuleTally {
    /// Counts one finding.
    pub fn count(&mut self, finding: &Counted) {
        self.findings.count_verdict(finding.verdict, finding.is_waived);
        if finding.verdict != Verdict::NotApplicable {
            self.judged.extend(finding.resource);
        }
        self.ends.extend(finding.ends_on);
    }

    fn add(&mut self, more: &Self) {
        self.findings.add(more.findings);
        self.judged.extend(&more.judged);
        self.ends.extend(&more.ends);
    }

    fn of(contributions: &[&Contribution<'_>]) -> Self {
        let mut total = Self::default();
        contributions.iter().for_each(|contribution| total.add(&contribution.tally));
        total
    }
}

/// The parts of one finding that the table needs.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// The verdict by the facts.
    pub verdict: Verdict,
    /// True if a waiver covers it.
    pub is_waived: bool,
    /// Stands for the resource, the same in every finding about it; `None` for a list that could not be read.
    pub resource: Option<u64>,
    /// The day on which what is attested ends.
    pub ends_on: Option<Date>,
}

impl Counted {
    /// Takes them from a finding; the rule is given if it is known.
    pub fn of(finding: &Finding, rule: Option<&RuleInfo>) -> Self {
        let resource = &finding.resource;
        Self {
            verdict: finding.verdict,
            is_waived: finding.waiver.is_some(),
            resource: resource.id.as_ref().map(|_| mark(resource)),
            ends_on: rule.and_then(|rule| attested::ends_on(rule, finding)),
        }
    }
}

/// Two resources have the same mark by chance about once in four billion reports of a hundred thousand resources.
fn mark(resource: &ResourceRef) -> u64 {
    let mut hasher = DefaultHasher::new();
    resource.hash(&mut hasher);
    hasher.finish()
}

fn tally_by_rule<'a>(rules: &[RuleInfo], findings: &'a [Finding]) -> BTreeMap<&'a str, RuleTally> {
    let infos: HashMap<&str, &RuleInfo> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let mut tallies: BTreeMap<&str, RuleTally> = BTreeMap::new();
    for finding in findings {
        let rule = infos.get(finding.rule.as_str()).copied();
        tallies.entry(&finding.rule).or_default().count(&Counted::of(finding, rule));
    }
    tallies
}

/// The rules by the requirements that they cite, sorted.
fn contributions<'a>(
    rules: &'a [RuleInfo],
    tallies: &BTreeMap<&str, RuleTally>,
) -> BTreeMap<&'a str, Vec<Contribution<'a>>> {
    let mut sorted: Vec<&RuleInfo> = rules.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut contributions: BTreeMap<&str, Vec<Contribution<'_>>> = BTreeMap::new();
    for rule in sorted {
        for citation in rule.citations().collect::<BTreeSet<_>>() {
            let tally = tallies.get(rule.id.as_str()).cloned().unwrap_or_default();
            let contribution = Contribution { rule, only_supports: rule.only_supports(citation), tally };
            contributions.entry(citation).or_default().push(contribution);
        }
    }
    contributions
}

fn row(
    catalog: &Catalog,
    requirement: &Requirement,
    contributions: &[Contribution<'_>],
    in_scope: bool,
) -> RequirementRow {
    let (people, aws): (Vec<&Contribution<'_>>, Vec<&Contribution<'_>>) =
        contributions.iter().partition(|contribution| contribution.rule.judges_attestations());
    let attestation = attestation(&people);
    let total = RuleTally::of(&aws);
    let shows = aws.iter().any(|contribution| !contribution.only_supports && contribution.tally.findings.pass > 0);
    let shown = ShownByAws::of(total.findings, shows, requirement.verifiable_in_aws);
    RequirementRow {
        id: requirement.id.clone(),
        framework: requirement.framework,
        title: requirement.title.clone(),
        class: requirement.class.as_str().to_owned(),
        group: requirement.heading().to_owned(),
        parent: requirement.parent.clone(),
        in_scope,
        verifiable_in_aws: requirement.verifiable_in_aws,
        verdict: standing::verdict(shown, attestation.as_ref()),
        rules: ids(aws.iter()),
        supporting_rules: ids(aws.iter().filter(|contribution| contribution.only_supports)),
        resources_judged: total.judged.len(),
        findings: total.findings,
        attestation,
        crosswalk: catalog.crosswalk_of(&requirement.id).into_iter().map(str::to_owned).collect(),
        proposed: requirement.proposed.as_ref().map(|proposed| catalog.labeled_proposal(proposed)),
    }
}

fn ids<'a>(contributions: impl Iterator<Item = &'a &'a Contribution<'a>>) -> Vec<String> {
    contributions.map(|contribution| contribution.rule.id.clone()).collect()
}

/// Finds what people must attest and whether they have; `None` if no rule asks for it.
fn attestation(people: &[&Contribution<'_>]) -> Option<RequirementAttestation> {
    if people.is_empty() {
        return None;
    }
    let total = RuleTally::of(people);
    let silent = people.iter().any(|contribution| contribution.tally.findings == Summary::default());
    let state = match total.findings {
        Summary { fail: 1.., .. } => AttestationState::Failed,
        Summary { unknown: 1.., .. } => AttestationState::Missing,
        _ if silent => AttestationState::Missing,
        Summary { pass: 1.., .. } => AttestationState::Attested,
        Summary { .. } => AttestationState::NotApplicable,
    };
    let first_end = total.ends.first().filter(|_| state == AttestationState::Attested);
    Some(RequirementAttestation {
        state,
        rules: ids(people.iter()),
        findings: total.findings,
        valid_until: first_end.map(ToString::to_string),
    })
}
