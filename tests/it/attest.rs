//! What no API shows, as users meet it: templates are written, filled in, judged alone and beside an account.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{refused, safeguard, stderr, stdout};
use crate::product::Product;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo.ndjson");
const TODAY: [&str; 2] = ["--on", "2026-06-01"];

/// `attest check` as of a fixed day: its exit code and its JSON.
fn checked(folder: &Path, more: &[&str]) -> (i32, Value) {
    let output = safeguard(folder, &[&["attest", "check", "--format", "json"], &TODAY[..], more].concat());
    let json = serde_json::from_str(stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    (output.status.code().unwrap(), json)
}

fn counts(json: &Value) -> [u64; 4] {
    ["fail", "unknown", "pass", "not_applicable"].map(|verdict| json["summary"][verdict].as_u64().unwrap())
}

fn result<'a>(json: &'a Value, id: &str) -> &'a Value {
    json["results"].as_array().unwrap().iter().find(|line| line["id"] == id).unwrap()
}

fn new(folder: &Path, more: &[&str]) -> String {
    let output = safeguard(folder, &[&["attest", "new"], more].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).to_owned()
}

/// Something that was done every thirty days until the day that is judged.
fn occurrences() -> String {
    let last = jiff::civil::date(2026, 5, 15);
    let days = (0..13).map(|count| last - jiff::Span::new().days(30 * count));
    let evidence =
        "evidence: docs/record.txt, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    days.map(|day| format!("{{date: {day}, by: Ada, {evidence}}}")).collect::<Vec<_>>().join(", ")
}

/// Fills in every entry of the templates.
fn fill_in(folder: &Path) {
    let path = folder.join("attestations.yaml");
    let text = fs::read_to_string(&path).unwrap();
    // One text under several entries would say nothing about any of them.
    let mut entries = text.split("statement: \"\"");
    let first = entries.next().unwrap().to_owned();
    let statement =
        |(number, rest)| format!("statement: Number {number} has been so since 2026-05-15, as is written.{rest}");
    let text = first + &entries.enumerate().map(statement).collect::<String>();
    let filled = text
        .replace("owner: \"\"", "owner: Head of Security, security@clinic.example")
        .replace("signer: \"\"", "signer: Chief Executive, ceo@clinic.example")
        .replace("signed:  ", "signed: 2026-05-15  ")
        .replace("occurrences: []", &format!("occurrences: [{}]", occurrences()))
        .replace("date:  ", "date: 2026-05-15  ")
        .replace("evidence: \"\"", "evidence: docs/record.txt")
        .replace("sha256: \"\"", "sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae");
    fs::write(&path, filled).unwrap();
    fs::create_dir_all(folder.join("docs")).unwrap();
    fs::write(folder.join("docs/record.txt"), "foo").unwrap();
    let path = folder.join("vendors.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("owner: \"\"", "owner: Operations").replace("reviewed:  ", "reviewed: 2026-05-15  "))
        .unwrap();
}

#[test]
fn nobody_attests_is_unknown_templates_fail_and_what_is_filled_in_passes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, json) = checked(folder, &[]);
    assert_eq!((code, counts(&json)), (11, [0, 65, 0, 0]));
    assert_eq!(checked(folder, &["--allow-incomplete"]).0, 0);

    let said = new(folder, &[]);
    assert!(said.contains("attestations.yaml: 62 entries") && said.contains("safeguard attest check"), "{said}");
    let (code, json) = checked(folder, &[]);
    assert_eq!((code, counts(&json)), (10, [63, 0, 0, 2]));
    let message = result(&json, "attest-sanction-policy")["message"].as_str().unwrap();
    assert!(
        message.contains("it has no owner; nobody signed it; no day of the signature is named; it has no date"),
        "{message}"
    );

    fill_in(folder);
    let (code, json) = checked(folder, &[]);
    assert_eq!((code, counts(&json)), (0, [0, 0, 63, 2]), "{json:#}");
    assert_eq!(result(&json, "attest-risk-analysis")["ends_on"], "2027-05-15");
    let soon: Vec<&str> = json["ending_soon"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(soon, ["attest-activity-review"]);

    fs::write(folder.join("docs/record.txt"), "bar").unwrap();
    let (code, json) = checked(folder, &[]);
    assert_eq!((code, counts(&json)), (10, [62, 0, 1, 2]));
    let message = result(&json, "attest-risk-analysis")["message"].as_str().unwrap();
    assert!(message.contains("fcde2b2e") && message.contains("2c26b46b"), "both hashes: {message}");
}

#[test]
fn the_template_says_what_each_entry_is_for_and_what_auditors_ask() {
    let folder = tempfile::tempdir().unwrap();
    new(folder.path(), &["risk-analysis", "attest-clearinghouse-isolation"]);
    let text = fs::read_to_string(folder.path().join("attestations.yaml")).unwrap();
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("attest_template", text);
    });
    assert!(!folder.path().join("vendors.yaml").exists());
}

#[test]
fn nothing_of_the_users_is_overwritten_and_only_what_is_missing_is_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("attestations.yaml");
    let mine = "# mine \u{e9}\r\nattest-risk-analysis:   { owner: Rosa }   # no newline at the end";
    fs::write(&path, mine).unwrap();
    let text = refused(folder.path(), &["attest", "new"], 2);
    assert!(text.contains("exists already, and nothing was written") && text.contains("--add"), "{text}");
    assert!(new(folder.path(), &["--add", "sanction-policy"]).contains("1 entry added"));
    assert!(new(folder.path(), &["--add"]).contains("60 entries added"));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(mine));
    assert_eq!(text.matches("\nattest-sanction-policy:").count(), 1);
    assert!(new(folder.path(), &["--add"]).contains("Nothing is missing"));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    fs::write(&path, "{attest-risk-analysis: {owner: Rosa}}\n").unwrap();
    let text = refused(folder.path(), &["attest", "new", "--add"], 2);
    assert!(text.contains("nothing can be added"), "{text}");
    let text = refused(folder.path(), &["attest", "new", "--add", "risk-analisys"], 2);
    assert!(text.contains("did you mean `attest-risk-analysis`?"), "{text}");
}

#[test]
fn a_scan_judges_what_is_attested_beside_the_account() {
    let product = Product::alone();
    let scan = |select: &str| product.scan(&["--snapshot", SNAPSHOT, "--select", select, "--format", "json"]);
    let output = scan("service:attest");
    let report = output.report();
    assert_eq!((output.code, report.summary.unknown, report.is_incomplete()), (0, 82, false));
    assert!(report.gaps.is_empty());
    assert!(report.findings.iter().all(|finding| finding.message.contains("`safeguard attest new")));

    fs::write(
        product.folder().join("attestations.yaml"),
        "attest-sanction-policy: {statement: In force., owner: Rosa}\n",
    )
    .unwrap();
    fs::write(product.folder().join("vendors.yaml"), "vendors: [{vendor: Northwind, phi: true}]\n").unwrap();
    let output = scan("service:attest");
    let report = output.report();
    assert_eq!((output.code, report.summary.fail, report.summary.unknown), (10, 5, 78));
    let vendor = report.findings.iter().find(|finding| finding.resource.id.as_deref() == Some("Northwind")).unwrap();
    assert!(vendor.message.contains("no agreement is signed"), "{}", vendor.message);
}

#[test]
fn a_slip_in_a_file_ends_a_scan_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("attestations.yaml"), "attest-risk-analysis:\n  date: 2026-02-30\n").unwrap();
    for args in [&["scan"][..], &["attest", "check"]] {
        // No credentials: had the scan begun, the error would be about them.
        let text = refused(folder.path(), args, 2);
        assert!(text.contains("attestations.yaml:2:9: `2026-02-30` is not a day"), "{text}");
    }
    fs::write(folder.path().join("safeguard.yaml"), "vendors: registers/vendors.yaml\n").unwrap();
    fs::remove_file(folder.path().join("attestations.yaml")).unwrap();
    let text = refused(folder.path(), &["attest", "check"], 2);
    assert!(text.contains("cannot read registers/vendors.yaml"), "{text}");
}

#[test]
fn what_is_written_in_a_file_cannot_steer_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "\"\\e[31m\\u202ered\\nforged: pass\"";
    let entry = format!(
        "attest-risk-analysis: {{statement: {hostile}, owner: {hostile}, evidence: {hostile}}}\n\
         attest-group-health-plan: {{not_applicable: {hostile}, owner: {hostile}, date: 2026-05-15}}\n"
    );
    fs::write(folder.path().join("attestations.yaml"), entry).unwrap();
    let vendors = format!("owner: {hostile}\nvendors: [{{vendor: {hostile}, services: [{hostile}], phi: true}}]\n");
    fs::write(folder.path().join("vendors.yaml"), vendors).unwrap();
    for args in [
        &["attest", "check", "--on", "2026-06-01"][..],
        &["scan", "--snapshot", SNAPSHOT, "--full", "--color", "never"],
    ] {
        let output = safeguard(folder.path(), args);
        assert_eq!(output.status.code(), Some(10), "{}", stderr(&output));
        assert!(!stdout(&output).contains(['\u{1b}', '\u{202e}']), "{args:?}");
        assert!(!stdout(&output).contains("\nforged"), "{args:?}");
    }
    fs::write(folder.path().join("attestations.yaml"), format!("attest-risk-analysis: {{date: {hostile}}}\n")).unwrap();
    let text = refused(folder.path(), &["attest", "check"], 2);
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("\nforged"), "{text}");
}

#[test]
fn the_result_for_people_says_what_fails_what_is_missing_and_until_when() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["attestations.yaml", "vendors.yaml"] {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
        fs::copy(sample, folder.path().join(name)).unwrap();
    }
    let output = safeguard(folder.path(), &["attest", "check", "--on", "2026-11-24"]);
    assert_eq!(output.status.code(), Some(10));
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("attest_check", stdout(&output));
    });
}
