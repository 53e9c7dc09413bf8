//! Splits a message into text and expressions.

use crate::rule::condition::ConditionError;

#[derive(Debug, PartialEq)]
pub(super) enum MessagePiece<'t> {
    Text(String),
    Expression { offset: usize, source: &'t str },
}

pub(super) fn split(text: &str) -> Result<Vec<MessagePiece<'_>>, ConditionError> {
    let refuse = |offset, message: &str| {
        let help = Some("write `{{` or `}}` for a brace that means nothing".to_owned());
        Err(ConditionError { offset, message: message.to_owned(), help })
    };
    let (mut pieces, mut plain, mut at) = (Vec::new(), String::new(), 0);
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            plain.push(next);
            at += 2;
        } else if next == '}' {
            return refuse(at, "`}` closes nothing");
        } else if next == '{' {
            let Some(end) = end_of_expression(&rest[1..]) else { return refuse(at, "`{` is never closed") };
            if !plain.is_empty() {
                pieces.push(MessagePiece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(MessagePiece::Expression { offset: at + 1, source: &rest[1..=end] });
            at += end + 2;
        } else {
            plain.push(next);
            at += next.len_utf8();
        }
    }
    if !plain.is_empty() {
        pieces.push(MessagePiece::Text(plain));
    }
    Ok(pieces)
}

/// Finds the brace that closes the expression. Braces in quotes do not count.
fn end_of_expression(rest: &str) -> Option<usize> {
    let mut quote = None;
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None, '}') => return Some(at),
            (None, '\'' | '"') => quote = Some(c),
            (Some(_), '\\') => drop(chars.next()),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_quotes_and_double_braces_are_text() {
        let pieces = split("a {{b}} {resource['}']} c").unwrap();
        let expression = MessagePiece::Expression { offset: 9, source: "resource['}']" };
        assert_eq!(pieces, [MessagePiece::Text("a {b} ".to_owned()), expression, MessagePiece::Text(" c".to_owned())]);
    }

    #[test]
    fn a_brace_without_its_other_half_is_refused() {
        assert_eq!(split("a {b").unwrap_err().offset, 2);
        assert_eq!(split("a } b").unwrap_err().offset, 2);
    }
}
