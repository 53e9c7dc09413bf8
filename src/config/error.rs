//! Errors in a config file: what is wrong, where, and what would be right.

use std::io;

use serde_saphyr::Location;

use crate::Error;
use crate::error::yaml_in_words;
use crate::output::text;

/// A file that cannot be read at all.
pub(super) fn unreadable(name: &str, error: &io::Error) -> Error {
    let failure = Error::usage(format!("cannot read the config file {name}: {}", crate::error::unreadable(error)));
    match error.kind() {
        io::ErrorKind::NotFound => failure.help("give an existing file with --config, or leave the flag out"),
        io::ErrorKind::InvalidData => failure.help("the config file must be UTF-8 text"),
        _ => failure,
    }
}

/// A file that says something it cannot say: place, problem, the line itself, and the nearest thing that would be
/// right.
pub(super) fn in_file(error: &serde_saphyr::Error, file: &str, name: &str) -> Error {
    let (problem, help) = in_words(innermost(error));
    match error.location().filter(|location| *location != Location::UNKNOWN) {
        Some(location) => {
            let (line, column) = (location.line(), location.column());
            let excerpt = excerpt(file, line, column);
            Error::usage(format!("{name}:{line}:{column}: {problem}{excerpt}")).help(help)
        }
        None => Error::usage(format!("{name}: {problem}")).help(help),
    }
}

fn innermost(mut error: &serde_saphyr::Error) -> &serde_saphyr::Error {
    while let serde_saphyr::Error::WithSnippet { error: inner, .. }
    | serde_saphyr::Error::AliasError { error: inner, .. } = error
    {
        error = inner;
    }
    error
}

fn in_words(error: &serde_saphyr::Error) -> (String, String) {
    match error {
        serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => {
            (format!("there is no key `{}`", field.escape_debug()), nearest(field, expected))
        }
        serde_saphyr::Error::SerdeUnknownVariant { variant, expected, .. } => {
            (format!("`{}` is not one of the words allowed here", variant.escape_debug()), nearest(variant, expected))
        }
        serde_saphyr::Error::Unexpected { expected: "sequence start", .. } => (
            "a list is expected here".to_owned(),
            "write it in brackets, such as [a, b], even for one thing".to_owned(),
        ),
        serde_saphyr::Error::Unexpected { expected: "mapping start", .. } => {
            ("keys with values are expected here".to_owned(), "write them as `key: value`".to_owned())
        }
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
            (format!("the key `{}` is there twice", key.escape_debug()), "keep one of the two".to_owned())
        }
        other => (
            text::escape(&yaml_in_words(other)).into_owned(),
            "see `safeguard schema config` for what the file may say".to_owned(),
        ),
    }
}

fn nearest(word: &str, known: &[&str]) -> String {
    let best = known.iter().max_by(|a, b| strsim::jaro_winkler(a, word).total_cmp(&strsim::jaro_winkler(b, word)));
    match best {
        Some(best) if strsim::jaro_winkler(best, word) > 0.8 => format!("did you mean `{best}`?"),
        _ => format!("use one of: {}", known.join(", ")),
    }
}

/// The line with a mark under the column; nothing when the place lies outside the text.
fn excerpt(file: &str, line: u64, column: u64) -> String {
    let index = usize::try_from(line).unwrap_or(0).wrapping_sub(1);
    let Some(source) = file.lines().nth(index) else { return String::new() };
    let shown: String = source.chars().take(200).map(|c| if text::is_hostile(c) { ' ' } else { c }).collect();
    let indent = usize::try_from(column).unwrap_or(1).saturating_sub(1).min(200);
    let margin = " ".repeat(line.to_string().len());
    format!("\n{margin} |\n{line} | {shown}\n{margin} | {}^", " ".repeat(indent))
}
