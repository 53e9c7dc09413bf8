//! Distributions of CloudFront and web ACLs, to which moto gives names of its own choice. The sample account has a
//! distribution as it should be and one that is not, each with its web ACL, and two web ACLs in a region. No other account
//! has any.

use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Credentials};
use crate::http::{Reply, Request};
use crate::wire::Call;

/// `None` for what is no operation of these services.
pub fn answer(call: &Call, request: &Request) -> Option<Reply> {
    let has_some = call.access_key == Credentials::any().access_key_id && call.region == "us-east-1";
    match call.service.as_str() {
        "cloudfront" => Some(cloudfront(call, request, has_some)),
        "wafv2" => {
            let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            Some(Reply::new(200, "application/x-amz-json-1.1", web_acls(call, &asked, has_some).to_string()))
        }
        _ => None,
    }
}

const SPACE: &str = "xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"";

fn cloudfront(call: &Call, request: &Request, has_some: bool) -> Reply {
    let is_portal = request.path().contains("E1PORTAL");
    let body = match call.operation.as_str() {
        "ListDistributions" => {
            let items = if has_some { [portal(), legacy()].concat() } else { String::new() };
            format!(
                "<DistributionList {SPACE}><Marker/><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>\
                 <Quantity>2</Quantity><Items>{items}</Items></DistributionList>"
            )
        }
        "GetDistributionConfig" => {
            format!(
                "<DistributionConfig {SPACE}><Logging><Enabled>{is_portal}</Enabled></Logging></DistributionConfig>"
            )
        }
        _ => format!("<Tags {SPACE}><Items/></Tags>"),
    };
    Reply::new(200, "text/xml", body)
}

fn portal() -> String {
    distribution(
        "E1PORTAL",
        "portal",
        "redirect-to-https",
        "<Aliases><Quantity>1</Quantity><Items><CNAME>portal.example.com</CNAME></Items></Aliases>\
         <ViewerCertificate><CloudFrontDefaultCertificate>false</CloudFrontDefaultCertificate>\
         <MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion></ViewerCertificate>",
        ("https-only", "EOAC1"),
    )
}

fn legacy() -> String {
    distribution(
        "E2LEGACY",
        "counting",
        "allow-all",
        "<Aliases><Quantity>0</Quantity></Aliases>\
         <ViewerCertificate><CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate>\
         <MinimumProtocolVersion>TLSv1</MinimumProtocolVersion></ViewerCertificate>",
        ("http-only", ""),
    )
}

/// One with an API and a bucket behind it.
fn distribution(id: &str, acl: &str, viewers: &str, certificate: &str, (api, control): (&str, &str)) -> String {
    let behavior = |origin: &str| {
        format!(
            "<TargetOriginId>{origin}</TargetOriginId><ViewerProtocolPolicy>{viewers}</ViewerProtocolPolicy>\
             <FieldLevelEncryptionId/>"
        )
    };
    format!(
        "<DistributionSummary><Id>{id}</Id><ARN>arn:aws:cloudfront::{ACCOUNT}:distribution/{id}</ARN>\
         <Status>Deployed</Status><DomainName>{id}.cloudfront.net</DomainName><Enabled>true</Enabled>\
         <Staging>false</Staging><ConnectionMode>direct</ConnectionMode><WebACLId>{}</WebACLId>{certificate}\
         <DefaultCacheBehavior>{}</DefaultCacheBehavior><CacheBehaviors><Quantity>1</Quantity><Items>\
         <CacheBehavior><PathPattern>/files/*</PathPattern>{}</CacheBehavior></Items></CacheBehaviors>\
         <Origins><Quantity>2</Quantity><Items><Origin><Id>api</Id><DomainName>api.example.com</DomainName>\
         <CustomOriginConfig><OriginProtocolPolicy>{api}</OriginProtocolPolicy><OriginSslProtocols>\
         <Quantity>1</Quantity><Items><SslProtocol>TLSv1.2</SslProtocol></Items></OriginSslProtocols>\
         </CustomOriginConfig><OriginAccessControlId/></Origin><Origin><Id>files</Id>\
         <DomainName>files.s3.us-east-1.amazonaws.com</DomainName><S3OriginConfig><OriginAccessIdentity/>\
         </S3OriginConfig><OriginAccessControlId>{control}</OriginAccessControlId></Origin></Items></Origins>\
         <OriginGroups><Quantity>0</Quantity></OriginGroups></DistributionSummary>",
        acl_arn("global", acl),
        behavior("api"),
        behavior("files"),
    )
}

fn acl_arn(scope: &str, name: &str) -> String {
    format!("arn:aws:wafv2:us-east-1:{ACCOUNT}:{scope}/webacl/{name}/{name}-0001")
}

fn web_acls(call: &Call, asked: &Value, has_some: bool) -> Value {
    let scope = if asked["Scope"] == "CLOUDFRONT" { "global" } else { "regional" };
    match call.operation.as_str() {
        "ListWebACLs" if !has_some => json!({"WebACLs": []}),
        "ListWebACLs" => {
            let acl = |name: &str| json!({"Name": name, "Id": format!("{name}-0001"), "ARN": acl_arn(scope, name)});
            json!({"WebACLs": [acl("portal"), acl("counting")]})
        }
        "GetWebACL" => {
            let name = asked["Name"].as_str().unwrap_or_default();
            let action = if name == "portal" { json!({"Block": {}}) } else { json!({"Count": {}}) };
            let metric = json!({"SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": true, "MetricName": name});
            json!({"WebACL": {
                "Name": name,
                "Id": asked["Id"],
                "ARN": acl_arn(scope, name),
                "DefaultAction": {"Allow": {}},
                "Rules": [{"Name": "floods", "Priority": 1, "Action": action, "VisibilityConfig": metric}],
                "VisibilityConfig": metric,
            }})
        }
        "ListLoggingConfigurations" if has_some => json!({"LoggingConfigurations": [{
            "ResourceArn": acl_arn(scope, "portal"),
            "LogDestinationConfigs": [format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws-waf-logs-portal")],
        }]}),
        "ListLoggingConfigurations" => json!({"LoggingConfigurations": []}),
        // A load balancer has the one, and a stage of an API has the other.
        _ => {
            let is_portal = asked["WebACLArn"].as_str().is_some_and(|arn| arn.contains("/portal/"));
            match (is_portal, asked["ResourceType"].as_str()) {
                (true, Some("APPLICATION_LOAD_BALANCER")) => json!({"ResourceArns": [
                    format!("arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/app/portal/0123456789abcdef")
                ]}),
                (false, Some("API_GATEWAY")) => {
                    json!({"ResourceArns": ["arn:aws:apigateway:us-east-1::/restapis/a1b2c3d4e5/stages/prod"]})
                }
                _ => json!({"ResourceArns": []}),
            }
        }
    }
}
