//! Services in use, as users see them: the table, the findings, and what the config file changes.

use std::fs;

use safeguard::model::{Finding, Report, Verdict};

use crate::aws;
use crate::fault::Fault;
use crate::product::{Output, Product};
use crate::proxy::Answers;

const RULE: &str = "account-hipaa-eligible-services-only";
/// The sample account as a snapshot, which has no PHI scope of its own.
const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo.ndjson");
const SCOPE: &str = "phi_scope: {accounts: ['123456789012']}\n";

fn configured(config: &str) -> Product {
    let product = Product::alone();
    fs::write(product.folder().join("safeguard.yaml"), config).unwrap();
    product
}

fn judged(config: &str) -> Report {
    configured(config).scan(&["--snapshot", SNAPSHOT, "--select", RULE, "--format", "json"]).report()
}

fn finding<'r>(report: &'r Report, service: &str) -> &'r Finding {
    report.findings.iter().find(|finding| finding.resource.id.as_deref() == Some(service)).unwrap()
}

/// Seen days differ from recording to recording.
fn without_dates(text: &str) -> String {
    let is_date = |word: &str| word.len() == 10 && word.split('-').map(str::len).eq([4, 2, 2]);
    let line = |line: &str| {
        line.split(' ').map(|word| if is_date(word) { "YYYY-MM-DD" } else { word }).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_table_names_service_witness_last_seen_and_status() {
    let output = Product::alone().run(&["services", "--demo", "--color", "never"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        omit_expression => true,
        filters => vec![(r"\d+ days old", "N days old"), (r"\d+ resources that carry", "N resources that carry")],
    }, {
        insta::assert_snapshot!("demo_services", without_dates(&output.stdout));
    });
}

#[test]
fn the_table_is_there_for_programs_too() {
    let output = Product::alone().run(&["services", "--demo", "--format", "json"]);
    let json = output.json.unwrap();
    assert_eq!(json["list_date"], "2026-05-22");
    assert_eq!(json["witnesses"].as_array().unwrap().len(), 4);
    let services = json["services"].as_array().unwrap();
    let lightsail = services.iter().find(|service| service["service"] == "lightsail").unwrap();
    assert_eq!(lightsail["eligibility"], "not_listed");
    assert_eq!(lightsail["witnesses"], serde_json::json!(["CloudTrail event history", "IAM last-accessed reports"]));
}

#[test]
fn every_finding_names_the_date_of_the_list_and_its_age() {
    for config in [SCOPE, "{}", "phi_scope: {accounts: ['210987654321']}\n"] {
        let report = judged(config);
        let age = report.services.as_ref().unwrap().list_age_days;
        let words = format!("AWS's list of 2026-05-22, {age} days old when the account was read");
        assert!(report.findings.len() > 5);
        for finding in &report.findings {
            assert!(finding.message.contains(&words), "{}", finding.message);
        }
    }
}

#[test]
fn where_phi_is_decides_what_a_service_that_is_not_covered_means() {
    let elsewhere = "phi_scope: {accounts: ['210987654321']}\n";
    use Verdict::{Fail, NotApplicable, Pass, Unknown};
    for (service, with_phi, without_phi, undecided) in [
        ("s3", Pass, Pass, Pass),
        ("iam", Pass, Pass, Pass),
        ("lightsail", Fail, NotApplicable, Unknown),
        ("social-messaging", Fail, NotApplicable, Unknown),
        ("s3tables", Unknown, NotApplicable, Unknown),
        ("clinic-preview", Unknown, NotApplicable, Unknown),
        ("workmail", Unknown, NotApplicable, Unknown),
    ] {
        for (config, verdict) in [(SCOPE, with_phi), (elsewhere, without_phi), ("{}", undecided)] {
            let report = judged(config);
            let finding = finding(&report, service);
            assert_eq!(finding.verdict, verdict, "{service} {config}: {}", finding.message);
        }
    }
}

#[test]
fn an_open_question_is_told_with_its_reason() {
    let report = judged(SCOPE);
    for (service, words) in [
        ("s3tables", "covers Amazon S3 Tables is to review (Amazon S3 is listed, S3 Tables is not named)"),
        ("clinic-preview", "covers `clinic-preview` is not known"),
        ("workmail", "IAM saw requests to Amazon WorkMail and does not tell whether they only read"),
    ] {
        let message = &finding(&report, service).message;
        assert!(message.contains(words) && !message.contains("not read ("), "{message}");
    }
}

#[test]
fn the_config_file_overrides_the_list_and_its_reason_is_shown_everywhere() {
    let config = "phi_scope: {accounts: ['123456789012']}\neligible_services:\n\
                  - {service: lightsail, status: eligible, reason: only the public website}\n\
                  - {service: nowhere, status: not_listed, reason: we know it}\n";
    let report = judged(config);
    assert_eq!(finding(&report, "lightsail").verdict, Verdict::Pass);
    let row = report.services.as_ref().unwrap().services.iter().find(|row| row.service == "lightsail").unwrap().clone();
    assert_eq!(row.reason.as_deref(), Some("by the config file: only the public website"));
    assert!(report.warnings.iter().any(|it| it.starts_with("the entry `nowhere` of")), "{:?}", report.warnings);
    let table = configured(config).run(&["services", "--demo"]).stdout;
    assert!(table.contains("by the config file: only the public website"), "{table}");
    let refused = configured("eligible_services: [{service: s3, status: eligible, reason: ''}]\n");
    let refused = refused.run(&["services", "--demo"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("the reason is empty"), "{}", refused.stderr);
}

#[test]
fn the_report_says_the_age_of_the_list_aloud() {
    let report = configured(SCOPE).scan(&["--demo", "--select", RULE]).stdout;
    for words in ["SERVICES IN USE", "HIPAA-eligible services of 2026-05-22", "OLD LIST", "more than 120 days old"] {
        assert!(report.contains(words), "{words}: {report}");
    }
}

/// A live run against the fakes, with a fault.
fn live(config: &str, arguments: &[&str], fails: &'static str) -> Output {
    let answers = Answers::of(aws::moto().address());
    let proxy = answers.replay_in_pages(move |call| (call.operation == fails).then_some(Fault::Denied));
    let product = Product::against(&proxy.url(), &aws::estate().credentials).with("AWS_REGION", "us-east-1");
    fs::write(product.folder().join("safeguard.yaml"), config).unwrap();
    product.run(arguments)
}

#[test]
fn a_budget_that_ended_is_said_and_leaves_open_what_was_not_seen() {
    let config = format!("{SCOPE}event_history_calls: 1\n");
    let output = live(&config, &["scan", "--select", RULE, "--format", "json"], "");
    let report = output.report();
    let open = report.findings.iter().find(|finding| finding.resource.id.is_none()).unwrap();
    assert!(open.message.contains("the budget of questions was spent"), "{}", open.message);
    assert!(open.message.contains("(AWS's list of 2026-05-22, "), "{}", open.message);
    assert_eq!(open.verdict, Verdict::Unknown);
    let history = &report.services.as_ref().unwrap().witnesses[0];
    assert!(!history.is_complete && history.reach.contains("in us-east-1 it ended with"), "{}", history.reach);
    assert_eq!(finding(&report, "s3").verdict, Verdict::Pass, "what was seen is still known");
    assert!(report.gaps.is_empty(), "calls failed: {:#?}", report.gaps);
}

#[test]
fn a_witness_that_may_not_be_asked_is_missing_and_the_table_does_not_end_with_0() {
    let arguments = ["services", "--format", "json"];
    let output = live(SCOPE, &arguments, "LookupEvents");
    assert_eq!(output.code, 11, "{}", output.stderr);
    let json = output.json.unwrap();
    let reach = json["witnesses"][0]["reach"].as_str().unwrap();
    assert!(reach.contains("MISSING: cloudtrail:LookupEvents access denied (us-east-1)"), "{reach}");
    let allowed = live(SCOPE, &[&arguments[..], &["--allow-incomplete"]].concat(), "LookupEvents");
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
}

#[test]
fn sagemaker_in_use_leaves_its_workforces_to_people() {
    let config = format!("{SCOPE}rules_dirs: [rules]\n");
    let product = configured(&config);
    fs::create_dir(product.folder().join("rules")).unwrap();
    // The rule as it would be for an account without a Simple AD and without WhatsApp.
    let rule = include_str!("../../rules/account/account-service-exclusions-respected.yaml");
    let rule = rule
        .replace("account-service-exclusions-respected", "account-workforces")
        .replace("d.Type != 'SimpleAD' || ", "d.Type != 'Other' || ")
        .replace("size(resources('AWS::SocialMessaging::LinkedWhatsAppBusinessAccount')) == 0", "true")
        .replace("!s.UsesExcludedFeature", "s.Service == 'social-messaging' || !s.UsesExcludedFeature");
    fs::write(product.folder().join("rules/account-workforces.yaml"), rule).unwrap();
    let report = product.scan(&["--demo", "--select", "account-workforces", "--format", "json"]).report();
    let finding = finding(&report, "123456789012");
    assert_eq!(finding.verdict, Verdict::Unknown);
    for words in ["only people can see", "WorkteamArn with public-crowd", "sagemaker (AWS list of 2026-05-22"] {
        assert!(finding.message.contains(words), "{words}: {}", finding.message);
    }
}
