//! Finds the failed call behind a fact that is not there.

use std::collections::{HashMap, HashSet};

use crate::engine::neighbours::Neighbours;
use crate::model::{Gap, GapClass, Region, Resource, Snapshot};
use crate::rule::{FactRead, IN_PHI_SCOPE};

/// The snapshot's gaps by what they left unread.
#[derive(Debug)]
pub struct GapIndex<'a> {
    snapshot: &'a Snapshot,
    by_fact: HashMap<&'a str, Vec<&'a Gap>>,
    by_population: HashMap<&'a str, Vec<&'a Gap>>,
    collected: HashSet<&'a str>,
    regions: HashMap<(&'a str, &'a str), &'a Region>,
}

impl<'a> GapIndex<'a> {
    /// Indexes the snapshot's gaps, and those about what other accounts tell.
    pub fn new(snapshot: &'a Snapshot, neighbours: &'a Neighbours) -> Self {
        let mut by_fact: HashMap<&str, Vec<&Gap>> = HashMap::new();
        let mut by_population: HashMap<&str, Vec<&Gap>> = HashMap::new();
        for gap in snapshot.gaps.iter().chain(&neighbours.gaps) {
            gap.facts.iter().for_each(|fact| by_fact.entry(fact).or_default().push(gap));
            gap.population.iter().for_each(|kind| by_population.entry(kind).or_default().push(gap));
        }
        let collected = snapshot.header.kinds.iter().map(String::as_str).collect();
        let place = |resource: &'a Resource| ((&*resource.kind, &*resource.id), &resource.region);
        // Only facts that failed calls would have given are ever looked up by region.
        let regions = match by_fact.is_empty() {
            true => HashMap::new(),
            false => neighbours.resources.iter().chain(&snapshot.resources).map(place).collect(),
        };
        Self { snapshot, by_fact, by_population, collected, regions }
    }

    /// Tells whether the list of the kind was asked for and read to its end, everywhere.
    pub fn is_complete(&self, kind: &str) -> bool {
        self.collected.contains(kind) && !self.by_population.contains_key(kind)
    }

    /// The gaps that left the list of the kind unread; a kind that was never asked for has one of its own.
    pub fn of_population(&self, kind: &str) -> Vec<Gap> {
        if !self.collected.contains(kind) {
            let words = "the snapshot was taken without asking for this list";
            return vec![Gap { population: vec![kind.to_owned()], ..self.not_collected(&Region::GLOBAL, None, words) }];
        }
        self.by_population.get(kind).into_iter().flatten().map(|gap| (*gap).clone()).collect()
    }

    /// The gaps behind all facts that were looked for and absent.
    pub fn behind(&self, resource: &Resource, reads: &[FactRead]) -> Vec<Gap> {
        let absent = reads.iter().filter(|read| read.value.is_none());
        let gaps = absent.flat_map(|read| {
            let fact = match top_level(&read.path) {
                IN_PHI_SCOPE => "Tags",
                fact => fact,
            };
            match &read.resource {
                // The tags of one resource do not tell whether a whole account holds PHI: the judge knows what does.
                None if read.path == IN_PHI_SCOPE => Vec::new(),
                None => self.behind_fact(resource, fact),
                Some((kind, id)) => {
                    let region = self.regions.get(&(kind.as_str(), id.as_str())).copied().unwrap_or(&Region::GLOBAL);
                    self.find(kind, id, region, fact)
                }
            }
        });
        gaps.collect()
    }

    /// The gaps behind one absent fact of a resource.
    pub fn behind_fact(&self, resource: &Resource, fact: &str) -> Vec<Gap> {
        self.find(&resource.kind, &resource.id, &resource.region, fact)
    }

    fn find(&self, kind: &str, id: &str, region: &Region, fact: &str) -> Vec<Gap> {
        let name = format!("{kind}.{fact}");
        let names = [name.clone(), format!("{kind}.*")];
        let candidates = names.iter().filter_map(|name| self.by_fact.get(name.as_str())).flatten();
        let about_it = candidates.filter(|gap| match &gap.resource {
            Some(about) => about == id && (gap.region == *region || gap.region.is_global() || region.is_global()),
            None => gap.region == *region || gap.region.is_global(),
        });
        let mut gaps: Vec<Gap> = about_it.map(|gap| (*gap).clone()).collect();
        if gaps.is_empty() {
            let words = "AWS left it out of its answer, or the snapshot was taken for other rules";
            gaps.push(Gap { facts: vec![name], ..self.not_collected(region, Some(id), words) });
        }
        gaps
    }

    fn not_collected(&self, region: &Region, resource: Option<&str>, message: &str) -> Gap {
        Gap {
            account: self.snapshot.header.account,
            region: region.clone(),
            service: String::new(),
            operation: String::new(),
            resource: resource.map(str::to_owned),
            class: GapClass::NotCollected,
            code: "NotCollected".to_owned(),
            message: message.to_owned(),
            request_id: None,
            facts: Vec::new(),
            population: Vec::new(),
            iam_actions: Vec::new(),
        }
    }
}

/// A gap in a few words: `s3:GetBucketPolicy access denied (AccessDenied)`.
pub fn in_words(gap: &Gap) -> String {
    match gap.class {
        GapClass::NotCollected | GapClass::NotAttested => gap.message.clone(),
        class => format!("{}:{} {} ({})", gap.service, gap.operation, class.in_words(), gap.code),
    }
}

/// Tells whether the gap explains why the fact that was looked for is absent.
pub fn is_about(gap: &Gap, read: &FactRead) -> bool {
    let fact = top_level(&read.path);
    let names_fact = gap.facts.iter().any(|name| name.rsplit_once('.').is_some_and(|(_, known)| known == fact));
    match &read.resource {
        // The gaps of a finding are those of its own resource and of the others that it read.
        None => names_fact,
        Some((kind, id)) => {
            names_fact && gap.resource.as_deref() == Some(id) && gap.facts[0].starts_with(kind.as_str())
        }
    }
}

fn top_level(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}
