//! What a rule's definitions came to for one judged resource, so that each is evaluated once at most.

use std::cell::RefCell;

use serde_json::Value;

use super::node::Definition;
use crate::model::Resource;
use crate::rule::fault::EvaluationFault;
use crate::rule::trace::Trace;
use crate::rule::value::Val;

/// The values of the definitions that were asked for so far.
#[derive(Debug, Default)]
pub struct DefinedValues<'v>(pub(super) RefCell<Vec<DefinedValue<'v>>>);

#[derive(Debug)]
pub(super) struct DefinedValue<'v> {
    pub definition: &'v Definition,
    pub result: Result<Val<'v>, EvaluationFault>,
    /// What was read for it.
    pub trace: Trace,
    pub seen: Vec<SeenWhole<'v>>,
}

/// A list or an object that was read as a whole.
#[derive(Debug, Clone)]
pub(super) struct SeenWhole<'v> {
    pub owner: Option<&'v Resource>,
    pub path: String,
    pub value: &'v Value,
}
