//! The account itself and its regions. Their names were read when the session was opened.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::facts::facts;
use super::{Collector, Work, iam, organizations};
use crate::aws::connect::{GET_CALLER_IDENTITY, LIST_REGIONS};
use crate::aws::{Operation, Session};
use crate::model::{Fact, Kind, Scope};

/// Facts of `AWS::Account`: every collector adds those of its own service.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct AccountFacts {
    #[serde(flatten)]
    own: OwnFacts,
    #[serde(flatten)]
    iam: iam::AccountFacts,
    #[serde(flatten)]
    organizations: organizations::AccountFacts,
}

facts! {
    /// Whose account it is.
    struct OwnFacts;

    later {
        /// Twelve digits.
        AccountId: String;
        /// `aws`, `aws-us-gov` or `aws-cn`.
        Partition: String;
    }
}

facts! {
    /// Facts of `AWS::Region`: one resource for each region that is read.
    struct RegionFacts;

    later {
        /// Such as `us-east-1`.
        RegionName: String;
    }
}

/// The collector of `AWS::Account` and `AWS::Region`.
pub struct AccountCollector;

impl Collector for AccountCollector {
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
            let (account, partition) = (session.account().to_string(), session.partition().to_owned());
            let facts = OwnFacts { AccountId: Fact::Known(account), Partition: Fact::Known(partition) };
            session.global().account().emit(None, &facts);
            for region in session.regions() {
                let facts = RegionFacts { RegionName: Fact::Known(region.to_string()) };
                session.region(region).named("AWS::Region", region, &[]).emit(None, &facts);
            }
        })
    }
}
