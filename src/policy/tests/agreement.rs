//! Does the engine answer as a second, plain evaluation of every request does?
//!
//! Each family asks about thousands of documents made by chance, more than a hundred thousand in all. `AGREEMENT_DOCUMENTS` asks about more or fewer, and
//! `AGREEMENT_SEED` about others. A disagreement is shown with the smallest document that still has it.

use super::super::{self as policy, PolicyAnswer};
use super::reference::evaluate::{Document, Reading};
use super::reference::generate::{self, Subject};
use super::reference::questions::{self as reference, Access, Callers, Known, ORGANIZATION, OWN, PARTNER, Question};
use super::reference::random::Random;
use super::reference::universe::Goal;
use super::reference::witness;
use super::*;

const TRUSTED: [&str; 2] = [PARTNER, ORGANIZATION];
const KNOWN: Known = Known(&[OWN, PARTNER, ORGANIZATION]);
/// The own organization counts without being trusted.
const KNOWN_ACCOUNTS: Known = Known(&[OWN, PARTNER, ORGANIZATION]);
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alarms";

/// A question of the engine, and how to ask it of the reference.
struct Check {
    name: &'static str,
    /// The answer that needs no example.
    good: Truth,
    engine: fn(&Value) -> PolicyAnswer,
    reference: fn(&Document) -> Option<Truth>,
    /// The requests that the engine gives as examples are of this kind, and achieve this.
    requests: Option<(ForDocument, Goal)>,
}

type ForDocument = for<'a> fn(&'a Document) -> Question<'a>;

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Agree,
    /// The rules leave open what the right answer is.
    Open,
    /// The engine gives up where it may.
    GaveUp,
    Disagree(String),
}

impl Check {
    fn compare(&self, document: &Value) -> Outcome {
        let read = Document::read(document);
        let Some(expected) = (self.reference)(&read) else { return Outcome::Open };
        let answer = (self.engine)(document);
        if answer.truth == Unknown && expected != Unknown && read.doubtful() {
            return Outcome::GaveUp;
        }
        // The reference tries some values of the keys that variables stand for; a request that gets through by another one
        // counts, too.
        let is_shown = || answer.truth == not(self.good) && answer.witnesses.iter().any(|one| one.certain);
        if answer.truth != expected && read.doubtful() && is_shown() && self.judge_witnesses(&read, &answer).is_ok() {
            return Outcome::Agree;
        }
        if answer.truth != expected {
            return Outcome::Disagree(format!("the engine says {:?}, the reference {expected:?}", answer.truth));
        }
        match self.judge_witnesses(&read, &answer) {
            Ok(()) => Outcome::Agree,
            Err(reason) => Outcome::Disagree(format!("{expected:?} by both, but {reason}")),
        }
    }

    fn judge_witnesses(&self, document: &Document, answer: &PolicyAnswer) -> Result<(), String> {
        if answer.truth == self.good {
            return Ok(());
        }
        let question = self.requests.map(|(question, goal)| (question(document), goal));
        let some = question.as_ref().map(|(question, goal)| question.some(document, *goal));
        let exists = some.is_none_or(|some| some != Some(False));
        let surely = some.is_none_or(|some| some == Some(True));
        if exists && answer.witnesses.is_empty() {
            return Err("there is no witness".into());
        }
        let expected = not(self.good);
        if surely && answer.truth == expected && !answer.witnesses.iter().any(|witness| witness.certain) {
            return Err("no witness is certain".into());
        }
        answer.witnesses.iter().try_for_each(|one| {
            witness::judge(document, question.as_ref(), one).map_err(|reason| format!("{reason}: {one:#?}"))
        })
    }
}

fn not(truth: Truth) -> Truth {
    if truth == True { False } else { True }
}

fn ask_about(subject: Subject, documents: u64, checks: &[Check]) {
    let setting = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let seed = setting("AGREEMENT_SEED", 1);
    let documents = setting("AGREEMENT_DOCUMENTS", documents);
    let mut disagreements: Vec<Vec<(u64, Value)>> = checks.iter().map(|_| Vec::new()).collect();
    let (mut open, mut gave_up) = (0, 0);
    for index in 0..documents {
        let seed = seed.wrapping_mul(0x1_0000_0000).wrapping_add(index);
        let document = generate::document(&mut Random(seed), subject);
        // One question for each document: more documents find more than more questions about the same.
        let turn = index as usize % checks.len();
        match checks[turn].compare(&document) {
            Outcome::Agree => {}
            Outcome::Open => open += 1,
            Outcome::GaveUp => gave_up += 1,
            Outcome::Disagree(_) => disagreements[turn].push((seed, document)),
        }
    }
    let report: Vec<String> =
        checks.iter().zip(&disagreements).filter_map(|(check, found)| report(check, found)).collect();
    let counts = format!("{documents} documents, {open} left open by the rules, {gave_up} unknown by variables");
    assert!(report.is_empty(), "{counts}\n{}", report.join("\n"));
    assert!(open * 10 < documents, "too much is left open: {counts}");
    assert!(gave_up * 20 < documents, "too much is unknown: {counts}");
}

fn report(check: &Check, found: &[(u64, Value)]) -> Option<String> {
    let shown = found.iter().take(3).map(|(seed, document)| {
        let smallest = shrink(check, document);
        let Outcome::Disagree(reason) = check.compare(&smallest) else { unreachable!() };
        format!("seed {seed}: {reason}\n{smallest:#}")
    });
    let shown: Vec<String> = shown.collect();
    (!found.is_empty()).then(|| format!("{}: {} disagreements\n{}", check.name, found.len(), shown.join("\n")))
}

/// The smallest document, by leaving out one thing after the other, on which the two still disagree.
fn shrink(check: &Check, document: &Value) -> Value {
    let disagree = |smaller: &Value| matches!(check.compare(smaller), Outcome::Disagree(_));
    let mut smallest = document.clone();
    while let Some(smaller) = generate::smaller(&smallest).into_iter().find(disagree) {
        smallest = smaller;
    }
    smallest
}

#[test]
fn transport() {
    let checks = [
        Check {
            name: "denies_insecure_transport",
            good: True,
            engine: |document| policy::denies_insecure_transport(document, BUCKET),
            reference: |document| Some(opposite(reference::plain_http(BUCKET).some(document, Goal::NotDenied)?)),
            requests: Some((|_| reference::plain_http(BUCKET), Goal::NotDenied)),
        },
        Check {
            name: "denies_tls_below 1.2",
            good: True,
            engine: |document| policy::denies_tls_below(document, BUCKET, 1.2),
            reference: |document| Some(opposite(reference::tls_below(BUCKET, 1.2).some(document, Goal::NotDenied)?)),
            requests: Some((|_| reference::tls_below(BUCKET, 1.2), Goal::NotDenied)),
        },
    ];
    ask_about(Subject::Transport, 18_000, &checks);
}

#[test]
fn transport_to_a_topic() {
    let check = Check {
        name: "denies_insecure_transport",
        good: True,
        engine: |document| policy::denies_insecure_transport(document, TOPIC),
        reference: |document| Some(opposite(reference::plain_http(TOPIC).some(document, Goal::NotDenied)?)),
        requests: Some((|_| reference::plain_http(TOPIC), Goal::NotDenied)),
    };
    ask_about(Subject::Topic, 32_000, &[check]);
}

#[test]
fn public_access() {
    let checks = [
        Check {
            name: "is_public",
            good: False,
            engine: |document| policy::is_public(document),
            reference: |document| reference::strangers(document, Access::Any).some(document, Goal::Allowed),
            requests: Some((|document| reference::strangers(document, Access::Any), Goal::Allowed)),
        },
        Check {
            name: "grants_public_read",
            good: False,
            engine: |document| policy::grants_public_read(document),
            reference: |document| reference::strangers(document, Access::Read).some(document, Goal::Allowed),
            requests: Some((|document| reference::strangers(document, Access::Read), Goal::Allowed)),
        },
        Check {
            name: "grants_public_write",
            good: False,
            engine: |document| policy::grants_public_write(document),
            reference: |document| reference::strangers(document, Access::Write).some(document, Goal::Allowed),
            requests: Some((|document| reference::strangers(document, Access::Write), Goal::Allowed)),
        },
    ];
    ask_about(Subject::Bucket, 9_000, &checks);
}

/// A grant to everyone through a VPC endpoint or a VPC lets in whom that one's own policy lets through, which the document
/// does not tell: of such documents the reference says nothing (networks.rs has tests of its own).
fn unless_by_network(document: &Document, known: Option<Truth>) -> Option<Truth> {
    let networks = ["aws:sourcevpce", "aws:sourcevpc"];
    let mentions = document.conditions().any(|(_, key, _)| networks.contains(&key));
    known.filter(|known| *known != False || !mentions)
}

#[test]
fn known_principals() {
    let checks = [
        Check {
            name: "grants_only_to_known",
            good: True,
            engine: |document| policy::grants_only_to_known(document, &known(&TRUSTED)),
            reference: |document| {
                let question = reference::unknown_principals(document, &KNOWN, Callers::All);
                unless_by_network(document, Some(opposite(question.some(document, Goal::Allowed)?)))
            },
            requests: Some((|document| reference::unknown_principals(document, &KNOWN, Callers::All), Goal::Allowed)),
        },
        Check {
            name: "grants_only_to_known_accounts",
            good: True,
            engine: |document| policy::grants_only_to_known_accounts(document, &known(&[PARTNER])),
            reference: |document| {
                let question = reference::unknown_principals(document, &KNOWN_ACCOUNTS, Callers::AllButServices);
                unless_by_network(document, Some(opposite(question.some(document, Goal::Allowed)?)))
            },
            requests: Some((
                |document| reference::unknown_principals(document, &KNOWN_ACCOUNTS, Callers::AllButServices),
                Goal::Allowed,
            )),
        },
        Check {
            name: "services_act_for_known",
            good: True,
            engine: |document| policy::services_act_for_known(document, &known(&TRUSTED)),
            reference: |document| {
                let question = reference::unknown_principals(document, &KNOWN, Callers::Services);
                unless_by_network(document, Some(opposite(question.some(document, Goal::Allowed)?)))
            },
            requests: Some((
                |document| reference::unknown_principals(document, &KNOWN, Callers::Services),
                Goal::Allowed,
            )),
        },
    ];
    ask_about(Subject::Bucket, 8_000, &checks);
}

#[test]
fn role_trust() {
    let checks = [
        Check {
            name: "trusts_anyone",
            good: False,
            engine: |document| policy::trusts_anyone(document),
            reference: |document| reference::anyone(document).some(document, Goal::Allowed),
            requests: Some((reference::anyone, Goal::Allowed)),
        },
        Check {
            name: "external_trust_restricted",
            good: True,
            engine: |document| policy::external_trust_restricted(document, &known(&TRUSTED)),
            reference: |document| {
                Some(opposite(reference::unknown_external(document, &KNOWN).some(document, Goal::Allowed)?))
            },
            requests: Some((|document| reference::unknown_external(document, &KNOWN), Goal::Allowed)),
        },
        Check {
            name: "trust_requires_mfa",
            good: True,
            engine: |document| policy::trust_requires_mfa(document),
            reference: reference::requires_mfa,
            requests: Some((|_| reference::without_mfa(), Goal::Allowed)),
        },
        Check {
            name: "trusts_principals_without_mfa",
            good: False,
            engine: |document| policy::trusts_principals_without_mfa(document),
            reference: |document| reference::principals_without_mfa().some(document, Goal::Allowed),
            requests: Some((|_| reference::principals_without_mfa(), Goal::Allowed)),
        },
        Check {
            name: "trusts_federation",
            good: False,
            engine: |document| policy::trusts_federation(document),
            reference: |document| reference::federated().some(document, Goal::Allowed),
            requests: Some((|_| reference::federated(), Goal::Allowed)),
        },
        Check {
            name: "trusts_oidc",
            good: False,
            engine: |document| policy::trusts_oidc(document),
            reference: |document| reference::openid_connect().some(document, Goal::Allowed),
            requests: Some((|_| reference::openid_connect(), Goal::Allowed)),
        },
        Check {
            name: "oidc_trust_restricted",
            good: True,
            engine: |document| policy::oidc_trust_restricted(document),
            reference: |document| Some(opposite(reference::unbound_tokens(document).some(document, Goal::Allowed)?)),
            requests: Some((reference::unbound_tokens, Goal::Allowed)),
        },
    ];
    ask_about(Subject::Role, 9_000, &checks);
}

#[test]
fn key_policies() {
    let checks = [
        Check {
            name: "requires_enclave_attestation",
            good: True,
            engine: |document| policy::requires_enclave_attestation(document),
            reference: reference::requires_attestation,
            requests: Some((reference::unattested, Goal::Allowed)),
        },
        Check {
            name: "has_enclave_condition",
            good: False,
            engine: |document| PolicyAnswer { witnesses: Vec::new(), ..policy::has_enclave_condition(document) },
            reference: |document| Some(if reference::has_enclave_condition(document) { True } else { False }),
            requests: Some((reference::unattested, Goal::Never)),
        },
    ];
    ask_about(Subject::Key, 20_000, &checks);
}

#[test]
fn key_administration() {
    let check = Check {
        name: "separates_key_administration",
        good: True,
        engine: |document| policy::separates_key_administration(document, OWN),
        reference: reference::separates_key_administration,
        requests: None,
    };
    ask_about(Subject::Key, 1_000, &[check]);
}

#[test]
fn identity_policies() {
    let checks = [
        Check {
            name: "allows_admin",
            good: False,
            engine: |document| policy::allows_admin(document),
            reference: reference::allows_admin,
            requests: None,
        },
        Check {
            name: "allows_service_wildcard",
            good: False,
            engine: |document| policy::allows_service_wildcard(document),
            reference: reference::allows_service_wildcard,
            requests: None,
        },
        Check {
            name: "allows_on_all_resources",
            good: False,
            engine: |document| {
                policy::allows_on_all_resources(document, &["kms:Decrypt", "kms:ReEncrypt*", "kms:CreateGrant"])
            },
            reference: |document| {
                reference::allows_on_all_resources(document, &["kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"])
            },
            requests: None,
        },
        Check {
            name: "allows_service_wildcard_of",
            good: False,
            engine: |document| policy::allows_service_wildcard_of(document, "kms"),
            reference: |document| reference::allows_service_wildcard_of(document, "kms"),
            requests: None,
        },
        Check {
            name: "allows_whole_service",
            good: False,
            engine: |document| policy::allows_whole_service(document, "cloudtrail"),
            reference: reference::allows_whole_service,
            requests: None,
        },
    ];
    ask_about(Subject::Identity, 7_500, &checks);
}

fn opposite(truth: Truth) -> Truth {
    super::reference::evaluate::not(truth)
}

/// The classes of requests lose nothing: one by one, the requests come to the same.
#[test]
fn classes_stand_for_all_requests() {
    for seed in 0..300 {
        let document = generate::document(&mut Random(seed), Subject::Bucket);
        let read = Document::read(&document);
        let question = reference::unknown_principals(&read, &KNOWN, Callers::All);
        assert_eq!(
            question.some_one_by_one(&read, Reading::Wide),
            super::reference::universe::Universe::new(&read, &question, Reading::Wide).some(Goal::Allowed),
            "seed {seed}: {document:#}"
        );
    }
}
