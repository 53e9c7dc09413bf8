//! Reads the settings of a database: parameters and options of RDS and their values.
//!
//! A group says what its databases are told; whether a database does it already is the status of the group in that
//! database. That status belongs to the group as a whole, so a group with changes that wait may still have settings
//! that have been in force for years: see [`in_force`].
//!
//! Sources: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html>,
//! <https://github.com/pgaudit/pgaudit/blob/main/README.md>.

use serde_json::Value;

use crate::policy::PolicyAnswer;

/// The value of a parameter in a group's `Parameters`, empty if it is not set or not in the list. Names are compared
/// without regard to case: Db2 writes its own in capitals, and RDS does not always.
pub fn parameter_value<'v>(parameters: &'v Value, name: &str) -> &'v str {
    parameter(parameters, name).and_then(|parameter| parameter["ParameterValue"].as_str()).unwrap_or_default()
}

/// The value of a setting in an option's `OptionSettings`, empty if it has none.
pub fn option_setting<'v>(settings: &'v Value, name: &str) -> &'v str {
    named(settings, "Name", name).and_then(|setting| setting["Value"].as_str()).unwrap_or_default()
}

fn parameter<'v>(parameters: &'v Value, name: &str) -> Option<&'v Value> {
    named(parameters, "ParameterName", name)
}

fn named<'v>(list: &'v Value, key: &str, name: &str) -> Option<&'v Value> {
    let mut items = list.as_array()?.iter();
    items.find(|item| item[key].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name)))
}

/// Is the value that the parameter has in the group in force in a database where the group has that status?
///
/// It is if the group is in sync. If not, a parameter that takes effect at once is in force unless the group was
/// attached only now, and one that waits for a restart is unless it is what was changed: AWS tells neither. So the
/// answer is yes or it is not to be told, and never no.
pub fn in_force(parameters: &Value, name: &str, status: Option<&str>) -> PolicyAnswer {
    let waits = match status {
        Some("in-sync") => return PolicyAnswer::from(crate::model::Truth::True),
        Some("pending-reboot") => "changes of the parameter group wait for a restart",
        Some("applying") => "changes of the parameter group are being applied",
        _ => "AWS does not say that the parameter group is in sync with the database",
    };
    let apply_type = parameter(parameters, name).and_then(|parameter| parameter["ApplyType"].as_str());
    let why = match apply_type {
        Some("dynamic") => "a dynamic parameter is in force at once unless the group was attached just now",
        Some("static") => "whether this static one is among them is not told",
        _ => "whether this one is among them is not told",
    };
    PolicyAnswer::undecided(&format!("the group sets {name}, but {waits}, and {why}"))
}

/// Does a `pgaudit.log` with that value record statements of the class, such as `read`? The list is read from left to
/// right; a class with a minus sign is taken away again.
pub fn pgaudit_records(setting: &str, class: &str) -> bool {
    let mut records = false;
    for word in setting.split(',').map(str::trim) {
        let (word, adds) = word.strip_prefix('-').map_or((word, true), |word| (word, false));
        if word.eq_ignore_ascii_case(class) || word.eq_ignore_ascii_case("all") {
            records = adds;
        } else if word.eq_ignore_ascii_case("none") && adds {
            records = false;
        }
    }
    records
}

/// Is the version that one or a later one? Compared are the numbers before the first part that is none, so
/// `8.0.mysql_aurora.3.07.1` counts as 8.0. `None` for a version that does not begin with a number.
pub fn version_at_least(version: &str, minimum: &str) -> Option<bool> {
    let (version, minimum) = (numbers(version), numbers(minimum));
    if version.is_empty() || minimum.is_empty() {
        return None;
    }
    let length = version.len().max(minimum.len());
    let padded = |mut numbers: Vec<u64>| {
        numbers.resize(length, 0);
        numbers
    };
    Some(padded(version) >= padded(minimum))
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Truth;

    #[test]
    fn a_value_is_found_whatever_the_case_of_the_name_and_empty_where_there_is_none() {
        let parameters = json!([
            {"ParameterName": "db2comm", "ParameterValue": "SSL", "ApplyType": "static"},
            {"ParameterName": "SSL_SVCENAME", "ParameterValue": null},
        ]);
        assert_eq!(parameter_value(&parameters, "DB2COMM"), "SSL");
        assert_eq!(parameter_value(&parameters, "ssl_svcename"), "");
        assert_eq!(parameter_value(&parameters, "pgaudit.log"), "");
        let settings = json!([{"Name": "SERVER_AUDIT_EVENTS", "Value": "CONNECT"}]);
        assert_eq!(option_setting(&settings, "SERVER_AUDIT_EVENTS"), "CONNECT");
        assert_eq!(option_setting(&settings, "SERVER_AUDIT_EXCL_USERS"), "");
    }

    #[test]
    fn only_a_group_in_sync_is_known_to_be_in_force_and_the_reason_tells_the_kinds_of_parameters_apart() {
        let parameters = json!([
            {"ParameterName": "require_secure_transport", "ParameterValue": "ON", "ApplyType": "dynamic"},
            {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyType": "static"},
        ]);
        let of = |name: &str, status: Option<&str>| in_force(&parameters, name, status);
        assert_eq!(of("rds.force_ssl", Some("in-sync")).truth, Truth::True);
        for status in [Some("pending-reboot"), Some("applying"), Some("removing"), None] {
            assert_eq!(of("require_secure_transport", status).truth, Truth::Unknown);
        }
        assert_eq!(
            of("require_secure_transport", Some("pending-reboot")).notes,
            ["the group sets require_secure_transport, but changes of the parameter group wait for a restart, and a \
              dynamic parameter is in force at once unless the group was attached just now"]
        );
        assert!(of("rds.force_ssl", Some("pending-reboot")).notes[0].ends_with("is not told"));
    }

    #[test]
    fn the_list_of_pgaudit_is_read_from_left_to_right() {
        for (setting, read, write) in [
            ("all", true, true),
            ("read, WRITE", true, true),
            ("ddl,role", false, false),
            ("-all", false, false),
            ("all,-read", false, true),
            ("-read,all", true, true),
            ("read,none", false, false),
            ("none", false, false),
            ("", false, false),
            ("write", false, true),
        ] {
            assert_eq!(pgaudit_records(setting, "read"), read, "{setting}");
            assert_eq!(pgaudit_records(setting, "write"), write, "{setting}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert_eq!(version_at_least("11.8.3", "11.8"), Some(true));
        assert_eq!(version_at_least("10.11.6", "11.8"), Some(false));
        assert_eq!(version_at_least("9.7", "9.7.0"), Some(true));
        assert_eq!(version_at_least("8.0.mysql_aurora.3.07.1", "8.4"), Some(false));
        assert_eq!(version_at_least("8.4.mysql_aurora.8.4.1", "8.4"), Some(true));
        assert_eq!(version_at_least("unknown", "8.4"), None);
    }
}
