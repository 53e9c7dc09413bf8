//! The standing of an organization's accounts and units: what the tables of the page and of the summary show.
//!
//! A report's own rows count by verdict. How bad the failures are is counted here, from the findings. An account
//! that could not be read has no failures among the findings: they are not zero but not known.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::text::{listed, number};
use crate::model::{AccountRow, AccountState, Organization, Report, Severity, Summary, UnitRow, is_attested};

/// The most accounts that a sentence names.
const ATTESTED_NAMED: usize = 3;

/// Failures that no waiver covers, in the order of [`Severity::ALL`].
pub(super) type BySeverity = [usize; Severity::ALL.len()];

/// Everything that the tables show.
pub(super) struct Rollup<'r> {
    pub organization: &'r Organization,
    /// The accounts: those that were not read first, then the worst; those that were skipped last.
    pub accounts: Vec<AccountLine<'r>>,
    /// The units by their path.
    pub units: Vec<UnitLine<'r>>,
}

/// One account.
pub(super) struct AccountLine<'r> {
    pub row: &'r AccountRow,
    pub open: BySeverity,
}

/// One organizational unit, with the accounts directly in it.
pub(super) struct UnitLine<'r> {
    pub row: &'r UnitRow,
    pub incomplete: usize,
    pub open: BySeverity,
}

impl<'r> Rollup<'r> {
    /// Counts a report; `None` if it is about one account only.
    pub(super) fn of(report: &'r Report) -> Option<Self> {
        let organization = report.organization.as_ref().filter(|organization| organization.accounts.len() > 1)?;
        let open = open_failures(report);
        let line = |row: &'r AccountRow| AccountLine {
            row,
            open: open.get(row.account.as_str()).copied().unwrap_or_default(),
        };
        let mut accounts: Vec<AccountLine<'r>> = organization.accounts.iter().map(line).collect();
        accounts.sort_by_key(|line| (place(line.row.state), Reverse(line.open), &line.row.account));
        let units = organization.organizational_units.iter().map(|row| UnitLine::of(row, &accounts)).collect();
        Some(Self { organization, accounts, units })
    }

    /// See [`counts`].
    pub(super) fn counts(&self) -> String {
        counts(self.organization)
    }
}

/// Says how many accounts there are in each state, in words: `48 read, 3 of them incomplete; 1 NOT READ; 1 skipped`.
pub(super) fn counts(organization: &Organization) -> String {
    let count = |state| organization.accounts.iter().filter(|row| row.state == state).count();
    let (complete, incomplete) = (count(AccountState::Complete), count(AccountState::Incomplete));
    let mut parts = vec![match incomplete {
        0 => format!("{} read", number(complete)),
        _ => format!("{} read, {} of them incomplete", number(complete + incomplete), number(incomplete)),
    }];
    for (state, words) in [(AccountState::NotRead, "NOT READ"), (AccountState::Skipped, "skipped")] {
        if count(state) > 0 {
            parts.push(format!("{} {words}", number(count(state))));
        }
    }
    parts.join("; ")
}

impl<'r> UnitLine<'r> {
    fn of(row: &'r UnitRow, accounts: &[AccountLine<'_>]) -> Self {
        let inside = || {
            accounts.iter().filter(|line| {
                line.row.state != AccountState::Skipped
                    && line.row.organizational_unit.as_deref() == Some(row.organizational_unit.as_str())
            })
        };
        let mut open = BySeverity::default();
        for line in inside() {
            open.iter_mut().zip(line.open).for_each(|(sum, count)| *sum += count);
        }
        Self { row, incomplete: inside().filter(|line| line.row.state == AccountState::Incomplete).count(), open }
    }
}

/// Says in a sentence with which accounts the attestations are counted; `name` is how the format writes an account.
pub(super) fn attested_with(report: &Report, name: impl Fn(&str) -> String) -> Option<String> {
    let attested = report.findings.iter().filter(|finding| is_attested(&finding.resource.kind));
    let accounts: BTreeSet<&str> = attested.map(|finding| finding.resource.account.as_str()).collect();
    let names: Vec<String> = accounts.into_iter().map(name).collect();
    let of = if names.len() == 1 { "account" } else { "accounts" };
    let names = listed(names.iter().map(String::as_str), ATTESTED_NAMED);
    (!names.is_empty()).then(|| format!("What people attest is no account's: it is counted with {of} {names}."))
}

fn open_failures(report: &Report) -> BTreeMap<&str, BySeverity> {
    let mut accounts = BTreeMap::<&str, BySeverity>::new();
    for finding in report.findings.iter().filter(|finding| finding.is_open_failure()) {
        let counts = accounts.entry(&finding.resource.account).or_default();
        let place = Severity::ALL.iter().position(|severity| *severity == finding.severity);
        counts[place.unwrap_or_default()] += 1;
    }
    accounts
}

/// Orders verdicts so that those which ask somebody to act stand first.
fn place(state: AccountState) -> u8 {
    match state {
        AccountState::NotRead => 0,
        AccountState::Incomplete | AccountState::Complete => 1,
        AccountState::Skipped => 2,
    }
}

/// The word for a state.
pub(super) fn state_in_words(state: AccountState) -> &'static str {
    match state {
        AccountState::NotRead => "not read",
        AccountState::Incomplete => "incomplete",
        AccountState::Complete => "complete",
        AccountState::Skipped => "skipped",
    }
}

/// Counts the findings of any verdict.
pub(super) fn total(summary: Summary) -> usize {
    summary.pass + summary.fail + summary.unknown + summary.not_applicable
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Style, fixture};
    use super::*;

    #[test]
    fn failures_by_severity_come_to_what_the_rows_say() {
        let report = fixture::organization();
        let rollup = Rollup::of(&report).unwrap();
        for AccountLine { row, open } in &rollup.accounts {
            assert_eq!(open.iter().sum::<usize>() + row.summary.waived, row.summary.fail, "{}", row.account);
        }
        for UnitLine { row, open, .. } in &rollup.units {
            assert_eq!(
                open.iter().sum::<usize>() + row.summary.waived,
                row.summary.fail,
                "{}",
                row.organizational_unit
            );
        }
        let sum: usize = rollup.accounts.iter().map(|line| total(line.row.summary)).sum();
        assert_eq!(sum, report.findings.len(), "every finding is in one account");
    }

    #[test]
    fn what_was_not_read_stands_first_and_what_was_skipped_last() {
        let report = fixture::organization();
        let rollup = Rollup::of(&report).unwrap();
        let states: Vec<AccountState> = rollup.accounts.iter().map(|line| line.row.state).collect();
        use AccountState::{Complete, Incomplete, NotRead, Skipped};
        assert_eq!(states, [NotRead, Incomplete, Complete, Complete, Skipped]);
        assert_eq!(rollup.counts(), "3 read, 1 of them incomplete; 1 NOT READ; 1 skipped");
    }

    #[test]
    fn people_are_told_with_which_account_attestations_are_counted() {
        let mut report = fixture::organization();
        let text = |report: &Report, format| {
            let mut bytes = Vec::new();
            super::super::write(report, format, &Style { width: 200, ..Style::default() }, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap().replace(['`', '\n'], " ").replace("&#39;", "'").replace("  ", " ")
        };
        for format in [Format::Terminal, Format::Html, Format::Markdown] {
            assert!(!text(&report, format).contains("What people attest is no account's"), "there is nothing of it");
        }
        let first = report.findings.iter_mut().find(|finding| finding.resource.account == fixture::ACCOUNT);
        "Safeguard::Attestation".clone_into(&mut first.unwrap().resource.kind);
        for format in [Format::Terminal, Format::Html, Format::Markdown] {
            let text = text(&report, format).replace(" .", ".");
            assert!(
                text.contains("What people attest is no account's: it is counted with account 123456789012."),
                "{text}"
            );
        }
    }

    #[test]
    fn a_single_account_has_nothing_to_roll_up() {
        let mut report = fixture::organization();
        assert!(Rollup::of(&fixture::mixed()).is_none());
        report.organization.as_mut().unwrap().accounts.truncate(1);
        assert!(Rollup::of(&report).is_none());
    }
}
