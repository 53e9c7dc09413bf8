//! The exit code of a scan that came to an end: a pure function of the report and two settings.

use std::process::ExitCode;

use crate::config::FailOn;
use crate::model::{Report, Severity};

/// The outcome of a scan. (1 is a failure of the tool and 2 a mistake in its input; both come from [`crate::Error`].)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanOutcome {
    /// 0: nothing at or above the threshold failed, and everything was read, or need not have been.
    Clean,
    /// 10: something at or above the threshold failed, whether or not everything was read.
    Failures,
    /// 11: something could not be read or decided, and nothing at or above the threshold failed.
    Incomplete,
}

impl ScanOutcome {
    /// A failure outranks a gap: more reading could add failures to it but never take it away. With `new_only`,
    /// failures count only if the earlier report that was compared with does not have them.
    pub fn of(report: &Report, fail_on: FailOn, new_only: bool, allow_incomplete: bool) -> Self {
        let fails = |threshold| match new_only {
            true => report.has_new_failure(threshold),
            false => report.worst_failure() >= Some(threshold),
        };
        if fail_on.threshold().is_some_and(fails) {
            ScanOutcome::Failures
        } else if report.is_incomplete() && !allow_incomplete {
            ScanOutcome::Incomplete
        } else {
            ScanOutcome::Clean
        }
    }

    /// The number that scripts see.
    pub fn code(self) -> u8 {
        match self {
            ScanOutcome::Clean => 0,
            ScanOutcome::Failures => 10,
            ScanOutcome::Incomplete => 11,
        }
    }
}

impl ScanOutcome {
    /// Rates a comparison of two reports: with new failures, with something newly unknown, or with neither.
    pub fn of_comparison(report: &Report) -> Self {
        let newly_unknown = report.comparison.as_ref().map_or(0, |comparison| comparison.counts.newly_unknown);
        if report.has_new_failure(Severity::Low) {
            ScanOutcome::Failures
        } else if newly_unknown > 0 {
            ScanOutcome::Incomplete
        } else {
            ScanOutcome::Clean
        }
    }
}

impl From<ScanOutcome> for ExitCode {
    fn from(outcome: ScanOutcome) -> Self {
        ExitCode::from(outcome.code())
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::model::{
        AccountId, Before, Change, Finding, FindingId, Gap, GapClass, History, PhiScopeInfo, Region, ReportScope,
        ResourceRef, ScanInfo, Summary, Timestamp, Verdict,
    };

    fn report(findings: Vec<Finding>, gaps: Vec<Gap>) -> Report {
        let mut summary = Summary::default();
        findings.iter().for_each(|finding| summary.count(finding));
        Report {
            schema_version: 2,
            scan: ScanInfo {
                tool_version: String::new(),
                source: "demo".into(),
                started_at: Timestamp::now(),
                finished_at: Timestamp::now(),
                accounts: vec![],
                regions: vec![],
                rule_count: 0,
                rules_known: 0,
                resource_count: 0,
                call_count: 0,
                catalog_dates: vec![],
                phi_scope: PhiScopeInfo::default(),
                soc2_categories: vec![],
                roles: vec![],
            },
            scope: ReportScope::default(),
            summary,
            findings,
            gaps,
            coverage: vec![],
            requirements: vec![],
            warnings: vec![],
            rules: vec![],
            services: None,
            waivers: Vec::new(),
            comparison: None,
            organization: None,
        }
    }

    fn finding(verdict: Verdict, severity: Severity) -> Finding {
        Finding {
            id: FindingId(String::new()),
            rule: "r".into(),
            title: String::new(),
            verdict,
            severity,
            message: String::new(),
            resource: ResourceRef {
                kind: String::new(),
                id: None,
                arn: None,
                account: AccountId::EXAMPLE,
                region: Region::GLOBAL,
            },
            evidence: vec![],
            witnesses: Vec::new(),
            gaps: vec![],
            hipaa: vec![],
            soc2: vec![],
            in_phi_scope: None,
            waiver: None,
            history: None,
            fix: String::new(),
            observed_at: Timestamp::now(),
        }
    }

    fn gap() -> Gap {
        Gap {
            account: AccountId::EXAMPLE,
            region: Region::GLOBAL,
            service: String::new(),
            operation: String::new(),
            resource: None,
            class: GapClass::Denied,
            code: String::new(),
            message: String::new(),
            request_id: None,
            facts: vec![],
            population: vec![],
            iam_actions: vec![],
        }
    }

    fn fail(severity: Severity) -> Finding {
        finding(Verdict::Fail, severity)
    }

    fn code(findings: Vec<Finding>, gaps: Vec<Gap>, fail_on: FailOn, allow_incomplete: bool) -> u8 {
        ScanOutcome::of(&report(findings, gaps), fail_on, false, allow_incomplete).code()
    }

    #[test]
    fn passes_alone_are_clean() {
        let pass = finding(Verdict::Pass, Severity::Critical);
        let off = finding(Verdict::NotApplicable, Severity::Critical);
        assert_eq!(code(vec![pass, off], vec![], FailOn::Low, false), 0);
        assert_eq!(code(vec![], vec![], FailOn::Low, false), 0);
    }

    #[test]
    fn a_failure_counts_from_the_threshold_on() {
        use Severity::{Critical, High, Low, Medium};
        let table = [
            (FailOn::Critical, [0, 0, 0, 10]),
            (FailOn::High, [0, 0, 10, 10]),
            (FailOn::Medium, [0, 10, 10, 10]),
            (FailOn::Low, [10, 10, 10, 10]),
            (FailOn::Never, [0, 0, 0, 0]),
        ];
        for (fail_on, expected) in table {
            let codes =
                [Low, Medium, High, Critical].map(|severity| code(vec![fail(severity)], vec![], fail_on, false));
            assert_eq!(codes, expected, "{fail_on:?}");
        }
    }

    #[test]
    fn the_worst_failure_decides() {
        let both = vec![fail(Severity::Low), fail(Severity::Critical), fail(Severity::Medium)];
        assert_eq!(code(both, vec![], FailOn::High, false), 10);
    }

    #[test]
    fn what_was_not_decided_or_not_read_is_incomplete() {
        let unknown = || finding(Verdict::Unknown, Severity::Low);
        assert_eq!(code(vec![unknown()], vec![], FailOn::Low, false), 11);
        assert_eq!(code(vec![], vec![gap()], FailOn::Low, false), 11);
        assert_eq!(code(vec![unknown()], vec![gap()], FailOn::Never, false), 11);
        assert_eq!(code(vec![unknown()], vec![gap()], FailOn::Low, true), 0);
    }

    #[test]
    fn failures_outrank_gaps_and_mild_ones_do_not_hide_them() {
        assert_eq!(code(vec![fail(Severity::High)], vec![gap()], FailOn::High, false), 10);
        assert_eq!(code(vec![fail(Severity::High)], vec![gap()], FailOn::High, true), 10);
        assert_eq!(code(vec![fail(Severity::Low)], vec![gap()], FailOn::High, false), 11);
        assert_eq!(code(vec![fail(Severity::Low)], vec![gap()], FailOn::High, true), 0);
    }

    /// A failure of which the earlier report said this.
    fn known(severity: Severity, before: Option<Before>) -> Finding {
        let change = if before.is_some() { Change::StillFailing } else { Change::New };
        let (first_seen, last_seen) = (Timestamp::now(), Timestamp::now());
        Finding { history: Some(History { change, first_seen, last_seen, before, detail: None }), ..fail(severity) }
    }

    #[test]
    fn only_new_failures_count_when_that_is_asked_for() {
        let new_only = |finding, fail_on| ScanOutcome::of(&report(vec![finding], vec![]), fail_on, true, false).code();
        let failed = |severity, waived| Some(Before { verdict: Verdict::Fail, severity, waived });
        assert_eq!(new_only(known(Severity::High, None), FailOn::Low), 10);
        assert_eq!(new_only(known(Severity::High, failed(Severity::High, false)), FailOn::Low), 0);
        let passed = Some(Before { verdict: Verdict::Pass, severity: Severity::High, waived: false });
        assert_eq!(new_only(known(Severity::High, passed), FailOn::Low), 10);
        // What did not count before and counts now is new for whoever counts.
        assert_eq!(new_only(known(Severity::High, failed(Severity::Medium, false)), FailOn::High), 10);
        assert_eq!(new_only(known(Severity::High, failed(Severity::Medium, false)), FailOn::Low), 0);
        assert_eq!(new_only(known(Severity::High, failed(Severity::High, true)), FailOn::Low), 10);
    }

    #[test]
    fn a_waived_failure_does_not_count() {
        let waived = Finding {
            waiver: Some(crate::model::Waiver {
                reason: "accepted".to_owned(),
                owner: "security".to_owned(),
                expires: "2026-12-31".to_owned(),
                ticket: None,
            }),
            ..fail(Severity::Critical)
        };
        assert_eq!(code(vec![waived], vec![], FailOn::Low, false), 0);
    }
}
