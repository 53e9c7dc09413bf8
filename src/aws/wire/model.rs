//! The cut models: what `fixtures/models.py` wrote of each service, as data.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Deserialize;

use super::endpoints::Endpoints;
use super::schema::Shapes;

/// One service, as far as this build calls it. It lives as long as the program.
#[derive(Debug)]
pub struct Service {
    /// Its name: that of the model's file.
    pub name: &'static str,
    pub(super) text: ServiceText,
    pub(super) shapes: Shapes,
}

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
    pub pages: Option<Pages>,
    /// The codes of the errors that AWS documents.
    #[serde(default)]
    pub errors: Vec<String>,
}

/// How an operation's answers are continued.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pages {
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

/// Why there is no model to call a service by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// This build has none.
    #[error("this build has no model of the AWS service `{0}`")]
    UnknownService(String),
    /// The service's model lacks the operation.
    #[error("this build's model of {service} has no operation `{operation}`")]
    UnknownOperation {
        /// The service.
        service: String,
        /// The operation.
        operation: String,
    },
    /// The model is no model.
    #[error("the model of {service} cannot be read: {reason}")]
    Unreadable {
        /// The service.
        service: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Service {
    /// The service of this build with that name. Its schemas are built when it is first asked for.
    ///
    /// # Errors
    /// If this build has no model of it.
    pub fn find(name: &str) -> Result<&'static Self, ModelError> {
        static KNOWN: OnceLock<Mutex<HashMap<String, &'static Service>>> = OnceLock::new();
        let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(service) = known.get(name) {
            return Ok(service);
        }
        // A name with a path in it would be another file.
        let is_name = name != super::endpoints::PARTITIONS && !name.contains(['/', '.', '\\']);
        let file = is_name.then(|| embedded(name)).flatten();
        let file = file.ok_or_else(|| ModelError::UnknownService(name.to_owned()))?;
        let service = Self::read(name, &file)?;
        known.insert(name.to_owned(), service);
        Ok(service)
    }

    /// Reads a model and keeps it for ever: there are as many as services that are called.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(name: &str, text: &[u8]) -> Result<&'static Self, ModelError> {
        let unreadable = |reason: String| ModelError::Unreadable { service: name.to_owned(), reason };
        let text: ServiceText = serde_json::from_slice(text).map_err(|error| unreadable(error.to_string()))?;
        let shapes = Shapes::build(&text).map_err(unreadable)?;
        Ok(Box::leak(Box::new(Self { name: name.to_owned().leak(), text, shapes })))
    }

    /// Where the service is reached, and the region to sign for; `None` where AWS has no endpoint of that variant.
    pub fn endpoint(&self, region: &str, fips: bool, dual_stack: bool) -> Option<(String, String)> {
        self.text.endpoints.find(region, fips, dual_stack).map(|address| (address.url, address.region))
    }

    pub(super) fn operation(&'static self, name: &str) -> Result<(&'static str, &'static OperationText), ModelError> {
        let found = self.text.operations.get_key_value(name);
        found
            .map(|(name, operation)| (name.as_str(), operation))
            .ok_or_else(|| ModelError::UnknownOperation { service: self.name.to_owned(), operation: name.to_owned() })
    }
}

/// A file of this build's models.
pub(super) fn embedded(name: &str) -> Option<Vec<u8>> {
    crate::packed::file(&format!("src/aws/models/{name}.json"))
}
