//! The schema's numbers with their names, each pair in one place, and what all events of one report share.

use super::Version;
use crate::model::{Change, Report, Severity, Timestamp, Verdict};
use crate::output::lifecycle::{Stage, Tracked};

/// The data that all events of one report share.
pub(super) struct Scan<'a> {
    pub version: Version,
    pub tool_version: &'a str,
    pub source: &'a str,
    pub started_at: Timestamp,
    pub complete: bool,
}

impl<'a> Scan<'a> {
    pub fn of(report: &'a Report, version: Version) -> Self {
        Self {
            version,
            tool_version: &report.scan.tool_version,
            source: &report.scan.source,
            started_at: report.scan.started_at,
            complete: !report.is_incomplete(),
        }
    }
}

/// A number of the schema with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coded(pub u32, pub &'static str);

/// Codes what happened to the finding since the compared report. Without one, every scan creates its findings anew.
pub(super) fn activity(tracked: &Tracked<'_>) -> Coded {
    match (tracked.stage, tracked.finding.history.as_ref().map(|history| history.change)) {
        (Stage::Resolved | Stage::Gone, _) => Coded(3, "Close"),
        (_, None | Some(Change::New)) => Coded(1, "Create"),
        _ => Coded(2, "Update"),
    }
}

/// Codes whether somebody has to look at the finding. The schema has no word for a finding that passes and never
/// failed: it was neither new nor resolved.
pub(super) fn status(tracked: &Tracked<'_>) -> Coded {
    match (tracked.stage, tracked.finding.verdict) {
        (Stage::Open, _) => Coded(1, "New"),
        (Stage::Waived, _) => Coded(3, "Suppressed"),
        (Stage::Resolved | Stage::Gone, _) => Coded(4, "Resolved"),
        (Stage::Fine, Verdict::NotApplicable) => Coded(99, "Not Applicable"),
        (Stage::Fine, _) => Coded(99, "Pass"),
    }
}

/// Codes what the facts say. They say nothing about a resource that is gone.
pub(super) fn compliance_status(tracked: &Tracked<'_>) -> Coded {
    match (tracked.stage, tracked.finding.verdict) {
        (Stage::Gone, _) | (_, Verdict::NotApplicable) => Coded(99, "Not Applicable"),
        (_, Verdict::Pass) => Coded(1, "Pass"),
        (_, Verdict::Unknown) => Coded(2, "Warning"),
        (_, Verdict::Fail) => Coded(3, "Fail"),
    }
}

/// Codes the severity. A finding that is no problem is informational.
pub(super) fn severity(severity: Option<Severity>) -> Coded {
    match severity {
        None => Coded(1, "Informational"),
        Some(Severity::Low) => Coded(2, "Low"),
        Some(Severity::Medium) => Coded(3, "Medium"),
        Some(Severity::High) => Coded(4, "High"),
        Some(Severity::Critical) => Coded(5, "Critical"),
    }
}
