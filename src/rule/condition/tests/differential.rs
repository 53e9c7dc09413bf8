//! Where no fact is missing, conditions mean what they mean to the interpreter of the `cel` crate.

use cel::{Context, Program};
use proptest::prelude::*;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::*;

/// Conditions over the facts of [`facts`], well typed, with every operator and loop.
pub(super) fn condition() -> impl Strategy<Value = String> {
    let flag = || (0..8).prop_map(|flag| format!("resource.Flag{flag}"));
    let small = || -2..5_i64;
    let number = move || {
        let leaf = prop_oneof![
            Just("resource.Count".to_owned()),
            Just("resource.Limit".to_owned()),
            Just("size(resource.Names)".to_owned()),
            Just("size(resource.Name)".to_owned()),
            Just("resource.Numbers[0]".to_owned()),
            Just("resource.Numbers.filter(n, n > 1).size()".to_owned()),
            small().prop_map(|n| n.to_string()),
        ];
        leaf.prop_recursive(2, 6, 2, |inner| {
            (inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%"]), inner)
                .prop_map(|(a, operator, b)| format!("({a} {operator} {b})"))
        })
    };
    let text = || {
        prop_oneof![
            Just("resource.Name".to_owned()),
            Just("resource.Label".to_owned()),
            Just("resource.Tags['a']".to_owned()),
            Just("(resource.Name + resource.Label)".to_owned()),
            prop::sample::select(vec!["'a'", "'b'", "'ab'", "''"]).prop_map(str::to_owned),
        ]
    };
    let order = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let on_rule = prop::sample::select(vec![
        "r.On",
        "!r.Off",
        "r.Days == null",
        "r.Days == null || r.Days > 1",
        "r.Days != null && r.Days / r.Days == 1",
        "r.Status == resource.Name",
        "r.Items.exists(i, i == 1)",
        "size(r.Items) > 1",
        "r.Items[0] == 2",
        "r.Items.all(i, i in resource.Numbers)",
    ]);
    let atom = prop_oneof![
        6 => flag(),
        3 => (number(), order(), number()).prop_map(|(a, order, b)| format!("{a} {order} {b}")),
        3 => (text(), order(), text()).prop_map(|(a, order, b)| format!("{a} {order} {b}")),
        1 => (order(), small()).prop_map(|(order, n)| format!("resource.Size {order} {n}.5")),
        1 => text().prop_map(|text| format!("{text} in resource.Names")),
        1 => text().prop_map(|text| format!("{text} in ['a', 'ab']")),
        1 => number().prop_map(|number| format!("{number} in resource.Numbers")),
        1 => (text(), text()).prop_map(|(a, b)| format!("{a}.startsWith({b})")),
        1 => (text(), text()).prop_map(|(a, b)| format!("{a}.contains({b})")),
        3 => prop::sample::select(vec![
            "resource.Mode == null", "resource.Mode != 'Enabled'", "resource.Mode in ['Enabled', 'x']",
            "resource.MaybeFlag == true", "resource.MaybeCount == null || resource.MaybeCount >= 2",
            "resource.Nested != null && resource.Nested.On", "resource.Nested == null || resource.Nested.Level > 1",
            "resource.Nested != null && (resource.Nested.Inner == null || resource.Nested.Inner.Deep == 'a')",
            "'a' in resource.Tags", "resource.Numbers == [1, 2]", "resource.Names != ['a']",
            "resource.Names + ['b'] == ['a', 'b']", "resource.Numbers.map(n, n + 1).exists(n, n == 2)",
            "resource.Rules.map(r, r.Status).all(s, s == 'a')", "resource.Names.exists_one(n, n == 'a')",
        ]).prop_map(str::to_owned),
        4 => (prop::sample::select(vec!["all", "exists", "exists_one"]), on_rule.clone())
            .prop_map(|(form, body)| format!("resource.Rules.{form}(r, {body})")),
        2 => (on_rule.clone(), prop::sample::select(vec!["all", "exists"]), on_rule)
            .prop_map(|(first, form, then)| format!("resource.Rules.filter(r, {first}).{form}(r, {then})")),
    ];
    let atom = atom.prop_map(|atom| format!("({atom})"));
    atom.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} || {b} || {c})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
}

/// A resource of which every fact was read.
pub(super) fn facts() -> impl Strategy<Value = Value> {
    let word = || prop::sample::select(vec!["a", "b", "ab", ""]);
    let small = || -1..4_i64;
    let numbers = || prop::collection::vec(small(), 0..3);
    let rule = (word(), prop::option::of(small()), any::<bool>(), any::<bool>(), numbers()).prop_map(
        |(status, days, on, off, items)| json!({"Status": status, "Days": days, "On": on, "Off": off, "Items": items}),
    );
    let rules = prop::collection::vec(rule, 0..4);
    let inner = prop::option::of(word().prop_map(|deep| json!({"Deep": deep})));
    let nested = (any::<bool>(), small(), inner)
        .prop_map(|(on, level, inner)| json!({"On": on, "Level": level, "Inner": inner}));
    let mode = prop::option::of(prop::sample::select(vec!["Enabled", "Suspended"]));
    let tags = prop::collection::btree_map(prop::sample::select(vec!["a", "b"]), word(), 0..2);
    (
        (prop::collection::vec(any::<bool>(), 8), small(), small(), word(), word(), mode, prop::option::of(any::<bool>())),
        (prop::option::of(small()), prop::collection::vec(word(), 0..3), numbers(), rules, prop::option::of(nested), tags),
        prop_oneof![small().prop_map(|n| json!(n)), (-2.0..4.0).prop_map(|n: f64| json!(n))],
    )
        .prop_map(|((flags, count, limit, name, label, mode, flag), (maybe, names, numbers, rules, nested, tags), size)| {
            let mut facts = json!({
                "Count": count, "Limit": limit, "Name": name, "Label": label, "Mode": mode, "MaybeFlag": flag,
                "MaybeCount": maybe, "Names": names, "Numbers": numbers, "Rules": rules, "Nested": nested, "Tags": tags,
                "Size": size,
            });
            for (at, flag) in flags.into_iter().enumerate() {
                facts[format!("Flag{at}")] = json!(flag);
            }
            facts
        })
}

/// Facts as the interpreter wants them: its own conversion would make unsigned numbers of whole ones.
struct Signed<'v>(&'v Value);

impl Serialize for Signed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) => match number.as_i64() {
                Some(whole) => serializer.serialize_i64(whole),
                None => number.serialize(serializer),
            },
            Value::Array(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.len()))?;
                list.iter().try_for_each(|element| sequence.serialize_element(&Signed(element)))?;
                sequence.end()
            }
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, &Signed(value)))?;
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

/// What the interpreter says; `None` for an error.
fn interpreted(source: &str, facts: &Value) -> Option<bool> {
    let program = Program::compile(source).unwrap();
    let mut context = Context::default();
    context.add_variable_from_value("resource", cel::to_value(Signed(facts)).unwrap());
    match program.execute(&context) {
        Ok(cel::Value::Bool(value)) => Some(value),
        Ok(other) => panic!("{source} is {other:?}"),
        Err(_) => None,
    }
}

fn ours(source: &str, facts: &Value) -> Option<bool> {
    match judge(source, facts.clone()) {
        Ok(Truth::True) => Some(true),
        Ok(Truth::False) => Some(false),
        Ok(Truth::Unknown) => panic!("{source} is unknown on {facts}"),
        Err(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_interpreters_agree_on_complete_resources(source in condition(), facts in facts()) {
        prop_assert_eq!(ours(&source, &facts), interpreted(&source, &facts), "{}", source);
    }
}
