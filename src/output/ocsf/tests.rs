use serde_json::{Value, json};

use super::super::fixture::{self, time};
use super::*;

fn written(report: &Report) -> String {
    let mut bytes = Vec::new();
    write_lines(report, Version::DEFAULT, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn events(report: &Report) -> Vec<Value> {
    written(report).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The event about a resource.
fn about(events: &[Value], name: &str) -> Value {
    events.iter().find(|event| event["resources"][0]["name"] == name).unwrap().clone()
}

#[test]
fn a_failure_an_undecided_finding_and_a_waived_one() {
    let report = fixture::mixed();
    let scan = Scan::of(&report, Version::DEFAULT);
    let mut golden = Vec::new();
    for name in ["records", "claims", "sandbox"] {
        let mut tracked = lifecycle::tracked(&report);
        let tracked = tracked.find(|tracked| tracked.finding.resource.id.as_deref() == Some(name)).unwrap();
        json::write_value(&ComplianceEvent::of(&tracked, &scan), &mut golden).unwrap();
    }
    insta::assert_snapshot!(String::from_utf8(golden).unwrap());
}

#[test]
fn every_finding_is_an_event_and_every_line_one() {
    let report = fixture::mixed();
    assert_eq!(events(&report).len(), report.findings.len());
    assert_eq!(written(&fixture::empty()), "");
}

#[test]
fn the_array_holds_the_events_of_the_lines() {
    for report in [fixture::mixed(), fixture::tracked(), fixture::hostile(), fixture::empty()] {
        let mut bytes = Vec::new();
        write_array(&report, Version::DEFAULT, &mut bytes).unwrap();
        assert_eq!(serde_json::from_slice::<Vec<Value>>(&bytes).unwrap(), events(&report));
    }
}

#[test]
fn an_event_says_which_version_it_follows() {
    for version in Version::ALL {
        let mut bytes = Vec::new();
        write_lines(&fixture::clean(), version, &mut bytes).unwrap();
        for line in String::from_utf8(bytes).unwrap().lines() {
            assert_eq!(serde_json::from_str::<Value>(line).unwrap()["metadata"]["version"], version.as_str());
        }
    }
    let error = "1.7".parse::<Version>().unwrap_err();
    assert_eq!(error.message, "OCSF version `1.7` is not supported");
    assert_eq!(error.help.unwrap(), "use one of: 1.5.0, 1.6.0, 1.8.0");
}

#[test]
fn what_was_not_decided_is_a_warning_that_names_the_failed_call_and_never_a_pass_or_a_failure() {
    let mut seen = 0;
    for event in events(&fixture::mixed()).iter().filter(|event| event["unmapped"]["verdict"] == "unknown") {
        assert_eq!((&event["compliance"]["status_id"], &event["compliance"]["status"]), (&json!(2), &json!("Warning")));
        seen += event["evidences"].as_array().map_or(0, |items| {
            let operations = items.iter().filter_map(|item| item["api"]["operation"].as_str());
            operations.filter(|operation| event["status_detail"].as_str().unwrap().contains(operation)).count()
        });
    }
    assert_eq!(seen, 4);
}

#[test]
fn a_finding_lives_as_the_comparison_says() {
    let events = events(&fixture::tracked());
    let life = |name: &str| {
        let event = about(&events, name);
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        [word(&event["activity_name"]), word(&event["status"]), word(&event["compliance"]["status"])].join(", ")
    };
    assert_eq!(life("fresh"), "Create, New, Fail");
    assert_eq!(life("old"), "Update, New, Fail");
    assert_eq!(life("accepted"), "Update, Suppressed, Fail");
    assert_eq!(life("blurred"), "Update, New, Warning");
    assert_eq!(life("mended"), "Close, Resolved, Pass");
    assert_eq!(life("replica"), "Close, Resolved, Not Applicable");
    assert_eq!(life("deleted"), "Close, Resolved, Not Applicable");
    assert_eq!(life("steady"), "Update, Pass, Pass");
    assert_eq!(life("first-seen"), "Create, Pass, Pass");
    assert!(events.iter().all(|event| event["resources"][0]["name"] != "not-looked-at"));
}

#[test]
fn times_are_milliseconds_and_tell_when_a_problem_was_seen() {
    let events = events(&fixture::tracked());
    let (old, mended) = (about(&events, "old"), about(&events, "mended"));
    assert_eq!(old["time"], 1_767_268_800_000_i64);
    assert_eq!(old["time_dt"], "2026-01-01T12:00:00Z");
    assert_eq!(old["finding_info"]["first_seen_time_dt"], "2025-11-01T12:00:00Z");
    assert_eq!(old["finding_info"]["last_seen_time_dt"], "2026-01-01T12:00:00Z");
    assert_eq!(mended["finding_info"]["last_seen_time_dt"], "2025-12-01T12:00:00Z");
    assert_eq!(about(&events, "steady")["finding_info"]["last_seen_time"], Value::Null);
}

#[test]
fn the_uid_is_the_findings_and_survives_another_scan() {
    let mut later = fixture::mixed();
    later.scan.started_at = time("2026-02-01T12:00:00Z");
    later.findings.iter_mut().for_each(|finding| finding.observed_at = later.scan.started_at);
    let uids = |report: &Report| -> Vec<Value> {
        events(report).into_iter().map(|event| event["finding_info"]["uid"].clone()).collect()
    };
    assert_eq!(uids(&fixture::mixed()), uids(&later));
    assert_ne!(events(&fixture::mixed())[0]["metadata"]["uid"], events(&later)[0]["metadata"]["uid"]);
}

#[test]
fn hostile_texts_are_exact_for_programs_and_harmless_for_terminals() {
    let written = written(&fixture::hostile());
    assert!(!written.chars().any(|character| character != '\n' && text::is_hostile(character)));
    let events = events(&fixture::hostile());
    for hostile in fixture::HOSTILE {
        assert!(events.iter().any(|event| event["message"] == hostile), "{hostile:?}");
    }
}
