//! Snapshots: what one scan read, and what it could not read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AccountId, Region, Resource, Timestamp, place};

/// The version of the snapshot file's shape. Raised when an older build could misread a newer file, or a newer one
/// could not tell of an older file whether it was altered: the first one had no digest.
pub const SNAPSHOT_SCHEMA_VERSION: u32 = 2;

/// The first line of a snapshot file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// See [`SNAPSHOT_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Twelve digits.
    pub account: AccountId,
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: String,
    /// The ARN of whoever read it; left out by builds that did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The regions that were read, sorted.
    pub regions: Vec<Region>,
    /// The regions that the account has enabled, sorted; left out where AWS did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_regions: Option<Vec<Region>>,
    /// When reading began (RFC 3339); `now` for every rule.
    #[schemars(with = "String")]
    pub taken_at: Timestamp,
    /// When reading ended (RFC 3339).
    #[schemars(with = "String")]
    pub finished_at: Timestamp,
    /// The version of Safeguard that read it.
    pub tool_version: String,
    /// The kinds whose lists were asked for, sorted. A kind that is not here was never looked at: its population is
    /// unknown, which is not the same as empty.
    pub kinds: Vec<String>,
}

/// Why a call gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapClass {
    /// The credentials lack the permission.
    Denied,
    /// A service control policy or another organization-level policy forbids it explicitly.
    DeniedByOrganization,
    /// The region is disabled or not opted in.
    RegionDisabled,
    /// The service does not exist in the region, or the account is not subscribed to it.
    ServiceUnavailable,
    /// Throttled until the retries ran out.
    Throttled,
    /// The service failed (HTTP 5xx).
    ServerError,
    /// No answer in time.
    Timeout,
    /// The endpoint could not be reached.
    Unreachable,
    /// An answer came but could not be understood.
    Malformed,
    /// The credentials are missing, invalid or expired.
    Credentials,
    /// The time that was given to the scan ended before it was asked or answered.
    OutOfTime,
    /// Anything else that AWS refused.
    Refused,
    /// Never asked: the snapshot was taken for other rules.
    NotCollected,
    /// Nobody has stated it: a file of attestations is not there, or lacks the entry. No call to AWS could tell it.
    NotAttested,
}

impl GapClass {
    /// The class in words, to follow "because".
    pub fn in_words(self) -> &'static str {
        match self {
            GapClass::Denied => "access denied",
            GapClass::DeniedByOrganization => "denied by an organization policy",
            GapClass::RegionDisabled => "region disabled or not opted in",
            GapClass::ServiceUnavailable => "service not available",
            GapClass::Throttled => "throttled until retries ran out",
            GapClass::ServerError => "server error",
            GapClass::Timeout => "timed out",
            GapClass::Unreachable => "endpoint not reachable",
            GapClass::Malformed => "answer not understood",
            GapClass::Credentials => "credentials missing, invalid or expired",
            GapClass::OutOfTime => "the scan's time had run out",
            GapClass::Refused => "refused",
            GapClass::NotCollected => "not collected",
            GapClass::NotAttested => "not attested",
        }
    }
}

/// A call that failed, and what would have been known had it succeeded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// Twelve digits.
    pub account: AccountId,
    /// The region of the call, or `global`.
    pub region: Region,
    /// The service's SDK name in lower case (`s3`).
    pub service: String,
    /// The API operation (`GetBucketPolicy`).
    pub operation: String,
    /// The id of the one resource that the call was about; `null` when it was about all of them.
    pub resource: Option<String>,
    /// Why.
    pub class: GapClass,
    /// AWS's error code, or ours where none came.
    pub code: String,
    /// AWS's words.
    pub message: String,
    /// AWS's id of the failed request, for a support case.
    pub request_id: Option<String>,
    /// The facts it would have given, with their kind: `AWS::S3::Bucket.BucketPolicy`.
    pub facts: Vec<String>,
    /// The kinds whose list is unknown or incomplete because of it.
    pub population: Vec<String>,
    /// The IAM actions that the call needs.
    pub iam_actions: Vec<String>,
}

impl Gap {
    /// The code of a gap behind which there is no call: a question that the facts leave to people. Its message says
    /// which.
    pub const OPEN_QUESTION: &str = "OpenQuestion";
    /// The code of a gap that stands for questions to AWS beyond what a budget allows. Its message says which.
    pub const BUDGET_SPENT: &str = "BudgetSpent";

    /// Tells whether the gap is a question that the facts leave to people.
    pub fn is_open_question(&self) -> bool {
        self.class == GapClass::NotCollected && self.code == Self::OPEN_QUESTION
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// AWS answered.
    Ok,
    /// AWS said plainly that the thing is not configured or no longer exists: an answer, not a gap.
    Absent,
    /// No answer: there is a gap.
    Failed,
}

/// One call to AWS: the ledger behind "how do you know, and when?".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallRecord {
    /// The service's SDK name in lower case (`s3`).
    pub service: String,
    /// The API operation (`GetBucketPolicy`).
    pub operation: String,
    /// The region of the call, or `global`.
    pub region: Region,
    /// The id of the resource that it was about, if one.
    pub resource: Option<String>,
    /// When it began (RFC 3339).
    pub started_at: Timestamp,
    /// Twelve digits; empty for the calls that ask whose account it is.
    #[serde(with = "place::or_empty")]
    #[schemars(with = "String")]
    pub account: Option<AccountId>,
    /// How it ended.
    pub outcome: CallOutcome,
    /// AWS's error code where it did not end well.
    pub code: Option<String>,
    /// HTTP status of the last answer.
    pub http_status: Option<u16>,
    /// How many times it was sent, retries included.
    pub attempts: u32,
    /// Milliseconds from first try to last answer, waiting for a free slot not included.
    pub duration_ms: u64,
    /// AWS's id of the last request.
    pub request_id: Option<String>,
    /// SHA-256 of the last answer's body, in hexadecimal: the name of its file in the `--evidence` folder.
    pub sha256: Option<String>,
}

/// Everything that one scan of one account read.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The account, the regions and the time.
    pub header: Header,
    /// The resources that were read, sorted by kind, region and id.
    pub resources: Vec<Resource>,
    /// The calls that failed, sorted.
    pub gaps: Vec<Gap>,
    /// Every call that was made, sorted.
    pub calls: Vec<CallRecord>,
}

impl Snapshot {
    /// Puts resources, gaps and calls into the order in which they are written, whatever order AWS answered in.
    pub fn sort(&mut self) {
        self.resources.sort_by(|a, b| (&a.kind, &a.region, &a.id).cmp(&(&b.kind, &b.region, &b.id)));
        self.gaps.sort();
        self.calls.sort();
    }
}
