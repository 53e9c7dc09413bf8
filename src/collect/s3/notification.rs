//! Whom a bucket tells of its objects.

use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types as sdk;

use crate::aws::told::FromAws;
use crate::collect::facts::shape;

shape! {
    pub(super) struct NotificationConfiguration of own: GetBucketNotificationConfigurationOutput {
        TopicConfigurations: Vec<NotificationTarget> = own.topic_configurations;
        QueueConfigurations: Vec<NotificationTarget> = own.queue_configurations;
        LambdaConfigurations: Vec<NotificationTarget> = own.lambda_function_configurations;
        EventBridgeConfiguration: Option<EventBridgeConfiguration> = own.event_bridge_configuration;
    }
}

shape! {
    pub(super) struct NotificationTarget {
        Arn: String;
        Events: Vec<String>;
    }
}

shape! {
    pub(super) struct EventBridgeConfiguration of _own: sdk::EventBridgeConfiguration {
        EventBridgeEnabled: bool = true;
    }
}

impl NotificationTarget {
    fn of(arn: &str, events: &[sdk::Event]) -> Self {
        Self { Arn: arn.to_owned(), Events: events.iter().map(|event| event.as_str().to_owned()).collect() }
    }
}

impl FromAws<sdk::TopicConfiguration> for NotificationTarget {
    fn from_aws(own: &sdk::TopicConfiguration) -> Result<Self, String> {
        Ok(Self::of(own.topic_arn(), own.events()))
    }
}

impl FromAws<sdk::QueueConfiguration> for NotificationTarget {
    fn from_aws(own: &sdk::QueueConfiguration) -> Result<Self, String> {
        Ok(Self::of(own.queue_arn(), own.events()))
    }
}

impl FromAws<sdk::LambdaFunctionConfiguration> for NotificationTarget {
    fn from_aws(own: &sdk::LambdaFunctionConfiguration) -> Result<Self, String> {
        Ok(Self::of(own.lambda_function_arn(), own.events()))
    }
}
