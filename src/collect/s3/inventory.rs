//! Where a bucket's inventories go: lists of all its objects, whose names alone can tell of patients.
//!
//! A call for each bucket, made only where a rule asks. Destinations of analytics, metadata tables and batch jobs are not
//! read.

use aws_sdk_s3::Client;
use aws_sdk_s3::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::BUCKET;
use crate::aws::{Answer, Operation, ResourceReader, Yield};
use crate::model::Fact;

pub(super) const LIST_BUCKET_INVENTORY_CONFIGURATIONS: Operation = super::fact_of(
    "ListBucketInventoryConfigurations",
    &["s3:GetInventoryConfiguration"],
    &[Yield::Facts(BUCKET, &["InventoryConfigurations"])],
);

/// One inventory, on or off.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InventoryConfiguration {
    id: String,
    enabled: bool,
    /// Null where AWS names none.
    destination: Option<InventoryDestination>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct InventoryDestination {
    bucket_arn: String,
    /// Null where nobody said whose the bucket is.
    bucket_account_id: Option<String>,
}

/// All inventories of the bucket, page by page.
pub(super) async fn read(client: &Client, bucket: &ResourceReader) -> Fact<Vec<InventoryConfiguration>> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let request = client.list_bucket_inventory_configurations().bucket(bucket.id());
        let request = request.set_continuation_token(token.clone());
        let answer = bucket.ask(&LIST_BUCKET_INVENTORY_CONFIGURATIONS, &[], || request.send()).await;
        let Answer::Got(page) = answer else { return Fact::Unknown };
        found.extend(page.inventory_configuration_list.unwrap_or_default().into_iter().map(inventory));
        let next = page.next_continuation_token.filter(|_| page.is_truncated == Some(true));
        if next.is_some() && next == token {
            let repeated = Err("the list of inventories goes on with the page that it came from".to_owned());
            return bucket.understand(&LIST_BUCKET_INVENTORY_CONFIGURATIONS, repeated);
        }
        token = next;
        if token.is_none() {
            return Fact::Known(found);
        }
    }
}

fn inventory(listed: sdk::InventoryConfiguration) -> InventoryConfiguration {
    let destination = listed.destination.and_then(|destination| destination.s3_bucket_destination);
    InventoryConfiguration {
        id: listed.id,
        enabled: listed.is_enabled,
        destination: destination.map(|destination| InventoryDestination {
            bucket_arn: destination.bucket,
            bucket_account_id: destination.account_id,
        }),
    }
}
