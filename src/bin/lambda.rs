//! The scheduled scan in AWS Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    safeguard::lambda::start_logging();
    let serve = lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let invocation = safeguard::lambda::Invocation {
            id: event.context.request_id.clone(),
            deadline: event.context.deadline(),
            event: event.payload,
        };
        safeguard::lambda::handle(invocation).await.map_err(safeguard::lambda::diagnostic)
    }));
    tokio::select! {
        ended = serve => ended,
        ended = safeguard::lambda::told_to_end() => Err(ended.error_message.into()),
    }
}
