//! The logic that lets one answer decide whatever the others are.

use crate::model::Truth;
use crate::rule::fault::{EvaluationError, EvaluationFault};

/// Gathers answers of which one can decide: `false` for "and", `true` for "or".
#[derive(Debug)]
pub(super) struct Kleene {
    decisive: Truth,
    is_unknown: bool,
    fault: Option<EvaluationFault>,
}

impl Kleene {
    pub fn new(decisive: Truth) -> Self {
        Self { decisive, is_unknown: false, fault: None }
    }

    /// Adds an answer; true when it decides. A fault waits: another answer may decide.
    pub fn add(&mut self, answer: Result<Truth, EvaluationFault>) -> Result<bool, EvaluationFault> {
        self.add_maybe(answer, false)
    }

    /// Adds the answer of an element that may not be there: it cannot decide alone.
    pub fn add_maybe(
        &mut self,
        answer: Result<Truth, EvaluationFault>,
        is_maybe: bool,
    ) -> Result<bool, EvaluationFault> {
        match answer {
            Ok(Truth::Unknown) => self.is_unknown = true,
            Ok(answer) if answer == self.decisive && is_maybe => self.is_unknown = true,
            Ok(answer) => return Ok(answer == self.decisive),
            Err(fault) if *fault == EvaluationError::Budget => return Err(fault),
            Err(_) if is_maybe => self.is_unknown = true,
            Err(fault) => drop(self.fault.get_or_insert(fault)),
        }
        Ok(false)
    }

    /// Says whether an answer was unknown, so that only a decisive one could change the whole.
    pub fn is_unknown(&self) -> bool {
        self.is_unknown
    }

    /// The answer when none decided. `is_open`: there may be more that were not seen.
    pub fn finish(self, is_open: bool) -> Result<Truth, EvaluationFault> {
        match self.fault {
            _ if self.is_unknown || is_open => Ok(Truth::Unknown),
            Some(fault) => Err(fault),
            None => Ok(!self.decisive),
        }
    }
}
