//! The types that conditions compute with, and how they follow from the JSON Schema of a kind's facts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::ParamType;
use crate::model::Kind;

/// The type of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Anything: a fact whose schema says nothing. Compared by its value's own type when the condition runs.
    Any,
    /// Only `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// 64 bits, signed.
    Int,
    /// 64 bits, floating point.
    Double,
    /// A text.
    String,
    /// A text that holds a moment (RFC 3339). `timestamp()` turns it into a [`Timestamp`](Self::Timestamp).
    TimestampText,
    /// A moment.
    Timestamp,
    /// A span of time.
    Duration,
    /// An IAM or resource policy: only the policy functions look inside.
    Policy,
    /// Any number of one type.
    List(Arc<Type>),
    /// Named fields: a resource, or a part of one.
    Object(Arc<ObjectType>),
    /// Any keys, one type of value. Its keys are data, not facts: a missing one is not an unread one.
    Map(Arc<Type>),
    /// The inner type, or `null` for "not configured". It is never nested.
    Nullable(Arc<Type>),
}

/// An object's fields.
#[derive(Debug, PartialEq)]
pub struct ObjectType {
    /// Its name in error messages: the kind, or the fact that has this shape.
    pub name: String,
    /// The kind, if this is a whole resource.
    pub kind: Option<String>,
    /// The fields by name.
    pub fields: BTreeMap<String, Type>,
}

impl Type {
    /// The type of a kind's resources.
    pub fn of_kind(kind: &Kind) -> Self {
        let empty = Map::new();
        let properties = kind.schema().as_value().get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let fields = fields_of(properties);
        Self::Object(Arc::new(ObjectType { name: kind.name.to_owned(), kind: Some(kind.name.to_owned()), fields }))
    }

    /// The type of a rule's parameter.
    pub fn of_param(param: ParamType) -> Self {
        match param {
            ParamType::Int => Self::Int,
            ParamType::Number => Self::Double,
            ParamType::String => Self::String,
            ParamType::Bool => Self::Bool,
            ParamType::List => Self::List(Arc::new(Self::String)),
        }
    }

    /// The type of the values that a JSON Schema admits. `name` is the fact that has the schema. A part that the schema
    /// leaves open, or describes in a way that facts never use (references, unions of different shapes), is
    /// [`Any`](Self::Any).
    pub fn of_schema(schema: &Value, name: &str) -> Self {
        let Some(schema) = schema.as_object() else { return Self::Any };
        if let Some(alternatives) = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(*key)?.as_array()) {
            return Self::of_alternatives(alternatives.iter().map(|schema| Self::of_schema(schema, name)));
        }
        match schema.get("type") {
            Some(Value::String(word)) => Self::of_word(word, schema, name),
            Some(Value::Array(words)) => {
                let words = words.iter().filter_map(Value::as_str);
                Self::of_alternatives(words.map(|word| Self::of_word(word, schema, name)))
            }
            _ => Self::of_examples(schema),
        }
    }

    fn of_word(word: &str, schema: &Map<String, Value>, name: &str) -> Self {
        match (word, schema.get("format").and_then(Value::as_str)) {
            ("null", _) => Self::Null,
            ("boolean", _) => Self::Bool,
            ("integer", _) => Self::Int,
            ("number", _) => Self::Double,
            ("string", Some("date-time")) => Self::TimestampText,
            ("string", _) => Self::String,
            ("array", _) => {
                Self::List(Arc::new(schema.get("items").map_or(Self::Any, |items| Self::of_schema(items, name))))
            }
            ("object", Some("iam-policy")) => Self::Policy,
            ("object", _) => Self::of_object(schema, name),
            _ => Self::Any,
        }
    }

    fn of_object(schema: &Map<String, Value>, name: &str) -> Self {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let fields = fields_of(properties);
            return Self::Object(Arc::new(ObjectType { name: name.to_owned(), kind: None, fields }));
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) | None => Self::Any,
            Some(values) => Self::Map(Arc::new(Self::of_schema(values, name))),
        }
    }

    /// A schema without a type may still list its values.
    fn of_examples(schema: &Map<String, Value>) -> Self {
        let values = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice);
        let values = values.or_else(|| schema.get("const").map(std::slice::from_ref)).unwrap_or_default();
        Self::of_alternatives(values.iter().map(|value| match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_i64() => Self::Int,
            Value::Number(_) => Self::Double,
            Value::String(_) => Self::String,
            Value::Array(_) | Value::Object(_) => Self::Any,
        }))
    }

    fn of_alternatives(types: impl Iterator<Item = Self>) -> Self {
        types.reduce(|a, b| a.join(&b).unwrap_or(Self::Any)).unwrap_or(Self::Any)
    }

    /// The type that also admits null.
    #[must_use]
    pub fn nullable(self) -> Self {
        match self {
            Self::Any | Self::Null | Self::Nullable(_) => self,
            other => Self::Nullable(Arc::new(other)),
        }
    }

    /// The type without null.
    #[must_use]
    pub fn not_null(&self) -> Self {
        match self {
            Self::Nullable(inner) => (**inner).clone(),
            other => other.clone(),
        }
    }

    /// Says whether `null` is one of its values.
    pub fn admits_null(&self) -> bool {
        matches!(self, Self::Any | Self::Null | Self::Nullable(_))
    }

    /// The one type that has the values of both, if there is one.
    pub fn join(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            _ if self == other => Some(self.clone()),
            (Self::Any, _) | (_, Self::Any) => Some(Self::Any),
            (Self::Null, some) | (some, Self::Null) => Some(some.clone().nullable()),
            (Self::Nullable(inner), some) | (some, Self::Nullable(inner)) => {
                inner.join(&some.not_null()).map(Self::nullable)
            }
            (Self::String, Self::TimestampText) | (Self::TimestampText, Self::String) => Some(Self::String),
            (Self::List(a), Self::List(b)) => a.join(b).map(|inner| Self::List(Arc::new(inner))),
            _ => None,
        }
    }

    /// Says whether its values are numbers, for certain.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }

    /// Says whether its values are texts, for certain.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::String | Self::TimestampText)
    }

    /// Says whether two values of these types can be equal, nulls aside. Objects and policies are never compared: a
    /// part of them that was not read would look like a difference.
    pub fn is_comparable_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nullable(inner), other) | (other, Self::Nullable(inner)) => inner.is_comparable_with(other),
            (Self::Object(_) | Self::Map(_) | Self::Policy, _) | (_, Self::Object(_) | Self::Map(_) | Self::Policy) => {
                false
            }
            (Self::Any | Self::Null, _) | (_, Self::Any | Self::Null) => true,
            (Self::List(a), Self::List(b)) => a.is_comparable_with(b),
            _ => self == other || (self.is_number() && other.is_number()) || (self.is_text() && other.is_text()),
        }
    }
}

fn fields_of(properties: &Map<String, Value>) -> BTreeMap<String, Type> {
    properties.iter().map(|(name, schema)| (name.clone(), Type::of_schema(schema, name))).collect()
}

impl fmt::Display for Type {
    /// In words, to follow "is".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("anything"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::TimestampText => f.write_str("string (a moment)"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::Policy => f.write_str("policy document"),
            Self::List(inner) => write!(f, "list of {inner}"),
            Self::Object(object) if object.kind.is_some() => write!(f, "{} resource", object.name),
            Self::Object(object) => write!(f, "object ({})", object.name),
            Self::Map(inner) => write!(f, "map of {inner}"),
            Self::Nullable(inner) => write!(f, "{inner} or null"),
        }
    }
}
