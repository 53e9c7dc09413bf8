//! Where the records of databases go, and what is left of databases that are gone: global databases, shard groups,
//! exports to S3, integrations with a warehouse, and automated backups that outlive their database.

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    CLUSTER_BACKUP, DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS, DESCRIBE_DB_INSTANCE_AUTOMATED_BACKUPS,
    DESCRIBE_DB_SHARD_GROUPS, DESCRIBE_EXPORT_TASKS, DESCRIBE_GLOBAL_CLUSTERS, DESCRIBE_INTEGRATIONS, EXPORT_TASK,
    GLOBAL_CLUSTER, INSTANCE_BACKUP, INTEGRATION, SHARD_GROUP, arn, encryption_type, is_rds, moment, tags,
};
use crate::aws::{Failure, Site};
use crate::collect::shapes::Tag;
use crate::model::{Arn, Fact, Timestamp};

/// Facts of `AWS::RDS::GlobalCluster`, in the region of its primary cluster, or of its first secondary one if that region
/// is not read.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GlobalCluster {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    global_cluster_identifier: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    deletion_protection: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encrypted: Fact<bool>,
    /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encryption_type: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    global_cluster_members: Fact<Vec<GlobalClusterMember>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct GlobalClusterMember {
    #[serde(rename = "DBClusterArn")]
    db_cluster_arn: Option<String>,
    /// True for the primary cluster.
    #[serde(rename = "IsWriter")]
    is_writer: bool,
}

pub(super) async fn read_global_clusters(site: &Site, client: &Client) {
    let start = || client.describe_global_clusters().into_paginator().send();
    let listing = site.pages(&DESCRIBE_GLOBAL_CLUSTERS, None, start).await;
    for listed in listing.items.into_iter().flat_map(|page| page.global_clusters.unwrap_or_default()) {
        let id = ("GlobalClusterIdentifier", listed.global_cluster_identifier.as_deref());
        let Some(resource) = site.listed(GLOBAL_CLUSTER, &DESCRIBE_GLOBAL_CLUSTERS, id, &[]) else { continue };
        let arn = listed.global_cluster_arn.clone();
        let facts = GlobalCluster::of(listed);
        if facts.home(site.session().regions()).is_none_or(|region| region == site.region_name()) {
            resource.emit(arn, &facts);
        }
    }
}

impl GlobalCluster {
    fn of(listed: sdk::GlobalCluster) -> Self {
        let members = listed.global_cluster_members.unwrap_or_default().into_iter();
        let members = members.map(|member| GlobalClusterMember {
            db_cluster_arn: member.db_cluster_arn,
            is_writer: member.is_writer.unwrap_or(false),
        });
        Self {
            global_cluster_identifier: listed.global_cluster_identifier.into(),
            engine: Fact::Known(listed.engine),
            status: Fact::Known(listed.status),
            deletion_protection: listed.deletion_protection.into(),
            storage_encrypted: listed.storage_encrypted.into(),
            storage_encryption_type: encryption_type(listed.storage_encryption_type),
            global_cluster_members: Fact::Known(members.collect()),
            tags: Fact::Known(tags(listed.tag_list)),
        }
    }

    /// The region that it is told of in, so that it stands once in a snapshot though every region of a member lists it.
    /// None for one without a member in a region that is read.
    fn home<'r>(&self, read: &'r [String]) -> Option<&'r str> {
        let members = self.global_cluster_members.known()?;
        let region = |member: &GlobalClusterMember| {
            let region = Arn::parse(member.db_cluster_arn.as_deref()?)?.region;
            read.iter().map(String::as_str).find(|read| *read == region)
        };
        let writers = members.iter().filter(|member| member.is_writer);
        writers.chain(members).find_map(region)
    }
}

/// Facts of `AWS::RDS::DBShardGroup`: the compute of Aurora Limitless.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShardGroup {
    #[serde(rename = "DBShardGroupIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_shard_group_identifier: Fact<String>,
    #[serde(rename = "DBClusterIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_identifier: Fact<Option<String>>,
    /// Made from the name, which is not unique over regions.
    #[serde(rename = "DBClusterArn", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_arn: Fact<Option<String>>,
    /// How many standbys in other zones there are: 0, 1 or 2.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    compute_redundancy: Fact<i32>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    publicly_accessible: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

/// The SDK has no pages for this operation, so the marker is followed here.
pub(super) async fn read_shard_groups(site: &Site, client: &Client) {
    let mut marker = None;
    loop {
        let call = || client.describe_db_shard_groups().set_marker(marker.clone()).send();
        let Some(output) = site.ask(&DESCRIBE_DB_SHARD_GROUPS, call).await else { return };
        for listed in output.db_shard_groups.unwrap_or_default() {
            let id = ("DBShardGroupIdentifier", listed.db_shard_group_identifier.as_deref());
            let Some(resource) = site.listed(SHARD_GROUP, &DESCRIBE_DB_SHARD_GROUPS, id, &[]) else { continue };
            let arn = listed.db_shard_group_arn.clone();
            resource.emit(arn, &ShardGroup::of(listed, site));
        }
        let next = output.marker.filter(|marker| !marker.is_empty());
        if next.is_some() && next == marker {
            let failure = Failure::malformed("the same marker came twice");
            return site.gap(&DESCRIBE_DB_SHARD_GROUPS, None, failure.into());
        }
        if next.is_none() {
            return;
        }
        marker = next;
    }
}

impl ShardGroup {
    fn of(listed: sdk::DbShardGroup, site: &Site) -> Self {
        let cluster = listed.db_cluster_identifier;
        Self {
            db_shard_group_identifier: listed.db_shard_group_identifier.into(),
            db_cluster_arn: Fact::Known(cluster.as_ref().map(|name| arn(site, "cluster", name))),
            db_cluster_identifier: Fact::Known(cluster),
            compute_redundancy: listed.compute_redundancy.into(),
            publicly_accessible: listed.publicly_accessible.into(),
            status: Fact::Known(listed.status),
            tags: Fact::Known(tags(listed.tag_list)),
        }
    }
}

/// Facts of `AWS::RDS::ExportTask`, which is no CloudFormation type: a snapshot or a cluster written to S3 as Parquet.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ExportTask {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    export_task_identifier: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    source_arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    s3_bucket: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    kms_key_id: Fact<Option<String>>,
    /// `COMPLETE`, `IN_PROGRESS`, `STARTING`, `FAILED`, `CANCELED` or `CANCELING`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    task_end_time: Fact<Option<Timestamp>>,
}

pub(super) async fn read_export_tasks(site: &Site, client: &Client) {
    let start = || client.describe_export_tasks().into_paginator().send();
    let listing = site.pages(&DESCRIBE_EXPORT_TASKS, None, start).await;
    for listed in listing.items.into_iter().flat_map(|page| page.export_tasks.unwrap_or_default()) {
        let id = ("ExportTaskIdentifier", listed.export_task_identifier.as_deref());
        let Some(resource) = site.listed(EXPORT_TASK, &DESCRIBE_EXPORT_TASKS, id, &[]) else { continue };
        let facts = ExportTask {
            export_task_identifier: Fact::Known(resource.id().to_owned()),
            source_arn: Fact::Known(listed.source_arn),
            s3_bucket: Fact::Known(listed.s3_bucket),
            kms_key_id: Fact::Known(listed.kms_key_id),
            status: Fact::Known(listed.status),
            task_end_time: moment(listed.task_end_time),
        };
        resource.emit(None, &facts);
    }
}

/// Facts of `AWS::RDS::Integration`: a database whose changes flow into a warehouse.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Integration {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    integration_name: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    integration_arn: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    source_arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    target_arn: Fact<Option<String>>,
    /// Null where AWS does not say: then a key that AWS owns.
    #[serde(rename = "KMSKeyId", skip_serializing_if = "Fact::is_unknown")]
    kms_key_id: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

pub(super) async fn read_integrations(site: &Site, client: &Client) {
    let start = || client.describe_integrations().into_paginator().send();
    let listing = site.pages(&DESCRIBE_INTEGRATIONS, None, start).await;
    for listed in listing.items.into_iter().flat_map(|page| page.integrations.unwrap_or_default()) {
        let arn = ("IntegrationArn", listed.integration_arn.as_deref());
        let Some(resource) = site.listed(INTEGRATION, &DESCRIBE_INTEGRATIONS, arn, &[]) else { continue };
        let arn = resource.id().to_owned();
        let facts = Integration {
            integration_name: Fact::Known(listed.integration_name),
            integration_arn: Fact::Known(arn.clone()),
            source_arn: Fact::Known(listed.source_arn),
            target_arn: Fact::Known(listed.target_arn),
            kms_key_id: Fact::Known(listed.kms_key_id),
            status: Fact::Known(listed.status.map(|status| status.as_str().to_owned())),
            tags: Fact::Known(tags(listed.tags)),
        };
        resource.emit(Some(arn), &facts);
    }
}

/// Facts of `AWS::RDS::DBInstanceAutomatedBackup`, which is no CloudFormation type: the automated backups of one database,
/// those kept after its deletion among them.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InstanceBackup {
    #[serde(rename = "DBInstanceIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_instance_identifier: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    dbi_resource_id: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine: Fact<Option<String>>,
    /// `active`, `creating`, `retained` after the deletion of the database, or `replicating` into another region.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    backup_retention_period: Fact<Option<i32>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    encrypted: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

/// Backups of databases that live belong to these, so only the others are asked for.
pub(super) async fn read_instance_backups(site: &Site, client: &Client) {
    let retained = || sdk::Filter::builder().name("status").values("retained").build();
    let start = || client.describe_db_instance_automated_backups().filters(retained()).into_paginator().send();
    let listing = site.pages(&DESCRIBE_DB_INSTANCE_AUTOMATED_BACKUPS, None, start).await;
    for listed in listing.items.into_iter().flat_map(|page| page.db_instance_automated_backups.unwrap_or_default()) {
        if !is_rds(listed.engine.as_deref()) {
            continue;
        }
        let id = listed.dbi_resource_id.as_deref().or(listed.db_instance_automated_backups_arn.as_deref());
        let (list, id) = (&DESCRIBE_DB_INSTANCE_AUTOMATED_BACKUPS, ("DbiResourceId", id));
        let Some(resource) = site.listed(INSTANCE_BACKUP, list, id, &[]) else { continue };
        let arn = listed.db_instance_automated_backups_arn;
        let facts = InstanceBackup {
            db_instance_identifier: Fact::Known(listed.db_instance_identifier),
            dbi_resource_id: Fact::Known(listed.dbi_resource_id),
            engine: Fact::Known(listed.engine),
            status: Fact::Known(listed.status),
            backup_retention_period: Fact::Known(listed.backup_retention_period),
            encrypted: listed.encrypted.into(),
            tags: Fact::Known(tags(listed.tag_list)),
        };
        resource.emit(arn, &facts);
    }
}

/// Facts of `AWS::RDS::DBClusterAutomatedBackup`, which is no CloudFormation type: the automated backups of one cluster that
/// are kept after its deletion.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClusterBackup {
    #[serde(rename = "DBClusterIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_identifier: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    db_cluster_resource_id: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine: Fact<Option<String>>,
    /// `retained`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    backup_retention_period: Fact<Option<i32>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encrypted: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

pub(super) async fn read_cluster_backups(site: &Site, client: &Client) {
    let retained = || sdk::Filter::builder().name("status").values("retained").build();
    let start = || client.describe_db_cluster_automated_backups().filters(retained()).into_paginator().send();
    let listing = site.pages(&DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS, None, start).await;
    for listed in listing.items.into_iter().flat_map(|page| page.db_cluster_automated_backups.unwrap_or_default()) {
        if !is_rds(listed.engine.as_deref()) {
            continue;
        }
        let id = listed.db_cluster_resource_id.as_deref().or(listed.db_cluster_automated_backups_arn.as_deref());
        let (list, id) = (&DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS, ("DbClusterResourceId", id));
        let Some(resource) = site.listed(CLUSTER_BACKUP, list, id, &[]) else { continue };
        let arn = listed.db_cluster_automated_backups_arn;
        let facts = ClusterBackup {
            db_cluster_identifier: Fact::Known(listed.db_cluster_identifier),
            db_cluster_resource_id: Fact::Known(listed.db_cluster_resource_id),
            engine: Fact::Known(listed.engine),
            status: Fact::Known(listed.status),
            backup_retention_period: Fact::Known(listed.backup_retention_period),
            storage_encrypted: listed.storage_encrypted.into(),
            tags: Fact::Known(tags(listed.tag_list)),
        };
        resource.emit(arn, &facts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global(members: &[(&str, bool)]) -> GlobalCluster {
        let members = members.iter().map(|(region, is_writer)| {
            let arn = format!("arn:aws:rds:{region}:123456789012:cluster:records");
            sdk::GlobalClusterMember::builder().db_cluster_arn(arn).is_writer(*is_writer).build()
        });
        GlobalCluster::of(sdk::GlobalCluster::builder().set_global_cluster_members(Some(members.collect())).build())
    }

    #[test]
    fn a_global_database_is_told_of_where_its_primary_is_or_else_where_a_secondary_is() {
        let read = ["eu-west-1".to_owned(), "us-east-1".to_owned()];
        assert_eq!(global(&[("eu-west-1", false), ("us-east-1", true)]).home(&read), Some("us-east-1"));
        assert_eq!(global(&[("ap-south-1", true), ("eu-west-1", false)]).home(&read), Some("eu-west-1"));
        assert_eq!(global(&[("ap-south-1", true)]).home(&read), None);
        assert_eq!(global(&[]).home(&read), None);
    }
}
