//! What a CloudTrail trail records and where it writes: questions about event selectors and object keys.
//!
//! Selectors come in two forms, and a trail has one or the other. A trail records an event that any of its selectors
//! matches. Asked is whether *one* selector records everything in question, or one for reads and one for writes: several
//! selectors that only together leave no hole are taken for incomplete. Excluding anything, be it one user or one
//! call, makes a selector incomplete, too.
//!
//! Sources: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>.

use serde::Deserialize;
use serde_json::Value;

use crate::model::Truth;

/// Which calls: those that only read, or those that change something.
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

/// Does a trail with these selectors record every such call on the objects of the bucket? `selectors` and `advanced` are
/// its `EventSelectors` and `AdvancedEventSelectors`, `bucket_arn` is `arn:aws:s3:::name`. Unknown for selectors that
/// are not wholly there, and for conditions that this program does not know.
pub fn records_s3_data_events(selectors: &Value, advanced: &Value, bucket_arn: &str, access: Access) -> Truth {
    let Some((selectors, advanced)) = parse(selectors, advanced) else { return Truth::Unknown };
    let objects = format!("{bucket_arn}/");
    let classic = selectors.iter().map(|selector| Truth::from(selector.records_objects(&objects, access)));
    let advanced = advanced.iter().map(|selector| selector.records_objects(&objects, access));
    classic.chain(advanced).fold(Truth::False, Truth::or)
}

/// Does a trail with these selectors record all management events, reads and writes, of every service? A trail without
/// any selectors does: it is how trails are made.
pub fn records_all_management_events(selectors: &Value, advanced: &Value) -> Truth {
    let Some((selectors, advanced)) = parse(selectors, advanced) else { return Truth::Unknown };
    if selectors.is_empty() && advanced.is_empty() {
        return Truth::True;
    }
    let records = |access| {
        let classic = selectors.iter().map(|selector| Truth::from(selector.records_management(access)));
        let advanced = advanced.iter().map(|selector| selector.records_management(access));
        classic.chain(advanced).fold(Truth::False, Truth::or)
    };
    records(Access::Read).and(records(Access::Write))
}

/// Can logs or digests of a trail have keys that begin with `prefix`? `key_prefix` is the trail's own, empty for none.
///
/// Keys are `key_prefix/AWSLogs/account/CloudTrail.../`; an organization's trail has the organization's id before the
/// account, and every account of it.
pub fn prefix_holds_trail_logs(prefix: &str, key_prefix: &str, account: &str, is_organization_trail: bool) -> bool {
    let mut rest = prefix;
    let fixed = if key_prefix.is_empty() { "AWSLogs/".to_owned() } else { format!("{key_prefix}/AWSLogs/") };
    if !eat(&mut rest, &fixed) {
        return false;
    }
    if is_organization_trail && rest.starts_with("o-") {
        // The id ends at the next slash; a prefix that ends before it says nothing about account and service.
        let Some((_, below)) = rest.split_once('/') else { return true };
        rest = below;
        let Some((_, below)) = rest.split_once('/') else { return true };
        rest = below;
    } else if !eat(&mut rest, &format!("{account}/")) {
        return is_organization_trail && "o-".starts_with(rest);
    }
    rest.starts_with("CloudTrail") || "CloudTrail".starts_with(rest)
}

/// Takes `part` from the beginning of `text`, or all of a text that ends within `part`. False where they differ.
fn eat(text: &mut &str, part: &str) -> bool {
    match text.strip_prefix(part) {
        Some(rest) => *text = rest,
        None if part.starts_with(*text) => *text = "",
        None => return false,
    }
    true
}

/// None where a part of the selectors is missing: then it was not read.
fn parse(selectors: &Value, advanced: &Value) -> Option<(Vec<Selector>, Vec<AdvancedSelector>)> {
    Some((Vec::deserialize(selectors).ok()?, Vec::deserialize(advanced).ok()?))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Selector {
    read_write_type: String,
    include_management_events: bool,
    exclude_management_event_sources: Vec<String>,
    data_resources: Vec<DataResource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DataResource {
    r#type: String,
    values: Vec<String>,
}

impl Selector {
    fn records(&self, access: Access) -> bool {
        match self.read_write_type.as_str() {
            "All" => true,
            "ReadOnly" => access == Access::Read,
            "WriteOnly" => access == Access::Write,
            _ => false,
        }
    }

    fn records_management(&self, access: Access) -> bool {
        self.include_management_events && self.exclude_management_event_sources.is_empty() && self.records(access)
    }

    /// `arn:aws:s3` stands for all buckets, and so does `arn:aws:s3:::`.
    fn records_objects(&self, objects: &str, access: Access) -> bool {
        let of_objects = self.data_resources.iter().filter(|resource| resource.r#type == "AWS::S3::Object");
        let covers = |value: &String| {
            value == objects
                || (value.ends_with(":s3") || value.ends_with(":s3:::")) && objects.starts_with(value.as_str())
        };
        self.records(access) && of_objects.flat_map(|resource| &resource.values).any(covers)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdvancedSelector {
    field_selectors: Vec<FieldSelector>,
}

/// A condition on one field. An event must meet one of the first three lists, if any has entries, and none of the others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FieldSelector {
    field: String,
    equals: Vec<String>,
    starts_with: Vec<String>,
    ends_with: Vec<String>,
    not_equals: Vec<String>,
    not_starts_with: Vec<String>,
    not_ends_with: Vec<String>,
}

impl AdvancedSelector {
    fn records_management(&self, access: Access) -> Truth {
        self.all_fields(|field| match field.field.as_str() {
            "eventCategory" => Truth::from(field.admits("Management")),
            "readOnly" => Truth::from(field.admits_access(access)),
            // What else there is leaves something out, such as the events of KMS.
            _ => Truth::from(field.is_empty()),
        })
        .and(Truth::from(self.has("eventCategory")))
    }

    fn records_objects(&self, objects: &str, access: Access) -> Truth {
        self.all_fields(|field| match field.field.as_str() {
            "eventCategory" => Truth::from(field.admits("Data")),
            "resources.type" => Truth::from(field.admits("AWS::S3::Object")),
            "readOnly" => Truth::from(field.admits_access(access)),
            "resources.ARN" => field.admits_all_below(objects),
            "eventSource" => Truth::from(field.admits("s3.amazonaws.com")),
            _ => Truth::from(field.is_empty()),
        })
        .and(Truth::from(self.has("eventCategory") && self.has("resources.type")))
    }

    fn all_fields(&self, question: impl Fn(&FieldSelector) -> Truth) -> Truth {
        self.field_selectors.iter().map(question).fold(Truth::True, Truth::and)
    }

    fn has(&self, name: &str) -> bool {
        self.field_selectors.iter().any(|field| field.field == name)
    }
}

impl FieldSelector {
    fn is_empty(&self) -> bool {
        self.wants_nothing()
            && self.not_equals.is_empty()
            && self.not_starts_with.is_empty()
            && self.not_ends_with.is_empty()
    }

    fn wants_nothing(&self) -> bool {
        self.equals.is_empty() && self.starts_with.is_empty() && self.ends_with.is_empty()
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

    /// Whether every text that begins with `start` is admitted. Ends of objects' names may be anything, so a condition on
    /// them leaves some out.
    fn admits_all_below(&self, start: &str) -> Truth {
        let wanted = self.wants_nothing() || self.starts_with.iter().any(|wanted| start.starts_with(wanted.as_str()));
        let spares = |refused: &String| !refused.starts_with(start) && !start.starts_with(refused.as_str());
        let refuses_none = self.not_starts_with.iter().all(spares)
            && self.not_equals.iter().all(|refused| !refused.starts_with(start))
            && self.not_ends_with.is_empty();
        Truth::from(wanted && refuses_none)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RECORDS: &str = "arn:aws:s3:::records";

    fn classic(kind: &str, values: &[&str]) -> Value {
        json!([{
            "ReadWriteType": kind, "IncludeManagementEvents": true, "ExcludeManagementEventSources": [],
            "DataResources": [{"Type": "AWS::S3::Object", "Values": values}],
        }])
    }

    fn field(name: &str, operator: &str, values: &[&str]) -> Value {
        let mut field = json!({
            "Field": name, "Equals": [], "StartsWith": [], "EndsWith": [], "NotEquals": [], "NotStartsWith": [],
            "NotEndsWith": [],
        });
        field[operator] = json!(values);
        field
    }

    /// One advanced selector of S3 data events with these further conditions.
    fn objects(more: &[(&str, &str, &[&str])]) -> Value {
        let mut fields =
            vec![field("eventCategory", "Equals", &["Data"]), field("resources.type", "Equals", &["AWS::S3::Object"])];
        fields.extend(more.iter().map(|(name, operator, values)| field(name, operator, values)));
        json!([{"Name": null, "FieldSelectors": fields}])
    }

    fn management(more: &[(&str, &str, &[&str])]) -> Value {
        let mut fields = vec![field("eventCategory", "Equals", &["Management"])];
        fields.extend(more.iter().map(|(name, operator, values)| field(name, operator, values)));
        json!({"Name": null, "FieldSelectors": fields})
    }

    fn by_classic(kind: &str, values: &[&str], access: Access) -> Truth {
        records_s3_data_events(&classic(kind, values), &json!([]), RECORDS, access)
    }

    fn by_advanced(more: &[(&str, &str, &[&str])], access: Access) -> Truth {
        records_s3_data_events(&json!([]), &objects(more), RECORDS, access)
    }

    #[test]
    fn a_classic_selector_names_all_buckets_or_one_as_a_whole() {
        for values in [["arn:aws:s3"], ["arn:aws:s3:::"], ["arn:aws:s3:::records/"]] {
            assert_eq!(by_classic("All", &values, Access::Read), Truth::True, "{values:?}");
        }
        for values in
            [&["arn:aws:s3:::records/2025/"][..], &["arn:aws:s3:::other/"], &["arn:aws-us-gov:s3"], &[""], &[]]
        {
            assert_eq!(by_classic("All", values, Access::Read), Truth::False, "{values:?}");
        }
        let lambda = json!([{
            "ReadWriteType": "All", "IncludeManagementEvents": true, "ExcludeManagementEventSources": [],
            "DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:s3"]}],
        }]);
        assert_eq!(records_s3_data_events(&lambda, &json!([]), RECORDS, Access::Read), Truth::False);
    }

    #[test]
    fn reads_and_writes_are_told_apart() {
        assert_eq!(by_classic("ReadOnly", &["arn:aws:s3"], Access::Read), Truth::True);
        assert_eq!(by_classic("ReadOnly", &["arn:aws:s3"], Access::Write), Truth::False);
        assert_eq!(by_classic("WriteOnly", &["arn:aws:s3"], Access::Write), Truth::True);
        assert_eq!(by_advanced(&[("readOnly", "Equals", &["true"])], Access::Read), Truth::True);
        assert_eq!(by_advanced(&[("readOnly", "Equals", &["true"])], Access::Write), Truth::False);
        assert_eq!(by_advanced(&[("readOnly", "Equals", &["false"])], Access::Write), Truth::True);
    }

    #[test]
    fn an_advanced_selector_covers_a_bucket_that_it_neither_misses_nor_excludes() {
        let covered: [&[(&str, &str, &[&str])]; 6] = [
            &[],
            &[("resources.ARN", "StartsWith", &["arn:aws:s3:::records/"])],
            &[("resources.ARN", "StartsWith", &["arn:aws:s3:::other/", "arn:aws:s3:::rec"])],
            &[("resources.ARN", "NotStartsWith", &["arn:aws:s3:::trail-logs/"])],
            &[("resources.ARN", "NotEquals", &["arn:aws:s3:::other/file"])],
            &[("eventSource", "Equals", &["s3.amazonaws.com"])],
        ];
        for more in covered {
            assert_eq!(by_advanced(more, Access::Read), Truth::True, "{more:?}");
        }
        let missed: [&[(&str, &str, &[&str])]; 8] = [
            &[("resources.ARN", "StartsWith", &["arn:aws:s3:::records/2025/"])],
            &[("resources.ARN", "Equals", &["arn:aws:s3:::records/file"])],
            &[("resources.ARN", "EndsWith", &[".pdf"])],
            &[("resources.ARN", "NotStartsWith", &["arn:aws:s3:::records/tmp/"])],
            &[("resources.ARN", "NotStartsWith", &["arn:aws:s3:::"])],
            &[("resources.ARN", "NotEquals", &["arn:aws:s3:::records/file"])],
            &[("eventName", "Equals", &["GetObject"])],
            &[("userIdentity.arn", "NotStartsWith", &["arn:aws:sts::123456789012:assumed-role/backup"])],
        ];
        for more in missed {
            assert_eq!(by_advanced(more, Access::Read), Truth::False, "{more:?}");
        }
        let of_management = json!([management(&[])]);
        assert_eq!(records_s3_data_events(&json!([]), &of_management, RECORDS, Access::Read), Truth::False);
    }

    #[test]
    fn selectors_that_are_not_whole_decide_nothing() {
        let broken = json!([{"ReadWriteType": "All"}]);
        assert_eq!(records_s3_data_events(&broken, &json!([]), RECORDS, Access::Read), Truth::Unknown);
        assert_eq!(records_all_management_events(&broken, &json!([])), Truth::Unknown);
        assert_eq!(records_s3_data_events(&json!([]), &json!([]), RECORDS, Access::Read), Truth::False);
    }

    #[test]
    fn all_management_events_leave_out_no_source_and_neither_reads_nor_writes() {
        let selectors = |kind: &str, included: bool, excluded: &[&str]| {
            json!({
                "ReadWriteType": kind, "IncludeManagementEvents": included, "DataResources": [],
                "ExcludeManagementEventSources": excluded,
            })
        };
        let by_classic = |list: Value| records_all_management_events(&list, &json!([]));
        assert_eq!(by_classic(json!([])), Truth::True);
        assert_eq!(by_classic(json!([selectors("All", true, &[])])), Truth::True);
        assert_eq!(
            by_classic(json!([selectors("ReadOnly", true, &[]), selectors("WriteOnly", true, &[])])),
            Truth::True
        );
        assert_eq!(by_classic(json!([selectors("WriteOnly", true, &[])])), Truth::False);
        assert_eq!(by_classic(json!([selectors("All", false, &[])])), Truth::False);
        assert_eq!(by_classic(json!([selectors("All", true, &["kms.amazonaws.com"])])), Truth::False);
        let by_advanced = |list: Value| records_all_management_events(&json!([]), &list);
        assert_eq!(by_advanced(json!([management(&[])])), Truth::True);
        assert_eq!(
            by_advanced(json!([
                management(&[("readOnly", "Equals", &["true"])]),
                management(&[("readOnly", "Equals", &["false"])])
            ])),
            Truth::True
        );
        assert_eq!(by_advanced(json!([management(&[("readOnly", "Equals", &["false"])])])), Truth::False);
        assert_eq!(
            by_advanced(json!([management(&[("eventSource", "NotEquals", &["kms.amazonaws.com"])])])),
            Truth::False
        );
        assert_eq!(by_advanced(objects(&[])), Truth::False);
    }

    #[test]
    fn a_prefix_holds_logs_if_it_is_above_or_below_them() {
        let own = |prefix: &str| prefix_holds_trail_logs(prefix, "", "123456789012", false);
        for prefix in [
            "",
            "AWS",
            "AWSLogs/",
            "AWSLogs/1234",
            "AWSLogs/123456789012/",
            "AWSLogs/123456789012/Cloud",
            "AWSLogs/123456789012/CloudTrail",
            "AWSLogs/123456789012/CloudTrail/us-east-1/",
            "AWSLogs/123456789012/CloudTrail-Digest/",
        ] {
            assert!(own(prefix), "{prefix}");
        }
        for prefix in
            ["records/", "AWSLogs/123456789012/Config/", "AWSLogs/999999999999/", "AWSLogs/o-a1/", "audit/AWSLogs/"]
        {
            assert!(!own(prefix), "{prefix}");
        }
        assert!(prefix_holds_trail_logs("audit/", "audit", "123456789012", false));
        assert!(!prefix_holds_trail_logs("AWSLogs/", "audit", "123456789012", false));
        let organization = |prefix: &str| prefix_holds_trail_logs(prefix, "", "123456789012", true);
        for prefix in [
            "AWSLogs/",
            "AWSLogs/o",
            "AWSLogs/o-a1b2c3d4e5",
            "AWSLogs/o-a1b2c3d4e5/999999999999",
            "AWSLogs/o-a1b2c3d4e5/999999999999/",
            "AWSLogs/o-a1b2c3d4e5/999999999999/CloudTrail/",
            "AWSLogs/123456789012/CloudTrail/",
        ] {
            assert!(organization(prefix), "{prefix}");
        }
        for prefix in ["AWSLogs/o-a1b2c3d4e5/999999999999/Config/", "AWSLogs/999999999999/", "records/"] {
            assert!(!organization(prefix), "{prefix}");
        }
    }
}
