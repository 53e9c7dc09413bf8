//! VPC endpoints and VPCs by which alone a policy lets requests in.
//!
//! Whoever may come through such an endpoint is for the endpoint's own policy to say, which is not part of the answers: a
//! grant to everyone through one is no grant to the internet, and whether it is one to strangers is not known.

use super::axis::{Axis, Point};
use super::document::is_fixed;
use super::mentions::Mentions;
use crate::model::Truth;

const KEYS: [&str; 2] = ["aws:sourcevpce", "aws:sourcevpc"];

/// Does the policy look at the endpoint or the VPC that a request comes by?
pub(super) fn are_mentioned(mentions: &Mentions<'_>) -> bool {
    mentions.has_any(&KEYS)
}

/// Does the point come by an endpoint or a VPC that is trusted? Unknown for one that the policy names and nobody trusts.
pub(super) fn knows(mentions: &Mentions<'_>, axis: &Axis, point: &Point, trusted: &[&str]) -> Truth {
    KEYS.iter().fold(Truth::False, |so_far, key| {
        let value = axis.value(point, key).and_then(|values| values.first());
        so_far.or(value.map_or(Truth::False, |value| match trusted.contains(&value.as_str()) {
            true => Truth::True,
            false if mentions.lists(key, value, |_, written| is_fixed(written)) => Truth::Unknown,
            false => Truth::False,
        }))
    })
}

/// Why it is not known who gets in.
pub(super) fn doubt(mentions: &Mentions<'_>) -> String {
    let named = KEYS.iter().flat_map(|key| mentions.conditions(key)).flat_map(|condition| &condition.values);
    let mut named: Vec<&str> = named.filter(|value| is_fixed(value)).map(String::as_str).collect();
    named.sort_unstable();
    named.dedup();
    format!("whose {} is, and whom its policy lets through, was not read", named.join(", "))
}
