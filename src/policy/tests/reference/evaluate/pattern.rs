//! Wildcards and policy variables.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use std::collections::BTreeMap;

type Context = BTreeMap<String, Vec<String>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    This(char),
    One,
    Many,
}

/// Does the text match? Variables are replaced only if there is a context to take them from.
pub fn like(pattern: &str, text: &str, context: Option<&Context>) -> bool {
    if context.is_none() || !pattern.contains('$') {
        return plain_like(pattern.as_bytes(), text.as_bytes());
    }
    tokens(pattern, context).is_some_and(|tokens| matches(&tokens, &text.chars().collect::<Vec<_>>()))
}

/// Without variables, and for ASCII.
fn plain_like(mut pattern: &[u8], mut text: &[u8]) -> bool {
    let mut same = 0;
    while same < pattern.len() && same < text.len() && pattern[same] == text[same] && pattern[same] != b'*' {
        same += 1;
    }
    (pattern, text) = (&pattern[same..], &text[same..]);
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some((b'*', [])), _) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|skipped| plain_like(rest, &text[skipped..])),
        (Some((wanted, pattern)), Some((letter, text))) => {
            (*wanted == b'?' || wanted == letter) && plain_like(pattern, text)
        }
        (Some(_), None) => false,
    }
}

/// Equality, with variables replaced; wildcards mean themselves.
pub fn same(listed: &str, text: &str, ignoring_case: bool, context: Option<&Context>) -> bool {
    let fold = |text: &str| if ignoring_case { text.to_lowercase() } else { text.to_owned() };
    if context.is_none() || !listed.contains('$') {
        return fold(listed) == fold(text);
    }
    let Some(tokens) = tokens(listed, context) else { return false };
    let replaced: String = tokens
        .iter()
        .map(|token| match token {
            Token::This(letter) => *letter,
            Token::One => '?',
            Token::Many => '*',
        })
        .collect();
    fold(&replaced) == fold(text)
}

/// ARNs compare field by field: "each of the six colon-delimited components of the ARN is checked separately and each can
/// include multi-character match wildcards (*) or single-character match wildcards (?)".
pub fn arn_like(pattern: &str, text: &str, context: Option<&Context>) -> bool {
    let fields: Vec<Vec<char>> = text.splitn(6, ':').map(|field| field.chars().collect()).collect();
    let Some(tokens) = tokens(pattern, context) else { return false };
    let patterns: Vec<&[Token]> = tokens.splitn(6, |token| *token == Token::This(':')).collect();
    if fields.len() < 6 || patterns.len() > fields.len() {
        return false;
    }
    if patterns.len() < 6 && tokens.last() != Some(&Token::Many) {
        return false;
    }
    patterns.iter().zip(&fields).all(|(pattern, field)| matches(pattern, field))
}

/// The keys that stand in the text as variables, in lower case.
pub fn variables(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let Some((inner, after)) = after.split_once('}') else { break };
        if !["*", "?", "$"].contains(&inner) {
            found.push(inner.split(',').next().unwrap().trim().to_lowercase());
        }
        rest = after;
    }
    found
}

/// `None` if a variable has no value.
fn tokens(pattern: &str, context: Option<&Context>) -> Option<Vec<Token>> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if let (Some(context), Some(inner)) = (context, rest.strip_prefix("${"))
            && let Some((inner, after)) = inner.split_once('}')
        {
            tokens.extend(replacement(inner, context)?.chars().map(Token::This));
            rest = after;
            continue;
        }
        tokens.push(match letter {
            '*' => Token::Many,
            '?' => Token::One,
            other => Token::This(other),
        });
        rest = &rest[letter.len_utf8()..];
    }
    Some(tokens)
}

fn replacement(inner: &str, context: &Context) -> Option<String> {
    if ["*", "?", "$"].contains(&inner) {
        return Some(inner.into());
    }
    let (key, default) = inner.split_once(',').map_or((inner, None), |(key, default)| (key, Some(default)));
    let value = context.get(&key.trim().to_lowercase()).and_then(|values| values.first());
    value.cloned().or_else(|| Some(default?.trim().trim_matches('\'').to_owned()))
}

fn matches(tokens: &[Token], text: &[char]) -> bool {
    match tokens.split_first() {
        None => text.is_empty(),
        Some((Token::Many, [])) => true,
        Some((Token::Many, rest)) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        Some((Token::One, rest)) => !text.is_empty() && matches(rest, &text[1..]),
        Some((Token::This(letter), rest)) => text.first() == Some(letter) && matches(rest, &text[1..]),
    }
}
