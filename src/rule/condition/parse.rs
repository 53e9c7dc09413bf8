//! Text to tree. The only module that knows which library reads CEL.
//!
//! The library's parser recurses, so hostile text is measured before it gets there. Everything outside the documented
//! subset is refused here by name.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr as CelExpr, IdedExpr, LiteralValue, SourceInfo, operators};
use cel::parser::{ParseError, Parser};

use super::ConditionError;
use super::syntax::{BinaryOp, Each, EachForm, Expr, ExprKind};

/// Longest condition, in bytes. The longest one in the built-in rules is a small part of that.
const MAX_LENGTH: usize = 16 * 1024;
/// Deepest nesting of brackets.
const MAX_BRACKETS: usize = 32;
/// Most operators and dots: each can be a level of the library's recursion.
const MAX_OPERATORS: usize = 1000;
/// Deepest tree that is evaluated, chains of `&&` and `||` counting as one level.
const MAX_DEPTH: usize = 64;

/// Measures how much a condition asks of the library's stack. A level of brackets takes some 100 KB in a debug build.
#[derive(Debug)]
struct Measure {
    brackets: usize,
    operators: usize,
}

/// Up to here any thread's stack will do.
const SMALL: Measure = Measure { brackets: 6, operators: 200 };
/// Enough for the largest measure that is let through.
const LARGE_STACK: usize = 32 << 20;

/// Reads a condition.
pub(super) fn parse(source: &str) -> Result<Expr, Vec<ConditionError>> {
    let measure = measure(source).map_err(|error| vec![error])?;
    if measure.brackets <= SMALL.brackets && measure.operators <= SMALL.operators {
        return parse_here(source);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(LARGE_STACK);
        let parsed = thread.spawn_scoped(scope, || parse_here(source)).map(|thread| thread.join());
        parsed.ok().and_then(Result::ok).unwrap_or_else(|| {
            let message = "there is not enough memory to read a condition as deep as this".to_owned();
            Err(vec![ConditionError { offset: 0, message, help: None }])
        })
    })
}

fn parse_here(source: &str) -> Result<Expr, Vec<ConditionError>> {
    let parser = Parser::new().max_recursion_depth(2 * MAX_BRACKETS as u16).error_recovery_limit(4);
    let (tree, info) = parser.parse_with_source_info(source).map_err(|errors| in_our_words(source, &errors.errors))?;
    let mut reader = TreeReader { source, info: &info, errors: Vec::new() };
    let expr = reader.expr(&tree, 0);
    match expr {
        Some(expr) if reader.errors.is_empty() => Ok(expr),
        _ => Err(reader.errors),
    }
}

/// Refuses text that is too long or too deep to be given to a recursive parser, and text with unbalanced brackets.
fn measure(source: &str) -> Result<Measure, ConditionError> {
    let refuse = |offset, message: String| Err(ConditionError { offset, message, help: None });
    if source.trim().is_empty() {
        return refuse(0, "the condition is empty".to_owned());
    }
    if source.len() > MAX_LENGTH {
        return refuse(MAX_LENGTH, format!("the condition is longer than {MAX_LENGTH} bytes"));
    }
    let (mut open, mut brackets, mut operators) = (Vec::new(), 0, 0);
    for (offset, token) in significant(source) {
        match token {
            '(' | '[' | '{' => open.push((offset, token)),
            ')' | ']' | '}' => match open.pop() {
                Some((_, start)) if closes(start) == token => {}
                _ => return refuse(offset, format!("`{token}` closes nothing")),
            },
            '\'' | '"' => return refuse(offset, "this text has no end".to_owned()),
            _ => operators += 1,
        }
        brackets = brackets.max(open.len());
        if open.len() > MAX_BRACKETS {
            return refuse(offset, format!("brackets are nested deeper than {MAX_BRACKETS} levels"));
        }
        if operators > MAX_OPERATORS {
            return refuse(offset, format!("the condition has more than {MAX_OPERATORS} operators"));
        }
    }
    match open.last() {
        Some((offset, token)) => refuse(*offset, format!("`{token}` is never closed")),
        None => Ok(Measure { brackets, operators }),
    }
}

fn closes(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

/// The brackets, operators and dots outside texts and comments, with a quote where a text never ends.
fn significant(source: &str) -> impl Iterator<Item = (usize, char)> {
    let mut rest = source;
    std::iter::from_fn(move || {
        while let Some(next) = rest.chars().next() {
            let offset = source.len() - rest.len();
            match next {
                '\'' | '"' => {
                    let is_raw = source[..offset].ends_with(['r', 'R']);
                    match after_text(rest, next, is_raw) {
                        Some(after) => rest = after,
                        None => {
                            rest = "";
                            return Some((offset, next));
                        }
                    }
                }
                '/' if rest.starts_with("//") => rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]),
                _ => {
                    rest = &rest[next.len_utf8()..];
                    if "()[]{}.,?:+-*/%<>=!&|".contains(next) {
                        return Some((offset, next));
                    }
                }
            }
        }
        None
    })
}

/// The rest behind the text that `rest` begins with.
fn after_text(rest: &str, quote: char, is_raw: bool) -> Option<&str> {
    let triple = quote.to_string().repeat(3);
    let is_triple = rest.starts_with(&triple);
    let end = if is_triple { triple.as_str() } else { &triple[..1] };
    let mut at = end.len();
    loop {
        let tail = rest.get(at..)?;
        if let Some(after) = tail.strip_prefix(end) {
            return Some(after);
        }
        let next = tail.chars().next()?;
        at += next.len_utf8();
        if next == '\\' && !is_raw {
            at += tail[1..].chars().next()?.len_utf8();
        } else if !is_triple && matches!(next, '\n' | '\r') {
            return None;
        }
    }
}

/// The library's errors without its grammar.
fn in_our_words(source: &str, errors: &[ParseError]) -> Vec<ConditionError> {
    let in_words = |error: &ParseError| {
        let offset = offset_of(source, error.pos);
        let text = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
        let text = text.split(" expecting ").next().unwrap_or(text);
        let found = text.split_once('\'').and_then(|(_, found)| found.rsplit_once('\'')).map(|(found, _)| found);
        let message = match found {
            _ if error.msg.contains("Recursion limit") => "this is nested too deeply".to_owned(),
            Some("<EOF>") => "the condition ends too early".to_owned(),
            Some(found) => format!("`{}` cannot stand here", found.escape_debug()),
            None => text.to_owned(),
        };
        ConditionError { offset, message, help: help_for(&source[offset..]) }
    };
    let mut found: Vec<ConditionError> = errors.iter().take(1).map(in_words).collect();
    if found.is_empty() {
        found.push(ConditionError { offset: 0, message: "this is not an expression".to_owned(), help: None });
    }
    found
}

/// Help for people who write the words of other languages.
fn help_for(rest: &str) -> Option<String> {
    let is_word = |word: &str| rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    let help = match () {
        () if is_word("and") => "write `&&`",
        () if is_word("or") => "write `||`",
        () if is_word("not") => "write `!`",
        () if rest.starts_with('=') => "write `==` to compare",
        () => return None,
    };
    Some(help.to_owned())
}

/// The library counts lines and columns from 1, columns in characters.
fn offset_of(source: &str, (line, column): (isize, isize)) -> usize {
    let skip = usize::try_from(line - 1).unwrap_or(0);
    let start: usize = source.split_inclusive('\n').take(skip).map(str::len).sum();
    let column = usize::try_from(column - 1).unwrap_or(0);
    source[start..].char_indices().nth(column).map_or(source.len(), |(at, _)| start + at)
}

struct TreeReader<'s> {
    source: &'s str,
    info: &'s SourceInfo,
    errors: Vec<ConditionError>,
}

impl TreeReader<'_> {
    fn expr(&mut self, tree: &IdedExpr, depth: usize) -> Option<Expr> {
        let offset = self.offset(tree);
        if depth > MAX_DEPTH {
            return self.refuse(offset, "this is nested too deeply", "split the rule in two");
        }
        let kind = match &tree.expr {
            CelExpr::Literal(literal) => self.literal(offset, literal)?,
            CelExpr::Ident(name) => ExprKind::Name(name.strip_prefix('.').unwrap_or(name).to_owned()),
            CelExpr::List(list) => ExprKind::List(self.all(&list.elements, depth)?),
            CelExpr::Select(select) if select.test => {
                let help = "compare with null instead: a fact that was not read must stay unknown, and `has` would make it false";
                return self.refuse(offset, "`has()` is not part of the rule language", help);
            }
            CelExpr::Select(select) => {
                let base = self.expr(&select.operand, depth + 1)?;
                let offset = self.start_of_field(offset, &select.field);
                return Some(Expr { offset, kind: ExprKind::Field(Box::new(base), select.field.clone()) });
            }
            CelExpr::Call(call) => return self.call(offset, call, depth),
            CelExpr::Comprehension(each) => return self.each(offset, each, depth),
            CelExpr::Map(_) => return self.refuse(offset, "map literals are not part of the rule language", ""),
            CelExpr::Struct(_) => return self.refuse(offset, "messages are not part of the rule language", ""),
            CelExpr::Unspecified => return self.refuse(offset, "an expression is missing here", ""),
        };
        Some(Expr { offset, kind })
    }

    fn literal(&mut self, offset: usize, literal: &LiteralValue) -> Option<ExprKind> {
        Some(match literal {
            LiteralValue::Null => ExprKind::Null,
            LiteralValue::Boolean(value) => ExprKind::Bool(*value.inner()),
            LiteralValue::Int(value) => ExprKind::Int(*value.inner()),
            LiteralValue::Double(value) => ExprKind::Double(*value.inner()),
            LiteralValue::String(value) => ExprKind::Text(value.inner().to_owned()),
            LiteralValue::UInt(_) => {
                return self.refuse(offset, "unsigned numbers are not part of the rule language", "leave out the `u`");
            }
            LiteralValue::Bytes(_) => {
                return self.refuse(
                    offset,
                    "bytes are not part of the rule language",
                    "write a text: leave out the `b`",
                );
            }
        })
    }

    /// Every element is read even when one is refused, so that all errors come at once.
    fn all(&mut self, trees: &[IdedExpr], depth: usize) -> Option<Vec<Expr>> {
        let read: Vec<_> = trees.iter().map(|tree| self.expr(tree, depth + 1)).collect();
        read.into_iter().collect()
    }

    fn call(&mut self, offset: usize, call: &CallExpr, depth: usize) -> Option<Expr> {
        let name = call.func_name.as_str();
        if matches!(name, operators::LOGICAL_AND | operators::LOGICAL_OR) && call.target.is_none() {
            let terms = self.terms(name, &call.args, depth)?;
            let kind = if name == operators::LOGICAL_AND { ExprKind::And(terms) } else { ExprKind::Or(terms) };
            return Some(Expr { offset, kind });
        }
        let receiver = match &call.target {
            Some(target) => Some(Box::new(self.expr(target, depth + 1)?)),
            None => None,
        };
        let args = self.all(&call.args, depth)?;
        let (name, args) = match (receiver.is_none(), operation(name, args)) {
            (true, Ok(kind)) => return Some(Expr { offset, kind }),
            (_, Ok(_)) => return self.refuse(offset, "an operator cannot be called", ""),
            (_, Err(args)) => (name.strip_prefix('.').unwrap_or(name).to_owned(), args),
        };
        let offset = self.start_of_name(offset, &name);
        if let "all" | "exists" | "exists_one" | "existsOne" | "filter" | "map" = name.as_str() {
            let message = format!("`{name}` needs a list before it, and a name and an expression in its brackets");
            return self.refuse(offset, &message, &format!("write `list.{name}(x, ...)`"));
        }
        Some(Expr { offset, kind: ExprKind::Call { name, receiver, args } })
    }

    /// The terms of a chain in the order in which they are written: the library makes a balanced tree of them.
    fn terms(&mut self, operator: &str, args: &[IdedExpr], depth: usize) -> Option<Vec<Expr>> {
        let mut terms = Some(Vec::new());
        for arg in args {
            let more = match &arg.expr {
                CelExpr::Call(call) if call.func_name == operator && call.target.is_none() => {
                    self.terms(operator, &call.args, depth)
                }
                _ => self.expr(arg, depth + 1).map(|term| vec![term]),
            };
            terms = terms.zip(more).map(|(mut terms, more)| {
                terms.extend(more);
                terms
            });
        }
        terms
    }

    /// Recognizes what the library's macros expand to. Their accumulator's name cannot be written in a condition.
    fn each(&mut self, offset: usize, each: &ComprehensionExpr, depth: usize) -> Option<Expr> {
        let Some((form, body, condition)) = form_of(each) else {
            return self.refuse(offset, "this macro is not part of the rule language", "");
        };
        let list = self.expr(&each.iter_range, depth + 1);
        let condition = match condition {
            Some(condition) => Some(self.expr(condition, depth + 1)?),
            None => None,
        };
        let body = self.expr(body, depth + 1);
        let (mut list, body, variable) = (list?, body?, each.iter_var.clone());
        let loop_over =
            |form, list, body| ExprKind::Each(Box::new(Each { form, list, variable: variable.clone(), body }));
        if let Some(condition) = condition {
            if form == EachForm::Map && body.kind == ExprKind::Name(variable.clone()) {
                return Some(Expr { offset, kind: loop_over(EachForm::Filter, list, condition) });
            }
            list = Expr { offset, kind: loop_over(EachForm::Filter, list, condition) };
        }
        Some(Expr { offset, kind: loop_over(form, list, body) })
    }

    fn refuse<T>(&mut self, offset: usize, message: &str, help: &str) -> Option<T> {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.errors.push(ConditionError { offset, message: message.to_owned(), help });
        None
    }

    fn offset(&self, tree: &IdedExpr) -> usize {
        let offset = self.info.offset_for(tree.id).map_or(0, |(start, _)| start as usize);
        if self.source.is_char_boundary(offset) { offset } else { 0 }
    }

    /// The library gives the dot's place.
    fn start_of_field(&self, dot: usize, field: &str) -> usize {
        self.source[dot..].find(field).map_or(dot, |at| dot + at)
    }

    /// The library gives the opening bracket's place.
    fn start_of_name(&self, bracket: usize, name: &str) -> usize {
        self.source[..bracket].rfind(name).unwrap_or(bracket)
    }
}

/// The operation that the library writes as a call, or the arguments back if it is a real call.
fn operation(name: &str, args: Vec<Expr>) -> Result<ExprKind, Vec<Expr>> {
    if let ("!_" | "-_", [_]) = (name, args.as_slice()) {
        let operand = args.into_iter().map(Box::new).next().ok_or_else(Vec::new)?;
        return Ok(if name == operators::LOGICAL_NOT { ExprKind::Not(operand) } else { ExprKind::Negate(operand) });
    }
    if name == operators::CONDITIONAL {
        let [condition, yes, no] = <[Expr; 3]>::try_from(args)?.map(Box::new);
        return Ok(ExprKind::Conditional(condition, yes, no));
    }
    let binary = match name {
        operators::EQUALS => BinaryOp::Equal,
        operators::NOT_EQUALS => BinaryOp::NotEqual,
        operators::LESS => BinaryOp::Less,
        operators::LESS_EQUALS => BinaryOp::LessOrEqual,
        operators::GREATER => BinaryOp::Greater,
        operators::GREATER_EQUALS => BinaryOp::GreaterOrEqual,
        operators::IN => BinaryOp::In,
        operators::ADD => BinaryOp::Add,
        operators::SUBSTRACT => BinaryOp::Subtract,
        operators::MULTIPLY => BinaryOp::Multiply,
        operators::DIVIDE => BinaryOp::Divide,
        operators::MODULO => BinaryOp::Remainder,
        operators::INDEX => {
            let [list, index] = <[Expr; 2]>::try_from(args)?.map(Box::new);
            return Ok(ExprKind::Index(list, index));
        }
        _ => return Err(args),
    };
    let [left, right] = <[Expr; 2]>::try_from(args)?.map(Box::new);
    Ok(ExprKind::Binary(binary, left, right))
}

/// Form, body, and the condition under which an element takes part.
fn form_of(each: &ComprehensionExpr) -> Option<(EachForm, &IdedExpr, Option<&IdedExpr>)> {
    let CelExpr::Call(step) = &each.loop_step.expr else { return None };
    let name = step.func_name.as_str();
    match (&each.accu_init.expr, name, step.args.as_slice()) {
        (CelExpr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND, [_, body]) => {
            Some((EachForm::All, body, None))
        }
        (CelExpr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR, [_, body]) => {
            Some((EachForm::Exists, body, None))
        }
        (CelExpr::Literal(LiteralValue::Int(_)), operators::CONDITIONAL, [body, _, _]) => {
            Some((EachForm::ExistsOne, body, None))
        }
        (CelExpr::List(_), operators::CONDITIONAL, [condition, add, _]) => {
            Some((EachForm::Map, added(&add.expr)?, Some(condition)))
        }
        (CelExpr::List(_), ..) => Some((EachForm::Map, added(&each.loop_step.expr)?, None)),
        _ => None,
    }
}

fn added(step: &CelExpr) -> Option<&IdedExpr> {
    let CelExpr::Call(CallExpr { args, .. }) = step else { return None };
    let CelExpr::List(list) = &args.get(1)?.expr else { return None };
    list.elements.first()
}
