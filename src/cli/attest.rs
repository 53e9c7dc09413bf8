//! `safeguard attest`: what no API shows, written down by people and judged alone.
//!
//! `new` writes templates in which nothing is filled in, and which fail until something is. `check` judges the files
//! without reading any account, so that a pull request that changes them can be judged where it is made.

mod check;
mod new;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::console::{CommandFailure, Console};
use super::{RuleArgs, scanning, stdout};
use crate::Result;
use crate::catalog::Catalog;
use crate::config::{Config, FailOn};
use crate::model::{ATTESTATION, Kinds, VENDOR};
use crate::register::Ids;
use crate::rule::{RuleSet, Selection};
use crate::scan::paths::Paths;

pub(super) const EXAMPLES: &str = "\
Examples:
  safeguard attest new
      Write attestations.yaml and vendors.yaml beside the config file, to be filled in.
  safeguard attest check
      Judge them alone, without an account.";

const NEW_EXAMPLES: &str = "\
Examples:
  safeguard attest new
      Write attestations.yaml and vendors.yaml, with every entry that the rules ask for.
  safeguard attest new --add
      Add the entries that are missing, and leave what is there as it is.
  safeguard attest new --add attest-risk-analysis
      Add one.
  safeguard attest new --vendors --dir compliance
      Write only the register of vendors, into a folder.";

const CHECK_EXAMPLES: &str = "\
Examples:
  safeguard attest check
      Judge the files beside the config file as of today.
  safeguard attest check --on 2027-01-01 --format json
      Say what will have ended by then, for a program.

Exit codes:
   0  everything that the rules ask for is attested, and nothing fails
   2  a file cannot be read or says something that it cannot say
  10  failures at or above --fail-on: expired, without an owner, without a date, an agreement that is not in force
  11  something is not attested, and nothing fails (0 with --allow-incomplete)";

/// What to do with attestations.
#[derive(Debug, Subcommand)]
pub(super) enum AttestCommand {
    /// Write templates of attestations and of the register of vendors, to be filled in
    New(NewArgs),
    /// Judge the attestations and the register of vendors alone, without reading an account
    Check(AttestCheckArgs),
}

/// What to write, and where.
#[derive(Debug, Args)]
#[command(after_help = NEW_EXAMPLES)]
pub(super) struct NewArgs {
    /// The attestations to write, such as attest-risk-analysis; without any, all that the rules ask for
    #[arg(value_name = "ID", conflicts_with = "vendors")]
    ids: Vec<String>,
    /// The folder to write into; without it, the places that the config file names, or its folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Only the register of vendors
    #[arg(long)]
    vendors: bool,
    /// Add to files that exist: only what they lack, and nothing in them is changed
    #[arg(long)]
    add: bool,
    #[command(flatten)]
    shared: SharedArgs,
}

/// What to judge, and how to say it.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(super) struct AttestCheckArgs {
    /// Judge as of this day (YYYY-MM-DD) and not of today: does it still hold when the audit begins?
    #[arg(long, value_name = "DAY")]
    on: Option<jiff::civil::Date>,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = CheckFormat::Terminal, value_name = "FORMAT")]
    format: CheckFormat,
    /// The mildest failure that makes the exit code 10 [default: low, which is every failure]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    fail_on: Option<FailOn>,
    /// Exit with 0 and not 11 when something is not attested and nothing fails
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_incomplete: Option<bool>,
    #[command(flatten)]
    shared: SharedArgs,
}

#[derive(Debug, Args)]
struct SharedArgs {
    /// Add the rules of a folder
    #[arg(long = "rules", value_name = "DIR")]
    rule_dirs: Vec<PathBuf>,
    /// Read this config file instead of the safeguard.yaml in the working directory
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// For people.
    Terminal,
    /// One JSON document.
    Json,
}

/// Runs the command.
pub(super) fn run(command: &AttestCommand, console: &Console) -> Result<ExitCode, CommandFailure> {
    let mut out = stdout::open();
    let code = match command {
        AttestCommand::New(args) => {
            new::run(args, &AttestationRules::of(&args.shared)?, &mut out).map(|()| ExitCode::SUCCESS)
        }
        AttestCommand::Check(args) => {
            check::run(args, &AttestationRules::of(&args.shared)?, console, &mut out).map(ExitCode::from)
        }
    };
    let code = code?;
    out.flush().map_err(|error| stdout::failed(&error))?;
    Ok(code)
}

/// The rules that ask people to attest something, with what they need.
struct AttestationRules {
    config: Config,
    catalog: Catalog,
    kinds: Kinds,
    /// The rules on attestations and registers that the config file does not skip.
    rules: RuleSet,
    ids: Ids,
}

impl AttestationRules {
    fn of(args: &SharedArgs) -> Result<Self> {
        let shared = RuleArgs { rule_dirs: args.rule_dirs.clone(), config: args.config.clone(), ..RuleArgs::default() };
        let config = shared.config()?;
        let mut paths = Paths::default();
        paths.reads_register(&config.register());
        shared.prints(&config, paths)?;
        let (kinds, catalog) = (scanning::kinds(), Catalog::builtin()?);
        let all = scanning::load_rules(&kinds, &catalog, &shared.rule_dirs(&config), &config.params)?;
        let ids = Ids::of(&all);
        let select = [ATTESTATION, VENDOR].map(|kind| format!("kind:{kind}")).to_vec();
        let rules = all.select(&Selection { select, skip: config.skip.clone() })?;
        let rules = scanning::only_what_counts(rules, &catalog, &config.soc2_categories, &config.entity.roles);
        Ok(Self { config, catalog, kinds, rules, ids })
    }
}
