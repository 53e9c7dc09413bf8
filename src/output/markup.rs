//! Text from elsewhere within Markdown.
//!
//! Markdown has no escape that always works: after it is rendered, GitHub still makes `@team` a mention, `www.` an
//! address a link, `#12` an issue and `:+1:` a picture. Nothing of that happens within a code span. So a word is prose
//! only if it is made of letters, digits and plain punctuation, and every other word stands in code.

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

/// A sentence on one line, in which every word that could mean anything to Markdown or to GitHub stands in code. Not
/// for the start of a line.
pub(super) fn prose(text: &str, columns: usize) -> String {
    let text = shorten(text, columns);
    let words: Vec<String> = text.split_whitespace().map(word).collect();
    if words.is_empty() { "(empty)".to_owned() } else { words.join(" ") }
}

fn word(word: &str) -> String {
    if is_plain(word) {
        return word.to_owned();
    }
    let name = word.trim_end_matches(['.', ',', ';']);
    if name.is_empty() { code(word, usize::MAX) } else { code(name, usize::MAX) + &word[name.len()..] }
}

/// Lines of code, set apart; the language is ours.
pub(super) fn block(text: &str, language: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let lines: Vec<Cow<'_, str>> = text.trim_end().lines().map(escape).collect();
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

/// Tells whether the text is an `https` address with nothing in it that could end it early.
pub(super) fn is_address(text: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-._~:/?#%=&+,;@!$".contains(character);
    text.starts_with("https://") && text.len() > "https://".len() && text.chars().all(plain)
}

/// Tells whether a word means nothing but itself: no part of it looks like an address, a commit, or an issue of
/// GitHub's.
fn is_plain(word: &str) -> bool {
    let allowed = |character: char| character.is_alphanumeric() || ",.;()'%/-".contains(character);
    let word = word.strip_suffix(':').unwrap_or(word);
    let is_commit = |part: &str| part.len() >= 7 && part.chars().all(|character| character.is_ascii_hexdigit());
    let is_part = |part: &str| {
        let lower = part.to_lowercase();
        !lower.starts_with("www.") && !lower.starts_with("gh-") && !is_commit(part.trim_end_matches('.'))
    };
    word.chars().all(allowed) && !word.contains("//") && word.split(['(', ')', ',', ';', '/', '\'']).all(is_part)
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

    /// Finds anything that is neither words, code nor a mark that we set ourselves: links, images, HTML, and text
    /// outside code in which GitHub would see a mention, a link or an issue.
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
        assert_eq!(
            prose("tie it with kms:CallerAccount, or a_b. No  <b>", 100),
            "tie it with `kms:CallerAccount`, or `a_b`. No `<b>`"
        );
        assert_eq!(prose(" ", 100), "(empty)");
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
            assert!(prose(other, 100).contains('`'), "{other}");
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
            for written in [code(&text, 80), prose(&text, 80)] {
                let line = format!("- **name**: {written} (us-east-1)\n");
                prop_assert_eq!(dangers(&line), Vec::<String>::new(), "{}", line);
                prop_assert_eq!(line.lines().count(), 1);
            }
            prop_assert_eq!(dangers(&block(&text, "text")), Vec::<String>::new());
        }
    }
}
