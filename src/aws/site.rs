//! Where to ask: one region of an account, or its global services.

use std::sync::Arc;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use serde::Serialize;

use super::call::{Call, Endpoint};
use super::failure::{CallFailure, Failure};
use super::ledger::LedgerInterceptor;
use super::operation::{Operation, Plan};
use super::session::Session;
use crate::model::{Gap, GapClass, Region, Resource};

/// Where to ask: a region, or the endpoint of the global services.
#[derive(Debug, Clone)]
pub struct Site {
    session: Arc<Session>,
    endpoint: Endpoint,
}

impl Session {
    /// A region to ask in.
    pub fn region(self: &Arc<Self>, region: &Region) -> Site {
        self.region_seen_from(region, region)
    }

    /// A region that is asked about from another one, because it is not read itself.
    pub fn region_seen_from(self: &Arc<Self>, region: &Region, nearest: &Region) -> Site {
        Site::new(Arc::clone(self), Endpoint { region: nearest.clone(), label: region.clone() })
    }

    /// Where to ask global services: the configured region's endpoint, recorded as "global".
    pub fn global(self: &Arc<Self>) -> Site {
        Site::new(Arc::clone(self), self.line().global())
    }
}

impl Site {
    fn new(session: Arc<Session>, endpoint: Endpoint) -> Self {
        Self { session, endpoint }
    }

    /// The session that this site belongs to.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The region's name as it stands in resources and gaps: `global` for global services.
    pub fn label(&self) -> &Region {
        &self.endpoint.label
    }

    /// The region whose endpoints are asked.
    pub fn region_name(&self) -> &Region {
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
        let (line, account) = (self.session.line(), Some(*self.session.account()));
        Call { line, endpoint: &self.endpoint, account, operation, resource, answers }
    }

    /// Adds a resource, or more facts to one that was added before. A fact that two answers give differently is no
    /// fact.
    pub(super) fn emit(&self, kind: &str, id: &str, arn: Option<String>, facts: &impl Serialize) {
        let facts = match serde_json::to_value(facts) {
            Ok(facts) => facts,
            Err(error) => {
                let gap = self.gap_about(kind, id, "NotSerializable", error.to_string());
                return self.session.record_gap(Gap { population: vec![kind.to_owned()], ..gap });
            }
        };
        let (account, region) = (*self.session.account(), self.label().clone());
        let resource = Resource { kind: kind.to_owned(), id: id.to_owned(), arn, account, region, facts };
        let differing = self.session.read().add(resource);
        if !differing.is_empty() {
            let message = format!("two answers give different values of {}", differing.join(", "));
            let facts = differing.iter().map(|name| format!("{kind}.{name}")).collect();
            self.session.record_gap(Gap { facts, ..self.gap_about(kind, id, "AnswersDiffer", message) });
        }
    }

    /// What was read of a resource cannot be kept as it is. No single call is to blame.
    fn gap_about(&self, kind: &str, id: &str, code: &str, message: String) -> Gap {
        Gap {
            account: *self.session.account(),
            region: self.label().clone(),
            service: kind.to_owned(),
            operation: "Facts".to_owned(),
            resource: Some(id.to_owned()),
            class: GapClass::Malformed,
            code: code.to_owned(),
            message,
            request_id: None,
            facts: Vec::new(),
            population: Vec::new(),
            iam_actions: Vec::new(),
        }
    }

    /// Records that a list names something that cannot be: how many there are is then unknown.
    pub fn malformed_list(&self, kind: &str, list: &Operation, message: String) {
        let mut population = list.populations();
        if !population.iter().any(|listed| listed == kind) {
            population.push(kind.to_owned());
        }
        let gap = self.gap_after(list, None, Failure::malformed(message).into(), population);
        self.session.read().gap_once(gap);
    }

    /// Records that the operation gave no answer here.
    pub fn gap(&self, operation: &Operation, resource: Option<&str>, failure: CallFailure) {
        let gap = self.gap_after(operation, resource, failure, operation.populations());
        self.session.record_gap(gap);
    }

    /// Records that the operation gave no answer, where that leaves other lists unknown than the declared ones.
    pub fn gap_of(&self, operation: &Operation, failure: CallFailure, population: Vec<String>) {
        self.session.record_gap(self.gap_after(operation, None, failure, population));
    }

    /// Records that the answer about one resource does not give these facts.
    pub(super) fn gap_of_facts(&self, operation: &Operation, id: &str, failure: Failure, facts: Vec<String>) {
        let gap = self.gap_after(operation, Some(id), failure.into(), Vec::new());
        self.session.record_gap(Gap { facts, ..gap });
    }

    fn gap_after(
        &self,
        operation: &Operation,
        resource: Option<&str>,
        failure: CallFailure,
        population: Vec<String>,
    ) -> Gap {
        let CallFailure { failure, request_id } = failure;
        tracing::info!(
            service = operation.service,
            operation = operation.name,
            region = %self.label(),
            code = failure.code,
            "no answer"
        );
        Gap {
            account: *self.session.account(),
            region: self.label().clone(),
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
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::super::call::Line;
    use super::super::operation::Yield;
    use super::super::session::{EnabledRegions, Identity};
    use super::*;

    const KEY: &str = "AWS::KMS::Key";
    const LIST_KEYS: Operation = Operation {
        service: "kms",
        name: "ListKeys",
        iam_actions: &["kms:ListKeys"],
        yields: &[Yield::Population(KEY)],
    };

    /// The region eu-west-1 of an account in which nothing was read yet. Nothing answers there.
    pub(crate) fn site() -> Site {
        let identity = Identity {
            account: "123456789012".parse().unwrap(),
            partition: "aws".to_owned(),
            caller: "arn:aws:iam::123456789012:user/auditor".to_owned(),
        };
        let home: Region = "eu-west-1".parse().unwrap();
        let line = Line::new(SdkConfig::builder().build(), home.clone(), 1, None);
        Arc::new(Session::new(line, identity, vec![home.clone()], EnabledRegions::NotAsked, Plan::default()))
            .region(&home)
    }

    fn read(site: &Site) -> (Vec<(String, Value)>, Vec<Gap>) {
        let (resources, gaps) = site.session().take();
        (resources.into_iter().map(|resource| (resource.id, resource.facts)).collect(), gaps)
    }

    #[test]
    fn a_list_item_without_its_id_leaves_the_population_unknown() {
        let site = site();
        for id in [None, Some(""), None] {
            assert!(site.listed(KEY, &LIST_KEYS, ("KeyId", id), &[]).is_none());
        }
        let (resources, gaps) = read(&site);
        assert_eq!(resources, []);
        assert_eq!(gaps.len(), 1, "the same is said once");
        assert_eq!((gaps[0].class, gaps[0].operation.as_str()), (GapClass::Malformed, "ListKeys"));
        assert_eq!(gaps[0].population, [KEY]);
        assert!(gaps[0].message.contains("KeyId"), "{}", gaps[0].message);
    }

    #[test]
    fn two_resources_of_one_name_are_a_gap_and_not_one_resource() {
        let site = site();
        let key = site.listed(KEY, &LIST_KEYS, ("KeyId", Some("k-1")), &[]).unwrap();
        key.emit(None, &json!({"KeyState": "Enabled"}));
        assert!(site.listed(KEY, &LIST_KEYS, ("KeyId", Some("k-1")), &[]).is_none());
        let elsewhere = site.session().region(&"eu-central-1".parse().unwrap());
        assert!(elsewhere.listed(KEY, &LIST_KEYS, ("KeyId", Some("k-1")), &[]).is_some(), "another region has its own");
        let (resources, gaps) = read(&site);
        assert_eq!(resources, [("k-1".to_owned(), json!({"KeyState": "Enabled"}))]);
        assert!(gaps[0].message.contains("k-1"), "{}", gaps[0].message);
        assert_eq!(gaps[0].population, [KEY]);
    }

    #[test]
    fn several_places_may_give_facts_of_one_resource() {
        let site = site();
        site.account().emit(None, &json!({"AccountId": "123456789012"}));
        site.account().emit(Some("arn".to_owned()), &json!({"Partition": "aws", "AccountId": "123456789012"}));
        let (resources, gaps) = read(&site);
        assert_eq!(resources[0].1, json!({"AccountId": "123456789012", "Partition": "aws"}));
        assert_eq!(gaps, []);
    }

    #[test]
    fn a_fact_of_two_values_is_no_fact() {
        let site = site();
        for value in [1, 2, 1] {
            site.account().emit(None, &json!({"Users": value, "Partition": "aws"}));
        }
        let (resources, gaps) = read(&site);
        assert_eq!(resources[0].1, json!({"Partition": "aws"}));
        assert_eq!(gaps.len(), 1);
        assert_eq!((gaps[0].class, &gaps[0].facts[..]), (GapClass::Malformed, &["AWS::Account.Users".to_owned()][..]));
    }
}
