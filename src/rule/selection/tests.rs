use super::*;
use crate::rule::testing::small_set;

/// The ids that a selection leaves, or the error and its help.
fn chosen(select: &[&str], skip: &[&str]) -> Vec<String> {
    let owned = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    match small_set().select(&Selection { select: owned(select), skip: owned(skip) }) {
        Ok(rules) => rules.iter().map(|rule| rule.id.clone()).collect(),
        Err(error) => vec![error.message, error.help.unwrap_or_default()],
    }
}

#[test]
fn without_patterns_all_rules_run_but_the_opt_in_ones() {
    assert_eq!(chosen(&[], &[]), ["store-a", "store-b", "store-d"]);
}

#[test]
fn every_kind_of_pattern_selects() {
    assert_eq!(chosen(&["store-b"], &[]), ["store-b"]);
    assert_eq!(chosen(&["store-old-b"], &[]), ["store-b"]);
    assert_eq!(chosen(&["store-[ab]"], &[]), ["store-a", "store-b"]);
    assert_eq!(chosen(&["service:store"], &[]), ["store-a", "store-b", "store-d"]);
    assert_eq!(chosen(&["framework:hipaa"], &[]), ["store-b", "store-d"]);
    assert_eq!(chosen(&["framework:SOC2"], &[]), ["store-a"]);
    assert_eq!(chosen(&["severity:medium"], &[]), ["store-b", "store-d"]);
    assert_eq!(chosen(&["kind:AWS::Store::Shelf"], &[]), ["store-a", "store-b", "store-d"]);
    assert_eq!(chosen(&["requirement:164.312(e)"], &[]), ["store-b"]);
    assert_eq!(chosen(&["requirement:164.312"], &[]), ["store-b", "store-d"]);
    assert_eq!(chosen(&["requirement:CC6.1", "store-d"], &[]), ["store-a", "store-d"]);
}

#[test]
fn a_part_of_a_number_is_no_part_of_a_requirement() {
    assert!(is_part_of("CC6.1", "CC6"));
    assert!(is_part_of("164.312(a)(2)(iv)", "164.312(a)(2)(iv)"));
    assert!(!is_part_of("CC6.10", "CC6.1"));
    assert!(!is_part_of("164.312(a)(2)(ii)", "164.312(a)(2)(i)"));
}

#[test]
fn an_opt_in_rule_runs_only_if_its_id_is_written_out() {
    assert_eq!(chosen(&["store-c"], &[]), ["store-c"]);
    assert_eq!(chosen(&["store-*", "store-c"], &[]), ["store-a", "store-b", "store-c", "store-d"]);
    assert_eq!(chosen(&["store-*"], &[]), ["store-a", "store-b", "store-d"]);
    assert_eq!(chosen(&["severity:critical"], &[])[0], "the selection leaves no rule to run");
}

#[test]
fn skip_takes_away_what_select_asks_for() {
    assert_eq!(chosen(&[], &["severity:high"]), ["store-a", "store-d"]);
    assert_eq!(chosen(&["framework:hipaa"], &["store-old-b"]), ["store-d"]);
    assert_eq!(chosen(&["store-a"], &["store-a"])[0], "the selection leaves no rule to run");
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error() {
    assert_eq!(chosen(&["store-aa"], &[]), ["no rule matches `store-aa`", "did you mean `store-a`?"]);
    assert_eq!(chosen(&["nonsense*"], &[])[0], "no rule matches `nonsense*`");
    assert_eq!(chosen(&[], &["service:stoer"]), ["no rule matches `service:stoer`", "did you mean `service:store`?"]);
    assert_eq!(chosen(&["requirement:164.312(c)(1)"], &[])[0], "no rule matches `requirement:164.312(c)(1)`");
}

#[test]
fn what_is_no_pattern_is_an_error() {
    assert_eq!(
        chosen(&["servce:store"], &[]),
        ["`servce:store` is no pattern for rules", "did you mean `service:store`?"]
    );
    assert_eq!(chosen(&["AWS::Store::Shelf"], &[])[1], "did you mean `kind:AWS::Store::Shelf`?");
    assert_eq!(chosen(&["severity:hgih"], &[]), ["there is no severity `hgih`", "did you mean `high`?"]);
    assert_eq!(chosen(&["framework:gdpr"], &[]), ["there is no framework `gdpr`", "known are hipaa, soc2"]);
    assert_eq!(chosen(&["store-["], &[])[0].split(':').next().unwrap(), "`store-[` is no pattern");
}

#[test]
fn a_pattern_that_is_too_long_is_an_error() {
    let longest = format!("store-{}*", "?".repeat(493));
    assert!(chosen(&[&longest], &[])[0].starts_with("no rule matches"));
    let classes = "[!\u{10000}-\u{10ffff}]".repeat(83);
    assert!(chosen(&[&classes], &[])[0].starts_with("no rule matches"), "the longest still compiles");
    for (select, skip) in [(vec![longest.clone() + "?"], vec![]), (vec![], vec!["?".repeat(100_000)])] {
        let select: Vec<&str> = select.iter().map(String::as_str).collect();
        let skip: Vec<&str> = skip.iter().map(String::as_str).collect();
        assert!(chosen(&select, &skip)[0].contains("characters: 500 at most"));
    }
}
