//! Leads from a position in a YAML scalar's value back to the position in the file.
//!
//! YAML changes a scalar's text on the way to its value: it strips indentation, folds lines and resolves escapes. It
//! never adds, drops or reorders characters other than white space. So the n-th such character of the value is the n-th
//! of the file's text, whatever the style of the scalar, and no style needs a map of its own.

/// The byte offset in `text` of the character at `offset` of `value`, where `value` is the value of the scalar that
/// begins at `start` of `text`.
pub(crate) fn locate(text: &str, start: usize, value: &str, offset: usize) -> usize {
    let before = value.get(..offset).unwrap_or(value);
    let skip = before.chars().filter(|character| !character.is_whitespace()).count();
    let raw = text.get(start..).unwrap_or_default();
    let (opening, style) = opening(raw);
    start + nth_unit(raw, opening, style, skip)
}

#[derive(Clone, Copy, PartialEq)]
enum ScalarStyle {
    Verbatim,
    SingleQuoted,
    DoubleQuoted,
}

/// The offset at which the content begins, behind a quote or the head of a block scalar.
fn opening(raw: &str) -> (usize, ScalarStyle) {
    match raw.as_bytes().first() {
        Some(b'|' | b'>') => (raw.find('\n').map_or(raw.len(), |newline| newline + 1), ScalarStyle::Verbatim),
        Some(b'\'') => (1, ScalarStyle::SingleQuoted),
        Some(b'"') => (1, ScalarStyle::DoubleQuoted),
        _ => (0, ScalarStyle::Verbatim),
    }
}

/// The offset of the n-th character of the content other than white space, counting an escape as what it stands for.
fn nth_unit(raw: &str, opening: usize, style: ScalarStyle, n: usize) -> usize {
    let mut at = opening;
    let mut left = n;
    while let Some(character) = raw[at..].chars().next() {
        let (length, is_space) = unit(&raw[at..], character, style);
        if !is_space {
            if left == 0 {
                return at;
            }
            left -= 1;
        }
        at += length;
    }
    at
}

/// The length of the unit at the start of `raw`, and true if its value is white space.
fn unit(raw: &str, character: char, style: ScalarStyle) -> (usize, bool) {
    match (style, character) {
        (ScalarStyle::SingleQuoted, '\'') if raw[1..].starts_with('\'') => (2, false),
        (ScalarStyle::DoubleQuoted, '\\') => escape(raw),
        _ => (character.len_utf8(), character.is_whitespace()),
    }
}

fn escape(raw: &str) -> (usize, bool) {
    let digits = match raw[1..].chars().next() {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        Some(character) => {
            let is_space = matches!(character, 'n' | 't' | 'r' | 'v' | 'f' | 'N' | '_' | 'L' | 'P' | ' ' | '\t' | '\n');
            return (1 + character.len_utf8(), is_space);
        }
        None => return (1, true),
    };
    let code = raw.get(2..2 + digits).and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
    ((2 + digits).min(raw.len()), code.is_some_and(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_saphyr::Spanned;

    use super::*;

    #[derive(Deserialize)]
    struct File {
        #[allow(dead_code)]
        first: String,
        pass: Spanned<String>,
    }

    /// Finds `wrong` in the value that YAML makes of `pass`, and says what the file has at the place it maps to.
    fn found(pass: &str) -> String {
        let text = format!("first: 'é'\npass: {pass}\n");
        let file: File = serde_saphyr::from_str(&text).unwrap();
        let start = file.pass.defined.span().byte_offset().unwrap() as usize;
        let offset = file.pass.value.find("wrong").unwrap();
        let at = locate(&text, start, &file.pass.value, offset);
        assert_eq!(text.matches("wrong").count(), 1);
        text[at..].chars().take(5).collect()
    }

    #[test]
    fn every_style_of_scalar_leads_back_to_the_file() {
        let styles = [
            "resource.wrong == 1",
            "resource.a == 'é' &&\n  resource.wrong == 1",
            "\"resource.a == \\\"\\u00e9\\x41\\t\\\" && resource.wrong == 'x'\"",
            "'resource.a == ''x'' && resource.wrong == ''y'''",
            "'resource.a &&\n\n  resource.wrong'",
            "\"resource.a \\\n  && resource.wrong\"",
            "|\n  resource.a == 'é' &&\n    resource.b &&\n  resource.wrong == 1",
            "|-\n\n  resource.a &&\n  resource.wrong",
            ">-\n  resource.a == '|' &&\n  resource.wrong == 1",
            ">2   # why\n    resource.a &&\n    resource.wrong == 1",
            "&anchor resource.a && resource.wrong",
        ];
        for style in styles {
            assert_eq!(found(style), "wrong", "{style}");
        }
    }

    #[test]
    fn an_offset_past_the_end_stays_in_the_text() {
        let text = "pass: 'abc'";
        assert!(locate(text, 6, "abc", 99) <= text.len());
        assert!(locate(text, 99, "abc", 99) >= text.len());
    }
}
