//! What people attest, in parts that are about several accounts: it is the organization's, and stands once.
//!
//! Findings that say the same of one attestation or register entry are one, whichever accounts they were judged beside. The
//! words do not count for that, because they may name days that have passed since; what does are the verdict, the facts and
//! the waiver. Where parts say different things, each of them stands for itself, and a warning tells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use super::parts::Part;
use crate::model::{AccountState, Finding, FindingId, is_attested};
use crate::output::text::{counted, listed};

/// How many names the warning has.
const NAMED: usize = 3;

/// What is said of one attestation, and who is heard for it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Speaker {
    /// The finding that is taken, where a part holds several that say the same.
    pub id: FindingId,
    rank: Rank,
}

/// An account from which the run was made is heard first, then one that was read, then the first part.
type Rank = (bool, bool);

/// Whom to hear.
pub(super) struct Order<'p> {
    home: Option<&'p str>,
    not_read: BTreeSet<&'p str>,
}

impl<'p> Order<'p> {
    pub fn of(parts: &'p [Part]) -> Self {
        let rows = parts.iter().filter_map(|part| part.report.organization.as_ref()).flat_map(|it| &it.accounts);
        let not_read = rows.filter(|row| row.state == AccountState::NotRead).map(|row| row.account.as_str());
        Self { home: home(parts), not_read: not_read.collect() }
    }

    /// How much a finding weighs among those that say the same.
    pub fn speaker(&self, finding: &Finding) -> Speaker {
        let account = finding.resource.account.as_str();
        Speaker { id: finding.id.clone(), rank: (self.home == Some(account), !self.not_read.contains(account)) }
    }
}

impl Speaker {
    /// Whether this one is heard instead of the other, which came before.
    pub fn outweighs(&self, other: &Self) -> bool {
        self.rank > other.rank
    }
}

/// The account from which the parts were made, if they name one.
pub(super) fn home(parts: &[Part]) -> Option<&str> {
    parts.iter().filter_map(|part| part.report.organization.as_ref()?.home.as_deref()).min()
}

/// What a finding says of what people attest: the same wherever that is the same. `None` for any other finding.
pub(super) fn saying(finding: &Finding) -> Option<FindingId> {
    let resource = &finding.resource;
    if !is_attested(&resource.kind) {
        return None;
    }
    let gaps: Vec<_> = finding.gaps.iter().map(|gap| (gap.class, &gap.code)).collect();
    let about = (&finding.rule, &resource.kind, &resource.region, &resource.id);
    let said = (finding.verdict, finding.severity, &finding.evidence, gaps, &finding.waiver);
    let hash = Sha256::digest(format!("{:?}", (about, said)));
    Some(FindingId(hex::encode(&hash[..16])))
}

/// The different things that are said of the same, found while the findings pass.
#[derive(Default)]
pub(super) struct Sayings {
    /// By what they are about.
    topics: BTreeMap<(String, Option<String>), Vec<FindingId>>,
}

impl Sayings {
    pub fn hear(&mut self, finding: &Finding, saying: &FindingId) {
        let topic = (finding.rule.clone(), finding.resource.id.clone());
        let said = self.topics.entry(topic).or_default();
        if !said.contains(saying) {
            said.push(saying.clone());
        }
    }

    /// Sayings that would be reported under an id that an earlier one has: two parts of one account that differ. The
    /// later one is known by what it says.
    pub fn clashes<'a>(&self, id_of: impl Fn(&FindingId) -> Option<&'a FindingId>) -> HashMap<FindingId, FindingId> {
        let mut clashes = HashMap::new();
        for sayings in self.topics.values() {
            let mut taken = BTreeSet::new();
            for saying in sayings {
                match id_of(saying) {
                    Some(id) if !taken.insert(id) => drop(clashes.insert(saying.clone(), saying.clone())),
                    _ => {}
                }
            }
        }
        clashes
    }

    /// That parts differ, in a sentence.
    pub fn warning(&self) -> Option<String> {
        let differing = self.topics.iter().filter(|(_, sayings)| sayings.len() > 1);
        let names: BTreeSet<&str> = differing.map(|((rule, id), _)| id.as_deref().unwrap_or(rule)).collect();
        (!names.is_empty()).then(|| {
            format!(
                "the merged reports do not say the same of {}, and each of the things that they say is reported: {}",
                counted(names.len(), "attestation or register entry", "attestations or register entries"),
                listed(names.iter().copied(), NAMED)
            )
        })
    }
}
