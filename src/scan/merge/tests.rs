//! Parts made of the sample account under other names, as a run over an organization makes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::engine::comparison::compare;
use crate::engine::waivers;
use crate::model::{AccountState, ChangeCounts, Verdict, WaiverState, is_attested};
use crate::register::RegisterFiles;
use crate::rule::{FormerIds, Selection};
use crate::scan::prepared::Prepared;
use crate::scan::report_file;
use crate::scan::{FactSource, PhiScope, ScanRequest, ServicesRequest, demo, kinds};

const A: &str = "111111111111";
const B: &str = "222222222222";
const C: &str = "333333333333";
const RISK: &str = "attest-risk-analysis";
const TLS: &str = "s3-bucket-tls-only";
const IN_FORCE: &str = "attest-risk-analysis: {statement: It was done., owner: \"security, security@clinic.example\", signer: \
                        \"Ada, ada@clinic.example\", signed: 2026-09-16, date: 2026-09-15, valid_until: \
                        2026-12-31, evidence: \"https://wiki.example/risk\", sha256: \
                        9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}\n";
/// When the parts were read.
const NOW: &str = "2026-11-24T00:00:00Z";

/// A folder with the files that the parts are judged with, and the parts.
struct Bench {
    folder: TempDir,
    parts: Vec<PathBuf>,
    waivers: bool,
    phi_scope: PhiScope,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), parts: Vec::new(), waivers: false, phi_scope: PhiScope::default() }
    }

    fn write(&mut self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).unwrap();
        self.waivers |= file == "waivers.yaml";
    }

    /// Scans the account with the files as they are now.
    fn judged(&self, account: &str) -> Report {
        let request = ScanRequest {
            source: FactSource::Snapshot(PathBuf::new()),
            selection: Selection { select: vec!["attest-*".to_owned(), TLS.to_owned()], skip: Vec::new() },
            rule_dirs: Vec::new(),
            params: BTreeMap::new(),
            phi_scope: self.phi_scope.clone(),
            soc2_categories: Vec::new(),
            roles: Vec::new(),
            register: RegisterFiles::usual(self.folder.path()),
            waivers: self.waivers.then(|| self.folder.path().join("waivers.yaml")),
            baseline: None,
            save_snapshot: None,
            evidence: None,
            services: ServicesRequest::default(),
        };
        let mut snapshot = demo().unwrap();
        let account = account.parse().unwrap();
        snapshot.header.account = account;
        snapshot.header.taken_at = NOW.parse().unwrap();
        snapshot.resources.iter_mut().for_each(|resource| resource.account = account);
        snapshot.gaps.iter_mut().for_each(|gap| gap.account = account);
        Prepared::of(&request).unwrap().report(snapshot)
    }

    fn add(&mut self, report: &Report) {
        let path = self.folder.path().join(format!("part-{}.json", self.parts.len()));
        crate::scan::file::write_whole(&path, |out| json::write(report, out)).unwrap();
        self.parts.push(path);
    }

    /// The merged report; that the order of the parts does not matter is made sure of.
    fn merged(&self) -> Report {
        let bytes = |parts: &[PathBuf]| {
            let mut bytes = Vec::new();
            merge(parts, AccountListing::default(), &mut bytes).unwrap();
            bytes
        };
        let reversed: Vec<PathBuf> = self.parts.iter().rev().cloned().collect();
        let merged = bytes(&self.parts);
        assert!(merged == bytes(&reversed), "the order of the parts does not matter");
        let report: Report = serde_json::from_slice(&merged).unwrap();
        is_consistent(&report);
        report
    }
}

/// Checks that every finding has an id of its own and is counted once, in the summary and in its account's row.
fn is_consistent(report: &Report) {
    let ids: BTreeSet<_> = report.findings.iter().map(|finding| &finding.id).collect();
    assert_eq!(ids.len(), report.findings.len(), "ids");
    let mut summary = Summary::default();
    report.findings.iter().for_each(|finding| summary.count(finding));
    assert_eq!(report.summary, summary);
    let mut rows = Summary::default();
    for row in &report.organization.as_ref().unwrap().accounts {
        rows.add(row.summary);
        let of_account = report.findings.iter().filter(|finding| finding.resource.account == row.account);
        assert_eq!(row.worst_failure, of_account.filter(|it| it.is_open_failure()).map(|it| it.severity).max());
    }
    assert_eq!(rows, summary, "the rows come to the whole");
}

fn attested(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| is_attested(&finding.resource.kind)).collect()
}

fn organization(report: &mut Report, state: AccountState, home: Option<&str>) {
    let row = AccountRow {
        account: report.scan.accounts[0],
        name: None,
        organizational_unit: None,
        state,
        reason: None,
        summary: report.summary,
        worst_failure: report.worst_failure(),
    };
    report.organization =
        Some(Organization { home: home.map(|home| home.parse().unwrap()), ..Organization::of(vec![row]) });
}

#[test]
fn what_all_parts_attest_alike_stands_once_with_the_account_of_the_run() {
    let mut bench = Bench::new();
    bench.write("attestations.yaml", IN_FORCE);
    bench.write("vendors.yaml", "reviewed: \"2020-01-01\"\nvendors:\n- {vendor: Mailer, phi: true, owner: security}\n");
    let mut of_one = 0;
    for (day, account) in [A, B, C].into_iter().enumerate() {
        let mut report = bench.judged(account);
        of_one = attested(&report).len();
        // The days that a message counts go on while accounts are read.
        for finding in &mut report.findings {
            finding.observed_at = format!("2026-01-0{}T00:00:00Z", day + 1).parse().unwrap();
            finding.message += &format!(" ({day} days)");
        }
        organization(&mut report, AccountState::Complete, Some(B));
        bench.add(&report);
    }
    let merged = bench.merged();
    let attested = attested(&merged);
    assert_eq!(attested.len(), of_one);
    assert!(attested.iter().any(|finding| finding.verdict == Verdict::Pass));
    assert!(attested.iter().any(|finding| finding.verdict == Verdict::Fail), "the vendor has signed nothing");
    assert!(attested.iter().all(|finding| finding.resource.account == B), "the account of the run");
    assert!(attested.iter().all(|finding| finding.message.ends_with("(1 days)")), "and its words");
    let buckets = merged.findings.iter().filter(|finding| finding.rule == TLS).count();
    assert_eq!(buckets, 3 * bench.judged(A).findings.iter().filter(|finding| finding.rule == TLS).count());
    let row = merged.requirements.iter().find(|row| row.id == "164.308(a)(1)(ii)(A)").unwrap();
    let attestation = row.attestation.as_ref().unwrap();
    let total = attestation.findings.pass + attestation.findings.fail + attestation.findings.unknown;
    assert_eq!(total, attestation.rules.len(), "one word for each rule: {attestation:?}");
    assert!(!merged.warnings.iter().any(|warning| warning.contains("do not say the same")), "{:?}", merged.warnings);
}

#[test]
fn what_parts_attest_differently_stays_visible_and_is_warned_of() {
    for (first, second) in [(A, B), (A, A)] {
        let mut bench = Bench::new();
        bench.write("attestations.yaml", IN_FORCE);
        bench.add(&bench.judged(first));
        bench.write("attestations.yaml", &IN_FORCE.replace("2026-12-31", "2026-10-01"));
        let mut other = bench.judged(second);
        other.scan.regions = vec!["eu-west-1".parse().unwrap()];
        bench.add(&other);
        let merged = bench.merged();
        let risk: Vec<Verdict> =
            merged.findings.iter().filter(|finding| finding.rule == RISK).map(|finding| finding.verdict).collect();
        assert_eq!(BTreeSet::from_iter(risk), BTreeSet::from([Verdict::Pass, Verdict::Fail]), "{first} {second}");
        let others = attested(&merged).iter().filter(|finding| finding.rule != RISK).count();
        assert_eq!(others, attested(&other).len() - 1, "all else stands once");
        let warning = merged.warnings.iter().find(|warning| warning.contains("do not say the same")).unwrap();
        assert!(
            warning.ends_with(
                "attestation or register entry, and each of the things that they say is reported: attest-risk-analysis"
            ),
            "{warning}"
        );
    }
}

#[test]
fn an_account_that_was_not_read_is_not_the_one_that_attests() {
    let mut bench = Bench::new();
    for (account, state) in [(A, AccountState::NotRead), (B, AccountState::Complete), (C, AccountState::Complete)] {
        let mut report = bench.judged(account);
        organization(&mut report, state, None);
        bench.add(&report);
    }
    let merged = bench.merged();
    assert!(attested(&merged).iter().all(|finding| finding.resource.account == B));
    // A merged report can be merged again.
    bench.add(&merged);
    assert_eq!(attested(&bench.merged()).len(), attested(&merged).len());
}

#[test]
fn a_waiver_is_unused_only_if_no_account_uses_it_and_that_is_said_once() {
    let mut bench = Bench::new();
    let failing = bench.judged(A);
    let failing = failing.findings.iter().find(|it| it.rule == TLS && it.verdict == Verdict::Fail).unwrap();
    let bucket = failing.resource.id.clone().unwrap();
    let entry = |resource: &str, more: &str| {
        format!("- {{rule: {TLS}, resource: {resource}, reason: r, owner: o, expires: 2099-01-01{more}}}\n")
    };
    let only_in_b = entry(&bucket, &format!(", account: \"{B}\""));
    bench.write("waivers.yaml", &format!("waivers:\n{only_in_b}{}", entry("no-such-bucket", "")));
    for account in [A, B, C] {
        let mut report = bench.judged(account);
        if account == C {
            // Here its bucket passes, so that the three accounts say three different things.
            report.waivers[1].state = WaiverState::NothingFails;
            report.warnings = waivers::warnings(&report.waivers);
        }
        bench.add(&report);
    }
    let merged = bench.merged();
    assert_eq!(merged.waivers.iter().map(|row| row.failures).collect::<Vec<_>>(), [1, 0]);
    let of_waivers: Vec<&String> =
        merged.warnings.iter().filter(|warning| warning.starts_with("the waiver in line")).collect();
    let [warning] = of_waivers[..] else { panic!("{:?}", merged.warnings) };
    let file = bench.folder.path().join("waivers.yaml");
    let expected = format!(
        "the waiver in line 3 of {} ({TLS} on no-such-bucket) covers nothing: what it names does not fail now",
        file.display()
    );
    assert!(warning.starts_with(&expected), "{warning}");
}

#[test]
fn a_waiver_of_what_people_attest_names_one_failure() {
    let mut bench = Bench::new();
    bench.write("attestations.yaml", &IN_FORCE.replace("2026-12-31", "2026-10-01"));
    let entry = format!("- {{rule: {RISK}, resource: {RISK}, reason: r, owner: o, expires: 2099-01-01}}\n");
    bench.write("waivers.yaml", &format!("waivers:\n{entry}"));
    for account in [A, B, C] {
        bench.add(&bench.judged(account));
    }
    let merged = bench.merged();
    assert_eq!((merged.summary.waived, merged.waivers[0].failures), (1, 1));
}

#[test]
fn the_phi_scope_matches_nothing_only_if_it_does_so_in_no_part() {
    let mut bench = Bench::new();
    bench.phi_scope.accounts = vec![B.parse().unwrap()];
    let says_so = |report: &Report| report.warnings.iter().any(|warning| warning.starts_with("the PHI scope matches"));
    let parts = [A, B, C].map(|account| bench.judged(account));
    assert_eq!(parts.each_ref().map(says_so), [true, false, true]);
    bench.add(&parts[0]);
    bench.add(&parts[2]);
    let without = bench.merged();
    assert!(
        says_so(&without) && !without.warnings.iter().any(|warning| warning.contains("(account")),
        "{:?}",
        without.warnings
    );
    bench.add(&parts[1]);
    assert!(!says_so(&bench.merged()));
}

#[test]
fn what_changed_in_the_parts_is_counted_as_it_is_reported() {
    let mut bench = Bench::new();
    let now = [A, B].map(|account| bench.judged(account));
    for report in now {
        let mut old = report.clone();
        let (lost, kept) = old.findings.iter().cloned().partition::<Vec<_>, _>(|it| it.rule == TLS);
        old.findings = kept;
        let compared = compare(&old, report, &FormerIds::default(), &kinds());
        assert!(!lost.is_empty() && compared.comparison.as_ref().unwrap().counts.new > 0);
        bench.add(&compared);
    }
    let merged = bench.merged();
    let mut counts = ChangeCounts::default();
    let comparison = merged.comparison.as_ref().unwrap();
    merged
        .findings
        .iter()
        .chain(&comparison.no_longer_reported)
        .filter_map(Finding::change)
        .for_each(|it| counts.count(it));
    assert_eq!(comparison.counts, counts);
}

#[test]
fn the_warnings_of_waivers_are_those_that_the_whole_has() {
    use WaiverState::{Expired, InForce, NoSuchResource, NotLookedAt, NothingFails, Undecided};
    use waivers::joined;
    for (parts, whole) in [
        ([InForce, NothingFails], InForce),
        ([Undecided, NothingFails], Undecided),
        ([NotLookedAt, NothingFails], NothingFails),
        ([NoSuchResource, NothingFails], NothingFails),
        ([NotLookedAt, NoSuchResource], NoSuchResource),
        ([Expired, NothingFails], Expired),
    ] {
        let [a, b]: [WaiverState; 2] = parts;
        assert_eq!((joined(a, b), joined(b, a)), (whole, whole));
    }
}

#[test]
fn what_parts_of_different_regions_decide_differently_is_unknown() {
    let bench = Bench::new();
    let whole = bench.judged(A);
    let failing = whole.findings.iter().find(|it| it.rule == TLS && it.verdict == Verdict::Fail).unwrap().id.clone();
    let with = |regions: &str, verdict: Verdict| {
        let mut report = bench.judged(A);
        report.scan.regions = vec![regions.parse().unwrap()];
        let finding = report.findings.iter_mut().find(|it| it.id == failing).unwrap();
        finding.verdict = verdict;
        report
    };
    for (verdicts, expected) in [
        (vec![("us-east-1", Verdict::Fail), ("us-west-2", Verdict::Fail)], Verdict::Fail),
        (vec![("us-east-1", Verdict::Fail), ("us-west-2", Verdict::Pass)], Verdict::Unknown),
        (vec![("us-east-1", Verdict::Pass), ("us-west-2", Verdict::Unknown)], Verdict::Unknown),
        (vec![("us-east-1", Verdict::Pass), ("us-west-2", Verdict::NotApplicable)], Verdict::Unknown),
        (
            vec![("eu-west-1", Verdict::Pass), ("us-east-1", Verdict::Fail), ("us-west-2", Verdict::Pass)],
            Verdict::Unknown,
        ),
        (vec![("us-east-1", Verdict::Unknown), ("us-east-1", Verdict::Pass)], Verdict::Pass),
    ] {
        let mut bench = Bench::new();
        verdicts.iter().for_each(|(regions, verdict)| bench.add(&with(regions, *verdict)));
        let merged = bench.merged();
        let finding = merged.findings.iter().find(|it| it.id == failing).unwrap();
        assert_eq!(finding.verdict, expected, "{verdicts:?}");
        let is_decided = |verdict: &Verdict| *verdict != Verdict::Unknown;
        if expected == Verdict::Unknown && verdicts.iter().all(|(_, verdict)| is_decided(verdict)) {
            assert!(finding.message.contains("a scan of all the regions together decides it"), "{}", finding.message);
        }
    }
}

#[test]
fn fields_that_are_passed_on_have_their_form() {
    let demo = Bench::new().judged(A);
    assert_eq!(report_file::wrong_field(&demo), None);
    let wrong = |change: fn(&mut Report)| {
        let mut report = demo.clone();
        change(&mut report);
        report_file::wrong_field(&report).expect("must be refused")
    };
    let refused = |written: &str, altered: &str| {
        let altered = serde_json::to_string(&demo).unwrap().replace(written, altered);
        serde_json::from_str::<Report>(&altered).unwrap_err().to_string()
    };
    for (written, altered, words) in [
        (demo.scan.started_at.to_string().as_str(), "today", "\"today\" is no moment"),
        (A, "12345", "`12345` is not an account id"),
        ("\"us-east-1\"", "\"<b>\"", "`<b>` is not a region"),
        ("\"us-east-1\"", "\"\"", "`` is not a region"),
    ] {
        let error = refused(written, altered);
        assert!(error.contains(words) && error.contains("line"), "{error}");
    }
    assert!(wrong(|report| report.findings[1].id = report.findings[0].id.clone()).contains("two findings have"));
}
