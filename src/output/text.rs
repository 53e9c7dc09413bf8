//! The one sanitizer of text that comes from AWS, and small helpers for words in reports.
//!
//! A tag, a bucket name or an error message is written by whoever may create resources in the account. Printed as it
//! is, it could clear the screen, recolor a failure, or use an invisible or right-to-left mark to look like another
//! name. [`escape`] makes all of that visible as `\u{202e}`. Letters that merely look alike (Cyrillic `а` for Latin
//! `a`) are not touched: they are ordinary text in somebody's language.

use std::borrow::Cow;

use textwrap::core::display_width;

use crate::model::Timestamp;

/// True for a character that must never reach a reader as it is: controls (C0, C1, DEL), marks that change the
/// direction of text, line separators, and characters that have no visible form.
pub fn is_hostile(character: char) -> bool {
    match character {
        ' '..='~' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' => true,
        '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control(),
    }
}

/// A moment as `2026-01-01 12:00 UTC`.
pub fn to_minute(Timestamp(moment): Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The text with every hostile character written out: `\n`, `\t`, `\r`, otherwise `\u{1b}`. Safe to apply twice.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    text.chars().for_each(|character| push_escaped(&mut escaped, character));
    Cow::Owned(escaped)
}

/// Text in which a CI runner that reads our output finds no command to obey. GitHub's takes `::error::` for one at the
/// start of a line, which any word may come to stand at, and `##[error]` anywhere; Azure's takes `##vso[...]`. Safe to
/// apply twice.
///
/// Source: <https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>.
pub fn without_commands(text: Cow<'_, str>) -> Cow<'_, str> {
    let starts: Vec<usize> =
        text.match_indices("::").map(|(at, _)| at).filter(|at| begins_command(&text, *at)).collect();
    if starts.is_empty() && !OPENINGS.iter().any(|opening| text.contains(opening)) {
        return text;
    }
    let mut safe = text.into_owned();
    starts.iter().rev().for_each(|at| safe.replace_range(at..=at, "\\u{3a}"));
    let broken = |text: String, opening: &&str| text.replace(opening, &opening.replacen("##", "#\\u{23}", 1));
    Cow::Owned(OPENINGS.iter().fold(safe, broken))
}

/// The beginnings of commands that may stand anywhere in a line.
const OPENINGS: [&str; 2] = ["##[", "##vso["];

/// Tells whether the two colons begin a word, then a name, and two more follow: `::/0` is an address.
fn begins_command(text: &str, at: usize) -> bool {
    let (before, rest) = (&text[..at], &text[at + 2..]);
    let begins_word = before.is_empty() || before.ends_with(char::is_whitespace);
    begins_word && rest.starts_with(|first: char| first.is_ascii_alphabetic()) && rest.contains("::")
}

fn push_escaped(target: &mut String, character: char) {
    match character {
        '\n' => target.push_str("\\n"),
        '\t' => target.push_str("\\t"),
        '\r' => target.push_str("\\r"),
        hostile if is_hostile(hostile) => target.extend(hostile.escape_unicode()),
        harmless => target.push(harmless),
    }
}

/// Escapes the text and, if it is wider than `columns`, keeps its beginning and end and says how long it was. Names
/// differ most often at their ends, so the middle is what can go.
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= columns && display_width(text) <= columns && !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let room = columns / 2;
    let (head, rest) = take_columns(text.chars(), room);
    let kept: usize = head.len();
    let (mut tail, left_out) = take_columns(text.chars().skip(kept).collect::<Vec<_>>().into_iter().rev(), room);
    tail.reverse();
    let (head, tail) = (head.concat(), tail.concat());
    match rest && left_out {
        true => Cow::Owned(format!("{head}...{tail} ({length} characters)")),
        false => Cow::Owned(head + &tail),
    }
}

/// The first characters, each escaped as a whole, that fit into `columns` columns, and whether some were left. The
/// number of characters is bounded too, because a combining mark takes no column.
fn take_columns(characters: impl Iterator<Item = char>, columns: usize) -> (Vec<String>, bool) {
    let mut taken = Vec::new();
    let mut used = 0;
    for character in characters {
        let mut unit = String::new();
        push_escaped(&mut unit, character);
        used += display_width(&unit);
        if used > columns || taken.len() >= columns {
            return (taken, true);
        }
        taken.push(unit);
    }
    (taken, false)
}

/// `1 finding`, `12,345 findings`.
pub fn counted(count: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", number(count), if count == 1 { singular } else { plural })
}

/// A number with thousands separated by commas.
pub fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a`, `a and b`, `a, b and c`; with more than `limit` of them `a, b and 7 more`.
pub fn listed<'a>(items: impl IntoIterator<Item = &'a str>, limit: usize) -> String {
    let mut shown: Vec<String> = items.into_iter().map(str::to_owned).collect();
    if shown.len() > limit.saturating_add(1) {
        let more = shown.len() - limit;
        shown.truncate(limit);
        shown.push(format!("{} more", number(more)));
    }
    match shown.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_text_is_a_command_to_a_ci_runner_and_addresses_stay() {
        let shown = |text: &'static str| without_commands(text.into()).into_owned();
        assert_eq!(shown("::error file=a::b"), "\\u{3a}:error file=a::b");
        assert_eq!(shown("bucket ::stop-commands::x is"), "bucket \\u{3a}:stop-commands::x is");
        assert_eq!(shown("a ##[error]b ##vso[task.x]c"), "a #\\u{23}[error]b #\\u{23}vso[task.x]c");
        for harmless in ["arn:aws:s3:::records", "from ::/0 or ::1", "iam::role", "## [x]", "::ffff:10.0.0.1"] {
            assert_eq!(shown(harmless), harmless);
        }
        let once = shown("::error::##[x]");
        assert_eq!(without_commands(once.as_str().into()), once);
    }

    #[test]
    fn terminal_escapes_and_marks_that_reorder_or_hide_text_become_visible() {
        assert_eq!(escape("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(escape("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
        assert_eq!(escape("phi\u{202e}gpj.exe"), "phi\\u{202e}gpj.exe");
        for mark in
            "\u{200e}\u{200f}\u{61c}\u{202a}\u{202d}\u{2066}\u{2069}\u{200b}\u{200d}\u{2028}\u{2029}\u{feff}".chars()
        {
            assert_eq!(escape(&mark.to_string()), mark.escape_unicode().to_string());
        }
        assert_eq!(escape("one\r\n\ttwo"), "one\\r\\n\\ttwo");
        assert_eq!(escape("\u{e0041}"), "\\u{e0041}", "tag characters are an invisible alphabet");
    }

    #[test]
    fn ordinary_text_of_any_language_stays() {
        for text in ["röntgen-bilder", "患者記録", "سجلات", "साक्ष्य", "C:\\records", "a+b=c@d"]
        {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn long_names_keep_their_beginning_and_end_and_tell_their_length() {
        let name = format!("{}{}", "a".repeat(6_000), "z".repeat(4_240));
        assert_eq!(shorten(&name, 20), "aaaaaaaaaa...zzzzzzzzzz (10240 characters)");
        assert_eq!(shorten("records", 20), "records");
        assert_eq!(shorten("0123456789", 10), "0123456789");
    }

    #[test]
    fn shortening_never_cuts_an_escape_in_two() {
        let name = "\u{202e}".repeat(50);
        assert_eq!(shorten(&name, 20), "\\u{202e}...\\u{202e} (50 characters)");
    }

    #[test]
    fn combining_marks_cannot_make_a_short_name_endless() {
        let name = format!("a{}", "\u{301}".repeat(10_000));
        assert!(shorten(&name, 40).chars().count() < 80);
    }

    #[test]
    fn counts_and_lists_read_as_words() {
        assert_eq!(counted(1, "finding", "findings"), "1 finding");
        assert_eq!(counted(1_234_567, "finding", "findings"), "1,234,567 findings");
        assert_eq!(number(100), "100");
        assert_eq!(listed(["a"], 3), "a");
        assert_eq!(listed(["a", "b", "c"], 3), "a, b and c");
        assert_eq!(listed(["a", "b", "c", "d"], 3), "a, b, c and d", "`and 1 more` would be no shorter");
        assert_eq!(listed(["a", "b", "c", "d", "e"], 3), "a, b, c and 2 more");
        assert_eq!(listed([], 3), "");
    }

    proptest! {
        #[test]
        fn nothing_hostile_survives(text in any::<String>(), columns in 0_usize..200) {
            prop_assert!(!escape(&text).chars().any(is_hostile));
            prop_assert!(!shorten(&text, columns).chars().any(is_hostile));
            let once = escape(&text).into_owned();
            prop_assert_eq!(escape(&once), once.as_str());
        }

        #[test]
        fn a_shortened_text_is_bounded(text in any::<String>(), columns in 0_usize..200) {
            prop_assert!(display_width(&shorten(&text, columns)) <= columns + " ( characters)...".len() + 20);
        }
    }
}
