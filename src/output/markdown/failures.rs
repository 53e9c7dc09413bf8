//! The failures, worst first, one heading a rule; and the failures that waivers cover, which stay failures.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::markup::{code, prose};
use super::super::text::{counted, number};
use super::{FAILURES, NAME, PageRoom, SENTENCE, WAIVED, reason};
use crate::model::{Finding, Report, Severity, Verdict};

/// The most resources that are listed under one rule.
const RESOURCES_SHOWN: usize = 20;

/// The section of failures that nobody has accepted.
pub(super) fn failures(report: &Report) -> String {
    let mut groups = BTreeMap::<(Reverse<Severity>, &str), Vec<&Finding>>::new();
    let open = |finding: &&Finding| finding.verdict == Verdict::Fail && finding.waiver.is_none();
    for finding in report.findings.iter().filter(open) {
        groups.entry((Reverse(finding.severity), &finding.rule)).or_default().push(finding);
    }
    if groups.is_empty() {
        return match report.is_incomplete() {
            true => "\n### Failures\n\nNone among what was read.\n".to_owned(),
            false => "\n### Failures\n\nNone.\n".to_owned(),
        };
    }
    let total = groups.values().map(Vec::len).sum();
    let mut room = PageRoom::new(FAILURES);
    for ((Reverse(severity), rule), findings) in &groups {
        room.add(&group(report, *severity, rule, findings));
    }
    let heading = format!("\n### Failures ({})\n", number(total));
    heading + &room.finish("rule with failures", "rules with failures")
}

fn group(report: &Report, severity: Severity, rule: &str, findings: &[&Finding]) -> String {
    let many_accounts = report.scan.accounts.len() > 1;
    let first = findings[0];
    let mut text = format!(
        "\n#### {}: {}\n\n{} of {}. Fix: {}\n\n",
        severity.as_str(),
        prose(&first.title, SENTENCE),
        counted(findings.len(), "failure", "failures"),
        code(rule, NAME),
        prose(&first.fix, SENTENCE),
    );
    let requirements: Vec<String> = first.hipaa.iter().chain(&first.soc2).map(|id| code(id, NAME)).collect();
    if !requirements.is_empty() {
        text += &format!("Requirements: {}\n\n", requirements.join(", "));
    }
    for finding in findings.iter().take(RESOURCES_SHOWN) {
        text += &format!("- {}\n", reason(finding, many_accounts));
        for witness in finding.witnesses.iter().take(1).filter(|witness| !finding.message.contains(&witness.text)) {
            let may = if witness.certain { "gets through" } else { "may get through" };
            text += &format!("  - {may}: {}\n", prose(&witness.text, SENTENCE));
        }
    }
    match findings.len().saturating_sub(RESOURCES_SHOWN) {
        0 => text,
        more => {
            text + &format!(
                "- **... and {}; the JSON report has all**\n",
                counted(more, "more resource", "more resources")
            )
        }
    }
}

/// The section of failures that somebody has accepted for a time, if there are any.
pub(super) fn waived(report: &Report) -> String {
    let mut room = PageRoom::new(WAIVED);
    let mut total = 0;
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        let Some(waiver) = &finding.waiver else { continue };
        total += 1;
        let ticket = waiver.ticket.as_ref().map(|ticket| format!(", {}", code(ticket, NAME))).unwrap_or_default();
        room.add(&format!(
            "- {} {}: {}\n  - until {} by {}{ticket}: {}\n",
            finding.severity.as_str(),
            code(&finding.rule, NAME),
            reason(finding, report.scan.accounts.len() > 1),
            code(&waiver.expires, NAME),
            prose(&waiver.owner, NAME),
            prose(&waiver.reason, SENTENCE),
        ));
    }
    match total {
        0 => String::new(),
        _ => format!(
            "\n### Waived ({}): accepted for now, still failures\n\n{}",
            number(total),
            room.finish("waived failure", "waived failures")
        ),
    }
}
