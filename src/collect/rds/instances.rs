//! Databases: those that stand alone and the members of clusters.

use std::collections::BTreeSet;

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;

use super::{DESCRIBE_DB_INSTANCES, INSTANCE, MasterUserSecret, arn, groups, is_rds, versions};
use crate::aws::Site;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::Timestamp;

facts! {
    /// Facts of `AWS::RDS::DBInstance`.
    pub(super) struct Instance;

    list(instance: &sdk::DbInstance, site: &Site) {
        DBInstanceIdentifier: String = instance.db_instance_identifier;
        DBInstanceArn: String = instance.db_instance_arn;
        /// Unique over the lives of databases of the same name.
        DbiResourceId: String = instance.dbi_resource_id;
        /// Such as `postgres`, `aurora-mysql` or `custom-oracle-ee`; `neptune` and `docdb` come over the same API.
        Engine: String = instance.engine;
        EngineVersion: String = instance.engine_version;
        DBInstanceClass: String = instance.db_instance_class;
        /// Such as `available`, `stopped` or `creating`.
        DBInstanceStatus: String = instance.db_instance_status;
        InstanceCreateTime: Option<Timestamp> = instance.instance_create_time;
        /// The cluster that it is a member of; null for a database that stands alone.
        DBClusterIdentifier: Option<String> = instance.db_cluster_identifier;
        /// The database that it is a read replica of; null for one that is none.
        SourceDBInstanceIdentifier: Option<String> = instance.read_replica_source_db_instance_identifier;
        /// The cluster that it is a read replica of; null for one that is none.
        SourceDBClusterIdentifier: Option<String> = instance.read_replica_source_db_cluster_identifier;
        AutoMinorVersionUpgrade: bool = instance.auto_minor_version_upgrade;
        /// Days; 0 where automated backups are off.
        BackupRetentionPeriod: i32 = instance.backup_retention_period;
        /// The newest moment that it can be restored to; null before the first backup and where there are none.
        LatestRestorableTime: Option<Timestamp> = instance.latest_restorable_time;
        CACertificateIdentifier: Option<String> = instance.ca_certificate_identifier;
        /// RDS Custom has none to tell of.
        CertificateDetails: CertificateDetails = instance.certificate_details, or unknown;
        CopyTagsToSnapshot: bool = instance.copy_tags_to_snapshot;
        DeletionProtection: bool = instance.deletion_protection;
        EnableCloudwatchLogsExports: Vec<String> = instance.enabled_cloudwatch_logs_exports;
        EnableIAMDatabaseAuthentication: bool = instance.iam_database_authentication_enabled;
        /// Seconds; 0 where enhanced monitoring is off.
        MonitoringInterval: i32 = instance.monitoring_interval,
            or 0 "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html";
        /// `started` while a database activity stream copies every statement out; null where AWS does not say.
        ActivityStreamStatus: Option<String> = instance.activity_stream_status;
        /// The key of the activity stream; null where there is none.
        ActivityStreamKmsKeyId: Option<String> = instance.activity_stream_kms_key_id;
        /// The copies of its automated backups that RDS keeps in other regions, by their ARNs.
        DBInstanceAutomatedBackupsReplications: Vec<String> = backups_elsewhere(instance);
        /// The master user's secret that RDS manages; null where the password is kept otherwise.
        MasterUserSecret: Option<MasterUserSecret> = instance.master_user_secret;
        EnablePerformanceInsights: bool = instance.performance_insights_enabled,
            or false "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html";
        /// The key of Performance Insights; null where there is none.
        PerformanceInsightsKMSKeyId: Option<String> = instance.performance_insights_kms_key_id;
        MultiAZ: bool = instance.multi_az;
        PubliclyAccessible: bool = instance.publicly_accessible;
        /// Alone it does not tell of storage under a key that AWS owns: see `StorageEncryptionType`.
        StorageEncrypted: bool = instance.storage_encrypted;
        /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`; null where AWS does not say.
        StorageEncryptionType: Option<String> = instance.storage_encryption_type;
        KmsKeyId: Option<String> = instance.kms_key_id;
        DBParameterGroups: Vec<ParameterGroupStatus> = parameter_groups(instance, site);
        OptionGroupMemberships: Vec<OptionGroupMembership> = option_groups(instance, site);
        VPCSecurityGroups: Vec<String> = security_groups(instance);
        Tags: Vec<Tag> = instance.tag_list;
    }
}

shape! {
    pub(super) struct CertificateDetails of details: sdk::CertificateDetails {
        CAIdentifier: Option<String> = details.ca_identifier;
        /// When the server's own certificate expires.
        ValidTill: Timestamp = details.valid_till;
    }
}

shape! {
    /// The ARN is made from the name: RDS gives the name alone, which is not unique over regions.
    pub(super) struct ParameterGroupStatus {
        DBParameterGroupName: String;
        DBParameterGroupArn: String;
        /// `in-sync`, `applying` or `pending-reboot`.
        ParameterApplyStatus: Option<String>;
    }
}

shape! {
    /// The ARN is made from the name, as for parameter groups.
    pub(super) struct OptionGroupMembership {
        OptionGroupName: String;
        OptionGroupArn: String;
        /// Such as `in-sync` or `pending-apply`.
        Status: Option<String>;
    }
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
        let mut facts = Instance::default();
        resource.lacks(&DESCRIBE_DB_INSTANCES, facts.list(&instance, site));
        resource.emit(instance.db_instance_arn, &facts);
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

fn backups_elsewhere(instance: &sdk::DbInstance) -> Vec<&str> {
    let replications = instance.db_instance_automated_backups_replications().iter();
    replications.filter_map(|replication| replication.db_instance_automated_backups_arn()).collect()
}

fn security_groups(instance: &sdk::DbInstance) -> Vec<&str> {
    instance.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id()).collect()
}

fn parameter_groups(instance: &sdk::DbInstance, site: &Site) -> Vec<ParameterGroupStatus> {
    let of = |group: &sdk::DbParameterGroupStatus| {
        let name = group.db_parameter_group_name()?;
        Some(ParameterGroupStatus {
            DBParameterGroupArn: arn(site, "pg", name),
            DBParameterGroupName: name.to_owned(),
            ParameterApplyStatus: group.parameter_apply_status.clone(),
        })
    };
    instance.db_parameter_groups().iter().filter_map(of).collect()
}

fn option_groups(instance: &sdk::DbInstance, site: &Site) -> Vec<OptionGroupMembership> {
    let of = |group: &sdk::OptionGroupMembership| {
        let name = group.option_group_name()?;
        Some(OptionGroupMembership {
            OptionGroupArn: arn(site, "og", name),
            OptionGroupName: name.to_owned(),
            Status: group.status.clone(),
        })
    };
    instance.option_group_memberships().iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::site::tests::site;

    fn facts(listed: sdk::DbInstance) -> Value {
        let mut instance = Instance::default();
        let _ = instance.list(&listed, &site());
        serde_json::to_value(instance).unwrap()
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
        let listed = sdk::DbInstance::builder().db_instance_identifier("records").storage_encrypted(false).build();
        let lacks = Instance::default().list(&listed, &site());
        assert!(lacks.0.contains(&("PubliclyAccessible", "missing".to_owned())), "{lacks:?}");
        let facts = facts(listed);
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
