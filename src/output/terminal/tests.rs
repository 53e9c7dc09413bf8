//! What a user sees, and that hostile text cannot change it.

use proptest::prelude::*;
use textwrap::core::display_width;

use super::super::text::is_hostile;
use super::super::{Format, Style, fixture};
use crate::model::{
    Change, Eligibility, GapClass, History, Report, ServiceRow, ServiceWitness, Services, Verdict, Waiver,
};

fn shown(report: &Report, style: Style) -> String {
    let mut bytes = Vec::new();
    super::super::write(report, Format::Terminal, &style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn plain(report: &Report, width: usize) -> String {
    shown(report, Style { width, ..Style::default() })
}

/// Collapses line breaks, so that a test does not depend on where a sentence was wrapped.
fn flat(report: &Report) -> String {
    plain(report, 200).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_mixed_result_at_80_columns() {
    insta::assert_snapshot!(plain(&fixture::mixed(), 80));
}

#[test]
fn a_mixed_result_at_60_columns() {
    insta::assert_snapshot!(plain(&fixture::mixed(), 60));
}

#[test]
fn a_mixed_result_at_200_columns_in_full() {
    insta::assert_snapshot!(shown(&fixture::mixed(), Style { width: 200, color: false, full: true }));
}

#[test]
fn a_mixed_result_in_color() {
    let text = shown(&fixture::mixed(), Style { width: 80, color: true, full: false });
    insta::assert_snapshot!(text.replace('\u{1b}', "ESC"));
}

#[test]
fn a_name_is_no_command_to_a_ci_runner_however_the_page_is_wrapped() {
    let mut report = fixture::mixed();
    for finding in &mut report.findings {
        finding.message = "bucket ::error file=a,line=1::injected and ##[error]injected is open".to_owned();
        finding.resource.id = Some("::add-mask::x##[stop]".to_owned());
    }
    report.warnings = vec!["::warning::a".to_owned()];
    for width in 40..120 {
        let text = plain(&report, width);
        assert!(text.contains("injected") && !text.contains("##["), "{text}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
    }
}

#[test]
fn color_adds_nothing_but_color() {
    let colored = shown(&fixture::mixed(), Style { width: 80, color: true, full: false });
    assert_eq!(without_sgr(&colored), plain(&fixture::mixed(), 80));
}

fn with_services(age: i64, name: &str) -> Report {
    let row = |service: &str, eligibility| ServiceRow {
        service: service.to_owned(),
        name: format!("Amazon {service}"),
        eligibility,
        reason: Some(format!("because {name}")),
        holds_data: true,
        witnesses: vec!["tagged resources".to_owned()],
        last_seen: None,
    };
    let witness = ServiceWitness { name: "tagged resources".to_owned(), reach: name.to_owned(), is_complete: false };
    let services = Services {
        list_date: "2026-05-22".to_owned(),
        list_age_days: age,
        list_url: "https://aws.amazon.com/".to_owned(),
        witnesses: vec![witness],
        services: vec![row("s3", Eligibility::Eligible), row(name, Eligibility::NotListed)],
    };
    Report { services: Some(services), ..fixture::clean() }
}

#[test]
fn services_in_use_stand_under_the_age_of_the_list() {
    let fresh = flat(&with_services(120, "lightsail"));
    assert!(fresh.contains("of 2026-05-22, 120 days old when the account was read."), "{fresh}");
    assert!(fresh.contains("not listed: 1: lightsail eligible: 1: s3"), "{fresh}");
    assert!(fresh.contains("INCOMPLETE: lightsail"), "a witness that was cut short: {fresh}");
    assert!(!fresh.contains("OLD LIST") && flat(&with_services(121, "x")).contains("OLD LIST"));
}

#[test]
fn names_of_services_are_hostile_too() {
    let report = with_services(200, "a\u{1b}[2J\u{202e}b\nPASS");
    let mut table = Vec::new();
    let services = report.services.as_ref().unwrap();
    super::services::write_table(services, &["a\u{1b}[2J".to_owned()], &Style::default(), &mut table).unwrap();
    for text in [plain(&report, 80), String::from_utf8(table).unwrap()] {
        assert!(!text.chars().any(|c| c != '\n' && is_hostile(c)), "{text}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("PASS")), "{text}");
    }
}

#[test]
fn a_clean_result() {
    insta::assert_snapshot!(plain(&fixture::clean(), 80));
}

#[test]
fn an_organization() {
    insta::assert_snapshot!(plain(&fixture::organization(), 100));
}

#[test]
fn an_incomplete_result_without_failures() {
    insta::assert_snapshot!(plain(&fixture::incomplete(), 80));
}

#[test]
fn an_empty_account() {
    insta::assert_snapshot!(plain(&fixture::empty(), 80));
}

#[test]
fn an_empty_selection() {
    let mut report = fixture::empty();
    report.scan.rule_count = 0;
    insta::assert_snapshot!(plain(&report, 80));
}

#[test]
fn nothing_failed_is_said_only_of_a_complete_result_that_judged_something() {
    assert!(flat(&fixture::clean()).contains("nothing failed"));
    for report in [fixture::mixed(), fixture::incomplete(), fixture::empty()] {
        assert!(!flat(&report).to_lowercase().contains("nothing failed"), "{}", flat(&report));
    }
}

#[test]
fn a_gap_that_left_no_finding_undecided_still_makes_the_result_incomplete() {
    let mut report = fixture::clean();
    report.gaps.push(fixture::gap("s3:GetBucketTagging", GapClass::ServerError, "InternalError", "us-east-1", None));
    let text = flat(&report);
    assert!(text.contains("RESULT incomplete"), "{text}");
    assert!(text.contains("UNKNOWN s3 GetBucketTagging: server error (InternalError)"), "{text}");
    assert!(text.contains("No finding is undecided because of it"), "{text}");
    assert!(text.contains("open a case with AWS (request id A1B2C3D4E5F6)"), "{text}");
    assert!(!text.contains("nothing failed"), "{text}");
}

#[test]
fn waived_failures_alone_are_neither_clean_nor_a_failure_list() {
    let mut report = fixture::clean();
    let waived = fixture::mixed().findings.into_iter().find(|finding| finding.waiver.is_some()).unwrap();
    report.summary.count(&waived);
    report.findings.push(waived);
    let text = flat(&report);
    assert!(text.contains("FAILED only what waivers cover"), "{text}");
    assert!(text.contains("RESULT only waived failures in what was read"), "{text}");
    assert!(text.contains("1 fail (1 waived)"), "{text}");
}

#[test]
fn a_rule_that_applied_to_nothing_is_not_a_clean_result() {
    let mut report = fixture::clean();
    report.findings.retain(|finding| finding.verdict == Verdict::NotApplicable);
    report.summary.pass = 0;
    let text = flat(&report);
    assert!(text.contains("RESULT nothing was judged"), "{text}");
    assert!(text.contains("No selected rule applies to any resource that was found"), "{text}");
}

#[test]
fn every_class_of_gap_says_what_to_do() {
    use GapClass::*;
    let classes = [
        Denied,
        DeniedByOrganization,
        RegionDisabled,
        ServiceUnavailable,
        Throttled,
        ServerError,
        Timeout,
        Unreachable,
        Malformed,
        Credentials,
        OutOfTime,
        Refused,
        NotCollected,
    ];
    for class in classes {
        let mut report = fixture::clean();
        report.gaps.push(fixture::gap("s3:GetBucketAcl", class, "Code", "us-east-1", None));
        let text = flat(&report);
        assert!(text.contains(class.in_words()), "{text}");
        let fix = text.split("Fix: ").nth(1).unwrap();
        assert!(fix.len() > 20, "{fix}");
    }
}

#[test]
fn several_accounts_are_told_apart() {
    let mut report = fixture::mixed();
    report.scan.accounts.push("210987654321".parse().unwrap());
    let second =
        crate::model::AccountScope { account: "210987654321".parse().unwrap(), ..report.scope.accounts[0].clone() };
    report.scope.accounts.push(second);
    let text = flat(&report);
    assert!(text.contains("Accounts 123456789012 and 210987654321, read by"), "{text}");
    assert!(text.contains("(123456789012, us-east-1)"), "{text}");
}

#[test]
fn a_name_is_added_where_the_reason_lacks_it_as_a_word() {
    let mut report = fixture::mixed();
    let finding = report.findings.iter_mut().find(|finding| finding.resource.id.as_deref() == Some("main")).unwrap();
    finding.message = "mainly: log files are not validated".to_owned();
    assert!(flat(&report).contains("- main: mainly: log files are not validated (us-east-1)"), "{}", flat(&report));
}

#[test]
fn with_everything_denied_no_cause_is_left_out_and_the_actions_stand_together() {
    let gaps: Vec<_> = (10..40)
        .map(|number| fixture::gap(&format!("s3:Get{number}"), GapClass::Denied, "AccessDenied", "us-east-1", None))
        .collect();
    let report = fixture::report(vec![], gaps, vec![]);
    let text = flat(&report);
    for number in 10..40 {
        assert!(text.contains(&format!("UNKNOWN s3 Get{number}: access denied (AccessDenied)")), "{text}");
    }
    assert!(text.contains("Fix all that was denied: allow s3:Get10, s3:Get11,"), "{text}");
    assert!(text.contains("s3:Get39"), "{text}");
}

#[test]
fn the_sample_account_and_snapshots_are_not_taken_for_a_live_account() {
    let mut report = fixture::clean();
    report.scan.source = "demo".to_owned();
    assert!(flat(&report).contains("no account of yours was read"), "{}", flat(&report));
    report.scan.source = "monday.ndjson.zst".to_owned();
    assert!(flat(&report).contains("from the snapshot monday.ndjson.zst, taken on 2026-01-01"), "{}", flat(&report));
}

/// Puts a text everywhere where text from AWS, rules or files can stand.
fn with_text_everywhere(text: &str) -> Report {
    let mut report = fixture::mixed();
    report.scan.source = text.to_owned();
    report.scan.tool_version = text.to_owned();
    report.warnings.push(text.to_owned());
    report.gaps.iter_mut().chain(report.findings.iter_mut().flat_map(|finding| &mut finding.gaps)).for_each(|gap| {
        gap.message = text.to_owned();
        gap.code = text.to_owned();
        gap.resource = Some(text.to_owned());
        gap.operation = text.to_owned();
        gap.population = vec![text.to_owned()];
        gap.iam_actions = vec![text.to_owned()];
        gap.request_id = Some(text.to_owned());
    });
    for row in &mut report.requirements {
        row.id = text.to_owned();
        row.title = text.to_owned();
    }
    for finding in report.findings.iter_mut().step_by(2) {
        finding.message = text.to_owned();
        finding.resource.id = Some(text.to_owned());
        finding.title = text.to_owned();
        finding.fix = text.to_owned();
        finding.rule = text.to_owned();
        finding.hipaa = vec![text.to_owned()];
        finding.evidence[0].path = text.to_owned();
        finding.evidence[0].value = Some(serde_json::json!({ text: [text] }));
        finding.waiver = finding.waiver.take().map(|_| Waiver {
            reason: text.to_owned(),
            owner: text.to_owned(),
            expires: text.to_owned(),
            ticket: Some(text.to_owned()),
        });
    }
    report
}

/// Removes `ESC [ digits and semicolons m`, and nothing else.
fn without_sgr(text: &str) -> String {
    let mut rest = text;
    let mut clean = String::new();
    while let Some(start) = rest.find("\u{1b}[") {
        let end = start + rest[start..].find('m').expect("a color sequence ends with m");
        let parameters = &rest[start + 2..end];
        assert!(parameters.chars().all(|c| c.is_ascii_digit() || c == ';'), "no color sequence: {parameters:?}");
        clean.push_str(&rest[..start]);
        rest = &rest[end + 1..];
    }
    clean + rest
}

fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{200b}-\u{200f} a-z]{0,80}",
        "[\u{4e00}-\u{4e20}]{0,300}",
        "(\u{1b}\\[[0-9]{1,3}m|\u{1b}\\]8;;x\u{7}|word ){0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_reaches_the_terminal_as_a_control(text in hostile_text(), width in 0_usize..220, full: bool) {
        let report = with_text_everywhere(&text);
        let plain = shown(&report, Style { width, color: false, full });
        for character in plain.chars().filter(|character| *character != '\n') {
            prop_assert!(!is_hostile(character), "{:?} in a page without color", character);
        }
        let colored = shown(&report, Style { width, color: true, full });
        prop_assert_eq!(without_sgr(&colored), plain);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal(text in hostile_text(), width in 60_usize..220, full: bool) {
        for line in shown(&with_text_everywhere(&text), Style { width, color: false, full }).lines() {
            prop_assert!(display_width(line) <= width, "{} columns: {line}", display_width(line));
        }
    }
}

fn changes(report: &Report, style: Style) -> String {
    let mut bytes = Vec::new();
    super::write_comparison(report, &style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_report_that_was_compared_says_what_changed_before_it_says_what_it_means() {
    let text = plain(&fixture::compared(), 100);
    let section = &text[text.find("CHANGED  since").unwrap()..];
    insta::assert_snapshot!(section);
    assert!(text.contains("\n  - NEW bucket ") && text.contains("\n  - CHANGED "), "{text}");
}

#[test]
fn what_changed_as_a_page_of_its_own() {
    insta::assert_snapshot!(changes(&fixture::compared(), Style { width: 100, ..Style::default() }));
}

#[test]
fn nothing_changed_is_said_in_so_many_words() {
    let mut report = fixture::compared();
    report.findings.iter_mut().for_each(|finding| finding.history = None);
    let comparison = report.comparison.as_mut().unwrap();
    comparison.no_longer_reported.clear();
    comparison.differences.clear();
    comparison.counts = Default::default();
    report.findings.retain(|finding| finding.verdict == Verdict::Pass);
    insta::assert_snapshot!(changes(&report, Style { width: 100, ..Style::default() }));
}

#[test]
fn hostile_names_cannot_change_what_changed() {
    let mut report = fixture::hostile();
    let mut comparison = fixture::compared().comparison.unwrap();
    comparison.differences = fixture::HOSTILE.map(str::to_owned).into();
    for (finding, text) in report.findings.iter_mut().zip(fixture::HOSTILE.into_iter().cycle()) {
        let change = if finding.verdict == Verdict::Fail { Change::New } else { Change::NewlyUnknown };
        finding.history = Some(History {
            change,
            first_seen: fixture::time(fixture::TIME),
            last_seen: fixture::time(fixture::TIME),
            before: None,
            detail: Some(text.to_owned()),
        });
    }
    report.comparison = Some(comparison);
    for full in [false, true] {
        let style = Style { width: 80, color: false, full };
        for text in [changes(&report, style), shown(&report, style)] {
            assert!(!text.chars().any(|character| character != '\n' && is_hostile(character)));
        }
    }
}
