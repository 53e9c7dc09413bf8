//! What it costs to answer a question about a policy, beside the reading of the same policy's JSON text, which every tool
//! must do. Both run in turns in one process.
//!
//! `cargo bench --bench policy`; a part of a policy's name may follow: `cargo bench --bench policy -- typical`.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use safeguard::policy::{self, Known, PolicyAnswer};
use serde_json::{Value, json};

const ROUNDS: usize = 21;
const ACCOUNT: &str = "111122223333";
const BUCKET: &str = "arn:aws:s3:::records";

type Ask = fn(&Value) -> PolicyAnswer;

const ABOUT_RESOURCES: [(&str, Ask); 4] = [
    ("denies_insecure_transport", |policy| policy::denies_insecure_transport(policy, BUCKET)),
    ("denies_tls_below 1.2", |policy| policy::denies_tls_below(policy, BUCKET, 1.2)),
    ("is_public", policy::is_public),
    ("grants_only_to_known", |policy| policy::grants_only_to_known(policy, &Known::alone(ACCOUNT, &["o-a1b2c3d4e5"]))),
];

const ABOUT_BEARERS: [(&str, Ask); 3] = [
    ("allows_admin", policy::allows_admin),
    ("allows_privilege_escalation", policy::allows_privilege_escalation),
    ("allows_service_wildcard", policy::allows_service_wildcard),
];

fn main() -> io::Result<()> {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let resource_policies = [
        ("TLS only, AWS's example", policy(vec![tls_only()])),
        ("typical: TLS, logs, a partner", policy(typical())),
        ("20 KB: many teams", many_teams(20_000)),
        ("20 KB: many conditions", many_conditions(20_000)),
        ("20 KB: many accounts", many_accounts(20_000)),
        ("20 KB: patterns that cross", crossing(20_000)),
        ("20 KB: stars in stars", stars(20_000)),
    ];
    let identity_policies = [
        ("reads of one bucket", reads()),
        ("6 KB of grants", grants(6_000)),
        ("20 KB of grants", grants(20_000)),
        ("everything", policy(vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})])),
    ];
    let mut table = io::stdout().lock();
    writeln!(table, "{ROUNDS} rounds in turns, median; the ratio is to reading the JSON text")?;
    writeln!(
        table,
        "{:<31} {:>6} {:<28} {:>8} {:>10} {:>8}  answer",
        "policy", "bytes", "question", "JSON us", "answer us", "ratio"
    )?;
    let mut worst = (Duration::ZERO, String::new());
    let about = resource_policies.iter().map(|policy| (policy, &ABOUT_RESOURCES[..]));
    for ((name, policy), questions) in about.chain(identity_policies.iter().map(|policy| (policy, &ABOUT_BEARERS[..])))
    {
        if !name.contains(&only) {
            continue;
        }
        let text = policy.to_string();
        for (question, ask) in questions {
            let (reading, asking) = measure(&text, policy, *ask)?;
            let ratio = asking.as_secs_f64() / reading.as_secs_f64();
            let answer = ask(policy).truth;
            let us = |time: Duration| time.as_secs_f64() * 1e6;
            writeln!(
                table,
                "{name:<31} {:>6} {question:<28} {:>8.1} {:>10.1} {ratio:>7.1}x  {answer:?}",
                text.len(),
                us(reading),
                us(asking)
            )?;
            if asking > worst.0 {
                worst = (asking, format!("{question} of {name:?}"));
            }
        }
    }
    writeln!(table, "worst: {:.1} ms, {}", worst.0.as_secs_f64() * 1e3, worst.1)
}

fn measure(text: &str, policy: &Value, ask: Ask) -> io::Result<(Duration, Duration)> {
    let (mut reading, mut asking) = (Vec::new(), Vec::new());
    let once = {
        let start = Instant::now();
        black_box(ask(black_box(policy)));
        start.elapsed().max(Duration::from_nanos(200))
    };
    let times = (Duration::from_millis(5).as_nanos() / once.as_nanos()).clamp(1, 1_000) as u32;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..times {
            let read: Value = serde_json::from_str(black_box(text)).map_err(io::Error::other)?;
            black_box(read);
        }
        reading.push(start.elapsed() / times);
        let start = Instant::now();
        for _ in 0..times {
            black_box(ask(black_box(policy)));
        }
        asking.push(start.elapsed() / times);
    }
    reading.sort();
    asking.sort();
    Ok((reading[ROUNDS / 2], asking[ROUNDS / 2]))
}

fn policy(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn tls_only() -> Value {
    json!({
        "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [BUCKET, format!("{BUCKET}/*")], "Condition": {"Bool": {"aws:SecureTransport": "false"}}
    })
}

fn typical() -> Vec<Value> {
    vec![
        tls_only(),
        json!({
            "Sid": "Logs", "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
            "Resource": format!("{BUCKET}/logs/*"),
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
        }),
        json!({
            "Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/import"},
            "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [BUCKET, format!("{BUCKET}/shared/*")]
        }),
        json!({
            "Sid": "Organization", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": format!("{BUCKET}/phi/*"),
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}
        }),
    ]
}

/// Statements of that sort until the policy is so long.
fn filled(bytes: usize, statement: impl Fn(usize) -> Value) -> Value {
    let mut statements = vec![tls_only()];
    let mut length = 0;
    while length < bytes - 300 {
        let next = statement(statements.len());
        length += next.to_string().len() + 1;
        statements.push(next);
    }
    policy(statements)
}

fn many_teams(bytes: usize) -> Value {
    filled(bytes, |n| {
        json!({
            "Sid": format!("Team{n}"), "Effect": if n % 3 == 0 { "Deny" } else { "Allow" },
            "Principal": {"AWS": format!("arn:aws:iam::{:012}:role/team-{n}", 100_000_000_000_u64 + n as u64 % 7)},
            "Action": ["s3:GetObject*", "s3:PutObject"], "Resource": format!("{BUCKET}/teams/{n}/*")
        })
    })
}

fn many_conditions(bytes: usize) -> Value {
    let keys =
        ["aws:SourceVpce", "aws:PrincipalTag/team", "s3:prefix", "aws:RequestTag/a", "s3:x-amz-acl", "aws:UserAgent"];
    filled(bytes, |n| {
        json!({
            "Effect": if n % 2 == 0 { "Deny" } else { "Allow" }, "Principal": "*", "Action": "s3:*", "Resource": format!("{BUCKET}/*"),
            "Condition": {
                if n % 4 < 2 { "StringNotEquals" } else { "StringLike" }: {keys[n % 6]: format!("value-{n}*"), keys[(n + 1) % 6]: format!("value-{n}")},
                "IpAddress": {"aws:SourceIp": format!("10.{}.0.0/16", n % 250)}
            }
        })
    })
}

fn many_accounts(bytes: usize) -> Value {
    let accounts: Vec<String> =
        (0..bytes / 34).map(|n| format!("arn:aws:iam::{:012}:root", 100_000_000_000_u64 + n as u64)).collect();
    policy(vec![
        tls_only(),
        json!({"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": "s3:GetObject", "Resource": format!("{BUCKET}/*")}),
    ])
}

fn crossing(bytes: usize) -> Value {
    filled(bytes, |n| {
        json!({
            "Effect": if n % 2 == 0 { "Deny" } else { "Allow" }, "Principal": "*", "Action": "s3:GetObject",
            "Resource": format!("{BUCKET}/*{}*/{n}", char::from(b'a' + (n % 26) as u8))
        })
    })
}

fn stars(bytes: usize) -> Value {
    filled(bytes, |n| {
        json!({
            "Effect": if n % 2 == 0 { "Deny" } else { "Allow" }, "Principal": "*", "Action": "s3:*",
            "Resource": format!("{BUCKET}/{}{n}", "*a?".repeat(60)), "Condition": {"StringLike": {"aws:PrincipalArn": "*a*b*c*".repeat(20)}}
        })
    })
}

fn reads() -> Value {
    policy(vec![
        json!({"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": [BUCKET, format!("{BUCKET}/*")]}),
    ])
}

fn grants(bytes: usize) -> Value {
    filled(bytes, |n| {
        json!({
            "Effect": "Allow", "Action": [format!("dynamodb:Get{n}*"), "dynamodb:Query", "lambda:InvokeFunction"],
            "Resource": [format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/app-{n}*"), format!("arn:aws:lambda:*:{ACCOUNT}:function:app-{n}")]
        })
    })
}
