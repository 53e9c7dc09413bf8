//! The traffic that security groups, network ACLs and routes let through, decided by addresses and ports and not by how the
//! entries are written.
//!
//! "From the internet" means from at least half of the internet's IPv4 or IPv6 addresses: `0.0.0.0/0` says that, and so do
//! four `/2` blocks in four rules, or everything but a block that somebody left out.
//!
//! Sources: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>,
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html>,
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>.

pub mod acls;
mod addresses;
pub mod groups;
mod ports;
pub mod routes;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use addresses::{AddressBlock, Addresses};
pub use ports::{Opening, PortSpan, Transport};

/// Says whether blocks in CIDR notation, taken together, are as good as the internet; `None` if one of them is no block.
pub fn blocks_span_internet<'b>(blocks: impl IntoIterator<Item = &'b str>) -> Option<bool> {
    let blocks: Option<Vec<_>> = blocks.into_iter().map(AddressBlock::parse).collect();
    Some(Addresses::of(blocks?).span_internet())
}

/// The elements of a member of a JSON object, none if it is null.
fn members<'v>(of: &'v Value, name: &str) -> Option<&'v [Value]> {
    match &of[name] {
        Value::Null => Some(&[]),
        Value::Array(list) => Some(list),
        _ => None,
    }
}
