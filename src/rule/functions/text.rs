//! Functions on texts, and conversions between texts and numbers.

use std::rc::Rc;

use super::{Accepts, Function, FunctionParameter, Implementation, Returns, not_a, text_at, wrong};
use crate::rule::fault::{EvaluationError, EvaluationFault};
use crate::rule::value::{ComputedList, ListItem, Val};

const TEXT: FunctionParameter = FunctionParameter { name: "text", accepts: &[Accepts::Text] };
const PATTERN: FunctionParameter = FunctionParameter { name: "pattern", accepts: &[Accepts::Pattern] };
const MATCHES_MEANING: &str = "Whether some part of the text matches the regular expression; anchor it with `^` and `$` \
                               to match all of it.";

pub(super) static FUNCTIONS: [Function; 10] = [
    Function {
        name: "contains",
        is_method: true,
        parameters: &[TEXT, FunctionParameter { name: "part", accepts: &[Accepts::Text] }],
        result: Returns::Bool,
        meaning: "Whether the text has that part.",
        implementation: Implementation::Pure(|args| Ok(Val::Bool(text_at(args, 0)?.contains(text_at(args, 1)?)))),
    },
    Function {
        name: "startsWith",
        is_method: true,
        parameters: &[TEXT, FunctionParameter { name: "start", accepts: &[Accepts::Text] }],
        result: Returns::Bool,
        meaning: "Whether the text starts so.",
        implementation: Implementation::Pure(|args| Ok(Val::Bool(text_at(args, 0)?.starts_with(text_at(args, 1)?)))),
    },
    Function {
        name: "endsWith",
        is_method: true,
        parameters: &[TEXT, FunctionParameter { name: "end", accepts: &[Accepts::Text] }],
        result: Returns::Bool,
        meaning: "Whether the text ends so.",
        implementation: Implementation::Pure(|args| Ok(Val::Bool(text_at(args, 0)?.ends_with(text_at(args, 1)?)))),
    },
    Function {
        name: "matches",
        is_method: true,
        parameters: &[TEXT, PATTERN],
        result: Returns::Bool,
        meaning: MATCHES_MEANING,
        implementation: Implementation::Special,
    },
    Function {
        name: "matches",
        is_method: false,
        parameters: &[TEXT, PATTERN],
        result: Returns::Bool,
        meaning: MATCHES_MEANING,
        implementation: Implementation::Special,
    },
    Function {
        name: "split",
        is_method: true,
        parameters: &[TEXT, FunctionParameter { name: "separator", accepts: &[Accepts::Text] }],
        result: Returns::Texts,
        meaning: "The parts of the text between the separators; the whole text if it has none.",
        implementation: Implementation::Pure(split),
    },
    Function {
        name: "lowerAscii",
        is_method: true,
        parameters: &[TEXT],
        result: Returns::Text,
        meaning: "The text with A to Z made small.",
        implementation: Implementation::Pure(|args| Ok(Val::NewText(Rc::from(text_at(args, 0)?.to_ascii_lowercase())))),
    },
    Function {
        name: "int",
        is_method: false,
        parameters: &[FunctionParameter { name: "value", accepts: &[Accepts::Int, Accepts::Double, Accepts::Text] }],
        result: Returns::Int,
        meaning: "A whole number from a text, or from a number by leaving out its fraction.",
        implementation: Implementation::Pure(to_int),
    },
    Function {
        name: "double",
        is_method: false,
        parameters: &[FunctionParameter { name: "value", accepts: &[Accepts::Int, Accepts::Double, Accepts::Text] }],
        result: Returns::Double,
        meaning: "A number with a fraction from a text or a whole number.",
        implementation: Implementation::Pure(to_double),
    },
    Function {
        name: "string",
        is_method: false,
        parameters: &[FunctionParameter {
            name: "value",
            accepts: &[Accepts::Bool, Accepts::Int, Accepts::Double, Accepts::Text],
        }],
        result: Returns::Text,
        meaning: "The value as a text.",
        implementation: Implementation::Pure(to_text),
    },
];

fn split<'v>(args: &[Val<'v>]) -> Result<Val<'v>, EvaluationFault> {
    let (text, separator) = (text_at(args, 0)?, text_at(args, 1)?);
    let parts = text.split(separator).map(|part| ListItem { val: Val::NewText(Rc::from(part)), is_maybe: false });
    Ok(Val::Items(Rc::new(ComputedList { items: parts.collect(), ..ComputedList::default() })))
}

fn to_int<'v>(args: &[Val<'v>]) -> Result<Val<'v>, EvaluationFault> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match args {
        [Val::Int(value)] => Ok(Val::Int(*value)),
        [Val::Double(value)] if *value > -LIMIT && *value < LIMIT => Ok(Val::Int(*value as i64)),
        [Val::Double(_)] => Err(Box::new(EvaluationError::Arithmetic("the number is too large for a whole number"))),
        _ => {
            let text = text_at(args, 0)?;
            text.parse().map(Val::Int).map_err(|_| not_a("a whole number", text))
        }
    }
}

fn to_double<'v>(args: &[Val<'v>]) -> Result<Val<'v>, EvaluationFault> {
    match args {
        [Val::Int(value)] => Ok(Val::Double(*value as f64)),
        [Val::Double(value)] => Ok(Val::Double(*value)),
        _ => {
            let text = text_at(args, 0)?;
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            number.map(Val::Double).ok_or_else(|| not_a("a number", text))
        }
    }
}

fn to_text<'v>(args: &[Val<'v>]) -> Result<Val<'v>, EvaluationFault> {
    let text = match args {
        [Val::Bool(value)] => value.to_string(),
        [Val::Int(value)] => value.to_string(),
        [Val::Double(value)] => value.to_string(),
        [value @ (Val::Text(_) | Val::NewText(_))] => return Ok(value.clone()),
        _ => return Err(wrong(args.first(), "a text, a number or a bool")),
    };
    Ok(Val::NewText(Rc::from(text)))
}
