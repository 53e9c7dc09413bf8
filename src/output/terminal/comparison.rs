//! The changes since an earlier report: a section of the report, and a page of its own. What got worse comes first, and
//! before all of it stands what was scanned otherwise, because that alone can be why something changed.

use std::collections::BTreeMap;
use std::io;

use super::super::Style;
use super::super::page::{BAD, BOLD, DIM, GOOD, NEUTRAL, PLAIN, Page, UNKNOWN, WARN};
use super::super::text::{counted, number, shorten};
use super::{NAME, SENTENCE, cut_off, reason, severity_style};
use crate::model::{Change, ChangeCounts, Comparison, Finding, Report, Severity, Verdict};
use crate::output::text::to_minute;

/// The most findings of one sort that are listed.
const SHOWN: usize = 20;

/// Writes the section of a report; nothing if there is no comparison.
pub(super) fn section(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let Some(comparison) = &report.comparison else { return Ok(()) };
    page.heading("CHANGED", headline_style(report), &format!("since {}", to_minute(comparison.baseline_started_at)))?;
    page.prose(&counts(&comparison.counts), PLAIN)?;
    differences(comparison, page)?;
    let listed = ChangeSection { report, full: false };
    listed.list(Change::Resolved, "resolved", GOOD, page)?;
    not_looked_at(&listed.of(Change::NotLookedAt), page)?;
    // Those that are in the report are told where they stand; of these nothing else is said.
    let unseen: Vec<&Finding> =
        comparison.no_longer_reported.iter().filter(|it| it.change() == Some(Change::NewlyUnknown)).collect();
    listed.items(&unseen, "newly unknown", UNKNOWN, page)
}

/// Writes the page of `safeguard diff`.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_comparison(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(out, style.width, style.color);
    let Some(comparison) = &report.comparison else { return Ok(()) };
    page.prose(&format!("Safeguard {}", report.scan.tool_version), BOLD)?;
    let accounts = report.scan.accounts.join(", ");
    let (then, now) = (to_minute(comparison.baseline_started_at), to_minute(report.scan.started_at));
    page.prose(&format!("Account {}: what changed from {then} to {now}.", shorten(&accounts, NAME)), PLAIN)?;
    differences(comparison, page)?;
    let changes = ChangeSection { report, full: style.full };
    changes.group(Change::New, "NEW", ["failure that was none before", "failures that were none before"], BAD, page)?;
    changes.group(
        Change::NewlyUnknown,
        "NEWLY UNKNOWN",
        ["finding that is not decided now", "findings that are not decided now"],
        UNKNOWN,
        page,
    )?;
    changes.group(
        Change::Changed,
        "CHANGED",
        ["failure that fails otherwise", "failures that fail otherwise"],
        WARN,
        page,
    )?;
    changes.group(
        Change::Resolved,
        "RESOLVED",
        ["failure that is none any more", "failures that are none any more"],
        GOOD,
        page,
    )?;
    changes.group(
        Change::NotLookedAt,
        "NOT LOOKED AT",
        ["failure of then that nobody looked for now", "failures of then that nobody looked for now"],
        UNKNOWN,
        page,
    )?;
    still_failing(report, page)?;
    page.heading("RESULT", headline_style(report), headline(report, comparison))?;
    page.prose(&counts(&comparison.counts), PLAIN)
}

/// Counts the earlier failures that nobody looked for now, by reason: a narrow scan against a wide one has hundreds.
fn not_looked_at(findings: &[&Finding], page: &mut Page<'_>) -> io::Result<()> {
    let mut by_reason = BTreeMap::<&str, usize>::new();
    let reasons = findings.iter().filter_map(|finding| finding.history.as_ref()?.detail.as_deref());
    reasons.for_each(|reason| *by_reason.entry(reason).or_default() += 1);
    if by_reason.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> =
        by_reason.iter().map(|(reason, count)| format!("{reason} ({})", number(*count))).collect();
    let label = format!("{} not looked at: ", number(findings.len()));
    page.item(0, &label, UNKNOWN, &shorten(&reasons.join(", "), SENTENCE), PLAIN)
}

fn headline_style(report: &Report) -> anstyle::Style {
    let newly_unknown = report.comparison.as_ref().map_or(0, |comparison| comparison.counts.newly_unknown);
    match (report.has_new_failure(Severity::Low), newly_unknown) {
        (true, _) => BAD,
        (false, 1..) => UNKNOWN,
        (false, 0) => NEUTRAL,
    }
}

fn headline(report: &Report, comparison: &Comparison) -> &'static str {
    match (report.has_new_failure(Severity::Low), comparison.counts) {
        (true, _) => "new failures",
        (false, ChangeCounts { newly_unknown: 1.., .. }) => "nothing new fails, but something is newly unknown",
        (false, ChangeCounts { new: 1.., .. }) => "all that is new is waived",
        (false, _) => "nothing new fails, and nothing is newly unknown",
    }
}

/// `3 new, 1 changed, 188 still failing, 2 newly unknown, 1 resolved`.
fn counts(counts: &ChangeCounts) -> String {
    let parts = [
        (counts.new, "new"),
        (counts.newly_unknown, "newly unknown"),
        (counts.changed, "changed"),
        (counts.resolved, "resolved"),
        (counts.not_looked_at, "not looked at"),
        (counts.still_failing, "still failing"),
    ];
    let always = ["new", "resolved", "still failing"];
    let told = parts.into_iter().filter(|(count, word)| *count > 0 || always.contains(word));
    told.map(|(count, word)| format!("{} {word}", number(count))).collect::<Vec<_>>().join(", ") + "."
}

fn differences(comparison: &Comparison, page: &mut Page<'_>) -> io::Result<()> {
    if comparison.differences.is_empty() {
        return Ok(());
    }
    page.prose("Not the same scan as then; this alone can be why something changed:", WARN)?;
    comparison.differences.iter().try_for_each(|words| page.item(2, "- ", PLAIN, &shorten(words, SENTENCE), PLAIN))
}

struct ChangeSection<'r> {
    report: &'r Report,
    full: bool,
}

impl<'r> ChangeSection<'r> {
    /// Lists the findings that changed so, worst first.
    fn of(&self, change: Change) -> Vec<&'r Finding> {
        let gone = self.report.comparison.iter().flat_map(|comparison| &comparison.no_longer_reported);
        let all = self.report.findings.iter().chain(gone);
        let mut changed: Vec<&Finding> = all.filter(|finding| finding.change() == Some(change)).collect();
        changed.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        changed
    }

    /// A section of the page.
    fn group(
        &self,
        change: Change,
        word: &str,
        [one, several]: [&str; 2],
        style: anstyle::Style,
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let findings = self.of(change);
        if findings.is_empty() {
            return Ok(());
        }
        page.heading(word, style, &counted(findings.len(), one, several))?;
        self.rows(&findings, page)
    }

    /// A list under one line, in the report's section.
    fn list(&self, change: Change, word: &str, style: anstyle::Style, page: &mut Page<'_>) -> io::Result<()> {
        self.items(&self.of(change), word, style, page)
    }

    fn items(&self, findings: &[&Finding], word: &str, style: anstyle::Style, page: &mut Page<'_>) -> io::Result<()> {
        if findings.is_empty() {
            return Ok(());
        }
        page.item(0, &format!("{} {word}:", number(findings.len())), style, "", PLAIN)?;
        self.rows(findings, page)
    }

    fn rows(&self, findings: &[&Finding], page: &mut Page<'_>) -> io::Result<()> {
        let many_accounts = self.report.scan.accounts.len() > 1;
        let shown = if self.full { findings.len() } else { SHOWN };
        for finding in findings.iter().take(shown) {
            let label = format!("{:9} ", finding.severity.as_str());
            let words = match (finding.verdict, finding.change()) {
                (Verdict::Fail, Some(Change::Resolved | Change::NewlyUnknown | Change::NotLookedAt)) => {
                    format!("then: {}", reason(finding, many_accounts))
                }
                (_, Some(Change::Resolved)) => format!("now: {}", reason(finding, many_accounts)),
                _ => reason(finding, many_accounts),
            };
            page.item(2, &label, severity_style(finding.severity), &words, PLAIN)?;
            page.item(12, "", PLAIN, &about(finding), DIM)?;
        }
        cut_off(findings.len().saturating_sub(shown), "of these", 2, page)
    }
}

/// The rule, what is otherwise, since when, and the waiver: what else there is to know of a change.
fn about(finding: &Finding) -> String {
    let mut parts = vec![shorten(&finding.rule, NAME).into_owned()];
    if let Some(history) = &finding.history {
        parts.extend(history.detail.iter().map(|detail| shorten(detail, SENTENCE).into_owned()));
        let before = history.before.map(|before| before.verdict);
        match (history.change, before) {
            (Change::New, _) | (Change::NewlyUnknown, None) => {}
            (Change::NewlyUnknown, Some(Verdict::Pass)) => parts.push("it passed before".to_owned()),
            (Change::NewlyUnknown, Some(Verdict::NotApplicable)) => parts.push("it did not apply before".to_owned()),
            _ => parts.push(format!("failure first seen {}", history.first_seen.day())),
        }
    }
    parts.extend(finding.waiver.iter().map(|waiver| format!("waived until {}", waiver.expires)));
    parts.join("; ")
}

fn still_failing(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let still: Vec<&Finding> = ChangeSection { report, full: true }.of(Change::StillFailing);
    if still.is_empty() {
        return Ok(());
    }
    let by_severity = Severity::ALL
        .into_iter()
        .map(|severity| (severity, still.iter().filter(|finding| finding.severity == severity).count()));
    let counts: Vec<String> = by_severity
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{} {}", number(count), severity.as_str()))
        .collect();
    page.heading("STILL FAILING", BAD, &counted(still.len(), "failure", "failures"))?;
    let waived = still.iter().filter(|finding| finding.waiver.is_some()).count();
    let waived = if waived == 0 { String::new() } else { format!(", {} of them waived", number(waived)) };
    let oldest = still.iter().filter_map(|finding| Some(finding.history.as_ref()?.first_seen)).min();
    let since = oldest.map(|oldest| format!("; the oldest was first seen {}", oldest.day())).unwrap_or_default();
    page.prose(&format!("{}{waived}{since}.", counts.join(", ")), PLAIN)
}
