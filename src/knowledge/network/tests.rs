//! Random groups, ACLs and routes over a small universe, and the same questions answered packet by packet.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Opening, Transport, acls, groups, routes};
use crate::model::Truth;

/// IPv4 addresses are told apart by their first five bits, IPv6 addresses by their first four.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Four(u32),
    Six(u32),
}

fn places() -> impl Iterator<Item = Place> {
    (0..32).map(Place::Four).chain((0..16).map(Place::Six))
}

/// How many public IPv4 addresses begin with a number.
fn public_four(first: u32) -> u64 {
    const WHOLE: u64 = 1 << 24;
    match first {
        0 | 10 | 127 | 224.. => 0,
        100 => WHOLE - (1 << 22),
        169 => WHOLE - (1 << 16),
        172 => WHOLE - (1 << 20),
        192 => WHOLE - 2 * (1 << 8) - (1 << 16),
        198 => WHOLE - (1 << 17) - (1 << 8),
        203 => WHOLE - (1 << 8),
        _ => WHOLE,
    }
}

/// How many public addresses there are at a place, in any unit for each family.
fn weight(place: Place) -> u64 {
    match place {
        Place::Six(first) => u64::from(first == 2 || first == 3),
        Place::Four(bits) => (bits << 3..(bits + 1) << 3).map(public_four).sum(),
    }
}

fn is_internet(admits: impl Fn(Place) -> bool) -> bool {
    static WEIGHTS: LazyLock<Vec<(Place, u64)>> =
        LazyLock::new(|| places().map(|place| (place, weight(place))).collect());
    let share = |is_six: bool| {
        let (mut all, mut admitted) = (0, 0);
        for (place, weight) in WEIGHTS.iter().filter(|(place, _)| matches!(place, Place::Six(_)) == is_six) {
            all += weight;
            admitted += if admits(*place) { *weight } else { 0 };
        }
        admitted >= all / 2
    };
    share(false) || share(true)
}

/// A block: the family, the bits at its beginning, and how many of them count.
#[derive(Clone, Copy, Debug)]
struct Block {
    is_six: bool,
    bits: u32,
    length: u32,
}

impl Block {
    fn text(self) -> String {
        match self.is_six {
            false => format!("{}.0.0.0/{}", self.bits << 3, self.length),
            true => format!("{:x}000::/{}", self.bits, self.length),
        }
    }

    fn holds(self, place: Place) -> bool {
        let (width, at) = match place {
            Place::Four(at) if !self.is_six => (5, at),
            Place::Six(at) if self.is_six => (4, at),
            _ => return false,
        };
        at >> (width - self.length) == self.bits >> (width - self.length)
    }
}

fn block() -> impl Strategy<Value = Block> {
    let four =
        (0_u32..32, prop_oneof![0_u32..4, 0_u32..6]).prop_map(|(bits, length)| Block { is_six: false, bits, length });
    let six = (0_u32..16, 0_u32..5).prop_map(|(bits, length)| Block { is_six: true, bits, length });
    prop_oneof![3 => four, 1 => six]
}

const PORTS: [i64; 9] = [0, 1, 21, 22, 23, 1023, 1024, 1025, 65535];
const PROTOCOLS: [&str; 7] = ["-1", "6", "tcp", "17", "udp", "47", "icmp"];

fn span() -> impl Strategy<Value = (i64, i64)> {
    (0..PORTS.len(), 0..PORTS.len()).prop_map(|(a, b)| (PORTS[a.min(b)], PORTS[a.max(b)]))
}

fn covers(protocol: &str, transport: Transport) -> bool {
    match protocol {
        "-1" => true,
        "6" | "tcp" => transport == Transport::Tcp,
        "17" | "udp" => transport == Transport::Udp,
        _ => false,
    }
}

fn holds(openings: &[Opening], transport: Transport, port: i64) -> bool {
    openings.iter().any(|opening| opening.transport == transport && opening.ports.contains(port))
}

/// Spans are as long as they can be, and in order.
fn are_apart(openings: &[Opening]) -> bool {
    openings.windows(2).all(|pair| {
        pair[0].transport != pair[1].transport || i64::from(pair[0].ports.last) + 1 < i64::from(pair[1].ports.first)
    })
}

#[derive(Clone, Debug)]
struct GroupRule {
    protocol: &'static str,
    ports: (i64, i64),
    blocks: Vec<Block>,
    list: Option<&'static str>,
}

fn group_rule() -> impl Strategy<Value = GroupRule> {
    let list = prop_oneof![8 => Just(None), 1 => Just(Some("pl-open")), 1 => Just(Some("pl-closed")), 1 => Just(Some("pl-unread"))];
    (prop::sample::select(&PROTOCOLS[..]), span(), prop::collection::vec(block(), 0..4), list)
        .prop_map(|(protocol, ports, blocks, list)| GroupRule { protocol, ports, blocks, list })
}

impl GroupRule {
    fn json(&self) -> Value {
        let of = |is_six: bool, name: &str| -> Vec<Value> {
            let chosen = self.blocks.iter().filter(|block| block.is_six == is_six);
            chosen.map(|block| json!({name: block.text()})).collect()
        };
        let ports = (self.protocol != "-1").then_some(self.ports);
        json!({
            "IpProtocol": self.protocol, "FromPort": ports.map(|ports| ports.0), "ToPort": ports.map(|ports| ports.1),
            "IpRanges": of(false, "CidrIp"), "Ipv6Ranges": of(true, "CidrIpv6"),
            "PrefixListIds": self.list.map(|id| json!([{"PrefixListId": id}])).unwrap_or(Value::Null),
            "UserIdGroupPairs": [{"GroupId": "sg-0aaaaaaaaaaaaaaaa"}],
        })
    }

    fn lets_in(&self, transport: Transport, port: i64, from: Place, is_unread_open: bool) -> bool {
        let is_listed = self.list == Some("pl-open") || (is_unread_open && self.list == Some("pl-unread"));
        let is_port = self.protocol == "-1" || (self.ports.0..=self.ports.1).contains(&port);
        covers(self.protocol, transport) && is_port && (is_listed || self.blocks.iter().any(|block| block.holds(from)))
    }
}

#[derive(Clone, Debug)]
struct AclEntry {
    number: i64,
    is_egress: bool,
    allows: bool,
    protocol: &'static str,
    ports: (i64, i64),
    block: Block,
}

/// A way back for everything is in half of the ACLs: few are reachable without.
fn acl() -> impl Strategy<Value = Vec<AclEntry>> {
    let protocol = prop::sample::select(&["-1", "6", "17", "47"][..]);
    let entry = (1_i64..1000, any::<bool>(), any::<bool>(), protocol, span(), block()).prop_map(
        |(number, is_egress, allows, protocol, ports, block)| AclEntry {
            number,
            is_egress,
            allows,
            protocol,
            ports,
            block,
        },
    );
    (prop::collection::vec(entry, 0..8), any::<bool>()).prop_map(|(mut entries, is_answered)| {
        let everyone = Block { is_six: false, bits: 0, length: 0 };
        if is_answered {
            let (number, protocol, ports) = (500, "-1", (0, 0));
            entries.push(AclEntry { number, is_egress: true, allows: true, protocol, ports, block: everyone });
        }
        entries.sort_by_key(|entry| (entry.is_egress, entry.number));
        entries.dedup_by_key(|entry| (entry.is_egress, entry.number));
        entries
    })
}

impl AclEntry {
    fn json(&self) -> Value {
        let ports = (self.protocol != "-1").then(|| json!({"From": self.ports.0, "To": self.ports.1}));
        let (four, six) = match self.block.is_six {
            false => (Some(self.block.text()), None),
            true => (None, Some(self.block.text())),
        };
        json!({
            "RuleNumber": self.number, "Egress": self.is_egress, "RuleAction": if self.allows { "allow" } else { "deny" },
            "Protocol": self.protocol, "PortRange": ports, "CidrBlock": four, "Ipv6CidrBlock": six,
        })
    }

    fn matches(&self, is_egress: bool, transport: Transport, port: i64, place: Place) -> bool {
        let is_port = self.protocol == "-1" || (self.ports.0..=self.ports.1).contains(&port);
        self.is_egress == is_egress && covers(self.protocol, transport) && is_port && self.block.holds(place)
    }
}

fn allows(entries: &[AclEntry], is_egress: bool, transport: Transport, port: i64, place: Place) -> bool {
    let mut matching: Vec<_> =
        entries.iter().filter(|entry| entry.matches(is_egress, transport, port, place)).collect();
    matching.sort_by_key(|entry| entry.number);
    matching.first().is_some_and(|entry| entry.allows)
}

#[derive(Clone, Copy, Debug)]
enum Target {
    InternetGateway,
    GoneGateway,
    NatGateway,
    Local,
}

#[derive(Clone, Debug)]
struct Route {
    to: Block,
    target: Target,
}

impl Route {
    fn json(&self) -> Value {
        let member = if self.to.is_six { "DestinationIpv6CidrBlock" } else { "DestinationCidrBlock" };
        let (gateway, nat, state) = match self.target {
            Target::InternetGateway => (Some("igw-1"), None, "active"),
            Target::GoneGateway => (Some("igw-2"), None, "blackhole"),
            Target::NatGateway => (None, Some("nat-1"), "active"),
            Target::Local => (Some("local"), None, "active"),
        };
        json!({member: self.to.text(), "GatewayId": gateway, "NatGatewayId": nat, "State": state})
    }
}

/// At most one route to a block, as in AWS.
fn route_table() -> impl Strategy<Value = Vec<Route>> {
    let targets = [Target::InternetGateway, Target::GoneGateway, Target::NatGateway, Target::Local];
    let route = (block(), prop::sample::select(targets.to_vec())).prop_map(|(to, target)| Route { to, target });
    prop::collection::vec(route, 0..6).prop_map(|mut routes| {
        let mask = |block: Block| {
            let width = if block.is_six { 4 } else { 5 };
            (block.is_six, block.length, block.bits >> (width - block.length))
        };
        routes.sort_by_key(|route| mask(route.to));
        routes.dedup_by_key(|route| mask(route.to));
        routes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_let_in_what_a_walk_through_their_rules_lets_in(rules in prop::collection::vec(group_rule(), 0..6)) {
        let permissions: Vec<Value> = rules.iter().map(GroupRule::json).collect();
        let lists = groups::KnownLists { read: &["pl-open", "pl-closed"], open: &["pl-open"] };
        let found = groups::openings_of(&permissions, lists).unwrap();
        prop_assert_eq!(!found.unread.is_empty(), rules.iter().any(|rule| rule.list == Some("pl-unread")));
        prop_assert!(are_apart(&found.certain) && are_apart(&found.possible));
        for (is_unread_open, openings) in [(false, &found.certain), (true, &found.possible)] {
            for (transport, port) in Transport::ALL.into_iter().flat_map(|one| PORTS.map(|port| (one, port))) {
                let admits = |place| rules.iter().any(|rule| rule.lets_in(transport, port, place, is_unread_open));
                prop_assert_eq!(holds(openings, transport, port), is_internet(admits), "{:?} {}", transport, port);
            }
        }
    }

    #[test]
    fn acls_let_in_connections_whose_answers_may_leave(entries in acl()) {
        let json: Vec<Value> = entries.iter().map(AclEntry::json).collect();
        let found = acls::openings_of(&json).unwrap();
        prop_assert!(are_apart(&found));
        for transport in Transport::ALL {
            let is_answered = |place| {
                PORTS.iter().filter(|port| **port >= 1024).any(|port| allows(&entries, true, transport, *port, place))
            };
            for port in PORTS {
                let admits = |place| allows(&entries, false, transport, port, place) && is_answered(place);
                prop_assert_eq!(holds(&found, transport, port), is_internet(admits), "{:?} {}", transport, port);
            }
        }
    }

    #[test]
    fn routes_lead_where_the_longest_prefix_leads(routes in route_table()) {
        let json: Vec<Value> = routes.iter().map(Route::json).collect();
        let leads = |place: Place| {
            let matching = routes.iter().filter(|route| route.to.holds(place));
            matches!(matching.max_by_key(|route| route.to.length), Some(Route { target: Target::InternetGateway, .. }))
        };
        for is_six in [false, true] {
            let of_family = |place: &Place| matches!(place, Place::Six(_)) == is_six;
            let expected = places().filter(|place| of_family(place) && weight(*place) > 0).any(leads);
            prop_assert_eq!(routes::lead_to_internet(&json, is_six), Truth::from(expected));
        }
    }
}

#[test]
fn gre_and_icmp_have_no_ports() {
    let rules = [
        json!({"IpProtocol": "47", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
        json!({"IpProtocol": "icmp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
    ];
    let found = groups::openings_of(&rules, groups::KnownLists::default()).unwrap();
    assert_eq!(found, groups::GroupOpenings::default());
}

#[test]
fn what_cannot_be_read_is_no_answer() {
    let no_block = json!({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "everywhere"}]});
    assert_eq!(groups::openings_of(&[no_block], groups::KnownLists::default()), None);
    let no_action = json!({"RuleNumber": 1, "Egress": false, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"});
    assert_eq!(acls::openings_of(&[no_action]), None);
}

#[test]
fn a_route_to_a_prefix_list_settles_nothing() {
    let local = json!({"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "local", "State": "active"});
    let listed = json!({"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1", "State": "active"});
    assert_eq!(routes::lead_to_internet(&[local.clone(), listed], false), Truth::Unknown);
    assert_eq!(routes::lead_to_internet(&[local], false), Truth::False);
}

#[test]
fn openings_are_named_in_words() {
    let rules = [
        json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/1"}]}),
        json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}),
    ];
    let words = |rules: &[Value]| -> Vec<String> {
        let found = groups::openings_of(rules, groups::KnownLists::default()).unwrap();
        found.certain.iter().map(ToString::to_string).collect()
    };
    assert_eq!(words(&rules), ["every tcp port", "every udp port"]);
    assert_eq!(words(&rules[1..]), ["tcp 22"]);
}
