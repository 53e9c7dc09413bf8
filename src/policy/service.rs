//! Asks whether an AWS service gets in by a resource policy with one request that it really makes.

use std::collections::BTreeMap;

use super::answer::PolicyAnswer;
use super::document::{Effect, ParsedPolicy, Statement, ask};
use super::request::{AccessRequest, Caller};
use crate::model::Truth;
use serde_json::Value;

/// Keys that requests of AWS services lack: they describe somebody of an account, or a network.
const LACKING: [&str; 11] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "aws:multifactorauthpresent",
];

/// One request of an AWS service.
#[derive(Debug, Clone, Copy)]
pub struct ServiceRequest<'a> {
    /// Such as `cloudtrail.amazonaws.com`.
    pub service: &'a str,
    /// Such as `s3:PutObject`.
    pub action: &'a str,
    /// The ARN that the action is on.
    pub resource: &'a str,
    /// The account for which the service asks.
    pub account: &'a str,
    /// The resource on whose behalf the service asks, as `aws:SourceArn` names it.
    pub source_arn: &'a str,
}

/// Does the policy let the request through? Unknown where a condition depends on something else than who asks for whom.
/// Without a policy: false.
///
/// CloudTrail's requests carry the canned list `bucket-owner-full-control`, and the trail as encryption context.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html>.
pub fn lets_service(policy: &Value, request: &ServiceRequest<'_>) -> PolicyAnswer {
    ask(policy, Truth::False, |document| decide(document, request))
}

fn decide(document: &ParsedPolicy, asked: &ServiceRequest<'_>) -> PolicyAnswer {
    let request = request(asked);
    let matching = |effect: Effect| {
        let statements = document.statements.iter().filter(move |statement| statement.effect == effect);
        statements.map(|statement| matches(&request, statement)).fold(Truth::False, Truth::or)
    };
    let truth = matching(Effect::Allow).and(!matching(Effect::Deny));
    if truth == Truth::Unknown {
        return PolicyAnswer::undecided(&format!(
            "whether the policy lets {} call {} depends on more than who asks for whom",
            asked.service, asked.action
        ));
    }
    truth.into()
}

/// A condition on a key that is not known to be sent leaves it open, unless something else decides.
fn matches(request: &AccessRequest, statement: &Statement) -> Truth {
    let mut known = statement.clone();
    known.conditions.retain(|condition| request.context.contains_key(&condition.key));
    let rest = if known.conditions.len() < statement.conditions.len() { Truth::Unknown } else { Truth::True };
    request.matched_by(&known).and(rest)
}

fn request(asked: &ServiceRequest<'_>) -> AccessRequest {
    let mut context: BTreeMap<String, Vec<String>> = LACKING.map(|key| (key.to_owned(), Vec::new())).into();
    let mut set = |key: &str, value: &str| drop(context.insert(key.to_owned(), vec![value.to_owned()]));
    set("aws:sourcearn", asked.source_arn);
    set("aws:sourceaccount", asked.account);
    set("aws:principalisawsservice", "true");
    set("aws:principalservicename", asked.service);
    set("aws:securetransport", "true");
    // No service of AWS speaks an older one; that all speak a newer one is not promised.
    set("s3:tlsversion", "1.2");
    if asked.service == "cloudtrail.amazonaws.com" {
        set("s3:x-amz-acl", "bucket-owner-full-control");
        set("kms:encryptioncontext:aws:cloudtrail:arn", asked.source_arn);
    }
    let text = str::to_owned;
    let caller = Caller::Service(text(asked.service));
    AccessRequest { caller, action: text(asked.action), resource: text(asked.resource), context }
}
