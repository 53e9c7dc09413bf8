//! The callers that a set of statements tells apart, and the sources on whose behalf AWS services ask.

use std::collections::{BTreeSet, HashSet};

use super::axis::{Axis, Point};
use super::classes::classes;
use super::context;
use super::document::{Principal, account_of};
use super::examples::{OTHER_PROVIDER, OTHER_ROLE, OTHER_SERVICE, OTHER_USER};
use super::glob::Glob;
use super::mentions::{CallerAccounts, Mentions, organizations, texts};
use super::request::Caller;

/// The axis of callers. Strangers come first, so that the first witness found is the most telling.
pub(super) fn callers(mentions: &Mentions<'_>, known: &[&str]) -> Axis {
    let accounts = CallerAccounts::new(mentions, known);
    let principals = mentions.statements.iter().filter_map(|one| one.principals.as_ref());
    let principals: Vec<&Principal> = principals.flat_map(|scope| scope.listed()).collect();
    let mut builder = CallerAxisBuilder { points: Vec::new(), seen: HashSet::new(), complete: true };

    builder.push(Caller::Anonymous, &[]);
    let (mut ids, all_ids) = match mentions.has_any(&["aws:principalaccount", "kms:calleraccount"]) {
        true => texts("############", &mentions.patterns(&["aws:principalaccount", "kms:calleraccount"]), "0"),
        false => (Vec::new(), true),
    };
    builder.complete &= all_ids;
    ids.retain(|id| !accounts.named.contains(id));
    let (organizations, all_organizations) = organizations(mentions, "aws:principalorgid", "aws:principalorgpaths");
    builder.complete &= all_organizations;

    let mut patterns = mentions.patterns(&["aws:principalarn"]);
    let arns = principals.iter().filter_map(|one| if let Principal::Arn(arn) = one { Some(&arn[..]) } else { None });
    let (sessions, arns): (Vec<&str>, Vec<&str>) = arns.partition(|arn| arn.contains(":assumed-role/"));
    patterns.extend(arns.iter().map(|arn| Glob::new(arn)));
    let roles_of_sessions: Vec<String> = sessions.iter().filter_map(|session| role_of(session)).collect();
    patterns.extend(roles_of_sessions.iter().map(|role| Glob::text(role, false)));
    for account in accounts.all().chain(&ids) {
        let of = |form: &str| format!("arn:{}:iam::{account}:{form}", accounts.partition);
        let mut arns = Vec::new();
        for (form, filler) in [("role/?>", OTHER_ROLE), ("user/?>", OTHER_USER)] {
            let (found, all) = texts(&of(form), &patterns, filler);
            builder.complete &= all;
            arns.extend(found);
        }
        arns.push(of("root"));
        for organization in &organizations {
            for arn in &arns {
                builder.aws(account, arn, None, organization);
            }
            for (session, role) in sessions.iter().zip(&roles_of_sessions) {
                if account_of(session) == Some(account) {
                    builder.aws(account, role, Some(session), organization);
                }
            }
        }
    }
    // ARNs of other forms: origin access identities, partitions beside the first.
    for arn in arns.iter().filter(|arn| !arn.contains(['*', '?'])) {
        let account = account_of(arn).unwrap_or_default();
        for organization in &organizations {
            builder.aws(account, arn, None, organization);
        }
    }

    let named_services = principals.iter().filter_map(|one| match one {
        Principal::Service(name) => Some(name.clone()),
        _ => None,
    });
    let mut services: BTreeSet<String> = named_services.collect();
    let (by_key, all) = texts("?>", &mentions.patterns(&["aws:principalservicename"]), OTHER_SERVICE);
    builder.complete &= all;
    services.extend(by_key.into_iter().filter(|name| !name.is_empty()));
    services.insert(OTHER_SERVICE.to_owned());
    for name in services {
        builder.push(
            Caller::Service(name.clone()),
            &[("aws:principalisawsservice", "true"), ("aws:principalservicename", &name)],
        );
    }
    builder.push(Caller::Federated(OTHER_PROVIDER.to_owned()), &[]);
    let mut seen = BTreeSet::new();
    for principal in &principals {
        let caller = match principal {
            Principal::Federated(name) => Caller::Federated(name.clone()),
            Principal::CanonicalUser(id) => Caller::CanonicalUser(id.clone()),
            _ => continue,
        };
        if seen.insert(caller.clone()) {
            builder.push(caller, &[]);
        }
    }
    Axis::of_keys(&context::OF_CALLERS, builder.points, builder.complete)
}

struct CallerAxisBuilder {
    points: Vec<Point>,
    /// Callers of accounts that are there already, each with an organization and its place in it.
    seen: HashSet<(Caller, [Vec<String>; 2])>,
    complete: bool,
}

impl CallerAxisBuilder {
    fn push(&mut self, caller: Caller, values: &[(&str, &str)]) {
        let value_of = |key: &&str| {
            values.iter().filter(|(own, _)| own == key).map(|(_, value)| (*value).to_owned()).collect::<Vec<_>>()
        };
        let values = context::OF_CALLERS.iter().map(value_of).collect();
        self.points.push(Point { caller: Some(caller), values, ..Point::default() });
    }

    fn aws(&mut self, account: &str, arn: &str, session: Option<&str>, [id, paths]: &[Vec<String>; 2]) {
        let caller =
            Caller::Aws { account: account.to_owned(), arn: arn.to_owned(), session: session.map(str::to_owned) };
        if !self.seen.insert((caller.clone(), [id.clone(), paths.clone()])) {
            return;
        }
        let kind = if arn.ends_with(":root") {
            "Account"
        } else if arn.contains(":role/") {
            "AssumedRole"
        } else {
            "User"
        };
        let mut values = vec![
            ("aws:principalarn", arn),
            ("aws:principalaccount", account),
            ("aws:principaltype", kind),
            ("aws:principalisawsservice", "false"),
            ("kms:calleraccount", account),
        ];
        values.retain(|(_, value)| !value.is_empty());
        values.extend(id.iter().map(|id| ("aws:principalorgid", &id[..])));
        values.extend(paths.iter().map(|path| ("aws:principalorgpaths", &path[..])));
        self.push(caller, &values);
    }
}

/// `arn:aws:sts::1:assumed-role/R/s` -> `arn:aws:iam::1:role/R`
fn role_of(session: &str) -> Option<String> {
    let (before, rest) = session.split_once(":assumed-role/")?;
    let role = rest.split('/').next()?;
    Some(format!("{}:role/{role}", before.replacen(":sts:", ":iam:", 1)))
}

/// ARNs of the account, one for each class that the patterns tell apart.
fn arns_of(account: &str, patterns: &[Glob]) -> (Vec<String>, bool) {
    let form = format!("arn:*:*:*:{account}:?>");
    let other = format!("arn:aws:any-other:us-east-1:{account}:any-other");
    // The usual patterns fix the account; what they tell apart lies behind it.
    let is_usual = |pattern: &Glob| {
        let fixes_account = |text: &str| text.matches(':').count() >= 5;
        pattern.as_prefix().is_some_and(|(text, is_open)| !is_open || fixes_account(text))
    };
    if !patterns.iter().all(is_usual) || patterns.iter().any(|pattern| pattern.matches(&other)) {
        return texts(&form, patterns, "other");
    }
    let shape = Glob::shape(&form);
    let found = classes(&Glob::new("?*"), &patterns.iter().collect::<Vec<_>>(), "other");
    let arns = found.examples.into_iter().filter(|arn| shape.matches(arn)).chain([other]);
    (arns.collect(), found.complete)
}

/// The axis of sources.
pub(super) fn sources(mentions: &Mentions<'_>, known: &[&str]) -> Axis {
    let accounts = CallerAccounts::new(mentions, known);
    let mut complete = true;
    let mut owners: Vec<Vec<String>> = vec![Vec::new()];
    let mut ids: Vec<String> = accounts.all().cloned().collect();
    let (by_pattern, all) = texts("############", &mentions.patterns(&["aws:sourceaccount", "aws:sourceowner"]), "0");
    complete &= all;
    ids.extend(by_pattern);
    ids.sort();
    ids.dedup();
    if mentions.has("aws:sourceowner") {
        owners.extend(ids.iter().map(|id| vec![id.clone()]));
    }
    let mut pairs: Vec<[Vec<String>; 2]> = vec![[Vec::new(), Vec::new()]];
    let with_account = mentions.has("aws:sourceaccount");
    if with_account {
        pairs.extend(ids.iter().map(|id| [Vec::new(), vec![id.clone()]]));
    }
    if mentions.has("aws:sourcearn") {
        let patterns = mentions.patterns(&["aws:sourcearn"]);
        for account in ids.iter().map(String::as_str).chain([""]) {
            let (arns, all) = arns_of(account, &patterns);
            complete &= all;
            for arn in arns {
                pairs.push([vec![arn.clone()], Vec::new()]);
                if with_account {
                    let owners = ids.iter().filter(|id| account.is_empty() || *id == account);
                    pairs.extend(owners.map(|id| [vec![arn.clone()], vec![id.clone()]]));
                }
            }
        }
    }
    let (mut organizations, all) = organizations(mentions, "aws:sourceorgid", "aws:sourceorgpaths");
    // AWS does not promise that a service sends both.
    let halves: Vec<[Vec<String>; 2]> =
        organizations.iter().flat_map(|[id, paths]| [[id.clone(), Vec::new()], [Vec::new(), paths.clone()]]).collect();
    organizations.extend(halves);
    organizations.sort();
    organizations.dedup();
    complete &= all;
    let mut points = Vec::new();
    for [arn, account] in pairs {
        for owner in &owners {
            for [id, paths] in &organizations {
                let values = vec![arn.clone(), account.clone(), owner.clone(), id.clone(), paths.clone()];
                points.push(Point { values, ..Point::default() });
            }
        }
    }
    Axis::of_keys(&context::OF_SOURCES, points, complete)
}
