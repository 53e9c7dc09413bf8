//! Where a bucket's inventories go: lists of all its objects, whose names alone can tell of patients.
//!
//! A call for each bucket, made only where a rule asks. Destinations of analytics, metadata tables and batch jobs are
//! not read.

use super::{LIST_BUCKET_INVENTORY_CONFIGURATIONS, of_bucket};
use crate::aws::told::{FromAws, Given};
use crate::aws::{ResourceReader, ServiceReader};
use crate::collect::facts::shape;
use crate::model::Fact;

shape! {
    /// One inventory, on or off.
    pub(super) struct InventoryConfiguration of own: Given<'_> {
        Id: String = own.get("Id");
        Enabled: bool = own.get("IsEnabled");
        /// Null where AWS names none.
        Destination: Option<InventoryDestination> = own.get("Destination.S3BucketDestination");
    }
}

shape! {
    pub(super) struct InventoryDestination of own: Given<'_> {
        BucketArn: String = own.get("Bucket");
        /// Null where nobody said whose the bucket is.
        BucketAccountId: Option<String> = own.get("AccountId");
    }
}

/// All inventories of the bucket, page by page.
pub(super) async fn read(service: &ServiceReader, bucket: &ResourceReader) -> Fact<Vec<InventoryConfiguration>> {
    let listing = service.pages(&LIST_BUCKET_INVENTORY_CONFIGURATIONS, Some(bucket), of_bucket(bucket)).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let listed = listing.items.iter().flat_map(|page| Given(page).list("InventoryConfigurationList"));
    let read = listed.map(|own| InventoryConfiguration::from_aws(&own)).collect();
    bucket.understand(&LIST_BUCKET_INVENTORY_CONFIGURATIONS, read)
}
