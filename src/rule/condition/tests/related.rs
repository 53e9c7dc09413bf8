//! Joins: `related()` against the loop over all resources that it stands for.

use proptest::prelude::*;

use super::*;

/// A join and the loop that says the same.
const JOINS: [(&str, &str); 4] = [
    (
        "related('AWS::Test::Other', 'Name', resource.Name)",
        "resources('AWS::Test::Other').filter(o, o.Name == resource.Name)",
    ),
    (
        "related('AWS::Test::Other', 'Names[]', resource.Name)",
        "resources('AWS::Test::Other').filter(o, o.Names.exists(n, n == resource.Name))",
    ),
    (
        "related('AWS::Test::Other', 'Link.To', resource.Name)",
        "resources('AWS::Test::Other').filter(o, o.Link != null && o.Link.To != null && o.Link.To == resource.Name)",
    ),
    (
        "related('AWS::Test::Other', 'Name', [resource.Name, resource.Label])",
        "resources('AWS::Test::Other').filter(o, o.Name in [resource.Name, resource.Label])",
    ),
];

/// What is asked of the list.
const QUESTIONS: [&str; 13] = [
    ".exists(o, o.On)",
    ".exists(o, o.Port > 0)",
    ".all(o, o.On)",
    ".all(o, o.Port > 0)",
    ".exists_one(o, o.On)",
    ".size() > 0",
    ".size() == 0",
    ".size() == 2",
    ".size() < 2",
    ".filter(o, o.On).size() == 1",
    ".map(o, o.Port).exists(p, p == 1)",
    ".filter(o, o.On).all(o, o.Port > 0)",
    ".exists(o, !o.On) || resource.Flag0",
];

fn name() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![json!("a"), json!("b"), json!("c")])
}

/// True with that probability. What is certain stays so while a failure is made small.
fn is_read(probability: f64) -> BoxedStrategy<bool> {
    if probability == 1.0 { Just(true).boxed() } else { prop::bool::weighted(probability).boxed() }
}

/// Facts of another resource, each of which may be unread.
fn other(read: f64) -> impl Strategy<Value = Value> {
    let link = prop_oneof![
        Just(Value::Null),
        name().prop_map(|to| json!({"To": to})),
        Just(json!({"To": null})),
        Just(json!({})),
    ];
    let names = prop::collection::vec(name(), 0..3);
    let known = prop::collection::vec(is_read(read), 5);
    (name(), any::<bool>(), 0..2_i64, names, link, known).prop_map(move |(name, on, port, names, link, known)| {
        let link = if read == 1.0 && link == json!({}) { Value::Null } else { link };
        let facts = [("Name", name), ("On", json!(on)), ("Port", json!(port)), ("Names", json!(names)), ("Link", link)];
        let read = facts.into_iter().zip(known).filter(|(_, known)| *known);
        Value::Object(read.map(|((name, value), _)| (name.to_owned(), value)).collect())
    })
}

fn world(read: f64, most: usize) -> impl Strategy<Value = World> {
    let own_name = (name(), is_read(read)).prop_map(|(name, is_read)| is_read.then_some(name));
    let own = prop::collection::vec(own_name, 2);
    (own, prop::collection::vec(other(read), 0..most), is_read(read).prop_map(|is_read| !is_read)).prop_map(
        |(own, others, others_are_incomplete)| {
            let own =
                ["Name", "Label"].into_iter().zip(own).filter_map(|(name, value)| Some((name.to_owned(), value?)));
            let facts = Value::Object(own.chain([("Flag0".to_owned(), json!(false))]).collect());
            World { others, others_are_incomplete, ..World::of(facts) }
        },
    )
}

fn pair((join, naive): (&str, &str), question: &str) -> (Condition, Condition) {
    (compiled(&format!("{join}{question}")), compiled(&format!("{naive}{question}")))
}

proptest! {
    #[test]
    fn a_join_answers_as_the_loop_does(
        join in prop::sample::select(&JOINS[..]),
        question in prop::sample::select(&QUESTIONS[..]),
        world in world(0.8, 7),
    ) {
        let (join, naive) = pair(join, question);
        let (found, expected) = (
            world.judge(&join, &mut Trace::off()).unwrap(),
            world.judge(&naive, &mut Trace::off()).unwrap(),
        );
        let is_known = ["Name", "Label"].iter().all(|name| world.facts.get(name).is_some());
        // Of a text that was not read a join says no more than that nobody knows.
        prop_assert!(found == expected || (!is_known && found == Truth::Unknown), "{:?} instead of {:?}", found, expected);
        prop_assert_eq!(found, world.judge(&join, &mut Trace::on()).unwrap(), "evidence changes no answer");
    }

    #[test]
    fn what_was_looked_at_is_evidence_as_it_is_of_the_loop(
        join in prop::sample::select(&JOINS[..]),
        // Those that walk through the whole list.
        question in prop::sample::select(&QUESTIONS[7..10]),
        world in world(1.0, 4),
    ) {
        let (join, naive) = pair(join, question);
        let [mut of_join, mut of_naive] = [Trace::on(), Trace::on()];
        world.judge(&join, &mut of_join).unwrap();
        world.judge(&naive, &mut of_naive).unwrap();
        let told = |trace: &Trace| trace.reads().into_iter().map(|read| (read.resource, read.path)).collect::<Vec<_>>();
        prop_assert!(
            told(&of_naive).iter().all(|read| told(&of_join).contains(read)),
            "{:?} instead of {:?}", told(&of_join), told(&of_naive)
        );
    }
}

#[test]
fn what_was_not_read_leaves_open_what_the_others_do_not_decide() {
    let others = vec![json!({"Name": "a", "On": true}), json!({"Name": "b", "On": false}), json!({"On": true})];
    let ask = |source: &str, others: &[Value], is_incomplete: bool| {
        let facts = json!({"Name": "a", "Label": "z"});
        let world = World { others: others.to_vec(), others_are_incomplete: is_incomplete, ..World::of(facts) };
        world.judge(&compiled(source), &mut Trace::off()).unwrap()
    };
    let by_name = "related('AWS::Test::Other', 'Name', resource.Name)";
    assert_eq!(ask(&format!("{by_name}.exists(o, o.On)"), &others, false), Truth::True);
    assert_eq!(ask(&format!("{by_name}.size() == 1"), &others, false), Truth::Unknown, "the third may have the name");
    assert_eq!(ask(&format!("{by_name}.size() == 1"), &others[..2], false), Truth::True);
    assert_eq!(ask(&format!("{by_name}.size() == 1"), &others[..2], true), Truth::Unknown, "there may be a fourth");
    let by_label = "related('AWS::Test::Other', 'Name', resource.Label)";
    assert_eq!(ask(&format!("{by_label}.exists(o, !o.On)"), &others, false), Truth::False, "the third is on");
    assert_eq!(ask(&format!("{by_label}.exists(o, o.On)"), &others, false), Truth::Unknown);
    let not_read = "related('AWS::Test::Other', 'Name', [resource.Name] + resource.Names)";
    assert_eq!(ask(&format!("{not_read}.exists(o, o.On)"), &others, false), Truth::True, "one name is known");
    assert_eq!(ask(&format!("{not_read}.size() < 9"), &others, false), Truth::Unknown);
}

#[test]
fn a_join_is_refused_where_it_could_never_find_anything() {
    let fault = |source: &str| compile(source).unwrap_err()[0].message.clone();
    let of = |path: &str| fault(&format!("related('AWS::Test::Other', '{path}', resource.Name).size() > 0"));
    assert_eq!(of("Port"), "`Port` is int");
    assert_eq!(of("Names"), "`Names` is a list");
    assert_eq!(of("Nmae"), "AWS::Test::Other has no fact `Nmae`");
    let by_number = fault("related('AWS::Test::Other', 'Name', resource.Count).size() > 0");
    assert!(by_number.starts_with("`related` takes string or list of string"), "{by_number}");
    assert!(fault("related('AWS::Test::Other', 'Name', resource.Mode).size() > 0").contains("may be null"));
}

#[test]
fn how_many_resources_there_are_decides_nothing() {
    let others: Vec<Value> = (0..150_000).map(|port| json!({"Port": port, "Name": "a"})).collect();
    let world = World { others, ..World::of(json!({"Name": "a"})) };
    let ask = |source: &str| world.judge(&compiled(source), &mut Trace::on()).unwrap();
    let body = "o.Port + 1 - 1 + 1 - 1 + 1 < 0";
    assert_eq!(ask(&format!("resources('AWS::Test::Other').exists(o, {body})")), Truth::False);
    assert_eq!(ask(&format!("related('AWS::Test::Other', 'Name', resource.Name).exists(o, {body})")), Truth::False);
    let listed = "resources('AWS::Test::Other').filter(o, o.Port >= 0).map(o, o.Port)";
    assert_eq!(ask(&format!("{listed}.all(p, p + 1 - 1 + 1 - 1 + 1 > 0)")), Truth::True);
}
