use std::collections::BTreeSet;

use serde_json::json;

use super::*;

const NOW: &str = "2026-01-01T00:00:00Z";
const WRITES: Events<'_> = Events::Management(Access::Write);

/// A trail that has it all, with these facts otherwise; null for a fact that was not read.
fn trail(changes: Value) -> Value {
    let mut facts = json!({
        "HomeRegion": "us-east-1", "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": true,
        "IsOrganizationTrail": false, "IsLogging": true, "LatestDeliveryError": null,
        "LatestDeliveryTime": "2025-12-31T23:50:00Z", "EventSelectors": [], "AdvancedEventSelectors": [],
        "HasCustomEventSelectors": false,
    });
    change(&mut facts, changes);
    facts
}

fn store(changes: Value) -> Value {
    let mut facts = json!({
        "EventDataStoreArn": "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/1", "MultiRegionEnabled": true,
        "Status": "ENABLED", "AdvancedEventSelectors": [selector("eventCategory", "Equals", "Management")],
    });
    change(&mut facts, changes);
    facts
}

fn change(facts: &mut Value, changes: Value) {
    for (name, value) in changes.as_object().unwrap() {
        match value.as_str() {
            Some("not read") => drop(facts.as_object_mut().unwrap().remove(name)),
            _ => facts[name] = value.clone(),
        }
    }
}

fn selector(field: &str, operator: &str, value: &str) -> Value {
    let mut condition = json!({
        "Field": field, "Equals": [], "StartsWith": [], "EndsWith": [], "NotEquals": [], "NotStartsWith": [],
        "NotEndsWith": [],
    });
    condition[operator] = json!([value]);
    json!({"Name": null, "FieldSelectors": [condition]})
}

fn of_trail(facts: &Value, events: Events<'_>, region: Option<&str>) -> Recording {
    trail_records(&mut |name| facts.get(name), events, region, NOW.parse().unwrap())
}

fn of_store(facts: &Value, events: Events<'_>, region: Option<&str>) -> Recording {
    store_records(&mut |name| facts.get(name), events, region)
}

#[test]
fn a_trail_that_logs_and_delivers_is_effective_everywhere() {
    for region in [Some("us-east-1"), Some("eu-west-1"), None] {
        let recording = of_trail(&trail(json!({})), WRITES, region);
        assert_eq!(recording, Recording::default(), "{region:?}");
        assert_eq!(of_trail(&trail(json!({})), Events::AllManagement, region).truth, Truth::True);
        assert_eq!(of_store(&store(json!({})), WRITES, region), Recording::default(), "{region:?}");
    }
}

#[test]
fn a_dead_trail_says_what_is_wrong_with_it() {
    let nothing_of_management = json!([{
        "ReadWriteType": "All", "IncludeManagementEvents": false, "ExcludeManagementEventSources": [],
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::records/"]}],
    }]);
    let one_user_left_out = json!([
        {"Name": null, "FieldSelectors": [
            selector("eventCategory", "Equals", "Management")["FieldSelectors"][0],
            selector("userIdentity.arn", "NotEquals", "arn:aws:iam::1:user/x")["FieldSelectors"][0],
        ]},
    ]);
    for (changes, fault) in [
        (json!({"IsLogging": false}), "is stopped"),
        (json!({"LatestDeliveryError": "NoSuchBucket"}), "cannot deliver (NoSuchBucket)"),
        (json!({"IsMultiRegionTrail": false}), "records us-east-1 only"),
        (json!({"EventSelectors": nothing_of_management}), "records no management events"),
        (json!({"AdvancedEventSelectors": one_user_left_out}), "leaves out management events (by userIdentity.arn)"),
    ] {
        let recording = of_trail(&trail(changes.clone()), WRITES, Some("eu-west-1"));
        assert_eq!((recording.truth, recording.faults), (Truth::False, vec![fault.to_owned()]), "{changes}");
    }
}

#[test]
fn a_dead_store_says_what_is_wrong_with_it() {
    for (changes, fault) in [
        (json!({"Status": "STOPPED_INGESTION"}), "takes in no events (status STOPPED_INGESTION)"),
        (json!({"MultiRegionEnabled": false}), "records us-east-1 only"),
        (
            json!({"AdvancedEventSelectors": [selector("eventCategory", "Equals", "ConfigurationItem")]}),
            "records no management events",
        ),
    ] {
        let recording = of_store(&store(changes.clone()), WRITES, Some("eu-west-1"));
        assert_eq!((recording.truth, recording.faults), (Truth::False, vec![fault.to_owned()]), "{changes}");
    }
    assert_eq!(of_store(&store(json!({"MultiRegionEnabled": false})), WRITES, Some("us-east-1")).truth, Truth::True);
    let starting = of_store(&store(json!({"Status": "STARTING_INGESTION"})), WRITES, None);
    assert_eq!((starting.truth, starting.doubts.len()), (Truth::Unknown, 1));
}

#[test]
fn every_fact_that_was_not_read_leaves_it_open_and_a_known_fault_decides() {
    for fact in
        ["IsMultiRegionTrail", "IsLogging", "LatestDeliveryError", "LatestDeliveryTime", "IncludeGlobalServiceEvents"]
    {
        let recording = of_trail(&trail(json!({fact: "not read"})), WRITES, None);
        assert_eq!(recording.truth, Truth::Unknown, "{fact}");
        let mut stopped = trail(json!({fact: "not read"}));
        stopped["IsLogging"] = json!(false);
        assert_eq!(of_trail(&stopped, WRITES, None).truth, Truth::False, "{fact}");
    }
    for fact in ["MultiRegionEnabled", "Status", "AdvancedEventSelectors"] {
        assert_eq!(of_store(&store(json!({fact: "not read"})), WRITES, None).truth, Truth::Unknown, "{fact}");
    }
}

#[test]
fn a_trail_of_management_events_that_has_long_been_silent_is_in_doubt() {
    for time in [json!(null), json!("2025-12-23T00:00:00Z")] {
        let recording = of_trail(&trail(json!({"LatestDeliveryTime": time})), WRITES, None);
        assert_eq!((recording.truth, recording.doubts.len()), (Truth::Unknown, 1), "{time}");
    }
    let weekly = trail(json!({"LatestDeliveryTime": "2025-12-25T00:00:00Z"}));
    assert_eq!(of_trail(&weekly, WRITES, None).truth, Truth::True);
}

#[test]
fn a_trail_of_one_bucket_alone_may_be_silent() {
    let selectors = json!([{
        "ReadWriteType": "All", "IncludeManagementEvents": false, "ExcludeManagementEventSources": [],
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::records/"]}],
    }]);
    let facts = trail(json!({"EventSelectors": selectors, "LatestDeliveryTime": null}));
    let events = Events::Objects("arn:aws:s3:::records", Access::Read);
    assert_eq!(of_trail(&facts, events, Some("us-east-1")).truth, Truth::True);
}

#[test]
fn members_know_of_the_organizations_trail_whether_it_has_selectors() {
    let unread =
        json!({"EventSelectors": "not read", "AdvancedEventSelectors": "not read", "IsOrganizationTrail": true});
    assert_eq!(of_trail(&trail(unread.clone()), Events::AllManagement, None).truth, Truth::True);
    let objects = Events::Objects("arn:aws:s3:::records", Access::Read);
    assert_eq!(of_trail(&trail(unread.clone()), objects, None).truth, Truth::False);
    let mut custom = trail(unread);
    custom["HasCustomEventSelectors"] = json!(true);
    let recording = of_trail(&custom, WRITES, None);
    assert_eq!((recording.truth, recording.doubts.len()), (Truth::Unknown, 1));
}

#[test]
fn only_the_facts_that_are_declared_are_read() {
    let mut read = BTreeSet::new();
    let organization = json!({"EventSelectors": "not read", "IsOrganizationTrail": true});
    let trails = [trail(json!({})), trail(organization)];
    for (facts, region) in trails.iter().zip([None, Some("eu-west-1")]) {
        trail_records(
            &mut |name| {
                assert!(TRAIL.1.contains(&name), "{name}");
                read.insert(name);
                facts.get(name)
            },
            WRITES,
            region,
            NOW.parse().unwrap(),
        );
    }
    of_trail(&trail(json!({"IsMultiRegionTrail": false})), WRITES, Some("us-east-1"));
    let rest: Vec<_> = TRAIL.1.iter().filter(|name| !read.contains(**name)).collect();
    assert_eq!(rest, [&"HomeRegion"], "the home region matters only to a trail of one region");
    store_records(
        &mut |name| {
            assert!(EVENT_DATA_STORE.1.contains(&name), "{name}");
            None
        },
        WRITES,
        None,
    );
}
