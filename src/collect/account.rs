//! The account itself and its regions. Their names were read when the session was opened.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Collector, Work, iam, organizations, s3control};
use crate::aws::connect::{GET_CALLER_IDENTITY, LIST_REGIONS};
use crate::aws::{Operation, Session};
use crate::model::{Fact, Kind, Scope};

/// Facts of `AWS::Account`: every collector adds those of its own service.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AccountFacts {
    /// Twelve digits.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    account_id: Fact<String>,
    /// `aws`, `aws-us-gov` or `aws-cn`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    partition: Fact<String>,
    #[serde(flatten)]
    s3: s3control::AccountFacts,
    #[serde(flatten)]
    iam: iam::AccountFacts,
    #[serde(flatten)]
    organizations: organizations::AccountFacts,
}

/// Facts of `AWS::Region`: one resource for each region that is read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct RegionFacts {
    /// Such as `us-east-1`.
    region_name: Fact<String>,
}

/// The collector of `AWS::Account` and `AWS::Region`.
pub struct Account;

impl Collector for Account {
    fn kinds(&self) -> Vec<Kind> {
        vec![
            Kind::of::<AccountFacts>("AWS::Account", "account", Scope::Account),
            Kind::of::<RegionFacts>("AWS::Region", "account", Scope::Region),
        ]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&GET_CALLER_IDENTITY, &LIST_REGIONS]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let facts = AccountFacts {
                account_id: Fact::Known(session.account().to_owned()),
                partition: Fact::Known(session.partition().to_owned()),
                ..AccountFacts::default()
            };
            session.global().account().emit(None, &facts);
            for region in session.regions() {
                let facts = RegionFacts { region_name: Fact::Known(region.clone()) };
                session.region(region).named("AWS::Region", region, &[]).emit(None, &facts);
            }
        })
    }
}
