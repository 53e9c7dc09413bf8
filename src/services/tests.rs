use serde_json::json;

use super::*;
use crate::catalog::services::Override;
use crate::model::{Header, SNAPSHOT_SCHEMA_VERSION};

const ACCOUNT: &str = "123456789012";

fn resource(kind: &str, region: &str, facts: Value) -> Resource {
    let id = facts.to_string();
    Resource {
        kind: kind.to_owned(),
        id,
        arn: None,
        account: ACCOUNT.parse().unwrap(),
        region: region.parse().unwrap(),
        facts,
    }
}

fn snapshot(resources: Vec<Resource>) -> Snapshot {
    let kinds = ["AWS::S3::Bucket", EVENT_HISTORY, LAST_ACCESSED, TAGGED_RESOURCE];
    let header = Header {
        schema_version: SNAPSHOT_SCHEMA_VERSION,
        account: ACCOUNT.parse().unwrap(),
        partition: "aws".to_owned(),
        caller: None,
        enabled_regions: None,
        regions: vec!["us-east-1".parse().unwrap()],
        taken_at: "2026-08-30T23:59:00Z".parse().unwrap(),
        finished_at: "2026-08-31T00:01:00Z".parse().unwrap(),
        tool_version: "0.1.0".to_owned(),
        kinds: kinds.map(str::to_owned).to_vec(),
    };
    Snapshot { header, resources, gaps: Vec::new(), calls: Vec::new() }
}

fn history(sources: &[(&str, &str)], ended_by: &str) -> Resource {
    let seen = |(source, time): &(&str, &str)| json!({"EventSource": source, "LastEventTime": time});
    let back = if ended_by == "end of history" { Value::Null } else { json!("2026-08-30T00:00:00Z") };
    let facts = json!({
        "EventSources": sources.iter().map(seen).collect::<Vec<_>>(),
        "ReadBackTo": back,
        "SourcesSettled": [],
        "EndedBy": ended_by,
    });
    resource(EVENT_HISTORY, "us-east-1", facts)
}

fn accessed(services: Value) -> Resource {
    let facts = json!({"Services": services, "PrincipalsRead": 3, "PrincipalsNotAsked": 0, "RolesNeverUsed": 2});
    resource(LAST_ACCESSED, "global", facts)
}

fn complete() -> Vec<Resource> {
    vec![history(&[], "end of history"), accessed(json!([]))]
}

fn kinds() -> Kinds {
    [Kind::of::<()>("AWS::S3::Bucket", "s3", Scope::Account)].into_iter().collect()
}

fn of(snapshot: &Snapshot) -> Survey {
    survey(snapshot, &kinds(), &EligibilityList::builtin().unwrap())
}

fn gap(population: &str, region: &str) -> Gap {
    Gap {
        account: ACCOUNT.parse().unwrap(),
        region: region.parse().unwrap(),
        service: "cloudtrail".to_owned(),
        operation: "LookupEvents".to_owned(),
        resource: None,
        class: GapClass::Denied,
        code: "AccessDenied".to_owned(),
        message: "no".to_owned(),
        request_id: None,
        facts: Vec::new(),
        population: vec![population.to_owned()],
        iam_actions: vec!["cloudtrail:LookupEvents".to_owned()],
    }
}

fn row<'s>(survey: &'s Survey, service: &str) -> Option<&'s ServiceRow> {
    survey.services.services.iter().find(|row| row.service == service)
}

fn facts<'s>(survey: &'s Survey, service: &str) -> &'s Value {
    &survey.resources.iter().find(|resource| resource.id == service).unwrap().facts
}

fn populations(survey: &Survey) -> Vec<&Gap> {
    survey.gaps.iter().filter(|gap| !gap.population.is_empty()).collect()
}

#[test]
fn what_any_witness_saw_is_in_use_and_all_who_saw_it_are_named() {
    let survey = of(&snapshot(vec![
        history(&[("dynamodb.amazonaws.com", "2026-08-01T00:00:00Z")], "end of history"),
        accessed(json!([
            {"ServiceNamespace": "dynamodb", "LastAuthenticated": "2026-08-20T00:00:00Z",
             "LastWrite": "2026-08-10T00:00:00Z", "MayHaveWritten": false},
            {"ServiceNamespace": "braket", "LastAuthenticated": "2026-08-20T00:00:00Z", "LastWrite": null,
             "MayHaveWritten": false},
        ])),
        resource(TAGGED_RESOURCE, "us-east-1", json!({"Service": "dynamodb"})),
        resource("AWS::S3::Bucket", "us-east-1", json!({})),
        resource("AWS::Account", "global", json!({})),
    ]));
    let found = row(&survey, "dynamodb").unwrap();
    assert_eq!(found.witnesses, ["CloudTrail event history", "IAM last-accessed reports", "tagged resources"]);
    assert_eq!(found.last_seen, Some("2026-08-10T00:00:00Z".parse().unwrap()), "what was read later is no use");
    assert_eq!((found.eligibility, found.reason.as_deref()), (Eligibility::Eligible, None));
    assert_eq!(row(&survey, "s3").unwrap().witnesses, ["resources collected"]);
    assert_eq!(survey.services.services.len(), 2, "an account is no service, and braket was only read");
    assert!(survey.services.witnesses[1].reach.contains("only read: braket"));
    assert!(survey.services.witnesses.iter().all(|witness| witness.is_complete));
    assert!(survey.gaps.is_empty());
    assert_eq!(facts(&survey, "dynamodb")["IsCovered"], true);
}

#[test]
fn the_list_has_its_date_and_its_age_on_the_day_of_reading() {
    let survey = of(&snapshot(complete()));
    assert_eq!((survey.services.list_date.as_str(), survey.services.list_age_days), ("2026-05-22", 100));
    assert!(!survey.services.is_old() && survey.warnings.is_empty());
    let mut later = snapshot(complete());
    later.header.taken_at = "2026-09-20T00:00:00Z".parse().unwrap();
    assert_eq!((of(&later).services.list_age_days, of(&later).services.is_old()), (121, true));
    assert!(of(&later).warnings[0].contains("of 2026-05-22, 121 days old"), "{:?}", of(&later).warnings);
}

#[test]
fn each_standing_has_its_facts_and_what_people_must_decide_is_a_question() {
    let sources = ["lightsail", "s3tables", "acme", "social-messaging", "sagemaker", "iam"];
    let sources: Vec<String> = sources.iter().map(|source| format!("{source}.amazonaws.com")).collect();
    let seen: Vec<(&str, &str)> = sources.iter().map(|source| (source.as_str(), "2026-08-01T00:00:00Z")).collect();
    let survey = of(&snapshot(vec![history(&seen, "end of history"), accessed(json!([]))]));
    for (service, eligibility, is_covered, uses_excluded) in [
        ("lightsail", "not_listed", json!(false), json!(false)),
        ("s3tables", "review", Value::Null, json!(false)),
        ("acme", "unknown", Value::Null, json!(false)),
        ("social-messaging", "excluded", json!(false), json!(true)),
        ("sagemaker", "eligible", json!(true), Value::Null),
        ("iam", "administrative", json!(true), json!(false)),
    ] {
        let facts = facts(&survey, service);
        assert_eq!(facts["Eligibility"], eligibility);
        for (name, value) in [("IsCovered", &is_covered), ("UsesExcludedFeature", &uses_excluded)] {
            assert_eq!(facts.get(name), Some(value).filter(|value| !value.is_null()), "{service} {name}");
        }
        let asked = survey.gaps.iter().filter(|gap| gap.resource.as_deref() == Some(service)).collect::<Vec<_>>();
        let open = [&is_covered, &uses_excluded].iter().filter(|value| value.is_null()).count();
        assert_eq!(asked.len(), open, "{service}");
        assert!(asked.iter().all(|gap| gap.is_open_question()));
    }
    let question = |service: &str| {
        let gap = survey.gaps.iter().find(|gap| gap.resource.as_deref() == Some(service)).unwrap();
        gap.message.clone()
    };
    insta::assert_snapshot!(question("s3tables"), @"whether AWS's list of 2026-05-22, 100 days old, covers Amazon S3 Tables is to review (Amazon S3 is listed, S3 Tables is not named); decide it in `eligible_services` of the config file");
    insta::assert_snapshot!(question("acme"), @"whether AWS's list of 2026-05-22, 100 days old, covers `acme` is not known: no section of the list that this build carries knows it; decide it in `eligible_services` of the config file");
    assert!(
        question("sagemaker").contains("only people can see whether that includes what the list excludes: Public and")
    );
}

#[test]
fn requests_that_perhaps_only_read_leave_the_use_open() {
    let request = json!([{"ServiceNamespace": "workmail", "LastAuthenticated": "2026-08-20T00:00:00Z", "LastWrite": null,
                          "MayHaveWritten": true}]);
    let only_iam = of(&snapshot(vec![history(&[], "end of history"), accessed(request.clone())]));
    assert_eq!(facts(&only_iam, "workmail").get("IsInUse"), None);
    assert_eq!(row(&only_iam, "workmail").unwrap().reason.as_deref(), Some("perhaps only read"));
    assert!(only_iam.gaps.iter().any(|gap| gap.facts == ["AWS::Service.IsInUse"]));
    let written = history(&[("workmail.amazonaws.com", "2026-08-01T00:00:00Z")], "end of history");
    let both = of(&snapshot(vec![written, accessed(request)]));
    assert_eq!(facts(&both, "workmail")["IsInUse"], true);
}

#[test]
fn a_witness_that_failed_leaves_the_list_of_services_open_once_for_the_account() {
    let mut denied = snapshot(complete());
    denied.gaps = vec![gap(EVENT_HISTORY, "us-east-1"), gap(EVENT_HISTORY, "us-west-2")];
    let survey = of(&denied);
    let open = populations(&survey);
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].region.as_str(), open[0].population.as_slice()), ("global", &[SERVICE.to_owned()][..]));
    assert_eq!(open[0].iam_actions, ["cloudtrail:LookupEvents"], "what would repair it is still known");
    let witness = &survey.services.witnesses[0];
    assert!(!witness.is_complete);
    assert!(witness.reach.ends_with("MISSING: cloudtrail:LookupEvents access denied (us-east-1, us-west-2)"));
}

#[test]
fn a_witness_that_was_never_asked_is_missing() {
    let mut old = snapshot(Vec::new());
    old.header.kinds = vec!["AWS::S3::Bucket".to_owned()];
    let survey = of(&old);
    let complete: Vec<bool> = survey.services.witnesses.iter().map(|witness| witness.is_complete).collect();
    assert_eq!(complete, [false, false, false, true]);
    assert_eq!(populations(&survey).len(), 3, "each says of itself that it was not asked");
}

#[test]
fn a_budget_that_ended_leaves_open_what_it_did_not_reach() {
    let survey = of(&snapshot(vec![history(&[], "budget spent"), accessed(json!([]))]));
    let open = populations(&survey);
    assert_eq!((open.len(), open[0].code.as_str()), (1, Gap::BUDGET_SPENT));
    assert!(open[0].message.contains("in us-east-1 it ended with"), "{}", open[0].message);
    let mut settled = history(&[], "every source asked for");
    settled.facts["SourcesSettled"] = json!(EligibilityList::builtin().unwrap().event_sources_in_doubt());
    let survey = of(&snapshot(vec![settled.clone(), accessed(json!([]))]));
    assert!(populations(&survey).is_empty(), "every source that matters was asked for");
    assert!(survey.services.witnesses[0].reach.contains("asked for by name in us-east-1 (whole back to 2026-08-30"));
    let newer = EligibilityList::builtin().unwrap().with(&[entry("acme", Eligibility::NotListed)]);
    let again = super::survey(&snapshot(vec![settled, accessed(json!([]))]), &kinds(), &newer);
    assert_eq!(populations(&again).len(), 1, "the snapshot knows nothing of a source that only today's list names");
}

#[test]
fn a_list_of_resources_that_failed_matters_only_where_nobody_else_saw_the_service() {
    let mut denied = snapshot(complete());
    denied.gaps = vec![gap("AWS::S3::Bucket", "global")];
    assert_eq!(populations(&of(&denied)).len(), 1);
    denied.resources.push(resource(TAGGED_RESOURCE, "us-east-1", json!({"Service": "s3"})));
    assert!(populations(&of(&denied)).is_empty());
}

fn entry(service: &str, eligibility: Eligibility) -> Override {
    Override { service: service.to_owned(), eligibility, reason: "the contract says so".to_owned() }
}

#[test]
fn the_users_entries_count_are_shown_and_are_missed_where_they_change_nothing() {
    let list = EligibilityList::builtin().unwrap();
    let list = list.with(&[entry("s3tables", Eligibility::Eligible), entry("acme", Eligibility::NotListed)]);
    let seen = history(&[("s3tables.amazonaws.com", "2026-08-01T00:00:00Z")], "end of history");
    let survey = super::survey(&snapshot(vec![seen, accessed(json!([]))]), &kinds(), &list);
    assert_eq!(facts(&survey, "s3tables")["IsCovered"], true);
    let reason = row(&survey, "s3tables").unwrap().reason.as_deref();
    assert_eq!(reason, Some("by the config file: the contract says so"));
    assert_eq!(survey.warnings.len(), 1);
    assert!(survey.warnings[0].starts_with("the entry `acme` of `eligible_services`"), "{:?}", survey.warnings);
}
