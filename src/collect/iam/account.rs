//! What IAM says about the account as a whole and its root user.

use serde_json::Value;

use super::facts::{MfaDevice, RootCredentials};
use super::report::CredentialReport;
use super::{ACCOUNT, NO_SUCH_ENTITY, Reader, operation};
use crate::aws::told::{FromAws, Given, Told};
use crate::aws::wire::{Object, object};
use crate::aws::{Answer, Operation, ResourceReader, Yield};
use crate::collect::facts::{facts, shape};
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

    summarize(answer: Given<'_>) gives SUMMARY {
        /// 1 if the root user has an MFA device.
        AccountMFAEnabled: i32 = answer.get("SummaryMap.AccountMFAEnabled");
        /// 1 if the root user has access keys.
        AccountAccessKeysPresent: i32 = answer.get("SummaryMap.AccountAccessKeysPresent");
        /// 1 if the root user has a password; null where AWS's answer leaves it out.
        AccountPasswordPresent: Option<i32> = answer.get("SummaryMap.AccountPasswordPresent");
        /// 1 if the root user has X.509 signing certificates; null where AWS's answer leaves it out.
        AccountSigningCertificatesPresent: Option<i32> =
            answer.get("SummaryMap.AccountSigningCertificatesPresent");
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
    pub(super) struct OutboundFederation of info: Given<'_> {
        /// The issuer in the tokens, which whoever takes them trusts; null where AWS names none.
        IssuerIdentifier: Option<String> = info.get("IssuerIdentifier");
    }
}

shape! {
    pub(super) struct PasswordPolicy of policy: Given<'_> {
        MinimumPasswordLength: i32 = policy.get("MinimumPasswordLength"),
            or 6 "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
        RequireSymbols: bool = policy.get("RequireSymbols"),
            or false "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
        RequireNumbers: bool = policy.get("RequireNumbers"),
            or false "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
        RequireUppercaseCharacters: bool = policy.get("RequireUppercaseCharacters"),
            or false "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
        RequireLowercaseCharacters: bool = policy.get("RequireLowercaseCharacters"),
            or false "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
        AllowUsersToChangePassword: bool = policy.get("AllowUsersToChangePassword"),
            or false "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
        /// Days; null for passwords that never expire.
        MaxPasswordAge: Option<i32> = policy.get("MaxPasswordAge").filter(is_positive);
        /// How many former passwords are refused; null for none.
        PasswordReusePrevention: Option<i32> = policy.get("PasswordReusePrevention").filter(is_positive);
        HardExpiry: bool = policy.get("HardExpiry"),
            or false "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html";
    }
}

/// IAM writes 0 where a limit is not set.
fn is_positive(number: &Given<'_>) -> bool {
    number.0.as_i64().is_none_or(|number| number > 0)
}

pub(super) async fn read(reader: &Reader) -> AccountFacts {
    let account = reader.site.account();
    let mut facts = AccountFacts::default();
    let (summary, password_policy, root_devices, features, outbound) = tokio::join!(
        reader.service.ask_about(&account, &GET_ACCOUNT_SUMMARY, &[], Object::new()),
        password_policy(reader, &account),
        root_virtual_mfa_devices(reader),
        organizations_features(reader, &account),
        outbound_federation(reader, &account)
    );
    if let Answer::Got(answer) = summary {
        account.lacks(&GET_ACCOUNT_SUMMARY, facts.summarize(Given(&answer)));
    }
    (facts.PasswordPolicy, facts.RootVirtualMFADevices, facts.OrganizationsFeatures) =
        (password_policy, root_devices, features);
    facts.OutboundWebIdentityFederation = outbound;
    facts
}

/// Adds the account's facts, with the root user's row of the credential report if it was read.
pub(super) fn emit(reader: &Reader, mut facts: AccountFacts, report: Option<&CredentialReport>) {
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
    let features = |answer: Option<Value>| match answer {
        Some(answer) => Vec::told(&Given(&answer).get("EnabledFeatures")).map(Some),
        None => Ok(None),
    };
    reader.service.fact(account, &LIST_ORGANIZATIONS_FEATURES, not_here, Object::new(), features).await
}

async fn outbound_federation(reader: &Reader, account: &ResourceReader) -> Fact<Option<OutboundFederation>> {
    let (operation, disabled) =
        (&GET_OUTBOUND_WEB_IDENTITY_FEDERATION_INFO, &["FeatureDisabled", "FeatureDisabledException"]);
    let enabled = |answer: Option<Value>| {
        let is_enabled = |answer: &Value| Given(answer).get("JwtVendingEnabled").is_some_and(|flag| flag.0 == true);
        answer.filter(is_enabled).map(|info| OutboundFederation::from_aws(&Given(&info))).transpose()
    };
    reader.service.fact(account, operation, disabled, Object::new(), enabled).await
}

async fn password_policy(reader: &Reader, account: &ResourceReader) -> Fact<Option<PasswordPolicy>> {
    let none = &[NO_SUCH_ENTITY];
    reader.service.read(account, &GET_ACCOUNT_PASSWORD_POLICY, none, Object::new(), "PasswordPolicy").await
}

async fn root_virtual_mfa_devices(reader: &Reader) -> Fact<Vec<MfaDevice>> {
    let input = object([("AssignmentStatus", "Assigned")]);
    let listing = reader.service.pages(&LIST_VIRTUAL_MFA_DEVICES, None, input).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let devices = listing.items.iter().flat_map(|page| Given(page).list("VirtualMFADevices")).filter(is_of_root);
    let devices = devices.map(|device| MfaDevice::from_aws(&device)).collect();
    reader.site.account().understand(&LIST_VIRTUAL_MFA_DEVICES, devices)
}

/// The root user has a device whose user is `arn:aws:iam::ACCOUNT:root`, or whose serial number is the one that the
/// console gives the first virtual device of a root user.
fn is_of_root(device: &Given<'_>) -> bool {
    let user_is_root = device.text("User.Arn").is_some_and(|arn| arn.ends_with(":root"));
    user_is_root || device.text("SerialNumber").is_some_and(|serial| serial.ends_with(":mfa/root-account-mfa-device"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn devices_of_the_root_user_are_told_by_user_or_serial() {
        let is_of_root = |serial: &str, user: Option<&str>| {
            let device = json!({"SerialNumber": serial, "User": user.map(|arn| json!({"Arn": arn}))});
            is_of_root(&Given(&device))
        };
        assert!(is_of_root("arn:aws:iam::123456789012:mfa/phone", Some("arn:aws:iam::123456789012:root")));
        assert!(is_of_root("arn:aws:iam::123456789012:mfa/root-account-mfa-device", None));
        assert!(!is_of_root("arn:aws:iam::123456789012:mfa/root", Some("arn:aws:iam::123456789012:user/root")));
    }
}
