//! Asks who outside the known accounts gets at a KMS key by its policy, with requests that a key of its sort can
//! answer.
//!
//! KMS answers signed requests only, so an anonymous caller never gets in. AWS services are not asked about, because
//! they use a key on behalf of a caller who is allowed to call them.

use super::actions;
use super::answer::PolicyAnswer;
use super::document::ask;
use super::keys::signs;
use super::known::{Known, only_known};
use super::public::lets_strangers;
use super::request::Caller;
use crate::model::Truth;
use serde_json::Value;

/// May anyone in any AWS account do something to the key that uses, discloses or changes anything?
///
/// `usage` and `spec` are the key's own (`SIGN_VERIFY`, `ECC_NIST_P256`): a key that signs decrypts nothing. Checking a
/// signature and reading the public key or the description change and disclose nothing; they do not count. Without a
/// policy: false.
pub fn key_is_public(policy: &Value, usage: &str, spec: &str) -> PolicyAnswer {
    let picks = |action: &str| (is_answered(action, usage, spec) && !is_harmless(action)).then_some(0);
    ask(policy, Truth::False, |document| {
        lets_strangers(document, "kms", &picks, &|_, point| point.caller.as_ref().is_none_or(is_asked))
    })
}

/// Does everything that the policy allows on the key go to known accounts?
///
/// Like [`super::grants_only_to_known_accounts`], but only what a key of this usage and spec can answer counts. Without
/// a policy: true.
pub fn key_grants_only_to_known(policy: &Value, usage: &str, spec: &str, known: &Known<'_>) -> PolicyAnswer {
    let picks = |action: &str| is_answered(action, usage, spec).then_some(0);
    only_known(policy, known, &is_asked, Some("kms"), &picks)
}

/// The same of what uses, discloses or changes something: whoever else gets in can only check signatures, and read the
/// public key and the description.
pub fn key_use_only_by_known(policy: &Value, usage: &str, spec: &str, known: &Known<'_>) -> PolicyAnswer {
    let picks = |action: &str| (is_answered(action, usage, spec) && !is_harmless(action)).then_some(0);
    only_known(policy, known, &is_asked, Some("kms"), &picks)
}

fn is_asked(caller: &Caller) -> bool {
    signs(caller) && !matches!(caller, Caller::Service(_))
}

/// Can a key of this usage and spec be asked for that? Actions are in lower case.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-compare.html>.
fn is_answered(action: &str, usage: &str, spec: &str) -> bool {
    let is_symmetric = spec == "SYMMETRIC_DEFAULT";
    match action {
        "kms:decrypt" | "kms:encrypt" | "kms:reencryptfrom" | "kms:reencryptto" => usage == "ENCRYPT_DECRYPT",
        _ if action.starts_with("kms:generatedatakey") => is_symmetric,
        "kms:sign" | "kms:verify" => usage == "SIGN_VERIFY",
        "kms:generatemac" | "kms:verifymac" => usage == "GENERATE_VERIFY_MAC",
        "kms:derivesharedsecret" => usage == "KEY_AGREEMENT",
        "kms:getpublickey" => !is_symmetric && usage != "GENERATE_VERIFY_MAC",
        _ => acts_on_keys(action),
    }
}

/// Some actions of KMS are about no key, and no key's policy grants them.
fn acts_on_keys(action: &str) -> bool {
    let known = actions::service("kms").and_then(|service| service.action(action));
    known.is_none_or(|known| known.types.contains(&"key"))
}

/// Discloses nothing that is kept from anyone, and changes nothing.
fn is_harmless(action: &str) -> bool {
    ["kms:verify", "kms:verifymac", "kms:getpublickey", "kms:describekey", "kms:retiregrant"].contains(&action)
        || action.starts_with("kms:getkeyrotation")
        || action.starts_with("kms:list")
}
