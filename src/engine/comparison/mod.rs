//! Compares two reports, finding by finding.
//!
//! **Silence is no improvement.** A failure of the earlier report that the later one does not mention is resolved only
//! if the later one ran the rule, read the place, and read the list of the kind to its end. Otherwise it is newly
//! unknown, or it was not looked at. Either way it is carried along, so that it is not called new when it is seen
//! again.
//!
//! Attestations belong to no account. They are compared without one, whichever account they are counted with.
//!
//! A comparison cannot see whether parameters of rules were set otherwise, and whether one resource took another's
//! name.

mod differences;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use reach::Reach;

use crate::model::{
    Before, Change, ChangeCounts, Comparison, Finding, FindingId, History, Kinds, Region, Report, ResourceRef, Scope,
    Timestamp, Verdict, is_attested,
};
use crate::rule::FormerIds;

/// The later report, with the history of each of its findings and the comparison.
pub fn compare(old: &Report, mut new: Report, former_ids: &FormerIds, kinds: &Kinds) -> Report {
    let earlier = Earlier::of(old, former_ids, kinds);
    let mut counts = ChangeCounts::default();
    let mut reported = HashSet::new();
    for finding in &mut new.findings {
        let name = name(&finding.rule, &finding.resource);
        let before = earlier.by_id.get(&name);
        finding.history = history(finding, before, &earlier);
        finding.change().into_iter().for_each(|change| counts.count(change));
        reported.insert(name);
    }
    let open = new.findings.iter().filter(|finding| finding.resource.id.is_none()).collect();
    let silence = Silence { new: &new, reach: Reach::of(&new), open, kinds };
    let gone = earlier.by_id.iter().filter(|(id, _)| !reported.contains(*id));
    let mut no_longer_reported: Vec<Finding> = gone.filter_map(|(_, before)| silence.explain(before)).collect();
    no_longer_reported.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.change(), std::cmp::Reverse(finding.severity), finding.rule.clone());
        key(a).cmp(&key(b)).then_with(|| a.resource.cmp(&b.resource))
    });
    no_longer_reported.iter().filter_map(Finding::change).for_each(|change| counts.count(change));
    new.comparison = Some(Comparison {
        baseline_started_at: old.scan.started_at,
        baseline_is_complete: !old.is_incomplete(),
        differences: differences::between(old, &new, former_ids),
        counts,
        no_longer_reported,
    });
    new
}

/// The id under which a finding is compared. For an attestation it is the id that the finding would have without an
/// account.
fn name(rule: &str, resource: &ResourceRef) -> FindingId {
    let account = if is_attested(&resource.kind) { "" } else { &resource.account };
    FindingId::new(rule, account, &resource.region, &resource.kind, resource.id.as_deref())
}

/// The earlier report's findings by the names that they have now.
struct Earlier<'r> {
    by_id: HashMap<FindingId, Past<'r>>,
    rules: HashSet<String>,
    reach: Reach<'r>,
    kinds: &'r Kinds,
}

/// A finding of the earlier report, under its rule's present id.
#[derive(Clone, Copy)]
struct Past<'r> {
    finding: &'r Finding,
    rule: &'r str,
}

impl<'r> Earlier<'r> {
    fn of(old: &'r Report, former_ids: &'r FormerIds, kinds: &'r Kinds) -> Self {
        let carried = old.comparison.iter().flat_map(|comparison| &comparison.no_longer_reported);
        let carried = carried.filter(|finding| finding.change() != Some(Change::Resolved));
        let mut by_id = HashMap::new();
        for finding in old.findings.iter().chain(carried) {
            let rule = present_id(&finding.rule, former_ids);
            let past = Past { finding, rule };
            match by_id.entry(name(rule, &finding.resource)) {
                Entry::Vacant(entry) => drop(entry.insert(past)),
                // Several earlier findings may attest different things. A failure among them is no new failure now.
                Entry::Occupied(mut entry) if past.failed() && !Past::failed(*entry.get()) => drop(entry.insert(past)),
                Entry::Occupied(_) => {}
            }
        }
        Self {
            by_id,
            rules: old.rules.iter().map(|rule| present_id(&rule.id, former_ids).to_owned()).collect(),
            reach: Reach::of(old),
            kinds,
        }
    }

    /// Says why the earlier report could not know of a finding, where it could not.
    fn why_not_seen(&self, finding: &Finding) -> Option<String> {
        let ResourceRef { account, region, kind, .. } = &finding.resource;
        if !self.rules.contains(&finding.rule) {
            return Some("the earlier report did not run this rule".to_owned());
        }
        if let Some(why) = self.reach.why_not(account).filter(|_| !is_attested(kind)) {
            return Some(format!("in the earlier report account {account} {why}"));
        }
        let was_read = !is_regional(kind, region, self.kinds) || self.reach.has(account, region);
        (!was_read).then(|| format!("the earlier report did not read {region}"))
    }
}

impl Past<'_> {
    /// Returns the last decision on the finding.
    fn decided(self) -> Option<Before> {
        let Finding { verdict, severity, .. } = *self.finding;
        match verdict {
            Verdict::Unknown => self.finding.history.as_ref()?.before,
            verdict => Some(Before { verdict, severity, waived: self.finding.waiver.is_some() }),
        }
    }

    fn failed(self) -> bool {
        self.decided().is_some_and(|before| before.verdict == Verdict::Fail)
    }

    /// Returns the times at which it was first and last seen to be so. The last time of a failure is the last time that
    /// it was decided, not the time at which nobody could decide it.
    fn seen(self) -> (Timestamp, Timestamp) {
        let now = self.finding.observed_at;
        match &self.finding.history {
            None => (now, now),
            Some(History { change: Change::New | Change::Changed | Change::StillFailing, first_seen, .. }) => {
                (*first_seen, now)
            }
            Some(history) => (history.first_seen, history.last_seen),
        }
    }
}

/// The id that a rule has now.
fn present_id<'r>(id: &'r str, former_ids: &'r FormerIds) -> &'r str {
    former_ids.get(id).map_or(id, String::as_str)
}

fn history(finding: &Finding, past: Option<&Past<'_>>, earlier: &Earlier<'_>) -> Option<History> {
    let now = || finding.observed_at;
    let before = past.and_then(|past| past.decided());
    let failed = past.filter(|past| past.failed());
    let first_seen = || failed.map_or_else(now, |past| past.seen().0);
    match (finding.verdict, failed) {
        (Verdict::Fail, Some(past)) => {
            let detail = otherwise(past.finding, finding);
            let change = if detail.is_some() { Change::Changed } else { Change::StillFailing };
            let was_undecided = past.finding.verdict == Verdict::Unknown;
            let detail = detail.or_else(|| was_undecided.then(|| "it was not decided in between".to_owned()));
            Some(History { change, first_seen: first_seen(), last_seen: now(), before, detail })
        }
        (Verdict::Fail, None) => {
            let detail = match past {
                Some(past) if past.finding.verdict == Verdict::Unknown => Some("it was not decided before".to_owned()),
                Some(_) => None,
                None => earlier.why_not_seen(finding),
            };
            Some(History { change: Change::New, first_seen: now(), last_seen: now(), before, detail })
        }
        (Verdict::Unknown, failed) => {
            let undecided_before = past.filter(|past| past.finding.verdict == Verdict::Unknown);
            let change = if undecided_before.is_some() { Change::Unchanged } else { Change::NewlyUnknown };
            let (first_seen, last_seen) = match (failed, undecided_before) {
                (Some(past), _) => past.seen(),
                (None, Some(past)) => (past.seen().0, now()),
                (None, None) => (now(), now()),
            };
            let detail = past.is_none().then(|| earlier.why_not_seen(finding)).flatten();
            Some(History { change, first_seen, last_seen, before, detail })
        }
        (Verdict::Pass | Verdict::NotApplicable, Some(past)) => {
            let (first_seen, last_seen) = past.seen();
            let does_not_apply = finding.verdict == Verdict::NotApplicable;
            let detail = does_not_apply.then(|| "the rule does not apply to it any more".to_owned());
            Some(History { change: Change::Resolved, first_seen, last_seen, before, detail })
        }
        (Verdict::Pass | Verdict::NotApplicable, None) => None,
    }
}

/// Says in which way a failure is not the one that it was, if it is not. A reason that reads otherwise over the same
/// facts ("for 91 days") is the same failure one day later.
fn otherwise(old: &Finding, new: &Finding) -> Option<String> {
    let mut ways = Vec::new();
    if old.verdict == Verdict::Fail {
        match new.severity.cmp(&old.severity) {
            std::cmp::Ordering::Greater => ways.push(format!("severity raised from {}", old.severity.as_str())),
            std::cmp::Ordering::Less => ways.push(format!("severity lowered from {}", old.severity.as_str())),
            std::cmp::Ordering::Equal => {}
        }
        match (&old.waiver, &new.waiver) {
            (None, Some(_)) => ways.push("waived now".to_owned()),
            (Some(_), None) => ways.push("no longer waived".to_owned()),
            (Some(old), Some(new)) if old != new => ways.push("waived otherwise".to_owned()),
            _ => {}
        }
        if old.message != new.message && old.evidence != new.evidence {
            ways.push(format!("the reason was: {}", old.message));
        }
    }
    (!ways.is_empty()).then(|| ways.join("; "))
}

/// The meaning of the later report's silence about a finding.
struct Silence<'r> {
    new: &'r Report,
    reach: Reach<'r>,
    /// Its findings about lists that could not be read.
    open: Vec<&'r Finding>,
    kinds: &'r Kinds,
}

impl Silence<'_> {
    /// The finding as it was, with a history that says why it is gone; `None` if it did not fail.
    fn explain(&self, past: &Past<'_>) -> Option<Finding> {
        if !past.failed() {
            return None;
        }
        let (change, why) = self.reason(past);
        let (first_seen, last_seen) = past.seen();
        let history = History { change, first_seen, last_seen, before: past.decided(), detail: Some(why) };
        let rule = past.rule.to_owned();
        let ResourceRef { account, region, kind, id, .. } = &past.finding.resource;
        let id = FindingId::new(&rule, account, region, kind, id.as_deref());
        Some(Finding { id, rule, history: Some(history), ..past.finding.clone() })
    }

    fn reason(&self, past: &Past<'_>) -> (Change, String) {
        let Finding { resource, .. } = past.finding;
        let rule = self.new.rules.iter().find(|rule| rule.id == past.rule);
        let is_regional = is_regional(&resource.kind, &resource.region, self.kinds);
        let is_attested = is_attested(&resource.kind);
        if let Some(why) = self.reach.why_not(&resource.account).filter(|_| !is_attested) {
            return (Change::NotLookedAt, format!("account {} {why}", resource.account));
        }
        let Some(rule) = rule else { return (Change::NotLookedAt, "its rule was not run".to_owned()) };
        if rule.kind != resource.kind {
            return (Change::NotLookedAt, format!("its rule judges {} now", rule.kind));
        }
        if is_regional && !self.reach.has(&resource.account, &resource.region) {
            return (Change::NotLookedAt, format!("{} was not read", resource.region));
        }
        if self.is_open(past.rule, resource) {
            return (Change::NewlyUnknown, format!("not all {} could be listed", resource.kind));
        }
        (Change::Resolved, "it is gone".to_owned())
    }

    /// Tells whether the list of the kind was not read to its end where the resource was.
    fn is_open(&self, rule: &str, resource: &ResourceRef) -> bool {
        let is_there = |account: &str, region: &str| {
            (account == resource.account || is_attested(&resource.kind))
                && (region == resource.region || region == Region::GLOBAL || resource.region == Region::GLOBAL)
        };
        let unread =
            |finding: &&Finding| finding.rule == rule && is_there(&finding.resource.account, &finding.resource.region);
        let gaps = self.new.gaps.iter().filter(|gap| gap.population.contains(&resource.kind));
        self.open.iter().any(unread) || gaps.into_iter().any(|gap| is_there(&gap.account, &gap.region))
    }
}

/// Tells whether the list of the kind is read region by region, so that a region that was left out leaves it unread.
fn is_regional(kind: &str, region: &str, kinds: &Kinds) -> bool {
    region != Region::GLOBAL && kinds.get(kind).is_none_or(|kind| kind.scope == Scope::Region)
}
