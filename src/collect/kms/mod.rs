//! AWS Key Management Service: keys, their policies, grants and rotation. Key material never leaves KMS.
//!
//! AWS managed keys are listed, since databases and buckets name them, but they have no tags and no policy of the
//! customer's, and AWS rotates them. Keys that cannot rotate by themselves are not asked whether they do: their
//! description says which these are. Imported material can be rotated on demand only. A multi-region replica has its
//! primary's rotation.

mod facts;

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_kms::Client;
use aws_sdk_kms::operation::get_key_rotation_status::GetKeyRotationStatusOutput;
use aws_sdk_kms::types as sdk;

use self::facts::{CustomKeyStore, Grant, Key, RotationEntry};
use super::shapes::Tag;
use super::{Collector, Work};
use crate::aws::{Answer, Operation, ResourceReader, Session, Site, Yield};
use crate::model::{Fact, Kind, PolicyDocument, Scope};

const KEY: &str = "AWS::KMS::Key";
const CUSTOM_KEY_STORE: &str = "AWS::KMS::CustomKeyStore";

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "kms", name, iam_actions, yields }
}

const LIST_KEYS: Operation = operation("ListKeys", &["kms:ListKeys"], &[Yield::Population(KEY)]);
const LIST_ALIASES: Operation = operation("ListAliases", &["kms:ListAliases"], &[Yield::Facts(KEY, Key::NAMED)]);
const DESCRIBE_KEY: Operation = operation("DescribeKey", &["kms:DescribeKey"], &[Yield::Facts(KEY, Key::DESCRIBED)]);
const GET_KEY_ROTATION_STATUS: Operation =
    operation("GetKeyRotationStatus", &["kms:GetKeyRotationStatus"], &[Yield::Facts(KEY, Key::ROTATION)]);
const LIST_KEY_ROTATIONS: Operation =
    operation("ListKeyRotations", &["kms:ListKeyRotations"], &[Yield::Facts(KEY, Key::ROTATIONS)]);
const DESCRIBE_CUSTOM_KEY_STORES: Operation =
    operation("DescribeCustomKeyStores", &["kms:DescribeCustomKeyStores"], &[Yield::Population(CUSTOM_KEY_STORE)]);
const GET_KEY_POLICY: Operation = operation("GetKeyPolicy", &["kms:GetKeyPolicy"], &[Yield::Facts(KEY, Key::POLICY)]);
const LIST_GRANTS: Operation = operation("ListGrants", &["kms:ListGrants"], &[Yield::Facts(KEY, Key::GRANTS)]);
const LIST_RESOURCE_TAGS: Operation =
    operation("ListResourceTags", &["kms:ListResourceTags"], &[Yield::Facts(KEY, Key::TAGS)]);

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
    for listed in listing.items.into_iter().flat_map(|page| page.custom_key_stores.unwrap_or_default()) {
        let id = ("CustomKeyStoreId", listed.custom_key_store_id());
        let Some(store) = site.listed(CUSTOM_KEY_STORE, &DESCRIBE_CUSTOM_KEY_STORES, id, &[]) else { continue };
        let mut facts = CustomKeyStore::default();
        store.lacks(&DESCRIBE_CUSTOM_KEY_STORES, facts.list(&listed));
        store.emit(None, &facts);
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
        // AWS reserves names for keys that it has not made yet.
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
    let Some(key) = site.listed(KEY, &LIST_KEYS, ("KeyId", listed.key_id()), &["NotFoundException"]) else { return };
    let mut facts = Key::default();
    key.lacks(&LIST_KEYS, facts.list(&listed));
    if let Fact::Known(by_key) = &*aliases {
        facts.Aliases = Fact::Known(by_key.get(key.id()).cloned().unwrap_or_default());
    }
    describe(&client, &key, &mut facts).await;
    let (rotation, rotations, (policy, grants, tags)) = tokio::join!(
        read_rotation(&client, &key, &facts),
        read_rotations(&client, &key, &facts),
        read_what_is_the_customers(&client, &key, &facts),
    );
    match rotation {
        Answer::Got(status) => key.lacks(&GET_KEY_ROTATION_STATUS, facts.rotate(&status)),
        Answer::NotConfigured => facts.cannot_rotate(),
        Answer::Unread => {}
    }
    (facts.Rotations, facts.KeyPolicy, facts.Grants, facts.Tags) = (rotations, policy, grants, tags);
    key.emit(listed.key_arn, &facts);
}

async fn describe(client: &Client, key: &ResourceReader, facts: &mut Key) {
    let call = || client.describe_key().key_id(key.id()).send();
    let Answer::Got(output) = key.ask(&DESCRIBE_KEY, &[], call).await else { return };
    match output.key_metadata {
        Some(metadata) => key.lacks(&DESCRIBE_KEY, facts.describe(&metadata)),
        None => drop(key.understand::<()>(&DESCRIBE_KEY, Err("the answer has no KeyMetadata".to_owned()))),
    }
}

impl Key {
    fn is(fact: &Fact<String>, value: &str) -> Option<bool> {
        fact.known().map(|own| own == value)
    }

    /// Whether AWS made the key for one of its services. One of which that is not known is asked about as the
    /// customer's.
    fn is_of_aws(&self) -> bool {
        Self::is(&self.KeyManager, "AWS") == Some(true)
    }

    /// Whether KMS can say something about the rotation of the key; none where that is not known.
    fn tells_rotation(&self) -> Option<bool> {
        let parts = [
            Self::is(&self.KeyManager, "CUSTOMER"),
            Self::is(&self.KeySpec, "SYMMETRIC_DEFAULT"),
            Self::is(&self.Origin, "AWS_KMS"),
        ];
        if parts.contains(&Some(false)) {
            Some(false)
        } else {
            parts.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
        }
    }

    /// Whether its material was imported and can be followed by other material.
    fn has_imported_material(&self) -> Option<bool> {
        let is_symmetric = Self::is(&self.KeySpec, "SYMMETRIC_DEFAULT")?;
        Some(is_symmetric && Self::is(&self.Origin, "EXTERNAL")?)
    }

    fn cannot_rotate(&mut self) {
        self.EnableKeyRotation = Fact::Known(None);
        self.RotationPeriodInDays = Fact::Known(None);
        self.NextRotationDate = Fact::Known(None);
    }
}

async fn read_rotation(client: &Client, key: &ResourceReader, facts: &Key) -> Answer<GetKeyRotationStatusOutput> {
    if facts.tells_rotation() == Some(false) {
        // AWS managed keys rotate as AWS likes; the others cannot by themselves.
        return if facts.is_of_aws() { Answer::Unread } else { Answer::NotConfigured };
    }
    let call = || client.get_key_rotation_status().key_id(key.id()).send();
    key.ask(&GET_KEY_ROTATION_STATUS, &["UnsupportedOperationException"], call).await
}

async fn read_rotations(client: &Client, key: &ResourceReader, facts: &Key) -> Fact<Vec<RotationEntry>> {
    match facts.has_imported_material() {
        Some(true) => {}
        Some(false) => return Fact::Known(Vec::new()),
        None => return Fact::Unknown,
    }
    let request = client.list_key_rotations().key_id(key.id());
    let request = request.include_key_material(sdk::IncludeKeyMaterial::AllKeyMaterial).into_paginator();
    key.list(&LIST_KEY_ROTATIONS, || request.page_size(1000).send(), |page| page.rotations).await
}

/// Policy, grants and tags. AWS managed keys belong to AWS: they cannot be tagged, and their policies and grants are
/// AWS's.
async fn read_what_is_the_customers(
    client: &Client,
    key: &ResourceReader,
    facts: &Key,
) -> (Fact<PolicyDocument>, Fact<Vec<Grant>>, Fact<Vec<Tag>>) {
    if facts.is_of_aws() {
        return (Fact::Unknown, Fact::Unknown, Fact::Known(Vec::new()));
    }
    // "default" is the only name that a key policy can have.
    let policy = || client.get_key_policy().key_id(key.id()).policy_name("default").send();
    let grants = || client.list_grants().key_id(key.id()).into_paginator().page_size(100).send();
    let tags = || client.list_resource_tags().key_id(key.id()).into_paginator().send();
    tokio::join!(
        key.read(&GET_KEY_POLICY, &[], policy, |output| output.policy),
        key.list(&LIST_GRANTS, grants, |page| page.grants),
        key.list(&LIST_RESOURCE_TAGS, tags, |page| page.tags),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(manager: &str, spec: &str, origin: &str) -> Key {
        let fact = |text: &str| Fact::Known(text.to_owned());
        Key { KeyManager: fact(manager), KeySpec: fact(spec), Origin: fact(origin), ..Key::default() }
    }

    #[test]
    fn only_keys_that_can_rotate_are_asked_about_it() {
        let tells = |manager: &str, spec: &str, origin: &str| key(manager, spec, origin).tells_rotation();
        assert_eq!(tells("CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_KMS"), Some(true));
        assert_eq!(tells("AWS", "SYMMETRIC_DEFAULT", "AWS_KMS"), Some(false));
        assert_eq!(tells("CUSTOMER", "RSA_2048", "AWS_KMS"), Some(false));
        assert_eq!(tells("CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_CLOUDHSM"), Some(false));
        assert_eq!(tells("CUSTOMER", "SYMMETRIC_DEFAULT", "EXTERNAL"), Some(false));
        assert_eq!(Key::default().tells_rotation(), None, "nobody knows which sort of key it is");
    }

    #[test]
    fn only_imported_material_has_rotations_to_list() {
        assert_eq!(key("CUSTOMER", "SYMMETRIC_DEFAULT", "EXTERNAL").has_imported_material(), Some(true));
        assert_eq!(key("CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_KMS").has_imported_material(), Some(false));
        assert_eq!(key("CUSTOMER", "RSA_2048", "EXTERNAL").has_imported_material(), Some(false));
    }
}
