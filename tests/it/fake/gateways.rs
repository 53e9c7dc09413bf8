//! APIs of API Gateway, to which moto gives numbers of its own choice. The sample account has a REST API and an HTTP API as
//! they should be, and one of either that is not. No other account has any.

use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Credentials};
use crate::http::{Reply, Request};
use crate::wire::Call;

/// `None` for what is no operation of API Gateway.
pub fn answer(call: &Call, request: &Request) -> Option<Reply> {
    let has_some = call.access_key == Credentials::any().access_key_id && call.region == "us-east-1";
    let is_good = request.path().contains("portal0001") || request.path().contains("visits0001");
    let body = match (call.service.as_str(), call.operation.as_str()) {
        ("apigateway", "GetRestApis" | "GetDomainNames") if !has_some => json!({"item": []}),
        ("apigateway", "GetRestApis") => {
            json!({"item": [rest_api("portal0001", "portal"), rest_api("legacy0001", "legacy")]})
        }
        ("apigateway", "GetDomainNames") => {
            json!({"item": [domain("api.example.com", "TLS_1_2"), domain("old.example.com", "TLS_1_0")]})
        }
        ("apigateway", _) => json!({"item": [rest_stage(is_good)]}),
        ("apigatewayv2", "GetApis") if !has_some => json!({"items": []}),
        ("apigatewayv2", "GetApis") => {
            json!({"items": [http_api("visits0001", "visits"), http_api("intake0001", "intake")]})
        }
        ("apigatewayv2", "GetStages") => {
            let log = is_good.then(|| json!({"destinationArn": log_group(), "format": "$context.requestId"}));
            json!({"items": [{"stageName": "prod", "accessLogSettings": log}]})
        }
        ("apigatewayv2", _) => {
            let asks = if is_good { "JWT" } else { "NONE" };
            json!({"items": [{"routeId": "r1", "routeKey": "GET /visits", "authorizationType": asks}]})
        }
        _ => return None,
    };
    Some(Reply::new(200, "application/json", without_null(body).to_string()))
}

fn log_group() -> String {
    format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:apis")
}

fn phi() -> Value {
    json!({"DataClassification": "phi"})
}

fn rest_api(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "endpointConfiguration": {"types": ["REGIONAL"]}, "tags": phi()})
}

fn http_api(id: &str, name: &str) -> Value {
    json!({
        "apiId": id,
        "name": name,
        "protocolType": "HTTP",
        "routeSelectionExpression": "$request.method $request.path",
        "tags": phi(),
    })
}

fn domain(name: &str, policy: &str) -> Value {
    json!({"domainName": name, "securityPolicy": policy, "endpointConfiguration": {"types": ["REGIONAL"]}})
}

/// Both keep answers.
fn rest_stage(is_good: bool) -> Value {
    let acl = format!("arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/portal/portal-0001");
    json!({
        "stageName": "prod",
        "deploymentId": "d1",
        "cacheClusterEnabled": true,
        "accessLogSettings": is_good.then(|| json!({"destinationArn": log_group()})),
        "webAclArn": is_good.then_some(acl),
        "methodSettings": {"*/*": {
            "loggingLevel": "OFF",
            "dataTraceEnabled": !is_good,
            "cachingEnabled": true,
            "cacheDataEncrypted": is_good,
        }},
        "tags": phi(),
    })
}

fn without_null(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(|member| *member = without_null(member.take()));
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| *element = without_null(element.take())),
        _ => {}
    }
    value
}
