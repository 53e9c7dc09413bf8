//! AWS Security Findings are what AWS's own model says, for every report of the formats' own tests and for the sample
//! account.

use safeguard::output::{self, Format, Style};
use serde_json::Value;

use crate::product::Product;
use crate::{aws, fixture};

const VALIDATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/asff.py");

/// How many findings there are, and how they depart from the model.
fn validated(findings: &[u8]) -> (usize, Vec<String>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), findings).unwrap();
    let said = aws::moto().python(&[VALIDATE, file.path().to_str().unwrap()]);
    let mut lines = std::str::from_utf8(&said).unwrap().lines().map(str::to_owned);
    (lines.next().unwrap().parse().unwrap(), lines.collect())
}

#[test]
fn every_finding_is_valid() {
    for report in [fixture::mixed(), fixture::tracked(), fixture::hostile(), fixture::clean(), fixture::empty()] {
        let mut bytes = Vec::new();
        output::write(&report, Format::Asff, &Style::default(), &mut bytes).unwrap();
        let gone = usize::from(report.comparison.is_some());
        assert_eq!(validated(&bytes), (report.findings.len() + gone, vec![]));
    }
}

#[test]
fn the_validator_sees_what_is_wrong() {
    let mut bytes = Vec::new();
    output::write(&fixture::mixed(), Format::Asff, &Style::default(), &mut bytes).unwrap();
    let mut findings: Value = serde_json::from_slice(&bytes).unwrap();
    let finding = &mut findings[0];
    finding["Title"] = "t".repeat(257).into();
    finding["Description"] = " ".into();
    finding["Severity"]["Label"] = "BAD".into();
    finding["Remediation"]["Recommendation"]["Text"] = "r".repeat(513).into();
    finding["Compliance"]["RelatedRequirements"] = vec!["CC6.1"; 33].into();
    finding["Surprise"] = 1.into();
    let (_, departures) = validated(findings.to_string().as_bytes());
    for word in ["Title", "Description", "Label", "Text", "RelatedRequirements", "Surprise"] {
        assert!(departures.iter().any(|line| line.contains(word)), "{word}: {departures:#?}");
    }
}

#[test]
fn the_sample_account_is_valid() {
    let output = Product::alone().scan(&["--demo", "--format", "asff"]);
    let (count, departures) = validated(output.stdout.as_bytes());
    assert!(count > 100 && departures.is_empty(), "{count}: {departures:#?}");
}
