//! What the tests of the wire client stand on: made-up calls with what botocore makes of them, and a server that answers as
//! it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use safeguard::aws::wire::{Client, Service};
use serde_json::{Map, Value};

use crate::aws;
use crate::http::{Reply, Request, Server};

pub const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/wire_cases.py");
pub const CUTTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/models.py");
const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/aws/models");
const SEED: &str = "1";

/// Services of every protocol: Query, EC2, JSON 1.0 and 1.1, REST JSON, REST XML, and those that once spoke Query.
pub const SERVICES: [&str; 24] = [
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

/// Operations whose bodies are streams of bytes, which have tests of their own.
const STREAMS: [&str; 2] = ["s3:GetObject", "s3:PutObject"];

/// One made-up call, and what botocore makes of it.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Case {
    pub service: String,
    pub operation: String,
    /// How it was made up, such as `nulls`.
    pub sort: String,
    pub input: Map<String, Value>,
    pub request: Wanted,
    pub response: Given,
    pub output: Value,
}

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Wanted {
    pub method: String,
    pub path: String,
    pub query: Value,
    pub form: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub body: Option<String>,
}

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Given {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// A server that gives one answer and keeps the last request.
pub struct Echo {
    server: Server,
    state: Arc<Mutex<(Option<Reply>, Option<Request>)>>,
}

impl Echo {
    pub fn start() -> Self {
        let state: Arc<Mutex<(Option<Reply>, Option<Request>)>> = Arc::default();
        let kept = Arc::clone(&state);
        let server = Server::start(move |request| {
            let mut state = kept.lock().unwrap();
            state.1 = Some(request.clone());
            state.0.clone().unwrap_or_else(|| Reply::new(500, "text/plain", "nothing to answer"))
        });
        Self { server, state }
    }

    pub fn answer_with(&self, reply: Reply) {
        *self.state.lock().unwrap() = (Some(reply), None);
    }

    pub fn asked(&self) -> Option<Request> {
        self.state.lock().unwrap().1.take()
    }

    pub fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "tests");
        let once = aws_smithy_types::retry::RetryConfig::standard().with_max_attempts(1);
        let defaults = aws_config::defaults(aws_config::BehaviorVersion::latest());
        let defaults = runtime().block_on(defaults.region(Region::new("us-east-1")).retry_config(once).load());
        let config = defaults.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials));
        config.endpoint_url(self.server.url()).build()
    }
}

pub fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap())
}

pub fn python(script: &str, arguments: &[&str]) {
    let output = aws::script(script, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Cases, and the services with the models that know their operations.
pub struct Cases {
    pub all: Vec<Case>,
    pub services: BTreeMap<String, &'static Service>,
}

impl Cases {
    /// Some operations of services of every protocol.
    pub fn sample() -> &'static Self {
        static SAMPLE: OnceLock<Cases> = OnceLock::new();
        SAMPLE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let all = made_up(folder.path(), &SERVICES);
            let operations: BTreeSet<String> = all.iter().map(Case::name).collect();
            let models = folder.path().join("models");
            let wanted: Vec<&str> = operations.iter().map(String::as_str).collect();
            python(CUTTER, &[&["--only", models.to_str().unwrap()], wanted.as_slice()].concat());
            let read =
                |name: &str| Service::read(name, &fs::read(models.join(format!("{name}.json"))).unwrap()).unwrap();
            Self { all, services: SERVICES.iter().map(|name| ((*name).to_owned(), read(name))).collect() }
        })
    }

    /// Every operation of every model of this build.
    pub fn declared() -> &'static Self {
        static DECLARED: OnceLock<Cases> = OnceLock::new();
        DECLARED.get_or_init(|| {
            let models = models();
            let operations: Vec<String> = models
                .iter()
                .flat_map(|(service, model)| {
                    let operations = model["operations"].as_object().unwrap();
                    operations.keys().map(move |operation| format!("{service}:{operation}"))
                })
                .filter(|operation| !STREAMS.contains(&operation.as_str()))
                .collect();
            let folder = tempfile::tempdir().unwrap();
            let all = made_up(folder.path(), &operations.iter().map(String::as_str).collect::<Vec<_>>());
            let made: BTreeSet<String> = all.iter().map(Case::name).collect();
            assert_eq!(made, operations.into_iter().collect(), "every operation has cases");
            Self {
                all,
                services: models.into_keys().map(|name| (name.clone(), Service::find(&name).unwrap())).collect(),
            }
        })
    }

    /// Both, made up at the same time.
    pub fn both() -> [&'static Self; 2] {
        thread::scope(|scope| {
            let sample = scope.spawn(Self::sample);
            [Self::declared(), sample.join().unwrap()]
        })
    }

    pub fn client(&self, config: &SdkConfig, service: &str) -> Client {
        Client::of(config, self.services[service], Vec::new())
    }
}

impl Case {
    /// As `sqs:ListQueues`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    pub fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.response.body).unwrap()
    }
}

fn made_up(folder: &Path, names: &[&str]) -> Vec<Case> {
    let file = folder.join("cases.ndjson");
    python(CASES, &[&[file.to_str().unwrap(), SEED], names].concat());
    fs::read_to_string(&file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The models of this build, by service.
pub fn models() -> BTreeMap<String, Value> {
    let files = fs::read_dir(MODELS).unwrap().map(|entry| entry.unwrap().path());
    let model = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name != "partitions").then(|| (name, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap()))
    };
    files.filter_map(model).collect()
}

pub fn reply(given: &Given) -> Reply {
    let mut reply = Reply::new(given.status, "application/octet-stream", STANDARD.decode(&given.body).unwrap());
    reply.headers.clear();
    for (name, value) in &given.headers {
        reply = reply.with_header(name, value);
    }
    reply
}
