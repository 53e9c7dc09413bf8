//! `safeguard docs` (hidden): writes the generated documentation, or checks that what is committed is still true.
//!
//! Everything here is derived: from the rules' own metadata, the catalog, the collectors' declared operations and the
//! types behind the schemas. So nobody edits these files, and a build whose files differ fails.

mod citations;
mod deploy;
pub(super) mod flags;
pub(in crate::cli) mod pages;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::generated;
use crate::aws::Operation;
use crate::catalog::Catalog;
use crate::model::Kinds;
use crate::rule::Rule;
use crate::scan::permissions::PermissionPolicy;
use crate::{Error, Result};

/// Arguments of `safeguard docs`.
#[derive(Debug, Clone, clap::Args)]
pub struct DocsArgs {
    /// Where the documentation lies.
    #[arg(long, default_value = "docs", value_name = "DIR")]
    pub dir: PathBuf,
    /// Where the deployment templates lie, whose policies are written, too.
    #[arg(long, default_value = "deploy", value_name = "DIR")]
    pub deploy: PathBuf,
    /// Write nothing: fail with exit code 2 and the list of files that are missing or differ.
    #[arg(long)]
    pub check: bool,
}

/// The contents of the documentation.
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
    /// The least-privilege policy of all rules.
    pub policies: Vec<PermissionPolicy>,
    /// The page of flags, variables and config keys.
    pub flags: String,
    /// A page for each rule, and their index.
    pub rule_pages: Vec<(PathBuf, String)>,
    /// JSON Schema of the report.
    pub report_schema: Value,
    /// JSON Schema of the configuration file.
    pub config_schema: Value,
    /// JSON Schema of the file of attestations.
    pub attestations_schema: Value,
    /// JSON Schema of the register of vendors.
    pub vendors_schema: Value,
    /// JSON Schema of the waiver file.
    pub waiver_schema: Value,
}

/// The entry of a rule in the documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEntry {
    /// The rule's id.
    pub id: String,
    /// HIPAA citations, then SOC 2 criteria.
    pub requirements: Vec<String>,
    /// The good state, as a sentence.
    pub title: String,
    /// The citations that it only supports.
    pub supports: Vec<String>,
    /// True for a rule that judges what people attest.
    pub attests: bool,
    /// The harm that comes without the good state.
    pub why: String,
}

/// The entry of an API operation in the documentation.
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

/// Every generated file: its path within the documentation folder, and its contents. The same input gives the same
/// bytes.
///
/// # Errors
/// When a schema cannot be written as JSON.
pub fn generate(documented: &Documented<'_>) -> Result<Vec<(PathBuf, String)>> {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for (name, contents) in [
        ("attestations.schema.json", pretty(&documented.attestations_schema)?),
        ("citations.md", citations::page(documented.catalog, &documented.rules)),
        ("config.schema.json", pretty(&documented.config_schema)?),
        ("facts.md", pages::facts(documented.kinds)),
        ("operations.md", pages::operations(&documented.operations)),
        ("flags.md", documented.flags.clone()),
        ("report.schema.json", pretty(&documented.report_schema)?),
        ("requirements.md", pages::requirements(documented.catalog, &documented.rules)),
        ("kinds.md", pages::kinds_of_users()),
        ("rule-language.md", pages::rule_language()),
        ("security-hub.md", pages::security_hub()),
        ("vendors.schema.json", pretty(&documented.vendors_schema)?),
        ("waivers.schema.json", pretty(&documented.waiver_schema)?),
    ] {
        files.push((name.into(), contents));
    }
    for (at, policy) in documented.policies.iter().enumerate() {
        let name = if at == 0 { "policy.json".to_owned() } else { format!("policy-{}.json", at + 1) };
        files.push((name.into(), pretty(policy)?));
    }
    files.extend(documented.rule_pages.iter().map(|(path, page)| (Path::new("rules").join(path), page.clone())));
    files.sort();
    Ok(files)
}

/// Writes the documentation, or with `--check` compares it, and says what it did.
///
/// # Errors
/// When a file cannot be written; with `--check` when files are missing or differ, all of them listed.
pub fn run(args: &DocsArgs, documented: &Documented<'_>, out: &mut dyn Write) -> Result<()> {
    let files = generate(documented)?;
    let templates = deploy::templates(&args.deploy, &documented.policies)?;
    let command = format!("safeguard docs --dir {} --deploy {}", args.dir.display(), args.deploy.display());
    for (dir, files) in [(&args.dir, &files), (&args.deploy, &templates)] {
        if args.check {
            generated::check(dir, files, &command)?;
        } else {
            generated::write(dir, files)?;
        }
        let done = if args.check { "are up to date" } else { "written" };
        writeln!(out, "{} files in {} {done}", files.len(), dir.display())
            .map_err(|error| Error::failed(format!("cannot write the result: {error}")))?;
    }
    Ok(())
}

impl From<&Rule> for RuleEntry {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id.clone(),
            title: rule.title.clone(),
            requirements: rule.hipaa.iter().chain(&rule.soc2).cloned().collect(),
            supports: rule.supports.clone(),
            attests: rule.info().judges_attestations(),
            why: rule.why.clone(),
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

fn pretty(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n").map_err(|error| Error::failed(format!("cannot write JSON: {error}")))
}
