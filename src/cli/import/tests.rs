use super::*;

fn failed(step: ImportStep, id: Option<&str>, count: usize, code: &str, message: &str) -> Failed {
    Failed { step, id: id.map(str::to_owned), count, code: code.to_owned(), message: message.to_owned() }
}

fn result(places: Vec<PlaceResult>) -> ImportResult {
    ImportResult { account: "123456789012".parse().unwrap(), places, left_out: [].into() }
}

fn place(region: &str, failed: Vec<Failed>) -> PlaceResult {
    PlaceResult { region: region.parse().unwrap(), imported: 1_234, suppressed: 2, reopened: 0, failed }
}

fn complaint(result: &ImportResult) -> String {
    let CommandFailure { error, note } = complete(result).unwrap_err();
    format!("{error}\nnote: {}\nhelp: {}", note.unwrap(), error.help.as_ref().unwrap())
}

#[test]
fn what_was_imported_is_said_region_by_region() {
    let refused = failed(ImportStep::Import, Some("safeguard/1"), 1, "InvalidInput", "too long");
    let result = result(vec![place("eu-west-1", vec![]), place("us-east-1", vec![refused])]);
    insta::assert_snapshot!(in_words(&result), @r"
    123456789012 eu-west-1: 1,234 findings imported, 2 suppressed by waivers
    123456789012 us-east-1: 1,234 findings imported, 2 suppressed by waivers, 1 not imported
    ");
}

#[test]
fn what_was_refused_is_named_with_the_reason_and_a_long_list_is_counted() {
    let refused = |number: usize| {
        failed(ImportStep::Import, Some(&format!("safeguard/{number}")), 1, "InvalidInput", "Finding does not adhere")
    };
    let mut failures: Vec<Failed> = (1..=11).map(refused).collect();
    failures[0] = failed(ImportStep::Suppress, Some("safeguard/1"), 1, "FindingNotFound", "Finding Not Found");
    insta::assert_snapshot!(complaint(&result(vec![place("us-east-1", failures)])));
}

#[test]
fn a_region_without_security_hub_and_missing_permissions_have_their_own_help() {
    let off = failed(ImportStep::Import, None, 400, "InvalidAccessException", "Account is not subscribed");
    let text = complaint(&result(vec![place("us-west-2", vec![off])]));
    assert!(text.contains("us-west-2: 400 findings not imported: InvalidAccessException: Account is not"), "{text}");
    assert!(text.ends_with("help: turn Security Hub on in us-west-2, then import again"), "{text}");
    let denied = failed(ImportStep::LookForEndedWaivers, None, 7, "AccessDeniedException", "no");
    let text = complaint(&result(vec![place("us-west-2", vec![denied])]));
    assert!(text.contains("whether one is still suppressed by an ended waiver is not known"), "{text}");
    assert!(text.ends_with("securityhub:BatchUpdateFindings and securityhub:GetFindings"), "{text}");
}

#[test]
fn findings_of_other_accounts_are_counted() {
    let mut result = result(vec![place("us-east-1", vec![])]);
    assert!(complete(&result).is_ok());
    result.left_out = [("210987654321".parse().unwrap(), 12)].into();
    let text = complaint(&result);
    assert!(text.contains("12 findings of account 210987654321 left out"), "{text}");
    assert!(text.contains("--account says that one is enough"), "{text}");
}
