//! The templates in `deploy/`: they pass cfn-lint, their stacks can be created, and Safeguard finds nothing wrong with them
//! but what `deploy/waivers.yaml` says and why.
//!
//! Moto's CloudFormation knows neither bucket policies nor alarms, subscriptions and the policies of queues and topics.
//! `tests/bed/deploy.py` sets the bucket policies and the alarms from the template; the others are held against their schemas
//! by cfn-lint, and no rule judges them yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::OnceLock;

use safeguard::model::{Finding, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::{self, Credentials};
use crate::guard::Statement;
use crate::product::Product;
use crate::proxy::Answers;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/deploy.py");
const TEMPLATES: [&str; 3] = ["member-role.yaml", "organization.yaml", "single-account.yaml"];
/// What moto creates nothing for.
const UNKNOWN_TO_MOTO: [&str; 5] = [
    "AWS::CloudWatch::Alarm",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
];

/// A stack in moto.
#[derive(Deserialize)]
pub struct Stack {
    /// Type and physical id by logical id.
    pub resources: BTreeMap<String, (String, String)>,
    skipped: BTreeSet<String>,
    pub definitions: Vec<Value>,
    /// What each role's policies allow, by its logical id.
    pub allowed: BTreeMap<String, Vec<Statement>>,
    /// Whom each role trusts, by its logical id.
    pub trusts: BTreeMap<String, Value>,
    /// The alarms in CloudWatch, by logical id.
    alarms: BTreeMap<String, Value>,
    /// The function's variables.
    pub environment: BTreeMap<String, String>,
}

fn template(name: &str) -> String {
    format!("{ROOT}/deploy/{name}")
}

pub fn create(credentials: &Credentials, name: &str, parameters: &Value) -> Stack {
    let (path, stack) = (template(name), name.trim_end_matches(".yaml"));
    let arguments = [BED, "create", &aws::moto().url(), &path, stack, &parameters.to_string()];
    let stack: Stack = serde_json::from_slice(&aws::moto().python_as(credentials, &arguments)).unwrap();
    let known: BTreeSet<String> = UNKNOWN_TO_MOTO.map(str::to_owned).into();
    assert!(stack.skipped.is_subset(&known), "moto left out more than this test says: {:?}", stack.skipped);
    stack
}

pub fn code(bucket: &str) -> Value {
    json!({"CodeBucket": bucket, "CodeKey": "safeguard-1.zip"})
}

pub fn with(mut parameters: Value, more: &Value) -> Value {
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    parameters
}

/// What Safeguard says of the stack's own resources.
fn findings(credentials: &Credentials, stack: &Stack) -> Vec<Finding> {
    let waivers = template("waivers.yaml");
    let proxy = Answers::of(aws::moto().address()).record();
    let product = Product::against(&proxy.url(), credentials);
    let selected = "service:s3,service:kms,service:iam";
    let output =
        product.scan(&["--region", "us-east-1", "--select", selected, "--waivers", &waivers, "--format", "json"]);
    let ids: BTreeSet<&str> = stack.resources.values().map(|(_, id)| id.as_str()).collect();
    let is_ours = |finding: &Finding| {
        let names = [&finding.resource.id, &finding.resource.arn];
        names.into_iter().flatten().any(|name| ids.contains(name.as_str()))
    };
    output.report().findings.into_iter().filter(is_ours).collect()
}

/// Every kind that rules judge is there, nothing of it is unknown, and no failure is without a waiver.
fn assert_in_order(findings: &[Finding], kinds: &[&str]) {
    let judged: BTreeSet<&str> = (findings.iter().filter(|finding| finding.verdict == Verdict::Pass))
        .map(|finding| finding.resource.kind.as_str())
        .collect();
    assert!(kinds.iter().all(|kind| judged.contains(kind)), "{judged:?}");
    let told = |wanted: &dyn Fn(&Finding) -> bool| -> Vec<String> {
        let shown = |finding: &Finding| format!("{} {:?}: {}", finding.rule, finding.resource.id, finding.message);
        findings.iter().filter(|finding| wanted(finding)).map(shown).collect()
    };
    assert_eq!(told(&Finding::is_open_failure), Vec::<String>::new());
    assert_eq!(told(&|finding| finding.verdict == Verdict::Unknown), Vec::<String>::new());
}

const BUILT: [&str; 4] = ["AWS::S3::Bucket", "AWS::KMS::Key", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"];

#[test]
fn every_template_passes_cfn_lint() {
    let found: BTreeSet<String> = fs::read_dir(format!("{ROOT}/deploy"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| fs::read_to_string(path).is_ok_and(|text| text.starts_with("AWSTemplateFormatVersion")))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, TEMPLATES.map(str::to_owned).into(), "a template that nothing tests");
    let paths = TEMPLATES.map(template);
    let output = aws::script(BED, &[&["lint"], &paths.each_ref().map(String::as_str)[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_stack_of_one_account_passes_our_own_rules() {
    let credentials = aws::moto().account("770000000101");
    let stack = create(&credentials, "single-account.yaml", &code("code-770000000101"));
    let findings = findings(&credentials, &stack);
    assert_in_order(&findings, &BUILT);
    let waived = findings.iter().filter(|finding| finding.waiver.is_some());
    let mut waived: Vec<&str> = waived.map(|finding| finding.rule.as_str()).collect();
    waived.sort_unstable();
    let expected = ["s3-bucket-replication", "s3-bucket-replication"];
    assert_eq!(waived, expected, "each waiver is needed");
}

#[test]
fn with_everything_switched_on_it_does_too() {
    let credentials = aws::moto().account("770000000102");
    let switches = json!({
        "ObjectLock": "COMPLIANCE", "SecurityHub": "true", "ConfigParameter": "/safeguard/config",
        "AlarmEmail": "security@example.com", "Regions": "us-east-1,eu-central-1",
    });
    let stack = create(&credentials, "single-account.yaml", &with(code("code-770000000102"), &switches));
    let findings = findings(&credentials, &stack);
    assert_in_order(&findings, &BUILT);
    let results = &stack.resources["Results"].1;
    let locked =
        |finding: &&Finding| finding.rule == "s3-bucket-object-lock" && finding.resource.id.as_ref() == Some(results);
    assert_eq!(findings.iter().find(locked).map(|finding| finding.verdict), Some(Verdict::Pass));
}

/// The organization's stack, with what its state machine is.
pub fn organization() -> &'static (Credentials, Stack) {
    static ORGANIZATION: OnceLock<(Credentials, Stack)> = OnceLock::new();
    ORGANIZATION.get_or_init(|| {
        let credentials = aws::moto().account("770000000103");
        let own = json!({"ExternalId": "an-external-id", "OrganizationId": "o-abcdefghij", "Regions": "us-east-1"});
        let stack = create(&credentials, "organization.yaml", &with(code("code-770000000103"), &own));
        (credentials, stack)
    })
}

#[test]
fn the_organizations_stack_passes_our_own_rules() {
    let (credentials, stack) = organization();
    assert_in_order(&findings(credentials, stack), &BUILT);
}

#[test]
fn the_role_in_each_account_passes_our_own_rules_and_allows_what_a_scan_reads() {
    let credentials = aws::moto().account("770000000104");
    let parameters = json!({"ScannerAccountId": "770000000103", "ExternalId": "an-external-id"});
    let stack = create(&credentials, "member-role.yaml", &parameters);
    assert_in_order(&findings(&credentials, &stack), &["AWS::IAM::Role", "AWS::IAM::ManagedPolicy"]);
}

/// The longest that CloudWatch looks back, by the length of one period: seven days, or one where it is less than an hour.
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>.
fn longest_look_back(period: u64) -> u64 {
    const DAY: u64 = 24 * 3600;
    if period >= 3600 { 7 * DAY } else { DAY }
}

#[test]
fn alarms_tell_the_topic_and_ask_cloudwatch_for_no_more_than_it_looks_back() {
    let organization = json!({"ExternalId": "an-external-id", "OrganizationId": "o-abcdefghij"});
    for (account, name, more, hours, watched, metric) in [
        ("770000000105", "single-account.yaml", &json!({}), "25", "Function", "Invocations"),
        ("770000000106", "single-account.yaml", &json!({}), "168", "Function", "Invocations"),
        ("770000000107", "organization.yaml", &organization, "168", "StateMachine", "ExecutionsStarted"),
    ] {
        let parameters = with(with(code(&format!("code-{account}")), more), &json!({"HoursWithoutRun": hours}));
        let stack = create(&aws::moto().account(account), name, &parameters);
        assert!(stack.alarms.len() > 2, "{name}");
        for (id, alarm) in &stack.alarms {
            let number = |field: &str| alarm[field].as_u64().unwrap();
            let window = number("Period") * number("EvaluationPeriods");
            assert!(window <= longest_look_back(number("Period")), "{name}: {id} looks back {window} seconds");
            assert_eq!(alarm["AlarmActions"], json!([stack.resources["Topic"].1]), "{name}: {id}");
        }
        let alarm = &stack.alarms["NoRunAlarm"];
        assert_eq!((&alarm["MetricName"], &alarm["TreatMissingData"]), (&json!(metric), &json!("breaching")));
        assert_eq!(alarm["Dimensions"][0]["Value"], json!(stack.resources[watched].1));
        // One run in all those hours is enough, and no hour fewer than all without one is an alarm.
        let hours: u64 = hours.parse().unwrap();
        assert_eq!((&alarm["EvaluationPeriods"], &alarm["DatapointsToAlarm"]), (&json!(hours), &json!(hours)));
        assert_eq!((&alarm["Period"], &alarm["Threshold"]), (&json!(3600), &json!(1.0)));
        assert_eq!(alarm["ComparisonOperator"], "LessThanThreshold");
        assert!(alarm["AlarmDescription"].as_str().unwrap().contains(&format!("{hours} hours")), "{alarm}");
    }
}

#[test]
fn a_schedule_that_is_too_rare_for_cloudwatch_goes_without_that_alarm() {
    let credentials = aws::moto().account("770000000108");
    let stack = create(
        &credentials,
        "single-account.yaml",
        &with(code("code-770000000108"), &json!({"HoursWithoutRun": "0", "ScheduleExpression": "rate(30 days)"})),
    );
    assert!(!stack.alarms.contains_key("NoRunAlarm") && stack.alarms.contains_key("ErrorAlarm"));
}

#[test]
fn the_state_machine_is_one_that_step_functions_takes() {
    let (_, stack) = organization();
    let [definition] = stack.definitions.as_slice() else { panic!("one state machine") };
    assert_eq!(complaints(definition), "");
    assert_eq!(lost_states(definition), Vec::<String>::new());
    let map = &definition["States"]["ScanAccounts"];
    assert_eq!(map["ItemProcessor"]["ProcessorConfig"]["Mode"], "DISTRIBUTED");
    assert_eq!((&map["ToleratedFailurePercentage"], &map["MaxConcurrency"]), (&json!(100), &json!(20)));

    let mut broken = definition.clone();
    broken["States"]["ListAccounts"]["Next"] = json!("Nowhere");
    assert_eq!(lost_states(&broken), ["Nowhere"]);
    broken["States"]["Merge"].as_object_mut().unwrap().remove("Next");
    assert!(complaints(&broken).contains("E3601"), "cfn-lint reads the definition");
}

/// What cfn-lint has against a definition.
fn complaints(definition: &Value) -> String {
    let output = aws::script(BED, &["lint-definition", &definition.to_string()]);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Names that lead to no state; cfn-lint does not look.
fn lost_states(machine: &Value) -> Vec<String> {
    let states = machine["States"].as_object().unwrap();
    let next = states.values().filter_map(|state| state["Next"].as_str()).chain(machine["StartAt"].as_str());
    let lost = next.filter(|name| !states.contains_key(*name)).map(str::to_owned);
    let inner = states.values().filter(|state| state["ItemProcessor"].is_object());
    lost.chain(inner.flat_map(|state| lost_states(&state["ItemProcessor"]))).collect()
}

#[test]
fn templates_set_variables_that_the_function_reads() {
    let source = fs::read_to_string(format!("{ROOT}/src/lambda/environment.rs")).unwrap();
    for name in ["organization.yaml", "single-account.yaml"] {
        let text = fs::read_to_string(template(name)).unwrap();
        let set: Vec<&str> = text.lines().filter_map(|line| line.trim().split_once(':')).map(|(key, _)| key).collect();
        let variables: Vec<&&str> = set.iter().filter(|key| key.starts_with("SAFEGUARD_")).collect();
        assert!(variables.contains(&&"SAFEGUARD_RESULTS"), "{name}: {variables:?}");
        for variable in variables {
            assert!(source.contains(&format!("\"{variable}\"")), "{name}: nothing reads {variable}");
        }
    }
}
