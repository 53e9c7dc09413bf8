//! Finds a request that some statements match and others do not.
//!
//! Every statement is a cuboid in the product of the axes: it matches a request if it matches it on each axis. The
//! question is then whether a cuboid is covered by a union of cuboids, and if not, which point is left. This alone
//! decides every question about policies, so unions of statements, explicit denies and negations need no rules of their
//! own.

/// The most comparisons of cuboids. Beyond them the search gives up and says so.
const MOST_WORK: usize = 100_000;

/// A set of points of one axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn from_fn(size: usize, is_in: impl Fn(usize) -> bool) -> Self {
        let mut words = vec![0; size.div_ceil(64)];
        for at in (0..size).filter(|at| is_in(*at)) {
            words[at / 64] |= 1 << (at % 64);
        }
        Self(words)
    }

    pub(super) fn first(&self) -> Option<usize> {
        let word = self.0.iter().position(|word| *word != 0)?;
        Some(word * 64 + self.0[word].trailing_zeros() as usize)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }
}

/// A set of points for each axis; `None` for all of them.
pub(super) type Cuboid = Vec<Option<Bits>>;

/// The result of a search.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SearchResult {
    /// The points of one request.
    Request(Vec<usize>),
    /// There is none.
    Nothing,
    /// The work became too much.
    TooMuch,
}

/// Finds points in the cuboid that are in none of the others.
pub(super) fn outside(start: Vec<Bits>, others: &[&Cuboid]) -> SearchResult {
    let mut work = MOST_WORK;
    if start.iter().any(Bits::is_empty) {
        return SearchResult::Nothing;
    }
    search(&start, others, &mut work)
}

fn search(within: &[Bits], others: &[&Cuboid], work: &mut usize) -> SearchResult {
    if *work == 0 {
        return SearchResult::TooMuch;
    }
    *work = work.saturating_sub(1 + others.len());
    let meeting: Vec<&Cuboid> = others.iter().copied().filter(|other| meets(within, other)).collect();
    // Choose the cuboid that leaves the fewest parts to look at, at best none.
    let parts = |other: &Cuboid| axes_beyond(within, other).count();
    let Some(chosen) = meeting.iter().copied().min_by_key(|other| parts(other)) else {
        return within
            .iter()
            .map(Bits::first)
            .collect::<Option<_>>()
            .map_or(SearchResult::Nothing, SearchResult::Request);
    };
    let mut rest = within.to_vec();
    let mut gave_up = false;
    for axis in axes_beyond(within, chosen).collect::<Vec<_>>() {
        let Some(own) = &chosen[axis] else { continue };
        // The part lies beyond the chosen cuboid on this axis, and within it on the axes before.
        let mut part = rest.clone();
        part[axis] = rest[axis].without(own);
        match search(&part, &meeting, work) {
            SearchResult::Nothing => {}
            SearchResult::TooMuch => gave_up = true,
            found => return found,
        }
        rest[axis] = rest[axis].and(own);
    }
    if gave_up { SearchResult::TooMuch } else { SearchResult::Nothing }
}

/// Have they a request in common?
pub(super) fn meets(within: &[Bits], other: &Cuboid) -> bool {
    within.iter().zip(other).all(|(own, other)| other.as_ref().is_none_or(|other| own.meets(other)))
}

fn axes_beyond(within: &[Bits], other: &Cuboid) -> impl Iterator<Item = usize> {
    let beyond = |(own, other): (&Bits, &Option<Bits>)| other.as_ref().is_some_and(|other| !own.is_within(other));
    within.iter().zip(other).map(beyond).enumerate().filter(|(_, is_beyond)| *is_beyond).map(|(axis, _)| axis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(mask: u64) -> Bits {
        Bits::from_fn(4, |at| mask & (1 << at) != 0)
    }

    proptest! {
        /// Over three axes of four points each: exactly what trying all 64 points finds.
        #[test]
        fn agrees_with_trying_all(
            start in prop::collection::vec(0_u64..16, 3),
            others in prop::collection::vec(prop::collection::vec(prop::option::of(0_u64..16), 3), 0..6),
        ) {
            let cuboids: Vec<Cuboid> =
                others.iter().map(|other| other.iter().map(|mask| mask.map(bits)).collect()).collect();
            let others_: Vec<&Cuboid> = cuboids.iter().collect();
            let found = outside(start.iter().map(|mask| bits(*mask)).collect(), &others_);
            let is_in = |point: &[usize], masks: &[Option<u64>]| {
                point.iter().zip(masks).all(|(at, mask)| mask.is_none_or(|mask| mask & (1 << at) != 0))
            };
            let left = |point: &[usize]| {
                point.iter().zip(&start).all(|(at, mask)| mask & (1 << at) != 0)
                    && !others.iter().any(|masks| is_in(point, masks))
            };
            let any = (0..64).any(|number| left(&[number % 4, number / 4 % 4, number / 16]));
            match found {
                SearchResult::Request(point) => prop_assert!(left(&point)),
                SearchResult::Nothing => prop_assert!(!any),
                SearchResult::TooMuch => prop_assert!(false),
            }
        }
    }
}
