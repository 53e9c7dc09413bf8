//! The whole result of a scan: what every output format is a pure function of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Finding, Gap, Severity, Verdict};

/// Who scanned what, when, with which rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScanInfo {
    /// The version of Safeguard.
    pub tool_version: String,
    /// Where the facts come from, in words: `live`, `demo`, or the snapshot's file name.
    pub source: String,
    /// When reading began (RFC 3339); `now` for every rule.
    pub started_at: String,
    /// When reading ended (RFC 3339).
    pub finished_at: String,
    /// Twelve digits each.
    pub accounts: Vec<String>,
    /// The regions that were read.
    pub regions: Vec<String>,
    /// How many rules were selected.
    pub rule_count: usize,
    /// How many rules are known, selected or not.
    pub rules_known: usize,
    /// How many resources were read.
    pub resource_count: usize,
    /// How many calls were made to AWS.
    pub call_count: usize,
    /// The dates of the requirement catalogues, by framework.
    pub catalog_dates: Vec<CatalogDate>,
    /// Where PHI is, by the configured scope.
    pub phi_scope: PhiScopeInfo,
}

/// Where PHI is, by the configured scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhiScopeInfo {
    /// Whether a scope is configured. If not, nobody said where PHI is, and no resource is judged as holding any.
    pub is_configured: bool,
    /// How many resources that were read are in it. A resource that several calls told of counts once.
    pub in_scope: usize,
    /// Of how many resources it is not known, because their tags were not read.
    pub undecided: usize,
    /// Whether the account holds PHI; `null` when that is not known.
    pub account_holds_phi: Option<bool>,
}

/// The date of one requirement catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogDate {
    /// Which catalogue.
    pub framework: Framework,
    /// When its facts were last checked (YYYY-MM-DD).
    pub checked: String,
}

/// How often each verdict was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Good state shown.
    pub pass: usize,
    /// Bad state shown.
    pub fail: usize,
    /// Not decided.
    pub unknown: usize,
    /// Rule does not concern the resource.
    pub not_applicable: usize,
}

impl Summary {
    /// Counts one verdict.
    pub fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Unknown => &mut self.unknown,
            Verdict::NotApplicable => &mut self.not_applicable,
        } += 1;
    }
}

/// What was called, how often, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Twelve digits.
    pub account: String,
    /// The region of the calls, or `global`.
    pub region: String,
    /// The service's SDK name in lower case.
    pub service: String,
    /// The API operation.
    pub operation: String,
    /// How many calls were made.
    pub calls: usize,
    /// How many AWS answered.
    pub ok: usize,
    /// How many AWS answered with "not configured" or "no longer there".
    pub absent: usize,
    /// How many gave no answer.
    pub failed: usize,
}

/// Which text a requirement comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Framework {
    /// 45 CFR Part 164: Security Rule, Breach Notification Rule, business associate contracts.
    Hipaa,
    /// AICPA Trust Services Criteria 2017.
    Soc2,
}

/// How much of a requirement the state of an AWS account can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verifiable {
    /// AWS state evidences it.
    Technical,
    /// AWS state evidences a part; people must attest the rest.
    Partial,
    /// No AWS state evidences it.
    Attestation,
}

/// Where a requirement stands. Never green by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequirementVerdict {
    /// At least one rule failed.
    NotMet,
    /// None failed, but at least one could not decide.
    Unknown,
    /// All rules that spoke passed, and people must attest the rest.
    PartlyShown,
    /// All rules that spoke passed, and AWS state can show the requirement.
    Met,
    /// No rule or no resource spoke.
    NotAssessed,
}

/// One line of the requirement table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementRow {
    /// The printed form: `164.312(a)(2)(iv)` or `CC6.7`.
    pub id: String,
    /// HIPAA or SOC 2.
    pub framework: Framework,
    /// Our own short title.
    pub title: String,
    /// `required`, `addressable`, `standard` or `general` for HIPAA; the category for SOC 2.
    pub class: String,
    /// What AWS state can show of it.
    pub verifiable_in_aws: Verifiable,
    /// Where it stands.
    pub verdict: RequirementVerdict,
    /// The selected rules that speak for it, sorted.
    pub rules: Vec<String>,
    /// How many different resources those rules gave pass, fail or unknown for.
    pub resources_judged: usize,
    /// The verdicts of those rules.
    pub findings: Summary,
}

/// The whole result of a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this shape.
    pub schema_version: u32,
    /// Who scanned what, when, with which rules.
    pub scan: ScanInfo,
    /// How often each verdict was given.
    pub summary: Summary,
    /// One entry a rule and resource, passes included: worst severity first, then rule, then resource.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What was called.
    pub coverage: Vec<Coverage>,
    /// Where each requirement stands.
    pub requirements: Vec<RequirementRow>,
    /// Things the reader must know that are no findings: a configured scope that matched nothing, for example.
    pub warnings: Vec<String>,
}

impl Report {
    /// True when something that a selected rule needed could not be read.
    pub fn is_incomplete(&self) -> bool {
        self.summary.unknown > 0 || !self.gaps.is_empty()
    }

    /// The worst severity among failures that no waiver covers.
    pub fn worst_failure(&self) -> Option<Severity> {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Fail && finding.waiver.is_none())
            .map(|finding| finding.severity)
            .max()
    }
}
