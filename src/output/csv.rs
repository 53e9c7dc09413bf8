//! One finding a row, passes included: for people who sort and filter in a spreadsheet, and for whatever reads CSV.
//!
//! The form is RFC 4180: CRLF, quotes where needed, a header row, UTF-8 without a byte order mark (many readers would
//! take one for a part of the first column's name). Columns keep their names and places; new ones are added at the
//! end.
//!
//! A spreadsheet runs a cell that begins like a formula, and whoever may name a resource in the account can write one.
//! Such a cell gets an apostrophe before it, which a spreadsheet does not show and does not run. It also splits a line
//! at another separator if told to, so a file that is read with semicolons is read wrongly, and nothing here can help
//! that. Control and invisible characters are written out, as everywhere. Excel holds 32,767 characters in a cell and
//! drops the rest silently, so a longer one is cut here and says so.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::json::write_line;
use super::text::escape;
use crate::model::{Finding, Report, Waiver};

/// The most UTF-16 units that Excel keeps in a cell.
const CELL: usize = 32_767;

/// The header row: column by column what a row holds.
pub const COLUMNS: [&str; 28] = [
    "id",
    "verdict",
    "severity",
    "rule",
    "title",
    "message",
    "kind",
    "resource",
    "arn",
    "account",
    "region",
    "in_phi_scope",
    "hipaa",
    "soc2",
    "waived",
    "waiver_reason",
    "waiver_owner",
    "waiver_expires",
    "waiver_ticket",
    "change",
    "first_seen",
    "last_seen",
    "fix",
    "evidence",
    "witnesses",
    "gaps",
    "observed_at",
    "scan_complete",
];

/// Writes the header and a row for each finding, in the report's order.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    writer.write_record(COLUMNS)?;
    let complete = yes_or_no(!report.is_incomplete());
    for finding in &report.findings {
        for cell in row(finding, complete)? {
            writer.write_field(bounded(defused(&cell)).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

fn row<'f>(finding: &'f Finding, complete: &'f str) -> io::Result<[Cow<'f, str>; COLUMNS.len()]> {
    let resource = &finding.resource;
    let waiver = |of: fn(&Waiver) -> Option<&str>| finding.waiver.as_ref().and_then(of).unwrap_or_default();
    let history = finding.history.as_ref();
    Ok([
        text(&finding.id.0),
        text(finding.verdict.as_str()),
        text(finding.severity.as_str()),
        text(&finding.rule),
        text(&finding.title),
        text(&finding.message),
        text(&resource.kind),
        text(resource.id.as_deref().unwrap_or_default()),
        text(resource.arn.as_deref().unwrap_or_default()),
        text(&resource.account),
        text(&resource.region),
        text(finding.in_phi_scope.map_or("unknown", yes_or_no)),
        text(&finding.hipaa.join(" ")).into_owned().into(),
        text(&finding.soc2.join(" ")).into_owned().into(),
        text(yes_or_no(finding.waiver.is_some())),
        text(waiver(|waiver| Some(&waiver.reason))),
        text(waiver(|waiver| Some(&waiver.owner))),
        text(waiver(|waiver| Some(&waiver.expires))),
        text(waiver(|waiver| waiver.ticket.as_deref())),
        text(history.map_or("", |history| history.change.as_str())),
        history.map(|history| history.first_seen.to_string()).unwrap_or_default().into(),
        history.map(|history| history.last_seen.to_string()).unwrap_or_default().into(),
        text(&finding.fix),
        list(finding.evidence.iter().map(|evidence| match &evidence.value {
            Some(value) => json!({"path": evidence.path, "value": value}),
            None => json!({"path": evidence.path}),
        }))?,
        list(finding.witnesses.iter())?,
        list(finding.gaps.iter())?,
        finding.observed_at.to_string().into(),
        text(complete),
    ])
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

fn text(text: &str) -> Cow<'_, str> {
    escape(text)
}

/// A list as JSON in one cell; nothing for an empty one.
fn list<T: Serialize>(items: impl ExactSizeIterator<Item = T>) -> io::Result<Cow<'static, str>> {
    if items.len() == 0 {
        return Ok(Cow::Borrowed(""));
    }
    let items = items.map(serde_json::to_value).collect::<Result<Vec<Value>, _>>()?;
    let mut line = Vec::new();
    write_line(&items, &mut line)?;
    String::from_utf8(line).map(Cow::Owned).map_err(io::Error::other)
}

/// True for a cell that a spreadsheet may run: it begins with a formula's sign, or with its full-width twin, which
/// Excel takes for the same in some languages. Blanks before the sign do not stop a spreadsheet.
fn is_formula(cell: &str) -> bool {
    let sign = cell.trim_start_matches(|character: char| character.is_whitespace() || character.is_control());
    sign.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}'])
        || cell.starts_with(['\t', '\r', '\n'])
}

fn defused(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// The cell, or as much of its beginning as fits beside the words that tell how long it was.
fn bounded(cell: Cow<'_, str>) -> Cow<'_, str> {
    if cell.len() <= CELL || cell.encode_utf16().count() <= CELL {
        return cell;
    }
    let note = format!("... ({} characters)", cell.chars().count());
    let mut room = CELL - note.len();
    let kept = cell.chars().take_while(|character| match room.checked_sub(character.len_utf16()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    });
    Cow::Owned(kept.collect::<String>() + &note)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture;
    use super::super::text::is_hostile;
    use super::*;
    use crate::model::{Change, History};

    fn written(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), COLUMNS.as_slice());
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn column(name: &str) -> usize {
        COLUMNS.iter().position(|column| *column == name).unwrap()
    }

    /// A failure, a waived one with a past, an undecided list, a pass.
    fn few() -> Report {
        let mut report = fixture::mixed();
        let is = |finding: &Finding, ids: &[&str]| match &finding.resource.id {
            Some(id) => ids.contains(&id.as_str()) && finding.rule != fixture::PUBLIC.id || id == "b7",
            None => true,
        };
        report.findings.retain(|finding| is(finding, &["records", "sandbox", "claims"]));
        for finding in report.findings.iter_mut().filter(|finding| finding.waiver.is_some()) {
            let (first_seen, last_seen) = ("2025-11-01T12:00:00Z".parse().unwrap(), finding.observed_at);
            finding.history =
                Some(History { change: Change::StillFailing, first_seen, last_seen, before: None, detail: None });
        }
        report
    }

    #[test]
    fn a_finding_a_row() {
        insta::assert_snapshot!(written(&few()));
    }

    #[test]
    fn lines_end_as_rfc_4180_says_and_every_row_has_every_column() {
        let report = fixture::hostile();
        let text = written(&report);
        assert!(text.starts_with("id,verdict,severity,"), "no byte order mark");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        assert_eq!(text.matches("\r\n").count(), report.findings.len() + 1, "no line break within a cell");
        assert!(read(&text).iter().all(|row| row.len() == COLUMNS.len()));
    }

    #[test]
    fn verdicts_waivers_and_completeness_read_back() {
        for report in [fixture::mixed(), fixture::clean(), fixture::incomplete(), fixture::empty(), few()] {
            let rows = read(&written(&report));
            assert_eq!(rows.len(), report.findings.len());
            for (row, finding) in rows.iter().zip(&report.findings) {
                assert_eq!(row[column("id")], finding.id.0);
                assert_eq!(row[column("verdict")], finding.verdict.as_str(), "a waiver changes no verdict");
                assert_eq!(row[column("waived")], finding.waiver.is_some().to_string());
                assert_eq!(row[column("scan_complete")], (!report.is_incomplete()).to_string());
            }
        }
    }

    #[test]
    fn evidence_is_json_and_an_unread_fact_has_no_value() {
        let report = fixture::mixed();
        for (row, finding) in read(&written(&report)).iter().zip(&report.findings) {
            let evidence: Vec<crate::model::Evidence> = serde_json::from_str(&row[column("evidence")]).unwrap();
            assert_eq!(evidence, finding.evidence);
        }
    }

    #[test]
    fn a_formula_becomes_text() {
        for cell in ["=1", "+1", "-1", "@SUM(1)", " =1", "\u{a0}=1", "\u{3000}@x", "＝1", "＋1", "－1", "＠x", "−1"]
        {
            assert_eq!(defused(&text(cell)), format!("'{cell}"));
        }
        for cell in ["", "a=1", "'=1", "[1]", "arn:aws:s3:::x", "1-2"] {
            assert_eq!(defused(&text(cell)), cell);
        }
        assert_eq!(defused(&text("\t=1")), "\\t=1", "a control character is written out and begins no formula");
    }

    #[test]
    fn a_cell_that_excel_would_cut_silently_is_cut_visibly() {
        let fits = "x".repeat(CELL);
        assert_eq!(bounded(Cow::Borrowed(&fits)), fits);
        let cut = bounded(Cow::Owned("\u{1f9ea}".repeat(20_000))).into_owned();
        assert!(cut.ends_with("\u{1f9ea}... (20000 characters)"));
        assert!(cut.encode_utf16().count() <= CELL);
    }

    proptest! {
        #[test]
        fn no_text_runs_or_hides_in_any_cell(
            text in prop_oneof![any::<String>(), "[ \t\r\n\u{a0}\u{0}\u{200b}]{0,3}[=+@＝＋＠-].{0,5}"],
        ) {
            let mut report = fixture::incomplete();
            report.findings.truncate(1);
            let finding = &mut report.findings[0];
            (finding.message, finding.title, finding.fix) = (text.clone(), text.clone(), text.clone());
            (finding.rule, finding.resource.id) = (text.clone(), Some(text.clone()));
            finding.resource.arn = Some(text.clone());
            finding.evidence[0].value = Some(json!({ text.clone(): text }));
            for cell in read(&written(&report)).concat() {
                prop_assert!(!is_formula(&cell), "{cell:?}");
                prop_assert!(!cell.chars().any(is_hostile), "{cell:?}");
            }
        }
    }
}
