//! The facts of attestations and vendors, as rules see them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::model::{ATTESTATION, Fact, Kind, Scope, VENDOR};

/// The service under which the rules on what people attest are filed.
const SERVICE: &str = "attest";

/// Every kind that is read from files of the user's.
pub fn kinds() -> [Kind; 2] {
    [
        Kind::of::<AttestationFacts>(ATTESTATION, SERVICE, Scope::Account),
        Kind::of::<VendorFacts>(VENDOR, SERVICE, Scope::Account),
    ]
}

/// What somebody states about one requirement. Days are written YYYY-MM-DD.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttestationFacts {
    /// Empty if nothing is stated.
    pub statement: String,
    /// Empty if nobody answers for it.
    pub owner: String,
    /// Empty if nobody signed it.
    pub signer: String,
    pub signed: Option<String>,
    /// The day of the last occurrence, where the entry names no day itself.
    pub date: Option<String>,
    pub valid_until: Option<String>,
    /// The reason why it does not apply, if that is what is stated.
    pub not_applicable: Option<String>,
    /// Each time that it was done, the earliest first; `[]` if none is written down.
    pub occurrences: Vec<OccurrenceFacts>,
    #[serde(flatten)]
    pub evidence: EvidenceFacts,
}

/// One time that something was done.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OccurrenceFacts {
    pub date: String,
    /// The person who did it.
    pub by: String,
    #[serde(flatten)]
    pub evidence: EvidenceFacts,
}

/// A vendor, or with `Vendor` null the register as a whole.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VendorFacts {
    pub vendor: Option<String>,
    pub services: Vec<String>,
    /// Null if the register does not say.
    #[serde(rename = "HandlesPHI")]
    pub handles_phi: Option<bool>,
    pub owner: String,
    pub reviewed: Option<String>,
    pub signed: Option<String>,
    pub effective: Option<String>,
    /// A day, or `none` for an agreement that needs no renewal.
    pub renewal: Option<String>,
    /// Empty if the register does not say what the agreement lets it use PHI for.
    pub uses: String,
    /// Empty if no clause is named.
    pub safeguards: String,
    /// Null if the register does not say.
    pub reporting_hours: Option<u32>,
    /// Empty if no clause is named.
    pub return_or_destruction: String,
    /// Empty if no clause is named.
    #[serde(rename = "HHSAccess")]
    pub hhs_access: String,
    /// Null if the register does not say, `[]` if there are none.
    pub subcontractors: Option<Vec<SubcontractorFacts>>,
    /// `low`, `medium` or `high`; null if the register does not say.
    pub risk_tier: Option<String>,
    /// The first and the last day of the period of its SOC 2 report, and the day on which that was last reviewed.
    #[serde(rename = "SOC2From")]
    pub soc2_from: Option<String>,
    #[serde(rename = "SOC2Until")]
    pub soc2_until: Option<String>,
    #[serde(rename = "SOC2Reviewed")]
    pub soc2_reviewed: Option<String>,
    /// How many vendors the register lists; null for a vendor.
    pub vendor_count: Option<usize>,
    #[serde(flatten)]
    pub evidence: EvidenceFacts,
}

/// One to whom a vendor passes PHI.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubcontractorFacts {
    pub name: String,
    /// Null if no agreement with it is signed.
    pub signed: Option<String>,
}

/// Where the evidence is, and what became of looking there.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EvidenceFacts {
    /// An address, or a path from the folder of the register.
    pub evidence: Option<String>,
    /// What was written down, in small letters.
    pub evidence_sha256: Option<String>,
    /// `found` or `missing`; `not looked at` for an address, which is never fetched; null where none is named.
    pub evidence_file: Option<String>,
    /// The hash of the file; null for an address, a folder and a file that is missing.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub evidence_file_sha256: Fact<Option<String>>,
}

/// The facts of a statement that is missing.
pub(super) fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}
