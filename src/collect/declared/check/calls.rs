//! Calls that tell facts of resources which a list gave.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_saphyr::Spanned;

use super::Checker;
use super::draft::{CallDraft, FactCallDraft};
use super::references::Surroundings;
use crate::aws::wire::{Form, ModelShape, Service};
use crate::collect::declared::fact::Absent;
use crate::collect::declared::page::{Drafts, Mode, leak};
use crate::collect::declared::path::Path;
use crate::collect::declared::template::Template;
use crate::collect::declared::text::{BatchText, CallText, JoinText, KindText};
use crate::source::{suggest, yaml};

impl Checker<'_> {
    pub(super) fn calls(
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

    pub(super) fn fact_call(
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

    pub(super) fn batch(
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

    pub(super) fn join(
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
    pub(super) fn key(&mut self, text: &Spanned<String>, surroundings: &Surroundings) -> Option<Template> {
        let of_list = Surroundings { facts: BTreeMap::new(), ..*surroundings };
        self.identifier(text, &of_list)
    }

    pub(super) fn keyed(
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

    pub(super) fn call(
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

    pub(super) fn iam_actions(&self, service: &'static Service, name: &str, operation: &str) -> Vec<String> {
        if let Some(actions) = self.text.iam_actions.get(name) {
            return actions.iter().map(|action| action.value.clone()).collect();
        }
        let own = service.name == self.text.service.value;
        let prefix = self.text.iam_prefix.as_ref().filter(|_| own).map(|prefix| prefix.value.as_str());
        vec![format!("{}:{operation}", prefix.unwrap_or_else(|| service.signing_name()))]
    }

    pub(super) fn output(&mut self, call: &CallDraft, text: &Spanned<String>) -> Option<ModelShape<'static>> {
        if call.operation.output.is_none() {
            self.refuse(yaml::offset(text), format!("{} answers nothing", call.operation.name), None);
        }
        call.operation.output
    }
}
