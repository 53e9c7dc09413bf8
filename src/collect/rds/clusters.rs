//! Clusters: Aurora's, and those of RDS with two readable standbys.

use std::collections::BTreeSet;

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::{CLUSTER, DESCRIBE_DB_CLUSTERS, MasterUserSecret, arn, encryption_type, groups, is_rds, moment, tags};
use crate::aws::Site;
use crate::collect::shapes::Tag;
use crate::model::{Fact, Timestamp};

/// Facts of `AWS::RDS::DBCluster`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Cluster {
    #[serde(rename = "DBClusterIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_identifier: Fact<String>,
    #[serde(rename = "DBClusterArn", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_arn: Fact<String>,
    #[serde(rename = "DBClusterResourceId", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_resource_id: Fact<String>,
    /// `aurora-mysql`, `aurora-postgresql`, or `mysql` and `postgres` for Multi-AZ clusters; `neptune` and `docdb` come
    /// over the same API.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine_version: Fact<String>,
    /// `provisioned` or `serverless`; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine_mode: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    cluster_create_time: Fact<Option<Timestamp>>,
    /// Null for a cluster that is no replica.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    replication_source_identifier: Fact<Option<String>>,
    #[serde(rename = "DBClusterMembers", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_members: Fact<Vec<ClusterMember>>,
    #[serde(rename = "DBClusterParameterGroupName", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_parameter_group_name: Fact<Option<String>>,
    /// Made from the name, which is not unique over regions.
    #[serde(rename = "DBClusterParameterGroupArn", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_parameter_group_arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    backup_retention_period: Fact<i32>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    latest_restorable_time: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    copy_tags_to_snapshot: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    deletion_protection: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    enable_cloudwatch_logs_exports: Fact<Vec<String>>,
    #[serde(rename = "EnableIAMDatabaseAuthentication", skip_serializing_if = "Fact::is_unknown")]
    enable_iam_database_authentication: Fact<bool>,
    /// `started` while a database activity stream copies every statement out; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    activity_stream_status: Fact<Option<String>>,
    /// The key of the activity stream; null where there is none.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    activity_stream_kms_key_id: Fact<Option<String>>,
    /// `standard` or `limitless`; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    cluster_scalability_type: Fact<Option<String>>,
    /// Whether SQL is taken over the RDS Data API.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    enable_http_endpoint: Fact<bool>,
    /// The global database that it belongs to; null for one that belongs to none.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    global_cluster_identifier: Fact<Option<String>>,
    /// Whether an Aurora PostgreSQL cluster of express configuration can be reached from the internet, past every
    /// security group; false where AWS does not say, as of all other clusters.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    internet_access_gateway_enabled: Fact<bool>,
    /// The master user's secret that RDS manages; null where the password is kept otherwise.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    master_user_secret: Fact<Option<MasterUserSecret>>,
    #[serde(rename = "MultiAZ", skip_serializing_if = "Fact::is_unknown")]
    multi_az: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    availability_zones: Fact<Vec<String>>,
    /// Alone it does not tell of storage under a key that AWS owns: see `StorageEncryptionType`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encrypted: Fact<bool>,
    /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encryption_type: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    kms_key_id: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ClusterMember {
    #[serde(rename = "DBInstanceIdentifier")]
    db_instance_identifier: Option<String>,
    #[serde(rename = "IsClusterWriter")]
    is_cluster_writer: Option<bool>,
    /// `in-sync`, `applying` or `pending-reboot`.
    #[serde(rename = "DBClusterParameterGroupStatus")]
    parameter_group_status: Option<String>,
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
        let arn = cluster.db_cluster_arn.clone();
        resource.emit(arn, &Cluster::of(cluster, site));
    }
    groups::read_cluster_parameter_groups(site, client, parameter_groups).await;
}

impl Cluster {
    pub(super) fn of(listed: sdk::DbCluster, site: &Site) -> Self {
        let group = listed.db_cluster_parameter_group;
        let members = listed.db_cluster_members.unwrap_or_default().into_iter();
        let scalability = listed.cluster_scalability_type;
        Self {
            db_cluster_identifier: listed.db_cluster_identifier.into(),
            db_cluster_arn: listed.db_cluster_arn.into(),
            db_cluster_resource_id: listed.db_cluster_resource_id.into(),
            engine: listed.engine.into(),
            engine_version: listed.engine_version.into(),
            engine_mode: Fact::Known(listed.engine_mode),
            status: listed.status.into(),
            cluster_create_time: moment(listed.cluster_create_time),
            replication_source_identifier: Fact::Known(listed.replication_source_identifier),
            db_cluster_members: Fact::Known(members.map(ClusterMember::from).collect()),
            db_cluster_parameter_group_arn: Fact::Known(group.as_ref().map(|name| arn(site, "cluster-pg", name))),
            db_cluster_parameter_group_name: Fact::Known(group),
            backup_retention_period: listed.backup_retention_period.into(),
            latest_restorable_time: moment(listed.latest_restorable_time),
            copy_tags_to_snapshot: listed.copy_tags_to_snapshot.into(),
            deletion_protection: listed.deletion_protection.into(),
            enable_cloudwatch_logs_exports: Fact::Known(listed.enabled_cloudwatch_logs_exports.unwrap_or_default()),
            enable_iam_database_authentication: listed.iam_database_authentication_enabled.into(),
            activity_stream_status: Fact::Known(listed.activity_stream_status.map(|status| status.as_str().to_owned())),
            activity_stream_kms_key_id: Fact::Known(listed.activity_stream_kms_key_id),
            cluster_scalability_type: Fact::Known(scalability.map(|kind| kind.as_str().to_owned())),
            enable_http_endpoint: Fact::Known(listed.http_endpoint_enabled.unwrap_or(false)),
            global_cluster_identifier: Fact::Known(listed.global_cluster_identifier),
            internet_access_gateway_enabled: Fact::Known(listed.internet_access_gateway_enabled.unwrap_or(false)),
            master_user_secret: Fact::Known(listed.master_user_secret.map(MasterUserSecret::from)),
            multi_az: listed.multi_az.into(),
            availability_zones: Fact::Known(listed.availability_zones.unwrap_or_default()),
            storage_encrypted: listed.storage_encrypted.into(),
            storage_encryption_type: encryption_type(listed.storage_encryption_type),
            kms_key_id: Fact::Known(listed.kms_key_id),
            tags: Fact::Known(tags(listed.tag_list)),
        }
    }
}

impl From<sdk::DbClusterMember> for ClusterMember {
    fn from(member: sdk::DbClusterMember) -> Self {
        Self {
            db_instance_identifier: member.db_instance_identifier,
            is_cluster_writer: member.is_cluster_writer,
            parameter_group_status: member.db_cluster_parameter_group_status,
        }
    }
}
