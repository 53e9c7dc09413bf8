//! What a rule about the whole account concludes from the configured PHI scope, on the snapshot of the sample account.

use std::fs;

use safeguard::model::{Finding, Verdict};

use crate::product::Product;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo.ndjson");

/// Fails every account that holds PHI.
const RULE: &str = "
id: account-test
title: The account holds no PHI
severity: medium
severity_in_phi_scope: high
kind: AWS::Account
hipaa: []
soc2: [CC6.1]
why: A rule about where PHI is.
when: resource.InPhiScope
pass: '!resource.InPhiScope'
fail_message: account {resource.AccountId} holds PHI
remediation: {summary: None.}
references: []
";

#[test]
fn an_account_holds_phi_if_anything_in_it_does_and_nobody_knows_without_a_scope() {
    for (scope, verdict, words) in [
        ("{}", Verdict::Unknown, "because no PHI scope is configured"),
        ("{tags: {DataClassification: [phi]}}", Verdict::Fail, "account 123456789012 holds PHI"),
        ("{tags: {DataClassification: [secret]}}", Verdict::NotApplicable, "does not apply"),
        ("{accounts: ['123456789012']}", Verdict::Fail, "account 123456789012 holds PHI"),
        ("{accounts: ['210987654321']}", Verdict::NotApplicable, "does not apply"),
        ("{arns: ['arn:aws:dynamodb:*:*:table/patients']}", Verdict::Fail, "account 123456789012 holds PHI"),
        ("{arns: ['arn:aws:dynamodb:*:*:table/nowhere']}", Verdict::Unknown, "something that was not read may be"),
        ("{arns: ['arn:aws:dynamodb:*:210987654321:table/patients']}", Verdict::NotApplicable, "does not apply"),
    ] {
        let finding = judged(scope);
        assert_eq!(finding.verdict, verdict, "{scope}: {}", finding.message);
        assert!(finding.message.contains(words), "{scope}: {}", finding.message);
    }
}

fn judged(scope: &str) -> Finding {
    let product = Product::alone();
    let write = |name: &str, text: String| fs::write(product.folder().join(name), text).unwrap();
    fs::create_dir(product.folder().join("rules")).unwrap();
    write("rules/account-test.yaml", RULE.to_owned());
    write("safeguard.yaml", format!("phi_scope: {scope}\nselect: [account-test]\nrules_dirs: [rules]\n"));
    let mut findings = product.scan(&["--snapshot", SNAPSHOT, "--format", "json"]).report().findings;
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}
