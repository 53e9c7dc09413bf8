//! Waivers in the sample account: failures stay failures, are counted apart, and do not decide the exit code.

use std::fs;

use safeguard::model::{Report, Verdict, WaiverState};

use crate::cli::{refused, safeguard, stderr, stdout};
use crate::product::Product;

const FILE: &str = "\
waivers:
  - rule: s3-bucket-tls-only
    resource: meridian-marketing-site
    reason: Serves public pages only
    owner: web team
    expires: 2126-12-31
    ticket: SEC-118
  - rule: s3-bucket-*
    resource: \"arn:aws:s3:::meridian-telemetry\"
    reason: Will be deleted
    owner: platform team
    expires: 2026-01-31
  - rule: s3-bucket-tls-only
    resource: no-such-bucket
    reason: x
    owner: y
    expires: 2126-12-31
";

fn demo(product: &Product, arguments: &[&str]) -> Report {
    product.scan(&[&["--demo", "--format", "json"], arguments].concat()).report()
}

#[test]
fn a_waived_failure_is_reported_as_a_failure_and_counted_apart() {
    let product = Product::alone();
    let without = demo(&product, &[]);
    fs::write(product.folder().join("waivers.yaml"), FILE).unwrap();
    let with = demo(&product, &[]);
    let verdicts = |report: &Report| report.findings.iter().map(|it| (it.id.clone(), it.verdict)).collect::<Vec<_>>();
    assert_eq!(verdicts(&without), verdicts(&with), "a waiver changes no verdict");
    assert_eq!((without.summary.waived, with.summary.waived), (0, 1));
    assert_eq!(without.summary.fail, with.summary.fail);
    let verdicts = |report: &Report| report.requirements.iter().map(|row| row.verdict).collect::<Vec<_>>();
    assert_eq!(verdicts(&without), verdicts(&with), "a waiver meets no requirement");
    let states: Vec<_> = with.waivers.iter().map(|row| row.state).collect();
    assert_eq!(states, [WaiverState::InForce, WaiverState::Expired, WaiverState::NoSuchResource]);
    assert!(
        with.warnings.iter().any(|it| it.contains("line 8 of waivers.yaml") && it.contains("expired on 2026-01-31"))
    );
    assert!(with.warnings.iter().any(|it| it.contains("line 13") && it.contains("nothing of that name")));
}

#[test]
fn the_terminal_shows_waived_failures_and_stale_entries() {
    let product = Product::alone();
    fs::write(product.folder().join("accepted.yaml"), FILE).unwrap();
    let output = product.scan(&["--demo", "--select", "s3-bucket-tls-only", "--waivers", "accepted.yaml"]);
    let at = output.stdout.find("WAIVED").unwrap_or_else(|| panic!("{}", output.stdout));
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("demo_waived", &output.stdout[at..]);
    });
}

#[test]
fn waived_failures_alone_end_with_success() {
    let product = Product::alone();
    let all = FILE.replace("resource: meridian-marketing-site", "resource: \"*\"");
    fs::write(product.folder().join("waivers.yaml"), all).unwrap();
    let scan = |more: &[&str]| product.scan(&[&["--demo", "--select", "s3-bucket-tls-only"], more].concat()).code;
    assert_eq!(scan(&[]), 0);
    assert_eq!(product.scan(&["--demo", "--select", "s3-bucket-tls-only,iam-root-mfa"]).code, 10);
}

#[test]
fn a_broken_waiver_file_is_refused_before_anything_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("waivers.yaml"), FILE.replace("    reason: Will be deleted\n", "")).unwrap();
    let text = refused(folder.path(), &["scan", "--demo"], 2);
    assert!(text.contains("waivers.yaml:8:5: this waiver has no `reason`"), "{text}");
    assert!(text.contains("nothing was judged"), "{text}");
    let text = refused(folder.path(), &["scan", "--demo", "--waivers", "missing.yaml"], 2);
    assert!(text.contains("missing.yaml: cannot be read"), "{text}");
    let text = refused(folder.path(), &["waivers", "check"], 2);
    assert!(text.contains("this waiver has no `reason`"), "{text}");
}

#[test]
fn a_waiver_file_can_be_looked_after_without_an_account() {
    let folder = tempfile::tempdir().unwrap();
    assert!(refused(folder.path(), &["waivers", "check"], 2).contains("waivers check FILE"));
    fs::write(folder.path().join("waivers.yaml"), FILE).unwrap();
    let output = safeguard(folder.path(), &["waivers", "check"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    insta::assert_snapshot!(stdout(&output), @"
    3 waivers in waivers.yaml, 1 expired:
    - the waiver in line 8 of waivers.yaml (s3-bucket-* on arn:aws:s3:::meridian-telemetry) expired on 2026-01-31; its owner is platform team
    ");
    let schema = safeguard(folder.path(), &["schema", "waivers"]);
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert_eq!(schema["title"], "waivers.yaml");
}

#[test]
fn a_waiver_never_covers_what_was_not_decided() {
    let product = Product::alone();
    let everything = "waivers:\n  - {rule: '*-*', resource: '*', reason: r, owner: o, expires: 2126-12-31}\n";
    fs::write(product.folder().join("waivers.yaml"), everything.replace("'*-*'", "'rds-*'")).unwrap();
    let report = demo(&product, &["--select", "service:rds"]);
    let unknown: Vec<_> = report.findings.iter().filter(|it| it.verdict == Verdict::Unknown).collect();
    assert!(!unknown.is_empty() && unknown.iter().all(|it| it.waiver.is_none()));
    assert_eq!(report.worst_failure(), None);
    assert_eq!(product.scan(&["--demo", "--select", "service:rds"]).code, 11);
}
