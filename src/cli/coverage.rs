//! `safeguard coverage`: which rules speak for which requirement, and which requirements nothing here can show.
//!
//! It looks at no account. Three situations must never be mistaken for each other: rules speak; AWS state could show it but
//! no rule looks; no AWS state can show it. That a rule speaks for a requirement makes it evidence, not proof.

mod terminal;
#[cfg(test)]
mod tests;

use std::io::Write;

use serde::Serialize;

use crate::catalog::{Catalog, Class, Requirement, RulesByRequirement};
use crate::engine::requirements::rules_by_requirement;
use crate::model::{CatalogDate, Framework, Verifiable};
use crate::rule::RuleSet;
use crate::{Error, Result};

/// Arguments of `safeguard coverage`. Which rules are asked is decided by the flags that all commands share.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CoverageArgs {
    /// Only the requirements of this framework.
    #[arg(long, value_enum, value_name = "FRAMEWORK")]
    pub framework: Option<FrameworkName>,
    /// How to write it.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: CoverageFormat,
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

/// Whether anything speaks for a requirement, and if not, whether anything could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// At least one rule speaks for it.
    RulesSpeak,
    /// AWS state could show it, wholly or in part, but no rule looks.
    NoRule,
    /// No AWS state can show it.
    NotInAws,
}

impl Situation {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Situation; 3] = [Situation::RulesSpeak, Situation::NoRule, Situation::NotInAws];

    /// The situation of a requirement for which these rules speak.
    pub fn of(requirement: &Requirement, rules: &[&str]) -> Self {
        match requirement.verifiable_in_aws {
            _ if !rules.is_empty() => Situation::RulesSpeak,
            Verifiable::Attestation => Situation::NotInAws,
            Verifiable::Technical | Verifiable::Partial => Situation::NoRule,
        }
    }
}

/// Which rules speak for the requirements of the chosen frameworks.
#[derive(Debug, Serialize)]
struct Coverage<'a> {
    catalog_dates: Vec<CatalogDate>,
    rule_count: usize,
    totals: Vec<Total>,
    requirements: Vec<Line<'a>>,
}

/// What one requirement has.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: &'a str,
    framework: Framework,
    title: &'a str,
    class: Class,
    group: &'a str,
    verifiable_in_aws: Verifiable,
    situation: Situation,
    rules: &'a [&'a str],
    #[serde(skip)]
    heading: &'a str,
}

/// How many requirements of one framework are in one situation, by what AWS state can show of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Total {
    framework: Framework,
    situation: Situation,
    technical: usize,
    partial: usize,
    attestation: usize,
}

/// Writes what the selected rules can say about the catalog's requirements, `width` columns wide.
///
/// # Errors
/// When `out` cannot be written.
pub fn run(args: &CoverageArgs, catalog: &Catalog, rules: &RuleSet, out: &mut dyn Write, width: usize) -> Result<()> {
    write(args, catalog, &rules_by_requirement(rules), out, width)
}

/// Writes what `rules` can say about the catalog's requirements, `width` columns wide.
///
/// # Errors
/// When `out` cannot be written.
fn write(
    args: &CoverageArgs,
    catalog: &Catalog,
    rules: &RulesByRequirement<'_>,
    out: &mut dyn Write,
    width: usize,
) -> Result<()> {
    let coverage = Coverage::new(args.framework.map(Framework::from), catalog, rules);
    let text = match args.format {
        CoverageFormat::Terminal => terminal::render(&coverage, catalog, width),
        CoverageFormat::Json => json(&coverage)?,
    };
    out.write_all(text.as_bytes()).map_err(|error| Error::failed(format!("cannot write the coverage: {error}")))
}

impl<'a> Coverage<'a> {
    fn new(framework: Option<Framework>, catalog: &'a Catalog, rules: &'a RulesByRequirement<'a>) -> Self {
        let wanted = |of: Framework| framework.is_none_or(|framework| framework == of);
        let requirements: Vec<_> = catalog
            .iter()
            .filter(|requirement| wanted(requirement.framework))
            .map(|requirement| Line::new(requirement, rules.of(&requirement.id)))
            .collect();
        let catalog_dates: Vec<_> = catalog.dates().into_iter().filter(|date| wanted(date.framework)).collect();
        let totals = catalog_dates.iter().flat_map(|date| totals(date.framework, &requirements)).collect();
        Self { catalog_dates, rule_count: rules.rule_count(), totals, requirements }
    }
}

impl<'a> Line<'a> {
    fn new(requirement: &'a Requirement, rules: &'a [&'a str]) -> Self {
        Self {
            id: &requirement.id,
            framework: requirement.framework,
            title: &requirement.title,
            class: requirement.class,
            group: &requirement.group,
            verifiable_in_aws: requirement.verifiable_in_aws,
            situation: Situation::of(requirement, rules),
            rules,
            heading: requirement.heading(),
        }
    }
}

fn totals(framework: Framework, lines: &[Line<'_>]) -> [Total; 3] {
    Situation::ALL.map(|situation| {
        let count = |verifiable: Verifiable| {
            let of = (framework, situation, verifiable);
            lines.iter().filter(|line| (line.framework, line.situation, line.verifiable_in_aws) == of).count()
        };
        Total {
            framework,
            situation,
            technical: count(Verifiable::Technical),
            partial: count(Verifiable::Partial),
            attestation: count(Verifiable::Attestation),
        }
    })
}

fn json(coverage: &Coverage<'_>) -> Result<String> {
    let text = serde_json::to_string_pretty(coverage);
    text.map(|text| text + "\n").map_err(|error| Error::failed(format!("cannot write the coverage as JSON: {error}")))
}

impl From<FrameworkName> for Framework {
    fn from(name: FrameworkName) -> Self {
        match name {
            FrameworkName::Hipaa => Framework::Hipaa,
            FrameworkName::Soc2 => Framework::Soc2,
        }
    }
}
