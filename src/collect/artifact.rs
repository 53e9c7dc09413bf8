//! AWS Artifact: the agreements with AWS that are in force for the account, such as a Business Associate Addendum (BAA).
//!
//! AWS lists the agreements that apply to whoever asks. In a member account those of the organization are among them, and
//! are shown only to who may call `organizations:DescribeOrganization`: where that call fails, the list may lack them
//! (see [`super::organizations`]). Artifact is global: the SDK finds the one region of the partition that answers. What
//! must be agreed to is not kept.
//!
//! Sources: <https://docs.aws.amazon.com/artifact/latest/APIReference/API_ListCustomerAgreements.html>,
//! <https://docs.aws.amazon.com/artifact/latest/ug/accept-org-agreement.html>.

use std::sync::Arc;

use aws_sdk_artifact::{Client, types as sdk};
use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::timestamp;
use super::{Collector, Work};
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Fact, Kind, Scope, Timestamp};

/// The kind of the agreements.
pub(super) const CUSTOMER_AGREEMENT: &str = "AWS::Artifact::CustomerAgreement";

/// Facts of `AWS::Artifact::CustomerAgreement`. Null is what AWS left out.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct CustomerAgreement {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    id: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<Option<String>>,
    /// Such as `AWS Business Associate Addendum`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<Option<String>>,
    /// `ACTIVE`, `CUSTOMER_TERMINATED` or `AWS_TERMINATED`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    state: Fact<Option<String>>,
    /// `DEFAULT`, `MODIFIED` or `CUSTOM`: AWS's own text, that text with changes, or another one.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    r#type: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    effective_start: Fact<Option<Timestamp>>,
    /// When it was terminated.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    effective_end: Fact<Option<Timestamp>>,
    /// The account that agreed.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    aws_account_id: Fact<Option<String>>,
    /// The organization that it was agreed for; null for an agreement of one account.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization_arn: Fact<Option<String>>,
    /// The text of AWS that it agrees to.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    agreement_arn: Fact<Option<String>>,
}

const LIST_CUSTOMER_AGREEMENTS: Operation = Operation {
    service: "artifact",
    name: "ListCustomerAgreements",
    iam_actions: &["artifact:ListCustomerAgreements"],
    yields: &[Yield::Population(CUSTOMER_AGREEMENT)],
};

/// The collector of AWS Artifact.
pub struct Artifact;

impl Collector for Artifact {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<CustomerAgreement>(CUSTOMER_AGREEMENT, "artifact", Scope::Account)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&LIST_CUSTOMER_AGREEMENTS]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move { read(session.global()).await })
    }
}

async fn read(site: Site) {
    let config = aws_sdk_artifact::config::Builder::from(&site.config()).interceptor(site.interceptor());
    let client = Client::from_conf(config.build());
    let pages = || client.list_customer_agreements().into_paginator().send();
    let listing = site.pages(&LIST_CUSTOMER_AGREEMENTS, None, pages).await;
    let agreements = listing.items.into_iter().flat_map(|page| page.customer_agreements);
    agreements.enumerate().for_each(|(at, agreement)| emit(&site, at, agreement));
}

/// An agreement without an id still counts, by its place in the list.
fn emit(site: &Site, at: usize, agreement: sdk::CustomerAgreementSummary) {
    let id = agreement.id.clone().or_else(|| agreement.arn.clone()).unwrap_or_else(|| format!("agreement {}", at + 1));
    let arn = agreement.arn.clone();
    let Some(listed) = site.listed(CUSTOMER_AGREEMENT, &LIST_CUSTOMER_AGREEMENTS, ("id", Some(&id)), &[]) else {
        return;
    };
    listed.emit(arn, &CustomerAgreement::from(agreement));
}

impl From<sdk::CustomerAgreementSummary> for CustomerAgreement {
    fn from(agreement: sdk::CustomerAgreementSummary) -> Self {
        Self {
            state: Fact::Known(agreement.state.map(|state| state.as_str().to_owned())),
            r#type: Fact::Known(agreement.r#type.map(|kind| kind.as_str().to_owned())),
            effective_start: Fact::Known(agreement.effective_start.as_ref().and_then(timestamp)),
            effective_end: Fact::Known(agreement.effective_end.as_ref().and_then(timestamp)),
            id: Fact::Known(agreement.id),
            arn: Fact::Known(agreement.arn),
            name: Fact::Known(agreement.name),
            aws_account_id: Fact::Known(agreement.aws_account_id),
            organization_arn: Fact::Known(agreement.organization_arn),
            agreement_arn: Fact::Known(agreement.agreement_arn),
        }
    }
}
