//! AWS Key Management Service: keys, their policies, grants and rotation. Key material never leaves KMS.
//!
//! AWS managed keys are listed, since databases and buckets name them, but they have no tags and no policy of the
//! customer's, and AWS rotates them. Keys that cannot rotate by themselves are not asked whether they do: their
//! description says which these are. Imported material can be rotated on demand only. A multi-region replica has its
//! primary's rotation.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_kms::Client;
use aws_sdk_kms::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::{Tag, timestamp};
use super::{Collector, Work};
use crate::aws::{Answer, Operation, ResourceReader, Session, Site, Yield};
use crate::model::{Fact, Kind, PolicyDocument, Scope, Timestamp};

const KEY: &str = "AWS::KMS::Key";
const CUSTOM_KEY_STORE: &str = "AWS::KMS::CustomKeyStore";

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
    #[serde(flatten)]
    rotation: Rotation,
    /// The rotations of imported material so far, the one that waits for its import among them; empty for other material.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    rotations: Fact<Vec<RotationEntry>>,
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
    /// Days between the deletion of the last replica and that of the primary; null unless the primary waits for it.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pending_deletion_window_in_days: Fact<Option<i32>>,
    /// What its owner wrote about it; may be empty.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    description: Fact<String>,
    /// `KEY_MATERIAL_EXPIRES` or `KEY_MATERIAL_DOES_NOT_EXPIRE`; null unless material was imported.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    expiration_model: Fact<Option<String>>,
    /// When the imported material expires; null where it does not.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    valid_to: Fact<Option<Timestamp>>,
    /// The store of its own that holds the key; null for the store of KMS.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    custom_key_store_id: Fact<Option<String>>,
    /// The ARN of a multi-region key's primary; null for a key of one region.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    primary_key: Fact<Option<String>>,
}

/// What `GetKeyRotationStatus` tells.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Rotation {
    /// Null for a key that cannot rotate by itself.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    enable_key_rotation: Fact<Option<bool>>,
    /// Days; null where rotation is off or impossible.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    rotation_period_in_days: Fact<Option<i32>>,
    /// Null where rotation is off or impossible.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    next_rotation_date: Fact<Option<Timestamp>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct RotationEntry {
    /// Null for material that was never current.
    rotation_date: Option<Timestamp>,
    /// `AUTOMATIC` or `ON_DEMAND`.
    rotation_type: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Grant {
    grant_id: String,
    /// An ARN, the name of an AWS service, or the unique id of a principal that was deleted since.
    grantee_principal: Option<String>,
    /// Who may end the grant beside the grantee.
    retiring_principal: Option<String>,
    /// The account that made the grant.
    issuing_account: Option<String>,
    operations: Vec<String>,
    /// What requests must carry; null for a grant that holds for all of them.
    constraints: Option<Constraints>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Constraints {
    /// Pairs that the encryption context must hold among others.
    encryption_context_subset: Option<BTreeMap<String, String>>,
    /// The encryption context as a whole.
    encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The resource on whose behalf a service must ask.
    source_arn: Option<String>,
}

/// Facts of `AWS::KMS::CustomKeyStore`, by the names of the KMS API: a store of keys that the customer runs, in AWS CloudHSM
/// or outside of AWS.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct CustomKeyStore {
    custom_key_store_id: String,
    custom_key_store_name: Option<String>,
    /// `AWS_CLOUDHSM` or `EXTERNAL_KEY_STORE`.
    custom_key_store_type: Option<String>,
    /// `CONNECTED`, `CONNECTING`, `FAILED`, `DISCONNECTED` or `DISCONNECTING`.
    connection_state: Option<String>,
    /// Why the connection failed; null unless it did.
    connection_error_code: Option<String>,
    /// Where the proxy of an external store answers; null for CloudHSM.
    xks_proxy_uri_endpoint: Option<String>,
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
            "PendingDeletionWindowInDays",
            "Description",
            "ExpirationModel",
            "ValidTo",
            "CustomKeyStoreId",
            "PrimaryKey",
        ],
    )],
);
const GET_KEY_ROTATION_STATUS: Operation = operation(
    "GetKeyRotationStatus",
    &["kms:GetKeyRotationStatus"],
    &[Yield::Facts(KEY, &["EnableKeyRotation", "RotationPeriodInDays", "NextRotationDate"])],
);
const LIST_KEY_ROTATIONS: Operation =
    operation("ListKeyRotations", &["kms:ListKeyRotations"], &[Yield::Facts(KEY, &["Rotations"])]);
const DESCRIBE_CUSTOM_KEY_STORES: Operation =
    operation("DescribeCustomKeyStores", &["kms:DescribeCustomKeyStores"], &[Yield::Population(CUSTOM_KEY_STORE)]);
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
        vec![
            Kind::of::<Key>(KEY, "kms", Scope::Region),
            Kind::of::<CustomKeyStore>(CUSTOM_KEY_STORE, "kms", Scope::Region),
        ]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[
            &LIST_KEYS,
            &LIST_ALIASES,
            &DESCRIBE_KEY,
            &GET_KEY_ROTATION_STATUS,
            &LIST_KEY_ROTATIONS,
            &DESCRIBE_CUSTOM_KEY_STORES,
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

async fn read_region(site: Site) {
    let config = aws_sdk_kms::config::Builder::from(&site.config()).interceptor(site.interceptor());
    let client = Client::from_conf(config.build());
    let (keys, aliases, ()) = tokio::join!(
        site.pages(&LIST_KEYS, None, || client.list_keys().into_paginator().page_size(1000).send()),
        read_aliases(&client, &site),
        read_custom_key_stores(&client, &site),
    );
    let aliases = Arc::new(aliases);
    let keys = keys.items.into_iter().flat_map(|page| page.keys.unwrap_or_default());
    site.session().each(keys, |key| read_key(site.clone(), client.clone(), key, Arc::clone(&aliases))).await;
}

async fn read_custom_key_stores(client: &Client, site: &Site) {
    let start = || client.describe_custom_key_stores().into_paginator().send();
    let listing = site.pages(&DESCRIBE_CUSTOM_KEY_STORES, None, start).await;
    for store in listing.items.into_iter().flat_map(|page| page.custom_key_stores.unwrap_or_default()) {
        let id = ("CustomKeyStoreId", store.custom_key_store_id.as_deref());
        let Some(listed) = site.listed(CUSTOM_KEY_STORE, &DESCRIBE_CUSTOM_KEY_STORES, id, &[]) else { continue };
        let facts = CustomKeyStore {
            custom_key_store_id: listed.id().to_owned(),
            custom_key_store_name: store.custom_key_store_name,
            custom_key_store_type: store.custom_key_store_type.map(|kind| kind.as_str().to_owned()),
            connection_state: store.connection_state.map(|state| state.as_str().to_owned()),
            connection_error_code: store.connection_error_code.map(|code| code.as_str().to_owned()),
            xks_proxy_uri_endpoint: store.xks_proxy_configuration.and_then(|proxy| proxy.uri_endpoint),
        };
        listed.emit(None, &facts);
    }
}

/// Alias names by key id; unknown as a whole if any page of the list is missing.
async fn read_aliases(client: &Client, site: &Site) -> Fact<HashMap<String, Vec<String>>> {
    let listing =
        site.pages(&LIST_ALIASES, None, || client.list_aliases().into_paginator().page_size(100).send()).await;
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
    site: Site,
    client: Client,
    listed: sdk::KeyListEntry,
    aliases: Arc<Fact<HashMap<String, Vec<String>>>>,
) {
    let Some(key) = site.listed(KEY, &LIST_KEYS, ("KeyId", listed.key_id.as_deref()), GONE) else { return };
    let (id, arn) = (key.id().to_owned(), listed.key_arn);
    let description = describe(&client, &key).await;
    // AWS managed keys belong to AWS: they cannot be tagged, and their policies and grants are AWS's.
    let ours = description.key_manager.known().is_none_or(|manager| manager != "AWS");
    let (rotation, rotations, (key_policy, grants, tags)) =
        tokio::join!(rotation(&client, &key, &description), rotations(&client, &key, &description), async {
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
        arn: arn.clone().into(),
        description,
        aliases,
        rotation,
        rotations,
        key_policy,
        grants,
        tags,
    };
    key.emit(arn, &facts);
}

async fn describe(client: &Client, key: &ResourceReader) -> Description {
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
        pending_deletion_window_in_days: Fact::Known(metadata.pending_deletion_window_in_days),
        description: Fact::Known(metadata.description.clone().unwrap_or_default()),
        expiration_model: Fact::Known(metadata.expiration_model.as_ref().map(|model| model.as_str().to_owned())),
        valid_to: Fact::Known(metadata.valid_to.as_ref().and_then(timestamp)),
        custom_key_store_id: Fact::Known(metadata.custom_key_store_id.clone()),
        primary_key: Fact::Known(
            multi_region.and_then(|configuration| configuration.primary_key.as_ref()).and_then(|key| key.arn.clone()),
        ),
    }
}

impl Description {
    fn is(&self, fact: impl Fn(&Self) -> &Fact<String>, values: &[&str]) -> Option<bool> {
        fact(self).known().map(|own| values.contains(&own.as_str()))
    }

    /// Whether KMS can say something about the rotation of the key; none where that is not known.
    fn tells_rotation(&self) -> Option<bool> {
        let parts = [
            self.is(|own| &own.key_manager, &["CUSTOMER"]),
            self.is(|own| &own.key_spec, &["SYMMETRIC_DEFAULT"]),
            self.is(|own| &own.origin, &["AWS_KMS"]),
        ];
        if parts.contains(&Some(false)) {
            Some(false)
        } else {
            parts.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
        }
    }

    /// Whether its material was imported and can be followed by other material.
    fn has_imported_material(&self) -> Option<bool> {
        let is_symmetric = self.is(|own| &own.key_spec, &["SYMMETRIC_DEFAULT"])?;
        Some(is_symmetric && self.is(|own| &own.origin, &["EXTERNAL"])?)
    }
}

async fn rotation(client: &Client, key: &ResourceReader, description: &Description) -> Rotation {
    if description.tells_rotation() == Some(false) {
        // AWS managed keys rotate as AWS likes; the others cannot by themselves.
        let is_ours = description.key_manager.known().is_none_or(|manager| manager != "AWS");
        return if is_ours { Rotation::none() } else { Rotation::default() };
    }
    let call = || client.get_key_rotation_status().key_id(key.id()).send();
    match key.ask(&GET_KEY_ROTATION_STATUS, &["UnsupportedOperationException"], call).await {
        Answer::Got(output) => Rotation {
            enable_key_rotation: Fact::Known(Some(output.key_rotation_enabled)),
            rotation_period_in_days: Fact::Known(output.rotation_period_in_days),
            next_rotation_date: Fact::Known(output.next_rotation_date.as_ref().and_then(timestamp)),
        },
        Answer::NotConfigured => Rotation::none(),
        Answer::Unread => Rotation::default(),
    }
}

impl Rotation {
    /// Of a key that cannot rotate by itself.
    fn none() -> Self {
        Self {
            enable_key_rotation: Fact::Known(None),
            rotation_period_in_days: Fact::Known(None),
            next_rotation_date: Fact::Known(None),
        }
    }
}

async fn rotations(client: &Client, key: &ResourceReader, description: &Description) -> Fact<Vec<RotationEntry>> {
    match description.has_imported_material() {
        Some(true) => {}
        Some(false) => return Fact::Known(Vec::new()),
        None => return Fact::Unknown,
    }
    let request = client.list_key_rotations().key_id(key.id());
    let request = request.include_key_material(sdk::IncludeKeyMaterial::AllKeyMaterial);
    let listing =
        key.site().pages(&LIST_KEY_ROTATIONS, Some(key), || request.into_paginator().page_size(1000).send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let entries = listing.items.into_iter().flat_map(|page| page.rotations.unwrap_or_default());
    let entry = |entry: sdk::RotationsListEntry| RotationEntry {
        rotation_date: entry.rotation_date.as_ref().and_then(timestamp),
        rotation_type: entry.rotation_type.map(|kind| kind.as_str().to_owned()),
    };
    Fact::Known(entries.map(entry).collect())
}

async fn policy(client: &Client, key: &ResourceReader) -> Fact<PolicyDocument> {
    // "default" is the only name that a key policy can have.
    let call = || client.get_key_policy().key_id(key.id()).policy_name("default").send();
    key.fact(&GET_KEY_POLICY, &[], call, |output| {
        let text = output.and_then(|output| output.policy).ok_or("no policy")?;
        PolicyDocument::parse(&text)
    })
    .await
}

async fn grants(client: &Client, key: &ResourceReader) -> Fact<Vec<Grant>> {
    let listing = key
        .site()
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
        grantee_principal: entry.grantee_principal.or(entry.grantee_service_principal),
        retiring_principal: entry.retiring_principal.or(entry.retiring_service_principal),
        issuing_account: entry.issuing_account,
        operations: entry.operations.unwrap_or_default().iter().map(|name| name.as_str().to_owned()).collect(),
        constraints: entry.constraints.map(constraints),
    }
}

fn constraints(own: sdk::GrantConstraints) -> Constraints {
    let pairs = |map: Option<HashMap<String, String>>| map.map(|map| map.into_iter().collect());
    Constraints {
        encryption_context_subset: pairs(own.encryption_context_subset),
        encryption_context_equals: pairs(own.encryption_context_equals),
        source_arn: own.source_arn,
    }
}

async fn tags(client: &Client, key: &ResourceReader) -> Fact<Vec<Tag>> {
    let listing = key
        .site()
        .pages(&LIST_RESOURCE_TAGS, Some(key), || client.list_resource_tags().key_id(key.id()).into_paginator().send())
        .await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let tags = listing.items.into_iter().flat_map(|page| page.tags.unwrap_or_default());
    Fact::Known(tags.map(|tag| Tag::new(tag.tag_key, Some(&tag.tag_value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(manager: &str, spec: &str, origin: &str) -> Description {
        let fact = |text: &str| Fact::Known(text.to_owned());
        Description { key_manager: fact(manager), key_spec: fact(spec), origin: fact(origin), ..Description::default() }
    }

    #[test]
    fn only_keys_that_can_rotate_are_asked_about_it() {
        let tells = |manager: &str, spec: &str, origin: &str| key(manager, spec, origin).tells_rotation();
        assert_eq!(tells("CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_KMS"), Some(true));
        assert_eq!(tells("AWS", "SYMMETRIC_DEFAULT", "AWS_KMS"), Some(false));
        assert_eq!(tells("CUSTOMER", "RSA_2048", "AWS_KMS"), Some(false));
        assert_eq!(tells("CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_CLOUDHSM"), Some(false));
        assert_eq!(tells("CUSTOMER", "SYMMETRIC_DEFAULT", "EXTERNAL"), Some(false));
        assert_eq!(Description::default().tells_rotation(), None, "nobody knows which sort of key it is");
    }

    #[test]
    fn only_imported_material_has_rotations_to_list() {
        assert_eq!(key("CUSTOMER", "SYMMETRIC_DEFAULT", "EXTERNAL").has_imported_material(), Some(true));
        assert_eq!(key("CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_KMS").has_imported_material(), Some(false));
        assert_eq!(key("CUSTOMER", "RSA_2048", "EXTERNAL").has_imported_material(), Some(false));
    }

    #[test]
    fn a_grant_to_a_service_names_the_service() {
        let entry = sdk::GrantListEntry::builder().grantee_service_principal("rds.amazonaws.com").build();
        assert_eq!(grant(entry).grantee_principal.as_deref(), Some("rds.amazonaws.com"));
    }
}
