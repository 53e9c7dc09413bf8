//! AWS End User Messaging Social: the WhatsApp business accounts that are linked to the account.
//!
//! AWS offers it in every region of the partition `aws` and in no other partition:
//! <https://docs.aws.amazon.com/social-messaging/latest/userguide/what-is-service.html>, "Regional availability".

use std::sync::Arc;

use aws_sdk_socialmessaging::{Client, types as sdk};
use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::timestamp;
use super::{Collector, Work};
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Fact, Kind, Scope, Timestamp};

const LINKED_ACCOUNT: &str = "AWS::SocialMessaging::LinkedWhatsAppBusinessAccount";

/// Facts of `AWS::SocialMessaging::LinkedWhatsAppBusinessAccount`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct LinkedAccount {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    waba_name: Fact<String>,
    /// `COMPLETE` or `INCOMPLETE`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    registration_status: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    link_date: Fact<Option<Timestamp>>,
}

const LIST_LINKED_ACCOUNTS: Operation = Operation {
    service: "socialmessaging",
    name: "ListLinkedWhatsAppBusinessAccounts",
    iam_actions: &["social-messaging:ListLinkedWhatsAppBusinessAccounts"],
    yields: &[Yield::Population(LINKED_ACCOUNT)],
};

/// The collector of AWS End User Messaging Social.
pub struct SocialMessaging;

impl Collector for SocialMessaging {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<LinkedAccount>(LINKED_ACCOUNT, "socialmessaging", Scope::Region)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&LIST_LINKED_ACCOUNTS]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            session.each(regions, |region| read(session.region(&region))).await;
        })
    }
}

async fn read(site: Site) {
    let config = aws_sdk_socialmessaging::config::Builder::from(&site.config()).interceptor(site.interceptor());
    let client = Client::from_conf(config.build());
    let pages = || client.list_linked_whats_app_business_accounts().into_paginator().send();
    let is_offered = site.session().partition() == "aws";
    let listing = site.pages_where_offered(&LIST_LINKED_ACCOUNTS, is_offered, pages).await;
    let accounts = listing.items.into_iter().flat_map(|page| page.linked_accounts.unwrap_or_default());
    accounts.for_each(|account| emit(&site, account));
}

fn emit(site: &Site, account: sdk::LinkedWhatsAppBusinessAccountSummary) {
    let Some(linked) = site.listed(LINKED_ACCOUNT, &LIST_LINKED_ACCOUNTS, ("id", Some(&account.id)), &[]) else {
        return;
    };
    let facts = LinkedAccount {
        id: Fact::Known(account.id.clone()),
        arn: Fact::Known(account.arn.clone()),
        waba_name: Fact::Known(account.waba_name),
        registration_status: Fact::Known(account.registration_status.as_str().to_owned()),
        link_date: Fact::Known(timestamp(&account.link_date)),
    };
    linked.emit(Some(account.arn), &facts);
}
