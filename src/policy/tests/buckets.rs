use super::super::{
    Known, bucket_grants_only_to_known, denies_actions_on, denies_customer_keys, lets_unnamed_outsiders,
    takes_load_balancer_logs,
};
use super::*;

const BUCKET: &str = "arn:aws:s3:::records";

fn statement(changes: Value) -> Value {
    let put = json!({"Effect": "Allow", "Action": "s3:PutObject",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Resource": "arn:aws:s3:::records/web/AWSLogs/111111111111/*"});
    policy(json!([change(&put, changes)]))
}

fn deny(changes: Value) -> Value {
    let all = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:BypassGovernanceRetention",
        "Resource": "arn:aws:s3:::records/*"});
    policy(json!([change(&all, changes)]))
}

#[test]
fn log_delivery_is_tied_by_the_folder_of_a_known_account() {
    let known = |policy: &Value| bucket_grants_only_to_known(policy, &Known::alone("111111111111", &[])).truth;
    let elb = |account: &str| json!({"Principal": {"AWS": format!("arn:aws:iam::{account}:root")}});
    assert_eq!(known(&statement(json!({}))), True);
    assert_eq!(known(&statement(elb("127311923021"))), True);
    assert_eq!(known(&statement(elb("193672423079"))), True);
    assert_eq!(known(&Value::Null), True);
    // Another account's folder, or no folder.
    assert_eq!(known(&statement(json!({"Resource": "arn:aws:s3:::records/AWSLogs/222222222222/*"}))), False);
    assert_eq!(known(&statement(json!({"Resource": "arn:aws:s3:::records/*"}))), False);
    assert_eq!(known(&statement(json!({"Resource": "arn:aws:s3:::*/AWSLogs/111111111111/*"}))), False);
    // The engine looks behind a wildcard for the bucket's name, too.
    let anywhere = statement(json!({"Resource": "arn:aws:s3:::*/AWSLogs/111111111111/*"}));
    assert_eq!(super::super::grants_only_to_known(&anywhere, &Known::alone("111111111111", &[])).truth, False);
    // Reading, and a stranger.
    assert_eq!(known(&statement(json!({"Action": "s3:GetObject"}))), False);
    assert_eq!(known(&statement(json!({"Action": "s3:*"}))), False);
    assert_eq!(known(&statement(elb("222222222222"))), False);
    // Whoever makes a trail chooses its prefix.
    assert_eq!(known(&statement(json!({"Principal": {"Service": "cloudtrail.amazonaws.com"}}))), False);
}

#[test]
fn outsiders_are_named_by_their_roles_or_not_at_all() {
    let delete = |changes: Value| {
        let all = json!({"Effect": "Allow", "Action": "s3:DeleteObject*", "Principal": {"AWS": ACCOUNT},
            "Resource": "arn:aws:s3:::records/*"});
        policy(json!([change(&all, changes)]))
    };
    let lets = |policy: &Value| lets_unnamed_outsiders(policy, BUCKET, ACCOUNT, &["s3:DeleteObject"]).truth;
    let role = "arn:aws:iam::999988887777:role/archiver";
    for (name, expected, changes) in [
        ("the bucket's own account", False, json!({})),
        ("another account", True, json!({"Principal": {"AWS": "999988887777"}})),
        ("its root", True, json!({"Principal": {"AWS": "arn:aws:iam::999988887777:root"}})),
        ("one role of it", False, json!({"Principal": {"AWS": role}})),
        ("everybody", True, json!({"Principal": "*"})),
        (
            "the organization",
            True,
            json!({"Principal": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}}),
        ),
        (
            "one role by a condition",
            False,
            json!({"Principal": "*",
            "Condition": {"ArnEquals": {"aws:PrincipalArn": role}}}),
        ),
        ("a service", False, json!({"Principal": {"Service": "logging.s3.amazonaws.com"}})),
        ("who may only read", False, json!({"Principal": {"AWS": "999988887777"}, "Action": "s3:GetObject"})),
    ] {
        assert_eq!(lets(&delete(changes)), expected, "{name}");
    }
    assert_eq!(lets(&Value::Null), False);
    let denied = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "Principal": {"AWS": "999988887777"}, "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Principal": "*", "Resource": "arn:aws:s3:::records/*"},
    ]));
    assert_eq!(lets(&denied), False);
}

#[test]
fn the_other_statements_keep_their_numbers() {
    let both = policy(json!([
        {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Action": "s3:PutObject",
         "Resource": "arn:aws:s3:::records/AWSLogs/111111111111/*"},
        {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
    ]));
    let answer = bucket_grants_only_to_known(&both, &Known::alone("111111111111", &[]));
    assert_eq!(answer.truth, False);
    assert_eq!(answer.witnesses[0].statements[0], "statement 2 allows it");
}

#[test]
fn whom_an_endpoint_lets_through_is_not_known_unless_it_is_trusted() {
    let through = |value: &str, principal: Value| {
        policy(json!([{"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::records/*", "Condition": {"StringLike": {"aws:SourceVpce": value}}}]))
    };
    let known =
        |policy: &Value, trusted: &[&str]| bucket_grants_only_to_known(policy, &Known::alone("111111111111", trusted));
    let own = through("vpce-1", json!("*"));
    let answer = known(&own, &[]);
    assert_eq!(answer.truth, Unknown);
    assert!(answer.notes.iter().any(|note| note.contains("whose vpce-1 is")), "{:?}", answer.notes);
    assert_eq!(known(&own, &["vpce-1"]).truth, True);
    assert_eq!(known(&own, &["vpce-2"]).truth, Unknown);
    // A denial of everything that comes another way says the same.
    let denied = policy(json!([
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::records/*",
         "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}},
    ]));
    assert_eq!(known(&denied, &[]).truth, Unknown);
    // Any endpoint, and an account that the policy names.
    let any = known(&through("vpce-*", json!("*")), &[]);
    assert_eq!(any.truth, False);
    assert!(!any.witnesses[0].text.contains("on the internet"), "{}", any.witnesses[0].text);
    assert_eq!(known(&through("vpce-1", json!({"AWS": STRANGER})), &[]).truth, False);
}

#[test]
fn load_balancers_bring_logs_where_the_policy_names_them() {
    let takes = |policy: &Value| takes_load_balancer_logs(policy).truth;
    assert_eq!(takes(&statement(json!({}))), True);
    assert_eq!(takes(&statement(json!({"Principal": {"AWS": "127311923021"}}))), True);
    assert_eq!(takes(&statement(json!({"Action": "s3:GetBucketAcl", "Resource": BUCKET}))), False);
    assert_eq!(takes(&statement(json!({"Principal": {"Service": "delivery.logs.amazonaws.com"}}))), False);
    assert_eq!(takes(&statement(json!({"Effect": "Deny"}))), False);
    assert_eq!(takes(&Value::Null), False);
}

#[test]
fn a_lock_holds_where_nobody_unnamed_may_lift_it() {
    let denies = |policy: &Value| denies_actions_on(policy, BUCKET, &["s3:BypassGovernanceRetention"]).truth;
    let spares = |pattern: &str| json!({"Condition": {"ArnNotLike": {"aws:PrincipalArn": pattern}}});
    assert_eq!(denies(&deny(json!({}))), True);
    assert_eq!(denies(&deny(json!({"Action": "s3:*", "Resource": "*"}))), True);
    assert_eq!(denies(&deny(spares("arn:aws:iam::111111111111:role/break-glass"))), True);
    assert_eq!(denies(&deny(spares("arn:aws:iam::111111111111:role/*"))), False);
    assert_eq!(denies(&deny(json!({"Resource": "arn:aws:s3:::records/logs/*"}))), False);
    assert_eq!(denies(&deny(json!({"Action": "s3:DeleteObject"}))), False);
    assert_eq!(denies(&Value::Null), False);
}

#[test]
fn keys_that_the_requester_brings_are_refused_by_a_condition_or_altogether() {
    let denies = |policy: &Value| denies_customer_keys(policy, BUCKET).truth;
    let algorithm = "s3:x-amz-server-side-encryption-customer-algorithm";
    let with_key = |absent: &str| json!({"Action": "s3:PutObject", "Condition": {"Null": {algorithm: absent}}});
    assert_eq!(denies(&deny(with_key("false"))), True);
    assert_eq!(denies(&deny(with_key("true"))), False);
    assert_eq!(denies(&deny(json!({"Action": "s3:PutObject"}))), True);
    assert_eq!(denies(&deny(json!({}))), False);
    assert_eq!(denies(&Value::Null), False);
}
