//! Database proxies.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_rds::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::{DESCRIBE_DB_PROXIES, LIST_TAGS_FOR_RESOURCE, PROXY, tags};
use crate::aws::Site;
use crate::collect::shapes::Tag;
use crate::model::Fact;

/// Facts of `AWS::RDS::DBProxy`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Proxy {
    #[serde(rename = "DBProxyName", skip_serializing_if = "Fact::is_unknown")]
    db_proxy_name: Fact<String>,
    #[serde(rename = "DBProxyArn", skip_serializing_if = "Fact::is_unknown")]
    db_proxy_arn: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    engine_family: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<String>,
    #[serde(rename = "RequireTLS", skip_serializing_if = "Fact::is_unknown")]
    require_tls: Fact<bool>,
    /// `IAM_AUTH` or `NONE`: how clients sign in that no entry of `Auth` is about; null where AWS does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    default_auth_scheme: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    auth: Fact<Vec<ProxyAuth>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

/// `SecretArn` names the secret; the secret itself is never read.
#[derive(Debug, Serialize, JsonSchema)]
struct ProxyAuth {
    #[serde(rename = "AuthScheme")]
    auth_scheme: Option<String>,
    /// `DISABLED`, `REQUIRED` or `ENABLED`.
    #[serde(rename = "IAMAuth")]
    iam_auth: Option<String>,
    #[serde(rename = "SecretArn")]
    secret_arn: Option<String>,
}

pub(super) async fn read_proxies(site: &Site, client: &Client) {
    let start = || client.describe_db_proxies().into_paginator().send();
    let listing = site.pages(&DESCRIBE_DB_PROXIES, None, start).await;
    let proxies = listing.items.into_iter().flat_map(|page| page.db_proxies.unwrap_or_default());
    site.session().each(proxies, |proxy| read_proxy(site.clone(), client.clone(), proxy)).await;
}

async fn read_proxy(site: Site, client: Client, listed: sdk::DbProxy) {
    let name = ("DBProxyName", listed.db_proxy_name.as_deref());
    let Some(resource) = site.listed(PROXY, &DESCRIBE_DB_PROXIES, name, &["DBProxyNotFoundFault"]) else { return };
    let arn = listed.db_proxy_arn.clone();
    let mut facts = Proxy::of(listed);
    if let Some(arn) = &arn {
        let call = || client.list_tags_for_resource().resource_name(arn).send();
        let read = |output: Option<ListTagsForResourceOutput>| Ok(tags(output.and_then(|output| output.tag_list)));
        let tags: Fact<Vec<Tag>> = resource.fact(&LIST_TAGS_FOR_RESOURCE, &[], call, read).await;
        facts.tags = tags;
    }
    resource.emit(arn, &facts);
}

impl Proxy {
    fn of(listed: sdk::DbProxy) -> Self {
        let auth = listed.auth.unwrap_or_default().into_iter().map(|auth| ProxyAuth {
            auth_scheme: auth.auth_scheme.map(|scheme| scheme.as_str().to_owned()),
            iam_auth: auth.iam_auth.map(|mode| mode.as_str().to_owned()),
            secret_arn: auth.secret_arn,
        });
        Self {
            db_proxy_name: listed.db_proxy_name.into(),
            db_proxy_arn: listed.db_proxy_arn.into(),
            engine_family: listed.engine_family.into(),
            status: listed.status.map(|status| status.as_str().to_owned()).into(),
            require_tls: listed.require_tls.into(),
            default_auth_scheme: Fact::Known(listed.default_auth_scheme),
            auth: Fact::Known(auth.collect()),
            tags: Fact::Unknown,
        }
    }
}
