//! Every call to AWS, seen by one interceptor of the SDK: what was asked, how it ended, and the digest of the answer.
//!
//! The interceptor sees calls that no collector announced, too; those are kept apart and fail the tests.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use sha2::{Digest, Sha256};

use super::flaw;
use crate::model::CallRecord;

tokio::task_local! {
    /// What the interceptor saw of the call that the current task is making.
    static SEEN: RefCell<Seen>;
}

/// What the interceptor saw of one call.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The operation's name in AWS's spelling.
    pub operation: Option<String>,
    /// How many times it was sent.
    pub attempts: u32,
    /// HTTP status of the last answer.
    pub http_status: Option<u16>,
    /// AWS's id of the last request.
    pub request_id: Option<String>,
    /// SHA-256 of the last answer's body, in hexadecimal.
    pub sha256: Option<String>,
    /// Whether any attempt was throttled.
    pub throttled: bool,
    /// The token with which a further part of a list is asked for.
    asked_token: Option<String>,
    /// Why the last answer says less than AWS has, although it can be read.
    pub flaw: Option<&'static str>,
}

/// Runs one call and returns its result with what the interceptor saw of it.
pub async fn observe<F: Future>(call: F) -> (F::Output, Seen) {
    SEEN.scope(RefCell::default(), async {
        let output = call.await;
        (output, SEEN.with(|seen| seen.take()))
    })
    .await
}

/// The calls of one scan.
#[derive(Debug, Default)]
pub struct Ledger {
    calls: Mutex<Vec<CallRecord>>,
    unannounced: Mutex<Vec<String>>,
    evidence: Option<PathBuf>,
    failure: OnceLock<String>,
    replaced: Mutex<BTreeSet<String>>,
}

impl Ledger {
    /// A ledger that keeps the answers themselves in the folder, if one is given. The folder must exist.
    pub fn new(evidence: Option<PathBuf>) -> Self {
        Self { evidence, ..Self::default() }
    }

    /// Enters a finished call.
    pub fn enter(&self, call: CallRecord) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// The calls so far, and the names of operations that were called without being announced.
    pub fn take(&self) -> (Vec<CallRecord>, Vec<String>) {
        let take =
            |calls: &Mutex<Vec<CallRecord>>| std::mem::take(&mut *calls.lock().unwrap_or_else(PoisonError::into_inner));
        let unannounced = std::mem::take(&mut *self.unannounced.lock().unwrap_or_else(PoisonError::into_inner));
        (take(&self.calls), unannounced)
    }

    /// Why an answer could not be kept, if one could not: then no verdict would have its evidence.
    pub fn failure(&self) -> Option<String> {
        self.failure.get().cloned()
    }

    /// The digests under which something else lay in the folder. It was replaced.
    pub fn replaced(&self) -> Vec<String> {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Keeps an answer. That it cannot be kept is our failure and none of AWS's.
    fn keep(&self, digest: &str, body: &[u8]) {
        let Some(folder) = &self.evidence else { return };
        if let Err(error) = self.keep_in(folder, digest, body) {
            let why = crate::error::unreadable(&error);
            let _ = self.failure.set(format!("could not keep AWS's answers in {}: {why}", folder.display()));
        }
    }

    fn keep_in(&self, folder: &Path, digest: &str, body: &[u8]) -> std::io::Result<()> {
        let path = folder.join(digest);
        match std::fs::symlink_metadata(&path) {
            // What is there is believed only if it is what the name says.
            Ok(there) if there.is_file() && there.len() == body.len() as u64 && std::fs::read(&path)? == body => {
                return Ok(());
            }
            Ok(_) => {
                self.replaced.lock().unwrap_or_else(PoisonError::into_inner).insert(digest.to_owned());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut file, body)?;
        file.persist(path)?;
        Ok(())
    }
}

/// The SDK's view into the ledger.
#[derive(Debug)]
pub struct LedgerInterceptor(pub std::sync::Arc<Ledger>);

#[dyn_dispatch_hint]
impl Intercept for LedgerInterceptor {
    fn name(&self) -> &'static str {
        "coverage ledger"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Later the request is gone. What nobody announced is noted when it ends.
        let _ = SEEN.try_with(|seen| seen.borrow_mut().asked_token = flaw::asked_token(context.request()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map(|metadata| metadata.name().to_owned());
        let body = context.response().and_then(|response| response.body().bytes());
        let digest = body.map(|body| hex::encode(Sha256::digest(body)));
        if let (Some(digest), Some(body)) = (&digest, body) {
            self.0.keep(digest, body);
        }
        let noted = SEEN.try_with(|seen| {
            let mut seen = seen.borrow_mut();
            seen.operation.clone_from(&operation);
            seen.attempts += 1;
            seen.sha256 = digest;
            seen.http_status = context.response().map(|response| response.status().as_u16());
            seen.request_id = context.response().and_then(request_id);
            seen.throttled |= seen.http_status.is_some_and(|status| throttled(status, body));
            seen.flaw = flaw::of(seen.asked_token.as_deref(), context.response());
        });
        if noted.is_err() {
            let mut unannounced = self.0.unannounced.lock().unwrap_or_else(PoisonError::into_inner);
            unannounced.push(operation.unwrap_or_default());
        }
        Ok(())
    }
}

fn request_id(response: &aws_smithy_runtime_api::http::Response) -> Option<String> {
    let names = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"];
    names.iter().find_map(|name| response.headers().get(*name)).map(str::to_owned)
}

fn throttled(status: u16, body: Option<&[u8]>) -> bool {
    let says = |words: &str| body.is_some_and(|body| body.windows(words.len()).any(|part| part == words.as_bytes()));
    match status {
        429 => true,
        400 | 403 | 503 => ["Throttl", "SlowDown", "RequestLimitExceeded", "TooManyRequests"].iter().any(|w| says(w)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_its_name_says() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(Some(folder.path().to_owned()));
        let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        for (name, there) in [("new", None), ("same", Some("answer")), ("forged", Some("ANSWER")), ("cut", Some("ans"))]
        {
            there.into_iter().for_each(|text| std::fs::write(folder.path().join(name), text).unwrap());
            ledger.keep(name, b"answer");
            assert_eq!(kept(name), "answer", "{name}");
        }
        std::fs::write(folder.path().join("elsewhere"), "answer").unwrap();
        std::os::unix::fs::symlink("elsewhere", folder.path().join("link")).unwrap();
        ledger.keep("link", b"answer");
        assert!(!folder.path().join("link").is_symlink(), "what lies elsewhere may change");
        assert_eq!(ledger.replaced(), ["cut", "forged", "link"]);
        assert_eq!(ledger.failure(), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6, "no temporary file stays");
    }

    #[test]
    fn what_cannot_be_kept_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let ledger = Ledger::new(Some(gone.clone()));
        ledger.keep("digest", b"answer");
        let failure = ledger.failure().unwrap();
        assert!(failure.starts_with(&format!("could not keep AWS's answers in {}: ", gone.display())), "{failure}");
    }

    #[test]
    fn throttling_is_recognized_in_every_protocol() {
        assert!(throttled(429, None));
        assert!(throttled(400, Some(b"{\"__type\":\"ThrottlingException\"}")));
        assert!(throttled(503, Some(b"<Error><Code>SlowDown</Code></Error>")));
        assert!(!throttled(503, Some(b"<Error><Code>ServiceUnavailable</Code></Error>")));
        assert!(!throttled(403, Some(b"AccessDenied")));
    }
}
