//! Reads a JSON report back.

use std::path::Path;

use super::report_stream::ReportStream;
use crate::Result;
use crate::model::Report;

/// Reads the report that `--format json` wrote.
///
/// # Errors
/// A usage error if the file cannot be read or is no report of this build's form.
pub fn open(path: &Path) -> Result<Report> {
    let mut stream = ReportStream::open(path)?;
    let mut findings = Vec::new();
    while let Some(finding) = stream.next()? {
        findings.push(finding);
    }
    Ok(Report { findings, ..stream.finish()? })
}
