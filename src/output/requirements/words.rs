//! The words of the table, which everybody who shows requirements uses: what each standing is called, how it looks, and
//! what it means in one line.

use anstyle::Style as Paint;

use super::super::page::{BAD, BOLD, DIM, GOOD, NEUTRAL, UNKNOWN};
use crate::model::{AttestationState, Framework, Report, RequirementRow, RequirementVerdict};

/// Every verdict, in the order in which they are counted: what can be relied on first.
pub(in super::super) const VERDICTS: [RequirementVerdict; 6] = [
    RequirementVerdict::Met,
    RequirementVerdict::Attested,
    RequirementVerdict::NotMet,
    RequirementVerdict::Unknown,
    RequirementVerdict::PartlyShown,
    RequirementVerdict::NotAssessed,
];

/// The words for a provision that sets no duty of its own, and of which nothing is said.
const NO_DUTY: &str = "no duty";

/// The meaning of each word, in one line.
pub(super) const LEGEND: [(&str, &str); 10] = [
    ("met", "AWS state can show it, and every rule that spoke passed."),
    ("attested", "Nothing fails or is unknown; it stands on people's word."),
    ("NOT MET", "A rule fails, on AWS or on an attestation. One is enough."),
    ("UNKNOWN", "Something was not read, not decided or not on file. No pass."),
    ("partly shown", "AWS shows some of it; the rest is not attested. No pass."),
    ("not assessed", "Nothing speaks for it, or it is stated not to apply. No pass."),
    (NO_DUTY, "Scope and definitions: there is nothing to meet."),
    ("standard", "A duty in general. Its specifications stand on their own."),
    ("required", "A specification that must be implemented."),
    ("addressable", "Not optional: do it, or document why not (164.306(d)(3))."),
];

/// The meaning of the two sides' words where they have nothing to say.
pub(super) const SIDES: &str = "Where AWS \"cannot show it\", no setting in AWS could; where \"no rule looks\", one could, and no selected rule reads \
     it; with \"nothing to judge\", the rules found no resource. Where \"no rule asks\", nobody is asked to attest it; where \
     there is only a dash, AWS state alone is asked.";

/// The word for a verdict. What somebody must act on is in capitals, so that it stands out without color.
pub(in super::super) fn verdict(verdict: RequirementVerdict) -> &'static str {
    match verdict {
        RequirementVerdict::NotMet => "NOT MET",
        RequirementVerdict::Unknown => "UNKNOWN",
        RequirementVerdict::PartlyShown => "partly shown",
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
        RequirementVerdict::PartlyShown | RequirementVerdict::Attested => NEUTRAL,
        RequirementVerdict::Met => GOOD,
        RequirementVerdict::NotAssessed => DIM,
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
    row.class == "general" && row.verdict == RequirementVerdict::NotAssessed
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
         that is not. Met reaches as far as the rules look: what none of them reads, in AWS or outside of it, is not in it."
            .to_owned(),
    ];
    let fails = |row: &&&RequirementRow| row.class == "addressable" && row.verdict == RequirementVerdict::NotMet;
    if rows.iter().any(|row| fails(&row)) {
        notes.push(addressable(report));
    }
    notes
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
