//! The rules of this build.

use std::collections::BTreeMap;

use safeguard::catalog::Catalog;
use safeguard::model::{Resource, RuleInfo, Verdict};
use safeguard::rule::functions::{self, Accepts};
use safeguard::rule::lint::lint_builtin;
use safeguard::rule::{Context, DefinedValues, Inventory, Rule, RuleSet, Trace};
use safeguard::scan;
use serde_json::{Value, json};

#[test]
fn nothing_is_wrong_with_any_built_in_rule() {
    let problems = lint_builtin(&scan::kinds(), &Catalog::builtin().unwrap());
    assert!(problems.is_empty(), "{}", problems.iter().map(|problem| format!("{problem}\n\n")).collect::<String>());
}

const NOW: &str = "2026-01-01T00:00:00Z";
const TRAIL: &str = "AWS::CloudTrail::Trail";
const ARN: &str = "arn:aws:cloudtrail:us-east-1:123456789012:trail/audit";

/// A trail that has all that any rule asks of one.
fn good_trail() -> Value {
    json!({
        "TrailName": "audit", "Arn": ARN, "HomeRegion": "us-east-1", "S3BucketName": "trail-logs", "S3KeyPrefix": null,
        "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": true, "IsOrganizationTrail": true,
        "EnableLogFileValidation": true, "KMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/1", "IsLogging": true,
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:trail:*", "Tags": [],
        "LatestDeliveryTime": "2025-12-31T23:55:00Z", "LatestDeliveryError": null,
        "LatestCloudWatchLogsDeliveryTime": "2025-12-31T23:55:00Z", "LatestCloudWatchLogsDeliveryError": null,
        "LatestDigestDeliveryTime": "2025-12-31T23:55:00Z", "LatestDigestDeliveryError": null,
        "HasCustomEventSelectors": true, "EventSelectors": [], "AdvancedEventSelectors": [
            {"Name": null, "FieldSelectors": [selector("eventCategory", "Management")]},
            {"Name": null, "FieldSelectors": [
                selector("eventCategory", "Data"), selector("resources.type", "AWS::S3::Object")]},
            network("s3.amazonaws.com"), network("kms.amazonaws.com"), network("secretsmanager.amazonaws.com"),
        ],
        "InsightSelectors": [
            {"InsightType": "ApiCallRateInsight", "EventCategories": []},
            {"InsightType": "ApiErrorRateInsight", "EventCategories": []},
        ],
    })
}

fn selector(field: &str, value: &str) -> Value {
    json!({
        "Field": field, "Equals": [value], "StartsWith": [], "EndsWith": [], "NotEquals": [], "NotStartsWith": [],
        "NotEndsWith": [],
    })
}

fn network(source: &str) -> Value {
    let fields = [selector("eventCategory", "NetworkActivity"), selector("eventSource", source)];
    json!({"Name": null, "FieldSelectors": fields})
}

/// The trail with other facts.
fn changed(changes: &Value) -> Value {
    let mut trail = good_trail();
    for (name, value) in changes.as_object().unwrap() {
        trail[name] = value.clone();
    }
    trail
}

/// The account, a region and a bucket, of which rules ask whether a trail records them.
fn judged(kind: &str) -> Option<Value> {
    Some(match kind {
        "AWS::Account" => json!({
            "AccountId": "123456789012", "PublicAccessBlockConfiguration": null,
            "Organization": {"Id": "o-a1b2c3d4e5", "ManagementAccountId": "123456789012"},
        }),
        "AWS::Region" => json!({"RegionName": "eu-west-1"}),
        "AWS::S3::Bucket" => json!({
            "BucketName": "records", "Arn": "arn:aws:s3:::records", "BucketRegion": "us-east-1",
            "LoggingConfiguration": null, "ObjectLockConfiguration": null,
            "VersioningConfiguration": {"Status": null, "MFADelete": null},
        }),
        _ => return None,
    })
}

/// What every built-in rule about an account, a region or a bucket says that looks for trails, where this is the only
/// one there is.
fn verdicts_with(trail: &Value) -> BTreeMap<String, Verdict> {
    let kinds = scan::kinds();
    let rules = RuleSet::builtin(&kinds, &Catalog::builtin().unwrap()).unwrap();
    let looking = rules.iter().filter(|rule| rule.needs().populations.contains(TRAIL));
    let mut verdicts = BTreeMap::new();
    for rule in looking {
        let Some(facts) = judged(&rule.kind) else { continue };
        let bucket = resource("AWS::S3::Bucket", "records", judged("AWS::S3::Bucket").unwrap());
        let resources = [resource(&rule.kind, "judged", facts), resource(TRAIL, "audit", trail.clone()), bucket];
        let others = if rule.kind == "AWS::S3::Bucket" { &resources[..2] } else { &resources[..] };
        let verdict = judge(rule, &resources[0], others, &mut Trace::off());
        verdicts.insert(rule.id.clone(), verdict);
    }
    verdicts
}

fn resource(kind: &str, id: &str, facts: Value) -> Resource {
    let text = str::to_owned;
    let (account, region) = ("123456789012".parse().unwrap(), "us-east-1".parse().unwrap());
    Resource { kind: text(kind), id: text(id), arn: None, account, region, facts }
}

fn judge(rule: &Rule, judged: &Resource, all: &[Resource], trace: &mut Trace) -> Verdict {
    let kinds: Vec<String> = scan::kinds().names().map(str::to_owned).collect();
    let inventory = Inventory::with_kinds(all, kinds.iter().map(String::as_str), |_| true).with_scope(|_| Some(true));
    let context = Context {
        resource: judged,
        in_phi_scope: Some(true),
        params: rule.param_values(),
        now: NOW.parse().unwrap(),
        account: "123456789012",
        inventory: &inventory,
        defined: DefinedValues::default(),
    };
    rule.judge(&context, trace).unwrap()
}

#[test]
fn what_a_function_looks_at_is_evidence_and_what_it_may_look_at_is_collected() {
    let kinds = scan::kinds();
    let rules = RuleSet::builtin(&kinds, &Catalog::builtin().unwrap()).unwrap();
    let rule = rules.get("cloudtrail-multi-region-trail").unwrap();
    for fact in ["IsLogging", "LatestDeliveryError", "AdvancedEventSelectors", "HasCustomEventSelectors"] {
        assert!(rule.needs().facts.contains(&(TRAIL.to_owned(), fact.to_owned())), "{fact}");
    }
    let stopped = resource(TRAIL, "audit", changed(&json!({"IsLogging": false})));
    let all = [resource("AWS::Account", "123456789012", judged("AWS::Account").unwrap()), stopped];
    let mut trace = Trace::on();
    assert_eq!(judge(rule, &all[0], &all, &mut trace), Verdict::Fail);
    let reads: Vec<String> = trace.reads().into_iter().map(|read| read.path).collect();
    assert_eq!(reads, ["IncludeGlobalServiceEvents", "IsLogging", "IsMultiRegionTrail"]);
}

#[test]
fn a_dead_trail_passes_no_rule_that_looks_for_a_trail() {
    let alive = verdicts_with(&good_trail());
    let passed: Vec<&String> =
        alive.iter().filter(|(_, verdict)| **verdict == Verdict::Pass).map(|(id, _)| id).collect();
    assert!(passed.len() >= 10, "a good trail passes what there is to pass: {alive:#?}");
    let nothing_but_one_bucket = json!({"AdvancedEventSelectors": [], "EventSelectors": [{
        "ReadWriteType": "All", "IncludeManagementEvents": false, "ExcludeManagementEventSources": [],
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::elsewhere/"]}],
    }]});
    for dead in [
        json!({"IsLogging": false}),
        json!({"LatestDeliveryError": "NoSuchBucket", "LatestDeliveryTime": "2025-11-02T08:00:00Z"}),
        json!({"LatestDeliveryError": "AccessDenied"}),
        json!({"LatestDeliveryTime": null}),
        json!({"IsMultiRegionTrail": false, "HomeRegion": "us-west-2"}),
        nothing_but_one_bucket,
    ] {
        let verdicts = verdicts_with(&changed(&dead));
        let wrong: Vec<_> = verdicts.iter().filter(|(_, verdict)| **verdict == Verdict::Pass).collect();
        assert!(wrong.is_empty(), "{dead}: {wrong:#?}");
    }
}

/// A function that is given a whole resource says which facts it reads, so that they are collected for its rules.
#[test]
fn functions_read_only_facts_that_a_collector_gives() {
    let kinds = scan::kinds();
    for parameter in functions::all().flat_map(|function| function.parameters) {
        for accepts in parameter.accepts {
            let Accepts::Resource(resources) = accepts else { continue };
            for (kind, facts) in *resources {
                let schema = kinds.get(kind).unwrap_or_else(|| panic!("{kind}")).schema().as_value();
                for fact in *facts {
                    assert!(schema["properties"].get(*fact).is_some(), "{kind} has no {fact}");
                }
            }
        }
    }
}

/// The built-in rules that judge resources of this kind.
fn rules_on(kind: &str) -> Vec<RuleInfo> {
    let rules = RuleSet::builtin(&scan::kinds(), &Catalog::builtin().unwrap()).unwrap();
    scan::rule_infos(&rules).into_iter().filter(|rule| rule.kind == kind).collect()
}

/// Who keeps a role is decided once, by the collector: each rule says which of its two answers matters. Whom a role trusts is
/// asked whoever keeps it.
#[test]
fn rules_on_roles_and_inline_policies_say_what_they_do_with_those_that_aws_keeps() {
    for rule in ["AWS::IAM::Role", "AWS::IAM::Policy"].into_iter().flat_map(rules_on) {
        if rule.pass.contains("resource.AssumeRolePolicyDocument") || rule.pass.contains("resource.MaxSessionDuration")
        {
            continue;
        }
        let when = rule.when.as_deref().unwrap_or_default();
        let says = ["resource.ManagedBy == null", "!resource.HasRightsOfAWS"].iter().any(|words| when.contains(words));
        assert!(says, "{} judges roles that only AWS can change", rule.id);
    }
}

/// A permissions boundary grants nothing, and a policy that allows everything belongs to one rule.
#[test]
fn rules_on_what_a_policy_allows_leave_out_boundaries_and_administrators() {
    for rule in ["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"].into_iter().flat_map(rules_on) {
        let when = rule.when.as_deref().unwrap_or_default();
        if !rule.pass.contains("!allows_") {
            continue;
        }
        if rule.kind == "AWS::IAM::ManagedPolicy" && when.contains("!resource.IsAWSManaged") {
            assert!(when.contains("resource.PermissionsBoundaryUsageCount == 0"), "{} judges boundaries", rule.id);
        }
        if !rule.pass.contains("!allows_admin(") {
            assert!(when.contains("!allows_admin(resource.PolicyDocument)"), "{} judges administrators", rule.id);
        }
    }
}
