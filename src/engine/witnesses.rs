//! The requests that policies let through, in findings: whole in the list, in short at the end of the message.
//!
//! Which question failed a rule is not looked into: `pass` may ask several, and what each of them showed is told. What
//! `when` asked is not among it, unless the verdict is its doing.

use crate::model::{Verdict, Witness};
use crate::rule::Trace;

/// The longest part of one witness or note that a message holds, in characters: ARNs alone may have 2,048.
const MOST_CHARACTERS: usize = 300;

/// The most notes that a message holds.
const MOST_NOTES: usize = 3;

/// The witnesses of a finding, those that are certain first. A rule that passes has none: what it asked came out well.
pub(super) fn behind(verdict: Verdict, trace: &Trace) -> Vec<Witness> {
    match verdict {
        Verdict::Pass | Verdict::NotApplicable => Vec::new(),
        Verdict::Fail | Verdict::Unknown => {
            let mut witnesses = trace.witnesses().to_vec();
            witnesses.sort_by_key(|witness| !witness.certain);
            witnesses
        }
    }
}

/// The reason of a failure, with the first request that certainly gets through.
pub(super) fn failed(message: String, witnesses: &[Witness]) -> String {
    match witnesses.iter().find(|witness| witness.certain) {
        Some(witness) => format!("{message}: {}", cut(&witness.text)),
        None => message,
    }
}

/// The reason why a verdict is unknown, with what may get through and with what could not be evaluated.
pub(super) fn undecided(mut message: String, witnesses: &[Witness], notes: &[String]) -> String {
    if let Some(witness) = witnesses.iter().min_by_key(|witness| witness.certain) {
        let words = if witness.certain { "the policy lets this through:" } else { "it may be that" };
        add(&mut message, &format!("{words} {}", cut(&witness.text)));
    }
    for note in notes.iter().take(MOST_NOTES) {
        add(&mut message, &cut(note));
    }
    message
}

/// Adds a reason. The first one follows the beginning of the message without a separator.
fn add(message: &mut String, reason: &str) {
    if !message.ends_with(": ") {
        message.push_str("; ");
    }
    message.push_str(reason);
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witness(text: &str, certain: bool) -> Witness {
        Witness {
            text: text.to_owned(),
            certain,
            principal: "anonymous".to_owned(),
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::records/x".to_owned(),
            context: Default::default(),
            statements: Vec::new(),
        }
    }

    #[test]
    fn a_failure_names_the_first_request_that_certainly_gets_through() {
        let witnesses = [witness("perhaps", false), witness("anyone can call", true), witness("so can you", true)];
        assert_eq!(failed("bucket logs is open".to_owned(), &witnesses), "bucket logs is open: anyone can call");
        assert_eq!(failed("bucket logs is open".to_owned(), &witnesses[..1]), "bucket logs is open");
    }

    #[test]
    fn an_open_question_names_what_may_get_through_and_why_it_is_open() {
        let (may, does) = (witness("anyone can call", false), witness("you can call", true));
        let ask = |witnesses: &[Witness], notes: &[&str]| {
            let notes: Vec<String> = notes.iter().map(|note| (*note).to_owned()).collect();
            undecided("not decided: x".to_owned(), witnesses, &notes)
        };
        assert_eq!(ask(&[], &[]), "not decided: x");
        assert_eq!(
            ask(&[does.clone(), may], &["what is Cond?"]),
            "not decided: x; it may be that anyone can call; what is Cond?"
        );
        assert_eq!(ask(&[does], &[]), "not decided: x; the policy lets this through: you can call");
        assert_eq!(ask(&[], &["a", "b", "c", "d"]), "not decided: x; a; b; c");
    }

    #[test]
    fn endless_names_are_cut_between_characters() {
        let message = failed("open".to_owned(), &[witness(&"ä".repeat(10_000), true)]);
        assert_eq!(message, format!("open: {}...", "ä".repeat(MOST_CHARACTERS)));
    }

    #[test]
    fn the_first_reason_follows_the_colon() {
        let notes = ["it shows no error".to_owned(), "it is silent".to_owned()];
        let message = undecided("not decided: ".to_owned(), &[], &notes);
        assert_eq!(message, "not decided: it shows no error; it is silent");
    }
}
