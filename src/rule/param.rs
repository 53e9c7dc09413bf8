//! Parameters of rules: what their author leaves to the user's decision, with types and defaults.

use serde::Deserialize;
use serde_json::Value;

/// What a parameter may be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    /// A whole number.
    Int,
    /// A number, whole or not.
    Number,
    /// A text.
    String,
    /// `true` or `false`.
    Bool,
    /// A list of texts.
    List,
}

impl ParamType {
    /// The word as it is written in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            ParamType::Int => "int",
            ParamType::Number => "number",
            ParamType::String => "string",
            ParamType::Bool => "bool",
            ParamType::List => "list",
        }
    }

    /// The type in words, to follow "expected".
    pub fn in_words(self) -> &'static str {
        match self {
            ParamType::Int => "a whole number",
            ParamType::Number => "a number",
            ParamType::String => "a text",
            ParamType::Bool => "true or false",
            ParamType::List => "a list of texts",
        }
    }

    /// Whether a parameter of this type may have that value.
    pub fn admits(self, value: &Value) -> bool {
        match self {
            ParamType::Int => value.is_i64(),
            ParamType::Number => value.is_number(),
            ParamType::String => value.is_string(),
            ParamType::Bool => value.is_boolean(),
            ParamType::List => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        }
    }
}

/// One parameter of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// What it may be set to.
    pub value_type: ParamType,
    /// Its value unless the user sets another.
    pub default: Value,
    /// What it means, with its unit.
    pub description: String,
}

impl Param {
    /// Why the parameter cannot have that value, if it cannot.
    pub fn refuses(&self, value: &Value) -> Option<String> {
        (!self.value_type.admits(value)).then(|| format!("expected {}, found `{value}`", self.value_type.in_words()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_type_admits_its_own_values_only() {
        let values = [json!(7), json!(7.5), json!("x"), json!(true), json!(["a"])];
        let admitted = |kind: ParamType| values.iter().map(|value| kind.admits(value)).collect::<Vec<_>>();
        assert_eq!(admitted(ParamType::Int), [true, false, false, false, false]);
        assert_eq!(admitted(ParamType::Number), [true, true, false, false, false]);
        assert_eq!(admitted(ParamType::String), [false, false, true, false, false]);
        assert_eq!(admitted(ParamType::Bool), [false, false, false, true, false]);
        assert_eq!(admitted(ParamType::List), [false, false, false, false, true]);
        assert!(!ParamType::List.admits(&json!(["a", 1])));
        assert!(!ParamType::Int.admits(&json!(u64::MAX)), "conditions compute with 64 bits, signed");
    }
}
