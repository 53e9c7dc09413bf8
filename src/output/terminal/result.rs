//! The last lines: the counts, and one plain sentence about what they mean. "Nothing failed" is said only of what was
//! read, and only when all that was asked was answered and something was judged.

use std::collections::HashSet;
use std::io;

use anstyle::Style;

use super::super::page::{BAD, BOLD, DIM, GOOD, PLAIN, Page, Span, UNKNOWN, WARN};
use super::super::text::{counted, number};
use super::not_read;
use crate::model::{Region, Report, Summary};

/// Writes the section.
pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let outcome = ResultKind::of(report);
    page.heading("RESULT", outcome.style(), outcome.headline())?;
    counts(&report.summary, outcome.waived, page)?;
    page.prose(&outcome.sentence(report), PLAIN)
}

fn counts(summary: &Summary, waived: usize, page: &mut Page<'_>) -> io::Result<()> {
    let waived = if waived == 0 { String::new() } else { format!(" ({} waived)", number(waived)) };
    let texts = [
        (format!("{} fail{waived}", number(summary.fail)), summary.fail, BAD),
        (format!("{} unknown", number(summary.unknown)), summary.unknown, UNKNOWN),
        (format!("{} pass", number(summary.pass)), summary.pass, BOLD),
        (format!("{} not applicable", number(summary.not_applicable)), 0, DIM),
    ];
    let mut line: Vec<Span<'_>> = Vec::new();
    for (text, count, style) in &texts {
        if !line.is_empty() {
            line.push((", ", PLAIN));
        }
        line.push((text, if *count == 0 { DIM } else { *style }));
    }
    page.spans(&line)
}

/// The kind of a result.
pub(in crate::output) struct ResultKind {
    pub(in crate::output) complete: bool,
    pub(in crate::output) judged: usize,
    pub(in crate::output) open: usize,
    pub(in crate::output) waived: usize,
}

impl ResultKind {
    /// Takes the kind of the whole report.
    pub(in crate::output) fn of(report: &Report) -> Self {
        let waived = report.summary.waived;
        Self {
            complete: !report.is_incomplete(),
            judged: report.summary.pass + report.summary.fail,
            open: report.summary.fail.saturating_sub(waived),
            waived,
        }
    }

    fn style(&self) -> Style {
        match (self.complete, self.open) {
            (_, 1..) => BAD,
            (false, 0) => UNKNOWN,
            (true, 0) if self.judged == 0 => UNKNOWN,
            (true, 0) if self.waived > 0 => WARN,
            (true, 0) => GOOD,
        }
    }

    /// A few words, `incomplete` first where that is so.
    pub(in crate::output) fn headline(&self) -> &'static str {
        match (self.complete, self.open) {
            (true, 1..) => "failures, and all that was asked was read",
            (false, 1..) => "incomplete, with failures",
            (false, 0) => "incomplete",
            (true, 0) if self.judged == 0 => "nothing was judged",
            (true, 0) if self.waived > 0 => "only waived failures in what was read",
            (true, 0) => "nothing failed in what was read",
        }
    }

    /// Says what the verdict means, and what it must not be taken to mean.
    pub(in crate::output) fn sentence(&self, report: &Report) -> String {
        let failed = counted(self.open, "finding fails", "findings fail");
        let undecided = undecided(report);
        let sentence = match (self.complete, self.open) {
            (true, 1..) => format!("All that the selected rules asked was answered, and {failed}."),
            (false, 1..) => format!("{failed}, {undecided}: there may be more failures than these."),
            (false, 0) => format!("{undecided}: this result does not show that the account is in order."),
            (true, 0) if self.judged == 0 => return nothing_judged(report),
            (true, 0) if self.waived > 0 => {
                "Waivers cover all that failed in what was read: all that the selected rules asked was answered."
                    .to_owned()
            }
            (true, 0) => "Nothing failed in what was read: all that the selected rules asked was answered.".to_owned(),
        };
        sentence + &beyond(report) + &unattested(report) + &limits(report)
    }
}

fn undecided(report: &Report) -> String {
    match (not_read::undecided(report), not_read::unanswered(report)) {
        (0, 0) => "something was not collected".to_owned(),
        (0, calls) => counted(calls, "call got no answer", "calls got no answer"),
        (findings, 0) => counted(findings, "finding is undecided", "findings are undecided"),
        (findings, calls) => format!(
            "{} and {}",
            counted(findings, "finding is undecided", "findings are undecided"),
            counted(calls, "call got no answer", "calls got no answer")
        ),
    }
}

fn nothing_judged(report: &Report) -> String {
    let why = match (report.scan.rule_count, report.summary.not_applicable) {
        (0, _) => "No rule was selected",
        (_, 0) => "No selected rule found a resource of its kind",
        _ => "No selected rule applies to any resource that was found",
    };
    format!("{why}, so this result says nothing about the account.")
}

/// Says what no rule asked about: complete is only what was asked.
fn beyond(report: &Report) -> String {
    let scope = &report.scope;
    let regions: HashSet<&Region> = scope.regions_not_read().flat_map(|(_, regions)| regions).collect();
    let services = scope.services_not_judged().count();
    let mut parts = Vec::new();
    if !regions.is_empty() {
        parts.push(counted(regions.len(), "enabled region", "enabled regions"));
    }
    if services > 0 {
        parts.push(counted(services, "service in use", "services in use"));
    }
    match (parts.is_empty(), regions.len() + services) {
        (true, _) => String::new(),
        (false, 1) => format!(" {} was not looked at.", parts.join(" and ")),
        (false, _) => format!(" {} were not looked at.", parts.join(" and ")),
    }
}

/// Says that an attestation which is missing is no failed reading, and no good news either.
fn unattested(report: &Report) -> String {
    match report.unattested() {
        0 => String::new(),
        1 => " 1 finding waits for what people must attest.".to_owned(),
        count => format!(" {} findings wait for what people must attest.", number(count)),
    }
}

/// Says what a reader could wrongly believe this result to include.
fn limits(report: &Report) -> String {
    let spoke: HashSet<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let silent = report.scan.rule_count.saturating_sub(spoke.len());
    match silent {
        0 => String::new(),
        1 => " 1 selected rule found no resource to judge.".to_owned(),
        _ => format!(" {} selected rules found no resource to judge.", number(silent)),
    }
}
