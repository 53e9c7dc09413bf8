//! Before a scan: which rules these credentials leave undecided, and which permission would decide them.
//!
//! IAM is asked first, because its answer costs a second and no call of the scan. Where IAM cannot be asked, one
//! region is read as a scan reads it, and what AWS denied is counted. Each answer says how it is known. Neither way
//! sees everything: see [`NOT_SEEN_BY_SIMULATION`] and [`NOT_SEEN_BY_TRYING`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::permissions::Permissions;
use super::{Live, Progress};
use crate::Result;
use crate::aws::Operation;
use crate::aws::simulate::{self, Decision};
use crate::collect;
use crate::model::{AccountId, CallOutcome, GapClass, Snapshot};

/// The limits of a simulation.
pub const NOT_SEEN_BY_SIMULATION: &str = "a simulation does not see session policies, policies of resources (bucket and key \
     policies may deny what is allowed here), conditions on the region, and some service control policies";

/// The limits of a trial.
pub const NOT_SEEN_BY_TRYING: &str = "one region was tried: another one may be denied to these credentials, and so may a \
     resource that did not exist yet";

/// The method by which the answers were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// IAM was asked what it would allow.
    Simulated,
    /// One region was read.
    Tried,
}

/// The state of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionState {
    /// It is not.
    Denied,
    /// The call failed for another reason, so nobody knows.
    NotKnown,
    /// There was nothing to ask about, so that it was not needed.
    NotNeeded,
    /// It is.
    Allowed,
}

/// One permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// The IAM action.
    pub action: String,
    /// The state of the permission.
    pub state: PermissionState,
    /// The reason why it is missing, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The operations that need it: `s3:GetBucketPolicy`.
    pub operations: Vec<String>,
    /// The rules that may be unknown without it.
    pub rules: Vec<String>,
}

/// A rule that may be unknown, and what would decide it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undecided {
    /// The rule's id.
    pub rule: String,
    /// The IAM actions that are missing.
    pub actions: Vec<String>,
}

/// The result of a preflight.
#[derive(Debug, Serialize)]
pub struct Preflight {
    /// The account: twelve digits.
    pub account: AccountId,
    /// The ARN of whoever asked.
    pub caller: String,
    /// The method by which it was found.
    pub method: Method,
    /// The reason why IAM was not asked, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_simulated: Option<String>,
    /// The limits of this way of asking.
    pub not_seen: &'static str,
    /// The number of rules that are selected.
    pub rule_count: usize,
    /// The rules that may be unknown.
    pub undecided: Vec<Undecided>,
    /// Every permission that the selected rules need, sorted by action.
    pub permissions: Vec<Permission>,
}

impl Preflight {
    /// Tells whether every permission is there, as far as this way of asking can tell.
    pub fn is_complete(&self) -> bool {
        self.permissions
            .iter()
            .all(|permission| matches!(permission.state, PermissionState::Allowed | PermissionState::NotNeeded))
    }
}

/// Asks IAM, or tries one region if IAM cannot be asked or `try_anyway`.
///
/// # Errors
/// When the caller's identity cannot be read: then nothing is claimed.
pub async fn preflight(
    live: &Live,
    permissions: &Permissions<'_>,
    try_anyway: bool,
    progress: &dyn Progress,
) -> Result<Preflight> {
    let not_simulated = if try_anyway {
        None
    } else {
        progress.phase("asking IAM");
        let actions: Vec<&str> = permissions.actions().into_keys().collect();
        let simulation = simulate::simulate(live, &actions).await?;
        match simulation.decisions {
            Ok(decisions) => {
                let (account, caller) = (simulation.account, simulation.caller);
                return Ok(found(permissions, account, caller, Method::Simulated, None, |action, _| {
                    simulated(&decisions, action)
                }));
            }
            Err(reason) => Some(reason),
        }
    };
    let plan = super::plan(permissions.rules, permissions.kinds, permissions.phi_scope);
    let (caller, snapshot) = collect::try_one_region(live, plan, progress).await?;
    let account = snapshot.header.account;
    let ended = Ended::of(&snapshot);
    Ok(found(permissions, account, caller, Method::Tried, not_simulated, |_, operations| ended.of_any(operations)))
}

type PermissionAnswer = (PermissionState, Option<String>);

fn simulated(decisions: &BTreeMap<String, Decision>, action: &str) -> PermissionAnswer {
    match decisions.get(action) {
        Some(Decision::Allowed) => (PermissionState::Allowed, None),
        Some(Decision::Denied(by)) => (PermissionState::Denied, Some((*by).to_owned())),
        None => (PermissionState::NotKnown, Some("IAM said nothing about it".to_owned())),
    }
}

/// The results of the calls of a trial.
struct Ended<'a> {
    failed: BTreeMap<(&'a str, &'a str), (GapClass, &'a str)>,
    answered: BTreeSet<(&'a str, &'a str)>,
    /// The things that failed calls left unread: lists of kinds, and facts with their kind (`AWS::S3::Bucket.*` for
    /// all of one).
    lists: BTreeSet<&'a str>,
    facts: BTreeSet<&'a str>,
}

impl<'a> Ended<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let mut failed: BTreeMap<_, (GapClass, &str)> = BTreeMap::new();
        for gap in &snapshot.gaps {
            let worst = failed.entry((&*gap.service, &*gap.operation)).or_insert((gap.class, &gap.code));
            if is_denial(gap.class) {
                *worst = (gap.class, &gap.code);
            }
        }
        let answered = snapshot.calls.iter().filter(|call| call.outcome != CallOutcome::Failed);
        Self {
            failed,
            answered: answered.map(|call| (&*call.service, &*call.operation)).collect(),
            lists: snapshot.gaps.iter().flat_map(|gap| &gap.population).map(String::as_str).collect(),
            facts: snapshot.gaps.iter().flat_map(|gap| &gap.facts).map(String::as_str).collect(),
        }
    }

    fn of_any(&self, operations: &[&Operation]) -> PermissionAnswer {
        operations.iter().map(|operation| self.of_one(operation)).min().unwrap_or((PermissionState::NotNeeded, None))
    }

    fn of_one(&self, operation: &Operation) -> PermissionAnswer {
        let name = (operation.service, operation.name);
        match self.failed.get(&name) {
            Some((class, code)) => {
                let state = if is_denial(*class) { PermissionState::Denied } else { PermissionState::NotKnown };
                (state, Some(format!("{} ({code})", class.in_words())))
            }
            None if self.answered.contains(&name) => (PermissionState::Allowed, None),
            None if self.was_kept_from(operation) => {
                (PermissionState::NotKnown, Some("it could not be tried, because a call before it failed".to_owned()))
            }
            None => (PermissionState::NotNeeded, Some("there was nothing to ask about".to_owned())),
        }
    }

    /// Tells whether a call that was not made may have been needed, had another one not failed.
    fn was_kept_from(&self, operation: &Operation) -> bool {
        let facts = operation.fact_names();
        let kinds = facts.iter().filter_map(|fact| fact.rsplit_once('.')).map(|(kind, _)| kind);
        facts.iter().any(|fact| self.facts.contains(fact.as_str()))
            || kinds
                .into_iter()
                .any(|kind| self.lists.contains(kind) || self.facts.contains(format!("{kind}.*").as_str()))
    }
}

fn is_denial(class: GapClass) -> bool {
    matches!(class, GapClass::Denied | GapClass::DeniedByOrganization)
}

fn found(
    permissions: &Permissions<'_>,
    account: AccountId,
    caller: String,
    method: Method,
    not_simulated: Option<String>,
    answer: impl Fn(&str, &[&Operation]) -> PermissionAnswer,
) -> Preflight {
    let mut answers = Vec::new();
    let mut undecided: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (action, operations) in permissions.actions() {
        let (state, reason) = answer(action, &operations);
        let rules = permissions.undecided_without(&operations);
        if matches!(state, PermissionState::Denied | PermissionState::NotKnown) {
            rules.iter().for_each(|rule| undecided.entry(rule).or_default().push(action.to_owned()));
        }
        let names = operations.iter().map(|operation| format!("{}:{}", operation.service, operation.name));
        answers.push(Permission {
            action: action.to_owned(),
            state,
            reason,
            operations: names.collect::<BTreeSet<_>>().into_iter().collect(),
            rules: rules.into_iter().map(str::to_owned).collect(),
        });
    }
    Preflight {
        account,
        caller,
        method,
        not_simulated,
        not_seen: match method {
            Method::Simulated => NOT_SEEN_BY_SIMULATION,
            Method::Tried => NOT_SEEN_BY_TRYING,
        },
        rule_count: permissions.rules.len(),
        undecided: undecided.into_iter().map(|(rule, actions)| Undecided { rule: rule.to_owned(), actions }).collect(),
        permissions: answers,
    }
}
