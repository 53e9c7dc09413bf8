//! Rules: data that says which state of a resource is good, why, and how to get there.
//!
//! A rule is one YAML file ([`Rule`]). Its conditions are compiled when it is loaded, against the facts that its kind
//! has; what can go wrong in a rule goes wrong there. [`RuleSet`] holds the rules of a run, [`lint`] is stricter than
//! loading, and [`examples`] are a rule's own tests. Nothing here reads AWS.

mod command_line;
pub mod condition;
mod conform;
pub mod databases;
pub mod estate;
pub mod examples;
mod file;
pub mod functions;
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

pub use condition::{Condition, ConditionError, Environment, EvaluationError, Needs};
pub use estate::{Estate, Subject};
pub use file::{IN_PHI_SCOPE, Rule, is_rule_id};
pub use param::{Param, ParamType, Setting, Settings};
pub use selection::Selection;
pub use set::{FormerIds, RuleSet, builtin_sources, sources_in};
pub use template::Template;
pub use trace::{Lookup, Read, Trace};
