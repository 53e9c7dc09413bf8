//! What identity policies (managed or inline) let their bearer do.
//!
//! Conditions of a grant do not weaken these answers: whoever meets them has the rights. A Deny counts where it takes a
//! right away in every circumstance. Several policies of one bearer count together, and a permissions boundary takes away
//! what it does not grant itself. A condition that picks resources, by their tags for example, limits a grant as an ARN
//! does: what it leaves is not "all resources".

use std::collections::BTreeSet;

use super::actions;
use super::answer::PolicyAnswer;
use super::callers::OTHER_ACCOUNT;
use super::condition::{KeyCondition, Operand};
use super::document::{ParsedPolicy, account_of};
use super::escalation::REWRITES_RIGHTS;
use super::glob::Glob;
use super::space::{Asking, Goal, Space};
use super::targets::{self, OTHER, OTHER_ACTION, OTHER_SERVICE};
use super::universe::{Axis, Mentions, Point};
use crate::model::Truth;
use serde_json::Value;

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

    /// Reads the policies and asks. Without any policy nothing is granted. A document that cannot be read decides nothing:
    /// it may grant, and it may deny.
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

/// Does the policy make its bearer an administrator?
///
/// An administrator may do, on a resource that no statement names, an action that no statement names, and may rewrite
/// rights in IAM, with which the rest can be had. So `NotAction` on all resources makes one unless it takes away IAM.
/// Without a policy: false.
pub fn allows_admin(policy: &Value) -> PolicyAnswer {
    allows_admin_together(&[policy], &NONE)
}

/// The same of all policies of a bearer together, under a permissions boundary (null for none).
pub fn allows_admin_together(policies: &[&Value], boundary: &Value) -> PolicyAnswer {
    Bearer { policies, boundary }.ask(|groups| {
        let space = Space::new(groups, Asking::Bearer, |mentions| {
            let places = ResourcePlaces::new(mentions);
            let anything = places.arns(&format!("arn:*:{OTHER_SERVICE}:*:*:*"));
            let anything = anything.into_iter().map(|arn| (format!("{OTHER_SERVICE}:{OTHER_ACTION}"), arn));
            targets::these(anything.chain(REWRITES_RIGHTS.iter().flat_map(|action| unnamed(&places, action))))
        });
        let anything =
            space.exists(Goal::Allowed, &|_, point| is_action(point, |action| action.starts_with(OTHER_SERVICE)));
        let rewriting = space.exists(Goal::Allowed, &|_, point| is_action(point, |action| action.starts_with("iam:")));
        let truth = anything.exists.and(rewriting.exists);
        let mut answer = PolicyAnswer::exists(&space, anything);
        answer.witnesses.truncate(1);
        answer.witnesses.extend(PolicyAnswer::exists(&space, rewriting).witnesses.into_iter().take(1));
        if truth == Truth::False {
            answer = Truth::False.into();
        }
        PolicyAnswer { truth, ..answer }
    })
}

/// Does the policy allow, on all resources of some service, actions that it does not name: the whole service? Without a policy:
/// false.
pub fn allows_service_wildcard(policy: &Value) -> PolicyAnswer {
    service_wildcard(policy, None)
}

/// The same of one service, such as `kms`.
pub fn allows_service_wildcard_of(policy: &Value, service: &str) -> PolicyAnswer {
    if service.is_empty() {
        return PolicyAnswer::unclear("the name of the service is empty".to_owned());
    }
    service_wildcard(policy, Some(service))
}

fn service_wildcard(policy: &Value, only: Option<&str>) -> PolicyAnswer {
    Bearer::of(&[policy]).ask(|groups| {
        let space = Space::new(groups, Asking::Bearer, |mentions| {
            let patterns = mentions.statements.iter().flat_map(|one| one.actions.listed());
            let mut services: BTreeSet<String> = patterns.filter_map(service_of_pattern).collect();
            services.insert(OTHER_SERVICE.to_owned());
            let patterns = targets::resource_patterns(mentions);
            services.extend(
                patterns.iter().filter_map(|one| targets::service_of_arn(one.literal_prefix()).map(str::to_owned)),
            );
            if let Some(only) = only {
                services = BTreeSet::from([only.to_owned()]);
            }
            let places = ResourcePlaces::new(mentions);
            targets::these(services.iter().flat_map(|service| {
                let arns = all_forms(service).into_iter().flat_map(|form| places.arns(&form));
                arns.map(|arn| (format!("{service}:{OTHER_ACTION}"), arn)).collect::<Vec<_>>()
            }))
        });
        let unpicked = |axis: &Axis, point: &Point| is_unpicked(&space.mentions, axis, point);
        PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &unpicked))
    })
}

/// Does the policy allow one of the actions (such as `kms:Decrypt` or `kms:ReEncrypt*`) on all resources?
///
/// All resources are those that no statement names, and no condition picks: by `*`, by every ARN of the kind, also of one
/// account or region. A grant of a key (`kms:CreateGrant`) counts if whoever gets it can decrypt with it. Without a policy:
/// false.
pub fn allows_on_all_resources(policy: &Value, actions: &[&str]) -> PolicyAnswer {
    Bearer::of(&[policy]).ask(|groups| {
        let space = Space::new(groups, Asking::Bearer, |mentions| {
            let places = ResourcePlaces::new(mentions);
            let names = actions.iter().flat_map(|action| named(action));
            targets::these(names.flat_map(|name| unnamed(&places, &name)))
        });
        let ask = |of_grants: bool| {
            let counts = |axis: &Axis, point: &Point| {
                let truth = is_action(point, |own| (own == CREATE_GRANT) == of_grants);
                let truth = truth.and(is_unpicked(&space.mentions, axis, point));
                if of_grants { truth.and(lets_decrypt(axis, point)) } else { truth }
            };
            PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &counts))
        };
        let plain = ask(false);
        if plain.truth == Truth::True {
            return plain;
        }
        let by_grant = ask(true);
        if by_grant.truth == Truth::False { plain } else { by_grant }
    })
}

const CREATE_GRANT: &str = "kms:CreateGrant";

/// What a grant may allow that leads to plain text.
pub(super) const DECRYPTING_OPERATIONS: [&str; 2] = ["Decrypt", "ReEncryptFrom"];

/// Can whoever is given such a grant decrypt with it? AWS services that make one for a resource of their own keep it.
fn lets_decrypt(axis: &Axis, point: &Point) -> Truth {
    let keys = axis.keys.iter().zip(&point.values);
    Truth::from(keys.into_iter().all(|(key, values)| match &key[..] {
        "kms:grantisforawsresource" => values != &["true"],
        "kms:grantoperations" => values.iter().any(|own| DECRYPTING_OPERATIONS.contains(&&own[..])),
        _ => true,
    }))
}

/// Is the resource one that no condition picks by what it is: by its tags, its aliases, the product?
///
/// Where the key is absent or has a value that no statement lists, it is a resource of which nobody has thought.
fn is_unpicked(mentions: &Mentions<'_>, axis: &Axis, point: &Point) -> Truth {
    axis.keys.iter().zip(&point.values).filter(|(key, _)| tells_resource(key)).fold(
        Truth::True,
        |so_far, (key, values)| {
            let picked = |glob: &Glob| values.iter().any(|value| glob.matches(value));
            let operands = || mentions.conditions(key).flat_map(KeyCondition::operands);
            let by_text = operands().any(|operand| match operand {
                Operand::Text(glob) => !glob.has_variables() && !is_open(glob) && picked(glob),
                _ => false,
            });
            let by_variable = operands().any(|operand| match operand {
                Operand::Text(glob) => glob.has_variables() && picked(&glob.widened()),
                _ => false,
            });
            // Another statement may ask only that the key is there, which the values do not tell.
            let is_only_asked_for = || operands().any(|operand| !matches!(operand, Operand::Text(_)));
            so_far.and(match (by_text, by_variable) {
                (true, _) => Truth::False,
                (false, true) if is_only_asked_for() => Truth::Unknown,
                (false, true) => Truth::False,
                (false, false) => Truth::True,
            })
        },
    )
}

/// Does the pattern take any text?
fn is_open(glob: &Glob) -> bool {
    ["\u{4e00}", "\u{4e01}\u{4e00}"].iter().all(|odd| glob.matches(odd))
}

/// Keys whose value says which resource is asked for.
fn tells_resource(key: &str) -> bool {
    key.contains("resourcetag/") || ["kms:resourcealiases", "aws-marketplace:productid"].contains(&key)
}

/// Does the policy allow every action of the service (such as `cloudtrail`) that acts on resources, each at least on some
/// resource of the service? Without a policy: false.
pub fn allows_whole_service(policy: &Value, service: &str) -> PolicyAnswer {
    if service.is_empty() {
        return PolicyAnswer::unclear("the name of the service is empty".to_owned());
    }
    Bearer::of(&[policy]).ask(|groups| {
        let space = Space::new(groups, Asking::Bearer, |mentions| {
            targets::of_whole_service(mentions, service, &ResourcePlaces::new(mentions).partitions)
        });
        let actions: BTreeSet<&str> =
            space.targets().points.iter().filter_map(|one| Some(&one.target.as_ref()?.0[..])).collect();
        let mut so_far = PolicyAnswer::from(Truth::True);
        for action in actions {
            let allowed = space.exists(Goal::Allowed, &|_, point| is_action(point, |own| own == action));
            let truth = so_far.truth.and(allowed.exists);
            if truth == Truth::False {
                return Truth::False.into();
            }
            so_far = PolicyAnswer { truth, ..PolicyAnswer::exists(&space, allowed) };
        }
        so_far
    })
}

/// Does the point, if it is one of what is asked, hold such an action?
pub(super) fn is_action(point: &Point, wanted: impl Fn(&str) -> bool) -> Truth {
    Truth::from(point.target.as_ref().is_none_or(|(action, _)| wanted(action)))
}

/// The actions that the pattern stands for, or the pattern itself where no list has them.
fn named(pattern: &str) -> Vec<String> {
    let glob = Glob::action(pattern);
    let service = actions::service(&service_of(pattern));
    let listed = service.iter().flat_map(|service| &service.actions).filter(|action| action.matches(&glob));
    let listed: Vec<String> = listed.map(|action| action.name.clone()).collect();
    if listed.is_empty() { vec![pattern.replace(['*', '?'], "Any")] } else { listed }
}

/// The action, on each form of resource that it acts on and that no statement names.
pub(super) fn unnamed(places: &ResourcePlaces, action: &str) -> Vec<(String, String)> {
    let service = service_of(action);
    let listed = actions::service(&service).and_then(|known| known.action(action).map(|action| (known, action)));
    let forms: Vec<String> = match listed {
        Some((_, action)) if action.types.is_empty() => return vec![(action.name.clone(), "*".to_owned())],
        Some((service, action)) => {
            // What a machine runs is asked of the machine; the other types only come along.
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

/// All forms of ARNs of the service.
fn all_forms(service: &str) -> Vec<String> {
    let own = format!("arn:*:{service}:*:*:*");
    let listed = actions::service(service).filter(|known| known.is_whole);
    let mut forms: BTreeSet<String> = listed
        .iter()
        .flat_map(|known| known.actions.iter().flat_map(|action| &action.types).flat_map(|kind| known.forms(kind)))
        .filter(|form| targets::service_of_arn(form) == Some(service))
        .map(|form| (*form).to_owned())
        .collect();
    forms.insert(own);
    forms.into_iter().collect()
}

/// Where the resources of an account are: the partitions, regions and accounts that statements name, and others.
pub(super) struct ResourcePlaces {
    partitions: Vec<String>,
    regions: Vec<String>,
    accounts: Vec<String>,
}

/// Of places of one sort as many are looked at.
const MOST_PLACES: usize = 8;

impl ResourcePlaces {
    pub(super) fn new(mentions: &Mentions<'_>) -> Self {
        let patterns = targets::resource_patterns(mentions);
        // The last field of a pattern's beginning may go on.
        let field = |at: usize| {
            let fields = patterns.iter().map(|pattern| pattern.literal_prefix().splitn(6, ':').collect::<Vec<_>>());
            let named = fields.filter(|fields| fields.len() > at + 1).map(|fields| fields[at].to_owned());
            named.filter(|own| !own.is_empty()).collect::<BTreeSet<_>>()
        };
        let mut partitions = field(1);
        partitions.retain(|name| name.starts_with("aws"));
        partitions.insert("aws".to_owned());
        let mut regions = field(3);
        regions.insert("us-east-1".to_owned());
        let accounts = patterns.iter().filter_map(|one| account_of(&one.skeleton()).map(str::to_owned));
        let accounts: BTreeSet<String> = accounts.chain([OTHER_ACCOUNT.to_owned()]).collect();
        let some = |names: BTreeSet<String>| names.into_iter().take(MOST_PLACES).collect();
        Self { partitions: some(partitions), regions: some(regions), accounts: some(accounts) }
    }

    /// ARNs of the form that no statement names, in all places.
    fn arns(&self, form: &str) -> Vec<String> {
        let fields: Vec<&str> = form.splitn(6, ':').collect();
        let [_, partition, service, region, account, name] = fields[..] else { return vec![form.to_owned()] };
        let name = name.replace('*', OTHER);
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

/// `kms:Decrypt` -> `kms`.
pub(super) fn service_of(action: &str) -> String {
    action.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// `s3:Get*` -> `s3`, `s*:*` -> one of those services.
fn service_of_pattern(pattern: &Glob) -> Option<String> {
    let skeleton = pattern.skeleton();
    let service = skeleton.split_once(':').map(|(service, _)| service.replace('*', OTHER))?;
    (!service.is_empty()).then_some(service)
}
