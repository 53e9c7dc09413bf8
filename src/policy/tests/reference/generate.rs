//! Documents by chance, of the kinds that mislead whoever looks at statements one by one: grants and Denies side by side,
//! conditions and their opposites in two statements, patterns that overlap, elements with "Not".

use super::questions::{CANONICAL, ORGANIZATION, OTHER, OWN, PARTNER, STRANGE_ORGANIZATION};
use super::random::Random;
use serde_json::{Map, Value, json};

mod conditions;

use conditions::Conditions;

/// What kind of documents, and about what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Bucket,
    Topic,
    Transport,
    Role,
    Key,
    Identity,
}

pub fn document(random: &mut Random, subject: Subject) -> Value {
    let conditions = Conditions::choose(random, subject);
    let mut statements = Vec::new();
    for _ in 0..=random.below(3) {
        let statement = statement(random, subject, &conditions);
        if random.percent(25) {
            statements.extend(conditions.split(random, &statement));
        } else {
            statements.push(statement);
        }
    }
    statements.truncate(5);
    let version = if random.percent(4) { "2008-10-17" } else { "2012-10-17" };
    json!({"Version": version, "Statement": statements})
}

fn statement(random: &mut Random, subject: Subject, conditions: &Conditions) -> Value {
    let deny = random.percent(if subject == Subject::Transport { 85 } else { 35 });
    let mut statement = Map::new();
    statement.insert("Effect".into(), json!(if deny { "Deny" } else { "Allow" }));
    let mut of_provider = false;
    if subject != Subject::Identity {
        let not = random.percent(if deny { 15 } else { 5 });
        let principal = if not {
            not_principal(random, subject)
        } else if deny && random.percent(70) {
            json!("*")
        } else {
            principal(random, subject)
        };
        of_provider = principal.get("Federated").is_some();
        statement.insert(if not { "NotPrincipal" } else { "Principal" }.into(), principal);
    }
    let (not, actions) = actions(random, subject, deny, of_provider);
    statement.insert(if not { "NotAction" } else { "Action" }.into(), actions);
    if subject != Subject::Role {
        let (not, resources) = resources(random, subject);
        statement.insert(if not { "NotResource" } else { "Resource" }.into(), resources);
    }
    if random.percent(if subject == Subject::Transport { 90 } else { 60 }) {
        statement.insert("Condition".into(), conditions.some(random));
    }
    Value::Object(statement)
}

fn principal(random: &mut Random, subject: Subject) -> Value {
    let everyone = if subject == Subject::Key { 20 } else { 45 };
    if random.percent(everyone) {
        return random.one(&[json!("*"), json!({"AWS": "*"}), json!({"AWS": ["*", OWN]})]).clone();
    }
    match random.below(10) {
        0 | 1 => json!({"Service": random.some(&["logging.s3.amazonaws.com", "ec2.amazonaws.com"], 2)}),
        2 | 3 if subject == Subject::Role => json!({"Federated": random.one(&[
            format!("arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"),
            format!("arn:aws:iam::{OWN}:saml-provider/idp"),
            "accounts.google.com".to_owned(),
        ])}),
        2 if subject == Subject::Bucket => {
            json!({"Federated": random.one(&["accounts.google.com", "arn:aws:iam::444455556666:saml-provider/idp"])})
        }
        3 if subject == Subject::Bucket => json!({"AWS": random.one(&[
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE", "AIDAEXAMPLEEXAMPLE123"
        ])}),
        4 if subject == Subject::Bucket => json!({"CanonicalUser": CANONICAL}),
        _ => json!({"AWS": random.some(&aws_principals(), 3)}),
    }
}

fn not_principal(random: &mut Random, subject: Subject) -> Value {
    match random.below(4) {
        0 if subject != Subject::Role => json!({"Service": "logging.s3.amazonaws.com"}),
        1 => json!({"AWS": [format!("arn:aws:iam::{OWN}:role/app"), format!("arn:aws:iam::{OWN}:root")]}),
        _ => json!({"AWS": random.some(&aws_principals(), 2)}),
    }
}

fn aws_principals() -> Vec<String> {
    let mut names = Vec::new();
    for account in [OWN, PARTNER, OTHER] {
        names.push(account.to_owned());
        names.extend(["root", "role/app", "user/anna"].map(|name| format!("arn:aws:iam::{account}:{name}")));
    }
    names
}

/// Whether they are those that are not meant, and the patterns.
fn actions(random: &mut Random, subject: Subject, deny: bool, of_provider: bool) -> (bool, Value) {
    let not = random.percent(12);
    let all: &[&str] = match subject {
        Subject::Transport | Subject::Bucket => &["s3:*", "*", "S3:*"],
        Subject::Topic => &["sns:*", "SNS:Publish", "*"],
        Subject::Role => &["sts:*", "sts:AssumeRole*", "*"],
        Subject::Key => &["kms:*"],
        Subject::Identity => &["*", "*:*"],
    };
    let some: &[&str] = match subject {
        Subject::Transport | Subject::Bucket => &[
            "s3:Get*",
            "s3:Put*",
            "s3:List*",
            "s3:Delete*",
            "s3:*Object",
            "s3:*Object*",
            "s3:*Bucket*",
            "s3:GetObject",
            "s3:PutObject",
            "s3:ListBucket",
            "s3:?etObject",
            "s3:getobjectacl",
            "s3:PutBucketPolicy",
            "s3:GetBucketPolicy",
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:P*",
            "s3:G*",
            "s3:L*",
            "s3:D*",
        ],
        Subject::Topic => &["sns:Publish", "sns:Subscribe", "sns:P*", "SNS:*"],
        Subject::Role if of_provider => {
            &["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:AssumeRoleWith*"]
        }
        Subject::Role if deny || not => &["sts:TagSession", "sts:AssumeRole*"],
        Subject::Role => &["sts:AssumeRole", "sts:TagSession", "sts:AssumeRole*", "sts:assumerole"],
        Subject::Key => &[
            "kms:Decrypt",
            "kms:Encrypt",
            "kms:GenerateDataKey*",
            "kms:*crypt*",
            "kms:Put*",
            "kms:ScheduleKeyDeletion",
            "kms:Disable*",
            "kms:Describe*",
            "kms:GenerateDataKey",
            "kms:DeriveSharedSecret",
            "kms:Sign",
        ],
        Subject::Identity => &[
            "s3:*",
            "s3:Get*",
            "iam:*",
            "iam:Put*",
            "iam:PutRolePolicy",
            "iam:*Policy*",
            "iam:Attach*",
            "iam:Create*",
            "kms:*",
            "kms:Decrypt",
            "kms:De*",
            "kms:ReEncrypt*",
            "kms:Encrypt",
            "kms:CreateGrant",
            "cloudtrail:*",
            "cloudtrail:StopLogging",
            "cloudtrail:Get*",
            "cloudtrail:*Trail*",
            "CLOUDTRAIL:*",
            "ec2:*",
            "ec2:Describe*",
            "organizations:*",
        ],
    };
    let whole = if of_provider { 20 } else { 45 };
    if random.percent(whole) && !not {
        return (false, json!(random.one(all)));
    }
    let mut chosen = random.some(some, if subject == Subject::Identity { 4 } else { 3 });
    if chosen.len() == 1 && random.percent(50) {
        return (not, json!(chosen.remove(0)));
    }
    (not, json!(chosen))
}

fn resources(random: &mut Random, subject: Subject) -> (bool, Value) {
    let bucket = "arn:aws:s3:::records";
    match subject {
        Subject::Topic => (false, json!("arn:aws:sns:us-east-1:111122223333:alarms")),
        Subject::Key | Subject::Role => (false, json!("*")),
        Subject::Identity => {
            let not = random.percent(10);
            let chosen = if not {
                random.some(
                    &[
                        "arn:aws:s3:::b",
                        "arn:aws:kms:us-east-1:111122223333:key/1",
                        "arn:aws:iam::111122223333:role/app",
                    ],
                    2,
                )
            } else if random.percent(60) {
                vec!["*"]
            } else {
                random.some(
                    &[
                        "arn:aws:*",
                        "*",
                        "arn:aws:s3:::*",
                        "arn:aws:s3:::b",
                        "arn:aws:kms:*:*:key/*",
                        "arn:aws:kms:*:111122223333:key/*",
                        "arn:aws:kms:us-east-1:111122223333:key/1",
                        "arn:aws:cloudtrail:us-east-1:111122223333:trail/t",
                        "arn:aws-us-gov:*",
                    ],
                    3,
                )
            };
            (not, json!(chosen))
        }
        Subject::Bucket | Subject::Transport => {
            let not = random.percent(8);
            if !not && random.percent(50) {
                let whole = [json!("*"), json!([bucket, format!("{bucket}/*")]), json!(format!("{bucket}*"))];
                return (false, random.one(&whole).clone());
            }
            let mut chosen: Vec<String> =
                (0..=random.below(3)).map(|_| format!("{bucket}/{}", word(random, true))).collect();
            if random.percent(30) {
                chosen.push(random.one(&[bucket.to_owned(), "arn:aws:s3:::other/*".into()]).clone());
            }
            if random.percent(3) {
                chosen.push(format!("{bucket}/${{aws:username}}/*"));
            }
            (not, json!(chosen))
        }
    }
}

/// A word of few letters, perhaps with wildcards.
pub fn word(random: &mut Random, wildcards: bool) -> String {
    let letters: &[char] = if wildcards { &['a', 'b', '*', '?', '*'] } else { &['a', 'b'] };
    (0..=random.below(3)).map(|_| *random.one(letters)).collect()
}

/// The document, with one thing left out.
pub fn smaller(document: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    leave_out(document, &mut |smaller| found.push(smaller));
    found
}

fn leave_out(value: &Value, give: &mut dyn FnMut(Value)) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if items.len() > 1 {
                    let mut fewer = items.clone();
                    fewer.remove(index);
                    give(Value::Array(fewer));
                }
                leave_out(item, &mut |smaller| {
                    let mut items = items.clone();
                    items[index] = smaller;
                    give(Value::Array(items));
                });
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let is_condition = name == "Condition" || name.contains(':') || member.is_object();
                let needed = ["Principal", "NotPrincipal"].contains(&name.as_str());
                if is_condition && !needed {
                    let mut fewer = members.clone();
                    fewer.remove(name);
                    give(Value::Object(fewer));
                }
                leave_out(member, &mut |smaller| {
                    let mut members = members.clone();
                    members.insert(name.clone(), smaller);
                    give(Value::Object(members));
                });
            }
        }
        _ => {}
    }
}
