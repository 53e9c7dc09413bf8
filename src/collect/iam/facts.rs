//! The facts of IAM's kinds.

use schemars::JsonSchema;
use serde::Serialize;

use crate::collect::shapes::Tag;
use crate::model::{Fact, PolicyDocument, Timestamp};

/// Facts of `AWS::IAM::User`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct User {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub user_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub path: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub create_date: Fact<Option<Timestamp>>,
    /// Names of the groups that the user is in.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub groups: Fact<Vec<String>>,
    /// Policies attached to the user itself.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub managed_policy_arns: Fact<Vec<String>>,
    /// Names of the user's inline policies; each is an `AWS::IAM::Policy`, too.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub policy_names: Fact<Vec<String>>,
    /// Every managed and inline policy that grants it something, those of its groups among them.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub effective_policies: Fact<Vec<EffectivePolicy>>,
    /// The boundary's ARN.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub permissions_boundary: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub tags: Fact<Vec<Tag>>,
    /// Virtual devices, hardware tokens, passkeys and security keys, as they are now.
    #[serde(rename = "MFADevices", skip_serializing_if = "Fact::is_unknown")]
    pub mfa_devices: Fact<Vec<MfaDevice>>,
    /// As they are now. When they were last used stands in the credential report.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub access_keys: Fact<Vec<AccessKey>>,
    /// Keys for CodeCommit, as they are now.
    #[serde(rename = "SSHPublicKeys", skip_serializing_if = "Fact::is_unknown")]
    pub ssh_public_keys: Fact<Vec<SshPublicKey>>,
    /// The user's row of the account's credential report; unknown for a user who is newer than the report.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub credential_report: Fact<UserCredentials>,
}

/// A policy in force for a user or a role. Its document stands at the policy itself, and only there: many share it, and
/// AWS's own are long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EffectivePolicy {
    pub policy_name: String,
    /// The `PolicyArn` of the `AWS::IAM::ManagedPolicy`. Null for an inline policy: the `AWS::IAM::Policy` whose `Id` is
    /// `AttachedTo`, a slash and the name.
    pub policy_arn: Option<String>,
    /// Who has it: `user/NAME`, `group/NAME` or `role/NAME`.
    pub attached_to: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MfaDevice {
    pub serial_number: String,
    pub enable_date: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccessKey {
    pub access_key_id: Option<String>,
    /// `Active`, `Inactive` or `Expired`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub status: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub create_date: Fact<Timestamp>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SshPublicKey {
    #[serde(rename = "SSHPublicKeyId")]
    pub ssh_public_key_id: String,
    /// `Active` or `Inactive`.
    pub status: String,
    pub upload_date: Option<Timestamp>,
}

/// A user's row of the credential report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserCredentials {
    /// When AWS made the report: what it says was true then.
    pub generated_time: Timestamp,
    pub password_enabled: bool,
    /// Null for a password that was never used (or not since October 2014), and where there is none.
    pub password_last_used: Option<Timestamp>,
    /// When the password was set; null where there is none.
    pub password_last_changed: Option<Timestamp>,
    #[serde(rename = "MFAActive")]
    pub mfa_active: bool,
    pub access_keys: Vec<ReportedKey>,
    /// X.509 certificates by which old tools sign requests.
    pub signing_certificates: Vec<ReportedCertificate>,
}

/// The root user's row of the credential report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RootCredentials {
    /// When AWS made the report: what it says was true then.
    pub generated_time: Timestamp,
    /// Null for a password that was never used.
    pub password_last_used: Option<Timestamp>,
    #[serde(rename = "MFAActive")]
    pub mfa_active: bool,
    pub access_keys: Vec<ReportedKey>,
}

/// An access key as the credential report shows it, which has no key ids.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReportedKey {
    pub active: bool,
    /// When the key was created or last changed; null for an inactive key.
    pub last_rotated: Option<Timestamp>,
    /// Null for a key that was never used (or not since April 2015).
    pub last_used_date: Option<Timestamp>,
}

/// A signing certificate as the credential report shows it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReportedCertificate {
    pub active: bool,
    /// When the certificate was created or last changed.
    pub last_rotated: Option<Timestamp>,
}

/// Facts of `AWS::IAM::Group`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Group {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub group_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub path: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub create_date: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub managed_policy_arns: Fact<Vec<String>>,
    /// Names of the group's inline policies; each is an `AWS::IAM::Policy`, too.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub policy_names: Fact<Vec<String>>,
    /// Names of the members; known when every user was read.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub users: Fact<Vec<String>>,
}

/// Facts of `AWS::IAM::Role`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Role {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub role_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub path: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub create_date: Fact<Option<Timestamp>>,
    /// Whether an AWS service owns the role (path `/aws-service-role/`): its trust and its permissions are not the
    /// customer's to change.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub is_service_linked: Fact<bool>,
    /// Who alone can change the role: `IAM Identity Center`, `AWS Control Tower`, `CloudFormation StackSets`, an AWS
    /// service; null for the account's own.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub managed_by: Fact<Option<String>>,
    /// Whether AWS decides what the role may do. Not so for Identity Center: the organization's permission set does.
    #[serde(rename = "HasRightsOfAWS", skip_serializing_if = "Fact::is_unknown")]
    pub has_rights_of_aws: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub assume_role_policy_document: Fact<PolicyDocument>,
    /// Seconds.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub max_session_duration: Fact<i32>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub managed_policy_arns: Fact<Vec<String>>,
    /// Names of the role's inline policies; each is an `AWS::IAM::Policy`, too.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub policy_names: Fact<Vec<String>>,
    /// Every managed and inline policy that grants it something.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub effective_policies: Fact<Vec<EffectivePolicy>>,
    /// The boundary's ARN.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub permissions_boundary: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub role_last_used: Fact<RoleLastUsed>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub tags: Fact<Vec<Tag>>,
}

/// Both null for a role that was not used within IAM's tracking period.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleLastUsed {
    pub last_used_date: Option<Timestamp>,
    pub region: Option<String>,
}

/// Facts of `AWS::IAM::ManagedPolicy`: the customer's own, and those of AWS that are in use in the account.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ManagedPolicy {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub managed_policy_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub policy_arn: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub path: Fact<String>,
    /// Whether AWS wrote the policy and keeps it up to date.
    #[serde(rename = "IsAWSManaged", skip_serializing_if = "Fact::is_unknown")]
    pub is_aws_managed: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub create_date: Fact<Option<Timestamp>>,
    /// When the default version was last set.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub update_date: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub default_version_id: Fact<String>,
    /// The default version, which is the one in force.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub policy_document: Fact<PolicyDocument>,
    /// How many users, groups and roles it is attached to.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub attachment_count: Fact<i32>,
    /// How many users and roles it is the permissions boundary of.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub permissions_boundary_usage_count: Fact<i32>,
    /// Names of the users it is attached to; known when every user was read.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub users: Fact<Vec<String>>,
    /// Names of the groups it is attached to; known when every group was read.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub groups: Fact<Vec<String>>,
    /// Names of the roles it is attached to; known when every role was read.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub roles: Fact<Vec<String>>,
    /// AWS's own policies have none that a customer could set.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub tags: Fact<Vec<Tag>>,
}

/// Facts of `AWS::IAM::Policy`: an inline policy of a user, a group or a role.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InlinePolicy {
    /// `user/NAME/POLICY`, `group/NAME/POLICY` or `role/NAME/POLICY`: names of inline policies are not unique.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub policy_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub policy_document: Fact<PolicyDocument>,
    /// `user`, `group` or `role`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub principal_type: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub principal_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub principal_arn: Fact<Option<String>>,
    /// Whether the policy belongs to a service-linked role, which only its service can change.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub is_service_linked: Fact<bool>,
    /// Who alone can change the role that the policy belongs to, as with `AWS::IAM::Role`; null for a user and a group.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub managed_by: Fact<Option<String>>,
    /// Whether AWS decides what the role that the policy belongs to may do; false for a user and a group.
    #[serde(rename = "HasRightsOfAWS", skip_serializing_if = "Fact::is_unknown")]
    pub has_rights_of_aws: Fact<bool>,
}

/// Facts of `AWS::IAM::ServerCertificate`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServerCertificate {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub server_certificate_name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub arn: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub path: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub upload_date: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub expiration: Fact<Timestamp>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    pub tags: Fact<Vec<Tag>>,
}
