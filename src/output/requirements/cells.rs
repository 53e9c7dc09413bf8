//! The words of the two sides about a requirement, each in a few words.

use super::super::text::{counted, number};
use super::words::sets_no_duty;
use crate::model::{AttestationState, RequirementAttestation, RequirementRow, Verifiable};

/// Says what the rules found, and which and how many they are: `3 fail, 1 unknown, 9 pass` and `2 rules, 12
/// resources`.
pub(super) fn aws(row: &RequirementRow) -> (String, String) {
    if row.rules.is_empty() {
        let why = match row.verifiable_in_aws {
            _ if sets_no_duty(row) => "-",
            Verifiable::Attestation => "cannot show it",
            Verifiable::Partial => "no rule looks",
        };
        return (why.to_owned(), String::new());
    }
    let showing = row.rules.len() - row.supporting_rules.len();
    if showing == 0 {
        return ("only supported".to_owned(), counted(row.rules.len(), "rule", "rules"));
    }
    let rules = counted(showing, "rule", "rules");
    let counts = [(row.findings.fail, "fail"), (row.findings.unknown, "unknown"), (row.findings.pass, "pass")];
    let found = counts.iter().filter(|(count, _)| *count > 0);
    let found: Vec<String> = found.map(|(count, word)| format!("{} {word}", number(*count))).collect();
    if found.is_empty() {
        return ("nothing to judge".to_owned(), rules);
    }
    let resources = counted(row.resources_judged, "resource", "resources");
    let services = row.services.as_ref().filter(|services| row.findings.pass > 0 && services.is_known);
    let services = services.map_or(String::new(), |services| {
        let all = services.judged.len() + services.not_judged.len();
        format!("; {} of {}", number(services.judged.len()), counted(all, "service", "services"))
    });
    (found.join(", "), format!("{rules}, {resources}{services}"))
}

/// `in force until 2027-01-01`, `nothing on file`.
pub(super) fn people(row: &RequirementRow) -> String {
    match &row.attestation {
        Some(attestation) => attested(attestation),
        None if sets_no_duty(row) => "-".to_owned(),
        None => "no rule asks".to_owned(),
    }
}

fn attested(attestation: &RequirementAttestation) -> String {
    match (attestation.state, &attestation.valid_until) {
        (AttestationState::Attested, Some(day)) => format!("in force until {day}"),
        (AttestationState::Attested, None) => "in force".to_owned(),
        (AttestationState::Failed, _) => format!("{} fail", number(attestation.findings.fail)),
        (AttestationState::Missing, _) => "nothing on file".to_owned(),
        (AttestationState::NotApplicable, _) => "stated not to apply".to_owned(),
    }
}
