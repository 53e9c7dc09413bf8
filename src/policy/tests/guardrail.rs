use super::super::{denies_actions, denies_actions_outside_regions, denies_outsiders};
use super::*;

fn deny(action: Value, resource: Value, condition: Value) -> Value {
    policy(json!([{"Effect": "Deny", "Action": action, "Resource": resource, "Condition": condition}]))
}

fn everywhere(action: Value) -> Value {
    policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]))
}

#[test]
fn an_action_that_everyone_is_denied() {
    let stop = || json!("cloudtrail:StopLogging");
    let but = |principals: Value| deny(stop(), json!("*"), json!({"ArnNotLike": {"aws:PrincipalArn": principals}}));
    check(
        |policy| denies_actions(policy, &["cloudtrail:StopLogging"]),
        &[
            ("by name", True, everywhere(json!(["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"]))),
            ("in another case", True, everywhere(json!("CloudTrail:stoplogging"))),
            ("by a wildcard", True, everywhere(json!("cloudtrail:Stop*"))),
            ("with the whole service", True, everywhere(json!("cloudtrail:*"))),
            (
                "beside a grant of everything",
                True,
                policy(json!([
                    {"Effect": "Allow", "Action": "*", "Resource": "*"},
                    {"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}
                ])),
            ),
            (
                "as one of what is not left out",
                True,
                policy(json!([{"Effect": "Deny", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}])),
            ),
            ("on every trail", True, deny(stop(), json!("arn:aws:cloudtrail:*:*:trail/*"), json!({}))),
            ("to all but one role", True, but(json!("arn:aws:iam::*:role/audit-administrator"))),
            ("to all but roles of one name", True, but(json!(["arn:aws:iam::*:role/AWSControlTowerExecution*"]))),
            (
                "to all but one role, as texts",
                True,
                deny(
                    stop(),
                    json!("*"),
                    json!({"StringNotLike": {"aws:PrincipalARN": ["arn:aws:iam::*:role/audit", "arn:aws:iam::*:root"]}}),
                ),
            ),
            ("to all but every role", False, but(json!("arn:aws:iam::*:role/*"))),
            ("to all but anyone", False, but(json!("*"))),
            (
                "to some only",
                False,
                deny(stop(), json!("*"), json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/developer"}})),
            ),
            ("on one trail", False, deny(stop(), json!("arn:aws:cloudtrail:*:*:trail/one"), json!({}))),
            (
                "in some regions",
                False,
                deny(stop(), json!("*"), json!({"StringEquals": {"aws:RequestedRegion": "eu-central-1"}})),
            ),
            (
                "without a second factor",
                False,
                deny(stop(), json!("*"), json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
            ),
            ("by another action", False, everywhere(json!("cloudtrail:Start*"))),
            (
                "as what is left out",
                False,
                policy(json!([{"Effect": "Deny", "NotAction": ["cloudtrail:*"], "Resource": "*"}])),
            ),
            (
                "by a grant of other things",
                False,
                policy(json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])),
            ),
        ],
    );
}

#[test]
fn actions_of_other_services_and_what_is_none() {
    let audit =
        everywhere(json!(["config:StopConfigurationRecorder", "guardduty:DeleteDetector", "securityhub:Disable*"]));
    for (action, expected) in [
        ("config:StopConfigurationRecorder", True),
        ("guardduty:DeleteDetector", True),
        ("securityhub:DisableSecurityHub", True),
        ("cloudtrail:StopLogging", False),
        ("StopLogging", Unknown),
        ("cloudtrail:", Unknown),
        ("cloudtrail:*", Unknown),
    ] {
        assert_eq!(denies_actions(&audit, &[action]).truth, expected, "{action}");
    }
    assert_eq!(denies_actions(&audit, &["guardduty:DeleteDetector", "securityhub:DisableSecurityHub"]).truth, True);
    assert_eq!(denies_actions(&audit, &["guardduty:DeleteDetector", "cloudtrail:StopLogging"]).truth, False);
    assert_eq!(denies_actions(&audit, &[]).truth, Unknown);
}

#[test]
fn who_may_still_do_it_is_shown() {
    let open =
        deny(json!("cloudtrail:*"), json!("*"), json!({"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}));
    let answer = denies_actions(&open, &["cloudtrail:StopLogging"]);
    assert!(!answer.witnesses.is_empty(), "{answer:?}");
}

#[test]
fn actions_outside_of_regions() {
    let elsewhere = |regions: Value| {
        policy(json!([{
            "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": regions}}
        }]))
    };
    check(
        |policy| denies_actions_outside_regions(policy, &["s3:CreateBucket"], &["us-east-1", "us-west-2"]),
        &[
            ("the same regions", True, elsewhere(json!(["us-east-1", "us-west-2"]))),
            ("fewer regions", True, elsewhere(json!("us-east-1"))),
            ("one more", False, elsewhere(json!(["us-east-1", "eu-west-1"]))),
            ("nothing", False, policy(json!([]))),
            ("everywhere", True, everywhere(json!("s3:*"))),
            ("another action", False, everywhere(json!("ec2:*"))),
        ],
    );
}

#[test]
fn strangers_to_the_organization() {
    let fence = |condition: Value| {
        policy(json!([{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}]))
    };
    let services = json!({"aws:PrincipalIsAWSService": "false"});
    check(
        |policy| denies_outsiders(policy, ORGANIZATION, &["s3:GetObject", "sts:AssumeRole"]),
        &[
            (
                "AWS's example",
                True,
                fence(json!({
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}, "BoolIfExists": services
                })),
            ),
            (
                "a partner and a tag are spared",
                True,
                fence(json!({"StringNotEqualsIfExists": {
                    "aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": PARTNER, "aws:ResourceTag/open": "yes"
                }})),
            ),
            ("another organization", False, fence(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-another123"}}))),
            (
                "one network only",
                False,
                fence(json!({
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
                    "IpAddress": {"aws:SourceIp": "198.51.100.0/24"}
                })),
            ),
            (
                "only if the key is there",
                False,
                fence(json!({
                    "StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}, "Null": {"aws:PrincipalOrgID": "false"}
                })),
            ),
            ("nothing", False, policy(json!([]))),
        ],
    );
}
