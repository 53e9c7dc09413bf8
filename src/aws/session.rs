//! One scan's view of one account: whose it is, what is wanted of it, and what was read and could not be read so far.
//!
//! A collector never handles an error. It asks a [`ResourceReader`](super::ResourceReader) for a fact and gets one,
//! known or not; the gap is recorded here.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use super::call::Line;
use super::operation::Plan;
use super::read::Read;
use crate::model::{AccountId, Gap, Region, Resource};

/// Whose credentials these are.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Twelve digits.
    pub account: AccountId,
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: String,
    /// The ARN of whoever asks.
    pub caller: String,
}

/// The regions that an account has enabled, as far as AWS was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnabledRegions {
    /// Nobody asked.
    NotAsked,
    /// AWS did not say.
    NotTold,
    /// These, sorted.
    Told(Vec<Region>),
}

/// One scan's view of one account.
#[derive(Debug)]
pub struct Session {
    line: Line,
    identity: Identity,
    regions: Vec<Region>,
    enabled: EnabledRegions,
    plan: Plan,
    read: Mutex<Read>,
}

impl Session {
    /// The view of this account over this line, of these regions and what the plan wants.
    pub fn new(line: Line, identity: Identity, regions: Vec<Region>, enabled: EnabledRegions, plan: Plan) -> Self {
        Self { line, identity, regions, enabled, plan, read: Mutex::default() }
    }

    /// What its calls go through.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// The account that is being read.
    pub fn account(&self) -> &AccountId {
        &self.identity.account
    }

    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub fn partition(&self) -> &str {
        &self.identity.partition
    }

    /// The ARN of whoever reads it.
    pub fn caller(&self) -> &str {
        &self.identity.caller
    }

    /// The regions that are being read, sorted.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The regions that the account has enabled, as far as that was asked to settle which are read.
    pub fn enabled(&self) -> &EnabledRegions {
        &self.enabled
    }

    /// What the selected rules need.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Works on all items at once, as far as memory should bear: calls are bounded elsewhere, this bounds what waits.
    pub async fn each<T, F>(&self, items: impl IntoIterator<Item = T>, work: impl Fn(T) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for item in items {
            while tasks.len() >= self.line.max_in_flight() {
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
        self.read().gap(gap);
    }

    /// Everything that was read so far, and the gaps.
    pub fn take(&self) -> (Vec<Resource>, Vec<Gap>) {
        std::mem::take(&mut *self.read()).into_parts()
    }

    /// What was read so far.
    pub(super) fn read(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
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
