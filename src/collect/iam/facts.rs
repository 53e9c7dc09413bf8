//! The facts of IAM's kinds.

use aws_sdk_iam::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::told::FromAws;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::{PolicyDocument, Timestamp};

facts! {
    /// Facts of `AWS::IAM::User`.
    pub(super) struct User;

    list(user: &sdk::UserDetail) {
        UserName: String = user.user_name;
        Arn: Option<String> = user.arn;
        Path: String = user.path,
            or "/" "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html";
        CreateDate: Option<Timestamp> = user.create_date;
        /// Names of the groups that the user is in.
        Groups: Vec<String> = user.group_list;
        /// Policies attached to the user itself.
        ManagedPolicyArns: Vec<String> = arns(user.attached_managed_policies());
        /// Names of the user's inline policies; each is an `AWS::IAM::Policy`, too.
        PolicyNames: Vec<String> = names(user.user_policy_list());
        /// The boundary's ARN.
        PermissionsBoundary: Option<String> = boundary(user.permissions_boundary());
        Tags: Vec<Tag> = user.tags;
    }

    later {
        /// Every managed and inline policy that grants it something, those of its groups among them.
        EffectivePolicies: Vec<EffectivePolicy>;
        /// The user's row of the account's credential report; unknown for a user who is newer than the report.
        CredentialReport: UserCredentials;
    }

    later gives MFA_DEVICES {
        /// Virtual devices, hardware tokens, passkeys and security keys, as they are now.
        MFADevices: Vec<MfaDevice>;
    }

    later gives ACCESS_KEYS {
        /// As they are now. When they were last used stands in the credential report.
        AccessKeys: Vec<AccessKey>;
    }

    later gives SSH_PUBLIC_KEYS {
        /// Keys for CodeCommit, as they are now.
        SSHPublicKeys: Vec<SshPublicKey>;
    }
}

fn arns(attached: &[sdk::AttachedPolicy]) -> Vec<&str> {
    attached.iter().filter_map(|policy| policy.policy_arn()).collect()
}

fn names(inline: &[sdk::PolicyDetail]) -> Vec<&str> {
    inline.iter().filter_map(|policy| policy.policy_name()).collect()
}

fn boundary(boundary: Option<&sdk::AttachedPermissionsBoundary>) -> Option<&str> {
    boundary?.permissions_boundary_arn()
}

/// A policy in force for a user or a role. Its document stands at the policy itself, and only there: many share it, and
/// AWS's own are long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EffectivePolicy {
    pub policy_name: String,
    /// The `PolicyArn` of the `AWS::IAM::ManagedPolicy`. Null for an inline policy: the `AWS::IAM::Policy` whose `Id`
    /// is `AttachedTo`, a slash and the name.
    pub policy_arn: Option<String>,
    /// Who has it: `user/NAME`, `group/NAME` or `role/NAME`.
    pub attached_to: String,
}

shape! {
    pub(super) struct MfaDevice of device: sdk::MfaDevice {
        SerialNumber: String = device.serial_number;
        EnableDate: Option<Timestamp> = Some(device.enable_date);
    }
}

shape! {
    pub(super) struct AccessKey of key: sdk::AccessKeyMetadata {
        AccessKeyId: Option<String> = key.access_key_id;
        /// `Active`, `Inactive` or `Expired`.
        Status: String = key.status;
        CreateDate: Timestamp = key.create_date;
    }
}

shape! {
    pub(super) struct SshPublicKey of key: sdk::SshPublicKeyMetadata {
        SSHPublicKeyId: String = key.ssh_public_key_id;
        /// `Active` or `Inactive`.
        Status: String = Some(&key.status);
        UploadDate: Option<Timestamp> = Some(key.upload_date);
    }
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

facts! {
    /// Facts of `AWS::IAM::Group`.
    pub(super) struct Group;

    list(group: &sdk::GroupDetail) {
        GroupName: String = group.group_name;
        Arn: Option<String> = group.arn;
        Path: String = group.path,
            or "/" "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html";
        CreateDate: Option<Timestamp> = group.create_date;
        ManagedPolicyArns: Vec<String> = arns(group.attached_managed_policies());
        /// Names of the group's inline policies; each is an `AWS::IAM::Policy`, too.
        PolicyNames: Vec<String> = names(group.group_policy_list());
    }

    later {
        /// Names of the members; known when every user was read.
        Users: Vec<String>;
    }
}

facts! {
    /// Facts of `AWS::IAM::Role`.
    pub(super) struct Role;

    list(role: &sdk::RoleDetail) {
        RoleName: String = role.role_name;
        Arn: Option<String> = role.arn;
        Path: String = role.path,
            or "/" "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html";
        CreateDate: Option<Timestamp> = role.create_date;
        ManagedPolicyArns: Vec<String> = arns(role.attached_managed_policies());
        /// Names of the role's inline policies; each is an `AWS::IAM::Policy`, too.
        PolicyNames: Vec<String> = names(role.role_policy_list());
        /// The boundary's ARN.
        PermissionsBoundary: Option<String> = boundary(role.permissions_boundary());
        RoleLastUsed: RoleLastUsed = Some(last_used(role));
        Tags: Vec<Tag> = role.tags;
    }

    later {
        /// Whether an AWS service owns the role (path `/aws-service-role/`): its trust and its permissions are not the
        /// customer's to change.
        IsServiceLinked: bool;
        /// Who alone can change the role: `IAM Identity Center`, `AWS Control Tower`, `CloudFormation StackSets`, an
        /// AWS service; null for the account's own.
        ManagedBy: Option<String>;
        /// Whether AWS decides what the role may do. Not so for Identity Center: the organization's permission set
        /// does.
        HasRightsOfAWS: bool;
        /// Every managed and inline policy that grants it something.
        EffectivePolicies: Vec<EffectivePolicy>;
    }

    later gives TRUST {
        AssumeRolePolicyDocument: PolicyDocument;
    }

    later gives DURATION {
        /// Seconds.
        MaxSessionDuration: i32;
    }
}

shape! {
    /// Both null for a role that was not used within IAM's tracking period.
    pub(super) struct RoleLastUsed of used: sdk::RoleLastUsed {
        LastUsedDate: Option<Timestamp> = used.last_used_date;
        Region: Option<String> = used.region;
    }
}

fn last_used(role: &sdk::RoleDetail) -> sdk::RoleLastUsed {
    role.role_last_used.clone().unwrap_or_else(|| sdk::RoleLastUsed::builder().build())
}

facts! {
    /// Facts of `AWS::IAM::ManagedPolicy`: the customer's own, and those of AWS that are in use in the account.
    pub(super) struct ManagedPolicy;

    list(policy: &sdk::ManagedPolicyDetail, arn: &str) {
        // The name is the last part of the ARN, should the answer leave it out.
        ManagedPolicyName: String = Some(policy.policy_name().or(arn.rsplit('/').next()).unwrap_or_default());
        PolicyArn: String = policy.arn;
        Path: String = policy.path,
            or "/" "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html";
        CreateDate: Option<Timestamp> = policy.create_date;
        /// When the default version was last set.
        UpdateDate: Option<Timestamp> = policy.update_date;
        DefaultVersionId: String = policy.default_version_id;
        /// How many users, groups and roles it is attached to.
        AttachmentCount: i32 = policy.attachment_count;
        /// How many users and roles it is the permissions boundary of.
        PermissionsBoundaryUsageCount: i32 = policy.permissions_boundary_usage_count,
            or 0 "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ManagedPolicyDetail.html";
    }

    later {
        /// Whether AWS wrote the policy and keeps it up to date.
        IsAWSManaged: bool;
        /// Names of the users it is attached to; known when every user was read.
        Users: Vec<String>;
        /// Names of the groups it is attached to; known when every group was read.
        Groups: Vec<String>;
        /// Names of the roles it is attached to; known when every role was read.
        Roles: Vec<String>;
    }

    later gives DOCUMENT {
        /// The default version, which is the one in force.
        PolicyDocument: PolicyDocument;
    }

    later gives TAGS {
        /// AWS's own policies have none that a customer could set.
        Tags: Vec<Tag>;
    }
}

facts! {
    /// Facts of `AWS::IAM::Policy`: an inline policy of a user, a group or a role.
    pub(super) struct InlinePolicy;

    later {
        /// `user/NAME/POLICY`, `group/NAME/POLICY` or `role/NAME/POLICY`: names of inline policies are not unique.
        Id: String;
        PolicyName: String;
        /// `user`, `group` or `role`.
        PrincipalType: String;
        PrincipalName: String;
        PrincipalArn: Option<String>;
        /// Whether the policy belongs to a service-linked role, which only its service can change.
        IsServiceLinked: bool;
        /// Who alone can change the role that the policy belongs to, as with `AWS::IAM::Role`; null for a user and a
        /// group.
        ManagedBy: Option<String>;
        /// Whether AWS decides what the role that the policy belongs to may do; false for a user and a group.
        HasRightsOfAWS: bool;
    }

    later gives DOCUMENT {
        PolicyDocument: PolicyDocument;
    }
}

facts! {
    /// Facts of `AWS::IAM::ServerCertificate`.
    pub(super) struct ServerCertificate;

    list(certificate: &sdk::ServerCertificateMetadata) {
        ServerCertificateName: String = certificate.server_certificate_name;
        Arn: String = certificate.arn;
        Path: String = certificate.path;
        UploadDate: Option<Timestamp> = certificate.upload_date;
        Expiration: Timestamp = certificate.expiration;
    }

    later gives TAGS {
        Tags: Vec<Tag>;
    }
}

impl FromAws<sdk::Tag> for Tag {
    fn from_aws(tag: &sdk::Tag) -> Result<Self, String> {
        Ok(Self::new(tag.key(), Some(tag.value())))
    }
}
