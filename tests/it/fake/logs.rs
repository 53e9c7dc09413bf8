//! CloudWatch Logs: policies of the account, which moto does not have, and exports, which it names at random. In the sample
//! account all logs of one region go to a vendor, and so does one export.

use serde_json::{Value, json};

use crate::aws::Credentials;
use crate::http::Reply;
use crate::wire::Call;

/// `None` for what moto can answer itself.
pub fn answer(call: &Call) -> Option<Reply> {
    let is_planted = call.access_key == Credentials::any().access_key_id;
    let body = match (call.service.as_str(), call.operation.as_str()) {
        ("cloudwatchlogs", "DescribeAccountPolicies") => {
            let policies = if is_planted && call.region == "us-west-2" { vec![policy()] } else { Vec::new() };
            json!({"accountPolicies": policies})
        }
        ("cloudwatchlogs", "DescribeExportTasks") => {
            let has_some = is_planted && call.region == "us-east-1";
            let tasks = [("records", "meridian-research"), ("vendor", "somebody-elses-bucket")].map(export);
            json!({"exportTasks": if has_some { tasks.to_vec() } else { Vec::new() }})
        }
        _ => return None,
    };
    Some(Reply::new(200, "application/x-amz-json-1.1", body.to_string()))
}

fn export((id, bucket): (&str, &str)) -> Value {
    json!({
        "taskId": id,
        "logGroupName": "account-trail",
        "from": 1_767_225_600_000_i64,
        "to": 1_767_312_000_000_i64,
        "destination": bucket,
        "status": {"code": "COMPLETED"},
    })
}

fn policy() -> Value {
    let document = json!({
        "DestinationArn": "arn:aws:logs:us-west-2:444455556666:destination:insights",
        "FilterPattern": "",
        "Distribution": "Random",
    });
    json!({
        "policyName": "vendor-insights",
        "policyType": "SUBSCRIPTION_FILTER_POLICY",
        "policyDocument": document.to_string(),
        "scope": "ALL",
        "accountId": "123456789012",
        "lastUpdatedTime": 1_767_225_600_000_i64,
    })
}

/// Moto names no class of log groups, and protects none from deletion. The clean account's are.
pub fn with_classes(answer: &str, is_planted: bool) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a list of log groups");
    for group in answer["logGroups"].as_array_mut().expect("a list") {
        group["logGroupClass"] = "STANDARD".into();
        group["deletionProtectionEnabled"] = (!is_planted).into();
    }
    answer.to_string()
}
