//! Questions about IAM documents (bucket policies, key policies, role trust policies, identity policies), answered by
//! meaning, with a request that shows every answer that is not the good one.
//!
//! Each question asks whether a request of some kind gets through. [`document`] reads a policy into a typed model,
//! [`condition`] says when a condition holds, and `request` says whether a statement matches one request. `axis`,
//! `mentions` and `examples` are the ground for `universe`, `callers`, `targets` and `classes`, which find the finitely
//! many classes of requests that the statements can tell apart, as a product of axes. Over these every statement is a
//! cuboid, and `search` finds a point that is in some cuboids and not in others. `space` puts these together, and
//! `words` tells the request in words. `bearer` is whoever has identity policies. Each of the other files asks the
//! questions of one topic.
//!
//! All questions keep one law: a document that cannot be read decides nothing, and what this program does not know
//! about a document (an operator, a key's type, what a policy variable stands for) never makes the answer better. Where
//! the work would become too much, the answer is unknown. `Value::Null` stands for "no policy is attached".
//!
//! The answers leave out what session policies, access control lists and service settings add or take away. They leave
//! out organization policies, too, unless one is the document that is asked about or [`governed`] puts it beside the
//! resource's.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

mod actions;
mod answer;
mod axis;
mod bearer;
mod buckets;
mod callers;
mod classes;
pub mod condition;
mod context;
pub mod document;
mod escalation;
mod examples;
mod glob;
mod governed;
mod guardrail;
mod identity;
mod invocation;
mod issuers;
mod key_access;
mod keys;
mod known;
mod mentions;
mod networks;
mod privilege;
mod public;
mod request;
mod search;
mod service;
mod space;
mod targets;
mod transport;
mod trust;
mod universe;
mod ways;
mod words;

#[cfg(test)]
mod tests;

pub use actions::actions_date;
pub use answer::PolicyAnswer;
pub use buckets::{
    bucket_grants_only_to_known, denies_actions_on, denies_customer_keys, lets_unnamed_outsiders,
    takes_load_balancer_logs,
};
pub use document::ParsedPolicy;
pub use escalation::{allows_privilege_escalation, allows_privilege_escalation_together};
pub use glob::Glob;
pub use governed::governed;
pub use guardrail::{denies_actions, denies_actions_outside_regions, denies_outsiders};
pub use identity::{
    allows_admin, allows_admin_together, allows_on_all_resources, allows_service_wildcard, allows_service_wildcard_of,
    allows_whole_service,
};
pub use invocation::{function_is_public, lets_services_invoke};
pub use key_access::{key_grants_only_to_known, key_is_public, key_use_only_by_known};
pub use keys::{
    binds_enclave_deployment, deleted_principals, denies_unattested_use, has_enclave_condition,
    leaves_key_to_identity_policies, lets_create_open_grants, lets_principal, names_other_accounts, principals_named,
    requires_enclave_attestation, requires_enclave_measurements, separates_key_administration,
};
pub use known::{
    Known, OrganizationAccounts, Own, grants_only_to_known, grants_only_to_known_accounts, is_known_account,
    services_act_for_known,
};
pub use privilege::grants_unnamed_actions;
pub use public::{grants_public_read, grants_public_write, is_public};
pub use service::{ServiceRequest, lets_service};
pub use transport::{denies_insecure_transport, denies_tls_below};
pub use trust::{
    external_trust_restricted, oidc_admits_any_workload, oidc_admits_strangers, oidc_admits_unnamed_workloads,
    oidc_trust_restricted, roles_anywhere_trust_restricted, saml_trust_names_audience, services_assume_for_known,
    trust_requires_mfa, trusts_anyone, trusts_federation, trusts_oidc, trusts_principals_without_mfa, trusts_provider,
    trusts_roles_anywhere, trusts_saml, trusts_service,
};
