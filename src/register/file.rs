//! The shape of the two files. Empty values are allowed wherever a template leaves them: rules judge what is missing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

/// One attestation: what somebody states about one requirement. Its key is the id of the rule that judges it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationEntry {
    /// What is so, in a sentence or a few.
    #[schemars(with = "Option<String>")]
    pub(super) statement: Option<Spanned<String>>,
    /// The person or role that answers for it, with a way to reach them: an e-mail address, a telephone number or a web
    /// address.
    #[schemars(with = "Option<String>")]
    pub(super) owner: Option<Spanned<String>>,
    /// The person who signed the statement, with a way to reach them.
    #[schemars(with = "Option<String>")]
    pub(super) signer: Option<Spanned<String>>,
    /// The day on which they signed (YYYY-MM-DD), not before the day on which it was done.
    #[schemars(with = "Option<Day>")]
    pub(super) signed: Option<Spanned<String>>,
    /// The day on which it was done, reviewed or confirmed (YYYY-MM-DD).
    #[schemars(with = "Option<Day>")]
    pub(super) date: Option<Spanned<String>>,
    /// The last day on which it counts (YYYY-MM-DD). Without it, its age alone decides.
    #[schemars(with = "Option<Day>")]
    pub(super) valid_until: Option<Spanned<String>>,
    /// An address, which is never fetched, or a path from the folder of this file.
    #[schemars(with = "Option<String>")]
    pub(super) evidence: Option<Spanned<String>>,
    /// The SHA-256 of the evidence; compared where the evidence is a file.
    #[schemars(with = "Option<Sha256>")]
    pub(super) sha256: Option<Spanned<String>>,
    /// Each time that it was done, for what is done again and again. The last one stands for `date` and `evidence` where
    /// those are left out.
    pub(super) occurrences: Option<Vec<OccurrenceEntry>>,
    /// Why it does not apply to this organization, for the few attestations that may not.
    #[schemars(with = "Option<String>")]
    pub(super) not_applicable: Option<Spanned<String>>,
}

/// One time that something was done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OccurrenceEntry {
    /// The day on which it was done (YYYY-MM-DD).
    #[schemars(with = "Day")]
    pub(super) date: Spanned<String>,
    /// The person who did it.
    #[schemars(with = "String")]
    pub(super) by: Spanned<String>,
    /// An address, which is never fetched, or a path from the folder of this file.
    #[schemars(with = "Option<String>")]
    pub(super) evidence: Option<Spanned<String>>,
    /// The SHA-256 of the evidence; compared where the evidence is a file.
    #[schemars(with = "Option<Sha256>")]
    pub(super) sha256: Option<Spanned<String>>,
}

/// The register of vendors and the business associate agreements with them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "vendors.yaml")]
pub struct VendorsFile {
    /// The person or role that keeps the register.
    #[schemars(with = "Option<String>")]
    pub(super) owner: Option<Spanned<String>>,
    /// The day on which somebody last went through all of it (YYYY-MM-DD).
    #[schemars(with = "Option<Day>")]
    pub(super) reviewed: Option<Spanned<String>>,
    /// Every vendor; `[]` states that there is none.
    pub(super) vendors: Vec<VendorEntry>,
}

/// One vendor.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VendorEntry {
    /// Its name.
    #[schemars(with = "String")]
    pub(super) vendor: Spanned<String>,
    /// What it does or supplies: the scope of the agreement.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) services: Option<Vec<String>>,
    /// Whether it creates, receives, maintains or transmits protected health information.
    pub(super) phi: Option<bool>,
    /// The person or role that answers for the relation.
    #[schemars(with = "Option<String>")]
    pub(super) owner: Option<Spanned<String>>,
    /// The day on which both sides had signed (YYYY-MM-DD).
    #[schemars(with = "Option<Day>")]
    pub(super) signed: Option<Spanned<String>>,
    /// The day on which the agreement takes effect (YYYY-MM-DD).
    #[schemars(with = "Option<Day>")]
    pub(super) effective: Option<Spanned<String>>,
    /// The last day before it must be renewed (YYYY-MM-DD), or `none`.
    #[schemars(with = "Option<DayOrNone>")]
    pub(super) renewal: Option<Spanned<String>>,
    /// What the agreement lets it use and disclose protected health information for.
    #[schemars(with = "Option<String>")]
    pub(super) uses: Option<Spanned<String>>,
    /// The clause by which it safeguards protected health information and complies with the Security Rule.
    #[schemars(with = "Option<String>")]
    pub(super) safeguards: Option<Spanned<String>>,
    /// The hours after discovery within which it must report an incident or a breach.
    pub(super) reporting_hours: Option<u32>,
    /// The clause on return or destruction when the agreement ends.
    #[schemars(with = "Option<String>")]
    pub(super) return_or_destruction: Option<Spanned<String>>,
    /// The clause that opens its books to the Secretary of HHS.
    #[schemars(with = "Option<String>")]
    pub(super) hhs_access: Option<Spanned<String>>,
    /// Those to whom it passes protected health information; `[]` if it does not.
    pub(super) subcontractors: Option<Vec<SubcontractorEntry>>,
    /// How much harm a failure of the vendor would do.
    pub(super) risk: Option<RiskTier>,
    /// The vendor's SOC 2 report.
    pub(super) soc2_report: Option<Soc2ReportEntry>,
    /// The day on which the entry was last reviewed (YYYY-MM-DD). Without it, the day on which the register was.
    #[schemars(with = "Option<Day>")]
    pub(super) reviewed: Option<Spanned<String>>,
    /// Where the signed agreement is: an address, which is never fetched, or a path from the folder of this file.
    #[schemars(with = "Option<String>")]
    pub(super) evidence: Option<Spanned<String>>,
    /// The SHA-256 of the agreement; compared where the evidence is a file.
    #[schemars(with = "Option<Sha256>")]
    pub(super) sha256: Option<Spanned<String>>,
}

/// One to whom a vendor passes protected health information.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubcontractorEntry {
    /// Its name.
    #[schemars(with = "String")]
    pub(super) name: Spanned<String>,
    /// The day on which the vendor and it had signed an agreement with the same restrictions (YYYY-MM-DD).
    #[schemars(with = "Option<Day>")]
    pub(super) signed: Option<Spanned<String>>,
}

/// How much harm a failure of a vendor would do.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskTier {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

impl RiskTier {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            RiskTier::Low => "low",
            RiskTier::Medium => "medium",
            RiskTier::High => "high",
        }
    }
}

/// A vendor's SOC 2 report.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Soc2ReportEntry {
    /// The first day of its period (YYYY-MM-DD).
    #[schemars(with = "Option<Day>")]
    pub(super) from: Option<Spanned<String>>,
    /// The last day of its period (YYYY-MM-DD).
    #[schemars(with = "Option<Day>")]
    pub(super) until: Option<Spanned<String>>,
    /// The day on which somebody last read it, its exceptions and what it asks of its users (YYYY-MM-DD).
    #[schemars(with = "Option<Day>")]
    pub(super) reviewed: Option<Spanned<String>>,
}

/// A day, for the schema.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"))]
#[expect(dead_code, reason = "only its schema is used")]
struct Day(String);

/// A day or `none`, for the schema.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = r"^(none|[0-9]{4}-[0-9]{2}-[0-9]{2})?$"))]
#[expect(dead_code, reason = "only its schema is used")]
struct DayOrNone(String);

/// A hash, for the schema.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = r"^([0-9A-Fa-f]{64})?$"))]
#[expect(dead_code, reason = "only its schema is used")]
struct Sha256(String);

/// JSON Schema (draft 2020-12) of the attestations, for editors and CI.
pub fn attestations_schema() -> Value {
    let mut schema = schema_of::<BTreeMap<String, AttestationEntry>>();
    schema["title"] = "attestations.yaml".into();
    schema["propertyNames"] = serde_json::json!({"pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"});
    schema
}

/// JSON Schema (draft 2020-12) of the register of vendors, for editors and CI.
pub fn vendors_schema() -> Value {
    schema_of::<VendorsFile>()
}

fn schema_of<T: JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}
