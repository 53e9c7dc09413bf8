//! Values while a condition runs: borrowed from the snapshot's JSON wherever that is possible.

use std::rc::Rc;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::fact_index::FactIndex;
use super::fact_path::FactPath;
use super::types::Type;
use crate::model::{Resource, Truth};

/// A value, or the knowledge that it is not known.
#[derive(Debug, Clone)]
pub(crate) enum Val<'v> {
    /// The facts that were read do not say.
    Unknown,
    /// A whole number of which only the bounds are known, both inclusive: the size of a list that is not wholly known.
    Between(i64, i64),
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'v str),
    NewText(Rc<str>),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    /// A part of a resource, as it is.
    Json(&'v Value),
    Resource(&'v Resource),
    /// All resources of this kind.
    Population(&'v str),
    /// The resources of a kind that have a text at the end of a path.
    Related(Rc<RelatedList<'v>>),
    Constants(&'v [Const]),
    Items(Rc<ComputedList<'v>>),
}

/// A list that was computed.
#[derive(Debug, Default)]
pub(crate) struct ComputedList<'v> {
    pub items: Vec<ListItem<'v>>,
    /// The kind whose list was not completely read, if there may be more elements because of it.
    pub open: Option<&'v str>,
    /// True if there may be more elements because a value that decides about them is not known.
    pub is_vague: bool,
    /// True if there is an element for each resource of a list, so that it is as long as the account is large.
    pub is_of_resources: bool,
}

/// The resources that `related()` found: those that have the text for certain, then those of which that was not read.
/// Each of the two is in the order of the snapshot.
#[derive(Debug)]
pub(crate) struct RelatedList<'v> {
    pub path: &'v FactPath,
    /// All resources of the kind.
    pub population: &'v [&'v Resource],
    /// The kind, if its list was not completely read.
    pub open: Option<&'v str>,
    /// True if there may be others, because not all of the sought texts are known.
    pub is_vague: bool,
    pub index: Arc<FactIndex>,
    pub matching: Matching,
}

/// The positions of the resources that have the text.
#[derive(Debug)]
pub(crate) enum Matching {
    /// Those at one place of the index. None of them is unread as well.
    Place(Option<usize>),
    /// Those that have one of several texts, and those that may have one.
    Gathered { certain: Vec<usize>, maybe: Vec<usize> },
}

impl<'v> RelatedList<'v> {
    /// The positions of those that have the text.
    pub fn certain(&self) -> &[usize] {
        match &self.matching {
            Matching::Place(place) => place.map_or(&[], |place| &self.index.holders(place).positions),
            Matching::Gathered { certain, .. } => certain,
        }
    }

    /// The positions of those that may have it.
    pub fn maybe(&self) -> &[usize] {
        match &self.matching {
            Matching::Place(_) => &self.index.unread,
            Matching::Gathered { maybe, .. } => maybe,
        }
    }

    /// The position in the population of an element, and whether it is not certain to be in the list.
    pub fn position(&self, element: usize) -> (usize, bool) {
        let certain = self.certain();
        match certain.get(element) {
            Some(position) => (*position, false),
            None => (self.maybe()[element - certain.len()], true),
        }
    }

    fn resources(&self) -> impl Iterator<Item = &'v Resource> {
        self.certain().iter().chain(self.maybe()).map(|position| self.population[*position])
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ListItem<'v> {
    pub val: Val<'v>,
    /// True when the list may lack this element.
    pub is_maybe: bool,
}

impl<'v> Val<'v> {
    /// Says whether the value itself is not known.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::Between(..))
    }

    /// Says whether it is a list for certain.
    pub fn is_list(&self) -> bool {
        matches!(
            self,
            Self::Json(Value::Array(_)) | Self::Population(_) | Self::Related(_) | Self::Constants(_) | Self::Items(_)
        )
    }

    /// The elements of a list that holds them itself: any but one of resources.
    pub fn own_elements(&self) -> Option<Elements<'v>> {
        match self {
            Self::Json(Value::Array(list)) => Some(Elements::Json(list)),
            Self::Constants(list) => Some(Elements::Constants(list)),
            Self::Items(list) => Some(Elements::Items(Rc::clone(list))),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::NewText(text) => Some(text),
            Self::Json(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Scalars of JSON as values of their own; everything else as it is. A number beyond 64 bits, signed, is a double.
    pub fn plain(self) -> Self {
        match self {
            Self::Json(value) => match value {
                Value::Null => Self::Null,
                Value::Bool(value) => Self::Bool(*value),
                Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                    (Some(value), _) => Self::Int(value),
                    (None, Some(value)) => Self::Double(value),
                    (None, None) => Self::Unknown,
                },
                Value::String(text) => Self::Text(text),
                Value::Array(_) | Value::Object(_) => Self::Json(value),
            },
            other => other,
        }
    }

    /// The sort of value, in words for an error message.
    pub fn in_words(&self) -> &'static str {
        match self {
            Self::Unknown | Self::Between(..) => "not known",
            Self::Null | Self::Json(Value::Null) => "null",
            Self::Bool(_) | Self::Json(Value::Bool(_)) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Double(_) | Self::Json(Value::Number(_)) => "a number",
            Self::Text(_) | Self::NewText(_) | Self::Json(Value::String(_)) => "a text",
            Self::Timestamp(_) => "a moment",
            Self::Duration(_) => "a span of time",
            Self::Json(Value::Object(_)) => "an object",
            Self::Resource(_) => "a resource",
            Self::Json(Value::Array(_)) | Self::Population(_) | Self::Related(_) => "a list",
            Self::Constants(_) | Self::Items(_) => "a list",
        }
    }

    /// The value as JSON, for evidence and messages. Resources and lists of them become their ids.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Unknown | Self::Between(..) | Self::Null | Self::Population(_) => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::from(*value),
            Self::Double(value) => Value::from(*value),
            Self::Text(text) => Value::from(*text),
            Self::NewText(text) => Value::from(&**text),
            Self::Timestamp(moment) => Value::from(moment.to_string()),
            Self::Duration(span) => Value::from(span.to_string()),
            Self::Json(value) => (*value).clone(),
            Self::Resource(resource) => Value::from(resource.id.as_str()),
            Self::Related(list) => list.resources().map(|resource| resource.id.as_str()).collect(),
            Self::Constants(list) => list.iter().map(|element| Val::from(element).to_json()).collect(),
            Self::Items(list) => list.items.iter().map(|item| item.val.to_json()).collect(),
        }
    }
}

impl From<Truth> for Val<'_> {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Self::Bool(true),
            Truth::False => Self::Bool(false),
            Truth::Unknown => Self::Unknown,
        }
    }
}

/// A value that is written out in a condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Const {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Box<str>),
    Timestamp(jiff::Timestamp),
    Duration(jiff::SignedDuration),
    List(Box<[Const]>),
}

impl<'v> From<&'v Const> for Val<'v> {
    fn from(constant: &'v Const) -> Self {
        match constant {
            Const::Null => Self::Null,
            Const::Bool(value) => Self::Bool(*value),
            Const::Int(value) => Self::Int(*value),
            Const::Double(value) => Self::Double(*value),
            Const::Text(text) => Self::Text(text),
            Const::Timestamp(moment) => Self::Timestamp(*moment),
            Const::Duration(span) => Self::Duration(*span),
            Const::List(list) => Self::Constants(list),
        }
    }
}

/// A list that can be walked, whatever it is made of.
#[derive(Debug, Clone)]
pub(crate) enum Elements<'v> {
    Json(&'v [Value]),
    Resources(&'v [&'v Resource], Option<&'v str>),
    Related(Rc<RelatedList<'v>>),
    Constants(&'v [Const]),
    Items(Rc<ComputedList<'v>>),
}

impl<'v> Elements<'v> {
    /// The number of elements that are known, certain or not.
    pub fn len(&self) -> usize {
        match self {
            Self::Json(list) => list.len(),
            Self::Resources(list, _) => list.len(),
            Self::Related(list) => list.certain().len() + list.maybe().len(),
            Self::Constants(list) => list.len(),
            Self::Items(list) => list.items.len(),
        }
    }

    /// The element at a position below [`len`](Self::len), and whether it is not certain to be there.
    pub fn get(&self, position: usize) -> (Val<'v>, bool) {
        match self {
            Self::Json(list) => (Val::Json(&list[position]), false),
            Self::Resources(list, _) => (Val::Resource(list[position]), false),
            Self::Related(list) => {
                let (position, is_maybe) = list.position(position);
                (Val::Resource(list.population[position]), is_maybe)
            }
            Self::Constants(list) => (Val::from(&list[position]), false),
            Self::Items(list) => (list.items[position].val.clone(), list.items[position].is_maybe),
        }
    }

    /// The text at a position below [`len`](Self::len), if it is one.
    pub fn text(&self, position: usize) -> Option<&str> {
        match self {
            Self::Json(list) => list[position].as_str(),
            Self::Constants(list) => match &list[position] {
                Const::Text(text) => Some(text),
                _ => None,
            },
            Self::Items(list) => list.items[position].val.as_text(),
            Self::Resources(..) | Self::Related(_) => None,
        }
    }

    /// The number of elements that are in the list for certain.
    pub fn certain(&self) -> usize {
        match self {
            Self::Items(list) => list.items.iter().filter(|item| !item.is_maybe).count(),
            Self::Related(list) => list.certain().len(),
            Self::Json(_) | Self::Resources(..) | Self::Constants(_) => self.len(),
        }
    }

    /// Says whether there is an element for each of many resources.
    pub fn are_of_resources(&self) -> bool {
        match self {
            Self::Resources(..) | Self::Related(_) => true,
            Self::Items(list) => list.is_of_resources,
            Self::Json(_) | Self::Constants(_) => false,
        }
    }

    /// The kind because of which there may be more elements.
    pub fn open(&self) -> Option<&'v str> {
        match self {
            Self::Resources(_, open) => *open,
            Self::Related(list) => list.open,
            Self::Items(list) => list.open,
            Self::Json(_) | Self::Constants(_) => None,
        }
    }

    /// Says whether there may be other elements.
    pub fn may_have_more(&self) -> bool {
        let is_vague = match self {
            Self::Items(list) => list.is_vague,
            Self::Related(list) => list.is_vague,
            Self::Json(_) | Self::Resources(..) | Self::Constants(_) => false,
        };
        is_vague || self.open().is_some()
    }

    /// Says whether exactly these elements are in the list, for certain.
    pub fn is_certain(&self) -> bool {
        !self.may_have_more() && self.certain() == self.len()
    }
}

/// The JSON that a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Any,
    Bool,
    Int,
    Double,
    Text,
    List,
    Object,
}

impl Expected {
    pub fn of(declared: &Type) -> Self {
        match declared {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Double => Self::Double,
            Type::String | Type::TimestampText => Self::Text,
            Type::List(_) => Self::List,
            Type::Object(_) | Type::Map(_) | Type::Policy => Self::Object,
            Type::Nullable(inner) => Self::of(inner),
            Type::Any | Type::Null | Type::Timestamp | Type::Duration => Self::Any,
        }
    }

    /// In words, to follow "should be".
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Double => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}
