//! Where a bucket's inventories go: lists of all its objects, whose names alone can tell of patients.
//!
//! A call for each bucket, made only where a rule asks. Destinations of analytics, metadata tables and batch jobs are not
//! read.

use aws_sdk_s3::Client;
use aws_sdk_s3::types as sdk;

use super::LIST_BUCKET_INVENTORY_CONFIGURATIONS;
use crate::aws::told::FromAws;
use crate::aws::{Answer, ResourceReader};
use crate::collect::facts::shape;
use crate::model::Fact;

shape! {
    /// One inventory, on or off.
    pub(super) struct InventoryConfiguration of own: sdk::InventoryConfiguration {
        Id: String = own.id;
        Enabled: bool = own.is_enabled;
        /// Null where AWS names none.
        Destination: Option<InventoryDestination> =
            own.destination.as_ref().and_then(|destination| destination.s3_bucket_destination.clone());
    }
}

shape! {
    pub(super) struct InventoryDestination of own: sdk::InventoryS3BucketDestination {
        BucketArn: String = own.bucket;
        /// Null where nobody said whose the bucket is.
        BucketAccountId: Option<String> = own.account_id;
    }
}

/// All inventories of the bucket, page by page.
pub(super) async fn read(client: &Client, bucket: &ResourceReader) -> Fact<Vec<InventoryConfiguration>> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let request = client.list_bucket_inventory_configurations().bucket(bucket.id());
        let request = request.set_continuation_token(token.clone());
        let answer = bucket.ask(&LIST_BUCKET_INVENTORY_CONFIGURATIONS, &[], || request.send()).await;
        let Answer::Got(page) = answer else { return Fact::Unknown };
        let listed = page.inventory_configuration_list.iter().flatten().map(InventoryConfiguration::from_aws);
        let listed = bucket.understand(&LIST_BUCKET_INVENTORY_CONFIGURATIONS, listed.collect::<Result<Vec<_>, _>>());
        let Fact::Known(listed) = listed else { return Fact::Unknown };
        found.extend(listed);
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
