//! `safeguard scan`: flags and config file in, reports and an exit code out.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::console::{CommandFailure, Console};
use super::exit::ScanOutcome;
use super::formats;
use super::import;
use super::organization::OrganizationArgs;
use super::progress::ProgressLine;
use super::reach::{REACH, ReachArgs};
use super::reports::{Reports, ResultArgs};
use super::runtime::complete;
use super::{RuleArgs, WaiverArgs};
use crate::config::{Config, FailOn, RegionName};
use crate::model::Report;
use crate::scan::file::{self, Reserved};
use crate::scan::{FactSource, ScanRequest, scan};
use crate::{Error, Result};

const NOTHING_JUDGED: &str = "nothing was judged: this run says nothing about the account, neither good nor bad";
const NOTHING_REPORTED: &str = "the account was judged, but not every report was written: do not rely on this run";

const EXAMPLES: &str = "\
Examples:
  safeguard scan --demo
      See a full result on a sample account, without AWS.
  safeguard scan --profile prod --region us-east-1,eu-west-1
      Read two regions with an AWS profile; what is global is read once.
  safeguard scan --role-arn arn:aws:iam::123456789012:role/Audit --external-id clinic-7
      Read another account through a role.
  safeguard scan --organization --member-role SafeguardScanner --account-reports accounts/
      Read every account of the organization; with --resume, go on where a run was interrupted.
  safeguard scan --format terminal --format json=report.json --fail-on high
      Show the result, keep it as JSON, and only fail on high and critical failures.
  safeguard scan --save-snapshot today.ndjson.zst --evidence evidence/
      Keep what was read, and AWS's answers behind it.
  safeguard scan --snapshot today.ndjson.zst --select framework:soc2
      Judge it again, offline.

  safeguard scan --baseline last.json --new-only --format terminal --format json=this.json
      Compare with an earlier report, and only fail on what is new since.

Exit codes:
   0  complete, and no failure at or above --fail-on (with --new-only: none that is new)
   1  the scan could not be done or was ended: nothing is claimed
   2  a flag, the config file, a rule or a snapshot is wrong
  10  failures at or above --fail-on, whether or not the scan was complete
  11  incomplete: something could not be read or decided, and no failure at or above --fail-on
      (0 with --allow-incomplete). What nobody has attested is unknown, but no part of this

Settings are looked up in flags, then in SAFEGUARD_* variables, then in safeguard.yaml.
Credentials, AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL are those of every AWS tool.";

/// What to read, with which rules, and where the result goes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ScanArgs {
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    organization: OrganizationArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    after: AfterArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Account")]
pub(super) struct AccountArgs {
    #[command(flatten)]
    reach: ReachArgs,
    /// Judge the sample account that comes with the program
    #[arg(long, conflicts_with = "snapshot", conflicts_with_all = REACH)]
    demo: bool,
    /// Judge a saved snapshot, offline
    #[arg(long, value_name = "FILE", conflicts_with_all = REACH)]
    snapshot: Option<PathBuf>,
    /// Save what was read; compressed when the name ends in .zst
    #[arg(long, value_name = "FILE")]
    save_snapshot: Option<PathBuf>,
    /// Keep AWS's answers in a folder, named by their SHA-256
    #[arg(long, value_name = "DIR", conflicts_with_all = ["demo", "snapshot"])]
    evidence: Option<PathBuf>,
}

/// What is done with the result of a scan besides writing it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Result")]
struct AfterArgs {
    /// Import the findings into AWS Security Hub of the same account, with the same credentials; of an organization, those
    /// of the account from which the others are entered
    #[arg(long, conflicts_with_all = ["demo", "snapshot"])]
    security_hub: bool,
    /// Say what changed since an earlier report (JSON), or since an earlier snapshot, judged by the same rules
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Count only failures for --fail-on that the baseline does not have
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    new_only: Option<bool>,
}

impl AccountArgs {
    /// Chooses the source of the facts. The config file names the regions if no flag does.
    pub(super) fn source(&self, configured: &[RegionName]) -> Result<FactSource> {
        Ok(match &self.snapshot {
            Some(path) => FactSource::Snapshot(path.clone()),
            None if self.demo => FactSource::Demo,
            None => FactSource::Live(self.reach.live(configured)?),
        })
    }

    /// Names the places for what was read and for AWS's answers behind it.
    pub(super) fn keeps(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        (self.save_snapshot.clone(), self.evidence.clone())
    }
}

/// Scans, writes every report, and says how it ended.
pub(super) fn run(args: &ScanArgs, console: &Console) -> Result<ExitCode, CommandFailure> {
    let (report, outcome, reports, request) =
        judge(args, console).map_err(|error| CommandFailure { error, note: Some(NOTHING_JUDGED) })?;
    reports
        .write(&report, args.result.full, console)
        .map_err(|error| CommandFailure { error, note: Some(NOTHING_REPORTED) })?;
    if let (true, FactSource::Live(live)) = (args.after.security_hub, &request.source) {
        import::after_scan(&report, live, console)?;
    }
    Ok(outcome.into())
}

fn judge(args: &ScanArgs, console: &Console) -> Result<(Report, ScanOutcome, Reports, ScanRequest)> {
    let config = args.rules.config()?;
    let mut targets = formats::plan(&args.result.formats, args.result.output.as_deref())?;
    if let Some(version) = &args.result.ocsf_version {
        formats::follow_ocsf(&mut targets, version.parse()?)?;
    }
    args.organization.check()?;
    let fail_on = args.result.fail_on.or(config.fail_on).unwrap_or(FailOn::Low);
    let allow_incomplete = args.result.allow_incomplete.or(config.allow_incomplete).unwrap_or(false);
    let new_only = new_only(args, &config)?;
    let config_file = config.file().map(ToOwned::to_owned);
    let request = request(args, config)?;
    let mut paths = args.organization.paths(&request);
    config_file.into_iter().for_each(|path| paths.reads("the config file", path));
    formats::add(&targets, &mut paths);
    paths.check()?;
    if !args.organization.is_wanted() {
        check_kept(&args.account)?;
    }
    let reports = Reports::reserve(targets)?;
    let report = perform_many(&request, &args.organization, &ProgressLine::new(console))?;
    let outcome = ScanOutcome::of(&report, fail_on, new_only, allow_incomplete);
    Ok((report, outcome, reports, request))
}

/// Tells whether only new failures count: without a baseline that would be all of them, whatever was meant.
fn new_only(args: &ScanArgs, config: &Config) -> Result<bool> {
    let new_only = args.after.new_only.or(config.new_only).unwrap_or(false);
    if new_only && args.after.baseline.is_none() {
        return Err(Error::usage(
            "only new failures are to count, but there is nothing that they could be new against",
        )
        .help("name the earlier report with --baseline FILE, or count all failures with --new-only=false"));
    }
    Ok(new_only)
}

/// Merges the flags over the config file.
fn request(args: &ScanArgs, config: Config) -> Result<ScanRequest> {
    let source = args.account.source(&config.regions)?;
    Ok(ScanRequest {
        waivers: args.waivers.file(&config),
        baseline: args.after.baseline.clone(),
        save_snapshot: args.account.save_snapshot.clone(),
        evidence: args.account.evidence.clone(),
        ..judged_by(&args.rules, config, source)
    })
}

/// Makes the request that judges a source by the rules, the parameters and the scope of a config, and writes nothing
/// else.
fn judged_by(rules: &RuleArgs, config: Config, source: FactSource) -> ScanRequest {
    let (selection, rule_dirs) = (rules.selection(&config), rules.rule_dirs(&config));
    ScanRequest { selection, rule_dirs, ..config.into_request(source) }
}

/// Judges a snapshot or the sample account for another command.
///
/// # Errors
/// As [`run`], before anything is written.
pub(super) fn offline(rules: &RuleArgs, config: Config, source: FactSource, console: &Console) -> Result<Report> {
    let request = judged_by(rules, config.clone(), source);
    rules.prints(&config, request.paths())?;
    perform(&request, &ProgressLine::new(console))
}

/// The scan itself writes snapshot and evidence; that it can is made sure of here, before anything is read.
pub(super) fn check_kept(account: &AccountArgs) -> Result<()> {
    account.evidence.iter().try_for_each(|folder| file::check_folder(folder))?;
    account.save_snapshot.iter().try_for_each(|path| Reserved::check(path))
}

fn perform_many(request: &ScanRequest, organization: &OrganizationArgs, progress: &ProgressLine) -> Result<Report> {
    match &request.source {
        FactSource::Live(live) if organization.is_wanted() => {
            complete(organization.run(live.clone(), request.clone(), progress), true)
        }
        _ => perform(request, progress),
    }
}

/// Runs the scan.
pub(super) fn perform(request: &ScanRequest, progress: &ProgressLine) -> Result<Report> {
    complete(scan(request, progress), matches!(request.source, FactSource::Live(_)))
}

#[cfg(test)]
mod tests;
