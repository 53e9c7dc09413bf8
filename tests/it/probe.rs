//! Rules of the tests' own that read every fact of every kind, so that what the sweep covers does not hang on which
//! rules are shipped: an operation whose facts no rule reads would otherwise not be called.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use safeguard::model::Kind;
use serde_json::Value;

/// Writes one rule for each kind into a folder.
pub fn write_rules(folder: &Path) {
    write_rules_of(folder, safeguard::collect::kinds().iter());
}

/// Writes one rule for each of these kinds into a folder.
pub fn write_rules_of<'k>(folder: &Path, kinds: impl Iterator<Item = &'k Kind>) {
    fs::create_dir_all(folder).expect("create the folder of probes");
    for kind in kinds {
        let id = id(kind.name);
        fs::write(folder.join(format!("{id}.yaml")), rule(kind, &id)).expect("write a probe");
    }
}

/// The id of the rule that reads every fact of a kind.
pub fn id(kind: &str) -> String {
    format!("probe-{}", kind.to_lowercase().replace("::", "-"))
}

fn rule(kind: &Kind, id: &str) -> String {
    let schema = kind.schema().as_value();
    let facts = schema["properties"].as_object().into_iter().flatten();
    let conditions: Vec<String> =
        facts.filter_map(|(name, schema)| always_true(&format!("resource.{name}"), schema)).collect();
    let mut text = String::new();
    let pass = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" && ") };
    write!(
        text,
        "id: {id}\ntitle: Every fact of {name} is read\nseverity: low\nkind: {name}\nhipaa: []\nsoc2: [CC6.1]\n\
         why: A fact that nobody reads is a fact that nobody misses.\npass: {pass:?}\n\
         fail_message: this cannot be\nremediation: {{summary: None., cli: aws help}}\n\
         references: [\"https://docs.aws.amazon.com/\"]\nexamples: []\n",
        name = kind.name,
    )
    .expect("write to a string");
    text
}

/// A condition that is true whatever the fact says, and unknown when it was not read.
fn always_true(path: &str, schema: &Value) -> Option<String> {
    if admits_null(schema) {
        return Some(format!("({path} == null) == ({path} == null)"));
    }
    match schema["type"].as_str()? {
        "array" => Some(format!("size({path}) >= 0")),
        "object" if schema["format"] == "iam-policy" => {
            // A question that every sort of policy answers, those with principals and those without.
            Some(format!("(has_enclave_condition({path}) || !has_enclave_condition({path}))"))
        }
        "object" => match schema["properties"].as_object().and_then(|fields| fields.iter().next()) {
            Some((name, field)) => always_true(&format!("{path}.{name}"), field),
            None => Some(format!("size({path}) >= 0")),
        },
        _ => Some(format!("{path} == {path}")),
    }
}

fn admits_null(schema: &Value) -> bool {
    let is_null = |schema: &Value| schema["type"] == "null";
    let words = schema["type"].as_array().into_iter().flatten();
    let alternatives = ["anyOf", "oneOf"].iter().filter_map(|key| schema[*key].as_array()).flatten();
    words.into_iter().any(|word| word == "null") || alternatives.into_iter().any(is_null)
}
