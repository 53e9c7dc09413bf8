//! Questions about what security groups, network ACLs and routes let through.

use serde_json::Value;

use super::asking::{answered, with_texts};
use super::{Accepts, Function, FunctionParameter, Implementation, Returns, not_a, text_at, wrong};
use crate::knowledge::network::{self, AddressBlock, Opening, PortSpan, Transport, acls, groups, routes};
use crate::model::Truth;
use crate::policy::PolicyAnswer;
use crate::rule::fault::EvaluationFault;
use crate::rule::value::Val;

const PERMISSIONS: FunctionParameter = FunctionParameter { name: "permissions", accepts: &[Accepts::List] };
const READ_LISTS: FunctionParameter = FunctionParameter { name: "read_lists", accepts: &[Accepts::Texts] };
const OPEN_LISTS: FunctionParameter = FunctionParameter { name: "open_lists", accepts: &[Accepts::Texts] };
const ENTRIES: FunctionParameter = FunctionParameter { name: "entries", accepts: &[Accepts::List] };
const PROTOCOL: FunctionParameter = FunctionParameter { name: "protocol", accepts: &[Accepts::Text] };
const PORTS: FunctionParameter = FunctionParameter { name: "ports", accepts: &[Accepts::Texts] };
const NARROWEST: FunctionParameter = FunctionParameter { name: "narrowest", accepts: &[Accepts::Int] };
const WIDEST: FunctionParameter = FunctionParameter { name: "widest", accepts: &[Accepts::Int] };
const UNREADABLE: &str = "its rules name what is no protocol, port or block of addresses";

pub(super) static FUNCTIONS: [Function; 8] = [
    Function {
        name: "internet_reaches",
        is_method: false,
        parameters: &[PERMISSIONS, READ_LISTS, OPEN_LISTS, PROTOCOL, PORTS, NARROWEST, WIDEST],
        result: Returns::Bool,
        meaning: "Whether the `IpPermissions` of a security group, taken together, let the internet (at least half of its IPv4 \
                  or IPv6 addresses) in at one of the ports, by a span of open ports that has at least as many ports as \
                  `narrowest` and at most as many as `widest`. `protocol` is `tcp` or `udp`. Of the prefix lists in the \
                  rules, `read_lists` are those whose entries were read, and `open_lists` those that span the internet.",
        implementation: Implementation::Asks(|args| {
            let (narrowest, widest) = (int_at(args, 5)?, int_at(args, 6)?);
            with_ports(args.get(4), |ports| {
                asked_of_group(args, |transport, opening| {
                    opening.transport == transport
                        && (narrowest..=widest).contains(&opening.ports.size())
                        && opening.ports.meets_any(ports)
                })
            })
        }),
    },
    Function {
        name: "internet_reaches_only_other_than",
        is_method: false,
        parameters: &[
            PERMISSIONS,
            READ_LISTS,
            OPEN_LISTS,
            PROTOCOL,
            PORTS,
            FunctionParameter { name: "passed_by", accepts: &[Accepts::Texts] },
        ],
        result: Returns::Bool,
        meaning: "As `internet_reaches`: whether a span of open ports, short of all ports, has a port that is not among `ports`, \
                  and none that is among `passed_by`.",
        implementation: Implementation::Asks(|args| {
            with_ports(args.get(4), |ports| {
                with_ports(args.get(5), |passed_by| {
                    asked_of_group(args, |transport, opening| {
                        opening.transport == transport
                            && opening.ports != PortSpan::ALL
                            && !opening.ports.is_covered_by(ports)
                            && !opening.ports.meets_any(passed_by)
                    })
                })
            })
        }),
    },
    Function {
        name: "internet_openings",
        is_method: false,
        parameters: &[PERMISSIONS, READ_LISTS, OPEN_LISTS],
        result: Returns::Text,
        meaning: "The ports that a security group opens to the internet, in words: `tcp 22, udp 1000-2000`.",
        implementation: Implementation::Pure(|args| {
            let mut words = Val::Unknown;
            with_texts(args.get(1), |read| {
                with_texts(args.get(2), |open| {
                    let found = groups::openings_of(list_at(args, 0)?, groups::KnownLists { read, open });
                    if let Some(found) = found {
                        words = in_words(&found.certain);
                    }
                    answered(Truth::True)
                })
            })?;
            Ok(words)
        }),
    },
    Function {
        name: "acl_lets_in_internet",
        is_method: false,
        parameters: &[ENTRIES, PROTOCOL, PORTS],
        result: Returns::Bool,
        meaning: "Whether the `Entries` of a network ACL, tried in the order of their numbers, let the internet (at least half of \
                  its IPv4 or IPv6 addresses) connect to one of the ports, and the answers leave.",
        implementation: Implementation::Asks(|args| {
            let (transport, entries) = (transport_at(args, 1)?, list_at(args, 0)?);
            with_ports(args.get(2), |ports| {
                let Some(openings) = acls::openings_of(entries) else { return Ok(PolicyAnswer::undecided(UNREADABLE)) };
                let is_open = |opening: &Opening| opening.transport == transport && opening.ports.meets_any(ports);
                answered(Truth::from(openings.iter().any(is_open)))
            })
        }),
    },
    Function {
        name: "acl_openings",
        is_method: false,
        parameters: &[ENTRIES],
        result: Returns::Text,
        meaning: "The ports at which a network ACL lets the internet connect, in words: `tcp 443, udp 1000-2000`.",
        implementation: Implementation::Pure(|args| {
            Ok(acls::openings_of(list_at(args, 0)?).map_or(Val::Unknown, |openings| in_words(&openings)))
        }),
    },
    Function {
        name: "blocks_span_internet",
        is_method: false,
        parameters: &[FunctionParameter { name: "blocks", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether blocks of addresses in CIDR notation hold, taken together, at least half of the internet's IPv4 or \
                  IPv6 addresses.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.first(), |blocks| match network::blocks_span_internet(blocks.iter().copied()) {
                Some(answer) => answered(Truth::from(answer)),
                None => Ok(PolicyAnswer::undecided("one of the entries is no block of addresses")),
            })
        }),
    },
    Function {
        name: "is_wide_public_block",
        is_method: false,
        parameters: &[
            FunctionParameter { name: "block", accepts: &[Accepts::Text] },
            FunctionParameter { name: "longest_ipv4", accepts: &[Accepts::Int] },
            FunctionParameter { name: "longest_ipv6", accepts: &[Accepts::Int] },
        ],
        result: Returns::Bool,
        meaning: "Whether a block of addresses holds public ones and its prefix has at most so many bits, by its family.",
        implementation: Implementation::Pure(|args| {
            let text = text_at(args, 0)?;
            let block = AddressBlock::parse(text).ok_or_else(|| not_a("a block of addresses", text))?;
            let longest = int_at(args, if block.is_six() { 2 } else { 1 })?;
            let touches = network::Addresses::of([block]).touch_internet();
            Ok(Val::Bool(touches && i64::from(block.length()) <= longest))
        }),
    },
    Function {
        name: "routes_lead_to_internet",
        is_method: false,
        parameters: &[
            FunctionParameter { name: "routes", accepts: &[Accepts::List] },
            FunctionParameter { name: "family", accepts: &[Accepts::Text] },
        ],
        result: Returns::Bool,
        meaning: "Whether the `Routes` of a route table send packets to an address of the internet, of `ipv4` or of `ipv6`, \
                  through an internet gateway, by the longest prefix that matches: what stands behind them can be reached from \
                  there if it has a public address of that family.",
        implementation: Implementation::Asks(|args| {
            let is_six = match text_at(args, 1)? {
                "ipv4" => false,
                "ipv6" => true,
                other => return Err(not_a("`ipv4` or `ipv6`", other)),
            };
            answered(routes::lead_to_internet(list_at(args, 0)?, is_six))
        }),
    },
];

/// Asks whether an opening of a group is such a one. What depends on a list that was not read is not known.
fn asked_of_group(
    args: &[Val<'_>],
    is_meant: impl Fn(Transport, &Opening) -> bool,
) -> Result<PolicyAnswer, EvaluationFault> {
    let (permissions, transport) = (list_at(args, 0)?, transport_at(args, 3)?);
    with_texts(args.get(1), |read| {
        with_texts(args.get(2), |open| {
            let Some(found) = groups::openings_of(permissions, groups::KnownLists { read, open }) else {
                return Ok(PolicyAnswer::undecided(UNREADABLE));
            };
            // What a list adds may widen an opening, so that only one that stays as it is counts for certain.
            let is_certain = |opening: &Opening| is_meant(transport, opening) && found.possible.contains(opening);
            match found.certain.iter().any(is_certain) {
                true => answered(Truth::True),
                false if found.certain == found.possible => answered(Truth::False),
                false => Ok(PolicyAnswer::undecided(&format!("what is in {} was not read", found.unread.join(", ")))),
            }
        })
    })
}

fn in_words<'v>(openings: &[Opening]) -> Val<'v> {
    let words: Vec<String> = openings.iter().map(ToString::to_string).collect();
    Val::NewText(words.join(", ").into())
}

fn transport_at(args: &[Val<'_>], position: usize) -> Result<Transport, EvaluationFault> {
    let name = text_at(args, position)?;
    Transport::parse(name).ok_or_else(|| not_a("`tcp` or `udp`", name))
}

fn int_at(args: &[Val<'_>], position: usize) -> Result<i64, EvaluationFault> {
    match args.get(position).cloned().map(Val::plain) {
        Some(Val::Int(number)) => Ok(number),
        other => Err(wrong(other.as_ref(), "a whole number")),
    }
}

/// Gives ports that are texts: `22`, or `1000-2000`.
fn with_ports(
    list: Option<&Val<'_>>,
    ask: impl FnOnce(&[PortSpan]) -> Result<PolicyAnswer, EvaluationFault>,
) -> Result<PolicyAnswer, EvaluationFault> {
    with_texts(list, |texts| {
        let ports: Result<Vec<PortSpan>, EvaluationFault> = texts
            .iter()
            .map(|text| PortSpan::parse(text).ok_or_else(|| not_a("a port or a span of ports", text)))
            .collect();
        ask(&ports?)
    })
}

/// A list that is a fact, as it is.
fn list_at<'v>(args: &[Val<'v>], position: usize) -> Result<&'v [Value], EvaluationFault> {
    match args.get(position) {
        Some(Val::Json(Value::Array(list))) => Ok(list),
        other => Err(wrong(other, "a list of facts")),
    }
}
