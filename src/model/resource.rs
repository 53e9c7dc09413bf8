use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AccountId, Region};

/// One thing in an AWS account, with the facts that were read about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// A CloudFormation type name (`AWS::S3::Bucket`), or a name of the same form where CloudFormation has none.
    pub kind: String,
    /// Unique within kind, account and region: the name or identifier that AWS users know it by.
    pub id: String,
    /// The Amazon Resource Name, for the kinds that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Twelve digits.
    pub account: AccountId,
    /// Where it lives; [`Region::GLOBAL`] for what lives nowhere in particular.
    pub region: Region,
    /// A JSON object, keyed by AWS's own property names: explicit `null`, `false` or `[]` for "not configured", absent
    /// for "not read".
    pub facts: Value,
}

impl Resource {
    /// A fact by its name, if it was read.
    pub fn fact(&self, name: &str) -> Option<&Value> {
        self.facts.get(name)
    }
}
