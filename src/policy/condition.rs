//! Conditions of a statement, and what they say about a request.

use std::net::IpAddr;

use super::context::{self, Sort};
use super::glob::Glob;
use crate::model::Truth;

/// One operator on one key with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyCondition {
    /// The key in lower case, as AWS compares keys without regard to case.
    pub key: String,
    /// The values as written; one that matches is enough.
    pub values: Vec<String>,
    /// The operator, taken apart.
    pub operator: Operator,
    /// The operator as written.
    pub name: String,
    operands: Vec<Operand>,
}

/// A condition operator: `ForAllValues:StringNotEqualsIfExists` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// The way in which a value is compared.
    pub test: Test,
    /// `StringNotEquals` and so on: holds if no value matches.
    pub negated: bool,
    /// `...IfExists`: holds where the key is absent.
    pub if_exists: bool,
}

/// The set operators for keys with several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// Holds if every value in the request matches, and also if there is none.
    All,
    /// Holds if some value in the request matches.
    Any,
}

/// The way in which an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// The texts are equal.
    Text,
    /// The texts are equal but for case.
    TextIgnoreCase,
    /// The text matches a pattern, whose wildcards reach over colons.
    Pattern,
    /// The ARN matches a pattern, field by field (`ArnLike`, and `ArnEquals`, which is the same).
    Arn,
    /// Numbers, by the given relation.
    Number(Relation),
    /// Moments in time, by the given relation.
    Date(Relation),
    /// `true` or `false`.
    Bool,
    /// Base64 bytes.
    Binary,
    /// The address lies in a CIDR range.
    Address,
    /// `true` if the key is absent.
    Null,
    /// An operator that this program does not know.
    Unknown,
}

/// An order between two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// =
    Equal,
    /// <
    Less,
    /// <=
    LessOrEqual,
    /// >
    Greater,
    /// >=
    GreaterOrEqual,
}

/// One value of a condition, ready to be compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Text(Glob),
    Number(f64),
    Flag(bool),
    Range(Range),
    /// A value that the operator cannot use. AWS refuses some of these and never matches others.
    Broken,
}

/// The text that a policy variable stands for in a request.
pub(super) enum Filling {
    Text(String),
    /// The request has no such key.
    Nothing,
    /// Not looked at here.
    Open,
}

impl KeyCondition {
    pub(super) fn new(operator: &str, key: &str, values: Vec<String>, variables: bool) -> Self {
        let parsed = Operator::parse(operator);
        let operands = values.iter().map(|value| Operand::read(parsed.test, value, variables)).collect();
        Self { key: key.to_ascii_lowercase(), values, operator: parsed, name: operator.to_owned(), operands }
    }

    pub(super) fn operands(&self) -> &[Operand] {
        &self.operands
    }

    /// Does the condition hold for a request that has these values of the key (none: it lacks the key)? `fill` tells
    /// what other keys say, for variables.
    pub(super) fn holds(&self, values: &[String], fill: &dyn Fn(&str) -> Filling) -> Truth {
        let Operator { quantifier, test, negated, if_exists } = self.operator;
        match (test, values) {
            (Test::Unknown, _) => Truth::Unknown,
            (Test::Null, _) => self.null_test(values.is_empty()),
            (_, []) => Truth::from(match quantifier {
                _ if if_exists => true,
                Some(Quantifier::All) => true,
                Some(Quantifier::Any) => false,
                None => negated,
            }),
            _ if self.compares_another_sort() => Truth::Unknown,
            (_, values) => {
                let listed = |value: &String| {
                    self.operands.iter().fold(Truth::False, |so_far, own| so_far.or(own.matches(test, value, fill)))
                };
                let with_sign = |value: &String| if negated { !listed(value) } else { listed(value) };
                let all =
                    |of: &dyn Fn(&String) -> Truth| values.iter().fold(Truth::True, |so_far, v| so_far.and(of(v)));
                let any =
                    |of: &dyn Fn(&String) -> Truth| values.iter().fold(Truth::False, |so_far, v| so_far.or(of(v)));
                match quantifier {
                    Some(Quantifier::All) => all(&with_sign),
                    Some(Quantifier::Any) => any(&with_sign),
                    None if negated => !any(&listed),
                    None => any(&listed),
                }
            }
        }
    }

    fn null_test(&self, absent: bool) -> Truth {
        let wanted = if absent { "true" } else { "false" };
        let is_word = |value: &String| ["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word));
        if !self.values.iter().all(is_word) {
            return Truth::Unknown;
        }
        Truth::from(self.values.iter().any(|value| value.eq_ignore_ascii_case(wanted)))
    }

    /// An operator of another type than the key has: what AWS makes of it is not documented.
    pub(super) fn compares_another_sort(&self) -> bool {
        match (context::sort(&self.key), self.operator.test) {
            (_, Test::Unknown | Test::Null) => false,
            (Some(Sort::Flag), test) => test != Test::Bool,
            (Some(Sort::Number), test) => !matches!(test, Test::Number(_)),
            (Some(Sort::Moment), test) => !matches!(test, Test::Date(_) | Test::Number(_)),
            (Some(Sort::Address), test) => test != Test::Address,
            (Some(Sort::Text), test) => {
                !matches!(test, Test::Text | Test::TextIgnoreCase | Test::Pattern | Test::Arn | Test::Binary)
            }
            (None, _) => false,
        }
    }

    /// The condition as a reader of the document knows it.
    pub(super) fn in_words(&self) -> String {
        format!("{} {} {}", self.name, self.key, self.values.join(", "))
    }
}

impl Operand {
    pub(super) fn is_broken(&self) -> bool {
        *self == Self::Broken
    }

    pub(super) fn has_variables(&self) -> bool {
        matches!(self, Self::Text(glob) if glob.has_variables())
    }

    fn read(test: Test, value: &str, variables: bool) -> Self {
        let broken_if_variable = variables && value.contains("${");
        match test {
            Test::Text | Test::Binary => Self::Text(Glob::text(value, variables)),
            Test::TextIgnoreCase => Self::Text(Glob::text_ignoring_case(value, variables)),
            Test::Pattern if variables => Self::Text(Glob::with_variables(value)),
            Test::Pattern => Self::Text(Glob::new(value)),
            Test::Arn => Self::Text(Glob::arn(value, variables)),
            _ if broken_if_variable && test != Test::Unknown => Self::Broken,
            Test::Number(_) => value.parse().ok().filter(|n: &f64| n.is_finite()).map_or(Self::Broken, Self::Number),
            Test::Date(_) => moment(value).map_or(Self::Broken, Self::Number),
            Test::Bool if value.eq_ignore_ascii_case("true") => Self::Flag(true),
            Test::Bool if value.eq_ignore_ascii_case("false") => Self::Flag(false),
            Test::Address => Range::read(value).map_or(Self::Broken, Self::Range),
            // Not compared with, but its variables are looked at.
            Test::Unknown => Self::Text(Glob::text(value, variables)),
            Test::Bool | Test::Null => Self::Broken,
        }
    }

    fn matches(&self, test: Test, value: &str, fill: &dyn Fn(&str) -> Filling) -> Truth {
        match (self, test) {
            (Self::Text(glob), _) if glob.has_variables() => filled_matches(glob, value, fill),
            (Self::Text(glob), _) => Truth::from(glob.matches(value)),
            (Self::Number(own), Test::Number(relation) | Test::Date(relation)) => {
                moment(value).map_or(Truth::False, |value| Truth::from(relation.holds(value, *own)))
            }
            (Self::Flag(own), _) => Truth::from(value.eq_ignore_ascii_case(if *own { "true" } else { "false" })),
            (Self::Range(range), _) => {
                value.parse().map_or(Truth::False, |address| Truth::from(range.contains(address)))
            }
            _ => Truth::Unknown,
        }
    }
}

/// Does the pattern match once its variables are filled in? Unknown if they are not looked at here and could matter.
pub(super) fn filled_matches(glob: &Glob, value: &str, fill: &dyn Fn(&str) -> Filling) -> Truth {
    let open = std::cell::Cell::new(false);
    let filled = glob.filled(|variable| match fill(&variable.key) {
        Filling::Text(text) => Some(text),
        Filling::Nothing => variable.default.clone(),
        Filling::Open => {
            open.set(true);
            None
        }
    });
    match filled {
        Some(glob) => Truth::from(glob.matches(value)),
        None if open.get() && glob.widened().matches(value) => Truth::Unknown,
        None => Truth::False,
    }
}

impl Operator {
    /// Takes an operator's name apart. Names are compared without regard to case; an unknown one is kept as unknown,
    /// since it may not matter.
    fn parse(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let (quantifier, rest) = match name.split_once(':') {
            Some(("forallvalues", rest)) => (Some(Quantifier::All), rest),
            Some(("foranyvalue", rest)) => (Some(Quantifier::Any), rest),
            _ => (None, &name[..]),
        };
        let (base, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |base| (base, true));
        let (test, negated) = match base {
            "stringequals" => (Test::Text, false),
            "stringnotequals" => (Test::Text, true),
            "stringequalsignorecase" => (Test::TextIgnoreCase, false),
            "stringnotequalsignorecase" => (Test::TextIgnoreCase, true),
            "stringlike" => (Test::Pattern, false),
            "arnlike" | "arnequals" => (Test::Arn, false),
            "stringnotlike" => (Test::Pattern, true),
            "arnnotlike" | "arnnotequals" => (Test::Arn, true),
            "numericequals" => (Test::Number(Relation::Equal), false),
            "numericnotequals" => (Test::Number(Relation::Equal), true),
            "numericlessthan" => (Test::Number(Relation::Less), false),
            "numericlessthanequals" => (Test::Number(Relation::LessOrEqual), false),
            "numericgreaterthan" => (Test::Number(Relation::Greater), false),
            "numericgreaterthanequals" => (Test::Number(Relation::GreaterOrEqual), false),
            "dateequals" => (Test::Date(Relation::Equal), false),
            "datenotequals" => (Test::Date(Relation::Equal), true),
            "datelessthan" => (Test::Date(Relation::Less), false),
            "datelessthanequals" => (Test::Date(Relation::LessOrEqual), false),
            "dategreaterthan" => (Test::Date(Relation::Greater), false),
            "dategreaterthanequals" => (Test::Date(Relation::GreaterOrEqual), false),
            "bool" => (Test::Bool, false),
            "binaryequals" => (Test::Binary, false),
            "ipaddress" => (Test::Address, false),
            "notipaddress" => (Test::Address, true),
            "null" if !if_exists && quantifier.is_none() => (Test::Null, false),
            _ => (Test::Unknown, false),
        };
        Self { quantifier, test, negated, if_exists }
    }
}

impl Relation {
    fn holds(self, request: f64, own: f64) -> bool {
        match self {
            Self::Equal => request == own,
            Self::Less => request < own,
            Self::LessOrEqual => request <= own,
            Self::Greater => request > own,
            Self::GreaterOrEqual => request >= own,
        }
    }
}

/// A number as it stands, or the seconds since 1970 of a date in one of the forms of ISO 8601 that AWS takes.
pub(super) fn moment(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    let whole = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    let timestamp: jiff::Timestamp = whole.parse().ok()?;
    Some(timestamp.as_duration().as_secs_f64())
}

/// Addresses from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub first: IpAddr,
    pub bits: u8,
}

impl Range {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse().ok()?, bits.parse().ok()?),
            None => {
                let address: IpAddr = text.parse().ok()?;
                (address, if address.is_ipv4() { 32 } else { 128 })
            }
        };
        match address {
            IpAddr::V4(v4) if bits <= 32 => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                Some(Self { first: IpAddr::V4((u32::from(v4) & mask).into()), bits })
            }
            IpAddr::V6(v6) if bits <= 128 => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                Some(Self { first: IpAddr::V6((u128::from(v6) & mask).into()), bits })
            }
            _ => None,
        }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                (u32::from(first) ^ u32::from(address)).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.bits);
                (u128::from(first) ^ u128::from(address)).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// The first address behind the range, if there is one.
    pub(super) fn next(&self) -> Option<IpAddr> {
        match self.first {
            IpAddr::V4(first) => {
                let size = 1_u64 << (32 - u32::from(self.bits));
                u32::try_from(u64::from(u32::from(first)) + size).ok().map(|next| IpAddr::V4(next.into()))
            }
            IpAddr::V6(first) => {
                let size = 1_u128.checked_shl(128 - u32::from(self.bits))?;
                u128::from(first).checked_add(size).map(|next| IpAddr::V6(next.into()))
            }
        }
    }
}
