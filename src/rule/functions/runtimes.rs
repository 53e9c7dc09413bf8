//! Questions about the runtimes of functions.

use std::rc::Rc;

use super::{Accepts, Function, FunctionParameter, Implementation, Returns, text_at};
use crate::knowledge::runtimes::{RUNTIMES_AS_OF, runtime_deprecated_on};
use crate::rule::value::Val;

pub(super) static FUNCTIONS: [Function; 2] = [
    Function {
        name: "lambda_runtime_deprecated",
        is_method: false,
        parameters: &[FunctionParameter { name: "runtime", accepts: &[Accepts::Text] }],
        result: Returns::Text,
        meaning: "The day on which AWS deprecates a runtime of Lambda, such as `python3.12`, as a moment; an empty text for \
                  one that the table does not have. AWS tells the days on a page and by no API.",
        implementation: Implementation::Pure(|args| {
            let day = runtime_deprecated_on(text_at(args, 0)?);
            Ok(text(&day.map(|day| format!("{day}T00:00:00Z")).unwrap_or_default()))
        }),
    },
    Function {
        name: "lambda_runtimes_as_of",
        is_method: false,
        parameters: &[],
        result: Returns::Text,
        meaning: "The day on which the table behind `lambda_runtime_deprecated` was last compared with AWS's page.",
        implementation: Implementation::Pure(|_| Ok(text(RUNTIMES_AS_OF))),
    },
];

fn text<'v>(value: &str) -> Val<'v> {
    Val::NewText(Rc::from(value))
}
