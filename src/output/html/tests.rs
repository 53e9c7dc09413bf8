//! What the page holds, without a browser; the integration tests open it in one.

use super::super::fixture::{self, time};
use super::super::text::is_hostile;
use super::super::{Format, Style};
use super::*;
use crate::model::{
    AttestationState, ChangeCounts, Comparison, Eligibility, History, RequirementAttestation, RequirementVerdict,
    ServiceRow, ServiceWitness, Services, Summary,
};

fn written(report: &Report) -> String {
    let mut bytes = Vec::new();
    super::super::write(report, Format::Html, &Style::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The page without what every page has: style and scripts, and their hashes.
fn content(report: &Report) -> String {
    let assets = [(STYLE, "report.css"), (SCRIPT, "report.js"), (THEME, "theme.js")];
    assets.into_iter().fold(written(report), |page, (asset, name)| {
        page.replace(asset, &format!("/* {name} */")).replace(&hash(asset), &format!("sha256-of-{name}"))
    })
}

/// The report of an organization with every part that a report can have.
fn full() -> Report {
    let mut report = fixture::organization();
    report.services = Some(services());
    let mut gone = report.findings[0].clone();
    gone.message = "bucket old-site can be read by everyone".to_owned();
    gone.history = Some(history(Change::Unchanged));
    report.comparison = Some(Comparison {
        baseline_is_complete: true,
        differences: vec![],
        baseline_started_at: time("2025-12-01T12:00:00Z"),
        counts: ChangeCounts { new: 3, changed: 1, still_failing: 14, newly_unknown: 2, resolved: 1, not_looked_at: 0 },
        no_longer_reported: vec![gone],
    });
    let changes = Change::ALL.into_iter().cycle();
    report.findings.iter_mut().zip(changes).for_each(|(finding, change)| finding.history = Some(history(change)));
    let attestation = |state, valid_until: Option<&str>| {
        Some(RequirementAttestation {
            state,
            rules: vec!["attestation-workforce-training".to_owned()],
            findings: Summary::default(),
            valid_until: valid_until.map(str::to_owned),
        })
    };
    let rows = &mut report.requirements;
    rows[0].attestation = attestation(AttestationState::Missing, None);
    rows[1].attestation = attestation(AttestationState::Attested, Some("2026-09-30"));
    rows[1].verdict = RequirementVerdict::Attested;
    rows[2].attestation = attestation(AttestationState::Failed, None);
    rows[3].attestation = attestation(AttestationState::NotApplicable, None);
    rows[3].parents = vec!["164.312(a)(1)".to_owned()];
    rows[3].proposed = Some("required instead of addressable".to_owned());
    rows[4].crosswalk = vec!["CC7.2".to_owned(), "CC7.3".to_owned()];
    rows[5].supporting_rules = rows[5].rules.clone();
    rows[6].in_scope = false;
    report
}

fn history(change: Change) -> History {
    History {
        change,
        first_seen: time("2025-11-01T12:00:00Z"),
        last_seen: time("2025-12-01T12:00:00Z"),
        before: None,
        detail: None,
    }
}

fn services() -> Services {
    let row = |service: &str, eligibility, reason: Option<&str>| ServiceRow {
        service: service.to_owned(),
        name: format!("Amazon {service}"),
        eligibility,
        reason: reason.map(str::to_owned),
        holds_data: true,
        witnesses: vec!["CloudTrail event history".to_owned()],
        last_seen: Some(time("2025-12-30T08:00:00Z")),
    };
    let witness = |name: &str, is_complete| ServiceWitness {
        name: name.to_owned(),
        reach: "the last 90 days of management events".to_owned(),
        is_complete,
    };
    Services {
        list_date: "2025-12-15".to_owned(),
        list_age_days: 17,
        list_url: "https://aws.amazon.com/compliance/hipaa-eligible-services-reference/".to_owned(),
        witnesses: vec![witness("CloudTrail event history", true), witness("Tagged resources", false)],
        services: vec![
            row("dynamodb", Eligibility::Eligible, None),
            row("lightsail", Eligibility::NotListed, Some("move what holds PHI elsewhere")),
            row("polly", Eligibility::Review, Some("some of its features are excluded")),
            row("sso", Eligibility::Administrative, None),
            row("x\u{202e}y", Eligibility::Unknown, None),
        ],
    }
}

fn all_reports() -> [Report; 6] {
    [full(), fixture::mixed(), fixture::clean(), fixture::incomplete(), fixture::empty(), fixture::hostile()]
}

/// Returns the text between `<script ... id="ID">` and its end.
fn block<'p>(page: &'p str, id: &str) -> Option<&'p str> {
    let start = page.find(&format!("id=\"{id}\">"))? + id.len() + 6;
    page[start..].split("</script>").next()
}

#[test]
fn a_page_with_every_part() {
    insta::assert_snapshot!(content(&full()));
}

#[test]
fn a_page_of_a_clean_account() {
    insta::assert_snapshot!(content(&fixture::clean()));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(written(&full()), written(&full()));
}

#[test]
fn the_policy_allows_what_the_page_holds_and_nothing_else() {
    let page = written(&full());
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src &#39;none&#39;; "), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
    for (tag, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let bodies: Vec<&str> = page.split(tag).skip(1).map(|rest| rest.split(end).next().unwrap()).collect();
        assert_eq!(bodies.len(), if tag == "<style>" { 1 } else { 2 });
        for body in bodies {
            assert!(policy.contains(&hash(body)), "{tag} is not the one whose hash is allowed");
        }
    }
}

#[test]
fn style_and_scripts_cannot_end_early() {
    for asset in [STYLE, THEME, SCRIPT] {
        assert!(!asset.contains("</") && !asset.contains("<!--"), "it would end the element that holds it");
    }
    assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("eval(") && !SCRIPT.contains("document.write"));
}

#[test]
fn nothing_points_outside_but_links() {
    for report in all_reports() {
        let page = written(&report).replace(STYLE, "").replace(THEME, "").replace(SCRIPT, "");
        // Every `<` opens a tag, because texts and attributes have none, and every `>` closes one in attributes.
        for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let name = tag.split(' ').next().unwrap();
            assert!(!["img", "iframe", "object", "embed", "base", "form action"].contains(&name), "{tag}");
            for attribute in [" src=", " style=", " on", " action=", " srcset=", " ping="] {
                assert!(!tag.contains(attribute) || tag.starts_with("html"), "{tag}");
            }
            let Some(link) = tag.split("href=\"").nth(1) else { continue };
            let allowed = ["#", "data:image/svg+xml,", "https://aws.amazon.com/"];
            assert!(allowed.iter().any(|start| link.starts_with(start)), "{tag}");
        }
    }
}

#[test]
fn no_hostile_text_is_left_as_it_is() {
    for report in all_reports() {
        let page = written(&report);
        let hostile = page.chars().find(|character| *character != '\n' && is_hostile(*character));
        assert_eq!(hostile, None);
    }
    let page = written(&fixture::hostile());
    for text in fixture::HOSTILE.iter().filter(|text| text.contains('<')) {
        assert!(!page.contains(text), "{text}");
    }
    assert_eq!(page.matches("<script").count(), written(&fixture::mixed()).matches("<script").count());
    assert!(!page.contains("<img"));
    assert!(page.contains("abc\\u{202e}txt.exe\\u{2066}\\u{200b}"), "it is made visible instead");
}

#[test]
fn the_data_is_json_with_every_finding() {
    for report in all_reports() {
        let page = written(&report);
        let list: serde_json::Value = serde_json::from_str(block(&page, "data-list").unwrap()).unwrap();
        let rows = list["rows"].as_array().unwrap();
        assert_eq!(rows.len(), report.findings.len());
        for (row, finding) in rows.iter().zip(&report.findings) {
            let shared = &list["shared"];
            let at =
                |table: &str, column: usize| &shared[table][usize::try_from(row[column].as_u64().unwrap()).unwrap()];
            assert_eq!(at("rules", 0)["id"], *visible(&finding.rule));
            assert_eq!(at("verdicts", 1), verdict_in_words(finding.verdict));
            assert_eq!(at("severities", 2), finding.severity.as_str());
            assert_eq!(at("regions", 4), &*visible(&finding.resource.region));
            assert_eq!(at("citations", 6)[1].as_array().unwrap().len(), finding.soc2.len());
            assert_eq!(row[13], *visible(&finding.message));
            if let Some(waiver) = &finding.waiver {
                assert_eq!(at("waivers", 8)["reason"], *visible(&waiver.reason));
            }
        }
        let per_block = usize::try_from(list["shared"]["details_in_block"].as_u64().unwrap()).unwrap();
        let mut details = Vec::<serde_json::Value>::new();
        for number in 0..report.findings.len().div_ceil(per_block) {
            let text = block(&page, &format!("data-details-{number}")).unwrap();
            details.extend(serde_json::from_str::<Vec<_>>(text).unwrap());
        }
        assert_eq!(details.len(), report.findings.len());
        for (detail, finding) in details.iter().zip(&report.findings) {
            assert_eq!(detail["evidence"].as_array().unwrap().len(), finding.evidence.len());
            assert_eq!(
                detail["evidence"][0].as_array().unwrap().len(),
                1 + usize::from(finding.evidence[0].value.is_some())
            );
            assert_eq!(detail.get("gaps").map_or(0, |gaps| gaps.as_array().unwrap().len()), finding.gaps.len());
        }
    }
}

#[test]
fn without_a_script_the_worst_findings_and_all_requirements_can_be_read() {
    let report = fixture::mixed();
    let page = content(&report);
    let page = page.split("<script type=\"application/json\"").next().unwrap();
    assert!(page.contains("bucket web-assets can be read by everyone through its policy"));
    assert!(page.contains("its policy was not read"), "undecided findings, too");
    assert!(!page.contains("instance sandbox keeps backups for 0 days"), "a waived failure is not open");
    report.requirements.iter().for_each(|row| assert!(page.contains(&format!(">{}</span>", row.id)), "{}", row.id));
}

#[test]
fn a_result_is_called_good_only_where_all_was_read_and_something_was_judged() {
    let banner = |report: &Report| {
        let page = content(report);
        page.split("class=\"banner state-").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(banner(&fixture::clean()), "met");
    assert_eq!(banner(&fixture::mixed()), "fail");
    assert_eq!(banner(&fixture::incomplete()), "unknown");
    assert_eq!(banner(&fixture::empty()), "unknown");
    let mut waived = fixture::clean();
    let finding = fixture::mixed().findings.into_iter().find(|finding| finding.waiver.is_some()).unwrap();
    waived.summary.count(&finding);
    waived.findings.push(finding);
    assert_eq!(banner(&waived), "waived");
}

#[test]
fn only_met_is_green() {
    let green: Vec<&str> = STYLE.lines().filter(|line| line.contains("var(--met")).map(str::trim).collect();
    assert_eq!(green, [".state-met { color: var(--met); }", ".banner.state-met { background: var(--met-soft); }"]);
    let page = content(&full());
    assert_eq!(page.matches("standing state-met").count(), 2, "in the legend, and the one requirement that is met");
}

#[test]
fn a_filter_link_survives_any_text() {
    assert_eq!(
        filter_link(&[("requirement", "164.312(b)"), ("verdict", "all")]),
        "#requirement=164%2E312%28b%29&verdict=all"
    );
    assert_eq!(filter_link(&[("rule", "a&b=c #\u{202e}")]), "#rule=a%26b%3Dc%20%23%5Cu%7B202e%7D");
}

/// The part of the page between an opening tag's id and the section's end.
fn section<'p>(page: &'p str, id: &str) -> Option<&'p str> {
    page.split(&format!("<section id=\"{id}\"")).nth(1)?.split("</section>").next()
}

#[test]
fn every_account_has_a_row_that_leads_to_its_findings_and_what_was_skipped_leads_nowhere() {
    let page = written(&fixture::organization());
    let accounts = section(&page, "accounts").unwrap();
    for account in ["123456789012", "222222222222", "333333333333", "444444444444"] {
        assert!(accounts.contains(&format!("href=\"#account={account}&amp;verdict=all\">{account}</a>")), "{account}");
    }
    assert!(accounts.contains("<th scope=\"row\">555555555555 "), "{accounts}");
    assert!(accounts.contains("AccessDenied: @team may not sts:AssumeRole"), "why it could not be read");
    assert!(accounts.contains("AWS Organizations calls it SUSPENDED"), "why it was skipped");
    assert!(accounts.contains("not known: 5 findings are undecided"), "its failures are not zero");
    assert!(accounts.contains("/Workloads/Production"));
    assert!(page.contains("<a href=\"#accounts\">Accounts</a>"));
    assert!(section(&written(&fixture::mixed()), "accounts").is_none(), "one account needs no table");
}

#[test]
fn a_long_table_of_accounts_is_cut_and_says_so() {
    let mut report = fixture::organization();
    let organization = report.organization.as_mut().unwrap();
    let many = (0..1_200).map(|number| crate::model::AccountRow {
        account: format!("9{number:011}").parse().unwrap(),
        organizational_unit: Some(format!("/Unit {number:04}")),
        ..organization.accounts[2].clone()
    });
    *organization = crate::model::Organization::of(organization.accounts.iter().cloned().chain(many).collect());
    let page = written(&report);
    let accounts = section(&page, "accounts").unwrap();
    assert_eq!(accounts.matches("<th scope=\"row\">").count(), 2_000);
    assert!(accounts.contains("... and 205 more; the JSON report has all."), "of accounts");
    assert!(accounts.contains("... and 203 more; the JSON report has all."), "of units");
}
