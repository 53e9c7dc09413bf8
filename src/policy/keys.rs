//! Key policies of KMS: who administers a key and who uses it, and whether use is bound to attested enclaves.

use super::access::{all, any};
use super::condition::{Condition, Given, Holds, Test, all_hold};
use super::document::{Document, Principal, Scope, Statement, ask};
use super::glob::Glob;
use crate::model::Truth;
use serde_json::Value;

/// Do no principals other than the root of the own `account` have both the rights to administer the key and to use it?
///
/// Administering is what changes who may use the key, disables or destroys it (`kms:PutKeyPolicy`,
/// `kms:ScheduleKeyDeletion` and so on), using is what handles data (`kms:Decrypt`, `kms:GenerateDataKey` and so on). Conditions
/// of a grant to a named principal do not weaken it; those of a grant to everyone leave it unknown. Without a policy: true.
pub fn separates_key_administration(policy: &Value, account: &str) -> Truth {
    let root = Principal::Account(account.to_owned());
    ask(policy, Truth::True, |document| {
        let mut principals: Vec<&Principal> = Vec::new();
        for grant in document.allows() {
            match &grant.principals {
                None => return Truth::Unknown,
                Some(Scope::AllBut(_)) => principals.push(&Principal::Anyone),
                Some(Scope::Only(named)) => principals.extend(named.iter().filter(|one| **one != root)),
            }
        }
        principals.sort_by_key(|one| format!("{one:?}"));
        principals.dedup();
        principals.retain(|one| !matches!(one, Principal::Deleted(_)));
        !any(principals, |one| {
            let has = |actions: &[&str]| any(actions.iter(), |action| may(document, one, &Glob::action(action)));
            has(&ADMINISTRATION).and(has(&USE))
        })
    })
}

/// May the key be used for decryption only from within an attested enclave of a stated image?
///
/// Every grant of an operation that answers to an enclave (`kms:Decrypt`, `kms:GenerateDataKey`, `kms:GenerateDataKeyPair`,
/// `kms:DeriveSharedSecret`) must be closed to requests without attestation, by its own condition on a
/// `kms:RecipientAttestation:` key or by a Deny. The usual grant of `kms:*` to the account root is open: it lets identity
/// policies hand out the use. Values that every enclave has, and the zeros of debug mode, bind nothing. False without a policy
/// and where no statement has such a condition.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclaves.html>.
pub fn requires_enclave_attestation(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| {
        Truth::from(document.statements.iter().any(mentions_attestation))
            .and(all(ENCLAVE_OPERATIONS.iter().map(|name| Glob::action(name)), |action| is_bound(document, &action)))
    })
}

/// Has some statement of the policy a condition on a `kms:RecipientAttestation:` key? Without a policy: false.
pub fn has_enclave_condition(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| Truth::from(document.statements.iter().any(mentions_attestation)))
}

/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>, key administrators.
const ADMINISTRATION: [&str; 8] = [
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:DisableKeyRotation",
    "kms:DeleteImportedKeyMaterial",
    "kms:ImportKeyMaterial",
];

/// Source: the same page, key users: the cryptographic operations.
const USE: [&str; 13] = [
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:DeriveSharedSecret",
    "kms:Sign",
    "kms:Verify",
    "kms:GenerateMac",
    "kms:VerifyMac",
];

/// Operations on a key that can answer to an enclave (`kms:GenerateRandom` uses no key).
const ENCLAVE_OPERATIONS: [&str; 4] =
    ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:DeriveSharedSecret"];

const ATTESTATION: &str = "kms:recipientattestation:";

/// May the principal do the action?
fn may(document: &Document, principal: &Principal, action: &Glob) -> Truth {
    let concerns = |scope: &Scope<Principal>| match scope {
        Scope::Only(named) => named.contains(principal) || named.contains(&Principal::Anyone),
        Scope::AllBut(spared) => !spared.contains(principal),
    };
    let takes_away = |deny: &Statement| {
        deny.conditions.is_empty() && deny.principals.as_ref().is_some_and(concerns) && deny.actions.covers(action)
    };
    if document.denies().any(takes_away) {
        return Truth::False;
    }
    any(document.allows().filter(|grant| grant.actions.overlaps(action)), |grant| match &grant.principals {
        Some(Scope::Only(named)) if named.contains(principal) && *principal != Principal::Anyone => Truth::True,
        Some(scope) if concerns(scope) && grant.conditions.is_empty() => Truth::True,
        Some(scope) if concerns(scope) => Truth::Unknown,
        _ => Truth::False,
    })
}

/// Is every grant of the action closed to requests without attestation?
fn is_bound(document: &Document, action: &Glob) -> Truth {
    let unattested = |key: &str| key.starts_with(ATTESTATION).then_some(Given::Absent);
    let refused =
        any(
            document.denies().filter(|deny| deny.actions.covers(action) && is_for_everyone(deny)),
            |deny| match all_hold(&deny.conditions, &unattested) {
                Holds::Always => Truth::from(deny.conditions.iter().all(|condition| {
                    !condition.key.starts_with(ATTESTATION)
                        || condition.spares().is_some_and(|values| names_image(condition, values))
                })),
                Holds::Unclear => Truth::Unknown,
                Holds::Sometimes | Holds::Never => Truth::False,
            },
        );
    refused.or(all(document.allows().filter(|grant| grant.actions.overlaps(action)), |grant| {
        any(grant.conditions.iter().filter(|condition| condition.key.starts_with(ATTESTATION)), |condition| {
            match condition.demands() {
                Some(values) => Truth::from(names_image(condition, values)),
                None if condition.operator.test == Test::Unknown => Truth::Unknown,
                None => Truth::False,
            }
        })
    }))
}

fn is_for_everyone(statement: &Statement) -> bool {
    matches!(&statement.principals, Some(Scope::Only(named)) if named.contains(&Principal::Anyone))
}

fn mentions_attestation(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| condition.key.starts_with(ATTESTATION))
}

/// Measurements are 96 hexadecimal digits; all zeros is what an enclave in debug mode has.
fn names_image(condition: &Condition, values: &[String]) -> bool {
    let is_measurement = |value: &String| {
        value.len() == 96
            && value.bytes().all(|byte| byte.is_ascii_hexdigit())
            && value.bytes().any(|byte| byte != b'0')
    };
    condition.operator.test != Test::Address && !values.is_empty() && values.iter().all(is_measurement)
}
