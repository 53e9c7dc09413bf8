//! Credentials of IAM users for single services: passwords of CodeCommit and Keyspaces, and API keys such as those of
//! Bedrock. The credential report has no columns for them.

use std::sync::Arc;

use super::{Reader, operation};
use crate::aws::told::Given;
use crate::aws::wire::object;
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

    list(credential: Given<'_>) {
        ServiceSpecificCredentialId: String = credential.get("ServiceSpecificCredentialId");
        UserName: String = credential.get("UserName");
        /// Such as `bedrock.amazonaws.com`.
        ServiceName: String = credential.get("ServiceName");
        /// `Active`, `Inactive` or `Expired`.
        Status: String = credential.get("Status");
        CreateDate: Option<Timestamp> = credential.get("CreateDate");
        /// Null where it never expires. Only API keys can have an end.
        ExpirationDate: Option<Timestamp> = credential.get("ExpirationDate");
    }
}

/// Lists the credentials of all users at once.
pub(super) async fn read(reader: &Arc<Reader>) {
    let list = &LIST_SERVICE_SPECIFIC_CREDENTIALS;
    let listing = reader.service.pages(list, None, object([("AllUsers", true)])).await;
    let listed = listing.items.iter().flat_map(|page| Given(page).list("ServiceSpecificCredentials"));
    listed.for_each(|listed| emit(reader, listed));
}

fn emit(reader: &Reader, listed: Given<'_>) {
    let list = &LIST_SERVICE_SPECIFIC_CREDENTIALS;
    let id = ("ServiceSpecificCredentialId", listed.text("ServiceSpecificCredentialId"));
    let Some(credential) = reader.site.listed(SERVICE_CREDENTIAL, list, id, &[]) else { return };
    let mut facts = ServiceCredential::default();
    credential.lacks(list, facts.list(listed));
    credential.emit(None, &facts);
}
