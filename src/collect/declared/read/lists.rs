//! The resources of a kind, and the values by which they name others.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::run::{Holder, Item, Run};
use super::{answer, is_wanted};
use crate::aws::{Failure, ResourceReader};
use crate::collect::declared::page::{EachValue, KindSpec, ListCall, ListSpec};

/// The resources of all lists of a kind.
pub(super) async fn items(run: &Run, kind: &'static KindSpec, holders: &[Option<Arc<Holder>>]) -> Vec<Item> {
    let lists = holders.iter().flat_map(|holder| kind.lists.iter().map(move |list| (holder, list)));
    let found = lists.map(|(holder, list)| async move {
        let values = values(run, kind, list, holder.as_deref()).await;
        values.into_iter().filter_map(|value| item(run, kind, list, holder.clone(), value)).collect::<Vec<_>>()
    });
    futures_util::future::join_all(found).await.into_iter().flatten().collect()
}

/// The items of one list as AWS gives them.
async fn values(run: &Run, kind: &'static KindSpec, list: &'static ListSpec, holder: Option<&Holder>) -> Vec<Value> {
    let Some(ListCall { asking, items, none_on }) = &list.call else {
        return holder.map(|holder| holder.item.clone()).into_iter().collect();
    };
    let nothing = (Value::Null, Map::new());
    let references = run.references_of("", &nothing.0, &nothing.1, holder);
    let Some(input) = run.resolved(asking, &references) else {
        let failure = Failure::malformed("what holds the resources lacks what they are listed by");
        run.site.gap(run.page.operation(asking), holder.map(|holder| holder.id.as_str()), failure.into());
        return Vec::new();
    };
    let about = about(run, kind, holder);
    let listing = run.listed(asking, about.as_ref(), none_on, input).await;
    listing.items.into_iter().flat_map(|page| items.elements(&Value::Object(page))).collect()
}

/// The resource that holds those of the kind, if one does.
fn about(run: &Run, kind: &'static KindSpec, holder: Option<&Holder>) -> Option<ResourceReader> {
    let parent = kind.parent.as_ref().filter(|parent| parent.each.is_none())?;
    let parent = &run.page.kinds[parent.at];
    Some(run.site.named(parent.name, &holder?.id, parent.gone))
}

/// A resource with what its list tells; `None` where it is left out, or cannot be told from others.
fn item(
    run: &Run,
    kind: &'static KindSpec,
    list: &'static ListSpec,
    holder: Option<Arc<Holder>>,
    value: Value,
) -> Option<Item> {
    let facts = Map::new();
    let references = run.references_of("", &value, &facts, holder.as_deref());
    if !list.when.iter().all(|condition| condition.holds(&references)) {
        return None;
    }
    let id = list.id.text(&references);
    let listed_by = list.asking().map(|asking| run.page.operation(asking));
    let reader = match listed_by {
        Some(operation) => run.site.listed(kind.name, operation, (&list.id_text, id.as_deref()), kind.gone)?,
        // Different values name different resources.
        None => run.site.named(kind.name, id.as_deref()?, kind.gone),
    };
    let home = list.home.as_ref().and_then(|home| home.region(&value, run.site.session().regions()));
    if home.is_some_and(|home| home != run.site.region_name()) {
        return None;
    }
    let references = run.references_of(reader.id(), &value, &facts, holder.as_deref());
    let arn = list.arn.as_ref().and_then(|arn| arn.text(&references));
    let mut item = Item { reader, arn, value, facts, holder, listed_by };
    if let Some(operation) = listed_by.or_else(|| named_by(run, kind)) {
        item.facts = answer::facts(run, &item, operation, &kind.facts, &item.value);
    }
    Some(item)
}

/// The operation whose items name the values that are the resources of the kind.
fn named_by(run: &Run, kind: &'static KindSpec) -> Option<&'static crate::aws::Operation> {
    let parent = &run.page.kinds[kind.parent.as_ref()?.at];
    parent.lists.iter().find_map(ListSpec::asking).map(|asking| run.page.operation(asking))
}

/// The values by which these items name resources of other kinds, each once, by the place of the other kind.
pub(super) fn named(run: &Run, at: usize, items: &[Item]) -> Vec<(usize, Vec<Option<Arc<Holder>>>)> {
    let children = run.page.below(at).filter(|(child, _)| is_wanted(run.page, *child, run.site.plan()));
    let children = children.filter_map(|(child, parent)| Some((child, parent.each.as_ref()?)));
    let named = children.map(|(child, each)| {
        let mut values = BTreeSet::new();
        for item in items {
            match names(run, each, item) {
                Ok(names) => values.extend(names),
                Err(reason) => {
                    let population = vec![run.page.kinds[child].name.to_owned()];
                    if let Some(operation) = item.listed_by {
                        run.site.gap_of(operation, Failure::malformed(reason).into(), population);
                    }
                }
            }
        }
        let holder = |id: String| Some(Arc::new(Holder { item: Value::from(id.as_str()), id }));
        (child, values.into_iter().map(holder).collect::<Vec<_>>())
    });
    named.filter(|(_, values)| !values.is_empty()).collect()
}

fn names(run: &Run, each: &EachValue, item: &Item) -> Result<Vec<String>, String> {
    let references = run.references(item);
    if !each.when.iter().all(|condition| condition.holds(&references)) {
        return Ok(Vec::new());
    }
    let named = match each.path.find(&item.value)? {
        None => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(one) => vec![one],
    };
    let texts = named.into_iter().map(|value| match value {
        Value::String(text) if !text.is_empty() => Ok(text),
        _ => Err(format!("an element of the list has no {}", each.path)),
    });
    texts.collect()
}
