//! The kinds of resources there are, and the schema of each one's facts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, LazyLock};

use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

/// The scope of a kind's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Once for the account.
    Account,
    /// Once for each region.
    Region,
}

/// A kind of resource: its name and what may be known of it.
#[derive(Debug, Clone)]
pub struct Kind {
    /// A CloudFormation type name, such as `AWS::S3::Bucket`.
    pub name: &'static str,
    /// The service whose collector reads it, in lower case (`s3`): what `--select service:s3` matches.
    pub service: &'static str,
    /// The scope of its population: the account as a whole, or each region.
    pub scope: Scope,
    schema: LazySchema,
}

/// A schema that is made when it is first asked for: most starts need few kinds.
type LazySchema = Arc<LazyLock<Schema, Box<dyn FnOnce() -> Schema + Send>>>;

impl Kind {
    /// The kind whose facts are the fields of `T`.
    pub fn of<T: JsonSchema>(name: &'static str, service: &'static str, scope: Scope) -> Self {
        Self::new(name, service, scope, || {
            let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
            let settings = settings.with(|s| s.inline_subschemas = true);
            settings.into_generator().into_root_schema_for::<T>()
        })
    }

    /// The kind whose facts have the schema.
    pub fn new(
        name: &'static str,
        service: &'static str,
        scope: Scope,
        schema: impl FnOnce() -> Schema + Send + 'static,
    ) -> Self {
        let schema: Box<dyn FnOnce() -> Schema + Send> = Box::new(schema);
        Self { name, service, scope, schema: Arc::new(LazyLock::new(schema)) }
    }

    /// JSON Schema of the resource's facts.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the same kind with the facts that another collector adds to it.
    fn with_facts_of(self, other: Self) -> Self {
        let Self { name, service, scope, schema } = self;
        Self::new(name, service, scope, move || {
            let mut schema = Schema::clone(&schema);
            let more = other.schema().get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
            let known = schema.ensure_object().entry("properties").or_insert_with(|| Value::Object(Map::new()));
            if let Some(known) = known.as_object_mut() {
                known.extend(more);
            }
            schema
        })
    }
}

/// All kinds that this build knows, by name.
#[derive(Debug, Clone, Default)]
pub struct Kinds(BTreeMap<&'static str, Kind>);

impl Kinds {
    /// The kind of that name.
    pub fn get(&self, name: &str) -> Option<&Kind> {
        self.0.get(name)
    }

    /// These kinds and one more.
    #[must_use]
    pub fn with(mut self, kind: Kind) -> Self {
        self.0.insert(kind.name, kind);
        self
    }

    /// Every kind, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.0.values()
    }

    /// Every name, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

impl FromIterator<Kind> for Kinds {
    /// Several collectors may tell facts of one kind, such as the account.
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        let mut found: BTreeMap<&'static str, Kind> = BTreeMap::new();
        for kind in kinds {
            match found.entry(kind.name) {
                Entry::Vacant(entry) => drop(entry.insert(kind)),
                Entry::Occupied(mut entry) => {
                    let known = entry.get().clone();
                    entry.insert(known.with_facts_of(kind));
                }
            }
        }
        Self(found)
    }
}
