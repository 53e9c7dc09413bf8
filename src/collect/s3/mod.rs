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

use serde_json::Value;

use self::facts::{
    Bucket, Grant, Grantee, ObjectLockConfiguration, Owner, OwnershipControls, PolicyStatus, VersioningConfiguration,
};
use super::{Collector, Work};
use crate::aws::told::{Given, Told};
use crate::aws::wire::{Object, object};
use crate::aws::{Answer, Clients, Operation, ResourceReader, ServiceReader, Session, Site, Yield};
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
            let lister = service(&global);
            // A page size makes S3 name each bucket's region, which saves a call for each bucket.
            let listing = lister.pages(&LIST_BUCKETS, None, object([("MaxBuckets", 1000)])).await;
            let owner = listing.items.iter().find_map(|page| Given(page).text("Owner.ID")).map(str::to_owned);
            let buckets = listing.items.iter().flat_map(|page| Given(page).list("Buckets"));
            let buckets: Vec<Value> = buckets.map(|bucket| bucket.0.clone()).collect();
            let account = Arc::new(Account { lister, owner, services: Clients::new(service) });
            session.each(buckets, |bucket| read_bucket(Arc::clone(&account), bucket)).await;
        })
    }
}

fn service(site: &Site) -> ServiceReader {
    ServiceReader::new(site.clone(), "s3")
}

/// The account whose buckets are read.
struct Account {
    lister: ServiceReader,
    /// The canonical id of the account, which owns all the buckets of its list.
    owner: Option<String>,
    services: Clients<ServiceReader>,
}

async fn read_bucket(account: Arc<Account>, listed: Value) {
    let (lister, listed) = (&account.lister, Given(&listed));
    let global = lister.site();
    let Some(bucket) = global.listed(BUCKET, &LIST_BUCKETS, ("Name", listed.text("Name")), GONE) else { return };
    let mut facts = Bucket::default();
    bucket.lacks(&LIST_BUCKETS, facts.list(listed, global.session().partition()));
    let arn = facts.Arn.known().cloned();
    let region = match listed.text("BucketRegion") {
        Some(region) => Some(region.to_owned()),
        None => locate(lister, &bucket).await,
    };
    // Without its region nothing can be asked about the bucket, but it is there.
    let Some(Ok(region)) = region.map(|name| name.parse::<Region>()) else { return bucket.emit(arn, &facts) };
    let site = global.session().region(&region);
    let bucket = site.named(BUCKET, bucket.id(), GONE);
    facts.BucketRegion = Fact::Known(region.into());
    read_facts(&account.services.of(&site), &bucket, account.owner.as_deref(), &mut facts).await;
    bucket.emit(arn, &facts);
}

/// What a question about the bucket alone is asked with.
fn of_bucket(bucket: &ResourceReader) -> Object {
    object([("Bucket", bucket.id())])
}

/// The bucket's region: no location at all is us-east-1, and `EU` is what eu-west-1 was called first.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>.
async fn locate(service: &ServiceReader, bucket: &ResourceReader) -> Option<String> {
    let location: Fact<Option<String>> =
        service.read(bucket, &GET_BUCKET_LOCATION, &[], of_bucket(bucket), "LocationConstraint").await;
    location.known().map(|constraint| match constraint.as_deref() {
        None | Some("") => "us-east-1".to_owned(),
        Some("EU") => "eu-west-1".to_owned(),
        Some(region) => region.to_owned(),
    })
}

async fn read_facts(service: &ServiceReader, bucket: &ResourceReader, owner: Option<&str>, facts: &mut Bucket) {
    let of = || of_bucket(bucket);
    let no_encryption = &["ServerSideEncryptionConfigurationNotFoundError"];
    let no_block = &["NoSuchPublicAccessBlockConfiguration"];
    let no_replication = &["ReplicationConfigurationNotFoundError"];
    let (encryption, block) = ("ServerSideEncryptionConfiguration", "PublicAccessBlockConfiguration");
    let notification = &GET_BUCKET_NOTIFICATION_CONFIGURATION;
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
        service.read(bucket, &GET_BUCKET_ENCRYPTION, no_encryption, of(), encryption),
        policy_and_status(service, bucket),
        service.read(bucket, &GET_PUBLIC_ACCESS_BLOCK, no_block, of(), block),
        ownership_and_acl(service, bucket, owner),
        versioning_and_lock(service, bucket),
        service.read(bucket, &GET_BUCKET_LIFECYCLE_CONFIGURATION, &["NoSuchLifecycleConfiguration"], of(), "."),
        service.read(bucket, &GET_BUCKET_LOGGING, &[], of(), "LoggingEnabled"),
        service.read(bucket, notification, &[], of(), "."),
        service.read(bucket, &GET_BUCKET_REPLICATION, no_replication, of(), "ReplicationConfiguration"),
        service.read(bucket, &GET_BUCKET_WEBSITE, &["NoSuchWebsiteConfiguration"], of(), "."),
        service.read(bucket, &GET_BUCKET_CORS, &["NoSuchCORSConfiguration"], of(), "."),
        inventory::read(service, bucket),
        service.read(bucket, &GET_BUCKET_TAGGING, &["NoSuchTagSet"], of(), "TagSet"),
    );
}

/// S3 answers both questions with `NoSuchBucketPolicy` where there is no policy: then the second is not asked.
async fn policy_and_status(
    service: &ServiceReader,
    bucket: &ResourceReader,
) -> (Fact<Option<PolicyDocument>>, Fact<Option<PolicyStatus>>) {
    let none = &["NoSuchBucketPolicy"];
    // An answer without a policy is none: where there is no policy, S3 says so.
    let policy = |answer: Option<Value>| match answer {
        Some(answer) => PolicyDocument::told(&Given(&answer).get("Policy")).map(Some),
        None => Ok(None),
    };
    let policy = service.fact(bucket, &GET_BUCKET_POLICY, none, of_bucket(bucket), policy).await;
    if policy == Fact::Known(None) {
        return (policy, Fact::Known(None));
    }
    let status = |answer: Option<Value>| match answer {
        Some(answer) => PolicyStatus::told(&Given(&answer).get("PolicyStatus")).map(Some),
        None => Ok(None),
    };
    (policy, service.fact(bucket, &GET_BUCKET_POLICY_STATUS, none, of_bucket(bucket), status).await)
}

type Acl = (Fact<Option<Owner>>, Fact<Vec<Grant>>);

/// Where the bucket's owner is enforced, its list is the one that gives the owner full control and nobody else
/// anything.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html>.
async fn ownership_and_acl(
    service: &ServiceReader,
    bucket: &ResourceReader,
    owner: Option<&str>,
) -> (Fact<Option<OwnershipControls>>, Acl) {
    let (operation, none) = (&GET_BUCKET_OWNERSHIP_CONTROLS, &["OwnershipControlsNotFoundError"]);
    let controls = service.read(bucket, operation, none, of_bucket(bucket), "OwnershipControls").await;
    if let Some(owner) = owner.filter(|_| is_owner_enforced(&controls)) {
        return (controls, acl_of_owner(owner));
    }
    let mut facts = Bucket::default();
    if let Answer::Got(acl) = service.ask_about(bucket, &GET_BUCKET_ACL, &[], of_bucket(bucket)).await {
        bucket.lacks(&GET_BUCKET_ACL, facts.grant(Given(&acl)));
    }
    (controls, (facts.Owner, facts.Grants))
}

fn is_owner_enforced(controls: &Fact<Option<OwnershipControls>>) -> bool {
    let rules = controls.known().and_then(Option::as_ref).map(|controls| &controls.Rules[..]).unwrap_or_default();
    rules.iter().any(|rule| rule.ObjectOwnership == "BucketOwnerEnforced")
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
    service: &ServiceReader,
    bucket: &ResourceReader,
) -> (Fact<VersioningConfiguration>, Fact<Option<ObjectLockConfiguration>>) {
    let versioning: Fact<VersioningConfiguration> =
        service.read(bucket, &GET_BUCKET_VERSIONING, &[], of_bucket(bucket), ".").await;
    if versioning.known().is_some_and(|versioning| versioning.Status.as_deref() != Some("Enabled")) {
        return (versioning, Fact::Known(None));
    }
    let (operation, none) = (&GET_OBJECT_LOCK_CONFIGURATION, &["ObjectLockConfigurationNotFoundError"]);
    let lock = service.read(bucket, operation, none, of_bucket(bucket), "ObjectLockConfiguration").await;
    (versioning, lock)
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
