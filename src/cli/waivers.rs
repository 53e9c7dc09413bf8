//! `safeguard waivers`: looks after the file of accepted failures, without an account.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{RuleArgs, stdout};
use crate::catalog::Catalog;
use crate::config::WAIVERS_NAME;
use crate::scan::paths::Paths;
use crate::scan::{kinds, load_rules, load_waivers};
use crate::{Error, Result};

pub(super) const EXAMPLES: &str = "\
Examples:
  safeguard waivers check
      Say what is wrong with the waivers.yaml beside the config file, and what in it has expired.
  safeguard waivers check accepted/ours.yaml --rules my-rules
      Read another file, whose entries are about rules of your own, too.";

#[derive(Debug, Args)]
pub(super) struct WaiversArgs {
    #[command(subcommand)]
    command: WaiversCommand,
}

#[derive(Debug, Subcommand)]
enum WaiversCommand {
    /// Say what is wrong with a waiver file, and which of its entries have expired
    Check(WaiversCheckArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct WaiversCheckArgs {
    /// The file [default: the config file's, or the waivers.yaml beside it]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Add the rules of a folder
    #[arg(long = "rules", value_name = "DIR")]
    rule_dirs: Vec<PathBuf>,
    /// Read this config file instead of the safeguard.yaml in the working directory
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &WaiversArgs, out: &mut dyn Write) -> Result<()> {
    let WaiversCommand::Check(args) = &args.command;
    check(args, out)
}

/// The day is today's here, because there are no facts that could be of another one.
fn check(args: &WaiversCheckArgs, out: &mut dyn Write) -> Result<()> {
    let shared = RuleArgs { rule_dirs: args.rule_dirs.clone(), config: args.config.clone(), ..RuleArgs::default() };
    let config = shared.config()?;
    let file = args.file.clone().or(config.waivers.clone()).ok_or_else(|| {
        Error::usage(format!("there is no {WAIVERS_NAME} here, and the config file names none"))
            .help("name the file: `safeguard waivers check FILE`")
    })?;
    let mut paths = Paths::default();
    paths.reads("the waiver file", &file);
    shared.prints(&config, paths)?;
    let (kinds, catalog) = (kinds(), Catalog::builtin()?);
    let rules = load_rules(&kinds, &catalog, &shared.rule_dirs(&config), &config.params)?;
    let waivers = load_waivers(Some(&file), &rules)?;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    say(&file, waivers.len(), &waivers.expired(today), out).map_err(|error| stdout::failed(&error))
}

fn say(file: &Path, count: usize, expired: &[String], out: &mut dyn Write) -> std::io::Result<()> {
    let waivers = if count == 1 { "1 waiver".to_owned() } else { format!("{count} waivers") };
    let state = if expired.is_empty() { "no problem".to_owned() } else { format!("{} expired:", expired.len()) };
    writeln!(out, "{waivers} in {}, {state}", crate::output::text::escape(&file.display().to_string()))?;
    expired.iter().try_for_each(|line| writeln!(out, "- {}", crate::output::text::escape(line)))
}
