//! `eligible_services`: the user's word on which services the Business Associate Addendum covers.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::words::{Reason, ServicePrefix};
use crate::model::Eligibility;
use crate::scan::Override;

/// Services of which you know better than the list that Safeguard carries, each once.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<EligibleService>")]
#[schemars(rename = "EligibleServices")]
pub struct ServiceOverrides(Vec<EligibleService>);

/// What holds of one service, instead of what the list says.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EligibleService {
    /// The prefix by which IAM knows the service, such as `dynamodb`.
    pub service: ServicePrefix,
    /// How it stands.
    pub status: ServiceStatus,
    /// Why, for those who read the report: who says so, and where it is written.
    pub reason: Reason,
}

/// How a service stands by the Business Associate Addendum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Standing")]
pub enum ServiceStatus {
    /// It is covered.
    Eligible,
    /// It is not: PHI must not enter it.
    NotListed,
    /// It is excluded by name: PHI must not enter it.
    Excluded,
    /// That is still open.
    Review,
    /// It administers the account and holds no customer content.
    Administrative,
}

impl TryFrom<Vec<EligibleService>> for ServiceOverrides {
    type Error = String;

    fn try_from(entries: Vec<EligibleService>) -> Result<Self, String> {
        let mut seen = BTreeSet::new();
        match entries.iter().find(|entry| !seen.insert(&entry.service)) {
            Some(twice) => Err(format!(
                "the service `{}` is there twice: one entry must decide",
                String::from(twice.service.clone())
            )),
            None => Ok(Self(entries)),
        }
    }
}

impl From<ServiceOverrides> for Vec<Override> {
    fn from(services: ServiceOverrides) -> Self {
        let entry = |entry: EligibleService| Override {
            service: entry.service.into(),
            eligibility: entry.status.into(),
            reason: entry.reason.into(),
        };
        services.0.into_iter().map(entry).collect()
    }
}

impl From<ServiceStatus> for Eligibility {
    fn from(standing: ServiceStatus) -> Self {
        match standing {
            ServiceStatus::Eligible => Eligibility::Eligible,
            ServiceStatus::NotListed => Eligibility::NotListed,
            ServiceStatus::Excluded => Eligibility::Excluded,
            ServiceStatus::Review => Eligibility::Review,
            ServiceStatus::Administrative => Eligibility::Administrative,
        }
    }
}
