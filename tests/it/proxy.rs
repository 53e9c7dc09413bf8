//! Stands between the product and moto: notes every call, keeps every answer, and fails the calls it is told to.
//!
//! Answers are kept by what was asked, so that a sweep over hundreds of failing operations asks moto only once and every
//! run sees the same account to the byte. A request that was never seen goes to moto and is kept from then on.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::aws;
use crate::fake;
use crate::fault::Fault;
use crate::http::{self, Reply, Request, Server};
use crate::pages;
use crate::wire::{Call, Wire, parameter, with_parameter};

/// An account's answers.
pub struct Answers {
    wire: &'static Wire,
    upstream: SocketAddr,
    kept: Mutex<HashMap<Key, Reply>>,
}

/// What was asked: access key, service and region, method, target, body and the header that names a JSON operation.
type Key = (String, String, String, String, Vec<u8>, Option<String>);

/// Where a proxy's answers come from, and in which form.
#[derive(Clone, Copy)]
struct Manner {
    /// Asks upstream even for what was kept.
    afresh: bool,
    /// Lists of two or more come in two pages.
    in_pages: bool,
}

impl Answers {
    pub fn of(upstream: SocketAddr) -> Arc<Self> {
        Arc::new(Self { wire: aws::wire(), upstream, kept: Mutex::default() })
    }

    /// A proxy that keeps what it passes on: whatever is asked again is asked of moto again, so that an answer that
    /// takes two questions (a credential report) is kept as it ended.
    pub fn record(self: &Arc<Self>) -> Proxy {
        self.serve(|_| None, Manner { afresh: true, in_pages: false })
    }

    /// A proxy that answers from what was kept, with the faults that `script` wants.
    pub fn replay(self: &Arc<Self>, script: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Proxy {
        self.serve(script, Manner { afresh: false, in_pages: false })
    }

    /// The same, with every list of two or more in two pages.
    pub fn replay_in_pages(self: &Arc<Self>, script: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Proxy {
        self.serve(script, Manner { afresh: false, in_pages: true })
    }

    fn serve(
        self: &Arc<Self>,
        script: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
        manner: Manner,
    ) -> Proxy {
        let (answers, log) = (Arc::clone(self), Arc::new(Mutex::new(Log::default())));
        let noting = Arc::clone(&log);
        let server = Server::start(move |request| {
            let Some(call) = answers.wire.identify(request) else {
                noting.lock().expect("log").strangers.push(format!(
                    "{} {} {:?}",
                    request.method,
                    request.target,
                    request.header("x-amz-target").or(request.header("authorization"))
                ));
                return Reply::new(404, "text/plain", "not a signed request of an AWS service");
            };
            noting.lock().expect("log").calls.push(call.clone());
            let fault = script(&call);
            let answer = || answers.answer(request, &call, manner, fault == Some(Fault::TokenRepeated));
            match fault {
                Some(fault) => fault.apply(&call, request, answer),
                None => answer(),
            }
        });
        Proxy { server, log }
    }

    fn answer(&self, request: &Request, call: &Call, manner: Manner, first_again: bool) -> Reply {
        let Some(page) = self.wire.page(call).filter(|_| manner.in_pages) else {
            return self.whole(request, call, manner);
        };
        let token = parameter(request, &page.token).unwrap_or_default();
        let Some(first) = pages::wants_second(&token) else {
            return pages::half(&self.whole(request, call, manner), page, false, &token);
        };
        let asked_with = Some(first).filter(|token| !token.is_empty());
        let asked = with_parameter(request, call.protocol, &page.token, asked_with);
        let whole = self.whole(&asked, call, manner);
        if first_again { pages::half(&whole, page, false, first) } else { pages::half(&whole, page, true, &token) }
    }

    fn whole(&self, request: &Request, call: &Call, manner: Manner) -> Reply {
        let key = key(request, call);
        if let (false, Some(reply)) = (manner.afresh, self.kept.lock().expect("answers").get(&key)) {
            return reply.clone();
        }
        let reply = match fake::answer(call, request).map_or_else(|| http::send(self.upstream, request), Ok) {
            Ok(reply) => fake::repaired(call, request, reply),
            Err(error) => return Reply::new(502, "text/plain", format!("the test bed cannot reach moto: {error}")),
        };
        if !fake::says_to_ask_again(call, &reply) {
            self.kept.lock().expect("answers").insert(key, reply.clone());
        }
        reply
    }
}

fn key(request: &Request, call: &Call) -> Key {
    let target = request.header("x-amz-target").map(str::to_owned);
    let (method, path) = (request.method.clone(), request.target.clone());
    (call.access_key.clone(), format!("{}/{}", call.service, call.region), method, path, request.body.clone(), target)
}

#[derive(Default)]
struct Log {
    calls: Vec<Call>,
    strangers: Vec<String>,
}

/// A running proxy and what it saw.
pub struct Proxy {
    server: Server,
    log: Arc<Mutex<Log>>,
}

impl Proxy {
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.log.lock().expect("log").calls.clone()
    }

    /// Requests that could not be told apart as operations: a hole in the bed if there are any.
    pub fn strangers(&self) -> Vec<String> {
        self.log.lock().expect("log").strangers.clone()
    }
}
