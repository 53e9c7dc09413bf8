//! The requirement table: nothing of the law is missing, every rule moves exactly what it cites, and nothing is met through
//! what only supports it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use safeguard::catalog::Catalog;
use safeguard::catalog::services::EligibilityList;
use safeguard::engine::requirements::{TableScope, requirement_table};
use safeguard::model::{
    Finding, Framework, Report, RequirementRow, RequirementVerdict, RuleInfo, ServiceRow, Services, Soc2Category,
    Verdict,
};
use safeguard::scan::report_file;
use serde_json::Value;

use crate::cli::{refused, safeguard, stderr, stdout};

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
    with_services(rules, findings, demo().services.as_ref())
}

fn with_services(rules: &[RuleInfo], findings: &[Finding], services: Option<&Services>) -> Vec<RequirementRow> {
    static KNOWN: OnceLock<(Catalog, EligibilityList)> = OnceLock::new();
    let (catalog, list) = KNOWN.get_or_init(|| (Catalog::builtin().unwrap(), EligibilityList::builtin().unwrap()));
    let scope = TableScope {
        soc2_categories: &Soc2Category::ALL,
        roles: &[],
        phi_scope_is_configured: demo().scan.phi_scope.is_configured,
        services,
        list,
    };
    requirement_table(catalog, rules, findings, &scope)
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
    let in_scope = |row: RequirementRow| RequirementRow { in_scope: true, ..row };
    let said: Vec<RequirementRow> = report.requirements.iter().cloned().map(in_scope).collect();
    assert!(table(&report.rules, &report.findings) == said);
    for row in &report.requirements {
        let shows = |rule: &&RuleInfo| !rule.only_supports(&row.id) && rule.citations().any(|cited| cited == row.id);
        let showing: BTreeSet<&str> = report.rules.iter().filter(shows).map(|rule| rule.id.as_str()).collect();
        let in_scope = |finding: &&Finding| finding.in_phi_scope != Some(false) || row.framework == Framework::Soc2;
        let failed = |finding: &Finding| finding.verdict == Verdict::Fail && showing.contains(finding.rule.as_str());
        let failed = report.findings.iter().filter(in_scope).any(failed);
        assert!(!failed || row.verdict == RequirementVerdict::NotMet, "{}: a failure is never hidden", row.id);
    }
}

/// One passing finding of each of these rules.
fn passes(rules: &[RuleInfo]) -> Vec<Finding> {
    let pass = demo().findings.iter().find(|finding| finding.verdict == Verdict::Pass).unwrap();
    let of = |rule: &RuleInfo| Finding { rule: rule.id.clone(), in_phi_scope: Some(true), ..pass.clone() };
    rules.iter().map(of).collect()
}

#[test]
fn no_requirement_is_shown_by_rules_that_only_support_it_nor_met_by_aws_alone() {
    // What people attest is another side: here only the state of AWS speaks.
    let rules: &Vec<RuleInfo> = &demo().rules.iter().filter(|rule| !rule.judges_attestations()).cloned().collect();
    let all = table(rules, &passes(rules));
    for row in &all {
        let supports = |rule: &&RuleInfo| row.supporting_rules.contains(&rule.id);
        let only_supporting: Vec<RuleInfo> = rules.iter().filter(supports).cloned().collect();
        let alone = table(rules, &passes(&only_supporting)).into_iter().find(|other| other.id == row.id).unwrap();
        assert_eq!(alone.verdict, RequirementVerdict::NotAssessed, "{}", row.id);
        assert_ne!(row.verdict, RequirementVerdict::Met, "{}", row.id);
    }
    let standing: BTreeMap<&str, RequirementVerdict> = all.iter().map(|row| (row.id.as_str(), row.verdict)).collect();
    assert_eq!(standing["164.312(d)"], RequirementVerdict::ShownInAws, "people show a second factor");
    assert_eq!(standing["164.312(a)(2)(iv)"], RequirementVerdict::PartlyShown, "DynamoDB is in use");
    assert_eq!(standing["164.308(a)(5)(ii)(C)"], RequirementVerdict::NotAssessed, "nothing here watches log-ins");
    assert_eq!(standing["CC7.1"], RequirementVerdict::NotAssessed, "patching detects no vulnerability");
}

/// How much a reader may rely on a standing.
fn rank(verdict: RequirementVerdict) -> usize {
    use RequirementVerdict::{Attested, DoesNotBind, Met, NotAssessed, NotMet, PartlyShown, ShownInAws, Unknown};
    match verdict {
        NotMet => 0,
        Unknown | NotAssessed | DoesNotBind => 1,
        PartlyShown => 2,
        ShownInAws | Attested => 3,
        Met => 4,
    }
}

/// Everything passes: from here a table can only get worse.
fn sound() -> (Vec<RuleInfo>, Vec<Finding>) {
    let rules = demo().rules.clone();
    let findings = passes(&rules);
    (rules, findings)
}

fn no_row_looks_better(before: &[RequirementRow], after: &[RequirementRow], change: &str) {
    for (before, after) in before.iter().zip(after) {
        assert!(
            rank(after.verdict) <= rank(before.verdict),
            "{change}: {} was {:?} and is {:?}",
            before.id,
            before.verdict,
            after.verdict
        );
    }
}

#[test]
fn no_requirement_looks_better_when_less_is_looked_at() {
    let (rules, findings) = sound();
    // Only what the rules of this build judge is in use.
    let mut services = demo().services.clone().unwrap();
    services.services.retain(|row| ["s3", "rds", "kms", "iam"].contains(&row.service.as_str()));
    let before = with_services(&rules, &findings, Some(&services));
    assert!(before.iter().any(|row| row.verdict == RequirementVerdict::Met));
    let without = |keeps: &dyn Fn(&RuleInfo) -> bool| {
        let rules: Vec<RuleInfo> = rules.iter().filter(|rule| keeps(rule)).cloned().collect();
        let kept: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        let findings: Vec<Finding> =
            findings.iter().filter(|finding| kept.contains(finding.rule.as_str())).cloned().collect();
        with_services(&rules, &findings, Some(&services))
    };
    for rule in &rules {
        let after = without(&|other| other.id != rule.id);
        no_row_looks_better(&before, &after, &format!("without {}", rule.id));
        let unread: Vec<Finding> = findings
            .iter()
            .map(|finding| match finding.rule == rule.id {
                true => Finding { verdict: Verdict::Unknown, ..finding.clone() },
                false => finding.clone(),
            })
            .collect();
        let after = with_services(&rules, &unread, Some(&services));
        no_row_looks_better(&before, &after, &format!("{} undecided", rule.id));
        for (row, after) in before.iter().zip(&after).filter(|(row, _)| rule.only_supports(&row.id)) {
            assert_eq!(row.verdict, after.verdict, "{} only supports {}", rule.id, row.id);
            assert!(after.weakened_by.contains(&rule.id), "{} is named at {}", rule.id, row.id);
        }
    }
    for service in rules.iter().map(|rule| rule.service.as_str()).collect::<BTreeSet<_>>() {
        no_row_looks_better(&before, &without(&|rule| rule.service != service), &format!("no rules of {service}"));
    }
    services.services.push(ServiceRow { service: "timestream".to_owned(), ..services.services[0].clone() });
    services.services.last_mut().unwrap().holds_data = true;
    let after = with_services(&rules, &findings, Some(&services));
    no_row_looks_better(&before, &after, "a data store that nobody judges");
    for row in after.iter().filter(|row| row.services.is_some()) {
        assert!(!matches!(row.verdict, RequirementVerdict::Met | RequirementVerdict::ShownInAws), "{}", row.id);
        assert!(row.services.as_ref().unwrap().not_judged.contains(&"timestream".to_owned()), "{}", row.id);
    }
    no_row_looks_better(&before, &with_services(&rules, &findings, None), "nobody knows which services are in use");
}

#[test]
fn what_only_helps_is_cited_as_support() {
    for (rule, citation) in [
        ("kms-key-rotation", "164.312(a)(2)(iv)"),
        ("s3-bucket-kms-encryption", "164.312(a)(2)(iv)"),
        ("iam-access-key-unused", "164.308(a)(3)(ii)(C)"),
        ("cloudtrail-log-retention-six-years", "164.316(b)(2)(i)"),
        ("cloudtrail-multi-region-trail", "CC7.2"),
        ("iam-root-mfa", "164.312(d)"),
        ("rds-copy-tags-to-snapshots", "C1.1"),
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
    assert_eq!(row(&chosen, "A1.2")["verdict"], row(&default, "A1.2")["verdict"], "it counts now");
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
        assert_eq!(sum, if total["framework"] == "hipaa" { 106 } else { 61 });
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
