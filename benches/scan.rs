//! A whole scan of a large account against a loopback server that answers after 50 ms: time beside the least that the
//! latency allows, and the scanner's peak memory.
//!
//! The account has 1,000 buckets and 300 databases. The bound is max(longest dependent chain, calls x latency / calls
//! allowed in flight); the scanner is a process of its own, so that the server's memory does not count as its.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on must stop; its figures go to stdout"
)]

#[path = "../tests/it/http.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod http;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use http::{Delivery, Reply, Request, Server};

const LATENCY: Duration = Duration::from_millis(50);
const BUCKETS: usize = 1_000;
const DATABASES: usize = 300;
/// AWS's largest page of `DescribeDBInstances`.
const PAGE: usize = 100;
/// Identity, then three pages of databases, then what hangs on the last of them (a parameter group's two pages).
const LONGEST_CHAIN: u32 = 6;
const RUNS: usize = 3;

fn main() {
    let server = Server::start(|request| answer(request).delivered(Delivery::After(LATENCY)));
    println!("{BUCKETS} buckets, {DATABASES} databases, {} ms latency, {RUNS} runs each", LATENCY.as_millis());
    println!("{:>9} {:>7} {:>9} {:>9} {:>7} {:>9}", "in flight", "calls", "bound s", "wall s", "ratio", "peak MB");
    for in_flight in [64, 128] {
        let mut runs: Vec<Run> = (0..RUNS).map(|_| scan(&server, in_flight)).collect();
        runs.sort_by_key(|run| run.wall);
        let Run { wall, calls, peak_bytes } = runs[RUNS / 2];
        let by_slots = LATENCY.as_secs_f64() * calls as f64 / in_flight as f64;
        let bound = by_slots.max((LATENCY * LONGEST_CHAIN).as_secs_f64());
        let ratio = wall.as_secs_f64() / bound;
        let peak = peak_bytes as f64 / 1e6;
        println!("{in_flight:>9} {calls:>7} {bound:>9.2} {:>9.2} {ratio:>7.2} {peak:>9.1}", wall.as_secs_f64());
    }
    let mut starts: Vec<Duration> = (0..20).map(|_| version()).collect();
    starts.sort();
    println!("start with --version: {:.1} ms (median of 20)", starts[10].as_secs_f64() * 1e3);
}

#[derive(Clone, Copy)]
struct Run {
    wall: Duration,
    calls: u64,
    peak_bytes: u64,
}

fn scan(server: &Server, in_flight: usize) -> Run {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = folder.path().join("report.json");
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_safeguard"))
        .args(["scan", "--region", "us-east-1", "--select", "service:s3", "--select", "service:rds", "--quiet"])
        .args(["--max-in-flight", &in_flight.to_string(), "--format", &format!("json={}", report.display())])
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .stdout(Stdio::null())
        .spawn()
        .expect("the scanner starts");
    let mut peak_bytes = 0;
    let status = loop {
        if let Some(status) = child.try_wait().expect("the scanner can be waited for") {
            break status;
        }
        peak_bytes = peak_bytes.max(peak_memory(child.id()));
        std::thread::sleep(Duration::from_millis(10));
    };
    let wall = start.elapsed();
    assert!(matches!(status.code(), Some(0 | 10 | 11)), "the scan ended with {status}");
    let text = std::fs::read_to_string(&report).expect("a report was written");
    let report: serde_json::Value = serde_json::from_str(&text).expect("the report is JSON");
    let calls = report["scan"]["call_count"].as_u64().expect("a number of calls");
    assert_eq!(report["gaps"], serde_json::json!([]), "the server answers everything");
    Run { wall, calls, peak_bytes }
}

fn version() -> Duration {
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_safeguard"));
    command.arg("--version").stdout(Stdio::null()).status().expect("the binary starts");
    start.elapsed()
}

/// Linux's high-water mark of the process's resident memory.
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    kilobytes.unwrap_or(0u64) * 1024
}

fn answer(request: &Request) -> Reply {
    let scope = request.header("authorization").unwrap_or_default();
    let service = scope.split('/').nth(3).unwrap_or_default();
    match service {
        "s3" if request.path().starts_with("/v20180820/") => s3_control(request),
        "s3" => s3(request),
        _ if request.header("x-amz-target").is_some() => Reply::new(200, "application/x-amz-json-1.1", "{}"),
        _ => query(&String::from_utf8_lossy(&request.body)),
    }
}

fn xml(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply::new(status, "application/xml", body)
}

fn s3_control(request: &Request) -> Reply {
    if request.path().ends_with("/publicAccessBlock") {
        xml(404, "<ErrorResponse><Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error></ErrorResponse>")
    } else {
        xml(200, "<ListAccessPointsResult><AccessPointList/></ListAccessPointsResult>")
    }
}

fn s3(request: &Request) -> Reply {
    if request.path() == "/" {
        let bucket = |number| {
            format!(
                "<Bucket><Name>bucket-{number:04}</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate>\
                 <BucketRegion>us-east-1</BucketRegion></Bucket>"
            )
        };
        let buckets: String = (0..BUCKETS).map(bucket).collect();
        return xml(200, format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>"));
    }
    let bucket = request.path().trim_matches('/');
    let setting = request.query().split(['&', '=']).next().unwrap_or_default();
    let missing = |code: &str| xml(404, format!("<Error><Code>{code}</Code><Message>none</Message></Error>"));
    match setting {
        "policy" => Reply::new(200, "application/json", tls_only(bucket)),
        "policyStatus" => xml(200, "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>"),
        "encryption" => xml(
            200,
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256\
             </SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
        ),
        "publicAccessBlock" => missing("NoSuchPublicAccessBlockConfiguration"),
        "ownershipControls" => missing("OwnershipControlsNotFoundError"),
        "object-lock" => missing("ObjectLockConfigurationNotFoundError"),
        "lifecycle" => missing("NoSuchLifecycleConfiguration"),
        "replication" => missing("ReplicationConfigurationNotFoundError"),
        "tagging" => missing("NoSuchTagSet"),
        "acl" => {
            xml(200, "<AccessControlPolicy><Owner><ID>owner</ID></Owner><AccessControlList/></AccessControlPolicy>")
        }
        "versioning" => xml(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
        "logging" => xml(200, "<BucketLoggingStatus/>"),
        "notification" => xml(200, "<NotificationConfiguration/>"),
        other => xml(501, format!("<Error><Code>NotImplemented</Code><Message>{other}</Message></Error>")),
    }
}

fn tls_only(bucket: &str) -> String {
    serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}
    }]})
    .to_string()
}

fn query(body: &str) -> Reply {
    let field = |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let operation = field("Action").unwrap_or_default();
    let result = match operation {
        "GetCallerIdentity" => {
            "<Arn>arn:aws:iam::123456789012:user/bench</Arn><UserId>A</UserId><Account>123456789012</Account>"
                .to_owned()
        }
        "DescribeDBInstances" => databases(field("Marker").and_then(|marker| marker.parse().ok()).unwrap_or(0)),
        _ => String::new(),
    };
    xml(200, format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"))
}

fn databases(first: usize) -> String {
    let database = |number: usize| {
        format!(
            "<DBInstance><DBInstanceIdentifier>db-{number:03}</DBInstanceIdentifier><Engine>postgres</Engine>\
             <DBInstanceArn>arn:aws:rds:us-east-1:123456789012:db:db-{number:03}</DBInstanceArn>\
             <StorageEncrypted>true</StorageEncrypted><BackupRetentionPeriod>7</BackupRetentionPeriod>\
             <DBParameterGroups><DBParameterGroup><DBParameterGroupName>default.postgres17</DBParameterGroupName>\
             </DBParameterGroup></DBParameterGroups></DBInstance>"
        )
    };
    let last = (first + PAGE).min(DATABASES);
    let page: String = (first..last).map(database).collect();
    let marker = if last < DATABASES { format!("<Marker>{last}</Marker>") } else { String::new() };
    format!("{marker}<DBInstances>{page}</DBInstances>")
}
