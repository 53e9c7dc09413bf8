//! One scan's view of one account: asks AWS, and keeps what it said and what it did not say.
//!
//! A collector never handles an error. It asks a [`ResourceReader`] for a fact and gets one, known or not; the gap is recorded
//! here, where the operation, the site and the resource are known.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use aws_types::region::Region;
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinSet;

use super::failure::Failure;
use super::ledger::{self, Ledger, LedgerInterceptor, Seen};
use super::limiter::Limiter;
use super::operation::{Operation, Plan};
use crate::model::{CallOutcome, CallRecord, Fact, GLOBAL_REGION, Gap, GapClass, Resource};

/// One scan's view of one account.
#[derive(Debug)]
pub struct Session {
    pub(crate) account: String,
    pub(crate) partition: String,
    pub(crate) caller: String,
    pub(crate) regions: Vec<String>,
    pub(crate) plan: Plan,
    pub(crate) config: SdkConfig,
    pub(crate) limiter: Limiter,
    pub(crate) ledger: Arc<Ledger>,
    /// When reading must have ended; what is not read by then is a gap.
    deadline: Option<tokio::time::Instant>,
    read: Mutex<Read>,
    done: AtomicUsize,
    in_flight: AtomicUsize,
}

#[derive(Debug, Default)]
struct Read {
    resources: BTreeMap<(String, String, String), Resource>,
    gaps: Vec<Gap>,
}

impl Session {
    pub(crate) fn new(config: SdkConfig, max_in_flight: usize, ledger: Arc<Ledger>, plan: Plan) -> Self {
        Self {
            account: String::new(),
            partition: "aws".to_owned(),
            caller: String::new(),
            regions: Vec::new(),
            plan,
            config,
            limiter: Limiter::new(max_in_flight),
            ledger,
            deadline: None,
            read: Mutex::default(),
            done: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
        }
    }

    /// The same session, which stops asking after this time.
    pub(crate) fn until(self, deadline: Option<tokio::time::Instant>) -> Self {
        Self { deadline, ..self }
    }

    /// The account that is being read: twelve digits.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The ARN of whoever reads it.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// The regions that are being read, sorted.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// What the selected rules need.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many calls have ended and how many are in flight.
    pub fn progress(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.in_flight.load(Ordering::Relaxed))
    }

    /// A region to ask in.
    pub fn region(self: &Arc<Self>, region: &str) -> Site {
        Site { session: Arc::clone(self), region: region.to_owned(), label: region.to_owned() }
    }

    /// A region that is asked about from another one, because it is not read itself.
    pub fn region_seen_from(self: &Arc<Self>, region: &str, nearest: &str) -> Site {
        Site { session: Arc::clone(self), region: nearest.to_owned(), label: region.to_owned() }
    }

    /// Where to ask global services: the first region's endpoint, recorded as "global".
    pub fn global(self: &Arc<Self>) -> Site {
        let configured = || self.config.region().map(|region| region.as_ref().to_owned());
        let region = configured().unwrap_or_else(|| "us-east-1".to_owned());
        Site { session: Arc::clone(self), region, label: GLOBAL_REGION.to_owned() }
    }

    /// Works on all items at once, as far as memory should bear: calls are bounded elsewhere, this bounds what waits.
    pub async fn each<T, F>(&self, items: impl IntoIterator<Item = T>, work: impl Fn(T) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for item in items {
            while tasks.len() >= self.limiter.max_in_flight() {
                join(&mut tasks).await;
            }
            tasks.spawn(work(item));
        }
        while !tasks.is_empty() {
            join(&mut tasks).await;
        }
    }

    /// Records a gap that no failed call stands behind, or one whose reach a collector knows better.
    pub fn record_gap(&self, gap: Gap) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).gaps.push(gap);
    }

    /// Everything that was read so far, and the gaps.
    pub(crate) fn take(&self) -> (Vec<Resource>, Vec<Gap>) {
        let read = std::mem::take(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner));
        (read.resources.into_values().collect(), read.gaps)
    }

    fn emit(&self, resource: Resource) {
        let key = (resource.kind.clone(), resource.region.clone(), resource.id.clone());
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match read.resources.entry(key) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(resource);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                if let (Value::Object(known), Value::Object(more)) = (&mut entry.get_mut().facts, resource.facts) {
                    known.extend(more);
                }
            }
        }
    }
}

/// The work's result, or `None` if the deadline passes first. Past the deadline nothing is begun.
async fn in_time<T>(deadline: Option<tokio::time::Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        None => Some(work.await),
        Some(deadline) if tokio::time::Instant::now() >= deadline => None,
        Some(deadline) => tokio::time::timeout_at(deadline, work).await.ok(),
    }
}

/// A collector's panic is a bug of ours: it must end the scan, not shorten the list.
async fn join(tasks: &mut JoinSet<()>) {
    if let Some(Err(error)) = tasks.join_next().await
        && let Ok(panic) = error.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}

/// Where to ask: a region, or the endpoint of the global services.
#[derive(Debug, Clone)]
pub struct Site {
    session: Arc<Session>,
    region: String,
    label: String,
}

/// What a list call gave.
#[derive(Debug)]
pub struct Listing<T> {
    /// The items of all pages that were read.
    pub items: Vec<T>,
    /// Whether every page was read. If not, the gap is recorded.
    pub complete: bool,
}

impl Site {
    /// The session that this site belongs to.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The region's name as it stands in resources and gaps: `global` for global services.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The region whose endpoints are asked.
    pub fn region_name(&self) -> &str {
        &self.region
    }

    /// What the selected rules need.
    pub fn plan(&self) -> &Plan {
        &self.session.plan
    }

    /// SDK settings for this site. Build clients as `Config::from(&site.config())` plus
    /// [`interceptor`](Self::interceptor), so that the ledger sees them.
    pub fn config(&self) -> SdkConfig {
        self.session.config.to_builder().region(Region::new(self.region.clone())).build()
    }

    /// The ledger's interceptor: every client must have it.
    pub fn interceptor(&self) -> LedgerInterceptor {
        LedgerInterceptor(Arc::clone(&self.session.ledger))
    }

    /// The resource of this site that calls and facts will be about. `gone` are the error codes that say that it no
    /// longer exists.
    pub fn resource(&self, kind: &'static str, id: &str, gone: &'static [&'static str]) -> ResourceReader {
        ResourceReader { site: self.clone(), kind, id: id.to_owned(), gone_codes: gone, gone: AtomicBool::new(false) }
    }

    /// The account itself.
    pub fn account(&self) -> ResourceReader {
        self.resource("AWS::Account", &self.session.account, &[])
    }

    /// Makes one call that is about no single resource: a list without pages, or a fact about all of a kind.
    /// `None` when it failed (the gap is recorded) or when nothing that it tells is wanted.
    pub async fn ask<O, E, F>(&self, operation: &'static Operation, call: impl FnOnce() -> F) -> Option<O>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if !self.session.plan.wants(operation) {
            return None;
        }
        match self.call(operation, None, &[], call).await {
            Ok(output) => Some(output),
            Err(failure) => {
                self.gap(operation, None, failure);
                None
            }
        }
    }

    /// Reads all pages of a list. What was read before a page failed is kept, and the gap is recorded.
    pub async fn pages<O, E>(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Listing<O>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        self.pages_unless(operation, about, |_| false, start).await
    }

    /// As [`pages`](Self::pages), of a service that AWS does not offer in every region: where it `is_offered` by AWS's
    /// documentation, an endpoint that cannot be reached is a gap, and elsewhere it says that there is nothing to list.
    pub async fn pages_where_offered<O, E>(
        &self,
        operation: &'static Operation,
        is_offered: bool,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Listing<O>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        let not_there = |failure: &CallFailure| !is_offered && failure.failure.class == GapClass::Unreachable;
        self.pages_unless(operation, None, not_there, start).await
    }

    /// As [`pages`](Self::pages), where some failures say that there is nothing to list: the codes of `none_on`, and, of a
    /// service that is not offered here by AWS's documentation, an endpoint that cannot be reached.
    pub async fn list<O, E>(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        none_on: &[&str],
        is_offered: bool,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Listing<O>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        let nothing_there = |failure: &CallFailure| {
            let Failure { class, code, .. } = &failure.failure;
            none_on.contains(&code.as_str()) || (!is_offered && *class == GapClass::Unreachable)
        };
        self.pages_unless(operation, about, nothing_there, start).await
    }

    /// As [`pages`](Self::pages), of what AWS tells to some accounts only. `None` where it refuses an account of which
    /// that is expected: then nothing failed, and nothing is known of the list.
    pub async fn pages_if_told<O, E>(
        &self,
        operation: &'static Operation,
        is_refusal_expected: bool,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Option<Listing<O>>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        let refused = AtomicBool::new(false);
        let is_refused = |failure: &CallFailure| {
            let is_denied = matches!(failure.failure.class, GapClass::Denied | GapClass::DeniedByOrganization);
            let is_refused = is_refusal_expected && is_denied;
            refused.fetch_or(is_refused, Ordering::Relaxed);
            is_refused
        };
        let listing = self.pages_unless(operation, None, is_refused, start).await;
        (!refused.into_inner()).then_some(listing)
    }

    /// Reads all pages of a list; a failure for which `nothing_there` holds says that there is nothing to read.
    async fn pages_unless<O, E>(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        nothing_there: impl Fn(&CallFailure) -> bool,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Listing<O>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        let mut items = Vec::new();
        if !self.session.plan.wants(operation) {
            return Listing { items, complete: false };
        }
        let mut stream = start();
        let (id, gone) = about.map_or((None, &[][..]), |resource| (Some(resource.id.as_str()), resource.gone_codes));
        loop {
            let mut ended = false;
            let next = async {
                let page = stream.next().await;
                ended = page.is_none();
                page.transpose()
            };
            match self.call_unless(operation, id, gone, || next, |page| page.is_none()).await {
                Ok(Some(page)) => items.push(page),
                Ok(None) => return Listing { items, complete: true },
                Err(failure) if items.is_empty() && nothing_there(&failure) => {
                    return Listing { items, complete: true };
                }
                Err(failure) => {
                    if !about.is_some_and(|resource| resource.note_if_gone(&failure)) {
                        self.gap(operation, id, failure);
                    }
                    return Listing { items, complete: false };
                }
            }
        }
    }

    /// Adds a resource, or more facts to one that was added before.
    ///
    /// # Panics
    /// Never for the structs of this crate: a struct that cannot be written as JSON is recorded as a gap.
    pub fn emit(&self, kind: &'static str, id: &str, arn: Option<String>, facts: &impl Serialize) {
        match serde_json::to_value(facts) {
            Ok(facts) => self.session.emit(Resource {
                kind: kind.to_owned(),
                id: id.to_owned(),
                arn,
                account: self.session.account.clone(),
                region: self.label.clone(),
                facts,
            }),
            Err(error) => self.session.record_gap(Gap {
                account: self.session.account.clone(),
                region: self.label.clone(),
                service: kind.to_owned(),
                operation: "Serialize".to_owned(),
                resource: Some(id.to_owned()),
                class: GapClass::Malformed,
                code: "NotSerializable".to_owned(),
                message: error.to_string(),
                request_id: None,
                facts: Vec::new(),
                population: vec![kind.to_owned()],
                iam_actions: Vec::new(),
            }),
        }
    }

    /// Records that the operation gave no answer here.
    pub fn gap(&self, operation: &Operation, resource: Option<&str>, failure: CallFailure) {
        self.record_failure(operation, resource, failure, operation.populations());
    }

    /// Records that the operation gave no answer, where that leaves other lists unknown than the declared ones.
    pub fn gap_of(&self, operation: &Operation, failure: CallFailure, population: Vec<String>) {
        self.record_failure(operation, None, failure, population);
    }

    fn record_failure(
        &self,
        operation: &Operation,
        resource: Option<&str>,
        failure: CallFailure,
        population: Vec<String>,
    ) {
        let CallFailure { failure, request_id } = failure;
        tracing::info!(
            service = operation.service,
            operation = operation.name,
            region = self.label,
            code = failure.code,
            "no answer"
        );
        self.session.record_gap(Gap {
            account: self.session.account.clone(),
            region: self.label.clone(),
            service: operation.service.to_owned(),
            operation: operation.name.to_owned(),
            resource: resource.map(str::to_owned),
            class: failure.class,
            code: failure.code,
            message: failure.message,
            request_id,
            facts: operation.fact_names(),
            population,
            iam_actions: operation.iam_actions.iter().map(|action| (*action).to_owned()).collect(),
        });
    }

    /// Makes one call under the limiter and enters it into the ledger. `answers` are error codes that are answers:
    /// "not configured" or "no longer there".
    pub async fn call<O, E, F>(
        &self,
        operation: &'static Operation,
        resource: Option<&str>,
        answers: &[&str],
        call: impl FnOnce() -> F,
    ) -> Result<O, CallFailure>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.call_unless(operation, resource, answers, call, |_| false).await
    }

    /// As [`call`](Self::call); an output for which `nothing_sent` holds came without asking AWS and is not entered.
    async fn call_unless<O, E, F>(
        &self,
        operation: &'static Operation,
        resource: Option<&str>,
        answers: &[&str],
        call: impl FnOnce() -> F,
        nothing_sent: impl Fn(&O) -> bool,
    ) -> Result<O, CallFailure>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let session = &self.session;
        let slot = in_time(session.deadline, session.limiter.acquire(operation.service, &self.label)).await;
        let Some(mut slot) = slot else {
            return Err(CallFailure { failure: Failure::out_of_time("it was not asked any more"), request_id: None });
        };
        session.in_flight.fetch_add(1, Ordering::Relaxed);
        let started_at = jiff::Timestamp::now();
        let clock = Instant::now();
        // Boxed, because the SDK's futures are large and many wait here.
        let answered = in_time(session.deadline, Box::pin(ledger::observe(call()))).await;
        session.in_flight.fetch_sub(1, Ordering::Relaxed);
        let (result, seen) = match answered {
            Some((result, seen)) => (Some(result), seen),
            None => (None, Seen::default()),
        };
        if seen.throttled {
            slot.throttled();
        }
        drop(slot);
        let result = match result {
            None => Err(Failure::out_of_time("its answer was not waited for any longer")),
            Some(Ok(output)) if nothing_sent(&output) => return Ok(output),
            Some(Ok(_)) if seen.cut_off => Err(Failure::malformed("the answer ends in the middle")),
            Some(Ok(output)) => Ok(output),
            Some(Err(error)) => Err(self.with_time_in_mind(self.with_region_in_mind(Failure::of(&error)))),
        };
        session.done.fetch_add(1, Ordering::Relaxed);
        let failure = result.as_ref().err();
        let outcome = match failure {
            None => CallOutcome::Ok,
            Some(failure) if answers.contains(&failure.code.as_str()) => CallOutcome::Absent,
            Some(_) => CallOutcome::Failed,
        };
        tracing::debug!(
            service = operation.service,
            operation = operation.name,
            region = self.label,
            resource,
            ?outcome,
            "called"
        );
        let code = failure.map(|failure| failure.code.clone());
        let duration_ms = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
        session.ledger.enter(self.record(operation, resource, &seen, started_at, duration_ms, outcome, code));
        result.map_err(|failure| CallFailure { failure, request_id: seen.request_id })
    }

    #[expect(clippy::too_many_arguments, reason = "one plain record, built in one place")]
    fn record(
        &self,
        operation: &Operation,
        resource: Option<&str>,
        seen: &Seen,
        started_at: jiff::Timestamp,
        duration_ms: u64,
        outcome: CallOutcome,
        code: Option<String>,
    ) -> CallRecord {
        CallRecord {
            service: operation.service.to_owned(),
            // The name that the SDK used, so that a collector that declares one operation and calls another is found.
            operation: seen.operation.clone().unwrap_or_else(|| operation.name.to_owned()),
            region: self.label.clone(),
            resource: resource.map(str::to_owned),
            started_at: started_at.to_string(),
            account: self.session.account.clone(),
            outcome,
            code,
            http_status: seen.http_status,
            attempts: seen.attempts,
            duration_ms,
            request_id: seen.request_id.clone(),
            sha256: seen.sha256.clone(),
        }
    }

    /// In a region that the account has not enabled, AWS calls good credentials invalid. Ours are known to be good:
    /// the account's identity was read with them.
    fn with_region_in_mind(&self, mut failure: Failure) -> Failure {
        let elsewhere = self.session.config.region().is_some_and(|region| region.as_ref() != self.region);
        if failure.class == GapClass::Credentials
            && elsewhere
            && matches!(failure.code.as_str(), "InvalidClientTokenId" | "UnrecognizedClientException" | "AuthFailure")
        {
            failure.class = GapClass::RegionDisabled;
            failure.message.push_str(" (AWS answers so in regions that the account has not enabled)");
        }
        failure
    }

    fn with_time_in_mind(&self, mut failure: Failure) -> Failure {
        // Before the account is known nothing was read with the credentials.
        if failure.class == GapClass::Credentials && !self.session.account.is_empty() {
            failure.message.push_str(match failure.code.as_str() {
                "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                    " (the credentials ended while the account was being read: scan again with fresh ones, or through a \
                     profile or a role (--role-arn) whose credentials are renewed on the way)"
                }
                "CredentialsNotLoaded" => {
                    " (the credentials ended while the account was being read, and there were no new ones: the role must \
                     be one that can be assumed again, by credentials that last as long as the scan)"
                }
                _ => "",
            });
        }
        failure
    }
}

/// A failed call with the id of its request.
#[derive(Debug, Clone)]
pub struct CallFailure {
    /// Why.
    pub failure: Failure,
    /// AWS's id of the request, if one came back.
    pub request_id: Option<String>,
}

/// What AWS said to a question about one resource.
#[derive(Debug)]
pub enum Answer<O> {
    /// An answer.
    Got(O),
    /// "Not configured": an answer, too.
    NotConfigured,
    /// None: not asked, failed (the gap is recorded), or the resource is gone.
    Unread,
}

/// One resource that is being read.
#[derive(Debug)]
pub struct ResourceReader {
    site: Site,
    kind: &'static str,
    id: String,
    gone_codes: &'static [&'static str],
    gone: AtomicBool,
}

impl ResourceReader {
    /// The site to ask about it.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Its identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether AWS said that it no longer exists. Then it is no resource, and no gap either.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Asks one question. `not_configured` are the error codes by which the service says that there is nothing.
    pub async fn ask<O, E, F>(
        &self,
        operation: &'static Operation,
        not_configured: &[&str],
        call: impl FnOnce() -> F,
    ) -> Answer<O>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if !self.site.plan().wants(operation) || self.is_gone() {
            return Answer::Unread;
        }
        let answers: Vec<&str> = not_configured.iter().chain(self.gone_codes).copied().collect();
        match self.site.call(operation, Some(&self.id), &answers, call).await {
            Ok(output) => Answer::Got(output),
            Err(failure) if not_configured.contains(&failure.failure.code.as_str()) => Answer::NotConfigured,
            Err(failure) => {
                if !self.note_if_gone(&failure) {
                    self.site.gap(operation, Some(&self.id), failure);
                }
                Answer::Unread
            }
        }
    }

    /// Asks one question and reads one fact from the answer: `read` gets `None` for "not configured", and says in words
    /// why it cannot understand an answer, which is then a gap.
    pub async fn fact<T, O, E, F>(
        &self,
        operation: &'static Operation,
        not_configured: &[&str],
        call: impl FnOnce() -> F,
        read: impl FnOnce(Option<O>) -> Result<T, String>,
    ) -> Fact<T>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let answer = match self.ask(operation, not_configured, call).await {
            Answer::Got(output) => Some(output),
            Answer::NotConfigured => None,
            Answer::Unread => return Fact::Unknown,
        };
        self.understand(operation, read(answer))
    }

    /// Turns an answer that cannot be understood into a gap.
    pub fn understand<T>(&self, operation: &'static Operation, read: Result<T, String>) -> Fact<T> {
        match read {
            Ok(value) => Fact::Known(value),
            Err(reason) => {
                let failure = CallFailure { failure: Failure::malformed(reason), request_id: None };
                self.site.gap(operation, Some(&self.id), failure);
                Fact::Unknown
            }
        }
    }

    /// Adds what was read of it, unless it is gone.
    pub fn emit(&self, arn: Option<String>, facts: &impl Serialize) {
        if !self.is_gone() {
            self.site.emit(self.kind, &self.id, arn, facts);
        }
    }

    fn note_if_gone(&self, failure: &CallFailure) -> bool {
        let gone = self.gone_codes.contains(&failure.failure.code.as_str());
        if gone {
            self.gone.store(true, Ordering::Relaxed);
        }
        gone
    }
}
