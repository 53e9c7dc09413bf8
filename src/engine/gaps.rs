//! Finds the failed call behind a fact that is not there.
//!
//! A permission that is missing fails one call for each resource. So gaps are found by fact and resource, and a finding
//! names only the first of many calls that failed alike.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::estate::Estate;
use super::neighbours::Neighbours;
use crate::model::{AccountId, Gap, GapClass, Region, Resource};
use crate::rule::{FactRead, IN_PHI_SCOPE};

/// The most calls of one operation that failed alike and that one finding names. The report has all of them.
const MOST_ALIKE: usize = 8;

/// The name by which a gap says that all facts of a kind are missing.
const ALL_FACTS: &str = "*";

/// The estate's gaps by what they left unread.
#[derive(Debug)]
pub struct GapIndex<'a> {
    account: AccountId,
    by_kind: HashMap<&'a str, HashMap<&'a str, GapsOfFact<'a>>>,
    by_population: HashMap<&'a str, GapsOfList<'a>>,
    collected: HashSet<&'a str>,
    regions: HashMap<&'a str, RegionsOfKind<'a>>,
}

/// The gaps that left one fact of a kind unread.
#[derive(Debug, Default)]
struct GapsOfFact<'a> {
    /// Those about one resource each, by its id.
    of_one: HashMap<&'a str, Vec<&'a Gap>>,
    /// Those about all resources of a region.
    of_all: Vec<&'a Gap>,
}

/// The gaps that left one list unread.
#[derive(Debug, Default)]
struct GapsOfList<'a> {
    named: Vec<&'a Gap>,
    /// The number of gaps for each operation, region and error.
    alike: HashMap<(&'a str, &'a str, &'a str, GapClass, &'a str), usize>,
}

/// The regions of a kind's resources by id. They are sorted out when an absent fact of another resource first asks.
#[derive(Debug, Default)]
struct RegionsOfKind<'a> {
    resources: Vec<&'a Resource>,
    by_id: OnceLock<HashMap<&'a str, &'a Region>>,
}

impl<'a> GapIndex<'a> {
    /// Indexes the estate's gaps, and those about what other accounts tell.
    pub fn new(estate: &Estate<'a>, neighbours: &'a Neighbours) -> Self {
        let mut by_kind: HashMap<&str, HashMap<&str, GapsOfFact<'_>>> = HashMap::new();
        let mut by_population: HashMap<&str, GapsOfList<'_>> = HashMap::new();
        for gap in estate.gaps.iter().copied().chain(&neighbours.gaps) {
            for (kind, fact) in gap.facts.iter().filter_map(|name| name.rsplit_once('.')) {
                by_kind.entry(kind).or_default().entry(fact).or_default().add(gap);
            }
            gap.population.iter().for_each(|kind| by_population.entry(kind).or_default().add(gap));
        }
        let collected = estate.kinds.iter().copied().collect();
        let mut regions: HashMap<&str, RegionsOfKind<'_>> = HashMap::new();
        // Only facts that failed calls would have given are ever looked up by region.
        if !by_kind.is_empty() {
            for resource in neighbours.resources.iter().chain(estate.resources.iter().copied()) {
                regions.entry(&resource.kind).or_default().resources.push(resource);
            }
        }
        Self { account: estate.header.account, by_kind, by_population, collected, regions }
    }

    /// Tells whether the list of the kind was asked for and read to its end, everywhere.
    pub fn is_complete(&self, kind: &str) -> bool {
        self.collected.contains(kind) && !self.by_population.contains_key(kind)
    }

    /// The gaps that left the list of the kind unread; a kind that was never asked for has one of its own. Of many calls
    /// that failed alike the first are named.
    pub fn of_population(&self, kind: &str) -> Vec<Gap> {
        if !self.collected.contains(kind) {
            let words = "the snapshot was taken without asking for this list";
            return vec![Gap { population: vec![kind.to_owned()], ..self.not_collected(&Region::GLOBAL, None, words) }];
        }
        let named = self.by_population.get(kind).map_or(&[][..], |gaps| &gaps.named);
        named.iter().map(|gap| (*gap).clone()).collect()
    }

    /// The number of calls that left the list of the kind unread and are not named, in one region or in all.
    pub fn unnamed(&self, kind: &str, region: Option<&str>) -> usize {
        let alike = self.by_population.get(kind).into_iter().flat_map(|gaps| &gaps.alike);
        let there = alike.filter(|((_, _, of, ..), _)| region.is_none_or(|region| region == *of));
        there.map(|(_, count)| count.saturating_sub(MOST_ALIKE)).sum()
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
                Some((kind, id)) => self.find(kind, id, self.region_of(kind, id), fact),
            }
        });
        gaps.collect()
    }

    /// The gaps behind one absent fact of a resource.
    pub fn behind_fact(&self, resource: &Resource, fact: &str) -> Vec<Gap> {
        self.find(&resource.kind, &resource.id, &resource.region, fact)
    }

    fn region_of(&self, kind: &str, id: &str) -> &'a Region {
        self.regions.get(kind).and_then(|regions| regions.of(id)).unwrap_or(&Region::GLOBAL)
    }

    fn find(&self, kind: &str, id: &str, region: &Region, fact: &str) -> Vec<Gap> {
        let of_kind = self.by_kind.get(kind);
        let found = [fact, ALL_FACTS].into_iter().filter_map(|name| of_kind?.get(name));
        let mut gaps: Vec<Gap> = found.flat_map(|gaps| gaps.about(id, region)).cloned().collect();
        if gaps.is_empty() {
            let words = "AWS left it out of its answer, or the snapshot was taken for other rules";
            gaps.push(Gap { facts: vec![format!("{kind}.{fact}")], ..self.not_collected(region, Some(id), words) });
        }
        gaps
    }

    fn not_collected(&self, region: &Region, resource: Option<&str>, message: &str) -> Gap {
        Gap {
            account: self.account,
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

impl<'a> GapsOfFact<'a> {
    fn add(&mut self, gap: &'a Gap) {
        match &gap.resource {
            Some(id) => self.of_one.entry(id).or_default().push(gap),
            None => self.of_all.push(gap),
        }
    }

    /// The gaps about the resource of that id and region. A call without a region of its own is about all regions.
    fn about<'s>(&'s self, id: &str, region: &'s Region) -> impl Iterator<Item = &'a Gap> + use<'s, 'a> {
        let is_near = move |gap: &&Gap| gap.region == *region || gap.region.is_global();
        let of_one = self.of_one.get(id).into_iter().flatten().copied();
        let of_one = of_one.filter(move |gap| is_near(gap) || region.is_global());
        of_one.chain(self.of_all.iter().copied().filter(is_near))
    }
}

impl<'a> GapsOfList<'a> {
    fn add(&mut self, gap: &'a Gap) {
        // Questions to people have no operation, and each asks something else.
        if gap.operation.is_empty() {
            return self.named.push(gap);
        }
        let key = (&*gap.service, &*gap.operation, &*gap.region, gap.class, &*gap.code);
        let count = self.alike.entry(key).or_default();
        *count += 1;
        if *count <= MOST_ALIKE {
            self.named.push(gap);
        }
    }
}

impl<'a> RegionsOfKind<'a> {
    fn of(&self, id: &str) -> Option<&'a Region> {
        let sorted = || self.resources.iter().map(|resource| (&*resource.id, &resource.region)).collect();
        self.by_id.get_or_init(sorted).get(id).copied()
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
