//! The shape of `rules/catalog/*.yaml`, read strictly: unknown keys, unknown words, odd ids and dangling references are
//! refused, all of them at once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::numbering::Numbering;
use super::{AsksFor, Catalog, Class, CrosswalkEntry, Letter, Requirement, Text};
use crate::model::{EntityRole, Framework, Verifiable};

/// The version of the files' shape that this build reads.
const SCHEMA: u32 = 1;

/// The words that group HIPAA requirements. SOC 2 series are free text.
const HIPAA_GROUPS: [&str; 8] =
    ["general", "administrative", "physical", "technical", "organizational", "documentation", "breach", "privacy"];

/// The text of the three files.
#[derive(Clone, Copy)]
pub(super) struct CatalogFiles<'a> {
    pub(super) hipaa: &'a str,
    pub(super) soc2: &'a str,
    pub(super) crosswalk: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementFile {
    schema: u32,
    checked: String,
    source: String,
    proposal: Option<String>,
    requirements: Vec<RequirementEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementEntry {
    id: String,
    title: String,
    class: Class,
    appendix_a: Option<Letter>,
    #[serde(default)]
    parents: Vec<String>,
    group: String,
    #[serde(default)]
    binds: Vec<EntityRole>,
    #[serde(default)]
    asks_for: Vec<AsksFor>,
    instance: Option<String>,
    #[serde(default)]
    every_service: bool,
    verifiable_in_aws: Verifiable,
    summary: Option<String>,
    proposed: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CrosswalkFile {
    schema: u32,
    checked: String,
    crosswalk: Vec<CrosswalkEntry>,
}

/// Reads and validates; on failure every problem found, each with its file.
pub(super) fn read(files: &CatalogFiles<'_>) -> Result<Catalog, Vec<String>> {
    let mut reader = CatalogReader::default();
    reader.requirements("hipaa.yaml", Framework::Hipaa, files.hipaa);
    reader.requirements("soc2.yaml", Framework::Soc2, files.soc2);
    reader.check_parents();
    let crosswalk = reader.crosswalk("crosswalk.yaml", files.crosswalk);
    reader.finish(crosswalk)
}

#[derive(Default)]
struct CatalogReader {
    requirements: BTreeMap<Numbering, Requirement>,
    texts: Vec<Text>,
    problems: Vec<String>,
}

impl CatalogReader {
    fn requirements(&mut self, file: &str, framework: Framework, text: &str) {
        let Some(content) = self.parse::<RequirementFile>(file, text) else { return };
        self.check_head(file, content.schema, &content.checked);
        let names_proposal = content.proposal.is_some();
        let (source, checked, proposal) = (content.source, content.checked, content.proposal);
        self.texts.push(Text { framework, source, checked, proposal });
        for entry in content.requirements {
            if entry.proposed.is_some() && !names_proposal {
                self.problem(file, &entry.id, "`proposed` without a `proposal` at the head that says by whom and when");
            }
            self.requirement(file, framework, entry);
        }
    }

    fn requirement(&mut self, file: &str, framework: Framework, entry: RequirementEntry) {
        let id = entry.id.clone();
        if entry.title.trim().is_empty() || entry.group.trim().is_empty() {
            self.problem(file, &id, "title and group must not be empty");
        }
        if entry.class.framework() != framework {
            self.problem(file, &id, &format!("class `{}` belongs to the other framework", entry.class.as_str()));
        }
        if framework == Framework::Hipaa && !HIPAA_GROUPS.contains(&entry.group.as_str()) {
            self.problem(file, &id, &format!("group `{}` is none of {}", entry.group, HIPAA_GROUPS.join(", ")));
        }
        if entry.binds.is_empty() == (framework == Framework::Hipaa) {
            self.problem(file, &id, "`binds` names at least one role, in HIPAA only");
        }
        let letter = match entry.class {
            Class::Required => entry.appendix_a == Some(Letter::A),
            Class::Addressable => entry.appendix_a != Some(Letter::A),
            Class::Standard => entry.appendix_a == Some(Letter::A),
            _ => entry.appendix_a.is_some(),
        };
        if letter {
            self.problem(file, &id, "`appendix_a` says something else than `class`");
        }
        if entry.instance.is_some() && (entry.asks_for.is_empty() || entry.verifiable_in_aws != Verifiable::Partial) {
            self.problem(file, &id, "`instance` stands only beside `asks_for` and where AWS state can show a part");
        }
        let Some(numbering) = Numbering::parse(&id).filter(|numbering| numbering.framework() == framework) else {
            return self.problem(file, &id, "not the printed form of an id (164.312(a)(2)(iv) or CC6.7)");
        };
        let requirement = Requirement {
            id: entry.id,
            framework,
            title: entry.title,
            class: entry.class,
            appendix_a: entry.appendix_a,
            parents: entry.parents,
            binds: entry.binds,
            asks_for: entry.asks_for,
            instance: entry.instance,
            every_service: entry.every_service,
            group: entry.group,
            verifiable_in_aws: entry.verifiable_in_aws,
            summary: entry.summary,
            proposed: entry.proposed,
        };
        if self.requirements.insert(numbering, requirement).is_some() {
            self.problem(file, &id, "the id is there twice");
        }
    }

    fn check_parents(&mut self) {
        let standards: BTreeSet<&str> = self
            .requirements
            .values()
            .filter(|requirement| requirement.class == Class::Standard)
            .map(|requirement| requirement.id.as_str())
            .collect();
        let orphans: Vec<(String, String)> = self
            .requirements
            .values()
            .flat_map(|requirement| requirement.parents.iter().map(|parent| (requirement.id.clone(), parent.clone())))
            .filter(|(_, parent)| !standards.contains(parent.as_str()))
            .collect();
        for (id, parent) in orphans {
            self.problem("hipaa.yaml", &id, &format!("parent `{parent}` is no standard of this catalog"));
        }
    }

    fn crosswalk(&mut self, file: &str, text: &str) -> Vec<CrosswalkEntry> {
        let Some(content) = self.parse::<CrosswalkFile>(file, text) else { return Vec::new() };
        self.check_head(file, content.schema, &content.checked);
        let mut seen = BTreeSet::new();
        for entry in &content.crosswalk {
            self.crosswalk_entry(file, entry);
            if !seen.insert(&entry.hipaa) {
                self.problem(file, &entry.hipaa, "the id is there twice");
            }
        }
        let mut entries = content.crosswalk;
        entries.sort_by_cached_key(|entry| Numbering::parse(&entry.hipaa));
        entries
    }

    fn crosswalk_entry(&mut self, file: &str, entry: &CrosswalkEntry) {
        self.check_reference(file, &entry.hipaa, &entry.hipaa, Framework::Hipaa);
        let mut seen = BTreeSet::new();
        for criterion in entry.primary.iter().chain(&entry.related) {
            self.check_reference(file, &entry.hipaa, criterion, Framework::Soc2);
            if !seen.insert(criterion) {
                self.problem(file, &entry.hipaa, &format!("names `{criterion}` twice"));
            }
        }
        if entry.rationale.trim().is_empty() || (entry.primary.is_empty() && !entry.related.is_empty()) {
            self.problem(file, &entry.hipaa, "needs a rationale, and a primary criterion before a related one");
        }
    }

    fn check_reference(&mut self, file: &str, place: &str, id: &str, framework: Framework) {
        let known = Numbering::parse(id)
            .and_then(|numbering| self.requirements.get(&numbering))
            .is_some_and(|requirement| requirement.framework == framework);
        if !known {
            self.problem(file, place, &format!("`{id}` is not in the catalog of {framework:?}"));
        }
    }

    fn check_head(&mut self, file: &str, schema: u32, checked: &str) {
        if schema != SCHEMA {
            self.problem(file, "schema", &format!("{schema} is not {SCHEMA}, the version that this build reads"));
        }
        if checked.parse::<jiff::civil::Date>().is_err() {
            self.problem(file, "checked", &format!("`{checked}` is no date (YYYY-MM-DD)"));
        }
    }

    fn parse<T: DeserializeOwned>(&mut self, file: &str, text: &str) -> Option<T> {
        serde_saphyr::from_str(text).map_err(|error| self.problems.push(format!("rules/catalog/{file}: {error}"))).ok()
    }

    fn problem(&mut self, file: &str, place: &str, what: &str) {
        self.problems.push(format!("rules/catalog/{file}: {place}: {what}"));
    }

    fn finish(self, crosswalk: Vec<CrosswalkEntry>) -> Result<Catalog, Vec<String>> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let requirements: Vec<Requirement> = self.requirements.into_values().collect();
        let position = requirements.iter().enumerate().map(|(at, requirement)| (requirement.id.clone(), at)).collect();
        Ok(Catalog { requirements, position, crosswalk, texts: self.texts })
    }
}
