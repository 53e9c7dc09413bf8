//! Definitions: names for sub-expressions.

use super::*;

fn with(definitions: &[(&str, &str)], source: &str) -> Condition {
    compile_with(definitions, source).unwrap_or_else(|errors| panic!("{source}: {errors:?}"))
}

fn truth_with(definitions: &[(&str, &str)], source: &str, facts: Value) -> Truth {
    World::of(facts).judge(&with(definitions, source), &mut Trace::off()).unwrap()
}

fn fault(definitions: &[(&str, &str)], source: &str) -> String {
    compile_with(definitions, source).unwrap_err()[0].message.clone()
}

#[test]
fn a_name_stands_for_a_value_of_any_type() {
    let definitions = [
        ("is_on", "resource.Flag0"),
        ("long", "resource.Names.filter(n, n.size() > 1)"),
        ("both", "is_on && long.size() == 1"),
        ("mode", "resource.Mode"),
        ("nested", "resource.Nested"),
    ];
    let facts = json!({"Flag0": true, "Names": ["a", "bb"], "Mode": "Enabled", "Nested": {"On": true}});
    for source in [
        "both",
        "is_on && 'bb' in long",
        "mode != null && mode.startsWith('En')",
        "nested != null && nested.On",
        "resource.Names.exists(n, n in long)",
        "!both ? false : long[0] == 'bb'",
    ] {
        assert_eq!(truth_with(&definitions, source, facts.clone()), Truth::True, "{source}");
    }
    assert_eq!(truth_with(&definitions, "both", json!({"Flag0": true})), Truth::Unknown);
    assert_eq!(truth_with(&definitions, "both", json!({"Flag0": false})), Truth::False);
}

#[test]
fn guards_reach_through_names() {
    let definitions = [("is_configured", "resource.Nested != null")];
    assert!(compile_with(&definitions, "is_configured && resource.Nested.On").is_ok());
    assert!(fault(&[("nested", "resource.Nested")], "nested.On").contains("may be null"));
}

#[test]
fn each_is_evaluated_once_at_most_and_only_when_it_is_asked_for() {
    let definitions = [("first", "resource.Flag0"), ("second", "resource.Flag1"), ("third", "first && first")];
    let condition = with(&definitions, "third && third || resource.Flag2 && second");
    let evaluated = |facts: Value| {
        World::of(facts).ask(&condition, |condition, context| {
            for _ in 0..3 {
                condition.evaluate(context, &mut Trace::off()).unwrap();
            }
            let known = context.defined.0.borrow();
            known.iter().map(|value| value.definition.name().to_owned()).collect::<Vec<_>>()
        })
    };
    assert_eq!(evaluated(json!({"Flag0": true})), ["first", "third"]);
    assert_eq!(evaluated(json!({"Flag0": false, "Flag2": true})), ["first", "third", "second"]);
}

#[test]
fn what_was_read_for_a_name_is_evidence_wherever_it_is_used() {
    let definitions = [("rules", "resource.Rules"), ("open", "rules.filter(r, !r.On)")];
    let condition = with(&definitions, "resource.Flag0 || open.size() == 0 && open.size() < 3");
    World::of(json!({"Flag0": false, "Rules": [{"On": true}, {}]})).ask(&condition, |condition, context| {
        for _ in 0..2 {
            let mut trace = Trace::on();
            assert_eq!(condition.evaluate(context, &mut trace).unwrap(), Truth::Unknown);
            let paths: Vec<_> = trace.reads().into_iter().map(|read| read.path).collect();
            assert_eq!(paths, ["Flag0", "Rules", "Rules[1].On"]);
        }
    });
}

#[test]
fn names_that_mean_nothing_or_too_much_are_refused() {
    let later = [("a", "b"), ("b", "resource.Flag0")];
    assert_eq!(fault(&later, "a"), "`b` is not defined yet");
    assert_eq!(fault(&[("a", "a && resource.Flag0")], "a"), "`a` is not defined yet");
    assert_eq!(fault(&[("resource", "true")], "true"), "`resource` already means something else");
    assert_eq!(fault(&[("Big", "true")], "true"), "`Big` is no name");
    let shadows = "resource.Names.exists(names, names == 'a')";
    assert_eq!(fault(&[("names", "resource.Names")], shadows), "`names` already means something else");
    assert_eq!(fault(&[("a", shadows), ("names", "resource.Names")], "a"), "`names` already means something else");
    assert_eq!(fault(&[("a", "resource.Count")], "a"), "`a` is int, but a condition must be bool");
}

#[test]
fn an_all_behind_a_name_is_no_more_hidden_than_another() {
    let definitions = [("all_good", "resources('AWS::Test::Other').all(o, o.On)")];
    let condition = with(&definitions, "all_good");
    assert!(condition.may_stand_on_nothing());
    World::of(json!({})).ask(&condition, |condition, context| {
        let mut trace = Trace::on();
        assert_eq!(condition.ground(context, &mut trace).unwrap(), Truth::False);
        assert_eq!(trace.empty_lists().collect::<Vec<_>>(), [OTHER]);
    });
    assert!(fault(&definitions, "all_good in [true]").starts_with("the answer of `all` is compared"));
    assert!(fault(&[("a", "[resource.Names.all(n, n == '')]")], "true in a").starts_with("the answer of `all`"));
    let silent = with(&[("ok", "resource.Names.all(n, n != '')")], "ok");
    assert_eq!(silent.silent_lists().len(), 1);
}

#[test]
fn an_explanation_says_what_a_name_stands_for() {
    let condition = with(&[("good", "resource.Flag0 || resource.Flag1")], "good && resource.Flag2");
    let part = World::of(json!({"Flag0": false, "Flag1": true, "Flag2": true}))
        .ask(&condition, |condition, context| condition.explain(context));
    let name = &part.parts[0];
    assert_eq!((name.text.as_str(), name.parts[0].text.as_str()), ("good", "resource.Flag0 || resource.Flag1"));
}

#[test]
fn names_that_use_each_other_again_and_again_are_too_large() {
    let names: Vec<String> = (0..60).map(|at| format!("a{at}")).collect();
    let sources: Vec<String> = (0..60)
        .map(|at| if at == 0 { "resource.Flag0".to_owned() } else { format!("a{0} && a{0} && a{0}", at - 1) })
        .collect();
    let definitions: Vec<(&str, &str)> = names.iter().zip(&sources).map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(fault(&definitions, "a59"), "with the meanings of its names the expression is too large");
}
