//! Everything that was not read: by cause, then by rule. The section is there for a complete scan too, and says that
//! it was complete.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::causes::causes;
use super::super::markup::{code, prose};
use super::super::terminal::not_on_file;
use super::super::terminal::not_read::{name, remedy};
use super::super::text::{counted, number};
use super::{NAME, NOT_READ, PageRoom, SENTENCE, reason};
use crate::model::{Finding, Report, Severity, Verdict};

/// The most findings that are listed under one rule.
const FINDINGS_SHOWN: usize = 5;

/// Writes the section.
pub(super) fn section(report: &Report) -> String {
    if !report.is_incomplete() {
        let text = match report.scan.rule_count {
            0 => "No rule was selected, so nothing was looked for.",
            _ => "Nothing: AWS answered all that the selected rules asked.",
        };
        return format!("\n### Not read\n\n{text}\n");
    }
    let causes = causes(report);
    let causes = causes.iter().filter(|cause| !cause.is_for_people());
    let mut calls = PageRoom::new(NOT_READ / 2);
    for cause in causes {
        calls.add(&format!("- {}: {}\n", code(&cause.name(), SENTENCE), prose(&cause.consequence(), SENTENCE)));
    }
    let mut findings = PageRoom::new(NOT_READ / 2);
    for ((Reverse(severity), rule), group) in groups(report) {
        findings.add(&undecided(severity, rule, &group, report.scan.accounts.len() > 1));
    }
    let mut page = format!(
        "\n### Not read: {}, {}\n",
        counted(undecided_findings(report).count(), "finding is undecided", "findings are undecided"),
        counted(report.gaps.len(), "call got no answer", "calls got no answer"),
    );
    page += "\nWhat was not read is neither good nor bad: it may hide failures of these severities.\n";
    let calls = calls.finish("cause", "causes");
    if !calls.is_empty() {
        page += &format!("\n{calls}");
    }
    page + &findings.finish("rule with undecided findings", "rules with undecided findings")
}

/// What is unknown although no entry of people's is missing.
fn undecided_findings(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown && !finding.is_unattested())
}

/// Writes what people have not put on file, apart from what was not read.
pub(super) fn not_on_file(report: &Report) -> String {
    let files = not_on_file::files(report);
    if files.is_empty() {
        return String::new();
    }
    let mut room = PageRoom::new(NOT_READ / 2);
    for (key, cause) in &files {
        let rules: Vec<&str> = cause.rules.keys().copied().collect();
        room.add(&format!(
            "- {}: {} ({}). {}\n",
            code(&name(*key), NAME),
            not_on_file::weight(cause),
            code(&rules.join(" "), SENTENCE),
            prose(&remedy(key.2, cause), SENTENCE)
        ));
    }
    let waiting = counted(report.unattested(), "entry that people must write", "entries that people must write");
    format!("\n### Not on file: {waiting}\n\n{}", room.finish("file", "files"))
}

fn groups(report: &Report) -> BTreeMap<(Reverse<Severity>, &str), Vec<&Finding>> {
    let mut groups = BTreeMap::<(Reverse<Severity>, &str), Vec<&Finding>>::new();
    for finding in undecided_findings(report) {
        groups.entry((Reverse(finding.severity), &finding.rule)).or_default().push(finding);
    }
    groups
}

fn undecided(severity: Severity, rule: &str, findings: &[&Finding], many_accounts: bool) -> String {
    let mut text = format!(
        "\n#### {}, unknown: {}\n\n{} of {}\n\n",
        severity.as_str(),
        prose(&findings[0].title, SENTENCE),
        counted(findings.len(), "undecided finding", "undecided findings"),
        code(rule, NAME)
    );
    for finding in findings.iter().take(FINDINGS_SHOWN) {
        text += &format!("- {}\n", reason(finding, many_accounts));
    }
    match findings.len().saturating_sub(FINDINGS_SHOWN) {
        0 => text,
        more => text + &format!("- **... and {} more; the JSON report has all**\n", number(more)),
    }
}
