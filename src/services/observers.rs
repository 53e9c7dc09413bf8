//! The observers of services in use: what each saw, and how far each could see.
//!
//! | observer | sees | does not see |
//! |---|---|---|
//! | CloudTrail event history | what was written within 90 days, in the regions that were read | reads, data events, busy regions beyond the budget |
//! | IAM last-accessed reports | requests of users and roles within 400 days, in all regions | the root user, roles of AWS services |
//! | tagged resources | resources that carry a tag or once did | what nobody ever tagged |
//! | resources collected | resources of the kinds that were listed | services that no collector reads |

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::ServiceWitness;
use crate::catalog::services::EligibilityList;
use crate::model::{
    EVENT_HISTORY, Gap, GapClass, Kinds, LAST_ACCESSED, Region, Resource, Snapshot, TAGGED_RESOURCE, WHOLE_ACCOUNT,
};

/// The certainty with which an observer knows that a service was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// Requests were seen, and it is open whether they only read.
    Possible,
    /// Something was written, or a resource is there.
    Certain,
}

/// The use of one service, as one observer saw it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    pub(super) kind_of_use: Use,
    pub(super) last_seen: Option<jiff::Timestamp>,
}

/// One source of knowledge about services in use.
#[derive(Debug)]
pub(super) struct Observer {
    pub(super) name: &'static str,
    reach: String,
    /// The services that it saw, by their prefix.
    pub(super) seen: BTreeMap<String, Sighting>,
    /// The reasons why it may have seen too little.
    pub(super) gaps: Vec<Gap>,
}

impl Observer {
    pub(super) fn in_report(&self) -> ServiceWitness {
        ServiceWitness { name: self.name.to_owned(), reach: self.reach.clone(), is_complete: self.gaps.is_empty() }
    }

    fn see(&mut self, service: String, kind_of_use: Use, last_seen: Option<jiff::Timestamp>) {
        let sighting = self.seen.entry(service).or_insert(Sighting { kind_of_use, last_seen });
        sighting.kind_of_use = sighting.kind_of_use.max(kind_of_use);
        sighting.last_seen = sighting.last_seen.max(last_seen);
    }
}

/// All four, in the order in which they are shown.
pub(super) fn all(snapshot: &Snapshot, kinds: &Kinds, list: &EligibilityList) -> Vec<Observer> {
    let mut observers = vec![event_history(snapshot, list), last_accessed(snapshot), tagged(snapshot, list)];
    let certain = |observer: &Observer| {
        let seen = observer.seen.iter().filter(|(_, sighting)| sighting.kind_of_use == Use::Certain);
        seen.map(|(service, _)| service.clone()).collect::<Vec<_>>()
    };
    let seen_by_others: BTreeSet<String> = observers.iter().flat_map(certain).collect();
    observers.push(collected(snapshot, kinds, list, &seen_by_others));
    observers
}

fn event_history(snapshot: &Snapshot, list: &EligibilityList) -> Observer {
    let mut observer = observer_of("CloudTrail event history", snapshot, EVENT_HISTORY);
    let doubts = list.event_sources_in_doubt();
    let (mut to_the_end, mut by_name, mut cut_short) = (Vec::new(), Vec::new(), Vec::new());
    for resource in of_kind(snapshot, EVENT_HISTORY) {
        for seen in objects(resource, "EventSources") {
            let Some(source) = text(seen, "EventSource") else { continue };
            observer.see(list.of_event_source(source), Use::Certain, moment(seen, "LastEventTime"));
        }
        let is_whole = matches!(resource.fact("ReadBackTo"), Some(Value::Null))
            && resource.fact("EndedBy").and_then(Value::as_str) == Some("end of history");
        let seen = objects(resource, "EventSources").filter_map(|seen| text(seen, "EventSource"));
        let settled = resource.fact("SourcesSettled").and_then(Value::as_array).into_iter().flatten();
        let settled: BTreeSet<&str> = settled.filter_map(Value::as_str).chain(seen).collect();
        let open = doubts.iter().filter(|source| !settled.contains(source.as_str())).count();
        let back = resource.fact("ReadBackTo").and_then(Value::as_str).unwrap_or("its newest event");
        match (is_whole, open) {
            (true, _) => to_the_end.push(resource.region.clone()),
            (false, 0) => by_name.push(format!("{} (whole back to {back})", resource.region)),
            (false, open) => cut_short.push((resource.region.clone(), open)),
        }
    }
    let mut parts = vec!["management events that wrote and succeeded, of the last 90 days".to_owned()];
    if !to_the_end.is_empty() {
        parts.push(format!("read to the end in {}", to_the_end.join(", ")));
    }
    if !by_name.is_empty() {
        parts.push(format!(
            "then each of the {} sources in doubt asked for by name in {}",
            doubts.len(),
            by_name.join(", ")
        ));
    }
    for (region, open) in cut_short {
        let words = format!("in {region} it ended with {open} of {} sources in doubt not settled", doubts.len());
        let is_failure = observer.gaps.iter().any(|gap| gap.region == region);
        if !is_failure {
            let message = format!(
                "CloudTrail event history: {words}, because the budget of questions was spent or they were only read \
                 (`event_history_calls` in the config file)"
            );
            observer.gaps.push(budget_gap(snapshot, &region, "cloudtrail", "LookupEvents", message));
        }
        parts.push(words);
    }
    observer.set_reach(parts);
    observer
}

fn last_accessed(snapshot: &Snapshot) -> Observer {
    let mut observer = observer_of("IAM last-accessed reports", snapshot, LAST_ACCESSED);
    let mut parts = vec!["requests of users and roles within 400 days, in every region".to_owned()];
    let mut only_read = BTreeSet::new();
    for resource in of_kind(snapshot, LAST_ACCESSED) {
        for service in objects(resource, "Services") {
            let Some(name) = text(service, "ServiceNamespace") else { continue };
            let (last, write) = (moment(service, "LastAuthenticated"), moment(service, "LastWrite"));
            if write.is_some() {
                observer.see(name.to_owned(), Use::Certain, write);
            } else if service.get("MayHaveWritten").and_then(Value::as_bool) == Some(true) {
                observer.see(name.to_owned(), Use::Possible, last);
            } else {
                only_read.insert(name.to_owned());
            }
        }
        let count = |fact: &str| resource.fact(fact).and_then(Value::as_u64).unwrap_or(0);
        parts.push(format!(
            "{} reports read; left out: roles never used ({}), roles of AWS services ({}), the root user",
            count("PrincipalsRead"),
            count("RolesNeverUsed"),
            count("ServiceLinkedRoles")
        ));
        if count("PrincipalsNotAsked") > 0 {
            let words =
                format!("{} users and roles beyond the budget were not asked about", count("PrincipalsNotAsked"));
            let message = format!("IAM last-accessed reports: {words}");
            let operation = "GenerateServiceLastAccessedDetails";
            observer.gaps.push(budget_gap(snapshot, &Region::GLOBAL, "iam", operation, message));
            parts.push(words);
        }
    }
    if !only_read.is_empty() {
        let names = only_read.into_iter().collect::<Vec<_>>().join(", ");
        parts.push(format!("not counted, because they were only read: {names}"));
    }
    observer.set_reach(parts);
    observer
}

fn tagged(snapshot: &Snapshot, list: &EligibilityList) -> Observer {
    let mut observer = observer_of("tagged resources", snapshot, TAGGED_RESOURCE);
    let mut count = 0;
    for resource in of_kind(snapshot, TAGGED_RESOURCE) {
        count += 1;
        let service = resource.fact("Service").and_then(Value::as_str).filter(|service| !service.is_empty());
        if let Some(service) = service {
            observer.see(list.of_arn(service), Use::Certain, None);
        }
    }
    let regions = snapshot.header.regions.join(", ");
    observer.set_reach(vec![format!("{count} resources that carry a tag or once did, in {regions}")]);
    observer
}

/// A list that could not be read leaves a service open only if nobody else saw it.
fn collected(
    snapshot: &Snapshot,
    kinds: &Kinds,
    list: &EligibilityList,
    seen_by_others: &BTreeSet<String>,
) -> Observer {
    let is_evidence = |kind: &str| {
        let others = [EVENT_HISTORY, LAST_ACCESSED, TAGGED_RESOURCE, "AWS::Region"];
        !WHOLE_ACCOUNT.contains(&kind) && !others.contains(&kind)
    };
    let mut observer =
        Observer { name: "resources collected", reach: String::new(), seen: BTreeMap::new(), gaps: Vec::new() };
    for resource in snapshot.resources.iter().filter(|resource| is_evidence(&resource.kind)) {
        if let Some(service) = list.of_kind(&resource.kind) {
            observer.see(service, Use::Certain, None);
        }
    }
    let is_seen = |kind: &str| {
        list.of_kind(kind)
            .is_some_and(|service| seen_by_others.contains(&service) || observer.seen.contains_key(&service))
    };
    let leaves_open = |gap: &&Gap| gap.population.iter().any(|kind| is_evidence(kind) && !is_seen(kind));
    observer.gaps = snapshot.gaps.iter().filter(leaves_open).cloned().collect();
    let listed: BTreeSet<&str> =
        snapshot.header.kinds.iter().map(String::as_str).filter(|kind| is_evidence(kind)).collect();
    let services: BTreeSet<String> = listed.iter().filter_map(|kind| list.of_kind(kind)).collect();
    let all = kinds.names().filter(|kind| is_evidence(kind)).count();
    observer.reach = match listed.len() {
        0 => "no kind of resource was listed for this run".to_owned(),
        _ => format!(
            "{} of {all} kinds of resources, of {}; no other service is listed",
            listed.len(),
            services.into_iter().collect::<Vec<_>>().join(", ")
        ),
    };
    observer
}

/// Makes an observer that has seen nothing yet, with the calls that failed it.
fn observer_of(name: &'static str, snapshot: &Snapshot, kind: &str) -> Observer {
    let mut observer = Observer { name, reach: String::new(), seen: BTreeMap::new(), gaps: Vec::new() };
    let is_of_it = |gap: &&Gap| gap.population.iter().any(|population| population == kind);
    observer.gaps = snapshot.gaps.iter().filter(is_of_it).cloned().collect();
    if !snapshot.header.kinds.iter().any(|collected| collected == kind) {
        let message = format!("{name}: the snapshot was taken without asking");
        let gap = budget_gap(snapshot, &Region::GLOBAL, "", "", message);
        observer.gaps.push(Gap { code: "NotCollected".to_owned(), ..gap });
    }
    observer
}

impl Observer {
    /// Words the reach: what the observer can see, and what kept it from that.
    fn set_reach(&mut self, mut parts: Vec<String>) {
        let mut failed: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for gap in self.gaps.iter().filter(|gap| gap.code != Gap::BUDGET_SPENT) {
            let words = match gap.class {
                GapClass::NotCollected => "not asked when the snapshot was taken".to_owned(),
                class => format!("{}:{} {}", gap.service, gap.operation, class.in_words()),
            };
            failed.entry(words).or_default().insert(&gap.region);
        }
        parts.extend(failed.into_iter().map(|(words, regions)| {
            format!("MISSING: {words} ({})", regions.into_iter().collect::<Vec<_>>().join(", "))
        }));
        self.reach = parts.join("; ");
    }
}

fn budget_gap(snapshot: &Snapshot, region: &Region, service: &str, operation: &str, message: String) -> Gap {
    Gap {
        account: snapshot.header.account,
        region: region.clone(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        resource: None,
        class: GapClass::NotCollected,
        code: Gap::BUDGET_SPENT.to_owned(),
        message,
        request_id: None,
        facts: Vec::new(),
        population: Vec::new(),
        iam_actions: Vec::new(),
    }
}

fn of_kind<'s>(snapshot: &'s Snapshot, kind: &'s str) -> impl Iterator<Item = &'s Resource> {
    snapshot.resources.iter().filter(move |resource| resource.kind == kind)
}

fn objects<'r>(resource: &'r Resource, fact: &str) -> impl Iterator<Item = &'r Value> {
    resource.fact(fact).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

fn moment(value: &Value, name: &str) -> Option<jiff::Timestamp> {
    text(value, name)?.parse().ok()
}
