//! Paths, references, conditions, values of requests and error codes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_saphyr::Spanned;

use super::Checker;
use crate::aws::wire::{Form, ModelShape};
use crate::collect::declared::condition::{Condition, WhenText};
use crate::collect::declared::page::Asking;
use crate::collect::declared::path::{Path, PathTarget};
use crate::collect::declared::template::{Template, TemplateReference};
use crate::source::{suggest, yaml};

/// What references of a kind may name.
pub(super) struct Surroundings {
    pub item: Option<ModelShape<'static>>,
    pub parent: Option<ModelShape<'static>>,
    /// Facts by name, with the call that gives each; `None` for those of the list.
    pub facts: BTreeMap<String, Option<usize>>,
}

impl Checker<'_> {
    /// The shape of a member of the request.
    pub(super) fn input_member(
        &mut self,
        name: &str,
        at: usize,
        input: Option<ModelShape<'static>>,
    ) -> Option<ModelShape<'static>> {
        if let Some(member) = input.and_then(|input| input.member(name)) {
            return Some(member);
        }
        let known = input.map(|input| input.member_names()).unwrap_or_default();
        self.refuse(at, format!("the request has no member `{name}`"), suggest::help(name, known));
        None
    }

    /// A literal value fits the model: names of nested members, and values of enums.
    pub(super) fn input_value(&mut self, value: &Value, shape: ModelShape<'static>, at: usize) {
        match (value, shape.form()) {
            (Value::String(text), Form::Text(values))
                if !values.is_empty() && !text.contains("${") && !values.contains(text) =>
            {
                let help = suggest::help(text, values.iter().map(String::as_str));
                self.refuse(at, format!("`{text}` is none of the values that AWS takes here"), help);
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

    pub(super) fn path(
        &mut self,
        text: &Spanned<String>,
        from: ModelShape<'static>,
    ) -> Option<(Path, PathTarget<'static>)> {
        let path = Path::parse(&text.value);
        match path.target(from) {
            Ok(target) => Some((path, target)),
            Err((message, help)) => {
                self.refuse(yaml::offset(text), message, help);
                None
            }
        }
    }

    pub(super) fn template(&mut self, value: &Value, at: usize, surroundings: &Surroundings) -> Option<Template> {
        match Template::parse(value) {
            Ok(template) => self.checked(template, at, surroundings),
            Err(message) => {
                self.refuse(at, message, None);
                None
            }
        }
    }

    pub(super) fn identifier(&mut self, text: &Spanned<String>, surroundings: &Surroundings) -> Option<Template> {
        match Template::identifier(&text.value) {
            Ok(template) => self.checked(template, yaml::offset(text), surroundings),
            Err(message) => {
                self.refuse(yaml::offset(text), message, None);
                None
            }
        }
    }

    /// Every reference leads somewhere.
    pub(super) fn checked(&mut self, template: Template, at: usize, surroundings: &Surroundings) -> Option<Template> {
        for reference in template.references() {
            if let Err((message, help)) = surroundings.check(reference) {
                self.refuse(at, message, help);
                return None;
            }
        }
        Some(template)
    }

    pub(super) fn conditions(
        &mut self,
        texts: &BTreeMap<String, Spanned<WhenText>>,
        surroundings: &Surroundings,
    ) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for (name, holds) in texts {
            let of = Template::One(TemplateReference::parse(name));
            if let Some(of) = self.checked(of, yaml::offset(holds), surroundings) {
                conditions.push(Condition { of, holds: holds.value.clone(), leaves_unknown: false });
            }
        }
        conditions
    }

    pub(super) fn codes(&mut self, codes: &[Spanned<String>], call: &Asking, source: Option<&String>) {
        let known: BTreeSet<&str> = call.model.errors.iter().map(String::as_str).collect();
        for code in codes.iter().filter(|code| !known.contains(code.value.as_str()) && source.is_none()) {
            self.unknown_code(code, &known);
        }
    }

    pub(super) fn unknown_code(&mut self, code: &Spanned<String>, known: &BTreeSet<&str>) {
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
}

impl Surroundings {
    pub(super) fn check(&self, reference: &TemplateReference) -> Result<(), (String, Option<String>)> {
        let in_shape = |shape: Option<ModelShape<'static>>, path: &Path, name: &str| match shape {
            Some(shape) => path.target(shape).map(drop),
            None => Err((format!("there is nothing that `{name}` could name here"), None)),
        };
        match reference {
            TemplateReference::Own(path, name)
                if self.facts.contains_key(name) && self.item.is_none_or(|item| path.target(item).is_err()) =>
            {
                Ok(())
            }
            TemplateReference::Own(path, name) => in_shape(self.item, path, name),
            TemplateReference::Parent(path, name) => in_shape(self.parent, path, name),
            TemplateReference::ParentId if self.parent.is_none() => Err(("the kind has no parent".to_owned(), None)),
            _ => Ok(()),
        }
    }

    /// The call whose fact the reference names.
    pub(super) fn call_of(&self, reference: &TemplateReference) -> Option<usize> {
        let TemplateReference::Own(path, name) = reference else { return None };
        if self.item.is_some_and(|item| path.target(item).is_ok()) {
            return None;
        }
        self.facts.get(name).copied().flatten()
    }
}

fn is_reference(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("${"))
}
