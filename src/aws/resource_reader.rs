//! One resource that is being read: questions about it, and the facts that the answers give.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Serialize;

use super::failure::{CallFailure, Failure};
use super::operation::Operation;
use super::site::Site;
use super::told::{Lacks, Told};
use crate::model::Fact;

/// What AWS said to a question about one resource.
#[derive(Debug)]
pub enum Answer<O> {
    /// An answer.
    Got(O),
    /// "Not configured": an answer, too.
    NotConfigured,
    /// None: not asked, failed (the gap is recorded), or the resource is gone.
    Unread,
}

/// One resource that is being read.
#[derive(Debug)]
pub struct ResourceReader {
    site: Site,
    kind: &'static str,
    id: String,
    gone_codes: &'static [&'static str],
    gone: AtomicBool,
}

impl Site {
    /// A resource that a list names, which calls and facts will be about. `member` is the member of the answer that
    /// holds its id, and `gone` are the error codes that say that it no longer exists.
    ///
    /// Without an id, and with one that the list gave before, there is a gap instead: how many there are is then
    /// unknown.
    pub fn listed(
        &self,
        kind: &'static str,
        list: &Operation,
        (member, id): (&str, Option<&str>),
        gone: &'static [&'static str],
    ) -> Option<ResourceReader> {
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            self.malformed_list(kind, list, format!("an item of the list has no {member}"));
            return None;
        };
        if !self.session().read().list(kind, self.label(), id) {
            self.malformed_list(kind, list, format!("the list has two items whose {member} is {id}"));
            return None;
        }
        Some(self.named(kind, id, gone))
    }

    /// A resource that is known to be there without a list: the account, or what other resources name. It may be asked
    /// for in several places, each of which gives other facts.
    pub fn named(&self, kind: &'static str, id: &str, gone: &'static [&'static str]) -> ResourceReader {
        ResourceReader::new(self.clone(), kind, id, gone)
    }

    /// The account itself.
    pub fn account(&self) -> ResourceReader {
        self.named("AWS::Account", self.session().account(), &[])
    }
}

impl ResourceReader {
    fn new(site: Site, kind: &'static str, id: &str, gone_codes: &'static [&'static str]) -> Self {
        Self { site, kind, id: id.to_owned(), gone_codes, gone: AtomicBool::new(false) }
    }

    /// The site to ask about it.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Its identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The error codes that say that it no longer exists.
    pub(super) fn gone_codes(&self) -> &'static [&'static str] {
        self.gone_codes
    }

    /// Whether AWS said that it no longer exists. Then it is no resource, and no gap either.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Asks one question. `not_configured` are the error codes by which the service says that there is nothing.
    pub async fn ask<O, E, F>(
        &self,
        operation: &'static Operation,
        not_configured: &[&str],
        call: impl FnOnce() -> F,
    ) -> Answer<O>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if !self.site.plan().wants(operation) || self.is_gone() {
            return Answer::Unread;
        }
        let answers: Vec<&str> = not_configured.iter().chain(self.gone_codes).copied().collect();
        match self.site.call(operation, Some(&self.id), &answers, call).await {
            Ok(output) => Answer::Got(output),
            Err(failure) if not_configured.contains(&failure.failure.code.as_str()) => Answer::NotConfigured,
            Err(failure) => {
                if !self.note_if_gone(&failure) {
                    self.site.gap(operation, Some(&self.id), failure);
                }
                Answer::Unread
            }
        }
    }

    /// Asks one question and reads one fact from the answer: `read` gets `None` for "not configured", and says in words
    /// why it cannot understand an answer, which is then a gap.
    pub async fn fact<T, O, E, F>(
        &self,
        operation: &'static Operation,
        not_configured: &[&str],
        call: impl FnOnce() -> F,
        read: impl FnOnce(Option<O>) -> Result<T, String>,
    ) -> Fact<T>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let answer = match self.ask(operation, not_configured, call).await {
            Answer::Got(output) => Some(output),
            Answer::NotConfigured => None,
            Answer::Unread => return Fact::Unknown,
        };
        self.understand(operation, read(answer))
    }

    /// Asks one question and reads one fact from a member of the answer. "Not configured" is the same as a member that
    /// AWS left out.
    pub async fn read<T, M, O, E, F>(
        &self,
        operation: &'static Operation,
        not_configured: &[&str],
        call: impl FnOnce() -> F,
        member: impl FnOnce(O) -> Option<M>,
    ) -> Fact<T>
    where
        T: Told<Option<M>>,
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.fact(operation, not_configured, call, |answer| T::told(&answer.and_then(member))).await
    }

    /// Records what the operation's answer should have told about the resource and did not.
    pub fn lacks(&self, operation: &Operation, Lacks(lacks): Lacks) {
        if lacks.is_empty() {
            return;
        }
        let why: Vec<String> = lacks.iter().map(|(fact, why)| format!("{fact}: {why}")).collect();
        let failure = Failure::malformed(format!("the answer cannot be understood: {}", why.join("; ")));
        let facts = lacks.iter().map(|(fact, _)| format!("{}.{fact}", self.kind)).collect();
        self.site.gap_of_facts(operation, &self.id, failure, facts);
    }

    /// Turns an answer that cannot be understood into a gap.
    pub fn understand<T>(&self, operation: &'static Operation, read: Result<T, String>) -> Fact<T> {
        match read {
            Ok(value) => Fact::Known(value),
            Err(reason) => {
                self.site.gap(operation, Some(&self.id), Failure::malformed(reason).into());
                Fact::Unknown
            }
        }
    }

    /// Adds what was read of it, unless it is gone.
    pub fn emit(&self, arn: Option<String>, facts: &impl Serialize) {
        if !self.is_gone() {
            self.site.emit(self.kind, &self.id, arn, facts);
        }
    }

    pub(super) fn note_if_gone(&self, failure: &CallFailure) -> bool {
        let gone = self.gone_codes.contains(&failure.failure.code.as_str());
        if gone {
            self.gone.store(true, Ordering::Relaxed);
        }
        gone
    }
}
