//! The flags that say how to reach an account.

use std::time::Duration;

use clap::Args;

use crate::Result;
use crate::config::{self, RegionName};
use crate::model::{Arn, forms};
use crate::scan::Live;

/// How to reach an account: the same flags for a scan and for its preflight.
#[derive(Debug, Args)]
#[command(next_help_heading = "Account")]
pub(super) struct ReachArgs {
    /// The AWS profile whose credentials and region to use
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A region to read, any number of times, or `all` for every region enabled for the account
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    regions: Vec<RegionName>,
    /// Assume this role before reading
    #[arg(long, value_name = "ARN", value_parser = role_arn)]
    role_arn: Option<String>,
    /// The external id that the role asks for
    #[arg(long, value_name = "ID", requires = "role_arn")]
    external_id: Option<String>,
    /// The most calls to AWS at one time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    max_in_flight: u16,
    /// Give up on one try of a call to AWS after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3600))]
    timeout: u16,
    /// Stop reading after so many seconds; what was not read by then is reported as not read
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    max_duration: Option<u32>,
}

/// The flags that say how to reach an account: nothing of it is asked where another source is judged.
pub(super) const REACH: [&str; 4] = ["profile", "regions", "role_arn", "external_id"];

impl ReachArgs {
    /// Gathers the settings for reaching the account; `configured` are the config file's regions.
    pub(super) fn live(&self, configured: &[RegionName]) -> Result<Live> {
        Ok(Live {
            profile: self.profile.clone(),
            regions: config::regions(if self.regions.is_empty() { configured } else { &self.regions })?,
            role_arn: self.role_arn.clone(),
            external_id: self.external_id.clone(),
            max_in_flight: usize::from(self.max_in_flight),
            call_timeout: Duration::from_secs(u64::from(self.timeout)),
            time_limit: self.max_duration.map(|seconds| Duration::from_secs(u64::from(seconds))),
        })
    }
}

/// A flag that names a role.
pub(super) fn role_arn(text: &str) -> Result<String, String> {
    match Arn::parse(text) {
        Some(Arn { partition, service: "iam", region: "", account, resource })
            if partition.starts_with("aws")
                && forms::is_account_id(account)
                && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("write arn:aws:iam::ACCOUNT:role/NAME, with an account id of twelve digits".to_owned()),
    }
}
