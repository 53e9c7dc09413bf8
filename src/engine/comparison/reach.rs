//! The reach of a report: its accounts, and the regions in each of them.
//!
//! A report of many accounts names the regions of all of them. The calls of an account tell in which it was read.

use std::collections::{HashMap, HashSet};

use crate::model::{AccountId, AccountRow, AccountState, Region, Report};

/// The accounts and regions in which one report looked.
pub(super) struct Reach<'r> {
    accounts: HashSet<&'r str>,
    regions: HashSet<&'r str>,
    rows: HashMap<&'r str, &'r AccountRow>,
    /// Account and region of every call, where there is more than one account.
    called: Option<HashSet<(&'r str, &'r str)>>,
}

impl<'r> Reach<'r> {
    pub fn of(report: &'r Report) -> Self {
        let called = || {
            report
                .coverage
                .iter()
                .map(|row| (row.account.as_deref().unwrap_or_default(), row.region.as_str()))
                .collect()
        };
        let rows = report.organization.iter().flat_map(|organization| &organization.accounts);
        Self {
            accounts: report.scan.accounts.iter().map(AccountId::as_str).collect(),
            regions: report.scan.regions.iter().map(Region::as_str).collect(),
            rows: rows.map(|row| (row.account.as_str(), row)).collect(),
            called: (report.scan.accounts.len() > 1).then(called),
        }
    }

    /// Says why nothing of an account is known, in words that follow its name; `None` if it was read.
    pub fn why_not(&self, account: &str) -> Option<String> {
        let row = self.rows.get(account);
        let what = match row.map(|row| row.state) {
            Some(AccountState::NotRead) => "could not be read",
            _ if self.accounts.contains(account) => return None,
            _ => "was not scanned",
        };
        match row.and_then(|row| row.reason.as_deref()) {
            Some(reason) => Some(format!("{what}: {reason}")),
            None => Some(what.to_owned()),
        }
    }

    /// Tells whether the region was read in the account.
    pub fn has(&self, account: &str, region: &str) -> bool {
        self.regions.contains(region) && self.called.as_ref().is_none_or(|called| called.contains(&(account, region)))
    }
}
