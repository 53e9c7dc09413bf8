//! Where the objects of a bucket are copied to.

use super::lifecycle::{prefix, tags};
use crate::aws::told::Given;
use crate::collect::facts::shape;
use crate::collect::shapes::Tag;

shape! {
    pub(super) struct ReplicationConfiguration of own: Given<'_> {
        Role: String = own.get("Role");
        Rules: Vec<ReplicationRule> = own.get("Rules");
    }
}

shape! {
    pub(super) struct ReplicationRule of rule: Given<'_> {
        Id: Option<String> = rule.get("ID");
        Status: String = rule.get("Status");
        /// The prefix that the rule is limited to, wherever the API gives it; null for all objects.
        Prefix: Option<String> = prefix(*rule);
        /// Objects must have all of these tags.
        TagFilters: Vec<Tag> = tags(*rule);
        SourceSelectionCriteria: Option<SourceSelectionCriteria> = rule.get("SourceSelectionCriteria");
        Destination: Option<ReplicationDestination> = rule.get("Destination");
    }
}

shape! {
    pub(super) struct SourceSelectionCriteria of own: Given<'_> {
        SseKmsEncryptedObjects: Option<SseKmsEncryptedObjects> = own.get("SseKmsEncryptedObjects");
    }
}

shape! {
    /// Without `Enabled` the rule leaves out every object that is encrypted with a KMS key.
    pub(super) struct SseKmsEncryptedObjects of own: Given<'_> {
        Status: String = own.get("Status");
    }
}

shape! {
    pub(super) struct ReplicationDestination of own: Given<'_> {
        Bucket: String = own.get("Bucket");
        /// Twelve digits, where the rule gives the copies to the account that owns the bucket; null otherwise.
        Account: Option<String> = own.get("Account");
        EncryptionConfiguration: Option<ReplicaEncryption> = own.get("EncryptionConfiguration");
    }
}

shape! {
    pub(super) struct ReplicaEncryption of own: Given<'_> {
        ReplicaKmsKeyID: Option<String> = own.get("ReplicaKmsKeyID");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::told::FromAws;

    #[test]
    fn a_replication_rule_says_what_it_leaves_out() {
        let filter = json!({"And": {"Prefix": "scans/", "Tags": [{"Key": "keep", "Value": "yes"}]}});
        let rule = json!({"Status": "Enabled", "Filter": filter});
        let rule = ReplicationRule::from_aws(&Given(&rule)).unwrap();
        assert_eq!(rule.Prefix.as_deref(), Some("scans/"));
        assert_eq!(rule.TagFilters, [Tag::new("keep", Some("yes"))]);
        assert!(rule.SourceSelectionCriteria.is_none());
    }
}
