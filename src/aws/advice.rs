//! What a failure says about the credentials, and what whoever runs the scan can do about it.

use super::failure::{CallFailure, Failure};
use crate::Error;
use crate::model::GapClass;

/// In a region that the account has not enabled, AWS calls good credentials invalid. Ours are known to be good: the
/// account's identity was read with them in the configured region.
pub fn in_another_region(mut failure: Failure) -> Failure {
    let is_refused =
        matches!(failure.code.as_str(), "InvalidClientTokenId" | "UnrecognizedClientException" | "AuthFailure");
    if failure.class == GapClass::Credentials && is_refused {
        failure.class = GapClass::RegionDisabled;
        failure.message.push_str(" (AWS answers so in regions that the account has not enabled)");
    }
    failure
}

/// Credentials with which something was read before, and with which nothing can be read any more, have ended.
pub fn while_reading(mut failure: Failure) -> Failure {
    if failure.class == GapClass::Credentials {
        failure.message.push_str(match failure.code.as_str() {
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                " (the credentials ended while the account was being read: scan again with fresh ones, or through a \
                 profile or a role (--role-arn) whose credentials are renewed on the way)"
            }
            "CredentialsNotLoaded" => {
                " (the credentials ended while the account was being read, and there were no new ones: the role must \
                 be one that can be assumed again, by credentials that last as long as the scan)"
            }
            _ => "",
        });
    }
    failure
}

/// Without the account's identity nothing can be claimed: why it could not be read, and what to do.
pub fn no_identity(failure: &CallFailure, role_arn: Option<&str>) -> Error {
    let Failure { class, code, message } = &failure.failure;
    // The SDK says no more than that there are none, whichever of the two was missing: the role's or those to assume it
    // with.
    let not_assumed = role_arn.filter(|_| code == "CredentialsNotLoaded");
    let message = match not_assumed {
        Some(role_arn) => format!("could not assume the role {role_arn} (sts:AssumeRole: {message})"),
        None => format!(
            "could not find out which account these credentials belong to (sts:GetCallerIdentity: {code}: {message})"
        ),
    };
    let help = match class {
        GapClass::Credentials if not_assumed.is_some() => {
            "the role of --role-arn could not be assumed: its trust policy must allow sts:AssumeRole for your identity, \
             --external-id must be the one that it demands, and there must be credentials to assume it with"
        }
        GapClass::Credentials if code == "CredentialsNotLoaded" => {
            "no AWS credentials were found: run `aws sso login` or `aws configure`, pass --profile, or set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `safeguard scan --demo` needs none"
        }
        GapClass::Credentials if code.starts_with("Expired") || code == "RequestExpired" => {
            "the credentials have expired: sign in again (`aws sso login`) or fetch new ones"
        }
        GapClass::Credentials => "AWS does not know these credentials: check the profile and the environment variables",
        GapClass::Denied | GapClass::DeniedByOrganization => {
            "if --role-arn is given, its trust policy must allow sts:AssumeRole for your identity, and --external-id \
             must be the one that it demands"
        }
        GapClass::OutOfTime => "allow more time for reading (--max-duration)",
        GapClass::Timeout | GapClass::Unreachable => {
            "check that the region's name is right, the network and its proxy, and AWS_ENDPOINT_URL"
        }
        _ => "try again; if it stays, report it with -vv",
    };
    Error::failed(message).help(help)
}
