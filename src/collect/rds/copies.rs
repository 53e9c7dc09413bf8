//! Where the records of databases go, and what is left of databases that are gone: global databases, shard groups,
//! exports to S3, integrations with a warehouse, and automated backups that outlive their database.

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;

use super::{
    CLUSTER_BACKUP, DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS, DESCRIBE_DB_INSTANCE_AUTOMATED_BACKUPS,
    DESCRIBE_DB_SHARD_GROUPS, DESCRIBE_EXPORT_TASKS, DESCRIBE_GLOBAL_CLUSTERS, DESCRIBE_INTEGRATIONS, EXPORT_TASK,
    GLOBAL_CLUSTER, INSTANCE_BACKUP, INTEGRATION, SHARD_GROUP, arn, is_rds,
};
use crate::aws::{Failure, Site};
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::{Arn, Timestamp};

facts! {
    /// Facts of `AWS::RDS::GlobalCluster`, in the region of its primary cluster, or of its first secondary one if that
    /// region is not read.
    pub(super) struct GlobalCluster;

    list(cluster: &sdk::GlobalCluster) {
        GlobalClusterIdentifier: String = cluster.global_cluster_identifier;
        Engine: Option<String> = cluster.engine;
        Status: Option<String> = cluster.status;
        DeletionProtection: bool = cluster.deletion_protection;
        StorageEncrypted: bool = cluster.storage_encrypted;
        /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
        StorageEncryptionType: Option<String> = cluster.storage_encryption_type;
        GlobalClusterMembers: Vec<GlobalClusterMember> = cluster.global_cluster_members;
        Tags: Vec<Tag> = cluster.tag_list;
    }
}

shape! {
    pub(super) struct GlobalClusterMember of member: sdk::GlobalClusterMember {
        DBClusterArn: Option<String> = member.db_cluster_arn;
        /// True for the primary cluster.
        IsWriter: bool = member.is_writer;
    }
}

pub(super) async fn read_global_clusters(site: &Site, client: &Client) {
    let start = || client.describe_global_clusters().into_paginator().send();
    let listing = site.pages(&DESCRIBE_GLOBAL_CLUSTERS, None, start).await;
    for listed in listing.items.into_iter().flat_map(|page| page.global_clusters.unwrap_or_default()) {
        let id = ("GlobalClusterIdentifier", listed.global_cluster_identifier.as_deref());
        let Some(resource) = site.listed(GLOBAL_CLUSTER, &DESCRIBE_GLOBAL_CLUSTERS, id, &[]) else { continue };
        let mut facts = GlobalCluster::default();
        let lacks = facts.list(&listed);
        if facts.home(site.session().regions()).is_none_or(|region| region == site.region_name()) {
            resource.lacks(&DESCRIBE_GLOBAL_CLUSTERS, lacks);
            resource.emit(listed.global_cluster_arn, &facts);
        }
    }
}

impl GlobalCluster {
    /// The region that it is told of in, so that it stands once in a snapshot though every region of a member lists it.
    /// None for one without a member in a region that is read.
    fn home<'r>(&self, read: &'r [String]) -> Option<&'r str> {
        let members = self.GlobalClusterMembers.known()?;
        let region = |member: &GlobalClusterMember| {
            let region = Arn::parse(member.DBClusterArn.as_deref()?)?.region;
            read.iter().map(String::as_str).find(|read| *read == region)
        };
        let writers = members.iter().filter(|member| member.IsWriter);
        writers.chain(members).find_map(region)
    }
}

facts! {
    /// Facts of `AWS::RDS::DBShardGroup`: the compute of Aurora Limitless.
    pub(super) struct ShardGroup;

    list(group: &sdk::DbShardGroup, site: &Site) {
        DBShardGroupIdentifier: String = group.db_shard_group_identifier;
        DBClusterIdentifier: Option<String> = group.db_cluster_identifier;
        /// Made from the name, which is not unique over regions.
        DBClusterArn: Option<String> = group.db_cluster_identifier.as_ref().map(|name| arn(site, "cluster", name));
        /// How many standbys in other zones there are: 0, 1 or 2.
        ComputeRedundancy: i32 = group.compute_redundancy;
        PubliclyAccessible: bool = group.publicly_accessible;
        Status: Option<String> = group.status;
        Tags: Vec<Tag> = group.tag_list;
    }
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
            let mut facts = ShardGroup::default();
            resource.lacks(&DESCRIBE_DB_SHARD_GROUPS, facts.list(&listed, site));
            resource.emit(listed.db_shard_group_arn, &facts);
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

facts! {
    /// Facts of `AWS::RDS::ExportTask`, which is no CloudFormation type: a snapshot or a cluster written to S3 as
    /// Parquet.
    pub(super) struct ExportTask;

    list(task: &sdk::ExportTask) {
        ExportTaskIdentifier: String = task.export_task_identifier;
        SourceArn: Option<String> = task.source_arn;
        S3Bucket: Option<String> = task.s3_bucket;
        KmsKeyId: Option<String> = task.kms_key_id;
        /// `COMPLETE`, `IN_PROGRESS`, `STARTING`, `FAILED`, `CANCELED` or `CANCELING`.
        Status: Option<String> = task.status;
        TaskEndTime: Option<Timestamp> = task.task_end_time;
    }
}

pub(super) async fn read_export_tasks(site: &Site, client: &Client) {
    let start = || client.describe_export_tasks().into_paginator().send();
    let listing = site.pages(&DESCRIBE_EXPORT_TASKS, None, start).await;
    for listed in listing.items.into_iter().flat_map(|page| page.export_tasks.unwrap_or_default()) {
        let id = ("ExportTaskIdentifier", listed.export_task_identifier.as_deref());
        let Some(resource) = site.listed(EXPORT_TASK, &DESCRIBE_EXPORT_TASKS, id, &[]) else { continue };
        let mut facts = ExportTask::default();
        resource.lacks(&DESCRIBE_EXPORT_TASKS, facts.list(&listed));
        resource.emit(None, &facts);
    }
}

facts! {
    /// Facts of `AWS::RDS::Integration`: a database whose changes flow into a warehouse.
    pub(super) struct Integration;

    list(integration: &sdk::Integration) {
        IntegrationName: Option<String> = integration.integration_name;
        IntegrationArn: String = integration.integration_arn;
        SourceArn: Option<String> = integration.source_arn;
        TargetArn: Option<String> = integration.target_arn;
        /// Null where AWS does not say: then a key that AWS owns.
        KMSKeyId: Option<String> = integration.kms_key_id;
        Status: Option<String> = integration.status;
        Tags: Vec<Tag> = integration.tags;
    }
}

pub(super) async fn read_integrations(site: &Site, client: &Client) {
    let start = || client.describe_integrations().into_paginator().send();
    let listing = site.pages(&DESCRIBE_INTEGRATIONS, None, start).await;
    for listed in listing.items.into_iter().flat_map(|page| page.integrations.unwrap_or_default()) {
        let arn = ("IntegrationArn", listed.integration_arn.as_deref());
        let Some(resource) = site.listed(INTEGRATION, &DESCRIBE_INTEGRATIONS, arn, &[]) else { continue };
        let mut facts = Integration::default();
        resource.lacks(&DESCRIBE_INTEGRATIONS, facts.list(&listed));
        resource.emit(listed.integration_arn, &facts);
    }
}

facts! {
    /// Facts of `AWS::RDS::DBInstanceAutomatedBackup`, which is no CloudFormation type: the automated backups of one
    /// database, those kept after its deletion among them.
    pub(super) struct InstanceBackup;

    list(backup: &sdk::DbInstanceAutomatedBackup) {
        DBInstanceIdentifier: Option<String> = backup.db_instance_identifier;
        DbiResourceId: Option<String> = backup.dbi_resource_id;
        Engine: Option<String> = backup.engine;
        /// `active`, `creating`, `retained` after the deletion of the database, or `replicating` into another region.
        Status: Option<String> = backup.status;
        BackupRetentionPeriod: Option<i32> = backup.backup_retention_period;
        Encrypted: bool = backup.encrypted;
        Tags: Vec<Tag> = backup.tag_list;
    }
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
        let mut facts = InstanceBackup::default();
        resource.lacks(list, facts.list(&listed));
        resource.emit(listed.db_instance_automated_backups_arn, &facts);
    }
}

facts! {
    /// Facts of `AWS::RDS::DBClusterAutomatedBackup`, which is no CloudFormation type: the automated backups of one
    /// cluster that are kept after its deletion.
    pub(super) struct ClusterBackup;

    list(backup: &sdk::DbClusterAutomatedBackup) {
        DBClusterIdentifier: Option<String> = backup.db_cluster_identifier;
        DbClusterResourceId: Option<String> = backup.db_cluster_resource_id;
        Engine: Option<String> = backup.engine;
        /// `retained`.
        Status: Option<String> = backup.status;
        BackupRetentionPeriod: Option<i32> = backup.backup_retention_period;
        StorageEncrypted: bool = backup.storage_encrypted;
        Tags: Vec<Tag> = backup.tag_list;
    }
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
        let mut facts = ClusterBackup::default();
        resource.lacks(list, facts.list(&listed));
        resource.emit(listed.db_cluster_automated_backups_arn, &facts);
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
        let listed = sdk::GlobalCluster::builder().set_global_cluster_members(Some(members.collect())).build();
        let mut cluster = GlobalCluster::default();
        let _ = cluster.list(&listed);
        cluster
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
