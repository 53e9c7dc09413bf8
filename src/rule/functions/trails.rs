//! Questions about what a CloudTrail trail records, and where it writes.

use serde_json::Value;

use super::{Accepts, Function, Implementation, Parameter, Returns, not_a, text_at, wrong};
use crate::knowledge::trails::{self, Access};
use crate::rule::condition::{Fault, Val};

const SELECTORS: Parameter = Parameter { name: "selectors", accepts: &[Accepts::List] };
const ADVANCED: Parameter = Parameter { name: "advanced", accepts: &[Accepts::List] };

pub(super) static FUNCTIONS: [Function; 3] = [
    Function {
        name: "records_s3_data_events",
        is_method: false,
        parameters: &[
            SELECTORS,
            ADVANCED,
            Parameter { name: "bucket_arn", accepts: &[Accepts::Text] },
            Parameter { name: "access", accepts: &[Accepts::Text] },
        ],
        result: Returns::Bool,
        meaning: "Whether a trail with these `EventSelectors` and `AdvancedEventSelectors` records every `read` or every \
                  `write` of the bucket's objects.",
        implementation: Implementation::Pure(|args| {
            let access = text_at(args, 3)?;
            let access = Access::parse(access).ok_or_else(|| not_a("`read` or `write`", access))?;
            let (selectors, advanced) = (list_at(args, 0)?, list_at(args, 1)?);
            Ok(trails::records_s3_data_events(selectors, advanced, text_at(args, 2)?, access).into())
        }),
    },
    Function {
        name: "records_all_management_events",
        is_method: false,
        parameters: &[SELECTORS, ADVANCED],
        result: Returns::Bool,
        meaning: "Whether a trail with these `EventSelectors` and `AdvancedEventSelectors` records all management events, \
                  reads and writes, without excluding any source.",
        implementation: Implementation::Pure(|args| {
            Ok(trails::records_all_management_events(list_at(args, 0)?, list_at(args, 1)?).into())
        }),
    },
    Function {
        name: "prefix_holds_trail_logs",
        is_method: false,
        parameters: &[
            Parameter { name: "prefix", accepts: &[Accepts::Text] },
            Parameter { name: "key_prefix", accepts: &[Accepts::Text] },
            Parameter { name: "account", accepts: &[Accepts::Text] },
            Parameter { name: "is_organization_trail", accepts: &[Accepts::Bool] },
        ],
        result: Returns::Bool,
        meaning: "Whether logs or digests of the account's trail with that key prefix (empty for none) can have keys that \
                  begin with the prefix.",
        implementation: Implementation::Pure(|args| {
            let Some(Val::Bool(is_organization_trail)) = args.get(3) else {
                return Err(wrong(args.get(3), "true or false"));
            };
            let (prefix, key_prefix, account) = (text_at(args, 0)?, text_at(args, 1)?, text_at(args, 2)?);
            Ok(Val::Bool(trails::prefix_holds_trail_logs(prefix, key_prefix, account, *is_organization_trail)))
        }),
    },
];

/// A list that is a fact, as it is.
fn list_at<'v>(args: &[Val<'v>], position: usize) -> Result<&'v Value, Fault> {
    match args.get(position) {
        Some(Val::Json(list @ Value::Array(_))) => Ok(list),
        other => Err(wrong(other, "a list of facts")),
    }
}
