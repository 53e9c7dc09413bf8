//! Requirements: which were reviewed, and what was found of each.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

use super::super::requirements::words::beside;
use super::super::text::{counted, number};
use super::observations::{observation_id, risk_id};
use super::words::{Id, line, props, token};
use super::{OscalDocument, origins};
use crate::model::{
    AttestationState, Finding, Framework, Report, RequirementRow, RequirementVerdict, Verdict, Verifiable,
};

/// The explanation of the document, in the document itself.
pub(super) const REMARKS: &str = "\
How unknown is expressed: OSCAL knows only satisfied and not-satisfied. A finding is satisfied with the reason pass where AWS \
state shows its part of the requirement, people attest the rest, and nothing failed. It is not-satisfied with the reason fail \
only where a failure was seen. It is not-satisfied with the reason other where that is not known, because something was not \
read, where nobody attests the rest, or where the requirement stands on people's word, which this tool does not assess: such a \
finding claims no failure. The property verdict has the exact word. Requirements that no rule or resource spoke \
for, and those that do not bind the organization, have no finding and are excluded from the reviewed controls.";

/// OSCAL's state and reason for a verdict; none where nothing can be said.
pub(super) fn state(verdict: RequirementVerdict) -> Option<(&'static str, &'static str)> {
    match verdict {
        RequirementVerdict::Met => Some(("satisfied", "pass")),
        RequirementVerdict::NotMet => Some(("not-satisfied", "fail")),
        RequirementVerdict::Unknown
        | RequirementVerdict::ShownInAws
        | RequirementVerdict::PartlyShown
        | RequirementVerdict::Attested => Some(("not-satisfied", "other")),
        RequirementVerdict::NotAssessed | RequirementVerdict::DoesNotBind => None,
    }
}

/// Says what the state means, where the state alone misleads.
fn meaning(row: &RequirementRow) -> &'static str {
    match row.verdict {
        RequirementVerdict::Met => "AWS state shows its part, people attest the rest, and nothing failed.",
        RequirementVerdict::Attested if row.findings.pass > 0 => {
            "ATTESTED, no failure was seen: AWS state shows a part, and the rest stands on people's word."
        }
        RequirementVerdict::Attested => {
            "ATTESTED, no failure was seen: it stands on people's word, and AWS state shows nothing of it."
        }
        RequirementVerdict::NotMet => "At least one rule that shows it failed, or an attestation of it.",
        RequirementVerdict::Unknown => {
            "UNKNOWN, no failure was seen: something was not read or is not on file, so it could not be determined."
        }
        RequirementVerdict::ShownInAws => {
            "SHOWN IN AWS, no failure was seen: AWS state shows its part, and nobody has attested the rest."
        }
        RequirementVerdict::PartlyShown => {
            "PARTLY SHOWN, no failure was seen: AWS state shows it for some of the services in use, and nobody has attested \
             the rest."
        }
        RequirementVerdict::NotAssessed => "NOT ASSESSED: no rule or no resource spoke.",
        RequirementVerdict::DoesNotBind => "DOES NOT BIND: it binds none of the organization's roles.",
    }
}

fn word(verdict: RequirementVerdict) -> &'static str {
    match verdict {
        RequirementVerdict::Met => "met",
        RequirementVerdict::Attested => "attested",
        RequirementVerdict::NotMet => "not_met",
        RequirementVerdict::Unknown => "unknown",
        RequirementVerdict::ShownInAws => "shown_in_aws",
        RequirementVerdict::PartlyShown => "partly_shown",
        RequirementVerdict::NotAssessed => "not_assessed",
        RequirementVerdict::DoesNotBind => "does_not_bind",
    }
}

fn framework(framework: Framework) -> &'static str {
    match framework {
        Framework::Hipaa => "HIPAA",
        Framework::Soc2 => "SOC 2",
    }
}

fn objective_id(row: &RequirementRow) -> String {
    token(row.framework, &row.id) + "_obj"
}

/// The objective that a finding is about.
pub(super) fn objective(row: &RequirementRow) -> Option<Value> {
    state(row.verdict)?;
    let part = json!({
        "id": objective_id(row),
        "name": "assessment-objective",
        "prose": format!("Determine whether {} {} is met: {}", framework(row.framework), line(&row.id), line(&row.title)),
    });
    Some(json!({"control-id": token(row.framework, &row.id), "parts": [part]}))
}

/// The requirements that something was said about, by framework; the others that count are named as excluded.
pub(super) fn reviewed(document: &OscalDocument<'_>) -> Value {
    let mut selections = Vec::new();
    for of in [Framework::Hipaa, Framework::Soc2] {
        let rows = document.rows.iter().filter(|row| row.framework == of);
        let (spoken, silent): (Vec<&RequirementRow>, Vec<_>) = rows.partition(|row| state(row.verdict).is_some());
        if spoken.is_empty() {
            continue;
        }
        let ids = |rows: &[&RequirementRow]| -> Vec<Value> {
            rows.iter().map(|row| json!({"control-id": token(row.framework, &row.id)})).collect()
        };
        let mut selection = json!({
            "description": format!("{}: {}", framework(of), counted(spoken.len(), "requirement", "requirements")),
            "include-controls": ids(&spoken),
        });
        if !silent.is_empty() {
            selection["exclude-controls"] = json!(ids(&silent));
            selection["remarks"] =
                json!("Excluded are those that no rule or no resource spoke for: they were not assessed.");
        }
        selections.push(selection);
    }
    if selections.is_empty() {
        // The schema wants at least one id.
        selections.push(json!({
            "description": "No requirement was reviewed: no rule or no resource spoke.",
            "include-controls": [{"control-id": "none"}],
        }));
    }
    json!({ "control-selections": selections })
}

/// Writes what people state of a requirement, if they do.
pub(super) fn attestation(row: &RequirementRow) -> Option<Value> {
    let attestation = row.attestation.as_ref()?;
    let said = match attestation.state {
        AttestationState::Attested => "People attest what AWS state cannot show of",
        AttestationState::NotApplicable => "The organization states that this does not apply:",
        AttestationState::Failed | AttestationState::Missing => return None,
    };
    let until = attestation.valid_until.as_ref().map(|day| format!(", until {}", line(day))).unwrap_or_default();
    let part = json!({
        "uuid": Id::of(&["attestation", &token(row.framework, &row.id)]),
        "name": "attestation",
        "title": format!("{} {}", framework(row.framework), line(&row.id)),
        "prose": format!("{said} {} {}{until}", framework(row.framework), line(&row.id)),
    });
    Some(json!({ "parts": [part] }))
}

/// The finding of a requirement. It may refer to every observation of the report, so the references are made one by
/// one, as they are written.
pub(super) struct RequirementFinding<'d> {
    row: &'d RequirementRow,
    document: &'d OscalDocument<'d>,
    state: &'static str,
    reason: &'static str,
}

/// Makes the finding of a requirement; `None` if nothing can be said.
pub(super) fn finding<'d>(row: &'d RequirementRow, document: &'d OscalDocument<'d>) -> Option<RequirementFinding<'d>> {
    let (state, reason) = state(row.verdict)?;
    Some(RequirementFinding { row, document, state, reason })
}

impl RequirementFinding<'_> {
    /// The findings of the rules that speak for it.
    fn spoke(&self) -> impl Iterator<Item = &Finding> {
        let attesting = self.row.attestation.iter().flat_map(|attestation| &attestation.rules);
        let rules = self.row.rules.iter().chain(attesting);
        let findings = rules.flat_map(|rule| self.document.by_rule.get(rule.as_str()).into_iter().flatten());
        findings.copied().filter(|finding| finding.verdict != Verdict::NotApplicable)
    }

    fn failed(&self) -> impl Iterator<Item = &Finding> {
        self.spoke().filter(|finding| finding.verdict == Verdict::Fail)
    }

    fn props(&self) -> Value {
        let row = self.row;
        let verifiable = match row.verifiable_in_aws {
            Verifiable::Partial => "partial",
            Verifiable::Attestation => "attestation",
        };
        let what = [("verdict", word(row.verdict)), ("requirement", &row.id), ("framework", framework(row.framework))];
        props(what.into_iter().chain([("class", row.class.as_str()), ("verifiable-in-aws", verifiable)]))
    }
}

impl Serialize for RequirementFinding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row;
        let token = token(row.framework, &row.id);
        let status = json!({"state": self.state, "reason": self.reason, "remarks": meaning(row)});
        let target = json!({
            "type": "objective-id", "target-id": objective_id(row), "title": line(&row.title), "status": status,
        });
        let mut finding = serializer.serialize_map(None)?;
        finding.serialize_entry("uuid", &self.document.own("finding", &token))?;
        let title = format!("{} {}: {}", framework(row.framework), line(&row.id), line(&row.title));
        finding.serialize_entry("title", &title)?;
        finding.serialize_entry("description", &description(self.document.report, row))?;
        finding.serialize_entry("props", &self.props())?;
        finding.serialize_entry("origins", &origins())?;
        finding.serialize_entry("target", &target)?;
        if self.spoke().next().is_some() {
            finding.serialize_entry("related-observations", &Observed(self))?;
        }
        if self.failed().next().is_some() {
            finding.serialize_entry("related-risks", &Risked(self))?;
        }
        finding.end()
    }
}

struct Observed<'d>(&'d RequirementFinding<'d>);

impl Serialize for Observed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.spoke().map(|finding| json!({"observation-uuid": observation_id(finding)})))
    }
}

struct Risked<'d>(&'d RequirementFinding<'d>);

impl Serialize for Risked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.failed().map(|finding| json!({"risk-uuid": risk_id(finding)})))
    }
}

/// What the state means, what was counted, and what stands beside it.
fn description(report: &Report, row: &RequirementRow) -> String {
    let beside = beside(report, row).into_iter().map(|words| format!(" {}", line(&words)));
    format!("{} {}{}", meaning(row), counts(row), beside.collect::<String>())
}

fn counts(row: &RequirementRow) -> String {
    let counts = row.findings;
    format!(
        "{} fail, {} unknown, {} pass, over {}.",
        number(counts.fail),
        number(counts.unknown),
        number(counts.pass),
        counted(row.resources_judged, "resource", "resources")
    )
}
