//! Evidence: what was really read, no more and no less.

use super::*;
use crate::model::Witness;
use crate::policy::PolicyAnswer;
use crate::rule::functions::{Accepts, Function, FunctionParameter, Implementation, Returns};
use crate::rule::trace::{FactRead, FailedLookup};
use crate::rule::value::Const;

fn trace_of(world: &World, source: &str) -> Trace {
    let mut trace = Trace::on();
    world.judge(&compiled(source), &mut trace).unwrap();
    trace
}

fn reads(source: &str, facts: Value) -> Vec<(String, Option<Value>)> {
    let trace = trace_of(&World::of(facts), source);
    trace.reads().into_iter().map(|read| (read.path, read.value)).collect()
}

fn read(path: &str, value: Value) -> (String, Option<Value>) {
    (path.to_owned(), Some(value))
}

fn absent(path: &str) -> (String, Option<Value>) {
    (path.to_owned(), None)
}

#[test]
fn the_longest_paths_are_evidence() {
    let facts = json!({"Nested": {"On": true, "Level": 3, "Inner": null}, "Count": 1});
    let source = "resource.Nested != null && resource.Nested.On";
    assert_eq!(reads(source, facts.clone()), [read("Nested.On", json!(true))]);
    let source = "resource.Nested != null && resource.Count == 1";
    let all = facts["Nested"].clone();
    assert_eq!(reads(source, facts), [read("Count", json!(1)), read("Nested", all)]);
    assert_eq!(
        reads("resource.Nested != null && resource.Nested.On", json!({"Nested": null})),
        [read("Nested", json!(null))]
    );
}

#[test]
fn parts_that_were_not_reached_are_no_evidence() {
    let facts = json!({"Flag0": false, "Flag1": true});
    assert_eq!(reads("resource.Flag0 && resource.Flag1", facts.clone()), [read("Flag0", json!(false))]);
    let both = [read("Flag0", json!(false)), read("Flag1", json!(true))];
    assert_eq!(reads("resource.Flag1 && resource.Flag0", facts), both);
}

#[test]
fn absent_facts_are_told_where_the_path_breaks_off() {
    assert_eq!(reads("resource.Nested != null && resource.Nested.On", json!({})), [absent("Nested")]);
    let facts = json!({"Nested": {}});
    assert_eq!(reads("resource.Nested != null && resource.Nested.On", facts), [absent("Nested.On")]);
}

#[test]
fn a_list_is_read_as_a_whole_and_absent_parts_are_named() {
    let rules = json!([{"On": true, "Items": [1]}, {"Items": [2]}]);
    let facts = json!({"Rules": rules});
    let found = reads("resource.Rules.all(r, r.On)", facts.clone());
    assert_eq!(found, [read("Rules", rules.clone()), absent("Rules[1].On")]);
    let found = reads("resource.Rules.filter(r, r.Items.exists(i, i == 2)).all(r, r.Status == 'x')", facts.clone());
    assert_eq!(found, [read("Rules", rules.clone()), absent("Rules[1].Status")]);
    assert_eq!(reads("resource.Rules[0].On", facts), [read("Rules[0].On", json!(true))]);
}

#[test]
fn other_resources_are_named_by_kind_and_id() {
    let world = World { others: vec![json!({"Name": "a", "On": false}), json!({"Name": "b"})], ..World::of(json!({})) };
    let trace = trace_of(&world, "resources('AWS::Test::Other').exists(o, o.On)");
    let of = |id: &str, value| {
        let resource = Some((OTHER.to_owned(), id.to_owned()));
        FactRead { resource, path: "On".to_owned(), value }
    };
    assert_eq!(trace.reads(), [of("0", Some(json!(false))), of("1", None)]);
    assert_eq!(trace.populations().count(), 0);

    let trace = trace_of(&world, "lookup('AWS::Test::Other', 'Name', 'b').On");
    assert_eq!(trace.reads().last(), Some(&of("1", None)));
}

#[test]
fn long_values_of_others_are_named_and_left_out() {
    let (long, short) = (json!("x".repeat(3_000)), json!("y"));
    let others = [&long, &long, &short].map(|name| json!({"Name": name, "On": true})).into();
    let world = World { others, ..World::of(json!({"Name": long})) };
    let trace = trace_of(&world, "resource.Name != '' && resources('AWS::Test::Other').all(o, o.Name != '')");
    let values: Vec<_> = trace.reads().into_iter().filter_map(|read| read.value).collect();
    assert_eq!(values, [long.clone(), long, json!("(left out: 3002 characters)"), short]);
}

#[test]
fn open_lists_and_lookups_are_told_when_they_mattered() {
    let others = vec![json!({"On": true})];
    let world = World { others, others_are_incomplete: true, ..World::of(json!({})) };
    let trace = trace_of(&world, "resources('AWS::Test::Other').exists(o, o.On)");
    assert_eq!(trace.populations().count(), 0, "it was decided without the rest");
    let trace = trace_of(&world, "resources('AWS::Test::Other').all(o, o.On)");
    assert_eq!(trace.populations().collect::<Vec<_>>(), [OTHER]);
    let trace = trace_of(&world, "lookup('AWS::Test::Other', 'Name', 'c').On");
    let lookup = FailedLookup { kind: OTHER.to_owned(), fact: "Name".to_owned(), value: json!("c") };
    assert_eq!(trace.lookups(), [lookup]);
}

#[test]
fn phi_scope_is_evidence_too() {
    let world = World { in_phi_scope: None, ..World::of(json!({})) };
    let found = trace_of(&world, "resource.InPhiScope").reads();
    assert_eq!(found, [FactRead { resource: None, path: "InPhiScope".to_owned(), value: None }]);
    let world = World { others: vec![json!({"On": true}), json!({})], ..World::of(json!({})) };
    let found = trace_of(&world, "resources('AWS::Test::Other').all(o, o.InPhiScope)").reads();
    let read = |id: &str, value: Option<Value>| FactRead {
        resource: Some((OTHER.to_owned(), id.to_owned())),
        path: "InPhiScope".to_owned(),
        value,
    };
    assert_eq!(found, [read("0", Some(json!(true))), read("1", None)]);
}

#[test]
fn needs_name_facts_and_populations() {
    let condition = compiled(
        "resource.Flag0 && resources('AWS::Test::Other').exists(o, o.On && o.Name == resource.Name) \
         && lookup('AWS::Test::Other', 'Port', resource.Count).On && resource.InPhiScope && resource.Nested != null \
         && resources('AWS::Test::Other').all(o, o.InPhiScope)",
    );
    let needs = condition.needs();
    assert_eq!(needs.populations.iter().collect::<Vec<_>>(), [OTHER]);
    let facts: Vec<_> = needs.facts.iter().map(|(kind, fact)| format!("{kind}.{fact}")).collect();
    let expected = [
        "Other.InPhiScope",
        "Other.Name",
        "Other.On",
        "Other.Port",
        "Thing.Count",
        "Thing.Flag0",
        "Thing.InPhiScope",
        "Thing.Name",
        "Thing.Nested",
    ];
    assert_eq!(facts, expected.map(|fact| format!("AWS::Test::{fact}")));
}

/// A question that tells back what it was asked.
static PROBE: Function = Function {
    name: "probe",
    is_method: false,
    parameters: &[FunctionParameter { name: "words", accepts: &[Accepts::Text] }],
    result: Returns::Bool,
    meaning: "Whether the text ends in a question mark; unknown if it is empty.",
    implementation: Implementation::Asks(|args| {
        let words = args[0].as_text().unwrap().to_owned();
        let truth = if words.is_empty() { Truth::Unknown } else { Truth::from(words.ends_with('?')) };
        let witness = Witness {
            certain: !words.starts_with("perhaps"),
            text: words,
            principal: "anonymous".to_owned(),
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::records/x".to_owned(),
            context: Default::default(),
            statements: Vec::new(),
        };
        Ok(PolicyAnswer { truth, witnesses: vec![witness], notes: vec!["nothing was said".to_owned()] })
    }),
};

/// Asks about each text, all at once.
fn probed(texts: &[&str], trace: &mut Trace) -> Truth {
    let ask = |text: &&str| Node::Call(&PROBE, [Node::Constant(Const::Text((*text).into()))].into());
    let root = Node::And(texts.iter().map(ask).collect());
    World::of(json!({}))
        .judge(&Condition { source: String::new(), root, needs: Needs::default(), may_stand_on_nothing: false }, trace)
        .unwrap()
}

fn witnesses(texts: &[&str]) -> Vec<String> {
    let mut trace = Trace::on();
    probed(texts, &mut trace);
    trace.witnesses().iter().map(|witness| witness.text.clone()).collect()
}

#[test]
fn the_witnesses_of_every_question_that_was_asked_are_kept_once() {
    assert_eq!(witnesses(&["a?", "b?", "a?"]), ["a?", "b?"]);
    assert_eq!(witnesses(&["a?", "b", "c?"]), ["a?", "b"], "the third was not asked");
}

#[test]
fn a_request_that_certainly_gets_through_displaces_one_that_only_may() {
    let texts = ["1?", "perhaps 2?", "3?", "perhaps 4?", "5?", "perhaps 6?", "7?", "8?", "9?"];
    assert_eq!(witnesses(&texts), ["1?", "3?", "5?", "7?", "8?"]);
}

#[test]
fn notes_are_kept_of_questions_without_an_answer() {
    let mut trace = Trace::on();
    assert_eq!(probed(&["a?"], &mut trace), Truth::True);
    assert_eq!(trace.notes(), [""; 0]);
    assert_eq!(probed(&["", ""], &mut trace), Truth::Unknown);
    assert_eq!(trace.notes(), ["nothing was said"]);
    trace.forget_answers();
    assert!(trace.notes().is_empty() && trace.witnesses().is_empty());
}

#[test]
fn a_trace_that_is_off_keeps_no_answers() {
    let mut trace = Trace::off();
    assert_eq!(probed(&["a"], &mut trace), Truth::False);
    assert!(trace.witnesses().is_empty());
}
