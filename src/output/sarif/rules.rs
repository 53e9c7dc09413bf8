//! Rules, as the alert's page on GitHub explains them: what is good, why, how to get there, for which requirements.

use serde_json::{Value, json};

use super::super::markup::{block, is_address, prose};
use super::super::text::escape;
use super::message;
use crate::model::{RuleInfo, Severity};

/// The most tags that GitHub takes for a rule.
pub(super) const TAGS_LIMIT: usize = 20;
/// The most characters that GitHub takes for a short or full description.
const DESCRIPTION: usize = 1_024;
/// The most that is written of one text of a rule, in columns.
const TEXT: usize = 10_000;

/// One rule; `severity` is what its alerts are shown with.
pub(super) fn descriptor(rule: &RuleInfo, severity: Severity) -> Value {
    let mut descriptor = json!({
        "id": escape(&rule.id),
        "name": escape(&rule.id),
        "shortDescription": {"text": description(&rule.title, rule)},
        "fullDescription": {"text": description(&rule.why, rule)},
        "help": {"text": help(rule), "markdown": help_markdown(rule)},
        "defaultConfiguration": {"level": level(severity)},
        "properties": {
            "tags": tags(rule),
            "precision": "very-high",
            "problem.severity": problem(severity),
            "security-severity": score(severity),
            "kind": escape(&rule.kind),
            "severity": rule.severity,
            "severityInPhiScope": rule.severity_in_phi_scope,
        },
    });
    if let Some(address) = rule.references.iter().find(|address| is_address(address)) {
        descriptor["helpUri"] = json!(address);
    }
    descriptor
}

/// Returns the level at which a failure of this severity is told.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    }
}

/// A number from the middle of the range that GitHub reads as this severity.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

/// HIPAA's citations and SOC 2's criteria in turn, so that neither framework is cut off for the other.
fn tags(rule: &RuleInfo) -> Vec<String> {
    let hipaa = rule.hipaa.iter().map(|id| format!("HIPAA {}", escape(id)));
    let soc2 = rule.soc2.iter().map(|id| format!("SOC 2 {}", escape(id)));
    let mut requirements: Vec<(usize, String)> = hipaa.enumerate().chain(soc2.enumerate()).collect();
    requirements.sort_by_key(|(position, _)| *position);
    let fixed = ["security".to_owned(), escape(&rule.service).into_owned()];
    fixed.into_iter().chain(requirements.into_iter().map(|(_, tag)| tag)).take(TAGS_LIMIT).collect()
}

/// GitHub wants some text, and not too much of it.
fn description(text: &str, rule: &RuleInfo) -> String {
    let text = message(if text.trim().is_empty() { &rule.id } else { text });
    match text.chars().count() {
        ..=DESCRIPTION => text,
        _ => text.chars().take(DESCRIPTION - 3).collect::<String>() + "...",
    }
}

fn requirements(rule: &RuleInfo) -> String {
    let ids = |ids: &[String]| ids.iter().map(|id| escape(id).into_owned()).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    if !rule.hipaa.is_empty() {
        parts.push(format!("HIPAA {}", ids(&rule.hipaa)));
    }
    if !rule.soc2.is_empty() {
        parts.push(format!("SOC 2 {}", ids(&rule.soc2)));
    }
    parts.join("; ")
}

fn help(rule: &RuleInfo) -> String {
    let mut paragraphs = vec![rule.title.clone(), rule.why.clone(), format!("Fix: {}", rule.remediation.summary)];
    paragraphs.extend(rule.remediation.cli.iter().map(|cli| format!("Command: {cli}")));
    paragraphs.extend(rule.remediation.console.iter().map(|console| format!("Console: {console}")));
    let requirements = requirements(rule);
    if !requirements.is_empty() {
        paragraphs.push(format!("It speaks for {requirements}."));
    }
    paragraphs.extend(rule.references.iter().cloned());
    paragraphs.iter().map(|paragraph| message(paragraph)).collect::<Vec<_>>().join("\n\n")
}

fn help_markdown(rule: &RuleInfo) -> String {
    let mut page = format!("**Good state:** {}\n\n**Why:** {}\n", prose(&rule.title, TEXT), prose(&rule.why, TEXT));
    let fix = &rule.remediation;
    page += &format!("\n## Fix\n\n**What to do:** {}\n", prose(&fix.summary, TEXT));
    if let Some(console) = &fix.console {
        page += &format!("\n**In the console:** {}\n", prose(console, TEXT));
    }
    for (name, language, text) in [
        ("AWS CLI", "sh", &fix.cli),
        ("CloudFormation", "yaml", &fix.cloudformation),
        ("Terraform", "hcl", &fix.terraform),
    ] {
        if let Some(text) = text {
            page += &format!("\n**{name}:**\n\n{}", block(text, language));
        }
    }
    page += &format!("\n## Condition for a pass\n\n{}", block(&rule.pass, "text"));
    if let Some(when) = &rule.when {
        page += &format!("\nIt concerns resources for which this holds:\n\n{}", block(when, "text"));
    }
    page += "\n## Requirements and references\n\n";
    let ids = rule.hipaa.iter().map(|id| ("HIPAA", id)).chain(rule.soc2.iter().map(|id| ("SOC 2", id)));
    for (framework, id) in ids {
        page += &format!("- {framework} {}\n", prose(id, TEXT));
    }
    for reference in &rule.references {
        match is_address(reference) {
            true => page += &format!("- <{reference}>\n"),
            false => page += &format!("- {}\n", prose(reference, TEXT)),
        }
    }
    page
}
