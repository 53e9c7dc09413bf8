//! A page of kinds as it is written. [`super::page`] checks it against the service's model.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

/// A whole page: one service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageText {
    /// The model of the service, by botocore's name of it.
    pub service: Spanned<String>,
    /// The prefix of its IAM actions, where that is not what requests are signed for.
    pub iam_prefix: Option<Spanned<String>>,
    /// The IAM actions of operations whose action is not named as they are.
    #[serde(default)]
    pub iam_actions: BTreeMap<String, Vec<Spanned<String>>>,
    /// Where AWS does not offer the service, beside what its endpoint data say.
    #[serde(default)]
    pub not_in: NotInText,
    pub kinds: BTreeMap<String, Spanned<KindText>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotInText {
    #[serde(default)]
    pub partitions: Vec<String>,
    #[serde(default)]
    pub regions: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindText {
    /// A sentence for the documentation.
    pub about: Option<String>,
    /// CloudFormation has no such type.
    #[serde(default)]
    pub ours: bool,
    #[serde(default)]
    pub scope: ScopeText,
    /// The kind whose resources hold these: they are listed for each one of it.
    pub parent: Option<Spanned<String>>,
    pub list: Option<ListText>,
    /// Several lists, where no single one gives all.
    #[serde(default)]
    pub lists: Vec<ListText>,
    #[serde(default)]
    pub facts: BTreeMap<String, Spanned<FactText>>,
    #[serde(default)]
    pub calls: Vec<CallText>,
}

/// How often a kind is listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ScopeText {
    /// In every region.
    #[default]
    Region,
    /// Once for the account.
    Account,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListText {
    pub call: Spanned<String>,
    #[serde(default)]
    pub input: BTreeMap<String, Spanned<Value>>,
    /// Where the items stand in the answer.
    pub items: Spanned<String>,
    /// The identifier of an item: a path in it, or a text with references.
    pub id: Spanned<String>,
    pub arn: Option<Spanned<String>>,
    /// Why the identifier is the only one of its kind in its place, where its name does not tell.
    pub unique: Option<String>,
    /// Error codes by which the service says that there is nothing to list.
    #[serde(default)]
    pub none_on: Vec<Spanned<String>>,
    /// Error codes by which it says that a resource is gone.
    #[serde(default)]
    pub gone: Vec<Spanned<String>>,
    /// Items are listed only where these hold.
    #[serde(default)]
    pub when: BTreeMap<String, Spanned<WhenText>>,
    /// Codes above that the model does not name, with where AWS documents them.
    pub codes_from: Option<String>,
    /// The region to ask in, for what AWS keeps in one region of the partition.
    pub region: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallText {
    pub call: Spanned<String>,
    #[serde(default)]
    pub input: BTreeMap<String, Spanned<Value>>,
    /// The facts are asked for only of resources for which these hold; of others they are null.
    #[serde(default)]
    pub when: BTreeMap<String, Spanned<WhenText>>,
    /// What the facts are where the conditions do not hold.
    #[serde(default)]
    pub otherwise: OtherwiseText,
    /// The part of the answer that the facts' paths begin at.
    pub read: Option<Spanned<String>>,
    /// One call for many resources.
    pub batch: Option<BatchText>,
    /// One call for all resources of the place, whose items belong to resources by a key.
    pub join: Option<JoinText>,
    /// Error codes by which the service says that nothing is configured.
    #[serde(default)]
    pub none_on: Vec<Spanned<String>>,
    /// Codes above that the model does not name, with where AWS documents them.
    pub codes_from: Option<String>,
    pub facts: BTreeMap<String, Spanned<FactText>>,
    /// The region to ask in, for what AWS keeps in one region of the partition.
    pub region: Option<String>,
}

/// What the facts of a call are that is not made because its conditions do not hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OtherwiseText {
    /// Null, of lists empty lists: there is nothing to ask for.
    #[default]
    Nothing,
    /// There is something, and it cannot be asked for.
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchText {
    /// The member of the request that takes the keys.
    pub input: Spanned<String>,
    /// A resource's key.
    pub of: Spanned<String>,
    /// How many keys AWS takes at once.
    pub size: usize,
    /// Where the items stand in the answer, and where the key stands in an item.
    pub items: Spanned<String>,
    pub by: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JoinText {
    /// A resource's key.
    pub of: Spanned<String>,
    /// Where the items stand in the answer, and where the key stands in an item.
    pub items: Spanned<String>,
    pub by: Spanned<String>,
    /// Several items may belong to one resource: the facts read a list.
    #[serde(default)]
    pub many: bool,
}

/// What must hold of a value.
#[derive(Debug, Clone)]
pub(super) enum WhenText {
    /// It is one of these.
    OneOf(Vec<Value>),
    /// It is there and neither empty nor false.
    Set(bool),
}

impl<'de> Deserialize<'de> for WhenText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "set" => Ok(Self::Set(true)),
            Value::String(word) if word == "unset" => Ok(Self::Set(false)),
            Value::Array(values) => Ok(Self::OneOf(values)),
            _ => Err(serde::de::Error::custom("a condition is `set`, `unset` or a list of values")),
        }
    }
}

/// One fact: nothing, a sentence about it, or a mapping.
#[derive(Debug, Default)]
pub(super) struct FactText {
    pub about: Option<String>,
    /// Where it stands; by its own name otherwise.
    pub from: Option<Spanned<String>>,
    /// What it is read as.
    pub read_as: Option<Conversion>,
    /// What it means that AWS left it out, where that is neither null nor an empty list.
    pub absent: Option<AbsentText>,
    /// The documented default of what AWS left out.
    pub default: Option<Spanned<Value>>,
    /// Where AWS documents the default.
    pub source: Option<String>,
    /// CloudFormation spells it otherwise, or does not have it.
    pub ours: bool,
    /// The members that are kept, of a structure or of a list's structures; all of them otherwise.
    pub members: BTreeMap<String, Spanned<FactText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactMapping {
    about: Option<String>,
    from: Option<Spanned<String>>,
    #[serde(rename = "as")]
    read_as: Option<Conversion>,
    absent: Option<AbsentText>,
    default: Option<Spanned<Value>>,
    source: Option<String>,
    #[serde(default)]
    ours: bool,
    #[serde(default)]
    members: BTreeMap<String, Spanned<FactText>>,
}

/// What it means that AWS left a fact out of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum AbsentText {
    /// Nothing can be concluded.
    Unknown,
    /// AWS always answers it: the answer is malformed.
    Malformed,
    /// Null, of what would be an empty list.
    Null,
}

/// What a value is read as, where the model's type does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Conversion {
    /// A policy document, from its JSON text.
    Policy,
    /// Any JSON, from its text.
    Json,
    /// True or false, from its text.
    Bool,
    /// A whole number, from its text.
    Int,
    /// Tags, from any of the shapes that services give them.
    Tags,
    /// A moment, from text as RFC 3339 writes it.
    Moment,
    /// A moment, from the seconds since 1970.
    Seconds,
    /// A moment, from the milliseconds since 1970.
    Milliseconds,
    /// Whether there is a text that is not blank. The text itself is not kept.
    Present,
    /// The names of a map's entries, without their values.
    Keys,
    /// The service of an ARN.
    ArnService,
    /// What the resource part of an ARN says before its first `/` or `:`.
    ArnType,
}

impl<'de> Deserialize<'de> for FactText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Said;
        impl<'de> Visitor<'de> for Said {
            type Value = FactText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("nothing, a sentence or a mapping")
            }

            fn visit_unit<E>(self) -> Result<FactText, E> {
                Ok(FactText::default())
            }

            fn visit_none<E>(self) -> Result<FactText, E> {
                Ok(FactText::default())
            }

            fn visit_str<E>(self, about: &str) -> Result<FactText, E> {
                Ok(FactText { about: Some(about.to_owned()), ..FactText::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FactText, A::Error> {
                let said = FactMapping::deserialize(MapAccessDeserializer::new(map))?;
                Ok(FactText {
                    about: said.about,
                    from: said.from,
                    read_as: said.read_as,
                    absent: said.absent,
                    default: said.default,
                    source: said.source,
                    ours: said.ours,
                    members: said.members,
                })
            }
        }
        deserializer.deserialize_any(Said)
    }
}
