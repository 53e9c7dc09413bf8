//! The report for a person at a terminal, read from bottom to top: the last lines say what the result means.
//!
//! What was not read stands beside what failed and is as loud. Color repeats what words already say; only a requirement
//! that was shown to be met is green.

use std::io::{self, Write};

use super::Style;
use super::page::{BAD, BOLD, DIM, GOOD, PLAIN, Page, WARN};
use super::scope::{self, Room};
use super::text::{counted, number, shorten};
use crate::model::{Finding, Framework, Report, Severity, Verdict};

mod accounts;
mod comparison;
mod failures;
pub(in crate::output) mod not_on_file;
pub(in crate::output) mod not_read;
pub(in crate::output) mod requirements;
pub(in crate::output) mod result;
pub mod services;

#[cfg(test)]
mod tests;

pub use comparison::write_comparison;

/// The widest that a name from AWS is shown, in columns.
const NAME: usize = 100;
/// The widest that a sentence with text from AWS is shown, in columns.
const SENTENCE: usize = 600;

/// Writes the report.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, style.width, style.color);
    head(report, style.full, page)?;
    failures::write(report, style.full, page)?;
    not_read::write(report, style.full, page)?;
    not_on_file::write(report, style.full, page)?;
    if let Some(found) = &report.services {
        services::write(found, style.full, page)?;
    }
    accounts::write(report, style.full, page)?;
    requirements::write(report, style.full, page)?;
    if style.full {
        passes(report, page)?;
    }
    warnings(report, page)?;
    comparison::section(report, page)?;
    result::write(report, page)
}

/// The column at which the texts of the scope begin.
const SCOPE_LABEL: usize = 14;

/// Writes what the report speaks of, and what it does not.
fn head(report: &Report, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    page.prose(&format!("Safeguard {}", report.scan.tool_version), BOLD)?;
    page.heading("SCOPE", PLAIN, "what this report speaks of")?;
    let room = if full { Room::Whole } else { Room::Short };
    for line in scope::lines(report, room) {
        let style = if line.is_open { WARN } else { DIM };
        page.item(0, &format!("{:<SCOPE_LABEL$}", line.label), style, &line.text, PLAIN)?;
    }
    Ok(())
}

/// The rules that saw only good states, so that a full report shows what a pass stands for.
fn passes(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let mut passed = std::collections::BTreeMap::<(&str, &str), usize>::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Pass) {
        *passed.entry((&finding.rule, &finding.title)).or_default() += 1;
    }
    page.heading("PASSED", PLAIN, &counted(report.summary.pass, "finding", "findings"))?;
    for ((rule, title), count) in passed {
        page.item(0, "pass  ", GOOD, &format!("{title}: {}", counted(count, "time", "times")), PLAIN)?;
        page.item(6, "", PLAIN, &shorten(rule, NAME), DIM)?;
    }
    Ok(())
}

fn warnings(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.warnings.is_empty() {
        return Ok(());
    }
    page.heading("WARNINGS", WARN, &number(report.warnings.len()))?;
    report.warnings.iter().try_for_each(|warning| page.item(2, "- ", PLAIN, &shorten(warning, SENTENCE), PLAIN))
}

/// The reason of a finding and where it is: `bucket logs is public (us-east-1, PHI)`. The name is added where the
/// reason lacks it.
fn reason(finding: &Finding, many_accounts: bool) -> String {
    let resource = &finding.resource;
    let message = shorten(&finding.message, SENTENCE);
    let id = resource.id.as_deref().unwrap_or_default();
    let named = names(&finding.message, id) || id == resource.account || id == resource.region;
    let name = if named { String::new() } else { format!("{}: ", shorten(id, NAME)) };
    let mut place = Vec::new();
    if many_accounts {
        place.push(resource.account.as_str());
    }
    if resource.region != crate::model::Region::GLOBAL {
        place.push(&resource.region);
    }
    match finding.in_phi_scope {
        Some(true) => place.push("PHI"),
        Some(false) => {}
        None => place.push("PHI scope unknown"),
    }
    match place.is_empty() {
        true => format!("{name}{message}"),
        false => format!("{name}{message} ({})", place.join(", ")),
    }
}

/// True if the id stands in the text as a word of its own: `log` does not stand in `logging is off`.
fn names(text: &str, id: &str) -> bool {
    let inside = |character: char| character.is_alphanumeric() || "-_".contains(character);
    id.is_empty()
        || text
            .match_indices(id)
            .any(|(start, _)| !text[..start].ends_with(inside) && !text[start + id.len()..].starts_with(inside))
}

/// The facts that the condition read, one a line.
fn evidence(finding: &Finding, indent: usize, page: &mut Page<'_>) -> io::Result<()> {
    for evidence in &finding.evidence {
        let value = match &evidence.value {
            Some(value) => format!("= {}", shorten(&value.to_string(), 200)),
            None => "was not read".to_owned(),
        };
        page.item(indent, "", PLAIN, &format!("{} {value}", shorten(&evidence.path, NAME)), DIM)?;
    }
    Ok(())
}

/// The requests that policies let through, each with the statements that it passes by.
fn witnesses(finding: &Finding, indent: usize, page: &mut Page<'_>) -> io::Result<()> {
    for witness in &finding.witnesses {
        let label = if witness.certain { "Gets through: " } else { "May get through: " };
        page.item(indent, label, DIM, &shorten(&witness.text, SENTENCE), DIM)?;
        for statement in &witness.statements {
            page.item(indent + 2, "- ", DIM, &shorten(statement, SENTENCE), DIM)?;
        }
    }
    Ok(())
}

/// Says that a list was cut, and where the whole list is.
fn cut_off(hidden: usize, what: &str, indent: usize, page: &mut Page<'_>) -> io::Result<()> {
    match hidden {
        0 => Ok(()),
        _ => page.item(
            indent,
            "",
            PLAIN,
            &format!("... and {} more {what}; --format json has all", number(hidden)),
            BOLD,
        ),
    }
}

pub(in crate::output) fn framework(framework: Framework) -> &'static str {
    match framework {
        Framework::Hipaa => "HIPAA",
        Framework::Soc2 => "SOC 2",
    }
}

fn severity_style(severity: Severity) -> anstyle::Style {
    match severity {
        Severity::Critical => super::page::WORST,
        Severity::High => BAD,
        Severity::Medium => WARN,
        Severity::Low => super::page::NEUTRAL,
    }
}
