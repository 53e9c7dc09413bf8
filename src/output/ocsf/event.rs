//! One finding as one event. Numbers and their names are the schema's; each pair is made in one place.

use serde::Serialize;

use super::Version;
use super::parts::{
    Check, Cloud, EvidenceItem, FindingInfo, Metadata, Observable, OcsfCompliance, OcsfRemediation, OcsfResource,
    Unmapped,
};
use crate::model::{Change, Report, Severity, Verdict};
use crate::output::lifecycle::{Stage, Tracked};

const CATEGORY: u32 = 2;
const CLASS: u32 = 2003;

/// What all events of one report share.
pub(super) struct Scan<'a> {
    pub version: Version,
    pub tool_version: &'a str,
    pub source: &'a str,
    pub started_at: &'a str,
    pub complete: bool,
}

impl<'a> Scan<'a> {
    pub fn of(report: &'a Report, version: Version) -> Self {
        Self {
            version,
            tool_version: &report.scan.tool_version,
            source: &report.scan.source,
            started_at: &report.scan.started_at,
            complete: !report.is_incomplete(),
        }
    }
}

/// A number of the schema with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coded(pub u32, pub &'static str);

/// A Compliance Finding.
#[derive(Debug, Serialize)]
pub(super) struct ComplianceEvent<'a> {
    activity_id: u32,
    activity_name: &'static str,
    category_name: &'static str,
    category_uid: u32,
    class_name: &'static str,
    class_uid: u32,
    type_name: String,
    type_uid: u32,
    time: i64,
    time_dt: String,
    severity: &'static str,
    severity_id: u32,
    status: &'static str,
    status_id: u32,
    status_code: &'static str,
    status_detail: String,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    metadata: Metadata<'a>,
    finding_info: FindingInfo<'a>,
    compliance: OcsfCompliance<'a>,
    cloud: Cloud<'a>,
    resources: [OcsfResource<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    observables: Option<[Observable<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<OcsfRemediation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidences: Vec<EvidenceItem<'a>>,
    unmapped: Unmapped<'a>,
}

impl<'a> ComplianceEvent<'a> {
    pub fn of(tracked: &Tracked<'a>, scan: &Scan<'a>) -> Self {
        let finding = tracked.finding;
        let Coded(activity_id, activity_name) = activity(tracked);
        let Coded(severity_id, severity) = severity(tracked.severity());
        let Coded(status_id, status) = status(tracked);
        let reasons = tracked.reasons();
        Self {
            activity_id,
            activity_name,
            category_name: "Findings",
            category_uid: CATEGORY,
            class_name: "Compliance Finding",
            class_uid: CLASS,
            type_name: format!("Compliance Finding: {activity_name}"),
            type_uid: CLASS * 100 + activity_id,
            time: tracked.observed.as_millisecond(),
            time_dt: tracked.observed.to_string(),
            severity,
            severity_id,
            status,
            status_id,
            status_code: tracked.verdict_in_words(),
            status_detail: reasons.join("; "),
            message: &finding.message,
            comment: tracked.waiver_in_words(),
            metadata: Metadata::of(tracked, scan),
            finding_info: FindingInfo::of(tracked),
            compliance: OcsfCompliance::of(tracked, reasons, check(tracked)),
            cloud: Cloud::of(finding),
            resources: [OcsfResource::of(finding)],
            observables: Observable::of(finding).map(|observable| [observable]),
            remediation: OcsfRemediation::of(tracked),
            evidences: EvidenceItem::all_of(finding),
            unmapped: Unmapped::of(tracked, scan),
        }
    }
}

/// What happened to the finding since the compared report; without one, every scan creates its findings anew.
fn activity(tracked: &Tracked<'_>) -> Coded {
    match (tracked.stage, tracked.finding.history.as_ref().map(|history| history.change)) {
        (Stage::Resolved | Stage::Gone, _) => Coded(3, "Close"),
        (_, None | Some(Change::New)) => Coded(1, "Create"),
        _ => Coded(2, "Update"),
    }
}

/// Whether somebody has to look at it. What passes and never failed was neither new nor resolved: the schema has no word
/// for it.
fn status(tracked: &Tracked<'_>) -> Coded {
    match (tracked.stage, tracked.finding.verdict) {
        (Stage::Open, _) => Coded(1, "New"),
        (Stage::Waived, _) => Coded(3, "Suppressed"),
        (Stage::Resolved | Stage::Gone, _) => Coded(4, "Resolved"),
        (Stage::Fine, Verdict::NotApplicable) => Coded(99, "Not Applicable"),
        (Stage::Fine, _) => Coded(99, "Pass"),
    }
}

/// What the facts say. Of a resource that is gone they say nothing any more.
pub(super) fn compliance_status(tracked: &Tracked<'_>) -> Coded {
    match (tracked.stage, tracked.finding.verdict) {
        (Stage::Gone, _) | (_, Verdict::NotApplicable) => Coded(99, "Not Applicable"),
        (_, Verdict::Pass) => Coded(1, "Pass"),
        (_, Verdict::Unknown) => Coded(2, "Warning"),
        (_, Verdict::Fail) => Coded(3, "Fail"),
    }
}

/// What is no problem informs.
fn severity(severity: Option<Severity>) -> Coded {
    match severity {
        None => Coded(1, "Informational"),
        Some(Severity::Low) => Coded(2, "Low"),
        Some(Severity::Medium) => Coded(3, "Medium"),
        Some(Severity::High) => Coded(4, "High"),
        Some(Severity::Critical) => Coded(5, "Critical"),
    }
}

/// The rule, with the severity that a failure has, whatever the verdict.
fn check<'a>(tracked: &Tracked<'a>) -> Check<'a> {
    let finding = tracked.finding;
    let (Coded(severity_id, severity), Coded(status_id, status)) =
        (severity(Some(finding.severity)), compliance_status(tracked));
    Check {
        uid: &finding.rule,
        name: &finding.title,
        desc: tracked.rule.map(|rule| rule.why.as_str()),
        severity,
        severity_id,
        standards: tracked.standards(),
        status,
        status_id,
    }
}
