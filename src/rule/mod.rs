//! Rules: data that says which state of a resource is good, why, and how to get there.
//!
//! A rule is one YAML file ([`Rule`]). Its conditions are compiled when it is loaded, against the facts that its kind
//! has; what can go wrong in a rule goes wrong there. [`RuleSet`] holds the rules of a run, [`lint`] is stricter than
//! loading, and [`examples`] are a rule's own tests. Nothing here reads AWS.

pub use fault::EvaluationError;
mod command_line;
pub mod condition;
mod conform;
pub mod databases;
pub mod examples;
mod fact_index;
mod fact_path;
mod fault;
mod file;
pub mod functions;
mod inventory;
pub mod lint;
mod param;
pub mod question;
mod selection;
mod set;
pub mod template;
#[cfg(test)]
pub(crate) mod testing;
pub mod trace;
pub mod types;
mod value;

pub use condition::{CelEnvironment, Condition, ConditionError, DefinedValues, Definition, Definitions, Needs};
pub use file::{Rule, is_rule_id};
pub use inventory::{Context, IN_PHI_SCOPE, Inventory};
pub use param::{Param, ParamSettings, ParamType, Setting};
pub use selection::Selection;
pub use set::{FormerIds, RuleSet, builtin_sources, sources_in};
pub use template::Template;
pub use trace::{FactRead, FailedLookup, Trace};
