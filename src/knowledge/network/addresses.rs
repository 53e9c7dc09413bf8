//! Sets of IP addresses, and which of them are of the internet.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

/// IPv4 addresses that no packet from the internet carries: <https://www.iana.org/assignments/iana-ipv4-special-registry>
/// and multicast with what is reserved above it.
const NOT_PUBLIC_FOUR: [&str; 13] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
];

/// The IPv6 addresses of the internet: <https://www.iana.org/assignments/ipv6-address-space>.
const PUBLIC_SIX: &str = "2000::/3";

static INTERNET: LazyLock<Addresses> = LazyLock::new(|| {
    let all = Addresses::of(["0.0.0.0/0", PUBLIC_SIX].into_iter().filter_map(AddressBlock::parse));
    all.without(&Addresses::of(NOT_PUBLIC_FOUR.into_iter().filter_map(AddressBlock::parse)))
});

/// A block of addresses that begin alike, such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressBlock {
    is_six: bool,
    first: u128,
    last: u128,
    length: u32,
}

impl AddressBlock {
    /// Reads a block in CIDR notation; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.trim().split_once('/')?;
        let length: u32 = length.parse().ok()?;
        let (is_six, bits, address) = match address.parse::<Ipv4Addr>() {
            Ok(four) => (false, 32, u128::from(u32::from(four))),
            Err(_) => (true, 128, u128::from(address.parse::<Ipv6Addr>().ok()?)),
        };
        let free = u32::checked_sub(bits, length)?;
        let hosts = u128::MAX.checked_shr(128 - free).unwrap_or(0);
        Some(Self { is_six, first: address & !hosts, last: address | hosts, length })
    }

    /// The number of bits that all its addresses share: 8 of `10.0.0.0/8`.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// Says whether the block is of IPv6.
    pub fn is_six(&self) -> bool {
        self.is_six
    }
}

/// A set of addresses of both families.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    four: Spans,
    six: Spans,
}

impl Addresses {
    /// All addresses of some blocks.
    pub fn of(blocks: impl IntoIterator<Item = AddressBlock>) -> Self {
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for block in blocks {
            let family = if block.is_six { &mut six } else { &mut four };
            family.push((block.first, block.last));
        }
        Self { four: Spans::of(four), six: Spans::of(six) }
    }

    /// The addresses that are in this set or in the other one.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self { four: self.four.with(&other.four), six: self.six.with(&other.six) }
    }

    /// The addresses of this set that are not in the other one.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self { four: self.four.without(&other.four), six: self.six.without(&other.six) }
    }

    /// The addresses that are in both sets.
    #[must_use]
    pub fn shared_with(&self, other: &Self) -> Self {
        self.without(&self.without(other))
    }

    /// Says whether no address is in the set.
    pub fn is_empty(&self) -> bool {
        self.four.0.is_empty() && self.six.0.is_empty()
    }

    /// Says whether an address of the internet is in the set.
    pub fn touch_internet(&self) -> bool {
        !self.shared_with(&INTERNET).is_empty()
    }

    /// Says whether the set is as good as the internet: half of its IPv4 addresses, or of its IPv6 addresses, or more.
    /// However the set is written, as one block or as four, it does not matter, and neither does an address left out.
    pub fn span_internet(&self) -> bool {
        let shared = self.shared_with(&INTERNET);
        let is_half = |part: &Spans, whole: &Spans| part.count() >= whole.count() / 2;
        is_half(&shared.four, &INTERNET.four) || is_half(&shared.six, &INTERNET.six)
    }
}

/// Spans of numbers in order, which neither overlap nor touch. Both ends are in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Spans(Vec<(u128, u128)>);

impl Spans {
    fn of(mut spans: Vec<(u128, u128)>) -> Self {
        spans.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::with_capacity(spans.len());
        for (first, last) in spans {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    fn with(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied().collect())
    }

    fn without(&self, other: &Self) -> Self {
        let (mut left, mut cuts) = (Vec::new(), other.0.iter().peekable());
        for (mut first, last) in self.0.iter().copied() {
            while cuts.next_if(|(_, end)| *end < first).is_some() {}
            let mut is_used_up = false;
            for (start, end) in cuts.clone().take_while(|(start, _)| *start <= last) {
                if *start > first {
                    left.push((first, start - 1));
                }
                match end.checked_add(1).filter(|next| *next <= last) {
                    Some(next) => first = next,
                    None => {
                        is_used_up = true;
                        break;
                    }
                }
            }
            if !is_used_up {
                left.push((first, last));
            }
        }
        Self(left)
    }

    /// How many numbers there are; one too few for all numbers of 128 bits.
    fn count(&self) -> u128 {
        self.0.iter().fold(0, |sum: u128, (first, last)| sum.saturating_add((last - first).saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(blocks: &[&str]) -> Addresses {
        Addresses::of(blocks.iter().map(|block| AddressBlock::parse(block).unwrap()))
    }

    #[test]
    fn texts_that_are_no_blocks_are_refused() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/129", "all", "10.0.0.0/-1", "1.2.3.4/"] {
            assert_eq!(AddressBlock::parse(text), None, "{text}");
        }
        assert_eq!(AddressBlock::parse("10.1.2.3/8"), AddressBlock::parse("10.0.0.0/8"));
        assert!(AddressBlock::parse("::/0").unwrap().is_six());
    }

    #[test]
    fn the_internet_is_the_internet_however_it_is_written() {
        for blocks in [
            &["0.0.0.0/0"][..],
            &["::/0"],
            &["2000::/3"],
            &["0.0.0.0/1", "128.0.0.0/1"],
            &["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
            &["10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/2"],
        ] {
            assert!(set(blocks).span_internet(), "{blocks:?}");
        }
    }

    #[test]
    fn a_part_of_it_and_private_networks_are_not() {
        for blocks in [
            &[][..],
            &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
            &["52.0.0.0/8"],
            &["0.0.0.0/3", "224.0.0.0/3"],
            &["fc00::/7", "fe80::/10", "2600::/12"],
        ] {
            assert!(!set(blocks).span_internet(), "{blocks:?}");
        }
        assert!(set(&["52.0.0.0/8"]).touch_internet());
        assert!(!set(&["10.0.0.0/8", "224.0.0.0/3", "fc00::/7"]).touch_internet());
    }

    #[test]
    fn what_is_taken_away_is_gone_and_nothing_else() {
        let left = set(&["10.0.0.0/30"]).without(&set(&["10.0.0.1/32"]));
        assert_eq!(left, set(&["10.0.0.0/32", "10.0.0.2/31"]));
        assert!(set(&["::/0"]).without(&set(&["::/1", "8000::/1"])).is_empty());
        assert_eq!(set(&["0.0.0.0/0"]).without(&set(&["::/0"])), set(&["0.0.0.0/0"]));
    }
}
