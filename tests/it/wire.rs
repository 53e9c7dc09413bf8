//! Which operation a request is: read off the wire the way AWS reads it, by a table made from botocore's models
//! (`tests/bed/operations.py`), so that a new service or operation needs no line here.

use std::collections::BTreeMap;
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use crate::http::Request;

/// One API call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The SDK's name of the service in lower case.
    pub service: String,
    /// The region that the request was signed for.
    pub region: String,
    pub operation: String,
    pub protocol: Protocol,
    /// Asks for a page after the first.
    pub later_page: bool,
    /// The access key id it was signed with.
    pub access_key: String,
}

/// How a service writes requests and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    Query,
    Ec2,
    Json,
    RestJson,
    RestXml,
    SmithyRpcV2Cbor,
}

/// The table.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Wire {
    services: BTreeMap<String, Service>,
}

#[derive(Debug, Deserialize)]
struct Service {
    signing_name: String,
    protocol: Protocol,
    target_prefix: Option<String>,
    routes: Vec<Route>,
    pages: BTreeMap<String, Page>,
}

/// Method, URI template and operation.
#[derive(Debug, Deserialize)]
struct Route(String, String, String);

/// How a list comes in pages.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// The parameter that asks for a page after the first.
    pub token: String,
    /// Where an answer tells that parameter's next value.
    pub next: String,
    /// Where an answer says that there is more.
    pub more: Option<String>,
    /// The lists that are cut into pages.
    pub lists: Vec<String>,
}

impl Wire {
    pub fn load(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("read the table of operations");
        serde_json::from_str(&text).expect("parse the table of operations")
    }

    /// `None` for a request that is not signed, or that no service of that signing name knows.
    pub fn identify(&self, request: &Request) -> Option<Call> {
        let (access_key, region, signing_name) = credential_scope(request)?;
        let candidates = self.services.iter().filter(|(_, service)| service.signing_name == signing_name);
        let (name, service, operation) = candidates
            .filter_map(|(name, service)| service.operation(request).map(|found| (found.1, (name, service, found.0))))
            // A younger service may be signed as an older one and take over some of its addresses.
            .max_by_key(|(weight, (name, ..))| (*weight, **name == signing_name))
            .map(|(_, found)| found)?;
        let later_page = service.pages.get(&operation).is_some_and(|page| parameter(request, &page.token).is_some());
        let protocol = service.protocol(request);
        Some(Call { service: name.clone(), region, operation, protocol, later_page, access_key })
    }

    /// How the operation's list comes in pages, if it does.
    pub fn page(&self, call: &Call) -> Option<&Page> {
        self.services.get(&call.service)?.pages.get(&call.operation)
    }
}

impl Service {
    /// The protocol of this request: services that speak CBOR speak JSON too, to whom they name a target.
    fn protocol(&self, request: &Request) -> Protocol {
        match self.protocol {
            Protocol::SmithyRpcV2Cbor if request.header("x-amz-target").is_some() => Protocol::Json,
            protocol => protocol,
        }
    }

    /// The operation and how much of the request spoke for it.
    fn operation(&self, request: &Request) -> Option<(String, usize)> {
        match self.protocol(request) {
            Protocol::Query | Protocol::Ec2 => form_field(&request.body, "Action").map(|action| (action, 1)),
            Protocol::Json => {
                let (prefix, operation) = request.header("x-amz-target")?.rsplit_once('.')?;
                // The older SDKs name CloudTrail with its whole package, the newer ones with the last word alone.
                let ours = self.target_prefix.as_deref()?;
                let last_word = ours.rsplit('.').next()?;
                (prefix == ours || prefix == last_word).then(|| (operation.to_owned(), 1))
            }
            Protocol::SmithyRpcV2Cbor => {
                request.path().rsplit_once("/operation/").map(|(_, operation)| (operation.to_owned(), 1))
            }
            Protocol::RestJson | Protocol::RestXml => {
                let routes = self.routes.iter();
                routes.filter_map(|route| Some((route.2.clone(), route.weight(request)?))).max_by_key(|found| found.1)
            }
        }
    }
}

impl Route {
    /// How specifically this route matches: fixed path segments and query parameters count, `x-id` decides.
    fn weight(&self, request: &Request) -> Option<usize> {
        let (path, query) = self.1.split_once('?').unwrap_or((&self.1, ""));
        if self.0 != request.method {
            return None;
        }
        let mut weight = 10 * path_weight(path, request.path())?;
        for wanted in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = wanted.split_once('=').unwrap_or((wanted, ""));
            let sent = query_parameter(request, name)?;
            if !value.is_empty() && sent != value {
                return None;
            }
            weight += 100;
        }
        match query_parameter(request, "x-id") {
            Some(id) if id == self.2 => weight += 1000,
            _ => {}
        }
        Some(weight)
    }
}

/// The number of fixed segments, plus one so that a match is never nothing.
fn path_weight(template: &str, path: &str) -> Option<usize> {
    let mut segments = path.trim_matches('/').split('/').filter(|segment| !segment.is_empty());
    let mut weight = 1;
    let mut template = template.trim_matches('/').split('/').filter(|segment| !segment.is_empty());
    while let Some(wanted) = template.next() {
        if wanted.starts_with('{') && wanted.ends_with("+}") {
            // What a label for several segments leaves over stands at the end: `/{Name+}/policy`.
            let (left, end): (Vec<&str>, Vec<&str>) = (segments.collect(), template.collect());
            return (left.len() > end.len() && left.ends_with(&end)).then_some(weight + end.len());
        }
        let segment = segments.next()?;
        if wanted == segment {
            weight += 1;
        } else if !wanted.contains('{') {
            return None;
        }
    }
    segments.next().is_none().then_some(weight)
}

/// Access key, region and signing name, from the SigV4 header.
fn credential_scope(request: &Request) -> Option<(String, String, String)> {
    let (_, rest) = request.header("authorization")?.split_once("Credential=")?;
    let mut parts = rest.split([',', ' ']).next()?.split('/');
    let access_key = parts.next()?.to_owned();
    let region = parts.nth(1)?.to_owned();
    Some((access_key, region, parts.next()?.to_owned()))
}

/// A parameter, wherever the protocol puts it.
pub fn parameter(request: &Request, name: &str) -> Option<String> {
    query_parameter(request, name).or_else(|| form_field(&request.body, name)).or_else(|| {
        serde_json::from_slice::<Value>(&request.body).ok()?.get(name).and_then(Value::as_str).map(str::to_owned)
    })
}

fn query_parameter(request: &Request, name: &str) -> Option<String> {
    pairs(request.query()).find(|(key, _)| key == name).map(|(_, value)| value)
}

fn form_field(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok().filter(|text| !text.starts_with(['{', '<']))?;
    pairs(text).find(|(key, _)| key == name).map(|(_, value)| value)
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        (decode(key), decode(value))
    })
}

/// The same request with that parameter set, or without it.
pub fn with_parameter(request: &Request, protocol: Protocol, name: &str, value: Option<&str>) -> Request {
    let mut request = request.clone();
    let replaced = |text: &str| {
        let kept = text.split('&').filter(|part| !part.is_empty() && part.split('=').next() != Some(name));
        let value = value.map(|value| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        kept.map(str::to_owned).chain(value).collect::<Vec<_>>().join("&")
    };
    match protocol {
        Protocol::Query | Protocol::Ec2 => {
            request.body = replaced(&String::from_utf8_lossy(&request.body)).into_bytes();
        }
        Protocol::Json | Protocol::RestJson if !request.body.is_empty() => {
            let mut body: Value = serde_json::from_slice(&request.body).expect("a JSON request");
            match (value, body.as_object_mut()) {
                (Some(value), _) => body[name] = value.into(),
                (None, Some(fields)) => drop(fields.remove(name)),
                (None, None) => {}
            }
            request.body = body.to_string().into_bytes();
        }
        Protocol::Json | Protocol::RestJson | Protocol::RestXml => {
            request.target = format!("{}?{}", request.path(), replaced(request.query()));
        }
        Protocol::SmithyRpcV2Cbor => {}
    }
    request
}
