//! What a YAML parser says of a text that is no YAML, in the words of people who write it.

use serde_saphyr::{Error, MessageFormatter, UserMessageFormatter};

use super::data_in_words;

/// What is wrong, by a part of what the parser says. The first that fits counts, so the narrower ones stand above.
const WORDS: [(&[&str], &str); 16] = [
    (&["tab"], "a tab stands here: indent with spaces"),
    (
        &["unclosed quote", "multiline quoted scalar", "quoted scalar, found unexpected document"],
        "a quotation mark is opened and never closed",
    ),
    (
        &["escape", "surrogate", "hexadecimal"],
        "a backslash in double quotes begins nothing here: write two, or use single quotes",
    ),
    (&["trailing content after"], "something follows the closing quotation mark: put quotes around the whole"),
    (
        &["unclosed bracket", "unexpected EOF", "unexpected eof"],
        "the text ends within a list or a mapping: a bracket is not closed",
    ),
    (
        &["misplaced bracket", "mismatched bracket"],
        "a bracket is closed that was not opened, or by one of another sort",
    ),
    (&["flow sequence", "flow mapping"], "within brackets a comma or the closing bracket is expected here"),
    (
        &["mapping values are not allowed", "illegal placement of ':'", "':' m"],
        "a colon stands here that begins no value: put quotes around a text with a colon and a space in it",
    ),
    (
        &["simple key", "expected key", "mapping keys are not allowed"],
        "a key and a colon are expected here: look at the indentation",
    ),
    (
        &["expected '-'", "block sequence entries", "'-' must be"],
        "an item of a list (`- `) is out of place here: look at the indentation",
    ),
    (&["block scalar"], "the text below `|` or `>` is not indented as it must be"),
    (&["indentation", "node content"], "this line is not indented as the lines around it are"),
    (&["unexpected character", "plain scalar"], "a text cannot begin like this: put quotes around it"),
    (&["anchor", "alias"], "a name after `&` or `*` is expected here: put quotes around a text that begins so"),
    (
        &["directive", "version", "TAG", "BOM", "document start", "document end", "tag", "handle"],
        "YAML's directives and tags (`%`, `!`) are not understood here: leave them out",
    ),
    (&["limit"], "the file is too large or too deeply nested"),
];

/// The parser's words in ours.
pub fn yaml_in_words(error: &Error) -> String {
    let message = UserMessageFormatter.format_message(error);
    match error {
        Error::ExternalMessage { .. } => {
            let fits = |(parts, _): &&(&[&str], &str)| parts.iter().any(|part| message.contains(part));
            let words = WORDS.iter().find(fits).map(|(_, words)| *words);
            words.map_or_else(|| format!("this is no YAML: {message}"), str::to_owned)
        }
        Error::Eof { .. } => "the file ends where something is expected".to_owned(),
        Error::MultipleDocuments { .. } => {
            "the file holds several documents: leave out the lines `---` between them".to_owned()
        }
        Error::UnknownAnchor { .. } => {
            "a name of an anchor (`*name`) is given that nothing bears: write the value itself".to_owned()
        }
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } | Error::AliasExpansionLimitExceeded { .. } => {
            "the file is too large or too deeply nested".to_owned()
        }
        _ => data_in_words(&message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        yaml_in_words(serde_saphyr::from_str::<serde_json::Value>(text).unwrap_err().without_snippet())
    }

    #[test]
    fn slips_of_writers_are_told_in_their_words() {
        let cases = [
            ("a:\n\t- b\n", "a tab stands here"),
            ("a: \"x\n", "a quotation mark is opened"),
            ("a: 'x\n", "a quotation mark is opened"),
            ("a: \"\\q\"\n", "a backslash in double quotes"),
            ("a: \"x\" y\n", "follows the closing quotation mark"),
            ("a: [b, c\n", "a bracket is not closed"),
            ("a: {b: c\n", "a bracket is not closed"),
            ("a: [b}\n", "a bracket is closed"),
            ("a: b: c\n", "a colon stands here"),
            ("a:\n  - b\n c: d\n", "indent"),
            ("a: @b\n", "cannot begin like this"),
            ("a: *b\n", "an anchor"),
            ("a: 1\n---\nb: 2\n", "several documents"),
            ("%YAML 3.0\n---\na: b\n", "directives"),
        ];
        let told: Vec<(&str, String)> = cases.iter().map(|(text, _)| (*text, words(text))).collect();
        let others: Vec<_> = told.iter().zip(&cases).filter(|((_, words), (_, part))| !words.contains(part)).collect();
        assert!(others.is_empty(), "{others:#?}");
    }

    #[test]
    fn no_word_of_the_parser_is_left() {
        let texts =
            ["a:\n\t- b\n", "a: [b}\n", "a: b: c\n", "- a\nb\n", "a: |0\n  x\n", "a: ]\n", "a: & b\n", "a: 'b' c\n"];
        for words in texts.map(words) {
            for theirs in ["scalar", "flow", "token", "scanning", "parsing", "context", "did not find"] {
                assert!(!words.contains(theirs), "{words}");
            }
        }
    }
}
