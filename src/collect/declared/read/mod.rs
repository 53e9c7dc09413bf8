//! Reads the kinds of a page: one reader for all services that are data.
//!
//! Lists come first, then what one call tells of many resources, then what each resource is asked about, then the kinds
//! that it holds or names. What a call refers to and nobody could read leaves its facts unknown; the call is not made.

mod answer;
mod lists;
mod many;
mod run;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};

use self::many::{Joined, ToldOfMany};
use self::run::{Holder, Item, Run};
use super::page::{CallSpec, KindSpec, Mode, Page};
use super::template::Template;
use crate::aws::{Answer, Plan, Session, Site};
use crate::model::Scope;

type Reading = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Facts of a resource, by name.
type FactMap = Map<String, Value>;

/// Reads what the plan wants of a page, everywhere.
pub(super) async fn page(page: &'static Page, session: Arc<Session>) {
    let mut places = Vec::new();
    for (at, kind) in page.kinds.iter().enumerate() {
        let is_there =
            kind.partitions.is_empty() || kind.partitions.iter().any(|partition| partition == session.partition());
        if kind.parent.is_some() || !is_there || !is_wanted(page, at, session.plan()) {
            continue;
        }
        match (kind.scope, &kind.region) {
            (Scope::Account, Some(region)) => places.push((at, session.region(region))),
            (Scope::Account, None) => places.push((at, session.global())),
            (Scope::Region, _) => places.extend(session.regions().iter().map(|region| (at, session.region(region)))),
        }
    }
    let work = |(at, site): (usize, Site)| kind(Arc::new(Run::new(page, site)), at, vec![None]);
    session.each(places, work).await;
}

/// Whether anything of the kind or of the kinds below it is wanted.
fn is_wanted(page: &Page, at: usize, plan: &Plan) -> bool {
    let kind = &page.kinds[at];
    let own = if kind.is_singleton() {
        kind.calls.iter().any(|call| wants_facts(plan, kind, call))
    } else {
        plan.wants_kind(kind.name)
    };
    own || page.below(at).any(|(child, _)| is_wanted(page, child, plan))
}

fn wants_facts(plan: &Plan, kind: &KindSpec, call: &CallSpec) -> bool {
    let names: Vec<&str> = call.facts.iter().map(|fact| fact.name).collect();
    plan.wants_any(kind.name, &names)
}

/// Whether a call's facts are wanted, or another call that is wanted refers to them.
fn is_needed(plan: &Plan, kind: &KindSpec, place: usize) -> bool {
    let refers = |(other, call): (usize, &CallSpec)| call.waits_for.contains(&place) && is_needed(plan, kind, other);
    wants_facts(plan, kind, &kind.calls[place]) || kind.calls.iter().enumerate().any(refers)
}

/// Reads one kind at one place: of the account, or of what its resources are listed by.
fn kind(run: Arc<Run>, at: usize, holders: Vec<Option<Arc<Holder>>>) -> Reading {
    Box::pin(async move {
        let kind = &run.page.kinds[at];
        if kind.is_singleton() {
            return singleton(run, at).await;
        }
        let (joins, items) = tokio::join!(many::joins(&run, kind), lists::items(&run, kind, &holders));
        let (told, joins) = (many::batches(&run, kind, &items).await, Arc::new(joins));
        let named = lists::named(&run, at, &items);
        let session = Arc::clone(run.site.session());
        let work = |(item, told): (Item, ToldOfMany)| resource(Arc::clone(&run), at, item, told, Arc::clone(&joins));
        let named = named.into_iter().map(|(child, values)| self::kind(Arc::clone(&run), child, values));
        tokio::join!(session.each(items.into_iter().zip(told), work), futures_util::future::join_all(named));
    })
}

async fn singleton(run: Arc<Run>, at: usize) {
    let kind = &run.page.kinds[at];
    let reader = match kind.scope {
        Scope::Account => run.site.account(),
        Scope::Region => run.site.named(kind.name, run.site.region_name(), kind.gone),
    };
    let item = Item { reader, arn: None, value: Value::Null, facts: Map::new(), holder: None, listed_by: None };
    resource(run, at, item, BTreeMap::new(), Arc::default()).await;
}

/// Asks all that one resource is asked about, adds it, and goes on to the kinds that it holds.
fn resource(run: Arc<Run>, at: usize, mut item: Item, told: ToldOfMany, joins: Arc<Joined>) -> Reading {
    Box::pin(async move {
        let kind = &run.page.kinds[at];
        let mut open: Vec<usize> = (0..kind.calls.len()).collect();
        while !open.is_empty() {
            let (ready, later): (Vec<usize>, Vec<usize>) = open
                .iter()
                .partition(|place| !kind.calls[**place].waits_for.iter().any(|before| open.contains(before)));
            let (run, own, told, joins) = (&run, &item, &told, &joins);
            let answers = ready.iter().map(|place| async move {
                let call = &kind.calls[*place];
                if !is_needed(run.site.plan(), kind, *place) {
                    return Map::new();
                }
                match &call.mode {
                    Mode::Each => asked(run, kind, call, own).await,
                    Mode::Batch(batch) => many::of_batch(run, kind, call, batch, own, told.get(place)),
                    Mode::Join { .. } => many::of_join(run, kind, call, own, joins.get(place).and_then(Option::as_ref)),
                }
            });
            let answers = futures_util::future::join_all(answers).await;
            item.facts.extend(answers.into_iter().flatten());
            open = later;
        }
        item.reader.emit(item.arn.clone(), &item.facts);
        if item.reader.is_gone() {
            return;
        }
        let held = run.page.below(at).filter(|(_, parent)| parent.each.is_none());
        let children: Vec<usize> =
            held.map(|(child, _)| child).filter(|child| is_wanted(run.page, *child, run.site.plan())).collect();
        if !children.is_empty() {
            let holder = Arc::new(Holder { id: item.reader.id().to_owned(), item: item.value });
            for child in children {
                self::kind(Arc::clone(&run), child, vec![Some(Arc::clone(&holder))]).await;
            }
        }
    })
}

/// What a call about one resource tells of it.
async fn asked(run: &Run, kind: &KindSpec, call: &'static CallSpec, item: &Item) -> FactMap {
    if !is_ready(&kind.calls, call, item) {
        return Map::new();
    }
    if !is_to_be_asked(run, call, item) {
        return not_asked(run, call, item);
    }
    let Some(input) = run.resolved(&call.asking, &run.references(item)) else {
        let templates = call.asking.input.iter().map(|(_, template)| template);
        return unless_owed(kind, templates, || answer::nothing(&call.facts));
    };
    let operation = run.page.operation(&call.asking);
    let answer = if call.asking.model.has_pages {
        let listing = run.listed(&call.asking, Some(&item.reader), &call.none_on, input).await;
        match (listing.complete, listing.items.is_empty()) {
            (false, _) => return Map::new(),
            (true, true) => return answer::nothing(&call.facts),
            (true, false) => answer::merged(listing.items),
        }
    } else {
        let client = run.client(&call.asking);
        match item.reader.ask(operation, &call.none_on, || client.call(operation.name, input)).await {
            Answer::Got(answer) => Value::Object(answer),
            Answer::NotConfigured => return answer::nothing(&call.facts),
            Answer::Unread => return Map::new(),
        }
    };
    answer::from_root(run, item, call, &answer)
}

/// Whether an earlier call that this one refers to told all its facts.
fn is_ready(calls: &[CallSpec], call: &CallSpec, item: &Item) -> bool {
    call.waits_for.iter().all(|before| calls[*before].facts.iter().all(|fact| item.facts.contains_key(fact.name)))
}

/// Whether the call's conditions hold.
fn is_to_be_asked(run: &Run, call: &CallSpec, item: &Item) -> bool {
    let references = run.references(item);
    call.when.iter().all(|condition| condition.holds(&references))
}

/// The facts of a call that is not made because its conditions do not hold.
fn not_asked(run: &Run, call: &CallSpec, item: &Item) -> FactMap {
    let references = run.references(item);
    match call.when.iter().any(|condition| condition.leaves_unknown && !condition.holds(&references)) {
        true => Map::new(),
        false => answer::nothing(&call.facts),
    }
}

/// Nothing is concluded from what AWS owes: where a reference leads to what every item must have, the facts are unknown.
fn unless_owed<'t>(
    kind: &KindSpec,
    mut templates: impl Iterator<Item = &'t Template>,
    facts: impl FnOnce() -> FactMap,
) -> FactMap {
    let is_owed = |template: &Template| kind.facts.iter().any(|fact| fact.is_owed() && fact.is_at(template));
    if templates.any(is_owed) { Map::new() } else { facts() }
}
