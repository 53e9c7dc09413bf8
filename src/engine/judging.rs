//! One rule on one resource, and all of them on all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::estate::Estate;
use super::gaps::GapIndex;
use super::neighbours::Neighbours;
use super::order::Position;
use super::scope::{CompiledScope, PhiScope};
use super::{witnesses, words};
use crate::model::{
    Evidence, Finding, FindingId, Gap, Kinds, PhiScopeInfo, Region, Resource, ResourceRef, TAGGED_RESOURCE, Verdict,
};
use crate::rule::{Context, DefinedValues, FactRead, IN_PHI_SCOPE, Inventory, Rule, RuleSet, Trace};

/// The number of resources that a thread takes at once. Costly ones, such as roles, stand together in a snapshot, so
/// that equal parts of it would keep one thread busy and the others idle.
const SHARE: usize = 64;

/// An estate with all that its rules ask of it as a whole.
#[derive(Debug)]
pub struct Judge<'a> {
    estate: &'a Estate<'a>,
    inventory: Inventory<'a>,
    gaps: GapIndex<'a>,
    scope: Arc<CompiledScope<'a>>,
}

/// Rules by the kind that they judge, each with its position in the set.
type RulesByKind<'r> = HashMap<&'r str, Vec<(usize, &'r Rule)>>;

impl<'a> Judge<'a> {
    /// Prepares to judge the estate beside what other accounts tell.
    pub fn new(estate: &'a Estate<'a>, neighbours: &'a Neighbours, kinds: &'a Kinds, scope: &'a PhiScope) -> Self {
        let gaps = GapIndex::new(estate, neighbours);
        let resources = || estate.resources.iter().copied();
        // A list that was read and is empty is an answer, too: "there is no trail".
        let kinds_read = estate.kinds.iter().copied();
        let inventory = Inventory::with_kinds(resources(), kinds_read, |kind| gaps.is_complete(kind));
        let inventory = inventory.with_neighbours(&neighbours.resources);
        let scope = Arc::new(scope.compile(kinds, resources(), gaps.is_complete(TAGGED_RESOURCE)));
        let of_others = Arc::clone(&scope);
        let inventory = inventory.with_scope(move |resource| of_others.contains(resource));
        Self { estate, inventory, gaps, scope }
    }

    /// Counts the resources that are in the scope.
    pub fn measure_scope(&self) -> PhiScopeInfo {
        self.scope.measure(self.estate.resources.iter().copied())
    }

    /// Judges by all rules, on as many threads as there are processors. Findings come worst severity first, then by rule,
    /// region and resource.
    pub fn findings(&self, rules: &RuleSet) -> Vec<Finding> {
        self.findings_on(std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN), rules)
    }

    /// The same, on a number of threads. It makes no difference to the findings.
    pub(super) fn findings_on(&self, threads: NonZero<usize>, rules: &RuleSet) -> Vec<Finding> {
        let lists = rules.iter().enumerate().flat_map(|(at, rule)| self.unread_lists(at, rule));
        let mut findings: Vec<(Position, Finding)> = lists.collect();
        findings.extend(self.of_resources(threads, rules));
        // Findings are large, so that their positions are sorted instead.
        let mut positions: Vec<(Position, usize)> =
            findings.iter().enumerate().map(|(at, (position, _))| (*position, at)).collect();
        positions.sort_unstable();
        let mut findings: Vec<Option<Finding>> = findings.into_iter().map(|(_, finding)| Some(finding)).collect();
        positions.into_iter().filter_map(|(_, at)| findings[at].take()).collect()
    }

    fn of_resources(&self, threads: NonZero<usize>, rules: &RuleSet) -> Vec<(Position, Finding)> {
        let mut by_kind = RulesByKind::new();
        for (at, rule) in rules.iter().enumerate() {
            by_kind.entry(&rule.kind).or_default().push((at, rule));
        }
        let next = AtomicUsize::new(0);
        let work = || self.shares(&next).flat_map(|at| self.of_resource(&by_kind, at)).collect::<Vec<_>>();
        let mut findings = Vec::new();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads.get()).map(|_| scope.spawn(work)).collect();
            for thread in threads {
                match thread.join() {
                    Ok(found) => findings.extend(found),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        findings
    }

    /// The positions of the resources that no thread has taken yet, taken a share at a time.
    fn shares<'s>(&self, next: &'s AtomicUsize) -> impl Iterator<Item = usize> + use<'s> {
        let count = self.estate.resources.len();
        let shares = std::iter::from_fn(move || {
            let start = next.fetch_add(SHARE, Ordering::Relaxed);
            (start < count).then(|| start..count.min(start + SHARE))
        });
        shares.flatten()
    }

    fn of_resource(&self, rules: &RulesByKind<'_>, at: usize) -> Vec<(Position, Finding)> {
        let resource = self.estate.resources[at];
        let in_phi_scope = self.in_phi_scope(resource);
        let rules = rules.get(&*resource.kind).into_iter().flatten().filter(|(_, rule)| rule.concerns(resource));
        let finding = |(rule_at, rule): &(usize, &Rule)| {
            let finding = self.pair(rule, resource, in_phi_scope);
            (Position::of_resource(finding.severity, *rule_at, at), finding)
        };
        rules.map(finding).collect()
    }

    /// Tells whether the resource holds PHI by the configured scope; `None` where that is not known.
    pub(super) fn in_phi_scope(&self, resource: &Resource) -> Option<bool> {
        self.scope.contains(resource)
    }

    /// Gathers everything that a rule's conditions may read.
    pub(super) fn context<'s>(
        &'s self,
        rule: &'s Rule,
        resource: &'s Resource,
        in_phi_scope: Option<bool>,
    ) -> Context<'s> {
        Context {
            resource,
            in_phi_scope,
            params: rule.param_values(),
            now: self.estate.header.taken_at.0,
            account: &self.estate.header.account,
            inventory: &self.inventory,
            defined: DefinedValues::default(),
        }
    }

    fn pair(&self, rule: &Rule, resource: &'a Resource, in_phi_scope: Option<bool>) -> Finding {
        let context = self.context(rule, resource, in_phi_scope);
        let mut trace = Trace::on();
        let verdict = rule.judge(&context, &mut trace);
        let reads = trace.reads();
        let mut gaps = self.gaps.behind(resource, &reads);
        gaps.extend(trace.populations().flat_map(|kind| self.gaps.of_population(kind)));
        let asked_for_scope = reads.iter().any(|read| read.resource.is_none() && read.path == IN_PHI_SCOPE);
        let scope_undecided = in_phi_scope.is_none() && asked_for_scope;
        if scope_undecided {
            gaps.extend(self.gaps_behind_scope(resource));
        }
        let gaps: Vec<Gap> = gaps.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let (verdict, message) = match verdict {
            Ok(Verdict::Pass) => (Verdict::Pass, rule.title.clone()),
            Ok(Verdict::Fail) => {
                (Verdict::Fail, witnesses::failed(rule.fail_message.render(&context), trace.witnesses()))
            }
            Ok(Verdict::NotApplicable) => (Verdict::NotApplicable, words::not_applicable(rule, &context, &trace)),
            Ok(Verdict::Unknown) => {
                let scope = self.scope.why_undecided(&resource.kind).filter(|_| scope_undecided);
                let unnamed = trace.populations().map(|kind| self.gaps.unnamed(kind, None)).sum();
                let reason = words::undecided(&reads, &trace, &gaps, unnamed, scope);
                (Verdict::Unknown, witnesses::undecided(reason, trace.witnesses(), trace.notes()))
            }
            Err(error) => (Verdict::Unknown, format!("not decided: {error}")),
        };
        let note = rule.note.as_ref().map(|note| note.render(&context)).filter(|note| !note.is_empty());
        let message = note.map_or(message.clone(), |note| format!("{message} ({note})"));
        let severity = match verdict {
            Verdict::Fail => rule.severity_of_failure(&context),
            _ => rule.severity_for(in_phi_scope),
        };
        Finding {
            id: FindingId::new(&rule.id, &resource.account, &resource.region, &resource.kind, Some(&resource.id)),
            severity,
            verdict,
            message,
            resource: ResourceRef {
                kind: resource.kind.clone(),
                id: Some(resource.id.clone()),
                arn: resource.arn.clone(),
                account: resource.account,
                region: resource.region.clone(),
            },
            evidence: reads.into_iter().map(evidence).chain(trace.is_cut().then(cut)).collect(),
            witnesses: witnesses::behind(verdict, &trace),
            gaps,
            in_phi_scope: self.scope.by_configuration(in_phi_scope),
            ..self.blank(rule)
        }
    }

    /// The gaps that leave open whether the resource holds PHI.
    fn gaps_behind_scope(&self, resource: &Resource) -> Vec<Gap> {
        match self.scope.why_undecided(&resource.kind) {
            None => self.gaps.behind_fact(resource, "Tags"),
            Some(_) if self.scope.needs_tagging() => self.gaps.of_population(TAGGED_RESOURCE),
            Some(_) => Vec::new(),
        }
    }

    /// One unknown finding for each place where the list of the rule's kind could not be read.
    fn unread_lists(&self, at: usize, rule: &Rule) -> Vec<(Position, Finding)> {
        let mut by_region: BTreeMap<Region, Vec<Gap>> = BTreeMap::new();
        for gap in self.gaps.of_population(&rule.kind) {
            by_region.entry(gap.region.clone()).or_default().push(gap);
        }
        let account = self.estate.header.account;
        let finding = |(number, (region, gaps)): (usize, (Region, Vec<Gap>))| {
            let position = Position::of_list(rule.severity, at, self.estate, &rule.kind, &region, number);
            let unnamed = self.gaps.unnamed(&rule.kind, Some(&region));
            let finding = Finding {
                id: FindingId::new(&rule.id, &account, &region, &rule.kind, None),
                message: words::unread_list(&rule.kind, &region, &gaps, unnamed),
                resource: ResourceRef { kind: rule.kind.clone(), id: None, arn: None, account, region },
                gaps,
                ..self.blank(rule)
            };
            (position, finding)
        };
        by_region.into_iter().enumerate().map(finding).collect()
    }

    /// Makes a finding with everything that all findings of a rule share.
    fn blank(&self, rule: &Rule) -> Finding {
        Finding {
            id: FindingId(String::new()),
            rule: rule.id.clone(),
            title: rule.title.clone(),
            verdict: Verdict::Unknown,
            severity: rule.severity,
            message: String::new(),
            resource: ResourceRef {
                kind: rule.kind.clone(),
                id: None,
                arn: None,
                account: self.estate.header.account,
                region: Region::GLOBAL,
            },
            evidence: Vec::new(),
            witnesses: Vec::new(),
            gaps: Vec::new(),
            hipaa: rule.hipaa.clone(),
            soc2: rule.soc2.clone(),
            in_phi_scope: None,
            waiver: None,
            history: None,
            fix: rule.remediation.summary.clone(),
            observed_at: self.estate.header.taken_at,
        }
    }
}

/// Says that the evidence names only the first of the other resources that were looked at.
fn cut() -> Evidence {
    Evidence {
        path: "(more facts of other resources were read than are named here)".to_owned(),
        value: Some(true.into()),
    }
}

fn evidence(read: FactRead) -> Evidence {
    Evidence { path: words::name_of(&read), value: read.value }
}
