//! Everything that was looked at: every selected rule with what it found, those that found nothing to judge among
//! them, and every operation with how its calls ended.
//!
//! Calls are counted over all accounts and regions, so that the table stays readable for an organization; the JSON
//! report has them one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::super::text::{counted, listed, shorten};
use super::{NAME, SENTENCE, filter_link};
use crate::model::{Coverage, Report, Summary};

/// The most places with failed calls that are named for one operation.
const PLACES: usize = 6;

/// See the module.
pub(super) struct CoverageTables {
    pub rules: Vec<RuleRow>,
    pub silent: usize,
    pub operations: Vec<OperationRow>,
    pub totals: OperationRow,
}

/// One rule.
pub(super) struct RuleRow {
    pub id: String,
    pub title: String,
    pub severity: &'static str,
    pub findings: Summary,
    pub is_silent: bool,
    pub link: String,
}

/// One operation over all accounts and regions.
#[derive(Default)]
pub(super) struct OperationRow {
    pub service: String,
    pub operation: String,
    pub places: String,
    pub calls: usize,
    pub ok: usize,
    pub absent: usize,
    pub failed: usize,
    pub failed_in: String,
}

impl CoverageTables {
    pub(super) fn of(report: &Report) -> Self {
        let rules = rules(report);
        let mut by_operation = BTreeMap::<(&str, &str), Vec<&Coverage>>::new();
        for line in &report.coverage {
            by_operation.entry((&line.service, &line.operation)).or_default().push(line);
        }
        let mut operations: Vec<OperationRow> = by_operation.values().map(|lines| operation(lines)).collect();
        operations.sort_by_key(|row| row.failed == 0);
        Self {
            silent: rules.iter().filter(|rule| rule.is_silent).count(),
            rules,
            operations,
            totals: operation(&report.coverage.iter().collect::<Vec<_>>()),
        }
    }
}

fn rules(report: &Report) -> Vec<RuleRow> {
    let mut counts = BTreeMap::<&str, Summary>::new();
    for finding in &report.findings {
        counts.entry(&finding.rule).or_default().count(finding);
    }
    let row = |rule: &crate::model::RuleInfo| {
        let found = counts.get(rule.id.as_str());
        RuleRow {
            id: shorten(&rule.id, NAME).into_owned(),
            title: shorten(&rule.title, SENTENCE).into_owned(),
            severity: rule.severity.as_str(),
            findings: found.copied().unwrap_or_default(),
            is_silent: found.is_none(),
            link: filter_link(&[("rule", &rule.id), ("verdict", "all")]),
        }
    };
    report.rules.iter().map(row).collect()
}

fn operation(lines: &[&Coverage]) -> OperationRow {
    let sum = |count: fn(&Coverage) -> usize| lines.iter().map(|line| count(line)).sum();
    let place = |line: &Coverage| format!("{} {}", line.account.as_deref().unwrap_or_default(), line.region);
    let failed: BTreeSet<String> = lines.iter().filter(|line| line.failed > 0).map(|line| place(line)).collect();
    let regions: BTreeSet<&str> = lines.iter().map(|line| line.region.as_str()).collect();
    let places = match (regions.len(), regions.first()) {
        (1, Some(only)) => shorten(only, NAME).into_owned(),
        (count, _) => counted(count, "region", "regions"),
    };
    OperationRow {
        service: lines.first().map(|line| shorten(&line.service, NAME).into_owned()).unwrap_or_default(),
        operation: lines.first().map(|line| shorten(&line.operation, NAME).into_owned()).unwrap_or_default(),
        places,
        calls: sum(|line| line.calls),
        ok: sum(|line| line.ok),
        absent: sum(|line| line.absent),
        failed: sum(|line| line.failed),
        failed_in: shorten(&listed(failed.iter().map(String::as_str), PLACES), SENTENCE).into_owned(),
    }
}
