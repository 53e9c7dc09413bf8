//! The judge as it was before it was made for large accounts: it tries every rule on every resource, looks through all
//! gaps for each absent fact, and makes each finding whole. It is slow and plain, and what the present one must agree with.

mod gaps;

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;

use self::gaps::GapIndex;
use crate::engine::neighbours::Neighbours;
use crate::engine::scope::{CompiledScope, PhiScope};
use crate::engine::witnesses;
use crate::model::{
    Evidence, Finding, FindingId, Gap, GapClass, Kinds, Region, Resource, ResourceRef, Snapshot, TAGGED_RESOURCE,
    Verdict,
};
use crate::rule::{Context, DefinedValues, FactRead, FailedLookup, IN_PHI_SCOPE, Inventory, Rule, RuleSet, Trace};

/// Judges the snapshot beside what other accounts tell. Findings come worst severity first, then by rule, region and
/// resource.
pub(super) fn judge(
    rules: &RuleSet,
    snapshot: &Snapshot,
    neighbours: &Neighbours,
    kinds: &Kinds,
    scope: &PhiScope,
) -> Vec<Finding> {
    let judge = Judge::new(snapshot, neighbours, kinds, scope);
    let mut findings: Vec<Finding> = rules.iter().flat_map(|rule| judge.unread_populations(rule)).collect();
    findings.extend(judge.resources(rules));
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.rule.clone());
        key(a).cmp(&key(b)).then_with(|| place(a).cmp(&place(b)))
    });
    findings
}

fn place(finding: &Finding) -> (&str, &str, Option<&str>) {
    (&finding.resource.account, &finding.resource.region, finding.resource.id.as_deref())
}

struct Judge<'a> {
    snapshot: &'a Snapshot,
    inventory: Inventory<'a>,
    gaps: GapIndex<'a>,
    scope: Arc<CompiledScope<'a>>,
    now: jiff::Timestamp,
}

impl<'a> Judge<'a> {
    fn new(snapshot: &'a Snapshot, neighbours: &'a Neighbours, kinds: &'a Kinds, scope: &'a PhiScope) -> Self {
        let gaps = GapIndex::new(snapshot, neighbours);
        // A list that was read and is empty is an answer, too: "there is no trail".
        let kinds_read = snapshot.header.kinds.iter().map(String::as_str);
        let inventory = Inventory::with_kinds(&snapshot.resources, kinds_read, |kind| gaps.is_complete(kind));
        let inventory = inventory.with_neighbours(&neighbours.resources);
        let now = snapshot.header.taken_at.0;
        let scope = Arc::new(scope.compile(kinds, snapshot.resources.iter(), gaps.is_complete(TAGGED_RESOURCE)));
        let of_others = Arc::clone(&scope);
        let inventory = inventory.with_scope(move |resource| of_others.contains(resource));
        Self { snapshot, inventory, gaps, scope, now }
    }

    /// All findings about resources, judged on as many threads as there are processors.
    fn resources(&self, rules: &RuleSet) -> Vec<Finding> {
        let resources = &self.snapshot.resources;
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = resources.len().div_ceil(threads).max(1);
        let mut findings = Vec::new();
        std::thread::scope(|threads| {
            let shares: Vec<_> = resources
                .chunks(share)
                .map(|share| {
                    threads.spawn(move || {
                        share.iter().flat_map(|resource| self.resource(rules, resource)).collect::<Vec<_>>()
                    })
                })
                .collect();
            for share in shares {
                match share.join() {
                    Ok(found) => findings.extend(found),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        findings
    }

    fn resource(&self, rules: &RuleSet, resource: &'a Resource) -> Vec<Finding> {
        let in_phi_scope = self.scope.contains(resource);
        rules
            .iter()
            .filter(|rule| rule.concerns(resource))
            .map(|rule| self.pair(rule, resource, in_phi_scope))
            .collect()
    }

    /// Gathers everything that a rule's conditions may read.
    fn context<'s>(&'s self, rule: &'s Rule, resource: &'s Resource, in_phi_scope: Option<bool>) -> Context<'s> {
        Context {
            resource,
            in_phi_scope,
            params: rule.param_values(),
            now: self.now,
            account: &self.snapshot.header.account,
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
            Ok(Verdict::NotApplicable) => (Verdict::NotApplicable, not_applicable(rule, &context, &trace)),
            Ok(Verdict::Unknown) => {
                let scope = self.scope.why_undecided(&resource.kind).filter(|_| scope_undecided);
                let reason = undecided(&reads, &trace, &gaps, scope);
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
    fn unread_populations(&self, rule: &Rule) -> Vec<Finding> {
        let mut by_region: std::collections::BTreeMap<Region, Vec<Gap>> = Default::default();
        for gap in self.gaps.of_population(&rule.kind) {
            by_region.entry(gap.region.clone()).or_default().push(gap);
        }
        let account = &self.snapshot.header.account;
        let message = |region: &str, gaps: &[Gap]| match not_attested(gaps) {
            Some(message) => message,
            None => format!(
                "not decided: it is not known which {} there are in {region}: {}",
                rule.kind,
                gaps.iter().map(gaps::in_words).collect::<Vec<_>>().join("; ")
            ),
        };
        let finding = |(region, gaps): (Region, Vec<Gap>)| Finding {
            id: FindingId::new(&rule.id, account, &region, &rule.kind, None),
            message: message(&region, &gaps),
            resource: ResourceRef { kind: rule.kind.clone(), id: None, arn: None, account: *account, region },
            gaps,
            ..self.blank(rule)
        };
        by_region.into_iter().map(finding).collect()
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
                account: self.snapshot.header.account,
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
            observed_at: self.snapshot.header.taken_at,
        }
    }
}

fn not_applicable<'v>(rule: &'v Rule, context: &Context<'v>, trace: &Trace) -> String {
    let empty: Vec<String> = trace.empty_lists().map(nothing_in).collect();
    if !empty.is_empty() {
        return format!("does not apply: there is nothing to judge ({})", empty.join(", "));
    }
    if let Some(message) = &rule.not_applicable_message {
        return message.render(context);
    }
    let when = rule.when.as_ref().map_or("", |when| when.source());
    format!("does not apply: only where {}", when.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn nothing_in(list: &str) -> String {
    if list.starts_with("params.") { format!("{list} names nothing") } else { format!("no {list} that it concerns") }
}

/// Says why an unknown verdict is unknown: what is missing, and the calls that failed.
fn undecided(reads: &[FactRead], trace: &Trace, gaps: &[Gap], scope: Option<&str>) -> String {
    if let Some(message) = not_attested(gaps) {
        return message;
    }
    let (questions, gaps): (Vec<&Gap>, Vec<&Gap>) = gaps.iter().partition(|gap| gap.is_open_question());
    let told = |read: &&FactRead| {
        (scope.is_some() && read.resource.is_none() && read.path == IN_PHI_SCOPE)
            || questions.iter().any(|question| gaps::is_about(question, read))
    };
    let missing: Vec<String> = reads.iter().filter(|read| read.value.is_none() && !told(read)).map(name_of).collect();
    let mut parts: Vec<String> = scope.into_iter().map(str::to_owned).collect();
    parts.extend(questions.iter().map(|question| question.message.clone()));
    if !missing.is_empty() {
        parts.push(format!("{} not read", missing.join(", ")));
    }
    parts.extend(trace.populations().map(|kind| format!("not all {kind} could be listed")));
    parts.extend(trace.lookups().iter().map(not_found));
    if parts.is_empty() && trace.notes().is_empty() {
        parts.push("what was read does not decide it".to_owned());
    }
    let mut message = format!("not decided: {}", parts.join("; "));
    if !gaps.is_empty() {
        let causes: BTreeSet<String> = gaps.into_iter().map(gaps::in_words).collect();
        message.push_str(&format!(" ({})", causes.into_iter().collect::<Vec<_>>().join("; ")));
    }
    message
}

/// Says what is missing, if nothing but somebody's word is missing.
fn not_attested(gaps: &[Gap]) -> Option<String> {
    let is_word = |gap: &Gap| gap.class == GapClass::NotAttested;
    let gap = gaps.first().filter(|_| gaps.iter().all(is_word))?;
    Some(format!("not attested: {}", gap.message))
}

fn not_found(lookup: &FailedLookup) -> String {
    let FailedLookup { kind, fact, value } = lookup;
    format!("no {kind} with {fact} {value} was read in this account (it may belong to another one)")
}

/// Says that the evidence names only the first of the other resources that were looked at.
fn cut() -> Evidence {
    Evidence {
        path: "(more facts of other resources were read than are named here)".to_owned(),
        value: Some(true.into()),
    }
}

fn evidence(read: FactRead) -> Evidence {
    Evidence { path: name_of(&read), value: read.value }
}

fn name_of(read: &FactRead) -> String {
    match &read.resource {
        None => format!("resource.{}", read.path),
        Some((kind, id)) => format!("{kind}[{id}].{}", read.path),
    }
}
