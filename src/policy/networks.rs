//! VPC endpoints and VPCs by which alone a policy lets requests in.
//!
//! The endpoint's own policy says who may come through it, and is not part of the answers. A grant to everyone through
//! an endpoint does not reach the internet, and may or may not reach strangers.

use super::axis::{Axis, Point};
use super::document::is_fixed;
use super::mentions::Mentions;
use crate::model::Truth;

const KEYS: [&str; 2] = ["aws:sourcevpce", "aws:sourcevpc"];

/// Does the policy look at the endpoint or the VPC that a request comes by?
pub(super) fn are_mentioned(mentions: &Mentions<'_>) -> bool {
    mentions.has_any(&KEYS)
}

/// Does the point come by an endpoint or a VPC that is trusted? Unknown for one that the policy names and that is not
/// trusted.
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

/// The reason why it is not known who gets in.
pub(super) fn doubt(mentions: &Mentions<'_>) -> String {
    let named = KEYS.iter().flat_map(|key| mentions.conditions(key)).flat_map(|condition| &condition.values);
    let mut named: Vec<&str> = named.filter(|value| is_fixed(value)).map(String::as_str).collect();
    named.sort_unstable();
    named.dedup();
    format!("whose {} is, and whom its policy lets through, was not read", named.join(", "))
}
