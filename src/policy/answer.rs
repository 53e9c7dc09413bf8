//! The answer to a question about a policy.

use crate::model::{Truth, Witness};

/// An answer, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAnswer {
    /// The answer itself.
    pub truth: Truth,
    /// Requests that show it, wherever the answer is not the good one: at least one unless no policy is attached, the
    /// document cannot be read, or nothing in particular is missing.
    pub witnesses: Vec<Witness>,
    /// Further remarks: the reason why the answer is unknown, or an assumption on the cautious side.
    pub notes: Vec<String>,
}

impl From<Truth> for PolicyAnswer {
    fn from(truth: Truth) -> Self {
        Self { truth, witnesses: Vec::new(), notes: Vec::new() }
    }
}

impl PolicyAnswer {
    /// An answer that stays unknown for this reason.
    pub(super) fn unclear(reason: String) -> Self {
        Self { truth: Truth::Unknown, witnesses: Vec::new(), notes: vec![reason] }
    }

    /// An answer that stays unknown for this reason although all was read.
    pub fn undecided(reason: &str) -> Self {
        Self::unclear(reason.to_owned())
    }

    /// The answer about a document that cannot be read.
    pub(super) fn unreadable(reason: &str) -> Self {
        let notes = vec![format!("the policy cannot be read: {reason}")];
        Self { truth: Truth::Unknown, witnesses: Vec::new(), notes }
    }
}
