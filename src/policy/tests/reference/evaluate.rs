//! Whether a document denies or allows one request.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html> and the pages on
//! each policy element.

use super::universe::account_of;
use crate::model::Truth::{self, False, True, Unknown};
use serde_json::Value;
use std::collections::BTreeMap;

mod operator;
mod pattern;

pub use operator::{contains as in_range, fixes_value, range};
pub use pattern::{arn_like, like, variables};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    Anonymous,
    Aws(String),
    Service(String),
    Federated(String),
    Canonical(String),
}

/// A request, or a part of one: what is `None` or not in the context is not said yet. A key without values is absent.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub caller: Option<Caller>,
    pub action: Option<String>,
    pub resource: Option<String>,
    pub context: BTreeMap<String, Vec<String>>,
}

/// How to read what the rules leave open. Documents on which the two differ prove nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    Wide,
    Narrow,
}

#[derive(Debug, Clone)]
pub struct Document {
    pub statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub struct Statement {
    pub deny: bool,
    pub elements: Vec<Element>,
}

/// One thing that a statement demands of a request.
#[derive(Debug, Clone)]
pub enum Element {
    /// Kinds (`AWS`) and names.
    Principal {
        not: bool,
        deny: bool,
        names: Vec<(String, String)>,
    },
    Action {
        not: bool,
        patterns: Vec<String>,
    },
    Resource {
        not: bool,
        patterns: Vec<String>,
        variables: bool,
    },
    Condition {
        operator: String,
        key: String,
        values: Vec<String>,
        variables: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Is there an explicit Deny?
    pub denied: Truth,
    /// Is there an Allow, and no Deny?
    pub allowed: Truth,
}

impl Document {
    pub fn read(document: &Value) -> Self {
        let variables = document["Version"] == "2012-10-17";
        let statements = list(&document["Statement"]).into_iter().map(|raw| Statement::read(raw, variables)).collect();
        Self { statements }
    }

    pub fn decide(&self, request: &Request, reading: Reading) -> Decision {
        let matching = |deny: bool| {
            any(self.statements.iter().filter(|one| one.deny == deny).map(|one| one.matches(request, reading)))
        };
        let denied = matching(true);
        Decision { denied, allowed: all([matching(false), not(denied)]) }
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.statements.iter().flat_map(|statement| &statement.elements)
    }

    /// Operators, keys (in lower case) and values.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, &str, &[String])> {
        self.elements().filter_map(|element| match element {
            Element::Condition { operator, key, values, .. } => Some((operator.as_str(), key.as_str(), &values[..])),
            _ => None,
        })
    }

    /// Does the document hold comparisons that cannot be made with certainty, or policy variables?
    pub fn doubtful(&self) -> bool {
        self.elements().any(|element| !element.variables().is_empty())
            || self.conditions().any(|(operator, key, values)| operator::doubtful(operator, key, values))
    }
}

impl Statement {
    fn read(raw: &Value, variables: bool) -> Self {
        let deny = raw["Effect"] == "Deny";
        let mut elements = Vec::new();
        for (name, value) in raw.as_object().unwrap() {
            let not = name.starts_with("Not");
            match name.trim_start_matches("Not") {
                "Principal" => elements.push(Element::Principal { not, deny, names: principals(value) }),
                "Action" => elements.push(Element::Action { not, patterns: lower(texts(value)) }),
                "Resource" => elements.push(Element::Resource { not, patterns: texts(value), variables }),
                "Condition" => {
                    for (operator, keys) in value.as_object().unwrap() {
                        for (key, values) in keys.as_object().unwrap() {
                            elements.push(Element::Condition {
                                operator: operator.clone(),
                                key: key.to_lowercase(),
                                values: texts(values),
                                variables,
                            });
                        }
                    }
                }
                _ => {}
            }
        }
        Self { deny, elements }
    }

    pub fn matches(&self, request: &Request, reading: Reading) -> Truth {
        all(self.elements.iter().map(|element| element.holds(request, reading)))
    }
}

impl Element {
    pub fn holds(&self, request: &Request, reading: Reading) -> Truth {
        match self {
            Self::Principal { not, deny, names } => principal(*not, *deny, names, request.caller.as_ref().unwrap()),
            Self::Action { not, patterns } => {
                let action = request.action.as_ref().unwrap().to_lowercase();
                truth(patterns.iter().any(|one| like(one, &action, None)) != *not)
            }
            Self::Resource { not, patterns, variables } => {
                let resource = request.resource.as_ref().unwrap();
                let context = variables.then_some(&request.context);
                truth(patterns.iter().any(|one| like(one, resource, context)) != *not)
            }
            Self::Condition { operator, key, values, variables } => {
                let context = variables.then_some(&request.context);
                operator::holds(operator, key, &request.context[key], values, context, reading)
            }
        }
    }

    /// The condition keys that stand as variables in the element.
    pub fn variables(&self) -> Vec<String> {
        match self {
            Self::Resource { patterns, variables: true, .. } => {
                patterns.iter().flat_map(|one| variables(one)).collect()
            }
            Self::Condition { values, variables: true, .. } => values.iter().flat_map(|one| variables(one)).collect(),
            _ => Vec::new(),
        }
    }
}

/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>: "you must also
/// specify the account ARN of the not-denied principal. Otherwise, the policy might deny access to the entire account".
fn principal(not: bool, deny: bool, names: &[(String, String)], caller: &Caller) -> Truth {
    let named = names.iter().any(|(kind, name)| names_caller(kind, name, caller));
    if !(not && deny && named) {
        return truth(named != not);
    }
    let Caller::Aws(arn) = caller else { return False };
    let spared_as_whole = names.iter().any(|(kind, name)| kind == "AWS" && (name == "*" || is_account(name, arn)));
    if spared_as_whole { False } else { Unknown }
}

fn names_caller(kind: &str, name: &str, caller: &Caller) -> bool {
    match (kind, caller) {
        ("AWS", _) if name == "*" => true,
        ("AWS", Caller::Aws(arn)) => name == arn || is_account(name, arn),
        ("Service", Caller::Service(own)) | ("Federated", Caller::Federated(own)) => name == own,
        ("CanonicalUser", Caller::Canonical(own)) => name == own,
        _ => false,
    }
}

/// Is the name the account of the ARN, by its number or its root?
fn is_account(name: &str, arn: &str) -> bool {
    let account = account_of(arn);
    name == account || (name.ends_with(":root") && account_of(name) == account)
}

fn principals(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, names)| texts(names).into_iter().map(move |name| (kind.clone(), name)))
            .collect(),
        everyone => vec![("AWS".into(), everyone.as_str().unwrap().into())],
    }
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn texts(value: &Value) -> Vec<String> {
    list(value).into_iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect()
}

fn lower(texts: Vec<String>) -> Vec<String> {
    texts.iter().map(|text| text.to_lowercase()).collect()
}

pub fn truth(holds: bool) -> Truth {
    if holds { True } else { False }
}

pub fn not(other: Truth) -> Truth {
    match other {
        True => False,
        False => True,
        Unknown => Unknown,
    }
}

pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let mut whole = True;
    for one in truths {
        match one {
            False => return False,
            Unknown => whole = Unknown,
            True => {}
        }
    }
    whole
}

pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
    not(all(truths.into_iter().map(not)))
}
