//! The judge agrees with the [reference](super::reference) on random snapshots under all rules of this build.
//!
//! `PROPTEST_CASES=10000` tries as many.

use std::num::NonZero;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::reference;
use crate::engine::neighbours::Neighbours;
use crate::engine::scope::PhiScope;
use crate::engine::{Estate, Judge};
use crate::model::{Finding, Gap, GapClass, Kinds, Resource, Snapshot};
use crate::rule::RuleSet;
use crate::rule::testing::catalog;
use crate::scan::{self, snapshot_file};

const SAMPLE: &[u8] = include_bytes!("../../../fixtures/demo.ndjson");
const REGIONS: [&str; 3] = ["global", "us-east-1", "eu-central-1"];

/// The sample account, all kinds and all rules.
struct World {
    sample: Snapshot,
    kinds: Kinds,
    rules: RuleSet,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let kinds = scan::kinds();
    let rules = RuleSet::builtin(&kinds, &catalog()).unwrap();
    World { sample: snapshot_file::read(SAMPLE, "the sample account").unwrap(), kinds, rules }
});

/// A resource of the sample account, perhaps under another name or in another region, without some of its facts.
#[derive(Debug, Clone)]
struct Chosen {
    which: Index,
    copy: u8,
    region: Option<&'static str>,
    unread: Vec<Index>,
}

/// A failed call about one of the chosen resources or about all of its kind.
#[derive(Debug, Clone)]
struct Failed {
    about: Index,
    is_of_one: bool,
    region: Option<&'static str>,
    /// A fact of the resource; none for all facts of its kind.
    fact: Option<Index>,
    leaves_list_unread: bool,
    class: GapClass,
}

#[derive(Debug, Clone)]
struct Sampled {
    resources: Vec<Chosen>,
    lent: Vec<Chosen>,
    failed: Vec<Failed>,
    lent_failed: Vec<Failed>,
    unread_kinds: Vec<Index>,
    scope: PhiScope,
}

fn chosen() -> impl Strategy<Value = Chosen> {
    let region = proptest::option::weighted(0.2, select(&REGIONS[..]));
    (any::<Index>(), 0..3_u8, region, vec(any::<Index>(), 0..4)).prop_map(|(which, copy, region, unread)| Chosen {
        which,
        copy,
        region,
        unread,
    })
}

fn failed() -> impl Strategy<Value = Failed> {
    const CLASSES: [GapClass; 4] =
        [GapClass::Denied, GapClass::Throttled, GapClass::NotCollected, GapClass::NotAttested];
    let region = proptest::option::weighted(0.3, select(&REGIONS[..]));
    let fact = proptest::option::weighted(0.8, any::<Index>());
    let parts = (any::<Index>(), any::<bool>(), region, fact, proptest::bool::weighted(0.2), select(&CLASSES[..]));
    parts.prop_map(|(about, is_of_one, region, fact, leaves_list_unread, class)| Failed {
        about,
        is_of_one,
        region,
        fact,
        leaves_list_unread,
        class,
    })
}

fn scopes() -> impl Strategy<Value = PhiScope> {
    let tags = || [("DataClassification".to_owned(), vec!["phi".to_owned()])].into();
    prop_oneof![
        Just(PhiScope::default()),
        Just(PhiScope { tags: tags(), ..PhiScope::default() }),
        Just(PhiScope { tags: tags(), arns: vec!["arn:aws:s3:::meridian-*".to_owned()], ..PhiScope::default() }),
        Just(PhiScope { accounts: vec!["123456789012".parse().unwrap()], ..PhiScope::default() }),
    ]
}

fn sampled() -> impl Strategy<Value = Sampled> {
    let resources = (vec(chosen(), 0..14), vec(chosen(), 0..3));
    let gaps = (vec(failed(), 0..6), vec(failed(), 0..2));
    (resources, gaps, vec(any::<Index>(), 0..4), scopes()).prop_map(
        |((resources, lent), (failed, lent_failed), unread_kinds, scope)| Sampled {
            resources,
            lent,
            failed,
            lent_failed,
            unread_kinds,
            scope,
        },
    )
}

impl Chosen {
    fn resource(&self) -> Resource {
        let mut resource = self.which.get(&WORLD.sample.resources).clone();
        if self.copy > 0 {
            resource.id.push_str(&format!("-{}", self.copy));
        }
        if let Some(region) = self.region {
            resource.region = region.parse().unwrap();
        }
        for fact in &self.unread {
            let facts = resource.facts.as_object_mut().unwrap();
            if !facts.is_empty() {
                let name = facts.keys().nth(fact.index(facts.len())).unwrap().clone();
                facts.remove(&name);
            }
        }
        resource
    }
}

impl Failed {
    fn gap(&self, resources: &[Resource]) -> Option<Gap> {
        let resource = (!resources.is_empty()).then(|| self.about.get(resources))?;
        let sample = WORLD.sample.resources.iter().find(|sample| sample.kind == resource.kind)?;
        let names = || sample.facts.as_object().into_iter().flat_map(|facts| facts.keys());
        let fact = self.fact.and_then(|fact| names().nth(fact.index(names().count().max(1))));
        let kind = &resource.kind;
        Some(Gap {
            account: resource.account,
            region: self.region.map_or(resource.region.clone(), |region| region.parse().unwrap()),
            service: "any".to_owned(),
            operation: "GetAnything".to_owned(),
            resource: self.is_of_one.then(|| resource.id.clone()),
            class: self.class,
            code: if self.class == GapClass::NotCollected { Gap::OPEN_QUESTION } else { "Code" }.to_owned(),
            message: format!("about {kind}"),
            request_id: None,
            facts: vec![fact.map_or_else(|| format!("{kind}.*"), |fact| format!("{kind}.{fact}"))],
            population: if self.leaves_list_unread { vec![kind.clone()] } else { Vec::new() },
            iam_actions: Vec::new(),
        })
    }
}

impl Sampled {
    fn read(&self) -> (Snapshot, Neighbours) {
        let mut snapshot = Snapshot {
            header: WORLD.sample.header.clone(),
            resources: self.resources.iter().map(Chosen::resource).collect(),
            gaps: Vec::new(),
            calls: Vec::new(),
        };
        snapshot.gaps = self.failed.iter().filter_map(|failed| failed.gap(&snapshot.resources)).collect();
        for kind in &self.unread_kinds {
            let kinds = &mut snapshot.header.kinds;
            kinds.remove(kind.index(kinds.len()));
        }
        let mut neighbours = Neighbours::default();
        neighbours.resources = self.lent.iter().map(Chosen::resource).collect();
        neighbours.gaps = self.lent_failed.iter().filter_map(|failed| failed.gap(&neighbours.resources)).collect();
        (snapshot, neighbours)
    }
}

proptest! {
    #[test]
    fn random_snapshots_are_judged_as_ever(sampled in sampled()) {
        let (mut snapshot, neighbours) = sampled.read();
        snapshot.sort();
        let World { kinds, rules, .. } = &*WORLD;
        let findings = judge(&snapshot, &neighbours, &sampled.scope, 2);
        let expected = reference::judge(rules, &snapshot, &neighbours, kinds, &sampled.scope);
        for (finding, expected) in findings.iter().zip(&expected) {
            prop_assert_eq!(finding, expected);
        }
        prop_assert_eq!(findings.len(), expected.len());
    }

    #[test]
    fn neither_the_order_of_resources_nor_the_number_of_threads_matters(
        sampled in sampled(),
        swaps in vec((any::<Index>(), any::<Index>()), 0..14),
        threads in 1..5_usize,
    ) {
        let (mut snapshot, neighbours) = sampled.read();
        snapshot.sort();
        // A snapshot holds each resource once.
        snapshot.resources.dedup_by(|a, b| (&a.kind, &a.region, &a.id) == (&b.kind, &b.region, &b.id));
        let findings = judge(&snapshot, &neighbours, &sampled.scope, 1);
        let count = snapshot.resources.len();
        for (one, other) in swaps.iter().filter(|_| count > 0) {
            snapshot.resources.swap(one.index(count), other.index(count));
        }
        prop_assert_eq!(findings, judge(&snapshot, &neighbours, &sampled.scope, threads));
    }
}

fn judge(snapshot: &Snapshot, neighbours: &Neighbours, scope: &PhiScope, threads: usize) -> Vec<Finding> {
    let estate = Estate::of(snapshot);
    let threads = NonZero::new(threads).unwrap();
    Judge::new(&estate, neighbours, &WORLD.kinds, scope).findings_on(threads, &WORLD.rules)
}
