//! `safeguard kinds`: what is read of which service, and the tools with which authors write pages of kinds.

mod model;
mod new;
mod show;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::rules::counted;
use crate::collect::declared;
use crate::model::Kind;
use crate::source::{Problem, SourceFile};
use crate::{Error, Result};

/// What the parent's help teaches.
pub(super) const EXAMPLES: &str = "\
Examples:
  safeguard kinds list
      What this build reads.
  safeguard kinds show AWS::S3::Bucket
      Its facts, with their types, and the calls that give them.
  safeguard kinds new AWS::SQS::Queue --service sqs --list ListQueues --dir my-kinds
      Begin a page for a service that this build does not read. `--kinds my-kinds` adds it to any command.";

const LIST_EXAMPLES: &str = "\
Examples:
  safeguard kinds list
      All kinds with their services.
  safeguard kinds list --kinds my-kinds --format json
      For a program, with kinds of your own.";

const SHOW_EXAMPLES: &str = "\
Examples:
  safeguard kinds show AWS::S3::Bucket
      What rules may ask of a bucket.";

const LINT_EXAMPLES: &str = "\
Examples:
  safeguard kinds lint my-kinds
      The pages of a folder, stricter than a scan is.
  safeguard kinds lint
      The pages of this build.";

const NEW_EXAMPLES: &str = "\
Examples:
  safeguard kinds new AWS::SQS::Queue --service sqs --list ListQueues --dir my-kinds
      Write my-kinds/sqs.yaml, with marks where you have to think.";

const MODEL_EXAMPLES: &str = "\
Examples:
  safeguard kinds model my-kinds
      Cut what the pages of my-kinds call from an installed botocore into my-kinds/models.";

/// What to do with kinds.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum KindsCommand {
    /// List the kinds that are read, with their services
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// How to write the list
        #[arg(long, value_enum, default_value_t = KindsFormat::Table)]
        format: KindsFormat,
    },
    /// Show the facts of a kind with their types, and the calls that give them
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The kind's name
        #[arg(value_name = "KIND")]
        kind: String,
    },
    /// Say everything that is wrong with pages of kinds
    #[command(after_help = LINT_EXAMPLES)]
    Lint {
        /// Pages or folders of them; without any, the pages of this build
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Write a page to begin with
    #[command(after_help = NEW_EXAMPLES)]
    New {
        /// The kind: a CloudFormation type name, or a name of that form
        #[arg(value_name = "KIND")]
        kind: String,
        /// The service, by botocore's name of it, such as sqs or elbv2
        #[arg(long, value_name = "SERVICE")]
        service: String,
        /// The operation that lists the resources, such as ListQueues
        #[arg(long, value_name = "OPERATION")]
        list: String,
        /// The folder of the page
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// Cut the models that pages need from an installed botocore
    #[command(after_help = MODEL_EXAMPLES)]
    Model {
        /// The folder of the pages; the models go into its folder `models`
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The Python that has botocore
        #[arg(long, value_name = "PROGRAM", default_value = "python3")]
        python: PathBuf,
    },
}

/// How to write a list of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KindsFormat {
    /// A line each
    Table,
    /// An array
    Json,
}

/// Runs a command over the kinds that are in force.
///
/// # Errors
/// A usage error if a page is wrong or an argument names nothing; whatever the command found is written to `out` first.
pub(super) fn run(command: &KindsCommand, out: &mut dyn Write) -> Result<()> {
    match command {
        KindsCommand::List { format } => list(*format, out).map_err(unwritable),
        KindsCommand::Show { kind } => show::show(kind, out),
        KindsCommand::Lint { paths } => lint(paths, out),
        KindsCommand::New { kind, service, list, dir } => new::new(kind, service, list, dir, out),
        KindsCommand::Model { dir, python } => model::cut(dir, python, out),
    }
}

fn list(format: KindsFormat, out: &mut dyn Write) -> io::Result<()> {
    let kinds = crate::collect::kinds();
    match format {
        KindsFormat::Table => {
            let width = kinds.names().map(str::len).max().unwrap_or(0);
            for kind in kinds.iter() {
                writeln!(out, "{:width$}  {}", kind.name, kind.service)?;
            }
            writeln!(out, "\n{}", counted(kinds.iter().count(), "kind"))
        }
        KindsFormat::Json => {
            let one = |kind: &Kind| json!({"kind": kind.name, "service": kind.service, "facts": kind.schema()});
            crate::output::json::write_value(&kinds.iter().map(one).collect::<Vec<_>>(), out)
        }
    }
}

fn lint(paths: &[PathBuf], out: &mut dyn Write) -> Result<()> {
    let sources = if paths.is_empty() { declared::builtin_sources() } else { sources_at(paths)? };
    let pages = counted(sources.len(), "page");
    let problems: Vec<Problem> = sources.into_iter().flat_map(declared::lint).collect();
    if problems.is_empty() {
        return writeln!(out, "{pages}, no problem").map_err(unwritable);
    }
    for problem in &problems {
        writeln!(out, "{problem}\n").map_err(unwritable)?;
    }
    Err(Error::usage(format!("{} in {pages}", counted(problems.len(), "problem"))))
}

fn sources_at(paths: &[PathBuf]) -> Result<Vec<SourceFile>> {
    let mut sources = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => sources.extend(declared::sources_in(path)?),
            false => sources.push(SourceFile::read(path).map_err(|problem| Error::usage(problem.to_string()))?),
        }
    }
    Ok(sources)
}

fn unwritable(error: io::Error) -> Error {
    Error::failed(format!("the output cannot be written: {error}"))
}
