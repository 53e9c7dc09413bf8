//! The requirement table in the law's own numbering: one section for each framework, one body for each of its headings.
//!
//! Where a requirement stands is said by a word and a shape; color repeats it, and only `met` is green.

use super::super::requirements::words::{beside, verdict as word};
use super::super::text::shorten;
use super::{NAME, SENTENCE, filter_link, framework};
use crate::model::{
    AttestationState, Framework, Report, RequirementAttestation, RequirementRow, RequirementVerdict, Summary,
    Verifiable,
};

/// The appearance of a standing.
#[derive(Clone, Copy)]
pub(super) struct StandingShown {
    pub state: &'static str,
    pub word: &'static str,
    pub meaning: &'static str,
}

impl StandingShown {
    pub(super) fn of(verdict: RequirementVerdict) -> Self {
        let (state, meaning) = match verdict {
            RequirementVerdict::NotMet => ("fail", "a rule that shows it failed, or an attestation of it"),
            RequirementVerdict::Unknown => ("unknown", "nothing failed, but something is not decided or not on file"),
            RequirementVerdict::PartlyShown => {
                ("partly", "AWS state shows it for some of the services in use, and nobody attests the rest")
            }
            RequirementVerdict::ShownInAws => ("shown", "AWS state shows its part, and nobody attests the rest"),
            RequirementVerdict::Attested => {
                ("attested", "it stands on people's word; AWS shows a part of it or nothing")
            }
            RequirementVerdict::Met => ("met", "AWS state shows its part, and people attest the rest"),
            RequirementVerdict::NotAssessed => ("none", "nothing shows it: that is no pass"),
            RequirementVerdict::DoesNotBind => ("na", "it binds none of the roles that the config names"),
        };
        Self { state, word: word(verdict), meaning }
    }
}

/// The table of every framework in the report.
pub(super) struct Requirements {
    pub frameworks: Vec<FrameworkTable>,
    pub legend: Vec<StandingShown>,
    pub any_addressable_not_met: bool,
    pub any_proposed: bool,
    pub any_attestation: bool,
    pub any_crosswalk: bool,
}

/// One framework.
pub(super) struct FrameworkTable {
    pub name: &'static str,
    pub id: &'static str,
    pub groups: Vec<RequirementGroup>,
}

/// Requirements under one heading, in the order of the text.
pub(super) struct RequirementGroup {
    pub heading: String,
    pub rows: Vec<RequirementShown>,
}

/// One requirement.
pub(super) struct RequirementShown {
    pub id: String,
    pub title: String,
    pub class: String,
    pub is_specification: bool,
    pub in_scope: bool,
    pub shows: &'static str,
    pub standing: StandingShown,
    pub findings: Summary,
    pub judged: String,
    pub supporting: Option<String>,
    pub beside: Vec<String>,
    pub attestation: Option<AttestationShown>,
    pub crosswalk: Vec<String>,
    pub proposed: Option<String>,
    pub link: Option<String>,
}

/// The attestation of a requirement.
pub(super) struct AttestationShown {
    pub state: &'static str,
    pub word: &'static str,
    pub note: String,
}

impl Requirements {
    pub(super) fn of(report: &Report) -> Self {
        let rows = &report.requirements;
        let not_met = |row: &RequirementRow| row.verdict == RequirementVerdict::NotMet && row.class == "addressable";
        Self {
            frameworks: [Framework::Hipaa, Framework::Soc2].into_iter().filter_map(|it| table(report, it)).collect(),
            legend: super::super::requirements::words::VERDICTS.map(StandingShown::of).into(),
            any_addressable_not_met: rows.iter().any(not_met),
            any_attestation: rows.iter().any(|row| row.attestation.is_some()),
            any_crosswalk: rows.iter().any(|row| !row.crosswalk.is_empty()),
            any_proposed: rows.iter().any(|row| row.proposed.is_some()),
        }
    }
}

fn table(report: &Report, which: Framework) -> Option<FrameworkTable> {
    let mut groups: Vec<RequirementGroup> = Vec::new();
    for row in report.requirements.iter().filter(|row| row.framework == which) {
        match groups.last_mut().filter(|group| group.heading == row.group) {
            Some(group) => group.rows.push(RequirementShown::of(report, row)),
            None => groups
                .push(RequirementGroup { heading: row.group.clone(), rows: vec![RequirementShown::of(report, row)] }),
        }
    }
    let id = match which {
        Framework::Hipaa => "requirements-hipaa",
        Framework::Soc2 => "requirements-soc2",
    };
    (!groups.is_empty()).then(|| FrameworkTable { name: framework(which), id, groups })
}

impl RequirementShown {
    fn of(report: &Report, row: &RequirementRow) -> Self {
        let spoke = row.findings.pass + row.findings.fail + row.findings.unknown > 0;
        Self {
            id: shorten(&row.id, NAME).into_owned(),
            title: shorten(&row.title, SENTENCE).into_owned(),
            class: shorten(&row.class, NAME).replace('_', " "),
            is_specification: !row.parents.is_empty(),
            in_scope: row.in_scope,
            shows: match row.verifiable_in_aws {
                Verifiable::Partial => "AWS state can show a part",
                Verifiable::Attestation => "AWS state cannot show it",
            },
            standing: StandingShown::of(row.verdict),
            findings: row.findings,
            judged: judged(row),
            supporting: supporting(row),
            beside: beside(report, row).iter().map(|words| shorten(words, SENTENCE).into_owned()).collect(),
            attestation: row.attestation.as_ref().map(attestation),
            crosswalk: row.crosswalk.iter().map(|id| shorten(id, NAME).into_owned()).collect(),
            proposed: row.proposed.as_ref().map(|text| shorten(text, SENTENCE).into_owned()),
            link: spoke.then(|| filter_link(&[("requirement", &row.id), ("verdict", "all")])),
        }
    }
}

/// `2 rules, 12 resources`.
fn judged(row: &RequirementRow) -> String {
    use super::super::text::counted;
    match row.rules.len() {
        0 => "no selected rule speaks for it".to_owned(),
        rules => {
            format!("{}, {}", counted(rules, "rule", "rules"), counted(row.resources_judged, "resource", "resources"))
        }
    }
}

fn supporting(row: &RequirementRow) -> Option<String> {
    match row.supporting_rules.len() {
        0 => None,
        all if all == row.rules.len() => Some("all of them only support it".to_owned()),
        1 => Some("1 of them only supports it".to_owned()),
        some => Some(format!("{some} of them only support it")),
    }
}

fn attestation(attestation: &RequirementAttestation) -> AttestationShown {
    let (state, word) = match attestation.state {
        AttestationState::Failed => ("fail", "not in order"),
        AttestationState::Missing => ("unknown", "missing"),
        AttestationState::Attested => ("attested", "attested"),
        AttestationState::NotApplicable => ("na", "does not apply"),
    };
    let note = attestation.valid_until.as_ref().map(|day| format!("until {}", shorten(day, NAME))).unwrap_or_default();
    AttestationShown { state, word, note }
}
