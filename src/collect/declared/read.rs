//! Reads the kinds of a page: one reader for all services that are data.
//!
//! Lists come first, then what one call tells of many resources, then what each resource is asked about, then the kinds
//! that it holds. What a call refers to and nobody could read leaves its facts unknown; the call is not made.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::region::Region;
use serde_json::{Map, Value};

use super::fact::FactSpec;
use super::page::{Asking, CallSpec, KindSpec, ListSpec, Mode, Page};
use super::path::Path;
use super::template::Scope as References;
use super::text::OtherwiseText;
use crate::aws::wire::{Client, Object};
use crate::aws::{Answer, Failure, Listing, Plan, ResourceReader, Session, Site};
use crate::model::{Fact, Scope};

type Reading = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Reads what the plan wants of a page, everywhere.
pub(super) async fn page(page: &'static Page, session: Arc<Session>) {
    let mut places = Vec::new();
    for (at, kind) in page.kinds.iter().enumerate() {
        if kind.parent.is_some() || !is_wanted(page, at, session.plan()) {
            continue;
        }
        match kind.scope {
            Scope::Account => places.push((at, session.global())),
            Scope::Region => places.extend(session.regions().iter().map(|region| (at, session.region(region)))),
        }
    }
    let work = |(at, site): (usize, Site)| {
        let run = Arc::new(Run { page, site, clients: Mutex::default() });
        kind(run, at, None)
    };
    session.each(places, work).await;
}

/// Whether anything of the kind or of the kinds below it is wanted.
fn is_wanted(page: &Page, at: usize, plan: &Plan) -> bool {
    let below = page.kinds.iter().enumerate().filter(|(_, kind)| kind.parent == Some(at));
    let kind = &page.kinds[at];
    let own = if kind.is_singleton() {
        kind.calls.iter().any(|call| wants_facts(plan, kind, call))
    } else {
        plan.wants_kind(kind.name)
    };
    own || below.into_iter().any(|(child, _)| is_wanted(page, child, plan))
}

fn wants_facts(plan: &Plan, kind: &KindSpec, call: &CallSpec) -> bool {
    let names: Vec<&str> = call.facts.iter().map(|fact| fact.name).collect();
    plan.wants_any(kind.name, &names)
}

/// One page at one place.
struct Run {
    page: &'static Page,
    site: Site,
    clients: Mutex<HashMap<(&'static str, Option<&'static str>), Client>>,
}

/// A resource that holds others.
struct Holder {
    id: String,
    item: Value,
}

/// A resource while it is being read.
struct Item {
    reader: ResourceReader,
    arn: Option<String>,
    value: Value,
    facts: Map<String, Value>,
    holder: Option<Arc<Holder>>,
}

/// What a call that is about many resources told of each, by its key; `None` where it failed.
type Told = Option<BTreeMap<String, Vec<Value>>>;

impl Run {
    fn client(&self, asking: &'static Asking) -> Client {
        let key = (asking.service.name, asking.region.as_deref());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let mut config = self.site.config();
            if let Some(region) = &asking.region {
                config = config.to_builder().region(Region::new(region.clone())).build();
            }
            Client::of(&config, asking.service, vec![SharedInterceptor::new(self.site.interceptor())])
        };
        clients.entry(key).or_insert_with(make).clone()
    }

    /// Whether AWS offers the service here: if not, an endpoint that cannot be reached says that there is nothing.
    fn is_offered(&self) -> bool {
        let (partition, region) = (self.site.session().partition(), self.site.region_name());
        !self.page.service.is_missing_in(region)
            && !self.page.not_in_partitions.iter().any(|other| other == partition)
            && !self.page.not_in_regions.iter().any(|other| other == region)
    }

    fn references<'v>(&'v self, item: &'v Item) -> References<'v> {
        self.references_of(item.reader.id(), &item.value, &item.facts, item.holder.as_deref())
    }

    fn references_of<'v>(
        &'v self,
        id: &'v str,
        item: &'v Value,
        facts: &'v Map<String, Value>,
        holder: Option<&'v Holder>,
    ) -> References<'v> {
        let session = self.site.session();
        References {
            account: session.account(),
            partition: session.partition(),
            region: self.site.region_name(),
            id,
            item,
            facts,
            parent: holder.map(|holder| (holder.id.as_str(), &holder.item)),
        }
    }

    /// All pages of an operation's answer, about one resource or about none.
    async fn listed(
        &self,
        asking: &'static Asking,
        about: Option<&ResourceReader>,
        none_on: &[&str],
        input: Object,
    ) -> Listing<Object> {
        let client = self.client(asking);
        let start = || client.pages(asking.operation.name, input).into_stream();
        self.site.list(asking.operation, about, none_on, self.is_offered(), start).await
    }
}

/// Reads one kind at one place, of the account or of the resource that holds it.
fn kind(run: Arc<Run>, at: usize, holder: Option<Arc<Holder>>) -> Reading {
    Box::pin(async move {
        let kind = &run.page.kinds[at];
        if kind.is_singleton() {
            return singleton(run, at).await;
        }
        let calls = kind.calls.iter().enumerate();
        let joins = calls
            .filter(|(_, call)| matches!(call.mode, Mode::Join { .. }) && wants_facts(run.site.plan(), kind, call));
        let joins = futures_util::future::join_all(joins.map(|(place, call)| {
            let run = Arc::clone(&run);
            async move { (place, joined(&run, call).await) }
        }));
        let lists = kind.lists.iter().map(|list| items(&run, kind, list, holder.clone()));
        let (joins, lists) = tokio::join!(joins, futures_util::future::join_all(lists));
        let joins: Arc<BTreeMap<usize, Told>> = Arc::new(joins.into_iter().collect());
        let items: Vec<Item> = lists.into_iter().flatten().collect();
        let told = batches(&run, kind, &items).await;
        let session = Arc::clone(run.site.session());
        let work = |(item, told): (Item, BTreeMap<usize, Option<Vec<Value>>>)| {
            resource(Arc::clone(&run), at, item, told, Arc::clone(&joins))
        };
        session.each(items.into_iter().zip(told), work).await;
    })
}

async fn singleton(run: Arc<Run>, at: usize) {
    let kind = &run.page.kinds[at];
    let reader = match kind.scope {
        Scope::Account => run.site.account(),
        Scope::Region => run.site.named(kind.name, run.site.region_name(), kind.gone),
    };
    let item = Item { reader, arn: None, value: Value::Null, facts: Map::new(), holder: None };
    resource(run, at, item, BTreeMap::new(), Arc::default()).await;
}

/// The resources of one list.
async fn items(run: &Run, kind: &'static KindSpec, list: &'static ListSpec, holder: Option<Arc<Holder>>) -> Vec<Item> {
    let nothing = (Value::Null, Map::new());
    let references = run.references_of("", &nothing.0, &nothing.1, holder.as_deref());
    let Some(input) = resolved(&list.asking, &references) else {
        let reason = "what holds the resources lacks what they are listed by".to_owned();
        let about = holder.as_ref().map(|holder| holder.id.as_str());
        run.site.gap(list.asking.operation, about, Failure::malformed(reason).into());
        return Vec::new();
    };
    let about = holder.as_ref().and_then(|holder| {
        let parent = &run.page.kinds[kind.parent?];
        Some(run.site.named(parent.name, &holder.id, parent.gone))
    });
    let listing = run.listed(&list.asking, about.as_ref(), &list.none_on, input).await;
    let mut found = Vec::new();
    for value in listing.items.into_iter().flat_map(|page| list.items.elements(&Value::Object(page))) {
        let facts = Map::new();
        let references = run.references_of("", &value, &facts, holder.as_deref());
        if !list.when.iter().all(|condition| condition.holds_for(condition.of.resolve(&references).as_ref())) {
            continue;
        }
        let id = list.id.text(&references);
        let named = (list.id_text.as_str(), id.as_deref());
        let Some(reader) = run.site.listed(kind.name, list.asking.operation, named, kind.gone) else { continue };
        let references = run.references_of(reader.id(), &value, &facts, holder.as_deref());
        let arn = list.arn.as_ref().and_then(|arn| arn.text(&references));
        let mut item = Item { reader, arn, value, facts, holder: holder.clone() };
        let told = read_facts(&item.reader, list.asking.operation, &kind.facts, &item.value);
        item.facts.extend(told);
        found.push(item);
    }
    found
}

/// What a call tells of all resources of the place, by their keys.
async fn joined(run: &Run, call: &'static CallSpec) -> Told {
    let Mode::Join { items, by, .. } = &call.mode else { return None };
    let nothing = (Value::Null, Map::new());
    let input = resolved(&call.asking, &run.references_of("", &nothing.0, &nothing.1, None))?;
    let listing = run.listed(&call.asking, None, &call.none_on, input).await;
    listing.complete.then(|| {
        let found = listing.items.into_iter().flat_map(|page| items.elements(&Value::Object(page)));
        by_key(found, by)
    })
}

fn by_key(items: impl Iterator<Item = Value>, by: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for item in items {
        // An item without a key belongs to no resource of the list.
        if let Ok(Some(Value::String(key))) = by.find(&item) {
            found.entry(key).or_default().push(item);
        }
    }
    found
}

/// What calls about many resources tell of each of them, by the call's place: nothing of it where the call failed.
async fn batches(run: &Arc<Run>, kind: &'static KindSpec, items: &[Item]) -> Vec<BTreeMap<usize, Option<Vec<Value>>>> {
    let mut told: Vec<BTreeMap<usize, Option<Vec<Value>>>> = items.iter().map(|_| BTreeMap::new()).collect();
    for (place, call) in kind.calls.iter().enumerate() {
        let Mode::Batch { input, of, size, items: path, by } = &call.mode else { continue };
        if !wants_facts(run.site.plan(), kind, call) {
            continue;
        }
        let keyed = items.iter().enumerate().filter(|(_, item)| is_to_be_asked(run, call, item));
        let keyed: Vec<(usize, String)> =
            keyed.filter_map(|(at, item)| Some((at, of.text(&run.references(item))?))).collect();
        let parts = keyed.chunks(*size).map(|part| async move {
            let first = part.first().map(|(at, _)| &items[*at]);
            let mut request = first.and_then(|item| resolved(&call.asking, &run.references(item)))?;
            request.insert(input.clone(), part.iter().map(|(_, key)| key.as_str()).map(Value::from).collect());
            let listing = run.listed(&call.asking, None, &call.none_on, request).await;
            let found = listing.items.into_iter().flat_map(|page| path.elements(&Value::Object(page)));
            listing.complete.then(|| by_key(found, by))
        });
        let answers = futures_util::future::join_all(parts).await;
        for (part, answer) in keyed.chunks(*size).zip(answers) {
            for (at, key) in part {
                let own = answer.as_ref().map(|answer| answer.get(key).cloned().unwrap_or_default());
                told[*at].insert(place, own);
            }
        }
    }
    told
}

/// Asks all that one resource is asked about, adds it, and goes on to the kinds that it holds.
fn resource(
    run: Arc<Run>,
    at: usize,
    mut item: Item,
    told: BTreeMap<usize, Option<Vec<Value>>>,
    joins: Arc<BTreeMap<usize, Told>>,
) -> Reading {
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
                    Mode::Each => asked(run, call, own).await,
                    Mode::Batch { of, .. } => {
                        let key = of.text(&run.references(own));
                        of_batch(run, call, own, key.is_some(), told.get(place))
                    }
                    Mode::Join { of, many, .. } => {
                        let key = of.text(&run.references(own));
                        of_join(run, call, own, key, joins.get(place).and_then(Option::as_ref), *many)
                    }
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
        let children = run.page.kinds.iter().enumerate().filter(|(_, child)| child.parent == Some(at));
        let children: Vec<usize> =
            children.map(|(child, _)| child).filter(|child| is_wanted(run.page, *child, run.site.plan())).collect();
        if !children.is_empty() {
            let holder = Arc::new(Holder { id: item.reader.id().to_owned(), item: item.value });
            for child in children {
                self::kind(Arc::clone(&run), child, Some(Arc::clone(&holder))).await;
            }
        }
    })
}

/// Whether a call's facts are wanted, or another call that is wanted refers to them.
fn is_needed(plan: &Plan, kind: &KindSpec, place: usize) -> bool {
    let refers = |(other, call): (usize, &CallSpec)| call.waits_for.contains(&place) && is_needed(plan, kind, other);
    wants_facts(plan, kind, &kind.calls[place]) || kind.calls.iter().enumerate().any(refers)
}

/// Whether the call's conditions hold.
fn is_to_be_asked(run: &Run, call: &CallSpec, item: &Item) -> bool {
    let references = run.references(item);
    call.when.iter().all(|condition| condition.holds_for(condition.of.resolve(&references).as_ref()))
}

/// The facts of a call that is not made because its conditions do not hold.
fn not_asked(call: &CallSpec) -> Map<String, Value> {
    match call.otherwise {
        OtherwiseText::Nothing => nothing(&call.facts),
        OtherwiseText::Unknown => Map::new(),
    }
}

/// Whether an earlier call that this one refers to told all its facts.
fn is_ready(kind_calls: &[CallSpec], call: &CallSpec, item: &Item) -> bool {
    call.waits_for.iter().all(|before| kind_calls[*before].facts.iter().all(|fact| item.facts.contains_key(fact.name)))
}

async fn asked(run: &Run, call: &'static CallSpec, item: &Item) -> Map<String, Value> {
    let kind = run.page.kinds.iter().find(|kind| kind.calls.iter().any(|own| std::ptr::eq(own, call)));
    if !kind.is_some_and(|kind| is_ready(&kind.calls, call, item)) {
        return Map::new();
    }
    if !is_to_be_asked(run, call, item) {
        return not_asked(call);
    }
    let Some(input) = resolved(&call.asking, &run.references(item)) else { return nothing(&call.facts) };
    let operation = call.asking.operation;
    let answer = if call.asking.has_pages {
        let listing = run.listed(&call.asking, Some(&item.reader), &call.none_on, input).await;
        match (listing.complete, listing.items.is_empty()) {
            (false, _) => return Map::new(),
            (true, true) => return nothing(&call.facts),
            (true, false) => merged(listing.items),
        }
    } else {
        let client = run.client(&call.asking);
        match item.reader.ask(operation, &call.none_on, || client.call(operation.name, input)).await {
            Answer::Got(answer) => Value::Object(answer),
            Answer::NotConfigured => return nothing(&call.facts),
            Answer::Unread => return Map::new(),
        }
    };
    from_root(item, call, &answer)
}

fn of_batch(
    run: &Run,
    call: &'static CallSpec,
    item: &Item,
    has_key: bool,
    told: Option<&Option<Vec<Value>>>,
) -> Map<String, Value> {
    match told {
        None if !is_to_be_asked(run, call, item) => not_asked(call),
        // Without a key there is nothing to ask for.
        None if !has_key => nothing(&call.facts),
        None | Some(None) => Map::new(),
        Some(Some(found)) => match found.as_slice() {
            [one] => from_root(item, call, one),
            other => {
                let reason = match other.len() {
                    0 => "AWS left the resource out of its answer".to_owned(),
                    times => format!("the answer has the resource {times} times"),
                };
                item.reader.understand::<()>(call.asking.operation, Err(reason));
                Map::new()
            }
        },
    }
}

fn of_join(
    run: &Run,
    call: &'static CallSpec,
    item: &Item,
    key: Option<String>,
    told: Option<&BTreeMap<String, Vec<Value>>>,
    many: bool,
) -> Map<String, Value> {
    if !is_to_be_asked(run, call, item) {
        return not_asked(call);
    }
    let Some(told) = told else { return Map::new() };
    let found = key.and_then(|key| told.get(&key)).cloned().unwrap_or_default();
    if many {
        return from_root(item, call, &Value::Array(found));
    }
    match found.as_slice() {
        [] => nothing(&call.facts),
        [one] => from_root(item, call, one),
        more => {
            let reason = format!("the answer has the resource {} times", more.len());
            item.reader.understand::<()>(call.asking.operation, Err(reason));
            Map::new()
        }
    }
}

/// The facts of a call, from the part of its answer that their paths begin at.
fn from_root(item: &Item, call: &'static CallSpec, answer: &Value) -> Map<String, Value> {
    match call.root.find(answer) {
        Ok(Some(root)) => read_facts(&item.reader, call.asking.operation, &call.facts, &root),
        Ok(None) => read_facts(&item.reader, call.asking.operation, &call.facts, &Value::Null),
        Err(reason) => {
            item.reader.understand::<()>(call.asking.operation, Err(reason));
            Map::new()
        }
    }
}

fn read_facts(
    reader: &ResourceReader,
    operation: &'static crate::aws::Operation,
    facts: &[FactSpec],
    answer: &Value,
) -> Map<String, Value> {
    let mut told = Map::new();
    for fact in facts {
        if let Fact::Known(Some(value)) = reader.understand(operation, fact.read(answer)) {
            told.insert(fact.name.to_owned(), value);
        }
    }
    told
}

fn nothing(facts: &[FactSpec]) -> Map<String, Value> {
    facts.iter().filter_map(|fact| Some((fact.name.to_owned(), fact.of_nothing()?))).collect()
}

/// The request's members; `None` where one refers to what is not there.
fn resolved(asking: &Asking, references: &References<'_>) -> Option<Object> {
    asking.input.iter().map(|(name, template)| Some((name.clone(), template.resolve(references)?))).collect()
}

/// The pages of an answer as one answer: lists follow each other.
fn merged(pages: Vec<Object>) -> Value {
    pages.into_iter().map(Value::Object).reduce(merge).unwrap_or(Value::Null)
}

fn merge(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Array(mut list), Value::Array(more)) => {
            list.extend(more);
            Value::Array(list)
        }
        (Value::Object(mut members), Value::Object(more)) => {
            for (name, value) in more {
                let value = match members.remove(&name) {
                    Some(known) => merge(known, value),
                    None => value,
                };
                members.insert(name, value);
            }
            Value::Object(members)
        }
        (_, later) => later,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_pages_of_an_answer_become_one() {
        let page = |value: Value| value.as_object().cloned().unwrap_or_default();
        let pages = vec![
            page(json!({"List": {"Items": [1], "Next": "a"}, "Name": "n"})),
            page(json!({"List": {"Items": [2, 3]}, "Name": "n"})),
        ];
        assert_eq!(merged(pages), json!({"List": {"Items": [1, 2, 3], "Next": "a"}, "Name": "n"}));
    }
}
