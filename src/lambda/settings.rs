//! Reads a function's settings from the event, S3 or SSM; the first that is named counts.

use std::path::Path;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use serde_json::json;

use super::environment::FunctionEnvironment;
use super::event::Event;
use super::made;
use crate::aws::wire::{Client, object};
use crate::config::{Config, FILE_NAME};
use crate::deliver::s3::{Store, Uri};
use crate::{Error, Result};

/// The IAM action that settings in SSM need, on the parameter.
pub const SETTINGS_IAM_ACTIONS: [&str; 1] = ["ssm:GetParameter"];

/// Puts safeguard.yaml, and the files that it names, into `folder`, and reads it. Without any settings the defaults
/// hold.
pub(super) async fn read(
    event: &Event,
    environment: &FunctionEnvironment,
    store: &Store,
    aws: &SdkConfig,
    folder: &Path,
) -> Result<Config> {
    let folder = made(folder.to_owned())?;
    let file = folder.join(FILE_NAME);
    if let Some(settings) = &event.config {
        // JSON is YAML, too.
        return Config::parse(&settings.to_string(), "the event's config");
    }
    if let Some(place) =
        event.config_s3.as_ref().or(environment.config_s3.as_ref().filter(|_| event.config_parameter.is_none()))
    {
        from_s3(store, place, &folder, &file).await?;
    } else if let Some(name) = event.config_parameter.as_ref().or(environment.config_parameter.as_ref()) {
        let text = from_parameter(aws, name).await?;
        return Config::parse(&text, &format!("the SSM parameter {name}"));
    } else {
        return Ok(Config::default());
    }
    Config::read(&file)
}

async fn from_s3(store: &Store, place: &Uri, folder: &Path, file: &Path) -> Result<()> {
    if place.key.is_empty() || place.key.ends_with('/') {
        store.read_folder(place, folder).await?;
    } else {
        store.read_to(place, file).await?;
    }
    match file.exists() {
        true => Ok(()),
        false => Err(Error::usage(format!("there are no settings at {place}"))
            .help(format!("name an object, or a prefix that ends in / and holds {FILE_NAME}"))),
    }
}

async fn from_parameter(aws: &SdkConfig, name: &str) -> Result<String> {
    let client = Client::new(aws, "ssm", Vec::new());
    let parameter = object([("Name", json!(name)), ("WithDecryption", json!(true))]);
    match client.call("GetParameter", parameter).await {
        Ok(answer) => answer
            .get("Parameter")
            .and_then(|parameter| parameter.get("Value")?.as_str())
            .map(str::to_owned)
            .ok_or_else(|| Error::failed(format!("the SSM parameter {name} has no value"))),
        Err(error) => {
            let why = error.code().unwrap_or("no answer").to_owned();
            Err(Error::failed(format!("could not read the SSM parameter {name} (ssm:GetParameter): {why}"))
                .help("the function's role needs ssm:GetParameter on it, and kms:Decrypt on its key"))
        }
    }
}
