//! Derives the permissions that the selected rules need, and the rules that stay undecided without one of them.
//!
//! Everything here follows from what the collectors declare and the rules read; nothing asks AWS. Two things cannot be
//! known without an account: whether other facts decide a verdict all the same (`a || b`), and whether there is any
//! resource to ask about. So [`Permissions::undecided_without`] names the rules whose verdict depends on what is
//! missing, and not those that will certainly be unknown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::PhiScope;
use crate::aws::{LIST_REGIONS, Operation, Plan, Yield};
use crate::collect;
use crate::engine::scope;
use crate::model::{Kinds, SERVICE, Scope, TAGGED_RESOURCE, WHOLE_ACCOUNT};
use crate::rule::{IN_PHI_SCOPE, Rule, RuleSet};
use crate::services;

/// The most characters that AWS takes in a managed policy; it does not count white space.
pub const MANAGED_POLICY_LIMIT: usize = 6144;

/// The needs of a scan: the rules, and the settings that change what is asked.
#[derive(Debug, Clone, Copy)]
pub struct Permissions<'a> {
    /// The selected rules.
    pub rules: &'a RuleSet,
    /// Every kind that they may judge.
    pub kinds: &'a Kinds,
    /// The scope of resources that hold PHI: a scope by tags reads tags.
    pub phi_scope: &'a PhiScope,
    /// True if every region that the account has enabled is read, which asks for their list.
    pub all_regions: bool,
}

/// An IAM policy document, one statement for each service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PermissionPolicy {
    version: &'static str,
    statement: Vec<ServiceStatement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceStatement {
    sid: String,
    effect: &'static str,
    action: Vec<String>,
    resource: &'static str,
}

impl<'a> Permissions<'a> {
    /// The operations that a scan calls, sorted by service and name.
    pub fn operations(&self) -> Vec<&'static Operation> {
        let plan = self.plan();
        let is_called = |operation: &&Operation| match **operation {
            // Which regions there are is always asked, so that a report can say which were not read.
            LIST_REGIONS => true,
            // GetCallerIdentity yields no facts but is always called.
            operation => operation.yields.is_empty() || plan.wants(&operation),
        };
        collect::operations().into_iter().filter(is_called).collect()
    }

    /// Plans what is read for the rules, and, if a rule asks which services are in use, for the observers.
    fn plan(&self) -> Plan {
        let plan = super::plan(self.rules, self.kinds, self.phi_scope);
        match super::asks_for_services(self.rules) {
            true => plan.with_kinds(services::OBSERVED_KINDS.into_iter().map(str::to_owned)),
            false => plan,
        }
    }

    /// The IAM actions that these need, sorted, each with its operations.
    pub fn actions(&self) -> BTreeMap<&'static str, Vec<&'static Operation>> {
        let mut actions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for operation in self.operations() {
            for action in operation.iam_actions {
                actions.entry(*action).or_default().push(operation);
            }
        }
        actions
    }

    /// The least-privilege policy: one document, or several where one would be too large for AWS.
    pub fn policies(&self) -> Vec<PermissionPolicy> {
        policies(self.actions().into_keys(), MANAGED_POLICY_LIMIT)
    }

    /// The rules that read anything which one of these operations gives, for the verdict, the message or the severity.
    pub fn rules_served_by(&self, operations: &[&Operation]) -> BTreeSet<&'a str> {
        let served = |rule: &&Rule| {
            let needs = rule.needs();
            // Every finding says whether its resource holds PHI.
            let asked = asked_for_scope(&needs.facts).chain([rule.kind.as_str()]);
            operations.iter().any(|operation| {
                self.gives(operation, rule, &needs.populations, &needs.facts)
                    || asked.clone().any(|kind| self.tells_scope(operation, kind))
            })
        };
        self.rules.iter().filter(served).map(|rule| rule.id.as_str()).collect()
    }

    /// The rules whose verdict hangs on what these operations give: those that may be unknown when all of them are
    /// denied.
    pub fn undecided_without(&self, denied: &[&Operation]) -> BTreeSet<&'a str> {
        let hangs = |rule: &&Rule| denied.iter().any(|operation| self.verdict_hangs_on(operation, rule));
        self.rules.iter().filter(hangs).map(|rule| rule.id.as_str()).collect()
    }

    fn verdict_hangs_on(&self, operation: &Operation, rule: &Rule) -> bool {
        let needs = rule.verdict_needs();
        self.gives(operation, rule, &needs.populations, &needs.facts)
            || asked_for_scope(&needs.facts).any(|kind| self.tells_scope(operation, kind))
    }

    /// Tells whether the operation gives any of these facts, or a list that the rule goes through.
    fn gives(
        &self,
        operation: &Operation,
        rule: &Rule,
        populations: &BTreeSet<String>,
        facts: &BTreeSet<(String, String)>,
    ) -> bool {
        let lists = || populations.iter().map(String::as_str).chain([rule.kind.as_str()]);
        // In a region that is not known, no list of any kind is read.
        if *operation == LIST_REGIONS && self.all_regions {
            return lists().any(|kind| kind == SERVICE)
                || lists().any(|kind| self.kinds.get(kind).is_some_and(|kind| kind.scope == Scope::Region));
        }
        let tells_services = lists().any(|kind| kind == SERVICE) && self.shows_services(operation);
        tells_services
            || operation.yields.iter().any(|part| match part {
                Yield::Population(kind) => lists().any(|wanted| wanted == *kind),
                Yield::AllFacts(kind) => facts.iter().any(|(of, _)| of == kind),
                Yield::Facts(kind, names) => {
                    facts.iter().any(|(of, fact)| of == kind && names.contains(&fact.as_str()))
                }
            })
    }

    /// Tells whether the operation shows which services are in use. Every operation does that lists a kind or that an
    /// observer needs.
    fn shows_services(&self, operation: &Operation) -> bool {
        let plan = self.plan();
        operation.yields.iter().any(|part| match part {
            Yield::Population(kind) => plan.wants_kind(kind),
            Yield::Facts(kind, _) | Yield::AllFacts(kind) => services::OBSERVED_KINDS.contains(kind),
        })
    }

    /// Tells whether the operation shows if a resource of the kind holds PHI. An account holds PHI if anything in it
    /// does, so that any tags show it.
    fn tells_scope(&self, operation: &Operation, wanted: &str) -> bool {
        if !self.phi_scope.needs_tagging() {
            return false;
        }
        let of_account = WHOLE_ACCOUNT.contains(&wanted);
        operation.yields.iter().any(|part| match part {
            Yield::Population(kind) => of_account && *kind == TAGGED_RESOURCE,
            Yield::Facts(kind, names) => (of_account || wanted == *kind) && self.is_tags(kind, names),
            Yield::AllFacts(kind) => (of_account || wanted == *kind) && self.is_tags(kind, &["Tags"]),
        })
    }

    fn is_tags(&self, kind: &str, facts: &[&str]) -> bool {
        !self.phi_scope.tags.is_empty() && facts.contains(&"Tags") && scope::kind_has_tags(self.kinds, kind)
    }
}

/// The kinds for which a condition asks whether a resource holds PHI.
fn asked_for_scope(facts: &BTreeSet<(String, String)>) -> impl Iterator<Item = &str> + Clone {
    facts.iter().filter(|(_, fact)| fact == IN_PHI_SCOPE).map(|(kind, _)| kind.as_str())
}

/// Documents that allow these actions and nothing else, none of them longer than `limit` without white space. A service
/// stands in one document unless it fills more than one by itself. Actions are allowed on every resource, because a scan
/// looks at all that there are, and most lists know no smaller unit.
pub fn policies<'a>(actions: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<PermissionPolicy> {
    let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for action in actions {
        services.entry(action.split(':').next().unwrap_or_default()).or_default().insert(action);
    }
    let mut documents = Vec::new();
    let mut open = PermissionPolicy::empty();
    for actions in services.into_values() {
        let whole = actions.iter().fold(open.clone(), |policy, action| policy.with(action));
        if whole.characters() <= limit {
            open = whole;
            continue;
        }
        documents.push(std::mem::replace(&mut open, PermissionPolicy::empty()));
        for action in actions {
            let longer = open.with(action);
            if longer.characters() <= limit {
                open = longer;
            } else {
                documents.push(std::mem::replace(&mut open, PermissionPolicy::empty().with(action)));
            }
        }
    }
    documents.push(open);
    documents.retain(|document| !document.statement.is_empty());
    documents
}

impl PermissionPolicy {
    fn empty() -> Self {
        Self { version: "2012-10-17", statement: Vec::new() }
    }

    fn with(&self, action: &str) -> Self {
        let mut longer = self.clone();
        let sid = sid(action);
        match longer.statement.iter_mut().find(|statement| statement.sid == sid) {
            Some(statement) => statement.action.push(action.to_owned()),
            None => {
                longer.statement.push(ServiceStatement {
                    sid,
                    effect: "Allow",
                    action: vec![action.to_owned()],
                    resource: "*",
                });
            }
        }
        longer
    }

    /// Counts the characters as AWS does. Neither ids nor actions have spaces in them.
    pub fn characters(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |text| text.len())
    }

    /// The actions that it allows.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.statement.iter().flat_map(|statement| &statement.action).map(String::as_str)
    }
}

/// `ReadSocialMessaging` for `social-messaging:...`: AWS takes letters and digits only.
fn sid(action: &str) -> String {
    let service = action.split(':').next().unwrap_or_default();
    let words = service.split(|character: char| !character.is_ascii_alphanumeric());
    let capitalized = words.map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    format!("Read{}", capitalized.collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Catalog;
    use crate::rule::Selection;

    struct Set {
        kinds: Kinds,
        rules: RuleSet,
        phi_scope: PhiScope,
    }

    fn selected(patterns: &[&str]) -> Set {
        let kinds = super::super::kinds();
        let select = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let all = RuleSet::builtin(&kinds, &Catalog::builtin().unwrap()).unwrap();
        let rules = all.select(&Selection { select, ..Selection::default() }).unwrap();
        Set { kinds, rules, phi_scope: PhiScope::default() }
    }

    impl Set {
        fn permissions(&self) -> Permissions<'_> {
            Permissions { rules: &self.rules, kinds: &self.kinds, phi_scope: &self.phi_scope, all_regions: false }
        }

        fn actions(&self) -> Vec<&'static str> {
            self.permissions().actions().into_keys().collect()
        }
    }

    fn operation(name: &str) -> &'static Operation {
        collect::operations().into_iter().find(|operation| operation.name == name).unwrap()
    }

    #[test]
    fn a_rule_needs_what_it_reads_and_the_way_there() {
        let set = selected(&["s3-bucket-versioning"]);
        // Which regions there are is asked whatever is read, because a report says which were not read.
        let reads = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListAllMyBuckets"];
        assert_eq!(set.actions(), [["account:ListRegions"].as_slice(), &reads].concat());
    }

    #[test]
    fn a_scope_by_tags_needs_tags_and_the_identity_needs_nothing() {
        let by_tags = PhiScope { tags: [("Data".to_owned(), vec!["phi".to_owned()])].into(), ..PhiScope::default() };
        let set = Set { phi_scope: by_tags, ..selected(&["s3-bucket-tls-only"]) };
        let actions = set.actions();
        assert!(actions.contains(&"tag:GetResources") && actions.contains(&"s3:GetBucketTagging"), "{actions:?}");
        assert!(!actions.iter().any(|action| action.starts_with("sts:")), "{actions:?}");
        assert!(set.permissions().operations().iter().any(|operation| operation.name == "GetCallerIdentity"));
    }

    #[test]
    fn only_what_the_verdict_hangs_on_leaves_a_rule_undecided() {
        let set = selected(&["s3-bucket-tls-only", "s3-bucket-versioning"]);
        let without = |name: &str| set.permissions().undecided_without(&[operation(name)]);
        assert_eq!(without("GetBucketPolicy"), BTreeSet::from(["s3-bucket-tls-only"]));
        assert_eq!(without("GetBucketVersioning"), BTreeSet::from(["s3-bucket-versioning"]));
        assert_eq!(without("ListBuckets").len(), 2, "no list, no verdict");
        assert_eq!(without("GetBucketLocation").len(), 2, "no region to ask in");
        assert!(without("GetBucketTagging").is_empty() && without("ListKeys").is_empty());
    }

    #[test]
    fn regions_that_nobody_knows_leave_regional_rules_undecided() {
        let set = selected(&["s3-bucket-tls-only", "kms-key-rotation"]);
        let all = Permissions { all_regions: true, ..set.permissions() };
        assert_eq!(all.undecided_without(&[&LIST_REGIONS]), BTreeSet::from(["kms-key-rotation"]));
        assert!(set.permissions().undecided_without(&[&LIST_REGIONS]).is_empty());
    }

    #[test]
    fn actions_stand_by_service_under_an_id_that_aws_takes() {
        let documents = policies(["s3:B", "social-messaging:A", "s3:A", "s3:B"], MANAGED_POLICY_LIMIT);
        assert_eq!(
            serde_json::to_value(&documents).unwrap(),
            json!([{"Version": "2012-10-17", "Statement": [
                {"Sid": "ReadS3", "Effect": "Allow", "Action": ["s3:A", "s3:B"], "Resource": "*"},
                {"Sid": "ReadSocialMessaging", "Effect": "Allow", "Action": ["social-messaging:A"], "Resource": "*"},
            ]}])
        );
    }

    #[test]
    fn a_policy_that_is_too_large_becomes_several_and_loses_nothing() {
        let names: Vec<String> =
            (0..900).map(|number| format!("service{}:DescribeThing{number}", number % 7)).collect();
        let documents = policies(names.iter().map(String::as_str), MANAGED_POLICY_LIMIT);
        assert!(documents.len() > 2);
        let allowed: BTreeSet<&str> = documents.iter().flat_map(PermissionPolicy::actions).collect();
        assert_eq!(allowed, names.iter().map(String::as_str).collect());
        assert!(documents.iter().all(|document| document.characters() <= MANAGED_POLICY_LIMIT));
        let services = |document: &PermissionPolicy| document.statement.len();
        assert!(documents.iter().map(services).sum::<usize>() <= 7 + documents.len(), "services are kept together");
    }

    #[test]
    fn a_service_stands_in_one_policy_if_it_fits() {
        let names: Vec<String> = (0..60).map(|number| format!("service{}:DescribeThing{number}", number % 6)).collect();
        let documents = policies(names.iter().map(String::as_str), 1000);
        assert!(documents.len() > 1);
        for service in 0..6 {
            let prefix = format!("service{service}:");
            let holds = |document: &&PermissionPolicy| document.actions().any(|action| action.starts_with(&prefix));
            assert_eq!(documents.iter().filter(holds).count(), 1, "{prefix}");
        }
        assert!(policies([], 1000).is_empty());
    }

    #[test]
    fn all_built_in_rules_fit_into_as_many_policies_as_a_role_takes_beside_others() {
        let set = selected(&["framework:hipaa", "framework:soc2"]);
        let documents = set.permissions().policies();
        assert!(documents.len() <= 6, "{} policies", documents.len());
        assert!(documents.iter().all(|document| document.characters() <= MANAGED_POLICY_LIMIT));
    }
}
