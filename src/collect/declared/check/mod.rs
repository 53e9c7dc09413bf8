//! Checks a page against the model of its service. What is wrong is said with file, line and a suggestion.

mod calls;
mod draft;
mod facts;
mod references;

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use self::draft::{CallDraft, FactCallDraft, KindDraft, ListDraft};
use self::references::Surroundings;
use super::fact::{Absent, FactSpec};
use super::page::{Drafts, KindSpec, Page, SINGLETONS, leak, scope_of};
use super::path::Path;
use super::text::{KindText, ListText, PageText};
use crate::aws::wire::{Form, ModelShape, Service};
use crate::source::{Problem, SourceFile, suggest, yaml};

/// Checks a page.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn page(source: &SourceFile, text: &PageText, models: Models<'_>) -> Result<Page, Vec<Problem>> {
    let mut checker = Checker { source, text, models, problems: Vec::new() };
    let Some(service) = checker.service(&text.service.value, yaml::offset(&text.service)) else {
        return Err(checker.problems);
    };
    let mut drafts = Drafts::default();
    let names: Vec<&String> = text.kinds.keys().collect();
    let plans: Vec<Option<KindDraft>> =
        text.kinds.iter().map(|(name, kind)| checker.kind(service, name, kind, &mut drafts)).collect();
    if !checker.problems.is_empty() {
        return Err(checker.problems);
    }
    let plans: Vec<KindDraft> = plans.into_iter().flatten().collect();
    // A list that fails leaves all lists below it unknown, too.
    for (place, name) in names.iter().enumerate() {
        let mut above = Some(place);
        while let Some(at) = above {
            for list in &plans[at].lists {
                drafts.lists(&list.call.service.sdk_name(), list.call.operation.name, name);
            }
            above = plans[at].parent;
        }
    }
    let operations = drafts.settle();
    let find = |call: &CallDraft| {
        let service = call.service.sdk_name();
        operations
            .iter()
            .copied()
            .find(|operation| operation.service == service && operation.name == call.operation.name)
    };
    let kinds: Option<Vec<KindSpec>> = plans.into_iter().map(|plan| plan.settle(&find)).collect();
    // Every call was added to the drafts when it was checked.
    let kinds = kinds.ok_or_else(|| vec![source.problem("an operation of this page was lost; this is a bug")])?;
    Ok(Page {
        service,
        kinds,
        operations,
        not_in_partitions: text.not_in.partitions.clone(),
        not_in_regions: text.not_in.regions.clone(),
    })
}

/// Where models come from, by the service's name.
pub(super) type Models<'m> = &'m dyn Fn(&str) -> Result<&'static Service, ModelProblem>;

/// Why there is no model of a service.
#[derive(Debug, Clone)]
pub(super) enum ModelProblem {
    /// No one has cut it.
    Missing,
    /// The file cannot be read.
    Unreadable { file: String, reason: String },
}

struct Checker<'t> {
    source: &'t SourceFile,
    text: &'t PageText,
    models: Models<'t>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn refuse(&mut self, at: usize, message: impl Into<String>, help: Option<String>) {
        self.problems.push(self.source.problem_at(at, message).maybe_help(help));
    }

    fn service(&mut self, name: &str, at: usize) -> Option<&'static Service> {
        let problem = match (self.models)(name) {
            Ok(service) => return Some(service),
            Err(problem) => problem,
        };
        match problem {
            ModelProblem::Missing => {
                let help = "its model must lie beside the page: `safeguard kinds model DIR` cuts it from an installed botocore";
                self.refuse(at, format!("this build has no model of the AWS service `{name}`"), Some(help.to_owned()));
            }
            ModelProblem::Unreadable { file, reason } => {
                let help = "cut it again with `safeguard kinds model DIR`".to_owned();
                self.refuse(at, format!("the model {file} cannot be read: {reason}"), Some(help));
            }
        }
        None
    }

    fn kind(
        &mut self,
        service: &'static Service,
        name: &str,
        text: &Spanned<KindText>,
        drafts: &mut Drafts,
    ) -> Option<KindDraft> {
        let (at, text) = (yaml::offset(text), &text.value);
        let is_singleton = SINGLETONS.iter().any(|(known, _)| *known == name);
        let list_texts: Vec<&ListText> = text.list.iter().chain(&text.lists).collect();
        self.check_shape(name, at, text, is_singleton, &list_texts);
        let parent = self.parent(name, text);
        let parent_item = parent.as_ref().and_then(|(_, item)| *item);
        let mut lists = Vec::new();
        let mut item = None;
        for list in list_texts {
            let surroundings = Surroundings { item: None, parent: parent_item, facts: BTreeMap::new() };
            let Some((draft, shape)) = self.list(service, list, &surroundings, drafts) else { continue };
            item = Some(shape);
            lists.push(draft);
        }
        let mut facts = match item {
            Some(item) => self.facts(&text.facts, item),
            None => Vec::new(),
        };
        // An item without its identifier makes no resource, so that no resource lacks it.
        for fact in facts.iter_mut().filter(|fact| lists.iter().all(|list| list.id.is_path(&fact.path))) {
            fact.absent = Absent::Malformed;
        }
        let mut surroundings = Surroundings {
            item,
            parent: parent_item,
            facts: facts.iter().map(|fact: &FactSpec| (fact.name.to_owned(), None)).collect(),
        };
        let calls = self.calls(service, name, text, &mut surroundings, drafts);
        let gone = self.gone_codes(text, &lists, &calls);
        let scope = scope_of(name, text.scope);
        let name = leak(name.to_owned());
        Some(KindDraft {
            name,
            about: text.about.clone(),
            scope,
            parent: parent.map(|(at, _)| at),
            lists,
            gone,
            facts,
            calls,
        })
    }

    fn check_shape(&mut self, name: &str, at: usize, text: &KindText, is_singleton: bool, lists: &[&ListText]) {
        let parts: Vec<&str> = name.split("::").collect();
        if !is_singleton
            && (parts.len() != 3
                || parts.iter().any(|part| !part.chars().all(|c| c.is_ascii_alphanumeric()) || part.is_empty()))
        {
            let help =
                "a kind is a CloudFormation type name, such as `AWS::S3::Bucket`, or a name of that form".to_owned();
            self.refuse(at, format!("`{name}` is no name of a kind"), Some(help));
        }
        match (is_singleton, lists.is_empty()) {
            (true, false) => self.refuse(at, format!("{name} is not listed: every account has it"), None),
            (false, true) => {
                let help = "say with `list` which call lists its resources".to_owned();
                self.refuse(at, format!("{name} has no list"), Some(help));
            }
            _ => {}
        }
        if text.list.is_some() && !text.lists.is_empty() {
            self.refuse(
                at,
                format!("{name} has both `list` and `lists`"),
                Some("put all of them under `lists`".to_owned()),
            );
        }
        if is_singleton && !text.facts.is_empty() {
            self.refuse(
                at,
                format!("facts of {name} come from calls"),
                Some("put them under a call of `calls`".to_owned()),
            );
        }
    }

    /// The place of the parent, and the shape of its items.
    fn parent(&mut self, name: &str, text: &KindText) -> Option<(usize, Option<ModelShape<'static>>)> {
        let parent = text.parent.as_ref()?;
        let place = self.text.kinds.keys().position(|kind| *kind == parent.value && kind != name);
        let Some(place) = place else {
            let help = suggest::help(&parent.value, self.text.kinds.keys().map(String::as_str));
            self.refuse(yaml::offset(parent), format!("this page has no kind `{}`", parent.value), help);
            return None;
        };
        let kind = &self.text.kinds[&parent.value].value;
        // A parent below its own child would never be listed.
        let mut above = kind.parent.as_ref();
        for _ in 0..self.text.kinds.len() {
            let Some(next) = above.and_then(|next| self.text.kinds.get(&next.value)) else { break };
            above = next.value.parent.as_ref();
        }
        if above.is_some() {
            self.refuse(yaml::offset(parent), "the parents go round in a circle", None);
            return None;
        }
        let list = kind.list.as_ref().or(kind.lists.first())?;
        let service = (self.models)(&self.text.service.value).ok()?;
        let output = service.describe(&list.call.value).ok()?.output?;
        let target = Path::parse(&list.items.value).target(output).ok()?;
        Some((place, Some(target.element())))
    }

    fn list(
        &mut self,
        service: &'static Service,
        text: &ListText,
        surroundings: &Surroundings,
        drafts: &mut Drafts,
    ) -> Option<(ListDraft, ModelShape<'static>)> {
        let call = self.call(service, &text.call, &text.input, text.region.clone(), surroundings, drafts)?;
        let output = self.output(&call, &text.call)?;
        let (items, target) = self.path(&text.items, output)?;
        if !target.is_list && !matches!(target.shape.form(), Form::List(_)) {
            self.refuse(yaml::offset(&text.items), format!("`{}` is no list", text.items.value), None);
            return None;
        }
        let item = target.element();
        let own = Surroundings { item: Some(item), parent: surroundings.parent, facts: BTreeMap::new() };
        let id = self.identifier(&text.id, &own)?;
        let arn = text.arn.as_ref().and_then(|arn| self.identifier(arn, &own));
        self.codes(&text.none_on, &call, text.codes_from.as_ref());
        let when = self.conditions(&text.when, &own);
        let none_on = text.none_on.iter().map(|code| leak(code.value.clone())).collect();
        Some((ListDraft { call, items, id, id_text: text.id.value.clone(), arn, none_on, when }, item))
    }

    /// Every code is one that the service documents for some call of the kind, or the page says where it is documented.
    fn gone_codes(&mut self, text: &KindText, lists: &[ListDraft], calls: &[FactCallDraft]) -> &'static [&'static str] {
        let known: BTreeSet<&str> = lists
            .iter()
            .map(|list| &list.call)
            .chain(calls.iter().map(|call| &call.call))
            .flat_map(|call| call.operation.errors.iter().map(String::as_str))
            .collect();
        let mut codes = Vec::new();
        for list in text.list.iter().chain(&text.lists) {
            for code in &list.gone {
                if !known.contains(code.value.as_str()) && list.codes_from.is_none() {
                    self.unknown_code(code, &known);
                }
                codes.push(leak(code.value.clone()));
            }
        }
        codes.leak()
    }
}
