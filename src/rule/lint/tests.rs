use super::*;
use crate::rule::testing::{GOOD, catalog, good_but, kinds, named, source};

fn found(source: SourceFile) -> Vec<String> {
    lint(&[source], &[], &kinds(), &catalog()).into_iter().map(|problem| problem.message).collect()
}

#[test]
fn a_good_rule_has_no_problem() {
    assert_eq!(found(source(GOOD)), [""; 0]);
}

#[test]
fn each_poor_habit_is_found() {
    let cases = [
        ("title: Shelf is locked", "title: Shelf is locked.", "the title must be a sentence without a period"),
        ("title: Shelf is locked", "title: <the good state>", "`title` is still to be filled in"),
        ("by anybody who walks past it.\nwhen", "past\nwhen", ""),
        ("why: An open shelf can be emptied by anybody who walks past it.", "why: \"\"", "`why` is empty"),
        ("fail_message: \"shelf {resource.ShelfName} is open\"", "fail_message: \"\"", "`fail_message` is empty"),
        ("  cli: aws store lock-shelf --shelf <shelf>\n", "", "the remediation shows no way to do it"),
        ("summary: Lock the shelf.", "summary: \" \"", "`remediation.summary` is empty"),
        ("  - https://docs.example.com/store/locks.html", "  []", "the rule has no references"),
        ("https://docs", "http://docs", "the reference is no https address"),
        ("soc2: [CC6.1]", "soc2: [CC6.1, CC6.1]", "the requirement is cited twice"),
        ("soc2: [CC6.1]", "soc2: [CC6.1]\nsupports: [CC6.1, CC6.1]", "the requirement is named twice under `supports`"),
        ("soc2: [CC6.1]", "soc2: [CC6.1]\nsupports: [CC6.1, \"164.312(a)(1)\"]", ""),
        ("soc2: [CC6.1]", "soc2: [CC6.1]\nsupports: [CC6.7]", "`CC6.7` is none of the rule's citations"),
        ("soc2: [CC6.1]", "soc2: [CC6.2]", "the rule shows `CC6.2`, which asks people for procedures"),
        ("soc2: [CC6.1]", "soc2: [CC6.2]\nsupports: [CC6.2]", ""),
        ("soc2: [CC6.1]", "soc2: [CC1.1]", "the rule shows `CC1.1`, which no state of AWS can show"),
        ("soc2: [CC6.1]", "soc2: [CC6.3]", ""),
        (
            "severity_in_phi_scope: high",
            "severity_in_phi_scope: low",
            "`severity_in_phi_scope` is not above `severity`",
        ),
        ("aliases:", "deprecated: \"\"\naliases:", "`deprecated` does not say why"),
        ("description: Days that the lock must hold.", "description: \"\"", "parameter `min_days` has no description"),
        (
            "params:\n",
            "params:\n  min_day: {type: int, min: 0, max: 9, default: 1, description: d}\n",
            "parameter `min_day` is not used",
        ),
        ("min: 1, max: 365, ", "", "parameter `min_days` is a number without bounds"),
        ("max: 365, ", "", "parameter `min_days` is a number without bounds"),
        (
            "min: 1, max: 365",
            "min: 8, max: 365",
            "the default of parameter `min_days` is wrong: 7 is too small: the least is 8",
        ),
        ("min: 1, max: 365", "min: 8, max: 6", "the bounds of parameter `min_days` are wrong: `min` is above `max`"),
        ("name: lock not read", "name: open", "the example needs a name of its own"),
        ("id: store-shelf-locked", "id: store-shelf", "the file's name is not the rule's id, `store-shelf`"),
    ];
    for (piece, replacement, expected) in cases {
        let messages = found(good_but(piece, replacement));
        let expected: Vec<&str> = Some(expected).filter(|text| !text.is_empty()).into_iter().collect();
        assert_eq!(messages, expected, "{replacement}");
    }
}

#[test]
fn no_remediation_deletes_while_what_replaces_it_is_being_made() {
    let hasty = "cli: aws store copy-shelf --shelf <shelf> && aws store delete-shelf --shelf <shelf>\n";
    let patient = "cli: aws store copy-shelf --shelf <shelf> && aws store wait shelf-available --shelf <copy>\n";
    assert_eq!(
        found(good_but("cli: aws store lock-shelf --shelf <shelf>\n", hasty)),
        ["the remediation runs `delete-shelf` while `copy-shelf` may still be at work"]
    );
    assert_eq!(found(good_but("cli: aws store lock-shelf --shelf <shelf>\n", patient)), [""; 0]);
}

#[test]
fn a_rule_speaks_for_a_requirement() {
    let text = GOOD.replace("hipaa: [\"164.312(a)(1)\"]\nsoc2: [CC6.1]\n", "");
    assert_eq!(found(source(text)), ["the rule speaks for no requirement and is more than low"]);
}

#[test]
fn every_verdict_needs_an_example() {
    let cut = GOOD.find("  - name: lock not read").unwrap();
    assert_eq!(found(source(&GOOD[..cut])), ["no example expects `unknown`", "no example expects `not_applicable`"]);
    let without = &GOOD[..GOOD.find("examples:").unwrap()];
    assert_eq!(found(source(without)).len(), 4);
}

#[test]
fn an_example_that_comes_out_differently_is_a_problem() {
    let messages = found(good_but(
        "Locked: true, Days: 7, Shared: false}\n  - name: open",
        "Locked: true, Days: 6, Shared: false}\n  - name: open",
    ));
    assert_eq!(messages.len(), 1);
    assert!(messages[0].starts_with("\"locked for a week\": expected pass, came out fail ("), "{}", messages[0]);
}

#[test]
fn broken_yaml_in_the_examples_is_found_though_loading_skips_it() {
    assert_eq!(found(good_but("expect: unknown", "expected: unknown"))[0], "there is no key `expected` here");
}

#[test]
fn a_built_in_rule_lies_in_the_folder_of_its_service() {
    let builtin = |path: &str| SourceFile { origin: Origin::Builtin(path.to_owned()), text: GOOD.into() };
    assert_eq!(found(builtin("store/store-shelf-locked.yaml")), [""; 0]);
    assert_eq!(found(builtin("s3/store-shelf-locked.yaml")), ["the folder is not the rule's service"]);
}

#[test]
fn ids_are_unique_among_all_rules_except_for_a_built_in_one_that_the_file_replaces() {
    let builtin =
        [SourceFile { origin: Origin::Builtin("store/store-shelf-locked.yaml".to_owned()), text: GOOD.into() }];
    let lint = |path: &str| lint(&[named(path, GOOD)], &builtin, &kinds(), &catalog()).len();
    assert_eq!(lint("checkout/rules/store/store-shelf-locked.yaml"), 0);
    assert_eq!(lint("my-rules/store-shelf-locked.yaml"), 2, "its id and its former id are taken");
}

#[test]
fn a_name_that_nothing_uses_is_found_and_so_is_one_that_a_finding_would_quote() {
    let defined = "let:\n  closed: resource.Locked == true\n  spare: closed\npass: closed &&";
    assert_eq!(found(good_but("pass: resource.Locked == true &&", defined)), ["`spare` is not used"]);
    let in_when = "let:\n  own: resource.Shared == false\nwhen: own";
    assert_eq!(
        found(good_but("when: resource.Shared == false", in_when)),
        ["`when` uses names of `let`, and no message says what it means"]
    );
}

#[test]
fn a_loop_over_all_resources_for_each_resource_is_refused_at_its_place() {
    let text = "resources('AWS::Store::Shelf').exists(other, other.Locked == true) && resource.Locked == true";
    let problems = lint(&[good_but("resource.Locked == true", text)], &[], &kinds(), &catalog());
    let costly = problems.iter().find(|problem| problem.message.contains("loop")).unwrap().to_string();
    assert!(
        costly.starts_with("rules/store/store-shelf-locked.yaml:10:7: for each AWS::Store::Shelf there is"),
        "{costly}"
    );
    assert!(costly.contains("related('AWS::Store::Shelf', 'PATH', value)"), "{costly}");
    let joined = "related('AWS::Store::Shelf', 'ShelfName', resource.ShelfName).exists(other, other.Locked == true)";
    let problems = found(good_but("resource.Locked == true", joined));
    assert!(!problems.iter().any(|problem| problem.contains("loop")), "{problems:?}");
}

#[test]
fn a_parameter_is_used_only_by_its_whole_name() {
    assert!(mentions("resource.A >= params.day", "params.day"));
    assert!(!mentions("resource.A >= params.days", "params.day"));
}

/// The store, whose shelves tell the states that AWS documents for them.
fn kinds_with_states() -> crate::model::Kinds {
    let kinds = kinds();
    let shelf = kinds.get("AWS::Store::Shelf").unwrap();
    let mut schema = serde_json::to_value(shelf.schema()).unwrap();
    let state = serde_json::json!({"type": ["string", "null"], "examples": ["OPEN", "LOCKED"]});
    let doors = serde_json::json!({"type": "object", "properties": {"State": state}});
    schema["properties"]["State"] = state.clone();
    schema["properties"]["States"] = serde_json::json!({"type": "array", "items": state});
    schema["properties"]["Doors"] = serde_json::json!({"anyOf": [{"type": "array", "items": doors}, {"type": "null"}]});
    let (name, service, scope) = (shelf.name, shelf.service, shelf.scope);
    kinds.with(crate::model::Kind::new(name, service, scope, || schema.try_into().unwrap()))
}

#[test]
fn a_text_that_a_fact_never_has_is_found() {
    let never = |condition: &str| {
        let source = good_but("when: resource.Shared == false", &format!("when: ({condition})"));
        let loaded = Rule::load(source.clone(), &kinds_with_states(), &catalog());
        assert!(loaded.is_ok(), "{condition}: {loaded:?}");
        let problems = lint(&[source], &[], &kinds_with_states(), &catalog());
        let strange = problems.into_iter().filter(|problem| problem.message.contains("is never"));
        strange.map(|problem| (problem.message, problem.help.unwrap_or_default())).collect::<Vec<_>>()
    };
    let locked = |fact: &str| vec![(format!("`{fact}` is never \"Locked\""), "did you mean `LOCKED`?".to_owned())];
    assert_eq!(never("resource.State == 'Locked'"), locked("State"));
    assert_eq!(never("'Locked' != resource.State"), locked("State"));
    assert_eq!(never("resource.State != null && resource.State in ['LOCKED', 'Locked', 'OPEN']"), locked("State"));
    assert_eq!(never("'Locked' in resource.States"), locked("States"));
    assert_eq!(never("resource.Doors != null && resource.Doors.exists(d, d.State == 'Locked')"), locked("State"));
    assert_eq!(never("resources('AWS::Store::Shelf').exists(s, s.Shared && s.State == 'Locked')"), locked("State"));
    for right in [
        "resource.State == 'LOCKED'",
        "resource.State != null && resource.State in ['OPEN', 'LOCKED']",
        "resource.ShelfName == 'Locked'",
    ] {
        assert_eq!(never(right), [], "{right}");
    }
    let shut = never("resource.State == 'shut'");
    assert_eq!(shut, [("`State` is never \"shut\"".to_owned(), "known are OPEN, LOCKED".to_owned())]);
}
