//! A page of kinds, checked against the model of its service and ready to be read by.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::condition::Condition;
use super::fact::FactSpec;
use super::operations::OperationId;
use super::path::Path;
use super::template::Template;
use super::text::ScopeText;
use crate::aws::Operation;
use crate::aws::wire::{ModelOperation, Service};
use crate::model::{Arn, Region, Scope};

/// The kinds to which pages add facts without listing them.
pub(super) const SINGLETONS: [(&str, Scope); 2] = [("AWS::Account", Scope::Account), ("AWS::Region", Scope::Region)];

/// How often a kind is listed: the account once, a region in each, and others as their page says.
pub(super) fn scope_of(kind: &str, written: ScopeText) -> Scope {
    let singleton = SINGLETONS.iter().find(|(name, _)| *name == kind);
    match (singleton, written) {
        (Some((_, scope)), _) => *scope,
        (None, ScopeText::Region) => Scope::Region,
        (None, ScopeText::Account) => Scope::Account,
    }
}

/// One service as data.
#[derive(Debug)]
pub(super) struct Page {
    pub service: &'static Service,
    pub kinds: Vec<KindSpec>,
    /// The operations of lists and calls, each once, in the order of [`OperationId`].
    pub operations: Vec<&'static Operation>,
    /// Where AWS does not offer the service, beside what its endpoint data say.
    pub not_in_partitions: Vec<String>,
    pub not_in_regions: Vec<String>,
}

/// A kind of resource.
#[derive(Debug)]
pub(super) struct KindSpec {
    pub name: &'static str,
    pub about: Option<String>,
    pub scope: Scope,
    /// The region in which AWS keeps them all.
    pub region: Option<Region>,
    /// The only partitions that have such things; all, where none is named.
    pub partitions: &'static [String],
    pub parent: Option<ParentSpec>,
    pub lists: Vec<ListSpec>,
    /// The codes by which the service says that a resource is gone.
    pub gone: &'static [&'static str],
    /// What an item of the lists tells.
    pub facts: Vec<FactSpec>,
    pub calls: Vec<CallSpec>,
}

/// What a kind's resources are listed by.
#[derive(Debug)]
pub(super) struct ParentSpec {
    /// The place of the kind on the page.
    pub at: usize,
    /// The values that its items name; the resources themselves otherwise.
    pub each: Option<EachValue>,
}

/// Values that the items of a kind name: each different one counts once.
#[derive(Debug)]
pub(super) struct EachValue {
    pub path: Path,
    pub when: Vec<Condition>,
}

/// A call as it is made.
#[derive(Debug)]
pub(super) struct Asking {
    pub service: &'static Service,
    pub model: ModelOperation<'static>,
    pub operation: OperationId,
    pub input: Vec<(String, Template)>,
    /// The region to ask in, for what AWS keeps in one region of the partition.
    pub region: Option<Region>,
}

/// A list of resources.
#[derive(Debug)]
pub(super) struct ListSpec {
    /// The call that gives the items; without one, the values that the parent names are the items.
    pub call: Option<ListCall>,
    pub id: Template,
    /// How the identifier is written, for messages.
    pub id_text: String,
    pub arn: Option<Template>,
    pub when: Vec<Condition>,
    pub home: Option<Home>,
}

/// A call that gives the items of a list.
#[derive(Debug)]
pub(super) struct ListCall {
    pub asking: Asking,
    pub items: Path,
    pub none_on: Vec<&'static str>,
}

impl ListSpec {
    /// The call that gives the items, if one does.
    pub fn asking(&self) -> Option<&Asking> {
        self.call.as_ref().map(|call| &call.asking)
    }
}

/// The parts of an item whose ARNs say to which regions it belongs, those first for which a member is true.
#[derive(Debug)]
pub(super) struct Home {
    pub of: Path,
    pub arn: Path,
    pub first: Option<Path>,
}

impl Home {
    /// The region that an item is told of in though several list it: the first of its own that is read. `None` where none
    /// is, and where the item does not say.
    pub fn region<'r>(&self, item: &Value, read: &'r [Region]) -> Option<&'r Region> {
        let mut parts = self.of.elements(item);
        let is_first = |part: &Value| self.first.as_ref()?.find(part).ok()?.filter(|flag| *flag == Value::Bool(true));
        parts.sort_by_key(|part| is_first(part).is_none());
        let region = |part: &Value| {
            let arn = self.arn.find(part).ok().flatten()?;
            let region = Arn::parse(arn.as_str()?)?.region;
            read.iter().find(|read| **read == region)
        };
        parts.iter().find_map(region)
    }
}

/// A call that tells facts of resources that are known already.
#[derive(Debug)]
pub(super) struct CallSpec {
    pub asking: Asking,
    pub when: Vec<Condition>,
    /// The part of the answer, or of an item, that the facts' paths begin at.
    pub root: Path,
    pub mode: Mode,
    pub none_on: Vec<&'static str>,
    pub facts: Vec<FactSpec>,
    /// The calls of the same kind whose facts this one refers to.
    pub waits_for: BTreeSet<usize>,
}

impl CallSpec {
    /// Whether its facts may be nothing though AWS has the resource.
    fn can_be_nothing(&self) -> bool {
        self.when.iter().any(|condition| !condition.leaves_unknown) || !self.none_on.is_empty()
    }
}

/// How many resources a call is about.
#[derive(Debug)]
pub(super) enum Mode {
    /// One.
    Each,
    /// As many as fit.
    Batch(BatchSpec),
    /// All of the place.
    Join { of: Template, items: Path, by: Path, many: bool },
}

/// How keys go into a call about many, and where its answer has each resource.
#[derive(Debug)]
pub(super) struct BatchSpec {
    pub input: String,
    /// The member takes one key and no list of them.
    pub is_single: bool,
    pub of: Template,
    pub size: usize,
    pub items: Path,
    pub by: Path,
}

impl KindSpec {
    /// Whether it is the account or a region, which no page lists.
    pub fn is_singleton(&self) -> bool {
        SINGLETONS.iter().any(|(name, _)| *name == self.name)
    }

    /// JSON Schema of its facts.
    pub fn schema(&self) -> Value {
        let own = self.facts.iter().map(|fact| (fact, false));
        let of_calls = self.calls.iter().flat_map(|call| {
            let can_be_nothing = call.can_be_nothing();
            call.facts.iter().map(move |fact| (fact, can_be_nothing))
        });
        let properties = own.chain(of_calls).map(|(fact, nothing)| (fact.name.to_owned(), fact.schema(nothing)));
        let mut schema = json!({"type": "object", "properties": Map::from_iter(properties)});
        if let Some(about) = &self.about {
            schema["description"] = about.as_str().into();
        }
        schema
    }
}

impl Page {
    /// The kinds that are listed by resources of that one, or by what these name, with how.
    pub fn below(&self, at: usize) -> impl Iterator<Item = (usize, &ParentSpec)> {
        let kinds = self.kinds.iter().enumerate();
        kinds.filter_map(move |(child, kind)| Some((child, kind.parent.as_ref().filter(|parent| parent.at == at)?)))
    }

    /// The operation that a call is.
    pub fn operation(&self, asking: &Asking) -> &'static Operation {
        asking.operation.of(&self.operations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_of_several_regions_is_told_of_where_its_first_part_is_or_else_where_another_is() {
        let (of, arn) = (Path::parse("Members"), Path::parse("Arn"));
        let home = Home { of, arn, first: Some(Path::parse("IsWriter")) };
        let read = ["eu-west-1", "us-east-1"].map(|name| name.parse().unwrap());
        let region = |members: &[(&str, bool)]| {
            let member = |(region, is_writer): &(&str, bool)| {
                let arn = format!("arn:aws:rds:{region}:111122223333:cluster:records");
                json!({"Arn": arn, "IsWriter": is_writer})
            };
            home.region(&json!({"Members": members.iter().map(member).collect::<Vec<_>>()}), &read).map(Region::as_str)
        };
        assert_eq!(region(&[("eu-west-1", false), ("us-east-1", true)]), Some("us-east-1"));
        assert_eq!(region(&[("ap-south-1", true), ("eu-west-1", false)]), Some("eu-west-1"));
        assert_eq!(region(&[("ap-south-1", true)]), None, "no region of it is read");
        assert_eq!(region(&[]), None);
    }
}
