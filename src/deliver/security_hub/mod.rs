//! Import into AWS Security Hub: `BatchImportFindings` for what was found, `BatchUpdateFindings` for waivers.
//!
//! Findings belong to one account and one region, and Security Hub takes them only from that account, so that every
//! request is about one of each; findings of other accounts than the credentials' are left out and counted. A waived
//! failure is suppressed and carries the waiver as its note; when the waiver ends, the finding is opened again, which
//! is why suppressed findings with our note are asked for. What somebody else suppressed is never touched.
//!
//! Security Hub ignores an import that is older than what it has. Its answer does not tell whether it did, so an old
//! report that is imported after a newer one counts as imported.

mod batch;
mod place;

use std::collections::BTreeMap;

use crate::aws::{self, Live, Progress, Regions};
use crate::model::{AccountId, Region, Report};
use crate::output::asff::{self, AccountRegion};
use crate::{Error, Result};

const IMPORT: &str = "securityhub:BatchImportFindings";
const UPDATE: &str = "securityhub:BatchUpdateFindings";
const LOOK: &str = "securityhub:GetFindings";

/// The IAM actions that an import needs, on every resource.
pub const IAM_ACTIONS: [&str; 3] = [IMPORT, UPDATE, LOOK];

/// The settings of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSettings {
    /// The region to which findings about global resources are imported; the report's home region otherwise.
    pub home_region: Option<Region>,
    /// Only the findings of this account: then nothing is missing when others are left out.
    pub account: Option<AccountId>,
    /// Leave out what passes or does not apply, unless it was resolved.
    pub skip_passes: bool,
}

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportResult {
    /// The account whose credentials were used.
    pub account: AccountId,
    /// Region by region.
    pub places: Vec<PlaceResult>,
    /// The number of findings of other accounts that were left out although nobody said that they should be.
    pub left_out: BTreeMap<AccountId, usize>,
}

/// The result of an import in one region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceResult {
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The number of findings that Security Hub took.
    pub imported: usize,
    /// The number of them that are suppressed because a waiver covers them.
    pub suppressed: usize,
    /// The number of findings that were opened again after their waiver had ended.
    pub reopened: usize,
    /// The steps that Security Hub did not do.
    pub failed: Vec<Failed>,
}

/// A step of the import of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStep {
    /// Import it.
    Import,
    /// Suppress it.
    Suppress,
    /// Open it again.
    Reopen,
    /// Look for findings to open again.
    LookForEndedWaivers,
}

impl ImportStep {
    /// The IAM action without which it cannot be done.
    pub fn iam_action(self) -> &'static str {
        match self {
            ImportStep::Import => IMPORT,
            ImportStep::Suppress | ImportStep::Reopen => UPDATE,
            ImportStep::LookForEndedWaivers => LOOK,
        }
    }
}

/// Something that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The step that was not done.
    pub step: ImportStep,
    /// The finding that the step was for; `None` for all that were left.
    pub id: Option<String>,
    /// The number of findings that the step was for.
    pub count: usize,
    /// AWS's error code.
    pub code: String,
    /// AWS's words.
    pub message: String,
}

impl ImportResult {
    /// Tells whether everything that should be there is there, by AWS's word.
    pub fn is_complete(&self) -> bool {
        self.left_out.is_empty() && self.places.iter().all(|place| place.failed.is_empty())
    }
}

/// Imports a report.
///
/// # Errors
/// If the account's identity cannot be read, or the report says nothing about it. What fails later is in the result.
pub async fn import(
    report: &Report,
    live: &Live,
    settings: &ImportSettings,
    progress: &dyn Progress,
) -> Result<ImportResult> {
    let home = settings.home_region.clone().unwrap_or_else(|| asff::home_region(report));
    let live = Live { regions: Regions::Named(vec![home.clone()]), ..live.clone() };
    let home = home.as_str();
    progress.phase("asking whose credentials these are");
    let connection = aws::connect(&live).await?;
    let counts = asff::places(report, home);
    let mine: Vec<&AccountRegion> = counts.keys().filter(|place| place.account == connection.account).collect();
    if settings.account.as_ref().is_some_and(|wanted| *wanted != connection.account) {
        return Err(wrong_account(&connection.account, "--account names another one"));
    }
    if mine.is_empty() && !counts.is_empty() {
        return Err(wrong_account(&connection.account, "the report says nothing about it"));
    }
    let mut places = Vec::new();
    for place in mine {
        let is_wanted = |finding: &asff::SecurityFinding| !settings.skip_passes || is_news(finding);
        let findings = asff::findings_in(report, home, place).filter(is_wanted);
        let unwaived = || asff::unwaived_ids(report, home, place);
        places.push(place::import(&connection, place, findings, unwaived, progress).await);
    }
    let mut left_out = BTreeMap::new();
    if settings.account.is_none() {
        for (place, count) in counts.iter().filter(|(place, _)| place.account != connection.account) {
            *left_out.entry(place.account).or_default() += count;
        }
    }
    Ok(ImportResult { account: connection.account, places, left_out })
}

/// Lists the findings that are a problem, may be one, or were one.
fn is_news(finding: &asff::SecurityFinding) -> bool {
    finding.severity.label != "INFORMATIONAL" || finding.last_observed_at.is_some()
}

fn wrong_account(account: &str, why: &str) -> Error {
    Error::failed(format!("nothing was imported: the credentials are those of account {account}, and {why}"))
        .help("use a profile or a --role-arn of the account that the findings are about: Security Hub takes them from no other")
}
