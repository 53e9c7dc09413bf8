//! The accounts of an organization, as a report lists them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::findings::Summary;
use crate::model::{AccountId, Severity};

/// How the accounts of an organization stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Organization {
    /// Every account that was to be read, and those that were left out, sorted by account.
    pub accounts: Vec<AccountRow>,
    /// The organizational units that the accounts are in, sorted by path. A unit counts what is directly in it.
    pub organizational_units: Vec<UnitRow>,
    /// The account from which the others were entered, where that is known: what people attest is counted with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<AccountId>,
}

/// How far an account was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Nothing of it could be read: nothing is claimed about it.
    NotRead,
    /// It was read, and something that a rule needed is missing.
    Incomplete,
    /// All that the selected rules need was read.
    Complete,
    /// It was left out on purpose: suspended or closed, or excluded by the request.
    Skipped,
}

/// One account of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountRow {
    /// Twelve digits.
    pub account: AccountId,
    /// The name that the organization gave it.
    pub name: Option<String>,
    /// The organizational units from the root down, by name: `/Workloads/Production`. `null` where it is not known.
    pub organizational_unit: Option<String>,
    /// How far it was read.
    pub state: AccountState,
    /// Why it was not read, or skipped.
    pub reason: Option<String>,
    /// Its findings by verdict.
    pub summary: Summary,
    /// The worst severity among its failures that no waiver covers.
    pub worst_failure: Option<Severity>,
}

/// One organizational unit, with the accounts directly in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitRow {
    /// `/Workloads/Production`.
    pub organizational_unit: String,
    /// How many accounts are in it, those that were skipped not counted.
    pub accounts: usize,
    /// How many of them could not be read.
    pub not_read: usize,
    /// Their findings by verdict.
    pub summary: Summary,
}

impl Organization {
    /// The units follow from the accounts.
    pub fn of(mut accounts: Vec<AccountRow>) -> Self {
        accounts.sort_by_key(|a| a.account);
        let mut units: BTreeMap<&str, UnitRow> = BTreeMap::new();
        for account in accounts.iter().filter(|account| account.state != AccountState::Skipped) {
            let Some(path) = account.organizational_unit.as_deref() else { continue };
            let unit = units.entry(path).or_insert_with(|| UnitRow {
                organizational_unit: path.to_owned(),
                accounts: 0,
                not_read: 0,
                summary: Summary::default(),
            });
            unit.accounts += 1;
            unit.not_read += usize::from(account.state == AccountState::NotRead);
            unit.summary.add(account.summary);
        }
        let organizational_units = units.into_values().collect();
        Self { accounts, organizational_units, home: None }
    }
}
