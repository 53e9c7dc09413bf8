//! The wire client against botocore: for made-up inputs and answers of many operations in every protocol, both must send
//! the same request and understand the same answer. And against answers that no honest service sends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, Mutex, OnceLock};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use safeguard::aws::Failure;
use safeguard::aws::wire::{Client, Service};
use safeguard::model::GapClass;
use serde_json::{Map, Value, json};

use crate::aws;
use crate::http::{Reply, Request, Server};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/wire_cases.py");
const CUTTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/models.py");
const SEED: &str = "1";

/// Services of every protocol: Query, EC2, JSON 1.0 and 1.1, REST JSON, REST XML, and those that once spoke Query.
const SERVICES: [&str; 24] = [
    "acm",
    "apigateway",
    "autoscaling",
    "cloudformation",
    "cloudfront",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "eks",
    "elasticache",
    "elbv2",
    "guardduty",
    "lambda",
    "logs",
    "rds",
    "redshift",
    "route53",
    "securityhub",
    "sns",
    "sqs",
    "stepfunctions",
];

/// One made-up call, and what botocore makes of it.
#[derive(Debug, Clone, serde::Deserialize)]
struct Case {
    service: String,
    operation: String,
    input: Map<String, Value>,
    request: Wanted,
    response: Given,
    output: Value,
}

#[derive(Debug, Clone, serde::Deserialize)]
struct Wanted {
    method: String,
    path: String,
    query: Value,
    form: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
}

#[derive(Debug, Clone, serde::Deserialize)]
struct Given {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// A server that gives one answer and keeps the last request.
struct Echo {
    server: Server,
    state: Arc<Mutex<(Option<Reply>, Option<Request>)>>,
}

impl Echo {
    fn start() -> Self {
        let state: Arc<Mutex<(Option<Reply>, Option<Request>)>> = Arc::default();
        let kept = Arc::clone(&state);
        let server = Server::start(move |request| {
            let mut state = kept.lock().unwrap();
            state.1 = Some(request.clone());
            state.0.clone().unwrap_or_else(|| Reply::new(500, "text/plain", "nothing to answer"))
        });
        Self { server, state }
    }

    fn answer_with(&self, reply: Reply) {
        *self.state.lock().unwrap() = (Some(reply), None);
    }

    fn asked(&self) -> Option<Request> {
        self.state.lock().unwrap().1.take()
    }

    fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "tests");
        let once = aws_smithy_types::retry::RetryConfig::standard().with_max_attempts(1);
        let defaults = aws_config::defaults(aws_config::BehaviorVersion::latest());
        let defaults = runtime().block_on(defaults.region(Region::new("us-east-1")).retry_config(once).load());
        let config = defaults.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials));
        config.endpoint_url(self.server.url()).build()
    }
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap())
}

fn python(script: &str, arguments: &[&str]) {
    let output = aws::script(script, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The cases, and the services with models cut for exactly their operations.
fn cases() -> &'static (Vec<Case>, BTreeMap<String, &'static Service>) {
    static CASES_READ: OnceLock<(Vec<Case>, BTreeMap<String, &'static Service>)> = OnceLock::new();
    CASES_READ.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cases.ndjson");
        python(CASES, &[&[file.to_str().unwrap(), SEED], SERVICES.as_slice()].concat());
        let text = fs::read_to_string(&file).unwrap();
        let cases: Vec<Case> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let operations: BTreeSet<String> =
            cases.iter().map(|case| format!("{}:{}", case.service, case.operation)).collect();
        let models = folder.path().join("models");
        let wanted: Vec<&str> = operations.iter().map(String::as_str).collect();
        python(CUTTER, &[&["--only", models.to_str().unwrap()], wanted.as_slice()].concat());
        let read = |name: &str| Service::read(name, &fs::read(models.join(format!("{name}.json"))).unwrap()).unwrap();
        let services = SERVICES.iter().map(|name| ((*name).to_owned(), read(name))).collect();
        (cases, services)
    })
}

fn reply(given: &Given) -> Reply {
    let mut reply = Reply::new(given.status, "application/octet-stream", STANDARD.decode(&given.body).unwrap());
    reply.headers.clear();
    for (name, value) in &given.headers {
        reply = reply.with_header(name, value);
    }
    reply
}

#[test]
fn requests_and_answers_are_botocores() {
    let (cases, services) = cases();
    let echo = Echo::start();
    let config = echo.config();
    let mut wrong = Vec::new();
    for case in cases {
        let client = Client::of(&config, services[&case.service], Vec::new());
        echo.answer_with(reply(&case.response));
        let answered = runtime().block_on(client.call(&case.operation, case.input.clone()));
        let name = format!("{}:{} with {}", case.service, case.operation, Value::Object(case.input.clone()));
        match answered {
            Ok(answer) if Value::Object(answer.clone()) == case.output => {}
            Ok(answer) => {
                wrong.push(format!("{name}\n  understood {}\n  botocore   {}", Value::Object(answer), case.output))
            }
            Err(error) => wrong.push(format!("{name}\n  failed: {}\n  botocore {}", in_full(&error), case.output)),
        }
        match echo.asked() {
            Some(asked) => {
                wrong.extend(differences(&asked, &case.request).into_iter().map(|what| format!("{name}\n  {what}")));
            }
            None => wrong.push(format!("{name}\n  nothing was asked")),
        }
    }
    assert!(cases.len() > 500, "{} cases", cases.len());
    let shown: Vec<_> = wrong.iter().take(20).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} differences of {} cases:\n{}", wrong.len(), cases.len(), shown.join("\n"));
}

#[test]
fn endpoints_are_botocores_for_every_region_and_variant() {
    let (_, services) = cases();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("endpoints.ndjson");
    python(CASES, &[&[file.to_str().unwrap(), "endpoints"], SERVICES.as_slice()].concat());
    let text = fs::read_to_string(&file).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let (service, region, fips, dual, url, signed_for): (
            String,
            String,
            bool,
            bool,
            Option<String>,
            Option<String>,
        ) = serde_json::from_str(line).unwrap();
        let ours = services[&service].endpoint(&region, fips, dual);
        if ours != url.clone().zip(signed_for) {
            wrong.push(format!("{line}: {ours:?}"));
        }
    }
    assert!(text.lines().count() > 3_000);
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.iter().take(30).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// The class of the gap that a broken answer leaves; `None` where it was understood.
fn class_of(echo: &Echo, client: &Client, case: &Case, body: &[u8]) -> Option<GapClass> {
    let mut reply = reply(&case.response);
    reply.body = body.to_vec();
    echo.answer_with(reply);
    let answered = runtime().block_on(client.call(&case.operation, case.input.clone()));
    answered.err().map(|error| Failure::of(&error).class)
}

/// One case of each protocol whose answer holds a list.
fn telling_cases() -> Vec<&'static Case> {
    let (cases, _) = cases();
    let holds_list = |case: &&Case| case.output.to_string().contains("[{");
    let of = |service: &str| cases.iter().filter(holds_list).find(|case| case.service == service);
    ["autoscaling", "ec2", "logs", "dynamodb", "eks", "guardduty", "cloudfront", "route53", "sqs", "elbv2"]
        .iter()
        .filter_map(|service| of(service))
        .collect()
}

#[test]
fn an_answer_that_is_not_whole_is_malformed_in_every_protocol() {
    let (_, services) = cases();
    let echo = Echo::start();
    let config = echo.config();
    assert!(telling_cases().len() >= 7);
    for case in telling_cases() {
        let client = Client::of(&config, services[&case.service], Vec::new());
        let name = format!("{}:{}", case.service, case.operation);
        let body = STANDARD.decode(&case.response.body).unwrap();
        assert_eq!(class_of(&echo, &client, case, &body), None, "{name}");
        for tenth in 0..10 {
            let cut = &body[..body.len() * tenth / 10];
            assert_eq!(class_of(&echo, &client, case, cut), Some(GapClass::Malformed), "{name} cut at {tenth}0 %");
        }
        for other in
            ["<html><body>Sign in</body></html>", "[]", "null", "\"text\"", "<a/>", "{\"a\": ", "{} {}", "hello"]
        {
            let class = class_of(&echo, &client, case, other.as_bytes());
            assert_eq!(class, Some(GapClass::Malformed), "{name} answers {other}");
        }
    }
}

#[test]
fn a_value_of_another_type_is_malformed() {
    let (cases, services) = cases();
    let echo = Echo::start();
    let config = echo.config();
    let mut tried = 0;
    for case in cases.iter().filter(|case| ["logs", "eks", "guardduty"].contains(&&*case.service)) {
        let body: Value = serde_json::from_slice(&STANDARD.decode(&case.response.body).unwrap()).unwrap();
        let Some(object) = body.as_object() else { continue };
        let client = Client::of(&config, services[&case.service], Vec::new());
        for (name, value) in object {
            let other = if value.is_object() || value.is_array() { json!(true) } else { json!([{"a": 1}]) };
            let mut body = object.clone();
            body.insert(name.clone(), other);
            let class = class_of(&echo, &client, case, Value::Object(body).to_string().as_bytes());
            assert_eq!(class, Some(GapClass::Malformed), "{}:{} {name}", case.service, case.operation);
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn errors_have_aws_code_and_message_in_every_protocol() {
    let (cases, services) = cases();
    let echo = Echo::start();
    let config = echo.config();
    let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error>\
               <RequestId>r-1</RequestId></ErrorResponse>";
    let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not you</Message></Error></Errors>\
               <RequestID>r-1</RequestID></Response>";
    let json = r#"{"__type": "com.amazonaws.x#AccessDeniedException", "message": "not you"}"#;
    for (service, status, body, code) in [
        ("autoscaling", 403, xml, "AccessDenied"),
        ("cloudfront", 403, xml, "AccessDenied"),
        ("ec2", 403, ec2, "UnauthorizedOperation"),
        ("logs", 400, json, "AccessDeniedException"),
        ("dynamodb", 400, json, "AccessDeniedException"),
        ("eks", 403, json, "AccessDeniedException"),
    ] {
        let case = cases.iter().find(|case| case.service == service).unwrap();
        let client = Client::of(&config, services[service], Vec::new());
        echo.answer_with(Reply::new(status, "application/octet-stream", body));
        let error = runtime().block_on(client.call(&case.operation, case.input.clone())).unwrap_err();
        let failure = Failure::of(&error);
        assert_eq!(
            (failure.class, &*failure.code, &*failure.message),
            (GapClass::Denied, code, "not you"),
            "{service}"
        );
        // An error that ends in its middle could be any.
        echo.answer_with(Reply::new(status, "application/octet-stream", &body[..body.len() / 3]));
        let error = runtime().block_on(client.call(&case.operation, case.input.clone())).unwrap_err();
        assert_eq!(Failure::of(&error).class, GapClass::Malformed, "{service}");
    }
}

#[test]
fn a_page_that_repeats_its_token_ends_the_list_with_an_error() {
    let (_, services) = cases();
    let echo = Echo::start();
    let case = cases().0.iter().find(|case| case.service == "sns" && case.operation == "ListSubscriptionsByTopic");
    let case = case.expect("a list of SNS with pages");
    let body = "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions/><NextToken>again</NextToken>\
                </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>";
    echo.answer_with(Reply::new(200, "text/xml", body));
    let client = Client::of(&echo.config(), services["sns"], Vec::new());
    let mut pages = client.pages(&case.operation, case.input.clone());
    runtime().block_on(async {
        assert!(pages.next().await.unwrap().is_ok());
        let again = pages.next().await.unwrap().unwrap_err();
        assert_eq!(Failure::of(&again).class, GapClass::Malformed, "the same token came again");
        assert!(pages.next().await.is_none());
    });
}

#[test]
fn models_are_what_the_script_cuts() {
    let output = aws::script(CUTTER, &["--check"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn in_full(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words += &format!(": {error}");
        source = error.source();
    }
    words
}

fn differences(asked: &Request, wanted: &Wanted) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            found.push(format!("{what}: sent {ours}, botocore {theirs}"));
        }
    };
    differ("method", asked.method.clone(), wanted.method.clone());
    // Botocore's path may hold a query of its own.
    let (path, fixed) = wanted.path.split_once('?').unwrap_or((&wanted.path, ""));
    differ("path", decoded(asked.path()), decoded(path));
    let mut theirs: Vec<(String, String)> = form(fixed);
    for pair in wanted.query.as_array().into_iter().flatten() {
        let name = pair[0].as_str().unwrap();
        match &pair[1] {
            Value::Array(values) => theirs.extend(values.iter().map(|value| (name.to_owned(), text(value)))),
            value => theirs.push((name.to_owned(), text(value))),
        }
    }
    theirs.sort();
    let mut ours = form(asked.query());
    ours.sort();
    differ("query", format!("{ours:?}"), format!("{theirs:?}"));
    for (name, value) in &wanted.headers {
        differ(name, asked.header(name).unwrap_or_default().to_owned(), value.clone());
    }
    if let Some(wanted) = &wanted.form {
        let mut ours = form(std::str::from_utf8(&asked.body).unwrap());
        let mut theirs: Vec<_> = wanted.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        // Botocore leaves an empty structure in a list out, and the SDK's writer names it: neither asks for anything.
        let says_something = |(name, value): &(String, String)| !value.is_empty() || name.ends_with("Token");
        ours.retain(says_something);
        theirs.retain(says_something);
        ours.sort();
        theirs.sort();
        differ("form", format!("{ours:?}"), format!("{theirs:?}"));
    }
    if let Some(body) = &wanted.body {
        differ("body", canonical(&asked.body), canonical(&STANDARD.decode(body).unwrap()));
    }
    found
}

/// A body as something that compares: JSON without its order, XML without its spelling.
fn canonical(body: &[u8]) -> String {
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        // No member at all and an empty object say the same.
        return if json == json!({}) { String::new() } else { json.to_string() };
    }
    let text = String::from_utf8_lossy(body).into_owned();
    if !text.trim_start().starts_with('<') {
        return text;
    }
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut words = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => words += &format!("<{}>", String::from_utf8_lossy(start.name().as_ref())),
            Event::Empty(start) => {
                let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
                words += &format!("<{name}></{name}>");
            }
            Event::End(end) => words += &format!("</{}>", String::from_utf8_lossy(end.name().as_ref())),
            Event::Text(text) => words += &String::from_utf8_lossy(&text),
            Event::GeneralRef(name) => {
                let name = String::from_utf8_lossy(&name).into_owned();
                words += &quick_xml::escape::unescape(&format!("&{name};")).unwrap();
            }
            Event::Eof => return words,
            _ => {}
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
