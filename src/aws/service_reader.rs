//! One service at one site, read by its model: for programs that read what a page of kinds cannot say.

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use serde_json::Value;

use super::failure::{CallFailure, Failure};
use super::listing::Listing;
use super::operation::Operation;
use super::resource_reader::{Answer, ResourceReader};
use super::site::Site;
use super::told::{FromAws, Given, Told};
use super::wire::{Client, Object};
use crate::model::Fact;

/// A service at a site.
#[derive(Debug, Clone)]
pub struct ServiceReader {
    site: Site,
    client: Client,
}

/// One item of a list.
#[derive(Debug, Clone)]
pub struct Item {
    /// What identifies it.
    pub id: String,
    /// What AWS said of it: an object.
    pub members: Value,
}

impl Item {
    /// The text of a member, if AWS gave one.
    pub fn text(&self, member: &str) -> Option<String> {
        self.members.get(member)?.as_str().map(str::to_owned)
    }
}

impl ServiceReader {
    /// The service with that model, at the site.
    pub fn new(site: Site, service: &str) -> Self {
        let ledger = SharedInterceptor::new(site.interceptor());
        let client = Client::new(&site.config(), service, vec![ledger]);
        Self { site, client }
    }

    /// The site that is asked.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Reads a list to its end. `items` names the member of an answer that holds the items, and `id` the member that
    /// identifies one. An item without it is a gap: a shorter list would be a wrong one.
    pub async fn list(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        input: Object,
        (items, id): (&str, &str),
    ) -> Listing<Item> {
        let pages = self.site.pages(operation, about, || self.client.pages(operation.name, input).into_stream()).await;
        self.identified(operation, about, pages, items, id)
    }

    /// As [`list`](Self::list), of what AWS tells to some accounts only: `None` where it refuses an account of which
    /// that is expected.
    pub async fn list_if_told(
        &self,
        operation: &'static Operation,
        is_refusal_expected: bool,
        input: Object,
        (items, id): (&str, &str),
    ) -> Option<Listing<Item>> {
        let start = || self.client.pages(operation.name, input).into_stream();
        let pages = self.site.pages_if_told(operation, is_refusal_expected, start).await?;
        Some(self.identified(operation, None, pages, items, id))
    }

    /// All pages of an answer about a resource or about none.
    pub async fn pages(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        input: Object,
    ) -> Listing<Value> {
        let pages = self.site.pages(operation, about, || self.client.pages(operation.name, input).into_stream()).await;
        Listing { items: pages.items.into_iter().map(Value::Object).collect(), complete: pages.complete }
    }

    /// Makes one call that is about no single resource, as [`Site::ask`] does.
    pub async fn ask(&self, operation: &'static Operation, input: Object) -> Option<Value> {
        self.site.ask(operation, || self.client.call(operation.name, input)).await.map(Value::Object)
    }

    /// Asks one question about a resource, as [`ResourceReader::ask`] does.
    pub async fn ask_about(
        &self,
        about: &ResourceReader,
        operation: &'static Operation,
        not_configured: &[&str],
        input: Object,
    ) -> Answer<Value> {
        match about.ask(operation, not_configured, || self.client.call(operation.name, input)).await {
            Answer::Got(answer) => Answer::Got(Value::Object(answer)),
            Answer::NotConfigured => Answer::NotConfigured,
            Answer::Unread => Answer::Unread,
        }
    }

    /// Asks one question about a resource and reads one fact from a member of the answer. "Not configured" is the same as a
    /// member that AWS left out.
    pub async fn read<T>(
        &self,
        about: &ResourceReader,
        operation: &'static Operation,
        not_configured: &[&str],
        input: Object,
        member: &str,
    ) -> Fact<T>
    where
        T: for<'v> Told<Option<Given<'v>>>,
    {
        let read = |answer: Option<Value>| T::told(&answer.as_ref().and_then(|answer| Given(answer).get(member)));
        self.fact(about, operation, not_configured, input, read).await
    }

    /// Reads a fact that is a list with pages, `member` in each. Unless all of them were read it is unknown, and there is a gap.
    pub async fn whole<T>(
        &self,
        about: &ResourceReader,
        operation: &'static Operation,
        input: Object,
        member: &str,
    ) -> Fact<Vec<T>>
    where
        T: for<'v> FromAws<Given<'v>>,
    {
        let listing = self.pages(operation, Some(about), input).await;
        if !listing.complete {
            return Fact::Unknown;
        }
        let items = listing.items.iter().flat_map(|page| Given(page).list(member));
        about.understand(operation, items.map(|item| T::from_aws(&item)).collect())
    }

    /// Makes one call, as [`Site::call`] does.
    ///
    /// # Errors
    /// If AWS gave no answer that can be used. No gap is recorded.
    pub async fn call(
        &self,
        operation: &'static Operation,
        answers: &[&str],
        input: Object,
    ) -> Result<Value, CallFailure> {
        let answer = self.site.call(operation, None, answers, || self.client.call(operation.name, input)).await;
        answer.map(Value::Object)
    }

    fn identified(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        pages: Listing<Object>,
        items: &str,
        id: &str,
    ) -> Listing<Item> {
        let found = pages.items.into_iter().flat_map(|mut page| match page.remove(items) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        });
        let named = |item: Value| {
            let id = item.get(id)?.as_str().filter(|id| !id.is_empty())?.to_owned();
            Some(Item { id, members: item })
        };
        let read: Vec<Option<Item>> = found.map(named).collect();
        let is_named = read.iter().all(Option::is_some);
        if !is_named {
            let failure = Failure::malformed(format!("an item of the list has no {id}"));
            self.site.gap(operation, about.map(ResourceReader::id), failure.into());
        }
        Listing { items: read.into_iter().flatten().collect(), complete: pages.complete && is_named }
    }

    /// Asks one question about a resource and reads one fact from the answer, as [`ResourceReader::fact`] does.
    pub async fn fact<T>(
        &self,
        about: &ResourceReader,
        operation: &'static Operation,
        not_configured: &[&str],
        input: Object,
        read: impl FnOnce(Option<Value>) -> Result<T, String>,
    ) -> Fact<T> {
        let call = || self.client.call(operation.name, input);
        about.fact(operation, not_configured, call, |answer| read(answer.map(Value::Object))).await
    }
}
