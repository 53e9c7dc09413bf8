//! Identity providers: whom the account lets vouch for people and programs.
//!
//! A SAML provider's metadata is not kept, only until when it is valid: whether it names the right keys cannot be seen
//! from here.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{NO_SUCH_ENTITY, Reader, operation, tags};
use crate::aws::{Answer, Operation, Yield};
use crate::collect::shapes::{Tag, timestamp};
use crate::model::{Fact, Timestamp};

pub(super) const SAML_PROVIDER: &str = "AWS::IAM::SAMLProvider";
pub(super) const OIDC_PROVIDER: &str = "AWS::IAM::OIDCProvider";

pub(super) const LIST_SAML_PROVIDERS: Operation =
    operation("ListSAMLProviders", &["iam:ListSAMLProviders"], &[Yield::Population(SAML_PROVIDER)]);
pub(super) const GET_SAML_PROVIDER: Operation = operation(
    "GetSAMLProvider",
    &["iam:GetSAMLProvider"],
    &[Yield::Facts(SAML_PROVIDER, &["AssertionEncryptionMode"])],
);
pub(super) const LIST_OPEN_ID_CONNECT_PROVIDERS: Operation =
    operation("ListOpenIDConnectProviders", &["iam:ListOpenIDConnectProviders"], &[Yield::Population(OIDC_PROVIDER)]);
pub(super) const GET_OPEN_ID_CONNECT_PROVIDER: Operation = operation(
    "GetOpenIDConnectProvider",
    &["iam:GetOpenIDConnectProvider"],
    &[Yield::Facts(OIDC_PROVIDER, &["ClientIdList", "CreateDate", "Tags"])],
);

/// Facts of `AWS::IAM::SAMLProvider`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SamlProvider {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<String>,
    /// When its metadata runs out; null where AWS tells none.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    valid_until: Fact<Option<Timestamp>>,
    /// `Required` where only encrypted assertions are taken, `Allowed` where others are, too; null where the provider has no
    /// key to decrypt with.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    assertion_encryption_mode: Fact<Option<String>>,
}

/// Facts of `AWS::IAM::OIDCProvider`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OidcProvider {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<String>,
    /// The issuer's address, without `https://`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    url: Fact<String>,
    /// The audiences whose tokens STS takes.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    client_id_list: Fact<Vec<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    create_date: Fact<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

pub(super) async fn read(reader: &Arc<Reader>) {
    tokio::join!(read_saml(reader), read_oidc(reader));
}

/// AWS gives each list in one answer.
async fn read_saml(reader: &Reader) {
    let call = || reader.client.list_saml_providers().send();
    let Some(listed) = reader.site.ask(&LIST_SAML_PROVIDERS, call).await else { return };
    for provider in listed.saml_provider_list.unwrap_or_default() {
        let arn = provider.arn.unwrap_or_default();
        let name = arn.split_once(":saml-provider/").map_or(&arn[..], |(_, name)| name).to_owned();
        let id = ("Arn", Some(name.as_str()));
        let Some(resource) = reader.site.listed(SAML_PROVIDER, &LIST_SAML_PROVIDERS, id, &[NO_SUCH_ENTITY]) else {
            continue;
        };
        let call = || reader.client.get_saml_provider().saml_provider_arn(&arn).send();
        let assertion_encryption_mode = resource
            .fact(&GET_SAML_PROVIDER, &[], call, |answer| {
                let mode = answer.and_then(|answer| answer.assertion_encryption_mode);
                Ok(mode.map(|mode| mode.as_str().to_owned()))
            })
            .await;
        let facts = SamlProvider {
            name: Fact::Known(name),
            arn: Fact::Known(arn.clone()),
            valid_until: Fact::Known(provider.valid_until.as_ref().and_then(timestamp)),
            assertion_encryption_mode,
        };
        resource.emit(Some(arn), &facts);
    }
}

async fn read_oidc(reader: &Arc<Reader>) {
    let call = || reader.client.list_open_id_connect_providers().send();
    let Some(listed) = reader.site.ask(&LIST_OPEN_ID_CONNECT_PROVIDERS, call).await else { return };
    let arns = listed
        .open_id_connect_provider_list
        .unwrap_or_default()
        .into_iter()
        .map(|provider| provider.arn.unwrap_or_default());
    reader.site.session().each(arns, |arn| read_oidc_provider(Arc::clone(reader), arn)).await;
}

async fn read_oidc_provider(reader: Arc<Reader>, arn: String) {
    let url = arn.split_once(":oidc-provider/").map_or(&arn[..], |(_, url)| url).to_owned();
    let (list, id) = (&LIST_OPEN_ID_CONNECT_PROVIDERS, ("Arn", Some(url.as_str())));
    let Some(provider) = reader.site.listed(OIDC_PROVIDER, list, id, &[NO_SUCH_ENTITY]) else { return };
    let call = || reader.client.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send();
    let mut facts = OidcProvider { arn: Fact::Known(arn.clone()), url: Fact::Known(url.clone()), ..Default::default() };
    if let Answer::Got(answer) = provider.ask(&GET_OPEN_ID_CONNECT_PROVIDER, &[], call).await {
        facts.client_id_list = Fact::Known(answer.client_id_list.unwrap_or_default());
        facts.create_date = Fact::Known(answer.create_date.as_ref().and_then(timestamp));
        facts.tags = Fact::Known(tags(answer.tags));
    }
    provider.emit(Some(arn.clone()), &facts);
}
