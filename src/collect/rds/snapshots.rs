//! Snapshots of databases and of clusters, and whom the manual ones are shared with.

use std::collections::BTreeSet;

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_cluster_snapshot_attributes::DescribeDbClusterSnapshotAttributesOutput;
use aws_sdk_rds::operation::describe_db_snapshot_attributes::DescribeDbSnapshotAttributesOutput;
use aws_sdk_rds::types as sdk;

use super::{
    CLUSTER_SNAPSHOT, DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES, DESCRIBE_DB_CLUSTER_SNAPSHOTS,
    DESCRIBE_DB_SNAPSHOT_ATTRIBUTES, DESCRIBE_DB_SNAPSHOTS, SNAPSHOT,
};
use crate::aws::Site;
use crate::aws::told::{FromAws, required};
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::{Fact, Timestamp};

facts! {
    /// Facts of `AWS::RDS::DBSnapshot`, which is no CloudFormation type.
    pub(super) struct Snapshot;

    list(snapshot: &sdk::DbSnapshot) {
        DBSnapshotIdentifier: String = snapshot.db_snapshot_identifier;
        DBSnapshotArn: String = snapshot.db_snapshot_arn;
        DBInstanceIdentifier: String = snapshot.db_instance_identifier;
        DbiResourceId: String = snapshot.dbi_resource_id;
        Engine: String = snapshot.engine;
        /// `manual`, `automated` or `awsbackup`.
        SnapshotType: String = snapshot.snapshot_type;
        Status: String = snapshot.status;
        SnapshotCreateTime: Option<Timestamp> = snapshot.snapshot_create_time;
        Encrypted: bool = snapshot.encrypted;
        /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
        StorageEncryptionType: Option<String> = snapshot.storage_encryption_type;
        KmsKeyId: Option<String> = snapshot.kms_key_id;
        Tags: Vec<Tag> = snapshot.tag_list;
    }

    later gives ATTRIBUTES {
        /// Asked for manual snapshots only: no other can be shared.
        DBSnapshotAttributes: Vec<SnapshotAttribute>;
    }
}

shape! {
    /// `AttributeName` is `restore`; `AttributeValues` are account ids, or `all` for everyone.
    pub(super) struct SnapshotAttribute {
        AttributeName: Option<String>;
        AttributeValues: Vec<String>;
    }
}

facts! {
    /// Facts of `AWS::RDS::DBClusterSnapshot`, which is no CloudFormation type.
    pub(super) struct ClusterSnapshot;

    list(snapshot: &sdk::DbClusterSnapshot) {
        DBClusterSnapshotIdentifier: String = snapshot.db_cluster_snapshot_identifier;
        DBClusterSnapshotArn: String = snapshot.db_cluster_snapshot_arn;
        DBClusterIdentifier: String = snapshot.db_cluster_identifier;
        /// Null where AWS does not say.
        DbClusterResourceId: Option<String> = snapshot.db_cluster_resource_id;
        Engine: String = snapshot.engine;
        /// `manual`, `automated` or `awsbackup`.
        SnapshotType: String = snapshot.snapshot_type;
        Status: String = snapshot.status;
        SnapshotCreateTime: Option<Timestamp> = snapshot.snapshot_create_time;
        StorageEncrypted: bool = snapshot.storage_encrypted;
        /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
        StorageEncryptionType: Option<String> = snapshot.storage_encryption_type;
        KmsKeyId: Option<String> = snapshot.kms_key_id;
        Tags: Vec<Tag> = snapshot.tag_list;
    }

    later gives ATTRIBUTES {
        /// Asked for manual snapshots only: no other can be shared.
        DBClusterSnapshotAttributes: Vec<SnapshotAttribute>;
    }
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
    let mut facts = Snapshot::default();
    resource.lacks(&DESCRIBE_DB_SNAPSHOTS, facts.list(&listed));
    if is_manual(&facts.SnapshotType) {
        let call = || client.describe_db_snapshot_attributes().db_snapshot_identifier(resource.id()).send();
        let listed =
            |output: DescribeDbSnapshotAttributesOutput| output.db_snapshot_attributes_result?.db_snapshot_attributes;
        let read = |output: Option<_>| required(output.and_then(listed).as_ref());
        facts.DBSnapshotAttributes = resource.fact(&DESCRIBE_DB_SNAPSHOT_ATTRIBUTES, &[], call, read).await;
    }
    resource.emit(listed.db_snapshot_arn, &facts);
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
    let mut facts = ClusterSnapshot::default();
    resource.lacks(&DESCRIBE_DB_CLUSTER_SNAPSHOTS, facts.list(&listed));
    if is_manual(&facts.SnapshotType) {
        let request = client.describe_db_cluster_snapshot_attributes().db_cluster_snapshot_identifier(resource.id());
        let listed = |output: DescribeDbClusterSnapshotAttributesOutput| {
            output.db_cluster_snapshot_attributes_result?.db_cluster_snapshot_attributes
        };
        let read = |output: Option<_>| required(output.and_then(listed).as_ref());
        let operation = &DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES;
        facts.DBClusterSnapshotAttributes = resource.fact(operation, &[], || request.send(), read).await;
    }
    resource.emit(listed.db_cluster_snapshot_arn, &facts);
}

/// To share an automated snapshot, or one of AWS Backup, one must copy it to a manual one first. A snapshot whose type
/// is not known is asked.
fn is_manual(snapshot_type: &Fact<String>) -> bool {
    snapshot_type.known().is_none_or(|snapshot_type| snapshot_type == "manual")
}

impl FromAws<sdk::DbSnapshotAttribute> for SnapshotAttribute {
    fn from_aws(attribute: &sdk::DbSnapshotAttribute) -> Result<Self, String> {
        let values = attribute.attribute_values().to_vec();
        Ok(Self { AttributeName: attribute.attribute_name.clone(), AttributeValues: values })
    }
}

impl FromAws<sdk::DbClusterSnapshotAttribute> for SnapshotAttribute {
    fn from_aws(attribute: &sdk::DbClusterSnapshotAttribute) -> Result<Self, String> {
        let values = attribute.attribute_values().to_vec();
        Ok(Self { AttributeName: attribute.attribute_name.clone(), AttributeValues: values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_manual_snapshots_and_those_of_unknown_type_are_asked_whom_they_are_shared_with() {
        let of_type = |name: Option<&str>| is_manual(&name.map(str::to_owned).into());
        assert!(of_type(Some("manual")) && of_type(None));
        assert!(!of_type(Some("automated")) && !of_type(Some("awsbackup")));
    }
}
