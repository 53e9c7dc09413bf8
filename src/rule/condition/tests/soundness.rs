//! The first law: an answer never depends on a fact that was not read, and an answer that the read facts give is given.

use proptest::prelude::*;
use proptest::sample::Index;

use super::differential::{condition, facts};
use super::*;

/// The resource with some facts unread, at any depth. Keys of maps are data and stay.
fn without(facts: &Value, choices: &[Index]) -> Value {
    let mut places = Vec::new();
    collect_places(facts, String::new(), &mut places);
    let mut facts = facts.clone();
    for choice in choices {
        let place = choice.get(&places);
        let (outer, name) = place.rsplit_once('/').unwrap();
        if let Some(fields) = facts.pointer_mut(outer).and_then(Value::as_object_mut) {
            fields.remove(name);
        }
    }
    facts
}

fn collect_places(value: &Value, path: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = format!("{path}/{name}");
                if name != "Tags" {
                    collect_places(field, path.clone(), places);
                }
                places.push(path);
            }
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, element)| collect_places(element, format!("{path}/{at}"), places));
        }
        _ => {}
    }
}

fn decided(source: &str, facts: Value) -> Option<bool> {
    match judge(source, facts) {
        Ok(Truth::True) => Some(true),
        Ok(Truth::False) => Some(false),
        Ok(Truth::Unknown) | Err(_) => None,
    }
}

/// A formula of `&&`, `||` and `!` that reads each of eight flags and two lists at most once.
fn read_once() -> impl Strategy<Value = String> {
    let shapes = prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 9);
    let order = Just((0..10).collect::<Vec<usize>>()).prop_shuffle();
    (order, shapes, any::<bool>(), any::<bool>()).prop_map(|(order, shapes, all, exists)| {
        let form = |is_all| if is_all { "all" } else { "exists" };
        let leaf = |at: usize| match at {
            8 => format!("resource.Rules.{}(r, r.On || !r.Off)", form(all)),
            9 => format!("resource.MaybeRules != null && resource.MaybeRules.{}(r, !(r.Off && r.On))", form(exists)),
            flag => format!("resource.Flag{flag}"),
        };
        let mut formula = leaf(order[0]);
        for (leaf, (is_and, not, swap)) in order[1..].iter().map(|at| leaf(*at)).zip(shapes) {
            let operator = if is_and { "&&" } else { "||" };
            let (a, b) = if swap { (format!("({leaf})"), formula) } else { (formula, format!("({leaf})")) };
            formula = format!("({a} {operator} {b})");
            if not {
                formula = format!("!{formula}");
            }
        }
        formula
    })
}

/// Facts for [`read_once`]: each flag may be unread, and at most a few of the lists' fields.
fn partial() -> impl Strategy<Value = Value> {
    let flag = || prop::option::weighted(0.6, any::<bool>());
    let element = || {
        (prop::option::weighted(0.8, any::<bool>()), prop::option::weighted(0.8, any::<bool>()))
            .prop_map(|(on, off)| object([("On", on), ("Off", off)]))
    };
    let list = || prop::collection::vec(element(), 0..3);
    (prop::collection::vec(flag(), 8), list(), list()).prop_map(|(flags, rules, maybe)| {
        let names: Vec<_> = (0..8).map(|at| format!("Flag{at}")).collect();
        let mut facts = object(names.iter().map(String::as_str).zip(flags));
        facts["Rules"] = rules.into();
        facts["MaybeRules"] = maybe.into();
        facts
    })
}

fn object<'n>(fields: impl IntoIterator<Item = (&'n str, Option<bool>)>) -> Value {
    Value::Object(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::Bool(value?)))).collect())
}

/// Every way in which the unread facts of [`partial`] could be.
fn completions(facts: &Value) -> Vec<Value> {
    let mut holes: Vec<(String, String)> =
        (0..8).map(|at| (String::new(), format!("Flag{at}"))).filter(|(_, name)| facts.get(name).is_none()).collect();
    for list in ["Rules", "MaybeRules"] {
        for (at, element) in facts[list].as_array().unwrap().iter().enumerate() {
            let missing = ["On", "Off"].into_iter().filter(|name| element.get(name).is_none());
            holes.extend(missing.map(|name| (format!("/{list}/{at}"), name.to_owned())));
        }
    }
    (0..1_u32 << holes.len())
        .map(|bits| {
            let mut whole = facts.clone();
            for (at, (outer, name)) in holes.iter().enumerate() {
                whole.pointer_mut(outer).unwrap()[name] = json!(bits >> at & 1 == 1);
            }
            whole
        })
        .collect()
}

fn about_others() -> impl Strategy<Value = String> {
    let body =
        || prop::sample::select(vec!["o.On", "!o.On", "o.Port > 1", "o.Name == resource.Name", "o.On && o.Port == 1"]);
    let list = "resources('AWS::Test::Other')";
    let size = (prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]), 0..4);
    prop_oneof![
        (prop::sample::select(vec!["all", "exists", "exists_one"]), body())
            .prop_map(move |(form, body)| format!("{list}.{form}(o, {body})")),
        (body(), prop::sample::select(vec!["all", "exists"]), body())
            .prop_map(move |(first, form, then)| format!("{list}.filter(o, {first}).{form}(o, {then})")),
        (body(), size).prop_map(move |(body, (order, n))| format!("{list}.filter(o, {body}).size() {order} {n}")),
        body().prop_map(move |body| format!("true in {list}.map(o, {body})")),
        Just(format!("{list}.map(o, o.Port).exists_one(p, p == 1)")),
        Just(format!("{list}.map(o, o.Port) == [1]")),
    ]
}

fn other() -> impl Strategy<Value = Value> {
    let maybe = |known: Value, is_known: bool| is_known.then_some(known);
    (any::<bool>(), 0..3_i64, prop::sample::select(vec!["a", "b"]), prop::collection::vec(prop::bool::weighted(0.8), 3))
        .prop_map(move |(on, port, name, known)| {
            let fields = [("On", json!(on)), ("Port", json!(port)), ("Name", json!(name))];
            let fields = fields
                .into_iter()
                .zip(known)
                .filter_map(|((name, value), is_known)| Some((name.to_owned(), maybe(value, is_known)?)));
            Value::Object(fields.collect())
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_unread_fact_never_turns_an_answer_around(
        source in condition(),
        facts in facts(),
        choices in prop::collection::vec(any::<Index>(), 1..12),
    ) {
        let whole = decided(&source, facts.clone());
        let partial = without(&facts, &choices);
        if let (Some(whole), Some(answer)) = (whole, decided(&source, partial.clone())) {
            prop_assert_eq!(answer, whole, "{} on {}", source, partial);
        }
    }

    #[test]
    fn an_answer_is_unknown_exactly_if_the_unread_facts_decide_it(source in read_once(), facts in partial()) {
        let condition = compiled(&source);
        let ask = |facts: &Value| World::of(facts.clone()).judge(&condition, &mut Trace::off()).unwrap();
        let completions = completions(&facts);
        prop_assume!(completions.len() <= 256);
        let answers: Vec<Truth> = completions.iter().map(&ask).collect();
        let expected = if answers.iter().all(|answer| *answer == answers[0]) { answers[0] } else { Truth::Unknown };
        prop_assert_eq!(ask(&facts), expected, "{} on {}", source, facts);
    }

    #[test]
    fn the_order_of_elements_does_not_matter(
        source in prop::sample::select(vec![
            "resource.Rules.all(r, r.On || r.Days == 1)",
            "resource.Rules.exists(r, r.On && r.Status == 'a')",
            "resource.Rules.exists(r, r.Days != null && 1 / r.Days == 1)",
            "resource.Rules.exists_one(r, r.On)",
            "size(resource.Rules.filter(r, r.On)) >= 2",
            "'a' in resource.Rules.map(r, r.Status)",
        ]),
        facts in facts(),
        choices in prop::collection::vec(any::<Index>(), 0..12),
        turn in any::<Index>(),
    ) {
        let facts = without(&facts, &choices);
        let mut turned = facts.clone();
        if let Some(rules) = turned["Rules"].as_array_mut().filter(|rules| !rules.is_empty()) {
            let by = turn.index(rules.len());
            rules.rotate_left(by);
            rules.reverse();
        }
        let source = compiled(source);
        let ask = |facts| World::of(facts).judge(&source, &mut Trace::off()).ok();
        let turned = if facts.get("Rules").is_some() { turned } else { facts.clone() };
        prop_assert_eq!(ask(facts), ask(turned));
    }

    #[test]
    fn resources_that_were_not_read_never_turn_an_answer_around(
        source in about_others(),
        known in prop::collection::vec(other(), 0..3),
        unread in prop::collection::vec(other(), 0..3),
    ) {
        let condition = compiled(&source);
        let ask = |others: Vec<Value>, others_are_incomplete| {
            let world = World { others, others_are_incomplete, ..World::of(json!({"Name": "a"})) };
            world.judge(&condition, &mut Trace::off()).unwrap()
        };
        let seen = ask(known.clone(), true);
        let whole = ask([known, unread].concat(), false);
        prop_assert!(seen == Truth::Unknown || seen == whole, "{source}: {seen:?}, then {whole:?}");
    }

    #[test]
    fn a_trace_changes_nothing(source in condition(), facts in facts(), choices in prop::collection::vec(any::<Index>(), 0..6)) {
        let world = World::of(without(&facts, &choices));
        let condition = compiled(&source);
        let mut trace = Trace::on();
        prop_assert_eq!(world.judge(&condition, &mut trace), world.judge(&condition, &mut Trace::off()));
        for read in trace.reads() {
            let top = read.path.split(['.', '[']).next().unwrap().to_owned();
            prop_assert!(condition.needs().facts.contains(&(THING.to_owned(), top)), "{}: {:?}", source, read);
        }
    }
}
