//! One finding and why it is what it is, from a report, from a snapshot, or from both.

use std::path::Path;

use super::prepared::Prepared;
use super::{FactSource, ScanRequest, demo, report_file, snapshot_file};
use crate::engine::explanation::{Conditions, conditions, requirements};
use crate::model::{Explanation, Finding, FindingId, Report, Snapshot, Verdict};
use crate::source::suggest;
use crate::{Error, Result};

/// The number of characters of a finding's id that are enough to ask for it.
const SHORTEST_ID: usize = 6;

/// The most findings that are offered where it is not clear which one is meant.
const MOST_OFFERED: usize = 12;

/// The name of the finding to explain.
#[derive(Debug, Clone)]
pub struct FindingQuery {
    /// The finding's id or its beginning, or a rule's id.
    pub finding: String,
    /// The id or ARN of the resource, if a rule's id is asked for.
    pub resource: Option<String>,
}

/// Explains a finding of the report, or of the facts, or of the report with the values that the facts give.
///
/// # Errors
/// If there is no such finding, or several.
pub fn explain(
    asked: &FindingQuery,
    report: Option<&Path>,
    facts: Option<&FactSource>,
    request: &ScanRequest,
) -> Result<Explanation> {
    let prepared = Prepared::of(request)?;
    let snapshot = facts.map(open).transpose()?;
    let judged = snapshot.as_ref().map(|snapshot| prepared.report(snapshot.clone()));
    let kept = report.map(report_file::open).transpose()?;
    let report = kept.as_ref().or(judged.as_ref()).ok_or_else(nothing_to_explain)?;
    let finding = find(asked, report)?;
    let rule = report.rules.iter().find(|rule| rule.id == finding.rule).cloned();
    let rule = rule.or_else(|| Some(prepared.rules.get(&finding.rule)?.info())).ok_or_else(|| {
        Error::usage(format!("neither the report nor this build knows the rule `{}`", finding.rule))
            .help("add the folder of your rules with --rules")
    })?;
    let conditions = match (&snapshot, &judged) {
        (Some(snapshot), Some(judged)) if verdict_of(finding, judged) == Some(finding.verdict) => conditions(
            &prepared.rules,
            &prepared.beside(snapshot).estate(snapshot),
            &prepared.kinds,
            &prepared.phi_scope,
            finding,
        ),
        _ => Conditions::default(),
    };
    let notes = why_no_values(finding, judged.as_ref(), &conditions).into_iter().collect();
    let ids = finding.hipaa.iter().chain(&finding.soc2).map(String::as_str);
    let requirements = requirements(&prepared.catalog, ids);
    let Conditions { when, pass } = conditions;
    Ok(Explanation { finding: finding.clone(), rule, when, pass, requirements, notes })
}

fn nothing_to_explain() -> Error {
    Error::usage("it is not said where the finding is")
        .help("name the report with --report FILE or the snapshot with --snapshot FILE, or take the sample with --demo")
}

fn open(facts: &FactSource) -> Result<Snapshot> {
    match facts {
        FactSource::Demo => demo(),
        FactSource::Snapshot(path) => snapshot_file::open(path),
        FactSource::Live(_) | FactSource::Unread(_) => Err(nothing_to_explain()),
    }
}

fn verdict_of(finding: &Finding, judged: &Report) -> Option<Verdict> {
    judged.findings.iter().find(|other| other.id == finding.id).map(|other| other.verdict)
}

/// Says why the parts of the condition have no values, if they have none.
fn why_no_values(finding: &Finding, judged: Option<&Report>, conditions: &Conditions) -> Option<String> {
    if finding.resource.id.is_none() {
        return Some("There is no resource to judge: it is not known which there are.".to_owned());
    }
    let words = match judged.map(|judged| verdict_of(finding, judged)) {
        _ if conditions.pass.is_some() => return None,
        None => {
            "The values of the condition's parts need all the facts: name the snapshot of the same scan with --snapshot \
             FILE as well."
                .to_owned()
        }
        Some(None) => "The snapshot gives no such finding, so the condition's parts are told without values.".to_owned(),
        Some(Some(verdict)) => format!(
            "Judged by the snapshot as rules are now, it is {}. So it is not what the report was made from, and the \
             condition's parts are told without values.",
            verdict.as_str()
        ),
    };
    Some(words)
}

/// The one finding that is meant.
fn find<'r>(asked: &FindingQuery, report: &'r Report) -> Result<&'r Finding> {
    let gone = report.comparison.iter().flat_map(|comparison| &comparison.no_longer_reported);
    let all: Vec<&Finding> = report.findings.iter().chain(gone).collect();
    let text = asked.finding.trim();
    if asked.resource.is_none() && is_id(text) {
        return by_id(text, &all);
    }
    if !report.rules.iter().any(|rule| rule.id == text) && !all.iter().any(|finding| finding.rule == text) {
        let near = suggest::nearest(text, report.rules.iter().map(|rule| rule.id.as_str()));
        return Err(Error::usage(format!("no finding and no rule that was run is called `{text}`")).help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a finding by its id, or by its rule and its resource".to_owned(),
        }));
    }
    let of_rule: Vec<&Finding> = all.into_iter().filter(|finding| finding.rule == text).collect();
    match &asked.resource {
        None => only(&of_rule, &format!("rule `{text}`"), &of_rule),
        Some(resource) => {
            let named = |finding: &&Finding| {
                let about = &finding.resource;
                about.id.as_ref() == Some(resource) || about.arn.as_ref() == Some(resource)
            };
            let matching: Vec<&Finding> = of_rule.iter().copied().filter(named).collect();
            only(&matching, &format!("rule `{text}` on `{resource}`"), &of_rule)
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() >= SHORTEST_ID && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn by_id<'r>(start: &str, all: &[&'r Finding]) -> Result<&'r Finding> {
    let matching: Vec<&Finding> = all.iter().copied().filter(|finding| finding.id.0.starts_with(start)).collect();
    only(&matching, &format!("`{start}`"), &[])
}

/// The finding, if it is the only one; otherwise those that there are to choose from.
fn only<'r>(matching: &[&'r Finding], what: &str, others: &[&Finding]) -> Result<&'r Finding> {
    let (message, offered) = match matching {
        [finding] => return Ok(finding),
        [] if others.is_empty() => {
            return Err(Error::usage(format!("there is no finding of {what}"))
                .help("`--format ndjson` of a scan lists all findings with their ids"));
        }
        [] => (format!("there is no finding of {what}. There are"), others),
        several => (format!("{} findings are of {what}", several.len()), several),
    };
    let mut offered = offered.to_vec();
    offered.sort_by_key(|finding| Verdict::ALL.iter().position(|verdict| *verdict == finding.verdict));
    let mut lines: Vec<String> = offered.iter().take(MOST_OFFERED).map(|finding| offer(finding)).collect();
    if offered.len() > MOST_OFFERED {
        lines.push(format!("  and {} more", offered.len() - MOST_OFFERED));
    }
    Err(Error::usage(format!("{message}:\n{}", lines.join("\n")))
        .help("name one by the beginning of its id, or by its rule and the resource's id or ARN"))
}

/// `  3fa2b1c4d5e6  fail            meridian-telemetry (us-west-2)`.
fn offer(finding: &Finding) -> String {
    let FindingId(id) = &finding.id;
    let start = id.get(..12).unwrap_or(id);
    let name = finding.resource.id.as_deref().unwrap_or("(the list could not be read)");
    format!("  {start}  {:14}  {name} ({})", finding.verdict.as_str(), finding.resource.region)
}
