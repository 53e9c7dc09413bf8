//! Where the requirements stand: how many, and which. Six different words, of which only `met` is green.

use std::collections::BTreeMap;
use std::io;

use anstyle::Style;

use super::super::page::{BAD, BOLD, DIM, GOOD, NEUTRAL, PLAIN, Page, Span, UNKNOWN};
use super::super::text::{counted, number, shorten};
use super::{SENTENCE, framework};
use crate::model::{Framework, Report, RequirementRow, RequirementVerdict};

/// In the order of urgency.
pub(in crate::output) const VERDICTS: [RequirementVerdict; 6] = [
    RequirementVerdict::NotMet,
    RequirementVerdict::Unknown,
    RequirementVerdict::PartlyShown,
    RequirementVerdict::Attested,
    RequirementVerdict::Met,
    RequirementVerdict::NotAssessed,
];

type Rows<'r> = BTreeMap<(Framework, RequirementVerdict), Vec<&'r RequirementRow>>;

/// Writes the section, if the report has requirements.
pub(super) fn write(report: &Report, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    if report.requirements.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new();
    for row in &report.requirements {
        rows.entry((row.framework, row.verdict)).or_default().push(row);
    }
    page.heading("REQUIREMENTS", PLAIN, "what the findings say about each")?;
    table(&rows, page)?;
    page.blank()?;
    match full {
        true => every_row(&rows, page)?,
        false => ids(&rows, page)?,
    }
    notes(&rows, page)
}

fn table(rows: &Rows<'_>, page: &mut Page<'_>) -> io::Result<()> {
    // A column for attested requirements is worth its width only where there are some.
    let occurs = |verdict| rows.keys().any(|(_, other)| *other == verdict);
    let shown = |verdict: &RequirementVerdict| *verdict != RequirementVerdict::Attested || occurs(*verdict);
    let verdicts: Vec<RequirementVerdict> = VERDICTS.into_iter().filter(shown).collect();
    let mut head: Vec<Span<'_>> = vec![("       ", PLAIN)];
    head.extend(verdicts.iter().flat_map(|verdict| [("  ", PLAIN), (word(*verdict), DIM)]));
    page.spans(&head)?;
    for framework_shown in frameworks(rows) {
        let cells = verdicts.iter().map(|&verdict| {
            let count = rows.get(&(framework_shown, verdict)).map_or(0, Vec::len);
            let style = if count == 0 { DIM } else { style(verdict) };
            (format!("  {:>width$}", number(count), width = word(verdict).len()), style)
        });
        let cells: Vec<(String, Style)> = cells.collect();
        let name = format!("{:<7}", framework(framework_shown));
        let mut line: Vec<Span<'_>> = vec![(&name, BOLD)];
        line.extend(cells.iter().map(|(text, style)| (text.as_str(), *style)));
        page.spans(&line)?;
    }
    Ok(())
}

/// The ids under each verdict that someone has to act on, or may rely on.
fn ids(rows: &Rows<'_>, page: &mut Page<'_>) -> io::Result<()> {
    for ((framework_shown, verdict), rows) in rows {
        if *verdict == RequirementVerdict::NotAssessed {
            continue;
        }
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let label = format!("{} {}: ", framework(*framework_shown), word(*verdict));
        page.item(0, &format!("{label:<21}"), style(*verdict), &ids.join(", "), PLAIN)?;
    }
    Ok(())
}

/// One line a requirement, in the catalog's order.
fn every_row(rows: &Rows<'_>, page: &mut Page<'_>) -> io::Result<()> {
    for ((framework_shown, verdict), rows) in rows {
        page.item(0, "", PLAIN, &format!("{} {}", framework(*framework_shown), word(*verdict)), style(*verdict))?;
        for row in rows {
            page.item(2, &format!("{:<22} ", shorten(&row.id, 22)), BOLD, &detail(row), PLAIN)?;
        }
    }
    Ok(())
}

/// `Encryption at rest (addressable): 3 fail, 1 unknown, 9 pass on 12 resources`.
fn detail(row: &RequirementRow) -> String {
    let title = format!("{} ({})", shorten(&row.title, SENTENCE), row.class);
    if row.rules.is_empty() {
        return format!("{title}: no selected rule speaks for it");
    }
    format!(
        "{title}: {} fail, {} unknown, {} pass on {}",
        number(row.findings.fail),
        number(row.findings.unknown),
        number(row.findings.pass),
        counted(row.resources_judged, "resource", "resources")
    )
}

/// What the words do not say, said where they occur.
fn notes(rows: &Rows<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let has = |verdict| rows.keys().any(|(_, other)| *other == verdict);
    let addressable = rows.iter().any(|((_, verdict), rows)| {
        *verdict == RequirementVerdict::NotMet && rows.iter().any(|row| row.class == "addressable")
    });
    let mut notes = Vec::new();
    if has(RequirementVerdict::PartlyShown) {
        notes.push("\"Partly shown\": the rules that spoke passed, and people must attest the rest.");
    }
    if has(RequirementVerdict::NotAssessed) {
        notes.push("\"Not assessed\": no selected rule or no resource spoke for it; that is no pass.");
    }
    if addressable {
        notes.push("An addressable specification that is not met must be fixed, or its alternative documented.");
    }
    match notes.is_empty() {
        true => Ok(()),
        false => page.prose(&notes.join(" "), DIM),
    }
}

fn frameworks(rows: &Rows<'_>) -> Vec<Framework> {
    let mut frameworks: Vec<Framework> = rows.keys().map(|(framework, _)| *framework).collect();
    frameworks.dedup();
    frameworks
}

pub(in crate::output) fn word(verdict: RequirementVerdict) -> &'static str {
    match verdict {
        RequirementVerdict::NotMet => "not met",
        RequirementVerdict::Unknown => "unknown",
        RequirementVerdict::PartlyShown => "partly shown",
        RequirementVerdict::Attested => "attested",
        RequirementVerdict::Met => "met",
        RequirementVerdict::NotAssessed => "not assessed",
    }
}

fn style(verdict: RequirementVerdict) -> Style {
    match verdict {
        RequirementVerdict::NotMet => BAD,
        RequirementVerdict::Unknown => UNKNOWN,
        RequirementVerdict::PartlyShown => NEUTRAL,
        RequirementVerdict::Attested => NEUTRAL,
        RequirementVerdict::Met => GOOD,
        RequirementVerdict::NotAssessed => DIM,
    }
}
