use super::super::fixture;
use super::super::markup::tests::dangers;
use super::super::text::is_hostile;
use super::words::token;
use super::*;
use crate::catalog::Catalog;
use crate::model::{AttestationState, RequirementAttestation, RequirementVerdict, Summary};

fn written(report: &Report) -> Value {
    let mut bytes = Vec::new();
    write(report, &mut bytes).unwrap();
    assert!(!std::str::from_utf8(&bytes).unwrap().trim_end().chars().any(is_hostile));
    serde_json::from_slice(&bytes).unwrap()
}

fn result(document: &Value) -> &Value {
    &document["assessment-results"]["results"][0]
}

fn list<'v>(document: &'v Value, name: &str) -> &'v [Value] {
    result(document)[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A pass, a failure, a waived one and an undecided finding; one requirement of each verdict.
fn few() -> Report {
    let mut report = fixture::mixed();
    report.findings.retain(|finding| match (finding.verdict, finding.resource.id.as_deref()) {
        (Verdict::Pass, id) => id == Some("b7"),
        (Verdict::Fail, id) => matches!(id, Some("records" | "sandbox")),
        (Verdict::Unknown, id) => matches!(id, None | Some("claims")) && finding.rule != fixture::PUBLIC.id,
        _ => false,
    });
    report.gaps.truncate(2);
    report.requirements.retain(|row| !matches!(row.id.as_str(), "164.312(a)(1)" | "164.312(e)(1)" | "CC6.1"));
    report
}

/// The attested twin of a requirement.
fn attested(report: &mut Report) {
    let row = &mut report.requirements[1];
    row.verdict = RequirementVerdict::Attested;
    row.attestation = Some(RequirementAttestation {
        state: AttestationState::Attested,
        rules: vec![fixture::BACKUP.id.to_owned()],
        findings: Summary { pass: 1, ..Summary::default() },
        valid_until: Some("2026-12-31".to_owned()),
    });
}

#[test]
fn assessment_results() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&written(&few())).unwrap());
}

#[test]
fn only_a_failure_that_was_seen_has_the_reason_fail_and_only_what_was_shown_the_reason_pass() {
    let mut report = fixture::mixed();
    attested(&mut report);
    let document = written(&report);
    let findings = list(&document, "findings");
    let rows: Vec<&RequirementRow> =
        report.requirements.iter().filter(|row| row.verdict != RequirementVerdict::NotAssessed).collect();
    assert_eq!(findings.len(), rows.len());
    for (finding, row) in findings.iter().zip(rows) {
        let status = &finding["target"]["status"];
        let (state, reason) = (status["state"].as_str().unwrap(), status["reason"].as_str().unwrap());
        assert_eq!(reason == "fail", row.verdict == RequirementVerdict::NotMet);
        assert_eq!(reason == "pass", row.verdict == RequirementVerdict::Met);
        assert_eq!(state == "satisfied", row.verdict == RequirementVerdict::Met, "nothing is satisfied by word alone");
    }
}

#[test]
fn what_people_attest_is_examined_and_said_to_stand_on_their_word() {
    let mut report = fixture::mixed();
    attested(&mut report);
    let document = written(&report);
    assert_eq!(list(&document, "attestations").len(), 1);
    for (observation, finding) in list(&document, "observations").iter().zip(&report.findings) {
        let method = if finding.rule == fixture::BACKUP.id { "EXAMINE" } else { "TEST" };
        assert_eq!(observation["methods"], json!([method]));
    }
    let finding = list(&document, "findings").iter().find(|one| one["props"][0]["value"] == "attested").unwrap();
    assert!(finding["description"].as_str().unwrap().starts_with("ATTESTED, no failure was seen: "));
}

#[test]
fn an_undecided_finding_is_an_observation_that_says_so_and_no_risk() {
    let report = fixture::incomplete();
    let document = written(&report);
    let undecided: Vec<&Value> =
        list(&document, "observations").iter().filter(|one| one["props"][0]["value"] == "unknown").collect();
    assert_eq!(undecided.len(), 1);
    assert!(undecided[0]["description"].as_str().unwrap().starts_with("UNKNOWN, neither a pass nor a failure: "));
    assert!(list(&document, "risks").is_empty());
}

#[test]
fn a_waiver_is_an_accepted_risk_and_changes_no_verdict() {
    let document = written(&fixture::mixed());
    let risks = list(&document, "risks");
    assert_eq!(risks.len(), fixture::mixed().summary.fail);
    let accepted: Vec<&Value> = risks.iter().filter(|risk| risk["status"] == "deviation-approved").collect();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0]["deadline"], "2026-06-30T23:59:59Z");
    assert_eq!(accepted[0]["remediations"][1]["props"][0], json!({"name": "type", "value": "accept"}));
}

/// Every value under a key.
fn values<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| values(item, key, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            found.extend(value.as_str().filter(|_| name == key));
            values(value, key, found);
        }),
        _ => {}
    }
}

#[test]
fn uuids_are_unique_and_every_reference_leads_somewhere() {
    for report in [fixture::mixed(), fixture::clean(), fixture::incomplete(), fixture::empty(), fixture::hostile()] {
        let document = written(&report);
        let mut uuids = Vec::new();
        values(&document, "uuid", &mut uuids);
        let unique: BTreeSet<&str> = uuids.iter().copied().collect();
        assert_eq!(unique.len(), uuids.len());
        let mut used = Vec::new();
        for key in ["subject-uuid", "actor-uuid", "component-uuid", "observation-uuid", "risk-uuid"] {
            values(&document, key, &mut used);
        }
        let plan = document["assessment-results"]["import-ap"]["href"].as_str().unwrap();
        used.push(plan.strip_prefix('#').unwrap());
        assert!(used.iter().all(|uuid| unique.contains(uuid)));
        let (mut ids, mut targets) = (Vec::new(), Vec::new());
        values(&document, "id", &mut ids);
        values(&document, "target-id", &mut targets);
        assert!(targets.iter().all(|target| ids.contains(target)));
    }
}

#[test]
fn the_same_report_gives_the_same_ids_and_another_one_others() {
    let (first, again) = (written(&fixture::mixed()), written(&fixture::mixed()));
    assert_eq!(first, again);
    let mut other = fixture::mixed();
    other.findings[0].message += "!";
    let other = written(&other);
    assert_ne!(first["assessment-results"]["uuid"], other["assessment-results"]["uuid"]);
    let risk = |document: &Value| list(document, "risks")[0]["uuid"].clone();
    assert_eq!(risk(&first), risk(&other), "a risk keeps its id from report to report");
}

#[test]
fn every_requirement_has_a_token_of_its_own() {
    let catalog = Catalog::builtin().unwrap();
    let tokens: Vec<String> = catalog.iter().map(|requirement| token(requirement.framework, &requirement.id)).collect();
    let valid = |token: &String| {
        token.starts_with(|c: char| c.is_ascii_alphabetic())
            && token.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
    };
    assert!(tokens.len() > 80 && tokens.iter().all(valid));
    assert_eq!(tokens.iter().collect::<BTreeSet<_>>().len(), tokens.len());
    assert_eq!(token(Framework::Hipaa, "164.312(a)(2)(iv)"), "hipaa-164.312.a.2.iv");
    assert_eq!(token(Framework::Soc2, "CC6.7"), "soc2-CC6.7");
}

#[test]
fn no_markup_of_the_document_holds_a_link_an_image_or_html() {
    let document = written(&fixture::hostile());
    for key in ["title", "description", "statement", "remarks", "prose"] {
        let mut texts = Vec::new();
        values(&document, key, &mut texts);
        for text in texts {
            assert_eq!(dangers(text), Vec::<String>::new(), "{text}");
            assert!(!text.is_empty() && !text.contains('\n'));
        }
    }
}
