//! The bearer of identity policies, and the resources that no statement of these policies names.

use std::collections::BTreeSet;

use serde_json::Value;

use super::actions;
use super::answer::PolicyAnswer;
use super::axis::Point;
use super::document::{ParsedPolicy, account_of};
use super::examples::{OTHER, OTHER_ACCOUNT};
use super::mentions::Mentions;
use super::targets;
use crate::model::{Arn, ArnStart, Truth};

/// The policies of one bearer.
#[derive(Clone, Copy)]
pub struct Bearer<'a> {
    /// Attached, inline and of groups; null ones grant nothing.
    pub policies: &'a [&'a Value],
    /// The permissions boundary; null for none.
    pub boundary: &'a Value,
}

/// No boundary, no policy.
pub(super) static NONE: Value = Value::Null;

impl<'a> Bearer<'a> {
    /// The bearer of one policy without a boundary.
    pub fn of(policies: &'a [&'a Value]) -> Self {
        Self { policies, boundary: &NONE }
    }

    /// Reads the policies and asks. Without any policy nothing is granted. A document that cannot be read decides
    /// nothing: it may grant, and it may deny.
    pub(super) fn ask(&self, question: impl FnOnce(&[&[&ParsedPolicy]]) -> PolicyAnswer) -> PolicyAnswer {
        let read = |policy: &&Value| (!policy.is_null()).then(|| ParsedPolicy::read(policy));
        let policies: Result<Vec<ParsedPolicy>, String> = self.policies.iter().filter_map(read).collect();
        let boundary = read(&self.boundary).transpose();
        match (policies, boundary) {
            (Err(reason), _) | (_, Err(reason)) => PolicyAnswer::unreadable(&reason),
            (Ok(policies), _) if policies.is_empty() => Truth::False.into(),
            (Ok(policies), Ok(boundary)) => {
                let policies: Vec<&ParsedPolicy> = policies.iter().collect();
                match &boundary {
                    Some(boundary) => question(&[&policies, &[boundary]]),
                    None => question(&[&policies]),
                }
            }
        }
    }
}

/// The places of an account's resources: the partitions, regions and accounts that statements name, and others.
pub(super) struct ResourcePlaces {
    pub partitions: Vec<String>,
    regions: Vec<String>,
    accounts: Vec<String>,
}

/// The most places of one sort that are looked at.
const MOST_PLACES: usize = 8;

impl ResourcePlaces {
    pub(super) fn new(mentions: &Mentions<'_>) -> Self {
        let patterns = targets::resource_patterns(mentions);
        let named = || patterns.iter().filter_map(|pattern| ArnStart::parse(pattern.literal_prefix()));
        let mut partitions: BTreeSet<String> = named().filter_map(|arn| arn.partition).map(str::to_owned).collect();
        partitions.retain(|name| name.starts_with("aws"));
        partitions.insert("aws".to_owned());
        let mut regions: BTreeSet<String> = named().filter_map(|arn| arn.region).map(str::to_owned).collect();
        regions.retain(|name| !name.is_empty());
        regions.insert("us-east-1".to_owned());
        let accounts = patterns.iter().filter_map(|one| account_of(&one.skeleton()).map(str::to_owned));
        let accounts: BTreeSet<String> = accounts.chain([OTHER_ACCOUNT.to_owned()]).collect();
        let some = |names: BTreeSet<String>| names.into_iter().take(MOST_PLACES).collect();
        Self { partitions: some(partitions), regions: some(regions), accounts: some(accounts) }
    }

    /// ARNs of the form that no statement names, in all places.
    pub(super) fn arns(&self, form: &str) -> Vec<String> {
        let Some(Arn { partition, service, region, account, resource }) = Arn::parse(form) else {
            return vec![form.to_owned()];
        };
        let name = resource.replace('*', OTHER);
        let options = |own: &str, all: &[String]| if own == "*" { all.to_vec() } else { vec![own.to_owned()] };
        let mut found = Vec::new();
        for partition in options(partition, &self.partitions) {
            for region in options(region, &self.regions) {
                for account in options(account, &self.accounts) {
                    let arn = format!("arn:{partition}:{service}:{region}:{account}:{name}");
                    if service == "s3" && !name.contains('/') {
                        found.push(format!("{arn}/{OTHER}"));
                    }
                    found.push(arn);
                }
            }
        }
        found
    }
}

/// The action, on each form of resource that it acts on and that no statement names.
pub(super) fn unnamed(places: &ResourcePlaces, action: &str) -> Vec<(String, String)> {
    let service = service_of(action);
    let listed = actions::service(&service).and_then(|known| known.action(action).map(|action| (known, action)));
    let forms: Vec<String> = match listed {
        Some((_, action)) if action.types.is_empty() => return vec![(action.name.clone(), "*".to_owned())],
        Some((service, action)) => {
            // An action that runs something on a machine is about the machine. Its other types only come along.
            let types = match action.types.contains(&"instance") {
                true => &["instance"][..],
                false => &action.types[..],
            };
            types.iter().flat_map(|kind| service.forms(kind)).map(|form| (*form).to_owned()).collect()
        }
        None => vec![format!("arn:*:{service}:*:*:*")],
    };
    forms.iter().flat_map(|form| places.arns(form)).map(|arn| (action.to_owned(), arn)).collect()
}

/// Does the point, if it is one of what is asked, hold such an action?
pub(super) fn is_action(point: &Point, wanted: impl Fn(&str) -> bool) -> Truth {
    Truth::from(point.target.as_ref().is_none_or(|(action, _)| wanted(action)))
}

/// `kms:Decrypt` -> `kms`.
pub(super) fn service_of(action: &str) -> String {
    action.split(':').next().unwrap_or_default().to_ascii_lowercase()
}
