//! Safeguard judges the state of an AWS account against the HIPAA Security Rule and SOC 2, and says what it saw, what it
//! concluded and what it could not see.
//!
//! Data flows one way, downward: [`cli`] and [`config`] make a request, [`scan`] reads the account through [`collect`],
//! judges it through [`engine`] and hands the report to [`output`]; [`deliver`] brings it to other systems. Whoever asks AWS
//! does it through [`aws`]. [`rule`] compiles the rules, asks [`policy`] about IAM documents, [`knowledge`] about what settings of
//! AWS mean, and [`catalog`] about requirements. [`services`] concludes from what was read which services are in use. What
//! no API shows, [`register`] reads from files of the user's, with the problems and suggestions of [`source`]. [`model`] is
//! plain data under all of them.

pub mod aws;
pub mod catalog;
pub mod cli;
pub mod collect;
pub mod config;
pub mod deliver;
pub mod engine;
pub mod error;
pub mod knowledge;
pub mod lambda;
pub mod model;
pub mod output;
mod packed;
pub mod policy;
pub mod register;
pub mod rule;
pub mod scan;
pub mod services;
pub mod source;

pub use error::{Error, Result};
