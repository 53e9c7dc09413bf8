//! The whole report as one JSON document.
//!
//! It is indented by two spaces, with one value a line and keys in a fixed order: two reports can be compared with
//! `diff` and read without a tool. Whoever counts bytes takes [`super::ndjson`]. It is streamed; no copy of it is held
//! in memory.

use std::io::{self, BufWriter, Write};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::json;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use sha2::{Digest, Sha256};

use super::commands::is_command;
use super::text::is_hostile;
use crate::model::Report;

/// Writes the report and a final newline. Its last field is the SHA-256 of all bytes before that field: whoever reads
/// it back can tell whether it was altered.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_sealed(report, out)
}

/// Writes anything that has a report's fields as [`write`] does.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_sealed<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut sealing = BufWriter::with_capacity(1 << 16, Sealing { out, hash: Sha256::new(), held: Vec::new() });
    value.serialize(&mut Serializer::with_formatter(&mut sealing, Visible(PrettyFormatter::new())))?;
    let Sealing { out, hash, held } = sealing.into_inner().map_err(io::IntoInnerError::into_error)?;
    if held != CLOSING {
        return Err(io::Error::other("only an object can have a digest as its last field"));
    }
    out.write_all(seal(hash).as_bytes())
}

/// The end of a document in this form, behind the last field.
const CLOSING: &[u8] = b"\n}";

/// The length of the last field in bytes, with the end of the document behind it.
pub const SEAL_LENGTH: usize = ",\n  \"sha256\": \"\"\n}\n".len() + 64;

/// The last field of a report behind bytes of this digest, and the end of the document.
pub fn seal(hash: Sha256) -> String {
    format!(",\n  \"sha256\": \"{}\"\n}}\n", hex::encode(hash.finalize()))
}

/// Passes on all but the end of a document.
struct Sealing<'o> {
    out: &'o mut dyn Write,
    hash: Sha256,
    held: Vec<u8>,
}

impl Write for Sealing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        let free = self.held.len().saturating_sub(CLOSING.len());
        self.hash.update(&self.held[..free]);
        self.out.write_all(&self.held[..free])?;
        self.held.drain(..free);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes any value as a document of its own, in the same form.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_value<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Visible(PrettyFormatter::new())))?;
    writeln!(out)
}

/// Writes any value on one line, without a final newline, hostile characters escaped.
pub(super) fn write_line<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Visible(CompactFormatter)))?;
    Ok(())
}

/// A JSON array, one value a line within it, hostile characters escaped; for as many values as come.
pub(super) struct Array<'o> {
    out: &'o mut dyn Write,
    is_empty: bool,
}

impl<'o> Array<'o> {
    pub(super) fn begin(out: &'o mut dyn Write) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self { out, is_empty: true })
    }

    pub(super) fn add<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        self.out.write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        write_line(value, self.out)
    }

    pub(super) fn end(self) -> io::Result<()> {
        self.out.write_all(if self.is_empty { b"]\n" } else { b"\n]\n" })
    }
}

/// The JSON Schema (draft 2020-12) of the report, as [`write`] writes it.
pub fn report_schema() -> serde_json::Value {
    let mut schema = schema_of::<Report>(
        "Safeguard report",
        "The whole result of a scan: what was concluded about each resource, what was read, and what could not be read. \
         A verdict of `unknown` is neither a pass nor a fail.",
    );
    schema["properties"]["sha256"] = json!({
        "description": "SHA-256 of all bytes before this field, which is the last one: a report that was altered is not read back.",
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
    });
    if let Some(required) = schema["required"].as_array_mut() {
        required.push(json!("sha256"));
    }
    schema
}

/// The schema of a type with a title and a description for those who read it alone.
pub(super) fn schema_of<T: JsonSchema>(title: &str, description: &str) -> serde_json::Value {
    let mut schema: Schema =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema.insert("description".to_owned(), description.into());
    schema.to_value()
}

/// Hostile characters, and what makes a command for a CI runner of a text: JSON can write every character in two ways.
fn must_be_escaped(fragment: &str, at: usize, character: char) -> bool {
    is_hostile(character) || (character == '#' && is_command(fragment, at))
}

/// Any formatter, with hostile characters inside strings written as `\uXXXX`. A parser sees the same text.
struct Visible<F>(F);

impl<F: Formatter> Formatter for Visible<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (position, character) in fragment.char_indices().filter(|(at, one)| must_be_escaped(fragment, *at, *one)) {
            out.write_all(&fragment.as_bytes()[written..position])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            written = position + character.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }
    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }
    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }
    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }
    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::fixture;
    use super::*;

    fn written(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_report_in_json() {
        let mut report = fixture::mixed();
        report.findings.truncate(3);
        report.requirements.truncate(1);
        report.coverage.truncate(1);
        report.gaps.truncate(1);
        insta::assert_snapshot!(written(&report));
    }

    #[test]
    fn it_reads_back_to_an_equal_report() {
        for report in [fixture::mixed(), fixture::clean(), fixture::incomplete(), fixture::empty(), fixture::hostile()]
        {
            assert_eq!(serde_json::from_str::<Report>(&written(&report)).unwrap(), report);
        }
    }

    #[test]
    fn absent_evidence_and_null_evidence_stay_apart() {
        let text = written(&fixture::mixed());
        let report: Report = serde_json::from_str(&text).unwrap();
        let values = || report.findings.iter().flat_map(|finding| &finding.evidence).map(|evidence| &evidence.value);
        assert!(values().any(|value| *value == Some(Value::Null)));
        assert!(values().any(Option::is_none));
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        assert_eq!(written(&fixture::mixed()), written(&fixture::mixed()));
    }

    #[test]
    fn hostile_characters_are_written_as_escapes() {
        let mut line = Vec::new();
        write_line(&json!({"a\u{202e}": "\u{2028}\u{9b}\u{7f}\u{1b}é\u{e0041}"}), &mut line).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), r#"{"a\u202e":"\u2028\u009b\u007f\u001bé\udb40\udc41"}"#);
    }

    #[test]
    fn the_schema_describes_itself_and_every_report() {
        let schema = report_schema();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["title"], "Safeguard report");
        assert!(schema.get("$id").is_none());
        for report in [fixture::mixed(), fixture::clean(), fixture::empty()] {
            let value: Value = serde_json::from_str(&written(&report)).unwrap();
            assert_eq!(fixture::schema_violations(&schema, &value), Vec::<String>::new());
        }
    }

    #[test]
    fn the_schema_refuses_what_is_no_report() {
        let mut value: Value = serde_json::from_str(&written(&fixture::mixed())).unwrap();
        value["findings"][0]["verdict"] = json!("maybe");
        value["findings"][1].as_object_mut().unwrap().remove("severity");
        value["findings"][2]["surprise"] = json!(1);
        value["scan"]["rule_count"] = json!("many");
        let violations = fixture::schema_violations(&report_schema(), &value);
        assert_eq!(violations.len(), 4, "{violations:#?}");
    }

    proptest! {
        #[test]
        fn any_text_survives_and_none_is_raw(text: String) {
            let mut report = fixture::incomplete();
            report.findings[0].message = text.clone();
            report.findings[0].evidence[0].value = Some(json!({ text.clone(): [text.clone()] }));
            report.gaps[0].message = text.clone();
            report.warnings.push(text);
            let written = written(&report);
            prop_assert!(!written.chars().any(|character| character != '\n' && is_hostile(character)));
            prop_assert_eq!(serde_json::from_str::<Report>(&written).unwrap(), report);
        }
    }
}
