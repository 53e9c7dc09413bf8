//! The typed model of a policy document: reads what AWS accepts, and refuses the rest with a reason.
//!
//! AWS stores only documents of valid grammar, so one that cannot be read here was changed on its way, or uses
//! something newer than this reader: then every question about it is unanswered.

use super::answer::PolicyAnswer;
use super::condition::KeyCondition;
use super::glob::Glob;
use crate::model::{ArnStart, Truth};
use serde_json::{Map, Value};

/// AWS's largest policy (an OpenSearch access policy) has 100 KiB; anything much longer is not a policy.
const MAX_CHARACTERS: usize = 128 * 1024;
/// ARNs have at most 2,048 characters.
const MAX_VALUE_CHARACTERS: usize = 8 * 1024;

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedPolicy {
    /// The statements, in the order of the document.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its place in the document, from 1.
    pub number: usize,
    /// The statement's own name, if it has one.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; `None` in identity policies.
    pub principals: Option<Subset<Principal>>,
    /// `Action` or `NotAction`, in lower case.
    pub actions: Subset<Glob>,
    /// `Resource` or `NotResource`; `None` where the policy's own resource is meant (trust policies, some resource
    /// policies).
    pub resources: Option<Subset<Glob>>,
    /// All of these must hold.
    pub conditions: Vec<KeyCondition>,
}

/// The effect of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Refuses, whatever else grants.
    Deny,
}

/// The two ways to say whom or what a statement is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subset<T> {
    /// `Action`, `Resource`, `Principal`: these.
    Only(Vec<T>),
    /// `NotAction`, `NotResource`, `NotPrincipal`: all but these.
    AllBut(Vec<T>),
}

/// A principal that a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// `"*"` and `{"AWS": "*"}`, which mean the same.
    Anyone,
    /// A whole account, written as 12 digits or as its root ARN.
    Account(String),
    /// An ARN of a user, role or session, perhaps with wildcards.
    Arn(String),
    /// The id of a user or role that AWS can no longer map to an ARN: it was deleted, and no caller matches it.
    Deleted(String),
    /// An AWS service, such as `cloudtrail.amazonaws.com`.
    Service(String),
    /// An identity provider: an ARN in IAM, or the domain of a public one.
    Federated(String),
    /// An S3 canonical user id.
    CanonicalUser(String),
}

/// Reads the policy and asks; `absent` is the answer where no policy is attached (null). A document that cannot be read
/// decides nothing.
pub(super) fn ask(policy: &Value, absent: Truth, question: impl FnOnce(&ParsedPolicy) -> PolicyAnswer) -> PolicyAnswer {
    if policy.is_null() {
        return absent.into();
    }
    match ParsedPolicy::read(policy) {
        Ok(document) => question(&document),
        Err(reason) => PolicyAnswer::unreadable(&reason),
    }
}

impl ParsedPolicy {
    /// Reads a document.
    ///
    /// # Errors
    /// Why it is not a policy of valid grammar, in words.
    pub fn read(policy: &Value) -> Result<Self, String> {
        let fields = object(policy, "the policy")?;
        only_keys(fields, &["Version", "Id", "Statement"], "the policy")?;
        if characters(policy) > MAX_CHARACTERS {
            return Err(format!("the policy is longer than {MAX_CHARACTERS} characters"));
        }
        let variables = match fields.get("Version") {
            None => false,
            Some(Value::String(version)) if version == "2008-10-17" => false,
            Some(Value::String(version)) if version == "2012-10-17" => true,
            Some(other) => return Err(format!("{other} is no version of the policy language")),
        };
        let statements = match fields.get("Statement") {
            Some(Value::Array(list)) => {
                let numbered = list.iter().enumerate();
                numbered.map(|(at, one)| Statement::read(at + 1, one, variables)).collect::<Result<_, _>>()?
            }
            Some(one) => vec![Statement::read(1, one, variables)?],
            None => return Err("the policy has no Statement".to_owned()),
        };
        Ok(Self { statements })
    }
}

impl Statement {
    fn read(number: usize, value: &Value, variables: bool) -> Result<Self, String> {
        let fields = object(value, "a statement")?;
        let keys = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"];
        only_keys(fields, &[&keys[..], &["Condition"]].concat(), "a statement")?;
        let compile = if variables { Glob::with_variables } else { Glob::new };
        let actions = scope(fields, "Action", "NotAction", |value| strings(value, "Action"))?
            .ok_or("a statement has neither Action nor NotAction")?;
        let resources = scope(fields, "Resource", "NotResource", |value| strings(value, "Resource"))?;
        Ok(Self {
            number,
            sid: fields.get("Sid").map(|sid| text(sid, "Sid")).transpose()?,
            effect: effect(fields.get("Effect"))?,
            principals: scope(fields, "Principal", "NotPrincipal", principals)?,
            actions: actions.map(|action| Glob::action(action)),
            resources: resources.map(|scope| scope.map(|resource| compile(resource))),
            conditions: fields.get("Condition").map_or(Ok(Vec::new()), |block| conditions(block, variables))?,
        })
    }
}

impl Statement {
    /// The words by which a reader finds it: `statement 2 ("AllowTeam")`.
    pub(super) fn label(&self) -> String {
        match &self.sid {
            Some(sid) if !sid.is_empty() => format!("statement {} ({sid:?})", self.number),
            _ => format!("statement {}", self.number),
        }
    }
}

impl<T> Subset<T> {
    fn map<U>(&self, change: impl Fn(&T) -> U) -> Subset<U> {
        match self {
            Self::Only(list) => Subset::Only(list.iter().map(change).collect()),
            Self::AllBut(list) => Subset::AllBut(list.iter().map(change).collect()),
        }
    }
}

impl<T> Subset<T> {
    /// The entries as written, of either sort.
    pub(super) fn listed(&self) -> &[T] {
        match self {
            Self::Only(list) | Self::AllBut(list) => list,
        }
    }
}

impl Principal {
    fn aws(name: &str) -> Result<Self, String> {
        let root_of = name.strip_suffix(":root").and_then(|_| account_of(name)).filter(|_| name.contains(":iam::"));
        Ok(match name {
            "*" => Self::Anyone,
            _ if is_account_id(name) => Self::Account(name.to_owned()),
            _ if root_of.is_some_and(is_account_id) => Self::Account(root_of.unwrap_or_default().to_owned()),
            _ if name.starts_with("arn:") => Self::Arn(name.to_owned()),
            _ if is_unique_id(name) => Self::Deleted(name.to_owned()),
            _ => return Err(format!("{name:?} is no AWS principal")),
        })
    }

    /// The name by which a reader of the document knows it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Anyone => "*",
            Self::Account(name)
            | Self::Arn(name)
            | Self::Deleted(name)
            | Self::Service(name)
            | Self::Federated(name)
            | Self::CanonicalUser(name) => name,
        }
    }

    /// The account that the principal belongs to, if its name says so.
    pub(super) fn account(&self) -> Option<&str> {
        match self {
            Self::Account(id) => Some(id),
            Self::Arn(arn) | Self::Federated(arn) => account_of(arn),
            _ => None,
        }
    }
}

/// The account field of an ARN, if it is a plain account id.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    let ArnStart { partition, account, .. } = ArnStart::parse(arn)?;
    account.filter(|account| partition.is_some_and(|name| name.starts_with("aws")) && is_account_id(account))
}

/// Twelve digits.
pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Does the value name one thing: no wildcard, no policy variable?
pub(super) fn is_fixed(value: &str) -> bool {
    !value.is_empty() && !value.contains(['*', '?']) && !value.contains("${")
}

/// IAM's unique ids: AIDA... for users, AROA... for roles and so on.
fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && text.starts_with('A')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn effect(value: Option<&Value>) -> Result<Effect, String> {
    match value.and_then(Value::as_str) {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        _ => Err("a statement's Effect is neither Allow nor Deny".to_owned()),
    }
}

fn principals(value: &Value) -> Result<Vec<Principal>, String> {
    if let Value::String(text) = value {
        return if text == "*" { Ok(vec![Principal::Anyone]) } else { Err(format!("{text:?} is no principal")) };
    }
    let mut found = Vec::new();
    for (kind, names) in object(value, "Principal")? {
        for name in strings(names, "Principal")? {
            found.push(match kind.as_str() {
                "AWS" => Principal::aws(&name)?,
                "Service" => Principal::Service(name),
                "Federated" => Principal::Federated(name),
                "CanonicalUser" => Principal::CanonicalUser(name),
                _ => return Err(format!("{kind:?} is no type of principal")),
            });
        }
    }
    Ok(found)
}

fn conditions(block: &Value, variables: bool) -> Result<Vec<KeyCondition>, String> {
    let mut found = Vec::new();
    for (operator, keys) in object(block, "Condition")? {
        for (key, values) in object(keys, "a condition operator")? {
            found.push(KeyCondition::new(operator, key, scalars(values)?, variables));
        }
    }
    Ok(found)
}

/// Reads one of two elements that exclude each other.
fn scope<T>(
    fields: &Map<String, Value>,
    only: &str,
    all_but: &str,
    read: impl Fn(&Value) -> Result<Vec<T>, String>,
) -> Result<Option<Subset<T>>, String> {
    match (fields.get(only), fields.get(all_but)) {
        (Some(_), Some(_)) => Err(format!("a statement has both {only} and {all_but}")),
        (Some(value), None) => Ok(Some(Subset::Only(read(value)?))),
        (None, Some(value)) => Ok(Some(Subset::AllBut(read(value)?))),
        (None, None) => Ok(None),
    }
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("{what} is not a JSON object"))
}

fn only_keys(fields: &Map<String, Value>, known: &[&str], what: &str) -> Result<(), String> {
    fields
        .keys()
        .find(|key| !known.contains(&key.as_str()))
        .map_or(Ok(()), |key| Err(format!("{what} has an element {key:?}")))
}

fn text(value: &Value, what: &str) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| format!("{what} holds something that is not a string"))?;
    if text.len() > MAX_VALUE_CHARACTERS {
        return Err(format!("{what} holds a value longer than {MAX_VALUE_CHARACTERS} characters"));
    }
    Ok(text.to_owned())
}

fn strings(value: &Value, what: &str) -> Result<Vec<String>, String> {
    match value {
        Value::Array(list) => list.iter().map(|one| text(one, what)).collect(),
        one => Ok(vec![text(one, what)?]),
    }
}

/// Condition values may be strings, numbers and booleans, alone or in a list.
fn scalars(value: &Value) -> Result<Vec<String>, String> {
    let one = |value: &Value| match value {
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        other => text(other, "Condition"),
    };
    match value {
        Value::Array(list) => list.iter().map(one).collect(),
        other => Ok(vec![one(other)?]),
    }
}

/// All characters of all strings, without going deeper than a policy can.
fn characters(value: &Value) -> usize {
    fn count(value: &Value, depth: usize) -> usize {
        match value {
            _ if depth == 0 => 1,
            Value::String(text) => text.len() + 1,
            Value::Array(list) => list.iter().map(|one| count(one, depth - 1)).sum::<usize>() + 1,
            Value::Object(fields) => {
                fields.iter().map(|(key, one)| key.len() + count(one, depth - 1)).sum::<usize>() + 1
            }
            _ => 1,
        }
    }
    count(value, 8)
}
