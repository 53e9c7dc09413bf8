//! Explanations of a finding: all that is known of it, and its rule's condition part by part.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Finding, Framework, RuleInfo, Verifiable};

/// What a part of a condition comes to by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartValue {
    /// What it is: `true`, `35`, a fact.
    Known(Value),
    /// The facts that were read do not decide it. The fact itself, if it is one, was not read.
    Unknown,
    /// It could be anything from the first number to the second, both included.
    Between(i64, i64),
    /// It has no value: a list has no such element, a map no such key.
    Fault(String),
}

/// One part of a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// The part as text.
    pub text: String,
    /// What joins the parts below it.
    pub form: PartForm,
    /// What it comes to.
    pub value: PartValue,
    /// What it is made of. For a question about the elements of a list: first the list, then one part for each element.
    pub parts: Vec<Part>,
    /// How many elements of the list are not among the parts. None of them decides anything that those do not.
    pub left_out: usize,
}

/// How a part's value follows from the parts below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartForm {
    /// All must hold.
    And,
    /// One must hold.
    Or,
    /// It must not hold.
    Not,
    /// The first one chooses between the second and the third.
    Conditional,
    /// It must hold for every element of the list.
    All,
    /// It must hold for some element of the list.
    Exists,
    /// It must hold for exactly one element of the list.
    ExistsOne,
    /// One element of such a list. The one part below it is the question about it.
    Element,
    /// A fact, a parameter or another name.
    Name,
    /// Computed from the parts below it: compared, called, added.
    Computed,
}

/// A requirement that a rule speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedRequirement {
    /// The printed form: `164.312(a)(2)(iv)` or `CC6.7`.
    pub id: String,
    /// HIPAA or SOC 2.
    pub framework: Framework,
    /// Our own short title.
    pub title: String,
    /// `required`, `addressable`, `standard` or `general` for HIPAA; the category for SOC 2.
    pub class: String,
    /// HIPAA: what it asks, in one sentence of our own.
    pub summary: Option<String>,
    /// What AWS state can show of it.
    pub verifiable_in_aws: Verifiable,
}

/// Why a finding is what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The finding.
    pub finding: Finding,
    /// Its rule, as it judged.
    pub rule: RuleInfo,
    /// Which resources the rule concerns, part by part; `null` if it concerns all of its kind, or the facts are not at hand.
    pub when: Option<Part>,
    /// When the state is good, part by part; `null` if the facts are not at hand or there is no resource to judge.
    pub pass: Option<Part>,
    /// The requirements that the rule speaks for.
    pub requirements: Vec<ExplainedRequirement>,
    /// What the reader must know: why parts have no values, for example.
    pub notes: Vec<String>,
}
