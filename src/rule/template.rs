//! Messages with facts in them: `bucket {resource.BucketName} keeps old versions for {params.days} days`.

use serde_json::Value;

use super::condition::{CelEnvironment, ConditionError, Expression, Needs, PopulationLoop};
use super::fault::EvaluationError;
use super::inventory::Context;
use super::value::Val;

mod parts;

/// Longest value in a message, in characters. Names from AWS can be very long.
const MAX_VALUE: usize = 200;

/// A compiled message.
#[derive(Debug)]
pub struct Template {
    source: String,
    parts: Vec<TemplatePart>,
    needs: Needs,
}

#[derive(Debug)]
enum TemplatePart {
    Text(String),
    Value(Expression),
}

impl Template {
    /// Compiles a message. Braces hold any expression of the rule language; `{{` and `}}` stand for braces themselves.
    /// A part of a fact that is null is null here: nothing needs to be guarded.
    ///
    /// # Errors
    /// Everything that is wrong with it; offsets count from the message's start.
    pub fn compile(text: &str, env: &CelEnvironment) -> Result<Self, Vec<ConditionError>> {
        let (mut parts, mut errors, mut needs) = (Vec::new(), Vec::new(), Needs::default());
        for piece in parts::split(text).map_err(|error| vec![error])? {
            match piece {
                parts::MessagePiece::Text(text) => parts.push(TemplatePart::Text(text)),
                parts::MessagePiece::Expression { offset, source } => match Expression::compile(source, env) {
                    Ok(expression) => {
                        needs.union(&expression.needs);
                        parts.push(TemplatePart::Value(expression));
                    }
                    Err(more) => errors.extend(
                        more.into_iter().map(|error| ConditionError { offset: error.offset + offset, ..error }),
                    ),
                },
            }
        }
        if errors.is_empty() { Ok(Self { source: text.to_owned(), parts, needs }) } else { Err(errors) }
    }

    /// The message about one resource. A value that is not known reads `(not read)`, null reads `none`. Control
    /// characters and invisible ones that could disguise a text are escaped.
    pub fn render<'v>(&'v self, context: &Context<'v>) -> String {
        let mut message = String::new();
        for part in &self.parts {
            match part {
                TemplatePart::Text(text) => message.push_str(text),
                TemplatePart::Value(expression) => match expression.evaluate(context) {
                    Ok(val) => message.push_str(&in_words(&val)),
                    Err(EvaluationError::Mismatch { found: "null", .. }) => message.push_str("none"),
                    Err(_) => message.push_str("(not readable)"),
                },
            }
        }
        message
    }

    /// The facts and lists that must have been read before every value can be shown.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// The loops over all resources of a kind.
    pub(super) fn population_loops(&self) -> Vec<PopulationLoop> {
        let expressions = self.parts.iter().filter_map(|part| match part {
            TemplatePart::Value(expression) => Some(expression),
            TemplatePart::Text(_) => None,
        });
        expressions.flat_map(Expression::population_loops).collect()
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }
}

fn in_words(val: &Val) -> String {
    let text = match val {
        Val::Unknown => "(not read)".to_owned(),
        Val::Between(low, i64::MAX) => format!("at least {low}"),
        Val::Between(low, high) => format!("{low} to {high}"),
        Val::Population(_) => "(resources)".to_owned(),
        other => json_in_words(&other.to_json()),
    };
    shortened(&text)
}

fn json_in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => escaped(text),
        Value::Number(number) if number.is_f64() => {
            let rounded = format!("{:.1}", number.as_f64().unwrap_or_default());
            rounded.strip_suffix(".0").map_or_else(|| rounded.clone(), str::to_owned)
        }
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => list.iter().take(MAX_VALUE).map(json_in_words).collect::<Vec<_>>().join(", "),
        other => escaped(&other.to_string()),
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars().take(MAX_VALUE + 1) {
        if is_treacherous(c) { safe.extend(c.escape_unicode()) } else { safe.push(c) }
    }
    safe
}

/// Control characters, and those that change how the text around them is shown.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::rule::ParamType;
    use crate::rule::condition::tests::{kinds, resource};
    use crate::rule::condition::{DefinedValues, Definitions};
    use crate::rule::inventory::Inventory;

    fn compiled(text: &str) -> Result<Template, Vec<ConditionError>> {
        let kinds = kinds();
        let params = BTreeMap::from([("days".to_owned(), ParamType::Int)]);
        let kind = kinds.get("AWS::Test::Thing").unwrap();
        Template::compile(
            text,
            &CelEnvironment { kinds: &kinds, kind, params: &params, definitions: &Definitions::default() },
        )
    }

    fn rendered(text: &str, facts: Value) -> String {
        let (inventory, judged) = (Inventory::default(), resource("AWS::Test::Thing", "judged", facts));
        let (params, now) = (json!({"days": 30}), "2026-01-01T00:00:00Z".parse().unwrap());
        let (in_phi_scope, account) = (Some(true), "123456789012");
        let context = Context {
            resource: &judged,
            in_phi_scope,
            params: &params,
            now,
            account,
            inventory: &inventory,
            defined: DefinedValues::default(),
        };
        compiled(text).unwrap().render(&context)
    }

    #[test]
    fn values_stand_where_their_paths_stood() {
        let facts =
            json!({"Name": "logs", "Names": ["a", "b"], "Count": 3, "Flag0": true, "Created": "2025-12-01T12:00:00Z"});
        let text = "{resource.Name} of {account} has {resource.Names}, {resource.Count + 1} and {resource.Flag0} {{after}} \
                    {params.days} days, is {age_days(resource.Created)} days old";
        let expected = "logs of 123456789012 has a, b, 4 and true {after} 30 days, is 30.5 days old";
        assert_eq!(rendered(text, facts), expected);
    }

    #[test]
    fn what_is_absent_null_or_broken_is_said() {
        assert_eq!(rendered("{resource.Name}", json!({})), "(not read)");
        assert_eq!(rendered("{resource.Name}", json!({"Name": 1})), "(not readable)");
        assert_eq!(rendered("{resource.Mode}, {resource.Names}", json!({"Mode": null, "Names": []})), "none, none");
        assert_eq!(rendered("{resource.Nested.Inner.Deep}", json!({"Nested": null})), "none");
        assert_eq!(rendered("{resource.Nested.Inner.Deep}", json!({"Nested": {"Inner": {"Deep": "x"}}})), "x");
        assert_eq!(rendered("{resource.Nested.Inner.Deep}", json!({"Nested": {}})), "(not read)");
        assert_eq!(rendered("{age_days(resource.LastUsed)} days", json!({"LastUsed": null})), "none days");
    }

    #[test]
    fn hostile_texts_are_harmless() {
        let facts = json!({"Name": "a\u{1b}[31m\u{202e}b\n", "Label": "x".repeat(10_000)});
        assert_eq!(rendered("{resource.Name}", facts.clone()), "a\\u{1b}[31m\\u{202e}b\\u{a}");
        assert_eq!(rendered("{resource.Label}", facts).chars().count(), 201);
    }

    #[test]
    fn errors_stand_where_they_are_in_the_message() {
        let text = "bucket {resource.Name} has {resource.Nmae}";
        let errors = compiled(text).unwrap_err();
        assert!(text[errors[0].offset..].starts_with("Nmae"));
        assert_eq!(compiled("{").unwrap_err()[0].offset, 0);
        assert!(compiled("{}").is_err());
    }

    #[test]
    fn needs_name_every_fact() {
        let template = compiled("{resource.Name} {resource.Nested.On}").unwrap();
        let facts: Vec<_> = template.needs().facts.iter().map(|(_, fact)| fact.as_str()).collect();
        assert_eq!(facts, ["Name", "Nested"]);
    }
}
