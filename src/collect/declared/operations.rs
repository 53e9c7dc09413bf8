//! The operations of a page: what each is good for is known when all kinds are.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::{Operation, Yield};

/// The place of an operation among those of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OperationId(usize);

impl OperationId {
    /// The operation, of those that the page came to.
    pub fn of(self, operations: &[&'static Operation]) -> &'static Operation {
        operations[self.0]
    }
}

/// Operations while a page is being checked.
#[derive(Debug, Default)]
pub(super) struct Drafts(Vec<Draft>);

#[derive(Debug)]
struct Draft {
    service: String,
    name: &'static str,
    iam_actions: Vec<String>,
    populations: BTreeSet<String>,
    facts: BTreeMap<String, BTreeSet<String>>,
}

impl Drafts {
    /// The operation of that service and name, with its IAM actions.
    pub fn add(&mut self, service: String, name: &'static str, iam_actions: Vec<String>) -> OperationId {
        let known = self.0.iter().position(|draft| draft.service == service && draft.name == name);
        let at = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push(Draft { service, name, iam_actions, populations: BTreeSet::new(), facts: BTreeMap::new() });
        }
        OperationId(at)
    }

    /// The list of that kind comes from it.
    pub fn lists(&mut self, OperationId(at): OperationId, kind: &str) {
        self.0[at].populations.insert(kind.to_owned());
    }

    /// These facts of that kind come from it.
    pub fn tells(&mut self, OperationId(at): OperationId, kind: &str, facts: impl IntoIterator<Item = String>) {
        self.0[at].facts.entry(kind.to_owned()).or_default().extend(facts);
    }

    /// The operations for good: they live as long as the program, and there are as many as pages declare.
    pub fn settle(self) -> Vec<&'static Operation> {
        let settled = self.0.into_iter().map(|draft| {
            let populations = draft.populations.into_iter().map(|kind| Yield::Population(leak(kind)));
            let facts = draft.facts.into_iter().map(|(kind, facts)| {
                let names: Vec<&'static str> = facts.into_iter().map(leak).collect();
                Yield::Facts(leak(kind), names.leak())
            });
            let yields: Vec<Yield> = populations.chain(facts).collect();
            let iam_actions: Vec<&'static str> = draft.iam_actions.into_iter().map(leak).collect();
            let operation = Operation {
                service: leak(draft.service),
                name: draft.name,
                iam_actions: iam_actions.leak(),
                yields: yields.leak(),
            };
            &*Box::leak(Box::new(operation))
        });
        settled.collect()
    }
}

pub(super) fn leak(text: String) -> &'static str {
    text.leak()
}
