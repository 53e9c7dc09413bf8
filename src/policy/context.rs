//! The knowledge about condition keys: their types, and the keys that every request has.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>, and the pages of
//! the services in the service authorization reference.

/// The type of a key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Flag,
    Number,
    Moment,
    Address,
    Text,
}

pub(super) const SECURE_TRANSPORT: &str = "aws:securetransport";
pub(super) const TLS_VERSION: &str = "s3:tlsversion";
/// The key of the operations that a grant of a KMS key allows.
pub(super) const GRANT_OPERATIONS: &str = "kms:grantoperations";
/// The operations of a grant that lead to plain text.
pub(super) const DECRYPTING_OPERATIONS: [&str; 2] = ["Decrypt", "ReEncryptFrom"];

/// The type of the key's values, where it is known for sure.
pub(super) fn sort(key: &str) -> Option<Sort> {
    Some(match key {
        SECURE_TRANSPORT
        | "aws:multifactorauthpresent"
        | "aws:viaawsservice"
        | "aws:principalisawsservice"
        | "kms:grantisforawsresource"
        | "kms:bypasspolicylockoutsafetycheck"
        | "kms:multiregion" => Sort::Flag,
        TLS_VERSION
        | "aws:multifactorauthage"
        | "s3:max-keys"
        | "s3:signatureage"
        | "kms:scheduledeletionpendingwindowindays" => Sort::Number,
        "aws:currenttime" | "aws:epochtime" | "aws:tokenissuetime" => Sort::Moment,
        "aws:sourceip" | "aws:vpcsourceip" => Sort::Address,
        "aws:principalarn"
        | "aws:principalaccount"
        | "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:principaltype"
        | "aws:principalservicename"
        | "aws:sourcearn"
        | "aws:sourceaccount"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:sourceowner"
        | "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:userid"
        | "aws:username"
        | "kms:calleraccount"
        | "kms:viaservice"
        | "sts:externalid" => Sort::Text,
        _ => return None,
    })
}

/// Says whether a request may have several values of the key. For a key that this program does not know the operators
/// tell.
pub(super) fn is_multivalued(key: &str) -> bool {
    let known = [
        "aws:tagkeys",
        "aws:calledvia",
        "aws:principalservicenameslist",
        "aws:vpceorgpaths",
        "dynamodb:attributes",
        "dynamodb:leadingkeys",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "kms:resourcealiases",
        "s3:requestobjecttagkeys",
        "secretsmanager:tagkeys",
        "ses:recipients",
    ];
    known.contains(&key) || key.ends_with(":amr")
}

/// Says whether every request has the key.
pub(super) fn is_always_present(key: &str) -> bool {
    matches!(key, SECURE_TRANSPORT | "aws:currenttime" | "aws:epochtime" | "aws:requestedregion")
}

/// Keys that describe who asks: each caller has values of its own.
pub(super) const OF_CALLERS: [&str; 8] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "kms:calleraccount",
];

/// Keys that name the resource on whose behalf an AWS service asks.
pub(super) const OF_SOURCES: [&str; 5] =
    ["aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths"];

/// Keys that tell where the request comes from: an address on the internet, or a VPC endpoint.
pub(super) const OF_NETWORKS: [&str; 4] = ["aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"];

/// Keys of one thing that can be half absent: the TLS connection.
pub(super) const OF_TRANSPORT: [&str; 2] = [SECURE_TRANSPORT, TLS_VERSION];

/// Keys of multi-factor authentication.
pub(super) const OF_MFA: [&str; 2] = ["aws:multifactorauthpresent", "aws:multifactorauthage"];
