//! Where a report looked: which accounts, and which regions in each of them.
//!
//! A report of many accounts names the regions of all; in which of them an account was read, its calls tell.

use std::collections::HashSet;

use crate::model::{AccountState, Report};

/// Where one report looked.
pub(super) struct Reach<'r> {
    report: &'r Report,
    /// Account and region of every call, where there is more than one account.
    called: Option<HashSet<(&'r str, &'r str)>>,
}

impl<'r> Reach<'r> {
    pub fn of(report: &'r Report) -> Self {
        let is_of_many = report.scan.accounts.len() > 1;
        let called = || report.coverage.iter().map(|row| (row.account.as_str(), row.region.as_str())).collect();
        Self { report, called: is_of_many.then(called) }
    }

    /// Why nothing of an account is known, in words that follow its name; `None` if it was read.
    pub fn why_not(&self, account: &str) -> Option<String> {
        let rows = self.report.organization.iter().flat_map(|organization| &organization.accounts);
        let row = rows.into_iter().find(|row| row.account == account);
        let what = match row.map(|row| row.state) {
            Some(AccountState::NotRead) => "could not be read",
            _ if self.report.scan.accounts.iter().any(|known| known == account) => return None,
            _ => "was not scanned",
        };
        match row.and_then(|row| row.reason.as_deref()) {
            Some(reason) => Some(format!("{what}: {reason}")),
            None => Some(what.to_owned()),
        }
    }

    /// Whether the region was read in the account.
    pub fn has(&self, account: &str, region: &str) -> bool {
        self.report.scan.regions.iter().any(|read| read == region)
            && self.called.as_ref().is_none_or(|called| called.contains(&(account, region)))
    }
}
