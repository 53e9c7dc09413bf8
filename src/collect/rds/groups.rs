//! Parameter groups and option groups: what the databases that use them are told to do.
//!
//! A parameter whose value is null was never set, so the engine's own default holds. Of the hundreds of parameters only
//! [`KEPT`] are asked for and kept, and of the settings of options only [`KEPT_SETTINGS`]: others are passwords.

use std::collections::BTreeSet;

use aws_sdk_rds::Client;
use aws_sdk_rds::types as sdk;

use super::{
    CLUSTER_PARAMETER_GROUP, DESCRIBE_DB_CLUSTER_PARAMETERS, DESCRIBE_DB_PARAMETERS, DESCRIBE_OPTION_GROUPS,
    OPTION_GROUP, PARAMETER_GROUP, arn,
};
use crate::aws::told::FromAws;
use crate::aws::{Answer, Site};
use crate::collect::facts::{facts, shape};
use crate::model::Fact;

/// The parameters that rules ask about.
const KEPT: [&str; 12] = [
    "DB2COMM",
    "SSL_SVCENAME",
    "audit_trail",
    "pgaudit.log",
    "pgaudit.role",
    "rds.force_ssl",
    "require_secure_transport",
    "server_audit_events",
    "server_audit_excl_users",
    "server_audit_incl_users",
    "server_audit_logging",
    "shared_preload_libraries",
];

/// The settings of options that rules ask about. None of them can hold a secret.
const KEPT_SETTINGS: [&str; 6] = [
    "SERVER_AUDIT_EVENTS",
    "SERVER_AUDIT_EXCL_USERS",
    "SERVER_AUDIT_INCL_USERS",
    "SQLNET.ALLOW_WEAK_CRYPTO",
    "SQLNET.ALLOW_WEAK_CRYPTO_CLIENTS",
    "SQLNET.ENCRYPTION_SERVER",
];

facts! {
    /// Facts of `AWS::RDS::DBParameterGroup`, for groups that a database uses.
    pub(super) struct ParameterGroup;

    later {
        DBParameterGroupName: String;
        DBParameterGroupArn: String;
    }

    later gives PARAMETERS {
        Parameters: Vec<Parameter>;
    }
}

facts! {
    /// Facts of `AWS::RDS::DBClusterParameterGroup`, for groups that a cluster uses.
    pub(super) struct ClusterParameterGroup;

    later {
        DBClusterParameterGroupName: String;
        DBClusterParameterGroupArn: String;
    }

    later gives PARAMETERS {
        Parameters: Vec<Parameter>;
    }
}

shape! {
    /// One of the parameters that are kept. The list has those that the group's engine knows.
    pub(super) struct Parameter {
        ParameterName: String;
        /// Null where nobody set it.
        ParameterValue: Option<String>;
        /// `static` parameters hold after a reboot, `dynamic` ones at once.
        ApplyType: Option<String>;
        /// `user`, `system` or `engine-default`.
        Source: Option<String>;
    }
}

facts! {
    /// Facts of `AWS::RDS::OptionGroup`, for groups that a database uses.
    pub(super) struct OptionGroup;

    later {
        OptionGroupName: String;
        OptionGroupArn: String;
    }

    describe(group: &sdk::OptionGroup) gives DESCRIBED {
        EngineName: Option<String> = group.engine_name;
        MajorEngineVersion: Option<String> = group.major_engine_version;
        OptionConfigurations: Vec<OptionConfiguration> = group.options;
    }
}

shape! {
    pub(super) struct OptionConfiguration of option: sdk::Option {
        OptionName: String = option.option_name;
        Port: Option<i32> = option.port;
        /// The settings that rules ask about, as far as the option has them.
        OptionSettings: Vec<OptionSetting> = settings(option);
    }
}

shape! {
    pub(super) struct OptionSetting {
        Name: String;
        /// Null where nobody set it and RDS tells no default.
        Value: Option<String>;
    }
}

pub(super) async fn read_parameter_groups(site: &Site, client: &Client, names: BTreeSet<String>) {
    if site.plan().wants_kind(PARAMETER_GROUP) {
        site.session().each(names, |name| read_parameter_group(site.clone(), client.clone(), name)).await;
    }
}

async fn read_parameter_group(site: Site, client: Client, name: String) {
    let group = site.named(PARAMETER_GROUP, &name, &["DBParameterGroupNotFound"]);
    let start = || {
        let question = client.describe_db_parameters().db_parameter_group_name(&name).filters(kept_alone());
        question.into_paginator().send()
    };
    let listing = site.pages(&DESCRIBE_DB_PARAMETERS, Some(&group), start).await;
    let listed = listing.items.into_iter().flat_map(|page| page.parameters.unwrap_or_default());
    let parameters = if listing.complete { Fact::Known(kept(listed)) } else { Fact::Unknown };
    let arn = arn(&site, "pg", &name);
    let facts = ParameterGroup {
        DBParameterGroupName: Fact::Known(name),
        DBParameterGroupArn: Fact::Known(arn.clone()),
        Parameters: parameters,
    };
    group.emit(Some(arn), &facts);
}

pub(super) async fn read_cluster_parameter_groups(site: &Site, client: &Client, names: BTreeSet<String>) {
    if site.plan().wants_kind(CLUSTER_PARAMETER_GROUP) {
        site.session().each(names, |name| read_cluster_parameter_group(site.clone(), client.clone(), name)).await;
    }
}

async fn read_cluster_parameter_group(site: Site, client: Client, name: String) {
    let gone = &["DBParameterGroupNotFound", "DBClusterParameterGroupNotFound"];
    let group = site.named(CLUSTER_PARAMETER_GROUP, &name, gone);
    let start = || {
        let question = client.describe_db_cluster_parameters().db_cluster_parameter_group_name(&name);
        question.filters(kept_alone()).into_paginator().send()
    };
    let listing = site.pages(&DESCRIBE_DB_CLUSTER_PARAMETERS, Some(&group), start).await;
    let listed = listing.items.into_iter().flat_map(|page| page.parameters.unwrap_or_default());
    let parameters = if listing.complete { Fact::Known(kept(listed)) } else { Fact::Unknown };
    let arn = arn(&site, "cluster-pg", &name);
    let facts = ClusterParameterGroup {
        DBClusterParameterGroupName: Fact::Known(name),
        DBClusterParameterGroupArn: Fact::Known(arn.clone()),
        Parameters: parameters,
    };
    group.emit(Some(arn), &facts);
}

/// Asks for the parameters of interest alone, which fit on one page of the hundreds that a group has. Those of Db2 are
/// written in capitals here and there, so both forms are asked for.
fn kept_alone() -> sdk::Filter {
    let names: BTreeSet<_> = KEPT.iter().flat_map(|name| [(*name).to_owned(), name.to_ascii_lowercase()]).collect();
    sdk::Filter::builder().name("parameter-name").set_values(Some(names.into_iter().collect())).build()
}

fn kept(listed: impl IntoIterator<Item = sdk::Parameter>) -> Vec<Parameter> {
    let parameters = listed.into_iter().filter_map(|parameter| {
        let name = parameter.parameter_name?;
        KEPT.iter().any(|kept| kept.eq_ignore_ascii_case(&name)).then_some(Parameter {
            ParameterName: name,
            ParameterValue: parameter.parameter_value,
            ApplyType: parameter.apply_type,
            Source: parameter.source,
        })
    });
    let mut parameters: Vec<_> = parameters.collect();
    parameters.sort_by(|one, other| one.ParameterName.cmp(&other.ParameterName));
    parameters
}

pub(super) async fn read_option_groups(site: &Site, client: &Client, names: BTreeSet<String>) {
    if site.plan().wants_kind(OPTION_GROUP) {
        site.session().each(names, |name| read_option_group(site.clone(), client.clone(), name)).await;
    }
}

async fn read_option_group(site: Site, client: Client, name: String) {
    let group = site.named(OPTION_GROUP, &name, &["OptionGroupNotFoundFault"]);
    let call = || client.describe_option_groups().option_group_name(&name).send();
    let listed = match group.ask(&DESCRIBE_OPTION_GROUPS, &[], call).await {
        Answer::Got(output) => output.option_groups_list.unwrap_or_default().into_iter().next(),
        Answer::NotConfigured | Answer::Unread => None,
    };
    let arn = arn(&site, "og", &name);
    let (name, known_arn) = (Fact::Known(name.clone()), Fact::Known(arn.clone()));
    let mut facts = OptionGroup { OptionGroupName: name, OptionGroupArn: known_arn, ..OptionGroup::default() };
    if let Some(listed) = listed {
        group.lacks(&DESCRIBE_OPTION_GROUPS, facts.describe(&listed));
    }
    group.emit(Some(arn), &facts);
}

impl FromAws<sdk::OptionSetting> for OptionSetting {
    fn from_aws(setting: &sdk::OptionSetting) -> Result<Self, String> {
        let value = setting.value.clone().or_else(|| setting.default_value.clone());
        Ok(Self { Name: setting.name.clone().unwrap_or_default(), Value: value })
    }
}

/// Settings that rules do not ask about are left out before anything of them is kept.
fn settings(option: &sdk::Option) -> Vec<sdk::OptionSetting> {
    let is_kept = |setting: &&sdk::OptionSetting| setting.name().is_some_and(|name| KEPT_SETTINGS.contains(&name));
    option.option_settings().iter().filter(is_kept).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, value: Option<&str>) -> sdk::Parameter {
        let parameter = sdk::Parameter::builder().parameter_name(name).set_parameter_value(value.map(str::to_owned));
        parameter.apply_type("dynamic").source("user").build()
    }

    #[test]
    fn only_the_parameters_that_rules_ask_about_are_kept_in_order() {
        let listed = [
            parameter("work_mem", Some("4096")),
            parameter("rds.force_ssl", Some("1")),
            parameter("pgaudit.log", None),
        ];
        let names: Vec<_> = kept(listed).into_iter().map(|parameter| parameter.ParameterName).collect();
        assert_eq!(names, ["pgaudit.log", "rds.force_ssl"]);
    }

    #[test]
    fn a_parameter_that_nobody_set_is_null() {
        let json = serde_json::to_value(kept([parameter("require_secure_transport", None)])).unwrap();
        assert_eq!(json[0]["ParameterValue"], serde_json::Value::Null);
        assert_eq!(json[0]["ApplyType"], "dynamic");
    }

    #[test]
    fn of_an_options_settings_only_those_are_kept_that_cannot_hold_a_secret() {
        let secret = sdk::OptionSetting::builder().name("AGENT_REGISTRATION_PASSWORD").value("hunter2").build();
        let events = sdk::OptionSetting::builder().name("SERVER_AUDIT_EVENTS").value("CONNECT").build();
        let option = sdk::Option::builder().option_name("OEM_AGENT").port(3872);
        let option = option.option_settings(secret).option_settings(events).build();
        let json = serde_json::to_string(&[OptionConfiguration::from_aws(&option).unwrap()]).unwrap();
        let settings = r#"[{"Name":"SERVER_AUDIT_EVENTS","Value":"CONNECT"}]"#;
        assert_eq!(json, format!(r#"[{{"OptionName":"OEM_AGENT","Port":3872,"OptionSettings":{settings}}}]"#));
    }

    #[test]
    fn a_setting_that_nobody_set_has_its_default() {
        let setting = sdk::OptionSetting::builder().name("SQLNET.ALLOW_WEAK_CRYPTO").default_value("TRUE").build();
        assert_eq!(OptionSetting::from_aws(&setting).unwrap().Value.as_deref(), Some("TRUE"));
    }

    #[test]
    fn groups_are_asked_for_the_parameters_that_are_kept_and_no_others() {
        let filter = kept_alone();
        assert_eq!(filter.name(), Some("parameter-name"));
        assert!(KEPT.iter().all(|name| filter.values().iter().any(|asked| asked == name)));
        assert_eq!(filter.values().len(), KEPT.len() + 2);
    }
}
