use pulldown_cmark::{Event, Options, Parser, Tag};

use super::super::fixture::{self, TIME, time};
use super::super::markup::tests::dangers;
use super::super::text::is_hostile;
use super::*;
use crate::model::{
    AccountRow, AttestationState, Comparison, FindingId, History, Organization, RequirementAttestation,
    RequirementVerdict, Summary,
};

fn written(report: &Report) -> String {
    let mut bytes = Vec::new();
    write(report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The mixed report with a past.
fn compared() -> Report {
    let mut report = fixture::mixed();
    let changes = [Change::New, Change::StillFailing, Change::Changed, Change::Resolved];
    for (finding, change) in report.findings.iter_mut().zip(changes) {
        finding.history = Some(History {
            change,
            first_seen: time("2025-11-01T12:00:00Z"),
            last_seen: time(TIME),
            before: None,
            detail: None,
        });
    }
    report.comparison = Some(Comparison {
        baseline_is_complete: true,
        differences: vec![],
        baseline_started_at: time("2025-12-31T12:00:00Z"),
        counts: ChangeCounts { new: 1, changed: 1, still_failing: 1, newly_unknown: 0, resolved: 1, not_looked_at: 0 },
        no_longer_reported: vec![report.findings[0].clone()],
    });
    report
}

#[test]
fn a_mixed_result() {
    insta::assert_snapshot!(written(&fixture::mixed()));
}

#[test]
fn a_clean_result() {
    insta::assert_snapshot!(written(&fixture::clean()));
}

#[test]
fn an_incomplete_result_without_failures() {
    insta::assert_snapshot!(written(&fixture::incomplete()));
}

#[test]
fn an_empty_account() {
    insta::assert_snapshot!(written(&fixture::empty()));
}

#[test]
fn what_changed_since_an_earlier_report() {
    let page = written(&compared());
    let section = page.split("\n### ").nth(1).unwrap();
    insta::assert_snapshot!(section);
}

#[test]
fn the_first_line_says_whether_the_scan_was_complete() {
    for report in [fixture::mixed(), fixture::clean(), fixture::incomplete(), fixture::hostile()] {
        let page = written(&report);
        assert_eq!(page.lines().next().unwrap().contains("INCOMPLETE"), report.is_incomplete());
    }
}

#[test]
fn an_attested_requirement_does_not_look_met() {
    let mut report = fixture::clean();
    let row = &mut report.requirements[0];
    row.verdict = RequirementVerdict::Attested;
    row.attestation = Some(RequirementAttestation {
        state: AttestationState::Attested,
        rules: vec!["attested-risk-analysis".to_owned()],
        findings: Summary { pass: 1, ..Summary::default() },
        valid_until: None,
    });
    let page = written(&report);
    assert!(page.contains("- **attested** HIPAA `164.312(a)(1)`"), "{page}");
    assert!(page.contains("| HIPAA | 0 | 0 | 0 | 0 | 1 | 0 | 1 | 0 |"), "{page}");
}

#[test]
fn hostile_names_make_no_link_image_html_mention_or_torn_table() {
    for report in [fixture::hostile(), fixture::mixed(), compared()] {
        let page = written(&report);
        assert_eq!(dangers(&page), Vec::<String>::new());
        assert!(!page.replace('\n', "").chars().any(is_hostile));
        assert!(!page.lines().any(|line| line.trim_start().starts_with("::")), "a workflow command");
        let ours = ["## ", "### ", "#### "];
        for line in page.lines().filter(|line| line.starts_with('#')) {
            assert!(ours.iter().any(|start| line.starts_with(start)));
        }
    }
    let cells = |report: &Report| {
        Parser::new_ext(&written(report), Options::ENABLE_TABLES)
            .filter(|event| matches!(event, Event::Start(Tag::TableCell)))
            .count()
    };
    assert_eq!(cells(&fixture::hostile()), cells(&fixture::mixed()));
}

#[test]
fn the_page_stays_below_githubs_limit_and_counts_what_it_leaves_out() {
    let mut report = fixture::hostile();
    report.warnings = vec!["w ".repeat(300); 200];
    let mut waived = report.findings.iter().filter(|finding| finding.waiver.is_some()).cloned();
    let (open, other) = (waived.next().unwrap(), waived.next().unwrap());
    for number in 0..700 {
        for template in [&open, &other] {
            for verdict in [Verdict::Fail, Verdict::Unknown] {
                let mut finding = template.clone();
                (finding.rule, finding.verdict) = (format!("rule-{number:04}"), verdict);
                finding.id = FindingId::new(&finding.rule, "1", "r", "k", Some(verdict.as_str()));
                finding.message = "\u{202e}m".repeat(50);
                if number % 2 == 0 {
                    finding.waiver = None;
                }
                report.findings.push(finding);
            }
        }
        report.requirements.extend_from_within(2..4);
    }
    let page = written(&report);
    assert!(page.len() <= LIMIT, "{}", page.len());
    let said: Vec<&str> = page.lines().filter(|line| line.contains("has no room for")).collect();
    assert_eq!(said.len(), 5, "{said:#?}");
    assert_eq!(dangers(&page), Vec::<String>::new());
}

/// The part of the page under a heading.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    page.split("\n### ").find(|section| section.starts_with(heading)).unwrap()
}

#[test]
fn the_accounts_of_an_organization() {
    let page = written(&fixture::organization());
    insta::assert_snapshot!(section(&page, "Accounts"));
    assert!(!written(&fixture::mixed()).contains("### Accounts"));
}

#[test]
fn no_name_of_an_account_or_unit_tears_a_table() {
    let mut report = fixture::organization();
    let [read, ..] = &report.organization.as_ref().unwrap().accounts[..] else { panic!("no account") };
    let hostile = fixture::HOSTILE.iter().chain(&["a|b", "a\\|b", "`|`", "\\", "|"]).map(|text| AccountRow {
        name: Some((*text).to_owned()),
        organizational_unit: Some((*text).to_owned()),
        reason: Some((*text).to_owned()),
        ..read.clone()
    });
    let hostile: Vec<AccountRow> = hostile.collect();
    let rows = hostile.len();
    report.organization = Some(Organization::of(hostile));
    let page = written(&report);
    assert_eq!(dangers(&page), Vec::<String>::new());
    let accounts = section(&page, "Accounts");
    let mut cells = Vec::new();
    for event in Parser::new_ext(accounts, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableRow | Tag::TableHead) => cells.push(0),
            Event::Start(Tag::TableCell) => *cells.last_mut().unwrap() += 1,
            _ => {}
        }
    }
    assert_eq!(cells, vec![9; 2 * (rows + 1)]);
    let torn = accounts.lines().filter(|line| line.starts_with('|') && line.matches('|').count() != 10);
    assert_eq!(torn.collect::<Vec<_>>(), Vec::<&str>::new(), "whatever a reader takes for an escape");
}

#[test]
fn a_long_table_of_accounts_is_cut_and_says_so() {
    let mut report = fixture::organization();
    let organization = report.organization.as_mut().unwrap();
    let many = (0..5_000).map(|number| AccountRow {
        account: format!("9{number:011}").parse().unwrap(),
        ..organization.accounts[3].clone()
    });
    *organization = Organization::of(many.collect());
    let page = written(&report);
    assert!(section(&page, "Accounts").len() < ACCOUNTS);
    assert_eq!(
        section(&page, "Accounts").matches("accounts that this page has no room for").count(),
        2,
        "rows and reasons"
    );
}
