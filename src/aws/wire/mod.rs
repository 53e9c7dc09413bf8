//! Calls any operation of any AWS service that this build has a model of, without its SDK crate.
//!
//! Models are data (`models/`, cut by `fixtures/models.py`); the rest is the SDK's own: credentials, retries, timeouts,
//! clock skew, signing and the codecs of AWS's protocols. Errors come as the SDK's. An answer that ends early, has a wrong
//! type or another root than the operation's is an error, never a shorter list.
//!
//! S3's buckets stand before the host's name, as with the SDK, and its objects go and come as streams. What it cannot do:
//! streams of events.

mod body;
mod embedded;
mod endpoints;
mod model;
mod plugin;
mod protocol;
mod read;
mod schema;
mod shape;
mod text;
mod write;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_async::future::pagination_stream::fn_stream::FnStream;
use aws_smithy_runtime::client::defaults::{DefaultPluginParams, default_plugins};
use aws_smithy_runtime::client::orchestrator;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugins;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_types::SdkConfig;
use serde_json::{Map, Value};

pub use body::Body;
pub use model::{ModelError, Service};
pub use shape::{Form, ModelOperation, ModelShape};

/// What an operation is asked with, or what it answered: an object by the model's names.
pub type Object = Map<String, Value>;

/// An object of these members.
pub fn object<V: Into<Value>>(members: impl IntoIterator<Item = (&'static str, V)>) -> Object {
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// An error that AWS answered.
#[derive(Debug)]
pub struct WireError {
    operation: &'static str,
    metadata: ErrorMetadata,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.operation, self.metadata)
    }
}

impl std::error::Error for WireError {}

impl ProvideErrorMetadata for WireError {
    fn meta(&self) -> &ErrorMetadata {
        &self.metadata
    }
}

/// Why a call gave no answer.
pub type CallError = SdkError<WireError, Response>;

/// Calls one service with one set of settings. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    /// A service without a model fails each call, as an operation without one does.
    service: Result<&'static Service, ModelError>,
    plugins: RuntimePlugins,
    /// Whether names stand before the host's that the operations' models ask for.
    takes_host_prefix: bool,
    /// Whether the host is one of AWS's, whose S3 answers to buckets before its name.
    takes_buckets: bool,
}

#[derive(Debug)]
struct Request {
    input: Object,
    body: Option<Body>,
}

#[derive(Debug)]
struct WireAnswer {
    members: Object,
    /// What was not read, where the answer is a stream.
    body: SdkBody,
}

impl Client {
    /// A client of the service with that name, such as `securityhub`, in the region of the settings. The interceptors see
    /// its calls.
    pub fn new(config: &SdkConfig, service: &str, interceptors: Vec<SharedInterceptor>) -> Self {
        match Service::find(service) {
            Ok(service) => Self::of(config, service, interceptors),
            Err(error) => {
                let plugins = RuntimePlugins::new();
                Self { service: Err(error), plugins, takes_host_prefix: false, takes_buckets: false }
            }
        }
    }

    /// A client whose calls the interceptors see.
    pub fn of(config: &SdkConfig, service: &'static Service, interceptors: Vec<SharedInterceptor>) -> Self {
        let partition = match config.region() {
            Some(region) => format!("{}-{region}", service.name),
            None => service.name.to_owned(),
        };
        let defaults = DefaultPluginParams::new()
            .with_retry_partition_name(partition)
            .with_behavior_version(config.behavior_version().unwrap_or_else(BehaviorVersion::latest))
            .with_is_aws_sdk(true);
        let plugins = RuntimePlugins::new()
            .with_client_plugins(default_plugins(defaults))
            .with_client_plugin(plugin::ClientPlugin::new(config, service, interceptors));
        Self {
            service: Ok(service),
            plugins,
            takes_host_prefix: plugin::takes_host_prefix(config, service),
            takes_buckets: plugin::endpoint_url(config, service).is_none(),
        }
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// As the SDK's clients; a construction failure where this build has no model of it or the input does not fit it.
    pub async fn call(&self, operation: &str, input: Object) -> Result<Object, CallError> {
        Ok(self.invoke(operation, Request { input, body: None }, false).await?.members)
    }

    /// Calls an operation whose request carries bytes.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn send(&self, operation: &str, input: Object, body: Body) -> Result<Object, CallError> {
        Ok(self.invoke(operation, Request { input, body: Some(body) }, false).await?.members)
    }

    /// Calls an operation that answers with bytes. They are read while they come, so that they may yet break off.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn fetch(&self, operation: &str, input: Object) -> Result<(Object, ByteStream), CallError> {
        let answer = self.invoke(operation, Request { input, body: None }, true).await?;
        Ok((answer.members, ByteStream::new(answer.body)))
    }

    async fn invoke(&self, operation: &str, request: Request, answers_stream: bool) -> Result<WireAnswer, CallError> {
        let service = self.service.clone().map_err(SdkError::construction_failure)?;
        let (name, text) = service.operation(operation).map_err(SdkError::construction_failure)?;
        let mut dialect = protocol::Dialect::of(service, name, text)
            .ok_or_else(|| SdkError::construction_failure("the model's shapes lack the operation"))?;
        let host_prefix = match (self.takes_host_prefix, self.takes_buckets) {
            (true, true) => match dialect.host_prefix(&request.input).map_err(SdkError::construction_failure)? {
                Some(prefix) => Some(prefix),
                None => dialect.bucket_prefix(&request.input).map_err(SdkError::construction_failure)?,
            },
            (true, false) => dialect.host_prefix(&request.input).map_err(SdkError::construction_failure)?,
            (false, _) => None,
        };
        let sha256 = request.body.as_ref().map(Body::sha256_hex);
        let streams = plugin::Streams { sha256, answers: answers_stream };
        let of_operation = plugin::OperationPlugin::new(dialect, host_prefix, streams);
        let plugins = self.plugins.clone().with_operation_plugin(of_operation);
        let answered = orchestrator::invoke(&service.text.sdk_id, name, Input::erase(request), &plugins).await;
        let lost = || WireError { operation: name, metadata: ErrorMetadata::builder().build() };
        let output =
            answered.map_err(|error| error.map_service_error(|error| error.downcast().unwrap_or_else(|_| lost())))?;
        let of_another = |_| SdkError::construction_failure("the answer is of another operation");
        output.downcast::<WireAnswer>().map_err(of_another)
    }

    /// All pages of an operation, one after the other: the model says how they follow each other.
    pub fn pages(&self, operation: &str, input: Object) -> Pages {
        Pages { client: self.clone(), operation: operation.to_owned(), next: Some(input), seen: HashSet::new() }
    }
}

/// A list that gives the same continuation token twice would never end.
#[derive(Debug, thiserror::Error)]
#[error("AWS gave the same continuation token twice, so that the list would never end")]
struct TokenCameAgain;

/// The pages of an operation's answer.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    operation: String,
    /// The input of the next request; `None` after the last page or an error.
    next: Option<Object>,
    /// The tokens that were sent: one that comes again would never end.
    seen: HashSet<String>,
}

impl Pages {
    /// The next page; `None` after the last one, or after an error.
    ///
    /// # Errors
    /// As [`Client::call`]; also where AWS gives a token a second time.
    pub async fn next(&mut self) -> Option<Result<Object, CallError>> {
        let input = self.next.take()?;
        let page = match self.client.call(&self.operation, input.clone()).await {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        match self.following(input, &page) {
            Ok(next) => self.next = next,
            // The answer is what is wrong, so that it counts as malformed; its body was read.
            Err(again) => {
                let answered = Response::new(StatusCode::try_from(200).ok()?, SdkBody::empty());
                return Some(Err(SdkError::response_error(again, answered)));
            }
        }
        Some(Ok(page))
    }

    /// The pages as the SDK's paginators give them.
    pub fn into_stream(mut self) -> PaginationStream<Result<Object, CallError>> {
        PaginationStream::new(FnStream::new(move |pages| {
            Box::pin(async move {
                while let Some(page) = self.next().await {
                    if pages.send(page).await.is_err() {
                        return;
                    }
                }
            })
        }))
    }

    /// The next request; `None` after the last page.
    fn following(&mut self, mut input: Object, page: &Object) -> Result<Option<Object>, TokenCameAgain> {
        let operation = self.client.service.as_ref().ok().and_then(|service| service.operation(&self.operation).ok());
        let Some(pages) = operation.and_then(|(_, text)| text.pages.as_ref()) else { return Ok(None) };
        if pages.more.as_ref().is_some_and(|more| at(page, more) != Some(&Value::Bool(true))) {
            return Ok(None);
        }
        let tokens: Vec<Option<&Value>> = pages.output.iter().map(|path| first_of(page, path)).collect();
        if tokens.iter().all(Option::is_none) {
            return Ok(None);
        }
        if !self.seen.insert(format!("{tokens:?}")) {
            return Err(TokenCameAgain);
        }
        for (name, token) in pages.input.iter().zip(tokens) {
            match token {
                Some(token) => drop(input.insert(name.clone(), token.clone())),
                None => drop(input.remove(name)),
            }
        }
        Ok(Some(input))
    }
}

/// The first alternative that is there and not empty.
fn first_of<'p>(page: &'p Object, path: &str) -> Option<&'p Value> {
    path.split("||").find_map(|path| at(page, path.trim())).filter(|token| token.as_str() != Some(""))
}

/// What stands at a path such as `DistributionList.NextMarker` or `Contents[-1].Key`.
fn at<'p>(page: &'p Object, path: &str) -> Option<&'p Value> {
    let mut parts = path.split('.');
    let step = |value: Option<&'p Value>, part: &str| {
        let (_, last) = part.split_once('[').unwrap_or((part, ""));
        match last {
            "" => value,
            "-1]" => value?.as_array()?.last(),
            _ => None,
        }
    };
    let name = |part: &str| part.split('[').next().unwrap_or_default().to_owned();
    let first = parts.next()?;
    let mut found = step(page.get(&name(first)), first);
    for part in parts {
        found = step(found?.get(name(part)), part);
    }
    found.filter(|value| !value.is_null())
}

/// Keeps the compiler's word that clients may be shared between tasks.
const fn shared<T: Send + Sync>() {}
const _: () = shared::<Arc<Client>>();
