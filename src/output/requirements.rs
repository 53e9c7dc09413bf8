//! The requirement table for people: requirement by requirement, in the order of the text, what AWS state says, what
//! people attest, and where that leaves it.
//!
//! The words carry the meaning; color repeats it. Only what was shown to be met is green. What is out of scope stands
//! apart and is counted nowhere else, and what a proposed rule would change says with every line that it is no law.

use std::io::{self, Write};

use anstyle::Style as Paint;

use super::Style;
use super::page::{BOLD, Cell, DIM, PLAIN, Page};
use super::text::{counted, listed, shorten};
use crate::model::{AccountId, Framework, Report, RequirementRow, RequirementVerdict};
use crate::output::text::to_minute;

mod cells;
mod totals;
pub(super) mod words;

#[cfg(test)]
mod tests;

pub use totals::Totals;
pub(super) use totals::write as write_totals;
use words::{LEGEND, framework, style};

/// The width from which on every requirement has its title in a column of its own.
const WIDE: usize = 130;
/// Below this width there are no columns.
const STACKED: usize = 66;
/// The width of what people attest: `nothing on file`.
const PEOPLE: usize = 15;
/// The width of the standing: `partly shown`.
const STANDING: usize = 12;
/// The widest that a name from a report is shown, in columns.
const NAME: usize = 100;

/// A part of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct View {
    /// Only the requirements of this framework.
    pub framework: Option<Framework>,
    /// Only what the proposed rule would change, with what it would make of it.
    pub proposed: bool,
}

impl View {
    /// Tells whether a row belongs to the view.
    pub fn shows(&self, row: &RequirementRow) -> bool {
        self.framework.is_none_or(|framework| framework == row.framework) && (!self.proposed || row.proposed.is_some())
    }
}

/// Writes the table, `style.full` with the rules and the other framework's requirements behind every row.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, view: View, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<&RequirementRow> = report.requirements.iter().filter(|row| view.shows(row)).collect();
    let page = &mut Page::new(out, style.width, style.color);
    introduction(report, view, page)?;
    legend(&rows, page)?;
    for framework_shown in words::frameworks(&rows) {
        let of_it: Vec<&RequirementRow> = rows.iter().copied().filter(|row| row.framework == framework_shown).collect();
        heading(report, framework_shown, page)?;
        RequirementTable::new(style, view).write(report, &of_it, page)?;
        out_of_scope(&of_it, page)?;
    }
    closing(report, view, &rows, page)
}

fn introduction(report: &Report, view: View, page: &mut Page<'_>) -> io::Result<()> {
    let scan = &report.scan;
    let accounts: Vec<&str> = scan.accounts.iter().map(AccountId::as_str).collect();
    let origin = match scan.source.as_str() {
        "live" => "read from AWS".to_owned(),
        "demo" => "the sample account that is part of Safeguard".to_owned(),
        file => format!("from the snapshot {}", shorten(file, NAME)),
    };
    page.prose("Requirements: what AWS shows, what people attest, what is open", BOLD)?;
    page.prose(
        &format!(
            "Account {}, {origin}, as of {}, judged by {}. This is evidence, no certification and no legal advice.",
            shorten(&listed(accounts, 10), NAME),
            to_minute(scan.started_at),
            counted(scan.rule_count, "rule", "rules"),
        ),
        PLAIN,
    )?;
    if !view.proposed {
        return Ok(());
    }
    page.blank()?;
    page.prose(
        "PROPOSED, NOT LAW: below stands only what a rule proposed by HHS in 2025 would change in the Security Rule, with \
         the findings of today. Until a final rule is in force, addressable specifications are addressable.",
        BOLD,
    )
}

/// Each word that occurs, in one line.
fn legend(rows: &[&RequirementRow], page: &mut Page<'_>) -> io::Result<()> {
    page.blank()?;
    for (word, meaning) in LEGEND {
        let occurs = rows.iter().any(|row| row.in_scope && (words::standing(row) == word || row.class == word));
        if occurs {
            page.item(0, &format!("{word:<12}  "), words::style_of(word), meaning, PLAIN)?;
        }
    }
    page.prose(words::SIDES, PLAIN)
}

fn heading(report: &Report, framework_shown: Framework, page: &mut Page<'_>) -> io::Result<()> {
    let checked = report.scan.catalog_dates.iter().find(|date| date.framework == framework_shown);
    let checked = checked.map_or(String::new(), |date| format!("text as checked on {}", shorten(&date.checked, NAME)));
    page.heading(framework(framework_shown), PLAIN, &checked)?;
    match framework_shown {
        Framework::Hipaa => Ok(()),
        Framework::Soc2 => page.prose(
            &format!(
                "In scope: {}. Titles are ours; the criteria are the AICPA's.",
                listed(report.scan.soc2_categories.iter().map(String::as_str), 5).replace('_', " ")
            ),
            PLAIN,
        ),
    }
}

/// The rows, set for a width.
struct RequirementTable {
    layout: Layout,
    full: bool,
    view: View,
}

/// The widths of the columns.
enum Layout {
    /// Requirement, title, class, AWS, people, standing.
    Wide([usize; 6]),
    /// Requirement with class and title below it, AWS, people, standing.
    Narrow([usize; 4]),
    /// One below the other.
    Stacked,
}

impl RequirementTable {
    fn new(style: &Style, view: View) -> Self {
        let layout = match style.width {
            width @ WIDE.. => {
                let (id, class, people) = (20, 20, 25);
                let rest = width.min(220) - id - class - people - STANDING - 5 * Page::GAP;
                Layout::Wide([id, rest / 2, class, rest - rest / 2, people, STANDING])
            }
            width @ STACKED.. => {
                let rest = width - PEOPLE - STANDING - 3 * Page::GAP;
                Layout::Narrow([rest - rest / 2, rest / 2, PEOPLE, STANDING])
            }
            _ => Layout::Stacked,
        };
        Self { layout, full: style.full, view }
    }

    fn write(&self, report: &Report, rows: &[&RequirementRow], page: &mut Page<'_>) -> io::Result<()> {
        let mut group = "";
        for row in rows.iter().filter(|row| row.in_scope) {
            if row.group != group {
                group = &row.group;
                page.blank()?;
                page.prose(group, BOLD)?;
                self.names(page)?;
            }
            self.row(row, page)?;
            for words in words::beside(report, row) {
                page.item(2, "", PLAIN, &words, DIM)?;
            }
            self.details(row, page)?;
        }
        Ok(())
    }

    fn names(&self, page: &mut Page<'_>) -> io::Result<()> {
        let name = |text: &str, width: usize| Cell { text: text.to_owned(), style: DIM, width };
        let standing = if self.view.proposed { "today" } else { "standing" };
        match self.layout {
            Layout::Wide([id, title, class, aws, people, last]) => page.columns(&[
                name("requirement", id),
                name("", title),
                name("kind", class),
                name("AWS state says", aws),
                name("people attest", people),
                name(standing, last),
            ]),
            Layout::Narrow([id, aws, people, last]) => page.columns(&[
                name("requirement", id),
                name("AWS state says", aws),
                name("people attest", people),
                name(standing, last),
            ]),
            Layout::Stacked => Ok(()),
        }
    }

    fn row(&self, row: &RequirementRow, page: &mut Page<'_>) -> io::Result<()> {
        let cell = |text: String, style: Paint, width: usize| Cell { text, style, width };
        let class = words::class(row);
        let standing = words::standing(row);
        let (found, by) = cells::aws(row);
        let in_one = if by.is_empty() { found.clone() } else { format!("{found}: {by}") };
        match self.layout {
            Layout::Wide([id, title, class_width, aws, people, last]) => page.columns(&[
                cell(row.id.clone(), BOLD, id),
                cell(row.title.clone(), PLAIN, title),
                cell(class, PLAIN, class_width),
                cell(in_one, PLAIN, aws),
                cell(cells::people(row), PLAIN, people),
                cell(standing.to_owned(), style(row), last),
            ]),
            Layout::Narrow([id, aws, people, last]) => page.columns(&[
                cell(format!("{}\n{class}: {}", row.id, row.title), PLAIN, id),
                cell(format!("{found}\n{by}"), PLAIN, aws),
                cell(cells::people(row), PLAIN, people),
                cell(standing.to_owned(), style(row), last),
            ]),
            Layout::Stacked => {
                page.item(0, &format!("{}: ", row.id), BOLD, standing, style(row))?;
                page.item(2, "", PLAIN, &format!("{class}: {}", row.title), PLAIN)?;
                page.item(2, "AWS: ", DIM, &in_one, PLAIN)?;
                page.item(2, "people: ", DIM, &cells::people(row), PLAIN)
            }
        }
    }

    /// Writes the rules behind a row, and what a proposal would make of it.
    fn details(&self, row: &RequirementRow, page: &mut Page<'_>) -> io::Result<()> {
        if let Some(proposed) = row.proposed.as_ref().filter(|_| self.view.proposed) {
            page.item(2, "", PLAIN, proposed, PLAIN)?;
        }
        if !self.full {
            return Ok(());
        }
        let (supporting, showing): (Vec<&str>, Vec<&str>) =
            row.rules.iter().map(String::as_str).partition(|rule| row.supporting_rules.iter().any(|one| one == rule));
        let attesting = row.attestation.iter().flat_map(|attestation| &attestation.rules).map(String::as_str).collect();
        let other = match row.framework {
            Framework::Hipaa => "SOC 2, same safeguard",
            Framework::Soc2 => "HIPAA, same safeguard",
        };
        let crosswalk = row.crosswalk.iter().map(String::as_str).collect();
        for (label, items) in [
            ("rules", showing),
            ("rules that only support it", supporting),
            ("attested by", attesting),
            (other, crosswalk),
        ] {
            if !items.is_empty() {
                page.item(2, &format!("{label}: "), DIM, &items.join(", "), PLAIN)?;
            }
        }
        Ok(())
    }
}

/// Writes what the config leaves out, apart from everything that counts.
fn out_of_scope(rows: &[&RequirementRow], page: &mut Page<'_>) -> io::Result<()> {
    let categories = words::out_of_scope(rows);
    if categories.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.prose("Out of scope by the config (soc2_categories), counted neither as open nor as met", BOLD)?;
    for (category, ids) in categories {
        page.item(2, &format!("{category}: "), PLAIN, &ids.join(", "), PLAIN)?;
    }
    Ok(())
}

/// The end, where a terminal leaves its reader: how much is met, attested, open.
fn closing(report: &Report, view: View, rows: &[&RequirementRow], page: &mut Page<'_>) -> io::Result<()> {
    let of_what = if view.proposed { "today, what the proposal would change" } else { "met, attested, open" };
    page.heading("WHERE IT STANDS", PLAIN, of_what)?;
    totals::write(rows, page)?;
    page.blank()?;
    if view.proposed {
        let addressable: Vec<_> = rows.iter().filter(|row| row.class == "addressable").collect();
        let standing = |verdict| addressable.iter().filter(|row| row.verdict == verdict).count();
        return page.prose(
            &format!(
                "Proposed, not law: {} would be required. Of them, {} not met today, {} unknown and {} not assessed.",
                counted(addressable.len(), "addressable specification", "addressable specifications"),
                standing(RequirementVerdict::NotMet),
                standing(RequirementVerdict::Unknown),
                standing(RequirementVerdict::NotAssessed),
            ),
            PLAIN,
        );
    }
    words::notes(report, rows).iter().try_for_each(|note| page.prose(note, PLAIN))
}
