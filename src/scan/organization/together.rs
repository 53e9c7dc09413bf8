//! A second look at each account, beside what the others tell of things that they share.
//!
//! An account is judged and reported as soon as it was read, so that an interrupted run loses nothing. Only when all are
//! read is it known what their trails name in each other. So each account's snapshot is kept, and judged once more beside
//! the others' facts. One snapshot at a time is in memory, and what is lent.

use std::path::{Path, PathBuf};

use super::resume;
use super::{AccountTarget, OrganizationRequest, OrganizationRun};
use crate::Result;
use crate::engine::neighbours::{Named, Neighbours};
use crate::model::Snapshot;
use crate::output::json;
use crate::scan::{file, report_file, snapshot_file};

/// The folder of the accounts' snapshots in that of their reports.
pub const SNAPSHOTS: &str = "snapshots";

/// Names the file of an account's snapshot.
pub(super) fn place_of(request: &OrganizationRequest, account: &str) -> PathBuf {
    let named = request.scan.save_snapshot.clone();
    named.unwrap_or_else(|| request.folder.join(SNAPSHOTS)).join(format!("{account}.ndjson.zst"))
}

/// Makes the folder of snapshots.
pub(super) fn prepare(request: &OrganizationRequest) -> Result<()> {
    file::make_folder(place_of(request, "").parent().unwrap_or(Path::new(".")))
}

/// Judges the accounts that were read once more, and replaces their reports.
pub(super) fn judge_again(shared: &OrganizationRun, targets: &[AccountTarget]) -> Result<()> {
    let (mut named, mut neighbours) = (Named::default(), Neighbours::default());
    let mut read = Vec::new();
    for target in targets {
        if let Some(snapshot) = snapshot_of(shared, target)? {
            named.add(&snapshot);
            read.push(target);
        }
    }
    for target in &read {
        neighbours.add(&open(shared, target)?, &named);
    }
    if neighbours.is_empty() {
        return Ok(());
    }
    for target in read {
        let request = shared.scan_of(target);
        let mut report = shared.prepared.report_beside(&request, open(shared, target)?, &neighbours);
        shared.add_row(&mut report, target);
        let path = resume::place_of(&shared.request.folder, &target.account);
        file::write_whole(&path, |out| json::write(&report, out))?;
    }
    Ok(())
}

/// The snapshot that the account's report was made from, if it is there: an account that could not be read has none.
fn snapshot_of(shared: &OrganizationRun, target: &AccountTarget) -> Result<Option<Snapshot>> {
    if !place_of(&shared.request, &target.account).exists() {
        return Ok(None);
    }
    let snapshot = open(shared, target)?;
    let report = report_file::open(&resume::place_of(&shared.request.folder, &target.account))?;
    let is_its = snapshot.header.account == target.account && snapshot.header.taken_at == report.scan.started_at;
    Ok(is_its.then_some(snapshot))
}

fn open(shared: &OrganizationRun, target: &AccountTarget) -> Result<Snapshot> {
    snapshot_file::open(&place_of(&shared.request, &target.account))
}
