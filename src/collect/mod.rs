//! Reads an AWS account: one file for each service, all of them at once.
//!
//! A collector turns API answers into resources whose facts carry CloudFormation's property names, with an explicit
//! `null`, `false` or `[]` for "not configured". What it could not read it leaves out, and the session records the gap.
//! Collectors never see a rule: the [`Plan`] tells which facts are wanted.

mod account;
mod cloudtrail;
pub mod declared;
mod event_history;
mod facts;
mod iam;
mod organizations;
mod s3;
mod shapes;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::{Live, Operation, Plan, Progress, Purpose, Session, connect};
use crate::model::{Header, Kind, Kinds, SNAPSHOT_SCHEMA_VERSION, Scope, Snapshot, Timestamp};
use crate::{Error, Result};

/// What a collector's work comes to: it has no result, because all that it reads goes into the session.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One AWS service.
pub(crate) trait Collector: Sync {
    /// The kinds that it reads.
    fn kinds(&self) -> Vec<Kind>;
    /// Every operation that it may call.
    fn operations(&self) -> &'static [&'static Operation];
    /// Reads what the plan wants, in every region of the session.
    fn collect(&self, session: Arc<Session>) -> Work;
}

/// All collectors: the programs, and the pages of kinds. A new page is one file and no line here.
fn collectors() -> Vec<Box<dyn Collector>> {
    let programs: [Box<dyn Collector>; 6] = [
        Box::new(account::AccountCollector),
        Box::new(cloudtrail::CloudTrail),
        Box::new(event_history::EventHistories),
        Box::new(iam::Iam),
        Box::new(organizations::Organizations),
        Box::new(s3::S3),
    ];
    let pages = declared::pages().into_iter().map(|page| Box::new(page) as Box<dyn Collector>);
    programs.into_iter().chain(pages).collect()
}

/// Every kind that this build can read.
pub fn kinds() -> Kinds {
    collectors().iter().flat_map(|collector| collector.kinds()).collect()
}

/// Every operation that this build may call, sorted by service and name.
pub fn operations() -> Vec<&'static Operation> {
    let mut all: Vec<_> = collectors().iter().flat_map(|collector| collector.operations()).copied().collect();
    all.sort_by_key(|operation| (operation.service, operation.name));
    all
}

/// Reads the account.
///
/// # Errors
/// When the account's identity cannot be read: without it nothing can be claimed about anything. Every other failed
/// call is a gap in the snapshot.
pub async fn collect(live: &Live, plan: Plan, evidence: Option<PathBuf>, progress: &dyn Progress) -> Result<Snapshot> {
    let taken_at = Timestamp::now();
    read(open(live, plan, evidence, false).await?, taken_at, progress).await
}

/// Reads the account as [`collect`] does, but only one of its regions: which calls are allowed is seldom a matter of
/// the region. Returns the ARN of whoever read it, too.
///
/// # Errors
/// As [`collect`].
pub async fn try_one_region(live: &Live, plan: Plan, progress: &dyn Progress) -> Result<(String, Snapshot)> {
    let taken_at = Timestamp::now();
    let session = open(live, plan, None, true).await?;
    let caller = session.caller().to_owned();
    Ok((caller, read(session, taken_at, progress).await?))
}

async fn open(live: &Live, plan: Plan, evidence: Option<PathBuf>, first_region_only: bool) -> Result<Arc<Session>> {
    let kinds = kinds();
    let regional = kinds.iter().filter(|kind| kind.scope == Scope::Region && plan.wants_kind(kind.name));
    let regional = regional.map(|kind| kind.name.to_owned()).collect();
    connect::open(live, Purpose { plan, evidence, regional, first_region_only }).await
}

async fn read(session: Arc<Session>, taken_at: Timestamp, progress: &dyn Progress) -> Result<Snapshot> {
    progress.phase(&format!("reading account {}", session.account()));
    let all = futures_util::future::join_all(
        collectors().iter().map(|collector| tokio::spawn(collector.collect(Arc::clone(&session)))),
    );
    let (ended, enabled_regions) = tokio::join!(watch(all, &session, progress), connect::regions_enabled(&session));
    let ended = ended.ok_or_else(|| not_kept(&session))?;
    if let Some(panic) = ended.into_iter().find_map(|end| end.err().and_then(|error| error.try_into_panic().ok())) {
        std::panic::resume_unwind(panic);
    }
    if session.line().ledger().failure().is_some() {
        return Err(not_kept(&session));
    }
    if let count @ 1.. = session.line().ledger().replaced().len() {
        progress.note(&format!(
            "in the evidence folder, files under {count} digests of answers held something else: they were replaced"
        ));
    }
    let (resources, gaps) = session.take();
    let (calls, unannounced) = session.line().ledger().take();
    if let Some(operation) = unannounced.first() {
        return Err(Error::failed(format!("{operation} was called outside the coverage ledger; this is a bug"))
            .help("report it; no result of this scan can be trusted to be complete"));
    }
    let header = Header {
        schema_version: SNAPSHOT_SCHEMA_VERSION,
        account: session.account().to_owned(),
        partition: session.partition().to_owned(),
        caller: Some(session.caller().to_owned()).filter(|caller| !caller.is_empty()),
        enabled_regions,
        regions: session.regions().to_vec(),
        taken_at,
        finished_at: Timestamp::now(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        kinds: collected_kinds(session.plan()),
    };
    let mut snapshot = Snapshot { header, resources, gaps, calls };
    snapshot.sort();
    Ok(snapshot)
}

/// The kinds that the plan asks for, and the two that are always there.
fn collected_kinds(plan: &Plan) -> Vec<String> {
    let always = ["AWS::Account", "AWS::Region"];
    plan.kinds().chain(always).map(str::to_owned).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// Without its evidence no verdict stands, and what could not be written here is no answer of AWS's.
fn not_kept(session: &Session) -> Error {
    Error::failed(session.line().ledger().failure().unwrap_or_default())
        .help("make room or choose another folder with --evidence, and run again")
}

/// Waits for the work while telling whoever watches how far it is. `None` once an answer could not be kept.
async fn watch<T>(work: impl Future<Output = T>, session: &Session, progress: &dyn Progress) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tokio::select! {
            ended = &mut work => return Some(ended),
            _ = tick.tick() => {
                if session.line().ledger().failure().is_some() {
                    return None;
                }
                let (done, in_flight) = session.line().progress();
                progress.calls(done, in_flight);
            }
        }
    }
}
