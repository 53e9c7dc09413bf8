//! Findings in AWS's Security Finding Format, as `BatchImportFindings` takes them: one JSON array, one finding a line.
//!
//! The format's texts end up in consoles and tickets, so hostile characters are written out (`\u{202e}`) and texts are
//! cut to the lengths that AWS documents; a cut ends in `…`. An undecided finding is `WARNING`, with the calls that
//! failed as its reasons: neither passed nor failed. What does not apply, and what failed before and does not any
//! more, is archived.
//!
//! A finding belongs to one account and one region. What is global belongs to the region of AWS's global services, if
//! it was read, otherwise to the first that was.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::json;
pub use super::lifecycle::home_region;
use super::lifecycle::{self, Stage, Tracked, partition};
use crate::model::{AccountId, Arn, Finding, Report, Verdict};

mod limits;
mod resource;
mod shape;

use limits::fit;
pub use shape::{
    AsffCompliance, AsffRemediation, AsffResource, AsffSeverity, AssociatedStandard, FindingProviderFields, Note,
    Recommendation, SecurityFinding, StatusReason, Workflow,
};

/// The author of the notes about waivers.
pub const NOTE_AUTHOR: &str = "safeguard";

/// The beginning of the ids of our findings: other products may share the account's default product.
pub const ID_PREFIX: &str = "safeguard/";

/// Writes the findings.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut array = json::Array::begin(out)?;
    for finding in findings(report, &home_region(report)) {
        array.add(&finding)?;
    }
    array.end()
}

/// The findings, each made when it is asked for. `home` is the region to which those about global resources are
/// counted.
pub fn findings<'a>(report: &'a Report, home: &'a str) -> impl Iterator<Item = SecurityFinding> + 'a {
    lifecycle::tracked(report).map(move |tracked| security_finding(&tracked, home, &report.scan.tool_version))
}

/// One account and one region: what a request to Security Hub is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountRegion {
    /// Twelve digits.
    pub account: AccountId,
    /// The region, such as `us-east-1`.
    pub region: String,
}

/// Counts the findings of each account and region.
pub fn places(report: &Report, home: &str) -> BTreeMap<AccountRegion, usize> {
    let mut counts = BTreeMap::new();
    for tracked in lifecycle::tracked(report) {
        let account = tracked.finding.resource.account;
        let region = region_of(tracked.finding, home).to_owned();
        *counts.entry(AccountRegion { account, region }).or_default() += 1;
    }
    counts
}

/// The findings that belong to one place.
pub fn findings_in<'a>(
    report: &'a Report,
    home: &'a str,
    place: &'a AccountRegion,
) -> impl Iterator<Item = SecurityFinding> + 'a {
    tracked_in(report, home, place).map(move |tracked| security_finding(&tracked, home, &report.scan.tool_version))
}

/// The ids of the findings that belong to one place and that no waiver covers.
pub fn unwaived_ids<'a>(
    report: &'a Report,
    home: &'a str,
    place: &'a AccountRegion,
) -> impl Iterator<Item = String> + 'a {
    let here = tracked_in(report, home, place);
    here.filter(|tracked| tracked.stage != Stage::Waived).map(|tracked| id(tracked.finding))
}

fn tracked_in<'a>(
    report: &'a Report,
    home: &'a str,
    place: &'a AccountRegion,
) -> impl Iterator<Item = Tracked<'a>> + 'a {
    lifecycle::tracked(report).filter(move |tracked| {
        tracked.finding.resource.account == place.account && region_of(tracked.finding, home) == place.region
    })
}

fn region_of<'a>(finding: &'a Finding, home: &'a str) -> &'a str {
    match finding.resource.region.as_str() {
        _ if finding.resource.region.is_global() => home,
        region => region,
    }
}

/// The product to which an account's own findings belong.
pub fn product_arn(account: &str, region: &str) -> String {
    let resource = format!("product/{account}/default");
    Arn { partition: partition(region), service: "securityhub", region, account, resource: &resource }.to_string()
}

fn security_finding(tracked: &Tracked<'_>, home: &str, tool_version: &str) -> SecurityFinding {
    let finding = tracked.finding;
    let region = region_of(finding, home);
    let observed = tracked.observed.to_string();
    let note = tracked.waiver_in_words().map(|text| Note {
        text: fit(&text, limits::NOTE),
        updated_by: NOTE_AUTHOR,
        updated_at: observed.clone(),
    });
    SecurityFinding {
        schema_version: "2018-10-08",
        id: id(finding),
        product_arn: product_arn(&finding.resource.account, region),
        product_name: "Safeguard",
        company_name: "Safeguard",
        generator_id: fit(&format!("safeguard/{}", finding.rule), limits::GENERATOR),
        account_id: finding.resource.account.to_string(),
        types: types(finding),
        first_observed_at: tracked.last_seen().map(|_| tracked.first_seen().to_string()),
        last_observed_at: tracked.last_seen().map(|last| last.to_string()),
        created_at: tracked.first_seen().to_string(),
        updated_at: observed,
        severity: severity(tracked),
        title: fit(&finding.title, limits::TITLE),
        description: fit(&description(tracked), limits::DESCRIPTION),
        remediation: remediation(tracked),
        product_fields: product_fields(tracked, tool_version),
        resources: [resource::resource(finding, region)],
        compliance: compliance(tracked),
        workflow: note.as_ref().map(|_| Workflow { status: "SUPPRESSED" }),
        note,
        record_state: record_state(tracked),
        finding_provider_fields: FindingProviderFields { severity: severity(tracked), types: types(finding) },
    }
}

/// The finding's identifier in Security Hub.
fn id(finding: &Finding) -> String {
    format!("{ID_PREFIX}{}", finding.id.0)
}

fn types(finding: &Finding) -> Vec<&'static str> {
    const HIPAA: &str = "Software and Configuration Checks/Industry and Regulatory Standards/HIPAA Controls (USA)";
    const SOC2: &str = "Software and Configuration Checks/Industry and Regulatory Standards/SOC 2";
    const NEITHER: &str = "Software and Configuration Checks/AWS Security Best Practices";
    match (finding.hipaa.is_empty(), finding.soc2.is_empty()) {
        (false, false) => vec![HIPAA, SOC2],
        (false, true) => vec![HIPAA],
        (true, false) => vec![SOC2],
        (true, true) => vec![NEITHER],
    }
}

/// Labels the severity as Security Hub's own findings do: a finding that is no problem is informational, whatever a
/// failure would be.
fn severity(tracked: &Tracked<'_>) -> AsffSeverity {
    use crate::model::Severity::{Critical, High, Low, Medium};
    let label = match tracked.severity() {
        None => "INFORMATIONAL",
        Some(Low) => "LOW",
        Some(Medium) => "MEDIUM",
        Some(High) => "HIGH",
        Some(Critical) => "CRITICAL",
    };
    AsffSeverity { label, original: tracked.finding.severity.as_str() }
}

fn description(tracked: &Tracked<'_>) -> String {
    let reason = tracked.reasons().swap_remove(0);
    match tracked.rule {
        Some(rule) if !rule.why.is_empty() => format!("{reason}. {}", rule.why),
        _ => reason,
    }
}

fn remediation(tracked: &Tracked<'_>) -> Option<AsffRemediation> {
    tracked.severity()?;
    let is_link = |url: &&String| url.starts_with("https://") && url.len() <= limits::URL;
    let url = tracked.rule.and_then(|rule| rule.references.iter().find(is_link));
    let text = fit(&tracked.finding.fix, limits::RECOMMENDATION);
    let url = url.map(|url| fit(url, limits::URL));
    Some(AsffRemediation { recommendation: Recommendation { text, url } })
}

fn compliance(tracked: &Tracked<'_>) -> AsffCompliance {
    let requirements = limits::fit_list(tracked.requirements().map(Cow::Borrowed).collect(), limits::REQUIREMENTS);
    AsffCompliance {
        status: status(tracked),
        related_requirements: requirements.iter().map(|requirement| fit(requirement, 256)).collect(),
        status_reasons: status_reasons(tracked),
        security_control_id: fit(&tracked.finding.rule, limits::GENERATOR),
        associated_standards: tracked
            .standards()
            .into_iter()
            .map(|standards_id| AssociatedStandard { standards_id })
            .collect(),
    }
}

fn status(tracked: &Tracked<'_>) -> &'static str {
    match (tracked.stage, tracked.finding.verdict) {
        (Stage::Gone, _) | (_, Verdict::NotApplicable) => "NOT_AVAILABLE",
        (_, Verdict::Pass) => "PASSED",
        (_, Verdict::Unknown) => "WARNING",
        (_, Verdict::Fail) => "FAILED",
    }
}

/// Says why the finding neither passed nor failed. For a failure its description says enough.
fn status_reasons(tracked: &Tracked<'_>) -> Vec<StatusReason> {
    let code = match (tracked.stage, tracked.finding.verdict) {
        (Stage::Gone, _) => "SAFEGUARD_RESOURCE_GONE",
        (_, Verdict::NotApplicable) => "SAFEGUARD_NOT_APPLICABLE",
        (_, Verdict::Unknown) if tracked.finding.gaps.is_empty() => "SAFEGUARD_UNDECIDED",
        (_, Verdict::Unknown) => "SAFEGUARD_NOT_READ",
        _ => return Vec::new(),
    };
    let reasons = limits::fit_list(tracked.reasons().into_iter().map(Cow::Owned).collect(), limits::REASONS);
    let reason =
        |text: &Cow<'_, str>| StatusReason { reason_code: code.to_owned(), description: fit(text, limits::REASON) };
    reasons.iter().map(reason).collect()
}

/// Archived findings are out of sight, and Security Hub deletes them after a while.
fn record_state(tracked: &Tracked<'_>) -> &'static str {
    match (tracked.stage, tracked.finding.verdict) {
        (Stage::Resolved | Stage::Gone, _) | (_, Verdict::NotApplicable) => "ARCHIVED",
        _ => "ACTIVE",
    }
}

fn product_fields(tracked: &Tracked<'_>, tool_version: &str) -> BTreeMap<&'static str, String> {
    let finding = tracked.finding;
    let resource = &finding.resource;
    let witness = finding.witnesses.first().map(|witness| witness.text.clone());
    let in_phi_scope = finding.in_phi_scope.map(|in_scope| in_scope.to_string());
    let change = finding.history.as_ref().map(|history| history.change.as_str().to_owned());
    let fields = [
        ("ProviderName", Some("Safeguard".to_owned())),
        ("ProviderVersion", Some(tool_version.to_owned())),
        ("safeguard/change", change),
        ("safeguard/evidence", evidence(finding)),
        ("safeguard/finding", Some(finding.id.0.clone())),
        ("safeguard/in_phi_scope", in_phi_scope),
        ("safeguard/kind", Some(resource.kind.clone())),
        ("safeguard/message", Some(finding.message.clone())),
        ("safeguard/region", Some(resource.region.to_string())),
        ("safeguard/resource", resource.id.clone()),
        ("safeguard/rule", Some(finding.rule.clone())),
        ("safeguard/verdict", Some(tracked.verdict_in_words().to_owned())),
        ("safeguard/waiver", tracked.waiver_in_words()),
        ("safeguard/witness", witness),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, fit(&value?, limits::FIELD)))).collect()
}

/// The facts that the condition read, as far as there is room; `not read` for those that are missing.
fn evidence(finding: &Finding) -> Option<String> {
    let mut text = String::new();
    for item in &finding.evidence {
        if !text.is_empty() {
            text.push_str("; ");
        }
        let value = item.value.as_ref().map_or_else(|| "not read".to_owned(), ToString::to_string);
        text += &format!("{} = {value}", item.path);
        // Everything is cut to that anyway; a policy document may be megabytes long.
        if text.len() > limits::FIELD * 4 {
            break;
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
