//! Answers for the operations that moto does not have, in the shapes that AWS documents, and what moto writes wrong put
//! right.

mod answers;
mod backup;
mod compute;
mod contract;
mod databases;
mod detection;
mod edge;
mod gateways;
mod logs;
mod machines;
mod tables;
mod usage;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::aws::Credentials;
use crate::http::{Reply, Request};
use crate::wire::Call;

/// The regions of the sample account.
pub const REGIONS: [&str; 3] = ["eu-central-1", "us-east-1", "us-west-2"];

const EVENT_DATA_STORE: &str =
    "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/11111111-2222-3333-4444-555555555555";

/// `None` for whatever moto can answer itself.
pub fn answer(call: &Call, request: &Request) -> Option<Reply> {
    let of_a_service = usage::answer(call, request)
        .or_else(|| backup::answer(call, request))
        .or_else(|| answers::answer(call, request))
        .or_else(|| tables::answer(call, request))
        .or_else(|| compute::answer(call, request))
        .or_else(|| gateways::answer(call, request))
        .or_else(|| edge::answer(call, request))
        .or_else(|| detection::answer(call))
        .or_else(|| logs::answer(call));
    if of_a_service.is_some() {
        return of_a_service;
    }
    if let Some(body) = contract::answer(call) {
        return Some(Reply::new(200, "application/json", body.to_string()));
    }
    let body = match (call.service.as_str(), call.operation.as_str()) {
        ("account", "ListRegions") => json!({"Regions": REGIONS.map(enabled)}),
        ("cloudtrail", "ListEventDataStores") if call.region == "us-east-1" => {
            json!({"EventDataStores": [{"EventDataStoreArn": EVENT_DATA_STORE, "Name": "six-years"}]})
        }
        ("cloudtrail", "ListEventDataStores") => json!({"EventDataStores": []}),
        ("cloudtrail", "GetResourcePolicy") => return Some(no_resource_policy()),
        ("cloudtrail", "GetEventDataStore") => event_data_store(is_planted(call)),
        // Moto shows an access point in every region.
        ("s3control", "ListAccessPoints") if call.region != "us-east-1" => return Some(no_access_points()),
        ("s3control", "ListAccessGrantsInstances") => return Some(access_grants(call, GRANTS_INSTANCE)),
        ("s3control", "ListAccessGrants") => return Some(access_grants(call, GRANTS)),
        ("s3control", "GetAccessGrantsInstanceResourcePolicy") => return Some(access_grants(call, GRANTS_POLICY)),
        ("iam", "GetOutboundWebIdentityFederationInfo") => return Some(outbound_federation(call)),
        ("iam", "ListOrganizationsFeatures") => return Some(organization_features(call)),
        ("kms", "DescribeCustomKeyStores") if is_planted(call) && call.region == "us-east-1" => custom_key_stores(),
        ("kms", "DescribeCustomKeyStores") => json!({"CustomKeyStores": []}),
        ("organizations", "DescribeEffectivePolicy") => return Some(effective_policy(call, request)),
        ("iam", "ListServerCertificateTags") => return Some(no_tags()),
        ("ec2", operation) => return machines::answer(operation, call),
        ("rds", operation) => return databases::answer(operation, call, request),
        ("iam", "ListServiceSpecificCredentials") => return Some(service_credentials(call)),
        _ => return None,
    };
    let content_type = if call.service == "account" { "application/json" } else { "application/x-amz-json-1.1" };
    Some(Reply::new(200, content_type, body.to_string()))
}

/// The root elements that moto calls otherwise than AWS: service, operation, moto's, AWS's. Botocore does not look at
/// them, other SDKs do.
const ROOTS: [(&str, &str, &str, &str); 8] = [
    ("s3", "GetBucketNotificationConfiguration", "GetBucketNotificationResponse", "NotificationConfiguration"),
    ("s3", "GetBucketVersioning", "GetBucketVersioningResponse", "VersioningConfiguration"),
    (
        "s3",
        "ListBucketInventoryConfigurations",
        "ListBucketInventoryConfigurationsResponse",
        "ListInventoryConfigurationsResult",
    ),
    ("s3control", "GetAccessPoint", "GetAccessPointResponse", "GetAccessPointResult"),
    ("s3control", "ListAccessPoints", "ListAccessPointsResponse", "ListAccessPointsResult"),
    ("s3control", "GetAccessPointPolicy", "GetAccessPointPolicyResponse", "GetAccessPointPolicyResult"),
    (
        "s3control",
        "ListMultiRegionAccessPoints",
        "ListMultiRegionAccessPointsResponse",
        "ListMultiRegionAccessPointsResult",
    ),
    (
        "s3control",
        "GetMultiRegionAccessPointPolicy",
        "GetMultiRegionAccessPointPolicyResponse",
        "GetMultiRegionAccessPointPolicyResult",
    ),
];

/// Whether the answer holds for the moment only: whoever is given it again and again waits forever.
pub fn says_to_ask_again(call: &Call, reply: &Reply) -> bool {
    call.operation == "GetServiceLastAccessedDetails" && String::from_utf8_lossy(&reply.body).contains("IN_PROGRESS")
}

/// Moto's answer as AWS would write it.
pub fn repaired(call: &Call, request: &Request, mut reply: Reply) -> Reply {
    let root = ROOTS.iter().find(|(service, operation, ..)| call.service == *service && call.operation == *operation);
    if let Some((_, _, wrong, right)) = root {
        reply.body = String::from_utf8_lossy(&reply.body).replace(wrong, right).into_bytes();
    }
    if reply.status == 200 {
        let is_planted = is_planted(call);
        let text = |reply: &Reply| String::from_utf8_lossy(&reply.body).into_owned();
        if let Some(body) = compute::repaired(call, &text(&reply)) {
            reply.body = body.into_bytes();
        }
        match (call.service.as_str(), call.operation.as_str()) {
            ("iam", "GetCredentialReport") => reply.body = credential_report(&text(&reply), is_planted).into_bytes(),
            // No device can be given to moto's root user.
            ("iam", "GetAccountSummary") if !is_planted => reply.body = with_root_device(&text(&reply)).into_bytes(),
            ("cloudtrail", "GetTrailStatus") if !is_planted => reply.body = with_delivery(&text(&reply)).into_bytes(),
            // Moto shows a bucket in every region.
            ("resourcegroupstaggingapi", "GetResources") if call.region != "us-east-1" => {
                reply.body = without_buckets(&text(&reply)).into_bytes();
            }
            ("cloudwatchlogs", "DescribeLogGroups") => {
                reply.body = logs::with_classes(&text(&reply), is_planted).into_bytes()
            }
            ("sns", "GetTopicAttributes") => reply.body = with_subscription(&text(&reply)).into_bytes(),
            ("dynamodb", "DescribeTable") => reply.body = of_last_year(&text(&reply)).into_bytes(),
            ("s3", "GetBucketEncryption") => reply.body = with_blocked_types(&text(&reply)).into_bytes(),
            ("s3", "GetBucketReplication") => reply.body = with_kms_objects(&text(&reply)).into_bytes(),
            ("kms", "DescribeKey") => reply.body = with_primary(&text(&reply)).into_bytes(),
            ("rds", "DescribeDBClusters") => reply.body = with_docdb(&text(&reply), "</DBCluster>").into_bytes(),
            ("rds", "DescribeDBClusterSnapshots") => {
                reply.body = with_docdb(&text(&reply), "</DBClusterSnapshot>").into_bytes();
            }
            ("ec2", "DescribeSnapshots") => {
                if let Some(body) = machines::own_snapshots(request, &text(&reply)) {
                    reply.body = body.into_bytes();
                }
            }
            ("rds", "DescribeDBInstances") => reply.body = with_certificates(&text(&reply)).into_bytes(),
            _ => {}
        }
    }
    let says = |words: &str| String::from_utf8_lossy(&reply.body).contains(words);
    if call.operation == "ListParents" && says("AccountNotFoundException") {
        // AWS refuses to tell members; moto does not find what belongs to another account.
        let error = json!({"__type": "AccessDeniedException", "Message": "You don't have permissions to access this resource."});
        reply.body = error.to_string().into_bytes();
        reply.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-amzn-errortype"));
    }
    reply
}

/// Moto counts no subscription as confirmed. The sample account's is, and nobody has subscribed to its old topic.
fn with_subscription(answer: &str) -> String {
    const NONE: &str = "<entry><key>SubscriptionsConfirmed</key><value>0</value></entry>";
    match answer.contains(":old-pager</value>") {
        true => answer.to_owned(),
        false => answer.replace(NONE, &NONE.replace('0', "1")),
    }
}

fn is_planted(call: &Call) -> bool {
    call.access_key == Credentials::any().access_key_id
}

fn without_buckets(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a list of resources");
    let is_bucket =
        |mapping: &Value| mapping["ResourceARN"].as_str().is_some_and(|arn| arn.starts_with("arn:aws:s3:::"));
    let mappings = answer["ResourceTagMappingList"].as_array_mut().expect("a list");
    mappings.retain(|mapping| !is_bucket(mapping));
    answer.to_string()
}

/// Moto makes no clusters of DocumentDB, and the sample account makes them as ones of Neptune.
fn with_docdb(answer: &str, end: &str) -> String {
    let one = |part: &str| match part.contains("docdb</DBClusterIdentifier>") {
        true => part.replace("<Engine>neptune</Engine>", "<Engine>docdb</Engine>"),
        false => part.to_owned(),
    };
    answer.split_inclusive(end).map(one).collect()
}

/// What moto made just now is too young for whoever asks for its backups.
fn of_last_year(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a table");
    answer["Table"]["CreationDateTime"] = (jiff::Timestamp::now().as_second() - 365 * 24 * 3600).into();
    answer.to_string()
}

/// Moto keeps no encryption types that are blocked; AWS has blocked SSE-C in new buckets since April 2026.
fn with_blocked_types(answer: &str) -> String {
    let blocked = "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>";
    answer.replace("</Rule>", blocked)
}

/// Moto calls a primary key a replica, too, once its replica was described, and the key of AWS for disks a customer's.
fn with_primary(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a key");
    let key = &mut answer["KeyMetadata"];
    if key["MultiRegionConfiguration"]["PrimaryKey"]["Arn"] == key["Arn"] && key["Arn"].is_string() {
        key["MultiRegionConfiguration"]["MultiRegionKeyType"] = "PRIMARY".into();
    }
    if key["Description"].as_str().is_some_and(|words| words.starts_with("Default master key that protects my EBS")) {
        key["KeyManager"] = "AWS".into();
    }
    answer.to_string()
}

/// Moto forgets that a replication rule takes objects under KMS keys along, which all rules of the estates do.
fn with_kms_objects(answer: &str) -> String {
    let criteria = "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects>\
                    </SourceSelectionCriteria></Rule>";
    answer.replace("</Rule>", criteria)
}

/// Moto says which authority issued a database's certificate, but not how long that is good.
fn with_certificates(answer: &str) -> String {
    let ends = [("rds-ca-2019", "2024-08-22T17:08:50Z"), ("rds-ca-rsa2048-g1", "2061-05-21T22:34:57Z")];
    ends.iter().fold(answer.to_owned(), |answer, (authority, end)| {
        let identifier = format!("<CACertificateIdentifier>{authority}</CACertificateIdentifier>");
        let details = format!(
            "{identifier}<CertificateDetails><CAIdentifier>{authority}</CAIdentifier><ValidTill>{end}</ValidTill>\
             </CertificateDetails>"
        );
        answer.replace(&identifier, &details)
    })
}

fn with_root_device(answer: &str) -> String {
    let (before, after) = answer.split_once("AccountMFAEnabled").expect("the entry");
    format!("{before}AccountMFAEnabled{}", after.replacen("<value>0<", "<value>1<", 1))
}

/// Moto delivers nothing to CloudWatch Logs, and so never says when it last did.
fn with_delivery(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a trail's status");
    answer["LatestCloudWatchLogsDeliveryTime"] = (jiff::Timestamp::now().as_second() - 600).into();
    answer.to_string()
}

/// Moto's report is of 2015, before any user existed, and leaves the root user out.
fn credential_report(answer: &str, is_planted: bool) -> String {
    const ROOT: &str = "<root_account>,arn:aws:iam::123456789012:root,2020-01-01T00:00:00+00:00,not_supported,\
                        2020-02-01T00:00:00+00:00,not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,\
                        N/A,N/A,N/A,false,N/A,false,N/A\n";
    let (before, rest) = answer.split_once("<Content>").expect("a report");
    let (content, after) = rest.split_once("</Content>").expect("a whole report");
    let mut report = BASE64_STANDARD.decode(content.trim()).expect("a report in Base64");
    let device = if is_planted { "not_supported,false,false" } else { "not_supported,true,false" };
    report.extend_from_slice(ROOT.replace("not_supported,false,false", device).as_bytes());
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    format!("{before}<Content>{}</Content>{after}", BASE64_STANDARD.encode(report))
        .replace("2015-02-02T20:02:02Z", &now)
}

fn enabled(region: &str) -> Value {
    json!({"RegionName": region, "RegionOptStatus": "ENABLED_BY_DEFAULT"})
}

/// Bad in the planted account alone: no key of its own.
fn event_data_store(is_planted: bool) -> Value {
    let key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    json!({
        "KmsKeyId": (!is_planted).then_some(key),
        "EventDataStoreArn": EVENT_DATA_STORE,
        "Name": "six-years",
        "Status": "ENABLED",
        "AdvancedEventSelectors": [
            {"Name": "Management events", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
            {"Name": "Tables", "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]},
            ]},
        ],
        "MultiRegionEnabled": true,
        "OrganizationEnabled": false,
        "RetentionPeriod": 2557,
        "TerminationProtectionEnabled": true,
        "CreatedTimestamp": 1_767_225_600,
        "UpdatedTimestamp": 1_767_225_600,
        "BillingMode": "EXTENDABLE_RETENTION_PRICING",
    })
}

fn no_resource_policy() -> Reply {
    let error = json!({"__type": "ResourcePolicyNotFoundException", "message": "no policy is attached"});
    Reply::new(400, "application/x-amz-json-1.1", error.to_string())
}

const GRANTS_INSTANCE: (&str, &str) = (
    "ListAccessGrantsInstancesResult",
    "<AccessGrantsInstancesList><AccessGrantsInstance><AccessGrantsInstanceId>default</AccessGrantsInstanceId>\
     <AccessGrantsInstanceArn>arn:aws:s3:us-east-1:123456789012:access-grants/default</AccessGrantsInstanceArn>\
     </AccessGrantsInstance></AccessGrantsInstancesList>",
);
const GRANTS: (&str, &str) = (
    "ListAccessGrantsResult",
    "<AccessGrantsList><AccessGrant><AccessGrantId>grant-of-app</AccessGrantId><Grantee><GranteeType>IAM</GranteeType>\
     <GranteeIdentifier>arn:aws:iam::123456789012:role/app-records</GranteeIdentifier></Grantee>\
     <Permission>READ</Permission><GrantScope>s3://meridian-records-prod/scans/*</GrantScope></AccessGrant>\
     <AccessGrant><AccessGrantId>grant-of-vendor</AccessGrantId><Grantee><GranteeType>IAM</GranteeType>\
     <GranteeIdentifier>arn:aws:iam::999988887777:role/reader</GranteeIdentifier></Grantee>\
     <Permission>READWRITE</Permission><GrantScope>s3://meridian-records-prod/*</GrantScope></AccessGrant>\
     </AccessGrantsList>",
);
const GRANTS_POLICY: (&str, &str) = (
    "GetAccessGrantsInstanceResourcePolicyResult",
    "<Policy>{&quot;Version&quot;:&quot;2012-10-17&quot;,&quot;Statement&quot;:[{&quot;Effect&quot;:&quot;Allow&quot;,\
     &quot;Principal&quot;:{&quot;AWS&quot;:&quot;999988887777&quot;},&quot;Action&quot;:&quot;s3:GetDataAccess&quot;,\
     &quot;Resource&quot;:&quot;arn:aws:s3:us-east-1:123456789012:access-grants/default&quot;}]}</Policy>",
);

/// Only the planted account has access grants, in one region.
fn access_grants(call: &Call, (root, content): (&str, &str)) -> Reply {
    let has_some = call.access_key == Credentials::any().access_key_id && call.region == "us-east-1";
    let content = if has_some { content } else { "" };
    let body = format!("<{root} xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">{content}</{root}>");
    Reply::new(200, "application/xml", body)
}

fn no_access_points() -> Reply {
    let body = "<ListAccessPointsResult xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">\
                <AccessPointList/></ListAccessPointsResult>";
    Reply::new(200, "application/xml", body)
}

fn no_tags() -> Reply {
    let body = "<ListServerCertificateTagsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
                <ListServerCertificateTagsResult><Tags/><IsTruncated>false</IsTruncated>\
                </ListServerCertificateTagsResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\
                </ListServerCertificateTagsResponse>";
    Reply::new(200, "text/xml", body)
}

/// Of the sample account two robots have API keys of Bedrock: one without an end, and one for a month.
fn service_credentials(call: &Call) -> Reply {
    let day = |days: i64| {
        let seconds = jiff::Timestamp::now().as_second() + days * 86_400;
        jiff::Timestamp::from_second(seconds).expect("a moment").to_string()
    };
    let member = |id: &str, user: &str, end: &str| {
        format!(
            "<member><UserName>{user}</UserName><Status>Active</Status><ServiceUserName>{user}-at</ServiceUserName>\
             <CreateDate>{}</CreateDate>{end}<ServiceSpecificCredentialId>{id}</ServiceSpecificCredentialId>\
             <ServiceName>bedrock.amazonaws.com</ServiceName></member>",
            day(-10)
        )
    };
    let members = match call.access_key == Credentials::any().access_key_id {
        true => {
            let end = format!("<ExpirationDate>{}</ExpirationDate>", day(20));
            member("ACCAMETRICSBOT000001", "metrics-bot", "") + &member("ACCADEPLOYBOT0000001", "deploy-bot", &end)
        }
        false => String::new(),
    };
    let body = format!(
        "<ListServiceSpecificCredentialsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <ListServiceSpecificCredentialsResult><ServiceSpecificCredentials>{members}</ServiceSpecificCredentials>\
         <IsTruncated>false</IsTruncated></ListServiceSpecificCredentialsResult><ResponseMetadata>\
         <RequestId>1</RequestId></ResponseMetadata></ListServiceSpecificCredentialsResponse>"
    );
    Reply::new(200, "text/xml", body)
}

/// A key store whose cluster nobody is connected to.
fn custom_key_stores() -> Value {
    json!({"CustomKeyStores": [{
        "CustomKeyStoreId": "cks-1234567890abcdef0",
        "CustomKeyStoreName": "records-hsm",
        "CustomKeyStoreType": "AWS_CLOUDHSM",
        "CloudHsmClusterId": "cluster-1a23b4cdefg",
        "ConnectionState": "DISCONNECTED",
        "CreationDate": 1_767_225_600,
    }], "Truncated": false})
}

/// The sample account's organization fixes nothing, every other one what the rules ask for.
fn effective_policy(call: &Call, request: &Request) -> Reply {
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let kind = asked["PolicyType"].as_str().unwrap_or_default();
    if call.access_key == Credentials::any().access_key_id {
        let body = json!({"__type": "EffectivePolicyNotFoundException", "Message": "There is no effective policy."});
        return Reply::new(400, "application/x-amz-json-1.1", body.to_string());
    }
    let content = match kind {
        "AISERVICES_OPT_OUT_POLICY" => json!({"services": {"default": {"opt_out_policy": "optOut"}}}),
        "S3_POLICY" => json!({"s3_attributes": {"public_access_block_configuration": "all"}}),
        _ => json!({"ec2_attributes": {
            "image_block_public_access": {"state": "block_new_sharing"},
            "snapshot_block_public_access": {"state": "block_all_sharing"},
            "instance_metadata_defaults": {"http_tokens": "required"},
        }}),
    };
    let body = json!({"EffectivePolicy": {"PolicyContent": content.to_string(), "PolicyType": kind}});
    Reply::new(200, "application/x-amz-json-1.1", body.to_string())
}

/// Principals of the sample account may get tokens for other clouds; those of every other account may not.
fn outbound_federation(call: &Call) -> Reply {
    if !is_planted(call) {
        let body = "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
                    <Code>FeatureDisabled</Code><Message>Outbound web identity federation is disabled.</Message></Error>\
                    <RequestId>1</RequestId></ErrorResponse>";
        return Reply::new(404, "text/xml", body);
    }
    let body = "<GetOutboundWebIdentityFederationInfoResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
                <GetOutboundWebIdentityFederationInfoResult><JwtVendingEnabled>true</JwtVendingEnabled>\
                <IssuerIdentifier>https://0f1e2d3c.tokens.sts.global.api.aws</IssuerIdentifier>\
                </GetOutboundWebIdentityFederationInfoResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\
                </GetOutboundWebIdentityFederationInfoResponse>";
    Reply::new(200, "text/xml", body)
}

/// The sample account's organization manages no root credentials centrally; every other one does.
fn organization_features(call: &Call) -> Reply {
    let features = match is_planted(call) {
        true => "",
        false => "<member>RootCredentialsManagement</member><member>RootSessions</member>",
    };
    let body = format!(
        "<ListOrganizationsFeaturesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <ListOrganizationsFeaturesResult><OrganizationId>o-abcdefghij</OrganizationId>\
         <EnabledFeatures>{features}</EnabledFeatures></ListOrganizationsFeaturesResult>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListOrganizationsFeaturesResponse>"
    );
    Reply::new(200, "text/xml", body)
}
