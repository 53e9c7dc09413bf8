//! The one definition of a trail, or an event data store, that really records events.
//!
//! A trail that exists and whose logging was started may still record nothing. It is effective for an event if it
//! covers the region, logs, can deliver, and has a selector that lets the event in. An event data store takes in events
//! while its status is `ENABLED`. Every rule that asks whether something is recorded asks here.
//!
//! `GetTrailStatus` answers for one region, so a delivery that fails elsewhere is not seen. A trail that CloudTrail
//! could not deliver because requests timed out shows no error, only an old time.
//!
//! Sources: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventDataStore.html>.

mod keys;
pub mod retention;
mod selectors;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

pub use selectors::Access;
use selectors::TrailSelectors;

use crate::model::{Arn, Truth};

/// The kind of trails, and the facts of it that are read here.
pub const TRAIL: (&str, &[&str]) = (
    "AWS::CloudTrail::Trail",
    &[
        "HomeRegion",
        "IsMultiRegionTrail",
        "IncludeGlobalServiceEvents",
        "IsOrganizationTrail",
        "IsLogging",
        "LatestDeliveryError",
        "LatestDeliveryTime",
        "EventSelectors",
        "AdvancedEventSelectors",
        "HasCustomEventSelectors",
    ],
);

/// The kind of event data stores, and the facts of it that are read here.
pub const EVENT_DATA_STORE: (&str, &[&str]) = (
    "AWS::CloudTrail::EventDataStore",
    &["EventDataStoreArn", "MultiRegionEnabled", "Status", "AdvancedEventSelectors"],
);

/// Days after which a trail of management events that shows no error should have delivered something: a week, and a day
/// more, so that a weekly scan, whose own calls are events, is enough.
const QUIET_DAYS: i64 = 8;

/// The events that should be on record.
#[derive(Debug, Clone, Copy)]
pub enum Events<'q> {
    /// Management events of that access; those of KMS and the RDS Data API may be left out.
    Management(Access),
    /// Management events, reads and writes, of every source.
    AllManagement,
    /// Calls of that access on every object of the bucket with that ARN.
    Objects(&'q str, Access),
    /// Calls to that service (`s3.amazonaws.com`) through VPC endpoints that the endpoint denied.
    NetworkActivity(&'q str),
}

/// The answer to the question whether something is recorded, and the faults that stand against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The answer: true if it is recorded.
    pub truth: Truth,
    /// The faults of the trail or store, each to follow its name: `is stopped`.
    pub faults: Vec<String>,
    /// The facts that were read and settle nothing: sentences without a capital letter and without a period.
    pub doubts: Vec<String>,
}

/// Facts of one trail or store by their names, as far as they were read.
pub type Facts<'f, 'v> = dyn FnMut(&'static str) -> Option<&'v Value> + 'f;

/// Says whether the trail records these events of a region, or of every region if none is named.
pub fn trail_records<'v>(
    facts: &mut Facts<'_, 'v>,
    events: Events<'_>,
    region: Option<&str>,
    now: Timestamp,
) -> Recording {
    let mut recording = Recording::default();
    recording.trail_covers(facts, events, region);
    if recording.truth != Truth::False {
        recording.trail_is_alive(facts);
    }
    if recording.truth != Truth::False {
        recording.trail_selects(facts, events, now);
    }
    recording
}

/// Says whether the event data store records these events of a region, or of every region if none is named.
pub fn store_records<'v>(facts: &mut Facts<'_, 'v>, events: Events<'_>, region: Option<&str>) -> Recording {
    let mut recording = Recording::default();
    let home = text(facts("EventDataStoreArn")).map(|arn| Arn::parse(arn).map_or("", |arn| arn.region));
    recording.covers(home, flag(facts("MultiRegionEnabled")), region);
    if recording.truth == Truth::False {
        return recording;
    }
    match text(facts("Status")) {
        Some("ENABLED") => {}
        Some("CREATED" | "STARTING_INGESTION") => recording.doubt("it is just being started".to_owned()),
        Some(status) => {
            recording.fault(format!("takes in no events (status {status})"));
            return recording;
        }
        None => recording.unread(),
    }
    match facts("AdvancedEventSelectors")
        .and_then(|advanced| TrailSelectors::parse(&Value::Array(Vec::new()), advanced))
    {
        Some(selectors) if selectors.is_empty() => {
            recording.doubt("AWS names no selectors of the event data store".to_owned());
        }
        Some(selectors) => recording.selects(&selectors, events),
        None => recording.unread(),
    }
    recording
}

impl Default for Recording {
    fn default() -> Self {
        Self { truth: Truth::True, faults: Vec::new(), doubts: Vec::new() }
    }
}

impl Recording {
    fn fault(&mut self, fault: String) {
        self.truth = Truth::False;
        self.faults.push(fault);
    }

    fn doubt(&mut self, doubt: String) {
        self.unread();
        self.doubts.push(doubt);
    }

    fn unread(&mut self) {
        self.truth = self.truth.and(Truth::Unknown);
    }

    /// Notes what a fact says: a fault where it is bad.
    fn expect(&mut self, is_good: Option<bool>, fault: impl FnOnce() -> String) {
        match is_good {
            Some(true) => {}
            Some(false) => self.fault(fault()),
            None => self.unread(),
        }
    }

    fn covers(&mut self, home: Option<&str>, is_multi_region: Option<bool>, region: Option<&str>) {
        let is_covered = match (is_multi_region, region) {
            (Some(true), _) => Some(true),
            (Some(false), None) => Some(false),
            (is_multi_region, Some(region)) => match home.map(|home| home == region) {
                Some(true) => Some(true),
                is_home => is_multi_region.and(is_home),
            },
            (None, None) => None,
        };
        self.expect(is_covered, || format!("records {} only", home.unwrap_or("its own region")));
    }

    fn trail_covers<'v>(&mut self, facts: &mut Facts<'_, 'v>, events: Events<'_>, region: Option<&str>) {
        let is_multi_region = flag(facts("IsMultiRegionTrail"));
        let home = if is_multi_region == Some(true) { None } else { text(facts("HomeRegion")) };
        self.covers(home, is_multi_region, region);
        let wants_global = region.is_none() && matches!(events, Events::Management(_) | Events::AllManagement);
        if wants_global && self.truth != Truth::False {
            let has_global = flag(facts("IncludeGlobalServiceEvents"));
            self.expect(has_global, || "leaves out the events of global services".to_owned());
        }
    }

    fn trail_is_alive<'v>(&mut self, facts: &mut Facts<'_, 'v>) {
        self.expect(flag(facts("IsLogging")), || "is stopped".to_owned());
        if self.truth == Truth::False {
            return;
        }
        match facts("LatestDeliveryError") {
            Some(Value::Null) => {}
            Some(error) => self.fault(format!("cannot deliver ({})", error.as_str().unwrap_or("error"))),
            None => self.unread(),
        }
    }

    fn trail_selects<'v>(&mut self, facts: &mut Facts<'_, 'v>, events: Events<'_>, now: Timestamp) {
        let both = facts("EventSelectors").zip(facts("AdvancedEventSelectors"));
        let records_management = match both.map(|(classic, advanced)| TrailSelectors::parse(classic, advanced)) {
            Some(Some(selectors)) if selectors.is_empty() => {
                self.selects_by_default(events);
                true
            }
            Some(Some(selectors)) => {
                self.selects(&selectors, events);
                selectors.record_management(Access::Read)
            }
            Some(None) => return self.unread(),
            // Only the owner of an organization's trail is told the selectors. Its members are told whether there are
            // any.
            None if flag(facts("IsOrganizationTrail")) == Some(true) => {
                if flag(facts("HasCustomEventSelectors")) != Some(false) {
                    return self
                        .doubt("only the account that owns the organization's trail knows its selectors".to_owned());
                }
                self.selects_by_default(events);
                true
            }
            None => return self.unread(),
        };
        if records_management && self.truth != Truth::False {
            self.has_delivered(facts, now);
        }
    }

    /// A trail is made so that it records all management events and nothing else.
    fn selects_by_default(&mut self, events: Events<'_>) {
        match events {
            Events::Management(_) | Events::AllManagement => {}
            Events::Objects(..) => self.fault("records no data events of S3 objects".to_owned()),
            Events::NetworkActivity(_) => self.fault("records no network activity".to_owned()),
        }
    }

    fn selects(&mut self, selectors: &TrailSelectors, events: Events<'_>) {
        let by = |fields: BTreeSet<String>| match fields.len() {
            0 => String::new(),
            _ => format!(" (by {})", fields.into_iter().collect::<Vec<_>>().join(", ")),
        };
        match events {
            Events::Management(access) => self.expect(Some(selectors.record_management(access)), || {
                if !selectors.touch_management() {
                    return "records no management events".to_owned();
                }
                format!("leaves out management events{}", by(selectors.holes_in_management()))
            }),
            Events::AllManagement => self.expect(Some(selectors.record_all_management()), || {
                if !selectors.touch_management() {
                    return "records no management events".to_owned();
                }
                format!("leaves out management events{}", by(selectors.holes_in_management()))
            }),
            Events::Objects(bucket, access) => self.expect(Some(selectors.record_objects(bucket, access)), || {
                if !selectors.touch_objects() {
                    return "records no data events of S3 objects".to_owned();
                }
                format!("leaves out data events of S3 objects{}", by(selectors.holes_in_objects()))
            }),
            Events::NetworkActivity(source) => self.expect(Some(selectors.record_network_activity(source)), || {
                format!("records no network activity of {source}")
            }),
        }
    }

    /// Calls that read management settings happen all the time, by every scan for one. A trail that records them and
    /// has delivered nothing for long may be dead: AWS shows no error where its requests time out.
    fn has_delivered<'v>(&mut self, facts: &mut Facts<'_, 'v>, now: Timestamp) {
        match facts("LatestDeliveryTime") {
            Some(Value::Null) => self.doubt("it has not delivered anything yet".to_owned()),
            Some(time) => match time.as_str().and_then(|time| time.parse::<Timestamp>().ok()) {
                Some(time) if now.as_second() - time.as_second() <= QUIET_DAYS * 24 * 60 * 60 => {}
                Some(time) => self.doubt(format!("it shows no error and has delivered nothing since {time}")),
                None => self.unread(),
            },
            None => self.unread(),
        }
    }
}

fn flag(fact: Option<&Value>) -> Option<bool> {
    fact.and_then(Value::as_bool)
}

fn text(fact: Option<&Value>) -> Option<&str> {
    fact.and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
