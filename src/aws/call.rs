//! One call to AWS: it waits for its turn, is seen by the ledger, and comes back with an answer or with why there is
//! none.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use aws_types::region::Region as SdkRegion;

use super::advice;
use super::failure::{CallFailure, Failure};
use super::ledger::{self, Ledger, LedgerInterceptor, Seen};
use super::limiter::Limiter;
use super::operation::Operation;
use crate::model::{AccountId, CallOutcome, CallRecord, Region, Timestamp};

/// What all calls of a scan share: the SDK's settings, the bound on calls in flight, the time that there is, and the
/// ledger.
#[derive(Debug)]
pub struct Line {
    config: SdkConfig,
    home: Region,
    limiter: Limiter,
    ledger: Arc<Ledger>,
    deadline: Option<tokio::time::Instant>,
    done: AtomicUsize,
    in_flight: AtomicUsize,
}

impl Line {
    /// A line with these settings, for at most so many calls at once. Global services are asked in the region `home`.
    /// AWS's answers are kept in the folder, if one is given.
    pub fn new(config: SdkConfig, home: Region, max_in_flight: usize, evidence: Option<PathBuf>) -> Self {
        Self {
            config,
            home,
            limiter: Limiter::new(max_in_flight),
            ledger: Arc::new(Ledger::new(evidence)),
            deadline: None,
            done: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
        }
    }

    /// The same line, on which nothing is asked after this time.
    #[must_use]
    pub fn until(self, deadline: Option<tokio::time::Instant>) -> Self {
        Self { deadline, ..self }
    }

    /// The SDK's settings, with credentials.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The calls that were made.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// At most so many calls are in flight at once.
    pub fn max_in_flight(&self) -> usize {
        self.limiter.max_in_flight()
    }

    /// How many calls have ended and how many are in flight.
    pub fn progress(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.in_flight.load(Ordering::Relaxed))
    }

    /// Where global services are asked: the configured region's endpoint, recorded as "global".
    pub fn global(&self) -> Endpoint {
        Endpoint { region: self.home.clone(), label: Region::GLOBAL }
    }

    /// SDK settings for clients of this endpoint.
    pub fn config_of(&self, endpoint: &Endpoint) -> SdkConfig {
        self.config.to_builder().region(SdkRegion::new(endpoint.region.to_string())).build()
    }

    /// The ledger's interceptor: every client must have it.
    pub fn interceptor(&self) -> LedgerInterceptor {
        LedgerInterceptor(Arc::clone(&self.ledger))
    }
}

/// Where a call goes.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The region whose endpoint is asked.
    pub region: Region,
    /// The region's name as it stands in resources, gaps and calls: `global` for global services.
    pub label: Region,
}

/// One call that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The line on which it goes.
    pub line: &'a Line,
    /// Where it goes.
    pub endpoint: &'a Endpoint,
    /// The account that it is about; `None` before that is known.
    pub account: Option<AccountId>,
    /// What is called.
    pub operation: &'static Operation,
    /// The id of the resource that it is about, if one.
    pub resource: Option<&'a str>,
    /// Error codes that are answers: "not configured" or "no longer there".
    pub answers: &'a [&'a str],
}

/// How a call went, for its record.
struct MadeCall<'a> {
    seen: &'a Seen,
    started_at: jiff::Timestamp,
    duration: Duration,
    failure: Option<&'a Failure>,
}

impl Call<'_> {
    /// Makes the call under the limiter and enters it into the ledger. An output for which `nothing_sent` holds came
    /// without asking AWS and is not entered.
    ///
    /// # Errors
    /// If AWS gave no answer that can be used.
    pub async fn make<O, E, F>(
        &self,
        call: impl FnOnce() -> F,
        nothing_sent: impl Fn(&O) -> bool,
    ) -> Result<O, CallFailure>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let line = self.line;
        let slot = line.limiter.acquire(self.operation.service, &self.endpoint.label);
        let Some(mut slot) = in_time(line.deadline, slot).await else {
            return Err(CallFailure { failure: Failure::out_of_time("it was not asked any more"), request_id: None });
        };
        line.in_flight.fetch_add(1, Ordering::Relaxed);
        let started_at = jiff::Timestamp::now();
        let clock = Instant::now();
        // Boxed, because the SDK's futures are large and many wait here.
        let answered = in_time(line.deadline, Box::pin(ledger::observe(call()))).await;
        line.in_flight.fetch_sub(1, Ordering::Relaxed);
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
            Some(Ok(output)) => seen.flaw.map_or(Ok(output), |flaw| Err(Failure::malformed(flaw))),
            Some(Err(error)) => Err(self.explained(Failure::of(&error))),
        };
        line.done.fetch_add(1, Ordering::Relaxed);
        let failure = result.as_ref().err();
        line.ledger.enter(self.record(&MadeCall { seen: &seen, started_at, duration: clock.elapsed(), failure }));
        result.map_err(|failure| CallFailure { failure, request_id: seen.request_id })
    }

    /// The failure, with what is known of the credentials by now.
    fn explained(&self, failure: Failure) -> Failure {
        // Before the account is known nothing was read with the credentials.
        if self.account.is_none() {
            return failure;
        }
        let is_elsewhere = self.line.home != self.endpoint.region;
        let failure = if is_elsewhere { advice::in_another_region(failure) } else { failure };
        advice::while_reading(failure)
    }

    fn record(&self, made: &MadeCall<'_>) -> CallRecord {
        let MadeCall { seen, started_at, duration, failure } = made;
        let outcome = match failure {
            None => CallOutcome::Ok,
            Some(failure) if self.answers.contains(&failure.code.as_str()) => CallOutcome::Absent,
            Some(_) => CallOutcome::Failed,
        };
        tracing::debug!(
            service = self.operation.service,
            operation = self.operation.name,
            region = %self.endpoint.label,
            resource = self.resource,
            ?outcome,
            "called"
        );
        CallRecord {
            service: self.operation.service.to_owned(),
            // The name that the SDK used, so that a collector that declares one operation and calls another is found.
            operation: seen.operation.clone().unwrap_or_else(|| self.operation.name.to_owned()),
            region: self.endpoint.label.clone(),
            resource: self.resource.map(str::to_owned),
            started_at: Timestamp(*started_at),
            account: self.account,
            outcome,
            code: failure.map(|failure| failure.code.clone()),
            http_status: seen.http_status,
            attempts: seen.attempts,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            request_id: seen.request_id.clone(),
            sha256: seen.sha256.clone(),
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
