//! AWS Backup, of which moto knows no recovery points, selections, policies and restores. The sample account has a vault as it
//! should be and one that anybody may empty, every other account one as it should be.

use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Credentials};
use crate::http::{Reply, Request};
use crate::wire::Call;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// `None` for what is no operation of AWS Backup.
pub fn answer(call: &Call, request: &Request) -> Option<Reply> {
    if call.service != "backup" {
        return None;
    }
    let is_planted = call.access_key == Credentials::any().access_key_id;
    let of_default = request.path().contains("Default");
    let place = (is_planted, call.region.as_str());
    let body = match call.operation.as_str() {
        "ListProtectedResources" => json!({"Results": protected(place)}),
        "ListBackupVaults" => json!({"BackupVaultList": vaults(place)}),
        "GetBackupVaultAccessPolicy" if of_default => json!({"Policy": open_policy()}),
        "GetBackupVaultAccessPolicy" => return Some(no_policy()),
        "ListTags" => json!({"Tags": if of_default { json!({}) } else { json!({"Owner": "backup"}) }}),
        "ListRecoveryPointsByBackupVault" => json!({"RecoveryPoints": recovery_points(place, of_default)}),
        "ListBackupPlans" if place == (true, "us-east-1") => {
            json!({"BackupPlansList": [plan("nightly"), plan("monthly")]})
        }
        "ListBackupPlans" => json!({"BackupPlansList": []}),
        "GetBackupPlan" => json!({"BackupPlan": {"BackupPlanName": "plan", "Rules": rules(request.path())}}),
        "ListBackupSelections" if request.path().contains("nightly") => {
            json!({"BackupSelectionsList": [{"SelectionId": "by-tag", "BackupPlanId": "nightly"}]})
        }
        "ListBackupSelections" if request.path().contains("monthly") => {
            json!({"BackupSelectionsList": [{"SelectionId": "by-arn", "BackupPlanId": "monthly"}]})
        }
        "ListRestoreTestingPlans" if place == (true, "us-east-1") => json!({"RestoreTestingPlans": [{
            "RestoreTestingPlanName": "monthly_restores",
            "RestoreTestingPlanArn": format!("arn:aws:backup:us-east-1:{ACCOUNT}:restore-testing-plan:monthly_restores"),
            "ScheduleExpression": "cron(0 5 1 * ? *)",
            "CreationTime": ago(200 * DAY),
        }]}),
        "ListRestoreTestingPlans" => json!({"RestoreTestingPlans": []}),
        "ListRestoreJobs" => json!({"RestoreJobs": restores(place)}),
        _ => return None,
    };
    Some(Reply::new(200, "application/json", body.to_string()))
}

fn ago(seconds: i64) -> i64 {
    jiff::Timestamp::now().as_second() - seconds
}

fn protected(place: (bool, &str)) -> Vec<Value> {
    let backup = |kind: &str, arn: &str, hours: i64| json!({"ResourceArn": arn, "ResourceType": kind, "LastBackupTime": ago(hours * HOUR)});
    match place {
        // Good: this morning. Bad: the plan no longer takes in the bucket of uploads.
        (true, "us-west-2") => vec![backup("S3", "arn:aws:s3:::meridian-records-replica", 3)],
        (true, "us-east-1") => vec![
            backup("RDS", "arn:aws:rds:us-east-1:123456789012:db:records-db", 3),
            backup("S3", "arn:aws:s3:::meridian-patient-uploads", 40 * 24),
        ],
        (false, "us-west-2") => vec![backup("S3", "arn:aws:s3:::clean-records-replica", 3)],
        _ => Vec::new(),
    }
}

fn vaults((is_planted, region): (bool, &str)) -> Vec<Value> {
    let vault = |name: &str, points: u64, lock: Option<i64>| {
        let mut vault = json!({
            "BackupVaultName": name,
            "BackupVaultArn": format!("arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{name}"),
            "VaultType": "BACKUP_VAULT",
            "NumberOfRecoveryPoints": points,
            "Locked": lock.is_some(),
        });
        if let Some(since) = lock {
            vault["LockDate"] = since.into();
            vault["EncryptionKeyType"] = "CUSTOMER_MANAGED_KMS_KEY".into();
            vault["MinRetentionDays"] = 35.into();
        }
        vault
    };
    match (is_planted, region) {
        (true, "us-east-1") => vec![vault("records-vault", 2, Some(ago(100 * DAY))), vault("Default", 1, None)],
        (false, "us-west-2") => vec![vault("records-vault", 1, Some(ago(100 * DAY)))],
        _ => Vec::new(),
    }
}

fn recovery_points((is_planted, region): (bool, &str), of_default: bool) -> Vec<Value> {
    let point = |name: &str, resource: &str, vault: &str, is_encrypted: bool, seconds: i64| {
        json!({
            "RecoveryPointArn": format!("arn:aws:backup:{region}:{ACCOUNT}:recovery-point:{name}"),
            "BackupVaultName": vault,
            "BackupVaultArn": format!("arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{vault}"),
            "ResourceArn": resource,
            "ResourceType": "S3",
            "Status": "COMPLETED",
            "CreationDate": ago(seconds),
            "IsEncrypted": is_encrypted,
            "IsParent": false,
        })
    };
    match (is_planted, of_default) {
        (true, false) => vec![
            point("1", "arn:aws:rds:us-east-1:123456789012:db:records-db", "records-vault", true, 3 * HOUR),
            point(
                "4",
                "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-documents",
                "records-vault",
                true,
                HOUR,
            ),
        ],
        (true, true) => vec![point("2", "arn:aws:ec2:us-east-1:123456789012:volume/vol-1", "Default", false, 40 * DAY)],
        (false, _) => vec![point("3", "arn:aws:s3:::clean-records-replica", "records-vault", true, 3 * HOUR)],
    }
}

fn plan(name: &str) -> Value {
    json!({
        "BackupPlanId": name,
        "BackupPlanArn": format!("arn:aws:backup:us-east-1:{ACCOUNT}:backup-plan:{name}"),
        "BackupPlanName": name,
        "VersionId": "1",
    })
}

/// Good: every night, kept for 35 days. Bad: once a month.
fn rules(path: &str) -> Value {
    let schedule = if path.contains("nightly") { "cron(0 5 ? * * *)" } else { "cron(0 5 1 * ? *)" };
    json!([{
        "RuleName": "rule",
        "TargetBackupVaultName": "records-vault",
        "ScheduleExpression": schedule,
        "Lifecycle": {"DeleteAfterDays": 35},
        "RuleId": "1",
    }])
}

/// The sample account has only one whose result was wrong.
fn restores((is_planted, region): (bool, &str)) -> Vec<Value> {
    let job = |validation: &str| {
        json!({
            "RestoreJobId": "11111111-2222-3333-4444-555555555555",
            "Status": "COMPLETED",
            "ResourceType": "S3",
            "CompletionDate": ago(20 * DAY),
            "ValidationStatus": validation,
        })
    };
    match (is_planted, region) {
        (true, "us-east-1") => vec![job("FAILED")],
        (false, "us-west-2") => vec![job("SUCCESSFUL")],
        _ => Vec::new(),
    }
}

fn open_policy() -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "backup:CopyIntoBackupVault",
        "Resource": "*",
    }]})
    .to_string()
}

fn no_policy() -> Reply {
    let body = json!({"message": "No access policy is attached to the vault."}).to_string();
    Reply::new(400, "application/json", body).with_header("x-amzn-errortype", "ResourceNotFoundException")
}
