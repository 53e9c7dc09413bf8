//! Joins and definitions while a condition runs, and what they note as evidence.
//!
//! A join finds its resources in an index and walks through no list. Its evidence is still that of a walk: whoever looks
//! for the databases of a key looks at every database in turn, and the evidence names the first of them. A walk over the
//! result notes those that it passed by.

use std::rc::Rc;

use super::defined::DefinedValue;
use super::evaluate::Evaluator;
use super::node::{Definition, RelatedNode};
use crate::model::Resource;
use crate::rule::fault::{EvaluationFault, mismatch};
use crate::rule::trace::Trace;
use crate::rule::value::{ComputedList, Elements, Expected, ListItem, Matching, RelatedList, Val};

impl<'v> Evaluator<'v, '_> {
    /// The resources of a kind that have a text, or one of several, at the end of a path.
    pub fn related(&mut self, node: &'v RelatedNode) -> Result<Val<'v>, EvaluationFault> {
        let wanted = self.value(&node.value)?;
        let inventory = self.context.inventory;
        let population = inventory.resources(&node.kind);
        let open = (!inventory.is_complete(&node.kind)).then_some(&*node.kind);
        if population.is_empty() {
            let none = ComputedList { items: Vec::new(), open, is_vague: false, is_of_resources: true };
            return Ok(Val::Items(Rc::new(none)));
        }
        let index = inventory.index(&node.kind, &node.path);
        let (texts, is_vague) = self.texts(&wanted)?;
        let is_vague = is_vague && !index.is_empty();
        let mut places: Vec<usize> = texts.iter().filter_map(|text| index.place_of_text(text)).collect();
        places.sort_unstable();
        places.dedup();
        let matching = match places.as_slice() {
            [] => Matching::Place(None),
            [place] if !index.holders(*place).is_partly_unread => Matching::Place(Some(*place)),
            places => {
                let positions = places.iter().flat_map(|place| &index.holders(*place).positions);
                let mut certain: Vec<usize> = positions.copied().collect();
                certain.sort_unstable();
                certain.dedup();
                let is_other = |position: &&usize| certain.binary_search(position).is_err();
                let maybe = index.unread.iter().filter(is_other).copied().collect();
                Matching::Gathered { certain, maybe }
            }
        };
        Ok(Val::Related(Rc::new(RelatedList { path: &node.path, population, open, is_vague, index, matching })))
    }

    /// The texts that a value is or holds, and whether there may be others. Null is no text.
    fn texts(&self, wanted: &Val<'v>) -> Result<(Vec<Rc<str>>, bool), EvaluationFault> {
        let elements = match wanted {
            Val::Unknown => return Ok((Vec::new(), true)),
            list if list.is_list() => self.elements(list)?,
            text => {
                let items = vec![ListItem { val: text.clone(), is_maybe: false }];
                Some(Elements::Items(Rc::new(ComputedList { items, ..ComputedList::default() })))
            }
        };
        let Some(elements) = elements else { return Ok((Vec::new(), true)) };
        let (mut texts, mut is_vague) = (Vec::with_capacity(elements.len()), elements.may_have_more());
        for position in 0..elements.len() {
            let (element, is_maybe) = elements.get(position);
            match element.as_text() {
                Some(text) if !is_maybe => texts.push(Rc::from(text)),
                Some(_) => is_vague = true,
                None => match element.plain() {
                    Val::Null => {}
                    val if val.is_unknown() => is_vague = true,
                    other => return Err(mismatch("the value of `related`", Expected::Text, &other)),
                },
            }
        }
        Ok((texts, is_vague))
    }

    /// An element of a list and whether it is not certain to be there; notes what a walk up to it read.
    pub fn element(&mut self, elements: &Elements<'v>, element: usize) -> (Val<'v>, bool) {
        if let Elements::Related(list) = elements
            && self.trace.is_on()
        {
            let (position, is_maybe) = list.position(element);
            let certain = list.certain();
            if !is_maybe {
                let start = if element == 0 { 0 } else { certain[element - 1] + 1 };
                self.note_passed(list, start..position);
            } else if element == certain.len() {
                self.note_passed(list, after(certain)..list.population.len());
            }
            self.note_compared(list, list.population[position]);
        }
        elements.get(element)
    }

    /// Notes what a walk to the end of a list read after its last element.
    pub fn note_end(&mut self, elements: &Elements<'v>) {
        if let Elements::Related(list) = elements
            && self.trace.is_on()
            && list.maybe().is_empty()
        {
            self.note_passed(list, after(list.certain())..list.population.len());
        }
    }

    /// Notes what a walk over a whole list read.
    pub fn note_all(&mut self, elements: &Elements<'v>) {
        let Elements::Related(list) = elements else { return };
        if !self.trace.is_on() {
            return;
        }
        self.note_passed(list, 0..list.population.len());
        let judged = self.context.resource;
        for position in &list.index.unread {
            if self.trace.is_full_of_others(false) {
                break;
            }
            self.note_compared(list, list.population[*position]);
        }
        let own = self.position_of_judged(list);
        if own.is_some_and(|own| list.index.unread.binary_search(&own).is_ok()) {
            self.note_compared(list, judged);
        }
    }

    /// Says whether walking on over elements that may be in the list changes nothing, as one of them has left the answer
    /// open: neither the answer nor what is noted.
    pub fn may_stop_among_maybes(&self, elements: &Elements<'v>) -> bool {
        matches!(elements, Elements::Related(_)) && self.trace.is_full_of_others(false)
    }

    /// Notes resources that have other texts, as far as evidence has room for them, and the judged one in any case.
    fn note_passed(&mut self, list: &RelatedList<'v>, passed: std::ops::Range<usize>) {
        let own = self.position_of_judged(list);
        for position in list.index.first_read.iter().copied().filter(|position| passed.contains(position)) {
            if self.trace.is_full_of_others(true) {
                break;
            }
            if Some(position) != own {
                self.note_compared(list, list.population[position]);
            }
        }
        if own.is_some_and(|own| passed.contains(&own) && list.index.unread.binary_search(&own).is_err()) {
            self.note_compared(list, self.context.resource);
        }
    }

    fn position_of_judged(&self, list: &RelatedList<'v>) -> Option<usize> {
        let judged = self.context.resource;
        let is_of_its_kind = list.population.first().is_some_and(|first| first.kind == judged.kind);
        is_of_its_kind.then(|| self.context.inventory.position_of(judged)).flatten()
    }

    /// Notes what is read of a resource to compare it with the text.
    fn note_compared(&mut self, list: &RelatedList<'v>, resource: &'v Resource) {
        let teller = self.context.inventory.teller(resource, list.path.fact());
        let owner = (!std::ptr::eq(teller, self.context.resource)).then_some(teller);
        list.path.reads(&teller.facts, &mut |path, value, is_whole| {
            self.trace.read(owner, path.to_owned(), value, is_whole);
        });
    }

    /// The value of a definition: what it came to before, or evaluated now, apart from the loops around its name.
    pub fn defined(&mut self, definition: &'v Definition) -> Result<Val<'v>, EvaluationFault> {
        let context = self.context;
        let is_it = |value: &DefinedValue<'v>| std::ptr::eq(value.definition, definition);
        let is_known = context.defined.0.borrow().iter().any(is_it);
        if !is_known {
            let mut trace = Trace::on();
            let mut evaluator = Evaluator::new(context, &mut trace);
            let result = evaluator.value(&definition.node);
            let seen = std::mem::take(&mut evaluator.seen);
            context.defined.0.borrow_mut().push(DefinedValue { definition, result, trace, seen });
        }
        let values = context.defined.0.borrow();
        let Some(value) = values.iter().find(|value| is_it(value)) else { return Ok(Val::Unknown) };
        if self.trace.is_on() && !self.repeated.iter().any(|repeated| std::ptr::eq(*repeated, definition)) {
            self.repeated.push(definition);
            self.trace.repeat(&value.trace);
            self.seen.extend(value.seen.iter().cloned());
        }
        value.result.clone()
    }
}

/// The position after the last of these.
fn after(positions: &[usize]) -> usize {
    positions.last().map_or(0, |last| last + 1)
}
