//! AWS CloudTrail: trails and CloudTrail Lake event data stores.
//!
//! A multi-region trail shows in every region as a shadow of the one in its home region, and an organization's trail
//! shows in its member accounts. Each trail is one resource, of its home region, and is asked about where it lives, or
//! from the first region that showed it when its home region is not read. Events are another file's business.

mod facts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use self::facts::{EventDataStore, Trail};
use super::shapes::Tag;
use super::{Collector, Work};
use crate::aws::told::{FromAws, Given};
use crate::aws::wire::{Object, object};
use crate::aws::{Answer, Operation, ResourceReader, ServiceReader, Session, Site, Yield};
use crate::model::{Arn, Fact, Kind, Region, Scope};

/// The name of the model and of the service.
pub(super) const SERVICE: &str = "cloudtrail";

const TRAIL: &str = "AWS::CloudTrail::Trail";
const EVENT_DATA_STORE: &str = "AWS::CloudTrail::EventDataStore";

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: SERVICE, name, iam_actions, yields }
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
            Kind::of::<Trail>(TRAIL, SERVICE, Scope::Region),
            Kind::of::<EventDataStore>(EVENT_DATA_STORE, SERVICE, Scope::Region),
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

/// Where a trail was seen: trails by ARN, each with the regions that showed it. Trails without an ARN are one.
type SeenTrails = BTreeMap<Option<String>, (Value, Vec<Region>)>;

async fn read_trails(session: &Arc<Session>) {
    let seen = Arc::<Mutex<SeenTrails>>::default();
    let list = |region: Region| list_trails(session.region(&region), Arc::clone(&seen));
    session.each(session.regions().to_vec(), list).await;
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let trails = seen.into_values().filter_map(|(trail, regions)| Some((home(session, &trail, &regions)?, trail)));
    session.each(trails, |(site, trail)| read_trail(site, trail)).await;
}

/// Where a trail is asked about: its home region, or else a region that showed it.
fn home(session: &Arc<Session>, trail: &Value, seen_in: &[Region]) -> Option<Site> {
    let nearest = seen_in.iter().min()?;
    match Given(trail).text("HomeRegion").unwrap_or_default().parse::<Region>() {
        Ok(home) if seen_in.contains(&home) => Some(session.region(&home)),
        Ok(home) => Some(session.region_seen_from(&home, nearest)),
        Err(message) => {
            let message = format!("the HomeRegion of an item: {message}");
            session.region(nearest).malformed_list(TRAIL, &DESCRIBE_TRAILS, message);
            None
        }
    }
}

async fn list_trails(site: Site, seen: Arc<Mutex<SeenTrails>>) {
    let service = ServiceReader::new(site, SERVICE);
    let Some(answer) = service.ask(&DESCRIBE_TRAILS, object([("includeShadowTrails", true)])).await else { return };
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    for trail in Given(&answer).list("trailList") {
        let arn = trail.text("TrailARN").map(str::to_owned);
        let (_, regions) = seen.entry(arn).or_insert_with(|| (trail.0.clone(), Vec::new()));
        regions.push(service.site().region_name().clone());
    }
}

async fn read_trail(site: Site, listed: Value) {
    let listed = Given(&listed);
    let arn = listed.text("TrailARN");
    // A trail of another account may have the name of one of our own.
    let ours = arn.and_then(Arn::parse).is_some_and(|arn| arn.account == *site.session().account());
    let id = if ours { ("Name", listed.text("Name")) } else { ("TrailARN", arn) };
    let Some(trail) = site.listed(TRAIL, &DESCRIBE_TRAILS, id, &[]) else { return };
    let mut facts = Trail::default();
    trail.lacks(&DESCRIBE_TRAILS, facts.list(listed));
    let service = ServiceReader::new(site, SERVICE);
    let name = arn.unwrap_or_default();
    let status = service.ask_about(&trail, &GET_TRAIL_STATUS, &[], object([("Name", name)]));
    // AWS refuses the others of another account's trail, such as the organization's: no gap, the owner's account knows.
    let (status, (selectors, insight_selectors, tags)) = tokio::join!(status, async {
        if !ours {
            return (Answer::Unread, Fact::Unknown, Fact::Unknown);
        }
        let of_trail = || object([("TrailName", name)]);
        let no_insights = &["InsightNotEnabledException"];
        tokio::join!(
            service.ask_about(&trail, &GET_EVENT_SELECTORS, &[], of_trail()),
            service.read(&trail, &GET_INSIGHT_SELECTORS, no_insights, of_trail(), "InsightSelectors"),
            tags(&service, &trail, name)
        )
    });
    if let Answer::Got(status) = status {
        trail.lacks(&GET_TRAIL_STATUS, facts.report(Given(&status)));
    }
    if let Answer::Got(selectors) = selectors {
        trail.lacks(&GET_EVENT_SELECTORS, facts.select(Given(&selectors)));
    }
    (facts.InsightSelectors, facts.Tags) = (insight_selectors, tags);
    trail.emit(arn.map(str::to_owned), &facts);
}

/// One trail has at most 50 tags, which is less than a page.
async fn tags(service: &ServiceReader, trail: &ResourceReader, arn: &str) -> Fact<Vec<Tag>> {
    let input = object([("ResourceIdList", vec![arn])]);
    let read = |answer: Option<Value>| {
        let answer = answer.unwrap_or_default();
        let of_trail = Given(&answer).list("ResourceTagList").flat_map(|list| list.list("TagsList"));
        of_trail.map(|tag| Tag::from_aws(&tag)).collect()
    };
    service.fact(trail, &LIST_TAGS, &[], input, read).await
}

async fn read_event_data_stores(site: Site) {
    let service = ServiceReader::new(site.clone(), SERVICE);
    let listing = service.pages(&LIST_EVENT_DATA_STORES, None, Object::new()).await;
    let stores = listing.items.iter().flat_map(|page| Given(page).list("EventDataStores"));
    let stores: Vec<Value> = stores.map(|store| store.0.clone()).collect();
    site.session().each(stores, |store| read_event_data_store(service.clone(), store)).await;
}

async fn read_event_data_store(service: ServiceReader, listed: Value) {
    let listed = Given(&listed);
    let (list, gone) = (&LIST_EVENT_DATA_STORES, &["EventDataStoreNotFoundException"]);
    let arn = listed.text("EventDataStoreArn");
    let id = arn.and_then(|arn| arn.rsplit('/').next());
    let Some(store) = service.site().listed(EVENT_DATA_STORE, list, ("EventDataStoreArn", id), gone) else { return };
    let mut facts = EventDataStore::default();
    store.lacks(list, facts.list(listed));
    let (of_store, of_resource) = (object([("EventDataStore", arn)]), object([("ResourceArn", arn)]));
    let none = &["ResourcePolicyNotFoundException"];
    let (description, policy) = tokio::join!(
        service.ask_about(&store, &GET_EVENT_DATA_STORE, &[], of_store),
        service.read(&store, &GET_RESOURCE_POLICY, none, of_resource, "ResourcePolicy")
    );
    if let Answer::Got(description) = description {
        store.lacks(&GET_EVENT_DATA_STORE, facts.describe(Given(&description)));
    }
    facts.ResourcePolicy = policy;
    store.emit(arn.map(str::to_owned), &facts);
}
