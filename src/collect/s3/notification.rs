//! Whom a bucket tells of its objects.

use crate::aws::told::Given;
use crate::collect::facts::shape;

shape! {
    pub(super) struct NotificationConfiguration of own: Given<'_> {
        TopicConfigurations: Vec<NotificationTarget> = own.get("TopicConfigurations");
        QueueConfigurations: Vec<NotificationTarget> = own.get("QueueConfigurations");
        LambdaConfigurations: Vec<NotificationTarget> = own.get("LambdaFunctionConfigurations");
        EventBridgeConfiguration: Option<EventBridgeConfiguration> = own.get("EventBridgeConfiguration");
    }
}

shape! {
    pub(super) struct NotificationTarget of own: Given<'_> {
        Arn: String = ["TopicArn", "QueueArn", "LambdaFunctionArn"].into_iter().find_map(|name| own.get(name));
        Events: Vec<String> = own.get("Events");
    }
}

shape! {
    pub(super) struct EventBridgeConfiguration of _own: Given<'_> {
        EventBridgeEnabled: bool = true;
    }
}
