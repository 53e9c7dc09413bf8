//! Database proxies.

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;

use super::{DESCRIBE_DB_PROXIES, LIST_TAGS_FOR_RESOURCE, PROXY};
use crate::aws::Site;
use crate::collect::facts::{facts, shape};
use crate::collect::shapes::Tag;

facts! {
    /// Facts of `AWS::RDS::DBProxy`.
    pub(super) struct Proxy;

    list(proxy: &sdk::DbProxy) {
        DBProxyName: String = proxy.db_proxy_name;
        DBProxyArn: String = proxy.db_proxy_arn;
        EngineFamily: String = proxy.engine_family;
        Status: String = proxy.status;
        RequireTLS: bool = proxy.require_tls;
        /// `IAM_AUTH` or `NONE`: how clients sign in that no entry of `Auth` is about; null where AWS does not say.
        DefaultAuthScheme: Option<String> = proxy.default_auth_scheme;
        Auth: Vec<ProxyAuth> = proxy.auth;
    }

    later gives TAGS {
        Tags: Vec<Tag>;
    }
}

shape! {
    /// `SecretArn` names the secret; the secret itself is never read.
    pub(super) struct ProxyAuth of auth: sdk::UserAuthConfigInfo {
        AuthScheme: Option<String> = auth.auth_scheme;
        /// `DISABLED`, `REQUIRED` or `ENABLED`.
        IAMAuth: Option<String> = auth.iam_auth;
        SecretArn: Option<String> = auth.secret_arn;
    }
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
    let mut facts = Proxy::default();
    resource.lacks(&DESCRIBE_DB_PROXIES, facts.list(&listed));
    if let Some(arn) = listed.db_proxy_arn() {
        let call = || client.list_tags_for_resource().resource_name(arn).send();
        facts.Tags = resource.read(&LIST_TAGS_FOR_RESOURCE, &[], call, |output| output.tag_list).await;
    }
    resource.emit(listed.db_proxy_arn, &facts);
}
