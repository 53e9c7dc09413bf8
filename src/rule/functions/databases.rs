//! Questions about the settings of databases.

use std::rc::Rc;

use serde_json::Value;

use super::{Accepts, Function, FunctionParameter, Implementation, Returns, not_a, text_at, wrong};
use crate::rule::databases;
use crate::rule::fault::EvaluationFault;
use crate::rule::value::Val;

const PARAMETERS: FunctionParameter = FunctionParameter { name: "parameters", accepts: &[Accepts::List] };
const NAME: FunctionParameter = FunctionParameter { name: "name", accepts: &[Accepts::Text] };

pub(super) static FUNCTIONS: [Function; 5] = [
    Function {
        name: "parameter_value",
        is_method: false,
        parameters: &[PARAMETERS, NAME],
        result: Returns::Text,
        meaning: "The value of that parameter in the `Parameters` of a group of RDS; an empty text if nobody set it or if \
                  it is not in the list.",
        implementation: Implementation::Pure(|args| {
            Ok(new_text(databases::parameter_value(list_at(args, 0)?, text_at(args, 1)?)))
        }),
    },
    Function {
        name: "parameter_in_force",
        is_method: false,
        parameters: &[PARAMETERS, NAME, FunctionParameter { name: "status", accepts: &[Accepts::TextOrNull] }],
        result: Returns::Bool,
        meaning: "Whether the value that the parameter has in the group is in force in a database where the group has that \
                  status. It is if the status is `in-sync`; otherwise it is not to be told, because the status is that of \
                  the whole group, and the finding says why.",
        implementation: Implementation::Asks(|args| {
            let status = args.get(2).and_then(Val::as_text);
            Ok(databases::in_force(list_at(args, 0)?, text_at(args, 1)?, status))
        }),
    },
    Function {
        name: "option_setting",
        is_method: false,
        parameters: &[FunctionParameter { name: "settings", accepts: &[Accepts::List] }, NAME],
        result: Returns::Text,
        meaning: "The value of that setting in the `OptionSettings` of an option of RDS; an empty text if it has none.",
        implementation: Implementation::Pure(|args| {
            Ok(new_text(databases::option_setting(list_at(args, 0)?, text_at(args, 1)?)))
        }),
    },
    Function {
        name: "pgaudit_records",
        is_method: false,
        parameters: &[
            FunctionParameter { name: "setting", accepts: &[Accepts::Text] },
            FunctionParameter { name: "class", accepts: &[Accepts::Text] },
        ],
        result: Returns::Bool,
        meaning: "Whether `pgaudit.log` with that value records the statements of a class, such as `read` or `write`. The \
                  list is read from left to right, and a minus sign takes a class away.",
        implementation: Implementation::Pure(|args| {
            Ok(Val::Bool(databases::pgaudit_records(text_at(args, 0)?, text_at(args, 1)?)))
        }),
    },
    Function {
        name: "version_at_least",
        is_method: false,
        parameters: &[
            FunctionParameter { name: "version", accepts: &[Accepts::Text] },
            FunctionParameter { name: "minimum", accepts: &[Accepts::Text] },
        ],
        result: Returns::Bool,
        meaning: "Whether a version, such as `8.4.3`, is that one or a later one. Compared are the numbers before the first \
                  part that is none.",
        implementation: Implementation::Pure(|args| {
            let (version, minimum) = (text_at(args, 0)?, text_at(args, 1)?);
            let answer = databases::version_at_least(version, minimum);
            answer.map(Val::Bool).ok_or_else(|| not_a("a version that begins with a number", version))
        }),
    },
];

fn new_text<'v>(text: &str) -> Val<'v> {
    Val::NewText(Rc::from(text))
}

/// A list that is a fact, as it is.
fn list_at<'v>(args: &[Val<'v>], position: usize) -> Result<&'v Value, EvaluationFault> {
    match args.get(position) {
        Some(Val::Json(list @ Value::Array(_))) => Ok(list),
        other => Err(wrong(other, "a list of facts")),
    }
}
