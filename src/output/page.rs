//! A page of a terminal: wraps to its width, hangs continuation lines under their text, and colors whole runs of words.
//!
//! Every text passes the sanitizer here, at the last moment, so that no caller can forget it; and as pages are printed
//! in CI, nothing in them is a command to its runner.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use super::text::{escape, without_commands};

/// No page is set narrower than this, whatever the terminal says.
const NARROWEST: usize = 40;
/// Prose is not set wider than this, because longer lines are hard to read.
const PROSE: usize = 100;

/// Headings and the names of rules.
pub(super) const BOLD: Style = Style::new().bold();
/// Words that repeat.
pub(super) const DIM: Style = Style::new().dimmed();
/// The style that the terminal's owner likes.
pub(super) const PLAIN: Style = Style::new();
/// Shown to be good. Nothing else is ever green.
pub(super) const GOOD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))).bold();
/// Shown to be bad.
pub(super) const BAD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))).bold();
/// Bad, and of the worst sort.
pub(super) const WORST: Style = BAD.invert();
/// Bad, of less weight, or something to know.
pub(super) const WARN: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))).bold();
/// Not known: as loud as bad, and not to be taken for good.
pub(super) const UNKNOWN: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Magenta))).bold();
/// Neither good nor bad.
pub(super) const NEUTRAL: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));

/// Some words in one style.
pub(super) type Span<'t> = (&'t str, Style);

/// One cell of a table: its text is wrapped to its width, and line ends in it are kept.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) width: usize,
}

/// A place to which a report for people is written.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    color: bool,
}

impl<'a> Page<'a> {
    /// A page of `width` columns.
    pub(super) fn new(out: &'a mut dyn Write, width: usize, color: bool) -> Self {
        Self { out, width: width.max(NARROWEST), color }
    }

    /// An empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// All there is to say of a section that would be empty.
    pub(super) fn notice(&mut self, word: &str, style: Style, rest: &str) -> io::Result<()> {
        self.blank()?;
        self.item(0, &format!("{word}  "), style, rest, BOLD)
    }

    /// A section's first line with a line under it.
    pub(super) fn heading(&mut self, word: &str, style: Style, rest: &str) -> io::Result<()> {
        self.notice(word, style, rest)?;
        let ruler = "-".repeat(self.width.min(PROSE));
        self.spans(&[(&ruler, DIM)])
    }

    /// Sentences, at most [`PROSE`] columns wide.
    pub(super) fn prose(&mut self, text: &str, style: Style) -> io::Result<()> {
        self.wrapped("", PLAIN, text, style, self.width.min(PROSE))
    }

    /// A label in `label_style`, `indent` columns from the left, and text that hangs beside it.
    pub(super) fn item(
        &mut self,
        indent: usize,
        label: &str,
        label_style: Style,
        text: &str,
        style: Style,
    ) -> io::Result<()> {
        self.wrapped(&format!("{}{label}", " ".repeat(indent)), label_style, text, style, self.width)
    }

    /// Words in several styles on one line, which the caller knows to be short enough.
    pub(super) fn spans(&mut self, spans: &[Span<'_>]) -> io::Result<()> {
        for (text, style) in spans {
            self.paint(text, *style)?;
        }
        writeln!(self.out)
    }

    /// The blanks between two columns.
    pub(super) const GAP: usize = 2;

    /// Cells side by side, each wrapped within its width. What follows the first line of a text hangs under it.
    pub(super) fn columns(&mut self, cells: &[Cell]) -> io::Result<()> {
        let wrapped: Vec<Vec<String>> = cells.iter().map(wrapped_cell).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut column = 0;
            let mut written = 0;
            for (cell, lines) in cells.iter().zip(&wrapped) {
                if let Some(text) = lines.get(line).filter(|text| !text.is_empty()) {
                    write!(self.out, "{}", " ".repeat(column - written))?;
                    self.paint(text, cell.style)?;
                    written = column + display_width(text);
                }
                column += cell.width + Self::GAP;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn wrapped(&mut self, label: &str, label_style: Style, text: &str, style: Style, width: usize) -> io::Result<()> {
        let label = without_commands(escape(label));
        let hang = display_width(&label).min(width / 2);
        let text = without_commands(escape(text));
        let lines = textwrap::wrap(&text, layout(width - hang));
        if display_width(&label) > hang {
            self.spans(&[(label.trim_end(), label_style)])?;
        } else if lines.iter().all(|line| line.trim().is_empty()) {
            return self.spans(&[(label.trim_end(), label_style)]);
        } else {
            self.paint(&label, label_style)?;
        }
        for (number, line) in lines.iter().enumerate() {
            if number > 0 || display_width(&label) > hang {
                write!(self.out, "{}", " ".repeat(hang))?;
            }
            self.paint(line.trim_end(), style)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Colors the words but not the blanks around them, which a reversed style would show.
    fn paint(&mut self, text: &str, style: Style) -> io::Result<()> {
        let text = without_commands(escape(text));
        let words = text.trim();
        if !self.color || style.is_plain() || words.is_empty() {
            return self.out.write_all(text.as_bytes());
        }
        let before = &text[..text.len() - text.trim_start().len()];
        let after = &text[before.len() + words.len()..];
        write!(self.out, "{before}{style}{words}{style:#}{after}")
    }
}

fn wrapped_cell(cell: &Cell) -> Vec<String> {
    let paragraphs = cell.text.split('\n').enumerate();
    let lines = paragraphs.flat_map(|(number, text)| {
        let indent = if number == 0 { "" } else { "  " };
        let options = layout(cell.width).initial_indent(indent).subsequent_indent(indent);
        textwrap::wrap(&without_commands(escape(text)), options)
            .into_iter()
            .map(|line| line.trim_end().to_owned())
            .collect::<Vec<_>>()
    });
    lines.collect()
}

/// Ids and ARNs are copied from the page, so words break at spaces only, unless one is wider than the page.
fn layout<'o>(width: usize) -> Options<'o> {
    Options::new(width)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .break_words(true)
}
