//! Questions about what a CloudTrail trail or event data store records, and where it writes.

use std::cell::RefCell;

use serde_json::Value;

use super::{Accepts, Function, FunctionParameter, Implementation, Look, LookResult, Returns, not_a, text_at, wrong};
use crate::knowledge::trails::retention::{self, Kept};
use crate::knowledge::trails::{self, Access, EVENT_DATA_STORE, Events, Recording, TRAIL};
use crate::policy::{self, ServiceRequest};
use crate::rule::fault::EvaluationFault;
use crate::rule::value::Val;

const RECORDER: FunctionParameter =
    FunctionParameter { name: "recorder", accepts: &[Accepts::Resource(&[TRAIL, EVENT_DATA_STORE])] };
const TRAIL_PLACE: FunctionParameter =
    FunctionParameter { name: "trail", accepts: &[Accepts::Resource(&[retention::TRAIL_PLACE])] };
const BUCKET: FunctionParameter =
    FunctionParameter { name: "bucket", accepts: &[Accepts::Resource(&[retention::BUCKET])] };
const NAMED: FunctionParameter = FunctionParameter {
    name: "resource",
    accepts: &[Accepts::Resource(&[("AWS::S3::Bucket", &[]), ("AWS::KMS::Key", &[])])],
};
const ACCOUNT: FunctionParameter = FunctionParameter { name: "account", accepts: &[Accepts::Text] };
const REGION: FunctionParameter = FunctionParameter { name: "region", accepts: &[Accepts::TextOrNull] };
const ACCESS: FunctionParameter = FunctionParameter { name: "access", accepts: &[Accepts::Text] };
const BUCKET_ARN: FunctionParameter = FunctionParameter { name: "bucket_arn", accepts: &[Accepts::Text] };
const SOURCE: FunctionParameter = FunctionParameter { name: "source", accepts: &[Accepts::Text] };

pub(super) static FUNCTIONS: [Function; 9] = [
    Function {
        name: "records_management_events",
        is_method: false,
        parameters: &[RECORDER, REGION, ACCESS],
        result: Returns::Bool,
        meaning: "Whether the trail or event data store is effective for every `read` or every `write` among the \
                  management events of the region (null for all regions, global services included): it covers the region, \
                  is logging, can deliver, and its selectors let them in. It may leave out the busy events of KMS and the \
                  RDS Data API. With `all` neither reads, writes nor any source may be missing.",
        implementation: Implementation::Looks(|args, look| truth(&management(args, look)?)),
    },
    Function {
        name: "records_s3_data_events",
        is_method: false,
        parameters: &[RECORDER, REGION, BUCKET_ARN, ACCESS],
        result: Returns::Bool,
        meaning: "Whether the trail or event data store is effective for every `read` or every `write` of the bucket's \
                  objects; the region is the bucket's.",
        implementation: Implementation::Looks(|args, look| truth(&objects(args, look)?)),
    },
    Function {
        name: "records_network_activity_events",
        is_method: false,
        parameters: &[RECORDER, REGION, SOURCE],
        result: Returns::Bool,
        meaning: "Whether the trail or event data store is effective for the calls to a service (`s3.amazonaws.com`) that \
                  VPC endpoints of the region (null for all regions) denied.",
        implementation: Implementation::Looks(|args, look| {
            truth(&recording(args, look, Events::NetworkActivity(text_at(args, 2)?))?)
        }),
    },
    Function {
        name: "management_recording_faults",
        is_method: false,
        parameters: &[RECORDER, REGION, ACCESS],
        result: Returns::Text,
        meaning: "What keeps the trail or event data store from being effective for management events, in words that \
                  follow its name; an empty text if nothing does. See `records_management_events`.",
        implementation: Implementation::Looks(|args, look| Ok(faults(&management(args, look)?))),
    },
    Function {
        name: "s3_recording_faults",
        is_method: false,
        parameters: &[RECORDER, REGION, BUCKET_ARN, ACCESS],
        result: Returns::Text,
        meaning: "What keeps the trail or event data store from being effective for the data events of the bucket's \
                  objects, in words that follow its name; an empty text if nothing does. See `records_s3_data_events`.",
        implementation: Implementation::Looks(|args, look| Ok(faults(&objects(args, look)?))),
    },
    Function {
        name: "trail_logs_kept_days",
        is_method: false,
        parameters: &[TRAIL_PLACE, BUCKET, ACCOUNT],
        result: Returns::Int,
        meaning: "After how many days the bucket's lifecycle has deleted a log of the account's trail, its versions and \
                  Object Lock included; 2147483647 for never.",
        implementation: Implementation::Looks(|args, look| kept(args, look, |kept| kept.untouched)),
    },
    Function {
        name: "deleted_trail_logs_kept_days",
        is_method: false,
        parameters: &[TRAIL_PLACE, BUCKET, ACCOUNT],
        result: Returns::Int,
        meaning: "After how many days the bucket's lifecycle has deleted a log of the account's trail that somebody \
                  deleted, and that lives on as a noncurrent version; 2147483647 for never, and where versions are not \
                  kept.",
        implementation: Implementation::Looks(|args, look| kept(args, look, |kept| kept.deleted)),
    },
    Function {
        name: "account_of",
        is_method: false,
        parameters: &[NAMED],
        result: Returns::Text,
        meaning: "The account that has the resource, twelve digits. Where a run reads many accounts, `lookup` finds the \
                  buckets and keys of the others that trails name.",
        implementation: Implementation::Pure(|args| match args.first() {
            Some(Val::Resource(resource)) => Ok(Val::Text(&resource.account)),
            other => Err(wrong(other, "a resource")),
        }),
    },
    Function {
        name: "lets_service",
        is_method: false,
        parameters: &[
            FunctionParameter { name: "policy", accepts: &[Accepts::Policy] },
            FunctionParameter { name: "service", accepts: &[Accepts::Text] },
            FunctionParameter { name: "action", accepts: &[Accepts::Text] },
            FunctionParameter { name: "resource", accepts: &[Accepts::Text] },
            ACCOUNT,
            FunctionParameter { name: "source_arn", accepts: &[Accepts::Text] },
        ],
        result: Returns::Bool,
        meaning: "Whether the policy lets an AWS service (`cloudtrail.amazonaws.com`) call the action on the resource for \
                  the account, with that source.",
        implementation: Implementation::Looks(|args, _| {
            let policy = match args.first() {
                Some(Val::Json(policy)) => policy,
                Some(Val::Null) => &Value::Null,
                other => return Err(wrong(other, "a policy document")),
            };
            let answer = policy::lets_service(
                policy,
                &ServiceRequest {
                    service: text_at(args, 1)?,
                    action: text_at(args, 2)?,
                    resource: text_at(args, 3)?,
                    account: text_at(args, 4)?,
                    source_arn: text_at(args, 5)?,
                },
            );
            Ok(LookResult { val: answer.truth.into(), doubts: answer.notes })
        }),
    },
];

fn management<'v>(args: &[Val<'v>], look: &mut dyn Look<'v>) -> Result<Recording, EvaluationFault> {
    let events = match text_at(args, 2)? {
        "all" => Events::AllManagement,
        _ => Events::Management(access_at(args, 2)?),
    };
    recording(args, look, events)
}

fn objects<'v>(args: &[Val<'v>], look: &mut dyn Look<'v>) -> Result<Recording, EvaluationFault> {
    recording(args, look, Events::Objects(text_at(args, 2)?, access_at(args, 3)?))
}

fn recording<'v>(args: &[Val<'v>], look: &mut dyn Look<'v>, events: Events<'_>) -> Result<Recording, EvaluationFault> {
    let Some(Val::Resource(recorder)) = args.first() else {
        return Err(wrong(args.first(), "a trail or an event data store"));
    };
    let region = match args.get(1) {
        Some(Val::Null) => None,
        _ => Some(text_at(args, 1)?),
    };
    let now = look.now();
    let mut facts = |name| look.fact(recorder, name);
    if recorder.kind == EVENT_DATA_STORE.0 {
        return Ok(trails::store_records(&mut facts, events, region));
    }
    Ok(trails::trail_records(&mut facts, events, region, now))
}

fn kept<'v>(
    args: &[Val<'v>],
    look: &mut dyn Look<'v>,
    which: fn(Kept) -> i64,
) -> Result<LookResult<'v>, EvaluationFault> {
    let [Val::Resource(trail), Val::Resource(bucket), ..] = args else {
        return Err(wrong(args.first(), "a trail and a bucket"));
    };
    let look = RefCell::new(look);
    let mut of_trail = |name| look.borrow_mut().fact(trail, name);
    let mut of_bucket = |name| look.borrow_mut().fact(bucket, name);
    let kept = retention::kept(&mut of_trail, &mut of_bucket, text_at(args, 2)?);
    Ok(LookResult { val: kept.map_or(Val::Unknown, |kept| Val::Int(which(kept))), doubts: Vec::new() })
}

fn truth<'v>(recording: &Recording) -> Result<LookResult<'v>, EvaluationFault> {
    Ok(LookResult { val: recording.truth.into(), doubts: recording.doubts.clone() })
}

/// In words, what is in doubt included.
fn faults<'v>(recording: &Recording) -> LookResult<'v> {
    let words = if recording.faults.is_empty() { &recording.doubts } else { &recording.faults };
    LookResult { val: Val::NewText(words.join(", ").into()), doubts: Vec::new() }
}

fn access_at(args: &[Val<'_>], position: usize) -> Result<Access, EvaluationFault> {
    let access = text_at(args, position)?;
    Access::parse(access).ok_or_else(|| not_a("`read` or `write`", access))
}
