//! Findings: what a rule concluded about a resource.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{AccountId, Gap, GapClass, Region, Timestamp, Witness};

/// What the facts say. There is no fifth answer, and `Unknown` never counts as any of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The facts show the good state.
    Pass,
    /// The facts show that the good state does not hold.
    Fail,
    /// The facts that were read do not decide it.
    Unknown,
    /// The rule's `when` says that it does not concern this resource.
    NotApplicable,
}

impl Verdict {
    /// All of them, in the order in which reports count them.
    pub const ALL: [Verdict; 4] = [Verdict::Fail, Verdict::Unknown, Verdict::Pass, Verdict::NotApplicable];

    /// The word as it is written in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Unknown => "unknown",
            Verdict::NotApplicable => "not_applicable",
        }
    }
}

/// How much a failure matters. Ordered: `Low < Medium < High < Critical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Hygiene.
    Low,
    /// Weakens a safeguard.
    Medium,
    /// A safeguard is missing.
    High,
    /// PHI or the account is exposed, or can be lost.
    Critical,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

    /// The word as it is written in rules and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// The same problem has the same id in every run: a hash of rule, account, region, kind and resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FindingId(pub String);

impl FindingId {
    /// The id of a rule's finding about a resource. `resource` is `None` for a list that could not be read.
    pub fn new(rule: &str, account: &str, region: &str, kind: &str, resource: Option<&str>) -> Self {
        let mut hash = Sha256::new();
        for part in [rule, account, region, kind, resource.unwrap_or("\u{0}population")] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex::encode(&hash.finalize()[..16]))
    }
}

/// The resource that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ResourceRef {
    /// The kind, a CloudFormation type name.
    pub kind: String,
    /// Its identifier; `null` when the list of this kind could not be read, so that no resource can be named.
    pub id: Option<String>,
    /// Its Amazon Resource Name, where it has one.
    pub arn: Option<String>,
    /// Twelve digits.
    pub account: AccountId,
    /// Its region, or `global`.
    pub region: Region,
}

/// One fact that the condition read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// `resource.BucketPolicy` for the judged resource; `AWS::S3::Bucket[logs].LoggingEnabled` for another one.
    pub path: String,
    /// What AWS said; absent when the fact was not read.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    #[schemars(with = "Option<Value>")]
    pub value: Option<Value>,
}

/// Keeps "absent" and `null` apart when a value is read back.
mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        Value::deserialize(deserializer).map(Some)
    }
}

/// A failure that somebody has accepted for a time. It stays a failure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts (YYYY-MM-DD).
    pub expires: String,
    /// Where it was decided: a ticket's name or address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// How a finding stands against an earlier report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It fails now and did not before.
    New,
    /// It failed before and fails in the same way.
    StillFailing,
    /// It failed before and fails otherwise: another severity, reason or waiver.
    Changed,
    /// It is not decided now, and was not undecided before.
    NewlyUnknown,
    /// It failed before, and does not fail any more.
    Resolved,
    /// It failed before, and was not looked at now: its rule was not selected, or its place was not read.
    NotLookedAt,
    /// Neither of these: it was not decided before either.
    Unchanged,
}

impl Change {
    /// All of them, in the order in which reports count them.
    pub const ALL: [Change; 7] = [
        Change::New,
        Change::Changed,
        Change::StillFailing,
        Change::NewlyUnknown,
        Change::Resolved,
        Change::NotLookedAt,
        Change::Unchanged,
    ];

    /// The word as it is written in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::StillFailing => "still_failing",
            Change::Changed => "changed",
            Change::NewlyUnknown => "newly_unknown",
            Change::Resolved => "resolved",
            Change::NotLookedAt => "not_looked_at",
            Change::Unchanged => "unchanged",
        }
    }
}

/// What earlier reports decided of a finding, the last time that one decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Before {
    /// What it was; never unknown.
    pub verdict: Verdict,
    /// How much a failure mattered then.
    pub severity: Severity,
    /// Whether a waiver covered it then.
    pub waived: bool,
}

/// What an earlier report says of the same finding. A finding that neither fails, nor is undecided, nor failed before has
/// none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// How it stands against the earlier report.
    pub change: Change,
    /// When the failure was first seen, by the chain of reports that were compared (RFC 3339). Of what never was seen to
    /// fail: when it was first seen to be undecided.
    pub first_seen: Timestamp,
    /// When it was last seen so (RFC 3339).
    pub last_seen: Timestamp,
    /// What earlier reports decided of it; `null` where none did.
    pub before: Option<Before>,
    /// What is otherwise than before, or why nothing is said of it now, where the change itself does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// One rule judged on one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable across runs.
    pub id: FindingId,
    /// The rule's id.
    pub rule: String,
    /// The good state, as a sentence.
    pub title: String,
    /// What the facts say.
    pub verdict: Verdict,
    /// How much a failure matters, raised where the rule says so for resources in PHI scope.
    pub severity: Severity,
    /// The reason for the verdict, in words.
    pub message: String,
    /// What it is about.
    pub resource: ResourceRef,
    /// The facts that the condition read, with their values.
    pub evidence: Vec<Evidence>,
    /// The requests that policies let through although they should not: why a question about a policy failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<Witness>,
    /// The failed calls behind the facts that could not be read.
    pub gaps: Vec<Gap>,
    /// HIPAA citations, such as `164.312(e)(1)`.
    pub hipaa: Vec<String>,
    /// SOC 2 criteria, such as `CC6.7`.
    pub soc2: Vec<String>,
    /// Whether the resource holds PHI by the configured scope; `null` when that could not be read.
    pub in_phi_scope: Option<bool>,
    /// The accepted-failure entry that covers this finding, if any. A waiver never changes the verdict.
    pub waiver: Option<Waiver>,
    /// What an earlier report says of the same finding; absent where none was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// What to do about a failure: the rule's remediation summary.
    pub fix: String,
    /// When the facts were read (RFC 3339).
    pub observed_at: Timestamp,
}

impl Finding {
    /// Tells whether the finding is unknown only because nobody has attested what it is about.
    pub fn is_unattested(&self) -> bool {
        self.verdict == Verdict::Unknown
            && !self.gaps.is_empty()
            && self.gaps.iter().all(|gap| gap.class == GapClass::NotAttested)
    }

    /// Tells whether the finding fails and no waiver covers it.
    pub fn is_open_failure(&self) -> bool {
        self.verdict == Verdict::Fail && self.waiver.is_none()
    }

    /// Returns the change since the earlier report, if there was one.
    pub fn change(&self) -> Option<Change> {
        self.history.as_ref().map(|history| history.change)
    }

    /// Tells whether the finding is an open failure of that severity or worse now, and was none in the earlier
    /// report: it passed, it was milder, or a waiver covered it. Without an earlier report every failure is new.
    pub fn is_new_failure(&self, threshold: Severity) -> bool {
        let counted_before =
            |before: Before| before.verdict == Verdict::Fail && !before.waived && before.severity >= threshold;
        let before = self.history.as_ref().and_then(|history| history.before);
        self.is_open_failure() && self.severity >= threshold && !before.is_some_and(counted_before)
    }
}
