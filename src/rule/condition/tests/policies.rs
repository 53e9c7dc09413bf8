//! Questions about several policies of one bearer: one that is not known leaves the answer open.

use super::*;

/// The two halves of a way to more rights, and what leads nowhere.
fn facts() -> Value {
    let allow = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    json!({
        "Policy": allow("iam:PassRole"), "Anything": allow("ec2:RunInstances"), "Numbers": [1, 2], "Names": ["a"],
        "Nested": null,
    })
}

fn answer(policies: &str, boundary: &str) -> Truth {
    truth(&format!("allows_privilege_escalation_together({policies}, {boundary})"), facts())
}

#[test]
fn policies_count_together_under_a_boundary() {
    assert_eq!(answer("[resource.Policy]", "null"), Truth::False);
    assert_eq!(answer("[resource.Policy, resource.Anything]", "null"), Truth::True);
    assert_eq!(answer("[resource.Policy] + [null, resource.Anything]", "null"), Truth::True);
    assert_eq!(answer("[resource.Policy, resource.Anything]", "resource.Policy"), Truth::False);
    assert_eq!(answer("[]", "resource.Policy"), Truth::False);
    assert_eq!(
        answer("[resource.Policy, resource.Anything]", "resource.Nested == null ? null : resource.Policy"),
        Truth::True
    );
}

#[test]
fn what_was_not_read_may_grant_or_deny() {
    let mut unread = facts();
    unread.as_object_mut().unwrap().remove("Policy");
    let unknown = [
        "allows_privilege_escalation_together([resource.Policy, resource.Anything], null)",
        "allows_privilege_escalation_together([resource.Anything], resource.Policy)",
        "allows_admin_together(resource.Numbers.map(n, resource.Policy), null)",
        "allows_admin_together(resource.Names.map(name, lookup('AWS::Test::Other', 'Name', name)).map(o, resource.Policy), null)",
    ];
    for source in unknown {
        assert_eq!(truth(source, unread.clone()), Truth::Unknown, "{source}");
    }
}

#[test]
fn a_list_that_may_be_longer_leaves_it_open_and_says_which() {
    let others = vec![json!({"Name": "a"})];
    let world = World { others, others_are_incomplete: true, ..World::of(facts()) };
    let mut trace = Trace::on();
    let source = "allows_admin_together(resources('AWS::Test::Other').map(o, resource.Policy), null)";
    assert_eq!(world.judge(&compiled(source), &mut trace), Ok(Truth::Unknown));
    assert_eq!(trace.populations().collect::<Vec<_>>(), [OTHER]);
    let complete = World { others_are_incomplete: false, ..world };
    assert_eq!(complete.judge(&compiled(source), &mut Trace::off()), Ok(Truth::False));
}

#[test]
fn only_lists_of_policies_are_policies() {
    for wrong in ["resource.Names", "[resource.Name]", "resources('AWS::Test::Other')", "null"] {
        let errors = compile(&format!("allows_admin_together({wrong}, null)")).unwrap_err();
        assert!(errors[0].message.contains("takes list of policy documents"), "{wrong}: {errors:?}");
    }
    let errors = compile("allows_admin_together([resource.Policy], resource.Names)").unwrap_err();
    assert!(errors[0].message.contains("takes policy document or null"), "{errors:?}");
}
