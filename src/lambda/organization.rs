//! A run with a worker for each account: the list before it and the merge behind it.
//!
//! Step Functions passes the list on to the workers; each is an invocation of its own with `account` in its event.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{FunctionRun, RunSummary, folder};
use crate::aws;
use crate::config::{self, RegionName};
use crate::deliver::s3::Uri;
use crate::model::{AccountRow, Report};
use crate::scan::merge::{AccountListing, merge_to};
use crate::scan::organization::{AccountTarget, not_delivered, targets_of};
use crate::scan::{FactSource, Regions, ScanRequest, coverage_of};
use crate::{Error, Result, error};

/// The list that `list_accounts` leaves for the workers and for the merge.
#[derive(Debug, Serialize, Deserialize)]
struct WorkerGroups {
    accounts: Vec<AccountTarget>,
    /// The regions of each worker of an account.
    groups: Vec<Vec<RegionName>>,
    skipped: Vec<AccountRow>,
    gaps: Vec<crate::model::Gap>,
    coverage: Vec<crate::model::Coverage>,
}

impl FunctionRun {
    /// Writes the accounts of the organization to S3: one file for the workers' events, and one for the merge.
    pub(super) async fn list_accounts(&self) -> Result<Value> {
        let groups = groups(&self.event.regions, self.event.regions_per_worker)?;
        let members = aws::members(&self.live()).await?;
        let (accounts, skipped) = targets_of(members.accounts);
        let workers_of = |account| {
            numbered(&groups).map(move |(part, regions)| {
                json!({"run_id": self.run_id, "account": account, "regions": regions, "part": part})
            })
        };
        let events: Vec<Value> = accounts.iter().flat_map(workers_of).collect();
        let listed =
            WorkerGroups { skipped, gaps: members.gaps, coverage: coverage_of(&members.calls), accounts, groups };
        let place = self.environment.results.join(&format!("runs/{}", self.plain_id()));
        let (workers, all) = (place.join("workers.json"), place.join("accounts.json"));
        self.write_json(&events, &workers).await?;
        self.write_json(&listed, &all).await?;
        tracing::info!(run_id = self.run_id, accounts = listed.accounts.len(), "listed");
        Ok(json!({
            "run_id": self.run_id,
            "account_count": listed.accounts.len(),
            "workers": {"bucket": workers.bucket, "key": workers.key},
            "accounts": all,
        }))
    }

    /// Makes one report of those that the workers delivered. A worker that delivered none left its account unread.
    pub(super) async fn merge(&self) -> Result<RunSummary> {
        let place = self.event.accounts.as_ref().ok_or_else(|| {
            Error::usage("the event does not say which accounts to merge")
                .help("add `accounts`: the place that `list_accounts` answered")
        })?;
        let listed =
            self.store.read(place).await?.ok_or_else(|| Error::usage(format!("there is no list at {place}")))?;
        let listed: WorkerGroups = serde_json::from_slice(&listed).map_err(|error| {
            Error::usage(format!("{place} is not what list_accounts writes: {}", error::json_in_words(&error)))
        })?;
        let work = tempfile::tempdir().map_err(|error| Error::failed(format!("no room to work: {error}")))?;
        let request = self.request(work.path()).await?;
        let mut reports = Vec::new();
        for target in &listed.accounts {
            for (part, regions) in numbered(&listed.groups) {
                let file = work.path().join(format!("{}-{part}.json", target.account));
                let is_there = match self.report_of(target, part).await? {
                    Some(place) => self.store.read_to(&place, &file).await?,
                    None => false,
                };
                if !is_there {
                    not_delivered(&of_regions(&request, regions)?, target, &file).await?;
                }
                reports.push(file);
            }
        }
        let merged = work.path().join("merged.json");
        let listing = AccountListing { skipped: listed.skipped, gaps: listed.gaps, calls: listed.coverage };
        let report = merge_to(&reports, listing, &merged)?;
        self.deliver_merged(&report, work.path()).await
    }

    async fn deliver_merged(&self, report: &Report, work: &std::path::Path) -> Result<RunSummary> {
        tracing::info!(run_id = self.run_id, accounts = report.scan.accounts.len(), "merged");
        self.deliver(report, "organization", None, work).await
    }

    /// Finds the report of a worker by the mark that it left.
    async fn report_of(&self, target: &AccountTarget, part: u32) -> Result<Option<Uri>> {
        let marker = self.marker(&target.account, part);
        let Some(text) = self.store.read(&marker).await? else { return Ok(None) };
        let outcome: RunSummary = serde_json::from_slice(&text).map_err(|error| {
            Error::failed(format!("{marker} is not what a run writes: {}", error::json_in_words(&error)))
        })?;
        let expected = folder(&self.environment.results, &target.account, outcome.started_at, &self.run_id, part);
        Ok(Some(expected.join("report.json")))
    }

    async fn write_json(&self, value: &impl Serialize, place: &Uri) -> Result<()> {
        let text = serde_json::to_vec(value).map_err(|error| Error::failed(error.to_string()))?;
        self.store.write_bytes(text, place, "application/json").await.map(drop)
    }
}

/// The regions of each worker of an account: one group of all that are named, or several of at most so many.
fn groups(regions: &[RegionName], most: usize) -> Result<Vec<Vec<RegionName>>> {
    if most == 0 {
        return Ok(vec![regions.to_vec()]);
    }
    match config::regions(regions)? {
        Regions::Named(_) => Ok(regions.chunks(most).map(<[RegionName]>::to_vec).collect()),
        Regions::All | Regions::Default => {
            Err(Error::usage("the event does not name the regions that are to be divided among workers")
                .help("name them in `regions`, or leave out `regions_per_worker`"))
        }
    }
}

/// The groups with the numbers of their workers.
fn numbered(groups: &[Vec<RegionName>]) -> impl Iterator<Item = (u32, &[RegionName])> {
    let first = u32::from(groups.len() > 1);
    (first..).zip(groups.iter().map(Vec::as_slice))
}

/// The request for a worker's regions.
fn of_regions(request: &ScanRequest, regions: &[RegionName]) -> Result<ScanRequest> {
    let mut request = request.clone();
    if let (FactSource::Live(live), [_, ..]) = (&mut request.source, regions) {
        live.regions = config::regions(regions)?;
    }
    Ok(request)
}
