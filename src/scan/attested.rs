//! Puts what people attest beside what was read from AWS, before both are judged.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::{FactSource, ScanRequest};
use crate::Result;
use crate::engine::neighbours::Neighbours;
use crate::engine::{Estate, Judge, attested};
use crate::model::{self, AccountId, Finding, Header, Kinds, SNAPSHOT_SCHEMA_VERSION, Snapshot, is_attested};
use crate::output::text::{counted, listed};
use crate::register::{self, Attested, FileSource, Ids, RegisterFiles};
use crate::rule::RuleSet;

/// The number of days before its end from which an attestation is spoken of.
const SOON: i64 = 30;
/// The most attestations that one note names.
const NAMED: usize = 6;

/// The attestations of the sample account's people: one is in force, one has ended, one does not apply, one vendor
/// has signed nothing, and most is missing, as it is for most who begin.
const SAMPLE: RegisterFiles = RegisterFiles {
    attestations: FileSource::Text("attestations.yaml", include_str!("../../fixtures/attestations.yaml")),
    vendors: FileSource::Text("vendors.yaml", include_str!("../../fixtures/vendors.yaml")),
};

/// Finds the request's files. The sample account has files of its own.
pub(super) fn places(request: &ScanRequest) -> RegisterFiles {
    match request.source {
        FactSource::Demo => SAMPLE,
        _ => request.register.clone(),
    }
}

/// Puts what is attested beside other facts.
pub(super) fn beside<'a>(estate: Estate<'a>, attested: &'a Attested) -> Estate<'a> {
    let kinds = register::kinds();
    estate.beside(kinds.iter().map(|kind| kind.name), &attested.resources, &attested.gaps)
}

/// Judges what is attested, alone, as of a moment. Rules on other kinds find nothing to judge.
///
/// # Errors
/// If a file is missing that must be there, or says something that it cannot say.
pub fn judge_attested(
    places: &RegisterFiles,
    rules: &RuleSet,
    known: &Ids,
    kinds: &Kinds,
    now: Timestamp,
) -> Result<Vec<Finding>> {
    let header = Header {
        schema_version: SNAPSHOT_SCHEMA_VERSION,
        account: AccountId::NONE,
        partition: String::new(),
        caller: None,
        enabled_regions: None,
        regions: Vec::new(),
        taken_at: model::Timestamp(now),
        finished_at: model::Timestamp(now),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        kinds: Vec::new(),
    };
    let nothing = Snapshot { header, resources: Vec::new(), gaps: Vec::new(), calls: Vec::new() };
    let attested = register::read(places, rules, known)?;
    let estate = beside(Estate::of(&nothing), &attested);
    Ok(Judge::new(&estate, &Neighbours::default(), kinds, &super::PhiScope::default()).findings(rules))
}

/// One that ends soon: what it is, and its last day.
pub type Ending<'a> = (&'a str, Date);

/// Lists what passes on a day and will not pass thirty days later unless somebody renews it, the earliest end first.
pub fn ending_soon<'a>(rules: &RuleSet, findings: &'a [Finding], now: Timestamp) -> Vec<Ending<'a>> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let is_soon = |last: Date| last.duration_since(today).as_hours() / 24 <= SOON;
    let mut ending: Vec<Ending<'a>> = findings
        .iter()
        .filter(|finding| is_attested(&finding.resource.kind))
        .filter_map(|finding| {
            let last = attested::ends_on(&rules.get(&finding.rule)?.info(), finding)?;
            is_soon(last).then_some((finding.resource.id.as_deref()?, last))
        })
        .collect();
    ending.sort_by_key(|&(id, last)| (last, id));
    ending
}

/// Says the same in one sentence, if there is anything to say.
pub(super) fn warning(rules: &RuleSet, findings: &[Finding], now: model::Timestamp) -> Option<String> {
    let ending = ending_soon(rules, findings, now.0);
    let names: Vec<String> = ending.iter().map(|(id, last)| format!("{id} ({last})")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} within {SOON} days unless renewed: {}",
            counted(names.len(), "attestation or register entry ends", "attestations and register entries end"),
            listed(names.iter().map(String::as_str), NAMED)
        )
    })
}
