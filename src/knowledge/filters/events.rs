//! The classes of CloudTrail events that the controls of the CIS benchmark are about, by their names.
//!
//! Sources: the benchmark's chapter on monitoring, as AWS gives it for its own controls
//! (<https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html>), and the contents of records
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html>).
//! Where the benchmark is about changes, these are calls that succeeded.

use super::pattern::Field;

/// A class of events: some fields are known, and the others may hold anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventClass {
    fields: Vec<(&'static str, KnownValue)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum KnownValue {
    Text(String),
    Absent,
}

/// The fields that every record of CloudTrail has.
pub(super) fn is_in_every_event(path: &str) -> bool {
    const ALWAYS: [&str; 10] = [
        "awsRegion",
        "eventCategory",
        "eventID",
        "eventName",
        "eventSource",
        "eventTime",
        "eventType",
        "eventVersion",
        "sourceIPAddress",
        "userIdentity.type",
    ];
    ALWAYS.contains(&path)
}

/// A field of an event that happens all the time and that no control is about: a role lists instances.
pub(super) fn everyday(path: &str) -> Field<'static> {
    match path {
        "awsRegion" => Field::Text("us-east-1"),
        "eventCategory" => Field::Text("Management"),
        "eventName" => Field::Text("DescribeInstances"),
        "eventSource" => Field::Text("ec2.amazonaws.com"),
        "eventType" => Field::Text("AwsApiCall"),
        "readOnly" | "managementEvent" => Field::Bool(true),
        "sourceIPAddress" => Field::Text(SOMEWHERE),
        "userIdentity.type" => Field::Text("AssumedRole"),
        "errorCode"
        | "errorMessage"
        | "userIdentity.invokedBy"
        | "additionalEventData.MFAUsed"
        | "responseElements.ConsoleLogin" => Field::Absent,
        path if path.starts_with("requestParameters.") => Field::Absent,
        _ => Field::Any,
    }
}

/// An address of nobody, by RFC 5737.
const SOMEWHERE: &str = "203.0.113.7";

impl EventClass {
    /// The class of that name: a service and a call of it, such as `iam:PutUserPolicy`, or one of those that are more.
    pub fn named(name: &str) -> Option<Self> {
        let (service, event) = name.split_once(':')?;
        let text = |text: &str| KnownValue::Text(text.to_owned());
        let fields = match (service, event) {
            ("root", "api-call") => vec![
                ("userIdentity.type", text("Root")),
                ("userIdentity.invokedBy", KnownValue::Absent),
                ("eventType", text("AwsApiCall")),
            ],
            ("root", "sign-in") => vec![
                ("userIdentity.type", text("Root")),
                ("userIdentity.invokedBy", KnownValue::Absent),
                ("eventType", text("AwsConsoleSignIn")),
                ("eventSource", text("signin.amazonaws.com")),
                ("eventName", text("ConsoleLogin")),
            ],
            ("sign-in", "iam-user-without-mfa") => {
                let mut fields = sign_in("IAMUser", "Success");
                fields.push(("additionalEventData.MFAUsed", text("No")));
                fields.push(("errorMessage", KnownValue::Absent));
                fields
            }
            ("sign-in", "failure-of-iam-user" | "failure-of-root-user") => {
                let who = if event == "failure-of-root-user" { "Root" } else { "IAMUser" };
                let mut fields = sign_in(who, "Failure");
                fields.push(("errorMessage", text("Failed authentication")));
                fields
            }
            // The benchmark spares calls whose refusal is everyday, so one is taken that is not.
            ("denied", code) => vec![
                ("errorCode", text(code)),
                ("eventType", text("AwsApiCall")),
                ("eventName", text("AssumeRole")),
                ("eventSource", text("sts.amazonaws.com")),
                ("sourceIPAddress", text(SOMEWHERE)),
            ],
            (service, call) => vec![
                ("eventSource", KnownValue::Text(format!("{service}.amazonaws.com"))),
                ("eventName", text(call)),
                ("eventType", text("AwsApiCall")),
                ("errorCode", KnownValue::Absent),
                ("errorMessage", KnownValue::Absent),
            ],
        };
        Some(Self { fields })
    }

    /// The same class, of events about that bucket only.
    #[must_use]
    pub fn in_bucket(mut self, bucket: &str) -> Self {
        self.fields.push(("requestParameters.bucketName", KnownValue::Text(bucket.to_owned())));
        self
    }

    /// What the events of the class have at a path.
    pub fn field(&self, path: &str) -> Field<'_> {
        match self.fields.iter().find(|(known, _)| *known == path) {
            Some((_, KnownValue::Text(text))) => Field::Text(text),
            Some((_, KnownValue::Absent)) => Field::Absent,
            None => Field::Any,
        }
    }
}

fn sign_in(who: &str, how: &str) -> Vec<(&'static str, KnownValue)> {
    let text = |text: &str| KnownValue::Text(text.to_owned());
    vec![
        ("userIdentity.type", text(who)),
        ("eventType", text("AwsConsoleSignIn")),
        ("eventSource", text("signin.amazonaws.com")),
        ("eventName", text("ConsoleLogin")),
        ("responseElements.ConsoleLogin", text(how)),
        ("errorCode", KnownValue::Absent),
    ]
}
