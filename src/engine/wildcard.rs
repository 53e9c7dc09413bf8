//! Patterns with `*` for any text and `?` for any character, by which users name resources.
//!
//! Matching works on the pattern itself: there is nothing to compile, so no pattern can fail to and be left out. The
//! time is at worst the product of the lengths.

/// No ARN is longer, so no longer pattern can be meant for one.
pub const MOST_CHARACTERS: usize = 2_048;

/// A pattern that must match the whole text, such as an ARN. Case matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard(Box<str>);

impl Wildcard {
    /// Any text is a pattern.
    pub fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// Tells whether the whole text is as the pattern says.
    pub fn matches(&self, text: &str) -> bool {
        let (mut pattern, mut text) = (&*self.0, text);
        // After the last `*`: what must follow it, and the text of which it may take one character more.
        let mut retry: Option<(&str, &str)> = None;
        loop {
            let mut rest = pattern.chars();
            match (rest.next(), text.chars().next()) {
                (Some('*'), _) => {
                    pattern = rest.as_str();
                    retry = Some((pattern, text));
                }
                (None, None) => return true,
                (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                    pattern = rest.as_str();
                    text = &text[found.len_utf8()..];
                }
                _ => {
                    let Some((after, start)) = retry else { return false };
                    let Some(skipped) = start.chars().next() else { return false };
                    (pattern, text) = (after, &start[skipped.len_utf8()..]);
                    retry = Some((after, text));
                }
            }
        }
    }
}

/// Says what is wrong with a pattern that is longer than everything that it could match.
pub fn too_long(pattern: &str) -> Option<String> {
    let characters = pattern.chars().count();
    (characters > MOST_CHARACTERS).then(|| {
        let start: String = pattern.chars().take(40).collect();
        format!(
            "the pattern `{}...` has {characters} characters, and no ARN has more than {MOST_CHARACTERS}",
            start.escape_debug()
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_whole_text_must_match() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("a*c", "abcbc", true),
            ("a*c", "abcb", false),
            ("a?c", "a\u{e9}c", true),
            ("?", "", false),
            ("a.c", "abc", false),
            ("*a*b", "xxaxxbxb", true),
            ("A", "a", false),
            ("line*", "line\none", true),
        ] {
            assert_eq!(Wildcard::new(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_pattern_of_any_length_still_matches() {
        let pattern = format!("arn:aws:s3:::{}*", "?".repeat(200_000));
        assert!(Wildcard::new(&pattern).matches(&format!("arn:aws:s3:::{}", "\u{e9}".repeat(200_001))));
        assert!(!Wildcard::new(&"*a".repeat(2_000)).matches(&"b".repeat(2_000)));
        assert!(too_long(&pattern).is_some() && too_long("arn:aws:s3:::*").is_none());
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_regular_expression(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let body: String = pattern
                .chars()
                .map(|c| match c {
                    '*' => ".*".to_owned(),
                    '?' => ".".to_owned(),
                    other => other.to_string(),
                })
                .collect();
            let regex = regex::Regex::new(&format!("^{body}$")).unwrap();
            prop_assert_eq!(Wildcard::new(&pattern).matches(&text), regex.is_match(&text));
        }
    }
}
