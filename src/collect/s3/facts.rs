//! The facts of buckets.

use super::inventory::InventoryConfiguration;
use super::lifecycle::LifecycleConfiguration;
use super::notification::NotificationConfiguration;
use super::replication::ReplicationConfiguration;
use super::website::{CorsConfiguration, WebsiteConfiguration};
use crate::aws::told::Given;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::{Arn, PolicyDocument, Timestamp};

facts! {
    /// Facts of `AWS::S3::Bucket`. Names are those of the CloudFormation type where it has the property, otherwise
    /// those of the S3 API (`PolicyStatus`, `Grants`, `BucketRegion`).
    pub(super) struct Bucket;

    list(bucket: Given<'_>, partition: &str) {
        BucketName: String = bucket.get("Name");
        Arn: String = bucket.text("Name").map(|name| arn(partition, name));
        CreationDate: Option<Timestamp> = bucket.get("CreationDate");
    }

    later {
        BucketRegion: String;
    }

    later gives ENCRYPTION {
        BucketEncryption: Option<BucketEncryption>;
    }

    later gives POLICY {
        BucketPolicy: Option<PolicyDocument>;
    }

    later gives POLICY_STATUS {
        PolicyStatus: Option<PolicyStatus>;
    }

    later gives PUBLIC_ACCESS {
        PublicAccessBlockConfiguration: Option<PublicAccessBlock>;
    }

    later gives OWNERSHIP {
        OwnershipControls: Option<OwnershipControls>;
    }

    grant(acl: Given<'_>) gives ACL {
        Owner: Option<Owner> = acl.get("Owner");
        Grants: Vec<Grant> = acl.get("Grants");
    }

    later gives VERSIONING {
        VersioningConfiguration: VersioningConfiguration;
    }

    later gives OBJECT_LOCK {
        ObjectLockConfiguration: Option<ObjectLockConfiguration>;
    }

    later gives LIFECYCLE {
        LifecycleConfiguration: Option<LifecycleConfiguration>;
    }

    later gives LOGGING {
        LoggingConfiguration: Option<LoggingConfiguration>;
    }

    later gives NOTIFICATION {
        NotificationConfiguration: NotificationConfiguration;
    }

    later gives REPLICATION {
        ReplicationConfiguration: Option<ReplicationConfiguration>;
    }

    later gives WEBSITE {
        WebsiteConfiguration: Option<WebsiteConfiguration>;
    }

    later gives CORS {
        CorsConfiguration: Option<CorsConfiguration>;
    }

    later gives INVENTORIES {
        InventoryConfigurations: Vec<InventoryConfiguration>;
    }

    later gives TAGS {
        Tags: Vec<Tag>;
    }
}

/// The bucket's ARN, which names neither region nor account.
fn arn(partition: &str, name: &str) -> String {
    Arn { partition, service: "s3", region: "", account: "", resource: name }.to_string()
}

shape! {
    pub(super) struct BucketEncryption of own: Given<'_> {
        ServerSideEncryptionConfiguration: Vec<EncryptionRule> = own.get("Rules");
    }
}

shape! {
    pub(super) struct EncryptionRule of rule: Given<'_> {
        ServerSideEncryptionByDefault: Option<EncryptionByDefault> = rule.get("ApplyServerSideEncryptionByDefault");
        BucketKeyEnabled: bool = rule.get("BucketKeyEnabled"),
            or false "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html";
        /// Null where S3 says nothing about it.
        BlockedEncryptionTypes: Option<BlockedEncryptionTypes> = rule.get("BlockedEncryptionTypes");
    }
}

shape! {
    /// With what new objects may not be encrypted: `SSE-C`, or `NONE` where that was allowed on purpose.
    pub(super) struct BlockedEncryptionTypes of own: Given<'_> {
        EncryptionType: Vec<String> = own.get("EncryptionType");
    }
}

shape! {
    pub(super) struct EncryptionByDefault of own: Given<'_> {
        SSEAlgorithm: String = own.get("SSEAlgorithm");
        KMSMasterKeyID: Option<String> = own.get("KMSMasterKeyID");
    }
}

shape! {
    pub(super) struct PolicyStatus of own: Given<'_> {
        IsPublic: bool = own.get("IsPublic");
    }
}

shape! {
    pub(super) struct PublicAccessBlock of own: Given<'_> {
        BlockPublicAcls: bool = own.get("BlockPublicAcls"),
            or false "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html";
        BlockPublicPolicy: bool = own.get("BlockPublicPolicy"),
            or false "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html";
        IgnorePublicAcls: bool = own.get("IgnorePublicAcls"),
            or false "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html";
        RestrictPublicBuckets: bool = own.get("RestrictPublicBuckets"),
            or false "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html";
    }
}

shape! {
    pub(super) struct OwnershipControls of own: Given<'_> {
        Rules: Vec<OwnershipRule> = own.get("Rules");
    }
}

shape! {
    pub(super) struct OwnershipRule of rule: Given<'_> {
        ObjectOwnership: String = rule.get("ObjectOwnership");
    }
}

shape! {
    pub(super) struct Owner of own: Given<'_> {
        ID: Option<String> = own.get("ID");
    }
}

shape! {
    pub(super) struct Grant of own: Given<'_> {
        Grantee: Option<Grantee> = own.get("Grantee");
        Permission: Option<String> = own.get("Permission");
    }
}

shape! {
    pub(super) struct Grantee of own: Given<'_> {
        Type: String = own.get("Type");
        ID: Option<String> = own.get("ID");
        URI: Option<String> = own.get("URI");
    }
}

shape! {
    /// `Status` is null for a bucket on which versioning was never turned on.
    pub(super) struct VersioningConfiguration of own: Given<'_> {
        Status: Option<String> = own.get("Status");
        MFADelete: Option<String> = own.get("MFADelete");
    }
}

shape! {
    pub(super) struct ObjectLockConfiguration of own: Given<'_> {
        ObjectLockEnabled: Option<String> = own.get("ObjectLockEnabled");
        Rule: Option<ObjectLockRule> = own.get("Rule");
    }
}

shape! {
    pub(super) struct ObjectLockRule of own: Given<'_> {
        DefaultRetention: Option<DefaultRetention> = own.get("DefaultRetention");
    }
}

shape! {
    pub(super) struct DefaultRetention of own: Given<'_> {
        Mode: Option<String> = own.get("Mode");
        Days: Option<i32> = own.get("Days");
        Years: Option<i32> = own.get("Years");
    }
}

shape! {
    pub(super) struct LoggingConfiguration of own: Given<'_> {
        DestinationBucketName: String = own.get("TargetBucket");
        LogFilePrefix: String = own.get("TargetPrefix");
        /// `SimplePrefix` or `PartitionedPrefix`; null where S3 names no format, which is the simple one.
        TargetObjectKeyFormat: Option<String> = own.get("TargetObjectKeyFormat").map(key_format);
    }
}

fn key_format(format: Given<'_>) -> &'static str {
    if format.get("PartitionedPrefix").is_some() { "PartitionedPrefix" } else { "SimplePrefix" }
}
