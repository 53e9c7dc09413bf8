//! The facts of buckets.

use aws_sdk_s3::operation::get_bucket_acl::GetBucketAclOutput;
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput;
use aws_sdk_s3::types as sdk;

use super::inventory::InventoryConfiguration;
use super::lifecycle::LifecycleConfiguration;
use super::notification::NotificationConfiguration;
use super::replication::ReplicationConfiguration;
use super::website::{CorsConfiguration, WebsiteConfiguration};
use crate::aws::told::FromAws;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::{PublicAccessBlock, Tag};
use crate::model::{Arn, PolicyDocument, Timestamp};

facts! {
    /// Facts of `AWS::S3::Bucket`. Names are those of the CloudFormation type where it has the property, otherwise
    /// those of the S3 API (`PolicyStatus`, `Grants`, `BucketRegion`).
    pub(super) struct Bucket;

    list(bucket: &sdk::Bucket, partition: &str) {
        BucketName: String = bucket.name;
        Arn: String = bucket.name.as_ref().map(|name| arn(partition, name));
        CreationDate: Option<Timestamp> = bucket.creation_date;
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

    grant(acl: &GetBucketAclOutput) gives ACL {
        Owner: Option<Owner> = acl.owner;
        Grants: Vec<Grant> = acl.grants;
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
    pub(super) struct BucketEncryption of own: sdk::ServerSideEncryptionConfiguration {
        ServerSideEncryptionConfiguration: Vec<EncryptionRule> = own.rules;
    }
}

shape! {
    pub(super) struct EncryptionRule of rule: sdk::ServerSideEncryptionRule {
        ServerSideEncryptionByDefault: Option<EncryptionByDefault> = rule.apply_server_side_encryption_by_default;
        BucketKeyEnabled: bool = rule.bucket_key_enabled,
            or false "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html";
        /// Null where S3 says nothing about it.
        BlockedEncryptionTypes: Option<BlockedEncryptionTypes> = rule.blocked_encryption_types;
    }
}

shape! {
    /// With what new objects may not be encrypted: `SSE-C`, or `NONE` where that was allowed on purpose.
    pub(super) struct BlockedEncryptionTypes of own: sdk::BlockedEncryptionTypes {
        EncryptionType: Vec<String> = own.encryption_type;
    }
}

shape! {
    pub(super) struct EncryptionByDefault of own: sdk::ServerSideEncryptionByDefault {
        SSEAlgorithm: String = Some(&own.sse_algorithm);
        KMSMasterKeyID: Option<String> = own.kms_master_key_id;
    }
}

shape! {
    pub(super) struct PolicyStatus of own: sdk::PolicyStatus {
        IsPublic: bool = own.is_public;
    }
}

shape! {
    pub(super) struct OwnershipControls of own: sdk::OwnershipControls {
        Rules: Vec<OwnershipRule> = own.rules;
    }
}

shape! {
    pub(super) struct OwnershipRule of rule: sdk::OwnershipControlsRule {
        ObjectOwnership: String = Some(&rule.object_ownership);
    }
}

shape! {
    pub(super) struct Owner of own: sdk::Owner {
        ID: Option<String> = own.id;
    }
}

shape! {
    pub(super) struct Grant of own: sdk::Grant {
        Grantee: Option<Grantee> = own.grantee;
        Permission: Option<String> = own.permission;
    }
}

shape! {
    pub(super) struct Grantee of own: sdk::Grantee {
        Type: String = Some(&own.r#type);
        ID: Option<String> = own.id;
        URI: Option<String> = own.uri;
    }
}

shape! {
    /// `Status` is null for a bucket on which versioning was never turned on.
    pub(super) struct VersioningConfiguration of own: GetBucketVersioningOutput {
        Status: Option<String> = own.status;
        MFADelete: Option<String> = own.mfa_delete;
    }
}

shape! {
    pub(super) struct ObjectLockConfiguration of own: sdk::ObjectLockConfiguration {
        ObjectLockEnabled: Option<String> = own.object_lock_enabled;
        Rule: Option<ObjectLockRule> = own.rule;
    }
}

shape! {
    pub(super) struct ObjectLockRule of own: sdk::ObjectLockRule {
        DefaultRetention: Option<DefaultRetention> = own.default_retention;
    }
}

shape! {
    pub(super) struct DefaultRetention of own: sdk::DefaultRetention {
        Mode: Option<String> = own.mode;
        Days: Option<i32> = own.days;
        Years: Option<i32> = own.years;
    }
}

shape! {
    pub(super) struct LoggingConfiguration of own: sdk::LoggingEnabled {
        DestinationBucketName: String = own.target_bucket;
        LogFilePrefix: String = own.target_prefix;
        /// `SimplePrefix` or `PartitionedPrefix`; null where S3 names no format, which is the simple one.
        TargetObjectKeyFormat: Option<String> = own.target_object_key_format.as_ref().map(key_format);
    }
}

fn key_format(format: &sdk::TargetObjectKeyFormat) -> &'static str {
    if format.partitioned_prefix.is_some() { "PartitionedPrefix" } else { "SimplePrefix" }
}

impl FromAws<sdk::PublicAccessBlockConfiguration> for PublicAccessBlock {
    fn from_aws(own: &sdk::PublicAccessBlockConfiguration) -> Result<Self, String> {
        Ok(Self::of([
            own.block_public_acls,
            own.block_public_policy,
            own.ignore_public_acls,
            own.restrict_public_buckets,
        ]))
    }
}

impl FromAws<sdk::Tag> for Tag {
    fn from_aws(tag: &sdk::Tag) -> Result<Self, String> {
        Ok(Self::new(tag.key(), Some(tag.value())))
    }
}
