//! The event of an invocation: a schedule's event, or one that says more.

use serde::Deserialize;
use serde_json::Value;

use crate::config::RegionName;
use crate::deliver::s3::Uri;
use crate::scan::organization::AccountTarget;
use crate::{Error, Result, error};

/// The task of the invocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventAction {
    /// Read and judge one account, and deliver the report.
    #[default]
    Scan,
    /// List the accounts of the organization for a run with a worker for each.
    ListAccounts,
    /// Make one report of those that the workers of a run delivered.
    Merge,
}

/// The event. Every field may be left out; what it does not say, the function's environment says.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Event {
    /// The task of the invocation.
    pub action: EventAction,
    /// Names the run in the places of its results. The same event twice is one run.
    pub run_id: Option<String>,
    /// The settings of safeguard.yaml, in the event itself.
    pub config: Option<Value>,
    /// The place of the settings: an object, or a prefix that ends in `/` and holds safeguard.yaml and the files that
    /// it names.
    pub config_s3: Option<Uri>,
    /// The name of the SSM parameter that holds the settings.
    pub config_parameter: Option<String>,
    /// The account to read; the function's own without it.
    pub account: Option<AccountTarget>,
    /// The regions to read, instead of the config's.
    pub regions: Vec<RegionName>,
    /// The number of regions that one worker reads, for `list_accounts`: more workers for each account. 0 for all of
    /// them.
    pub regions_per_worker: usize,
    /// The number of this worker among several of one account, from 1; 0 for the only one.
    pub part: u32,
    /// The list of accounts that `list_accounts` wrote.
    pub accounts: Option<Uri>,
}

/// More regions than AWS has, and so more parts than an account can be read in.
const MOST_REGIONS: usize = 100;

impl Event {
    /// Reads an event: one of our own, or EventBridge's with one of ours in its detail.
    ///
    /// # Errors
    /// If it says something that is not known.
    pub fn parse(mut event: Value) -> Result<Self> {
        let is_eventbridge = event.get("detail-type").is_some() && event.get("source").is_some();
        let id = event.get("id").and_then(Value::as_str).map(str::to_owned);
        if is_eventbridge {
            event = event.get_mut("detail").map_or(Value::Null, Value::take);
        }
        if event.is_null() {
            event = Value::Object(serde_json::Map::new());
        }
        let mut parsed: Self = serde_json::from_value(event).map_err(|error| {
            Error::usage(format!("the event says something that is not known: {}", error::json_in_words(&error))).help(
                "an event may hold action, run_id, config, config_s3, config_parameter, account, regions, \
                 regions_per_worker, part and accounts",
            )
        })?;
        if is_eventbridge {
            parsed.run_id = parsed.run_id.or(id);
        }
        if let Some(run_id) = &parsed.run_id
            && (run_id.is_empty() || run_id.len() > 128 || !run_id.chars().all(is_plain))
        {
            return Err(Error::usage("run_id must be 1 to 128 letters, digits, dots, dashes and underscores"));
        }
        for (key, number, most) in [
            ("regions_per_worker", parsed.regions_per_worker, MOST_REGIONS),
            ("part", parsed.part as usize, MOST_REGIONS),
        ] {
            if number > most {
                let error = Error::usage(format!("the event's {key} cannot be {number}"));
                return Err(error.help(format!("write a number from 0 to {most}")));
            }
        }
        Ok(parsed)
    }
}

/// Tells whether the character has no meaning of its own in a key of S3.
pub(super) fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.".contains(character)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schedule_asks_for_a_scan_and_its_id_names_the_run() {
        let event = json!({"version": "0", "id": "53dc4d37-cffa", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "123456789012", "region": "us-east-1", "resources": [], "detail": {}});
        let parsed = Event::parse(event).unwrap();
        assert_eq!((parsed.action, parsed.run_id.as_deref()), (EventAction::Scan, Some("53dc4d37-cffa")));
        assert_eq!(Event::parse(Value::Null).unwrap(), Event::default());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for event in [
            json!({"regoins": ["us-east-1"]}),
            json!({"action": "delete"}),
            json!({"account": {"account": "123456789012", "password": "x"}}),
            json!({"config_s3": "results/config"}),
            json!({"run_id": "../../x"}),
            json!({"run_id": ""}),
            json!({"regions_per_worker": -1}),
            json!({"regions_per_worker": 101}),
            json!({"part": -1}),
            json!({"part": 101}),
            json!([1]),
            json!("scan"),
        ] {
            assert!(Event::parse(event.clone()).is_err(), "{event}");
        }
    }
}
