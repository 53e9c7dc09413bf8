//! Maps the requirements to the rules that speak for them, without any account. Three situations must never be
//! mistaken for each other: rules speak; AWS state could show it but no rule looks; no AWS state can show it. That a
//! rule speaks for a requirement makes it evidence, not proof.

use serde::Serialize;

use crate::catalog::Catalog;
use crate::model::{CatalogDate, Framework, RequirementRow, Verifiable};
use crate::output::requirements::View;

/// The situation of a requirement: whether anything in AWS speaks for it, and if not, whether anything could.
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
    /// All of them.
    pub const ALL: [Situation; 3] = [Situation::RulesSpeak, Situation::NoRule, Situation::NotInAws];

    /// Finds the situation of a requirement: what AWS state can show of it, and whether a rule over AWS state cites
    /// it.
    pub fn of(verifiable: Verifiable, rules_speak: bool) -> Self {
        match verifiable {
            _ if rules_speak => Situation::RulesSpeak,
            Verifiable::Attestation => Situation::NotInAws,
            Verifiable::Partial => Situation::NoRule,
        }
    }
}

/// The rules that speak for the requirements of a view.
#[derive(Debug, Serialize)]
pub(super) struct Mapping<'a> {
    pub catalog_dates: Vec<CatalogDate>,
    pub rule_count: usize,
    pub totals: Vec<SituationTotal>,
    pub requirements: Vec<RequirementLine<'a>>,
    #[serde(skip)]
    pub view: View,
}

/// The rules that one requirement has.
#[derive(Debug, Serialize)]
pub(super) struct RequirementLine<'a> {
    pub id: &'a str,
    pub framework: Framework,
    pub title: &'a str,
    pub class: &'a str,
    pub group: &'a str,
    pub parents: &'a [String],
    pub in_scope: bool,
    pub verifiable_in_aws: Verifiable,
    pub situation: Situation,
    pub rules: &'a [String],
    pub supporting_rules: &'a [String],
    pub attestation_rules: &'a [String],
    pub crosswalk: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<&'a str>,
}

/// The number of requirements of one framework in one situation, by what AWS state can show of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct SituationTotal {
    pub framework: Framework,
    pub situation: Situation,
    pub partial: usize,
    pub attestation: usize,
}

impl<'a> Mapping<'a> {
    /// Makes the mapping from the rows of a table without findings.
    pub fn new(view: View, catalog: &Catalog, rule_count: usize, rows: &'a [RequirementRow]) -> Self {
        let requirements: Vec<_> = rows.iter().filter(|row| view.shows(row)).map(RequirementLine::new).collect();
        let shown = |framework| requirements.iter().any(|line| line.framework == framework);
        let catalog_dates: Vec<_> = catalog.dates().into_iter().filter(|date| shown(date.framework)).collect();
        let totals = catalog_dates.iter().flat_map(|date| totals(date.framework, &requirements)).collect();
        Self { catalog_dates, rule_count, totals, requirements, view }
    }
}

impl<'a> RequirementLine<'a> {
    fn new(row: &'a RequirementRow) -> Self {
        Self {
            id: &row.id,
            framework: row.framework,
            title: &row.title,
            class: &row.class,
            group: &row.group,
            parents: &row.parents,
            in_scope: row.in_scope,
            verifiable_in_aws: row.verifiable_in_aws,
            situation: Situation::of(row.verifiable_in_aws, !row.rules.is_empty()),
            rules: &row.rules,
            supporting_rules: &row.supporting_rules,
            attestation_rules: row.attestation.as_ref().map_or(&[], |attestation| &attestation.rules),
            crosswalk: &row.crosswalk,
            proposed: row.proposed.as_deref(),
        }
    }
}

fn totals(framework: Framework, lines: &[RequirementLine<'_>]) -> [SituationTotal; 3] {
    Situation::ALL.map(|situation| {
        let count = |verifiable: Verifiable| {
            let of = (framework, situation, verifiable);
            lines.iter().filter(|line| (line.framework, line.situation, line.verifiable_in_aws) == of).count()
        };
        SituationTotal {
            framework,
            situation,
            partial: count(Verifiable::Partial),
            attestation: count(Verifiable::Attestation),
        }
    })
}
