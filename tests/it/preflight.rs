//! `safeguard preflight`: IAM is asked first, and where it may not be, one region is tried.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::aws::{self, Credentials};
use crate::fault::{self, Fault};
use crate::http::{Reply, Server};
use crate::product::{Output, Product};
use crate::proxy::Answers;
use crate::wire::{Call, parameter};

const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/Audit/me";

fn preflight(url: &str, flags: &[&str]) -> Output {
    let product = Product::against(url, &Credentials::any()).with("AWS_REGION", "us-east-1");
    product.run(&[&["preflight", "--format", "json", "--quiet"], flags].concat())
}

/// The permissions in this state.
fn in_state<'a>(found: &'a Value, state: &str) -> Vec<&'a str> {
    let permissions = found["permissions"].as_array().unwrap().iter();
    permissions.filter(|one| one["state"] == state).map(|one| one["action"].as_str().unwrap()).collect()
}

fn undecided(found: &Value) -> Vec<&str> {
    found["undecided"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect()
}

/// AWS as far as a simulation needs it: these actions are not allowed, and nothing else is answered, not even the path of
/// the role. Without a list the simulation is denied, too.
fn simulator(denied: Option<&'static [&'static str]>, sources: &Arc<Mutex<Vec<String>>>) -> Server {
    let sources = Arc::clone(sources);
    // The first use builds what tells operations apart, which takes longer than a call may.
    aws::wire();
    Server::start(move |request| {
        let Some(call) = aws::wire().identify(request) else { return Reply::new(404, "text/plain", "?") };
        match (call.operation.as_str(), denied) {
            ("GetCallerIdentity", _) => Reply::new(
                200,
                "text/xml",
                format!(
                    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{SESSION}</Arn><UserId>AROA:me</UserId>\
                     <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
                ),
            ),
            ("SimulatePrincipalPolicy", Some(denied)) => {
                let asked = |name: &str| parameter(request, name);
                sources.lock().unwrap().extend(asked("PolicySourceArn"));
                let numbers = 1..;
                let names = numbers.map_while(|number| asked(&format!("ActionNames.member.{number}")));
                simulated(&names.collect::<Vec<_>>(), asked("Marker").is_some(), denied)
            }
            _ => denial(&call),
        }
    })
}

/// The answer in two pages.
fn simulated(names: &[String], second: bool, denied: &[&str]) -> Reply {
    let (first_half, second_half) = names.split_at(names.len().div_ceil(2));
    let results: String = if second { second_half } else { first_half }
        .iter()
        .map(|name| {
            let decision = if denied.contains(&&**name) { "implicitDeny" } else { "allowed" };
            format!("<member><EvalActionName>{name}</EvalActionName><EvalDecision>{decision}</EvalDecision></member>")
        })
        .collect();
    let more = if second { "" } else { "<Marker>more</Marker>" };
    Reply::new(
        200,
        "text/xml",
        format!(
            "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>{}</IsTruncated>{more}\
             <EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>\
             </SimulatePrincipalPolicyResponse>",
            !second
        ),
    )
}

fn denial(call: &Call) -> Reply {
    fault::error(call, 403, "AccessDenied", "not authorized")
}

#[test]
fn iam_is_asked_what_it_would_allow() {
    let sources = Arc::default();
    let server = simulator(Some(&["s3:GetBucketPolicy"]), &sources);
    let output = preflight(&server.url(), &[]);
    let found = output.json.unwrap_or_else(|| panic!("{}", output.stderr));
    assert_eq!(output.code, 11, "{}", output.stderr);
    assert_eq!(found["method"], "simulated");
    assert_eq!(found["caller"], SESSION);
    assert_eq!(in_state(&found, "denied"), ["s3:GetBucketPolicy"]);
    assert!(in_state(&found, "allowed").len() > 50 && in_state(&found, "not_known").is_empty());
    assert!(undecided(&found).contains(&"s3-bucket-tls-only") && !undecided(&found).contains(&"kms-key-rotation"));
    let sources = sources.lock().unwrap();
    assert!(sources.len() > 2, "two batches in two pages each: {sources:?}");
    assert!(sources.iter().all(|source| source == "arn:aws:iam::123456789012:role/Audit"), "{sources:?}");
}

#[test]
fn with_every_permission_the_exit_code_is_zero() {
    let server = simulator(Some(&[]), &Arc::default());
    let output = preflight(&server.url(), &["--select", "service:s3"]);
    let found = output.json.unwrap_or_else(|| panic!("{}", output.stderr));
    assert_eq!((output.code, undecided(&found).len()), (0, 0), "{}", output.stderr);
    let product = Product::against(&server.url(), &Credentials::any()).with("AWS_REGION", "us-east-1");
    let words = product.run(&["preflight", "--select", "service:s3"]).stdout;
    assert!(words.contains("IAM was asked") && words.contains("Every permission is there"), "{words}");
    assert!(words.contains("does not see session policies"), "{words}");
}

#[test]
fn one_region_is_tried_where_iam_may_not_be_asked() {
    let answers = Answers::of(aws::moto().address());
    aws::estate();
    let simulate = |call: &Call| call.operation == "SimulatePrincipalPolicy";
    let proxy =
        answers.replay(move |call| (simulate(call) || call.operation == "GetBucketPolicy").then_some(Fault::Denied));
    let output = preflight(&proxy.url(), &["--select", "service:s3,service:kms"]);
    let found = output.json.unwrap_or_else(|| panic!("{}", output.stderr));
    assert_eq!((output.code, &found["method"]), (11, &Value::from("tried")), "{}", output.stderr);
    assert!(found["not_simulated"].is_string(), "{found}");
    assert_eq!(in_state(&found, "denied"), ["s3:GetBucketPolicy"]);
    assert!(undecided(&found).contains(&"s3-bucket-tls-only") && !undecided(&found).contains(&"kms-key-rotation"));
    assert_eq!(in_state(&found, "not_known"), Vec::<&str>::new());

    let nothing = answers.replay(move |call| simulate(call).then_some(Fault::Denied));
    let output = preflight(&nothing.url(), &["--select", "service:s3,service:kms"]);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
}

#[test]
fn a_denied_simulation_is_said_and_everything_denied_is_counted() {
    let server = simulator(None, &Arc::default());
    let output = preflight(&server.url(), &["--select", "kms-key-rotation,s3-bucket-versioning"]);
    let found = output.json.unwrap_or_else(|| panic!("{}", output.stderr));
    assert_eq!((output.code, &found["method"]), (11, &Value::from("tried")), "{}", output.stderr);
    assert!(found["not_simulated"].as_str().unwrap().contains("access denied"), "{found}");
    assert_eq!(in_state(&found, "denied"), ["kms:ListAliases", "kms:ListKeys", "s3:ListAllMyBuckets"]);
    assert_eq!(undecided(&found), ["kms-key-rotation", "s3-bucket-versioning"]);
    // Regions that are named are read without a list of them.
    assert_eq!(in_state(&found, "not_needed"), ["account:ListRegions"]);
    assert!(in_state(&found, "allowed").is_empty(), "{found}");
}

#[test]
fn what_could_not_be_tried_is_not_known() {
    let answers = Answers::of(aws::moto().address());
    aws::estate();
    let proxy = answers.replay(|call| (call.operation == "ListBuckets").then_some(Fault::Denied));
    let output = preflight(&proxy.url(), &["--try", "--select", "s3-bucket-tls-only"]);
    let found = output.json.unwrap_or_else(|| panic!("{}", output.stderr));
    assert_eq!((output.code, found.get("not_simulated")), (11, None));
    assert_eq!(in_state(&found, "denied"), ["s3:ListAllMyBuckets"]);
    assert_eq!(in_state(&found, "not_known"), ["s3:GetBucketLocation", "s3:GetBucketPolicy"]);
}

#[test]
fn without_credentials_nothing_is_claimed() {
    let output = Product::alone().with("AWS_REGION", "us-east-1").run(&["preflight"]);
    assert_eq!((output.code, output.stdout.as_str()), (1, ""));
    assert!(output.stderr.contains("nothing was found out"), "{}", output.stderr);
}
