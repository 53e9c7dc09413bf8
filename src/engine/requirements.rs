//! The requirement table: where each requirement stands after a scan.
//!
//! A requirement is judged by the rules that cite it, and by nothing else. In particular **nothing is rolled up**: neither
//! do the specifications under a standard speak for the standard (164.312(a)(2)(iv) for 164.312(a)(1)), nor does the
//! crosswalk carry a verdict from one framework to the other. A rule that bears on both cites both. So a standard can be
//! `met` in a row above a specification that is `not_met`: whoever asks whether the whole standard is satisfied must read
//! its specifications too, and the people who attest them.
//!
//! A failure that is waived is a failure: the waiver accepts the risk, it does not change the state of the account. What
//! a rule calls not applicable counts for nothing, neither for nor against.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Requirement, RulesByRequirement};
use crate::model::{Finding, RequirementRow, RequirementVerdict, ResourceRef, Summary, Verdict, Verifiable};
use crate::rule::RuleSet;

/// Where each requirement stands, by the findings of these rules: the table of the report.
pub fn requirement_table(catalog: &Catalog, rules: &RuleSet, findings: &[Finding]) -> Vec<RequirementRow> {
    requirement_rows(catalog, &rules_by_requirement(rules), findings)
}

/// Which of these rules speak for which requirement, by their own citations.
pub fn rules_by_requirement(rules: &RuleSet) -> RulesByRequirement<'_> {
    RulesByRequirement::new(rules.iter().map(|rule| {
        let citations = rule.hipaa.iter().chain(&rule.soc2).map(String::as_str);
        (rule.id.as_str(), citations)
    }))
}

/// One row for every requirement of the catalog, in the catalog's order, those that nothing spoke for included.
///
/// Findings of rules that `rules` does not know are ignored.
pub fn requirement_rows(
    catalog: &Catalog,
    rules: &RulesByRequirement<'_>,
    findings: &[Finding],
) -> Vec<RequirementRow> {
    let tallies = tally_by_rule(findings);
    catalog.iter().map(|requirement| row(requirement, rules.of(&requirement.id), &tallies)).collect()
}

/// What one rule found, or several rules together.
#[derive(Default)]
struct Tally<'a> {
    findings: Summary,
    judged: BTreeSet<&'a ResourceRef>,
}

fn tally_by_rule(findings: &[Finding]) -> BTreeMap<&str, Tally<'_>> {
    let mut tallies: BTreeMap<&str, Tally<'_>> = BTreeMap::new();
    for finding in findings {
        let tally = tallies.entry(&finding.rule).or_default();
        tally.findings.count(finding);
        if finding.verdict != Verdict::NotApplicable && finding.resource.id.is_some() {
            tally.judged.insert(&finding.resource);
        }
    }
    tallies
}

fn row(requirement: &Requirement, rules: &[&str], tallies: &BTreeMap<&str, Tally<'_>>) -> RequirementRow {
    let mut findings = Summary::default();
    let mut judged: BTreeSet<&ResourceRef> = BTreeSet::new();
    for tally in rules.iter().filter_map(|rule| tallies.get(rule)) {
        add(&mut findings, tally.findings);
        judged.extend(&tally.judged);
    }
    RequirementRow {
        id: requirement.id.clone(),
        framework: requirement.framework,
        title: requirement.title.clone(),
        class: requirement.class.as_str().to_owned(),
        group: requirement.heading().to_owned(),
        parent: requirement.parent.clone(),
        in_scope: true,
        verifiable_in_aws: requirement.verifiable_in_aws,
        verdict: verdict(findings, requirement.verifiable_in_aws),
        rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
        supporting_rules: Vec::new(),
        resources_judged: judged.len(),
        findings,
        attestation: None,
        crosswalk: Vec::new(),
        proposed: None,
    }
}

/// The worst news decides; without news there is no verdict; and good news is worth only what AWS state can show.
fn verdict(findings: Summary, verifiable: Verifiable) -> RequirementVerdict {
    match (findings, verifiable) {
        (Summary { fail: 1.., .. }, _) => RequirementVerdict::NotMet,
        (Summary { unknown: 1.., .. }, _) => RequirementVerdict::Unknown,
        (Summary { pass: 0, .. }, _) => RequirementVerdict::NotAssessed,
        (_, Verifiable::Technical) => RequirementVerdict::Met,
        (_, Verifiable::Partial | Verifiable::Attestation) => RequirementVerdict::PartlyShown,
    }
}

fn add(total: &mut Summary, more: Summary) {
    total.pass += more.pass;
    total.fail += more.fail;
    total.waived += more.waived;
    total.unknown += more.unknown;
    total.not_applicable += more.not_applicable;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FindingId, Severity};
    use RequirementVerdict::{Met, NotAssessed, NotMet, PartlyShown, Unknown};
    use Verdict::{Fail, NotApplicable, Pass};

    const TECHNICAL: &str = "164.312(e)(1)";
    const PARTIAL: &str = "164.308(a)(1)(ii)(D)";
    const ATTESTATION: &str = "164.308(a)(2)";

    fn finding(rule: &str, resource: &str, verdict: Verdict) -> Finding {
        let (account, region, kind) = ("123456789012", "us-east-1", "AWS::S3::Bucket");
        let id = (resource != "?").then(|| resource.to_owned());
        Finding {
            id: FindingId::new(rule, account, region, kind, id.as_deref()),
            rule: rule.into(),
            title: String::new(),
            verdict,
            severity: Severity::High,
            message: String::new(),
            resource: ResourceRef { kind: kind.into(), id, arn: None, account: account.into(), region: region.into() },
            evidence: Vec::new(),
            witnesses: Vec::new(),
            gaps: Vec::new(),
            hipaa: Vec::new(),
            soc2: Vec::new(),
            in_phi_scope: Some(false),
            waiver: None,
            history: None,
            fix: String::new(),
            observed_at: "2026-01-01T00:00:00Z".into(),
        }
    }

    /// The row of one requirement when the rules `r1` and `r2` cite it.
    fn row_of(requirement: &str, findings: &[Finding]) -> RequirementRow {
        let catalog = Catalog::builtin().unwrap();
        let rules = RulesByRequirement::new([("r1", [requirement]), ("r2", [requirement]), ("r3", ["CC1.1"])]);
        let rows = requirement_rows(&catalog, &rules, findings);
        assert_eq!(rows.len(), catalog.iter().count(), "every requirement has its row");
        rows.into_iter().find(|row| row.id == requirement).unwrap()
    }

    fn verdict_of(requirement: &str, verdicts: &[Verdict]) -> RequirementVerdict {
        let findings: Vec<_> =
            verdicts.iter().enumerate().map(|(at, &verdict)| finding("r1", &at.to_string(), verdict)).collect();
        row_of(requirement, &findings).verdict
    }

    #[test]
    fn the_worst_verdict_decides_and_good_ones_are_worth_what_aws_can_show() {
        for (verdicts, technical, partial, attestation) in [
            (&[][..], NotAssessed, NotAssessed, NotAssessed),
            (&[NotApplicable], NotAssessed, NotAssessed, NotAssessed),
            (&[Pass], Met, PartlyShown, PartlyShown),
            (&[Pass, NotApplicable], Met, PartlyShown, PartlyShown),
            (&[Verdict::Unknown], Unknown, Unknown, Unknown),
            (&[Pass, Verdict::Unknown], Unknown, Unknown, Unknown),
            (&[Verdict::Unknown, NotApplicable], Unknown, Unknown, Unknown),
            (&[Pass, Fail], NotMet, NotMet, NotMet),
            (&[Verdict::Unknown, Fail, Pass], NotMet, NotMet, NotMet),
        ] {
            assert_eq!(verdict_of(TECHNICAL, verdicts), technical, "{verdicts:?}");
            assert_eq!(verdict_of(PARTIAL, verdicts), partial, "{verdicts:?}");
            assert_eq!(verdict_of(ATTESTATION, verdicts), attestation, "{verdicts:?}");
        }
    }

    #[test]
    fn any_rule_that_cites_it_can_spoil_it() {
        let row = row_of(TECHNICAL, &[finding("r1", "a", Pass), finding("r2", "a", Fail)]);
        assert_eq!((row.verdict, row.rules), (NotMet, vec!["r1".to_owned(), "r2".to_owned()]));
    }

    #[test]
    fn other_rules_and_rules_not_selected_have_no_say() {
        let findings = [finding("r1", "a", Pass), finding("r3", "a", Fail), finding("elsewhere", "a", Fail)];
        assert_eq!(row_of(TECHNICAL, &findings).verdict, Met);
    }

    #[test]
    fn a_waived_failure_is_not_met() {
        let mut waived = finding("r1", "a", Fail);
        waived.waiver = Some(crate::model::Waiver {
            reason: "accepted".to_owned(),
            owner: "security".to_owned(),
            expires: "2026-12-31".to_owned(),
            ticket: None,
        });
        assert_eq!(row_of(TECHNICAL, &[waived]).verdict, NotMet);
    }

    #[test]
    fn resources_are_counted_once_and_unread_lists_are_no_resource() {
        let row = row_of(
            TECHNICAL,
            &[
                finding("r1", "a", Pass),
                finding("r2", "a", Pass),
                finding("r2", "b", Verdict::Unknown),
                finding("r2", "c", NotApplicable),
                finding("r2", "?", Verdict::Unknown),
            ],
        );
        assert_eq!(row.resources_judged, 2);
        assert_eq!(row.findings, Summary { pass: 2, unknown: 2, not_applicable: 1, ..Summary::default() });
    }

    #[test]
    fn nothing_is_rolled_up() {
        let catalog = Catalog::builtin().unwrap();
        let rules =
            RulesByRequirement::new([("on-specification", ["164.312(a)(2)(iv)"]), ("on-standard", ["164.312(d)"])]);
        let findings = [finding("on-specification", "a", Fail), finding("on-standard", "a", Pass)];
        let rows = requirement_rows(&catalog, &rules, &findings);
        let verdict = |id: &str| rows.iter().find(|row| row.id == id).unwrap().verdict;
        assert_eq!(verdict("164.312(a)(2)(iv)"), NotMet);
        assert_eq!(verdict("164.312(a)(1)"), NotAssessed, "the standard above it");
        assert_eq!(verdict("CC6.1"), NotAssessed, "the criterion beside it in the crosswalk");
        assert_eq!(verdict("164.312(d)"), Met);
    }

    #[test]
    fn rows_come_in_the_catalogs_order() {
        let catalog = Catalog::builtin().unwrap();
        let rows = requirement_rows(&catalog, &RulesByRequirement::default(), &[]);
        assert!(rows.iter().map(|row| &row.id).eq(catalog.iter().map(|requirement| &requirement.id)));
        assert!(rows.iter().all(|row| row.verdict == NotAssessed));
    }
}
