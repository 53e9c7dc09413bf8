//! Amazon S3 Control: the account's own block-public-access settings, and access points.

use std::sync::Arc;

use aws_sdk_s3control::Client;
use aws_sdk_s3control::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_s3control::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::operation::{Operation, Yield};
use super::s3::PublicAccessBlock;
use super::session::{Place, Session};
use super::{Collector, Work};
use crate::model::{Fact, Kind, Scope};

const ACCESS_POINT: &str = "AWS::S3::AccessPoint";

/// What S3 Control tells about the account.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountFacts {
    /// Null where none of the four settings was ever made.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    public_access_block_configuration: Fact<Option<PublicAccessBlock>>,
}

/// Facts of `AWS::S3::AccessPoint`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct AccessPoint {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    bucket: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    network_origin: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    public_access_block_configuration: Fact<Option<PublicAccessBlock>>,
}

const GET_ACCOUNT_PUBLIC_ACCESS_BLOCK: Operation = Operation {
    service: "s3control",
    name: "GetPublicAccessBlock",
    iam_actions: &["s3:GetAccountPublicAccessBlock"],
    yields: &[Yield::Facts("AWS::Account", &["PublicAccessBlockConfiguration"])],
};
const LIST_ACCESS_POINTS: Operation = Operation {
    service: "s3control",
    name: "ListAccessPoints",
    iam_actions: &["s3:ListAccessPoints"],
    yields: &[Yield::Population(ACCESS_POINT)],
};
const GET_ACCESS_POINT: Operation = Operation {
    service: "s3control",
    name: "GetAccessPoint",
    iam_actions: &["s3:GetAccessPoint"],
    yields: &[Yield::Facts(ACCESS_POINT, &["PublicAccessBlockConfiguration"])],
};

/// The collector of Amazon S3 Control.
pub struct S3Control;

impl Collector for S3Control {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<AccessPoint>(ACCESS_POINT, "s3", Scope::Region)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, &LIST_ACCESS_POINTS, &GET_ACCESS_POINT]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            let in_regions = session.each(regions, |region| read_access_points(session.region(&region)));
            tokio::join!(read_account(session.global()), in_regions);
        })
    }
}

fn client(place: &Place) -> Client {
    let settings = place.config();
    let mut config = aws_sdk_s3control::config::Builder::from(&settings).interceptor(place.interceptor());
    if let Some(url) = settings.endpoint_url().filter(|url| has_no_subdomains(url)) {
        config =
            config.endpoint_resolver(PlainEndpoint { url: url.to_owned(), region: place.region_name().to_owned() });
    }
    Client::from_conf(config.build())
}

/// S3 Control puts the account id before the host's name, which an IP address or `localhost` cannot have.
fn has_no_subdomains(url: &str) -> bool {
    let authority = url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    host == "localhost" || host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok()
}

#[derive(Debug)]
struct PlainEndpoint {
    url: String,
    region: String,
}

impl ResolveEndpoint for PlainEndpoint {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        let scheme = aws_smithy_types::endpoint::EndpointAuthScheme::with_capacity("sigv4", 3)
            .put("disableDoubleEncoding", true)
            .put("signingName", "s3".to_owned())
            .put("signingRegion", self.region.clone());
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.url.clone()).auth_scheme(scheme).build()))
    }
}

async fn read_account(place: Place) {
    let (client, account) = (client(&place), place.account_subject());
    let call = || client.get_public_access_block().account_id(account.id()).send();
    let settings = account
        .fact(&GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, &["NoSuchPublicAccessBlockConfiguration"], call, |output| {
            Ok(output.and_then(|output| output.public_access_block_configuration).map(public_access_block))
        })
        .await;
    account.emit(None, &AccountFacts { public_access_block_configuration: settings });
}

async fn read_access_points(place: Place) {
    let client = client(&place);
    let account = place.session().account().to_owned();
    let listing = place
        .pages(&LIST_ACCESS_POINTS, None, || client.list_access_points().account_id(&account).into_paginator().send())
        .await;
    let points = listing.items.into_iter().flat_map(|page| page.access_point_list.unwrap_or_default());
    place.session().each(points, |point| read_access_point(place.clone(), client.clone(), point)).await;
}

async fn read_access_point(place: Place, client: Client, listed: sdk::AccessPoint) {
    let point = place.subject(ACCESS_POINT, &listed.name, &["NoSuchAccessPoint"]);
    let account = place.session().account();
    let call = || client.get_access_point().account_id(account).name(point.id()).send();
    let settings = point
        .fact(&GET_ACCESS_POINT, &[], call, |output| {
            Ok(output.and_then(|output| output.public_access_block_configuration).map(public_access_block))
        })
        .await;
    let facts = AccessPoint {
        name: Fact::Known(listed.name.clone()),
        arn: Fact::Known(listed.access_point_arn.clone()),
        bucket: Fact::Known(listed.bucket.clone()),
        network_origin: Fact::Known(listed.network_origin.as_str().to_owned()),
        public_access_block_configuration: settings,
    };
    point.emit(listed.access_point_arn.clone(), &facts);
}

fn public_access_block(settings: sdk::PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: settings.block_public_acls.unwrap_or(false),
        block_public_policy: settings.block_public_policy.unwrap_or(false),
        ignore_public_acls: settings.ignore_public_acls.unwrap_or(false),
        restrict_public_buckets: settings.restrict_public_buckets.unwrap_or(false),
    }
}
