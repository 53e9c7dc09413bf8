//! The command line: flags in, reports and an exit code out.
//!
//! Nothing is built before the flags are parsed, so that `--version` and `--help` take milliseconds, and the runtime
//! that talks to AWS only exists for a scan that does. Results go to stdout and everything else to stderr, so that a
//! pipe never carries progress or errors.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::catalog::Catalog;
use crate::collect;
use crate::config::{self, Config};
use crate::engine::waivers::schema as waiver_schema;
use crate::rule::{RuleSet, Selection};
use crate::{Result, output, scan as scanning};

mod console;
pub mod coverage;
mod diff;
pub mod docs;
mod exit;
mod explain;
mod formats;
mod logging;
mod policy;
mod progress;
pub mod rules;
mod scan;
mod stdout;
mod waivers;

use console::{Console, Failure};

const EXAMPLES: &str = "\
Start here:
  safeguard scan --demo                     a full result on a sample account, without AWS
  safeguard scan --profile prod             the account and region of an AWS profile
  safeguard scan --region all               every region that is enabled for the account

Then:
  safeguard rules list                      what is looked at
  safeguard coverage                        which requirements that speaks for, and which not
  safeguard explain --help                  why a finding is what it is
  safeguard diff OLD NEW                    what changed between two reports
  safeguard policy explain --help           what a policy lets through, and why
  safeguard scan --help                     reports, thresholds, snapshots, exit codes";

/// Judge the state of an AWS account against the HIPAA Security Rule and SOC 2: what was seen, what it means, and what
/// could not be seen.
#[derive(Debug, Parser)]
#[command(name = "safeguard", version, after_help = EXAMPLES, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    console: ConsoleArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Messages")]
struct ConsoleArgs {
    /// When to use color: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t = Color::Auto,
        hide_possible_values = true,
        hide_default_value = true
    )]
    color: Color,
    /// No progress and no notes on stderr; errors stay
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Say on stderr what is being done: -v, -vv, -vvv; SAFEGUARD_LOG takes finer filters
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read an account, judge it, and report
    Scan(Box<scan::ScanArgs>),
    /// List, show, check and write rules
    Rules(RulesArgs),
    /// Which rules speak for which requirement, and which requirements nothing here can show
    Coverage(CoverageCommand),
    /// Say why a finding is what it is: its rule, the condition with the value of each part, the fix
    Explain(Box<explain::ExplainArgs>),
    /// Say what changed between two reports or snapshots
    Diff(Box<diff::DiffArgs>),
    /// Look after the file of accepted failures
    Waivers(waivers::WaiversArgs),
    /// Ask about one policy, without an account
    Policy {
        #[command(subcommand)]
        command: policy::PolicyCommand,
    },
    /// Write the generated documentation, or check that it is up to date
    #[command(hide = true)]
    Docs(docs::DocsArgs),
    /// Print the JSON Schema of a file that Safeguard reads or writes
    Schema {
        /// Which file
        #[arg(value_enum)]
        of: SchemaOf,
    },
}

#[derive(Debug, Args)]
struct RulesArgs {
    /// Add the rules of a folder
    #[arg(long = "rules", value_name = "DIR", global = true)]
    rule_dirs: Vec<PathBuf>,
    /// Read this config file instead of the safeguard.yaml in the working directory
    #[arg(long, value_name = "FILE", global = true, env = "SAFEGUARD_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: rules::RulesCommand,
}

#[derive(Debug, Args)]
struct CoverageCommand {
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    coverage: coverage::CoverageArgs,
}

/// Which rules: the same flags wherever rules are chosen.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Rules")]
struct RuleArgs {
    /// Add the rules of a folder
    #[arg(long = "rules", value_name = "DIR")]
    rule_dirs: Vec<PathBuf>,
    /// Only these: an id (s3-*), service:s3, framework:hipaa, severity:high, kind:AWS::S3::Bucket,
    /// requirement:164.312(e)(1)
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    select: Vec<String>,
    /// Not these; the same patterns
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    skip: Vec<String>,
    /// Read this config file instead of the safeguard.yaml in the working directory
    #[arg(long, value_name = "FILE", env = "SAFEGUARD_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
}

impl RuleArgs {
    fn config(&self) -> Result<Config> {
        Config::find(self.config.as_deref(), std::path::Path::new(""))
    }

    /// The file's selection, each half replaced by the flags' where they say something.
    fn selection(&self, config: &Config) -> Selection {
        let either = |flags: &[String], file: &[String]| if flags.is_empty() { file.to_vec() } else { flags.to_vec() };
        Selection { select: either(&self.select, &config.select), skip: either(&self.skip, &config.skip) }
    }

    /// The file's folders and the flags': one adds to the other.
    fn rule_dirs(&self, config: &Config) -> Vec<PathBuf> {
        config.rules_dirs.iter().chain(&self.rule_dirs).cloned().collect()
    }
}

/// Which failures are accepted: the same flag wherever findings are judged.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Waivers")]
struct WaiverArgs {
    /// The file of accepted failures [default: the config file's, or the waivers.yaml beside it]
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
}

impl WaiverArgs {
    fn file(&self, config: &Config) -> Option<PathBuf> {
        self.waivers.clone().or_else(|| config.waivers.clone())
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaOf {
    /// What `scan --format json` writes
    Report,
    /// safeguard.yaml
    Config,
    /// One line of what `scan --save-snapshot` writes
    Snapshot,
    /// waivers.yaml
    Waivers,
}

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout, mistakes to stderr; there is nowhere to report that neither can be written.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let console = Console::new(&cli.console);
    let result = logging::start(&cli.console).map_err(Failure::from).and_then(|()| run(&cli.command, &console));
    result.unwrap_or_else(|failure| console.fail(&failure))
}

fn run(command: &Command, console: &Console) -> Result<ExitCode, Failure> {
    match command {
        Command::Scan(args) => scan::run(args, console),
        Command::Rules(args) => to_stdout(|out| list_rules(args, out)),
        Command::Coverage(args) => to_stdout(|out| show_coverage(args, console, out)),
        Command::Explain(args) => explain::run(args, console),
        Command::Diff(args) => diff::run(args, console),
        Command::Waivers(args) => to_stdout(|out| waivers::run(args, out)),
        Command::Policy { command } => policy::run(command, console),
        Command::Docs(args) => to_stdout(|out| write_docs(args, out)),
        Command::Schema { of } => to_stdout(|out| print_schema(*of, out)),
    }
}

fn list_rules(args: &RulesArgs, out: &mut dyn Write) -> Result<()> {
    let shared = RuleArgs { rule_dirs: args.rule_dirs.clone(), config: args.config.clone(), ..RuleArgs::default() };
    let config = shared.config()?;
    rules::run(&args.command, &shared.rule_dirs(&config), out)
}

fn show_coverage(args: &CoverageCommand, console: &Console, out: &mut dyn Write) -> Result<()> {
    let config = args.rules.config()?;
    let (kinds, catalog) = (scanning::kinds(), Catalog::builtin()?);
    let dirs = args.rules.rule_dirs(&config);
    let rules =
        scanning::load_rules(&kinds, &catalog, &dirs, &config.params)?.select(&args.rules.selection(&config))?;
    coverage::run(&args.coverage, &catalog, &rules, out, console.width)
}

fn write_docs(args: &docs::DocsArgs, out: &mut dyn Write) -> Result<()> {
    let (kinds, catalog) = (scanning::kinds(), Catalog::builtin()?);
    let rules = RuleSet::builtin(&kinds, &catalog)?;
    let documented = docs::Documented {
        catalog: &catalog,
        kinds: &kinds,
        rules: rules.iter().map(docs::RuleEntry::from).collect(),
        operations: collect::operations().into_iter().map(docs::OperationEntry::from).collect(),
        report_schema: output::report_schema(),
        config_schema: config::schema(),
        waiver_schema: waiver_schema(),
    };
    docs::run(args, &documented, out)
}

fn print_schema(of: SchemaOf, out: &mut dyn Write) -> Result<()> {
    let schema = match of {
        SchemaOf::Report => output::report_schema(),
        SchemaOf::Config => config::schema(),
        SchemaOf::Snapshot => scanning::snapshot_file::line_schema(),
        SchemaOf::Waivers => waiver_schema(),
    };
    writeln!(out, "{schema:#}").map_err(|error| stdout::failed(&error))
}

/// Gives a command stdout, buffered; a reader that goes away early, as `head` does, is no error.
fn to_stdout(command: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<ExitCode, Failure> {
    let mut out = stdout::open();
    command(&mut out)?;
    out.flush().map_err(|error| stdout::failed(&error))?;
    Ok(ExitCode::SUCCESS)
}

/// Whether a stream that is being written to is a terminal that should be given colors.
fn wants_color(color: Color, stream: &impl anstream::stream::RawStream) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}

/// The width to write for: the terminal's, within what can be read, or a fixed one for files and pipes.
fn width() -> usize {
    match terminal_size::terminal_size_of(io::stdout()) {
        Some((terminal_size::Width(columns), _)) => usize::from(columns).clamp(40, 160),
        None => 100,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_flags_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
