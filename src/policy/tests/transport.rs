use super::super::{denies_insecure_transport, denies_tls_below};
use super::*;

/// The Deny of AWS's own example.
fn deny() -> Value {
    json!({
        "Sid": "RestrictToTLSRequestsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}
    })
}

fn with(changes: Value) -> Value {
    policy(json!([change(&deny(), changes)]))
}

#[test]
fn a_bucket_that_refuses_plain_http() {
    let two_parts = json!([
        change(&deny(), json!({"Resource": "arn:aws:s3:::records"})),
        change(&deny(), json!({"Resource": "arn:aws:s3:::records/*"})),
    ]);
    check(
        |policy| denies_insecure_transport(policy, BUCKET),
        &[
            ("AWS's example", True, policy(json!([deny()]))),
            ("a single statement, no list", True, policy(deny())),
            ("split over bucket and objects", True, policy(two_parts)),
            ("a JSON boolean", True, with(json!({"Condition": {"Bool": {"aws:SecureTransport": false}}}))),
            ("BoolIfExists", True, with(json!({"Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}))),
            ("keys in any case", True, with(json!({"Condition": {"Bool": {"AWS:securetransport": ["false"]}}}))),
            ("AWS principal", True, with(json!({"Principal": {"AWS": "*"}}))),
            ("AWS principal in a list", True, with(json!({"Principal": {"AWS": ["*"]}}))),
            ("all actions", True, with(json!({"Action": "*"}))),
            ("action in capitals", True, with(json!({"Action": ["S3:*"]}))),
            ("NotAction of another service", True, with(json!({"Action": null, "NotAction": "iam:*"}))),
            ("all resources", True, with(json!({"Resource": "*"}))),
            ("one pattern over bucket and objects", True, with(json!({"Resource": "arn:aws:s3:::records*"}))),
            (
                "NotResource of another bucket",
                True,
                with(json!({"Resource": null, "NotResource": "arn:aws:s3:::other/*"})),
            ),
            ("everything denied always", True, with(json!({"Condition": null}))),
            (
                "TLS 1.2 demanded where the key is absent too",
                True,
                with(json!({"Condition": {"NumericLessThanIfExists": {"s3:TlsVersion": 1.2}}})),
            ),
            (
                "a condition that always holds beside it",
                True,
                with(json!({"Condition": {
                    "Bool": {"aws:SecureTransport": "false"}, "Null": {"aws:SecureTransport": false}
                }})),
            ),
            ("the wrong value", False, with(json!({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}))),
            ("only if the key is absent", False, with(json!({"Condition": {"Null": {"aws:SecureTransport": "true"}}}))),
            ("objects only", False, with(json!({"Resource": "arn:aws:s3:::records/*"}))),
            ("bucket only", False, with(json!({"Resource": "arn:aws:s3:::records"}))),
            ("another bucket", False, with(json!({"Resource": ["arn:aws:s3:::other", "arn:aws:s3:::other/*"]}))),
            ("one prefix", False, with(json!({"Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/phi/*"]}))),
            (
                "all but one prefix",
                False,
                with(json!({"Resource": null, "NotResource": "arn:aws:s3:::records/public/*"})),
            ),
            ("home folders only", False, with(json!({"Resource": "arn:aws:s3:::records/${aws:username}/*"}))),
            ("one action", False, with(json!({"Action": "s3:GetObject"}))),
            ("reads and writes only", False, with(json!({"Action": ["s3:Get*", "s3:Put*", "s3:List*"]}))),
            ("all but one action", False, with(json!({"Action": null, "NotAction": "s3:GetObject"}))),
            ("one user", False, with(json!({"Principal": {"AWS": "arn:aws:iam::111122223333:user/anna"}}))),
            (
                "everyone but one, and perhaps not even that one: AWS asks for the account, too",
                Unknown,
                with(json!({"Principal": null, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/legacy"}})),
            ),
            (
                "one range of addresses: Prowler and a Guard rule pass it",
                False,
                with(json!({"Condition": {
                    "Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}
                }})),
            ),
            (
                "old TLS versions only, which plain HTTP does not have",
                False,
                with(json!({"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}})),
            ),
            (
                "both conditions in one statement, which is neither",
                False,
                with(json!({"Condition": {
                    "Bool": {"aws:SecureTransport": "false"}, "NumericLessThan": {"s3:TlsVersion": "1.2"}
                }})),
            ),
            (
                "a grant under the condition of TLS is no Deny",
                False,
                with(json!({"Effect": "Allow", "Condition": {"Bool": {"aws:SecureTransport": "true"}}})),
            ),
            (
                "AWS services are spared, which speak TLS",
                True,
                with(json!({"Condition": {"BoolIfExists": {
                    "aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"
                }}})),
            ),
            (
                "services are spared, and with them anonymous requests, which lack the key",
                False,
                with(json!({"Condition": {"Bool": {
                    "aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"
                }}})),
            ),
            ("no statements", False, policy(json!([]))),
            (
                "an operator unheard of",
                Unknown,
                with(json!({"Condition": {"Boolean": {"aws:SecureTransport": "false"}}})),
            ),
            (
                "a comparison of texts on a boolean key",
                Unknown,
                with(json!({"Condition": {"StringEquals": {"aws:SecureTransport": "false"}}})),
            ),
            (
                "most actions, in pieces",
                False,
                with(json!({"Action": ["s3:A*", "s3:B*", "s3:D*", "s3:G*", "s3:L*", "s3:P*", "s3:R*"]})),
            ),
            (
                "inside a range and outside it, which together is everywhere",
                True,
                policy(json!([
                    change(
                        &deny(),
                        json!({"Condition": {"Bool": {"aws:SecureTransport": "false"},
                        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})
                    ),
                    change(
                        &deny(),
                        json!({"Condition": {"Bool": {"aws:SecureTransport": "false"},
                        "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})
                    ),
                ])),
            ),
            ("a version unheard of", Unknown, json!({"Version": "2032-01-01", "Statement": [deny()]})),
            ("an element unheard of", Unknown, with(json!({"Until": "2030"}))),
        ],
    );
}

#[test]
fn other_resources_and_partitions() {
    let topic = "arn:aws:sns:us-east-1:111122223333:alarms";
    let publish = json!({
        "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "SNS:Publish", "Resource": topic,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}
    });
    assert_eq!(denies_insecure_transport(&policy(publish.clone()), topic).truth, True);
    let subscribe = policy(change(&publish, json!({"Action": "SNS:Subscribe"})));
    assert_eq!(denies_insecure_transport(&subscribe, topic).truth, False);

    let queue = "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:jobs";
    let sqs = change(&publish, json!({"Action": "sqs:*", "Resource": queue}));
    assert_eq!(denies_insecure_transport(&policy(sqs.clone()), queue).truth, True);
    let send = policy(change(&sqs, json!({"Action": "sqs:SendMessage"})));
    assert_eq!(denies_insecure_transport(&send, queue).truth, False);

    let files = "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-0123456789abcdef0";
    let efs = change(&publish, json!({"Action": "*", "Resource": null}));
    assert_eq!(
        denies_insecure_transport(&policy(efs.clone()), files).truth,
        True,
        "the policy's own resource is meant"
    );
    let mount = policy(change(&efs, json!({"Action": "elasticfilesystem:ClientMount"})));
    assert_eq!(denies_insecure_transport(&mount, files).truth, False);

    let china = with(json!({"Resource": ["arn:aws-cn:s3:::records", "arn:aws-cn:s3:::records/*"]}));
    assert_eq!(denies_insecure_transport(&china, "arn:aws-cn:s3:::records").truth, True);
    assert_eq!(denies_insecure_transport(&china, BUCKET).truth, False, "another partition");
    assert_eq!(denies_insecure_transport(&china, "records").truth, Unknown, "no ARN");
}

#[test]
fn old_versions_of_tls() {
    let tls = |operator: &str, value: Value| with(json!({"Condition": {operator: {"s3:TlsVersion": value}}}));
    check(
        |policy| denies_tls_below(policy, BUCKET, 1.2),
        &[
            ("less than 1.2", True, tls("NumericLessThan", json!("1.2"))),
            ("a JSON number", True, tls("NumericLessThan", json!(1.2))),
            ("less than 1.3", True, tls("NumericLessThan", json!(["1.3"]))),
            ("at most 1.1", True, tls("NumericLessThanEquals", json!("1.1"))),
            ("each old version by name", True, tls("NumericEquals", json!(["1.0", "1.1"]))),
            ("not 1.2 or 1.3", True, tls("NumericNotEquals", json!(["1.2", "1.3"]))),
            (
                "each in its own statement",
                True,
                policy(json!([
                    change(&deny(), json!({"Condition": {"NumericEquals": {"s3:TlsVersion": 1}}})),
                    change(&deny(), json!({"Condition": {"NumericEquals": {"s3:TlsVersion": 1.1}}})),
                ])),
            ),
            ("less than 1.1", False, tls("NumericLessThan", json!("1.1"))),
            ("the wrong way round", False, tls("NumericGreaterThan", json!("1.2"))),
            ("plain HTTP only", False, policy(json!([deny()]))),
            (
                "a grant",
                False,
                with(json!({"Effect": "Allow", "Condition": {"NumericGreaterThan": {"s3:TlsVersion": 1.1}}})),
            ),
            ("not a number", Unknown, tls("NumericLessThan", json!("TLS1.2"))),
            ("compared as text", Unknown, tls("StringNotEquals", json!("1.2"))),
        ],
    );
    let sound = tls("NumericLessThan", json!("1.2"));
    assert_eq!(denies_tls_below(&sound, BUCKET, 1.3).truth, False);
    assert_eq!(denies_tls_below(&sound, BUCKET, 1.0).truth, Unknown, "nothing lies below");
    assert_eq!(denies_tls_below(&sound, BUCKET, f64::NAN).truth, Unknown);
    let queue = "arn:aws:sqs:us-east-1:111122223333:jobs";
    let on_queue = policy(change(
        &deny(),
        json!({
            "Action": "sqs:*", "Resource": queue, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
        }),
    ));
    assert_eq!(denies_tls_below(&on_queue, queue, 1.2).truth, False, "a queue has no such key");
}
