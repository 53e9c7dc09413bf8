use super::super::{
    allows_admin, allows_on_all_resources, allows_privilege_escalation, allows_service_wildcard,
    allows_service_wildcard_of, allows_whole_service,
};
use super::*;

fn allow(action: Value, resource: Value) -> Value {
    policy(json!([{"Effect": "Allow", "Action": action, "Resource": resource}]))
}

fn but(action: Value, resource: Value) -> Value {
    policy(json!([{"Effect": "Allow", "NotAction": action, "Resource": resource}]))
}

fn with_deny(action: Value, denied: Value) -> Value {
    policy(json!([
        {"Effect": "Allow", "Action": action, "Resource": "*"}, {"Effect": "Deny", "Action": denied, "Resource": "*"}
    ]))
}

#[test]
fn administrators() {
    check(
        allows_admin,
        &[
            ("all on all", True, allow(json!("*"), json!("*"))),
            ("in lists", True, allow(json!(["s3:Get*", "*"]), json!(["arn:aws:s3:::b", "*"]))),
            ("written another way", True, allow(json!("*:*"), json!("arn:aws:*"))),
            ("as ?*", True, allow(json!("?*"), json!("**"))),
            ("all ARNs of GovCloud", True, allow(json!("*"), json!("arn:aws-us-gov:*:*:*:*"))),
            (
                "all but one resource",
                True,
                policy(json!([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b"}])),
            ),
            ("all but one harmless action", True, but(json!("s3:DeleteBucket"), json!("*"))),
            (
                "under a condition",
                True,
                policy(json!([{
                    "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": true}}
                }])),
            ),
            ("all but leaving the organization", True, with_deny(json!("*"), json!("organizations:*"))),
            ("PowerUserAccess", False, but(json!(["iam:*", "organizations:*", "account:*"]), json!("*"))),
            ("all but a part of IAM", True, but(json!("iam:Create*"), json!("*"))),
            ("all, and IAM denied", False, with_deny(json!("*"), json!("iam:*"))),
            ("all, and all denied", False, with_deny(json!("*"), json!("*"))),
            ("all on one bucket", False, allow(json!("*"), json!("arn:aws:s3:::b/*"))),
            ("one service", False, allow(json!("s3:*"), json!("*"))),
            ("a star inside a name", False, allow(json!("s3:Get*"), json!("*"))),
            ("a Deny of all", False, policy(json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]))),
        ],
    );
}

#[test]
fn whole_services_on_all_resources() {
    check(
        allows_service_wildcard,
        &[
            ("one service", True, allow(json!("ec2:*"), json!("*"))),
            ("in another case", True, allow(json!("EC2:*"), json!("*"))),
            ("all services", True, allow(json!("*"), json!("*"))),
            ("some services by pattern", True, allow(json!("s*:*"), json!("*"))),
            ("all buckets", True, allow(json!("s3:*"), json!("arn:aws:s3:::*"))),
            ("all but one service", True, but(json!("iam:*"), json!("*"))),
            ("reads of a service", False, allow(json!("s3:Get*"), json!("*"))),
            ("a service on one bucket", False, allow(json!("s3:*"), json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"]))),
            ("given and taken", False, with_deny(json!("ec2:*"), json!("EC2:*"))),
            ("on machines with a tag", False, under("ec2:*", json!({"StringEquals": {"ec2:ResourceTag/app": "x"}}))),
            ("with a second factor", True, under("ec2:*", json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))),
        ],
    );
    check(
        |policy| allows_service_wildcard_of(policy, "kms"),
        &[
            ("the service", True, allow(json!("kms:*"), json!("*"))),
            ("all services", True, allow(json!("*"), json!("*"))),
            ("another", False, allow(json!("s3:*"), json!("*"))),
            ("one action", False, allow(json!(["kms:Decrypt", "s3:*"]), json!("*"))),
        ],
    );
    check(
        |policy| allows_whole_service(policy, "cloudtrail"),
        &[
            ("the service", True, allow(json!("cloudtrail:*"), json!("*"))),
            (
                "on one trail",
                True,
                allow(json!("CloudTrail:*"), json!("arn:aws:cloudtrail:us-east-1:111122223333:trail/t")),
            ),
            ("all", True, allow(json!("*"), json!("*"))),
            ("all but IAM", True, but(json!("iam:*"), json!("*"))),
            ("all but stopping", False, but(json!("cloudtrail:StopLogging"), json!("*"))),
            ("and stopping denied", False, with_deny(json!("cloudtrail:*"), json!("cloudtrail:StopLogging"))),
            ("reads", False, allow(json!(["cloudtrail:Get*", "cloudtrail:List*"]), json!("*"))),
            ("another", False, allow(json!("cloudwatch:*"), json!("*"))),
        ],
    );
}

#[test]
fn decryption_with_all_keys() {
    check(
        |policy| allows_on_all_resources(policy, &["kms:Decrypt", "kms:ReEncrypt*"]),
        &[
            ("the action", True, allow(json!("kms:Decrypt"), json!("*"))),
            ("a pattern", True, allow(json!("KMS:De*"), json!("*"))),
            ("one of the wildcard's", True, allow(json!("kms:ReEncryptFrom"), json!("*"))),
            ("all keys by ARN", True, allow(json!("kms:*"), json!("arn:aws:kms:*:*:key/*"))),
            ("all keys of the account", True, allow(json!("kms:*"), json!("arn:aws:kms:*:111122223333:key/*"))),
            (
                "all but one key",
                True,
                policy(json!([{
                    "Effect": "Allow", "Action": "kms:Decrypt", "NotResource": "arn:aws:kms:us-east-1:111122223333:key/1"
                }])),
            ),
            ("one key", False, allow(json!("kms:Decrypt"), json!("arn:aws:kms:us-east-1:111122223333:key/1"))),
            ("aliases only", False, allow(json!("kms:*"), json!("arn:aws:kms:*:*:alias/*"))),
            ("encryption", False, allow(json!(["kms:Encrypt", "kms:GenerateDataKey*"]), json!("*"))),
            ("denied again", False, with_deny(json!("kms:Decrypt"), json!("kms:*"))),
            ("all buckets", False, allow(json!("kms:Decrypt"), json!("arn:aws:s3:::*"))),
        ],
    );
}

fn under(action: &str, condition: Value) -> Value {
    policy(json!([{"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}]))
}

/// A condition on what a key is picks keys, as an ARN does.
#[test]
fn decryption_with_keys_that_a_condition_picks() {
    let decrypt = |condition: Value| under("kms:Decrypt", condition);
    let tagged = json!({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}});
    let has_tag = json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"Null": {"aws:ResourceTag/team": "false"}}});
    check(
        |policy| allows_on_all_resources(policy, &["kms:Decrypt", "kms:ReEncryptFrom"]),
        &[
            ("a tag", False, decrypt(json!({"StringEquals": {"aws:ResourceTag/app": "records"}}))),
            ("a pattern of tags", False, decrypt(json!({"StringLike": {"aws:ResourceTag/app": "rec*"}}))),
            ("any value of a tag", True, decrypt(json!({"StringLike": {"aws:ResourceTag/app": "*"}}))),
            ("any value, written longer", True, decrypt(json!({"StringLike": {"aws:ResourceTag/app": "?*"}}))),
            ("all but a tag", True, decrypt(json!({"StringNotEquals": {"aws:ResourceTag/app": "records"}}))),
            ("a tag or none", True, decrypt(json!({"StringEqualsIfExists": {"aws:ResourceTag/app": "records"}}))),
            ("an alias", False, decrypt(json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/records"}}))),
            (
                "an alias or none",
                True,
                decrypt(json!({"ForAllValues:StringEquals": {"kms:ResourceAliases": "alias/records"}})),
            ),
            (
                "the tag of the bearer",
                False,
                decrypt(json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})),
            ),
            ("any key with a tag, of which another statement says more", Unknown, policy(json!([tagged, has_tag]))),
            (
                "through a service",
                True,
                decrypt(json!({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}})),
            ),
            ("own account", True, decrypt(json!({"StringEquals": {"aws:ResourceAccount": "111122223333"}}))),
            (
                "all, but one tag denied",
                True,
                policy(json!([
                    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
                    {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*",
                     "Condition": {"StringEquals": {"aws:ResourceTag/app": "records"}}},
                ])),
            ),
            (
                "all, and all without the tag denied",
                False,
                policy(json!([
                    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
                    {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*",
                     "Condition": {"StringNotEquals": {"aws:ResourceTag/app": "records"}}},
                ])),
            ),
        ],
    );
}

/// Whoever may make a grant gives the right to decrypt to himself, unless the grant cannot hold it.
#[test]
fn grants_of_all_keys() {
    let grant = |condition: Value| under("kms:CreateGrant", condition);
    check(
        |policy| allows_on_all_resources(policy, &["kms:Decrypt", "kms:CreateGrant"]),
        &[
            ("any grant", True, allow(json!("kms:CreateGrant"), json!("*"))),
            ("for resources of services", False, grant(json!({"Bool": {"kms:GrantIsForAWSResource": "true"}}))),
            ("not for those", True, grant(json!({"Bool": {"kms:GrantIsForAWSResource": "false"}}))),
            (
                "for resources of services, or whoever does not say",
                True,
                grant(json!({"BoolIfExists": {"kms:GrantIsForAWSResource": "true"}})),
            ),
            (
                "of encryption only",
                False,
                grant(json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "GenerateDataKey"]}})),
            ),
            (
                "of decryption among others",
                True,
                grant(json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt"]}})),
            ),
            (
                "of encryption and whatever else",
                True,
                grant(json!({"ForAnyValue:StringEquals": {"kms:GrantOperations": "Encrypt"}})),
            ),
            (
                "of all but decryption",
                False,
                grant(json!({"ForAllValues:StringNotEquals": {"kms:GrantOperations": ["Decrypt", "ReEncryptFrom"]}})),
            ),
            ("of a key", False, allow(json!("kms:CreateGrant"), json!("arn:aws:kms:us-east-1:111122223333:key/1"))),
            (
                "decryption beside such grants",
                True,
                policy(json!([
                    {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*",
                     "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}},
                    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
                ])),
            ),
        ],
    );
}

#[test]
fn subscriptions_to_named_products() {
    let subscribe = |condition: Value| under("aws-marketplace:Subscribe", condition);
    check(
        |policy| allows_on_all_resources(policy, &["aws-marketplace:Subscribe"]),
        &[
            ("any product", True, allow(json!("aws-marketplace:Subscribe"), json!("*"))),
            (
                "one product",
                False,
                subscribe(json!({"ForAnyValue:StringEquals": {"aws-marketplace:ProductId": ["prod-1"]}})),
            ),
            (
                "one product, or whoever names none",
                True,
                subscribe(json!({"ForAllValues:StringEquals": {"aws-marketplace:ProductId": ["prod-1"]}})),
            ),
        ],
    );
}

#[test]
fn ways_to_more_rights() {
    let conditional = |action: Value, condition: Value| {
        policy(json!([{"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}]))
    };
    let own = "arn:aws:iam::*:user/${aws:username}";
    check(
        allows_privilege_escalation,
        &[
            ("administrator", True, allow(json!("*"), json!("*"))),
            ("a new policy version", True, allow(json!("iam:CreatePolicyVersion"), json!("*"))),
            ("in another case", True, allow(json!("IAM:createpolicyversion"), json!("*"))),
            ("by pattern", True, allow(json!("iam:*Policy*"), json!("*"))),
            ("attach to oneself", True, allow(json!("iam:AttachUserPolicy"), json!(own))),
            ("rewrite one role", True, allow(json!("iam:PutRolePolicy"), json!("arn:aws:iam::111122223333:role/app"))),
            ("keys for anyone", True, allow(json!("iam:CreateAccessKey"), json!("*"))),
            ("keys for oneself: AWS's own advice", False, allow(json!("iam:*AccessKey*"), json!(own))),
            ("pass any role to a machine", True, allow(json!(["iam:PassRole", "ec2:RunInstances"]), json!("*"))),
            (
                "pass any role, by ARN",
                True,
                policy(json!([
                    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/*"},
                    {"Effect": "Allow", "Action": ["ecs:RegisterTaskDefinition", "ecs:RunTask"], "Resource": "*"},
                ])),
            ),
            (
                "pass one role",
                False,
                policy(json!([
                    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/app"},
                    {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"},
                ])),
            ),
            ("pass any role, nothing to run", False, allow(json!(["iam:PassRole", "ec2:Describe*"]), json!("*"))),
            ("run without passing", False, allow(json!("ec2:RunInstances"), json!("*"))),
            (
                "pass to the service that runs",
                True,
                conditional(
                    json!(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
                    json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
                ),
            ),
            (
                "pass to another service",
                False,
                conditional(
                    json!(["iam:PassRole", "ec2:RunInstances"]),
                    json!({"StringEquals": {"iam:PassedToService": "monitoring.rds.amazonaws.com"}}),
                ),
            ),
            (
                "attach certain policies",
                Unknown,
                conditional(
                    json!("iam:AttachRolePolicy"),
                    json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}),
                ),
            ),
            (
                "put policies under a boundary",
                Unknown,
                conditional(
                    json!("iam:PutRolePolicy"),
                    json!({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/b"}}),
                ),
            ),
            (
                "with MFA",
                True,
                conditional(json!("iam:PutUserPolicy"), json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
            ),
            ("any function's code", True, allow(json!("lambda:UpdateFunctionCode"), json!("*"))),
            (
                "one function's code",
                False,
                allow(json!("lambda:UpdateFunctionCode"), json!("arn:aws:lambda:us-east-1:111122223333:function:app")),
            ),
            ("any role that trusts the account", True, allow(json!("sts:AssumeRole"), json!("arn:aws:iam::*:role/*"))),
            ("one role", False, allow(json!("sts:AssumeRole"), json!("arn:aws:iam::444455556666:role/audit"))),
            ("commands on any machine", True, allow(json!("ssm:SendCommand"), json!(["arn:aws:ec2:*:*:instance/*"]))),
            ("PowerUserAccess", True, but(json!(["iam:*", "organizations:*", "account:*"]), json!("*"))),
            ("given and taken", False, with_deny(json!("iam:PutUserPolicy"), json!("iam:Put*"))),
            ("reads only", False, allow(json!(["iam:Get*", "iam:List*", "s3:*"]), json!("*"))),
        ],
    );
}
