//! Amazon S3 buckets.
//!
//! Buckets are listed once for the account and asked about in their own regions. S3 says "not configured" with an error
//! of its own for nearly every setting (`NoSuchBucketPolicy` and its siblings); those are answers. A bucket that was
//! deleted since the list was read is dropped. Objects and their contents are never read.
//!
//! Three calls are saved where another answer holds theirs: a bucket without a policy has no status of one, a bucket
//! whose owner is enforced has the list that S3 documents for it, and without versioning there is no Object Lock.

mod facts;
mod inventory;
mod lifecycle;
mod notification;
mod replication;
mod website;

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_policy_status::GetBucketPolicyStatusOutput;
use aws_sdk_s3::types as sdk;

use self::facts::{
    Bucket, Grant, Grantee, ObjectLockConfiguration, Owner, OwnershipControls, PolicyStatus, VersioningConfiguration,
};
use super::{Collector, Work};
use crate::aws::told::Told;
use crate::aws::{Answer, Clients, Operation, ResourceReader, Session, Site, Yield};
use crate::model::{Fact, Kind, PolicyDocument, Region, Scope};

const BUCKET: &str = "AWS::S3::Bucket";
/// The error code that says that a bucket no longer exists.
const GONE: &[&str] = &["NoSuchBucket"];

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "s3", name, iam_actions, yields }
}

const LIST_BUCKETS: Operation = operation("ListBuckets", &["s3:ListAllMyBuckets"], &[Yield::Population(BUCKET)]);
const GET_BUCKET_LOCATION: Operation =
    operation("GetBucketLocation", &["s3:GetBucketLocation"], &[Yield::AllFacts(BUCKET)]);
const GET_BUCKET_ENCRYPTION: Operation =
    operation("GetBucketEncryption", &["s3:GetEncryptionConfiguration"], &[Yield::Facts(BUCKET, Bucket::ENCRYPTION)]);
const GET_BUCKET_POLICY: Operation =
    operation("GetBucketPolicy", &["s3:GetBucketPolicy"], &[Yield::Facts(BUCKET, Bucket::POLICY)]);
const GET_BUCKET_POLICY_STATUS: Operation =
    operation("GetBucketPolicyStatus", &["s3:GetBucketPolicyStatus"], &[Yield::Facts(BUCKET, Bucket::POLICY_STATUS)]);
const GET_PUBLIC_ACCESS_BLOCK: Operation = operation(
    "GetPublicAccessBlock",
    &["s3:GetBucketPublicAccessBlock"],
    &[Yield::Facts(BUCKET, Bucket::PUBLIC_ACCESS)],
);
const GET_BUCKET_OWNERSHIP_CONTROLS: Operation = operation(
    "GetBucketOwnershipControls",
    &["s3:GetBucketOwnershipControls"],
    &[Yield::Facts(BUCKET, Bucket::OWNERSHIP)],
);
const GET_BUCKET_ACL: Operation = operation("GetBucketAcl", &["s3:GetBucketAcl"], &[Yield::Facts(BUCKET, Bucket::ACL)]);
const GET_BUCKET_VERSIONING: Operation =
    operation("GetBucketVersioning", &["s3:GetBucketVersioning"], &[Yield::Facts(BUCKET, Bucket::VERSIONING)]);
const GET_OBJECT_LOCK_CONFIGURATION: Operation = operation(
    "GetObjectLockConfiguration",
    &["s3:GetBucketObjectLockConfiguration"],
    &[Yield::Facts(BUCKET, Bucket::OBJECT_LOCK)],
);
const GET_BUCKET_LIFECYCLE_CONFIGURATION: Operation = operation(
    "GetBucketLifecycleConfiguration",
    &["s3:GetLifecycleConfiguration"],
    &[Yield::Facts(BUCKET, Bucket::LIFECYCLE)],
);
const GET_BUCKET_LOGGING: Operation =
    operation("GetBucketLogging", &["s3:GetBucketLogging"], &[Yield::Facts(BUCKET, Bucket::LOGGING)]);
const GET_BUCKET_NOTIFICATION_CONFIGURATION: Operation = operation(
    "GetBucketNotificationConfiguration",
    &["s3:GetBucketNotification"],
    &[Yield::Facts(BUCKET, Bucket::NOTIFICATION)],
);
const GET_BUCKET_REPLICATION: Operation = operation(
    "GetBucketReplication",
    &["s3:GetReplicationConfiguration"],
    &[Yield::Facts(BUCKET, Bucket::REPLICATION)],
);
const GET_BUCKET_WEBSITE: Operation =
    operation("GetBucketWebsite", &["s3:GetBucketWebsite"], &[Yield::Facts(BUCKET, Bucket::WEBSITE)]);
const LIST_BUCKET_INVENTORY_CONFIGURATIONS: Operation = operation(
    "ListBucketInventoryConfigurations",
    &["s3:GetInventoryConfiguration"],
    &[Yield::Facts(BUCKET, Bucket::INVENTORIES)],
);
const GET_BUCKET_CORS: Operation =
    operation("GetBucketCors", &["s3:GetBucketCORS"], &[Yield::Facts(BUCKET, Bucket::CORS)]);
const GET_BUCKET_TAGGING: Operation =
    operation("GetBucketTagging", &["s3:GetBucketTagging"], &[Yield::Facts(BUCKET, Bucket::TAGS)]);

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
            &LIST_BUCKET_INVENTORY_CONFIGURATIONS,
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
            let account = Arc::new(Account { global, owner, clients: Clients::new(client) });
            let buckets = listing.items.into_iter().flat_map(|page| page.buckets.unwrap_or_default());
            session.each(buckets, |bucket| read_bucket(Arc::clone(&account), bucket)).await;
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

/// The account whose buckets are read.
struct Account {
    global: Site,
    /// The canonical id of the account, which owns all the buckets of its list.
    owner: Option<String>,
    clients: Clients<Client>,
}

async fn read_bucket(account: Arc<Account>, listed: sdk::Bucket) {
    let (global, clients) = (&account.global, &account.clients);
    let Some(bucket) = global.listed(BUCKET, &LIST_BUCKETS, ("Name", listed.name()), GONE) else { return };
    let mut facts = Bucket::default();
    bucket.lacks(&LIST_BUCKETS, facts.list(&listed, global.session().partition()));
    let arn = facts.Arn.known().cloned();
    let region = match listed.bucket_region {
        Some(region) => Some(region),
        None => locate(&clients.of(global), &bucket).await,
    };
    // Without its region nothing can be asked about the bucket, but it is there.
    let Some(Ok(region)) = region.map(|name| name.parse::<Region>()) else { return bucket.emit(arn, &facts) };
    let site = global.session().region(&region);
    let bucket = site.named(BUCKET, bucket.id(), GONE);
    facts.BucketRegion = Fact::Known(region.into());
    read_facts(&clients.of(&site), &bucket, account.owner.as_deref(), &mut facts).await;
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

async fn read_facts(client: &Client, bucket: &ResourceReader, owner: Option<&str>, facts: &mut Bucket) {
    let name = bucket.id();
    (
        facts.BucketEncryption,
        (facts.BucketPolicy, facts.PolicyStatus),
        facts.PublicAccessBlockConfiguration,
        (facts.OwnershipControls, (facts.Owner, facts.Grants)),
        (facts.VersioningConfiguration, facts.ObjectLockConfiguration),
        facts.LifecycleConfiguration,
        facts.LoggingConfiguration,
        facts.NotificationConfiguration,
        facts.ReplicationConfiguration,
        facts.WebsiteConfiguration,
        facts.CorsConfiguration,
        facts.InventoryConfigurations,
        facts.Tags,
    ) = tokio::join!(
        bucket.read(
            &GET_BUCKET_ENCRYPTION,
            &["ServerSideEncryptionConfigurationNotFoundError"],
            || client.get_bucket_encryption().bucket(name).send(),
            |output| output.server_side_encryption_configuration,
        ),
        policy_and_status(client, bucket),
        bucket.read(
            &GET_PUBLIC_ACCESS_BLOCK,
            &["NoSuchPublicAccessBlockConfiguration"],
            || client.get_public_access_block().bucket(name).send(),
            |output| output.public_access_block_configuration,
        ),
        ownership_and_acl(client, bucket, owner),
        versioning_and_lock(client, bucket),
        bucket.read(
            &GET_BUCKET_LIFECYCLE_CONFIGURATION,
            &["NoSuchLifecycleConfiguration"],
            || client.get_bucket_lifecycle_configuration().bucket(name).send(),
            Some,
        ),
        bucket.read(
            &GET_BUCKET_LOGGING,
            &[],
            || client.get_bucket_logging().bucket(name).send(),
            |output| output.logging_enabled,
        ),
        bucket.read(
            &GET_BUCKET_NOTIFICATION_CONFIGURATION,
            &[],
            || client.get_bucket_notification_configuration().bucket(name).send(),
            Some,
        ),
        bucket.read(
            &GET_BUCKET_REPLICATION,
            &["ReplicationConfigurationNotFoundError"],
            || client.get_bucket_replication().bucket(name).send(),
            |output| output.replication_configuration,
        ),
        bucket.read(
            &GET_BUCKET_WEBSITE,
            &["NoSuchWebsiteConfiguration"],
            || client.get_bucket_website().bucket(name).send(),
            Some,
        ),
        bucket.read(
            &GET_BUCKET_CORS,
            &["NoSuchCORSConfiguration"],
            || client.get_bucket_cors().bucket(name).send(),
            Some,
        ),
        inventory::read(client, bucket),
        bucket.read(
            &GET_BUCKET_TAGGING,
            &["NoSuchTagSet"],
            || client.get_bucket_tagging().bucket(name).send(),
            |output| Some(output.tag_set),
        ),
    );
}

/// S3 answers both questions with `NoSuchBucketPolicy` where there is no policy: then the second is not asked.
async fn policy_and_status(
    client: &Client,
    bucket: &ResourceReader,
) -> (Fact<Option<PolicyDocument>>, Fact<Option<PolicyStatus>>) {
    let (name, none) = (bucket.id(), &["NoSuchBucketPolicy"]);
    let call = || client.get_bucket_policy().bucket(name).send();
    let policy = bucket.read(&GET_BUCKET_POLICY, none, call, |output| output.policy).await;
    if policy == Fact::Known(None) {
        return (policy, Fact::Known(None));
    }
    let call = || client.get_bucket_policy_status().bucket(name).send();
    let status = |answer: Option<GetBucketPolicyStatusOutput>| match answer {
        Some(output) => PolicyStatus::told(&output.policy_status).map(Some),
        None => Ok(None),
    };
    (policy, bucket.fact(&GET_BUCKET_POLICY_STATUS, none, call, status).await)
}

type Acl = (Fact<Option<Owner>>, Fact<Vec<Grant>>);

/// Where the bucket's owner is enforced, its list is the one that gives the owner full control and nobody else
/// anything.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html>.
async fn ownership_and_acl(
    client: &Client,
    bucket: &ResourceReader,
    owner: Option<&str>,
) -> (Fact<Option<OwnershipControls>>, Acl) {
    let call = || client.get_bucket_ownership_controls().bucket(bucket.id()).send();
    let none = &["OwnershipControlsNotFoundError"];
    let controls = bucket.read(&GET_BUCKET_OWNERSHIP_CONTROLS, none, call, |output| output.ownership_controls).await;
    if let Some(owner) = owner.filter(|_| is_owner_enforced(&controls)) {
        return (controls, acl_of_owner(owner));
    }
    let mut facts = Bucket::default();
    let call = || client.get_bucket_acl().bucket(bucket.id()).send();
    if let Answer::Got(acl) = bucket.ask(&GET_BUCKET_ACL, &[], call).await {
        bucket.lacks(&GET_BUCKET_ACL, facts.grant(&acl));
    }
    (controls, (facts.Owner, facts.Grants))
}

fn is_owner_enforced(controls: &Fact<Option<OwnershipControls>>) -> bool {
    let rules = controls.known().and_then(Option::as_ref).map(|controls| &controls.Rules[..]).unwrap_or_default();
    rules.iter().any(|rule| rule.ObjectOwnership == sdk::ObjectOwnership::BucketOwnerEnforced.as_str())
}

fn acl_of_owner(id: &str) -> Acl {
    let grantee = Grantee { Type: "CanonicalUser".to_owned(), ID: Some(id.to_owned()), URI: None };
    let grant = Grant { Grantee: Some(grantee), Permission: Some("FULL_CONTROL".to_owned()) };
    (Fact::Known(Some(Owner { ID: Some(id.to_owned()) })), Fact::Known(vec![grant]))
}

/// Object Lock needs versioning, and once it is on, versioning cannot be suspended.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html>.
async fn versioning_and_lock(
    client: &Client,
    bucket: &ResourceReader,
) -> (Fact<VersioningConfiguration>, Fact<Option<ObjectLockConfiguration>>) {
    let call = || client.get_bucket_versioning().bucket(bucket.id()).send();
    let versioning: Fact<VersioningConfiguration> = bucket.read(&GET_BUCKET_VERSIONING, &[], call, Some).await;
    if versioning.known().is_some_and(|versioning| versioning.Status.as_deref() != Some("Enabled")) {
        return (versioning, Fact::Known(None));
    }
    let call = || client.get_object_lock_configuration().bucket(bucket.id()).send();
    let none = &["ObjectLockConfigurationNotFoundError"];
    let lock = bucket.read(&GET_OBJECT_LOCK_CONFIGURATION, none, call, |output| output.object_lock_configuration);
    (versioning, lock.await)
}

#[cfg(test)]
mod tests {
    use super::facts::OwnershipRule;
    use super::*;

    #[test]
    fn the_list_of_an_enforced_owner_need_not_be_read() {
        let controls = |ownership: &str| {
            let rules = vec![OwnershipRule { ObjectOwnership: ownership.to_owned() }];
            Fact::Known(Some(OwnershipControls { Rules: rules }))
        };
        assert!(is_owner_enforced(&controls("BucketOwnerEnforced")));
        assert!(!is_owner_enforced(&controls("BucketOwnerPreferred")));
        assert!(!is_owner_enforced(&Fact::Known(None)));
        assert!(!is_owner_enforced(&Fact::Unknown));
    }
}
