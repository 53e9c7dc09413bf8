//! What the filter patterns of CloudWatch Logs match: read, evaluated on one event, and decided for all events of a
//! class.
//!
//! A pattern is judged by what it matches and not by its letters. Each control of the CIS benchmark is about classes of
//! CloudTrail events ([`events`]). Of such a class some fields are known, and the others may hold anything. A pattern
//! serves the class if it matches all of it, and if it does not match an everyday event besides: an alarm that is always
//! on tells nothing.
//!
//! Where the documentation does not say what a term means, as of `!=` about a field that an event lacks, the answer is
//! unknown.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>.

mod alarms;
mod events;
mod pattern;
mod read;

use std::collections::{BTreeMap, BTreeSet};

pub use alarms::{ALARM, FILTER, alarm_faults};
pub use events::EventClass;
pub use pattern::{Field, Pattern};

use crate::model::Truth;

/// Choices of values that are tried for the fields of a class that may hold anything.
const MOST_CHOICES: usize = 4096;

/// Says whether a pattern matches every event of the class, and no everyday event.
pub fn serves(pattern: &str, class: &EventClass) -> Truth {
    let Some(pattern) = Pattern::read(pattern) else {
        return Truth::Unknown;
    };
    match pattern.matches(&|path| events::everyday(path)) {
        Truth::True => Truth::False,
        ordinary => matches_all(&pattern, class).and(!ordinary),
    }
}

/// Says whether a pattern matches every event of the class.
pub fn matches_all(pattern: &Pattern, class: &EventClass) -> Truth {
    let known = |path: &str| class.field(path);
    let at_once = pattern.matches(&known);
    if at_once != Truth::Unknown {
        return at_once;
    }
    // Terms about fields that may hold anything: each of them is tried with every value that tells terms apart.
    let mut open: BTreeMap<&str, BTreeSet<Field<'_>>> = BTreeMap::new();
    let mut is_whole = true;
    pattern.each_term(&mut |path, term| {
        if class.field(path) == Field::Any {
            let values = open.entry(path).or_default();
            values.insert(Field::Text("\u{1}"));
            if !events::is_in_every_event(path) {
                values.insert(Field::Absent);
            }
            is_whole &= term.telling_values(values);
        }
    });
    let choices = open.values().map(BTreeSet::len).try_fold(1_usize, usize::checked_mul);
    if choices.is_none_or(|choices| choices > MOST_CHOICES) {
        return Truth::Unknown;
    }
    let open: Vec<(&str, Vec<Field<'_>>)> =
        open.into_iter().map(|(path, values)| (path, values.into_iter().collect())).collect();
    let mut all = if is_whole { Truth::True } else { Truth::Unknown };
    for choice in 0..choices.unwrap_or(0) {
        let mut rest = choice;
        let mut chosen: BTreeMap<&str, Field<'_>> = BTreeMap::new();
        for (path, values) in &open {
            chosen.insert(path, values[rest % values.len()]);
            rest /= values.len();
        }
        match pattern.matches(&|path| chosen.get(path).copied().unwrap_or_else(|| class.field(path))) {
            Truth::True => {}
            Truth::False => return Truth::False,
            Truth::Unknown => all = Truth::Unknown,
        }
    }
    all
}

#[cfg(test)]
mod tests;
