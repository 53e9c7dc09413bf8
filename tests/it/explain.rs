//! Findings of the sample account, explained.

use std::collections::{BTreeMap, HashMap};

use safeguard::catalog::Catalog;
use safeguard::engine::explanation::conditions;
use safeguard::engine::neighbours::Neighbours;
use safeguard::engine::scope::PhiScope;
use safeguard::engine::{Estate, Judge};
use safeguard::model::{Explanation, Finding, Part, PartForm, PartValue, Verdict};
use safeguard::rule::Selection;
use safeguard::scan::{kinds, load_rules, snapshot_file};
use serde_json::Value;

use crate::cli::{refused, safeguard, stderr, stdout};
use crate::product::Product;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo.ndjson");

fn explained(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = safeguard(folder.path(), &[&["explain", "--demo"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // The demo is recorded anew now and then.
    let moments = regex::Regex::new(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*( UTC|Z)").unwrap();
    moments.replace_all(stdout(&output), "(moment)").into_owned()
}

/// What is said of each kind of verdict, as a user reads it.
#[test]
fn one_finding_of_each_verdict() {
    let report = Product::alone().scan(&["--demo", "--format", "json"]).report();
    for (name, rule, verdict) in [
        ("explain_fail", "iam-root-mfa", Verdict::Fail),
        ("explain_pass", "s3-bucket-tls-only", Verdict::Pass),
        ("explain_unknown", "rds-cluster-snapshot-not-public", Verdict::Unknown),
        ("explain_not_applicable", "", Verdict::NotApplicable),
    ] {
        let is_one = |it: &&Finding| it.verdict == verdict && it.rule.starts_with(rule) && it.resource.id.is_some();
        let finding = report.findings.iter().find(is_one).unwrap_or_else(|| panic!("no finding for {name}"));
        let text = explained(&[&finding.rule, finding.resource.id.as_ref().unwrap()]);
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, text);
        });
    }
}

#[test]
fn for_every_finding_the_parts_agree_with_the_verdict_and_with_the_evidence() {
    let (kinds, catalog) = (kinds(), Catalog::builtin().unwrap());
    let rules = load_rules(&kinds, &catalog, &[], &BTreeMap::new()).unwrap().select(&Selection::default()).unwrap();
    let snapshot = snapshot_file::open(DEMO.as_ref()).unwrap();
    let scope =
        PhiScope { tags: [("DataClassification".to_owned(), vec!["phi".to_owned()])].into(), ..PhiScope::default() };
    let (estate, neighbours) = (Estate::of(&snapshot), Neighbours::default());
    let findings = Judge::new(&estate, &neighbours, &kinds, &scope).findings(&rules);
    let mut explained = 0;
    for finding in findings.iter().filter(|finding| finding.resource.id.is_some()) {
        let parts = conditions(&rules, &estate, &kinds, &scope, finding);
        let name = format!("{} on {:?}", finding.rule, finding.resource.id);
        let pass = parts.pass.unwrap_or_else(|| panic!("{name}: no parts"));
        let applies = parts.when.as_ref().map_or(PartValue::Known(true.into()), |when| when.value.clone());
        let by_parts = match (&applies, &pass.value) {
            (PartValue::Known(Value::Bool(false)), _) => Verdict::NotApplicable,
            (PartValue::Known(Value::Bool(true)), PartValue::Known(Value::Bool(true))) => Verdict::Pass,
            (PartValue::Known(Value::Bool(true)), PartValue::Known(Value::Bool(false))) => Verdict::Fail,
            _ => Verdict::Unknown,
        };
        assert_eq!(by_parts, finding.verdict, "{name}");
        let mut values = HashMap::new();
        parts.when.iter().chain([&pass]).for_each(|part| gather(part, &mut values));
        for evidence in &finding.evidence {
            if let Some(value) = values.get(evidence.path.as_str()) {
                match &evidence.value {
                    Some(read) => assert_eq!(*value, &PartValue::Known(read.clone()), "{name}: {}", evidence.path),
                    None => assert_eq!(*value, &PartValue::Unknown, "{name}: {}", evidence.path),
                }
            }
        }
        explained += 1;
    }
    assert!(explained > 400, "{explained}");
}

/// The facts of the judged resource, with their values. A part behind a guard ("is it null?") that decided has none.
fn gather<'p>(part: &'p Part, values: &mut HashMap<&'p str, &'p PartValue>) {
    let has_value = !matches!(part.value, PartValue::Fault(_));
    if part.form == PartForm::Name && part.text.starts_with("resource.") && has_value {
        values.insert(&part.text, &part.value);
    }
    part.parts.iter().for_each(|inner| gather(inner, values));
}

#[test]
fn a_report_alone_has_the_condition_and_says_what_its_parts_need() {
    let product = Product::alone();
    product.scan(&["--demo", "--format", "json=report.json"]);
    let explain = |arguments: &[&str]| {
        let output =
            safeguard(product.folder(), &[&["explain", "iam-root-mfa", "--report", "report.json"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        output
    };
    let alone = explain(&[]);
    assert!(stdout(&alone).contains("--snapshot FILE") && stdout(&alone).contains("resource.AccountMFAEnabled == 1"));
    let with_facts = explain(&["--demo"]);
    assert!(stdout(&with_facts).contains("at least one of these 2:"), "{}", stdout(&with_facts));
    let json: Explanation = serde_json::from_slice(&explain(&["--demo", "--format", "json"]).stdout).unwrap();
    assert_eq!((json.finding.rule.as_str(), json.pass.is_some(), json.notes.len()), ("iam-root-mfa", true, 0));
    assert_eq!(json.requirements.len(), json.finding.hipaa.len() + json.finding.soc2.len());
    let by_id = json.finding.id.0.get(..8).unwrap();
    let output = safeguard(product.folder(), &["explain", by_id, "--demo"]);
    assert!(stdout(&output).contains(&json.finding.id.0), "{}", stdout(&output));
}

#[test]
fn a_finding_that_cannot_be_told_is_asked_back_for() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |arguments: &[&str]| refused(folder.path(), &[&["explain"], arguments].concat(), 2);
    assert!(ask(&["iam-root-mfa"]).contains("--report"));
    assert!(ask(&["iam-rot-mfa", "--demo"]).contains("did you mean `iam-root-mfa`?"));
    assert!(ask(&["0123456789abcdef", "--demo"]).contains("there is no finding of `0123456789abcdef`"));
    let several = ask(&["s3-bucket-tls-only", "--demo"]);
    assert!(
        several.contains("findings are of rule `s3-bucket-tls-only`")
            && several.contains("meridian-marketing-site (us-east-1)")
    );
    let none = ask(&["s3-bucket-tls-only", "no-such-bucket", "--demo"]);
    assert!(none.contains("there is no finding of rule `s3-bucket-tls-only` on `no-such-bucket`. There are"), "{none}");
    assert!(ask(&["iam-root-mfa", "--report", "missing.json"]).contains("missing.json"));
}
