//! Results: one for each failure and each undecided finding.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::causes::in_words;
use super::super::text::{escape, listed, shorten};
use super::{SENTENCE, message, rules};
use crate::model::{Change, Finding, Severity, Verdict, Waiver};

/// The characters that are escaped in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
/// The longest that the last step of a path may be.
const STEP: usize = 180;
/// The most failed calls that are told of one finding.
const CALLS_SHOWN: usize = 3;

/// One result; `place` is the rule's position among the descriptors.
pub(super) fn result(finding: &Finding, place: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": escape(&finding.rule),
        "kind": if finding.verdict == Verdict::Fail { "fail" } else { "open" },
        "message": {"text": message(&words(finding))},
        "locations": [location(finding)],
        // GitHub reads the first of these and no other.
        "partialFingerprints": {"primaryLocationLineHash": finding.id.0, "safeguardFindingId/v1": finding.id.0},
        "rank": rank(finding),
        "properties": {
            "verdict": finding.verdict,
            "severity": finding.severity,
            "account": escape(&finding.resource.account),
            "region": escape(&finding.resource.region),
            "inPhiScope": finding.in_phi_scope,
            "observedAt": finding.observed_at,
        },
    });
    if let Some(place) = place {
        result["ruleIndex"] = json!(place);
    }
    if finding.verdict == Verdict::Fail {
        result["level"] = json!(rules::level(finding.severity));
    }
    if let Some(waiver) = &finding.waiver {
        result["suppressions"] =
            json!([{"kind": "external", "status": "accepted", "justification": message(&accepted(waiver))}]);
    }
    if let Some(state) = finding.history.as_ref().and_then(|history| baseline(history.change)) {
        result["baselineState"] = json!(state);
    }
    result
}

fn words(finding: &Finding) -> String {
    let reason = shorten(&finding.message, SENTENCE);
    let mut text = match (finding.verdict, &finding.waiver) {
        (Verdict::Unknown, _) => format!("UNKNOWN, neither a pass nor a failure: {reason}."),
        (_, Some(waiver)) => format!("WAIVED, still a failure: {reason}. {}.", accepted(waiver)),
        _ => format!("{reason}."),
    };
    match finding.in_phi_scope {
        Some(true) => text += " The resource is in PHI scope.",
        Some(false) => {}
        None => text += " Whether the resource is in PHI scope is not known.",
    }
    for witness in finding.witnesses.iter().take(1).filter(|witness| !finding.message.contains(&witness.text)) {
        let may = if witness.certain { "Gets through" } else { "May get through" };
        text += &format!(" {may}: {}.", shorten(&witness.text, SENTENCE));
    }
    if !finding.gaps.is_empty() {
        let calls: Vec<String> = finding.gaps.iter().map(in_words).collect();
        text += &format!(" Not read: {}.", listed(calls.iter().map(String::as_str), CALLS_SHOWN));
    }
    match finding.verdict {
        Verdict::Fail => text + &format!(" Fix: {}", shorten(&finding.fix, SENTENCE)),
        _ => text,
    }
}

fn accepted(waiver: &Waiver) -> String {
    let ticket = waiver.ticket.as_ref().map(|ticket| format!(" ({})", shorten(ticket, SENTENCE))).unwrap_or_default();
    format!(
        "Accepted by {} until {}{ticket}: {}",
        shorten(&waiver.owner, SENTENCE),
        escape(&waiver.expires),
        shorten(&waiver.reason, SENTENCE)
    )
}

fn location(finding: &Finding) -> Value {
    let resource = &finding.resource;
    let name = resource.arn.as_ref().or(resource.id.as_ref()).unwrap_or(&resource.kind);
    json!({
        "physicalLocation": {"artifactLocation": {"uri": path(finding)}, "region": {"startLine": 1}},
        "logicalLocations": [{
            "fullyQualifiedName": escape(name),
            "name": escape(resource.id.as_ref().unwrap_or(&resource.kind)),
            "kind": "resource",
        }],
    })
}

/// A path that is the same in every run. Nothing in it leads upward or elsewhere.
fn path(finding: &Finding) -> String {
    let resource = &finding.resource;
    let mut steps = vec!["aws".to_owned(), step(&resource.account), step(&resource.region)];
    steps.push(step(&resource.kind.replace("::", ".")));
    if let Some(id) = &resource.id {
        let whole = step(id);
        steps.push(match whole.len() {
            ..=STEP => whole,
            // Nothing but ASCII is left, so it can be cut anywhere but within `%2F`; the finding's id keeps it apart
            // from others.
            _ => {
                let end = whole[STEP - 2..STEP].find('%').map_or(STEP, |place| STEP - 2 + place);
                format!("{}-{}", &whole[..end], step(&finding.id.0))
            }
        });
    }
    steps.join("/")
}

fn step(text: &str) -> String {
    match text.chars().all(|character| character == '.') {
        true => format!("_{}", text.replace('.', "%2E")),
        false => utf8_percent_encode(text, PATH).to_string(),
    }
}

/// SARIF's priority, from 0 to 100.
fn rank(finding: &Finding) -> f64 {
    let severity = match finding.severity {
        Severity::Critical => 95.0,
        Severity::High => 80.0,
        Severity::Medium => 55.0,
        Severity::Low => 20.0,
    };
    if finding.waiver.is_some() { severity / 10.0 } else { severity }
}

fn baseline(change: Change) -> Option<&'static str> {
    match change {
        Change::New => Some("new"),
        Change::StillFailing | Change::Unchanged => Some("unchanged"),
        Change::Changed | Change::NewlyUnknown => Some("updated"),
        Change::Resolved | Change::NotLookedAt => None,
    }
}
