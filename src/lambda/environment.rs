//! The function's environment variables: what holds for every invocation.

use std::str::FromStr;

use crate::deliver::s3::Uri;
use crate::output::Format;
use crate::{Error, Result};

/// The settings in the function's environment.
#[derive(Debug, Clone)]
pub(super) struct FunctionEnvironment {
    /// `SAFEGUARD_RESULTS`: the place below which results are kept, `s3://bucket/prefix`.
    pub results: Uri,
    /// `SAFEGUARD_RESULTS_KMS_KEY`: the KMS key that encrypts them; the bucket's default without it.
    pub kms_key_id: Option<String>,
    /// `SAFEGUARD_FORMATS`: the formats of the report, `json` without it; `json` is always among them.
    pub formats: Vec<Format>,
    /// `SAFEGUARD_KEEP_SNAPSHOT`: whether what was read is kept beside the report; true without it.
    pub snapshot: bool,
    /// `SAFEGUARD_TOPIC_ARN`: the SNS topic that is told how a scan ended.
    pub topic_arn: Option<String>,
    /// `SAFEGUARD_SECURITY_HUB`: whether findings are imported into AWS Security Hub.
    pub security_hub: bool,
    /// `SAFEGUARD_CONFIG_S3`: see the event's `config_s3`.
    pub config_s3: Option<Uri>,
    /// `SAFEGUARD_CONFIG_PARAMETER`: see the event's `config_parameter`.
    pub config_parameter: Option<String>,
    /// `SAFEGUARD_MEMBER_ROLE`: the name of the role to assume in the accounts of an organization.
    pub member_role: Option<String>,
    /// `SAFEGUARD_MEMBER_EXTERNAL_ID`: the external id that those roles ask for.
    pub member_external_id: Option<String>,
    /// `SAFEGUARD_MAX_IN_FLIGHT`: the most calls to AWS at one time.
    pub max_in_flight: usize,
}

impl FunctionEnvironment {
    /// Reads the process's environment.
    pub fn read() -> Result<Self> {
        Self::of(&|name| std::env::var(name).ok())
    }

    fn of(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let text = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let results = parsed::<Uri>(&text, "SAFEGUARD_RESULTS")?.ok_or_else(|| {
            Error::usage("SAFEGUARD_RESULTS is not set, so there is nowhere to keep results")
                .help("set it to the place of the results in S3, such as s3://bucket/safeguard")
        })?;
        let mut formats = Vec::new();
        for name in text("SAFEGUARD_FORMATS").iter().flat_map(|names| names.split(',')) {
            formats.push(name.trim().parse::<Format>()?);
        }
        if !formats.contains(&Format::Json) {
            formats.insert(0, Format::Json);
        }
        Ok(Self {
            results,
            kms_key_id: text("SAFEGUARD_RESULTS_KMS_KEY"),
            formats,
            snapshot: parsed(&text, "SAFEGUARD_KEEP_SNAPSHOT")?.unwrap_or(true),
            topic_arn: text("SAFEGUARD_TOPIC_ARN"),
            security_hub: parsed(&text, "SAFEGUARD_SECURITY_HUB")?.unwrap_or(false),
            config_s3: parsed(&text, "SAFEGUARD_CONFIG_S3")?,
            config_parameter: text("SAFEGUARD_CONFIG_PARAMETER"),
            member_role: text("SAFEGUARD_MEMBER_ROLE"),
            member_external_id: text("SAFEGUARD_MEMBER_EXTERNAL_ID"),
            max_in_flight: max_in_flight(&text)?,
        })
    }
}

/// Reads the limit, with the same bounds as `--max-in-flight`.
fn max_in_flight(text: &dyn Fn(&str) -> Option<String>) -> Result<usize> {
    const NAME: &str = "SAFEGUARD_MAX_IN_FLIGHT";
    match parsed::<usize>(text, NAME)?.unwrap_or(64) {
        calls @ 1..=1024 => Ok(calls),
        calls => {
            let message = format!("the environment variable {NAME} cannot be {calls}");
            Err(Error::usage(message).help("write a number from 1 to 1024"))
        }
    }
}

fn parsed<T: FromStr>(text: &dyn Fn(&str) -> Option<String>, name: &str) -> Result<Option<T>>
where
    T::Err: std::fmt::Display,
{
    let read = |value: String| {
        value.trim().parse().map_err(|error| Error::usage(format!("the environment variable {name}: {error}")))
    };
    text(name).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<FunctionEnvironment> {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        FunctionEnvironment::of(&find)
    }

    #[test]
    fn only_the_place_of_the_results_must_be_set() {
        let environment = read(&[("SAFEGUARD_RESULTS", "s3://results/a"), ("SAFEGUARD_TOPIC_ARN", "")]).unwrap();
        assert_eq!(environment.results.to_string(), "s3://results/a");
        assert_eq!((environment.formats, environment.topic_arn), (vec![Format::Json], None));
        assert!(environment.snapshot && !environment.security_hub);
        assert!(read(&[]).unwrap_err().message.contains("SAFEGUARD_RESULTS"));
    }

    #[test]
    fn a_wrong_value_names_its_variable() {
        let results = ("SAFEGUARD_RESULTS", "s3://results");
        for (name, value) in [
            ("SAFEGUARD_KEEP_SNAPSHOT", "perhaps"),
            ("SAFEGUARD_MAX_IN_FLIGHT", "many"),
            ("SAFEGUARD_MAX_IN_FLIGHT", "-1"),
            ("SAFEGUARD_MAX_IN_FLIGHT", "0"),
            ("SAFEGUARD_MAX_IN_FLIGHT", "1025"),
            ("SAFEGUARD_CONFIG_S3", "bucket/key"),
        ] {
            let error = read(&[results, (name, value)]).unwrap_err();
            assert!(error.message.contains(name), "{}", error.message);
        }
        assert!(read(&[results, ("SAFEGUARD_FORMATS", "json,jsn")]).is_err());
    }
}
