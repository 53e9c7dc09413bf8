//! The linter of pages: stricter than the reader, because what only makes a page poor still misleads whoever writes rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_saphyr::Spanned;

use super::fact_text::FactText;
use super::page::{Page, SINGLETONS};
use super::path::Path;
use super::text::{CallText, KindText, ListText, PageText};
use crate::source::{Problem, SourceFile, suggest, yaml};

/// The file of CloudFormation's types with their properties, and of the IAM actions that read, as AWS publishes them.
const PUBLISHED: &str = "src/collect/published.txt";

/// What AWS publishes.
struct Published {
    types: BTreeMap<&'static str, Vec<&'static str>>,
    /// By prefix, in lower case.
    actions: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Published {
    fn get() -> &'static Self {
        static KNOWN: OnceLock<Published> = OnceLock::new();
        KNOWN.get_or_init(|| {
            let mut known = Self { types: BTreeMap::new(), actions: BTreeMap::new() };
            let text = crate::packed::file(PUBLISHED).and_then(|text| String::from_utf8(text).ok()).unwrap_or_default();
            for line in text.leak().lines() {
                let mut words = line.split(' ');
                match (words.next(), words.next()) {
                    (Some("type"), Some(name)) => drop(known.types.insert(name, words.collect())),
                    (Some("actions"), Some(prefix)) => drop(known.actions.insert(prefix, words.collect())),
                    _ => {}
                }
            }
            known
        })
    }
}

/// Everything that is poor about a page that fits its model.
pub(super) fn lint(source: &SourceFile, text: &PageText, page: &Page) -> Vec<Problem> {
    let mut linter = KindsLinter { source, problems: Vec::new() };
    for (name, kind) in &text.kinds {
        linter.names(name, kind);
        linter.identifiers(&kind.value);
        linter.needless_calls(&kind.value, page, name);
    }
    linter.iam_actions(text, page);
    linter.problems
}

struct KindsLinter<'t> {
    source: &'t SourceFile,
    problems: Vec<Problem>,
}

impl KindsLinter<'_> {
    fn complain(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.source.problem_at(at, message).help(help));
    }

    /// Kinds and facts are called what CloudFormation calls them.
    fn names(&mut self, name: &str, kind: &Spanned<KindText>) {
        let (at, kind) = (yaml::offset(kind), &kind.value);
        if SINGLETONS.iter().any(|(known, _)| *known == name) {
            return;
        }
        let known = Published::get().types.get(name);
        match (known, kind.ours) {
            (None, false) => {
                let service: String =
                    name.rsplit_once("::").map(|(service, _)| format!("{service}::")).unwrap_or_default();
                let near = suggest::nearest(
                    name,
                    Published::get().types.keys().copied().filter(|known| known.starts_with(&service)),
                );
                let help = near.map_or_else(
                    || "write `ours: true` for a name that CloudFormation does not have".to_owned(),
                    |near| {
                        format!(
                            "did you mean `{near}`? Write `ours: true` for a name that CloudFormation does not have"
                        )
                    },
                );
                self.complain(at, format!("CloudFormation has no type `{name}`"), help);
            }
            (Some(_), true) => self.complain(at, format!("CloudFormation has the type `{name}`"), "leave `ours` out"),
            _ => {}
        }
        let Some(properties) = known else { return };
        let facts = kind.facts.iter().chain(kind.calls.iter().flat_map(|call| &call.facts));
        for (fact, text) in facts {
            self.fact(name, fact, text, properties);
        }
    }

    fn fact(&mut self, kind: &str, name: &str, text: &Spanned<FactText>, properties: &[&str]) {
        let at = yaml::offset(text);
        match (properties.contains(&name), text.value.ours) {
            // Identifiers are called what the API calls them: CloudFormation has few of them as properties.
            (false, false) if !name.ends_with("Arn") && !name.ends_with("Id") => {
                let near = suggest::nearest(name, properties.iter().copied());
                let help = near.map_or_else(
                    || "write `ours: true` where CloudFormation does not have it".to_owned(),
                    |near| format!("did you mean `{near}`? Write `ours: true` where CloudFormation does not have it"),
                );
                self.complain(at, format!("CloudFormation's {kind} has no property `{name}`"), help);
            }
            (true, true) => {
                self.complain(at, format!("CloudFormation's {kind} has the property `{name}`"), "leave `ours` out");
            }
            _ => {}
        }
    }

    /// Two resources of one kind, region and identifier would be one.
    fn identifiers(&mut self, kind: &KindText) {
        for list in kind.list.iter().chain(&kind.lists) {
            let (id, at) = (list.id.value.as_str(), yaml::offset(&list.id));
            let last = Path::parse(id.trim_end_matches('}')).last().unwrap_or_default().to_lowercase();
            let is_named =
                ["arn", "id", "identifier", "name", "url", "key", "keyid"].iter().any(|end| last.ends_with(end))
                    || id == ".";
            let names_parent = id.contains("${parent.") || last.ends_with("arn") || list.call.is_none();
            let is_unique = if kind.parent.is_some() { names_parent } else { is_named };
            if is_unique || list.unique.is_some() {
                continue;
            }
            let help = match kind.parent {
                Some(_) => {
                    "write it with the parent, such as `${parent.id}/${Name}`, or say with `unique` why it is unique"
                }
                None => "take an identifier, or say with `unique` why it is unique",
            };
            self.complain(at, format!("`{id}` need not be unique in its place"), help);
        }
    }

    /// What the list or one call for many gives needs no call for each resource.
    fn needless_calls(&mut self, kind: &KindText, page: &Page, name: &str) {
        let Some(spec) = page.kinds.iter().find(|spec| spec.name == name) else { return };
        for (call, own) in kind.calls.iter().zip(&spec.calls) {
            if call.batch.is_some() || call.join.is_some() || spec.lists.is_empty() {
                continue;
            }
            self.told_by_the_list(call, kind.list.as_ref().or(kind.lists.first()), page);
            let takes_many = own.asking.input.iter().any(|(_, value)| value.is_list_of_one_reference());
            if takes_many {
                let help = "say with `batch` how many it takes at once";
                self.complain(
                    yaml::offset(&call.call),
                    format!("{} takes many resources at once", call.call.value),
                    help,
                );
            }
        }
    }

    fn told_by_the_list(&mut self, call: &CallText, list: Option<&ListText>, page: &Page) {
        let described = list.and_then(|list| {
            let output = page.service.describe(&list.call.as_ref()?.value).ok()?.output?;
            Path::parse(&list.items.as_ref()?.value).target(output).ok()
        });
        let Some(item) = described.map(|target| target.element()) else { return };
        for (fact, text) in &call.facts {
            let from = text.value.from.as_ref().map_or(fact.as_str(), |from| from.value.as_str());
            let is_told = item
                .member_names()
                .iter()
                .any(|member| super::fact::capitalized(member) == super::fact::capitalized(from));
            if is_told {
                let message = format!("the list tells `{from}` already");
                self.complain(yaml::offset(text), message, "take it from the list, under `facts` of the kind");
            }
        }
    }

    /// AWS publishes the actions.
    fn iam_actions(&mut self, text: &PageText, page: &Page) {
        let published = &Published::get().actions;
        for operation in &page.operations {
            for action in operation.iam_actions {
                let (prefix, name) = action.split_once(':').unwrap_or((action, ""));
                let known = published.get(prefix);
                if known.is_some_and(|known| known.contains(name.to_lowercase().as_str())) {
                    continue;
                }
                let at = text.iam_actions.get(operation.name).and_then(|own| own.first()).map(yaml::offset);
                let at = at.or_else(|| call_named(text, operation.name));
                let near = known.and_then(|known| suggest::nearest(name, known.iter().copied()));
                let help = match (known, near) {
                    (None, _) => {
                        format!("name the prefix of the service's IAM actions with `iam_prefix`; `{prefix}` is none")
                    }
                    (_, Some(near)) => format!("name it under `iam_actions`: did you mean `{prefix}:{near}`?"),
                    _ => "name it under `iam_actions`".to_owned(),
                };
                self.complain(at.unwrap_or(0), format!("AWS publishes no IAM action `{action}` that reads"), help);
            }
        }
    }
}

/// Where the operation is called first.
fn call_named(text: &PageText, operation: &str) -> Option<usize> {
    let kinds = text.kinds.values().map(|kind| &kind.value);
    let calls = kinds.flat_map(|kind| {
        let lists = kind.list.iter().chain(&kind.lists).filter_map(|list| list.call.as_ref());
        lists.chain(kind.calls.iter().map(|call| &call.call))
    });
    let mut found = calls.filter(|call| call.value.rsplit('.').next() == Some(operation)).map(yaml::offset);
    found.next()
}

/// Values of an input that is a list of one reference.
impl super::template::Template {
    fn is_list_of_one_reference(&self) -> bool {
        matches!(self, Self::List(list) if matches!(list.as_slice(), [Self::One(_)]))
    }
}
