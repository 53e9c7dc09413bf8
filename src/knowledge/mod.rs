//! Pure helpers that say what settings of AWS mean. They know no rule and read nothing.
//!
//! A question that takes more than comparing a fact with a value has its one answer here, with AWS's documentation as
//! its source. An example is the question which events a trail records.

pub mod filters;
pub mod network;
pub mod runtimes;
pub mod trails;
