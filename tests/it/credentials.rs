//! Credentials that end while an account is being read.
//!
//! A door before moto gives out credentials that count as ended two seconds later at the latest, and lets the list of buckets
//! take longer than that: what is asked about each bucket needs new ones. Where there are none, what comes after is a gap, and the run
//! goes on.

use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use safeguard::model::{AccountState, Finding, GapClass, Report, Verdict};
use serde_json::json;

use crate::aws::{self, Credentials};
use crate::fault;
use crate::http::{self, Delivery, Reply, Request, Server};
use crate::lambda::{self, Function};
use crate::product::Product;
use crate::proxy::{Answers, Proxy};
use crate::wire::Call;

/// The SDK counts credentials as ended five to ten seconds before they do, so that not all clients renew theirs at once.
const LIFETIME: i64 = 7;
/// Longer than such credentials are used.
const SLOW: Duration = Duration::from_secs(3);

/// What happens once the buckets were listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// The role can be assumed again.
    Renewed,
    /// It cannot.
    Refused,
    /// AWS says of every credential that it has expired.
    Expired,
}

/// A door before AWS.
struct Door {
    server: Server,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// The access key ids that were given out, each with the role.
    assumed: Vec<(String, String)>,
    calls: Vec<Call>,
    /// The roles, by the account in their ARN, whose buckets were listed.
    listed: Vec<String>,
}

impl Seen {
    fn account_of(&self, call: &Call) -> String {
        let entered = self.assumed.iter().find(|(key, _)| *key == call.access_key);
        entered.map_or("own".to_owned(), |(_, account)| account.clone())
    }

    /// The keys with which an operation was called.
    fn keys(&self, operation: &str) -> Vec<&str> {
        self.calls.iter().filter(|call| call.operation == operation).map(|call| call.access_key.as_str()).collect()
    }
}

impl Door {
    fn before(upstream: SocketAddr, lifetime: i64, after: After) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let noting = Arc::clone(&seen);
        let server = Server::start(move |request| answer(upstream, lifetime, after, &noting, request));
        Self { server, seen }
    }

    fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }
}

fn answer(upstream: SocketAddr, lifetime: i64, after: After, seen: &Mutex<Seen>, request: &Request) -> Reply {
    let Some(call) = aws::wire().identify(request) else {
        return Reply::new(404, "text/plain", "not a signed request of an AWS service");
    };
    let forward = || http::send(upstream, request).unwrap();
    if call.operation == "AssumeRole" {
        let role = crate::wire::parameter(request, "RoleArn").unwrap();
        let account = role.split(':').nth(4).unwrap().to_owned();
        if after == After::Refused && seen.lock().unwrap().listed.contains(&account) {
            return fault::denied_without_a_word(&call);
        }
        let mut reply = forward();
        let text = String::from_utf8(reply.body).unwrap();
        let end = jiff::Timestamp::now() + Duration::from_secs(lifetime.unsigned_abs());
        reply.body = with_end(&text, &end.to_string()).into_bytes();
        seen.lock().unwrap().assumed.push((between(&text, "AccessKeyId").to_owned(), account));
        return reply;
    }
    let account = {
        let mut seen = seen.lock().unwrap();
        seen.calls.push(call.clone());
        let account = seen.account_of(&call);
        if after == After::Expired && seen.listed.contains(&account) {
            return fault::error(&call, 400, "ExpiredToken", "The provided token has expired.");
        }
        account
    };
    if call.operation != "ListBuckets" {
        return forward();
    }
    let reply = forward();
    seen.lock().unwrap().listed.push(account);
    reply.delivered(Delivery::After(SLOW))
}

fn between<'t>(text: &'t str, element: &str) -> &'t str {
    let (_, rest) = text.split_once(&format!("<{element}>")).unwrap();
    rest.split_once('<').unwrap().0
}

fn with_end(text: &str, end: &str) -> String {
    let old = format!("<Expiration>{}</Expiration>", between(text, "Expiration"));
    text.replace(&old, &format!("<Expiration>{end}</Expiration>"))
}

/// An account with a bucket.
fn account(id: &str) -> Credentials {
    let credentials = aws::moto().account(id);
    let script = "import boto3, sys\n\
                  boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1').create_bucket(Bucket=sys.argv[2])";
    aws::moto().python_as(&credentials, &["-c", script, &aws::moto().url(), &format!("records-{id}")]);
    credentials
}

fn moto() -> Proxy {
    Answers::of(aws::moto().address()).record()
}

fn tls<'r>(report: &'r Report, account: &str) -> &'r Finding {
    let about = |finding: &&Finding| finding.rule == "s3-bucket-tls-only" && finding.resource.account == account;
    report.findings.iter().find(about).unwrap_or_else(|| panic!("nothing about {account}"))
}

/// Nothing passes that hangs on what came after, and every gap of the account says why and what to change.
fn assert_gaps(report: &Report, account: &str, code: &str, words: &str) {
    assert_eq!(tls(report, account).verdict, Verdict::Unknown);
    let gaps: Vec<_> = report.gaps.iter().filter(|gap| gap.account == account).collect();
    assert!(!gaps.is_empty());
    for gap in gaps {
        assert_eq!((gap.class, gap.code.as_str()), (GapClass::Credentials, code), "{gap:?}");
        assert!(gap.message.contains(words), "{gap:?}");
    }
    let passed = report.findings.iter().filter(|finding| finding.verdict == Verdict::Pass);
    let of_bucket = |finding: &&Finding| finding.resource.account == account && finding.resource.id.is_some();
    assert_eq!(passed.filter(of_bucket).map(|finding| &finding.rule).collect::<Vec<_>>(), Vec::<&String>::new());
}

const ROLE: &str = "arn:aws:iam::770000000131:role/auditor";
const THROUGH_ROLE: [&str; 6] = ["--role-arn", ROLE, "--external-id", "x1234567", "--select", "s3-bucket-tls-only"];

fn scan(door: &Door, flags: &[&str]) -> (i32, Report) {
    let product = Product::against(&door.server.url(), &Credentials::any()).with("AWS_REGION", "us-east-1");
    let output = product.scan(&[flags, &["--format", "json"]].concat());
    (output.code, output.report())
}

#[test]
fn credentials_of_a_role_are_renewed_before_they_end_and_not_more_often() {
    let (moto, _) = (moto(), account("770000000131"));
    let door = Door::before(moto.address(), LIFETIME, After::Renewed);
    let (code, report) = scan(&door, &THROUGH_ROLE);
    assert_eq!((code, &report.gaps[..]), (10, &[][..]));
    assert_eq!(tls(&report, "770000000131").verdict, Verdict::Fail, "what was asked after is known");
    door.look(|seen| {
        let first = seen.assumed[0].0.as_str();
        assert!(seen.assumed.len() > 1, "{:?}", seen.assumed);
        let later = seen.keys("GetBucketPolicy");
        assert!(!later.is_empty() && !later.contains(&first), "{later:?} are of a later role session than {first}");
        let given_out: Vec<&str> = seen.assumed.iter().map(|(key, _)| key.as_str()).collect();
        assert!(later.iter().all(|key| given_out.contains(key)));
    });

    let door = Door::before(moto.address(), 3600, After::Renewed);
    assert_eq!(scan(&door, &THROUGH_ROLE).0, 10);
    assert_eq!(door.look(|seen| seen.assumed.len()), 1, "one session serves every service while it lasts");
}

#[test]
fn a_role_that_cannot_be_assumed_again_leaves_gaps_with_their_reason() {
    let (moto, _) = (moto(), account("770000000131"));
    let door = Door::before(moto.address(), LIFETIME, After::Refused);
    let (code, report) = scan(&door, &THROUGH_ROLE);
    assert_eq!(code, 11, "the run does not end, and nothing fails that was not read");
    assert_gaps(&report, "770000000131", "CredentialsNotLoaded", "can be assumed again");
    assert!(report.gaps.iter().all(|gap| gap.message.contains("AccessDenied")), "{:?}", report.gaps);
}

#[test]
fn credentials_that_nobody_can_renew_leave_gaps_that_say_what_to_change() {
    let (moto, credentials) = (moto(), account("770000000132"));
    let door = Door::before(moto.address(), LIFETIME, After::Expired);
    let product = Product::against(&door.server.url(), &credentials).with("AWS_REGION", "us-east-1");
    let select = ["--select", "s3-bucket-tls-only"];
    let output = product.scan(&[&select[..], &["--format", "json=report.json", "--format", "terminal"]].concat());
    assert_eq!(output.code, 11, "{}", output.stderr);
    let report: Report = serde_json::from_slice(&fs::read(product.folder().join("report.json")).unwrap()).unwrap();
    assert_gaps(&report, "770000000132", "ExpiredToken", "scan again with fresh ones");
    let words = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("renew the credentials and scan again"), "{}", output.stdout);
}

#[test]
fn members_of_an_organization_are_entered_again_and_one_that_cannot_be_costs_no_other() {
    let accounts = ["770000000133", "770000000134"];
    accounts.iter().for_each(|id| drop(account(id)));
    let moto = moto();
    let listed = format!("accounts:\n  - {{id: \"{}\"}}\n  - {{id: \"{}\"}}\n", accounts[0], accounts[1]);
    let flags = [
        "--accounts",
        "accounts.yaml",
        "--member-role",
        "auditor",
        "--select",
        "s3-bucket-tls-only",
        "--format",
        "json",
    ];
    let run = |door: &Door| {
        let product = Product::against(&door.server.url(), &Credentials::any()).with("AWS_REGION", "us-east-1");
        fs::write(product.folder().join("accounts.yaml"), &listed).unwrap();
        product.scan(&flags).report()
    };
    let door = Door::before(moto.address(), LIFETIME, After::Renewed);
    let report = run(&door);
    assert!(report.gaps.is_empty(), "{:?}", report.gaps);
    for id in accounts {
        assert_eq!(tls(&report, id).verdict, Verdict::Fail);
        let entered = door.look(|seen| seen.assumed.iter().filter(|(_, account)| account == id).count());
        assert!(entered > 1, "{id} was entered {entered} times");
    }

    let door = Door::before(moto.address(), LIFETIME, After::Refused);
    let report = run(&door);
    let states: Vec<AccountState> =
        report.organization.as_ref().unwrap().accounts.iter().map(|row| row.state).collect();
    assert_eq!(states, [AccountState::Incomplete; 2]);
    accounts.iter().for_each(|id| assert_gaps(&report, id, "CredentialsNotLoaded", "can be assumed again"));
}

#[test]
fn a_worker_enters_its_account_again_and_delivers_what_it_read_when_it_cannot() {
    let member = "770000000135";
    account(member);
    for (number, after) in [After::Renewed, After::Refused].into_iter().enumerate() {
        let door = Door::before(lambda::upstream(), LIFETIME, after);
        let own = format!("77000000013{}", 6 + number);
        let function = Function::deployed_at(&door.server.url(), &own, &[("SAFEGUARD_MEMBER_ROLE", "auditor")]);
        let event = json!({"account": {"account": member}, "config": {"select": ["s3-bucket-tls-only"]}});
        let outcome = function.invoke("r-1", event).unwrap();
        let report = function.report(&outcome);
        if after == After::Renewed {
            assert_eq!((tls(&report, member).verdict, &report.gaps[..]), (Verdict::Fail, &[][..]));
            assert!(door.look(|seen| seen.assumed.len()) > 1);
        } else {
            assert_gaps(&report, member, "CredentialsNotLoaded", "can be assumed again");
            assert_eq!(outcome["is_complete"], false);
        }
    }
}
