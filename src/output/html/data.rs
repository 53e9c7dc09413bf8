//! The findings as data for the page's script: what a list shows and filters in one block, and what an opened finding
//! shows (evidence, witnesses, gaps) in blocks of [`DETAILS_IN_BLOCK`], which the script parses when they are asked
//! for.
//!
//! Texts that many findings share are written once and referred to by their place. The blocks are written finding by
//! finding; only the tables of shared texts are held in memory.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::escape::write_data;
use crate::model::{Change, Finding, Gap, Report, RuleInfo, Severity, Timestamp, Verdict, Waiver, Witness};

/// The number of findings whose details one block holds: few enough to be parsed while somebody opens one.
const DETAILS_IN_BLOCK: usize = 250;

/// The tables of the texts that findings share.
pub(super) struct Tables<'r> {
    report: &'r Report,
    rules: Vec<RuleData<'r>>,
    rule_places: BTreeMap<&'r str, usize>,
    kinds: Distinct<&'r str>,
    accounts: Distinct<&'r str>,
    regions: Distinct<&'r str>,
    citations: Distinct<(&'r [String], &'r [String])>,
    waivers: Distinct<&'r Waiver>,
    gaps: Distinct<&'r Gap>,
}

/// Distinct things in the order in which they were first met.
struct Distinct<T> {
    places: BTreeMap<T, usize>,
    entries: Vec<T>,
}

impl<T: Ord + Copy> Distinct<T> {
    fn of(things: impl Iterator<Item = T>) -> Self {
        let mut table = Self { places: BTreeMap::new(), entries: Vec::new() };
        for thing in things {
            table.places.entry(thing).or_insert_with(|| {
                table.entries.push(thing);
                table.entries.len() - 1
            });
        }
        table
    }

    fn place(&self, thing: T) -> Option<usize> {
        self.places.get(&thing).copied()
    }
}

/// The data that the findings of one rule share. Code is given line by line, because its line breaks are meant.
#[derive(Serialize)]
struct RuleData<'r> {
    id: &'r str,
    title: &'r str,
    kind: &'r str,
    service: String,
    why: Vec<&'r str>,
    pass: Vec<&'r str>,
    when: Vec<&'r str>,
    fix: Vec<&'r str>,
    code: Vec<(&'static str, Vec<&'r str>)>,
    references: &'r [String],
}

/// Everything that the list needs beside the rows.
#[derive(Serialize)]
struct PageData<'a, 'r> {
    rules: &'a [RuleData<'r>],
    kinds: &'a [&'r str],
    accounts: &'a [&'r str],
    regions: &'a [&'r str],
    citations: &'a [(&'r [String], &'r [String])],
    waivers: &'a [&'r Waiver],
    gaps: Vec<GapData<'r>>,
    requirements: Vec<(&'r str, &'static str, &'r str, Vec<usize>)>,
    verdicts: [&'static str; 4],
    severities: [&'static str; 4],
    changes: Option<[&'static str; Change::ALL.len()]>,
    details_in_block: usize,
    observed_at: Timestamp,
}

/// A gap as people read it.
#[derive(Serialize)]
struct GapData<'r> {
    #[serde(flatten)]
    gap: &'r Gap,
    class_in_words: &'static str,
}

/// Rule, verdict, severity, account, region, kind, citations, PHI scope, waiver, change, finding id, resource id, ARN,
/// message.
type FindingRow<'r> = (
    Option<usize>,
    usize,
    usize,
    Option<usize>,
    Option<usize>,
    Option<usize>,
    Option<usize>,
    Option<bool>,
    Option<usize>,
    Option<usize>,
    &'r str,
    Option<&'r str>,
    Option<&'r str>,
    &'r str,
);

/// The data that an opened finding shows beside its row.
#[derive(Serialize)]
struct FindingDetail<'r> {
    evidence: Vec<EvidenceData<'r>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    witnesses: &'r [Witness],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<(Timestamp, Timestamp)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<Timestamp>,
}

/// A path and its value; the path alone where the fact was not read.
#[derive(Serialize)]
#[serde(untagged)]
enum EvidenceData<'r> {
    Read(&'r str, &'r Value),
    NotRead([&'r str; 1]),
}

impl<'r> Tables<'r> {
    /// The tables of everything that the report's findings share.
    pub(super) fn of(report: &'r Report) -> Self {
        let findings = || report.findings.iter();
        let rules = rules(report);
        Self {
            report,
            rule_places: rules.iter().enumerate().map(|(place, rule)| (rule.id, place)).collect(),
            rules,
            kinds: Distinct::of(findings().map(|finding| finding.resource.kind.as_str())),
            accounts: Distinct::of(findings().map(|finding| finding.resource.account.as_str())),
            regions: Distinct::of(findings().map(|finding| finding.resource.region.as_str())),
            citations: Distinct::of(findings().map(citations)),
            waivers: Distinct::of(findings().filter_map(|finding| finding.waiver.as_ref())),
            gaps: Distinct::of(findings().flat_map(|finding| &finding.gaps)),
        }
    }

    /// Writes the block with which the list can be shown.
    pub(super) fn write_list(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"<script type=\"application/json\" id=\"data-list\">{\"shared\":")?;
        write_data(&self.shared(), out)?;
        out.write_all(b",\"rows\":[")?;
        for (position, finding) in self.report.findings.iter().enumerate() {
            out.write_all(if position == 0 { b"\n" } else { b",\n" })?;
            write_data(&self.row(finding), out)?;
        }
        out.write_all(b"\n]}</script>\n")
    }

    /// Writes the blocks that are read when a finding is opened.
    pub(super) fn write_details(&self, out: &mut dyn Write) -> io::Result<()> {
        for (number, block) in self.report.findings.chunks(DETAILS_IN_BLOCK).enumerate() {
            write!(out, "<script type=\"application/json\" id=\"data-details-{number}\">[")?;
            for (position, finding) in block.iter().enumerate() {
                out.write_all(if position == 0 { b"\n" } else { b",\n" })?;
                write_data(&self.detail(finding), out)?;
            }
            out.write_all(b"\n]</script>\n")?;
        }
        Ok(())
    }

    fn shared(&self) -> PageData<'_, 'r> {
        let gap = |gap: &&'r Gap| GapData { gap, class_in_words: gap.class.in_words() };
        PageData {
            rules: &self.rules,
            kinds: &self.kinds.entries,
            accounts: &self.accounts.entries,
            regions: &self.regions.entries,
            citations: &self.citations.entries,
            waivers: &self.waivers.entries,
            gaps: self.gaps.entries.iter().map(gap).collect(),
            requirements: self.requirements(),
            verdicts: Verdict::ALL.map(super::verdict_in_words),
            severities: Severity::ALL.map(Severity::as_str),
            changes: self.report.comparison.is_some().then(|| Change::ALL.map(super::change_in_words)),
            details_in_block: DETAILS_IN_BLOCK,
            observed_at: self.report.scan.started_at,
        }
    }

    /// Id, framework, title, and the places of the rules that speak for it.
    fn requirements(&self) -> Vec<(&'r str, &'static str, &'r str, Vec<usize>)> {
        let rules = |ids: &[String]| ids.iter().filter_map(|id| self.rule_places.get(id.as_str()).copied()).collect();
        let rows = self.report.requirements.iter();
        rows.map(|row| (row.id.as_str(), super::framework(row.framework), row.title.as_str(), rules(&row.rules)))
            .collect()
    }

    fn row(&self, finding: &'r Finding) -> FindingRow<'r> {
        let resource = &finding.resource;
        let place = |all: &[&str], word: &str| all.iter().position(|other| *other == word).unwrap_or_default();
        (
            self.rule_places.get(finding.rule.as_str()).copied(),
            place(&Verdict::ALL.map(Verdict::as_str), finding.verdict.as_str()),
            place(&Severity::ALL.map(Severity::as_str), finding.severity.as_str()),
            self.accounts.place(&resource.account),
            self.regions.place(&resource.region),
            self.kinds.place(&resource.kind),
            self.citations.place(citations(finding)),
            finding.in_phi_scope,
            finding.waiver.as_ref().and_then(|waiver| self.waivers.place(waiver)),
            finding.history.as_ref().map(|history| place(&Change::ALL.map(Change::as_str), history.change.as_str())),
            &finding.id.0,
            resource.id.as_deref(),
            resource.arn.as_deref(),
            &finding.message,
        )
    }

    fn detail(&self, finding: &'r Finding) -> FindingDetail<'r> {
        let evidence = finding.evidence.iter().map(|evidence| match &evidence.value {
            Some(value) => EvidenceData::Read(&evidence.path, value),
            None => EvidenceData::NotRead([&evidence.path]),
        });
        let rule_fix = self.rule_places.get(finding.rule.as_str()).map(|&place| self.rules[place].fix.join("\n"));
        FindingDetail {
            evidence: evidence.collect(),
            witnesses: &finding.witnesses,
            gaps: finding.gaps.iter().filter_map(|gap| self.gaps.place(gap)).collect(),
            fix: (rule_fix.as_deref() != Some(&finding.fix)).then_some(&finding.fix),
            seen: finding.history.as_ref().map(|history| (history.first_seen, history.last_seen)),
            observed_at: (finding.observed_at != self.report.scan.started_at).then_some(finding.observed_at),
        }
    }
}

fn citations(finding: &Finding) -> (&[String], &[String]) {
    (&finding.hipaa, &finding.soc2)
}

/// The selected rules, and those that only findings know, sorted by id.
fn rules(report: &Report) -> Vec<RuleData<'_>> {
    let mut rules: BTreeMap<&str, RuleData<'_>> =
        report.rules.iter().map(|rule| (rule.id.as_str(), rule_data(rule))).collect();
    for finding in &report.findings {
        rules.entry(&finding.rule).or_insert_with(|| stand_in(finding));
    }
    rules.into_values().collect()
}

fn rule_data(rule: &RuleInfo) -> RuleData<'_> {
    let remediation = &rule.remediation;
    let code = [
        ("AWS CLI", &remediation.cli),
        ("Console", &remediation.console),
        ("CloudFormation", &remediation.cloudformation),
        ("Terraform", &remediation.terraform),
    ];
    RuleData {
        id: &rule.id,
        title: &rule.title,
        kind: &rule.kind,
        service: rule.service.clone(),
        why: lines(&rule.why),
        pass: lines(&rule.pass),
        when: rule.when.as_deref().map(lines).unwrap_or_default(),
        fix: lines(&remediation.summary),
        code: code.into_iter().filter_map(|(name, code)| Some((name, lines(code.as_deref()?)))).collect(),
        references: &rule.references,
    }
}

/// Describes a rule by one of its findings, where the report does not describe it.
fn stand_in(finding: &Finding) -> RuleData<'_> {
    RuleData {
        id: &finding.rule,
        title: &finding.title,
        kind: &finding.resource.kind,
        service: finding.resource.kind.split("::").nth(1).unwrap_or_default().to_lowercase(),
        why: vec![],
        pass: vec![],
        when: vec![],
        fix: lines(&finding.fix),
        code: vec![],
        references: &[],
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().collect()
}
