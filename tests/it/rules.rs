//! The rules of this build.

use safeguard::catalog::Catalog;
use safeguard::model::RuleInfo;
use safeguard::rule::RuleSet;
use safeguard::rule::lint::lint_builtin;
use safeguard::scan;

#[test]
fn nothing_is_wrong_with_any_built_in_rule() {
    let problems = lint_builtin(&scan::kinds(), &Catalog::builtin().unwrap());
    assert!(problems.is_empty(), "{}", problems.iter().map(|problem| format!("{problem}\n\n")).collect::<String>());
}

/// The built-in rules that judge resources of this kind.
fn rules_on(kind: &str) -> Vec<RuleInfo> {
    let rules = RuleSet::builtin(&scan::kinds(), &Catalog::builtin().unwrap()).unwrap();
    scan::rule_infos(&rules).into_iter().filter(|rule| rule.kind == kind).collect()
}

/// Who keeps a role is decided once, by the collector: each rule says which of its two answers matters. Whom a role trusts is
/// asked whoever keeps it.
#[test]
fn rules_on_roles_and_inline_policies_say_what_they_do_with_those_that_aws_keeps() {
    for rule in ["AWS::IAM::Role", "AWS::IAM::Policy"].into_iter().flat_map(rules_on) {
        if rule.pass.contains("resource.AssumeRolePolicyDocument") || rule.pass.contains("resource.MaxSessionDuration") {
            continue;
        }
        let when = rule.when.as_deref().unwrap_or_default();
        let says = ["resource.ManagedBy == null", "!resource.HasRightsOfAWS"].iter().any(|words| when.contains(words));
        assert!(says, "{} judges roles that only AWS can change", rule.id);
    }
}

/// A permissions boundary grants nothing, and a policy that allows everything belongs to one rule.
#[test]
fn rules_on_what_a_policy_allows_leave_out_boundaries_and_administrators() {
    for rule in ["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"].into_iter().flat_map(rules_on) {
        let when = rule.when.as_deref().unwrap_or_default();
        if !rule.pass.contains("!allows_") {
            continue;
        }
        if rule.kind == "AWS::IAM::ManagedPolicy" && when.contains("!resource.IsAWSManaged") {
            assert!(when.contains("resource.PermissionsBoundaryUsageCount == 0"), "{} judges boundaries", rule.id);
        }
        if !rule.pass.contains("!allows_admin(") {
            assert!(when.contains("!allows_admin(resource.PolicyDocument)"), "{} judges administrators", rule.id);
        }
    }
}
