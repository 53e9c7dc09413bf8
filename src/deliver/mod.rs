//! Hands results on to other AWS services. The only room that writes to AWS, and only where it is told to.
//!
//! Every delivery says what became of it. Nothing of a snapshot or a finding is logged.

pub mod s3;
pub mod sns;

use aws_config::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;

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
