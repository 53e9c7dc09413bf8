//! Clusters: Aurora's, and those of RDS with two readable standbys.

use std::collections::BTreeSet;

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;

use super::{CLUSTER, DESCRIBE_DB_CLUSTERS, MasterUserSecret, arn, groups, is_rds};
use crate::aws::Site;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::Timestamp;

facts! {
    /// Facts of `AWS::RDS::DBCluster`.
    pub(super) struct Cluster;

    list(cluster: &sdk::DbCluster, site: &Site) {
        DBClusterIdentifier: String = cluster.db_cluster_identifier;
        DBClusterArn: String = cluster.db_cluster_arn;
        DBClusterResourceId: String = cluster.db_cluster_resource_id;
        /// `aurora-mysql`, `aurora-postgresql`, or `mysql` and `postgres` for Multi-AZ clusters; `neptune` and `docdb`
        /// come over the same API.
        Engine: String = cluster.engine;
        EngineVersion: String = cluster.engine_version;
        /// `provisioned` or `serverless`; null where AWS does not say.
        EngineMode: Option<String> = cluster.engine_mode;
        Status: String = cluster.status;
        ClusterCreateTime: Option<Timestamp> = cluster.cluster_create_time;
        /// Null for a cluster that is no replica.
        ReplicationSourceIdentifier: Option<String> = cluster.replication_source_identifier;
        DBClusterMembers: Vec<ClusterMember> = cluster.db_cluster_members;
        DBClusterParameterGroupName: Option<String> = cluster.db_cluster_parameter_group;
        /// Made from the name, which is not unique over regions.
        DBClusterParameterGroupArn: Option<String> =
            cluster.db_cluster_parameter_group.as_ref().map(|name| arn(site, "cluster-pg", name));
        BackupRetentionPeriod: i32 = cluster.backup_retention_period;
        LatestRestorableTime: Option<Timestamp> = cluster.latest_restorable_time;
        CopyTagsToSnapshot: bool = cluster.copy_tags_to_snapshot;
        DeletionProtection: bool = cluster.deletion_protection;
        EnableCloudwatchLogsExports: Vec<String> = cluster.enabled_cloudwatch_logs_exports;
        EnableIAMDatabaseAuthentication: bool = cluster.iam_database_authentication_enabled;
        /// `started` while a database activity stream copies every statement out; null where AWS does not say.
        ActivityStreamStatus: Option<String> = cluster.activity_stream_status;
        /// The key of the activity stream; null where there is none.
        ActivityStreamKmsKeyId: Option<String> = cluster.activity_stream_kms_key_id;
        /// `standard` or `limitless`; null where AWS does not say.
        ClusterScalabilityType: Option<String> = cluster.cluster_scalability_type;
        /// Whether SQL is taken over the RDS Data API.
        EnableHttpEndpoint: bool = cluster.http_endpoint_enabled,
            or false "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html";
        /// The global database that it belongs to; null for one that belongs to none.
        GlobalClusterIdentifier: Option<String> = cluster.global_cluster_identifier;
        /// Whether an Aurora PostgreSQL cluster of express configuration can be reached from the internet, past every
        /// security group; false where AWS does not say, as of all other clusters.
        InternetAccessGatewayEnabled: bool = cluster.internet_access_gateway_enabled,
            or false "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html";
        /// The master user's secret that RDS manages; null where the password is kept otherwise.
        MasterUserSecret: Option<MasterUserSecret> = cluster.master_user_secret;
        MultiAZ: bool = cluster.multi_az;
        AvailabilityZones: Vec<String> = cluster.availability_zones;
        /// Alone it does not tell of storage under a key that AWS owns: see `StorageEncryptionType`.
        StorageEncrypted: bool = cluster.storage_encrypted;
        /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
        StorageEncryptionType: Option<String> = cluster.storage_encryption_type;
        KmsKeyId: Option<String> = cluster.kms_key_id;
        Tags: Vec<Tag> = cluster.tag_list;
    }
}

shape! {
    pub(super) struct ClusterMember of member: sdk::DbClusterMember {
        DBInstanceIdentifier: Option<String> = member.db_instance_identifier;
        IsClusterWriter: Option<bool> = member.is_cluster_writer;
        /// `in-sync`, `applying` or `pending-reboot`.
        DBClusterParameterGroupStatus: Option<String> = member.db_cluster_parameter_group_status;
    }
}

pub(super) async fn read_clusters(site: &Site, client: &Client) {
    let start = || client.describe_db_clusters().into_paginator().send();
    let listing = site.pages(&DESCRIBE_DB_CLUSTERS, None, start).await;
    let mut parameter_groups = BTreeSet::new();
    for cluster in listing.items.into_iter().flat_map(|page| page.db_clusters.unwrap_or_default()) {
        let id = ("DBClusterIdentifier", cluster.db_cluster_identifier());
        let Some(resource) = site.listed(CLUSTER, &DESCRIBE_DB_CLUSTERS, id, &[]) else { continue };
        if is_rds(cluster.engine()) {
            parameter_groups.extend(cluster.db_cluster_parameter_group.clone());
        }
        let mut facts = Cluster::default();
        resource.lacks(&DESCRIBE_DB_CLUSTERS, facts.list(&cluster, site));
        resource.emit(cluster.db_cluster_arn, &facts);
    }
    groups::read_cluster_parameter_groups(site, client, parameter_groups).await;
}
