//! AWS Backup: which resources it has backed up, and when last. What the backups hold is not read.
//!
//! A resource stays on the list as long as a recovery point of it is kept.
//!
//! Source: <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListProtectedResources.html>.

use std::sync::Arc;

use aws_sdk_backup::{Client, types as sdk};
use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::timestamp;
use super::{Collector, Work};
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Fact, Kind, Scope, Timestamp};

const PROTECTED_RESOURCE: &str = "AWS::Backup::ProtectedResource";

/// As many as AWS gives in one answer.
const PAGE: i32 = 1000;

/// Facts of `AWS::Backup::ProtectedResource`: a resource of any service, in the region where its recovery points are.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct ProtectedResource {
    /// The ARN of what was backed up.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    resource_arn: Fact<String>,
    /// Such as `S3`, `RDS` or `DynamoDB`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    resource_type: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    last_backup_time: Fact<Option<Timestamp>>,
}

const LIST_PROTECTED_RESOURCES: Operation = Operation {
    service: "backup",
    name: "ListProtectedResources",
    iam_actions: &["backup:ListProtectedResources"],
    yields: &[Yield::Population(PROTECTED_RESOURCE)],
};

/// The collector of AWS Backup.
pub struct Backup;

impl Collector for Backup {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<ProtectedResource>(PROTECTED_RESOURCE, "backup", Scope::Region)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&LIST_PROTECTED_RESOURCES]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            session.each(regions, |region| read(session.region(&region))).await;
        })
    }
}

async fn read(site: Site) {
    let config = aws_sdk_backup::config::Builder::from(&site.config()).interceptor(site.interceptor());
    let client = Client::from_conf(config.build());
    let pages = || client.list_protected_resources().into_paginator().page_size(PAGE).send();
    let listing = site.pages(&LIST_PROTECTED_RESOURCES, None, pages).await;
    let resources = listing.items.into_iter().flat_map(|page| page.results.unwrap_or_default());
    resources.for_each(|resource| emit(&site, resource));
}

fn emit(site: &Site, resource: sdk::ProtectedResource) {
    let arn = resource.resource_arn.as_deref();
    let Some(protected) = site.listed(PROTECTED_RESOURCE, &LIST_PROTECTED_RESOURCES, ("ResourceArn", arn), &[]) else {
        return;
    };
    let arn = protected.id().to_owned();
    let facts = ProtectedResource {
        resource_type: Fact::Known(resource.resource_type),
        last_backup_time: Fact::Known(resource.last_backup_time.as_ref().and_then(timestamp)),
        resource_arn: Fact::Known(arn.clone()),
    };
    protected.emit(Some(arn.clone()), &facts);
}
