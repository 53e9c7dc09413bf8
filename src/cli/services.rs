//! `safeguard services`: which services are in use, who saw them, and whether the Business Associate Addendum covers
//! them.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::console::{CommandFailure, Console};
use super::exit::ScanOutcome;
use super::progress::ProgressLine;
use super::scan::{self, AccountArgs};
use super::stdout;
use crate::model::{SERVICE, Services};
use crate::output::{self, Style};
use crate::rule::Selection;
use crate::scan::ScanRequest;
use crate::{Error, Result};

const NOTHING_SAID: &str = "nothing was found out: this run says nothing about the services in use";

const EXAMPLES: &str = "\
Examples:
  safeguard services --demo
      See the table for a sample account, without AWS.
  safeguard services --profile prod --region all
      Read every region of an account.
  safeguard services --snapshot today.ndjson.zst --format json
      Look at a saved snapshot again, offline.

Exit codes:
   0  every witness saw all that it can see
   1  it could not be done: nothing is claimed
   2  a flag, the config file or a snapshot is wrong
  11  a witness is missing or was cut short, so a service that is not in the table may be in use
      (0 with --allow-incomplete)

Whether a service that is not covered is a failure depends on whether the account holds PHI: `safeguard scan` judges that.";

/// What to read, and how to show it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ServicesArgs {
    #[command(flatten)]
    account: AccountArgs,
    /// Read this config file instead of the safeguard.yaml in the working directory
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The table for people, or everything as JSON
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = TableFormat::Terminal)]
    format: TableFormat,
    /// Exit with 0 and not 11 when a witness is missing or was cut short
    #[arg(long)]
    allow_incomplete: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TableFormat {
    Terminal,
    Json,
}

/// Reads, looks up and prints.
pub(super) fn run(args: &ServicesArgs, console: &Console) -> Result<ExitCode, CommandFailure> {
    let (services, warnings) =
        find(args, console).map_err(|error| CommandFailure { error, note: Some(NOTHING_SAID) })?;
    let mut out = stdout::open();
    let style = Style { width: console.width, color: console.color, full: true };
    let written = match args.format {
        TableFormat::Terminal => output::terminal::services::write_table(&services, &warnings, &style, &mut out),
        TableFormat::Json => output::json::write_value(&services, &mut out),
    };
    written.and_then(|()| out.flush()).map_err(|error| stdout::failed(&error))?;
    let is_complete = services.witnesses.iter().all(|witness| witness.is_complete);
    Ok(if is_complete || args.allow_incomplete { ExitCode::SUCCESS } else { ScanOutcome::Incomplete.into() })
}

fn find(args: &ServicesArgs, console: &Console) -> Result<(Services, Vec<String>)> {
    let config = super::find_config(args.config.as_deref())?;
    let config_file = config.file().map(ToOwned::to_owned);
    let (save_snapshot, evidence) = args.account.keeps();
    let source = args.account.source(&config.regions)?;
    let mut request = ScanRequest {
        selection: Selection { select: vec![format!("kind:{SERVICE}")], skip: Vec::new() },
        rule_dirs: Vec::new(),
        params: Default::default(),
        save_snapshot,
        evidence,
        ..config.into_request(source)
    };
    request.services.list_every_kind = true;
    let mut paths = request.paths();
    config_file.into_iter().for_each(|path| paths.reads("the config file", path));
    paths.prints("the list of services");
    paths.check()?;
    scan::check_kept(&args.account)?;
    let report = scan::perform(&request, &ProgressLine::new(console))?;
    // This command leaves out everything that concerns the rules.
    let (services, age) = match report.services {
        Some(services) => (services, report.warnings),
        None => return Err(Error::failed("no rule asks which services are in use; this is a bug")),
    };
    Ok((services, age.into_iter().filter(|warning| !warning.starts_with("the PHI scope")).collect()))
}
