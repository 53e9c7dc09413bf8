//! Managed policies with what they are attached to, and inline policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::facts::{InlinePolicy, ManagedPolicy};
use super::ownership::Ownership;
use super::{
    DETAILS_OF_POLICIES, Entities, INLINE_POLICY, LIST_POLICY_TAGS, MANAGED_POLICY, NO_SUCH_ENTITY, Reader, details,
    principals,
};
use crate::aws::told::Given;
use crate::aws::wire::object;
use crate::aws::{Operation, ResourceReader, Yield};
use crate::model::{Arn, Fact, PolicyDocument};

/// Never called under this name: what is missing when an inline policy has no name.
const DETAILS_OF_INLINE_POLICIES: Operation = details(&[Yield::Population(INLINE_POLICY)]);
/// Never called under this name: what is missing when a document in the answer cannot be understood.
const MANAGED_DOCUMENT: Operation = details(&[Yield::Facts(MANAGED_POLICY, ManagedPolicy::DOCUMENT)]);
const INLINE_DOCUMENT: Operation = details(&[Yield::Facts(INLINE_POLICY, InlinePolicy::DOCUMENT)]);

/// Who has which managed policy attached, by the policy's ARN.
pub(super) struct Attachments {
    users: Fact<BTreeMap<String, Vec<String>>>,
    groups: Fact<BTreeMap<String, Vec<String>>>,
    roles: Fact<BTreeMap<String, Vec<String>>>,
}

impl Attachments {
    pub(super) fn of(users: &Entities, groups: &Entities, roles: &Entities) -> Self {
        Self {
            users: by_policy(users, "UserName"),
            groups: by_policy(groups, "GroupName"),
            roles: by_policy(roles, "RoleName"),
        }
    }
}

/// Unknown unless every entity was read: a missing page could hold one more.
fn by_policy(entities: &Entities, name: &str) -> Fact<BTreeMap<String, Vec<String>>> {
    if !entities.complete {
        return Fact::Unknown;
    }
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entity in entities.iter() {
        for arn in entity.list("AttachedManagedPolicies").filter_map(|policy| policy.text("PolicyArn")) {
            names.entry(arn.to_owned()).or_default().extend(entity.text(name).map(str::to_owned));
        }
    }
    names.values_mut().for_each(|names| names.sort());
    Fact::Known(names)
}

fn attached_to(names: &Fact<BTreeMap<String, Vec<String>>>, arn: &str) -> Fact<Vec<String>> {
    names.known().map(|names| names.get(arn).cloned().unwrap_or_default()).into()
}

pub(super) async fn read_managed(reader: &Arc<Reader>, policies: Vec<Value>, attachments: &Attachments) {
    let policies = policies.into_iter().filter(|policy| is_of_this_account(Given(policy))).filter_map(|listed| {
        let list = &DETAILS_OF_POLICIES;
        let policy =
            reader.site.listed(MANAGED_POLICY, list, ("Arn", Given(&listed).text("Arn")), &[NO_SUCH_ENTITY])?;
        let arn = policy.id().to_owned();
        let facts = ManagedPolicy {
            Users: attached_to(&attachments.users, &arn),
            Groups: attached_to(&attachments.groups, &arn),
            Roles: attached_to(&attachments.roles, &arn),
            ..ManagedPolicy::default()
        };
        Some((policy, listed, facts))
    });
    let session = reader.site.session();
    session.each(policies, |(policy, listed, facts)| read_policy(Arc::clone(reader), policy, listed, facts)).await;
}

/// AWS's own policies exist in every account; those that nobody uses are no part of this one.
fn is_of_this_account(policy: Given<'_>) -> bool {
    let count = |name: &str| policy.get(name).and_then(|count| count.0.as_i64());
    let in_use = count("AttachmentCount") != Some(0) || count("PermissionsBoundaryUsageCount").unwrap_or(0) > 0;
    in_use || !policy.text("Arn").is_some_and(is_aws_managed)
}

/// AWS's policies have `aws` where others have the account: `arn:aws:iam::aws:policy/ReadOnlyAccess`.
fn is_aws_managed(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.account == "aws")
}

async fn read_policy(reader: Arc<Reader>, policy: ResourceReader, listed: Value, attached: ManagedPolicy) {
    let listed = Given(&listed);
    let arn = policy.id().to_owned();
    let is_aws_managed = is_aws_managed(&arn);
    let mut facts = attached;
    policy.lacks(&DETAILS_OF_POLICIES, facts.list(listed, &arn));
    facts.IsAWSManaged = Fact::Known(is_aws_managed);
    facts.PolicyDocument = policy.understand(&MANAGED_DOCUMENT, document_in_force(listed));
    facts.Tags = if is_aws_managed {
        Fact::Known(Vec::new())
    } else {
        reader.service.whole(&policy, &LIST_POLICY_TAGS, object([("PolicyArn", arn.as_str())]), "Tags").await
    };
    policy.emit(Some(arn), &facts);
}

/// The document of the default version.
fn document_in_force(policy: Given<'_>) -> Result<PolicyDocument, String> {
    let is_default = |version: &Given<'_>| match (version.text("VersionId"), policy.text("DefaultVersionId")) {
        (Some(version), Some(default)) => version == default,
        _ => version.get("IsDefaultVersion").is_some_and(|flag| flag.0 == true),
    };
    let default = policy.list("PolicyVersionList").find(is_default);
    let document = default.and_then(|version| version.text("Document"));
    PolicyDocument::parse_percent_encoded(document.ok_or("the answer lacks the policy's default version")?)
}

/// Adds the inline policies of all principals, each under `user/NAME/POLICY` and so on.
pub(super) fn emit_inline(reader: &Reader, users: &Entities, groups: &Entities, roles: &Entities) {
    if !reader.wants(INLINE_POLICY) {
        return;
    }
    let principal = |kind: &'static str, of: Given<'_>, name: &str| InlinePolicy {
        PrincipalType: Fact::Known(kind.to_owned()),
        PrincipalName: of.text(name).map(str::to_owned).into(),
        PrincipalArn: Fact::Known(of.text("Arn").map(str::to_owned)),
        ManagedBy: Fact::Known(Ownership::own().managed_by),
        HasRightsOfAWS: Fact::Known(Ownership::own().has_rights_of_aws),
        IsServiceLinked: Fact::Known(false),
        ..InlinePolicy::default()
    };
    for user in users.iter() {
        emit_all(reader, user.list("UserPolicyList"), || principal("user", user, "UserName"));
    }
    for group in groups.iter() {
        emit_all(reader, group.list("GroupPolicyList"), || principal("group", group, "GroupName"));
    }
    for role in roles.iter() {
        let ownership = principals::ownership(reader, role);
        emit_all(reader, role.list("RolePolicyList"), || InlinePolicy {
            ManagedBy: ownership.clone().map(|own| own.managed_by).into(),
            HasRightsOfAWS: ownership.clone().map(|own| own.has_rights_of_aws).into(),
            IsServiceLinked: Fact::Known(role.text("Path").is_some_and(principals::is_service_linked)),
            ..principal("role", role, "RoleName")
        });
    }
}

fn emit_all<'v>(reader: &Reader, policies: impl Iterator<Item = Given<'v>>, principal: impl Fn() -> InlinePolicy) {
    for policy in policies {
        let facts = principal();
        // The list says by its principal which one it is: one without a name has a gap of its own.
        let (Some(kind), Some(owner)) = (facts.PrincipalType.known(), facts.PrincipalName.known()) else { continue };
        let id = policy.text("PolicyName").map(|name| format!("{kind}/{owner}/{name}"));
        let id = ("PolicyName", id.as_deref());
        let Some(resource) = reader.site.listed(INLINE_POLICY, &DETAILS_OF_INLINE_POLICIES, id, &[]) else { continue };
        let document = policy.text("PolicyDocument").ok_or_else(|| "the answer lacks the document".to_owned());
        let facts = InlinePolicy {
            Id: Fact::Known(resource.id().to_owned()),
            PolicyName: policy.text("PolicyName").map(str::to_owned).into(),
            PolicyDocument: resource
                .understand(&INLINE_DOCUMENT, document.and_then(PolicyDocument::parse_percent_encoded)),
            ..facts
        };
        resource.emit(None, &facts);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_default_version_is_the_one_in_force() {
        let version =
            |id: &str, document: &str| json!({"VersionId": id, "Document": document, "IsDefaultVersion": id == "v2"});
        let versions =
            [version("v1", "%7B%22Version%22%3A%22old%22%7D"), version("v2", "%7B%22Version%22%3A%22new%22%7D")];
        let policy = json!({"DefaultVersionId": "v2", "PolicyVersionList": versions});
        assert_eq!(document_in_force(Given(&policy)).unwrap().0["Version"], "new");
        assert!(document_in_force(Given(&json!({"DefaultVersionId": "v3"}))).is_err());
    }

    #[test]
    fn policies_of_aws_count_only_where_they_are_used() {
        let is_ours = |arn: &str, attached: i32, boundary: i32| {
            let policy = json!({"Arn": arn, "AttachmentCount": attached, "PermissionsBoundaryUsageCount": boundary});
            is_of_this_account(Given(&policy))
        };
        assert!(is_ours("arn:aws:iam::aws:policy/ReadOnlyAccess", 1, 0));
        assert!(is_ours("arn:aws-us-gov:iam::aws:policy/PowerUserAccess", 0, 1));
        assert!(!is_ours("arn:aws:iam::aws:policy/ReadOnlyAccess", 0, 0));
        assert!(is_ours("arn:aws:iam::123456789012:policy/unused", 0, 0));
    }

    #[test]
    fn attachments_are_unknown_unless_everyone_was_read() {
        let user = |name: &str| json!({"UserName": name, "AttachedManagedPolicies": [{"PolicyArn": "arn:p"}]});
        let all = by_policy(&Entities { items: vec![user("zoe"), user("ann")], complete: true }, "UserName");
        assert_eq!(attached_to(&all, "arn:p"), Fact::Known(vec!["ann".to_owned(), "zoe".to_owned()]));
        assert_eq!(attached_to(&all, "arn:other"), Fact::Known(Vec::new()));
        let some = by_policy(&Entities { items: vec![user("ann")], complete: false }, "UserName");
        assert_eq!(attached_to(&some, "arn:p"), Fact::Unknown);
    }
}
