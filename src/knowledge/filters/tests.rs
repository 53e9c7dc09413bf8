use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn of(pattern: &str, event: &str) -> Truth {
    serves(pattern, &EventClass::named(event).unwrap())
}

const ROOT: &str =
    r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#;

#[test]
fn the_benchmark_s_patterns_serve_their_controls() {
    let patterns = [
        (ROOT, "root:api-call"),
        (ROOT, "root:sign-in"),
        (
            r#"{$.eventType!="AwsServiceEvent"&&$.userIdentity.invokedBy NOT EXISTS&&$.userIdentity.type="Root"}"#,
            "root:sign-in",
        ),
        (
            r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#,
            "sign-in:failure-of-iam-user",
        ),
        (
            r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#,
            "sign-in:iam-user-without-mfa",
        ),
        (
            r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}"#,
            "denied:Client.UnauthorizedOperation",
        ),
        (
            r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*") && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }"#,
            "denied:AccessDenied",
        ),
        (
            "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion))}",
            "kms:DisableKey",
        ),
        (r"{ $.eventName = %^[CU][a-z]+Trail$% }", "cloudtrail:CreateTrail"),
    ];
    for (pattern, event) in patterns {
        assert_eq!(of(pattern, event), Truth::True, "{event}: {pattern}");
    }
}

#[test]
fn patterns_that_leave_events_out_or_match_everything_do_not() {
    let patterns = [
        // One of the two calls is missing.
        ("{ $.eventName = DisableKey }", "kms:ScheduleKeyDeletion"),
        // One region, one user, and calls of a program only.
        (r#"{ $.eventName = DeleteTrail && $.awsRegion = "us-east-1" }"#, "cloudtrail:DeleteTrail"),
        (r#"{ $.eventName = DeleteTrail && $.userIdentity.userName != "deploy" }"#, "cloudtrail:DeleteTrail"),
        (r#"{ $.userIdentity.type = "Root" && $.eventType = "AwsConsoleSignIn" }"#, "root:api-call"),
        // Failed attempts only.
        (r#"{ $.eventName = DeleteTrail && $.errorCode = "*" }"#, "cloudtrail:DeleteTrail"),
        // Letters of another case, and a service of another name.
        ("{ $.eventName = deletetrail }", "cloudtrail:DeleteTrail"),
        (r#"{ $.eventSource = "s3.amazonaws.com" && $.eventName = DeleteTrail }"#, "cloudtrail:DeleteTrail"),
        // Every event there is.
        ("", "cloudtrail:DeleteTrail"),
        (r#"{ $.eventName = "*" }"#, "cloudtrail:DeleteTrail"),
        ("{ $.eventName = DeleteTrail || $.eventName != DeleteTrail }", "cloudtrail:DeleteTrail"),
    ];
    for (pattern, event) in patterns {
        assert_eq!(of(pattern, event), Truth::False, "{event}: {pattern}");
    }
}

#[test]
fn what_a_field_holds_does_not_matter_where_all_its_values_are_let_in() {
    let pattern = r#"{ $.eventName = DeleteTrail && ($.awsRegion = "us-east-1" || $.awsRegion != "us-east-1") }"#;
    assert_eq!(of(pattern, "cloudtrail:DeleteTrail"), Truth::True);
    // An event may lack this one, and nobody knows what the second term says of that.
    let pattern =
        r#"{ $.eventName = DeleteTrail && ($.userIdentity.userName = "a" || $.userIdentity.userName != "a") }"#;
    assert_eq!(of(pattern, "cloudtrail:DeleteTrail"), Truth::Unknown);
}

#[test]
fn patterns_that_are_not_understood_are_left_undecided() {
    for pattern in [
        "DeleteTrail",
        "[ip, user, ...]",
        "{ $.eventName = }",
        "{ $.eventName = DeleteTrail",
        "{ $.resources[0].ARN = \"x\" && $.eventName = DeleteTrail }",
        "{ eventName = DeleteTrail }",
        r#"{ $.eventName = "Delete\"Trail" }"#,
    ] {
        assert_eq!(of(pattern, "cloudtrail:DeleteTrail"), Truth::Unknown, "{pattern}");
    }
    let deep = format!("{{ {} $.a = b {} }}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(of(&deep, "cloudtrail:DeleteTrail"), Truth::Unknown);
}

#[test]
fn a_filter_on_one_bucket_serves_that_bucket() {
    let reads = |bucket| EventClass::named("s3:GetObject").unwrap().in_bucket(bucket);
    let pattern = r#"{ $.eventName = GetObject && $.requestParameters.bucketName = "records" }"#;
    assert_eq!(serves(pattern, &reads("records")), Truth::True);
    assert_eq!(serves(pattern, &reads("images")), Truth::False);
    assert_eq!(serves("{ $.eventName = GetObject }", &reads("images")), Truth::True);
}

fn faults(filter: &Value, alarm: &Value, events: i64) -> Option<String> {
    alarm_faults(&mut |name| filter.get(name), &mut |name| alarm.get(name), events)
}

fn alarm(changes: &Value) -> Value {
    let mut alarm = json!({
        "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:security"], "Metric": "r N M",
        "Dimensions": [], "Statistic": "Sum", "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1, "DatapointsToAlarm": null,
    });
    for (name, value) in changes.as_object().unwrap() {
        alarm[name] = value.clone();
    }
    alarm
}

#[test]
fn an_alarm_that_acts_on_one_event_has_no_fault() {
    let counted = |default: Value| json!({"MetricTransformations": [{"Metric": "r N M", "MetricValue": "1", "DefaultValue": default}]});
    let (plain, zero) = (counted(Value::Null), counted(json!(0.0)));
    let say = |filter: &Value, changes: Value| faults(filter, &alarm(&changes), 1);
    for changes in [
        json!({}),
        json!({"Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold"}),
        json!({"Statistic": "Average"}),
        json!({"EvaluationPeriods": 3, "DatapointsToAlarm": 1}),
    ] {
        assert_eq!(say(&plain, changes.clone()).as_deref(), Some(""), "{changes}");
    }
    for (changes, fault) in [
        (json!({"ActionsEnabled": false}), "has its actions switched off"),
        (json!({"AlarmActions": []}), "has no action"),
        (json!({"Threshold": 5.0}), "goes off only at 5"),
        (json!({"ComparisonOperator": "GreaterThanThreshold"}), "goes off only at 1"),
        (json!({"ComparisonOperator": "LessThanThreshold"}), "does not go off when the metric is high"),
        (json!({"EvaluationPeriods": 3}), "goes off only after 3 periods with such events"),
    ] {
        assert_eq!(say(&plain, changes.clone()).as_deref(), Some(fault), "{changes}");
    }
    assert_eq!(
        say(&zero, json!({"Statistic": "Average"})).as_deref(),
        Some("watches the Average, which events that do not match change")
    );
    assert_eq!(faults(&plain, &alarm(&json!({"Threshold": 5.0})), 5).as_deref(), Some(""));
    for unclear in
        [json!({"Statistic": null}), json!({"Threshold": null}), json!({"Dimensions": [{"Name": "a", "Value": "b"}]})]
    {
        assert_eq!(say(&plain, unclear.clone()), None, "{unclear}");
    }
    let taken = json!({"MetricTransformations": [{"Metric": "r N M", "MetricValue": "$.size", "DefaultValue": null}]});
    assert_eq!(say(&taken, json!({})), None);
}

/// A pattern as a tree that is written down, and what a reader of the documentation makes of it.
#[derive(Debug, Clone)]
enum Plain {
    And(Box<Plain>, Box<Plain>),
    Or(Box<Plain>, Box<Plain>),
    Equals(&'static str, &'static str),
    Differs(&'static str, &'static str),
    Starts(&'static str, &'static str),
    Missing(&'static str),
}

const PATHS: [&str; 4] = ["eventName", "awsRegion", "a.b", "c"];
const TEXTS: [&str; 3] = ["x", "xy", "z"];

type Event = BTreeMap<&'static str, &'static str>;

impl Plain {
    fn written(&self) -> String {
        match self {
            Self::And(left, right) => format!("({} && {})", left.written(), right.written()),
            Self::Or(left, right) => format!("({}||{})", left.written(), right.written()),
            Self::Equals(path, text) => format!("$.{path} = \"{text}\""),
            Self::Differs(path, text) => format!("$.{path}!={text}"),
            Self::Starts(path, text) => format!("$.{path} = {text}*"),
            Self::Missing(path) => format!("$.{path} NOT EXISTS"),
        }
    }

    /// `None` where the documentation does not say.
    fn matches(&self, event: &Event) -> Option<bool> {
        match self {
            Self::And(left, right) => match (left.matches(event), right.matches(event)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(left, right) => match (left.matches(event), right.matches(event)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::Equals(path, text) => Some(event.get(path) == Some(text)),
            Self::Differs(path, text) => event.get(path).map(|found| found != text),
            Self::Starts(path, text) => Some(event.get(path).is_some_and(|found| found.starts_with(text))),
            Self::Missing(path) => Some(!event.contains_key(path)),
        }
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    let (path, text) = (prop::sample::select(&PATHS[..]), prop::sample::select(&TEXTS[..]));
    let leaf = (0..4, path, text).prop_map(|(sort, path, text)| match sort {
        0 => Plain::Equals(path, text),
        1 => Plain::Differs(path, text),
        2 => Plain::Starts(path, text),
        _ => Plain::Missing(path),
    });
    leaf.prop_recursive(4, 12, 2, |inner| {
        (any::<bool>(), inner.clone(), inner).prop_map(|(both, left, right)| match both {
            true => Plain::And(Box::new(left), Box::new(right)),
            false => Plain::Or(Box::new(left), Box::new(right)),
        })
    })
}

fn event() -> impl Strategy<Value = Event> {
    let value = prop::option::of(prop::sample::select(&["x", "xy", "z", "other"][..]));
    prop::collection::vec(value, PATHS.len())
        .prop_map(|values| PATHS.into_iter().zip(values).filter_map(|(path, value)| Some((path, value?))).collect())
}

fn truth(answer: Option<bool>) -> Truth {
    answer.map_or(Truth::Unknown, Truth::from)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pattern_matches_what_a_plain_matcher_says((plain, event) in (plain(), event())) {
        let pattern = Pattern::read(&format!("{{ {} }}", plain.written())).unwrap();
        let field = |path: &str| event.get(path).map_or(Field::Absent, |text| Field::Text(text));
        prop_assert_eq!(pattern.matches(&field), truth(plain.matches(&event)));
    }

    /// Of a class whose name is known and whose rest may be anything: if it is said to be matched as a whole, no event of
    /// it is left out, and if not, some event is.
    #[test]
    fn a_class_is_matched_if_all_its_events_are(plain in plain()) {
        let pattern = Pattern::read(&format!("{{ {} }}", plain.written())).unwrap();
        let class = EventClass::named("x:x").unwrap();
        let values = [None, Some("x"), Some("xy"), Some("xyz"), Some("z"), Some("other")];
        let mut answers = Vec::new();
        for region in &values[1..] {
            for first in values {
                for second in values {
                    let mut event = Event::from([("eventName", "x")]);
                    let rest = [("awsRegion", *region), ("a.b", first), ("c", second)];
                    event.extend(rest.into_iter().filter_map(|(path, value)| Some((path, value?))));
                    answers.push(plain.matches(&event));
                }
            }
        }
        match matches_all(&pattern, &class) {
            Truth::True => prop_assert!(answers.iter().all(|answer| *answer == Some(true))),
            Truth::False => prop_assert!(answers.contains(&Some(false))),
            Truth::Unknown => {}
        }
    }
}
