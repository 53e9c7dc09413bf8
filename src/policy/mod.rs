//! Questions about IAM documents (bucket policies, key policies, role trust policies, identity policies), answered by
//! meaning.
//!
//! [`document`] reads a policy into a typed model, [`condition`] says whether a condition holds for a class of requests,
//! `glob` compares patterns; each of the other files answers the questions of one subject. All questions keep one law: a
//! document that cannot be read decides nothing, and what this program does not know about a document never makes the
//! answer better. `Value::Null` stands for "no policy is attached".
//!
//! It sees one document at a time. What other policies, permission boundaries, organization policies, access control lists
//! and service settings add or take away is not part of the answers.

mod actions;
mod answer;
mod callers;
mod classes;
pub mod condition;
mod context;
pub mod document;
mod escalation;
mod glob;
mod identity;
mod keys;
mod known;
mod public;
mod request;
mod search;
mod space;
mod targets;
mod transport;
mod trust;
mod universe;
mod words;

#[cfg(test)]
mod tests;

pub use actions::actions_date;
pub use answer::Answer;
pub use document::Document;
pub use escalation::{allows_privilege_escalation, allows_privilege_escalation_together};
pub use glob::Glob;
pub use identity::{
    allows_admin, allows_admin_together, allows_on_all_resources, allows_service_wildcard, allows_whole_service,
};
pub use keys::{has_enclave_condition, requires_enclave_attestation, separates_key_administration};
pub use known::{grants_only_to_known, grants_only_to_known_accounts, services_act_for_known};
pub use public::{grants_public_read, grants_public_write, is_public};
pub use transport::{denies_insecure_transport, denies_tls_below};
pub use trust::{
    external_trust_restricted, oidc_trust_restricted, trust_requires_mfa, trusts_anyone, trusts_federation, trusts_oidc,
};
