//! The packets that the rules of a security group let in.
//!
//! Rules of a group only allow, so what they let in together is the union of what each lets in. A reference to a group lets
//! in interfaces of that group, which are addresses inside networks and not the internet; so does one to the group itself.

use serde_json::Value;

use super::addresses::{AddressBlock, Addresses};
use super::members;
use super::ports::{Opening, PortSpan, Transport, openings};

/// What is known of the prefix lists that rules name.
#[derive(Debug, Clone, Copy, Default)]
pub struct KnownLists<'l> {
    /// The ids of lists whose entries were read.
    pub read: &'l [&'l str],
    /// The ids of those among them that are as good as the internet.
    pub open: &'l [&'l str],
}

/// The ports that rules open to the internet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupOpenings {
    /// Those that are open whatever the lists hold that were not read.
    pub certain: Vec<Opening>,
    /// Those that are open if the lists that were not read hold the internet.
    pub possible: Vec<Opening>,
    /// The ids of the lists that were not read.
    pub unread: Vec<String>,
}

/// The ports that `IpPermissions` open to the internet; `None` if they cannot be read.
pub fn openings_of(permissions: &[Value], lists: KnownLists<'_>) -> Option<GroupOpenings> {
    let rules: Vec<GroupRule<'_>> =
        permissions.iter().map(|rule| GroupRule::read(rule, lists)).collect::<Option<_>>()?;
    let mut unread: Vec<String> = rules.iter().flat_map(|rule| &rule.unread).map(|id| (*id).to_owned()).collect();
    unread.sort_unstable();
    unread.dedup();
    let certain = opened(&rules, |rule| &rule.certain);
    let possible = if unread.is_empty() { certain.clone() } else { opened(&rules, |rule| &rule.possible) };
    Some(GroupOpenings { certain, possible, unread })
}

/// A rule of a group, with the addresses that it lets in.
struct GroupRule<'v> {
    protocol: &'v str,
    /// The ends of its ports, or whatever else the protocol has in their place.
    ends: (Option<i64>, Option<i64>),
    certain: Addresses,
    possible: Addresses,
    unread: Vec<&'v str>,
}

impl<'v> GroupRule<'v> {
    fn read(rule: &'v Value, lists: KnownLists<'_>) -> Option<Self> {
        let mut blocks = Vec::new();
        for (list, name) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")] {
            for range in members(rule, list)? {
                blocks.push(AddressBlock::parse(range[name].as_str()?)?);
            }
        }
        let (mut is_open, mut unread) = (false, Vec::new());
        for list in members(rule, "PrefixListIds")? {
            let id = list["PrefixListId"].as_str()?;
            is_open |= lists.open.contains(&id);
            if !lists.read.contains(&id) {
                unread.push(id);
            }
        }
        let everywhere = || Addresses::of(["0.0.0.0/0", "::/0"].into_iter().filter_map(AddressBlock::parse));
        let certain = if is_open { everywhere() } else { Addresses::of(blocks) };
        let possible = if unread.is_empty() { certain.clone() } else { everywhere() };
        let ends = (rule["FromPort"].as_i64(), rule["ToPort"].as_i64());
        Some(Self { protocol: rule["IpProtocol"].as_str()?, ends, certain, possible, unread })
    }

    /// The ports that it opens: all of them where it names every protocol. Ends that make no sense are all ports, too.
    fn ports(&self, transport: Transport) -> Option<PortSpan> {
        match self.protocol {
            "-1" => Some(PortSpan::ALL),
            protocol if !transport.is_covered_by(protocol) => None,
            _ => Some(PortSpan::between(self.ends.0, self.ends.1).unwrap_or(PortSpan::ALL)),
        }
    }
}

fn opened(rules: &[GroupRule<'_>], sources: impl for<'r, 'v> Fn(&'r GroupRule<'v>) -> &'r Addresses) -> Vec<Opening> {
    let mut found = Vec::new();
    for transport in Transport::ALL {
        let rules: Vec<_> = rules.iter().filter_map(|rule| Some((rule.ports(transport)?, sources(rule)))).collect();
        let join =
            |rules: &mut dyn Iterator<Item = &Addresses>| rules.fold(Addresses::default(), |all, one| all.with(one));
        // Few groups let in the internet at all, and only those are looked at port by port.
        if !join(&mut rules.iter().map(|(_, sources)| *sources)).span_internet() {
            continue;
        }
        let spans: Vec<PortSpan> = rules.iter().map(|(ports, _)| *ports).collect();
        found.extend(openings(transport, &spans, |port| {
            join(&mut rules.iter().filter(|(ports, _)| ports.contains(port.into())).map(|(_, sources)| *sources))
        }));
    }
    found
}
