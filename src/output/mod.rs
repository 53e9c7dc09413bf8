//! Reports: every format is a pure function of [`Report`], written into any [`Write`].
//!
//! All texts that come from AWS are hostile. The terminal shows control and invisible characters as `\u{202e}`
//! ([`text`]), and so does the page for a browser ([`html`]). The JSON formats write them as `\u202e`, so that neither
//! a terminal nor a log viewer is at their mercy while a program that parses the JSON still gets the exact text.

use std::fmt::{self, Display};
use std::io::{self, BufWriter, Write};
use std::str::FromStr;

use self::commands::{Commandless, Otherwise};
use crate::error::Error;
use crate::model::Report;

pub mod asff;
pub mod csv;
pub mod explanation;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ndjson;
pub mod ocsf;
pub mod oscal;
pub mod requirements;
pub mod sarif;
pub mod terminal;
pub mod text;

mod causes;
mod commands;
#[cfg(test)]
mod fixture;
mod lifecycle;
mod markup;
mod page;
mod rollup;
mod scope;

pub use json::report_schema;
pub use ndjson::finding_line_schema;

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Prose and lists for a person.
    Terminal,
    /// The whole report as one JSON document.
    Json,
    /// One finding a line, each a JSON document of its own.
    Ndjson,
    /// A page for a browser, in one file.
    Html,
    /// One OCSF Compliance Finding a line.
    Ocsf(ocsf::Version),
    /// OCSF Compliance Findings as one JSON array.
    OcsfArray(ocsf::Version),
    /// AWS Security Findings as one JSON array.
    Asff,
    /// One finding a row, for spreadsheets.
    Csv,
    /// A page for a job summary.
    Markdown,
    /// JUnit XML, for whatever shows tests.
    Junit,
    /// SARIF 2.1.0, for GitHub code scanning.
    Sarif,
    /// OSCAL assessment results.
    Oscal,
}

impl Format {
    /// All of them, as help texts list them.
    pub const ALL: [Format; 12] = [
        Format::Terminal,
        Format::Json,
        Format::Ndjson,
        Format::Html,
        Format::Markdown,
        Format::Csv,
        Format::Sarif,
        Format::Junit,
        Format::Ocsf(ocsf::Version::DEFAULT),
        Format::OcsfArray(ocsf::Version::DEFAULT),
        Format::Asff,
        Format::Oscal,
    ];

    /// The name by which users ask for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Terminal => "terminal",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Html => "html",
            Format::Ocsf(_) => "ocsf",
            Format::OcsfArray(_) => "ocsf-array",
            Format::Asff => "asff",
            Format::Csv => "csv",
            Format::Markdown => "markdown",
            Format::Junit => "junit",
            Format::Sarif => "sarif",
            Format::Oscal => "oscal",
        }
    }

    /// Says what the format is for, for help texts.
    pub fn description(self) -> &'static str {
        match self {
            Format::Terminal => "for people: failures, what was not read, requirements",
            Format::Json => "the whole report as one JSON document",
            Format::Ndjson => "one finding a line as JSON, for log and SIEM ingestion",
            Format::Html => "a page for a browser in one file: findings with evidence, requirements, what was not read",
            Format::Ocsf(_) => "one OCSF Compliance Finding a line, for security lakes",
            Format::OcsfArray(_) => "OCSF Compliance Findings as one JSON array",
            Format::Asff => "AWS Security Findings as one JSON array, for AWS Security Hub",
            Format::Csv => "one finding a row, for spreadsheets",
            Format::Markdown => "a page for a job summary or a pull request",
            Format::Junit => "JUnit XML, one test a finding, for CI",
            Format::Sarif => "SARIF 2.1.0, for GitHub code scanning",
            Format::Oscal => "OSCAL assessment results, for GRC tools",
        }
    }

    /// Returns the same format after another version of OCSF; `None` for a format that is not OCSF.
    pub fn with_ocsf_version(self, version: ocsf::Version) -> Option<Self> {
        match self {
            Format::Ocsf(_) => Some(Format::Ocsf(version)),
            Format::OcsfArray(_) => Some(Format::OcsfArray(version)),
            _ => None,
        }
    }
}

impl Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = Error;

    /// # Errors
    /// A usage error that lists the formats.
    fn from_str(name: &str) -> Result<Self, Error> {
        Format::ALL.into_iter().find(|format| format.as_str() == name).ok_or_else(|| {
            let known = Format::ALL.map(Format::as_str).join(", ");
            Error::usage(format!("there is no output format `{}`", text::shorten(name, 60)))
                .help(format!("use one of: {known}"))
        })
    }
}

/// The layout of a report for people. Machine formats ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal; lines are wrapped to it.
    pub width: usize,
    /// True if SGR color sequences are written. Nothing is said by color alone.
    pub color: bool,
    /// True if everything is listed: no list is cut, evidence is shown, all requirements have their line.
    pub full: bool,
}

impl Default for Style {
    /// 80 columns, no color, long lists cut: right for a file or a log.
    fn default() -> Self {
        Self { width: 80, color: false, full: false }
    }
}

/// Writes the report, buffered, and flushes.
///
/// # Errors
/// Whatever `out` reports; a closed pipe among it. What was written until then is not a whole report.
pub fn write(report: &Report, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    let otherwise = match format {
        Format::Html => Otherwise::HTML,
        Format::Junit => Otherwise::XML,
        Format::Csv => Otherwise::TEXT,
        _ => {
            write_as(report, format, style, &mut out)?;
            return out.flush();
        }
    };
    let mut commandless = Commandless::new(&mut out, otherwise);
    write_as(report, format, style, &mut commandless)?;
    commandless.finish()
}

fn write_as(report: &Report, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Terminal => terminal::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Ndjson => ndjson::write(report, out),
        Format::Html => html::write(report, out),
        Format::Ocsf(version) => ocsf::write_lines(report, version, out),
        Format::OcsfArray(version) => ocsf::write_array(report, version, out),
        Format::Asff => asff::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Oscal => oscal::write(report, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_format_carries_a_command_for_a_ci_runner() {
        let hostile = "::debug::a ##[error]b\n::error::c ##vso[d]";
        let mut report = fixture::compared();
        for finding in &mut report.findings {
            finding.message = hostile.to_owned();
            finding.resource.id = finding.resource.id.as_ref().map(|id| format!("{hostile}{id}"));
        }
        report.gaps.iter_mut().for_each(|gap| gap.message = hostile.to_owned());
        report.warnings.push(hostile.to_owned());
        for format in Format::ALL {
            let mut out = Vec::new();
            write(&report, format, &Style { full: true, ..Style::default() }, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let has_name = |line: &str| line.trim_start().strip_prefix("::").is_some_and(|rest| rest.contains("::"));
            let is_command = |line: &str| line.contains("##[") || line.contains("##vso[") || has_name(line);
            let found: Vec<&str> = text.split(['\n', '\r']).filter(|line| is_command(line)).collect();
            assert!(found.is_empty(), "{format}: {found:?}");
        }
    }

    #[test]
    fn every_format_reads_back_from_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
        }
    }

    #[test]
    fn an_unknown_format_is_a_usage_error_that_lists_the_known_ones() {
        let error = "yaml\u{1b}".parse::<Format>().unwrap_err();
        assert_eq!(error.fault, crate::error::Fault::Usage);
        assert_eq!(error.message, "there is no output format `yaml\\u{1b}`");
        assert_eq!(error.help.unwrap(), format!("use one of: {}", Format::ALL.map(Format::as_str).join(", ")));
    }

    #[test]
    fn a_failing_writer_is_an_error_and_not_a_silent_success() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for format in Format::ALL {
            let error = write(&fixture::mixed(), format, &Style::default(), &mut Closed).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
    }
}
