//! No document makes a question panic or hang.

use super::*;
use proptest::prelude::*;

/// Any JSON, with a liking for the words of the language.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..5).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "*",
        "?*",
        "${",
        "${}",
        "${aws:username}",
        "arn:",
        "arn:aws:s3:::records/*",
        "s3:*",
        "sts:AssumeRole",
        "kms:*",
        "iam:*",
        "Version",
        "Statement",
        "Effect",
        "Principal",
        "Action",
        "Resource",
        "Condition",
        "2012-10-17",
        "Allow",
        "Deny",
        "AWS",
        "Bool",
        "StringLike",
        "ForAnyValue:",
        "IfExists",
        "Null",
        "aws:SecureTransport",
        "aws:SourceIp",
        "0.0.0.0/0",
        "::/999",
        "111122223333",
        "aws:PrincipalOrgPaths",
        "o-/",
        "false",
        "é\u{202e}\u{1b}[31m",
    ])
    .prop_map(str::to_owned)
}

/// Documents of valid grammar with any words in them.
fn any_policy() -> impl Strategy<Value = Value> {
    let words = || prop::collection::vec(word(), 0..4);
    let principal = prop_oneof![
        Just(json!("*")),
        Just(json!({"AWS": ["*", "111122223333"]})),
        words().prop_map(|names| json!({"Federated": names})),
        words().prop_map(|names| json!({"Service": names})),
    ];
    let condition = prop::collection::vec((word(), word(), words()), 0..3).prop_map(|parts| {
        Value::Object(parts.into_iter().map(|(operator, key, values)| (operator, json!({key: values}))).collect())
    });
    let effect = prop::sample::select(vec!["Allow", "Deny"]);
    let negated = any::<(bool, bool, bool)>();
    let statement = (effect, principal, words(), words(), condition, negated).prop_map(
        |(effect, principal, actions, resources, condition, (not_principal, not_action, not_resource))| {
            let name = |negated: bool, name: &str| if negated { format!("Not{name}") } else { name.to_owned() };
            json!({
                "Effect": effect, "Condition": condition, name(not_principal, "Principal"): principal,
                name(not_action, "Action"): actions, name(not_resource, "Resource"): resources,
            })
        },
    );
    prop::collection::vec(statement, 0..5).prop_map(|statements| policy(statements.into()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_json_is_answered(document in any_json()) {
        for (_, _, question) in questions() {
            question(&document);
        }
    }

    #[test]
    fn any_policy_is_answered(document in any_policy()) {
        for (_, _, question) in questions() {
            question(&document);
        }
    }

    /// An element that nobody knows must not decide anything.
    #[test]
    fn what_cannot_be_read_is_unknown(document in any_policy()) {
        let mut document = document;
        document["Amendment"] = json!("none of the above applies");
        for (name, _, question) in questions() {
            prop_assert_eq!(question(&document).truth, Unknown, "{}", name);
        }
    }

    /// A Deny under a condition that this program does not understand takes nothing away for sure, and gives nothing.
    #[test]
    fn an_unknown_operator_never_improves_an_answer(document in any_policy()) {
        let mut amended = document.clone();
        amended["Statement"].as_array_mut().unwrap().push(json!({
            "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"Sometimes": {"aws:Moon": "full"}}
        }));
        for (name, absent, question) in questions() {
            let (before, after) = (question(&document).truth, question(&amended).truth);
            let favorable = if name.starts_with("denies") || name.contains("require") || name.contains("restricted") { True } else { absent };
            prop_assert!(after != favorable || before == favorable, "{}: {:?} became {:?}", name, before, after);
        }
    }
}

/// The largest documents that are read at all, of forms that hurt naive matchers.
#[test]
fn large_documents_are_answered() {
    let statement = |effect: &str, pattern: String| {
        let operator = if effect == "Deny" { "StringNotEquals" } else { "StringLike" };
        json!({
            "Effect": effect, "Principal": "*", "Action": pattern, "Resource": pattern,
            "Condition": {operator: {"aws:PrincipalOrgID": if effect == "Deny" { ORGANIZATION } else { "*" }}}
        })
    };
    let half = |pattern: &dyn Fn(usize) -> String, count: usize| -> Value {
        (0..count).map(|n| statement(if n % 2 == 0 { "Allow" } else { "Deny" }, pattern(n))).collect::<Vec<_>>().into()
    };
    let documents = [
        ("long patterns", policy(half(&|_| "*a?".repeat(1300), 14))),
        ("just short enough patterns", policy(half(&|n| format!("{}{n}", "*a?".repeat(160)), 100))),
        ("many statements", policy(half(&|n| format!("s3:*{n}*"), 800))),
        (
            "many values",
            policy(json!([{
                "Effect": "Deny", "Principal": "*", "Action": (0..5000).map(|n| format!("s3:*{n}")).collect::<Vec<_>>(),
                "Resource": (0..5000).map(|n| format!("*{n}")).collect::<Vec<_>>()
            }])),
        ),
    ];
    for (form, document) in documents {
        assert!(super::super::ParsedPolicy::read(&document).is_ok(), "{form} must be read, or it shows nothing");
        for (name, _, question) in questions() {
            let answer = question(&document);
            assert!(answer.witnesses.len() <= 5, "{name} of {form}");
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    // serde_json's own parser refuses more than 128 levels.
    let deep = (0..120).fold(json!("*"), |inner, _| json!([inner]));
    for (name, _, question) in questions() {
        assert_eq!(question(&policy(deep.clone())).truth, Unknown, "{name}");
    }
}
