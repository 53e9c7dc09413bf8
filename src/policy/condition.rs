//! Conditions of a statement: what they say about a request of which some facts are given.

use super::glob::Glob;

/// One operator on one key with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The key in lower case, as AWS compares keys without regard to case.
    pub key: String,
    /// The values; one that matches is enough.
    pub values: Vec<String>,
    /// The operator, taken apart.
    pub operator: Operator,
    variables: bool,
}

/// A condition operator: `ForAllValues:StringNotEqualsIfExists` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// How a value is compared.
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

/// How an operator compares.
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
    /// Moments in time.
    Date,
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

/// What is known about one key of a class of requests.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    /// Not part of the request.
    Absent,
    /// Is true or false.
    Flag(bool),
    /// Is a number.
    Number(f64),
}

/// Whether a condition holds for a class of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// For every request of the class.
    Always,
    /// For some and not for others.
    Sometimes,
    /// For none.
    Never,
    /// This program cannot say.
    Unclear,
}

/// A class of requests: what is given about the keys that matter; about every other key nothing is known.
pub(super) type Request<'a> = dyn Fn(&str) -> Option<Given> + 'a;

impl Condition {
    pub(super) fn new(operator: &str, key: &str, values: Vec<String>, variables: bool) -> Self {
        Self { key: key.to_ascii_lowercase(), values, operator: Operator::parse(operator), variables }
    }

    pub(super) fn holds(&self, request: &Request<'_>) -> Holds {
        if self.operator.test == Test::Unknown {
            return Holds::Unclear;
        }
        match request(&self.key) {
            Some(Given::Absent) => self.holds_without_key(),
            Some(given) => self.holds_for(&given),
            None if self.accepts_everything() => Holds::Always,
            None => Holds::Sometimes,
        }
    }

    /// The values that the key must have for an Allow to apply, if the condition demands the key to be there and to match.
    pub(super) fn demands(&self) -> Option<&[String]> {
        let Operator { quantifier, negated, if_exists, test } = self.operator;
        let demanding = !negated && !if_exists && quantifier != Some(Quantifier::All);
        (demanding && pins(test)).then_some(&self.values[..])
    }

    /// The values that escape a Deny: its condition holds for every other value, and where the key is absent.
    pub(super) fn spares(&self) -> Option<&[String]> {
        let Operator { quantifier, negated, test, .. } = self.operator;
        (negated && quantifier.is_none() && pins(test)).then_some(&self.values[..])
    }

    fn holds_without_key(&self) -> Holds {
        let Operator { quantifier, test, negated, if_exists } = self.operator;
        if test == Test::Null {
            return self.null_test(true);
        }
        match quantifier {
            _ if if_exists => Holds::Always,
            Some(Quantifier::All) => Holds::Always,
            Some(Quantifier::Any) => Holds::Never,
            None if negated => Holds::Always,
            None => Holds::Never,
        }
    }

    fn holds_for(&self, given: &Given) -> Holds {
        if self.operator.test == Test::Null {
            return self.null_test(false);
        }
        let mut matched = Holds::Never;
        for own in &self.values {
            match self.matches(own, given) {
                Some(true) => matched = Holds::Always,
                Some(false) => {}
                None if matched == Holds::Never => matched = Holds::Unclear,
                None => {}
            }
        }
        match matched {
            Holds::Always if self.operator.negated => Holds::Never,
            Holds::Never if self.operator.negated => Holds::Always,
            other => other,
        }
    }

    /// `None`: this program does not make the comparison: a policy variable, or an operator of another type than the key.
    fn matches(&self, own: &str, given: &Given) -> Option<bool> {
        if self.variables && own.contains("${") {
            return None;
        }
        match (self.operator.test, given) {
            (Test::Bool, Given::Flag(flag)) => Some(own.eq_ignore_ascii_case(if *flag { "true" } else { "false" })),
            (Test::Number(relation), Given::Number(number)) => relation.holds(*number, own.parse().ok()?),
            _ => None,
        }
    }

    fn null_test(&self, absent: bool) -> Holds {
        let wanted = if absent { "true" } else { "false" };
        if self.values.iter().any(|value| value.eq_ignore_ascii_case(wanted)) { Holds::Always } else { Holds::Never }
    }

    /// True whether the key is there or not, and whatever it holds.
    fn accepts_everything(&self) -> bool {
        let Operator { quantifier, test, negated, if_exists } = self.operator;
        let any_value = match test {
            Test::Pattern => !negated && self.values.iter().any(|value| Glob::new(value).covers(&Glob::new("*"))),
            Test::Null => ["true", "false"].iter().all(|word| self.values.iter().any(|value| value == word)),
            Test::Bool => {
                !negated && ["true", "false"].iter().all(|word| self.values.iter().any(|value| value == word))
            }
            _ => false,
        };
        any_value && (if_exists || quantifier == Some(Quantifier::All) || test == Test::Null)
    }
}

impl Operator {
    /// Takes an operator's name apart. Names are compared without regard to case; an unknown one is kept as unknown, since
    /// it may not matter.
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
            "dateequals" | "datelessthan" | "datelessthanequals" | "dategreaterthan" | "dategreaterthanequals" => {
                (Test::Date, false)
            }
            "datenotequals" => (Test::Date, true),
            "bool" => (Test::Bool, false),
            "binaryequals" => (Test::Binary, false),
            "ipaddress" => (Test::Address, false),
            "notipaddress" => (Test::Address, true),
            "null" if !if_exists => (Test::Null, false),
            _ => (Test::Unknown, false),
        };
        Self { quantifier, test, negated, if_exists }
    }
}

impl Relation {
    fn holds(self, request: f64, own: f64) -> Option<bool> {
        let order = request.partial_cmp(&own)?;
        Some(match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        })
    }
}

/// Operators that tie a key to listed texts.
fn pins(test: Test) -> bool {
    matches!(test, Test::Text | Test::TextIgnoreCase | Test::Pattern | Test::Arn | Test::Address)
}

/// Whether all the conditions hold together.
pub(super) fn all_hold(conditions: &[Condition], request: &Request<'_>) -> Holds {
    let mut together = Holds::Always;
    for condition in conditions {
        match (together, condition.holds(request)) {
            (_, Holds::Never) => return Holds::Never,
            (Holds::Always | Holds::Unclear, Holds::Sometimes) => together = Holds::Sometimes,
            (Holds::Always, Holds::Unclear) => together = Holds::Unclear,
            _ => {}
        }
    }
    together
}
