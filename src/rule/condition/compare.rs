//! Equality and order of values that may not be known.

use std::cmp::Ordering;

use serde_json::Value;

use super::node::OrderOp;
use crate::model::Truth;
use crate::rule::fault::{EvaluationError, EvaluationFault};
use crate::rule::value::Val;

/// Says whether two values are equal. Numbers compare by value, whole or not.
pub(super) fn equal(left: &Val, right: &Val) -> Result<Truth, EvaluationFault> {
    Ok(match (left, right) {
        (Val::Between(low, high), Val::Int(value)) | (Val::Int(value), Val::Between(low, high)) => {
            if value < low || value > high { Truth::False } else { Truth::Unknown }
        }
        (left, right) if left.is_unknown() || right.is_unknown() => Truth::Unknown,
        (Val::Bool(a), Val::Bool(b)) => Truth::from(a == b),
        (Val::Int(a), Val::Int(b)) => Truth::from(a == b),
        (Val::Timestamp(a), Val::Timestamp(b)) => Truth::from(a == b),
        (Val::Duration(a), Val::Duration(b)) => Truth::from(a == b),
        (Val::Json(Value::Array(_) | Value::Object(_)), _) | (_, Val::Json(Value::Array(_) | Value::Object(_))) => {
            return equal_lists(left, right);
        }
        (Val::Json(_), _) | (_, Val::Json(_)) => return equal(&left.clone().plain(), &right.clone().plain()),
        (Val::Null, _) | (_, Val::Null) => Truth::from(matches!((left, right), (Val::Null, Val::Null))),
        _ => match (left.as_text(), right.as_text()) {
            (Some(a), Some(b)) => Truth::from(a == b),
            _ => match numbers(left, right) {
                Some(order) => Truth::from(order == Ordering::Equal),
                None => return equal_lists(left, right),
            },
        },
    })
}

fn equal_lists(left: &Val, right: &Val) -> Result<Truth, EvaluationFault> {
    if matches!(left.clone().plain(), Val::Null) || matches!(right.clone().plain(), Val::Null) {
        return Ok(Truth::False);
    }
    let (Some(a), Some(b)) = (left.own_elements(), right.own_elements()) else {
        return Err(incomparable(left, right));
    };
    if !a.is_certain() || !b.is_certain() {
        return Ok(Truth::Unknown);
    }
    if a.len() != b.len() {
        return Ok(Truth::False);
    }
    let mut result = Truth::True;
    for position in 0..a.len() {
        result = result.and(equal(&a.get(position).0, &b.get(position).0)?);
        if result == Truth::False {
            break;
        }
    }
    Ok(result)
}

/// Says whether the left value stands before the right one, or after it, as the order says.
pub(super) fn ordered(order: OrderOp, left: &Val, right: &Val) -> Result<Truth, EvaluationFault> {
    if let (Some(a), Some(b)) = (bounds(left), bounds(right)) {
        return Ok(ordered_bounds(order, a, b));
    }
    if left.is_unknown() || right.is_unknown() {
        return Ok(Truth::Unknown);
    }
    let found = match (left, right) {
        (Val::Timestamp(a), Val::Timestamp(b)) => Some(a.cmp(b)),
        (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(b)),
        (Val::Json(_), _) | (_, Val::Json(_)) => {
            let (left, right) = (left.clone().plain(), right.clone().plain());
            if matches!(left, Val::Json(_)) || matches!(right, Val::Json(_)) {
                return Err(incomparable(&left, &right));
            }
            return ordered(order, &left, &right);
        }
        _ => match (left.as_text(), right.as_text()) {
            (Some(a), Some(b)) => Some(a.cmp(b)),
            _ => numbers(left, right),
        },
    };
    let found = found.ok_or_else(|| incomparable(left, right))?;
    Ok(Truth::from(match order {
        OrderOp::Less => found.is_lt(),
        OrderOp::LessOrEqual => found.is_le(),
        OrderOp::Greater => found.is_gt(),
        OrderOp::GreaterOrEqual => found.is_ge(),
    }))
}

/// Both ends, if at least the bounds are known and whole.
fn bounds(val: &Val) -> Option<(i64, i64)> {
    match val {
        Val::Between(low, high) => Some((*low, *high)),
        Val::Int(value) => Some((*value, *value)),
        _ => None,
    }
}

fn ordered_bounds(order: OrderOp, a: (i64, i64), b: (i64, i64)) -> Truth {
    let less = |a: (i64, i64), b: (i64, i64)| match () {
        () if a.1 < b.0 => Truth::True,
        () if a.0 >= b.1 => Truth::False,
        () => Truth::Unknown,
    };
    match order {
        OrderOp::Less => less(a, b),
        OrderOp::Greater => less(b, a),
        OrderOp::LessOrEqual => !less(b, a),
        OrderOp::GreaterOrEqual => !less(a, b),
    }
}

fn numbers(left: &Val, right: &Val) -> Option<Ordering> {
    match (left, right) {
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
        (Val::Double(a), Val::Double(b)) => a.partial_cmp(b),
        (Val::Int(a), Val::Double(b)) => mixed(*a, *b),
        (Val::Double(a), Val::Int(b)) => mixed(*b, *a).map(Ordering::reverse),
        _ => None,
    }
}

/// Exact even where a double cannot hold the whole number.
fn mixed(whole: i64, double: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        return None;
    }
    if double >= LIMIT {
        return Some(Ordering::Less);
    }
    if double < -LIMIT {
        return Some(Ordering::Greater);
    }
    let floor = double.floor();
    let below = whole.cmp(&(floor as i64));
    Some(if below == Ordering::Equal && double > floor { Ordering::Less } else { below })
}

fn incomparable(left: &Val, right: &Val) -> EvaluationFault {
    Box::new(EvaluationError::Mismatch {
        what: "one side of a comparison".to_owned(),
        expected: left.in_words(),
        found: right.in_words(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_doubles_compare_exactly() {
        assert_eq!(mixed(i64::MAX, i64::MAX as f64), Some(Ordering::Less), "the double is one more");
        assert_eq!(mixed(2, 2.5), Some(Ordering::Less));
        assert_eq!(mixed(-2, -2.5), Some(Ordering::Greater));
        assert_eq!(mixed(3, 3.0), Some(Ordering::Equal));
        assert_eq!(mixed(0, f64::INFINITY), Some(Ordering::Less));
        assert_eq!(mixed(i64::MIN, i64::MIN as f64), Some(Ordering::Equal));
    }

    #[test]
    fn bounds_decide_what_they_can() {
        let at_least_two = Val::Between(2, i64::MAX);
        let order = |order, value| ordered(order, &at_least_two, &Val::Int(value)).unwrap();
        assert_eq!(order(OrderOp::Greater, 1), Truth::True);
        assert_eq!(order(OrderOp::Greater, 2), Truth::Unknown);
        assert_eq!(order(OrderOp::GreaterOrEqual, 2), Truth::True);
        assert_eq!(order(OrderOp::Less, 2), Truth::False);
        assert_eq!(order(OrderOp::LessOrEqual, 1), Truth::False);
        assert_eq!(order(OrderOp::LessOrEqual, 2), Truth::Unknown);
        assert_eq!(equal(&at_least_two, &Val::Int(0)).unwrap(), Truth::False);
        assert_eq!(equal(&at_least_two, &Val::Int(5)).unwrap(), Truth::Unknown);
    }
}
