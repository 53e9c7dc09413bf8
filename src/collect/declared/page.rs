//! A page of kinds, checked against the model of its service and ready to be read by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::fact::FactSpec;
use super::path::Path;
use super::template::Template;
use super::text::{OtherwiseText, ScopeText, WhenText};
use crate::aws::wire::Service;
use crate::aws::{Operation, Yield};
use crate::model::Scope;

/// The kinds to which pages add facts without listing them.
pub(super) const SINGLETONS: [(&str, Scope); 2] = [("AWS::Account", Scope::Account), ("AWS::Region", Scope::Region)];

/// How often a kind is listed: the account once, a region in each, and others as their page says.
pub(super) fn scope_of(kind: &str, written: ScopeText) -> Scope {
    let singleton = SINGLETONS.iter().find(|(name, _)| *name == kind);
    match (singleton, written) {
        (Some((_, scope)), _) => *scope,
        (None, ScopeText::Region) => Scope::Region,
        (None, ScopeText::Account) => Scope::Account,
    }
}

/// One service as data.
#[derive(Debug)]
pub(super) struct Page {
    pub service: &'static Service,
    pub kinds: Vec<KindSpec>,
    /// The operations of lists and calls, each once.
    pub operations: Vec<&'static Operation>,
    /// Where AWS does not offer the service, beside what its endpoint data say.
    pub not_in_partitions: Vec<String>,
    pub not_in_regions: Vec<String>,
}

/// A kind of resource.
#[derive(Debug)]
pub(super) struct KindSpec {
    pub name: &'static str,
    pub about: Option<String>,
    pub scope: Scope,
    /// The place of the kind whose resources hold these.
    pub parent: Option<usize>,
    pub lists: Vec<ListSpec>,
    /// The codes by which the service says that a resource is gone.
    pub gone: &'static [&'static str],
    /// What an item of the lists tells.
    pub facts: Vec<FactSpec>,
    pub calls: Vec<CallSpec>,
}

/// A call as it is made.
#[derive(Debug)]
pub(super) struct Asking {
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub input: Vec<(String, Template)>,
    pub has_pages: bool,
    /// The region to ask in, for what AWS keeps in one region of the partition.
    pub region: Option<String>,
}

/// A list of resources.
#[derive(Debug)]
pub(super) struct ListSpec {
    pub asking: Asking,
    pub items: Path,
    pub id: Template,
    /// How the identifier is written, for messages.
    pub id_text: String,
    pub arn: Option<Template>,
    pub none_on: Vec<&'static str>,
    pub when: Vec<Condition>,
}

/// A call that tells facts of resources that are known already.
#[derive(Debug)]
pub(super) struct CallSpec {
    pub asking: Asking,
    pub when: Vec<Condition>,
    /// What the facts are where the conditions do not hold.
    pub otherwise: OtherwiseText,
    /// The part of the answer, or of an item, that the facts' paths begin at.
    pub root: Path,
    pub mode: Mode,
    pub none_on: Vec<&'static str>,
    pub facts: Vec<FactSpec>,
    /// The calls of the same kind whose facts this one refers to.
    pub waits_for: BTreeSet<usize>,
}

/// How many resources a call is about.
#[derive(Debug)]
pub(super) enum Mode {
    /// One.
    Each,
    /// As many as fit.
    Batch { input: String, of: Template, size: usize, items: Path, by: Path },
    /// All of the place.
    Join { of: Template, items: Path, by: Path, many: bool },
}

/// What must hold of a resource for a call to be made.
#[derive(Debug)]
pub(super) struct Condition {
    pub of: Template,
    pub holds: WhenText,
}

impl Condition {
    /// Whether the value is as the condition wants it.
    pub fn holds_for(&self, value: Option<&Value>) -> bool {
        match (&self.holds, value) {
            (WhenText::OneOf(values), Some(value)) => values.contains(value),
            (WhenText::OneOf(values), None) => values.contains(&Value::Null),
            (WhenText::Set(wanted), value) => *wanted == value.is_some_and(is_set),
        }
    }
}

/// A value that is there and neither empty nor false.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

impl KindSpec {
    /// Whether it is the account or a region, which no page lists.
    pub fn is_singleton(&self) -> bool {
        SINGLETONS.iter().any(|(name, _)| *name == self.name)
    }

    /// JSON Schema of its facts.
    pub fn schema(&self) -> Value {
        let own = self.facts.iter().map(|fact| (fact, false));
        let of_calls = self.calls.iter().flat_map(|call| {
            let can_be_nothing = !call.when.is_empty() || !call.none_on.is_empty();
            call.facts.iter().map(move |fact| (fact, can_be_nothing))
        });
        let properties = own.chain(of_calls).map(|(fact, nothing)| (fact.name.to_owned(), fact.schema(nothing)));
        let mut schema = json!({"type": "object", "properties": Map::from_iter(properties)});
        if let Some(about) = &self.about {
            schema["description"] = about.as_str().into();
        }
        schema
    }
}

/// Operations while a page is being checked: what each is good for is known when all kinds are.
#[derive(Debug, Default)]
pub(super) struct Drafts(BTreeMap<(String, String), Draft>);

#[derive(Debug)]
struct Draft {
    iam_actions: Vec<String>,
    populations: BTreeSet<String>,
    facts: BTreeMap<String, BTreeSet<String>>,
}

impl Drafts {
    /// The operation of that service and name, with its IAM actions.
    pub fn add(&mut self, service: &str, name: &str, iam_actions: Vec<String>) {
        let draft = || Draft { iam_actions, populations: BTreeSet::new(), facts: BTreeMap::new() };
        self.0.entry((service.to_owned(), name.to_owned())).or_insert_with(draft);
    }

    /// The list of that kind comes from it.
    pub fn lists(&mut self, service: &str, name: &str, kind: &str) {
        if let Some(draft) = self.0.get_mut(&(service.to_owned(), name.to_owned())) {
            draft.populations.insert(kind.to_owned());
        }
    }

    /// These facts of that kind come from it.
    pub fn tells(&mut self, service: &str, name: &str, kind: &str, facts: impl IntoIterator<Item = String>) {
        if let Some(draft) = self.0.get_mut(&(service.to_owned(), name.to_owned())) {
            draft.facts.entry(kind.to_owned()).or_default().extend(facts);
        }
    }

    /// The operations for good: they live as long as the program, and there are as many as pages declare.
    pub fn settle(self) -> Vec<&'static Operation> {
        let settled = self.0.into_iter().map(|((service, name), draft)| {
            let populations = draft.populations.into_iter().map(|kind| Yield::Population(leak(kind)));
            let facts = draft.facts.into_iter().map(|(kind, facts)| {
                let names: Vec<&'static str> = facts.into_iter().map(leak).collect();
                Yield::Facts(leak(kind), names.leak())
            });
            let yields: Vec<Yield> = populations.chain(facts).collect();
            let iam_actions: Vec<&'static str> = draft.iam_actions.into_iter().map(leak).collect();
            let operation = Operation {
                service: leak(service),
                name: leak(name),
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
