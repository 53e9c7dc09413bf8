//! The objects inside an event. Only attributes that all supported versions have, and none that one of them deprecates.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::coded::{Coded, Scan, compliance_status};
use crate::model::{Arn, Finding, Gap, Region, Timestamp, Waiver, Witness};
use crate::output::lifecycle::{Tracked, partition};

/// The writer of the event, and the version of the schema.
#[derive(Debug, Serialize)]
pub(super) struct Metadata<'a> {
    version: &'static str,
    profiles: [&'static str; 2],
    /// The id of this event; the finding's own id is in `finding_info`.
    uid: String,
    event_code: &'a str,
    product: Product<'a>,
}

#[derive(Debug, Serialize)]
struct Product<'a> {
    name: &'static str,
    uid: &'static str,
    vendor_name: &'static str,
    version: &'a str,
}

impl<'a> Metadata<'a> {
    pub fn of(tracked: &Tracked<'a>, scan: &Scan<'a>) -> Self {
        Self {
            version: scan.version.as_str(),
            profiles: ["cloud", "datetime"],
            uid: format!("{}@{}", tracked.finding.id.0, scan.started_at),
            event_code: &tracked.finding.rule,
            product: Product {
                name: "Safeguard",
                uid: "safeguard",
                vendor_name: "Safeguard",
                version: scan.tool_version,
            },
        }
    }
}

/// The finding itself, the same in every run.
#[derive(Debug, Serialize)]
pub(super) struct FindingInfo<'a> {
    uid: &'a str,
    title: &'a str,
    desc: &'a str,
    types: [&'static str; 1],
    analytic: Analytic<'a>,
    created_time: i64,
    created_time_dt: String,
    modified_time: i64,
    modified_time_dt: String,
    #[serde(flatten)]
    seen: Option<SeenTimes>,
}

/// The times at which the problem was seen; absent where there is none.
#[derive(Debug, Serialize)]
struct SeenTimes {
    first_seen_time: i64,
    first_seen_time_dt: String,
    last_seen_time: i64,
    last_seen_time_dt: String,
}

#[derive(Debug, Serialize)]
struct Analytic<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u32,
    uid: &'a str,
}

impl<'a> FindingInfo<'a> {
    pub fn of(tracked: &Tracked<'a>) -> Self {
        let finding = tracked.finding;
        let (first, last) = (tracked.first_seen(), tracked.last_seen());
        Self {
            uid: &finding.id.0,
            title: &finding.title,
            desc: &finding.message,
            types: ["Compliance"],
            analytic: Analytic { name: &finding.title, kind: "Rule", type_id: 1, uid: &finding.rule },
            created_time: first.as_millisecond(),
            created_time_dt: first.to_string(),
            modified_time: tracked.observed.as_millisecond(),
            modified_time_dt: tracked.observed.to_string(),
            seen: last.map(|last| SeenTimes {
                first_seen_time: first.as_millisecond(),
                first_seen_time_dt: first.to_string(),
                last_seen_time: last.as_millisecond(),
                last_seen_time_dt: last.to_string(),
            }),
        }
    }
}

/// The check, its requirements and its result.
#[derive(Debug, Serialize)]
pub(super) struct OcsfCompliance<'a> {
    checks: [Check<'a>; 1],
    control: &'a str,
    desc: &'a str,
    requirements: Vec<&'a str>,
    standards: Vec<&'static str>,
    status: &'static str,
    status_code: &'static str,
    status_details: Vec<String>,
    status_id: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct Check<'a> {
    pub uid: &'a str,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desc: Option<&'a str>,
    pub severity: &'static str,
    pub severity_id: u32,
    pub standards: Vec<&'static str>,
    pub status: &'static str,
    pub status_id: u32,
}

impl<'a> OcsfCompliance<'a> {
    pub fn of(tracked: &Tracked<'a>, reasons: Vec<String>, check: Check<'a>) -> Self {
        let finding = tracked.finding;
        let Coded(status_id, status) = compliance_status(tracked);
        Self {
            checks: [check],
            control: &finding.rule,
            desc: &finding.title,
            requirements: finding.hipaa.iter().chain(&finding.soc2).map(String::as_str).collect(),
            standards: tracked.standards(),
            status,
            status_code: tracked.verdict_in_words(),
            status_details: reasons,
            status_id,
        }
    }
}

/// The place of the resource.
#[derive(Debug, Serialize)]
pub(super) struct Cloud<'a> {
    account: OcsfAccount<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_partition: Option<&'a str>,
    provider: &'static str,
    region: &'a str,
}

#[derive(Debug, Serialize)]
struct OcsfAccount<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u32,
    uid: &'a str,
}

impl<'a> Cloud<'a> {
    pub fn of(finding: &'a Finding) -> Self {
        let place = &finding.resource;
        Self {
            account: OcsfAccount { kind: "AWS Account", type_id: 10, uid: &place.account },
            cloud_partition: partition_of(finding),
            provider: "AWS",
            region: &place.region,
        }
    }
}

/// Finds the partition by the region, or by the ARN of what is global; `None` where neither tells.
fn partition_of(finding: &Finding) -> Option<&str> {
    let place = &finding.resource;
    if place.region != Region::GLOBAL {
        return Some(partition(&place.region));
    }
    place.arn.as_deref().and_then(Arn::parse).map(|arn| arn.partition)
}

/// The judged resource, or all of a kind whose list could not be read.
#[derive(Debug, Serialize)]
pub(super) struct OcsfResource<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_partition: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<&'static str>,
    name: std::borrow::Cow<'a, str>,
    region: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
}

impl<'a> OcsfResource<'a> {
    pub fn of(finding: &'a Finding) -> Self {
        let resource = &finding.resource;
        let name = resource.id.as_deref().map_or_else(|| format!("every {}", resource.kind).into(), Into::into);
        Self {
            cloud_partition: partition_of(finding),
            labels: if finding.in_phi_scope == Some(true) { vec!["phi"] } else { Vec::new() },
            name,
            region: &resource.region,
            kind: &resource.kind,
            uid: resource_uid(finding),
        }
    }
}

fn resource_uid(finding: &Finding) -> Option<&str> {
    finding.resource.arn.as_deref().or(finding.resource.id.as_deref())
}

/// A value that a consumer can pivot on.
#[derive(Debug, Serialize)]
pub(super) struct Observable<'a> {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u32,
    value: &'a str,
}

impl<'a> Observable<'a> {
    pub fn of(finding: &'a Finding) -> Option<Self> {
        let of = |value| Self { name: "resources[].uid", kind: "Resource UID", type_id: 10, value };
        resource_uid(finding).map(of)
    }
}

/// The way to reach the good state.
#[derive(Debug, Serialize)]
pub(super) struct OcsfRemediation<'a> {
    desc: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    references: &'a [String],
}

impl<'a> OcsfRemediation<'a> {
    /// Takes the remediation; `None` if there is no problem.
    pub fn of(tracked: &Tracked<'a>) -> Option<Self> {
        tracked.severity()?;
        let command = tracked.rule.and_then(|rule| rule.remediation.cli.as_deref());
        let desc = match command {
            Some(command) => format!("{}\n{command}", tracked.finding.fix),
            None => tracked.finding.fix.clone(),
        };
        Some(Self { desc, references: tracked.rule.map_or(&[], |rule| &rule.references) })
    }
}

/// A fact that the condition read, or a call that failed.
#[derive(Debug, Serialize)]
pub(super) struct EvidenceItem<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<FactValue<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<FailedCall<'a>>,
}

/// A fact in an object of its own, since a bare `null` would look like no evidence.
#[derive(Debug, Serialize)]
struct FactValue<'a> {
    value: &'a Value,
}

#[derive(Debug, Serialize)]
struct FailedCall<'a> {
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Uid<'a>>,
    response: ApiError<'a>,
    service: Name<'a>,
}

#[derive(Debug, Serialize)]
struct Uid<'a> {
    uid: &'a str,
}

#[derive(Debug, Serialize)]
struct Name<'a> {
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct ApiError<'a> {
    error: &'a str,
    error_message: &'a str,
    message: &'static str,
}

impl<'a> EvidenceItem<'a> {
    pub fn all_of(finding: &'a Finding) -> Vec<Self> {
        let read = finding.evidence.iter().filter_map(|evidence| {
            let value = evidence.value.as_ref()?;
            Some(Self { name: &evidence.path, data: Some(FactValue { value }), api: None })
        });
        read.chain(finding.gaps.iter().map(Self::failed)).collect()
    }

    fn failed(gap: &'a Gap) -> Self {
        let call = FailedCall {
            operation: &gap.operation,
            request: gap.request_id.as_deref().map(|uid| Uid { uid }),
            response: ApiError { error: &gap.code, error_message: &gap.message, message: gap.class.in_words() },
            service: Name { name: &gap.service },
        };
        Self { name: "failed call", data: None, api: Some(call) }
    }
}

/// The data that the schema has no place for.
#[derive(Debug, Serialize)]
pub(super) struct Unmapped<'a> {
    verdict: &'static str,
    scan: ScanOrigin<'a>,
    in_phi_scope: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<&'a Waiver>,
    /// Facts that the condition asked for and that were not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_read: Vec<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    missing_permissions: BTreeMap<String, &'a [String]>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    witnesses: &'a [Witness],
}

#[derive(Debug, Serialize)]
struct ScanOrigin<'a> {
    source: &'a str,
    started_at: Timestamp,
    complete: bool,
}

impl<'a> Unmapped<'a> {
    pub fn of(tracked: &Tracked<'a>, scan: &Scan<'a>) -> Self {
        let finding = tracked.finding;
        let permissions = |gap: &'a Gap| (format!("{}:{}", gap.service, gap.operation), gap.iam_actions.as_slice());
        Self {
            verdict: tracked.verdict_in_words(),
            scan: ScanOrigin { source: scan.source, started_at: scan.started_at, complete: scan.complete },
            in_phi_scope: finding.in_phi_scope,
            change: finding.history.as_ref().map(|history| history.change.as_str()),
            waiver: finding.waiver.as_ref(),
            not_read: finding.evidence.iter().filter(|item| item.value.is_none()).map(|item| &*item.path).collect(),
            missing_permissions: finding.gaps.iter().map(permissions).collect(),
            witnesses: &finding.witnesses,
        }
    }
}
