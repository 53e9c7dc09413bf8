//! Facts: where each stands in an answer, and what it means that it does not.

use std::collections::BTreeMap;

use serde_json::json;
use serde_saphyr::Spanned;

use super::Checker;
use super::references::Surroundings;
use crate::aws::wire::{Form, ModelShape};
use crate::collect::declared::fact::{Absent, FactForm, FactSource, FactSpec, TAG_KEYS, capitalized};
use crate::collect::declared::operations::leak;
use crate::collect::declared::path::Path;
use crate::collect::declared::text::{AbsentText, Conversion, FactText};
use crate::source::{suggest, yaml};

impl Checker<'_> {
    pub(super) fn facts(
        &mut self,
        texts: &BTreeMap<String, Spanned<FactText>>,
        from: ModelShape<'static>,
        parent: Option<ModelShape<'static>>,
    ) -> Vec<FactSpec> {
        texts.iter().filter_map(|(name, text)| self.fact(name, text, from, parent)).collect()
    }

    fn fact(
        &mut self,
        name: &str,
        spanned: &Spanned<FactText>,
        from: ModelShape<'static>,
        parent: Option<ModelShape<'static>>,
    ) -> Option<FactSpec> {
        let (at, text) = (yaml::offset(spanned), &spanned.value);
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
            let help = format!("write `{}`", capitalized(name));
            self.refuse(at, format!("a fact's name begins with a capital letter: `{name}`"), Some(help));
        }
        if let Some(made) = &text.made {
            return self.made(name, at, text, made, Surroundings { item: Some(from), parent, facts: BTreeMap::new() });
        }
        let (path, target) = match &text.from {
            Some(path) => self.path(path, from)?,
            // A map has no members by the model: its keys are what AWS puts there.
            None if matches!(from.form(), Form::Map(_)) => {
                let path = Path::parse(name);
                let target = path.target(from).ok()?;
                (path, target)
            }
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
            (None, false) => FactForm::Members(self.facts(&text.members, shape, parent)),
        };
        if !is_list && !(text.when.is_empty() && text.sorted_by.is_none()) {
            self.refuse(at, format!("`{name}` is no list, of which elements could be chosen or sorted"), None);
        }
        let element = Surroundings { item: Some(shape), parent, facts: BTreeMap::new() };
        let when = self.conditions(&text.when, &element);
        let sorted_by = text.sorted_by.as_ref().and_then(|path| self.path(path, shape)).map(|(path, _)| path);
        let absent = self.absent(text, at, is_list || converted_list)?;
        let (name, from, about) = (leak(name.to_owned()), FactSource::Path(path), text.about.clone());
        Some(FactSpec { name, from, about, form, is_list, when, sorted_by, absent })
    }

    /// A fact that the page makes of what AWS gives.
    fn made(
        &mut self,
        name: &str,
        at: usize,
        text: &FactText,
        made: &Spanned<String>,
        surroundings: Surroundings,
    ) -> Option<FactSpec> {
        let is_read = text.from.is_some() || text.read_as.is_some() || !text.members.is_empty();
        if is_read || !text.when.is_empty() || text.sorted_by.is_some() {
            self.refuse(at, "a fact is either `made` of others or read from the answer", None);
            return None;
        }
        let template = self.identifier(made, &surroundings)?;
        let absent = self.absent(text, at, false)?;
        Some(FactSpec {
            name: leak(name.to_owned()),
            from: FactSource::Made(template),
            about: text.about.clone(),
            form: FactForm::Text,
            is_list: false,
            when: Vec::new(),
            sorted_by: None,
            absent,
        })
    }

    pub(super) fn absent(&mut self, text: &FactText, at: usize, is_list: bool) -> Option<Absent> {
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
    pub(super) fn conversion(
        &mut self,
        conversion: Conversion,
        whole: ModelShape<'static>,
        one: ModelShape<'static>,
        at: usize,
    ) {
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
