//! Asks IAM whether calls would be allowed, instead of making them.
//!
//! `iam:SimulatePrincipalPolicy` evaluates the identity policies and the permissions boundary of the caller's user or
//! role, and says what the organization's service control policies make of it, where it can tell. It sees no session
//! policy, no policy of a resource (of a bucket, of a KMS key), no region, and no service that is switched off. It
//! cannot be asked about the root user or a federated user.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>.

use std::collections::BTreeMap;

use serde_json::json;

use super::connect::{self, Live, Purpose, Regions};
use super::operation::Operation;
use super::service_reader::ServiceReader;
use super::told::Given;
use super::wire::object;
use crate::Result;
use crate::model::{AccountId, Arn};

/// The operations that only a preflight calls. None is needed: without them it finds out otherwise.
pub const OPERATIONS: [&Operation; 2] = [&GET_ROLE, &SIMULATE_PRINCIPAL_POLICY];

const GET_ROLE: Operation = Operation { service: "iam", name: "GetRole", iam_actions: &["iam:GetRole"], yields: &[] };
const SIMULATE_PRINCIPAL_POLICY: Operation = Operation {
    service: "iam",
    name: "SimulatePrincipalPolicy",
    iam_actions: &["iam:SimulatePrincipalPolicy"],
    yields: &[],
};

/// Actions in one request.
const BATCH: usize = 50;

/// What IAM says about the caller.
#[derive(Debug)]
pub struct Simulation {
    /// The account that the caller acts in.
    pub account: AccountId,
    /// The caller's ARN, as AWS STS names it.
    pub caller: String,
    /// What would become of each action, or why that could not be asked.
    pub decisions: Result<BTreeMap<String, Decision>, String>,
}

/// What would become of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is allowed.
    Allowed,
    /// It is denied, and by what.
    Denied(&'static str),
}

/// Asks IAM about these actions of whoever calls.
///
/// # Errors
/// When the caller's identity cannot be read.
pub async fn simulate(live: &Live, actions: &[&str]) -> Result<Simulation> {
    // Which regions there are does not matter here, and is not asked.
    let regions = if live.regions == Regions::All { Regions::Default } else { live.regions.clone() };
    let live = Live { regions, ..live.clone() };
    let session = connect::open(&live, Purpose::default()).await?;
    let iam = ServiceReader::new(session.global(), "iam");
    let decisions = match Simulated::of(session.caller()) {
        Simulated::Itself(arn) => ask(&iam, &arn, actions).await,
        Simulated::Role { name, without_path } => {
            let arn = role_arn(&iam, &name).await.unwrap_or(without_path);
            ask(&iam, &arn, actions).await
        }
        Simulated::Unasked(reason) => Err(reason.to_owned()),
    };
    Ok(Simulation { account: *session.account(), caller: session.caller().to_owned(), decisions })
}

/// Whose policies decide about a caller.
#[derive(Debug, PartialEq, Eq)]
enum Simulated {
    /// An IAM user, whose policies are its own.
    Itself(String),
    /// The role that a session was made of. A session's ARN does not tell the role's path.
    Role { name: String, without_path: String },
    /// Nobody whom IAM can be asked about.
    Unasked(&'static str),
}

impl Simulated {
    fn of(caller: &str) -> Self {
        let Some(arn) = Arn::parse(caller) else {
            return Self::Unasked("AWS did not say who the caller is");
        };
        let mut steps = arn.resource.split('/');
        match (arn.service, steps.next(), steps.next()) {
            ("iam", Some("user" | "role"), Some(_)) => Self::Itself(caller.to_owned()),
            ("sts", Some("assumed-role"), Some(name)) => Self::Role {
                name: name.to_owned(),
                without_path: Arn { service: "iam", region: "", resource: &format!("role/{name}"), ..arn }.to_string(),
            },
            ("iam", Some("root"), None) => Self::Unasked("IAM cannot be asked about the root user"),
            ("sts", Some("federated-user"), Some(_)) => Self::Unasked("IAM cannot be asked about a federated user"),
            _ => Self::Unasked("IAM cannot be asked about this kind of caller"),
        }
    }
}

/// The role's ARN with its path; `None` when that may not be asked.
async fn role_arn(iam: &ServiceReader, name: &str) -> Option<String> {
    let answer = iam.call(&GET_ROLE, &[], object([("RoleName", name)])).await.ok()?;
    Given(&answer).text("Role.Arn").map(str::to_owned)
}

async fn ask(iam: &ServiceReader, arn: &str, actions: &[&str]) -> Result<BTreeMap<String, Decision>, String> {
    let mut decisions = BTreeMap::new();
    for batch in actions.chunks(BATCH) {
        let mut marker = None;
        loop {
            let mut input = object([("PolicySourceArn", json!(arn)), ("ActionNames", json!(batch))]);
            input.extend(marker.take().map(|marker: String| ("Marker".to_owned(), marker.into())));
            let page = iam.call(&SIMULATE_PRINCIPAL_POLICY, &[], input).await.map_err(|failure| {
                let failure = failure.failure;
                format!("iam:SimulatePrincipalPolicy {}: {}", failure.class.in_words(), failure.code)
            })?;
            let page = Given(&page);
            let results = page.list("EvaluationResults");
            decisions.extend(
                results.filter_map(|result| Some((result.text("EvalActionName")?.to_owned(), decision(result)))),
            );
            let is_truncated = page.get("IsTruncated").is_some_and(|flag| flag.0 == true);
            marker = page.text("Marker").filter(|_| is_truncated).map(str::to_owned);
            if marker.is_none() {
                break;
            }
        }
    }
    Ok(decisions)
}

fn decision(result: Given<'_>) -> Decision {
    // What a policy of the organization or a boundary does not say that it allows, it does not allow.
    let is_denied_by = |detail: &str, allowed: &str| {
        result.get(detail).is_some_and(|detail| detail.get(allowed).is_none_or(|allowed| allowed.0 != true))
    };
    if is_denied_by("OrganizationsDecisionDetail", "AllowedByOrganizations") {
        return Decision::Denied("a policy of the organization denies it, or none allows it");
    }
    if is_denied_by("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary") {
        return Decision::Denied("the permissions boundary does not allow it");
    }
    match result.text("EvalDecision") {
        Some("allowed") => Decision::Allowed,
        Some("explicitDeny") => Decision::Denied("a policy denies it explicitly"),
        _ => Decision::Denied("no policy allows it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_asked_about_as_its_role() {
        let role = Simulated::of("arn:aws-us-gov:sts::123456789012:assumed-role/Audit/me@example.com");
        let without_path = "arn:aws-us-gov:iam::123456789012:role/Audit".to_owned();
        assert_eq!(role, Simulated::Role { name: "Audit".to_owned(), without_path });
        let user = "arn:aws:iam::123456789012:user/ops/auditor";
        assert_eq!(Simulated::of(user), Simulated::Itself(user.to_owned()));
    }

    #[test]
    fn some_callers_cannot_be_asked_about() {
        for caller in
            ["arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:federated-user/eve", "", "arn:aws:sts::1:x/y"]
        {
            assert!(matches!(Simulated::of(caller), Simulated::Unasked(_)), "{caller}");
        }
    }

    #[test]
    fn what_denies_is_named() {
        let decided = |decision: &str| json!({"EvalActionName": "s3:GetBucketPolicy", "EvalDecision": decision});
        assert_eq!(decision(Given(&decided("allowed"))), Decision::Allowed);
        let denied = |result: &serde_json::Value| match decision(Given(result)) {
            Decision::Denied(by) => by,
            Decision::Allowed => "allowed",
        };
        assert_eq!(denied(&decided("implicitDeny")), "no policy allows it");
        assert_eq!(denied(&decided("explicitDeny")), "a policy denies it explicitly");
        let mut by_organization = decided("allowed");
        by_organization["OrganizationsDecisionDetail"] = json!({"AllowedByOrganizations": false});
        assert!(denied(&by_organization).contains("organization"));
        let mut by_boundary = decided("implicitDeny");
        by_boundary["PermissionsBoundaryDecisionDetail"] = json!({"AllowedByPermissionsBoundary": false});
        assert!(denied(&by_boundary).contains("boundary"));
    }
}
