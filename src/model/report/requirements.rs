//! The requirement table of a report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::findings::Summary;

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
    /// All rules that spoke passed, and people must attest the rest, which nobody has.
    PartlyShown,
    /// All rules that spoke passed, and people attest the rest: it stands on their word.
    Attested,
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
    /// The heading it stands under: the kind of safeguard for HIPAA, the series for SOC 2.
    pub group: String,
    /// HIPAA: the standard that a specification belongs to.
    pub parent: Option<String>,
    /// Whether it counts: false for SOC 2 criteria of categories that the config does not choose.
    pub in_scope: bool,
    /// What AWS state can show of it.
    pub verifiable_in_aws: Verifiable,
    /// Where it stands.
    pub verdict: RequirementVerdict,
    /// The selected rules over AWS state that speak for it, sorted.
    pub rules: Vec<String>,
    /// Those of them that only support it: their passes do not show it.
    pub supporting_rules: Vec<String>,
    /// How many different resources those rules gave pass, fail or unknown for.
    pub resources_judged: usize,
    /// The verdicts of those rules.
    pub findings: Summary,
    /// What people must attest for it, and whether they have; `null` where no attestation is asked for.
    pub attestation: Option<RequirementAttestation>,
    /// The requirements of the other framework that the same safeguard evidences. No equivalence in either direction.
    pub crosswalk: Vec<String>,
    /// What a proposed change of the regulation, which is not law, would make of it; `null` where it would change nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
}

/// Whether people have attested what AWS state cannot show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttestationState {
    /// An attestation or register says otherwise than it must: expired, without an owner, without a date.
    Failed,
    /// Nothing is on file, or it could not be judged.
    Missing,
    /// Every attestation that it needs is in force.
    Attested,
    /// The organization has stated, with a reason, that it does not apply.
    NotApplicable,
}

/// What people must attest for one requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementAttestation {
    /// Where it stands, by the weakest of the rules.
    pub state: AttestationState,
    /// The rules over attestations and registers that speak for it, sorted.
    pub rules: Vec<String>,
    /// The verdicts of those rules.
    pub findings: Summary,
    /// The day on which the first of the attestations ends (YYYY-MM-DD), where all are in force and one ends.
    pub valid_until: Option<String>,
}
