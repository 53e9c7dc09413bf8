use serde_json::json;

use super::*;
use crate::rule::testing::{GOOD, complaints, good_but, load, source};

/// The first line of each complaint, and its help.
fn brief(source: SourceFile) -> Vec<String> {
    let errors = load(source).err().unwrap_or_default();
    let help = |problem: &Problem| problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    errors.iter().map(|problem| problem.message.clone() + &help(problem)).collect()
}

#[test]
fn a_good_rule_loads_with_all_that_it_says() {
    let rule = load(source(GOOD)).unwrap();
    assert_eq!((rule.id.as_str(), rule.service.as_str()), ("store-shelf-locked", "store"));
    assert_eq!(rule.requirements().collect::<Vec<_>>(), ["164.312(a)(1)", "CC6.1"]);
    assert_eq!(rule.param_values(), &json!({"min_days": 7}));
    assert_eq!(rule.severity_for(Some(true)), Severity::High);
    assert_eq!(rule.severity_for(Some(false)), Severity::Medium);
    assert_eq!(rule.severity_for(None), Severity::Medium);
}

#[test]
fn a_rule_needs_what_its_conditions_and_its_message_read() {
    let needs = load(source(GOOD)).unwrap().needs();
    let facts: Vec<&str> = needs.facts.iter().map(|(_, fact)| fact.as_str()).collect();
    assert_eq!(facts, ["Days", "InPhiScope", "Locked", "Shared", "ShelfName"]);
}

#[test]
fn a_condition_that_does_not_fit_is_reported_at_its_place_in_the_file() {
    let found = complaints(good_but("resource.Locked == true", "resource.Lokced == true"));
    assert_eq!(found.len(), 1);
    let lines: Vec<&str> = found[0].lines().collect();
    assert!(lines[0].starts_with("rules/store/store-shelf-locked.yaml:10:"), "{}", lines[0]);
    assert!(lines[0].contains("Lokced"), "{}", lines[0]);
    assert!(lines[1].starts_with("  10 | pass: resource.Lokced == true"), "{}", lines[1]);
    assert!(lines[3].contains("Locked"), "{}", lines[3]);
}

#[test]
fn a_folded_condition_is_reported_at_its_place_too() {
    let text = "pass: >-\n  resource.Locked == true &&\n  resource.Dys >= params.min_days";
    let found = complaints(good_but("pass: resource.Locked == true && resource.Days >= params.min_days", text));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("rules/store/store-shelf-locked.yaml:12:"), "{}", found[0]);
}

#[test]
fn names_are_defined_in_the_order_of_the_file_and_used_everywhere() {
    let text = "let:\n  long: resource.Days >= params.min_days\n  good: resource.Locked == true && long\npass: good";
    let whole = "pass: resource.Locked == true && resource.Days >= params.min_days";
    let rule = load(good_but(whole, text)).unwrap();
    assert_eq!(rule.definitions.iter().map(|it| it.name()).collect::<Vec<_>>(), ["long", "good"]);
    assert_eq!(rule.needs(), Needs { definitions: rule.needs().definitions, ..load(source(GOOD)).unwrap().needs() });
    let told = rule.info().pass;
    assert!(told.starts_with("good\nwhere long = resource.Days >= params.min_days\nwhere good = "), "{told}");
    let broken = text.replace("resource.Days", "resource.Dys");
    let found = complaints(good_but(whole, &broken));
    assert!(found[0].starts_with("rules/store/store-shelf-locked.yaml:11:"), "{}", found[0]);
    let circle = "let:\n  long: good\n  good: long\npass: good";
    assert_eq!(
        brief(good_but(whole, circle))[0],
        "`good` is not defined yet; a name of `let` may use those above it, and neither itself nor those below"
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    let broken = GOOD.replace("resource.Shared == false", "resource.Shard == false").replace("CC6.1", "CC6.99");
    assert_eq!(complaints(source(broken)).len(), 2);
}

#[test]
fn unknown_keys_and_words_get_the_nearest_right_one() {
    assert_eq!(
        brief(good_but("severity: medium", "severty: medium")),
        ["there is no key `severty` here; did you mean `severity`?"]
    );
    assert_eq!(
        brief(good_but("severity: medium", "severity: hihg")),
        ["`hihg` is none of low, medium, high, critical; did you mean `high`?"]
    );
    assert_eq!(
        brief(good_but("kind: AWS::Store::Shelf", "kind: AWS::Store::Shelves")),
        ["there is no kind `AWS::Store::Shelves`; did you mean `AWS::Store::Shelf`?"]
    );
    assert_eq!(brief(good_but("type: int", "type: integer")), ["`integer` is none of int, number, string, bool, list"]);
}

#[test]
fn missing_and_doubled_keys_are_refused() {
    assert_eq!(
        brief(good_but("why: An open shelf can be emptied by anybody who walks past it.\n", "")),
        ["the key `why` is missing"]
    );
    assert_eq!(
        brief(good_but("title: Shelf is locked\n", "title: a\ntitle: b\n")),
        ["the key `title` is written twice"]
    );
}

#[test]
fn a_citation_must_exist_and_stand_under_its_framework() {
    assert_eq!(brief(good_but("164.312(a)(1)", "164.312(a)(9)")).len(), 1);
    assert_eq!(
        brief(good_but("soc2: [CC6.1]", "soc2: [\"164.312(b)\"]")),
        ["`164.312(b)` does not belong under `soc2`"]
    );
}

#[test]
fn a_default_must_be_of_its_type() {
    assert_eq!(
        brief(good_but("default: 7", "default: seven")),
        ["the default of parameter `min_days` is wrong: expected a whole number, found `\"seven\"`"]
    );
}

#[test]
fn an_id_is_in_kebab_case() {
    for id in ["s3-bucket", "ec2-imds-v2", "x"] {
        assert!(is_rule_id(id), "{id}");
    }
    for id in ["", "S3-bucket", "s3_bucket", "-s3", "s3-", "s3--bucket", "3s", "s3 bucket", "s3-búcket"] {
        assert!(!is_rule_id(id), "{id}");
    }
}

#[test]
fn examples_are_skipped_only_where_nothing_follows_them() {
    assert!(without_examples(GOOD).ends_with("aliases: [store-shelf-closed]\n"));
    let in_the_middle = "id: x\nexamples:\n  - name: a\nwhy: w\n";
    assert_eq!(without_examples(in_the_middle), in_the_middle);
    let unindented = "id: x\nexamples:\n- name: a\n# end\n";
    assert_eq!(without_examples(unindented), "id: x\n");
    assert_eq!(without_examples("id: x\n"), "id: x\n");
}

#[test]
fn a_folder_is_the_service_where_the_id_or_the_kind_says_so() {
    let service = |path: &str| {
        let mut source = source(GOOD);
        source.origin = crate::source::Origin::File(path.into());
        load(source).unwrap().service
    };
    assert_eq!(service("my-rules/store-shelf-locked.yaml"), "store");
    assert_eq!(service("store-shelf/store-shelf-locked.yaml"), "store-shelf");
    assert_eq!(service("store-shelf-locked.yaml"), "store");
}

#[test]
fn a_parameter_can_be_set_within_its_type() {
    let mut rule = load(source(GOOD)).unwrap();
    rule.set_param("min_days", &json!(30)).unwrap();
    assert_eq!(rule.param_values(), &json!({"min_days": 30}));
    let (message, _) = rule.set_param("min_days", &json!("30")).unwrap_err();
    assert_eq!(message, "parameter `min_days` of rule `store-shelf-locked`: expected a whole number, found `\"30\"`");
    let (message, help) = rule.set_param("min_day", &json!(30)).unwrap_err();
    assert_eq!(message, "rule `store-shelf-locked` has no parameter `min_day`");
    assert_eq!(help.unwrap(), "did you mean `min_days`?");
    assert_eq!(rule.param_values(), &json!({"min_days": 30}));
}
