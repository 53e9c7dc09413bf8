//! Facts as a page writes them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::condition::WhenText;

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
    /// A text with references to what stands beside it, where AWS gives the parts alone.
    pub made: Option<Spanned<String>>,
    /// Elements of a list are kept only where these hold.
    pub when: BTreeMap<String, Spanned<WhenText>>,
    /// By what a list is sorted whose order AWS does not document.
    pub sorted_by: Option<Spanned<String>>,
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
    made: Option<Spanned<String>>,
    #[serde(default)]
    when: BTreeMap<String, Spanned<WhenText>>,
    sorted_by: Option<Spanned<String>>,
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
                    made: said.made,
                    when: said.when,
                    sorted_by: said.sorted_by,
                })
            }
        }
        deserializer.deserialize_any(Said)
    }
}
