//! Observations: the resources, the findings about them, and the risks that failures are.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::causes::in_words;
use super::super::text::shorten;
use super::origins;
use super::words::{Id, line, props};
use crate::model::{Finding, ResourceRef, Verdict, Waiver};

/// The widest that a fact's value is written, in columns.
const VALUE: usize = 1_000;

/// The component that stands for an account.
pub(super) fn account(account: &str) -> Value {
    json!({
        "uuid": Id::of(&["account", account]),
        "type": "system",
        "title": format!("AWS account {}", line(account)),
        "description": "An AWS account of which the state was read.",
        "status": {"state": "operational"},
    })
}

/// The inventory item that stands for a resource.
pub(super) fn item(resource: &ResourceRef) -> Value {
    let [id, arn] = [&resource.id, &resource.arn].map(|name| name.as_deref().unwrap_or_default());
    let names = [("kind", resource.kind.as_str()), ("id", id), ("arn", arn)];
    let place = [("account", resource.account.as_str()), ("region", &resource.region)];
    json!({
        "uuid": item_id(resource),
        "description": format!("{} {}", line(&resource.kind), line(id)),
        "props": props(names.into_iter().chain(place)),
        "implemented-components": [{"component-uuid": Id::of(&["account", &resource.account])}],
    })
}

fn item_id(resource: &ResourceRef) -> String {
    let id = resource.id.as_deref().unwrap_or_default();
    let arn = resource.arn.as_deref().unwrap_or_default();
    Id::of(&["item", &resource.account, &resource.region, &resource.kind, id, arn])
}

pub(super) fn observation_id(finding: &Finding) -> String {
    Id::of(&["observation", &finding.id.0, &finding.observed_at.to_string(), finding.verdict.as_str()])
}

pub(super) fn risk_id(finding: &Finding) -> String {
    Id::of(&["risk", &finding.id.0])
}

/// One finding of a rule about a resource; `is_attested` where its facts are what people wrote.
pub(super) fn observation(finding: &Finding, is_attested: bool) -> Value {
    let resource = &finding.resource;
    let subject = match &resource.id {
        Some(_) => json!({"subject-uuid": item_id(resource), "type": "inventory-item"}),
        None => json!({"subject-uuid": Id::of(&["account", &resource.account]), "type": "component"}),
    };
    let change = finding.history.as_ref().map_or("", |history| history.change.as_str());
    let scope = match finding.in_phi_scope {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    };
    let what = [("verdict", finding.verdict.as_str()), ("severity", finding.severity.as_str())];
    let names = [("rule", finding.rule.as_str()), ("finding-id", &finding.id.0), ("in-phi-scope", scope)];
    let place = [("kind", resource.kind.as_str()), ("region", &resource.region), ("change", change)];
    let waived = [("waived", if finding.waiver.is_some() { "true" } else { "" })];
    let mut observation = json!({
        "uuid": observation_id(finding),
        "title": line(&finding.title),
        "description": description(finding),
        "props": props(what.into_iter().chain(names).chain(place).chain(waived)),
        "methods": [if is_attested { "EXAMINE" } else { "TEST" }],
        "types": [if finding.verdict == Verdict::Fail { "finding" } else { "control-objective" }],
        "origins": origins(),
        "subjects": [subject],
        "collected": finding.observed_at,
    });
    let evidence = evidence(finding);
    if !evidence.is_empty() {
        observation["relevant-evidence"] = json!(evidence);
    }
    observation
}

fn description(finding: &Finding) -> String {
    let reason = line(&finding.message);
    match finding.verdict {
        Verdict::Pass => format!("The good state was shown: {reason}"),
        Verdict::Fail => format!("A failure was seen: {reason}"),
        Verdict::Unknown => format!("UNKNOWN, neither a pass nor a failure: {reason}"),
        Verdict::NotApplicable => format!("The rule does not concern this resource: {reason}"),
    }
}

/// The facts that the verdict stands on, and the calls that gave no answer.
fn evidence(finding: &Finding) -> Vec<Value> {
    let facts = finding.evidence.iter().map(|evidence| match &evidence.value {
        Some(value) => format!("{} = {}", line(&evidence.path), line(&shorten(&value.to_string(), VALUE))),
        None => format!("{} was not read", line(&evidence.path)),
    });
    let witnesses = finding.witnesses.iter().map(|witness| match witness.certain {
        true => format!("Gets through: {}", line(&witness.text)),
        false => format!("May get through: {}", line(&witness.text)),
    });
    let gaps = finding.gaps.iter().map(|gap| format!("Not read: {}", line(&in_words(gap))));
    facts.chain(witnesses).chain(gaps).map(|text| json!({ "description": text })).collect()
}

/// The risk that a failure is, and what is done about it.
pub(super) fn risk(finding: &Finding, why: &str) -> Value {
    let mut responses = vec![json!({
        "uuid": Id::of(&["fix", &finding.id.0]),
        "lifecycle": "recommendation",
        "title": "Fix",
        "description": line(&finding.fix),
    })];
    responses.extend(finding.waiver.iter().map(|waiver| accepted(finding, waiver)));
    let mut risk = json!({
        "uuid": risk_id(finding),
        "title": line(&finding.title),
        "description": line(&finding.message),
        "statement": line(why),
        "props": props([("severity", finding.severity.as_str()), ("rule", &finding.rule)]),
        "status": if finding.waiver.is_some() { "deviation-approved" } else { "open" },
        "origins": origins(),
        "remediations": responses,
        "related-observations": [{"observation-uuid": observation_id(finding)}],
    });
    let last_day = finding.waiver.as_ref().and_then(|waiver| waiver.expires.parse::<Date>().ok());
    if let Some(day) = last_day {
        risk["deadline"] = json!(format!("{day}T23:59:59Z"));
    }
    risk
}

fn accepted(finding: &Finding, waiver: &Waiver) -> Value {
    let ticket = waiver.ticket.as_deref().unwrap_or_default();
    let mut said = props([("owner", waiver.owner.as_str()), ("expires", &waiver.expires), ("ticket", ticket)]);
    // OSCAL's own property for what kind of response this is.
    if let Some(said) = said.as_array_mut() {
        said.insert(0, json!({"name": "type", "value": "accept"}));
    }
    json!({
        "uuid": Id::of(&["waiver", &finding.id.0]),
        "lifecycle": "completed",
        "title": "Accepted for a time; it stays a failure",
        "description": line(&waiver.reason),
        "props": said,
    })
}
