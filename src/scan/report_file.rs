//! Reports that were written before, read back: `--format json` in a file, compressed or not.
//!
//! Reading is strict. A file that is not quite a report would make a comparison say that failures are gone which nobody
//! looked for.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::{REPORT_SCHEMA_VERSION, zstandard};
use crate::model::{Report, Summary};
use crate::output::json;
use crate::{Error, Result, error};

/// Reads a report.
///
/// # Errors
/// A usage error if it cannot be read, is no report (with what it is, where that can be told), or has another version
/// of the report's shape than this build writes.
pub fn open(path: &Path) -> Result<Report> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Error::usage(format!("cannot read the report {name}: {}", zstandard::reason(&error)))
            .help("name a file that `safeguard scan --format json=FILE` wrote")
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    zstandard::open(file).and_then(|mut source| source.read_to_string(&mut text)).map_err(unreadable)?;
    parse(&text, &name)
}

/// The fields that tell one kind of file from another.
#[derive(Deserialize)]
struct Head {
    schema_version: Option<u64>,
    header: Option<IgnoredAny>,
    runs: Option<IgnoredAny>,
    findings: Option<IgnoredAny>,
    verdict: Option<IgnoredAny>,
}

/// The version is looked at first, so that a newer file is called newer and not broken.
fn parse(text: &str, name: &str) -> Result<Report> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Head>();
    let head = match values.next() {
        Some(Ok(head)) => head,
        Some(Err(error)) => {
            return Err(foreign(
                name,
                &format!("it is not JSON of that shape: {}", error::json_document_in_words(&error)),
            ));
        }
        None => return Err(foreign(name, "it is empty")),
    };
    match head {
        Head { header: Some(_), .. } => Err(foreign(name, "it is a snapshot")),
        Head { runs: Some(_), .. } => Err(foreign(name, "it is a SARIF file")),
        Head { findings: None, verdict: Some(_), .. } => Err(foreign(name, "it is a list of findings, one a line")),
        Head { schema_version: Some(version), findings: Some(_), .. } => {
            if version != u64::from(REPORT_SCHEMA_VERSION) {
                let message = format!(
                    "the report {name} has schema version {version}, and this build reads {REPORT_SCHEMA_VERSION}"
                );
                return Err(Error::usage(message).help("use the version of Safeguard that wrote it, or scan again"));
            }
            if !is_sealed(text) {
                return Err(altered(name));
            }
            let report: Report =
                serde_json::from_str(text).map_err(|error| damaged(name, &error::json_document_in_words(&error)))?;
            if let Some(why) = wrong_field(&report) {
                return Err(damaged(name, &why));
            }
            if counted(&report) != report.summary {
                return Err(damaged(name, "its summary does not count its findings"));
            }
            Ok(report)
        }
        _ => Err(foreign(name, "it has no schema_version and findings")),
    }
}

/// Says what the report says twice: a finding whose id another one has would be pass and fail at once.
pub(super) fn wrong_field(report: &Report) -> Option<String> {
    let mut seen = HashSet::new();
    let twice = report.findings.iter().find(|finding| !seen.insert(&finding.id));
    twice.map(|finding| format!("two findings have the id {}", finding.id.0))
}

fn is_sealed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let split = bytes.len().checked_sub(json::SEAL_LENGTH);
    split.is_some_and(|at| bytes[at..] == *json::seal(Sha256::new_with_prefix(&bytes[..at])).as_bytes())
}

/// Makes sure that a report is as it was written, without holding it, and returns what tells it from others.
///
/// # Errors
/// A usage error if it was altered or cannot be read.
pub(super) fn check(path: &Path) -> Result<Vec<u8>> {
    let name = path.display().to_string();
    let unreadable =
        |error: std::io::Error| Error::usage(format!("cannot read the report {name}: {}", error::unreadable(&error)));
    let mut file = File::open(path).map_err(unreadable)?;
    let (mut hash, mut held, mut buffer) = (Sha256::new(), Vec::new(), vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer).map_err(unreadable)?;
        held.extend_from_slice(&buffer[..count]);
        if count == 0 {
            break;
        }
        let free = held.len().saturating_sub(json::SEAL_LENGTH);
        hash.update(&held[..free]);
        held.drain(..free);
    }
    match held == json::seal(hash.clone()).as_bytes() {
        true => Ok(hash.finalize().to_vec()),
        false => Err(altered(&name)),
    }
}

fn altered(name: &str) -> Error {
    Error::usage(format!(
        "the report {name} is not as it was written: its last field is not the digest of what stands before it"
    ))
    .help("it was altered, formatted anew or cut, or an older build wrote it: write it again from its snapshot, or scan again")
}

fn counted(report: &Report) -> Summary {
    let mut summary = Summary::default();
    report.findings.iter().for_each(|finding| summary.count(finding));
    summary
}

pub(super) fn damaged(name: &str, why: &str) -> Error {
    Error::usage(format!("the report {name} is damaged, or was written by another build: {why}"))
        .help("scan again, or judge its snapshot again: `safeguard scan --snapshot FILE --format json=FILE`")
}

fn foreign(name: &str, reason: &str) -> Error {
    Error::usage(format!("{name} is not a Safeguard report: {reason}"))
        .help("name a file that `safeguard scan --format json=FILE` wrote")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text, "old.json").unwrap_err().message
    }

    #[test]
    fn what_is_no_report_is_called_what_it_is() {
        assert_eq!(error(""), "old.json is not a Safeguard report: it is empty");
        assert_eq!(error("{\"header\": {}}\n{}"), "old.json is not a Safeguard report: it is a snapshot");
        assert_eq!(error("{\"runs\": []}"), "old.json is not a Safeguard report: it is a SARIF file");
        assert_eq!(
            error("{\"id\": 1, \"verdict\": \"pass\"}\n{}"),
            "old.json is not a Safeguard report: it is a list of findings, one a line"
        );
        assert_eq!(error("{}"), "old.json is not a Safeguard report: it has no schema_version and findings");
        assert!(error("hello").contains("it is not JSON"), "{}", error("hello"));
        assert!(error("[1, 2]").contains("it is not JSON of that shape"), "{}", error("[1, 2]"));
    }

    #[test]
    fn a_newer_report_is_called_newer_and_a_damaged_one_damaged() {
        let newer = "{\"schema_version\": 99, \"findings\": {}}";
        assert_eq!(error(newer), "the report old.json has schema version 99, and this build reads 2");
        assert!(error("{\"schema_version\": 2, \"findings\": []}").contains("is not as it was written"));
        let sealed = |text: &str| format!("{text}{}", json::seal(Sha256::new_with_prefix(text)));
        let strange = error(&sealed("{\"schema_version\": 2, \"findings\": []"));
        assert!(strange.contains("is missing") && !strange.contains("column"), "{strange}");
        assert!(error("{\"schema_version\": 2, \"findings\": [").contains("line 1: it ends in the middle"));
    }

    #[test]
    fn no_flipped_bit_of_a_report_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let mut whole = b"{\n  \"schema_version\": 2,\n  \"findings\": []".to_vec();
        whole.extend_from_slice(json::seal(Sha256::new_with_prefix(&whole)).as_bytes());
        std::fs::write(&path, &whole).unwrap();
        check(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &damaged).unwrap();
            assert!(check(&path).is_err(), "bit {bit}");
            assert!(String::from_utf8(damaged).map_or(true, |text| !is_sealed(&text)), "bit {bit}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_a_mistake_of_the_user() {
        let error = open(Path::new("no/such/report.json")).unwrap_err();
        assert_eq!(error.fault, crate::error::Fault::Usage);
        assert!(error.message.starts_with("cannot read the report no/such/report.json: "), "{error}");
    }
}
