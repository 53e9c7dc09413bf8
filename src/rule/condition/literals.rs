//! Finds the texts that a condition compares facts with although AWS gives these facts other values only: a condition that
//! waits for `Enable` where AWS says `Enabled` would fail every resource, or none.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Arithmetic, Node, Root, StepKind};
use crate::model::Kinds;
use crate::rule::value::Const;

/// A text that is none of the values that a fact is known to have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rule) struct StrangeText {
    /// The text.
    pub text: String,
    /// The fact, as evidence shows it.
    pub fact: String,
    /// The values that it is known to have.
    pub known: Vec<String>,
}

/// The strange texts of an expression about a resource of the kind. What a name stands for is looked at by itself.
pub(super) fn strange_texts(root: &Node, kinds: &Kinds, kind: &str) -> Vec<StrangeText> {
    let mut finder = TextFinder { kinds, kind, slots: BTreeMap::new(), found: Vec::new() };
    finder.node(root);
    finder.found
}

struct TextFinder<'k> {
    kinds: &'k Kinds,
    kind: &'k str,
    /// The schemas of loops' variables, as far as they are known.
    slots: BTreeMap<usize, &'k Value>,
    found: Vec<StrangeText>,
}

impl<'k> TextFinder<'k> {
    fn node(&mut self, node: &Node) {
        match node {
            Node::Each(_, each) => {
                self.node(&each.list);
                if let Some(schema) = self.element(&each.list) {
                    self.slots.insert(each.slot, schema);
                }
                self.node(&each.body);
                self.slots.remove(&each.slot);
            }
            Node::Equal(sides) => {
                self.compare(&sides.0, &sides.1);
                self.compare(&sides.1, &sides.0);
                self.parts(node);
            }
            Node::In(sides) => {
                self.compare(&sides.0, &sides.1);
                let element = self.element(&sides.1);
                self.note(element, &sides.1, &sides.0);
                self.parts(node);
            }
            other => self.parts(other),
        }
    }

    fn parts(&mut self, node: &Node) {
        node.parts().into_iter().for_each(|part| self.node(part));
    }

    fn compare(&mut self, fact: &Node, with: &Node) {
        let schema = self.schema(fact);
        self.note(schema, fact, with);
    }

    /// Notes the texts of `with` that are no value of the fact, which has the schema.
    fn note(&mut self, schema: Option<&Value>, fact: &Node, with: &Node) {
        let Node::Path(path) = fact else { return };
        let Some(known) = schema.and_then(|schema| schema["examples"].as_array()).filter(|known| !known.is_empty())
        else {
            return;
        };
        let known: Vec<String> = known.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let mut texts = Vec::new();
        texts_of(with, &mut texts);
        for text in texts.into_iter().filter(|text| !known.iter().any(|known| known == text)) {
            self.found.push(StrangeText { text: text.to_owned(), fact: path.text.clone(), known: known.clone() });
        }
    }

    /// The schema of what a node gives, if it gives a fact or a part of one.
    fn schema(&self, node: &Node) -> Option<&'k Value> {
        match node {
            Node::Path(path) => {
                let root = match &path.root {
                    Root::Resource => self.of_kind(self.kind)?,
                    Root::Slot(slot) => self.slots.get(slot)?,
                    Root::Node(inner) => self.schema(inner)?,
                };
                path.steps.iter().try_fold(there(root), |schema, step| {
                    let next = match &step.kind {
                        StepKind::Field(name) => schema.get("properties")?.get(&**name),
                        StepKind::Key(_) => schema.get("additionalProperties"),
                        StepKind::Position(_) => schema.get("items"),
                    };
                    next.map(there)
                })
            }
            Node::Lookup(lookup) => self.of_kind(&lookup.kind),
            Node::Defined(definition) => self.outside_of_loops().schema(&definition.node),
            _ => None,
        }
    }

    /// The schema of the elements of a list.
    fn element(&self, list: &Node) -> Option<&'k Value> {
        match list {
            Node::Population(kind) => self.of_kind(kind),
            Node::Related(related) => self.of_kind(&related.kind),
            // A filter gives what it was given; what a map gives is no fact.
            Node::Each(super::syntax::EachForm::Filter, each) => self.element(&each.list),
            Node::Arithmetic(Arithmetic::Add, sides) => {
                self.element(&sides.0).filter(|schema| self.element(&sides.1) == Some(schema))
            }
            Node::Defined(definition) => self.outside_of_loops().element(&definition.node),
            fact => Some(there(self.schema(fact)?.get("items")?)),
        }
    }

    fn of_kind(&self, kind: &str) -> Option<&'k Value> {
        self.kinds.get(kind).map(|kind| kind.schema().as_value())
    }

    /// A name is evaluated apart from the loops around it.
    fn outside_of_loops(&self) -> TextFinder<'k> {
        TextFinder { kinds: self.kinds, kind: self.kind, slots: BTreeMap::new(), found: Vec::new() }
    }
}

/// A schema without its null.
fn there(schema: &Value) -> &Value {
    let alternatives = schema.get("anyOf").and_then(Value::as_array);
    alternatives.and_then(|of| of.iter().find(|one| one["type"] != "null")).unwrap_or(schema)
}

/// The texts that a constant is, or holds.
fn texts_of<'n>(node: &'n Node, found: &mut Vec<&'n str>) {
    match node {
        Node::Constant(constant) => texts_in(constant, found),
        Node::List(elements) => elements.iter().for_each(|element| texts_of(element, found)),
        _ => {}
    }
}

fn texts_in<'n>(constant: &'n Const, found: &mut Vec<&'n str>) {
    match constant {
        Const::Text(text) => found.push(text),
        Const::List(list) => list.iter().for_each(|one| texts_in(one, found)),
        _ => {}
    }
}
