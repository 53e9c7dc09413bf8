//! The compiled form of a condition: checked, with everything prepared that does not depend on the resource.

use std::sync::Arc;

use regex::Regex;

use super::Needs;
use super::syntax::EachForm;
use crate::rule::fact_path::FactPath;
use crate::rule::functions::Function;
use crate::rule::types::Type;
use crate::rule::value::{Const, Expected};

/// The most loops that may stand inside each other.
pub(super) const MAX_LOOPS: usize = 6;

/// A sub-expression that has a name in its rule.
#[derive(Debug)]
pub struct Definition {
    pub(super) name: Box<str>,
    pub(super) source: String,
    pub(super) node: Node,
    pub(super) of: Type,
    pub(super) needs: Needs,
    /// Its size, those of the names that it uses included.
    pub(super) extent: Extent,
    /// Paths that are not null if it is true, and if it is false.
    pub(super) if_true: Vec<String>,
    pub(super) if_false: Vec<String>,
}

impl Definition {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// How large an expression is where every name stands for its meaning.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extent {
    pub parts: usize,
    pub depth: usize,
}

#[derive(Debug)]
pub(super) enum Node {
    Constant(Const),
    Path(Box<PathNode>),
    Param(Box<ParamNode>),
    Now,
    Account,
    /// The question whether the resource that the expression gives holds PHI.
    InPhiScope(Box<Node>),
    /// All resources of a kind.
    Population(Box<str>),
    Related(Box<RelatedNode>),
    Lookup(Box<LookupNode>),
    /// A name that the rule defines.
    Defined(Arc<Definition>),
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    IsNull(Box<Node>),
    Equal(Box<(Node, Node)>),
    Order(OrderOp, Box<(Node, Node)>),
    /// Is the left one an element of the right one, or a key of it?
    In(Box<(Node, Node)>),
    Arithmetic(Arithmetic, Box<(Node, Node)>),
    Negate(Box<Node>),
    Conditional(Box<(Node, Node, Node)>),
    Index(Box<(Node, Node)>),
    List(Box<[Node]>),
    Each(EachForm, Box<Loop>),
    Size(Box<Node>),
    Matches(Box<Node>, Box<Regex>),
    Call(&'static Function, Box<[Node]>),
}

impl Node {
    /// The expressions that this one is made of, as they are written. What a name stands for is none of them.
    pub fn parts(&self) -> Vec<&Node> {
        match self {
            Self::Each(_, each) => vec![&each.list, &each.body],
            Self::And(terms) | Self::Or(terms) | Self::List(terms) | Self::Call(_, terms) => terms.iter().collect(),
            Self::Equal(sides) | Self::In(sides) | Self::Order(_, sides) => vec![&sides.0, &sides.1],
            Self::Arithmetic(_, sides) | Self::Index(sides) => vec![&sides.0, &sides.1],
            Self::Conditional(parts) => vec![&parts.0, &parts.1, &parts.2],
            Self::Not(inner) | Self::IsNull(inner) | Self::Negate(inner) | Self::Size(inner) => vec![&**inner],
            Self::InPhiScope(inner) | Self::Matches(inner, _) => vec![&**inner],
            Self::Lookup(lookup) => vec![&lookup.value],
            Self::Related(related) => vec![&related.value],
            Self::Path(path) => match &path.root {
                Root::Node(inner) => vec![inner],
                Root::Resource | Root::Slot(_) => Vec::new(),
            },
            Self::Constant(_) | Self::Param(_) | Self::Now | Self::Account => Vec::new(),
            Self::Population(_) | Self::Defined(_) => Vec::new(),
        }
    }
}

/// A chain of fields, keys and fixed positions from something.
#[derive(Debug)]
pub(super) struct PathNode {
    pub root: Root,
    pub steps: Vec<PathStep>,
    /// The steps as evidence shows them: `Rules[0].Status`.
    pub text: String,
    /// The JSON that the schema declares at the end.
    pub expected: Expected,
    /// True if the schema says that it may be null.
    pub is_nullable: bool,
    /// True if a null on the way makes the whole null. This is so in messages, where nothing can guard it.
    pub passes_null: bool,
}

#[derive(Debug)]
pub(super) enum Root {
    /// The judged resource.
    Resource,
    /// A loop's variable.
    Slot(usize),
    Node(Node),
}

#[derive(Debug)]
pub(super) struct PathStep {
    pub kind: StepKind,
    /// The offset in the path's text at which this step ends.
    pub end: usize,
}

#[derive(Debug)]
pub(super) enum StepKind {
    /// A fact, or a part of one: absent means unread.
    Field(Box<str>),
    /// A key of a map: absent means that there is none.
    Key(Box<str>),
    Position(usize),
}

#[derive(Debug)]
pub(super) struct ParamNode {
    pub name: Box<str>,
    pub expected: Expected,
}

#[derive(Debug)]
pub(super) struct RelatedNode {
    pub kind: Box<str>,
    pub path: FactPath,
    /// A text, or a list of texts of which one is enough.
    pub value: Node,
}

#[derive(Debug)]
pub(super) struct LookupNode {
    pub kind: Box<str>,
    pub fact: Box<str>,
    pub value: Node,
}

#[derive(Debug)]
pub(super) struct Loop {
    pub list: Node,
    pub slot: usize,
    /// The variable's name, as it is written.
    pub variable: Box<str>,
    pub body: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderOp {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
