//! Is the reference right itself? Requests of which AWS's documentation says what becomes of them.
//!
//! Pages of the IAM User Guide: `evaluation` is reference_policies_evaluation-logic, `operators`
//! reference_policies_elements_condition_operators, `sets` reference_policies_condition-single-vs-multi-valued-context-keys,
//! `variables` reference_policies_variables, `principal` and `notprincipal` reference_policies_elements_..., `mfa`
//! id_credentials_mfa_configure-api-require.

use super::evaluate::{Decision, Document, Reading, Request, like};
use super::generate::word;
use super::random::Random;
use super::universe::{caller_part, letters};
use super::witness::caller_named;
use crate::model::Truth::{self, False, True, Unknown};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const OBJECT: &str = "arn:aws:s3:::records/a/b";

fn decide(document: &Value, caller: &str, action: &str, resource: &str, context: &[(&str, &[&str])]) -> Decision {
    let document = Document::read(document);
    let mut request = caller_part(caller_named(&document, caller), Some("o-a1b2c3d4e5/r-ab12/"));
    for (_, key, _) in document.conditions() {
        request.context.entry(key.to_owned()).or_default();
    }
    for (key, values) in context {
        request.context.insert((*key).into(), values.iter().map(|&value| value.into()).collect());
    }
    document.decide(&Request { action: Some(action.into()), resource: Some(resource.into()), ..request }, Reading::Wide)
}

fn statement(effect: &str, changes: Value) -> Value {
    let statement = json!({"Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": "*"});
    super::super::change(&statement, changes)
}

fn document(statements: Value) -> Value {
    super::super::policy(statements)
}

const ALLOW: (Truth, Truth) = (False, True);
const DENY: (Truth, Truth) = (True, False);
const NEITHER: (Truth, Truth) = (False, False);

#[test]
fn statements() {
    let allow = |changes: Value| statement("Allow", changes);
    let deny = |changes: Value| statement("Deny", changes);
    let role = json!({"AWS": ROLE});
    let cases = [
        ("evaluation: implicit deny", json!([]), ROLE, "s3:GetObject", OBJECT, NEITHER),
        ("evaluation: allow", json!([allow(json!({}))]), ROLE, "s3:GetObject", OBJECT, ALLOW),
        ("evaluation: deny wins", json!([allow(json!({})), deny(json!({}))]), ROLE, "s3:GetObject", OBJECT, DENY),
        ("another action", json!([allow(json!({}))]), ROLE, "s3:PutObject", OBJECT, NEITHER),
        (
            "action: not case-sensitive",
            json!([allow(json!({"Action": "S3:getobject"}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            ALLOW,
        ),
        ("action: wildcards", json!([allow(json!({"Action": "s3:?et*"}))]), ROLE, "s3:GetObject", OBJECT, ALLOW),
        (
            "notaction",
            json!([allow(json!({"Action": null, "NotAction": "s3:Put*"}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            ALLOW,
        ),
        (
            "notaction: listed",
            json!([deny(json!({"Action": null, "NotAction": "s3:Get*"}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            NEITHER,
        ),
        (
            "resource: * takes slashes",
            json!([allow(json!({"Resource": "arn:aws:s3:::records/*"}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            ALLOW,
        ),
        (
            "resource: ? is one character",
            json!([allow(json!({"Resource": "arn:aws:s3:::records/?"}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            NEITHER,
        ),
        (
            "resource: case-sensitive",
            json!([allow(json!({"Resource": "arn:aws:s3:::Records/*"}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            NEITHER,
        ),
        (
            "notresource",
            json!([deny(json!({"Resource": null, "NotResource": "arn:aws:s3:::records/*"}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            NEITHER,
        ),
        ("principal: everyone", json!([allow(json!({}))]), "anonymous", "s3:GetObject", OBJECT, ALLOW),
        (
            "principal: everyone, as AWS",
            json!([allow(json!({"Principal": {"AWS": "*"}}))]),
            "anonymous",
            "s3:GetObject",
            OBJECT,
            ALLOW,
        ),
        (
            "principal: account",
            json!([allow(json!({"Principal": {"AWS": "111122223333"}}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            ALLOW,
        ),
        (
            "principal: root",
            json!([allow(json!({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            ALLOW,
        ),
        (
            "principal: another role",
            json!([allow(json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/b"}}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            NEITHER,
        ),
        (
            "principal: service",
            json!([allow(json!({"Principal": {"Service": "ec2.amazonaws.com"}}))]),
            "ec2.amazonaws.com",
            "s3:GetObject",
            OBJECT,
            ALLOW,
        ),
        (
            "principal: no service",
            json!([allow(json!({"Principal": {"Service": "ec2.amazonaws.com"}}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            NEITHER,
        ),
        (
            "notprincipal: others",
            json!([deny(json!({"Principal": null, "NotPrincipal": role}))]),
            "anonymous",
            "s3:GetObject",
            OBJECT,
            DENY,
        ),
        (
            "notprincipal: without the account",
            json!([deny(json!({"Principal": null, "NotPrincipal": role}))]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            (Unknown, False),
        ),
        (
            "notprincipal: with the account",
            json!([deny(
                json!({"Principal": null, "NotPrincipal": {"AWS": [ROLE, "arn:aws:iam::111122223333:root"]}})
            )]),
            ROLE,
            "s3:GetObject",
            OBJECT,
            NEITHER,
        ),
        (
            "notprincipal: another role of an account spared in part",
            json!([deny(json!({"Principal": null, "NotPrincipal": role}))]),
            "arn:aws:iam::111122223333:role/b",
            "s3:GetObject",
            OBJECT,
            DENY,
        ),
    ];
    for (name, statements, caller, action, resource, expected) in cases {
        let decision = decide(&document(statements), caller, action, resource, &[]);
        assert_eq!((decision.denied, decision.allowed), expected, "{name}");
    }
}

/// A name with its page, the condition block, the request's context, and whether it matches.
type Condition = (&'static str, Value, &'static [(&'static str, &'static [&'static str])], Truth);

#[test]
fn conditions() {
    let cases: [Condition; 52] = [
        (
            "operators: StringEquals",
            json!({"StringEquals": {"aws:userid": ["x", "y"]}}),
            &[("aws:userid", &["y"])],
            True,
        ),
        ("operators: case", json!({"StringEquals": {"aws:userid": "Y"}}), &[("aws:userid", &["y"])], False),
        ("operators: keys in any case", json!({"StringEquals": {"AWS:UserId": "y"}}), &[("aws:userid", &["y"])], True),
        (
            "operators: IgnoreCase",
            json!({"StringEqualsIgnoreCase": {"aws:userid": "Y"}}),
            &[("aws:userid", &["y"])],
            True,
        ),
        ("operators: an absent key", json!({"StringEquals": {"aws:userid": "y"}}), &[], False),
        ("operators: an absent key, negated", json!({"StringNotEquals": {"aws:userid": "y"}}), &[], True),
        ("operators: NOR", json!({"StringNotEquals": {"aws:userid": ["x", "y"]}}), &[("aws:userid", &["y"])], False),
        (
            "operators: all conditions",
            json!({"StringEquals": {"aws:userid": "y", "aws:x": "z"}}),
            &[("aws:userid", &["y"])],
            False,
        ),
        (
            "operators: no wildcards in StringEquals",
            json!({"StringEquals": {"aws:userid": "*"}}),
            &[("aws:userid", &["y"])],
            False,
        ),
        (
            "operators: StringLike",
            json!({"StringLike": {"aws:userid": "a:?/*"}}),
            &[("aws:userid", &["a:b/c:d"])],
            True,
        ),
        ("operators: StringNotLike", json!({"StringNotLike": {"aws:userid": "a*"}}), &[("aws:userid", &["ab"])], False),
        (
            "operators: NumericLessThan",
            json!({"NumericLessThan": {"s3:TlsVersion": 1.2}}),
            &[("s3:tlsversion", &["1.1"])],
            True,
        ),
        (
            "operators: NumericLessThanEquals",
            json!({"NumericLessThanEquals": {"s3:max-keys": "10"}}),
            &[("s3:max-keys", &["10"])],
            True,
        ),
        (
            "operators: numbers, not texts",
            json!({"NumericEquals": {"s3:max-keys": "10.0"}}),
            &[("s3:max-keys", &["10"])],
            True,
        ),
        ("operators: NumericLessThan, absent", json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}), &[], False),
        (
            "operators: DateGreaterThan",
            json!({"DateGreaterThan": {"aws:CurrentTime": "2013-08-16T12:00:00Z"}}),
            &[("aws:currenttime", &["2014-01-01T00:00:00Z"])],
            True,
        ),
        (
            "operators: epoch time",
            json!({"DateLessThan": {"aws:CurrentTime": "1388534400"}}),
            &[("aws:currenttime", &["2014-01-01T00:00:01Z"])],
            False,
        ),
        (
            "operators: Bool",
            json!({"Bool": {"aws:SecureTransport": "false"}}),
            &[("aws:securetransport", &["false"])],
            True,
        ),
        (
            "operators: Bool in any case",
            json!({"Bool": {"aws:SecureTransport": "False"}}),
            &[("aws:securetransport", &["false"])],
            True,
        ),
        (
            "operators: Bool, a JSON boolean",
            json!({"Bool": {"aws:SecureTransport": true}}),
            &[("aws:securetransport", &["true"])],
            True,
        ),
        ("mfa: Bool, absent", json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}), &[], False),
        ("mfa: BoolIfExists, absent", json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}), &[], True),
        (
            "operators: BinaryEquals",
            json!({"BinaryEquals": {"a:key": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}}),
            &[("a:key", &["QmluYXJ5VmFsdWVJbkJhc2U2NA=="])],
            True,
        ),
        (
            "operators: IpAddress",
            json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            &[("aws:sourceip", &["203.0.113.255"])],
            True,
        ),
        (
            "operators: an address alone is /32",
            json!({"IpAddress": {"aws:SourceIp": "203.0.113.1"}}),
            &[("aws:sourceip", &["203.0.113.2"])],
            False,
        ),
        (
            "operators: IPv6",
            json!({"IpAddress": {"aws:SourceIp": "2001:DB8:1234:5678::/64"}}),
            &[("aws:sourceip", &["2001:db8:1234:5678::9"])],
            True,
        ),
        (
            "operators: all of IPv4 is not IPv6",
            json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
            &[("aws:sourceip", &["2001:db8::1"])],
            False,
        ),
        ("operators: NotIpAddress, absent", json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), &[], True),
        (
            "operators: ArnLike",
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:123456789012:*"}}),
            &[("aws:sourcearn", &["arn:aws:sns:us-east-1:123456789012:topic:x"])],
            True,
        ),
        (
            "operators: ArnEquals is the same",
            json!({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:123456789012:t*"}}),
            &[("aws:sourcearn", &["arn:aws:sns:us-east-1:123456789012:topic"])],
            True,
        ),
        (
            "operators: field by field",
            json!({"ArnLike": {"aws:SourceArn": "arn:*:123456789012:t"}}),
            &[("aws:sourcearn", &["arn:aws:sns:us-east-1:123456789012:t"])],
            False,
        ),
        (
            "operators: no ARN",
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}),
            &[("aws:sourcearn", &["x"])],
            False,
        ),
        (
            "operators: StringLike does not know fields",
            json!({"StringLike": {"aws:SourceArn": "arn:*:123456789012:t"}}),
            &[("aws:sourcearn", &["arn:aws:sns:us-east-1:123456789012:t"])],
            True,
        ),
        ("operators: ArnNotLike, absent", json!({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}), &[], True),
        ("operators: Null true", json!({"Null": {"aws:TokenIssueTime": "true"}}), &[], True),
        ("operators: Null false", json!({"Null": {"aws:TokenIssueTime": "false"}}), &[], False),
        (
            "operators: Null, present",
            json!({"Null": {"aws:TokenIssueTime": false}}),
            &[("aws:tokenissuetime", &["2014-01-01T00:00:00Z"])],
            True,
        ),
        (
            "operators: IfExists, present",
            json!({"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*"]}}),
            &[("ec2:instancetype", &["m3.large"])],
            False,
        ),
        (
            "operators: IfExists, absent",
            json!({"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*"]}}),
            &[],
            True,
        ),
        (
            "sets: ForAllValues, all",
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
            &[("aws:tagkeys", &["b", "a"])],
            True,
        ),
        (
            "sets: ForAllValues, one more",
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
            &[("aws:tagkeys", &["a", "c"])],
            False,
        ),
        ("sets: ForAllValues, absent", json!({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}), &[], True),
        (
            "sets: ForAllValues negated",
            json!({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]}}),
            &[("aws:tagkeys", &["c", "a"])],
            False,
        ),
        (
            "sets: ForAnyValue",
            json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
            &[("aws:tagkeys", &["c", "a"])],
            True,
        ),
        ("sets: ForAnyValue, absent", json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}), &[], False),
        (
            "sets: ForAnyValue negated",
            json!({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b"]}}),
            &[("aws:tagkeys", &["c", "a"])],
            True,
        ),
        ("sets: ForAnyValue negated, absent", json!({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}}), &[], False),
        (
            "variables: replaced",
            json!({"StringLike": {"s3:prefix": "home/${aws:username}/*"}}),
            &[("aws:username", &["anna"]), ("s3:prefix", &["home/anna/x"])],
            True,
        ),
        (
            "variables: no value",
            json!({"StringLike": {"s3:prefix": "${aws:username}*"}}),
            &[("s3:prefix", &["x"])],
            False,
        ),
        (
            "variables: default",
            json!({"StringEquals": {"s3:prefix": "${aws:username, 'all'}"}}),
            &[("s3:prefix", &["all"])],
            True,
        ),
        ("variables: ${*} is a star", json!({"StringLike": {"s3:prefix": "a${*}"}}), &[("s3:prefix", &["ab"])], False),
        ("no such operator", json!({"StringMatches": {"s3:prefix": "a"}}), &[("s3:prefix", &["a"])], Unknown),
    ];
    for (name, condition, context, expected) in cases {
        let document = document(json!([statement("Allow", json!({"Condition": condition}))]));
        let decision = decide(&document, "anonymous", "s3:GetObject", OBJECT, context);
        assert_eq!(decision.allowed, expected, "{name}");
    }
}

#[test]
fn keys_of_callers() {
    let cases = [
        (ROLE, json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}), True),
        (ROLE, json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}), True),
        (ROLE, json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}), True),
        (ROLE, json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}), True),
        ("anonymous", json!({"Null": {"aws:PrincipalOrgID": "true"}}), True),
        ("ec2.amazonaws.com", json!({"StringEquals": {"aws:PrincipalServiceName": "ec2.amazonaws.com"}}), True),
        ("ec2.amazonaws.com", json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), True),
    ];
    for (caller, condition, expected) in cases {
        let document = document(json!([statement("Allow", json!({"Condition": condition}))]));
        assert_eq!(decide(&document, caller, "s3:GetObject", OBJECT, &[]).allowed, expected, "{caller} {condition}");
    }
}

/// Variables came with version 2012-10-17; before, they are texts like others.
#[test]
fn old_documents_have_no_variables() {
    let mut old = document(json!([statement("Allow", json!({"Resource": "arn:aws:s3:::records/${aws:username}"}))]));
    old["Version"] = json!("2008-10-17");
    let ask = |resource: &str| decide(&old, ROLE, "s3:GetObject", resource, &[("aws:username", &["anna"])]).allowed;
    assert_eq!(ask("arn:aws:s3:::records/anna"), False);
    assert_eq!(ask("arn:aws:s3:::records/${aws:username}"), True);
}

/// Whatever three patterns of documents tell apart, the words of the universe do, too.
#[test]
fn words_are_rich_enough() {
    let mut all = vec![String::new()];
    for _ in 0..5 {
        all = all.iter().flat_map(|word| ["", "a", "b", "c"].map(|letter| format!("{word}{letter}"))).collect();
        all.sort();
        all.dedup();
    }
    let words = letters(4);
    let mut random = Random(7);
    for _ in 0..200 {
        let patterns = [(); 3].map(|()| word(&mut random, true));
        let cells = |words: &[String]| -> BTreeSet<Vec<bool>> {
            let words = words.iter().filter(|word| !word.is_empty());
            words.map(|word| patterns.iter().map(|pattern| like(pattern, word, None)).collect()).collect()
        };
        assert_eq!(cells(&words), cells(&all), "{patterns:?}");
    }
}
