//! A compiled condition as text again, so that each part of it can be shown by itself.
//!
//! What is printed is what is evaluated, not what was typed: a call that was computed when the rule was loaded is its
//! result, and redundant brackets are gone. It means the same: compiling the text again gives the same condition.

use std::fmt::Write;

use super::node::{Arithmetic, Node, OrderOp, PathNode, Root};
use super::syntax::EachForm;
use crate::rule::value::Const;

/// The strength with which an expression holds together. A looser one needs brackets inside a tighter one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Conditional,
    Or,
    And,
    Relation,
    Sum,
    Product,
    Prefix,
    Whole,
}

/// The expression as text. `variables` are the names of the loops that it stands in, from the outermost.
pub(super) fn print(node: &Node, variables: &mut Vec<Box<str>>) -> String {
    let mut printer = Printer { out: String::new(), variables };
    printer.node(node, Hold::Conditional);
    printer.out
}

struct Printer<'p> {
    out: String,
    variables: &'p mut Vec<Box<str>>,
}

impl Printer<'_> {
    fn node(&mut self, node: &Node, around: Hold) {
        let is_loose = hold(node) < around;
        if is_loose {
            self.out.push('(');
        }
        self.bare(node);
        if is_loose {
            self.out.push(')');
        }
    }

    fn bare(&mut self, node: &Node) {
        match node {
            Node::Constant(constant) => self.constant(constant),
            Node::Path(path) => self.path(path),
            Node::Param(param) => self.text(&format!("params.{}", param.name)),
            Node::Now => self.text("now"),
            Node::Account => self.text("account"),
            Node::InPhiScope(owner) => self.suffixed(owner, ".InPhiScope", Hold::Whole),
            Node::Population(kind) => self.text(&format!("resources({})", quoted(kind))),
            Node::Related(related) => {
                self.text(&format!("related({}, {}, ", quoted(&related.kind), quoted(&related.path.text)));
                self.node(&related.value, Hold::Conditional);
                self.text(")");
            }
            Node::Defined(definition) => self.text(definition.name()),
            Node::Lookup(lookup) => {
                self.text(&format!("lookup({}, {}, ", quoted(&lookup.kind), quoted(&lookup.fact)));
                self.node(&lookup.value, Hold::Conditional);
                self.text(")");
            }
            Node::Not(inner) => match &**inner {
                Node::Equal(sides) => self.pair(&sides.0, " != ", &sides.1, Hold::Relation),
                Node::IsNull(operand) => self.suffixed(operand, " != null", Hold::Sum),
                other => {
                    self.text("!");
                    self.node(other, Hold::Whole);
                }
            },
            Node::And(terms) => self.joined(terms, " && ", Hold::Relation),
            Node::Or(terms) => self.joined(terms, " || ", Hold::And),
            Node::IsNull(operand) => self.suffixed(operand, " == null", Hold::Sum),
            Node::Equal(sides) => self.pair(&sides.0, " == ", &sides.1, Hold::Relation),
            Node::Order(order, sides) => {
                self.pair(&sides.0, &format!(" {} ", sign_of_order(*order)), &sides.1, Hold::Relation)
            }
            Node::In(sides) => self.pair(&sides.0, " in ", &sides.1, Hold::Relation),
            Node::Arithmetic(operation, sides) => {
                self.pair(&sides.0, &format!(" {} ", sign(*operation)), &sides.1, hold(node));
            }
            Node::Negate(operand) => {
                self.text("-");
                self.node(operand, Hold::Whole);
            }
            Node::Conditional(parts) => {
                self.node(&parts.0, Hold::Or);
                self.text(" ? ");
                self.node(&parts.1, Hold::Or);
                self.text(" : ");
                self.node(&parts.2, Hold::Or);
            }
            Node::Index(parts) => {
                self.node(&parts.0, Hold::Whole);
                self.text("[");
                self.node(&parts.1, Hold::Conditional);
                self.text("]");
            }
            Node::List(elements) => {
                self.text("[");
                self.joined(elements, ", ", Hold::Conditional);
                self.text("]");
            }
            Node::Each(form, each) => {
                self.node(&each.list, Hold::Whole);
                self.text(&format!(".{}({}, ", word(*form), each.variable));
                self.variables.truncate(each.slot);
                self.variables.push(each.variable.clone());
                self.node(&each.body, Hold::Conditional);
                self.variables.pop();
                self.text(")");
            }
            Node::Size(operand) => {
                self.text("size(");
                self.node(operand, Hold::Conditional);
                self.text(")");
            }
            Node::Matches(text, pattern) => {
                self.node(text, Hold::Whole);
                self.text(&format!(".matches({})", quoted(pattern.as_str())));
            }
            Node::Call(function, args) => {
                let (receiver, args) = if function.is_method { args.split_at(1) } else { args.split_at(0) };
                if let [receiver] = receiver {
                    self.node(receiver, Hold::Whole);
                    self.text(".");
                }
                self.text(function.name);
                self.text("(");
                self.joined(args, ", ", Hold::Conditional);
                self.text(")");
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn joined(&mut self, nodes: &[Node], between: &str, around: Hold) {
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 {
                self.text(between);
            }
            self.node(node, around);
        }
    }

    /// The right side of an operator holds tighter: `a - (b - c)`. Relations do not chain: `(a == b) == c`.
    fn pair(&mut self, left: &Node, operator: &str, right: &Node, own: Hold) {
        let tighter = match own {
            Hold::Relation => Hold::Sum,
            Hold::Sum => Hold::Product,
            _ => Hold::Prefix,
        };
        self.node(left, if own == Hold::Relation { tighter } else { own });
        self.text(operator);
        self.node(right, tighter);
    }

    fn suffixed(&mut self, operand: &Node, suffix: &str, around: Hold) {
        self.node(operand, around);
        self.text(suffix);
    }

    fn path(&mut self, path: &PathNode) {
        match &path.root {
            Root::Resource => self.text("resource"),
            Root::Slot(slot) => {
                let name = self.variables.get(*slot).cloned().unwrap_or_else(|| format!("element{slot}").into());
                self.text(&name);
            }
            Root::Node(node) => self.node(node, Hold::Whole),
        }
        if !path.text.is_empty() && !path.text.starts_with('[') {
            self.text(".");
        }
        self.text(&path.text);
    }

    fn constant(&mut self, constant: &Const) {
        match constant {
            Const::Null => self.text("null"),
            Const::Bool(value) => self.text(if *value { "true" } else { "false" }),
            Const::Int(value) => self.text(&value.to_string()),
            // With its fraction, even if that is zero: `1.0` is no `1`.
            Const::Double(value) => self.text(&format!("{value:?}")),
            Const::Text(text) => self.text(&quoted(text)),
            Const::Timestamp(moment) => self.text(&format!("timestamp({})", quoted(&moment.to_string()))),
            Const::Duration(span) => self.text(&format!("duration({})", quoted(&seconds(*span)))),
            Const::List(list) => {
                self.text("[");
                for (at, element) in list.iter().enumerate() {
                    if at > 0 {
                        self.text(", ");
                    }
                    self.constant(element);
                }
                self.text("]");
            }
        }
    }
}

fn hold(node: &Node) -> Hold {
    match node {
        Node::Conditional(_) => Hold::Conditional,
        Node::Or(_) => Hold::Or,
        Node::And(_) => Hold::And,
        Node::Not(inner) if matches!(**inner, Node::Equal(_) | Node::IsNull(_)) => Hold::Relation,
        Node::IsNull(_) | Node::Equal(_) | Node::Order(..) | Node::In(_) => Hold::Relation,
        Node::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, _) => Hold::Sum,
        Node::Arithmetic(..) => Hold::Product,
        Node::Not(_) | Node::Negate(_) => Hold::Prefix,
        Node::Constant(Const::Int(..0)) => Hold::Prefix,
        Node::Constant(Const::Double(value)) if *value < 0.0 => Hold::Prefix,
        _ => Hold::Whole,
    }
}

fn sign_of_order(order: OrderOp) -> &'static str {
    match order {
        OrderOp::Less => "<",
        OrderOp::LessOrEqual => "<=",
        OrderOp::Greater => ">",
        OrderOp::GreaterOrEqual => ">=",
    }
}

fn sign(operation: Arithmetic) -> &'static str {
    match operation {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "/",
        Arithmetic::Remainder => "%",
    }
}

/// The name of a loop's form, as it is written.
pub(super) fn word(form: EachForm) -> &'static str {
    match form {
        EachForm::All => "all",
        EachForm::Exists => "exists",
        EachForm::ExistsOne => "exists_one",
        EachForm::Filter => "filter",
        EachForm::Map => "map",
    }
}

fn seconds(span: jiff::SignedDuration) -> String {
    match span.subsec_nanos() {
        0 => format!("{}s", span.as_secs()),
        _ => format!("{}ns", span.as_nanos()),
    }
}

/// A text as CEL writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("\\'"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            other if other.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(other));
            }
            other => quoted.push(other),
        }
    }
    quoted + "'"
}
