use super::super::{denies_insecure_transport, governed, grants_public_read, is_public, trusts_anyone};
use super::*;

/// The policy that AWS attaches to every root, unit and account.
fn full_access() -> Value {
    policy(json!([{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]))
}

fn tls_only() -> Value {
    policy(json!([{
        "Sid": "EnforceSecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}
    }]))
}

fn perimeter() -> Value {
    policy(json!([{
        "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}
        }
    }]))
}

#[test]
fn resource_control_policies_take_away_and_grant_nothing() {
    let read = policy(json!([{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"
    }]));
    let under = |own: &Value, controls: &[&Value]| governed(own, controls).unwrap();
    let (full, tls, fence) = (full_access(), tls_only(), perimeter());
    assert_eq!(denies_insecure_transport(&under(&Value::Null, &[&full]), BUCKET).truth, False);
    assert_eq!(denies_insecure_transport(&under(&Value::Null, &[&full, &tls]), BUCKET).truth, True);
    assert_eq!(denies_insecure_transport(&under(&read, &[&tls]), BUCKET).truth, True);
    assert_eq!(grants_public_read(&under(&Value::Null, &[&full])).truth, False, "its Allow grants nothing");
    assert_eq!(grants_public_read(&under(&read, &[&full])).truth, True);
    let fenced = under(&read, &[&full, &fence]);
    let who: Vec<String> = grants_public_read(&fenced).witnesses.iter().map(|one| one.principal.clone()).collect();
    assert_eq!(is_public(&fenced).truth, True, "AWS services are spared, and serve anyone");
    assert_eq!(who, ["other-service.amazonaws.com"]);
    let trust = policy(json!([{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]));
    assert_eq!(trusts_anyone(&trust).truth, True);
}

#[test]
fn a_policy_of_the_first_version_keeps_its_plain_texts() {
    let own = json!({"Version": "2008-10-17", "Statement": {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::records/${aws:username}"],
    }});
    let together = governed(&own, &[]).unwrap();
    assert_eq!(together["Statement"][0]["Resource"][0], "arn:aws:s3:::records/${$}{aws:username}");
}

#[test]
fn a_reader_finds_the_statement_of_the_organization() {
    let together = governed(&Value::Null, &[&tls_only()]).unwrap();
    assert_eq!(together["Statement"][0]["Sid"], "EnforceSecureTransport of a resource control policy");
    let unreadable = governed(&Value::Null, &[&json!({"Statement": "?"})]).unwrap_err();
    assert!(unreadable.starts_with("a resource control policy cannot be read"), "{unreadable}");
}
