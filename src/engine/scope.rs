//! Which resources hold PHI, by the user's own word.

use std::collections::BTreeMap;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Kinds, Resource};

/// The configured PHI scope. A resource is in scope if its account is listed, its ARN matches a pattern, or it carries
/// one of the tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PhiScope {
    /// Tag keys with the values that mean PHI, such as `DataClassification: [phi, ephi]`. Case matters, as it does to
    /// AWS.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Accounts in which everything is in scope: twelve digits each.
    pub accounts: Vec<String>,
    /// ARN patterns, with `*` for any text and `?` for any character.
    pub arns: Vec<String>,
}

impl PhiScope {
    /// True when nothing is configured: then nothing is in scope.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.accounts.is_empty() && self.arns.is_empty()
    }

    /// Makes the scope ready to be asked about many resources.
    pub fn compile<'a>(&'a self, kinds: &'a Kinds) -> CompiledScope<'a> {
        let arns = self.arns.iter().filter_map(|pattern| Regex::new(&as_regex(pattern)).ok()).collect();
        CompiledScope { scope: self, kinds, arns }
    }
}

/// A scope with its patterns compiled.
#[derive(Debug)]
pub struct CompiledScope<'a> {
    scope: &'a PhiScope,
    kinds: &'a Kinds,
    arns: Vec<Regex>,
}

impl CompiledScope<'_> {
    /// Whether the resource is in scope; `None` when only its tags could tell and they were not read.
    pub fn contains(&self, resource: &Resource) -> Option<bool> {
        let arn = resource.arn.as_deref();
        if self.scope.accounts.contains(&resource.account)
            || arn.is_some_and(|arn| self.arns.iter().any(|pattern| pattern.is_match(arn)))
        {
            return Some(true);
        }
        if self.scope.tags.is_empty() || !self.has_tags(&resource.kind) {
            return Some(false);
        }
        let tags = resource.fact("Tags")?.as_array()?;
        Some(tags.iter().any(|tag| self.means_phi(tag)))
    }

    /// Whether resources of the kind can carry tags that we read.
    pub fn has_tags(&self, kind: &str) -> bool {
        kind_has_tags(self.kinds, kind)
    }

    fn means_phi(&self, tag: &Value) -> bool {
        let text = |name| tag.get(name).and_then(Value::as_str);
        let (Some(key), Some(value)) = (text("Key"), text("Value")) else { return false };
        self.scope.tags.get(key).is_some_and(|values| values.iter().any(|wanted| wanted == value))
    }
}

/// Whether a kind has the fact `Tags`.
pub fn kind_has_tags(kinds: &Kinds, kind: &str) -> bool {
    kinds.get(kind).is_some_and(|kind| kind.schema.pointer("/properties/Tags").is_some())
}

/// The pattern must match the whole ARN.
fn as_regex(pattern: &str) -> String {
    let body: String = pattern
        .chars()
        .map(|character| match character {
            '*' => ".*".to_owned(),
            '?' => ".".to_owned(),
            other => regex::escape(&other.to_string()),
        })
        .collect();
    format!("(?s)^{body}$")
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
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            facts,
        }
    }

    fn by_tag() -> PhiScope {
        PhiScope { tags: [("Data".to_owned(), vec!["phi".to_owned()])].into(), ..PhiScope::default() }
    }

    #[test]
    fn tags_decide_where_they_were_read_and_leave_it_open_where_not() {
        let (kinds, scope) = (kinds(), by_tag());
        let scope = scope.compile(&kinds);
        assert_eq!(scope.contains(&bucket(json!({"Tags": [{"Key": "Data", "Value": "phi"}]}))), Some(true));
        assert_eq!(scope.contains(&bucket(json!({"Tags": [{"Key": "Data", "Value": "PHI"}]}))), Some(false));
        assert_eq!(scope.contains(&bucket(json!({"Tags": []}))), Some(false));
        assert_eq!(scope.contains(&bucket(json!({}))), None);
    }

    #[test]
    fn account_and_arn_decide_without_tags() {
        let kinds = kinds();
        for scope in [
            PhiScope { accounts: vec!["123456789012".to_owned()], ..by_tag() },
            PhiScope { arns: vec!["arn:aws:s3:::rec*".to_owned()], ..by_tag() },
        ] {
            assert_eq!(scope.compile(&kinds).contains(&bucket(json!({}))), Some(true));
        }
        let partial = PhiScope { arns: vec!["arn:aws:s3:::rec".to_owned()], ..PhiScope::default() };
        assert_eq!(partial.compile(&kinds).contains(&bucket(json!({}))), Some(false));
    }

    #[test]
    fn what_cannot_be_tagged_is_not_in_scope_by_tags() {
        let (kinds, scope) = (kinds(), by_tag());
        let account = Resource { kind: "AWS::Account".to_owned(), ..bucket(json!({})) };
        assert_eq!(scope.compile(&kinds).contains(&account), Some(false));
    }
}
