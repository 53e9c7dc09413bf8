//! A message to an SNS topic: that a scan ended, how, and where its report is.

use aws_types::SdkConfig;
use aws_types::region::Region;
use serde::Serialize;

use super::in_full;
use crate::aws::wire::{Client, object};
use crate::model::Arn;
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
    let region = Arn::parse(topic_arn).map(|arn| arn.region).filter(|region| !region.is_empty());
    let settings = match region {
        Some(region) => settings.to_builder().region(Region::new(region.to_owned())).build(),
        None => settings.clone(),
    };
    let client = Client::new(&settings, "sns", Vec::new());
    let message = [("TopicArn", topic_arn.to_owned()), ("Message", text), ("Subject", plain(subject))];
    match client.call("Publish", object(message)).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::failed(format!("could not publish to {topic_arn} (sns:Publish): {}", in_full(&error)))
            .help("the function's role needs sns:Publish on the topic, and kms:GenerateDataKey and kms:Decrypt on the topic's key")),
    }
}

/// Printable ASCII, as short as SNS wants it.
fn plain(subject: &str) -> String {
    subject.chars().filter(|character| (' '..='~').contains(character)).take(SUBJECT).collect()
}
