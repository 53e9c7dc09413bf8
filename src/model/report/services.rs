//! The services in use, as a report lists them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// Whether AWS's Business Associate Addendum covers a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// A feature that the list excludes by name.
    Excluded,
    /// Known not to be on the list.
    NotListed,
    /// Whether the list covers it is a question of reading it; people must decide.
    Review,
    /// In none of the lists that this build carries.
    Unknown,
    /// On the list.
    Eligible,
    /// Administers the account and holds no customer content.
    Administrative,
}

impl Eligibility {
    /// All of them, worst first.
    pub const ALL: [Eligibility; 6] = [
        Eligibility::Excluded,
        Eligibility::NotListed,
        Eligibility::Review,
        Eligibility::Unknown,
        Eligibility::Eligible,
        Eligibility::Administrative,
    ];

    /// The word as it is written in facts and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Eligibility::Excluded => "excluded",
            Eligibility::NotListed => "not_listed",
            Eligibility::Review => "review",
            Eligibility::Unknown => "unknown",
            Eligibility::Eligible => "eligible",
            Eligibility::Administrative => "administrative",
        }
    }

    /// The words for reports.
    pub fn in_words(self) -> &'static str {
        match self {
            Eligibility::Excluded => "excluded feature",
            Eligibility::NotListed => "not listed",
            Eligibility::Review => "to review",
            Eligibility::Unknown => "unknown",
            Eligibility::Eligible => "eligible",
            Eligibility::Administrative => "administrative",
        }
    }
}

/// Which services are in use, against the dated list of those that a Business Associate Addendum covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Services {
    /// The date of AWS's list (YYYY-MM-DD). A newer one may exist.
    pub list_date: String,
    /// How old the list was when the facts were read, in days.
    pub list_age_days: i64,
    /// Where AWS publishes the list.
    pub list_url: String,
    /// Who was asked which services are in use, and how far each could see.
    pub witnesses: Vec<ServiceWitness>,
    /// Every service that a witness saw, sorted by name.
    pub services: Vec<ServiceRow>,
}

impl Services {
    /// The age in days from which the list is called old. AWS adds services several times a year, so a list of four
    /// months has probably been replaced.
    pub const OLD_AFTER_DAYS: i64 = 120;

    /// Tells whether the list is so old that it must be said aloud.
    pub fn is_old(&self) -> bool {
        self.list_age_days > Self::OLD_AFTER_DAYS
    }

    /// Says how old the list is: `186 days old`.
    pub fn age_in_words(&self) -> String {
        match self.list_age_days {
            1 => "1 day old".to_owned(),
            age => format!("{age} days old"),
        }
    }

    /// Counts the services of each standing, worst first. Standings that no service has are left out.
    pub fn counts(&self) -> Vec<(Eligibility, usize)> {
        let count = |wanted| self.services.iter().filter(|service| service.eligibility == wanted).count();
        Eligibility::ALL.into_iter().map(|wanted| (wanted, count(wanted))).filter(|(_, count)| *count > 0).collect()
    }
}

/// One source of knowledge about services in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceWitness {
    /// Such as `CloudTrail event history`.
    pub name: String,
    /// What it can see and what it could not, in words.
    pub reach: String,
    /// Whether it saw all that it can see.
    pub is_complete: bool,
}

/// One service in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceRow {
    /// The prefix by which IAM knows it, such as `dynamodb`.
    pub service: String,
    /// Such as `Amazon DynamoDB`.
    pub name: String,
    /// Whether the Business Associate Addendum covers it.
    pub eligibility: Eligibility,
    /// Why, where the list alone does not say: an exclusion, a question to review, the user's own reason.
    pub reason: Option<String>,
    /// Whether it may hold or carry what its users put into it.
    pub holds_data: bool,
    /// The witnesses that saw it, by name.
    pub witnesses: Vec<String>,
    /// When it was last seen to be used (RFC 3339), where a witness tells.
    pub last_seen: Option<Timestamp>,
}
