//! The standing of a requirement, by the state of AWS and the word of people together. The weakest link decides.
//!
//! | | nobody is asked | nothing on file | does not apply, as stated | in force | failed |
//! |---|---|---|---|---|---|
//! | AWS: a failure | not met | not met | not met | not met | not met |
//! | AWS: something undecided | unknown | unknown | unknown | unknown | not met |
//! | AWS shows it | met | met | met | met | not met |
//! | AWS shows a part | partly shown | partly shown | partly shown | attested | not met |
//! | AWS says nothing | not assessed | unknown | not assessed | attested | not met |
//!
//! AWS *shows* a requirement only where the catalog says that AWS state can show all of it and a rule that does more
//! than support it passed. "Nothing on file" is unknown only if a rule looked and said so. Without such a rule the
//! requirement is not assessed.

use crate::model::{AttestationState, RequirementAttestation, RequirementVerdict, Summary, Verifiable};

/// The answer of AWS state to a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShownByAws {
    /// At least one rule failed.
    Otherwise,
    /// None failed, at least one could not decide.
    Undecided,
    /// All that spoke passed, and that shows it.
    Wholly,
    /// All that spoke passed, and that shows a part of it.
    Partly,
    /// None spoke.
    Nothing,
}

impl ShownByAws {
    /// Concludes it from the findings of the rules over AWS state. `shows` is true if a rule passed that does more
    /// than support the requirement.
    pub(super) fn of(findings: Summary, shows: bool, verifiable: Verifiable) -> Self {
        match findings {
            Summary { fail: 1.., .. } => ShownByAws::Otherwise,
            Summary { unknown: 1.., .. } => ShownByAws::Undecided,
            Summary { pass: 0, .. } => ShownByAws::Nothing,
            Summary { .. } if shows && verifiable == Verifiable::Technical => ShownByAws::Wholly,
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
        (ShownByAws::Wholly, _) => RequirementVerdict::Met,
        (_, Some(Attested)) => RequirementVerdict::Attested,
        (ShownByAws::Partly, _) => RequirementVerdict::PartlyShown,
        (ShownByAws::Nothing, Some(Missing)) if spoke(attestation) => RequirementVerdict::Unknown,
        (ShownByAws::Nothing, _) => RequirementVerdict::NotAssessed,
    }
}

fn spoke(attestation: Option<&RequirementAttestation>) -> bool {
    attestation.is_some_and(|attestation| attestation.findings != Summary::default())
}
