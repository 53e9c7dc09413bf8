//! The integration tests: one binary, because every binary links every SDK.
//!
//! The bed: [`aws`] is an AWS account without AWS, [`http`] a small server, [`wire`] reads which operation a request is,
//! [`fault`] fails it as AWS would, [`fake`] answers what moto cannot, [`proxy`] stands between the product and moto, [`product`] runs the product.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]
#![allow(missing_docs, reason = "nothing outside this binary can see it")]

mod architecture;
mod aws;
mod bad_input;
mod bed;
mod changes;
mod cli;
mod demo;
mod explain;
mod fake;
mod fault;
mod honesty;
mod http;
mod pages;
mod phi_scope;
mod policy;
mod probe;
mod product;
mod proxy;
mod rules;
mod waivers;
mod wire;
