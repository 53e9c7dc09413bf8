mod law;

use std::collections::BTreeMap;

use super::file::{CatalogFiles, read};
use super::*;

fn catalog() -> Catalog {
    Catalog::builtin().unwrap()
}

fn count<Key: Ord>(framework: Framework, key: impl Fn(&Requirement) -> Key) -> BTreeMap<Key, usize> {
    let mut counts = BTreeMap::new();
    for requirement in catalog().iter().filter(|requirement| requirement.framework == framework) {
        *counts.entry(key(requirement)).or_default() += 1;
    }
    counts
}

#[test]
fn hipaa_is_complete() {
    use Class::{Addressable, General, Permitted, Required, Standard};
    use Verifiable::{Attestation, Partial};
    let by_class = count(Framework::Hipaa, |requirement| requirement.class);
    let expected = [(General, 6), (Permitted, 6), (Standard, 46), (Required, 26), (Addressable, 22)];
    assert_eq!(by_class, expected.into());
    let by_visibility = count(Framework::Hipaa, |requirement| requirement.verifiable_in_aws);
    assert_eq!(by_visibility, BTreeMap::from([(Partial, 43), (Attestation, 63)]));
    let by_group = count(Framework::Hipaa, |requirement| requirement.group.clone());
    let expected = [
        ("administrative", 31),
        ("breach", 8),
        ("documentation", 5),
        ("general", 10),
        ("organizational", 16),
        ("physical", 12),
        ("privacy", 12),
        ("technical", 12),
    ];
    assert_eq!(by_group, expected.map(|(group, count)| (group.to_owned(), count)).into());
}

#[test]
fn soc2_is_complete() {
    use Class::{Availability, Confidentiality, Privacy, ProcessingIntegrity, Security};
    use Verifiable::{Attestation, Partial};
    let by_class = count(Framework::Soc2, |requirement| requirement.class);
    let expected = [(Security, 33), (Availability, 3), (Confidentiality, 2), (ProcessingIntegrity, 5), (Privacy, 18)];
    assert_eq!(by_class, expected.into());
    let by_visibility = count(Framework::Soc2, |requirement| requirement.verifiable_in_aws);
    assert_eq!(by_visibility, BTreeMap::from([(Partial, 30), (Attestation, 31)]));
}

/// Appendix A of Subpart C lists the specifications of the technical safeguards: two required, five addressable.
#[test]
fn the_technical_safeguards_are_those_of_the_law() {
    let catalog = catalog();
    let technical: Vec<_> = catalog
        .iter()
        .filter(|requirement| requirement.group == "technical")
        .map(|requirement| (requirement.id.as_str(), requirement.class.as_str()))
        .collect();
    let expected = [
        ("164.312(a)(1)", "standard"),
        ("164.312(a)(2)(i)", "required"),
        ("164.312(a)(2)(ii)", "required"),
        ("164.312(a)(2)(iii)", "addressable"),
        ("164.312(a)(2)(iv)", "addressable"),
        ("164.312(b)", "standard"),
        ("164.312(c)(1)", "standard"),
        ("164.312(c)(2)", "addressable"),
        ("164.312(d)", "standard"),
        ("164.312(e)(1)", "standard"),
        ("164.312(e)(2)(i)", "addressable"),
        ("164.312(e)(2)(ii)", "addressable"),
    ];
    assert_eq!(technical, expected);
}

#[test]
fn every_specification_has_its_standard_and_stands_under_it() {
    let catalog = catalog();
    let specifications =
        catalog.iter().filter(|requirement| matches!(requirement.class, Class::Required | Class::Addressable));
    for specification in specifications {
        assert!(!specification.parents.is_empty(), "{} has no standard", specification.id);
        for parent in &specification.parents {
            assert_eq!(parent[..8], specification.id[..8], "{} under {parent}", specification.id);
        }
    }
}

#[test]
fn every_hipaa_requirement_has_a_summary_and_no_soc2_criterion_has_one() {
    for requirement in catalog().iter() {
        assert_eq!(requirement.summary.is_some(), requirement.framework == Framework::Hipaa, "{}", requirement.id);
    }
}

#[test]
fn the_crosswalk_covers_exactly_what_has_something_to_meet() {
    let catalog = catalog();
    let shown: Vec<&str> = catalog
        .iter()
        .filter(|requirement| requirement.framework == Framework::Hipaa)
        .filter(|requirement| requirement.class != Class::General || requirement.id == "164.402")
        .map(|requirement| requirement.id.as_str())
        .collect();
    let crossed: Vec<&str> = catalog.crosswalk().iter().map(|entry| entry.hipaa.as_str()).collect();
    assert_eq!(crossed, shown);
    assert_eq!(catalog.crosswalk_for("164.312(e)(1)").unwrap().primary, ["CC6.7"]);
    assert_eq!(catalog.crosswalk_for("164.312(a)(2)(ii)").unwrap().primary, ["CC6.1"]);
    assert_eq!(catalog.crosswalk_for("164.302"), None);
}

/// Mistakes that published guides make; the catalog must not repeat them.
#[test]
fn often_confused_requirements_are_told_apart() {
    let catalog = catalog();
    let title = |id: &str| catalog.requirement(id).unwrap().title.to_lowercase();
    assert!(title("CC6.8").contains("malicious software"));
    assert!(title("CC6.6").contains("boundary"));
    assert!(title("CC1.4").contains("training"));
    assert!(title("164.308(a)(3)(ii)(B)").contains("clearance"));
    assert!(title("164.308(a)(8)").contains("evaluation"));
    assert!(catalog.requirement("P1.2").is_none());
    assert_eq!(catalog.crosswalk_for("164.312(d)").unwrap().primary, ["CC6.1"]);
    let breach_to_hhs = catalog.requirement("164.408").unwrap().summary.as_deref().unwrap();
    assert!(breach_to_hhs.contains("calendar year"));
}

#[test]
fn requirements_come_in_the_order_of_the_text() {
    let catalog = catalog();
    let ids: Vec<&str> = catalog.iter().map(|requirement| requirement.id.as_str()).collect();
    assert_eq!(
        ids[9..15],
        [
            "164.308(a)(1)(i)",
            "164.308(a)(1)(ii)(A)",
            "164.308(a)(1)(ii)(B)",
            "164.308(a)(1)(ii)(C)",
            "164.308(a)(1)(ii)(D)",
            "164.308(a)(2)"
        ]
    );
    assert_eq!(ids[105..107], ["164.530", "CC1.1"]);
    assert_eq!(ids[138..140], ["CC9.2", "A1.1"]);
    assert_eq!(ids.last(), Some(&"P8.1"));
}

#[test]
fn ids_are_found_exactly_and_near_misses_are_suggested() {
    let catalog = catalog();
    assert_eq!(catalog.requirement("CC6.7").map(|found| found.framework), Some(Framework::Soc2));
    assert!(catalog.requirement("cc6.7").is_none());
    assert_eq!(catalog.suggest("cc6.7"), Some("CC6.7"));
    assert_eq!(catalog.suggest("164_312_a_2_iv"), Some("164.312(a)(2)(iv)"));
    assert_eq!(catalog.suggest("§164.312(a)(2)(iv)"), Some("164.312(a)(2)(iv)"));
    assert_eq!(catalog.suggest("164.312(a)"), Some("164.312(a)(1)"));
    assert_eq!(catalog.suggest("s3-bucket-versioning"), None);
    assert_eq!(catalog.suggest(""), None);
}

#[test]
fn the_dates_are_those_of_the_files() {
    let dates = catalog().dates();
    let frameworks: Vec<_> = dates.iter().map(|date| date.framework).collect();
    assert_eq!(frameworks, [Framework::Hipaa, Framework::Soc2]);
    assert!(dates.iter().all(|date| date.checked == "2026-11-21"));
    assert!(catalog().source(Framework::Hipaa).contains("164.302-318"));
}

const HIPAA: &str = r#"
schema: 1
checked: "2026-01-01"
source: law
requirements:
  - {id: "164.312(e)(1)", title: T, class: standard, group: technical, binds: [covered_entity], verifiable_in_aws: partial, summary: S}
"#;
const SOC2: &str = r#"
schema: 1
checked: "2026-01-01"
source: criteria
requirements:
  - {id: CC6.7, title: T, class: security, group: Access, verifiable_in_aws: partial}
"#;
const CROSSWALK: &str = r#"
schema: 1
checked: "2026-01-01"
crosswalk:
  - {hipaa: "164.312(e)(1)", primary: [CC6.7], related: [], rationale: R}
"#;

fn problems(edit: impl Fn(&str) -> String) -> String {
    let (hipaa, soc2, crosswalk) = (edit(HIPAA), edit(SOC2), edit(CROSSWALK));
    read(&CatalogFiles { hipaa: &hipaa, soc2: &soc2, crosswalk: &crosswalk }).unwrap_err().join("\n")
}

#[test]
fn a_sound_small_catalog_loads() {
    assert!(read(&CatalogFiles { hipaa: HIPAA, soc2: SOC2, crosswalk: CROSSWALK }).is_ok());
}

#[test]
fn faults_are_refused_with_their_file() {
    for (fault, expected) in [
        (("class: standard", "class: optional"), "hipaa.yaml"),
        (("class: standard", "class: security"), "hipaa.yaml: 164.312(e)(1): class `security` belongs to the other"),
        (("group: technical", "group: magic"), "hipaa.yaml: 164.312(e)(1): group `magic`"),
        (("summary: S", "sumary: S"), "hipaa.yaml"),
        (("summary: S", "summary: S, parents: [\"164.312(a)(1)\"]"), "parent `164.312(a)(1)` is no standard"),
        (("- {id: CC6.7", "- {id: cc6.7"), "soc2.yaml: cc6.7: not the printed form"),
        (("- {id: CC6.7", "- {id: \"164.312(b)\""), "soc2.yaml: 164.312(b): not the printed form"),
        (("primary: [CC6.7]", "primary: [CC6.9]"), "crosswalk.yaml: 164.312(e)(1): `CC6.9` is not in the catalog"),
        (("primary: [CC6.7]", "primary: [CC6.7, CC6.7]"), "names `CC6.7` twice"),
        (("primary: [CC6.7], related: []", "primary: [], related: [CC6.7]"), "needs a rationale, and a primary"),
        (("binds: [covered_entity]", "binds: []"), "`binds` names at least one role"),
        (("binds: [covered_entity]", "binds: [everybody]"), "hipaa.yaml"),
        (("group: Access", "group: Access, binds: [covered_entity]"), "`binds` names at least one role"),
        (("class: standard", "class: standard, appendix_a: A"), "`appendix_a` says something else than `class`"),
        (("class: standard", "class: addressable"), "`appendix_a` says something else than `class`"),
        (("summary: S", "summary: S, instance: I"), "`instance` stands only beside `asks_for`"),
        (("schema: 1", "schema: 2"), "hipaa.yaml: schema: 2 is not 1"),
        (("\"2026-01-01\"", "\"last week\""), "checked: `last week` is no date"),
        (("title: T", "title: ''"), "title and group must not be empty"),
    ] {
        let found = problems(|text| text.replace(fault.0, fault.1));
        assert!(found.contains(expected), "{fault:?} gave: {found}");
    }
}

#[test]
fn ids_that_stand_twice_are_refused() {
    let (hipaa, soc2, crosswalk) = (twice(HIPAA), twice(SOC2), twice(CROSSWALK));
    let found = read(&CatalogFiles { hipaa: &hipaa, soc2: &soc2, crosswalk: &crosswalk }).unwrap_err();
    let expected = ["hipaa.yaml: 164.312(e)(1)", "soc2.yaml: CC6.7", "crosswalk.yaml: 164.312(e)(1)"];
    assert_eq!(found, expected.map(|place| format!("rules/catalog/{place}: the id is there twice")));
}

/// The text with its last entry repeated.
fn twice(text: &str) -> String {
    format!("{text}{}\n", text.lines().last().unwrap())
}
