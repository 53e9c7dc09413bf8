//! The way that routes show to the internet.
//!
//! Of the routes that match an address the one with the longest prefix decides. A route through an internet gateway is a way
//! in as well as out; one through a NAT gateway or an egress-only gateway is a way out alone.

use serde_json::Value;

use super::addresses::{AddressBlock, Addresses};
use crate::model::Truth;

/// Says whether an address of the internet, of IPv4 or of IPv6, is routed through an internet gateway. Unknown where only a
/// route to a prefix list leads there.
pub fn lead_to_internet(routes: &[Value], is_six: bool) -> Truth {
    let (mut blocks, mut leads_somewhere) = (Vec::new(), false);
    for route in routes {
        let is_gateway = route["GatewayId"].as_str().is_some_and(|id| id.starts_with("igw-"));
        let is_way_in = is_gateway && route["State"].as_str() != Some("blackhole");
        let destination =
            ["DestinationCidrBlock", "DestinationIpv6CidrBlock"].iter().find_map(|name| route[name].as_str());
        match destination.map(AddressBlock::parse) {
            Some(Some(block)) if block.is_six() != is_six => {}
            Some(Some(block)) => blocks.push((block, is_way_in)),
            Some(None) | None => leads_somewhere |= is_way_in,
        }
    }
    blocks.sort_by_key(|(block, _)| std::cmp::Reverse(block.length()));
    let mut decided = Addresses::default();
    for (block, is_way_in) in blocks {
        let block = Addresses::of([block]);
        if is_way_in && block.without(&decided).touch_internet() {
            return Truth::True;
        }
        decided = decided.with(&block);
    }
    if leads_somewhere { Truth::Unknown } else { Truth::False }
}
