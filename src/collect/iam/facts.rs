//! The facts of IAM's kinds.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::aws::told::Given;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;
use crate::model::{PolicyDocument, Timestamp};

facts! {
    /// Facts of `AWS::IAM::User`.
    pub(super) struct User;

    list(user: Given<'_>) {
        UserName: String = user.get("UserName");
        Arn: Option<String> = user.get("Arn");
        Path: String = user.get("Path"),
            or "/" "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html";
        CreateDate: Option<Timestamp> = user.get("CreateDate");
        /// Names of the groups that the user is in.
        Groups: Vec<String> = user.get("GroupList");
        /// Policies attached to the user itself.
        ManagedPolicyArns: Vec<String> = arns(user);
        /// Names of the user's inline policies; each is an `AWS::IAM::Policy`, too.
        PolicyNames: Vec<String> = names(user, "UserPolicyList");
        /// The boundary's ARN.
        PermissionsBoundary: Option<String> = user.get("PermissionsBoundary.PermissionsBoundaryArn");
        Tags: Vec<Tag> = user.get("Tags");
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

fn arns<'v>(principal: Given<'v>) -> Vec<&'v str> {
    principal.list("AttachedManagedPolicies").filter_map(|policy| policy.text("PolicyArn")).collect()
}

fn names<'v>(principal: Given<'v>, inline: &str) -> Vec<&'v str> {
    principal.list(inline).filter_map(|policy| policy.text("PolicyName")).collect()
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
    pub(super) struct MfaDevice of device: Given<'_> {
        SerialNumber: String = device.get("SerialNumber");
        EnableDate: Option<Timestamp> = device.get("EnableDate");
    }
}

shape! {
    pub(super) struct AccessKey of key: Given<'_> {
        AccessKeyId: Option<String> = key.get("AccessKeyId");
        /// `Active`, `Inactive` or `Expired`.
        Status: String = key.get("Status");
        CreateDate: Timestamp = key.get("CreateDate");
    }
}

shape! {
    pub(super) struct SshPublicKey of key: Given<'_> {
        SSHPublicKeyId: String = key.get("SSHPublicKeyId");
        /// `Active` or `Inactive`.
        Status: String = key.get("Status");
        UploadDate: Option<Timestamp> = key.get("UploadDate");
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

    list(group: Given<'_>) {
        GroupName: String = group.get("GroupName");
        Arn: Option<String> = group.get("Arn");
        Path: String = group.get("Path"),
            or "/" "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html";
        CreateDate: Option<Timestamp> = group.get("CreateDate");
        ManagedPolicyArns: Vec<String> = arns(group);
        /// Names of the group's inline policies; each is an `AWS::IAM::Policy`, too.
        PolicyNames: Vec<String> = names(group, "GroupPolicyList");
    }

    later {
        /// Names of the members; known when every user was read.
        Users: Vec<String>;
    }
}

facts! {
    /// Facts of `AWS::IAM::Role`.
    pub(super) struct Role;

    list(role: Given<'_>) {
        RoleName: String = role.get("RoleName");
        Arn: Option<String> = role.get("Arn");
        Path: String = role.get("Path"),
            or "/" "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html";
        CreateDate: Option<Timestamp> = role.get("CreateDate");
        ManagedPolicyArns: Vec<String> = arns(role);
        /// Names of the role's inline policies; each is an `AWS::IAM::Policy`, too.
        PolicyNames: Vec<String> = names(role, "RolePolicyList");
        /// The boundary's ARN.
        PermissionsBoundary: Option<String> = role.get("PermissionsBoundary.PermissionsBoundaryArn");
        RoleLastUsed: RoleLastUsed = Some(role.get("RoleLastUsed").unwrap_or(NEVER));
        Tags: Vec<Tag> = role.get("Tags");
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
    pub(super) struct RoleLastUsed of used: Given<'_> {
        LastUsedDate: Option<Timestamp> = used.get("LastUsedDate");
        Region: Option<String> = used.get("Region");
    }
}

/// What IAM says of a role that was not used: nothing.
static NOTHING: Value = Value::Null;
const NEVER: Given<'static> = Given(&NOTHING);

facts! {
    /// Facts of `AWS::IAM::ManagedPolicy`: the customer's own, and those of AWS that are in use in the account.
    pub(super) struct ManagedPolicy;

    list(policy: Given<'_>, arn: &str) {
        // The name is the last part of the ARN, should the answer leave it out.
        ManagedPolicyName: String = Some(policy.text("PolicyName").or(arn.rsplit('/').next()).unwrap_or_default());
        PolicyArn: String = policy.get("Arn");
        Path: String = policy.get("Path"),
            or "/" "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html";
        CreateDate: Option<Timestamp> = policy.get("CreateDate");
        /// When the default version was last set.
        UpdateDate: Option<Timestamp> = policy.get("UpdateDate");
        DefaultVersionId: String = policy.get("DefaultVersionId");
        /// How many users, groups and roles it is attached to.
        AttachmentCount: i32 = policy.get("AttachmentCount");
        /// How many users and roles it is the permissions boundary of.
        PermissionsBoundaryUsageCount: i32 = policy.get("PermissionsBoundaryUsageCount"),
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

    list(certificate: Given<'_>) {
        ServerCertificateName: String = certificate.get("ServerCertificateName");
        Arn: String = certificate.get("Arn");
        Path: String = certificate.get("Path");
        UploadDate: Option<Timestamp> = certificate.get("UploadDate");
        Expiration: Timestamp = certificate.get("Expiration");
    }

    later gives TAGS {
        Tags: Vec<Tag>;
    }
}
