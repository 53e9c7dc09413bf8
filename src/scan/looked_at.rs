//! Makes the section of a report that says what was looked at and what was not: who read what, which services nobody
//! judged, how many resources of each kind were seen, and the digests of all that the result was made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::snapshot_file;
use crate::catalog::services::EligibilityList;
use crate::engine::requirements::service_of;
use crate::model::{
    AccountId, AccountScope, DigestedInput, Finding, InputDigest, PopulationScope, Region, ReportScope, RuleInfo,
    SERVICE, ServiceScope, Services, Snapshot, Verdict, is_attested,
};
use crate::output::text::{counted, listed};
use crate::source;

/// The most regions or accounts that a warning names.
const NAMED: usize = 8;

/// What a result was made from, as far as it is not in the snapshot.
pub(super) struct JudgedWith<'a> {
    pub rules: &'a [RuleInfo],
    pub findings: &'a [Finding],
    pub services: Option<&'a Services>,
    pub list: &'a EligibilityList,
    /// The digests of everything but the snapshot.
    pub digests: Vec<InputDigest>,
}

/// The scope of the report of one snapshot.
pub(super) fn of(snapshot: &Snapshot, with: JudgedWith<'_>) -> ReportScope {
    let mut digests = with.digests;
    // A snapshot that cannot be written has no digest, and then none stands here.
    digests.extend(snapshot_file::digest(snapshot).ok().map(|sha256| InputDigest {
        input: DigestedInput::Snapshot,
        name: Some(snapshot.header.account.to_string()),
        sha256,
    }));
    digests.sort();
    ReportScope {
        accounts: vec![account(snapshot)],
        services: with.services.map(|services| judged_services(services, with.rules, with.findings, with.list)),
        services_are_known: with
            .services
            .is_some_and(|services| services.witnesses.iter().all(|witness| witness.is_complete)),
        populations: populations(snapshot, with.rules),
        digests,
    }
}

fn account(snapshot: &Snapshot) -> AccountScope {
    let header = &snapshot.header;
    let not_read = |enabled: &Vec<Region>| {
        let left = enabled.iter().filter(|region| !header.regions.contains(region));
        left.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    };
    AccountScope {
        account: header.account,
        caller: header.caller.clone(),
        regions_read: header.regions.clone(),
        regions_not_read: header.enabled_regions.as_ref().map(not_read),
    }
}

/// The rules by the services in use that they said pass or fail of.
fn judged_services(
    services: &Services,
    rules: &[RuleInfo],
    findings: &[Finding],
    list: &EligibilityList,
) -> Vec<ServiceScope> {
    let decides = |finding: &&Finding| matches!(finding.verdict, Verdict::Pass | Verdict::Fail);
    let decided: BTreeSet<&str> = findings.iter().filter(decides).map(|finding| finding.rule.as_str()).collect();
    let mut by_service: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| !rule.judges_attestations() && decided.contains(rule.id.as_str())) {
        if let Some(service) = service_of(rule, list) {
            by_service.entry(service).or_default().insert(rule.id.clone());
        }
    }
    let row = |row: &crate::model::ServiceRow| ServiceScope {
        service: row.service.clone(),
        holds_data: row.holds_data,
        rules: by_service.get(&row.service).into_iter().flatten().cloned().collect(),
    };
    let rows: BTreeSet<ServiceScope> = services.services.iter().map(row).collect();
    rows.into_iter().collect()
}

/// The kinds that the rules judge. What is concluded or attested is no population of AWS's.
fn populations(snapshot: &Snapshot, rules: &[RuleInfo]) -> Vec<PopulationScope> {
    let mut judging: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.kind != SERVICE && !is_attested(&rule.kind)) {
        *judging.entry(&rule.kind).or_default() += 1;
    }
    let mut resources: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in &snapshot.resources {
        *resources.entry(&resource.kind).or_default() += 1;
    }
    let open: BTreeSet<&str> = snapshot.gaps.iter().flat_map(|gap| &gap.population).map(String::as_str).collect();
    let asked: BTreeSet<&str> = snapshot.header.kinds.iter().map(String::as_str).collect();
    let population = |(kind, rules): (&str, usize)| PopulationScope {
        kind: kind.to_owned(),
        resources: resources.get(kind).copied().unwrap_or_default(),
        is_known: asked.contains(kind) && !open.contains(kind),
        rules,
    };
    judging.into_iter().map(population).collect()
}

/// The scope of a report that is merged from reports with these scopes.
pub(super) fn merged<'a>(parts: impl Iterator<Item = &'a ReportScope> + Clone) -> ReportScope {
    let mut accounts: BTreeMap<AccountId, AccountScope> = BTreeMap::new();
    let mut populations: BTreeMap<&str, PopulationScope> = BTreeMap::new();
    let mut services: BTreeMap<&str, ServiceScope> = BTreeMap::new();
    for part in parts.clone() {
        for account in &part.accounts {
            let known = accounts.entry(account.account).or_insert_with(|| account.clone());
            join_accounts(known, account);
        }
        for population in &part.populations {
            let nothing = || PopulationScope { resources: 0, ..population.clone() };
            let known = populations.entry(&population.kind).or_insert_with(nothing);
            known.resources += population.resources;
            known.is_known &= population.is_known;
            known.rules = known.rules.max(population.rules);
        }
        for service in part.services.iter().flatten() {
            let known = services.entry(&service.service).or_insert_with(|| service.clone());
            known.rules = union(&known.rules, &service.rules);
        }
    }
    let digests: BTreeSet<InputDigest> = parts.clone().flat_map(|part| &part.digests).cloned().collect();
    ReportScope {
        accounts: accounts.into_values().collect(),
        services: parts.clone().any(|part| part.services.is_some()).then(|| services.into_values().collect()),
        services_are_known: parts.clone().all(|part| part.services_are_known),
        populations: populations.into_values().collect(),
        digests: digests.into_iter().collect(),
    }
}

/// Several parts may be about one account: a region that one of them read was read.
fn join_accounts(known: &mut AccountScope, more: &AccountScope) {
    known.regions_read = union(&known.regions_read, &more.regions_read);
    let left = match (&known.regions_not_read, &more.regions_not_read) {
        (Some(a), Some(b)) => Some(union(a, b)),
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    };
    known.regions_not_read = left.map(|mut left| {
        left.retain(|region| !known.regions_read.contains(region));
        left
    });
    if known.caller != more.caller {
        let callers: Vec<String> = known.caller.iter().chain(&more.caller).cloned().collect();
        known.caller = Some(callers.join(", "));
    }
}

fn union<T: Clone + Ord>(a: &[T], b: &[T]) -> Vec<T> {
    a.iter().chain(b).cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Warns of regions that were not read although the account has enabled them, or may have.
pub(super) fn warnings(scope: &ReportScope) -> Vec<String> {
    let read: BTreeSet<AccountId> = scope
        .accounts
        .iter()
        .filter(|account| !account.regions_read.is_empty())
        .map(|account| account.account)
        .collect();
    let open: Vec<(AccountId, &[Region])> =
        scope.regions_not_read().filter(|(account, _)| read.contains(account)).collect();
    let regions: BTreeSet<&str> = open.iter().flat_map(|(_, regions)| regions.iter()).map(Region::as_str).collect();
    let unknown: Vec<AccountId> = scope.regions_not_known().filter(|account| read.contains(account)).collect();
    let mut warnings = Vec::new();
    if !regions.is_empty() {
        let of =
            if scope.accounts.len() > 1 { accounts(open.iter().map(|(account, _)| account)) } else { String::new() };
        warnings.push(format!(
            "{}{of} {} not read, so nothing is known of what is in {}: {}. `--region all` reads them",
            counted(regions.len(), "enabled region", "enabled regions"),
            if regions.len() == 1 { "was" } else { "were" },
            if regions.len() == 1 { "it" } else { "them" },
            listed(regions, NAMED)
        ));
    }
    if !unknown.is_empty() {
        let of = if scope.accounts.len() > 1 { accounts(unknown.iter()) } else { String::new() };
        warnings.push(format!(
            "which regions are enabled{of} is not known, so there may be some that nobody looked at: a scan that may call \
             account:ListRegions knows them"
        ));
    }
    warnings
}

fn accounts<'a>(accounts: impl Iterator<Item = &'a AccountId>) -> String {
    format!(" of {}", listed(accounts.map(AccountId::as_str), NAMED))
}

/// The SHA-256 of the running program. A debug build reads its rules from the source tree, so that the digest of its
/// file would promise more than it tells.
pub(super) fn binary() -> Option<InputDigest> {
    static BINARY: OnceLock<Option<String>> = OnceLock::new();
    if cfg!(debug_assertions) {
        return None;
    }
    let hash = || std::env::current_exe().and_then(|file| source::sha256_of_file(&file)).ok().map(hex::encode);
    let sha256 = BINARY.get_or_init(hash).clone()?;
    Some(InputDigest { input: DigestedInput::Binary, name: None, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Gap, GapClass, Header, SNAPSHOT_SCHEMA_VERSION};
    use crate::rule::RuleSet;

    const BUCKETS: &str = "AWS::S3::Bucket";

    fn snapshot(enabled: Option<&[&str]>) -> Snapshot {
        let header = Header {
            schema_version: SNAPSHOT_SCHEMA_VERSION,
            account: AccountId::EXAMPLE,
            partition: "aws".to_owned(),
            caller: Some("arn:aws:iam::123456789012:user/auditor".to_owned()),
            enabled_regions: enabled.map(|names| names.iter().map(|name| name.parse().unwrap()).collect()),
            regions: vec!["eu-west-1".parse().unwrap()],
            taken_at: "2026-01-01T12:00:00Z".parse().unwrap(),
            finished_at: "2026-01-01T12:00:01Z".parse().unwrap(),
            tool_version: "0.1.0".to_owned(),
            kinds: vec![BUCKETS.to_owned()],
        };
        Snapshot { header, resources: Vec::new(), gaps: Vec::new(), calls: Vec::new() }
    }

    fn scope(snapshot: &Snapshot) -> ReportScope {
        let catalog = crate::catalog::Catalog::builtin().unwrap();
        let rules = RuleSet::builtin(&super::super::kinds(), &catalog).unwrap();
        let infos: Vec<RuleInfo> =
            rules.iter().filter(|rule| rule.id == "s3-bucket-versioning").map(|rule| rule.info()).collect();
        let list = EligibilityList::builtin().unwrap();
        of(snapshot, JudgedWith { rules: &infos, findings: &[], services: None, list: &list, digests: Vec::new() })
    }

    #[test]
    fn enabled_regions_that_were_not_read_make_a_warning_and_unknown_ones_another() {
        let found = |enabled: Option<&[&str]>| warnings(&scope(&snapshot(enabled)));
        assert_eq!(found(Some(&["eu-west-1"])), [""; 0]);
        assert_eq!(
            found(Some(&["eu-west-1", "us-east-1"])),
            [
                "1 enabled region was not read, so nothing is known of what is in it: us-east-1. `--region all` reads them"
            ]
        );
        assert!(found(None)[0].starts_with("which regions are enabled is not known"), "{:?}", found(None));
    }

    #[test]
    fn a_region_that_another_part_read_was_read() {
        let (mut a, mut b) = (snapshot(Some(&["eu-west-1", "us-east-1"])), snapshot(Some(&["eu-west-1", "us-east-1"])));
        b.header.regions = vec![Region::US_EAST_1];
        let whole = merged([scope(&a), scope(&b)].iter());
        assert_eq!(whole.accounts[0].regions_not_read.as_deref(), Some([].as_slice()));
        assert_eq!(warnings(&whole), [""; 0]);
        a.header.enabled_regions = None;
        let half_known = merged([scope(&a), scope(&b)].iter());
        assert_eq!(half_known.accounts[0].regions_not_read.as_deref(), Some([].as_slice()));
        b.header.account = "210987654321".parse().unwrap();
        let apart = merged([scope(&a), scope(&b)].iter());
        assert_eq!(warnings(&apart).len(), 2, "one account has a region that nobody read, one says nothing");
    }

    #[test]
    fn a_list_that_was_not_read_to_its_end_may_hold_more() {
        let mut snapshot = snapshot(None);
        let known = |snapshot: &Snapshot| scope(snapshot).populations[0].is_known;
        assert!(known(&snapshot));
        snapshot.gaps.push(Gap {
            account: AccountId::EXAMPLE,
            region: "eu-west-1".parse().unwrap(),
            service: "s3".to_owned(),
            operation: "ListBuckets".to_owned(),
            resource: None,
            class: GapClass::Denied,
            code: String::new(),
            message: String::new(),
            request_id: None,
            facts: Vec::new(),
            population: vec![BUCKETS.to_owned()],
            iam_actions: Vec::new(),
        });
        assert!(!known(&snapshot));
        snapshot.gaps.clear();
        snapshot.header.kinds.clear();
        assert!(!known(&snapshot), "nobody asked for the list");
    }

    #[test]
    fn the_digest_is_that_of_the_snapshots_closing_line() {
        let snapshot = snapshot(None);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("account.ndjson");
        snapshot_file::save(&snapshot, &file).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let end: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let digests = scope(&snapshot).digests;
        assert_eq!(digests[0].input, DigestedInput::Snapshot);
        assert_eq!(end["end"]["sha256"], digests[0].sha256);
    }
}
