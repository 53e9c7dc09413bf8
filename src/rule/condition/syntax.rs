//! The documented subset of CEL as a tree: what the parser hands to the checker.

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    /// Byte offset into the source: of the operator for an operation, of the name for a field or a call.
    pub offset: usize,
    pub kind: ExprKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    List(Vec<Expr>),
    Name(String),
    Field(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    Call { name: String, receiver: Option<Box<Expr>>, args: Vec<Expr> },
    Each(Box<Each>),
}

/// `list.all(variable, body)` and its siblings.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Each {
    pub form: EachForm,
    pub list: Expr,
    pub variable: String,
    pub body: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EachForm {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BinaryOp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl BinaryOp {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

impl Expr {
    /// Gives the words by which an error message quotes it: the path as it is written, or "this expression".
    pub fn quoted(&self) -> String {
        self.path().map_or_else(|| "this expression".to_owned(), |path| format!("`{path}`"))
    }

    fn path(&self) -> Option<String> {
        match &self.kind {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Field(base, field) => Some(format!("{}.{field}", base.path()?)),
            ExprKind::Index(base, index) => match &index.kind {
                ExprKind::Int(position) => Some(format!("{}[{position}]", base.path()?)),
                ExprKind::Text(key) => Some(format!("{}['{key}']", base.path()?)),
                _ => None,
            },
            _ => None,
        }
    }
}
