//! Paths: the only place where facts are read, and where what was read is noted.

use serde_json::Value;

use super::defined::SeenWhole;
use super::evaluate::Evaluator;
use super::node::{PathNode, PathStep, Root, StepKind};
use super::settle::settle;
use crate::model::Resource;
use crate::rule::fault::{EvaluationError, EvaluationFault, mismatch};
use crate::rule::value::{Expected, Val};

/// The start of a path.
#[derive(Clone, Copy)]
enum PathStart<'v> {
    /// At a resource's facts; `None` is the judged one.
    Facts(Option<&'v Resource>, &'v Value),
    /// Inside a list or an object that was read before.
    Inside(&'v Value),
}

impl<'v> Evaluator<'v, '_> {
    /// `is_whole` is false when only "is it null?" is asked.
    pub fn path(&mut self, path: &'v PathNode, is_whole: bool) -> Result<Val<'v>, EvaluationFault> {
        let start = match &path.root {
            Root::Resource if path.steps.is_empty() => return Ok(Val::Resource(self.context.resource)),
            Root::Resource => self.start_of(path, self.context.resource),
            Root::Slot(slot) => match &self.slots[*slot] {
                Val::Json(value) => PathStart::Inside(value),
                other => match self.start_at(path, other.clone())? {
                    Ok(start) => start,
                    Err(val) => return Ok(val),
                },
            },
            Root::Node(node) => {
                let val = self.value(node)?;
                match self.start_at(path, val)? {
                    Ok(start) => start,
                    Err(val) => return Ok(val),
                }
            }
        };
        let (PathStart::Facts(_, mut at) | PathStart::Inside(mut at)) = start;
        for step in &path.steps {
            let inner = match (&step.kind, at) {
                (StepKind::Field(name) | StepKind::Key(name), Value::Object(fields)) => fields.get(&**name),
                (StepKind::Position(position), Value::Array(list)) => list.get(*position),
                (_, Value::Null) if path.passes_null => return Ok(Val::Null),
                _ => None,
            };
            match inner {
                Some(inner) => at = inner,
                None => return self.broken(path, step, start, at),
            }
        }
        if self.trace.is_on() {
            self.note(start, &path.text, Some(at), is_whole);
        }
        settle(at, path.expected, path.is_nullable).ok_or_else(|| path.mismatch(&path.text, path.expected, at))
    }

    /// Finds the start of a path from that value, or the value itself if the path ends at once.
    fn start_at(&self, path: &PathNode, val: Val<'v>) -> Result<Result<PathStart<'v>, Val<'v>>, EvaluationFault> {
        Ok(match val {
            val if path.steps.is_empty() && !matches!(val, Val::Json(_)) => Err(val),
            Val::Resource(resource) => Ok(self.start_of(path, resource)),
            Val::Json(value) => Ok(PathStart::Inside(value)),
            val if val.is_unknown() => Err(Val::Unknown),
            Val::Null if path.passes_null => Err(Val::Null),
            other => return Err(mismatch(path.name_of(""), Expected::Object, &other)),
        })
    }

    /// Where a path from a resource starts: at its facts, or at those that its owner's account was told.
    fn start_of(&self, path: &PathNode, resource: &'v Resource) -> PathStart<'v> {
        let teller = match path.steps.first().map(|step| &step.kind) {
            Some(StepKind::Field(fact)) => self.context.inventory.teller(resource, fact),
            _ => resource,
        };
        let is_judged = std::ptr::eq(teller, self.context.resource);
        PathStart::Facts((!is_judged).then_some(teller), &teller.facts)
    }

    /// Gives the result of a path that cannot be walked to its end: an unread fact is unknown, anything else is a
    /// fault.
    #[cold]
    fn broken(
        &mut self,
        path: &'v PathNode,
        step: &PathStep,
        start: PathStart<'v>,
        at: &'v Value,
    ) -> Result<Val<'v>, EvaluationFault> {
        let outer = &path.text[..path.start_of(step)];
        match (&step.kind, at) {
            (StepKind::Field(_), Value::Object(_)) => {
                self.note(start, &path.text[..step.end], None, true);
                Ok(Val::Unknown)
            }
            (StepKind::Key(name), Value::Object(_)) => {
                self.note(start, outer, Some(at), true);
                Err(Box::new(EvaluationError::Key(name.to_string())))
            }
            (StepKind::Position(position), Value::Array(list)) => {
                self.note(start, outer, Some(at), true);
                Err(Box::new(EvaluationError::Index { index: *position as i64, size: list.len() }))
            }
            (kind, at) => {
                self.note(start, outer, Some(at), true);
                let is_position = matches!(kind, StepKind::Position(_));
                Err(path.mismatch(outer, if is_position { Expected::List } else { Expected::Object }, at))
            }
        }
    }

    fn note(&mut self, start: PathStart<'v>, path: &str, value: Option<&'v Value>, is_whole: bool) {
        if !self.trace.is_on() {
            return;
        }
        let has_parts = matches!(value, Some(Value::Array(_) | Value::Object(_)));
        let (owner, path) = match start {
            PathStart::Facts(owner, _) if path.is_empty() => (owner, String::new()),
            PathStart::Facts(owner, _) => {
                self.trace.read(owner, path.to_owned(), value, is_whole);
                (owner, path.to_owned())
            }
            // A part of a value that was read as a whole is noted already, unless it is absent.
            PathStart::Inside(_) if value.is_some() && !has_parts => return,
            PathStart::Inside(root) => {
                let Some((owner, outer)) = self.place_of(root) else { return };
                let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
                let path = format!("{outer}{dot}{path}");
                if value.is_none() {
                    self.trace.read(owner, path.clone(), None, true);
                }
                (owner, path)
            }
        };
        if let Some(value) = value.filter(|_| has_parts) {
            self.seen.push(SeenWhole { owner, path, value });
        }
    }

    /// Owner and path of a value that lies in a list or is an object that was read before.
    fn place_of(&self, value: &'v Value) -> Option<(Option<&'v Resource>, String)> {
        self.seen.iter().rev().find_map(|seen| {
            if std::ptr::eq(seen.value, value) {
                return Some((seen.owner, seen.path.clone()));
            }
            let list = seen.value.as_array()?;
            if !list.as_ptr_range().contains(&std::ptr::from_ref(value)) {
                return None;
            }
            let position = list.iter().position(|element| std::ptr::eq(element, value))?;
            Some((seen.owner, format!("{}[{position}]", seen.path)))
        })
    }
}

impl PathNode {
    fn name_of<'p>(&self, path: &'p str) -> &'p str {
        if path.is_empty() { "the resource or element" } else { path }
    }

    #[cold]
    fn mismatch(&self, path: &str, expected: Expected, found: &Value) -> EvaluationFault {
        mismatch(self.name_of(path), expected, &Val::Json(found))
    }

    /// The offset in the text at which a step's outer path ends.
    fn start_of(&self, step: &PathStep) -> usize {
        self.steps.iter().map(|other| other.end).take_while(|end| *end < step.end).last().unwrap_or(0)
    }
}
