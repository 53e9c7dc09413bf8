//! `safeguard rules`: the rules as users read them, and the tools with which authors write them.

mod judge;
mod new;
pub(super) mod pages;
mod show;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use self::pages::RulePages;
use super::generated;
use crate::catalog::Catalog;
use crate::model::Kinds;
use crate::rule::{Rule, RuleSet, builtin_sources};
use crate::scan::paths::Paths;
use crate::source::SourceFile;
use crate::{Error, Result};

/// The examples in the parent's help.
pub(super) const EXAMPLES: &str = "\
Examples:
  safeguard rules list severity:critical
      What is looked at first.
  safeguard rules show s3-bucket-tls-only
      Why, when it passes, how to fix a failure.
  safeguard rules new acme-bucket-names --kind AWS::S3::Bucket --dir my-rules
      Begin a rule of your own; lint, test and docs take `--rules my-rules`, and so does scan.";

const LIST_EXAMPLES: &str = "\
Examples:
  safeguard rules list
      All rules, with their requirements.
  safeguard rules list service:s3 severity:high
      Those on S3, and those whose failures matter much.
  safeguard rules list --rules my-rules --format json
      For a program, with rules of your own.";

const SHOW_EXAMPLES: &str = "\
Examples:
  safeguard rules show s3-bucket-tls-only
      All that a rule says.
  safeguard rules show acme-bucket-names --rules my-rules
      A rule of your own.";

const LINT_EXAMPLES: &str = "\
Examples:
  safeguard rules lint
      The built-in rules.
  safeguard rules lint my-rules
      A folder of your own, stricter than a scan is.";

const TEST_EXAMPLES: &str = "\
Examples:
  safeguard rules test my-rules
      The examples of all rules in a folder.
  safeguard rules test s3-bucket-tls-only
      Those of one rule.";

const DOCS_EXAMPLES: &str = "\
Examples:
  safeguard rules docs --rules my-rules --dir handbook/rules
      Pages for the built-in rules and your own.
  safeguard rules docs acme-* --rules my-rules --dir handbook/rules
      Only for your own.
  safeguard rules docs --rules my-rules --dir handbook/rules --check
      In CI: fail when the pages are not what the rules say.";

const NEW_EXAMPLES: &str = "\
Examples:
  safeguard rules new acme-bucket-names --kind AWS::S3::Bucket --dir my-rules
      Write my-rules/s3/acme-bucket-names.yaml, with marks where you have to think.";

/// What to do with rules.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum RulesCommand {
    /// List rules: all, or those that match a pattern
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Rule ids (`*` and `?` allowed), or service:s3, framework:hipaa, severity:high, kind:AWS::S3::Bucket,
        /// requirement:164.312(b)
        #[arg(value_name = "PATTERN")]
        patterns: Vec<String>,
        /// How to write the list
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Show all that a rule says: why, when it passes, how to fix a failure
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The rule's id
        #[arg(id = "rule", value_name = "ID")]
        id: String,
    },
    /// Say everything that is wrong with rule files
    #[command(after_help = LINT_EXAMPLES)]
    Lint {
        /// Rule files or folders of them; without any, the built-in rules and those of --rules
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Judge the examples of rules and say which come out differently than they must
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// Rule files, folders of them, or ids; without any, the built-in rules and those of --rules
        #[arg(value_name = "PATH|ID")]
        targets: Vec<String>,
    },
    /// Write a page a rule and an index by service and by requirement, or check that they are up to date
    #[command(after_help = DOCS_EXAMPLES)]
    Docs {
        /// Only these rules; the patterns of `rules list`
        #[arg(value_name = "PATTERN")]
        patterns: Vec<String>,
        /// The folder of the pages; generated pages in it that belong to no rule are removed
        #[arg(long, value_name = "DIR", default_value = "rule-pages")]
        dir: PathBuf,
        /// Write nothing: fail with exit code 2 and the list of pages that are missing, differ or are left over
        #[arg(long)]
        check: bool,
    },
    /// Write the file of a new rule, to be filled in
    #[command(after_help = NEW_EXAMPLES)]
    New {
        /// The rule's id: lower-case words with hyphens between them
        id: String,
        /// The kind of resource that it judges, such as AWS::S3::Bucket
        #[arg(long)]
        kind: String,
        /// The folder of rules to write into
        #[arg(long, default_value = "rules")]
        dir: PathBuf,
    },
}

/// How `safeguard rules list` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// One line a rule, for people.
    Table,
    /// One array, for programs.
    Json,
}

/// The base of the commands: the facts that there are, the requirements, the built-in rules and the user's folders.
struct Library<'a> {
    kinds: &'a Kinds,
    catalog: &'a Catalog,
    builtin: Vec<SourceFile>,
    rule_dirs: &'a [PathBuf],
}

/// The rules that a command reads beside those of the folders.
pub fn paths(command: &RulesCommand) -> Paths {
    let mut paths = Paths::default();
    let named: Vec<PathBuf> = match command {
        RulesCommand::Lint { paths } => paths.clone(),
        RulesCommand::Test { targets } => targets.iter().map(PathBuf::from).collect(),
        _ => Vec::new(),
    };
    for path in named {
        if path.is_dir() {
            paths.reads_rules(&path);
        } else {
            paths.reads("a rule", path);
        }
    }
    paths
}

/// Runs a command over the built-in rules and those of `rule_dirs`.
///
/// # Errors
/// A usage error if a rule is wrong, an example comes out differently, or an argument names nothing; whatever the
/// command found is written to `out` first.
pub fn run(command: &RulesCommand, rule_dirs: &[PathBuf], out: &mut dyn Write) -> Result<()> {
    let (kinds, catalog) = (crate::scan::kinds(), Catalog::builtin()?);
    let builtin = builtin_sources();
    run_with(command, &Library { kinds: &kinds, catalog: &catalog, builtin, rule_dirs }, out)
}

fn run_with(command: &RulesCommand, library: &Library<'_>, out: &mut dyn Write) -> Result<()> {
    match command {
        RulesCommand::List { patterns, format } => list(patterns, *format, library, out),
        RulesCommand::Show { id } => show::show(library.rules()?.find(id)?, library, out),
        RulesCommand::Lint { paths } => judge::lint(paths, library, out),
        RulesCommand::Test { targets } => judge::test(targets, library, out),
        RulesCommand::Docs { patterns, dir, check } => docs(patterns, dir, *check, library, out),
        RulesCommand::New { id, kind, dir } => new::new(id, kind, dir, library, out),
    }
}

impl Library<'_> {
    fn rules(&self) -> Result<RuleSet> {
        let builtin = RuleSet::default().with_builtin(self.builtin.clone(), self.kinds, self.catalog)?;
        self.rule_dirs.iter().try_fold(builtin, |rules, dir| rules.with_dir(dir, self.kinds, self.catalog))
    }
}

fn list(patterns: &[String], format: ListFormat, library: &Library<'_>, out: &mut dyn Write) -> Result<()> {
    let rules = library.rules()?;
    let chosen = rules.matching(patterns)?;
    let written = match format {
        ListFormat::Table => table(&chosen, out),
        ListFormat::Json => json_list(&chosen, out),
    };
    written.map_err(unwritable)
}

fn docs(patterns: &[String], dir: &Path, check: bool, library: &Library<'_>, out: &mut dyn Write) -> Result<()> {
    let rules = library.rules()?;
    let pages = RulePages {
        rules: rules.matching(patterns)?,
        catalog: library.catalog,
        kinds: library.kinds,
        operations: crate::collect::operations(),
    };
    let files = pages.all();
    if check {
        generated::check(dir, &files, &format!("safeguard rules docs --dir {}", dir.display()))?;
    } else {
        generated::write(dir, &files)?;
    }
    let done = if check { "are up to date" } else { "written" };
    writeln!(out, "{} in {} {done}", counted(files.len(), "page"), dir.display()).map_err(unwritable)
}

fn table(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; 4]> = rules.iter().map(|rule| row(rule)).collect();
    let header = ["RULE", "SEVERITY", "KIND", "REQUIREMENTS"].map(str::to_owned);
    let width = |column: usize| rows.iter().chain([&header]).map(|row| row[column].len()).max().unwrap_or(0);
    let (id_width, severity_width, kind_width) = (width(0), width(1), width(2));
    for [id, severity, kind, requirements] in std::iter::once(&header).chain(&rows) {
        let line = format!("{id:id_width$}  {severity:severity_width$}  {kind:kind_width$}  {requirements}");
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out, "\n{}", counted(rules.len(), "rule"))
}

fn row(rule: &Rule) -> [String; 4] {
    let requirements: Vec<&str> = rule.requirements().collect();
    let mut notes = requirements.join(" ");
    if rule.opt_in {
        notes.push_str(" (opt-in)");
    }
    if rule.deprecated.is_some() {
        notes.push_str(" (deprecated)");
    }
    [rule.id.clone(), rule.severity.as_str().to_owned(), rule.kind.clone(), notes]
}

fn json_list(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<_> = rules.iter().map(|rule| as_json(rule)).collect();
    crate::output::json::write_value(&rules, out)
}

/// A whole number without a fraction.
fn as_number(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 { json!(number as i64) } else { json!(number) }
}

fn as_json(rule: &Rule) -> serde_json::Value {
    let params: serde_json::Map<_, _> = rule
        .params
        .iter()
        .map(|(name, param)| {
            let (value_type, default) = (param.value_type.as_str(), &param.default);
            let mut shown = json!({"type": value_type, "default": default, "description": param.description});
            let bounds = &param.bounds;
            for (key, bound) in [("min", bounds.min.map(as_number)), ("max", bounds.max.map(as_number))] {
                bound.into_iter().for_each(|bound| shown[key] = bound);
            }
            if !bounds.one_of.is_empty() {
                shown["one_of"] = json!(bounds.one_of);
            }
            if let Some(format) = bounds.format {
                shown["format"] = format.as_str().into();
            }
            (name.clone(), shown)
        })
        .collect();
    json!({
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "severity_in_phi_scope": rule.severity_in_phi_scope,
        "severity_cases": rule.info().severity_cases,
        "kind": rule.kind,
        "service": rule.service,
        "hipaa": rule.hipaa,
        "soc2": rule.soc2,
        "supports": rule.supports,
        "why": rule.why,
        "params": params,
        "opt_in": rule.opt_in,
        "aliases": rule.aliases,
        "deprecated": rule.deprecated,
        "references": rule.references,
        "source": rule.source.origin.to_string(),
    })
}

fn unwritable(error: io::Error) -> Error {
    Error::failed(format!("the output cannot be written: {error}"))
}

/// `1 rule`, `2 rules`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
