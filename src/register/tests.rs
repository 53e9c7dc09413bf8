use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::*;
use crate::catalog::Catalog;
use crate::error::Fault;
use crate::model::Kinds;
use crate::rule::Selection;

const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn rules(patterns: &[&str]) -> RuleSet {
    let kinds: Kinds = crate::scan::kinds();
    let select = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    let rules = RuleSet::builtin(&kinds, &Catalog::builtin().unwrap()).unwrap();
    rules.select(&Selection { select, skip: Vec::new() }).unwrap()
}

fn all() -> RuleSet {
    rules(&["service:attest"])
}

/// Reads a folder with these two files.
fn read_from(attestations: Option<&str>, vendors: Option<&str>, asked: &RuleSet) -> Result<Attested> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("docs")).unwrap();
    fs::write(folder.path().join("docs/empty.pdf"), "").unwrap();
    for (name, text) in [(ATTESTATIONS_FILE, attestations), (VENDORS_FILE, vendors)] {
        if let Some(text) = text {
            fs::write(folder.path().join(name), text).unwrap();
        }
    }
    let name =
        |error: Error| Error { message: error.message.replace(&format!("{}/", folder.path().display()), ""), ..error };
    read(&RegisterFiles::usual(folder.path()), asked, &Ids::of(&all())).map_err(name)
}

fn facts(attested: &Attested, id: &str) -> Value {
    attested.resources.iter().find(|resource| resource.id == id).unwrap().facts.clone()
}

fn attestation(text: &str) -> Value {
    let text = format!("attest-risk-analysis:\n{text}");
    facts(&read_from(Some(&text), None, &rules(&["attest-risk-analysis"])).unwrap(), "attest-risk-analysis")
}

/// The error as the user sees it.
fn refused(attestations: Option<&str>, vendors: Option<&str>) -> String {
    let error = read_from(attestations, vendors, &all()).unwrap_err();
    assert_eq!(error.fault, Fault::Usage);
    error.message
}

#[test]
fn an_entry_becomes_facts() {
    let text = "  statement: ' It covers all. '\n  owner: Rosa\n  signer: Ada\n  signed: 2026-01-16\n  date: 2026-01-15\n  valid_until: 2026-12-31\n  \
                evidence: docs/empty.pdf\n  sha256: E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\n";
    assert_eq!(
        attestation(text),
        json!({
            "Statement": "It covers all.", "Owner": "Rosa", "Signer": "Ada", "Signed": "2026-01-16", "Occurrences": [], "Date": "2026-01-15", "ValidUntil": "2026-12-31",
            "NotApplicable": null, "Evidence": "docs/empty.pdf", "EvidenceSha256": HASH_OF_NOTHING,
            "EvidenceFile": "found", "EvidenceFileSha256": HASH_OF_NOTHING
        })
    );
}

#[test]
fn one_text_under_several_entries_is_refused_at_the_second() {
    let text =
        "attest-risk-analysis:\n  statement: It was  done.\nattest-sanction-policy:\n  statement: it was done.\n";
    let said = refused(Some(text), None);
    assert!(
        said.contains("attestations.yaml:4:14: `attest-sanction-policy` states the same as `attest-risk-analysis`"),
        "{said}"
    );
    let empty = "attest-risk-analysis:\n  statement: \"\"\nattest-sanction-policy:\n  statement: \"\"\n";
    assert!(read_from(Some(empty), None, &all()).is_ok(), "a template may be empty");
}

#[test]
fn what_is_not_filled_in_is_empty_and_not_unknown() {
    let empty = json!({
        "Statement": "", "Owner": "", "Signer": "", "Signed": null, "Occurrences": [], "Date": null, "ValidUntil": null, "NotApplicable": null, "Evidence": null,
        "EvidenceSha256": null, "EvidenceFile": null, "EvidenceFileSha256": null
    });
    assert_eq!(
        attestation("  statement: \"\"\n  owner:\n  date:   # YYYY-MM-DD\n  evidence: \"\"\n  sha256: \"\"\n"),
        empty
    );
    assert_eq!(attestation("  # nothing\n"), empty);
}

#[test]
fn evidence_is_looked_for_in_the_folder_and_never_fetched() {
    let file = |evidence: &str| {
        let facts = attestation(&format!("  evidence: {evidence}\n"));
        (facts["EvidenceFile"].clone(), facts["EvidenceFileSha256"].clone())
    };
    assert_eq!(file("docs/empty.pdf"), (json!("found"), json!(HASH_OF_NOTHING)));
    assert_eq!(file("./docs/empty.pdf"), (json!("found"), json!(HASH_OF_NOTHING)));
    assert_eq!(file("docs/none.pdf"), (json!("missing"), Value::Null));
    assert_eq!(file("docs"), (json!("found"), Value::Null));
    assert_eq!(file("GRC-12"), (json!("missing"), Value::Null));
    assert_eq!(file("https://localhost:1/never"), (json!("not looked at"), Value::Null));
}

#[test]
fn the_last_occurrence_stands_for_the_day_and_the_evidence() {
    let text = "  occurrences:\n    - {date: 2026-03-31, by: Ada, evidence: docs/empty.pdf}\n    - {date: 2025-12-31, by: Rosa}\n";
    let facts = attestation(text);
    assert_eq!((&facts["Date"], &facts["Evidence"]), (&json!("2026-03-31"), &json!("docs/empty.pdf")));
    let dates: Vec<&str> =
        facts["Occurrences"].as_array().unwrap().iter().map(|it| it["Date"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2025-12-31", "2026-03-31"]);
    let own = attestation(&format!("  date: 2026-04-01\n  evidence: https://wiki.example\n{text}"));
    assert_eq!((&own["Date"], &own["Evidence"]), (&json!("2026-04-01"), &json!("https://wiki.example")));
    let said = refused(
        Some("attest-risk-analysis:\n  occurrences: [{date: 2026-02-30, by: ' '}, {date: '', by: Ada}]\n"),
        None,
    );
    for fault in ["`2026-02-30` is not a day", "nobody is named who did it", "the occurrence has no day"] {
        assert!(said.contains(fault), "{said}");
    }
}

#[test]
fn evidence_outside_of_the_folder_is_refused() {
    for path in ["/etc/passwd", "../secret", "docs/../../secret"] {
        let text = refused(Some(&format!("attest-risk-analysis:\n  evidence: {path}\n")), None);
        assert!(text.starts_with("attestations.yaml:2:13: the evidence lies outside of this folder"), "{text}");
    }
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("link")).unwrap();
    assert!(evidence::look(Some("link"), None, folder.path()).unwrap_err().contains("is a link"));
}

#[test]
fn a_missing_file_is_one_gap_and_a_missing_entry_one_each() {
    let nothing = read_from(None, None, &all()).unwrap();
    assert_eq!(nothing.resources.len(), all().iter().filter(|rule| rule.kind == ATTESTATION).count());
    assert!(nothing.resources.iter().all(|resource| resource.facts == json!({})));
    let words: Vec<&str> = nothing.gaps.iter().map(|gap| gap.message.split_once("; ").unwrap().1).collect();
    assert_eq!(words, ["`safeguard attest new` writes it", "`safeguard attest new --vendors` writes it"]);
    assert_eq!(nothing.gaps[1].population, [VENDOR]);
    let some = read_from(Some("attest-risk-analysis: {}\n"), Some("vendors: []\n"), &all()).unwrap();
    assert_eq!(some.gaps.len(), nothing.resources.len() - 1, "all but the one that is there");
    assert!(some.gaps.iter().all(|gap| gap.class == GapClass::NotAttested && gap.resource.is_some()));
    assert!(nothing.gaps.iter().all(|gap| gap.class == GapClass::NotAttested));
}

#[test]
fn only_what_is_asked_for_is_read() {
    let one = read_from(
        Some("attest-sanction-policy: {owner: Rosa}\n"),
        Some("not even: [yaml"),
        &rules(&["attest-risk-analysis"]),
    );
    let one = one.unwrap();
    assert_eq!((one.resources.len(), one.gaps.len()), (1, 1));
    assert!(read_from(Some("not even: [yaml"), Some("not even: [yaml"), &rules(&["s3-bucket-versioning"])).is_ok());
}

#[test]
fn a_register_is_a_resource_and_so_is_each_vendor() {
    let text = "owner: Rosa\nreviewed: 2026-01-10\nvendors:\n  - vendor: Northwind\n    services: [typing, ' ']\n    phi: true\n    \
                renewal: none\n    subcontractors: []\n  - {vendor: Larkspur, reviewed: 2025-12-01}\n";
    let register = read_from(None, Some(text), &rules(&["attest-baa-register"])).unwrap();
    assert!(register.gaps.is_empty());
    let whole = facts(&register, VENDORS_FILE);
    assert_eq!((&whole["Vendor"], &whole["VendorCount"], &whole["Owner"]), (&Value::Null, &json!(2), &json!("Rosa")));
    let vendor = facts(&register, "Northwind");
    assert_eq!(vendor["Services"], json!(["typing"]));
    assert_eq!(vendor["Reviewed"], "2026-01-10", "the register's, where the entry has none");
    assert_eq!(
        (&vendor["Renewal"], &vendor["Subcontractors"], &vendor["HandlesPHI"]),
        (&json!("none"), &json!([]), &json!(true))
    );
    let other = facts(&register, "Larkspur");
    assert_eq!(other["Reviewed"], "2025-12-01");
    assert_eq!((&other["HandlesPHI"], &other["Subcontractors"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_vendor_says_what_its_agreement_holds() {
    let text = "vendors:\n  - vendor: Northwind\n    uses: ' typing '\n    safeguards: section 4\n    reporting_hours: 48\n    \
                return_or_destruction: section 9\n    hhs_access: section 7\n    risk: high\n    \
                subcontractors: [{name: Skyline, signed: 2024-04-18}, {name: Cumulus}]\n    \
                soc2_report: {from: 2025-01-01, until: 2025-12-31}\n  - vendor: Larkspur\n";
    let register = read_from(None, Some(text), &rules(&["attest-baa-register"])).unwrap();
    let vendor = facts(&register, "Northwind");
    let subcontractors = json!([{"Name": "Skyline", "Signed": "2024-04-18"}, {"Name": "Cumulus", "Signed": null}]);
    assert_eq!((&vendor["Uses"], &vendor["ReportingHours"]), (&json!("typing"), &json!(48)));
    assert_eq!((&vendor["Subcontractors"], &vendor["RiskTier"]), (&subcontractors, &json!("high")));
    assert_eq!((&vendor["SOC2Until"], &vendor["SOC2Reviewed"]), (&json!("2025-12-31"), &Value::Null));
    let other = facts(&register, "Larkspur");
    assert_eq!(
        (&other["Uses"], &other["ReportingHours"], &other["RiskTier"]),
        (&json!(""), &Value::Null, &Value::Null)
    );
    let said = refused(None, Some("vendors: [{vendor: N, risk: extreme}]\n"));
    assert!(said.contains("extreme"), "{said}");
    let said = refused(None, Some("vendors: [{vendor: N, subcontractors: [{name: ' ', signed: 2024-02-30}]}]\n"));
    assert!(said.contains("has no name") && said.contains("`2024-02-30` is not a day"), "{said}");
}

#[test]
fn mistakes_are_shown_at_their_place() {
    assert_snapshot!(refused(Some("attest-risk-analysis:\n  owner: Rosa\n  date: 2026-02-30\n"), None));
    assert_snapshot!(refused(
        Some("attest-risk-analysis:\n  date: 01/02/2026\n  valid_until: 2026-1-1\n  sha256: abc\n"),
        None
    ));
    assert_snapshot!(refused(Some("attest-risk-analysis:\n  ower: Rosa\n"), None));
    assert_snapshot!(refused(Some("# head\nattest-risk-analysys: {}\nrisk-analysis: {}\n"), None));
    assert_snapshot!(refused(
        Some("attest-risk-analysis: {}\nattest-sanction-policy: {}\nattest-risk-analysis: {}\n"),
        None
    ));
    assert_snapshot!(refused(Some("attest-risk-analysis: [\n"), None));
    assert_snapshot!(refused(Some("- attest-risk-analysis\n"), None));
    assert_snapshot!(refused(None, Some("vendors:\n  - vendor: Northwind\n    phi: yes\n")));
    assert_snapshot!(refused(None, Some("vendors:\n  - vendor: Northwind\n  - vendor: NORTHWIND\n  - vendor: ' '\n")));
    assert_snapshot!(refused(None, Some("owner: Rosa\n")));
    assert_snapshot!(refused(None, Some("vendors: []\nvendor: []\n")));
}

#[test]
fn a_named_file_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let named = FileSource::Named(folder.path().join("missing.yaml"));
    let places = RegisterFiles { attestations: named.clone(), ..RegisterFiles::usual(folder.path()) };
    let error = read(&places, &all(), &Ids::of(&all())).unwrap_err();
    assert!(error.message.starts_with("cannot read ") && error.help.unwrap().contains(NEW));
    std::os::unix::fs::symlink("nowhere", folder.path().join(VENDORS_FILE)).unwrap();
    assert!(read(&RegisterFiles::usual(folder.path()), &all(), &Ids::of(&all())).is_err(), "a link to nothing");
}

#[test]
fn the_sample_of_the_demo_is_right() {
    assert!(
        read_from(
            Some(include_str!("../../fixtures/attestations.yaml")),
            Some(include_str!("../../fixtures/vendors.yaml")),
            &all()
        )
        .is_ok()
    );
}
