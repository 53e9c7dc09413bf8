//! Waivers: failures that somebody has accepted, for a reason and until a day.
//!
//! A waiver never changes a verdict. A failure that it covers is reported as a failure, with the waiver beside it, and
//! is counted apart. It covers failures only: an undecided finding stays undecided, because nobody can accept a
//! failure that nobody has seen. Whether an entry has expired is judged at the moment when the facts were read, so
//! that judging a snapshot again gives the same report.
//!
//! It cannot see whether the reason is a good one, and whether the owner knows.

mod file;
mod specifications;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub use file::schema;
pub use specifications::specification_warnings;

use super::wildcard::Wildcard;
use crate::model::{
    AccountId, Arn, Finding, Header, Region, ResourceRef, RuleInfo, Verdict, Waiver, WaiverRow, WaiverState,
};
use crate::rule::RuleSet;
use crate::source::{Problem, SourceFile};

/// The entries of a waiver file, understood.
#[derive(Debug, Default)]
pub struct Waivers {
    /// The name by which messages call the file.
    file: String,
    /// The SHA-256 of the file; `None` where there is none.
    sha256: Option<String>,
    entries: Vec<WaiverEntry>,
}

#[derive(Debug)]
struct WaiverEntry {
    line: usize,
    /// The rule as the entry writes it.
    rule: String,
    /// The ids of the rules that it is about.
    rules: BTreeSet<String>,
    /// The rules among them that a scan runs without being asked; all, if it runs none of them unasked.
    usual_rules: BTreeSet<String>,
    resource: String,
    pattern: Wildcard,
    account: Option<AccountId>,
    region: Option<Region>,
    last_day: Date,
    waiver: Waiver,
}

impl Waivers {
    /// Reads the text of a waiver file. `rules` are all that there are, selected or not.
    ///
    /// # Errors
    /// Everything that is wrong with it: what is no YAML of that shape, an entry without a reason, owner or last day, a
    /// rule that does not exist, an entry that would cover everything.
    pub fn parse(source: &SourceFile, rules: &RuleSet) -> Result<Self, Vec<Problem>> {
        let sha256 = Some(source.sha256());
        Ok(Self { file: source.origin.to_string(), sha256, entries: file::read(source, rules)? })
    }

    /// The file's name and the SHA-256 of what was read of it; `None` where there is no file.
    pub fn digest(&self) -> Option<(&str, &str)> {
        self.sha256.as_deref().map(|sha256| (self.file.as_str(), sha256))
    }

    /// Counts the entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries whose last day is before `day`, in words.
    pub fn expired(&self, day: Date) -> Vec<String> {
        let expired = self.entries.iter().filter(|entry| entry.last_day < day);
        expired
            .map(|entry| {
                format!(
                    "{} expired on {}; its owner is {}",
                    name_of(&self.file, entry.line, &entry.rule, &entry.resource),
                    entry.waiver.expires,
                    entry.waiver.owner
                )
            })
            .collect()
    }

    /// Puts the waivers on the failures that they cover, and says how each entry stands. `selected` are the rules that
    /// were run, and `header` says what was scanned, and when. Where two entries cover a failure, the first one is
    /// named.
    pub fn apply(&self, findings: &mut [Finding], selected: &RuleSet, header: &Header) -> Vec<WaiverRow> {
        let today = header.taken_at.day();
        self.entries
            .iter()
            .map(|entry| WaiverRow { file: self.file.clone(), ..entry.apply(findings, selected, header, today) })
            .collect()
    }
}

/// Lists what the reader must know: entries that have expired, and entries that cover nothing.
pub fn warnings(rows: &[WaiverRow]) -> Vec<String> {
    rows.iter()
        .filter_map(|row| {
            Some(format!("{} {}", name_of(&row.file, row.line, &row.rule, &row.resource), complaint(row)?))
        })
        .collect()
}

/// Joins the states that one entry has in two parts of a scan. It is unused only if it is unused in both. A part in
/// which it was not decided may hold a failure; a part in which nobody looked says nothing.
pub fn joined(a: WaiverState, b: WaiverState) -> WaiverState {
    let weight = |state: &WaiverState| match state {
        WaiverState::InForce => 0,
        WaiverState::Expired => 1,
        WaiverState::Undecided => 2,
        WaiverState::NothingFails => 3,
        WaiverState::NoSuchResource => 4,
        WaiverState::NotLookedAt => 5,
    };
    std::cmp::min_by_key(a, b, weight)
}

/// Tells whether an entry can only name what people attest: its failures are the same beside every account.
pub fn is_about_attestations(row: &WaiverRow, rules: &[RuleInfo]) -> bool {
    let pattern = Wildcard::new(&row.rule);
    let mut named = rules.iter().filter(|rule| pattern.matches(&rule.id)).peekable();
    named.peek().is_some() && named.all(RuleInfo::judges_attestations)
}

fn name_of(file: &str, line: usize, rule: &str, resource: &str) -> String {
    format!("the waiver in line {line} of {file} ({rule} on {resource})")
}

impl WaiverEntry {
    fn apply(&self, findings: &mut [Finding], selected: &RuleSet, header: &Header, today: Date) -> WaiverRow {
        let mut seen = EntryMatches::default();
        let has_expired = self.last_day < today;
        for finding in findings.iter_mut().filter(|finding| self.concerns(finding)) {
            match finding.verdict {
                _ if !self.may_name(finding) => {}
                Verdict::Fail => {
                    seen.failures += 1;
                    if !has_expired {
                        finding.waiver.get_or_insert_with(|| self.waiver.clone());
                    }
                }
                Verdict::Unknown => seen.is_undecided = true,
                Verdict::Pass | Verdict::NotApplicable => seen.is_good = true,
            }
        }
        let state = match seen {
            _ if has_expired => WaiverState::Expired,
            EntryMatches { failures: 1.., .. } => WaiverState::InForce,
            _ if !self.was_looked_at(selected, header) => WaiverState::NotLookedAt,
            EntryMatches { is_undecided: true, .. } => WaiverState::Undecided,
            EntryMatches { is_good: true, .. } => WaiverState::NothingFails,
            _ => WaiverState::NoSuchResource,
        };
        WaiverRow {
            file: String::new(),
            line: self.line,
            rule: self.rule.clone(),
            resource: self.resource.clone(),
            account: self.account,
            region: self.region.clone(),
            waiver: self.waiver.clone(),
            state,
            failures: seen.failures,
        }
    }

    /// Tells whether the finding is of its rules, its account and its region.
    fn concerns(&self, finding: &Finding) -> bool {
        let ResourceRef { account, region, .. } = &finding.resource;
        self.rules.contains(&finding.rule)
            && self.account.is_none_or(|wanted| wanted == *account)
            && self.region.as_ref().is_none_or(|wanted| wanted == region)
    }

    /// Tells whether the pattern matches the id or the ARN. A list that could not be read may hold what it names.
    fn may_name(&self, finding: &Finding) -> bool {
        let resource = &finding.resource;
        match &resource.id {
            None => true,
            Some(id) => self.pattern.matches(id) || resource.arn.as_ref().is_some_and(|arn| self.pattern.matches(arn)),
        }
    }

    /// Tells whether everything was run and read that the entry is about, so that its silence means something.
    fn was_looked_at(&self, selected: &RuleSet, header: &Header) -> bool {
        let arn = Arn::parse(&self.resource);
        let account = self.account.as_deref().or_else(|| written_out(arn?.account));
        let region = self.region.as_deref().or_else(|| written_out(arn?.region));
        let ran = |id: &String| selected.iter().any(|rule| rule.id == *id);
        account.is_none_or(|account| account == header.account)
            && region
                .is_none_or(|region| region == Region::GLOBAL || header.regions.iter().any(|read| *read == *region))
            && self.usual_rules.iter().all(ran)
    }
}

/// The findings that an entry names, in short.
#[derive(Default)]
struct EntryMatches {
    failures: usize,
    is_undecided: bool,
    is_good: bool,
}

/// The account or the region of an ARN pattern, if the pattern has no wildcard there. (The account of AWS's own
/// policies is `aws`, and they are in every account.)
fn written_out(part: &str) -> Option<&str> {
    (!part.is_empty() && part != "aws" && !part.contains(['*', '?'])).then_some(part)
}

/// Says what is wrong with an entry, in words that follow its name.
fn complaint(row: &WaiverRow) -> Option<String> {
    let Waiver { owner, expires, .. } = &row.waiver;
    let what = match row.state {
        WaiverState::InForce | WaiverState::NotLookedAt => return None,
        WaiverState::Expired => {
            let counts = match row.failures {
                0 => "it names no failure, and can be taken out".to_owned(),
                1 => "the failure that it names counts again".to_owned(),
                failures => format!("the {failures} failures that it names count again"),
            };
            return Some(format!("expired on {expires}: {counts}. Its owner is {owner}"));
        }
        WaiverState::NothingFails => "what it names does not fail now. If that is to stay, take the entry out",
        WaiverState::NoSuchResource => {
            "nothing of that name was found in what was scanned. Check the pattern, or take the entry out"
        }
        WaiverState::Undecided => "what it names was not decided, and a waiver covers failures only",
    };
    Some(format!("covers nothing: {what}"))
}
