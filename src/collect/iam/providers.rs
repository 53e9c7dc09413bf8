//! Identity providers: whom the account lets vouch for people and programs.
//!
//! A SAML provider's metadata is not kept, only until when it is valid: whether it names the right keys cannot be seen
//! from here.

use std::sync::Arc;

use super::{NO_SUCH_ENTITY, Reader, operation};
use crate::aws::told::Given;
use crate::aws::wire::{Object, object};
use crate::aws::{Answer, Operation, Yield};
use crate::collect::facts::facts;
use crate::collect::shapes::Tag;
use crate::model::{Fact, Timestamp};

pub(super) const SAML_PROVIDER: &str = "AWS::IAM::SAMLProvider";
pub(super) const OIDC_PROVIDER: &str = "AWS::IAM::OIDCProvider";

pub(super) const LIST_SAML_PROVIDERS: Operation =
    operation("ListSAMLProviders", &["iam:ListSAMLProviders"], &[Yield::Population(SAML_PROVIDER)]);
pub(super) const GET_SAML_PROVIDER: Operation =
    operation("GetSAMLProvider", &["iam:GetSAMLProvider"], &[Yield::Facts(SAML_PROVIDER, SamlProvider::ENCRYPTION)]);
pub(super) const LIST_OPEN_ID_CONNECT_PROVIDERS: Operation =
    operation("ListOpenIDConnectProviders", &["iam:ListOpenIDConnectProviders"], &[Yield::Population(OIDC_PROVIDER)]);
pub(super) const GET_OPEN_ID_CONNECT_PROVIDER: Operation = operation(
    "GetOpenIDConnectProvider",
    &["iam:GetOpenIDConnectProvider"],
    &[Yield::Facts(OIDC_PROVIDER, OidcProvider::DESCRIBED)],
);

facts! {
    /// Facts of `AWS::IAM::SAMLProvider`.
    pub(super) struct SamlProvider;

    list(provider: Given<'_>, name: &str) {
        Name: String = Some(name);
        Arn: String = provider.get("Arn");
        /// When its metadata runs out; null where AWS tells none.
        ValidUntil: Option<Timestamp> = provider.get("ValidUntil");
    }

    later gives ENCRYPTION {
        /// `Required` where only encrypted assertions are taken, `Allowed` where others are, too; null where the
        /// provider has no key to decrypt with.
        AssertionEncryptionMode: Option<String>;
    }
}

facts! {
    /// Facts of `AWS::IAM::OIDCProvider`.
    pub(super) struct OidcProvider;

    later {
        Arn: String;
        /// The issuer's address, without `https://`.
        Url: String;
    }

    describe(provider: Given<'_>) gives DESCRIBED {
        /// The audiences whose tokens STS takes.
        ClientIdList: Vec<String> = provider.get("ClientIDList");
        CreateDate: Option<Timestamp> = provider.get("CreateDate");
        Tags: Vec<Tag> = provider.get("Tags");
    }
}

pub(super) async fn read(reader: &Arc<Reader>) {
    tokio::join!(read_saml(reader), read_oidc(reader));
}

/// AWS gives each list in one answer.
async fn read_saml(reader: &Reader) {
    let Some(listed) = reader.service.ask(&LIST_SAML_PROVIDERS, Object::new()).await else { return };
    for provider in Given(&listed).list("SAMLProviderList") {
        let arn = provider.text("Arn").unwrap_or_default();
        let name = arn.split_once(":saml-provider/").map_or(arn, |(_, name)| name);
        let (list, id) = (&LIST_SAML_PROVIDERS, ("Arn", Some(name)));
        let Some(resource) = reader.site.listed(SAML_PROVIDER, list, id, &[NO_SUCH_ENTITY]) else { continue };
        let mut facts = SamlProvider::default();
        resource.lacks(list, facts.list(provider, name));
        let input = object([("SAMLProviderArn", arn)]);
        facts.AssertionEncryptionMode =
            reader.service.read(&resource, &GET_SAML_PROVIDER, &[], input, "AssertionEncryptionMode").await;
        resource.emit(Some(arn.to_owned()), &facts);
    }
}

async fn read_oidc(reader: &Arc<Reader>) {
    let Some(listed) = reader.service.ask(&LIST_OPEN_ID_CONNECT_PROVIDERS, Object::new()).await else { return };
    let arns = Given(&listed).list("OpenIDConnectProviderList");
    let arns: Vec<String> = arns.map(|provider| provider.text("Arn").unwrap_or_default().to_owned()).collect();
    reader.site.session().each(arns, |arn| read_oidc_provider(Arc::clone(reader), arn)).await;
}

async fn read_oidc_provider(reader: Arc<Reader>, arn: String) {
    let url = arn.split_once(":oidc-provider/").map_or(&arn[..], |(_, url)| url).to_owned();
    let (list, id) = (&LIST_OPEN_ID_CONNECT_PROVIDERS, ("Arn", Some(url.as_str())));
    let Some(provider) = reader.site.listed(OIDC_PROVIDER, list, id, &[NO_SUCH_ENTITY]) else { return };
    let (known_arn, known_url) = (Fact::Known(arn.clone()), Fact::Known(url.clone()));
    let mut facts = OidcProvider { Arn: known_arn, Url: known_url, ..OidcProvider::default() };
    let (operation, input) = (&GET_OPEN_ID_CONNECT_PROVIDER, object([("OpenIDConnectProviderArn", arn.as_str())]));
    if let Answer::Got(answer) = reader.service.ask_about(&provider, operation, &[], input).await {
        provider.lacks(operation, facts.describe(Given(&answer)));
    }
    provider.emit(Some(arn.clone()), &facts);
}
