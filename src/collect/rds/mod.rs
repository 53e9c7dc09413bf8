//! Amazon RDS and Aurora: databases, clusters, snapshots, proxies, and the parameter and option groups in use.
//!
//! What protects a database is spread over several places: an Aurora member's encryption, backups and deletion
//! protection are its cluster's, and whether clients must use TLS stands in a parameter group. The groups are read once
//! each, however many databases use them, and only the parameters that say something about security are kept.
//!
//! Names of facts are CloudFormation's where the type has the property (`EnableCloudwatchLogsExports`,
//! `EnableIAMDatabaseAuthentication`, `SourceDBInstanceIdentifier`), otherwise the API's. RDS leaves out what is not
//! configured; a yes-or-no that it always gives and did not give stays unknown.
//!
//! The same API lists Neptune and DocumentDB members; they are told apart by `Engine`. Changes that wait for a
//! maintenance window (`PendingModifiedValues`) are no facts: what holds now is. Not seen from here: what is in the
//! databases (users, grants, extensions created with SQL), recovery points that AWS Backup keeps in other accounts, and
//! groups that no database uses. Only manual snapshots can be shared, so only they are asked whom they are shared with.

mod clusters;
mod copies;
mod groups;
mod instances;
mod proxies;
mod snapshots;
mod versions;

use std::sync::Arc;

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;

use self::clusters::{Cluster, read_clusters};
use self::instances::{Instance, read_instances};
use self::proxies::{Proxy, read_proxies};
use self::snapshots::{ClusterSnapshot, Snapshot, read_cluster_snapshots, read_snapshots};
use super::facts::shape;
use super::shapes::Tag;
use super::{Collector, Work};
use crate::aws::told::FromAws;
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Arn, Kind, Scope};

const INSTANCE: &str = "AWS::RDS::DBInstance";
const CLUSTER: &str = "AWS::RDS::DBCluster";
const SNAPSHOT: &str = "AWS::RDS::DBSnapshot";
const CLUSTER_SNAPSHOT: &str = "AWS::RDS::DBClusterSnapshot";
const PARAMETER_GROUP: &str = "AWS::RDS::DBParameterGroup";
const CLUSTER_PARAMETER_GROUP: &str = "AWS::RDS::DBClusterParameterGroup";
const OPTION_GROUP: &str = "AWS::RDS::OptionGroup";
const PROXY: &str = "AWS::RDS::DBProxy";
const GLOBAL_CLUSTER: &str = "AWS::RDS::GlobalCluster";
const SHARD_GROUP: &str = "AWS::RDS::DBShardGroup";
const EXPORT_TASK: &str = "AWS::RDS::ExportTask";
const INTEGRATION: &str = "AWS::RDS::Integration";
const INSTANCE_BACKUP: &str = "AWS::RDS::DBInstanceAutomatedBackup";
const CLUSTER_BACKUP: &str = "AWS::RDS::DBClusterAutomatedBackup";
const MAJOR_VERSION: &str = "AWS::RDS::DBMajorEngineVersion";

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "rds", name, iam_actions, yields }
}

// Which groups and engines are in use is known from the databases.
const DESCRIBE_DB_INSTANCES: Operation = operation(
    "DescribeDBInstances",
    &["rds:DescribeDBInstances"],
    &[
        Yield::Population(INSTANCE),
        Yield::Population(PARAMETER_GROUP),
        Yield::Population(OPTION_GROUP),
        Yield::Population(MAJOR_VERSION),
    ],
);
const DESCRIBE_DB_CLUSTERS: Operation = operation(
    "DescribeDBClusters",
    &["rds:DescribeDBClusters"],
    &[Yield::Population(CLUSTER), Yield::Population(CLUSTER_PARAMETER_GROUP)],
);
const DESCRIBE_DB_SNAPSHOTS: Operation =
    operation("DescribeDBSnapshots", &["rds:DescribeDBSnapshots"], &[Yield::Population(SNAPSHOT)]);
const DESCRIBE_DB_CLUSTER_SNAPSHOTS: Operation = operation(
    "DescribeDBClusterSnapshots",
    &["rds:DescribeDBClusterSnapshots"],
    &[Yield::Population(CLUSTER_SNAPSHOT)],
);
const DESCRIBE_DB_SNAPSHOT_ATTRIBUTES: Operation = operation(
    "DescribeDBSnapshotAttributes",
    &["rds:DescribeDBSnapshotAttributes"],
    &[Yield::Facts(SNAPSHOT, Snapshot::ATTRIBUTES)],
);
const DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES: Operation = operation(
    "DescribeDBClusterSnapshotAttributes",
    &["rds:DescribeDBClusterSnapshotAttributes"],
    &[Yield::Facts(CLUSTER_SNAPSHOT, ClusterSnapshot::ATTRIBUTES)],
);
const DESCRIBE_DB_PARAMETERS: Operation = operation(
    "DescribeDBParameters",
    &["rds:DescribeDBParameters"],
    &[Yield::Facts(PARAMETER_GROUP, groups::ParameterGroup::PARAMETERS)],
);
const DESCRIBE_DB_CLUSTER_PARAMETERS: Operation = operation(
    "DescribeDBClusterParameters",
    &["rds:DescribeDBClusterParameters"],
    &[Yield::Facts(CLUSTER_PARAMETER_GROUP, groups::ClusterParameterGroup::PARAMETERS)],
);
const DESCRIBE_OPTION_GROUPS: Operation = operation(
    "DescribeOptionGroups",
    &["rds:DescribeOptionGroups"],
    &[Yield::Facts(OPTION_GROUP, groups::OptionGroup::DESCRIBED)],
);
const DESCRIBE_DB_PROXIES: Operation =
    operation("DescribeDBProxies", &["rds:DescribeDBProxies"], &[Yield::Population(PROXY)]);
const LIST_TAGS_FOR_RESOURCE: Operation =
    operation("ListTagsForResource", &["rds:ListTagsForResource"], &[Yield::Facts(PROXY, Proxy::TAGS)]);
const DESCRIBE_GLOBAL_CLUSTERS: Operation =
    operation("DescribeGlobalClusters", &["rds:DescribeGlobalClusters"], &[Yield::Population(GLOBAL_CLUSTER)]);
const DESCRIBE_DB_SHARD_GROUPS: Operation =
    operation("DescribeDBShardGroups", &["rds:DescribeDBShardGroups"], &[Yield::Population(SHARD_GROUP)]);
const DESCRIBE_EXPORT_TASKS: Operation =
    operation("DescribeExportTasks", &["rds:DescribeExportTasks"], &[Yield::Population(EXPORT_TASK)]);
const DESCRIBE_INTEGRATIONS: Operation =
    operation("DescribeIntegrations", &["rds:DescribeIntegrations"], &[Yield::Population(INTEGRATION)]);
const DESCRIBE_DB_INSTANCE_AUTOMATED_BACKUPS: Operation = operation(
    "DescribeDBInstanceAutomatedBackups",
    &["rds:DescribeDBInstanceAutomatedBackups"],
    &[Yield::Population(INSTANCE_BACKUP)],
);
const DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS: Operation = operation(
    "DescribeDBClusterAutomatedBackups",
    &["rds:DescribeDBClusterAutomatedBackups"],
    &[Yield::Population(CLUSTER_BACKUP)],
);
const DESCRIBE_DB_MAJOR_ENGINE_VERSIONS: Operation = operation(
    "DescribeDBMajorEngineVersions",
    &["rds:DescribeDBMajorEngineVersions"],
    &[Yield::Population(MAJOR_VERSION)],
);

shape! {
    /// The master user's secret, which RDS made and rotates; its value is never read.
    pub(super) struct MasterUserSecret of secret: sdk::MasterUserSecret {
        SecretArn: Option<String> = secret.secret_arn;
        /// `creating`, `active`, `rotating` or `impaired`.
        SecretStatus: Option<String> = secret.secret_status;
        KmsKeyId: Option<String> = secret.kms_key_id;
    }
}

/// The collector of Amazon RDS and Aurora.
pub struct Rds;

impl Collector for Rds {
    fn kinds(&self) -> Vec<Kind> {
        vec![
            Kind::of::<Instance>(INSTANCE, "rds", Scope::Region),
            Kind::of::<Cluster>(CLUSTER, "rds", Scope::Region),
            Kind::of::<Snapshot>(SNAPSHOT, "rds", Scope::Region),
            Kind::of::<ClusterSnapshot>(CLUSTER_SNAPSHOT, "rds", Scope::Region),
            Kind::of::<groups::ParameterGroup>(PARAMETER_GROUP, "rds", Scope::Region),
            Kind::of::<groups::ClusterParameterGroup>(CLUSTER_PARAMETER_GROUP, "rds", Scope::Region),
            Kind::of::<groups::OptionGroup>(OPTION_GROUP, "rds", Scope::Region),
            Kind::of::<Proxy>(PROXY, "rds", Scope::Region),
            Kind::of::<copies::GlobalCluster>(GLOBAL_CLUSTER, "rds", Scope::Region),
            Kind::of::<copies::ShardGroup>(SHARD_GROUP, "rds", Scope::Region),
            Kind::of::<copies::ExportTask>(EXPORT_TASK, "rds", Scope::Region),
            Kind::of::<copies::Integration>(INTEGRATION, "rds", Scope::Region),
            Kind::of::<copies::InstanceBackup>(INSTANCE_BACKUP, "rds", Scope::Region),
            Kind::of::<copies::ClusterBackup>(CLUSTER_BACKUP, "rds", Scope::Region),
            Kind::of::<versions::MajorVersion>(MAJOR_VERSION, "rds", Scope::Region),
        ]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[
            &DESCRIBE_DB_INSTANCES,
            &DESCRIBE_DB_CLUSTERS,
            &DESCRIBE_DB_SNAPSHOTS,
            &DESCRIBE_DB_CLUSTER_SNAPSHOTS,
            &DESCRIBE_DB_SNAPSHOT_ATTRIBUTES,
            &DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES,
            &DESCRIBE_DB_PARAMETERS,
            &DESCRIBE_DB_CLUSTER_PARAMETERS,
            &DESCRIBE_OPTION_GROUPS,
            &DESCRIBE_DB_PROXIES,
            &LIST_TAGS_FOR_RESOURCE,
            &DESCRIBE_GLOBAL_CLUSTERS,
            &DESCRIBE_DB_SHARD_GROUPS,
            &DESCRIBE_EXPORT_TASKS,
            &DESCRIBE_INTEGRATIONS,
            &DESCRIBE_DB_INSTANCE_AUTOMATED_BACKUPS,
            &DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS,
            &DESCRIBE_DB_MAJOR_ENGINE_VERSIONS,
        ]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            session.each(regions, |region| read_region(session.region(&region))).await;
        })
    }
}

async fn read_region(site: Site) {
    let config = aws_sdk_rds::config::Builder::from(&site.config()).interceptor(site.interceptor()).build();
    let client = Client::from_conf(config);
    tokio::join!(
        read_instances(&site, &client),
        read_clusters(&site, &client),
        read_snapshots(&site, &client),
        read_cluster_snapshots(&site, &client),
        read_proxies(&site, &client),
        copies::read_global_clusters(&site, &client),
        copies::read_shard_groups(&site, &client),
        copies::read_export_tasks(&site, &client),
        copies::read_integrations(&site, &client),
        copies::read_instance_backups(&site, &client),
        copies::read_cluster_backups(&site, &client),
    );
}

/// Neptune and DocumentDB share the API; their groups are no concern of RDS rules.
fn is_rds(engine: Option<&str>) -> bool {
    !matches!(engine, Some("neptune" | "docdb"))
}

/// The ARN of something of the site that RDS calls by its name: `pg`, `cluster-pg` or `og`. See
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.Constructing.html>.
fn arn(site: &Site, sort: &str, name: &str) -> String {
    let session = site.session();
    let (partition, account) = (session.partition(), session.account());
    let resource = format!("{sort}:{name}");
    Arn { partition, service: "rds", region: site.region_name(), account, resource: &resource }.to_string()
}

impl FromAws<sdk::Tag> for Tag {
    fn from_aws(tag: &sdk::Tag) -> Result<Self, String> {
        Ok(Self::new(tag.key().ok_or("Key: missing")?, tag.value()))
    }
}
