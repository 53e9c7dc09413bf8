//! AWS Resource Groups Tagging API: the tags of resources of every service, whether or not a collector reads the
//! service.
//!
//! It knows resources that carry a tag, or once did, of the services that support it. A resource that it does not list
//! may still exist. Global resources are listed in us-east-1.

use std::sync::Arc;

use aws_sdk_resourcegroupstagging::{Client, types as sdk};
use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::Tag;
use super::{Collector, Work};
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Fact, Kind, Scope, TAGGED_RESOURCE};

/// As many as AWS gives in one answer.
const PAGE: i32 = 100;

/// Facts of `AWS::Tagging::Resource`: a resource of any service that carries a tag, or once did.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct TaggedResource {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<String>,
    /// The service as the ARN names it, such as `dynamodb`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    service: Fact<String>,
    /// What the ARN says before the first `/` or `:` of its resource part, such as `table`; empty where it says nothing.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    resource_type: Fact<String>,
    /// Empty where all tags were taken away again.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    tags: Fact<Vec<Tag>>,
}

const GET_RESOURCES: Operation = Operation {
    service: "resourcegroupstaggingapi",
    name: "GetResources",
    iam_actions: &["tag:GetResources"],
    yields: &[Yield::Population(TAGGED_RESOURCE)],
};

/// The collector of the Resource Groups Tagging API.
pub struct Tagging;

impl Collector for Tagging {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<TaggedResource>(TAGGED_RESOURCE, "tagging", Scope::Region)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&GET_RESOURCES]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            session.each(regions, |region| read(session.region(&region))).await;
        })
    }
}

async fn read(site: Site) {
    let config = aws_sdk_resourcegroupstagging::config::Builder::from(&site.config());
    let client = Client::from_conf(config.interceptor(site.interceptor()).build());
    let pages = || client.get_resources().resources_per_page(PAGE).into_paginator().send();
    let listing = site.pages(&GET_RESOURCES, None, pages).await;
    let mappings = listing.items.into_iter().flat_map(|page| page.resource_tag_mapping_list.unwrap_or_default());
    mappings.for_each(|mapping| emit(&site, mapping));
}

fn emit(site: &Site, mapping: sdk::ResourceTagMapping) {
    let arn = mapping.resource_arn.as_deref();
    let Some(tagged) = site.listed(TAGGED_RESOURCE, &GET_RESOURCES, ("ResourceARN", arn), &[]) else { return };
    let arn = tagged.id().to_owned();
    let (service, resource_type) = parts(&arn);
    let facts = TaggedResource {
        service: Fact::Known(service.to_owned()),
        resource_type: Fact::Known(resource_type.to_owned()),
        tags: Fact::Known(mapping.tags.unwrap_or_default().iter().map(tag).collect()),
        arn: Fact::Known(arn.clone()),
    };
    tagged.emit(Some(arn.clone()), &facts);
}

fn tag(tag: &sdk::Tag) -> Tag {
    Tag::new(tag.key(), Some(tag.value()))
}

/// Service and type of an ARN (`arn:partition:service:region:account:type/id`), as far as it names them.
fn parts(arn: &str) -> (&str, &str) {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
    (service, resource.split_once(['/', ':']).map_or("", |(resource_type, _)| resource_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_its_service_and_mostly_its_type() {
        for (arn, expected) in [
            ("arn:aws:dynamodb:us-east-1:123456789012:table/patients", ("dynamodb", "table")),
            ("arn:aws:rds:us-east-1:123456789012:db:records", ("rds", "db")),
            ("arn:aws:s3:::records", ("s3", "")),
            ("arn:aws:sqs:us-east-1:123456789012:jobs", ("sqs", "")),
            ("no arn", ("", "")),
        ] {
            assert_eq!(parts(arn), expected, "{arn}");
        }
    }
}
