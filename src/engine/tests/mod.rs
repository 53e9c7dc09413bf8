use super::testing::*;
use crate::model::Verdict;
use crate::rule::testing::{good_but, set};

#[test]
fn a_pass_over_nothing_is_not_applicable_and_says_what_there_is_none_of() {
    let passes = "resource.Locked == true && resource.Days >= params.min_days";
    let rules = set(vec![good_but(passes, "resources('AWS::Store::Label').all(label, label.Text == 'checked')")]);
    let mut snapshot = snapshot("2026-06-01", vec![shelf("a", "us-east-1", locked_shelf())]);
    let of_shelf = |snapshot: &_| {
        let found = findings(snapshot, &rules).into_iter().find(|finding| finding.resource.id.is_some()).unwrap();
        (found.verdict, found.message)
    };
    assert_eq!(of_shelf(&snapshot).0, Verdict::Unknown, "the labels were not read");
    snapshot.header.kinds.push("AWS::Store::Label".to_owned());
    let message = "does not apply: there is nothing to judge (no AWS::Store::Label that it concerns)";
    assert_eq!(of_shelf(&snapshot), (Verdict::NotApplicable, message.to_owned()));
}
