//! One scan of many accounts: each through a role of its own, several at a time, none able to end the others' run.
//!
//! Every account is a scan as any other, and its report is written to a folder as soon as it is there. An account that
//! cannot be entered gets a report, too, in which every selected rule is unknown: no account vanishes from the result.
//! A run that was interrupted is taken up again by leaving out the accounts whose reports are in the folder already;
//! that they were made with the same settings is made sure of ([`resume`]). When all are read, every account is judged
//! once more beside what the others tell ([`together`]). In the end all reports become one, and only that one is
//! compared with an earlier one.

mod resume;
mod together;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

pub use self::together::SNAPSHOTS;

use self::resume::{Fingerprints, is_done, place_of};
use super::merge::{self, AccountListing};
use super::prepared::{Prepared, is_comparable};
use super::{FactSource, Live, Progress, ScanRequest, Unwatched, coverage_of, file};
use crate::aws::{self, Member};
use crate::error::Fault;
use crate::model::{
    AccountId, AccountRow, AccountState, Arn, CallRecord, Gap, GapClass, Organization, Region, Report, Summary,
};
use crate::output::json;
use crate::{Error, Result};

/// The file of the merged report in the folder of the accounts' reports.
const MERGED: &str = "report.json";
/// The fewest calls in flight that one account gets, however many are read at once.
const FEWEST_IN_FLIGHT: usize = 4;

/// A request to read many accounts.
#[derive(Debug, Clone)]
pub struct OrganizationRequest {
    /// The scan of each account. Its source tells how to reach the account from which all others are entered. Its
    /// baseline is compared with the whole, and with no account alone.
    pub scan: ScanRequest,
    /// The way to reach that account.
    pub live: Live,
    /// The accounts to read.
    pub accounts: AccountSource,
    /// The name of the role to assume in each account that names none itself. The account from which the others are
    /// entered is read with the credentials that are there.
    pub role_name: Option<String>,
    /// The external id that those roles ask for.
    pub external_id: Option<String>,
    /// Only accounts in or below these organizational units, by path; all of them, if there is none.
    pub units: Vec<String>,
    /// Accounts to leave out.
    pub skip: Vec<AccountId>,
    /// The number of accounts that are read at once.
    pub at_once: usize,
    /// The folder in which each account's report is kept, and its snapshot unless the request names another place for it.
    pub folder: PathBuf,
    /// True if the accounts are left out whose reports are in the folder already.
    pub resume: bool,
}

/// The source of the accounts' names.
#[derive(Debug, Clone)]
pub enum AccountSource {
    /// AWS Organizations names them.
    Organizations,
    /// The user names them.
    Listed(Vec<AccountTarget>),
}

/// One account to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountTarget {
    /// Twelve digits.
    pub account: AccountId,
    /// The name that people give it.
    #[serde(default)]
    pub name: Option<String>,
    /// Its organizational units from the root down, such as `/Workloads/Production`.
    #[serde(default)]
    pub organizational_unit: Option<String>,
    /// The role to assume, where it is not the one that all accounts have.
    #[serde(default)]
    pub role_arn: Option<String>,
    /// The external id that this role asks for, where it is not the one of all accounts.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// Reads and judges every account, and makes one report of theirs.
///
/// # Errors
/// If the accounts cannot be listed or none is left, or the rules, the folder, the baseline or the settings are wrong.
/// What goes wrong in one account is that account's gap.
pub async fn scan_organization(request: &OrganizationRequest, progress: &dyn Progress) -> Result<Report> {
    let begun = Instant::now();
    let prepared = Prepared::of(&request.scan)?;
    let baseline = request.scan.baseline.as_deref().map(|path| prepared.earlier(path)).transpose()?;
    resume::prepare(&request.folder, request.resume, &Fingerprints::of(&prepared, &request.live.regions))?;
    together::prepare(request)?;
    progress.phase("listing the accounts");
    let listed = list(request).await?;
    let (targets, skipped) = choose(request, listed.targets);
    let accounts: Vec<AccountId> = targets.iter().map(|target| target.account).collect();
    let all = targets.clone();
    if accounts.is_empty() {
        return Err(Error::failed("no account is left to read").help(
            "look at --organizational-unit and --skip-account, and at the states of the accounts in AWS Organizations",
        ));
    }
    let baseline = request.scan.baseline.as_deref().zip(baseline);
    if let Some((path, baseline)) = &baseline {
        is_comparable(baseline, &accounts, path)?;
    }
    let (done, open): (Vec<_>, Vec<_>) =
        targets.into_iter().partition(|target| request.resume && is_done(&request.folder, target));
    let scan = ScanRequest { baseline: None, ..request.scan.clone() };
    let shared = Arc::new(OrganizationRun {
        prepared,
        request: OrganizationRequest { scan, ..request.clone() },
        among_many: true,
        begun,
        caller: listed.caller,
        partition: listed.partition,
    });
    read_all(&shared, open, done.len(), progress).await?;
    progress.phase("judging the accounts beside each other");
    together::judge_again(&shared, &all)?;
    progress.phase("merging the reports of the accounts");
    let reports: Vec<PathBuf> = accounts.iter().map(|account| place_of(&request.folder, account)).collect();
    let merged = request.folder.join(MERGED);
    let listing = AccountListing { skipped, gaps: listed.gaps, calls: coverage_of(&listed.calls) };
    let report = merge::merge_to(&reports, listing, &merged)?;
    let Some((path, baseline)) = baseline else { return Ok(report) };
    let compared = shared.prepared.compare(&baseline, report, path)?;
    file::write_whole(&merged, |out| json::write(&compared, out))?;
    Ok(compared)
}

struct OrganizationRun {
    request: OrganizationRequest,
    /// The rules are the same everywhere: they are loaded once.
    prepared: Prepared,
    /// True in a run over many accounts: there snapshot and evidence have a place of their own in the folders that
    /// the request names.
    among_many: bool,
    begun: Instant,
    caller: AccountId,
    partition: String,
}

struct AccountList {
    caller: AccountId,
    partition: String,
    targets: Vec<(AccountTarget, Option<String>)>,
    gaps: Vec<Gap>,
    calls: Vec<CallRecord>,
}

async fn list(request: &OrganizationRequest) -> Result<AccountList> {
    match &request.accounts {
        AccountSource::Organizations => {
            let members = aws::members(&request.live).await?;
            let targets = members.accounts.into_iter().map(target).collect();
            Ok(AccountList {
                caller: members.caller,
                partition: members.partition,
                targets,
                gaps: members.gaps,
                calls: members.calls,
            })
        }
        AccountSource::Listed(targets) => {
            let aws::Connection { account: caller, partition, .. } = aws::connect(&request.live).await?;
            let mut targets: Vec<_> = targets.iter().cloned().map(|target| (target, None)).collect();
            targets.sort_by_key(|(a, _)| a.account);
            Ok(AccountList { caller, partition, targets, gaps: Vec::new(), calls: Vec::new() })
        }
    }
}

/// An account with AWS's word for its state, if it is not active.
fn target(member: Member) -> (AccountTarget, Option<String>) {
    let target = AccountTarget {
        account: member.account,
        name: member.name,
        organizational_unit: Some(member.organizational_unit),
        role_arn: None,
        external_id: None,
    };
    (target, member.inactive)
}

/// The accounts to read, and the others with the reason.
fn choose(
    request: &OrganizationRequest,
    listed: Vec<(AccountTarget, Option<String>)>,
) -> (Vec<AccountTarget>, Vec<AccountRow>) {
    sorted_out(listed, |target| match target {
        target if request.skip.contains(&target.account) => Some("the request leaves it out".to_owned()),
        target if !is_in(target, &request.units) => {
            Some("it is in none of the organizational units that were asked for".to_owned())
        }
        _ => None,
    })
}

fn sorted_out(
    listed: Vec<(AccountTarget, Option<String>)>,
    left_out: impl Fn(&AccountTarget) -> Option<String>,
) -> (Vec<AccountTarget>, Vec<AccountRow>) {
    let (mut targets, mut skipped) = (Vec::new(), Vec::new());
    for (target, inactive) in listed {
        let state = |state| format!("AWS Organizations calls it {state}: no account in this state can be read");
        match inactive.map(state).or_else(|| left_out(&target)) {
            None => targets.push(target),
            Some(reason) => skipped.push(row(&target, AccountState::Skipped, Some(reason), None)),
        }
    }
    (targets, skipped)
}

fn is_in(target: &AccountTarget, units: &[String]) -> bool {
    let path = target.organizational_unit.as_deref().unwrap_or_default();
    let below = |unit: &String| {
        let unit = unit.trim_end_matches('/');
        path == unit || path.strip_prefix(unit).is_some_and(|rest| rest.starts_with('/'))
    };
    units.is_empty() || units.iter().any(below)
}

/// Reads the accounts, some at a time, and writes each one's report.
async fn read_all(
    shared: &Arc<OrganizationRun>,
    open: Vec<AccountTarget>,
    done: usize,
    progress: &dyn Progress,
) -> Result<()> {
    let (all, mut finished) = (open.len() + done, done);
    let mut tasks = JoinSet::new();
    let mut waiting = open.into_iter();
    loop {
        while tasks.len() < shared.request.at_once.max(1) {
            let Some(target) = waiting.next() else { break };
            let shared = Arc::clone(shared);
            tasks.spawn(async move { read_one(&shared, &target).await });
        }
        progress.phase(&format!("{finished} of {all} accounts read, {} being read", tasks.len()));
        match tasks.join_next().await {
            None => return Ok(()),
            Some(Ok(result)) => result?,
            // A panic is a bug: it must end the run, not leave an account out.
            Some(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(Error::failed("the run was stopped before all accounts were read")),
            },
        }
        finished += 1;
    }
}

/// Reads one account of many, as a run over all of them would.
///
/// # Errors
/// If the settings are wrong. What goes wrong in the account is its own gap.
pub async fn scan_account(
    scan: &ScanRequest,
    live: &Live,
    target: &AccountTarget,
    role_name: Option<String>,
    external_id: Option<String>,
) -> Result<Report> {
    let begun = Instant::now();
    let aws::Connection { account: caller, partition, .. } = aws::connect(live).await?;
    let request = OrganizationRequest {
        scan: scan.clone(),
        live: live.clone(),
        accounts: AccountSource::Listed(vec![target.clone()]),
        role_name,
        external_id,
        units: Vec::new(),
        skip: Vec::new(),
        at_once: 1,
        folder: PathBuf::new(),
        resume: false,
    };
    let prepared = Prepared::of(scan)?;
    report_on(&OrganizationRun { request, prepared, among_many: false, begun, caller, partition }, target).await
}

/// Writes the report of an account for which nobody delivered one: it was not read.
///
/// # Errors
/// If the settings are wrong or the file cannot be written.
pub async fn not_delivered(scan: &ScanRequest, target: &AccountTarget, path: &Path) -> Result<()> {
    let why = "whoever was to read the account delivered no report";
    let prepared = Prepared::of(scan)?;
    let mut report = unread(&prepared, scan, target, GapClass::OutOfTime, "NotDelivered", why).await?;
    let row = row(target, AccountState::NotRead, Some(why.to_owned()), Some(&report));
    report.organization = Some(Organization::of(vec![row]));
    file::write_whole(path, |out| json::write(&report, out))
}

/// The accounts to read, and those that cannot be read in their state.
pub fn targets_of(members: Vec<Member>) -> (Vec<AccountTarget>, Vec<AccountRow>) {
    sorted_out(members.into_iter().map(target).collect(), |_| None)
}

async fn read_one(shared: &OrganizationRun, target: &AccountTarget) -> Result<()> {
    let report = report_on(shared, target).await?;
    let path = place_of(&shared.request.folder, &target.account);
    file::write_whole(&path, |out| json::write(&report, out))
}

async fn report_on(shared: &OrganizationRun, target: &AccountTarget) -> Result<Report> {
    let base = &shared.request.scan;
    let prepared = &shared.prepared;
    let mut report = match prepared.scan(&shared.scan_of(target), &Unwatched).await {
        Ok(report) if report.scan.accounts == [target.account.as_str()] => report,
        Ok(report) => {
            let other = report.scan.accounts.join(", ");
            let reason = format!("its credentials are those of account {other}");
            unread(prepared, base, target, GapClass::Refused, "WrongAccount", &reason).await?
        }
        // The settings are the same for every account: a mistake in them ends the run and is no gap of one account.
        Err(error) if error.fault == Fault::Usage => return Err(error),
        Err(error) => {
            let class = if shared.time_is_over() { GapClass::OutOfTime } else { GapClass::Credentials };
            unread(prepared, base, target, class, "AccountNotEntered", &error.message).await?
        }
    };
    shared.add_row(&mut report, target);
    Ok(report)
}

/// The operation that enters an account.
const ENTER: &str = "AssumeRole";

/// The report of an account that could not be entered.
async fn unread(
    prepared: &Prepared,
    base: &ScanRequest,
    target: &AccountTarget,
    class: GapClass,
    code: &str,
    why: &str,
) -> Result<Report> {
    let gap = Gap {
        account: target.account,
        region: Region::GLOBAL,
        service: "sts".to_owned(),
        operation: ENTER.to_owned(),
        resource: None,
        class,
        code: code.to_owned(),
        message: why.to_owned(),
        request_id: None,
        facts: Vec::new(),
        population: Vec::new(),
        iam_actions: vec!["sts:AssumeRole".to_owned()],
    };
    let request = ScanRequest { source: FactSource::Unread(Box::new(gap)), ..base.clone() };
    prepared.scan(&request, &Unwatched).await
}

impl OrganizationRun {
    /// Says in the report how the account stands among the others.
    fn add_row(&self, report: &mut Report, target: &AccountTarget) {
        let state = match &report.gaps[..] {
            [gap] if gap.operation == ENTER => AccountState::NotRead,
            _ if report.is_incomplete() => AccountState::Incomplete,
            _ => AccountState::Complete,
        };
        let reason = match state {
            AccountState::NotRead => report.gaps.first().map(|gap| gap.message.clone()),
            _ => None,
        };
        let rows = vec![row(target, state, reason, Some(report))];
        report.organization = Some(Organization { home: Some(self.caller), ..Organization::of(rows) });
    }

    fn scan_of(&self, target: &AccountTarget) -> ScanRequest {
        let request = &self.request;
        let own = target.account == self.caller && target.role_arn.is_none();
        let named = request.role_name.as_ref().map(|name| self.role_arn(&target.account, name));
        let role_arn = target.role_arn.clone().or(if own { None } else { named });
        let external_id = target.external_id.clone().or_else(|| request.external_id.clone());
        let place =
            |folder: &PathBuf| if self.among_many { folder.join(target.account.as_str()) } else { folder.clone() };
        let evidence = request.scan.evidence.as_ref().map(place);
        let save_snapshot = match self.among_many {
            true => Some(together::place_of(request, &target.account)),
            false => request.scan.save_snapshot.clone(),
        };
        let live = Live {
            role_arn,
            external_id,
            max_in_flight: (request.live.max_in_flight / request.at_once.max(1)).max(FEWEST_IN_FLIGHT),
            time_limit: self.time_left(),
            ..request.live.clone()
        };
        ScanRequest { source: FactSource::Live(live), evidence, save_snapshot, ..request.scan.clone() }
    }

    fn role_arn(&self, account: &str, name: &str) -> String {
        let resource = format!("role/{name}");
        Arn { partition: &self.partition, service: "iam", region: "", account, resource: &resource }.to_string()
    }

    /// The time limit is the whole run's.
    fn time_left(&self) -> Option<Duration> {
        self.request.live.time_limit.map(|limit| limit.saturating_sub(self.begun.elapsed()))
    }

    fn time_is_over(&self) -> bool {
        self.time_left().is_some_and(|left| left.is_zero())
    }
}

fn row(target: &AccountTarget, state: AccountState, reason: Option<String>, report: Option<&Report>) -> AccountRow {
    AccountRow {
        account: target.account,
        name: target.name.clone(),
        organizational_unit: target.organizational_unit.clone(),
        state,
        reason,
        summary: report.map_or(Summary::default(), |report| report.summary),
        worst_failure: report.and_then(Report::worst_failure),
    }
}
