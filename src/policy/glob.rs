//! The wildcards of the policy language: `*` stands for any text, `?` for one character.
//!
//! Matching is iterative and at worst quadratic in the lengths, so no pattern can make it blow up.

use std::sync::Arc;

/// A compiled pattern. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob(Arc<CompiledPattern>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct CompiledPattern {
    /// The text before the first wildcard or variable: most patterns are decided by it.
    start: String,
    /// The tokens that follow it.
    rest: Vec<Token>,
    variables: Vec<PolicyVariable>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Token {
    Char(char),
    /// A letter in lower case that stands for both cases.
    Fold(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// `?` in one of the first five fields of an ARN pattern: no colon.
    OneInField,
    /// `*` in one of the first five fields of an ARN pattern: no colons.
    AnyInField,
    /// A digit; in shapes only.
    Digit,
    /// `${...}`: some text that depends on the request; an index into the variables.
    Variable(u16),
}

/// A policy variable: the condition key that it takes its text from, and what it is where the request lacks the key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PolicyVariable {
    pub key: String,
    pub default: Option<String>,
}

impl Glob {
    /// A case-sensitive pattern with wildcards only, where `$` means itself: as in a document of version 2008-10-17.
    pub fn new(pattern: &str) -> Self {
        Self::from_tokens(pattern.chars().map(wildcard), Vec::new())
    }

    /// A case-sensitive pattern that may hold policy variables, as in a document of version 2012-10-17. The escapes
    /// `${*}`, `${?}` and `${$}` mean the characters themselves.
    pub fn with_variables(pattern: &str) -> Self {
        let (tokens, variables) = scan(pattern, wildcard);
        Self::from_tokens(tokens, variables)
    }

    /// A pattern for action names, which AWS compares without regard to case: match it with texts in lower case.
    pub fn action(pattern: &str) -> Self {
        Self::new(&pattern.to_ascii_lowercase())
    }

    /// A text that matches itself only, perhaps with variables.
    pub(super) fn text(text: &str, variables: bool) -> Self {
        let (tokens, variables) =
            if variables { scan(text, Token::Char) } else { (text.chars().map(Token::Char).collect(), Vec::new()) };
        Self::from_tokens(tokens, variables)
    }

    /// A text that matches itself in upper and lower case, perhaps with variables.
    pub(super) fn text_ignoring_case(text: &str, variables: bool) -> Self {
        let fold = |character: char| Token::Fold(character.to_lowercase().next().unwrap_or(character));
        let (tokens, variables) =
            if variables { scan(text, fold) } else { (text.chars().map(fold).collect(), Vec::new()) };
        Self::from_tokens(tokens, variables)
    }

    /// A pattern of ARNs, compared field by field: wildcards reach over colons only in the sixth field. A pattern with
    /// fewer fields that ends in `*` stands for all that may follow.
    pub(super) fn arn(pattern: &str, variables: bool) -> Self {
        let (tokens, variables) =
            if variables { scan(pattern, wildcard) } else { (pattern.chars().map(wildcard).collect(), Vec::new()) };
        let colons = tokens.iter().filter(|token| **token == Token::Char(':')).count();
        let last = tokens.len().saturating_sub(1);
        let mut field = 0;
        let in_fields: Vec<Token> = tokens
            .into_iter()
            .enumerate()
            .map(|(at, token)| {
                field += usize::from(token == Token::Char(':'));
                match token {
                    _ if field >= 5 => token,
                    Token::Any if colons < 5 && at == last => token,
                    Token::Any => Token::AnyInField,
                    Token::One => Token::OneInField,
                    other => other,
                }
            })
            .collect();
        Self::from_tokens(in_fields, variables)
    }

    /// The form of values that make sense: `#` is a digit, `?` one character and `*` any text without a colon, and `>`
    /// at the end anything at all.
    pub(super) fn shape(form: &str) -> Self {
        let token = |character| match character {
            '#' => Token::Digit,
            '?' => Token::OneInField,
            '*' => Token::AnyInField,
            '>' => Token::Any,
            other => Token::Char(other),
        };
        Self::of(form.chars().map(token), Vec::new())
    }

    pub(super) fn tokens(&self) -> impl Iterator<Item = Token> {
        self.0.start.chars().map(Token::Char).chain(self.0.rest.iter().copied())
    }

    /// The text, if the pattern stands for exactly one.
    pub fn literal(&self) -> Option<String> {
        self.0.rest.is_empty().then(|| self.0.start.clone())
    }

    /// The characters before the first wildcard or variable.
    pub(super) fn literal_prefix(&self) -> &str {
        &self.0.start
    }

    /// The tokens that follow them.
    pub(super) fn rest(&self) -> &[Token] {
        &self.0.rest
    }

    /// The text before the end, and whether anything may follow, if wildcards occur only as one `*` at the end.
    pub(super) fn as_prefix(&self) -> Option<(&str, bool)> {
        match self.0.rest[..] {
            [] => Some((&self.0.start, false)),
            [Token::Any] => Some((&self.0.start, true)),
            _ => None,
        }
    }

    /// The pattern with `*` for every run of characters that it does not fix.
    pub(super) fn skeleton(&self) -> String {
        self.tokens().map(|token| if let Token::Char(c) = token { c } else { '*' }).collect()
    }

    /// Does it stand for every text?
    pub(super) fn is_everything(&self) -> bool {
        self.0.start.is_empty() && self.0.rest == [Token::Any]
    }

    /// Does it depend on the request?
    pub(super) fn has_variables(&self) -> bool {
        !self.0.variables.is_empty()
    }

    /// The condition keys that it takes texts from.
    pub(super) fn variables(&self) -> &[PolicyVariable] {
        &self.0.variables
    }

    /// The same with every variable as `*`: all that it may stand for.
    pub(super) fn widened(&self) -> Self {
        let widen = |token: Token| if matches!(token, Token::Variable(_)) { Token::Any } else { token };
        Self::from_tokens(self.tokens().map(widen), Vec::new())
    }

    /// The same with the variables' texts; `None` if one of them has none, so that the pattern matches nothing.
    pub(super) fn filled(&self, text: impl Fn(&PolicyVariable) -> Option<String>) -> Option<Self> {
        let mut tokens = Vec::new();
        for token in self.tokens() {
            match token {
                Token::Variable(index) => {
                    tokens.extend(text(self.0.variables.get(usize::from(index))?)?.chars().map(Token::Char));
                }
                other => tokens.push(other),
            }
        }
        Some(Self::of(tokens, Vec::new()))
    }

    /// Is the text matched? A variable that was not filled in matches nothing.
    pub fn matches(&self, text: &str) -> bool {
        let Some(text) = text.strip_prefix(&self.0.start[..]) else { return false };
        let tokens = &self.0.rest;
        match tokens[..] {
            [] => return text.is_empty(),
            [Token::Any] => return true,
            _ => {}
        }
        let (mut at, mut in_text) = (0, 0);
        // The last star, where the text after it may begin, and what it takes in.
        let mut retry: Option<(usize, usize, Token)> = None;
        while in_text < text.len() {
            let next = text[in_text..].chars().next().unwrap_or_default();
            match tokens.get(at) {
                Some(star @ (Token::Any | Token::AnyInField)) => {
                    at += 1;
                    retry = Some((at, in_text, *star));
                }
                Some(token) if token.accepts(next) => (at, in_text) = (at + 1, in_text + next.len_utf8()),
                _ => match retry {
                    // The last star takes one character more.
                    Some((after_star, start, star)) => {
                        let taken = text[start..].chars().next().unwrap_or_default();
                        if !star.accepts(taken) {
                            return false;
                        }
                        let start = start + taken.len_utf8();
                        retry = Some((after_star, start, star));
                        (at, in_text) = (after_star, start);
                    }
                    None => return false,
                },
            }
        }
        tokens[at..].iter().all(|token| token.is_star())
    }

    fn from_tokens(tokens: impl IntoIterator<Item = Token>, variables: Vec<PolicyVariable>) -> Self {
        let mut normal: Vec<Token> = Vec::new();
        for token in tokens {
            // `**` is `*`, and `*?` is `?*`: one spelling for one meaning.
            match (normal.last().copied(), token) {
                (Some(Token::Any), Token::Any) | (Some(Token::AnyInField), Token::AnyInField) => {}
                (Some(Token::Any), Token::One) => {
                    normal.pop();
                    normal.extend([Token::One, Token::Any]);
                }
                _ => normal.push(token),
            }
        }
        Self::of(normal, variables)
    }

    fn of(tokens: impl IntoIterator<Item = Token>, variables: Vec<PolicyVariable>) -> Self {
        let mut pattern = CompiledPattern { start: String::new(), rest: Vec::new(), variables };
        for token in tokens {
            match token {
                Token::Char(character) if pattern.rest.is_empty() => pattern.start.push(character),
                other => pattern.rest.push(other),
            }
        }
        Self(Arc::new(pattern))
    }
}

impl Token {
    pub(super) fn is_star(self) -> bool {
        matches!(self, Self::Any | Self::AnyInField)
    }

    /// Can the character stand at this place, once or, for a star, among others?
    pub(super) fn accepts(self, character: char) -> bool {
        match self {
            Self::Char(own) => own == character,
            Self::Fold(own) => character.to_lowercase().next().unwrap_or(character) == own,
            Self::One | Self::Any => true,
            Self::OneInField | Self::AnyInField => character != ':',
            Self::Digit => character.is_ascii_digit(),
            Self::Variable(_) => false,
        }
    }
}

fn wildcard(character: char) -> Token {
    match character {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Char(other),
    }
}

/// Reads a text with `${...}` in it; `plain` says what any other character means.
fn scan(text: &str, plain: impl Fn(char) -> Token) -> (Vec<Token>, Vec<PolicyVariable>) {
    let mut tokens = Vec::with_capacity(text.len());
    let mut variables = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        match rest.strip_prefix("${").and_then(|body| body.split_once('}')) {
            Some((name @ ("*" | "?" | "$"), _)) => {
                tokens.push(Token::Char(name.chars().next().unwrap_or('$')));
                rest = &rest[name.len() + 3..];
            }
            Some((name, _)) => {
                tokens.push(Token::Variable(u16::try_from(variables.len()).unwrap_or(u16::MAX)));
                variables.push(variable(name));
                rest = &rest[name.len() + 3..];
            }
            None => {
                tokens.push(plain(character));
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    (tokens, variables)
}

/// `aws:PrincipalTag/team, 'company-wide'`
fn variable(body: &str) -> PolicyVariable {
    let (key, default) = match body.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
        None => (body, None),
    };
    PolicyVariable { key: key.trim().to_ascii_lowercase(), default }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_texts() {
        let cases = [
            ("*", "", true),
            ("*", "anything", true),
            ("s3:get*", "s3:getobject", true),
            ("s3:get*", "s3:putobject", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aöc", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("*.txt", "a.txt.txt", true),
            ("", "", true),
            ("", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_pattern_of_arns_matches_field_by_field() {
        let cases = [
            ("arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/path/app", true),
            ("arn:aws:s3:*:*:uploads", "arn:aws:s3:::uploads", true),
            ("arn:*:111122223333:role/a", "arn:aws:iam::111122223333:role/a", false),
            ("arn:aws:sns:*:1111*", "arn:aws:sns:us-east-1:999988887777:x:1111", false),
            ("arn:aws:lambda:*:*:function:*", "arn:aws:lambda:eu-west-1:1:function:a:b", true),
            ("arn:aws:*", "arn:aws:iam::111122223333:role/a", true),
            ("*", "arn:aws:iam::111122223333:role/a", true),
            ("arn:aws:iam:?:111122223333:role/a", "arn:aws:iam:::111122223333:role/a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Glob::arn(pattern, true).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn variables_take_texts_from_the_request() {
        let glob = Glob::with_variables("home/${aws:username}/${*}${aws:PrincipalTag/Team, 'all'}");
        assert!(!glob.matches("home/anna/*all"), "not filled in");
        assert!(glob.widened().matches("home/anna/*all"));
        let filled = |name: Option<&str>| {
            glob.filled(|variable| match &variable.key[..] {
                "aws:username" => name.map(str::to_owned),
                _ => variable.default.clone(),
            })
        };
        assert!(filled(Some("anna")).unwrap().matches("home/anna/*all"));
        assert!(!filled(Some("*")).unwrap().matches("home/anna/*all"), "a value is no pattern");
        assert_eq!(filled(None), None);
        assert!(Glob::new("${aws:username}").matches("${aws:username}"), "no variables in the old version");
    }

    #[test]
    fn a_hostile_pattern_is_answered_quickly() {
        let pattern = Glob::new(&"*a".repeat(2_000));
        assert!(!pattern.matches(&"a".repeat(1_999)));
        assert!(pattern.matches(&"a".repeat(4_000)));
    }
}
