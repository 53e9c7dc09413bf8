//! The shape of `rules/catalog/hipaa-eligible-services.yaml`, read strictly: all problems are told at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::{EVENT_SOURCE, ExcludedFeature, ServiceEntry, is_prefix};
use crate::model::Eligibility;

/// The version of the file's shape that this build reads.
const SCHEMA: u32 = 1;

/// The most entries sharing a prefix that are named.
const NAMES: usize = 2;

pub(super) fn located(problem: &str) -> String {
    format!("rules/catalog/hipaa-eligible-services.yaml: {problem}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EligibilityFile {
    pub schema: u32,
    pub list_date: String,
    pub list_url: String,
    pub checked: String,
    pub listed_services: usize,
    pub cloudformation: BTreeMap<String, String>,
    pub arns: BTreeMap<String, String>,
    eligible: Vec<EligibleEntry>,
    excluded: Vec<ExcludedEntry>,
    not_listed: Vec<NamedEntry>,
    review: Vec<ReviewEntry>,
    without_data: Vec<String>,
    administrative: Vec<NamedEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EligibleEntry {
    name: String,
    prefixes: Vec<String>,
    #[serde(default)]
    event_sources: BTreeMap<String, String>,
    #[serde(default)]
    confidence: Confidence,
    notes: Option<String>,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Confidence {
    #[default]
    High,
    Medium,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExcludedEntry {
    name: String,
    of: Vec<String>,
    prefixes: Vec<String>,
    look: Option<String>,
    notes: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedEntry {
    name: String,
    prefixes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewEntry {
    name: String,
    prefixes: Vec<String>,
    why: String,
}

#[derive(Default)]
pub(super) struct EligibilityReader {
    pub services: BTreeMap<String, ServiceEntry>,
    pub event_sources: HashMap<String, String>,
    pub problems: Vec<String>,
}

impl EligibilityReader {
    pub fn file(&mut self, file: &EligibilityFile) {
        if file.schema != SCHEMA {
            self.problem("schema", &format!("{} is not {SCHEMA}, the version that this build reads", file.schema));
        }
        if file.checked.parse::<jiff::civil::Date>().is_err() {
            self.problem("checked", &format!("`{}` is no date (YYYY-MM-DD)", file.checked));
        }
        if !file.list_url.starts_with("https://") {
            self.problem("list_url", "must be an https address");
        }
        if file.eligible.len() != file.listed_services {
            let counts = format!("{} entries, and the list has {}", file.eligible.len(), file.listed_services);
            self.problem("eligible", &counts);
        }
        self.eligible(&file.eligible);
        for entry in &file.excluded {
            self.excluded(entry, &file.eligible);
        }
        for entry in &file.not_listed {
            self.add(&entry.name, &entry.prefixes, Eligibility::NotListed, None);
        }
        for entry in &file.review {
            self.add(&entry.name, &entry.prefixes, Eligibility::Review, Some(entry.why.clone()));
        }
        for entry in &file.administrative {
            self.add(&entry.name, &entry.prefixes, Eligibility::Administrative, None);
        }
        for prefix in &file.without_data {
            match self.services.get_mut(prefix) {
                Some(service) if service.eligibility == Eligibility::Eligible => service.holds_data = false,
                _ => self.problem("without_data", &format!("`{prefix}` is the prefix of no eligible entry")),
            }
        }
        for (name, prefix) in file.cloudformation.iter().chain(&file.arns) {
            if !self.services.contains_key(prefix) {
                self.problem(name, &format!("`{prefix}` is the prefix of no entry"));
            }
        }
    }

    /// Entries of the list may share prefixes; those of the other sections may not.
    fn eligible(&mut self, entries: &[EligibleEntry]) {
        let mut by_prefix: BTreeMap<&str, Vec<&EligibleEntry>> = BTreeMap::new();
        let mut names = BTreeSet::new();
        for entry in entries {
            if !names.insert(&entry.name) {
                self.problem(&entry.name, "the entry is there twice");
            }
            entry.prefixes.iter().for_each(|prefix| by_prefix.entry(prefix).or_default().push(entry));
            for (source, prefix) in &entry.event_sources {
                if !entry.prefixes.contains(prefix) || !source.ends_with(EVENT_SOURCE) {
                    self.problem(&entry.name, &format!("`{source}: {prefix}` is no event source of a prefix of it"));
                }
                self.event_sources.insert(source.clone(), prefix.clone());
            }
        }
        for (prefix, entries) in by_prefix {
            let named: Vec<&str> = entries.iter().take(NAMES).map(|entry| entry.name.as_str()).collect();
            let more = match entries.len() - named.len() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            let by_reading = entries.iter().find(|entry| entry.confidence == Confidence::Medium);
            let reason = by_reading.map(|entry| match &entry.notes {
                Some(notes) => format!("by our reading of the list: {notes}"),
                None => "by our reading of the list".to_owned(),
            });
            self.add(&format!("{}{more}", named.join(", ")), &[prefix.to_owned()], Eligibility::Eligible, reason);
        }
    }

    fn excluded(&mut self, entry: &ExcludedEntry, eligible: &[EligibleEntry]) {
        let whole: Vec<&EligibleEntry> = eligible.iter().filter(|listed| entry.of.contains(&listed.name)).collect();
        if entry.of.is_empty() || whole.len() != entry.of.len() {
            self.problem(&entry.name, "`of` must name entries of `eligible`");
        }
        let reason = Some(format!("excluded by name from {}", entry.of.join(" and ")));
        self.add(&entry.name, &entry.prefixes, Eligibility::Excluded, reason);
        if entry.notes.as_deref().is_some_and(|notes| notes.trim().is_empty()) {
            self.problem(&entry.name, "the notes are empty");
        }
        let Some(look) = &entry.look else { return };
        for prefix in whole.iter().flat_map(|listed| listed.prefixes.iter()).collect::<BTreeSet<_>>() {
            if let Some(service) = self.services.get_mut(prefix) {
                service.excluded_features.push(ExcludedFeature { name: entry.name.clone(), look: look.clone() });
            }
        }
    }

    fn add(&mut self, name: &str, prefixes: &[String], eligibility: Eligibility, reason: Option<String>) {
        if name.trim().is_empty() || reason.as_deref().is_some_and(|reason| reason.trim().is_empty()) {
            self.problem(name, "names and reasons must not be empty");
        }
        let may_have_none = matches!(eligibility, Eligibility::Eligible | Eligibility::Excluded);
        if prefixes.is_empty() && !may_have_none {
            self.problem(name, "needs a prefix");
        }
        for prefix in prefixes {
            if !is_prefix(prefix) {
                self.problem(name, &format!("`{prefix}` is no prefix of IAM's"));
            }
            let entry = ServiceEntry {
                name: name.to_owned(),
                eligibility,
                reason: reason.clone(),
                excluded_features: Vec::new(),
                holds_data: eligibility != Eligibility::Administrative,
            };
            if self.services.insert(prefix.clone(), entry).is_some() {
                self.problem(name, &format!("the prefix `{prefix}` stands in two sections, or twice in one"));
            }
        }
    }

    pub fn problem(&mut self, place: &str, what: &str) {
        self.problems.push(located(&format!("{place}: {what}")));
    }
}
