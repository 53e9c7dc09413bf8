//! The findings that systems which keep them over time must be told: every finding of the report, and every failure of
//! the earlier report that is resolved because its resource is gone.
//!
//! A failure of the earlier report about which nothing is known now (its rule or its region was not looked at) is not
//! told at all: closing it would be a verdict without evidence, and it stays as it was where it was sent.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::model::{Change, Finding, Gap, Region, Report, RuleInfo, Severity, Verdict, Waiver};

/// The stage of a finding in the life of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A failure, or something undecided, that nobody has accepted.
    Open,
    /// A failure that a waiver covers.
    Waived,
    /// It failed before, and does not fail any more.
    Resolved,
    /// It failed before, and its resource is not there any more.
    Gone,
    /// There is no problem, and none is known to have been.
    Fine,
}

/// A finding with what is known about it elsewhere in the report.
#[derive(Debug, Clone, Copy)]
pub struct Tracked<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Its rule, where the report describes it.
    pub rule: Option<&'a RuleInfo>,
    /// The stage of the finding.
    pub stage: Stage,
    /// The time at which the facts behind its present state were read.
    pub observed: Timestamp,
}

/// The findings in the report's order, then those whose resources are gone.
pub fn tracked(report: &Report) -> impl Iterator<Item = Tracked<'_>> {
    let rules: HashMap<&str, &RuleInfo> = report.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let scanned = report.scan.started_at.0;
    let present = report.findings.iter().map(|finding| (finding, stage(finding), finding.observed_at.0));
    let missing = report.comparison.iter().flat_map(|comparison| &comparison.no_longer_reported);
    let gone = missing.filter(|finding| is_resolved(finding)).map(move |finding| (finding, Stage::Gone, scanned));
    present.chain(gone).map(move |(finding, stage, observed)| {
        let rule = rules.get(finding.rule.as_str()).copied();
        Tracked { finding, rule, stage, observed }
    })
}

impl Tracked<'_> {
    /// Returns the time at which the problem was first seen, or this scan's time if none was seen before.
    pub fn first_seen(&self) -> Timestamp {
        self.finding.history.as_ref().map_or(self.observed, |history| history.first_seen.0)
    }

    /// Returns the time at which the problem was last seen; `None` if there never was one.
    pub fn last_seen(&self) -> Option<Timestamp> {
        match (self.stage, &self.finding.history) {
            (Stage::Open | Stage::Waived, _) => Some(self.observed),
            (Stage::Resolved | Stage::Gone, Some(history)) => Some(history.last_seen.0),
            _ => None,
        }
    }

    /// The waiver in words, where one counts.
    pub fn waiver_in_words(&self) -> Option<String> {
        let Waiver { reason, owner, expires, ticket } =
            self.finding.waiver.as_ref().filter(|_| self.stage == Stage::Waived)?;
        let ticket = ticket.as_ref().map(|ticket| format!(" ({ticket})")).unwrap_or_default();
        Some(format!("waived by {owner} until {expires}: {reason}{ticket}"))
    }

    /// The verdict as reports write it. A finding whose resource is gone has none.
    pub fn verdict_in_words(&self) -> &'static str {
        match self.stage {
            Stage::Gone => "gone",
            _ => self.finding.verdict.as_str(),
        }
    }

    /// The texts that the finding's requirements come from.
    pub fn standards(&self) -> Vec<&'static str> {
        let Finding { hipaa, soc2, .. } = self.finding;
        let named = [(hipaa, "HIPAA (45 CFR Part 164)"), (soc2, "SOC 2 (Trust Services Criteria)")];
        named.into_iter().filter(|(requirements, _)| !requirements.is_empty()).map(|(_, name)| name).collect()
    }

    /// Its requirements in printed form.
    pub fn requirements(&self) -> impl Iterator<Item = &str> {
        self.finding.hipaa.iter().chain(&self.finding.soc2).map(String::as_str)
    }

    /// Returns the severity that the finding has now; `None` if there is no problem.
    pub fn severity(&self) -> Option<Severity> {
        matches!(self.stage, Stage::Open | Stage::Waived).then_some(self.finding.severity)
    }

    /// The reason for the state in words, each gap with the call that failed.
    pub fn reasons(&self) -> Vec<String> {
        let message = match self.stage {
            Stage::Gone => format!("the resource is no longer there; before: {}", self.finding.message),
            _ => self.finding.message.clone(),
        };
        std::iter::once(message).chain(self.finding.gaps.iter().map(gap_in_words)).collect()
    }
}

fn stage(finding: &Finding) -> Stage {
    match finding.verdict {
        Verdict::Fail if finding.waiver.is_some() => Stage::Waived,
        Verdict::Fail | Verdict::Unknown => Stage::Open,
        Verdict::Pass | Verdict::NotApplicable if is_resolved(finding) => Stage::Resolved,
        Verdict::Pass | Verdict::NotApplicable => Stage::Fine,
    }
}

fn is_resolved(finding: &Finding) -> bool {
    finding.history.as_ref().is_some_and(|history| history.change == Change::Resolved)
}

/// `s3:GetBucketPolicy in us-east-1 failed: access denied (AccessDenied): not authorized; it needs s3:GetBucketPolicy`.
fn gap_in_words(gap: &Gap) -> String {
    let Gap { service, operation, region, .. } = gap;
    let mut words = format!("{service}:{operation} in {region} failed: {}", gap.class.in_words());
    if !gap.code.is_empty() {
        words += &format!(" ({})", gap.code);
    }
    if !gap.message.is_empty() {
        words += &format!(": {}", gap.message);
    }
    if !gap.iam_actions.is_empty() {
        words += &format!("; it needs {}", gap.iam_actions.join(", "));
    }
    words
}

/// The partition that a region belongs to.
pub fn partition(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 6] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// The region to which findings about global resources are counted: the one where AWS keeps global services, if it was
/// read, otherwise the first that was.
pub fn home_region(report: &Report) -> Region {
    const HOMES: [&str; 3] = ["us-east-1", "us-gov-west-1", "cn-north-1"];
    let regions = &report.scan.regions;
    let home = HOMES.into_iter().find_map(|home| regions.iter().find(|region| **region == home));
    home.or(regions.first()).cloned().unwrap_or(Region::US_EAST_1)
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn only_what_is_known_to_be_gone_is_told_of_the_earlier_failures() {
        let report = fixture::tracked();
        let stages: Vec<(&str, Stage)> = tracked(&report)
            .filter(|tracked| tracked.finding.history.is_some())
            .map(|tracked| (tracked.finding.resource.id.as_deref().unwrap_or_default(), tracked.stage))
            .collect();
        assert_eq!(
            stages,
            [
                ("fresh", Stage::Open),
                ("old", Stage::Open),
                ("accepted", Stage::Waived),
                ("blurred", Stage::Open),
                ("mended", Stage::Resolved),
                ("replica", Stage::Resolved),
                ("steady", Stage::Fine),
                ("deleted", Stage::Gone),
            ]
        );
    }

    #[test]
    fn a_problem_is_seen_until_it_is_gone() {
        let report = fixture::tracked();
        for tracked in tracked(&report).filter(|tracked| tracked.finding.history.is_some()) {
            match tracked.stage {
                Stage::Open | Stage::Waived => assert_eq!(tracked.last_seen(), Some(tracked.observed)),
                Stage::Resolved | Stage::Gone => assert!(tracked.last_seen().unwrap() < tracked.observed),
                Stage::Fine => assert_eq!(tracked.last_seen(), None),
            }
        }
    }

    #[test]
    fn global_findings_count_to_the_region_of_global_services() {
        let mut report = fixture::empty();
        assert_eq!(home_region(&report), "us-east-1");
        report.scan.regions = vec!["eu-central-1".parse().unwrap(), "eu-west-1".parse().unwrap()];
        assert_eq!(home_region(&report), "eu-central-1");
        report.scan.regions.clear();
        assert_eq!(home_region(&report), "us-east-1");
    }

    #[test]
    fn a_region_tells_its_partition() {
        assert_eq!(partition("eu-west-1"), "aws");
        assert_eq!(partition("us-gov-east-1"), "aws-us-gov");
        assert_eq!(partition("cn-north-1"), "aws-cn");
    }
}
