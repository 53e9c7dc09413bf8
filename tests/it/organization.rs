//! An organization of fifty accounts, and what organizations do: accounts that are suspended, that nobody may enter, runs
//! that are killed halfway.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use safeguard::model::{AccountState, Gap, Report, Verdict};
use serde_json::{Value, json};

use crate::aws::{self, Credentials};
use crate::http::{self, Reply, Request, Server};
use crate::product::{Output, Product};
use crate::proxy::{Answers, Proxy};

/// The account from which the organization is run.
const MANAGEMENT: &str = "990000000001";
const ACCOUNTS: usize = 50;

/// Builds the organization: units, accounts in them, a bucket in every fifth account, one suspended account.
const BUILD: &str = r#"
import boto3, json, sys
endpoint, count = sys.argv[1], int(sys.argv[2])
client = lambda name, **more: boto3.client(name, endpoint_url=endpoint, region_name="us-east-1", **more)
org = client("organizations")
org.create_organization(FeatureSet="ALL")
root = org.list_roots()["Roots"][0]["Id"]
unit = lambda parent, name: org.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]
workloads, sandbox = unit(root, "Workloads"), unit(root, "Sandbox")
production = unit(workloads, "Production")
accounts = []
for number in range(count - 1):
    created = org.create_account(AccountName=f"account-{number:02}", Email=f"a{number}@example.com")
    account = created["CreateAccountStatus"]["AccountId"]
    parent = [workloads, sandbox, production][number % 3]
    org.move_account(AccountId=account, SourceParentId=root, DestinationParentId=parent)
    accounts.append(account)
    if number % 5 == 0:
        role = client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/build", RoleSessionName="build")["Credentials"]
        keys = dict(aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"], aws_session_token=role["SessionToken"])
        client("s3", **keys).create_bucket(Bucket=f"records-{account}")
org.close_account(AccountId=accounts[-1])
print(json.dumps(accounts))
"#;

struct Bed {
    credentials: Credentials,
    /// The accounts below the management account, in the order in which they were made.
    accounts: Vec<String>,
    proxy: Proxy,
}

fn bed() -> &'static Bed {
    static BED: OnceLock<Bed> = OnceLock::new();
    BED.get_or_init(|| {
        let credentials = aws::moto().account(MANAGEMENT);
        let script = ["-c", BUILD, &aws::moto().url(), &ACCOUNTS.to_string()];
        let accounts = serde_json::from_slice(&aws::moto().python_as(&credentials, &script)).unwrap();
        Bed { credentials, accounts, proxy: Answers::of(aws::moto().address()).record() }
    })
}

impl Bed {
    /// A door that lets everybody through but who would enter the account.
    fn without(&self, account: &str) -> Server {
        let address = self.proxy.address();
        let closed = format!("{account}%3Arole");
        Server::start(move |request: &Request| {
            let body = String::from_utf8_lossy(&request.body);
            match body.contains("AssumeRole") && body.contains(&closed) {
                true => Reply::new(403, "text/xml", DENIED),
                false => http::send(address, request).unwrap(),
            }
        })
    }

    fn suspended(&self) -> &str {
        self.accounts.last().unwrap()
    }

    fn product(&self, url: &str) -> Product {
        Product::against(url, &self.credentials).with("AWS_REGION", "us-east-1")
    }
}

const DENIED: &str = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                      <Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error>\
                      <RequestId>1</RequestId></ErrorResponse>";

const ARGUMENTS: [&str; 6] = ["--organization", "--member-role", "auditor", "--select", "service:s3", "--format=json"];

fn scan(product: &Product, more: &[&str]) -> Output {
    product.scan(&[&ARGUMENTS[..], more].concat())
}

/// What a report says but for when and by which requests it was found out.
fn essence(report: &Report) -> Vec<Value> {
    let finding = |finding: &safeguard::model::Finding| {
        json!([finding.id, finding.verdict, finding.severity, finding.message, finding.resource, finding.evidence])
    };
    let mut essence: Vec<Value> = report.findings.iter().map(finding).collect();
    essence.push(json!([report.summary, report.requirements, report.organization, report.rules, report.warnings]));
    essence
}

#[test]
fn every_account_is_in_the_result_whatever_becomes_of_it() {
    let bed = bed();
    let closed = &bed.accounts[7];
    let door = bed.without(closed);
    let report = scan(&bed.product(&door.url()), &[]).report();

    let organization = report.organization.as_ref().unwrap();
    let states: BTreeMap<&str, AccountState> =
        organization.accounts.iter().map(|row| (row.account.as_str(), row.state)).collect();
    assert_eq!(states.len(), ACCOUNTS);
    assert_eq!(states[MANAGEMENT], AccountState::Complete, "it is read with the credentials that are there");
    assert_eq!(states[bed.suspended()], AccountState::Skipped);
    assert_eq!(states[closed.as_str()], AccountState::NotRead);
    let complete = states.values().filter(|state| **state == AccountState::Complete).count();
    let gap = |gap: &Gap| format!("{}:{} {} {}", gap.service, gap.operation, gap.code, gap.message);
    assert_eq!(complete, ACCOUNTS - 2, "{:?}", report.gaps.iter().map(gap).collect::<BTreeSet<_>>());

    let buckets = report.findings.iter().filter(|finding| finding.rule == "s3-bucket-tls-only");
    let accounts: BTreeSet<&str> = buckets
        .filter(|finding| finding.verdict == Verdict::Fail)
        .map(|finding| finding.resource.account.as_str())
        .collect();
    let expected: BTreeSet<&str> = bed.accounts.iter().step_by(5).map(String::as_str).collect();
    assert_eq!(accounts, expected, "a bucket in every fifth account");

    let of_closed: Vec<_> = report.findings.iter().filter(|finding| finding.resource.account == *closed).collect();
    assert_eq!(of_closed.len(), report.rules.len(), "one undecided finding for each rule");
    assert!(of_closed.iter().all(|finding| finding.verdict == Verdict::Unknown));
    assert!(!report.findings.iter().any(|finding| finding.resource.account == bed.suspended()));

    let row = organization.accounts.iter().find(|row| row.account == *closed).unwrap();
    assert_eq!(row.organizational_unit.as_deref(), Some("/Sandbox"));
    assert!(row.reason.as_deref().unwrap().contains("AccessDenied"), "{row:?}");
    let skipped = organization.accounts.iter().find(|row| row.account == bed.suspended()).unwrap();
    assert!(skipped.reason.as_deref().unwrap().contains("SUSPENDED"), "{skipped:?}");
    let units: Vec<&str> = organization.organizational_units.iter().map(|unit| &*unit.organizational_unit).collect();
    assert_eq!(units, ["/", "/Sandbox", "/Workloads", "/Workloads/Production"]);
    let sandbox = &organization.organizational_units[1];
    assert_eq!((sandbox.accounts, sandbox.not_read), (16, 1));
    assert!(report.coverage.iter().any(|row| row.operation == "ListAccountsForParent"));
}

#[test]
fn a_run_that_was_killed_goes_on_where_it_was() {
    let bed = bed();
    let proxy = Answers::of(aws::moto().address()).record();
    let product = bed.product(&proxy.url());
    let whole = scan(&product, &[]).report();

    let kept = ["--account-reports", "accounts"];
    let folder = product.folder().join("accounts");
    let reports = || {
        let entries =
            fs::read_dir(&folder).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        entries.filter(|name| name.ends_with(".json")).count()
    };
    let mut running = product.command(&[&ARGUMENTS[..], &kept, &["--accounts-at-once", "2"]].concat()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(120);
    while reports() < 12 && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let finished = reports();
    assert!((12..ACCOUNTS).contains(&finished), "{finished} reports were there when it was killed");

    let refused = scan(&product, &kept);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--resume"), "{}", refused.stderr);
    let other = product.scan(&[&ARGUMENTS[..], &kept, &["--resume", "--skip", "s3-bucket-tls-only"]].concat());
    assert_eq!(other.code, 2, "{}", other.stderr);
    assert!(other.stderr.contains("other rules"), "{}", other.stderr);

    let calls = proxy.calls().len();
    let resumed = scan(&product, &[&kept[..], &["--resume"]].concat()).report();
    assert_eq!(essence(&resumed), essence(&whole));
    let asked = proxy.calls()[calls..].iter().filter(|call| call.operation == "ListBuckets").count();
    assert!(asked <= ACCOUNTS - 1 - (finished - 2), "{asked} accounts were read again of which {finished} were done");

    let again = product.run(&["merge", "accounts"]);
    let reversed: Vec<String> = (fs::read_dir(&folder).unwrap())
        .map(|entry| entry.unwrap().path().display().to_string())
        .filter(|path| path.ends_with(".json") && !path.ends_with("run.json") && !path.ends_with("/report.json"))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .rev()
        .collect();
    let arguments: Vec<&str> = ["merge"].into_iter().chain(reversed.iter().map(String::as_str)).collect();
    assert_eq!(product.run(&arguments).stdout, again.stdout, "the order of the parts does not matter");
}

/// An account whose trail delivers to a bucket of another account. moto makes a trail only where its bucket is: so the bucket
/// moves away afterwards.
const SHARE: &str = r#"
import boto3, json, sys
endpoint, member, archive = sys.argv[1:4]
def client(account, name):
    role = boto3.client("sts", endpoint_url=endpoint, region_name="us-east-1").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/build", RoleSessionName="build")["Credentials"]
    return boto3.client(name, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"], aws_session_token=role["SessionToken"])
bucket = f"central-{archive}"
client(member, "s3").create_bucket(Bucket=bucket)
trails = client(member, "cloudtrail")
arn = trails.create_trail(Name="audit", S3BucketName=bucket)["TrailARN"]
trails.start_logging(Name="audit")
client(member, "s3").delete_bucket(Bucket=bucket)
client(archive, "s3").create_bucket(Bucket=bucket)
client(archive, "s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
     "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{member}/*", "Condition": {"StringEquals": {"aws:SourceArn": arn}}},
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{archive}:root"}, "Action": "s3:GetObject",
     "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
"#;

#[test]
fn what_accounts_share_is_judged_by_what_its_owner_tells() {
    let bed = bed();
    let (member, archive) = ("990000000901", "990000000902");
    aws::moto().python_as(&bed.credentials, &["-c", SHARE, &aws::moto().url(), member, archive]);
    let product = bed.product(&bed.proxy.url());
    let list = |accounts: &[&str]| {
        let accounts: Vec<String> = accounts.iter().map(|account| format!("{{id: \"{account}\"}}")).collect();
        fs::write(product.folder().join("accounts.yaml"), format!("accounts: [{}]\n", accounts.join(", "))).unwrap();
    };
    let rules = "cloudtrail-bucket-policy,cloudtrail-bucket-object-lock";
    let scan = |more: &[&str]| {
        let arguments = ["--accounts", "accounts.yaml", "--member-role", "auditor", "--select", rules, "--format=json"];
        product.scan(&[&arguments[..], more].concat()).report()
    };
    let verdicts = |report: &Report| -> Vec<(String, Verdict)> {
        let of_member = report.findings.iter().filter(|finding| finding.resource.account == member);
        let mut verdicts: Vec<_> = of_member.map(|finding| (finding.rule.clone(), finding.verdict)).collect();
        verdicts.sort();
        verdicts
    };
    let both = |lock: Verdict, policy: Verdict| {
        vec![("cloudtrail-bucket-object-lock".to_owned(), lock), ("cloudtrail-bucket-policy".to_owned(), policy)]
    };

    list(&[member]);
    let kept = ["--account-reports", "kept"];
    let alone = scan(&kept);
    assert_eq!(verdicts(&alone), both(Verdict::Unknown, Verdict::Unknown), "nobody else was read");

    list(&[archive, member]);
    let together = scan(&[]);
    assert_eq!(verdicts(&together), both(Verdict::Fail, Verdict::Pass));
    let policy = together.findings.iter().find(|it| it.rule == "cloudtrail-bucket-policy").unwrap();
    let path = format!("AWS::S3::Bucket[central-{archive}].BucketPolicy");
    assert!(policy.evidence.iter().any(|fact| fact.path == path), "{:?}", policy.evidence);
    assert!(together.findings.iter().all(|finding| finding.resource.account == member), "nothing is found twice");

    let resumed = scan(&[&kept[..], &["--resume"]].concat());
    assert_eq!(verdicts(&resumed), verdicts(&together), "an account that was read before is judged beside the new one");
    let snapshots = product.folder().join("kept/snapshots");
    assert!(snapshots.join(format!("{member}.ndjson.zst")).exists());
}

#[test]
fn an_organization_is_compared_as_a_whole() {
    let bed = bed();
    let closed = &bed.accounts[10];
    let is_open = Arc::new(AtomicBool::new(true));
    let door = Server::start({
        let (address, entry, is_open) = (bed.proxy.address(), format!("{closed}%3Arole"), Arc::clone(&is_open));
        move |request: &Request| {
            let body = String::from_utf8_lossy(&request.body);
            match body.contains("AssumeRole") && body.contains(&entry) && !is_open.load(Ordering::SeqCst) {
                true => Reply::new(403, "text/xml", DENIED),
                false => http::send(address, request).unwrap(),
            }
        }
    });
    let product = bed.product(&door.url());
    let before = scan(&product, &[]);
    fs::write(product.folder().join("last.json"), &before.stdout).unwrap();
    let before = before.report();
    let failing = |report: &Report, account: Option<&String>| {
        let fails = |it: &&safeguard::model::Finding| it.verdict == Verdict::Fail;
        let is_there = |it: &&safeguard::model::Finding| account.is_none_or(|account| it.resource.account == *account);
        report.findings.iter().filter(fails).filter(is_there).count()
    };
    let (all, lost) = (failing(&before, None), failing(&before, Some(closed)));
    assert!(lost > 0 && all > lost, "{lost} of {all}");

    is_open.store(false, Ordering::SeqCst);
    let compare = ["--baseline", "last.json", "--new-only", "--account-reports", "accounts"];
    let output = scan(&product, &compare);
    assert_eq!(output.code, 11, "nothing is new, and something was not read: {}", output.stderr);
    let report = output.report();
    let comparison = report.comparison.as_ref().unwrap();
    assert_eq!((comparison.counts.new, comparison.counts.still_failing), (0, all - lost));
    assert_eq!(comparison.counts.not_looked_at, lost, "each once");
    let carried = comparison.no_longer_reported.iter();
    let carried: BTreeSet<(&str, &str)> = carried.map(|it| (&*it.id.0, &*it.resource.account)).collect();
    assert_eq!(carried.len(), lost);
    assert!(carried.iter().all(|(_, account)| account == closed));
    let detail = comparison.no_longer_reported[0].history.as_ref().unwrap().detail.as_deref().unwrap();
    assert!(detail.starts_with(&format!("account {closed} could not be read: ")), "{detail}");
    let kept = fs::read_to_string(product.folder().join("accounts/report.json")).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&kept).unwrap(), report, "it can be the next baseline");
    let part = fs::read_to_string(product.folder().join(format!("accounts/{MANAGEMENT}.json"))).unwrap();
    assert!(serde_json::from_str::<Report>(&part).unwrap().comparison.is_none(), "no account is compared alone");

    is_open.store(true, Ordering::SeqCst);
    fs::write(product.folder().join("last.json"), kept).unwrap();
    let output = scan(&product, &[&compare[..], &["--resume"]].concat());
    assert_eq!(output.code, 0, "{}", output.stderr);
    let report = output.report();
    let counts = report.comparison.as_ref().unwrap().counts;
    assert_eq!((counts.new, counts.still_failing, counts.not_looked_at), (0, all, 0), "what was carried is known");
    let again = report.findings.iter().find(|it| it.resource.account == *closed && it.verdict == Verdict::Fail);
    let since = &again.unwrap().history.as_ref().unwrap().first_seen;
    assert!(before.findings.iter().any(|it| it.observed_at == *since), "since the first of the three runs");

    fs::write(product.folder().join("other.json"), Product::alone().scan(&["--demo", "--format=json"]).stdout).unwrap();
    let stranger = scan(&product, &["--baseline", "other.json", "--skip-account", closed]);
    assert_eq!(stranger.code, 2);
    assert!(stranger.stderr.contains("other.json is about account 123456789012"), "{}", stranger.stderr);
}

#[test]
fn attestations_and_waivers_are_the_organizations_and_not_each_accounts() {
    let bed = bed();
    let product = bed.product(&bed.proxy.url());
    let write = |name: &str, text: &str| fs::write(product.folder().join(name), text).unwrap();
    let (first, second) = (&bed.accounts[0], &bed.accounts[5]);
    write(
        "accounts.yaml",
        &format!("accounts: [{{id: \"{first}\"}}, {{id: \"{MANAGEMENT}\"}}, {{id: \"{second}\"}}]\n"),
    );
    let entry = |bucket: &str| {
        format!("- {{rule: s3-bucket-tls-only, resource: {bucket}, reason: r, owner: o, expires: 2099-01-01}}\n")
    };
    let waivers = format!("waivers:\n{}{}", entry(&format!("records-{first}")), entry("records-nowhere"));
    write("waivers.yaml", &waivers);
    let rules = "s3-bucket-tls-only,attest-*";
    let arguments = ["--accounts", "accounts.yaml", "--member-role", "auditor", "--select", rules, "--format=json"];
    let kept = ["--account-reports", "kept"];
    let report = product.scan(&[&arguments[..], &kept].concat()).report();

    let asked = report.rules.iter().filter(|rule| rule.judges_attestations()).count();
    let attested: Vec<_> =
        report.findings.iter().filter(|finding| finding.resource.kind.starts_with("Safeguard::")).collect();
    assert!(asked > 10);
    assert_eq!(attested.len(), asked, "each once");
    assert!(attested.iter().all(|finding| finding.resource.account == MANAGEMENT), "with the account of the run");
    assert_eq!(report.unattested(), asked);
    let rows = &report.organization.as_ref().unwrap().accounts;
    assert_eq!(rows.iter().map(|row| row.summary.unknown).sum::<usize>(), report.summary.unknown);
    assert_eq!(report.summary.waived, 1);
    let of_waivers: Vec<_> = report.warnings.iter().filter(|text| text.starts_with("the waiver in line")).collect();
    let [unused] = of_waivers[..] else { panic!("{:?}", report.warnings) };
    assert!(
        unused.contains("line 3 of") && unused.contains("covers nothing") && !unused.contains("(account"),
        "{unused}"
    );
    let merged = fs::read_to_string(product.folder().join("kept/report.json")).unwrap();
    assert_eq!(product.run(&["merge", "kept"]).stdout, merged, "the reports alone say as much");

    let resume = || product.scan(&[&arguments[..], &kept, &["--resume"]].concat());
    assert_eq!(resume().report().summary, report.summary);
    for (file, text, words) in [
        ("waivers.yaml", waivers.replace("reason: r", "reason: s"), "other waivers:"),
        ("attestations.yaml", "attest-risk-analysis: {owner: security}\n".to_owned(), "other attestations or vendors:"),
        ("safeguard.yaml", "soc2_categories: [availability]\n".to_owned(), "other SOC 2 categories:"),
    ] {
        let before = fs::read(product.folder().join(file)).ok();
        write(file, &text);
        let refused = resume();
        assert_eq!(refused.code, 2, "{file}: {}", refused.stderr);
        assert!(refused.stderr.contains(words), "{file}: {}", refused.stderr);
        match before {
            Some(text) => fs::write(product.folder().join(file), text).unwrap(),
            None => fs::remove_file(product.folder().join(file)).unwrap(),
        }
    }
}

#[test]
fn units_accounts_and_files_choose() {
    let bed = bed();
    let names = |output: Output| -> Vec<(String, AccountState)> {
        let organization = output.report().organization.unwrap();
        organization.accounts.into_iter().map(|row| (row.account.to_string(), row.state)).collect()
    };
    let product = bed.product(&bed.proxy.url());
    let skip = bed.accounts[2].as_str();
    let chosen = names(scan(&product, &["--organizational-unit", "/Workloads/Production", "--skip-account", skip]));
    let read: BTreeSet<&str> =
        chosen.iter().filter(|(_, state)| *state == AccountState::Complete).map(|(account, _)| &**account).collect();
    let expected: BTreeSet<&str> =
        bed.accounts.iter().skip(2).step_by(3).map(String::as_str).filter(|account| *account != skip).collect();
    assert_eq!(read, expected);

    let (named, other) = (&bed.accounts[0], &bed.accounts[1]);
    let file = format!(
        "accounts:\n  - {{id: \"{named}\", name: Records}}\n  - {{id: \"{other}\", role_arn: \"arn:aws:iam::{other}:role/special\"}}\n"
    );
    fs::write(product.folder().join("accounts.yaml"), file).unwrap();
    let listed = ["--accounts", "accounts.yaml", "--member-role", "auditor", "--select", "service:s3", "--format=json"];
    let mut expected = vec![(named.clone(), AccountState::Complete), (other.clone(), AccountState::Complete)];
    expected.sort();
    assert_eq!(names(product.scan(&listed)), expected);

    fs::write(product.folder().join("accounts.yaml"), "accounts:\n  - {id: \"12\"}\n").unwrap();
    let wrong = product.scan(&listed);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("accounts.yaml:2:"), "{}", wrong.stderr);
}

#[test]
fn security_hub_gets_the_findings_of_the_account_that_it_is_in() {
    let bed = bed();
    let product = bed.product(&bed.proxy.url());
    let member = &bed.accounts[0];
    let file = format!("accounts:\n  - {{id: \"{MANAGEMENT}\"}}\n  - {{id: \"{member}\"}}\n");
    fs::write(product.folder().join("accounts.yaml"), file).unwrap();
    let listed = ["--accounts", "accounts.yaml", "--member-role", "auditor", "--select", "service:s3", "--format=json"];
    let output = product.scan(&[&listed[..], &["--security-hub"]].concat());
    let report = output.report();
    let of = |account: &str| report.findings.iter().filter(|finding| finding.resource.account == account).count();
    assert!(of(MANAGEMENT) > 0 && of(member) > 0);
    assert_eq!(output.code, 10, "what is not the account's own is no failure of the import: {}", output.stderr);
    let imported = format!("{MANAGEMENT} us-east-1: {} finding", of(MANAGEMENT));
    assert!(output.stderr.contains(&imported), "{}", output.stderr);
    assert!(output.stderr.contains("the other accounts' findings are theirs to import"), "{}", output.stderr);
}

#[test]
fn what_was_not_read_in_time_is_said() {
    let bed = bed();
    let slow = Server::start({
        let address = bed.proxy.address();
        move |request: &Request| {
            let reply = http::send(address, request).unwrap();
            match request.target.contains("policy") {
                true => reply.delivered(http::Delivery::Never),
                false => reply,
            }
        }
    });
    let member = aws::moto().account(&bed.accounts[0]);
    let product = Product::against(&slow.url(), &member).with("AWS_REGION", "us-east-1");
    let output = product.scan(&["--select", "service:s3", "--max-duration", "4", "--format", "json"]);
    let report = output.report();
    let tls = report.findings.iter().find(|finding| finding.rule == "s3-bucket-tls-only").unwrap();
    assert_eq!(tls.verdict, Verdict::Unknown);
    assert!(tls.message.contains("the scan's time had run out"), "{}", tls.message);
    let decided = |finding: &&safeguard::model::Finding| finding.verdict != Verdict::Unknown;
    assert!(report.findings.iter().any(|finding| decided(&finding)), "what was read in time is judged");
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let product = Product::alone();
    for (arguments, words) in [
        (&["scan", "--organization"][..], "--member-role"),
        (&["scan", "--member-role", "auditor"], "--organization"),
        (&["scan", "--organization", "--member-role", "a", "--resume"], "--account-reports"),
        (&["merge", "nowhere.json"], "nowhere.json"),
        (&["report", "nowhere.json"], "nowhere.json"),
    ] {
        let output = product.run(arguments);
        assert_eq!(output.code, 2, "{arguments:?}");
        assert!(output.stderr.contains(words), "{arguments:?}: {}", output.stderr);
    }
}
