//! KMS keys.

use super::super::evaluate::Statement;
use super::*;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1";
const ATTESTATION: &str = "kms:recipientattestation:";
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
/// Grants that nothing limits hand out the rest.
const USE: [&str; 14] = [
    "kms:CreateGrant",
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

fn about_key<'a>(actions: &[&str], callers: Vec<Caller>, meant: impl Fn(&Request) -> Truth + 'a) -> Question<'a> {
    Question {
        actions: texts(actions),
        callers,
        resources: Box::new(|_, _| texts(&[KEY])),
        callers_choose_actions: false,
        keys_of_caller: Vec::new(),
        open: false,
        meant: Box::new(move |request, _| meant(request)),
    }
}

/// Requests for plaintext without a measurement that the policy fixes.
pub fn unattested(document: &Document) -> Question<'_> {
    let actions = [
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyPair",
        "kms:DeriveSharedSecret",
        "kms:ReEncryptFrom",
    ];
    let signing = callers().into_iter().filter(|one| matches!(one, Caller::Aws(_) | Caller::Service(_))).collect();
    about_key(&actions, signing, move |request| {
        truth(!request.context.iter().any(|(key, values)| {
            let measurement = |value: &String| value.len() == 96 && value.bytes().any(|byte| byte != b'0');
            key.starts_with(ATTESTATION) && values.iter().any(|value| measurement(value) && fixed(document, key, value))
        }))
    })
}

pub fn requires_attestation(document: &Document) -> Option<Truth> {
    let open = unattested(document).some(document, Goal::Allowed)?;
    Some(all([truth(has_enclave_condition(document)), not(open)]))
}

pub fn has_enclave_condition(document: &Document) -> bool {
    document.conditions().any(|(_, key, _)| key.starts_with(ATTESTATION))
}

/// Does nobody get both kinds of rights, other than by what the account's root is granted?
pub fn separates_key_administration(document: &Document) -> Option<Truth> {
    let document = Document { statements: document.statements.iter().map(without_root).collect() };
    // A name that looks like an account's matters only where patterns of names do.
    let looks_like_account = |caller: &Caller| matches!(caller, Caller::Aws(arn) if arn.ends_with("role/111122223333"));
    let provider = |caller: &Caller| matches!(caller, Caller::Federated(_) | Caller::Canonical(_));
    let asked = callers().into_iter().filter(|one| !is_root(one) && !looks_like_account(one) && !provider(one));
    let both_rights = asked.map(|caller| {
        let may = |actions: &[&str]| {
            let question = about_key(actions, vec![caller.clone()], |_| True);
            // A condition on the caller's ARN must not bring in other callers.
            let only = |request: &Request| truth(request.caller.as_ref().is_none_or(|one| *one == caller));
            Question { meant: Box::new(move |request, _| only(request)), ..question }.some(&document, Goal::Allowed)
        };
        match may(&ADMINISTRATION) {
            Some(False) => Some(False),
            administration => Some(all([administration?, may(&USE)?])),
        }
    });
    let both_rights: Option<Vec<Truth>> = both_rights.collect();
    Some(not(any(both_rights?)))
}

fn is_root(caller: &Caller) -> bool {
    matches!(caller, Caller::Aws(arn) if account_of(arn) == OWN && arn.ends_with(":root"))
}

/// What the own root is granted is left to identity policies.
fn without_root(statement: &Statement) -> Statement {
    let mut statement = statement.clone();
    if statement.deny {
        return statement;
    }
    for element in &mut statement.elements {
        if let Element::Principal { not: false, names, .. } = element {
            names.retain(|(_, name)| name != OWN && !(name.ends_with(":root") && account_of(name) == OWN));
        }
    }
    statement
}
