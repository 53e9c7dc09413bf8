//! Definitions: sub-expressions of a rule that have a name, so that a rule says a thing once.
//!
//! A definition is a value, not a text that is put in place of its name. It is evaluated when an expression first asks
//! for it, and once at most for each judged resource; what it read is evidence of every verdict that asks for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::check::{self, NAMES};
use super::literals::{StrangeText, strange_texts};
use super::loops::{PopulationLoop, population_loops};
use super::node::Definition;
use super::{CelEnvironment, ConditionError, hidden};
use crate::model::Kinds;
use crate::rule::types::Type;

/// The names that a rule defines, in order: each may use those before it.
#[derive(Debug, Default)]
pub struct Definitions {
    known: Vec<Arc<Definition>>,
    /// Names that stand further down in the file.
    later: BTreeSet<String>,
}

impl Definitions {
    /// No definitions yet, and the names that are to come.
    pub fn to_come(names: impl IntoIterator<Item = String>) -> Self {
        Self { known: Vec::new(), later: names.into_iter().collect() }
    }

    /// Adds one that was compiled. Expressions that are compiled from now on may use its name.
    pub fn add(&mut self, definition: Definition) {
        self.later.remove(definition.name());
        self.known.push(Arc::new(definition));
    }

    /// Every one that was compiled, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.known.iter().map(|definition| &**definition)
    }

    /// The one of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Arc<Definition>> {
        self.known.iter().find(|definition| definition.name() == name)
    }

    /// Says whether the name stands further down, or is the one that is being compiled.
    pub(super) fn is_to_come(&self, name: &str) -> bool {
        self.later.contains(name)
    }
}

impl Definition {
    /// Compiles a definition. `env` has those before it.
    ///
    /// # Errors
    /// Everything that is wrong with the name or the expression; offsets count from the start of the expression.
    pub fn compile(name: &str, source: &str, env: &CelEnvironment) -> Result<Self, Vec<ConditionError>> {
        let refuse =
            |message: String, help: &str| Err(vec![ConditionError { offset: 0, message, help: Some(help.to_owned()) }]);
        let is_word = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_word || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
            return refuse(format!("`{}` is no name", name.escape_debug()), "write small letters, digits and `_`");
        }
        if NAMES.contains(&name) {
            return refuse(format!("`{name}` already means something else"), "choose another name");
        }
        let definition = check::compile_definition(name, source, env)?;
        match hidden::hidden_in(&definition.node, definition.of == Type::Bool) {
            Some(text) => Err(vec![hidden::refusal(source, &text)]),
            None => Ok(definition),
        }
    }

    /// The loops over all resources of a kind.
    pub(in crate::rule) fn population_loops(&self) -> Vec<PopulationLoop> {
        population_loops(&self.node)
    }

    /// The texts with which it compares facts of a resource of the kind that never have them.
    pub(in crate::rule) fn strange_texts(&self, kinds: &Kinds, kind: &str) -> Vec<StrangeText> {
        strange_texts(&self.node, kinds, kind)
    }
}
