//! Lists: what they are listed by, where their items stand, and what identifies one.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::Checker;
use super::references::Surroundings;
use crate::aws::wire::{Form, ModelShape, Service};
use crate::collect::declared::operations::{Drafts, leak};
use crate::collect::declared::page::{CallSpec, EachValue, Home, ListCall, ListSpec, ParentSpec};
use crate::collect::declared::path::Path;
use crate::collect::declared::text::{HomeText, KindText, ListText};
use crate::source::{suggest, yaml};

/// The shape of an item.
type ListShape = ModelShape<'static>;

impl Checker<'_> {
    /// What a kind is listed by, and the shape of its parent's items or values.
    pub(super) fn parent(&mut self, name: &str, text: &KindText) -> Option<(ParentSpec, Option<ListShape>)> {
        let parent = text.parent.as_ref()?;
        let (at, of) = (yaml::offset(parent), &parent.value.of);
        let Some(place) = self.text.kinds.keys().position(|kind| kind == of && kind != name) else {
            let help = suggest::help(of, self.text.kinds.keys().map(String::as_str));
            self.refuse(at, format!("this page has no kind `{of}`"), help);
            return None;
        };
        let kind = &self.text.kinds[of].value;
        // A parent below its own child would never be listed.
        let mut above = kind.parent.as_ref();
        for _ in 0..self.text.kinds.len() {
            let Some(next) = above.and_then(|next| self.text.kinds.get(&next.value.of)) else { break };
            above = next.value.parent.as_ref();
        }
        if above.is_some() {
            self.refuse(at, "the parents go round in a circle", None);
            return None;
        }
        let item = self.item_of(kind);
        let Some(each) = &parent.value.each else { return Some((ParentSpec { at: place, each: None }, item)) };
        if kind.parent.is_some() {
            let message =
                format!("{of} is listed below another kind: what it names all over is not known in one place");
            self.refuse(at, message, None);
            return None;
        }
        let item = item?;
        let (path, target) = self.path(each, item)?;
        let value = target.element();
        if !matches!(value.form(), Form::Text(_)) {
            self.refuse(yaml::offset(each), format!("`{}` is no text", each.value), None);
            return None;
        }
        let surroundings = Surroundings { item: Some(item), parent: None, facts: BTreeMap::new() };
        let when = self.conditions(&parent.value.when, &surroundings);
        Some((ParentSpec { at: place, each: Some(EachValue { path, when }) }, Some(value)))
    }

    /// The shape of a kind's items. What is wrong with them is said where the kind is checked.
    fn item_of(&self, kind: &KindText) -> Option<ListShape> {
        let list = kind.list.as_ref().or(kind.lists.first())?;
        let call = &list.call.as_ref()?.value;
        let (service, operation) = call.rsplit_once('.').unwrap_or((&self.text.service.value, call));
        let output = (self.models)(service).ok()?.describe(operation).ok()?.output?;
        let target = Path::parse(&list.items.as_ref()?.value).target(output).ok()?;
        Some(target.element())
    }

    /// A list that a call gives.
    pub(super) fn list(
        &mut self,
        service: &'static Service,
        call: &Spanned<String>,
        text: &ListText,
        surroundings: &Surroundings,
        drafts: &mut Drafts,
    ) -> Option<(ListSpec, ListShape)> {
        let asking = self.call(service, call, &text.input, text.region.clone(), surroundings, drafts)?;
        let output = self.output(&asking, call)?;
        let Some(items) = &text.items else {
            let help = "say with `items` where they stand in the answer".to_owned();
            self.refuse(yaml::offset(call), "the list does not say where its items are", Some(help));
            return None;
        };
        let (path, target) = self.path(items, output)?;
        if !target.is_list && !matches!(target.shape.form(), Form::List(_)) {
            self.refuse(yaml::offset(items), format!("`{}` is no list", items.value), None);
            return None;
        }
        self.codes(&text.none_on, &asking, text.codes_from.as_ref());
        let none_on = text.none_on.iter().map(|code| leak(code.value.clone())).collect();
        let call = ListCall { asking, items: path, none_on };
        self.identified(text, Some(call), target.element(), surroundings)
    }

    /// A list of the values that the parent names.
    pub(super) fn values(
        &mut self,
        at: usize,
        text: &ListText,
        names_values: bool,
        surroundings: &Surroundings,
    ) -> Option<(ListSpec, ListShape)> {
        let Some(value) = surroundings.parent.filter(|_| names_values) else {
            let help = "say with `call` what gives the items, or with `parent: {of: KIND, each: PATH}` what names them";
            self.refuse(at, "the list has no call", Some(help.to_owned()));
            return None;
        };
        self.identified(text, None, value, surroundings)
    }

    fn identified(
        &mut self,
        text: &ListText,
        call: Option<ListCall>,
        item: ListShape,
        surroundings: &Surroundings,
    ) -> Option<(ListSpec, ListShape)> {
        let own = Surroundings { item: Some(item), parent: surroundings.parent, facts: BTreeMap::new() };
        let id = self.identifier(&text.id, &own)?;
        let arn = text.arn.as_ref().and_then(|arn| self.identifier(arn, &own));
        let when = self.conditions(&text.when, &own);
        let home = text.home.as_ref().and_then(|home| self.home(home, item));
        Some((ListSpec { call, id, id_text: text.id.value.clone(), arn, when, home }, item))
    }

    fn home(&mut self, text: &HomeText, item: ListShape) -> Option<Home> {
        let (of, target) = self.path(&text.of, item)?;
        let (arn, _) = self.path(&text.arn, target.element())?;
        let first = text.first.as_ref().and_then(|first| self.path(first, target.element()));
        if let Some((path, _)) = first.as_ref().filter(|(_, target)| !matches!(target.shape.form(), Form::Bool)) {
            let at = text.first.as_ref().map_or(0, yaml::offset);
            self.refuse(at, format!("`{path}` is neither true nor false"), None);
        }
        Some(Home { of, arn, first: first.map(|(path, _)| path) })
    }

    /// Every code is one that the service documents for some call of the kind, or the page says where it is documented.
    pub(super) fn gone_codes(
        &mut self,
        text: &KindText,
        lists: &[ListSpec],
        calls: &[CallSpec],
    ) -> &'static [&'static str] {
        let known: BTreeSet<&str> = lists
            .iter()
            .filter_map(ListSpec::asking)
            .chain(calls.iter().map(|call| &call.asking))
            .flat_map(|asking| asking.model.errors.iter().map(String::as_str))
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
