//! Asks what identity policies (managed or inline) let their bearer do.
//!
//! Conditions of a grant do not weaken these answers: whoever meets them has the rights. A Deny counts where it takes a
//! right away in every circumstance. Several policies of one bearer count together, and a permissions boundary takes
//! away what it does not grant itself. A condition that picks resources, by their tags for example, limits a grant as
//! an ARN does: what it leaves is not "all resources".

use std::collections::BTreeSet;

use super::actions;
use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::bearer::{Bearer, NONE, ResourcePlaces, is_action, service_of, unnamed};
use super::condition::{KeyCondition, Operand};
use super::context::DECRYPTING_OPERATIONS;
use super::examples::{OTHER, OTHER_ACTION, OTHER_PREFIX};
use super::glob::Glob;
use super::mentions::Mentions;
use super::space::{Askers, Goal, Space};
use super::targets::{self};
use super::ways::REWRITES_RIGHTS;
use crate::model::Truth;
use serde_json::Value;

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
        let space = Space::new(groups, Askers::Bearer, |mentions| {
            let places = ResourcePlaces::new(mentions);
            let anything = places.arns(&format!("arn:*:{OTHER_PREFIX}:*:*:*"));
            let anything = anything.into_iter().map(|arn| (format!("{OTHER_PREFIX}:{OTHER_ACTION}"), arn));
            targets::these(anything.chain(REWRITES_RIGHTS.iter().flat_map(|action| unnamed(&places, action))))
        });
        let anything =
            space.exists(Goal::Allowed, &|_, point| is_action(point, |action| action.starts_with(OTHER_PREFIX)));
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

/// Does the policy allow, on all resources of some service, actions that it does not name: the whole service? Without a
/// policy: false.
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
        let space = Space::new(groups, Askers::Bearer, |mentions| {
            let patterns = mentions.statements.iter().flat_map(|one| one.actions.listed());
            let mut services: BTreeSet<String> = patterns.filter_map(service_of_pattern).collect();
            services.insert(OTHER_PREFIX.to_owned());
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
/// All resources are those that no statement names, and no condition picks: by `*`, by every ARN of the kind, also of
/// one account or region. A grant of a key (`kms:CreateGrant`) counts if whoever gets it can decrypt with it. Without a
/// policy: false.
pub fn allows_on_all_resources(policy: &Value, actions: &[&str]) -> PolicyAnswer {
    Bearer::of(&[policy]).ask(|groups| {
        let space = Space::new(groups, Askers::Bearer, |mentions| {
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
/// A resource that lacks the key, or has a value that no statement lists, is one that no policy has in mind.
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

/// Does the policy allow every action of the service (such as `cloudtrail`) that acts on resources, each at least on
/// some resource of the service? Without a policy: false.
pub fn allows_whole_service(policy: &Value, service: &str) -> PolicyAnswer {
    if service.is_empty() {
        return PolicyAnswer::unclear("the name of the service is empty".to_owned());
    }
    Bearer::of(&[policy]).ask(|groups| {
        let space = Space::new(groups, Askers::Bearer, |mentions| {
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

/// The actions that the pattern stands for, or the pattern itself where no list has them.
fn named(pattern: &str) -> Vec<String> {
    let glob = Glob::action(pattern);
    let service = actions::service(&service_of(pattern));
    let listed = service.iter().flat_map(|service| &service.actions).filter(|action| action.matches(&glob));
    let listed: Vec<String> = listed.map(|action| action.name.clone()).collect();
    if listed.is_empty() { vec![pattern.replace(['*', '?'], "Any")] } else { listed }
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

/// `s3:Get*` -> `s3`, `s*:*` -> one of those services.
fn service_of_pattern(pattern: &Glob) -> Option<String> {
    let skeleton = pattern.skeleton();
    let service = skeleton.split_once(':').map(|(service, _)| service.replace('*', OTHER))?;
    (!service.is_empty()).then_some(service)
}
