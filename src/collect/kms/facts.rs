//! The facts of keys and of the stores that hold them.

use std::collections::BTreeMap;

use aws_sdk_kms::operation::get_key_rotation_status::GetKeyRotationStatusOutput;
use aws_sdk_kms::types as sdk;

use crate::aws::told::FromAws;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::{PolicyDocument, Timestamp};

facts! {
    /// Facts of `AWS::KMS::Key`: CloudFormation's names where the type has them (`KeyPolicy`, `EnableKeyRotation`,
    /// `MultiRegion`), otherwise those of the KMS API.
    pub(super) struct Key;

    list(key: &sdk::KeyListEntry) {
        KeyId: String = key.key_id;
        Arn: String = key.key_arn;
    }

    describe(key: &sdk::KeyMetadata) gives DESCRIBED {
        /// `AWS` or `CUSTOMER`.
        KeyManager: String = key.key_manager;
        KeyState: String = key.key_state;
        KeySpec: String = key.key_spec;
        KeyUsage: String = key.key_usage;
        Origin: String = key.origin;
        MultiRegion: bool = key.multi_region;
        /// `PRIMARY` or `REPLICA`; null for a key of one region.
        MultiRegionKeyType: Option<String> =
            key.multi_region_configuration.as_ref().and_then(|own| own.multi_region_key_type.as_ref());
        CreationDate: Option<Timestamp> = key.creation_date;
        DeletionDate: Option<Timestamp> = key.deletion_date;
        /// Days between the deletion of the last replica and that of the primary; null unless the primary waits for it.
        PendingDeletionWindowInDays: Option<i32> = key.pending_deletion_window_in_days;
        /// What its owner wrote about it; may be empty.
        Description: String = key.description;
        /// `KEY_MATERIAL_EXPIRES` or `KEY_MATERIAL_DOES_NOT_EXPIRE`; null unless material was imported.
        ExpirationModel: Option<String> = key.expiration_model;
        /// When the imported material expires; null where it does not.
        ValidTo: Option<Timestamp> = key.valid_to;
        /// The store of its own that holds the key; null for the store of KMS.
        CustomKeyStoreId: Option<String> = key.custom_key_store_id;
        /// The ARN of a multi-region key's primary; null for a key of one region.
        PrimaryKey: Option<String> =
            key.multi_region_configuration.as_ref().and_then(|own| own.primary_key.as_ref()?.arn.as_ref());
    }

    later gives NAMED {
        /// Alias names, such as `alias/records`.
        Aliases: Vec<String>;
    }

    rotate(status: &GetKeyRotationStatusOutput) gives ROTATION {
        /// Null for a key that cannot rotate by itself.
        EnableKeyRotation: Option<bool> = Some(status.key_rotation_enabled);
        /// Days; null where rotation is off or impossible.
        RotationPeriodInDays: Option<i32> = status.rotation_period_in_days;
        /// Null where rotation is off or impossible.
        NextRotationDate: Option<Timestamp> = status.next_rotation_date;
    }

    later gives ROTATIONS {
        /// The rotations of imported material so far, the one that waits for its import among them; empty for other
        /// material.
        Rotations: Vec<RotationEntry>;
    }

    later gives POLICY {
        KeyPolicy: PolicyDocument;
    }

    later gives GRANTS {
        Grants: Vec<Grant>;
    }

    later gives TAGS {
        Tags: Vec<Tag>;
    }
}

shape! {
    pub(super) struct RotationEntry of entry: sdk::RotationsListEntry {
        /// Null for material that was never current.
        RotationDate: Option<Timestamp> = entry.rotation_date;
        /// `AUTOMATIC` or `ON_DEMAND`.
        RotationType: Option<String> = entry.rotation_type;
    }
}

shape! {
    pub(super) struct Grant of entry: sdk::GrantListEntry {
        GrantId: String = entry.grant_id;
        /// An ARN, the name of an AWS service, or the unique id of a principal that was deleted since.
        GranteePrincipal: Option<String> =
            entry.grantee_principal.as_ref().or(entry.grantee_service_principal.as_ref());
        /// Who may end the grant beside the grantee.
        RetiringPrincipal: Option<String> =
            entry.retiring_principal.as_ref().or(entry.retiring_service_principal.as_ref());
        /// The account that made the grant.
        IssuingAccount: Option<String> = entry.issuing_account;
        Operations: Vec<String> = entry.operations;
        /// What requests must carry; null for a grant that holds for all of them.
        Constraints: Option<Constraints> = entry.constraints;
    }
}

shape! {
    pub(super) struct Constraints of own: sdk::GrantConstraints {
        /// Pairs that the encryption context must hold among others.
        EncryptionContextSubset: Option<BTreeMap<String, String>> = own.encryption_context_subset;
        /// The encryption context as a whole.
        EncryptionContextEquals: Option<BTreeMap<String, String>> = own.encryption_context_equals;
        /// The resource on whose behalf a service must ask.
        SourceArn: Option<String> = own.source_arn;
    }
}

facts! {
    /// Facts of `AWS::KMS::CustomKeyStore`, by the names of the KMS API: a store of keys that the customer runs, in AWS
    /// CloudHSM or outside of AWS.
    pub(super) struct CustomKeyStore;

    list(store: &sdk::CustomKeyStoresListEntry) {
        CustomKeyStoreId: String = store.custom_key_store_id;
        CustomKeyStoreName: Option<String> = store.custom_key_store_name;
        /// `AWS_CLOUDHSM` or `EXTERNAL_KEY_STORE`.
        CustomKeyStoreType: Option<String> = store.custom_key_store_type;
        /// `CONNECTED`, `CONNECTING`, `FAILED`, `DISCONNECTED` or `DISCONNECTING`.
        ConnectionState: Option<String> = store.connection_state;
        /// Why the connection failed; null unless it did.
        ConnectionErrorCode: Option<String> = store.connection_error_code;
        /// Where the proxy of an external store answers; null for CloudHSM.
        XksProxyUriEndpoint: Option<String> =
            store.xks_proxy_configuration.as_ref().and_then(|proxy| proxy.uri_endpoint.as_ref());
    }
}

impl FromAws<sdk::Tag> for Tag {
    fn from_aws(tag: &sdk::Tag) -> Result<Self, String> {
        Ok(Self::new(tag.tag_key(), Some(tag.tag_value())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_to_a_service_names_the_service() {
        let entry = sdk::GrantListEntry::builder().grant_id("g").grantee_service_principal("rds.amazonaws.com").build();
        assert_eq!(Grant::from_aws(&entry).unwrap().GranteePrincipal.as_deref(), Some("rds.amazonaws.com"));
    }

    #[test]
    fn a_description_without_a_state_is_no_description_of_a_key_without_one() {
        let mut key = Key::default();
        let metadata = sdk::KeyMetadata::builder().key_id("k").key_manager(sdk::KeyManagerType::Customer);
        let lacks = key.describe(&metadata.multi_region(false).build().unwrap());
        let lacking: Vec<&str> = lacks.0.iter().map(|(fact, _)| *fact).collect();
        assert_eq!(lacking, ["KeyState", "KeySpec", "KeyUsage", "Origin", "Description"]);
        assert_eq!(
            serde_json::to_value(key).unwrap(),
            serde_json::json!({
                "KeyManager": "CUSTOMER", "MultiRegion": false, "MultiRegionKeyType": null, "CreationDate": null,
                "DeletionDate": null, "PendingDeletionWindowInDays": null, "ExpirationModel": null, "ValidTo": null,
                "CustomKeyStoreId": null, "PrimaryKey": null,
            })
        );
    }
}
