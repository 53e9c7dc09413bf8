//! Attestations in parts about several accounts: they are the organization's, and stand once.
//!
//! Findings that state the same about one attestation or register entry are one, whichever accounts they were judged
//! beside. A statement is the verdict, the facts and the waiver. The message does not count, because it may name days
//! that have passed since. Where parts state different things, each statement stands, and a warning tells.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::part::{ReportPart, calling_account};
use crate::model::{AccountId, AccountState, Finding, FindingId, is_attested};
use crate::output::text::{counted, listed};

/// The most names that the warning has.
const NAMED: usize = 3;

/// The order in which accounts count among those that state the same.
pub(super) struct Precedence {
    calling_account: Option<AccountId>,
    not_read: BTreeSet<AccountId>,
}

/// The account from which the run was made counts first, then one that was read, then the first part.
type Rank = (bool, bool);

impl Precedence {
    pub fn of(parts: &[ReportPart]) -> Self {
        let rows = parts.iter().filter_map(|part| part.report.organization.as_ref()).flat_map(|it| &it.accounts);
        let not_read = rows.filter(|row| row.state == AccountState::NotRead).map(|row| row.account);
        Self { calling_account: calling_account(parts), not_read: not_read.collect() }
    }

    fn rank(&self, finding: &Finding) -> Rank {
        let account = finding.resource.account;
        (self.calling_account == Some(account), !self.not_read.contains(&account))
    }
}

/// Makes an id of the statement of a finding about what people attest. Findings that state the same have the same id.
/// `None` for any other finding.
pub(super) fn statement(finding: &Finding) -> Option<FindingId> {
    let resource = &finding.resource;
    if !is_attested(&resource.kind) {
        return None;
    }
    let gaps: Vec<_> = finding.gaps.iter().map(|gap| (gap.class, &gap.code)).collect();
    let about = (&finding.rule, &resource.kind, &resource.region, &resource.id);
    let said = (finding.verdict, finding.severity, &finding.evidence, gaps, &finding.waiver);
    // These are texts, facts and lists of them: nothing that JSON lacks.
    let text = serde_json::to_vec(&(about, said)).unwrap_or_else(|_| finding.id.0.clone().into_bytes());
    let hash = Sha256::digest(text);
    Some(FindingId(hex::encode(&hash[..16])))
}

/// The different statements, gathered while the findings pass.
#[derive(Default)]
pub(super) struct Statements {
    /// The statements by the rule and the resource that they are about.
    topics: BTreeMap<(String, Option<String>), Vec<FindingId>>,
    /// The finding that stands for all those that state the same.
    canonical: HashMap<FindingId, (Rank, FindingId)>,
}

impl Statements {
    /// Takes the finding if its rank is higher than that of the one that states the same, and tells whether it was
    /// taken.
    pub fn take(&mut self, finding: &Finding, statement: &FindingId, order: &Precedence) -> bool {
        let candidate = (order.rank(finding), finding.id.clone());
        match self.canonical.get_mut(statement) {
            None => {
                let topic = (finding.rule.clone(), finding.resource.id.clone());
                self.topics.entry(topic).or_default().push(statement.clone());
                self.canonical.insert(statement.clone(), candidate);
                true
            }
            Some(canonical) if candidate.0 > canonical.0 => {
                *canonical = candidate;
                true
            }
            Some(_) => false,
        }
    }

    /// Tells whether the finding is the canonical one of those that state the same.
    pub fn is_canonical(&self, finding: &Finding, statement: &FindingId) -> bool {
        self.canonical.get(statement).is_some_and(|(_, id)| *id == finding.id)
    }

    /// Lists statements that would be reported under an id that an earlier one has: two parts of one account that
    /// differ. They are known by what they state.
    pub fn clashes(&self) -> HashSet<FindingId> {
        let mut clashes = HashSet::new();
        for statements in self.topics.values() {
            let mut taken = BTreeSet::new();
            let ids = statements.iter().filter_map(|statement| Some((statement, &self.canonical.get(statement)?.1)));
            clashes.extend(ids.filter(|(_, id)| !taken.insert(*id)).map(|(statement, _)| statement.clone()));
        }
        clashes
    }

    /// Says in a sentence that parts differ, if they do.
    pub fn warning(&self) -> Option<String> {
        let differing = self.topics.iter().filter(|(_, statements)| statements.len() > 1);
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
