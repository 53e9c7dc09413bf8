//! Finds what a true condition stands on: something that was judged, or only a list that is empty.
//!
//! `all` is true of an empty list. Over the resources of a kind, or over what a parameter names, this is an answer
//! about nothing, and gives no ground for a pass. A list inside a fact is different: AWS said that it is empty, which
//! is a fact. `!list.exists(...)` says that there is none, and `list.size() == 0` says so too: both stand on the list
//! itself.
//!
//! The answer is a [`Truth`] as well. It is true if something was judged, whatever was not read; false if nothing was;
//! and unknown if what was not read could be the only thing to judge. Like the condition itself, it does not depend on
//! the order of terms and elements.
//!
//! Ways to write `all` differently change nothing: `list.all(...) == true` and `list.all(...) ? true : false` are read
//! as what they ask, and a term that reads nothing (`1 == 1`) gives no ground beside another. A parameter is read:
//! `params.names.size() > 0 && params.names.all(...)` stands on the names.

use std::collections::BTreeSet;

use super::evaluate::Evaluator;
use super::hidden::{compared, written_out};
use super::node::{Arithmetic, Loop, MAX_LOOPS, Node, PathNode};
use super::print::print;
use super::syntax::EachForm;
use crate::model::Truth;
use crate::rule::fault::{EvaluationError, EvaluationFault};
use crate::rule::inventory::Context;
use crate::rule::trace::Trace;
use crate::rule::value::Val;

/// Says whether a condition that is true stands on something that was judged. What was empty is noted in the trace.
pub(super) fn ground_of<'v>(
    root: &'v Node,
    context: &Context<'v>,
    trace: &mut Trace,
) -> Result<Truth, EvaluationError> {
    let mut evaluator = Evaluator::new(context, trace);
    let mut empty = BTreeSet::new();
    let ground = evaluator.ground(root, true, &mut empty).map_err(|fault| *fault)?;
    if ground == Truth::False {
        empty.into_iter().for_each(|list| trace.nothing(list));
    }
    Ok(ground)
}

/// Says whether a condition of that answer can stand on nothing, whatever the facts are.
pub(super) fn may_stand_on_nothing(node: &Node, answer: bool) -> bool {
    match node {
        Node::Not(operand) => may_stand_on_nothing(operand, !answer),
        // One term decides, or all together do: then one with a ground is enough.
        Node::And(terms) if answer => all_may_stand_on_nothing(terms, answer),
        Node::Or(terms) if !answer => all_may_stand_on_nothing(terms, answer),
        Node::And(terms) | Node::Or(terms) => terms.iter().any(|term| may_stand_on_nothing(term, answer)),
        Node::Conditional(parts) => {
            branch_may_stand_on_nothing((&parts.0, true), &parts.1, answer)
                || branch_may_stand_on_nothing((&parts.0, false), &parts.2, answer)
        }
        Node::Each(EachForm::All, each) if answer => {
            !origins(&each.list).is_empty() || may_stand_on_nothing(&each.body, true)
        }
        Node::Each(EachForm::All, each) => may_stand_on_nothing(&each.body, false),
        Node::Each(EachForm::Exists | EachForm::ExistsOne, each) if answer => may_stand_on_nothing(&each.body, true),
        Node::Defined(definition) => may_stand_on_nothing(&definition.node, answer),
        _ => compared(node).is_some_and(|(inner, asked)| may_stand_on_nothing(inner, asked == answer)),
    }
}

/// Terms that read nothing are left out, because they are true of every resource.
fn all_may_stand_on_nothing(terms: &[Node], answer: bool) -> bool {
    let mut reading = terms.iter().filter(|term| reads_something(term)).peekable();
    reading.peek().is_some() && reading.all(|term| may_stand_on_nothing(term, answer))
}

/// A branch that is written out has no ground of its own: then the choice is the ground.
fn branch_may_stand_on_nothing((choice, chosen): (&Node, bool), branch: &Node, answer: bool) -> bool {
    match written_out(branch) {
        Some(branch) => branch == answer && may_stand_on_nothing(choice, chosen),
        None => may_stand_on_nothing(branch, answer),
    }
}

/// Says whether anything is read, of the account or of what its user wrote, and not only what stands in the rule.
fn reads_something(node: &Node) -> bool {
    match node {
        Node::Constant(_) | Node::Now | Node::Account => false,
        Node::Not(inner) | Node::IsNull(inner) | Node::Negate(inner) | Node::Size(inner) => reads_something(inner),
        Node::Matches(inner, _) => reads_something(inner),
        Node::And(parts) | Node::Or(parts) | Node::List(parts) => parts.iter().any(reads_something),
        Node::Equal(sides)
        | Node::Order(_, sides)
        | Node::In(sides)
        | Node::Arithmetic(_, sides)
        | Node::Index(sides) => reads_something(&sides.0) || reads_something(&sides.1),
        Node::Conditional(parts) => [&parts.0, &parts.1, &parts.2].into_iter().any(reads_something),
        Node::Defined(definition) => reads_something(&definition.node),
        Node::Path(_) | Node::Param(_) | Node::InPhiScope(_) | Node::Population(_) | Node::Lookup(_) => true,
        Node::Related(_) | Node::Each(..) | Node::Call(..) => true,
    }
}

/// The kinds and parameters from which the elements of a list come; nothing for a list inside a fact.
pub(super) fn origins(list: &Node) -> BTreeSet<String> {
    match list {
        Node::Population(kind) => BTreeSet::from([kind.to_string()]),
        Node::Related(related) => BTreeSet::from([related.kind.to_string()]),
        Node::Defined(definition) => origins(&definition.node),
        Node::Param(param) => BTreeSet::from([format!("params.{}", param.name)]),
        Node::Each(_, each) => origins(&each.list),
        Node::Arithmetic(Arithmetic::Add, sides) => &origins(&sides.0) | &origins(&sides.1),
        Node::Conditional(parts) => &origins(&parts.1) | &origins(&parts.2),
        Node::Call(_, args) => args.iter().flat_map(origins).collect(),
        _ => BTreeSet::new(),
    }
}

/// A list inside a fact whose emptiness makes a part of a condition true, where the condition does not speak of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rule) struct SilentList {
    /// The list as it is written.
    pub text: String,
    /// The name of the fact, or of its part, that is the list.
    pub fact: String,
}

/// The lists inside of facts that the condition asks about with `all` and whose emptiness it never mentions.
pub(super) fn silent_lists(root: &Node) -> BTreeSet<SilentList> {
    let mut reader = EmptinessReader::default();
    reader.read(root, true);
    let EmptinessReader { asked, told, .. } = reader;
    asked.into_iter().filter(|list| !told.contains(&list.text)).collect()
}

/// Walks through a condition and notes the lists that it asks about with `all` and those whose emptiness it mentions.
#[derive(Default)]
struct EmptinessReader {
    variables: Vec<Box<str>>,
    asked: BTreeSet<SilentList>,
    told: BTreeSet<String>,
}

impl EmptinessReader {
    fn read(&mut self, node: &Node, answer: bool) {
        match node {
            Node::Not(operand) => self.read(operand, !answer),
            Node::And(terms) | Node::Or(terms) => terms.iter().for_each(|term| self.read(term, answer)),
            Node::Conditional(parts) => {
                // `a ? false : b` needs that `a` is false.
                self.read(&parts.0, written_out(&parts.1) != Some(!answer));
                self.read(&parts.1, answer);
                self.read(&parts.2, answer);
            }
            Node::Equal(sides) => match compared(node) {
                Some((inner, asked)) => self.read(inner, asked == answer),
                None => {
                    self.tell(&sides.0);
                    self.tell(&sides.1);
                    self.read(&sides.0, answer);
                    self.read(&sides.1, answer);
                }
            },
            Node::Order(_, sides) => {
                self.read(&sides.0, answer);
                self.read(&sides.1, answer);
            }
            Node::Size(list) => self.tell(list),
            Node::Each(form, each) => {
                match form {
                    EachForm::All if answer => self.ask(&each.list),
                    EachForm::Exists | EachForm::ExistsOne => self.tell(&each.list),
                    _ => {}
                }
                let outer = self.variables.clone();
                self.variables.truncate(each.slot);
                self.variables.push(each.variable.clone());
                self.read(&each.body, answer);
                self.variables = outer;
            }
            Node::Defined(definition) => {
                let outer = std::mem::take(&mut self.variables);
                self.read(&definition.node, answer);
                self.variables = outer;
            }
            _ => {}
        }
    }

    fn tell(&mut self, list: &Node) {
        let text = print(list, &mut self.variables.clone());
        self.told.insert(text);
    }

    fn ask(&mut self, list: &Node) {
        let fact = innermost(list).filter(|_| origins(list).is_empty());
        let Some(fact) = fact.and_then(|path| path.text.rsplit('.').next()) else { return };
        let text = print(list, &mut self.variables.clone());
        self.asked.insert(SilentList { text, fact: fact.to_owned() });
    }
}

/// The fact from which the elements of a list come.
fn innermost(list: &Node) -> Option<&PathNode> {
    match list {
        Node::Path(path) => Some(path),
        Node::Each(_, each) => innermost(&each.list),
        Node::Call(_, args) => args.iter().find_map(innermost),
        Node::Defined(definition) => innermost(&definition.node),
        _ => None,
    }
}

/// Gathers grounds of which one is enough.
#[derive(Default)]
struct Grounds {
    may_be: bool,
}

impl Grounds {
    /// Adds a ground; true when it is one for certain.
    fn add(&mut self, ground: Truth) -> bool {
        self.may_be |= ground == Truth::Unknown;
        ground == Truth::True
    }

    /// Gives the answer when no element was certain.
    fn finish(self) -> Truth {
        if self.may_be { Truth::Unknown } else { Truth::False }
    }
}

impl<'v> Evaluator<'v, '_> {
    /// On what it stands that the node has this answer, which it must have.
    fn ground(&mut self, node: &'v Node, answer: bool, empty: &mut BTreeSet<String>) -> Result<Truth, EvaluationFault> {
        if !may_stand_on_nothing(node, answer) {
            return Ok(Truth::True);
        }
        match node {
            Node::Not(operand) => self.ground(operand, !answer, empty),
            Node::And(terms) => {
                self.ground_of_terms(terms.iter().filter(|term| !answer || reads_something(term)), answer, empty)
            }
            Node::Or(terms) => {
                self.ground_of_terms(terms.iter().filter(|term| answer || reads_something(term)), answer, empty)
            }
            Node::Conditional(parts) => match self.truth(&parts.0)? {
                Truth::True => self.ground_of_branch((&parts.0, true), &parts.1, answer, empty),
                Truth::False => self.ground_of_branch((&parts.0, false), &parts.2, answer, empty),
                // Both have the same answer, or there would be none.
                Truth::Unknown => {
                    let yes = self.ground_of_undecided((&parts.0, true), &parts.1, answer, empty)?;
                    let no = self.ground_of_undecided((&parts.0, false), &parts.2, answer, empty)?;
                    Ok(if yes == no { yes } else { Truth::Unknown })
                }
            },
            Node::Defined(definition) => {
                // Its loops have nothing to do with those around its name.
                let slots = std::mem::replace(&mut self.slots, [const { Val::Unknown }; MAX_LOOPS]);
                let ground = self.ground(&definition.node, answer, empty);
                self.slots = slots;
                ground
            }
            Node::Each(EachForm::All, each) if answer => self.ground_of_all(each, empty),
            Node::Each(_, each) => self.ground_of_some(each, answer, empty),
            _ => match compared(node) {
                Some((inner, asked)) => self.ground(inner, asked == answer, empty),
                None => Ok(Truth::True),
            },
        }
    }

    /// The ground of the branch that was chosen; of the choice, where the branch is written out.
    fn ground_of_branch(
        &mut self,
        (choice, chosen): (&'v Node, bool),
        branch: &'v Node,
        answer: bool,
        empty: &mut BTreeSet<String>,
    ) -> Result<Truth, EvaluationFault> {
        match written_out(branch) {
            Some(_) => self.ground(choice, chosen, empty),
            None => self.ground(branch, answer, empty),
        }
    }

    /// The ground of a branch that may or may not be chosen.
    fn ground_of_undecided(
        &mut self,
        (choice, chosen): (&Node, bool),
        branch: &'v Node,
        answer: bool,
        empty: &mut BTreeSet<String>,
    ) -> Result<Truth, EvaluationFault> {
        match written_out(branch) {
            Some(_) if may_stand_on_nothing(choice, chosen) => Ok(Truth::Unknown),
            Some(_) => Ok(Truth::True),
            None => self.ground(branch, answer, empty),
        }
    }

    /// Every term that has the answer supports it; one that is not decided may.
    fn ground_of_terms(
        &mut self,
        terms: impl Iterator<Item = &'v Node>,
        answer: bool,
        empty: &mut BTreeSet<String>,
    ) -> Result<Truth, EvaluationFault> {
        let mut grounds = Grounds::default();
        for term in terms {
            let ground = self.ground_if(term, answer, empty)?;
            if ground.is_some_and(|ground| grounds.add(ground)) {
                return Ok(Truth::True);
            }
        }
        Ok(grounds.finish())
    }

    /// The ground of a part that may have the answer: nothing if it has another one.
    fn ground_if(
        &mut self,
        node: &'v Node,
        answer: bool,
        empty: &mut BTreeSet<String>,
    ) -> Result<Option<Truth>, EvaluationFault> {
        match self.truth(node) {
            Ok(Truth::Unknown) => Ok(Some(Truth::Unknown)),
            Ok(found) if found == Truth::from(answer) => self.ground(node, answer, empty).map(Some),
            Ok(_) => Ok(None),
            Err(fault) if *fault == EvaluationError::Budget => Err(fault),
            // A fault did not hinder the answer, and does not support it.
            Err(_) => Ok(None),
        }
    }

    /// The ground of an `all` that is true: every element supports it, and an empty list gives no support.
    fn ground_of_all(&mut self, each: &'v Loop, empty: &mut BTreeSet<String>) -> Result<Truth, EvaluationFault> {
        let list = self.value(&each.list)?;
        let Some(elements) = self.elements(&list)? else { return Ok(Truth::Unknown) };
        let origins = origins(&each.list);
        let (mut is_empty, mut may_be, mut all_maybes_are) = (true, false, true);
        for position in 0..elements.len() {
            let (element, is_maybe) = self.element(&elements, position);
            self.slots[each.slot] = element;
            let ground = self.within_element(&elements, |evaluator| evaluator.ground(&each.body, true, empty))?;
            if ground == Truth::True && !is_maybe {
                return Ok(Truth::True);
            }
            is_empty &= is_maybe;
            may_be |= ground != Truth::False;
            all_maybes_are &= ground == Truth::True;
        }
        if is_empty && origins.is_empty() {
            return Ok(if all_maybes_are { Truth::True } else { Truth::Unknown });
        }
        if is_empty {
            empty.extend(origins);
        }
        Ok(if may_be { Truth::Unknown } else { Truth::False })
    }

    /// `exists` that is true, or `all` that is false: an element that decides supports it.
    fn ground_of_some(
        &mut self,
        each: &'v Loop,
        answer: bool,
        empty: &mut BTreeSet<String>,
    ) -> Result<Truth, EvaluationFault> {
        let list = self.value(&each.list)?;
        let Some(elements) = self.elements(&list)? else { return Ok(Truth::Unknown) };
        let mut grounds = Grounds { may_be: elements.may_have_more() };
        for position in 0..elements.len() {
            let (element, is_maybe) = self.element(&elements, position);
            self.slots[each.slot] = element;
            let ground = self.within_element(&elements, |evaluator| evaluator.ground_if(&each.body, answer, empty));
            let Some(ground) = ground? else { continue };
            let ground = if is_maybe && ground == Truth::True { Truth::Unknown } else { ground };
            if grounds.add(ground) {
                return Ok(Truth::True);
            }
        }
        Ok(grounds.finish())
    }
}
