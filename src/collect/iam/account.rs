//! What IAM says about the account as a whole and its root user.

use aws_sdk_iam::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::facts::{MfaDevice, RootCredentials};
use super::report::Report;
use super::{ACCOUNT, NO_SUCH_ENTITY, Reader, operation};
use crate::aws::{Answer, Operation, ResourceReader, Yield};
use crate::collect::shapes::timestamp;
use crate::model::Fact;

pub(super) const GET_ACCOUNT_SUMMARY: Operation = operation(
    "GetAccountSummary",
    &["iam:GetAccountSummary"],
    &[Yield::Facts(
        ACCOUNT,
        &[
            "AccountMFAEnabled",
            "AccountAccessKeysPresent",
            "AccountPasswordPresent",
            "AccountSigningCertificatesPresent",
        ],
    )],
);
pub(super) const GET_ACCOUNT_PASSWORD_POLICY: Operation = operation(
    "GetAccountPasswordPolicy",
    &["iam:GetAccountPasswordPolicy"],
    &[Yield::Facts(ACCOUNT, &["PasswordPolicy"])],
);
pub(super) const LIST_VIRTUAL_MFA_DEVICES: Operation = operation(
    "ListVirtualMFADevices",
    &["iam:ListVirtualMFADevices"],
    &[Yield::Facts(ACCOUNT, &["RootVirtualMFADevices"])],
);

pub(super) const LIST_ORGANIZATIONS_FEATURES: Operation = operation(
    "ListOrganizationsFeatures",
    &["iam:ListOrganizationsFeatures"],
    &[Yield::Facts(ACCOUNT, &["OrganizationsFeatures"])],
);

pub(super) const GET_OUTBOUND_WEB_IDENTITY_FEDERATION_INFO: Operation = operation(
    "GetOutboundWebIdentityFederationInfo",
    &["iam:GetOutboundWebIdentityFederationInfo"],
    &[Yield::Facts(ACCOUNT, &["OutboundWebIdentityFederation"])],
);

/// What IAM tells about the account.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::collect) struct AccountFacts {
    /// 1 if the root user has an MFA device.
    #[serde(rename = "AccountMFAEnabled", skip_serializing_if = "Fact::is_unknown")]
    account_mfa_enabled: Fact<i32>,
    /// 1 if the root user has access keys.
    #[serde(rename = "AccountAccessKeysPresent", skip_serializing_if = "Fact::is_unknown")]
    account_access_keys_present: Fact<i32>,
    /// 1 if the root user has a password; null where AWS's answer leaves it out.
    #[serde(rename = "AccountPasswordPresent", skip_serializing_if = "Fact::is_unknown")]
    account_password_present: Fact<Option<i32>>,
    /// 1 if the root user has X.509 signing certificates; null where AWS's answer leaves it out.
    #[serde(rename = "AccountSigningCertificatesPresent", skip_serializing_if = "Fact::is_unknown")]
    account_signing_certificates_present: Fact<Option<i32>>,
    /// Null where none was set; IAM's defaults apply then.
    #[serde(rename = "PasswordPolicy", skip_serializing_if = "Fact::is_unknown")]
    password_policy: Fact<Option<PasswordPolicy>>,
    /// The root user's MFA devices that are programs and not hardware. Passkeys and security keys are not among them.
    #[serde(rename = "RootVirtualMFADevices", skip_serializing_if = "Fact::is_unknown")]
    root_virtual_mfa_devices: Fact<Vec<MfaDevice>>,
    /// The root user's row of the credential report.
    #[serde(rename = "RootCredentialReport", skip_serializing_if = "Fact::is_unknown")]
    root_credential_report: Fact<RootCredentials>,
    /// What the management account and delegated administrators manage for the root users of all accounts
    /// (`RootCredentialsManagement`, `RootSessions`); null where nothing was begun, and for all other accounts.
    #[serde(rename = "OrganizationsFeatures", skip_serializing_if = "Fact::is_unknown")]
    organizations_features: Fact<Option<Vec<String>>>,
    /// Whether principals of the account may get tokens for services outside of AWS; null where they may not.
    #[serde(rename = "OutboundWebIdentityFederation", skip_serializing_if = "Fact::is_unknown")]
    outbound_web_identity_federation: Fact<Option<OutboundFederation>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct OutboundFederation {
    /// The issuer in the tokens, which whoever takes them trusts; null where AWS names none.
    issuer_identifier: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct PasswordPolicy {
    minimum_password_length: i32,
    require_symbols: bool,
    require_numbers: bool,
    require_uppercase_characters: bool,
    require_lowercase_characters: bool,
    allow_users_to_change_password: bool,
    /// Days; null for passwords that never expire.
    max_password_age: Option<i32>,
    /// How many former passwords are refused; null for none.
    password_reuse_prevention: Option<i32>,
    hard_expiry: bool,
}

pub(super) async fn read(reader: &Reader) -> AccountFacts {
    let account = reader.site.account();
    let (summary, password_policy, root_virtual_mfa_devices, organizations_features, outbound) = tokio::join!(
        summary(reader, &account),
        password_policy(reader, &account),
        root_virtual_mfa_devices(reader),
        organizations_features(reader, &account),
        outbound_federation(reader, &account)
    );
    let outbound_web_identity_federation = outbound;
    AccountFacts {
        password_policy,
        root_virtual_mfa_devices,
        organizations_features,
        outbound_web_identity_federation,
        ..summary
    }
}

/// Adds the account's facts, with the root user's row of the credential report if it was read.
pub(super) fn emit(reader: &Reader, mut facts: AccountFacts, report: Option<&Report>) {
    let account = reader.site.account();
    if let Some(report) = report.filter(|_| reader.wants(ACCOUNT)) {
        facts.root_credential_report = report.of_root(&account);
    }
    account.emit(None, &facts);
}

async fn summary(reader: &Reader, account: &ResourceReader) -> AccountFacts {
    use sdk::SummaryKeyType::{
        AccountAccessKeysPresent, AccountMfaEnabled, AccountPasswordPresent, AccountSigningCertificatesPresent,
    };
    let call = || reader.client.get_account_summary().send();
    let Answer::Got(answer) = account.ask(&GET_ACCOUNT_SUMMARY, &[], call).await else {
        return AccountFacts::default();
    };
    let values = answer.summary_map.unwrap_or_default();
    let needed = |key: sdk::SummaryKeyType| {
        values.get(&key).copied().ok_or_else(|| format!("the account summary lacks {}", key.as_str()))
    };
    AccountFacts {
        account_mfa_enabled: account.understand(&GET_ACCOUNT_SUMMARY, needed(AccountMfaEnabled)),
        account_access_keys_present: account.understand(&GET_ACCOUNT_SUMMARY, needed(AccountAccessKeysPresent)),
        account_password_present: Fact::Known(values.get(&AccountPasswordPresent).copied()),
        account_signing_certificates_present: Fact::Known(values.get(&AccountSigningCertificatesPresent).copied()),
        ..AccountFacts::default()
    }
}

async fn organizations_features(reader: &Reader, account: &ResourceReader) -> Fact<Option<Vec<String>>> {
    let not_here = &[
        "AccountNotManagementOrDelegatedAdministratorException",
        "OrganizationNotFoundException",
        "OrganizationNotInAllFeaturesModeException",
        "ServiceAccessNotEnabledException",
    ];
    let call = || reader.client.list_organizations_features().send();
    account
        .fact(&LIST_ORGANIZATIONS_FEATURES, not_here, call, |answer| {
            let features = answer.map(|answer| answer.enabled_features.unwrap_or_default());
            Ok(features.map(|features| features.iter().map(|feature| feature.as_str().to_owned()).collect()))
        })
        .await
}

async fn outbound_federation(reader: &Reader, account: &ResourceReader) -> Fact<Option<OutboundFederation>> {
    let disabled = &["FeatureDisabled", "FeatureDisabledException"];
    let call = || reader.client.get_outbound_web_identity_federation_info().send();
    account
        .fact(&GET_OUTBOUND_WEB_IDENTITY_FEDERATION_INFO, disabled, call, |answer| {
            let enabled = answer.filter(|answer| answer.jwt_vending_enabled);
            Ok(enabled.map(|answer| OutboundFederation { issuer_identifier: answer.issuer_identifier }))
        })
        .await
}

async fn password_policy(reader: &Reader, account: &ResourceReader) -> Fact<Option<PasswordPolicy>> {
    let call = || reader.client.get_account_password_policy().send();
    account
        .fact(&GET_ACCOUNT_PASSWORD_POLICY, &[NO_SUCH_ENTITY], call, |answer| {
            Ok(answer.and_then(|answer| answer.password_policy).map(|policy| PasswordPolicy {
                // The least that IAM allows, and its default.
                minimum_password_length: policy.minimum_password_length.unwrap_or(6),
                require_symbols: policy.require_symbols,
                require_numbers: policy.require_numbers,
                require_uppercase_characters: policy.require_uppercase_characters,
                require_lowercase_characters: policy.require_lowercase_characters,
                allow_users_to_change_password: policy.allow_users_to_change_password,
                max_password_age: policy.max_password_age.filter(|days| *days > 0),
                password_reuse_prevention: policy.password_reuse_prevention.filter(|passwords| *passwords > 0),
                hard_expiry: policy.hard_expiry.unwrap_or(false),
            }))
        })
        .await
}

async fn root_virtual_mfa_devices(reader: &Reader) -> Fact<Vec<MfaDevice>> {
    let request = reader.client.list_virtual_mfa_devices().assignment_status(sdk::AssignmentStatusType::Assigned);
    let listing = reader.site.pages(&LIST_VIRTUAL_MFA_DEVICES, None, || request.into_paginator().send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let devices = listing.items.into_iter().flat_map(|page| page.virtual_mfa_devices).filter(is_of_root);
    let device = |device: sdk::VirtualMfaDevice| MfaDevice {
        enable_date: device.enable_date.as_ref().and_then(timestamp),
        serial_number: device.serial_number,
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
