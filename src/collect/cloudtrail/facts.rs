//! The facts of trails and event data stores.

use aws_sdk_cloudtrail::operation::get_event_data_store::GetEventDataStoreOutput;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types as sdk;

use crate::aws::told::FromAws;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::{PolicyDocument, Timestamp};

facts! {
    /// Facts of `AWS::CloudTrail::Trail`: CloudFormation's names for the settings, the API's for the status.
    pub(super) struct Trail;

    list(trail: &sdk::Trail) {
        TrailName: String = trail.name;
        Arn: String = trail.trail_arn;
        HomeRegion: String = trail.home_region;
        S3BucketName: Option<String> = trail.s3_bucket_name;
        S3KeyPrefix: Option<String> = trail.s3_key_prefix;
        IsMultiRegionTrail: bool = trail.is_multi_region_trail;
        IsOrganizationTrail: bool = trail.is_organization_trail;
        IncludeGlobalServiceEvents: bool = trail.include_global_service_events;
        EnableLogFileValidation: bool = trail.log_file_validation_enabled;
        KMSKeyId: Option<String> = trail.kms_key_id;
        CloudWatchLogsLogGroupArn: Option<String> = trail.cloud_watch_logs_log_group_arn;
        /// Whether it has selectors at all. Told also to members of an organization about its trail, whose selectors
        /// only the owner's account may read.
        HasCustomEventSelectors: Option<bool> = trail.has_custom_event_selectors;
    }

    // Errors are null when the latest delivery went well, times when there was none yet.
    report(status: &GetTrailStatusOutput) gives STATUS {
        IsLogging: bool = status.is_logging;
        LatestDeliveryTime: Option<Timestamp> = status.latest_delivery_time;
        LatestDeliveryError: Option<String> = not_empty(&status.latest_delivery_error);
        LatestCloudWatchLogsDeliveryTime: Option<Timestamp> = status.latest_cloud_watch_logs_delivery_time;
        LatestCloudWatchLogsDeliveryError: Option<String> = not_empty(&status.latest_cloud_watch_logs_delivery_error);
        LatestDigestDeliveryTime: Option<Timestamp> = status.latest_digest_delivery_time;
        LatestDigestDeliveryError: Option<String> = not_empty(&status.latest_digest_delivery_error);
    }

    // A trail has selectors of one form or the other; the other list is empty.
    select(selectors: &GetEventSelectorsOutput) gives SELECTORS {
        EventSelectors: Vec<EventSelector> = selectors.event_selectors;
        AdvancedEventSelectors: Vec<AdvancedEventSelector> = selectors.advanced_event_selectors;
    }

    later gives INSIGHTS {
        InsightSelectors: Vec<InsightSelector>;
    }

    later gives TAGS {
        Tags: Vec<Tag>;
    }
}

fn not_empty(text: &Option<String>) -> Option<&String> {
    text.as_ref().filter(|text| !text.is_empty())
}

shape! {
    pub(super) struct EventSelector of selector: sdk::EventSelector {
        ReadWriteType: String = selector.read_write_type,
            or "All" "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html";
        IncludeManagementEvents: bool = selector.include_management_events,
            or true "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html";
        ExcludeManagementEventSources: Vec<String> = selector.exclude_management_event_sources;
        DataResources: Vec<DataResource> = selector.data_resources;
    }
}

shape! {
    pub(super) struct DataResource of resource: sdk::DataResource {
        Type: String = resource.r#type;
        Values: Vec<String> = resource.values;
    }
}

shape! {
    pub(super) struct AdvancedEventSelector of selector: sdk::AdvancedEventSelector {
        Name: Option<String> = selector.name;
        FieldSelectors: Vec<FieldSelector> = selector.field_selectors;
    }
}

shape! {
    /// Conditions that are not set are empty lists.
    pub(super) struct FieldSelector of selector: sdk::AdvancedFieldSelector {
        Field: String = selector.field;
        Equals: Vec<String> = selector.equals;
        StartsWith: Vec<String> = selector.starts_with;
        EndsWith: Vec<String> = selector.ends_with;
        NotEquals: Vec<String> = selector.not_equals;
        NotStartsWith: Vec<String> = selector.not_starts_with;
        NotEndsWith: Vec<String> = selector.not_ends_with;
    }
}

shape! {
    pub(super) struct InsightSelector of selector: sdk::InsightSelector {
        InsightType: String = selector.insight_type;
        /// Which events are watched: `Management`, `Data`. Empty where AWS names none, which means management events.
        EventCategories: Vec<String> = selector.event_categories;
    }
}

facts! {
    /// Facts of `AWS::CloudTrail::EventDataStore`.
    pub(super) struct EventDataStore;

    list(store: &sdk::EventDataStore) {
        Name: Option<String> = store.name;
        EventDataStoreArn: String = store.event_data_store_arn;
    }

    describe(store: &GetEventDataStoreOutput) gives DESCRIBED {
        Status: Option<String> = store.status;
        /// Days.
        RetentionPeriod: Option<i32> = store.retention_period;
        MultiRegionEnabled: bool = store.multi_region_enabled;
        OrganizationEnabled: bool = store.organization_enabled;
        TerminationProtectionEnabled: bool = store.termination_protection_enabled;
        KmsKeyId: Option<String> = store.kms_key_id;
        AdvancedEventSelectors: Vec<AdvancedEventSelector> = store.advanced_event_selectors;
    }

    later gives POLICY {
        ResourcePolicy: Option<PolicyDocument>;
    }
}

impl FromAws<sdk::Tag> for Tag {
    fn from_aws(tag: &sdk::Tag) -> Result<Self, String> {
        Ok(Self::new(tag.key(), tag.value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_that_limits_nothing_takes_all_events() {
        let selector = EventSelector::from_aws(&sdk::EventSelector::builder().build()).unwrap();
        assert_eq!((selector.ReadWriteType.as_str(), selector.IncludeManagementEvents), ("All", true));
    }

    #[test]
    fn a_data_resource_without_its_type_is_malformed() {
        let nameless = sdk::EventSelector::builder().data_resources(sdk::DataResource::builder().build()).build();
        assert_eq!(EventSelector::from_aws(&nameless), Err("DataResources: Type: missing".to_owned()));
    }

    #[test]
    fn an_empty_error_is_none() {
        let mut trail = Trail::default();
        let status = GetTrailStatusOutput::builder().is_logging(true).latest_delivery_error("").build();
        assert_eq!(trail.report(&status), Default::default());
        assert_eq!(trail.LatestDeliveryError, crate::model::Fact::Known(None));
    }
}
