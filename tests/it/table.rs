//! The requirement table: nothing of the law is missing, every rule moves exactly what it cites, and nothing is met through
//! what only supports it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use safeguard::catalog::{Catalog, Class};
use safeguard::engine::requirements::requirement_table;
use safeguard::model::{
    Finding, Report, RequirementRow, RequirementVerdict, RuleInfo, Soc2Category, Verdict, Verifiable,
};
use safeguard::scan::report_file;
use serde_json::Value;

use crate::cli::{refused, safeguard, stderr, stdout};

/// Appendix A to Subpart C, copied by hand from the regulation: standard (S), required (R) or addressable (A). A standard
/// that has no specifications of its own is binding as it stands; the appendix marks it (R).
const APPENDIX_A: [(&str, char); 60] = [
    ("164.308(a)(1)(i)", 'S'),
    ("164.308(a)(1)(ii)(A)", 'R'),
    ("164.308(a)(1)(ii)(B)", 'R'),
    ("164.308(a)(1)(ii)(C)", 'R'),
    ("164.308(a)(1)(ii)(D)", 'R'),
    ("164.308(a)(2)", 'S'),
    ("164.308(a)(3)(i)", 'S'),
    ("164.308(a)(3)(ii)(A)", 'A'),
    ("164.308(a)(3)(ii)(B)", 'A'),
    ("164.308(a)(3)(ii)(C)", 'A'),
    ("164.308(a)(4)(i)", 'S'),
    ("164.308(a)(4)(ii)(A)", 'R'),
    ("164.308(a)(4)(ii)(B)", 'A'),
    ("164.308(a)(4)(ii)(C)", 'A'),
    ("164.308(a)(5)(i)", 'S'),
    ("164.308(a)(5)(ii)(A)", 'A'),
    ("164.308(a)(5)(ii)(B)", 'A'),
    ("164.308(a)(5)(ii)(C)", 'A'),
    ("164.308(a)(5)(ii)(D)", 'A'),
    ("164.308(a)(6)(i)", 'S'),
    ("164.308(a)(6)(ii)", 'R'),
    ("164.308(a)(7)(i)", 'S'),
    ("164.308(a)(7)(ii)(A)", 'R'),
    ("164.308(a)(7)(ii)(B)", 'R'),
    ("164.308(a)(7)(ii)(C)", 'R'),
    ("164.308(a)(7)(ii)(D)", 'A'),
    ("164.308(a)(7)(ii)(E)", 'A'),
    ("164.308(a)(8)", 'S'),
    ("164.308(b)(1)", 'S'),
    ("164.308(b)(2)", 'S'),
    ("164.308(b)(3)", 'R'),
    ("164.310(a)(1)", 'S'),
    ("164.310(a)(2)(i)", 'A'),
    ("164.310(a)(2)(ii)", 'A'),
    ("164.310(a)(2)(iii)", 'A'),
    ("164.310(a)(2)(iv)", 'A'),
    ("164.310(b)", 'S'),
    ("164.310(c)", 'S'),
    ("164.310(d)(1)", 'S'),
    ("164.310(d)(2)(i)", 'R'),
    ("164.310(d)(2)(ii)", 'R'),
    ("164.310(d)(2)(iii)", 'A'),
    ("164.310(d)(2)(iv)", 'A'),
    ("164.312(a)(1)", 'S'),
    ("164.312(a)(2)(i)", 'R'),
    ("164.312(a)(2)(ii)", 'R'),
    ("164.312(a)(2)(iii)", 'A'),
    ("164.312(a)(2)(iv)", 'A'),
    ("164.312(b)", 'S'),
    ("164.312(c)(1)", 'S'),
    ("164.312(c)(2)", 'A'),
    ("164.312(d)", 'S'),
    ("164.312(e)(1)", 'S'),
    ("164.312(e)(2)(i)", 'A'),
    ("164.312(e)(2)(ii)", 'A'),
    // Not in the appendix, but standards of the Subpart all the same.
    ("164.314(a)(1)", 'S'),
    ("164.314(b)(1)", 'S'),
    ("164.316(a)", 'S'),
    ("164.316(b)(1)", 'S'),
    ("164.306(a)", 'S'),
];

/// The specifications of 164.314 and 164.316, all required, and the sections of Subpart D.
const REQUIRED_ELSEWHERE: [&str; 10] = [
    "164.314(a)(2)(i)",
    "164.314(a)(2)(ii)",
    "164.314(a)(2)(iii)",
    "164.314(b)(2)(i)",
    "164.314(b)(2)(ii)",
    "164.314(b)(2)(iii)",
    "164.314(b)(2)(iv)",
    "164.316(b)(2)(i)",
    "164.316(b)(2)(ii)",
    "164.316(b)(2)(iii)",
];
const BREACH_SECTIONS: [&str; 8] =
    ["164.400", "164.402", "164.404", "164.406", "164.408", "164.410", "164.412", "164.414"];

/// How many criteria each series has, by the AICPA's numbering.
const SERIES: [(&str, usize, Class); 20] = [
    ("CC1", 5, Class::Security),
    ("CC2", 3, Class::Security),
    ("CC3", 4, Class::Security),
    ("CC4", 2, Class::Security),
    ("CC5", 3, Class::Security),
    ("CC6", 8, Class::Security),
    ("CC7", 5, Class::Security),
    ("CC8", 1, Class::Security),
    ("CC9", 2, Class::Security),
    ("A1", 3, Class::Availability),
    ("C1", 2, Class::Confidentiality),
    ("PI1", 5, Class::ProcessingIntegrity),
    ("P1", 1, Class::Privacy),
    ("P2", 1, Class::Privacy),
    ("P3", 2, Class::Privacy),
    ("P4", 3, Class::Privacy),
    ("P5", 2, Class::Privacy),
    ("P6", 7, Class::Privacy),
    ("P7", 1, Class::Privacy),
    ("P8", 1, Class::Privacy),
];

/// The sample account, judged by every rule that runs unasked.
fn demo() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        report_file::open(&written(folder.path())).unwrap()
    })
}

fn written(folder: &Path) -> std::path::PathBuf {
    let output = safeguard(folder, &["scan", "--demo", "--format", "json=report.json"]);
    assert_eq!(output.status.code(), Some(10), "{}", stderr(&output));
    folder.join("report.json")
}

fn table(rules: &[RuleInfo], findings: &[Finding]) -> Vec<RequirementRow> {
    requirement_table(&Catalog::builtin().unwrap(), rules, findings, &Soc2Category::ALL)
}

#[test]
fn every_specification_of_the_law_stands_in_the_table_exactly_once_with_its_weight() {
    let rows = table(&[], &[]);
    let times = |id: &str| rows.iter().filter(|row| row.id == id).count();
    for (id, weight) in APPENDIX_A {
        let class = match weight {
            'S' => "standard",
            'R' => "required",
            _ => "addressable",
        };
        assert_eq!(times(id), 1, "{id}");
        assert_eq!(rows.iter().find(|row| row.id == id).unwrap().class, class, "{id}");
    }
    for id in REQUIRED_ELSEWHERE.iter().chain(&BREACH_SECTIONS) {
        assert_eq!(times(id), 1, "{id}");
    }
    let law: BTreeSet<&str> =
        APPENDIX_A.iter().map(|(id, _)| *id).chain(REQUIRED_ELSEWHERE).chain(BREACH_SECTIONS).collect();
    let sections =
        |id: &str| ["308", "310", "312", "314", "316", "4"].iter().any(|at| id.starts_with(&format!("164.{at}")));
    let more: Vec<&str> =
        rows.iter().map(|row| row.id.as_str()).filter(|id| sections(id) && !law.contains(id)).collect();
    assert!(more.is_empty(), "in the table and not in the law: {more:?}");
    let addressable = APPENDIX_A.iter().filter(|(_, weight)| *weight == 'A').count();
    assert_eq!(rows.iter().filter(|row| row.class == "addressable").count(), addressable);
}

#[test]
fn every_criterion_stands_in_the_table_exactly_once_in_its_category() {
    let rows = table(&[], &[]);
    let expected: Vec<(String, &str)> = SERIES
        .iter()
        .flat_map(|(series, count, class)| {
            (1..=*count).map(move |number| (format!("{series}.{number}"), class.as_str()))
        })
        .collect();
    assert_eq!(expected.len(), 61);
    let criteria: Vec<(String, &str)> =
        rows.iter().filter(|row| !row.id.starts_with("164.")).map(|row| (row.id.clone(), row.class.as_str())).collect();
    assert_eq!(criteria, expected);
}

#[test]
fn deleting_a_rule_changes_exactly_the_requirements_that_it_cites() {
    let report = demo();
    let before = table(&report.rules, &report.findings);
    assert!(report.rules.len() > 100);
    for rule in &report.rules {
        let rules: Vec<RuleInfo> = report.rules.iter().filter(|other| other.id != rule.id).cloned().collect();
        let findings: Vec<Finding> =
            report.findings.iter().filter(|finding| finding.rule != rule.id).cloned().collect();
        let after = table(&rules, &findings);
        let changed: BTreeSet<&str> =
            before.iter().zip(&after).filter(|(a, b)| a != b).map(|(row, _)| row.id.as_str()).collect();
        let cited: BTreeSet<&str> = rule.citations().collect();
        assert_eq!(changed, cited, "{}", rule.id);
    }
}

#[test]
fn the_table_of_a_report_is_what_its_rules_and_findings_make_of_it() {
    let report = demo();
    let rows = requirement_table(&Catalog::builtin().unwrap(), &report.rules, &report.findings, &[]);
    assert!(rows == report.requirements);
    for row in &report.requirements {
        let rules: BTreeSet<&str> = report
            .rules
            .iter()
            .filter(|rule| !rule.judges_attestations() && rule.citations().any(|cited| cited == row.id))
            .map(|rule| rule.id.as_str())
            .collect();
        let failed = report
            .findings
            .iter()
            .any(|finding| finding.verdict == Verdict::Fail && rules.contains(finding.rule.as_str()));
        assert!(!failed || row.verdict == RequirementVerdict::NotMet, "{}: a failure is never hidden", row.id);
    }
}

/// One passing finding of each of these rules.
fn passes(rules: &[RuleInfo]) -> Vec<Finding> {
    let pass = demo().findings.iter().find(|finding| finding.verdict == Verdict::Pass).unwrap();
    rules.iter().map(|rule| Finding { rule: rule.id.clone(), ..pass.clone() }).collect()
}

#[test]
fn no_requirement_is_met_through_a_rule_that_only_supports_it() {
    // What people attest is another side: here only the state of AWS speaks.
    let rules: &Vec<RuleInfo> = &demo().rules.iter().filter(|rule| !rule.judges_attestations()).cloned().collect();
    let all = table(rules, &passes(rules));
    for row in &all {
        let supports = |rule: &&RuleInfo| row.supporting_rules.contains(&rule.id);
        let only_supporting: Vec<RuleInfo> = rules.iter().filter(supports).cloned().collect();
        let alone = table(rules, &passes(&only_supporting)).into_iter().find(|other| other.id == row.id).unwrap();
        assert_ne!(alone.verdict, RequirementVerdict::Met, "{}", row.id);
        if row.verdict == RequirementVerdict::Met {
            assert_eq!(row.verifiable_in_aws, Verifiable::Technical, "{}", row.id);
            assert!(row.rules.len() > row.supporting_rules.len(), "{}", row.id);
        }
    }
    let standing: BTreeMap<&str, RequirementVerdict> = all.iter().map(|row| (row.id.as_str(), row.verdict)).collect();
    assert_eq!(standing["164.312(a)(2)(iv)"], RequirementVerdict::Met, "storage is encrypted");
    assert_eq!(standing["164.308(a)(5)(ii)(C)"], RequirementVerdict::PartlyShown, "nothing here watches log-ins");
    assert_eq!(standing["CC7.1"], RequirementVerdict::PartlyShown, "patching detects no vulnerability");
}

#[test]
fn what_only_helps_is_cited_as_support() {
    for (rule, citation) in [
        ("kms-key-rotation", "164.312(a)(2)(iv)"),
        ("s3-bucket-key-enabled", "164.312(a)(2)(iv)"),
        ("s3-bucket-default-encryption", "164.312(a)(2)(iv)"),
        ("cloudtrail-log-retention-six-years", "164.316(b)(2)(i)"),
        ("cloudtrail-multi-region-trail", "CC7.2"),
        ("iam-root-mfa", "164.312(d)"),
        ("rds-copy-tags-to-snapshots", "164.308(a)(7)(ii)(A)"),
        ("rds-not-public", "164.312(e)(1)"),
    ] {
        let found = demo().rules.iter().find(|info| info.id == rule).unwrap_or_else(|| panic!("{rule}"));
        assert!(found.citations().any(|cited| cited == citation) && found.only_supports(citation), "{rule} {citation}");
    }
}

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

#[test]
fn the_sample_account_and_its_report_give_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    for flags in [&["--format", "json"][..], &["--full"], &["--proposed"], &["--framework", "soc2"]] {
        let of = |source: &[&str]| {
            let output = safeguard(folder.path(), &[&["coverage"], source, flags].concat());
            assert!(output.status.success(), "{}", stderr(&output));
            stdout(&output).to_owned()
        };
        assert_eq!(of(&["--demo"]), of(&["--report", "report.json"]), "{flags:?}");
    }
}

#[test]
fn the_config_chooses_the_categories_and_the_report_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let table = |args: &[&str]| json(&safeguard(folder.path(), &[&["coverage", "--format", "json"], args].concat()));
    let row = |table: &Value, id: &str| {
        table["requirements"].as_array().unwrap().iter().find(|row| row["id"] == id).unwrap().clone()
    };
    let default = table(&["--demo"]);
    assert_eq!(default["soc2_categories"], serde_json::json!(["security"]));
    assert_eq!(row(&default, "A1.2")["in_scope"], false);
    assert_eq!(default["totals"][1]["out_of_scope"], 28);

    fs::write(folder.path().join("safeguard.yaml"), "soc2_categories: [privacy, availability]\n").unwrap();
    let chosen = table(&["--demo"]);
    assert_eq!(chosen["soc2_categories"], serde_json::json!(["security", "availability", "privacy"]));
    assert_eq!((&row(&chosen, "A1.2")["in_scope"], &row(&chosen, "C1.1")["in_scope"]), (&true.into(), &false.into()));
    assert_eq!(row(&chosen, "A1.2")["verdict"], "not_met", "it failed in either case, and counts now");
    assert_eq!(chosen["totals"][1]["out_of_scope"], 7);
    assert_eq!(row(&table(&[]), "A1.2")["in_scope"], true, "without an account, too");
    let scan = json(&safeguard(folder.path(), &["scan", "--demo", "--format", "json"]));
    assert_eq!(scan["scan"]["soc2_categories"], chosen["soc2_categories"]);
}

#[test]
fn totals_add_up_to_every_requirement() {
    let folder = tempfile::tempdir().unwrap();
    let table = json(&safeguard(folder.path(), &["coverage", "--demo", "--format", "json"]));
    for total in table["totals"].as_array().unwrap() {
        let sum: u64 = total.as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!(sum, if total["framework"] == "hipaa" { 92 } else { 61 });
    }
}

#[test]
fn every_line_about_the_proposal_says_that_it_is_no_law() {
    let folder = tempfile::tempdir().unwrap();
    let page = safeguard(folder.path(), &["coverage", "--demo", "--proposed"]);
    let page = stdout(&page);
    let proposals = page.matches("proposed, not law (90 FR 898 of 2025-01-06)").count();
    assert_eq!(proposals, Catalog::builtin().unwrap().iter().filter(|one| one.proposed.is_some()).count());
    assert!(page.contains("PROPOSED, NOT LAW") && page.contains("22 addressable specifications would be required"));
    let scan = safeguard(folder.path(), &["scan", "--demo"]);
    assert!(!stdout(&scan).contains("proposed"), "nobody asked");
}

#[test]
fn what_cannot_be_a_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sarif.json"), "{\"version\": \"2.1.0\"}").unwrap();
    fs::write(folder.path().join("newer.json"), "{\"schema_version\": 7, \"findings\": []}").unwrap();
    let table: [(&[&str], &str); 8] = [
        (&["--report", "missing.json"], "missing.json: there is no such file"),
        (&["--report", "sarif.json"], "sarif.json is not a Safeguard report"),
        (&["--report", "newer.json"], "has schema version 7"),
        (&["--snapshot", "sarif.json"], "sarif.json"),
        (&["--report", "r.json", "--demo"], "--demo"),
        (&["--report", "r.json", "--select", "s3-*"], "--select"),
        (&["--snapshot", "s", "--demo"], "--demo"),
        (&["--proposed", "--framework", "soc2"], "changes nothing in SOC 2"),
    ];
    for (flags, hint) in table {
        let text = refused(folder.path(), &[&["coverage"], flags].concat(), 2);
        assert!(text.contains(hint), "{flags:?}: {text}");
    }
}
