//! What looks for threats and open doors: GuardDuty, whose detectors moto gives names of chance and whose findings it does not
//! have, standards of Security Hub, and Access Analyzer. The sample account has each in one region as it should be; other accounts
//! have all of it everywhere.

use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Credentials};
use crate::http::Reply;
use crate::wire::Call;

const DAY: i64 = 24 * 3600;

/// `None` for what is no operation of these.
pub fn answer(call: &Call) -> Option<Reply> {
    let is_planted = call.access_key == Credentials::any().access_key_id;
    let region = if is_planted { call.region.as_str() } else { "us-east-1" };
    let body = match (call.service.as_str(), call.operation.as_str()) {
        ("guardduty", "ListDetectors") => json!({"detectorIds": [format!("detector-{}", call.region)]}),
        ("guardduty", "GetDetector") => detector(region),
        ("guardduty", "ListFindings") if is_planted && region == "us-east-1" => {
            json!({"findingIds": ["exfiltration", "port-probe", "sample"]})
        }
        ("guardduty", "ListFindings") => json!({"findingIds": []}),
        ("guardduty", "GetFindings") => json!({"findings": [
            finding("exfiltration", "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", 8.0, 20, ""),
            finding("port-probe", "Recon:EC2/PortProbeUnprotectedPort", 5.0, 20, ""),
            finding("sample", "CryptoCurrency:EC2/BitcoinTool.B!DNS", 8.0, 60, "[SAMPLE] "),
        ]}),
        ("securityhub", "GetEnabledStandards") if region == "us-east-1" => standards(),
        ("securityhub", "GetEnabledStandards") => return Some(error(403, "InvalidAccessException")),
        ("securityhub", "DescribeSecurityHubV2") => return Some(error(404, "ResourceNotFoundException")),
        ("accessanalyzer", "ListAnalyzers") => json!({"analyzers": analyzers(region, &call.region)}),
        _ => return None,
    };
    Some(Reply::new(200, "application/json", body.to_string()))
}

/// Good in Virginia, without objects in Frankfurt, suspended in Oregon.
fn detector(region: &str) -> Value {
    let of = |is_so| if is_so { "ENABLED" } else { "DISABLED" };
    json!({
        "createdAt": "2026-01-15T09:00:00Z",
        "serviceRole": format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty"),
        "status": of(region != "us-west-2"),
        "features": [{"name": "CLOUD_TRAIL", "status": "ENABLED"}, {"name": "S3_DATA_EVENTS", "status": of(region == "us-east-1")}],
        "tags": {},
    })
}

fn finding(id: &str, sort: &str, severity: f64, days: i64, before: &str) -> Value {
    let at = jiff::Timestamp::now().as_second() - days * DAY;
    let at = jiff::Timestamp::from_second(at).expect("a moment").to_string();
    json!({
        "accountId": ACCOUNT,
        "arn": format!("arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/detector-us-east-1/finding/{id}"),
        "id": id,
        "region": "us-east-1",
        "schemaVersion": "2.0",
        "type": sort,
        "title": format!("{before}Something happened."),
        "severity": severity,
        "createdAt": at,
        "updatedAt": at,
    })
}

fn standards() -> Value {
    let standard = "standards/aws-foundational-security-best-practices/v/1.0.0";
    json!({"StandardsSubscriptions": [{
        "StandardsSubscriptionArn": format!("arn:aws:securityhub:us-east-1:{ACCOUNT}:subscription/aws-foundational-security-best-practices/v/1.0.0"),
        "StandardsArn": format!("arn:aws:securityhub:us-east-1::{standard}"),
        "StandardsInput": {},
        "StandardsStatus": "READY",
    }]})
}

/// One that looks for access from outside in Virginia, one that does not in Frankfurt, none in Oregon.
fn analyzers(region: &str, real: &str) -> Vec<Value> {
    let analyzer = |name: &str, sort: &str| {
        json!({
            "arn": format!("arn:aws:access-analyzer:{real}:{ACCOUNT}:analyzer/{name}"),
            "name": name,
            "type": sort,
            "status": "ACTIVE",
            "createdAt": "2026-01-15T09:00:00Z",
            "tags": {},
        })
    };
    match region {
        "us-east-1" => vec![analyzer("external-access", "ACCOUNT")],
        "eu-central-1" => vec![analyzer("unused-access", "ACCOUNT_UNUSED_ACCESS")],
        _ => Vec::new(),
    }
}

fn error(status: u16, code: &'static str) -> Reply {
    // The code stands in the body alone, so that the tests of damaged answers damage it.
    let body = json!({"code": code, "message": "Account is not subscribed to AWS Security Hub"}).to_string();
    Reply::new(status, "application/json", body)
}
