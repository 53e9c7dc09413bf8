use serde_json::json;

use super::*;

const RECORDS: &str = "arn:aws:s3:::records";

fn classic(kind: &str, values: &[&str]) -> Value {
    json!([{
        "ReadWriteType": kind, "IncludeManagementEvents": true, "ExcludeManagementEventSources": [],
        "DataResources": [{"Type": "AWS::S3::Object", "Values": values}],
    }])
}

fn field(name: &str, operator: &str, values: &[&str]) -> Value {
    let mut field = json!({
        "Field": name, "Equals": [], "StartsWith": [], "EndsWith": [], "NotEquals": [], "NotStartsWith": [],
        "NotEndsWith": [],
    });
    field[operator] = json!(values);
    field
}

/// One advanced selector of S3 data events with these further conditions.
fn objects(more: &[(&str, &str, &[&str])]) -> Value {
    let mut fields =
        vec![field("eventCategory", "Equals", &["Data"]), field("resources.type", "Equals", &["AWS::S3::Object"])];
    fields.extend(more.iter().map(|(name, operator, values)| field(name, operator, values)));
    json!([{"Name": null, "FieldSelectors": fields}])
}

fn management(more: &[(&str, &str, &[&str])]) -> Value {
    let mut fields = vec![field("eventCategory", "Equals", &["Management"])];
    fields.extend(more.iter().map(|(name, operator, values)| field(name, operator, values)));
    json!({"Name": null, "FieldSelectors": fields})
}

fn of(selectors: &Value, advanced: &Value) -> TrailSelectors {
    TrailSelectors::parse(selectors, advanced).unwrap()
}

fn by_classic(kind: &str, values: &[&str], access: Access) -> bool {
    of(&classic(kind, values), &json!([])).record_objects(RECORDS, access)
}

fn by_advanced(more: &[(&str, &str, &[&str])], access: Access) -> bool {
    of(&json!([]), &objects(more)).record_objects(RECORDS, access)
}

#[test]
fn a_classic_selector_names_all_buckets_or_one_as_a_whole() {
    for values in [["arn:aws:s3"], ["arn:aws:s3:::"], ["arn:aws:s3:::records/"]] {
        assert!(by_classic("All", &values, Access::Read), "{values:?}");
    }
    for values in [&["arn:aws:s3:::records/2025/"][..], &["arn:aws:s3:::other/"], &["arn:aws-us-gov:s3"], &[""], &[]] {
        assert!(!by_classic("All", values, Access::Read), "{values:?}");
    }
    let lambda = json!([{
        "ReadWriteType": "All", "IncludeManagementEvents": true, "ExcludeManagementEventSources": [],
        "DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:s3"]}],
    }]);
    assert!(!of(&lambda, &json!([])).record_objects(RECORDS, Access::Read));
}

#[test]
fn reads_and_writes_are_told_apart() {
    assert!(by_classic("ReadOnly", &["arn:aws:s3"], Access::Read));
    assert!(!by_classic("ReadOnly", &["arn:aws:s3"], Access::Write));
    assert!(by_classic("WriteOnly", &["arn:aws:s3"], Access::Write));
    assert!(by_advanced(&[("readOnly", "Equals", &["true"])], Access::Read));
    assert!(!by_advanced(&[("readOnly", "Equals", &["true"])], Access::Write));
    assert!(by_advanced(&[("readOnly", "Equals", &["false"])], Access::Write));
}

#[test]
fn an_advanced_selector_covers_a_bucket_that_it_neither_misses_nor_excludes() {
    let covered: [&[(&str, &str, &[&str])]; 7] = [
        &[],
        &[("resources.ARN", "StartsWith", &["arn:aws:s3:::records/"])],
        &[("resources.ARN", "StartsWith", &["arn:aws:s3:::other/", "arn:aws:s3:::rec"])],
        &[("resources.ARN", "NotStartsWith", &["arn:aws:s3:::trail-logs/"])],
        &[("resources.ARN", "NotEquals", &["arn:aws:s3:::other/file"])],
        &[("eventSource", "Equals", &["s3.amazonaws.com"])],
        &[("eventType", "Equals", &["AwsApiCall"])],
    ];
    for more in covered {
        assert!(by_advanced(more, Access::Read), "{more:?}");
    }
    let missed: [&[(&str, &str, &[&str])]; 8] = [
        &[("resources.ARN", "StartsWith", &["arn:aws:s3:::records/2025/"])],
        &[("resources.ARN", "Equals", &["arn:aws:s3:::records/file"])],
        &[("resources.ARN", "EndsWith", &[".pdf"])],
        &[("resources.ARN", "NotStartsWith", &["arn:aws:s3:::records/tmp/"])],
        &[("resources.ARN", "NotStartsWith", &["arn:aws:s3:::"])],
        &[("resources.ARN", "NotEquals", &["arn:aws:s3:::records/file"])],
        &[("eventName", "Equals", &["GetObject"])],
        &[("userIdentity.arn", "NotStartsWith", &["arn:aws:sts::123456789012:assumed-role/backup"])],
    ];
    for more in missed {
        assert!(!by_advanced(more, Access::Read), "{more:?}");
    }
    let of_management = json!([management(&[])]);
    assert!(!of(&json!([]), &of_management).record_objects(RECORDS, Access::Read));
}

#[test]
fn selectors_that_are_not_whole_decide_nothing() {
    assert!(TrailSelectors::parse(&json!([{"ReadWriteType": "All"}]), &json!([])).is_none());
    assert!(!of(&json!([]), &json!([])).record_objects(RECORDS, Access::Read));
}

#[test]
fn all_management_events_leave_out_no_source_and_neither_reads_nor_writes() {
    let selectors = |kind: &str, included: bool, excluded: &[&str]| {
        json!({
            "ReadWriteType": kind, "IncludeManagementEvents": included, "DataResources": [],
            "ExcludeManagementEventSources": excluded,
        })
    };
    let by_classic = |list: Value| of(&list, &json!([])).record_all_management();
    assert!(by_classic(json!([selectors("All", true, &[])])));
    assert!(by_classic(json!([selectors("ReadOnly", true, &[]), selectors("WriteOnly", true, &[])])));
    assert!(!by_classic(json!([selectors("WriteOnly", true, &[])])));
    assert!(!by_classic(json!([selectors("All", false, &[])])));
    assert!(!by_classic(json!([selectors("All", true, &["kms.amazonaws.com"])])));
    let by_advanced = |list: Value| of(&json!([]), &list).record_all_management();
    assert!(by_advanced(json!([management(&[])])));
    assert!(by_advanced(json!([
        management(&[("readOnly", "Equals", &["true"])]),
        management(&[("readOnly", "Equals", &["false"])])
    ])));
    assert!(!by_advanced(json!([management(&[("readOnly", "Equals", &["false"])])])));
    assert!(!by_advanced(json!([management(&[("eventSource", "NotEquals", &["kms.amazonaws.com"])])])));
    assert!(!by_advanced(objects(&[])));
}

#[test]
fn who_leaves_out_busy_sources_still_records_what_is_done() {
    for (source, expected) in [("kms.amazonaws.com", true), ("iam.amazonaws.com", false)] {
        let classic = json!([{
            "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
            "ExcludeManagementEventSources": [source],
        }]);
        let advanced = json!([management(&[("eventSource", "NotEquals", &[source])])]);
        for selectors in [of(&classic, &json!([])), of(&json!([]), &advanced)] {
            assert_eq!(selectors.record_management(Access::Write), expected, "{source}");
            assert!(!selectors.record_all_management());
            assert!(selectors.touch_management() && !selectors.holes_in_management().is_empty());
        }
    }
    let one_source = json!([management(&[("eventSource", "Equals", &["ec2.amazonaws.com"])])]);
    assert!(!of(&json!([]), &one_source).record_management(Access::Write));
}

#[test]
fn what_leaves_something_out_is_named() {
    let ignores_one = objects(&[("userIdentity.arn", "NotEquals", &["arn:aws:iam::1:role/a"])]);
    let selectors = of(&json!([]), &ignores_one);
    assert_eq!(selectors.holes_in_objects().into_iter().collect::<Vec<_>>(), ["userIdentity.arn"]);
    assert!(selectors.holes_in_management().is_empty());
}

#[test]
fn network_activity_is_recorded_by_service_wholly_or_where_it_was_denied() {
    let activity = |more: &[(&str, &str, &[&str])]| {
        let category: (&str, &str, &[&str]) = ("eventCategory", "Equals", &["NetworkActivity"]);
        let fields = [category]
            .into_iter()
            .chain(more.iter().copied())
            .map(|(name, operator, values)| field(name, operator, values));
        of(&json!([]), &json!([{"Name": null, "FieldSelectors": fields.collect::<Vec<_>>()}]))
    };
    let s3: (&str, &str, &[&str]) = ("eventSource", "Equals", &["s3.amazonaws.com"]);
    assert!(activity(&[s3]).record_network_activity("s3.amazonaws.com"));
    assert!(
        activity(&[s3, ("errorCode", "Equals", &["VpceAccessDenied"])]).record_network_activity("s3.amazonaws.com")
    );
    assert!(!activity(&[s3]).record_network_activity("kms.amazonaws.com"));
    let one = ("vpcEndpointId", "Equals", &["vpce-1"][..]);
    assert!(!activity(&[s3, one]).record_network_activity("s3.amazonaws.com"));
}
