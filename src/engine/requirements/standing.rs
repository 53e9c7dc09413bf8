//! The standing of a requirement, by the state of AWS and the word of people together. The weaker side decides.
//!
//! | | nobody is asked | nothing on file | does not apply, as stated | in force | failed |
//! |---|---|---|---|---|---|
//! | AWS: a failure | not met | not met | not met | not met | not met |
//! | AWS: something undecided | unknown | unknown | unknown | unknown | not met |
//! | AWS shows it | shown in AWS | shown in AWS | shown in AWS | met | not met |
//! | AWS shows it for some services | partly shown | partly shown | partly shown | attested | not met |
//! | AWS shows nothing | not assessed | unknown | not assessed | attested | not met |
//!
//! No requirement is met by AWS state alone: applications, laptops, e-mail and people hold PHI, too. Rules that only
//! support a requirement are not asked here. "Nothing on file" is unknown only if a rule looked and said so. Without such
//! a rule the requirement is not assessed.

use crate::model::{AttestationState, RequirementAttestation, RequirementVerdict, ServicesShown, Summary};

/// The answer of AWS state to a requirement, by the rules that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShownByAws {
    /// At least one rule failed.
    Otherwise,
    /// None failed, at least one could not decide.
    Undecided,
    /// All that spoke passed, for every service that must be judged.
    Wholly,
    /// All that spoke passed, and services in use that may hold data are not among what they judged.
    Partly,
    /// None spoke.
    Nothing,
}

impl ShownByAws {
    /// Concludes it from the findings of the rules that show the requirement, and from the services that they must have
    /// judged.
    pub(super) fn of(findings: Summary, services: Option<&ServicesShown>) -> Self {
        match findings {
            Summary { fail: 1.., .. } => ShownByAws::Otherwise,
            Summary { unknown: 1.., .. } => ShownByAws::Undecided,
            Summary { pass: 0, .. } => ShownByAws::Nothing,
            Summary { .. } if services.is_none_or(ServicesShown::is_whole) => ShownByAws::Wholly,
            Summary { .. } => ShownByAws::Partly,
        }
    }
}

/// Decides where the requirement stands.
pub(super) fn verdict(shown: ShownByAws, attestation: Option<&RequirementAttestation>) -> RequirementVerdict {
    use AttestationState::{Attested, Failed, Missing};
    match (shown, attestation.map(|attestation| attestation.state)) {
        (ShownByAws::Otherwise, _) | (_, Some(Failed)) => RequirementVerdict::NotMet,
        (ShownByAws::Undecided, _) => RequirementVerdict::Unknown,
        (ShownByAws::Wholly, Some(Attested)) => RequirementVerdict::Met,
        (ShownByAws::Wholly, _) => RequirementVerdict::ShownInAws,
        (_, Some(Attested)) => RequirementVerdict::Attested,
        (ShownByAws::Partly, _) => RequirementVerdict::PartlyShown,
        (ShownByAws::Nothing, Some(Missing)) if spoke(attestation) => RequirementVerdict::Unknown,
        (ShownByAws::Nothing, _) => RequirementVerdict::NotAssessed,
    }
}

fn spoke(attestation: Option<&RequirementAttestation>) -> bool {
    attestation.is_some_and(|attestation| attestation.findings != Summary::default())
}
