//! Credentials of IAM users for single services: passwords of CodeCommit and Keyspaces, and API keys such as those of
//! Bedrock. The credential report has no columns for them.

use std::sync::Arc;

use aws_sdk_iam::types as sdk;

use super::{Reader, operation};
use crate::aws::{Operation, Yield};
use crate::collect::facts::facts;
use crate::model::Timestamp;

pub(super) const SERVICE_CREDENTIAL: &str = "AWS::IAM::ServiceSpecificCredential";

pub(super) const LIST_SERVICE_SPECIFIC_CREDENTIALS: Operation = operation(
    "ListServiceSpecificCredentials",
    &["iam:ListServiceSpecificCredentials"],
    &[Yield::Population(SERVICE_CREDENTIAL)],
);

facts! {
    /// Facts of `AWS::IAM::ServiceSpecificCredential`. Its secret is shown once, when it is made, and never read.
    pub(super) struct ServiceCredential;

    list(credential: &sdk::ServiceSpecificCredentialMetadata) {
        ServiceSpecificCredentialId: String = credential.service_specific_credential_id;
        UserName: String = credential.user_name;
        /// Such as `bedrock.amazonaws.com`.
        ServiceName: String = credential.service_name;
        /// `Active`, `Inactive` or `Expired`.
        Status: String = Some(&credential.status);
        CreateDate: Option<Timestamp> = Some(credential.create_date);
        /// Null where it never expires. Only API keys can have an end.
        ExpirationDate: Option<Timestamp> = credential.expiration_date;
    }
}

/// Lists the credentials of all users at once.
pub(super) async fn read(reader: &Arc<Reader>) {
    let mut marker = None;
    loop {
        let request = reader.client.list_service_specific_credentials().all_users(true).set_marker(marker.take());
        let Some(page) = reader.site.ask(&LIST_SERVICE_SPECIFIC_CREDENTIALS, || request.send()).await else { return };
        page.service_specific_credentials().iter().for_each(|listed| emit(reader, listed));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return;
        }
    }
}

fn emit(reader: &Reader, listed: &sdk::ServiceSpecificCredentialMetadata) {
    let list = &LIST_SERVICE_SPECIFIC_CREDENTIALS;
    let id = ("ServiceSpecificCredentialId", Some(listed.service_specific_credential_id()));
    let Some(credential) = reader.site.listed(SERVICE_CREDENTIAL, list, id, &[]) else { return };
    let mut facts = ServiceCredential::default();
    credential.lacks(list, facts.list(listed));
    credential.emit(None, &facts);
}
