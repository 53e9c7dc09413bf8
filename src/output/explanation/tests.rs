use serde_json::json;

use super::super::fixture;
use super::super::text::is_hostile;
use super::*;
use crate::model::{Part, PartForm, PartValue, Remediation, RuleInfo, Severity};

fn part(text: &str, form: PartForm, value: PartValue, parts: Vec<Part>) -> Part {
    Part { text: text.to_owned(), form, value, parts, left_out: 0 }
}

fn known(value: serde_json::Value) -> PartValue {
    PartValue::Known(value)
}

fn rule(severity_in_phi_scope: Option<Severity>) -> RuleInfo {
    RuleInfo {
        id: "s3-bucket-tls-only".to_owned(),
        title: "S3 bucket refuses requests without TLS".to_owned(),
        severity: Severity::High,
        severity_in_phi_scope,
        severity_cases: Vec::new(),
        kind: "AWS::S3::Bucket".to_owned(),
        service: "s3".to_owned(),
        hipaa: Vec::new(),
        soc2: Vec::new(),
        why: "Plain HTTP can be read\nand replayed.".to_owned(),
        pass: "resource.A == true\n&& resource.B".to_owned(),
        params: serde_json::Value::Null,
        supports: vec![],
        when: Some("resource.Kind != 'x'".to_owned()),
        remediation: Remediation {
            summary: "Deny it.".to_owned(),
            cli: Some("aws s3api put-bucket-policy \\\n  --bucket BUCKET".to_owned()),
            console: None,
            cloudformation: None,
            terraform: None,
        },
        references: vec!["https://docs.aws.amazon.com/s3".to_owned()],
    }
}

/// A condition of every form.
fn condition() -> Part {
    let name = |text: &str, value| part(text, PartForm::Name, value, vec![]);
    let element = |text: &str, value: bool| {
        let body = part("r.On", PartForm::Name, known(json!(value)), vec![]);
        part(text, PartForm::Element, known(json!(value)), vec![body])
    };
    let mut all = part(
        "resource.Rules.all(r, r.On)",
        PartForm::All,
        known(json!(false)),
        vec![name("resource.Rules", known(json!([{"On": false}]))), element("r = element 1", false)],
    );
    all.left_out = 3;
    let compared = part(
        "resource.Days >= params.days",
        PartForm::Computed,
        PartValue::Unknown,
        vec![name("resource.Days", PartValue::Unknown), name("params.days", known(json!(35)))],
    );
    let size = part("size(resources('K'))", PartForm::Computed, PartValue::Between(2, i64::MAX), vec![]);
    let sized = part("size(resources('K')) > 1", PartForm::Computed, known(json!(true)), vec![size]);
    let not = part("!resource.Off", PartForm::Not, known(json!(true)), vec![name("resource.Off", known(json!(false)))]);
    let fault =
        part("resource.List[3]", PartForm::Computed, PartValue::Fault("there is no element 3".to_owned()), vec![]);
    let either = part("a || b", PartForm::Or, known(json!(true)), vec![sized, fault]);
    part("whole", PartForm::And, known(json!(false)), vec![all, compared, not, either])
}

fn explanation() -> Explanation {
    let finding = fixture::compared().findings.into_iter().find(|it| it.resource.id.as_deref() == Some("records"));
    Explanation {
        finding: finding.unwrap(),
        rule: rule(Some(Severity::Critical)),
        when: Some(part("resource.Kind != 'x'", PartForm::Computed, known(json!(true)), vec![])),
        pass: Some(condition()),
        requirements: vec![ExplainedRequirement {
            id: "164.312(e)(1)".to_owned(),
            framework: Framework::Hipaa,
            title: "Transmission security".to_owned(),
            class: "standard".to_owned(),
            summary: Some("Guard what is sent.".to_owned()),
            verifiable_in_aws: Verifiable::Partial,
        }],
        notes: vec!["The values of the condition's parts need all the facts.".to_owned()],
    }
}

fn page(explanation: &Explanation, color: bool) -> String {
    let mut bytes = Vec::new();
    write(explanation, &Style { width: 100, color, full: true }, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_failure_with_a_condition_of_every_form() {
    insta::assert_snapshot!(page(&explanation(), false));
}

#[test]
fn without_values_the_condition_is_shown_as_it_is_written() {
    let text = page(&Explanation { when: None, pass: None, ..explanation() }, false);
    assert!(text.contains("IT PASSES IF THIS IS TRUE\n    resource.A == true\n    && resource.B\n  Note: "), "{text}");
    assert!(text.contains("    resource.Kind != 'x'\n"), "{text}");
}

#[test]
fn an_unknown_severity_is_said_to_be_open() {
    let mut open = explanation();
    open.finding.in_phi_scope = None;
    open.finding.severity = Severity::High;
    let text = page(&open, false);
    assert!(text.contains("high; critical where PHI is"), "{text}");
    assert!(text.contains("whether the resource holds PHI is not known"), "{text}");
}

#[test]
fn hostile_text_reaches_nobody() {
    for (finding, hostile) in fixture::hostile().findings.into_iter().zip(fixture::HOSTILE.into_iter().cycle()) {
        let mut hostile_rule = rule(None);
        hostile_rule.remediation.cli = Some(hostile.to_owned());
        hostile_rule.pass = hostile.to_owned();
        let value = known(json!({ hostile: [hostile] }));
        let tree =
            part(hostile, PartForm::Computed, PartValue::Unknown, vec![part(hostile, PartForm::Name, value, vec![])]);
        let explanation = Explanation { finding, rule: hostile_rule, pass: Some(tree), ..explanation() };
        let text = page(&explanation, false);
        assert!(!text.chars().any(|character| character != '\n' && is_hostile(character)), "{text:?}");
        let mut json = Vec::new();
        write_json(&explanation, &mut json).unwrap();
        assert_eq!(serde_json::from_slice::<Explanation>(&json).unwrap(), explanation);
    }
}

#[test]
fn color_adds_nothing_but_color() {
    let colored = page(&explanation(), true);
    let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(codes.replace_all(&colored, ""), page(&explanation(), false));
}
