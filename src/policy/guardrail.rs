//! Policies of an organization: do they take an action away from everyone below them, or from everyone outside?

use std::sync::LazyLock;

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::bearer::{ResourcePlaces, unnamed};
use super::condition::{KeyCondition, Operand};
use super::document::{ask, is_fixed};
use super::mentions::Mentions;
use super::request::Caller;
use super::space::{Askers, Goal, Space};
use super::targets;
use crate::model::Truth;
use serde_json::{Value, json};

/// The key by which such policies spare an administrator.
const PRINCIPAL: &str = "aws:principalarn";

/// Is each of the actions (such as `cloudtrail:StopLogging`) explicitly denied to everyone, on resources that no
/// statement names and in every circumstance, save principals that the policy spares by name?
///
/// Policies usually spare some roles or users by a condition on `aws:PrincipalArn`, because somebody must be able to
/// change what is protected. A pattern that says nothing about the name, such as `arn:aws:iam::*:role/*`, spares too
/// many to count. A Deny that holds for some principals, regions or circumstances only leaves the action to others.
/// Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>.
pub fn denies_actions(policy: &Value, actions: &[&str]) -> PolicyAnswer {
    denies(policy, actions, &|_, _| Truth::True)
}

/// Is each of the actions denied, as in [`denies_actions`], wherever it is asked of a region beside these?
///
/// Source:
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html>.
pub fn denies_actions_outside_regions(policy: &Value, actions: &[&str], regions: &[&str]) -> PolicyAnswer {
    denies(policy, actions, &|axis, point| match axis.value(point, REQUESTED_REGION) {
        Some(values) => Truth::from(!values.iter().any(|value| regions.contains(&value.as_str()))),
        None => Truth::True,
    })
}

const REQUESTED_REGION: &str = "aws:requestedregion";

fn denies(policy: &Value, actions: &[&str], concerns: &dyn Fn(&Axis, &Point) -> Truth) -> PolicyAnswer {
    if let Some(unclear) = unclear(actions) {
        return unclear;
    }
    ask(or_empty(policy), Truth::False, |document| {
        let documents = [document];
        let space = Space::new(&[&documents], Askers::Bearer, |mentions| {
            let places = ResourcePlaces::new(mentions);
            targets::these(actions.iter().flat_map(|action| unnamed(&places, action)))
        });
        let counts = |axis: &Axis, point: &Point| {
            let by_principal = match axis.value(point, PRINCIPAL) {
                Some([]) => Truth::False,
                Some(values) => Truth::from(!values.iter().any(|value| is_spared(&space.mentions, value))),
                None => Truth::True,
            };
            by_principal.and(concerns(axis, point))
        };
        !PolicyAnswer::exists(&space, space.exists(Goal::NotDenied, &counts))
    })
}

/// Does the policy, a resource control policy, deny each of the actions to everyone outside of the organization but AWS
/// services, on resources that no statement names?
///
/// Partners may be spared by their account (`aws:PrincipalAccount`), and principals and resources by a tag, because the
/// author chose these. Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html>.
pub fn denies_outsiders(policy: &Value, organization: &str, actions: &[&str]) -> PolicyAnswer {
    if let Some(unclear) = unclear(actions) {
        return unclear;
    }
    ask(or_empty(policy), Truth::False, |document| {
        let documents = [document];
        let space = Space::new(&[&documents], Askers::Everyone { known: &[] }, |mentions| {
            let places = ResourcePlaces::new(mentions);
            targets::these(actions.iter().flat_map(|action| unnamed(&places, action)))
        });
        let is_named = |key: &str, value: &String| space.mentions.lists(key, value, |_, written| is_fixed(written));
        let counts = |axis: &Axis, point: &Point| {
            if let Some(caller) = &point.caller {
                let spared = axis.value(point, "aws:principalaccount").into_iter().flatten();
                let is_spared = spared.into_iter().any(|account| is_named("aws:principalaccount", account));
                let is_inside = ["aws:principalorgid", "aws:principalorgpaths"].iter().any(|key| {
                    let values = axis.value(point, key).unwrap_or_default();
                    values.iter().any(|value| value.split('/').next() == Some(organization))
                });
                let is_asked = matches!(caller, Caller::Aws { .. } | Caller::Anonymous);
                return Truth::from(is_asked && !is_spared && !is_inside);
            }
            let tags =
                axis.keys.iter().zip(&point.values).filter(|(key, _)| TAGS.iter().any(|tag| key.starts_with(tag)));
            let is_tagged = tags.into_iter().any(|(key, values)| values.iter().any(|value| is_named(key, value)));
            Truth::from(!is_tagged)
        };
        !PolicyAnswer::exists(&space, space.exists(Goal::NotDenied, &counts))
    })
}

const TAGS: [&str; 2] = ["aws:principaltag/", "aws:resourcetag/"];

/// The reason why there is no answer about these actions, if there is one.
fn unclear(actions: &[&str]) -> Option<PolicyAnswer> {
    if actions.is_empty() {
        return Some(PolicyAnswer::unclear("no action is named".to_owned()));
    }
    let other = actions.iter().find(|action| !is_action(action))?;
    Some(PolicyAnswer::unclear(format!("{other:?} is no action of a service")))
}

/// No policy at all is one without statements.
fn or_empty(policy: &Value) -> &Value {
    static NONE: LazyLock<Value> = LazyLock::new(|| json!({"Statement": []}));
    if policy.is_null() { &NONE } else { policy }
}

/// A service and a name, without wildcards.
fn is_action(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(service, name)| !service.is_empty() && !name.is_empty() && !text.contains(['*', '?']))
}

/// Is this principal one that a condition names?
fn is_spared(mentions: &Mentions<'_>, principal: &str) -> bool {
    let names = |condition: &KeyCondition| {
        condition.operands().iter().zip(&condition.values).any(|(operand, written)| {
            matches!(operand, Operand::Text(glob) if glob.matches(principal)) && names_somebody(written)
        })
    };
    mentions.conditions(PRINCIPAL).any(names)
}

/// Does the last part of the ARN say more than that it may be anything?
fn names_somebody(pattern: &str) -> bool {
    let name = pattern.rsplit(['/', ':']).next().unwrap_or_default();
    name.chars().any(|character| !matches!(character, '*' | '?'))
}
