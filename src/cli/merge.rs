//! `safeguard merge`: reports in, one report out.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::console::{CommandFailure, Console};
use super::stdout;
use crate::output::text::counted;
use crate::scan::file::Reserved;
use crate::scan::merge::{AccountListing, merge};
use crate::scan::paths::Paths;
use crate::{Error, Result};

const EXAMPLES: &str = "\
Examples:
  safeguard merge accounts/*.json --output organization.json
      One report of the reports of many accounts.
  safeguard merge us.json eu.json | jq .summary
      Of two parts of one account; what both read counts once.
  safeguard merge accounts/ --output all.json
  safeguard report all.json --fail-on high
      Read the whole at the terminal, and end as a scan of it would.
  safeguard diff last.json all.json --format json > compared.json
      What changed in the whole since the last time.

The same reports give the same bytes, in whatever order they are named. It ends with 0 when the report was written, whatever
the report says: `safeguard report` ends as a scan does.";

/// Which reports, and where the result goes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MergeArgs {
    /// JSON reports (`scan --format json`), or folders of them
    #[arg(value_name = "REPORT", required = true)]
    reports: Vec<PathBuf>,
    /// The file of the merged report; standard output without it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &MergeArgs, console: &Console) -> Result<ExitCode, CommandFailure> {
    let reports = files(&args.reports)?;
    let mut paths = Paths::default();
    reports.iter().for_each(|report| paths.reads("one of the reports", report));
    match &args.output {
        Some(path) => paths.writes("the merged report", path),
        None => paths.prints("the merged report"),
    }
    paths.check()?;
    match &args.output {
        Some(path) => {
            let mut reserved = Reserved::new(path)?;
            let mut merged = Ok(());
            reserved.fill(|out| {
                merged = merge(&reports, AccountListing::default(), out);
                Ok(())
            })?;
            merged?;
            reserved.publish()?;
            console.note(&format!("{} merged into {}", counted(reports.len(), "report", "reports"), path.display()));
        }
        None => {
            let mut out = stdout::open();
            merge(&reports, AccountListing::default(), &mut out)?;
            out.flush().map_err(|error| stdout::failed(&error))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The files, and the reports in the folders: files that end in `.json`, but for those that a run keeps for itself.
fn files(places: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for place in places {
        if !place.is_dir() {
            files.push(place.clone());
            continue;
        }
        let entries = std::fs::read_dir(place).map_err(|error| {
            Error::usage(format!("cannot list the folder {}: {}", place.display(), crate::error::unreadable(&error)))
        })?;
        let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let is_report = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.ends_with(".json") && !["run.json", "report.json"].contains(&name)
        };
        let before = files.len();
        files.extend(paths.filter(is_report));
        if files.len() == before {
            return Err(Error::usage(format!("there is no report in the folder {}", place.display()))
                .help("name files, or a folder with files that end in .json"));
        }
    }
    Ok(files)
}
