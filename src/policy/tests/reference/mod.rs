//! A second opinion on the questions about policies: IAM's rules as AWS writes them down, evaluated request by request.
//!
//! It shares no code with the engine and knows none of its shortcuts. `evaluate` decides one request, `universe` lists the
//! requests that a document can tell apart, `questions` asks whether one of them is of the kind in question and gets
//! through, `generate` makes documents to ask about. It is meant to be plain, not fast or complete: the universe is rich
//! enough for what `generate` writes, and for nothing else.

mod cases;
pub mod evaluate;
pub mod generate;
pub mod questions;
pub mod random;
pub mod universe;
pub mod witness;
