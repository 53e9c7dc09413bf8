//! The facts of trails and event data stores.

use crate::aws::told::Given;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::{PolicyDocument, Timestamp};

facts! {
    /// Facts of `AWS::CloudTrail::Trail`: CloudFormation's names for the settings, the API's for the status.
    pub(super) struct Trail;

    list(trail: Given<'_>) {
        TrailName: String = trail.get("Name");
        Arn: String = trail.get("TrailARN");
        HomeRegion: String = trail.get("HomeRegion");
        S3BucketName: Option<String> = trail.get("S3BucketName");
        S3KeyPrefix: Option<String> = trail.get("S3KeyPrefix");
        IsMultiRegionTrail: bool = trail.get("IsMultiRegionTrail");
        IsOrganizationTrail: bool = trail.get("IsOrganizationTrail");
        IncludeGlobalServiceEvents: bool = trail.get("IncludeGlobalServiceEvents");
        EnableLogFileValidation: bool = trail.get("LogFileValidationEnabled");
        KMSKeyId: Option<String> = trail.get("KmsKeyId");
        CloudWatchLogsLogGroupArn: Option<String> = trail.get("CloudWatchLogsLogGroupArn");
        /// Whether it has selectors at all. Told also to members of an organization about its trail, whose selectors
        /// only the owner's account may read.
        HasCustomEventSelectors: Option<bool> = trail.get("HasCustomEventSelectors");
    }

    // Errors are null when the latest delivery went well, times when there was none yet.
    report(status: Given<'_>) gives STATUS {
        IsLogging: bool = status.get("IsLogging");
        LatestDeliveryTime: Option<Timestamp> = status.get("LatestDeliveryTime");
        LatestDeliveryError: Option<String> = status.get("LatestDeliveryError").filter(is_not_empty);
        LatestCloudWatchLogsDeliveryTime: Option<Timestamp> = status.get("LatestCloudWatchLogsDeliveryTime");
        LatestCloudWatchLogsDeliveryError: Option<String> = status.get("LatestCloudWatchLogsDeliveryError").filter(is_not_empty);
        LatestDigestDeliveryTime: Option<Timestamp> = status.get("LatestDigestDeliveryTime");
        LatestDigestDeliveryError: Option<String> = status.get("LatestDigestDeliveryError").filter(is_not_empty);
    }

    // A trail has selectors of one form or the other; the other list is empty.
    select(selectors: Given<'_>) gives SELECTORS {
        EventSelectors: Vec<EventSelector> = selectors.get("EventSelectors");
        AdvancedEventSelectors: Vec<AdvancedEventSelector> = selectors.get("AdvancedEventSelectors");
    }

    later gives INSIGHTS {
        InsightSelectors: Vec<InsightSelector>;
    }

    later gives TAGS {
        Tags: Vec<Tag>;
    }
}

fn is_not_empty(member: &Given<'_>) -> bool {
    member.0.as_str() != Some("")
}

shape! {
    pub(super) struct EventSelector of selector: Given<'_> {
        ReadWriteType: String = selector.get("ReadWriteType"),
            or "All" "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html";
        IncludeManagementEvents: bool = selector.get("IncludeManagementEvents"),
            or true "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html";
        ExcludeManagementEventSources: Vec<String> = selector.get("ExcludeManagementEventSources");
        DataResources: Vec<DataResource> = selector.get("DataResources");
    }
}

shape! {
    pub(super) struct DataResource of resource: Given<'_> {
        Type: String = resource.get("Type");
        Values: Vec<String> = resource.get("Values");
    }
}

shape! {
    pub(super) struct AdvancedEventSelector of selector: Given<'_> {
        Name: Option<String> = selector.get("Name");
        FieldSelectors: Vec<FieldSelector> = selector.get("FieldSelectors");
    }
}

shape! {
    /// Conditions that are not set are empty lists.
    pub(super) struct FieldSelector of selector: Given<'_> {
        Field: String = selector.get("Field");
        Equals: Vec<String> = selector.get("Equals");
        StartsWith: Vec<String> = selector.get("StartsWith");
        EndsWith: Vec<String> = selector.get("EndsWith");
        NotEquals: Vec<String> = selector.get("NotEquals");
        NotStartsWith: Vec<String> = selector.get("NotStartsWith");
        NotEndsWith: Vec<String> = selector.get("NotEndsWith");
    }
}

shape! {
    pub(super) struct InsightSelector of selector: Given<'_> {
        InsightType: String = selector.get("InsightType");
        /// Which events are watched: `Management`, `Data`. Empty where AWS names none, which means management events.
        EventCategories: Vec<String> = selector.get("EventCategories");
    }
}

facts! {
    /// Facts of `AWS::CloudTrail::EventDataStore`.
    pub(super) struct EventDataStore;

    list(store: Given<'_>) {
        Name: Option<String> = store.get("Name");
        EventDataStoreArn: String = store.get("EventDataStoreArn");
    }

    describe(store: Given<'_>) gives DESCRIBED {
        Status: Option<String> = store.get("Status");
        /// Days.
        RetentionPeriod: Option<i32> = store.get("RetentionPeriod");
        MultiRegionEnabled: bool = store.get("MultiRegionEnabled");
        OrganizationEnabled: bool = store.get("OrganizationEnabled");
        TerminationProtectionEnabled: bool = store.get("TerminationProtectionEnabled");
        KmsKeyId: Option<String> = store.get("KmsKeyId");
        AdvancedEventSelectors: Vec<AdvancedEventSelector> = store.get("AdvancedEventSelectors");
    }

    later gives POLICY {
        ResourcePolicy: Option<PolicyDocument>;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::told::FromAws;

    #[test]
    fn a_selector_that_limits_nothing_takes_all_events() {
        let selector = EventSelector::from_aws(&Given(&json!({}))).unwrap();
        assert_eq!((selector.ReadWriteType.as_str(), selector.IncludeManagementEvents), ("All", true));
    }

    #[test]
    fn a_data_resource_without_its_type_is_malformed() {
        let nameless = json!({"DataResources": [{}]});
        assert_eq!(EventSelector::from_aws(&Given(&nameless)), Err("DataResources: Type: missing".to_owned()));
    }

    #[test]
    fn an_empty_error_is_none() {
        let mut trail = Trail::default();
        let status = json!({"IsLogging": true, "LatestDeliveryError": ""});
        assert_eq!(trail.report(Given(&status)), Default::default());
        assert_eq!(trail.LatestDeliveryError, crate::model::Fact::Known(None));
    }
}
