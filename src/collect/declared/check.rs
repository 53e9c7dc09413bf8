//! Checks a page against the model of its service. What is wrong is said with file, line and a suggestion.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use serde_saphyr::Spanned;

use super::fact::{Absent, FactForm, FactSpec, TAG_KEYS, capitalized};
use super::page::{Asking, CallSpec, Condition, Drafts, KindSpec, ListSpec, Mode, Page, SINGLETONS, leak};
use super::path::{Path, Target};
use super::template::{Reference, Template};
use super::text::{
    AbsentText, BatchText, CallText, Conversion, FactText, JoinText, KindText, ListText, OtherwiseText, PageText,
    ScopeText, WhenText,
};
use crate::aws::Operation;
use crate::aws::wire::{Form, ModelOperation, ModelShape, Service};
use crate::model::Scope;
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
    for place in 0..plans.len() {
        let mut above = Some(place);
        while let Some(at) = above {
            for list in &plans[at].lists {
                drafts.lists(&list.call.service.sdk_name(), list.call.operation.name, names[place]);
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

/// A call whose operation is not settled yet.
struct CallDraft {
    service: &'static Service,
    operation: ModelOperation<'static>,
    input: Vec<(String, Template)>,
    region: Option<String>,
}

struct ListDraft {
    call: CallDraft,
    items: Path,
    id: Template,
    id_text: String,
    arn: Option<Template>,
    none_on: Vec<&'static str>,
    when: Vec<Condition>,
}

struct FactCallDraft {
    call: CallDraft,
    when: Vec<Condition>,
    otherwise: OtherwiseText,
    root: Path,
    mode: Mode,
    none_on: Vec<&'static str>,
    facts: Vec<FactSpec>,
    waits_for: BTreeSet<usize>,
}

struct KindDraft {
    name: &'static str,
    about: Option<String>,
    scope: Scope,
    parent: Option<usize>,
    lists: Vec<ListDraft>,
    gone: &'static [&'static str],
    facts: Vec<FactSpec>,
    calls: Vec<FactCallDraft>,
}

impl CallDraft {
    fn settle(self, operation: &'static Operation) -> Asking {
        Asking {
            service: self.service,
            operation,
            input: self.input,
            has_pages: self.operation.has_pages,
            region: self.region,
        }
    }
}

impl KindDraft {
    fn settle(self, find: &impl Fn(&CallDraft) -> Option<&'static Operation>) -> Option<KindSpec> {
        let list = |list: ListDraft| {
            let operation = find(&list.call)?;
            let ListDraft { call, items, id, id_text, arn, none_on, when } = list;
            Some(ListSpec { asking: call.settle(operation), items, id, id_text, arn, none_on, when })
        };
        let call = |draft: FactCallDraft| {
            let operation = find(&draft.call)?;
            let FactCallDraft { call, when, otherwise, root, mode, none_on, facts, waits_for } = draft;
            Some(CallSpec { asking: call.settle(operation), when, otherwise, root, mode, none_on, facts, waits_for })
        };
        Some(KindSpec {
            name: self.name,
            about: self.about,
            scope: self.scope,
            parent: self.parent,
            lists: self.lists.into_iter().map(list).collect::<Option<_>>()?,
            gone: self.gone,
            facts: self.facts,
            calls: self.calls.into_iter().map(call).collect::<Option<_>>()?,
        })
    }
}

struct Checker<'t> {
    source: &'t SourceFile,
    text: &'t PageText,
    models: Models<'t>,
    problems: Vec<Problem>,
}

/// What references of a kind may name.
struct Surroundings {
    item: Option<ModelShape<'static>>,
    parent: Option<ModelShape<'static>>,
    /// Facts by name, with the call that gives each; `None` for those of the list.
    facts: BTreeMap<String, Option<usize>>,
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
        let singleton = SINGLETONS.iter().find(|(known, _)| *known == name);
        let list_texts: Vec<&ListText> = text.list.iter().chain(&text.lists).collect();
        self.check_shape(name, at, text, singleton.is_some(), &list_texts);
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
        let scope = match (singleton, text.scope) {
            (Some((_, scope)), _) => *scope,
            (None, ScopeText::Region) => Scope::Region,
            (None, ScopeText::Account) => Scope::Account,
        };
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

    fn calls(
        &mut self,
        service: &'static Service,
        kind: &str,
        text: &KindText,
        surroundings: &mut Surroundings,
        drafts: &mut Drafts,
    ) -> Vec<FactCallDraft> {
        let mut calls: Vec<FactCallDraft> = Vec::new();
        for (place, call) in text.calls.iter().enumerate() {
            let Some(draft) = self.fact_call(service, call, surroundings, drafts) else { continue };
            for fact in &draft.facts {
                if surroundings.facts.insert(fact.name.to_owned(), Some(place)).is_some() {
                    let at = call.facts.get(fact.name).map_or(0, yaml::offset);
                    self.refuse(at, format!("two calls give the fact `{}`", fact.name), None);
                }
            }
            calls.push(draft);
        }
        // Without the answer that it refers to, a call is not made: then its facts are missing for the other's failure.
        for place in 0..calls.len() {
            let facts: Vec<String> = calls[place].facts.iter().map(|fact| fact.name.to_owned()).collect();
            let mut behind = BTreeSet::from([place]);
            let mut open = vec![place];
            while let Some(at) = open.pop() {
                for before in calls.get(at).map(|call| call.waits_for.clone()).unwrap_or_default() {
                    if behind.insert(before) {
                        open.push(before);
                    }
                }
            }
            for at in behind {
                if let Some(call) = calls.get(at) {
                    drafts.tells(&call.call.service.sdk_name(), call.call.operation.name, kind, facts.clone());
                }
            }
        }
        calls
    }

    fn fact_call(
        &mut self,
        service: &'static Service,
        text: &CallText,
        surroundings: &Surroundings,
        drafts: &mut Drafts,
    ) -> Option<FactCallDraft> {
        let call = self.call(service, &text.call, &text.input, text.region.clone(), surroundings, drafts)?;
        let output = self.output(&call, &text.call)?;
        let (mode, root_shape) = match (&text.batch, &text.join) {
            (Some(_), Some(join)) => {
                self.refuse(yaml::offset(&join.of), "a call is either a batch or a join", None);
                return None;
            }
            (Some(batch), None) => self.batch(batch, &call, output, surroundings)?,
            (None, Some(join)) => self.join(join, output, surroundings)?,
            (None, None) => (Mode::Each, output),
        };
        let is_many = matches!(mode, Mode::Join { many: true, .. });
        let (root, root_shape) = match &text.read {
            Some(read) => {
                let (path, target) = self.path(read, root_shape)?;
                if target.is_list || matches!(target.shape.form(), Form::List(_)) {
                    let help = "name the list in the facts' paths instead".to_owned();
                    self.refuse(yaml::offset(read), "facts cannot be read from a list", Some(help));
                    return None;
                }
                (path, target.shape)
            }
            None => (Path::default(), root_shape),
        };
        let mut facts = self.facts(&text.facts, root_shape);
        if is_many {
            for fact in &mut facts {
                fact.is_list = true;
                fact.absent = Absent::EmptyList;
            }
        }
        self.codes(&text.none_on, &call, text.codes_from.as_ref());
        let when = self.conditions(&text.when, surroundings);
        let references =
            call.input.iter().map(|(_, template)| template).chain(when.iter().map(|condition| &condition.of));
        let waits_for =
            references.flat_map(Template::references).filter_map(|reference| surroundings.call_of(reference));
        let waits_for = waits_for.collect();
        let none_on = text.none_on.iter().map(|code| leak(code.value.clone())).collect();
        Some(FactCallDraft { call, when, otherwise: text.otherwise, root, mode, none_on, facts, waits_for })
    }

    fn batch(
        &mut self,
        text: &BatchText,
        call: &CallDraft,
        output: ModelShape<'static>,
        surroundings: &Surroundings,
    ) -> Option<(Mode, ModelShape<'static>)> {
        self.input_member(&text.input.value, yaml::offset(&text.input), call.operation.input)?;
        let of = self.key(&text.of, surroundings)?;
        let (items, by, item) = self.keyed(&text.items, &text.by, output)?;
        if text.size == 0 {
            self.refuse(yaml::offset(&text.input), "a batch has a size of one at least", None);
        }
        Some((Mode::Batch { input: text.input.value.clone(), of, size: text.size.max(1), items, by }, item))
    }

    fn join(
        &mut self,
        text: &JoinText,
        output: ModelShape<'static>,
        surroundings: &Surroundings,
    ) -> Option<(Mode, ModelShape<'static>)> {
        let of = self.key(&text.of, surroundings)?;
        let (items, by, item) = self.keyed(&text.items, &text.by, output)?;
        Some((Mode::Join { of, items, by, many: text.many }, item))
    }

    /// What a resource is called in a call about many: its list tells it, since no call about one has been made then.
    fn key(&mut self, text: &Spanned<String>, surroundings: &Surroundings) -> Option<Template> {
        let of_list = Surroundings { facts: BTreeMap::new(), ..*surroundings };
        self.identifier(text, &of_list)
    }

    fn keyed(
        &mut self,
        items: &Spanned<String>,
        by: &Spanned<String>,
        output: ModelShape<'static>,
    ) -> Option<(Path, Path, ModelShape<'static>)> {
        let (path, target) = self.path(items, output)?;
        let item = target.element();
        let (by, _) = self.path(by, item)?;
        Some((path, by, item))
    }

    fn call(
        &mut self,
        service: &'static Service,
        text: &Spanned<String>,
        input: &BTreeMap<String, Spanned<Value>>,
        region: Option<String>,
        surroundings: &Surroundings,
        drafts: &mut Drafts,
    ) -> Option<CallDraft> {
        let (at, name) = (yaml::offset(text), text.value.as_str());
        let (service, operation) = match name.rsplit_once('.') {
            Some((other, operation)) => (self.service(other, at)?, operation),
            None => (service, name),
        };
        let Ok(described) = service.describe(operation) else {
            let help = suggest::help(operation, service.operation_names()).unwrap_or_else(|| {
                format!("`safeguard kinds model {} {operation}` adds it from an installed botocore", service.name)
            });
            self.refuse(at, format!("the model of {} has no operation `{operation}`", service.name), Some(help));
            return None;
        };
        let mut templates = Vec::new();
        for (member, value) in input {
            self.input_member(member, yaml::offset(value), described.input)?;
            let template = self.template(&value.value, yaml::offset(value), surroundings)?;
            if let Some(shape) = described.input.and_then(|input| input.member(member)) {
                self.input_value(&value.value, shape, yaml::offset(value));
            }
            templates.push((member.clone(), template));
        }
        drafts.add(&service.sdk_name(), operation, self.iam_actions(service, name, operation));
        Some(CallDraft { service, operation: described, input: templates, region })
    }

    fn iam_actions(&self, service: &'static Service, name: &str, operation: &str) -> Vec<String> {
        if let Some(actions) = self.text.iam_actions.get(name) {
            return actions.iter().map(|action| action.value.clone()).collect();
        }
        let own = service.name == self.text.service.value;
        let prefix = self.text.iam_prefix.as_ref().filter(|_| own).map(|prefix| prefix.value.as_str());
        vec![format!("{}:{operation}", prefix.unwrap_or_else(|| service.signing_name()))]
    }

    fn output(&mut self, call: &CallDraft, text: &Spanned<String>) -> Option<ModelShape<'static>> {
        if call.operation.output.is_none() {
            self.refuse(yaml::offset(text), format!("{} answers nothing", call.operation.name), None);
        }
        call.operation.output
    }

    fn input_member(&mut self, name: &str, at: usize, input: Option<ModelShape<'static>>) -> Option<()> {
        let known = input.map(|input| input.member_names()).unwrap_or_default();
        if known.contains(&name) {
            return Some(());
        }
        self.refuse(at, format!("the request has no member `{name}`"), suggest::help(name, known));
        None
    }

    /// A literal value fits the model: names of nested members, and values of enums.
    fn input_value(&mut self, value: &Value, shape: ModelShape<'static>, at: usize) {
        match (value, shape.form()) {
            (Value::String(text), Form::Text(values)) if !values.is_empty() && !text.contains("${") => {
                if !values.contains(text) {
                    let help = suggest::help(text, values.iter().map(String::as_str));
                    self.refuse(at, format!("`{text}` is none of the values that AWS takes here"), help);
                }
            }
            (Value::Array(list), Form::List(element)) => {
                list.iter().for_each(|one| self.input_value(one, element, at));
            }
            (Value::Object(members), Form::Structure(_)) => {
                for (name, value) in members {
                    match shape.member(name) {
                        Some(member) => self.input_value(value, member, at),
                        None => {
                            let help = suggest::help(name, shape.member_names());
                            self.refuse(at, format!("the request has no member `{name}` here"), help);
                        }
                    }
                }
            }
            (Value::Array(_), _) | (Value::String(_), Form::List(_) | Form::Structure(_) | Form::Map(_))
                if !is_reference(value) =>
            {
                self.refuse(at, "the value does not have the type that AWS takes here", None);
            }
            _ => {}
        }
    }

    fn path(&mut self, text: &Spanned<String>, from: ModelShape<'static>) -> Option<(Path, Target<'static>)> {
        let path = Path::parse(&text.value);
        match path.target(from) {
            Ok(target) => Some((path, target)),
            Err((message, help)) => {
                self.refuse(yaml::offset(text), message, help);
                None
            }
        }
    }

    fn template(&mut self, value: &Value, at: usize, surroundings: &Surroundings) -> Option<Template> {
        match Template::parse(value) {
            Ok(template) => self.checked(template, at, surroundings),
            Err(message) => {
                self.refuse(at, message, None);
                None
            }
        }
    }

    fn identifier(&mut self, text: &Spanned<String>, surroundings: &Surroundings) -> Option<Template> {
        match Template::identifier(&text.value) {
            Ok(template) => self.checked(template, yaml::offset(text), surroundings),
            Err(message) => {
                self.refuse(yaml::offset(text), message, None);
                None
            }
        }
    }

    /// Every reference leads somewhere.
    fn checked(&mut self, template: Template, at: usize, surroundings: &Surroundings) -> Option<Template> {
        for reference in template.references() {
            if let Err((message, help)) = surroundings.check(reference) {
                self.refuse(at, message, help);
                return None;
            }
        }
        Some(template)
    }

    fn conditions(
        &mut self,
        texts: &BTreeMap<String, Spanned<WhenText>>,
        surroundings: &Surroundings,
    ) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for (name, holds) in texts {
            let of = Template::One(Reference::parse(name));
            if let Some(of) = self.checked(of, yaml::offset(holds), surroundings) {
                conditions.push(Condition { of, holds: holds.value.clone() });
            }
        }
        conditions
    }

    fn codes(&mut self, codes: &[Spanned<String>], call: &CallDraft, source: Option<&String>) {
        let known: BTreeSet<&str> = call.operation.errors.iter().map(String::as_str).collect();
        for code in codes.iter().filter(|code| !known.contains(code.value.as_str()) && source.is_none()) {
            self.unknown_code(code, &known);
        }
    }

    fn unknown_code(&mut self, code: &Spanned<String>, known: &BTreeSet<&str>) {
        let help = suggest::nearest(&code.value, known.iter().copied()).map_or_else(
            || "say with `codes_from` where AWS documents it".to_owned(),
            |near| {
                format!(
                    "did you mean `{near}`? If AWS answers this one, too, say with `codes_from` where it is documented"
                )
            },
        );
        self.refuse(yaml::offset(code), format!("the model does not have the error code `{}`", code.value), Some(help));
    }

    fn facts(&mut self, texts: &BTreeMap<String, Spanned<FactText>>, from: ModelShape<'static>) -> Vec<FactSpec> {
        texts.iter().filter_map(|(name, text)| self.fact(name, text, from)).collect()
    }

    fn fact(&mut self, name: &str, spanned: &Spanned<FactText>, from: ModelShape<'static>) -> Option<FactSpec> {
        let (at, text) = (yaml::offset(spanned), &spanned.value);
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
            let help = format!("write `{}`", capitalized(name));
            self.refuse(at, format!("a fact's name begins with a capital letter: `{name}`"), Some(help));
        }
        let (path, target) = match &text.from {
            Some(path) => self.path(path, from)?,
            None => {
                let exact = from.member_names().into_iter().find(|member| capitalized(member) == name);
                let Some(exact) = exact else {
                    let names: Vec<String> = from.member_names().into_iter().map(capitalized).collect();
                    let help = suggest::help(name, names.iter().map(String::as_str));
                    let help = help.or_else(|| Some("say with `from` where it stands in the answer".to_owned()));
                    self.refuse(at, format!("the answer has no member for the fact `{name}`"), help);
                    return None;
                };
                let path = Path::parse(exact);
                let target = path.target(from).ok()?;
                (path, target)
            }
        };
        let converted_list = matches!(text.read_as, Some(Conversion::Tags | Conversion::Keys));
        let (shape, is_list) = match (target.shape.form(), converted_list) {
            (Form::List(element), false) => (element, true),
            _ => (target.shape, target.is_list),
        };
        let form = match (text.read_as, text.members.is_empty()) {
            (Some(conversion), true) => {
                self.conversion(conversion, target.shape, shape, at);
                FactForm::Converted(conversion)
            }
            (Some(_), false) => {
                self.refuse(at, "a fact is either read `as` something or has `members`", None);
                return None;
            }
            (None, true) => FactForm::Whole(shape),
            (None, false) => FactForm::Members(self.facts(&text.members, shape)),
        };
        let absent = self.absent(text, at, is_list || converted_list)?;
        Some(FactSpec { name: leak(name.to_owned()), path, about: text.about.clone(), form, is_list, absent })
    }

    fn absent(&mut self, text: &FactText, at: usize, is_list: bool) -> Option<Absent> {
        if text.default.is_some() != text.source.is_some() {
            let help = "a default stands with the `source` that documents it".to_owned();
            self.refuse(at, "a default without a source is a guess", Some(help));
            return None;
        }
        match (&text.default, text.absent) {
            (Some(_), Some(_)) => {
                self.refuse(at, "a fact has either a `default` or says what it is when `absent`", None);
                None
            }
            (Some(default), None) => Some(Absent::Default(default.value.clone())),
            (None, Some(AbsentText::Unknown)) => Some(Absent::Unknown),
            (None, Some(AbsentText::Malformed)) => Some(Absent::Malformed),
            (None, Some(AbsentText::Null)) => Some(Absent::Null),
            // A text that AWS left out is not there.
            (None, None) if text.read_as == Some(Conversion::Present) => Some(Absent::Default(false.into())),
            (None, None) if is_list => Some(Absent::EmptyList),
            (None, None) => Some(Absent::Null),
        }
    }

    /// The model's type is one that can be read so.
    fn conversion(&mut self, conversion: Conversion, whole: ModelShape<'static>, one: ModelShape<'static>, at: usize) {
        let fits = match conversion {
            Conversion::Tags => match whole.form() {
                Form::Map(_) => true,
                Form::List(element) => element.member_names().iter().any(|name| TAG_KEYS.contains(name)),
                _ => false,
            },
            Conversion::Keys => matches!(whole.form(), Form::Map(_)),
            Conversion::Seconds | Conversion::Milliseconds => matches!(one.form(), Form::Integer),
            _ => matches!(one.form(), Form::Text(_)),
        };
        if !fits {
            self.refuse(
                at,
                format!(
                    "what stands there cannot be read as {}",
                    json!(format!("{conversion:?}")).to_string().to_lowercase()
                ),
                None,
            );
        }
    }
}

impl Surroundings {
    fn check(&self, reference: &Reference) -> Result<(), (String, Option<String>)> {
        let in_shape = |shape: Option<ModelShape<'static>>, path: &Path, name: &str| match shape {
            Some(shape) => path.target(shape).map(drop),
            None => Err((format!("there is nothing that `{name}` could name here"), None)),
        };
        match reference {
            Reference::Own(path, name)
                if self.facts.contains_key(name) && self.item.is_none_or(|item| path.target(item).is_err()) =>
            {
                Ok(())
            }
            Reference::Own(path, name) => in_shape(self.item, path, name),
            Reference::Parent(path, name) => in_shape(self.parent, path, name),
            Reference::ParentId if self.parent.is_none() => Err(("the kind has no parent".to_owned(), None)),
            _ => Ok(()),
        }
    }

    /// The call whose fact the reference names.
    fn call_of(&self, reference: &Reference) -> Option<usize> {
        let Reference::Own(path, name) = reference else { return None };
        if self.item.is_some_and(|item| path.target(item).is_ok()) {
            return None;
        }
        self.facts.get(name).copied().flatten()
    }
}

fn is_reference(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("${"))
}
