//! Who outside the known accounts and organizations gets in by a resource policy.

use super::answer::Answer;
use super::callers::{OTHER_PROVIDER, OTHER_SERVICE};
use super::document::{account_of, ask, is_account_id};
use super::networks;
use super::public::organization_of_path;
use super::request::Caller;
use super::space::{Asking, Goal, Space};
use super::targets;
use super::universe::{Axis, Point};
use crate::model::Truth;
use serde_json::Value;

/// Does everything that the policy allows go to callers that are known?
///
/// Known are the own `account`, the accounts and organizations (`o-...`) in `trusted`, and AWS services whose source is tied
/// to those by `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID` or `aws:SourceOrgPaths`. Unknown where a caller's
/// account cannot be told from its name (canonical user ids, origin access identities). Without a policy: true.
pub fn grants_only_to_known(policy: &Value, account: &str, trusted: &[&str]) -> Answer {
    only_known(policy, &Known { account, trusted }, &|_| true)
}

/// Does everything that the policy allows to a principal of some account go to accounts that are known?
///
/// Like [`grants_only_to_known`], save that AWS services are no accounts: whether their source is tied is not asked.
/// Without a policy: true.
pub fn grants_only_to_known_accounts(policy: &Value, account: &str, trusted: &[&str]) -> Answer {
    only_known(policy, &Known { account, trusted }, &|caller| !matches!(caller, Caller::Service(_)))
}

/// Do AWS services get in only on behalf of known accounts and organizations?
///
/// A service that a policy names without a source acts for any customer of AWS who asks it to: the confused deputy. Other
/// callers are not asked about. Without a policy: true.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>.
pub fn services_act_for_known(policy: &Value, account: &str, trusted: &[&str]) -> Answer {
    only_known(policy, &Known { account, trusted }, &|caller| matches!(caller, Caller::Service(_)))
}

fn only_known(policy: &Value, known: &Known<'_>, who: &dyn Fn(&Caller) -> bool) -> Answer {
    ask(policy, Truth::True, |document| {
        let documents = [document];
        let accounts = known.accounts();
        let asking = Asking::Everyone { known: &accounts };
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, None, &|_| Some(0)));
        let filter = |axis: &Axis, point: &Point| match &point.caller {
            Some(caller) if !who(caller) => Truth::False,
            _ => !known.knows(axis, point),
        };
        let answer = !Answer::exists(&space, space.exists(Goal::Allowed, &filter));
        if answer.truth == Truth::True || !networks::are_mentioned(&space.mentions) {
            return answer;
        }
        unless_by_endpoint(&space, known, &filter, answer)
    })
}

/// The answer where the policy looks at the endpoint or VPC that a request comes by. It stands if somebody whom the policy
/// names gets in; of the others it is not known who comes through an endpoint that the policy names.
fn unless_by_endpoint(
    space: &Space<'_>,
    known: &Known<'_>,
    filter: &dyn Fn(&Axis, &Point) -> Truth,
    answer: Answer,
) -> Answer {
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
    let mut answer = !Answer::exists(space, space.exists(Goal::Allowed, &by_others));
    if answer.truth == Truth::Unknown {
        answer.notes.push(networks::doubt(&space.mentions));
    }
    answer
}

/// Accounts and organizations that the user knows.
pub(super) struct Known<'a> {
    pub account: &'a str,
    pub trusted: &'a [&'a str],
}

impl<'a> Known<'a> {
    pub(super) fn accounts(&self) -> Vec<&'a str> {
        std::iter::once(self.account).chain(self.trusted.iter().copied()).filter(|id| is_account_id(id)).collect()
    }

    pub(super) fn account(&self, id: &str) -> bool {
        is_account_id(id) && (id == self.account || self.trusted.contains(&id))
    }

    fn organization(&self, id: &str) -> bool {
        id.starts_with("o-") && self.trusted.contains(&id)
    }

    /// Does the point say that the request comes from someone known?
    pub(super) fn knows(&self, axis: &Axis, point: &Point) -> Truth {
        let value = |key: &str| axis.value(point, key).and_then(|values| values.first()).map(String::as_str);
        let by_organization = ["aws:principalorgid", "aws:sourceorgid"]
            .iter()
            .any(|key| value(key).is_some_and(|id| self.organization(id)))
            || ["aws:principalorgpaths", "aws:sourceorgpaths"]
                .iter()
                .any(|key| value(key).and_then(organization_of_path).is_some_and(|id| self.organization(id)));
        if by_organization {
            return Truth::True;
        }
        match &point.caller {
            Some(Caller::Aws { account, .. }) if !account.is_empty() => return Truth::from(self.account(account)),
            // The name of an origin access identity, like a canonical id, does not say whose it is.
            Some(Caller::Aws { .. } | Caller::CanonicalUser(_)) => return Truth::Unknown,
            Some(Caller::Federated(name)) => return Truth::from(account_of(name).is_some_and(|id| self.account(id))),
            Some(_) => return Truth::False,
            None => {}
        }
        let by_account = ["aws:sourceaccount", "aws:sourceowner", "s3:dataaccesspointaccount"]
            .iter()
            .any(|key| value(key).is_some_and(|account| self.account(account)));
        match ["aws:sourcearn", "s3:dataaccesspointarn"].iter().find_map(|key| value(key)) {
            _ if by_account => Truth::True,
            // The ARN of a bucket holds no account: whose it is cannot be told.
            Some(arn) if arn.contains(":s3:::") => Truth::Unknown,
            Some(arn) => Truth::from(account_of(arn).is_some_and(|account| self.account(account))),
            // A stranger, or an axis that says nothing about who asks.
            None => Truth::False,
        }
    }
}
