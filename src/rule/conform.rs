//! Checks whether facts that were written by hand could have come from a collector: they have the names and types of
//! the kind's schema.
//!
//! A fact may be missing at any depth, because that is how a fact looks that was not read. It may not be misspelled.

use serde_json::{Map, Value};

use crate::source::suggest;

/// A fact that no collector would give.
#[derive(Debug, PartialEq)]
pub(crate) struct Misfit {
    /// The path from the resource, such as `LoggingEnabled.TargetBucket` or `Rules[0].Id`.
    pub path: String,
    /// The last name on the path.
    pub name: String,
    /// The fault, in words.
    pub message: String,
    /// A hint at what would be right.
    pub help: Option<String>,
}

/// Everything about the facts that does not fit the schema.
pub(crate) fn misfits(schema: &Value, facts: &Map<String, Value>) -> Vec<Misfit> {
    let mut found = Vec::new();
    object(schema, facts, &NamedFact { text: String::new(), name: String::new() }, &mut found);
    found
}

struct NamedFact {
    text: String,
    name: String,
}

impl NamedFact {
    fn field(&self, name: &str) -> Self {
        let dot = if self.text.is_empty() { "" } else { "." };
        Self { text: format!("{}{dot}{name}", self.text), name: name.to_owned() }
    }

    fn item(&self, index: usize) -> Self {
        Self { text: format!("{}[{index}]", self.text), name: self.name.clone() }
    }

    fn misfit(&self, message: String, help: Option<String>) -> Misfit {
        Misfit { path: self.text.clone(), name: self.name.clone(), message, help }
    }
}

fn check(schema: &Value, value: &Value, path: &NamedFact, found: &mut Vec<Misfit>) {
    if let Some(alternatives) = alternatives(schema) {
        return any_of(alternatives, value, path, found);
    }
    let types = types(schema);
    if !types.is_empty() && !types.iter().any(|name| is_of_type(value, name)) {
        let message = format!("`{}` is {}, but must be {}", path.text, in_words(value), types.join(" or "));
        return found.push(path.misfit(message, None));
    }
    if let Some(problem) = wrong_choice(schema, value).or_else(|| wrong_format(schema, value)) {
        return found.push(path.misfit(format!("`{}` {problem}", path.text), None));
    }
    match value {
        Value::Object(fields) => object(schema, fields, path, found),
        Value::Array(items) => {
            let item_schema = schema.get("items").unwrap_or(&Value::Bool(true));
            items.iter().enumerate().for_each(|(index, item)| check(item_schema, item, &path.item(index), found));
        }
        _ => {}
    }
}

fn object(schema: &Value, fields: &Map<String, Value>, path: &NamedFact, found: &mut Vec<Misfit>) {
    let known = schema.get("properties").and_then(Value::as_object);
    let others = schema.get("additionalProperties").filter(|others| **others != Value::Bool(false));
    for (name, value) in fields {
        let field = path.field(name);
        match (known.and_then(|known| known.get(name)), others, known) {
            (Some(schema), ..) | (None, Some(schema), _) => check(schema, value, &field, found),
            (None, None, Some(known)) => {
                let help = suggest::help(name, known.keys().map(String::as_str));
                found.push(field.misfit(format!("there is no fact `{}`", field.text), help));
            }
            // An object whose fields the schema does not name is opaque: a policy document.
            (None, None, None) => {}
        }
    }
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array)
}

/// Fits if one alternative does; otherwise complains as the one alternative of the value's own type would.
fn any_of(alternatives: &[Value], value: &Value, path: &NamedFact, found: &mut Vec<Misfit>) {
    let complaints: Vec<(&Value, Vec<Misfit>)> = alternatives
        .iter()
        .map(|schema| {
            let mut found = Vec::new();
            check(schema, value, path, &mut found);
            (schema, found)
        })
        .collect();
    if complaints.iter().any(|(_, found)| found.is_empty()) {
        return;
    }
    let mut nearest = complaints.into_iter().filter(|(schema, _)| types(schema).iter().any(|t| is_of_type(value, t)));
    match (nearest.next(), nearest.next()) {
        (Some((_, complaint)), None) => found.extend(complaint),
        _ => {
            let message = format!("`{}` is {}, which none of its forms allows", path.text, in_words(value));
            found.push(path.misfit(message, suggest::help(&value_text(value), choices(alternatives))));
        }
    }
}

fn choices(alternatives: &[Value]) -> Vec<&str> {
    alternatives.iter().filter_map(|schema| schema.get("const").and_then(Value::as_str)).collect()
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

fn wrong_choice(schema: &Value, value: &Value) -> Option<String> {
    let allowed = match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(only), _) => vec![only],
        (None, Some(several)) => several.iter().collect(),
        (None, None) => return None,
    };
    if allowed.contains(&value) {
        return None;
    }
    let names: Vec<String> = allowed.into_iter().map(value_text).collect();
    Some(format!("is {}, but must be one of {}", in_words(value), names.join(", ")))
}

fn wrong_format(schema: &Value, value: &Value) -> Option<String> {
    let text = value.as_str().filter(|_| schema.get("format").and_then(Value::as_str) == Some("date-time"))?;
    text.parse::<jiff::Timestamp>().is_err().then(|| format!("is `{text}`, which is no RFC 3339 timestamp"))
}

fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("the boolean {flag}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {text:?}"),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde::Serialize;
    use serde_json::json;

    use super::*;
    use crate::model::{Fact, Kind, PolicyDocument, Scope, Timestamp};

    #[derive(Serialize, JsonSchema)]
    #[serde(rename_all = "PascalCase")]
    struct Bucket {
        name: String,
        #[serde(skip_serializing_if = "Fact::is_unknown")]
        versioning: Fact<Option<Versioning>>,
        #[serde(skip_serializing_if = "Fact::is_unknown")]
        policy: Fact<Option<PolicyDocument>>,
        #[serde(skip_serializing_if = "Fact::is_unknown")]
        created: Fact<Timestamp>,
        #[serde(skip_serializing_if = "Fact::is_unknown")]
        tags: Fact<BTreeMap<String, String>>,
        #[serde(skip_serializing_if = "Fact::is_unknown")]
        days: Fact<Option<i32>>,
        #[serde(skip_serializing_if = "Fact::is_unknown")]
        rules: Fact<Vec<Versioning>>,
    }

    #[derive(Serialize, JsonSchema)]
    #[serde(rename_all = "PascalCase")]
    struct Versioning {
        status: Status,
        mfa_delete: Option<bool>,
    }

    #[derive(Serialize, JsonSchema)]
    #[allow(dead_code)]
    enum Status {
        Enabled,
        Suspended,
    }

    fn found(facts: Value) -> Vec<String> {
        let kind = Kind::of::<Bucket>("AWS::S3::Bucket", "s3", Scope::Account);
        let Value::Object(facts) = facts else { panic!("facts are an object") };
        misfits(kind.schema().as_value(), &facts)
            .into_iter()
            .map(|misfit| misfit.message + &misfit.help.map(|help| format!("; {help}")).unwrap_or_default())
            .collect()
    }

    #[test]
    fn facts_of_the_right_names_and_types_fit() {
        assert_eq!(found(json!({})), [""; 0]);
        let whole = json!({
            "Name": "a", "Versioning": {"Status": "Enabled", "MfaDelete": null}, "Policy": {"Statement": []},
            "Created": "2026-01-01T00:00:00Z", "Tags": {"any": "thing"}, "Days": 7, "Rules": [{"Status": "Suspended"}]
        });
        assert_eq!(found(whole), [""; 0]);
        assert_eq!(found(json!({"Versioning": null, "Policy": null, "Days": null, "Rules": []})), [""; 0]);
    }

    #[test]
    fn a_misspelled_fact_is_found_at_every_depth() {
        assert_eq!(found(json!({"Versionning": null})), ["there is no fact `Versionning`; did you mean `Versioning`?"]);
        assert_eq!(
            found(json!({"Rules": [{"Status": "Enabled"}, {"Statuss": "Enabled"}]})),
            ["there is no fact `Rules[1].Statuss`; did you mean `Status`?"]
        );
        assert_eq!(
            found(json!({"Versioning": {"MFADelete": true}})),
            ["there is no fact `Versioning.MFADelete`; did you mean `MfaDelete`?"]
        );
    }

    #[test]
    fn a_wrong_type_is_found() {
        assert_eq!(found(json!({"Name": null})), ["`Name` is null, but must be string"]);
        assert_eq!(found(json!({"Days": "7"})), ["`Days` is the string \"7\", but must be integer or null"]);
        assert_eq!(found(json!({"Days": 7.5})), ["`Days` is the number 7.5, but must be integer or null"]);
        assert_eq!(found(json!({"Tags": {"a": true}})), ["`Tags.a` is the boolean true, but must be string"]);
        assert_eq!(found(json!({"Policy": "{}"})).len(), 1);
        assert_eq!(
            found(json!({"Created": "yesterday"})),
            ["`Created` is `yesterday`, which is no RFC 3339 timestamp"]
        );
        assert_eq!(
            found(json!({"Versioning": {"Status": "enabled"}})),
            ["`Versioning.Status` is the string \"enabled\", but must be one of Enabled, Suspended"]
        );
    }
}
