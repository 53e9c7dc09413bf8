//! Calls about many resources at once: batches, and joins over all resources of a place.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::run::{Item, Run};
use super::{FactMap, answer, is_needed, is_to_be_asked, not_asked, unless_owed};
use crate::collect::declared::page::{BatchSpec, CallSpec, KindSpec, Mode};
use crate::collect::declared::path::Path;

/// What each join told of resources, by the call's place and the resources' keys; `None` where it failed.
pub(super) type Joined = BTreeMap<usize, Option<ByKey>>;

/// What batches told of one resource, by the call's place; `None` where one failed.
pub(super) type ToldOfMany = BTreeMap<usize, Option<Vec<Value>>>;

type ByKey = BTreeMap<String, Vec<Value>>;

/// What calls tell of all resources of the place.
pub(super) async fn joins(run: &Run, kind: &'static KindSpec) -> Joined {
    let needed = kind
        .calls
        .iter()
        .enumerate()
        .filter(|(place, call)| matches!(call.mode, Mode::Join { .. }) && is_needed(run.site.plan(), kind, *place));
    let told = needed.map(|(place, call)| async move { (place, joined(run, call).await) });
    futures_util::future::join_all(told).await.into_iter().collect()
}

async fn joined(run: &Run, call: &'static CallSpec) -> Option<ByKey> {
    let Mode::Join { items, by, .. } = &call.mode else { return None };
    let nothing = (Value::Null, Map::new());
    let input = run.resolved(&call.asking, &run.references_of("", &nothing.0, &nothing.1, None))?;
    let listing = run.listed(&call.asking, None, &call.none_on, input).await;
    listing
        .complete
        .then(|| by_key(listing.items.into_iter().flat_map(|page| items.elements(&Value::Object(page))), by))
}

fn by_key(items: impl Iterator<Item = Value>, by: &Path) -> ByKey {
    let mut found = ByKey::new();
    for item in items {
        // An item without a key belongs to no resource of the list.
        if let Ok(Some(Value::String(key))) = by.find(&item) {
            found.entry(key).or_default().push(item);
        }
    }
    found
}

/// What calls about several resources tell of each of them.
pub(super) async fn batches(run: &Run, kind: &'static KindSpec, items: &[Item]) -> Vec<ToldOfMany> {
    let mut told: Vec<ToldOfMany> = items.iter().map(|_| BTreeMap::new()).collect();
    for (place, call) in kind.calls.iter().enumerate() {
        let Mode::Batch(batch) = &call.mode else { continue };
        if !is_needed(run.site.plan(), kind, place) {
            continue;
        }
        let asked = items.iter().enumerate().filter(|(_, item)| is_to_be_asked(run, call, item));
        let keyed: Vec<(usize, String)> =
            asked.filter_map(|(at, item)| Some((at, batch.of.text(&run.references(item))?))).collect();
        let answers = keyed.chunks(batch.size).map(|part| asked_together(run, call, batch, part, items));
        let answers = futures_util::future::join_all(answers).await;
        for (part, answer) in keyed.chunks(batch.size).zip(answers) {
            for (at, key) in part {
                let own = answer.as_ref().map(|answer| answer.get(key).cloned().unwrap_or_default());
                told[*at].insert(place, own);
            }
        }
    }
    told
}

async fn asked_together(
    run: &Run,
    call: &'static CallSpec,
    batch: &'static BatchSpec,
    part: &[(usize, String)],
    items: &[Item],
) -> Option<ByKey> {
    let first = &items[part.first()?.0];
    let mut request = run.resolved(&call.asking, &run.references(first))?;
    let mut keys = part.iter().map(|(_, key)| Value::from(key.as_str()));
    let input = if batch.is_single { keys.next()? } else { keys.collect() };
    request.insert(batch.input.clone(), input);
    let about = (part.len() == 1).then_some(&first.reader);
    let listing = run.listed(&call.asking, about, &call.none_on, request).await;
    let found = listing.items.into_iter().flat_map(|page| batch.items.elements(&Value::Object(page)));
    listing.complete.then(|| by_key(found, &batch.by))
}

/// What a batch told of one resource.
pub(super) fn of_batch(
    run: &Run,
    kind: &KindSpec,
    call: &'static CallSpec,
    batch: &BatchSpec,
    item: &Item,
    told: Option<&Option<Vec<Value>>>,
) -> FactMap {
    match told {
        None if !is_to_be_asked(run, call, item) => not_asked(run, call, item),
        // Without a key there is nothing to ask for.
        None if batch.of.text(&run.references(item)).is_none() => {
            unless_owed(kind, [&batch.of].into_iter(), || answer::nothing(&call.facts))
        }
        None | Some(None) => Map::new(),
        Some(Some(found)) if found.is_empty() => {
            let reason = "AWS left the resource out of its answer".to_owned();
            item.reader.understand::<()>(run.page.operation(&call.asking), Err(reason));
            Map::new()
        }
        Some(Some(found)) => the_one(run, call, item, found),
    }
}

/// What a join told of one resource; `told` is `None` where the call failed.
pub(super) fn of_join(
    run: &Run,
    kind: &KindSpec,
    call: &'static CallSpec,
    item: &Item,
    told: Option<&ByKey>,
) -> FactMap {
    let Mode::Join { of, many, .. } = &call.mode else { return Map::new() };
    if !is_to_be_asked(run, call, item) {
        return not_asked(run, call, item);
    }
    let Some(told) = told else { return Map::new() };
    let Some(key) = of.text(&run.references(item)) else {
        return unless_owed(kind, [of].into_iter(), || answer::nothing(&call.facts));
    };
    let mut found = told.get(&key).cloned().unwrap_or_default();
    if *many {
        // AWS gives them as it likes.
        found.sort_by_cached_key(Value::to_string);
        return answer::from_root(run, item, call, &Value::Array(found));
    }
    if found.is_empty() { answer::nothing(&call.facts) } else { the_one(run, call, item, &found) }
}

/// The facts of a resource that an answer must have once.
fn the_one(run: &Run, call: &'static CallSpec, item: &Item, found: &[Value]) -> FactMap {
    if let [one] = found {
        return answer::from_root(run, item, call, one);
    }
    let reason = format!("the answer has the resource {} times", found.len());
    item.reader.understand::<()>(run.page.operation(&call.asking), Err(reason));
    Map::new()
}
