//! The services in use, against the dated list of those that a Business Associate Addendum covers.

use super::super::text::{counted, shorten};
use super::{NAME, SENTENCE};
use crate::model::{Eligibility, ServiceRow, Services};
use crate::output::text::to_minute;

/// See the module.
pub(super) struct ServicesInUse {
    pub list_date: String,
    pub age: String,
    pub list_url: String,
    pub is_web_address: bool,
    pub witnesses: Vec<ObserverShown>,
    pub rows: Vec<ServiceShown>,
}

/// An observer that was asked.
pub(super) struct ObserverShown {
    pub name: String,
    pub reach: String,
    pub is_complete: bool,
}

/// One service.
pub(super) struct ServiceShown {
    pub service: String,
    pub name: String,
    pub state: &'static str,
    pub word: &'static str,
    pub reason: String,
    pub witnesses: String,
    pub last_seen: String,
}

impl ServicesInUse {
    /// Sorts the services: those that need a decision first, then by name.
    pub(super) fn of(services: &Services) -> Self {
        let mut rows: Vec<&ServiceRow> = services.services.iter().collect();
        rows.sort_by_key(|row| row.eligibility);
        let age = usize::try_from(services.list_age_days).unwrap_or_default();
        Self {
            list_date: shorten(&services.list_date, NAME).into_owned(),
            age: counted(age, "day", "days"),
            list_url: shorten(&services.list_url, SENTENCE).into_owned(),
            is_web_address: services.list_url.starts_with("https://"),
            witnesses: services
                .witnesses
                .iter()
                .map(|witness| ObserverShown {
                    name: shorten(&witness.name, NAME).into_owned(),
                    reach: shorten(&witness.reach, SENTENCE).into_owned(),
                    is_complete: witness.is_complete,
                })
                .collect(),
            rows: rows.into_iter().map(ServiceShown::of).collect(),
        }
    }
}

impl ServiceShown {
    fn of(row: &ServiceRow) -> Self {
        Self {
            service: shorten(&row.service, NAME).into_owned(),
            name: shorten(&row.name, NAME).into_owned(),
            state: match row.eligibility {
                Eligibility::Excluded | Eligibility::NotListed => "fail",
                Eligibility::Review => "waived",
                Eligibility::Unknown => "unknown",
                Eligibility::Eligible => "pass",
                Eligibility::Administrative => "na",
            },
            word: row.eligibility.in_words(),
            reason: row.reason.as_ref().map(|reason| shorten(reason, SENTENCE).into_owned()).unwrap_or_default(),
            witnesses: shorten(&row.witnesses.join(", "), SENTENCE).into_owned(),
            last_seen: row.last_seen.map(to_minute).unwrap_or_default(),
        }
    }
}
