//! Reports against earlier ones: what is compared, what counts, and what is refused.

use std::fs;

use safeguard::model::{Change, Report, SNAPSHOT_SCHEMA_VERSION, Severity, Snapshot, Verdict};
use safeguard::scan::snapshot_file;

use crate::cli::{refused, safeguard, stderr, stdout};
use crate::product::{Product, written};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo.ndjson");

/// Rules that say nothing of times and of names that AWS chooses, because the sample is recorded anew now and then.
const RULES: &str = "service:s3,iam-root-mfa,iam-console-user-mfa,rds-cluster-snapshot-not-public";

/// A folder with the sample account's snapshot and report, and with those of a later day: one bucket lost its policy that
/// demanded TLS, one is gone, of one nobody may read the policy, and the root user has a second factor.
fn earlier_and_later() -> Product {
    let product = Product::alone();
    let before = snapshot_file::open(DEMO.as_ref()).unwrap();
    let mut after: Snapshot = before.clone();
    assert_eq!(after.header.schema_version, SNAPSHOT_SCHEMA_VERSION);
    after.header.taken_at = "2026-12-24T06:00:00Z".parse().unwrap();
    after.header.finished_at = "2026-12-24T06:00:03Z".parse().unwrap();
    let passes = passing_bucket();
    for resource in &mut after.resources {
        if resource.id == passes {
            resource.facts["BucketPolicy"] = serde_json::Value::Null;
        }
        if resource.id == "meridian-marketing-site" {
            resource.facts.as_object_mut().unwrap().remove("BucketPolicy");
        }
        if resource.facts.get("AccountMFAEnabled").is_some() {
            resource.facts["AccountMFAEnabled"] = 1.into();
        }
    }
    after.resources.retain(|resource| resource.id != "meridian-partner-dropbox");
    snapshot_file::save(&before, &product.folder().join("old.ndjson.zst")).unwrap();
    snapshot_file::save(&after, &product.folder().join("new.ndjson")).unwrap();
    for (snapshot, report) in [("old.ndjson.zst", "old.json"), ("new.ndjson", "new.json")] {
        let format = format!("json={report}");
        product.scan(&["--snapshot", snapshot, "--format", &format, "--select", RULES]);
    }
    product
}

/// A bucket of the sample account that demands TLS.
fn passing_bucket() -> String {
    let report = Product::alone().scan(&["--demo", "--select", "s3-bucket-tls-only", "--format", "json"]).report();
    let pass = report.findings.into_iter().find(|it| it.verdict == Verdict::Pass);
    pass.and_then(|it| it.resource.id).expect("a bucket that demands TLS")
}

fn change_of(report: &Report, rule: &str, resource: &str) -> Option<Change> {
    let gone = &report.comparison.as_ref().unwrap().no_longer_reported;
    let is_it = |it: &&safeguard::model::Finding| it.rule == rule && it.resource.id.as_deref() == Some(resource);
    report.findings.iter().chain(gone).find(is_it).and_then(safeguard::model::Finding::change)
}

#[test]
fn a_scan_says_how_each_finding_stands_against_the_baseline() {
    let product = earlier_and_later();
    let scan = ["--snapshot", "new.ndjson", "--baseline", "old.json", "--select", RULES];
    let report = product.scan(&[&scan[..], &["--format", "json"]].concat()).report();
    let tls = "s3-bucket-tls-only";
    assert_eq!(change_of(&report, tls, &passing_bucket()), Some(Change::New));
    assert_eq!(change_of(&report, tls, "meridian-marketing-site"), Some(Change::NewlyUnknown));
    assert_eq!(change_of(&report, tls, "meridian-partner-dropbox"), Some(Change::Resolved));
    assert_eq!(change_of(&report, "iam-root-mfa", "123456789012"), Some(Change::Resolved));
    assert_eq!(change_of(&report, "iam-console-user-mfa", "analyst"), Some(Change::StillFailing));
    let terminal = product.scan(&scan).stdout;
    assert!(terminal.contains("\nCHANGED  since 20"), "{terminal}");
    assert!(terminal.contains("- NEW "), "{terminal}");
    // A snapshot that is judged by the same rules is as good a baseline.
    let by_snapshot =
        ["--snapshot", "new.ndjson", "--baseline", "old.ndjson.zst", "--select", RULES, "--format", "json"];
    let by_snapshot = product.scan(&by_snapshot);
    assert_eq!(by_snapshot.report().comparison, report.comparison);
}

#[test]
fn only_new_failures_can_be_made_to_count() {
    let product = earlier_and_later();
    let code = |flags: &[&str]| product.scan(&[flags, &["--select", RULES]].concat()).code;
    assert_eq!(
        code(&["--snapshot", "old.ndjson.zst", "--baseline", "old.json", "--new-only", "--allow-incomplete"]),
        0
    );
    assert_eq!(code(&["--snapshot", "old.ndjson.zst", "--baseline", "old.json", "--new-only"]), 11);
    assert_eq!(code(&["--snapshot", "old.ndjson.zst", "--baseline", "old.json"]), 10);
    let new = ["--snapshot", "new.ndjson", "--baseline", "old.json", "--new-only"];
    assert_eq!(code(&new), 10);
    assert_eq!(code(&[&new[..], &["--fail-on", "critical", "--allow-incomplete"]].concat()), 0);
}

#[test]
fn two_reports_or_snapshots_are_compared_alike() {
    let product = earlier_and_later();
    let diff = |arguments: &[&str]| safeguard(product.folder(), &[&["diff"], arguments].concat());
    let reports = diff(&["old.json", "new.json"]);
    assert_eq!(reports.status.code(), Some(10), "{}", stderr(&reports));
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        let dates = regex::Regex::new(r"\d{4}-\d\d-\d\d( \d\d:\d\d UTC|T[0-9:.]+Z)?").unwrap();
        insta::assert_snapshot!("demo_diff", dates.replace_all(stdout(&reports), "(date)"));
    });
    assert_eq!(stdout(&diff(&["old.ndjson.zst", "new.ndjson", "--select", RULES])), stdout(&reports));
    let json = diff(&["old.json", "new.json", "--format", "json"]);
    let report: Report = serde_json::from_slice(&json.stdout).unwrap();
    assert!(report.has_new_failure(Severity::Low));
    let same = diff(&["new.json", "new.json"]);
    assert_eq!(same.status.code(), Some(0));
    assert!(stdout(&same).contains("nothing new fails, and nothing is newly unknown"), "{}", stdout(&same));
    // What the comparison wrote can be compared with again.
    fs::write(product.folder().join("chain.json"), &json.stdout).unwrap();
    assert_eq!(diff(&["chain.json", "new.json"]).status.code(), Some(0));
}

#[test]
fn a_baseline_that_is_none_is_refused_and_nothing_is_claimed() {
    let product = earlier_and_later();
    let write = |name: &str, text: &str| fs::write(product.folder().join(name), text).unwrap();
    write("photo.json", "\u{89}PNG");
    let old = fs::read_to_string(product.folder().join("old.json")).unwrap();
    write("altered.json", &old.replacen("\"fail\"", "\"pass\"", 1));
    let other = serde_json::from_str(&old.replace("123456789012", "999999999999")).unwrap();
    write("other.json", std::str::from_utf8(&written(&other)).unwrap());
    write("newer.json", "{\"schema_version\": 99, \"findings\": []}");
    write("cut.ndjson", &fs::read_to_string(product.folder().join("new.ndjson")).unwrap()[..9_000]);
    for (name, words) in [
        ("photo.json", "photo.json is not a Safeguard report"),
        ("missing.json", "cannot read the report missing.json"),
        ("other.json", "other.json is about account 999999999999, and not about 123456789012"),
        ("altered.json", "the report altered.json is not as it was written"),
        ("newer.json", "schema version 99"),
        ("cut.ndjson", "cut.ndjson"),
    ] {
        let text = refused(product.folder(), &["scan", "--demo", "--baseline", name], 2);
        assert!(text.contains(words) && text.contains("nothing was judged"), "{name}: {text}");
        let text = refused(product.folder(), &["diff", name, "new.json"], 2);
        assert!(text.contains(words) && text.contains("nothing was compared"), "{name}: {text}");
    }
    let text = refused(product.folder(), &["scan", "--demo", "--new-only"], 2);
    assert!(text.contains("--baseline FILE"), "{text}");
}
