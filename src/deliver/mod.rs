//! Brings results to systems outside: findings to Security Hub, files to S3, messages to SNS. The only room that
//! writes to AWS, and only where it is told to.
//!
//! This room judges nothing. It claims that something arrived only if the other side has confirmed it. It logs nothing
//! of a snapshot or a finding.

pub mod s3;
pub mod security_hub;
pub mod sns;

use aws_config::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;

/// The IAM actions on the KMS key of whatever is encrypted by one: objects in S3, and messages on their way.
pub const KMS_ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

/// The AWS SDK's own settings and credentials, for a region if one is named.
pub async fn settings(region: Option<&str>) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest());
    match region {
        Some(region) => loader.region(Region::new(region.to_owned())),
        None => loader,
    }
    .load()
    .await
}

/// An error of the SDK with all its causes, in one line.
fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = error.source();
    }
    words
}
