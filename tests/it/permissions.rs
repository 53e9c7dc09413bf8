//! Least privilege, exact: the generated policy is enough, and nothing in it is too much.
//!
//! A proxy stands for IAM. It denies every call whose operation needs an action that is not allowed, so that a policy is
//! tried by what it lets through. First the policy as a whole; then every action in turn is taken away, and exactly the
//! rules that were predicted to hang on it lose verdicts: of those that read the kinds of which it tells (see
//! [`crate::narrow`]), and for some actions of all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, OnceLock};

use safeguard::aws::Operation;
use safeguard::catalog::Catalog;
use safeguard::model::{Kinds, Report, Verdict};
use safeguard::rule::{RuleSet, Selection};
use safeguard::scan::PhiScope;
use safeguard::scan::permissions::Permissions;

use crate::at_once::problems_of;
use crate::aws;
use crate::fault::Fault;
use crate::narrow;
use crate::product::{Output, Product};
use crate::proxy::{Answers, Proxy};
use crate::wire::Call;

const CONFIG: &str = "phi_scope: {tags: {DataClassification: [phi]}}\n";

/// Rules that are decided on the sample account although the action is missing: action, rules (`*` for all), reason. A
/// condition is unknown only if what was read does not decide it.
#[rustfmt::skip]
const DECIDED_ALL_THE_SAME: &[(&str, &[&str], &str)] = &[
    ("iam:GenerateCredentialReport", &["*"], "a report that someone else had made is read all the same"),
    ("account:ListRegions", &[
        "account-phi-resources-classified", "cloudtrail-baseline-trail", "cloudtrail-insights", "cloudtrail-multi-region-trail",
        "s3-bucket-access-logging", "s3-bucket-object-lock",
    ], "what the one region that is read has decides about the account or the bucket"),
    ("cloudtrail:DescribeTrails", &["s3-bucket-object-lock"], "no bucket lacks only a default retention"),
    ("cloudtrail:DescribeTrails", &["cloudtrail-event-data-store-retention"], DATA_EVENTS),
    ("cloudtrail:GetTrailStatus", &["cloudtrail-event-data-store-retention"], DATA_EVENTS),
    ("cloudtrail:GetEventSelectors", &["cloudtrail-event-data-store-retention"], DATA_EVENTS),
    ("cloudtrail:GetTrailStatus", &["cloudtrail-organization-trail"], "no trail is the organization's"),
    ("cloudtrail:GetEventSelectors", &["cloudtrail-organization-trail"], "no trail is the organization's"),
    ("cloudtrail:GetEventSelectors", &["cloudtrail-cloudwatch-delivery"], "no trail delivers to CloudWatch Logs"),
    ("cloudtrail:DescribeTrails", A_STORE_RECORDS, "an event data store takes in the management events"),
    ("cloudtrail:GetTrailStatus", A_STORE_RECORDS, "an event data store takes in the management events"),
    ("cloudtrail:GetEventSelectors", A_STORE_RECORDS, "an event data store takes in the management events"),
    ("cloudtrail:GetResourcePolicy", &["cloudtrail-event-data-store-protected"], "the event data store has no key of its own"),
    ("cloudtrail:ListEventDataStores", A_TRAIL_RECORDS, "the account's trail records it, or fails by itself"),
    ("cloudtrail:GetEventDataStore", A_TRAIL_RECORDS, "the account's trail records it, or fails by itself"),
    ("s3:GetLifecycleConfiguration", &["cloudtrail-event-data-store-retention"], DATA_EVENTS),
    ("s3:GetBucketVersioning", &["cloudtrail-event-data-store-retention"], DATA_EVENTS),
    ("s3:GetBucketObjectLockConfiguration", &["cloudtrail-event-data-store-retention"], DATA_EVENTS),
    ("s3:ListAllMyBuckets", &["cloudtrail-event-data-store-retention"], DATA_EVENTS),
    ("s3:GetBucketLocation", &["cloudtrail-event-data-store-retention"], DATA_EVENTS),
    ("s3:GetBucketPolicy", &["s3-bucket-access-logging"], BY_DATA_EVENTS),
    ("s3:GetBucketObjectLockConfiguration", &["s3-bucket-access-logging"], BY_DATA_EVENTS),
    ("s3:GetBucketAcl", &["cloudtrail-bucket-access-logging", "s3-bucket-access-logging"], "policies let S3 write access logs"),
    ("s3:GetBucketOwnershipControls", &["cloudtrail-bucket-access-logging", "s3-bucket-access-logging"], "policies let S3 write access logs"),
    ("s3:GetBucketAcl", &["cloudtrail-bucket-not-public"], "lists are turned off"),
    ("s3:GetBucketOwnershipControls", &["cloudtrail-bucket-not-public"], "no list lets the public in"),
    ("s3:GetBucketPublicAccessBlock", &["cloudtrail-bucket-not-public"], "no policy lets the public in"),
    ("s3:GetAccountPublicAccessBlock", &["cloudtrail-bucket-not-public"], "no policy lets the public in"),
    ("s3:GetBucketTagging", &["cloudtrail-s3-read-events", "cloudtrail-s3-write-events"], BY_DATA_EVENTS),
    ("tag:GetResources", &["cloudtrail-s3-read-events", "cloudtrail-s3-write-events"], BY_DATA_EVENTS),
    ("kms:DescribeKey", &["account-baa-active"], PHI_ELSEWHERE),
    ("s3:GetBucketTagging", &["account-baa-active", "account-phi-resources-classified"], PHI_ELSEWHERE),
    ("s3:GetBucketTagging", &["kms-separate-keys-per-phi-store"], "the tagging API tells the tags of each bucket under a customer's key"),
    ("tag:GetResources", &["account-baa-active", "account-phi-resources-classified"], PHI_ELSEWHERE),
    ("rds:DescribeDBClusters", &["account-phi-resources-classified"], UNCLASSIFIED_ELSEWHERE),
    ("rds:DescribeDBClusters", &["rds-cluster-snapshot-encrypted"], "moto's cluster snapshots name no cluster's resource id"),
    ("rds:DescribeDBInstances", &["account-phi-resources-classified"], UNCLASSIFIED_ELSEWHERE),
    ("s3:ListAllMyBuckets", &["account-phi-resources-classified"], UNCLASSIFIED_ELSEWHERE),
    ("s3:GetBucketLocation", &["account-phi-resources-classified"],
        "other resources decide about PHI and classes"),
    ("iam:GetAccountAuthorizationDetails", &["cloudtrail-key-usable"], "the key's policy lets the account itself decrypt"),
    ("iam:GetAccountAuthorizationDetails", &["iam-break-glass-role-exists"], "no role is named in its parameters"),
    ("iam:ListVirtualMFADevices", &["iam-root-hardware-mfa"], "the root user has no MFA device at all"),
    ("kms:ListGrants", &["kms-enclave-attestation"], NO_ENCLAVES),
    ("organizations:DescribePolicy", &["kms-key-policy-not-public", "s3-bucket-tls-only"], MANAGEMENT),
    ("organizations:ListParents", &["*"], MANAGEMENT),
    ("organizations:ListPolicies", &["kms-key-policy-not-public", "s3-bucket-tls-only"], MANAGEMENT),
    ("organizations:ListTargetsForPolicy", &["kms-key-policy-not-public", "s3-bucket-tls-only"], MANAGEMENT),
    ("organizations:ListTargetsForPolicy", &["organization-resource-perimeter"], NO_CONTROLS),
    ("organizations:ListTargetsForPolicy", &["organization-scp-protects-audit"], NO_DENIAL),
    ("rds:DescribeOptionGroups", &["rds-force-tls"], "no database is one of Oracle's"),
    ("s3:GetBucketLocation", &["rds-export-known"], "a bucket's name is enough"),
    ("rds:DescribeOptionGroups", &["rds-log-exports"], NO_ERROR_LOG),
    ("rds:DescribeDBClusterParameters", &["rds-cluster-log-exports"], NO_ERROR_LOG),
    ("rds:DescribeDBClusterSnapshots", &["aurora-has-recovery-point"], "each cluster can be restored to this day"),
    ("rds:DescribeDBShardGroups", &["rds-cluster-multi-az"], "no cluster says that it is Limitless"),
    ("kms:DescribeKey", KEYS_OF_COPIES, NO_COPIES),
    ("kms:ListKeys", KEYS_OF_COPIES, NO_COPIES),
    ("s3:GetBucketOwnershipControls", &["s3-bucket-not-publicly-writable"], "no ACL lets the public write"),
    ("s3:GetBucketOwnershipControls", &["s3-access-point-block-public-access"], "policies decide where lists might not count"),
    ("s3:GetEncryptionConfiguration", &["s3-bucket-replication", "s3-phi-bucket-has-backup"],
        "each rule in force takes objects under KMS keys along"),
    ("kms:ListAliases", &["s3-bucket-kms-encryption"], "no bucket names its key by an alias"),
    ("account:ListRegions", &["organization-scp-protects-audit"], NO_DENIAL),
    ("cloudtrail:DescribeTrails", &["organization-scp-protects-audit"], NO_DENIAL),
    ("iam:GetCredentialReport", &["iam-break-glass-user-ready"], NO_EMERGENCY_USERS),
    ("iam:ListMFADevices", &["iam-break-glass-user-ready"], NO_EMERGENCY_USERS),
    ("iam:GetOpenIDConnectProvider", &["iam-oidc-provider-known"], "the list tells which providers there are"),
    ("iam:ListSSHPublicKeys", &["iam-no-inactive-users-30-days"], "every user was active lately"),
    ("iam:ListServiceSpecificCredentials", &["iam-no-inactive-users-30-days"], "every user was active lately"),
    ("kms:ListResourceTags", &["kms-no-open-grants"], "the tagging API tells the tags of keys"),
    ("organizations:DescribeOrganization", KNOWN_WITHOUT_ORGANIZATION, NO_STRANGERS),
    ("organizations:ListAccounts", KNOWN_WITHOUT_ORGANIZATION, NO_STRANGERS),
    ("organizations:ListAccounts", &["kms-key-policy-not-public"], "the one open key is open to everyone"),
    ("organizations:DescribePolicy", UNDER_CONTROLS, MANAGEMENT),
    ("organizations:ListPolicies", UNDER_CONTROLS, MANAGEMENT),
    ("organizations:ListTargetsForPolicy", UNDER_CONTROLS, MANAGEMENT),
    ("s3:GetBucketOwnershipControls", &["s3-bucket-block-public-access"], "policies decide where lists might not count"),
    ("s3:GetBucketPolicyStatus", &["cloudtrail-bucket-not-public"], "no trail's bucket is open"),
    ("s3:GetBucketTagging", &["s3-events-destination-known"], "the tagging API tells the tags of the buckets that notify"),
    ("account:ListRegions", &["cloudwatch-alarm-console-auth-failures", "cloudwatch-alarm-root-usage"], ONE_REGION),
    ("cognito-idp:DescribeUserPool", &["cognito-user-pool-mfa"], "the settings of MFA, which another call tells, decide"),
    ("config:DescribeConfigurationRecorderStatus", &["config-recorder-all-regions"], "regions without a recorder decide"),
    ("dynamodb:ListTagsOfResource", &["dynamodb-kms-key"], TAGGED_TOO),
    ("ec2:DescribeRouteTables", &["ec2-no-public-ip"], "public IPv4 addresses decide"),
    ("guardduty:GetDetector", &["security-findings-routed"], NOT_ROUTED),
    ("guardduty:ListDetectors", &["security-findings-routed"], NOT_ROUTED),
    ("kms:DescribeKey", OF_REGIONS_IN_USE, IN_USE_ANYWAY),
    ("kms:DescribeKey", UNDER_KEYS, NO_KEYS),
    ("kms:ListKeys", OF_REGIONS_IN_USE, IN_USE_ANYWAY),
    ("kms:ListKeys", UNDER_KEYS, NO_KEYS),
    ("lambda:ListTags", &["lambda-env-own-key"], TAGGED_TOO),
    ("logs:DescribeLogGroups", OF_REGIONS_IN_USE, IN_USE_ANYWAY),
    ("rds:DescribeDBClusterSnapshots", &["docdb-has-recovery-point", "neptune-has-recovery-point"], RESTORABLE),
    ("rds:DescribeDBInstances", OF_REGIONS_IN_USE, IN_USE_ANYWAY),
    ("s3:GetBucketLocation", &["logs-export-known"], "a bucket's name is enough"),
    ("securityhub:DescribeHub", &["security-findings-routed"], NOT_ROUTED),
    ("securityhub:DescribeHub", &["securityhub-enabled"], NO_HUB),
    ("securityhub:DescribeSecurityHubV2", &["security-findings-routed"], NOT_ROUTED),
    ("securityhub:GetEnabledStandards", &["securityhub-enabled"], NO_HUB),
    ("sns:GetTopicAttributes", ALARMS_THAT_ARE_NOT_WHOLE, QUIET),
    ("sns:ListTopics", ALARMS_THAT_ARE_NOT_WHOLE, QUIET),
    ("states:ListTagsForResource", &["stepfunctions-no-execution-data"], TAGGED_TOO),
];

/// Rules about strangers that the sample account decides whoever is in its organization.
const KNOWN_WITHOUT_ORGANIZATION: &[&str] = &[
    "cloudtrail-bucket-policy",
    "cloudtrail-event-data-store-protected",
    "cloudwatch-no-cross-account-sharing",
    "docdb-snapshot-shared-known",
    "iam-role-service-trust-conditioned",
    "logs-resource-policy-not-public",
    "neptune-snapshot-shared-known",
    "rds-cluster-snapshot-shared-known-accounts",
    "s3-access-point-policy-known",
    "s3-phi-bucket-has-backup",
];

/// Rules on policies of resources, which resource control policies may narrow.
const UNDER_CONTROLS: &[&str] = &[
    "ecr-repository-not-public",
    "iam-role-trust-external",
    "s3-bucket-not-publicly-readable",
    "s3-bucket-not-publicly-writable",
    "s3-bucket-policy-known-principals",
    "secretsmanager-policy-not-public",
];

/// Rules that a trail of all regions satisfies or fails, whatever event data stores there are.
const A_TRAIL_RECORDS: &[&str] = &[
    "cloudtrail-baseline-trail",
    "cloudtrail-bucket-access-logging",
    "cloudtrail-cloudwatch-delivery",
    "cloudtrail-insights",
    "cloudtrail-multi-region-trail",
    "cloudtrail-region-logging",
    "cloudtrail-s3-read-events",
    "cloudtrail-s3-write-events",
    "s3-bucket-access-logging",
];

const OF_REGIONS_IN_USE: &[&str] =
    &["accessanalyzer-enabled", "config-recorder-all-regions", "guardduty-enabled", "securityhub-enabled"];
const UNDER_KEYS: &[&str] = &[
    "backup-vault-encrypted-cmk",
    "dms-kms-key",
    "dms-replication-instance-encrypted",
    "efs-kms-key",
    "elasticache-kms-key",
    "elasticache-serverless-encrypted",
    "fsx-encrypted",
    "fsx-encrypted-cmk",
    "kinesis-kms-key",
    "memorydb-encrypted",
    "mq-encrypted",
    "mq-kms-key",
    "msk-encrypted",
    "msk-kms-key",
    "opensearch-kms-key",
    "opensearch-serverless-encrypted",
    "redshift-kms-key",
    "redshift-serverless-encrypted",
];
const ALARMS_THAT_ARE_NOT_WHOLE: &[&str] = &[
    "cloudwatch-alarm-config-changes",
    "cloudwatch-alarm-console-no-mfa",
    "cloudwatch-alarm-iam-policy-changes",
    "cloudwatch-alarm-kms-key-deletion",
    "cloudwatch-alarm-network-changes",
    "cloudwatch-alarm-organizations-changes",
    "cloudwatch-alarm-s3-policy-changes",
    "cloudwatch-alarm-security-group-changes",
    "cloudwatch-alarm-unauthorized-calls",
];

const IN_USE_ANYWAY: &str = "other things show, too, that the regions are in use";
const NO_KEYS: &str = "what has no key of its own, or one that is in no list, decides";
const QUIET: &str = "no filter counts the events, or the alarm is at fault itself";
const ONE_REGION: &str = "the trail and its alarms in the one region that is read decide";
const TAGGED_TOO: &str = "the tagging API tells the tags, too";
const NOT_ROUTED: &str = "findings of another service are not routed either";
const NO_HUB: &str = "another region that is in use has no hub";
const RESTORABLE: &str = "each cluster can be restored to this day";

const A_STORE_RECORDS: &[&str] = &["cloudtrail-multi-region-trail", "cloudtrail-region-logging"];

const DATA_EVENTS: &str = "the event data store takes in data events, which no trail keeps for it";
const BY_DATA_EVENTS: &str = "a trail records the data events of every bucket";
const PHI_ELSEWHERE: &str = "other resources say that the account holds PHI, or lack a class";
const UNCLASSIFIED_ELSEWHERE: &str = "a resource of another kind has no class";
const NO_ERROR_LOG: &str = "the one database that could have an audit log sends no error log either";
const KEYS_OF_COPIES: &[&str] = &["rds-activity-stream-key", "rds-cluster-activity-stream-key", "rds-insights-key"];
const NO_COPIES: &str = "no database has an activity stream or Performance Insights";
const NO_ENCLAVES: &str = "no key's policy speaks of enclaves";
const MANAGEMENT: &str = "no resource control policy binds the management account, wherever it stands";
const NO_CONTROLS: &str = "the only resource control policy is the one that AWS attaches, which denies nothing";
const NO_STRANGERS: &str = "nothing of the kind names another account than those that are known without it";
const NO_EMERGENCY_USERS: &str = "no user is named in its parameters";
const NO_DENIAL: &str = "no policy denies what it must, wherever it is attached";

/// Actions of which the sample account has no use under some selection, each with its reason.
const NOT_CALLED: &[(&str, &str)] = &[];

#[test]
fn the_policy_is_enough() {
    let base = base();
    let product = product(None);
    let printed = product.run(&["permissions", "--region", "all", "--quiet"]);
    let printed = printed.json.unwrap_or_else(|| panic!("no policy: {}", printed.stderr));
    // One document, or a list where one would be too large for AWS.
    let policies = printed.as_array().map_or_else(|| vec![&printed], |policies| policies.iter().collect());
    let statements: Vec<&serde_json::Value> =
        policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap()).collect();
    assert!(statements.iter().all(|statement| statement["Effect"] == "Allow" && statement["Resource"] == "*"));
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
    let allowed: BTreeSet<String> = actions.map(|action| action.as_str().unwrap().to_owned()).collect();
    let proxy = allowing(allowed);
    let output = scan(&proxy, &[]);
    let gaps: BTreeSet<String> =
        output.report().gaps.iter().map(|gap| format!("{}:{} {}", gap.service, gap.operation, gap.message)).collect();
    assert!(gaps.is_empty(), "the policy lacks something: {gaps:#?}");
    assert_eq!(verdicts(&output.report()), verdicts(&base.report), "with the policy everything is read");
}

#[test]
fn each_action_that_is_missing_leaves_exactly_the_predicted_rules_undecided() {
    let set = Set::of(&[]);
    let actions: Vec<(&str, Vec<&Operation>)> = set.permissions().actions().into_iter().collect();
    assert!(actions.len() > 50, "{}", actions.len());
    let mut problems = problems_of(&actions, |(action, operations)| {
        let predicted = set.permissions().undecided_without(operations);
        without(action, &predicted, set.about(operations).as_ref())
    });
    for (action, rules, _) in DECIDED_ALL_THE_SAME.iter().filter(|(_, rules, _)| !rules.contains(&"*")) {
        let operations = actions.iter().find(|(of, _)| of == action).map(|(_, operations)| operations.as_slice());
        let asked = operations.map(|operations| set.about(operations));
        let idle = rules.iter().filter(|rule| match &asked {
            Some(about) => about.as_ref().is_some_and(|about| !about.contains(**rule)),
            None => true,
        });
        problems.extend(idle.map(|rule| format!("{action}: {rule} is excused, and nobody asks it")));
    }
    problems.sort();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_selection_calls_all_that_its_policy_allows_and_nothing_else() {
    let services: BTreeSet<String> = Set::of(&[]).rules.iter().map(|rule| rule.service.clone()).collect();
    assert!(services.len() > 5);
    let mut problems = Vec::new();
    for pattern in services.iter().map(|service| format!("service:{service}")).chain(["s3-bucket-tls-only".to_owned()])
    {
        let set = Set::of(&[&pattern]);
        let allowed: BTreeSet<String> = set.permissions().actions().into_keys().map(str::to_owned).collect();
        let proxy = base().answers.replay(|_| None);
        scan(&proxy, &["--select", &pattern]).report();
        let called: BTreeSet<String> = proxy.calls().iter().flat_map(actions_of).map(str::to_owned).collect();
        problems
            .extend(called.difference(&allowed).map(|action| format!("{pattern} calls {action}, not in its policy")));
        let excused = |action: &&String| !NOT_CALLED.iter().any(|(name, _)| name == action);
        let unused = allowed.difference(&called).filter(excused);
        problems.extend(unused.map(|action| format!("{pattern} has no use for {action}, which its policy allows")));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_policy_comes_for_terraform_and_with_its_reasons() {
    let product = Product::alone();
    let terraform = product.run(&["permissions", "--select", "s3-bucket-tls-only", "--format", "terraform"]);
    insta::assert_snapshot!(terraform.stdout);
    assert!(terraform.stdout.contains("account:ListRegions"), "a report says which regions were not read");
    let reasons = product.run(&["permissions", "--select", "kms-key-rotation,s3-bucket-tls-only", "--explain"]);
    insta::assert_snapshot!(reasons.stdout);
    let reasons = product.run(&["permissions", "--select", "s3-bucket-tls-only", "--explain", "--format", "json"]);
    let reasons = reasons.json.unwrap();
    let policy = reasons.as_array().unwrap().iter().find(|reason| reason["action"] == "s3:GetBucketPolicy").unwrap();
    assert_eq!(policy["undecided_without"], serde_json::json!(["s3-bucket-tls-only"]));
    for flags in [&["permissions", "--format", "text"][..], &["permissions", "--explain", "--format", "terraform"]] {
        let output = product.run(flags);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{flags:?}");
        assert!(output.stderr.contains("help: "), "{}", output.stderr);
    }
}

/// Rules on the services in use: what one witness was not allowed to see another may have seen, so that they may be decided
/// all the same. `tests/it/services.rs` is about when they are.
const OF_SERVICES: [&str; 2] = ["account-hipaa-eligible-services-only", "account-service-exclusions-respected"];

/// What is wrong with the prediction for a scan without this action: of the rules about what it tells, or of all rules.
fn without(action: &str, predicted: &BTreeSet<&str>, about: Option<&BTreeSet<&str>>) -> Vec<String> {
    if about.is_some_and(BTreeSet::is_empty) {
        return Vec::new();
    }
    let flags = about.map(|rules| ["--select".to_owned(), rules.iter().copied().collect::<Vec<_>>().join(",")]);
    let flags: Vec<&str> = flags.iter().flatten().map(String::as_str).collect();
    let report = match scan_without(action, &flags) {
        Ok(report) => report,
        Err(problem) => return vec![format!("{action}: {problem}")],
    };
    let before: BTreeSet<_> = undecided(&base().report).map(|(id, _)| id).collect();
    let undecided: BTreeSet<&str> =
        undecided(&report).filter(|(id, _)| !before.contains(id)).map(|(_, rule)| rule).collect();
    let surprising = undecided.difference(predicted);
    let mut problems: Vec<String> =
        surprising.map(|rule| format!("{action}: {rule} is unknown and was not predicted")).collect();
    let excused = |rule: &str| {
        DECIDED_ALL_THE_SAME
            .iter()
            .any(|(of, rules, _)| *of == action && (rules.contains(&"*") || rules.contains(&rule)))
    };
    let is_asked = |rule: &&&str| !OF_SERVICES.contains(rule) && about.is_none_or(|about| about.contains(**rule));
    for rule in predicted.iter().filter(is_asked) {
        match (undecided.contains(rule), excused(rule)) {
            (false, false) => problems.push(format!("{action}: {rule} was predicted and is decided")),
            (true, true) => problems.push(format!("{action}: {rule} is excused from being unknown, and is unknown")),
            _ => {}
        }
    }
    problems
}

/// A scan in which nothing fails but what was denied. Where the bed itself gave out (moto is slow on a busy machine, and a
/// denied description makes the product ask it what nobody asked before), the scan says nothing and is done again.
fn scan_without(action: &str, flags: &[&str]) -> Result<Report, String> {
    let mut problem = String::new();
    for _ in 0..3 {
        let missing = action.to_owned();
        let proxy = base().answers.replay(move |call| actions_of(call).contains(&&*missing).then_some(Fault::Denied));
        let output = scan(&proxy, flags);
        let Some(json) = output.json else { return Err(format!("no report: {}", output.stderr)) };
        let report: Report = serde_json::from_value(json).unwrap();
        match report.gaps.iter().find(|gap| !gap.iam_actions.iter().any(|needed| needed == action)) {
            None => return Ok(report),
            Some(gap) => {
                problem = format!("{}:{} failed, too: {} {}", gap.service, gap.operation, gap.code, gap.message)
            }
        }
    }
    Err(problem)
}

fn undecided(report: &Report) -> impl Iterator<Item = (&str, &str)> {
    let unknown = report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown);
    unknown.map(|finding| (finding.id.0.as_str(), finding.rule.as_str()))
}

fn verdicts(report: &Report) -> BTreeMap<&str, Verdict> {
    report.findings.iter().map(|finding| (finding.id.0.as_str(), finding.verdict)).collect()
}

/// The selected rules and what they need.
struct Set {
    kinds: Kinds,
    rules: RuleSet,
    phi_scope: PhiScope,
}

impl Set {
    fn of(patterns: &[&str]) -> Self {
        let kinds = safeguard::scan::kinds();
        let select = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let all = RuleSet::builtin(&kinds, &Catalog::builtin().unwrap()).unwrap();
        let rules = all.select(&Selection { select, ..Selection::default() }).unwrap();
        let tags = [("DataClassification".to_owned(), vec!["phi".to_owned()])].into();
        Self { kinds, rules, phi_scope: PhiScope { tags, ..PhiScope::default() } }
    }

    /// The rules that a scan asks which lacks these; `None` for all.
    fn about(&self, operations: &[&Operation]) -> Option<BTreeSet<&str>> {
        narrow::rules_that_notice(operations, &self.rules)
    }

    fn permissions(&self) -> Permissions<'_> {
        Permissions { rules: &self.rules, kinds: &self.kinds, phi_scope: &self.phi_scope, all_regions: true }
    }
}

/// The actions that a call needs, by what the collectors declare.
pub fn actions_of(call: &Call) -> Vec<&'static str> {
    let operations = safeguard::collect::operations().into_iter();
    let named = operations.filter(|operation| operation.service == call.service && operation.name == call.operation);
    named.flat_map(|operation| operation.iam_actions).copied().collect()
}

/// The undisturbed scan, and the answers that every scan gets.
struct Base {
    answers: Arc<Answers>,
    report: Report,
}

fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(|| {
        let answers = Answers::of(aws::moto().address());
        let output = scan(&answers.record(), &[]);
        // Some answers take two questions; what was kept is how they ended.
        drop(output);
        let report = scan(&answers.replay(|_| None), &[]).report();
        Base { answers, report }
    })
}

/// A proxy that allows these actions and denies the rest, as IAM would. Whose account it is, AWS tells everyone.
fn allowing(actions: BTreeSet<String>) -> Proxy {
    base().answers.replay(move |call| {
        let needed = actions_of(call);
        let is_identity = call.service == "sts" && call.operation == "GetCallerIdentity";
        let is_allowed = !needed.is_empty() && needed.iter().all(|action| actions.contains(*action));
        (!is_allowed && !is_identity).then_some(Fault::Denied)
    })
}

fn product(proxy: Option<&Proxy>) -> Product {
    let product = match proxy {
        Some(proxy) => Product::against(&proxy.url(), &aws::estate().credentials).with("AWS_REGION", "us-east-1"),
        None => Product::alone(),
    };
    fs::write(product.folder().join("safeguard.yaml"), CONFIG).unwrap();
    product
}

fn scan(proxy: &Proxy, flags: &[&str]) -> Output {
    let all = ["--region", "all", "--timeout", "60", "--quiet", "--format", "json"];
    product(Some(proxy)).scan(&[&all, flags].concat())
}
