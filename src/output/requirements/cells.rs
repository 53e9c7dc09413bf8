//! The words of the two sides about a requirement, each in a few words.

use super::super::text::{counted, number};
use super::words::sets_no_duty;
use crate::model::{AttestationState, RequirementAttestation, RequirementRow, RequirementVerdict, Verifiable};

/// Says what the rules found, and which and how many they are: `3 fail, 1 unknown, 9 pass` and `2 rules, 12
/// resources`.
pub(super) fn aws(row: &RequirementRow) -> (String, String) {
    if row.rules.is_empty() {
        let why = match row.verifiable_in_aws {
            _ if sets_no_duty(row) => "-",
            Verifiable::Attestation => "cannot show it",
            Verifiable::Technical | Verifiable::Partial => "no rule looks",
        };
        return (why.to_owned(), String::new());
    }
    let rules = counted(row.rules.len(), "rule", "rules");
    let counts = [(row.findings.fail, "fail"), (row.findings.unknown, "unknown"), (row.findings.pass, "pass")];
    let found = counts.iter().filter(|(count, _)| *count > 0);
    let found: Vec<String> = found.map(|(count, word)| format!("{} {word}", number(*count))).collect();
    if found.is_empty() {
        return ("nothing to judge".to_owned(), rules);
    }
    let resources = counted(row.resources_judged, "resource", "resources");
    let only_supported = if only_supported(row) { "; they only support it" } else { "" };
    (found.join(", "), format!("{rules}, {resources}{only_supported}"))
}

/// AWS state could show it all, and all that passed is not enough for that.
fn only_supported(row: &RequirementRow) -> bool {
    let good = matches!(row.verdict, RequirementVerdict::PartlyShown | RequirementVerdict::Attested);
    good && row.verifiable_in_aws == Verifiable::Technical && row.findings.pass > 0
}

/// `in force until 2027-01-01`, `nothing on file`.
pub(super) fn people(row: &RequirementRow) -> String {
    match &row.attestation {
        Some(attestation) => attested(attestation),
        None if row.verifiable_in_aws == Verifiable::Technical || sets_no_duty(row) => "-".to_owned(),
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
