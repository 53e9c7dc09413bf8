//! One finding with all that is behind it: for a person who has to mend it, or has to show why it is right.

use std::io::{self, Write};

use super::page::{BAD, BOLD, DIM, GOOD, PLAIN, Page, UNKNOWN, WARN};
use super::text::{listed, shorten};
use super::{Style, json};
use crate::model::{
    Change, ExplainedRequirement, Explanation, Finding, Framework, Gap, History, Region, Timestamp, Verdict, Verifiable,
};

#[cfg(test)]
mod tests;
mod tree;

/// The widest that a name from AWS is shown, in columns. ARNs are copied from here, so they are not cut.
const NAME: usize = 2100;
/// The widest that a sentence with text from AWS is shown, in columns.
const SENTENCE: usize = 2000;
/// The widest that a value is shown, in columns. JSON has all of it.
const VALUE: usize = 400;

/// Writes the explanation as one JSON document.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_json(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    json::write_value(explanation, out)
}

/// Writes the explanation as a page.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(explanation: &Explanation, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, style.width, style.color);
    head(explanation, page)?;
    reason(explanation, page)?;
    condition(explanation, page)?;
    evidence(&explanation.finding, page)?;
    gaps(&explanation.finding, page)?;
    requirements(&explanation.requirements, page)?;
    history(&explanation.finding, page)?;
    fix(explanation, page)?;
    references(explanation, page)
}

/// Writes the verdict, the rule and the resource.
fn head(explanation: &Explanation, page: &mut Page<'_>) -> io::Result<()> {
    let Explanation { finding, rule, .. } = explanation;
    let (word, style) = match finding.verdict {
        Verdict::Fail if finding.waiver.is_some() => (format!("FAIL {}, waived", finding.severity.as_str()), WARN),
        Verdict::Fail => (format!("FAIL {}", finding.severity.as_str()), BAD),
        Verdict::Unknown => ("UNKNOWN".to_owned(), UNKNOWN),
        Verdict::Pass => ("PASS".to_owned(), GOOD),
        Verdict::NotApplicable => ("NOT APPLICABLE".to_owned(), DIM),
    };
    page.item(0, &format!("{word}  "), style, &shorten(&finding.title, SENTENCE), BOLD)?;
    page.blank()?;
    let resource = &finding.resource;
    field("Rule", &finding.rule, page)?;
    let name = resource.id.as_deref().unwrap_or("not known: the list could not be read");
    field("Resource", &shorten(name, NAME), page)?;
    if let Some(arn) = resource.arn.as_ref().filter(|arn| arn.as_str() != name) {
        field("", &shorten(arn, NAME), page)?;
    }
    let region = if resource.region == Region::GLOBAL { "in no region (global)" } else { &resource.region };
    field("", &format!("{}, account {}, {region}", resource.kind, resource.account), page)?;
    field("Severity", &severity(explanation), page)?;
    field("PHI", phi(finding), page)?;
    field("Read", &moment(finding.observed_at), page)?;
    field("Finding", &finding.id.0, page)?;
    if rule.severity_in_phi_scope.is_none() || finding.in_phi_scope.is_some() {
        return Ok(());
    }
    field("", "Its severity may be higher than this: whether the resource holds PHI is not known", page)
}

fn severity(explanation: &Explanation) -> String {
    let Explanation { finding, rule, .. } = explanation;
    let by_phi = if finding.in_phi_scope == Some(true) { rule.severity_in_phi_scope } else { None };
    if finding.severity != by_phi.unwrap_or(rule.severity) {
        return format!("{}, because of the state that was found", finding.severity.as_str());
    }
    match rule.severity_in_phi_scope {
        Some(raised) if finding.in_phi_scope == Some(true) && raised == finding.severity && raised != rule.severity => {
            format!("{}, because the resource holds PHI; {} where none is", raised.as_str(), rule.severity.as_str())
        }
        Some(raised) if raised != finding.severity => {
            format!("{}; {} where PHI is", finding.severity.as_str(), raised.as_str())
        }
        _ => finding.severity.as_str().to_owned(),
    }
}

fn phi(finding: &Finding) -> &'static str {
    match finding.in_phi_scope {
        Some(true) => "the resource is in the PHI scope",
        Some(false) => "the resource is not in the PHI scope",
        None => "not known whether the resource is in the PHI scope",
    }
}

/// Writes why the verdict is what it is, and why it matters.
fn reason(explanation: &Explanation, page: &mut Page<'_>) -> io::Result<()> {
    let finding = &explanation.finding;
    section("REASON", page)?;
    text(&finding.message, page)?;
    if let Some(waiver) = &finding.waiver {
        page.blank()?;
        page.item(2, "Waived: ", WARN, &shorten(&waiver.reason, SENTENCE), PLAIN)?;
        let ticket = waiver.ticket.iter().map(|ticket| format!("; ticket {ticket}")).collect::<String>();
        text(
            &format!("{} answers for it until {}{ticket}. It is still a failure", waiver.owner, waiver.expires),
            page,
        )?;
    }
    for witness in &finding.witnesses {
        let label = if witness.certain { "Gets through: " } else { "May get through: " };
        if !finding.message.contains(&witness.text) {
            page.item(2, label, BOLD, &shorten(&witness.text, SENTENCE), PLAIN)?;
        }
        for statement in &witness.statements {
            page.item(4, "- ", DIM, &shorten(statement, SENTENCE), PLAIN)?;
        }
    }
    section("WHY IT MATTERS", page)?;
    text(&explanation.rule.why, page)
}

/// The condition: with the value of each part where the facts are at hand, as it is written otherwise.
fn condition(explanation: &Explanation, page: &mut Page<'_>) -> io::Result<()> {
    let rule = &explanation.rule;
    let does_not_apply = explanation.finding.verdict == Verdict::NotApplicable;
    if let Some(when) = &rule.when {
        section("THE RULE APPLIES WHERE THIS IS TRUE", page)?;
        match &explanation.when {
            Some(part) => tree::write(part, page)?,
            None => code(when, page)?,
        }
    }
    let title =
        if does_not_apply { "WHERE IT APPLIES, IT PASSES IF THIS IS TRUE" } else { "IT PASSES IF THIS IS TRUE" };
    section(title, page)?;
    match explanation.pass.as_ref().filter(|_| !does_not_apply) {
        Some(part) => tree::write(part, page)?,
        None => code(&rule.pass, page)?,
    }
    explanation.notes.iter().try_for_each(|note| page.item(2, "Note: ", BOLD, &shorten(note, SENTENCE), PLAIN))
}

/// The facts that the condition read.
fn evidence(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    if finding.evidence.is_empty() {
        return Ok(());
    }
    section("EVIDENCE", page)?;
    for evidence in &finding.evidence {
        let value = match &evidence.value {
            Some(value) => format!("= {}", shorten(&value.to_string(), VALUE)),
            None => "was not read".to_owned(),
        };
        text(&format!("{} {value}", shorten(&evidence.path, NAME)), page)?;
    }
    Ok(())
}

/// Writes what could not be read, and what would let it be read.
fn gaps(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    if finding.gaps.is_empty() {
        return Ok(());
    }
    section("NOT READ", page)?;
    finding.gaps.iter().try_for_each(|gap| self::gap(gap, page))
}

fn gap(gap: &Gap, page: &mut Page<'_>) -> io::Result<()> {
    let call = if gap.operation.is_empty() { String::new() } else { format!("{}:{} ", gap.service, gap.operation) };
    let of = gap.resource.iter().map(|resource| format!(" of {resource}")).collect::<String>();
    let place = format!("{call}{} ({}) in {}{of}", gap.class.in_words(), gap.code, gap.region);
    page.item(2, "- ", PLAIN, &shorten(&place, SENTENCE), PLAIN)?;
    if !gap.message.is_empty() {
        page.item(4, "AWS said: ", DIM, &shorten(&gap.message, SENTENCE), PLAIN)?;
    }
    if gap.iam_actions.is_empty() {
        return Ok(());
    }
    let actions = listed(gap.iam_actions.iter().map(String::as_str), gap.iam_actions.len());
    page.item(4, "Needs: ", DIM, &format!("permission for {}", shorten(&actions, SENTENCE)), PLAIN)
}

fn requirements(requirements: &[ExplainedRequirement], page: &mut Page<'_>) -> io::Result<()> {
    if requirements.is_empty() {
        return Ok(());
    }
    section("REQUIREMENTS", page)?;
    let width = requirements.iter().map(|requirement| requirement.id.len()).max().unwrap_or(0);
    for requirement in requirements {
        let framework = match requirement.framework {
            Framework::Hipaa => "HIPAA",
            Framework::Soc2 => "SOC 2",
        };
        let label = format!("{framework} {:width$}  ", requirement.id);
        page.item(2, &label, BOLD, &format!("{} ({})", requirement.title, requirement.class), PLAIN)?;
        let rest = match requirement.verifiable_in_aws {
            Verifiable::Partial => "AWS state shows a part of it; people must attest the rest",
            Verifiable::Attestation => "AWS state only supports it; people must attest it",
        };
        for words in requirement.summary.as_deref().into_iter().chain([rest]) {
            page.item(2 + label.len(), "", PLAIN, words, DIM)?;
        }
    }
    Ok(())
}

/// Writes what earlier reports said of the finding.
fn history(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    let Some(history) = &finding.history else { return Ok(()) };
    section("HISTORY", page)?;
    text(&in_words(history), page)
}

fn in_words(history: &History) -> String {
    let change = match history.change {
        Change::New => "New since the earlier report",
        Change::StillFailing => "It failed before in the same way",
        Change::Changed => "It failed before, and fails otherwise now",
        Change::NewlyUnknown => "It was not undecided before",
        Change::Resolved => "It failed before, and does not any more",
        Change::NotLookedAt => "It failed before, and was not looked at now",
        Change::Unchanged => "It was not decided before either",
    };
    let detail = history.detail.iter().map(|detail| format!(" ({detail})")).collect::<String>();
    let (first, last) = (moment(history.first_seen), moment(history.last_seen));
    match history.change {
        Change::New => format!("{change}{detail}."),
        _ => format!("{change}{detail}. First seen {first}, last seen {last}."),
    }
}

/// Writes what to do, with the commands of the rule.
fn fix(explanation: &Explanation, page: &mut Page<'_>) -> io::Result<()> {
    let remediation = &explanation.rule.remediation;
    let title = match explanation.finding.verdict {
        Verdict::Fail => "FIX",
        Verdict::Unknown => "FIX, IF IT TURNS OUT TO FAIL",
        Verdict::Pass | Verdict::NotApplicable => "FIX, IF IT EVER FAILS",
    };
    section(title, page)?;
    text(&remediation.summary, page)?;
    let ways = [
        ("AWS CLI", &remediation.cli),
        ("Console", &remediation.console),
        ("CloudFormation", &remediation.cloudformation),
        ("Terraform", &remediation.terraform),
    ];
    for (name, way) in ways {
        if let Some(way) = way {
            page.blank()?;
            page.item(2, name, BOLD, "", PLAIN)?;
            code(way, page)?;
        }
    }
    Ok(())
}

fn references(explanation: &Explanation, page: &mut Page<'_>) -> io::Result<()> {
    let references = &explanation.rule.references;
    if references.is_empty() {
        return Ok(());
    }
    section("REFERENCES", page)?;
    references.iter().try_for_each(|reference| text(reference, page))
}

fn section(title: &str, page: &mut Page<'_>) -> io::Result<()> {
    page.blank()?;
    page.item(0, title, BOLD, "", PLAIN)
}

fn field(name: &str, value: &str, page: &mut Page<'_>) -> io::Result<()> {
    page.item(2, &format!("{name:10}"), DIM, value, PLAIN)
}

fn text(words: &str, page: &mut Page<'_>) -> io::Result<()> {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    page.item(2, "", PLAIN, &shorten(&words, SENTENCE), PLAIN)
}

/// Code keeps its lines; nothing in it is wrapped, so that it can be copied.
fn code(text: &str, page: &mut Page<'_>) -> io::Result<()> {
    text.trim_end().lines().try_for_each(|line| page.spans(&[("    ", PLAIN), (line, PLAIN)]))
}

fn moment(Timestamp(moment): Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
