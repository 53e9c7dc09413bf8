//! Asks whom the policy of a Lambda function lets call it.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>.

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::document::ask;
use super::public::lets_strangers;
use super::space::{Askers, Goal, Space};
use super::targets;
use super::trust::is_of_service;
use crate::model::Truth;
use serde_json::Value;

/// What only requests to the address of a function have.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>.
const OF_URLS: [&str; 2] = ["lambda:functionurlauthtype", "lambda:invokedviafunctionurl"];

/// Does the policy let the public call or change the function by the API of Lambda?
///
/// A stranger is one as in [`super::is_public`]. Requests to the function's own address, its URL, do not count: whether
/// they need a signature is a setting of the URL. Without a policy: false.
pub fn function_is_public(policy: &Value) -> PolicyAnswer {
    let picks = |action: &str| (action != "lambda:invokefunctionurl").then_some(0);
    ask(policy, Truth::False, |document| lets_strangers(document, "lambda", &picks, &is_by_api))
}

fn is_by_api(axis: &Axis, point: &Point) -> bool {
    let says = |key: &str| axis.value(point, key).unwrap_or_default();
    OF_URLS.iter().all(|key| says(key).iter().all(|value| value.eq_ignore_ascii_case("false")))
}

/// Does the policy let one of the services (such as `s3.amazonaws.com`) call the function? Without a policy: false.
pub fn lets_services_invoke(policy: &Value, services: &[&str]) -> PolicyAnswer {
    let picks = |action: &str| (action == "lambda:invokefunction").then_some(0);
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let asking = Askers::Everyone { known: &[] };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("lambda"), &picks));
        PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &|_, point| is_of_service(point, services)))
    })
}
