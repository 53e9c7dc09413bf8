//! The reports that are merged, each opened and checked.

use std::path::{Path, PathBuf};

use crate::model::{AccountId, Region, Report, Timestamp};
use crate::scan::report_file;
use crate::scan::report_stream::ReportStream;
use crate::{Error, Result};

/// One report to merge.
pub(super) struct ReportPart {
    pub path: PathBuf,
    /// The report without its findings.
    pub report: Report,
    digest: Vec<u8>,
}

impl ReportPart {
    /// Makes the key by which parts are sorted: what the part is about, then what it says.
    fn key(&self) -> (&[AccountId], Timestamp, &[Region], &[u8]) {
        let scan = &self.report.scan;
        (&scan.accounts, scan.started_at, &scan.regions, &self.digest)
    }
}

/// Opens the parts, in an order that does not depend on how they were named. One that is there twice counts once.
pub(super) fn open(paths: &[PathBuf]) -> Result<Vec<ReportPart>> {
    if paths.is_empty() {
        return Err(Error::usage("there is no report to merge").help("name at least one that `--format json` wrote"));
    }
    let mut parts = paths.iter().map(|path| part(path)).collect::<Result<Vec<_>>>()?;
    parts.sort_by(|a, b| a.key().cmp(&b.key()));
    parts.dedup_by(|a, b| a.digest == b.digest);
    Ok(parts)
}

fn part(path: &Path) -> Result<ReportPart> {
    let report = ReportStream::open(path)?.finish()?;
    let digest = report_file::check(path)?;
    if let Some(why) = report_file::wrong_field(&report) {
        return Err(report_file::damaged(&path.display().to_string(), &why));
    }
    Ok(ReportPart { path: path.to_owned(), report, digest })
}

/// The account from which the parts were made, if they name one.
pub(super) fn calling_account(parts: &[ReportPart]) -> Option<AccountId> {
    parts.iter().filter_map(|part| part.report.organization.as_ref()?.home).min()
}
