//! Which part's word counts for each finding, and what all of them come to.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::attested::{self, Order, Sayings};
use super::parts::Part;
use crate::Result;
use crate::engine::requirements::{Counted, RuleTally};
use crate::model::{Change, ChangeCounts, Finding, FindingId, RuleInfo, Severity, Summary, Verdict};
use crate::scan::report_stream::ReportStream;

/// The word that counts for one finding.
struct Word {
    part: usize,
    severity: Severity,
    counted: Counted,
    rule: usize,
    account: usize,
    observed_at: String,
    change: Option<Change>,
    /// Parts that read different regions decided it differently: then nobody decided it for the account.
    is_disputed: bool,
}

/// All findings of all parts, in numbers.
pub(super) struct Tally {
    /// By the finding's id; what people attest by what it says.
    words: HashMap<FindingId, Word>,
    sayings: Sayings,
    /// Sayings that cannot have the id of their finding.
    clashes: HashSet<FindingId>,
    rules: Names,
    accounts: Names,
}

/// What the findings of one account come to.
#[derive(Default)]
pub(super) struct OfAccount {
    pub summary: Summary,
    pub worst_failure: Option<Severity>,
}

impl Tally {
    pub fn of(parts: &[Part]) -> Result<Self> {
        let mut tally = Self {
            words: HashMap::new(),
            sayings: Sayings::default(),
            clashes: HashSet::new(),
            rules: Names::default(),
            accounts: Names::default(),
        };
        let order = Order::of(parts);
        for (number, part) in parts.iter().enumerate() {
            let rules: HashMap<&str, &RuleInfo> =
                part.report.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
            let mut stream = ReportStream::open(&part.path)?;
            while let Some(finding) = stream.next_finding::<Finding>()? {
                tally.hear(parts, number, &finding, rules.get(finding.rule.as_str()).copied(), &order);
            }
        }
        tally.clashes = tally.sayings.clashes();
        Ok(tally)
    }

    fn hear(&mut self, parts: &[Part], part: usize, finding: &Finding, rule: Option<&RuleInfo>, order: &Order<'_>) {
        let saying = attested::saying(finding);
        let is_heard = saying.as_ref().map(|saying| self.sayings.hear(finding, saying, order));
        let word = Word {
            part,
            severity: finding.severity,
            counted: Counted::of(finding, rule),
            rule: self.rules.number(&finding.rule),
            account: self.accounts.number(&finding.resource.account),
            observed_at: finding.observed_at.clone(),
            change: finding.change(),
            is_disputed: false,
        };
        let regions = |part: usize| parts[part].report.scan.regions.iter().collect::<BTreeSet<_>>();
        match self.words.entry(saying.unwrap_or_else(|| finding.id.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(word);
            }
            // What a rule concludes about the account from some regions another part may refute from others.
            Entry::Occupied(mut entry)
                if is_heard.is_none()
                    && word.counted.verdict != entry.get().counted.verdict
                    && regions(part) != regions(entry.get().part) =>
            {
                if word.counted.verdict == Verdict::Unknown {
                    entry.insert(word);
                } else if entry.get().counted.verdict != Verdict::Unknown {
                    entry.get_mut().dispute();
                }
            }
            // Parts come in an order of their own, so that the first of equals is the same in every run.
            Entry::Occupied(mut entry) if is_heard.unwrap_or_else(|| word.weight() > entry.get().weight()) => {
                entry.insert(word);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// The id under which the finding is reported, if this part's word counts for it.
    pub fn takes(&self, finding: &Finding, part: usize) -> Option<FindingId> {
        let is_taken = |key: &FindingId| self.words.get(key).is_some_and(|word| word.part == part);
        let Some(saying) = attested::saying(finding) else {
            return is_taken(&finding.id).then(|| finding.id.clone());
        };
        let is_taken = is_taken(&saying) && self.sayings.is_heard(finding, &saying);
        is_taken.then(|| if self.clashes.contains(&saying) { saying } else { finding.id.clone() })
    }

    /// Whether parts that read different regions decided the finding differently.
    pub fn is_disputed(&self, finding: &Finding) -> bool {
        self.words.get(&finding.id).is_some_and(|word| word.is_disputed)
    }

    /// Whether any part reports the finding.
    pub fn knows(&self, finding: &Finding) -> bool {
        self.words.contains_key(&attested::saying(finding).unwrap_or_else(|| finding.id.clone()))
    }

    /// That parts attest different things, in a sentence.
    pub fn differing_words(&self) -> Option<String> {
        self.sayings.warning()
    }

    pub fn changes(&self) -> ChangeCounts {
        let mut counts = ChangeCounts::default();
        self.words.values().filter_map(|word| word.change).for_each(|change| counts.count(change));
        counts
    }

    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        self.words.values().for_each(|word| summary.count_verdict(word.counted.verdict, word.counted.is_waived));
        summary
    }

    pub fn by_rule(&self) -> BTreeMap<&str, RuleTally> {
        let mut rules: BTreeMap<&str, RuleTally> = BTreeMap::new();
        for word in self.words.values() {
            rules.entry(self.rules.name(word.rule)).or_default().count(&word.counted);
        }
        rules
    }

    pub fn by_account(&self) -> BTreeMap<&str, OfAccount> {
        let mut accounts: BTreeMap<&str, OfAccount> = BTreeMap::new();
        for word in self.words.values() {
            let account = accounts.entry(self.accounts.name(word.account)).or_default();
            let Counted { verdict, is_waived, .. } = word.counted;
            account.summary.count_verdict(verdict, is_waived);
            if verdict == Verdict::Fail && !is_waived {
                account.worst_failure = account.worst_failure.max(Some(word.severity));
            }
        }
        accounts
    }
}

impl Word {
    fn dispute(&mut self) {
        self.is_disputed = true;
        self.change = None;
        (self.counted.verdict, self.counted.is_waived) = (Verdict::Unknown, false);
    }

    fn weight(&self) -> (bool, &str) {
        (self.counted.verdict != Verdict::Unknown, &self.observed_at)
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
