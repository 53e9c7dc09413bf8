//! A fact that was read and a fact that was not are different types of thing.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// One property of a resource: known with its value, or not known at all.
///
/// `Known(None)`, `Known(false)` and `Known([])` say "AWS told us that nothing is configured". `Unknown` says "we did
/// not read it" and is left out of the resource's JSON, so that no rule can mistake one for the other. Every field of
/// this type needs `#[serde(skip_serializing_if = "Fact::is_unknown")]`, which the honesty tests check.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Fact<T> {
    /// AWS answered, and this is what it said.
    Known(T),
    /// No answer: not asked for, or the call failed (then there is a gap that says why).
    #[default]
    Unknown,
}

impl<T> Fact<T> {
    /// True for a fact that was not read.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Fact::Unknown)
    }

    /// The value, if the fact was read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            Fact::Unknown => None,
        }
    }

    /// Changes the value of a known fact; an unknown one stays unknown.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Fact::Known(value) => Fact::Known(change(value)),
            Fact::Unknown => Fact::Unknown,
        }
    }
}

impl<T> From<Option<T>> for Fact<T> {
    /// `None` becomes `Unknown`: use it where `None` means "not read", never where it means "not configured".
    fn from(option: Option<T>) -> Self {
        option.map_or(Fact::Unknown, Fact::Known)
    }
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Fact::Known(value) => value.serialize(serializer),
            Fact::Unknown => Err(serde::ser::Error::custom("an unknown fact must be skipped, not serialized")),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Fact<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// An IAM or resource policy: a JSON document that only the policy helpers may look into.
///
/// Rules cannot select its fields: statements mean something only together, and matching their text is how other
/// scanners come to wrong answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PolicyDocument(pub Value);

impl PolicyDocument {
    /// Reads the text that AWS returned.
    ///
    /// # Errors
    /// If the text is no JSON object, with the parser's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str::<Value>(text) {
            Ok(value @ Value::Object(_)) => Ok(Self(value)),
            Ok(_) => Err("the policy is not a JSON object".to_owned()),
            Err(error) => Err(format!("the policy is not JSON: {}", crate::error::json_document_in_words(&error))),
        }
    }

    /// Reads a document that IAM returned percent-encoded (RFC 3986), as its API does for every policy.
    ///
    /// # Errors
    /// If the decoded text is no JSON object.
    pub fn parse_percent_encoded(text: &str) -> Result<Self, String> {
        let decoded = percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .map_err(|error| format!("the policy is not UTF-8: {error}"))?;
        Self::parse(&decoded)
    }
}

impl JsonSchema for PolicyDocument {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PolicyDocument".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "object", "format": "iam-policy"})
    }
}
