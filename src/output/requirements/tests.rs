use super::super::fixture;
use super::*;
use crate::model::{AttestationState, RequirementAttestation, Summary, Verifiable};

fn row(framework: Framework, id: &str, class: &str, verdict: RequirementVerdict, counts: [usize; 3]) -> RequirementRow {
    fixture::requirement(framework, id, class, verdict, counts)
}

fn attested(state: AttestationState, valid_until: Option<&str>) -> Option<RequirementAttestation> {
    Some(RequirementAttestation {
        state,
        rules: vec!["attest-contingency-plan".to_owned()],
        findings: Summary { fail: usize::from(state == AttestationState::Failed), ..Summary::default() },
        valid_until: valid_until.map(str::to_owned),
    })
}

/// A row of every standing, of every kind, with everything that the two sides can say.
fn rows() -> Vec<RequirementRow> {
    use RequirementVerdict::{Attested, Met, NotAssessed, NotMet, PartlyShown, Unknown};
    let hipaa = |id: &str, class: &str, verdict, counts| row(Framework::Hipaa, id, class, verdict, counts);
    let soc2 = |id: &str, class: &str, verdict, counts| row(Framework::Soc2, id, class, verdict, counts);
    let partial = Verifiable::Partial;
    vec![
        RequirementRow {
            group: "General provisions".to_owned(),
            verifiable_in_aws: Verifiable::Attestation,
            ..hipaa("164.304", "general", NotAssessed, [0, 0, 0])
        },
        RequirementRow {
            title: "Assigned security responsibility".to_owned(),
            verifiable_in_aws: Verifiable::Attestation,
            attestation: attested(AttestationState::Attested, None),
            ..hipaa("164.308(a)(2)", "standard", Attested, [0, 0, 0])
        },
        RequirementRow {
            verifiable_in_aws: Verifiable::Attestation,
            ..hipaa("164.308(a)(3)(ii)(B)", "addressable", NotAssessed, [0, 0, 0])
        },
        RequirementRow {
            verifiable_in_aws: Verifiable::Attestation,
            attestation: attested(AttestationState::NotApplicable, None),
            ..hipaa("164.308(a)(4)(ii)(A)", "required", NotAssessed, [0, 0, 0])
        },
        RequirementRow {
            verifiable_in_aws: partial,
            attestation: attested(AttestationState::Missing, None),
            ..hipaa("164.308(a)(7)(ii)(B)", "required", PartlyShown, [4, 0, 0])
        },
        RequirementRow {
            verifiable_in_aws: partial,
            attestation: attested(AttestationState::Attested, Some("2027-01-31")),
            ..hipaa("164.308(a)(7)(ii)(C)", "required", Attested, [4, 0, 0])
        },
        RequirementRow {
            verifiable_in_aws: partial,
            attestation: attested(AttestationState::Failed, None),
            ..hipaa("164.308(b)(1)", "standard", NotMet, [1, 0, 0])
        },
        RequirementRow {
            title: "Encryption and decryption".to_owned(),
            rules: vec!["kms-key-rotation".to_owned(), "rds-storage-encrypted".to_owned()],
            supporting_rules: vec!["kms-key-rotation".to_owned()],
            crosswalk: vec!["CC6.1".to_owned(), "C1.1".to_owned()],
            proposed: Some("proposed, not law (90 FR 898 of 2025-01-06): It would be required.".to_owned()),
            ..hipaa("164.312(a)(2)(iv)", "addressable", NotMet, [1_009, 41, 3])
        },
        hipaa("164.312(b)", "standard", Unknown, [9, 0, 2]),
        RequirementRow {
            supporting_rules: vec!["s3-bucket-tls-only".to_owned()],
            ..hipaa("164.312(d)", "standard", PartlyShown, [3, 0, 0])
        },
        hipaa("164.312(e)(1)", "standard", Met, [12, 0, 0]),
        RequirementRow { rules: vec!["rds-proxy-tls".to_owned()], ..soc2("CC6.1", "security", NotAssessed, [0, 0, 0]) },
        soc2("CC6.7", "security", Met, [12, 0, 0]),
        RequirementRow { in_scope: false, ..soc2("A1.1", "availability", NotMet, [0, 2, 0]) },
        RequirementRow { in_scope: false, ..soc2("A1.2", "availability", Met, [2, 0, 0]) },
        RequirementRow { in_scope: false, ..soc2("PI1.5", "processing_integrity", Met, [2, 0, 0]) },
    ]
}

fn report() -> Report {
    Report { requirements: rows(), ..fixture::clean() }
}

fn shown(report: &Report, view: View, style: Style) -> String {
    let mut out = Vec::new();
    write(report, view, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn at(width: usize) -> String {
    shown(&report(), View::default(), Style { width, ..Style::default() })
}

#[test]
fn the_table_at_80_columns() {
    insta::assert_snapshot!(at(80));
}

#[test]
fn the_table_at_200_columns_in_full() {
    insta::assert_snapshot!(shown(&report(), View::default(), Style { width: 200, color: false, full: true }));
}

#[test]
fn the_table_at_50_columns() {
    insta::assert_snapshot!(at(50));
}

#[test]
fn the_proposal_alone() {
    let view = View { proposed: true, framework: None };
    let page = shown(&report(), view, Style::default());
    insta::assert_snapshot!(page);
}

#[test]
fn no_line_is_wider_than_asked() {
    for width in [40, 65, 66, 80, 129, 130, 200] {
        for line in at(width).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn every_legend_line_is_one_line_at_80_columns() {
    for (word, meaning) in LEGEND.into_iter().filter(|(_, meaning)| *meaning != words::ADDRESSABLE) {
        assert!(14 + meaning.len() <= 80, "{word}");
        assert!(at(80).matches(&format!("{word:<12}  {meaning}\n")).count() <= 1, "{word}");
    }
}

#[test]
fn only_what_is_met_is_green() {
    let page = shown(&report(), View::default(), Style { width: 200, color: true, full: true });
    let green = "\u{1b}[32m";
    let words: Vec<&str> =
        page.split(green).skip(1).map(|after| after.split('\u{1b}').next().unwrap_or_default()).collect();
    assert!(!words.is_empty());
    assert!(words.iter().all(|word| *word == "met" || word.parse::<usize>().is_ok()), "{words:?}");
    let colored = page.replace(['\u{1b}'], "");
    assert!(colored.contains("NOT MET") && colored.contains("UNKNOWN"));
}

#[test]
fn totals_count_each_requirement_once_and_what_is_out_of_scope_nowhere_else() {
    let rows = rows();
    let rows: Vec<&RequirementRow> = rows.iter().collect();
    let hipaa = Totals::of(Framework::Hipaa, &rows);
    assert_eq!((hipaa.met, hipaa.attested, hipaa.open(), hipaa.no_duty), (1, 2, 7, 1));
    let soc2 = Totals::of(Framework::Soc2, &rows);
    assert_eq!((soc2.met, soc2.not_met, soc2.not_assessed, soc2.out_of_scope), (1, 0, 1, 3));
    let all = [hipaa, soc2].map(|total| total.met + total.attested + total.open() + total.no_duty + total.out_of_scope);
    assert_eq!(all.iter().sum::<usize>(), rows.len());
}

#[test]
fn hostile_texts_of_a_report_are_escaped() {
    let mut report = report();
    report.scan.source = "x\u{1b}[2J".to_owned();
    report.scan.soc2_categories = vec!["\u{7}".to_owned()];
    for row in &mut report.requirements {
        row.title = "a\u{1b}[31m\nb\r\u{7}".to_owned();
        row.rules = vec!["\u{1b}]8;;https://evil.example\u{7}".to_owned()];
    }
    let page = shown(&report, View::default(), Style { width: 80, color: false, full: true });
    assert!(!page.chars().any(|character| character != '\n' && super::super::text::is_hostile(character)));
}

#[test]
fn decisions_on_addressable_specifications_are_mentioned_when_they_are_on_file() {
    let mut report = report();
    assert!(!shown(&report, View::default(), Style::default()).contains("on file (164.306(d))"));
    report.requirements.push(RequirementRow {
        attestation: attested(AttestationState::Attested, None),
        ..row(Framework::Hipaa, "164.306(d)", "general", RequirementVerdict::Attested, [0, 0, 0])
    });
    let page = shown(&report, View::default(), Style::default());
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("Such decisions are on file (164.306(d)); whether they cover these, their text says."));
}
