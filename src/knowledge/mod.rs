//! What settings of AWS mean: pure helpers that know no rule and read nothing.
//!
//! A question that takes more than comparing a fact with a value, such as which events a trail records, has its answer
//! here, once, with AWS's documentation as its source.

pub mod trails;
