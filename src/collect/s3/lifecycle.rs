//! What becomes of the objects of a bucket in time.

use crate::aws::told::Given;
use crate::collect::facts::shape;
use crate::collect::shapes::Tag;
use crate::model::Timestamp;

shape! {
    pub(super) struct LifecycleConfiguration of own: Given<'_> {
        Rules: Vec<LifecycleRule> = own.get("Rules");
    }
}

shape! {
    pub(super) struct LifecycleRule of rule: Given<'_> {
        Id: Option<String> = rule.get("ID");
        Status: String = rule.get("Status");
        /// The prefix that the rule is limited to, wherever the API gives it; null for all objects.
        Prefix: Option<String> = prefix(*rule);
        /// Objects must have all of these tags.
        TagFilters: Vec<Tag> = tags(*rule);
        /// Bytes; null without such a limit.
        ObjectSizeGreaterThan: Option<i64> =
            size(*rule, "ObjectSizeGreaterThan");
        /// Bytes; null without such a limit.
        ObjectSizeLessThan: Option<i64> =
            size(*rule, "ObjectSizeLessThan");
        ExpirationInDays: Option<i32> = rule.get("Expiration.Days");
        ExpirationDate: Option<Timestamp> = rule.get("Expiration.Date");
        NoncurrentVersionExpiration: Option<NoncurrentVersionExpiration> = rule.get("NoncurrentVersionExpiration");
    }
}

shape! {
    pub(super) struct NoncurrentVersionExpiration of own: Given<'_> {
        NoncurrentDays: Option<i32> = own.get("NoncurrentDays");
        NewerNoncurrentVersions: Option<i32> = own.get("NewerNoncurrentVersions");
    }
}

/// The prefix that a rule is limited to, wherever the API gives it.
pub(super) fn prefix<'v>(rule: Given<'v>) -> Option<Given<'v>> {
    let found = ["Prefix", "Filter.Prefix", "Filter.And.Prefix"].into_iter().find_map(|path| rule.get(path));
    found.filter(|prefix| prefix.0 != "")
}

/// The tags that objects must have for a rule.
pub(super) fn tags<'v>(rule: Given<'v>) -> Vec<Given<'v>> {
    rule.get("Filter.Tag").into_iter().chain(rule.list("Filter.And.Tags")).collect()
}

fn size<'v>(rule: Given<'v>, limit: &str) -> Option<Given<'v>> {
    rule.get(&format!("Filter.{limit}")).or_else(|| rule.get(&format!("Filter.And.{limit}")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::told::FromAws;

    fn read(mut rule: Value) -> LifecycleRule {
        rule["Status"] = "Enabled".into();
        LifecycleRule::from_aws(&Given(&rule)).unwrap()
    }

    #[test]
    fn a_lifecycle_rule_for_everything_has_no_filters() {
        let rule = read(json!({"Filter": {"Prefix": ""}}));
        assert_eq!(rule.Prefix, None);
        assert!(rule.TagFilters.is_empty());
        assert_eq!((rule.ObjectSizeGreaterThan, rule.ObjectSizeLessThan), (None, None));
    }

    #[test]
    fn a_lifecycle_rule_is_limited_by_one_filter_or_by_several() {
        let tag = |key: &str| json!({"Key": key, "Value": "yes"});
        let one = read(json!({"Filter": {"Tag": tag("temporary")}}));
        assert_eq!(one.TagFilters, [Tag::new("temporary", Some("yes"))]);
        let several = json!({"Prefix": "logs/", "Tags": [tag("a"), tag("b")], "ObjectSizeLessThan": 1024});
        let rule = read(json!({"Filter": {"And": several}}));
        assert_eq!(rule.Prefix.as_deref(), Some("logs/"));
        assert_eq!(rule.TagFilters.len(), 2);
        assert_eq!((rule.ObjectSizeGreaterThan, rule.ObjectSizeLessThan), (None, Some(1024)));
    }

    #[test]
    fn the_first_form_of_the_api_has_the_prefix_in_the_rule() {
        assert_eq!(read(json!({"Prefix": "old/"})).Prefix.as_deref(), Some("old/"));
    }
}
