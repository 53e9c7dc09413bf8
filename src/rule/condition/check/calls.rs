//! Function calls: arguments against the registry, and what can be prepared or refused when the rule is loaded.

use std::sync::Arc;

use super::{CheckedExpr, ConditionChecker, Leniency, suggestion};
use crate::model::Kind;
use crate::rule::condition::call::{ACCOUNT, OF_ORGANIZATION};
use crate::rule::condition::node::{LookupNode, Node, RelatedNode};
use crate::rule::condition::syntax::{Expr, ExprKind};
use crate::rule::fact_path::FactPath;
use crate::rule::fault::EvaluationFault;
use crate::rule::functions::{self, Accepts, Function, Implementation, Returns};
use crate::rule::types::Type;
use crate::rule::value::{Const, Val};

/// Longest regular expression, compiled: hostile rules must not take all memory.
const MAX_PATTERN_SIZE: usize = 1 << 20;

impl ConditionChecker<'_> {
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        name: &str,
        receiver: Option<&Expr>,
        args: &[Expr],
    ) -> Option<CheckedExpr> {
        let Some(function) = functions::find(name, receiver.is_some()) else {
            return self.no_such_function(expr, name, receiver.is_some());
        };
        let args: Vec<&Expr> = receiver.into_iter().chain(args).collect();
        if args.len() != function.parameters.len() {
            return self.refuse(expr, format!("`{name}` takes something else"), function.signature());
        }
        let checked: Vec<_> = args.iter().enumerate().map(|(at, arg)| self.argument(function, at, arg)).collect();
        let checked: Vec<CheckedExpr> = checked.into_iter().collect::<Option<_>>()?;
        match (name, function.implementation) {
            ("resources", _) => self.resources(args[0]),
            ("related", _) => self.related(&args, checked),
            ("lookup", _) => self.lookup(&args, checked),
            ("matches", _) => self.matches(&args, checked),
            ("size", _) => checked
                .into_iter()
                .next()
                .map(|operand| CheckedExpr::new(Node::Size(Box::new(operand.node)), self.result(Type::Int))),
            (_, Implementation::Pure(run)) => self.fold(expr, function, checked, run),
            (_, Implementation::Asks(ask)) => {
                self.fold(expr, function, checked, |args| ask(args).map(|answer| answer.truth.into()))
            }
            (_, Implementation::AsksOfKnown(_)) => {
                self.needs.populations.insert(ACCOUNT.to_owned());
                let facts = ["AccountId"].into_iter().chain(OF_ORGANIZATION);
                self.needs.facts.extend(facts.map(|fact| (ACCOUNT.to_owned(), fact.to_owned())));
                Some(self.plain_call(function, checked))
            }
            _ => Some(self.plain_call(function, checked)),
        }
    }

    fn no_such_function<T>(&mut self, expr: &Expr, name: &str, is_method: bool) -> Option<T> {
        if let Some(other) = functions::find(name, !is_method) {
            let signature = other.signature();
            return self.refuse(expr, format!("`{name}` is not called like that"), format!("write {signature}"));
        }
        let similar = functions::all().filter(|function| function.is_method == is_method).map(|function| function.name);
        let message = format!("there is no function `{}`", name.escape_debug());
        self.refuse(expr, message, suggestion(name, similar).unwrap_or_default())
    }

    fn argument(&mut self, function: &'static Function, at: usize, arg: &Expr) -> Option<CheckedExpr> {
        let accepts = function.parameters[at].accepts;
        let checked = self.expr(arg)?;
        let takes_null = accepts.contains(&Accepts::Policy) || accepts.contains(&Accepts::TextOrNull);
        let checked = if takes_null { checked } else { self.guarded(arg, checked)? };
        let given = if self.leniency == Leniency::NullPasses { checked.of.not_null() } else { checked.of.clone() };
        if !accepts.iter().any(|accepts| accepts.admits(&given)) {
            let wanted: Vec<_> = accepts.iter().map(ToString::to_string).collect();
            let message = format!("`{}` takes {}, but {} is {given}", function.name, wanted.join(" or "), arg.quoted());
            return self.refuse(arg, message, function.signature());
        }
        if let Type::Object(object) = &given {
            self.need_what_is_looked_at(accepts, object.kind.as_deref());
        }
        Some(checked)
    }

    /// A function that is given a whole resource reads some facts of it.
    fn need_what_is_looked_at(&mut self, accepts: &[Accepts], kind: Option<&str>) {
        for accepts in accepts {
            let Accepts::Resource(kinds) = accepts else { continue };
            for (kind, facts) in kinds.iter().filter(|(name, _)| kind == Some(*name)) {
                facts.iter().for_each(|fact| self.need(kind, fact));
            }
        }
    }

    /// In messages any argument may be null, and then so is the result.
    fn result(&self, of: Type) -> Type {
        if self.leniency == Leniency::NullPasses { of.nullable() } else { of }
    }

    fn plain_call(&self, function: &'static Function, args: Vec<CheckedExpr>) -> CheckedExpr {
        let of = match function.result {
            Returns::Bool => Type::Bool,
            Returns::Int => Type::Int,
            Returns::Double => Type::Double,
            Returns::Text => Type::String,
            Returns::Texts => Type::List(Arc::new(Type::String)),
            Returns::Timestamp => Type::Timestamp,
            Returns::Duration => Type::Duration,
            Returns::Resources | Returns::Resource => Type::Any,
        };
        let args = args.into_iter().map(|arg| arg.node).collect();
        CheckedExpr::new(Node::Call(function, args), of)
    }

    /// A call of constants is made now: what is wrong with them is wrong with the rule.
    fn fold(
        &mut self,
        expr: &Expr,
        function: &'static Function,
        args: Vec<CheckedExpr>,
        run: impl for<'v> Fn(&[Val<'v>]) -> Result<Val<'v>, EvaluationFault>,
    ) -> Option<CheckedExpr> {
        let constants: Option<Vec<Val>> = args
            .iter()
            .map(|arg| match &arg.node {
                Node::Constant(constant) => Some(Val::from(constant)),
                _ => None,
            })
            .collect();
        let result = constants.map(|constants| run(&constants).map(|val| constant_of(&val)));
        match result {
            Some(Err(fault)) => self.refuse(expr, fault.to_string(), function.signature()),
            Some(Ok(Some(constant))) => {
                let of = self.plain_call(function, Vec::new()).of;
                Some(CheckedExpr::new(Node::Constant(constant), of))
            }
            Some(Ok(None)) | None => Some(self.plain_call(function, args)),
        }
    }

    fn kind(&mut self, arg: &Expr) -> Option<&'static str> {
        let ExprKind::Text(name) = &arg.kind else {
            return self.refuse(arg, "the kind must be written out, in quotes", "");
        };
        let kinds = self.env.kinds;
        match kinds.get(name) {
            Some(Kind { name, .. }) => Some(*name),
            None => {
                let message = format!("there is no kind `{}`", name.escape_debug());
                self.refuse(arg, message, suggestion(name, kinds.names()).unwrap_or_default())
            }
        }
    }

    fn resources(&mut self, arg: &Expr) -> Option<CheckedExpr> {
        let name = self.kind(arg)?;
        let of = self.env.kinds.get(name).map(Type::of_kind)?;
        self.needs.populations.insert(name.to_owned());
        Some(CheckedExpr::new(Node::Population(name.into()), Type::List(Arc::new(of))))
    }

    fn lookup(&mut self, args: &[&Expr], checked: Vec<CheckedExpr>) -> Option<CheckedExpr> {
        let name = self.kind(args[0])?;
        let of = self.env.kinds.get(name).map(Type::of_kind)?;
        let Type::Object(object) = &of else { return None };
        let ExprKind::Text(fact) = &args[1].kind else {
            return self.refuse(args[1], "the fact must be written out, in quotes", "");
        };
        let Some(of_fact) = object.fields.get(fact) else {
            let help = suggestion(fact, object.fields.keys().map(String::as_str)).unwrap_or_default();
            return self.refuse(args[1], format!("{name} has no fact `{}`", fact.escape_debug()), help);
        };
        let value = checked.into_iter().nth(2)?;
        if !of_fact.is_comparable_with(&value.of) || matches!(of_fact.not_null(), Type::List(_)) {
            let message = format!("`{fact}` is {of_fact}, but {} is {}", args[2].quoted(), value.of);
            return self.refuse(args[2], message, "");
        }
        self.needs.populations.insert(name.to_owned());
        self.needs.facts.insert((name.to_owned(), fact.clone()));
        let lookup = LookupNode { kind: name.into(), fact: fact.as_str().into(), value: value.node };
        Some(CheckedExpr::new(Node::Lookup(Box::new(lookup)), of))
    }

    fn related(&mut self, args: &[&Expr], checked: Vec<CheckedExpr>) -> Option<CheckedExpr> {
        let name = self.kind(args[0])?;
        let of = self.env.kinds.get(name).map(Type::of_kind)?;
        let ExprKind::Text(path) = &args[1].kind else {
            return self.refuse(args[1], "the path must be written out, in quotes", "");
        };
        let path = match FactPath::read(path, &of) {
            Ok(path) => path,
            Err((message, help)) => return self.refuse(args[1], message, help.unwrap_or_default()),
        };
        let value = checked.into_iter().nth(2)?;
        self.needs.populations.insert(name.to_owned());
        self.need(name, path.fact());
        let related = RelatedNode { kind: name.into(), path, value: value.node };
        Some(CheckedExpr::new(Node::Related(Box::new(related)), Type::List(Arc::new(of))))
    }

    fn matches(&mut self, args: &[&Expr], checked: Vec<CheckedExpr>) -> Option<CheckedExpr> {
        let ExprKind::Text(pattern) = &args[1].kind else {
            return self.refuse(args[1], "the pattern must be written out, in quotes", "");
        };
        match regex::RegexBuilder::new(pattern).size_limit(MAX_PATTERN_SIZE).build() {
            Ok(regex) => {
                let text = checked.into_iter().next()?.node;
                Some(CheckedExpr::new(Node::Matches(Box::new(text), Box::new(regex)), Type::Bool))
            }
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.refuse(args[1], format!("the pattern is not a regular expression: {reason}"), "")
            }
        }
    }
}

fn constant_of(val: &Val) -> Option<Const> {
    Some(match val {
        Val::Bool(value) => Const::Bool(*value),
        Val::Int(value) => Const::Int(*value),
        Val::Double(value) => Const::Double(*value),
        Val::Timestamp(moment) => Const::Timestamp(*moment),
        Val::Duration(span) => Const::Duration(*span),
        other => Const::Text(other.as_text()?.into()),
    })
}
