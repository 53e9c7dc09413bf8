//! The facts that a condition may look at: those of the judged resource, and of every other resource of the account.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use super::condition::DefinedValues;
use super::fact_index::FactIndex;
use super::fact_path::FactPath;
use crate::model::Resource;

/// The pseudo-fact that the PHI scope of the configuration gives every resource.
pub const IN_PHI_SCOPE: &str = "InPhiScope";

/// The resources of one snapshot by kind, with the knowledge whether each kind's list is whole.
#[derive(Debug, Default)]
pub struct Inventory<'a> {
    populations: HashMap<&'a str, Population<'a>>,
    /// Each is built when a question first asks for it. An index holds positions, no references, so that an inventory can
    /// be lent for less long than it lives.
    indexes: RwLock<Indexes>,
    scope: InScope<'a>,
    /// Resources of other accounts, by kind and by the name that all accounts know them by.
    neighbours: HashMap<(&'a str, &'a str), &'a Resource>,
}

/// The indexes by kind and path.
type Indexes = HashMap<String, HashMap<Box<str>, Arc<FactIndex>>>;

/// The facts by which one account names a resource of another: no two accounts have a resource of that kind with one value.
const KNOWN_EVERYWHERE: [(&str, &str); 4] = [
    ("AWS::Account", "AccountId"),
    ("AWS::CloudTrail::Trail", "Arn"),
    ("AWS::KMS::Key", "Arn"),
    ("AWS::S3::Bucket", "BucketName"),
];

/// Tells of any resource whether it holds PHI; `None` when the facts that would tell were not read.
type ScopeOf<'a> = dyn Fn(&Resource) -> Option<bool> + Send + Sync + 'a;

#[derive(Default)]
struct InScope<'a>(Option<Box<ScopeOf<'a>>>);

impl std::fmt::Debug for InScope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "InScope" } else { "NoScope" })
    }
}

#[derive(Debug)]
struct Population<'a> {
    resources: Vec<&'a Resource>,
    is_complete: bool,
    /// True if the resources lie in memory in the order of the list, as those of one snapshot do.
    is_in_order: bool,
}

impl<'a> Inventory<'a> {
    /// Sorts resources by kind. `is_complete` says whether the whole list of a kind was read in every region that was
    /// scanned; it is asked once for each kind that has a resource.
    pub fn new(resources: &'a [Resource], is_complete: impl Fn(&str) -> bool) -> Self {
        Self::with_kinds(resources, std::iter::empty(), is_complete)
    }

    /// Like [`new`](Self::new), and asks `is_complete` for the named kinds too: a kind that was looked for and has no
    /// resource is complete and empty, while a kind that is not named is not complete.
    pub fn with_kinds(
        resources: impl IntoIterator<Item = &'a Resource>,
        kinds: impl IntoIterator<Item = &'a str>,
        is_complete: impl Fn(&str) -> bool,
    ) -> Self {
        let mut populations: HashMap<&'a str, Population<'a>> = HashMap::new();
        let mut of = |kind: &'a str, found: Option<&'a Resource>| {
            let entry = populations.entry(kind).or_insert_with(|| Population {
                resources: Vec::new(),
                is_complete: is_complete(kind),
                is_in_order: true,
            });
            let last = entry.resources.last().map(|last| address(last));
            entry.is_in_order &= found.is_none_or(|found| last.is_none_or(|last| last < address(found)));
            entry.resources.extend(found);
        };
        kinds.into_iter().for_each(|kind| of(kind, None));
        resources.into_iter().for_each(|resource| of(&resource.kind, Some(resource)));
        Self { populations, indexes: RwLock::default(), scope: InScope::default(), neighbours: HashMap::new() }
    }

    /// The same estate beside resources of other accounts. They are in none of the account's lists: they are found by name
    /// only, and tell what the account is not told of what belongs to others.
    pub fn with_neighbours(mut self, resources: &'a [Resource]) -> Self {
        for resource in resources {
            let names = KNOWN_EVERYWHERE.iter().filter(|(kind, _)| *kind == resource.kind);
            let names = names.filter_map(|(_, fact)| resource.fact(fact)?.as_str());
            self.neighbours.extend(names.map(|name| ((&*resource.kind, name), resource)));
        }
        self
    }

    /// The same inventory, of whose resources conditions may ask whether they hold PHI.
    pub fn with_scope(self, scope: impl Fn(&Resource) -> Option<bool> + Send + Sync + 'a) -> Self {
        Self { scope: InScope(Some(Box::new(scope))), ..self }
    }

    /// Says whether a resource holds PHI by the configured scope. `None` means that this could not be read or told.
    pub fn is_in_phi_scope(&self, resource: &Resource) -> Option<bool> {
        self.scope.0.as_ref().and_then(|scope| scope(resource))
    }

    /// The resources of a kind that were read, in the snapshot's order.
    pub fn resources(&self, kind: &str) -> &[&'a Resource] {
        self.populations.get(kind).map_or(&[], |population| &population.resources)
    }

    /// Says whether there are no other resources of that kind. A kind that was never looked for is not complete.
    pub fn is_complete(&self, kind: &str) -> bool {
        self.populations.get(kind).is_some_and(|population| population.is_complete)
    }

    /// The one resource of a kind whose fact has that text or scalar value, in this account or, by a name that all accounts
    /// know, in another one. `None` when none was read, which does not mean that there is none. `None` too when several
    /// have it.
    pub fn lookup(&self, kind: &str, fact: &str, value: &Value) -> Option<&'a Resource> {
        let index = self.index(kind, &FactPath::of_fact(fact));
        match index.place_of(value).map(|place| index.holders(place).positions.as_slice()) {
            Some([position]) => self.resources(kind).get(*position).copied(),
            Some(_) => None,
            None if KNOWN_EVERYWHERE.contains(&(kind, fact)) => self.neighbour(kind, value.as_str()?),
            None => None,
        }
    }

    /// The resource of another account that all accounts know by this name.
    fn neighbour(&self, kind: &str, name: &str) -> Option<&'a Resource> {
        self.neighbours.get(&(kind, name)).copied()
    }

    /// The resource as it tells the fact: itself, or as its owner's account was told of it, where only that one was.
    pub fn teller(&self, resource: &'a Resource, fact: &str) -> &'a Resource {
        if self.neighbours.is_empty() || resource.fact(fact).is_some() {
            return resource;
        }
        let owners = resource.arn.as_deref().and_then(|arn| self.neighbour(&resource.kind, arn));
        owners.filter(|owners| owners.fact(fact).is_some()).unwrap_or(resource)
    }

    /// The place of a resource in the list of its kind, if it is in it.
    pub(super) fn position_of(&self, resource: &Resource) -> Option<usize> {
        let Population { resources, is_in_order, .. } = self.populations.get(&*resource.kind)?;
        if !is_in_order {
            return resources.iter().position(|other| std::ptr::eq(*other, resource));
        }
        resources.binary_search_by_key(&address(resource), |other| address(other)).ok()
    }

    /// The resources of a kind by what they have at the end of a path.
    pub(super) fn index(&self, kind: &str, path: &FactPath) -> Arc<FactIndex> {
        let built = self.indexes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = built.get(kind).and_then(|of_kind| of_kind.get(&*path.text)) {
            return Arc::clone(index);
        }
        drop(built);
        let facts = self.resources(kind).iter().map(|resource| &self.teller(resource, path.fact()).facts);
        let index = Arc::new(FactIndex::of(path, facts));
        let mut indexes = self.indexes.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(indexes.entry(kind.to_owned()).or_default().entry(path.text.clone()).or_insert(index))
    }
}

fn address(resource: &Resource) -> usize {
    std::ptr::from_ref(resource).addr()
}

/// Everything that the evaluations of one rule on one resource may read.
#[derive(Debug)]
pub struct Context<'a> {
    /// The judged resource.
    pub resource: &'a Resource,
    /// True if it holds PHI by the configured scope; `None` when that could not be read.
    pub in_phi_scope: Option<bool>,
    /// The rule's parameters with their values: a JSON object.
    pub params: &'a Value,
    /// The moment when the snapshot was taken.
    pub now: jiff::Timestamp,
    /// The account's twelve digits.
    pub account: &'a str,
    /// The other resources.
    pub inventory: &'a Inventory<'a>,
    /// What the rule's definitions came to so far. None has been asked at the start.
    pub defined: DefinedValues<'a>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{AccountId, Region};

    fn resource(kind: &str, id: &str, facts: Value) -> Resource {
        let text = str::to_owned;
        let (account, region) = (AccountId::EXAMPLE, Region::GLOBAL);
        Resource { kind: text(kind), id: text(id), arn: None, account, region, facts }
    }

    #[test]
    fn a_kind_that_was_never_looked_for_is_not_complete() {
        let resources = [resource("K", "a", json!({}))];
        let inventory = Inventory::with_kinds(&resources, ["Empty"], |kind| kind != "Broken");
        assert!(inventory.is_complete("K") && inventory.is_complete("Empty"));
        assert!(!inventory.is_complete("Other"));
        assert_eq!(inventory.resources("K").len(), 1);
        assert!(inventory.resources("Empty").is_empty());
    }

    #[test]
    fn a_lookup_finds_one_and_refuses_to_choose_between_two() {
        let resources = [
            resource("K", "a", json!({"Name": "x", "Port": 1})),
            resource("K", "b", json!({"Name": "y", "Port": 2})),
            resource("K", "c", json!({"Name": "y"})),
            resource("Other", "d", json!({"Name": "z"})),
        ];
        let inventory = Inventory::new(&resources, |_| true);
        assert_eq!(inventory.lookup("K", "Name", &json!("x")).map(|found| found.id.as_str()), Some("a"));
        assert_eq!(inventory.lookup("K", "Port", &json!(2)).map(|found| found.id.as_str()), Some("b"));
        assert!(inventory.lookup("K", "Port", &json!("2")).is_none(), "a text is not a number");
        assert!(inventory.lookup("K", "Name", &json!("y")).is_none());
        assert!(inventory.lookup("K", "Name", &json!("z")).is_none());
    }
}
