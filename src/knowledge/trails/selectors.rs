//! The events that the selectors of a trail or an event data store let in.
//!
//! Selectors come in two forms, and a trail has one or the other. An event is recorded if any of the selectors matches
//! it. This module asks whether *one* selector records everything in question, or one for reads and one for writes. It
//! takes several selectors that only together leave no hole for incomplete. A selector that excludes anything, be it
//! one user or one call, is incomplete, too.
//!
//! Sources: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

#[cfg(test)]
mod tests;

/// The busy sources that AWS lets a trail leave out, and nothing else: who leaves them out still records what is done.
const BUSY_SOURCES: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

const S3_OBJECT: &str = "AWS::S3::Object";

/// The fields that choose which kind of events a selector is about.
const KIND_FIELDS: [&str; 2] = ["eventCategory", "resources.type"];

/// The two sorts of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Calls that only read.
    Read,
    /// Calls that change something.
    Write,
}

impl Access {
    /// `read` or `write`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            _ => None,
        }
    }
}

/// All selectors of one trail or store.
#[derive(Debug, Default)]
pub(super) struct TrailSelectors {
    classic: Vec<ClassicSelector>,
    advanced: Vec<AdvancedSelector>,
}

impl TrailSelectors {
    /// `classic` and `advanced` are `EventSelectors` and `AdvancedEventSelectors`. `None` means that a part is missing,
    /// so that it was not read.
    pub fn parse(classic: &Value, advanced: &Value) -> Option<Self> {
        Some(Self { classic: Vec::deserialize(classic).ok()?, advanced: Vec::deserialize(advanced).ok()? })
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.classic.is_empty() && self.advanced.is_empty()
    }

    /// Says whether every management event of that access is recorded, the busy sources aside.
    pub fn record_management(&self, access: Access) -> bool {
        self.classic.iter().any(|selector| selector.records_management(access, &BUSY_SOURCES))
            || self.advanced.iter().any(|selector| selector.records_management(access, &BUSY_SOURCES))
    }

    /// Says whether every management event is recorded, reads and writes, of every source.
    pub fn record_all_management(&self) -> bool {
        [Access::Read, Access::Write].into_iter().all(|access| {
            self.classic.iter().any(|selector| selector.records_management(access, &[]))
                || self.advanced.iter().any(|selector| selector.records_management(access, &[]))
        })
    }

    /// Says whether any management event is recorded.
    pub fn touch_management(&self) -> bool {
        self.classic.iter().any(|selector| selector.include_management_events)
            || self.advanced.iter().any(|selector| selector.is_about("Management", None))
    }

    /// Says whether every such call on the objects of the bucket is recorded. `bucket_arn` is `arn:aws:s3:::name`.
    pub fn record_objects(&self, bucket_arn: &str, access: Access) -> bool {
        let objects = format!("{bucket_arn}/");
        self.classic.iter().any(|selector| selector.records_objects(&objects, access))
            || self.advanced.iter().any(|selector| selector.records_objects(&objects, access))
    }

    /// Says whether any event of S3's objects is recorded.
    pub fn touch_objects(&self) -> bool {
        self.classic.iter().any(|selector| selector.objects().next().is_some())
            || self.advanced.iter().any(|selector| selector.is_about("Data", Some(S3_OBJECT)))
    }

    /// Says whether calls through VPC endpoints to the service are recorded: all of them, or those that the endpoint
    /// denied.
    pub fn record_network_activity(&self, source: &str) -> bool {
        self.advanced.iter().any(|selector| selector.records_network_activity(source))
    }

    /// The fields by which selectors of management events leave something out.
    pub fn holes_in_management(&self) -> BTreeSet<String> {
        let busy = |selector: &&ClassicSelector| !selector.exclude_management_event_sources.is_empty();
        let classic = self.classic.iter().filter(busy).map(|_| "ExcludeManagementEventSources".to_owned());
        let about = self.advanced.iter().filter(|selector| selector.is_about("Management", None));
        classic.chain(about.flat_map(AdvancedSelector::narrowing)).collect()
    }

    /// The fields by which selectors of S3's objects leave something out.
    pub fn holes_in_objects(&self) -> BTreeSet<String> {
        let classic = self.classic.iter().filter(|selector| selector.objects().next().is_some());
        let classic = classic.map(|_| "DataResources".to_owned());
        let about = self.advanced.iter().filter(|selector| selector.is_about("Data", Some(S3_OBJECT)));
        classic.chain(about.flat_map(AdvancedSelector::narrowing)).collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ClassicSelector {
    read_write_type: String,
    include_management_events: bool,
    exclude_management_event_sources: Vec<String>,
    data_resources: Vec<SelectedData>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SelectedData {
    r#type: String,
    values: Vec<String>,
}

impl ClassicSelector {
    fn records(&self, access: Access) -> bool {
        match self.read_write_type.as_str() {
            "All" => true,
            "ReadOnly" => access == Access::Read,
            "WriteOnly" => access == Access::Write,
            _ => false,
        }
    }

    fn records_management(&self, access: Access, may_lack: &[&str]) -> bool {
        let mut excluded = self.exclude_management_event_sources.iter();
        self.include_management_events
            && excluded.all(|source| may_lack.contains(&source.as_str()))
            && self.records(access)
    }

    /// The values of what is said about S3's objects.
    fn objects(&self) -> impl Iterator<Item = &String> {
        self.data_resources.iter().filter(|resource| resource.r#type == S3_OBJECT).flat_map(|resource| &resource.values)
    }

    /// `arn:aws:s3` stands for all buckets, and so does `arn:aws:s3:::`.
    fn records_objects(&self, objects: &str, access: Access) -> bool {
        let covers = |value: &String| {
            value == objects
                || (value.ends_with(":s3") || value.ends_with(":s3:::")) && objects.starts_with(value.as_str())
        };
        self.records(access) && self.objects().any(covers)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdvancedSelector {
    field_selectors: Vec<FieldCondition>,
}

/// A condition on one field. An event must meet one of the first three lists, if any has entries, and none of the
/// others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FieldCondition {
    field: String,
    equals: Vec<String>,
    starts_with: Vec<String>,
    ends_with: Vec<String>,
    not_equals: Vec<String>,
    not_starts_with: Vec<String>,
    not_ends_with: Vec<String>,
}

impl AdvancedSelector {
    fn records_management(&self, access: Access, may_lack: &[&str]) -> bool {
        self.has("eventCategory")
            && self.field_selectors.iter().all(|field| match field.field.as_str() {
                "eventCategory" => field.admits("Management"),
                "readOnly" => field.admits_access(access),
                "eventSource" => field.refuses_only(may_lack),
                // Any other condition leaves something out, such as the calls of one user.
                _ => field.is_empty(),
            })
    }

    fn records_objects(&self, objects: &str, access: Access) -> bool {
        self.has("eventCategory")
            && self.has("resources.type")
            && self.field_selectors.iter().all(|field| match field.field.as_str() {
                "eventCategory" => field.admits("Data"),
                "resources.type" => field.admits(S3_OBJECT),
                "readOnly" => field.admits_access(access),
                "resources.ARN" => field.admits_all_below(objects),
                "eventSource" => field.admits("s3.amazonaws.com"),
                // Every event of an object is a call of the API.
                "eventType" => field.admits("AwsApiCall"),
                _ => field.is_empty(),
            })
    }

    fn records_network_activity(&self, source: &str) -> bool {
        self.has("eventCategory")
            && self.field_selectors.iter().all(|field| match field.field.as_str() {
                "eventCategory" => field.admits("NetworkActivity"),
                "eventSource" => field.admits(source),
                "errorCode" => field.admits("VpceAccessDenied"),
                _ => field.is_empty(),
            })
    }

    /// Says whether it is about events of that category and type of resource.
    fn is_about(&self, category: &str, resource_type: Option<&str>) -> bool {
        let admits = |name: &str, value: &str| {
            let mut fields = self.field_selectors.iter().filter(|field| field.field == name);
            self.has(name) && fields.all(|field| field.admits(value))
        };
        admits("eventCategory", category) && resource_type.is_none_or(|of| admits("resources.type", of))
    }

    /// The fields by which it leaves out some events of its kind.
    fn narrowing(&self) -> impl Iterator<Item = String> {
        let narrows = |field: &&FieldCondition| !field.is_empty() && !KIND_FIELDS.contains(&field.field.as_str());
        self.field_selectors.iter().filter(narrows).map(|field| field.field.clone())
    }

    fn has(&self, name: &str) -> bool {
        self.field_selectors.iter().any(|field| field.field == name)
    }
}

impl FieldCondition {
    fn is_empty(&self) -> bool {
        self.wants_nothing()
            && self.not_equals.is_empty()
            && self.not_starts_with.is_empty()
            && self.not_ends_with.is_empty()
    }

    fn wants_nothing(&self) -> bool {
        self.equals.is_empty() && self.starts_with.is_empty() && self.ends_with.is_empty()
    }

    /// Says whether all values are admitted but some of these.
    fn refuses_only(&self, values: &[&str]) -> bool {
        self.wants_nothing()
            && self.not_equals.iter().all(|refused| values.contains(&refused.as_str()))
            && self.not_starts_with.is_empty()
            && self.not_ends_with.is_empty()
    }

    fn admits_access(&self, access: Access) -> bool {
        self.admits(if access == Access::Read { "true" } else { "false" })
    }

    fn admits(&self, value: &str) -> bool {
        let wanted = self.wants_nothing()
            || self.equals.iter().any(|wanted| wanted == value)
            || self.starts_with.iter().any(|start| value.starts_with(start.as_str()))
            || self.ends_with.iter().any(|end| value.ends_with(end.as_str()));
        wanted
            && !self.not_equals.iter().any(|refused| refused == value)
            && !self.not_starts_with.iter().any(|start| value.starts_with(start.as_str()))
            && !self.not_ends_with.iter().any(|end| value.ends_with(end.as_str()))
    }

    /// Says whether every text that begins with `start` is admitted. Ends of objects' names may be anything, so a
    /// condition on them leaves some out.
    fn admits_all_below(&self, start: &str) -> bool {
        let wanted = self.wants_nothing() || self.starts_with.iter().any(|wanted| start.starts_with(wanted.as_str()));
        let spares = |refused: &String| !refused.starts_with(start) && !start.starts_with(refused.as_str());
        let refuses_none = self.not_starts_with.iter().all(spares)
            && self.not_equals.iter().all(|refused| !refused.starts_with(start))
            && self.not_ends_with.is_empty();
        wanted && refuses_none
    }
}
