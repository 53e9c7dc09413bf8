//! A filter pattern and its meaning.

use std::collections::BTreeSet;

use regex::Regex;

use crate::model::Truth;

/// A filter pattern that is understood.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// The empty pattern, which every event matches.
    All,
    /// All of these hold.
    And(Vec<Pattern>),
    /// One of these holds.
    Or(Vec<Pattern>),
    /// A term about the field at a path, such as `userIdentity.type`.
    Term(String, Term),
}

/// A question about one field.
#[derive(Debug, Clone)]
pub enum Term {
    /// The text is like this one, in which `*` stands for any text; or it is not.
    Like { text: String, is_negated: bool },
    /// Some part of the text matches the regular expression; or none does.
    Matches { regex: Regex, is_negated: bool },
    /// A comparison with a number.
    Number,
    /// The field is not there.
    NotExists,
    /// The field is null.
    IsNull,
    /// The field is this truth value.
    Is(bool),
}

/// What an event has at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field<'e> {
    /// Anything, or nothing: it is not known.
    Any,
    /// Nothing.
    Absent,
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(&'e str),
}

impl Pattern {
    /// Says whether an event matches.
    pub fn matches<'e>(&self, event: &dyn Fn(&str) -> Field<'e>) -> Truth {
        match self {
            Self::All => Truth::True,
            Self::And(parts) => parts.iter().fold(Truth::True, |all, part| all.and(part.matches(event))),
            Self::Or(parts) => parts.iter().fold(Truth::False, |any, part| any.or(part.matches(event))),
            Self::Term(path, term) => term.holds(event(path)),
        }
    }

    /// Visits all terms with their paths.
    pub fn each_term<'p>(&'p self, visit: &mut dyn FnMut(&'p str, &'p Term)) {
        match self {
            Self::All => {}
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.each_term(visit)),
            Self::Term(path, term) => visit(path, term),
        }
    }
}

impl Term {
    fn holds(&self, field: Field<'_>) -> Truth {
        match (self, field) {
            (_, Field::Any) | (Self::Number | Self::IsNull, Field::Text(_)) => Truth::Unknown,
            (Self::NotExists, field) => (field == Field::Absent).into(),
            (Self::Like { text, is_negated }, Field::Text(found)) => (is_like(found, text) != *is_negated).into(),
            (Self::Matches { regex, is_negated }, Field::Text(found)) => (regex.is_match(found) != *is_negated).into(),
            // No documentation says whether what is not there differs from a text.
            (Self::Like { is_negated: true, .. } | Self::Matches { is_negated: true, .. }, _) => Truth::Unknown,
            (Self::Is(wanted), Field::Bool(found)) => (*wanted == found).into(),
            (Self::Like { .. }, Field::Bool(_)) | (Self::IsNull, Field::Absent) => Truth::Unknown,
            (_, Field::Absent | Field::Bool(_) | Field::Text(_)) => Truth::False,
        }
    }

    /// Adds the values of a field that this term tells from others. False if there may be more of them.
    pub(super) fn telling_values<'p>(&'p self, values: &mut BTreeSet<Field<'p>>) -> bool {
        match self {
            Self::Like { text, .. } => {
                values.insert(Field::Text(text));
                !text.contains('*') || text.chars().all(|char| char == '*')
            }
            Self::Is(_) => values.insert(Field::Bool(true)) | values.insert(Field::Bool(false)) | true,
            Self::NotExists => true,
            Self::Matches { .. } | Self::Number | Self::IsNull => false,
        }
    }
}

/// Whether a text is like a pattern in which `*` stands for any text. Case counts.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
