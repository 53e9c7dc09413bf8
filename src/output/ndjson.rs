//! One finding a line, passes included: what a log pipeline or a SIEM ingests.
//!
//! Each line stands alone, so it repeats what is needed to trust it: the shape's version, and in `scan` who read the
//! facts, from where, when, and whether the scan was complete. The finding's own fields follow on the top level,
//! spelled as in the JSON report; its `id` is the same in every run, so `(id, scan.started_at)` identifies a line and
//! `id` a problem.
//!
//! A scan without findings writes no line. What could not be read is in the lines too, as findings with the verdict
//! `unknown` and their `gaps`; gaps that left no finding undecided are in the JSON report only, but make
//! `scan.complete` false.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::json;
use crate::model::{Finding, Report, Timestamp};

/// One line.
#[derive(Debug, Serialize, JsonSchema)]
struct FindingLine<'a> {
    /// The version of this shape.
    schema_version: u32,
    /// Which scan the finding is from.
    scan: ScanEssentials<'a>,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// What is needed to trust one line on its own.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
struct ScanEssentials<'a> {
    /// The version of Safeguard.
    tool_version: &'a str,
    /// Where the facts come from: `live`, `demo`, or the snapshot's file name.
    source: &'a str,
    /// When reading began (RFC 3339).
    started_at: Timestamp,
    /// When reading ended (RFC 3339).
    finished_at: Timestamp,
    /// False when something that a selected rule needed could not be read: then more may be wrong than the lines say.
    complete: bool,
}

/// Writes the findings in the report's order.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let scan = ScanEssentials {
        tool_version: &report.scan.tool_version,
        source: &report.scan.source,
        started_at: report.scan.started_at,
        finished_at: report.scan.finished_at,
        complete: !report.is_incomplete(),
    };
    for finding in &report.findings {
        json::write_line(&FindingLine { schema_version: report.schema_version, scan, finding }, out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The JSON Schema (draft 2020-12) of one line.
pub fn finding_line_schema() -> serde_json::Value {
    json::schema_of::<FindingLine<'_>>(
        "Safeguard finding",
        "One line of the NDJSON format: one rule judged on one resource, and the scan that it is from. A verdict of \
         `unknown` is neither a pass nor a fail.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::fixture;
    use super::*;

    fn written(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_finding_a_line() {
        let mut report = fixture::mixed();
        report.findings.truncate(3);
        insta::assert_snapshot!(written(&report));
    }

    #[test]
    fn every_line_is_a_finding_that_reads_back() {
        let report = fixture::mixed();
        let read: Vec<Finding> = written(&report).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, report.findings);
    }

    #[test]
    fn every_line_says_whether_the_scan_was_complete() {
        for (report, complete) in [(fixture::mixed(), false), (fixture::clean(), true)] {
            let lines = written(&report);
            assert!(!lines.is_empty());
            for line in lines.lines() {
                assert_eq!(serde_json::from_str::<Value>(line).unwrap()["scan"]["complete"], complete);
            }
        }
    }

    #[test]
    fn the_schema_describes_every_line() {
        let schema = finding_line_schema();
        assert_eq!(schema["title"], "Safeguard finding");
        for line in written(&fixture::mixed()).lines() {
            let violations = fixture::schema_violations(&schema, &serde_json::from_str(line).unwrap());
            assert_eq!(violations, Vec::<String>::new());
        }
    }

    #[test]
    fn no_findings_are_no_lines() {
        assert_eq!(written(&fixture::empty()), "");
    }
}
