mod agreement;
mod reference;

use super::testing::*;
use crate::model::{Gap, Verdict};
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

/// A missing permission fails a call for each resource. A finding about a list that they leave open names the first of
/// them, so that findings do not grow with the number of resources.
#[test]
fn of_many_calls_that_failed_alike_a_finding_names_the_first() {
    let mut snapshot = snapshot("2026-06-01", vec![shelf("a", "us-east-1", locked_shelf())]);
    let about = |number: usize| Gap { resource: Some(format!("{number:04}")), ..unread_list("us-east-1") };
    snapshot.gaps = (0..1000).map(about).collect();
    snapshot.gaps.push(unread_list("eu-west-1"));
    let passes = "resource.Locked == true && resources('AWS::Store::Shelf').size() == params.min_days";
    let findings = findings(
        &snapshot,
        &set(vec![good_but("resource.Locked == true && resource.Days >= params.min_days", passes)]),
    );
    let told: Vec<(usize, &str)> = findings.iter().map(|finding| (finding.gaps.len(), &*finding.message)).collect();
    let denied = "store:ListShelves access denied (AccessDenied)";
    let unread = "not decided: it is not known which AWS::Store::Shelf there are in";
    let expected = [
        (1, format!("{unread} eu-west-1: {denied}")),
        (8, format!("{unread} us-east-1: {}; 992 more calls failed alike", [denied; 8].join("; "))),
        (9, format!("not decided: not all AWS::Store::Shelf could be listed ({denied}; 992 more calls failed alike)")),
    ];
    assert_eq!(told, expected.each_ref().map(|(gaps, message)| (*gaps, &**message)));
}

#[test]
fn findings_come_worst_first_and_then_by_rule_region_and_resource() {
    let ids = [("b", "us-east-1"), ("a", "us-east-1"), ("c", "eu-west-1"), ("a", "eu-west-1"), ("d", "ap-south-1")];
    let mut snapshot = snapshot("2026-06-01", ids.iter().map(|(id, region)| shelf(id, region, open_shelf())).collect());
    snapshot.gaps = ["us-east-1", "sa-east-1", "eu-west-2", "eu-west-1"].map(unread_list).to_vec();
    let found = findings(&snapshot, &rules());
    let places: Vec<(&str, Option<&str>)> =
        found.iter().map(|finding| (&*finding.resource.region, finding.resource.id.as_deref())).collect();
    let expected = [
        ("ap-south-1", Some("d")),
        ("eu-west-1", None),
        ("eu-west-1", Some("a")),
        ("eu-west-1", Some("c")),
        ("eu-west-2", None),
        ("sa-east-1", None),
        ("us-east-1", None),
        ("us-east-1", Some("a")),
        ("us-east-1", Some("b")),
    ];
    assert_eq!(places, expected);
}
