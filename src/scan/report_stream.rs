//! A JSON report, finding by finding: a result over an organization may be larger than memory should be.
//!
//! The report's other fields are small and are handed out together once all findings were read.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value, json};

use super::REPORT_SCHEMA_VERSION;
use crate::model::Report;
use crate::{Error, Result, error};

const FINDINGS: &str = "findings";

/// A report that is being read.
#[derive(Debug)]
pub struct ReportStream<R = BufReader<File>> {
    reader: R,
    name: String,
    /// The fields beside the findings, as far as they were read.
    fields: Map<String, Value>,
    position: StreamPosition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StreamPosition {
    /// Before a finding, or the end of the list.
    InFindings { first: bool },
    /// Behind the list.
    Behind,
}

impl ReportStream {
    /// Opens a report and reads up to its first finding.
    ///
    /// # Errors
    /// If the file cannot be read or is no report of this build's form.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| {
            Error::usage(format!("cannot read the report {name}: {}", crate::error::unreadable(&error)))
                .help("name a file that `--format json` wrote")
        })?;
        Self::new(BufReader::with_capacity(1 << 16, file), name)
    }
}

impl<R: BufRead> ReportStream<R> {
    /// Reads up to the first finding; `name` is what errors call the report.
    ///
    /// # Errors
    /// If it is no report of this build's form.
    pub fn new(reader: R, name: String) -> Result<Self> {
        let mut stream = Self { reader, name, fields: Map::new(), position: StreamPosition::Behind };
        stream.expect(b'{').map_err(|error| stream.broken(&error))?;
        stream.fields(true).map_err(|error| stream.broken(&error))?;
        if stream.position == StreamPosition::Behind {
            return Err(stream.foreign("it has no findings"));
        }
        match stream.fields.get("schema_version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(REPORT_SCHEMA_VERSION) => Ok(stream),
            Some(version) => Err(Error::usage(format!(
                "{} is a report of form {version}, and this version of Safeguard reads form {REPORT_SCHEMA_VERSION}",
                stream.name
            ))
            .help("use the version of Safeguard that wrote it, or write it anew from its snapshot")),
            None => Err(stream.foreign("it names no schema_version before its findings")),
        }
    }

    /// The next finding, or `None` behind the last.
    ///
    /// # Errors
    /// If the report is cut or broken.
    pub fn next_finding<F: DeserializeOwned>(&mut self) -> Result<Option<F>> {
        self.finding().map_err(|error| self.broken(&error))
    }

    /// The report without its findings.
    ///
    /// # Errors
    /// If the report is cut or broken.
    pub fn finish(mut self) -> Result<Report> {
        while self.next_finding::<serde::de::IgnoredAny>()?.is_some() {}
        let mut fields = std::mem::take(&mut self.fields);
        fields.insert(FINDINGS.to_owned(), json!([]));
        serde_json::from_value(Value::Object(fields)).map_err(|error| self.foreign(&error::json_in_words(&error)))
    }

    fn finding<F: DeserializeOwned>(&mut self) -> io::Result<Option<F>> {
        let StreamPosition::InFindings { first } = self.position else { return Ok(None) };
        match self.peek()? {
            b']' => {
                self.reader.consume(1);
                self.position = StreamPosition::Behind;
                self.fields(false)?;
                Ok(None)
            }
            b',' if !first => {
                self.reader.consume(1);
                self.value().map(Some)
            }
            _ if first => {
                self.position = StreamPosition::InFindings { first: false };
                self.value().map(Some)
            }
            _ => Err(unexpected("a comma or the end of the findings")),
        }
    }

    /// Reads fields until the findings begin or the report ends.
    fn fields(&mut self, mut first: bool) -> io::Result<()> {
        loop {
            match self.peek()? {
                b'}' => {
                    self.reader.consume(1);
                    return Ok(());
                }
                b',' if !first => self.reader.consume(1),
                _ if first => {}
                _ => return Err(unexpected("a comma or the end of the report")),
            }
            first = false;
            self.peek()?;
            let name: String = self.value()?;
            self.expect(b':')?;
            if name == FINDINGS {
                self.expect(b'[')?;
                self.position = StreamPosition::InFindings { first: true };
                return Ok(());
            }
            let value = match self.peek()? {
                b'-' | b'0'..=b'9' => self.number()?,
                _ => self.value()?,
            };
            self.fields.insert(name, value);
        }
    }

    /// Reads one JSON value that is no number. A number ends where the next character begins, which the parser would
    /// swallow.
    fn value<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        self.peek()?;
        let mut parser = serde_json::Deserializer::from_reader(&mut self.reader);
        T::deserialize(&mut parser).map_err(in_words)
    }

    fn number(&mut self) -> io::Result<Value> {
        let mut text = Vec::new();
        loop {
            let available = self.reader.fill_buf()?;
            let in_number = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
            let length = available.iter().take_while(in_number).count();
            text.extend_from_slice(&available[..length]);
            let more = length > 0 && length == available.len();
            self.reader.consume(length);
            if !more {
                return serde_json::from_slice(&text).map_err(in_words);
            }
        }
    }

    /// The next character that is no white space, which stays.
    fn peek(&mut self) -> io::Result<u8> {
        loop {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle"));
            }
            let blank = available.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if let Some(byte) = available.get(blank) {
                let byte = *byte;
                self.reader.consume(blank);
                return Ok(byte);
            }
            self.reader.consume(blank);
        }
    }

    fn expect(&mut self, wanted: u8) -> io::Result<()> {
        if self.peek()? != wanted {
            return Err(unexpected(&format!("`{}`", char::from(wanted))));
        }
        self.reader.consume(1);
        Ok(())
    }

    fn broken(&self, error: &io::Error) -> Error {
        self.foreign(&error.to_string())
    }

    fn foreign(&self, why: &str) -> Error {
        Error::usage(format!("{} is no whole report: {why}", self.name)).help("name a file that `--format json` wrote")
    }
}

/// Words an error of the parser. Its place in the file cannot be told: each value is read by a parser that begins to
/// count anew.
fn in_words(error: serde_json::Error) -> io::Error {
    match error.classify() {
        Category::Io => error.into(),
        Category::Syntax => io::Error::new(io::ErrorKind::InvalidData, "it is not JSON"),
        Category::Eof | Category::Data => io::Error::new(io::ErrorKind::InvalidData, error::json_in_words(&error)),
    }
}

fn unexpected(wanted: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{wanted} was expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<(Vec<String>, Map<String, Value>)> {
        let mut stream = ReportStream::new(text.as_bytes(), "r.json".to_owned())?;
        let mut names = Vec::new();
        while let Some(finding) = stream.next_finding::<Value>()? {
            names.push(finding["id"].to_string());
        }
        Ok((names, stream.fields))
    }

    #[test]
    fn findings_come_one_by_one_and_the_rest_behind_them() {
        let text = r#"{ "schema_version": 2, "summary": {"pass": 2},"findings":[{"id":1} , {"id": 2}], "gaps" : [], "services": null, "n": -1.5e3 }"#;
        let (found, fields) = names(text).unwrap();
        assert_eq!(found, ["1", "2"]);
        assert_eq!(fields["n"], -1500.0);
        assert!(fields["services"].is_null() && fields["gaps"].as_array().is_some());
        assert_eq!(names(r#"{"schema_version":2,"findings":[]}"#).unwrap().0, Vec::<String>::new());
    }

    #[test]
    fn what_is_no_whole_report_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"findings":[]}"#,
            r#"{"schema_version":1,"findings":[]}"#,
            r#"{"schema_version":2,"findings":[{"id":1}"#,
            r#"{"schema_version":2,"findings":[{"id":1} {"id":2}]}"#,
            r#"{"schema_version":2,"findings":[{"id":1},]}"#,
            r#"{"schema_version":2,"findings":[] "gaps":[]}"#,
            r#"{"schema_version":2,"findings":[],"gaps":["#,
        ] {
            let error = names(text).expect_err(text);
            assert_eq!(error.fault, crate::error::Fault::Usage, "{text}");
        }
    }
}
