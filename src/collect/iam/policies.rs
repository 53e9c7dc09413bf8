//! Managed policies with what they are attached to, and inline policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_iam::types as sdk;

use super::facts::{InlinePolicy, ManagedPolicy};
use super::ownership::Ownership;
use super::{
    DETAILS_OF_POLICIES, Entities, INLINE_POLICY, LIST_POLICY_TAGS, MANAGED_POLICY, NO_SUCH_ENTITY, Reader, details,
    principals,
};
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

type Attached = (Option<String>, Option<Vec<sdk::AttachedPolicy>>);

impl Attachments {
    pub(super) fn of(
        users: &Entities<sdk::UserDetail>,
        groups: &Entities<sdk::GroupDetail>,
        roles: &Entities<sdk::RoleDetail>,
    ) -> Self {
        Self {
            users: by_policy(users, |user| (user.user_name.clone(), user.attached_managed_policies.clone())),
            groups: by_policy(groups, |group| (group.group_name.clone(), group.attached_managed_policies.clone())),
            roles: by_policy(roles, |role| (role.role_name.clone(), role.attached_managed_policies.clone())),
        }
    }
}

/// Unknown unless every entity was read: a missing page could hold one more.
fn by_policy<T>(entities: &Entities<T>, attached: impl Fn(&T) -> Attached) -> Fact<BTreeMap<String, Vec<String>>> {
    if !entities.complete {
        return Fact::Unknown;
    }
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, policies) in entities.items.iter().map(attached) {
        for arn in policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn) {
            names.entry(arn).or_default().extend(name.clone());
        }
    }
    names.values_mut().for_each(|names| names.sort());
    Fact::Known(names)
}

fn attached_to(names: &Fact<BTreeMap<String, Vec<String>>>, arn: &str) -> Fact<Vec<String>> {
    names.known().map(|names| names.get(arn).cloned().unwrap_or_default()).into()
}

pub(super) async fn read_managed(
    reader: &Arc<Reader>,
    policies: Vec<sdk::ManagedPolicyDetail>,
    attachments: &Attachments,
) {
    let policies = policies.into_iter().filter(is_of_this_account).filter_map(|listed| {
        let list = &DETAILS_OF_POLICIES;
        let policy = reader.site.listed(MANAGED_POLICY, list, ("Arn", listed.arn.as_deref()), &[NO_SUCH_ENTITY])?;
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
fn is_of_this_account(policy: &sdk::ManagedPolicyDetail) -> bool {
    let in_use = policy.attachment_count != Some(0) || policy.permissions_boundary_usage_count.unwrap_or(0) > 0;
    in_use || !policy.arn.as_deref().is_some_and(is_aws_managed)
}

/// AWS's policies have `aws` where others have the account: `arn:aws:iam::aws:policy/ReadOnlyAccess`.
fn is_aws_managed(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.account == "aws")
}

async fn read_policy(
    reader: Arc<Reader>,
    policy: ResourceReader,
    listed: sdk::ManagedPolicyDetail,
    attached: ManagedPolicy,
) {
    let arn = policy.id().to_owned();
    let is_aws_managed = is_aws_managed(&arn);
    let mut facts = attached;
    policy.lacks(&DETAILS_OF_POLICIES, facts.list(&listed, &arn));
    facts.IsAWSManaged = Fact::Known(is_aws_managed);
    facts.PolicyDocument = policy.understand(&MANAGED_DOCUMENT, document_in_force(&listed));
    let tags = || reader.client.list_policy_tags().policy_arn(&arn).into_paginator().send();
    facts.Tags = if is_aws_managed {
        Fact::Known(Vec::new())
    } else {
        policy.list(&LIST_POLICY_TAGS, tags, |page| Some(page.tags)).await
    };
    policy.emit(Some(arn), &facts);
}

/// The document of the default version.
fn document_in_force(policy: &sdk::ManagedPolicyDetail) -> Result<PolicyDocument, String> {
    let versions = policy.policy_version_list();
    let default = versions.iter().find(|version| match (version.version_id(), policy.default_version_id()) {
        (Some(version), Some(default)) => version == default,
        _ => version.is_default_version,
    });
    let document = default.and_then(|version| version.document.as_deref());
    PolicyDocument::parse_percent_encoded(document.ok_or("the answer lacks the policy's default version")?)
}

/// Adds the inline policies of all principals, each under `user/NAME/POLICY` and so on.
pub(super) fn emit_inline(
    reader: &Reader,
    users: &Entities<sdk::UserDetail>,
    groups: &Entities<sdk::GroupDetail>,
    roles: &Entities<sdk::RoleDetail>,
) {
    if !reader.wants(INLINE_POLICY) {
        return;
    }
    let principal =
        |kind: &'static str, name: &Option<String>, arn: &Option<String>, path: Option<&str>| InlinePolicy {
            PrincipalType: Fact::Known(kind.to_owned()),
            PrincipalName: name.clone().into(),
            PrincipalArn: Fact::Known(arn.clone()),
            ManagedBy: Fact::Known(Ownership::own().managed_by),
            HasRightsOfAWS: Fact::Known(Ownership::own().has_rights_of_aws),
            IsServiceLinked: Fact::Known(path.is_some_and(principals::is_service_linked)),
            ..InlinePolicy::default()
        };
    for user in &users.items {
        emit_all(reader, user.user_policy_list(), || principal("user", &user.user_name, &user.arn, None));
    }
    for group in &groups.items {
        emit_all(reader, group.group_policy_list(), || principal("group", &group.group_name, &group.arn, None));
    }
    for role in &roles.items {
        let ownership = principals::ownership(reader, role);
        emit_all(reader, role.role_policy_list(), || InlinePolicy {
            ManagedBy: ownership.clone().map(|own| own.managed_by).into(),
            HasRightsOfAWS: ownership.clone().map(|own| own.has_rights_of_aws).into(),
            ..principal("role", &role.role_name, &role.arn, role.path.as_deref())
        });
    }
}

fn emit_all(reader: &Reader, policies: &[sdk::PolicyDetail], principal: impl Fn() -> InlinePolicy) {
    for policy in policies {
        let facts = principal();
        // The list says by its principal which one it is: one without a name has a gap of its own.
        let (Some(kind), Some(owner)) = (facts.PrincipalType.known(), facts.PrincipalName.known()) else { continue };
        let id = policy.policy_name().map(|name| format!("{kind}/{owner}/{name}"));
        let id = ("PolicyName", id.as_deref());
        let Some(resource) = reader.site.listed(INLINE_POLICY, &DETAILS_OF_INLINE_POLICIES, id, &[]) else { continue };
        let document = policy.policy_document.as_deref().ok_or_else(|| "the answer lacks the document".to_owned());
        let facts = InlinePolicy {
            Id: Fact::Known(resource.id().to_owned()),
            PolicyName: policy.policy_name.clone().into(),
            PolicyDocument: resource
                .understand(&INLINE_DOCUMENT, document.and_then(PolicyDocument::parse_percent_encoded)),
            ..facts
        };
        resource.emit(None, &facts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: &str, document: &str) -> sdk::PolicyVersion {
        sdk::PolicyVersion::builder().version_id(id).document(document).is_default_version(id == "v2").build()
    }

    #[test]
    fn the_default_version_is_the_one_in_force() {
        let policy = sdk::ManagedPolicyDetail::builder()
            .default_version_id("v2")
            .policy_version_list(version("v1", "%7B%22Version%22%3A%22old%22%7D"))
            .policy_version_list(version("v2", "%7B%22Version%22%3A%22new%22%7D"))
            .build();
        assert_eq!(document_in_force(&policy).unwrap().0["Version"], "new");
        let without = sdk::ManagedPolicyDetail::builder().default_version_id("v3").build();
        assert!(document_in_force(&without).is_err());
    }

    #[test]
    fn policies_of_aws_count_only_where_they_are_used() {
        let policy = |arn: &str, attached: i32, boundary: i32| {
            sdk::ManagedPolicyDetail::builder()
                .arn(arn)
                .attachment_count(attached)
                .permissions_boundary_usage_count(boundary)
                .build()
        };
        assert!(is_of_this_account(&policy("arn:aws:iam::aws:policy/ReadOnlyAccess", 1, 0)));
        assert!(is_of_this_account(&policy("arn:aws-us-gov:iam::aws:policy/PowerUserAccess", 0, 1)));
        assert!(!is_of_this_account(&policy("arn:aws:iam::aws:policy/ReadOnlyAccess", 0, 0)));
        assert!(is_of_this_account(&policy("arn:aws:iam::123456789012:policy/unused", 0, 0)));
    }

    #[test]
    fn attachments_are_unknown_unless_everyone_was_read() {
        let attached = sdk::AttachedPolicy::builder().policy_arn("arn:p").build();
        let user =
            |name: &str| sdk::UserDetail::builder().user_name(name).attached_managed_policies(attached.clone()).build();
        let read = |users: &Entities<sdk::UserDetail>| {
            by_policy(users, |user| (user.user_name.clone(), user.attached_managed_policies.clone()))
        };
        let all = read(&Entities { items: vec![user("zoe"), user("ann")], complete: true });
        assert_eq!(attached_to(&all, "arn:p"), Fact::Known(vec!["ann".to_owned(), "zoe".to_owned()]));
        assert_eq!(attached_to(&all, "arn:other"), Fact::Known(Vec::new()));
        let some = read(&Entities { items: vec![user("ann")], complete: false });
        assert_eq!(attached_to(&some, "arn:p"), Fact::Unknown);
    }
}
