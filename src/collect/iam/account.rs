//! What IAM says about the account as a whole and its root user.

use std::collections::HashMap;

use aws_sdk_iam::operation::get_outbound_web_identity_federation_info::GetOutboundWebIdentityFederationInfoOutput;
use aws_sdk_iam::operation::list_organizations_features::ListOrganizationsFeaturesOutput;
use aws_sdk_iam::types as sdk;

use super::facts::{MfaDevice, RootCredentials};
use super::report::Report;
use super::{ACCOUNT, NO_SUCH_ENTITY, Reader, operation};
use crate::aws::{Answer, Operation, ResourceReader, Yield};
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::timestamp;
use crate::model::Fact;

pub(super) const GET_ACCOUNT_SUMMARY: Operation =
    operation("GetAccountSummary", &["iam:GetAccountSummary"], &[Yield::Facts(ACCOUNT, AccountFacts::SUMMARY)]);
pub(super) const GET_ACCOUNT_PASSWORD_POLICY: Operation = operation(
    "GetAccountPasswordPolicy",
    &["iam:GetAccountPasswordPolicy"],
    &[Yield::Facts(ACCOUNT, AccountFacts::PASSWORD_POLICY)],
);
pub(super) const LIST_VIRTUAL_MFA_DEVICES: Operation = operation(
    "ListVirtualMFADevices",
    &["iam:ListVirtualMFADevices"],
    &[Yield::Facts(ACCOUNT, AccountFacts::ROOT_DEVICES)],
);

pub(super) const LIST_ORGANIZATIONS_FEATURES: Operation = operation(
    "ListOrganizationsFeatures",
    &["iam:ListOrganizationsFeatures"],
    &[Yield::Facts(ACCOUNT, AccountFacts::FEATURES)],
);

pub(super) const GET_OUTBOUND_WEB_IDENTITY_FEDERATION_INFO: Operation = operation(
    "GetOutboundWebIdentityFederationInfo",
    &["iam:GetOutboundWebIdentityFederationInfo"],
    &[Yield::Facts(ACCOUNT, AccountFacts::OUTBOUND)],
);

facts! {
    /// What IAM tells about the account.
    pub(in crate::collect) struct AccountFacts;

    summarize(summary: &HashMap<sdk::SummaryKeyType, i32>) gives SUMMARY {
        /// 1 if the root user has an MFA device.
        AccountMFAEnabled: i32 = summary.get(&sdk::SummaryKeyType::AccountMfaEnabled).copied();
        /// 1 if the root user has access keys.
        AccountAccessKeysPresent: i32 = summary.get(&sdk::SummaryKeyType::AccountAccessKeysPresent).copied();
        /// 1 if the root user has a password; null where AWS's answer leaves it out.
        AccountPasswordPresent: Option<i32> = summary.get(&sdk::SummaryKeyType::AccountPasswordPresent).copied();
        /// 1 if the root user has X.509 signing certificates; null where AWS's answer leaves it out.
        AccountSigningCertificatesPresent: Option<i32> =
            summary.get(&sdk::SummaryKeyType::AccountSigningCertificatesPresent).copied();
    }

    later gives PASSWORD_POLICY {
        /// Null where none was set; IAM's defaults apply then.
        PasswordPolicy: Option<PasswordPolicy>;
    }

    later gives ROOT_DEVICES {
        /// The root user's MFA devices that are programs and not hardware. Passkeys and security keys are not among
        /// them.
        RootVirtualMFADevices: Vec<MfaDevice>;
    }

    later {
        /// The root user's row of the credential report.
        RootCredentialReport: RootCredentials;
    }

    later gives FEATURES {
        /// What the management account and delegated administrators manage for the root users of all accounts
        /// (`RootCredentialsManagement`, `RootSessions`); null where nothing was begun, and for all other accounts.
        OrganizationsFeatures: Option<Vec<String>>;
    }

    later gives OUTBOUND {
        /// Whether principals of the account may get tokens for services outside of AWS; null where they may not.
        OutboundWebIdentityFederation: Option<OutboundFederation>;
    }
}

shape! {
    pub(super) struct OutboundFederation of info: GetOutboundWebIdentityFederationInfoOutput {
        /// The issuer in the tokens, which whoever takes them trusts; null where AWS names none.
        IssuerIdentifier: Option<String> = info.issuer_identifier;
    }
}

shape! {
    pub(super) struct PasswordPolicy of policy: sdk::PasswordPolicy {
        MinimumPasswordLength: i32 = policy.minimum_password_length,
            or 6 "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
        RequireSymbols: bool = policy.require_symbols;
        RequireNumbers: bool = policy.require_numbers;
        RequireUppercaseCharacters: bool = policy.require_uppercase_characters;
        RequireLowercaseCharacters: bool = policy.require_lowercase_characters;
        AllowUsersToChangePassword: bool = policy.allow_users_to_change_password;
        /// Days; null for passwords that never expire.
        MaxPasswordAge: Option<i32> = policy.max_password_age.filter(|days| *days > 0);
        /// How many former passwords are refused; null for none.
        PasswordReusePrevention: Option<i32> = policy.password_reuse_prevention.filter(|passwords| *passwords > 0);
        HardExpiry: bool = policy.hard_expiry,
            or false "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
    }
}

pub(super) async fn read(reader: &Reader) -> AccountFacts {
    let account = reader.site.account();
    let mut facts = AccountFacts::default();
    let (summary, password_policy, root_devices, features, outbound) = tokio::join!(
        account.ask(&GET_ACCOUNT_SUMMARY, &[], || reader.client.get_account_summary().send()),
        password_policy(reader, &account),
        root_virtual_mfa_devices(reader),
        organizations_features(reader, &account),
        outbound_federation(reader, &account)
    );
    if let Answer::Got(answer) = summary {
        account.lacks(&GET_ACCOUNT_SUMMARY, facts.summarize(&answer.summary_map.unwrap_or_default()));
    }
    (facts.PasswordPolicy, facts.RootVirtualMFADevices, facts.OrganizationsFeatures) =
        (password_policy, root_devices, features);
    facts.OutboundWebIdentityFederation = outbound;
    facts
}

/// Adds the account's facts, with the root user's row of the credential report if it was read.
pub(super) fn emit(reader: &Reader, mut facts: AccountFacts, report: Option<&Report>) {
    let account = reader.site.account();
    if let Some(report) = report.filter(|_| reader.wants(ACCOUNT)) {
        facts.RootCredentialReport = report.of_root(&account);
    }
    account.emit(None, &facts);
}

async fn organizations_features(reader: &Reader, account: &ResourceReader) -> Fact<Option<Vec<String>>> {
    let not_here = &[
        "AccountNotManagementOrDelegatedAdministratorException",
        "OrganizationNotFoundException",
        "OrganizationNotInAllFeaturesModeException",
        "ServiceAccessNotEnabledException",
    ];
    let call = || reader.client.list_organizations_features().send();
    let features = |answer: ListOrganizationsFeaturesOutput| Some(answer.enabled_features.unwrap_or_default());
    account.read(&LIST_ORGANIZATIONS_FEATURES, not_here, call, features).await
}

async fn outbound_federation(reader: &Reader, account: &ResourceReader) -> Fact<Option<OutboundFederation>> {
    let disabled = &["FeatureDisabled", "FeatureDisabledException"];
    let call = || reader.client.get_outbound_web_identity_federation_info().send();
    let enabled = |info: GetOutboundWebIdentityFederationInfoOutput| info.jwt_vending_enabled.then_some(info);
    account.read(&GET_OUTBOUND_WEB_IDENTITY_FEDERATION_INFO, disabled, call, enabled).await
}

async fn password_policy(reader: &Reader, account: &ResourceReader) -> Fact<Option<PasswordPolicy>> {
    let call = || reader.client.get_account_password_policy().send();
    account.read(&GET_ACCOUNT_PASSWORD_POLICY, &[NO_SUCH_ENTITY], call, |answer| answer.password_policy).await
}

async fn root_virtual_mfa_devices(reader: &Reader) -> Fact<Vec<MfaDevice>> {
    let request = reader.client.list_virtual_mfa_devices().assignment_status(sdk::AssignmentStatusType::Assigned);
    let listing = reader.site.pages(&LIST_VIRTUAL_MFA_DEVICES, None, || request.into_paginator().send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let devices = listing.items.into_iter().flat_map(|page| page.virtual_mfa_devices).filter(is_of_root);
    let device = |device: sdk::VirtualMfaDevice| MfaDevice {
        EnableDate: device.enable_date.as_ref().and_then(timestamp),
        SerialNumber: device.serial_number,
    };
    Fact::Known(devices.map(device).collect())
}

/// The root user has a device whose user is `arn:aws:iam::ACCOUNT:root`, or whose serial number is the one that the
/// console gives the first virtual device of a root user.
fn is_of_root(device: &sdk::VirtualMfaDevice) -> bool {
    let user_is_root = device.user.as_ref().is_some_and(|user| user.arn.ends_with(":root"));
    user_is_root || device.serial_number.ends_with(":mfa/root-account-mfa-device")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(serial: &str, user_arn: &str) -> sdk::VirtualMfaDevice {
        let user = sdk::User::builder().path("/").user_name("x").user_id("x").arn(user_arn);
        let user = user.create_date(aws_smithy_types::DateTime::from_secs(0)).build().unwrap();
        sdk::VirtualMfaDevice::builder().serial_number(serial).user(user).build().unwrap()
    }

    #[test]
    fn devices_of_the_root_user_are_told_by_user_or_serial() {
        let root = "arn:aws:iam::123456789012:root";
        assert!(is_of_root(&device("arn:aws:iam::123456789012:mfa/phone", root)));
        let serial = "arn:aws:iam::123456789012:mfa/root-account-mfa-device";
        assert!(is_of_root(&sdk::VirtualMfaDevice::builder().serial_number(serial).build().unwrap()));
        let ann = "arn:aws:iam::123456789012:user/root";
        assert!(!is_of_root(&device("arn:aws:iam::123456789012:mfa/root", ann)));
    }
}
