//! Writes an answer, and the list of questions.

use std::io::{self, Write};

use serde::Serialize;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::AnswerFormat;
use super::arguments::{self, Flag};
use crate::model::{Truth, Witness};
use crate::output::json;
use crate::output::text::escape;
use crate::rule::question::{self, PolicyAnswer, PolicyQuestion};

/// Lines longer than this are hard to read.
const WIDEST: usize = 120;

#[derive(Debug, Serialize)]
struct Explained<'a> {
    question: &'a str,
    answer: &'a str,
    witnesses: &'a [Witness],
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct QuestionEntry {
    question: &'static str,
    meaning: &'static str,
    needs: Vec<&'static str>,
    takes: Vec<&'static str>,
}

pub(super) fn write(
    question: &PolicyQuestion,
    answer: &PolicyAnswer,
    format: AnswerFormat,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let word = word(answer.truth);
    if format == AnswerFormat::Json {
        let PolicyAnswer { witnesses, notes, .. } = answer;
        return json::write_value(&Explained { question: question.name(), answer: word, witnesses, notes }, out);
    }
    let page = &mut AnswerPage { out, width: width.min(WIDEST) };
    page.item("Question  ", question.name())?;
    page.item("          ", question.meaning())?;
    page.item("Answer    ", word)?;
    answer.witnesses.iter().try_for_each(|witness| self::witness(witness, page))?;
    if !answer.notes.is_empty() {
        page.blank()?;
    }
    answer.notes.iter().try_for_each(|note| page.item("Note: ", note))
}

fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "unknown",
    }
}

fn witness(witness: &Witness, page: &mut AnswerPage<'_>) -> io::Result<()> {
    page.blank()?;
    page.item(if witness.certain { "Gets through: " } else { "May get through: " }, &witness.text)?;
    page.item("  principal   ", &witness.principal)?;
    page.item("  action      ", &witness.action)?;
    page.item("  resource    ", &witness.resource)?;
    let conditions = witness.context.iter().map(|(key, values)| match values.as_slice() {
        [] => format!("{key} is absent"),
        values => format!("{key} = {}", values.join(", ")),
    });
    page.items("  conditions  ", conditions)?;
    page.items("  statements  ", witness.statements.iter().cloned())
}

pub(super) fn list(format: AnswerFormat, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if format == AnswerFormat::Json {
        return json::write_value(&question::all().map(|question| listed(&question)).collect::<Vec<_>>(), out);
    }
    let page = &mut AnswerPage { out, width: width.min(WIDEST) };
    page.item("", "Questions about a policy, and the flags that they need (those in brackets they can do without):")?;
    for question in question::all() {
        let flags = arguments::flags(&question).map(Flag::usage).collect::<Vec<_>>();
        page.blank()?;
        page.item("  ", &format!("{} {}", question.name(), flags.join(" ")))?;
        page.item("      ", question.meaning())?;
    }
    Ok(())
}

fn listed(question: &PolicyQuestion) -> QuestionEntry {
    let flags = |is_needed| arguments::flags(question).filter(move |flag| flag.is_needed == is_needed);
    QuestionEntry {
        question: question.name(),
        meaning: question.meaning(),
        needs: flags(true).map(|flag| flag.name).collect(),
        takes: flags(false).map(|flag| flag.name).collect(),
    }
}

/// Wraps at spaces only, so that ARNs can be copied, and lets nothing through that could steer a terminal.
struct AnswerPage<'a> {
    out: &'a mut dyn Write,
    width: usize,
}

impl AnswerPage<'_> {
    fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A label, and text that hangs beside it.
    fn item(&mut self, label: &str, text: &str) -> io::Result<()> {
        let indent = " ".repeat(label.len());
        let options = Options::new(self.width)
            .initial_indent(label)
            .subsequent_indent(&indent)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        let text = escape(text);
        textwrap::wrap(&text, options).iter().try_for_each(|line| writeln!(self.out, "{}", line.trim_end()))
    }

    /// Several texts beside one label.
    fn items(&mut self, label: &str, texts: impl Iterator<Item = String>) -> io::Result<()> {
        let blank = " ".repeat(label.len());
        texts.enumerate().try_for_each(|(at, text)| self.item(if at == 0 { label } else { &blank }, &text))
    }
}
