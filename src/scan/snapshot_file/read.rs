//! Reading a snapshot: line by line, each of bounded length, and believed only once the closing line fits all of them.

use std::collections::HashMap;
use std::io::{BufRead, Read};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{End, LONGEST_LINE, SnapshotLine, fields, line};
use crate::model::{Header, SNAPSHOT_SCHEMA_VERSION, Snapshot};
use crate::scan::zstandard;
use crate::{Error, Result, error};

/// The last version whose closing line had no digest.
const WITHOUT_DIGEST: u64 = 1;

/// Reads all of it; `name` is for messages.
pub(super) fn whole(source: impl BufRead, name: &str) -> Result<Snapshot> {
    let mut lines = Lines { source, name, number: 0, text: Vec::new() };
    lines.advance()?;
    let header = header(&lines.text, name)?;
    let mut hash = Sha256::new_with_prefix(&lines.text);
    let mut snapshot = Snapshot { header, resources: Vec::new(), gaps: Vec::new(), calls: Vec::new() };
    let mut places = Vec::new();
    while lines.advance()? {
        let at = lines.number;
        let parsed = serde_json::from_slice(&lines.text);
        match parsed.map_err(|error| unreadable(name, at, &error::json_in_words(&error)))? {
            SnapshotLine::Header(_) => return Err(unreadable(name, at, "a second header")),
            SnapshotLine::Resource(resource) => {
                fields::resource(&resource, &snapshot.header).map_err(|why| unreadable(name, at, &why))?;
                snapshot.resources.push(resource.into_owned());
                places.push(at);
            }
            SnapshotLine::Gap(gap) => {
                fields::gap(&gap, &snapshot.header).map_err(|why| unreadable(name, at, &why))?;
                snapshot.gaps.push(gap.into_owned());
            }
            SnapshotLine::Call(call) => {
                fields::call(&call, &snapshot.header).map_err(|why| unreadable(name, at, &why))?;
                snapshot.calls.push(call.into_owned());
            }
            SnapshotLine::End(end) => {
                fits(&end, &lines.text, &snapshot, hash, name)?;
                if lines.advance()? {
                    return Err(unreadable(name, lines.number, "there is text after the closing line"));
                }
                no_doubles(&snapshot, &places, name)?;
                return Ok(snapshot);
            }
        }
        hash.update(&lines.text);
    }
    Err(not_whole(name, "its closing line is missing"))
}

/// The lines of a file, each with its line break.
struct Lines<'n, R> {
    source: R,
    name: &'n str,
    /// The number of the line that was read last, from 1.
    number: usize,
    text: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    /// Reads the next line; false behind the last one.
    fn advance(&mut self) -> Result<bool> {
        self.number += 1;
        self.text.clear();
        let most = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
        let read = self.source.by_ref().take(most.saturating_add(1)).read_until(b'\n', &mut self.text);
        match read {
            Ok(count) if count > LONGEST_LINE => {
                let limit = LONGEST_LINE >> 20;
                Err(unreadable(self.name, self.number, &format!("it is longer than {limit} MB, which no line is")))
            }
            Ok(count) => Ok(count > 0),
            Err(error) => Err(unreadable(self.name, self.number, &zstandard::reason(&error))),
        }
    }
}

/// Makes sure that the closing line is the one that was written behind these lines, to the byte.
fn fits(end: &End, text: &[u8], snapshot: &Snapshot, hash: Sha256, name: &str) -> Result<()> {
    let expected = End::of(snapshot, hash);
    if (end.resources, end.gaps, end.calls) != (expected.resources, expected.gaps, expected.calls) {
        return Err(not_whole(name, "its closing line counts other lines"));
    }
    let written = line(&SnapshotLine::End(expected)).map_err(|error| Error::failed(error.to_string()))?;
    if text != written {
        return Err(Error::usage(format!(
            "the snapshot {name} was altered after it was written: the digest in its closing line is not that of its lines"
        ))
        .help("nothing in it can be relied on: take the snapshot again, or copy the file again from where it was saved"));
    }
    Ok(())
}

/// One resource has one line: two of them would be judged as two and reported as one.
fn no_doubles(snapshot: &Snapshot, places: &[usize], name: &str) -> Result<()> {
    let mut seen = HashMap::new();
    for (resource, at) in snapshot.resources.iter().zip(places) {
        if let Some(before) = seen.insert((&resource.kind, &resource.region, &resource.id), at) {
            return Err(Error::usage(format!(
                "{name}: lines {before} and {at} are about the same resource: {} {:?} in {}",
                resource.kind, resource.id, resource.region
            ))
            .help("the file was put together by hand or is damaged: take the snapshot again"));
        }
    }
    Ok(())
}

/// The version is looked at first, so that a newer file is called newer and not broken.
fn header(text: &[u8], name: &str) -> Result<Header> {
    let foreign = |reason: &str| {
        Error::usage(format!("{name} is not a Safeguard snapshot ({reason})"))
            .help("name a file that `safeguard scan --save-snapshot FILE` wrote")
    };
    if text.is_empty() {
        return Err(foreign("it is empty"));
    }
    let value: Value =
        serde_json::from_slice(text).map_err(|error| foreign(&format!("line 1: {}", error::json_in_words(&error))))?;
    let version = value.pointer("/header/schema_version").and_then(Value::as_u64);
    match version {
        None => Err(foreign("line 1 has no header with a schema_version")),
        Some(version) if version != u64::from(SNAPSHOT_SCHEMA_VERSION) => Err(other_version(version, name)),
        Some(_) => match serde_json::from_slice(text) {
            Ok(SnapshotLine::Header(header)) => {
                fields::header(&header).map_err(|why| unreadable(name, 1, &why))?;
                Ok(header.into_owned())
            }
            Ok(_) => Err(foreign("line 1 is no header")),
            Err(error) => Err(unreadable(name, 1, &error::json_in_words(&error))),
        },
    }
}

fn other_version(version: u64, name: &str) -> Error {
    let message =
        format!("the snapshot {name} has schema version {version}, and this build reads {SNAPSHOT_SCHEMA_VERSION}");
    match version {
        WITHOUT_DIGEST => Error::usage(format!(
            "{message}: version {WITHOUT_DIGEST} carries no digest, so nobody can tell whether it was altered"
        ))
        .help("take the snapshot again, or judge it with the version of Safeguard that took it"),
        _ => Error::usage(message).help("use the version of Safeguard that took it, or take it again"),
    }
}

fn not_whole(name: &str, why: &str) -> Error {
    Error::usage(format!("the snapshot {name} is not whole: {why}"))
        .help("take the snapshot again, or copy the whole file")
}

pub(super) fn unreadable(name: &str, line: usize, reason: &str) -> Error {
    Error::usage(format!("{name}, line {line}: {reason}"))
        .help("the file is damaged or was not written by this tool: take the snapshot again")
}
