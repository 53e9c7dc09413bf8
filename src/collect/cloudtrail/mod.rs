//! AWS CloudTrail: trails and CloudTrail Lake event data stores.
//!
//! A multi-region trail shows in every region as a shadow of the one in its home region, and an organization's trail
//! shows in its member accounts. Each trail is one resource, of its home region, and is asked about where it lives, or
//! from the first region that showed it when its home region is not read. Events are another file's business.

mod facts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types as sdk;

use self::facts::{EventDataStore, InsightSelector, Trail};
use super::shapes::Tag;
use super::{Collector, Work};
use crate::aws::{Answer, Clients, Operation, ResourceReader, Session, Site, Yield};
use crate::model::{Arn, Fact, Kind, Scope};

const TRAIL: &str = "AWS::CloudTrail::Trail";
const EVENT_DATA_STORE: &str = "AWS::CloudTrail::EventDataStore";

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "cloudtrail", name, iam_actions, yields }
}

const DESCRIBE_TRAILS: Operation =
    operation("DescribeTrails", &["cloudtrail:DescribeTrails"], &[Yield::Population(TRAIL)]);
const GET_TRAIL_STATUS: Operation =
    operation("GetTrailStatus", &["cloudtrail:GetTrailStatus"], &[Yield::Facts(TRAIL, Trail::STATUS)]);
const GET_EVENT_SELECTORS: Operation =
    operation("GetEventSelectors", &["cloudtrail:GetEventSelectors"], &[Yield::Facts(TRAIL, Trail::SELECTORS)]);
const GET_INSIGHT_SELECTORS: Operation =
    operation("GetInsightSelectors", &["cloudtrail:GetInsightSelectors"], &[Yield::Facts(TRAIL, Trail::INSIGHTS)]);
const LIST_TAGS: Operation = operation("ListTags", &["cloudtrail:ListTags"], &[Yield::Facts(TRAIL, Trail::TAGS)]);
const LIST_EVENT_DATA_STORES: Operation =
    operation("ListEventDataStores", &["cloudtrail:ListEventDataStores"], &[Yield::Population(EVENT_DATA_STORE)]);
const GET_EVENT_DATA_STORE: Operation = operation(
    "GetEventDataStore",
    &["cloudtrail:GetEventDataStore"],
    &[Yield::Facts(EVENT_DATA_STORE, EventDataStore::DESCRIBED)],
);
const GET_RESOURCE_POLICY: Operation = operation(
    "GetResourcePolicy",
    &["cloudtrail:GetResourcePolicy"],
    &[Yield::Facts(EVENT_DATA_STORE, EventDataStore::POLICY)],
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

/// Where a trail was seen: trails by ARN, each with the regions that showed it. Trails without an ARN are one.
type Seen = BTreeMap<Option<String>, (sdk::Trail, Vec<String>)>;

async fn read_trails(session: &Arc<Session>) {
    let (seen, clients) = (Arc::<Mutex<Seen>>::default(), Arc::new(Clients::new(client)));
    let list = |region: String| list_trails(session.region(&region), Arc::clone(&clients), Arc::clone(&seen));
    session.each(session.regions().to_vec(), list).await;
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    session
        .each(seen.into_values(), |(trail, regions)| {
            let home = trail.home_region.clone().unwrap_or_default();
            let nearest = regions.iter().find(|region| **region == home).or(regions.iter().min());
            let site = session.region_seen_from(&home, nearest.unwrap_or(&home));
            read_trail(clients.of(&site), site, trail)
        })
        .await;
}

async fn list_trails(site: Site, clients: Arc<Clients<Client>>, seen: Arc<Mutex<Seen>>) {
    let client = clients.of(&site);
    let call = || client.describe_trails().include_shadow_trails(true).send();
    let Some(output) = site.ask(&DESCRIBE_TRAILS, call).await else { return };
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    for trail in output.trail_list.unwrap_or_default() {
        let (_, regions) = seen.entry(trail.trail_arn.clone()).or_insert_with(|| (trail, Vec::new()));
        regions.push(site.region_name().to_owned());
    }
}

async fn read_trail(client: Client, site: Site, listed: sdk::Trail) {
    // A trail of another account may have the name of one of our own.
    let ours = listed.trail_arn().and_then(Arn::parse).is_some_and(|arn| arn.account == site.session().account());
    let id = if ours { ("Name", listed.name()) } else { ("TrailARN", listed.trail_arn()) };
    let Some(trail) = site.listed(TRAIL, &DESCRIBE_TRAILS, id, &[]) else { return };
    let mut facts = Trail::default();
    trail.lacks(&DESCRIBE_TRAILS, facts.list(&listed));
    let arn = listed.trail_arn().unwrap_or_default();
    let status = trail.ask(&GET_TRAIL_STATUS, &[], || client.get_trail_status().name(arn).send());
    // AWS refuses the others of another account's trail, such as the organization's: no gap, the owner's account knows.
    let (status, (selectors, insight_selectors, tags)) = tokio::join!(status, async {
        if !ours {
            return (Answer::Unread, Fact::Unknown, Fact::Unknown);
        }
        let selectors = || client.get_event_selectors().trail_name(arn).send();
        tokio::join!(
            trail.ask(&GET_EVENT_SELECTORS, &[], selectors),
            insight_selectors(&client, &trail, arn),
            tags(&client, &trail, arn)
        )
    });
    if let Answer::Got(status) = status {
        trail.lacks(&GET_TRAIL_STATUS, facts.report(&status));
    }
    if let Answer::Got(selectors) = selectors {
        trail.lacks(&GET_EVENT_SELECTORS, facts.select(&selectors));
    }
    (facts.InsightSelectors, facts.Tags) = (insight_selectors, tags);
    trail.emit(listed.trail_arn, &facts);
}

async fn insight_selectors(client: &Client, trail: &ResourceReader, arn: &str) -> Fact<Vec<InsightSelector>> {
    let call = || client.get_insight_selectors().trail_name(arn).send();
    trail.read(&GET_INSIGHT_SELECTORS, &["InsightNotEnabledException"], call, |output| output.insight_selectors).await
}

/// One trail has at most 50 tags, which is less than a page.
async fn tags(client: &Client, trail: &ResourceReader, arn: &str) -> Fact<Vec<Tag>> {
    let call = || client.list_tags().resource_id_list(arn).send();
    let of_trail = |lists: Vec<sdk::ResourceTag>| lists.into_iter().flat_map(|list| list.tags_list.unwrap_or_default());
    trail.read(&LIST_TAGS, &[], call, |output| Some(of_trail(output.resource_tag_list?).collect::<Vec<_>>())).await
}

async fn read_event_data_stores(site: Site) {
    let client = client(&site);
    let start = || client.list_event_data_stores().into_paginator().send();
    let listing = site.pages(&LIST_EVENT_DATA_STORES, None, start).await;
    let stores = listing.items.into_iter().flat_map(|page| page.event_data_stores.unwrap_or_default());
    site.session().each(stores, |store| read_event_data_store(site.clone(), client.clone(), store)).await;
}

async fn read_event_data_store(site: Site, client: Client, listed: sdk::EventDataStore) {
    let (list, gone) = (&LIST_EVENT_DATA_STORES, &["EventDataStoreNotFoundException"]);
    let id = listed.event_data_store_arn().and_then(|arn| arn.rsplit('/').next());
    let Some(store) = site.listed(EVENT_DATA_STORE, list, ("EventDataStoreArn", id), gone) else { return };
    let mut facts = EventDataStore::default();
    store.lacks(list, facts.list(&listed));
    let arn = listed.event_data_store_arn().unwrap_or_default();
    let description = || client.get_event_data_store().event_data_store(arn).send();
    let policy = || client.get_resource_policy().resource_arn(arn).send();
    let none = &["ResourcePolicyNotFoundException"];
    let (description, policy) = tokio::join!(
        store.ask(&GET_EVENT_DATA_STORE, &[], description),
        store.read(&GET_RESOURCE_POLICY, none, policy, |output| output.resource_policy)
    );
    if let Answer::Got(description) = description {
        store.lacks(&GET_EVENT_DATA_STORE, facts.describe(&description));
    }
    facts.ResourcePolicy = policy;
    store.emit(listed.event_data_store_arn, &facts);
}
