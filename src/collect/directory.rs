//! AWS Directory Service: which directories there are and of which type. Users and passwords stay in them.

use std::sync::Arc;

use aws_sdk_directory::{Client, types as sdk};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Collector, Work};
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Fact, Kind, Scope};

const DIRECTORY: &str = "AWS::DirectoryService::Directory";

/// Facts of `AWS::DirectoryService::Directory`.
///
/// CloudFormation has a type for each sort of directory (`AWS::DirectoryService::SimpleAD` and `MicrosoftAD`); the API
/// lists them all together, with those that it has no type for.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Directory {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    directory_id: Fact<String>,
    /// The domain, such as `corp.example.com`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<Option<String>>,
    /// `SimpleAD`, `MicrosoftAD`, `SharedMicrosoftAD` or `ADConnector`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    r#type: Fact<Option<String>>,
    /// `Standard`, `Enterprise` or `Hybrid`; null for what is no Microsoft AD.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    edition: Fact<Option<String>>,
    /// Such as `Active`, `Impaired` or `Deleted`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    stage: Fact<Option<String>>,
}

const DESCRIBE_DIRECTORIES: Operation = Operation {
    service: "directoryservice",
    name: "DescribeDirectories",
    iam_actions: &["ds:DescribeDirectories"],
    yields: &[Yield::Population(DIRECTORY)],
};

/// Regions for which AWS's SDKs know no endpoint of the service.
const WITHOUT: [&str; 2] = ["ap-east-2", "ap-southeast-6"];

/// The collector of AWS Directory Service.
pub struct DirectoryService;

impl Collector for DirectoryService {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<Directory>(DIRECTORY, "directoryservice", Scope::Region)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&DESCRIBE_DIRECTORIES]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            session.each(regions, |region| read(session.region(&region))).await;
        })
    }
}

async fn read(site: Site) {
    let config = aws_sdk_directory::config::Builder::from(&site.config()).interceptor(site.interceptor());
    let client = Client::from_conf(config.build());
    let pages = || client.describe_directories().into_paginator().send();
    let is_offered = !WITHOUT.contains(&site.region_name());
    let listing = site.pages_where_offered(&DESCRIBE_DIRECTORIES, is_offered, pages).await;
    let directories = listing.items.into_iter().flat_map(|page| page.directory_descriptions.unwrap_or_default());
    directories.for_each(|directory| emit(&site, directory));
}

fn emit(site: &Site, directory: sdk::DirectoryDescription) {
    let id = directory.directory_id.as_deref();
    let Some(resource) = site.listed(DIRECTORY, &DESCRIBE_DIRECTORIES, ("DirectoryId", id), &[]) else { return };
    let id = resource.id();
    let facts = Directory {
        directory_id: Fact::Known(id.to_owned()),
        name: Fact::Known(directory.name),
        r#type: Fact::Known(directory.r#type.map(|kind| kind.as_str().to_owned())),
        edition: Fact::Known(directory.edition.map(|edition| edition.as_str().to_owned())),
        stage: Fact::Known(directory.stage.map(|stage| stage.as_str().to_owned())),
    };
    let session = site.session();
    let (partition, region, account) = (session.partition(), site.region_name(), session.account());
    let arn = format!("arn:{partition}:ds:{region}:{account}:directory/{id}");
    resource.emit(Some(arn), &facts);
}
