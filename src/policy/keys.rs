//! Key policies of KMS: who administers a key and who uses it, who can keep it manageable, and whether use is bound to
//! attested enclaves. Who outside gets in is asked in `key_access`.

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::condition::{Filling, KeyCondition, Test};
use super::context;
use super::document::{Effect, ParsedPolicy, Principal, Statement, Subset, account_of, ask};
use super::mentions::Mentions;
use super::request::{Caller, concerns_action, concerns_caller};
use super::space::{Askers, Filter, Goal, Space};
use super::targets;
use crate::model::Truth;
use serde_json::Value;

/// Does the policy keep the right to administer the key apart from the right to use it, so that no caller gets both?
///
/// An action administers the key if it changes who may use it, disables it or destroys it (`kms:PutKeyPolicy`,
/// `kms:ScheduleKeyDeletion` and so on). An action uses the key if it handles data (`kms:Decrypt`,
/// `kms:GenerateDataKey` and so on) or hands such rights to anyone, as `kms:CreateGrant` does that no condition about
/// the grant limits. The rights that the policy leaves to identity policies by naming the root of the own `account` do
/// not count. Other conditions do not weaken a right. Without a policy: true.
pub fn separates_key_administration(policy: &Value, account: &str) -> PolicyAnswer {
    ask(policy, Truth::True, |document| {
        let document = without_root(document, account);
        let documents = [&document];
        let asking = Askers::Everyone { known: &[] };
        let picks = |action: &str| match action {
            _ if is_in(action, &ADMINISTRATION) => Some(1),
            CREATE_GRANT => Some(2),
            _ => is_in(action, &USE).then_some(0),
        };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("kms"), &picks));
        let mut so_far = PolicyAnswer::from(Truth::True);
        for caller in &space.callers().points {
            let Some(caller) = &caller.caller else { continue };
            let may = |rights: &[&str]| space.exists(Goal::Allowed, &by(caller, rights));
            let administers = may(&ADMINISTRATION);
            if administers.exists == Truth::False {
                continue;
            }
            let uses = match may(&USE) {
                uses if uses.exists == Truth::True => uses,
                uses => {
                    let grants = space.exists(Goal::Allowed, &open_grants(&space.mentions, caller));
                    if grants.exists == Truth::False { uses } else { grants }
                }
            };
            let both = administers.exists.and(uses.exists);
            let mut answer = PolicyAnswer::exists(&space, administers);
            answer.witnesses.truncate(1);
            answer.witnesses.extend(PolicyAnswer::exists(&space, uses).witnesses.into_iter().take(1));
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

/// Requests of this caller for these actions.
fn by<'q>(caller: &'q Caller, rights: &'q [&str]) -> impl Fn(&Axis, &Point) -> Truth + 'q {
    move |_, point| match (&point.caller, &point.target) {
        (Some(own), _) => Truth::from(own == caller),
        (_, Some((action, _))) => Truth::from(is_in(&action.to_ascii_lowercase(), rights)),
        _ => Truth::True,
    }
}

/// Requests of this caller for a grant of whatever he likes to whomever he likes: one whose properties are none that a
/// condition speaks of.
fn open_grants<'q>(mentions: &'q Mentions<'q>, caller: &'q Caller) -> Box<Filter<'q>> {
    let is_limit = |key: &str| {
        key.starts_with("kms:grant") || key == "kms:retiringprincipal" || key.starts_with("kms:encryptioncontext")
    };
    let asks = by(caller, &[CREATE_GRANT]);
    Box::new(move |axis, point| {
        let limited = axis.keys.iter().zip(&point.values).filter(|(key, _)| is_limit(key)).any(|(key, values)| {
            let is_spoken_of = |value: &String| value == "true" || mentions.lists(key, value, |_, _| true);
            values.iter().any(is_spoken_of)
        });
        asks(axis, point).and(Truth::from(!limited))
    })
}

/// May somebody beside the key's administrators hand out its use, by grants that no condition limits?
///
/// A grant is a permission that stands in no policy. `kms:GrantIsForAWSResource` limits grants to those that AWS
/// services ask for, `kms:GranteePrincipal` and the like to those that the policy has in mind. Administrators are those
/// who may change the policy itself. The rights that it leaves to identity policies by naming the root of the own
/// `account` do not count. Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html>.
pub fn lets_create_open_grants(policy: &Value, account: &str) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let document = without_root(document, account);
        let documents = [&document];
        let picks = |action: &str| match action {
            CREATE_GRANT => Some(0),
            _ => is_in(action, &ADMINISTRATION[..1]).then_some(1),
        };
        let asking = Askers::Everyone { known: &[] };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("kms"), &picks));
        let mut so_far = PolicyAnswer::from(Truth::False);
        for caller in space.callers().points.iter().filter_map(|point| point.caller.as_ref()) {
            if !signs(caller) || matches!(caller, Caller::Service(_)) {
                continue;
            }
            let grants = space.exists(Goal::Allowed, &open_grants(&space.mentions, caller));
            if grants.exists == Truth::False {
                continue;
            }
            let administers = space.exists(Goal::Allowed, &by(caller, &ADMINISTRATION[..1]));
            let mut answer = PolicyAnswer::exists(&space, grants);
            answer.truth = answer.truth.and(!administers.exists);
            match answer.truth {
                Truth::True => return answer,
                Truth::Unknown => so_far = answer,
                Truth::False => {}
            }
        }
        so_far
    })
}

/// KMS answers signed requests only.
pub(super) fn signs(caller: &Caller) -> bool {
    matches!(caller, Caller::Aws { .. } | Caller::Service(_))
}

/// Does the policy name only the root of the own account and AWS services, so that identity policies alone say which
/// people and programs administer and use the key? Without a policy: true.
pub fn leaves_key_to_identity_policies(policy: &Value, account: &str) -> PolicyAnswer {
    ask(policy, Truth::True, |document| {
        let is_left = |statement: &Statement| match &statement.principals {
            Some(Subset::Only(named)) => named.iter().all(|one| match one {
                Principal::Account(own) => own == account,
                Principal::Service(_) | Principal::Deleted(_) => true,
                _ => false,
            }),
            _ => false,
        };
        let mut grants = document.statements.iter().filter(|one| one.effect == Effect::Allow);
        Truth::from(grants.all(is_left)).into()
    })
}

/// Does the policy allow something to another account than the own one, or to everyone? Without a policy: false.
pub fn names_other_accounts(policy: &Value, account: &str) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let is_other = |principal: &Principal| match principal {
            Principal::Anyone => true,
            _ => principal.account().is_some_and(|own| own != account),
        };
        let names = |statement: &Statement| match &statement.principals {
            Some(Subset::Only(named)) => named.iter().any(is_other),
            Some(Subset::AllBut(_)) => true,
            None => false,
        };
        let mut grants = document.statements.iter().filter(|one| one.effect == Effect::Allow);
        Truth::from(grants.any(names)).into()
    })
}

/// Does the policy let this principal of the account call any of the actions, in some circumstances?
///
/// Conditions on who asks are looked at; others are taken as met where they allow, and as not met where they deny.
/// `principal` is an ARN; that of the root stands for the identity policies of its account. Without a policy: false.
pub fn lets_principal(policy: &Value, principal: &str, actions: &[&str]) -> PolicyAnswer {
    let Some(account) = account_of(principal) else {
        return PolicyAnswer::unclear(format!("{principal:?} is no ARN of a principal"));
    };
    ask(policy, Truth::False, |document| {
        let caller = Caller::Aws { account: account.to_owned(), arn: principal.to_owned(), session: None };
        let value = |key: &str| match key {
            "aws:principalarn" => Some(principal),
            "aws:principalaccount" | "kms:calleraccount" => Some(account),
            "aws:principalisawsservice" => Some("false"),
            _ => None,
        };
        let open = |_: &str| Filling::Open;
        let matches = |statement: &Statement, action: &str, otherwise: Truth| {
            let named = concerns_caller(statement, &caller).and(concerns_action(statement, action));
            statement.conditions.iter().fold(named, |so_far, condition| match value(&condition.key) {
                Some(value) => so_far.and(condition.holds(&[value.to_owned()], &open)),
                None if context::OF_CALLERS.contains(&&condition.key[..]) => so_far.and(Truth::Unknown),
                None => so_far.and(otherwise),
            })
        };
        let of = |effect: Effect, action: &str, otherwise: Truth| {
            let statements = document.statements.iter().filter(|one| one.effect == effect);
            statements.map(|one| matches(one, action, otherwise)).fold(Truth::False, Truth::or)
        };
        let may = |action: &&str| {
            let action = action.to_ascii_lowercase();
            of(Effect::Allow, &action, Truth::True).and(!of(Effect::Deny, &action, Truth::False))
        };
        actions.iter().map(may).fold(Truth::False, Truth::or).into()
    })
}

/// The ARNs of the users and roles whom the policy names where it allows one of the actions, among its principals or in
/// a condition.
///
/// # Errors
/// The reason, if it lets in others of the `account` than those that it names: all that meet a condition.
pub fn principals_named(policy: &Value, account: &str, actions: &[&str]) -> Result<Vec<String>, String> {
    let document = match policy {
        Value::Null => return Ok(Vec::new()),
        policy => ParsedPolicy::read(policy)?,
    };
    let concerns = |one: &Statement| {
        actions.iter().any(|action| concerns_action(one, &action.to_ascii_lowercase()) != Truth::False)
    };
    let mut named = Vec::new();
    for grant in document.statements.iter().filter(|one| one.effect == Effect::Allow && concerns(one)) {
        if let Some(condition) = grant.conditions.iter().find(|condition| names_callers(condition)) {
            named.extend(condition.values.iter().cloned());
            continue;
        }
        let Some(Subset::Only(principals)) = &grant.principals else { return Err(LETS_UNNAMED.to_owned()) };
        for principal in principals {
            match principal {
                Principal::Arn(arn) => named.push(arn.clone()),
                Principal::Anyone => return Err(LETS_UNNAMED.to_owned()),
                Principal::Account(own) if own == account => return Err(LETS_UNNAMED.to_owned()),
                _ => {}
            }
        }
    }
    Ok(named)
}

/// Says whether the condition lets in nobody but the callers whose ARNs are its values.
fn names_callers(condition: &KeyCondition) -> bool {
    let operator = &condition.operator;
    let compares = matches!(operator.test, Test::Text | Test::Pattern | Test::Arn);
    let is_exact = !condition.values.iter().any(|value| value.contains(['*', '?', '$']));
    let is_plain = !operator.negated && !operator.if_exists && operator.quantifier.is_none();
    condition.key == "aws:principalarn" && compares && is_exact && is_plain
}

const LETS_UNNAMED: &str = "the policy lets in whoever meets its conditions, and does not say who that is";

/// The principals of the policy that were deleted since, by the unique ids that AWS shows in place of their names. They
/// match no caller. The answer is in words, and empty if there are none. A document that cannot be read names none.
pub fn deleted_principals(policy: &Value) -> String {
    let Ok(document) = ParsedPolicy::read(policy) else { return String::new() };
    let grants = document.statements.iter().filter(|one| one.effect == Effect::Allow);
    let mut found: Vec<&str> = grants
        .filter_map(|one| one.principals.as_ref())
        .flat_map(|scope| scope.listed())
        .filter_map(|one| if let Principal::Deleted(id) = one { Some(&id[..]) } else { None })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.join(", ")
}

/// The document without what it leaves to identity policies of the own account.
pub(super) fn without_root(document: &ParsedPolicy, account: &str) -> ParsedPolicy {
    let root = Principal::Account(account.to_owned());
    let mut document = document.clone();
    for grant in document.statements.iter_mut().filter(|one| one.effect == Effect::Allow) {
        if let Some(Subset::Only(named)) = &mut grant.principals {
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
/// Every grant of an operation that answers to an enclave (`kms:Decrypt`, `kms:GenerateDataKey`,
/// `kms:GenerateDataKeyPair`, `kms:DeriveSharedSecret`) must be closed to requests without attestation, by its own
/// condition on a `kms:RecipientAttestation:` key or by a Deny. So must `kms:ReEncryptFrom`, which takes no attestation
/// and moves data under another key. The usual grant of `kms:*` to the account root is open: it lets identity policies
/// hand out the use. Values that every enclave has, and the zeros of debug mode, bind nothing. False without a policy
/// and where no statement has such a condition.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclave.html>.
pub fn requires_enclave_attestation(policy: &Value) -> PolicyAnswer {
    demands(policy, Goal::Allowed, " without an enclave's attestation", &|_, _| true)
}

/// May the key be used for decryption only by attested enclaves whose measurements are among those `expected`? Like
/// [`requires_enclave_attestation`], but of the values in the policy only these count. For each register (`PCR0` and
/// `ImageSha384` are one) the policy may demand any of them. The answer is unknown if no measurement is expected.
pub fn requires_enclave_measurements(policy: &Value, expected: &[&str]) -> PolicyAnswer {
    if expected.is_empty() {
        return PolicyAnswer::unclear("no measurement is expected".to_owned());
    }
    demands(policy, Goal::Allowed, " without an expected measurement", &|_, value| {
        expected.iter().any(|own| own.eq_ignore_ascii_case(value))
    })
}

/// Is use of the key bound to one deployment of the enclave: the role of the instance around it (`PCR3`), that instance
/// (`PCR4`), or who signed the image (`PCR8`)? An image alone can be started by whoever has a copy of it. Like
/// [`requires_enclave_attestation`], but only these registers count.
///
/// Source: <https://docs.aws.amazon.com/enclaves/latest/user/set-up-attestation.html>.
pub fn binds_enclave_deployment(policy: &Value) -> PolicyAnswer {
    demands(policy, Goal::Allowed, " from any deployment of the image", &|key, _| {
        ["pcr3", "pcr4", "pcr8"].iter().any(|register| key == format!("{ATTESTATION}{register}"))
    })
}

/// Does the policy deny use of the key for decryption to everyone without an attestation of a stated image? A Deny
/// binds grants, too, which need no statement that allows. Like [`requires_enclave_attestation`], but only Deny
/// statements count.
pub fn denies_unattested_use(policy: &Value) -> PolicyAnswer {
    demands(policy, Goal::NotDenied, " without an enclave's attestation", &|_, _| true)
}

fn demands(policy: &Value, goal: Goal, without: &str, counts: &dyn Fn(&str, &str) -> bool) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let picks = |action: &str| is_in(action, &ENCLAVE_OPERATIONS).then_some(0);
        let asking = Askers::Everyone { known: &[] };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("kms"), &picks));
        let stated = |key: &str, value: &str| counts(key, value) && space.mentions.lists(key, value, names_image);
        let filter = |axis: &Axis, point: &Point| match (axis.keys.first(), &point.caller) {
            (_, Some(caller)) => Truth::from(signs(caller)),
            (Some(key), None) if key.starts_with(ATTESTATION) => {
                Truth::from(!point.values.iter().flatten().any(|value| stated(key, value)))
            }
            _ => Truth::True,
        };
        let mut answer = !PolicyAnswer::exists(&space, space.exists(goal, &filter));
        if !document.statements.iter().any(mentions_attestation) {
            answer.truth = Truth::False;
        }
        for witness in &mut answer.witnesses {
            if witness.context.iter().all(|(key, values)| !key.starts_with(ATTESTATION) || values.is_empty()) {
                witness.text.push_str(without);
            }
        }
        answer
    })
}

/// Has some statement of the policy a condition on a `kms:RecipientAttestation:` key? Without a policy: false.
pub fn has_enclave_condition(policy: &Value) -> PolicyAnswer {
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

/// Operations on a key that can answer to an enclave (`kms:GenerateRandom` uses no key), and the one that leads around
/// it.
const ENCLAVE_OPERATIONS: [&str; 5] =
    ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:DeriveSharedSecret", "kms:ReEncryptFrom"];

const CREATE_GRANT: &str = "kms:creategrant";

const ATTESTATION: &str = "kms:recipientattestation:";

fn mentions_attestation(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| condition.key.starts_with(ATTESTATION))
}

/// Measurements are 96 hexadecimal digits; all zeros is what an enclave in debug mode has.
fn names_image(condition: &KeyCondition, written: &str) -> bool {
    condition.operator.test != Test::Address
        && written.len() == 96
        && written.bytes().all(|byte| byte.is_ascii_hexdigit())
        && written.bytes().any(|byte| byte != b'0')
}
