use serde_json::json;

use super::*;
use crate::model::{Evidence, FindingId, Remediation, RequirementVerdict, ServiceRow, ServiceWitness, Severity};
use RequirementVerdict::{Attested, DoesNotBind, Met, NotAssessed, NotMet, PartlyShown, ShownInAws, Unknown};
use Verdict::{Fail, NotApplicable, Pass};

/// One state of AWS is an instance of it.
const SHOWN: &str = "164.312(d)";
/// The same, and every service in use that may hold data must be judged.
const STORES: &str = "164.312(e)(1)";
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
        resource: ResourceRef {
            kind: kind.into(),
            id,
            arn: None,
            account: account.parse().unwrap(),
            region: region.parse().unwrap(),
        },
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
    let rows = in_scope(&TableScope { services: Some(&in_use(&["s3"])), ..nothing_configured() }, rules, findings);
    assert!(rows.iter().map(|row| &row.id).eq(catalog.iter().map(|requirement| &requirement.id)), "one row each");
    rows
}

fn list() -> &'static EligibilityList {
    static LIST: std::sync::OnceLock<EligibilityList> = std::sync::OnceLock::new();
    LIST.get_or_init(|| EligibilityList::builtin().unwrap())
}

/// Nothing is configured, and nobody asked which services are in use.
fn nothing_configured() -> TableScope<'static> {
    TableScope { soc2_categories: &[], roles: &[], phi_scope_is_configured: false, services: None, list: list() }
}

fn in_scope(scope: &TableScope<'_>, rules: &[RuleInfo], findings: &[Finding]) -> Vec<RequirementRow> {
    requirement_table(&Catalog::builtin().unwrap(), rules, findings, scope)
}

/// Services in use, by one witness that saw all it can.
fn in_use(prefixes: &[&str]) -> Services {
    let row = |prefix: &&str| ServiceRow {
        service: (*prefix).to_owned(),
        name: (*prefix).to_owned(),
        eligibility: list().entry(prefix).eligibility,
        reason: None,
        holds_data: list().entry(prefix).holds_data,
        witnesses: vec!["resources collected".to_owned()],
        last_seen: None,
    };
    Services {
        list_date: String::new(),
        list_age_days: 0,
        list_url: String::new(),
        witnesses: vec![ServiceWitness { name: "all".to_owned(), reach: String::new(), is_complete: true }],
        services: prefixes.iter().map(row).collect(),
    }
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
fn the_weaker_of_the_two_sides_decides() {
    let attested: [Option<&[Verdict]>; 6] =
        [None, Some(&[]), Some(&[Verdict::Unknown]), Some(&[NotApplicable]), Some(&[Pass]), Some(&[Pass, Fail])];
    let failed = [NotMet; 6];
    let undecided = [Unknown, Unknown, Unknown, Unknown, Unknown, NotMet];
    let shown = [ShownInAws, ShownInAws, ShownInAws, ShownInAws, Met, NotMet];
    let silent = [NotAssessed, NotAssessed, Unknown, NotAssessed, Attested, NotMet];
    let showing = rule as fn(&str, &[&str]) -> RuleInfo;
    for (requirement, aws, verdicts, expected) in [
        (SHOWN, showing, &[Pass, NotApplicable][..], shown),
        (STORES, showing, &[Pass], shown),
        (SHOWN, showing, &[], silent),
        (SHOWN, showing, &[NotApplicable], silent),
        (ATTESTATION, showing, &[NotApplicable], silent),
        (SHOWN, showing, &[Pass, Verdict::Unknown], undecided),
        (STORES, showing, &[Verdict::Unknown, NotApplicable], undecided),
        (SHOWN, showing, &[Pass, Fail], failed),
        (STORES, showing, &[Verdict::Unknown, Fail, Pass], failed),
        // What only supports it decides nothing, whatever it says.
        (SHOWN, supporting, &[Pass], silent),
        (STORES, supporting, &[Verdict::Unknown], silent),
        (SHOWN, supporting, &[Fail], silent),
        (ATTESTATION, supporting, &[Fail, Pass], silent),
    ] {
        let got = attested.map(|attested| standing(requirement, aws, verdicts, attested));
        assert_eq!(got, expected, "{requirement} {verdicts:?}");
    }
}

#[test]
fn a_rule_that_only_supports_decides_nothing_and_is_named_where_it_fails() {
    let rules = [supporting("a", &[SHOWN]), rule("b", &[SHOWN]), supporting_attestation("c", &[SHOWN])];
    let standing = |a: Verdict, c: Verdict| {
        let findings = [finding("a", "1", a), finding("b", "1", Pass), finding("c", "2", c)];
        let row = row_of(SHOWN, &rules, &findings);
        assert_eq!((row.verdict, row.attestation), (ShownInAws, None));
        assert_eq!(row.findings, Summary { pass: 1, ..Summary::default() });
        assert_eq!((row.rules.len(), row.supporting_rules), (2, vec!["a".to_owned()]));
        row.weakened_by
    };
    assert_eq!(standing(Pass, Pass), [""; 0]);
    assert_eq!(standing(Fail, Pass), ["a"]);
    assert_eq!(standing(Verdict::Unknown, Fail), ["a", "c"]);
    assert_eq!(standing(NotApplicable, NotApplicable), [""; 0]);
}

fn supporting_attestation(id: &str, citations: &[&str]) -> RuleInfo {
    RuleInfo { kind: "Safeguard::Attestation".into(), ..supporting(id, citations) }
}

#[test]
fn a_service_that_no_rule_of_the_row_judges_leaves_it_partly_shown_and_is_named() {
    let rules = [rule("aws", &[STORES, SHOWN]), attesting("attest", &[STORES])];
    let passes = [finding("aws", "1", Pass)];
    let row = |services: Option<&Services>, findings: &[Finding]| {
        let scope = TableScope { services, ..nothing_configured() };
        let rows = in_scope(&scope, &rules, findings);
        let shown = rows.iter().find(|row| row.id == SHOWN).unwrap();
        assert_eq!((shown.verdict, &shown.services), (ShownInAws, &None), "this one is about people");
        rows.into_iter().find(|row| row.id == STORES).unwrap()
    };
    // Keys are held for others and people sign in: neither holds data.
    let whole = row(Some(&in_use(&["s3", "kms", "iam"])), &passes);
    assert_eq!((whole.verdict, whole.services.unwrap().judged), (ShownInAws, vec!["s3".to_owned()]));
    let services = in_use(&["s3", "dynamodb", "unheard-of"]);
    let partly = row(Some(&services), &passes);
    assert_eq!(partly.verdict, PartlyShown);
    assert_eq!(partly.services.unwrap().not_judged, ["dynamodb", "unheard-of"]);
    let attested = [finding("aws", "1", Pass), finding("attest", "2", Pass)];
    assert_eq!(row(Some(&services), &attested).verdict, Attested);
    assert_eq!(row(Some(&in_use(&["s3"])), &attested).verdict, Met);
    assert_eq!(row(None, &passes).verdict, PartlyShown, "nobody asked which services are in use");
    let mut open = in_use(&["s3"]);
    open.witnesses[0].is_complete = false;
    assert_eq!(row(Some(&open), &passes).verdict, PartlyShown, "a witness saw not all");
}

#[test]
fn where_a_phi_scope_is_configured_hipaa_is_decided_by_what_is_in_it() {
    let on_users = rule_on("AWS::IAM::User", "users", &[SHOWN]);
    let rules = [rule("aws", &[STORES, "CC6.7"]), on_users];
    let at = |mut finding: Finding, in_phi_scope: Option<bool>| {
        finding.in_phi_scope = in_phi_scope;
        finding
    };
    let mut user = at(finding("users", "3", Fail), Some(false));
    user.resource.kind = "AWS::IAM::User".to_owned();
    let findings = [
        at(finding("aws", "1", Pass), Some(true)),
        at(finding("aws", "2", Fail), Some(false)),
        at(finding("aws", "3", Fail), Some(false)),
        user,
    ];
    let services = in_use(&["s3"]);
    let rows = |phi_scope_is_configured, findings: &[Finding]| {
        let scope = TableScope { phi_scope_is_configured, services: Some(&services), ..nothing_configured() };
        let rows = in_scope(&scope, &rules, findings);
        move |id: &str| rows.iter().find(|row| row.id == id).unwrap().clone()
    };
    let scoped = rows(true, &findings);
    assert_eq!((scoped(STORES).verdict, scoped(STORES).failures_outside_phi_scope), (ShownInAws, 2));
    assert_eq!((scoped(STORES).resources_judged, scoped(STORES).findings.fail), (1, 0));
    assert_eq!(
        (scoped("CC6.7").verdict, scoped("CC6.7").failures_outside_phi_scope),
        (NotMet, 0),
        "SOC 2 knows no PHI"
    );
    assert_eq!(scoped(SHOWN).verdict, NotMet, "whoever may sign in reaches PHI, tagged or not");
    assert_eq!(rows(false, &findings)(STORES).verdict, NotMet, "nobody said where PHI is");
    let undecided = [at(finding("aws", "1", Pass), Some(true)), at(finding("aws", "2", Fail), None)];
    assert_eq!(rows(true, &undecided)(STORES).verdict, NotMet, "it may hold PHI");
    let unread = [at(finding("aws", "1", Pass), Some(true)), at(finding("aws", "?", Verdict::Unknown), Some(false))];
    assert_eq!(rows(true, &unread)(STORES).verdict, Unknown, "a list that was not read may hold PHI");
}

#[test]
fn what_binds_none_of_the_roles_says_so_whatever_was_found() {
    let all =
        ["164.308(b)(1)", "164.308(b)(2)", "164.314(b)(1)", "164.308(a)(4)(ii)(A)", "164.105", "164.312(d)", "CC9.2"];
    let rules = [attesting("attest", &all)];
    let unbound = |roles: &[EntityRole]| -> Vec<&str> {
        let rows = in_scope(&TableScope { roles, ..nothing_configured() }, &rules, &[finding("attest", "1", Fail)]);
        let verdict = |id: &&str| rows.iter().find(|row| row.id == **id).unwrap().verdict;
        assert!(all.iter().all(|id| matches!(verdict(id), DoesNotBind | NotMet)));
        all.into_iter().filter(|id| verdict(id) == DoesNotBind).collect()
    };
    use EntityRole::{BusinessAssociate, Clearinghouse, CoveredEntity, GroupHealthPlan, HybridEntity};
    assert_eq!(unbound(&[]), [""; 0], "nobody said");
    assert_eq!(unbound(&[CoveredEntity]), ["164.308(b)(2)", "164.314(b)(1)", "164.308(a)(4)(ii)(A)", "164.105"]);
    assert_eq!(unbound(&[BusinessAssociate]), ["164.308(b)(1)", "164.314(b)(1)", "164.308(a)(4)(ii)(A)", "164.105"]);
    assert_eq!(unbound(&[Clearinghouse]), ["164.308(b)(2)", "164.314(b)(1)", "164.105"]);
    assert_eq!(unbound(&[GroupHealthPlan]), ["164.308(b)(2)", "164.308(a)(4)(ii)(A)", "164.105"]);
    assert_eq!(unbound(&[HybridEntity, BusinessAssociate]), ["164.314(b)(1)", "164.308(a)(4)(ii)(A)"]);
}

#[test]
fn the_two_sides_are_kept_apart() {
    let rules = [rule("aws", &[SHOWN]), attesting("attest", &[SHOWN])];
    let all = [finding("aws", "1", Pass), finding("aws", "2", Pass), finding("attest", "3", Verdict::Unknown)];
    let row = row_of(SHOWN, &rules, &all);
    assert_eq!(row.rules, ["aws"]);
    assert_eq!((row.resources_judged, row.findings), (2, Summary { pass: 2, ..Summary::default() }));
    let attestation = row.attestation.unwrap();
    assert_eq!((attestation.state, attestation.rules), (AttestationState::Missing, vec!["attest".to_owned()]));
    assert_eq!(attestation.findings, Summary { unknown: 1, ..Summary::default() });
}

#[test]
fn of_several_attestations_the_weakest_counts_and_the_first_that_ends_is_named() {
    let rules = [attesting("a", &[SHOWN]), attesting("b", &[SHOWN])];
    let until = |rule: &str, path: &str, value: serde_json::Value| {
        let mut passed = finding(rule, rule, Pass);
        passed.evidence.push(Evidence { path: path.to_owned(), value: Some(value) });
        passed
    };
    let attestation = |findings: &[Finding]| row_of(SHOWN, &rules, findings).attestation.unwrap();
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
    let rules = [rule("r2", &[SHOWN]), rule("r1", &[SHOWN])];
    let row = row_of(SHOWN, &rules, &[finding("r1", "a", Pass), finding("r2", "a", Fail)]);
    assert_eq!((row.verdict, row.rules), (NotMet, vec!["r1".to_owned(), "r2".to_owned()]));
}

#[test]
fn other_rules_and_rules_not_selected_have_no_say() {
    let rules = [rule("r1", &[SHOWN]), rule("r3", &["CC1.1"])];
    let findings = [finding("r1", "a", Pass), finding("r3", "a", Fail), finding("elsewhere", "a", Fail)];
    assert_eq!(row_of(SHOWN, &rules, &findings).verdict, ShownInAws);
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
    assert_eq!(row_of(SHOWN, &[rule("r1", &[SHOWN])], &[waived]).verdict, NotMet);
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
        SHOWN,
        &[rule("r1", &[SHOWN]), rule("r2", &[SHOWN])],
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
    assert_eq!(verdict("164.312(d)"), ShownInAws);
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
        let scope = TableScope { soc2_categories: chosen, ..nothing_configured() };
        let rows = requirement_table(&catalog, &[], &[], &scope);
        let (hipaa, soc2): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.framework == Framework::Hipaa);
        assert!(hipaa.iter().all(|row| row.in_scope));
        soc2.iter().filter(|row| row.in_scope).count()
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
    assert_eq!(row("164.304").crosswalk, [""; 0]);
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
