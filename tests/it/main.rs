//! The integration tests: one binary, because every binary links every SDK.
//!
//! The bed: [`aws`] is an AWS account without AWS, [`http`] a small server, [`wire`] reads which operation a request is,
//! [`fault`] fails it as AWS would, [`fake`] answers what moto cannot, [`proxy`] stands between the product and moto,
//! [`product`] runs the product, [`hub`] is a Security Hub, [`guard`] asks for permission, [`browser`] opens pages.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]
#![allow(missing_docs, reason = "nothing outside this binary can see it")]

/// The reports that the formats' own tests are about, as that file names things.
#[path = "../../src/output/fixture.rs"]
#[allow(dead_code, reason = "each format's tests use a part of it")]
mod fixture;
use safeguard::model;

mod action;
mod architecture;
mod asff;
mod at_once;
mod attest;
mod aws;
mod bad_input;
mod bed;
mod browser;
mod buckets;
mod changes;
mod cli;
mod contract;
mod credentials;
mod demo;
mod deploy;
mod documentation;
mod environment;
mod errata;
mod explain;
mod facts;
mod fake;
mod fault;
mod files;
mod formats;
mod guard;
mod honesty;
mod html;
mod http;
mod hub;
mod kinds;
mod lambda;
mod models;
mod narrow;
mod ocsf;
mod organization;
mod pages;
mod permissions;
mod phi_scope;
mod policy;
mod preflight;
mod probe;
mod product;
mod proxy;
mod public_cases;
mod roles;
mod rules;
mod security_hub;
mod services;
mod state_machine;
mod table;
mod waivers;
mod wire;
mod wire_client;
