//! JUnit XML, for whatever shows tests: one suite a rule, one case a finding.
//!
//! | verdict | case |
//! |---|---|
//! | pass | nothing in it: passed |
//! | fail | `failure` |
//! | fail, waived | `skipped`, with the reason: not red, and not green |
//! | unknown | `error`: the test could not be run to its end, which is what an error is in JUnit |
//! | not applicable | `skipped` |
//!
//! A first suite, `safeguard.scan`, stands for the scan itself, so that a scan that saw nothing or not everything is
//! never all green: one case for what AWS did not answer, one for whether anything was judged.
//!
//! The form is that of Apache Ant's schema, which is the strictest of those in use: attributes and elements that other
//! readers only allow are required, and `testsuites` has no attribute. XML 1.0 cannot hold most control characters, not
//! even escaped, so they are written out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::tz::Offset;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::causes::{causes, in_words};
use super::text::{self, counted, shorten};
use crate::model::{Finding, Report, RuleInfo, Timestamp, Verdict};

/// The widest that a name of a resource is shown, in columns; a longer one ends in a part of the finding's id.
const NAME: usize = 200;
/// The widest that a value of evidence is shown, in columns.
const VALUE: usize = 2_000;

type Xml<'o> = Writer<&'o mut dyn Write>;

/// Writes the document.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut xml: Xml<'_> = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.write_event(Event::Start(BytesStart::new("testsuites")))?;
    let timestamp = timestamp(report.scan.started_at);
    scan_suite(report, &timestamp).write(0, &mut xml)?;
    let mut by_rule = BTreeMap::<&str, Vec<&Finding>>::new();
    for finding in &report.findings {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    for (position, (rule, findings)) in by_rule.into_iter().enumerate() {
        let info = report.rules.iter().find(|info| info.id == rule);
        rule_suite(rule, info, &findings, &timestamp).write(position + 1, &mut xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    xml.into_inner().write_all(b"\n")
}

/// One suite.
struct Suite<'r> {
    name: &'r str,
    package: String,
    timestamp: &'r str,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case<'r>>,
    errors_text: String,
}

/// One case. What is written for a finding is worked out only when it is written.
struct Case<'r> {
    name: String,
    outcome: CaseStatus,
    detail: CaseDetail<'r>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CaseStatus {
    Passed,
    Failure,
    Error,
    Skipped,
}

enum CaseDetail<'r> {
    Finding(&'r Finding),
    Text { message: String, kind: &'static str, body: String },
}

impl Suite<'_> {
    fn write(&self, position: usize, xml: &mut Xml<'_>) -> io::Result<()> {
        let count = |outcome| self.cases.iter().filter(|case| case.outcome == outcome).count().to_string();
        let mut start = BytesStart::new("testsuite");
        for (name, value) in [
            ("name", self.name),
            ("package", &self.package),
            ("id", &position.to_string()),
            ("timestamp", self.timestamp),
            ("hostname", "localhost"),
            ("tests", &self.cases.len().to_string()),
            ("failures", &count(CaseStatus::Failure)),
            ("errors", &count(CaseStatus::Error)),
            ("skipped", &count(CaseStatus::Skipped)),
            ("time", "0"),
        ] {
            start.push_attribute((name, &*visible(value)));
        }
        xml.write_event(Event::Start(start))?;
        xml.write_event(Event::Start(BytesStart::new("properties")))?;
        for (name, value) in &self.properties {
            let mut property = BytesStart::new("property");
            property.push_attribute(("name", *name));
            property.push_attribute(("value", &*visible(value)));
            xml.write_event(Event::Empty(property))?;
        }
        xml.write_event(Event::End(BytesEnd::new("properties")))?;
        let class = format!("{}.{}", self.package, self.name);
        self.cases.iter().try_for_each(|case| case.write(&class, xml))?;
        element("system-out", &[], "", xml)?;
        element("system-err", &[], &self.errors_text, xml)?;
        xml.write_event(Event::End(BytesEnd::new("testsuite")))
    }
}

impl Case<'_> {
    fn write(&self, class: &str, xml: &mut Xml<'_>) -> io::Result<()> {
        let mut start = BytesStart::new("testcase");
        for (name, value) in [("name", &*self.name), ("classname", class), ("time", "0")] {
            start.push_attribute((name, &*visible(value)));
        }
        let tag = match self.outcome {
            CaseStatus::Passed => return xml.write_event(Event::Empty(start)),
            CaseStatus::Failure => "failure",
            CaseStatus::Error => "error",
            CaseStatus::Skipped => "skipped",
        };
        xml.write_event(Event::Start(start))?;
        let (message, kind, body) = match &self.detail {
            CaseDetail::Finding(finding) => (headline(finding), kind(finding), body(finding)),
            CaseDetail::Text { message, kind, body } => (message.clone(), *kind, body.clone()),
        };
        match self.outcome {
            CaseStatus::Skipped => element(tag, &[("message", &message)], &body, xml)?,
            _ => element(tag, &[("message", &message), ("type", kind)], &body, xml)?,
        }
        xml.write_event(Event::End(BytesEnd::new("testcase")))
    }
}

/// An element with text. The text's lines are already visible, each by itself.
fn element(name: &str, attributes: &[(&str, &str)], text: &str, xml: &mut Xml<'_>) -> io::Result<()> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, &*visible(value)));
    }
    if text.is_empty() {
        return xml.write_event(Event::Empty(start));
    }
    xml.write_event(Event::Start(start))?;
    xml.write_event(Event::Text(BytesText::new(text)))?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}

/// The scan itself: what was not read, and whether anything was judged.
fn scan_suite<'r>(report: &'r Report, timestamp: &'r str) -> Suite<'r> {
    let scan = &report.scan;
    let causes: Vec<String> = causes(report)
        .iter()
        .map(|cause| visible(&format!("{}; {}", cause.name(), cause.consequence())).into_owned())
        .collect();
    let read = match report.is_incomplete() {
        false => Case::passed("everything that the selected rules needed was read"),
        true => {
            let calls = counted(report.gaps.len(), "call got no answer", "calls got no answer");
            let findings = counted(report.summary.unknown, "finding is undecided", "findings are undecided");
            let message = format!("the scan is incomplete: {calls}, {findings}");
            let detail = CaseDetail::Text { message, kind: "incomplete", body: causes.join("\n") };
            Case {
                outcome: CaseStatus::Error,
                detail,
                ..Case::passed("everything that the selected rules needed was read")
            }
        }
    };
    let judged = match report.summary.pass + report.summary.fail {
        0 => {
            let message = "no rule gave a pass or a fail, so this says nothing about the account".to_owned();
            let detail = CaseDetail::Text { message, kind: "nothing judged", body: String::new() };
            Case { outcome: CaseStatus::Skipped, detail, ..Case::passed("something was judged") }
        }
        _ => Case::passed("something was judged"),
    };
    Suite {
        name: "scan",
        package: "safeguard".to_owned(),
        timestamp,
        properties: vec![
            ("tool_version", scan.tool_version.clone()),
            ("source", scan.source.clone()),
            ("started_at", scan.started_at.to_string()),
            ("finished_at", scan.finished_at.to_string()),
            ("accounts", scan.accounts.join(" ")),
            ("regions", scan.regions.join(" ")),
            ("rules", scan.rule_count.to_string()),
            ("resources", scan.resource_count.to_string()),
        ],
        cases: vec![read, judged],
        errors_text: report.warnings.iter().map(|warning| visible(warning)).collect::<Vec<_>>().join("\n"),
    }
}

impl Case<'_> {
    fn passed(name: &str) -> Self {
        let detail = CaseDetail::Text { message: String::new(), kind: "", body: String::new() };
        Case { name: name.to_owned(), outcome: CaseStatus::Passed, detail }
    }
}

fn rule_suite<'r>(rule: &'r str, info: Option<&RuleInfo>, findings: &[&'r Finding], timestamp: &'r str) -> Suite<'r> {
    let properties = info.map_or_else(Vec::new, |info| {
        vec![
            ("title", info.title.clone()),
            ("severity", info.severity.as_str().to_owned()),
            ("kind", info.kind.clone()),
            ("hipaa", info.hipaa.join(" ")),
            ("soc2", info.soc2.join(" ")),
        ]
    });
    Suite {
        name: rule,
        package: info.map_or_else(|| "safeguard".to_owned(), |info| format!("safeguard.{}", info.service)),
        timestamp,
        properties,
        cases: findings.iter().map(|finding| case(finding)).collect(),
        errors_text: String::new(),
    }
}

fn case(finding: &Finding) -> Case<'_> {
    let outcome = match (finding.verdict, &finding.waiver) {
        (Verdict::Pass, _) => CaseStatus::Passed,
        (Verdict::Fail, None) => CaseStatus::Failure,
        (Verdict::Unknown, _) => CaseStatus::Error,
        (Verdict::Fail, Some(_)) | (Verdict::NotApplicable, _) => CaseStatus::Skipped,
    };
    Case { name: name(finding), outcome, detail: CaseDetail::Finding(finding) }
}

/// Names the finding. The name is the same in every run, and different for every finding of a rule: what shows tests
/// tells them apart by it.
fn name(finding: &Finding) -> String {
    let resource = &finding.resource;
    let id = match &resource.id {
        None => format!("the list of {}", resource.kind),
        Some(id) if id.chars().count() > NAME => {
            format!("{} {}", shorten(id, NAME), finding.id.0.get(..8).unwrap_or(&finding.id.0))
        }
        Some(id) => id.clone(),
    };
    format!("{id} ({}, {})", resource.account, resource.region)
}

fn kind(finding: &Finding) -> &'static str {
    match finding.verdict {
        Verdict::Unknown => "unknown",
        _ => finding.severity.as_str(),
    }
}

fn headline(finding: &Finding) -> String {
    match (finding.verdict, &finding.waiver) {
        (Verdict::Fail, Some(waiver)) => {
            format!("fails, waived until {} by {}: {}", waiver.expires, waiver.owner, waiver.reason)
        }
        (Verdict::Unknown, _) => format!("unknown: {}", finding.message),
        (Verdict::NotApplicable, _) => format!("not applicable: {}", finding.message),
        _ => finding.message.clone(),
    }
}

/// Everything that somebody needs who sees only this case, a line each.
fn body(finding: &Finding) -> String {
    let mut lines = vec![
        format!("verdict: {}", finding.verdict.as_str()),
        format!("severity: {}", finding.severity.as_str()),
        format!("reason: {}", finding.message),
        format!(
            "resource: {}",
            finding.resource.arn.as_ref().or(finding.resource.id.as_ref()).unwrap_or(&finding.resource.kind)
        ),
        format!("account and region: {} {}", finding.resource.account, finding.resource.region),
        format!("requirements: {}", [&finding.hipaa[..], &finding.soc2[..]].concat().join(" ")),
    ];
    match finding.in_phi_scope {
        Some(true) => lines.push("PHI scope: in it".to_owned()),
        Some(false) => {}
        None => lines.push("PHI scope: not known".to_owned()),
    }
    for evidence in &finding.evidence {
        let value = evidence.value.as_ref().map_or("was not read".to_owned(), |value| format!("= {value}"));
        lines.push(format!("evidence: {} {}", evidence.path, shorten(&value, VALUE)));
    }
    lines.extend(finding.witnesses.iter().map(|witness| match witness.certain {
        true => format!("gets through: {}", witness.text),
        false => format!("may get through: {}", witness.text),
    }));
    lines.extend(finding.gaps.iter().map(|gap| format!("not read: {}", in_words(gap))));
    lines.extend(finding.waiver.iter().flat_map(|waiver| &waiver.ticket).map(|ticket| format!("ticket: {ticket}")));
    lines.extend(finding.history.iter().map(|history| {
        format!("since the earlier report: {}; first seen {}", history.change.as_str(), history.first_seen)
    }));
    if finding.verdict == Verdict::Fail {
        lines.push(format!("fix: {}", finding.fix));
    }
    lines.push(format!("id: {}", finding.id.0));
    lines.iter().map(|line| visible(line)).collect::<Vec<_>>().join("\n")
}

/// Writes out what XML 1.0 cannot hold: what [`text::escape`] writes out, and two code points that are no characters.
fn visible(text: &str) -> Cow<'_, str> {
    let text = text::escape(text);
    if !text.contains(['\u{fffe}', '\u{ffff}']) {
        return text;
    }
    Cow::Owned(text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}"))
}

/// UTC without a zone and without fractions, as the schema wants it.
fn timestamp(Timestamp(time): Timestamp) -> String {
    Offset::UTC.to_datetime(time).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_junit::{NonSuccessKind, TestCaseStatus};

    use super::super::fixture;
    use super::*;

    fn written(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// The reader wants a name of the whole and a zone with the time, neither of which Ant's schema allows.
    fn read(text: &str) -> quick_junit::Report {
        let named = text.replacen("<testsuites>", "<testsuites name=\"safeguard\">", 1);
        let zoned = named.replace("\" hostname=\"localhost\"", "Z\" hostname=\"localhost\"");
        quick_junit::Report::deserialize_from_str(&zoned).unwrap()
    }

    #[test]
    fn a_suite_a_rule() {
        let mut report = fixture::mixed();
        let mut seen = std::collections::BTreeMap::<(String, Verdict, bool), usize>::new();
        report.findings.retain(|finding| {
            let key = (finding.rule.clone(), finding.verdict, finding.waiver.is_some());
            let count = seen.entry(key).or_default();
            *count += 1;
            *count <= 1
        });
        insta::assert_snapshot!(written(&report));
    }

    #[test]
    fn an_empty_account_is_not_all_green() {
        insta::assert_snapshot!(written(&fixture::empty()));
    }

    #[test]
    fn every_verdict_reads_back_as_what_it_is() {
        for report in [fixture::mixed(), fixture::clean(), fixture::incomplete(), fixture::empty(), fixture::hostile()]
        {
            let read = read(&written(&report));
            let mut by_rule = BTreeMap::<&str, Vec<&Finding>>::new();
            report.findings.iter().for_each(|finding| by_rule.entry(&finding.rule).or_default().push(finding));
            assert_eq!(read.test_suites.len(), by_rule.len() + 1);
            let cases = read.test_suites[1..].iter().flat_map(|suite| &suite.test_cases);
            for (case, finding) in cases.zip(by_rule.values().flatten()) {
                let kind = match &case.status {
                    TestCaseStatus::Success { .. } => "pass",
                    TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => "fail",
                    TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => "unknown",
                    TestCaseStatus::Skipped { .. } if finding.waiver.is_some() => "fail",
                    TestCaseStatus::Skipped { .. } => "not_applicable",
                };
                assert_eq!(kind, finding.verdict.as_str(), "{}", finding.message);
            }
        }
    }

    #[test]
    fn a_scan_that_did_not_see_everything_has_an_error() {
        for report in [fixture::mixed(), fixture::incomplete(), fixture::clean()] {
            let read = read(&written(&report));
            let errors: usize = read.test_suites.iter().map(|suite| suite.errors).sum();
            assert_eq!(errors > 0, report.is_incomplete());
        }
    }

    #[test]
    fn names_within_a_suite_are_different() {
        let read = read(&written(&fixture::hostile()));
        for suite in &read.test_suites {
            let names: std::collections::BTreeSet<&str> =
                suite.test_cases.iter().map(|case| case.name.as_str()).collect();
            assert_eq!(names.len(), suite.test_cases.len());
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_back_visibly(text in prop_oneof![any::<String>(), "[\u{0}-\u{20}\u{fffe}\u{ffff}<>&'\"\\]a-]{0,12}"]) {
            let mut report = fixture::incomplete();
            report.findings.truncate(1);
            report.findings[0].verdict = Verdict::Fail;
            report.findings[0].message = text.clone();
            report.warnings.push(text.clone());
            let read = read(&written(&report));
            let TestCaseStatus::NonSuccess { message, description, .. } = &read.test_suites[1].test_cases[0].status else {
                panic!("a failure")
            };
            prop_assert_eq!(message.as_ref().unwrap().as_str(), &*visible(&text));
            let line = format!("reason: {}", visible(&text));
            prop_assert!(description.as_ref().unwrap().as_str().lines().any(|found| found == line.trim_end() || found == line));
        }
    }
}
