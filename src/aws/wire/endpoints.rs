//! Where a service is reached: its address and the region to sign for.
//!
//! Most addresses follow a pattern; models hold what botocore's rules give otherwise. A region that the table does not
//! know is taken for one of the partition whose pattern it has, as AWS's SDKs do.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

use super::embedded::{PARTITIONS, embedded};

/// The addresses of one service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoints {
    prefix: String,
    pub signing_name: String,
    /// Partition -> variant -> region, or `*` for most of them -> rule; null where there is no endpoint.
    #[serde(default)]
    rules: BTreeMap<String, BTreeMap<String, BTreeMap<String, Option<EndpointRule>>>>,
}

/// An address, and the region to sign for where it is another one than is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum EndpointRule {
    Address([String; 1]),
    Elsewhere([String; 2]),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partition {
    suffix: String,
    dual_suffix: String,
    pattern: String,
    regions: Vec<String>,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub url: String,
    /// The region to sign for.
    pub region: String,
}

impl Endpoints {
    /// The address of the service in a region; `None` where AWS has none of that variant.
    pub fn find(&self, region: &str, fips: bool, dual_stack: bool) -> Option<Address> {
        let (name, partition) = partition_of(region)?;
        let variant = match (fips, dual_stack) {
            (false, false) => "plain",
            (true, false) => "fips",
            (false, true) => "dual",
            (true, true) => "fips-dual",
        };
        let rules = self.rules.get(name).and_then(|rules| rules.get(variant));
        let rule = rules.and_then(|rules| rules.get(region).or_else(|| rules.get("*")));
        let (template, elsewhere) = match rule {
            Some(None) => return None,
            Some(Some(EndpointRule::Address([template]))) => (template.clone(), None),
            Some(Some(EndpointRule::Elsewhere([template, region]))) => (template.clone(), Some(region.clone())),
            None => {
                let fips = if fips { "-fips" } else { "" };
                let suffix = if dual_stack { &partition.dual_suffix } else { &partition.suffix };
                (format!("https://{}{fips}.{{region}}.{suffix}", self.prefix), None)
            }
        };
        let url = template.replace("{region}", region);
        Some(Address { url, region: elsewhere.unwrap_or_else(|| region.to_owned()) })
    }
}

fn partition_of(region: &str) -> Option<(&'static str, &'static Partition)> {
    let partitions = partitions();
    let known = partitions.iter().find(|(_, partition, _)| partition.regions.iter().any(|known| known == region));
    let alike = || partitions.iter().find(|(_, _, pattern)| pattern.is_match(region));
    // AWS's own rules take what matches no partition for a region of the first.
    let found = known.or_else(alike).or_else(|| partitions.iter().find(|(name, _, _)| name == "aws"))?;
    Some((&found.0, &found.1))
}

fn partitions() -> &'static [(String, Partition, Regex)] {
    static PARTITIONS_READ: OnceLock<Vec<(String, Partition, Regex)>> = OnceLock::new();
    PARTITIONS_READ.get_or_init(|| {
        let text = embedded(PARTITIONS).unwrap_or_default();
        let read: BTreeMap<String, Partition> = serde_json::from_slice(&text).unwrap_or_default();
        let with_pattern = |(name, partition): (String, Partition)| {
            let pattern = Regex::new(&partition.pattern).ok()?;
            Some((name, partition, pattern))
        };
        read.into_iter().filter_map(with_pattern).collect()
    })
}
