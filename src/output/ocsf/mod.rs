//! Findings as events of the Open Cybersecurity Schema Framework: class Compliance Finding (2003), profiles cloud and
//! datetime.
//!
//! Every finding is an event, passes and those that do not apply included, so that a consumer can count populations; so
//! is every failure of the compared report whose resource is gone. An undecided finding is `Warning`, which the schema
//! defines as a check that yielded no result for want of information, and its reasons name the calls that failed. It is
//! never `Pass` and never `Fail`. `finding_info.uid` is the finding's id, the same in every run.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::str::FromStr;

use super::{json, lifecycle, text};
use crate::error::Error;
use crate::model::Report;

mod coded;
mod event;
mod parts;

use coded::Scan;
use event::ComplianceEvent;

/// A version of the schema. What is written is valid under all of them; the event says which one it was asked to
/// follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The version of consumers that have not moved on.
    V1_5_0,
    /// The version that AWS Security Hub reads.
    V1_6_0,
    /// The newest.
    V1_8_0,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Version; 3] = [Version::V1_5_0, Version::V1_6_0, Version::V1_8_0];

    /// The one that is written unless another is asked for.
    pub const DEFAULT: Version = Version::V1_6_0;

    /// The number as events carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1_5_0 => "1.5.0",
            Version::V1_6_0 => "1.6.0",
            Version::V1_8_0 => "1.8.0",
        }
    }
}

impl Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Version {
    type Err = Error;

    /// # Errors
    /// A usage error that lists the versions.
    fn from_str(name: &str) -> Result<Self, Error> {
        Version::ALL.into_iter().find(|version| version.as_str() == name).ok_or_else(|| {
            let known = Version::ALL.map(Version::as_str).join(", ");
            Error::usage(format!("OCSF version `{}` is not supported", text::shorten(name, 60)))
                .help(format!("use one of: {known}"))
        })
    }
}

/// Writes one event a line.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_lines(report: &Report, version: Version, out: &mut dyn Write) -> io::Result<()> {
    let scan = Scan::of(report, version);
    for tracked in lifecycle::tracked(report) {
        json::write_line(&ComplianceEvent::of(&tracked, &scan), out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes one JSON array, one event a line within it.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_array(report: &Report, version: Version, out: &mut dyn Write) -> io::Result<()> {
    let scan = Scan::of(report, version);
    let mut array = json::Array::begin(out)?;
    for tracked in lifecycle::tracked(report) {
        array.add(&ComplianceEvent::of(&tracked, &scan))?;
    }
    array.end()
}

#[cfg(test)]
mod tests;
