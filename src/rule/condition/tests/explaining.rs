//! Conditions part by part, and as text again.

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{World, compiled};
use crate::model::{Part, PartForm, PartValue, Truth};
use crate::rule::trace::Trace;

fn explain(source: &str, facts: Value) -> Part {
    World::of(facts).ask(&compiled(source), |condition, context| condition.explain(context))
}

/// One line a part.
fn shown(part: &Part) -> String {
    fn add(part: &Part, depth: usize, lines: &mut Vec<String>) {
        let value = match &part.value {
            PartValue::Known(value) => value.to_string(),
            PartValue::Unknown => "unknown".to_owned(),
            PartValue::Between(low, high) => format!("{low} to {high}"),
            PartValue::Fault(fault) => format!("fault: {fault}"),
        };
        lines.push(format!("{}{} -> {value}", "  ".repeat(depth), part.text));
        part.parts.iter().for_each(|inner| add(inner, depth + 1, lines));
        if part.left_out > 0 {
            lines.push(format!("{}{} left out", "  ".repeat(depth + 1), part.left_out));
        }
    }
    let mut lines = Vec::new();
    add(part, 0, &mut lines);
    lines.join("\n")
}

#[test]
fn every_part_has_its_own_answer_even_when_the_whole_is_decided() {
    let source = "resource.Count >= params.days && (resource.Flag0 || !resource.Flag1) && resource.Name != 'x'";
    assert_snapshot!(shown(&explain(source, json!({"Count": 7, "Flag1": true, "Name": "a"}))), @"
    resource.Count >= params.days && (resource.Flag0 || !resource.Flag1) && resource.Name != 'x' -> false
      resource.Count >= params.days -> false
        resource.Count -> 7
        params.days -> 30
      resource.Flag0 || !resource.Flag1 -> unknown
        resource.Flag0 -> unknown
        !resource.Flag1 -> false
          resource.Flag1 -> true
      resource.Name != 'x' -> true
        resource.Name -> \"a\"
    ");
}

#[test]
fn of_a_list_the_elements_that_decide_are_shown_first() {
    let rules: Vec<Value> = (0..9).map(|at| json!({"Status": if at == 7 { "Off" } else { "On" }})).collect();
    assert_snapshot!(shown(&explain("resource.Rules.all(r, r.Status == 'On')", json!({"Rules": rules}))), @r#"
    resource.Rules.all(r, r.Status == 'On') -> false
      resource.Rules -> [{"Status":"On"},{"Status":"On"},{"Status":"On"},{"Status":"On"},{"Status":"On"},{"Status":"On"},{"Status":"On"},{"Status":"Off"},{"Status":"On"}]
      r = element 1 -> true
        r.Status == 'On' -> true
          r.Status -> "On"
      r = element 2 -> true
        r.Status == 'On' -> true
          r.Status -> "On"
      r = element 3 -> true
        r.Status == 'On' -> true
          r.Status -> "On"
      r = element 4 -> true
        r.Status == 'On' -> true
          r.Status -> "On"
      r = element 8 -> false
        r.Status == 'On' -> false
          r.Status -> "Off"
      4 left out
    "#);
    assert_snapshot!(shown(&explain("resource.Rules.exists(r, r.Items.exists(i, i > resource.Count))", json!({"Count": 3, "Rules": [{"Items": [1, 4]}, {}]}))), @r#"
    resource.Rules.exists(r, r.Items.exists(i, i > resource.Count)) -> true
      resource.Rules -> [{"Items":[1,4]},{}]
      r = element 1 -> true
        r.Items.exists(i, i > resource.Count) -> true
          r.Items -> [1,4]
          i = 1 -> false
            i > resource.Count -> false
              i -> 1
              resource.Count -> 3
          i = 4 -> true
            i > resource.Count -> true
              i -> 4
              resource.Count -> 3
      r = element 2 -> unknown
        r.Items.exists(i, i > resource.Count) -> unknown
          r.Items -> unknown
    "#);
}

#[test]
fn other_resources_and_what_has_no_value_are_named() {
    let world =
        World { others: vec![json!({"Name": "a", "On": true})], ..World::of(json!({"Name": "a", "Mode": null})) };
    let source = "resources('AWS::Test::Other').exists(o, o.Name == resource.Name) && lookup('AWS::Test::Other', 'Name', resource.Name).On && resource.Mode == 'Enabled'";
    assert_snapshot!(shown(&world.ask(&compiled(source), |condition, context| condition.explain(context))), @r#"
    resources('AWS::Test::Other').exists(o, o.Name == resource.Name) && lookup('AWS::Test::Other', 'Name', resource.Name).On && resource.Mode == 'Enabled' -> false
      resources('AWS::Test::Other').exists(o, o.Name == resource.Name) -> true
        resources('AWS::Test::Other') -> ["0"]
        o = 0 -> true
          o.Name == resource.Name -> true
            o.Name -> "a"
            resource.Name -> "a"
      lookup('AWS::Test::Other', 'Name', resource.Name).On -> true
        lookup('AWS::Test::Other', 'Name', resource.Name) -> "0"
          resource.Name -> "a"
      resource.Mode == 'Enabled' -> false
        resource.Mode -> null
    "#);
    let open = World { others_are_incomplete: true, ..World::of(json!({})) };
    let part =
        open.ask(&compiled("size(resources('AWS::Test::Other')) > 3"), |condition, context| condition.explain(context));
    assert_snapshot!(shown(&part), @"
    size(resources('AWS::Test::Other')) > 3 -> unknown
      size(resources('AWS::Test::Other')) -> 0 to 9223372036854775807
        resources('AWS::Test::Other') -> unknown
    ");
    assert_snapshot!(shown(&explain("resource.Numbers[2] == 1", json!({"Numbers": [1]}))), @r"
    resource.Numbers[2] == 1 -> fault: there is no element 2 in a list of 1
      resource.Numbers[2] -> fault: there is no element 2 in a list of 1
    ");
}

#[test]
fn loops_in_loops_over_long_lists_come_to_an_end() {
    let numbers: Vec<u32> = (0..12).collect();
    let source = "resource.Numbers.all(a, resource.Numbers.all(b, resource.Numbers.all(c, resource.Numbers.all(d, a + b + c + d < 999))))";
    let part = explain(source, json!({ "Numbers": numbers }));
    assert_eq!(part.value, PartValue::Known(true.into()));
    fn count(part: &Part) -> usize {
        1 + part.parts.iter().map(count).sum::<usize>()
    }
    assert!(count(&part) < 2_000, "{}", count(&part));
}

/// Conditions of every form that is printed.
const FORMS: [&str; 25] = [
    "resource.Flag0 && (resource.Flag1 || resource.Flag2) && !(resource.Flag3 && resource.Flag4)",
    "(resource.Flag0 || resource.Flag1) && resource.Flag2 || !resource.Flag3",
    "(resource.Count == 1) == resource.Flag0",
    "resource.Flag0 == (resource.Count != 2)",
    "resource.Count - (resource.Limit - 3) > (resource.Count - resource.Limit) - 3",
    "resource.Count * (resource.Limit + 2) >= -resource.Count",
    "resource.Count % 2 == 0 ? resource.Flag0 : (resource.Flag1 ? resource.Flag2 : resource.Flag3)",
    "(resource.Flag0 ? resource.Count : resource.Limit) < -1",
    "resource.Nested != null && resource.Nested.Inner == null",
    "resource.Nested == null || resource.Nested.On && resource.Nested.Level in [1, 2, -3]",
    "resource.Name in ['it\\'s', 'a\\\\b', \"new\\nline\"]",
    "resource.Name.startsWith('a') && resource.Name.lowerAscii().matches('^[a-z]+\\\\d?$')",
    "resource.Names.exists(n, n == resource.Name) || resource.Names.exists_one(n, n != 'x')",
    "size(resource.Names.filter(n, n.contains('a'))) > 0",
    "resource.Numbers.map(n, n + 1).all(m, m > 1)",
    "resource.Rules.all(r, r.Items.all(i, i > 0 || r.On) && r.Status == 'On')",
    "size(resource.Names + ['a', resource.Name]) >= 2",
    "resource.Size > 1.0 && resource.Size < params.share * 10.0",
    "timestamp(resource.Created) < now - duration('720h')",
    "timestamp(resource.Created) > timestamp('2020-01-01T00:00:00Z')",
    "resource.LastUsed != null && timestamp(resource.LastUsed) - timestamp(resource.Created) > duration('1h30m')",
    "'a' in resource.Tags && resource.Tags['a'] == resource.Tags.b",
    "resources('AWS::Test::Other').all(o, o.Port in [1, 2] && o.On) && resource.InPhiScope",
    "resources('AWS::Test::Other').exists(o, !o.InPhiScope) || lookup('AWS::Test::Other', 'Name', 'a').InPhiScope",
    "resource.Numbers[0] + resource.Numbers[resource.Count] > 2",
];

#[test]
fn a_printed_condition_is_printed_again_as_it_is() {
    for source in FORMS {
        let printed = explain(source, json!({})).text;
        let again = explain(&printed, json!({})).text;
        assert_eq!(printed, again, "{source}");
    }
}

/// Facts of which some are not there.
fn some_facts() -> impl Strategy<Value = Value> {
    let bools = proptest::collection::vec(proptest::option::of(any::<bool>()), 8);
    let numbers = (proptest::option::of(-3_i64..4), proptest::option::of(-3_i64..4));
    let lists = (proptest::option::of(proptest::collection::vec(-1_i64..4, 0..4)), any::<bool>());
    (bools, numbers, lists, proptest::option::of("[ab]{0,2}")).prop_map(
        |(flags, (count, limit), (list, extra), name)| {
            let mut facts = json!({});
            let mut add = |key: &str, value: Option<Value>| value.into_iter().for_each(|value| facts[key] = value);
            flags.iter().enumerate().for_each(|(at, flag)| add(&format!("Flag{at}"), flag.map(Value::Bool)));
            add("Count", count.map(Value::from));
            add("Limit", limit.map(Value::from));
            add("Numbers", list.clone().map(Value::from));
            add("Names", list.map(|list| list.iter().map(i64::to_string).collect()));
            add("Name", name.map(Value::from));
            if extra {
                add("Nested", Some(Value::Null));
                add("LastUsed", Some(Value::Null));
                add("Created", Some("2025-01-01T00:00:00Z".into()));
                add("Size", Some(2.5.into()));
                add("Tags", Some(json!({"a": "x", "b": "x"})));
                add("Rules", Some(json!([{"Items": [1, 0], "On": true, "Status": "On"}, {"Items": []}])));
            }
            facts
        },
    )
}

/// What a part must come to by what its parts come to; `None` where that cannot be told from them.
fn by_its_parts(part: &Part) -> Option<Truth> {
    let truth = |part: &Part| match &part.value {
        PartValue::Known(Value::Bool(value)) => Some(Truth::from(*value)),
        PartValue::Unknown => Some(Truth::Unknown),
        _ => None,
    };
    let elements = || part.parts.iter().filter(|part| part.form == PartForm::Element);
    let list_is_known = || matches!(part.parts.first()?.value, PartValue::Known(_)).then_some(());
    match part.form {
        PartForm::And => part.parts.iter().map(truth).try_fold(Truth::True, |all, one| Some(all.and(one?))),
        PartForm::Or => part.parts.iter().map(truth).try_fold(Truth::False, |all, one| Some(all.or(one?))),
        PartForm::Not => Some(!truth(&part.parts[0])?),
        PartForm::Element => truth(&part.parts[0]),
        PartForm::Conditional => match truth(&part.parts[0])? {
            Truth::True => truth(&part.parts[1]),
            Truth::False => truth(&part.parts[2]),
            Truth::Unknown => None,
        },
        PartForm::All if part.left_out == 0 => {
            list_is_known()?;
            elements().map(truth).try_fold(Truth::True, |all, one| Some(all.and(one?)))
        }
        PartForm::Exists if part.left_out == 0 => {
            list_is_known()?;
            elements().map(truth).try_fold(Truth::False, |all, one| Some(all.or(one?)))
        }
        _ => None,
    }
}

/// Every part that does not follow from its own parts.
pub(in crate::rule) fn contradictions(part: &Part) -> Vec<String> {
    let expected = match by_its_parts(part) {
        Some(Truth::True) => Some(PartValue::Known(true.into())),
        Some(Truth::False) => Some(PartValue::Known(false.into())),
        Some(Truth::Unknown) => Some(PartValue::Unknown),
        None => None,
    };
    let own = expected
        .filter(|expected| *expected != part.value)
        .map(|expected| format!("{} is {:?}, and its parts say {expected:?}", part.text, part.value));
    own.into_iter().chain(part.parts.iter().flat_map(contradictions)).collect()
}

proptest! {
    #[test]
    fn the_parts_the_whole_and_the_printed_text_agree(facts in some_facts()) {
        let world = World { others: vec![json!({"Port": 1, "On": true})], ..World::of(facts) };
        for source in FORMS {
            let condition = compiled(source);
            let part = world.ask(&condition, |condition, context| condition.explain(context));
            prop_assert_eq!(contradictions(&part), Vec::<String>::new());
            let whole = world.judge(&condition, &mut Trace::off());
            let value = match &whole {
                Ok(Truth::Unknown) => PartValue::Unknown,
                Ok(truth) => PartValue::Known((*truth == Truth::True).into()),
                Err(error) => PartValue::Fault(error.to_string()),
            };
            prop_assert_eq!(&part.value, &value, "{}", source);
            let printed = world.judge(&compiled(&part.text), &mut Trace::off());
            prop_assert_eq!(printed, whole, "{} printed as {}", source, part.text);
        }
    }
}
