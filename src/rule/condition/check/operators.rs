//! Operators: which types they take, and what a comparison says about null.

use super::{CheckedExpr, ConditionChecker, Leniency};
use crate::rule::condition::node::{Arithmetic, Node, OrderOp};
use crate::rule::condition::syntax::{BinaryOp, Expr};
use crate::rule::types::Type;

impl ConditionChecker<'_> {
    fn both(&mut self, left: &Expr, right: &Expr) -> Option<(CheckedExpr, CheckedExpr)> {
        let (left, right) = (self.expr(left), self.expr(right));
        Some((left?, right?))
    }

    pub(super) fn equality(
        &mut self,
        expr: &Expr,
        operator: BinaryOp,
        left: &Expr,
        right: &Expr,
    ) -> Option<CheckedExpr> {
        let (a, b) = self.both(left, right)?;
        let mut checked = match (&a.of, &b.of) {
            (_, Type::Null) => self.null_test(left, a)?,
            (Type::Null, _) => self.null_test(right, b)?,
            (of_a, of_b) if of_a.is_comparable_with(of_b) => {
                // A value that equals something that is never null is not null itself.
                let if_true: Vec<_> = match (of_a.admits_null(), of_b.admits_null()) {
                    (_, false) => a.key.into_iter().collect(),
                    (false, _) => b.key.into_iter().collect(),
                    _ => Vec::new(),
                };
                let node = Node::Equal(Box::new((a.node, b.node)));
                CheckedExpr { if_true, ..CheckedExpr::new(node, Type::Bool) }
            }
            (of_a, of_b) => return self.incomparable(expr, operator, (left, of_a), (right, of_b)),
        };
        if operator == BinaryOp::NotEqual {
            checked.node = Node::Not(Box::new(checked.node));
            std::mem::swap(&mut checked.if_true, &mut checked.if_false);
        }
        Some(checked)
    }

    fn null_test(&mut self, expr: &Expr, operand: CheckedExpr) -> Option<CheckedExpr> {
        if !operand.of.admits_null() && !operand.is_guarded {
            let message = format!("{} is never null: it is {}", expr.quoted(), operand.of);
            return self.refuse(expr, message, "a fact that was not read is unknown, not null");
        }
        let if_false = operand.key.into_iter().collect();
        Some(CheckedExpr { if_false, ..CheckedExpr::new(Node::IsNull(Box::new(operand.node)), Type::Bool) })
    }

    fn incomparable<T>(
        &mut self,
        expr: &Expr,
        operator: BinaryOp,
        (left, of_left): (&Expr, &Type),
        (right, of_right): (&Expr, &Type),
    ) -> Option<T> {
        let (a, b) = (of_left.not_null(), of_right.not_null());
        let help = match (&a, &b) {
            (Type::Policy, _) | (_, Type::Policy) => "ask a policy function, or compare with null",
            (Type::Object(_) | Type::Map(_), _) | (_, Type::Object(_) | Type::Map(_)) => {
                "compare its fields one by one"
            }
            (Type::Bool, Type::String) | (Type::String, Type::Bool) => "write `true` or `false` without quotes",
            (Type::Timestamp, text) | (text, Type::Timestamp) if text.is_text() => {
                "turn the text into a moment: `timestamp(...)`"
            }
            (number, text) | (text, number) if number.is_number() && text.is_text() => {
                "write the number without quotes"
            }
            _ => "",
        };
        let which = match (left.quoted().as_str(), right.quoted().as_str()) {
            ("this expression", "this expression") => "two values".to_owned(),
            ("this expression", path) | (path, "this expression") => path.to_owned(),
            (path, _) => path.to_owned(),
        };
        let message =
            format!("`{}` cannot compare {which}: one side is {of_left}, the other is {of_right}", operator.symbol());
        self.refuse(expr, message, help)
    }

    pub(super) fn order(&mut self, expr: &Expr, operator: BinaryOp, left: &Expr, right: &Expr) -> Option<CheckedExpr> {
        let (a, b) = self.both(left, right)?;
        let (a, b) = (self.guarded(left, a), self.guarded(right, b));
        let (a, b) = (a?, b?);
        match (a.of.not_null(), b.of.not_null()) {
            (Type::TimestampText, _) | (_, Type::TimestampText) => {
                let message = format!("`{}` would compare moments as texts", operator.symbol());
                return self.refuse(expr, message, "turn the text into a moment: `timestamp(...)`");
            }
            (Type::Any, Type::Any | Type::Int | Type::Double | Type::String | Type::Timestamp | Type::Duration)
            | (Type::Int | Type::Double | Type::String | Type::Timestamp | Type::Duration, Type::Any)
            | (Type::String, Type::String)
            | (Type::Timestamp, Type::Timestamp)
            | (Type::Duration, Type::Duration) => {}
            (a, b) if a.is_number() && b.is_number() => {}
            (of_a, of_b) => return self.incomparable(expr, operator, (left, &of_a), (right, &of_b)),
        }
        let order = match operator {
            BinaryOp::Less => OrderOp::Less,
            BinaryOp::LessOrEqual => OrderOp::LessOrEqual,
            BinaryOp::Greater => OrderOp::Greater,
            _ => OrderOp::GreaterOrEqual,
        };
        Some(CheckedExpr::new(Node::Order(order, Box::new((a.node, b.node))), Type::Bool))
    }

    pub(super) fn membership(&mut self, expr: &Expr, left: &Expr, right: &Expr) -> Option<CheckedExpr> {
        let (wanted, list) = self.both(left, right)?;
        let list = self.guarded(right, list)?;
        let mut if_true = Vec::new();
        match list.of.not_null() {
            Type::List(of) if of.is_comparable_with(&wanted.of) => {
                if !of.admits_null() {
                    if_true.extend(wanted.key);
                }
            }
            Type::List(of) => return self.incomparable(expr, BinaryOp::In, (left, &wanted.of), (right, &of)),
            Type::Map(_) if wanted.of.is_text() || wanted.of == Type::Any => {}
            Type::Any => {}
            Type::Object(_) => {
                let help = "compare the field with null: a fact that was not read must stay unknown";
                return self.refuse(
                    expr,
                    format!("{} is an object: `in` does not ask for its fields", right.quoted()),
                    help,
                );
            }
            other => {
                let message = format!("what follows `in` must be a list or a map, but {} is {other}", right.quoted());
                return self.refuse(expr, message, "");
            }
        }
        let node = Node::In(Box::new((wanted.node, list.node)));
        Some(CheckedExpr { if_true, ..CheckedExpr::new(node, Type::Bool) })
    }

    pub(super) fn arithmetic(
        &mut self,
        expr: &Expr,
        operator: BinaryOp,
        left: &Expr,
        right: &Expr,
    ) -> Option<CheckedExpr> {
        let (a, b) = self.both(left, right)?;
        let (a, b) = (self.guarded(left, a), self.guarded(right, b));
        let (a, b) = (a?, b?);
        let operation = match operator {
            BinaryOp::Add => Arithmetic::Add,
            BinaryOp::Subtract => Arithmetic::Subtract,
            BinaryOp::Multiply => Arithmetic::Multiply,
            BinaryOp::Divide => Arithmetic::Divide,
            _ => Arithmetic::Remainder,
        };
        let (of_a, of_b) = (a.of.not_null(), b.of.not_null());
        let Some(of) = result_of(operation, &of_a, &of_b) else {
            let help =
                if of_a.is_number() && of_b.is_number() { "convert one side with `double()` or `int()`" } else { "" };
            let message = format!("`{}` cannot take {of_a} and {of_b}", operator.symbol());
            return self.refuse(expr, message, help);
        };
        let of = if self.leniency == Leniency::NullPasses { of.nullable() } else { of };
        Some(CheckedExpr::new(Node::Arithmetic(operation, Box::new((a.node, b.node))), of))
    }

    pub(super) fn negate(&mut self, operand: &Expr) -> Option<CheckedExpr> {
        let checked = self.expr(operand)?;
        let checked = self.guarded(operand, checked)?;
        let of = checked.of.not_null();
        if !of.is_number() && of != Type::Any {
            return self.refuse(operand, format!("`-` cannot take {of}"), "");
        }
        Some(CheckedExpr::new(Node::Negate(Box::new(checked.node)), of))
    }
}

fn result_of(operation: Arithmetic, a: &Type, b: &Type) -> Option<Type> {
    use Arithmetic::{Add, Remainder, Subtract};
    Some(match (operation, a, b) {
        (_, Type::Int, Type::Int) => Type::Int,
        (Remainder, Type::Double, Type::Double) => return None,
        (_, Type::Double, Type::Double) => Type::Double,
        (Add, a, b) if a.is_text() && b.is_text() => Type::String,
        (Add, Type::List(_), Type::List(_)) => return a.join(b),
        (Add, Type::Timestamp, Type::Duration) | (Add, Type::Duration, Type::Timestamp) => Type::Timestamp,
        (Subtract, Type::Timestamp, Type::Duration) => Type::Timestamp,
        (Subtract, Type::Timestamp, Type::Timestamp) => Type::Duration,
        (Add | Subtract, Type::Duration, Type::Duration) => Type::Duration,
        _ => return None,
    })
}
