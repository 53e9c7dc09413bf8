//! The accounts of an organization and its units: which could not be read, and how bad it is in each.
//!
//! An account's row leads to its findings. The failures of an account that was not read are not zero but not known, and
//! its row says so in the place of the numbers.

use super::super::rollup::{AccountLine, BySeverity, Rollup, UnitLine, attested_with, state_in_words, total};
use super::super::text::{counted, shorten};
use super::{NAME, SENTENCE, filter_link};
use crate::model::{AccountRow, AccountState, Report, Severity, Summary};

/// The most rows of a table: a browser shows them all at once.
const SHOWN: usize = 1_000;

/// See the module.
pub(super) struct AccountsShown {
    pub counts: String,
    pub severities: [&'static str; Severity::ALL.len()],
    pub rows: Vec<AccountShown>,
    pub left_out: usize,
    pub units: Vec<UnitShown>,
    pub units_left_out: usize,
    pub attested_with: Option<String>,
}

/// One account.
pub(super) struct AccountShown {
    pub account: String,
    pub name: String,
    pub unit: String,
    /// The shape and color of its state.
    pub icon: &'static str,
    pub state: &'static str,
    pub reason: String,
    pub open: BySeverity,
    pub summary: Summary,
    /// The words in place of the numbers, for an account that was not read.
    pub silence: Option<String>,
    /// A link to its findings, if it has any.
    pub link: Option<String>,
}

/// One organizational unit.
pub(super) struct UnitShown {
    pub unit: String,
    pub accounts: usize,
    pub not_read: usize,
    pub incomplete: usize,
    pub open: BySeverity,
    pub summary: Summary,
}

impl AccountsShown {
    /// Makes the tables; `None` for a report about one account only.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let rollup = Rollup::of(report)?;
        Some(Self {
            counts: rollup.counts(),
            severities: Severity::ALL.map(Severity::as_str),
            rows: rollup.accounts.iter().take(SHOWN).map(AccountShown::of).collect(),
            left_out: rollup.accounts.len().saturating_sub(SHOWN),
            units: rollup.units.iter().take(SHOWN).map(UnitShown::of).collect(),
            units_left_out: rollup.units.len().saturating_sub(SHOWN),
            attested_with: attested_with(report, |account| shorten(account, NAME).into_owned()),
        })
    }
}

impl AccountShown {
    fn of(line: &AccountLine<'_>) -> Self {
        let AccountLine { row, open } = line;
        let text = |text: &Option<String>, columns| shorten(text.as_deref().unwrap_or_default(), columns).into_owned();
        let has_findings = total(row.summary) > 0;
        Self {
            account: shorten(&row.account, NAME).into_owned(),
            name: text(&row.name, NAME),
            unit: text(&row.organizational_unit, NAME),
            icon: match row.state {
                AccountState::NotRead => "gap",
                AccountState::Incomplete => "unknown",
                AccountState::Complete => "pass",
                AccountState::Skipped => "na",
            },
            state: state_in_words(row.state),
            reason: text(&row.reason, SENTENCE),
            open: *open,
            summary: row.summary,
            silence: silence(row),
            link: has_findings.then(|| filter_link(&[("account", &row.account), ("verdict", "all")])),
        }
    }
}

impl UnitShown {
    fn of(line: &UnitLine<'_>) -> Self {
        let UnitLine { row, incomplete, open } = line;
        Self {
            unit: shorten(&row.organizational_unit, NAME).into_owned(),
            accounts: row.accounts,
            not_read: row.not_read,
            incomplete: *incomplete,
            open: *open,
            summary: row.summary,
        }
    }
}

fn silence(row: &AccountRow) -> Option<String> {
    match row.state {
        AccountState::Complete | AccountState::Incomplete => None,
        AccountState::Skipped => Some("not scanned".to_owned()),
        AccountState::NotRead => {
            let undecided = counted(row.summary.unknown, "finding is undecided", "findings are undecided");
            Some(format!("not known: {undecided}"))
        }
    }
}
