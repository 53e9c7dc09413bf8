//! Two reports or snapshots side by side.

use std::path::Path;

use super::ScanRequest;
use super::prepared::Prepared;
use crate::Result;
use crate::model::Report;

/// The later report with what changed since the earlier one. Each may be a report, or a snapshot that is judged as the
/// request says; its source is not read.
///
/// # Errors
/// If a file is neither, or they are about different accounts.
pub fn diff(old: &Path, new: &Path, request: &ScanRequest) -> Result<Report> {
    let prepared = Prepared::of(request)?;
    let (earlier, later) = (prepared.earlier(old)?, prepared.earlier(new)?);
    prepared.compare(&earlier, later, old)
}
