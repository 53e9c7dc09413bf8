//! Tables of cases: what a document says, and what each question must answer about it.

mod access;
mod agreement;
mod buckets;
mod governed;
mod guardrail;
mod hostile;
mod identity;
mod keys;
mod reader;
mod reference;
mod service;
mod table;
mod transport;
mod trust;

use super::{Known, OrganizationAccounts, Own, PolicyAnswer};
use crate::model::Truth::{self, False, True, Unknown};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const PARTNER: &str = "444455556666";
const STRANGER: &str = "999988887777";
const ORGANIZATION: &str = "o-a1b2c3d4e5";
const BUCKET: &str = "arn:aws:s3:::records";

/// The own account is a member of the organization, whose accounts are all told: the trusted ones.
fn known<'a>(trusted: &'a [&'a str]) -> Known<'a> {
    let own = Own::Organization {
        id: ORGANIZATION,
        management: ACCOUNT,
        accounts: OrganizationAccounts::Listed(vec![ACCOUNT]),
    };
    Known::new(ACCOUNT, trusted, own)
}

/// A document of these statements.
fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A statement with these changes; null takes an element away.
fn change(statement: &Value, changes: Value) -> Value {
    let mut changed = statement.clone();
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(changed.as_object_mut().unwrap().remove(key)),
            other => drop(changed.as_object_mut().unwrap().insert(key.clone(), other.clone())),
        }
    }
    changed
}

/// A question's name, what it answers without a policy, and how to ask it.
type Question = (&'static str, Truth, &'static dyn Fn(&Value) -> PolicyAnswer);

type Case = (&'static str, Truth, Value);

/// Asks about each document, and tells all wrong answers at once.
fn check(question: impl Fn(&Value) -> PolicyAnswer, cases: &[Case]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(_, expected, document)| question(document).truth != *expected)
        .map(|(name, expected, document)| {
            format!("{name}: expected {expected:?}, got {:?} on {document}", question(document))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// What every question must answer without a policy, and about what is no policy.
#[test]
fn no_policy_and_no_document() {
    for (name, absent, question) in questions() {
        assert_eq!(question(&Value::Null).truth, absent, "{name} without a policy");
        for unreadable in [json!({}), json!("text"), json!([]), json!({"Statement": [{"Effect": "Maybe"}]})] {
            assert_eq!(question(&unreadable).truth, Unknown, "{name} of {unreadable}");
        }
    }
}

/// All questions with their answers where no policy is attached.
fn questions() -> [Question; 39] {
    use super::*;
    [
        ("denies_insecure_transport", False, &|policy| denies_insecure_transport(policy, BUCKET)),
        ("denies_tls_below", False, &|policy| denies_tls_below(policy, BUCKET, 1.2)),
        ("is_public", False, &is_public),
        ("function_is_public", False, &function_is_public),
        ("lets_services_invoke", False, &|policy| lets_services_invoke(policy, &["s3.amazonaws.com"])),
        ("grants_public_read", False, &grants_public_read),
        ("grants_public_write", False, &grants_public_write),
        ("grants_only_to_known", True, &|policy| grants_only_to_known(policy, &known(&[PARTNER, ORGANIZATION]))),
        ("grants_only_to_known_accounts", True, &|policy| grants_only_to_known_accounts(policy, &known(&[PARTNER]))),
        ("services_act_for_known", True, &|policy| services_act_for_known(policy, &known(&[PARTNER]))),
        ("grants_unnamed_actions", False, &|policy| grants_unnamed_actions(policy, "s3", ACCOUNT)),
        ("allows_admin", False, &allows_admin),
        ("allows_service_wildcard", False, &allows_service_wildcard),
        ("allows_on_all_resources", False, &|policy| {
            allows_on_all_resources(policy, &["kms:Decrypt", "kms:ReEncrypt*"])
        }),
        ("allows_whole_service", False, &|policy| allows_whole_service(policy, "cloudtrail")),
        ("allows_privilege_escalation", False, &allows_privilege_escalation),
        ("denies_actions", False, &|policy| denies_actions(policy, &["cloudtrail:StopLogging"])),
        ("trusts_anyone", False, &trusts_anyone),
        ("external_trust_restricted", True, &|policy| {
            external_trust_restricted(policy, &known(&[PARTNER, ORGANIZATION]))
        }),
        ("oidc_trust_restricted", True, &oidc_trust_restricted),
        ("trusts_federation", False, &trusts_federation),
        ("trusts_oidc", False, &trusts_oidc),
        ("trust_requires_mfa", False, &trust_requires_mfa),
        ("trusts_principals_without_mfa", False, &trusts_principals_without_mfa),
        ("separates_key_administration", True, &|policy| separates_key_administration(policy, ACCOUNT)),
        ("requires_enclave_attestation", False, &requires_enclave_attestation),
        ("has_enclave_condition", False, &has_enclave_condition),
        ("requires_enclave_measurements", False, &|policy| requires_enclave_measurements(policy, &["aa"])),
        ("binds_enclave_deployment", False, &binds_enclave_deployment),
        ("denies_unattested_use", False, &denies_unattested_use),
        ("leaves_key_to_identity_policies", True, &|policy| leaves_key_to_identity_policies(policy, ACCOUNT)),
        ("lets_create_open_grants", False, &|policy| lets_create_open_grants(policy, ACCOUNT)),
        ("lets_principal", False, &|policy| {
            lets_principal(policy, "arn:aws:iam::111122223333:root", &["kms:PutKeyPolicy"])
        }),
        ("names_other_accounts", False, &|policy| names_other_accounts(policy, ACCOUNT)),
        ("key_is_public", False, &|policy| key_is_public(policy, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT")),
        ("key_grants_only_to_known", True, &|policy| {
            key_grants_only_to_known(policy, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", &Known::alone(ACCOUNT, &[]))
        }),
        ("key_use_only_by_known", True, &|policy| {
            key_use_only_by_known(policy, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", &Known::alone(ACCOUNT, &[]))
        }),
        ("denies_outsiders", False, &|policy| denies_outsiders(policy, ORGANIZATION, &["s3:GetObject"])),
        ("denies_actions_outside_regions", False, &|policy| {
            denies_actions_outside_regions(policy, &["s3:CreateBucket"], &["us-east-1"])
        }),
    ]
}
