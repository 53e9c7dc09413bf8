//! What cannot be scanned or read: each a clear message with the next step, nothing half-written, never exit code 0.

use std::fs;
use std::io::Write;
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::aws::{self, Credentials};
use crate::fault;
use crate::http::{Reply, Server};
use crate::product::{Output, Product};

const REPORT: [&str; 2] = ["--format", "json=report.json"];

/// Ended with this code, claimed nothing, wrote nothing, and said all these words.
fn refused(product: &Product, arguments: &[&str], code: i32, words: &[&str]) -> Output {
    let before = product.scan(&["--help"]).left;
    let arguments: Vec<&str> = arguments.iter().chain(&REPORT).copied().collect();
    let output = product.scan(&arguments);
    assert_eq!(output.code, code, "{}", output.stderr);
    assert_eq!(output.stdout, "");
    assert_eq!(output.left, before, "nothing is left behind");
    for word in ["error: ", "help: ", "nothing was judged"].iter().chain(words) {
        assert!(output.stderr.contains(word), "{word:?} is missing in: {}", output.stderr);
    }
    assert!(!output.stderr.contains(&Credentials::any().secret_access_key), "secrets stay out of messages");
    output
}

#[test]
fn no_credentials() {
    let words = ["no AWS credentials were found", "aws configure", "--profile"];
    refused(&Product::alone().with("AWS_REGION", "us-east-1"), &[], 1, &words);
}

#[test]
fn no_region() {
    let product = Product::against(&aws::moto().url(), &Credentials::any());
    refused(&product, &[], 2, &["no region is configured", "--region"]);
}

#[test]
fn expired_credentials() {
    let server = answering(403, "ExpiredToken", "The security token included in the request is expired");
    let product = Product::against(&server.url(), &Credentials::any());
    refused(&product, &["--region", "us-east-1"], 1, &["expired", "sign in again"]);
}

#[test]
fn credentials_that_aws_does_not_know() {
    let server = answering(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    let product = Product::against(&server.url(), &Credentials::any());
    refused(&product, &["--region", "us-east-1"], 1, &["InvalidClientTokenId", "check the profile"]);
}

#[test]
fn a_role_that_may_not_be_assumed() {
    let server = answering(403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole");
    let product = Product::against(&server.url(), &Credentials::any());
    let role = ["--region", "us-east-1", "--role-arn", "arn:aws:iam::123456789012:role/Audit"];
    refused(&product, &role, 1, &["sts:AssumeRole", "trust policy"]);
}

#[test]
fn an_endpoint_that_is_down() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let product = Product::against(&format!("http://{address}"), &Credentials::any());
    refused(&product, &["--region", "us-east-1", "--timeout", "2"], 1, &["AWS_ENDPOINT_URL", "network"]);
}

#[test]
fn an_endpoint_that_is_not_aws() {
    let server = Server::start(|_| Reply::new(200, "text/html", "<html><body>It works!</body></html>"));
    let product = Product::against(&server.url(), &Credentials::any());
    refused(&product, &["--region", "us-east-1"], 1, &["sts:GetCallerIdentity"]);
}

#[test]
fn a_region_that_does_not_exist() {
    // Without an endpoint of our own: such a region's host name leads nowhere.
    let credentials = Credentials::any().environment();
    let product = credentials.into_iter().fold(Product::alone(), |product, (name, value)| product.with(name, &value));
    let product = product.with("AWS_MAX_ATTEMPTS", "1");
    refused(&product, &["--region", "us-north-9", "--timeout", "5"], 1, &["region"]);
}

#[test]
fn snapshots_that_are_none() {
    let product = Product::alone();
    let header = r#"{"header":{"schema_version":2,"account":"123456789012"}}"#;
    let older = r#"{"header":{"schema_version":1,"account":"123456789012"}}"#;
    let newer = r#"{"header":{"schema_version":99,"account":"123456789012","shape":"unheard of"}}"#;
    let table: [(&str, &[u8], &[&str]); 7] = [
        ("foreign.json", b"{\"version\": \"0.1\", \"Resources\": []}\n", &["foreign.json", "not a Safeguard snapshot"]),
        ("text.ndjson", b"hello\n", &["text.ndjson", "not a Safeguard snapshot"]),
        ("empty.ndjson", b"", &["empty.ndjson"]),
        ("bytes.ndjson", b"\xff\xfe\x00\x01", &["bytes.ndjson"]),
        ("half.ndjson", header.as_bytes(), &["half.ndjson"]),
        ("older.ndjson", older.as_bytes(), &["older.ndjson", "carries no digest", "take the snapshot again"]),
        ("newer.ndjson", newer.as_bytes(), &["newer.ndjson", "schema version 99", "this build reads 2"]),
    ];
    for (name, content, words) in table {
        fs::write(product.folder().join(name), content).unwrap();
        refused(&product, &["--snapshot", name], 2, words);
    }
    refused(&product, &["--snapshot", "missing.ndjson"], 2, &["missing.ndjson"]);
}

#[test]
fn a_snapshot_that_was_cut_or_mixed() {
    let product = Product::against(&aws::moto().url(), &aws::estate().credentials);
    let saved = ["--region", "us-west-2", "--save-snapshot", "saved.ndjson", "--format", "json"];
    let live = product.scan(&saved);
    let text = fs::read_to_string(product.folder().join("saved.ndjson")).unwrap();

    let again = product.scan(&["--snapshot", "saved.ndjson", "--format", "json"]);
    assert_eq!(again.code, live.code);
    assert_eq!(verdicts(&again), verdicts(&live), "judging what was saved gives what the scan gave");

    let cut = &text[..text.len() * 2 / 3];
    fs::write(product.folder().join("cut.ndjson"), cut).unwrap();
    refused(&product, &["--snapshot", "cut.ndjson"], 2, &["cut.ndjson, line "]);

    let whole_lines: Vec<&str> = text.lines().take(text.lines().count() / 2).collect();
    fs::write(product.folder().join("short.ndjson"), whole_lines.join("\n") + "\n").unwrap();
    refused(&product, &["--snapshot", "short.ndjson"], 2, &["short.ndjson"]);

    let mut mixed = fs::File::create(product.folder().join("mixed.ndjson")).unwrap();
    let stranger = text.replace("123456789012", "999999999999");
    let lines = text.lines().take(1).chain(stranger.lines().skip(1));
    lines.for_each(|line| writeln!(mixed, "{line}").unwrap());
    refused(&product, &["--snapshot", "mixed.ndjson"], 2, &["mixed.ndjson", "999999999999"]);
}

#[test]
fn a_report_that_cannot_be_written_is_no_result() {
    let product = Product::alone();
    let output = product.scan(&["--demo", "--format", "json=no/such/folder/report.json"]);
    assert!([1, 2].contains(&output.code), "{}", output.stderr);
    assert!(
        output.stderr.contains("no/such/folder/report.json") && output.stderr.contains("help: "),
        "{}",
        output.stderr
    );
    assert_eq!(output.left, Vec::<String>::new());
}

/// A service that answers every request with this error.
fn answering(status: u16, code: &'static str, message: &'static str) -> Server {
    // Loaded here and not by the first request: that may first have to install moto, which takes longer than a client waits.
    let wire = aws::wire();
    Server::start(move |request| match wire.identify(request) {
        Some(call) => fault::error(&call, status, code, message),
        None => Reply::new(404, "text/plain", "not a signed request"),
    })
}

/// Finding ids with their verdicts.
fn verdicts(output: &Output) -> Vec<Value> {
    let json = output.json.as_ref().unwrap_or_else(|| panic!("no report: {}", output.stderr));
    let findings = json["findings"].as_array().unwrap().iter();
    findings.map(|finding| json!([finding["id"], finding["verdict"], finding["message"]])).collect()
}
