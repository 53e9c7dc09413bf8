//! The failures, worst first, one block a rule; and the failures that waivers cover, which stay failures.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;

use super::super::page::{BAD, BOLD, DIM, GOOD, PLAIN, Page, UNKNOWN, WARN};
use super::super::text::{counted, is_hostile, number, shorten};
use super::{NAME, SENTENCE, cut_off, evidence, reason, severity_style, witnesses};
use crate::model::{Change, Finding, Report, Severity, Verdict, Waiver};

/// The most resources that are listed under one rule.
const RESOURCES_SHOWN: usize = 8;

/// The number of verdicts of each sort that a rule gave, waived failures apart.
#[derive(Default)]
struct RuleCounts {
    failed: usize,
    waived: usize,
    unknown: usize,
    judged: usize,
}

type Groups<'r> = BTreeMap<(Reverse<Severity>, &'r str), Vec<&'r Finding>>;

/// Writes both sections; one that would be empty says so in its heading or is left out.
pub(super) fn write(report: &Report, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    let tallies = tallies(report);
    let (waived, open): (Vec<_>, Vec<_>) = report
        .findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Fail)
        .partition(|finding| finding.waiver.is_some());
    let many_accounts = report.scan.accounts.len() > 1;
    heading(report, &open, page)?;
    let section = Section { tallies, many_accounts, full };
    section.write(&groups(&open), page)?;
    if let Some(example) = open.first() {
        page.blank()?;
        let hint = format!(
            "\"safeguard rules show {}\" prints why it matters and the commands that fix it; so for every rule.",
            shorten(&example.rule, NAME)
        );
        page.prose(&hint, DIM)?;
        page.prose(&explain_hint(report, example), DIM)?;
    }
    if !waived.is_empty() {
        let rest = format!("{}: accepted for now, still not good", counted(waived.len(), "failure", "failures"));
        page.heading("WAIVED", WARN, &rest)?;
        section.write(&groups(&waived), page)?;
    }
    Ok(())
}

/// Says how to see one failure whole, from where this report is from.
fn explain_hint(report: &Report, example: &Finding) -> String {
    let (from, kept) = match report.scan.source.as_str() {
        "demo" => ("--demo".to_owned(), ""),
        "live" => ("--report FILE".to_owned(), ", from a JSON report (--format json=FILE)"),
        file => (format!("--snapshot {}", shorten(file, NAME)), ""),
    };
    let resource = example.resource.id.as_deref().filter(|id| id.len() <= NAME && !id.contains(is_hostile));
    let (rule, resource) = (shorten(&example.rule, NAME), resource.unwrap_or("RESOURCE"));
    format!("\"safeguard explain {rule} {resource} {from}\" says why one of them fails, part by part{kept}.")
}

fn heading(report: &Report, open: &[&Finding], page: &mut Page<'_>) -> io::Result<()> {
    if !open.is_empty() {
        let rules: HashSet<&str> = open.iter().map(|finding| finding.rule.as_str()).collect();
        let by_severity: Vec<String> = Severity::ALL
            .into_iter()
            .map(|severity| (severity, open.iter().filter(|finding| finding.severity == severity).count()))
            .filter(|(_, count)| *count > 0)
            .map(|(severity, count)| format!("{} {}", number(count), severity.as_str()))
            .collect();
        let findings = counted(open.len(), "finding", "findings");
        let rules = counted(rules.len(), "rule", "rules");
        page.heading("FAILED", BAD, &format!("{findings} of {rules}: {}", by_severity.join(", ")))?;
        return page.prose("Each title says what should be so; the lines under it say what is.", DIM);
    }
    let judged = report.summary.pass + report.summary.fail;
    match (report.is_incomplete(), judged) {
        (true, _) => page.notice("FAILED", UNKNOWN, "no failure seen, but not everything was read"),
        (false, 0) => page.notice("FAILED", UNKNOWN, "no failure seen, because nothing was judged"),
        (false, _) if report.summary.fail > 0 => page.notice("FAILED", WARN, "only what waivers cover"),
        (false, _) => {
            page.notice("FAILED", GOOD, &format!("nothing; {}", counted(judged, "finding passes", "findings pass")))
        }
    }
}

fn tallies(report: &Report) -> HashMap<&str, RuleCounts> {
    let mut tallies = HashMap::<&str, RuleCounts>::new();
    for finding in &report.findings {
        let tally = tallies.entry(&finding.rule).or_default();
        tally.judged += usize::from(finding.verdict != Verdict::NotApplicable);
        match finding.verdict {
            Verdict::Fail if finding.waiver.is_some() => tally.waived += 1,
            Verdict::Fail => tally.failed += 1,
            Verdict::Unknown => tally.unknown += 1,
            Verdict::Pass | Verdict::NotApplicable => {}
        }
    }
    tallies
}

fn groups<'r>(findings: &[&'r Finding]) -> Groups<'r> {
    let mut groups = Groups::new();
    for finding in findings {
        groups.entry((Reverse(finding.severity), finding.rule.as_str())).or_default().push(finding);
    }
    groups
}

struct Section<'r> {
    tallies: HashMap<&'r str, RuleCounts>,
    many_accounts: bool,
    full: bool,
}

impl Section<'_> {
    fn write(&self, groups: &Groups<'_>, page: &mut Page<'_>) -> io::Result<()> {
        let mut explained = HashSet::new();
        for (position, ((Reverse(severity), rule), findings)) in groups.iter().enumerate() {
            if position > 0 {
                page.blank()?;
            }
            self.rule(*severity, rule, findings, page)?;
            if findings[0].waiver.is_some() {
                continue;
            }
            if explained.insert(*rule) {
                explain(findings[0], page)?;
            } else {
                page.item(2, "Fix: ", BOLD, "see the same rule above", PLAIN)?;
            }
        }
        Ok(())
    }

    fn rule(&self, severity: Severity, rule: &str, findings: &[&Finding], page: &mut Page<'_>) -> io::Result<()> {
        let label = format!("FAIL {}  ", severity.as_str());
        page.item(0, &label, severity_style(severity), &shorten(&findings[0].title, SENTENCE), BOLD)?;
        page.item(2, "", PLAIN, &format!("{}: {}", shorten(rule, NAME), self.counts(rule, findings)), DIM)?;
        let shown = if self.full { findings.len() } else { RESOURCES_SHOWN };
        // One more line costs no more than the line that says that there is one more.
        let shown = if findings.len() == shown + 1 { shown + 1 } else { shown };
        for finding in findings.iter().take(shown) {
            let (mark, style) = mark(finding);
            page.item(2, mark, style, &reason(finding, self.many_accounts), PLAIN)?;
            if self.full {
                evidence(finding, 4, page)?;
                witnesses(finding, 4, page)?;
            }
            if let Some(waiver) = &finding.waiver {
                page.item(4, "waived: ", WARN, &shorten(&waiver_in_words(waiver), SENTENCE), PLAIN)?;
            }
        }
        cut_off(findings.len().saturating_sub(shown), "that fail", 2, page)
    }

    /// `3 of 14 fail (2 of them high), 1 waived, 1 unknown`.
    fn counts(&self, rule: &str, findings: &[&Finding]) -> String {
        let Some(tally) = self.tallies.get(rule) else { return String::new() };
        let all = tally.failed + tally.waived;
        let mut text = format!("{} of {} fail{}", number(all), number(tally.judged), if all == 1 { "s" } else { "" });
        let here = findings.len();
        if here < tally.failed && findings[0].waiver.is_none() {
            text += &format!(" ({} of them {})", number(here), findings[0].severity.as_str());
        }
        if tally.waived > 0 {
            text += &format!(
                ", {} of them waived",
                if all == tally.waived { "all".to_owned() } else { number(tally.waived) }
            );
        }
        if tally.unknown > 0 {
            text += &format!(", {} unknown", number(tally.unknown));
        }
        text
    }
}

/// Says what sets a failure apart from those that the earlier report has.
fn mark(finding: &Finding) -> (&'static str, anstyle::Style) {
    match finding.change() {
        Some(Change::New) => ("- NEW ", BOLD),
        Some(Change::Changed) => ("- CHANGED ", BOLD),
        _ => ("- ", PLAIN),
    }
}

/// Writes what to do, and which requirements the rule speaks for, once for each rule.
fn explain(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    if !finding.fix.is_empty() {
        page.item(2, "Fix: ", BOLD, &shorten(&finding.fix, SENTENCE), PLAIN)?;
    }
    let requirements: Vec<String> = [("HIPAA", &finding.hipaa), ("SOC 2", &finding.soc2)]
        .into_iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(framework, ids)| format!("{framework} {}", ids.join(", ")))
        .collect();
    match requirements.is_empty() {
        true => Ok(()),
        false => page.item(2, "For: ", DIM, &requirements.join("; "), DIM),
    }
}

/// `Holds generated data only; owner platform team; expires 2026-06-30; ticket SEC-118`.
fn waiver_in_words(waiver: &Waiver) -> String {
    let ticket = waiver.ticket.iter().map(|ticket| format!("; ticket {ticket}")).collect::<String>();
    format!("{}; owner {}; expires {}{ticket}", waiver.reason, waiver.owner, waiver.expires)
}
