//! Conditions on a few keys, so that several statements speak of the same ones.

use super::*;

/// The keys that the conditions of one document are about, each with values to list.
pub struct Conditions {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, PartialEq)]
struct Key {
    name: &'static str,
    kind: Kind,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Number,
    Date,
    Address,
    /// One of a few words.
    Text,
    /// One of a few identifiers, which have one spelling.
    Id,
    /// Words with wildcards.
    Pattern,
    Arn,
    Many,
}

impl Conditions {
    pub fn choose(random: &mut Random, subject: Subject) -> Self {
        let mut keys = Vec::new();
        if subject == Subject::Transport {
            keys.push(key(random, "aws:SecureTransport"));
            if random.percent(50) {
                keys.push(key(random, "s3:TlsVersion"));
            }
        }
        for _ in 0..=random.below(2) {
            let name = *random.one(names(subject));
            keys.push(key(random, name));
        }
        Self { keys }
    }

    /// A condition block.
    pub fn some(&self, random: &mut Random) -> Value {
        let mut block = json!({});
        for _ in 0..=random.below(2) {
            let key = random.one(&self.keys);
            let operator = key.operator(random);
            let listed = if operator == "Null" { json!(random.one(&["true", "false"])) } else { key.list(random) };
            block[operator][key.name] = listed;
        }
        if random.percent(2) {
            let key = random.one(&self.keys);
            block["StringMatches"][key.name] = key.list(random);
        }
        block
    }

    /// The statement under a condition, and again under its opposite, or nearly so.
    pub fn split(&self, random: &mut Random, statement: &Value) -> Vec<Value> {
        let key = random.one(&self.keys);
        let Some((operator, opposite)) = key.opposites(random) else { return vec![statement.clone()] };
        let listed = key.list(random);
        let opposed = match operator.as_str() {
            "Bool" | "Null" => json!(if listed == "true" { "false" } else { "true" }),
            _ if random.percent(85) => listed.clone(),
            _ => key.list(random),
        };
        let listed = if operator == "Null" { json!("true") } else { listed };
        let opposed = if operator == "Null" { json!("false") } else { opposed };
        [(operator, listed), (opposite, opposed)]
            .into_iter()
            .map(|(operator, listed)| {
                let mut statement = statement.clone();
                statement["Condition"][operator][key.name] = listed;
                statement
            })
            .collect()
    }
}

impl Key {
    fn operator(&self, random: &mut Random) -> String {
        if random.percent(8) {
            return "Null".into();
        }
        if random.percent(2) && ["aws:SecureTransport", "aws:CurrentTime"].contains(&self.name) {
            return "StringEquals".into();
        }
        let operators: &[&str] = match self.kind {
            Kind::Bool => &["Bool"],
            Kind::Number => &[
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
                "NumericEquals",
                "NumericNotEquals",
            ],
            Kind::Date => &[
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
                "DateEquals",
                "DateNotEquals",
            ],
            Kind::Address => &["IpAddress", "IpAddress", "NotIpAddress"],
            Kind::Text => &[
                "StringEquals",
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
            ],
            Kind::Id => &["StringEquals", "StringEquals", "StringNotEquals", "StringLike"],
            Kind::Pattern | Kind::Many => &["StringLike", "StringLike", "StringNotLike"],
            Kind::Arn => &["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "StringLike", "StringNotLike"],
        };
        let operator = *random.one(operators);
        let set = match self.kind {
            Kind::Many => *random.one(&["ForAllValues:", "ForAnyValue:"]),
            _ if random.percent(3) => "ForAllValues:",
            _ => "",
        };
        let if_exists = if random.percent(20) { "IfExists" } else { "" };
        format!("{set}{operator}{if_exists}")
    }

    fn opposites(&self, random: &mut Random) -> Option<(String, String)> {
        let pairs: &[(&str, &str)] = match self.kind {
            Kind::Bool => &[("Bool", "Bool"), ("Null", "Null"), ("Bool", "BoolIfExists")],
            Kind::Number => &[("NumericLessThan", "NumericGreaterThanEquals"), ("NumericEquals", "NumericNotEquals")],
            Kind::Date => &[("DateLessThan", "DateGreaterThanEquals"), ("DateLessThan", "DateGreaterThan")],
            Kind::Address => &[("IpAddress", "NotIpAddress"), ("IpAddressIfExists", "NotIpAddress"), ("Null", "Null")],
            Kind::Text | Kind::Id => {
                &[("StringEquals", "StringNotEquals"), ("StringEqualsIfExists", "StringNotEquals"), ("Null", "Null")]
            }
            Kind::Pattern => {
                &[("StringLike", "StringNotLike"), ("StringLikeIfExists", "StringNotLikeIfExists"), ("Null", "Null")]
            }
            Kind::Arn => &[("ArnLike", "ArnNotLike"), ("StringLike", "ArnNotLike")],
            Kind::Many => &[
                ("ForAllValues:StringLike", "ForAnyValue:StringNotLike"),
                ("ForAnyValue:StringLike", "ForAllValues:StringNotLike"),
            ],
        };
        let (one, other) = random.one(pairs);
        Some(((*one).into(), (*other).into()))
    }

    fn list(&self, random: &mut Random) -> Value {
        if random.percent(3) && self.kind == Kind::Pattern {
            return json!("${aws:username}");
        }
        let mut chosen = random.some(&self.values, 2);
        if chosen.len() == 1 { json!(chosen.remove(0)) } else { json!(chosen) }
    }
}

/// Keys by subject; those that decide come more often.
fn names(subject: Subject) -> &'static [&'static str] {
    match subject {
        Subject::Transport => &[
            "aws:SecureTransport",
            "aws:SourceIp",
            "aws:SourceIp",
            "aws:SourceVpce",
            "aws:PrincipalOrgID",
            "aws:PrincipalAccount",
            "aws:PrincipalArn",
            "aws:Referer",
            "aws:TagKeys",
            "aws:CurrentTime",
            "aws:PrincipalIsAWSService",
            "aws:RequestedRegion",
            "aws:ViaAWSService",
            "s3:prefix",
            "aws:VpcSourceIp",
        ],
        Subject::Bucket | Subject::Topic => &[
            "aws:SourceIp",
            "aws:SourceIp",
            "aws:SourceVpce",
            "aws:SourceVpc",
            "aws:PrincipalOrgID",
            "aws:PrincipalOrgID",
            "aws:PrincipalOrgPaths",
            "aws:PrincipalAccount",
            "aws:PrincipalArn",
            "aws:SourceArn",
            "aws:SourceAccount",
            "aws:SourceArn",
            "aws:SourceAccount",
            "aws:SourceOrgID",
            "aws:SourceOwner",
            "aws:Referer",
            "aws:SecureTransport",
            "aws:PrincipalIsAWSService",
            "aws:userid",
            "s3:DataAccessPointArn",
            "s3:DataAccessPointAccount",
            "kms:CallerAccount",
            "aws:PrincipalServiceName",
            "aws:TagKeys",
            "aws:SourceOrgPaths",
        ],
        Subject::Role => &[
            "sts:ExternalId",
            "sts:ExternalId",
            "aws:MultiFactorAuthPresent",
            "aws:MultiFactorAuthPresent",
            "aws:MultiFactorAuthAge",
            "aws:PrincipalOrgID",
            "aws:PrincipalAccount",
            "aws:PrincipalArn",
            "token.actions.githubusercontent.com:sub",
            "token.actions.githubusercontent.com:aud",
            "aws:SourceIp",
        ],
        Subject::Key => &[
            "kms:RecipientAttestation:ImageSha384",
            "kms:RecipientAttestation:PCR0",
            "kms:RecipientAttestation:ImageSha384",
            "kms:ViaService",
            "kms:CallerAccount",
            "aws:PrincipalArn",
            "aws:PrincipalOrgID",
        ],
        Subject::Identity => &[
            "aws:SourceIp",
            "aws:MultiFactorAuthPresent",
            "aws:RequestedRegion",
            "aws:TagKeys",
            "s3:prefix",
            "aws:CurrentTime",
            "aws:SecureTransport",
            "aws:ResourceTag/app",
            "aws:ResourceTag/app",
            "kms:GrantIsForAWSResource",
            "kms:GrantOperations",
        ],
    }
}

fn key(random: &mut Random, name: &'static str) -> Key {
    let texts = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>();
    let image = "9fedcba8abcdef7abcdef6abcdef5abcdef4abcdef3abcdef2abcdef1abcdef0abcdef1abcdef2abcdef3abcdef4abcd";
    let accounts = texts(&[OWN, PARTNER, OTHER]);
    let (kind, values) = match name {
        "aws:SecureTransport"
        | "aws:ViaAWSService"
        | "aws:PrincipalIsAWSService"
        | "aws:MultiFactorAuthPresent"
        | "kms:GrantIsForAWSResource" => (Kind::Bool, texts(&["true", "false"])),
        "kms:GrantOperations" => (Kind::Many, texts(&["Decrypt", "Encrypt", "GenerateDataKey", "De*"])),
        "aws:ResourceTag/app" => (Kind::Text, texts(&["records", "billing"])),
        "s3:TlsVersion" => (Kind::Number, texts(&["1.0", "1.1", "1.2", "1.3", "1.25"])),
        "aws:MultiFactorAuthAge" => (Kind::Number, texts(&["3600", "300"])),
        "aws:CurrentTime" => (Kind::Date, texts(&["2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])),
        "aws:SourceIp" => (
            Kind::Address,
            texts(&[
                "203.0.113.0/24",
                "203.0.113.7",
                "203.0.113.128/25",
                "10.0.0.0/8",
                "10.0.0.0/9",
                "10.128.0.0/9",
                "10.0.0.0/7",
                "0.0.0.0/0",
                "0.0.0.0/1",
                "128.0.0.0/1",
                "2001:db8::/32",
                "2001:db8::/31",
                "::/0",
            ]),
        ),
        "aws:VpcSourceIp" => (Kind::Address, texts(&["10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9"])),
        "aws:RequestedRegion" => (Kind::Id, texts(&["us-east-1", "eu-west-1"])),
        "aws:SourceVpce" | "aws:SourceVpc" if random.percent(60) => {
            (Kind::Id, texts(if name.ends_with('e') { &["vpce-a", "vpce-b"] } else { &["vpc-a", "vpc-b"] }))
        }
        "aws:SourceVpce" => (Kind::Pattern, texts(&["vpce-*", "vpce-a", "vpce-a*", "vpce-?"])),
        "aws:SourceVpc" => (Kind::Pattern, texts(&["vpc-*", "vpc-a", "vpc-a*", "vpc-?"])),
        "aws:PrincipalOrgID" | "aws:SourceOrgID" => (Kind::Id, texts(&[ORGANIZATION, STRANGE_ORGANIZATION])),
        "aws:PrincipalOrgPaths" | "aws:SourceOrgPaths" => {
            (Kind::Many, texts(&["o-a1b2c3d4e5/*", "o-a1b2c3d4e5/r-ab12/*", "o-a1b2c3d4e5*", "*"]))
        }
        "aws:PrincipalAccount" | "kms:CallerAccount" | "s3:DataAccessPointAccount" => (Kind::Id, accounts),
        "aws:SourceAccount" | "aws:SourceOwner" => (Kind::Id, accounts),
        "aws:PrincipalArn" => (
            Kind::Arn,
            texts(&[
                "arn:aws:iam::111122223333:role/app",
                "arn:aws:iam::555566667777:role/*",
                "arn:aws:iam::555566667777:*",
                "arn:aws:iam::*:role/app",
                "*",
                "arn:aws:iam::999988887777:root",
            ]),
        ),
        // Wildcards that reach over colons, so that no field is fixed.
        "aws:SourceArn" if random.percent(25) => (Kind::Pattern, texts(&["arn:*:111122223333:*", "arn:aws:s*", "*:t"])),
        "aws:SourceArn" => (
            Kind::Arn,
            texts(&[
                "arn:aws:s3:::uploads",
                "arn:aws:s3:*:*:uploads",
                "arn:aws:sns:*:111122223333:*",
                "arn:aws:sns:us-east-1:444455556666:t",
                "arn:aws:sns:us-east-1:999988887777:t",
                "*",
            ]),
        ),
        "s3:DataAccessPointArn" => (
            Kind::Arn,
            texts(&[
                "arn:aws:s3:us-east-1:111122223333:accesspoint/*",
                "arn:aws:s3:us-east-1:*:accesspoint/*",
                "arn:aws:s3:*:111122223333:accesspoint/*",
            ]),
        ),
        "aws:PrincipalServiceName" => (Kind::Id, texts(&["logging.s3.amazonaws.com", "ec2.amazonaws.com"])),
        "sts:ExternalId" => (Kind::Text, texts(&["9f2c", "77aa"])),
        "token.actions.githubusercontent.com:aud" => (Kind::Text, texts(&["sts.amazonaws.com"])),
        "token.actions.githubusercontent.com:sub" => (
            Kind::Pattern,
            texts(&["repo:org/app:ref:refs/heads/main", "repo:org/app:*", "repo:org/*", "repo:org*", "repo:*", "*"]),
        ),
        "kms:ViaService" => (Kind::Id, texts(&["s3.us-east-1.amazonaws.com"])),
        "kms:RecipientAttestation:ImageSha384" | "kms:RecipientAttestation:PCR0" => {
            let zeros = "0".repeat(96);
            if random.percent(25) {
                (Kind::Pattern, vec![image.into(), zeros, "*".into()])
            } else {
                (Kind::Text, vec![image.into(), image.replace('9', "7")])
            }
        }
        "aws:TagKeys" => (Kind::Many, texts(&["a", "b", "a*", "*b"])),
        _ => (Kind::Pattern, (0..4).map(|_| word(random, true)).collect()),
    };
    Key { name, kind, values }
}
