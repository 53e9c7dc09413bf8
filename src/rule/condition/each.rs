//! Loops over lists that may not be wholly known.

use std::rc::Rc;

use super::evaluate::Evaluator;
use super::kleene::Kleene;
use super::node::{Loop, Node};
use super::syntax::EachForm;
use crate::model::Truth;
use crate::rule::fault::{EvaluationError, EvaluationFault};
use crate::rule::value::{ComputedList, ListItem, Val};

/// Says whether that answer for one element can decide a question about all of them.
pub(super) fn is_decisive(form: EachForm, answer: Truth) -> bool {
    answer == if form == EachForm::All { Truth::False } else { Truth::True }
}

impl EachForm {
    /// Says whether the result is a bool.
    pub fn is_question(self) -> bool {
        matches!(self, Self::All | Self::Exists | Self::ExistsOne)
    }
}

impl<'v> Evaluator<'v, '_> {
    /// `all`, `exists` and `exists_one`.
    pub fn ask_each(&mut self, form: EachForm, each: &'v Loop) -> Result<Truth, EvaluationFault> {
        let list = self.value(&each.list)?;
        let Some(elements) = self.elements(&list)? else { return Ok(Truth::Unknown) };
        if form == EachForm::ExistsOne {
            return self.ask_for_one(each, &list);
        }
        let decisive = if form == EachForm::All { Truth::False } else { Truth::True };
        let mut result = Kleene::new(decisive);
        for position in 0..elements.len() {
            let (element, is_maybe) = self.element(&elements, position);
            if is_maybe && result.is_unknown() && self.may_stop_among_maybes(&elements) {
                break;
            }
            self.slots[each.slot] = element;
            let answer = self.within_element(&elements, |evaluator| evaluator.truth(&each.body));
            if result.add_maybe(answer, is_maybe)? {
                return Ok(decisive);
            }
        }
        self.finish(result, &elements)
    }

    fn ask_for_one(&mut self, each: &'v Loop, list: &Val<'v>) -> Result<Truth, EvaluationFault> {
        let Some(elements) = self.elements(list)? else { return Ok(Truth::Unknown) };
        let (mut certain, mut possible, mut fault) = (0, 0, None);
        for position in 0..elements.len() {
            let (element, is_maybe) = self.element(&elements, position);
            self.slots[each.slot] = element;
            match self.within_element(&elements, |evaluator| evaluator.truth(&each.body)) {
                Ok(Truth::False) => {}
                Ok(Truth::True) if !is_maybe => certain += 1,
                Ok(_) => possible += 1,
                Err(error) if *error == EvaluationError::Budget => return Err(error),
                Err(_) if is_maybe => possible += 1,
                Err(error) => drop(fault.get_or_insert(error)),
            }
        }
        self.note_end(&elements);
        if let Some(fault) = fault {
            return Err(fault);
        }
        if certain > 1 {
            return Ok(Truth::False);
        }
        if let Some(kind) = elements.open() {
            self.trace.population(kind);
        }
        if elements.may_have_more() {
            return Ok(Truth::Unknown);
        }
        Ok(if possible > 0 { Truth::Unknown } else { Truth::from(certain == 1) })
    }

    /// `filter` and `map`.
    pub fn make_each(&mut self, form: EachForm, each: &'v Loop) -> Result<Val<'v>, EvaluationFault> {
        let list = self.value(&each.list)?;
        let Some(elements) = self.elements(&list)? else { return Ok(Val::Unknown) };
        let is_of_resources = elements.are_of_resources();
        let (open, is_vague) = (elements.open(), elements.may_have_more());
        let mut made = ComputedList { items: Vec::new(), open, is_vague, is_of_resources };
        for position in 0..elements.len() {
            let (element, is_maybe) = self.element(&elements, position);
            self.slots[each.slot] = element;
            if form == EachForm::Map {
                let val = self.within_element(&elements, |evaluator| evaluator.value(&each.body))?;
                made.items.push(ListItem { val, is_maybe });
                continue;
            }
            let is_in = self.within_element(&elements, |evaluator| evaluator.truth(&each.body))?;
            if is_in != Truth::False {
                let val = std::mem::replace(&mut self.slots[each.slot], Val::Unknown);
                made.items.push(ListItem { val, is_maybe: is_maybe || is_in == Truth::Unknown });
            }
        }
        self.note_end(&elements);
        Ok(Val::Items(Rc::new(made)))
    }
}

impl Node {
    /// Says whether the result is a bool for certain, so that it is evaluated as one.
    pub fn is_bool(&self) -> bool {
        match self {
            Self::Not(_) | Self::And(_) | Self::Or(_) | Self::IsNull(_) | Self::Equal(_) | Self::Order(..) => true,
            Self::In(_) | Self::Matches(..) => true,
            Self::Each(form, _) => form.is_question(),
            _ => false,
        }
    }
}
