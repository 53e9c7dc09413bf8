//! States from public bug reports of scanners, each with the verdict that is right, judged by the built product.
//!
//! The cases were told in the names of AWS's API. Here they stand in the names of the facts, as a scan would have
//! written them; what the case does not speak of was not read. Cases of services that no collector reads are not here.

use safeguard::model::{Header, Kinds, Resource, SNAPSHOT_SCHEMA_VERSION, Snapshot, Verdict};
use safeguard::scan::{self, snapshot_file};
use serde_json::{Value, json};

use crate::product::Product;

const REGION: &str = "us-east-1";

/// The state of an account, and what one of its resources must come to.
struct Case {
    account: &'static str,
    resources: Vec<(&'static str, &'static str, Value)>,
}

impl Case {
    fn in_account(account: &'static str) -> Self {
        Self { account, resources: Vec::new() }
    }

    #[must_use]
    fn with(mut self, kind: &'static str, id: &'static str, facts: Value) -> Self {
        self.resources.push((kind, id, facts));
        self
    }

    /// The account, which is a member of an organization that another account manages.
    #[must_use]
    fn of_member(self, more: &Value) -> Self {
        let account = self.account;
        let mut facts = json!({
            "AccountId": account,
            "Organization": {"Id": "o-exampleorgid", "ManagementAccountId": "111122223333"},
            "OrganizationAccounts": null,
        });
        let facts_of_account = facts.as_object_mut().unwrap();
        facts_of_account.extend(more.as_object().unwrap().clone());
        self.with("AWS::Account", account, facts)
    }

    /// The account, which is in no organization.
    #[must_use]
    fn alone(self) -> Self {
        let account = self.account;
        let facts = json!({
            "AccountId": account, "Organization": null, "OrganizationAccounts": [], "ResourceControlPolicies": null,
        });
        self.with("AWS::Account", account, facts)
    }

    fn snapshot(&self) -> Snapshot {
        let kinds: Kinds = scan::kinds();
        let text = str::to_owned;
        let mut snapshot = Snapshot {
            header: Header {
                schema_version: SNAPSHOT_SCHEMA_VERSION,
                account: self.account.parse().unwrap(),
                partition: text("aws"),
                caller: None,
                enabled_regions: None,
                regions: vec![REGION.parse().unwrap()],
                taken_at: "2026-01-01T00:00:00Z".parse().unwrap(),
                finished_at: "2026-01-01T00:00:09Z".parse().unwrap(),
                tool_version: text(env!("CARGO_PKG_VERSION")),
                kinds: kinds.names().map(str::to_owned).collect(),
            },
            resources: Vec::new(),
            gaps: Vec::new(),
            calls: Vec::new(),
        };
        for (kind, id, facts) in &self.resources {
            let is_regional = !matches!(*kind, "AWS::Account" | "AWS::IAM::Role");
            let region = if is_regional { REGION } else { "global" }.parse().unwrap();
            let arn = facts["Arn"].as_str().map(str::to_owned);
            let (kind, id, facts) = (text(kind), text(id), facts.clone());
            snapshot.resources.push(Resource { kind, id, arn, account: self.account.parse().unwrap(), region, facts });
        }
        snapshot.header.kinds.sort();
        snapshot.sort();
        snapshot
    }

    /// Judges the state with the product, and expects that verdict of the rule for the resource.
    fn expects(&self, rule: &str, id: &str, verdict: Verdict) {
        let product = Product::alone();
        snapshot_file::save(&self.snapshot(), &product.folder().join("case.ndjson")).unwrap();
        let report = product.scan(&["--snapshot", "case.ndjson", "--select", rule, "--format", "json"]).report();
        let finding =
            report.findings.iter().find(|finding| finding.rule == rule && finding.resource.id.as_deref() == Some(id));
        let finding = finding.unwrap_or_else(|| panic!("{rule} says nothing of {id}"));
        assert_eq!(finding.verdict, verdict, "{rule} says of {id}: {}", finding.message);
    }
}

fn trail(more: &Value) -> Case {
    let account = "111122223333";
    let mut facts = json!({
        "TrailName": "audit",
        "Arn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit",
        "HomeRegion": REGION,
        "IsMultiRegionTrail": true,
        "IncludeGlobalServiceEvents": true,
        "IsOrganizationTrail": false,
        "EnableLogFileValidation": true,
        "KMSKeyId": "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555",
        "S3BucketName": "audit-logs",
        "IsLogging": true,
        "LatestDeliveryError": null,
        "LatestDeliveryTime": "2025-12-31T23:50:00Z",
        "HasCustomEventSelectors": true,
        "AdvancedEventSelectors": [],
    });
    facts.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Case::in_account(account).alone().with("AWS::Region", REGION, json!({"RegionName": REGION})).with(
        "AWS::CloudTrail::Trail",
        "audit",
        facts,
    )
}

/// `ct-management-events-switched-off`: an intruder leaves the trail running, and lets it record the objects of one bucket
/// only.
#[test]
fn a_trail_whose_only_selector_drops_management_events_records_nothing_of_them() {
    let case = trail(&json!({"EventSelectors": [{
        "ReadWriteType": "All",
        "IncludeManagementEvents": false,
        "ExcludeManagementEventSources": [],
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::records/"]}],
    }]}));
    case.expects("cloudtrail-region-logging", REGION, Verdict::Fail);
    case.expects("cloudtrail-multi-region-trail", "111122223333", Verdict::Fail);
}

/// `ct-delivery-broken-bucket-gone`: the bucket is gone for two months, and the trail says that it is logging.
#[test]
fn a_trail_that_has_delivered_nothing_since_its_bucket_is_gone_records_nothing() {
    let case = trail(&json!({
        "S3BucketName": "audit-logs-gone",
        "LatestDeliveryError": "NoSuchBucket",
        "LatestDeliveryTime": "2025-11-02T08:00:00Z",
        "HasCustomEventSelectors": false,
        "EventSelectors": [{
            "ReadWriteType": "All",
            "IncludeManagementEvents": true,
            "ExcludeManagementEventSources": [],
            "DataResources": [],
        }],
    }));
    case.expects("cloudtrail-region-logging", REGION, Verdict::Fail);
    case.expects("cloudtrail-multi-region-trail", "111122223333", Verdict::Fail);
}

/// `iam-sso-inline-policy`: nobody in the account can change the inline policy of a permission set.
#[test]
fn the_inline_policy_of_a_permission_set_is_not_the_accounts_to_change() {
    let name = "AWSReservedSSO_Clinician_0123456789abcdef";
    let facts = json!({
        "RoleName": name,
        "Arn": format!("arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/{name}"),
        "Path": "/aws-reserved/sso.amazonaws.com/",
        "IsServiceLinked": false,
        "ManagedBy": "IAM Identity Center",
        "PolicyNames": ["AwsSSOInlinePolicy"],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    });
    let case = Case::in_account("444455556666").of_member(&json!({})).with("AWS::IAM::Role", name, facts);
    case.expects("iam-no-inline-policies", name, Verdict::NotApplicable);
}

/// `iam-trust-own-management-account`: the management account of the own organization is no stranger.
#[test]
fn the_management_account_of_the_own_organization_needs_no_external_id() {
    let name = "AWSCloudFormationStackSetExecutionRole";
    let facts = json!({
        "RoleName": name,
        "Arn": "arn:aws:iam::444455556666:role/AWSCloudFormationStackSetExecutionRole",
        "Path": "/",
        "IsServiceLinked": false,
        "ManagedBy": null,
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:role/AWSCloudFormationStackSetAdministrationRole"},
                "Action": "sts:AssumeRole",
            }],
        },
    });
    let case = Case::in_account("444455556666").of_member(&json!({})).with("AWS::IAM::Role", name, facts);
    case.expects("iam-role-trust-external", name, Verdict::Pass);
}

/// `kms-dnssec-copy-paste`: a copied statement hands a signing key to everyone, under a name that sounds harmless.
#[test]
fn a_signing_key_whose_policy_names_everyone_is_open_whatever_the_statement_is_called() {
    let id = "11111111-2222-3333-4444-555555555555";
    let facts = json!({
        "KeyId": id,
        "Arn": "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555",
        "Aliases": [],
        "KeyManager": "CUSTOMER",
        "KeySpec": "ECC_NIST_P256",
        "KeyUsage": "SIGN_VERIFY",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "EnableKeyRotation": false,
        "Grants": [],
        "KeyPolicy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Route53",
                    "Effect": "Allow",
                    "Principal": {"Service": "dnssec-route53.amazonaws.com"},
                    "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"],
                    "Resource": "*",
                },
                {
                    "Sid": "Route53Grant",
                    "Effect": "Allow",
                    "Principal": {"Service": "dnssec-route53.amazonaws.com"},
                    "Action": "kms:CreateGrant",
                    "Resource": "*",
                    "Condition": {"Bool": {"kms:GrantIsForAWSResource": true}},
                },
                {
                    "Sid": "IAM User Permissions",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "kms:*",
                    "Resource": "*",
                },
            ],
        },
    });
    let case = Case::in_account("111122223333").alone().with("AWS::KMS::Key", id, facts);
    case.expects("kms-key-policy-not-public", id, Verdict::Fail);
}

/// `rds-mysql-dynamic-tls-pending-reboot`: the state of the group is that of another parameter, or of this one, and AWS
/// does not tell which.
#[test]
fn a_dynamic_parameter_of_a_group_in_which_another_waits_settles_nothing() {
    let group = "arn:aws:rds:us-east-1:111122223333:pg:tls";
    let database = json!({
        "DBInstanceIdentifier": "records",
        "Engine": "mysql",
        "EngineVersion": "8.0.40",
        "DBClusterIdentifier": null,
        "OptionGroupMemberships": [],
        "DBParameterGroups": [{
            "DBParameterGroupArn": group, "DBParameterGroupName": "tls", "ParameterApplyStatus": "pending-reboot",
        }],
    });
    let parameters = json!({
        "DBParameterGroupArn": group,
        "DBParameterGroupName": "tls",
        "Parameters": [
            {
                "ParameterName": "require_secure_transport", "ParameterValue": "ON", "Source": "user",
                "ApplyType": "dynamic",
            },
            {"ParameterName": "performance_schema", "ParameterValue": "1", "Source": "user", "ApplyType": "static"},
        ],
    });
    let case = Case::in_account("111122223333").with("AWS::RDS::DBInstance", "records", database).with(
        "AWS::RDS::DBParameterGroup",
        "tls",
        parameters,
    );
    case.expects("rds-force-tls", "records", Verdict::Unknown);
}

/// `s3-tls-by-rcp`: the organization refuses plain HTTP for every bucket, so the bucket needs no policy for it.
#[test]
fn a_resource_control_policy_that_denies_plain_http_is_enough_for_a_bucket() {
    let everything = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    });
    let tls = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "EnforceSecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}},
        }],
    });
    let bucket = json!({"BucketName": "records", "Arn": "arn:aws:s3:::records", "BucketPolicy": null});
    let case = Case::in_account("444455556666").of_member(&json!({"ResourceControlPolicies": [everything, tls]})).with(
        "AWS::S3::Bucket",
        "records",
        bucket.clone(),
    );
    case.expects("s3-bucket-tls-only", "records", Verdict::Pass);

    // Where the account is not told what the organization decides, only the bucket can be judged.
    let blind = Case::in_account("444455556666").of_member(&json!({"ResourceControlPolicies": null})).with(
        "AWS::S3::Bucket",
        "records",
        bucket,
    );
    blind.expects("s3-bucket-tls-only", "records", Verdict::Fail);
}
