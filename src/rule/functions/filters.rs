//! Questions about what metric filters match, and about alarms on their metrics.

use std::cell::RefCell;

use super::{Accepts, Function, FunctionParameter, Implementation, LookResult, Returns, not_a, text_at, wrong};
use crate::knowledge::filters::{self, ALARM, EventClass, FILTER};
use crate::model::Truth;
use crate::rule::fault::EvaluationFault;
use crate::rule::value::Val;

const PATTERN: FunctionParameter = FunctionParameter { name: "pattern", accepts: &[Accepts::Text] };
const EVENT: FunctionParameter = FunctionParameter { name: "event", accepts: &[Accepts::Text] };

pub(super) static FUNCTIONS: [Function; 3] = [
    Function {
        name: "matches_events",
        is_method: false,
        parameters: &[PATTERN, EVENT],
        result: Returns::Bool,
        meaning: "Whether a filter pattern of CloudWatch Logs matches every CloudTrail event of that sort, which is a \
                  service and a call of it (`iam:PutUserPolicy`), `root:api-call`, `root:sign-in`, \
                  `sign-in:failure-of-iam-user`, `sign-in:failure-of-root-user`, `sign-in:iam-user-without-mfa` or `denied:` and \
                  an error code. It must not match an everyday event besides. Unknown for a pattern that is not understood.",
        implementation: Implementation::Looks(|args, _| serves(args, class_at(args, 1)?)),
    },
    Function {
        name: "matches_object_reads",
        is_method: false,
        parameters: &[PATTERN, FunctionParameter { name: "bucket", accepts: &[Accepts::Text] }],
        result: Returns::Bool,
        meaning: "Whether a filter pattern of CloudWatch Logs matches every CloudTrail event of a read of an object (`GetObject`) \
                  in the bucket, given by its name, and no everyday event.",
        implementation: Implementation::Looks(|args, _| {
            let reads = EventClass::named("s3:GetObject").ok_or_else(|| not_a("a sort of event", "s3:GetObject"))?;
            serves(args, reads.in_bucket(text_at(args, 1)?))
        }),
    },
    Function {
        name: "alarm_faults",
        is_method: false,
        parameters: &[
            FunctionParameter { name: "filter", accepts: &[Accepts::Resource(&[FILTER])] },
            FunctionParameter { name: "alarm", accepts: &[Accepts::Resource(&[ALARM])] },
            FunctionParameter { name: "events", accepts: &[Accepts::Int] },
        ],
        result: Returns::Text,
        meaning: "What keeps the alarm on the metric of the filter from acting when that many events matched within one \
                  period, in words that follow its name; an empty text if nothing does.",
        implementation: Implementation::Looks(|args, look| {
            let [Val::Resource(filter), Val::Resource(alarm), Val::Int(events)] = args else {
                return Err(wrong(args.first(), "a metric filter, an alarm and a number"));
            };
            let look = RefCell::new(look);
            let mut of_filter = |name| look.borrow_mut().fact(filter, name);
            let mut of_alarm = |name| look.borrow_mut().fact(alarm, name);
            let faults = filters::alarm_faults(&mut of_filter, &mut of_alarm, *events);
            let val = faults.map_or(Val::Unknown, |faults| Val::NewText(faults.into()));
            Ok(LookResult { val, doubts: Vec::new() })
        }),
    },
];

fn class_at(args: &[Val<'_>], position: usize) -> Result<EventClass, EvaluationFault> {
    let name = text_at(args, position)?;
    EventClass::named(name).ok_or_else(|| not_a("a sort of event, such as `iam:PutUserPolicy`", name))
}

fn serves<'v>(args: &[Val<'v>], class: EventClass) -> Result<LookResult<'v>, EvaluationFault> {
    let pattern = text_at(args, 0)?;
    let truth = filters::serves(pattern, &class);
    let doubts = match truth {
        Truth::Unknown => vec![format!("what the pattern {pattern} matches was not decided")],
        _ => Vec::new(),
    };
    Ok(LookResult { val: truth.into(), doubts })
}
