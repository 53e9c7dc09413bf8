//! The findings of a report as a whole: their count, their rules, and what changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Change, Finding, Severity, Timestamp, Verdict, is_attested};

/// How often each verdict was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Good state shown.
    pub pass: usize,
    /// Bad state shown, waived or not.
    pub fail: usize,
    /// How many of those that fail a waiver covers.
    pub waived: usize,
    /// Not decided.
    pub unknown: usize,
    /// Rule does not concern the resource.
    pub not_applicable: usize,
}

impl Summary {
    /// Counts one finding.
    pub fn count(&mut self, finding: &Finding) {
        self.count_verdict(finding.verdict, finding.waiver.is_some());
    }

    /// Counts one finding of which only this is at hand.
    pub fn count_verdict(&mut self, verdict: Verdict, is_waived: bool) {
        self.waived += usize::from(verdict == Verdict::Fail && is_waived);
        *match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Unknown => &mut self.unknown,
            Verdict::NotApplicable => &mut self.not_applicable,
        } += 1;
    }

    /// Counts what another summary counted.
    pub fn add(&mut self, more: Self) {
        self.pass += more.pass;
        self.fail += more.fail;
        self.waived += more.waived;
        self.unknown += more.unknown;
        self.not_applicable += more.not_applicable;
    }
}

/// What a report says of a state in which a rule's failure has a severity of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeverityCaseInfo {
    /// How much a failure in that state matters.
    pub severity: Severity,
    /// The condition for the state, as it is written in the rule.
    pub when: String,
}

/// What a report says of a rule beside its findings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleInfo {
    /// The rule's id.
    pub id: String,
    /// The good state, as a sentence.
    pub title: String,
    /// How much a failure matters.
    pub severity: Severity,
    /// How much it matters where PHI is, if that differs.
    pub severity_in_phi_scope: Option<Severity>,
    /// How much it matters in particular states, if that differs. The first case that is true decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity_cases: Vec<SeverityCaseInfo>,
    /// The kind of resource that it judges.
    pub kind: String,
    /// The service that it is filed under, in lower case.
    pub service: String,
    /// The HIPAA citations that it speaks for.
    pub hipaa: Vec<String>,
    /// The SOC 2 criteria that it speaks for.
    pub soc2: Vec<String>,
    /// Those of its citations that it only supports: neither a pass nor a failure decides where they stand.
    #[serde(default)]
    pub supports: Vec<String>,
    /// What goes wrong without the good state.
    pub why: String,
    /// The condition for a pass, as it is written in the rule.
    pub pass: String,
    /// Which resources it concerns, as it is written in the rule; `null` for all of its kind.
    pub when: Option<String>,
    /// The parameters that it was judged with, by name.
    #[serde(default)]
    pub params: Value,
    /// How to reach the good state.
    pub remediation: Remediation,
    /// Where AWS or a standard says so.
    pub references: Vec<String>,
}

impl RuleInfo {
    /// Every citation, HIPAA first.
    pub fn citations(&self) -> impl Iterator<Item = &str> {
        self.hipaa.iter().chain(&self.soc2).map(String::as_str)
    }

    /// True for a rule that judges what people attest, and not the state of AWS.
    pub fn judges_attestations(&self) -> bool {
        is_attested(&self.kind)
    }

    /// True for a citation that the rule only supports.
    pub fn only_supports(&self, citation: &str) -> bool {
        self.supports.iter().any(|supported| supported == citation)
    }
}

/// How to reach the good state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remediation {
    /// One or two sentences.
    pub summary: String,
    /// A command line.
    pub cli: Option<String>,
    /// The way through the console, where no command line leads there.
    pub console: Option<String>,
    /// A CloudFormation fragment.
    pub cloudformation: Option<String>,
    /// A Terraform fragment.
    pub terraform: Option<String>,
}

/// What changed since an earlier report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// When the facts of the earlier report were read (RFC 3339).
    pub baseline_started_at: Timestamp,
    /// Whether everything that its rules needed was read then.
    pub baseline_is_complete: bool,
    /// What was scanned or judged otherwise then, in words. Each of them can be why something changed.
    pub differences: Vec<String>,
    /// How many findings stand how against it.
    pub counts: ChangeCounts,
    /// Failures of the earlier report about which nothing is said now. Each says why in its history: `resolved` only where
    /// everything was read and the resource is gone, `newly_unknown` where its list could not be read, and
    /// `not_looked_at` where the rule or the place was left out. Everything else in them is as it was then.
    pub no_longer_reported: Vec<Finding>,
}

/// How many findings stand how against an earlier report, those that are no longer reported included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeCounts {
    /// They fail now and did not before.
    pub new: usize,
    /// They failed before and fail otherwise.
    pub changed: usize,
    /// They failed before and fail in the same way.
    pub still_failing: usize,
    /// They are not decided now and were not undecided before.
    pub newly_unknown: usize,
    /// They failed before and do not any more.
    pub resolved: usize,
    /// They failed before and were not looked at now.
    pub not_looked_at: usize,
}

impl ChangeCounts {
    /// Counts one finding.
    pub fn count(&mut self, change: Change) {
        *match change {
            Change::New => &mut self.new,
            Change::Changed => &mut self.changed,
            Change::StillFailing => &mut self.still_failing,
            Change::NewlyUnknown => &mut self.newly_unknown,
            Change::Resolved => &mut self.resolved,
            Change::NotLookedAt => &mut self.not_looked_at,
            Change::Unchanged => return,
        } += 1;
    }
}
