//! Import into Security Hub: into moto's, read back by boto3, and into one that refuses, throttles and forgets.

use std::collections::BTreeMap;
use std::fs;

use safeguard::model::{Report, Summary, Verdict};
use safeguard::scan::REPORT_SCHEMA_VERSION;
use serde_json::Value;

use crate::aws::{self, Credentials};
use crate::fixture;
use crate::hub::{Hub, Manner, name};
use crate::product::{Output, Product, written};
use crate::proxy::Answers;

fn import(url: &str, credentials: &Credentials, report: &Report, flags: &[&str]) -> Output {
    let product = Product::against(url, credentials).with("AWS_MAX_ATTEMPTS", "3");
    let mut report = report.clone();
    // What is imported was read from a file, which must be of the present form.
    report.schema_version = REPORT_SCHEMA_VERSION;
    report.summary = Summary::default();
    report.findings.iter().for_each(|finding| report.summary.count(finding));
    fs::write(product.folder().join("report.json"), written(&report)).unwrap();
    product.run(&[&["import", "security-hub", "report.json"], flags].concat())
}

fn into(hub: &Hub, report: &Report) -> Output {
    import(&hub.url(), &Credentials::any(), report, &[])
}

/// A report of many failures, in one region, that a waiver covers none of.
fn large(count: usize) -> Report {
    let mut report = fixture::clean();
    let finding = report.findings[0].clone();
    report.findings = (0..count)
        .map(|number| {
            let mut finding = finding.clone();
            let id = format!("bucket-{number}");
            finding.id = safeguard::model::FindingId::new("r", "a", "r", "k", Some(&id));
            finding.resource.id = Some(id);
            finding.message = "x".repeat(number % 2_000);
            finding.verdict = Verdict::Fail;
            finding
        })
        .collect();
    report
}

fn without_waivers(mut report: Report) -> Report {
    report.findings.iter_mut().for_each(|finding| finding.waiver = None);
    report
}

/// What moto holds in the region, by resource.
fn held(url: &str, credentials: &Credentials, region: &str) -> BTreeMap<String, Value> {
    let script = "import boto3, json, sys\n\
                  hub = boto3.client('securityhub', endpoint_url=sys.argv[1], region_name=sys.argv[2])\n\
                  pages = hub.get_paginator('get_findings').paginate()\n\
                  print(json.dumps([finding for page in pages for finding in page['Findings']]))";
    let output = aws::moto().python_as(credentials, &["-c", script, url, region]);
    let findings: Vec<Value> = serde_json::from_slice(&output).unwrap();
    findings.into_iter().map(|finding| (name(&finding).to_owned(), finding)).collect()
}

#[test]
fn moto_holds_what_was_imported_region_by_region_and_an_import_brings_it_up_to_date() {
    let (url, credentials) = (aws::moto().url(), aws::moto().account("111122223333"));
    let mut report = without_waivers(fixture::tracked());
    let mut moved: String = serde_json::to_string(&report).unwrap().replace(fixture::ACCOUNT, "111122223333");
    report = serde_json::from_str(&moved).unwrap();
    report.findings[0].resource.region = "eu-west-1".parse().unwrap();
    let output = import(&url, &credentials, &report, &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    insta::assert_snapshot!(output.stdout, @r"
    111122223333 eu-west-1: 1 finding imported
    111122223333 us-east-1: 8 findings imported
    ");
    let here = held(&url, &credentials, "us-east-1");
    let states: Vec<String> = here
        .iter()
        .map(|(name, finding)| format!("{name} {} {}", finding["Compliance"]["Status"], finding["RecordState"]))
        .collect();
    insta::assert_snapshot!(states.join("\n"), @r#"
    accepted "FAILED" "ACTIVE"
    blurred "WARNING" "ACTIVE"
    deleted "NOT_AVAILABLE" "ARCHIVED"
    first-seen "PASSED" "ACTIVE"
    mended "PASSED" "ARCHIVED"
    old "FAILED" "ACTIVE"
    replica "NOT_AVAILABLE" "ARCHIVED"
    steady "PASSED" "ACTIVE"
    "#);
    assert_eq!(held(&url, &credentials, "eu-west-1").keys().collect::<Vec<_>>(), ["fresh"]);

    moved = serde_json::to_string(&report).unwrap().replace("2026-01-01", "2026-02-01");
    let mut later: Report = serde_json::from_str(&moved).unwrap();
    let old = later.findings.iter_mut().find(|finding| finding.resource.id.as_deref() == Some("old")).unwrap();
    old.verdict = Verdict::Pass;
    assert_eq!(import(&url, &credentials, &later, &[]).code, 0);
    let after = held(&url, &credentials, "us-east-1");
    assert_eq!(after.keys().collect::<Vec<_>>(), here.keys().collect::<Vec<_>>(), "no finding is there twice");
    assert_eq!(after["old"]["Compliance"]["Status"], "PASSED");
    assert_eq!(after["old"]["UpdatedAt"], "2026-02-01T12:00:00Z");
}

#[test]
fn what_is_sent_is_what_the_format_writes() {
    let hub = Hub::new(Manner::default());
    let report = without_waivers(fixture::mixed());
    assert_eq!(into(&hub, &report).code, 0);
    let mut bytes = Vec::new();
    safeguard::output::write(&report, safeguard::output::Format::Asff, &Default::default(), &mut bytes).unwrap();
    let written: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    for finding in written {
        assert_eq!(hub.look(|state| state.findings[finding["Id"].as_str().unwrap()].clone()), finding);
    }
}

#[test]
fn no_request_is_larger_than_security_hub_takes_and_each_is_about_one_region() {
    let hub = Hub::new(Manner::default());
    let mut report = large(500);
    for (number, finding) in report.findings.iter_mut().enumerate() {
        finding.resource.region = ["us-east-1", "eu-west-1", "global"][number % 3].parse().unwrap();
    }
    let output = into(&hub, &report);
    assert_eq!(output.code, 0, "{}", output.stderr);
    hub.look(|state| {
        assert_eq!(state.findings.len(), 500);
        let largest = state.imports.iter().map(|(_, bytes, _)| *bytes).max().unwrap();
        assert!(largest > 200_000, "batches are full: {largest}");
        for (region, bytes, findings) in &state.imports {
            assert!(*bytes <= 240_000 && findings.len() <= 100, "{bytes} bytes, {} findings", findings.len());
            let product = format!("arn:aws:securityhub:{region}:123456789012:product/123456789012/default");
            assert!(findings.iter().all(|finding| finding["ProductArn"] == product));
        }
    });
}

#[test]
fn small_findings_go_a_hundred_at_a_time() {
    let hub = Hub::new(Manner::default());
    let mut report = large(230);
    report.findings.iter_mut().for_each(|finding| finding.message = "short".to_owned());
    assert_eq!(into(&hub, &report).code, 0);
    let sizes: Vec<usize> = hub.look(|state| state.imports.iter().map(|(.., findings)| findings.len()).collect());
    assert_eq!(sizes, [100, 100, 30]);
}

#[test]
fn a_finding_that_is_refused_for_now_is_sent_again_and_one_that_is_refused_is_named() {
    let refused = [
        ("bucket-3".to_owned(), (2, "InternalFailure")),
        ("bucket-7".to_owned(), (9, "InternalFailure")),
        ("bucket-8".to_owned(), (9, "InvalidInput")),
    ];
    let hub = Hub::new(Manner { refused: refused.into(), ..Manner::default() });
    let output = into(&hub, &large(10));
    assert_eq!(output.code, 1);
    assert_eq!(output.stdout, "123456789012 us-east-1: 8 findings imported, 2 not imported\n");
    assert_eq!(hub.look(|state| state.findings.len()), 8);
    let sizes: Vec<usize> = hub.look(|state| state.imports.iter().map(|(.., findings)| findings.len()).collect());
    assert_eq!(sizes, [10, 2, 2], "only what was refused for now is sent again");
    insta::assert_snapshot!(output.stderr);
}

#[test]
fn a_throttled_request_is_sent_again() {
    let hub = Hub::new(Manner { throttled: 2, ..Manner::default() });
    let output = into(&hub, &large(5));
    assert_eq!((output.code, output.stdout.as_str()), (0, "123456789012 us-east-1: 5 findings imported\n"));
}

#[test]
fn a_region_without_security_hub_is_named_and_the_others_are_imported() {
    let hub = Hub::new(Manner { off: vec!["eu-west-1"], ..Manner::default() });
    let mut report = large(150);
    report.findings.iter_mut().take(120).for_each(|finding| finding.resource.region = "eu-west-1".parse().unwrap());
    let output = into(&hub, &report);
    assert_eq!(output.code, 1);
    insta::assert_snapshot!(output.stdout, @r"
    123456789012 eu-west-1: 0 findings imported, 120 not imported
    123456789012 us-east-1: 30 findings imported
    ");
    assert!(
        output.stderr.contains("eu-west-1: 120 findings not imported: InvalidAccessException"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("help: turn Security Hub on in eu-west-1"), "{}", output.stderr);
}

#[test]
fn a_waiver_suppresses_its_finding_and_a_waiver_that_has_ended_opens_it_again() {
    let not_updated = [("sandbox".to_owned(), (1, "FindingNotFound"))];
    let hub = Hub::new(Manner { not_updated: not_updated.into(), ..Manner::default() });
    // It is there already, so that an import cannot set its workflow.
    assert_eq!(into(&hub, &without_waivers(fixture::mixed())).code, 0);
    assert_eq!(hub.look(|state| state.updates), 0);

    let output = into(&hub, &fixture::mixed());
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.contains("eu-west-1: 5 findings imported, 1 suppressed by waivers"), "{}", output.stdout);
    let sandbox = hub.about("sandbox");
    assert_eq!(sandbox["Workflow"]["Status"], "SUPPRESSED");
    assert_eq!(sandbox["Compliance"]["Status"], "FAILED", "a waiver is no verdict");
    let note = "waived by platform team until 2026-06-30: Holds generated data only (SEC-118)";
    assert_eq!((&sandbox["Note"]["Text"], &sandbox["Note"]["UpdatedBy"]), (&note.into(), &"safeguard".into()));

    // Somebody else has suppressed another finding: that is theirs.
    hub.look(|state| {
        let ledger = state.findings.values_mut().find(|finding| name(finding) == "ledger").unwrap();
        ledger["Workflow"]["Status"] = "SUPPRESSED".into();
        ledger["Note"] =
            serde_json::json!({"Text": "known", "UpdatedBy": "somebody", "UpdatedAt": "2026-01-01T00:00:00Z"});
    });
    let output = into(&hub, &without_waivers(fixture::mixed()));
    assert_eq!(output.code, 0, "{}", output.stderr);
    let said = "eu-west-1: 5 findings imported, 1 opened again because their waivers have ended";
    assert!(output.stdout.contains(said), "{}", output.stdout);
    assert_eq!(hub.about("sandbox")["Workflow"]["Status"], "NEW");
    assert_eq!(hub.about("ledger")["Workflow"]["Status"], "SUPPRESSED");
}

#[test]
fn a_waived_problem_that_is_gone_does_not_stay_suppressed() {
    let hub = Hub::new(Manner::default());
    assert_eq!(into(&hub, &fixture::mixed()).code, 0);
    assert_eq!(hub.about("sandbox")["Workflow"]["Status"], "SUPPRESSED");
    let mut mended = without_waivers(fixture::mixed());
    let sandbox = mended.findings.iter_mut().find(|finding| finding.resource.id.as_deref() == Some("sandbox"));
    sandbox.unwrap().verdict = Verdict::Pass;
    let output = into(&hub, &mended);
    assert!(output.stdout.contains("1 opened again"), "{}", output.stdout);
    let sandbox = hub.about("sandbox");
    assert_eq!((&sandbox["Workflow"]["Status"], &sandbox["Compliance"]["Status"]), (&"NEW".into(), &"PASSED".into()));
}

#[test]
fn who_may_not_see_findings_is_told_that_ended_waivers_were_not_looked_for() {
    let hub = Hub::new(Manner { blind: true, ..Manner::default() });
    let output = into(&hub, &large(3));
    assert_eq!((output.code, output.stdout.as_str()), (1, "123456789012 us-east-1: 3 findings imported\n"));
    assert!(output.stderr.contains("whether one is still suppressed by an ended waiver is not known"));
    assert!(output.stderr.contains("securityhub:GetFindings"), "{}", output.stderr);
}

#[test]
fn findings_of_another_account_are_not_sent() {
    let hub = Hub::new(Manner::default());
    let mut report = large(4);
    report.findings[0].resource.account = "210987654321".parse().unwrap();
    let output = into(&hub, &report);
    assert_eq!(output.code, 1);
    assert_eq!(hub.look(|state| state.findings.len()), 3);
    assert!(output.stderr.contains("1 finding of account 210987654321 left out"), "{}", output.stderr);
    let output = import(&hub.url(), &Credentials::any(), &report, &["--account", "123456789012"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let output = import(&hub.url(), &Credentials::any(), &report, &["--account", "210987654321"]);
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("nothing was imported"), "{}", output.stderr);
}

#[test]
fn passes_are_left_out_when_asked_but_never_what_was_resolved() {
    let hub = Hub::new(Manner::default());
    let output = import(&hub.url(), &Credentials::any(), &fixture::tracked(), &["--skip-passes"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let names: Vec<String> = hub.look(|state| {
        let mut names: Vec<String> = state.findings.values().map(|finding| name(finding).to_owned()).collect();
        names.sort();
        names
    });
    assert_eq!(names, ["accepted", "blurred", "deleted", "fresh", "mended", "old", "replica"]);
}

#[test]
fn what_is_global_goes_where_it_is_sent() {
    let hub = Hub::new(Manner::default());
    let mut report = large(1);
    report.findings[0].resource.region = "global".parse().unwrap();
    let output = import(&hub.url(), &Credentials::any(), &report, &["--home-region", "eu-central-1"]);
    assert_eq!(output.stdout, "123456789012 eu-central-1: 1 finding imported\n", "{}", output.stderr);
}

#[test]
fn a_scan_imports_what_it_has_found() {
    let credentials = aws::clean_estate().credentials.clone();
    let account = Answers::of(aws::moto().address()).record();
    let product = Product::against(&account.url(), &credentials).with("AWS_REGION", "us-east-1");
    let output = product.scan(&["--select", "s3-bucket-tls-only", "--security-hub", "--format", "json=report.json"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let report: Report = serde_json::from_slice(&fs::read(product.folder().join("report.json")).unwrap()).unwrap();
    assert!(output.stderr.contains("210987654321 us-east-1: 3 findings imported"), "{}", output.stderr);
    let regions = ["us-east-1", "us-west-2"];
    let held: usize = regions.map(|region| held(&aws::moto().url(), &credentials, region).len()).iter().sum();
    assert!(held > 3, "buckets in both regions: {held}");
    assert_eq!(held, report.findings.len());
}

#[test]
fn a_file_that_is_no_report_and_a_newer_one_are_mistakes() {
    let product = Product::alone();
    fs::write(product.folder().join("snapshot"), "{\"header\": {}}").unwrap();
    fs::write(product.folder().join("newer"), "{\"schema_version\": 99, \"findings\": []}").unwrap();
    for (file, words) in [("missing", "cannot read"), ("snapshot", "not a Safeguard report"), ("newer", "version 99")] {
        let output = product.run(&["import", "security-hub", file]);
        assert_eq!(output.code, 2, "{}", output.stderr);
        assert!(output.stderr.contains(words), "{}", output.stderr);
    }
}
