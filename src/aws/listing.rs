//! Lists that AWS answers page by page.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::failure::{CallFailure, Failure};
use super::operation::Operation;
use super::resource_reader::ResourceReader;
use super::site::Site;
use crate::model::{Fact, GapClass};

/// What a list call gave.
#[derive(Debug)]
pub struct Listing<T> {
    /// The items of all pages that were read.
    pub items: Vec<T>,
    /// Whether every page was read. If not, the gap is recorded.
    pub complete: bool,
}

impl<T> Listing<T> {
    /// The items, if every page was read.
    pub fn whole(self) -> Fact<Vec<T>> {
        if self.complete { Fact::Known(self.items) } else { Fact::Unknown }
    }
}

impl Site {
    /// Reads all pages of a list. What was read before a page failed is kept, and the gap is recorded.
    pub async fn pages<O, E>(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Listing<O>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        self.pages_unless(operation, about, |_| false, start).await
    }

    /// As [`pages`](Self::pages), where some failures say that there is nothing to list: the codes of `none_on`, and,
    /// of a service that is not offered here by AWS's documentation, an endpoint that cannot be reached.
    pub async fn list<O, E>(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        none_on: &[&str],
        is_offered: bool,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Listing<O>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        let nothing_there = |failure: &CallFailure| {
            let Failure { class, code, .. } = &failure.failure;
            none_on.contains(&code.as_str()) || (!is_offered && *class == GapClass::Unreachable)
        };
        self.pages_unless(operation, about, nothing_there, start).await
    }

    /// As [`pages`](Self::pages), of what AWS tells to some accounts only. `None` where it refuses an account of which
    /// that is expected: then nothing failed, and nothing is known of the list.
    pub async fn pages_if_told<O, E>(
        &self,
        operation: &'static Operation,
        is_refusal_expected: bool,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Option<Listing<O>>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        let refused = AtomicBool::new(false);
        let is_refused = |failure: &CallFailure| {
            let is_denied = matches!(failure.failure.class, GapClass::Denied | GapClass::DeniedByOrganization);
            let is_refused = is_refusal_expected && is_denied;
            refused.fetch_or(is_refused, Ordering::Relaxed);
            is_refused
        };
        let listing = self.pages_unless(operation, None, is_refused, start).await;
        (!refused.into_inner()).then_some(listing)
    }

    /// Reads all pages of a list; a failure for which `nothing_there` holds says that there is nothing to read.
    async fn pages_unless<O, E>(
        &self,
        operation: &'static Operation,
        about: Option<&ResourceReader>,
        nothing_there: impl Fn(&CallFailure) -> bool,
        start: impl FnOnce() -> PaginationStream<Result<O, SdkError<E, Response>>>,
    ) -> Listing<O>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        O: Send,
    {
        let mut items = Vec::new();
        if !self.plan().wants(operation) {
            return Listing { items, complete: false };
        }
        let mut stream = start();
        let (id, gone) = about.map_or((None, &[][..]), |resource| (Some(resource.id()), resource.gone_codes()));
        loop {
            let mut ended = false;
            let next = async {
                let page = stream.next().await;
                ended = page.is_none();
                page.transpose()
            };
            match self.call_to(operation, id, gone).make(|| next, |page| page.is_none()).await {
                Ok(Some(page)) => items.push(page),
                Ok(None) => return Listing { items, complete: true },
                Err(failure) if items.is_empty() && nothing_there(&failure) => {
                    return Listing { items, complete: true };
                }
                Err(failure) => {
                    if !about.is_some_and(|resource| resource.note_if_gone(&failure)) {
                        self.gap(operation, id, failure);
                    }
                    return Listing { items, complete: false };
                }
            }
        }
    }
}
