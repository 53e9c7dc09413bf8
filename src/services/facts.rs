//! The facts of a service in use, and the questions about it that the facts leave to people.

use schemars::JsonSchema;
use serde::Serialize;

use super::is_covered;
use crate::catalog::services::ServiceEntry;
use crate::model::{AccountId, Eligibility, Fact, Gap, GapClass, Region, SERVICE, Services, Timestamp};

/// Facts of `AWS::Service`: a service that somebody uses, by the prefix that IAM knows it by.
///
/// They are made from what was read and from AWS's dated list of HIPAA-eligible services, with the user's own entries in
/// `eligible_services` of the config file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServiceFacts {
    /// IAM's prefix, such as `dynamodb`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    service: Fact<String>,
    /// Such as `Amazon DynamoDB`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<String>,
    /// `eligible`, `excluded`, `not_listed`, `review`, `administrative` (holds no customer content) or `unknown` (in none of
    /// the lists).
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    eligibility: Fact<&'static str>,
    /// In words, such as `not listed`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    eligibility_in_words: Fact<&'static str>,
    /// Why it stands so, where the list alone does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    reason: Fact<Option<String>>,
    /// Whether the list covers it; not known where people must decide.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    is_covered: Fact<bool>,
    /// Always true where known. Not known where IAM saw requests and does not tell whether they only read.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    is_in_use: Fact<bool>,
    /// Whether it is, or has in use, a feature that the list excludes; not known where only people can see it.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    uses_excluded_feature: Fact<bool>,
    /// The date of AWS's list (YYYY-MM-DD).
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    list_date: Fact<String>,
    /// How old the list was when the account was read.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    list_age_days: Fact<i64>,
    /// The same in words: `186 days old`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    list_age: Fact<String>,
    /// The witnesses that saw it.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    seen_by: Fact<Vec<String>>,
    /// When it was last seen in use; null where no witness tells.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    last_seen: Fact<Option<Timestamp>>,
}

impl ServiceFacts {
    pub(super) fn of(
        service: &str,
        entry: &ServiceEntry,
        list: &Services,
        seen_by: &[String],
        last_seen: Option<jiff::Timestamp>,
        is_in_use: bool,
    ) -> Self {
        Self {
            service: Fact::Known(service.to_owned()),
            name: Fact::Known(entry.name.clone()),
            eligibility: Fact::Known(entry.eligibility.as_str()),
            eligibility_in_words: Fact::Known(entry.eligibility.in_words()),
            reason: Fact::Known(entry.reason.clone()),
            is_covered: is_covered(entry.eligibility).into(),
            is_in_use: is_in_use.then_some(true).into(),
            uses_excluded_feature: uses_excluded_feature(entry, is_in_use).into(),
            list_date: Fact::Known(list.list_date.clone()),
            list_age_days: Fact::Known(list.list_age_days),
            list_age: Fact::Known(list.age_in_words()),
            seen_by: Fact::Known(seen_by.to_vec()),
            last_seen: Fact::Known(last_seen.map(Timestamp)),
        }
    }
}

fn uses_excluded_feature(entry: &ServiceEntry, is_in_use: bool) -> Option<bool> {
    match entry.eligibility {
        Eligibility::Excluded => is_in_use.then_some(true),
        _ => entry.excluded_features.is_empty().then_some(false),
    }
}

/// The questions that the facts leave to people, each in a sentence.
pub(super) struct Questions {
    is_covered: Option<String>,
    is_in_use: Option<String>,
    uses_excluded_feature: Option<String>,
}

impl Questions {
    pub(super) fn of(service: &str, entry: &ServiceEntry, is_in_use: bool, list: &Services) -> Self {
        let name = &entry.name;
        let dated = format!("AWS's list of {}, {}", list.list_date, list.age_in_words());
        let decide = "decide it in `eligible_services` of the config file";
        let is_covered = match entry.eligibility {
            Eligibility::Review => {
                let why = entry.reason.as_deref().unwrap_or("no reason is given");
                Some(format!("whether {dated}, covers {name} is to review ({why}); {decide}"))
            }
            Eligibility::Unknown => {
                let known = "no section of the list that this build carries knows it";
                Some(format!("whether {dated}, covers `{service}` is not known: {known}; {decide}"))
            }
            _ => None,
        };
        let open_use = || {
            format!(
                "IAM saw requests to {name} and does not tell whether they only read, and no other witness saw it; look at \
                 who sends them"
            )
        };
        let uses_excluded_feature = match (uses_excluded_feature(entry, is_in_use), entry.excluded_features.as_slice())
        {
            (None, []) => Some(open_use()),
            (None, features) => {
                let look = |feature: &crate::catalog::services::ExcludedFeature| {
                    format!("{} ({})", feature.name, feature.look)
                };
                let features = features.iter().map(look).collect::<Vec<_>>().join("; ");
                Some(format!(
                    "{name} is in use, and only people can see whether that includes what the list excludes: {features}"
                ))
            }
            _ => None,
        };
        Self { is_covered, is_in_use: (!is_in_use).then(open_use), uses_excluded_feature }
    }

    /// Each as the gap behind the fact that it leaves open.
    pub(super) fn gaps(self, service: &str, account: AccountId) -> Vec<Gap> {
        let facts = [
            ("IsCovered", self.is_covered),
            ("IsInUse", self.is_in_use),
            ("UsesExcludedFeature", self.uses_excluded_feature),
        ];
        let gap = |(fact, question): (&str, Option<String>)| Some(open_question(service, account, fact, question?));
        facts.into_iter().filter_map(gap).collect()
    }

    /// Says what the table says beside the standing: the reason, and that the use is not certain.
    pub(super) fn in_row(&self, entry: &ServiceEntry) -> Option<String> {
        let doubt = self.is_in_use.as_ref().map(|_| "perhaps only read".to_owned());
        let parts: Vec<String> = entry.reason.clone().into_iter().chain(doubt).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn open_question(service: &str, account: AccountId, fact: &str, message: String) -> Gap {
    Gap {
        account,
        region: Region::GLOBAL,
        service: String::new(),
        operation: String::new(),
        resource: Some(service.to_owned()),
        class: GapClass::NotCollected,
        code: Gap::OPEN_QUESTION.to_owned(),
        message,
        request_id: None,
        facts: vec![format!("{SERVICE}.{fact}")],
        population: Vec::new(),
        iam_actions: Vec::new(),
    }
}
