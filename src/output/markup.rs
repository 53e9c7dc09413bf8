//! Text from elsewhere within Markdown.
//!
//! Markdown has no escape that always works: after it is rendered, GitHub still makes `@team` a mention, `www.` an address
//! a link, `#12` an issue and `:+1:` a picture. Nothing of that happens within a code span. So a text is prose only if it is
//! made of words and plain punctuation, and everything else, every name and every sentence with one in it, stands in code.

use std::borrow::Cow;

use super::text::{escape, shorten};

/// A code span on one line, at most `columns` wide, with control and invisible characters written out.
pub(super) fn code(text: &str, columns: usize) -> String {
    let text = shorten(text, columns);
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // A blank on both sides is taken off again by every reader, and without it a backtick at an edge would be fence.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The text as it is if nothing in it can mean anything to Markdown or to GitHub, otherwise as [`code`]. Not for the start
/// of a line.
pub(super) fn prose(text: &str, columns: usize) -> Cow<'_, str> {
    if is_plain(text) && text.chars().count() <= columns {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(code(text, columns))
    }
}

/// Lines of code, set apart; the language is ours.
pub(super) fn block(text: &str, language: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let lines: Vec<Cow<'_, str>> = text.trim_end().lines().map(escape).collect();
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

/// Whether the text is an `https` address with nothing in it that could end it early.
pub(super) fn is_address(text: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-._~:/?#%=&+,;@!$".contains(character);
    text.starts_with("https://") && text.len() > "https://".len() && text.chars().all(plain)
}

fn is_plain(text: &str) -> bool {
    let allowed = |character: char| character.is_alphanumeric() || " ,.;()'%/-:".contains(character);
    !text.trim().is_empty()
        && text == text.trim()
        && text.chars().all(allowed)
        && !["  ", "//"].iter().any(|pair| text.contains(pair))
        && text.split([' ', '(', ')', ',', ';', '/']).all(is_plain_word)
}

/// A colon stands only at a word's end; no word looks like an address, a commit, or an issue of GitHub's.
fn is_plain_word(word: &str) -> bool {
    let word = word.strip_suffix([':', '.']).unwrap_or(word);
    let lower = word.to_lowercase();
    let is_commit = word.len() >= 7 && word.chars().all(|character| character.is_ascii_hexdigit());
    !word.contains(':') && !lower.starts_with("www.") && !lower.starts_with("gh-") && !is_commit
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|character| character != of).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::super::fixture::HOSTILE;
    use super::super::text::is_hostile;
    use super::*;

    /// What is neither words, code nor a mark that we set ourselves: links, images, HTML, and text outside code in which
    /// GitHub would see a mention, a link or an issue.
    pub(in super::super) fn dangers(markdown: &str) -> Vec<String> {
        let mut in_code = 0;
        let mut dangers = Vec::new();
        for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_code += 1,
                Event::End(TagEnd::CodeBlock) => in_code -= 1,
                Event::Start(Tag::Link { dest_url, .. }) if is_address(&dest_url) => {}
                Event::Text(text) if in_code == 0 && !is_address(&text) => {
                    let glued = ["@", "://", "www.", "<", "`", "$"].into_iter().any(|mark| text.contains(mark));
                    if glued || text.chars().any(is_hostile) {
                        dangers.push(format!("text {text:?}"));
                    }
                }
                Event::Start(
                    tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::FootnoteDefinition(_)),
                ) => {
                    dangers.push(format!("{tag:?}"));
                }
                Event::Html(text) | Event::InlineHtml(text) => dangers.push(format!("HTML {text:?}")),
                Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {
                    dangers.push(format!("{event:?}"));
                }
                _ => {}
            }
        }
        dangers
    }

    #[test]
    fn plain_sentences_stay_prose_and_the_rest_is_code() {
        for plain in ["Raise the backup retention period to 35 days.", "S3 bucket: not public (yet)", "Größe, 50%"] {
            assert_eq!(prose(plain, 100), plain);
        }
        for other in [
            "@team",
            "see www.evil.example",
            "a#12",
            "GH-7",
            "deadbeef01",
            "*b*",
            "a_b_",
            "<b>",
            ":+1:",
            "https://x",
            "a\u{202e}",
        ] {
            assert!(prose(other, 100).starts_with('`'), "{other}");
        }
    }

    #[test]
    fn backticks_cannot_end_the_code_that_they_stand_in() {
        assert_eq!(code("a`b", 100), "``a`b``");
        assert_eq!(code("`", 100), "`` ` ``");
        assert_eq!(code("", 100), "(empty)");
        assert_eq!(code("a\nb\u{1b}", 100), "`a\\nb\\u{1b}`");
        assert!(block("```\n<b>\n```", "yaml").starts_with("````yaml\n"));
    }

    #[test]
    fn only_plain_https_addresses_are_linked() {
        assert!(is_address("https://docs.aws.amazon.com/AmazonS3/latest/userguide/x.html#y"));
        for other in ["http://a", "https://", "https://a>b", "https://a b", "https://a)", "javascript:alert(1)"] {
            assert!(!is_address(other), "{other}");
        }
    }

    #[test]
    fn the_dangers_are_seen_where_nothing_is_escaped() {
        let seen = HOSTILE.iter().filter(|text| !dangers(text).is_empty()).count();
        assert!(seen >= 6, "{seen}");
        assert!(!dangers("[a](javascript:x)").is_empty() && !dangers("ping @team").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_gets_out_of_its_place(text in prop_oneof![any::<String>(), "[`\\[\\]()!<>@*_~|#:$\\\\ a\n-]{0,24}"]) {
            for written in [code(&text, 80), prose(&text, 80).into_owned()] {
                let line = format!("- **name**: {written} (us-east-1)\n");
                prop_assert_eq!(dangers(&line), Vec::<String>::new(), "{}", line);
                prop_assert_eq!(line.lines().count(), 1);
            }
            prop_assert_eq!(dangers(&block(&text, "text")), Vec::<String>::new());
        }
    }
}
