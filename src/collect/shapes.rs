//! Shapes that facts of several services share.

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::told::{FromAws, Given, Told, required};

/// A tag, as CloudFormation writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// The tag's key.
    pub key: String,
    /// The tag's value; empty where AWS gives none.
    pub value: String,
}

impl Tag {
    /// A tag of key and value; a missing value is an empty one.
    pub fn new(key: impl Into<String>, value: Option<&str>) -> Self {
        Self { key: key.into(), value: value.unwrap_or_default().to_owned() }
    }
}

impl FromAws<Given<'_>> for Tag {
    fn from_aws(tag: &Given<'_>) -> Result<Self, String> {
        let value: Option<String> = Told::told(&tag.get("Value"))?;
        let key: String = required(tag.get("Key").as_ref()).map_err(|why| format!("Key: {why}"))?;
        Ok(Self::new(key, value.as_deref()))
    }
}
