//! Concludes which services are in use, and whether AWS's Business Associate Addendum covers them.
//!
//! It is a pure function of a snapshot, the dated list and the user's own entries, so that a saved snapshot can be
//! judged again with a newer list. Four observers are asked, each with a reach of its own ([`observers`]). A service
//! that any of them saw is in use. A service that none of them saw is out of use only as far as they could see: an
//! observer that is missing or was cut short leaves the list of services open.
//!
//! It cannot tell whether PHI is in a service, nor which of several entries with one prefix is meant.

mod facts;
mod observers;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::facts::ServiceFacts;
use self::observers::{Observer, Sighting, Use};
use crate::catalog::services::EligibilityList;
use crate::model::{
    EVENT_HISTORY, Eligibility, Finding, Gap, GapClass, Kind, Kinds, LAST_ACCESSED, Region, Resource, SERVICE, Scope,
    ServiceRow, ServiceWitness, Services, Snapshot, TAGGED_RESOURCE, Timestamp,
};

/// The kinds that must be collected to know which services are in use.
pub const OBSERVED_KINDS: [&str; 3] = [EVENT_HISTORY, LAST_ACCESSED, TAGGED_RESOURCE];

/// The kind that is made here.
pub fn kind() -> Kind {
    Kind::of::<ServiceFacts>(SERVICE, "account", Scope::Account)
}

/// The services in use, as the observers of one snapshot saw them.
#[derive(Debug)]
pub struct Survey {
    /// One for each service in use, with its standing by the list.
    pub resources: Vec<Resource>,
    /// The gaps that leave open which services there are, and how they stand. No calls beyond those of the snapshot.
    pub gaps: Vec<Gap>,
    /// The services for reports.
    pub services: Services,
    /// Warnings for the reader.
    pub warnings: Vec<String>,
}

/// Asks the observers and looks the services up.
pub fn survey(snapshot: &Snapshot, kinds: &Kinds, list: &EligibilityList) -> Survey {
    let observers = observers::all(snapshot, kinds, list);
    let age_days = age_days(snapshot, list);
    let mut survey = Survey {
        resources: Vec::new(),
        gaps: open_populations(&observers),
        services: Services {
            list_date: list.list_date.to_string(),
            list_age_days: age_days,
            list_url: list.list_url.clone(),
            witnesses: observers.iter().map(Observer::in_report).collect(),
            services: Vec::new(),
        },
        warnings: Vec::new(),
    };
    for (service, sightings) in by_service(&observers) {
        survey.add(snapshot, list, &service, &sightings);
    }
    survey.services.services.sort_by(|a, b| (&a.name, &a.service).cmp(&(&b.name, &b.service)));
    survey.warn(list);
    survey
}

/// Adds the date of the list to the findings about services that could not be named. Rules add it to the findings about
/// services that they judge.
pub fn date(findings: &mut [Finding], services: &Services) {
    let note =
        format!(" (AWS's list of {}, {} when the account was read)", services.list_date, services.age_in_words());
    let unnamed = |finding: &&mut Finding| finding.resource.kind == SERVICE && finding.resource.id.is_none();
    findings.iter_mut().filter(unnamed).for_each(|finding| finding.message.push_str(&note));
}

/// Counts the days between the date of the list and the reading of the facts.
fn age_days(snapshot: &Snapshot, list: &EligibilityList) -> i64 {
    snapshot.header.taken_at.day().since(list.list_date).map_or(0, |age| i64::from(age.get_days()))
}

fn by_service(observers: &[Observer]) -> BTreeMap<String, Vec<(&'static str, &Sighting)>> {
    let mut services: BTreeMap<String, Vec<(&'static str, &Sighting)>> = BTreeMap::new();
    for observer in observers {
        for (service, sighting) in &observer.seen {
            services.entry(service.clone()).or_default().push((observer.name, sighting));
        }
    }
    services
}

/// One gap for each different reason, of the whole account: what is missing is services, not regions.
fn open_populations(observers: &[Observer]) -> Vec<Gap> {
    let mut reasons = BTreeSet::new();
    let gaps = observers.iter().flat_map(|observer| &observer.gaps);
    let different = gaps.filter(|gap| {
        let message = if gap.class == GapClass::NotCollected { gap.message.clone() } else { String::new() };
        reasons.insert((gap.service.clone(), gap.operation.clone(), gap.class, gap.code.clone(), message))
    });
    let of_account = |gap: &Gap| Gap {
        region: Region::GLOBAL,
        resource: None,
        facts: Vec::new(),
        population: vec![SERVICE.to_owned()],
        ..gap.clone()
    };
    different.map(of_account).collect()
}

impl Survey {
    fn add(&mut self, snapshot: &Snapshot, list: &EligibilityList, service: &str, sightings: &[(&str, &Sighting)]) {
        let entry = list.entry(service);
        let last_seen = sightings.iter().filter_map(|(_, sighting)| sighting.last_seen).max();
        let seen_by: Vec<String> = sightings.iter().map(|(name, _)| (*name).to_owned()).collect();
        let is_certain = sightings.iter().any(|(_, sighting)| sighting.kind_of_use == Use::Certain);
        let questions = facts::Questions::of(service, &entry, is_certain, &self.services);
        self.services.services.push(ServiceRow {
            service: service.to_owned(),
            name: entry.name.clone(),
            eligibility: entry.eligibility,
            reason: questions.in_row(&entry),
            holds_data: entry.holds_data,
            witnesses: seen_by.clone(),
            last_seen: last_seen.map(Timestamp),
        });
        let facts = ServiceFacts::of(service, &entry, &self.services, &seen_by, last_seen, is_certain);
        let account = snapshot.header.account;
        self.resources.push(Resource {
            kind: SERVICE.to_owned(),
            id: service.to_owned(),
            arn: None,
            account,
            region: Region::GLOBAL,
            // A struct of plain values always serializes; without its facts every rule on it would be unknown.
            facts: serde_json::to_value(facts).unwrap_or_else(|_| Value::Object(serde_json::Map::new())),
        });
        self.gaps.extend(questions.gaps(service, account));
    }

    fn warn(&mut self, list: &EligibilityList) {
        if self.services.is_old() {
            self.warnings.push(format!(
                "AWS's list of HIPAA-eligible services that this build carries is of {}, {} when the account was read: AWS \
                 adds services several times a year, so compare with {} before you act on a service that is not listed",
                self.services.list_date,
                self.services.age_in_words(),
                self.services.list_url
            ));
        }
        let seen: BTreeSet<&str> = self.services.services.iter().map(|row| row.service.as_str()).collect();
        let unused = list.overridden().filter(|service| !seen.contains(service));
        self.warnings.extend(unused.map(|service| {
            format!(
                "the entry `{service}` of `eligible_services` in the config file changed nothing: no witness saw that \
                 service in use. Take it out, or write the prefix that IAM knows the service by"
            )
        }));
    }
}

/// Tells whether a service of that standing may hold PHI under the addendum; `None` where people must decide.
fn is_covered(eligibility: Eligibility) -> Option<bool> {
    match eligibility {
        Eligibility::Eligible | Eligibility::Administrative => Some(true),
        Eligibility::Excluded | Eligibility::NotListed => Some(false),
        Eligibility::Review | Eligibility::Unknown => None,
    }
}

#[cfg(test)]
mod tests;
