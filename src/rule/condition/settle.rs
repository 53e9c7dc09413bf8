//! JSON as the value that its type says.

use serde_json::Value;

use crate::rule::value::{Expected, Val};

/// The value as its type says, or `None` if the JSON is something else.
pub(super) fn settle(value: &Value, expected: Expected, is_nullable: bool) -> Option<Val<'_>> {
    Some(match (value, expected) {
        (Value::Null, Expected::Any) => Val::Null,
        (Value::Null, _) if is_nullable => Val::Null,
        (Value::String(text), Expected::Text | Expected::Any) => Val::Text(text),
        (Value::Bool(value), Expected::Bool | Expected::Any) => Val::Bool(*value),
        (Value::Number(number), Expected::Int) => Val::Int(number.as_i64()?),
        (Value::Number(number), Expected::Double) => Val::Double(number.as_f64()?),
        (Value::Number(_), Expected::Any) => Val::Json(value).plain(),
        (Value::Array(_), Expected::List | Expected::Any) | (Value::Object(_), Expected::Object | Expected::Any) => {
            Val::Json(value)
        }
        _ => return None,
    })
}
