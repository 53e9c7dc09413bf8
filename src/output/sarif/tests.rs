use std::collections::BTreeSet;

use super::super::fixture::{self, TIME, time};
use super::super::markup::tests::dangers;
use super::super::text::is_hostile;
use super::*;
use crate::model::{Change, ChangeCounts, Comparison, History};

fn written(report: &Report) -> Value {
    let mut bytes = Vec::new();
    write(report, &mut bytes).unwrap();
    assert!(!std::str::from_utf8(&bytes).unwrap().trim_end().chars().any(is_hostile));
    serde_json::from_slice(&bytes).unwrap()
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

/// A failure in PHI scope, a waived one, an undecided resource and an undecided list, with only their rules.
fn few() -> Report {
    let mut report = fixture::mixed();
    report.findings.retain(|finding| match (finding.verdict, finding.resource.id.as_deref()) {
        (Verdict::Fail, id) => matches!(id, Some("records" | "sandbox")),
        (Verdict::Unknown, id) => matches!(id, None | Some("claims")) && finding.rule != fixture::TLS.id,
        _ => false,
    });
    let used: BTreeSet<&String> = report.findings.iter().map(|finding| &finding.rule).collect();
    report.rules.retain(|rule| used.contains(&rule.id));
    report
}

#[test]
fn failures_and_what_is_not_known() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&written(&few())).unwrap());
}

#[test]
fn what_explains_a_rule() {
    let mut rule = few().rules.remove(0);
    rule.remediation.terraform = Some("resource \"aws_s3_bucket\" \"b\" {\n}".to_owned());
    let descriptor = rules::descriptor(&rule, Severity::Critical);
    insta::assert_snapshot!(descriptor["help"]["markdown"].as_str().unwrap());
}

#[test]
fn passes_are_left_out_and_everything_else_is_there_once() {
    for report in [fixture::mixed(), fixture::clean(), fixture::incomplete(), fixture::empty(), fixture::hostile()] {
        let log = written(&report);
        assert_eq!(results(&log).len(), report.summary.fail + report.summary.unknown);
        let prints: BTreeSet<&str> = results(&log)
            .iter()
            .map(|one| one["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap())
            .collect();
        assert_eq!(prints.len(), results(&log).len());
    }
}

#[test]
fn an_undecided_finding_is_open_and_has_no_level_of_its_own() {
    let log = written(&fixture::mixed());
    let open: Vec<&Value> = results(&log).iter().filter(|one| one["kind"] == "open").collect();
    assert_eq!(open.len(), fixture::mixed().summary.unknown);
    for one in open {
        assert!(one.get("level").is_none());
        assert!(one["message"]["text"].as_str().unwrap().starts_with("UNKNOWN, neither a pass nor a failure: "));
    }
}

#[test]
fn every_result_is_of_a_rule_that_is_described() {
    for report in [fixture::mixed(), fixture::hostile()] {
        let log = written(&report);
        let rules = &log["runs"][0]["tool"]["driver"]["rules"];
        for one in results(&log) {
            let place = usize::try_from(one["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[place]["id"], one["ruleId"]);
        }
    }
}

#[test]
fn a_rule_is_shown_with_the_worst_severity_among_its_results() {
    let log = written(&fixture::mixed());
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let score =
        |id: &str| rules.iter().find(|rule| rule["id"] == id).unwrap()["properties"]["security-severity"].clone();
    assert_eq!(score(fixture::TLS.id), "9.5", "one bucket holds PHI");
    assert_eq!(score(fixture::BACKUP.id), "5.5");
}

#[test]
fn tags_are_at_most_twenty_and_of_both_frameworks() {
    let mut rule = few().rules.remove(0);
    rule.hipaa = (0..30).map(|number| format!("164.308(a)({number})")).collect();
    let tags = rules::descriptor(&rule, rule.severity)["properties"]["tags"].clone();
    let tags: Vec<&str> = tags.as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
    assert_eq!(tags.len(), rules::TAGS_LIMIT);
    assert_eq!(tags[0], "security");
    assert!(rule.soc2.iter().all(|id| tags.contains(&format!("SOC 2 {id}").as_str())));
}

#[test]
fn more_than_github_takes_is_cut_from_the_mild_end_and_said() {
    let mut bytes = Vec::new();
    write_at_most(10, &fixture::mixed(), &mut bytes).unwrap();
    let log: Value = serde_json::from_slice(&bytes).unwrap();
    let severities: Vec<&str> =
        results(&log).iter().map(|one| one["properties"]["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["critical"; 5].into_iter().chain(["high"; 5]).collect::<Vec<_>>());
    let said = log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    insta::assert_snapshot!(said, @"14 results were cut, the least severe: GitHub takes at most 10 of a run. The JSON report has all.");
}

#[test]
fn what_was_not_read_is_a_notification_and_the_upload_is_not_refused() {
    let log = written(&fixture::mixed());
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert_eq!(invocation["properties"]["complete"], false);
    let levels: Vec<&Value> =
        invocation["toolExecutionNotifications"].as_array().unwrap().iter().map(|one| &one["level"]).collect();
    assert_eq!(levels, ["error", "error", "error", "error", "warning"]);
}

#[test]
fn a_comparison_names_its_baseline() {
    let mut report = few();
    let earlier = {
        let mut earlier = few();
        earlier.scan.started_at = time("2025-12-31T12:00:00Z");
        written(&earlier)["runs"][0]["automationDetails"]["guid"].clone()
    };
    let changes = [Change::New, Change::StillFailing, Change::Changed, Change::NewlyUnknown];
    for (finding, change) in report.findings.iter_mut().zip(changes) {
        finding.history =
            Some(History { change, first_seen: time(TIME), last_seen: time(TIME), before: None, detail: None });
    }
    report.comparison = Some(Comparison {
        baseline_is_complete: true,
        differences: vec![],
        baseline_started_at: time("2025-12-31T12:00:00Z"),
        counts: ChangeCounts::default(),
        no_longer_reported: vec![],
    });
    let log = written(&report);
    assert_eq!(log["runs"][0]["baselineGuid"], earlier);
    let states: BTreeSet<&str> = results(&log).iter().map(|one| one["baselineState"].as_str().unwrap()).collect();
    assert_eq!(states, BTreeSet::from(["new", "unchanged", "updated"]));
}

#[test]
fn hostile_names_make_no_link_no_placeholder_and_no_path_upward() {
    let mut report = fixture::hostile();
    for (finding, id) in report.findings.iter_mut().zip(["..", "../../x", "/etc", "a/b", "%2e%2e", "{0}"]) {
        finding.resource.id = Some(id.to_owned());
    }
    let log = written(&report);
    for one in results(&log) {
        let text = one["message"]["text"].as_str().unwrap();
        assert!(!text.contains("]("));
        assert!(!text.replace("{{", "").replace("}}", "").contains(['{', '}']));
        let path = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        let steps: Vec<&str> = path.split('/').collect();
        assert_eq!(steps.len(), 5, "{path}");
        assert!(
            steps.iter().all(|step| !step.is_empty() && !matches!(*step, "." | "..") && step.len() < 220),
            "{path}"
        );
    }
}

#[test]
fn the_help_of_a_hostile_rule_is_words_and_code() {
    for text in fixture::HOSTILE {
        let mut rule = few().rules.remove(0);
        (rule.title, rule.why, rule.pass) = (text.to_owned(), text.to_owned(), text.to_owned());
        (rule.remediation.summary, rule.remediation.cli) = (text.to_owned(), Some(text.to_owned()));
        (rule.references, rule.hipaa) = (vec![text.to_owned()], vec![text.to_owned()]);
        let descriptor = rules::descriptor(&rule, rule.severity);
        assert_eq!(dangers(descriptor["help"]["markdown"].as_str().unwrap()), Vec::<String>::new());
        assert!(descriptor.get("helpUri").is_none());
    }
}
