//! What the services in use are known by: CloudTrail's event history and IAM's reports of what was accessed last. Moto has
//! neither. The sample account uses a service of every standing, each known to some witness; nobody ever used anything in any
//! other account.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::aws::Credentials;
use crate::http::{Reply, Request};
use crate::wire::{Call, parameter};

const DAY: i64 = 24 * 3600;

/// `None` for what is no operation of these.
pub fn answer(call: &Call, request: &Request) -> Option<Reply> {
    match (call.service.as_str(), call.operation.as_str()) {
        ("cloudtrail", "LookupEvents") => {
            let body = json!({"Events": events(call, request)});
            Some(Reply::new(200, "application/x-amz-json-1.1", body.to_string()))
        }
        ("iam", "GenerateServiceLastAccessedDetails") => {
            let arn = parameter(request, "Arn").unwrap_or_default();
            Some(xml(call, &format!("<JobId>{}</JobId>", job(&arn))))
        }
        ("iam", "GetServiceLastAccessedDetails") => {
            Some(report(call, &parameter(request, "JobId").unwrap_or_default()))
        }
        _ => None,
    }
}

fn ago(days: i64) -> i64 {
    jiff::Timestamp::now().as_second() - days * DAY
}

/// Newest first, as AWS has them.
fn events(call: &Call, request: &Request) -> Vec<Value> {
    let event = |days: i64, source: &str, name: &str, read_only: bool, error: Option<&str>| {
        let detail = match error {
            Some(error) => json!({"eventName": name, "errorCode": error}),
            None => json!({"eventName": name}),
        };
        json!({
            "EventId": format!("00000000-0000-0000-0000-{days:0>12}"),
            "EventTime": ago(days),
            "EventSource": format!("{source}.amazonaws.com"),
            "EventName": name,
            "ReadOnly": read_only.to_string(),
            "Username": "deploy-bot",
            "CloudTrailEvent": detail.to_string(),
        })
    };
    let all = match (call.access_key == Credentials::any().access_key_id, call.region.as_str()) {
        (true, "us-east-1") => vec![
            event(1, "gamelift", "ListFleets", true, None),
            event(2, "s3", "PutBucketTagging", false, None),
            event(3, "s3tables", "CreateTableBucket", false, None),
            event(5, "deadline", "CreateFarm", false, Some("AccessDenied")),
            event(8, "rds", "CreateDBInstance", false, None),
            event(13, "clinic-preview", "CreateWorkspace", false, None),
            event(30, "iam", "CreateRole", false, None),
        ],
        (true, "eu-central-1") => vec![event(21, "lightsail", "CreateInstances", false, None)],
        _ => Vec::new(),
    };
    let wanted = attribute(request);
    all.into_iter().filter(|event| wanted.as_ref().is_none_or(|(key, value)| event[key] == value.as_str())).collect()
}

fn attribute(request: &Request) -> Option<(String, String)> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let attribute = body.pointer("/LookupAttributes/0")?;
    let text = |name: &str| attribute[name].as_str().map(str::to_owned);
    Some((text("AttributeKey")?, text("AttributeValue")?))
}

/// The users who did something, each with what: service, action (none where IAM tracks none) and days ago.
type Used = (&'static str, &'static [(&'static str, Option<&'static str>, i64)]);

const USED: [Used; 3] = [
    (
        "user/deploy-bot",
        &[
            ("s3", Some("PutBucketTagging"), 2),
            ("lightsail", Some("CreateInstances"), 21),
            ("sagemaker", Some("CreateTrainingJob"), 40),
        ],
    ),
    ("user/analyst", &[("athena", Some("CreateWorkGroup"), 90), ("workmail", None, 4)]),
    ("user/auditor", &[("gamelift", Some("ListFleets"), 1), ("proton", Some("ListServices"), 1)]),
];

fn job(arn: &str) -> String {
    let number = USED.iter().position(|(user, _)| arn.ends_with(user)).map_or(0, |at| at + 1);
    format!("00000000-0000-0000-0000-{number:0>12}")
}

/// Each report is in the making when it is first asked for.
fn report(call: &Call, job: &str) -> Reply {
    static ASKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let is_new = ASKED.lock().expect("jobs").insert(format!("{} {job}", call.access_key));
    let status = if is_new { "IN_PROGRESS" } else { "COMPLETED" };
    let used =
        USED.iter().find(|(user, _)| self::job(user) == job).filter(|_| !is_new).map_or(&[][..], |(_, used)| used);
    let services: String = used.iter().map(|used| service(used)).collect();
    let now = "2026-01-01T00:00:00Z";
    xml(
        call,
        &format!(
            "<JobStatus>{status}</JobStatus><JobType>ACTION_LEVEL</JobType><JobCreationDate>{now}</JobCreationDate>\
             <JobCompletionDate>{now}</JobCompletionDate><IsTruncated>false</IsTruncated>\
             <ServicesLastAccessed>{services}</ServicesLastAccessed>"
        ),
    )
}

fn service((name, action, days): &(&str, Option<&str>, i64)) -> String {
    let time = jiff::Timestamp::from_second(ago(*days)).expect("a time").to_string();
    let actions = action.map_or(String::new(), |action| {
        format!(
            "<TrackedActionsLastAccessed><member><ActionName>{action}</ActionName>\
             <LastAccessedTime>{time}</LastAccessedTime></member></TrackedActionsLastAccessed>"
        )
    });
    format!(
        "<member><ServiceName>{name}</ServiceName><ServiceNamespace>{name}</ServiceNamespace>\
         <LastAuthenticated>{time}</LastAuthenticated><TotalAuthenticatedEntities>1</TotalAuthenticatedEntities>{actions}\
         </member>"
    )
}

fn xml(call: &Call, result: &str) -> Reply {
    let operation = &call.operation;
    let body = format!(
        "<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{operation}Result>{result}\
         </{operation}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation}Response>"
    );
    Reply::new(200, "text/xml", body)
}
