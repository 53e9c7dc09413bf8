//! Users, groups and roles.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_iam::types as sdk;

use super::effective::{self, OfGroups};
use super::facts::{AccessKey, Group, MfaDevice, Role, RoleLastUsed, SshPublicKey, User};
use super::ownership::{Ownership, SERVICE_LINKED};
use super::report::Report;
use super::{
    DETAILS_OF_GROUPS, DETAILS_OF_ROLES, DETAILS_OF_USERS, Entities, GROUP, LIST_ROLES, NO_SUCH_ENTITY, ROLE, Reader,
    USER, details, operation, tags,
};
use crate::aws::{Operation, ResourceReader, Yield};
use crate::collect::shapes::timestamp;
use crate::model::{Fact, PolicyDocument};

pub(super) const LIST_MFA_DEVICES: Operation =
    operation("ListMFADevices", &["iam:ListMFADevices"], &[Yield::Facts(USER, &["MFADevices"])]);
pub(super) const LIST_ACCESS_KEYS: Operation =
    operation("ListAccessKeys", &["iam:ListAccessKeys"], &[Yield::Facts(USER, &["AccessKeys"])]);

pub(super) const LIST_SSH_PUBLIC_KEYS: Operation =
    operation("ListSSHPublicKeys", &["iam:ListSSHPublicKeys"], &[Yield::Facts(USER, &["SSHPublicKeys"])]);

/// Never called under this name: what is missing when a trust policy in the answer cannot be understood.
const TRUST_DOCUMENT: Operation = details(&[Yield::Facts(ROLE, &["AssumeRolePolicyDocument"])]);

/// A user who lacks nothing but the credential report's facts.
pub(super) struct ReadUser {
    resource: ResourceReader,
    facts: User,
}

/// Reads what each user has now: devices and keys.
pub(super) async fn read_users(
    reader: &Arc<Reader>,
    users: Vec<sdk::UserDetail>,
    of_groups: OfGroups,
) -> Vec<ReadUser> {
    if !reader.wants(USER) {
        return Vec::new();
    }
    let of_groups = Arc::new(of_groups);
    let read = Arc::new(Mutex::new(Vec::with_capacity(users.len())));
    let session = reader.site.session();
    session
        .each(users, |user| {
            let (reader, of_groups, read) = (Arc::clone(reader), Arc::clone(&of_groups), Arc::clone(&read));
            async move {
                let user = read_user(&reader, user, &of_groups).await;
                read.lock().unwrap_or_else(PoisonError::into_inner).extend(user);
            }
        })
        .await;
    std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner))
}

async fn read_user(reader: &Reader, listed: sdk::UserDetail, of_groups: &OfGroups) -> Option<ReadUser> {
    let name = ("UserName", listed.user_name.as_deref());
    let user = reader.site.listed(USER, &DETAILS_OF_USERS, name, &[NO_SUCH_ENTITY])?;
    let name = user.id().to_owned();
    let (mfa_devices, access_keys, ssh_public_keys) =
        tokio::join!(mfa_devices(reader, &user), access_keys(reader, &user), ssh_public_keys(reader, &user));
    let facts = User {
        effective_policies: effective::of_user(&user, &listed, of_groups),
        user_name: Fact::Known(name),
        arn: Fact::Known(listed.arn),
        path: Fact::Known(listed.path.unwrap_or_else(|| "/".to_owned())),
        create_date: Fact::Known(listed.create_date.as_ref().and_then(timestamp)),
        groups: Fact::Known(listed.group_list.unwrap_or_default()),
        managed_policy_arns: Fact::Known(arns(listed.attached_managed_policies)),
        policy_names: Fact::Known(names(listed.user_policy_list)),
        permissions_boundary: Fact::Known(boundary(listed.permissions_boundary)),
        tags: Fact::Known(tags(listed.tags)),
        mfa_devices,
        access_keys,
        ssh_public_keys,
        credential_report: Fact::Unknown,
    };
    Some(ReadUser { resource: user, facts })
}

async fn mfa_devices(reader: &Reader, user: &ResourceReader) -> Fact<Vec<MfaDevice>> {
    let request = reader.client.list_mfa_devices().user_name(user.id());
    let listing = reader.site.pages(&LIST_MFA_DEVICES, Some(user), || request.into_paginator().send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let devices = listing.items.into_iter().flat_map(|page| page.mfa_devices);
    let device = |device: sdk::MfaDevice| MfaDevice {
        enable_date: timestamp(&device.enable_date),
        serial_number: device.serial_number,
    };
    Fact::Known(devices.map(device).collect())
}

async fn access_keys(reader: &Reader, user: &ResourceReader) -> Fact<Vec<AccessKey>> {
    let request = reader.client.list_access_keys().user_name(user.id());
    let listing = reader.site.pages(&LIST_ACCESS_KEYS, Some(user), || request.into_paginator().send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let keys = listing.items.into_iter().flat_map(|page| page.access_key_metadata);
    let key = |key: sdk::AccessKeyMetadata| AccessKey {
        access_key_id: key.access_key_id,
        status: key.status.map(|status| status.as_str().to_owned()).into(),
        create_date: key.create_date.as_ref().and_then(timestamp).into(),
    };
    Fact::Known(keys.map(key).collect())
}

async fn ssh_public_keys(reader: &Reader, user: &ResourceReader) -> Fact<Vec<SshPublicKey>> {
    let request = reader.client.list_ssh_public_keys().user_name(user.id());
    let listing = reader.site.pages(&LIST_SSH_PUBLIC_KEYS, Some(user), || request.into_paginator().send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let keys = listing.items.into_iter().flat_map(|page| page.ssh_public_keys.unwrap_or_default());
    let key = |key: sdk::SshPublicKeyMetadata| SshPublicKey {
        ssh_public_key_id: key.ssh_public_key_id,
        status: key.status.as_str().to_owned(),
        upload_date: timestamp(&key.upload_date),
    };
    Fact::Known(keys.map(key).collect())
}

/// Adds the users, with their rows of the credential report if it was read.
pub(super) fn emit_users(users: Vec<ReadUser>, report: Option<&Report>) {
    for ReadUser { resource, mut facts } in users {
        if let Some(report) = report {
            let created = facts.create_date.known().and_then(Option::as_ref);
            facts.credential_report = report.of_user(&resource, created);
        }
        let arn = facts.arn.known().cloned().flatten();
        resource.emit(arn, &facts);
    }
}

pub(super) fn emit_groups(reader: &Reader, groups: &Entities<sdk::GroupDetail>, users: &Entities<sdk::UserDetail>) {
    if !reader.wants(GROUP) {
        return;
    }
    let members = members(users);
    for group in &groups.items {
        let name = ("GroupName", group.group_name());
        let Some(resource) = reader.site.listed(GROUP, &DETAILS_OF_GROUPS, name, &[]) else { continue };
        let name = resource.id();
        let facts = Group {
            group_name: Fact::Known(name.to_owned()),
            arn: Fact::Known(group.arn.clone()),
            path: Fact::Known(group.path.clone().unwrap_or_else(|| "/".to_owned())),
            create_date: Fact::Known(group.create_date.as_ref().and_then(timestamp)),
            managed_policy_arns: Fact::Known(arns(group.attached_managed_policies.clone())),
            policy_names: Fact::Known(names(group.group_policy_list.clone())),
            users: members.known().map(|members| members.get(name).cloned().unwrap_or_default()).into(),
        };
        resource.emit(group.arn.clone(), &facts);
    }
}

/// The members of each group; unknown unless every user was read.
fn members(users: &Entities<sdk::UserDetail>) -> Fact<BTreeMap<&str, Vec<String>>> {
    if !users.complete {
        return Fact::Unknown;
    }
    let mut members: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for user in &users.items {
        for group in user.group_list() {
            members.entry(group).or_default().extend(user.user_name.clone());
        }
    }
    members.values_mut().for_each(|names| names.sort());
    Fact::Known(members)
}

/// How long a session of each role may last, in seconds, by the role's ARN: the one thing about roles that
/// `GetAccountAuthorizationDetails` leaves out. A role that this list lacks has the fact unknown.
pub(super) async fn session_durations(reader: &Reader) -> HashMap<String, i32> {
    let request = reader.client.list_roles().max_items(1000);
    let listing = reader.site.pages(&LIST_ROLES, None, || request.into_paginator().send()).await;
    let roles = listing.items.into_iter().flat_map(|page| page.roles);
    roles.filter_map(|role| Some((role.arn, role.max_session_duration?))).collect()
}

pub(super) fn emit_roles(reader: &Reader, roles: &Entities<sdk::RoleDetail>, durations: &HashMap<String, i32>) {
    if !reader.wants(ROLE) {
        return;
    }
    for role in &roles.items {
        let name = ("RoleName", role.role_name());
        let Some(resource) = reader.site.listed(ROLE, &DETAILS_OF_ROLES, name, &[]) else { continue };
        let name = resource.id();
        let trust =
            role.assume_role_policy_document.as_deref().ok_or_else(|| "the role has no trust policy".to_owned());
        let path = role.path.clone().unwrap_or_else(|| "/".to_owned());
        let used = role.role_last_used.as_ref();
        let ownership = ownership(reader, role);
        let facts = Role {
            managed_by: ownership.clone().map(|own| own.managed_by).into(),
            has_rights_of_aws: ownership.map(|own| own.has_rights_of_aws).into(),
            effective_policies: effective::of_role(&resource, role),
            role_name: Fact::Known(name.to_owned()),
            arn: Fact::Known(role.arn.clone()),
            is_service_linked: Fact::Known(is_service_linked(&path)),
            path: Fact::Known(path),
            create_date: Fact::Known(role.create_date.as_ref().and_then(timestamp)),
            assume_role_policy_document: resource
                .understand(&TRUST_DOCUMENT, trust.and_then(PolicyDocument::parse_percent_encoded)),
            max_session_duration: role.arn().and_then(|arn| durations.get(arn)).copied().into(),
            managed_policy_arns: Fact::Known(arns(role.attached_managed_policies.clone())),
            policy_names: Fact::Known(names(role.role_policy_list.clone())),
            permissions_boundary: Fact::Known(boundary(role.permissions_boundary.clone())),
            role_last_used: Fact::Known(RoleLastUsed {
                last_used_date: used.and_then(|used| used.last_used_date.as_ref()).and_then(timestamp),
                region: used.and_then(|used| used.region.clone()),
            }),
            tags: Fact::Known(tags(role.tags.clone())),
        };
        resource.emit(role.arn.clone(), &facts);
    }
}

/// Only AWS services can make roles under this path.
pub(super) fn is_service_linked(path: &str) -> bool {
    path.starts_with(SERVICE_LINKED)
}

/// Who keeps the role; `None` where the answer does not tell.
pub(super) fn ownership(reader: &Reader, role: &sdk::RoleDetail) -> Option<Ownership> {
    let trust = role.assume_role_policy_document().and_then(|text| PolicyDocument::parse_percent_encoded(text).ok());
    let account = reader.site.session().account();
    Ownership::of_role(role.role_name()?, role.path().unwrap_or("/"), trust.as_ref(), account)
}

fn arns(attached: Option<Vec<sdk::AttachedPolicy>>) -> Vec<String> {
    attached.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn).collect()
}

fn names(inline: Option<Vec<sdk::PolicyDetail>>) -> Vec<String> {
    inline.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_name).collect()
}

fn boundary(boundary: Option<sdk::AttachedPermissionsBoundary>) -> Option<String> {
    boundary.and_then(|boundary| boundary.permissions_boundary_arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_known_only_when_every_user_was_read() {
        let user = |name: &str, group: &str| sdk::UserDetail::builder().user_name(name).group_list(group).build();
        let mut users = Entities { items: vec![user("zoe", "ops"), user("ann", "ops")], complete: true };
        assert_eq!(members(&users).known().unwrap()["ops"], ["ann", "zoe"]);
        users.complete = false;
        assert_eq!(members(&users), Fact::Unknown);
    }

    #[test]
    fn a_role_is_service_linked_by_its_path_and_not_by_its_name() {
        assert!(is_service_linked("/aws-service-role/rds.amazonaws.com/"));
        assert!(!is_service_linked("/service-role/"));
        assert!(!is_service_linked("/team/aws-service-role/"));
    }
}
