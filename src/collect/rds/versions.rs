//! How long AWS keeps the major versions of engines in support.

use std::collections::BTreeSet;

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;

use super::{DESCRIBE_DB_MAJOR_ENGINE_VERSIONS, MAJOR_VERSION};
use crate::aws::Site;
use crate::collect::facts::{facts, shape};
use crate::model::Timestamp;

facts! {
    /// Facts of `AWS::RDS::DBMajorEngineVersion`, which is no CloudFormation type, for engines that a database of the
    /// region runs.
    pub(super) struct MajorVersion;

    list(version: &sdk::DbMajorEngineVersion) {
        Engine: String = version.engine;
        /// Such as `8.0` or `16`: the beginning of the versions that belong to it.
        MajorEngineVersion: String = version.major_engine_version;
        SupportedEngineLifecycles: Vec<Lifecycle> = version.supported_engine_lifecycles;
    }
}

shape! {
    pub(super) struct Lifecycle of lifecycle: sdk::SupportedEngineLifecycle {
        /// `open-source-rds-standard-support` or `open-source-rds-extended-support`.
        LifecycleSupportName: Option<String> = lifecycle.lifecycle_support_name;
        LifecycleSupportStartDate: Option<Timestamp> = lifecycle.lifecycle_support_start_date;
        LifecycleSupportEndDate: Option<Timestamp> = lifecycle.lifecycle_support_end_date;
    }
}

/// RDS Custom and engines whose makers set the dates have none here, so nothing is asked about them.
pub(super) async fn read_major_versions(site: &Site, client: &Client, mut engines: BTreeSet<String>) {
    engines.retain(|engine| has_lifecycles(engine));
    site.session().each(engines, |engine| read_engine(site.clone(), client.clone(), engine)).await;
}

fn has_lifecycles(engine: &str) -> bool {
    matches!(engine, "mysql" | "postgres" | "mariadb") || engine.starts_with("aurora")
}

async fn read_engine(site: Site, client: Client, engine: String) {
    let start = || client.describe_db_major_engine_versions().engine(&engine).into_paginator().send();
    let listing = site.pages(&DESCRIBE_DB_MAJOR_ENGINE_VERSIONS, None, start).await;
    for version in listing.items.into_iter().flat_map(|page| page.db_major_engine_versions.unwrap_or_default()) {
        emit(&site, version);
    }
}

fn emit(site: &Site, listed: sdk::DbMajorEngineVersion) {
    let id = listed.engine.as_ref().zip(listed.major_engine_version.as_ref());
    let id = id.map(|(engine, version)| format!("{engine} {version}"));
    let id = ("MajorEngineVersion", id.as_deref());
    let Some(major_version) = site.listed(MAJOR_VERSION, &DESCRIBE_DB_MAJOR_ENGINE_VERSIONS, id, &[]) else { return };
    let mut facts = MajorVersion::default();
    major_version.lacks(&DESCRIBE_DB_MAJOR_ENGINE_VERSIONS, facts.list(&listed));
    major_version.emit(None, &facts);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_engines_whose_support_aws_dates_are_asked_about() {
        for (engine, asked) in
            [("postgres", true), ("aurora-mysql", true), ("oracle-ee", false), ("custom-sqlserver-se", false)]
        {
            assert_eq!(has_lifecycles(engine), asked, "{engine}");
        }
    }
}
