//! CloudWatch Logs: policies of the account, which moto does not have. In the sample account all logs of one region go to a
//! vendor.

use serde_json::{Value, json};

use crate::aws::Credentials;
use crate::http::Reply;
use crate::wire::Call;

/// `None` for what moto can answer itself.
pub fn answer(call: &Call) -> Option<Reply> {
    if (call.service.as_str(), call.operation.as_str()) != ("cloudwatchlogs", "DescribeAccountPolicies") {
        return None;
    }
    let has_one = call.access_key == Credentials::any().access_key_id && call.region == "us-west-2";
    let policies = if has_one { vec![policy()] } else { Vec::new() };
    Some(Reply::new(200, "application/x-amz-json-1.1", json!({"accountPolicies": policies}).to_string()))
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

/// Moto names no class of log groups.
pub fn with_classes(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("a list of log groups");
    for group in answer["logGroups"].as_array_mut().expect("a list") {
        group["logGroupClass"] = "STANDARD".into();
    }
    answer.to_string()
}
