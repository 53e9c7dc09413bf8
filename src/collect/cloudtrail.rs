//! AWS CloudTrail: trails and CloudTrail Lake event data stores.
//!
//! A multi-region trail shows in every region as a shadow of the one in its home region, and an organization's trail
//! shows in its member accounts. Each trail is one resource, of its home region, and is asked about where it lives, or
//! from the first region that showed it when its home region is not read. Events are another file's business.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types as sdk;
use aws_smithy_types::DateTime;
use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::{Tag, timestamp};
use super::{Collector, Work};
use crate::aws::{Answer, Operation, ResourceReader, Session, Site, Yield};
use crate::model::{Arn, Fact, Kind, PolicyDocument, Scope, Timestamp};

const TRAIL: &str = "AWS::CloudTrail::Trail";
const EVENT_DATA_STORE: &str = "AWS::CloudTrail::EventDataStore";

/// Facts of `AWS::CloudTrail::Trail`: CloudFormation's names for the settings, the API's for the status.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Trail {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    trail_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    home_region: Fact<String>,
    #[serde(rename = "S3BucketName", skip_serializing_if = "Fact::is_unknown")]
    s3_bucket_name: Fact<Option<String>>,
    #[serde(rename = "S3KeyPrefix", skip_serializing_if = "Fact::is_unknown")]
    s3_key_prefix: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    is_multi_region_trail: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    is_organization_trail: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    include_global_service_events: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    enable_log_file_validation: Fact<bool>,
    #[serde(rename = "KMSKeyId", skip_serializing_if = "Fact::is_unknown")]
    kms_key_id: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    cloud_watch_logs_log_group_arn: Fact<Option<String>>,
    /// Whether it has selectors at all. Told also to members of an organization about its trail, whose selectors only the
    /// owner's account may read.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    has_custom_event_selectors: Fact<Option<bool>>,
    #[serde(flatten)]
    status: Status,
    #[serde(flatten)]
    selectors: Selectors,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    insight_selectors: Fact<Vec<InsightSelector>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

/// What `GetTrailStatus` tells. Errors are null when the latest delivery went well, times when there was none yet.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Status {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    is_logging: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    latest_delivery_time: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    latest_delivery_error: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    latest_cloud_watch_logs_delivery_time: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    latest_cloud_watch_logs_delivery_error: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    latest_digest_delivery_time: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    latest_digest_delivery_error: Fact<Option<String>>,
}

/// What `GetEventSelectors` tells. A trail has selectors of one form or the other; the other list is empty.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Selectors {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    event_selectors: Fact<Vec<EventSelector>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    advanced_event_selectors: Fact<Vec<AdvancedEventSelector>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct EventSelector {
    read_write_type: String,
    include_management_events: bool,
    exclude_management_event_sources: Vec<String>,
    data_resources: Vec<DataResource>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct DataResource {
    r#type: String,
    values: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct AdvancedEventSelector {
    name: Option<String>,
    field_selectors: Vec<FieldSelector>,
}

/// Conditions that are not set are empty lists.
#[derive(Debug, Serialize, JsonSchema)]
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

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct InsightSelector {
    insight_type: String,
    /// Which events are watched: `Management`, `Data`. Empty where AWS names none, which means management events.
    event_categories: Vec<String>,
}

/// Facts of `AWS::CloudTrail::EventDataStore`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct EventDataStore {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    event_data_store_arn: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<Option<String>>,
    /// Days.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    retention_period: Fact<Option<i32>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    multi_region_enabled: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization_enabled: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    termination_protection_enabled: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    kms_key_id: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    advanced_event_selectors: Fact<Vec<AdvancedEventSelector>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    resource_policy: Fact<Option<PolicyDocument>>,
}

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "cloudtrail", name, iam_actions, yields }
}

const DESCRIBE_TRAILS: Operation =
    operation("DescribeTrails", &["cloudtrail:DescribeTrails"], &[Yield::Population(TRAIL)]);
const GET_TRAIL_STATUS: Operation = operation(
    "GetTrailStatus",
    &["cloudtrail:GetTrailStatus"],
    &[Yield::Facts(
        TRAIL,
        &[
            "IsLogging",
            "LatestDeliveryTime",
            "LatestDeliveryError",
            "LatestCloudWatchLogsDeliveryTime",
            "LatestCloudWatchLogsDeliveryError",
            "LatestDigestDeliveryTime",
            "LatestDigestDeliveryError",
        ],
    )],
);
const GET_EVENT_SELECTORS: Operation = operation(
    "GetEventSelectors",
    &["cloudtrail:GetEventSelectors"],
    &[Yield::Facts(TRAIL, &["EventSelectors", "AdvancedEventSelectors"])],
);
const GET_INSIGHT_SELECTORS: Operation = operation(
    "GetInsightSelectors",
    &["cloudtrail:GetInsightSelectors"],
    &[Yield::Facts(TRAIL, &["InsightSelectors"])],
);
const LIST_TAGS: Operation = operation("ListTags", &["cloudtrail:ListTags"], &[Yield::Facts(TRAIL, &["Tags"])]);
const LIST_EVENT_DATA_STORES: Operation =
    operation("ListEventDataStores", &["cloudtrail:ListEventDataStores"], &[Yield::Population(EVENT_DATA_STORE)]);
const GET_EVENT_DATA_STORE: Operation = operation(
    "GetEventDataStore",
    &["cloudtrail:GetEventDataStore"],
    &[Yield::Facts(
        EVENT_DATA_STORE,
        &[
            "Status",
            "RetentionPeriod",
            "MultiRegionEnabled",
            "OrganizationEnabled",
            "TerminationProtectionEnabled",
            "KmsKeyId",
            "AdvancedEventSelectors",
        ],
    )],
);

const GET_RESOURCE_POLICY: Operation = operation(
    "GetResourcePolicy",
    &["cloudtrail:GetResourcePolicy"],
    &[Yield::Facts(EVENT_DATA_STORE, &["ResourcePolicy"])],
);

/// The collector of AWS CloudTrail.
pub struct CloudTrail;

impl Collector for CloudTrail {
    fn kinds(&self) -> Vec<Kind> {
        vec![
            Kind::of::<Trail>(TRAIL, "cloudtrail", Scope::Region),
            Kind::of::<EventDataStore>(EVENT_DATA_STORE, "cloudtrail", Scope::Region),
        ]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[
            &DESCRIBE_TRAILS,
            &GET_TRAIL_STATUS,
            &GET_EVENT_SELECTORS,
            &GET_INSIGHT_SELECTORS,
            &LIST_TAGS,
            &LIST_EVENT_DATA_STORES,
            &GET_EVENT_DATA_STORE,
            &GET_RESOURCE_POLICY,
        ]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let stores =
                session.each(session.regions().to_vec(), |region| read_event_data_stores(session.region(&region)));
            tokio::join!(read_trails(&session), stores);
        })
    }
}

fn client(site: &Site) -> Client {
    let config = aws_sdk_cloudtrail::config::Builder::from(&site.config()).interceptor(site.interceptor());
    Client::from_conf(config.build())
}

/// Where a trail was seen: trails by ARN, each with the regions that showed it.
type Seen = BTreeMap<String, (sdk::Trail, Vec<String>)>;

async fn read_trails(session: &Arc<Session>) {
    let seen: Arc<Mutex<Seen>> = Arc::default();
    session.each(session.regions().to_vec(), |region| list_trails(session.region(&region), Arc::clone(&seen))).await;
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    session
        .each(seen, |(arn, (trail, regions))| {
            let home = trail.home_region.clone().unwrap_or_default();
            let nearest = regions.iter().find(|region| **region == home).or(regions.iter().min());
            let site = session.region_seen_from(&home, nearest.unwrap_or(&home));
            read_trail(site, arn, trail)
        })
        .await;
}

async fn list_trails(site: Site, seen: Arc<Mutex<Seen>>) {
    let client = client(&site);
    let call = || client.describe_trails().include_shadow_trails(true).send();
    let Some(output) = site.ask(&DESCRIBE_TRAILS, call).await else { return };
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    for trail in output.trail_list.unwrap_or_default() {
        // A trail is listed by every region that it watches. Without its ARN nobody can tell which one it is.
        let arn = trail.trail_arn.clone().unwrap_or_default();
        seen.entry(arn).or_insert_with(|| (trail, Vec::new())).1.push(site.region_name().to_owned());
    }
}

async fn read_trail(site: Site, arn: String, listed: sdk::Trail) {
    let client = client(&site);
    let name = listed.name.clone().filter(|_| !arn.is_empty()).unwrap_or_else(|| arn.clone());
    // A trail of another account may have the name of one of our own.
    let ours = Arn::parse(&arn).is_some_and(|arn| arn.account == site.session().account());
    let id = if ours { &name } else { &arn };
    let Some(trail) = site.listed(TRAIL, &DESCRIBE_TRAILS, ("TrailARN", Some(id)), &[]) else { return };
    let (status, (selectors, insight_selectors, tags)) = tokio::join!(status(&client, &trail, &arn), async {
        // AWS refuses these of another account's trail, such as the organization's: no gap, the owner's account knows.
        if !ours {
            return Default::default();
        }
        tokio::join!(
            selectors(&client, &trail, &arn),
            insight_selectors(&client, &trail, &arn),
            tags(&client, &trail, &arn),
        )
    });
    let facts = Trail {
        trail_name: Fact::Known(name),
        arn: Fact::Known(arn.clone()),
        home_region: listed.home_region.into(),
        s3_bucket_name: Fact::Known(listed.s3_bucket_name),
        s3_key_prefix: Fact::Known(listed.s3_key_prefix),
        is_multi_region_trail: Fact::Known(listed.is_multi_region_trail.unwrap_or(false)),
        is_organization_trail: Fact::Known(listed.is_organization_trail.unwrap_or(false)),
        include_global_service_events: Fact::Known(listed.include_global_service_events.unwrap_or(false)),
        enable_log_file_validation: Fact::Known(listed.log_file_validation_enabled.unwrap_or(false)),
        kms_key_id: Fact::Known(listed.kms_key_id),
        cloud_watch_logs_log_group_arn: Fact::Known(listed.cloud_watch_logs_log_group_arn),
        has_custom_event_selectors: Fact::Known(listed.has_custom_event_selectors),
        status,
        selectors,
        insight_selectors,
        tags,
    };
    trail.emit(Some(arn), &facts);
}

async fn status(client: &Client, trail: &ResourceReader, arn: &str) -> Status {
    let Answer::Got(output) = trail.ask(&GET_TRAIL_STATUS, &[], || client.get_trail_status().name(arn).send()).await
    else {
        return Status::default();
    };
    let time = |moment: Option<DateTime>| Fact::Known(moment.as_ref().and_then(timestamp));
    let error = |text: Option<String>| Fact::Known(text.filter(|text| !text.is_empty()));
    Status {
        is_logging: trail.understand(&GET_TRAIL_STATUS, output.is_logging.ok_or("IsLogging is missing".to_owned())),
        latest_delivery_time: time(output.latest_delivery_time),
        latest_delivery_error: error(output.latest_delivery_error),
        latest_cloud_watch_logs_delivery_time: time(output.latest_cloud_watch_logs_delivery_time),
        latest_cloud_watch_logs_delivery_error: error(output.latest_cloud_watch_logs_delivery_error),
        latest_digest_delivery_time: time(output.latest_digest_delivery_time),
        latest_digest_delivery_error: error(output.latest_digest_delivery_error),
    }
}

async fn selectors(client: &Client, trail: &ResourceReader, arn: &str) -> Selectors {
    let Answer::Got(output) =
        trail.ask(&GET_EVENT_SELECTORS, &[], || client.get_event_selectors().trail_name(arn).send()).await
    else {
        return Selectors::default();
    };
    Selectors {
        event_selectors: Fact::Known(
            output.event_selectors.unwrap_or_default().into_iter().map(event_selector).collect(),
        ),
        advanced_event_selectors: Fact::Known(
            output.advanced_event_selectors.unwrap_or_default().into_iter().map(advanced_event_selector).collect(),
        ),
    }
}

/// AWS's defaults for what a selector leaves out: all events, management events included.
/// See <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>.
fn event_selector(selector: sdk::EventSelector) -> EventSelector {
    EventSelector {
        read_write_type: selector.read_write_type.map_or_else(|| "All".to_owned(), |kind| kind.as_str().to_owned()),
        include_management_events: selector.include_management_events.unwrap_or(true),
        exclude_management_event_sources: selector.exclude_management_event_sources.unwrap_or_default(),
        data_resources: selector
            .data_resources
            .unwrap_or_default()
            .into_iter()
            .map(|resource| DataResource {
                r#type: resource.r#type.unwrap_or_default(),
                values: resource.values.unwrap_or_default(),
            })
            .collect(),
    }
}

fn advanced_event_selector(selector: sdk::AdvancedEventSelector) -> AdvancedEventSelector {
    let field = |field: sdk::AdvancedFieldSelector| FieldSelector {
        field: field.field,
        equals: field.equals.unwrap_or_default(),
        starts_with: field.starts_with.unwrap_or_default(),
        ends_with: field.ends_with.unwrap_or_default(),
        not_equals: field.not_equals.unwrap_or_default(),
        not_starts_with: field.not_starts_with.unwrap_or_default(),
        not_ends_with: field.not_ends_with.unwrap_or_default(),
    };
    AdvancedEventSelector {
        name: selector.name,
        field_selectors: selector.field_selectors.into_iter().map(field).collect(),
    }
}

async fn insight_selectors(client: &Client, trail: &ResourceReader, arn: &str) -> Fact<Vec<InsightSelector>> {
    let call = || client.get_insight_selectors().trail_name(arn).send();
    trail
        .fact(&GET_INSIGHT_SELECTORS, &["InsightNotEnabledException"], call, |output| {
            let selectors = output.and_then(|output| output.insight_selectors).unwrap_or_default();
            Ok(selectors.into_iter().filter_map(insight_selector).collect())
        })
        .await
}

fn insight_selector(selector: sdk::InsightSelector) -> Option<InsightSelector> {
    let categories = selector.event_categories.unwrap_or_default();
    Some(InsightSelector {
        insight_type: selector.insight_type?.as_str().to_owned(),
        event_categories: categories.iter().map(|category| category.as_str().to_owned()).collect(),
    })
}

async fn tags(client: &Client, trail: &ResourceReader, arn: &str) -> Fact<Vec<Tag>> {
    // One trail has at most 50 tags, which is less than a page.
    let call = || client.list_tags().resource_id_list(arn).send();
    trail
        .fact(&LIST_TAGS, &[], call, |output| {
            let lists = output.and_then(|output| output.resource_tag_list).unwrap_or_default();
            let tags = lists.into_iter().flat_map(|list| list.tags_list.unwrap_or_default());
            Ok(tags.map(|tag| Tag::new(tag.key, tag.value.as_deref())).collect())
        })
        .await
}

async fn read_event_data_stores(site: Site) {
    let client = client(&site);
    let listing =
        site.pages(&LIST_EVENT_DATA_STORES, None, || client.list_event_data_stores().into_paginator().send()).await;
    let stores = listing.items.into_iter().flat_map(|page| page.event_data_stores.unwrap_or_default());
    site.session().each(stores, |store| read_event_data_store(site.clone(), client.clone(), store)).await;
}

async fn read_event_data_store(site: Site, client: Client, listed: sdk::EventDataStore) {
    let arn = listed.event_data_store_arn.unwrap_or_default();
    let (id, gone) = (arn.rsplit('/').next(), &["EventDataStoreNotFoundException"]);
    let id = ("EventDataStoreArn", id);
    let Some(store) = site.listed(EVENT_DATA_STORE, &LIST_EVENT_DATA_STORES, id, gone) else { return };
    let mut facts = EventDataStore {
        name: Fact::Known(listed.name),
        event_data_store_arn: Fact::Known(arn.clone()),
        ..EventDataStore::default()
    };
    let call = || client.get_event_data_store().event_data_store(&arn).send();
    let (answer, resource_policy) =
        tokio::join!(store.ask(&GET_EVENT_DATA_STORE, &[], call), resource_policy(&client, &store, &arn));
    facts.resource_policy = resource_policy;
    if let Answer::Got(output) = answer {
        facts.status = Fact::Known(output.status.map(|status| status.as_str().to_owned()));
        facts.retention_period = Fact::Known(output.retention_period);
        facts.multi_region_enabled = Fact::Known(output.multi_region_enabled.unwrap_or(false));
        facts.organization_enabled = Fact::Known(output.organization_enabled.unwrap_or(false));
        facts.termination_protection_enabled = Fact::Known(output.termination_protection_enabled.unwrap_or(false));
        facts.kms_key_id = Fact::Known(output.kms_key_id);
        let selectors = output.advanced_event_selectors.unwrap_or_default();
        facts.advanced_event_selectors = Fact::Known(selectors.into_iter().map(advanced_event_selector).collect());
    }
    store.emit(Some(arn), &facts);
}

async fn resource_policy(client: &Client, store: &ResourceReader, arn: &str) -> Fact<Option<PolicyDocument>> {
    let call = || client.get_resource_policy().resource_arn(arn).send();
    store
        .fact(&GET_RESOURCE_POLICY, &["ResourcePolicyNotFoundException"], call, |output| {
            let policy = output.and_then(|output| output.resource_policy);
            policy.map(|text| PolicyDocument::parse(&text)).transpose()
        })
        .await
}
