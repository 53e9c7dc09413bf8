//! SARIF 2.1.0, as GitHub code scanning reads it.
//!
//! What GitHub does not read decides the form. It shows every result as an open alert, whatever its `kind`, and closes
//! the alert when the result is gone. So passes and findings that do not apply are left out: there they would be
//! alarms. A failure and an undecided finding of one rule and resource have one fingerprint, so an alert does not
//! close because somebody took away a permission.
//!
//! - A failure has the kind `fail` and a level by its severity.
//! - An undecided finding has the kind `open`, which is SARIF's word for it, and its text begins with `UNKNOWN`. It has
//!   no level of its own. To SARIF that is the level `none`, which it prescribes for what is no failure. To GitHub it is
//!   the level of the rule, so that it is seen.
//! - A waived failure stays a result, with a `suppression` that names reason, owner and end. GitHub does not read
//!   suppressions by itself and shows an open alert; the text says that it is waived.
//! - `executionSuccessful` is true for an incomplete scan too, because GitHub refuses a file in which it is false, and
//!   with it every result. What was not read is told in notifications.
//!
//! A resource of AWS has no file, and GitHub refuses a result without one. Each gets a path that stays the same, such
//! as `aws/123456789012/us-east-1/AWS.S3.Bucket/records`; its ARN is the logical location.
//!
//! GitHub reads one severity a rule, not a result: the worst among the rule's results in this report. It takes at most
//! 25,000 results, shows 5,000 of them, and refuses a file above 10 MB (compressed): the worst come first, and a
//! notification tells how many were cut. No fact's value is written here; the JSON report has them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::causes::causes;
use super::json::write_line;
use super::text::{counted, escape, number, shorten};
use crate::model::{Finding, Report, Severity, Timestamp, Verdict};

mod results;
mod rules;

#[cfg(test)]
mod tests;

/// The most results that GitHub takes in one run.
pub const RESULTS_LIMIT: usize = 25_000;
/// The most causes and warnings that are told one by one.
const NOTIFICATIONS_LIMIT: usize = 200;
/// The widest that a sentence with text from AWS is written, in columns.
const SENTENCE: usize = 600;
/// The namespace of the guids of runs: made once, for this format only.
const NAMESPACE: Uuid = Uuid::from_u128(0x7d0c_52a1_4b5e_4a0e_9a39_f3a1_52c6_0e11);

/// Writes the document on one line.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_at_most(RESULTS_LIMIT, report, out)
}

fn write_at_most(limit: usize, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_line(&Log { report, results: selected(report), limit }, out)?;
    writeln!(out)
}

/// Failures and undecided findings, worst first; what waivers cover comes last, because somebody has looked at it.
fn selected(report: &Report) -> Vec<&Finding> {
    let is_told = |finding: &&Finding| matches!(finding.verdict, Verdict::Fail | Verdict::Unknown);
    let mut findings: Vec<&Finding> = report.findings.iter().filter(is_told).collect();
    findings.sort_by_key(|finding| {
        (finding.waiver.is_some(), Reverse(finding.severity), finding.verdict == Verdict::Unknown)
    });
    findings
}

struct Log<'r> {
    report: &'r Report,
    results: Vec<&'r Finding>,
    limit: usize,
}

impl Log<'_> {
    fn kept(&self) -> &[&Finding] {
        &self.results[..self.results.len().min(self.limit)]
    }
}

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut log = serializer.serialize_map(Some(3))?;
        log.serialize_entry("$schema", "https://json.schemastore.org/sarif-2.1.0.json")?;
        log.serialize_entry("version", "2.1.0")?;
        log.serialize_entry("runs", &[SarifRun(self)])?;
        log.end()
    }
}

struct SarifRun<'r>(&'r Log<'r>);

impl Serialize for SarifRun<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (report, kept) = (self.0.report, self.0.kept());
        let places: BTreeMap<&str, usize> =
            report.rules.iter().enumerate().map(|(place, rule)| (rule.id.as_str(), place)).collect();
        let mut run = serializer.serialize_map(None)?;
        run.serialize_entry("tool", &json!({ "driver": driver(report, kept) }))?;
        run.serialize_entry("automationDetails", &automation(report))?;
        if let Some(comparison) = &report.comparison {
            run.serialize_entry("baselineGuid", &guid(report, comparison.baseline_started_at))?;
        }
        run.serialize_entry("invocations", &[invocation(report, self.0.results.len(), kept.len())])?;
        run.serialize_entry("columnKind", "utf16CodeUnits")?;
        run.serialize_entry("results", &Results(kept, &places))?;
        run.end()
    }
}

/// Results are made one by one, as they are written.
struct Results<'r>(&'r [&'r Finding], &'r BTreeMap<&'r str, usize>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = |finding: &Finding| self.1.get(finding.rule.as_str()).copied();
        serializer.collect_seq(self.0.iter().map(|finding| results::result(finding, place(finding))))
    }
}

fn driver(report: &Report, kept: &[&Finding]) -> Value {
    let mut worst = BTreeMap::<&str, Severity>::new();
    for finding in kept {
        let severity = worst.entry(&finding.rule).or_insert(finding.severity);
        *severity = finding.severity.max(*severity);
    }
    let rules: Vec<Value> = report
        .rules
        .iter()
        .map(|rule| rules::descriptor(rule, worst.get(rule.id.as_str()).copied().unwrap_or(rule.severity)))
        .collect();
    json!({
        "name": "Safeguard",
        "semanticVersion": report.scan.tool_version,
        "rules": rules,
        "notifications": [
            {"id": "not-read", "shortDescription": {"text": "Something that a selected rule needed was not read."}},
            {"id": "results-cut", "shortDescription": {"text": "More was found than this file may hold."}},
            {"id": "warning", "shortDescription": {"text": "Something to know that is no finding."}},
        ],
    })
}

/// GitHub keeps the alerts of one category apart from those of others: the category is the account.
fn automation(report: &Report) -> Value {
    let id = match report.scan.accounts.as_slice() {
        [only] => format!("safeguard/{}/", escape(only)),
        _ => "safeguard/".to_owned(),
    };
    json!({"id": id, "guid": guid(report, report.scan.started_at)})
}

/// Makes the guid of a run. The same accounts at the same moment have the same guid, so that a comparison can name
/// its baseline.
fn guid(report: &Report, started_at: Timestamp) -> String {
    let name = format!("{} {started_at}", report.scan.accounts.join(" "));
    Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
}

fn invocation(report: &Report, found: usize, kept: usize) -> Value {
    let mut invocation = json!({
        "executionSuccessful": true,
        "startTimeUtc": report.scan.started_at,
        "endTimeUtc": report.scan.finished_at,
        "toolExecutionNotifications": notifications(report, found, kept),
        "properties": {
            "complete": !report.is_incomplete(),
            "accounts": escaped(&report.scan.accounts),
            "regions": escaped(&report.scan.regions),
            "source": shorten(&report.scan.source, SENTENCE),
            "verdicts": report.summary,
        },
    });
    // The schema wants times, and a snapshot that somebody has edited may hold none.
    for name in ["startTimeUtc", "endTimeUtc"] {
        if invocation[name].as_str().is_none_or(|time| time.parse::<jiff::Timestamp>().is_err()) {
            invocation.as_object_mut().map(|fields| fields.remove(name));
        }
    }
    invocation
}

fn notifications(report: &Report, found: usize, kept: usize) -> Vec<Value> {
    let notification = |id: &str, level: &str, text: &str| json!({"descriptor": {"id": id}, "level": level, "message": {"text": message(text)}});
    let mut notifications = Vec::new();
    if found > kept {
        let text = format!(
            "{} were cut, the least severe: GitHub takes at most {} of a run. The JSON report has all.",
            counted(found - kept, "result", "results"),
            number(kept)
        );
        notifications.push(notification("results-cut", "warning", &text));
    }
    let causes = causes(report);
    for cause in causes.iter().take(NOTIFICATIONS_LIMIT) {
        let text = format!("not read: {}; {}", cause.name(), cause.consequence());
        notifications.push(notification("not-read", "error", &text));
    }
    for warning in report.warnings.iter().take(NOTIFICATIONS_LIMIT) {
        notifications.push(notification("warning", "warning", &shorten(warning, SENTENCE)));
    }
    let untold =
        causes.len().saturating_sub(NOTIFICATIONS_LIMIT) + report.warnings.len().saturating_sub(NOTIFICATIONS_LIMIT);
    if untold > 0 {
        let text = format!("{} more are in the JSON report only", number(untold));
        notifications.push(notification("not-read", "error", &text));
    }
    notifications
}

/// A message's text. SARIF makes a link of `[a](b)` and a placeholder of `{0}`, so both are broken up: braces are
/// doubled, as SARIF has it, and no round bracket follows a square one.
fn message(text: &str) -> String {
    escape(text).replace("](", "] (").replace('{', "{{").replace('}', "}}")
}

fn escaped(texts: &[impl AsRef<str>]) -> BTreeSet<String> {
    texts.iter().map(|text| escape(text.as_ref()).into_owned()).collect()
}
