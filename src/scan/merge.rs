//! One report from many: of the accounts of an organization, or of the parts of one account.
//!
//! The findings pass through one at a time, so that memory holds a few numbers for each and not their texts. The
//! result depends on what the parts say and not on the order in which they are named: the same parts give the same
//! bytes. A finding that several parts report (global resources are read by every part of an account) is taken once: a
//! decided one before an undecided one, and of these the latest. No such order holds between parts that read different
//! regions: where they do not agree, the finding is unknown. An attestation stands once for all accounts
//! ([`attested`]).

mod attested;
mod part;
mod parts;
mod tally;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

use self::part::ReportPart;
use self::tally::Tally;
use super::report_stream::ReportStream;
use crate::model::{
    AccountRow, Comparison, Coverage, Finding, Gap, Organization, Report, ReportScope, RequirementRow, RuleInfo,
    ScanInfo, Services, Severity, Summary, Verdict, WaiverRow,
};
use crate::output::json;
use crate::{Error, Result};

/// The record of listing the accounts: what is known beside the parts.
#[derive(Debug, Clone, Default)]
pub struct AccountListing {
    /// Accounts that were left out on purpose.
    pub skipped: Vec<AccountRow>,
    /// Calls that failed outside all parts, such as a list of accounts that broke off.
    pub gaps: Vec<Gap>,
    /// Calls that were made outside all parts.
    pub calls: Vec<Coverage>,
}

/// Merges JSON reports into one and writes it.
///
/// # Errors
/// If a part cannot be read or is no report, or the result cannot be written.
pub fn merge(reports: &[PathBuf], listing: AccountListing, out: &mut dyn Write) -> Result<()> {
    let parts = part::open(reports)?;
    let tally = Tally::of(&parts)?;
    let head = parts::head(&parts, listing, &tally)?;
    let findings = MergedFindings::of(&parts, &tally)?;
    let merged = Merged {
        schema_version: head.schema_version,
        scan: &head.scan,
        scope: &head.scope,
        summary: head.summary,
        findings: Lazy(RefCell::new(findings)),
        gaps: &head.gaps,
        coverage: &head.coverage,
        requirements: &head.requirements,
        warnings: &head.warnings,
        rules: &head.rules,
        services: &head.services,
        waivers: &head.waivers,
        comparison: &head.comparison,
        organization: &head.organization,
    };
    json::write_sealed(&merged, out).map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> Error {
    Error::failed(format!("the merged report could not be written: {error}"))
}

/// A [`Report`] whose findings come from the parts while it is written.
#[derive(Serialize)]
struct Merged<'a> {
    schema_version: u32,
    scan: &'a ScanInfo,
    scope: &'a ReportScope,
    summary: Summary,
    findings: Lazy<'a>,
    gaps: &'a [Gap],
    coverage: &'a [Coverage],
    requirements: &'a [RequirementRow],
    warnings: &'a [String],
    rules: &'a [RuleInfo],
    services: &'a Option<Services>,
    waivers: &'a [WaiverRow],
    comparison: &'a Option<Comparison>,
    organization: &'a Option<Organization>,
}

struct Lazy<'a>(RefCell<MergedFindings<'a>>);

impl Serialize for Lazy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut findings = self.0.borrow_mut();
        let mut list = serializer.serialize_seq(None)?;
        while let Some(finding) = findings.next().map_err(S::Error::custom)? {
            list.serialize_element(&finding)?;
        }
        list.end()
    }
}

/// The findings of all parts in the order of a report.
struct MergedFindings<'a> {
    streams: Vec<ReportStream>,
    tally: &'a Tally,
    /// The next finding of each part that has one.
    next: BinaryHeap<Reverse<Next>>,
}

struct Next {
    finding: Finding,
    part: usize,
}

impl<'a> MergedFindings<'a> {
    fn of(parts: &[ReportPart], tally: &'a Tally) -> Result<Self> {
        let streams = parts.iter().map(|part| ReportStream::open(&part.path)).collect::<Result<Vec<_>>>()?;
        let mut findings = Self { streams, tally, next: BinaryHeap::new() };
        for part in 0..findings.streams.len() {
            findings.advance(part)?;
        }
        Ok(findings)
    }

    fn next(&mut self) -> Result<Option<Finding>> {
        while let Some(Reverse(Next { finding, part })) = self.next.pop() {
            self.advance(part)?;
            if let Some(id) = self.tally.takes(&finding, part) {
                let finding = if self.tally.is_disputed(&finding) { undecided(finding) } else { finding };
                return Ok(Some(Finding { id, ..finding }));
            }
        }
        Ok(None)
    }

    fn advance(&mut self, part: usize) -> Result<()> {
        if let Some(finding) = self.streams[part].next_finding()? {
            self.next.push(Reverse(Next { finding, part }));
        }
        Ok(())
    }
}

/// The finding without the verdict that another part refutes.
fn undecided(finding: Finding) -> Finding {
    let message = "not decided: of the parts of the account, which read different regions, one says pass, fail or not \
                   applicable, and another one says otherwise; a scan of all the regions together decides it";
    Finding { verdict: Verdict::Unknown, message: message.to_owned(), waiver: None, history: None, ..finding }
}

impl Next {
    /// The order of findings in a report, then the order of the parts.
    fn key(&self) -> (Reverse<Severity>, &str, &str, &str, Option<&str>, usize) {
        let Finding { severity, rule, resource, .. } = &self.finding;
        (Reverse(*severity), rule, &resource.account, &resource.region, resource.id.as_deref(), self.part)
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Next {}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// Merges reports into a file and reads the result.
///
/// # Errors
/// As [`merge`].
pub fn merge_to(reports: &[PathBuf], listing: AccountListing, path: &Path) -> Result<Report> {
    let mut reserved = super::file::Reserved::new(path)?;
    let mut result = Ok(());
    reserved.fill(|out| {
        result = merge(reports, listing, out);
        Ok(())
    })?;
    result?;
    reserved.publish()?;
    super::report_file::open(path)
}
