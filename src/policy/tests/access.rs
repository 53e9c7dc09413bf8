use super::super::{
    grants_only_to_known, grants_only_to_known_accounts, grants_public_read, grants_public_write,
    grants_unnamed_actions, is_public,
};
use super::*;

fn grant() -> Value {
    json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"})
}

fn with(changes: Value) -> Value {
    policy(json!([change(&grant(), changes)]))
}

fn under(operator: &str, key: &str, value: Value) -> Value {
    with(json!({"Condition": {operator: {key: value}}}))
}

fn and_deny(changes: Value) -> Value {
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
    policy(json!([grant(), change(&deny, changes)]))
}

#[test]
fn public_in_the_sense_of_aws() {
    check(
        is_public,
        &[
            // The examples of the user guide.
            ("a public identity provider", True, with(json!({"Principal": {"Federated": "graph.facebook.com"}}))),
            ("everyone", True, policy(json!([grant()]))),
            ("a VPC pattern", True, under("StringLike", "aws:SourceVpc", json!("vpc-*"))),
            ("a VPC", False, under("StringEquals", "aws:SourceVpc", json!("vpc-91237329"))),
            (
                "one service, one account, and everyone",
                True,
                policy(json!([
                    change(&grant(), json!({"Principal": {"Service": "cloudtrail.amazonaws.com"}})),
                    change(&grant(), json!({"Principal": {"AWS": PARTNER}})),
                    grant(),
                ])),
            ),
            // Principals.
            ("everyone, as AWS", True, with(json!({"Principal": {"AWS": ["*"]}}))),
            ("everyone but one", True, with(json!({"Principal": null, "NotPrincipal": {"AWS": PARTNER}}))),
            ("a service", False, with(json!({"Principal": {"Service": "cloudtrail.amazonaws.com"}}))),
            ("another account", False, with(json!({"Principal": {"AWS": STRANGER}}))),
            (
                "an origin access identity",
                False,
                with(json!({"Principal": {
                    "AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"
                }})),
            ),
            (
                "a canonical user",
                False,
                with(json!({"Principal": {"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}})),
            ),
            ("a deleted role", False, with(json!({"Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"}}))),
            ("no statements", False, policy(json!([]))),
            ("a Deny alone", False, with(json!({"Effect": "Deny"}))),
            // Conditions.
            ("an organization", False, under("StringEquals", "aws:PrincipalOrgID", json!(ORGANIZATION))),
            (
                "an organization, key in another case",
                False,
                under("StringEquals", "AWS:principalorgid", json!(ORGANIZATION)),
            ),
            (
                "an organization or no such key",
                True,
                under("StringEqualsIfExists", "aws:PrincipalOrgID", json!(ORGANIZATION)),
            ),
            (
                "all values of no value",
                True,
                under("ForAllValues:StringEquals", "aws:PrincipalOrgID", json!(ORGANIZATION)),
            ),
            ("not this organization", True, under("StringNotEquals", "aws:PrincipalOrgID", json!(ORGANIZATION))),
            ("an owner: the default of SNS topics", False, under("StringEquals", "AWS:SourceOwner", json!(ACCOUNT))),
            ("a source account", False, under("StringEquals", "aws:SourceAccount", json!(ACCOUNT))),
            ("a caller's account: AWS's own keys", False, under("StringEquals", "kms:CallerAccount", json!(ACCOUNT))),
            ("a source", False, under("ArnLike", "aws:SourceArn", json!("arn:aws:s3:::uploads"))),
            ("a pattern of sources", True, under("ArnLike", "aws:SourceArn", json!("arn:aws:s3:*:*:uploads"))),
            ("one source and a pattern", True, under("ArnLike", "aws:SourceArn", json!(["arn:aws:s3:::uploads", "*"]))),
            (
                "access points of an account",
                False,
                under("StringLike", "s3:DataAccessPointArn", json!("arn:aws:s3:us-west-2:123456789012:accesspoint/*")),
            ),
            (
                "access points of any account",
                True,
                under("StringLike", "s3:DataAccessPointArn", json!("arn:aws:s3:us-west-2:*:accesspoint/*")),
            ),
            (
                "the account only seems fixed",
                True,
                under("StringLike", "s3:DataAccessPointArn", json!("arn:aws:s3:*:123456789012:accesspoint/*")),
            ),
            ("sessions of a role by id", True, under("StringLike", "aws:userid", json!("AROAEXAMPLEID:*"))),
            ("one user by id", False, under("StringEquals", "aws:userid", json!("AIDAEXAMPLEID"))),
            (
                "a policy variable",
                True,
                under("StringEquals", "aws:PrincipalArn", json!("arn:aws:iam::${aws:PrincipalAccount}:root")),
            ),
            (
                "a path of an organization: the definition is silent, but no stranger is in it",
                False,
                under("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", json!("o-a1b2c3d4e5/r-ab12/*")),
            ),
            (
                "the resource's account: not who asks",
                True,
                under("StringEquals", "aws:ResourceAccount", json!(ACCOUNT)),
            ),
            (
                "the referer, which anyone may send",
                True,
                under("StringLike", "aws:Referer", json!("https://example.com/*")),
            ),
            ("a user name, which any account may have", True, under("StringEquals", "aws:username", json!("anna"))),
            ("TLS", True, under("Bool", "aws:SecureTransport", json!("true"))),
            (
                "an unknown operator on a key that counts",
                Unknown,
                under("StringMatches", "aws:SourceVpc", json!("vpc-1")),
            ),
            ("an unknown operator on a key that does not", Unknown, under("StringMatches", "aws:Referer", json!("x"))),
            // Addresses.
            ("an address", False, under("IpAddress", "aws:SourceIp", json!("203.0.113.7"))),
            ("a /8", False, under("IpAddress", "aws:SourceIp", json!("11.0.0.0/8"))),
            ("private ranges", False, under("IpAddress", "aws:SourceIp", json!(["10.0.0.0/8", "172.16.0.0/12"]))),
            ("a /7", True, under("IpAddress", "aws:SourceIp", json!("10.0.0.0/7"))),
            (
                "one narrow and one broad",
                True,
                under("IpAddress", "aws:SourceIp", json!(["203.0.113.0/24", "0.0.0.0/1"])),
            ),
            ("an IPv6 /32", False, under("IpAddress", "aws:SourceIp", json!("2001:db8::/32"))),
            ("an IPv6 /31", True, under("IpAddress", "aws:SourceIp", json!("2001:db8::/31"))),
            (
                "all of IPv4 in pieces",
                True,
                under(
                    "IpAddress",
                    "aws:SourceIp",
                    Value::from((0..256).map(|first| format!("{first}.0.0.0/8")).collect::<Vec<_>>()),
                ),
            ),
            ("all but some addresses", True, under("NotIpAddress", "aws:SourceIp", json!("203.0.113.0/24"))),
            ("an address compared as text", Unknown, under("StringLike", "aws:SourceIp", json!("203.0.113.7"))),
            // Denies.
            ("and all of it denied", False, and_deny(json!({}))),
            (
                "and denied outside the organization",
                False,
                and_deny(json!({
                "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}})),
            ),
            (
                "and denied outside a VPC endpoint or range",
                False,
                and_deny(json!({"Condition": {
                "StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}})),
            ),
            (
                "and denied to all but one account",
                False,
                and_deny(json!({
                "Principal": null, "NotPrincipal": {"AWS": PARTNER}})),
            ),
            (
                "and denied without TLS",
                True,
                and_deny(json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}}})),
            ),
            ("and another action denied", True, and_deny(json!({"Action": "s3:PutObject"}))),
            ("and another prefix denied", True, and_deny(json!({"Resource": "arn:aws:s3:::records/phi/*"}))),
            ("and denied to one account", True, and_deny(json!({"Principal": {"AWS": STRANGER}}))),
            ("no principal at all", Unknown, with(json!({"Principal": null}))),
        ],
    );
}

#[test]
fn public_reads_and_writes() {
    let both = json!(["arn:aws:s3:::records", "arn:aws:s3:::records/*"]);
    let actions = |actions: Value| with(json!({"Action": actions, "Resource": both}));
    let cases = [
        ("one read", True, False, actions(json!("s3:GetObject"))),
        ("a list", True, False, actions(json!(["S3:LISTBUCKET"]))),
        ("one write", False, True, actions(json!("s3:PutObject"))),
        ("an access list", False, True, actions(json!("s3:PutObjectAcl"))),
        ("a deletion", False, True, actions(json!("s3:DeleteObjectVersion"))),
        ("all", True, True, actions(json!("s3:*"))),
        ("all of all", True, True, actions(json!("*"))),
        ("a pattern of both", True, True, actions(json!("s3:*Object"))),
        ("neither", False, False, actions(json!("s3:PauseReplication"))),
        ("another service", False, False, actions(json!("sqs:*"))),
        ("all but reading one", True, True, with(json!({"Action": null, "NotAction": "s3:GetObject"}))),
        ("all but S3", False, False, with(json!({"Action": null, "NotAction": "s3:*"}))),
        ("not public", False, False, with(json!({"Principal": {"AWS": PARTNER}, "Action": "s3:*"}))),
        (
            "all, writes denied",
            True,
            False,
            policy(json!([
                change(&grant(), json!({"Action": "s3:*"})),
                {"Effect": "Deny", "Principal": "*", "Resource": "*", "NotAction": ["s3:Get*", "s3:List*", "s3:Describe*"]},
            ])),
        ),
        (
            "all, one write denied",
            True,
            True,
            policy(json!([
                change(&grant(), json!({"Action": "s3:*"})),
                {"Effect": "Deny", "Principal": "*", "Resource": "*", "Action": "s3:DeleteObject"},
            ])),
        ),
    ];
    for (name, read, write, document) in cases {
        assert_eq!(grants_public_read(&document).truth, read, "read: {name}");
        assert_eq!(grants_public_write(&document).truth, write, "write: {name}");
    }
}

#[test]
fn grants_to_known_principals() {
    let to = |principal: Value| with(json!({"Principal": principal}));
    let service =
        |condition: Value| with(json!({"Principal": {"Service": "logging.s3.amazonaws.com"}, "Condition": condition}));
    check(
        |policy| grants_only_to_known(policy, &known(&[PARTNER, ORGANIZATION])),
        &[
            ("the own account", True, to(json!({"AWS": ACCOUNT}))),
            ("the own root", True, to(json!({"AWS": "arn:aws:iam::111122223333:root"}))),
            ("a role of the own account", True, to(json!({"AWS": "arn:aws-us-gov:iam::111122223333:role/app"}))),
            ("a trusted account", True, to(json!({"AWS": [PARTNER, ACCOUNT]}))),
            ("the own SAML provider", True, to(json!({"Federated": "arn:aws:iam::111122223333:saml-provider/idp"}))),
            ("a stranger", False, to(json!({"AWS": STRANGER}))),
            ("a friend and a stranger", False, to(json!({"AWS": [PARTNER, "arn:aws:iam::999988887777:user/eve"]}))),
            ("everyone", False, to(json!("*"))),
            ("everyone of the organization", True, under("StringEquals", "aws:PrincipalOrgID", json!(ORGANIZATION))),
            (
                "everyone of another organization",
                False,
                under("StringEquals", "aws:PrincipalOrgID", json!("o-other12345")),
            ),
            (
                "everyone of a part of the organization",
                True,
                under("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", json!("o-a1b2c3d4e5/r-ab12/*")),
            ),
            (
                "everyone of a trusted account",
                True,
                under("StringEquals", "aws:PrincipalAccount", json!([ACCOUNT, PARTNER])),
            ),
            (
                "roles of the own account by pattern",
                True,
                under("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam::111122223333:role/app-*")),
            ),
            ("everyone in an unknown network", Unknown, under("StringEquals", "aws:SourceVpce", json!("vpce-1"))),
            (
                "everyone, denied outside the organization",
                True,
                and_deny(json!({
                "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}})),
            ),
            (
                "the resource's own organization says nothing of who asks",
                False,
                under("StringEquals", "aws:ResourceOrgID", json!(ORGANIZATION)),
            ),
            ("a service without source", False, service(json!({}))),
            ("a service for the own account", True, service(json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}}))),
            ("a service for any account", False, service(json!({"StringLike": {"aws:SourceAccount": "*"}}))),
            ("a service for a stranger", False, service(json!({"StringEquals": {"aws:SourceAccount": STRANGER}}))),
            (
                "a service, if it says for whom",
                False,
                service(json!({"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}})),
            ),
            (
                "a service for the organization",
                True,
                service(json!({"StringEquals": {"aws:SourceOrgID": ORGANIZATION}})),
            ),
            (
                "a service for own resources",
                True,
                service(json!({
                "ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:111122223333:trail/*"}})),
            ),
            (
                "a service for a bucket of nobody knows whom",
                Unknown,
                service(json!({
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"}})),
            ),
            (
                "the same, and the account",
                True,
                service(json!({
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}})),
            ),
            ("a canonical user", Unknown, to(json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}))),
            ("a deleted user", True, to(json!({"AWS": "AIDAEXAMPLEEXAMPLE123"}))),
            ("a Deny for everyone", True, with(json!({"Effect": "Deny"}))),
        ],
    );
}

#[test]
fn more_than_is_named() {
    let role = json!({"AWS": "arn:aws:iam::111122223333:role/app"});
    let to = |principal: Value, action: Value| with(json!({"Principal": principal, "Action": action}));
    check(
        |policy| grants_unnamed_actions(policy, "s3", ACCOUNT),
        &[
            ("single actions", False, to(role.clone(), json!(["s3:GetObject", "s3:PutObject"]))),
            ("a family of actions", False, to(role.clone(), json!("s3:Get*"))),
            ("the whole service", True, to(role.clone(), json!("s3:*"))),
            ("everything", True, to(role.clone(), json!("*"))),
            ("all but one", True, with(json!({"Principal": role, "Action": null, "NotAction": "s3:DeleteBucket"}))),
            ("another service", False, to(role.clone(), json!("sqs:*"))),
            ("what the account itself hands out", False, to(json!({"AWS": ACCOUNT}), json!("s3:*"))),
            ("another account", True, to(json!({"AWS": PARTNER}), json!("s3:*"))),
            ("a service of AWS", True, to(json!({"Service": "logging.s3.amazonaws.com"}), json!("s3:*"))),
            (
                "given and taken",
                False,
                policy(json!([
                    change(&grant(), json!({"Principal": role, "Action": "s3:*"})),
                    {"Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"},
                ])),
            ),
            ("a Deny of all", False, with(json!({"Effect": "Deny", "Action": "s3:*"}))),
        ],
    );
}

#[test]
fn services_are_no_accounts() {
    let only_accounts = |policy: &Value| grants_only_to_known_accounts(policy, &known(&[PARTNER]));
    let service = json!({"Service": "logs.us-east-1.amazonaws.com"});
    check(
        only_accounts,
        &[
            ("a service without a source", True, with(json!({"Principal": service}))),
            ("a partner", True, with(json!({"Principal": {"AWS": PARTNER}}))),
            ("a stranger", False, with(json!({"Principal": {"AWS": STRANGER}}))),
            (
                "a service and a stranger",
                False,
                with(json!({"Principal": {"Service": "logs.us-east-1.amazonaws.com", "AWS": STRANGER}})),
            ),
            ("everyone", False, policy(json!([grant()]))),
            ("everyone of the account", True, under("StringEquals", "kms:CallerAccount", json!(ACCOUNT))),
            (
                "everyone through a service",
                False,
                under("StringEquals", "kms:ViaService", json!("s3.us-east-1.amazonaws.com")),
            ),
            ("everyone but one", False, with(json!({"Principal": null, "NotPrincipal": {"AWS": PARTNER}}))),
        ],
    );
    assert_eq!(only_accounts(&Value::Null).truth, True);
}
