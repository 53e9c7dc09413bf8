//! The words of the table, which everybody who shows requirements uses: what each standing is called, how it looks, and
//! what it means in one line.

use anstyle::Style as Paint;

use super::super::page::{BAD, BOLD, DIM, GOOD, NEUTRAL, UNKNOWN};
use super::super::text::{counted, listed, number};
use crate::model::{AttestationState, Framework, Report, RequirementRow, RequirementVerdict, ServicesShown};

/// The most rules that are named as what weakens a requirement.
const RULES_NAMED: usize = 4;
/// The most services that are named as judged by nobody.
const SERVICES_NAMED: usize = 8;

/// Every verdict, in the order in which they are counted: what can be relied on first.
pub(in super::super) const VERDICTS: [RequirementVerdict; 8] = [
    RequirementVerdict::Met,
    RequirementVerdict::Attested,
    RequirementVerdict::NotMet,
    RequirementVerdict::Unknown,
    RequirementVerdict::ShownInAws,
    RequirementVerdict::PartlyShown,
    RequirementVerdict::NotAssessed,
    RequirementVerdict::DoesNotBind,
];

/// The words for a provision that sets no duty of its own, and of which nothing is said.
const NO_DUTY: &str = "no duty";

/// The words for a provision that binds none of the roles that the organization has.
const NOT_BOUND: &str = "does not bind you";

/// The meaning of "addressable", which no shorter words have.
pub(super) const ADDRESSABLE: &str = "Not optional: do it, or document why it is not reasonable and appropriate and do an \
     equivalent where that is (164.306(d)(3)).";

/// The meaning of each word, in one line but for one.
pub(super) const LEGEND: [(&str, &str); 13] = [
    ("met", "AWS state shows its part, and people attest the rest."),
    ("attested", "It stands on people's word; AWS shows a part or nothing."),
    ("NOT MET", "A rule that shows it or an attestation fails. One is enough."),
    ("UNKNOWN", "Something was not read, not decided or not on file. No pass."),
    ("shown in AWS", "AWS state shows its part; nobody attests the rest. No pass."),
    ("partly shown", "AWS shows it for some services; the rest is open. No pass."),
    ("not assessed", "Nothing shows it, or it is stated not to apply. No pass."),
    (NOT_BOUND, "It binds none of the roles that the config names."),
    (NO_DUTY, "Scope, definitions, permissions: there is nothing to meet."),
    ("standard", "A duty that must be met (164.306(c)), with those below it."),
    ("required", "A specification that must be implemented. No waiver helps."),
    ("addressable", ADDRESSABLE),
    ("permitted", "An alternative or a permission: no duty unless you use it."),
];

/// The meaning of the two sides' words where they have nothing to say.
pub(super) const SIDES: &str = "Where AWS \"cannot show it\", no setting in AWS could; where \"no rule looks\", one could, and no selected rule reads \
     it; where it is \"only supported\", rules look at what helps and show nothing of it; with \"nothing to judge\", the rules \
     found no resource. Where \"no rule asks\", nobody is asked to attest it.";

/// The word for a verdict. What somebody must act on is in capitals, so that it stands out without color.
pub(in super::super) fn verdict(verdict: RequirementVerdict) -> &'static str {
    match verdict {
        RequirementVerdict::NotMet => "NOT MET",
        RequirementVerdict::Unknown => "UNKNOWN",
        RequirementVerdict::ShownInAws => "shown in AWS",
        RequirementVerdict::PartlyShown => "partly shown",
        RequirementVerdict::DoesNotBind => NOT_BOUND,
        RequirementVerdict::Attested => "attested",
        RequirementVerdict::Met => "met",
        RequirementVerdict::NotAssessed => "not assessed",
    }
}

/// Returns the style of a verdict.
pub(in super::super) fn verdict_style(verdict: RequirementVerdict) -> Paint {
    match verdict {
        RequirementVerdict::NotMet => BAD,
        RequirementVerdict::Unknown => UNKNOWN,
        RequirementVerdict::ShownInAws | RequirementVerdict::PartlyShown | RequirementVerdict::Attested => NEUTRAL,
        RequirementVerdict::Met => GOOD,
        RequirementVerdict::NotAssessed | RequirementVerdict::DoesNotBind => DIM,
    }
}

/// The word for where a requirement stands.
pub(super) fn standing(row: &RequirementRow) -> &'static str {
    if sets_no_duty(row) { NO_DUTY } else { verdict(row.verdict) }
}

/// Returns the style of a requirement's standing.
pub(super) fn style(row: &RequirementRow) -> Paint {
    verdict_style(row.verdict)
}

/// Returns the style of a word of the legend.
pub(super) fn style_of(word: &str) -> Paint {
    VERDICTS.into_iter().find(|one| verdict(*one) == word).map_or(BOLD, verdict_style)
}

/// Definitions and the like, of which nothing is said and nothing has to be.
pub(in super::super) fn sets_no_duty(row: &RequirementRow) -> bool {
    matches!(row.class.as_str(), "general" | "permitted") && row.verdict == RequirementVerdict::NotAssessed
}

/// The kind of a requirement, in words.
pub(super) fn class(row: &RequirementRow) -> String {
    row.class.replace('_', " ")
}

/// The name of a framework.
pub(in super::super) fn framework(framework: Framework) -> &'static str {
    match framework {
        Framework::Hipaa => "HIPAA",
        Framework::Soc2 => "SOC 2",
    }
}

/// The frameworks of these rows, in order.
pub(in super::super) fn frameworks(rows: &[&RequirementRow]) -> Vec<Framework> {
    let mut frameworks: Vec<Framework> = rows.iter().map(|row| row.framework).collect();
    frameworks.sort_unstable();
    frameworks.dedup();
    frameworks
}

/// The categories that the config leaves out, with their criteria, in order.
pub(in super::super) fn out_of_scope<'r>(rows: &[&'r RequirementRow]) -> Vec<(String, Vec<&'r str>)> {
    let mut categories: Vec<(String, Vec<&str>)> = Vec::new();
    for row in rows.iter().filter(|row| !row.in_scope) {
        let class = class(row);
        match categories.last_mut() {
            Some((category, ids)) if *category == class => ids.push(&row.id),
            _ => categories.push((class, vec![&row.id])),
        }
    }
    categories
}

/// Writes what the words do not say, where it matters.
pub(super) fn notes(report: &Report, rows: &[&RequirementRow]) -> Vec<String> {
    let mut notes = vec![
        "Open is whatever is neither met nor attested. Nothing is rolled up: a standard can be met above a specification \
         that is not. What AWS shows reaches as far as the rules look: what none of them reads is not in it. A rule that only \
         supports a requirement decides nothing; where it fails, the requirement is weakened by it."
            .to_owned(),
    ];
    let fails = |row: &&&RequirementRow| row.class == "addressable" && row.verdict == RequirementVerdict::NotMet;
    if rows.iter().any(|row| fails(&row)) {
        notes.push(addressable(report));
    }
    notes
}

/// Says what stands beside the standing of a requirement: why it does not bind, which services nobody judged, what fails
/// outside of the PHI scope, and what weakens it.
pub(in super::super) fn beside(report: &Report, row: &RequirementRow) -> Vec<String> {
    if row.verdict == RequirementVerdict::DoesNotBind {
        let bound = listed(row.binds.iter().map(|role| role.in_words()), row.binds.len());
        let roles = listed(report.scan.roles.iter().map(|role| role.as_str()), report.scan.roles.len());
        return vec![format!("It binds {bound}; the config names {roles}.")];
    }
    let mut words = Vec::new();
    if let Some(services) = row.services.as_ref().filter(|services| row.findings.pass > 0 && !services.is_whole()) {
        words.push(services_shown(services));
    }
    if row.failures_outside_phi_scope > 0 {
        let failures = counted(row.failures_outside_phi_scope, "failure decides", "failures decide");
        words.push(format!("Outside of the PHI scope, {failures} nothing here."));
    }
    if !row.weakened_by.is_empty() {
        words.push(format!("Weakened by {}.", listed(row.weakened_by.iter().map(String::as_str), RULES_NAMED)));
    }
    words
}

fn services_shown(services: &ServicesShown) -> String {
    let all = services.judged.len() + services.not_judged.len();
    if !services.is_known {
        return "Which services are in use is not known as a whole, so AWS shows it for some at most.".to_owned();
    }
    format!(
        "Shown for {} of {}; judged by no rule that shows it: {}.",
        number(services.judged.len()),
        counted(all, "service in use that may hold data", "services in use that may hold data"),
        listed(services.not_judged.iter().map(String::as_str), SERVICES_NAMED),
    )
}

/// Says what can be done about an addressable specification that is not met, and whether somebody says to have done
/// it.
pub(in super::super) fn addressable(report: &Report) -> String {
    let decisions = report.requirements.iter().find(|row| row.id == "164.306(d)");
    let on_file = match decisions.and_then(|row| row.attestation.as_ref()).map(|attestation| attestation.state) {
        Some(AttestationState::Attested) => {
            " Such decisions are on file (164.306(d)); whether they cover these, their text says."
        }
        _ => "",
    };
    format!(
        "An addressable specification that is not met must be fixed, or the reason and the alternative documented \
         (164.306(d)(3)). A documented alternative turns no failure into a pass.{on_file}"
    )
}
