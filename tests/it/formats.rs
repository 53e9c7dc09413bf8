//! The formats that other programs read, held against their official schemas by validators that are not ours.
//!
//! Every report starts as the one of the sample account, as the binary writes it, so that these tests see what users get:
//! real rules, real gaps, real evidence.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use safeguard::model::{
    AttestationState, Change, ChangeCounts, Comparison, Evidence, History, Report, RequirementAttestation,
    RequirementVerdict, Summary, Timestamp, Verdict, Waiver,
};
use safeguard::output::{self, Format, Style};
use serde_json::{Value, json};

use crate::aws;
use crate::product::Product;

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas");
const VALIDATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/validate.py");

/// Those that have a schema, or a grammar as CSV has.
const VALIDATED: [Format; 4] = [Format::Sarif, Format::Junit, Format::Oscal, Format::Csv];

/// What whoever may name things in an account can write.
const HOSTILE: [&str; 12] = [
    "",
    " ",
    "=cmd|' /C calc'!A0",
    "\u{3000}＝1+1",
    "<script>alert(1)</script>]]>",
    "[a](javascript:alert(1)) ![](https://evil.example/p.png) @team {0}",
    "line one\r\nline two\n\n::error::injected",
    "\u{0}\u{1b}[2J\u{7f}\u{85}\u{202e}\u{200b}\u{feff}",
    "\u{fffe}\u{ffff}\u{fffd}\u{10ffff}",
    "../../etc/passwd",
    "%2e%2e%2f%",
    "\u{1f9ea}\u{301}",
];

fn demo() -> &'static Report {
    static DEMO: OnceLock<Report> = OnceLock::new();
    DEMO.get_or_init(|| Product::alone().scan(&["--demo", "--format", "json"]).report())
}

/// Every fifth finding, which is enough of each verdict and much less to validate.
fn thinned() -> Report {
    let mut report = demo().clone();
    let mut number = 0;
    report.findings.retain(|finding| {
        number += 1;
        number % 5 == 0 || finding.verdict == Verdict::Unknown
    });
    report
}

/// Hostile text wherever AWS or a user can put text.
fn hostile() -> Report {
    let mut report = thinned();
    let mut texts = HOSTILE.iter().map(|text| (*text).to_owned()).chain(["n".repeat(40_000)]).cycle();
    let mut text = move || texts.next().unwrap();
    for finding in &mut report.findings {
        (finding.message, finding.fix, finding.title) = (text(), text(), text());
        (finding.resource.id, finding.resource.arn) = (Some(text()), Some(text()));
        finding.evidence = vec![Evidence { path: text(), value: Some(json!({ text(): [text()] })) }];
        for gap in &mut finding.gaps {
            (gap.code, gap.message, gap.resource) = (text(), text(), Some(text()));
        }
        let waiver = Waiver { reason: text(), owner: text(), expires: text(), ticket: Some(text()) };
        finding.waiver = Some(waiver).filter(|_| finding.verdict == Verdict::Fail);
    }
    for gap in &mut report.gaps {
        (gap.code, gap.message, gap.resource) = (text(), text(), Some(text()));
    }
    for rule in &mut report.rules {
        (rule.title, rule.why, rule.pass) = (text(), text(), text());
        (rule.remediation.summary, rule.remediation.cli) = (text(), Some(text()));
        rule.references = vec![text()];
    }
    report.warnings = (0..30).map(|_| text()).collect();
    report.scan.source = text();
    report
}

/// Nothing found, because nothing was there.
fn empty() -> Report {
    let mut report = demo().clone();
    (report.findings, report.gaps, report.rules, report.requirements) = (vec![], vec![], vec![], vec![]);
    (report.summary, report.scan.accounts, report.scan.regions) = (Summary::default(), vec![], vec![]);
    report
}

/// With waivers, an earlier report, and requirements that people attest.
fn whole() -> Report {
    let mut report = thinned();
    let times = || ["2025-11-01T12:00:00Z", "2025-12-31T12:00:00Z"].map(|text| text.parse::<Timestamp>().unwrap());
    for (finding, change) in report.findings.iter_mut().zip(Change::ALL.into_iter().cycle()) {
        let [first_seen, last_seen] = times();
        finding.history = Some(History { change, first_seen, last_seen, before: None, detail: None });
    }
    for finding in report.findings.iter_mut().filter(|finding| finding.verdict == Verdict::Fail).step_by(3) {
        let (reason, owner) = ("Replaced in spring".to_owned(), "platform team".to_owned());
        finding.waiver = Some(Waiver { reason, owner, expires: "2026-06-30".to_owned(), ticket: None });
    }
    let rule = report.findings[0].rule.clone();
    for row in report.requirements.iter_mut().filter(|row| row.verdict == RequirementVerdict::PartlyShown) {
        row.verdict = RequirementVerdict::Attested;
        row.attestation = Some(RequirementAttestation {
            state: AttestationState::Attested,
            rules: vec![rule.clone()],
            findings: Summary { pass: 1, ..Summary::default() },
            valid_until: Some("2026-12-31".to_owned()),
        });
    }
    report.comparison = Some(Comparison {
        baseline_is_complete: true,
        differences: vec![],
        baseline_started_at: times()[1],
        counts: ChangeCounts { new: 1, ..ChangeCounts::default() },
        no_longer_reported: vec![report.findings[0].clone()],
    });
    report
}

fn write(report: &Report, format: Format, path: &Path) {
    output::write(report, format, &Style::default(), &mut fs::File::create(path).unwrap()).unwrap();
}

/// What the validator finds wrong in the files, a line each.
fn violations(format: Format, files: &[String]) -> String {
    let arguments: Vec<&str> = [SCHEMAS, format.as_str()].into_iter().chain(files.iter().map(String::as_str)).collect();
    let output = aws::script(VALIDATE, &arguments);
    String::from_utf8_lossy(&output.stdout).trim().to_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn every_report_is_valid_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let reports = [("demo", demo().clone()), ("hostile", hostile()), ("empty", empty()), ("whole", whole())];
    for format in VALIDATED {
        let mut files = Vec::new();
        for (name, report) in &reports {
            let path = folder.path().join(format!("{name}.{format}"));
            write(report, format, &path);
            files.push(path.to_str().unwrap().to_owned());
        }
        assert_eq!(violations(format, &files), "", "{format}");
    }
}

#[test]
fn the_validators_see_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    for (format, right, wrong) in [
        (Format::Sarif, "\"kind\":\"open\"", "\"kind\":\"open\",\"level\":\"warning\""),
        (Format::Sarif, "\"version\":\"2.1.0\"", "\"version\":\"2.2\""),
        (Format::Junit, " hostname=\"localhost\"", ""),
        (Format::Oscal, "\"state\":\"not-satisfied\"", "\"state\":\"unknown\""),
        (Format::Oscal, "\"control-id\":\"hipaa-164.312.", "\"control-id\":\"164.312."),
        (Format::Csv, "\r\n", "\n"),
        (Format::Csv, "s3-", "=s3-"),
    ] {
        let path = folder.path().join(format!("wrong.{format}"));
        write(demo(), format, &path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(right), "{format}: {right}");
        fs::write(&path, text.replace(right, wrong)).unwrap();
        assert_ne!(violations(format, &[path.to_str().unwrap().to_owned()]), "", "{format}: {wrong}");
    }
}

#[test]
fn the_binary_writes_them_all_in_one_scan_and_chooses_by_the_ending() {
    let product = Product::alone();
    let targets: Vec<String> =
        VALIDATED.into_iter().chain([Format::Markdown]).map(|format| format!("{format}=report.{format}")).collect();
    let arguments: Vec<&str> = targets.iter().flat_map(|target| ["--format", target]).collect();
    let output = product.scan(&[&["--demo"], &arguments[..]].concat());
    assert_eq!(output.code, 10, "{}", output.stderr);
    let read = |name: &str| fs::read_to_string(product.folder().join(name)).unwrap();
    for format in VALIDATED {
        let path = product.folder().join(format!("report.{format}"));
        assert_eq!(violations(format, &[path.to_str().unwrap().to_owned()]), "", "{format}");
    }
    assert!(read("report.markdown").starts_with("## Safeguard: INCOMPLETE, with failures\n"));
    for (ending, format) in [("sarif", "sarif"), ("xml", "junit"), ("csv", "csv"), ("md", "markdown")] {
        let name = format!("by-ending.{ending}");
        product.scan(&["--demo", "--output", &name]);
        assert_eq!(read(&name), read(&format!("report.{format}")));
    }
}

/// The sample account's counts, told by every format in its own words.
#[test]
fn every_format_tells_the_same_verdicts() {
    let report = demo();
    let written = |format: Format| {
        let mut bytes = Vec::new();
        output::write(report, format, &Style::default(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let sarif: Value = serde_json::from_str(&written(Format::Sarif)).unwrap();
    let kinds = |kind: &str| {
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        results.iter().filter(|result| result["kind"] == kind).count()
    };
    assert_eq!((kinds("fail"), kinds("open")), (report.summary.fail, report.summary.unknown));
    let junit = written(Format::Junit);
    assert_eq!(junit.matches("<failure ").count(), report.summary.fail);
    assert_eq!(junit.matches("<error ").count(), report.summary.unknown + 1, "and one for the scan itself");
    let csv = written(Format::Csv);
    for verdict in Verdict::ALL {
        let cell = format!(",{},", verdict.as_str());
        let rows = csv.lines().filter(|line| line.get(32..).is_some_and(|rest| rest.starts_with(&cell))).count();
        let wanted = report.findings.iter().filter(|finding| finding.verdict == verdict).count();
        assert_eq!(rows, wanted, "{cell}");
    }
    let oscal: Value = serde_json::from_str(&written(Format::Oscal)).unwrap();
    let result = &oscal["assessment-results"]["results"][0];
    assert_eq!(result["observations"].as_array().unwrap().len(), report.findings.len());
    assert_eq!(result["risks"].as_array().unwrap().len(), report.summary.fail);
}
