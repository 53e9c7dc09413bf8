//! Differences between two scans or their rules: the changes that say nothing about the account.

use std::collections::BTreeSet;

use super::present_id;
use crate::model::{AccountId, AccountState, CatalogDate, Region, Report, RuleInfo};
use crate::rule::FormerIds;

/// The most names that one sentence holds.
const MOST_NAMES: usize = 5;

/// Every difference, in a sentence each.
pub(super) fn between(old: &Report, new: &Report, former_ids: &FormerIds) -> Vec<String> {
    let mut differences = Vec::new();
    differences.extend(order(old, new));
    differences.extend(sets(
        "account",
        old.scan.accounts.iter().map(AccountId::to_string),
        new.scan.accounts.iter().map(AccountId::to_string),
        "scanned",
    ));
    let regions = |report: &Report| report.scan.regions.iter().map(Region::to_string).collect::<Vec<_>>();
    differences.extend(sets("region", regions(old).into_iter(), regions(new).into_iter(), "read"));
    let old_rules = old.rules.iter().map(|rule| present_id(&rule.id, former_ids).to_owned());
    differences.extend(sets("rule", old_rules, new.rules.iter().map(|rule| rule.id.clone()), "run"));
    differences.extend(rewritten(old, new, former_ids));
    if old.scan.tool_version != new.scan.tool_version {
        let (old, new) = (&old.scan.tool_version, &new.scan.tool_version);
        differences.push(format!("version {old} of Safeguard judged then, and version {new} now"));
    }
    differences.extend(catalogs(&old.scan.catalog_dates, &new.scan.catalog_dates));
    differences.extend(phi_scope(old, new));
    differences.extend([(old, "then"), (new, "now")].into_iter().filter_map(|(report, when)| not_read(report, when)));
    if old.is_incomplete() {
        differences.push("the earlier report is incomplete: what is new may have been there unseen".to_owned());
    }
    differences
}

fn order(old: &Report, new: &Report) -> Option<String> {
    let is_backwards = new.scan.started_at < old.scan.started_at;
    is_backwards.then(|| "the facts of the earlier report are the younger ones: is the order right?".to_owned())
}

/// `region read only then: us-west-2`, and the same the other way round.
fn sets(
    what: &str,
    old: impl Iterator<Item = String>,
    new: impl Iterator<Item = String>,
    done: &str,
) -> impl Iterator<Item = String> {
    let (old, new): (BTreeSet<String>, BTreeSet<String>) = (old.collect(), new.collect());
    let only = |these: &BTreeSet<String>, others: &BTreeSet<String>, when: &str| {
        let names: Vec<&str> = these.difference(others).map(String::as_str).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        (!names.is_empty()).then(|| format!("{} {what}{plural} {done} only {when}: {}", names.len(), listed(&names)))
    };
    [only(&old, &new, "then"), only(&new, &old, "now")].into_iter().flatten()
}

/// Rules whose conditions or severities are not what they were.
fn rewritten(old: &Report, new: &Report, former_ids: &FormerIds) -> Option<String> {
    let judges_alike = |a: &RuleInfo, b: &RuleInfo| {
        (&a.pass, &a.when, a.severity, a.severity_in_phi_scope, &a.severity_cases)
            == (&b.pass, &b.when, b.severity, b.severity_in_phi_scope, &b.severity_cases)
    };
    let is_rewritten = |now: &&RuleInfo| {
        let then = old.rules.iter().find(|then| present_id(&then.id, former_ids) == now.id);
        then.is_some_and(|then| !judges_alike(then, now))
    };
    let names: Vec<&str> = new.rules.iter().filter(is_rewritten).map(|rule| rule.id.as_str()).collect();
    let verb = if names.len() == 1 { "rule judges" } else { "rules judge" };
    (!names.is_empty()).then(|| format!("{} {verb} otherwise now: {}", names.len(), listed(&names)))
}

/// Accounts of which nothing could be read.
fn not_read(report: &Report, when: &str) -> Option<String> {
    let rows = report.organization.iter().flat_map(|organization| &organization.accounts);
    let rows = rows.filter(|row| row.state == AccountState::NotRead);
    let names: Vec<&str> = rows.map(|row| row.account.as_str()).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    (!names.is_empty()).then(|| format!("{} account{plural} could not be read {when}: {}", names.len(), listed(&names)))
}

fn catalogs(old: &[CatalogDate], new: &[CatalogDate]) -> Option<String> {
    let is_newer =
        |now: &&CatalogDate| old.iter().any(|then| then.framework == now.framework && then.checked != now.checked);
    new.iter().find(is_newer).map(|date| format!("the catalog of requirements is of {} now", date.checked))
}

fn phi_scope(old: &Report, new: &Report) -> Option<String> {
    let (then, now) = (old.scan.phi_scope, new.scan.phi_scope);
    let words = match (then.is_configured, now.is_configured) {
        (false, false) => return None,
        (true, false) => "a PHI scope was configured then, and none is now".to_owned(),
        (false, true) => "no PHI scope was configured then, and one is now".to_owned(),
        (true, true) if then.in_scope == now.in_scope => return None,
        (true, true) => {
            format!("the PHI scope held {} resources then, and holds {} now", then.in_scope, now.in_scope)
        }
    };
    Some(format!("{words}: severities differ with it"))
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
