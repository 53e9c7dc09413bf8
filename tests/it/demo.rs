//! The sample account: what `fixtures/estate` plants is what a scan finds, and the snapshot in the binary is what a
//! scan of it records today.
//!
//! To record the snapshot anew, after a change of the estate or of a collector:
//! `SAFEGUARD_RECORD_DEMO=1 cargo test --test it demo`

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use safeguard::model::{Finding, Report, Resource, Snapshot, Verdict};

use safeguard::scan::snapshot_file;

use crate::aws;
use crate::fault::Fault;
use crate::product::{Output, Product};
use crate::proxy::{Answers, Proxy};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo.ndjson");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
/// The demo's credentials lack this one permission, so that a newcomer sees what that looks like.
const NOT_ALLOWED: &str = "DescribeDBClusterSnapshotAttributes";
/// What the people of the sample account attest, which `--demo` judges, too.
const ATTESTED: [&str; 2] = ["attestations.yaml", "vendors.yaml"];
/// The scope that `--demo` judges with when none is configured.
const CONFIG: &str = "phi_scope: {tags: {DataClassification: [phi]}}\n";

/// A scan of the account that the script has just built; recorded for the binary when asked to.
/// The account as it is, and as the demo shows it: its credentials may not read one thing.
struct Scans {
    whole: Report,
    snapshot: Snapshot,
    demo: Report,
}

fn scans() -> &'static Scans {
    static SCANS: OnceLock<Scans> = OnceLock::new();
    SCANS.get_or_init(|| {
        let answers = Answers::of(aws::moto().address());
        let (whole, snapshot) = scan(&answers.record(), None);
        let denied = answers.replay(|call| (call.operation == NOT_ALLOWED).then_some(Fault::Denied));
        let to = std::env::var_os("SAFEGUARD_RECORD_DEMO").map(|_| Path::new(DEMO));
        Scans { whole, snapshot, demo: scan(&denied, to).0 }
    })
}

fn scan(proxy: &Proxy, copy_to: Option<&Path>) -> (Report, Snapshot) {
    let product = Product::against(&proxy.url(), &aws::estate().credentials).with("AWS_REGION", "us-east-1");
    fs::write(product.folder().join("safeguard.yaml"), CONFIG).unwrap();
    for name in ATTESTED {
        fs::copy(Path::new(FIXTURES).join(name), product.folder().join(name)).unwrap();
    }
    let output = product.scan(&["--region", "all", "--format", "json", "--save-snapshot", "account.ndjson"]);
    let saved = product.folder().join("account.ndjson");
    if let Some(path) = copy_to {
        fs::copy(&saved, path).unwrap();
    }
    (output.report(), snapshot_file::open(&saved).unwrap())
}

fn demo(arguments: &[&str]) -> Output {
    Product::alone().scan(&[&["--demo"], arguments].concat())
}

/// What a page of `fixtures/planted` says of one rule.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Planted {
    fail: BTreeSet<String>,
    pass: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

/// What all pages of `fixtures/planted` say, by rule.
fn planted() -> BTreeMap<String, Planted> {
    let mut all = BTreeMap::new();
    for page in fs::read_dir(Path::new(FIXTURES).join("planted")).unwrap() {
        let path = page.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let rules: BTreeMap<String, Planted> =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (rule, planted) in rules {
            assert!(all.insert(rule.clone(), planted).is_none(), "{}: {rule} stands on two pages", path.display());
        }
    }
    all
}

#[test]
fn a_scan_gives_exactly_the_planted_verdicts() {
    let planted = planted();
    let rules: BTreeSet<&str> = scans().whole.findings.iter().map(|finding| &*finding.rule).collect();
    let forgotten: Vec<_> = rules.iter().filter(|rule| !planted.contains_key(**rule)).collect();
    assert!(forgotten.is_empty(), "no word about {forgotten:?}");
    let mut wrong = Vec::new();
    for (rule, planted) in &planted {
        for (verdict, wanted) in
            [(Verdict::Fail, &planted.fail), (Verdict::Pass, &planted.pass), (Verdict::Unknown, &planted.unknown)]
        {
            let given = scans().whole.findings.iter().filter(|it| it.rule == *rule && it.verdict == verdict);
            let given: BTreeSet<String> = given.filter_map(name_of).collect();
            wrong.extend(wanted.difference(&given).map(|name| format!("{rule}: {name} should be {verdict:?}")));
            wrong.extend(given.difference(wanted).map(|name| format!("{rule}: {name} should not be {verdict:?}")));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// The name that the script gave the resource; `None` for what moto makes and names by itself: keys without an alias,
/// automated snapshots, and what is in EC2 without the tag `Name`.
fn name_of(finding: &Finding) -> Option<String> {
    let id = finding.resource.id.as_deref()?;
    match finding.resource.kind.as_str() {
        "AWS::KMS::Key" => aliases().get(id).cloned(),
        _ if id.starts_with("rds:") || id.starts_with("rds!") => None,
        _ if id.starts_with("arn:aws:ec2:") => names().get(id.rsplit('/').next()?).cloned(),
        kind if kind.starts_with("AWS::EC2::") => names().get(id).cloned(),
        _ => Some(id.to_owned()),
    }
}

/// The tag `Name` of what is in EC2 and has one.
fn names() -> &'static BTreeMap<String, String> {
    static NAMES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let machines = scans().snapshot.resources.iter().filter(|resource| resource.kind.starts_with("AWS::EC2::"));
        let name = |resource: &Resource| {
            let tags = resource.fact("Tags")?.as_array()?;
            let name = tags.iter().find(|tag| tag["Key"] == "Name")?["Value"].as_str()?;
            Some((resource.id.clone(), name.to_owned()))
        };
        machines.filter_map(name).collect()
    })
}

/// The first alias of each key that has one of the script's.
fn aliases() -> &'static BTreeMap<String, String> {
    static ALIASES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    ALIASES.get_or_init(|| {
        let keys = scans().snapshot.resources.iter().filter(|resource| resource.kind == "AWS::KMS::Key");
        let alias = |resource: &Resource| {
            let alias = resource.fact("Aliases")?.get(0)?.as_str()?.to_owned();
            (!alias.starts_with("alias/aws/")).then_some((resource.id.clone(), alias))
        };
        keys.filter_map(alias).collect()
    })
}

#[test]
fn the_snapshot_in_the_binary_is_what_a_scan_records_today() {
    assert!(Path::new(DEMO).exists());
    let (kept, today) = (verdicts(&demo(&["--format", "json"]).report()), verdicts(&scans().demo));
    let differences: Vec<_> = kept
        .iter()
        .filter(|(key, count)| today.get(*key) != Some(*count))
        .map(|found| format!("kept {found:?}"))
        .chain(today.iter().filter(|(key, count)| kept.get(*key) != Some(*count)).map(|found| format!("now {found:?}")))
        .collect();
    assert!(differences.is_empty(), "record the demo anew:\n{}", differences.join("\n"));
}

/// How often each rule gave each verdict about each kind: moto makes some ids at random, so they are no part of it.
fn verdicts(report: &Report) -> BTreeMap<(String, String, Verdict), usize> {
    let mut verdicts = BTreeMap::new();
    for finding in &report.findings {
        *verdicts.entry((finding.rule.clone(), finding.resource.kind.clone(), finding.verdict)).or_default() += 1;
    }
    verdicts
}

#[test]
fn a_scope_that_matches_nothing_cannot_be_overlooked() {
    let product = Product::alone();
    fs::write(product.folder().join("safeguard.yaml"), "phi_scope: {tags: {DataClassification: [PHI]}}\n").unwrap();
    let report = product.scan(&["--demo"]);
    assert!(report.stdout.contains("it matches NOTHING"), "{}", report.stdout);
    assert!(report.stdout.contains("- the PHI scope matches nothing"), "{}", report.stdout);
    let report = product.scan(&["--demo", "--format", "json"]).report();
    assert_eq!((report.scan.phi_scope.is_configured, report.scan.phi_scope.in_scope), (true, 0));
    assert!(report.warnings.iter().any(|warning| warning.contains("`phi_scope`")), "{:?}", report.warnings);
}

#[test]
fn a_newcomer_sees_the_whole_result() {
    let output = demo(&["--color", "never"]);
    assert_eq!(output.code, 10, "{}", output.stderr);
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("demo_terminal", output.stdout);
    });
}

#[test]
fn the_demo_in_json_is_always_the_same() {
    let (first, second) = (demo(&["--format", "json"]), demo(&["--format", "json"]));
    assert_eq!(first.stdout, second.stdout);
    let report = first.report();
    let lines: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let name = finding.resource.id.as_deref().unwrap_or("(list not read)");
            format!(
                "{} {} {} {} {name}",
                finding.verdict.as_str(),
                finding.severity.as_str(),
                finding.rule,
                finding.resource.region
            )
        })
        .collect();
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("demo_verdicts", lines.join("\n"));
    });
}

#[test]
fn a_saved_snapshot_is_judged_as_the_account_was() {
    let again = Product::alone().scan(&["--snapshot", DEMO, "--format", "json"]);
    let report = again.report();
    assert_eq!(report.scan.source, DEMO);
    assert!(report.findings.len() > 400);
}
