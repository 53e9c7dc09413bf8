//! Whether a service gets in with the request that it makes.

use super::*;
use crate::policy::{ServiceRequest, lets_service};

fn delivery() -> Value {
    json!({
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::records/AWSLogs/111122223333/*",
        "Condition": {"StringEquals": {
            "s3:x-amz-acl": "bucket-owner-full-control",
            "aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit",
        }},
    })
}

#[test]
fn a_service_gets_in_where_its_own_request_is_allowed() {
    let request = ServiceRequest {
        service: "cloudtrail.amazonaws.com",
        action: "s3:PutObject",
        resource: "arn:aws:s3:::records/AWSLogs/111122223333/CloudTrail/us-east-1/log.json.gz",
        account: ACCOUNT,
        source_arn: "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit",
    };
    let good = delivery();
    let condition = |condition: Value| policy(json!([change(&good, json!({"Condition": condition}))]));
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
    let plain = change(&deny, json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}));
    let old = change(&deny, json!({"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}));
    let outside = json!({"Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}, "Bool": {"aws:PrincipalIsAWSService": "false"},
    }});
    let outside = change(&deny, outside);
    let strangers = change(&deny, json!({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}));
    check(
        |document| lets_service(document, &request),
        &[
            ("AWS's own example", True, policy(json!([good]))),
            ("for the account", True, condition(json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}}))),
            ("for another account", False, condition(json!({"StringEquals": {"aws:SourceAccount": PARTNER}}))),
            (
                "another trail",
                False,
                condition(json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/x"}})),
            ),
            (
                "who else",
                False,
                policy(json!([change(&good, json!({"Principal": {"Service": "logging.s3.amazonaws.com"}}))])),
            ),
            (
                "another folder",
                False,
                policy(json!([change(&good, json!({"Resource": "arn:aws:s3:::records/logs/*"}))])),
            ),
            (
                "what is not sent for certain",
                Unknown,
                condition(json!({"StringEquals": {"aws:SourceOrgID": ORGANIZATION}})),
            ),
            ("plain HTTP alone is denied", True, policy(json!([good, plain]))),
            ("old versions of TLS are denied", True, policy(json!([good, old]))),
            ("services are spared by name", True, policy(json!([good, outside]))),
            ("who has no organization is denied", False, policy(json!([good, strangers]))),
            ("everything is denied", False, policy(json!([good, deny]))),
        ],
    );
}
