//! What functions, containers, topics, secrets, certificates, documents and builds of the sample account have that moto has
//! not: URLs of functions, the versions of Kubernetes, certificates in use, and days in the past. No other account has any.

use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Credentials};
use crate::http::{Reply, Request};
use crate::wire::Call;

const DAY: i64 = 24 * 3600;

/// `None` for what moto can answer itself.
pub fn answer(call: &Call, request: &Request) -> Option<Reply> {
    let has_some = is_planted(call) && call.region == "us-east-1";
    let body = match (call.service.as_str(), call.operation.as_str()) {
        ("lambda", "ListFunctionUrlConfigs") => function_urls(request),
        ("eks", "DescribeClusterVersions") => cluster_versions(),
        ("acm", "ListCertificates") if has_some => certificates(),
        ("acm", "ListCertificates") => json!({"CertificateSummaryList": []}),
        ("ssm", "ListResourceComplianceSummaries") => compliance(has_some),
        ("ssm", "GetServiceSetting") => sharing(is_planted(call), &call.region),
        ("sns", "ListSubscriptions") => return Some(subscriptions(has_some)),
        _ => return None,
    };
    let content_type =
        if matches!(call.service.as_str(), "acm" | "ssm") { "application/x-amz-json-1.1" } else { "application/json" };
    Some(Reply::new(200, content_type, body.to_string()))
}

/// Moto's answer with what it leaves out.
pub fn repaired(call: &Call, answer: &str) -> Option<String> {
    match (call.service.as_str(), call.operation.as_str()) {
        ("secretsmanager", "ListSecrets") => Some(with_days(answer)),
        ("ecs", "DescribeServices") => Some(with_commands(answer)),
        ("codebuild", "BatchGetProjects") => Some(with_visibility(answer)),
        _ => None,
    }
}

fn is_planted(call: &Call) -> bool {
    call.access_key == Credentials::any().access_key_id
}

fn after(days: i64) -> i64 {
    jiff::Timestamp::now().as_second() + days * DAY
}

/// One function asks for signatures, and one asks nobody.
fn function_urls(request: &Request) -> Value {
    let found = [("portal-api", "AWS_IAM"), ("webhook", "NONE")];
    let found = found.iter().find(|(name, _)| request.path().contains(&format!("/functions/{name}/")));
    let config = found.map(|(name, kind)| {
        json!({
            "FunctionUrl": format!("https://{name}.lambda-url.us-east-1.on.aws/"),
            "FunctionArn": format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"),
            "CreationTime": "2026-01-01T00:00:00Z",
            "LastModifiedTime": "2026-01-01T00:00:00Z",
            "AuthType": kind,
            "InvokeMode": "BUFFERED",
        })
    });
    json!({"FunctionUrlConfigs": config.into_iter().collect::<Vec<_>>()})
}

fn cluster_versions() -> Value {
    let version = |version: &str, status: &str, days: i64| {
        json!({
            "clusterVersion": version,
            "clusterType": "eks",
            "versionStatus": status,
            "endOfStandardSupportDate": after(days),
            "endOfExtendedSupportDate": after(days + 365),
        })
    };
    json!({"clusterVersions": [version("1.34", "STANDARD_SUPPORT", 300), version("1.24", "UNSUPPORTED", -700)]})
}

fn certificates() -> Value {
    let certificate = |name: &str, kind: &str, algorithm: &str, days: i64| {
        json!({
            "CertificateArn": format!("arn:aws:acm:us-east-1:{ACCOUNT}:certificate/{name}"),
            "DomainName": format!("{name}.example.com"),
            "Status": "ISSUED",
            "Type": kind,
            "KeyAlgorithm": algorithm,
            "InUse": true,
            "RenewalEligibility": if kind == "IMPORTED" { "INELIGIBLE" } else { "ELIGIBLE" },
            "NotAfter": after(days),
        })
    };
    json!({"CertificateSummaryList": [
        certificate("portal", "AMAZON_ISSUED", "EC_prime256v1", 200),
        certificate("partners", "IMPORTED", "RSA_2048", 90),
        certificate("fax-gateway", "IMPORTED", "RSA_1024", 5),
    ]})
}

/// One node has all that it should have, and another one lacks it.
fn compliance(has_some: bool) -> Value {
    let summary = |node: &str, kind: &str| {
        let is_good = node == "i-00000000000000001";
        json!({
            "ResourceId": node,
            "ResourceType": "ManagedInstance",
            "ComplianceType": kind,
            "Status": if is_good { "COMPLIANT" } else { "NON_COMPLIANT" },
            "ExecutionSummary": {"ExecutionTime": after(-1)},
            "NonCompliantSummary": {
                "NonCompliantCount": if is_good { 0 } else { 3 },
                "SeveritySummary": {"CriticalCount": if is_good { 0 } else { 1 }},
            },
        })
    };
    let nodes = if has_some { vec!["i-00000000000000001", "i-00000000000000002"] } else { Vec::new() };
    let all = nodes.iter().flat_map(|node| ["Patch", "Association"].map(|kind| summary(node, kind)));
    json!({"ResourceComplianceSummaryItems": all.collect::<Vec<_>>()})
}

/// Documents of the sample account can be shared with everyone in one region.
fn sharing(is_planted: bool, region: &str) -> Value {
    let value = if is_planted && region == "us-east-1" { "Enable" } else { "Disable" };
    json!({"ServiceSetting": {"SettingId": "/ssm/documents/console/public-sharing-permission", "SettingValue": value}})
}

fn subscriptions(has_some: bool) -> Reply {
    let member = |topic: &str, id: &str, protocol: &str| {
        format!(
            "<member><TopicArn>arn:aws:sns:us-east-1:{ACCOUNT}:{topic}</TopicArn><Protocol>{protocol}</Protocol>\
             <SubscriptionArn>{id}</SubscriptionArn><Owner>{ACCOUNT}</Owner><Endpoint>somebody</Endpoint></member>"
        )
    };
    let arn =
        |topic: &str, id: u32| format!("arn:aws:sns:us-east-1:{ACCOUNT}:{topic}:{id:08}-2222-3333-4444-555555555555");
    let members = match has_some {
        true => [
            member("lab-results", &arn("lab-results", 1), "https"),
            member("visits", &arn("visits", 2), "http"),
            member("visits", "PendingConfirmation", "email"),
            member("lab-results", "PendingConfirmation", "email"),
        ]
        .concat(),
        false => String::new(),
    };
    let body = format!(
        "<ListSubscriptionsResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><ListSubscriptionsResult>\
         <Subscriptions>{members}</Subscriptions></ListSubscriptionsResult><ResponseMetadata><RequestId>1</RequestId>\
         </ResponseMetadata></ListSubscriptionsResponse>"
    );
    Reply::new(200, "text/xml", body)
}

/// Moto makes every secret today, and rotates none without a container. One is read every day and rotates; another should
/// have rotated ten days ago.
fn with_days(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a list of secrets");
    for secret in answer["SecretList"].as_array_mut().expect("a list") {
        let due = match secret["Name"].as_str() {
            Some("db/records") => 20,
            Some("ftp-legacy") => -10,
            _ => continue,
        };
        secret["CreatedDate"] = after(-400).into();
        secret["RotationEnabled"] = true.into();
        secret["RotationRules"] = json!({"AutomaticallyAfterDays": 60});
        secret["LastRotatedDate"] = after(due - 60).into();
        secret["NextRotationDate"] = after(due).into();
        if due > 0 {
            secret["LastAccessedDate"] = after(-1).into();
        }
    }
    answer.to_string()
}

/// Moto forgets in which services people may open a shell.
fn with_commands(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a list of services");
    for service in answer["services"].as_array_mut().expect("a list") {
        let is_open = matches!(service["serviceName"].as_str(), Some("portal" | "reports"));
        service["enableExecuteCommand"] = is_open.into();
    }
    answer.to_string()
}

/// Moto forgets whose builds everyone may see.
fn with_visibility(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a list of projects");
    for project in answer["projects"].as_array_mut().expect("a list") {
        let visibility = if project["name"] == "open-source" { "PUBLIC_READ" } else { "PRIVATE" };
        project["projectVisibility"] = visibility.into();
    }
    answer.to_string()
}
