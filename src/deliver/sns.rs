//! A message to an SNS topic: that a scan ended, how, and where its report is.

use aws_sdk_sns::Client;
use aws_types::SdkConfig;
use serde::Serialize;

use super::in_full;
use crate::{Error, Result};

/// The IAM action that a message needs, on its topic.
pub const IAM_ACTIONS: [&str; 1] = ["sns:Publish"];

/// The most that SNS takes as a subject, in characters.
const SUBJECT: usize = 100;

/// Publishes the message as JSON.
///
/// # Errors
/// If SNS refuses.
pub async fn publish(settings: &SdkConfig, topic_arn: &str, subject: &str, message: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(message).map_err(|error| Error::failed(error.to_string()))?;
    // The topic's region is in its name and may be another one than the function's.
    let region = topic_arn.split(':').nth(3).filter(|region| !region.is_empty());
    let mut config = aws_sdk_sns::config::Builder::from(settings);
    if let Some(region) = region {
        config = config.region(aws_types::region::Region::new(region.to_owned()));
    }
    let request = Client::from_conf(config.build()).publish().topic_arn(topic_arn).message(text);
    match request.subject(plain(subject)).send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::failed(format!("could not publish to {topic_arn} (sns:Publish): {}", in_full(&error)))
            .help("the function's role needs sns:Publish on the topic, and kms:GenerateDataKey and kms:Decrypt on the topic's key")),
    }
}

/// Printable ASCII, as short as SNS wants it.
fn plain(subject: &str) -> String {
    subject.chars().filter(|character| (' '..='~').contains(character)).take(SUBJECT).collect()
}
