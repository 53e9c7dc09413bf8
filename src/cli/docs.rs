//! `safeguard docs` (hidden): writes the generated documentation, or checks that what is committed is still true.
//!
//! Everything here is derived: from the rules' own metadata, the catalog, the collectors' declared operations and the types
//! behind the schemas. So nobody edits these files, and a build whose files differ fails.

mod pages;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::catalog::Catalog;
use crate::collect::Operation;
use crate::model::{Kinds, Severity};
use crate::rule::Rule;
use crate::{Error, Result};

/// Arguments of `safeguard docs`.
#[derive(Debug, Clone, clap::Args)]
pub struct DocsArgs {
    /// Where the documentation lies.
    #[arg(long, default_value = "docs", value_name = "DIR")]
    pub dir: PathBuf,
    /// Write nothing: fail with exit code 2 and the list of files that are missing or differ.
    #[arg(long)]
    pub check: bool,
}

/// What the documentation is made of.
#[derive(Debug)]
pub struct Documented<'a> {
    /// The requirements.
    pub catalog: &'a Catalog,
    /// The kinds that the collectors read.
    pub kinds: &'a Kinds,
    /// Every built-in rule, opt-in ones included.
    pub rules: Vec<RuleEntry>,
    /// Every operation that the collectors declare.
    pub operations: Vec<OperationEntry>,
    /// JSON Schema of the report.
    pub report_schema: Value,
    /// JSON Schema of the configuration file.
    pub config_schema: Value,
    /// JSON Schema of the waiver file.
    pub waiver_schema: Value,
}

/// What the documentation says of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEntry {
    /// The rule's id.
    pub id: String,
    /// The service that it is filed under, which is also its folder under `rules/`.
    pub service: String,
    /// How much a failure matters.
    pub severity: Severity,
    /// The good state, as a sentence.
    pub title: String,
    /// HIPAA citations, then SOC 2 criteria.
    pub requirements: Vec<String>,
    /// True for a rule that runs only when it is asked for by its id.
    pub opt_in: bool,
    /// Why it should no longer be used, if it should not.
    pub deprecated: Option<String>,
}

/// What the documentation says of an API operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationEntry {
    /// The service's SDK name in lower case.
    pub service: String,
    /// AWS's name of the operation.
    pub name: String,
    /// The IAM actions that it needs.
    pub iam_actions: Vec<String>,
    /// The kinds whose list it gives.
    pub populations: Vec<String>,
    /// The facts that it gives, with their kind.
    pub facts: Vec<String>,
}

/// Every generated file: its path within the documentation folder, and its contents. The same input gives the same bytes.
///
/// # Errors
/// When a schema cannot be written as JSON.
pub fn generate(documented: &Documented<'_>) -> Result<Vec<(PathBuf, String)>> {
    let actions = documented.operations.iter().flat_map(|operation| &operation.iam_actions).map(String::as_str);
    let files = [
        ("config.schema.json", pretty(&documented.config_schema)?),
        ("facts.md", pages::facts(documented.kinds)),
        ("operations.md", pages::operations(&documented.operations)),
        ("policy.json", pretty(&least_privilege_policy(actions))?),
        ("report.schema.json", pretty(&documented.report_schema)?),
        ("requirements.md", pages::requirements(documented.catalog, &documented.rules)),
        ("rule-language.md", pages::rule_language()),
        ("rules.md", pages::rules(&documented.rules)),
        ("waivers.schema.json", pretty(&documented.waiver_schema)?),
    ];
    Ok(files.into_iter().map(|(path, contents)| (path.into(), contents)).collect())
}

/// Writes the documentation, or with `--check` compares it, and says what it did.
///
/// # Errors
/// When a file cannot be written; with `--check` when files are missing or differ, all of them listed.
pub fn run(args: &DocsArgs, documented: &Documented<'_>, out: &mut dyn Write) -> Result<()> {
    let files = generate(documented)?;
    if args.check {
        check(&args.dir, &files)?;
    } else {
        write(&args.dir, &files)?;
    }
    let done = if args.check { "are up to date" } else { "written" };
    writeln!(out, "{} files in {} {done}", files.len(), args.dir.display())
        .map_err(|error| Error::failed(format!("cannot write the result: {error}")))
}

/// An IAM policy document with one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: BTreeSet<String>,
    resource: &'static str,
}

/// The IAM policy that lets a scan make every one of its calls and nothing else, actions sorted.
///
/// The actions are granted on all resources because a scan looks at all of them.
pub fn least_privilege_policy<'a>(iam_actions: impl IntoIterator<Item = &'a str>) -> Policy {
    let action = iam_actions.into_iter().map(str::to_owned).collect();
    let statement = Statement { sid: "SafeguardReads", effect: "Allow", action, resource: "*" };
    Policy { version: "2012-10-17", statement: [statement] }
}

impl From<&Rule> for RuleEntry {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id.clone(),
            service: rule.service.clone(),
            severity: rule.severity,
            title: rule.title.clone(),
            requirements: rule.hipaa.iter().chain(&rule.soc2).cloned().collect(),
            opt_in: rule.opt_in,
            deprecated: rule.deprecated.clone(),
        }
    }
}

impl From<&Operation> for OperationEntry {
    fn from(operation: &Operation) -> Self {
        Self {
            service: operation.service.to_owned(),
            name: operation.name.to_owned(),
            iam_actions: operation.iam_actions.iter().map(|&action| action.to_owned()).collect(),
            populations: operation.populations(),
            facts: operation.fact_names(),
        }
    }
}

fn write(dir: &Path, files: &[(PathBuf, String)]) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|error| unwritable(dir, &error))?;
    for (path, contents) in files {
        let path = dir.join(path);
        std::fs::write(&path, contents).map_err(|error| unwritable(&path, &error))?;
    }
    Ok(())
}

fn check(dir: &Path, files: &[(PathBuf, String)]) -> Result<()> {
    let stale: Vec<String> = files.iter().filter_map(|(path, contents)| stale(&dir.join(path), contents)).collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(Error::usage(format!("the generated documentation is out of date:\n{}", stale.join("\n")))
        .help(format!("run `safeguard docs --dir {}` and commit the result", dir.display())))
}

/// Why the file is not what it should be, if it is not.
fn stale(path: &Path, expected: &str) -> Option<String> {
    match std::fs::read(path) {
        Ok(found) if found == expected.as_bytes() => None,
        Ok(_) => Some(format!("  {} differs", path.display())),
        Err(error) => Some(format!("  {} cannot be read: {error}", path.display())),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::failed(format!("cannot write {}: {error}", path.display())).help("choose another folder with --dir")
}

fn pretty(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n").map_err(|error| Error::failed(format!("cannot write JSON: {error}")))
}
