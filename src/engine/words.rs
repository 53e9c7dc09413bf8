//! The words of a finding about its verdict, where the rule has none of its own.

use std::collections::BTreeSet;

use super::gaps;
use crate::model::{Gap, GapClass};
use crate::rule::{Context, FactRead, FailedLookup, IN_PHI_SCOPE, Rule, Trace};

/// Says why the rule does not concern the resource.
pub(super) fn not_applicable(rule: &Rule, context: &Context<'_>, trace: &Trace) -> String {
    let empty: Vec<String> = trace.empty_lists().map(nothing_in).collect();
    if !empty.is_empty() {
        return format!("does not apply: there is nothing to judge ({})", empty.join(", "));
    }
    if let Some(message) = &rule.not_applicable_message {
        return message.render(context);
    }
    let when = rule.when.as_ref().map_or("", |when| when.source());
    format!("does not apply: only where {}", when.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn nothing_in(list: &str) -> String {
    if list.starts_with("params.") { format!("{list} names nothing") } else { format!("no {list} that it concerns") }
}

/// Says why an unknown verdict is unknown: what is missing, and the calls that failed. `unnamed` of these are not among
/// the gaps.
pub(super) fn undecided(
    reads: &[FactRead],
    trace: &Trace,
    gaps: &[Gap],
    unnamed: usize,
    scope: Option<&str>,
) -> String {
    if let Some(message) = not_attested(gaps) {
        return message;
    }
    let (questions, gaps): (Vec<&Gap>, Vec<&Gap>) = gaps.iter().partition(|gap| gap.is_open_question());
    let told = |read: &&FactRead| {
        (scope.is_some() && read.resource.is_none() && read.path == IN_PHI_SCOPE)
            || questions.iter().any(|question| gaps::is_about(question, read))
    };
    let missing: Vec<String> = reads.iter().filter(|read| read.value.is_none() && !told(read)).map(name_of).collect();
    let mut parts: Vec<String> = scope.into_iter().map(str::to_owned).collect();
    parts.extend(questions.iter().map(|question| question.message.clone()));
    if !missing.is_empty() {
        parts.push(format!("{} not read", missing.join(", ")));
    }
    parts.extend(trace.populations().map(|kind| format!("not all {kind} could be listed")));
    parts.extend(trace.lookups().iter().map(not_found));
    if parts.is_empty() && trace.notes().is_empty() {
        parts.push("what was read does not decide it".to_owned());
    }
    let mut message = format!("not decided: {}", parts.join("; "));
    if !gaps.is_empty() {
        let causes: BTreeSet<String> = gaps.into_iter().map(gaps::in_words).collect();
        let causes: Vec<String> = causes.into_iter().chain(more(unnamed)).collect();
        message.push_str(&format!(" ({})", causes.join("; ")));
    }
    message
}

/// Says that the resources of a kind in a region are not known.
pub(super) fn unread_list(kind: &str, region: &str, gaps: &[Gap], unnamed: usize) -> String {
    not_attested(gaps).unwrap_or_else(|| {
        let causes: Vec<String> = gaps.iter().map(gaps::in_words).chain(more(unnamed)).collect();
        format!("not decided: it is not known which {kind} there are in {region}: {}", causes.join("; "))
    })
}

fn more(unnamed: usize) -> Option<String> {
    (unnamed > 0).then(|| format!("{unnamed} more calls failed alike"))
}

/// Says what is missing, if nothing but somebody's word is missing.
fn not_attested(gaps: &[Gap]) -> Option<String> {
    let is_word = |gap: &Gap| gap.class == GapClass::NotAttested;
    let gap = gaps.first().filter(|_| gaps.iter().all(is_word))?;
    Some(format!("not attested: {}", gap.message))
}

fn not_found(lookup: &FailedLookup) -> String {
    let FailedLookup { kind, fact, value } = lookup;
    format!("no {kind} with {fact} {value} was read in this account (it may belong to another one)")
}

/// The name of a fact in evidence and in messages.
pub(super) fn name_of(read: &FactRead) -> String {
    match &read.resource {
        None => format!("resource.{}", read.path),
        Some((kind, id)) => format!("{kind}[{id}].{}", read.path),
    }
}
