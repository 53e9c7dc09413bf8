//! Names, fields and positions: everything that reads a fact.

use std::sync::Arc;

use super::{CheckedExpr, ConditionChecker, Leniency, MOST, suggestion};
use crate::rule::condition::node::{Definition, Node, ParamNode, PathNode, PathStep, Root, StepKind};
use crate::rule::condition::syntax::{Expr, ExprKind};
use crate::rule::inventory::IN_PHI_SCOPE;
use crate::rule::types::{ObjectType, Type};
use crate::rule::value::{Const, Expected};

/// The names that mean something in every rule.
pub(in crate::rule::condition) const NAMES: [&str; 4] = ["resource", "params", "now", "account"];

impl ConditionChecker<'_> {
    pub(super) fn name(&mut self, expr: &Expr, name: &str) -> Option<CheckedExpr> {
        if let Some(slot) = self.variables.iter().position(|variable| variable.name == name) {
            let variable = &self.variables[slot];
            let (of, key) = (variable.of.clone(), variable.key.clone());
            return Some(self.path(Root::Slot(slot), of, key));
        }
        match name {
            "resource" => Some(self.path(Root::Resource, Type::of_kind(self.env.kind), "resource".to_owned())),
            "now" => Some(CheckedExpr::new(Node::Now, Type::Timestamp)),
            "account" => Some(CheckedExpr::new(Node::Account, Type::String)),
            "params" => self.refuse(expr, "`params` is no value", "name one of them: `params.name`"),
            _ if self.env.definitions.get(name).is_some() => self.defined(expr, name),
            _ if self.env.definitions.is_to_come(name) => {
                let help = "a name of `let` may use those above it, and neither itself nor those below";
                self.refuse(expr, format!("`{name}` is not defined yet"), help)
            }
            _ => {
                let definitions = self.env.definitions.iter().map(Definition::name);
                let variables = self.variables.iter().map(|variable| variable.name.as_str());
                let help = suggestion(name, NAMES.into_iter().chain(variables).chain(definitions));
                let help = help.unwrap_or_else(|| format!("there are `{}`", NAMES.join("`, `")));
                self.refuse(expr, format!("`{}` means nothing here", name.escape_debug()), help)
            }
        }
    }

    fn defined(&mut self, expr: &Expr, name: &str) -> Option<CheckedExpr> {
        let definition = Arc::clone(self.env.definitions.get(name)?);
        self.extent.parts += definition.extent.parts;
        self.extent.depth = self.extent.depth.max(self.depth + definition.extent.depth);
        if self.extent.parts > MOST.parts || self.extent.depth > MOST.depth {
            return self.refuse(
                expr,
                "with the meanings of its names the expression is too large",
                "split the rule in two",
            );
        }
        self.needs.union(&definition.needs);
        self.needs.definitions.insert(name.to_owned());
        let key = format!("let {name}");
        let of = definition.of.clone();
        let is_guarded = of.admits_null() && self.not_null.contains(&key);
        let of = if is_guarded { of.not_null() } else { of };
        let (if_true, if_false) = (definition.if_true.clone(), definition.if_false.clone());
        let node = Node::Defined(definition);
        Some(CheckedExpr { node, of, key: Some(key), is_guarded, if_true, if_false })
    }

    fn path(&self, root: Root, of: Type, key: String) -> CheckedExpr {
        let is_guarded = of.admits_null() && self.not_null.contains(&key);
        let of = if is_guarded { of.not_null() } else { of };
        let (expected, is_nullable) = (Expected::of(&of), of.admits_null());
        let passes_null = self.leniency == Leniency::NullPasses;
        let path = PathNode { root, steps: Vec::new(), text: String::new(), expected, is_nullable, passes_null };
        CheckedExpr { key: Some(key), is_guarded, ..CheckedExpr::new(Node::Path(Box::new(path)), of) }
    }

    pub(super) fn field(&mut self, expr: &Expr, base: &Expr, field: &str) -> Option<CheckedExpr> {
        if matches!(&base.kind, ExprKind::Name(name) if name == "params") {
            return self.param(expr, field);
        }
        let checked = self.expr(base)?;
        let was_nullable = matches!(checked.of, Type::Nullable(_));
        let checked = self.guarded(base, checked)?;
        let (of, kind) = match checked.of.not_null() {
            Type::Object(object) if field == IN_PHI_SCOPE && object.kind.is_some() => {
                object.kind.iter().for_each(|kind| self.need(kind, field));
                return Some(CheckedExpr::new(Node::InPhiScope(Box::new(checked.node)), Type::Bool));
            }
            Type::Object(object) => {
                let Some(of) = object.fields.get(field) else {
                    return self.no_such_field(expr, &object, field);
                };
                if let Some(kind) = &object.kind {
                    self.need(kind, field);
                }
                (of.clone(), StepKind::Field(field.into()))
            }
            Type::Map(values) => ((*values).clone(), StepKind::Key(field.into())),
            Type::Any => (Type::Any, StepKind::Field(field.into())),
            Type::Policy => {
                let help = "ask a policy function, such as `is_public(...)`: statements mean something only together";
                return self.refuse(
                    expr,
                    format!("{} is a policy document: its parts cannot be read", base.quoted()),
                    help,
                );
            }
            Type::List(_) => {
                let help = format!("ask its elements: `.exists(x, x.{field} ...)` or `.all(x, ...)`");
                return self.refuse(expr, format!("{} is a list and has no `{field}`", base.quoted()), help);
            }
            other => return self.refuse(expr, format!("{} is {other} and has no fields", base.quoted()), ""),
        };
        let of = if was_nullable { of.nullable() } else { of };
        Some(self.extend(checked, kind, of, &format!(".{field}")))
    }

    pub(super) fn need(&mut self, kind: &str, fact: &str) {
        self.needs.facts.insert((kind.to_owned(), fact.to_owned()));
    }

    fn no_such_field<T>(&mut self, expr: &Expr, object: &ObjectType, field: &str) -> Option<T> {
        let help = suggestion(field, object.fields.keys().map(String::as_str)).unwrap_or_else(|| {
            let mut names: Vec<_> = object.fields.keys().map(|name| format!("`{name}`")).collect();
            names.truncate(12);
            format!("it has {}", names.join(", "))
        });
        let message = match &object.kind {
            Some(kind) => format!("{kind} has no fact `{field}`"),
            None => format!("`{}` has no field `{field}`", object.name),
        };
        self.refuse(expr, message, help)
    }

    fn param(&mut self, expr: &Expr, name: &str) -> Option<CheckedExpr> {
        let Some(param) = self.env.params.get(name) else {
            let known = self.env.params.keys().map(String::as_str);
            let help = suggestion(name, known).unwrap_or_else(|| "declare it under `params:`".to_owned());
            return self.refuse(expr, format!("the rule has no parameter `{name}`"), help);
        };
        let of = Type::of_param(*param);
        let param = ParamNode { name: name.into(), expected: Expected::of(&of) };
        Some(CheckedExpr::new(Node::Param(Box::new(param)), of))
    }

    /// One step further on a path, or a new path from a value that is none.
    fn extend(&self, base: CheckedExpr, kind: StepKind, of: Type, suffix: &str) -> CheckedExpr {
        let passes_null = self.leniency == Leniency::NullPasses;
        let key = base.key.map(|key| key + suffix);
        let is_guarded = of.admits_null() && key.as_ref().is_some_and(|key| self.not_null.contains(key));
        let of = if is_guarded { of.not_null() } else { of };
        let mut path = match base.node {
            Node::Path(path) => path,
            other => Box::new(PathNode {
                root: Root::Node(other),
                steps: Vec::new(),
                text: String::new(),
                expected: Expected::Any,
                is_nullable: false,
                passes_null,
            }),
        };
        path.text.push_str(if path.text.is_empty() { suffix.trim_start_matches('.') } else { suffix });
        path.steps.push(PathStep { kind, end: path.text.len() });
        path.expected = Expected::of(&of);
        path.is_nullable = of.admits_null();
        CheckedExpr { key, is_guarded, ..CheckedExpr::new(Node::Path(path), of) }
    }

    pub(super) fn index(&mut self, expr: &Expr, base: &Expr, index: &Expr) -> Option<CheckedExpr> {
        let list = self.expr(base).and_then(|list| self.guarded(base, list));
        let position = self.expr(index).and_then(|position| self.guarded(index, position));
        let (list, position) = (list?, position?);
        let constant = match &position.node {
            Node::Constant(constant) => Some(constant.clone()),
            _ => None,
        };
        let is_path = matches!(list.node, Node::Path(_));
        match (list.of.not_null(), &position.of, constant) {
            (Type::List(_), Type::Int, Some(Const::Int(at))) if at < 0 => {
                self.refuse(index, "positions count from 0", "")
            }
            (Type::List(of), Type::Int, Some(Const::Int(at))) if is_path => {
                let step = StepKind::Position(usize::try_from(at).unwrap_or(usize::MAX));
                Some(self.extend(list, step, (*of).clone(), &format!("[{at}]")))
            }
            (Type::Map(of), Type::String, Some(Const::Text(key))) if is_path => {
                Some(self.extend(list, StepKind::Key(key.clone()), (*of).clone(), &format!(".{key}")))
            }
            (Type::Object(_), Type::String, Some(Const::Text(name))) => self.field(expr, base, &name),
            (Type::List(of), Type::Int | Type::Any, _)
            | (Type::Map(of), Type::String | Type::TimestampText | Type::Any, _) => {
                let parts = Box::new((list.node, position.node));
                Some(CheckedExpr::new(Node::Index(parts), (*of).clone()))
            }
            (Type::Any, Type::Int | Type::String | Type::Any, _) => {
                Some(CheckedExpr::new(Node::Index(Box::new((list.node, position.node))), Type::Any))
            }
            (list, position, _) => {
                let message = format!("{} is {list} and has no position of type {position}", base.quoted());
                self.refuse(expr, message, "")
            }
        }
    }
}
