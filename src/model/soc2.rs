use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A category of SOC 2. Security is in every report; an organization chooses which of the others its report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Soc2Category {
    /// The common criteria, CC1 to CC9. Always in scope, named or not.
    Security,
    /// A1.
    Availability,
    /// C1.
    Confidentiality,
    /// PI1.
    ProcessingIntegrity,
    /// P1 to P8.
    Privacy,
}

impl Soc2Category {
    /// All of them, in the order of the criteria.
    pub const ALL: [Soc2Category; 5] = [
        Soc2Category::Security,
        Soc2Category::Availability,
        Soc2Category::Confidentiality,
        Soc2Category::ProcessingIntegrity,
        Soc2Category::Privacy,
    ];

    /// The word as it is written in the config file and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Soc2Category::Security => "security",
            Soc2Category::Availability => "availability",
            Soc2Category::Confidentiality => "confidentiality",
            Soc2Category::ProcessingIntegrity => "processing_integrity",
            Soc2Category::Privacy => "privacy",
        }
    }

    /// Lists the categories in scope when these are chosen: in the order of the criteria, each once, security in any
    /// case.
    pub fn in_scope(chosen: &[Soc2Category]) -> Vec<Soc2Category> {
        Self::ALL.into_iter().filter(|category| *category == Self::Security || chosen.contains(category)).collect()
    }
}
