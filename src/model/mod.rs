//! Plain data that every room of the house shares: what was read, what was not, and what was concluded.
//!
//! Nothing here does I/O. The words are the project's vocabulary and mean one thing everywhere: a *resource* has
//! *facts*; a call that failed leaves a *gap*; a *snapshot* is both; a *finding* is one rule judged on one resource.

mod explanation;
mod fact;
mod finding;
mod kind;
mod report;
mod resource;
mod snapshot;
mod truth;
mod witness;

pub use explanation::{ExplainedRequirement, Explanation, Part, PartForm, PartValue};
pub use fact::{Fact, PolicyDocument, Timestamp};
pub use finding::{Before, Change, Evidence, Finding, FindingId, History, ResourceRef, Severity, Verdict, Waiver};
pub use kind::{Kind, Kinds, Scope};
pub use report::{
    AttestationState, CatalogDate, ChangeCounts, Comparison, Coverage, Eligibility, Framework, PhiScopeInfo,
    Remediation, Report, RequirementAttestation, RequirementRow, RequirementVerdict, RuleInfo, ScanInfo, ServiceRow,
    ServiceWitness, Services, Summary, Verifiable, WaiverRow, WaiverState,
};
pub use resource::Resource;
pub use snapshot::{CallOutcome, CallRecord, Gap, GapClass, Header, SNAPSHOT_SCHEMA_VERSION, Snapshot};
pub use truth::Truth;
pub use witness::Witness;

/// The region name under which resources and calls of global services (IAM, the account itself) are recorded.
pub const GLOBAL_REGION: &str = "global";

/// The kind under which resources of every service are known by the tags that they carry.
pub const TAGGED_RESOURCE: &str = "AWS::Tagging::Resource";

/// The kinds that stand for a whole account: they hold PHI if anything in it does.
pub const WHOLE_ACCOUNT: [&str; 2] = ["AWS::Account", "AWS::Service"];
