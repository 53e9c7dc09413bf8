//! The reports of a run: the flags that name them, their places, and `safeguard report`, which writes them once more.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::console::{CommandFailure, Console};
use super::exit::ScanOutcome;
use super::formats::{self, FormatArg, ReportTarget};
use super::stdout;
use crate::Result;
use crate::config::FailOn;
use crate::model::Report;
use crate::output::{self, Format, Style};
use crate::scan::file::Reserved;
use crate::scan::paths::Paths;
use crate::scan::report_file;

/// Which reports to write, and which exit code the result has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Result")]
pub(super) struct ResultArgs {
    /// A report to write, any number of times: terminal, json, ndjson, html, markdown, csv, sarif, junit, ocsf, ocsf-array,
    /// asff or oscal; one may go to stdout
    #[arg(long = "format", value_name = "FORMAT[=FILE]", value_parser = formats::parse)]
    pub formats: Vec<FormatArg>,
    /// The file of the report that names none; alone, its ending (.json, .ndjson, .html, .csv, .md, .xml, .sarif) chooses the format
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The version of OCSF that ocsf and ocsf-array follow: 1.5.0, 1.6.0 or 1.8.0 [default: 1.6.0]
    #[arg(long, value_name = "VERSION")]
    pub ocsf_version: Option<String>,
    /// Cut nothing short in the terminal report: every resource, with evidence, and every requirement
    #[arg(long)]
    pub full: bool,
    /// The mildest failure that makes the exit code 10 [default: low, which is every failure]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub fail_on: Option<FailOn>,
    /// Exit with 0 and not 11 when something could not be read and nothing else is wrong
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub allow_incomplete: Option<bool>,
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
pub(super) fn report(args: &ReportArgs, console: &Console) -> Result<ExitCode, CommandFailure> {
    let targets = formats::plan(&args.result.formats, args.result.output.as_deref())?;
    let mut paths = Paths::default();
    paths.reads("the report that is read", &args.file);
    formats::add(&targets, &mut paths);
    paths.check()?;
    let reports = Reports::reserve(targets)?;
    let report = report_file::open(&args.file)?;
    let fail_on = args.result.fail_on.unwrap_or(FailOn::Low);
    let outcome = ScanOutcome::of(&report, fail_on, false, args.result.allow_incomplete.unwrap_or(false));
    reports
        .write(&report, args.result.full, console)
        .map_err(|error| CommandFailure { error, note: Some("not every report was written") })?;
    Ok(outcome.into())
}

/// The places of the reports, reserved before the scan.
pub(super) struct Reports {
    stdout: Option<Format>,
    files: Vec<(Format, PathBuf, Reserved)>,
}

impl Reports {
    pub fn reserve(targets: Vec<ReportTarget>) -> Result<Self> {
        let mut reports = Self { stdout: None, files: Vec::new() };
        for target in targets {
            match target {
                ReportTarget::Stdout(format) => reports.stdout = Some(format),
                ReportTarget::File(format, path) => {
                    let reserved = Reserved::new(&path)?;
                    reports.files.push((format, path, reserved));
                }
            }
        }
        Ok(reports)
    }

    /// Writes all of them before it shows any, so that a full disk does not leave half a set.
    pub fn write(mut self, report: &Report, full: bool, console: &Console) -> Result<()> {
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

/// Makes the line that a run prints which writes only files.
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
