//! Functions on moments and spans of time. `now` is when the snapshot was taken, never the clock.

use jiff::{SignedDuration, Timestamp};

use super::{Accepts, Function, FunctionParameter, Implementation, Returns, not_a, text_at};
use crate::rule::fault::EvaluationFault;
use crate::rule::value::Val;

const MOMENT: FunctionParameter = FunctionParameter { name: "moment", accepts: &[Accepts::Moment] };
const SECONDS_A_DAY: f64 = 86_400.0;

pub(super) static FUNCTIONS: [Function; 4] = [
    Function {
        name: "timestamp",
        is_method: false,
        parameters: &[MOMENT],
        result: Returns::Timestamp,
        meaning: "The moment that a text names (RFC 3339).",
        implementation: Implementation::Pure(|args| moment(text_at(args, 0)?).map(Val::Timestamp)),
    },
    Function {
        name: "duration",
        is_method: false,
        parameters: &[FunctionParameter { name: "text", accepts: &[Accepts::Text] }],
        result: Returns::Duration,
        meaning: "A span of time from numbers with the units h, m, s, ms, us and ns, such as `1h30m`.",
        implementation: Implementation::Pure(|args| {
            let text = text_at(args, 0)?;
            span(text).map(Val::Duration).ok_or_else(|| not_a("a span of time, such as `36h` or `1h30m`", text))
        }),
    },
    Function {
        name: "age_days",
        is_method: false,
        parameters: &[MOMENT],
        result: Returns::Double,
        meaning: "How many days of 24 hours lie between the moment and the snapshot; negative if it lies in the future.",
        implementation: Implementation::AtTime(|args, now| {
            Ok(Val::Double(days(now.duration_since(moment(text_at(args, 0)?)?))))
        }),
    },
    Function {
        name: "days_until",
        is_method: false,
        parameters: &[MOMENT],
        result: Returns::Double,
        meaning: "How many days of 24 hours lie between the snapshot and the moment; negative if it has passed.",
        implementation: Implementation::AtTime(|args, now| {
            Ok(Val::Double(days(moment(text_at(args, 0)?)?.duration_since(now))))
        }),
    },
];

fn moment(text: &str) -> Result<Timestamp, EvaluationFault> {
    text.parse().map_err(|_| not_a("a moment, such as `2026-01-31T12:00:00Z`", text))
}

fn days(span: SignedDuration) -> f64 {
    span.as_secs_f64() / SECONDS_A_DAY
}

/// Reads Go's notation, which CEL uses.
fn span(text: &str) -> Option<SignedDuration> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        total = total.checked_add(nanoseconds(number, unit)?)?;
        rest = tail;
    }
    let total = if is_negative { -total } else { total };
    let seconds = i64::try_from(total.div_euclid(1_000_000_000)).ok()?;
    let nanos = i32::try_from(total.rem_euclid(1_000_000_000)).ok()?;
    SignedDuration::from_secs(seconds).checked_add(SignedDuration::new(0, nanos))
}

fn nanoseconds(number: &str, unit: &str) -> Option<i128> {
    let scale: i128 = match unit {
        "h" => 3_600_000_000_000,
        "m" => 60_000_000_000,
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" | "µs" => 1_000,
        "ns" => 1,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.len() > 15 || whole.len() > 15 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let parts: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let per_part = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    whole.checked_mul(scale)?.checked_add(parts.checked_mul(scale)? / per_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_the_notation_of_cel() {
        let seconds = |text| span(text).map(|span| span.as_secs_f64());
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("-1.5s"), Some(-1.5));
        assert_eq!(seconds("250ms"), Some(0.25));
        assert_eq!(seconds("0"), Some(0.0));
        assert_eq!(seconds(".5s"), Some(0.5));
        for text in ["", "-", "5", "1d", "h", "1h 2m", "1.2.3s", ".s", "99999999999999999999h"] {
            assert_eq!(span(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_rfc_3339() {
        assert!(moment("2026-01-31T12:00:00Z").is_ok());
        assert!(moment("2026-01-31T12:00:00.123+02:00").is_ok());
        assert!(moment("2026-01-31").is_err(), "a day is no moment");
        assert!(moment("yesterday").is_err());
    }
}
