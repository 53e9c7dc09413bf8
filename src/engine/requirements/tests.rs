use serde_json::json;

use super::*;
use crate::model::{Evidence, FindingId, Remediation, RequirementVerdict, Severity};
use RequirementVerdict::{Met, NotAssessed, NotMet, PartlyShown, Unknown};
use Verdict::{Fail, NotApplicable, Pass};

const TECHNICAL: &str = "164.312(e)(1)";
const PARTIAL: &str = "164.308(a)(1)(ii)(D)";
const ATTESTATION: &str = "164.308(a)(2)";

fn rule_on(kind: &str, id: &str, citations: &[&str]) -> RuleInfo {
    let of = |hipaa: bool| citations.iter().filter(move |id| id.starts_with("164.") == hipaa);
    RuleInfo {
        id: id.into(),
        title: String::new(),
        severity: Severity::High,
        severity_in_phi_scope: None,
        severity_cases: Vec::new(),
        kind: kind.into(),
        service: String::new(),
        hipaa: of(true).map(|&id| id.into()).collect(),
        soc2: of(false).map(|&id| id.into()).collect(),
        supports: Vec::new(),
        why: String::new(),
        pass: String::new(),
        when: None,
        params: serde_json::Value::Null,
        remediation: Remediation {
            summary: String::new(),
            cli: None,
            console: None,
            cloudformation: None,
            terraform: None,
        },
        references: Vec::new(),
    }
}

fn rule(id: &str, citations: &[&str]) -> RuleInfo {
    rule_on("AWS::S3::Bucket", id, citations)
}

fn attesting(id: &str, citations: &[&str]) -> RuleInfo {
    rule_on("Safeguard::Attestation", id, citations)
}

fn supporting(id: &str, citations: &[&str]) -> RuleInfo {
    RuleInfo { supports: citations.iter().map(|&id| id.into()).collect(), ..rule(id, citations) }
}

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
        observed_at: "2026-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn findings(rule: &str, verdicts: &[Verdict]) -> Vec<Finding> {
    verdicts.iter().enumerate().map(|(at, &verdict)| finding(rule, &at.to_string(), verdict)).collect()
}

fn table(rules: &[RuleInfo], findings: &[Finding]) -> Vec<RequirementRow> {
    let catalog = Catalog::builtin().unwrap();
    let rows = requirement_table(&catalog, rules, findings, &[]);
    assert!(rows.iter().map(|row| &row.id).eq(catalog.iter().map(|requirement| &requirement.id)), "one row each");
    rows
}

fn row_of(requirement: &str, rules: &[RuleInfo], findings: &[Finding]) -> RequirementRow {
    table(rules, findings).into_iter().find(|row| row.id == requirement).unwrap()
}

/// Decides where a requirement stands by the verdict of a rule over AWS state and that of a rule over attestations,
/// each of which may be absent.
fn standing(
    requirement: &str,
    aws: fn(&str, &[&str]) -> RuleInfo,
    verdicts: &[Verdict],
    attested: Option<&[Verdict]>,
) -> RequirementVerdict {
    let mut rules = vec![aws("aws", &[requirement])];
    let mut all = findings("aws", verdicts);
    if let Some(verdicts) = attested {
        rules.push(attesting("attest", &[requirement]));
        all.extend(findings("attest", verdicts));
    }
    row_of(requirement, &rules, &all).verdict
}

/// The truth table: what AWS says, by what people attest. Columns: nobody is asked, no attestation rule spoke, nothing
/// is on file, it is stated not to apply, it is in force, it failed.
#[test]
fn the_weakest_of_the_two_sides_decides() {
    use RequirementVerdict::Attested;
    let attested: [Option<&[Verdict]>; 6] =
        [None, Some(&[]), Some(&[Verdict::Unknown]), Some(&[NotApplicable]), Some(&[Pass]), Some(&[Pass, Fail])];
    let failed = [NotMet; 6];
    let undecided = [Unknown, Unknown, Unknown, Unknown, Unknown, NotMet];
    let shown = [Met, Met, Met, Met, Met, NotMet];
    let partly = [PartlyShown, PartlyShown, PartlyShown, PartlyShown, Attested, NotMet];
    let silent = [NotAssessed, NotAssessed, Unknown, NotAssessed, Attested, NotMet];
    let showing = rule as fn(&str, &[&str]) -> RuleInfo;
    for (requirement, aws, verdicts, expected) in [
        (TECHNICAL, showing, &[Pass, NotApplicable][..], shown),
        (TECHNICAL, supporting, &[Pass], partly),
        (PARTIAL, showing, &[Pass], partly),
        (PARTIAL, supporting, &[Pass], partly),
        (ATTESTATION, showing, &[Pass], partly),
        (TECHNICAL, showing, &[], silent),
        (TECHNICAL, showing, &[NotApplicable], silent),
        (PARTIAL, showing, &[], silent),
        (ATTESTATION, showing, &[NotApplicable], silent),
        (TECHNICAL, showing, &[Pass, Verdict::Unknown], undecided),
        (TECHNICAL, supporting, &[Verdict::Unknown], undecided),
        (PARTIAL, showing, &[Verdict::Unknown, NotApplicable], undecided),
        (ATTESTATION, showing, &[Verdict::Unknown], undecided),
        (TECHNICAL, showing, &[Pass, Fail], failed),
        (TECHNICAL, supporting, &[Fail], failed),
        (PARTIAL, showing, &[Verdict::Unknown, Fail, Pass], failed),
        (ATTESTATION, supporting, &[Fail], failed),
    ] {
        let got = attested.map(|attested| standing(requirement, aws, verdicts, attested));
        assert_eq!(got, expected, "{requirement} {verdicts:?}");
    }
}

#[test]
fn no_requirement_is_met_through_rules_that_only_support_it() {
    let rules = [supporting("a", &[TECHNICAL]), supporting("b", &[TECHNICAL])];
    let passes = [finding("a", "1", Pass), finding("b", "1", Pass)];
    let row = row_of(TECHNICAL, &rules, &passes);
    assert_eq!((row.verdict, row.supporting_rules), (PartlyShown, vec!["a".to_owned(), "b".to_owned()]));

    let with_one_that_shows = [supporting("a", &[TECHNICAL]), rule("b", &[TECHNICAL])];
    assert_eq!(row_of(TECHNICAL, &with_one_that_shows, &passes).verdict, Met);
    let silent = [finding("a", "1", Pass), finding("b", "1", NotApplicable)];
    assert_eq!(
        row_of(TECHNICAL, &with_one_that_shows, &silent).verdict,
        PartlyShown,
        "the one that shows it is silent"
    );
    let spoiled = [finding("a", "1", Fail), finding("b", "1", Pass)];
    assert_eq!(row_of(TECHNICAL, &with_one_that_shows, &spoiled).verdict, NotMet, "support that fails counts");
}

#[test]
fn a_rule_may_show_one_requirement_and_only_support_another() {
    let rules = [RuleInfo { supports: vec!["CC7.2".into()], ..rule("a", &["164.312(b)", "CC7.2"]) }];
    let passes = [finding("a", "1", Pass)];
    assert_eq!(row_of("164.312(b)", &rules, &passes).verdict, Met);
    assert_eq!(row_of("CC7.2", &rules, &passes).verdict, PartlyShown);
}

#[test]
fn the_two_sides_are_kept_apart() {
    let rules = [rule("aws", &[PARTIAL]), attesting("attest", &[PARTIAL])];
    let all = [finding("aws", "1", Pass), finding("aws", "2", Pass), finding("attest", "3", Verdict::Unknown)];
    let row = row_of(PARTIAL, &rules, &all);
    assert_eq!(row.rules, ["aws"]);
    assert_eq!((row.resources_judged, row.findings), (2, Summary { pass: 2, ..Summary::default() }));
    let attestation = row.attestation.unwrap();
    assert_eq!((attestation.state, attestation.rules), (AttestationState::Missing, vec!["attest".to_owned()]));
    assert_eq!(attestation.findings, Summary { unknown: 1, ..Summary::default() });
}

#[test]
fn of_several_attestations_the_weakest_counts_and_the_first_that_ends_is_named() {
    let rules = [attesting("a", &[PARTIAL]), attesting("b", &[PARTIAL])];
    let until = |rule: &str, path: &str, value: serde_json::Value| {
        let mut passed = finding(rule, rule, Pass);
        passed.evidence.push(Evidence { path: path.to_owned(), value: Some(value) });
        passed
    };
    let attestation = |findings: &[Finding]| row_of(PARTIAL, &rules, findings).attestation.unwrap();
    let (late, early) =
        (until("a", "resource.ValidUntil", json!("2027-05-01")), until("b", "resource.Renewal", json!("2027-01-31")));
    let both = attestation(&[late.clone(), early]);
    assert_eq!((both.state, both.valid_until.as_deref()), (AttestationState::Attested, Some("2027-01-31")));
    for odd in [json!(null), json!(20270131), json!("soon"), json!("2027-13-01")] {
        let attestation = attestation(&[finding("a", "a", Pass), until("b", "resource.ValidUntil", odd)]);
        assert_eq!((attestation.state, attestation.valid_until), (AttestationState::Attested, None));
    }
    let one = attestation(std::slice::from_ref(&late));
    assert_eq!((one.state, one.valid_until), (AttestationState::Missing, None), "of the other nothing is known");
    let failed = attestation(&[late, finding("b", "b", Fail)]);
    assert_eq!((failed.state, failed.valid_until), (AttestationState::Failed, None));
}

#[test]
fn any_rule_that_cites_it_can_spoil_it() {
    let rules = [rule("r2", &[TECHNICAL]), rule("r1", &[TECHNICAL])];
    let row = row_of(TECHNICAL, &rules, &[finding("r1", "a", Pass), finding("r2", "a", Fail)]);
    assert_eq!((row.verdict, row.rules), (NotMet, vec!["r1".to_owned(), "r2".to_owned()]));
}

#[test]
fn other_rules_and_rules_not_selected_have_no_say() {
    let rules = [rule("r1", &[TECHNICAL]), rule("r3", &["CC1.1"])];
    let findings = [finding("r1", "a", Pass), finding("r3", "a", Fail), finding("elsewhere", "a", Fail)];
    assert_eq!(row_of(TECHNICAL, &rules, &findings).verdict, Met);
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
    assert_eq!(row_of(TECHNICAL, &[rule("r1", &[TECHNICAL])], &[waived]).verdict, NotMet);
}

#[test]
fn a_documented_alternative_turns_no_failure_into_a_pass() {
    let rules = [rule("aws", &["164.312(a)(2)(iv)"]), attesting("attest", &["164.306(d)", "164.312(a)(2)(iv)"])];
    let all = [finding("aws", "1", Fail), finding("attest", "2", Pass)];
    let row = row_of("164.312(a)(2)(iv)", &rules, &all);
    assert_eq!((row.verdict, row.attestation.unwrap().state), (NotMet, AttestationState::Attested));
}

#[test]
fn resources_are_counted_once_and_unread_lists_are_no_resource() {
    let row = row_of(
        TECHNICAL,
        &[rule("r1", &[TECHNICAL]), rule("r2", &[TECHNICAL])],
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
    let rules = [rule("on-specification", &["164.312(a)(2)(iv)"]), rule("on-standard", &["164.312(d)"])];
    let rows = table(&rules, &[finding("on-specification", "a", Fail), finding("on-standard", "a", Pass)]);
    let verdict = |id: &str| rows.iter().find(|row| row.id == id).unwrap().verdict;
    assert_eq!(verdict("164.312(a)(2)(iv)"), NotMet);
    assert_eq!(verdict("164.312(a)(1)"), NotAssessed, "the standard above it");
    assert_eq!(verdict("CC6.1"), NotAssessed, "the criterion beside it in the crosswalk");
    assert_eq!(verdict("164.312(d)"), Met);
}

#[test]
fn nothing_is_green_before_anything_spoke() {
    assert!(table(&[], &[]).iter().all(|row| row.verdict == NotAssessed && row.attestation.is_none()));
}

/// A rule that found nothing to judge passes nothing.
#[test]
fn what_is_not_applicable_shows_no_requirement() {
    let rules = [rule("a", &["164.312(b)"])];
    let row = row_of("164.312(b)", &rules, &findings("a", &[Verdict::NotApplicable, Verdict::NotApplicable]));
    assert_eq!(row.verdict, NotAssessed);
    assert_eq!((row.resources_judged, row.findings.not_applicable), (0, 2));
}

#[test]
fn security_is_always_in_scope_and_the_other_categories_when_chosen() {
    let catalog = Catalog::builtin().unwrap();
    let in_scope = |chosen: &[Soc2Category]| {
        let rows = requirement_table(&catalog, &[], &[], chosen);
        assert!(rows.iter().filter(|row| row.id.starts_with("164.")).all(|row| row.in_scope));
        rows.iter().filter(|row| row.in_scope && !row.id.starts_with("164.")).count()
    };
    assert_eq!(in_scope(&[]), 33);
    assert_eq!(in_scope(&[Soc2Category::Security]), 33);
    assert_eq!(in_scope(&[Soc2Category::Availability, Soc2Category::Privacy]), 33 + 3 + 18);
    assert_eq!(in_scope(&Soc2Category::ALL), 61);
}

#[test]
fn the_crosswalk_is_shown_in_both_directions_and_carries_no_verdict() {
    let rows = table(&[], &[]);
    let row = |id: &str| rows.iter().find(|row| row.id == id).unwrap();
    assert_eq!(row("164.312(a)(2)(iv)").crosswalk, ["CC6.1", "C1.1"]);
    assert!(row("CC6.1").crosswalk.contains(&"164.312(a)(2)(iv)".to_owned()));
    assert_eq!(row("164.310(b)").crosswalk, [""; 0]);
    for row in &rows {
        for other in &row.crosswalk {
            let back = rows.iter().find(|candidate| candidate.id == *other).unwrap();
            assert!(back.framework != row.framework && back.crosswalk.contains(&row.id), "{} {other}", row.id);
        }
    }
}

#[test]
fn what_is_proposed_says_that_it_is_no_law() {
    let rows = table(&[], &[]);
    for row in &rows {
        match &row.proposed {
            Some(proposed) => {
                assert!(proposed.starts_with("proposed, not law (90 FR 898 of 2025-01-06): "), "{proposed}");
            }
            None => assert_ne!(row.class, "addressable", "{}", row.id),
        }
    }
    assert!(rows.iter().any(|row| row.proposed.is_none()));
}
