//! The requirement table: where each requirement stands after a scan.
//!
//! A requirement is judged by the rules that cite it, and by nothing else. In particular **nothing is rolled up**:
//! neither do the specifications under a standard speak for the standard (164.312(a)(2)(iv) for 164.312(a)(1)), nor
//! does the crosswalk carry a verdict from one framework to the other. A rule that bears on both cites both. So a
//! standard can be `met` in a row above a specification that is `not_met`: whoever asks whether the whole standard is
//! satisfied must read its specifications too, and the people who attest them.
//!
//! Two sides speak, and are kept apart: the state of AWS, and what people attest. [`standing`] says what the two make
//! of a requirement, by the weaker of them. A rule that only supports a requirement decides nothing: if it fails, the row
//! names it as what weakens it. Where the config says where PHI is, requirements of HIPAA are decided by what holds it,
//! and failures elsewhere are counted beside.
//!
//! A failure that is waived is a failure: the waiver accepts the risk, it does not change the state of the account. Nor
//! does a documented alternative to an addressable specification: it is attested, and stands beside the failure. What a
//! rule calls not applicable counts for nothing, neither for nor against.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};

use jiff::civil::Date;

use super::attested;
use crate::catalog::services::EligibilityList;
use crate::catalog::{Catalog, Requirement};
use crate::model::{
    AttestationState, EntityRole, Finding, Framework, RequirementAttestation, RequirementRow, RequirementVerdict,
    ResourceRef, RuleInfo, Services, ServicesShown, Soc2Category, Summary, Verdict,
};

mod standing;
#[cfg(test)]
mod tests;

use standing::ShownByAws;

/// What the table must know beside rules and findings.
#[derive(Debug, Clone, Copy)]
pub struct TableScope<'a> {
    /// The SOC 2 categories that the config adds to security.
    pub soc2_categories: &'a [Soc2Category],
    /// The roles in which HIPAA binds the organization; empty where nobody said.
    pub roles: &'a [EntityRole],
    /// Whether the config says where PHI is.
    pub phi_scope_is_configured: bool,
    /// The services in use; `None` where that was not asked.
    pub services: Option<&'a Services>,
    /// The list that knows the services' names.
    pub list: &'a EligibilityList,
}

/// One row for every requirement of the catalog, in the catalog's order, those that nothing spoke for included.
///
/// Findings of other rules than these are ignored.
pub fn requirement_table(
    catalog: &Catalog,
    rules: &[RuleInfo],
    findings: &[Finding],
    scope: &TableScope<'_>,
) -> Vec<RequirementRow> {
    requirement_rows(catalog, rules, &tally_by_rule(rules, findings), scope)
}

/// Makes the rows from what each rule found, where the findings themselves are not at hand.
pub fn requirement_rows(
    catalog: &Catalog,
    rules: &[RuleInfo],
    tallies: &BTreeMap<&str, RuleTally>,
    scope: &TableScope<'_>,
) -> Vec<RequirementRow> {
    let silent = RuleTally::default();
    let contributions = contributions(rules, tallies, &silent);
    let none = Vec::new();
    let rows = catalog.iter().map(|requirement| {
        let contributions = contributions.get(requirement.id.as_str()).unwrap_or(&none);
        row(catalog, requirement, contributions, scope)
    });
    rows.collect()
}

/// The contribution of one rule to one requirement.
struct Contribution<'a> {
    rule: &'a RuleInfo,
    only_supports: bool,
    tally: &'a RuleTally,
}

/// The findings of one rule, in numbers.
#[derive(Debug, Clone, Default)]
pub struct RuleTally {
    /// What holds PHI, or may, and what stands for a whole account.
    inside: Count,
    /// Resources that are known to hold no PHI.
    outside: Count,
}

/// Findings in numbers.
#[derive(Debug, Clone, Default)]
struct Count {
    findings: Summary,
    /// The resources that were decided or left open, each by its mark.
    judged: BTreeSet<u64>,
    /// The days on which attestations that pass end.
    ends: BTreeSet<Date>,
}

impl RuleTally {
    /// Counts one finding.
    pub fn count(&mut self, finding: &Counted) {
        let count = if finding.is_outside { &mut self.outside } else { &mut self.inside };
        count.findings.count_verdict(finding.verdict, finding.is_waived);
        if finding.verdict != Verdict::NotApplicable {
            count.judged.extend(finding.resource);
        }
        count.ends.extend(finding.ends_on);
    }

    /// True if it gave any verdict but "not applicable".
    fn spoke(&self) -> bool {
        [&self.inside, &self.outside].iter().any(|count| count.spoke())
    }
}

impl Count {
    fn add(&mut self, more: &Self) {
        self.findings.add(more.findings);
        self.judged.extend(&more.judged);
        self.ends.extend(&more.ends);
    }

    fn spoke(&self) -> bool {
        self.findings.pass + self.findings.fail + self.findings.unknown > 0
    }

    fn of<'c>(counts: impl IntoIterator<Item = &'c Count>) -> Self {
        let mut total = Self::default();
        counts.into_iter().for_each(|count| total.add(count));
        total
    }
}

/// The kinds that stand for all that is in them: they are never outside of the PHI scope.
const STANDS_FOR_MANY: [&str; 3] = ["AWS::Account", "AWS::Region", "AWS::Service"];

/// The parts of one finding that the table needs.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// The verdict by the facts.
    pub verdict: Verdict,
    /// True if a waiver covers it.
    pub is_waived: bool,
    /// True if it is about one resource of many that is known to hold no PHI.
    pub is_outside: bool,
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
            is_outside: finding.in_phi_scope == Some(false)
                && resource.id.is_some()
                && !STANDS_FOR_MANY.contains(&resource.kind.as_str()),
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

/// The rules by the requirements that they cite, sorted. Those without findings are `silent`.
fn contributions<'a>(
    rules: &'a [RuleInfo],
    tallies: &'a BTreeMap<&str, RuleTally>,
    silent: &'a RuleTally,
) -> BTreeMap<&'a str, Vec<Contribution<'a>>> {
    let mut sorted: Vec<&RuleInfo> = rules.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut contributions: BTreeMap<&str, Vec<Contribution<'_>>> = BTreeMap::new();
    for rule in sorted {
        for citation in rule.citations().collect::<BTreeSet<_>>() {
            let tally = tallies.get(rule.id.as_str()).unwrap_or(silent);
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
    scope: &TableScope<'_>,
) -> RequirementRow {
    let (people, aws): (Vec<&Contribution<'_>>, Vec<&Contribution<'_>>) =
        contributions.iter().partition(|contribution| contribution.rule.judges_attestations());
    let shows = |contribution: &&&Contribution<'_>| !contribution.only_supports;
    let showing: Vec<&Contribution<'_>> = aws.iter().filter(shows).copied().collect();
    let attesting: Vec<&Contribution<'_>> = people.iter().filter(shows).copied().collect();
    let attestation = attestation(&attesting);
    let by_phi = scope.phi_scope_is_configured && requirement.framework == Framework::Hipaa;
    let (deciding, beside) = decide(&showing, by_phi, scope.list);
    let services = requirement.every_service.then(|| services(&showing, scope));
    let shown = ShownByAws::of(deciding.findings, services.as_ref());
    RequirementRow {
        id: requirement.id.clone(),
        framework: requirement.framework,
        title: requirement.title.clone(),
        class: requirement.class.as_str().to_owned(),
        group: requirement.heading().to_owned(),
        parents: requirement.parents.clone(),
        binds: requirement.binds.clone(),
        in_scope: requirement.counts(scope.soc2_categories),
        verifiable_in_aws: requirement.verifiable_in_aws,
        verdict: match requirement.is_binding(scope.roles) {
            true => standing::verdict(shown, attestation.as_ref()),
            false => RequirementVerdict::DoesNotBind,
        },
        rules: ids(aws.iter()),
        supporting_rules: ids(aws.iter().filter(|contribution| contribution.only_supports)),
        weakened_by: weakened_by(contributions),
        services,
        resources_judged: deciding.judged.len(),
        findings: deciding.findings,
        failures_outside_phi_scope: beside.findings.fail,
        attestation,
        crosswalk: catalog.crosswalk_of(&requirement.id).into_iter().map(str::to_owned).collect(),
        proposed: requirement.proposed.as_ref().map(|proposed| catalog.labeled_proposal(proposed)),
    }
}

/// Adds up what decides, and what stands beside it because it is outside of the PHI scope. Only what may hold data can
/// be outside: whoever may sign in, and what is recorded, matters to PHI wherever it is.
fn decide(showing: &[&Contribution<'_>], by_phi: bool, list: &EligibilityList) -> (Count, Count) {
    let (mut deciding, mut beside) = (Count::default(), Count::default());
    for contribution in showing {
        let RuleTally { inside, outside } = contribution.tally;
        deciding.add(inside);
        let holds_data = || service_of(contribution.rule, list).is_some_and(|service| list.entry(&service).holds_data);
        if by_phi && holds_data() { beside.add(outside) } else { deciding.add(outside) }
    }
    (deciding, beside)
}

/// The service whose resources the rule judges, by IAM's prefix.
pub fn service_of(rule: &RuleInfo, list: &EligibilityList) -> Option<String> {
    match STANDS_FOR_MANY.contains(&rule.kind.as_str()) {
        true => Some(rule.service.clone()),
        false => list.of_kind(&rule.kind),
    }
}

/// Sorts the services in use that may hold data by whether one of these rules judged anything of them.
fn services(showing: &[&Contribution<'_>], scope: &TableScope<'_>) -> ServicesShown {
    let spoke = showing.iter().filter(|contribution| contribution.tally.spoke());
    let judged: BTreeSet<String> = spoke.filter_map(|it| service_of(it.rule, scope.list)).collect();
    let in_use = scope.services.into_iter().flat_map(|services| &services.services);
    let holding: BTreeSet<&String> =
        in_use.filter(|service| service.holds_data).map(|service| &service.service).collect();
    let (judged, not_judged) = holding.into_iter().cloned().partition(|service| judged.contains(service));
    let is_known = scope.services.is_some_and(|services| services.witnesses.iter().all(|witness| witness.is_complete));
    ServicesShown { judged, not_judged, is_known }
}

/// The rules that only support a requirement and have something against it.
fn weakened_by(contributions: &[Contribution<'_>]) -> Vec<String> {
    let is_against = |contribution: &&Contribution<'_>| {
        let RuleTally { inside, outside } = contribution.tally;
        let against = |count: &Count| count.findings.fail + count.findings.unknown > 0;
        contribution.only_supports && (against(inside) || against(outside))
    };
    contributions.iter().filter(is_against).map(|contribution| contribution.rule.id.clone()).collect()
}

fn ids<'a>(contributions: impl Iterator<Item = &'a &'a Contribution<'a>>) -> Vec<String> {
    contributions.map(|contribution| contribution.rule.id.clone()).collect()
}

/// Finds what people must attest and whether they have; `None` if no rule asks for it.
fn attestation(people: &[&Contribution<'_>]) -> Option<RequirementAttestation> {
    if people.is_empty() {
        return None;
    }
    let total =
        Count::of(people.iter().flat_map(|contribution| [&contribution.tally.inside, &contribution.tally.outside]));
    let has_no_finding =
        |tally: &RuleTally| [&tally.inside, &tally.outside].iter().all(|count| count.findings == Summary::default());
    let silent = people.iter().any(|contribution| has_no_finding(contribution.tally));
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
