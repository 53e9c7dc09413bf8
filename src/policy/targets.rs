//! The actions on resources that a set of statements tells apart.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::actions::{self, ServiceAction};
use super::axis::Axis;
use super::classes::classes;
use super::condition::Filling;
use super::document::{Effect, Statement, Subset};
use super::examples::{OTHER, OTHER_ACCOUNT, OTHER_ACTION, OTHER_OBJECT, OTHER_PREFIX, OTHER_VALUE};
use super::glob::{Glob, PolicyVariable};
use super::mentions::{Mentions, texts};
use super::request::{concerns_action, concerns_resource};
use crate::model::{Arn, ArnStart};

/// Picks the actions of interest, given in lower case, by a group. Actions of different groups are told apart even if
/// no statement does so.
pub(super) type Picks<'q> = dyn Fn(&str) -> Option<u8> + 'q;

/// The sort of resource on which an action can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ActionTarget {
    Bucket,
    Object,
    Anywhere,
}

struct Candidate {
    name: Cow<'static, str>,
    lower: Cow<'static, str>,
    place: ActionTarget,
    group: u8,
}

impl Candidate {
    fn known(action: &'static ServiceAction) -> Self {
        let place = match (action.name.starts_with("s3:"), action.types.contains(&"object"), &action.types[..]) {
            (true, true, _) => ActionTarget::Object,
            (true, false, types) if types.contains(&"bucket") => ActionTarget::Bucket,
            _ => ActionTarget::Anywhere,
        };
        Self { name: Cow::Borrowed(&action.name), lower: Cow::Borrowed(&action.lower), place, group: 0 }
    }

    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned().into(),
            lower: name.to_ascii_lowercase().into(),
            place: ActionTarget::Anywhere,
            group: 0,
        }
    }

    fn fits(&self, resource: &str) -> bool {
        match (self.place, s3_place(resource)) {
            (ActionTarget::Anywhere, _) | (_, None) => true,
            (own, Some(place)) => own == place,
        }
    }
}

/// The part behind the account in an ARN of S3.
fn s3_name(resource: &str) -> Option<&str> {
    let arn = ArnStart::parse(resource)?;
    arn.resource.filter(|_| arn.service == Some("s3"))
}

fn s3_place(resource: &str) -> Option<ActionTarget> {
    let name = s3_name(resource)?;
    // An access point stands for its bucket; objects have `/object/` behind its name.
    let name = name.strip_prefix("accesspoint/").unwrap_or(name);
    Some(if name.contains('/') { ActionTarget::Object } else { ActionTarget::Bucket })
}

/// Does the statement grant something without saying of which service the resource is?
fn grants_anywhere(statement: &Statement) -> bool {
    statement.effect == Effect::Allow
        && match &statement.resources {
            Some(Subset::Only(patterns)) => patterns.iter().any(|one| service_of_arn(one.literal_prefix()).is_none()),
            _ => true,
        }
}

/// The buckets that resources name, as `arn:aws:s3:::records`. The policy of a bucket is about one.
fn named_buckets(patterns: &[Glob]) -> BTreeSet<String> {
    let named = patterns.iter().filter_map(|pattern| {
        let start = pattern.literal_prefix();
        let arn = ArnStart::parse(start)?;
        let name = s3_name(start).filter(|_| arn.region == Some("") && arn.account == Some(""))?;
        let bucket = match name.split_once('/') {
            Some((bucket, _)) => bucket,
            None if pattern.rest().is_empty() => name,
            // The name goes on.
            None => return None,
        };
        (!bucket.is_empty()).then(|| start[..start.len() - name.len() + bucket.len()].to_owned())
    });
    named.collect()
}

/// The buckets, and their objects as far as the statements tell them apart.
fn in_buckets(mentions: &Mentions<'_>, patterns: &[Glob], buckets: &BTreeSet<String>) -> (Vec<String>, bool) {
    let mut complete = true;
    let mut resources: Vec<String> = buckets.iter().cloned().collect();
    for bucket in buckets {
        let start = format!("{bucket}/");
        // The first of several resources that are alike is taken. These come first, because variables really lead to
        // them.
        resources.extend(filled_examples(mentions).into_iter().filter(|one| one.starts_with(&start) && *one != start));
        let (objects, all) = texts(&format!("{start}?>"), patterns, OTHER_OBJECT);
        complete &= all;
        resources.extend(objects);
    }
    (resources, complete)
}

/// Is it the ARN of one resource, not a pattern of several?
pub(super) fn is_one_resource(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| !arn.service.is_empty()) && !arn.contains(['*', '?'])
}

/// Actions on the resource that a policy is attached to; `actions` picks some, in lower case. For an S3 bucket its
/// objects are meant, too.
pub(super) fn on_resource(mentions: &Mentions<'_>, arn: &str, picks: &Picks<'_>) -> Axis {
    let service = service_of_arn(arn).unwrap_or_default();
    let mut candidates = of_service(mentions, service, picks);
    // A bucket's policy is not asked when the bucket is made.
    candidates.retain(|one| one.lower != "s3:createbucket");
    let (resources, complete) = match service == "s3" && !arn.contains('/') {
        true => in_buckets(mentions, &resource_patterns(mentions), &BTreeSet::from([arn.to_owned()])),
        false => (vec![arn.to_owned()], true),
    };
    pair(mentions, &candidates, &resources, complete)
}

/// All actions that the statements tell apart, of one service or of all, on all resources that they tell apart.
pub(super) fn anywhere(mentions: &Mentions<'_>, only: Option<&str>, picks: &Picks<'_>) -> Axis {
    let patterns = resource_patterns(mentions);
    let mut services: BTreeSet<String> = BTreeSet::new();
    let mut complete = true;
    let mut has_open_service = false;
    for pattern in mentions.statements.iter().flat_map(|one| one.actions.listed()) {
        match pattern.literal_prefix().split_once(':') {
            Some((service, _)) => drop(services.insert(service.to_owned())),
            None => has_open_service |= !pattern.is_everything() && pattern.literal_prefix() != "*",
        }
    }
    services.extend(patterns.iter().filter_map(|one| service_of_arn(one.literal_prefix()).map(str::to_owned)));
    if let Some(only) = only {
        services = BTreeSet::from([only.to_owned()]);
        has_open_service = false;
    }
    let buckets = if services.iter().all(|name| name == "s3") { named_buckets(&patterns) } else { BTreeSet::new() };
    let mut candidates: Vec<Candidate> =
        services.iter().flat_map(|service| of_service(mentions, service, picks)).collect();
    if only.is_none()
        && buckets.is_empty()
        && !has_open_service
        && mentions.statements.iter().any(|one| grants_anywhere(one))
    {
        // The resource that the policy is attached to is not known for sure.
        let any = format!("{OTHER_PREFIX}:{OTHER_ACTION}");
        candidates.extend(picked([Candidate::named(&any)], picks));
    }
    if has_open_service {
        let actions: Vec<Glob> = mentions.statements.iter().flat_map(|one| one.actions.listed().to_vec()).collect();
        let (names, all) = texts("?*:?>", &actions, "otherservice");
        complete &= all;
        let any = format!("{OTHER_PREFIX}:{OTHER_ACTION}");
        candidates.extend(picked(std::iter::once(any).chain(names).map(|name| Candidate::named(&name)), picks));
    }
    let (mut resources, all) = match mentions.statements.iter().any(|one| one.resources.is_some()) {
        true if !buckets.is_empty() => in_buckets(mentions, &patterns, &buckets),
        true => all_resources(mentions, patterns),
        // Statements without resources are about the one that the policy is attached to.
        false => (vec!["*".to_owned()], true),
    };
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    pair(mentions, &candidates, &resources, complete && all)
}

/// An action of the service that no statement names, on all resources that the statements tell apart.
pub(super) fn of_unnamed_action(mentions: &Mentions<'_>, service: &str) -> Axis {
    let patterns = resource_patterns(mentions);
    let buckets = if service == "s3" { named_buckets(&patterns) } else { BTreeSet::new() };
    let (resources, complete) = match buckets.is_empty() {
        true => all_resources(mentions, patterns),
        false => in_buckets(mentions, &patterns, &buckets),
    };
    let unnamed = Candidate::named(&format!("{service}:{OTHER_ACTION}"));
    pair(mentions, &[unnamed], &resources, complete)
}

/// All actions of the service that act on resources, on all resources of the service in those partitions that the
/// statements tell apart.
pub(super) fn of_whole_service(mentions: &Mentions<'_>, service: &str, partitions: &[String]) -> Axis {
    let patterns = resource_patterns(mentions);
    let patterns: Vec<&Glob> = patterns.iter().collect();
    let mut complete = true;
    let mut resources = Vec::new();
    for partition in partitions {
        let form = Glob::arn(&format!("arn:{partition}:{service}:*:*:*"), false);
        let found = classes(&form, &patterns, OTHER);
        complete &= found.complete;
        resources.extend(filled_examples(mentions).into_iter().filter(|one| form.matches(one)).chain(found.examples));
    }
    let known = actions::service(service);
    let acts_on_some = |name: &str| known.and_then(|known| known.action(name)).is_none_or(|own| !own.types.is_empty());
    let mut candidates = of_service(mentions, service, &|_| Some(0));
    candidates.retain(|one| acts_on_some(&one.name));
    candidates.iter_mut().for_each(|one| one.place = ActionTarget::Anywhere);
    pair(mentions, &candidates, &resources, complete)
}

/// Resources that the patterns tell apart, buckets and objects of S3 each by themselves.
pub(super) fn all_resources(mentions: &Mentions<'_>, mut patterns: Vec<Glob>) -> (Vec<String>, bool) {
    if !patterns.iter().all(|pattern| pattern.as_prefix().is_some()) {
        patterns.extend(["*/*", "arn:*:s3:::?*", "arn:*:s3:::?*/?*"].map(Glob::new));
        let (examples, complete) = texts("arn:?>", &patterns, OTHER);
        let named = examples.iter().filter_map(|resource| named_fully(resource));
        let all = filled_examples(mentions).into_iter().chain(examples.iter().cloned()).chain(named);
        return (all.filter(|resource| is_possible(resource)).collect(), complete);
    }
    let (examples, complete) = texts("arn:?>", &patterns, OTHER);
    let mut resources: Vec<String> = filled_examples(mentions).into_iter().chain(examples).collect();
    let buckets = resources.iter().filter(|one| s3_place(one) == Some(ActionTarget::Bucket));
    let objects: Vec<String> = buckets.map(|bucket| format!("{bucket}/{OTHER_OBJECT}")).collect();
    resources.extend(objects);
    resources.retain(|resource| is_possible(resource));
    (resources, complete)
}

/// Buckets have names, and so have objects.
fn is_possible(resource: &str) -> bool {
    let Some(name) = s3_name(resource) else { return true };
    name.split_once('/').map_or(!name.is_empty(), |(bucket, key)| !bucket.is_empty() && !key.is_empty())
}

/// An object that the same patterns may match as the example that lacks the name of its bucket or its key: the shortest
/// text that `arn:aws:s3:::*/logs/*` matches is no ARN.
fn named_fully(example: &str) -> Option<String> {
    let name = s3_name(example)?;
    let (bucket, key) = name.split_once('/')?;
    let start = &example[..example.len() - name.len()];
    let bucket = if bucket.is_empty() { OTHER } else { bucket };
    let key = if key.is_empty() || key.ends_with('/') { format!("{key}{OTHER_OBJECT}") } else { key.to_owned() };
    (!is_possible(example)).then(|| format!("{start}{bucket}/{key}"))
}

/// Examples of resources with policy variables. The variables have the values that requests have where no statement
/// tells these apart.
fn filled_examples(mentions: &Mentions<'_>) -> Vec<String> {
    let scopes = mentions.statements.iter().filter_map(|one| one.resources.as_ref());
    let usual = |variable: &PolicyVariable| {
        let value = if variable.key == "aws:principalaccount" { OTHER_ACCOUNT } else { OTHER_VALUE };
        Some(value.to_owned())
    };
    let filled = scopes.flat_map(|scope| scope.listed()).filter(|glob| glob.has_variables());
    filled.filter_map(|glob| glob.filled(usual)).map(|glob| glob.skeleton().replace('*', OTHER)).collect()
}

/// These actions, each on the resources given for it.
pub(super) fn these(pairs: impl IntoIterator<Item = (String, String)>) -> Axis {
    Axis::of_targets(pairs, true)
}

/// The service that all actions of the axis belong to.
pub(super) fn service_of_axis(axis: &Axis) -> Option<&str> {
    let mut services = axis.points.iter().filter_map(|point| point.target.as_ref()?.0.split(':').next());
    let first = services.next()?;
    services.all(|other| other == first).then_some(first)
}

/// `arn:aws:s3:::records` -> `s3`
pub(super) fn service_of_arn(arn: &str) -> Option<&str> {
    ArnStart::parse(arn)?.service.filter(|service| !service.is_empty() && !service.contains('*'))
}

pub(super) fn resource_patterns(mentions: &Mentions<'_>) -> Vec<Glob> {
    let scopes = mentions.statements.iter().filter_map(|one| one.resources.as_ref());
    let widen = |glob: &Glob| if glob.has_variables() { glob.widened() } else { glob.clone() };
    scopes.flat_map(|scope| scope.listed()).map(widen).collect()
}

/// The actions of the service: those that are listed, those that the statements name though no list does, and where no
/// list is whole, those that patterns tell apart.
fn of_service(mentions: &Mentions<'_>, service: &str, picks: &Picks<'_>) -> Vec<Candidate> {
    let listed = actions::service(service).filter(|service| service.is_whole);
    let mut candidates: Vec<Candidate> =
        listed.iter().flat_map(|service| &service.actions).map(Candidate::known).collect();
    // A bucket's policy grants nothing of the actions that are about jobs, access points and the like; that of an
    // instance of Access Grants does.
    let is_of_grants = resource_patterns(mentions).iter().any(|one| one.literal_prefix().contains(":access-grants"));
    candidates.retain(|one| service != "s3" || one.place != ActionTarget::Anywhere || is_of_grants);
    if listed.is_some() {
        let written = mentions.statements.iter().flat_map(|one| one.actions.listed()).filter_map(Glob::literal);
        let of_service = written.filter(|name| name.split_once(':').is_some_and(|(prefix, _)| prefix == service));
        let unlisted: Vec<_> = of_service.filter(|name| !candidates.iter().any(|one| one.lower == *name)).collect();
        candidates.extend(unlisted.iter().map(|name| Candidate::named(name)));
    } else {
        let patterns: Vec<Glob> = mentions.statements.iter().flat_map(|one| one.actions.listed().to_vec()).collect();
        let (names, _) = texts(&format!("{service}:?>"), &patterns, &OTHER_ACTION.to_ascii_lowercase());
        candidates.extend(names.iter().map(|name| Candidate::named(name)));
    }
    picked(candidates, picks).collect()
}

fn picked(candidates: impl IntoIterator<Item = Candidate>, picks: &Picks<'_>) -> impl Iterator<Item = Candidate> {
    candidates.into_iter().filter_map(|one| picks(&one.lower).map(|group| Candidate { group, ..one }))
}

/// One pair of action and resource for each class of pairs.
fn pair(mentions: &Mentions<'_>, candidates: &[Candidate], resources: &[String], complete: bool) -> Axis {
    let statements = &mentions.statements;
    let mut seen_actions = HashSet::new();
    let told_apart = candidates.iter().filter(|one| {
        let class = StatementMatches::of(statements.iter().map(|statement| names(statement, &one.lower)));
        seen_actions.insert((one.place, one.group, class))
    });
    let open = |_: &str| Filling::Open;
    let mut seen_resources = HashSet::new();
    let resources: Vec<&String> = resources
        .iter()
        .filter(|resource| {
            let class: Vec<_> =
                statements.iter().map(|statement| concerns_resource(statement, resource, &open) as u8).collect();
            seen_resources.insert((s3_place(resource), class))
        })
        .collect();
    let pairs = told_apart.flat_map(|action| {
        let fitting = resources.iter().filter(|resource| action.fits(resource));
        fitting.map(|resource| (action.name.clone().into_owned(), (*resource).clone())).collect::<Vec<_>>()
    });
    Axis::of_targets(pairs, complete)
}

/// The statements that match. Most documents have few.
#[derive(PartialEq, Eq, Hash)]
enum StatementMatches {
    Few(u128),
    Many(Vec<bool>),
}

impl StatementMatches {
    fn of(matches: impl ExactSizeIterator<Item = bool>) -> Self {
        match matches.len() {
            0..=128 => Self::Few(matches.fold(0, |bits, matches| bits << 1 | u128::from(matches))),
            _ => Self::Many(matches.collect()),
        }
    }
}

fn names(statement: &Statement, action: &str) -> bool {
    concerns_action(statement, action) == crate::model::Truth::True
}
