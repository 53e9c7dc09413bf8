//! Reading back what `scan --format json` wrote, for whoever goes on from a report: the requirement table, comparisons,
//! explanations.
//!
//! Reading is strict. A report of another shape would be read as something that it does not say, so it is refused, with
//! its version; and so is any other JSON. A report is a user's file: its texts are as hostile as AWS's.

use std::path::Path;

use serde::Deserialize;

use super::REPORT_SCHEMA_VERSION;
use super::file::reason;
use crate::model::{Report, Summary};
use crate::{Error, Result};

const WRITE_ONE: &str = "name a file that `safeguard scan --format json=FILE` wrote";

/// Reads a report.
///
/// # Errors
/// A usage error if the file cannot be read, is no report of Safeguard, has another version of its shape, or says of
/// itself what its findings do not.
pub fn open(path: &Path) -> Result<Report> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Error::usage(format!("cannot read the report {name}: {}", in_words(&error))).help(WRITE_ONE)
    })?;
    read(&bytes, &name)
}

/// Reads a report from memory; `name` is for messages.
///
/// # Errors
/// As [`open`].
pub fn read(bytes: &[u8], name: &str) -> Result<Report> {
    check_version(bytes, name)?;
    let report: Report =
        serde_json::from_slice(bytes).map_err(|error| refused(name, &format!("it is damaged: {error}")))?;
    if counted(&report) != report.summary {
        return Err(refused(name, "its summary does not count its findings: it was changed after it was written"));
    }
    Ok(report)
}

/// What every version of the report has.
#[derive(Deserialize)]
struct Head {
    schema_version: u32,
    #[serde(rename = "scan")]
    _scan: serde::de::IgnoredAny,
}

fn check_version(bytes: &[u8], name: &str) -> Result<()> {
    let found = match serde_json::from_slice::<Head>(bytes) {
        Ok(head) => head.schema_version,
        Err(error) => return Err(refused(name, &format!("it is no report of Safeguard: {error}"))),
    };
    match found.cmp(&REPORT_SCHEMA_VERSION) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(other_version(name, found, "newer")
            .help("read it with the version of Safeguard that wrote it, or a newer one")),
        std::cmp::Ordering::Less => Err(other_version(name, found, "older")
            .help("scan again, or judge the snapshot again with `safeguard scan --snapshot FILE --format json=FILE`")),
    }
}

fn other_version(name: &str, found: u32, which: &str) -> Error {
    Error::usage(format!(
        "cannot read {name}: the report's shape is version {found}, {which} than {REPORT_SCHEMA_VERSION}, which this \
         build reads"
    ))
}

fn refused(name: &str, why: &str) -> Error {
    Error::usage(format!("cannot read {name}: {why}")).help(WRITE_ONE)
}

fn counted(report: &Report) -> Summary {
    let mut summary = Summary::default();
    report.findings.iter().for_each(|finding| summary.count(finding.verdict));
    summary
}

fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => reason(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The report of the sample account, as it is written.
    fn written() -> Vec<u8> {
        let request = crate::scan::ScanRequest {
            source: crate::scan::Source::Demo,
            selection: crate::rule::Selection { select: vec!["s3-bucket-tls-only".to_owned()], skip: vec![] },
            rule_dirs: vec![],
            params: Default::default(),
            phi_scope: Default::default(),
            soc2_categories: vec![],
            register: crate::register::Places::usual(Path::new("")),
            services: Default::default(),
            save_snapshot: None,
            evidence: None,
        };
        struct Quiet;
        impl crate::scan::Progress for Quiet {
            fn phase(&self, _: &str) {}
            fn calls(&self, _: usize, _: usize) {}
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let report = runtime.block_on(crate::scan::scan(&request, &Quiet)).unwrap();
        let mut bytes = Vec::new();
        crate::output::json::write(&report, &mut bytes).unwrap();
        bytes
    }

    fn problem(bytes: &[u8]) -> String {
        let error = read(bytes, "report.json").unwrap_err();
        assert_eq!(error.fault, crate::error::Fault::Usage);
        format!("{}; {}", error.message, error.help.unwrap())
    }

    #[test]
    fn what_was_written_reads_back_to_the_same_bytes() {
        let bytes = written();
        let mut again = Vec::new();
        crate::output::json::write(&read(&bytes, "report.json").unwrap(), &mut again).unwrap();
        assert!(bytes == again);
    }

    #[test]
    fn what_is_no_report_is_refused_with_its_name_and_what_to_do() {
        insta::assert_snapshot!(problem(b""), @"cannot read report.json: it is no report of Safeguard: EOF while parsing a value at line 1 column 0; name a file that `safeguard scan --format json=FILE` wrote");
        for foreign in [&b"[1]"[..], b"{\"version\": \"2.1.0\", \"runs\": []}", b"{\"a\": 1}\n{\"a\": 2}\n", b"\x89PNG"]
        {
            let problem = problem(foreign);
            assert!(problem.starts_with("cannot read report.json: it is no report of Safeguard: "), "{problem}");
        }
        insta::assert_snapshot!(problem(b"{\"schema_version\": 9, \"scan\": {\"x\": 1}}"), @"cannot read report.json: the report's shape is version 9, newer than 1, which this build reads; read it with the version of Safeguard that wrote it, or a newer one");
        insta::assert_snapshot!(problem(b"{\"schema_version\": 0, \"scan\": {}}"), @"cannot read report.json: the report's shape is version 0, older than 1, which this build reads; scan again, or judge the snapshot again with `safeguard scan --snapshot FILE --format json=FILE`");
        let problem = problem(b"{\"schema_version\": 1, \"scan\": {}}");
        assert!(
            problem.starts_with("cannot read report.json: it is damaged: missing field `tool_version`"),
            "{problem}"
        );
    }

    #[test]
    fn half_a_report_and_one_that_was_changed_are_refused() {
        let bytes = written();
        assert!(problem(&bytes[..bytes.len() / 2]).contains("it is no report of Safeguard: EOF"));
        let changed = String::from_utf8(bytes).unwrap().replacen("\"verdict\": \"fail\"", "\"verdict\": \"pass\"", 1);
        assert!(problem(changed.as_bytes()).contains("its summary does not count its findings"));
    }

    #[test]
    fn a_file_that_is_not_there_is_a_usage_error_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("missing.json"), folder.path().to_owned()] {
            let error = open(&path).unwrap_err();
            assert_eq!(error.fault, crate::error::Fault::Usage);
            assert!(error.message.contains(&path.display().to_string()), "{error}");
        }
    }
}
