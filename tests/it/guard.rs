//! Asks for permission, which moto does of nobody: lets through what roles of our templates allow, on the resources that they
//! name. Who has entered another account is held to what member-role.yaml allows there. Denials do not say what was denied.
//!
//! Not seen here: conditions on the organization (`aws:ResourceOrgID`), the key's and the buckets' own policies, and what
//! Lambda itself does with the role (logs, the dead-letter queue).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use safeguard::aws::member_operations;
use serde::Deserialize;
use serde_json::Value;

use crate::aws::{self, Credentials};
use crate::deploy::Stack;
use crate::fault;
use crate::http::{self, Reply, Request, Server};
use crate::hub::{Hub, Manner};
use crate::lambda;
use crate::permissions::actions_of;
use crate::wire::{Call, parameter};

/// A statement of a policy, as far as ours go.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Statement {
    pub sid: String,
    effect: String,
    pub action: OneOrMany,
    resource: OneOrMany,
    #[serde(default)]
    pub condition: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Statement {
    fn allows(&self, action: &str, resource: &str) -> bool {
        assert_eq!(self.effect, "Allow", "{}: the guard knows no other", self.sid);
        self.action.all().iter().any(|allowed| allowed == action)
            && self.resource.all().iter().any(|pattern| matches(pattern, resource))
    }
}

pub fn allow(statements: &[Statement], action: &str, resource: &str) -> bool {
    statements.iter().any(|statement| statement.allows(action, resource))
}

/// IAM's `*`, which stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text
            .strip_prefix(head)
            .is_some_and(|text| (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))),
    }
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Function,
    Member,
}

/// Lets through what roles allow.
pub struct Guard {
    pub server: Server,
    shared: Arc<Shared>,
    pub hub: Hub,
}

struct Shared {
    statements: BTreeMap<Role, Vec<Statement>>,
    /// What the member's role wants to be told by whoever assumes it.
    external_id: Option<String>,
    /// What the results and the messages are encrypted with.
    key_arn: String,
    function_key: String,
    taken_away: Mutex<Option<String>>,
    used: Mutex<BTreeSet<(Role, String)>>,
    /// What was denied: action and resource.
    denied: Mutex<Vec<(String, String)>>,
}

impl Guard {
    pub fn of(credentials: &Credentials, stack: &Stack, member: Option<&Stack>) -> Self {
        let mut statements = BTreeMap::from([(Role::Function, stack.allowed["FunctionRole"].clone())]);
        let trust = member.map(|member| {
            statements.insert(Role::Member, member.allowed["Role"].clone());
            member.trusts["Role"][0]["Condition"]["StringEquals"]["sts:ExternalId"].as_str().unwrap().to_owned()
        });
        let shared = Arc::new(Shared {
            statements,
            external_id: trust,
            key_arn: stack.environment["SAFEGUARD_RESULTS_KMS_KEY"].clone(),
            function_key: credentials.access_key_id.clone(),
            taken_away: Mutex::default(),
            used: Mutex::default(),
            denied: Mutex::default(),
        });
        let hub = Hub::new(Manner::default());
        let (seen, hub_address) = (Arc::clone(&shared), hub.address());
        let server = Server::start(move |request| {
            let Some(call) = aws::wire().identify(request) else {
                return Reply::new(404, "text/plain", "not a signed request of an AWS service");
            };
            let upstream = if call.service == "securityhub" { hub_address } else { lambda::upstream() };
            seen.answer(&call, request, || http::send(upstream, request).unwrap())
        });
        Self { server, shared, hub }
    }

    /// What is done while an action is taken away, and what was denied meanwhile.
    pub fn without<T>(&self, action: &str, work: impl FnOnce() -> T) -> (T, BTreeSet<String>) {
        self.shared.denied.lock().unwrap().clear();
        *self.shared.taken_away.lock().unwrap() = Some(action.to_owned());
        let done = work();
        *self.shared.taken_away.lock().unwrap() = None;
        let denied = self.shared.denied.lock().unwrap().iter().map(|(action, _)| action.clone()).collect();
        (done, denied)
    }

    pub fn denied(&self) -> Vec<(String, String)> {
        self.shared.denied.lock().unwrap().clone()
    }

    pub fn used(&self, role: Role) -> BTreeSet<String> {
        let used = self.shared.used.lock().unwrap();
        used.iter().filter(|(by, _)| *by == role).map(|(_, action)| action.clone()).collect()
    }
}

impl Shared {
    fn answer(&self, call: &Call, request: &Request, upstream: impl FnOnce() -> Reply) -> Reply {
        let role = if call.access_key == self.function_key { Role::Function } else { Role::Member };
        let Some(demands) = self.demands(call, request) else {
            self.denied.lock().unwrap().push((format!("{}:{}", call.service, call.operation), "nothing".to_owned()));
            return fault::denied_without_a_word(call);
        };
        if !demands.iter().all(|(action, resource)| self.permits(role, action, resource)) {
            return fault::denied_without_a_word(call);
        }
        if call.operation == "AssumeRole" && parameter(request, "ExternalId") != self.external_id {
            return fault::denied_without_a_word(call);
        }
        let reply = upstream();
        let is_object = call.service == "s3" && call.operation == "GetObject";
        // To whom may not list a bucket, S3 does not say that something is not there; and an object is of use to whoever
        // may use its key.
        let also = match reply.status {
            200 if is_object => ("kms:Decrypt", self.key_arn.clone()),
            404 if is_object => ("s3:ListBucket", format!("arn:aws:s3:::{}", bucket_and_key(request).0)),
            _ => return reply,
        };
        if self.permits(role, also.0, &also.1) { reply } else { fault::denied_without_a_word(call) }
    }

    fn permits(&self, role: Role, action: &str, resource: &str) -> bool {
        let is_left = self.taken_away.lock().unwrap().as_deref() != Some(action);
        let permitted = is_left && allow(&self.statements[&role], action, resource);
        match permitted {
            true => drop(self.used.lock().unwrap().insert((role, action.to_owned()))),
            false => self.denied.lock().unwrap().push((action.to_owned(), resource.to_owned())),
        }
        permitted
    }

    /// What a call needs, on which resource; `None` for what nobody declares.
    fn demands(&self, call: &Call, request: &Request) -> Option<Vec<(String, String)>> {
        let one = |action: &str, resource: String| vec![(action.to_owned(), resource)];
        let with_key = |mut demands: Vec<(String, String)>, actions: &[&str], key: &str| {
            demands.extend(actions.iter().map(|action| ((*action).to_owned(), key.to_owned())));
            demands
        };
        let named = |name: &str| parameter(request, name).unwrap_or_default();
        let object = || {
            let (bucket, key) = bucket_and_key(request);
            format!("arn:aws:s3:::{bucket}/{key}")
        };
        Some(match (call.service.as_str(), call.operation.as_str()) {
            ("sts", "GetCallerIdentity") => Vec::new(),
            ("sts", "AssumeRole") => one("sts:AssumeRole", named("RoleArn")),
            ("s3", "PutObject") => {
                let key = request.header("x-amz-server-side-encryption-aws-kms-key-id").unwrap_or("the bucket's");
                with_key(one("s3:PutObject", object()), &["kms:GenerateDataKey"], key)
            }
            ("s3", "GetObject") => one("s3:GetObject", object()),
            ("s3", "ListObjectsV2") => one("s3:ListBucket", format!("arn:aws:s3:::{}", bucket_and_key(request).0)),
            ("sns", "Publish") => {
                with_key(one("sns:Publish", named("TopicArn")), &["kms:GenerateDataKey", "kms:Decrypt"], &self.key_arn)
            }
            ("ssm", "GetParameter") => {
                let account = self.key_arn.split(':').nth(4).unwrap();
                let place = format!("arn:aws:ssm:{}:{account}:parameter{}", call.region, named("Name"));
                one("ssm:GetParameter", place)
            }
            ("securityhub", operation) => one(&format!("securityhub:{operation}"), "a product".to_owned()),
            _ => {
                let members = member_operations()
                    .iter()
                    .filter(|operation| operation.service == call.service && operation.name == call.operation);
                let members = members.flat_map(|operation| operation.iam_actions).copied();
                let actions: Vec<&str> = actions_of(call).into_iter().chain(members).collect();
                let demands: Vec<_> = actions.iter().map(|&action| (action.to_owned(), "any".to_owned())).collect();
                (!demands.is_empty()).then_some(demands)?
            }
        })
    }
}

/// Of a request that names the bucket in its path.
fn bucket_and_key(request: &Request) -> (String, String) {
    let path = percent_encoding::percent_decode_str(request.path()).decode_utf8_lossy().into_owned();
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_matches('/'), ""));
    (bucket.to_owned(), key.to_owned())
}
