//! Databases: those that stand alone and the members of clusters.

use std::collections::BTreeSet;

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    DESCRIBE_DB_INSTANCES, INSTANCE, MasterUserSecret, arn, encryption_type, groups, is_rds, moment, tags, versions,
};
use crate::aws::Site;
use crate::collect::shapes::{Tag, timestamp};
use crate::model::{Fact, Timestamp};

/// Facts of `AWS::RDS::DBInstance`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Instance {
    #[serde(rename = "DBInstanceIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_instance_identifier: Fact<String>,
    #[serde(rename = "DBInstanceArn", skip_serializing_if = "Fact::is_unknown")]
    db_instance_arn: Fact<String>,
    /// Unique over the lives of databases of the same name.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    dbi_resource_id: Fact<String>,
    /// Such as `postgres`, `aurora-mysql` or `custom-oracle-ee`; `neptune` and `docdb` come over the same API.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine_version: Fact<String>,
    #[serde(rename = "DBInstanceClass", skip_serializing_if = "Fact::is_unknown")]
    db_instance_class: Fact<String>,
    /// Such as `available`, `stopped` or `creating`.
    #[serde(rename = "DBInstanceStatus", skip_serializing_if = "Fact::is_unknown")]
    db_instance_status: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    instance_create_time: Fact<Option<Timestamp>>,
    /// The cluster that it is a member of; null for a database that stands alone.
    #[serde(rename = "DBClusterIdentifier", skip_serializing_if = "Fact::is_unknown")]
    db_cluster_identifier: Fact<Option<String>>,
    /// The database that it is a read replica of; null for one that is none.
    #[serde(rename = "SourceDBInstanceIdentifier", skip_serializing_if = "Fact::is_unknown")]
    source_db_instance_identifier: Fact<Option<String>>,
    /// The cluster that it is a read replica of; null for one that is none.
    #[serde(rename = "SourceDBClusterIdentifier", skip_serializing_if = "Fact::is_unknown")]
    source_db_cluster_identifier: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    auto_minor_version_upgrade: Fact<bool>,
    /// Days; 0 where automated backups are off.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    backup_retention_period: Fact<i32>,
    /// The newest moment that it can be restored to; null before the first backup and where there are none.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    latest_restorable_time: Fact<Option<Timestamp>>,
    #[serde(rename = "CACertificateIdentifier", skip_serializing_if = "Fact::is_unknown")]
    ca_certificate_identifier: Fact<Option<String>>,
    /// RDS Custom has none to tell of.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    certificate_details: Fact<CertificateDetails>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    copy_tags_to_snapshot: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    deletion_protection: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    enable_cloudwatch_logs_exports: Fact<Vec<String>>,
    #[serde(rename = "EnableIAMDatabaseAuthentication", skip_serializing_if = "Fact::is_unknown")]
    enable_iam_database_authentication: Fact<bool>,
    /// Seconds; 0 where enhanced monitoring is off.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    monitoring_interval: Fact<i32>,
    /// `started` while a database activity stream copies every statement out; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    activity_stream_status: Fact<Option<String>>,
    /// The key of the activity stream; null where there is none.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    activity_stream_kms_key_id: Fact<Option<String>>,
    /// The copies of its automated backups that RDS keeps in other regions, by their ARNs.
    #[serde(rename = "DBInstanceAutomatedBackupsReplications", skip_serializing_if = "Fact::is_unknown")]
    automated_backups_replications: Fact<Vec<String>>,
    /// The master user's secret that RDS manages; null where the password is kept otherwise.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    master_user_secret: Fact<Option<MasterUserSecret>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    enable_performance_insights: Fact<bool>,
    /// The key of Performance Insights; null where there is none.
    #[serde(rename = "PerformanceInsightsKMSKeyId", skip_serializing_if = "Fact::is_unknown")]
    performance_insights_kms_key_id: Fact<Option<String>>,
    #[serde(rename = "MultiAZ", skip_serializing_if = "Fact::is_unknown")]
    multi_az: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    publicly_accessible: Fact<bool>,
    /// Alone it does not tell of storage under a key that AWS owns: see `StorageEncryptionType`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encrypted: Fact<bool>,
    /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    storage_encryption_type: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    kms_key_id: Fact<Option<String>>,
    #[serde(rename = "DBParameterGroups", skip_serializing_if = "Fact::is_unknown")]
    db_parameter_groups: Fact<Vec<ParameterGroupStatus>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    option_group_memberships: Fact<Vec<OptionGroupMembership>>,
    #[serde(rename = "VPCSecurityGroups", skip_serializing_if = "Fact::is_unknown")]
    vpc_security_groups: Fact<Vec<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct CertificateDetails {
    #[serde(rename = "CAIdentifier")]
    ca_identifier: Option<String>,
    /// When the server's own certificate expires.
    valid_till: Timestamp,
}

/// The ARN is made from the name: RDS gives the name alone, which is not unique over regions.
#[derive(Debug, Serialize, JsonSchema)]
struct ParameterGroupStatus {
    #[serde(rename = "DBParameterGroupName")]
    name: String,
    #[serde(rename = "DBParameterGroupArn")]
    arn: String,
    /// `in-sync`, `applying` or `pending-reboot`.
    #[serde(rename = "ParameterApplyStatus")]
    apply_status: Option<String>,
}

/// The ARN is made from the name, as for parameter groups.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct OptionGroupMembership {
    option_group_name: String,
    option_group_arn: String,
    /// Such as `in-sync` or `pending-apply`.
    status: Option<String>,
}

pub(super) async fn read_instances(site: &Site, client: &Client) {
    let start = || client.describe_db_instances().into_paginator().send();
    let listing = site.pages(&DESCRIBE_DB_INSTANCES, None, start).await;
    let (mut parameter_groups, mut option_groups) = (BTreeSet::new(), BTreeSet::new());
    let mut engines = BTreeSet::new();
    for instance in listing.items.into_iter().flat_map(|page| page.db_instances.unwrap_or_default()) {
        let id = ("DBInstanceIdentifier", instance.db_instance_identifier());
        let Some(resource) = site.listed(INSTANCE, &DESCRIBE_DB_INSTANCES, id, &[]) else { continue };
        if is_rds(instance.engine()) {
            parameter_groups.extend(instance.db_parameter_groups().iter().filter_map(parameter_group_name));
            option_groups.extend(instance.option_group_memberships().iter().filter_map(option_group_name));
            engines.extend(instance.engine.clone());
        }
        let arn = instance.db_instance_arn.clone();
        resource.emit(arn, &Instance::of(instance, site));
    }
    tokio::join!(
        groups::read_parameter_groups(site, client, parameter_groups),
        groups::read_option_groups(site, client, option_groups),
        versions::read_major_versions(site, client, engines),
    );
}

fn parameter_group_name(group: &sdk::DbParameterGroupStatus) -> Option<String> {
    group.db_parameter_group_name.clone()
}

fn option_group_name(group: &sdk::OptionGroupMembership) -> Option<String> {
    group.option_group_name.clone()
}

impl Instance {
    pub(super) fn of(listed: sdk::DbInstance, site: &Site) -> Self {
        let parameter_groups = listed.db_parameter_groups.unwrap_or_default().into_iter();
        let option_groups = listed.option_group_memberships.unwrap_or_default().into_iter();
        let security_groups = listed.vpc_security_groups.unwrap_or_default().into_iter();
        let backups_elsewhere = listed.db_instance_automated_backups_replications.unwrap_or_default().into_iter();
        Self {
            db_instance_identifier: listed.db_instance_identifier.into(),
            db_instance_arn: listed.db_instance_arn.into(),
            dbi_resource_id: listed.dbi_resource_id.into(),
            engine: listed.engine.into(),
            engine_version: listed.engine_version.into(),
            db_instance_class: listed.db_instance_class.into(),
            db_instance_status: listed.db_instance_status.into(),
            instance_create_time: moment(listed.instance_create_time),
            db_cluster_identifier: Fact::Known(listed.db_cluster_identifier),
            source_db_instance_identifier: Fact::Known(listed.read_replica_source_db_instance_identifier),
            source_db_cluster_identifier: Fact::Known(listed.read_replica_source_db_cluster_identifier),
            auto_minor_version_upgrade: listed.auto_minor_version_upgrade.into(),
            backup_retention_period: listed.backup_retention_period.into(),
            latest_restorable_time: moment(listed.latest_restorable_time),
            ca_certificate_identifier: Fact::Known(listed.ca_certificate_identifier),
            certificate_details: listed.certificate_details.and_then(certificate).into(),
            copy_tags_to_snapshot: listed.copy_tags_to_snapshot.into(),
            deletion_protection: listed.deletion_protection.into(),
            enable_cloudwatch_logs_exports: Fact::Known(listed.enabled_cloudwatch_logs_exports.unwrap_or_default()),
            enable_iam_database_authentication: listed.iam_database_authentication_enabled.into(),
            monitoring_interval: Fact::Known(listed.monitoring_interval.unwrap_or(0)),
            activity_stream_status: Fact::Known(listed.activity_stream_status.map(|status| status.as_str().to_owned())),
            activity_stream_kms_key_id: Fact::Known(listed.activity_stream_kms_key_id),
            automated_backups_replications: Fact::Known(
                backups_elsewhere.filter_map(|replication| replication.db_instance_automated_backups_arn).collect(),
            ),
            master_user_secret: Fact::Known(listed.master_user_secret.map(MasterUserSecret::from)),
            enable_performance_insights: Fact::Known(listed.performance_insights_enabled.unwrap_or(false)),
            performance_insights_kms_key_id: Fact::Known(listed.performance_insights_kms_key_id),
            multi_az: listed.multi_az.into(),
            publicly_accessible: listed.publicly_accessible.into(),
            storage_encrypted: listed.storage_encrypted.into(),
            storage_encryption_type: encryption_type(listed.storage_encryption_type),
            kms_key_id: Fact::Known(listed.kms_key_id),
            db_parameter_groups: Fact::Known(parameter_groups.filter_map(|group| in_group(group, site)).collect()),
            option_group_memberships: Fact::Known(option_groups.filter_map(|group| member_of(group, site)).collect()),
            vpc_security_groups: Fact::Known(security_groups.filter_map(|group| group.vpc_security_group_id).collect()),
            tags: Fact::Known(tags(listed.tag_list)),
        }
    }
}

fn certificate(details: sdk::CertificateDetails) -> Option<CertificateDetails> {
    let valid_till = details.valid_till.as_ref().and_then(timestamp)?;
    Some(CertificateDetails { ca_identifier: details.ca_identifier, valid_till })
}

fn in_group(group: sdk::DbParameterGroupStatus, site: &Site) -> Option<ParameterGroupStatus> {
    let name = group.db_parameter_group_name?;
    Some(ParameterGroupStatus { arn: arn(site, "pg", &name), name, apply_status: group.parameter_apply_status })
}

fn member_of(group: sdk::OptionGroupMembership, site: &Site) -> Option<OptionGroupMembership> {
    let name = group.option_group_name?;
    let arn = arn(site, "og", &name);
    Some(OptionGroupMembership { option_group_name: name, option_group_arn: arn, status: group.status })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::site::tests::site;

    fn facts(listed: sdk::DbInstance) -> Value {
        serde_json::to_value(Instance::of(listed, &site())).unwrap()
    }

    #[test]
    fn what_rds_leaves_out_because_it_is_not_configured_is_explicit() {
        let facts = facts(sdk::DbInstance::builder().db_instance_identifier("records").build());
        for name in ["DBClusterIdentifier", "SourceDBInstanceIdentifier", "KmsKeyId", "LatestRestorableTime"] {
            assert_eq!(facts.get(name), Some(&Value::Null), "{name}");
        }
        assert_eq!(facts["EnableCloudwatchLogsExports"], json!([]));
        assert_eq!(facts["MonitoringInterval"], 0);
        assert_eq!(facts["Tags"], json!([]));
    }

    #[test]
    fn a_yes_or_no_that_rds_did_not_give_is_not_read() {
        let facts =
            facts(sdk::DbInstance::builder().db_instance_identifier("records").storage_encrypted(false).build());
        assert_eq!(facts["StorageEncrypted"], false);
        for name in ["PubliclyAccessible", "MultiAZ", "DeletionProtection", "BackupRetentionPeriod", "Engine"] {
            assert_eq!(facts.get(name), None, "{name}");
        }
    }

    #[test]
    fn groups_are_named_so_that_they_are_unique_over_regions() {
        let group = sdk::DbParameterGroupStatus::builder()
            .db_parameter_group_name("default.postgres17")
            .parameter_apply_status("in-sync")
            .build();
        let option = sdk::OptionGroupMembership::builder().option_group_name("default:mysql-8-0").build();
        let instance = sdk::DbInstance::builder().db_parameter_groups(group).option_group_memberships(option).build();
        let facts = facts(instance);
        assert_eq!(
            facts["DBParameterGroups"],
            json!([{
                "DBParameterGroupName": "default.postgres17",
                "DBParameterGroupArn": "arn:aws:rds:eu-west-1:123456789012:pg:default.postgres17",
                "ParameterApplyStatus": "in-sync",
            }])
        );
        let arn = &facts["OptionGroupMemberships"][0]["OptionGroupArn"];
        assert_eq!(arn, "arn:aws:rds:eu-west-1:123456789012:og:default:mysql-8-0");
    }
}
