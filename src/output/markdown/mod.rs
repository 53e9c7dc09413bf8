//! A page of Markdown for a job summary on GitHub, or a comment on a pull request: what the result is worth first, of
//! what it speaks, then what failed, then what was not read, as prominent as that, then requirements, waivers and warnings.
//!
//! GitHub drops a job's summary that is larger than 1 MiB, whole. So every section has a room of its own, and what
//! does not fit is counted. Text from AWS stands in code, where nothing in it is a link, an image, HTML or a mention
//! ([`super::markup`]), and in lists, not in tables, which a `|` could tear; only names of accounts and units stand in
//! one ([`accounts`]).

use std::io::{self, Write};

use super::markup::{code, prose};
use super::scope::{self, ScopeLine};
use super::terminal::result::ResultKind;
use super::text::{counted, number, without_commands};
use crate::model::{Change, ChangeCounts, Finding, Framework, Report, Severity, Verdict};

mod accounts;
mod failures;
mod not_read;
mod requirements;

#[cfg(test)]
mod tests;

/// The largest that the whole page becomes. GitHub's limit is 1,048,576 bytes for all that a step writes.
pub const LIMIT: usize = 1_000_000;
/// The part of it that each section may fill, in bytes. The rest is for headings and counts.
const FAILURES: usize = 400_000;
const NOT_READ: usize = 200_000;
const REQUIREMENTS: usize = 120_000;
const WAIVED: usize = 120_000;
const CHANGES: usize = 60_000;
const ACCOUNTS: usize = 45_000;
const WARNINGS: usize = 40_000;
const SCOPE: usize = 60_000;

/// The widest that a name from AWS is shown, in columns.
const NAME: usize = 120;
/// The widest that a sentence with text from AWS is shown, in columns.
const SENTENCE: usize = 400;

/// Writes the page.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = head(report);
    page += &changes(report);
    page += &failures::failures(report);
    page += &not_read::section(report);
    page += &not_read::not_on_file(report);
    page += &accounts::section(report);
    page += &requirements::section(report);
    page += &failures::waived(report);
    page += &warnings(report);
    // Nothing of ours begins so, and the page may be printed where a runner reads along.
    out.write_all(without_commands(page.into()).as_bytes())
}

/// Lines that fit into a room, and a count of those that do not.
struct PageRoom {
    text: String,
    limit: usize,
    left_out: usize,
}

impl PageRoom {
    fn new(limit: usize) -> Self {
        Self { text: String::new(), limit, left_out: 0 }
    }

    /// Adds some lines whole, or counts them as one thing left out. Once something is left out, all that follows is.
    fn add(&mut self, lines: &str) -> bool {
        let fits = self.left_out == 0 && self.text.len() + lines.len() <= self.limit;
        match fits {
            true => self.text += lines,
            false => self.left_out += 1,
        }
        fits
    }

    /// The lines, and how many more things there are.
    fn finish(self, singular: &str, plural: &str) -> String {
        match self.left_out {
            0 => self.text,
            count => format!("{}{}", self.text, more(count, singular, plural)),
        }
    }
}

/// A line of its own that says what a list does not show.
fn more(count: usize, singular: &str, plural: &str) -> String {
    format!(
        "\n**... and {} that this page has no room for; the JSON report has all.**\n",
        counted(count, singular, plural)
    )
}

fn head(report: &Report) -> String {
    let outcome = ResultKind::of(report);
    let headline = outcome.headline().replace("incomplete", "INCOMPLETE");
    let mut page = format!("## Safeguard: {headline}\n\n{}\n", outcome.sentence(report));
    page += &scope_section(report);
    page +=
        "### Findings\n\n| severity | fail | waived | unknown | pass | not applicable |\n|---|--:|--:|--:|--:|--:|\n";
    for severity in Severity::ALL {
        let count = |of: &dyn Fn(&Finding) -> bool| {
            number(report.findings.iter().filter(|finding| finding.severity == severity && of(finding)).count())
        };
        let cells = [
            count(&|finding| finding.verdict == Verdict::Fail && finding.waiver.is_none()),
            count(&|finding| finding.verdict == Verdict::Fail && finding.waiver.is_some()),
            count(&|finding| finding.verdict == Verdict::Unknown),
            count(&|finding| finding.verdict == Verdict::Pass),
            count(&|finding| finding.verdict == Verdict::NotApplicable),
        ];
        page += &format!("| {} | {} |\n", severity.as_str(), cells.join(" | "));
    }
    page
}

/// Writes what changed since the earlier report, if there is one.
fn changes(report: &Report) -> String {
    let Some(comparison) = &report.comparison else { return String::new() };
    let ChangeCounts { new, changed, still_failing, newly_unknown, resolved, not_looked_at } = comparison.counts;
    let mut page = format!(
        "\n### Since the report of {}\n\n| new | changed | still failing | newly unknown | resolved | not looked at |\n|--:|--:|--:|--:|--:|--:|\n",
        code(&comparison.baseline_started_at.to_string(), NAME)
    );
    page += &format!("| {new} | {changed} | {still_failing} | {newly_unknown} | {resolved} | {not_looked_at} |\n");
    let mut room = PageRoom::new(CHANGES);
    let is_news = |finding: &&Finding| {
        let change = finding.history.as_ref().map(|history| history.change);
        matches!(change, Some(Change::New | Change::Changed | Change::NewlyUnknown | Change::Resolved))
    };
    for finding in report.findings.iter().filter(is_news) {
        let change = finding.history.as_ref().map_or("", |history| history.change.as_str()).replace('_', " ");
        room.add(&format!("- **{change}** {}: {}\n", code(&finding.rule, NAME), reason(finding, true)));
    }
    for finding in &comparison.no_longer_reported {
        let change = finding.history.as_ref().map_or("", |history| history.change.as_str()).replace('_', " ");
        let finding_was = reason(finding, true);
        room.add(&format!("- **no longer reported, {change}** {}: {finding_was}\n", code(&finding.rule, NAME)));
    }
    let list = room.finish("change", "changes");
    if list.is_empty() { page } else { page + "\n" + &list }
}

fn warnings(report: &Report) -> String {
    if report.warnings.is_empty() {
        return String::new();
    }
    let mut room = PageRoom::new(WARNINGS);
    for warning in &report.warnings {
        room.add(&format!("- {}\n", prose(warning, SENTENCE)));
    }
    format!("\n### Warnings ({})\n\n{}", number(report.warnings.len()), room.finish("warning", "warnings"))
}

/// Writes what the report speaks of, and what it does not.
fn scope_section(report: &Report) -> String {
    let mut room = PageRoom::new(SCOPE);
    for ScopeLine { label, text, is_open } in scope::lines(report, scope::Room::Whole) {
        let label = if is_open { format!("**{label}**") } else { label.to_owned() };
        room.add(&format!("- {label}: {}\n", code(&text, SCOPE)));
    }
    format!("\n### Scope\n\n{}\n", room.finish("line", "lines"))
}

/// A finding's reason and where it is.
fn reason(finding: &Finding, with_account: bool) -> String {
    let resource = &finding.resource;
    let mut place = vec![code(&resource.region, NAME)];
    if with_account {
        place.insert(0, code(&resource.account, NAME));
    }
    match finding.in_phi_scope {
        Some(true) => place.push("**PHI**".to_owned()),
        Some(false) => {}
        None => place.push("PHI scope unknown".to_owned()),
    }
    let id = resource.id.as_deref().unwrap_or_default();
    let name = if finding.message.contains(id) { String::new() } else { format!("{}: ", code(id, NAME)) };
    format!("{name}{} ({})", prose(&finding.message, SENTENCE), place.join(", "))
}

fn framework(framework: Framework) -> &'static str {
    match framework {
        Framework::Hipaa => "HIPAA",
        Framework::Soc2 => "SOC 2",
    }
}
