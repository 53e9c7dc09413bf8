//! Condition operators.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.

use super::pattern::{arn_like, like, same};
use super::{Reading, all, any, not, truth};
use crate::model::Truth::{self, False, True, Unknown};
use base64::Engine;
use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Date,
    Bool,
    Binary,
    Address,
    Arn,
}

#[derive(Debug, Clone, Copy)]
enum Comparison {
    Same,
    SameIgnoringCase,
    Like,
    Less,
    LessOrSame,
    Greater,
    GreaterOrSame,
}

struct Operator {
    kind: Kind,
    comparison: Comparison,
    negated: bool,
}

type Context = BTreeMap<String, Vec<String>>;

/// Does the condition hold for a request in which the key has these values (none: it is absent)?
pub fn holds(
    operator: &str,
    key: &str,
    present: &[String],
    listed: &[String],
    context: Option<&Context>,
    reading: Reading,
) -> Truth {
    if operator == "Null" {
        return truth(listed.iter().any(|value| value.eq_ignore_ascii_case("true") == present.is_empty()));
    }
    let (set, name) = operator.split_once(':').unwrap_or(("", operator));
    let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
    let Some(operator) = Operator::named(name) else { return Unknown };
    // Whether an absent key or another listed value settles what cannot be compared, the rules do not say.
    if reading == Reading::Wide && !operator.understands(key, listed) {
        return Unknown;
    }
    let compare = |value: &String| {
        let matched = any(listed.iter().map(|one| operator.compare(key, one, value, context)));
        if operator.negated { not(matched) } else { matched }
    };
    match (present.is_empty(), set) {
        (true, _) if if_exists => True,
        (true, "ForAllValues") => True,
        (true, "ForAnyValue") => False,
        (true, _) => truth(operator.negated),
        (false, "ForAllValues") => all(present.iter().map(compare)),
        (false, _) => any(present.iter().map(compare)),
    }
}

/// Is the condition one that cannot be evaluated with certainty?
pub fn doubtful(operator: &str, key: &str, listed: &[String]) -> bool {
    let name = operator.split_once(':').map_or(operator, |(_, name)| name);
    let name = name.strip_suffix("IfExists").unwrap_or(name);
    operator != "Null" && Operator::named(name).is_none_or(|operator| !operator.understands(key, listed))
}

/// Does the condition list this value of the key, as it is and not by a pattern?
pub fn fixes_value(operator: &str, listed: &[String], value: &str) -> bool {
    let ignoring_case = operator.contains("IgnoreCase");
    !operator.contains("Null")
        && listed.iter().any(|one| {
            !one.contains(['*', '?', '$']) && (one == value || (ignoring_case && one.eq_ignore_ascii_case(value)))
        })
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        use Comparison::{Greater, GreaterOrSame, Less, LessOrSame, Like, Same, SameIgnoringCase};
        let (kind, rest) = match name {
            "Bool" => return Some(Self { kind: Kind::Bool, comparison: Same, negated: false }),
            "BinaryEquals" => return Some(Self { kind: Kind::Binary, comparison: Same, negated: false }),
            "IpAddress" => return Some(Self { kind: Kind::Address, comparison: Same, negated: false }),
            "NotIpAddress" => return Some(Self { kind: Kind::Address, comparison: Same, negated: true }),
            _ => [("String", Kind::Text), ("Numeric", Kind::Number), ("Date", Kind::Date), ("Arn", Kind::Arn)]
                .into_iter()
                .find_map(|(prefix, kind)| Some((kind, name.strip_prefix(prefix)?)))?,
        };
        let (rest, negated) = rest.strip_prefix("Not").map_or((rest, false), |rest| (rest, true));
        let comparison = match (kind, rest) {
            (Kind::Arn, "Equals" | "Like") | (Kind::Text, "Like") => Like,
            (_, "Equals") => Same,
            (Kind::Text, "EqualsIgnoreCase") => SameIgnoringCase,
            (Kind::Number | Kind::Date, "LessThan") if !negated => Less,
            (Kind::Number | Kind::Date, "LessThanEquals") if !negated => LessOrSame,
            (Kind::Number | Kind::Date, "GreaterThan") if !negated => Greater,
            (Kind::Number | Kind::Date, "GreaterThanEquals") if !negated => GreaterOrSame,
            _ => return None,
        };
        Some(Self { kind, comparison, negated })
    }

    fn understands(&self, key: &str, listed: &[String]) -> bool {
        let of_key = match key {
            "aws:securetransport"
            | "aws:multifactorauthpresent"
            | "aws:viaawsservice"
            | "aws:principalisawsservice" => Some(Kind::Bool),
            "s3:tlsversion" | "aws:multifactorauthage" | "s3:max-keys" => Some(Kind::Number),
            "aws:currenttime" | "aws:tokenissuetime" => Some(Kind::Date),
            "aws:sourceip" | "aws:vpcsourceip" => Some(Kind::Address),
            _ => None,
        };
        let readable = |value: &String| match self.kind {
            Kind::Number => value.parse::<f64>().is_ok(),
            Kind::Date => date(value).is_some(),
            Kind::Address => range(value).is_some(),
            _ => true,
        };
        of_key.is_none_or(|kind| kind == self.kind) && listed.iter().all(readable)
    }

    fn compare(&self, key: &str, listed: &str, value: &str, context: Option<&Context>) -> Truth {
        if !self.understands(key, &[listed.to_owned()]) {
            return Unknown;
        }
        match self.kind {
            Kind::Text => truth(match self.comparison {
                Comparison::Like => like(listed, value, context),
                Comparison::SameIgnoringCase => same(listed, value, true, context),
                _ => same(listed, value, false, context),
            }),
            Kind::Arn => truth(arn_like(listed, value, context)),
            Kind::Bool => truth(listed.eq_ignore_ascii_case(value)),
            Kind::Binary => {
                let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).ok();
                truth(decode(listed).is_some() && decode(listed) == decode(value))
            }
            Kind::Address => {
                let (Some((network, bits)), Ok(address)) = (range(listed), value.parse()) else { return False };
                truth(contains(network, bits, address))
            }
            Kind::Number => self.order(listed.parse().ok(), value.parse().ok()),
            Kind::Date => self.order(date(listed), date(value)),
        }
    }

    fn order(&self, listed: Option<f64>, value: Option<f64>) -> Truth {
        let (Some(listed), Some(value)) = (listed, value) else { return Unknown };
        truth(match self.comparison {
            Comparison::Less => value < listed,
            Comparison::LessOrSame => value <= listed,
            Comparison::Greater => value > listed,
            Comparison::GreaterOrSame => value >= listed,
            _ => value.total_cmp(&listed).is_eq(),
        })
    }
}

/// Seconds since 1970. "You must specify date/time values with one of the W3C implementations of the ISO 8601 date formats
/// or in epoch (UNIX) time."
fn date(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds);
    }
    let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    full.parse::<jiff::Timestamp>().ok().map(|time| time.as_second() as f64)
}

/// An address, or a range in CIDR notation.
pub fn range(text: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(width), |bits| bits.parse().ok())?;
    (bits <= width).then_some((address, bits))
}

pub fn contains(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let number = |address: IpAddr| match address {
        IpAddr::V4(four) => u128::from(four.to_bits()) << 96,
        IpAddr::V6(six) => six.to_bits(),
    };
    let mask = if bits == 0 { 0 } else { u128::MAX << (128 - bits) };
    network.is_ipv4() == address.is_ipv4() && number(network) & mask == number(address) & mask
}
