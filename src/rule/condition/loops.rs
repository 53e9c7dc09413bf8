//! Finds the loops over all resources of a kind, which cost as much as the account is large.

use super::node::{Arithmetic, Node};

/// A loop over all resources of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rule) struct PopulationLoop {
    /// The kind.
    pub kind: String,
    /// The kinds of the loops that it stands in, from the outermost.
    pub around: Vec<String>,
}

/// The loops of an expression. What a name stands for is evaluated apart from the loops around it, and is looked at by
/// itself; but to walk through it is a loop here.
pub(super) fn population_loops(root: &Node) -> Vec<PopulationLoop> {
    let mut finder = LoopFinder::default();
    finder.node(root);
    finder.found
}

#[derive(Default)]
struct LoopFinder {
    around: Vec<String>,
    found: Vec<PopulationLoop>,
}

impl LoopFinder {
    fn node(&mut self, node: &Node) {
        match node {
            Node::Each(_, each) => {
                self.node(&each.list);
                let kinds = walked(&each.list);
                self.note(&kinds);
                let outside = self.around.len();
                self.around.extend(kinds);
                self.node(&each.body);
                self.around.truncate(outside);
            }
            Node::In(sides) => {
                self.note(&walked(&sides.1));
                self.node(&sides.0);
                self.node(&sides.1);
            }
            other => other.parts().into_iter().for_each(|part| self.node(part)),
        }
    }

    fn note(&mut self, kinds: &[String]) {
        let around = &self.around;
        let found = kinds.iter().map(|kind| PopulationLoop { kind: kind.clone(), around: around.clone() });
        self.found.extend(found);
    }
}

/// The kinds of which a list has an element for each resource.
fn walked(list: &Node) -> Vec<String> {
    match list {
        Node::Population(kind) => vec![kind.to_string()],
        Node::Each(_, each) => walked(&each.list),
        Node::Arithmetic(Arithmetic::Add, sides) => [walked(&sides.0), walked(&sides.1)].concat(),
        Node::Conditional(parts) => [walked(&parts.1), walked(&parts.2)].concat(),
        Node::Defined(definition) => walked(&definition.node),
        _ => Vec::new(),
    }
}
