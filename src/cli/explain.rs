//! `safeguard explain`: why a finding is what it is.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::console::{CommandFailure, Console};
use super::{RuleArgs, WaiverArgs, stdout};
use crate::Result;
use crate::model::Explanation;
use crate::output::{Style, explanation};
use crate::scan::{self, FactSource, FindingQuery, ScanRequest};

const EXAMPLES: &str = "\
Examples:
  safeguard explain s3-bucket-tls-only meridian-marketing-site --demo
      A finding of the sample account, by its rule and its resource.
  safeguard explain 3fa2b1c4 --snapshot account.ndjson.zst
      A finding by the beginning of its id, with the value of each part of the condition.
  safeguard explain 3fa2b1c4 --report report.json
      The same from a report, which holds the facts that were read but not all that the parts need.";

/// Which finding, and where it is.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainArgs {
    /// The finding's id or its beginning (6 characters or more), or a rule
    #[arg(value_name = "FINDING")]
    finding: String,
    /// With a rule: the id or ARN of the resource
    #[arg(value_name = "RESOURCE")]
    resource: Option<String>,
    /// The report (JSON) that the finding is in
    #[arg(long, value_name = "FILE", required_unless_present_any = ["snapshot", "demo"])]
    report: Option<PathBuf>,
    /// The snapshot that was judged, for the values of the condition's parts
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// Take the sample account that comes with the program
    #[arg(long, conflicts_with = "snapshot")]
    demo: bool,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "terminal", hide_possible_values = true)]
    format: ExplainFormat,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExplainFormat {
    Terminal,
    Json,
}

/// Explains one finding.
pub(super) fn run(args: &ExplainArgs, console: &Console) -> Result<ExitCode, CommandFailure> {
    let explained = explain(args)?;
    let style = Style { width: console.width, color: console.color, full: true };
    let mut out = stdout::open();
    let written = match args.format {
        ExplainFormat::Terminal => explanation::write(&explained, &style, &mut out),
        ExplainFormat::Json => explanation::write_json(&explained, &mut out),
    };
    written.and_then(|()| out.flush()).map_err(|error| stdout::failed(&error))?;
    Ok(ExitCode::SUCCESS)
}

fn explain(args: &ExplainArgs) -> Result<Explanation> {
    let config = args.rules.config()?;
    let facts = match &args.snapshot {
        Some(path) => Some(FactSource::Snapshot(path.clone())),
        None => args.demo.then_some(FactSource::Demo),
    };
    let source = facts.clone().unwrap_or(FactSource::Demo);
    let (selection, rule_dirs) = (args.rules.selection(&config), args.rules.rule_dirs(&config));
    let waivers = args.waivers.file(&config);
    let request = ScanRequest { selection, rule_dirs, waivers, ..config.clone().into_request(source) };
    let mut paths = request.paths();
    args.report.iter().for_each(|path| paths.reads("the report", path));
    args.rules.prints(&config, paths)?;
    let asked = FindingQuery { finding: args.finding.clone(), resource: args.resource.clone() };
    scan::explain(&asked, args.report.as_deref(), facts.as_ref(), &request)
}
