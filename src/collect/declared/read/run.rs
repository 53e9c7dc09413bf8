//! One page at one place: clients, references and lists.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::region::Region as SdkRegion;
use serde_json::Value;

use super::FactMap;
use crate::aws::wire::{Client, Object};
use crate::aws::{Listing, Operation, ResourceReader, Site};
use crate::collect::declared::page::{Asking, Page};
use crate::collect::declared::template::TemplateScope as References;

/// One page at one place.
pub(super) struct Run {
    pub page: &'static Page,
    pub site: Site,
    clients: Mutex<HashMap<(&'static str, Option<&'static str>), Client>>,
}

/// What resources are listed by: one that holds them, or a value that names them.
pub(super) struct Holder {
    pub id: String,
    pub item: Value,
}

/// A resource while it is being read.
pub(super) struct Item {
    pub reader: ResourceReader,
    pub arn: Option<String>,
    pub value: Value,
    pub facts: FactMap,
    pub holder: Option<Arc<Holder>>,
    /// The operation whose list named it.
    pub listed_by: Option<&'static Operation>,
}

impl Run {
    pub(super) fn new(page: &'static Page, site: Site) -> Self {
        Self { page, site, clients: Mutex::default() }
    }

    pub(super) fn client(&self, asking: &'static Asking) -> Client {
        let key = (asking.service.name, asking.region.as_deref());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let mut config = self.site.config();
            if let Some(region) = &asking.region {
                config = config.to_builder().region(SdkRegion::new(region.to_string())).build();
            }
            Client::of(&config, asking.service, vec![SharedInterceptor::new(self.site.interceptor())])
        };
        clients.entry(key).or_insert_with(make).clone()
    }

    /// Whether AWS offers the service here: if not, an endpoint that cannot be reached says that there is nothing.
    fn is_offered(&self) -> bool {
        let (partition, region) = (self.site.session().partition(), self.site.region_name());
        !self.page.service.is_missing_in(region)
            && !self.page.not_in_partitions.iter().any(|other| other == partition)
            && !self.page.not_in_regions.iter().any(|other| region == other.as_str())
    }

    pub(super) fn references<'v>(&'v self, item: &'v Item) -> References<'v> {
        self.references_of(item.reader.id(), &item.value, &item.facts, item.holder.as_deref())
    }

    pub(super) fn references_of<'v>(
        &'v self,
        id: &'v str,
        item: &'v Value,
        facts: &'v FactMap,
        holder: Option<&'v Holder>,
    ) -> References<'v> {
        let session = self.site.session();
        References {
            account: session.account(),
            partition: session.partition(),
            region: self.site.region_name(),
            id,
            item,
            facts,
            parent: holder.map(|holder| (holder.id.as_str(), &holder.item)),
        }
    }

    /// All pages of an operation's answer, about one resource or about none.
    pub(super) async fn listed(
        &self,
        asking: &'static Asking,
        about: Option<&ResourceReader>,
        none_on: &[&str],
        input: Object,
    ) -> Listing<Object> {
        let (client, operation) = (self.client(asking), self.page.operation(asking));
        let start = || client.pages(operation.name, input).into_stream();
        self.site.list(operation, about, none_on, self.is_offered(), start).await
    }

    /// The request's members; `None` where one refers to what is not there.
    pub(super) fn resolved(&self, asking: &Asking, references: &References<'_>) -> Option<Object> {
        asking.input.iter().map(|(name, template)| Some((name.clone(), template.resolve(references)?))).collect()
    }
}
