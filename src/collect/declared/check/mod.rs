//! Checks a page against the model of its service. What is wrong is said with file, line and a suggestion.

mod calls;
mod facts;
mod lists;
mod references;

use std::collections::BTreeMap;

use serde_saphyr::Spanned;

use self::references::Surroundings;
use super::fact::{Absent, FactSpec};
use super::operations::{Drafts, leak};
use super::page::{KindSpec, ListSpec, Page, SINGLETONS, scope_of};
use super::text::{KindText, ListText, PageText, ScopeText};
use crate::aws::wire::Service;
use crate::source::{Problem, SourceFile, yaml};

/// Checks a page.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn page(source: &SourceFile, text: &'static PageText, models: Models<'_>) -> Result<Page, Vec<Problem>> {
    let mut checker = Checker { source, text, models, problems: Vec::new() };
    let Some(service) = checker.service(&text.service.value, yaml::offset(&text.service)) else {
        return Err(checker.problems);
    };
    let mut drafts = Drafts::default();
    let kinds: Vec<Option<KindSpec>> =
        text.kinds.iter().map(|(name, kind)| checker.kind(service, name, kind, &mut drafts)).collect();
    if !checker.problems.is_empty() {
        return Err(checker.problems);
    }
    let kinds: Vec<KindSpec> = kinds.into_iter().flatten().collect();
    // A list that fails leaves all lists below it unknown, too.
    for kind in &kinds {
        let mut above = Some(kind);
        while let Some(at) = above {
            at.lists.iter().filter_map(ListSpec::asking).for_each(|call| drafts.lists(call.operation, kind.name));
            above = at.parent.as_ref().map(|parent| &kinds[parent.at]);
        }
    }
    Ok(Page {
        service,
        kinds,
        operations: drafts.settle(),
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
    text: &'static PageText,
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
        text: &'static Spanned<KindText>,
        drafts: &mut Drafts,
    ) -> Option<KindSpec> {
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
            let names_values = parent.as_ref().is_some_and(|(parent, _)| parent.each.is_some());
            let listed = match &list.call {
                Some(call) => self.list(service, call, list, &surroundings, drafts),
                None => self.values(at, list, names_values, &surroundings),
            };
            let Some((list, shape)) = listed else { continue };
            item = Some(shape);
            lists.push(list);
        }
        let mut facts = match item {
            Some(item) => self.facts(&text.facts, item, parent_item),
            None => Vec::new(),
        };
        // An item without its identifier makes no resource, so that no resource lacks it.
        for fact in facts.iter_mut().filter(|fact| lists.iter().all(|list| fact.is_at(&list.id))) {
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
        let (name, parent) = (leak(name.to_owned()), parent.map(|(parent, _)| parent));
        let (about, region) = (text.about.clone(), text.region.as_ref().map(|region| region.value.clone()));
        let partitions = text.partitions.as_slice();
        Some(KindSpec { name, about, scope, region, partitions, parent, lists, gone, facts, calls })
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
        if let Some(region) = text.region.as_ref().filter(|_| text.scope != ScopeText::Account) {
            let help = "write `scope: account`, too: they are listed once".to_owned();
            self.refuse(yaml::offset(region), "a kind of every region is kept in no single one", Some(help));
        }
        if is_singleton && !text.facts.is_empty() {
            self.refuse(
                at,
                format!("facts of {name} come from calls"),
                Some("put them under a call of `calls`".to_owned()),
            );
        }
    }
}
