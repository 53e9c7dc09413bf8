//! The page from which a lawyer can review every citation: requirement by requirement what it asks, and which rule
//! speaks for it, how, and why.

use std::collections::BTreeMap;

use super::RuleEntry;
use super::pages::{GENERATED, framework_words, link, tree};
use crate::catalog::{Catalog, Class, Requirement};
use crate::cli::markdown::inline;
use crate::model::{Framework, Verifiable};

const HEAD: &str = "\
Every rule under every requirement that it cites, in the order of the text, so that each citation can be checked against it.
For each requirement: its class, what it asks (a summary of ours for HIPAA, where the regulation governs; for SOC 2 only our
short title, because the criteria are the AICPA's), and how much of it the state of AWS can show. For each rule: what it wants
to see, why (in full where it first stands), and how it speaks:

- **shows a part**: the good state of one resource is an instance of what the requirement asks for; people must attest the rest.
  If all such rules pass, the requirement is reported as shown in AWS, and as met once people attest it.
- **supports it**: the good state helps, but all such rules could pass while the safeguard itself is missing. Neither a pass nor
  a failure decides where the requirement stands; a failure is named as what weakens it.
- **attests it**: the rule judges what people attest, not the state of AWS.

None of this is legal advice. A mistake in a citation is a defect of this tool.
";

pub(super) fn page(catalog: &Catalog, rules: &[RuleEntry]) -> String {
    let tree = tree(rules);
    let entries: BTreeMap<&str, &RuleEntry> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let mut told = BTreeMap::new();
    let mut page = format!("# Citations: which rule speaks for which requirement, and why\n\n{GENERATED}{HEAD}");
    for date in catalog.dates() {
        let (name, note) = framework_words(date.framework);
        page += &format!("\n## {name}\n\n{}, checked on {}. {note}\n", catalog.source(date.framework), date.checked);
        let mut uncited = Vec::new();
        for requirement in catalog.iter().filter(|requirement| requirement.framework == date.framework) {
            let cited_by: Vec<&RuleEntry> =
                tree.of(&requirement.id).iter().filter_map(|rule| entries.get(rule).copied()).collect();
            match cited_by.is_empty() {
                true => uncited.push(requirement),
                false => page += &section(requirement, &cited_by, &mut told),
            }
        }
        page += &without_rules(&uncited);
    }
    page
}

/// `told` are the rules whose reasons have been given, with the requirement under which.
fn section<'a>(requirement: &'a Requirement, rules: &[&'a RuleEntry], told: &mut BTreeMap<&'a str, &'a str>) -> String {
    let asks = match (&requirement.summary, requirement.framework) {
        (Some(summary), _) => format!("Asks: {}", inline(summary)),
        (None, Framework::Soc2) => "Asks: see the AICPA's text.".to_owned(),
        (None, Framework::Hipaa) => String::new(),
    };
    let mut section = format!(
        "\n### {} {}\n\n{}, {}. {} {asks}\n\n| rule | what it wants to see | how it speaks | why |\n|---|---|---|---|\n",
        requirement.id,
        inline(&requirement.title),
        capitalized(class(requirement.class)),
        requirement.heading().to_lowercase(),
        visibility(requirement.verifiable_in_aws),
    );
    for rule in rules {
        let why = match told.get(rule.id.as_str()) {
            Some(above) => format!("as under {above}"),
            None => inline(&rule.why),
        };
        told.entry(&rule.id).or_insert(&requirement.id);
        section += &format!("| {} | {} | {} | {} |\n", link(rule), inline(&rule.title), speaks(rule, requirement), why);
    }
    section
}

fn speaks(rule: &RuleEntry, requirement: &Requirement) -> &'static str {
    match requirement.verifiable_in_aws {
        _ if rule.attests => "attests it",
        _ if rule.supports.contains(&requirement.id) => "supports it",
        Verifiable::Partial | Verifiable::Attestation => "shows a part",
    }
}

fn class(class: Class) -> String {
    match class {
        Class::Required | Class::Addressable => format!("{} specification", class.as_str()),
        Class::General => "general provision".to_owned(),
        Class::Permitted => "alternative or permission".to_owned(),
        Class::Standard => "standard".to_owned(),
        category => category.as_str().replace('_', " "),
    }
}

fn visibility(verifiable: Verifiable) -> &'static str {
    match verifiable {
        Verifiable::Partial => "AWS state can show a part; people must attest the rest.",
        Verifiable::Attestation => "No AWS state can show it as such; people must attest it.",
    }
}

fn without_rules(requirements: &[&Requirement]) -> String {
    if requirements.is_empty() {
        return String::new();
    }
    let mut section =
        "\n### Requirements that no built-in rule cites\n\n| requirement | title | class | AWS state can show it |\n"
            .to_owned();
    section += "|---|---|---|---|\n";
    for requirement in requirements {
        let shown = match requirement.verifiable_in_aws {
            Verifiable::Partial => "a part",
            Verifiable::Attestation => "no",
        };
        let class = class(requirement.class);
        section += &format!("| {} | {} | {class} | {shown} |\n", requirement.id, inline(&requirement.title));
    }
    section
}

fn capitalized(text: String) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
