//! The standing of the requirements: how many, and which. The whole table is `safeguard coverage --report`.

use std::collections::BTreeMap;
use std::io;

use super::super::page::{BOLD, DIM, PLAIN, Page};
use super::super::requirements::words::{self, framework, verdict, verdict_style};
use super::super::requirements::write_totals;
use super::super::text::{counted, listed, number, shorten};
use super::SENTENCE;
use crate::model::{Framework, Report, RequirementRow, RequirementVerdict};

type Rows<'r> = BTreeMap<(Framework, RequirementVerdict), Vec<&'r RequirementRow>>;

/// Writes the section, if the report has requirements.
pub(super) fn write(report: &Report, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    if report.requirements.is_empty() {
        return Ok(());
    }
    let all: Vec<&RequirementRow> = report.requirements.iter().collect();
    page.heading("REQUIREMENTS", PLAIN, "what AWS shows, what people attest, what is open")?;
    write_totals(&all, page)?;
    page.blank()?;
    let mut rows = Rows::new();
    for row in all.iter().copied().filter(|row| row.in_scope && !words::sets_no_duty(row)) {
        rows.entry((row.framework, row.verdict)).or_default().push(row);
    }
    match full {
        true => every_row(&rows, page)?,
        false => ids(&rows, page)?,
    }
    notes(report, &rows, page)
}

/// The ids under each verdict that someone has to act on, or may rely on.
fn ids(rows: &Rows<'_>, page: &mut Page<'_>) -> io::Result<()> {
    for ((framework_shown, standing), rows) in rows {
        if matches!(standing, RequirementVerdict::NotAssessed | RequirementVerdict::DoesNotBind) {
            continue;
        }
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let label = format!("{} {}: ", framework(*framework_shown), verdict(*standing));
        page.item(0, &format!("{label:<21}"), verdict_style(*standing), &ids.join(", "), PLAIN)?;
    }
    Ok(())
}

/// One line a requirement, in the catalog's order.
fn every_row(rows: &Rows<'_>, page: &mut Page<'_>) -> io::Result<()> {
    for ((framework_shown, standing), rows) in rows {
        let heading = format!("{} {}", framework(*framework_shown), verdict(*standing));
        page.item(0, "", PLAIN, &heading, verdict_style(*standing))?;
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

/// Writes what the words do not say, where they occur.
fn notes(report: &Report, rows: &Rows<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let has = |verdict| rows.keys().any(|(_, other)| *other == verdict);
    let mut notes = Vec::new();
    if has(RequirementVerdict::PartlyShown) {
        notes.push(
            "\"Partly shown\": AWS shows it for some of the services in use that may hold data, and nobody attests the rest."
                .to_owned(),
        );
    }
    if has(RequirementVerdict::NotAssessed) {
        notes.push(
            "\"Not assessed\": no selected rule or no resource spoke for it, or people state that it does not apply; \
             that is no pass."
                .to_owned(),
        );
    }
    let not_met = rows.iter().filter(|((_, verdict), _)| *verdict == RequirementVerdict::NotMet);
    if not_met.flat_map(|(_, rows)| rows).any(|row| row.class == "addressable") {
        notes.push(words::addressable(report));
    }
    let categories = report.scan.soc2_categories.iter().map(String::as_str);
    if report.requirements.iter().any(|row| !row.in_scope) {
        let chosen = listed(categories, 5).replace('_', " ");
        notes.push(format!("SOC 2 in scope: {chosen}; soc2_categories in the config file adds the others."));
    }
    notes.push("\"safeguard coverage\" shows the whole table, with both sides of every requirement.".to_owned());
    page.prose(&notes.join(" "), DIM)
}
