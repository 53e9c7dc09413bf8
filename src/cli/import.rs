//! `safeguard import`: brings a report that was written before to another system.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::console::{CommandFailure, Console};
use super::progress::ProgressLine;
use super::{reach, runtime, to_stdout};
use crate::config::RegionName;
use crate::deliver::security_hub::{self, Failed, ImportResult, ImportSettings, ImportStep, PlaceResult};
use crate::model::{AccountId, Region, Report};
use crate::output::text::{counted, escape, listed, number, shorten};
use crate::scan::paths::Paths;
use crate::scan::{Live, Regions, report_file};
use crate::{Error, Result};

/// The most refused findings that are named.
const NAMED: usize = 10;

const NOT_ALL: &str = "what is not listed as imported is not in Security Hub, or is there as it was before";

pub(super) const EXAMPLES: &str = "\
Examples:
  safeguard scan --format json=report.json
  safeguard import security-hub report.json
      Import what a scan has found, with the credentials of the same account.
  safeguard import security-hub organization.json --account 123456789012 --profile clinic
      Import the findings of one account, with credentials of that account.

Security Hub must be on in each region that the findings are about. The credentials need
securityhub:BatchImportFindings, securityhub:BatchUpdateFindings and securityhub:GetFindings;
a scan needs none of them. The exit code is 0 when everything was imported, otherwise 1.";

#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Bring the findings of a report to AWS Security Hub
    SecurityHub(SecurityHubArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SecurityHubArgs {
    /// What `scan --format json=FILE` wrote
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// The AWS profile whose credentials to use
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Assume this role first
    #[arg(long, value_name = "ARN", value_parser = reach::role_arn)]
    role_arn: Option<String>,
    /// The external id that the role asks for
    #[arg(long, value_name = "ID", requires = "role_arn")]
    external_id: Option<String>,
    /// Import only the findings of this account; without it, findings of accounts other than the credentials' are an error
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Give up on one try of a call to AWS after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3600))]
    timeout: u16,
}

/// What to import: the same flags wherever findings are imported.
#[derive(Debug, Clone, Default, Args)]
struct SettingsArgs {
    /// The region to which findings about global resources are imported [default: us-east-1 if it was read, otherwise the
    /// first region that was]
    #[arg(long, value_name = "REGION", value_parser = one_region)]
    home_region: Option<Region>,
    /// Leave out what passes or does not apply. What a baseline shows as resolved is imported still; without a baseline, a
    /// failure that has been fixed stays a failure in Security Hub
    #[arg(long)]
    skip_passes: bool,
}

fn one_region(text: &str) -> Result<Region, String> {
    match text.parse()? {
        RegionName::All => Err("name one region".to_owned()),
        RegionName::One(region) => Ok(region),
    }
}

/// Imports a report, and says what became of it.
pub(super) fn run(command: &ImportCommand, console: &Console) -> Result<ExitCode, CommandFailure> {
    let ImportCommand::SecurityHub(args) = command;
    let mut paths = Paths::default();
    paths.reads("the report", &args.report);
    paths.reads_settings_of_aws();
    paths.prints("what this command prints");
    paths.check()?;
    let report = report_file::open(&args.report)?;
    let live = Live {
        profile: args.profile.clone(),
        regions: Regions::Default,
        role_arn: args.role_arn.clone(),
        external_id: args.external_id.clone(),
        max_in_flight: 1,
        time_limit: None,
        call_timeout: Duration::from_secs(args.timeout.into()),
    };
    let settings = ImportSettings {
        home_region: args.settings.home_region.clone(),
        account: args.account,
        skip_passes: args.settings.skip_passes,
    };
    let result = import(&report, &live, &settings, console)?;
    to_stdout(|out| out.write_all(in_words(&result).as_bytes()).map_err(|error| super::stdout::failed(&error)))?;
    complete(&result)?;
    Ok(ExitCode::SUCCESS)
}

/// Imports a report at the end of a scan, with the scan's credentials, and notes the result. For an organization it
/// imports the findings of the account from which the others were entered: Security Hub takes the others' findings
/// only from them.
pub(super) fn after_scan(report: &Report, live: &Live, console: &Console) -> Result<(), CommandFailure> {
    let account = report.organization.as_ref().and_then(|organization| organization.home);
    let settings = ImportSettings { account, ..ImportSettings::default() };
    let result = import(report, live, &settings, console)?;
    console.note(in_words(&result).trim_end());
    if settings.account.is_some() {
        console.note(
            "the other accounts' findings are theirs to import: `safeguard import security-hub REPORT`, with credentials of each",
        );
    }
    complete(&result)
}

fn import(report: &Report, live: &Live, settings: &ImportSettings, console: &Console) -> Result<ImportResult> {
    let progress = ProgressLine::new(console);
    runtime::on_all_cores(security_hub::import(report, live, settings, &progress))
}

/// One line a region.
fn in_words(result: &ImportResult) -> String {
    let mut text = String::new();
    for PlaceResult { region, imported, suppressed, reopened, failed } in &result.places {
        let not_done: usize =
            failed.iter().filter(|failed| failed.step == ImportStep::Import).map(|failed| failed.count).sum();
        let _ = write!(
            text,
            "{} {}: {} imported",
            result.account,
            escape(region),
            counted(*imported, "finding", "findings")
        );
        for (count, words) in [
            (*suppressed, "suppressed by waivers"),
            (*reopened, "opened again because their waivers have ended"),
            (not_done, "not imported"),
        ] {
            if count > 0 {
                let _ = write!(text, ", {} {words}", number(count));
            }
        }
        text.push('\n');
    }
    if result.places.is_empty() {
        text.push_str("the report has no findings: nothing to import\n");
    }
    text
}

/// An error with the findings that are not where they should be.
fn complete(result: &ImportResult) -> Result<(), CommandFailure> {
    if result.is_complete() {
        return Ok(());
    }
    let failed: Vec<(&str, &Failed)> =
        result.places.iter().flat_map(|place| place.failed.iter().map(|failed| (&*place.region, failed))).collect();
    let mut message = String::from("not everything was imported into Security Hub:");
    for (region, failed) in failed.iter().take(NAMED) {
        let _ = write!(message, "\n  {region}: {}", failure_in_words(failed));
    }
    if failed.len() > NAMED {
        let _ = write!(message, "\n  and {} more", number(failed.len() - NAMED));
    }
    for (account, count) in &result.left_out {
        let _ = write!(message, "\n  {} of account {account} left out", counted(*count, "finding", "findings"));
    }
    let error = Error::failed(message).help(help(result));
    Err(CommandFailure { error, note: Some(NOT_ALL) })
}

fn failure_in_words(failed: &Failed) -> String {
    let what = match &failed.id {
        Some(id) => shorten(id, 80).into_owned(),
        None => counted(failed.count, "finding", "findings"),
    };
    let step = match failed.step {
        ImportStep::Import => "not imported",
        ImportStep::Suppress => "imported, but not suppressed as its waiver wants",
        ImportStep::Reopen => "still suppressed although its waiver has ended",
        ImportStep::LookForEndedWaivers => {
            "imported, but whether one is still suppressed by an ended waiver is not known"
        }
    };
    format!("{what} {step}: {}: {}", failed.code, failed.message)
}

fn help(result: &ImportResult) -> String {
    let failed = || result.places.iter().flat_map(|place| place.failed.iter().map(|failed| (&place.region, failed)));
    let off: Vec<&str> = failed()
        .filter(|(_, failed)| failed.code.starts_with("InvalidAccess"))
        .map(|(region, _)| region.as_str())
        .collect();
    if !off.is_empty() {
        return format!("turn Security Hub on in {}, then import again", listed(off, 5));
    }
    if failed().any(|(_, failed)| failed.code.starts_with("AccessDenied")) {
        return format!("the credentials need {}", listed(security_hub::IAM_ACTIONS, 5));
    }
    if failed().next().is_none() {
        return "import again with credentials of each of those accounts; --account says that one is enough".to_owned();
    }
    "import again: what is there already is only brought up to date".to_owned()
}

#[cfg(test)]
mod tests;
