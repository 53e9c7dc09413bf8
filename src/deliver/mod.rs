//! Brings findings to systems outside: what the output formats write, through the systems' own interfaces.
//!
//! Nothing here judges, and nothing is claimed to have arrived that the other side has not confirmed.

pub mod security_hub;
