use super::*;

const RULES: [(&str, &[&str]); 4] = [
    ("s3-bucket-tls-only", &["164.312(e)(1)", "164.312(e)(2)(ii)", "CC6.7"]),
    ("cloudtrail-trail-multi-region", &["164.312(b)", "164.308(a)(1)(ii)(D)", "CC7.2"]),
    ("rds-instance-storage-encrypted", &["164.312(a)(2)(iv)", "CC6.1"]),
    ("s3-bucket-encrypted-with-kms-key", &["164.312(a)(2)(iv)", "CC6.1", "C1.1"]),
];

fn covered(framework: Option<FrameworkName>, format: CoverageFormat, width: usize) -> String {
    let catalog = Catalog::builtin().unwrap();
    let rules = RulesByRequirement::new(RULES.map(|(rule, cited)| (rule, cited.iter().copied())));
    let mut out = Vec::new();
    write(&CoverageArgs { framework, format }, &catalog, &rules, &mut out, width).unwrap();
    String::from_utf8(out).unwrap()
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
    assert_eq!(json["rule_count"], 4);
    assert_eq!(json["requirements"].as_array().unwrap().len(), 92 + 61);
    let line = |id: &str| json["requirements"].as_array().unwrap().iter().find(|line| line["id"] == id).unwrap();
    assert_eq!(
        line("164.312(a)(2)(iv)"),
        &serde_json::json!({
            "id": "164.312(a)(2)(iv)",
            "framework": "hipaa",
            "title": "Encryption and decryption",
            "class": "addressable",
            "group": "technical",
            "verifiable_in_aws": "technical",
            "situation": "rules_speak",
            "rules": ["rds-instance-storage-encrypted", "s3-bucket-encrypted-with-kms-key"],
        })
    );
    assert_eq!(line("164.312(d)")["situation"], "no_rule");
    assert_eq!(line("164.308(a)(2)")["situation"], "not_in_aws");
    let sum: u64 = json["totals"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|total| ["technical", "partial", "attestation"].map(|what| total[what].as_u64().unwrap()))
        .sum();
    assert_eq!(sum, 92 + 61, "every requirement is counted once");
}

#[test]
fn a_framework_can_be_left_out() {
    let soc2 = covered(Some(FrameworkName::Soc2), CoverageFormat::Json, 80);
    assert!(!soc2.contains("hipaa") && soc2.contains("CC6.7"));
}
