//! Where to ask: one region of an account, or its global services.

use std::sync::Arc;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use serde::Serialize;

use super::call::{Call, CallFailure, Endpoint};
use super::ledger::LedgerInterceptor;
use super::operation::{Operation, Plan};
use super::resource_reader::ResourceReader;
use super::session::Session;
use crate::model::{Gap, GapClass, Resource};

/// Where to ask: a region, or the endpoint of the global services.
#[derive(Debug, Clone)]
pub struct Site {
    session: Arc<Session>,
    endpoint: Endpoint,
}

impl Site {
    pub(super) fn new(session: Arc<Session>, endpoint: Endpoint) -> Self {
        Self { session, endpoint }
    }

    /// The session that this site belongs to.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The region's name as it stands in resources and gaps: `global` for global services.
    pub fn label(&self) -> &str {
        &self.endpoint.label
    }

    /// The region whose endpoints are asked.
    pub fn region_name(&self) -> &str {
        &self.endpoint.region
    }

    /// What the selected rules need.
    pub fn plan(&self) -> &Plan {
        self.session.plan()
    }

    /// SDK settings for this site. Build clients as `Config::from(&site.config())` plus
    /// [`interceptor`](Self::interceptor), so that the ledger sees them.
    pub fn config(&self) -> SdkConfig {
        self.session.line().config_of(&self.endpoint)
    }

    /// The ledger's interceptor: every client must have it.
    pub fn interceptor(&self) -> LedgerInterceptor {
        self.session.line().interceptor()
    }

    /// The resource of this site that calls and facts will be about. `gone` are the error codes that say that it no
    /// longer exists.
    pub fn resource(&self, kind: &'static str, id: &str, gone: &'static [&'static str]) -> ResourceReader {
        ResourceReader::new(self.clone(), kind, id, gone)
    }

    /// The account itself.
    pub fn account(&self) -> ResourceReader {
        self.resource("AWS::Account", self.session.account(), &[])
    }

    /// Makes one call that is about no single resource: a list without pages, or a fact about all of a kind.
    /// `None` when it failed (the gap is recorded) or when nothing that it tells is wanted.
    pub async fn ask<O, E, F>(&self, operation: &'static Operation, call: impl FnOnce() -> F) -> Option<O>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if !self.plan().wants(operation) {
            return None;
        }
        match self.call(operation, None, &[], call).await {
            Ok(output) => Some(output),
            Err(failure) => {
                self.gap(operation, None, failure);
                None
            }
        }
    }

    /// Makes one call under the limiter and enters it into the ledger. `answers` are error codes that are answers:
    /// "not configured" or "no longer there".
    ///
    /// # Errors
    /// If AWS gave no answer that can be used. No gap is recorded.
    pub async fn call<O, E, F>(
        &self,
        operation: &'static Operation,
        resource: Option<&str>,
        answers: &[&str],
        call: impl FnOnce() -> F,
    ) -> Result<O, CallFailure>
    where
        F: Future<Output = Result<O, SdkError<E, Response>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.call_to(operation, resource, answers).make(call, |_| false).await
    }

    pub(super) fn call_to<'a>(
        &'a self,
        operation: &'static Operation,
        resource: Option<&'a str>,
        answers: &'a [&'a str],
    ) -> Call<'a> {
        let (line, account) = (self.session.line(), self.session.account());
        Call { line, endpoint: &self.endpoint, account, operation, resource, answers }
    }

    /// Adds a resource, or more facts to one that was added before.
    ///
    /// # Panics
    /// Never for the structs of this crate: a struct that cannot be written as JSON is recorded as a gap.
    pub fn emit(&self, kind: &'static str, id: &str, arn: Option<String>, facts: &impl Serialize) {
        match serde_json::to_value(facts) {
            Ok(facts) => self.session.emit(Resource {
                kind: kind.to_owned(),
                id: id.to_owned(),
                arn,
                account: self.session.account().to_owned(),
                region: self.label().to_owned(),
                facts,
            }),
            Err(error) => self.session.record_gap(Gap {
                account: self.session.account().to_owned(),
                region: self.label().to_owned(),
                service: kind.to_owned(),
                operation: "Serialize".to_owned(),
                resource: Some(id.to_owned()),
                class: GapClass::Malformed,
                code: "NotSerializable".to_owned(),
                message: error.to_string(),
                request_id: None,
                facts: Vec::new(),
                population: vec![kind.to_owned()],
                iam_actions: Vec::new(),
            }),
        }
    }

    /// Records that the operation gave no answer here.
    pub fn gap(&self, operation: &Operation, resource: Option<&str>, failure: CallFailure) {
        self.record_failure(operation, resource, failure, operation.populations());
    }

    /// Records that the operation gave no answer, where that leaves other lists unknown than the declared ones.
    pub fn gap_of(&self, operation: &Operation, failure: CallFailure, population: Vec<String>) {
        self.record_failure(operation, None, failure, population);
    }

    fn record_failure(
        &self,
        operation: &Operation,
        resource: Option<&str>,
        failure: CallFailure,
        population: Vec<String>,
    ) {
        let CallFailure { failure, request_id } = failure;
        tracing::info!(
            service = operation.service,
            operation = operation.name,
            region = self.label(),
            code = failure.code,
            "no answer"
        );
        self.session.record_gap(Gap {
            account: self.session.account().to_owned(),
            region: self.label().to_owned(),
            service: operation.service.to_owned(),
            operation: operation.name.to_owned(),
            resource: resource.map(str::to_owned),
            class: failure.class,
            code: failure.code,
            message: failure.message,
            request_id,
            facts: operation.fact_names(),
            population,
            iam_actions: operation.iam_actions.iter().map(|action| (*action).to_owned()).collect(),
        });
    }
}
