//! Conditions: of which resources a call asks, and which items of a list are kept.

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::Value;

use super::template::{Template, TemplateScope as References};

/// What must hold of a value.
#[derive(Debug, Clone)]
pub(super) enum WhenText {
    /// It is one of these.
    OneOf(Vec<Value>),
    /// It is none of these.
    NoneOf(Vec<Value>),
    /// It is text that begins with one of these.
    Begins(Vec<String>),
    /// It is there and neither empty nor false.
    Set(bool),
}

impl<'de> Deserialize<'de> for WhenText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = Value::deserialize(deserializer)?;
        let one = said.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next());
        match (&said, one.map(|(word, values)| (word.as_str(), values))) {
            (Value::String(word), _) if word == "set" => return Ok(Self::Set(true)),
            (Value::String(word), _) if word == "unset" => return Ok(Self::Set(false)),
            (Value::Array(values), _) => return Ok(Self::OneOf(values.clone())),
            (_, Some(("not", Value::Array(values)))) => return Ok(Self::NoneOf(values.clone())),
            (_, Some(("begins", Value::Array(values)))) => {
                let texts: Option<Vec<String>> = values.iter().map(|text| text.as_str().map(str::to_owned)).collect();
                if let Some(texts) = texts {
                    return Ok(Self::Begins(texts));
                }
            }
            _ => {}
        }
        Err(serde::de::Error::custom(
            "a condition is `set`, `unset`, a list of values, `{not: [...]}` or `{begins: [...]}`",
        ))
    }
}

/// What must hold of a resource for a call to be made, or of an item for it to be kept.
#[derive(Debug)]
pub(super) struct Condition {
    pub of: Template,
    pub holds: WhenText,
    /// What a call would tell is unknown where this does not hold: there is something that cannot be asked for.
    pub leaves_unknown: bool,
}

impl Condition {
    /// Whether it holds where references resolve so.
    pub fn holds(&self, references: &References<'_>) -> bool {
        let value = self.of.resolve(references);
        match (&self.holds, &value) {
            (WhenText::OneOf(values), value) => values.contains(value.as_ref().unwrap_or(&Value::Null)),
            (WhenText::NoneOf(values), value) => !values.contains(value.as_ref().unwrap_or(&Value::Null)),
            (WhenText::Begins(texts), value) => {
                let text = value.as_ref().and_then(Value::as_str);
                text.is_some_and(|text| texts.iter().any(|begin| text.starts_with(begin)))
            }
            (WhenText::Set(wanted), value) => *wanted == value.as_ref().is_some_and(is_set),
        }
    }

    /// Whether nobody can say if it holds, because the value that it is about is not there.
    pub fn is_open(&self, references: &References<'_>) -> bool {
        let knows_null = match &self.holds {
            WhenText::OneOf(values) | WhenText::NoneOf(values) => values.contains(&Value::Null),
            WhenText::Begins(_) => false,
            WhenText::Set(_) => true,
        };
        !knows_null && self.of.resolve(references).is_none()
    }
}

/// A value that is there and neither empty nor false.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(when: &Value) -> Condition {
        let holds = serde_json::from_value(when.clone()).unwrap();
        Condition { of: Template::identifier("Engine").unwrap(), holds, leaves_unknown: false }
    }

    #[test]
    fn conditions_hold_and_are_open_where_a_value_is_missing() {
        let table = [
            (json!(["mysql"]), [true, false, false], true),
            (json!(["mysql", null]), [true, false, true], false),
            (json!({"not": ["neptune"]}), [true, false, true], true),
            (json!({"begins": ["my"]}), [true, false, false], true),
            (json!("set"), [true, true, false], false),
            (json!("unset"), [false, false, true], false),
        ];
        for (when, holds, is_open) in table {
            let condition = condition(&when);
            let items = [json!({"Engine": "mysql"}), json!({"Engine": "neptune"}), json!({})];
            assert_eq!(items.each_ref().map(|item| condition.holds(&References::of(item))), holds, "{when}");
            assert_eq!(condition.is_open(&References::of(&items[2])), is_open, "{when}");
            assert!(!condition.is_open(&References::of(&items[0])), "{when}");
        }
        for no_condition in [json!("there"), json!({"not": "x"}), json!({"begins": [1]}), json!({"over": [1]})] {
            assert!(serde_json::from_value::<WhenText>(no_condition).is_err());
        }
    }
}
