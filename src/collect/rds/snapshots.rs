//! Snapshots of databases and of clusters, and whom the manual ones are shared with.

use std::collections::BTreeSet;

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_cluster_snapshot_attributes::DescribeDbClusterSnapshotAttributesOutput;
use aws_sdk_rds::operation::describe_db_snapshot_attributes::DescribeDbSnapshotAttributesOutput;
use aws_sdk_rds::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    CLUSTER_SNAPSHOT, DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES, DESCRIBE_DB_CLUSTER_SNAPSHOTS,
    DESCRIBE_DB_SNAPSHOT_ATTRIBUTES, DESCRIBE_DB_SNAPSHOTS, SNAPSHOT, encryption_type, moment, tags,
};
use crate::aws::Site;
use crate::collect::shapes::Tag;
use crate::model::{Fact, Timestamp};

/// Facts of `AWS::RDS::DBSnapshot`, which is no CloudFormation type.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Snapshot {
    #[serde(rename = "DBSnapshotIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_snapshot_identifier: Fact<String>,
    #[serde(rename = "DBSnapshotArn", skip_serializing_if = "Fact::is_unknown")]
    db_snapshot_arn: Fact<String>,
    #[serde(rename = "DBInstanceIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_instance_identifier: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    dbi_resource_id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine: Fact<String>,
    /// `manual`, `automated` or `awsbackup`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    snapshot_type: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    snapshot_create_time: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    encrypted: Fact<bool>,
    /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encryption_type: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    kms_key_id: Fact<Option<String>>,
    /// Asked for manual snapshots only: no other can be shared.
    #[serde(rename = "DBSnapshotAttributes", skip_serializing_if = "Fact::is_unknown")]
    db_snapshot_attributes: Fact<Vec<SnapshotAttribute>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

/// `AttributeName` is `restore`; `AttributeValues` are account ids, or `all` for everyone.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SnapshotAttribute {
    attribute_name: Option<String>,
    attribute_values: Vec<String>,
}

/// Facts of `AWS::RDS::DBClusterSnapshot`, which is no CloudFormation type.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClusterSnapshot {
    #[serde(rename = "DBClusterSnapshotIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_snapshot_identifier: Fact<String>,
    #[serde(rename = "DBClusterSnapshotArn", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_snapshot_arn: Fact<String>,
    #[serde(rename = "DBClusterIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_identifier: Fact<String>,
    /// Null where AWS does not say.
    #[serde(rename = "DbClusterResourceId", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_resource_id: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine: Fact<String>,
    /// `manual`, `automated` or `awsbackup`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    snapshot_type: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    snapshot_create_time: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encrypted: Fact<bool>,
    /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encryption_type: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    kms_key_id: Fact<Option<String>>,
    /// Asked for manual snapshots only: no other can be shared.
    #[serde(rename = "DBClusterSnapshotAttributes", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_snapshot_attributes: Fact<Vec<SnapshotAttribute>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

/// The list without a type need not have the snapshots that AWS Backup made, so those are asked for as well.
pub(super) async fn read_snapshots(site: &Site, client: &Client) {
    let all = || client.describe_db_snapshots().into_paginator().send();
    let of_backup = || client.describe_db_snapshots().snapshot_type("awsbackup").into_paginator().send();
    let (all, of_backup) = tokio::join!(
        site.pages(&DESCRIBE_DB_SNAPSHOTS, None, all),
        site.pages(&DESCRIBE_DB_SNAPSHOTS, None, of_backup)
    );
    let pages = all.items.into_iter().chain(of_backup.items);
    let mut seen = BTreeSet::new();
    let snapshots: Vec<_> = pages
        .flat_map(|page| page.db_snapshots.unwrap_or_default())
        .filter(|snapshot| seen.insert(snapshot.db_snapshot_identifier.clone()))
        .collect();
    site.session().each(snapshots, |snapshot| read_snapshot(site.clone(), client.clone(), snapshot)).await;
}

async fn read_snapshot(site: Site, client: Client, listed: sdk::DbSnapshot) {
    let id = ("DBSnapshotIdentifier", listed.db_snapshot_identifier.as_deref());
    let gone = &["DBSnapshotNotFound", "DBSnapshotNotFoundFault"];
    let Some(resource) = site.listed(SNAPSHOT, &DESCRIBE_DB_SNAPSHOTS, id, gone) else { return };
    let arn = listed.db_snapshot_arn.clone();
    let mut facts = Snapshot::of(listed);
    if facts.can_be_shared() {
        let call = || client.describe_db_snapshot_attributes().db_snapshot_identifier(resource.id()).send();
        let read = |output: Option<_>| {
            let attributes =
                output.and_then(|output: DescribeDbSnapshotAttributesOutput| output.db_snapshot_attributes_result);
            let attributes = attributes.and_then(|result| result.db_snapshot_attributes);
            Ok(attributes.ok_or("no attributes")?.into_iter().map(SnapshotAttribute::from).collect())
        };
        facts.db_snapshot_attributes = resource.fact(&DESCRIBE_DB_SNAPSHOT_ATTRIBUTES, &[], call, read).await;
    }
    resource.emit(arn, &facts);
}

pub(super) async fn read_cluster_snapshots(site: &Site, client: &Client) {
    let start = || client.describe_db_cluster_snapshots().into_paginator().send();
    let listing = site.pages(&DESCRIBE_DB_CLUSTER_SNAPSHOTS, None, start).await;
    let snapshots = listing.items.into_iter().flat_map(|page| page.db_cluster_snapshots.unwrap_or_default());
    site.session().each(snapshots, |snapshot| read_cluster_snapshot(site.clone(), client.clone(), snapshot)).await;
}

async fn read_cluster_snapshot(site: Site, client: Client, listed: sdk::DbClusterSnapshot) {
    let id = ("DBClusterSnapshotIdentifier", listed.db_cluster_snapshot_identifier.as_deref());
    let gone = &["DBClusterSnapshotNotFoundFault"];
    let Some(resource) = site.listed(CLUSTER_SNAPSHOT, &DESCRIBE_DB_CLUSTER_SNAPSHOTS, id, gone) else { return };
    let arn = listed.db_cluster_snapshot_arn.clone();
    let mut facts = ClusterSnapshot::of(listed);
    if facts.can_be_shared() {
        let call =
            || client.describe_db_cluster_snapshot_attributes().db_cluster_snapshot_identifier(resource.id()).send();
        let read = |output: Option<_>| {
            let result = output.and_then(|output: DescribeDbClusterSnapshotAttributesOutput| {
                output.db_cluster_snapshot_attributes_result
            });
            let attributes = result.and_then(|result| result.db_cluster_snapshot_attributes);
            Ok(attributes.ok_or("no attributes")?.into_iter().map(SnapshotAttribute::from).collect())
        };
        facts.db_cluster_snapshot_attributes =
            resource.fact(&DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES, &[], call, read).await;
    }
    resource.emit(arn, &facts);
}

impl Snapshot {
    fn of(listed: sdk::DbSnapshot) -> Self {
        Self {
            db_snapshot_identifier: listed.db_snapshot_identifier.into(),
            db_snapshot_arn: listed.db_snapshot_arn.into(),
            db_instance_identifier: listed.db_instance_identifier.into(),
            dbi_resource_id: listed.dbi_resource_id.into(),
            engine: listed.engine.into(),
            snapshot_type: listed.snapshot_type.into(),
            status: listed.status.into(),
            snapshot_create_time: moment(listed.snapshot_create_time),
            encrypted: listed.encrypted.into(),
            storage_encryption_type: encryption_type(listed.storage_encryption_type),
            kms_key_id: Fact::Known(listed.kms_key_id),
            db_snapshot_attributes: Fact::Unknown,
            tags: Fact::Known(tags(listed.tag_list)),
        }
    }

    fn can_be_shared(&self) -> bool {
        is_manual(&self.snapshot_type)
    }
}

impl ClusterSnapshot {
    fn of(listed: sdk::DbClusterSnapshot) -> Self {
        Self {
            db_cluster_snapshot_identifier: listed.db_cluster_snapshot_identifier.into(),
            db_cluster_snapshot_arn: listed.db_cluster_snapshot_arn.into(),
            db_cluster_identifier: listed.db_cluster_identifier.into(),
            db_cluster_resource_id: Fact::Known(listed.db_cluster_resource_id),
            engine: listed.engine.into(),
            snapshot_type: listed.snapshot_type.into(),
            status: listed.status.into(),
            snapshot_create_time: moment(listed.snapshot_create_time),
            storage_encrypted: listed.storage_encrypted.into(),
            storage_encryption_type: encryption_type(listed.storage_encryption_type),
            kms_key_id: Fact::Known(listed.kms_key_id),
            db_cluster_snapshot_attributes: Fact::Unknown,
            tags: Fact::Known(tags(listed.tag_list)),
        }
    }

    fn can_be_shared(&self) -> bool {
        is_manual(&self.snapshot_type)
    }
}

/// To share an automated snapshot, or one of AWS Backup, one must copy it to a manual one first. A snapshot whose type
/// is not known is asked.
fn is_manual(snapshot_type: &Fact<String>) -> bool {
    snapshot_type.known().is_none_or(|snapshot_type| snapshot_type == "manual")
}

impl From<sdk::DbSnapshotAttribute> for SnapshotAttribute {
    fn from(attribute: sdk::DbSnapshotAttribute) -> Self {
        let values = attribute.attribute_values.unwrap_or_default();
        Self { attribute_name: attribute.attribute_name, attribute_values: values }
    }
}

impl From<sdk::DbClusterSnapshotAttribute> for SnapshotAttribute {
    fn from(attribute: sdk::DbClusterSnapshotAttribute) -> Self {
        let values = attribute.attribute_values.unwrap_or_default();
        Self { attribute_name: attribute.attribute_name, attribute_values: values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_manual_snapshots_and_those_of_unknown_type_are_asked_whom_they_are_shared_with() {
        let of_type = |name: Option<&str>| {
            Snapshot::of(sdk::DbSnapshot::builder().set_snapshot_type(name.map(str::to_owned)).build()).can_be_shared()
        };
        assert!(of_type(Some("manual")) && of_type(None));
        assert!(!of_type(Some("automated")) && !of_type(Some("awsbackup")));
    }
}
