//! Plain data that every room of the house shares: what was read, what was not, and what was concluded.
//!
//! Nothing here does I/O. The words are the project's vocabulary and mean one thing everywhere: a *resource* has
//! *facts*; a call that failed leaves a *gap*; a *snapshot* is both; a *finding* is one rule judged on one resource.

mod arn;
mod explanation;
mod fact;
mod finding;
pub mod forms;
mod kind;
mod place;
mod report;
mod resource;
mod role;
mod snapshot;
mod soc2;
mod timestamp;
mod truth;
mod witness;

pub use arn::{Arn, ArnStart};
pub use explanation::{ExplainedRequirement, Explanation, Part, PartForm, PartValue};
pub use fact::{Fact, PolicyDocument};
pub use finding::{Before, Change, Evidence, Finding, FindingId, History, ResourceRef, Severity, Verdict, Waiver};
pub use kind::{Kind, Kinds, Scope};
pub use place::{AccountId, Region};
pub use report::{
    AccountRow, AccountScope, AccountState, AttestationState, CatalogDate, ChangeCounts, Comparison, Coverage,
    DigestedInput, Eligibility, Framework, InputDigest, Organization, PhiScopeInfo, PopulationScope, Remediation,
    Report, ReportScope, RequirementAttestation, RequirementRow, RequirementVerdict, RuleInfo, ScanInfo, ServiceRow,
    ServiceScope, ServiceWitness, Services, ServicesShown, SeverityCaseInfo, Summary, UnitRow, Verifiable, WaiverRow,
    WaiverState,
};
pub use resource::Resource;
pub use role::EntityRole;
pub use snapshot::{CallOutcome, CallRecord, Gap, GapClass, Header, SNAPSHOT_SCHEMA_VERSION, Snapshot};
pub use soc2::Soc2Category;
pub use timestamp::Timestamp;
pub use truth::Truth;
pub use witness::Witness;

/// The kind under which resources of every service are known by the tags that they carry.
pub const TAGGED_RESOURCE: &str = "AWS::Tagging::Resource";

/// The kind of what people state about one requirement that no AWS state can show.
pub const ATTESTATION: &str = "Safeguard::Attestation";

/// The kind of a vendor in the register of business associate agreements, and of the register itself.
pub const VENDOR: &str = "Safeguard::Vendor";

/// Tells whether a kind is read from the user's files and not from AWS, so that it stands on somebody's word.
pub fn is_attested(kind: &str) -> bool {
    kind.starts_with("Safeguard::")
}

/// The kinds that stand for a whole account: they hold PHI if anything in it does.
pub const WHOLE_ACCOUNT: [&str; 2] = ["AWS::Account", "AWS::Service"];

/// The kind under which the services are known that somebody uses, each by IAM's prefix.
pub const SERVICE: &str = "AWS::Service";

/// The kind of what CloudTrail's event history tells of services in use, one for each region.
pub const EVENT_HISTORY: &str = "AWS::CloudTrail::EventHistory";

/// The kind of what IAM's reports tell of services in use.
pub const LAST_ACCESSED: &str = "AWS::IAM::ServiceLastAccessed";
