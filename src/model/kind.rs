//! The kinds of resources there are, and the schema of each one's facts.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};

/// How often a kind's list is read.
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
    /// Whether its population is known for the account as a whole or region by region.
    pub scope: Scope,
    /// JSON Schema of the resource's facts, derived from the collector's struct.
    pub schema: Schema,
}

impl Kind {
    /// The kind whose facts are the fields of `T`.
    pub fn of<T: JsonSchema>(name: &'static str, service: &'static str, scope: Scope) -> Self {
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let settings = settings.with(|s| s.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<T>();
        Self { name, service, scope, schema }
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
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        Self(kinds.into_iter().map(|kind| (kind.name, kind)).collect())
    }
}
