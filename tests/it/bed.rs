//! The bed itself must be right before anything is judged on it. Its errors are read back by botocore, which knows
//! AWS's protocols and knows nothing of us.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::aws::{self, ACCOUNT, Credentials};
use crate::fault::Fault;
use crate::http::{self, Delivery, Reply, Request, Server};
use crate::proxy::Answers;

/// Calls operations as `service:operation {parameters}` and prints for each either its result or how it failed.
const ASK: &str = r#"
import boto3, json, sys
from botocore.config import Config
config = Config(retries={"total_max_attempts": 1}, read_timeout=float(sys.argv[2]))
for line in sys.argv[3:]:
    service, operation, parameters = line.split(" ", 2)
    client = boto3.client(service, region_name="us-east-1", endpoint_url=sys.argv[1], config=config)
    try:
        answer = client._make_api_call(operation, json.loads(parameters))
        answer.pop("ResponseMetadata")
        print(json.dumps({"answer": answer}, default=str))
    except Exception as error:
        code = (getattr(error, "response", None) or {}).get("Error", {}).get("Code")
        print(json.dumps({"code": code or type(error).__name__}))
"#;

const ONE_OF_EACH_PROTOCOL: [&str; 5] = [
    "s3 ListBuckets {}",
    "s3 GetBucketPolicy {\"Bucket\":\"meridian-audit-logs\"}",
    "iam ListUsers {}",
    "kms ListKeys {}",
    "account GetAlternateContact {\"AlternateContactType\":\"BILLING\"}",
];

fn ask(url: &str, credentials: &Credentials, questions: &[&str]) -> Vec<Value> {
    ask_within("60", url, credentials, questions)
}

fn ask_within(seconds: &str, url: &str, credentials: &Credentials, questions: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = ["-c", ASK, url, seconds].into_iter().chain(questions.iter().copied()).collect();
    let output = String::from_utf8(aws::moto().python_as(credentials, &arguments)).unwrap();
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn signed(service: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let scope = format!("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1/{service}/aws4_request, Signature=0");
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: headers.chain([("Authorization".to_owned(), scope)]).collect(),
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn a_request_names_its_operation_in_every_protocol() {
    let trent = [("X-Amz-Target", "TrentService.ListKeys")];
    let (new, old) = ("CloudTrail_20131101", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101");
    let (new, old) = (format!("{new}.ListTrails"), format!("{old}.ListTrails"));
    let directories = [("X-Amz-Target", "DirectoryService_20150416.DescribeDirectories")];
    let requests = [
        (signed("ds", "POST", "/", &directories, "{}"), "directoryservice DescribeDirectories"),
        (signed("artifact", "GET", "/v1/customer-agreement/list", &[], ""), "artifact ListCustomerAgreements"),
        (signed("s3", "GET", "/", &[], ""), "s3 ListBuckets"),
        (signed("s3", "GET", "/?x-id=ListBuckets&max-buckets=10", &[], ""), "s3 ListBuckets"),
        (signed("s3", "GET", "/records?policy", &[], ""), "s3 GetBucketPolicy"),
        (signed("s3", "GET", "/records?policyStatus", &[], ""), "s3 GetBucketPolicyStatus"),
        (signed("s3", "GET", "/records?publicAccessBlock=", &[], ""), "s3 GetPublicAccessBlock"),
        (signed("s3", "GET", "/records/?object-lock", &[], ""), "s3 GetObjectLockConfiguration"),
        (signed("s3", "HEAD", "/records", &[], ""), "s3 HeadBucket"),
        (signed("s3", "GET", "/records/a/b?x-id=GetObject", &[], ""), "s3 GetObject"),
        (signed("s3", "GET", "/v20180820/configuration/publicAccessBlock", &[], ""), "s3control GetPublicAccessBlock"),
        (signed("s3", "GET", "/v20180820/accesspoint/app", &[], ""), "s3control GetAccessPoint"),
        (signed("s3", "GET", "/v20180820/accesspoint?maxResults=5", &[], ""), "s3control ListAccessPoints"),
        (signed("rds", "POST", "/", &[], "Action=DescribeDBInstances&Version=2014-10-31"), "rds DescribeDBInstances"),
        (signed("sts", "POST", "/", &[], "Version=1&Action=GetCallerIdentity"), "sts GetCallerIdentity"),
        (signed("kms", "POST", "/", &trent, "{}"), "kms ListKeys"),
        (signed("cloudtrail", "POST", "/", &[("X-Amz-Target", &new)], "{}"), "cloudtrail ListTrails"),
        (signed("cloudtrail", "POST", "/", &[("X-Amz-Target", &old)], "{}"), "cloudtrail ListTrails"),
        (signed("account", "POST", "/listRegions", &[], "{}"), "account ListRegions"),
    ];
    for (request, expected) in requests {
        let call = aws::wire().identify(&request).unwrap_or_else(|| panic!("{request:?} was not understood"));
        assert_eq!(format!("{} {}", call.service, call.operation), expected);
        assert_eq!(call.region, "eu-central-1");
        assert!(!call.later_page, "{expected}");
    }
}

#[test]
fn a_request_that_nobody_signed_is_no_operation() {
    let mut request = signed("s3", "GET", "/", &[], "");
    request.headers.clear();
    assert_eq!(aws::wire().identify(&request), None);
}

#[test]
fn a_page_token_marks_a_later_page() {
    let tokens = [
        signed("iam", "POST", "/", &[], "Action=ListUsers&Marker=abc"),
        signed("kms", "POST", "/", &[("X-Amz-Target", "TrentService.ListKeys")], "{\"Marker\":\"abc\"}"),
        signed("s3", "GET", "/v20180820/accesspoint?nextToken=abc", &[], ""),
        signed("account", "POST", "/listRegions", &[], "{\"NextToken\":\"abc\"}"),
    ];
    for request in tokens {
        assert!(aws::wire().identify(&request).unwrap().later_page, "{request:?}");
    }
}

#[test]
fn the_estate_has_what_it_says() {
    let estate = aws::estate();
    assert_eq!(estate.manifest["account"], ACCOUNT);
    let questions = ["sts GetCallerIdentity {}", "s3 ListBuckets {}", "cloudtrail DescribeTrails {}"];
    let answers = ask(&aws::moto().url(), &estate.credentials, &questions);
    assert_eq!(answers[0]["answer"]["Account"], ACCOUNT);
    assert!(answers[1].to_string().contains("meridian-records-prod"));
    assert!(answers[2].to_string().contains("account-trail"));
}

#[test]
fn accounts_do_not_see_each_other() {
    let clean = aws::clean_estate();
    let answers = ask(&aws::moto().url(), &clean.credentials, &["sts GetCallerIdentity {}", "s3 ListBuckets {}"]);
    assert_eq!(answers[0]["answer"]["Account"], aws::CLEAN_ACCOUNT);
    assert!(answers[1].to_string().contains("clean-records"));
    assert!(!answers[1].to_string().contains("meridian"));
}

#[test]
fn answers_are_replayed_without_moto() {
    let credentials = aws::estate().credentials.clone();
    let gateway = Server::start(|request| http::send(aws::moto().address(), request).unwrap());
    let answers = Answers::of(gateway.address());
    let recorder = answers.record();
    let first = ask(&recorder.url(), &credentials, &ONE_OF_EACH_PROTOCOL);
    assert_eq!(recorder.strangers(), Vec::<String>::new());
    assert!(first.iter().all(|answer| answer.get("answer").is_some()), "{first:#?}");
    drop(gateway);
    let replayed = ask(&answers.replay(|_| None).url(), &credentials, &ONE_OF_EACH_PROTOCOL);
    assert_eq!(first, replayed);
}

#[test]
fn every_fault_reaches_the_client_as_what_it_is() {
    let answers = Answers::of(aws::moto().address());
    let credentials = aws::estate().credentials.clone();
    let throttled = ["SlowDown", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"];
    let broken =
        ["InternalError", "InternalError", "InternalFailure", "InternalServiceException", "InternalServerException"];
    let denied = ["AccessDenied", "AccessDenied", "AccessDenied", "AccessDeniedException", "AccessDeniedException"];
    let expected = [
        (Fault::Denied, denied),
        (Fault::DeniedByOrganization, denied),
        (Fault::Throttled, throttled),
        (Fault::ServerError, broken),
    ];
    for (fault, codes) in expected {
        let proxy = answers.replay(move |_| Some(fault));
        let seen = ask(&proxy.url(), &credentials, &ONE_OF_EACH_PROTOCOL);
        let codes: Vec<Value> = codes.iter().map(|code| json!({"code": code})).collect();
        assert_eq!(seen, codes, "{fault:?}");
    }
    let hanging = answers.replay(|_| Some(Fault::Hang));
    let seen = ask_within("0.2", &hanging.url(), &credentials, &ONE_OF_EACH_PROTOCOL);
    assert_eq!(seen, vec![json!({"code": "ReadTimeoutError"}); 5]);
    // Botocore forgives half an answer here and there; what it makes of it must at least not be the whole one.
    let whole = ask(&answers.replay(|_| None).url(), &credentials, &ONE_OF_EACH_PROTOCOL);
    for fault in [Fault::CutShort, Fault::Garbled] {
        let seen = ask(&answers.replay(move |_| Some(fault)).url(), &credentials, &ONE_OF_EACH_PROTOCOL);
        for (index, question) in ONE_OF_EACH_PROTOCOL.iter().enumerate() {
            assert_ne!(seen[index], whole[index], "{fault:?} {question}");
        }
    }
}

#[test]
fn a_list_comes_in_two_pages_and_the_second_can_fail() {
    // Operation, its list, where it tells the next token, and the parameter that takes it.
    let lists = [
        ("iam ListUsers", "Users", "Marker", "Marker"),
        ("iam GetAccountAuthorizationDetails", "RoleDetailList", "Marker", "Marker"),
        ("s3 ListBuckets", "Buckets", "ContinuationToken", "ContinuationToken"),
        ("kms ListKeys", "Keys", "NextMarker", "Marker"),
        ("rds DescribeDBInstances", "DBInstances", "Marker", "Marker"),
    ];
    let answers = Answers::of(aws::moto().address());
    let credentials = aws::estate().credentials.clone();
    let ask_all = |url: &str, questions: &[String]| {
        ask(url, &credentials, &questions.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let first_questions: Vec<String> = lists.iter().map(|(operation, ..)| format!("{operation} {{}}")).collect();
    let whole = ask_all(&answers.record().url(), &first_questions);
    let failing = answers.replay_in_pages(|_| Some(Fault::LaterPageDenied));
    let first = ask_all(&failing.url(), &first_questions);
    let second_questions: Vec<String> = (lists.iter().zip(&first))
        .map(|((operation, _, next, token), page)| format!("{operation} {{\"{token}\":{}}}", page["answer"][next]))
        .collect();
    let second = ask_all(&answers.replay_in_pages(|_| None).url(), &second_questions);
    let denied = ask_all(&failing.url(), &second_questions);

    for (index, (operation, list, next, _)) in lists.iter().enumerate() {
        let items = |answer: &Value| {
            let items = answer["answer"][list].as_array();
            items.unwrap_or_else(|| panic!("{operation} gave no list: {answer}")).clone()
        };
        let (head, tail) = (items(&first[index]), items(&second[index]));
        assert!(!head.is_empty() && !tail.is_empty(), "{operation}");
        assert!([head, tail].concat() == items(&whole[index]), "{operation}: the halves are not the whole");
        assert_eq!(second[index]["answer"][next], whole[index]["answer"][next], "{operation} ends where it ends");
        let code = denied[index]["code"].as_str();
        assert!(code.is_some_and(|code| code.starts_with("AccessDenied")), "{operation}: {code:?}");
    }
    let later: Vec<bool> = failing.calls().iter().map(|call| call.later_page).collect();
    assert_eq!(later, [[false; 5], [true; 5]].concat());
}

#[test]
fn a_late_answer_is_late() {
    let delay = Duration::from_millis(30);
    let server = Server::start(move |request| {
        Reply::new(200, "text/plain", request.target.clone()).delivered(Delivery::After(delay))
    });
    let started = Instant::now();
    let request = signed("s3", "GET", "/late", &[], "");
    let reply = http::send(server.address(), &request).unwrap();
    assert!(started.elapsed() >= delay);
    assert_eq!((reply.status, reply.body), (200, b"/late".to_vec()));
}
