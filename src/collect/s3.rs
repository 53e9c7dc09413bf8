//! Amazon S3 buckets.
//!
//! Buckets are listed once for the account and asked about in their own regions. S3 says "not configured" with an error
//! of its own for nearly every setting (`NoSuchBucketPolicy` and its siblings); those are answers. A bucket that was
//! deleted since the list was read is dropped. Objects and their contents are never read.
//!
//! Three calls are saved where another answer holds theirs: a bucket without a policy has no status of one, a bucket
//! whose owner is enforced has the list that S3 documents for it, and without versioning there is no Object Lock.

mod inventory;

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::{Tag, timestamp};
use super::{Collector, Work};
use crate::aws::{Operation, ResourceReader, Session, Site, Yield};
use crate::model::{Arn, Fact, Kind, PolicyDocument, Scope, Timestamp};

const BUCKET: &str = "AWS::S3::Bucket";

/// Facts of `AWS::S3::Bucket`. Names are those of the CloudFormation type where it has the property, otherwise those of
/// the S3 API (`PolicyStatus`, `Grants`, `BucketRegion`).
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Bucket {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    bucket_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    creation_date: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    bucket_region: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    bucket_encryption: Fact<Option<BucketEncryption>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    bucket_policy: Fact<Option<PolicyDocument>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    policy_status: Fact<Option<PolicyStatus>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    public_access_block_configuration: Fact<Option<PublicAccessBlock>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    ownership_controls: Fact<Option<OwnershipControls>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    owner: Fact<Option<Owner>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    grants: Fact<Vec<Grant>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    versioning_configuration: Fact<VersioningConfiguration>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    object_lock_configuration: Fact<Option<ObjectLockConfiguration>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    lifecycle_configuration: Fact<Option<LifecycleConfiguration>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    logging_configuration: Fact<Option<LoggingConfiguration>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    notification_configuration: Fact<NotificationConfiguration>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    replication_configuration: Fact<Option<ReplicationConfiguration>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    website_configuration: Fact<Option<WebsiteConfiguration>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    cors_configuration: Fact<Option<CorsConfiguration>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    inventory_configurations: Fact<Vec<inventory::InventoryConfiguration>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct BucketEncryption {
    server_side_encryption_configuration: Vec<EncryptionRule>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct EncryptionRule {
    server_side_encryption_by_default: Option<EncryptionByDefault>,
    bucket_key_enabled: bool,
    /// Null where S3 says nothing about it.
    blocked_encryption_types: Option<BlockedEncryptionTypes>,
}

/// With what new objects may not be encrypted: `SSE-C`, or `NONE` where that was allowed on purpose.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct BlockedEncryptionTypes {
    encryption_type: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EncryptionByDefault {
    #[serde(rename = "SSEAlgorithm")]
    sse_algorithm: String,
    #[serde(rename = "KMSMasterKeyID")]
    kms_master_key_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct PolicyStatus {
    is_public: bool,
}

/// The four block-public-access settings, of a bucket, an access point or the account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PublicAccessBlock {
    pub(super) block_public_acls: bool,
    pub(super) block_public_policy: bool,
    pub(super) ignore_public_acls: bool,
    pub(super) restrict_public_buckets: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct OwnershipControls {
    rules: Vec<OwnershipRule>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct OwnershipRule {
    object_ownership: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Owner {
    #[serde(rename = "ID")]
    id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Grant {
    grantee: Option<Grantee>,
    permission: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Grantee {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "ID")]
    id: Option<String>,
    #[serde(rename = "URI")]
    uri: Option<String>,
}

/// `Status` is null for a bucket on which versioning was never turned on.
#[derive(Debug, Serialize, JsonSchema)]
struct VersioningConfiguration {
    #[serde(rename = "Status")]
    status: Option<String>,
    #[serde(rename = "MFADelete")]
    mfa_delete: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct ObjectLockConfiguration {
    object_lock_enabled: Option<String>,
    rule: Option<ObjectLockRule>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct ObjectLockRule {
    default_retention: Option<DefaultRetention>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct DefaultRetention {
    mode: Option<String>,
    days: Option<i32>,
    years: Option<i32>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct LifecycleConfiguration {
    rules: Vec<LifecycleRule>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct LifecycleRule {
    id: Option<String>,
    status: String,
    /// The prefix that the rule is limited to, wherever the API gives it; null for all objects.
    prefix: Option<String>,
    /// Objects must have all of these tags.
    tag_filters: Vec<Tag>,
    /// Bytes; null without such a limit.
    object_size_greater_than: Option<i64>,
    /// Bytes; null without such a limit.
    object_size_less_than: Option<i64>,
    expiration_in_days: Option<i32>,
    expiration_date: Option<Timestamp>,
    noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct NoncurrentVersionExpiration {
    noncurrent_days: Option<i32>,
    newer_noncurrent_versions: Option<i32>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfiguration {
    destination_bucket_name: String,
    log_file_prefix: String,
    /// `SimplePrefix` or `PartitionedPrefix`; null where S3 names no format, which is the simple one.
    target_object_key_format: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct NotificationConfiguration {
    topic_configurations: Vec<NotificationTarget>,
    queue_configurations: Vec<NotificationTarget>,
    lambda_configurations: Vec<NotificationTarget>,
    event_bridge_configuration: Option<EventBridgeConfiguration>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct NotificationTarget {
    arn: String,
    events: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct EventBridgeConfiguration {
    event_bridge_enabled: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct ReplicationConfiguration {
    role: String,
    rules: Vec<ReplicationRule>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct ReplicationRule {
    id: Option<String>,
    status: String,
    /// The prefix that the rule is limited to, wherever the API gives it; null for all objects.
    prefix: Option<String>,
    /// Objects must have all of these tags.
    tag_filters: Vec<Tag>,
    source_selection_criteria: Option<SourceSelectionCriteria>,
    destination: Option<ReplicationDestination>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct SourceSelectionCriteria {
    sse_kms_encrypted_objects: Option<SseKmsEncryptedObjects>,
}

/// Without `Enabled` the rule leaves out every object that is encrypted with a KMS key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct SseKmsEncryptedObjects {
    status: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct ReplicationDestination {
    bucket: String,
    /// Twelve digits, where the rule gives the copies to the account that owns the bucket; null otherwise.
    account: Option<String>,
    encryption_configuration: Option<ReplicaEncryption>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReplicaEncryption {
    #[serde(rename = "ReplicaKmsKeyID")]
    replica_kms_key_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct WebsiteConfiguration {
    /// The key of the page that a folder answers with; null for a site that only sends its visitors elsewhere.
    index_document: Option<String>,
    redirect_all_requests_to: Option<Redirect>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Redirect {
    host_name: String,
    /// `http` or `https`; null for that of the request.
    protocol: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct CorsConfiguration {
    cors_rules: Vec<CorsRule>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct CorsRule {
    id: Option<String>,
    allowed_origins: Vec<String>,
    allowed_methods: Vec<String>,
}

const fn fact_of(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "s3", name, iam_actions, yields }
}

const LIST_BUCKETS: Operation = fact_of("ListBuckets", &["s3:ListAllMyBuckets"], &[Yield::Population(BUCKET)]);
const GET_BUCKET_LOCATION: Operation =
    fact_of("GetBucketLocation", &["s3:GetBucketLocation"], &[Yield::AllFacts(BUCKET)]);
const GET_BUCKET_ENCRYPTION: Operation =
    fact_of("GetBucketEncryption", &["s3:GetEncryptionConfiguration"], &[Yield::Facts(BUCKET, &["BucketEncryption"])]);
const GET_BUCKET_POLICY: Operation =
    fact_of("GetBucketPolicy", &["s3:GetBucketPolicy"], &[Yield::Facts(BUCKET, &["BucketPolicy"])]);
const GET_BUCKET_POLICY_STATUS: Operation =
    fact_of("GetBucketPolicyStatus", &["s3:GetBucketPolicyStatus"], &[Yield::Facts(BUCKET, &["PolicyStatus"])]);
const GET_PUBLIC_ACCESS_BLOCK: Operation = fact_of(
    "GetPublicAccessBlock",
    &["s3:GetBucketPublicAccessBlock"],
    &[Yield::Facts(BUCKET, &["PublicAccessBlockConfiguration"])],
);
const GET_BUCKET_OWNERSHIP_CONTROLS: Operation = fact_of(
    "GetBucketOwnershipControls",
    &["s3:GetBucketOwnershipControls"],
    &[Yield::Facts(BUCKET, &["OwnershipControls"])],
);
const GET_BUCKET_ACL: Operation =
    fact_of("GetBucketAcl", &["s3:GetBucketAcl"], &[Yield::Facts(BUCKET, &["Owner", "Grants"])]);
const GET_BUCKET_VERSIONING: Operation =
    fact_of("GetBucketVersioning", &["s3:GetBucketVersioning"], &[Yield::Facts(BUCKET, &["VersioningConfiguration"])]);
const GET_OBJECT_LOCK_CONFIGURATION: Operation = fact_of(
    "GetObjectLockConfiguration",
    &["s3:GetBucketObjectLockConfiguration"],
    &[Yield::Facts(BUCKET, &["ObjectLockConfiguration"])],
);
const GET_BUCKET_LIFECYCLE_CONFIGURATION: Operation = fact_of(
    "GetBucketLifecycleConfiguration",
    &["s3:GetLifecycleConfiguration"],
    &[Yield::Facts(BUCKET, &["LifecycleConfiguration"])],
);
const GET_BUCKET_LOGGING: Operation =
    fact_of("GetBucketLogging", &["s3:GetBucketLogging"], &[Yield::Facts(BUCKET, &["LoggingConfiguration"])]);
const GET_BUCKET_NOTIFICATION_CONFIGURATION: Operation = fact_of(
    "GetBucketNotificationConfiguration",
    &["s3:GetBucketNotification"],
    &[Yield::Facts(BUCKET, &["NotificationConfiguration"])],
);
const GET_BUCKET_REPLICATION: Operation = fact_of(
    "GetBucketReplication",
    &["s3:GetReplicationConfiguration"],
    &[Yield::Facts(BUCKET, &["ReplicationConfiguration"])],
);
const GET_BUCKET_WEBSITE: Operation =
    fact_of("GetBucketWebsite", &["s3:GetBucketWebsite"], &[Yield::Facts(BUCKET, &["WebsiteConfiguration"])]);
const GET_BUCKET_CORS: Operation =
    fact_of("GetBucketCors", &["s3:GetBucketCORS"], &[Yield::Facts(BUCKET, &["CorsConfiguration"])]);
const GET_BUCKET_TAGGING: Operation =
    fact_of("GetBucketTagging", &["s3:GetBucketTagging"], &[Yield::Facts(BUCKET, &["Tags"])]);

/// The collector of Amazon S3.
pub struct S3;

impl Collector for S3 {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<Bucket>(BUCKET, "s3", Scope::Account)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[
            &LIST_BUCKETS,
            &GET_BUCKET_LOCATION,
            &GET_BUCKET_ENCRYPTION,
            &GET_BUCKET_POLICY,
            &GET_BUCKET_POLICY_STATUS,
            &GET_PUBLIC_ACCESS_BLOCK,
            &GET_BUCKET_OWNERSHIP_CONTROLS,
            &GET_BUCKET_ACL,
            &GET_BUCKET_VERSIONING,
            &GET_OBJECT_LOCK_CONFIGURATION,
            &GET_BUCKET_LIFECYCLE_CONFIGURATION,
            &GET_BUCKET_LOGGING,
            &GET_BUCKET_NOTIFICATION_CONFIGURATION,
            &GET_BUCKET_REPLICATION,
            &GET_BUCKET_WEBSITE,
            &GET_BUCKET_CORS,
            &inventory::LIST_BUCKET_INVENTORY_CONFIGURATIONS,
            &GET_BUCKET_TAGGING,
        ]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let global = session.global();
            let lister = client(&global);
            // A page size makes S3 name each bucket's region, which saves a call for each bucket.
            let listing = global
                .pages(&LIST_BUCKETS, None, || lister.list_buckets().into_paginator().page_size(1000).send())
                .await;
            let owner = listing.items.iter().find_map(|page| page.owner.as_ref()?.id.clone());
            let clients = Arc::new(Clients::new(Arc::clone(&session), owner));
            let buckets = listing.items.into_iter().flat_map(|page| page.buckets.unwrap_or_default());
            session.each(buckets, |bucket| read_bucket(Arc::clone(&clients), bucket)).await;
        })
    }
}

fn client(site: &Site) -> Client {
    let settings = site.config();
    // An endpoint of one's own (a test server, a gateway) seldom answers to bucket.host names.
    let path_style = settings.endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(&settings).interceptor(site.interceptor());
    Client::from_conf(config.force_path_style(path_style).build())
}

/// One client for each region that has a bucket.
struct Clients {
    session: Arc<Session>,
    /// The canonical id of the account, which owns all the buckets of its list.
    owner: Option<String>,
    by_region: std::sync::Mutex<HashMap<String, Client>>,
}

impl Clients {
    fn new(session: Arc<Session>, owner: Option<String>) -> Self {
        Self { session, owner, by_region: std::sync::Mutex::default() }
    }

    fn of(&self, site: &Site) -> Client {
        let mut clients = self.by_region.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        clients.entry(site.region_name().to_owned()).or_insert_with(|| client(site)).clone()
    }
}

async fn read_bucket(clients: Arc<Clients>, listed: sdk::Bucket) {
    let global = clients.session.global();
    let name = ("Name", listed.name());
    let Some(bucket) = global.listed(BUCKET, &LIST_BUCKETS, name, &["NoSuchBucket"]) else { return };
    let name = bucket.id();
    let region = match listed.bucket_region() {
        Some(region) => Some(region.to_owned()),
        None => locate(&clients.of(&global), &bucket).await,
    };
    let partition = clients.session.partition();
    let mut facts = Bucket {
        bucket_name: Fact::Known(name.to_owned()),
        arn: Fact::Known(Arn { partition, service: "s3", region: "", account: "", resource: name }.to_string()),
        creation_date: Fact::Known(listed.creation_date().and_then(timestamp)),
        bucket_region: region.clone().into(),
        ..Bucket::default()
    };
    let arn = facts.arn.known().cloned();
    // Without its region nothing can be asked about the bucket, but it is there.
    let Some(region) = region else { return bucket.emit(arn, &facts) };
    let site = clients.session.region(&region);
    let bucket = site.named(BUCKET, name, &["NoSuchBucket"]);
    read_facts(&clients.of(&site), &bucket, clients.owner.as_ref(), &mut facts).await;
    bucket.emit(arn, &facts);
}

/// The bucket's region: no location at all is us-east-1, and `EU` is what eu-west-1 was called first.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>.
async fn locate(client: &Client, bucket: &ResourceReader) -> Option<String> {
    let location = bucket
        .fact(
            &GET_BUCKET_LOCATION,
            &[],
            || client.get_bucket_location().bucket(bucket.id()).send(),
            |output| Ok(output.and_then(|output| output.location_constraint)),
        )
        .await;
    location.known().map(|constraint| match constraint.as_ref().map(|region| region.as_str()) {
        None | Some("") => "us-east-1".to_owned(),
        Some("EU") => "eu-west-1".to_owned(),
        Some(region) => region.to_owned(),
    })
}

async fn read_facts(client: &Client, bucket: &ResourceReader, owner: Option<&String>, facts: &mut Bucket) {
    (
        facts.bucket_encryption,
        (facts.bucket_policy, facts.policy_status),
        facts.public_access_block_configuration,
        (facts.ownership_controls, (facts.owner, facts.grants)),
        (facts.versioning_configuration, facts.object_lock_configuration),
        facts.lifecycle_configuration,
        facts.logging_configuration,
        facts.notification_configuration,
        facts.replication_configuration,
        facts.website_configuration,
        facts.cors_configuration,
        facts.inventory_configurations,
        facts.tags,
    ) = tokio::join!(
        encryption(client, bucket),
        policy_and_status(client, bucket),
        public_access_block(client, bucket),
        ownership_and_acl(client, bucket, owner),
        versioning_and_lock(client, bucket),
        lifecycle(client, bucket),
        logging(client, bucket),
        notification(client, bucket),
        replication(client, bucket),
        website(client, bucket),
        cors(client, bucket),
        inventory::read(client, bucket),
        tags(client, bucket),
    );
}

/// S3 answers both questions with `NoSuchBucketPolicy` where there is no policy: then the second is not asked.
async fn policy_and_status(
    client: &Client,
    bucket: &ResourceReader,
) -> (Fact<Option<PolicyDocument>>, Fact<Option<PolicyStatus>>) {
    let policy = policy(client, bucket).await;
    let status = match policy {
        Fact::Known(None) => Fact::Known(None),
        _ => policy_status(client, bucket).await,
    };
    (policy, status)
}

type Acl = (Fact<Option<Owner>>, Fact<Vec<Grant>>);

/// Where the bucket's owner is enforced, its list is the one that gives the owner full control and nobody else anything.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html>.
async fn ownership_and_acl(
    client: &Client,
    bucket: &ResourceReader,
    owner: Option<&String>,
) -> (Fact<Option<OwnershipControls>>, Acl) {
    let controls = ownership_controls(client, bucket).await;
    let acl = match owner {
        Some(owner) if is_owner_enforced(&controls) => acl_of_owner(owner),
        _ => acl(client, bucket).await,
    };
    (controls, acl)
}

fn is_owner_enforced(controls: &Fact<Option<OwnershipControls>>) -> bool {
    let rules = controls.known().and_then(Option::as_ref).map(|controls| &controls.rules[..]).unwrap_or_default();
    rules.iter().any(|rule| rule.object_ownership == sdk::ObjectOwnership::BucketOwnerEnforced.as_str())
}

fn acl_of_owner(id: &str) -> Acl {
    let grantee = Grantee { kind: "CanonicalUser".to_owned(), id: Some(id.to_owned()), uri: None };
    let grant = Grant { grantee: Some(grantee), permission: Some("FULL_CONTROL".to_owned()) };
    (Fact::Known(Some(Owner { id: Some(id.to_owned()) })), Fact::Known(vec![grant]))
}

/// Object Lock needs versioning, and once it is on, versioning cannot be suspended.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html>.
async fn versioning_and_lock(
    client: &Client,
    bucket: &ResourceReader,
) -> (Fact<VersioningConfiguration>, Fact<Option<ObjectLockConfiguration>>) {
    let versioning = versioning(client, bucket).await;
    let lock = match &versioning {
        Fact::Known(versioning) if versioning.status.as_deref() != Some("Enabled") => Fact::Known(None),
        _ => object_lock(client, bucket).await,
    };
    (versioning, lock)
}

async fn encryption(client: &Client, bucket: &ResourceReader) -> Fact<Option<BucketEncryption>> {
    let not_configured = &["ServerSideEncryptionConfigurationNotFoundError"];
    let call = || client.get_bucket_encryption().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_ENCRYPTION, not_configured, call, |output| {
            let configuration = output.and_then(|output| output.server_side_encryption_configuration);
            Ok(configuration.map(|configuration| BucketEncryption {
                server_side_encryption_configuration: configuration.rules.into_iter().map(encryption_rule).collect(),
            }))
        })
        .await
}

fn encryption_rule(rule: sdk::ServerSideEncryptionRule) -> EncryptionRule {
    EncryptionRule {
        bucket_key_enabled: rule.bucket_key_enabled.unwrap_or(false),
        blocked_encryption_types: rule.blocked_encryption_types.map(|blocked| BlockedEncryptionTypes {
            encryption_type: blocked.encryption_type().iter().map(|one| one.as_str().to_owned()).collect(),
        }),
        server_side_encryption_by_default: rule.apply_server_side_encryption_by_default.map(|by_default| {
            EncryptionByDefault {
                sse_algorithm: by_default.sse_algorithm.as_str().to_owned(),
                kms_master_key_id: by_default.kms_master_key_id,
            }
        }),
    }
}

async fn policy(client: &Client, bucket: &ResourceReader) -> Fact<Option<PolicyDocument>> {
    let call = || client.get_bucket_policy().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_POLICY, &["NoSuchBucketPolicy"], call, |output| {
            output.and_then(|output| output.policy).map(|text| PolicyDocument::parse(&text)).transpose()
        })
        .await
}

async fn policy_status(client: &Client, bucket: &ResourceReader) -> Fact<Option<PolicyStatus>> {
    let call = || client.get_bucket_policy_status().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_POLICY_STATUS, &["NoSuchBucketPolicy"], call, |output| {
            let Some(output) = output else { return Ok(None) };
            let is_public = output.policy_status.and_then(|status| status.is_public);
            Ok(Some(PolicyStatus { is_public: is_public.ok_or("IsPublic is missing")? }))
        })
        .await
}

async fn public_access_block(client: &Client, bucket: &ResourceReader) -> Fact<Option<PublicAccessBlock>> {
    let call = || client.get_public_access_block().bucket(bucket.id()).send();
    bucket
        .fact(&GET_PUBLIC_ACCESS_BLOCK, &["NoSuchPublicAccessBlockConfiguration"], call, |output| {
            let configuration = output.and_then(|output| output.public_access_block_configuration);
            Ok(configuration.map(|settings| PublicAccessBlock {
                block_public_acls: settings.block_public_acls.unwrap_or(false),
                block_public_policy: settings.block_public_policy.unwrap_or(false),
                ignore_public_acls: settings.ignore_public_acls.unwrap_or(false),
                restrict_public_buckets: settings.restrict_public_buckets.unwrap_or(false),
            }))
        })
        .await
}

async fn ownership_controls(client: &Client, bucket: &ResourceReader) -> Fact<Option<OwnershipControls>> {
    let call = || client.get_bucket_ownership_controls().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_OWNERSHIP_CONTROLS, &["OwnershipControlsNotFoundError"], call, |output| {
            let controls = output.and_then(|output| output.ownership_controls);
            Ok(controls.map(|controls| OwnershipControls {
                rules: controls
                    .rules
                    .into_iter()
                    .map(|rule| OwnershipRule { object_ownership: rule.object_ownership.as_str().to_owned() })
                    .collect(),
            }))
        })
        .await
}

async fn acl(client: &Client, bucket: &ResourceReader) -> Acl {
    let call = || client.get_bucket_acl().bucket(bucket.id()).send();
    let acl = bucket.fact(&GET_BUCKET_ACL, &[], call, |output| output.ok_or_else(|| "no answer".to_owned())).await;
    match acl {
        Fact::Unknown => (Fact::Unknown, Fact::Unknown),
        Fact::Known(acl) => (
            Fact::Known(acl.owner.map(|owner| Owner { id: owner.id })),
            Fact::Known(acl.grants.unwrap_or_default().into_iter().map(grant).collect()),
        ),
    }
}

fn grant(grant: sdk::Grant) -> Grant {
    Grant {
        permission: grant.permission.map(|permission| permission.as_str().to_owned()),
        grantee: grant.grantee.map(|grantee| Grantee {
            kind: grantee.r#type.as_str().to_owned(),
            id: grantee.id,
            uri: grantee.uri,
        }),
    }
}

async fn versioning(client: &Client, bucket: &ResourceReader) -> Fact<VersioningConfiguration> {
    let call = || client.get_bucket_versioning().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_VERSIONING, &[], call, |output| {
            let (status, mfa) = output.map_or((None, None), |output| (output.status, output.mfa_delete));
            Ok(VersioningConfiguration {
                status: status.map(|status| status.as_str().to_owned()),
                mfa_delete: mfa.map(|status| status.as_str().to_owned()),
            })
        })
        .await
}

async fn object_lock(client: &Client, bucket: &ResourceReader) -> Fact<Option<ObjectLockConfiguration>> {
    let call = || client.get_object_lock_configuration().bucket(bucket.id()).send();
    bucket
        .fact(&GET_OBJECT_LOCK_CONFIGURATION, &["ObjectLockConfigurationNotFoundError"], call, |output| {
            let configuration = output.and_then(|output| output.object_lock_configuration);
            Ok(configuration.map(|configuration| ObjectLockConfiguration {
                object_lock_enabled: configuration.object_lock_enabled.map(|enabled| enabled.as_str().to_owned()),
                rule: configuration.rule.map(|rule| ObjectLockRule {
                    default_retention: rule.default_retention.map(|retention| DefaultRetention {
                        mode: retention.mode.map(|mode| mode.as_str().to_owned()),
                        days: retention.days,
                        years: retention.years,
                    }),
                }),
            }))
        })
        .await
}

async fn lifecycle(client: &Client, bucket: &ResourceReader) -> Fact<Option<LifecycleConfiguration>> {
    let call = || client.get_bucket_lifecycle_configuration().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_LIFECYCLE_CONFIGURATION, &["NoSuchLifecycleConfiguration"], call, |output| {
            Ok(output.map(|output| LifecycleConfiguration {
                rules: output.rules.unwrap_or_default().into_iter().map(lifecycle_rule).collect(),
            }))
        })
        .await
}

fn lifecycle_rule(rule: sdk::LifecycleRule) -> LifecycleRule {
    let filter = rule.filter;
    let and = filter.as_ref().and_then(|filter| filter.and.as_ref());
    let in_filter = filter.as_ref().and_then(|filter| filter.prefix.clone());
    #[expect(deprecated, reason = "rules of the API's first form carry the prefix here")]
    let prefix = rule.prefix.or(in_filter).or_else(|| and.and_then(|and| and.prefix.clone()));
    let tags = filter.iter().filter_map(|filter| filter.tag.as_ref());
    let tags = tags.chain(and.into_iter().flat_map(|and| and.tags.iter().flatten()));
    let size = |in_filter: fn(&sdk::LifecycleRuleFilter) -> Option<i64>,
                in_and: fn(&sdk::LifecycleRuleAndOperator) -> Option<i64>| {
        filter.as_ref().and_then(in_filter).or_else(|| and.and_then(in_and))
    };
    LifecycleRule {
        id: rule.id,
        status: rule.status.as_str().to_owned(),
        prefix: prefix.filter(|prefix| !prefix.is_empty()),
        tag_filters: tags.map(|tag| Tag::new(&tag.key, Some(&tag.value))).collect(),
        object_size_greater_than: size(|filter| filter.object_size_greater_than, |and| and.object_size_greater_than),
        object_size_less_than: size(|filter| filter.object_size_less_than, |and| and.object_size_less_than),
        expiration_in_days: rule.expiration.as_ref().and_then(|expiration| expiration.days),
        expiration_date: rule.expiration.and_then(|expiration| expiration.date).as_ref().and_then(timestamp),
        noncurrent_version_expiration: rule.noncurrent_version_expiration.map(|expiration| {
            NoncurrentVersionExpiration {
                noncurrent_days: expiration.noncurrent_days,
                newer_noncurrent_versions: expiration.newer_noncurrent_versions,
            }
        }),
    }
}

async fn logging(client: &Client, bucket: &ResourceReader) -> Fact<Option<LoggingConfiguration>> {
    let call = || client.get_bucket_logging().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_LOGGING, &[], call, |output| {
            Ok(output.and_then(|output| output.logging_enabled).map(|logging| LoggingConfiguration {
                destination_bucket_name: logging.target_bucket,
                log_file_prefix: logging.target_prefix,
                target_object_key_format: logging.target_object_key_format.map(|format| key_format(&format)),
            }))
        })
        .await
}

fn key_format(format: &sdk::TargetObjectKeyFormat) -> String {
    let is_partitioned = format.partitioned_prefix.is_some();
    if is_partitioned { "PartitionedPrefix" } else { "SimplePrefix" }.to_owned()
}

async fn notification(client: &Client, bucket: &ResourceReader) -> Fact<NotificationConfiguration> {
    let call = || client.get_bucket_notification_configuration().bucket(bucket.id()).send();
    let target = |arn: String, events: Vec<sdk::Event>| NotificationTarget {
        arn,
        events: events.iter().map(|event| event.as_str().to_owned()).collect(),
    };
    bucket
        .fact(&GET_BUCKET_NOTIFICATION_CONFIGURATION, &[], call, |output| {
            let output = output.ok_or("no answer")?;
            let topics = output.topic_configurations.unwrap_or_default().into_iter();
            let queues = output.queue_configurations.unwrap_or_default().into_iter();
            let functions = output.lambda_function_configurations.unwrap_or_default().into_iter();
            Ok(NotificationConfiguration {
                topic_configurations: topics.map(|to| target(to.topic_arn, to.events)).collect(),
                queue_configurations: queues.map(|to| target(to.queue_arn, to.events)).collect(),
                lambda_configurations: functions.map(|to| target(to.lambda_function_arn, to.events)).collect(),
                event_bridge_configuration: output
                    .event_bridge_configuration
                    .map(|_| EventBridgeConfiguration { event_bridge_enabled: true }),
            })
        })
        .await
}

async fn replication(client: &Client, bucket: &ResourceReader) -> Fact<Option<ReplicationConfiguration>> {
    let call = || client.get_bucket_replication().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_REPLICATION, &["ReplicationConfigurationNotFoundError"], call, |output| {
            let configuration = output.and_then(|output| output.replication_configuration);
            Ok(configuration.map(|configuration| ReplicationConfiguration {
                role: configuration.role,
                rules: configuration.rules.into_iter().map(replication_rule).collect(),
            }))
        })
        .await
}

fn replication_rule(rule: sdk::ReplicationRule) -> ReplicationRule {
    let filter = rule.filter;
    let and = filter.as_ref().and_then(|filter| filter.and.as_ref());
    let in_filter = filter.as_ref().and_then(|filter| filter.prefix.clone());
    #[expect(deprecated, reason = "rules of the API's first form carry the prefix here")]
    let prefix = rule.prefix.or(in_filter).or_else(|| and.and_then(|and| and.prefix.clone()));
    let tags = filter.iter().filter_map(|filter| filter.tag.as_ref());
    let tags = tags.chain(and.into_iter().flat_map(|and| and.tags.iter().flatten()));
    ReplicationRule {
        id: rule.id,
        status: rule.status.as_str().to_owned(),
        prefix: prefix.filter(|prefix| !prefix.is_empty()),
        tag_filters: tags.map(|tag| Tag::new(&tag.key, Some(&tag.value))).collect(),
        source_selection_criteria: rule.source_selection_criteria.map(|criteria| SourceSelectionCriteria {
            sse_kms_encrypted_objects: criteria
                .sse_kms_encrypted_objects
                .map(|objects| SseKmsEncryptedObjects { status: objects.status.as_str().to_owned() }),
        }),
        destination: rule.destination.map(|destination| ReplicationDestination {
            bucket: destination.bucket,
            account: destination.account,
            encryption_configuration: destination
                .encryption_configuration
                .map(|encryption| ReplicaEncryption { replica_kms_key_id: encryption.replica_kms_key_id }),
        }),
    }
}

async fn website(client: &Client, bucket: &ResourceReader) -> Fact<Option<WebsiteConfiguration>> {
    let call = || client.get_bucket_website().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_WEBSITE, &["NoSuchWebsiteConfiguration"], call, |output| {
            Ok(output.map(|output| WebsiteConfiguration {
                index_document: output.index_document.map(|document| document.suffix),
                redirect_all_requests_to: output.redirect_all_requests_to.map(|redirect| Redirect {
                    host_name: redirect.host_name,
                    protocol: redirect.protocol.map(|protocol| protocol.as_str().to_owned()),
                }),
            }))
        })
        .await
}

async fn cors(client: &Client, bucket: &ResourceReader) -> Fact<Option<CorsConfiguration>> {
    let call = || client.get_bucket_cors().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_CORS, &["NoSuchCORSConfiguration"], call, |output| {
            let rules = output.map(|output| output.cors_rules.unwrap_or_default().into_iter());
            Ok(rules.map(|rules| CorsConfiguration {
                cors_rules: rules
                    .map(|rule| CorsRule {
                        id: rule.id,
                        allowed_origins: rule.allowed_origins,
                        allowed_methods: rule.allowed_methods,
                    })
                    .collect(),
            }))
        })
        .await
}

async fn tags(client: &Client, bucket: &ResourceReader) -> Fact<Vec<Tag>> {
    let call = || client.get_bucket_tagging().bucket(bucket.id()).send();
    bucket
        .fact(&GET_BUCKET_TAGGING, &["NoSuchTagSet"], call, |output| {
            let tags = output.map(|output| output.tag_set).unwrap_or_default();
            Ok(tags.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect())
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str) -> sdk::Tag {
        sdk::Tag::builder().key(key).value("yes").build().unwrap()
    }

    fn read(rule: sdk::builders::LifecycleRuleBuilder) -> LifecycleRule {
        lifecycle_rule(rule.status(sdk::ExpirationStatus::Enabled).build().unwrap())
    }

    #[test]
    fn a_lifecycle_rule_for_everything_has_no_filters() {
        let rule = read(sdk::LifecycleRule::builder().filter(sdk::LifecycleRuleFilter::builder().prefix("").build()));
        assert_eq!(rule.prefix, None);
        assert!(rule.tag_filters.is_empty());
        assert_eq!((rule.object_size_greater_than, rule.object_size_less_than), (None, None));
    }

    #[test]
    fn a_lifecycle_rule_is_limited_by_one_filter_or_by_several() {
        let one = sdk::LifecycleRuleFilter::builder().tag(tag("temporary")).build();
        assert_eq!(read(sdk::LifecycleRule::builder().filter(one)).tag_filters, [Tag::new("temporary", Some("yes"))]);
        let several = sdk::LifecycleRuleAndOperator::builder()
            .prefix("logs/")
            .tags(tag("a"))
            .tags(tag("b"))
            .object_size_less_than(1024)
            .build();
        let rule = read(sdk::LifecycleRule::builder().filter(sdk::LifecycleRuleFilter::builder().and(several).build()));
        assert_eq!(rule.prefix.as_deref(), Some("logs/"));
        assert_eq!(rule.tag_filters.len(), 2);
        assert_eq!((rule.object_size_greater_than, rule.object_size_less_than), (None, Some(1024)));
    }

    #[test]
    fn a_replication_rule_says_what_it_leaves_out() {
        let filter = sdk::ReplicationRuleAndOperator::builder().prefix("scans/").tags(tag("keep")).build();
        let rule = sdk::ReplicationRule::builder()
            .status(sdk::ReplicationRuleStatus::Enabled)
            .filter(sdk::ReplicationRuleFilter::builder().and(filter).build());
        let rule = replication_rule(rule.build().unwrap());
        assert_eq!(rule.prefix.as_deref(), Some("scans/"));
        assert_eq!(rule.tag_filters, [Tag::new("keep", Some("yes"))]);
        assert!(rule.source_selection_criteria.is_none());
    }

    #[test]
    fn the_list_of_an_enforced_owner_need_not_be_read() {
        let controls = |ownership: &str| {
            let rules = vec![OwnershipRule { object_ownership: ownership.to_owned() }];
            Fact::Known(Some(OwnershipControls { rules }))
        };
        assert!(is_owner_enforced(&controls("BucketOwnerEnforced")));
        assert!(!is_owner_enforced(&controls("BucketOwnerPreferred")));
        assert!(!is_owner_enforced(&Fact::Known(None)));
        assert!(!is_owner_enforced(&Fact::Unknown));
    }

    #[test]
    fn the_first_form_of_the_api_has_the_prefix_in_the_rule() {
        #[expect(deprecated, reason = "rules of the API's first form carry the prefix here")]
        let rule = read(sdk::LifecycleRule::builder().prefix("old/"));
        assert_eq!(rule.prefix.as_deref(), Some("old/"));
    }
}
