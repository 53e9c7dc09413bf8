//! AWS Key Management Service: keys, their policies, grants and rotation. Key material never leaves KMS.
//!
//! AWS managed keys are listed, since databases and buckets name them, but they have no tags and no policy of the
//! customer's. Asymmetric, HMAC and imported keys cannot rotate by themselves; KMS says so with an error of its own,
//! which is an answer. A multi-region replica has its primary's rotation.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_kms::Client;
use aws_sdk_kms::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::operation::{Operation, Yield};
use super::session::{Answer, Place, Session, Subject};
use super::shapes::{Tag, timestamp};
use super::{Collector, Work};
use crate::model::{Fact, Kind, PolicyDocument, Scope, Timestamp};

const KEY: &str = "AWS::KMS::Key";

/// Facts of `AWS::KMS::Key`: CloudFormation's names where the type has them (`KeyPolicy`, `EnableKeyRotation`,
/// `MultiRegion`), otherwise those of the KMS API.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Key {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    key_id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<String>,
    #[serde(flatten)]
    description: Description,
    /// Alias names, such as `alias/records`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    aliases: Fact<Vec<String>>,
    /// Null for a key that cannot rotate by itself.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    enable_key_rotation: Fact<Option<bool>>,
    /// Days; null where rotation is off or impossible.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    rotation_period_in_days: Fact<Option<i32>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    key_policy: Fact<PolicyDocument>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    grants: Fact<Vec<Grant>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

/// What `DescribeKey` tells.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Description {
    /// `AWS` or `CUSTOMER`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    key_manager: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    key_state: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    key_spec: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    key_usage: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    origin: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    multi_region: Fact<bool>,
    /// `PRIMARY` or `REPLICA`; null for a key of one region.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    multi_region_key_type: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    creation_date: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    deletion_date: Fact<Option<Timestamp>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Grant {
    grant_id: String,
    grantee_principal: Option<String>,
    operations: Vec<String>,
    /// Whether the grant only holds for a given encryption context or source.
    has_constraints: bool,
}

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "kms", name, iam_actions, yields }
}

const LIST_KEYS: Operation = operation("ListKeys", &["kms:ListKeys"], &[Yield::Population(KEY)]);
const LIST_ALIASES: Operation = operation("ListAliases", &["kms:ListAliases"], &[Yield::Facts(KEY, &["Aliases"])]);
const DESCRIBE_KEY: Operation = operation(
    "DescribeKey",
    &["kms:DescribeKey"],
    &[Yield::Facts(
        KEY,
        &[
            "KeyManager",
            "KeyState",
            "KeySpec",
            "KeyUsage",
            "Origin",
            "MultiRegion",
            "MultiRegionKeyType",
            "CreationDate",
            "DeletionDate",
        ],
    )],
);
const GET_KEY_ROTATION_STATUS: Operation = operation(
    "GetKeyRotationStatus",
    &["kms:GetKeyRotationStatus"],
    &[Yield::Facts(KEY, &["EnableKeyRotation", "RotationPeriodInDays"])],
);
const GET_KEY_POLICY: Operation =
    operation("GetKeyPolicy", &["kms:GetKeyPolicy"], &[Yield::Facts(KEY, &["KeyPolicy"])]);
const LIST_GRANTS: Operation = operation("ListGrants", &["kms:ListGrants"], &[Yield::Facts(KEY, &["Grants"])]);
const LIST_RESOURCE_TAGS: Operation =
    operation("ListResourceTags", &["kms:ListResourceTags"], &[Yield::Facts(KEY, &["Tags"])]);

/// The error codes that say that a key no longer exists.
const GONE: &[&str] = &["NotFoundException"];

/// The collector of AWS KMS.
pub struct Kms;

impl Collector for Kms {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<Key>(KEY, "kms", Scope::Region)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[
            &LIST_KEYS,
            &LIST_ALIASES,
            &DESCRIBE_KEY,
            &GET_KEY_ROTATION_STATUS,
            &GET_KEY_POLICY,
            &LIST_GRANTS,
            &LIST_RESOURCE_TAGS,
        ]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            session.each(session.regions().to_vec(), |region| read_region(session.region(&region))).await;
        })
    }
}

async fn read_region(place: Place) {
    let config = aws_sdk_kms::config::Builder::from(&place.config()).interceptor(place.interceptor());
    let client = Client::from_conf(config.build());
    let (keys, aliases) = tokio::join!(
        place.pages(&LIST_KEYS, None, || client.list_keys().into_paginator().page_size(1000).send()),
        read_aliases(&client, &place),
    );
    let aliases = Arc::new(aliases);
    let keys = keys.items.into_iter().flat_map(|page| page.keys.unwrap_or_default());
    place.session().each(keys, |key| read_key(place.clone(), client.clone(), key, Arc::clone(&aliases))).await;
}

/// Alias names by key id; unknown as a whole if any page of the list is missing.
async fn read_aliases(client: &Client, place: &Place) -> Fact<HashMap<String, Vec<String>>> {
    let listing =
        place.pages(&LIST_ALIASES, None, || client.list_aliases().into_paginator().page_size(100).send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let mut by_key: HashMap<String, Vec<String>> = HashMap::new();
    for alias in listing.items.into_iter().flat_map(|page| page.aliases.unwrap_or_default()) {
        if let (Some(key), Some(name)) = (alias.target_key_id, alias.alias_name) {
            by_key.entry(key).or_default().push(name);
        }
    }
    by_key.values_mut().for_each(|names| names.sort());
    Fact::Known(by_key)
}

async fn read_key(
    place: Place,
    client: Client,
    listed: sdk::KeyListEntry,
    aliases: Arc<Fact<HashMap<String, Vec<String>>>>,
) {
    let (Some(id), Some(arn)) = (listed.key_id, listed.key_arn) else { return };
    let key = place.subject(KEY, &id, GONE);
    let description = describe(&client, &key).await;
    // AWS managed keys belong to AWS: they cannot be tagged, and their policies and grants are AWS's.
    let ours = description.key_manager.known().is_none_or(|manager| manager != "AWS");
    let ((enable_key_rotation, rotation_period_in_days), (key_policy, grants, tags)) =
        tokio::join!(rotation(&client, &key), async {
            if ours {
                tokio::join!(policy(&client, &key), grants(&client, &key), tags(&client, &key))
            } else {
                (Fact::Unknown, Fact::Unknown, Fact::Known(Vec::new()))
            }
        });
    let aliases = match &*aliases {
        Fact::Known(by_key) => Fact::Known(by_key.get(&id).cloned().unwrap_or_default()),
        Fact::Unknown => Fact::Unknown,
    };
    let facts = Key {
        key_id: Fact::Known(id.clone()),
        arn: Fact::Known(arn.clone()),
        description,
        aliases,
        enable_key_rotation,
        rotation_period_in_days,
        key_policy,
        grants,
        tags,
    };
    key.emit(Some(arn), &facts);
}

async fn describe(client: &Client, key: &Subject) -> Description {
    let call = || client.describe_key().key_id(key.id()).send();
    let Answer::Got(output) = key.ask(&DESCRIBE_KEY, &[], call).await else { return Description::default() };
    let Fact::Known(metadata) = key.understand(&DESCRIBE_KEY, output.key_metadata.ok_or("no KeyMetadata".to_owned()))
    else {
        return Description::default();
    };
    let text = |value: Option<&str>| Fact::from(value.map(str::to_owned));
    let multi_region = metadata.multi_region_configuration.as_ref();
    Description {
        key_manager: text(metadata.key_manager.as_ref().map(|manager| manager.as_str())),
        key_state: text(metadata.key_state.as_ref().map(|state| state.as_str())),
        key_spec: text(metadata.key_spec.as_ref().map(|spec| spec.as_str())),
        key_usage: text(metadata.key_usage.as_ref().map(|usage| usage.as_str())),
        origin: text(metadata.origin.as_ref().map(|origin| origin.as_str())),
        multi_region: Fact::Known(metadata.multi_region.unwrap_or(false)),
        multi_region_key_type: Fact::Known(
            multi_region
                .and_then(|configuration| configuration.multi_region_key_type.as_ref())
                .map(|kind| kind.as_str().to_owned()),
        ),
        creation_date: Fact::Known(metadata.creation_date.as_ref().and_then(timestamp)),
        deletion_date: Fact::Known(metadata.deletion_date.as_ref().and_then(timestamp)),
    }
}

async fn rotation(client: &Client, key: &Subject) -> (Fact<Option<bool>>, Fact<Option<i32>>) {
    let call = || client.get_key_rotation_status().key_id(key.id()).send();
    match key.ask(&GET_KEY_ROTATION_STATUS, &["UnsupportedOperationException"], call).await {
        Answer::Got(output) => {
            (Fact::Known(Some(output.key_rotation_enabled)), Fact::Known(output.rotation_period_in_days))
        }
        Answer::NotConfigured => (Fact::Known(None), Fact::Known(None)),
        Answer::Unread => (Fact::Unknown, Fact::Unknown),
    }
}

async fn policy(client: &Client, key: &Subject) -> Fact<PolicyDocument> {
    // "default" is the only name that a key policy can have.
    let call = || client.get_key_policy().key_id(key.id()).policy_name("default").send();
    key.fact(&GET_KEY_POLICY, &[], call, |output| {
        let text = output.and_then(|output| output.policy).ok_or("no policy")?;
        PolicyDocument::parse(&text)
    })
    .await
}

async fn grants(client: &Client, key: &Subject) -> Fact<Vec<Grant>> {
    let listing = key
        .place()
        .pages(&LIST_GRANTS, Some(key), || client.list_grants().key_id(key.id()).into_paginator().page_size(100).send())
        .await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let entries = listing.items.into_iter().flat_map(|page| page.grants.unwrap_or_default());
    Fact::Known(entries.map(grant).collect())
}

fn grant(entry: sdk::GrantListEntry) -> Grant {
    Grant {
        grant_id: entry.grant_id.unwrap_or_default(),
        grantee_principal: entry.grantee_principal,
        operations: entry.operations.unwrap_or_default().iter().map(|name| name.as_str().to_owned()).collect(),
        has_constraints: entry.constraints.is_some(),
    }
}

async fn tags(client: &Client, key: &Subject) -> Fact<Vec<Tag>> {
    let listing = key
        .place()
        .pages(&LIST_RESOURCE_TAGS, Some(key), || client.list_resource_tags().key_id(key.id()).into_paginator().send())
        .await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let tags = listing.items.into_iter().flat_map(|page| page.tags.unwrap_or_default());
    Fact::Known(tags.map(|tag| Tag::new(tag.tag_key, Some(&tag.tag_value))).collect())
}
