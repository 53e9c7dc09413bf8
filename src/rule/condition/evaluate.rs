//! Runs a compiled condition over one resource.

use std::rc::Rc;

use serde_json::Value;

use super::calculate::{calculate, negate};
use super::compare::{equal, ordered};
use super::defined::SeenWhole;
use super::kleene::Kleene;
use super::node::{Arithmetic, Definition, LookupNode, MAX_LOOPS, Node, OrderOp};
use super::settle::settle;
use crate::model::Truth;
use crate::rule::fault::{EvaluationError, EvaluationFault, MAX_STEPS, mismatch};
use crate::rule::inventory::Context;
use crate::rule::trace::Trace;
use crate::rule::value::{ComputedList, Const, Elements, Expected, ListItem, Val};

/// Evaluates a condition.
pub(super) fn truth_of<'v>(root: &'v Node, context: &Context<'v>, trace: &mut Trace) -> Result<Truth, EvaluationError> {
    Evaluator::new(context, trace).truth(root).map_err(|fault| *fault)
}

/// Evaluates an expression of any type.
pub(super) fn value_of<'v>(
    root: &'v Node,
    context: &Context<'v>,
    trace: &mut Trace,
) -> Result<Val<'v>, EvaluationError> {
    Evaluator::new(context, trace).value(root).map_err(|fault| *fault)
}

pub(super) struct Evaluator<'v, 't> {
    pub context: &'t Context<'v>,
    pub slots: [Val<'v>; MAX_LOOPS],
    steps: u32,
    pub trace: &'t mut Trace,
    /// The lists and objects that were read as a whole, to name what is inside them. Empty while nothing is recorded.
    pub seen: Vec<SeenWhole<'v>>,
    /// The definitions whose evidence is in the trace.
    pub repeated: Vec<&'v Definition>,
}

impl<'v, 't> Evaluator<'v, 't> {
    pub fn new(context: &'t Context<'v>, trace: &'t mut Trace) -> Self {
        let slots = [const { Val::Unknown }; MAX_LOOPS];
        Self { context, slots, steps: MAX_STEPS, trace, seen: Vec::new(), repeated: Vec::new() }
    }

    /// Counts one step.
    fn step(&mut self) -> Result<(), EvaluationFault> {
        self.steps = self.steps.checked_sub(1).ok_or_else(|| Box::new(EvaluationError::Budget))?;
        Ok(())
    }

    /// Evaluates an expression whose result is a bool.
    pub fn truth(&mut self, node: &'v Node) -> Result<Truth, EvaluationFault> {
        self.step()?;
        match node {
            Node::Not(operand) => Ok(!self.truth(operand)?),
            Node::And(terms) => self.chain(terms, Truth::False),
            Node::Or(terms) => self.chain(terms, Truth::True),
            Node::IsNull(operand) => self.is_null(operand),
            Node::Equal(sides) => match sized_against_zero(sides) {
                Some(list) => Ok(!self.has_elements(list)?),
                None => {
                    let (left, right) = self.both(sides)?;
                    equal(&left, &right)
                }
            },
            Node::Order(OrderOp::Greater, sides) if sized_against_zero(sides).is_some() => self.has_elements(&sides.0),
            Node::Order(order, sides) => {
                let (left, right) = self.both(sides)?;
                ordered(*order, &left, &right)
            }
            Node::In(sides) => self.is_in(sides),
            Node::Each(form, each) if form.is_question() => self.ask_each(*form, each),
            Node::Conditional(parts) => match self.truth(&parts.0)? {
                Truth::True => self.truth(&parts.1),
                Truth::False => self.truth(&parts.2),
                Truth::Unknown => {
                    let (yes, no) = (undecided(self.truth(&parts.1))?, undecided(self.truth(&parts.2))?);
                    Ok(if yes == no { yes } else { Truth::Unknown })
                }
            },
            Node::Matches(text, pattern) => {
                let text = self.value(text)?;
                match text.as_text() {
                    Some(text) => Ok(Truth::from(pattern.is_match(text))),
                    None if text.is_unknown() => Ok(Truth::Unknown),
                    None => Err(mismatch("the text of `matches`", Expected::Text, &text)),
                }
            }
            _ => match self.compute(node)?.plain() {
                Val::Bool(value) => Ok(Truth::from(value)),
                Val::Unknown => Ok(Truth::Unknown),
                other => Err(mismatch("a condition", Expected::Bool, &other)),
            },
        }
    }

    /// Evaluates any expression.
    pub fn value(&mut self, node: &'v Node) -> Result<Val<'v>, EvaluationFault> {
        match node {
            Node::Path(path) => {
                self.step()?;
                return self.path(path, true);
            }
            Node::Constant(constant) => return Ok(Val::from(constant)),
            _ => {}
        }
        if node.is_bool() {
            return self.truth(node).map(Val::from);
        }
        self.step()?;
        self.compute(node)
    }

    fn compute(&mut self, node: &'v Node) -> Result<Val<'v>, EvaluationFault> {
        Ok(match node {
            Node::Constant(constant) => Val::from(constant),
            Node::Path(path) => return self.path(path, true),
            Node::Param(param) => match self.context.params.get(&*param.name) {
                Some(value) => settle(value, param.expected, false)
                    .ok_or_else(|| mismatch(&format!("params.{}", param.name), param.expected, &Val::Json(value)))?,
                None => Val::Unknown,
            },
            Node::Now => Val::Timestamp(self.context.now),
            Node::Account => Val::Text(self.context.account),
            Node::InPhiScope(owner) => match self.value(owner)? {
                Val::Resource(owner) => self.in_phi_scope(owner),
                val if val.is_unknown() => Val::Unknown,
                other => return Err(mismatch("the owner of `InPhiScope`", Expected::Object, &other)),
            },
            Node::Population(kind) => Val::Population(kind),
            Node::Related(related) => return self.related(related),
            Node::Lookup(lookup) => return self.lookup(lookup),
            Node::Defined(definition) => return self.defined(definition),
            Node::Arithmetic(operation, sides) => {
                let (left, right) = self.both(sides)?;
                if *operation == Arithmetic::Add && (left.is_list() || right.is_list()) {
                    return self.join(&left, &right);
                }
                return calculate(*operation, left, right);
            }
            Node::Negate(operand) => return negate(self.value(operand)?),
            Node::Conditional(parts) => return self.choose(&parts.0, &parts.1, &parts.2),
            Node::Index(parts) => return self.index(&parts.0, &parts.1),
            Node::List(elements) => {
                let val = |element| Ok(ListItem { val: self.value(element)?, is_maybe: false });
                let items = elements.iter().map(val).collect::<Result<_, EvaluationFault>>()?;
                Val::Items(Rc::new(ComputedList { items, ..ComputedList::default() }))
            }
            Node::Each(form, each) => return self.make_each(*form, each),
            Node::Size(operand) => {
                let val = self.value(operand)?;
                return self.size(val);
            }
            Node::Call(function, args) => return self.call(function, args),
            bool_node => self.truth(bool_node)?.into(),
        })
    }

    /// Evaluates what a loop asks of one element. Each resource of a list has steps of its own: how many of them an
    /// account has must not decide whether there is an answer.
    pub fn within_element<T>(&mut self, elements: &Elements<'v>, evaluate: impl FnOnce(&mut Self) -> T) -> T {
        if !elements.are_of_resources() {
            return evaluate(self);
        }
        let steps = std::mem::replace(&mut self.steps, MAX_STEPS);
        let result = evaluate(self);
        self.steps = steps;
        result
    }

    fn both(&mut self, sides: &'v (Node, Node)) -> Result<(Val<'v>, Val<'v>), EvaluationFault> {
        Ok((self.value(&sides.0)?, self.value(&sides.1)?))
    }

    fn chain(&mut self, terms: &'v [Node], decisive: Truth) -> Result<Truth, EvaluationFault> {
        let mut result = Kleene::new(decisive);
        for term in terms {
            if result.add(self.truth(term))? {
                return Ok(decisive);
            }
        }
        result.finish(false)
    }

    fn is_null(&mut self, operand: &'v Node) -> Result<Truth, EvaluationFault> {
        let val = match operand {
            Node::Path(path) => self.path(path, false)?,
            other => self.value(other)?,
        };
        Ok(match val.plain() {
            Val::Null => Truth::True,
            val if val.is_unknown() => Truth::Unknown,
            _ => Truth::False,
        })
    }

    fn is_in(&mut self, sides: &'v (Node, Node)) -> Result<Truth, EvaluationFault> {
        let (wanted, list) = self.both(sides)?;
        if let Val::Json(Value::Object(map)) = list {
            return match wanted.as_text() {
                Some(key) => Ok(Truth::from(map.contains_key(key))),
                None if wanted.is_unknown() => Ok(Truth::Unknown),
                None => Err(mismatch("the key before `in`", Expected::Text, &wanted)),
            };
        }
        if let (Val::Text(wanted), Val::Constants(list)) = (&wanted, &list) {
            return Ok(Truth::from(
                list.iter().any(|element| matches!(element, Const::Text(text) if **text == **wanted)),
            ));
        }
        let Some(elements) = self.elements(&list)? else { return Ok(Truth::Unknown) };
        let mut result = Kleene::new(Truth::True);
        for position in 0..elements.len() {
            if !elements.are_of_resources() {
                self.step()?;
            }
            let (element, is_maybe) = elements.get(position);
            if result.add_maybe(equal(&wanted, &element), is_maybe)? {
                return Ok(Truth::True);
            }
        }
        self.finish(result, &elements)
    }

    /// Gives the answer of a loop that no element decided.
    pub fn finish(&mut self, result: Kleene, elements: &Elements<'v>) -> Result<Truth, EvaluationFault> {
        self.note_end(elements);
        if let Some(kind) = elements.open() {
            self.trace.population(kind);
        }
        result.finish(elements.may_have_more())
    }

    fn choose(&mut self, condition: &'v Node, yes: &'v Node, no: &'v Node) -> Result<Val<'v>, EvaluationFault> {
        match self.truth(condition)? {
            Truth::True => self.value(yes),
            Truth::False => self.value(no),
            Truth::Unknown => {
                let (yes, no) = (self.value_or_unknown(yes)?, self.value_or_unknown(no)?);
                Ok(if equal(&yes, &no).is_ok_and(|same| same == Truth::True) { yes } else { Val::Unknown })
            }
        }
    }

    fn value_or_unknown(&mut self, node: &'v Node) -> Result<Val<'v>, EvaluationFault> {
        match self.value(node) {
            Err(fault) if *fault != EvaluationError::Budget => Ok(Val::Unknown),
            other => other,
        }
    }

    fn index(&mut self, list: &'v Node, index: &'v Node) -> Result<Val<'v>, EvaluationFault> {
        let (list, index) = (self.value(list)?, self.value(index)?.plain());
        if list.is_unknown() || index.is_unknown() {
            return Ok(Val::Unknown);
        }
        if let (Val::Json(Value::Object(map)), Some(key)) = (&list, index.as_text()) {
            return map
                .get(key)
                .map(|value| Val::Json(value).plain())
                .ok_or_else(|| Box::new(EvaluationError::Key(key.chars().take(100).collect())));
        }
        let Val::Int(position) = index else { return Err(mismatch("a position", Expected::Int, &index)) };
        let Some(elements) = self.elements(&list)? else { return Ok(Val::Unknown) };
        self.note_all(&elements);
        if !elements.is_certain() {
            if let Some(kind) = elements.open() {
                self.trace.population(kind);
            }
            return Ok(Val::Unknown);
        }
        match usize::try_from(position).ok().filter(|position| *position < elements.len()) {
            Some(position) => Ok(elements.get(position).0.plain()),
            None => Err(Box::new(EvaluationError::Index { index: position, size: elements.len() })),
        }
    }

    /// Says whether a list has an element. Of resources that were joined only the first is looked for.
    fn has_elements(&mut self, size: &'v Node) -> Result<Truth, EvaluationFault> {
        let more_than_none = |size: &Val<'v>| ordered(OrderOp::Greater, size, &Val::Int(0));
        let Node::Size(list) = size else { return more_than_none(&self.value(size)?) };
        let val = self.value(list)?;
        if !matches!(val, Val::Related(_)) {
            return more_than_none(&self.size(val)?);
        }
        let Some(elements) = self.elements(&val)? else { return Ok(Truth::Unknown) };
        let mut result = Kleene::new(Truth::True);
        for position in 0..elements.len() {
            let (_, is_maybe) = self.element(&elements, position);
            if result.add_maybe(Ok(Truth::True), is_maybe)? {
                return Ok(Truth::True);
            }
            if self.may_stop_among_maybes(&elements) {
                break;
            }
        }
        self.finish(result, &elements)
    }

    fn size(&mut self, val: Val<'v>) -> Result<Val<'v>, EvaluationFault> {
        if let Some(text) = val.as_text() {
            return Ok(Val::Int(text.chars().count() as i64));
        }
        if let Val::Json(Value::Object(map)) = val {
            return Ok(Val::Int(map.len() as i64));
        }
        let Some(elements) = self.elements(&val)? else { return Ok(Val::Unknown) };
        self.note_all(&elements);
        let (known, certain) = (elements.len() as i64, elements.certain() as i64);
        if let Some(kind) = elements.open() {
            self.trace.population(kind);
        }
        if elements.may_have_more() {
            return Ok(Val::Between(certain, i64::MAX));
        }
        Ok(if certain == known { Val::Int(known) } else { Val::Between(certain, known) })
    }

    /// The elements of a list, the keys of a map; `None` when they are not known.
    pub fn elements(&self, list: &Val<'v>) -> Result<Option<Elements<'v>>, EvaluationFault> {
        Ok(Some(match list {
            Val::Unknown => return Ok(None),
            Val::Json(Value::Array(list)) => Elements::Json(list),
            Val::Json(Value::Object(map)) => {
                let items = map.keys().map(|key| ListItem { val: Val::Text(key), is_maybe: false }).collect();
                Elements::Items(Rc::new(ComputedList { items, ..ComputedList::default() }))
            }
            Val::Population(kind) => {
                let inventory = self.context.inventory;
                Elements::Resources(inventory.resources(kind), (!inventory.is_complete(kind)).then_some(kind))
            }
            Val::Related(list) => Elements::Related(Rc::clone(list)),
            Val::Constants(list) => Elements::Constants(list),
            Val::Items(list) => Elements::Items(Rc::clone(list)),
            other => return Err(mismatch("a list", Expected::List, other)),
        }))
    }

    /// Two lists as one. One `open` is enough to keep it open; the other kind is noted at once.
    fn join(&mut self, left: &Val<'v>, right: &Val<'v>) -> Result<Val<'v>, EvaluationFault> {
        let (first, second) = match (self.elements(left)?, self.elements(right)?) {
            (Some(first), Some(second)) => (first, second),
            // The elements of one are there whatever the other has.
            (Some(known), None) | (None, Some(known)) => {
                let more = ComputedList { is_vague: true, ..ComputedList::default() };
                (known, Elements::Items(Rc::new(more)))
            }
            (None, None) => return Ok(Val::Unknown),
        };
        if let (Some(kind), Some(_)) = (first.open(), second.open()) {
            self.trace.population(kind);
        }
        let is_of_resources = first.are_of_resources() || second.are_of_resources();
        let open = second.open().or(first.open());
        let is_vague = first.may_have_more() || second.may_have_more();
        let mut joined = ComputedList { items: Vec::new(), open, is_vague, is_of_resources };
        for part in [first, second] {
            for position in 0..part.len() {
                let (val, is_maybe) = self.element(&part, position);
                joined.items.push(ListItem { val, is_maybe });
            }
            self.note_end(&part);
        }
        Ok(Val::Items(Rc::new(joined)))
    }

    fn lookup(&mut self, lookup: &'v LookupNode) -> Result<Val<'v>, EvaluationFault> {
        let wanted = self.value(&lookup.value)?.plain();
        if wanted.is_unknown() {
            return Ok(Val::Unknown);
        }
        let wanted = wanted.to_json();
        match self.context.inventory.lookup(&lookup.kind, &lookup.fact, &wanted) {
            Some(resource) => {
                if self.trace.is_on() {
                    self.trace.read(Some(resource), lookup.fact.to_string(), resource.fact(&lookup.fact), true);
                }
                Ok(Val::Resource(resource))
            }
            None => {
                self.trace.lookup(&lookup.kind, &lookup.fact, wanted);
                if !self.context.inventory.is_complete(&lookup.kind) {
                    self.trace.population(&lookup.kind);
                }
                Ok(Val::Unknown)
            }
        }
    }
}

/// The size, where it is compared with a zero that stands after it.
fn sized_against_zero(sides: &(Node, Node)) -> Option<&Node> {
    match sides {
        (size @ Node::Size(_), Node::Constant(Const::Int(0))) => Some(size),
        _ => None,
    }
}

/// An undecided branch's fault decides nothing either.
fn undecided(branch: Result<Truth, EvaluationFault>) -> Result<Truth, EvaluationFault> {
    match branch {
        Err(fault) if *fault != EvaluationError::Budget => Ok(Truth::Unknown),
        other => other,
    }
}
