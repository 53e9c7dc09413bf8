//! `safeguard coverage`: the requirement table.
//!
//! For a report, a snapshot or the sample account it prints the whole table: what AWS state says of each requirement,
//! what people attest, and where that leaves it. Without one of them it looks at no account and prints what could be
//! said: the rules that speak for a requirement, the attestations that it needs, and the requirements that nothing here
//! can show.

mod mapping;
mod terminal;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use self::mapping::Mapping;
pub use self::mapping::Situation;
use super::stdout;
use crate::catalog::Catalog;
use crate::catalog::services::EligibilityList;
use crate::engine::requirements::{TableScope, requirement_table};
use crate::model::{
    AccountId, CatalogDate, EntityRole, Framework, Report, RequirementRow, RuleInfo, Soc2Category, Timestamp,
};
use crate::output::requirements::{self, Totals, View};
use crate::output::{Style, json};
use crate::{Error, Result};

const EXAMPLES: &str = "\
Examples:
  safeguard coverage
      Which requirements the rules speak for, and which attestations they need; no account is looked at.
  safeguard scan --format terminal --format json=report.json
  safeguard coverage --report report.json
      What is proven, attested and open after a scan.
  safeguard coverage --demo --framework hipaa --full
      The same for the sample account, with the rules and the SOC 2 criteria behind every row.
  safeguard coverage --demo --proposed
      What the HIPAA rule proposed in 2025, which is not law, would change, with today's findings.";

/// Arguments of `safeguard coverage`. Which rules are asked is decided by the flags that all commands share.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = EXAMPLES, next_help_heading = "Table")]
pub struct CoverageArgs {
    /// Only the requirements of this framework
    #[arg(long, value_enum, value_name = "FRAMEWORK")]
    pub framework: Option<FrameworkName>,
    /// Only what the HIPAA rule proposed in 2025, which is not law, would change
    #[arg(long)]
    pub proposed: bool,
    /// Name the rules, the attestations and the other framework's requirements behind every row
    #[arg(long)]
    pub full: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: CoverageFormat,
    #[command(flatten)]
    pub(super) source: SourceArgs,
}

/// Whose table; without any of these, no account is looked at.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Whose table")]
pub(super) struct SourceArgs {
    /// Of a report that `scan --format json=FILE` wrote, as it was judged then
    #[arg(long, value_name = "FILE", conflicts_with_all = ["snapshot", "demo", "select", "skip", "rule_dirs"])]
    pub report: Option<PathBuf>,
    /// Of a saved snapshot, judged now
    #[arg(long, value_name = "FILE", conflicts_with = "demo")]
    pub snapshot: Option<PathBuf>,
    /// Of the sample account that comes with the program
    #[arg(long)]
    pub demo: bool,
}

/// A framework, as it is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FrameworkName {
    /// 45 CFR Part 164: Security Rule, Breach Notification Rule, business associate contracts.
    Hipaa,
    /// AICPA Trust Services Criteria 2017.
    Soc2,
}

/// How coverage is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum CoverageFormat {
    /// For people.
    #[default]
    Terminal,
    /// One JSON document.
    Json,
}

impl CoverageArgs {
    fn view(&self) -> View {
        View { framework: self.framework.map(Framework::from), proposed: self.proposed }
    }

    /// Refuses what would be an empty page.
    ///
    /// # Errors
    /// A usage error if the proposal is asked for of a framework that it does not touch.
    pub(super) fn check(&self) -> Result<()> {
        if self.proposed && self.framework == Some(FrameworkName::Soc2) {
            return Err(Error::usage("the proposed rule is about HIPAA and changes nothing in SOC 2")
                .help("leave `--framework soc2` or `--proposed` out"));
        }
        Ok(())
    }
}

/// Writes what these rules can say about the catalog's requirements, without any account.
///
/// # Errors
/// When `out` cannot be written.
pub fn without_account(
    args: &CoverageArgs,
    catalog: &Catalog,
    rules: &[RuleInfo],
    scope: (&[Soc2Category], &[EntityRole]),
    out: &mut dyn Write,
    style: &Style,
) -> Result<()> {
    let (soc2_categories, roles) = scope;
    let list = EligibilityList::builtin()?;
    let scope = TableScope { soc2_categories, roles, phi_scope_is_configured: false, services: None, list: &list };
    let rows = requirement_table(catalog, rules, &[], &scope);
    let mapping = Mapping::new(args.view(), catalog, rules.len(), &rows);
    match args.format {
        CoverageFormat::Json => json::write_value(&mapping, out).map_err(|error| stdout::failed(&error)),
        CoverageFormat::Terminal => {
            let text = terminal::render(&mapping, catalog, style);
            out.write_all(text.as_bytes()).map_err(|error| stdout::failed(&error))
        }
    }
}

/// Writes the table of a report.
///
/// # Errors
/// When `out` cannot be written.
pub fn of_report(args: &CoverageArgs, report: &Report, out: &mut dyn Write, style: &Style) -> Result<()> {
    let written = match args.format {
        CoverageFormat::Json => json::write_value(&RequirementsDocument::new(report, args.view()), out),
        CoverageFormat::Terminal => requirements::write(report, args.view(), style, out),
    };
    written.map_err(|error| stdout::failed(&error))
}

/// The table as one JSON document: the part of the report that is about requirements.
#[derive(Debug, Serialize)]
struct RequirementsDocument<'r> {
    source: &'r str,
    accounts: &'r [AccountId],
    started_at: Timestamp,
    catalog_dates: &'r [CatalogDate],
    soc2_categories: &'r [String],
    roles: &'r [EntityRole],
    rule_count: usize,
    totals: Vec<Totals>,
    requirements: Vec<&'r RequirementRow>,
}

impl<'r> RequirementsDocument<'r> {
    fn new(report: &'r Report, view: View) -> Self {
        let requirements: Vec<_> = report.requirements.iter().filter(|row| view.shows(row)).collect();
        let scan = &report.scan;
        let frameworks = [Framework::Hipaa, Framework::Soc2].into_iter();
        let shown = frameworks.filter(|framework| requirements.iter().any(|row| row.framework == *framework));
        Self {
            source: &scan.source,
            accounts: &scan.accounts,
            started_at: scan.started_at,
            catalog_dates: &scan.catalog_dates,
            soc2_categories: &scan.soc2_categories,
            roles: &scan.roles,
            rule_count: scan.rule_count,
            totals: shown.map(|framework| Totals::of(framework, &requirements)).collect(),
            requirements,
        }
    }
}

impl From<FrameworkName> for Framework {
    fn from(name: FrameworkName) -> Self {
        match name {
            FrameworkName::Hipaa => Framework::Hipaa,
            FrameworkName::Soc2 => Framework::Soc2,
        }
    }
}
