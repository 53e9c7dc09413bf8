//! The accounts of an organization: which could not be read, which fail worst, and how the organizational units stand.

use std::cmp::Reverse;
use std::io;

use super::super::page::{BAD, BOLD, DIM, PLAIN, Page, UNKNOWN};
use super::super::rollup::{attested_with, counts};
use super::super::text::{counted, number, shorten};
use super::{NAME, SENTENCE, severity_style};
use crate::model::{AccountRow, AccountState, Organization, Report, Summary, UnitRow};

/// The most accounts and units that are listed of each sort, unless everything is.
const SHOWN: usize = 10;

/// Writes the section, if the report is about an organization.
pub(super) fn write(report: &Report, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    let Some(organization) = report.organization.as_ref().filter(|organization| organization.accounts.len() > 1) else {
        return Ok(());
    };
    page.heading("ACCOUNTS", PLAIN, &counts(organization))?;
    if let Some(note) = attested_with(report, |account| shorten(account, NAME).into_owned()) {
        page.prose(&note, DIM)?;
    }
    not_read(organization, full, page)?;
    worst(organization, full, page)?;
    skipped(organization, full, page)?;
    units(&organization.organizational_units, full, page)
}

fn of_state(organization: &Organization, state: AccountState) -> Vec<&AccountRow> {
    organization.accounts.iter().filter(|row| row.state == state).collect()
}

fn not_read(organization: &Organization, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    listed(&of_state(organization, AccountState::NotRead), full, page, |row, page| {
        page.item(0, "NOT READ  ", UNKNOWN, &name(row), BOLD)?;
        let reason = row.reason.as_deref().unwrap_or("the reason is in its gap");
        page.item(2, "Why: ", BOLD, &shorten(reason, SENTENCE), PLAIN)
    })
}

/// The accounts with failures, worst first.
fn worst(organization: &Organization, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    let mut failing: Vec<&AccountRow> =
        organization.accounts.iter().filter(|row| row.worst_failure.is_some()).collect();
    failing.sort_by_key(|row| (Reverse(row.worst_failure), Reverse(row.summary.fail), &row.account));
    listed(&failing, full, page, |row, page| {
        let severity = row.worst_failure.map_or(("", PLAIN), |worst| (worst.as_str(), severity_style(worst)));
        page.item(
            0,
            &format!("{:<9} ", severity.0),
            severity.1,
            &format!("{}: {}", name(row), in_words(row.summary)),
            PLAIN,
        )
    })
}

fn skipped(organization: &Organization, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    listed(&of_state(organization, AccountState::Skipped), full, page, |row, page| {
        let reason = row.reason.as_deref().unwrap_or_default();
        page.item(0, "skipped   ", DIM, &format!("{}: {}", name(row), shorten(reason, SENTENCE)), DIM)
    })
}

fn units(units: &[UnitRow], full: bool, page: &mut Page<'_>) -> io::Result<()> {
    if units.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.prose("By organizational unit, each with the accounts directly in it:", DIM)?;
    let shown = if full { units.len() } else { SHOWN };
    for unit in units.iter().take(shown) {
        let not_read = match unit.not_read {
            0 => String::new(),
            count => format!(", {} not read", number(count)),
        };
        let accounts = counted(unit.accounts, "account", "accounts");
        let text =
            format!("{} ({accounts}{not_read}): {}", shorten(&unit.organizational_unit, NAME), in_words(unit.summary));
        page.item(2, "", PLAIN, &text, if unit.not_read > 0 { UNKNOWN } else { PLAIN })?;
    }
    super::cut_off(units.len().saturating_sub(shown), "organizational units", 2, page)
}

fn listed(
    rows: &[&AccountRow],
    full: bool,
    page: &mut Page<'_>,
    write: impl Fn(&AccountRow, &mut Page<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let shown = if full { rows.len() } else { SHOWN };
    rows.iter().take(shown).try_for_each(|row| write(row, page))?;
    let hidden = rows.len().saturating_sub(shown);
    match hidden {
        0 => Ok(()),
        _ => page.item(2, "", PLAIN, &format!("... and {} more; --format json has all", number(hidden)), BAD),
    }
}

/// `123456789012 Records (/Workloads/Production)`.
fn name(row: &AccountRow) -> String {
    let name = row.name.as_deref().map_or(String::new(), |name| format!(" {}", shorten(name, NAME)));
    let unit = row.organizational_unit.as_deref().map_or(String::new(), |unit| format!(" ({})", shorten(unit, NAME)));
    format!("{}{name}{unit}", shorten(&row.account, NAME))
}

fn in_words(summary: Summary) -> String {
    format!("{} fail, {} unknown, {} pass", number(summary.fail), number(summary.unknown), number(summary.pass))
}
