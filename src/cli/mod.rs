//! The command line: flags in, reports and an exit code out.
//!
//! Nothing is built before the flags are parsed, so that `--version` and `--help` take milliseconds, and the runtime
//! that talks to AWS only exists for a scan that does. Results go to stdout and everything else to stderr, so that a
//! pipe never carries progress or errors.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::catalog::Catalog;
use crate::collect;
use crate::config;
use crate::engine::waivers::schema as waiver_schema;
use crate::error::Fault;
use crate::register;
use crate::rule::RuleSet;
use crate::scan::PhiScope;
use crate::scan::paths::Paths;
use crate::scan::permissions::Permissions;
use crate::{Result, output, scan as scanning};

mod attest;
mod completions;
mod console;
pub mod coverage;
mod diff;
pub mod docs;
mod environment;
#[cfg(test)]
mod examples;
mod exit;
mod explain;
mod flags;
mod formats;
mod generated;
mod import;
mod interrupt;
mod kinds;
mod logging;
mod man;
mod markdown;
mod merge;
mod organization;
mod permissions;
mod policy;
mod preflight;
mod progress;
mod reach;
mod reports;
pub mod rules;
mod runtime;
mod scan;
mod services;
mod stdout;
#[cfg(test)]
mod tests;
mod waivers;

use console::{CommandFailure, Console};
use flags::{RuleArgs, WaiverArgs, find_config};
use rules::pages::RulePages;

const EXAMPLES: &str = "\
Start here:
  safeguard scan --demo                     a full result on a sample account, without AWS
  safeguard scan --profile prod             the account and region of an AWS profile
  safeguard scan --region all               every region that is enabled for the account

Then:
  safeguard rules list                      what is looked at
  safeguard kinds list                      what is read
  safeguard coverage                        which requirements that speaks for, and which not
  safeguard permissions                     the IAM policy that a scan needs
  safeguard preflight --profile prod        what these credentials would leave unknown
  safeguard services --help                 which services are in use, and which of them may hold PHI
  safeguard attest new                      write down what no API shows, for people to fill in
  safeguard explain --help                  why a finding is what it is
  safeguard diff OLD NEW                    what changed between two reports
  safeguard policy explain --help           what a policy lets through, and why
  safeguard scan --help                     reports, thresholds, snapshots, exit codes";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  safeguard schema report > report.schema.json
      What `scan --format json` writes.
  safeguard schema config > safeguard.schema.json
      The config file; an editor checks safeguard.yaml against it.";

/// Judge the state of an AWS account against the HIPAA Security Rule and SOC 2: what was seen, what it means, and what
/// could not be seen.
#[derive(Debug, Parser)]
#[command(name = "safeguard", version, after_help = EXAMPLES, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Add the kinds of a folder: services that this build does not read
    #[arg(long = "kinds", value_name = "DIR", global = true, help_heading = "Kinds")]
    kind_dirs: Vec<PathBuf>,
    #[command(flatten)]
    console: ConsoleArgs,
}

#[derive(Debug, Default, Args)]
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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read an account, judge it, and report
    Scan(Box<scan::ScanArgs>),
    /// List, show, check and write rules
    #[command(after_help = rules::EXAMPLES)]
    Rules(RulesArgs),
    /// List, show, check and write kinds: what is read of which service
    #[command(after_help = kinds::EXAMPLES)]
    Kinds {
        #[command(subcommand)]
        command: kinds::KindsCommand,
    },
    /// The requirement table: what is proven, what is attested, what is open
    Coverage(Box<CoverageCommand>),
    /// Which services are in use, and which of them a Business Associate Addendum covers
    Services(Box<services::ServicesArgs>),
    /// Write down what no API shows, and judge it alone
    #[command(after_help = attest::EXAMPLES)]
    Attest {
        #[command(subcommand)]
        command: attest::AttestCommand,
    },
    /// Make one report of many: of several accounts, or of the parts of one
    Merge(merge::MergeArgs),
    /// Write a JSON report in other formats
    Report(Box<reports::ReportArgs>),
    /// Say why a finding is what it is: its rule, the condition with the value of each part, the fix
    Explain(Box<explain::ExplainArgs>),
    /// Say what changed between two reports or snapshots
    Diff(Box<diff::DiffArgs>),
    /// Look after the file of accepted failures
    #[command(after_help = waivers::EXAMPLES)]
    Waivers(waivers::WaiversArgs),
    /// Ask about one policy, without an account
    #[command(after_help = policy::PARENT_EXAMPLES)]
    Policy {
        #[command(subcommand)]
        command: Box<policy::PolicyCommand>,
    },
    /// Bring a report that was written before to another system
    #[command(after_help = import::EXAMPLES)]
    Import {
        #[command(subcommand)]
        command: import::ImportCommand,
    },
    /// Print the IAM policy that the selected rules need
    Permissions(permissions::PermissionsArgs),
    /// Say before a scan which rules the credentials leave undecided, and which permission would decide them
    Preflight(Box<preflight::PreflightArgs>),
    /// Write the generated documentation, or check that it is up to date
    #[command(hide = true)]
    Docs(docs::DocsArgs),
    /// Print the JSON Schema of a file that Safeguard reads or writes
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema {
        /// Which file
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Print a script that completes commands, flags and rule ids in a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page of a command, or write all pages into a folder
    Man(man::ManArgs),
}

#[derive(Debug, Args)]
struct RulesArgs {
    /// Add the rules of a folder
    #[arg(long = "rules", value_name = "DIR", global = true)]
    rule_dirs: Vec<PathBuf>,
    /// Read this config file instead of the safeguard.yaml in the working directory
    #[arg(long, value_name = "FILE", global = true)]
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

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaOf {
    /// What `scan --format json` writes
    Report,
    /// safeguard.yaml
    Config,
    /// One line of what `scan --save-snapshot` writes
    Snapshot,
    /// attestations.yaml
    Attestations,
    /// vendors.yaml
    Vendors,
    /// waivers.yaml
    Waivers,
}

/// The command line with everything that its help says.
fn described() -> clap::Command {
    environment::described(Cli::command())
}

/// Runs the program on the process's arguments and `SAFEGUARD_*` variables.
pub fn main() -> ExitCode {
    let root = described();
    let argv: Vec<OsString> = std::env::args_os().collect();
    let filled = match environment::fill(&Cli::command(), argv, |name| std::env::var_os(name)) {
        Ok(filled) => filled,
        Err(error) => return Console::new(&ConsoleArgs::default()).fail(&error.into()),
    };
    let cli = match root.clone().try_get_matches_from(&filled.argv).and_then(|it| Cli::from_arg_matches(&it)) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &filled),
    };
    let console = Console::new(&cli.console);
    for line in environment::unread(&root, std::env::vars_os().map(|(name, _)| name)) {
        console.note(&line);
    }
    interrupt::watch();
    let started = logging::start(&cli.console).and_then(|()| scanning::use_kinds(&cli.kind_dirs));
    let result = started.map_err(CommandFailure::from).and_then(|()| run(&cli.command, &console));
    result.unwrap_or_else(|failure| {
        let code = console.fail(&failure);
        if failure.error.fault == Fault::Usage && !filled.from.is_empty() {
            let set: Vec<&str> = filled.from.iter().map(|(_, variable)| variable.as_str()).collect();
            console.note(&format!("these environment variables are in force: {}", set.join(", ")));
        }
        code
    })
}

/// Help and version go to stdout, mistakes to stderr; there is nowhere to report that neither can be written.
fn refuse(error: &clap::Error, filled: &environment::FilledCommand) -> ExitCode {
    match error.use_stderr() {
        true => {
            let text = words_of_flags(&error.render().ansi().to_string());
            let _ = anstream::stderr().write_all(text.as_bytes());
        }
        false => _ = error.print(),
    }
    let console = Console::new(&ConsoleArgs::default());
    environment::blamed(error, &filled.from).iter().for_each(|line| console.note(line));
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Puts the library's messages about the values of flags into the words of people who write them.
fn words_of_flags(text: &str) -> String {
    let words = [
        ("invalid digit found in string", "it is no whole number"),
        ("cannot parse integer from empty string", "it is no whole number"),
        ("number too large to fit in target type", "it is too large"),
        ("number too small to fit in target type", "it is too small"),
        ("value was not a boolean", "write true or false"),
    ];
    let text = words.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours));
    // 0 is not in 1..=3600
    let lines = text.split('\n').map(|line| match line.split_once(" is not in ") {
        Some((before, range)) if range.contains("..=") => {
            format!("{before} is not in the range from {}", range.replacen("..=", " to ", 1))
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn run(command: &Command, console: &Console) -> Result<ExitCode, CommandFailure> {
    match command {
        Command::Scan(args) => scan::run(args, console),
        Command::Rules(args) => to_stdout(|out| list_rules(args, out)),
        Command::Kinds { command } => to_stdout(|out| kinds::run(command, out)),
        Command::Coverage(args) => to_stdout(|out| show_coverage(args, console, out)),
        Command::Services(args) => services::run(args, console),
        Command::Attest { command } => attest::run(command, console),
        Command::Merge(args) => merge::run(args, console),
        Command::Report(args) => reports::report(args, console),
        Command::Explain(args) => explain::run(args, console),
        Command::Diff(args) => diff::run(args, console),
        Command::Waivers(args) => to_stdout(|out| waivers::run(args, out)),
        Command::Policy { command } => policy::run(command, console),
        Command::Import { command } => import::run(command, console),
        Command::Permissions(args) => to_stdout(|out| permissions::run(args, console, out)),
        Command::Preflight(args) => preflight::run(args, console),
        Command::Docs(args) => to_stdout(|out| write_docs(args, out)),
        Command::Schema { of } => to_stdout(|out| print_schema(*of, out)),
        Command::Completions(args) => to_stdout(|out| complete(args, out)),
        Command::Man(args) => to_stdout(|out| man::run(args, described(), out)),
    }
}

fn list_rules(args: &RulesArgs, out: &mut dyn Write) -> Result<()> {
    let shared = RuleArgs { rule_dirs: args.rule_dirs.clone(), config: args.config.clone(), ..RuleArgs::default() };
    let config = shared.config()?;
    shared.prints(&config, rules::paths(&args.command))?;
    rules::run(&args.command, &shared.rule_dirs(&config), out)
}

fn show_coverage(args: &CoverageCommand, console: &Console, out: &mut dyn Write) -> Result<()> {
    let coverage = &args.coverage;
    coverage.check()?;
    let style = output::Style { width: console.width, color: console.color, full: coverage.full };
    let config = args.rules.config()?;
    let source = match &coverage.source {
        coverage::SourceArgs { report: Some(path), .. } => {
            let mut paths = Paths::default();
            paths.reads("the report", path);
            args.rules.prints(&config, paths)?;
            return coverage::of_report(coverage, &scanning::report_file::open(path)?, out, &style);
        }
        coverage::SourceArgs { snapshot: Some(path), .. } => scanning::FactSource::Snapshot(path.clone()),
        coverage::SourceArgs { demo: true, .. } => scanning::FactSource::Demo,
        _ => {
            args.rules.prints(&config, Paths::default())?;
            let (kinds, catalog) = (scanning::kinds(), Catalog::builtin()?);
            let dirs = args.rules.rule_dirs(&config);
            let rules = scanning::load_rules(&kinds, &catalog, &dirs, &config.params)?;
            let rules = scanning::rule_infos(&rules.select(&args.rules.selection(&config))?);
            return coverage::without_account(
                coverage,
                &catalog,
                &rules,
                (&config.soc2_categories, &config.entity.roles),
                out,
                &style,
            );
        }
    };
    let report = scan::offline(&args.rules, config, source, console)?;
    coverage::of_report(coverage, &report, out, &style)
}

fn write_docs(args: &docs::DocsArgs, out: &mut dyn Write) -> Result<()> {
    let (kinds, catalog) = (scanning::kinds(), Catalog::builtin()?);
    let rules = RuleSet::builtin(&kinds, &catalog)?;
    // A scope by tags, and every region: whatever a scan with the built-in rules may call.
    let phi_scope = PhiScope { tags: [(String::new(), Vec::new())].into(), ..PhiScope::default() };
    let permissions = Permissions { rules: &rules, kinds: &kinds, phi_scope: &phi_scope, all_regions: true };
    let pages = RulePages {
        rules: rules.iter().collect(),
        catalog: &catalog,
        kinds: &kinds,
        operations: collect::operations(),
    };
    let config_schema = config::schema();
    let documented = docs::Documented {
        policies: permissions.policies(),
        flags: docs::flags::page(&Cli::command(), &config_schema),
        rule_pages: pages.all(),
        catalog: &catalog,
        kinds: &kinds,
        rules: rules.iter().map(docs::RuleEntry::from).collect(),
        operations: collect::operations().into_iter().map(docs::OperationEntry::from).collect(),
        report_schema: output::report_schema(),
        config_schema,
        attestations_schema: register::attestations_schema(),
        vendors_schema: register::vendors_schema(),
        waiver_schema: waiver_schema(),
    };
    docs::run(args, &documented, out)
}

fn complete(args: &completions::CompletionsArgs, out: &mut dyn Write) -> Result<()> {
    let rules = RuleSet::builtin(&scanning::kinds(), &Catalog::builtin()?)?;
    completions::run(args, Cli::command(), &rules, out)
}

fn print_schema(of: SchemaOf, out: &mut dyn Write) -> Result<()> {
    let schema = match of {
        SchemaOf::Report => output::report_schema(),
        SchemaOf::Config => config::schema(),
        SchemaOf::Snapshot => scanning::snapshot_file::line_schema(),
        SchemaOf::Attestations => register::attestations_schema(),
        SchemaOf::Vendors => register::vendors_schema(),
        SchemaOf::Waivers => waiver_schema(),
    };
    writeln!(out, "{schema:#}").map_err(|error| stdout::failed(&error))
}

/// Gives a command stdout, buffered; a reader that goes away early, as `head` does, is no error.
fn to_stdout(command: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<ExitCode, CommandFailure> {
    let mut out = stdout::open();
    command(&mut out)?;
    out.flush().map_err(|error| stdout::failed(&error))?;
    Ok(ExitCode::SUCCESS)
}

/// Tells whether a stream that is being written to is a terminal that should be given colors.
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
