//! Which part's word counts for each finding, and what all of them come to.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash, Hasher};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::parts::Part;
use crate::Result;
use crate::model::{FindingId, ResourceRef, Severity, Summary, Verdict};
use crate::scan::report_stream::ReportStream;

/// What is looked at of a finding before it is written.
#[derive(Deserialize)]
struct Brief {
    id: FindingId,
    rule: String,
    verdict: Verdict,
    severity: Severity,
    resource: ResourceRef,
    observed_at: String,
    waiver: Option<IgnoredAny>,
}

/// The word that counts for one finding.
struct Word {
    part: usize,
    verdict: Verdict,
    severity: Severity,
    is_waived: bool,
    rule: usize,
    account: usize,
    /// Stands for the resource; zero for a list that could not be read.
    resource: u64,
    observed_at: String,
}

/// All findings of all parts, in numbers.
pub(super) struct Tally {
    words: HashMap<FindingId, Word>,
    rules: Names,
    accounts: Names,
}

/// What the findings of one rule come to.
#[derive(Default)]
pub(super) struct OfRule {
    pub findings: Summary,
    pub judged: HashSet<u64>,
}

/// What the findings of one account come to.
#[derive(Default)]
pub(super) struct OfAccount {
    pub summary: Summary,
    pub worst_failure: Option<Severity>,
}

impl Tally {
    pub fn of(parts: &[Part]) -> Result<Self> {
        let mut tally = Self { words: HashMap::new(), rules: Names::default(), accounts: Names::default() };
        for (number, part) in parts.iter().enumerate() {
            let mut stream = ReportStream::open(&part.path)?;
            while let Some(brief) = stream.next::<Brief>()? {
                tally.hear(number, brief);
            }
        }
        Ok(tally)
    }

    fn hear(&mut self, part: usize, brief: Brief) {
        let word = Word {
            part,
            verdict: brief.verdict,
            severity: brief.severity,
            is_waived: brief.waiver.is_some(),
            rule: self.rules.number(&brief.rule),
            account: self.accounts.number(&brief.resource.account),
            resource: brief.resource.id.as_ref().map_or(0, |_| mark(&brief.resource)),
            observed_at: brief.observed_at,
        };
        match self.words.entry(brief.id) {
            Entry::Vacant(entry) => {
                entry.insert(word);
            }
            // Parts come in an order of their own, so that the first of equals is the same in every run.
            Entry::Occupied(mut entry) if word.weight() > entry.get().weight() => {
                entry.insert(word);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// Whether this part's word counts for the finding.
    pub fn takes(&self, finding: &FindingId, part: usize) -> bool {
        self.words.get(finding).is_some_and(|word| word.part == part)
    }

    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        self.words.values().for_each(|word| summary.count(word.verdict));
        summary
    }

    pub fn by_rule(&self) -> BTreeMap<&str, OfRule> {
        let mut rules: BTreeMap<&str, OfRule> = BTreeMap::new();
        for word in self.words.values() {
            let rule = rules.entry(self.rules.name(word.rule)).or_default();
            rule.findings.count(word.verdict);
            if word.verdict != Verdict::NotApplicable && word.resource != 0 {
                rule.judged.insert(word.resource);
            }
        }
        rules
    }

    pub fn by_account(&self) -> BTreeMap<&str, OfAccount> {
        let mut accounts: BTreeMap<&str, OfAccount> = BTreeMap::new();
        for word in self.words.values() {
            let account = accounts.entry(self.accounts.name(word.account)).or_default();
            account.summary.count(word.verdict);
            if word.verdict == Verdict::Fail && !word.is_waived {
                account.worst_failure = account.worst_failure.max(Some(word.severity));
            }
        }
        accounts
    }
}

impl Word {
    fn weight(&self) -> (bool, &str) {
        (self.verdict != Verdict::Unknown, &self.observed_at)
    }
}

fn mark(resource: &ResourceRef) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&resource.kind, &resource.account, &resource.region, &resource.id).hash(&mut hasher);
    hasher.finish().max(1)
}

/// Texts that occur often, by number.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    fn name(&self, number: usize) -> &str {
        &self.names[number]
    }
}
