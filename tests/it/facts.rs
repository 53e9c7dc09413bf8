//! Every fact of the sample account, golden.
//!
//! The first recording of KMS, RDS, CloudTrail, S3 and IAM was made with collectors over AWS's own crates for these services.
//! That the pages and programs over the wire client give the same facts stands on it.

use std::fs;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::aws;
use crate::probe;
use crate::product::Product;
use crate::proxy::Answers;

/// The kinds of these services.
const SERVICES: [&str; 5] = ["AWS::CloudTrail::", "AWS::IAM::", "AWS::KMS::", "AWS::RDS::", "AWS::S3::"];

/// What the test server makes anew whenever it starts.
static MADE_ANEW: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    let patterns = [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "MOMENT"),
        (r"(mrk-)?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", "UUID"),
        (r"\b(A[A-Z]{3}|db-|cluster-)[A-Z0-9]{16,}\b", "RANDOM"),
        (r"\b[0-9a-f]{17,64}\b", "HEX"),
        (r"\d{4}-\d\d-\d\d-\d\d-\d\d", "MOMENT"),
        (r"\bprx-[0-9a-z]+|(UUID-)[0-9A-Za-z]{6}\b|\b[0-9a-f]{10}\.mrap", "RANDOM"),
    ];
    patterns.map(|(pattern, word)| (Regex::new(pattern).unwrap(), word))
});

#[test]
fn the_facts_of_the_sample_account_stay_what_they_were() {
    let answers = Answers::of(aws::moto().address());
    let recorded = answers.record();
    let product = Product::against(&recorded.url(), &aws::estate().credentials);
    let folder = product.folder();
    probe::write_rules(&folder.join("probes"));
    let region = ["--region", "us-east-1", "--rules", "probes"];
    let output = product.scan(&[&region[..], &["--save-snapshot", "seen.ndjson", "--format", "json"]].concat());
    let gaps: Vec<String> =
        output.report().gaps.into_iter().map(|gap| format!("{}: {}", gap.operation, gap.message)).collect();
    assert!(gaps.is_empty(), "{gaps:?}");
    let snapshot = fs::read_to_string(folder.join("seen.ndjson")).unwrap();
    let lines = snapshot.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let resources = lines.filter_map(|mut line| line.get_mut("resource").map(Value::take));
    let mut told: Vec<String> = resources.filter(is_told).map(|resource| written(&resource)).collect();
    told.sort();
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("facts_of_the_sample_account", told.join("\n"));
    });
}

fn is_told(resource: &Value) -> bool {
    let kind = resource["kind"].as_str().unwrap_or_default();
    SERVICES.iter().any(|service| kind.starts_with(service))
}

/// A resource with a line for each fact.
fn written(resource: &Value) -> String {
    let name = |member: &str| resource[member].as_str().unwrap_or("-").to_owned();
    let mut text = format!("{} {} {} {}", name("kind"), name("region"), name("id"), name("arn"));
    for (fact, value) in resource["facts"].as_object().into_iter().flatten() {
        text.push_str(&format!("\n  {fact}: {value}"));
    }
    for (pattern, word) in MADE_ANEW.iter() {
        text = pattern.replace_all(&text, *word).into_owned();
    }
    text
}
