//! What answers tell: facts, and gaps for what they owe.

use serde_json::{Map, Value};

use super::FactMap;
use super::run::{Item, Run};
use crate::aws::Operation;
use crate::aws::told::Lacks;
use crate::aws::wire::Object;
use crate::collect::declared::fact::FactSpec;
use crate::collect::declared::page::CallSpec;

/// The facts of a call, from the part of its answer that their paths begin at.
pub(super) fn from_root(run: &Run, item: &Item, call: &'static CallSpec, answer: &Value) -> FactMap {
    let operation = run.page.operation(&call.asking);
    let root = match call.root.find(answer) {
        // What an answer owes a part of it owes whole.
        Ok(None) if call.facts.iter().any(FactSpec::is_owed) => Err(format!("the answer has no {}", call.root)),
        found => found,
    };
    match root {
        Ok(root) => facts(run, item, operation, &call.facts, &root.unwrap_or_default()),
        Err(reason) => {
            item.reader.understand::<()>(operation, Err(reason));
            Map::new()
        }
    }
}

/// These facts. Those that the answer owes and does not give, or not in a form that can be understood, are a gap.
pub(super) fn facts(
    run: &Run,
    item: &Item,
    operation: &'static Operation,
    facts: &'static [FactSpec],
    answer: &Value,
) -> FactMap {
    let mut told = Map::new();
    let mut lacks = Lacks::default();
    for fact in facts {
        match fact.read(answer, run.references(item)) {
            Ok(Some(value)) => drop(told.insert(fact.name.to_owned(), value)),
            Ok(None) => {}
            Err(why) => lacks.0.push((fact.name, why)),
        }
    }
    item.reader.lacks(operation, lacks);
    told
}

/// The facts where the service says that there is nothing, or where there is nothing to ask for.
pub(super) fn nothing(facts: &[FactSpec]) -> FactMap {
    facts.iter().filter_map(|fact| Some((fact.name.to_owned(), fact.of_nothing()?))).collect()
}

/// The pages of an answer as one answer: lists follow each other.
pub(super) fn merged(pages: Vec<Object>) -> Value {
    pages.into_iter().map(Value::Object).reduce(merge).unwrap_or(Value::Null)
}

fn merge(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Array(mut list), Value::Array(more)) => {
            list.extend(more);
            Value::Array(list)
        }
        (Value::Object(mut members), Value::Object(more)) => {
            for (name, value) in more {
                let value = match members.remove(&name) {
                    Some(known) => merge(known, value),
                    None => value,
                };
                members.insert(name, value);
            }
            Value::Object(members)
        }
        (_, later) => later,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_pages_of_an_answer_become_one() {
        let page = |value: Value| value.as_object().cloned().unwrap_or_default();
        let pages = vec![
            page(json!({"List": {"Items": [1], "Next": "a"}, "Name": "n"})),
            page(json!({"List": {"Items": [2, 3]}, "Name": "n"})),
        ];
        assert_eq!(merged(pages), json!({"List": {"Items": [1, 2, 3], "Next": "a"}, "Name": "n"}));
    }
}
