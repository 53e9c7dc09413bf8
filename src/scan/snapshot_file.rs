//! Snapshot files: NDJSON, compressed with Zstandard when the name ends in `.zst`.
//!
//! A header line, then one resource, gap or call a line in a stable order, then a closing line with their numbers and
//! the SHA-256 of all bytes before it. By the one a file that was cut short is told from a whole one, by the other one
//! that was altered from what a scan wrote. Nothing is claimed of a snapshot before its closing line was seen
//! ([`read`]).

mod fields;
mod read;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::file::{self, write_whole};
use super::zstandard;
use crate::model::{CallRecord, Gap, Header, Resource, Snapshot};
use crate::{Error, Result, error};

/// The longest line that is written and read, in bytes: far above the largest resource, far below what hurts.
const LONGEST_LINE: usize = 16 << 20;

/// One line of a snapshot file.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Line")]
enum SnapshotLine<'a> {
    Header(Cow<'a, Header>),
    Resource(Cow<'a, Resource>),
    Gap(Cow<'a, Gap>),
    Call(Cow<'a, CallRecord>),
    End(End),
}

/// What the closing line says of the lines before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct End {
    resources: usize,
    gaps: usize,
    calls: usize,
    /// SHA-256 of all bytes before the closing line, in hexadecimal.
    sha256: String,
}

impl End {
    fn of(snapshot: &Snapshot, hash: Sha256) -> Self {
        Self {
            resources: snapshot.resources.len(),
            gaps: snapshot.gaps.len(),
            calls: snapshot.calls.len(),
            sha256: hex::encode(hash.finalize()),
        }
    }
}

/// JSON Schema (draft 2020-12) of one line of a snapshot file.
pub fn line_schema() -> Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<SnapshotLine<'_>>()
        .to_value()
}

/// Writes a snapshot.
///
/// # Errors
/// If the file cannot be written.
pub fn save(snapshot: &Snapshot, path: &Path) -> Result<()> {
    write_whole(path, |out| {
        if path.extension().is_some_and(|extension| extension == "zst") {
            zstandard::write(out, |out| write(snapshot, out))
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
    write_whole(path, |out| snapshot.calls.iter().try_for_each(|call| out.write_all(&line(call)?)))
}

/// Reads a snapshot file.
///
/// # Errors
/// If it cannot be read, is no snapshot, is newer than this build, was altered or was cut short.
pub fn open(path: &Path) -> Result<Snapshot> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| {
        Error::usage(format!("cannot read the snapshot {name}: {}", error::unreadable(&error)))
            .help("name a file that `safeguard scan --save-snapshot FILE` wrote")
    })?;
    read(file, &name)
}

/// Reads a snapshot from anywhere; `name` is for messages.
///
/// # Errors
/// As [`open`].
pub fn read(source: impl Read, name: &str) -> Result<Snapshot> {
    match zstandard::open(source) {
        Ok(source) => read::whole(source, name),
        Err(error) => Err(read::unreadable(name, 1, &zstandard::reason(&error))),
    }
}

/// The number of bytes that are looked at to see whether a file is a snapshot.
const START: u64 = 4096;

/// Tells whether the file begins as a snapshot does. A file that cannot be read does not.
pub(super) fn is_snapshot(path: &Path) -> bool {
    let mut start = Vec::new();
    // A pipe could be read only once.
    let read = file::regular(path).and_then(zstandard::open);
    let read = read.and_then(|source| source.take(START).read_to_end(&mut start));
    read.is_ok() && start.starts_with(b"{\"header\":")
}

/// The digest that stands in the closing line of the snapshot's file: the SHA-256 of all lines before it.
///
/// # Errors
/// If a line would be longer than a snapshot may have them.
pub fn digest(snapshot: &Snapshot) -> io::Result<String> {
    Ok(End::of(snapshot, write_lines(snapshot, &mut io::sink())?).sha256)
}

fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let hash = write_lines(snapshot, out)?;
    out.write_all(&line(&SnapshotLine::End(End::of(snapshot, hash)))?)
}

/// Writes all lines but the closing one, and returns what was hashed of them.
fn write_lines(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<Sha256> {
    use Cow::Borrowed;
    let mut hash = Sha256::new();
    let mut put = |value: &SnapshotLine<'_>| {
        let line = line(value)?;
        hash.update(&line);
        out.write_all(&line)
    };
    put(&SnapshotLine::Header(Borrowed(&snapshot.header)))?;
    snapshot.resources.iter().try_for_each(|resource| put(&SnapshotLine::Resource(Borrowed(resource))))?;
    snapshot.gaps.iter().try_for_each(|gap| put(&SnapshotLine::Gap(Borrowed(gap))))?;
    snapshot.calls.iter().try_for_each(|call| put(&SnapshotLine::Call(Borrowed(call))))?;
    Ok(hash)
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    match line.len() <= LONGEST_LINE {
        true => Ok(line),
        false => Err(io::Error::other("a single line would be longer than a snapshot may have them")),
    }
}
