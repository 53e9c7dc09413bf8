//! Merges everything that the parts say beside their findings.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::part::{ReportPart, calling_account};
use super::tally::Tally;
use super::{AccountListing, attested};
use crate::Result;
use crate::catalog::Catalog;
use crate::catalog::services::EligibilityList;
use crate::engine::requirements::{TableScope, requirement_rows};
use crate::engine::waivers;
use crate::model::{
    AccountId, AccountRow, AccountState, Comparison, Coverage, EntityRole, Finding, Gap, Organization, PhiScopeInfo,
    Region, Report, ReportScope, RuleInfo, ScanInfo, ServiceRow, ServiceWitness, Services, Soc2Category, Summary,
    WaiverRow,
};
use crate::scan::{looked_at, phi_scope_warning};

/// The most accounts that a warning names.
const ACCOUNTS_NAMED: usize = 3;

/// The merged report without its findings.
pub(super) fn head(parts: &[ReportPart], listing: AccountListing, tally: &Tally) -> Result<Report> {
    let rules = rules(parts);
    let mut coverage = coverage(parts, &listing.calls);
    coverage.sort();
    let waivers = waivers(parts, &rules);
    let gaps: BTreeSet<Gap> = parts.iter().flat_map(|part| &part.report.gaps).cloned().chain(listing.gaps).collect();
    let first = &parts[0].report;
    let services = services(parts);
    let scope = TableScope {
        soc2_categories: &categories(parts),
        roles: &roles(parts),
        phi_scope_is_configured: phi_scope(parts).is_configured,
        services: services.as_ref(),
        list: &EligibilityList::builtin()?,
    };
    let looked_at = looked_at::merged(parts.iter().map(|part| &part.report.scope));
    Ok(Report {
        schema_version: first.schema_version,
        scan: scan(parts, &rules, &coverage),
        summary: tally.summary(),
        findings: Vec::new(),
        gaps: gaps.into_iter().collect(),
        requirements: requirement_rows(&Catalog::builtin()?, &rules, &tally.by_rule(), &scope),
        coverage,
        warnings: warnings(parts, &waivers, &looked_at, tally),
        scope: looked_at,
        services,
        waivers,
        comparison: comparison(parts, tally),
        organization: Some(organization(parts, listing.skipped, tally)),
        rules,
    })
}

/// The categories that any part counts.
fn categories(parts: &[ReportPart]) -> Vec<Soc2Category> {
    let named = |category: &Soc2Category| {
        let is_it = |name: &String| name == category.as_str();
        parts.iter().any(|part| part.report.scan.soc2_categories.iter().any(is_it))
    };
    Soc2Category::ALL.into_iter().filter(named).collect()
}

/// The roles that any part names. A part that names none may be bound by everything, and so may the whole.
fn roles(parts: &[ReportPart]) -> Vec<EntityRole> {
    let named = || parts.iter().map(|part| &part.report.scan.roles);
    match named().any(Vec::is_empty) {
        true => Vec::new(),
        false => named().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect(),
    }
}

/// The entries of the waiver files, each once: it is in force if it covers something in any part. What people attest
/// fails once, in however many parts it does.
fn waivers(parts: &[ReportPart], rules: &[RuleInfo]) -> Vec<WaiverRow> {
    let mut rows = BTreeMap::new();
    for row in parts.iter().flat_map(|part| &part.report.waivers) {
        let WaiverRow { file, line, rule, resource, account, region, waiver, .. } = row;
        let entry = rows
            .entry((file, line, rule, resource, account, region, waiver))
            .or_insert_with(|| WaiverRow { failures: 0, ..row.clone() });
        entry.failures = match waivers::is_about_attestations(row, rules) {
            true => entry.failures.max(row.failures),
            false => entry.failures + row.failures,
        };
        entry.state = waivers::joined(entry.state, row.state);
    }
    rows.into_values().collect()
}

fn scan(parts: &[ReportPart], rules: &[RuleInfo], coverage: &[Coverage]) -> ScanInfo {
    let scans = || parts.iter().map(|part| &part.report.scan);
    let categories: BTreeSet<String> = scans().flat_map(|scan| scan.soc2_categories.iter().cloned()).collect();
    let accounts: BTreeSet<AccountId> = scans().flat_map(|scan| scan.accounts.iter().copied()).collect();
    let regions: BTreeSet<&Region> = scans().flat_map(|scan| &scan.regions).collect();
    let sources: BTreeSet<&str> = scans().map(|scan| scan.source.as_str()).collect();
    let dates: BTreeMap<_, _> =
        scans().flat_map(|scan| &scan.catalog_dates).map(|date| (date.framework, date)).collect();
    ScanInfo {
        tool_version: scans().map(|scan| scan.tool_version.clone()).max().unwrap_or_default(),
        source: sources.into_iter().collect::<Vec<_>>().join(", "),
        started_at: scans().fold(parts[0].report.scan.started_at, |least, scan| least.min(scan.started_at)),
        finished_at: scans().fold(parts[0].report.scan.finished_at, |most, scan| most.max(scan.finished_at)),
        accounts: accounts.into_iter().collect(),
        regions: regions.into_iter().cloned().collect(),
        rule_count: rules.len(),
        rules_known: scans().map(|scan| scan.rules_known).max().unwrap_or_default(),
        resource_count: scans().map(|scan| scan.resource_count).sum(),
        call_count: coverage.iter().map(|row| row.calls).sum(),
        catalog_dates: dates.into_values().cloned().collect(),
        phi_scope: phi_scope(parts),
        soc2_categories: categories.into_iter().collect(),
        roles: roles(parts),
    }
}

/// The whole holds PHI if a part does. If none is known to hold any, and one part is not known, the whole is not known.
fn phi_scope(parts: &[ReportPart]) -> PhiScopeInfo {
    let scopes = || parts.iter().map(|part| part.report.scan.phi_scope);
    let holds: Vec<Option<bool>> = scopes().map(|scope| scope.account_holds_phi).collect();
    PhiScopeInfo {
        is_configured: scopes().any(|scope| scope.is_configured),
        in_scope: scopes().map(|scope| scope.in_scope).sum(),
        undecided: scopes().map(|scope| scope.undecided).sum(),
        account_holds_phi: match holds.as_slice() {
            holds if holds.contains(&Some(true)) => Some(true),
            holds if holds.contains(&None) => None,
            _ => Some(false),
        },
    }
}

fn rules(parts: &[ReportPart]) -> Vec<RuleInfo> {
    let rules = parts.iter().flat_map(|part| &part.report.rules).map(|rule| (&rule.id, rule));
    rules.collect::<BTreeMap<_, _>>().into_values().cloned().collect()
}

fn coverage(parts: &[ReportPart], listing: &[Coverage]) -> Vec<Coverage> {
    let mut rows: BTreeMap<(Option<AccountId>, &str, &str, &str), Coverage> = BTreeMap::new();
    for row in parts.iter().flat_map(|part| &part.report.coverage).chain(listing) {
        let key = (row.account, &*row.region, &*row.service, &*row.operation);
        rows.entry(key)
            .and_modify(|sum| {
                sum.calls += row.calls;
                sum.ok += row.ok;
                sum.absent += row.absent;
                sum.failed += row.failed;
            })
            .or_insert_with(|| row.clone());
    }
    rows.into_values().collect()
}

/// A warning that all parts have stands once; another one says which accounts it is about. Waivers, regions and the
/// PHI scope are spoken of as they stand in the whole: they need not be of use in every account.
fn warnings(parts: &[ReportPart], rows: &[WaiverRow], scope: &ReportScope, tally: &Tally) -> Vec<String> {
    let mut accounts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for part in parts {
        let of_scope = phi_scope_warning(part.report.scan.phi_scope);
        let of_regions = looked_at::warnings(&part.report.scope);
        let of_whole: Vec<String> =
            waivers::warnings(&part.report.waivers).into_iter().chain(of_scope).chain(of_regions).collect();
        for warning in part.report.warnings.iter().filter(|warning| !of_whole.contains(warning)) {
            *counts.entry(warning).or_default() += 1;
            accounts.entry(warning).or_default().extend(part.report.scan.accounts.iter().map(AccountId::as_str));
        }
    }
    let in_words = |(warning, accounts): (&str, BTreeSet<&str>)| {
        if counts.get(warning) == Some(&parts.len()) {
            return warning.to_owned();
        }
        let named: Vec<&str> = accounts.iter().take(ACCOUNTS_NAMED).copied().collect();
        let more = match accounts.len().saturating_sub(ACCOUNTS_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{warning} (account {}{more})", named.join(", "))
    };
    let mut warnings: Vec<String> = accounts.into_iter().map(in_words).collect();
    warnings.extend(phi_scope_warning(phi_scope(parts)));
    warnings.extend(looked_at::warnings(scope));
    warnings.extend(waivers::warnings(rows));
    warnings.extend(tally.differing_statements());
    warnings.extend(differing_rules(parts));
    warnings
}

/// Parts that were judged by other rules cannot be compared with each other.
fn differing_rules(parts: &[ReportPart]) -> Option<String> {
    let differs = parts.windows(2).any(|pair| {
        let (a, b) = (&pair[0].report, &pair[1].report);
        a.rules != b.rules || a.scan.tool_version != b.scan.tool_version
    });
    differs.then(|| {
        "the merged reports were not made with the same rules or version of Safeguard: what is missing in one account may \
         only not have been asked there"
            .to_owned()
    })
}

fn services(parts: &[ReportPart]) -> Option<Services> {
    let all = || parts.iter().filter_map(|part| part.report.services.as_ref());
    let newest = all().max_by_key(|services| &services.list_date)?;
    let mut witnesses: BTreeMap<&str, ServiceWitness> = BTreeMap::new();
    for witness in all().flat_map(|services| &services.witnesses) {
        let entry = witnesses.entry(&witness.name).or_insert_with(|| witness.clone());
        entry.is_complete &= witness.is_complete;
        if entry.reach != witness.reach {
            entry.reach = "it differs from account to account: see their own reports".to_owned();
        }
    }
    let mut rows: BTreeMap<&str, ServiceRow> = BTreeMap::new();
    for row in all().flat_map(|services| &services.services) {
        let entry = rows.entry(&row.service).or_insert_with(|| row.clone());
        let seen: BTreeSet<String> = entry.witnesses.iter().chain(&row.witnesses).cloned().collect();
        entry.witnesses = seen.into_iter().collect();
        entry.last_seen = entry.last_seen.max(row.last_seen);
        entry.eligibility = entry.eligibility.min(row.eligibility);
    }
    let mut services: Vec<ServiceRow> = rows.into_values().collect();
    services.sort_by(|a, b| (&a.name, &a.service).cmp(&(&b.name, &b.service)));
    Some(Services {
        list_date: newest.list_date.clone(),
        list_age_days: newest.list_age_days,
        list_url: newest.list_url.clone(),
        witnesses: witnesses.into_values().collect(),
        services,
    })
}

/// Merges what changed in the parts, each finding once. A finding that one part does not report any more may be
/// reported by another.
fn comparison(parts: &[ReportPart], tally: &Tally) -> Option<Comparison> {
    let all = || parts.iter().filter_map(|part| part.report.comparison.as_ref());
    let baseline_started_at = all().map(|comparison| comparison.baseline_started_at).min()?;
    let mut seen = HashSet::new();
    let gone = all().flat_map(|comparison| &comparison.no_longer_reported);
    let gone = gone.filter(|finding| !tally.knows(finding));
    let no_longer_reported: Vec<Finding> =
        gone.filter(|it| seen.insert(attested::statement(it).unwrap_or_else(|| it.id.clone()))).cloned().collect();
    let mut counts = tally.changes();
    no_longer_reported.iter().filter_map(Finding::change).for_each(|change| counts.count(change));
    let differences: BTreeSet<String> = all().flat_map(|comparison| comparison.differences.iter().cloned()).collect();
    Some(Comparison {
        baseline_started_at,
        baseline_is_complete: all().all(|comparison| comparison.baseline_is_complete),
        differences: differences.into_iter().collect(),
        counts,
        no_longer_reported,
    })
}

/// The accounts of all parts. One that several parts are about is as complete as the least complete of them.
fn organization(parts: &[ReportPart], skipped: Vec<AccountRow>, tally: &Tally) -> Organization {
    let mut rows: BTreeMap<AccountId, AccountRow> = skipped.into_iter().map(|row| (row.account, row)).collect();
    for row in parts.iter().flat_map(|part| rows_of(&part.report)) {
        match rows.get_mut(&row.account) {
            Some(known) if known.state != AccountState::Skipped => {
                known.state = joined(known.state, row.state);
                known.name = known.name.take().or(row.name);
                known.organizational_unit = known.organizational_unit.take().or(row.organizational_unit);
                known.reason = known.reason.take().or(row.reason);
            }
            _ => {
                rows.insert(row.account, row);
            }
        }
    }
    let counted = tally.by_account();
    for row in rows.values_mut() {
        // All findings of an account may be counted with another account. Then nothing is left to count here.
        let of_account = counted.get(row.account.as_str());
        row.summary = of_account.map_or(Summary::default(), |counted| counted.summary);
        row.worst_failure = of_account.and_then(|counted| counted.worst_failure);
    }
    let home = calling_account(parts);
    Organization { home, ..Organization::of(rows.into_values().collect()) }
}

fn rows_of(report: &Report) -> Vec<AccountRow> {
    if let Some(organization) = &report.organization {
        return organization.accounts.clone();
    }
    let state = if report.is_incomplete() { AccountState::Incomplete } else { AccountState::Complete };
    let row = |account: &AccountId| AccountRow {
        account: *account,
        name: None,
        organizational_unit: None,
        state,
        reason: None,
        summary: report.summary,
        worst_failure: None,
    };
    report.scan.accounts.iter().map(row).collect()
}

/// A part that was not read leaves the account incomplete, unless no other part was read either.
fn joined(a: AccountState, b: AccountState) -> AccountState {
    match (a, b) {
        (AccountState::Complete, AccountState::Complete) => AccountState::Complete,
        (AccountState::NotRead, AccountState::NotRead) => AccountState::NotRead,
        _ => AccountState::Incomplete,
    }
}
