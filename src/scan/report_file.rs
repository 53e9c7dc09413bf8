//! Reports that were written before, read back: what `--format json` wrote into a file.

use std::path::Path;

use serde::Deserialize;

use super::REPORT_SCHEMA_VERSION;
use crate::model::Report;
use crate::{Error, Result};

/// What says whether a file can be read at all.
#[derive(Deserialize)]
struct Head {
    schema_version: u64,
}

/// Reads a report.
///
/// # Errors
/// A usage error if it cannot be read, is no report, or has another version of the report's shape than this build writes.
pub fn open(path: &Path) -> Result<Report> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        Error::usage(format!("cannot read the report {name}: {error}"))
            .help("name a file that `safeguard scan --format json=FILE` wrote")
    })?;
    let Head { schema_version } = serde_json::from_slice(&bytes).map_err(|error| {
        Error::usage(format!("{name} is not a Safeguard report: {error}"))
            .help("name a file that `safeguard scan --format json=FILE` wrote")
    })?;
    if schema_version != u64::from(REPORT_SCHEMA_VERSION) {
        let message = format!(
            "the report {name} has schema version {schema_version}, and this build reads {REPORT_SCHEMA_VERSION}"
        );
        return Err(Error::usage(message).help("use the version of Safeguard that wrote it, or scan again"));
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        Error::usage(format!("the report {name} is damaged, or was written by another build: {error}"))
            .help("scan again, or judge its snapshot again")
    })
}
