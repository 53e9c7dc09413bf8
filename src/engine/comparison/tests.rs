use insta::assert_snapshot;

use super::*;
use crate::engine::testing::*;
use crate::model::{AccountRow, AccountState, Organization, Resource, Severity, Snapshot, Waiver};
use crate::rule::RuleSet;
use crate::rule::testing::{GOOD, kinds, set, small_set, source};

const THEN: &str = "2026-10-01";
const NOW: &str = "2026-11-01";

fn of(day: &str, resources: Vec<Resource>) -> Snapshot {
    snapshot(day, resources)
}

fn records(facts: serde_json::Value) -> Vec<Resource> {
    vec![shelf("records", "us-east-1", facts)]
}

fn compared(old: &Report, new: Report) -> Report {
    compare(old, new, &rules().former_ids(), &kinds())
}

/// The later report of two snapshots judged alike.
fn between(old: &Snapshot, new: &Snapshot) -> Report {
    compared(&report(old, &rules()), report(new, &rules()))
}

/// Returns the change of the only finding of the two reports, whether it is still reported or not.
fn only(report: &Report) -> &Finding {
    let gone = &report.comparison.as_ref().unwrap().no_longer_reported;
    let all: Vec<&Finding> = report.findings.iter().filter(|it| it.resource.id.is_some()).chain(gone).collect();
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0]
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn history(report: &Report) -> &History {
    only(report).history.as_ref().unwrap()
}

fn change(old: serde_json::Value, new: serde_json::Value) -> Option<Change> {
    only(&between(&of(THEN, records(old)), &of(NOW, records(new)))).change()
}

#[test]
fn every_pair_of_verdicts_has_its_change() {
    let facts = [open_shelf(), dark_shelf(), locked_shelf(), shared_shelf()];
    let expected = [
        [Some(Change::StillFailing), Some(Change::NewlyUnknown), Some(Change::Resolved), Some(Change::Resolved)],
        [Some(Change::New), Some(Change::Unchanged), None, None],
        [Some(Change::New), Some(Change::NewlyUnknown), None, None],
        [Some(Change::New), Some(Change::NewlyUnknown), None, None],
    ];
    for (old, row) in facts.iter().zip(expected) {
        for (new, expected) in facts.iter().zip(row) {
            assert_eq!(change(old.clone(), new.clone()), expected, "{old} {new}");
        }
    }
}

#[test]
fn a_resource_that_was_not_there_is_new_or_newly_unknown() {
    let empty = of(THEN, vec![]);
    let stands = |facts| only(&between(&empty, &of(NOW, records(facts)))).change();
    assert_eq!(stands(open_shelf()), Some(Change::New));
    assert_eq!(stands(dark_shelf()), Some(Change::NewlyUnknown));
    assert_eq!(stands(locked_shelf()), None);
}

#[test]
fn a_resource_that_is_gone_is_resolved_only_if_its_list_was_read() {
    let old = of(THEN, records(open_shelf()));
    let gone = between(&old, &of(NOW, vec![]));
    assert_eq!((history(&gone).change, history(&gone).detail.as_deref()), (Change::Resolved, Some("it is gone")));
    assert_eq!(only(&gone).verdict, Verdict::Fail, "it is told as it was");

    let mut unread = of(NOW, vec![]);
    unread.gaps.push(unread_list("us-east-1"));
    let unread = between(&old, &unread);
    assert_eq!(history(&unread).change, Change::NewlyUnknown);
    assert_eq!(history(&unread).detail.as_deref(), Some("not all AWS::Store::Shelf could be listed"));
    let counts = unread.comparison.as_ref().unwrap().counts;
    assert_eq!((counts.resolved, counts.newly_unknown), (0, 2), "the resource, and the list that nobody saw");

    let mut elsewhere = of(NOW, vec![]);
    elsewhere.gaps.push(unread_list("eu-west-1"));
    assert_eq!(history(&between(&old, &elsewhere)).change, Change::Resolved, "a gap in another region says nothing");
}

#[test]
fn what_was_not_looked_at_is_not_resolved() {
    let old = of(THEN, records(open_shelf()));
    let mut other_region = of(NOW, vec![]);
    other_region.header.regions = vec!["eu-west-1".parse().unwrap()];
    let report_now = between(&old, &other_region);
    assert_eq!(history(&report_now).change, Change::NotLookedAt);
    assert_eq!(history(&report_now).detail.as_deref(), Some("us-east-1 was not read"));

    let other_rules = small_set();
    let without_rule = compared(&report(&old, &rules()), report(&of(NOW, vec![]), &other_rules));
    assert_eq!(history(&without_rule).change, Change::NotLookedAt);
    assert_eq!(history(&without_rule).detail.as_deref(), Some("its rule was not run"));

    let mut other_kind = report(&of(NOW, vec![]), &rules());
    other_kind.rules[0].kind = "AWS::Store::Label".to_owned();
    let other_kind = compared(&report(&old, &rules()), other_kind);
    assert_eq!(history(&other_kind).detail.as_deref(), Some("its rule judges AWS::Store::Label now"));
}

#[test]
fn what_passed_before_and_is_gone_is_no_news() {
    let gone = between(&of(THEN, records(locked_shelf())), &of(NOW, vec![]));
    assert_eq!(gone.comparison.unwrap().no_longer_reported, []);
}

#[test]
fn a_renamed_rule_keeps_its_failures() {
    let former =
        GOOD.replace("id: store-shelf-locked", "id: store-shelf-closed").replace("aliases: [store-shelf-closed]\n", "");
    let mut before = source(former);
    before.origin = crate::source::Origin::File("rules/store/store-shelf-closed.yaml".into());
    let old = report(&of(THEN, records(open_shelf())), &set(vec![before]));
    let new = compared(&old, report(&of(NOW, records(open_shelf())), &rules()));
    assert_eq!(history(&new).change, Change::StillFailing);
    assert_eq!(new.comparison.unwrap().differences, Vec::<String>::new());
    let gone = compared(&old, report(&of(NOW, vec![]), &rules()));
    assert_eq!((history(&gone).change, only(&gone).rule.as_str()), (Change::Resolved, "store-shelf-locked"));
}

#[test]
fn first_and_last_seen_are_carried_along_the_chain() {
    let judged = |day: &str, facts| report(&of(day, records(facts)), &rules());
    let first = judged("2026-01-01", open_shelf());
    let second = compared(&first, judged("2026-02-01", open_shelf()));
    assert_eq!(
        (history(&second).first_seen, history(&second).last_seen),
        (moment("2026-01-01T12:00:00Z"), moment("2026-02-01T12:00:00Z"))
    );
    let third = compared(&second, judged("2026-03-01", dark_shelf()));
    assert_eq!(history(&third).change, Change::NewlyUnknown);
    assert_eq!(
        (history(&third).first_seen, history(&third).last_seen),
        (moment("2026-01-01T12:00:00Z"), moment("2026-02-01T12:00:00Z"))
    );
    let fourth = compared(&third, judged("2026-04-01", dark_shelf()));
    assert_eq!(history(&fourth).change, Change::Unchanged);
    let fifth = compared(&fourth, judged("2026-05-01", open_shelf()));
    assert_eq!(history(&fifth).change, Change::StillFailing, "nobody saw it good in between");
    assert_eq!(history(&fifth).detail.as_deref(), Some("it was not decided in between"));
    assert_eq!(
        (history(&fifth).first_seen, history(&fifth).last_seen),
        (moment("2026-01-01T12:00:00Z"), moment("2026-05-01T12:00:00Z"))
    );
    let sixth = compared(&fifth, judged("2026-06-01", locked_shelf()));
    assert_eq!((history(&sixth).change, history(&sixth).last_seen), (Change::Resolved, moment("2026-05-01T12:00:00Z")));
    let seventh = compared(&sixth, judged("2026-07-01", open_shelf()));
    assert_eq!((history(&seventh).change, history(&seventh).first_seen), (Change::New, moment("2026-07-01T12:00:00Z")));
}

#[test]
fn a_failure_that_was_out_of_sight_is_not_new_when_it_is_seen_again() {
    let first = report(&of("2026-01-01", records(open_shelf())), &rules());
    let mut unread = of("2026-02-01", vec![]);
    unread.gaps.push(unread_list("us-east-1"));
    let mut away = of("2026-03-01", vec![]);
    away.header.regions = vec!["eu-west-1".parse().unwrap()];
    let second = compared(&first, report(&unread, &rules()));
    let third = compared(&second, report(&away, &rules()));
    assert_eq!(
        (history(&third).change, history(&third).last_seen),
        (Change::NotLookedAt, moment("2026-01-01T12:00:00Z"))
    );
    let fourth = compared(&third, report(&of("2026-04-01", records(open_shelf())), &rules()));
    assert_eq!(
        (history(&fourth).change, history(&fourth).first_seen),
        (Change::StillFailing, moment("2026-01-01T12:00:00Z"))
    );
    let gone = compared(&third, report(&of("2026-04-01", vec![]), &rules()));
    assert_eq!(history(&gone).change, Change::Resolved);
    let later = compared(&gone, report(&of("2026-05-01", vec![]), &rules()));
    assert_eq!(later.comparison.unwrap().no_longer_reported, [], "what is resolved is told once");
}

#[test]
fn a_failure_that_fails_otherwise_says_how() {
    let waiver = || Some(Waiver { reason: "r".into(), owner: "o".into(), expires: "2026-12-31".into(), ticket: None });
    let judged = |day: &str, facts, adjust: &dyn Fn(&mut Finding)| {
        let mut report = report(&of(day, records(facts)), &rules());
        adjust(&mut report.findings[0]);
        report
    };
    let was = |adjust_old: &dyn Fn(&mut Finding), adjust_new: &dyn Fn(&mut Finding)| {
        let report = compared(&judged(THEN, open_shelf(), adjust_old), judged(NOW, open_shelf(), adjust_new));
        (
            history(&report).change,
            history(&report).detail.clone().unwrap_or_default(),
            only(&report).is_new_failure(Severity::Low),
        )
    };
    let same = |_: &mut Finding| {};
    let high = |finding: &mut Finding| finding.severity = Severity::High;
    let waived = |finding: &mut Finding| finding.waiver = waiver();
    let other_reason = |finding: &mut Finding| finding.message = "it is wide open".to_owned();
    let other_facts = |finding: &mut Finding| {
        finding.message = "it is wide open".to_owned();
        finding.evidence.clear();
    };
    assert_eq!(was(&same, &same), (Change::StillFailing, String::new(), false));
    assert_eq!(was(&same, &high), (Change::Changed, "severity raised from medium".to_owned(), false));
    assert_eq!(was(&high, &same), (Change::Changed, "severity lowered from high".to_owned(), false));
    assert_eq!(was(&same, &waived), (Change::Changed, "waived now".to_owned(), false));
    assert_eq!(was(&waived, &same), (Change::Changed, "no longer waived".to_owned(), true));
    assert_eq!(was(&same, &other_reason), (Change::StillFailing, String::new(), false), "the same facts");
    assert_eq!(was(&same, &other_facts), (Change::Changed, "the reason was: shelf a is open".to_owned(), false));
}

#[test]
fn counts_are_those_of_all_findings() {
    let shelves = |facts: [serde_json::Value; 4]| {
        ["a", "b", "c", "d"].iter().zip(facts).map(|(id, facts)| shelf(id, "us-east-1", facts)).collect::<Vec<_>>()
    };
    let old = of(THEN, shelves([open_shelf(), open_shelf(), locked_shelf(), locked_shelf()]));
    let new = of(NOW, shelves([open_shelf(), locked_shelf(), open_shelf(), dark_shelf()]));
    let report = between(&old, &new);
    let counts = report.comparison.unwrap().counts;
    let expected = ChangeCounts { new: 1, still_failing: 1, newly_unknown: 1, resolved: 1, ..ChangeCounts::default() };
    assert_eq!(counts, expected);
}

#[test]
fn what_was_scanned_otherwise_is_said() {
    let mut old = report(&of(NOW, records(dark_shelf())), &small_set());
    let mut new = report(&of(THEN, records(open_shelf())), &rules());
    old.scan.regions = vec!["us-west-2".parse().unwrap(), "us-east-1".parse().unwrap()];
    old.scan.tool_version = "0.0.9".to_owned();
    old.scan.phi_scope.is_configured = true;
    let mut rewritten = new.rules[0].clone();
    rewritten.pass = "true".to_owned();
    old.rules.push(rewritten);
    new.scan.phi_scope.is_configured = false;
    let report = compared(&old, new);
    assert_snapshot!(report.comparison.unwrap().differences.join("\n"), @"
    the facts of the earlier report are the younger ones: is the order right?
    1 region read only then: us-west-2
    1 region read only now: eu-west-1
    4 rules run only then: store-a, store-b, store-c, store-d
    1 rule judges otherwise now: store-shelf-locked
    version 0.0.9 of Safeguard judged then, and version 0.1.0 now
    a PHI scope was configured then, and none is now: severities differ with it
    the earlier report is incomplete: what is new may have been there unseen
    ");
}

#[test]
fn a_failure_that_the_earlier_report_could_not_know_is_new_and_says_so() {
    let mut narrow = report(&of(THEN, vec![]), &rules());
    narrow.scan.regions = vec!["eu-west-1".parse().unwrap()];
    let new = || report(&of(NOW, records(open_shelf())), &rules());
    let detail = |old: &Report| history(&compared(old, new())).detail.clone();
    assert_eq!(detail(&narrow).as_deref(), Some("the earlier report did not read us-east-1"));
    narrow.rules.clear();
    assert_eq!(detail(&narrow).as_deref(), Some("the earlier report did not run this rule"));
    let undecided = report(&of(THEN, records(dark_shelf())), &rules());
    assert_eq!(detail(&undecided).as_deref(), Some("it was not decided before"));
}

#[test]
fn comparing_a_report_with_itself_finds_nothing_new() {
    let rules: RuleSet = rules();
    let once =
        report(&of(THEN, vec![shelf("a", "us-east-1", open_shelf()), shelf("b", "eu-west-1", dark_shelf())]), &rules);
    let compared = compared(&once, once.clone());
    let counts = compared.comparison.as_ref().unwrap().counts;
    assert_eq!(counts, ChangeCounts { still_failing: 1, ..ChangeCounts::default() });
    assert!(!compared.has_new_failure(Severity::Low));
}

/// The report as one of two accounts: what is in eu-west-1 is the second's.
fn of_two_accounts(mut report: Report) -> Report {
    let second = "222222222222";
    for finding in report.findings.iter_mut().filter(|finding| finding.resource.region == "eu-west-1") {
        finding.resource.account = second.parse().unwrap();
        let ResourceRef { account, region, kind, id, .. } = &finding.resource;
        finding.id = FindingId::new(&finding.rule, account, region, kind, id.as_deref());
    }
    report.scan.accounts.push(second.parse().unwrap());
    report
}

fn row(account: &str, state: AccountState, reason: Option<&str>) -> AccountRow {
    AccountRow {
        account: account.parse().unwrap(),
        name: None,
        organizational_unit: None,
        state,
        reason: reason.map(str::to_owned),
        summary: crate::model::Summary::default(),
        worst_failure: None,
    }
}

fn shelves() -> Vec<Resource> {
    vec![shelf("records", "us-east-1", open_shelf()), shelf("sheets", "eu-west-1", open_shelf())]
}

#[test]
fn failures_of_an_account_that_could_not_be_read_were_not_looked_at() {
    let old = of_two_accounts(report(&of(THEN, shelves()), &rules()));
    let mut new = of_two_accounts(report(&of(NOW, records(open_shelf())), &rules()));
    new.organization = Some(Organization::of(vec![row("222222222222", AccountState::NotRead, Some("AccessDenied"))]));
    let compared = compared(&old, new);
    let comparison = compared.comparison.as_ref().unwrap();
    let [gone] = &comparison.no_longer_reported[..] else { panic!("{:?}", comparison.no_longer_reported) };
    assert_eq!(gone.change(), Some(Change::NotLookedAt));
    let detail = gone.history.as_ref().unwrap().detail.as_deref();
    assert_eq!(detail, Some("account 222222222222 could not be read: AccessDenied"));
    assert_eq!(comparison.differences, ["1 account could not be read now: 222222222222"]);

    // It is carried until the account is read again, and is then what it was.
    let later = of_two_accounts(report(&of("2026-12-01", shelves()), &rules()));
    let compared = self::compared(&compared, later);
    let again = compared.findings.iter().find(|finding| finding.resource.account == "222222222222").unwrap();
    assert_eq!(again.change(), Some(Change::StillFailing));
    assert!(again.history.as_ref().unwrap().first_seen.to_string().starts_with(THEN), "{again:?}");
}

#[test]
fn an_account_is_only_clean_in_the_regions_that_were_read_in_it() {
    let old = of_two_accounts(report(&of(THEN, shelves()), &rules()));
    let call = |account: &str, region: &str| crate::model::Coverage {
        account: account.parse().ok(),
        region: region.parse().unwrap(),
        service: "shelf".to_owned(),
        operation: "ListShelves".to_owned(),
        calls: 1,
        ok: 1,
        absent: 0,
        failed: 0,
    };
    let first = old.scan.accounts[0];
    for (read_in_second, change) in [("us-east-1", Change::NotLookedAt), ("eu-west-1", Change::Resolved)] {
        let mut new = of_two_accounts(report(&of(NOW, records(open_shelf())), &rules()));
        new.coverage = vec![call(&first, "us-east-1"), call(&first, "eu-west-1"), call("222222222222", read_in_second)];
        let compared = compared(&old, new);
        let gone = &compared.comparison.as_ref().unwrap().no_longer_reported;
        assert_eq!(gone.iter().map(Finding::change).collect::<Vec<_>>(), [Some(change)], "{read_in_second}");
    }
}

#[test]
fn a_failure_in_an_account_that_the_earlier_report_did_not_read_says_so() {
    let mut old = of_two_accounts(report(&of(THEN, records(open_shelf())), &rules()));
    old.organization = Some(Organization::of(vec![row("222222222222", AccountState::NotRead, Some("AccessDenied"))]));
    let compared = compared(&old, of_two_accounts(report(&of(NOW, shelves()), &rules())));
    let new = compared.findings.iter().find(|finding| finding.change() == Some(Change::New)).unwrap();
    let detail = new.history.as_ref().unwrap().detail.as_deref();
    assert_eq!(detail, Some("in the earlier report account 222222222222 could not be read: AccessDenied"));
}

#[test]
fn what_people_attest_is_the_same_failure_with_whichever_account_it_is_counted() {
    let attested = |day: &str, account: &str| {
        let mut report = report(&of(day, records(open_shelf())), &rules());
        for finding in &mut report.findings {
            "Safeguard::Attestation".clone_into(&mut finding.resource.kind);
            finding.resource.account = account.parse().unwrap();
            let ResourceRef { account, region, kind, id, .. } = &finding.resource;
            finding.id = FindingId::new(&finding.rule, account, region, kind, id.as_deref());
        }
        report.scan.accounts = vec![account.parse().unwrap()];
        report
    };
    let (old, new) = (attested(THEN, "111111111111"), attested(NOW, "222222222222"));
    let compared = compared(&old, new.clone());
    assert_eq!(only(&compared).change(), Some(Change::StillFailing));
    assert_eq!(only(&compared).id, new.findings[0].id, "it keeps the id that it has now");
}
