//! Asks who outside the known accounts and organizations gets in by a resource policy.

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::document::{account_of, ask, is_account_id, is_fixed};
use super::examples::{OTHER_PROVIDER, OTHER_SERVICE};
use super::networks;
use super::public::organization_of_path;
use super::request::Caller;
use super::space::{Askers, Goal, Space};
use super::targets;
use crate::model::{Truth, Witness};
use serde_json::Value;

/// Does everything that the policy allows go to callers that are known?
///
/// Known are the accounts and organizations of [`Known`], and AWS services whose source is tied to those by
/// `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID` or `aws:SourceOrgPaths`. Unknown where a caller's account
/// cannot be told from its name (canonical user ids, origin access identities), and where an account that the policy
/// names may be known. Without a policy: true.
pub fn grants_only_to_known(policy: &Value, known: &Known<'_>) -> PolicyAnswer {
    only_known(policy, known, &|_| true, None, &|_| Some(0))
}

/// Does everything that the policy allows to a principal of some account go to accounts that are known?
///
/// Like [`grants_only_to_known`], save that AWS services do not count as accounts, so that their source may be open.
/// Without a policy: true.
pub fn grants_only_to_known_accounts(policy: &Value, known: &Known<'_>) -> PolicyAnswer {
    only_known(policy, known, &|caller| !matches!(caller, Caller::Service(_)), None, &|_| Some(0))
}

/// Do AWS services get in only on behalf of known accounts and organizations?
///
/// A service that a policy names without a source acts for any customer of AWS who asks it to: the confused deputy.
/// Other callers are not asked about. Without a policy: true.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>.
pub fn services_act_for_known(policy: &Value, known: &Known<'_>) -> PolicyAnswer {
    only_known(policy, known, &|caller| matches!(caller, Caller::Service(_)), None, &|_| Some(0))
}

/// Is the account, given by its id or by the ARN of something in it, one that is known?
///
/// A name for everyone (`*`, `all`) is not known. The answer is unknown for a name that holds no account.
pub fn is_known_account(principal: &str, known: &Known<'_>) -> PolicyAnswer {
    if ["*", "all"].contains(&principal) {
        return Truth::False.into();
    }
    let account = if is_account_id(principal) { Some(principal) } else { account_of(principal) };
    match account {
        Some(account) => known.explained(PolicyAnswer::from(known.account(account, true))),
        None => PolicyAnswer::unclear(format!("of `{principal}` the account cannot be told")),
    }
}

/// Does what the policy allows to such callers go to known ones only? `service` and `picks` say which actions are
/// meant.
pub(super) fn only_known(
    policy: &Value,
    known: &Known<'_>,
    who: &dyn Fn(&Caller) -> bool,
    service: Option<&str>,
    picks: &targets::Picks<'_>,
) -> PolicyAnswer {
    ask(policy, Truth::True, |document| {
        let documents = [document];
        let accounts = known.accounts();
        let asking = Askers::Everyone { known: &accounts };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, service, picks));
        let filter = |axis: &Axis, point: &Point| match &point.caller {
            Some(caller) if !who(caller) => Truth::False,
            _ => !known.knows(&space, axis, point),
        };
        let answer = known.explained(!PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &filter)));
        if answer.truth == Truth::True || !networks::are_mentioned(&space.mentions) {
            return answer;
        }
        unless_by_endpoint(&space, known, &filter, answer)
    })
}

/// The answer where the policy looks at the endpoint or VPC that a request comes by. It stands if a caller that the
/// policy names gets in. Otherwise it is unknown, because anyone may come through an endpoint that the policy names.
fn unless_by_endpoint(
    space: &Space<'_>,
    known: &Known<'_>,
    filter: &dyn Fn(&Axis, &Point) -> Truth,
    answer: PolicyAnswer,
) -> PolicyAnswer {
    let is_named = |caller: &Caller| match caller {
        Caller::Aws { account, .. } => *account != space.other_account,
        Caller::Service(name) => name != OTHER_SERVICE,
        Caller::Federated(name) => name != OTHER_PROVIDER,
        Caller::CanonicalUser(_) => true,
        Caller::Anonymous | Caller::Bearer => false,
    };
    let of_named = |axis: &Axis, point: &Point| match &point.caller {
        Some(caller) if !is_named(caller) => Truth::False,
        _ => filter(axis, point),
    };
    if space.exists(Goal::Allowed, &of_named).exists == Truth::True {
        return answer;
    }
    let by_others = |axis: &Axis, point: &Point| {
        filter(axis, point).and(!networks::knows(&space.mentions, axis, point, known.trusted))
    };
    let mut answer = known.explained(!PolicyAnswer::exists(space, space.exists(Goal::Allowed, &by_others)));
    if answer.truth == Truth::Unknown {
        answer.notes.push(networks::doubt(&space.mentions));
    }
    answer
}

/// Accounts and organizations that are not strangers: the own account, those that the user trusts, and those that AWS
/// names in the own organization.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    account: &'a str,
    trusted: &'a [&'a str],
    own: Own<'a>,
}

/// The organization that the own account is in, as AWS tells it.
#[derive(Debug, Clone)]
pub enum Own<'a> {
    /// It was not read.
    NotRead,
    /// The account stands alone.
    Alone,
    /// The account is in this organization.
    Organization {
        /// Such as `o-exampleorgid`.
        id: &'a str,
        /// The account that manages it.
        management: &'a str,
        /// All its accounts.
        accounts: OrganizationAccounts<'a>,
    },
}

/// The accounts of an organization.
#[derive(Debug, Clone)]
pub enum OrganizationAccounts<'a> {
    /// They were not read.
    NotRead,
    /// AWS tells them to the management account and to delegated administrators only.
    NotTold,
    /// These.
    Listed(Vec<&'a str>),
}

impl<'a> Known<'a> {
    /// The own account and trusted accounts (twelve digits) and organizations (`o-...`).
    pub fn new(account: &'a str, trusted: &'a [&'a str], own: Own<'a>) -> Self {
        Self { account, trusted, own }
    }

    /// The same, of an account that is in no organization.
    pub fn alone(account: &'a str, trusted: &'a [&'a str]) -> Self {
        Self::new(account, trusted, Own::Alone)
    }

    /// The accounts that are told apart even if no statement does: not the members of the organization, which may be
    /// thousands, and of which those count that a statement names.
    pub(super) fn accounts(&self) -> Vec<&'a str> {
        let management = match self.own {
            Own::Organization { management, .. } => Some(management),
            _ => None,
        };
        let all = std::iter::once(self.account).chain(self.trusted.iter().copied()).chain(management);
        all.filter(|id| is_account_id(id)).collect()
    }

    /// Is the account known? `is_named` says that the policy means this one; otherwise it stands for all that the
    /// policy does not tell apart from it, among which there are strangers.
    pub(super) fn account(&self, id: &str, is_named: bool) -> Truth {
        let is_own = match &self.own {
            Own::Organization { management, accounts, .. } => {
                *management == id || matches!(accounts, OrganizationAccounts::Listed(all) if all.contains(&id))
            }
            _ => false,
        };
        match is_account_id(id) && (id == self.account || is_own || self.trusted.contains(&id)) {
            true => Truth::True,
            false if is_named && self.doubt().is_some() => Truth::Unknown,
            false => Truth::False,
        }
    }

    /// Is the organization known? `is_named` as for an account.
    fn organization(&self, id: &str, is_named: bool) -> Truth {
        let is_own = matches!(self.own, Own::Organization { id: own, .. } if own == id);
        match id.starts_with("o-") && (is_own || self.trusted.contains(&id)) {
            true => Truth::True,
            false if is_named && matches!(self.own, Own::NotRead) => Truth::Unknown,
            false => Truth::False,
        }
    }

    /// The reason why an account that is not known may be one of those that are.
    fn doubt(&self) -> Option<String> {
        let told = match &self.own {
            Own::NotRead => return Some("which organization the account is in was not read".to_owned()),
            Own::Organization { accounts: OrganizationAccounts::NotRead, .. } => {
                return Some("the accounts of the own organization were not read".to_owned());
            }
            Own::Organization { id, accounts: OrganizationAccounts::Listed(_), .. } => Some(*id),
            Own::Organization { accounts: OrganizationAccounts::NotTold, .. } | Own::Alone => None,
        };
        let untold = self.trusted.iter().find(|id| id.starts_with("o-") && told != Some(id))?;
        Some(format!("{untold} is trusted, and AWS does not tell here which accounts it has"))
    }

    /// Says why the answer is unknown, and what a stranger may be after all.
    pub(super) fn explained(&self, mut answer: PolicyAnswer) -> PolicyAnswer {
        if answer.truth == Truth::Unknown {
            answer.notes.extend(self.doubt());
        }
        if let Own::Organization { id, accounts: OrganizationAccounts::NotTold, .. } = self.own {
            let of_an_account = |witness: &&mut Witness| account_of(&witness.principal).is_some();
            for witness in answer.witnesses.iter_mut().filter(of_an_account) {
                witness.text.push_str(&format!(" (AWS does not tell this account whether {id} is its organization)"));
            }
        }
        answer
    }

    /// Does the point say that the request comes from someone known?
    pub(super) fn knows(&self, space: &Space<'_>, axis: &Axis, point: &Point) -> Truth {
        let value = |key: &str| axis.value(point, key).and_then(|values| values.first()).map(String::as_str);
        let account = |id: &str| self.account(id, space.named_accounts.contains(id));
        let of_arn = |arn: &str| account_of(arn).map_or(Truth::False, account);
        let is_named = |key: &str, value: &str| space.mentions.lists(key, value, |_, written| is_fixed(written));
        let organization = |key: &str| {
            value(key).map_or(Truth::False, |own| {
                let id = if key.ends_with("paths") { organization_of_path(own) } else { Some(own) };
                id.map_or(Truth::False, |id| self.organization(id, is_named(key, own)))
            })
        };
        let keys = ["aws:principalorgid", "aws:sourceorgid", "aws:principalorgpaths", "aws:sourceorgpaths"];
        let by_organization = keys.into_iter().map(organization).fold(Truth::False, Truth::or);
        if by_organization == Truth::True {
            return Truth::True;
        }
        let by_itself = match &point.caller {
            Some(Caller::Aws { account: own, .. }) if !own.is_empty() => account(own),
            // The name of an origin access identity, like a canonical id, does not say whose it is.
            Some(Caller::Aws { .. } | Caller::CanonicalUser(_)) => Truth::Unknown,
            Some(Caller::Federated(name)) => of_arn(name),
            Some(_) => Truth::False,
            None => {
                let keys = ["aws:sourceaccount", "aws:sourceowner", "s3:dataaccesspointaccount"];
                let by_account = keys.into_iter().filter_map(value).map(account).fold(Truth::False, Truth::or);
                by_account.or(match ["aws:sourcearn", "s3:dataaccesspointarn"].into_iter().find_map(value) {
                    _ if by_account == Truth::True => Truth::True,
                    // The ARN of a bucket holds no account: whose it is cannot be told.
                    Some(arn) if arn.contains(":s3:::") => Truth::Unknown,
                    Some(arn) => of_arn(arn),
                    // A stranger, or an axis that says nothing about who asks.
                    None => Truth::False,
                })
            }
        };
        by_organization.or(by_itself)
    }
}
