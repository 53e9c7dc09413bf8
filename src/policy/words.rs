//! Requests in words, for people who have no IAM documentation at hand.

use super::answer::PolicyAnswer;
use super::context;
use super::examples::{OTHER, OTHER_ACTION, OTHER_PREFIX, OTHER_PROVIDER, OTHER_ROLE, OTHER_SERVICE, OTHER_USER};
use super::request::{AccessRequest, Caller};
use super::space::{FoundRequest, Goal, RequestsFound, Space};
use crate::model::{Arn, Truth, Witness};

impl PolicyAnswer {
    /// The answer that there is such a request, or that there is none.
    pub(super) fn exists(space: &Space<'_>, outcome: RequestsFound) -> Self {
        let mut notes = Vec::new();
        if outcome.exists == Truth::Unknown {
            notes = space.doubts();
            if outcome.gave_up && outcome.requests.is_empty() {
                notes.push("the policy tells more requests apart than this program looks at".to_owned());
            }
        }
        let witnesses = outcome.requests.iter().map(|found| witness(space, outcome.goal, found)).collect();
        Self { truth: outcome.exists, witnesses, notes }
    }
}

impl std::ops::Not for PolicyAnswer {
    type Output = Self;
    fn not(self) -> Self {
        Self { truth: !self.truth, ..self }
    }
}

fn witness(space: &Space<'_>, goal: Goal, found: &FoundRequest) -> Witness {
    let AccessRequest { caller, action, resource, context } = &found.request;
    let allowing = found.allowed_by.iter().map(|at| {
        let verb = if found.certain { "allows" } else { "may allow" };
        format!("{} {verb} it", space.label(*at))
    });
    let statements = allowing.chain(space.why_not_denied(&found.request)).collect();
    let mut who = who(caller, &space.other_account);
    // A request through an endpoint of a VPC does not come from the internet.
    if ["aws:sourcevpce", "aws:sourcevpc"].iter().any(|key| context.get(*key).is_some_and(|own| !own.is_empty())) {
        who = who.replace(" on the internet", "");
    }
    let (action_, resource_) = (which(action), what(action, resource));
    let mut text = match (goal, caller) {
        (Goal::Allowed, _) => format!("{who} can call {action_} on {resource_}"),
        // The question is not whether it is granted.
        (Goal::NotDenied, _) => format!("no statement that was looked at denies {who} {action_} on {resource_}"),
    };
    for part in circumstances(space, &found.request) {
        text.push_str(&part);
    }
    // A key that no statement looks at is left out, save plain HTTP, which the question may be about.
    let is_plain = context.get(context::SECURE_TRANSPORT).is_some_and(|values| values.iter().any(|one| one == "false"));
    let keeps = |key: &String| space.mentions.has(key) || is_plain && key == context::SECURE_TRANSPORT;
    Witness {
        text,
        certain: found.certain,
        principal: principal(caller),
        action: action.clone(),
        resource: resource.clone(),
        context: context.iter().filter(|(key, _)| keeps(key)).map(|(key, own)| (key.clone(), own.clone())).collect(),
        statements,
    }
}

fn principal(caller: &Caller) -> String {
    match caller {
        Caller::Anonymous => "anonymous".to_owned(),
        Caller::Aws { arn, session, .. } => session.clone().unwrap_or_else(|| arn.clone()),
        Caller::Service(name) | Caller::Federated(name) | Caller::CanonicalUser(name) => name.clone(),
        Caller::Bearer => "bearer".to_owned(),
    }
}

fn who(caller: &Caller, other_account: &str) -> String {
    match caller {
        Caller::Anonymous => "anyone on the internet".to_owned(),
        Caller::Aws { account, .. } if account == other_account => {
            format!("any AWS account (such as {other_account})")
        }
        Caller::Aws { account, arn, session: None } if arn.ends_with(OTHER_ROLE) => {
            format!("any role of account {account}")
        }
        Caller::Aws { account, arn, session: None } if arn.ends_with(OTHER_USER) => {
            format!("any user of account {account}")
        }
        Caller::Aws { .. } => principal(caller),
        Caller::Service(name) if name == OTHER_SERVICE => "any AWS service".to_owned(),
        Caller::Service(name) => format!("the AWS service {name}"),
        Caller::Federated(name) if name == OTHER_PROVIDER => "anyone with any identity provider".to_owned(),
        Caller::Federated(name) => format!("someone signed in with {name}"),
        Caller::CanonicalUser(id) => format!("the owner of canonical user id {id}"),
        Caller::Bearer => "the bearer".to_owned(),
    }
}

fn which(action: &str) -> String {
    match action.split_once(':') {
        Some((OTHER_PREFIX, OTHER_ACTION)) => "any action".to_owned(),
        Some((service, OTHER_ACTION)) => format!("any action of {service}"),
        _ => action.to_owned(),
    }
}

/// The resource; one that stands for all of its form is called by the form.
fn what(action: &str, resource: &str) -> String {
    let form = Arn::parse(resource).and_then(|arn| arn.resource.strip_suffix(OTHER));
    match (resource, form) {
        ("*" | "arn:any-other", _) => match action.split(':').next() {
            Some("sts") => "the role".to_owned(),
            Some("kms") => "the key".to_owned(),
            _ => "the resource".to_owned(),
        },
        (_, None) => resource.to_owned(),
        (_, Some("")) if resource.contains(":s3:::") => "any bucket".to_owned(),
        (_, Some("")) => "any resource".to_owned(),
        (_, Some(form)) => match form.strip_suffix(['/', ':']) {
            Some(kind) if !kind.contains(['/', ':', '*']) && !resource.contains(":s3:::") => format!("any {kind}"),
            _ => resource.to_owned(),
        },
    }
}

/// The further circumstances of the request that a reader needs.
fn circumstances(space: &Space<'_>, request: &AccessRequest) -> Vec<String> {
    let value = |key: &str| request.context.get(key).and_then(|values| values.first()).map(String::as_str);
    let mut parts = Vec::new();
    match (value(context::SECURE_TRANSPORT), value(context::TLS_VERSION)) {
        (Some("false"), _) => parts.push(" over plain HTTP".to_owned()),
        (_, Some(version)) if space.mentions.has(context::TLS_VERSION) => parts.push(format!(" with TLS {version}")),
        _ => {}
    }
    // The two are told apart by the words above and by the caller.
    let told = |key: &str| context::OF_TRANSPORT.contains(&key) || context::OF_CALLERS.contains(&key);
    for (key, values) in request.context.iter().filter(|(key, _)| !told(key)) {
        let values = values.join(", ");
        parts.push(match (&key[..], values.is_empty()) {
            ("aws:multifactorauthpresent", true) => " without MFA".to_owned(),
            (_, true) => continue,
            ("aws:sourceip", _) => format!(" from {values}"),
            ("aws:sourcevpce", _) => format!(" through VPC endpoint {values}"),
            ("aws:sourcevpc", _) => format!(" from VPC {values}"),
            ("aws:sourcearn" | "aws:sourceaccount", _) => format!(" on behalf of {values}"),
            ("aws:multifactorauthpresent", _) if values == "false" => " without MFA".to_owned(),
            _ => format!(" with {key} = {values}"),
        });
    }
    if let Some(organization) = value("aws:principalorgid") {
        parts.push(format!(" from organization {organization}"));
    }
    parts
}
