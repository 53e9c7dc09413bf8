//! The scope of PHI: which resources hold it, by the user's own word.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wildcard::Wildcard;
use crate::model::{AccountId, Arn, Kinds, PhiScopeInfo, Resource, TAGGED_RESOURCE, WHOLE_ACCOUNT, is_attested};

/// The configured PHI scope. A resource is in scope if its account is listed, its ARN matches a pattern, or it carries
/// one of the tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PhiScope {
    /// Tag keys with the values that mean PHI, such as `DataClassification: [phi, ephi]`. Case matters, as it does to
    /// AWS.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Accounts in which everything is in scope: twelve digits each.
    pub accounts: Vec<AccountId>,
    /// ARN patterns, with `*` for any text and `?` for any character.
    pub arns: Vec<String>,
}

impl PhiScope {
    /// True when nothing is configured: then nothing is in scope.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.accounts.is_empty() && self.arns.is_empty()
    }

    /// Tells whether resources can be in scope that only the tagging API knows: of any service, by tag or by ARN.
    pub fn needs_tagging(&self) -> bool {
        !self.tags.is_empty() || !self.arns.is_empty()
    }

    /// Makes the scope ready to be asked about the resources of a snapshot. `tagging_is_complete` says whether the list
    /// of tagged resources was read to its end in every region.
    pub fn compile<'a>(
        &'a self,
        kinds: &'a Kinds,
        resources: impl Iterator<Item = &'a Resource> + Clone,
        tagging_is_complete: bool,
    ) -> CompiledScope<'a> {
        let arns = self.arns.iter().map(|pattern| Wildcard::new(pattern)).collect();
        let mut scope = CompiledScope { scope: self, kinds, arns, tagged: HashMap::new(), account: None };
        if !self.tags.is_empty() {
            let tagged = resources.clone().filter(|resource| resource.kind == TAGGED_RESOURCE);
            let with_tags = tagged.filter_map(|resource| Some((resource.arn.as_deref()?, tags(resource)?)));
            scope.tagged = with_tags.collect();
        }
        scope.account = scope.of_account(resources, tagging_is_complete);
        scope
    }
}

/// A scope with its patterns compiled, over one snapshot.
#[derive(Debug)]
pub struct CompiledScope<'a> {
    scope: &'a PhiScope,
    kinds: &'a Kinds,
    arns: Vec<Wildcard>,
    /// The tags that the tagging API tells, by ARN.
    tagged: HashMap<&'a str, &'a [Value]>,
    account: Option<bool>,
}

impl CompiledScope<'_> {
    /// Tells whether the resource is in scope; `None` when only what was not read could tell.
    ///
    /// A resource of a [whole-account kind](WHOLE_ACCOUNT) is in scope if anything in the account is. Without a
    /// configured scope that is unknown, because nobody said where PHI is; every other resource is then out of scope.
    pub fn contains(&self, resource: &Resource) -> Option<bool> {
        // An attestation holds no PHI.
        if is_attested(&resource.kind) {
            return Some(false);
        }
        if is_part(resource) { self.holds(resource) } else { self.account }
    }

    /// Turns the answer into what a report says of a resource. A scope that is not configured holds nothing, though
    /// rules may not conclude from it that an account holds no PHI.
    pub fn by_configuration(&self, in_scope: Option<bool>) -> Option<bool> {
        if self.scope.is_empty() { Some(false) } else { in_scope }
    }

    /// Counts the resources that are in scope.
    pub fn measure<'r>(&self, resources: impl Iterator<Item = &'r Resource>) -> PhiScopeInfo {
        let mut by_name: HashMap<&str, Option<bool>> = HashMap::new();
        for resource in resources.filter(|resource| is_part(resource)) {
            let name = resource.arn.as_deref().unwrap_or(&resource.id);
            let found = self.holds(resource);
            let known = by_name.entry(name).or_insert(found);
            *known = match (*known, found) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (None, _) | (_, None) => None,
                _ => Some(false),
            };
        }
        let count = |wanted: Option<bool>| by_name.values().filter(|found| **found == wanted).count();
        PhiScopeInfo {
            is_configured: !self.scope.is_empty(),
            in_scope: count(Some(true)),
            undecided: count(None),
            account_holds_phi: self.account,
        }
    }

    /// Tells whether resources can be in scope that only the tagging API knows.
    pub fn needs_tagging(&self) -> bool {
        self.scope.needs_tagging()
    }

    /// Says why nothing tells whether the account holds PHI, in words; `None` where that is known or a gap tells why.
    pub fn why_undecided(&self, kind: &str) -> Option<&'static str> {
        let undecided = WHOLE_ACCOUNT.contains(&kind) && self.account.is_none();
        match self.scope {
            _ if !undecided => None,
            scope if scope.is_empty() => Some(
                "it is not known whether the account holds PHI, because no PHI scope is configured (`phi_scope` in the \
                 config file names tags, accounts or ARN patterns)",
            ),
            _ => Some(
                "nothing that was read is in the PHI scope, but something that was not read may be (`phi_scope.accounts` in \
                 the config file says it for a whole account)",
            ),
        }
    }

    fn of_account<'r>(
        &self,
        resources: impl Iterator<Item = &'r Resource> + Clone,
        tagging_is_complete: bool,
    ) -> Option<bool> {
        if self.scope.is_empty() {
            return None;
        }
        let account = resources.clone().next().map_or("", |resource| &resource.account);
        let may_match_unread = |pattern: &String| may_be_in(pattern, account);
        let mut undecided =
            self.scope.arns.iter().any(may_match_unread) || (!self.scope.tags.is_empty() && !tagging_is_complete);
        let is_listed = |resource: &Resource| self.scope.accounts.contains(&resource.account);
        if resources.clone().any(is_listed) {
            return Some(true);
        }
        for resource in resources.filter(|resource| is_part(resource)) {
            match self.holds(resource) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => undecided = true,
            }
        }
        (!undecided).then_some(false)
    }

    fn holds(&self, resource: &Resource) -> Option<bool> {
        let arn = resource.arn.as_deref();
        if self.scope.accounts.contains(&resource.account)
            || arn.is_some_and(|arn| self.arns.iter().any(|pattern| pattern.matches(arn)))
        {
            return Some(true);
        }
        if self.scope.tags.is_empty() {
            return Some(false);
        }
        let known = tags(resource).or_else(|| arn.and_then(|arn| self.tagged.get(arn).copied()));
        match known {
            Some(tags) => Some(tags.iter().any(|tag| self.means_phi(tag))),
            None => (!self.has_tags(&resource.kind)).then_some(false),
        }
    }

    /// Tells whether resources of the kind can carry tags that we read.
    pub fn has_tags(&self, kind: &str) -> bool {
        kind_has_tags(self.kinds, kind)
    }

    fn means_phi(&self, tag: &Value) -> bool {
        let text = |name| tag.get(name).and_then(Value::as_str);
        let (Some(key), Some(value)) = (text("Key"), text("Value")) else { return false };
        self.scope.tags.get(key).is_some_and(|values| values.iter().any(|wanted| wanted == value))
    }
}

/// Tells whether the resource is one of many in its account, and does not stand for all of it.
fn is_part(resource: &Resource) -> bool {
    !WHOLE_ACCOUNT.contains(&resource.kind.as_str()) && !is_attested(&resource.kind)
}

/// The tags of a resource by its own facts, if they were read.
fn tags(resource: &Resource) -> Option<&[Value]> {
    resource.fact("Tags")?.as_array().map(Vec::as_slice)
}

/// Tells whether a kind has the fact `Tags`.
pub fn kind_has_tags(kinds: &Kinds, kind: &str) -> bool {
    kinds.get(kind).is_some_and(|kind| kind.schema().pointer("/properties/Tags").is_some())
}

/// Tells whether a pattern of ARNs can match one in the account: ARNs of S3, for one, name none.
fn may_be_in(pattern: &str, account: &str) -> bool {
    let named = Arn::parse(pattern).map_or("", |arn| arn.account);
    named.is_empty() || Wildcard::new(named).matches(account)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Kind, Scope};

    #[derive(serde::Serialize, JsonSchema)]
    #[serde(rename_all = "PascalCase")]
    struct Tagged {
        tags: Vec<Value>,
    }

    fn kinds() -> Kinds {
        [
            Kind::of::<Tagged>("AWS::S3::Bucket", "s3", Scope::Account),
            Kind::of::<()>("AWS::Account", "account", Scope::Account),
        ]
        .into_iter()
        .collect()
    }

    fn bucket(facts: Value) -> Resource {
        Resource {
            kind: "AWS::S3::Bucket".to_owned(),
            id: "records".to_owned(),
            arn: Some("arn:aws:s3:::records".to_owned()),
            account: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            facts,
        }
    }

    fn by_tag() -> PhiScope {
        PhiScope { tags: [("Data".to_owned(), vec!["phi".to_owned()])].into(), ..PhiScope::default() }
    }

    #[test]
    fn tags_decide_where_they_were_read_and_leave_it_open_where_not() {
        let (kinds, scope) = (kinds(), by_tag());
        let scope = scope.compile(&kinds, [].iter(), true);
        assert_eq!(scope.contains(&bucket(json!({"Tags": [{"Key": "Data", "Value": "phi"}]}))), Some(true));
        assert_eq!(scope.contains(&bucket(json!({"Tags": [{"Key": "Data", "Value": "PHI"}]}))), Some(false));
        assert_eq!(scope.contains(&bucket(json!({"Tags": []}))), Some(false));
        assert_eq!(scope.contains(&bucket(json!({}))), None);
    }

    #[test]
    fn account_and_arn_decide_without_tags() {
        let kinds = kinds();
        for scope in [
            PhiScope { accounts: vec!["123456789012".parse().unwrap()], ..by_tag() },
            PhiScope { arns: vec!["arn:aws:s3:::rec*".to_owned()], ..by_tag() },
        ] {
            assert_eq!(scope.compile(&kinds, [].iter(), true).contains(&bucket(json!({}))), Some(true));
        }
        let partial = PhiScope { arns: vec!["arn:aws:s3:::rec".to_owned()], ..PhiScope::default() };
        assert_eq!(partial.compile(&kinds, [].iter(), true).contains(&bucket(json!({}))), Some(false));
    }

    #[test]
    fn the_tagging_api_tells_the_tags_that_were_not_read_elsewhere() {
        let kinds = kinds();
        let untold = Resource { kind: "AWS::S3::AccessPoint".to_owned(), ..bucket(json!({})) };
        for (value, expected) in [("phi", Some(true)), ("public", Some(false))] {
            let resources = [tagged(value)];
            let scope = by_tag();
            let scope = scope.compile(&kinds, resources.iter(), true);
            assert_eq!(scope.contains(&bucket(json!({}))), expected, "{value}");
            assert_eq!(scope.contains(&untold), expected, "a kind whose tags no collector reads, {value}");
            assert_eq!(scope.contains(&bucket(json!({"Tags": []}))), Some(false), "its own answer counts first");
        }
    }

    #[test]
    fn what_cannot_be_tagged_is_not_in_scope_by_tags() {
        let (kinds, scope) = (kinds(), by_tag());
        let region = Resource { kind: "AWS::Region".to_owned(), arn: None, ..bucket(json!({})) };
        assert_eq!(scope.compile(&kinds, [].iter(), true).contains(&region), Some(false));
    }

    #[test]
    fn an_account_is_in_scope_by_anything_in_it() {
        let (kinds, account) = (kinds(), account());
        let phi = bucket(json!({"Tags": [{"Key": "Data", "Value": "phi"}]}));
        let (plain, unread) = (bucket(json!({"Tags": []})), bucket(json!({})));
        let listed = || PhiScope { accounts: vec!["123456789012".parse().unwrap()], ..PhiScope::default() };
        let elsewhere = || PhiScope { accounts: vec!["210987654321".parse().unwrap()], ..PhiScope::default() };
        let by_arn = || PhiScope { arns: vec!["arn:aws:s3:::other*".to_owned()], ..PhiScope::default() };
        for (scope, resources, tagging_is_complete, expected) in [
            (PhiScope::default(), vec![phi.clone()], true, None),
            (listed(), vec![], false, Some(true)),
            (elsewhere(), vec![plain.clone()], false, Some(false)),
            (by_tag(), vec![plain.clone(), phi.clone()], false, Some(true)),
            (by_tag(), vec![plain.clone(), tagged("phi")], true, Some(true)),
            (by_tag(), vec![plain.clone()], true, Some(false)),
            (by_tag(), vec![plain.clone()], false, None),
            (by_tag(), vec![plain.clone(), unread], true, None),
            (by_arn(), vec![plain], true, None),
        ] {
            let mut resources = resources;
            resources.push(account.clone());
            let compiled = scope.compile(&kinds, resources.iter(), tagging_is_complete);
            assert_eq!(compiled.contains(&account), expected, "{scope:?} {resources:?}");
            assert_eq!(compiled.why_undecided(&account.kind).is_some(), expected.is_none());
        }
    }

    #[test]
    fn a_resource_that_two_calls_told_of_counts_once() {
        let kinds = kinds();
        let other = |arn: &str, facts| Resource { arn: Some(arn.to_owned()), ..bucket(facts) };
        let resources = [
            bucket(json!({})),
            tagged("phi"),
            other("arn:aws:s3:::unread", json!({})),
            other("arn:aws:s3:::logs", json!({"Tags": []})),
            account(),
        ];
        let scope = by_tag();
        let measured = scope.compile(&kinds, resources.iter(), true).measure(resources.iter());
        let expected = PhiScopeInfo { is_configured: true, in_scope: 1, undecided: 1, account_holds_phi: Some(true) };
        assert_eq!(measured, expected);
    }

    fn account() -> Resource {
        Resource { kind: "AWS::Account".to_owned(), arn: None, ..bucket(json!({})) }
    }

    fn tagged(value: &str) -> Resource {
        Resource { kind: TAGGED_RESOURCE.to_owned(), ..bucket(json!({"Tags": [{"Key": "Data", "Value": value}]})) }
    }
}
