use super::super::document::{Effect, ParsedPolicy, Principal, Subset};
use super::*;

#[test]
fn reads_all_that_aws_accepts() {
    let document = ParsedPolicy::read(&json!({
        "Version": "2008-10-17", "Id": "default",
        "Statement": {
            "Sid": "", "Effect": "Deny", "NotAction": "SQS:*", "NotResource": ["*"],
            "NotPrincipal": {"AWS": ["*", "111122223333", "arn:aws-cn:iam::111122223333:root", "arn:aws:iam::111122223333:role/a"],
                "Service": "s3.amazonaws.com", "Federated": "accounts.google.com", "CanonicalUser": "79a5"},
            "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": ["a", 1, true]}, "NumericLessThan": {"s3:max-keys": 10}}
        }
    }))
    .unwrap();
    let statement = &document.statements[0];
    assert_eq!(statement.effect, Effect::Deny);
    let Some(Subset::AllBut(principals)) = &statement.principals else { panic!("{statement:?}") };
    let expected = [
        Principal::Anyone,
        Principal::Account(ACCOUNT.into()),
        Principal::Account(ACCOUNT.into()),
        Principal::Arn("arn:aws:iam::111122223333:role/a".into()),
        Principal::CanonicalUser("79a5".into()),
        Principal::Federated("accounts.google.com".into()),
        Principal::Service("s3.amazonaws.com".into()),
    ];
    assert!(
        principals.len() == expected.len() && expected.iter().all(|one| principals.contains(one)),
        "{principals:?}"
    );
    assert_eq!(statement.conditions[0].values, ["a", "1", "true"]);
}

#[test]
fn refuses_the_rest_with_a_reason() {
    let good = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"});
    for (changes, reason) in [
        (json!({"Effect": "allow"}), "Effect"),
        (json!({"Action": null}), "neither Action nor NotAction"),
        (json!({"NotAction": "s3:*"}), "both Action and NotAction"),
        (json!({"Principal": "arn:aws:iam::111122223333:root"}), "is no principal"),
        (json!({"Principal": {"Robot": "*"}}), "no type of principal"),
        (json!({"Principal": {"AWS": "anna"}}), "no AWS principal"),
        (json!({"Resource": 7}), "not a string"),
        (json!({"Condition": []}), "not a JSON object"),
        (json!({"Condition": {"Bool": {"aws:SecureTransport": null}}}), "not a string"),
        (json!({"Conditions": {}}), "has an element"),
        (json!({"Resource": "a".repeat(9000)}), "longer than"),
    ] {
        let error = ParsedPolicy::read(&policy(json!([change(&good, changes.clone())]))).unwrap_err();
        assert!(error.contains(reason), "{changes}: {error}");
    }
}
