//! How to ask AWS, for every room that does.
//!
//! [`wire`] calls any operation that this build has a model of. What a scan needs around its calls (the ledger, limits and
//! gaps) lies in `collect`, beside the collectors that still have SDK crates of their own.

pub mod wire;
