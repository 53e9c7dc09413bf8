//! All requests that a set of statements can tell apart, as a product of axes.
//!
//! An axis is a part of a request that can be chosen by itself: who asks, what is asked of which resource, the
//! connection, the network, and each other condition key. Each has finitely many points that the statements can tell
//! apart, and one example of each is enough. Keys that depend on each other share an axis, so that every choice of
//! points is a request that can really occur.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::axis::{Axis, MOST_POINTS, Point};
use super::classes::classes;
use super::condition::{KeyCondition, Operand, Test};
use super::context::{self, DECRYPTING_OPERATIONS, GRANT_OPERATIONS, Sort};
use super::examples::OTHER_VALUE;
use super::glob::Glob;
use super::mentions::{CallerAccounts, Mentions, texts};
use super::ways::passed_to;

/// The axes of all keys that have no part in another axis.
pub(super) fn free_axes(mentions: &Mentions<'_>, taken: &[&str]) -> Vec<Axis> {
    mentions.keys().filter(|key| !taken.contains(key)).map(|key| free_axis(mentions, key)).collect()
}

fn free_axis(mentions: &Mentions<'_>, key: &str) -> Axis {
    let (values, mut complete) = values_of(mentions, key);
    let mut conditions = mentions.conditions(key);
    let is_set = context::is_multivalued(key)
        || (context::sort(key).is_none() && conditions.all(|condition| condition.operator.quantifier.is_some()));
    let mut points: Vec<Point> = Vec::new();
    if !context::is_always_present(key) {
        points.push(Point::of_key(Vec::new()));
    }
    points.extend(values.iter().map(|value| Point::of_key(vec![value.clone()])));
    if is_set {
        // A condition on a set hangs on one member: there is one of some sort, or none. So sets of more members than
        // there are conditions tell nothing new. The question whether a grant lets its holder decrypt counts as one
        // more condition.
        let most = mentions.conditions(key).count() + usize::from(key == GRANT_OPERATIONS);
        let mut sets: Vec<Vec<usize>> = (0..values.len()).map(|at| vec![at]).collect();
        let mut at = 0;
        while let Some(set) = sets.get(at).cloned() {
            let last = set.last().copied().unwrap_or_default();
            if set.len() < most && sets.len() <= MOST_POINTS {
                sets.extend((last + 1..values.len()).map(|next| set.iter().copied().chain([next]).collect()));
            }
            at += 1;
        }
        complete &= sets.len() <= MOST_POINTS;
        let several = sets.iter().filter(|set| set.len() > 1);
        points.extend(several.map(|set| Point::of_key(set.iter().map(|at| values[*at].clone()).collect())));
    }
    Axis::of_keys(&[key], points, complete)
}

/// Values of the key, one for each class that the conditions on it tell apart.
pub(super) fn values_of(mentions: &Mentions<'_>, key: &str) -> (Vec<String>, bool) {
    if key == "s3:dataaccesspointarn" {
        return access_points(mentions, key);
    }
    let conditions: Vec<&KeyCondition> = mentions.conditions(key).collect();
    let operands = || conditions.iter().flat_map(|condition| condition.operands());
    let sort = context::sort(key);
    let (mut values, mut complete) = (Vec::new(), true);
    let mut sorts = 0;
    let has = |test: &dyn Fn(Test) -> bool| conditions.iter().any(|condition| test(condition.operator.test));
    if sort == Some(Sort::Flag) || has(&|test| test == Test::Bool) {
        values.extend(["true", "false"].map(str::to_owned));
        sorts += 1;
    }
    if matches!(sort, Some(Sort::Number | Sort::Moment)) || has(&|test| matches!(test, Test::Number(_) | Test::Date(_)))
    {
        let numbers = operands().filter_map(|operand| if let Operand::Number(n) = operand { Some(*n) } else { None });
        values.extend(between(numbers.collect()));
        sorts += 1;
    }
    if sort == Some(Sort::Address) || has(&|test| test == Test::Address) {
        values.extend(addresses(&conditions));
        sorts += 1;
    }
    let is_text = |test| matches!(test, Test::Text | Test::TextIgnoreCase | Test::Pattern | Test::Arn | Test::Binary);
    // A key of another type that is compared as a text is unclear anyhow.
    if sort.is_none_or(|sort| sort == Sort::Text) && (sorts == 0 || has(&is_text)) {
        // No request has an empty value.
        let patterns = mentions.patterns(&[key]);
        let found = classes(&Glob::new("?*"), &patterns.iter().collect::<Vec<_>>(), OTHER_VALUE);
        values.extend(found.examples);
        values.extend(compared_with(mentions, key));
        complete &= found.complete;
        sorts += 1;
    }
    if key == GRANT_OPERATIONS {
        values.extend(DECRYPTING_OPERATIONS.map(str::to_owned));
    }
    if key == "iam:passedtoservice" {
        // The examples of patterns are not services, but these are.
        values.extend(passed_to().map(str::to_owned));
    }
    let mut seen = BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    (values, complete && sorts <= 1)
}

/// ARNs of access points in each account: whose one is matters by itself, whatever part of it a pattern is about.
fn access_points(mentions: &Mentions<'_>, key: &str) -> (Vec<String>, bool) {
    let accounts = CallerAccounts::new(mentions, &[]);
    let patterns = mentions.patterns(&[key]);
    let (mut values, mut complete) = (Vec::new(), true);
    for account in accounts.all() {
        let (found, all) = texts(&format!("arn:*:s3:*:{account}:accesspoint/?>"), &patterns, "any-other");
        values.extend(found);
        complete &= all;
    }
    (values, complete)
}

/// Values that the key may have where other keys are compared with it, by a variable: those of the other keys.
fn compared_with(mentions: &Mentions<'_>, key: &str) -> Vec<String> {
    let is_compared = |operand: &Operand| match operand {
        Operand::Text(glob) => glob.variables().iter().any(|variable| variable.key == key),
        _ => false,
    };
    let conditions = mentions.statements.iter().flat_map(|one| &one.conditions);
    let others = conditions.filter(|one| one.key != key && one.operands().iter().any(is_compared));
    let mut found: Vec<String> = others
        .flat_map(|other| {
            let patterns = mentions.patterns(&[&other.key]);
            classes(&Glob::new("?*"), &patterns.iter().collect::<Vec<_>>(), OTHER_VALUE).examples
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// A number in each of the intervals between the given ones, and the given ones.
fn between(mut numbers: Vec<f64>) -> Vec<String> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let mut found = Vec::new();
    match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) => {
            found.push(first - 1.0);
            for pair in numbers.windows(2) {
                found.extend([pair[0], (pair[0] + pair[1]) / 2.0]);
            }
            found.extend([*last, last + 1.0]);
        }
        _ => found.push(0.0),
    }
    found.iter().map(ToString::to_string).collect()
}

/// An address inside each range but outside the ranges within it, and one outside of all.
fn addresses(conditions: &[&KeyCondition]) -> Vec<String> {
    let ranges: Vec<_> = conditions
        .iter()
        .flat_map(|condition| condition.operands())
        .filter_map(|operand| if let Operand::Range(range) = operand { Some(*range) } else { None })
        .collect();
    // Addresses for documentation read better than 0.0.0.0.
    let usual =
        [IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7))];
    let ends = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    let edges = ranges.iter().flat_map(|range| [Some(range.first), range.next()]).flatten();
    let mut seen = BTreeSet::new();
    usual
        .into_iter()
        .chain(edges)
        .chain(ends)
        .filter(|address| {
            let class: Vec<bool> = ranges.iter().map(|range| range.contains(*address)).collect();
            seen.insert((address.is_ipv4(), class))
        })
        .map(|address| address.to_string())
        .collect()
}

/// The connection: plain HTTP, or TLS of some version. `versions` says that requests tell theirs, as those to S3 do.
pub(super) fn transport_axis(versions: bool) -> Axis {
    let point = |secure: bool, version: Option<&str>| Point {
        values: vec![vec![secure.to_string()], version.map(str::to_owned).into_iter().collect()],
        ..Point::default()
    };
    let mut points: Vec<Point> = match versions {
        true => ["1.3", "1.2", "1.1", "1.0"].map(|version| point(true, Some(version))).to_vec(),
        false => vec![point(true, None)],
    };
    points.push(point(false, None));
    Axis::of_keys(&context::OF_TRANSPORT, points, true)
}

/// The axis of multi-factor authentication: whether the caller has signed in with it, and how long ago.
pub(super) fn mfa_axis(mentions: &Mentions<'_>) -> Axis {
    let (ages, complete) = values_of(mentions, "aws:multifactorauthage");
    let point = |present: &[&str], age: &[&str]| Point {
        values: vec![
            present.iter().map(|one| (*one).to_owned()).collect(),
            age.iter().map(|one| (*one).to_owned()).collect(),
        ],
        ..Point::default()
    };
    let mut points = vec![point(&[], &[]), point(&["false"], &[])];
    points.extend(ages.iter().map(|age| point(&["true"], &[age])));
    Axis::of_keys(&context::OF_MFA, points, complete)
}

/// The axis of networks: a request comes from an address on the internet, or through a VPC endpoint, which hides the
/// address.
pub(super) fn network_axis(mentions: &Mentions<'_>) -> Axis {
    let mut complete = true;
    let mut options = |key: &str| -> Vec<Vec<String>> {
        if !mentions.has(key) {
            return vec![Vec::new()];
        }
        let (values, all) = values_of(mentions, key);
        complete &= all;
        std::iter::once(Vec::new()).chain(values.into_iter().map(|value| vec![value])).collect()
    };
    let [addresses, vpcs, endpoints, inner] = context::OF_NETWORKS.map(&mut options);
    let mut points = Vec::new();
    for address in &addresses[1.min(addresses.len())..] {
        points.push(vec![address.clone(), Vec::new(), Vec::new(), Vec::new()]);
    }
    for vpc in &vpcs {
        for endpoint in &endpoints {
            points.extend(inner.iter().map(|inner| vec![Vec::new(), vpc.clone(), endpoint.clone(), inner.clone()]));
            complete &= points.len() <= MOST_POINTS;
            points.truncate(MOST_POINTS);
        }
    }
    let points = points.into_iter().map(|values| Point { values, ..Point::default() }).collect();
    Axis::of_keys(&context::OF_NETWORKS, points, complete)
}
