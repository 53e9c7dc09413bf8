//! The roles in which HIPAA binds an organization.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A role under HIPAA. One organization may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityRole {
    /// A health plan, a clearinghouse, or a provider that transmits health information electronically in connection with
    /// a standard transaction.
    CoveredEntity,
    /// Whoever creates, receives, maintains or transmits PHI for one of those or for another business associate.
    BusinessAssociate,
    /// A health care clearinghouse; a covered entity, too.
    Clearinghouse,
    /// A group health plan; a covered entity, too.
    GroupHealthPlan,
    /// A covered entity that has designated its health care components (164.105).
    HybridEntity,
}

impl EntityRole {
    /// The role as it is written in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            EntityRole::CoveredEntity => "covered_entity",
            EntityRole::BusinessAssociate => "business_associate",
            EntityRole::Clearinghouse => "clearinghouse",
            EntityRole::GroupHealthPlan => "group_health_plan",
            EntityRole::HybridEntity => "hybrid_entity",
        }
    }

    /// The role in words that follow "binds".
    pub fn in_words(self) -> &'static str {
        match self {
            EntityRole::CoveredEntity => "covered entities",
            EntityRole::BusinessAssociate => "business associates",
            EntityRole::Clearinghouse => "health care clearinghouses",
            EntityRole::GroupHealthPlan => "group health plans",
            EntityRole::HybridEntity => "hybrid entities",
        }
    }

    /// True if whoever has this role has the other one, too.
    pub fn is_also(self, other: EntityRole) -> bool {
        let is_covered =
            matches!(self, EntityRole::Clearinghouse | EntityRole::GroupHealthPlan | EntityRole::HybridEntity);
        self == other || (is_covered && other == EntityRole::CoveredEntity)
    }
}
