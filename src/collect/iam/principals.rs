//! Users, groups and roles.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::effective::{self, OfGroups};
use super::facts::{Group, Role, User};
use super::ownership::{Ownership, SERVICE_LINKED};
use super::report::CredentialReport;
use super::{
    DETAILS_OF_GROUPS, DETAILS_OF_ROLES, DETAILS_OF_USERS, Entities, GROUP, LIST_ROLES, NO_SUCH_ENTITY, ROLE, Reader,
    USER, details, operation,
};
use crate::aws::told::Given;
use crate::aws::wire::object;
use crate::aws::{Operation, ResourceReader, Yield};
use crate::model::{Fact, PolicyDocument};

pub(super) const LIST_MFA_DEVICES: Operation =
    operation("ListMFADevices", &["iam:ListMFADevices"], &[Yield::Facts(USER, User::MFA_DEVICES)]);
pub(super) const LIST_ACCESS_KEYS: Operation =
    operation("ListAccessKeys", &["iam:ListAccessKeys"], &[Yield::Facts(USER, User::ACCESS_KEYS)]);

pub(super) const LIST_SSH_PUBLIC_KEYS: Operation =
    operation("ListSSHPublicKeys", &["iam:ListSSHPublicKeys"], &[Yield::Facts(USER, User::SSH_PUBLIC_KEYS)]);

/// Never called under this name: what is missing when a trust policy in the answer cannot be understood.
const TRUST_DOCUMENT: Operation = details(&[Yield::Facts(ROLE, Role::TRUST)]);

/// A user who lacks nothing but the credential report's facts.
pub(super) struct ReadUser {
    resource: ResourceReader,
    facts: User,
}

/// Reads what each user has now: devices and keys.
pub(super) async fn read_users(reader: &Arc<Reader>, users: Vec<Value>, of_groups: OfGroups) -> Vec<ReadUser> {
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
                let user = read_user(&reader, Given(&user), &of_groups).await;
                read.lock().unwrap_or_else(PoisonError::into_inner).extend(user);
            }
        })
        .await;
    std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner))
}

async fn read_user(reader: &Reader, listed: Given<'_>, of_groups: &OfGroups) -> Option<ReadUser> {
    let name = ("UserName", listed.text("UserName"));
    let user = reader.site.listed(USER, &DETAILS_OF_USERS, name, &[NO_SUCH_ENTITY])?;
    let mut facts = User::default();
    user.lacks(&DETAILS_OF_USERS, facts.list(listed));
    facts.EffectivePolicies = effective::of_user(&user, listed, of_groups);
    let of = || object([("UserName", user.id())]);
    (facts.MFADevices, facts.AccessKeys, facts.SSHPublicKeys) = tokio::join!(
        reader.service.whole(&user, &LIST_MFA_DEVICES, of(), "MFADevices"),
        reader.service.whole(&user, &LIST_ACCESS_KEYS, of(), "AccessKeyMetadata"),
        reader.service.whole(&user, &LIST_SSH_PUBLIC_KEYS, of(), "SSHPublicKeys")
    );
    Some(ReadUser { resource: user, facts })
}

/// Adds the users, with their rows of the credential report if it was read.
pub(super) fn emit_users(users: Vec<ReadUser>, report: Option<&CredentialReport>) {
    for ReadUser { resource, mut facts } in users {
        if let Some(report) = report {
            let created = facts.CreateDate.known().and_then(Option::as_ref);
            facts.CredentialReport = report.of_user(&resource, created);
        }
        let arn = facts.Arn.known().cloned().flatten();
        resource.emit(arn, &facts);
    }
}

pub(super) fn emit_groups(reader: &Reader, groups: &Entities, users: &Entities) {
    if !reader.wants(GROUP) {
        return;
    }
    let members = members(users);
    for group in groups.iter() {
        let name = ("GroupName", group.text("GroupName"));
        let Some(resource) = reader.site.listed(GROUP, &DETAILS_OF_GROUPS, name, &[]) else { continue };
        let mut facts = Group::default();
        resource.lacks(&DETAILS_OF_GROUPS, facts.list(group));
        facts.Users = members.known().map(|members| members.get(resource.id()).cloned().unwrap_or_default()).into();
        resource.emit(group.text("Arn").map(str::to_owned), &facts);
    }
}

/// The members of each group; unknown unless every user was read.
fn members(users: &Entities) -> Fact<BTreeMap<&str, Vec<String>>> {
    if !users.complete {
        return Fact::Unknown;
    }
    let mut members: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for user in users.iter() {
        for group in user.list("GroupList").filter_map(|group| group.0.as_str()) {
            members.entry(group).or_default().extend(user.text("UserName").map(str::to_owned));
        }
    }
    members.values_mut().for_each(|names| names.sort());
    Fact::Known(members)
}

/// How long a session of each role may last, in seconds, by the role's ARN: the one thing about roles that
/// `GetAccountAuthorizationDetails` leaves out. A role that this list lacks has the fact unknown.
pub(super) async fn session_durations(reader: &Reader) -> HashMap<String, i32> {
    let listing = reader.service.pages(&LIST_ROLES, None, object([("MaxItems", 1000)])).await;
    let roles = listing.items.iter().flat_map(|page| Given(page).list("Roles"));
    let duration = |role: Given<'_>| role.get("MaxSessionDuration")?.0.as_i64()?.try_into().ok();
    roles.filter_map(|role| Some((role.text("Arn")?.to_owned(), duration(role)?))).collect()
}

pub(super) fn emit_roles(reader: &Reader, roles: &Entities, durations: &HashMap<String, i32>) {
    if !reader.wants(ROLE) {
        return;
    }
    for role in roles.iter() {
        let name = ("RoleName", role.text("RoleName"));
        let Some(resource) = reader.site.listed(ROLE, &DETAILS_OF_ROLES, name, &[]) else { continue };
        let trust = role.text("AssumeRolePolicyDocument").ok_or_else(|| "the role has no trust policy".to_owned());
        let ownership = ownership(reader, role);
        let mut facts = Role::default();
        resource.lacks(&DETAILS_OF_ROLES, facts.list(role));
        facts.IsServiceLinked = facts.Path.known().map(|path| is_service_linked(path)).into();
        facts.ManagedBy = ownership.clone().map(|own| own.managed_by).into();
        facts.HasRightsOfAWS = ownership.map(|own| own.has_rights_of_aws).into();
        facts.EffectivePolicies = effective::of_role(&resource, role);
        facts.AssumeRolePolicyDocument =
            resource.understand(&TRUST_DOCUMENT, trust.and_then(PolicyDocument::parse_percent_encoded));
        facts.MaxSessionDuration = role.text("Arn").and_then(|arn| durations.get(arn)).copied().into();
        resource.emit(role.text("Arn").map(str::to_owned), &facts);
    }
}

/// Only AWS services can make roles under this path.
pub(super) fn is_service_linked(path: &str) -> bool {
    path.starts_with(SERVICE_LINKED)
}

/// Who keeps the role; `None` where the answer does not tell.
pub(super) fn ownership(reader: &Reader, role: Given<'_>) -> Option<Ownership> {
    let trust = role.text("AssumeRolePolicyDocument");
    let trust = trust.and_then(|text| PolicyDocument::parse_percent_encoded(text).ok());
    let account = reader.site.session().account();
    Ownership::of_role(role.text("RoleName")?, role.text("Path").unwrap_or("/"), trust.as_ref(), account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_known_only_when_every_user_was_read() {
        let user = |name: &str, group: &str| serde_json::json!({"UserName": name, "GroupList": [group]});
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
