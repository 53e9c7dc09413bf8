//! What RDS tells that moto does not know: integrations, backups that outlive their database, and the support of versions.

use crate::aws::Credentials;
use crate::http::{Reply, Request};
use crate::wire::Call;

/// `None` for whatever moto can answer itself. The planted account has such things in one region.
pub fn answer(operation: &str, call: &Call, request: &Request) -> Option<Reply> {
    let is_planted = call.access_key == Credentials::any().access_key_id && call.region == "us-east-1";
    let list = match operation {
        "DescribeIntegrations" if is_planted => INTEGRATIONS,
        "DescribeIntegrations" => "<Integrations/>",
        "DescribeDBInstanceAutomatedBackups" if is_planted => INSTANCE_BACKUPS,
        "DescribeDBInstanceAutomatedBackups" => "<DBInstanceAutomatedBackups/>",
        "DescribeDBClusterAutomatedBackups" if is_planted => CLUSTER_BACKUPS,
        "DescribeDBClusterAutomatedBackups" => "<DBClusterAutomatedBackups/>",
        "DescribeDBMajorEngineVersions" => &major_versions(&request.body),
        _ => return None,
    };
    let body = format!(
        "<{operation}Response xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><{operation}Result>{list}\
         </{operation}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation}Response>"
    );
    Some(Reply::new(200, "text/xml", body))
}

/// One into a warehouse of the account, one into a stranger's.
const INTEGRATIONS: &str = "<Integrations>\
    <Integration><IntegrationName>analytics</IntegrationName>\
    <IntegrationArn>arn:aws:rds:us-east-1:123456789012:integration:analytics</IntegrationArn>\
    <SourceArn>arn:aws:rds:us-east-1:123456789012:cluster:records-aurora</SourceArn>\
    <TargetArn>arn:aws:redshift-serverless:us-east-1:123456789012:namespace/reports</TargetArn>\
    <Status>active</Status></Integration>\
    <Integration><IntegrationName>vendor</IntegrationName>\
    <IntegrationArn>arn:aws:rds:us-east-1:123456789012:integration:vendor</IntegrationArn>\
    <SourceArn>arn:aws:rds:us-east-1:123456789012:cluster:records-aurora</SourceArn>\
    <TargetArn>arn:aws:redshift-serverless:us-east-1:999999999999:namespace/reports</TargetArn>\
    <Status>active</Status></Integration></Integrations>";

const INSTANCE_BACKUPS: &str = "<DBInstanceAutomatedBackups><DBInstanceAutomatedBackup>\
    <DBInstanceIdentifier>forgotten-db</DBInstanceIdentifier><DbiResourceId>db-FORGOTTEN</DbiResourceId>\
    <DBInstanceAutomatedBackupsArn>arn:aws:rds:us-east-1:123456789012:auto-backup:ab-forgotten\
    </DBInstanceAutomatedBackupsArn><Engine>postgres</Engine><Status>retained</Status>\
    <BackupRetentionPeriod>35</BackupRetentionPeriod><Encrypted>true</Encrypted>\
    </DBInstanceAutomatedBackup></DBInstanceAutomatedBackups>";

const CLUSTER_BACKUPS: &str = "<DBClusterAutomatedBackups><DBClusterAutomatedBackup>\
    <DBClusterIdentifier>forgotten-aurora</DBClusterIdentifier>\
    <DbClusterResourceId>cluster-FORGOTTEN</DbClusterResourceId>\
    <DBClusterAutomatedBackupsArn>arn:aws:rds:us-east-1:123456789012:cluster-auto-backup:ab-forgotten\
    </DBClusterAutomatedBackupsArn><Engine>aurora-mysql</Engine><Status>retained</Status>\
    <BackupRetentionPeriod>7</BackupRetentionPeriod><StorageEncrypted>true</StorageEncrypted>\
    </DBClusterAutomatedBackup></DBClusterAutomatedBackups>";

/// The versions that the sample databases run: one whose standard support goes on, and one where it has ended.
fn major_versions(question: &[u8]) -> String {
    let question = String::from_utf8_lossy(question);
    let version = |engine: &str, version: &str, standard: &str| {
        let lifecycle = |name: &str, end: &str| {
            format!(
                "<SupportedEngineLifecycle><LifecycleSupportName>open-source-rds-{name}-support</LifecycleSupportName>\
                 <LifecycleSupportStartDate>2020-01-01T00:00:00Z</LifecycleSupportStartDate>\
                 <LifecycleSupportEndDate>{end}</LifecycleSupportEndDate></SupportedEngineLifecycle>"
            )
        };
        format!(
            "<DBMajorEngineVersions><DBMajorEngineVersion><Engine>{engine}</Engine>\
             <MajorEngineVersion>{version}</MajorEngineVersion><SupportedEngineLifecycles>{}{}\
             </SupportedEngineLifecycles></DBMajorEngineVersion></DBMajorEngineVersions>",
            lifecycle("standard", standard),
            lifecycle("extended", "2064-12-31T23:59:59Z")
        )
    };
    if question.contains("Engine=postgres") {
        version("postgres", "16", "2061-02-28T23:59:59Z")
    } else if question.contains("Engine=mysql") {
        version("mysql", "8.0", "2025-07-31T23:59:59Z")
    } else {
        "<DBMajorEngineVersions/>".to_owned()
    }
}
