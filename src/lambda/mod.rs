//! The scan without a person: an event in, reports and a message out.
//!
//! An invocation ends before Lambda would end it: reading stops with time to spare, what was not read is a gap, and
//! what there is gets delivered, each place for itself: one that fails keeps nothing from the others. Events may come
//! twice; a run that was delivered whole is not made again. Logs tell which steps were taken, how many findings there
//! are and how it ended, and nothing of what was read.

mod delivery;
mod environment;
mod event;
mod organization;
mod settings;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lambda_runtime::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::environment::FunctionEnvironment;
use self::event::{Event, EventAction};
pub use self::settings::SETTINGS_IAM_ACTIONS;
use crate::config;
use crate::deliver;
use crate::deliver::s3::{Store, Uri};
use crate::error::Fault;
use crate::model::{AccountId, Report, Severity, Summary, Timestamp};
use crate::output::Format;
use crate::scan::organization::AccountTarget;
use crate::scan::{FactSource, Live, Regions, ScanRequest, Unwatched, scan};
use crate::{Error, Result, error};

/// The object that is written last: where it is, the run was delivered whole.
const DONE: &str = "summary.json";
/// The share of the remaining time that is kept for judging and delivering, and the bounds of that.
const RESERVE: f64 = 0.2;
const LEAST_RESERVE: Duration = Duration::from_secs(10);
const MOST_RESERVE: Duration = Duration::from_secs(90);

/// One invocation of the function.
#[derive(Debug)]
pub struct Invocation {
    /// Lambda's id of the request, which stays the same when Lambda tries again.
    pub id: String,
    /// The time at which Lambda ends it.
    pub deadline: SystemTime,
    /// The event that it was invoked with.
    pub event: Value,
}

/// The answer of an invocation, which is also the message to the topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run's name.
    pub run_id: String,
    /// The accounts that the report is about.
    pub accounts: Vec<AccountId>,
    /// The time at which reading began (RFC 3339).
    pub started_at: Timestamp,
    /// True if everything was read that the rules need.
    pub is_complete: bool,
    /// Findings by verdict.
    pub summary: Summary,
    /// The worst severity among failures that no waiver covers.
    pub worst_failure: Option<Severity>,
    /// The number of calls that got no answer.
    pub gaps: usize,
    /// The objects that hold the results.
    pub objects: Vec<Uri>,
    /// The deliveries that failed, and why. Such a run fails, and Lambda makes it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undelivered: Vec<String>,
}

/// Logs go to standard error as JSON lines, which CloudWatch Logs keeps; `SAFEGUARD_LOG` takes filters.
pub fn start_logging() {
    let usual = || tracing_subscriber::EnvFilter::new("warn,safeguard::lambda=info");
    let wanted = std::env::var(config::LOG_VARIABLE).ok().filter(|text| !text.trim().is_empty());
    let (filter, wrong) = match wanted.map(|text| config::log_filter(&text)) {
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (usual(), Some(error)),
        None => (usual(), None),
    };
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stderr);
    // A second start finds the first one's: nothing to do.
    let _ = subscriber.without_time().try_init();
    if let Some(error) = wrong {
        tracing::warn!("{error}; what is usual is logged instead");
    }
}

/// Tells Lambda what went wrong, in words that lead to what to change.
pub fn diagnostic(error: Error) -> Diagnostic {
    let error_type = match error.fault {
        Fault::Usage => "Safeguard.WrongInput",
        Fault::Failed => "Safeguard.Failed",
    };
    let help = error.help.map_or(String::new(), |help| format!(" ({help})"));
    Diagnostic { error_type: error_type.to_owned(), error_message: format!("{}{help}", error.message) }
}

/// Waits until Lambda, or whoever runs the function elsewhere, tells it to end. Dropping what is being done then
/// removes its temporary files; where there are no signals, it waits for ever.
pub async fn told_to_end() -> Diagnostic {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
        {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hangup.recv() => {}
            }
            tracing::error!("ended by a signal: nothing is claimed of what was being done");
            return diagnostic(Error::failed("ended by a signal"));
        }
    }
    std::future::pending().await
}

/// Does what the event asks for.
///
/// # Errors
/// If it cannot be done; then Lambda may try again, or put the event aside.
pub async fn handle(invocation: Invocation) -> Result<Value> {
    let event = Event::parse(invocation.event)?;
    let environment = FunctionEnvironment::read()?;
    let run_id = event.run_id.clone().unwrap_or_else(|| invocation.id.clone());
    tracing::info!(run_id, action = ?event.action, "begun");
    let aws = deliver::settings(None).await;
    let store = Store::new(&aws, environment.kms_key_id.clone());
    let run = FunctionRun { event, environment, run_id, aws, store, deadline: invocation.deadline };
    let answer = match run.event.action {
        EventAction::Scan => serde_json::to_value(run.scan().await?),
        EventAction::ListAccounts => serde_json::to_value(run.list_accounts().await?),
        EventAction::Merge => serde_json::to_value(run.merge().await?),
    };
    answer.map_err(|error| Error::failed(error.to_string()))
}

struct FunctionRun {
    event: Event,
    environment: FunctionEnvironment,
    run_id: String,
    aws: aws_types::SdkConfig,
    store: Store,
    deadline: SystemTime,
}

/// The run's name as a part of a key in S3.
fn plain(run_id: &str) -> String {
    run_id.chars().map(|character| if event::is_plain(character) { character } else { '-' }).collect()
}

/// Names the folder of a report's results: `account=123456789012/date=2026-11-24/run=ID/`, and below that `part=1/`
/// and so on where several workers read an account.
fn folder(results: &Uri, about: &str, started_at: Timestamp, run_id: &str, part: u32) -> Uri {
    let date = started_at.day();
    let run = plain(run_id);
    results.join(&format!("account={about}/date={date}/run={run}{}", below(part)))
}

fn below(part: u32) -> String {
    if part == 0 { String::new() } else { format!("/part={part}") }
}

impl FunctionRun {
    async fn scan(&self) -> Result<RunSummary> {
        let marker = self.marker(self.account_or_own(), self.event.part);
        if let Some(done) = self.store.read(&marker).await? {
            tracing::info!(run_id = self.run_id, "this run was delivered before");
            return serde_json::from_slice(&done).map_err(|error| {
                Error::failed(format!("{marker} is not what a run writes: {}", error::json_in_words(&error)))
            });
        }
        let work = tempfile::tempdir().map_err(|error| Error::failed(format!("no room to work: {error}")))?;
        let request = self.request(work.path()).await?;
        let report = match &self.event.account {
            Some(target) => self.worker(&request, target).await?,
            None => scan(&request, &Unwatched).await?,
        };
        tracing::info!(
            run_id = self.run_id,
            fail = report.summary.fail,
            unknown = report.summary.unknown,
            pass = report.summary.pass,
            gaps = report.gaps.len(),
            "judged"
        );
        let about = report.scan.accounts.join("-");
        let outcome = self.deliver(&report, &about, request.save_snapshot.as_deref(), work.path()).await?;
        self.mark(&marker, &outcome).await?;
        Ok(outcome)
    }

    /// The function's own account, read as far as the time goes.
    fn live(&self) -> Live {
        Live {
            profile: None,
            regions: Regions::Default,
            role_arn: None,
            external_id: None,
            max_in_flight: self.environment.max_in_flight,
            call_timeout: Duration::from_secs(20),
            time_limit: Some(self.time_for_reading()),
        }
    }

    /// The request that the command line would make of the same settings.
    async fn request(&self, work: &Path) -> Result<ScanRequest> {
        let config =
            settings::read(&self.event, &self.environment, &self.store, &self.aws, &work.join("config")).await?;
        crate::scan::use_kinds(&config.kinds_dirs)?;
        let regions = if self.event.regions.is_empty() { &config.regions } else { &self.event.regions };
        let live = Live { regions: config::regions(regions)?, ..self.live() };
        let mut request = config.into_request(FactSource::Live(live));
        request.save_snapshot = self.environment.snapshot.then(|| work.join("snapshot.ndjson.zst"));
        Ok(request)
    }

    /// One account of many: what goes wrong in it is its own gap.
    async fn worker(&self, request: &ScanRequest, target: &AccountTarget) -> Result<Report> {
        let FactSource::Live(live) = &request.source else { return scan(request, &Unwatched).await };
        let role_name = self.environment.member_role.clone();
        let external_id = self.environment.member_external_id.clone();
        crate::scan::organization::scan_account(request, live, target, role_name, external_id).await
    }

    fn time_for_reading(&self) -> Duration {
        let left = self.deadline.duration_since(SystemTime::now()).unwrap_or_default();
        left.saturating_sub(left.mul_f64(RESERVE).clamp(LEAST_RESERVE, MOST_RESERVE))
    }

    async fn mark(&self, marker: &Uri, outcome: &RunSummary) -> Result<()> {
        let text = serde_json::to_vec_pretty(outcome).map_err(|error| Error::failed(error.to_string()))?;
        self.store.write_bytes(text, marker, "application/json").await.map(drop)
    }

    /// Names the object by which a worker says that it has delivered.
    fn marker(&self, account: &str, part: u32) -> Uri {
        self.environment.results.join(&format!("runs/{}/{account}{}/{DONE}", self.plain_id(), below(part)))
    }

    fn plain_id(&self) -> String {
        plain(&self.run_id)
    }

    fn account_or_own(&self) -> &str {
        self.event.account.as_ref().map_or("own", |target| &target.account)
    }
}

/// The ending of a format's file.
fn ending(format: Format) -> &'static str {
    match format {
        Format::Terminal => "txt",
        Format::Json => "json",
        Format::Ndjson => "ndjson",
        Format::Html => "html",
        Format::Markdown => "md",
        Format::Csv => "csv",
        Format::Sarif => "sarif",
        Format::Junit => "xml",
        Format::Ocsf(_) => "ocsf.ndjson",
        Format::OcsfArray(_) => "ocsf.json",
        Format::Asff => "asff.json",
        Format::Oscal => "oscal.json",
    }
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Terminal => "text/plain; charset=utf-8",
        Format::Json | Format::Sarif | Format::OcsfArray(_) | Format::Asff | Format::Oscal => "application/json",
        Format::Ndjson | Format::Ocsf(_) => "application/x-ndjson",
        Format::Html => "text/html; charset=utf-8",
        Format::Markdown => "text/markdown; charset=utf-8",
        Format::Csv => "text/csv; charset=utf-8",
        Format::Junit => "application/xml",
    }
}

/// A folder of the invocation's own that exists.
fn made(folder: PathBuf) -> Result<PathBuf> {
    std::fs::create_dir_all(&folder).map_err(|error| Error::failed(format!("no room to work: {error}")))?;
    Ok(folder)
}
