//! Conditions: the CEL expressions by which rules judge.
//!
//! A condition is parsed, checked against the schema of its kind's facts and compiled when its rule is loaded. It is
//! evaluated directly over a resource's JSON in three-valued logic: a fact that was not read is unknown, and the result
//! is unknown only if the facts that were read do not decide it. `&&`, `||`, `all` and `exists` come to the same answer
//! in whatever order their parts stand.
//!
//! It cannot see that two unknown parts depend on each other. `resource.A || !resource.A` is unknown when `A` was not
//! read, though it is true for either value.

mod calculate;
mod call;
mod check;
mod compare;
mod defined;
mod definitions;
mod each;
mod evaluate;
mod explain;
mod facts;
mod ground;
mod hidden;
mod kleene;
mod literals;
mod loops;
mod node;
mod parse;
mod print;
mod related;
mod settle;
mod syntax;
#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use call::{ACCOUNT, OF_ORGANIZATION};
pub(super) use ground::SilentList;
pub(super) use literals::StrangeText;
pub(super) use loops::PopulationLoop;
use node::Node;

pub use defined::DefinedValues;
pub use definitions::Definitions;
pub use node::Definition;

use super::inventory::Context;
use super::param::ParamType;
use super::trace::Trace;
use crate::model::{Kind, Kinds, Part, Truth};
use crate::rule::fault::EvaluationError;
use crate::rule::value::Val;

/// The meaning of the names in a condition.
#[derive(Debug, Clone, Copy)]
pub struct CelEnvironment<'e> {
    /// Every kind, for `resources()` and `lookup()`.
    pub kinds: &'e Kinds,
    /// The kind of the judged resources.
    pub kind: &'e Kind,
    /// The rule's parameters.
    pub params: &'e BTreeMap<String, ParamType>,
    /// The names that the rule defines.
    pub definitions: &'e Definitions,
}

/// A fault in a condition's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    /// Byte offset into the source, at most its length.
    pub offset: usize,
    /// The fault, in words.
    pub message: String,
    /// A hint at what would be right.
    pub help: Option<String>,
}

/// The facts and lists that must have been read before a condition can be decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Kinds whose whole list is used.
    pub populations: BTreeSet<String>,
    /// Kind and top-level fact.
    pub facts: BTreeSet<(String, String)>,
    /// The names of the rule that are used, by one another too.
    pub definitions: BTreeSet<String>,
}

impl Needs {
    /// Adds what another condition needs.
    pub fn union(&mut self, other: &Needs) {
        self.populations.extend(other.populations.iter().cloned());
        self.facts.extend(other.facts.iter().cloned());
        self.definitions.extend(other.definitions.iter().cloned());
    }
}

/// A checked condition, ready to judge any number of resources, from any thread.
#[derive(Debug)]
pub struct Condition {
    source: String,
    root: Node,
    needs: Needs,
    may_stand_on_nothing: bool,
}

impl Condition {
    /// Parses and checks a condition.
    ///
    /// # Errors Everything that is wrong with it, sorted by place: syntax, unknown facts and functions, wrong types,
    /// facts that may be null and are not guarded, invalid patterns and moments, an `all` that is hidden in a value.
    pub fn compile(source: &str, env: &CelEnvironment) -> Result<Self, Vec<ConditionError>> {
        let (root, needs) = check::compile_bool(source, env)?;
        if let Some(text) = hidden::hidden_all(&root) {
            return Err(vec![hidden::refusal(source, &text)]);
        }
        let may_stand_on_nothing = ground::may_stand_on_nothing(&root, true);
        Ok(Self { source: source.to_owned(), root, needs, may_stand_on_nothing })
    }

    /// Judges one resource. `trace` notes what was read.
    ///
    /// # Errors
    /// If the facts that were read make the condition meaningless and do not decide it otherwise.
    pub fn evaluate<'v>(&'v self, context: &Context<'v>, trace: &mut Trace) -> Result<Truth, EvaluationError> {
        evaluate::truth_of(&self.root, context, trace)
    }

    /// Says whether the condition, which is true of the resource, stands on something that was judged. It does not if
    /// all that it says is about the elements of lists of resources, or of parameters, and these are empty. `trace`
    /// notes those lists.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    pub fn ground<'v>(&'v self, context: &Context<'v>, trace: &mut Trace) -> Result<Truth, EvaluationError> {
        if !self.may_stand_on_nothing {
            return Ok(Truth::True);
        }
        ground::ground_of(&self.root, context, trace)
    }

    /// Says whether it can be true although nothing was judged.
    pub fn may_stand_on_nothing(&self) -> bool {
        self.may_stand_on_nothing
    }

    /// The lists inside of facts that make it true by being empty although it does not say so.
    pub(in crate::rule) fn silent_lists(&self) -> BTreeSet<SilentList> {
        ground::silent_lists(&self.root)
    }

    /// The loops over all resources of a kind.
    pub(in crate::rule) fn population_loops(&self) -> Vec<PopulationLoop> {
        loops::population_loops(&self.root)
    }

    /// The texts with which it compares facts of a resource of the kind that never have them.
    pub(in crate::rule) fn strange_texts(&self, kinds: &Kinds, kind: &str) -> Vec<StrangeText> {
        literals::strange_texts(&self.root, kinds, kind)
    }

    /// Judges one resource part by part, and gives the answer that each part has by itself.
    pub fn explain<'v>(&'v self, context: &Context<'v>) -> Part {
        explain::explain(&self.root, context)
    }

    /// The facts and lists that must have been read before this can be decided.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// An expression of any type, for messages: a part of null is null, so nothing needs a guard.
#[derive(Debug)]
pub(super) struct Expression {
    root: Node,
    pub needs: Needs,
}

impl Expression {
    pub fn compile(source: &str, env: &CelEnvironment) -> Result<Self, Vec<ConditionError>> {
        let (root, needs) = check::compile_any(source, env)?;
        Ok(Self { root, needs })
    }

    pub fn population_loops(&self) -> Vec<PopulationLoop> {
        loops::population_loops(&self.root)
    }

    pub fn evaluate<'v>(&'v self, context: &Context<'v>) -> Result<Val<'v>, EvaluationError> {
        evaluate::value_of(&self.root, context, &mut Trace::off())
    }
}
