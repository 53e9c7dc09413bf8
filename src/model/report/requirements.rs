//! The requirement table of a report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::findings::Summary;
use crate::model::EntityRole;

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
    /// AWS state evidences a part; people must attest the rest.
    Partial,
    /// No AWS state evidences it.
    Attestation,
}

/// Where a requirement stands. Never green by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequirementVerdict {
    /// A rule that shows it failed, or an attestation of it did.
    NotMet,
    /// None failed, but at least one could not decide, or nothing is on file.
    Unknown,
    /// AWS state shows it for some of the services in use that may hold data, and nobody attests the rest.
    PartlyShown,
    /// People attest it, and AWS state shows a part of it or nothing: it stands on their word.
    Attested,
    /// AWS state shows its part of it, and nobody attests the rest.
    ShownInAws,
    /// AWS state shows its part of it, and people attest the rest.
    Met,
    /// No rule or no resource spoke.
    NotAssessed,
    /// It binds none of the roles that the organization has.
    DoesNotBind,
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
    /// HIPAA: the standards that a specification belongs to.
    pub parents: Vec<String>,
    /// HIPAA: the roles in which it binds.
    pub binds: Vec<EntityRole>,
    /// Whether it counts: false for SOC 2 criteria of categories that the config does not choose.
    pub in_scope: bool,
    /// What AWS state can show of it.
    pub verifiable_in_aws: Verifiable,
    /// Where it stands.
    pub verdict: RequirementVerdict,
    /// The selected rules over AWS state that speak for it, sorted.
    pub rules: Vec<String>,
    /// Those of them that only support it: neither their passes nor their failures decide where it stands.
    pub supporting_rules: Vec<String>,
    /// The rules that only support it, those over attestations included, that failed or could not decide.
    pub weakened_by: Vec<String>,
    /// The services in use that may hold data, where the requirement must be shown for each of them; `null` elsewhere.
    pub services: Option<ServicesShown>,
    /// How many different resources the rules that show it gave pass, fail or unknown for.
    pub resources_judged: usize,
    /// The verdicts of the rules that show it. Where a PHI scope is configured, requirements of HIPAA count what is in it.
    pub findings: Summary,
    /// How many failures of those rules are outside of the PHI scope and decide nothing.
    pub failures_outside_phi_scope: usize,
    /// What people must attest for it, and whether they have; `null` where no attestation is asked for.
    pub attestation: Option<RequirementAttestation>,
    /// The requirements of the other framework that the same safeguard evidences. No equivalence in either direction.
    pub crosswalk: Vec<String>,
    /// What a proposed change of the regulation, which is not law, would make of it; `null` where it would change nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
}

/// For which of the services in use that may hold data AWS state shows a requirement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServicesShown {
    /// Those that a rule which shows the requirement judged, by IAM's prefix, sorted.
    pub judged: Vec<String>,
    /// Those that no such rule judged, sorted.
    pub not_judged: Vec<String>,
    /// Whether it is known which services are in use. If not, there may be more that nobody judged.
    pub is_known: bool,
}

impl ServicesShown {
    /// True if every service in use is known and judged.
    pub fn is_whole(&self) -> bool {
        self.is_known && self.not_judged.is_empty()
    }
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
