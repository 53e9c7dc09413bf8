//! Checks a condition against the schema of its kind and compiles it. What can go wrong in a rule goes wrong here.
//!
//! Facts that may be null are typed by flow: after `resource.A != null &&`, or after `resource.A == null ||`, the fact
//! is known not to be null. That is decided for pure paths, by their text.

mod calls;
mod operators;
mod paths;

pub(super) use paths::NAMES;

use std::sync::Arc;

use super::node::{Definition, Extent, Loop, MAX_LOOPS, Node};
use super::parse::parse;
use super::syntax::{BinaryOp, Each, EachForm, Expr, ExprKind};
use super::{CelEnvironment, ConditionError, Needs};
use crate::rule::types::Type;
use crate::rule::value::Const;
use crate::source::suggest;

/// The two ways to treat parts of a fact that may be null: with a guard, or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leniency {
    /// Conditions: no, the rule must say what null means.
    Strict,
    /// Messages: yes, a part of null is null.
    NullPasses,
}

/// Compiles an expression of any type, for a message.
pub(super) fn compile_any(source: &str, env: &CelEnvironment) -> Result<(Node, Needs), Vec<ConditionError>> {
    let expr = parse(source)?;
    let mut checker = ConditionChecker::new(env, Leniency::NullPasses);
    match checker.expr(&expr) {
        Some(checked) if checker.errors.is_empty() => Ok((checked.node, checker.needs)),
        _ => Err(checker.into_errors()),
    }
}

/// Compiles a condition.
pub(super) fn compile_bool(source: &str, env: &CelEnvironment) -> Result<(Node, Needs), Vec<ConditionError>> {
    let expr = parse(source)?;
    let mut checker = ConditionChecker::new(env, Leniency::Strict);
    match checker.bool(&expr) {
        Some(checked) if checker.errors.is_empty() => Ok((checked.node, checker.needs)),
        _ => Err(checker.into_errors()),
    }
}

/// Compiles what a name stands for, of any type.
pub(super) fn compile_definition(
    name: &str,
    source: &str,
    env: &CelEnvironment,
) -> Result<Definition, Vec<ConditionError>> {
    let expr = parse(source)?;
    let mut checker = ConditionChecker::new(env, Leniency::Strict);
    match checker.expr(&expr) {
        Some(checked) if checker.errors.is_empty() => Ok(Definition {
            name: name.into(),
            source: source.to_owned(),
            node: checked.node,
            of: checked.of,
            needs: checker.needs,
            extent: checker.extent,
            if_true: checked.if_true,
            if_false: checked.if_false,
        }),
        _ => Err(checker.into_errors()),
    }
}

struct ConditionChecker<'e> {
    env: &'e CelEnvironment<'e>,
    leniency: Leniency,
    errors: Vec<ConditionError>,
    needs: Needs,
    /// Paths that are known not to be null where the checker stands.
    not_null: Vec<String>,
    variables: Vec<LoopVariable>,
    /// The number of loops so far, which tells variables of the same name apart.
    loops: usize,
    extent: Extent,
    /// How deep the checker stands.
    depth: usize,
}

/// The most parts, and the deepest nesting, of an expression with the meanings of its names: names that use each other
/// again and again could otherwise come to any size.
const MOST: Extent = Extent { parts: 20_000, depth: 96 };

struct LoopVariable {
    name: String,
    of: Type,
    key: String,
}

/// An expression that passed.
struct CheckedExpr {
    node: Node,
    of: Type,
    /// The path's text, if it is a pure path.
    key: Option<String>,
    /// True if it would be nullable without a guard, so that another test for null is not wrong.
    is_guarded: bool,
    /// Paths that are not null if it is true, and if it is false.
    if_true: Vec<String>,
    if_false: Vec<String>,
}

impl CheckedExpr {
    fn new(node: Node, of: Type) -> Self {
        Self { node, of, key: None, is_guarded: false, if_true: Vec::new(), if_false: Vec::new() }
    }
}

impl<'e> ConditionChecker<'e> {
    fn new(env: &'e CelEnvironment<'e>, leniency: Leniency) -> Self {
        let (errors, needs, not_null, variables) = Default::default();
        let extent = Extent::default();
        Self { env, leniency, errors, needs, not_null, variables, loops: 0, extent, depth: 0 }
    }

    fn into_errors(mut self) -> Vec<ConditionError> {
        self.errors.sort_by_key(|error| error.offset);
        self.errors
    }

    /// Notes an error. The result is always `None`, for any type.
    fn refuse<T>(&mut self, at: &Expr, message: impl Into<String>, help: impl Into<String>) -> Option<T> {
        let help = Some(help.into()).filter(|help| !help.is_empty());
        self.errors.push(ConditionError { offset: at.offset, message: message.into(), help });
        None
    }

    fn expr(&mut self, expr: &Expr) -> Option<CheckedExpr> {
        self.depth += 1;
        self.extent.parts += 1;
        self.extent.depth = self.extent.depth.max(self.depth);
        let checked = self.expr_inside(expr);
        self.depth -= 1;
        checked
    }

    fn expr_inside(&mut self, expr: &Expr) -> Option<CheckedExpr> {
        let constant = |constant, of| Some(CheckedExpr::new(Node::Constant(constant), of));
        match &expr.kind {
            ExprKind::Null => constant(Const::Null, Type::Null),
            ExprKind::Bool(value) => constant(Const::Bool(*value), Type::Bool),
            ExprKind::Int(value) => constant(Const::Int(*value), Type::Int),
            ExprKind::Double(value) => constant(Const::Double(*value), Type::Double),
            ExprKind::Text(text) => constant(Const::Text(text.as_str().into()), Type::String),
            ExprKind::List(elements) => self.list(expr, elements),
            ExprKind::Name(name) => self.name(expr, name),
            ExprKind::Field(base, field) => self.field(expr, base, field),
            ExprKind::Index(base, index) => self.index(expr, base, index),
            ExprKind::Not(operand) => {
                let operand = self.bool(operand)?;
                let mut not = CheckedExpr::new(Node::Not(Box::new(operand.node)), Type::Bool);
                (not.if_true, not.if_false) = (operand.if_false, operand.if_true);
                Some(not)
            }
            ExprKind::Negate(operand) => self.negate(operand),
            ExprKind::And(terms) => self.chain(terms, true),
            ExprKind::Or(terms) => self.chain(terms, false),
            ExprKind::Conditional(condition, yes, no) => self.conditional(expr, condition, yes, no),
            ExprKind::Binary(operator, left, right) => match operator {
                BinaryOp::Equal | BinaryOp::NotEqual => self.equality(expr, *operator, left, right),
                BinaryOp::In => self.membership(expr, left, right),
                BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
                    self.order(expr, *operator, left, right)
                }
                _ => self.arithmetic(expr, *operator, left, right),
            },
            ExprKind::Call { name, receiver, args } => self.call(expr, name, receiver.as_deref(), args),
            ExprKind::Each(each) => self.each(expr, each),
        }
    }

    /// An expression that must be true or false.
    fn bool(&mut self, expr: &Expr) -> Option<CheckedExpr> {
        let checked = self.expr(expr)?;
        match &checked.of {
            Type::Bool | Type::Any => Some(checked),
            Type::Nullable(inner) if **inner == Type::Bool => {
                let path = expr.quoted();
                let help = format!("say what null means: {} == true", path.trim_matches('`'));
                self.refuse(expr, format!("{path} may be null"), help)
            }
            other => {
                let message = format!("{} is {other}, but a condition must be bool", expr.quoted());
                self.refuse(expr, message, "")
            }
        }
    }

    /// Refuses a value that may be null, for operations that have no answer for null.
    fn guarded(&mut self, at: &Expr, checked: CheckedExpr) -> Option<CheckedExpr> {
        match &checked.of {
            Type::Nullable(_) if self.leniency == Leniency::Strict => {
                let path = at.quoted();
                let bare = path.trim_matches('`');
                let help =
                    format!("guard it in the same condition: `{bare} != null && ...` or `{bare} == null || ...`");
                self.refuse(at, format!("{path} may be null (not configured)"), help)
            }
            _ => Some(checked),
        }
    }

    /// Each term is checked with what the terms before it make certain.
    fn chain(&mut self, terms: &[Expr], is_and: bool) -> Option<CheckedExpr> {
        let depth = self.not_null.len();
        let (mut nodes, mut is_fine) = (Vec::new(), true);
        let (mut all_hold, mut some_holds): (Vec<String>, Option<Vec<String>>) = (Vec::new(), None);
        for term in terms {
            let Some(checked) = self.bool(term) else {
                is_fine = false;
                continue;
            };
            let (holds, fails) =
                if is_and { (checked.if_true, checked.if_false) } else { (checked.if_false, checked.if_true) };
            self.not_null.extend(holds.iter().cloned());
            all_hold.extend(holds);
            some_holds = Some(match some_holds {
                Some(before) => common(before, &fails),
                None => fails,
            });
            nodes.push(checked.node);
        }
        self.not_null.truncate(depth);
        if !is_fine {
            return None;
        }
        let (nodes, some_holds) = (nodes.into_boxed_slice(), some_holds.unwrap_or_default());
        let mut chain = CheckedExpr::new(if is_and { Node::And(nodes) } else { Node::Or(nodes) }, Type::Bool);
        (chain.if_true, chain.if_false) = if is_and { (all_hold, some_holds) } else { (some_holds, all_hold) };
        Some(chain)
    }

    fn conditional(&mut self, expr: &Expr, condition: &Expr, yes: &Expr, no: &Expr) -> Option<CheckedExpr> {
        let condition = self.bool(condition);
        let (if_true, if_false) =
            condition.as_ref().map_or_else(Default::default, |c| (c.if_true.clone(), c.if_false.clone()));
        let yes = self.with_not_null(&if_true, |checker| checker.expr(yes));
        let no = self.with_not_null(&if_false, |checker| checker.expr(no));
        let (condition, yes, no) = (condition?, yes?, no?);
        let Some(of) = yes.of.join(&no.of) else {
            return self.refuse(expr, format!("one branch is {}, the other is {}", yes.of, no.of), "");
        };
        let mut checked = CheckedExpr::new(Node::Constant(Const::Null), of);
        let both = |mut own: Vec<String>, from: &[String]| {
            own.extend_from_slice(from);
            own
        };
        checked.if_true = common(both(yes.if_true, &if_true), &both(no.if_true, &if_false));
        checked.if_false = common(both(yes.if_false, &if_true), &both(no.if_false, &if_false));
        checked.node = Node::Conditional(Box::new((condition.node, yes.node, no.node)));
        Some(checked)
    }

    fn with_not_null<T>(&mut self, paths: &[String], check: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.not_null.len();
        self.not_null.extend_from_slice(paths);
        let result = check(self);
        self.not_null.truncate(depth);
        result
    }

    fn list(&mut self, expr: &Expr, elements: &[Expr]) -> Option<CheckedExpr> {
        let checked: Vec<_> = elements.iter().map(|element| self.expr(element)).collect();
        let (mut nodes, mut of): (Vec<Node>, Option<Type>) = (Vec::new(), None);
        for element in checked {
            let element = element?;
            let joined = match of {
                Some(before) => before.join(&element.of).ok_or((before, &element.of)),
                None => Ok(element.of.clone()),
            };
            of = match joined {
                Ok(joined) => Some(joined),
                Err((a, b)) => {
                    return self.refuse(
                        expr,
                        format!("a list of {a} cannot hold {b}"),
                        "all elements must be of one type",
                    );
                }
            };
            nodes.push(element.node);
        }
        let of = Type::List(Arc::new(of.unwrap_or(Type::Any)));
        let constants: Option<Vec<Const>> = nodes
            .iter()
            .map(|node| match node {
                Node::Constant(constant) => Some(constant.clone()),
                _ => None,
            })
            .collect();
        Some(CheckedExpr::new(
            match constants {
                Some(constants) => Node::Constant(Const::List(constants.into())),
                None => Node::List(nodes.into()),
            },
            of,
        ))
    }

    fn each(&mut self, expr: &Expr, each: &Each) -> Option<CheckedExpr> {
        let list = self.expr(&each.list).and_then(|list| self.guarded(&each.list, list));
        let list = list?;
        let of = match &list.of {
            Type::List(inner) => (**inner).clone(),
            Type::Map(_) => Type::String,
            Type::Any => Type::Any,
            other => return self.refuse(&each.list, format!("{} is {other}, not a list", each.list.quoted()), ""),
        };
        let name = &each.variable;
        if NAMES.contains(&name.as_str())
            || self.env.definitions.get(name).is_some()
            || self.env.definitions.is_to_come(name)
            || self.variables.iter().any(|variable| variable.name == *name)
        {
            return self.refuse(expr, format!("`{name}` already means something else"), "choose another name");
        }
        let slot = self.variables.len();
        if slot == MAX_LOOPS {
            return self.refuse(
                expr,
                format!("more than {MAX_LOOPS} loops stand inside each other"),
                "split the rule in two",
            );
        }
        self.loops += 1;
        let variable = LoopVariable { name: name.clone(), of: of.clone(), key: format!("{name}#{}", self.loops) };
        self.variables.push(variable);
        let body = if each.form == EachForm::Map { self.expr(&each.body) } else { self.bool(&each.body) };
        self.variables.pop();
        let body = body?;
        let result = match each.form {
            EachForm::All | EachForm::Exists | EachForm::ExistsOne => Type::Bool,
            EachForm::Filter => Type::List(Arc::new(of)),
            EachForm::Map => Type::List(Arc::new(body.of)),
        };
        let each = Node::Each(
            each.form,
            Box::new(Loop { list: list.node, slot, variable: name.as_str().into(), body: body.node }),
        );
        Some(CheckedExpr::new(each, result))
    }
}

fn common(mut paths: Vec<String>, others: &[String]) -> Vec<String> {
    paths.retain(|path| others.contains(path));
    paths
}

/// "did you mean", if something is close enough.
fn suggestion<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    suggest::nearest(wrong, names).map(|name| format!("did you mean `{name}`?"))
}
