//! The whole result of a scan: what every output format is a pure function of.

mod findings;
mod organization;
mod requirements;
mod scope;
mod services;
mod waivers;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::findings::{ChangeCounts, Comparison, Remediation, RuleInfo, SeverityCaseInfo, Summary};
pub use self::organization::{AccountRow, AccountState, Organization, UnitRow};
pub use self::requirements::{
    AttestationState, Framework, RequirementAttestation, RequirementRow, RequirementVerdict, ServicesShown, Verifiable,
};
pub use self::scope::{AccountScope, DigestedInput, InputDigest, PopulationScope, ReportScope, ServiceScope};
pub use self::services::{Eligibility, ServiceRow, ServiceWitness, Services};
pub use self::waivers::{WaiverRow, WaiverState};

use super::{AccountId, EntityRole, Finding, Gap, Region, Severity, Timestamp, place};

/// The whole result of a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this shape.
    pub schema_version: u32,
    /// Who scanned what, when, with which rules.
    pub scan: ScanInfo,
    /// What was looked at, and what was not.
    #[serde(default)]
    pub scope: ReportScope,
    /// How often each verdict was given.
    pub summary: Summary,
    /// One entry a rule and resource, passes included: worst severity first, then rule, then resource.
    pub findings: Vec<Finding>,
    /// What could not be read. What nobody has attested is only with the findings that it leaves open: no call failed.
    pub gaps: Vec<Gap>,
    /// What was called.
    pub coverage: Vec<Coverage>,
    /// Where each requirement stands.
    pub requirements: Vec<RequirementRow>,
    /// Things the reader must know that are no findings: a configured scope that matched nothing, for example.
    pub warnings: Vec<String>,
    /// The selected rules, sorted by id: what their findings have in common.
    pub rules: Vec<RuleInfo>,
    /// Which services are in use, against the list of HIPAA-eligible ones; `null` where that was not asked.
    pub services: Option<Services>,
    /// The waiver file, entry by entry, in its order; empty where there is none.
    pub waivers: Vec<WaiverRow>,
    /// What changed since an earlier report; `null` where none was compared with.
    pub comparison: Option<Comparison>,
    /// The accounts of the organization; `null` for a scan of one account alone.
    pub organization: Option<Organization>,
}

impl Report {
    /// True when something that a selected rule needed could not be read. What nobody has attested is no part of that:
    /// it is unknown, but there is nothing in AWS that could have been read instead.
    pub fn is_incomplete(&self) -> bool {
        self.summary.unknown > self.unattested() || !self.gaps.is_empty()
    }

    /// Counts the findings that are unknown only because nobody has attested what they are about.
    pub fn unattested(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_unattested()).count()
    }

    /// The worst severity among failures that no waiver covers.
    pub fn worst_failure(&self) -> Option<Severity> {
        self.findings.iter().filter(|finding| finding.is_open_failure()).map(|finding| finding.severity).max()
    }

    /// Tells whether a failure at or above the threshold is new since the earlier report.
    pub fn has_new_failure(&self, threshold: Severity) -> bool {
        self.findings.iter().any(|finding| finding.is_new_failure(threshold))
    }
}

/// Who scanned what, when, with which rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScanInfo {
    /// The version of Safeguard.
    pub tool_version: String,
    /// Where the facts come from, in words: `live`, `demo`, or the snapshot's file name.
    pub source: String,
    /// When reading began (RFC 3339); `now` for every rule.
    pub started_at: Timestamp,
    /// When reading ended (RFC 3339).
    pub finished_at: Timestamp,
    /// Twelve digits each.
    pub accounts: Vec<AccountId>,
    /// The regions that were read.
    pub regions: Vec<Region>,
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
    /// The SOC 2 categories in scope: `security`, and those that the config adds.
    pub soc2_categories: Vec<String>,
    /// The roles in which HIPAA binds the organization, by the config; empty where nobody said.
    pub roles: Vec<EntityRole>,
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

/// What was called, how often, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Twelve digits.
    #[serde(with = "place::or_empty")]
    #[schemars(with = "String")]
    pub account: Option<AccountId>,
    /// The region of the calls, or `global`.
    pub region: Region,
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
