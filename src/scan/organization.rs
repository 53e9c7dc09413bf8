//! One scan of many accounts: each through a role of its own, several at a time, none able to end the others' run.
//!
//! Every account is a scan as any other, and its report is written to a folder as soon as it is there. An account that
//! cannot be entered gets a report, too, in which every selected rule is unknown: no account vanishes from the result.
//! A run that was interrupted is taken up again by leaving out the accounts whose reports are in the folder already; that
//! they were made with the same settings is made sure of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::judges::Judges;
use super::{Live, Progress, ScanRequest, Source, Unwatched, file, kinds, load_rules, report_file};
use crate::catalog::Catalog;
use crate::collect::{self, Member};
use crate::error::Fault;
use crate::model::{AccountRow, AccountState, CallRecord, GLOBAL_REGION, Gap, GapClass, Organization, Report, Summary};
use crate::output::json;
use crate::{Error, Result};

/// The file in the folder of reports that says with which settings they were made.
const SETTINGS: &str = "run.json";
/// The fewest calls in flight that one account gets, however many are read at once.
const FEWEST_IN_FLIGHT: usize = 4;

/// Which accounts to read, and how to enter them.
#[derive(Debug, Clone)]
pub struct OrganizationRequest {
    /// What to scan in each account. Its source tells how to reach the account from which all others are entered.
    pub scan: ScanRequest,
    /// How to reach that account.
    pub live: Live,
    /// Which accounts.
    pub accounts: Accounts,
    /// The name of the role to assume in each account that names none itself. The account from which the others are
    /// entered is read with the credentials that are there.
    pub role_name: Option<String>,
    /// The external id that those roles ask for.
    pub external_id: Option<String>,
    /// Only accounts in or below these organizational units, by path; all of them, if there is none.
    pub units: Vec<String>,
    /// Accounts to leave out.
    pub skip: Vec<String>,
    /// How many accounts are read at once.
    pub at_once: usize,
    /// Where each account's report is kept.
    pub folder: PathBuf,
    /// Whether to leave out the accounts whose reports are in the folder already.
    pub resume: bool,
}

/// Where the accounts are named.
#[derive(Debug, Clone)]
pub enum Accounts {
    /// By AWS Organizations.
    Organizations,
    /// By the user.
    Listed(Vec<Target>),
}

/// One account to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Twelve digits.
    pub account: String,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// Where it stands in the organization, such as `/Workloads/Production`.
    #[serde(default)]
    pub organizational_unit: Option<String>,
    /// The role to assume, where it is not the one that all accounts have.
    #[serde(default)]
    pub role_arn: Option<String>,
    /// The external id that this role asks for, where it is not the one of all accounts.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// What a run over an organization left behind.
#[derive(Debug)]
pub struct OrganizationRun {
    /// The reports of the accounts, sorted by account.
    pub reports: Vec<PathBuf>,
    /// The accounts that were left out, with the reason.
    pub skipped: Vec<AccountRow>,
    /// The lists of accounts that could not be read.
    pub gaps: Vec<Gap>,
    /// The calls that listed the accounts.
    pub calls: Vec<CallRecord>,
    /// How many accounts were not read again because their reports were there.
    pub resumed: usize,
}

/// Reads and judges every account.
///
/// # Errors
/// If the accounts cannot be listed, or the rules, the folder or the settings are wrong. What goes wrong in one account
/// is that account's gap.
pub async fn scan_organization(request: &OrganizationRequest, progress: &dyn Progress) -> Result<OrganizationRun> {
    let begun = Instant::now();
    prepare_folder(request)?;
    let judges = Judges::of(&request.scan)?;
    progress.phase("listing the accounts");
    let listed = list(request).await?;
    let (targets, skipped) = choose(request, listed.targets);
    let (done, open): (Vec<_>, Vec<_>) =
        targets.iter().cloned().partition(|target| request.resume && is_done(&request.folder, target));
    let shared = Arc::new(Shared {
        judges,
        request: request.clone(),
        among_many: true,
        begun,
        caller: listed.caller,
        partition: listed.partition,
    });
    read_all(&shared, open, done.len(), progress).await?;
    let reports = targets.iter().map(|target| place_of(&request.folder, &target.account)).collect();
    Ok(OrganizationRun { reports, skipped, gaps: listed.gaps, calls: listed.calls, resumed: done.len() })
}

struct Shared {
    request: OrganizationRequest,
    /// The rules are the same everywhere: they are loaded once.
    judges: Judges,
    /// Whether snapshot and evidence have a place of their own in the folders that the request names: among many accounts.
    among_many: bool,
    begun: Instant,
    caller: String,
    partition: String,
}

struct Listed {
    caller: String,
    partition: String,
    targets: Vec<(Target, Option<String>)>,
    gaps: Vec<Gap>,
    calls: Vec<CallRecord>,
}

async fn list(request: &OrganizationRequest) -> Result<Listed> {
    match &request.accounts {
        Accounts::Organizations => {
            let members = collect::members(&request.live).await?;
            let targets = members.accounts.into_iter().map(target).collect();
            Ok(Listed {
                caller: members.caller,
                partition: members.partition,
                targets,
                gaps: members.gaps,
                calls: members.calls,
            })
        }
        Accounts::Listed(targets) => {
            let (caller, partition) = collect::caller(&request.live).await?;
            let mut targets: Vec<_> = targets.iter().cloned().map(|target| (target, None)).collect();
            targets.sort_by(|(a, _), (b, _)| a.account.cmp(&b.account));
            Ok(Listed { caller, partition, targets, gaps: Vec::new(), calls: Vec::new() })
        }
    }
}

/// An account with AWS's word for its state, if it is not active.
fn target(member: Member) -> (Target, Option<String>) {
    let target = Target {
        account: member.account,
        name: member.name,
        organizational_unit: Some(member.organizational_unit),
        role_arn: None,
        external_id: None,
    };
    (target, member.inactive)
}

/// The accounts to read, and the others with the reason.
fn choose(request: &OrganizationRequest, listed: Vec<(Target, Option<String>)>) -> (Vec<Target>, Vec<AccountRow>) {
    sorted_out(listed, |target| match target {
        target if request.skip.contains(&target.account) => Some("the request leaves it out".to_owned()),
        target if !is_in(target, &request.units) => {
            Some("it is in none of the organizational units that were asked for".to_owned())
        }
        _ => None,
    })
}

fn sorted_out(
    listed: Vec<(Target, Option<String>)>,
    left_out: impl Fn(&Target) -> Option<String>,
) -> (Vec<Target>, Vec<AccountRow>) {
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

fn is_in(target: &Target, units: &[String]) -> bool {
    let path = target.organizational_unit.as_deref().unwrap_or_default();
    let below = |unit: &String| {
        let unit = unit.trim_end_matches('/');
        path == unit || path.strip_prefix(unit).is_some_and(|rest| rest.starts_with('/'))
    };
    units.is_empty() || units.iter().any(below)
}

/// Reads the accounts, some at a time, and writes each one's report.
async fn read_all(shared: &Arc<Shared>, open: Vec<Target>, done: usize, progress: &dyn Progress) -> Result<()> {
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
    target: &Target,
    role_name: Option<String>,
    external_id: Option<String>,
) -> Result<Report> {
    let begun = Instant::now();
    let (caller, partition) = collect::caller(live).await?;
    let request = OrganizationRequest {
        scan: scan.clone(),
        live: live.clone(),
        accounts: Accounts::Listed(vec![target.clone()]),
        role_name,
        external_id,
        units: Vec::new(),
        skip: Vec::new(),
        at_once: 1,
        folder: PathBuf::new(),
        resume: false,
    };
    let judges = Judges::of(scan)?;
    report_on(&Shared { request, judges, among_many: false, begun, caller, partition }, target).await
}

/// Writes the report of an account for which nobody delivered one: it was not read.
///
/// # Errors
/// If the settings are wrong or the file cannot be written.
pub async fn not_delivered(scan: &ScanRequest, target: &Target, path: &Path) -> Result<()> {
    let why = "whoever was to read the account delivered no report";
    let judges = Judges::of(scan)?;
    let mut report = unread(&judges, scan, target, GapClass::OutOfTime, "NotDelivered", why).await?;
    let row = row(target, AccountState::NotRead, Some(why.to_owned()), Some(&report));
    report.organization = Some(Organization::of(vec![row]));
    file::write_whole(path, |out| json::write(&report, out))
}

/// The accounts to read, and those that cannot be read in their state.
pub fn targets_of(members: Vec<Member>) -> (Vec<Target>, Vec<AccountRow>) {
    sorted_out(members.into_iter().map(target).collect(), |_| None)
}

async fn read_one(shared: &Shared, target: &Target) -> Result<()> {
    let report = report_on(shared, target).await?;
    let path = place_of(&shared.request.folder, &target.account);
    file::write_whole(&path, |out| json::write(&report, out))
}

async fn report_on(shared: &Shared, target: &Target) -> Result<Report> {
    let base = &shared.request.scan;
    let judges = &shared.judges;
    let mut report = match judges.scan(&shared.scan_of(target), &Unwatched).await {
        Ok(report) if report.scan.accounts == [target.account.as_str()] => report,
        Ok(report) => {
            let other = report.scan.accounts.join(", ");
            let reason = format!("its credentials are those of account {other}");
            unread(judges, base, target, GapClass::Refused, "WrongAccount", &reason).await?
        }
        // Settings are the same for every account: what is wrong with them is no account's gap.
        Err(error) if error.fault == Fault::Usage => return Err(error),
        Err(error) => {
            let class = if shared.time_is_over() { GapClass::OutOfTime } else { GapClass::Credentials };
            unread(judges, base, target, class, "AccountNotEntered", &error.message).await?
        }
    };
    let state = match &report.gaps[..] {
        [gap] if gap.operation == ENTER => AccountState::NotRead,
        _ if report.is_incomplete() => AccountState::Incomplete,
        _ => AccountState::Complete,
    };
    let reason = match state {
        AccountState::NotRead => report.gaps.first().map(|gap| gap.message.clone()),
        _ => None,
    };
    report.organization = Some(Organization::of(vec![row(target, state, reason, Some(&report))]));
    Ok(report)
}

/// The operation that enters an account.
const ENTER: &str = "AssumeRole";

/// The report of an account that could not be entered.
async fn unread(
    judges: &Judges,
    base: &ScanRequest,
    target: &Target,
    class: GapClass,
    code: &str,
    why: &str,
) -> Result<Report> {
    let gap = Gap {
        account: target.account.clone(),
        region: GLOBAL_REGION.to_owned(),
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
    let request = ScanRequest { source: Source::Unread(Box::new(gap)), ..base.clone() };
    judges.scan(&request, &Unwatched).await
}

impl Shared {
    fn scan_of(&self, target: &Target) -> ScanRequest {
        let request = &self.request;
        let own = target.account == self.caller && target.role_arn.is_none();
        let named = request.role_name.as_ref().map(|name| self.role_arn(&target.account, name));
        let role_arn = target.role_arn.clone().or(if own { None } else { named });
        let external_id = target.external_id.clone().or_else(|| request.external_id.clone());
        let place = |folder: &PathBuf, name: String| if self.among_many { folder.join(name) } else { folder.clone() };
        let evidence = request.scan.evidence.as_ref().map(|folder| place(folder, target.account.clone()));
        let snapshot = format!("{}.ndjson.zst", target.account);
        let save_snapshot = request.scan.save_snapshot.as_ref().map(|folder| place(folder, snapshot));
        let live = Live {
            role_arn,
            external_id,
            max_in_flight: (request.live.max_in_flight / request.at_once.max(1)).max(FEWEST_IN_FLIGHT),
            time_limit: self.time_left(),
            ..request.live.clone()
        };
        ScanRequest { source: Source::Live(live), evidence, save_snapshot, ..request.scan.clone() }
    }

    fn role_arn(&self, account: &str, name: &str) -> String {
        format!("arn:{}:iam::{account}:role/{name}", self.partition)
    }

    /// The time limit is the whole run's.
    fn time_left(&self) -> Option<Duration> {
        self.request.live.time_limit.map(|limit| limit.saturating_sub(self.begun.elapsed()))
    }

    fn time_is_over(&self) -> bool {
        self.time_left().is_some_and(|left| left.is_zero())
    }
}

fn row(target: &Target, state: AccountState, reason: Option<String>, report: Option<&Report>) -> AccountRow {
    AccountRow {
        account: target.account.clone(),
        name: target.name.clone(),
        organizational_unit: target.organizational_unit.clone(),
        state,
        reason,
        summary: report.map_or(Summary::default(), |report| report.summary),
        worst_failure: report.and_then(Report::worst_failure),
    }
}

fn place_of(folder: &Path, account: &str) -> PathBuf {
    folder.join(format!("{account}.json"))
}

/// Whether the account's report is there and says something about it: one that could not be read is tried again.
fn is_done(folder: &Path, target: &Target) -> bool {
    let Ok(report) = report_file::open(&place_of(folder, &target.account)) else { return false };
    let rows = report.organization.iter().flat_map(|organization| &organization.accounts);
    rows.into_iter().any(|row| row.account == target.account && row.state != AccountState::NotRead)
}

/// What must be the same for all reports of one result.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    tool_version: String,
    regions: String,
    /// SHA-256 over the selected rules with their parameters, and the PHI scope.
    rules: String,
}

impl Settings {
    fn of(request: &OrganizationRequest) -> Result<Self> {
        let (kinds, catalog) = (kinds(), Catalog::builtin()?);
        let scan = &request.scan;
        let rules = load_rules(&kinds, &catalog, &scan.rule_dirs, &scan.params)?.select(&scan.selection)?;
        let mut hash = Sha256::new();
        let texts: BTreeMap<&str, (&str, String)> = rules
            .iter()
            .map(|rule| (rule.id.as_str(), (&*rule.source.text, rule.param_values().to_string())))
            .collect();
        for (id, (text, params)) in texts {
            for part in [id, text, &params] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.update(serde_json::to_vec(&scan.phi_scope).unwrap_or_default());
        Ok(Self {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            regions: format!("{:?}", request.live.regions),
            rules: hex::encode(hash.finalize()),
        })
    }
}

/// Makes the folder ready for reports, and refuses to mix those of two runs.
fn prepare_folder(request: &OrganizationRequest) -> Result<()> {
    let (folder, now) = (&request.folder, Settings::of(request)?);
    let unusable = |error: std::io::Error| {
        Error::usage(format!("cannot use {} for the reports of the accounts: {error}", folder.display()))
            .help("name a folder that you may write to")
    };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let path = folder.join(SETTINGS);
    match std::fs::read(&path) {
        Ok(_) if !request.resume => Err(Error::usage(format!("{} holds the reports of another run", folder.display()))
            .help("take that run up again with --resume, or name an empty folder")),
        Ok(text) => match serde_json::from_slice::<Settings>(&text) {
            Ok(then) if then == now => Ok(()),
            _ => Err(Error::usage(format!(
                "{} was begun with another version, other rules, parameters, regions or another PHI scope: the reports \
                 there and new ones would not say the same thing",
                folder.display()
            ))
            .help("resume with the settings of that run, or name an empty folder")),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            file::write_whole(&path, |out| json::write_value(&now, out))
        }
        Err(error) => Err(unusable(error)),
    }
}
