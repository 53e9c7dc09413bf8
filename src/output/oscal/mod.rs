//! OSCAL assessment results (the model of version 1.2.1), for tools that manage audits.
//!
//! OSCAL says of an objective that it is `satisfied` or `not-satisfied` and has no third word. What we do not know
//! must not be the first, and is not what most people read into the second. NIST's own guide (SP 800-53A) calls the
//! second "other than satisfied" and counts among it that an assessor could not get the information that a
//! determination takes. So:
//!
//! | requirement | finding | reason |
//! |---|---|---|
//! | met | `satisfied` | `pass` |
//! | not met | `not-satisfied` | `fail` |
//! | attested | `not-satisfied` | `other`: it stands on people's word, which this tool does not assess |
//! | shown in AWS | `not-satisfied` | `other`: nobody has attested the rest |
//! | unknown | `not-satisfied` | `other`: what was not read may hide a failure |
//! | partly shown | `not-satisfied` | `other`: nobody has attested the rest |
//! | not assessed, not in scope | no finding; named as excluded, if in scope | |
//!
//! Only the reason `fail` means that a failure was seen. Each finding carries our own word in the property `verdict`,
//! and its remarks say it in a sentence, and so do the remarks of the whole result.
//!
//! Each finding of ours is an observation, passes included, with its subject (an inventory item) and the facts that it
//! stands on. Each failure is a risk; a waiver is its accepted response, and its status is then `deviation-approved`.
//! There is no assessment plan, and a resource in the back matter says so. Ids of requirements become tokens
//! (`164.312(a)(2)(iv)` is `hipaa-164.312.a.2.iv`), with the printed form in a property.
//!
//! UUIDs are of version 5, made from what they identify: the same report gives the same bytes; an item or a risk has
//! the same UUID in every report, an observation only in those of the same moment.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::causes::causes;
use super::json::write_line;
use super::scope::{self, Room, ScopeLine};
use crate::model::{AccountId, Finding, Framework, Report, RequirementRow, Verdict};
use requirements::REMARKS;
use words::{Id, line, props};

mod observations;
mod requirements;
mod words;

#[cfg(test)]
mod tests;

/// The version of the model that the document follows.
const OSCAL_VERSION: &str = "1.2.1";

/// Writes the document on one line.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut digest = Digested(Sha256::new());
    write_line(report, &mut digest)?;
    let digest = hex::encode(digest.0.finalize());
    write_line(&OscalDocument::new(report, &digest), out)?;
    writeln!(out)
}

/// A writer that only adds to the digest.
struct Digested(Sha256);

impl Write for Digested {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The parts of the report that all parts of the document need.
struct OscalDocument<'r> {
    report: &'r Report,
    /// Identifies the report by its content.
    digest: &'r str,
    by_rule: BTreeMap<&'r str, Vec<&'r Finding>>,
    /// The rules over attestations and registers, whose facts people wrote.
    attested: BTreeSet<&'r str>,
    /// The requirements that count.
    rows: Vec<&'r RequirementRow>,
}

impl<'r> OscalDocument<'r> {
    fn new(report: &'r Report, digest: &'r str) -> Self {
        let mut by_rule = BTreeMap::<&str, Vec<&Finding>>::new();
        for finding in &report.findings {
            by_rule.entry(&finding.rule).or_default().push(finding);
        }
        let attestations = report.requirements.iter().flat_map(|row| &row.attestation);
        let attested = attestations.flat_map(|attestation| &attestation.rules).map(String::as_str).collect();
        let rows = report.requirements.iter().filter(|row| row.in_scope).collect();
        Self { report, digest, by_rule, attested, rows }
    }

    /// An id of something that belongs to this report only.
    fn own(&self, what: &str, name: &str) -> String {
        Id::of(&[what, self.digest, name])
    }
}

impl Serialize for OscalDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_map(Some(1))?;
        document.serialize_entry("assessment-results", &OscalBody(self))?;
        document.end()
    }
}

struct OscalBody<'r>(&'r OscalDocument<'r>);

impl Serialize for OscalBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self.0;
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("uuid", &document.own("document", ""))?;
        body.serialize_entry("metadata", &metadata(document.report))?;
        body.serialize_entry(
            "import-ap",
            &json!({"href": format!("#{}", no_plan()), "remarks": "There is no assessment plan."}),
        )?;
        let objectives: Vec<Value> = document.rows.iter().flat_map(|row| requirements::objective(row)).collect();
        if !objectives.is_empty() {
            body.serialize_entry("local-definitions", &json!({ "objectives-and-methods": objectives }))?;
        }
        body.serialize_entry("results", &[ScanResult(document)])?;
        body.serialize_entry("back-matter", &json!({ "resources": resources(document.report) }))?;
        body.end()
    }
}

fn metadata(report: &Report) -> Value {
    json!({
        "title": "Safeguard: the state of AWS accounts against HIPAA and SOC 2",
        "last-modified": report.scan.finished_at,
        "version": report.scan.finished_at,
        "oscal-version": OSCAL_VERSION,
        "remarks": "Made by a program from the state of AWS. It is no certification, no auditor's opinion and no legal advice.",
    })
}

/// The one result: this scan. Lists are made item by item, as they are written.
struct ScanResult<'r>(&'r OscalDocument<'r>);

impl Serialize for ScanResult<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self.0;
        let report = document.report;
        let mut result = serializer.serialize_map(None)?;
        result.serialize_entry("uuid", &document.own("result", ""))?;
        let complete = if report.is_incomplete() { "incomplete" } else { "complete" };
        result.serialize_entry("title", &format!("Scan, {complete} in what was asked"))?;
        result.serialize_entry("description", &description(report))?;
        result.serialize_entry("start", &report.scan.started_at)?;
        result.serialize_entry("end", &report.scan.finished_at)?;
        let summary = [report.summary.fail, report.summary.unknown, report.summary.pass, report.summary.not_applicable];
        let [fail, unknown, pass, not_applicable] = summary.map(|count| count.to_string());
        let source = [("complete", complete), ("fail", &fail), ("unknown", &unknown), ("pass", &pass)];
        let more = [("not-applicable", not_applicable.as_str()), ("source", &report.scan.source)];
        result.serialize_entry("props", &props(source.into_iter().chain(more)))?;
        result.serialize_entry("local-definitions", &LocalDefinitions(document))?;
        result.serialize_entry("reviewed-controls", &requirements::reviewed(document))?;
        let attestations: Vec<Value> = document.rows.iter().filter_map(|row| requirements::attestation(row)).collect();
        if !attestations.is_empty() {
            result.serialize_entry("attestations", &attestations)?;
        }
        result.serialize_entry("assessment-log", &json!({ "entries": log(document) }))?;
        if !report.findings.is_empty() {
            result.serialize_entry("observations", &Observations(document))?;
        }
        if report.summary.fail > 0 {
            result.serialize_entry("risks", &Risks(document))?;
        }
        if document.rows.iter().any(|row| requirements::state(row.verdict).is_some()) {
            result.serialize_entry("findings", &RequirementFindings(document))?;
        }
        result.serialize_entry("remarks", REMARKS)?;
        result.end()
    }
}

fn description(report: &Report) -> String {
    let outcome = super::terminal::result::ResultKind::of(report);
    format!("Result: {}. {}", outcome.headline(), outcome.sentence(report))
}

struct LocalDefinitions<'r>(&'r OscalDocument<'r>);

impl Serialize for LocalDefinitions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0.report;
        let mut definitions = serializer.serialize_map(None)?;
        let accounts: BTreeSet<&str> = report
            .scan
            .accounts
            .iter()
            .chain(report.findings.iter().map(|finding| &finding.resource.account))
            .map(AccountId::as_str)
            .collect();
        if !accounts.is_empty() {
            let components: Vec<Value> = accounts.into_iter().map(observations::account).collect();
            definitions.serialize_entry("components", &components)?;
        }
        if report.findings.iter().any(|finding| finding.resource.id.is_some()) {
            definitions.serialize_entry("inventory-items", &InventoryItems(report))?;
        }
        let tool = json!({
            "uuid": tool(),
            "type": "software",
            "title": "Safeguard",
            "description": "Reads the state of AWS accounts and judges it by rules.",
            "props": props([("version", report.scan.tool_version.as_str())]),
            "status": {"state": "operational"},
        });
        let platform = json!({"uuid": Id::of(&["platform"]), "uses-components": [{"component-uuid": self::tool()}]});
        definitions
            .serialize_entry("assessment-assets", &json!({"components": [tool], "assessment-platforms": [platform]}))?;
        definitions.end()
    }
}

struct InventoryItems<'r>(&'r Report);

impl Serialize for InventoryItems<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let resources: BTreeSet<_> =
            self.0.findings.iter().map(|finding| &finding.resource).filter(|resource| resource.id.is_some()).collect();
        serializer.collect_seq(resources.into_iter().map(observations::item))
    }
}

struct Observations<'r>(&'r OscalDocument<'r>);

impl Serialize for Observations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_attested = |finding: &Finding| self.0.attested.contains(finding.rule.as_str());
        serializer.collect_seq(
            self.0.report.findings.iter().map(|finding| observations::observation(finding, is_attested(finding))),
        )
    }
}

struct Risks<'r>(&'r OscalDocument<'r>);

impl Serialize for Risks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let why: BTreeMap<&str, &str> =
            self.0.report.rules.iter().map(|rule| (rule.id.as_str(), rule.why.as_str())).collect();
        let failures = self.0.report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
        serializer.collect_seq(failures.map(|finding| {
            observations::risk(finding, why.get(finding.rule.as_str()).copied().unwrap_or(&finding.title))
        }))
    }
}

struct RequirementFindings<'r>(&'r OscalDocument<'r>);

impl Serialize for RequirementFindings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows.iter().filter_map(|row| requirements::finding(row, self.0)))
    }
}

/// Makes the cases that say that the account was scanned, and every cause for which something was not read.
fn log(document: &OscalDocument<'_>) -> Vec<Value> {
    let (start, end) = (document.report.scan.started_at, document.report.scan.finished_at);
    let entry = |name: &str, title: &str, description: String| {
        json!({
            "uuid": document.own("log", name), "title": title, "description": description, "start": start, "end": end,
        })
    };
    let mut entries = vec![entry("scan", "The facts were read", description(document.report))];
    for ScopeLine { label, text, .. } in scope::lines(document.report, Room::Whole) {
        entries.push(entry(&format!("scope {label}"), &format!("Scope: {label}"), line(&text)));
    }
    for warning in &document.report.warnings {
        entries.push(entry(&format!("warning {warning}"), "Warning", line(warning)));
    }
    for cause in causes(document.report) {
        let told = format!("{}; {}", cause.name(), cause.consequence());
        let title = if cause.is_for_people() { "Not on file" } else { "Not read" };
        entries.push(entry(&format!("not read {told}"), title, line(&told)));
    }
    let mut seen = BTreeSet::new();
    entries.retain(|entry| seen.insert(entry["uuid"].to_string()));
    entries
}

fn resources(report: &Report) -> Vec<Value> {
    let mut resources = vec![json!({
        "uuid": no_plan(),
        "title": "No assessment plan",
        "description": "The scan follows no written plan. What it judges are the selected rules; what it can and cannot see \
                        is in the reviewed controls and in the remarks of the result.",
    })];
    for date in &report.scan.catalog_dates {
        let (title, address) = match date.framework {
            Framework::Hipaa => (
                "HIPAA: 45 CFR Part 164",
                Some("https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164"),
            ),
            Framework::Soc2 => ("SOC 2: the AICPA's Trust Services Criteria of 2017", None),
        };
        let mut resource = json!({
            "uuid": Id::of(&["catalog", title]),
            "title": title,
            "description": "Requirements are named by their printed ids and by short titles of our own.",
            "props": props([("checked", date.checked.as_str())]),
        });
        if let Some(address) = address {
            resource["rlinks"] = json!([{ "href": address }]);
        }
        resources.push(resource);
    }
    resources
}

fn no_plan() -> String {
    Id::of(&["no assessment plan"])
}

fn tool() -> String {
    Id::of(&["tool"])
}

/// The parts that say who speaks: this program.
fn origins() -> Value {
    json!([{"actors": [{"type": "tool", "actor-uuid": tool()}]}])
}
