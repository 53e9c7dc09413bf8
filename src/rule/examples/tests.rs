use super::*;
use crate::rule::testing::{GOOD, good_but, kinds, load, source};

fn problems(source: SourceFile) -> Vec<String> {
    let errors = read(&load(source).unwrap(), &kinds()).err().unwrap_or_default();
    errors.iter().map(Problem::to_string).collect()
}

fn outcome(source: SourceFile, name: &str) -> (ExampleOutcome, Example) {
    let rule = load(source).unwrap();
    let examples = read(&rule, &kinds()).unwrap();
    let example = examples.into_iter().find(|example| example.name == name).unwrap();
    (example.judge(&rule), example)
}

#[test]
fn good_examples_come_out_as_they_say() {
    let rule = load(source(GOOD)).unwrap();
    let examples = read(&rule, &kinds()).unwrap();
    assert_eq!(examples.len(), 5);
    for example in &examples {
        let outcome = example.judge(&rule);
        assert!(outcome.is_as_expected(example), "{}: {}", example.name, outcome.in_words(example));
    }
}

#[test]
fn a_failing_example_shows_its_message() {
    let (outcome, _) = outcome(source(GOOD), "open");
    assert_eq!(outcome.message.unwrap(), "shelf a is open");
}

#[test]
fn a_wrong_example_says_what_was_read_and_what_was_not() {
    let (outcome, example) = outcome(good_but("expect: unknown", "expect: pass"), "lock not read");
    assert!(!outcome.is_as_expected(&example));
    let words = outcome.in_words(&example);
    assert!(words.starts_with("expected pass, came out unknown ("), "{words}");
    assert!(words.contains("resource.Locked = (not read)"), "{words}");
    assert!(words.contains("resource.Shared = false"), "{words}");
}

#[test]
fn a_failure_must_have_the_severity_that_its_example_says() {
    let cases = "severity: medium\nseverity_cases:\n  - {severity: low, when: resource.Shared}\n";
    let with = |severity: &str| {
        let text = GOOD.replacen("severity: medium\n", cases, 1);
        source(text.replacen("expect: fail\n", &format!("expect: fail\n    severity: {severity}\n"), 1))
    };
    let (as_written, example) = outcome(with("medium"), "open");
    assert!(as_written.is_as_expected(&example), "{}", as_written.in_words(&example));
    let (otherwise, example) = outcome(with("low"), "open");
    assert!(otherwise.in_words(&example).starts_with("expected fail (low), came out fail (medium)"));
}

#[test]
fn facts_that_no_collector_gives_are_refused_where_they_stand() {
    let piece = "{ShelfName: a, Days: 7, Shared: false}";
    let found = problems(good_but(piece, "{ShelfName: a, Dayz: 7, Shared: false}"));
    assert_eq!(found.len(), 1);
    let expected =
        "rules/store/store-shelf-locked.yaml:33:30: no AWS::Store::Shelf looks like this: there is no fact `Dayz`\n";
    assert!(found[0].starts_with(expected), "{}", found[0]);
    assert!(found[0].ends_with("help: did you mean `Days`?"), "{}", found[0]);
    assert_eq!(problems(good_but(piece, "{ShelfName: a, Days: '7'}")).len(), 1);
    assert_eq!(problems(good_but(piece, "{ShelfName: a, Label: {Txt: x}}")).len(), 1);
    assert_eq!(problems(good_but(piece, "{ShelfName: a, Label: null}")), [""; 0]);
}

#[test]
fn parameters_time_and_other_resources_of_examples_are_checked() {
    let with = |line: &str| problems(good_but("    params: {min_days: 30}\n", &format!("    {line}\n")));
    assert_eq!(with("now: \"2026-02-01T00:00:00Z\""), [""; 0]);
    assert_eq!(with("others: [{kind: AWS::Store::Label, Text: x}]"), [""; 0]);
    assert_eq!(with("incomplete: [AWS::Store::Label]"), [""; 0]);
    assert!(with("params: {min_day: 30}")[0].contains("the rule has no parameter `min_day`"));
    assert!(with("params: {min_days: x}")[0].contains("expected a whole number"));
    assert!(with("now: soon")[0].contains("`now` must be an RFC 3339 timestamp"));
    assert!(with("others: [{Text: x}]")[0].contains("another resource needs a `kind`"));
    assert!(with("others: [{kind: AWS::Store::Lable}]")[0].contains("there is no kind `AWS::Store::Lable`"));
    assert!(with("others: [{kind: AWS::Store::Label, Txt: x}]")[0].contains("there is no fact `Txt`"));
    assert!(with("incomplete: [AWS::Store::Lable]")[0].contains("did you mean `AWS::Store::Label`?"));
    assert!(with("incomplet: []")[0].contains("there is no key `incomplet` here"));
}

#[test]
fn the_phi_scope_of_an_example_is_outside_inside_or_unknown() {
    let judged = |line: &str| {
        let source = good_but("resource.Shared == false", "resource.InPhiScope && resource.Shared == false");
        let text = source.text.replace("  - name: open\n", &format!("  - name: open\n{line}"));
        outcome(crate::rule::testing::source(text), "open").0.verdict.unwrap()
    };
    assert_eq!(judged(""), Verdict::NotApplicable);
    assert_eq!(judged("    in_phi_scope: true\n"), Verdict::Fail);
    assert_eq!(judged("    in_phi_scope: null\n"), Verdict::Unknown);
}

#[test]
fn incomplete_populations_and_other_resources_reach_the_condition() {
    let judged = |lines: &str| {
        let source = good_but(
            "resource.Shared == false",
            "resources('AWS::Store::Label').exists(label, label.Text == 'fragile')",
        );
        let text = source.text.replace("  - name: open\n", &format!("  - name: open\n{lines}"));
        outcome(crate::rule::testing::source(text), "open").0.verdict.unwrap()
    };
    assert_eq!(judged(""), Verdict::NotApplicable);
    assert_eq!(judged("    incomplete: [AWS::Store::Label]\n"), Verdict::Unknown);
    assert_eq!(judged("    others: [{kind: AWS::Store::Label, Text: fragile}]\n"), Verdict::Fail);
}
