//! The wildcards of the policy language: `*` stands for any text, `?` for one character, in actions and resources.
//!
//! Matching is iterative and at worst quadratic in the lengths, so no pattern can make it blow up. Two patterns are
//! compared as the sets of texts they stand for. What a policy variable (`${aws:username}`) will hold is not known, so a
//! variable covers nothing for sure and may be anything: each question below says which side it takes.

/// Beyond this many cells of work a comparison of two patterns gives up, on the side that its caller calls cautious.
/// Patterns of 500 characters each still fit; those in real policies have fewer than 300.
const WORK_LIMIT: usize = 250_000;

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// `${...}`: some text that depends on the request.
    Variable,
}

impl Glob {
    /// A case-sensitive pattern with wildcards only, where `$` means itself: as in a document of version 2008-10-17.
    pub fn new(pattern: &str) -> Self {
        Self::from_tokens(pattern.chars().map(wildcard))
    }

    /// A case-sensitive pattern that may hold policy variables, as in a document of version 2012-10-17. The escapes
    /// `${*}`, `${?}` and `${$}` mean the characters themselves.
    pub fn with_variables(pattern: &str) -> Self {
        let mut tokens = Vec::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some(character) = rest.chars().next() {
            let (token, length) = match rest.strip_prefix("${").and_then(|body| body.split_once('}')) {
                Some((name, _)) => (variable(name), name.len() + 3),
                None => (wildcard(character), character.len_utf8()),
            };
            tokens.push(token);
            rest = &rest[length..];
        }
        Self::from_tokens(tokens)
    }

    /// A pattern for action names, which AWS compares without regard to case.
    pub fn action(pattern: &str) -> Self {
        Self::new(&pattern.to_ascii_lowercase())
    }

    /// The text, if the pattern stands for exactly one.
    pub fn literal(&self) -> Option<String> {
        self.tokens.iter().map(|token| if let Token::Char(c) = token { Some(*c) } else { None }).collect()
    }

    /// The characters before the first wildcard or variable.
    pub fn literal_prefix(&self) -> String {
        self.tokens.iter().map_while(|token| if let Token::Char(c) = token { Some(*c) } else { None }).collect()
    }

    /// Does the pattern end in a policy variable?
    pub fn ends_in_variable(&self) -> bool {
        self.tokens.last() == Some(&Token::Variable)
    }

    /// One text that the pattern stands for: `*` and variables are replaced by `filler`, `?` by `x`.
    pub fn example(&self, filler: &str) -> String {
        let mut text = String::new();
        for token in &self.tokens {
            match token {
                Token::Char(c) => text.push(*c),
                Token::One => text.push('x'),
                Token::Any | Token::Variable => text.push_str(filler),
            }
        }
        text
    }

    /// Is the text surely matched, whatever the variables hold?
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut in_text) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while in_text < text.len() {
            match self.tokens.get(at) {
                Some(Token::Any) => {
                    retry = Some((at + 1, in_text));
                    at += 1;
                }
                Some(Token::One) => (at, in_text) = (at + 1, in_text + 1),
                Some(Token::Char(c)) if *c == text[in_text] => (at, in_text) = (at + 1, in_text + 1),
                _ => match retry {
                    // The last `*` takes one character more.
                    Some((after_star, start)) => {
                        retry = Some((after_star, start + 1));
                        (at, in_text) = (after_star, start + 1);
                    }
                    None => return false,
                },
            }
        }
        self.tokens[at..].iter().all(|token| *token == Token::Any)
    }

    /// Does this pattern surely stand for every text that `other` stands for? `false` may also mean "not shown".
    pub fn covers(&self, other: &Self) -> bool {
        if self.tokens == [Token::Any] || (self == other && !self.tokens.contains(&Token::Variable)) {
            return true;
        }
        let (own, others) = (&self.tokens, &other.tokens);
        if own.len().saturating_mul(others.len()) > WORK_LIMIT {
            return false;
        }
        if let Some(text) = other.literal() {
            return self.matches(&text);
        }
        // next[j]: the tokens after the current one cover the other's tokens from j on.
        let end = others.len();
        // No tokens at all cover the empty text only.
        let mut next = vec![false; end + 1];
        next[end] = true;
        for mine in own.iter().rev() {
            let mut now = vec![false; end + 1];
            for j in (0..=end).rev() {
                let theirs = others.get(j);
                now[j] = match (mine, theirs) {
                    (Token::Any, None) => next[j],
                    (Token::Any, Some(_)) => next[j] || now[j + 1],
                    (Token::One, Some(Token::One | Token::Char(_))) => next[j + 1],
                    // `*` is either nothing or one character and `*` again: both must be covered.
                    (Token::One, Some(Token::Any)) => now[j + 1] && next[j],
                    (Token::Char(a), Some(Token::Char(b))) => a == b && next[j + 1],
                    _ => false,
                };
            }
            next = now;
        }
        next[0]
    }

    /// May some text be matched by both? `true` may also mean "not excluded".
    pub fn overlaps(&self, other: &Self) -> bool {
        let (own, others) = (&self.tokens, &other.tokens);
        if own.len().saturating_mul(others.len()) > WORK_LIMIT {
            return true;
        }
        let end = others.len();
        let many = |token: &Token| matches!(token, Token::Any | Token::Variable);
        // next[j]: the tokens after the current one, and the other's tokens from j on, have a text in common.
        let mut next = vec![false; end + 1];
        next[end] = true;
        for j in (0..end).rev() {
            next[j] = many(&others[j]) && next[j + 1];
        }
        for mine in own.iter().rev() {
            let mut now = vec![false; end + 1];
            for j in (0..=end).rev() {
                now[j] = match (mine, others.get(j)) {
                    (mine, None) => many(mine) && next[j],
                    // The wildcard stands for nothing, or takes in the token that it faces.
                    (mine, Some(theirs)) if many(mine) || many(theirs) => next[j] || now[j + 1],
                    (Token::Char(a), Some(Token::Char(b))) => a == b && next[j + 1],
                    (_, Some(_)) => next[j + 1],
                };
            }
            next = now;
        }
        next[0]
    }

    fn from_tokens(tokens: impl IntoIterator<Item = Token>) -> Self {
        let mut normal: Vec<Token> = Vec::new();
        for token in tokens {
            // `**` is `*`, and `*?` is `?*`: one spelling for one meaning.
            match (normal.last().copied(), token) {
                (Some(Token::Any), Token::Any) => {}
                (Some(Token::Any), Token::One) => {
                    normal.pop();
                    normal.extend([Token::One, Token::Any]);
                }
                _ => normal.push(token),
            }
        }
        Self { tokens: normal }
    }
}

fn wildcard(character: char) -> Token {
    match character {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Char(other),
    }
}

fn variable(name: &str) -> Token {
    match name {
        "*" | "?" | "$" => Token::Char(name.chars().next().unwrap_or('$')),
        _ => Token::Variable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pattern_matches_texts() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("?", "", false),
            ("?*", "é", true),
            ("*?", "", false),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_pattern_covers_patterns() {
        for (wide, narrow, expected) in [
            ("*", "s3:*", true),
            ("s3:*", "s3:Get*", true),
            ("s3:Get*", "s3:*", false),
            ("?*", "*:*", true),
            ("?*", "*", false),
            ("*:*", "*", false),
            ("*?", "?*", true),
            ("a*", "?*", false),
            ("*a*", "*ab*", true),
            ("a?c*", "a*c", false),
        ] {
            assert_eq!(Glob::new(wide).covers(&Glob::new(narrow)), expected, "{wide} covers {narrow}");
        }
    }

    #[test]
    fn a_variable_covers_nothing_for_sure_and_may_be_anything() {
        let home = Glob::with_variables("arn:aws:s3:::b/${aws:username}/*");
        assert!(!home.covers(&Glob::new("arn:aws:s3:::b/anna/*")));
        assert!(home.overlaps(&Glob::new("arn:aws:s3:::b/anna/*")));
        assert!(!home.matches("arn:aws:s3:::b/anna/x"));
        assert!(Glob::with_variables("a${*}b").matches("a*b"));
        assert!(!Glob::with_variables("a${*}b").matches("axb"));
        assert!(Glob::new("a${x}").matches("a${x}"));
    }

    #[test]
    fn a_hostile_pattern_is_answered_quickly() {
        let pattern = Glob::new(&"*a".repeat(1500));
        let start = std::time::Instant::now();
        assert!(!pattern.matches(&"a".repeat(1499)));
        assert!(!pattern.covers(&Glob::new(&"*b".repeat(1500))));
        assert!(pattern.overlaps(&Glob::new(&"?*".repeat(1000))));
        assert!(start.elapsed().as_secs() < 5);
    }

    proptest! {
        /// Tries every short text over a small alphabet against both patterns.
        #[test]
        fn comparisons_agree_with_the_texts(left in "[ab*?]{0,5}", right in "[ab*?]{0,5}") {
            let (wide, narrow) = (Glob::new(&left), Glob::new(&right));
            let mut shared = false;
            for length in 0..=6_u32 {
                for code in 0..3_u32.pow(length) {
                    let text: String =
                        (0..length).map(|place| ['a', 'b', 'c'][(code / 3_u32.pow(place) % 3) as usize]).collect();
                    let both = (wide.matches(&text), narrow.matches(&text));
                    prop_assert!(!(wide.covers(&narrow) && both == (false, true)), "{} covers {} but not {}", left, right, text);
                    shared |= both == (true, true);
                }
            }
            if shared {
                prop_assert!(wide.overlaps(&narrow));
            }
            if left.len() + right.len() <= 6 {
                prop_assert_eq!(wide.overlaps(&narrow), shared);
            }
        }
    }
}
