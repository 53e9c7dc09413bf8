//! OSCAL's data types: what a text must look like to be a token, a string, a line of markup, a moment.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::markup::prose;
use super::super::text::escape;
use crate::model::Framework;

/// The owner of the properties' names.
const NAMESPACE: &str = "urn:x-safeguard:oscal";
/// The namespace of the UUIDs: made once, for this format only.
const IDS: Uuid = Uuid::from_u128(0x1b8e_5d4c_90c3_4f0b_8a6b_6f0d_0d1f_7c25);
/// The most that is written of one text, in columns.
const TEXT: usize = 4_000;

/// UUIDs of version 5.
pub(super) struct Id;

impl Id {
    /// The id of what these parts name together.
    pub(super) fn of(parts: &[&str]) -> String {
        let mut name = Vec::new();
        for part in parts {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        Uuid::new_v5(&IDS, &name).to_string()
    }
}

/// A requirement's id as a token: `164.312(a)(2)(iv)` becomes `hipaa-164.312.a.2.iv`, and `CC6.7` becomes `soc2-CC6.7`.
pub(super) fn token(framework: Framework, id: &str) -> String {
    let prefix = match framework {
        Framework::Hipaa => "hipaa-",
        Framework::Soc2 => "soc2-",
    };
    let body = id.chars().filter(|character| *character != ')').map(|character| match character {
        '(' => '.',
        '.' | '-' | '_' => character,
        other if other.is_ascii_alphanumeric() => other,
        _ => '_',
    });
    prefix.chars().chain(body).collect()
}

/// A string: not empty, no blanks at its ends, nothing invisible.
pub(super) fn string(text: &str) -> String {
    let text = escape(text);
    match text.trim() {
        "" => "(empty)".to_owned(),
        text => text.to_owned(),
    }
}

/// A line of markup in which text from elsewhere means nothing.
pub(super) fn line(text: &str) -> String {
    prose(text, TEXT)
}

/// Properties in our namespace; those without a value are left out.
pub(super) fn props<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let values = values.into_iter().filter(|(_, value)| !value.trim().is_empty());
    values.map(|(name, value)| json!({"name": name, "ns": NAMESPACE, "value": string(value)})).collect()
}
