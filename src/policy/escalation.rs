//! Asks whether the bearer of identity policies can get more rights than the policies give.
//!
//! It sees which ways the documents open, and cannot see where they lead: the documents do not tell whether a role that
//! may be passed has more rights. Grants on single named roles or functions are therefore not counted, save for actions
//! that rewrite rights.

use std::collections::BTreeMap;

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::bearer::{Bearer, NONE, ResourcePlaces, is_action, unnamed};
use super::mentions::Mentions;
use super::space::{Askers, Goal, Space};
use super::targets;
use super::ways::{REWRITES_RIGHTS, WAYS};
use crate::model::Truth;
use serde_json::Value;

/// Does the policy allow all actions of a known way to more rights?
///
/// Actions that rewrite rights (such as `iam:PutRolePolicy`) count on any resource, those that make credentials for a
/// user (`iam:CreateAccessKey`) on any but the bearer's own user, and the others (such as `iam:PassRole`) on resources
/// that no statement names. Unknown where a condition decides: which policy may be attached (`iam:PolicyARN`), under
/// which boundary (`iam:PermissionsBoundary`), on resources with which tags. Without a policy: false.
pub fn allows_privilege_escalation(policy: &Value) -> PolicyAnswer {
    allows_privilege_escalation_together(&[policy], &NONE)
}

/// The same of all policies of a bearer together, under a permissions boundary (null for none).
pub fn allows_privilege_escalation_together(policies: &[&Value], boundary: &Value) -> PolicyAnswer {
    Bearer { policies, boundary }.ask(|groups| {
        let space = Space::new(groups, Askers::Bearer, |mentions| {
            let mut actions: Vec<&str> = WAYS.iter().flat_map(|way| way.actions.iter().copied()).collect();
            actions.sort_unstable();
            actions.dedup();
            let places = ResourcePlaces::new(mentions);
            let (named, _) = targets::all_resources(mentions, targets::resource_patterns(mentions));
            targets::these(actions.iter().flat_map(|action| resources_of(&places, &named, action)))
        });
        let mut asked: BTreeMap<(&str, &[&str]), Truth> = BTreeMap::new();
        let mut undecided = None;
        for way in WAYS {
            let is_open = |action: &str| {
                space.exists(Goal::Allowed, &|axis: &Axis, point: &Point| {
                    is_action(point, |own| own == action).and(lets_pass(&space.mentions, axis, point, way.passes_to))
                })
            };
            let truth = way.actions.iter().fold(Truth::True, |so_far, action| {
                if so_far == Truth::False {
                    return so_far;
                }
                // Only what is passed depends on the way.
                let passed_to = if *action == "iam:PassRole" { way.passes_to } else { &[] };
                so_far.and(*asked.entry((action, passed_to)).or_insert_with(|| is_open(action).exists))
            });
            if truth == Truth::True || (truth == Truth::Unknown && undecided.is_none()) {
                let parts = way.actions.iter().map(|action| PolicyAnswer::exists(&space, is_open(action)));
                let answer = parts.reduce(|mut all, mut one| {
                    all.witnesses.truncate(1);
                    all.witnesses.extend(one.witnesses.drain(..).take(1));
                    all.notes.append(&mut one.notes);
                    all
                });
                let mut answer = PolicyAnswer { truth, ..answer.unwrap_or(Truth::Unknown.into()) };
                if let Some(last) = answer.witnesses.last_mut().filter(|_| !way.needs.is_empty()) {
                    last.text.push_str(&format!(", and so use {}", way.needs));
                }
                if truth == Truth::True {
                    return answer;
                }
                undecided = Some(answer);
            }
        }
        undecided.unwrap_or(Truth::False.into())
    })
}

/// The action on the resources on which it opens a way.
fn resources_of(places: &ResourcePlaces, named: &[String], action: &str) -> Vec<(String, String)> {
    let mut found = unnamed(places, action);
    if REWRITES_RIGHTS.contains(&action) {
        // Whatever is named may be what the bearer has.
        found.extend(named.iter().map(|arn| (action.to_owned(), arn.clone())));
    }
    found
}

/// Conditions whose effect is not in the documents: a value that they single out may be one that leads nowhere.
fn lets_pass(mentions: &Mentions<'_>, axis: &Axis, point: &Point, services: &[&str]) -> Truth {
    axis.keys.iter().zip(&point.values).fold(Truth::True, |so_far, (key, values)| {
        let singled_out = || {
            values
                .iter()
                .any(|value| mentions.patterns(&[key]).iter().any(|own| !own.is_everything() && own.matches(value)))
        };
        so_far.and(match &key[..] {
            "iam:passedtoservice" => {
                Truth::from(values.is_empty() || values.iter().any(|value| services.contains(&&value[..])))
            }
            "iam:permissionsboundary" if values.is_empty() => Truth::True,
            "iam:policyarn" | "iam:permissionsboundary" if singled_out() => Truth::Unknown,
            key if key.contains("resourcetag/") && singled_out() => Truth::Unknown,
            _ => Truth::True,
        })
    })
}
