//! Every function that a condition can call: one entry says its name, its parameters, its result, what it means and how
//! it is computed. The checker, the evaluator and the documentation all read this list.

mod asking;
mod attested;
mod buckets;
mod databases;
mod filters;
mod networks;
mod policies;
mod runtimes;
mod text;
mod time;
mod trails;

use std::fmt;

use serde_json::Value;

use super::fault::{EvaluationError, EvaluationFault};
use super::types::Type;
use super::value::Val;
use crate::model::Resource;
use crate::policy::{Own, PolicyAnswer};

/// A function of the rule language.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// True when it is written after its first parameter and a dot: `text.startsWith('a')`.
    pub is_method: bool,
    /// Its parameters in order, the value before the dot first.
    pub parameters: &'static [FunctionParameter],
    /// The type of its result.
    pub result: Returns,
    /// Its meaning in a sentence or two, with the unit of a number.
    pub meaning: &'static str,
    pub(super) implementation: Implementation,
}

/// One parameter of a function.
#[derive(Debug)]
pub struct FunctionParameter {
    /// Its name, for documentation.
    pub name: &'static str,
    /// The types that it may have.
    pub accepts: &'static [Accepts],
}

/// The sort of value that a parameter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Double,
    /// A text.
    Text,
    /// A text, or null for none.
    TextOrNull,
    /// A text that holds a moment (RFC 3339).
    Moment,
    /// A list of anything.
    List,
    /// A map.
    Map,
    /// A list of texts.
    Texts,
    /// A policy document, or null for "no policy is attached".
    Policy,
    /// A list of policy documents; null ones grant nothing.
    Policies,
    /// The name of a kind, written out.
    KindName,
    /// The name of a fact of that kind, written out.
    FactName,
    /// A path through the facts of that kind to a text, written out.
    PathName,
    /// A value that a fact can have.
    Scalar,
    /// A regular expression, written out.
    Pattern,
    /// A whole resource of one of these kinds, of which these facts are read.
    Resource(&'static [(&'static str, &'static [&'static str])]),
}

/// The type of a function's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// `true` or `false`, or not decided.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Double,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// A moment.
    Timestamp,
    /// A span of time.
    Duration,
    /// A list of resources.
    Resources,
    /// One resource, or not known.
    Resource,
}

/// The way in which a function is computed. It is called with known values only.
#[derive(Clone, Copy)]
pub(super) enum Implementation {
    /// From its arguments alone.
    Pure(for<'a, 'v> fn(&'a [Val<'v>]) -> Result<Val<'v>, EvaluationFault>),
    /// From its arguments and the moment when the snapshot was taken.
    AtTime(for<'a, 'v> fn(&'a [Val<'v>], jiff::Timestamp) -> Result<Val<'v>, EvaluationFault>),
    /// From its arguments alone, with the requests that show the answer: a question about policies.
    Asks(fn(&[Val<'_>]) -> Result<PolicyAnswer, EvaluationFault>),
    /// The same, of a question about who is a stranger: the account's own organization is known without being named. A
    /// caller that an account without an organization knows must be known in every organization, too.
    AsksOfKnown(fn(&[Val<'_>], &Own<'_>) -> Result<PolicyAnswer, EvaluationFault>),
    /// From whole resources among its arguments, whose facts it looks at one by one.
    Looks(for<'v> fn(&[Val<'v>], &mut dyn Look<'v>) -> Result<LookResult<'v>, EvaluationFault>),
    /// The compiler has a form of its own for it.
    Special,
}

/// The facts that a function may look at when it is given a whole resource. Every look is noted as evidence.
pub(super) trait Look<'v> {
    /// A fact of a resource, if it was read.
    fn fact(&mut self, of: &'v Resource, name: &'static str) -> Option<&'v Value>;

    /// The moment when the snapshot was taken.
    fn now(&self) -> jiff::Timestamp;
}

/// The result of a look at a resource.
pub(super) struct LookResult<'v> {
    pub val: Val<'v>,
    /// If it is not known: what was read and settles nothing.
    pub doubts: Vec<String>,
}

const RESOURCES: Function = Function {
    name: "resources",
    is_method: false,
    parameters: &[FunctionParameter { name: "kind", accepts: &[Accepts::KindName] }],
    result: Returns::Resources,
    meaning: "All resources of that kind in the account, in all regions. If the list could not be read completely, \
              questions about it are unknown unless the resources that were read decide them.",
    implementation: Implementation::Special,
};

const LOOKUP: Function = Function {
    name: "lookup",
    is_method: false,
    parameters: &[
        FunctionParameter { name: "kind", accepts: &[Accepts::KindName] },
        FunctionParameter { name: "fact", accepts: &[Accepts::FactName] },
        FunctionParameter { name: "value", accepts: &[Accepts::Scalar] },
    ],
    result: Returns::Resource,
    meaning: "The one resource of that kind whose fact has that value. Unknown if none was read (it may belong to \
              another account) or if several have it. Where a run reads many accounts, buckets by `BucketName` and keys by \
              `Arn` that trails name are found in the others, and accounts by `AccountId` that have such buckets.",
    implementation: Implementation::Special,
};

const RELATED: Function = Function {
    name: "related",
    is_method: false,
    parameters: &[
        FunctionParameter { name: "kind", accepts: &[Accepts::KindName] },
        FunctionParameter { name: "path", accepts: &[Accepts::PathName] },
        FunctionParameter { name: "value", accepts: &[Accepts::Text, Accepts::Texts] },
    ],
    result: Returns::Resources,
    meaning: "The resources of that kind in the account that have that text, or one of those texts, at the end of the \
              path. They are found in an index, so that it costs the same in an account of any size. A resource whose fact \
              was not read may be among them, and if the list was not read to its end there may be others.",
    implementation: Implementation::Special,
};

const UNKNOWN: Function = Function {
    name: "unknown",
    is_method: false,
    parameters: &[FunctionParameter { name: "reason", accepts: &[Accepts::Text] }],
    result: Returns::Bool,
    meaning: "Neither true nor false, for this reason, which the finding tells: the facts were read, and they do not \
              settle the question. The reason is a sentence without a capital letter and without a period.",
    implementation: Implementation::Asks(|args| Ok(PolicyAnswer::undecided(text_at(args, 0)?))),
};

const SIZED: &[FunctionParameter] =
    &[FunctionParameter { name: "value", accepts: &[Accepts::Text, Accepts::List, Accepts::Map] }];
const SIZE_MEANING: &str = "How many characters a text, elements a list or keys a map has.";
const SIZE: Function = Function {
    name: "size",
    is_method: false,
    parameters: SIZED,
    result: Returns::Int,
    meaning: SIZE_MEANING,
    implementation: Implementation::Special,
};

/// Every function, in the order in which they are documented.
pub fn all() -> impl Iterator<Item = &'static Function> {
    static GENERAL: [Function; 6] = [RESOURCES, RELATED, LOOKUP, UNKNOWN, SIZE, Function { is_method: true, ..SIZE }];
    GENERAL
        .iter()
        .chain(&text::FUNCTIONS)
        .chain(&time::FUNCTIONS)
        .chain(&policies::FUNCTIONS)
        .chain(&buckets::FUNCTIONS)
        .chain(&trails::FUNCTIONS)
        .chain(&databases::FUNCTIONS)
        .chain(&runtimes::FUNCTIONS)
        .chain(&filters::FUNCTIONS)
        .chain(&networks::FUNCTIONS)
        .chain(&attested::FUNCTIONS)
}

/// The function of that name, written that way.
pub fn find(name: &str, is_method: bool) -> Option<&'static Function> {
    all().find(|function| function.name == name && function.is_method == is_method)
}

impl Function {
    /// The form in which it is called: `text.startsWith(start: string) -> bool`.
    pub fn signature(&self) -> String {
        let in_words = |parameter: &FunctionParameter| {
            let types: Vec<_> = parameter.accepts.iter().map(ToString::to_string).collect();
            format!("{}: {}", parameter.name, types.join(" | "))
        };
        match (self.is_method, self.parameters.split_first()) {
            (true, Some((receiver, rest))) => {
                let rest: Vec<_> = rest.iter().map(in_words).collect();
                format!("{}.{}({}) -> {}", receiver.name, self.name, rest.join(", "), self.result)
            }
            _ => {
                let all: Vec<_> = self.parameters.iter().map(in_words).collect();
                format!("{}({}) -> {}", self.name, all.join(", "), self.result)
            }
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.signature())
    }
}

impl Accepts {
    /// Says whether a value of that type can be given. A type that the schema leaves open is let through, and its value
    /// is checked when the condition runs.
    pub fn admits(self, given: &Type) -> bool {
        match (self, given) {
            (_, Type::Any) => true,
            (Self::Policy, Type::Null | Type::Policy) => true,
            (Self::Policy, Type::Nullable(inner)) => **inner == Type::Policy,
            (Self::Policies, Type::List(inner)) => Self::Policy.admits(inner),
            (Self::TextOrNull, Type::Null) => true,
            (Self::TextOrNull, Type::Nullable(inner)) => inner.is_text(),
            (Self::Bool, Type::Bool) | (Self::Int, Type::Int) | (Self::Map, Type::Map(_)) => true,
            (Self::Double, Type::Double | Type::Int) => true,
            (Self::Text | Self::TextOrNull | Self::Moment | Self::Pattern, given) => given.is_text(),
            (Self::KindName | Self::FactName | Self::PathName, given) => given.is_text(),
            (Self::List, Type::List(_)) => true,
            (Self::Texts, Type::List(inner)) => inner.is_text() || **inner == Type::Any,
            (Self::Resource(kinds), Type::Object(object)) => {
                kinds.iter().any(|(kind, _)| object.kind.as_deref() == Some(*kind))
            }
            (Self::Scalar, given) => given.is_text() || given.is_number() || *given == Type::Bool,
            _ => false,
        }
    }
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Double => "double",
            Self::Text => "string",
            Self::TextOrNull => "string or null",
            Self::Moment => "string (a moment)",
            Self::List => "list",
            Self::Map => "map",
            Self::Texts => "list of string",
            Self::Policy => "policy document or null",
            Self::Policies => "list of policy documents",
            Self::KindName => "name of a kind in quotes",
            Self::FactName => "name of a fact in quotes",
            Self::PathName => "path in quotes",
            Self::Scalar => "string, number or bool",
            Self::Pattern => "regular expression in quotes",
            Self::Resource(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(|(kind, _)| *kind).collect();
                return f.write_str(&kinds.join(" or "));
            }
        })
    }
}

impl fmt::Display for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Double => "double",
            Self::Text => "string",
            Self::Texts => "list of string",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Resources => "list of resources",
            Self::Resource => "resource",
        })
    }
}

/// The text at a position of the arguments.
fn text_at<'a>(args: &'a [Val<'_>], position: usize) -> Result<&'a str, EvaluationFault> {
    args.get(position).and_then(Val::as_text).ok_or_else(|| wrong(args.get(position), "a text"))
}

fn wrong(found: Option<&Val<'_>>, expected: &'static str) -> EvaluationFault {
    let found = found.map_or("nothing", Val::in_words);
    Box::new(EvaluationError::Mismatch { what: "an argument".to_owned(), expected, found })
}

/// A text that does not say what it should.
fn not_a(expected: &'static str, text: &str) -> EvaluationFault {
    Box::new(EvaluationError::Text { text: text.chars().take(100).collect(), expected })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_meanings_are_sentences() {
        let mut seen = BTreeSet::new();
        for function in all() {
            assert!(seen.insert((function.name, function.is_method)), "{} twice", function.name);
            assert!(function.meaning.ends_with('.'), "{}", function.name);
            // What takes nothing tells of our own data how old they are.
            let is_of_data = function.name.ends_with("_as_of");
            assert_eq!(function.parameters.is_empty(), is_of_data, "{}", function.name);
        }
    }

    #[test]
    fn signatures_read_as_they_are_written() {
        assert_eq!(find("startsWith", true).unwrap().signature(), "text.startsWith(start: string) -> bool");
        assert_eq!(find("size", false).unwrap().signature(), "size(value: string | list | map) -> int");
        assert!(find("startsWith", false).is_none());
    }
}
