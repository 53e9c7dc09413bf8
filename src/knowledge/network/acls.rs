//! The connections that a network ACL lets in.
//!
//! The entries of each direction are tried from the lowest number up, and the first that matches a packet decides. An ACL
//! keeps no state: a connection works only if its answers may leave, to the port that the caller chose (1024 to 65535).

use serde_json::Value;

use super::addresses::{AddressBlock, Addresses};
use super::ports::{Opening, PortSpan, Transport, openings};

/// The ports from which callers connect: <https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html>.
const EPHEMERAL: PortSpan = PortSpan { first: 1024, last: u16::MAX };

/// The ports at which the internet can connect through an ACL with these `Entries`; `None` if they cannot be read.
pub fn openings_of(entries: &[Value]) -> Option<Vec<Opening>> {
    let mut entries: Vec<AclEntry<'_>> = entries.iter().map(AclEntry::read).collect::<Option<_>>()?;
    entries.sort_by_key(|entry| entry.number);
    let mut found = Vec::new();
    for transport in Transport::ALL {
        let entries: Vec<(&AclEntry<'_>, PortSpan)> =
            entries.iter().filter_map(|entry| Some((entry, entry.ports(transport)?))).collect();
        let answered = answered(&entries);
        let spans: Vec<_> = entries.iter().filter(|(entry, _)| !entry.is_egress).map(|(_, ports)| *ports).collect();
        found.extend(openings(transport, &spans, |port| admitted(&entries, false, port).shared_with(&answered)));
    }
    Some(found)
}

/// An entry of an ACL.
struct AclEntry<'v> {
    number: i64,
    is_egress: bool,
    allows: bool,
    protocol: &'v str,
    ends: (Option<i64>, Option<i64>),
    block: AddressBlock,
}

impl<'v> AclEntry<'v> {
    fn read(entry: &'v Value) -> Option<Self> {
        let block = entry["CidrBlock"].as_str().or_else(|| entry["Ipv6CidrBlock"].as_str())?;
        Some(Self {
            number: entry["RuleNumber"].as_i64()?,
            is_egress: entry["Egress"].as_bool()?,
            allows: match entry["RuleAction"].as_str()? {
                "allow" => true,
                "deny" => false,
                _ => return None,
            },
            protocol: entry["Protocol"].as_str()?,
            ends: (entry["PortRange"]["From"].as_i64(), entry["PortRange"]["To"].as_i64()),
            block: AddressBlock::parse(block)?,
        })
    }

    /// The ports that it is about. Ends that make no sense are no ports in an entry that denies, and all in one that allows.
    fn ports(&self, transport: Transport) -> Option<PortSpan> {
        match self.protocol {
            "-1" => Some(PortSpan::ALL),
            protocol if !transport.is_covered_by(protocol) => None,
            _ => PortSpan::between(self.ends.0, self.ends.1).or(self.allows.then_some(PortSpan::ALL)),
        }
    }
}

/// The addresses whose packets to a port (those that go out: to a port there) the first entry that matches allows.
fn admitted(entries: &[(&AclEntry<'_>, PortSpan)], is_egress: bool, port: u16) -> Addresses {
    let (mut allowed, mut decided) = (Addresses::default(), Addresses::default());
    let matching =
        |(entry, ports): &&(&AclEntry<'_>, PortSpan)| entry.is_egress == is_egress && ports.contains(port.into());
    for (entry, _) in entries.iter().filter(matching) {
        let block = Addresses::of([entry.block]);
        if entry.allows {
            allowed = allowed.with(&block.without(&decided));
        }
        decided = decided.with(&block);
    }
    allowed
}

/// The addresses to which an answer may leave, to one of the ports from which callers connect.
fn answered(entries: &[(&AclEntry<'_>, PortSpan)]) -> Addresses {
    let outgoing = entries.iter().filter(|(entry, _)| entry.is_egress);
    let ends = outgoing.flat_map(|(_, ports)| [Some(ports.first), ports.last.checked_add(1)]).flatten();
    let mut ports: Vec<u16> = ends.chain([EPHEMERAL.first]).filter(|port| EPHEMERAL.contains((*port).into())).collect();
    ports.sort_unstable();
    ports.dedup();
    ports.into_iter().fold(Addresses::default(), |all, port| all.with(&admitted(entries, true, port)))
}
