//! `safeguard scan`: flags and config file in, reports and an exit code out.

use std::future::Future;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::console::{Console, Failure};
use super::exit::Outcome;
use super::formats::{self, FormatArg, Target};
use super::import;
use super::interrupt;
use super::organization::OrganizationArgs;
use super::progress::Line;
use super::stdout;
use super::{RuleArgs, WaiverArgs};
use crate::config::{self, Config, FailOn, RegionName};
use crate::model::Report;
use crate::output::{self, Format, Style};
use crate::scan::file::{self, Reserved};
use crate::scan::paths::Paths;
use crate::scan::{Live, ScanRequest, Source, report_file, scan};
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

/// How to reach an account: the same flags for a scan and for its preflight.
#[derive(Debug, Args)]
#[command(next_help_heading = "Account")]
pub(super) struct ReachArgs {
    /// The AWS profile whose credentials and region to use
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A region to read, any number of times, or `all` for every region enabled for the account
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    regions: Vec<RegionName>,
    /// Assume this role before reading
    #[arg(long, value_name = "ARN", value_parser = role_arn)]
    role_arn: Option<String>,
    /// The external id that the role asks for
    #[arg(long, value_name = "ID", requires = "role_arn")]
    external_id: Option<String>,
    /// The most calls to AWS at one time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    max_in_flight: u16,
    /// Give up on one try of a call to AWS after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3600))]
    timeout: u16,
    /// Stop reading after so many seconds; what was not read by then is reported as not read
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    max_duration: Option<u32>,
}

/// The flags that say how to reach an account: nothing of it is asked where another source is judged.
const REACH: [&str; 4] = ["profile", "regions", "role_arn", "external_id"];

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

#[derive(Debug, Args)]
#[command(next_help_heading = "Result")]
struct ResultArgs {
    /// A report to write, any number of times: terminal, json, ndjson, html, markdown, csv, sarif, junit, ocsf, ocsf-array,
    /// asff or oscal; one may go to stdout
    #[arg(long = "format", value_name = "FORMAT[=FILE]", value_parser = formats::parse)]
    formats: Vec<FormatArg>,
    /// The file of the report that names none; alone, its ending (.json, .ndjson, .html, .csv, .md, .xml, .sarif) chooses the format
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The version of OCSF that ocsf and ocsf-array follow: 1.5.0, 1.6.0 or 1.8.0 [default: 1.6.0]
    #[arg(long, value_name = "VERSION")]
    ocsf_version: Option<String>,
    /// Cut nothing short in the terminal report: every resource, with evidence, and every requirement
    #[arg(long)]
    full: bool,
    /// The mildest failure that makes the exit code 10 [default: low, which is every failure]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    fail_on: Option<FailOn>,
    /// Exit with 0 and not 11 when something could not be read and nothing else is wrong
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    allow_incomplete: Option<bool>,
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
    /// Where the facts come from; the config file names regions for when no flag does.
    pub(super) fn source(&self, configured: &[RegionName]) -> Result<Source> {
        Ok(match &self.snapshot {
            Some(path) => Source::Snapshot(path.clone()),
            None if self.demo => Source::Demo,
            None => Source::Live(self.reach.live(configured)?),
        })
    }

    /// Where to save what was read, and AWS's answers behind it.
    pub(super) fn keeps(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        (self.save_snapshot.clone(), self.evidence.clone())
    }
}

pub(super) fn role_arn(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let is_account = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts[..] {
        ["arn", partition, "iam", "", account, resource]
            if partition.starts_with("aws")
                && is_account(account)
                && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("write arn:aws:iam::ACCOUNT:role/NAME, with an account id of twelve digits".to_owned()),
    }
}

/// Scans, writes every report, and says how it ended.
pub(super) fn run(args: &ScanArgs, console: &Console) -> Result<ExitCode, Failure> {
    let (report, outcome, reports, request) =
        judge(args, console).map_err(|error| Failure { error, note: Some(NOTHING_JUDGED) })?;
    reports
        .write(&report, args.result.full, console)
        .map_err(|error| Failure { error, note: Some(NOTHING_REPORTED) })?;
    if let (true, Source::Live(live)) = (args.after.security_hub, &request.source) {
        import::after_scan(&report, live, console)?;
    }
    Ok(outcome.into())
}

/// A report that is there already, and where it goes now.
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub(super) struct ReportArgs {
    /// The report, as `--format json` wrote it
    #[arg(value_name = "REPORT")]
    file: PathBuf,
    #[command(flatten)]
    result: ResultArgs,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  safeguard report report.json
      Read it at the terminal.
  safeguard report report.json --format ndjson=findings.ndjson
      Hand its findings on, one a line.

Exit codes are those of `safeguard scan`: 10 for failures at or above --fail-on, 11 for an incomplete scan.";

/// Writes a report in other formats, and ends as the scan would have that made it.
pub(super) fn report(args: &ReportArgs, console: &Console) -> Result<ExitCode, Failure> {
    let targets = formats::plan(&args.result.formats, args.result.output.as_deref())?;
    let mut paths = Paths::default();
    paths.reads("the report that is read", &args.file);
    formats::add(&targets, &mut paths);
    paths.check()?;
    let reports = Reports::reserve(targets)?;
    let report = report_file::open(&args.file)?;
    let fail_on = args.result.fail_on.unwrap_or(FailOn::Low);
    let outcome = Outcome::of(&report, fail_on, false, args.result.allow_incomplete.unwrap_or(false));
    reports
        .write(&report, args.result.full, console)
        .map_err(|error| Failure { error, note: Some("not every report was written") })?;
    Ok(outcome.into())
}

fn judge(args: &ScanArgs, console: &Console) -> Result<(Report, Outcome, Reports, ScanRequest)> {
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
    let report = perform_many(&request, &args.organization, &Line::new(console))?;
    let outcome = Outcome::of(&report, fail_on, new_only, allow_incomplete);
    Ok((report, outcome, reports, request))
}

/// Whether only new failures count: without a baseline that would be all of them, whatever was meant.
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

/// How the rules, the parameters and the scope of a config judge a source, with nothing else to write.
fn judged_by(rules: &RuleArgs, config: Config, source: Source) -> ScanRequest {
    let (selection, rule_dirs) = (rules.selection(&config), rules.rule_dirs(&config));
    ScanRequest { selection, rule_dirs, ..config.into_request(source) }
}

/// Judges a snapshot or the sample account for another command.
///
/// # Errors
/// As [`run`], before anything is written.
pub(super) fn offline(rules: &RuleArgs, config: Config, source: Source, console: &Console) -> Result<Report> {
    let request = judged_by(rules, config.clone(), source);
    rules.prints(&config, request.paths())?;
    perform(&request, &Line::new(console))
}

impl ReachArgs {
    /// How to reach the account; `configured` are the config file's regions.
    pub(super) fn live(&self, configured: &[RegionName]) -> Result<Live> {
        Ok(Live {
            profile: self.profile.clone(),
            regions: config::regions(if self.regions.is_empty() { configured } else { &self.regions })?,
            role_arn: self.role_arn.clone(),
            external_id: self.external_id.clone(),
            max_in_flight: usize::from(self.max_in_flight),
            call_timeout: Duration::from_secs(u64::from(self.timeout)),
            time_limit: self.max_duration.map(|seconds| Duration::from_secs(u64::from(seconds))),
        })
    }
}

/// The scan itself writes snapshot and evidence; that it can is made sure of here, before anything is read.
pub(super) fn check_kept(account: &AccountArgs) -> Result<()> {
    account.evidence.iter().try_for_each(|folder| file::check_folder(folder))?;
    account.save_snapshot.iter().try_for_each(|path| Reserved::check(path))
}

fn perform_many(request: &ScanRequest, organization: &OrganizationArgs, progress: &Line) -> Result<Report> {
    match &request.source {
        Source::Live(live) if organization.is_wanted() => {
            complete(organization.run(live.clone(), request.clone(), progress), true)
        }
        _ => perform(request, progress),
    }
}

/// Runs the scan.
pub(super) fn perform(request: &ScanRequest, progress: &Line) -> Result<Report> {
    complete(scan(request, progress), matches!(request.source, Source::Live(_)))
}

/// Runs work that talks to AWS.
pub(super) fn on_all_cores<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    complete(work, true)
}

/// Runs to its end: on all cores and interruptible what talks to AWS, in this thread what only reads a file.
pub(super) fn complete<T>(work: impl Future<Output = Result<T>>, is_live: bool) -> Result<T> {
    let mut builder = if is_live {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    if is_live {
        builder.enable_all();
    }
    let runtime = builder.build().map_err(|error| Error::failed(format!("cannot start threads: {error}")))?;
    if is_live { runtime.block_on(interrupt::unless_ended(work)) } else { runtime.block_on(work) }
}

/// The places of the reports, reserved before the scan.
struct Reports {
    stdout: Option<Format>,
    files: Vec<(Format, PathBuf, Reserved)>,
}

impl Reports {
    fn reserve(targets: Vec<Target>) -> Result<Self> {
        let mut reports = Self { stdout: None, files: Vec::new() };
        for target in targets {
            match target {
                Target::Stdout(format) => reports.stdout = Some(format),
                Target::File(format, path) => {
                    let reserved = Reserved::new(&path)?;
                    reports.files.push((format, path, reserved));
                }
            }
        }
        Ok(reports)
    }

    /// Writes all of them before it shows any, so that a full disk does not leave half a set.
    fn write(mut self, report: &Report, full: bool, console: &Console) -> Result<()> {
        let in_files = Style { width: 100, color: console.color_files, full };
        for (format, _, reserved) in &mut self.files {
            reserved.fill(|out| output::write(report, *format, &in_files, out))?;
        }
        let mut written = Vec::new();
        for (_, path, reserved) in self.files {
            reserved.publish()?;
            written.push(path);
        }
        match self.stdout {
            Some(format) => to_stdout(report, format, full, console),
            None => {
                console.note(&closing_line(report, &written));
                Ok(())
            }
        }
    }
}

fn to_stdout(report: &Report, format: Format, full: bool, console: &Console) -> Result<()> {
    let style = Style { width: console.width, color: console.color, full };
    let mut out = stdout::open();
    output::write(report, format, &style, &mut out).and_then(|()| out.flush()).map_err(|error| stdout::failed(&error))
}

/// What a run that writes only files still says.
fn closing_line(report: &Report, written: &[PathBuf]) -> String {
    let counts = report.summary;
    let complete = if report.is_incomplete() { "INCOMPLETE" } else { "complete" };
    let waived = if counts.waived == 0 { String::new() } else { format!(" ({} waived)", counts.waived) };
    let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    format!(
        "the scan is {complete}: {} fail{waived}, {} unknown, {} pass, {} not applicable; written to {}",
        counts.fail,
        counts.unknown,
        counts.pass,
        counts.not_applicable,
        names.join(", ")
    )
}

#[cfg(test)]
mod tests;
