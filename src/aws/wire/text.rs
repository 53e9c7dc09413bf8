//! The form in which a cut model is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::endpoints::Endpoints;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceText {
    /// The SDK's name of the service, such as `SecurityHub`: settings and the user agent name it so.
    pub sdk_id: String,
    pub protocol: ProtocolName,
    pub api_version: String,
    pub target_prefix: Option<String>,
    pub xml_namespace: Option<String>,
    /// The service answers errors with the codes that its former Query protocol had, if it is asked to.
    #[serde(default)]
    pub query_compatible: bool,
    pub operations: BTreeMap<String, OperationText>,
    pub shapes: HashMap<String, ShapeText>,
    /// The values that a text may have, by the name of its shape. AWS adds to them without notice.
    #[serde(default)]
    pub enums: BTreeMap<String, Vec<String>>,
    /// Regions for which AWS's SDKs know no endpoint of the service, although the partition has it elsewhere.
    #[serde(default)]
    pub not_in: BTreeSet<String>,
    pub endpoints: Endpoints,
}

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum ProtocolName {
    #[serde(rename = "json-1.0")]
    Json10,
    #[serde(rename = "json-1.1")]
    Json11,
    #[serde(rename = "rest-json")]
    RestJson,
    #[serde(rename = "rest-xml")]
    RestXml,
    #[serde(rename = "query")]
    Query,
    #[serde(rename = "ec2")]
    Ec2,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperationText {
    pub method: String,
    pub uri: String,
    pub input: Option<String>,
    pub output: Option<String>,
    /// The element around a Query answer's members.
    pub result_wrapper: Option<String>,
    /// What stands before the host's name; may name members of the input.
    pub host_prefix: Option<String>,
    /// The root of its answers' documents, where neither the model nor AWS's convention names it. A root that is a member of
    /// the output holds that member's text and nothing else.
    pub root: Option<String>,
    pub pages: Option<PageMembers>,
    /// The codes of the errors that AWS documents.
    #[serde(default)]
    pub errors: Vec<String>,
}

/// How an operation's answers are continued.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageMembers {
    /// The members of the next request that say where to go on.
    pub input: Vec<String>,
    /// Where an answer says it, as JMESPath; an alternative stands after `||`.
    pub output: Vec<String>,
    /// The member of an answer that says whether there is more, if there is one.
    pub more: Option<String>,
}

/// A shape that is no scalar: one of the four.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShapeText {
    pub members: Option<BTreeMap<String, Reference>>,
    pub payload: Option<String>,
    pub list: Option<Reference>,
    pub map: Option<(Reference, Reference)>,
    #[serde(default)]
    pub flattened: bool,
    #[serde(default)]
    pub document: bool,
}

/// What a member refers to, and how it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "ReferenceText")]
pub(super) struct Reference {
    /// A scalar's type, or `#` and the name of a shape.
    pub of: String,
    /// Which of the model's enums lists its values.
    pub values: Option<String>,
    pub name: Option<String>,
    pub query_name: Option<String>,
    pub location: Option<Location>,
    pub format: Option<TimestampFormat>,
    pub flattened: bool,
    pub attribute: bool,
    pub namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReferenceText {
    Plain(String),
    Said(ReferenceSaid),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceSaid {
    of: String,
    name: Option<String>,
    query_name: Option<String>,
    #[serde(rename = "in")]
    location: Option<Location>,
    format: Option<TimestampFormat>,
    #[serde(default)]
    flattened: bool,
    #[serde(default)]
    attribute: bool,
    namespace: Option<String>,
}

impl From<ReferenceText> for Reference {
    /// A text with known values is written `string:NameOfTheEnum`.
    fn from(text: ReferenceText) -> Self {
        let parted = |of: String| match of.split_once(':') {
            Some((of, values)) => (of.to_owned(), Some(values.to_owned())),
            None => (of, None),
        };
        match text {
            ReferenceText::Plain(of) => {
                let (of, values) = parted(of);
                Self { of, values, ..Self::default() }
            }
            ReferenceText::Said(said) => {
                let (of, values) = parted(said.of);
                Self {
                    of,
                    values,
                    name: said.name,
                    query_name: said.query_name,
                    location: said.location,
                    format: said.format,
                    flattened: said.flattened,
                    attribute: said.attribute,
                    namespace: said.namespace,
                }
            }
        }
    }
}

/// Where a member stands that is not in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Location {
    Header,
    Headers,
    Uri,
    QueryString,
    StatusCode,
}

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum TimestampFormat {
    #[serde(rename = "iso8601")]
    Iso8601,
    #[serde(rename = "rfc822")]
    Rfc822,
    #[serde(rename = "unixTimestamp")]
    UnixTimestamp,
}
