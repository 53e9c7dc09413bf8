//! Amazon S3 Control: the account's own block-public-access settings, access points, and multi-region access points.
//!
//! Listed are the access points of general purpose buckets. Those of directory buckets, of file systems and of Object
//! Lambda have lists of their own, which are not read.

use std::sync::Arc;

use aws_sdk_s3control::Client;
use aws_sdk_s3control::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_s3control::types as sdk;
use schemars::JsonSchema;
use serde::Serialize;

use super::s3::PublicAccessBlock;
use super::{Collector, Work};
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Arn, Fact, Kind, PolicyDocument, Scope};

const ACCESS_POINT: &str = "AWS::S3::AccessPoint";
const MULTI_REGION_ACCESS_POINT: &str = "AWS::S3::MultiRegionAccessPoint";

/// The region that answers for all multi-region access points.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html>.
const REGION_OF_MULTI_REGION: &str = "us-west-2";

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
    /// The account that owns the bucket; null where S3 does not say.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    bucket_account_id: Fact<Option<String>>,
    /// `Internet` or `VPC`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    network_origin: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    public_access_block_configuration: Fact<Option<PublicAccessBlock>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    policy: Fact<Option<PolicyDocument>>,
}

/// Facts of `AWS::S3::MultiRegionAccessPoint`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct MultiRegionAccessPoint {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    alias: Fact<Option<String>>,
    /// Such as `READY`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    status: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    public_access_block_configuration: Fact<Option<PublicAccessBlock>>,
    /// The buckets behind it.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    regions: Fact<Vec<RegionOfPoint>>,
    /// The policy that is in force in all its regions.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    policy: Fact<Option<PolicyDocument>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct RegionOfPoint {
    bucket: Option<String>,
    /// The account that owns the bucket; null where S3 does not say.
    bucket_account_id: Option<String>,
    region: Option<String>,
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
const GET_ACCESS_POINT_POLICY: Operation = Operation {
    service: "s3control",
    name: "GetAccessPointPolicy",
    iam_actions: &["s3:GetAccessPointPolicy"],
    yields: &[Yield::Facts(ACCESS_POINT, &["Policy"])],
};
const LIST_MULTI_REGION_ACCESS_POINTS: Operation = Operation {
    service: "s3control",
    name: "ListMultiRegionAccessPoints",
    iam_actions: &["s3:ListMultiRegionAccessPoints"],
    yields: &[Yield::Population(MULTI_REGION_ACCESS_POINT)],
};
const GET_MULTI_REGION_ACCESS_POINT_POLICY: Operation = Operation {
    service: "s3control",
    name: "GetMultiRegionAccessPointPolicy",
    iam_actions: &["s3:GetMultiRegionAccessPointPolicy"],
    yields: &[Yield::Facts(MULTI_REGION_ACCESS_POINT, &["Policy"])],
};

/// The collector of Amazon S3 Control.
pub struct S3Control;

impl Collector for S3Control {
    fn kinds(&self) -> Vec<Kind> {
        vec![
            Kind::of::<AccessPoint>(ACCESS_POINT, "s3", Scope::Region),
            Kind::of::<MultiRegionAccessPoint>(MULTI_REGION_ACCESS_POINT, "s3", Scope::Account),
        ]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[
            &GET_ACCOUNT_PUBLIC_ACCESS_BLOCK,
            &LIST_ACCESS_POINTS,
            &GET_ACCESS_POINT,
            &GET_ACCESS_POINT_POLICY,
            &LIST_MULTI_REGION_ACCESS_POINTS,
            &GET_MULTI_REGION_ACCESS_POINT_POLICY,
        ]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            let in_regions = session.each(regions, |region| read_access_points(session.region(&region)));
            let multi_region = read_multi_region_access_points(&session);
            tokio::join!(read_account(session.global()), in_regions, multi_region);
        })
    }
}

pub(super) fn client(site: &Site) -> Client {
    let settings = site.config();
    let mut config = aws_sdk_s3control::config::Builder::from(&settings).interceptor(site.interceptor());
    if let Some(url) = settings.endpoint_url().filter(|url| has_no_subdomains(url)) {
        config = config.endpoint_resolver(PlainEndpoint { url: url.to_owned(), region: site.region_name().to_owned() });
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

async fn read_account(site: Site) {
    let (client, account) = (client(&site), site.account());
    let call = || client.get_public_access_block().account_id(account.id()).send();
    let settings = account
        .fact(&GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, &["NoSuchPublicAccessBlockConfiguration"], call, |output| {
            Ok(output.and_then(|output| output.public_access_block_configuration).map(public_access_block))
        })
        .await;
    account.emit(None, &AccountFacts { public_access_block_configuration: settings });
}

async fn read_access_points(site: Site) {
    let client = client(&site);
    let account = site.session().account().to_owned();
    let listing = site
        .pages(&LIST_ACCESS_POINTS, None, || client.list_access_points().account_id(&account).into_paginator().send())
        .await;
    let points = listing.items.into_iter().flat_map(|page| page.access_point_list.unwrap_or_default());
    site.session().each(points, |point| read_access_point(site.clone(), client.clone(), point)).await;
}

async fn read_access_point(site: Site, client: Client, listed: sdk::AccessPoint) {
    let (name, gone) = (("Name", Some(listed.name())), &["NoSuchAccessPoint"]);
    let Some(point) = site.listed(ACCESS_POINT, &LIST_ACCESS_POINTS, name, gone) else { return };
    let account = site.session().account();
    let call = || client.get_access_point().account_id(account).name(point.id()).send();
    let settings = point.fact(&GET_ACCESS_POINT, &[], call, |output| {
        Ok(output.and_then(|output| output.public_access_block_configuration).map(public_access_block))
    });
    let call = || client.get_access_point_policy().account_id(account).name(point.id()).send();
    let policy = point.fact(&GET_ACCESS_POINT_POLICY, &["NoSuchAccessPointPolicy"], call, |output| {
        output.and_then(|output| output.policy).map(|text| PolicyDocument::parse(&text)).transpose()
    });
    let (settings, policy) = tokio::join!(settings, policy);
    let facts = AccessPoint {
        name: Fact::Known(listed.name.clone()),
        arn: Fact::Known(listed.access_point_arn.clone()),
        bucket: Fact::Known(listed.bucket.clone()),
        bucket_account_id: Fact::Known(listed.bucket_account_id.clone()),
        network_origin: Fact::Known(listed.network_origin.as_str().to_owned()),
        public_access_block_configuration: settings,
        policy,
    };
    point.emit(listed.access_point_arn.clone(), &facts);
}

/// Only the partition `aws` has them.
async fn read_multi_region_access_points(session: &Arc<Session>) {
    if session.partition() != "aws" {
        return;
    }
    let site = session.region(REGION_OF_MULTI_REGION);
    let client = client(&site);
    let account = session.account().to_owned();
    let pages = || client.list_multi_region_access_points().account_id(&account).into_paginator().send();
    let listing = site.pages(&LIST_MULTI_REGION_ACCESS_POINTS, None, pages).await;
    let points = listing.items.into_iter().flat_map(|page| page.access_points.unwrap_or_default());
    session.each(points, |point| read_multi_region_access_point(site.clone(), client.clone(), point)).await;
}

async fn read_multi_region_access_point(site: Site, client: Client, listed: sdk::MultiRegionAccessPointReport) {
    let (list, gone) = (&LIST_MULTI_REGION_ACCESS_POINTS, &["NoSuchMultiRegionAccessPoint"]);
    let Some(point) = site.listed(MULTI_REGION_ACCESS_POINT, list, ("Name", listed.name()), gone) else { return };
    let account = site.session().account();
    let call = || client.get_multi_region_access_point_policy().account_id(account).name(point.id()).send();
    let policy = point
        .fact(&GET_MULTI_REGION_ACCESS_POINT_POLICY, &["NoSuchMultiRegionAccessPointPolicy"], call, |output| {
            let established = output.and_then(|output| output.policy).and_then(|policy| policy.established);
            let text = established.and_then(|policy| policy.policy).filter(|text| !text.is_empty());
            text.map(|text| PolicyDocument::parse(&text)).transpose()
        })
        .await;
    let arn = listed.alias().map(|alias| {
        let resource = format!("accesspoint/{alias}");
        Arn { partition: "aws", service: "s3", region: "", account, resource: &resource }.to_string()
    });
    let facts = MultiRegionAccessPoint {
        name: Fact::Known(point.id().to_owned()),
        alias: Fact::Known(listed.alias.clone()),
        status: Fact::Known(listed.status.as_ref().map(|status| status.as_str().to_owned())),
        public_access_block_configuration: Fact::Known(listed.public_access_block.clone().map(public_access_block)),
        regions: Fact::Known(listed.regions().iter().map(region_of_point).collect()),
        policy,
    };
    point.emit(arn, &facts);
}

fn region_of_point(region: &sdk::RegionReport) -> RegionOfPoint {
    RegionOfPoint {
        bucket: region.bucket.clone(),
        bucket_account_id: region.bucket_account_id.clone(),
        region: region.region.clone(),
    }
}

fn public_access_block(settings: sdk::PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: settings.block_public_acls.unwrap_or(false),
        block_public_policy: settings.block_public_policy.unwrap_or(false),
        ignore_public_acls: settings.ignore_public_acls.unwrap_or(false),
        restrict_public_buckets: settings.restrict_public_buckets.unwrap_or(false),
    }
}
