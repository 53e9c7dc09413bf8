//! The faults because of which an evaluation has no answer although the facts were read.

use super::value::{Expected, Val};

/// The most nodes that one evaluation may visit.
pub(super) const MAX_STEPS: u32 = 1_000_000;

/// The reason why an evaluation has no answer although the facts were read. The verdict is then unknown.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvaluationError {
    /// The snapshot holds something else than the kind's schema says.
    #[error("{what} should be {expected}, but is {found}")]
    Mismatch {
        /// The path, or a description of the operand.
        what: String,
        /// The expected sort of value, in words.
        expected: &'static str,
        /// The sort of value that was found, in words.
        found: &'static str,
    },
    /// A list was asked for an element that it does not have.
    #[error("there is no element {index} in a list of {size}")]
    Index {
        /// The position that was asked for, from 0.
        index: i64,
        /// The number of elements.
        size: usize,
    },
    /// A map was asked for a key that it does not have.
    #[error("there is no key `{0}`")]
    Key(String),
    /// A calculation has no result: division by zero, or one beyond 64 bits.
    #[error("{0}")]
    Arithmetic(&'static str),
    /// A text that should say something says something else: a moment, a number.
    #[error("`{}` is not {expected}", text.escape_debug())]
    Text {
        /// The text, cut after 100 characters.
        text: String,
        /// The expected sort of value, in words.
        expected: &'static str,
    },
    /// The condition looked at too many values.
    #[error("the condition needs more than {} steps", MAX_STEPS)]
    Budget,
}

/// A fault on its way up. It is boxed, so that the common case, a result without one, stays small.
pub(super) type EvaluationFault = Box<EvaluationError>;

/// The fault of a value that is something else than its operator, or its place in the schema, asks for.
pub(super) fn mismatch(what: &str, expected: Expected, found: &Val) -> EvaluationFault {
    let expected = expected.in_words();
    Box::new(EvaluationError::Mismatch { what: what.to_owned(), expected, found: found.in_words() })
}
