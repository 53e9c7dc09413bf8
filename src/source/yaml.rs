//! Reading YAML strictly, with errors in the words of a file's author instead of a parser's.

use serde::de::DeserializeOwned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Error, Location, Options, Spanned};

use super::{Problem, SourceFile, suggest};
use crate::error::{data_in_words, yaml_in_words};

/// Reads a whole file.
pub(crate) fn read<T: DeserializeOwned>(source: &SourceFile) -> Result<T, Problem> {
    read_part(source, &source.text)
}

/// Reads the beginning of a file; positions are those of the file.
pub(crate) fn read_part<T: DeserializeOwned>(source: &SourceFile, part: &str) -> Result<T, Problem> {
    serde_saphyr::from_str_with_options(part, options()).map_err(|error| problem(source, &error))
}

/// The byte offset at which a value is written.
pub(crate) fn offset<T>(value: &Spanned<T>) -> usize {
    value.defined.span().byte_offset().and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0)
}

fn options() -> Options {
    serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        // An account id is no number, with or without a zero in front.
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    }
}

fn problem(source: &SourceFile, error: &Error) -> Problem {
    let (message, help) = in_words(error);
    let offset = error.location().filter(|location| *location != Location::UNKNOWN).map(|location| {
        let offset = location.span().byte_offset().and_then(|offset| usize::try_from(offset).ok());
        offset.unwrap_or_else(|| offset_of(&source.text, location.line(), location.column()))
    });
    let problem = match offset {
        Some(offset) => source.problem_at(offset, message),
        None => source.problem(message),
    };
    problem.maybe_help(help)
}

/// The byte offset of a line and a column, both from 1; columns count characters.
fn offset_of(text: &str, line: u64, column: u64) -> usize {
    let before = |count: u64| usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(before(line)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(before(column)).map_or(rest.len(), |(at, _)| at)
}

fn in_words(error: &Error) -> (String, Option<String>) {
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            (format!("there is no key `{field}` here"), suggest::help(field, expected.iter().copied()))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => (
            format!("`{variant}` is none of {}", expected.join(", ")),
            suggest::nearest(variant, expected.iter().copied()).map(|nearest| format!("did you mean `{nearest}`?")),
        ),
        Error::SerdeMissingField { field, .. } => (format!("the key `{field}` is missing"), None),
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            (data_in_words(&format!("invalid type: {unexpected}, expected {expected}")), None)
        }
        Error::DuplicateMappingKey { key, .. } => {
            (format!("the key `{}` is written twice", key.as_deref().unwrap_or("?")), None)
        }
        Error::NullIntoString { .. } => {
            ("expected text, found nothing".to_owned(), Some("leave the key out, or write text".to_owned()))
        }
        Error::MergeKeyNotAllowed { .. } => ("merge keys (`<<`) are not supported".to_owned(), None),
        other => (yaml_in_words(other), None),
    }
}
