//! The keys, patterns, accounts and organizations that a set of statements mentions.

use std::collections::BTreeSet;

use super::classes::classes;
use super::condition::{KeyCondition, Operand};
use super::document::{Principal, Statement, account_of, is_account_id};
use super::examples::OTHER_ACCOUNT;
use super::glob::Glob;
use crate::model::ArnStart;

/// The statements, and what they say about each key.
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

/// Accounts that the statements name, for sure or in patterns, those that the question is about, and one that neither
/// has in mind.
pub(super) struct CallerAccounts {
    pub named: BTreeSet<String>,
    pub other: String,
    pub partition: String,
}

impl CallerAccounts {
    pub(super) fn new(mentions: &Mentions<'_>, known: &[&str]) -> Self {
        let principals = mentions.statements.iter().filter_map(|one| one.principals.as_ref());
        let principals: Vec<&Principal> = principals.flat_map(|scope| scope.listed()).collect();
        let mut named: BTreeSet<String> =
            principals.iter().filter_map(|principal| principal.account()).map(str::to_owned).collect();
        let values = mentions.statements.iter().flat_map(|one| &one.conditions).flat_map(|condition| &condition.values);
        named.extend(values.filter_map(|value| account_in(value)).map(str::to_owned));
        named.extend(known.iter().filter(|id| is_account_id(id)).map(|id| (*id).to_owned()));
        let numbered = (1..).map(|number| format!("{:012}", 900_000_000_000_u64 + number));
        let mut others = std::iter::once(OTHER_ACCOUNT.to_owned()).chain(numbered).take(named.len() + 1);
        let other = others.find(|id| !named.contains(id)).unwrap_or_default();
        let arns = principals.iter().filter_map(|principal| match principal {
            Principal::Arn(arn) | Principal::Federated(arn) => ArnStart::parse(arn)?.partition,
            _ => None,
        });
        let partition = arns.into_iter().find(|part| part.starts_with("aws")).unwrap_or("aws").to_owned();
        Self { named, other, partition }
    }

    /// The one that nothing has in mind first.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.other).chain(&self.named)
    }
}

/// An account id, or the account of an ARN or of a pattern of ARNs.
fn account_in(value: &str) -> Option<&str> {
    if is_account_id(value) { Some(value) } else { account_of(value) }
}
