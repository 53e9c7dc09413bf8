//! The Lambda function, driven by a server that speaks the Lambda Runtime API, with moto behind it.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::collections::VecDeque;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use safeguard::model::{AccountState, Report, Verdict};
use serde_json::{Value, json};

use crate::aws::{self, Credentials};
use crate::deploy::Stack;
use crate::http::{self, Delivery, Reply, Request, Server};
use crate::proxy::{Answers, Proxy};

/// Ends every wait for the function that went wrong.
const PATIENCE: Duration = Duration::from_secs(180);
const NEXT: &str = "/2018-06-01/runtime/invocation/next";

/// The Lambda service, as far as a function sees it.
struct Runtime {
    server: Server,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    waiting: VecDeque<(String, Duration, Value)>,
    /// The request's id, whether it ended well, and what it answered.
    answers: Vec<(String, bool, Value)>,
}

impl Runtime {
    fn start() -> Self {
        let shared: Arc<Mutex<Shared>> = Arc::default();
        let seen = Arc::clone(&shared);
        let server = Server::start(move |request| Self::reply(request, &seen));
        Self { server, shared }
    }

    fn reply(request: &Request, shared: &Mutex<Shared>) -> Reply {
        if request.path() == NEXT {
            let begun = Instant::now();
            loop {
                if let Some((id, time, event)) = shared.lock().unwrap().waiting.pop_front() {
                    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
                    return Reply::new(200, "application/json", event.to_string())
                        .with_header("Lambda-Runtime-Aws-Request-Id", &id)
                        .with_header("Lambda-Runtime-Deadline-Ms", &deadline.as_millis().to_string())
                        .with_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:1:function:f");
                }
                if begun.elapsed() > PATIENCE {
                    return Reply::new(500, "text/plain", "no more events").delivered(Delivery::Never);
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        let parts: Vec<&str> = request.path().split('/').collect();
        if let ["", _, "runtime", "invocation", id, kind] = parts[..] {
            let answer = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            shared.lock().unwrap().answers.push((id.to_owned(), kind == "response", answer));
            return Reply::new(202, "application/json", "{}");
        }
        Reply::new(404, "text/plain", "not of the Runtime API")
    }

    /// Invokes the function and waits for its answer.
    fn invoke(&self, id: &str, time: Duration, event: Value) -> Result<Value, Value> {
        let before = self.shared.lock().unwrap().answers.len();
        self.shared.lock().unwrap().waiting.push_back((id.to_owned(), time, event));
        let begun = Instant::now();
        loop {
            if let Some((answered, ended_well, answer)) = self.shared.lock().unwrap().answers.get(before).cloned() {
                assert_eq!(answered, id);
                return if ended_well { Ok(answer) } else { Err(answer) };
            }
            assert!(begun.elapsed() < PATIENCE, "the function gave no answer to {id}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A deployed function: its process, its environment, and an account that it runs in.
pub struct Function {
    runtime: Runtime,
    process: Child,
    credentials: Credentials,
    bucket: String,
    queue: String,
    folder: tempfile::TempDir,
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What moto lacks: a write that must not overwrite.
fn door(address: std::net::SocketAddr) -> Server {
    Server::start(move |request| {
        if request.method == "PUT" && request.header("if-none-match") == Some("*") {
            let look = Request { method: "HEAD".to_owned(), body: Vec::new(), ..request.clone() };
            let path = request.path().to_owned();
            if http::send(address, &Request { target: path, ..look }).unwrap().status == 200 {
                let body = "<Error><Code>PreconditionFailed</Code><Message>it is there</Message></Error>";
                return Reply::new(412, "application/xml", body);
            }
        }
        http::send(address, request).unwrap()
    })
}

/// Where AWS is, as far as a function is concerned.
pub fn upstream() -> std::net::SocketAddr {
    bed().door.address()
}

struct Bed {
    door: Server,
    _proxy: Proxy,
}

fn bed() -> &'static Bed {
    static BED: OnceLock<Bed> = OnceLock::new();
    BED.get_or_init(|| {
        let proxy = Answers::of(aws::moto().address()).record();
        Bed { door: door(proxy.address()), _proxy: proxy }
    })
}

/// A bucket for results, a topic with a queue that listens to it, and a bucket to judge.
const BUILD: &str = r#"
import boto3, json, sys
client = lambda name: boto3.client(name, endpoint_url=sys.argv[1], region_name="us-east-1")
account, bucket = sys.argv[2], f"results-{sys.argv[2]}"
client("s3").create_bucket(Bucket=bucket)
client("s3").create_bucket(Bucket=f"records-{account}")
topic = client("sns").create_topic(Name="scans")["TopicArn"]
queue = client("sqs").create_queue(QueueName="heard")["QueueUrl"]
arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
print(json.dumps({"bucket": bucket, "topic": topic, "queue": queue}))
"#;

/// A queue that listens to a topic.
const LISTEN: &str = r#"
import boto3, sys
client = lambda name: boto3.client(name, endpoint_url=sys.argv[1], region_name="us-east-1")
queue = client("sqs").create_queue(QueueName="heard")["QueueUrl"]
arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
client("sns").subscribe(TopicArn=sys.argv[2], Protocol="sqs", Endpoint=arn)
print(queue)
"#;

/// Takes all messages from a queue.
const HEAR: &str = r#"
import boto3, json, sys
sqs, queue, heard = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="us-east-1"), sys.argv[2], []
while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
    for message in messages:
        heard.append(message["Body"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
print(json.dumps(heard))
"#;

/// Calls one operation with parameters in JSON; a body is printed as text.
const CALL: &str = r#"
import boto3, json, sys
endpoint, service, operation, parameters = sys.argv[1:5]
client = boto3.client(service, endpoint_url=endpoint, region_name="us-east-1")
answer = client._make_api_call(operation, json.loads(parameters))
if "Body" in answer: answer["Body"] = answer["Body"].read().decode()
print(json.dumps(answer, default=str))
"#;

impl Function {
    pub fn deployed(account: &str, more: &[(&str, &str)]) -> Self {
        Self::deployed_at(&bed().door.url(), account, more)
    }

    /// The same, which reaches AWS at `url`.
    pub fn deployed_at(url: &str, account: &str, more: &[(&str, &str)]) -> Self {
        let credentials = aws::moto().account(account);
        let built = aws::moto().python_as(&credentials, &["-c", BUILD, &aws::moto().url(), account]);
        let built: Value = serde_json::from_slice(&built).unwrap();
        let text = |name: &str| built[name].as_str().unwrap().to_owned();
        let results = format!("s3://{}/safeguard", text("bucket"));
        let own = [("SAFEGUARD_RESULTS", results), ("SAFEGUARD_TOPIC_ARN", text("topic"))];
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let variables: Vec<(&str, String)> = own.into_iter().chain(more).collect();
        Self::started(credentials, url, &variables, text("bucket"), text("queue"))
    }

    /// The function of a stack, with the environment that its template gives it, which reaches AWS at `url`.
    pub fn of_stack(credentials: &Credentials, stack: &Stack, url: &str) -> Self {
        let topic = &stack.resources["Topic"].1;
        let queue = aws::moto().python_as(credentials, &["-c", LISTEN, &aws::moto().url(), topic]);
        let queue = String::from_utf8(queue).unwrap().trim().to_owned();
        let variables: Vec<(&str, String)> =
            stack.environment.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        Self::started(credentials.clone(), url, &variables, stack.resources["Results"].1.clone(), queue)
    }

    fn started(
        credentials: Credentials,
        url: &str,
        variables: &[(&str, String)],
        bucket: String,
        queue: String,
    ) -> Self {
        let (runtime, folder) = (Runtime::start(), tempfile::tempdir().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_safeguard-lambda"));
        command.env_clear().envs(credentials.environment()).env("HOME", folder.path()).env("TMPDIR", folder.path());
        command.envs([
            ("AWS_LAMBDA_RUNTIME_API", runtime.server.address().to_string().as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "safeguard"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/safeguard"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "1"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", url),
            ("AWS_MAX_ATTEMPTS", "1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        let variables = variables.iter().map(|(name, value)| (*name, value.as_str()));
        command.envs(variables).current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let process = command.stderr(log).spawn().unwrap();
        Self { runtime, process, credentials, bucket, queue, folder }
    }

    pub fn invoke(&self, id: &str, event: Value) -> Result<Value, Value> {
        self.runtime.invoke(id, Duration::from_secs(600), event)
    }

    pub fn call(&self, service: &str, operation: &str, parameters: &Value) -> Value {
        let parameters = parameters.to_string();
        let arguments = ["-c", CALL, &aws::moto().url(), service, operation, &parameters];
        serde_json::from_slice(&aws::moto().python_as(&self.credentials, &arguments)).unwrap()
    }

    /// The keys of all results, without the prefix.
    pub fn objects(&self) -> Vec<String> {
        let answer = self.call("s3", "ListObjectsV2", &json!({"Bucket": self.bucket}));
        let keys = answer["Contents"].as_array().into_iter().flatten();
        keys.map(|object| object["Key"].as_str().unwrap().trim_start_matches("safeguard/").to_owned()).collect()
    }

    pub fn report(&self, outcome: &Value) -> Report {
        let places = outcome["objects"].as_array().unwrap().iter().map(|place| place.as_str().unwrap());
        let place = places.clone().find(|place| place.ends_with("/report.json")).unwrap();
        let key = place.strip_prefix(&format!("s3://{}/", self.bucket)).unwrap();
        let object = self.call("s3", "GetObject", &json!({"Bucket": self.bucket, "Key": key}));
        serde_json::from_str(object["Body"].as_str().unwrap()).unwrap()
    }

    /// The messages that were heard since the last time.
    pub fn heard(&self) -> Vec<Value> {
        let messages = aws::moto().python_as(&self.credentials, &["-c", HEAR, &aws::moto().url(), &self.queue]);
        let messages: Vec<String> = serde_json::from_slice(&messages).unwrap();
        messages.iter().map(|message| serde_json::from_str(message).unwrap()).collect()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

fn schedule(id: &str) -> Value {
    json!({"version": "0", "id": id, "detail-type": "Scheduled Event", "source": "aws.events", "account": "1",
        "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [], "detail": {"config": {"select": ["service:s3"]}}})
}

#[test]
fn a_schedule_brings_a_report_once_however_often_the_event_comes() {
    let function = Function::deployed("770000000001", &[("SAFEGUARD_FORMATS", "json,ndjson")]);
    let outcome = function.invoke("r-1", schedule("e-1")).unwrap();
    let objects = function.objects();
    let date = outcome["started_at"].as_str().unwrap()[..10].to_owned();
    let folder = format!("account=770000000001/date={date}/run=e-1");
    let expected = ["report.json", "report.ndjson", "snapshot.ndjson.zst"].map(|name| format!("{folder}/{name}"));
    assert_eq!(objects[..3], expected);
    assert_eq!(objects[3..], ["runs/e-1/own/summary.json".to_owned()]);

    let report = function.report(&outcome);
    assert!(
        report.findings.iter().any(|finding| finding.rule == "s3-bucket-tls-only" && finding.verdict == Verdict::Fail)
    );
    assert_eq!(outcome["summary"], json!(report.summary));
    let heard = function.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(heard[0]["Message"].as_str().unwrap()).unwrap(), outcome);
    assert!(heard[0]["Subject"].as_str().unwrap().contains("770000000001"), "{heard:?}");

    assert_eq!(function.invoke("r-2", schedule("e-1")).unwrap(), outcome, "the same event again");
    assert_eq!(function.objects(), objects);
    assert_eq!(function.heard(), Vec::<Value>::new());
    let log = function.log();
    assert!(log.contains("judged") && !log.contains("records-770000000001"), "no snapshot content in logs: {log}");
}

#[test]
fn a_poisoned_event_ends_with_its_reason_and_the_next_one_is_served() {
    let function = Function::deployed("770000000002", &[]);
    for (event, words) in [
        (json!({"regoins": ["us-east-1"]}), "regoins"),
        (json!({"config": {"select": ["no-such-rule"]}}), "no-such-rule"),
        (json!({"config": {"fail_on": "sometimes"}}), "the event's config"),
        (json!({"config_s3": "s3://results-770000000002/nowhere/"}), "nowhere"),
        (json!({"action": "merge"}), "accounts"),
    ] {
        let error = function.invoke("r-1", event).unwrap_err();
        assert_eq!(error["errorType"], "Safeguard.WrongInput", "{error}");
        assert!(error["errorMessage"].as_str().unwrap().contains(words), "{error}");
    }
    assert!(function.objects().is_empty() && function.heard().is_empty());
    function.invoke("r-2", schedule("e-1")).unwrap();
}

#[test]
fn a_function_that_is_told_to_end_says_so_and_leaves_nothing() {
    for signal in ["TERM", "INT", "HUP"] {
        let asked = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = Arc::clone(&asked);
        // An AWS in which no run was delivered, and that lets everything else wait.
        let server = Server::start(move |request| match request.path().contains("summary.json") {
            true => Reply::new(404, "application/xml", "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>"),
            false => {
                seen.store(true, std::sync::atomic::Ordering::SeqCst);
                Reply::new(200, "text/plain", "").delivered(Delivery::Never)
            }
        });
        let results = [("SAFEGUARD_RESULTS", "s3://results/safeguard".to_owned())];
        let none = String::new;
        let mut function = Function::started(Credentials::any(), &server.url(), &results, none(), none());
        let event = ("r-1".to_owned(), Duration::from_secs(600), schedule("e-1"));
        function.runtime.shared.lock().unwrap().waiting.push_back(event);
        let begun = Instant::now();
        while !asked.load(std::sync::atomic::Ordering::SeqCst) {
            assert!(begun.elapsed() < PATIENCE, "nothing was asked: {}", function.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        let id = function.process.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        let status = function.process.wait().unwrap();
        assert_eq!(status.code(), Some(1), "SIG{signal}: {}", function.log());
        assert!(function.log().contains("nothing is claimed of what was being done"), "{}", function.log());
        let left = std::fs::read_dir(function.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["log"], "SIG{signal}");
    }
}

#[test]
fn time_that_runs_out_leaves_gaps_and_a_report() {
    let function = Function::deployed("770000000003", &[]);
    let event = json!({"config": {"select": ["service:s3", "service:iam"]}});
    let outcome = function.runtime.invoke("r-1", Duration::from_secs(10), event).unwrap();
    assert_eq!(outcome["is_complete"], false);
    let report = function.report(&outcome);
    assert!(report.gaps.iter().any(|gap| gap.code == "OutOfTime"), "{:?}", report.gaps);
    assert!(report.findings.iter().all(|finding| finding.verdict != Verdict::Pass), "nothing was read");
    assert!(function.heard()[0]["Subject"].as_str().unwrap().contains("INCOMPLETE"));
}

#[test]
fn what_failed_halfway_is_finished_by_the_next_try() {
    let function =
        Function::deployed("770000000004", &[("SAFEGUARD_TOPIC_ARN", "arn:aws:sns:us-east-1:770000000004:later")]);
    let error = function.invoke("r-1", schedule("e-1")).unwrap_err();
    assert!(error["errorMessage"].as_str().unwrap().contains("later"), "{error}");
    let left = function.objects();
    assert!(!left.is_empty() && left.iter().all(|key| !key.ends_with("summary.json")), "{left:?}");
    function.call("sns", "CreateTopic", &json!({"Name": "later"}));
    function.invoke("r-1", schedule("e-1")).unwrap();
    assert!(function.objects().iter().any(|key| key.ends_with("summary.json")));
}

const WAIVERS: &str = "waivers:
  - {rule: s3-bucket-versioning, resource: '*', reason: generated data only, owner: platform, expires: 2099-12-31}
";

#[test]
fn settings_come_from_s3_or_a_parameter() {
    let function = Function::deployed("770000000005", &[("SAFEGUARD_CONFIG_PARAMETER", "/safeguard/config")]);
    let parameter =
        json!({"Name": "/safeguard/config", "Value": "select: [s3-bucket-tls-only]\n", "Type": "SecureString"});
    function.call("ssm", "PutParameter", &parameter);
    let rules =
        |outcome: &Value| -> Vec<String> { function.report(outcome).rules.into_iter().map(|rule| rule.id).collect() };
    assert_eq!(rules(&function.invoke("r-1", json!({})).unwrap()), ["s3-bucket-tls-only"]);

    let put = |key: &str, body: &str| {
        let script = "import boto3, sys\nboto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1').put_object(Bucket=sys.argv[2], Key=sys.argv[3], Body=sys.argv[4])";
        let arguments = ["-c", script, &aws::moto().url(), &function.bucket, key, body];
        aws::moto().python_as(&function.credentials, &arguments);
    };
    put("config/safeguard.yaml", "select: [s3-bucket-versioning]\nwaivers: accepted/waivers.yaml\n");
    put("config/accepted/waivers.yaml", WAIVERS);
    let place = format!("s3://{}/config/", function.bucket);
    let outcome = function.invoke("r-2", json!({"config_s3": place})).unwrap();
    assert_eq!(rules(&outcome), ["s3-bucket-versioning"]);
    assert_eq!(outcome["summary"]["waived"], outcome["summary"]["fail"], "a file that the settings name is there, too");
    assert_ne!(outcome["summary"]["fail"], 0);
}

#[test]
fn a_worker_leaves_the_findings_of_another_account_to_that_account() {
    let settings = [("SAFEGUARD_MEMBER_ROLE", "auditor"), ("SAFEGUARD_SECURITY_HUB", "true")];
    let function = Function::deployed("770000000007", &settings);
    let held = || function.call("securityhub", "GetFindings", &json!({}))["Findings"].as_array().unwrap().len();
    let config = json!({"select": ["s3-bucket-tls-only"]});
    let theirs = aws::moto().account("770000000008");
    let bucket = json!({"Bucket": "of-the-other-account"}).to_string();
    aws::moto().python_as(&theirs, &["-c", CALL, &aws::moto().url(), "s3", "CreateBucket", &bucket]);
    let other = json!({"account": {"account": "770000000008"}, "config": config});
    let outcome = function.invoke("r-1", other).unwrap();
    assert_eq!((&outcome["accounts"], &outcome["summary"]["fail"]), (&json!(["770000000008"]), &json!(1)));
    assert_eq!(held(), 0);
    function.invoke("r-2", json!({"account": {"account": "770000000007"}, "config": config})).unwrap();
    assert_ne!(held(), 0);
}

#[test]
fn workers_may_divide_the_regions_of_an_account() {
    let function = Function::deployed("770000000009", &[("SAFEGUARD_MEMBER_ROLE", "auditor")]);
    function.call("organizations", "CreateOrganization", &json!({"FeatureSet": "ALL"}));
    let all = json!({"action": "list_accounts", "run_id": "daily", "regions": ["all"], "regions_per_worker": 1});
    let refused = function.invoke("r-0", all).unwrap_err();
    assert!(refused["errorMessage"].as_str().unwrap().contains("does not name the regions"), "{refused}");
    let config = json!({"select": ["service:s3", "service:kms"]});
    let run = |name: &str, parts: usize| {
        let regions = json!(["us-east-1", "us-west-2", "eu-west-1"]);
        let list = json!({"action": "list_accounts", "run_id": name, "regions": regions, "regions_per_worker": 2});
        let listed = function.invoke("list", list).unwrap();
        let workers = json!({"Bucket": listed["workers"]["bucket"], "Key": listed["workers"]["key"]});
        let workers = function.call("s3", "GetObject", &workers);
        let workers: Vec<Value> = serde_json::from_str(workers["Body"].as_str().unwrap()).unwrap();
        assert_eq!(workers.len(), 2);
        for mut event in workers.into_iter().take(parts) {
            event["config"] = config.clone();
            let outcome = function.invoke("worker", event.clone()).unwrap();
            let place = format!("/run={name}/part={}/", event["part"]);
            assert!(outcome["objects"][0].as_str().unwrap().contains(&place), "{outcome}");
        }
        let merge = json!({"action": "merge", "run_id": name, "accounts": listed["accounts"], "config": config});
        function.report(&function.invoke("merge", merge).unwrap())
    };
    let state = |report: &Report| report.organization.as_ref().unwrap().accounts[0].state;
    let whole = run("whole", 2);
    assert_eq!(whole.scan.regions, ["eu-west-1", "us-east-1", "us-west-2"]);
    assert_eq!((state(&whole), whole.gaps.len()), (AccountState::Complete, 0));
    let half = run("half", 1);
    assert_ne!(state(&half), AccountState::Complete, "the other regions were not read");
    assert!(half.summary.unknown > whole.summary.unknown, "{:?} {:?}", half.summary, whole.summary);
    assert!(half.gaps.iter().any(|gap| gap.code == "NotDelivered"), "{:?}", half.gaps);
}

#[test]
fn workers_scan_the_accounts_of_an_organization_and_a_merge_makes_one_report() {
    let function = Function::deployed("770000000006", &[("SAFEGUARD_MEMBER_ROLE", "auditor")]);
    function.call("organizations", "CreateOrganization", &json!({"FeatureSet": "ALL"}));
    for name in ["one", "two"] {
        let email = format!("{name}@example.com");
        function.call("organizations", "CreateAccount", &json!({"AccountName": name, "Email": email}));
    }
    let listed = function.invoke("r-1", json!({"action": "list_accounts", "run_id": "weekly"})).unwrap();
    assert_eq!(listed["account_count"], 3);
    let workers = json!({"Bucket": listed["workers"]["bucket"], "Key": listed["workers"]["key"]});
    let workers = function.call("s3", "GetObject", &workers);
    let workers: Vec<Value> = serde_json::from_str(workers["Body"].as_str().unwrap()).unwrap();
    let lost = workers.last().unwrap()["account"]["account"].clone();
    for (number, worker) in workers.iter().enumerate().take(2) {
        let mut event = worker.clone();
        event["config"] = json!({"select": ["service:s3"]});
        function.invoke(&format!("w-{number}"), event).unwrap();
    }
    let merge = json!({"action": "merge", "run_id": "weekly", "accounts": listed["accounts"], "config": {"select": ["service:s3"]}});
    let outcome = function.invoke("r-2", merge).unwrap();
    let report = function.report(&outcome);
    let states: Vec<(Value, AccountState)> =
        (report.organization.as_ref().unwrap().accounts.iter()).map(|row| (json!(row.account), row.state)).collect();
    assert_eq!(states.len(), 3);
    let (unread, read): (Vec<_>, Vec<_>) = states.into_iter().partition(|(_, state)| *state == AccountState::NotRead);
    assert_eq!((unread, read.len()), (vec![(lost, AccountState::NotRead)], 2));
    assert_eq!(outcome["is_complete"], false, "an account is missing");
    assert!(outcome["objects"][0].as_str().unwrap().contains("account=organization"), "{outcome}");
}
