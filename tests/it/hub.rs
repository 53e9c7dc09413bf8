//! A Security Hub that refuses what it is told to refuse: what moto has no way to do. It knows the caller's account, keeps
//! every request, and holds imports to the limits that AWS documents.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::aws::ACCOUNT;
use crate::http::{Reply, Request, Server};

/// How a finding is refused: so many times, with a code.
pub type Refusals = BTreeMap<String, (usize, &'static str)>;

/// What the hub does beside its duty.
#[derive(Default)]
pub struct Manner {
    /// Findings that are refused when they are imported, by resource.
    pub refused: Refusals,
    /// Findings that are not found at first when they are to be updated, by resource.
    pub not_updated: Refusals,
    /// How many imports are throttled before one is let through.
    pub throttled: usize,
    /// Regions in which Security Hub is off.
    pub off: Vec<&'static str>,
    /// Whether findings may be asked for.
    pub blind: bool,
}

/// What it was told, in order.
#[derive(Default)]
pub struct State {
    manner: Manner,
    /// By id, as imported and updated last.
    pub findings: BTreeMap<String, Value>,
    /// Region, bytes, and the findings of every import that was let through.
    pub imports: Vec<(String, usize, Vec<Value>)>,
    /// How many updates there were.
    pub updates: usize,
}

pub struct Hub {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl Hub {
    pub fn new(manner: Manner) -> Self {
        let state = Arc::new(Mutex::new(State { manner, ..State::default() }));
        let shared = Arc::clone(&state);
        let server =
            Server::start(move |request| shared.lock().unwrap_or_else(PoisonError::into_inner).answer(request));
        Self { server, state }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.server.address()
    }

    pub fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The finding about a resource.
    pub fn about(&self, resource: &str) -> Value {
        self.look(|state| {
            state.findings.values().find(|finding| name(finding) == resource).cloned().unwrap_or_default()
        })
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match (request.method.as_str(), request.path()) {
            ("POST", "/findings/import") => self.import(request, &body),
            ("POST", "/findings") => self.list(request),
            ("PATCH", "/findings/batchupdate") => self.update(&body),
            ("POST", "/") => identity(),
            other => panic!("nobody should ask {other:?}"),
        }
    }

    fn import(&mut self, request: &Request, body: &Value) -> Reply {
        let region = region(request);
        if self.manner.off.contains(&region.as_str()) {
            return error(401, "InvalidAccessException", "Account is not subscribed to AWS Security Hub");
        }
        if self.manner.throttled > 0 {
            self.manner.throttled -= 1;
            return error(429, "TooManyRequestsException", "Too Many Requests");
        }
        let findings = body["Findings"].as_array().expect("findings").clone();
        let mut failed = Vec::new();
        for finding in &findings {
            match refusal(&mut self.manner.refused, finding) {
                Some(code) => {
                    failed.push(json!({"Id": finding["Id"], "ErrorCode": code, "ErrorMessage": "refused by the test"}));
                }
                None => self.keep(finding),
            }
        }
        self.imports.push((region, request.body.len(), findings.clone()));
        let taken = findings.len() - failed.len();
        ok(&json!({"SuccessCount": taken, "FailedCount": failed.len(), "FailedFindings": failed}))
    }

    /// As AWS: what people use to manage a finding stays as it is, if the finding is there, and one that is suppressed is
    /// not updated.
    fn keep(&mut self, finding: &Value) {
        let id = finding["Id"].as_str().expect("an id").to_owned();
        let mut kept = finding.clone();
        if let Some(old) = self.findings.get(&id) {
            if old["Workflow"]["Status"] == "SUPPRESSED" {
                return;
            }
            for name in ["Workflow", "Note"] {
                kept[name] = old[name].clone();
            }
        }
        self.findings.insert(id, kept);
    }

    fn list(&self, request: &Request) -> Reply {
        if self.manner.off.contains(&region(request).as_str()) {
            return error(401, "InvalidAccessException", "Account is not subscribed to AWS Security Hub");
        }
        if self.manner.blind {
            return error(403, "AccessDeniedException", "not authorized to perform: securityhub:GetFindings");
        }
        let suppressed = self.findings.values().filter(|finding| finding["Workflow"]["Status"] == "SUPPRESSED");
        ok(&json!({"Findings": suppressed.collect::<Vec<_>>()}))
    }

    fn update(&mut self, body: &Value) -> Reply {
        self.updates += 1;
        let (mut processed, mut unprocessed) = (Vec::new(), Vec::new());
        for identifier in body["FindingIdentifiers"].as_array().expect("identifiers") {
            let finding = self.findings.get_mut(identifier["Id"].as_str().expect("an id")).expect("a known finding");
            assert_eq!(finding["ProductArn"], identifier["ProductArn"]);
            if let Some(code) = refusal(&mut self.manner.not_updated, finding) {
                unprocessed.push(json!({
                    "FindingIdentifier": identifier, "ErrorCode": code, "ErrorMessage": "refused by the test",
                }));
                continue;
            }
            finding["Workflow"] = body["Workflow"].clone();
            finding["Note"] = body["Note"].clone();
            processed.push(identifier.clone());
        }
        ok(&json!({"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}))
    }
}

/// The name of the resource that a finding is about.
pub fn name(finding: &Value) -> &str {
    finding["ProductFields"]["safeguard/resource"].as_str().unwrap_or_default()
}

fn refusal(refusals: &mut Refusals, finding: &Value) -> Option<&'static str> {
    let (left, code) = refusals.get_mut(name(finding))?;
    *left = left.checked_sub(1)?;
    Some(code)
}

fn ok(body: &Value) -> Reply {
    Reply::new(200, "application/json", body.to_string())
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::new(status, "application/json", json!({"Code": code, "Message": message}).to_string())
        .with_header("x-amzn-ErrorType", code)
}

fn identity() -> Reply {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{ACCOUNT}:user/importer</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    Reply::new(200, "text/xml", body)
}

/// The region that the request is signed for.
fn region(request: &Request) -> String {
    let scope = request.header("authorization").expect("a signed request");
    scope.split('/').nth(2).expect("a credential scope").to_owned()
}
