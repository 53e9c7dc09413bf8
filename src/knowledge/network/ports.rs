//! Protocols, ports, and the spans of ports that are open to the internet.

use super::addresses::Addresses;

/// A protocol whose packets have ports. Others, such as GRE or ICMP, have none: their types are no ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// TCP, protocol 6.
    Tcp,
    /// UDP, protocol 17.
    Udp,
}

impl Transport {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tcp, Self::Udp];

    /// The protocol of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.name() == name)
    }

    /// Its name in rules of security groups.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// Says whether a protocol in a rule of a group or in an entry of an ACL, a name or a number, covers this one.
    pub fn is_covered_by(self, protocol: &str) -> bool {
        let number = match self {
            Self::Tcp => "6",
            Self::Udp => "17",
        };
        protocol == "-1" || protocol == number || protocol.eq_ignore_ascii_case(self.name())
    }
}

/// A span of ports. Both ends are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortSpan {
    /// The first one.
    pub first: u16,
    /// The last one.
    pub last: u16,
}

impl PortSpan {
    /// All ports.
    pub const ALL: Self = Self { first: 0, last: u16::MAX };

    /// The ports of two ends as AWS gives them: without ends, or with -1, all of them.
    pub fn between(first: Option<i64>, last: Option<i64>) -> Option<Self> {
        match (first, last) {
            (None | Some(-1), None | Some(-1)) => Some(Self::ALL),
            (Some(first), Some(last)) => {
                let (first, last) = (u16::try_from(first).ok()?, u16::try_from(last).ok()?);
                (first <= last).then_some(Self { first, last })
            }
            _ => None,
        }
    }

    /// Reads a port, `22`, or a span of ports, `1000-2000`.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some(Self { first, last })
    }

    /// Says whether one of its ports is in one of the spans.
    pub fn meets_any(self, spans: &[Self]) -> bool {
        spans.iter().any(|span| span.first <= self.last && self.first <= span.last)
    }

    /// Says whether each of its ports is in one of the spans.
    pub fn is_covered_by(self, spans: &[Self]) -> bool {
        (self.first..=self.last).all(|port| spans.iter().any(|span| span.contains(port.into())))
    }

    /// Says whether a port is in the span.
    pub fn contains(self, port: i64) -> bool {
        (i64::from(self.first)..=i64::from(self.last)).contains(&port)
    }

    /// How many ports it has.
    pub fn size(self) -> i64 {
        i64::from(self.last) - i64::from(self.first) + 1
    }
}

/// Ports that stand open to the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// The protocol.
    pub transport: Transport,
    /// The ports.
    pub ports: PortSpan,
}

impl std::fmt::Display for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, PortSpan { first, last }) = (self.transport.name(), self.ports);
        match self.ports {
            PortSpan::ALL => write!(f, "every {name} port"),
            _ if first == last => write!(f, "{name} {first}"),
            _ => write!(f, "{name} {first}-{last}"),
        }
    }
}

/// The longest spans of ports for which `admitted` gives a set as good as the internet. It is asked once for each span between
/// the ends of `rules`, in which no rule begins or ends.
pub(super) fn openings(
    transport: Transport,
    rules: &[PortSpan],
    mut admitted: impl FnMut(u16) -> Addresses,
) -> Vec<Opening> {
    let ends = rules.iter().flat_map(|span| [Some(span.first), span.last.checked_add(1)]).flatten();
    let mut starts: Vec<u16> = ends.chain([0]).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut found: Vec<Opening> = Vec::new();
    for (at, first) in starts.iter().copied().enumerate() {
        if !admitted(first).span_internet() {
            continue;
        }
        let last = starts.get(at + 1).map_or(u16::MAX, |next| next - 1);
        match found.last_mut() {
            Some(before) if before.ports.last.checked_add(1) == Some(first) => before.ports.last = last,
            _ => found.push(Opening { transport, ports: PortSpan { first, last } }),
        }
    }
    found
}
