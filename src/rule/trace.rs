//! The facts that an evaluation really read: the raw material of evidence.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{Resource, Truth, Witness};
use crate::policy::PolicyAnswer;

/// One fact that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct FactRead {
    /// Kind and id of the resource; `None` for the judged one.
    pub resource: Option<(String, String)>,
    /// The path from the resource: `BucketPolicy`, `LoggingEnabled.TargetBucket`, `Rules[2].Status`.
    pub path: String,
    /// The value; `None` when the fact is absent, that is, was not read from AWS.
    pub value: Option<Value>,
}

/// A lookup that found nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedLookup {
    /// The kind that was searched.
    pub kind: String,
    /// The fact by which it was searched.
    pub fact: String,
    /// The value that no resource (or more than one) has.
    pub value: Value,
}

/// Records what evaluations read, or does nothing. Several evaluations may share one, such as those of `when` and
/// `pass`.
#[derive(Debug, Default)]
pub struct Trace(Option<Box<Recorder>>);

#[derive(Debug, Default)]
struct Recorder {
    /// By resource (the judged one first), in the order of the paths' names.
    reads: BTreeMap<ResourceName, BTreeMap<String, NotedValue>>,
    populations: BTreeSet<String>,
    lookups: Vec<FailedLookup>,
    witnesses: Vec<Witness>,
    notes: Vec<String>,
    /// The lists in which nothing was to be judged.
    nothing: BTreeSet<String>,
    /// The number of facts of other resources that were noted: known ones, and absent ones.
    noted_of_others: [usize; 2],
    /// The number of characters of JSON in the noted values of other resources.
    characters_of_others: usize,
    left_out: bool,
}

/// The most facts of other resources that are noted, of known and absent ones each. A question about every other
/// resource, asked of every resource, would otherwise keep the square of their number.
pub(super) const MOST_OF_OTHERS: usize = 8;

/// The most characters of other resources' values that are noted. A value that thousands of findings share, such as a
/// policy of AWS that every role has, must not be copied into each.
const MOST_CHARACTERS_OF_OTHERS: usize = 4_000;

/// The most witnesses, and the most notes, that are kept of all questions together.
const MOST_WITNESSES: usize = 5;

impl Recorder {
    /// A request that certainly gets through is worth more than one that only may.
    fn witness(&mut self, witness: Witness) {
        if self.witnesses.contains(&witness) {
            return;
        }
        if self.witnesses.len() == MOST_WITNESSES {
            match self.witnesses.iter().rposition(|kept| !kept.certain) {
                Some(uncertain) if witness.certain => drop(self.witnesses.remove(uncertain)),
                _ => return,
            }
        }
        self.witnesses.push(witness);
    }

    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_WITNESSES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn has_room(&mut self, is_known: bool) -> bool {
        let noted = &mut self.noted_of_others[usize::from(is_known)];
        let has_room = *noted < MOST_OF_OTHERS;
        *noted += usize::from(has_room);
        self.left_out |= !has_room;
        has_room
    }
}

type ResourceName = Option<(String, String)>;

#[derive(Debug)]
struct NotedValue {
    value: Option<Value>,
    /// False when only "is it null?" was asked.
    is_whole: bool,
}

impl Trace {
    /// Records nothing and costs nothing.
    pub fn off() -> Self {
        Self(None)
    }

    /// Records.
    pub fn on() -> Self {
        Self(Some(Box::default()))
    }

    /// Says whether this one records.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Every fact that was read, the judged resource's first, sorted by path. The longest paths only: one that was
    /// merely compared with null is left out when something inside it was read, and one inside a value that was read as
    /// a whole is left out unless it was absent.
    pub fn reads(&self) -> Vec<FactRead> {
        let Some(recorder) = &self.0 else { return Vec::new() };
        let mut reads = Vec::new();
        for (resource, paths) in &recorder.reads {
            for (path, entry) in paths.iter().filter(|(path, entry)| is_worth_telling(paths, path, entry)) {
                reads.push(FactRead { resource: resource.clone(), path: path.clone(), value: entry.value.clone() });
            }
        }
        reads
    }

    /// The kinds whose lists could not be read completely, where that left a question open.
    pub fn populations(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|recorder| recorder.populations.iter().map(String::as_str))
    }

    /// Says whether more facts of other resources were read than are noted.
    pub fn is_cut(&self) -> bool {
        self.0.as_ref().is_some_and(|recorder| recorder.left_out)
    }

    /// The lookups that found nothing.
    pub fn lookups(&self) -> &[FailedLookup] {
        self.0.as_ref().map_or(&[], |recorder| &recorder.lookups)
    }

    /// The requests that show why questions about policies were answered as they were, in the order of asking.
    pub fn witnesses(&self) -> &[Witness] {
        self.0.as_ref().map_or(&[], |recorder| &recorder.witnesses)
    }

    /// The reasons why questions about policies could not be answered.
    pub fn notes(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |recorder| &recorder.notes)
    }

    /// The kinds and parameters whose lists held nothing to judge, where a pass would have stood on them alone.
    pub fn empty_lists(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|recorder| recorder.nothing.iter().map(String::as_str))
    }

    /// Forgets the answers so far: their witnesses say nothing about what is asked next.
    pub(super) fn forget_answers(&mut self) {
        if let Some(recorder) = &mut self.0 {
            recorder.witnesses.clear();
            recorder.notes.clear();
        }
    }

    /// The notes of an answer tell why it is unknown; what else they say explains nothing about the verdict.
    pub(super) fn answer(&mut self, answer: PolicyAnswer) {
        let Some(recorder) = &mut self.0 else { return };
        answer.witnesses.into_iter().for_each(|witness| recorder.witness(witness));
        if answer.truth == Truth::Unknown {
            answer.notes.into_iter().for_each(|note| recorder.note(note));
        }
    }

    /// Notes what another one has noted, as if it was read again.
    pub(super) fn repeat(&mut self, other: &Self) {
        let (Some(recorder), Some(noted)) = (&mut self.0, &other.0) else { return };
        for (owner, paths) in &noted.reads {
            for (path, entry) in paths {
                if owner.is_some() && !recorder.has_room(entry.value.is_some()) {
                    continue;
                }
                let entries = recorder.reads.entry(owner.clone()).or_default();
                match entries.get_mut(path) {
                    Some(known) => known.is_whole |= entry.is_whole,
                    None => {
                        let value = match &entry.value {
                            Some(value) if owner.is_some() => Some(within(&mut recorder.characters_of_others, value)),
                            value => value.clone(),
                        };
                        entries.insert(path.clone(), NotedValue { value, is_whole: entry.is_whole });
                    }
                }
            }
        }
        recorder.left_out |= noted.left_out;
        recorder.populations.extend(noted.populations.iter().cloned());
        recorder.nothing.extend(noted.nothing.iter().cloned());
        noted.witnesses.iter().for_each(|witness| recorder.witness(witness.clone()));
        noted.notes.iter().for_each(|note| recorder.note(note.clone()));
        for lookup in &noted.lookups {
            if !recorder.lookups.contains(lookup) {
                recorder.lookups.push(lookup.clone());
            }
        }
    }

    /// Says whether one more fact of another resource, known or absent, changes nothing about what is noted.
    pub(super) fn is_full_of_others(&self, is_known: bool) -> bool {
        self.0.as_ref().is_none_or(|recorder| {
            recorder.left_out && recorder.noted_of_others[usize::from(is_known)] >= MOST_OF_OTHERS
        })
    }

    pub(super) fn read(&mut self, owner: Option<&Resource>, path: String, value: Option<&Value>, is_whole: bool) {
        let Some(recorder) = &mut self.0 else { return };
        if owner.is_some() && !recorder.has_room(value.is_some()) {
            return;
        }
        let is_other = owner.is_some();
        let owner = owner.map(|resource| (resource.kind.clone(), resource.id.clone()));
        let entries = recorder.reads.entry(owner).or_default();
        match entries.get_mut(&path) {
            Some(entry) => entry.is_whole |= is_whole,
            None => {
                let value = match value {
                    Some(value) if is_other => Some(within(&mut recorder.characters_of_others, value)),
                    value => value.cloned(),
                };
                entries.insert(path, NotedValue { value, is_whole });
            }
        }
    }

    pub(super) fn population(&mut self, kind: &str) {
        if let Some(recorder) = &mut self.0 {
            recorder.populations.insert(kind.to_owned());
        }
    }

    pub(super) fn nothing(&mut self, list: String) {
        if let Some(recorder) = &mut self.0 {
            recorder.nothing.insert(list);
        }
    }

    pub(super) fn lookup(&mut self, kind: &str, fact: &str, value: Value) {
        let Some(recorder) = &mut self.0 else { return };
        let lookup = FailedLookup { kind: kind.to_owned(), fact: fact.to_owned(), value };
        if !recorder.lookups.contains(&lookup) {
            recorder.lookups.push(lookup);
        }
    }
}

/// The value of another resource's fact, or how long it is if there is no room for it.
fn within(used: &mut usize, value: &Value) -> Value {
    if matches!(value, Value::Null | Value::Bool(_) | Value::Number(_)) {
        return value.clone();
    }
    let characters = value.to_string().chars().count();
    if *used + characters > MOST_CHARACTERS_OF_OTHERS {
        return Value::from(format!("(left out: {characters} characters)"));
    }
    *used += characters;
    value.clone()
}

fn is_worth_telling(paths: &BTreeMap<String, NotedValue>, path: &str, entry: &NotedValue) -> bool {
    if entry.value.is_none() {
        return true;
    }
    let something_inside_was_read = || {
        paths
            .range(path.to_owned()..)
            .skip(1)
            .take_while(|(other, _)| other.starts_with(path))
            .any(|(other, _)| is_inside(other, path))
    };
    if !entry.is_whole && something_inside_was_read() {
        return false;
    }
    let starts = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| &path[..at]);
    !starts.into_iter().any(|outer| paths.get(outer).is_some_and(|outer| outer.is_whole))
}

fn is_inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']))
}
