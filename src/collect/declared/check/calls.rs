//! Calls that tell facts of resources which a list gave.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_saphyr::Spanned;

use super::Checker;
use super::references::Surroundings;
use crate::aws::wire::{Form, ModelShape, Service};
use crate::collect::declared::condition::Condition;
use crate::collect::declared::fact::Absent;
use crate::collect::declared::operations::{Drafts, leak};
use crate::collect::declared::page::{Asking, BatchSpec, CallSpec, Mode};
use crate::collect::declared::path::Path;
use crate::collect::declared::template::Template;
use crate::collect::declared::text::{BatchText, CallText, JoinText, KindText, OtherwiseText};
use crate::model::Region;
use crate::source::{suggest, yaml};

impl Checker<'_> {
    pub(super) fn calls(
        &mut self,
        service: &'static Service,
        kind: &str,
        text: &KindText,
        surroundings: &mut Surroundings,
        drafts: &mut Drafts,
    ) -> Vec<CallSpec> {
        let mut calls: Vec<CallSpec> = Vec::new();
        for (place, call) in text.calls.iter().enumerate() {
            let Some(spec) = self.fact_call(service, call, surroundings, drafts) else { continue };
            for fact in &spec.facts {
                if surroundings.facts.insert(fact.name.to_owned(), Some(place)).is_some() {
                    let at = call.facts.get(fact.name).map_or(0, yaml::offset);
                    self.refuse(at, format!("two calls give the fact `{}`", fact.name), None);
                }
            }
            calls.push(spec);
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
                    drafts.tells(call.asking.operation, kind, facts.clone());
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
    ) -> Option<CallSpec> {
        let asking = self.call(service, &text.call, &text.input, text.region.clone(), surroundings, drafts)?;
        let output = self.output(&asking, &text.call)?;
        let (mode, root_shape) = match (&text.batch, &text.join) {
            (Some(_), Some(join)) => {
                self.refuse(yaml::offset(&join.of), "a call is either a batch or a join", None);
                return None;
            }
            (Some(batch), None) => self.batch(batch, &asking, output, surroundings)?,
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
        let mut facts = self.facts(&text.facts, root_shape, surroundings.parent);
        if is_many {
            for fact in &mut facts {
                fact.is_list = true;
                fact.absent = Absent::EmptyList;
            }
        }
        self.codes(&text.none_on, &asking, text.codes_from.as_ref());
        let mut when = self.conditions(&text.when, surroundings);
        self.otherwise(&text.otherwise, &mut when);
        let references =
            asking.input.iter().map(|(_, template)| template).chain(when.iter().map(|condition| &condition.of));
        let waits_for =
            references.flat_map(Template::references).filter_map(|reference| surroundings.call_of(reference));
        let waits_for = waits_for.collect();
        let none_on = text.none_on.iter().map(|code| leak(code.value.clone())).collect();
        Some(CallSpec { asking, when, root, mode, none_on, facts, waits_for })
    }

    /// Which conditions leave the facts unknown where they do not hold.
    fn otherwise(&mut self, text: &OtherwiseText, when: &mut [Condition]) {
        match text {
            OtherwiseText::Nothing => {}
            OtherwiseText::Unknown => when.iter_mut().for_each(|condition| condition.leaves_unknown = true),
            OtherwiseText::UnknownBy(names) => {
                for (name, word) in names {
                    let own = when.iter_mut().find(|condition| condition.of.to_string() == *name);
                    match (own, word.value.as_str()) {
                        (Some(condition), "unknown") => condition.leaves_unknown = true,
                        (Some(_), _) => self.refuse(yaml::offset(word), "write `unknown`, or leave it out", None),
                        (None, _) => {
                            self.refuse(yaml::offset(word), format!("the call has no condition `{name}`"), None);
                        }
                    }
                }
            }
        }
    }

    pub(super) fn batch(
        &mut self,
        text: &BatchText,
        call: &Asking,
        output: ModelShape<'static>,
        surroundings: &Surroundings,
    ) -> Option<(Mode, ModelShape<'static>)> {
        let member = self.input_member(&text.input.value, yaml::offset(&text.input), call.model.input)?;
        let of = self.key(&text.of, surroundings)?;
        let (items, by, item) = self.keyed(&text.items, &text.by, output)?;
        if text.size == 0 {
            self.refuse(yaml::offset(&text.input), "a batch has a size of one at least", None);
        }
        let is_single = !matches!(member.form(), Form::List(_));
        if is_single && text.size > 1 {
            let help = Some("write `size: 1`".to_owned());
            self.refuse(yaml::offset(&text.input), format!("`{}` takes one key", text.input.value), help);
        }
        let (input, size) = (text.input.value.clone(), text.size.max(1));
        Some((Mode::Batch(BatchSpec { input, is_single, of, size, items, by }), item))
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
        region: Option<Region>,
        surroundings: &Surroundings,
        drafts: &mut Drafts,
    ) -> Option<Asking> {
        let (at, name) = (yaml::offset(text), text.value.as_str());
        let (service, operation) = match name.rsplit_once('.') {
            Some((other, operation)) => (self.service(other, at)?, operation),
            None => (service, name),
        };
        let Ok(model) = service.describe(operation) else {
            let help = suggest::help(operation, service.operation_names()).unwrap_or_else(|| {
                format!("`safeguard kinds model {} {operation}` adds it from an installed botocore", service.name)
            });
            self.refuse(at, format!("the model of {} has no operation `{operation}`", service.name), Some(help));
            return None;
        };
        let mut templates = Vec::new();
        for (member, value) in input {
            let shape = self.input_member(member, yaml::offset(value), model.input)?;
            let template = self.template(&value.value, yaml::offset(value), surroundings)?;
            self.input_value(&value.value, shape, yaml::offset(value));
            templates.push((member.clone(), template));
        }
        let operation = drafts.add(service.sdk_name(), model.name, self.iam_actions(service, name, operation));
        Some(Asking { service, model, operation, input: templates, region })
    }

    pub(super) fn iam_actions(&self, service: &'static Service, name: &str, operation: &str) -> Vec<String> {
        if let Some(actions) = self.text.iam_actions.get(name) {
            return actions.iter().map(|action| action.value.clone()).collect();
        }
        let own = service.name == self.text.service.value;
        let prefix = self.text.iam_prefix.as_ref().filter(|_| own).map(|prefix| prefix.value.as_str());
        vec![format!("{}:{operation}", prefix.unwrap_or_else(|| service.signing_name()))]
    }

    pub(super) fn output(&mut self, call: &Asking, text: &Spanned<String>) -> Option<ModelShape<'static>> {
        if call.model.output.is_none() {
            self.refuse(yaml::offset(text), format!("{} answers nothing", call.model.name), None);
        }
        call.model.output
    }
}
