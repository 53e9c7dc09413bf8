//! Files that people write (rules, kinds, waivers, attestations), and problems that point into them.
//!
//! The room reads YAML strictly and finds the line of each value again, so that every message can show it.

mod digest;
pub(crate) mod locate;
pub mod suggest;
pub(crate) mod yaml;

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use digest::sha256_of_file;

/// The widest piece of a line that an excerpt shows, in characters.
const EXCERPT_WIDTH: usize = 110;

/// The most problems that one error message names.
const MOST_PROBLEMS: usize = 10;

/// The origin of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Embedded in this build; the path below `rules/`, such as `s3/s3-bucket-versioning.yaml`.
    Builtin(String),
    /// A file of the user's.
    File(PathBuf),
}

impl Origin {
    /// The path, whose stem is a rule's id and whose folder is its service.
    pub fn path(&self) -> &Path {
        match self {
            Origin::Builtin(path) => Path::new(path),
            Origin::File(path) => path,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Builtin(path) => write!(out, "rules/{path}"),
            Origin::File(path) => write!(out, "{}", path.display()),
        }
    }
}

/// The text of one file.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The origin of the file.
    pub origin: Origin,
    /// The whole file.
    pub text: Cow<'static, str>,
}

impl SourceFile {
    /// Reads a file of the user's.
    ///
    /// # Errors
    /// If it cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { origin: Origin::File(path.to_owned()), text: text.into() }),
            Err(error) => Err(Problem {
                file: path.display().to_string(),
                place: None,
                message: format!("cannot be read: {}", crate::error::unreadable(&error)),
                help: None,
            }),
        }
    }

    /// The SHA-256 of the text, in hexadecimal.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.text.as_bytes()))
    }

    /// A problem of the file as a whole.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem { file: self.origin.to_string(), place: None, message: message.into(), help: None }
    }

    /// A problem at a byte offset of the text.
    pub fn problem_at(&self, offset: usize, message: impl Into<String>) -> Problem {
        Problem { place: Some(Box::new(SourceLocation::at(&self.text, offset))), ..self.problem(message) }
    }
}

/// A problem of a file: what is wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the user knows it.
    pub file: String,
    /// The place in it, if the problem has one.
    pub place: Option<Box<SourceLocation>>,
    /// The fault, in words.
    pub message: String,
    /// A hint at what would be right.
    pub help: Option<String>,
}

impl Problem {
    /// Adds what would be right.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Adds what would be right, if it is known.
    #[must_use]
    pub fn maybe_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        if let Some(place) = &self.place {
            write!(out, ":{}:{}", place.line, place.column)?;
        }
        write!(out, ": {}", self.message)?;
        if let Some(place) = &self.place {
            place.write_excerpt(out)?;
        }
        if let Some(help) = &self.help {
            write!(out, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// A place in a text, with the line it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLocation {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The piece of the line around the column.
    excerpt: String,
    /// Characters of the excerpt before the column.
    indent: usize,
    /// Characters of the word at the column; at least 1.
    width: usize,
}

impl SourceLocation {
    /// The place of a byte offset; offsets past the end or within a character move back to the nearest good one.
    fn at(text: &str, offset: usize) -> Self {
        let offset = (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[offset..].find('\n').map_or(text.len(), |newline| offset + newline);
        let before_in_line = text[line_start..offset].chars().count();
        let characters: Vec<char> = text[line_start..line_end].trim_end_matches('\r').chars().collect();
        let from = if characters.len() <= EXCERPT_WIDTH { 0 } else { before_in_line.saturating_sub(EXCERPT_WIDTH / 2) };
        let to = characters.len().min(from + EXCERPT_WIDTH);
        let word = characters.iter().take(to).skip(before_in_line).take_while(|c| c.is_alphanumeric() || **c == '_');
        Self {
            line: before.matches('\n').count() + 1,
            column: before_in_line + 1,
            // Control characters would move the caret, or do worse to a terminal.
            excerpt: characters[from..to].iter().map(|&c| if c.is_control() { ' ' } else { c }).collect(),
            indent: before_in_line.saturating_sub(from),
            width: word.count().max(1),
        }
    }

    fn write_excerpt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        write!(out, "\n  {number} | {}", self.excerpt)?;
        let (margin, indent, carets) = (" ".repeat(number.len()), " ".repeat(self.indent), "^".repeat(self.width));
        write!(out, "\n  {margin} | {indent}{carets}")
    }
}

/// The first problems as one text, each with its excerpt, an empty line between them, and how many more there are.
pub fn join(problems: &[Problem]) -> String {
    let mut texts: Vec<String> = problems.iter().take(MOST_PROBLEMS).map(Problem::to_string).collect();
    if problems.len() > MOST_PROBLEMS {
        texts.push(format!("and {} more", problems.len() - MOST_PROBLEMS));
    }
    texts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> SourceFile {
        SourceFile { origin: Origin::Builtin("s3/s3-x.yaml".to_owned()), text: text.to_owned().into() }
    }

    #[test]
    fn a_problem_shows_the_line_and_points_at_the_word() {
        let source = source("id: s3-x\npass: resource.Näme == 1\n");
        let offset = source.text.find("Näme").unwrap();
        let shown = source.problem_at(offset, "no fact `Näme`").help("did you mean `Name`?").to_string();
        assert_eq!(
            shown,
            "rules/s3/s3-x.yaml:2:16: no fact `Näme`\n  2 | pass: resource.Näme == 1\n    |                ^^^^\n  \
             help: did you mean `Name`?"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let source = source(&format!("pass: {} wrong {}", "a ".repeat(200), "b ".repeat(200)));
        let place = source.problem_at(source.text.find("wrong").unwrap(), "x").place.unwrap();
        assert_eq!(place.column, 408);
        assert!(place.excerpt.chars().count() <= EXCERPT_WIDTH);
        assert!(place.excerpt.chars().skip(place.indent).collect::<String>().starts_with("wrong"));
    }

    #[test]
    fn many_problems_are_counted_rather_than_shown() {
        let problems: Vec<Problem> = (1..=12).map(|n| source("").problem(format!("problem {n}"))).collect();
        let joined = join(&problems);
        assert!(joined.ends_with("problem 10\n\nand 2 more"), "{joined}");
        assert!(join(&problems[..10]).ends_with("problem 10"));
    }

    #[test]
    fn a_place_past_the_end_is_the_end() {
        let source = source("id: x\n");
        let place = source.problem_at(999, "x").place.unwrap();
        assert_eq!((place.line, place.column), (2, 1));
    }
}
