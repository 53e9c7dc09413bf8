//! The accounts of an organization and its units: two tables of counts, and why accounts were not read.
//!
//! Names of accounts and units are the only words from AWS that stand in a table. A `|` would tear it, in code too, so
//! it is written out.

use super::super::markup::{code, prose};
use super::super::rollup::{AccountLine, BySeverity, Rollup, UnitLine, attested_with, state_in_words};
use super::super::text::number;
use super::{ACCOUNTS, NAME, PageRoom, SENTENCE};
use crate::model::{AccountState, Report, Severity, Summary};

/// Writes the section, if the report is about more than one account.
pub(super) fn section(report: &Report) -> String {
    let Some(rollup) = Rollup::of(report) else { return String::new() };
    let mut page = format!("\n### Accounts: {}\n", rollup.counts());
    if let Some(note) = attested_with(report, |account| code(account, NAME)) {
        page += &format!("\n{note}\n");
    }
    page += &table("account", "read", rollup.accounts.iter().filter(|line| is_counted(line)).map(account), "account");
    page += &reasons(&rollup);
    if !rollup.units.is_empty() {
        page += &table("organizational unit", "accounts", rollup.units.iter().map(unit), "organizational unit");
    }
    page
}

/// An account that was skipped has no counts.
fn is_counted(line: &AccountLine<'_>) -> bool {
    line.row.state != AccountState::Skipped
}

fn table(first: &str, second: &str, rows: impl Iterator<Item = String>, what: &str) -> String {
    let severities = Severity::ALL.map(Severity::as_str).join(" | ");
    let head =
        format!("\n| {first} | {second} | {severities} | waived | unknown | pass |\n|---|---|{}\n", "--:|".repeat(7));
    let mut room = PageRoom::new(ACCOUNTS / 3);
    rows.for_each(|row| {
        room.add(&row);
    });
    head + &room.finish(what, &format!("{what}s"))
}

fn account(line: &AccountLine<'_>) -> String {
    let AccountLine { row, open } = line;
    let parts = [Some(row.account.as_str()), row.name.as_deref(), row.organizational_unit.as_deref()];
    let name: Vec<String> = parts.into_iter().flatten().map(cell).collect();
    let state = match row.state {
        AccountState::Complete => state_in_words(row.state).to_owned(),
        state => format!("**{}**", state_in_words(state)),
    };
    let counts = match row.state {
        AccountState::NotRead => silence(row.summary),
        _ => counts(*open, row.summary),
    };
    format!("| {} | {state} | {counts} |\n", name.join(" "))
}

fn unit(line: &UnitLine<'_>) -> String {
    let UnitLine { row, incomplete, open } = line;
    let mut accounts = number(row.accounts);
    for (count, word) in [(row.not_read, "not read"), (*incomplete, "incomplete")] {
        if count > 0 {
            accounts += &format!(", **{} {word}**", number(count));
        }
    }
    format!("| {} | {accounts} | {} |\n", cell(&row.organizational_unit), counts(*open, row.summary))
}

fn counts(open: BySeverity, summary: Summary) -> String {
    let cells = open.into_iter().chain([summary.waived, summary.unknown, summary.pass]);
    cells.map(number).collect::<Vec<_>>().join(" | ")
}

/// Words the row of an account that was not read: nothing is known of it but what is undecided.
fn silence(summary: Summary) -> String {
    format!("{}{} | ?", "? | ".repeat(Severity::ALL.len() + 1), number(summary.unknown))
}

/// A name that stays within its cell.
fn cell(text: &str) -> String {
    code(text, NAME).replace('|', "\\u{7c}")
}

/// Writes why accounts were not read, or were left out.
fn reasons(rollup: &Rollup<'_>) -> String {
    let mut room = PageRoom::new(ACCOUNTS / 3);
    for AccountLine { row, .. } in &rollup.accounts {
        let Some(reason) = &row.reason else { continue };
        let state = state_in_words(row.state);
        room.add(&format!("- {} {state}: {}\n", code(&row.account, NAME), prose(reason, SENTENCE)));
    }
    match room.finish("account", "accounts") {
        list if list.is_empty() => list,
        list => format!("\n{list}"),
    }
}
