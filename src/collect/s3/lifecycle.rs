//! What becomes of the objects of a bucket in time.

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types as sdk;

use crate::collect::facts::shape;
use crate::collect::shapes::Tag;
use crate::model::Timestamp;

shape! {
    pub(super) struct LifecycleConfiguration of own: GetBucketLifecycleConfigurationOutput {
        Rules: Vec<LifecycleRule> = own.rules;
    }
}

shape! {
    pub(super) struct LifecycleRule of rule: sdk::LifecycleRule {
        Id: Option<String> = rule.id;
        Status: String = Some(&rule.status);
        /// The prefix that the rule is limited to, wherever the API gives it; null for all objects.
        Prefix: Option<String> = prefix(rule);
        /// Objects must have all of these tags.
        TagFilters: Vec<Tag> = tags(rule);
        /// Bytes; null without such a limit.
        ObjectSizeGreaterThan: Option<i64> =
            size(rule, |filter| filter.object_size_greater_than, |and| and.object_size_greater_than);
        /// Bytes; null without such a limit.
        ObjectSizeLessThan: Option<i64> =
            size(rule, |filter| filter.object_size_less_than, |and| and.object_size_less_than);
        ExpirationInDays: Option<i32> = rule.expiration.as_ref().and_then(|expiration| expiration.days);
        ExpirationDate: Option<Timestamp> = rule.expiration.as_ref().and_then(|expiration| expiration.date);
        NoncurrentVersionExpiration: Option<NoncurrentVersionExpiration> = rule.noncurrent_version_expiration;
    }
}

shape! {
    pub(super) struct NoncurrentVersionExpiration of own: sdk::NoncurrentVersionExpiration {
        NoncurrentDays: Option<i32> = own.noncurrent_days;
        NewerNoncurrentVersions: Option<i32> = own.newer_noncurrent_versions;
    }
}

fn and(rule: &sdk::LifecycleRule) -> Option<&sdk::LifecycleRuleAndOperator> {
    rule.filter.as_ref()?.and.as_ref()
}

#[expect(deprecated, reason = "rules of the API's first form carry the prefix here")]
fn prefix(rule: &sdk::LifecycleRule) -> Option<&String> {
    let in_filter = || rule.filter.as_ref()?.prefix.as_ref();
    let prefix = rule.prefix.as_ref().or_else(in_filter).or_else(|| and(rule)?.prefix.as_ref());
    prefix.filter(|prefix| !prefix.is_empty())
}

fn tags(rule: &sdk::LifecycleRule) -> Vec<sdk::Tag> {
    let one = rule.filter.iter().filter_map(|filter| filter.tag.as_ref());
    one.chain(and(rule).into_iter().flat_map(|and| and.tags())).cloned().collect()
}

fn size(
    rule: &sdk::LifecycleRule,
    in_filter: fn(&sdk::LifecycleRuleFilter) -> Option<i64>,
    in_and: fn(&sdk::LifecycleRuleAndOperator) -> Option<i64>,
) -> Option<i64> {
    rule.filter.as_ref().and_then(in_filter).or_else(|| and(rule).and_then(in_and))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::told::FromAws;

    fn tag(key: &str) -> sdk::Tag {
        sdk::Tag::builder().key(key).value("yes").build().unwrap()
    }

    fn read(rule: sdk::builders::LifecycleRuleBuilder) -> LifecycleRule {
        LifecycleRule::from_aws(&rule.status(sdk::ExpirationStatus::Enabled).build().unwrap()).unwrap()
    }

    #[test]
    fn a_lifecycle_rule_for_everything_has_no_filters() {
        let rule = read(sdk::LifecycleRule::builder().filter(sdk::LifecycleRuleFilter::builder().prefix("").build()));
        assert_eq!(rule.Prefix, None);
        assert!(rule.TagFilters.is_empty());
        assert_eq!((rule.ObjectSizeGreaterThan, rule.ObjectSizeLessThan), (None, None));
    }

    #[test]
    fn a_lifecycle_rule_is_limited_by_one_filter_or_by_several() {
        let one = sdk::LifecycleRuleFilter::builder().tag(tag("temporary")).build();
        assert_eq!(read(sdk::LifecycleRule::builder().filter(one)).TagFilters, [Tag::new("temporary", Some("yes"))]);
        let several = sdk::LifecycleRuleAndOperator::builder()
            .prefix("logs/")
            .tags(tag("a"))
            .tags(tag("b"))
            .object_size_less_than(1024)
            .build();
        let rule = read(sdk::LifecycleRule::builder().filter(sdk::LifecycleRuleFilter::builder().and(several).build()));
        assert_eq!(rule.Prefix.as_deref(), Some("logs/"));
        assert_eq!(rule.TagFilters.len(), 2);
        assert_eq!((rule.ObjectSizeGreaterThan, rule.ObjectSizeLessThan), (None, Some(1024)));
    }

    #[test]
    fn the_first_form_of_the_api_has_the_prefix_in_the_rule() {
        #[expect(deprecated, reason = "rules of the API's first form carry the prefix here")]
        let rule = read(sdk::LifecycleRule::builder().prefix("old/"));
        assert_eq!(rule.Prefix.as_deref(), Some("old/"));
    }
}
