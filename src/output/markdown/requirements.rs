//! The standing of the requirements: a table of counts, then those that are not shown to be met, by name.

use std::collections::BTreeMap;

use super::super::markup::{code, prose};
use super::super::requirements::words::beside;
use super::super::text::{counted, number};
use super::{NAME, PageRoom, REQUIREMENTS, SENTENCE, framework};
use crate::model::{AttestationState, Framework, Report, RequirementRow, RequirementVerdict};

/// The verdicts in the order of urgency, with the words for the head of the table.
const VERDICTS: [(RequirementVerdict, &str); 8] = [
    (RequirementVerdict::NotMet, "not met"),
    (RequirementVerdict::Unknown, "unknown"),
    (RequirementVerdict::ShownInAws, "shown in AWS"),
    (RequirementVerdict::PartlyShown, "partly shown"),
    (RequirementVerdict::Attested, "attested"),
    (RequirementVerdict::Met, "met"),
    (RequirementVerdict::NotAssessed, "not assessed"),
    (RequirementVerdict::DoesNotBind, "does not bind you"),
];

/// Writes the section, if the report has requirements that count.
pub(super) fn section(report: &Report) -> String {
    let rows: Vec<&RequirementRow> = report.requirements.iter().filter(|row| row.in_scope).collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut page = format!("\n### Requirements\n\n{}", table(&rows));
    let mut room = PageRoom::new(REQUIREMENTS);
    for (verdict, word) in VERDICTS {
        if matches!(
            verdict,
            RequirementVerdict::Met | RequirementVerdict::NotAssessed | RequirementVerdict::DoesNotBind
        ) {
            continue;
        }
        for row in rows.iter().filter(|row| row.verdict == verdict) {
            room.add(&line(report, row, word));
        }
    }
    let list = room.finish("requirement", "requirements");
    if !list.is_empty() {
        page += &format!("\n{list}");
    }
    page + "\nA requirement is met only where AWS state shows its part and people attest the rest. Attested ones stand on \
            people's word; those that are not assessed are not shown at all. This page is no certification and no legal advice.\n"
}

fn table(rows: &[&RequirementRow]) -> String {
    let mut counts = BTreeMap::<Framework, BTreeMap<RequirementVerdict, usize>>::new();
    for row in rows {
        *counts.entry(row.framework).or_default().entry(row.verdict).or_default() += 1;
    }
    let words = VERDICTS.map(|(_, word)| word).join(" | ");
    let mut table = format!("| | {words} |\n|---|{}\n", "--:|".repeat(VERDICTS.len()));
    for (of, counts) in counts {
        let cells = VERDICTS.map(|(verdict, _)| number(counts.get(&verdict).copied().unwrap_or_default()));
        table += &format!("| {} | {} |\n", framework(of), cells.join(" | "));
    }
    table
}

fn line(report: &Report, row: &RequirementRow, word: &str) -> String {
    let counts = row.findings;
    let attested = match &row.attestation {
        None => String::new(),
        Some(attestation) => format!("; {}", attested(attestation.state)),
    };
    let beside: String = beside(report, row).iter().map(|words| format!(" {}", prose(words, SENTENCE))).collect();
    format!(
        "- **{word}** {} {}: {}: {} fail, {} unknown, {} pass, {}{attested}.{beside}\n",
        framework(row.framework),
        code(&row.id, NAME),
        prose(&row.title, SENTENCE),
        number(counts.fail),
        number(counts.unknown),
        number(counts.pass),
        counted(row.resources_judged, "resource judged", "resources judged"),
    )
}

fn attested(state: AttestationState) -> &'static str {
    match state {
        AttestationState::Failed => "its attestation is not in order",
        AttestationState::Missing => "nobody has attested the rest",
        AttestationState::Attested => "people attest the rest",
        AttestationState::NotApplicable => "the organization states that it does not apply",
    }
}
