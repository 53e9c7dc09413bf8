//! Amazon S3 Control: the account's own block-public-access settings, access points, and multi-region access points.
//!
//! Listed are the access points of general purpose buckets. Those of directory buckets, of file systems and of Object
//! Lambda have lists of their own, which are not read.

use std::sync::Arc;

use aws_sdk_s3control::Client;
use aws_sdk_s3control::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_s3control::operation::get_multi_region_access_point_policy::GetMultiRegionAccessPointPolicyOutput;
use aws_sdk_s3control::types as sdk;

use super::facts::{facts, shape};
use super::shapes::PublicAccessBlock;
use super::{Collector, Work};
use crate::aws::told::FromAws;
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Arn, Kind, PolicyDocument, Scope};

const ACCESS_POINT: &str = "AWS::S3::AccessPoint";
const MULTI_REGION_ACCESS_POINT: &str = "AWS::S3::MultiRegionAccessPoint";

/// The region that answers for all multi-region access points.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html>.
const REGION_OF_MULTI_REGION: &str = "us-west-2";

facts! {
    /// What S3 Control tells about the account.
    pub(super) struct AccountFacts;

    later gives PUBLIC_ACCESS {
        /// Null where none of the four settings was ever made.
        PublicAccessBlockConfiguration: Option<PublicAccessBlock>;
    }
}

facts! {
    /// Facts of `AWS::S3::AccessPoint`.
    struct AccessPoint;

    list(point: &sdk::AccessPoint) {
        Name: String = point.name;
        Arn: Option<String> = point.access_point_arn;
        Bucket: String = point.bucket;
        /// The account that owns the bucket; null where S3 does not say.
        BucketAccountId: Option<String> = point.bucket_account_id;
        /// `Internet` or `VPC`.
        NetworkOrigin: String = Some(&point.network_origin);
    }

    later gives PUBLIC_ACCESS {
        PublicAccessBlockConfiguration: Option<PublicAccessBlock>;
    }

    later gives POLICY {
        Policy: Option<PolicyDocument>;
    }
}

facts! {
    /// Facts of `AWS::S3::MultiRegionAccessPoint`.
    struct MultiRegionAccessPoint;

    list(point: &sdk::MultiRegionAccessPointReport) {
        Name: String = point.name;
        Alias: Option<String> = point.alias;
        /// Such as `READY`.
        Status: Option<String> = point.status;
        PublicAccessBlockConfiguration: Option<PublicAccessBlock> = point.public_access_block;
        /// The buckets behind it.
        Regions: Vec<RegionOfPoint> = point.regions;
    }

    later gives POLICY {
        /// The policy that is in force in all its regions.
        Policy: Option<PolicyDocument>;
    }
}

shape! {
    struct RegionOfPoint of region: sdk::RegionReport {
        Bucket: Option<String> = region.bucket;
        /// The account that owns the bucket; null where S3 does not say.
        BucketAccountId: Option<String> = region.bucket_account_id;
        Region: Option<String> = region.region;
    }
}

impl FromAws<sdk::PublicAccessBlockConfiguration> for PublicAccessBlock {
    fn from_aws(own: &sdk::PublicAccessBlockConfiguration) -> Result<Self, String> {
        Ok(Self::of([
            own.block_public_acls,
            own.block_public_policy,
            own.ignore_public_acls,
            own.restrict_public_buckets,
        ]))
    }
}

const GET_ACCOUNT_PUBLIC_ACCESS_BLOCK: Operation = Operation {
    service: "s3control",
    name: "GetPublicAccessBlock",
    iam_actions: &["s3:GetAccountPublicAccessBlock"],
    yields: &[Yield::Facts("AWS::Account", AccountFacts::PUBLIC_ACCESS)],
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
    yields: &[Yield::Facts(ACCESS_POINT, AccessPoint::PUBLIC_ACCESS)],
};
const GET_ACCESS_POINT_POLICY: Operation = Operation {
    service: "s3control",
    name: "GetAccessPointPolicy",
    iam_actions: &["s3:GetAccessPointPolicy"],
    yields: &[Yield::Facts(ACCESS_POINT, AccessPoint::POLICY)],
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
    yields: &[Yield::Facts(MULTI_REGION_ACCESS_POINT, MultiRegionAccessPoint::POLICY)],
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
    let none = &["NoSuchPublicAccessBlockConfiguration"];
    let settings =
        account.read(&GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, none, call, |it| it.public_access_block_configuration);
    account.emit(None, &AccountFacts { PublicAccessBlockConfiguration: settings.await });
}

async fn read_access_points(site: Site) {
    let client = client(&site);
    let pages = || client.list_access_points().account_id(site.session().account()).into_paginator().send();
    let listing = site.pages(&LIST_ACCESS_POINTS, None, pages).await;
    let points = listing.items.into_iter().flat_map(|page| page.access_point_list.unwrap_or_default());
    site.session().each(points, |point| read_access_point(site.clone(), client.clone(), point)).await;
}

async fn read_access_point(site: Site, client: Client, listed: sdk::AccessPoint) {
    let (name, gone) = (("Name", Some(listed.name())), &["NoSuchAccessPoint"]);
    let Some(point) = site.listed(ACCESS_POINT, &LIST_ACCESS_POINTS, name, gone) else { return };
    let mut facts = AccessPoint::default();
    point.lacks(&LIST_ACCESS_POINTS, facts.list(&listed));
    let account = site.session().account();
    let settings = || client.get_access_point().account_id(account).name(point.id()).send();
    let policy = || client.get_access_point_policy().account_id(account).name(point.id()).send();
    (facts.PublicAccessBlockConfiguration, facts.Policy) = tokio::join!(
        point.read(&GET_ACCESS_POINT, &[], settings, |output| output.public_access_block_configuration),
        point.read(&GET_ACCESS_POINT_POLICY, &["NoSuchAccessPointPolicy"], policy, |output| output.policy)
    );
    point.emit(listed.access_point_arn, &facts);
}

/// Only the partition `aws` has them.
async fn read_multi_region_access_points(session: &Arc<Session>) {
    if session.partition() != "aws" {
        return;
    }
    let site = session.region(REGION_OF_MULTI_REGION);
    let client = client(&site);
    let pages = || client.list_multi_region_access_points().account_id(session.account()).into_paginator().send();
    let listing = site.pages(&LIST_MULTI_REGION_ACCESS_POINTS, None, pages).await;
    let points = listing.items.into_iter().flat_map(|page| page.access_points.unwrap_or_default());
    session.each(points, |point| read_multi_region_access_point(site.clone(), client.clone(), point)).await;
}

async fn read_multi_region_access_point(site: Site, client: Client, listed: sdk::MultiRegionAccessPointReport) {
    let (list, gone) = (&LIST_MULTI_REGION_ACCESS_POINTS, &["NoSuchMultiRegionAccessPoint"]);
    let Some(point) = site.listed(MULTI_REGION_ACCESS_POINT, list, ("Name", listed.name()), gone) else { return };
    let mut facts = MultiRegionAccessPoint::default();
    point.lacks(list, facts.list(&listed));
    let account = site.session().account();
    let call = || client.get_multi_region_access_point_policy().account_id(account).name(point.id()).send();
    let none = &["NoSuchMultiRegionAccessPointPolicy"];
    let established = |output: GetMultiRegionAccessPointPolicyOutput| output.policy?.established?.policy;
    let policy = point.read(&GET_MULTI_REGION_ACCESS_POINT_POLICY, none, call, |output| {
        established(output).filter(|text| !text.is_empty())
    });
    facts.Policy = policy.await;
    let arn = listed.alias.map(|alias| {
        let resource = format!("accesspoint/{alias}");
        Arn { partition: "aws", service: "s3", region: "", account, resource: &resource }.to_string()
    });
    point.emit(arn, &facts);
}
