//! OCSF events are what the official schema says, in every version: for every report of the formats' own tests, and for
//! the sample account.

use safeguard::model::Report;
use safeguard::output::ocsf::Version;
use safeguard::output::{self, Format, Style};
use serde_json::Value;

use crate::product::Product;
use crate::{aws, fixture};

const VALIDATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/ocsf.py");

/// How many events there are, and how they depart from the schema.
fn validated(version: Version, events: &[u8]) -> (usize, Vec<String>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), events).unwrap();
    let said = aws::moto().python(&[VALIDATE, version.as_str(), file.path().to_str().unwrap()]);
    let mut lines = std::str::from_utf8(&said).unwrap().lines().map(str::to_owned);
    (lines.next().unwrap().parse().unwrap(), lines.collect())
}

fn written(report: &Report, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    output::write(report, format, &Style::default(), &mut bytes).unwrap();
    bytes
}

#[test]
fn every_event_is_valid_in_every_version() {
    let reports = [fixture::mixed(), fixture::tracked(), fixture::hostile(), fixture::clean(), fixture::incomplete()];
    for version in Version::ALL {
        // In one file, because loading the schema takes longer than the rest.
        let events: Vec<u8> = reports.iter().flat_map(|report| written(report, Format::Ocsf(version))).collect();
        let gone = 1;
        let expected = reports.iter().map(|report| report.findings.len()).sum::<usize>() + gone;
        assert_eq!(validated(version, &events), (expected, vec![]), "{version}");
    }
}

#[test]
fn the_array_is_valid_too() {
    let report = fixture::mixed();
    let array = written(&report, Format::OcsfArray(Version::DEFAULT));
    assert_eq!(validated(Version::DEFAULT, &array), (report.findings.len(), vec![]));
}

#[test]
fn the_validator_sees_what_is_wrong() {
    let report = fixture::mixed();
    let lines = written(&report, Format::Ocsf(Version::DEFAULT));
    let mut event: Value = serde_json::from_slice(lines.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    event["severity"] = "Low".into();
    event["surprise"] = 1.into();
    event["status_id"] = 7.into();
    event["cloud"]["account"] = serde_json::json!({"type_id": 10, "type": "AWS Account"});
    event["compliance"]["status_detail"] = "old".into();
    event["time"] = "2026-01-01".into();
    event["finding_info"].as_object_mut().unwrap().remove("uid");
    let (_, departures) = validated(Version::DEFAULT, event.to_string().as_bytes());
    for word in ["severity is Low", "surprise", "$.status_id", "cloud.account", "deprecated", "$.time", "'uid'"] {
        assert!(departures.iter().any(|line| line.contains(word)), "{word}: {departures:#?}");
    }
}

#[test]
fn the_sample_account_is_valid_in_the_version_that_is_asked_for() {
    for (flags, version) in [(&[][..], Version::DEFAULT), (&["--ocsf-version", "1.8.0"], Version::V1_8_0)] {
        let output = Product::alone().scan(&[&["--demo", "--format", "ocsf"], flags].concat());
        let (count, departures) = validated(version, output.stdout.as_bytes());
        assert!(count > 100 && departures.is_empty(), "{count}: {departures:#?}");
        assert_eq!(output.code, 10);
    }
}

#[test]
fn another_version_and_one_without_a_report_are_mistakes() {
    let unknown = Product::alone().scan(&["--demo", "--format", "ocsf", "--ocsf-version", "2.0.0"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("use one of: 1.5.0, 1.6.0, 1.8.0"), "{}", unknown.stderr);
    let useless = Product::alone().scan(&["--demo", "--ocsf-version", "1.6.0"]);
    assert_eq!(useless.code, 2);
    assert!(useless.stderr.contains("no report is in OCSF"), "{}", useless.stderr);
}
