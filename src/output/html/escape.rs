//! The one way of text into the page. Markup's own characters become entities, and what would move, hide or reorder
//! text is written out as [`super::super::text::escape`] writes it: a bucket whose name runs backwards looks like what
//! it is.
//!
//! Templates apply [`HtmlEscaper`] to every expression by themselves. Data for the script passes [`write_data`], in
//! which each string is already in its visible form, so that the script only has to put it into text nodes.

use std::fmt;
use std::io::{self, Write};

use askama::filters::Escaper;
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use super::super::commands::is_command;
use super::super::text::{escape, is_hostile};

/// Makes text visible and harmless in HTML: as content, and in quoted attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct HtmlEscaper;

impl Escaper for HtmlEscaper {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        let visible = escape(string);
        let mut rest: &str = &visible;
        while let Some(position) = rest.find(['<', '>', '&', '"', '\'']) {
            dest.write_str(&rest[..position])?;
            dest.write_str(match rest.as_bytes()[position] {
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'&' => "&amp;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[position + 1..];
        }
        dest.write_str(rest)
    }
}

/// Writes a value as JSON that may stand inside a `script` element: strings in their visible form, no `<` anywhere.
///
/// # Errors
/// Whatever `out` reports.
pub(super) fn write_data<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, InPage))?;
    Ok(())
}

/// Compact JSON, with hostile characters inside strings as `\\u{202e}`, which a parser reads as `\u{202e}` for people.
struct InPage;

impl Formatter for InPage {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        let is_special =
            |at: usize, one: char| one == '<' || is_hostile(one) || (one == '#' && is_command(fragment, at));
        for (position, character) in fragment.char_indices().filter(|(at, one)| is_special(*at, *one)) {
            out.write_all(&fragment.as_bytes()[written..position])?;
            match character {
                '<' => out.write_all(b"\\u003c")?,
                '#' => out.write_all(b"\\u0023")?,
                hostile => write!(out, "\\{}", hostile.escape_unicode())?,
            }
            written = position + character.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[written..])
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escaped: CharEscape) -> io::Result<()> {
        match escaped {
            CharEscape::Quote => out.write_all(b"\\\""),
            CharEscape::ReverseSolidus => out.write_all(b"\\\\"),
            CharEscape::Solidus => out.write_all(b"/"),
            CharEscape::LineFeed => out.write_all(b"\\\\n"),
            CharEscape::CarriageReturn => out.write_all(b"\\\\r"),
            CharEscape::Tab => out.write_all(b"\\\\t"),
            CharEscape::Backspace => out.write_all(b"\\\\u{8}"),
            CharEscape::FormFeed => out.write_all(b"\\\\u{c}"),
            CharEscape::AsciiControl(byte) => write!(out, "\\{}", char::from(byte).escape_unicode()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn in_html(text: &str) -> String {
        let mut shown = String::new();
        HtmlEscaper.write_escaped_str(&mut shown, text).unwrap();
        shown
    }

    fn in_data(value: &Value) -> String {
        let mut bytes = Vec::new();
        write_data(value, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn markup_and_invisible_characters_become_text() {
        assert_eq!(in_html("<b a='1' c=\"2\">&\u{202e}\n"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\\u{202e}\\n");
        assert_eq!(
            in_data(&json!({"</script>\u{1b}": "\u{2028}\\\t\"é"})),
            r#"{"\u003c/script>\\u{1b}":"\\u{2028}\\\\t\"é"}"#
        );
    }

    proptest! {
        #[test]
        fn the_script_reads_each_string_in_its_visible_form(text: String) {
            let data = in_data(&json!({ text.clone(): [text.clone()] }));
            prop_assert!(!data.contains('<'));
            prop_assert!(!data.chars().any(is_hostile));
            let visible = escape(&text);
            prop_assert_eq!(serde_json::from_str::<Value>(&data).unwrap(), json!({ visible.clone(): [visible] }));
        }

        #[test]
        fn no_text_opens_a_tag_or_leaves_an_attribute(text: String) {
            let html = in_html(&text);
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
            prop_assert!(!html.chars().any(is_hostile));
        }
    }
}
