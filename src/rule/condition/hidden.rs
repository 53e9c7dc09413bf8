//! Finds `all` where its answer is a value among others and no longer a part of the condition.
//!
//! `[list.all(...)] == [true]` asks the same as `list.all(...)`, and nothing would see any more that it stands on an
//! empty list. A rule can always say the same without it, so the check refuses it. `list.all(...) == true` is allowed:
//! a comparison with one answer of a condition is read as that condition.
//!
//! It cannot see that `list.filter(e, other.all(...))` keeps an element for which nothing was judged.

use super::ConditionError;
use super::node::{Node, PathNode, Root};
use super::print::print;
use super::syntax::EachForm;
use crate::rule::value::Const;

/// The condition of which a comparison with `true` or `false` speaks, and the answer that makes the comparison true.
pub(super) fn compared(node: &Node) -> Option<(&Node, bool)> {
    let Node::Equal(sides) = node else { return None };
    match (&sides.0, &sides.1) {
        (inner, Node::Constant(Const::Bool(answer))) | (Node::Constant(Const::Bool(answer)), inner) => {
            Some((inner, *answer))
        }
        _ => None,
    }
}

/// The answer that is written out: `true` or `false`.
pub(super) fn written_out(node: &Node) -> Option<bool> {
    match node {
        Node::Constant(Const::Bool(answer)) => Some(*answer),
        _ => None,
    }
}

/// The first value that hides an `all`, as it is written.
pub(super) fn hidden_all(root: &Node) -> Option<String> {
    Finder::default().truth(root)
}

/// The same, in what a name stands for. A name for the answer to a question is read as that question.
pub(super) fn hidden_in(root: &Node, is_question: bool) -> Option<String> {
    if is_question { hidden_all(root) } else { Finder::default().value(root) }
}

/// The fault of a text that hides an `all`.
pub(super) fn refusal(source: &str, hidden: &str) -> ConditionError {
    ConditionError {
        offset: source.find(hidden).unwrap_or_default(),
        message: format!("the answer of `all` is compared or handed on as a value: `{hidden}`"),
        help: Some("say it with `&&`, `||` and `!`, so that an empty list is not taken for a good one".to_owned()),
    }
}

/// Walks through a condition, and knows the names of the loops around the part that it looks at.
#[derive(Default)]
struct Finder {
    variables: Vec<Box<str>>,
}

impl Finder {
    /// A part whose answer is a part of the condition's.
    fn truth(&mut self, node: &Node) -> Option<String> {
        match node {
            Node::Not(operand) => self.truth(operand),
            Node::And(terms) | Node::Or(terms) => terms.iter().find_map(|term| self.truth(term)),
            Node::Conditional(parts) => [&parts.0, &parts.1, &parts.2].into_iter().find_map(|part| self.truth(part)),
            _ => match compared(node) {
                Some((inner, _)) => self.truth(inner),
                None => self.parts(node),
            },
        }
    }

    /// A part of which more is asked than whether it is true.
    fn value(&mut self, node: &Node) -> Option<String> {
        if asks_all(node) {
            return Some(print(node, &mut self.variables.clone()));
        }
        self.parts(node)
    }

    fn parts(&mut self, node: &Node) -> Option<String> {
        match node {
            Node::Each(form, each) => self.value(&each.list).or_else(|| {
                let outer = self.variables.clone();
                self.variables.truncate(each.slot);
                self.variables.push(each.variable.clone());
                let found = if *form == EachForm::Map { self.value(&each.body) } else { self.truth(&each.body) };
                self.variables = outer;
                found
            }),
            Node::And(terms) | Node::Or(terms) | Node::List(terms) | Node::Call(_, terms) => {
                terms.iter().find_map(|term| self.value(term))
            }
            Node::Equal(sides)
            | Node::Order(_, sides)
            | Node::In(sides)
            | Node::Arithmetic(_, sides)
            | Node::Index(sides) => self.value(&sides.0).or_else(|| self.value(&sides.1)),
            Node::Conditional(parts) => [&parts.0, &parts.1, &parts.2].into_iter().find_map(|part| self.value(part)),
            Node::Not(inner) | Node::IsNull(inner) | Node::Negate(inner) | Node::Size(inner) => self.value(inner),
            Node::InPhiScope(inner) | Node::Matches(inner, _) => self.value(inner),
            Node::Lookup(lookup) => self.value(&lookup.value),
            Node::Related(related) => self.value(&related.value),
            Node::Path(path) => match &**path {
                PathNode { root: Root::Node(inner), .. } => self.value(inner),
                _ => None,
            },
            Node::Constant(_) | Node::Param(_) | Node::Now | Node::Account | Node::Population(_) => None,
            // What stands behind a name was looked at by itself.
            Node::Defined(_) => None,
        }
    }
}

/// Says whether an `all` takes part in the answer.
fn asks_all(node: &Node) -> bool {
    match node {
        Node::Each(EachForm::All, _) => true,
        Node::Each(EachForm::Exists | EachForm::ExistsOne, each) => asks_all(&each.body),
        Node::Not(operand) => asks_all(operand),
        Node::And(terms) | Node::Or(terms) => terms.iter().any(asks_all),
        Node::Conditional(parts) => [&parts.0, &parts.1, &parts.2].into_iter().any(asks_all),
        Node::Defined(definition) => asks_all(&definition.node),
        _ => compared(node).is_some_and(|(inner, _)| asks_all(inner)),
    }
}
