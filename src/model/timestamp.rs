//! Moments.

use std::fmt::{self, Display};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// A moment, written as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(pub jiff::Timestamp);

impl Timestamp {
    /// The present moment.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now())
    }

    /// The day of the moment in UTC.
    pub fn day(self) -> jiff::civil::Date {
        self.0.to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}

impl Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown = || text.chars().take(80).collect::<String>();
        text.parse().map(Self).map_err(|_| format!("{:?} is no moment in the form of RFC 3339", shown()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> Self {
        moment.to_string()
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let moment: Timestamp = serde_json::from_str("\"2026-01-01T12:00:00.5Z\"").unwrap();
        assert_eq!(serde_json::to_string(&moment).unwrap(), "\"2026-01-01T12:00:00.5Z\"");
        assert_eq!(moment.day(), jiff::civil::date(2026, 1, 1));
    }

    #[test]
    fn a_text_that_is_no_moment_is_refused() {
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01"] {
            assert_eq!(
                text.parse::<Timestamp>().unwrap_err(),
                format!("{text:?} is no moment in the form of RFC 3339")
            );
        }
    }
}
