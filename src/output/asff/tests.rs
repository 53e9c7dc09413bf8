use serde_json::Value;

use super::super::{fixture, text};
use super::*;

fn written(report: &Report) -> String {
    let mut bytes = Vec::new();
    write(report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn all(report: &Report) -> Vec<Value> {
    serde_json::from_str(&written(report)).unwrap()
}

/// The finding about a resource.
fn about(findings: &[Value], name: &str) -> Value {
    findings.iter().find(|finding| finding["ProductFields"]["safeguard/resource"] == name).unwrap().clone()
}

#[test]
fn a_failure_an_undecided_finding_and_a_waived_one() {
    let report = fixture::mixed();
    let mut golden = Vec::new();
    for name in ["records", "claims", "sandbox"] {
        let mut findings = findings(&report, "us-east-1");
        let finding = findings.find(|finding| finding.product_fields.get("safeguard/resource") == Some(&name.into()));
        json::write_value(&finding.unwrap(), &mut golden).unwrap();
    }
    insta::assert_snapshot!(String::from_utf8(golden).unwrap());
}

#[test]
fn one_finding_a_line_in_one_array() {
    let report = fixture::mixed();
    assert_eq!(written(&report).lines().count(), report.findings.len() + 2);
    assert_eq!(written(&fixture::empty()), "[]\n");
}

#[test]
fn a_finding_lives_as_the_comparison_says() {
    let findings = all(&fixture::tracked());
    let life = |name: &str| {
        let finding = about(&findings, name);
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        [
            word(&finding["Compliance"]["Status"]),
            word(&finding["RecordState"]),
            word(&finding["Severity"]["Label"]),
            word(&finding["Workflow"]["Status"]),
        ]
        .join(" ")
    };
    assert_eq!(life("fresh"), "FAILED ACTIVE CRITICAL -");
    assert_eq!(life("old"), "FAILED ACTIVE CRITICAL -");
    assert_eq!(life("accepted"), "FAILED ACTIVE HIGH SUPPRESSED");
    assert_eq!(life("blurred"), "WARNING ACTIVE HIGH -");
    assert_eq!(life("mended"), "PASSED ARCHIVED INFORMATIONAL -");
    assert_eq!(life("replica"), "NOT_AVAILABLE ARCHIVED INFORMATIONAL -");
    assert_eq!(life("deleted"), "NOT_AVAILABLE ARCHIVED INFORMATIONAL -");
    assert_eq!(life("steady"), "PASSED ACTIVE INFORMATIONAL -");
    assert!(findings.iter().all(|finding| finding["ProductFields"]["safeguard/resource"] != "not-looked-at"));
    let deleted = about(&findings, "deleted");
    assert_eq!(deleted["UpdatedAt"], "2026-01-01T12:00:00Z", "an older one would be ignored");
    assert_eq!(deleted["LastObservedAt"], "2025-12-01T12:00:00Z");
    assert_eq!(about(&findings, "old")["CreatedAt"], "2025-11-01T12:00:00Z");
}

#[test]
fn a_list_that_could_not_be_read_is_a_finding_about_the_account() {
    let findings = all(&fixture::mixed());
    let about_the_list = findings.iter().find(|finding| finding["ProductFields"]["safeguard/resource"].is_null());
    let resource = &about_the_list.unwrap()["Resources"][0];
    assert_eq!((&resource["Type"], &resource["Id"]), (&"AwsAccount".into(), &"AWS::::Account:123456789012".into()));
}

#[test]
fn what_is_global_belongs_to_one_region_and_its_product() {
    let mut report = fixture::clean();
    report.findings.truncate(1);
    report.findings[0].resource.region = "global".parse().unwrap();
    let arn = |report: &Report| all(report)[0]["ProductArn"].as_str().unwrap().to_owned();
    assert_eq!(arn(&report), "arn:aws:securityhub:us-east-1:123456789012:product/123456789012/default");
    report.scan.regions = vec!["us-gov-west-1".parse().unwrap()];
    assert_eq!(arn(&report), "arn:aws-us-gov:securityhub:us-gov-west-1:123456789012:product/123456789012/default");
    assert_eq!(all(&report)[0]["ProductFields"]["safeguard/region"], "global");
}

/// A report whose every text is as long and as expensive to write as can be.
fn endless() -> Report {
    let endless = |text: &str| text.repeat(5_000);
    let mut report = fixture::mixed();
    for finding in &mut report.findings {
        for text in [&mut finding.title, &mut finding.message, &mut finding.fix, &mut finding.rule] {
            *text = endless("\\\u{10ffff}");
        }
        for text in [&mut finding.resource.id, &mut finding.resource.arn] {
            *text = Some(endless("\"\u{fffd}"));
        }
        finding.resource.kind = endless("\u{1f4a9}");
        finding.hipaa = vec![endless("\u{1f4a9}"); 100];
        finding.gaps = vec![finding.gaps.first().cloned().unwrap_or_else(fixture_gap); 100];
        finding.gaps.iter_mut().for_each(|gap| gap.message = endless("\u{1f4a9}"));
        finding.evidence[0].value = Some(endless("\u{1f4a9}").into());
    }
    report.findings.truncate(2);
    report
}

fn fixture_gap() -> crate::model::Gap {
    fixture::gap("s3:GetBucketPolicy", crate::model::GapClass::Denied, "AccessDenied", "us-east-1", None)
}

#[test]
fn no_finding_can_be_larger_than_security_hub_takes() {
    let mut report = endless();
    report.findings[0].verdict = Verdict::Unknown;
    let waiver = fixture::hostile().findings[0].waiver.clone();
    report.findings[1].waiver = waiver;
    for finding in findings(&report, "us-east-1") {
        let bytes = serde_json::to_vec(&finding).unwrap().len();
        assert!(bytes < 240_000, "{bytes} bytes");
        assert!(finding.product_fields.values().all(|value| value.chars().count() <= 2048));
        assert!(finding.product_fields["safeguard/evidence"].ends_with('…'));
        assert_eq!(finding.compliance.related_requirements.len(), 32);
        assert!(finding.compliance.status_reasons.len() <= 20);
    }
}

#[test]
fn hostile_texts_are_written_out() {
    for finding in all(&fixture::hostile()) {
        visit(&finding, &mut |text| {
            assert!(!text.chars().any(text::is_hostile), "{text:?}");
            assert!(!text.trim().is_empty());
        });
    }
}

fn visit(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
        Value::Object(fields) => fields.values().for_each(|field| visit(field, see)),
        _ => {}
    }
}
