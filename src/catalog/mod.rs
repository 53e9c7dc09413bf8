//! The requirements of HIPAA and SOC 2 that rules cite, as data, and the crosswalk between the two.
//!
//! The facts live in `rules/catalog/*.yaml`, which is part of the binary; nothing about a requirement is written in
//! code. The catalog knows no rules: the rules' own citations say which rules speak for a requirement
//! ([`RulesByRequirement`]).
//!
//! The catalog cannot tell whether an organization complies. It names the text and says how much of it AWS state can
//! show.

mod file;
mod numbering;
mod rules_by_requirement;
pub mod services;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{CatalogDate, EntityRole, Framework, Soc2Category, Verifiable};

pub use rules_by_requirement::RulesByRequirement;

/// The most edits of letters and digits by which a mistyped id may differ from the one that is suggested instead.
const SUGGESTION_DISTANCE: usize = 3;

/// Every requirement, in the order of its text, and the crosswalk.
#[derive(Debug, Clone)]
pub struct Catalog {
    requirements: Vec<Requirement>,
    position: BTreeMap<String, usize>,
    crosswalk: Vec<CrosswalkEntry>,
    texts: Vec<Text>,
}

/// One thing that HIPAA or SOC 2 asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The printed form: `164.312(a)(2)(iv)` or `CC6.7`.
    pub id: String,
    /// HIPAA or SOC 2.
    pub framework: Framework,
    /// A short title; for SOC 2 our own words, because the criteria are copyrighted.
    pub title: String,
    /// HIPAA: standard, required, addressable or general. SOC 2: the category.
    pub class: Class,
    /// HIPAA: the letter that Appendix A to Subpart C sets beside it.
    pub appendix_a: Option<Letter>,
    /// HIPAA: the standards that a specification belongs to.
    pub parents: Vec<String>,
    /// HIPAA: the roles in which it binds. Empty for SOC 2.
    pub binds: Vec<EntityRole>,
    /// What its text asks people for, which no state of AWS shows.
    pub asks_for: Vec<AsksFor>,
    /// What one instance of it in AWS is, where it asks people for something and AWS state can show one all the same.
    pub instance: Option<String>,
    /// Whether it is about data stores, logs or networks, so that AWS shows it only if every service in use that may hold
    /// data is judged.
    pub every_service: bool,
    /// HIPAA: the kind of safeguard (`administrative`, `technical`). SOC 2: the series (`Risk assessment`).
    pub group: String,
    /// The part of it that the state of an AWS account can show.
    pub verifiable_in_aws: Verifiable,
    /// HIPAA: what it asks, in one sentence of our own. None for SOC 2.
    pub summary: Option<String>,
    /// The wording of a proposed change of the regulation, which is not law. It is shown only through
    /// [`Catalog::labeled_proposal`], so that no reader takes it for law.
    pub proposed: Option<String>,
}

/// A letter of Appendix A to Subpart C of Part 164.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Letter {
    /// Required.
    R,
    /// Addressable.
    A,
}

/// Something that only people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsksFor {
    /// Policies, procedures or plans.
    Procedures,
    /// To assess, review, evaluate or test.
    Review,
    /// To write down, to keep or to agree in writing.
    Documentation,
}

/// The weight of a requirement within its framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// HIPAA: a provision that sets no duty of its own, such as definitions.
    General,
    /// HIPAA: an alternative or a permission, which nobody has to make use of.
    Permitted,
    /// HIPAA: a standard.
    Standard,
    /// HIPAA: an implementation specification that must be implemented.
    Required,
    /// HIPAA: an implementation specification that must be implemented, or else a documented reason and an equivalent
    /// measure (164.306(d)(3)). Not optional.
    Addressable,
    /// SOC 2: common criteria, in every report.
    Security,
    /// SOC 2: counts when the report's scope names it.
    Availability,
    /// SOC 2: counts when the report's scope names it.
    Confidentiality,
    /// SOC 2: counts when the report's scope names it.
    ProcessingIntegrity,
    /// SOC 2: counts when the report's scope names it.
    Privacy,
}

/// The SOC 2 criteria that answer to the same safeguard as one HIPAA requirement. No equivalence in either direction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrosswalkEntry {
    /// The HIPAA requirement.
    pub hipaa: String,
    /// Criteria that the same safeguard evidences.
    pub primary: Vec<String>,
    /// Criteria that it supports.
    pub related: Vec<String>,
    /// The reason, in a few words.
    pub rationale: String,
}

/// The text behind a framework's requirements.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    framework: Framework,
    source: String,
    checked: String,
    proposal: Option<String>,
}

impl Catalog {
    /// The catalog that this build carries.
    ///
    /// # Errors
    /// When the embedded files contradict themselves, which the tests of this build rule out.
    pub fn builtin() -> crate::Result<Self> {
        file::read(&file::CatalogFiles {
            hipaa: include_str!("../../rules/catalog/hipaa.yaml"),
            soc2: include_str!("../../rules/catalog/soc2.yaml"),
            crosswalk: include_str!("../../rules/catalog/crosswalk.yaml"),
        })
        .map_err(|problems| {
            crate::Error::failed(format!("the embedded requirement catalog is broken:\n{}", problems.join("\n")))
                .help("this build of safeguard is defective: use another one")
        })
    }

    /// The requirement with exactly this printed id.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.position.get(id).and_then(|&position| self.requirements.get(position))
    }

    /// Every requirement, HIPAA first, in the numbering order of its text: 164.308(a)(1)(ii)(A) before 164.308(a)(2).
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter()
    }

    /// The crosswalk, in the order of the HIPAA text.
    pub fn crosswalk(&self) -> &[CrosswalkEntry] {
        &self.crosswalk
    }

    /// The SOC 2 side of one HIPAA requirement; none for those that set no duty.
    pub fn crosswalk_for(&self, hipaa: &str) -> Option<&CrosswalkEntry> {
        self.crosswalk.iter().find(|entry| entry.hipaa == hipaa)
    }

    /// The requirements of the other framework that the same safeguard evidences, primary ones first, in both
    /// directions.
    pub fn crosswalk_of(&self, id: &str) -> Vec<&str> {
        let to_soc2 = self.crosswalk_for(id).into_iter().flat_map(|entry| entry.primary.iter().chain(&entry.related));
        let speaks = |criteria: &[String]| criteria.iter().any(|criterion| criterion == id);
        let primary = self.crosswalk.iter().filter(|entry| speaks(&entry.primary));
        let related = self.crosswalk.iter().filter(|entry| speaks(&entry.related));
        to_soc2.chain(primary.chain(related).map(|entry| &entry.hipaa)).map(String::as_str).collect()
    }

    /// The proposed change of the regulation that the catalog knows of, with its date; not law.
    pub fn proposal(&self) -> Option<&str> {
        self.texts.iter().find_map(|text| text.proposal.as_deref())
    }

    /// The wording that a proposal gives a requirement, with the words that say that it is not law.
    pub fn labeled_proposal(&self, proposed: &str) -> String {
        format!("proposed, not law ({}): {proposed}", self.proposal().unwrap_or_default())
    }

    /// The day on which each framework's facts were last checked.
    pub fn dates(&self) -> Vec<CatalogDate> {
        let date = |text: &Text| CatalogDate { framework: text.framework, checked: text.checked.clone() };
        self.texts.iter().map(date).collect()
    }

    /// The text that a framework's requirements come from, in words.
    pub fn source(&self, framework: Framework) -> &str {
        self.texts.iter().find(|text| text.framework == framework).map_or("", |text| &text.source)
    }

    /// The id that was probably meant by one that does not exist: other punctuation (`164_312_a_1`, `cc6.7`), or a few
    /// characters off. None when nothing is near.
    pub fn suggest(&self, id: &str) -> Option<&str> {
        let wanted = letters_and_digits(id);
        self.requirements
            .iter()
            .map(|requirement| (strsim::levenshtein(&wanted, &letters_and_digits(&requirement.id)), &requirement.id))
            .filter(|&(distance, _)| distance <= SUGGESTION_DISTANCE.min(wanted.len() / 3))
            .min_by_key(|&(distance, _)| distance)
            .map(|(_, id)| id.as_str())
    }
}

impl Requirement {
    /// True if one resource of AWS in a good state can be an instance of what the text asks for. Otherwise rules can only
    /// support it.
    pub fn can_be_shown(&self) -> bool {
        self.verifiable_in_aws == Verifiable::Partial && (self.asks_for.is_empty() || self.instance.is_some())
    }

    /// True if it counts for an organization with these SOC 2 categories beside security: HIPAA always does.
    pub fn counts(&self, chosen: &[Soc2Category]) -> bool {
        match Soc2Category::ALL.into_iter().find(|category| category.as_str() == self.class.as_str()) {
            Some(category) => Soc2Category::in_scope(chosen).contains(&category),
            None => true,
        }
    }

    /// True if it binds an organization with these roles. One that named none may be bound by everything.
    pub fn is_binding(&self, roles: &[EntityRole]) -> bool {
        let is_bound = |bound: &EntityRole| roles.iter().any(|role| role.is_also(*bound));
        roles.is_empty() || self.binds.is_empty() || self.binds.iter().any(is_bound)
    }

    /// The heading it stands under when requirements are listed in order.
    pub fn heading(&self) -> &str {
        match self.group.as_str() {
            "general" => "General provisions",
            "administrative" => "Administrative safeguards",
            "physical" => "Physical safeguards",
            "technical" => "Technical safeguards",
            "organizational" if self.id.starts_with("164.50") => "Business associates (Privacy Rule)",
            "organizational" => "Organizational requirements",
            "documentation" => "Policies, procedures and documentation",
            "breach" => "Breach notification",
            "privacy" => "Privacy Rule",
            series => series,
        }
    }
}

impl AsksFor {
    /// The word as it is written in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            AsksFor::Procedures => "procedures",
            AsksFor::Review => "review",
            AsksFor::Documentation => "documentation",
        }
    }
}

impl Class {
    /// The word as it is written in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::General => "general",
            Class::Permitted => "permitted",
            Class::Standard => "standard",
            Class::Required => "required",
            Class::Addressable => "addressable",
            Class::Security => "security",
            Class::Availability => "availability",
            Class::Confidentiality => "confidentiality",
            Class::ProcessingIntegrity => "processing_integrity",
            Class::Privacy => "privacy",
        }
    }

    /// The framework that knows this class.
    fn framework(self) -> Framework {
        match self {
            Class::General | Class::Permitted | Class::Standard | Class::Required | Class::Addressable => {
                Framework::Hipaa
            }
            _ => Framework::Soc2,
        }
    }
}

fn letters_and_digits(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}
