//! The policy of a resource together with the resource control policies that are in force for it.

use serde_json::{Map, Value, json};

use super::document::ParsedPolicy;

/// One document that comes to what the policy of a resource and the resource control policies over it come to together.
///
/// A resource control policy only takes away, so its Allow statements are left out: the one that AWS attaches allows
/// everything and grants nothing. Its Deny statements bind whoever asks, as those of the resource's own policy do.
/// Null for the policy is a resource without one.
///
/// # Errors
/// Which of the documents cannot be read, and why.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>.
pub fn governed(policy: &Value, controls: &[&Value]) -> Result<Value, String> {
    let mut together = if policy.is_null() { Vec::new() } else { own(policy)? };
    for control in controls {
        ParsedPolicy::read(control).map_err(|reason| format!("a resource control policy cannot be read: {reason}"))?;
        together.extend(statements(control).into_iter().filter(is_deny).map(named));
    }
    Ok(json!({"Version": "2012-10-17", "Statement": together}))
}

/// The resource's own statements. A text that looks like a variable is plain text in a document of the first version.
fn own(policy: &Value) -> Result<Vec<Value>, String> {
    ParsedPolicy::read(policy)?;
    let has_variables = policy["Version"] == "2012-10-17";
    let statements = statements(policy);
    Ok(if has_variables { statements } else { statements.iter().map(without_variables).collect() })
}

fn statements(policy: &Value) -> Vec<Value> {
    match &policy["Statement"] {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    }
}

fn is_deny(statement: &Value) -> bool {
    statement["Effect"] == "Deny"
}

/// Readers find the statement by this name.
fn named(mut statement: Value) -> Value {
    let name = match statement["Sid"].as_str() {
        Some(sid) if !sid.is_empty() => format!("{sid} of a resource control policy"),
        _ => "of a resource control policy".to_owned(),
    };
    statement["Sid"] = Value::String(name);
    statement
}

fn without_variables(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("${", "${$}{")),
        Value::Array(list) => list.iter().map(without_variables).collect(),
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.iter().map(|(key, own)| (key.clone(), without_variables(own))).collect();
            Value::Object(fields)
        }
        other => other.clone(),
    }
}
