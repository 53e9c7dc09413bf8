//! Table buckets: moto makes them and has neither their policies nor their encryption. The sample account has one as it
//! should be, one that a vendor reads, and the one that S3 Metadata keeps.

use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Credentials};
use crate::http::{Reply, Request};
use crate::wire::Call;

/// `None` for what is no operation of S3 Tables.
pub fn answer(call: &Call, request: &Request) -> Option<Reply> {
    if call.service != "s3tables" {
        return None;
    }
    let has_some = call.access_key == Credentials::any().access_key_id && call.region == "us-east-1";
    let is_research = request.path().contains("research-tables");
    let is_of_aws = request.path().contains("aws-s3");
    let body = match call.operation.as_str() {
        "ListTableBuckets" if has_some => json!({"tableBuckets": [
            table_bucket("visits-tables", "customer"),
            table_bucket("research-tables", "customer"),
            table_bucket("aws-s3", "aws"),
        ]}),
        "ListTableBuckets" => json!({"tableBuckets": []}),
        "GetTableBucketPolicy" if is_research => {
            json!({"resourcePolicy": json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": "s3tables:GetTableData",
            "Resource": "*",
        }]}).to_string()})
        }
        "GetTableBucketPolicy" => return Some(not_found()),
        "GetTableBucketEncryption" if is_research || is_of_aws => {
            json!({"encryptionConfiguration": {"sseAlgorithm": "AES256"}})
        }
        "GetTableBucketEncryption" => json!({"encryptionConfiguration": {
            "sseAlgorithm": "aws:kms",
            "kmsKeyArn": format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/0a1b2c3d-0000-4000-8000-000000000001"),
        }}),
        "ListTagsForResource" => json!({"tags": {"Owner": "analytics"}}),
        _ => return None,
    };
    Some(Reply::new(200, "application/json", body.to_string()))
}

fn table_bucket(name: &str, sort: &str) -> Value {
    json!({
        "arn": format!("arn:aws:s3tables:us-east-1:{ACCOUNT}:bucket/{name}"),
        "name": name,
        "ownerAccountId": ACCOUNT,
        "createdAt": "2026-01-15T09:00:00Z",
        "tableBucketId": format!("id-of-{name}"),
        "type": sort,
    })
}

fn not_found() -> Reply {
    let body = json!({"message": "The specified table bucket policy does not exist."}).to_string();
    Reply::new(404, "application/json", body).with_header("x-amzn-errortype", "NotFoundException")
}
