//! Snapshot files: NDJSON, compressed with Zstandard when the name ends in `.zst`.
//!
//! A header line, then one resource, gap or call a line in a stable order, then a closing line with their numbers, by
//! which a file that was cut short is told from a whole one.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file::write_whole;
use super::zstandard;
use crate::model::{CallRecord, Gap, Header, Resource, SNAPSHOT_SCHEMA_VERSION, Snapshot};
use crate::{Error, Result};

const ZSTD_LEVEL: i32 = 9;

/// One line of a snapshot file.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Header(std::borrow::Cow<'a, Header>),
    Resource(std::borrow::Cow<'a, Resource>),
    Gap(std::borrow::Cow<'a, Gap>),
    Call(std::borrow::Cow<'a, CallRecord>),
    End(End),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct End {
    resources: usize,
    gaps: usize,
    calls: usize,
}

impl End {
    fn of(snapshot: &Snapshot) -> Self {
        Self { resources: snapshot.resources.len(), gaps: snapshot.gaps.len(), calls: snapshot.calls.len() }
    }
}

/// JSON Schema (draft 2020-12) of one line of a snapshot file.
pub fn line_schema() -> Value {
    schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Line<'_>>().to_value()
}

/// Writes a snapshot.
///
/// # Errors
/// If the file cannot be written.
pub fn save(snapshot: &Snapshot, path: &Path) -> Result<()> {
    write_whole(path, |out| {
        if path.extension().is_some_and(|extension| extension == "zst") {
            let mut encoder = zstd::Encoder::new(out, ZSTD_LEVEL)?;
            write(snapshot, &mut encoder)?;
            encoder.finish().map(drop)
        } else {
            write(snapshot, out)
        }
    })
}

/// Writes the calls alone: the index of an `--evidence` folder, whose files are named by their SHA-256.
///
/// # Errors
/// If the file cannot be written.
pub fn save_calls(snapshot: &Snapshot, path: &Path) -> Result<()> {
    write_whole(path, |out| snapshot.calls.iter().try_for_each(|call| line(out, call)))
}

/// Reads a snapshot file.
///
/// # Errors
/// If it cannot be read, is no snapshot, is newer than this build, or was cut short.
pub fn open(path: &Path) -> Result<Snapshot> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| {
        Error::usage(format!("cannot read the snapshot {name}: {error}"))
            .help("name a file that `safeguard scan --save-snapshot FILE` wrote")
    })?;
    read(file, &name)
}

/// Reads a snapshot from anywhere; `name` is for messages.
///
/// # Errors
/// As [`open`].
pub fn read(source: impl Read, name: &str) -> Result<Snapshot> {
    let source = zstandard::open(source).map_err(|error| unreadable(name, 1, &error.to_string()))?;
    read_lines(source, name)
}

/// How much of a file is looked at to see whether it is a snapshot.
const START: u64 = 4096;

/// Whether the file begins as a snapshot does. One that cannot be read does not.
pub(super) fn is_snapshot(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(zstandard::open);
    let read = read.and_then(|source| source.take(START).read_to_end(&mut start));
    read.is_ok() && start.starts_with(b"{\"header\":")
}

fn write(snapshot: &Snapshot, out: &mut dyn Write) -> std::io::Result<()> {
    use std::borrow::Cow::Borrowed;
    line(out, &Line::Header(Borrowed(&snapshot.header)))?;
    for resource in &snapshot.resources {
        line(out, &Line::Resource(Borrowed(resource)))?;
    }
    for gap in &snapshot.gaps {
        line(out, &Line::Gap(Borrowed(gap)))?;
    }
    for call in &snapshot.calls {
        line(out, &Line::Call(Borrowed(call)))?;
    }
    line(out, &Line::End(End::of(snapshot)))
}

fn line(mut out: &mut dyn Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")
}

fn read_lines(source: impl BufRead, name: &str) -> Result<Snapshot> {
    let mut lines = source.lines().enumerate().map(|(index, text)| {
        let number = index + 1;
        text.map(|text| (number, text)).map_err(|error| unreadable(name, number, &error.to_string()))
    });
    let (_, first) = lines.next().unwrap_or_else(|| Ok((1, String::new())))?;
    let mut snapshot =
        Snapshot { header: header(&first, name)?, resources: Vec::new(), gaps: Vec::new(), calls: Vec::new() };
    let mut end = None;
    for next in lines {
        let (number, text) = next?;
        if end.is_some() {
            return Err(unreadable(name, number, "there is text after the closing line"));
        }
        let line = serde_json::from_str(&text).map_err(|error| unreadable(name, number, &error.to_string()))?;
        match line {
            Line::Header(_) => return Err(unreadable(name, number, "a second header")),
            Line::Resource(resource) => {
                same_account(&snapshot, &resource.account, name, number)?;
                if !resource.facts.is_object() {
                    return Err(unreadable(name, number, "the facts of a resource must be a JSON object"));
                }
                snapshot.resources.push(resource.into_owned());
            }
            Line::Gap(gap) => {
                same_account(&snapshot, &gap.account, name, number)?;
                snapshot.gaps.push(gap.into_owned());
            }
            Line::Call(call) => snapshot.calls.push(call.into_owned()),
            Line::End(numbers) => end = Some(numbers),
        }
    }
    if end != Some(End::of(&snapshot)) {
        return Err(Error::usage(format!(
            "the snapshot {name} is not whole: its closing line is missing or counts other lines"
        ))
        .help("take the snapshot again, or copy the whole file"));
    }
    Ok(snapshot)
}

/// The version is looked at first, so that a newer file is called newer and not broken.
fn header(text: &str, name: &str) -> Result<Header> {
    let foreign = |reason: &str| {
        Error::usage(format!("{name} is not a Safeguard snapshot ({reason})"))
            .help("name a file that `safeguard scan --save-snapshot FILE` wrote")
    };
    let value: Value = serde_json::from_str(text).map_err(|error| foreign(&format!("line 1: {error}")))?;
    let version = value.pointer("/header/schema_version").and_then(Value::as_u64);
    match version {
        None => Err(foreign("line 1 has no header with a schema_version")),
        Some(version) if version != u64::from(SNAPSHOT_SCHEMA_VERSION) => Err(Error::usage(format!(
            "the snapshot {name} has schema version {version}, and this build reads {SNAPSHOT_SCHEMA_VERSION}"
        ))
        .help("use the version of Safeguard that took it, or take it again")),
        Some(_) => match serde_json::from_value(value) {
            Ok(Line::Header(header)) => {
                let time: std::result::Result<jiff::Timestamp, _> = header.taken_at.parse();
                time.map_err(|error| unreadable(name, 1, &format!("taken_at: {error}")))?;
                Ok(header.into_owned())
            }
            Ok(_) => Err(foreign("line 1 is no header")),
            Err(error) => Err(unreadable(name, 1, &error.to_string())),
        },
    }
}

fn same_account(snapshot: &Snapshot, account: &str, name: &str, line: usize) -> Result<()> {
    let expected = &snapshot.header.account;
    if account == expected {
        return Ok(());
    }
    let reason = format!("it is about account {account:?}, and the snapshot is of {expected}");
    Err(unreadable(name, line, &reason))
}

fn unreadable(name: &str, line: usize, reason: &str) -> Error {
    Error::usage(format!("{name}, line {line}: {reason}"))
        .help("the file is damaged or was not written by this tool: take the snapshot again")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            header: Header {
                schema_version: SNAPSHOT_SCHEMA_VERSION,
                account: "123456789012".to_owned(),
                partition: "aws".to_owned(),
                regions: vec!["us-east-1".to_owned()],
                taken_at: "2026-01-01T00:00:00Z".to_owned(),
                finished_at: "2026-01-01T00:00:05Z".to_owned(),
                tool_version: "0.1.0".to_owned(),
                kinds: vec!["AWS::S3::Bucket".to_owned()],
            },
            resources: vec![Resource {
                kind: "AWS::S3::Bucket".to_owned(),
                id: "records".to_owned(),
                arn: None,
                account: "123456789012".to_owned(),
                region: "us-east-1".to_owned(),
                facts: json!({"BucketPolicy": null, "BucketName": "records\u{202e}"}),
            }],
            gaps: Vec::new(),
            calls: Vec::new(),
        }
    }

    fn text() -> String {
        let mut out = Vec::new();
        write(&snapshot(), &mut out).expect("memory can be written to");
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    fn error(text: &str) -> String {
        read(text.as_bytes(), "file").expect_err("must be refused").message
    }

    #[test]
    fn what_is_saved_is_read_back_compressed_or_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["a.ndjson", "a.ndjson.zst"] {
            let path = folder.path().join(name);
            save(&snapshot(), &path).expect("saved");
            assert_eq!(open(&path).expect("read"), snapshot());
        }
    }

    #[test]
    fn foreign_newer_damaged_and_cut_files_are_told_apart() {
        assert!(error("").contains("not a Safeguard snapshot"));
        assert!(error("{\"findings\": []}").contains("no header"));
        assert!(error("not JSON").contains("line 1"));
        let newer = text().replacen("\"schema_version\":1", "\"schema_version\":99", 1);
        assert!(error(&newer).contains("schema version 99"));
        let cut = text().lines().take(2).collect::<Vec<_>>().join("\n");
        assert!(error(&cut).contains("not whole"));
        assert!(error(&text()[..text().len() - 10]).contains("line 3"));
        let other =
            text().replace("\"account\":\"123456789012\",\"region\"", "\"account\":\"999999999999\",\"region\"");
        assert!(error(&other).contains("999999999999"), "{other}");
        assert!(error(&format!("{}{}", text(), "{}")).contains("after the closing line"));
    }
}
