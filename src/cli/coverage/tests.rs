use super::*;
use crate::rule::{RuleSet, Selection};
use crate::scan;

const RULES: [&str; 5] = [
    "cloudtrail-multi-region-trail",
    "rds-storage-encrypted",
    "s3-bucket-key-enabled",
    "s3-bucket-kms-encryption",
    "s3-bucket-tls-only",
];

/// Five built-in rules, and one that judges an attestation.
fn rules(catalog: &Catalog) -> Vec<RuleInfo> {
    let select = RULES.map(str::to_owned).into();
    let rules = RuleSet::builtin(&scan::kinds(), catalog).unwrap().select(&Selection { select, skip: vec![] }).unwrap();
    let mut rules = scan::rule_infos(&rules);
    rules.push(RuleInfo {
        id: "attest-activity-review".to_owned(),
        kind: "Safeguard::Attestation".to_owned(),
        hipaa: vec!["164.308(a)(1)(ii)(D)".to_owned()],
        soc2: vec!["CC4.1".to_owned()],
        supports: vec![],
        ..rules[0].clone()
    });
    rules
}

fn shown(args: &CoverageArgs, width: usize) -> String {
    let catalog = Catalog::builtin().unwrap();
    let mut out = Vec::new();
    let style = Style { width, color: false, full: args.full };
    without_account(args, &catalog, &rules(&catalog), (&[Soc2Category::Availability], &[]), &mut out, &style).unwrap();
    String::from_utf8(out).unwrap()
}

fn covered(framework: Option<FrameworkName>, format: CoverageFormat, width: usize) -> String {
    shown(&CoverageArgs { framework, format, ..CoverageArgs::default() }, width)
}

#[test]
fn hipaa_at_80_columns() {
    insta::assert_snapshot!(covered(Some(FrameworkName::Hipaa), CoverageFormat::Terminal, 80));
}

#[test]
fn soc2_at_80_columns() {
    insta::assert_snapshot!(covered(Some(FrameworkName::Soc2), CoverageFormat::Terminal, 80));
}

#[test]
fn soc2_at_50_columns() {
    insta::assert_snapshot!(covered(Some(FrameworkName::Soc2), CoverageFormat::Terminal, 50));
}

#[test]
fn no_line_is_wider_than_asked() {
    for width in [40, 63, 64, 80, 200] {
        for line in covered(None, CoverageFormat::Terminal, width).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn json_says_the_same() {
    let json: serde_json::Value = serde_json::from_str(&covered(None, CoverageFormat::Json, 80)).unwrap();
    assert_eq!(json["rule_count"], 6);
    assert_eq!(json["requirements"].as_array().unwrap().len(), 106 + 61);
    let line = |id: &str| json["requirements"].as_array().unwrap().iter().find(|line| line["id"] == id).unwrap();
    assert_eq!(
        line("164.312(a)(2)(iv)"),
        &serde_json::json!({
            "id": "164.312(a)(2)(iv)",
            "framework": "hipaa",
            "title": "Encryption and decryption",
            "class": "addressable",
            "group": "Technical safeguards",
            "verifiable_in_aws": "partial",
            "parents": ["164.312(a)(1)"],
            "in_scope": true,
            "situation": "rules_speak",
            "rules": ["rds-storage-encrypted", "s3-bucket-kms-encryption"],
            "supporting_rules": ["s3-bucket-kms-encryption"],
            "attestation_rules": [],
            "crosswalk": ["CC6.1", "C1.1"],
            "proposed": "proposed, not law (90 FR 898 of 2025-01-06): Encryption of ePHI at rest would be required and no \
                         longer addressable, with limited exceptions.",
        })
    );
    assert_eq!(line("164.308(a)(1)(ii)(D)")["attestation_rules"], serde_json::json!(["attest-activity-review"]));
    assert_eq!((&line("A1.2")["in_scope"], &line("C1.1")["in_scope"]), (&true.into(), &false.into()));
    assert_eq!(line("164.312(d)")["situation"], "no_rule");
    assert_eq!(line("164.308(a)(2)")["situation"], "not_in_aws");
    let sum: u64 = json["totals"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|total| ["partial", "attestation"].map(|what| total[what].as_u64().unwrap()))
        .sum();
    assert_eq!(sum, 106 + 61, "every requirement is counted once");
}

#[test]
fn a_framework_can_be_left_out() {
    let soc2 = covered(Some(FrameworkName::Soc2), CoverageFormat::Json, 80);
    assert!(!soc2.contains("hipaa") && soc2.contains("CC6.7"));
}

#[test]
fn the_proposal_is_shown_alone_and_never_without_the_words_that_it_is_no_law() {
    let args = CoverageArgs { proposed: true, ..CoverageArgs::default() };
    let page = shown(&args, 80);
    insta::assert_snapshot!(page);
    let json: serde_json::Value =
        serde_json::from_str(&shown(&CoverageArgs { format: CoverageFormat::Json, ..args.clone() }, 80)).unwrap();
    let lines = json["requirements"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["proposed"].as_str().unwrap().starts_with("proposed, not law")));
    assert_eq!(lines.iter().filter(|line| line["class"] == "addressable").count(), 22, "every addressable one");
    let soc2 = CoverageArgs { framework: Some(FrameworkName::Soc2), ..args };
    assert_eq!(soc2.check().unwrap_err().fault, crate::error::Fault::Usage);
}

#[test]
fn the_whole_page_names_what_stands_behind_a_row() {
    let args = CoverageArgs { full: true, ..CoverageArgs::default() };
    let page = shown(&args, 100);
    let from = page.find("164.308(a)(1)(ii)(D)").unwrap();
    let rows: Vec<&str> = page[from..].lines().take(4).collect();
    insta::assert_snapshot!(rows.join("\n"));
}
