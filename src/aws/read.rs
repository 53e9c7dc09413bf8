//! What was read so far, and what could not be read.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{Gap, Region, Resource};

/// Kind, region and id: what a resource is known by.
type ResourceKey = (String, Region, String);

/// The resources and gaps of a session.
#[derive(Debug, Default)]
pub(super) struct Read {
    resources: BTreeMap<ResourceKey, Resource>,
    /// The resources that lists have named.
    listed: BTreeSet<ResourceKey>,
    /// Facts that were given twice with different values, so that neither can be believed.
    disputed: BTreeSet<(ResourceKey, String)>,
    gaps: Vec<Gap>,
}

impl Read {
    /// Notes that a list names this resource. False if one did before: then there are two of one name.
    pub(super) fn list(&mut self, kind: &str, region: &Region, id: &str) -> bool {
        self.listed.insert((kind.to_owned(), region.clone(), id.to_owned()))
    }

    /// Adds a resource, or more facts to one that was added before. Returns the names of facts that were given before
    /// with another value; they are taken out.
    pub(super) fn add(&mut self, resource: Resource) -> Vec<String> {
        let key = (resource.kind.clone(), resource.region.clone(), resource.id.clone());
        let known = match self.resources.entry(key.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(resource);
                return Vec::new();
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        known.arn = known.arn.take().or(resource.arn);
        let (Value::Object(facts), Value::Object(more)) = (&mut known.facts, resource.facts) else { return Vec::new() };
        let mut differing = Vec::new();
        for (name, value) in more {
            match facts.get(&name) {
                Some(known) if *known != value => {
                    facts.remove(&name);
                    self.disputed.insert((key.clone(), name.clone()));
                    differing.push(name);
                }
                Some(_) => {}
                None if self.disputed.contains(&(key.clone(), name.clone())) => {}
                None => {
                    facts.insert(name, value);
                }
            }
        }
        differing
    }

    /// Records a gap.
    pub(super) fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Records a gap, unless the same one is there: a list may lack the ids of many items.
    pub(super) fn gap_once(&mut self, gap: Gap) {
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// All resources and gaps.
    pub(super) fn into_parts(self) -> (Vec<Resource>, Vec<Gap>) {
        (self.resources.into_values().collect(), self.gaps)
    }
}
