//! What conditions mean, told by examples and by properties.

mod checking;
mod defined;
mod differential;
pub(in crate::rule) mod explaining;
mod ground;
mod hostile;
mod lists;
mod logic;
mod policies;
mod related;
mod soundness;
mod tracing;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::model::{Region, Resource, Scope};
use crate::rule::inventory::Inventory;

pub(super) const THING: &str = "AWS::Test::Thing";
pub(super) const OTHER: &str = "AWS::Test::Other";
const NOW: &str = "2026-01-01T00:00:00Z";

pub(crate) fn kinds() -> Kinds {
    let bool = json!({"type": "boolean"});
    let text = json!({"type": "string"});
    let int = json!({"type": "integer", "format": "int64"});
    let rule = json!({"type": "object", "properties": {
        "Status": text, "Days": {"type": ["integer", "null"]}, "On": bool, "Off": bool,
        "Items": {"type": "array", "items": int},
    }});
    let nested = json!({"anyOf": [
        {"type": "object", "properties": {
            "On": bool, "Level": int,
            "Inner": {"anyOf": [{"type": "object", "properties": {"Deep": text}}, {"type": "null"}]},
        }},
        {"type": "null"},
    ]});
    let mut facts = json!({
        "Count": int, "Limit": int, "Size": {"type": "number"}, "Name": text, "Label": text,
        "Mode": {"type": ["string", "null"], "enum": ["Enabled", "Suspended", null]},
        "MaybeFlag": {"type": ["boolean", "null"]}, "MaybeCount": {"type": ["integer", "null"]},
        "Created": {"type": "string", "format": "date-time"},
        "LastUsed": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        "Policy": {"anyOf": [{"type": "object", "format": "iam-policy"}, {"type": "null"}]},
        "Names": {"type": "array", "items": text}, "Numbers": {"type": "array", "items": int},
        "Rules": {"type": "array", "items": rule}, "Nested": nested,
        "MaybeRules": {"anyOf": [{"type": "array", "items": rule}, {"type": "null"}]},
        "Tags": {"type": "object", "additionalProperties": text}, "Anything": true, "Arn": text,
    });
    for flag in 0..8 {
        facts[format!("Flag{flag}")] = bool.clone();
    }
    let kind = |name, facts: Value| {
        let schema = schemars::Schema::try_from(json!({"type": "object", "properties": facts})).unwrap();
        Kind::new(name, "test", Scope::Account, || schema)
    };
    let link =
        json!({"anyOf": [{"type": "object", "properties": {"To": {"type": ["string", "null"]}}}, {"type": "null"}]});
    let other = json!({"Name": text, "On": bool, "Port": int, "Names": {"type": "array", "items": text}, "Link": link});
    Kinds::from_iter([kind(THING, facts), kind(OTHER, other)])
}

fn params() -> BTreeMap<String, ParamType> {
    [
        ("days", ParamType::Int),
        ("share", ParamType::Number),
        ("word", ParamType::String),
        ("strict", ParamType::Bool),
        ("trusted", ParamType::List),
    ]
    .map(|(name, kind)| (name.to_owned(), kind))
    .into()
}

pub(crate) fn resource(kind: &str, id: &str, facts: Value) -> Resource {
    let region = Region::GLOBAL;
    Resource {
        kind: kind.to_owned(),
        id: id.to_owned(),
        arn: None,
        account: "123456789012".parse().unwrap(),
        region,
        facts,
    }
}

pub(super) fn compile(source: &str) -> Result<Condition, Vec<ConditionError>> {
    let kinds = kinds();
    let env = CelEnvironment {
        kinds: &kinds,
        kind: kinds.get(THING).unwrap(),
        params: &params(),
        definitions: &Definitions::default(),
    };
    Condition::compile(source, &env)
}

/// Compiles a condition after the definitions of a rule.
pub(super) fn compile_with(definitions: &[(&str, &str)], source: &str) -> Result<Condition, Vec<ConditionError>> {
    let (kinds, params) = (kinds(), params());
    let kind = kinds.get(THING).unwrap();
    let mut known = Definitions::to_come(definitions.iter().map(|(name, _)| (*name).to_owned()));
    for (name, source) in definitions {
        let env = CelEnvironment { kinds: &kinds, kind, params: &params, definitions: &known };
        let definition = Definition::compile(name, source, &env)?;
        known.add(definition);
    }
    Condition::compile(source, &CelEnvironment { kinds: &kinds, kind, params: &params, definitions: &known })
}

pub(super) fn compiled(source: &str) -> Condition {
    compile(source).unwrap_or_else(|errors| panic!("{source}: {errors:?}"))
}

/// An account with some resources, of which one is judged.
#[derive(Debug, Default)]
pub(super) struct World {
    pub facts: Value,
    pub others: Vec<Value>,
    pub others_are_incomplete: bool,
    pub in_phi_scope: Option<bool>,
}

impl World {
    pub fn of(facts: Value) -> Self {
        Self { facts, in_phi_scope: Some(false), ..Self::default() }
    }

    pub fn judge(&self, condition: &Condition, trace: &mut Trace) -> Result<Truth, EvaluationError> {
        self.ask(condition, |condition, context| condition.evaluate(context, trace))
    }

    /// Asks something of a condition and this world.
    pub fn ask<T>(&self, condition: &Condition, ask: impl for<'v> FnOnce(&'v Condition, &Context<'v>) -> T) -> T {
        let others = self.others.iter().enumerate().map(|(at, facts)| resource(OTHER, &at.to_string(), facts.clone()));
        let others: Vec<_> = others.collect();
        let inventory = Inventory::with_kinds(&others, [OTHER], |kind| kind != OTHER || !self.others_are_incomplete);
        // What is on holds PHI; where that was not read, nobody can tell.
        let inventory = inventory.with_scope(|other| other.fact("On")?.as_bool());
        let judged = resource(THING, "judged", self.facts.clone());
        let params = json!({"days": 30, "share": 0.5, "word": "a", "strict": true, "trusted": ["111111111111"]});
        let (now, account) = (NOW.parse().unwrap(), "123456789012");
        let in_phi_scope = self.in_phi_scope;
        let context = Context {
            resource: &judged,
            in_phi_scope,
            params: &params,
            now,
            account,
            inventory: &inventory,
            defined: DefinedValues::default(),
        };
        ask(condition, &context)
    }
}

pub(super) fn judge(source: &str, facts: Value) -> Result<Truth, EvaluationError> {
    World::of(facts).judge(&compiled(source), &mut Trace::off())
}

pub(super) fn truth(source: &str, facts: Value) -> Truth {
    judge(source, facts).unwrap_or_else(|error| panic!("{source}: {error}"))
}
