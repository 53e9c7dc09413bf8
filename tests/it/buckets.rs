//! One account whose buckets are as every rule on S3 wants them: no two of the rules demand opposite things of a bucket.

use safeguard::catalog::Catalog;
use safeguard::engine::neighbours::{Named, Neighbours};
use safeguard::engine::{Estate, Judge};
use safeguard::model::{Finding, Gap, GapClass, Header, Kinds, Resource, SNAPSHOT_SCHEMA_VERSION, Snapshot, Verdict};
use safeguard::rule::RuleSet;
use safeguard::scan::{self, PhiScope};
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";
const EAST: &str = "us-east-1";
const WEST: &str = "us-west-2";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/// What a bucket is for decides what it must look like.
#[test]
fn a_bucket_of_each_sort_can_have_the_good_state_of_every_rule() {
    let buckets = vec![
        records("records", EAST, json!({"ReplicationConfiguration": copied_to("records-copy")})),
        records("records-copy", WEST, json!({})),
        bucket(
            "trail-logs",
            EAST,
            &[],
            json!({
                "ObjectLockConfiguration": lock(json!({"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 2192, "Years": null}})),
                "ReplicationConfiguration": copied_to("copies"),
            }),
        ),
        bucket("copies", WEST, &[], json!({})),
        receiver("access-logs", EAST, json!({"ReplicationConfiguration": copied_to("copies")})),
        receiver("access-logs-west", WEST, json!({"ReplicationConfiguration": copied_to("access-logs")})),
        bucket(
            "load-balancer-logs",
            EAST,
            &[json!({"Effect": "Allow", "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                "Action": "s3:PutObject", "Resource": "arn:aws:s3:::load-balancer-logs/AWSLogs/123456789012/*"})],
            json!({"BucketEncryption": encrypted("AES256", Value::Null), "ReplicationConfiguration": copied_to("copies")}),
        ),
        bucket(
            "mfa-protected",
            EAST,
            &[],
            json!({
                "VersioningConfiguration": {"Status": "Enabled", "MFADelete": "Enabled"},
                "ObjectLockConfiguration": null, "LifecycleConfiguration": null,
                "ReplicationConfiguration": copied_to("copies"),
            }),
        ),
    ];
    let found = findings(buckets);
    let bad = |finding: &&Finding| !matches!(finding.verdict, Verdict::Pass | Verdict::NotApplicable);
    let bad: Vec<String> = found.iter().filter(bad).map(|one| format!("{}: {}", one.rule, one.message)).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    // Each of the rules on buckets passes somewhere: the good state of none is that it does not apply.
    let rules: std::collections::BTreeSet<&str> = found.iter().map(|finding| &*finding.rule).collect();
    let passed = |rule: &&str| found.iter().any(|finding| finding.rule == **rule && finding.verdict == Verdict::Pass);
    let never: Vec<&str> = rules.into_iter().filter(|rule| !passed(rule)).collect();
    assert_eq!(never, Vec::<&str>::new());
}

#[test]
fn what_another_account_could_not_read_is_told_as_its_failed_call() {
    let trail_of = |policy: Option<Value>| {
        let mut snapshot = snapshot(&scan::kinds(), Vec::new());
        let trail = snapshot.resources.iter_mut().find(|it| it.kind == "AWS::CloudTrail::Trail").unwrap();
        trail.facts["S3BucketName"] = json!("central");
        trail.facts["S3KeyPrefix"] = Value::Null;
        let mut archive = snapshot.clone();
        archive.header.account = "999999999999".parse().unwrap();
        let mut facts = json!({"BucketName": "central", "Arn": "arn:aws:s3:::central"});
        facts.as_object_mut().unwrap().extend(policy.map(|policy| ("BucketPolicy".to_owned(), policy)));
        archive.resources = vec![resource("AWS::S3::Bucket", "central", EAST, facts)];
        archive.gaps = vec![Gap {
            account: "999999999999".parse().unwrap(),
            region: EAST.parse().unwrap(),
            service: "s3".to_owned(),
            operation: "GetBucketPolicy".to_owned(),
            resource: Some("central".to_owned()),
            class: GapClass::Denied,
            code: "AccessDenied".to_owned(),
            message: "no".to_owned(),
            request_id: None,
            facts: vec!["AWS::S3::Bucket.BucketPolicy".to_owned()],
            population: Vec::new(),
            iam_actions: vec!["s3:GetBucketPolicy".to_owned()],
        }];
        let (mut named, mut neighbours) = (Named::default(), Neighbours::default());
        named.add(&snapshot);
        neighbours.add(&archive, &named);
        let kinds = scan::kinds();
        let rules = RuleSet::builtin(&kinds, &Catalog::builtin().unwrap()).unwrap();
        let mut findings =
            Judge::new(&Estate::of(&snapshot), &neighbours, &kinds, &PhiScope::default()).findings(&rules);
        findings.retain(|finding| finding.rule == "cloudtrail-bucket-policy");
        findings.remove(0)
    };
    let open = trail_of(None);
    assert_eq!(open.verdict, Verdict::Unknown, "{}", open.message);
    assert!(open.message.contains("s3:GetBucketPolicy access denied"), "{}", open.message);
    let behind = open.gaps.iter().find(|gap| gap.operation == "GetBucketPolicy").map(|gap| &*gap.account);
    assert_eq!(behind, Some("999999999999"));
    assert_eq!(trail_of(Some(Value::Null)).verdict, Verdict::Fail, "a bucket without a policy takes no logs");
}

fn findings(buckets: Vec<Resource>) -> Vec<Finding> {
    let kinds = scan::kinds();
    let snapshot = snapshot(&kinds, buckets);
    let rules = RuleSet::builtin(&kinds, &Catalog::builtin().unwrap()).unwrap();
    let scope: PhiScope = serde_json::from_value(json!({"tags": {"DataClassification": ["phi"]}})).expect("a scope");
    let mut findings = Judge::new(&Estate::of(&snapshot), &Neighbours::default(), &kinds, &scope).findings(&rules);
    findings.retain(|finding| finding.rule.starts_with("s3-") && finding.resource.kind == "AWS::S3::Bucket");
    findings
}

fn snapshot(kinds: &Kinds, buckets: Vec<Resource>) -> Snapshot {
    let all = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true});
    let mut resources = vec![
        resource(
            "AWS::Account",
            ACCOUNT,
            EAST,
            json!({
                "AccountId": ACCOUNT, "Organization": null, "OrganizationRootChildren": [],
                "PublicAccessBlockConfiguration": all,
            }),
        ),
        resource("AWS::Region", EAST, EAST, json!({"RegionName": EAST})),
        resource("AWS::Region", WEST, WEST, json!({"RegionName": WEST})),
        resource(
            "AWS::KMS::Key",
            KEY,
            EAST,
            json!({
                "KeyId": "11111111-2222-3333-4444-555555555555", "Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled",
                "Aliases": ["alias/records"],
            }),
        ),
        resource(
            "AWS::CloudTrail::Trail",
            "audit",
            EAST,
            json!({
                "TrailName": "audit", "Arn": "arn:aws:cloudtrail:us-east-1:123456789012:trail/audit",
                "S3BucketName": "trail-logs", "IsLogging": true, "IsMultiRegionTrail": true, "HomeRegion": EAST,
                "EventSelectors": [], "AdvancedEventSelectors": [],
            }),
        ),
    ];
    resources.extend(buckets);
    let mut snapshot = Snapshot {
        header: Header {
            schema_version: SNAPSHOT_SCHEMA_VERSION,
            account: ACCOUNT.parse().unwrap(),
            partition: "aws".to_owned(),
            caller: None,
            enabled_regions: None,
            regions: vec![EAST.parse().unwrap(), WEST.parse().unwrap()],
            taken_at: "2026-01-01T12:00:00Z".parse().unwrap(),
            finished_at: "2026-01-01T12:00:01Z".parse().unwrap(),
            tool_version: "1.0.0".to_owned(),
            kinds: kinds.names().map(str::to_owned).collect(),
        },
        resources,
        gaps: Vec::new(),
        calls: Vec::new(),
    };
    snapshot.sort();
    snapshot
}

fn records(name: &str, region: &str, changes: Value) -> Resource {
    let mut facts = json!({"Tags": [{"Key": "DataClassification", "Value": "phi"}], "BucketEncryption": encrypted("aws:kms", json!(KEY))});
    merge(&mut facts, changes);
    bucket(name, region, &[], facts)
}

/// A bucket that receives server access logs.
fn receiver(name: &str, region: &str, changes: Value) -> Resource {
    let mut facts = json!({
        "ObjectLockConfiguration": null, "LoggingConfiguration": null, "BucketEncryption": encrypted("AES256", Value::Null),
    });
    merge(&mut facts, changes);
    let delivery = json!({"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{name}/*"), "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}});
    bucket(name, region, &[delivery], facts)
}

fn bucket(name: &str, region: &str, statements: &[Value], changes: Value) -> Resource {
    let arn = format!("arn:aws:s3:::{name}");
    let deny = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, format!("{arn}/*")], "Condition": condition});
    let mut all = vec![
        deny(json!({"Bool": {"aws:SecureTransport": "false"}})),
        deny(json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}})),
    ];
    all.extend_from_slice(statements);
    let logs = if region == EAST { "access-logs" } else { "access-logs-west" };
    let mut facts = json!({
        "BucketName": name, "Arn": arn, "BucketRegion": region, "CreationDate": "2025-01-01T00:00:00Z",
        "BucketPolicy": {"Version": "2012-10-17", "Statement": all}, "PolicyStatus": {"IsPublic": false},
        "BucketEncryption": encrypted("aws:kms", Value::Null),
        "PublicAccessBlockConfiguration": null,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "Owner": {"ID": "owner"},
        "Grants": [{"Permission": "FULL_CONTROL", "Grantee": {"Type": "CanonicalUser", "ID": "owner", "URI": null}}],
        "VersioningConfiguration": {"Status": "Enabled", "MFADelete": null},
        "ObjectLockConfiguration": lock(Value::Null),
        "LifecycleConfiguration": {"Rules": [{
            "Id": "tidy", "Status": "Enabled", "Prefix": null, "TagFilters": [], "ObjectSizeGreaterThan": null,
            "ObjectSizeLessThan": null, "ExpirationInDays": null, "ExpirationDate": null,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 2192, "NewerNoncurrentVersions": null},
        }]},
        "LoggingConfiguration": {"DestinationBucketName": logs, "LogFilePrefix": format!("{name}/"), "TargetObjectKeyFormat": null},
        "NotificationConfiguration": {
            "TopicConfigurations": [{"Arn": "arn:aws:sns:us-east-1:123456789012:objects", "Events": ["s3:ObjectCreated:*"]}],
            "QueueConfigurations": [], "LambdaConfigurations": [], "EventBridgeConfiguration": null,
        },
        "ReplicationConfiguration": null, "WebsiteConfiguration": null, "CorsConfiguration": null, "Tags": [],
        "InventoryConfigurations": [{"Id": "all", "Enabled": true, "Destination": {"BucketArn": arn, "BucketAccountId": null}}],
    });
    merge(&mut facts, changes);
    let mut found = resource("AWS::S3::Bucket", name, region, facts);
    found.arn = Some(arn);
    found
}

fn resource(kind: &str, id: &str, region: &str, facts: Value) -> Resource {
    let (kind, id, region) = (kind.to_owned(), id.to_owned(), region.parse().unwrap());
    Resource { kind, id, arn: None, account: ACCOUNT.parse().unwrap(), region, facts }
}

fn merge(facts: &mut Value, changes: Value) {
    let changes = changes.as_object().expect("facts").clone();
    facts.as_object_mut().expect("facts").extend(changes);
}

fn encrypted(algorithm: &str, key: Value) -> Value {
    json!({"ServerSideEncryptionConfiguration": [{
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, "KMSMasterKeyID": key}, "BucketKeyEnabled": true,
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    }]})
}

fn lock(rule: Value) -> Value {
    json!({"ObjectLockEnabled": "Enabled", "Rule": rule})
}

fn copied_to(name: &str) -> Value {
    json!({"Role": "arn:aws:iam::123456789012:role/replication", "Rules": [{
        "Id": "copy", "Status": "Enabled", "Prefix": null, "TagFilters": [],
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {"Bucket": format!("arn:aws:s3:::{name}"), "Account": null, "EncryptionConfiguration": null},
    }]})
}
