//! The requirement table: where each requirement stands after a scan.
//!
//! A requirement is judged by the rules that cite it, and by nothing else. In particular **nothing is rolled up**: neither
//! do the specifications under a standard speak for the standard (164.312(a)(2)(iv) for 164.312(a)(1)), nor does the
//! crosswalk carry a verdict from one framework to the other. A rule that bears on both cites both. So a standard can be
//! `met` in a row above a specification that is `not_met`: whoever asks whether the whole standard is satisfied must read
//! its specifications too, and the people who attest them.
//!
//! Two sides speak, and are kept apart: the state of AWS, and what people attest. [`standing`] says what the two make of a
//! requirement, by the weakest of them.
//!
//! A failure that is waived is a failure: the waiver accepts the risk, it does not change the state of the account. Nor
//! does a documented alternative to an addressable specification: it is attested, and stands beside the failure. What a
//! rule calls not applicable counts for nothing, neither for nor against.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Requirement};
use crate::model::{
    AttestationState, Finding, RequirementAttestation, RequirementRow, ResourceRef, RuleInfo, Soc2Category, Summary,
    Verdict,
};

mod standing;
#[cfg(test)]
mod tests;

use standing::Shown;

/// Where an attestation says on which day it ends.
const ENDS_ON: [&str; 2] = ["resource.ValidUntil", "resource.Expires"];

/// One row for every requirement of the catalog, in the catalog's order, those that nothing spoke for included.
///
/// `chosen` are the SOC 2 categories in scope; security is in any case. Findings of other rules than these are ignored.
pub fn requirement_table(
    catalog: &Catalog,
    rules: &[RuleInfo],
    findings: &[Finding],
    chosen: &[Soc2Category],
) -> Vec<RequirementRow> {
    let voices = voices(rules, &tally_by_rule(findings));
    let none = Vec::new();
    catalog
        .iter()
        .map(|requirement| {
            let voices = voices.get(requirement.id.as_str()).unwrap_or(&none);
            row(catalog, requirement, voices, is_in_scope(requirement, chosen))
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

/// What one rule says of one requirement.
struct Voice<'a> {
    rule: &'a RuleInfo,
    only_supports: bool,
    tally: Tally<'a>,
}

/// What one rule found, or several rules together.
#[derive(Clone, Default)]
struct Tally<'a> {
    findings: Summary,
    judged: BTreeSet<&'a ResourceRef>,
    /// The days on which attestations that pass end.
    ends: BTreeSet<jiff::civil::Date>,
}

impl<'a> Tally<'a> {
    fn count(&mut self, finding: &'a Finding) {
        self.findings.count(finding.verdict);
        if finding.verdict != Verdict::NotApplicable && finding.resource.id.is_some() {
            self.judged.insert(&finding.resource);
        }
        if finding.verdict == Verdict::Pass {
            self.ends.extend(ends_on(finding));
        }
    }

    fn add(&mut self, more: &Tally<'a>) {
        self.findings.pass += more.findings.pass;
        self.findings.fail += more.findings.fail;
        self.findings.unknown += more.findings.unknown;
        self.findings.not_applicable += more.findings.not_applicable;
        self.judged.extend(&more.judged);
        self.ends.extend(&more.ends);
    }

    fn of(voices: &[&Voice<'a>]) -> Self {
        let mut total = Self::default();
        voices.iter().for_each(|voice| total.add(&voice.tally));
        total
    }
}

fn tally_by_rule(findings: &[Finding]) -> BTreeMap<&str, Tally<'_>> {
    let mut tallies: BTreeMap<&str, Tally<'_>> = BTreeMap::new();
    for finding in findings {
        tallies.entry(&finding.rule).or_default().count(finding);
    }
    tallies
}

/// The rules by the requirements that they cite, sorted.
fn voices<'a>(rules: &'a [RuleInfo], tallies: &BTreeMap<&str, Tally<'a>>) -> BTreeMap<&'a str, Vec<Voice<'a>>> {
    let mut sorted: Vec<&RuleInfo> = rules.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut voices: BTreeMap<&str, Vec<Voice<'_>>> = BTreeMap::new();
    for rule in sorted {
        for citation in rule.citations().collect::<BTreeSet<_>>() {
            let tally = tallies.get(rule.id.as_str()).cloned().unwrap_or_default();
            let voice = Voice { rule, only_supports: rule.only_supports(citation), tally };
            voices.entry(citation).or_default().push(voice);
        }
    }
    voices
}

fn row(catalog: &Catalog, requirement: &Requirement, voices: &[Voice<'_>], in_scope: bool) -> RequirementRow {
    let (people, aws): (Vec<&Voice<'_>>, Vec<&Voice<'_>>) =
        voices.iter().partition(|voice| voice.rule.judges_attestations());
    let attestation = attestation(&people);
    let total = Tally::of(&aws);
    let shows = aws.iter().any(|voice| !voice.only_supports && voice.tally.findings.pass > 0);
    let shown = Shown::of(total.findings, shows, requirement.verifiable_in_aws);
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
        supporting_rules: ids(aws.iter().filter(|voice| voice.only_supports)),
        resources_judged: total.judged.len(),
        findings: total.findings,
        attestation,
        crosswalk: catalog.crosswalk_of(&requirement.id).into_iter().map(str::to_owned).collect(),
        proposed: requirement.proposed.as_ref().map(|proposed| catalog.labeled_proposal(proposed)),
    }
}

fn ids<'a>(voices: impl Iterator<Item = &'a &'a Voice<'a>>) -> Vec<String> {
    voices.map(|voice| voice.rule.id.clone()).collect()
}

/// What people must attest, if a rule asks for it, and whether they have.
fn attestation(people: &[&Voice<'_>]) -> Option<RequirementAttestation> {
    if people.is_empty() {
        return None;
    }
    let total = Tally::of(people);
    let silent = people.iter().any(|voice| voice.tally.findings == Summary::default());
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

/// The day on which an attestation ends, as its evidence says: a date, or a moment of which the date counts.
fn ends_on(finding: &Finding) -> Option<jiff::civil::Date> {
    let evidence = finding.evidence.iter().find(|evidence| ENDS_ON.contains(&evidence.path.as_str()))?;
    let text = evidence.value.as_ref()?.as_str()?;
    text.get(..10)?.parse().ok()
}
