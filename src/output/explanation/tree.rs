//! A condition as a tree of lines: what each part comes to on the left, the part on the right, and under it what it is
//! made of. Facts and parameters stand with their values.

use std::io;

use super::super::page::{BAD, BOLD, DIM, GOOD, PLAIN, Page, UNKNOWN};
use super::super::text::{number, shorten};
use super::SENTENCE;
use crate::model::{Part, PartForm, PartValue};

/// The column in which parts begin: after the answers.
const MARGIN: usize = 12;

/// The widest that a value is shown, in columns: the evidence below has more of it.
const VALUE: usize = 200;

/// No part is indented further than this: pages have an edge.
const DEEPEST: usize = 12;

/// Writes a condition.
pub(super) fn write(part: &Part, page: &mut Page<'_>) -> io::Result<()> {
    question(part, "", 0, page)
}

/// A part that is true or false.
fn question(part: &Part, before: &str, depth: usize, page: &mut Page<'_>) -> io::Result<()> {
    let (answer, style) = answer(&part.value);
    let words = match part.form {
        PartForm::And => format!("all of these {}:", number(part.parts.len())),
        PartForm::Or => format!("at least one of these {}:", number(part.parts.len())),
        PartForm::Not => "not this:".to_owned(),
        PartForm::Conditional => "what the first of these chooses:".to_owned(),
        _ => shorten(&part.text, SENTENCE).into_owned(),
    };
    let label = format!("{answer:10}{}", " ".repeat(2 * depth.min(DEEPEST)));
    page.item(2, &label, style, &format!("{before}{words}"), if depth == 0 { BOLD } else { PLAIN })?;
    if let PartValue::Fault(fault) = &part.value {
        detail(&shorten(fault, SENTENCE), depth + 1, page)?;
    }
    below(part, depth + 1, page)
}

fn below(part: &Part, depth: usize, page: &mut Page<'_>) -> io::Result<()> {
    match part.form {
        PartForm::And | PartForm::Or => chain(part, depth, page)?,
        PartForm::Not => part.parts.iter().try_for_each(|inner| question(inner, "", depth, page))?,
        PartForm::Conditional => {
            for (inner, word) in part.parts.iter().zip(["if ", "then ", "else "]) {
                question(inner, word, depth, page)?;
            }
        }
        PartForm::All | PartForm::Exists | PartForm::ExistsOne => {
            for inner in &part.parts {
                match inner.form {
                    PartForm::Element => element(inner, depth, page)?,
                    _ => value(inner, depth, page)?,
                }
            }
        }
        PartForm::Element | PartForm::Name | PartForm::Computed => {
            part.parts.iter().try_for_each(|inner| value(inner, depth, page))?;
        }
    }
    match part.left_out {
        0 => Ok(()),
        more => detail(&format!("... and {} more elements", number(more)), depth, page),
    }
}

/// The terms of a chain. A term that has no value where another one decides is guarded by that one: it is not even
/// asked.
fn chain(part: &Part, depth: usize, page: &mut Page<'_>) -> io::Result<()> {
    let decisive = PartValue::Known((part.form == PartForm::Or).into());
    let is_decided = part.parts.iter().any(|term| term.value == decisive);
    for term in &part.parts {
        if is_decided && matches!(term.value, PartValue::Fault(_)) {
            let label = format!("{:10}{}", "not asked", " ".repeat(2 * depth.min(DEEPEST)));
            page.item(2, &label, DIM, &shorten(&term.text, SENTENCE), DIM)?;
        } else {
            question(term, "", depth, page)?;
        }
    }
    Ok(())
}

/// One element of a list, and the question about it.
fn element(part: &Part, depth: usize, page: &mut Page<'_>) -> io::Result<()> {
    let name = format!("{}: ", shorten(&part.text, 120));
    part.parts.iter().try_for_each(|body| question(body, &name, depth, page))
}

/// A part that stands for a value.
fn value(part: &Part, depth: usize, page: &mut Page<'_>) -> io::Result<()> {
    let is_question = matches!(
        part.form,
        PartForm::And | PartForm::Or | PartForm::Not | PartForm::All | PartForm::Exists | PartForm::ExistsOne
    );
    if is_question {
        return question(part, "", depth, page);
    }
    let value = match &part.value {
        PartValue::Known(value) => format!("= {}", shorten(&value.to_string(), VALUE)),
        PartValue::Unknown if part.form == PartForm::Name => "was not read".to_owned(),
        PartValue::Unknown => "is not known".to_owned(),
        PartValue::Between(low, i64::MAX) => format!("is {low} or more"),
        PartValue::Between(low, high) => format!("is between {low} and {high}"),
        PartValue::Fault(fault) => format!("has no value: {}", shorten(fault, SENTENCE)),
    };
    detail(&format!("{} {value}", shorten(&part.text, SENTENCE)), depth, page)?;
    below(part, depth + 1, page)
}

fn detail(text: &str, depth: usize, page: &mut Page<'_>) -> io::Result<()> {
    page.item(MARGIN + 2 * depth.min(DEEPEST), "", PLAIN, text, DIM)
}

fn answer(value: &PartValue) -> (&'static str, anstyle::Style) {
    match value {
        PartValue::Known(serde_json::Value::Bool(true)) => ("true", GOOD),
        PartValue::Known(serde_json::Value::Bool(false)) => ("false", BAD),
        PartValue::Fault(_) => ("no value", UNKNOWN),
        _ => ("unknown", UNKNOWN),
    }
}
