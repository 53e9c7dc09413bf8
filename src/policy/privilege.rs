//! Does a resource policy give more than it names?

use super::answer::PolicyAnswer;
use super::document::ask;
use super::keys::without_root;
use super::space::{Askers, Goal, Space};
use super::targets;
use crate::model::Truth;
use serde_json::Value;

/// Does the policy give somebody actions of the service (such as `s3`) that it does not name?
///
/// Grants of `s3:*` and grants by `NotAction` do: their principal may also change the policy, and do what AWS adds to
/// the service in years to come. The rights that the policy leaves to identity policies by naming the root of the own
/// `account` do not count. Without a policy: false.
pub fn grants_unnamed_actions(policy: &Value, service: &str, account: &str) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let document = without_root(document, account);
        let documents = [&document];
        let asking = Askers::Everyone { known: &[account] };
        let space = Space::new(&[&documents], asking, |mentions| targets::of_unnamed_action(mentions, service));
        PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &|_, _| Truth::True))
    })
}
