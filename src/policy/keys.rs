//! Key policies of KMS: who administers a key and who uses it, and whether use is bound to attested enclaves.

use super::answer::Answer;
use super::condition::{Condition, Test};
use super::document::{Document, Effect, Principal, Scope, Statement, ask};
use super::space::{Asking, Goal, Space};
use super::targets;
use super::universe::{Axis, Point};
use crate::model::Truth;
use serde_json::Value;

/// Does nobody get both the rights to administer the key and to use it by its policy?
///
/// Administering is what changes who may use the key, disables or destroys it (`kms:PutKeyPolicy`,
/// `kms:ScheduleKeyDeletion` and so on), using is what handles data (`kms:Decrypt`, `kms:GenerateDataKey` and so on). What
/// the policy leaves to identity policies by naming the root of the own `account` does not count. Conditions of a grant do
/// not weaken it. Without a policy: true.
pub fn separates_key_administration(policy: &Value, account: &str) -> Answer {
    ask(policy, Truth::True, |document| {
        let document = without_root(document, account);
        let documents = [&document];
        let asking = Asking::Everyone { known: &[] };
        let picks = |action: &str| match action {
            _ if is_in(action, &ADMINISTRATION) => Some(1),
            _ => is_in(action, &USE).then_some(0),
        };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("kms"), &picks));
        let mut so_far = Answer::from(Truth::True);
        for caller in &space.callers().points {
            let may = |rights: &[&str]| {
                space.exists(Goal::Allowed, &|_: &Axis, point: &Point| match (&point.caller, &point.target) {
                    (Some(own), _) => Truth::from(Some(own) == caller.caller.as_ref()),
                    (_, Some((action, _))) => Truth::from(is_in(&action.to_ascii_lowercase(), rights)),
                    _ => Truth::True,
                })
            };
            let administers = may(&ADMINISTRATION);
            if administers.exists == Truth::False {
                continue;
            }
            let uses = may(&USE);
            let both = administers.exists.and(uses.exists);
            let mut answer = Answer::exists(&space, administers);
            answer.witnesses.truncate(1);
            answer.witnesses.extend(Answer::exists(&space, uses).witnesses.into_iter().take(1));
            answer.truth = !both;
            match both {
                Truth::True => return answer,
                Truth::Unknown => so_far = answer,
                Truth::False => {}
            }
        }
        so_far
    })
}

/// The document without what it leaves to identity policies of the own account.
pub(super) fn without_root(document: &Document, account: &str) -> Document {
    let root = Principal::Account(account.to_owned());
    let mut document = document.clone();
    for grant in document.statements.iter_mut().filter(|one| one.effect == Effect::Allow) {
        if let Some(Scope::Only(named)) = &mut grant.principals {
            named.retain(|principal| *principal != root);
        }
    }
    document
}

fn is_in(action: &str, names: &[&str]) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(action))
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
pub fn requires_enclave_attestation(policy: &Value) -> Answer {
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let picks = |action: &str| is_in(action, &ENCLAVE_OPERATIONS).then_some(0);
        let asking = Asking::Everyone { known: &[] };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("kms"), &picks));
        let stated = |key: &str, value: &str| space.mentions.lists(key, value, names_image);
        let filter = |axis: &Axis, point: &Point| match axis.keys.first() {
            Some(key) if key.starts_with(ATTESTATION) => {
                Truth::from(!point.values.iter().flatten().any(|value| stated(key, value)))
            }
            _ => Truth::True,
        };
        let mut answer = !Answer::exists(&space, space.exists(Goal::Allowed, &filter));
        if !document.statements.iter().any(mentions_attestation) {
            answer.truth = Truth::False;
        }
        for witness in &mut answer.witnesses {
            if witness.context.iter().all(|(key, values)| !key.starts_with(ATTESTATION) || values.is_empty()) {
                witness.text.push_str(" without an enclave's attestation");
            }
        }
        answer
    })
}

/// Has some statement of the policy a condition on a `kms:RecipientAttestation:` key? Without a policy: false.
pub fn has_enclave_condition(policy: &Value) -> Answer {
    ask(policy, Truth::False, |document| Truth::from(document.statements.iter().any(mentions_attestation)).into())
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

fn mentions_attestation(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| condition.key.starts_with(ATTESTATION))
}

/// Measurements are 96 hexadecimal digits; all zeros is what an enclave in debug mode has.
fn names_image(condition: &Condition, written: &str) -> bool {
    condition.operator.test != Test::Address
        && written.len() == 96
        && written.bytes().all(|byte| byte.is_ascii_hexdigit())
        && written.bytes().any(|byte| byte != b'0')
}
