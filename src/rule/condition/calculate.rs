//! Arithmetic. A result that is not a finite number of 64 bits is refused, because a verdict must not rest on it.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::node::Arithmetic;
use crate::rule::fault::{EvaluationError, EvaluationFault, mismatch};
use crate::rule::value::{Expected, Val};

pub(super) fn calculate<'v>(operation: Arithmetic, left: Val<'v>, right: Val<'v>) -> Result<Val<'v>, EvaluationFault> {
    let (left, right) = (left.plain(), right.plain());
    if left.is_unknown() || right.is_unknown() {
        return Ok(Val::Unknown);
    }
    match (left, right) {
        (Val::Int(a), Val::Int(b)) => whole(operation, a, b).map(Val::Int),
        (Val::Double(a), Val::Double(b)) => double(operation, a, b).map(Val::Double),
        (Val::Int(a), Val::Double(b)) => double(operation, a as f64, b).map(Val::Double),
        (Val::Double(a), Val::Int(b)) => double(operation, a, b as f64).map(Val::Double),
        (left, right) => match (operation, left, right) {
            (Arithmetic::Subtract, Val::Timestamp(a), Val::Timestamp(b)) => Ok(Val::Duration(a.duration_since(b))),
            (Arithmetic::Add, Val::Timestamp(a), Val::Duration(b))
            | (Arithmetic::Add, Val::Duration(b), Val::Timestamp(a)) => moment(a, Some(b)),
            (Arithmetic::Subtract, Val::Timestamp(a), Val::Duration(b)) => moment(a, b.checked_neg()),
            (Arithmetic::Add, Val::Duration(a), Val::Duration(b)) => span(a.checked_add(b)),
            (Arithmetic::Subtract, Val::Duration(a), Val::Duration(b)) => span(a.checked_sub(b)),
            (Arithmetic::Add, left, right) => add(left, right),
            (_, left, right) => Err(mismatch(
                "one side of a calculation",
                Expected::Int,
                match left {
                    Val::Int(_) | Val::Double(_) => &right,
                    _ => &left,
                },
            )),
        },
    }
}

const TOO_LARGE: EvaluationError = EvaluationError::Arithmetic("the result is too large");

fn whole(operation: Arithmetic, a: i64, b: i64) -> Result<i64, EvaluationFault> {
    if b == 0 && matches!(operation, Arithmetic::Divide | Arithmetic::Remainder) {
        return Err(Box::new(EvaluationError::Arithmetic("division by zero")));
    }
    let result = match operation {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    };
    result.ok_or_else(|| Box::new(TOO_LARGE))
}

/// A result that is infinite is refused, because a verdict must not rest on it.
fn double(operation: Arithmetic, a: f64, b: f64) -> Result<f64, EvaluationFault> {
    let result = match operation {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide if b == 0.0 => return Err(Box::new(EvaluationError::Arithmetic("division by zero"))),
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder => a % b,
    };
    if result.is_finite() { Ok(result) } else { Err(Box::new(TOO_LARGE)) }
}

pub(super) fn negate(operand: Val<'_>) -> Result<Val<'_>, EvaluationFault> {
    match operand.plain() {
        Val::Int(value) => value.checked_neg().map(Val::Int).ok_or_else(|| Box::new(TOO_LARGE)),
        Val::Double(value) => Ok(Val::Double(-value)),
        other if other.is_unknown() => Ok(Val::Unknown),
        other => Err(mismatch("what follows `-`", Expected::Int, &other)),
    }
}

fn moment<'v>(start: Timestamp, span: Option<SignedDuration>) -> Result<Val<'v>, EvaluationFault> {
    let moment = span.and_then(|span| start.checked_add(span).ok());
    moment.map(Val::Timestamp).ok_or_else(|| Box::new(TOO_LARGE))
}

fn span<'v>(span: Option<SignedDuration>) -> Result<Val<'v>, EvaluationFault> {
    span.map(Val::Duration).ok_or_else(|| Box::new(TOO_LARGE))
}

/// Texts and lists are joined.
fn add<'v>(left: Val<'v>, right: Val<'v>) -> Result<Val<'v>, EvaluationFault> {
    if let (Some(a), Some(b)) = (left.as_text(), right.as_text()) {
        return Ok(Val::NewText(Rc::from(format!("{a}{b}"))));
    }
    Err(mismatch("one side of `+`", Expected::Text, &right))
}
