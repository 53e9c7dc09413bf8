//! The part of AWS's Security Finding Format that we use, in AWS's names.

use std::collections::BTreeMap;

use serde::Serialize;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityFinding {
    /// Always `2018-10-08`.
    pub schema_version: &'static str,
    /// The id, which is the same in every run.
    pub id: String,
    /// The account's own default product.
    pub product_arn: String,
    /// The name that the console shows as the product.
    pub product_name: &'static str,
    /// The name that the console shows as the company.
    pub company_name: &'static str,
    /// The rule.
    pub generator_id: String,
    /// Twelve digits.
    #[serde(rename = "AwsAccountId")]
    pub account_id: String,
    /// Types from AWS's taxonomy.
    pub types: Vec<&'static str>,
    /// The time at which the problem was first seen (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_observed_at: Option<String>,
    /// The time at which it was last seen (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_observed_at: Option<String>,
    /// The time at which the finding was first reported (RFC 3339).
    pub created_at: String,
    /// The time at which the facts were read (RFC 3339); AWS ignores an update that is older than what it has.
    pub updated_at: String,
    /// The severity of the finding.
    pub severity: AsffSeverity,
    /// The good state, as a sentence.
    pub title: String,
    /// The reason for the verdict, and what goes wrong.
    pub description: String,
    /// The way to reach the good state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<AsffRemediation>,
    /// The data that the format has no place for.
    pub product_fields: BTreeMap<&'static str, String>,
    /// The resource that it is about.
    pub resources: [AsffResource; 1],
    /// The verdict, and the requirements that it is about.
    pub compliance: AsffCompliance,
    /// Only for waived failures, and only counted by AWS when the finding is new to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
    /// The waiver; as `workflow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// `ACTIVE`, or `ARCHIVED` for what is no problem any more.
    pub record_state: &'static str,
    /// Our own severity and types, which stay when somebody changes those above.
    pub finding_provider_fields: FindingProviderFields,
}

/// The severity of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AsffSeverity {
    /// One of AWS's words.
    pub label: &'static str,
    /// Ours.
    pub original: &'static str,
}

/// The provider's own words, whatever people make of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FindingProviderFields {
    /// The same as on the top level.
    pub severity: AsffSeverity,
    /// The same as on the top level.
    pub types: Vec<&'static str>,
}

/// The way to reach the good state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AsffRemediation {
    /// The advice in words.
    pub recommendation: Recommendation,
}

/// The way to reach the good state, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recommendation {
    /// One or two sentences.
    pub text: String,
    /// A page of AWS or of a standard that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The resource that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AsffResource {
    /// AWS's name of the kind, or `Other`.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// Its ARN, or its name where it has none.
    pub id: String,
    /// Absent for a partition that the format does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<&'static str>,
    /// The region of the resource, or the one to which global resources are counted.
    pub region: String,
}

/// The verdict by the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AsffCompliance {
    /// `PASSED`, `FAILED`, `WARNING` or `NOT_AVAILABLE`.
    pub status: &'static str,
    /// The requirements in printed form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_requirements: Vec<String>,
    /// The reasons why it neither passed nor failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status_reasons: Vec<StatusReason>,
    /// The rule.
    pub security_control_id: String,
    /// The texts that the requirements come from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub associated_standards: Vec<AssociatedStandard>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatusReason {
    /// The reason for programs.
    pub reason_code: String,
    /// The reason for people.
    pub description: String,
}

/// One text of requirements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociatedStandard {
    /// Its name.
    pub standards_id: &'static str,
}

/// The state of the investigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Workflow {
    /// `SUPPRESSED`.
    pub status: &'static str,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Note {
    /// The waiver in words.
    pub text: String,
    /// `safeguard`, by which an import knows its own notes again.
    pub updated_by: &'static str,
    /// The time at which the facts were read (RFC 3339).
    pub updated_at: String,
}
