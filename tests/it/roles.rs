//! The roles in `deploy/` are enough, and no more.
//!
//! Moto asks nobody for permission: a guard ([`crate::guard`]) between the function and moto lets through what the template's
//! own role allows. With it everything is delivered. Then each action is taken away in turn: what it is for fails, with words
//! that name it, and everything else is delivered all the same. The guard's denials do not say what was denied, so that the
//! words are the product's own.

use std::collections::BTreeSet;

use safeguard::aws::member_operations;
use safeguard::deliver::{self, s3, security_hub, sns};
use safeguard::lambda::SETTINGS_IAM_ACTIONS;
use safeguard::model::{AccountState, GapClass};
use serde_json::{Value, json};

use crate::aws::{self, Credentials};
use crate::deploy::{Stack, code, create, with};
use crate::guard::{Guard, Role, Statement, allow};
use crate::lambda::Function;
use crate::state_machine::Run;

/// The actions of a role that reading accounts has no use for, but for those that only Lambda uses.
fn delivery_actions(stack: &Stack) -> BTreeSet<String> {
    let statements = stack.allowed["FunctionRole"].iter();
    let ours = statements.filter(|statement| !statement.sid.starts_with("Read"));
    let ours = ours.filter(|statement| !["DeadLetters", "Logs"].contains(&statement.sid.as_str()));
    ours.flat_map(|statement| statement.action.all()).cloned().collect()
}

fn strings(actions: &[&str]) -> BTreeSet<String> {
    actions.iter().map(|&action| action.to_owned()).collect()
}

const CONFIG: &str = "/safeguard/config";

/// The function of a stack. Moto reads a denial in a bucket's policy without its condition, here that the request came
/// without TLS: it would deny everything.
fn deployed(credentials: &Credentials, stack: &Stack, guard: &Guard) -> Function {
    let function = Function::of_stack(credentials, stack, &guard.server.url());
    function.call("s3", "DeleteBucketPolicy", &json!({"Bucket": stack.resources["Results"].1}));
    function
}

fn one_account(account: &str) -> (Credentials, Stack) {
    let credentials = aws::moto().account(account);
    let switches = json!({"SecurityHub": "true", "ConfigParameter": CONFIG, "Regions": "us-east-1"});
    let stack = create(&credentials, "single-account.yaml", &with(code(&format!("code-{account}")), &switches));
    (credentials, stack)
}

fn configure(function: &Function, config: &str) {
    function.call("ssm", "PutParameter", &json!({"Name": CONFIG, "Value": config, "Type": "SecureString"}));
}

/// Settings that waive something, in a folder that the role may read.
fn waiving(credentials: &Credentials, bucket: &str) -> Value {
    let put = |name: &str, body: &str| {
        let script = "import boto3, sys\nboto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1').put_object(Bucket=sys.argv[2], Key=sys.argv[3], Body=sys.argv[4])";
        let key = format!("safeguard/config/{name}");
        aws::moto().python_as(credentials, &["-c", script, &aws::moto().url(), bucket, &key, body]);
    };
    put("safeguard.yaml", "select: [s3-bucket-replication]\nwaivers: waivers.yaml\n");
    put(
        "waivers.yaml",
        "waivers:\n  - {rule: s3-bucket-replication, resource: '*', reason: one region is enough, owner: platform, expires: 2099-12-31}\n",
    );
    json!(format!("s3://{bucket}/safeguard/config/"))
}

#[test]
fn the_role_of_one_account_is_enough_for_every_delivery_and_has_no_action_to_spare() {
    let (credentials, stack) = one_account("770000000121");
    let guard = Guard::of(&credentials, &stack, None);
    let function = deployed(&credentials, &stack, &guard);
    configure(&function, "fail_on: high\n");
    let outcome = function.invoke("r-1", json!({"run_id": "whole"})).unwrap();
    assert_eq!(guard.denied(), Vec::<(String, String)>::new());
    let report = function.report(&outcome);
    assert!(report.rules.len() > 50, "every rule: {}", report.rules.len());
    let denied = report.gaps.iter().filter(|gap| gap.class == GapClass::Denied);
    assert_eq!(denied.map(|gap| &gap.operation).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(guard.hub.look(|state| !state.findings.is_empty()));
    assert_eq!(function.heard().len(), 1);

    // What is waived is suppressed, and settings in a folder are listed.
    let place = waiving(&credentials, &stack.resources["Results"].1);
    function.invoke("r-2", json!({"run_id": "waived", "config_s3": place})).unwrap();
    assert_eq!(guard.denied(), Vec::<(String, String)>::new());
    assert!(guard.hub.look(|state| state.updates) > 0);

    let used = guard.used(Role::Function);
    let allowed = delivery_actions(&stack);
    assert_eq!(allowed.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "nothing uses it");
    let by_code = [&s3::IAM_ACTIONS[..], &sns::IAM_ACTIONS, &security_hub::IAM_ACTIONS, &SETTINGS_IAM_ACTIONS];
    assert_eq!(allowed, strings(&[&by_code.concat()[..], &deliver::KMS_ACTIONS].concat()), "the code and the template");
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Delivered {
    objects: bool,
    findings: bool,
    message: bool,
}

#[test]
fn without_an_action_only_its_own_delivery_fails_and_the_error_names_the_action() {
    let (credentials, stack) = one_account("770000000122");
    let guard = Guard::of(&credentials, &stack, None);
    let function = deployed(&credentials, &stack, &guard);
    configure(&function, "select: [s3-bucket-replication]\n");
    let place = waiving(&credentials, &stack.resources["Results"].1);
    let imports = || guard.hub.look(|state| state.imports.len());
    let all = Delivered { objects: true, findings: true, message: true };
    let nothing = || Delivered { objects: false, findings: false, message: false };
    for (action, expected) in [
        ("s3:PutObject", Delivered { objects: false, ..all }),
        ("sns:Publish", Delivered { message: false, ..all }),
        ("securityhub:BatchImportFindings", Delivered { findings: false, ..all }),
        ("securityhub:BatchUpdateFindings", all),
        ("securityhub:GetFindings", all),
        // What the key encrypts: results and messages.
        ("kms:GenerateDataKey", Delivered { findings: true, ..nothing() }),
        // Without these nobody knows whether the run was delivered before, or what to scan: nothing is begun.
        ("s3:GetObject", nothing()),
        ("s3:ListBucket", nothing()),
        ("ssm:GetParameter", nothing()),
    ] {
        let run = action.replace(':', "-");
        // Waivers come from S3 alone, and without them nothing is to be suppressed.
        let event = match action {
            "ssm:GetParameter" => json!({"run_id": run}),
            _ => json!({"run_id": run, "config_s3": place}),
        };
        let before = imports();
        let (ended, denied) = guard.without(action, || function.invoke("r-1", event.clone()));
        let error = ended.expect_err(action);
        let heard = function.heard();
        let words = error["errorMessage"].as_str().unwrap();
        let is_there = |object: &String| object.contains(&format!("run={run}/"));
        let delivered = Delivered {
            objects: function.objects().iter().any(is_there),
            findings: imports() > before,
            message: !heard.is_empty(),
        };
        assert_eq!(delivered, expected, "{action}: {words}");
        assert_eq!(denied, strings(&[action]), "nothing else was denied");
        assert!(words.contains(action), "{action}: {words}");
        for message in heard {
            let told: Value = serde_json::from_str(message["Message"].as_str().unwrap()).unwrap();
            let undelivered = told["undelivered"].as_array().unwrap_or_else(|| panic!("{action}: {told}"));
            assert!(
                undelivered.iter().all(|what| what.as_str().unwrap().contains(action)),
                "{action}: {undelivered:?}"
            );
            assert!(message["Subject"].as_str().unwrap().contains("NOT ALL DELIVERED"), "{message}");
        }

        // With the action back, the next try of the same event delivers the rest.
        let outcome = function.invoke("r-1", event).unwrap_or_else(|error| panic!("{action}: {error}"));
        assert_eq!(outcome.get("undelivered"), None, "{outcome}");
        let done = format!("runs/{run}/own/summary.json");
        assert!(function.objects().contains(&done), "{action}");
        assert_eq!(function.heard().len(), 1, "{action}");
    }
}

/// An organization of two accounts with both templates, and a function that may do what they say.
struct Organization {
    stack: Stack,
    guard: Guard,
    function: Function,
    member: String,
}

impl Organization {
    fn of(account: &str) -> Self {
        let credentials = aws::moto().account(account);
        let own = json!({
            "ExternalId": "an-external-id", "OrganizationId": "o-abcdefghij", "Regions": "us-east-1",
            "ConfigParameter": CONFIG,
        });
        let stack = create(&credentials, "organization.yaml", &with(code(&format!("code-{account}")), &own));
        let unguarded = Guard::of(&credentials, &stack, None);
        let function = deployed(&credentials, &stack, &unguarded);
        function.call("organizations", "CreateOrganization", &json!({"FeatureSet": "ALL"}));
        let asked = json!({"AccountName": "member", "Email": "member@example.com"});
        let created = function.call("organizations", "CreateAccount", &asked);
        let member = created["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned();
        let parameters = json!({"ScannerAccountId": account, "ExternalId": "an-external-id"});
        let role = create(&aws::moto().account(&member), "member-role.yaml", &parameters);
        assert_eq!(
            role.trusts["Role"][0]["Condition"]["ArnEquals"]["aws:PrincipalArn"],
            format!("arn:aws:iam::{account}:role/{}", stack.resources["FunctionRole"].1),
            "it trusts the function's role"
        );
        let guard = Guard::of(&credentials, &stack, Some(&role));
        let function = deployed(&credentials, &stack, &guard);
        configure(&function, "select: [\"service:s3\", \"service:iam\"]\n");
        Self { stack, guard, function, member }
    }

    fn run(&self, id: &str) -> (Run<'_>, Result<Value, Value>) {
        let mut run = Run::of(&self.function, "nobody");
        let ended = run.machine(&self.stack.definitions[0], json!({"run_id": id}));
        (run, ended)
    }

    /// The state of each account in the run's report, the scanner's own first, and why the member was not read.
    fn states(&self, outcome: &Value) -> ([AccountState; 2], String) {
        let report = self.function.report(outcome);
        let rows = report.organization.unwrap().accounts;
        let (member, own): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.account == self.member);
        ([own[0].state, member[0].state], member[0].reason.clone().unwrap_or_default())
    }
}

#[test]
fn the_roles_of_an_organization_are_enough_and_have_no_action_to_spare() {
    let organization = Organization::of("770000000123");
    let (run, ended) = organization.run("whole");
    let outcome = ended.unwrap();
    assert_eq!(organization.guard.denied(), Vec::<(String, String)>::new());
    let (states, _) = organization.states(&outcome);
    assert_eq!(states, [AccountState::Complete; 2]);

    let used = organization.guard.used(Role::Function);
    let allowed = delivery_actions(&organization.stack);
    assert_eq!(allowed.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "nothing uses it");
    let listing = member_operations().iter().flat_map(|operation| operation.iam_actions).copied();
    let by_code: Vec<&str> = [&s3::IAM_ACTIONS[..], &SETTINGS_IAM_ACTIONS, &deliver::KMS_ACTIONS, &["sts:AssumeRole"]]
        .concat()
        .into_iter()
        .chain(listing)
        .collect();
    assert_eq!(allowed, strings(&by_code), "the code and the template");
    let by_member = organization.guard.used(Role::Member);
    assert!(by_member.contains("s3:ListAllMyBuckets") && by_member.len() > 10, "{by_member:?}");

    let roles = organization.stack.allowed["FunctionRole"].iter();
    let conditions: Vec<&Value> =
        roles.map(|statement| &statement.condition).filter(|condition| !condition.is_null()).collect();
    assert_eq!(conditions, [&json!({"StringEquals": {"aws:ResourceOrgID": "o-abcdefghij"}})], "the guard sees none");

    let machine = &organization.stack.allowed["StateMachineRole"];
    let actions: BTreeSet<&str> = run.demanded.iter().map(|(action, _)| *action).collect();
    assert_eq!(actions, ["lambda:InvokeFunction", "s3:GetObject", "sns:Publish"].into());
    for (action, resource) in &run.demanded {
        assert!(allow(machine, action, resource), "the state machine may not {action} on {resource}");
    }
    assert!(!allow(
        machine,
        "s3:GetObject",
        &outcome["objects"][0].as_str().unwrap().replace("s3://", "arn:aws:s3:::")
    ));
}

#[test]
fn without_an_action_only_what_it_is_for_is_missing_from_an_organizations_result() {
    let organization = Organization::of("770000000124");
    let guard = &organization.guard;
    let ((_, ended), denied) = guard.without("sts:AssumeRole", || organization.run("closed"));
    let outcome = ended.unwrap();
    assert_eq!(denied, strings(&["sts:AssumeRole"]));
    let (states, reason) = organization.states(&outcome);
    assert_eq!(states, [AccountState::Complete, AccountState::NotRead]);
    assert!(reason.contains("sts:AssumeRole"), "{reason}");
    assert_eq!(outcome["is_complete"], false);

    for action in member_operations().iter().flat_map(|operation| operation.iam_actions) {
        let ((_, ended), denied) = guard.without(action, || organization.run(&action.replace(':', "-")));
        assert_eq!(denied, strings(&[action]));
        match ended {
            Err(error) => assert!(error["errorMessage"].as_str().unwrap().contains(action), "{action}: {error}"),
            Ok(outcome) => {
                let gaps = organization.function.report(&outcome).gaps;
                assert!(gaps.iter().any(|gap| gap.iam_actions == [*action]), "{action}: {gaps:?}");
                assert_eq!(outcome["is_complete"], false);
            }
        }
    }

    for action in ["s3:PutObject", "s3:GetObject", "s3:ListBucket", "ssm:GetParameter", "kms:GenerateDataKey"] {
        let ((_, ended), denied) = guard.without(action, || organization.run(&action.replace(':', "-")));
        let error = ended.expect_err(action);
        assert!(error["errorMessage"].as_str().unwrap().contains(action), "{action}: {error}");
        assert_eq!(denied, strings(&[action]));
    }
}

#[test]
fn a_resource_that_a_statement_does_not_name_is_denied() {
    let statement = json!({"Sid": "Results", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": "arn:aws:s3:::results/safeguard/*"});
    let statements: Vec<Statement> = vec![serde_json::from_value(statement).unwrap()];
    assert!(allow(&statements, "s3:PutObject", "arn:aws:s3:::results/safeguard/runs/x"));
    for (action, resource) in [
        ("s3:DeleteObject", "arn:aws:s3:::results/safeguard/runs/x"),
        ("s3:PutObject", "arn:aws:s3:::results/elsewhere"),
        ("s3:PutObject", "arn:aws:s3:::results-2/safeguard/x"),
    ] {
        assert!(!allow(&statements, action, resource), "{action} on {resource}");
    }
}
