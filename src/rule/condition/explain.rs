//! Explains a condition part by part: the answer that each part has by itself.
//!
//! Every part is evaluated alone, also where the whole was decided before its turn came, because whoever mends a
//! resource wants to know all that is wrong with it. So the parts can say more than the verdict needed; they never say
//! otherwise.

use std::rc::Rc;

use super::each::is_decisive;
use super::evaluate::Evaluator;
use super::node::{Loop, MAX_LOOPS, Node, Root};
use super::print::print;
use super::syntax::EachForm;
use crate::model::{Part, PartForm, PartValue, Truth};
use crate::rule::fault::EvaluationFault;
use crate::rule::inventory::Context;
use crate::rule::trace::Trace;
use crate::rule::value::{Elements, Val};

/// The most elements of one list that are shown.
const MOST_ELEMENTS: usize = 5;

/// The most parts that are shown in all. Loops in loops over long lists have endlessly many.
const MOST_PARTS: usize = 500;

/// Explains a whole condition.
pub(super) fn explain<'v>(root: &'v Node, context: &Context<'v>) -> Part {
    let slots = [const { Val::Unknown }; MAX_LOOPS];
    let mut explainer = Explainer { context, variables: Vec::new(), slots, left: MOST_PARTS };
    let value = explainer.in_part(explainer.truth(root).map(Val::from));
    Part { value, ..explainer.part(root) }
}

struct Explainer<'v, 's> {
    context: &'s Context<'v>,
    /// The names of the loops around the part, from the outermost.
    variables: Vec<Box<str>>,
    slots: [Val<'v>; MAX_LOOPS],
    /// The number of parts that may still be shown.
    left: usize,
}

impl<'v, 's> Explainer<'v, 's> {
    fn part(&mut self, node: &'v Node) -> Part {
        if let Node::Defined(definition) = node
            && !self.variables.is_empty()
        {
            // What a name stands for has nothing to do with the loops around it.
            let (outer, slots) = (std::mem::take(&mut self.variables), self.slots.clone());
            let part = self.part(node);
            (self.variables, self.slots) = (outer, slots);
            return Part { text: definition.name().to_owned(), ..part };
        }
        self.left = self.left.saturating_sub(1);
        let mut part = Part {
            text: print(node, &mut self.variables.clone()),
            form: form_of(node),
            value: self.in_part(self.evaluator(&mut Trace::off()).value(node)),
            parts: Vec::new(),
            left_out: 0,
        };
        if self.left > 0 {
            let children = children(node).into_iter().filter(|child| !matches!(child, Node::Constant(_)));
            part.parts = children.map(|child| self.part(child)).collect();
            if let Node::Each(form, each) = node
                && form.is_question()
            {
                part.left_out = self.elements(*form, each, &mut part.parts);
            }
        }
        part
    }

    /// Adds the elements of a list, in its order: those that decide, then those that leave it open, then the others, as
    /// far as there is room. Gives the number of those left out.
    fn elements(&mut self, form: EachForm, each: &'v Loop, parts: &mut Vec<Part>) -> usize {
        let mut trace = Trace::off();
        let mut evaluator = self.evaluator(&mut trace);
        let list = evaluator.value(&each.list).and_then(|list| evaluator.elements(&list));
        let Ok(Some(elements)) = list else { return 0 };
        let mut answers = Vec::new();
        for position in 0..elements.len() {
            self.slots[each.slot] = elements.get(position).0;
            answers.push((rank(form, &self.truth(&each.body)), position));
        }
        answers.sort_unstable();
        answers.truncate(MOST_ELEMENTS.min(self.left));
        answers.sort_unstable_by_key(|(_, position)| *position);
        let outer = self.variables.clone();
        self.variables.truncate(each.slot);
        self.variables.push(each.variable.clone());
        for (_, position) in &answers {
            let (element, is_maybe) = elements.get(*position);
            let name = name_of(&element, *position);
            let maybe = if is_maybe { ", if it is in the list" } else { "" };
            self.slots[each.slot] = element;
            let body = self.part(&each.body);
            let text = format!("{} = {name}{maybe}", each.variable);
            let value = body.value.clone();
            parts.push(Part { text, form: PartForm::Element, value, parts: vec![body], left_out: 0 });
        }
        self.slots[each.slot] = Val::Unknown;
        self.variables = outer;
        elements.len() - answers.len()
    }

    fn evaluator<'t>(&self, trace: &'t mut Trace) -> Evaluator<'v, 't>
    where
        's: 't,
    {
        let mut evaluator = Evaluator::new(self.context, trace);
        evaluator.slots = self.slots.clone();
        evaluator
    }

    fn truth(&self, node: &'v Node) -> Result<Truth, EvaluationFault> {
        self.evaluator(&mut Trace::off()).truth(node)
    }

    fn in_part(&self, val: Result<Val<'v>, EvaluationFault>) -> PartValue {
        match val {
            Ok(Val::Unknown) => PartValue::Unknown,
            Ok(Val::Between(low, high)) => PartValue::Between(low, high),
            Ok(Val::Population(kind)) if self.context.inventory.is_complete(kind) => {
                let resources = self.context.inventory.resources(kind).iter();
                PartValue::Known(resources.map(|resource| resource.id.as_str()).collect())
            }
            Ok(Val::Population(_)) => PartValue::Unknown,
            Ok(Val::Related(list)) if !Elements::Related(Rc::clone(&list)).is_certain() => PartValue::Unknown,
            Ok(val) => PartValue::Known(val.to_json()),
            Err(fault) => PartValue::Fault(fault.to_string()),
        }
    }
}

fn form_of(node: &Node) -> PartForm {
    match node {
        Node::And(_) => PartForm::And,
        Node::Or(_) => PartForm::Or,
        // `a != b` is one thing to a reader.
        Node::Not(operand) if !is_comparison(operand) => PartForm::Not,
        Node::Conditional(_) => PartForm::Conditional,
        Node::Each(EachForm::All, _) => PartForm::All,
        Node::Each(EachForm::Exists, _) => PartForm::Exists,
        Node::Each(EachForm::ExistsOne, _) => PartForm::ExistsOne,
        Node::Path(_) | Node::Param(_) | Node::Now | Node::Account | Node::InPhiScope(_) => PartForm::Name,
        Node::Defined(_) => PartForm::Computed,
        _ => PartForm::Computed,
    }
}

fn is_comparison(node: &Node) -> bool {
    matches!(node, Node::Equal(_) | Node::IsNull(_))
}

/// The parts that a part is computed from. The body of a loop means nothing without an element, so it is not among
/// them.
fn children(node: &Node) -> Vec<&Node> {
    match node {
        Node::And(terms) | Node::Or(terms) | Node::List(terms) | Node::Call(_, terms) => terms.iter().collect(),
        Node::Not(operand) if is_comparison(operand) => children(operand),
        Node::Not(operand) | Node::IsNull(operand) | Node::Negate(operand) | Node::Size(operand) => vec![operand],
        Node::Matches(text, _) => vec![text],
        Node::InPhiScope(owner) => children(owner),
        Node::Equal(sides)
        | Node::Order(_, sides)
        | Node::In(sides)
        | Node::Arithmetic(_, sides)
        | Node::Index(sides) => {
            vec![&sides.0, &sides.1]
        }
        Node::Conditional(parts) => vec![&parts.0, &parts.1, &parts.2],
        Node::Each(_, each) => vec![&each.list],
        Node::Lookup(lookup) => vec![&lookup.value],
        Node::Related(related) => vec![&related.value],
        Node::Defined(definition) => vec![&definition.node],
        Node::Path(path) => match &path.root {
            Root::Node(root) => vec![root],
            Root::Resource | Root::Slot(_) => Vec::new(),
        },
        Node::Constant(_) | Node::Param(_) | Node::Now | Node::Account | Node::Population(_) => Vec::new(),
    }
}

fn name_of(element: &Val<'_>, position: usize) -> String {
    match element.clone().plain() {
        Val::Resource(resource) => resource.id.clone(),
        Val::Json(_) | Val::Items(_) | Val::Constants(_) => format!("element {}", position + 1),
        scalar => scalar.to_json().to_string(),
    }
}

/// Sorts elements: those that decide a question about the list come first, then those that leave it open.
fn rank(form: EachForm, answer: &Result<Truth, EvaluationFault>) -> u8 {
    match answer {
        Ok(truth) if is_decisive(form, *truth) => 0,
        Ok(Truth::Unknown) | Err(_) => 1,
        Ok(_) => 2,
    }
}
