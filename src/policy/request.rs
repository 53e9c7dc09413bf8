//! One concrete request, and what a statement says about it.

use std::collections::BTreeMap;

use super::condition::{Filling, filled_matches};
use super::document::{Effect, Principal, Statement, Subset};
use super::glob::Glob;
use crate::model::Truth;

/// The caller who makes a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Caller {
    /// An anonymous caller, whose request is not signed.
    Anonymous,
    /// A root, user or role of an account. `session` is set for a session of a role that policies name by itself.
    Aws { account: String, arn: String, session: Option<String> },
    /// An AWS service, such as `cloudtrail.amazonaws.com`.
    Service(String),
    /// Someone whom an identity provider vouches for.
    Federated(String),
    /// The owner of an S3 canonical user id.
    CanonicalUser(String),
    /// The bearer of the identity policies that are asked about.
    Bearer,
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AccessRequest {
    pub caller: Caller,
    pub action: String,
    pub resource: String,
    /// The condition keys; an empty list for a key that the request lacks.
    pub context: BTreeMap<String, Vec<String>>,
}

impl AccessRequest {
    /// Does the statement match the request, the values of policy variables included?
    pub(super) fn matched_by(&self, statement: &Statement) -> Truth {
        let fill = |key: &str| match self.context.get(key).map(Vec::as_slice) {
            None | Some([]) => Filling::Nothing,
            Some([one]) => Filling::Text(one.clone()),
            Some(_) => Filling::Open,
        };
        let conditions = statement.conditions.iter().map(|condition| {
            let values = self.context.get(&condition.key).map_or(&[][..], Vec::as_slice);
            condition.holds(values, &fill)
        });
        let action = self.action.to_ascii_lowercase();
        conditions.fold(
            concerns_caller(statement, &self.caller).and(concerns_action(statement, &action)).and(concerns_resource(
                statement,
                &self.resource,
                &fill,
            )),
            Truth::and,
        )
    }
}

/// Does the statement name the caller?
pub(super) fn concerns_caller(statement: &Statement, caller: &Caller) -> Truth {
    match &statement.principals {
        None if *caller == Caller::Bearer => Truth::True,
        // A resource policy must say whom it means.
        None => Truth::Unknown,
        Some(_) if *caller == Caller::Bearer => Truth::Unknown,
        Some(Subset::Only(named)) => Truth::from(named.iter().any(|principal| principal.is(caller))),
        Some(Subset::AllBut(spared)) if !spared.iter().any(|principal| principal.is(caller)) => Truth::True,
        // AWS: a Deny for all but one user may deny that user nevertheless, unless his account is spared by name, too.
        // <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
        Some(Subset::AllBut(spared)) => match caller {
            Caller::Aws { account, .. } if statement.effect == Effect::Deny => {
                let account_is_spared = spared.iter().any(|one| match one {
                    Principal::Anyone => true,
                    Principal::Account(own) => own == account,
                    _ => false,
                });
                if account_is_spared { Truth::False } else { Truth::Unknown }
            }
            _ => Truth::False,
        },
    }
}

impl Principal {
    fn is(&self, caller: &Caller) -> bool {
        match (self, caller) {
            (Self::Anyone, _) => true,
            (Self::Account(own), Caller::Aws { account, .. }) => own == account,
            (Self::Arn(own), Caller::Aws { arn, session, .. }) => {
                own == arn || session.as_ref() == Some(own) || own.contains(['*', '?']) && Glob::new(own).matches(arn)
            }
            (Self::Service(own), Caller::Service(name)) => own.eq_ignore_ascii_case(name),
            (Self::Federated(own), Caller::Federated(name)) => own == name,
            (Self::CanonicalUser(own), Caller::CanonicalUser(id)) => own == id,
            _ => false,
        }
    }
}

/// Does the statement name the action, given in lower case?
pub(super) fn concerns_action(statement: &Statement, action: &str) -> Truth {
    let listed = statement.actions.listed().iter().any(|pattern| pattern.matches(action));
    Truth::from(listed == matches!(statement.actions, Subset::Only(_)))
}

/// Does the statement name the resource?
pub(super) fn concerns_resource(statement: &Statement, resource: &str, fill: &dyn Fn(&str) -> Filling) -> Truth {
    let Some(scope) = &statement.resources else { return Truth::True };
    let listed = scope.listed().iter().fold(Truth::False, |so_far, pattern| {
        so_far.or(match pattern.has_variables() {
            true => filled_matches(pattern, resource, fill),
            false => Truth::from(pattern.matches(resource)),
        })
    });
    if matches!(scope, Subset::Only(_)) { listed } else { !listed }
}
