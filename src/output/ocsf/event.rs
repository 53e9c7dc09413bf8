//! One finding as one event.

use serde::Serialize;

use super::coded::{Coded, Scan, activity, compliance_status, severity, status};
use super::parts::{
    Check, Cloud, EvidenceItem, FindingInfo, Metadata, Observable, OcsfCompliance, OcsfRemediation, OcsfResource,
    Unmapped,
};
use crate::output::lifecycle::Tracked;

const CATEGORY: u32 = 2;
const CLASS: u32 = 2003;

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
