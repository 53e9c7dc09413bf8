//! Counts the votes of the parts: which part's vote counts for each finding, and what all of them come to.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::attested::{self, Precedence, Statements};
use super::part::ReportPart;
use crate::Result;
use crate::engine::requirements::{Counted, RuleTally};
use crate::model::{Change, ChangeCounts, Finding, FindingId, RuleInfo, Severity, Summary, Timestamp, Verdict};
use crate::scan::report_stream::ReportStream;

/// The vote of one part on one finding.
struct Vote {
    part: usize,
    severity: Severity,
    counted: Counted,
    rule: usize,
    account: usize,
    observed_at: Timestamp,
    change: Option<Change>,
    /// True if parts that read different regions decided it differently. Then it is not decided for the account.
    is_disputed: bool,
}

/// All findings of all parts, in numbers.
pub(super) struct Tally {
    /// The vote that counts for each finding, by the finding's id. What people attest has the id of its statement.
    votes: HashMap<FindingId, Vote>,
    statements: Statements,
    /// The statements that cannot have the id of their finding.
    clashes: HashSet<FindingId>,
    rules: Names,
    accounts: Names,
}

/// The findings of one account, in numbers.
#[derive(Default)]
pub(super) struct OfAccount {
    pub summary: Summary,
    pub worst_failure: Option<Severity>,
}

impl Tally {
    pub fn of(parts: &[ReportPart]) -> Result<Self> {
        let mut tally = Self {
            votes: HashMap::new(),
            statements: Statements::default(),
            clashes: HashSet::new(),
            rules: Names::default(),
            accounts: Names::default(),
        };
        let order = Precedence::of(parts);
        for (number, part) in parts.iter().enumerate() {
            let rules: HashMap<&str, &RuleInfo> =
                part.report.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
            let mut stream = ReportStream::open(&part.path)?;
            while let Some(finding) = stream.next_finding::<Finding>()? {
                tally.count(parts, number, &finding, rules.get(finding.rule.as_str()).copied(), &order);
            }
        }
        tally.clashes = tally.statements.clashes();
        Ok(tally)
    }

    fn count(
        &mut self,
        parts: &[ReportPart],
        part: usize,
        finding: &Finding,
        rule: Option<&RuleInfo>,
        order: &Precedence,
    ) {
        let statement = attested::statement(finding);
        let is_canonical = statement.as_ref().map(|statement| self.statements.take(finding, statement, order));
        let vote = Vote {
            part,
            severity: finding.severity,
            counted: Counted::of(finding, rule),
            rule: self.rules.number(&finding.rule),
            account: self.accounts.number(&finding.resource.account),
            observed_at: finding.observed_at,
            change: finding.change(),
            is_disputed: false,
        };
        let regions = |part: usize| parts[part].report.scan.regions.iter().collect::<BTreeSet<_>>();
        match self.votes.entry(statement.unwrap_or_else(|| finding.id.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(vote);
            }
            // What a rule concludes about the account from some regions another part may refute from others.
            Entry::Occupied(mut entry)
                if is_canonical.is_none()
                    && vote.counted.verdict != entry.get().counted.verdict
                    && regions(part) != regions(entry.get().part) =>
            {
                if vote.counted.verdict == Verdict::Unknown {
                    entry.insert(vote);
                } else if entry.get().counted.verdict != Verdict::Unknown {
                    entry.get_mut().dispute();
                }
            }
            // Parts come in an order of their own, so that the first of equals is the same in every run.
            Entry::Occupied(mut entry) if is_canonical.unwrap_or_else(|| vote.weight() > entry.get().weight()) => {
                entry.insert(vote);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// Returns the id under which the finding is reported, if this part's vote counts for it.
    pub fn takes(&self, finding: &Finding, part: usize) -> Option<FindingId> {
        let is_taken = |key: &FindingId| self.votes.get(key).is_some_and(|vote| vote.part == part);
        let Some(statement) = attested::statement(finding) else {
            return is_taken(&finding.id).then(|| finding.id.clone());
        };
        let is_taken = is_taken(&statement) && self.statements.is_canonical(finding, &statement);
        is_taken.then(|| if self.clashes.contains(&statement) { statement } else { finding.id.clone() })
    }

    /// Tells whether parts that read different regions decided the finding differently.
    pub fn is_disputed(&self, finding: &Finding) -> bool {
        self.votes.get(&finding.id).is_some_and(|vote| vote.is_disputed)
    }

    /// Tells whether any part reports the finding.
    pub fn knows(&self, finding: &Finding) -> bool {
        self.votes.contains_key(&attested::statement(finding).unwrap_or_else(|| finding.id.clone()))
    }

    /// Says in a sentence that parts attest different things, if they do.
    pub fn differing_statements(&self) -> Option<String> {
        self.statements.warning()
    }

    pub fn changes(&self) -> ChangeCounts {
        let mut counts = ChangeCounts::default();
        self.votes.values().filter_map(|vote| vote.change).for_each(|change| counts.count(change));
        counts
    }

    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        self.votes.values().for_each(|vote| summary.count_verdict(vote.counted.verdict, vote.counted.is_waived));
        summary
    }

    pub fn by_rule(&self) -> BTreeMap<&str, RuleTally> {
        let mut rules: BTreeMap<&str, RuleTally> = BTreeMap::new();
        for vote in self.votes.values() {
            rules.entry(self.rules.name(vote.rule)).or_default().count(&vote.counted);
        }
        rules
    }

    pub fn by_account(&self) -> BTreeMap<&str, OfAccount> {
        let mut accounts: BTreeMap<&str, OfAccount> = BTreeMap::new();
        for vote in self.votes.values() {
            let account = accounts.entry(self.accounts.name(vote.account)).or_default();
            let Counted { verdict, is_waived, .. } = vote.counted;
            account.summary.count_verdict(verdict, is_waived);
            if verdict == Verdict::Fail && !is_waived {
                account.worst_failure = account.worst_failure.max(Some(vote.severity));
            }
        }
        accounts
    }
}

impl Vote {
    fn dispute(&mut self) {
        self.is_disputed = true;
        self.change = None;
        (self.counted.verdict, self.counted.is_waived) = (Verdict::Unknown, false);
    }

    fn weight(&self) -> (bool, Timestamp) {
        (self.counted.verdict != Verdict::Unknown, self.observed_at)
    }
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
