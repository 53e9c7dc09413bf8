//! Service control policies: do they take an action away from everyone below them?

use super::answer::Answer;
use super::condition::{Condition, Operand};
use super::document::ask;
use super::identity::{Places, unnamed};
use super::space::{Asking, Goal, Space};
use super::targets;
use super::universe::{Axis, Mentions, Point};
use crate::model::Truth;
use serde_json::{Value, json};

/// The key by which such policies spare an administrator.
const PRINCIPAL: &str = "aws:principalarn";

/// Is each of the actions (such as `cloudtrail:StopLogging`) explicitly denied to everyone, on resources that no statement
/// names and in every circumstance, save principals that the policy spares by name?
///
/// To spare somebody is usual, because somebody must be able to change what is protected: a condition on
/// `aws:PrincipalArn` that names roles or users. A pattern that says nothing about the name, such as
/// `arn:aws:iam::*:role/*`, spares too many to count. A Deny that holds for some principals, regions or circumstances only
/// leaves the action to others. Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>.
pub fn denies_actions(policy: &Value, actions: &[&str]) -> Answer {
    if actions.is_empty() {
        return Answer::unclear("no action is named".to_owned());
    }
    if let Some(other) = actions.iter().find(|action| !is_action(action)) {
        return Answer::unclear(format!("{other:?} is no action of a service"));
    }
    // No policy at all is one without statements.
    let none = json!({"Statement": []});
    let policy = if policy.is_null() { &none } else { policy };
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let space = Space::new(&[&documents], Asking::Bearer, |mentions| {
            let places = Places::new(mentions);
            targets::these(actions.iter().flat_map(|action| unnamed(&places, action)))
        });
        let counts = |axis: &Axis, point: &Point| match axis.value(point, PRINCIPAL) {
            Some([]) => Truth::False,
            Some(values) => Truth::from(!values.iter().any(|value| is_spared(&space.mentions, value))),
            None => Truth::True,
        };
        !Answer::exists(&space, space.exists(Goal::NotDenied, &counts))
    })
}

/// A service and a name, without wildcards.
fn is_action(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(service, name)| !service.is_empty() && !name.is_empty() && !text.contains(['*', '?']))
}

/// Is this principal one that a condition names?
fn is_spared(mentions: &Mentions<'_>, principal: &str) -> bool {
    let names = |condition: &Condition| {
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
