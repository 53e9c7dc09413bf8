use insta::assert_snapshot;

use super::*;
use crate::engine::testing::*;
use crate::model::Snapshot;
use crate::rule::testing::{GOOD, named, set, small, small_set, source};
use crate::source::join;

/// One entry about an open shelf, with pieces of it replaced.
fn entry_but(changes: &[(&str, &str)]) -> String {
    let mut text =
        "waivers:\n  - rule: store-shelf-locked\n    resource: records\n    reason: Holds generated data only\n    \
                    owner: platform team\n    expires: 2026-06-30\n    ticket: SEC-118\n"
            .to_owned();
    for (piece, replacement) in changes {
        assert!(text.contains(piece), "{piece}");
        text = text.replace(piece, replacement);
    }
    text
}

fn parsed(text: &str) -> Waivers {
    Waivers::parse(&named("waivers.yaml", text), &rules()).unwrap_or_else(|problems| panic!("{}", join(&problems)))
}

fn refused(text: &str) -> String {
    join(&Waivers::parse(&named("waivers.yaml", text), &rules()).unwrap_err())
}

fn applied(text: &str, snapshot: &Snapshot) -> (Vec<Finding>, Vec<WaiverRow>) {
    let (rules, mut findings) = (rules(), findings(snapshot, &rules()));
    let rows = parsed(text).apply(&mut findings, &rules, &snapshot.header);
    (findings, rows)
}

fn state(text: &str, snapshot: &Snapshot) -> WaiverState {
    let (_, rows) = applied(text, snapshot);
    rows[0].state
}

fn one(facts: serde_json::Value) -> Snapshot {
    snapshot("2026-06-01", vec![shelf("records", "us-east-1", facts)])
}

#[test]
fn a_waiver_stands_beside_the_failure_and_changes_nothing_else() {
    let account = snapshot(
        "2026-06-01",
        vec![shelf("records", "us-east-1", open_shelf()), shelf("other", "us-east-1", open_shelf())],
    );
    let before = findings(&account, &rules());
    let (after, rows) = applied(&entry_but(&[]), &account);
    for (before, after) in before.iter().zip(&after) {
        let is_named = before.resource.id.as_deref() == Some("records");
        assert_eq!(after.waiver.is_some(), is_named);
        assert_eq!(Finding { waiver: None, ..after.clone() }, *before);
    }
    let waiver = after.iter().find_map(|finding| finding.waiver.as_ref()).unwrap();
    assert_eq!((waiver.reason.as_str(), waiver.ticket.as_deref()), ("Holds generated data only", Some("SEC-118")));
    assert_eq!((rows[0].state, rows[0].failures, rows[0].line), (WaiverState::InForce, 1, 2));
}

#[test]
fn the_last_day_counts_and_the_next_one_does_not_by_the_day_of_reading() {
    let on = |day: &str| state(&entry_but(&[]), &snapshot(day, vec![shelf("records", "us-east-1", open_shelf())]));
    assert_eq!(on("2026-06-30"), WaiverState::InForce);
    assert_eq!(on("2026-07-01"), WaiverState::Expired);
    let (findings, _) =
        applied(&entry_but(&[]), &snapshot("2026-07-01", vec![shelf("records", "us-east-1", open_shelf())]));
    assert!(findings.iter().all(|finding| finding.waiver.is_none()));
}

#[test]
fn patterns_match_the_whole_id_or_the_whole_arn() {
    for (pattern, matches) in [
        ("records", true),
        ("rec*", true),
        ("record?", true),
        ("record", false),
        ("Records", false),
        ("\"*:shelf/records\"", true),
        ("arn:aws:store:us-east-1:123456789012:shelf/records", true),
        ("arn:aws:store:*:*:shelf/*", true),
        ("arn:aws:store:us-east-1:123456789012:shelf", false),
        ("\"rec.*s\"", false),
    ] {
        let state = state(&entry_but(&[("resource: records", &format!("resource: {pattern}"))]), &one(open_shelf()));
        assert_eq!(state == WaiverState::InForce, matches, "{pattern}");
    }
}

#[test]
fn an_entry_can_be_limited_to_an_account_and_a_region() {
    let limited = |limit: &str| state(&entry_but(&[("    ticket: SEC-118\n", limit)]), &one(open_shelf()));
    assert_eq!(limited("    account: 123456789012\n    region: us-east-1\n"), WaiverState::InForce);
    assert_eq!(limited("    account: 012345678901\n"), WaiverState::NotLookedAt);
    assert_eq!(limited("    region: eu-west-1\n"), WaiverState::NoSuchResource);
    assert_eq!(limited("    region: ap-south-1\n"), WaiverState::NotLookedAt);
}

#[test]
fn rules_are_named_by_id_by_former_id_and_by_pattern() {
    for rule in ["store-shelf-locked", "store-shelf-closed", "\"store-*\"", "\"*\""] {
        let text = entry_but(&[("rule: store-shelf-locked", &format!("rule: {rule}"))]);
        assert_eq!(state(&text, &one(open_shelf())), WaiverState::InForce, "{rule}");
    }
}

#[test]
fn what_covers_nothing_says_why() {
    let entry = entry_but(&[]);
    assert_eq!(state(&entry, &one(locked_shelf())), WaiverState::NothingFails);
    assert_eq!(state(&entry, &one(shared_shelf())), WaiverState::NothingFails, "the rule does not apply");
    assert_eq!(state(&entry, &one(dark_shelf())), WaiverState::Undecided);
    assert_eq!(state(&entry, &snapshot("2026-06-01", vec![])), WaiverState::NoSuchResource);
    let mut unread = snapshot("2026-06-01", vec![]);
    unread.gaps.push(unread_list("us-east-1"));
    assert_eq!(state(&entry, &unread), WaiverState::Undecided, "it may be in the list that was not read");
    let elsewhere =
        entry_but(&[("resource: records", "resource: arn:aws:store:ap-south-1:123456789012:shelf/records")]);
    assert_eq!(state(&elsewhere, &one(open_shelf())), WaiverState::NotLookedAt);
}

#[test]
fn an_undecided_finding_is_never_waived() {
    let (findings, _) = applied(&entry_but(&[]), &one(dark_shelf()));
    assert_eq!(findings[0].verdict, Verdict::Unknown);
    assert_eq!(findings[0].waiver, None);
}

#[test]
fn silence_of_rules_that_were_not_run_means_nothing() {
    let all = small_set();
    let text = entry_but(&[("rule: store-shelf-locked", "rule: store-*")]);
    let waivers = Waivers::parse(&named("waivers.yaml", text), &all).unwrap();
    let account = snapshot("2026-06-01", vec![]);
    let of = |selected: &RuleSet| waivers.apply(&mut findings(&account, selected), selected, &account.header)[0].state;
    let some = set(vec![small("store-a", "severity: low\nsoc2: [CC6.1]")]);
    assert_eq!(of(&some), WaiverState::NotLookedAt);
    let selection = crate::rule::Selection::default();
    assert_eq!(of(&all.select(&selection).unwrap()), WaiverState::NoSuchResource, "opt-in rules need not have run");
}

#[test]
fn the_first_entry_that_covers_a_failure_is_named_and_the_second_is_not_called_unused() {
    let second = entry_but(&[("waivers:\n", ""), ("Holds generated data only", "Will be deleted")]);
    let (findings, rows) = applied(&(entry_but(&[]) + &second), &one(open_shelf()));
    assert_eq!(findings[0].waiver.as_ref().unwrap().reason, "Holds generated data only");
    assert!(rows.iter().all(|row| row.state == WaiverState::InForce), "{rows:?}");
}

#[test]
fn expired_and_unused_entries_are_warned_of() {
    let warnings = |text: &str, snapshot: &Snapshot| {
        let rows = applied(text, snapshot).1;
        warnings(&rows).join("\n")
    };
    assert_eq!(warnings(&entry_but(&[]), &one(open_shelf())), "");
    let expired = entry_but(&[("2026-06-30", "2026-05-31")]);
    assert_snapshot!(warnings(&expired, &one(open_shelf())), @"the waiver in line 2 of waivers.yaml (store-shelf-locked on records) expired on 2026-05-31: the failure that it names counts again. Its owner is platform team");
    assert_snapshot!(warnings(&expired, &one(locked_shelf())), @"the waiver in line 2 of waivers.yaml (store-shelf-locked on records) expired on 2026-05-31: it names no failure, and can be taken out. Its owner is platform team");
    assert_snapshot!(warnings(&entry_but(&[]), &one(locked_shelf())), @"the waiver in line 2 of waivers.yaml (store-shelf-locked on records) covers nothing: what it names does not fail now. If that is to stay, take the entry out");
    assert_snapshot!(warnings(&entry_but(&[]), &one(dark_shelf())), @"the waiver in line 2 of waivers.yaml (store-shelf-locked on records) covers nothing: what it names was not decided, and a waiver covers failures only");
    assert_snapshot!(warnings(&entry_but(&[]), &snapshot("2026-06-01", vec![])), @"the waiver in line 2 of waivers.yaml (store-shelf-locked on records) covers nothing: nothing of that name was found in what was scanned. Check the pattern, or take the entry out");
    let day = "2026-06-01".parse().unwrap();
    assert_snapshot!(parsed(&expired).expired(day).join("\n"), @"the waiver in line 2 of waivers.yaml (store-shelf-locked on records) expired on 2026-05-31; its owner is platform team");
    assert_eq!(parsed(&entry_but(&[])).expired(day), Vec::<String>::new());
}

#[test]
fn a_waiver_without_reason_owner_or_last_day_is_refused() {
    let text = entry_but(&[
        ("    reason: Holds generated data only\n", ""),
        ("platform team", "''"),
        ("    expires: 2026-06-30\n", ""),
    ]);
    assert_snapshot!(refused(&text), @"
    waivers.yaml:2:5: this waiver has no `reason`
      2 |   - rule: store-shelf-locked
        |     ^^^^
      help: say why the failure is accepted

    waivers.yaml:4:12: the `owner` of this waiver is empty
      4 |     owner: ''
        |            ^
      help: say who answers for it

    waivers.yaml:2:5: this waiver has no `expires`
      2 |   - rule: store-shelf-locked
        |     ^^^^
      help: give the last day on which it counts, YYYY-MM-DD
    ");
    assert!(refused(&entry_but(&[("reason: Holds generated data only", "reason:")])).contains("reason"));
}

#[test]
fn slips_are_refused_where_they_stand_with_what_was_meant() {
    assert_snapshot!(refused(&entry_but(&[("rule: store-shelf-locked", "rule: store-shelf-lockd")])), @"
    waivers.yaml:2:11: no rule matches `store-shelf-lockd`
      2 |   - rule: store-shelf-lockd
        |           ^^^^^
      help: did you mean `store-shelf-locked`?
    ");
    assert_snapshot!(refused(&entry_but(&[("rule: store-shelf-locked", "rule: service:store")])), @"
    waivers.yaml:2:11: `service:store` is no rule id
      2 |   - rule: service:store
        |           ^^^^^^^
      help: a waiver names rules by id, such as s3-bucket-tls-only or s3-*
    ");
    assert_snapshot!(refused(&entry_but(&[("expires: 2026-06-30", "expires: 30.06.2026")])), @"
    waivers.yaml:6:14: `30.06.2026` is not a day
      6 |     expires: 30.06.2026
        |              ^^
      help: write YYYY-MM-DD, such as 2026-12-31
    ");
    assert_snapshot!(refused(&entry_but(&[("ticket", "tiket")])), @"
    waivers.yaml:7:5: there is no key `tiket` here
      7 |     tiket: SEC-118
        |     ^^^^^
      help: did you mean `ticket`?
    ");
    assert_snapshot!(refused(&entry_but(&[("resource: records", "resource: arn:aws:s3:records")])), @"
    waivers.yaml:3:15: `arn:aws:s3:records` is not the pattern of an ARN
      3 |     resource: arn:aws:s3:records
        |               ^^^
      help: write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, such as arn:aws:s3:::records-*, or an id
    ");
    assert_snapshot!(refused(&entry_but(&[("ticket: SEC-118", "account: 1234\n    region: US East")])), @"
    waivers.yaml:7:14: `1234` is not an account id
      7 |     account: 1234
        |              ^^^^
      help: it has twelve digits

    waivers.yaml:8:13: `US East` is not a region
      8 |     region: US East
        |             ^^
      help: write a name such as us-east-1, or global; for several regions, leave the key out
    ");
    for day in ["2026-02-30", "20260630", "2026-06-30T00:00:00", "tomorrow", "2026-6-30"] {
        assert!(refused(&entry_but(&[("2026-06-30", day)])).contains("is not a day"), "{day}");
    }
}

#[test]
fn a_waiver_of_everything_is_refused() {
    for resource in ["\"*\"", "\"**\"", "\"arn:*\"", "\"arn:aws:*:*:*:*\"", "\"?*\""] {
        let text = entry_but(&[
            ("rule: store-shelf-locked", "rule: \"*\""),
            ("resource: records", &format!("resource: {resource}")),
        ]);
        assert!(refused(&text).contains("would cover everything"), "{resource}");
    }
    for (rule, resource) in [("\"*\"", "records"), ("store-shelf-locked", "\"*\"")] {
        let text = entry_but(&[
            ("rule: store-shelf-locked", &format!("rule: {rule}")),
            ("resource: records", &format!("resource: {resource}")),
        ]);
        assert_eq!(parsed(&text).len(), 1);
    }
}

#[test]
fn a_pattern_that_nothing_can_match_is_refused_where_it_is_written() {
    let text = entry_but(&[("resource: records", &format!("resource: '{}'", "?".repeat(100_000)))]);
    let message = refused(&text);
    assert!(message.starts_with("waivers.yaml:3:15: the pattern `????"), "{}", &message[..200]);
    assert!(message.contains("has 100000 characters, and no ARN has more than 2048"));
    let text = entry_but(&[("rule: store-shelf-locked", &format!("rule: 'store-{}*'", "?".repeat(1_000)))]);
    assert!(refused(&text).starts_with("waivers.yaml:2:11: the pattern `store-???"), "{}", refused(&text));
}

#[test]
fn an_empty_file_waives_nothing_and_another_shape_is_refused() {
    for text in ["", "# nothing yet\n", "waivers: []\n"] {
        assert!(parsed(text).is_empty(), "{text:?}");
    }
    for text in ["[]", "waiver: []", "waivers: {}", "- rule: a", "waivers: [\u{1b}[31m]", "waivers:\n  - x\n"] {
        assert!(refused(text).starts_with("waivers.yaml"), "{text:?}");
    }
    assert!(refused(&entry_but(&[("owner: platform team", "owner: a\n    owner: b")])).contains("twice"));
}

#[test]
fn the_schema_asks_for_what_the_parser_asks_for() {
    let schema = schema();
    let entry = &schema["$defs"]["EntryText"];
    assert_eq!(entry["required"], serde_json::json!(["rule", "resource", "reason", "owner", "expires"]));
    assert_eq!(entry["additionalProperties"], serde_json::json!(false));
    assert_eq!(entry["properties"]["reason"]["type"], "string");
    assert_eq!(schema["required"], serde_json::json!(["waivers"]));
    // The good rule is among those that the tests name.
    assert!(set(vec![source(GOOD)]).get("store-shelf-locked").is_some());
}
