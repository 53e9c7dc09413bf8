//! `safeguard diff`: what changed between two reports or snapshots.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::console::{CommandFailure, Console};
use super::exit::ScanOutcome;
use super::{RuleArgs, WaiverArgs, stdout};
use crate::Result;
use crate::model::Report;
use crate::output::{self, Format, Style};
use crate::scan::{self, FactSource, ScanRequest};

const NOTHING_COMPARED: &str = "nothing was compared: this run says nothing about what changed";

const EXAMPLES: &str = "\
Examples:
  safeguard diff last.json this.json
      What changed between two reports.
  safeguard diff last.ndjson.zst this.ndjson.zst
      What changed between two snapshots, both judged by today's rules.
  safeguard diff last.json this.json --format json > compared.json
      The later report with the history of each finding; it can be the earlier one next time.

Exit codes:
   0  no new failure, and nothing that is newly unknown
   1  the comparison could not be done: nothing is claimed
   2  a flag, the config file, a rule, a report or a snapshot is wrong
  10  new failures that no waiver covers
  11  something is newly unknown, and no failure is new";

/// Which two reports.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DiffArgs {
    /// The earlier report (JSON) or snapshot
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The later report (JSON) or snapshot
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// terminal, or a report format: the later report with its history
    #[arg(long, value_name = "FORMAT", default_value_t = Format::Terminal, value_parser = format)]
    format: Format,
    /// Cut nothing short in the terminal
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
}

fn format(text: &str) -> Result<Format, String> {
    text.parse::<Format>().map_err(|error| match error.help {
        Some(help) => format!("{}; {help}", error.message),
        None => error.message,
    })
}

/// Compares, writes, and says by the exit code whether something got worse.
pub(super) fn run(args: &DiffArgs, console: &Console) -> Result<ExitCode, CommandFailure> {
    let report = compare(args).map_err(|error| CommandFailure { error, note: Some(NOTHING_COMPARED) })?;
    let style = Style { width: console.width, color: console.color, full: args.full };
    let mut out = stdout::open();
    let written = match args.format {
        Format::Terminal => output::terminal::write_comparison(&report, &style, &mut out),
        format => output::write(&report, format, &style, &mut out),
    };
    written.and_then(|()| out.flush()).map_err(|error| stdout::failed(&error))?;
    Ok(ScanOutcome::of_comparison(&report).into())
}

fn compare(args: &DiffArgs) -> Result<Report> {
    let config = args.rules.config()?;
    let source = FactSource::Snapshot(args.new.clone());
    let (selection, rule_dirs) = (args.rules.selection(&config), args.rules.rule_dirs(&config));
    let waivers = args.waivers.file(&config);
    let config_file = config.file().map(ToOwned::to_owned);
    let request = ScanRequest { selection, rule_dirs, waivers, ..config.into_request(source) };
    let mut paths = request.paths();
    config_file.into_iter().for_each(|path| paths.reads("the config file", path));
    paths.reads("the earlier report", &args.old);
    paths.prints("the comparison");
    paths.check()?;
    scan::diff(&args.old, &args.new, &request)
}
