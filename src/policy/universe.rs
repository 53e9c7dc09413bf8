//! All requests that a set of statements can tell apart, as a product of axes.
//!
//! An axis is a part of a request that can be chosen by itself: who asks, what is asked of which resource, the connection,
//! the network, and each other condition key. Each has finitely many points that the statements can tell apart, and one
//! example of each is enough. Keys that depend on each other share an axis, so that every choice of points is a request
//! that can really occur.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::callers::CallerAccounts;
use super::classes::classes;
use super::condition::{KeyCondition, Operand, Test};
use super::context::{self, Sort};
use super::document::Statement;
use super::glob::Glob;
use super::identity::DECRYPTING_OPERATIONS;
use super::request::Caller;
use super::ways::passed_to;

/// Beyond this many points an axis is cut, and known to be incomplete.
const MOST_POINTS: usize = 4096;
/// A value that no policy has in mind.
pub(super) const OTHER_VALUE: &str = "any-other-value";

const GRANT_OPERATIONS: &str = "kms:grantoperations";

/// One part of a request.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// The condition keys that the points give values to.
    pub keys: Vec<String>,
    pub points: Vec<Point>,
    /// What the points are made of, if they are actions on resources.
    pub targets: Option<Targets>,
    /// Whether every class of requests has its point.
    pub complete: bool,
}

/// Actions on resources, each of either once.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets {
    /// In lower case.
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    /// For each point, the indices of its action and its resource.
    pub pairs: Vec<(usize, usize)>,
}

/// One choice on an axis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Point {
    pub caller: Option<Caller>,
    /// Action and resource.
    pub target: Option<(String, String)>,
    /// The values of the axis's keys, in their order; an empty list where the request lacks the key.
    pub values: Vec<Vec<String>>,
}

impl Point {
    fn of_key(values: Vec<String>) -> Self {
        Self { values: vec![values], ..Self::default() }
    }
}

impl Axis {
    /// Of points that give values to keys.
    pub(super) fn of_keys(keys: &[&str], points: Vec<Point>, complete: bool) -> Self {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Self { keys, points, targets: None, complete }.cut()
    }

    /// Of actions on resources.
    pub(super) fn of_targets(pairs: impl IntoIterator<Item = (String, String)>, complete: bool) -> Self {
        let mut targets = Targets::default();
        let mut points = Vec::new();
        let (mut actions, mut resources) = (HashMap::new(), HashMap::new());
        for (action, resource) in pairs.into_iter().take(MOST_POINTS + 1) {
            let action_at = *actions.entry(action.to_ascii_lowercase()).or_insert_with_key(|lower| {
                targets.actions.push(lower.clone());
                targets.actions.len() - 1
            });
            let resource_at = *resources.entry(resource.clone()).or_insert_with_key(|resource| {
                targets.resources.push(resource.clone());
                targets.resources.len() - 1
            });
            targets.pairs.push((action_at, resource_at));
            points.push(Point { target: Some((action, resource)), ..Point::default() });
        }
        let mut axis = Self { keys: Vec::new(), points, targets: None, complete }.cut();
        targets.pairs.truncate(axis.points.len());
        axis.targets = Some(targets);
        axis
    }

    pub(super) fn value<'p>(&self, point: &'p Point, key: &str) -> Option<&'p [String]> {
        let at = self.keys.iter().position(|own| own == key)?;
        point.values.get(at).map(Vec::as_slice)
    }

    fn cut(mut self) -> Self {
        if self.points.len() > MOST_POINTS {
            self.points.truncate(MOST_POINTS);
            self.complete = false;
        }
        self
    }
}

/// What the statements say, looked up by key.
pub(super) struct Mentions<'a> {
    pub statements: Vec<&'a Statement>,
    keys: BTreeSet<&'a str>,
    variables: BTreeSet<&'a str>,
}

impl<'a> Mentions<'a> {
    pub(super) fn new(statements: Vec<&'a Statement>) -> Self {
        let conditions = statements.iter().flat_map(|statement| &statement.conditions);
        let named = conditions.map(|condition| &condition.key[..]);
        let in_resources = statements.iter().flat_map(|one| one.resources.iter().flat_map(|scope| scope.listed()));
        let in_values = statements.iter().flat_map(|one| &one.conditions).flat_map(KeyCondition::operands);
        let globs = in_resources.chain(in_values.filter_map(|operand| match operand {
            Operand::Text(glob) => Some(glob),
            _ => None,
        }));
        let variables: BTreeSet<&str> = globs.flat_map(Glob::variables).map(|variable| &variable.key[..]).collect();
        let keys = named.chain(variables.iter().copied()).collect();
        Self { statements, keys, variables }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// The keys that policy variables take their texts from.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'a str> {
        self.variables.iter().copied()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.keys.iter().copied()
    }

    pub(super) fn conditions(&self, key: &str) -> impl Iterator<Item = &'a KeyCondition> {
        self.statements.iter().flat_map(|one| &one.conditions).filter(move |condition| condition.key == key)
    }

    /// Does a condition on the key match the value with something written that is of this sort?
    pub(super) fn lists(&self, key: &str, value: &str, is_meant: impl Fn(&KeyCondition, &str) -> bool) -> bool {
        self.conditions(key).any(|condition| {
            condition.operands().iter().zip(&condition.values).any(|(operand, written)| {
                matches!(operand, Operand::Text(glob) if glob.matches(value)) && is_meant(condition, written)
            })
        })
    }

    /// The conditions on the key that match the value, each with what is written there.
    pub(super) fn written<'s>(
        &'s self,
        key: &'s str,
        value: &'s str,
    ) -> impl Iterator<Item = (&'a KeyCondition, &'a str)> + 's {
        self.conditions(key).flat_map(move |condition| {
            let pairs = condition.operands().iter().zip(&condition.values);
            let matching =
                pairs.filter(move |(operand, _)| matches!(operand, Operand::Text(glob) if glob.matches(value)));
            matching.map(move |(_, written)| (condition, &written[..]))
        })
    }

    /// The patterns that the key is compared with.
    pub(super) fn patterns(&self, keys: &[&str]) -> Vec<Glob> {
        let operands = keys.iter().flat_map(|key| self.conditions(key)).flat_map(KeyCondition::operands);
        let text = |operand: &Operand| match operand {
            Operand::Text(glob) if glob.has_variables() => Some(glob.widened()),
            Operand::Text(glob) => Some(glob.clone()),
            _ => None,
        };
        operands.filter_map(text).collect()
    }
}

/// Texts of the shape, one for each class that the patterns tell apart.
pub(super) fn texts(shape: &str, patterns: &[Glob], filler: &str) -> (Vec<String>, bool) {
    let found = classes(&Glob::shape(shape), &patterns.iter().collect::<Vec<_>>(), filler);
    (found.examples, found.complete)
}

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
        // What a condition says about a set hangs on one member: that there is one of some sort, or none. So sets of more
        // members than there are conditions tell nothing new.
        // Whether a grant lets decrypt is one thing more that is asked of a set.
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
        // The examples of patterns are no services; these are.
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

/// Whether and how long ago the caller has signed in with multi-factor authentication.
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

/// Where the request comes from: an address on the internet, or a VPC endpoint, which hides the address.
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

/// Identities of organizations, and for each the paths of organizational units that are told apart.
pub(super) fn organizations(mentions: &Mentions<'_>, id_key: &str, paths_key: &str) -> (Vec<[Vec<String>; 2]>, bool) {
    let mut found = vec![[Vec::new(), Vec::new()]];
    if !mentions.has_any(&[id_key, paths_key]) {
        return (found, true);
    }
    let paths = mentions.patterns(&[paths_key]);
    let mut patterns = mentions.patterns(&[id_key]);
    let named = paths.iter().map(Glob::literal_prefix);
    patterns.extend(named.filter_map(|path| path.split_once('/').map(|(id, _)| Glob::text(id, false))));
    let (mut ids, mut complete) = texts("o-?>", &patterns, "anyother00");
    let (by_path, all) = texts("o-?>", &paths, "anyother00");
    complete &= all;
    ids.extend(by_path.iter().filter_map(|path| path.split('/').next().map(str::to_owned)));
    ids.retain(|id| !id.contains('/') && id.len() > 2);
    ids.sort();
    ids.dedup();
    for id in ids {
        if !mentions.has(paths_key) {
            found.push([vec![id], Vec::new()]);
            continue;
        }
        let (of_id, all) = texts(&format!("{id}/>"), &paths, "r-any0/");
        complete &= all;
        found.extend(of_id.into_iter().map(|path| [vec![id.clone()], vec![path]]));
    }
    complete &= found.len() <= 64;
    found.truncate(64);
    (found, complete)
}
