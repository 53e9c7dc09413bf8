//! A page of kinds as it is written. [`super::page`] checks it against the service's model.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::condition::WhenText;
use super::fact_text::FactText;
use crate::model::Region;

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
    /// The region in which AWS keeps them all, of a kind that is listed once.
    pub region: Option<Spanned<Region>>,
    /// The only partitions that have such things: in others nothing is asked.
    #[serde(default)]
    pub partitions: Vec<String>,
    /// The kind whose resources hold or name these: they are listed for each one of it.
    pub parent: Option<Spanned<ParentText>>,
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

/// What a kind's resources are listed by: the resources of another kind, by its name alone, or the different values that
/// stand in these.
#[derive(Debug)]
pub(super) struct ParentText {
    pub of: String,
    /// Where the values stand in the other kind's items.
    pub each: Option<Spanned<String>>,
    /// Only items for which these hold name any.
    pub when: BTreeMap<String, Spanned<WhenText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParentMapping {
    of: String,
    each: Spanned<String>,
    #[serde(default)]
    when: BTreeMap<String, Spanned<WhenText>>,
}

impl<'de> Deserialize<'de> for ParentText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Said;
        impl<'de> Visitor<'de> for Said {
            type Value = ParentText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a kind, or a mapping of `of`, `each` and `when`")
            }

            fn visit_str<E>(self, of: &str) -> Result<ParentText, E> {
                Ok(ParentText { of: of.to_owned(), each: None, when: BTreeMap::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ParentText, A::Error> {
                let ParentMapping { of, each, when } = ParentMapping::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ParentText { of, each: Some(each), when })
            }
        }
        deserializer.deserialize_any(Said)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListText {
    /// Nothing is called where the values that a parent names are the resources.
    pub call: Option<Spanned<String>>,
    #[serde(default)]
    pub input: BTreeMap<String, Spanned<Value>>,
    /// Where the items stand in the answer.
    pub items: Option<Spanned<String>>,
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
    pub region: Option<Region>,
    /// Where an item is told of that several regions list.
    pub home: Option<HomeText>,
}

/// The parts of an item whose ARNs say to which regions it belongs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HomeText {
    /// Where the parts stand in the item.
    pub of: Spanned<String>,
    /// Where the ARN stands in a part.
    pub arn: Spanned<String>,
    /// Parts for which this is true come first.
    pub first: Option<Spanned<String>>,
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
    pub region: Option<Region>,
}

/// What the facts of a call are that is not made because its conditions do not hold.
#[derive(Debug, Default)]
pub(super) enum OtherwiseText {
    /// Null, of lists empty lists: there is nothing to ask for.
    #[default]
    Nothing,
    /// There is something, and it cannot be asked for.
    Unknown,
    /// That for the conditions of these names, and nothing for the others.
    UnknownBy(BTreeMap<String, Spanned<String>>),
}

impl<'de> Deserialize<'de> for OtherwiseText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Said;
        impl<'de> Visitor<'de> for Said {
            type Value = OtherwiseText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`nothing`, `unknown`, or the names of conditions with `unknown`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<OtherwiseText, E> {
                match word {
                    "nothing" => Ok(OtherwiseText::Nothing),
                    "unknown" => Ok(OtherwiseText::Unknown),
                    other => Err(E::unknown_variant(other, &["nothing", "unknown"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OtherwiseText, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(OtherwiseText::UnknownBy)
            }
        }
        deserializer.deserialize_any(Said)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchText {
    /// The member of the request that takes the keys; of one that takes a single key, the size is 1.
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
