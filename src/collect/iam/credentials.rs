//! Credentials of IAM users for single services: passwords of CodeCommit and Keyspaces, and API keys such as those of
//! Bedrock. The credential report has no columns for them.

use std::sync::Arc;

use aws_sdk_iam::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Reader, operation};
use crate::aws::{Operation, Yield};
use crate::collect::shapes::timestamp;
use crate::model::{Fact, Timestamp};

pub(super) const SERVICE_CREDENTIAL: &str = "AWS::IAM::ServiceSpecificCredential";

pub(super) const LIST_SERVICE_SPECIFIC_CREDENTIALS: Operation = operation(
    "ListServiceSpecificCredentials",
    &["iam:ListServiceSpecificCredentials"],
    &[Yield::Population(SERVICE_CREDENTIAL)],
);

/// Facts of `AWS::IAM::ServiceSpecificCredential`. Its secret is shown once, when it is made, and never read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServiceCredential {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    service_specific_credential_id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    user_name: Fact<String>,
    /// Such as `bedrock.amazonaws.com`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    service_name: Fact<String>,
    /// `Active`, `Inactive` or `Expired`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    create_date: Fact<Option<Timestamp>>,
    /// Null where it never expires. Only API keys can have an end.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    expiration_date: Fact<Option<Timestamp>>,
}

/// Lists the credentials of all users at once.
pub(super) async fn read(reader: &Arc<Reader>) {
    let mut marker = None;
    loop {
        let request = reader.client.list_service_specific_credentials().all_users(true).set_marker(marker.take());
        let Some(page) = reader.site.ask(&LIST_SERVICE_SPECIFIC_CREDENTIALS, || request.send()).await else { return };
        page.service_specific_credentials.unwrap_or_default().into_iter().for_each(|listed| emit(reader, listed));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return;
        }
    }
}

fn emit(reader: &Reader, listed: sdk::ServiceSpecificCredentialMetadata) {
    let (list, id) = (&LIST_SERVICE_SPECIFIC_CREDENTIALS, listed.service_specific_credential_id);
    let named = ("ServiceSpecificCredentialId", Some(id.as_str()));
    let Some(credential) = reader.site.listed(SERVICE_CREDENTIAL, list, named, &[]) else { return };
    let facts = ServiceCredential {
        service_specific_credential_id: Fact::Known(id),
        user_name: Fact::Known(listed.user_name),
        service_name: Fact::Known(listed.service_name),
        status: Fact::Known(listed.status.as_str().to_owned()),
        create_date: Fact::Known(timestamp(&listed.create_date)),
        expiration_date: Fact::Known(listed.expiration_date.as_ref().and_then(timestamp)),
    };
    credential.emit(None, &facts);
}
