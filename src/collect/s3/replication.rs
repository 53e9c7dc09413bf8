//! Where the objects of a bucket are copied to.

use aws_sdk_s3::types as sdk;

use crate::collect::facts::shape;
use crate::collect::shapes::Tag;

shape! {
    pub(super) struct ReplicationConfiguration of own: sdk::ReplicationConfiguration {
        Role: String = own.role;
        Rules: Vec<ReplicationRule> = own.rules;
    }
}

shape! {
    pub(super) struct ReplicationRule of rule: sdk::ReplicationRule {
        Id: Option<String> = rule.id;
        Status: String = Some(&rule.status);
        /// The prefix that the rule is limited to, wherever the API gives it; null for all objects.
        Prefix: Option<String> = prefix(rule);
        /// Objects must have all of these tags.
        TagFilters: Vec<Tag> = tags(rule);
        SourceSelectionCriteria: Option<SourceSelectionCriteria> = rule.source_selection_criteria;
        Destination: Option<ReplicationDestination> = rule.destination;
    }
}

shape! {
    pub(super) struct SourceSelectionCriteria of own: sdk::SourceSelectionCriteria {
        SseKmsEncryptedObjects: Option<SseKmsEncryptedObjects> = own.sse_kms_encrypted_objects;
    }
}

shape! {
    /// Without `Enabled` the rule leaves out every object that is encrypted with a KMS key.
    pub(super) struct SseKmsEncryptedObjects of own: sdk::SseKmsEncryptedObjects {
        Status: String = Some(&own.status);
    }
}

shape! {
    pub(super) struct ReplicationDestination of own: sdk::Destination {
        Bucket: String = own.bucket;
        /// Twelve digits, where the rule gives the copies to the account that owns the bucket; null otherwise.
        Account: Option<String> = own.account;
        EncryptionConfiguration: Option<ReplicaEncryption> = own.encryption_configuration;
    }
}

shape! {
    pub(super) struct ReplicaEncryption of own: sdk::EncryptionConfiguration {
        ReplicaKmsKeyID: Option<String> = own.replica_kms_key_id;
    }
}

fn and(rule: &sdk::ReplicationRule) -> Option<&sdk::ReplicationRuleAndOperator> {
    rule.filter.as_ref()?.and.as_ref()
}

#[expect(deprecated, reason = "rules of the API's first form carry the prefix here")]
fn prefix(rule: &sdk::ReplicationRule) -> Option<&String> {
    let in_filter = || rule.filter.as_ref()?.prefix.as_ref();
    let prefix = rule.prefix.as_ref().or_else(in_filter).or_else(|| and(rule)?.prefix.as_ref());
    prefix.filter(|prefix| !prefix.is_empty())
}

fn tags(rule: &sdk::ReplicationRule) -> Vec<sdk::Tag> {
    let one = rule.filter.iter().filter_map(|filter| filter.tag.as_ref());
    one.chain(and(rule).into_iter().flat_map(|and| and.tags())).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::told::FromAws;

    #[test]
    fn a_replication_rule_says_what_it_leaves_out() {
        let tag = sdk::Tag::builder().key("keep").value("yes").build().unwrap();
        let filter = sdk::ReplicationRuleAndOperator::builder().prefix("scans/").tags(tag).build();
        let rule = sdk::ReplicationRule::builder()
            .status(sdk::ReplicationRuleStatus::Enabled)
            .filter(sdk::ReplicationRuleFilter::builder().and(filter).build());
        let rule = ReplicationRule::from_aws(&rule.build().unwrap()).unwrap();
        assert_eq!(rule.Prefix.as_deref(), Some("scans/"));
        assert_eq!(rule.TagFilters, [Tag::new("keep", Some("yes"))]);
        assert!(rule.SourceSelectionCriteria.is_none());
    }
}
