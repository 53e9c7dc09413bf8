//! A pass stands on something that was judged, and no unread fact turns a verdict around.

use proptest::prelude::*;

use super::*;
use crate::model::Verdict;

const ALL_ON: &str = "resources('AWS::Test::Other').all(o, o.On)";

fn verdict_in(world: &World, condition: &Condition) -> Option<Verdict> {
    world.ask(condition, |condition, context| {
        Some(match condition.evaluate(context, &mut Trace::off()).ok()? {
            Truth::True => match condition.ground(context, &mut Trace::off()).ok()? {
                Truth::True => Verdict::Pass,
                Truth::False => Verdict::NotApplicable,
                Truth::Unknown => Verdict::Unknown,
            },
            Truth::False => Verdict::Fail,
            Truth::Unknown => Verdict::Unknown,
        })
    })
}

fn verdict(source: &str, facts: Value, others: &[Value]) -> Verdict {
    let world = World { others: others.to_vec(), ..World::of(facts) };
    verdict_in(&world, &compiled(source)).unwrap()
}

#[test]
fn a_list_of_resources_in_which_nothing_is_gives_no_pass() {
    let (on, off, unread) = (json!({"On": true}), json!({"On": false}), json!({}));
    assert_eq!(verdict(ALL_ON, json!({}), &[]), Verdict::NotApplicable);
    assert_eq!(verdict(ALL_ON, json!({}), std::slice::from_ref(&on)), Verdict::Pass);
    assert_eq!(verdict(ALL_ON, json!({}), &[on.clone(), off.clone()]), Verdict::Fail);
    assert_eq!(verdict(ALL_ON, json!({}), &[on.clone(), unread.clone()]), Verdict::Unknown);
    let only = "resources('AWS::Test::Other').filter(o, o.On).all(o, o.Port == 1)";
    assert_eq!(verdict(only, json!({}), &[off]), Verdict::NotApplicable);
    assert_eq!(
        verdict(only, json!({}), &[json!({"Port": 1})]),
        Verdict::Unknown,
        "may be none, may be one that passes"
    );
    assert_eq!(verdict(only, json!({}), &[json!({"Port": 1}), json!({"On": true, "Port": 1})]), Verdict::Pass);
    assert_eq!(
        verdict("params.trusted.filter(t, t == 'x').all(t, resource.Flag0)", json!({}), &[]),
        Verdict::NotApplicable
    );
}

#[test]
fn one_judged_part_is_enough() {
    let both = format!("resource.Flag0 && {ALL_ON}");
    assert_eq!(verdict(&both, json!({"Flag0": true}), &[]), Verdict::Pass);
    assert_eq!(verdict(&both, json!({"Flag0": false}), &[]), Verdict::Fail);
    assert_eq!(verdict(&both, json!({}), &[]), Verdict::Unknown);
    for either in [format!("resource.Flag0 || {ALL_ON}"), format!("{ALL_ON} || resource.Flag0")] {
        assert_eq!(verdict(&either, json!({"Flag0": true}), &[]), Verdict::Pass, "{either}");
        assert_eq!(verdict(&either, json!({"Flag0": false}), &[]), Verdict::NotApplicable, "{either}");
        assert_eq!(verdict(&either, json!({}), &[]), Verdict::Unknown, "{either}");
    }
    let two = format!("{ALL_ON} && resources('AWS::Test::Other').filter(o, o.Port == 1).all(o, o.Name == 'a')");
    assert_eq!(verdict(&two, json!({}), &[json!({"On": true, "Port": 2})]), Verdict::Pass);
}

#[test]
fn what_speaks_of_the_empty_list_in_words_stands_on_it() {
    for words in [
        "!resources('AWS::Test::Other').exists(o, o.On)",
        "resources('AWS::Test::Other').size() == 0",
        "resources('AWS::Test::Other').map(o, o.Name) == []",
        "resources('AWS::Test::Other').size() == 0 || resources('AWS::Test::Other').all(o, o.On)",
        "resource.Rules.all(r, r.On)",
    ] {
        assert_eq!(verdict(words, json!({"Rules": []}), &[]), Verdict::Pass, "{words}");
    }
    let needs_one = format!("resources('AWS::Test::Other').size() > 0 && {ALL_ON}");
    assert_eq!(verdict(&needs_one, json!({}), &[]), Verdict::Fail);
}

#[test]
fn a_double_negation_and_a_choice_change_nothing() {
    assert_eq!(verdict(&format!("!(!{ALL_ON})"), json!({}), &[]), Verdict::NotApplicable);
    assert_eq!(verdict(&format!("!(!{ALL_ON} || resource.Flag0)"), json!({"Flag0": false}), &[]), Verdict::Pass);
    let choice = format!("resource.Flag0 ? {ALL_ON} : resource.Flag1");
    assert_eq!(verdict(&choice, json!({"Flag0": true}), &[]), Verdict::NotApplicable);
    assert_eq!(verdict(&choice, json!({"Flag0": false, "Flag1": true}), &[]), Verdict::Pass);
    assert_eq!(verdict(&choice, json!({"Flag1": true}), &[]), Verdict::Unknown);
    let inner = "resource.Rules.all(r, resources('AWS::Test::Other').all(o, o.On))";
    assert_eq!(verdict(inner, json!({"Rules": [{}]}), &[]), Verdict::NotApplicable);
    assert_eq!(verdict(inner, json!({"Rules": []}), &[]), Verdict::Pass);
    assert_eq!(verdict(&inner.replace("all(r", "exists(r"), json!({"Rules": [{}]}), &[]), Verdict::NotApplicable);
}

#[test]
fn no_way_to_write_all_differently_hides_it() {
    let (on, off) = (json!({"On": true}), json!({"On": false}));
    for source in [
        format!("{ALL_ON} == true"),
        format!("true == {ALL_ON}"),
        format!("{ALL_ON} != false"),
        format!("!({ALL_ON} == false)"),
        format!("({ALL_ON} == true) != false"),
        format!("{ALL_ON} ? true : false"),
        format!("!{ALL_ON} ? false : true"),
        format!("({ALL_ON} ? true : false) == true"),
        format!("{ALL_ON} && true"),
        format!("1 == 1 && {ALL_ON} && account != ''"),
        format!("!(!{ALL_ON} || 1 == 2)"),
    ] {
        assert_eq!(verdict(&source, json!({}), &[]), Verdict::NotApplicable, "{source}");
        assert_eq!(verdict(&source, json!({}), std::slice::from_ref(&on)), Verdict::Pass, "{source}");
        assert_eq!(verdict(&source, json!({}), &[on.clone(), off.clone()]), Verdict::Fail, "{source}");
        assert_eq!(verdict(&source, json!({}), &[on.clone(), json!({})]), Verdict::Unknown, "{source}");
    }
    let guarded = "params.trusted.size() > 0 && params.trusted.all(t, t == 'x' || t != 'x')";
    assert_eq!(verdict(guarded, json!({}), &[]), Verdict::Pass, "the list is said not to be empty");
    let one = "resource.Rules.exists_one(r, resources('AWS::Test::Other').all(o, o.On))";
    assert_eq!(verdict(one, json!({"Rules": [{}]}), &[]), Verdict::NotApplicable);
    let either = format!("resource.Flag0 ? true : {ALL_ON}");
    assert_eq!(verdict(&either, json!({"Flag0": true}), &[]), Verdict::Pass);
    assert_eq!(verdict(&either, json!({"Flag0": false}), &[]), Verdict::NotApplicable);
    assert_eq!(verdict(&either, json!({}), &[]), Verdict::Unknown);
    assert_eq!(verdict(&either, json!({}), &[on]), Verdict::Pass, "either way it stands on something");
    assert_eq!(verdict("resource.Flag0 == true && 1 == 1", json!({"Flag0": true}), &[]), Verdict::Pass);
}

#[test]
fn an_all_that_is_a_value_among_others_is_refused() {
    for source in [
        format!("{ALL_ON} == resource.Flag0"),
        format!("!{ALL_ON} == resource.Flag0"),
        format!("{ALL_ON} in [true]"),
        format!("[{ALL_ON}] == [true]"),
        format!("string({ALL_ON}) == 'true'"),
        format!("({ALL_ON} ? 1 : 2) == 1"),
        format!("resource.Rules.map(r, {ALL_ON}).exists(answer, answer)"),
        "resource.Rules.exists(r, r.Items.all(i, i > 0) == r.On)".to_owned(),
        "(resource.Rules.all(r, r.On) || resource.Flag0) in [true]".to_owned(),
    ] {
        let errors = compile(&source).expect_err(&source);
        assert!(errors[0].message.starts_with("the answer of `all` is compared or handed on"), "{source}: {errors:?}");
    }
    for source in ["resource.Rules.exists(r, r.On) == resource.Flag0", "resource.Flag0 == resource.Flag1"] {
        compiled(source);
    }
}

#[test]
fn an_incomplete_list_may_hold_what_is_to_be_judged() {
    let world = World { others_are_incomplete: true, ..World::of(json!({})) };
    assert_eq!(verdict_in(&world, &compiled(ALL_ON)), Some(Verdict::Unknown));
}

#[test]
fn the_empty_lists_are_named() {
    let source = format!("{ALL_ON} && params.trusted.filter(t, t == 'x').all(t, resource.Flag0)");
    let condition = compiled(&source);
    let mut trace = Trace::on();
    World::of(json!({})).ask(&condition, |condition, context| condition.ground(context, &mut trace)).unwrap();
    assert_eq!(trace.empty_lists().collect::<Vec<_>>(), [OTHER, "params.trusted"]);
}

#[test]
fn lists_inside_facts_must_be_spoken_of() {
    let silent = |source: &str| compiled(source).silent_lists().into_iter().map(|list| list.text).collect::<Vec<_>>();
    assert_eq!(silent("resource.Rules.all(r, r.On)"), ["resource.Rules"]);
    assert_eq!(
        silent("resource.Flag0 || resource.Rules.filter(r, r.On).all(r, r.Off)"),
        ["resource.Rules.filter(r, r.On)"]
    );
    for differently in ["resource.Rules.all(r, r.On) == true", "resource.Rules.all(r, r.On) ? true : false"] {
        assert_eq!(silent(differently), ["resource.Rules"], "{differently}");
    }
    for said in [
        "resource.Rules.size() > 0 && resource.Rules.all(r, r.On)",
        "resource.Names == [] || resource.Names.all(n, n == 'a')",
        "resource.Rules.exists(r, r.On) && resource.Rules.all(r, r.On)",
        "!resource.Rules.all(r, r.On)",
        "!resource.Rules.exists(r, r.On)",
        "resource.Rules.all(r, r.On) == false",
        "resource.Rules.all(r, r.On) ? false : true",
        ALL_ON,
    ] {
        assert!(silent(said).is_empty(), "{said}");
    }
}

fn part() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "resource.Flag0",
        "resource.Flag1",
        "resources('AWS::Test::Other').all(o, o.On)",
        "resources('AWS::Test::Other').filter(o, o.On).all(o, o.Port == 1)",
        "resources('AWS::Test::Other').filter(o, o.Port > 1).map(o, o.Name).all(n, n == resource.Name)",
        "resources('AWS::Test::Other').exists(o, o.On)",
        "params.trusted.filter(t, t == resource.Name).all(t, resource.Flag1)",
        "resource.Rules.all(r, resources('AWS::Test::Other').filter(o, o.On).all(o, r.On))",
        "resources('AWS::Test::Other').exists(p, resources('AWS::Test::Other').filter(o, o.On).all(o, o.Port == p.Port))",
        "resources('AWS::Test::Other').all(p, p.On || resource.Rules.exists(r, r.On))",
        "resource.Rules.filter(r, r.Off).all(r, r.On)",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), any::<bool>()).prop_map(|(a, answer)| format!("(({a}) == {answer})")),
            (inner.clone(), any::<bool>()).prop_map(|(a, answer)| format!("({a} ? {answer} : {})", !answer)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} ? true : {b})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
}

/// The facts of a resource, whole, and how many bits say which of them were read.
fn facts() -> impl Strategy<Value = Value> {
    let rules = prop::collection::vec((any::<bool>(), any::<bool>()), 0..3);
    let name = prop::sample::select(vec!["a", "111111111111"]);
    (any::<bool>(), any::<bool>(), name, rules).prop_map(|(flag0, flag1, name, rules)| {
        let rules: Vec<Value> = rules.into_iter().map(|(on, off)| json!({"On": on, "Off": off})).collect();
        json!({"Flag0": flag0, "Flag1": flag1, "Name": name, "Rules": rules})
    })
}

fn other() -> impl Strategy<Value = Value> {
    (any::<bool>(), 0..3_i64, prop::sample::select(vec!["a", "b"]))
        .prop_map(|(on, port, name)| json!({"On": on, "Port": port, "Name": name}))
}

/// The facts without those that the bits leave out, at any depth.
fn read_in_part(facts: &Value, bits: &mut dyn Iterator<Item = bool>) -> Value {
    match facts {
        Value::Object(fields) => {
            let mut read = serde_json::Map::new();
            for (name, value) in fields {
                if bits.next().unwrap_or(true) {
                    read.insert(name.clone(), read_in_part(value, bits));
                }
            }
            Value::Object(read)
        }
        Value::Array(list) => list.iter().map(|element| read_in_part(element, bits)).collect(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_unread_fact_turns_a_verdict_around(
        source in part(),
        facts in facts(),
        others in prop::collection::vec(other(), 0..3),
        unread in prop::collection::vec(other(), 0..2),
        bits in prop::collection::vec(prop::bool::weighted(0.8), 0..40),
    ) {
        let condition = compiled(&source);
        let whole = World { others: [others.clone(), unread.clone()].concat(), ..World::of(facts.clone()) };
        let mut bits = bits.into_iter();
        let partial = World {
            others: others.iter().map(|other| read_in_part(other, &mut bits)).collect(),
            others_are_incomplete: !unread.is_empty(),
            ..World::of(read_in_part(&facts, &mut bits))
        };
        let (whole, seen) = (verdict_in(&whole, &condition).unwrap(), verdict_in(&partial, &condition).unwrap());
        prop_assert!(whole != Verdict::Unknown, "{}", source);
        prop_assert!(seen == Verdict::Unknown || seen == whole, "{}: {:?}, then {:?}", source, seen, whole);
    }

    #[test]
    fn the_order_of_terms_and_elements_does_not_matter(
        a in part(),
        b in part(),
        facts in facts(),
        others in prop::collection::vec(other(), 0..3),
        bits in prop::collection::vec(prop::bool::weighted(0.8), 0..40),
    ) {
        let mut bits = bits.into_iter();
        let others: Vec<Value> = others.iter().map(|other| read_in_part(other, &mut bits)).collect();
        let facts = read_in_part(&facts, &mut bits);
        let turned: Vec<Value> = others.iter().rev().cloned().collect();
        let world = |others: Vec<Value>| World { others, ..World::of(facts.clone()) };
        for operator in ["&&", "||"] {
            let (first, then) = (compiled(&format!("{a} {operator} {b}")), compiled(&format!("{b} {operator} {a}")));
            prop_assert_eq!(
                verdict_in(&world(others.clone()), &first),
                verdict_in(&world(turned.clone()), &then),
                "{} {} {}", a, operator, b
            );
        }
    }

    #[test]
    fn whoever_says_that_there_must_be_something_never_gets_a_verdict_about_nothing(
        facts in facts(),
        others in prop::collection::vec(other(), 0..3),
    ) {
        let world = World { others, ..World::of(facts) };
        let plain = verdict_in(&world, &compiled(ALL_ON)).unwrap();
        let strict = format!("resources('AWS::Test::Other').size() > 0 && {ALL_ON}");
        let strict = verdict_in(&world, &compiled(&strict)).unwrap();
        prop_assert!(strict == plain || (plain, strict) == (Verdict::NotApplicable, Verdict::Fail));
    }
}
