//! Finds rules that demand opposite things of one resource, so that whoever obeys one of them fails another.
//!
//! For every two rules of a kind there must be a state that both let through. It is looked for among their own
//! examples: the facts of two good ones are merged, and both rules judge what comes of it, so a state that is found is
//! a proof. Where facts differ, each choice is tried, so two examples may call their bucket by different names.
//!
//! It cannot see three things: that three rules together leave no state, that AWS would never give a merged state, and
//! that two rules demand opposite things only in a state that no example shows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Example, read, resource};
use crate::model::{ATTESTATION, Kinds, Resource, Verdict};
use crate::rule::file::Rule;

/// The most differences that are tried in every combination. Beyond it, each is tried alone.
const MOST_DIFFERENCES: usize = 5;

/// The side that is taken where two facts differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    First,
    Second,
    /// The statements of both policies, the elements of both lists; of anything else the first.
    Both,
}

const CHOICES: [Choice; 3] = [Choice::First, Choice::Second, Choice::Both];

/// The result for all pairs of rules.
#[derive(Debug, Default)]
struct Pairs {
    /// The number of pairs.
    number: usize,
    /// Pairs of which one rule does not apply wherever the other one passes, as far as the examples show.
    beside: Vec<(String, String)>,
    /// Pairs that no state was found for, with the verdicts and the facts in which their examples differ.
    clashes: BTreeMap<(String, String), String>,
}

/// The result for two rules.
#[derive(Debug, PartialEq, Eq)]
enum Together {
    Pass,
    Beside,
    Clash(String),
}

/// A rule and the states that it shows as good.
struct GoodStates<'r> {
    rule: &'r Rule,
    good: Vec<Example>,
}

impl GoodStates<'_> {
    /// The parameters with which the rule is judged: the defaults, unless it passes with none of them.
    fn params<'e>(&'e self, example: &'e Example) -> &'e Value {
        let defaults = self.rule.param_values();
        if self.good.iter().any(|good| good.params == *defaults) { defaults } else { &example.params }
    }
}

/// Judges every two rules of one kind together.
fn pairs_of<'r>(rules: impl IntoIterator<Item = &'r Rule>, kinds: &Kinds) -> Pairs {
    let mut by_kind: BTreeMap<&str, Vec<GoodStates>> = BTreeMap::new();
    // Every attestation has one rule, which judges nothing else.
    for rule in rules.into_iter().filter(|rule| rule.kind != ATTESTATION) {
        let examples = read(rule, kinds).unwrap_or_else(|problems| panic!("{}: {problems:?}", rule.id));
        let good = examples.into_iter().filter(|example| example.expect == Verdict::Pass).collect();
        by_kind.entry(&rule.kind).or_default().push(GoodStates { rule, good });
    }
    let mut pairs = Pairs::default();
    for shown in by_kind.values() {
        for (index, first) in shown.iter().enumerate() {
            for second in &shown[index + 1..] {
                pairs.number += 1;
                let ids = (first.rule.id.clone(), second.rule.id.clone());
                match together(first, second) {
                    Together::Pass => {}
                    Together::Beside => pairs.beside.push(ids),
                    Together::Clash(words) => drop(pairs.clashes.insert(ids, words)),
                }
            }
        }
    }
    pairs
}

fn together(first: &GoodStates, second: &GoodStates) -> Together {
    let mut is_beside = false;
    let mut nearest: Option<(usize, String)> = None;
    for one in &first.good {
        for other in &second.good {
            for state in states(one, other) {
                let verdicts =
                    (state.judge(first.rule, first.params(one)), state.judge(second.rule, second.params(other)));
                match verdicts {
                    (Ok(Verdict::Pass), Ok(Verdict::Pass)) => return Together::Pass,
                    (Ok(Verdict::Pass), Ok(Verdict::NotApplicable))
                    | (Ok(Verdict::NotApplicable), Ok(Verdict::Pass)) => is_beside = true,
                    _ => {}
                }
                if nearest.as_ref().is_none_or(|(differences, _)| state.differences.len() < *differences) {
                    nearest = Some((state.differences.len(), state.in_words(&verdicts, one, other)));
                }
            }
        }
    }
    match nearest {
        _ if is_beside => Together::Beside,
        Some((_, words)) => Together::Clash(words),
        None => Together::Clash("one of them shows no good state".to_owned()),
    }
}

/// A state that was made of two.
struct CombinedState {
    example: Example,
    /// The facts in which the two differ.
    differences: BTreeSet<String>,
}

impl CombinedState {
    fn judge(&self, rule: &Rule, params: &Value) -> Result<Verdict, String> {
        Example { params: params.clone(), ..self.example.clone() }.judge(rule).verdict
    }

    fn in_words(
        &self,
        verdicts: &(Result<Verdict, String>, Result<Verdict, String>),
        a: &Example,
        b: &Example,
    ) -> String {
        let word = |verdict: &Result<Verdict, String>| match verdict {
            Ok(verdict) => verdict.as_str().to_owned(),
            Err(error) => error.clone(),
        };
        let (first, second) = (word(&verdicts.0), word(&verdicts.1));
        let differences: Vec<&str> = self.differences.iter().map(String::as_str).collect();
        format!("{first} and {second} for {:?} and {:?}, which differ in {}", a.name, b.name, differences.join(", "))
    }
}

/// Every state that comes of two: as each of them is placed, with each choice of the facts in which they differ, and
/// with the other resources of both or of one.
fn states<'e>(one: &'e Example, other: &'e Example) -> impl Iterator<Item = CombinedState> + 'e {
    let placed = if is_placed_alike(one, other) { vec![one] } else { vec![one, other] };
    let mut differences = Vec::new();
    merge(facts(one), facts(other), "", &mut |path| {
        differences.push(path.to_owned());
        Choice::First
    });
    let mut merged = Vec::new();
    for choice in choices(differences.len()) {
        let mut choice = choice.into_iter();
        merged.push(merge(facts(one), facts(other), "", &mut |_| choice.next().unwrap_or(Choice::First)));
    }
    let mut differences: BTreeSet<String> = differences.into_iter().collect();
    let mut neighbors = Vec::new();
    for choice in CHOICES {
        neighbors.push(joined(beside(one), beside(other), choice, &mut differences));
    }
    // Examples like to call different things by the same name.
    neighbors.extend([[beside(one), beside(other)].concat(), beside(one), beside(other)]);
    let all = placed.into_iter().flat_map(move |place| {
        let neighbors = neighbors.clone();
        merged.clone().into_iter().flat_map(move |facts| {
            let placed = |neighbors: &Neighbors| placed_as(place, &facts, neighbors);
            neighbors.iter().map(placed).collect::<Vec<_>>()
        })
    });
    all.map(move |example| CombinedState { example, differences: differences.clone() })
}

/// The combinations of choices that are tried, with one choice for each difference.
fn choices(differences: usize) -> Vec<Vec<Choice>> {
    let alike = |choice: Choice| vec![choice; differences];
    if differences <= MOST_DIFFERENCES {
        let longer = |choices: Vec<Vec<Choice>>, _| {
            let with_each = |known: Vec<Choice>| CHOICES.map(|choice| [known.clone(), vec![choice]].concat());
            choices.into_iter().flat_map(with_each).collect()
        };
        return (0..differences).fold(vec![Vec::new()], longer);
    }
    let mut found: Vec<Vec<Choice>> = CHOICES.map(alike).into();
    for (rest, but) in CHOICES.iter().flat_map(|rest| CHOICES.map(|but| (*rest, but))).filter(|(a, b)| a != b) {
        found.extend((0..differences).map(|at| {
            let mut choices = alike(rest);
            choices[at] = but;
            choices
        }));
    }
    found
}

/// The other resources of an example, each with whether it holds PHI.
type Neighbors = Vec<(Resource, Option<bool>)>;

fn facts(example: &Example) -> &Value {
    &example.resources[0].facts
}

fn is_placed_alike(one: &Example, other: &Example) -> bool {
    let place = |example: &Example| {
        let judged = &example.resources[0];
        (judged.account, judged.region.clone(), example.now, example.in_phi_scope[0])
    };
    place(one) == place(other)
}

fn beside(example: &Example) -> Neighbors {
    example.resources.iter().cloned().zip(example.in_phi_scope.iter().copied()).skip(1).collect()
}

/// Both lists; what both have, by its names, is merged into one.
fn joined(mut ones: Neighbors, others: Neighbors, choice: Choice, differences: &mut BTreeSet<String>) -> Neighbors {
    for (other, in_phi_scope) in others {
        match ones.iter_mut().find(|(known, _)| known.kind == other.kind && is_same(&known.facts, &other.facts)) {
            Some((known, _)) => {
                let kind = known.kind.clone();
                known.facts = merge(&known.facts, &other.facts, "", &mut |path| {
                    differences.insert(format!("{kind}.{path}"));
                    choice
                });
            }
            None => ones.push((other, in_phi_scope)),
        }
    }
    ones
}

/// Says whether two resources of a kind are one: by the names and ids that both have, or because the kind has none.
fn is_same(one: &Value, other: &Value) -> bool {
    let names = |facts: &Value| -> BTreeMap<String, String> {
        let is_name = |key: &str| ["Name", "Arn", "Id", "Identifier"].iter().any(|end| key.ends_with(end));
        let fields = facts.as_object().into_iter().flatten();
        fields
            .filter(|(key, _)| is_name(key))
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect()
    };
    let (one, other) = (names(one), names(other));
    let mut shared = one.iter().filter_map(|(key, value)| Some(value == other.get(key)?)).peekable();
    match shared.peek() {
        Some(_) => shared.all(|is_equal| is_equal),
        None => one.is_empty() && other.is_empty(),
    }
}

/// The facts of both; where they differ, what is chosen for the path.
fn merge(one: &Value, other: &Value, path: &str, choose: &mut dyn FnMut(&str) -> Choice) -> Value {
    match (one, other) {
        (Value::Object(ones), Value::Object(others)) if !is_policy(ones) && !is_policy(others) => {
            let mut merged = ones.clone();
            for (name, value) in others {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let value = ones.get(name).map_or_else(|| value.clone(), |known| merge(known, value, &path, choose));
                merged.insert(name.clone(), value);
            }
            Value::Object(merged)
        }
        _ if one == other => one.clone(),
        _ => match choose(path) {
            Choice::First => one.clone(),
            Choice::Second => other.clone(),
            Choice::Both => both(one, other).unwrap_or_else(|| one.clone()),
        },
    }
}

/// A policy means something as a whole only.
fn is_policy(object: &Map<String, Value>) -> bool {
    object.contains_key("Statement")
}

fn both(one: &Value, other: &Value) -> Option<Value> {
    if let (Value::Array(ones), Value::Array(others)) = (one, other) {
        let new = others.iter().filter(|element| !ones.contains(element));
        return Some(ones.iter().chain(new).cloned().collect());
    }
    let (ones, others) = (one.get("Statement")?.as_array()?, other.get("Statement")?.as_array()?);
    let mut policy = one.clone();
    policy["Statement"] = ones.iter().chain(others).cloned().collect();
    Some(policy)
}

/// An example of these facts at the place, the time and the scope of another.
fn placed_as(place: &Example, facts: &Value, neighbors: &Neighbors) -> Example {
    let judged = &place.resources[0];
    let made = |kind: &str, id: String, facts: &Value| {
        let facts = facts.as_object().cloned().unwrap_or_default();
        resource(kind, id, judged.account, &judged.region, facts)
    };
    let mut resources = vec![made(&judged.kind, judged.id.clone(), facts)];
    let mut in_phi_scope = vec![place.in_phi_scope[0]];
    for (index, (neighbor, in_scope)) in neighbors.iter().enumerate() {
        resources.push(made(&neighbor.kind, format!("other-{}", index + 1), &neighbor.facts));
        in_phi_scope.push(*in_scope);
    }
    Example { resources, in_phi_scope, incomplete: Vec::new(), ..place.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Catalog;
    use crate::rule::RuleSet;
    use crate::rule::testing::{GOOD, kinds, load, named, source};

    /// Pairs of built-in rules of which the examples are too partial to be merged, and why.
    #[rustfmt::skip]
    const TOO_PARTIAL: [(&str, &str, &str); 9] = [
        ("cloudfront-field-level-encryption", "cloudfront-viewer-https", BEHAVIORS),
        ("cloudwatch-alarm-console-auth-failures", "iam-people-federated", PEOPLE),
        ("cloudwatch-alarm-console-no-mfa", "iam-people-federated", PEOPLE),
        ("ecs-host-mode-user", "ecs-no-plaintext-secrets", CONTAINERS),
        ("ecs-host-mode-user", "ecs-readonly-root-filesystem", CONTAINERS),
        ("ecs-host-mode-user", "ecs-task-logging", CONTAINERS),
        ("ecs-no-plaintext-secrets", "ecs-readonly-root-filesystem", CONTAINERS),
        ("ecs-no-plaintext-secrets", "ecs-task-logging", CONTAINERS),
        ("ecs-readonly-root-filesystem", "ecs-task-logging", CONTAINERS),
    ];
    const BEHAVIORS: &str = "each example has behaviors of its own, of which it tells only what its rule reads";
    const CONTAINERS: &str = "each example has containers of its own, of which it tells only what its rule reads";
    const PEOPLE: &str = "the users of the one would have to be told with all that the other reads of them";

    /// At most this share of the pairs may stand beside each other, in percent. Rules about one engine of databases, one
    /// type of file systems or one sort of caches judge the same kind and never the same resource.
    const MOST_BESIDE: usize = 10;

    fn rule(id: &str, pass: &str, good: &str) -> Rule {
        let text = GOOD[..GOOD.find("examples:").unwrap()]
            .replace("store-shelf-locked", id)
            .replace("aliases: [store-shelf-closed]\n", "")
            .replace("when: resource.Shared == false\n", "")
            .replace("resource.Locked == true && resource.Days >= params.min_days", &format!("\"{pass}\""));
        let examples = format!("examples:\n  - name: good\n    expect: pass\n    resource: {good}\n");
        load(named(&format!("{id}.yaml"), text + &examples)).unwrap()
    }

    fn pairs(rules: &[Rule]) -> Pairs {
        pairs_of(rules, &kinds())
    }

    #[test]
    fn rules_that_demand_opposite_things_are_found() {
        let locked = rule("store-a", "resource.Locked", "{ShelfName: a, Locked: true}");
        let open = rule("store-b", "!resource.Locked", "{ShelfName: b, Locked: false, Days: 1}");
        let found = pairs(&[locked, open]);
        let words = &found.clashes[&("store-a".to_owned(), "store-b".to_owned())];
        assert!(words.ends_with("which differ in Locked, ShelfName"), "{words}");
        assert_eq!((found.number, found.clashes.len(), found.beside.len()), (1, 1, 0));
    }

    #[test]
    fn rules_that_demand_opposite_things_of_a_part_or_of_others_are_found() {
        let label = |text: &str| format!("resource.Label != null && resource.Label.Text == '{text}'");
        let fragile = rule("store-a", &label("fragile"), "{ShelfName: a, Label: {Text: fragile}}");
        let robust = rule("store-b", &label("robust"), "{ShelfName: a, Label: {Text: robust}}");
        let words = pairs(&[fragile, robust]).clashes.into_values().next().unwrap();
        assert!(words.ends_with("which differ in Label.Text"), "{words}");
        let others = "{ShelfName: a}\n    others: [{kind: AWS::Store::Label, Text: x}]";
        let some = rule("store-a", "resources('AWS::Store::Label').size() > 0", others);
        let none = rule("store-b", "resources('AWS::Store::Label').size() == 0", "{ShelfName: a}");
        assert_eq!(pairs(&[some, none]).clashes.len(), 1);
    }

    #[test]
    fn rules_that_both_let_a_state_through_are_no_contradiction() {
        let locked = rule("store-a", "resource.Locked", "{ShelfName: a, Locked: true, Days: 1}");
        let long = rule("store-b", "resource.Days > 5", "{ShelfName: b, Days: 9}");
        let named = rule("store-c", "resource.ShelfName == 'c'", "{ShelfName: c, Locked: false}");
        let found = pairs(&[locked, long, named]);
        assert_eq!((found.number, found.clashes.len(), found.beside.len()), (3, 0, 0), "{:?}", found.clashes);
    }

    #[test]
    fn the_statements_of_two_policies_and_the_elements_of_two_lists_make_one() {
        let policy = |statement: &str| json!({"Version": "2012-10-17", "Statement": [{"Sid": statement}]});
        let merged = |choice| merge(&json!({"P": policy("a")}), &json!({"P": policy("b")}), "", &mut |_| choice);
        assert_eq!(merged(Choice::Both)["P"]["Statement"], json!([{"Sid": "a"}, {"Sid": "b"}]));
        assert_eq!(merge(&json!([1, 2]), &json!([2, 3]), "", &mut |_| Choice::Both), json!([1, 2, 3]));
        assert_eq!(merged(Choice::Second)["P"]["Statement"], json!([{"Sid": "b"}]));
        assert_eq!(choices(2).len(), 9);
        assert_eq!(choices(6).len(), 3 + 6 * 6);
    }

    #[test]
    fn a_rule_that_does_not_apply_stands_beside_the_other() {
        let shared = rule("store-a", "resource.Shared", "{ShelfName: a, Shared: true}");
        let found = pairs(&[load(source(GOOD)).unwrap(), shared]);
        assert_eq!((found.number, found.clashes.len(), found.beside.len()), (1, 0, 1));
    }

    #[test]
    fn no_two_built_in_rules_demand_opposite_things() {
        let kinds = crate::scan::kinds();
        let rules = RuleSet::builtin(&kinds, &Catalog::builtin().unwrap()).unwrap();
        let found = pairs_of(rules.iter(), &kinds);
        let known: BTreeSet<(&str, &str)> = TOO_PARTIAL.iter().map(|(first, second, _)| (*first, *second)).collect();
        let clashes = found.clashes.iter().map(|((first, second), words)| ((first.as_str(), second.as_str()), words));
        let (excused, new): (Vec<_>, Vec<_>) = clashes.partition(|(ids, _)| known.contains(ids));
        assert!(new.is_empty(), "no state satisfies both: {new:#?}");
        assert_eq!(excused.len(), known.len(), "these are merged now: take them from the list");
        let share = found.beside.len() * 100 / found.number.max(1);
        assert!(share <= MOST_BESIDE, "{share} % of {} pairs never apply together: {:#?}", found.number, found.beside);
    }
}
