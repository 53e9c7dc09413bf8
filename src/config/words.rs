//! Words of AWS's that have a form, so that a slip of the finger is found where it was made.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::wildcard::too_long;
use crate::model::{Arn, Region, forms};
use crate::scan::is_prefix;

/// The name of a region, or `all`. Only the form is known here; whether AWS has such a region, AWS says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^(all|[a-z]+(-[a-z]+)+-[0-9]+)$"))]
pub enum RegionName {
    /// Every region enabled for the account.
    All,
    /// One region.
    One(Region),
}

impl FromStr for RegionName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "all" => Ok(Self::All),
            Ok(region) if forms::is_region(text) => Ok(Self::One(region)),
            _ => Err(format!("`{}` is not a region: write a name such as us-east-1, or all", text.escape_debug())),
        }
    }
}

/// An AWS account id.
#[derive(JsonSchema)]
#[schemars(rename = "AccountId", extend("pattern" = "^[0-9]{12}$"))]
pub(super) struct AccountIdForm(#[expect(dead_code, reason = "it only describes the text")] String);

/// An ARN in which `*` stands for any text and `?` for any character.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+$", "maxLength" = 2048))]
pub struct ArnPattern(String);

impl FromStr for ArnPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(message) = too_long(text) {
            return Err(message);
        }
        if Arn::parse(text).is_some_and(|arn| !arn.resource.is_empty()) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "`{}` is not the pattern of an ARN: write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, such as \
             arn:aws:s3:::records-*",
            text.escape_debug()
        ))
    }
}

/// The prefix by which IAM knows a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
pub struct ServicePrefix(String);

impl FromStr for ServicePrefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if is_prefix(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "`{}` is not the prefix of a service: write it as IAM does, such as dynamodb or social-messaging",
            text.escape_debug()
        ))
    }
}

/// Why something was decided, for those who read the report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "\\S"))]
pub struct Reason(String);

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("the reason is empty: it stands in the report, so say who decided and on what ground".to_owned()),
            reason => Ok(Self(reason.to_owned())),
        }
    }
}

impl TryFrom<String> for RegionName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RegionName> for String {
    fn from(name: RegionName) -> Self {
        match name {
            RegionName::All => "all".to_owned(),
            RegionName::One(region) => region.into(),
        }
    }
}

macro_rules! strings {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(word: $name) -> String {
                word.0
            }
        }
    )*};
}

strings!(ArnPattern, ServicePrefix, Reason);
