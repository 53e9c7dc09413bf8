//! Runs the functions that a condition calls, and shows them what they look for.

use serde_json::Value;

use super::evaluate::Evaluator;
use super::node::Node;
use crate::model::{Resource, Truth};
use crate::policy::{OrganizationAccounts, Own, PolicyAnswer};
use crate::rule::fault::EvaluationFault;
use crate::rule::functions::{Function, Implementation, Look};
use crate::rule::inventory::IN_PHI_SCOPE;
use crate::rule::value::Val;

/// The kind of the account, and its facts that tell its organization and the accounts of that.
pub(in crate::rule) const ACCOUNT: &str = "AWS::Account";
pub(in crate::rule) const OF_ORGANIZATION: [&str; 2] = ["Organization", "OrganizationAccounts"];

impl<'v> Evaluator<'v, '_> {
    /// Every argument is evaluated even when one is not known, so that evidence names all that is missing.
    pub fn call(&mut self, function: &'static Function, args: &'v [Node]) -> Result<Val<'v>, EvaluationFault> {
        match args {
            [a] => {
                let args = [self.argument(a)?];
                self.run(function, &args)
            }
            [a, b] => {
                let args = [self.argument(a)?, self.argument(b)?];
                self.run(function, &args)
            }
            [a, b, c] => {
                let args = [self.argument(a)?, self.argument(b)?, self.argument(c)?];
                self.run(function, &args)
            }
            more => {
                let args = more.iter().map(|arg| self.argument(arg)).collect::<Result<Vec<_>, _>>()?;
                self.run(function, &args)
            }
        }
    }

    fn argument(&mut self, arg: &'v Node) -> Result<Val<'v>, EvaluationFault> {
        self.value(arg).map(Val::plain)
    }

    fn run(&mut self, function: &'static Function, args: &[Val<'v>]) -> Result<Val<'v>, EvaluationFault> {
        if args.iter().any(Val::is_unknown) {
            return Ok(Val::Unknown);
        }
        match function.implementation {
            Implementation::Pure(run) => run(args),
            Implementation::AtTime(run) => run(args, self.context.now),
            Implementation::Asks(ask) => Ok(self.answered(args, ask(args)?)),
            Implementation::AsksOfKnown(ask) => {
                let mut answer = ask(args, &Own::Alone)?;
                if answer.truth != Truth::True {
                    let own = self.own_organization();
                    answer = ask(args, &own)?;
                }
                Ok(self.answered(args, answer))
            }
            Implementation::Looks(look) => {
                let seen = look(args, self)?;
                if seen.val.is_unknown() {
                    let (truth, witnesses) = (Truth::Unknown, Vec::new());
                    self.trace.answer(PolicyAnswer { truth, witnesses, notes: seen.doubts });
                }
                Ok(seen.val)
            }
            Implementation::Special => Ok(Val::Unknown),
        }
    }

    fn answered(&mut self, args: &[Val<'v>], answer: PolicyAnswer) -> Val<'v> {
        let truth = answer.truth;
        if truth == Truth::Unknown {
            let open = |arg: &Val<'v>| arg.own_elements().and_then(|elements| elements.open());
            args.iter().filter_map(open).for_each(|kind| self.trace.population(kind));
        }
        self.trace.answer(answer);
        truth.into()
    }

    /// Reads what AWS says of the organization that the account is in.
    fn own_organization(&mut self) -> Own<'v> {
        let (inventory, id) = (self.context.inventory, self.context.account);
        let Some(account) = inventory.lookup(ACCOUNT, "AccountId", &Value::from(id)) else {
            self.trace.lookup(ACCOUNT, "AccountId", Value::from(id));
            return Own::NotRead;
        };
        let owner = (!std::ptr::eq(account, self.context.resource)).then_some(account);
        let mut fact = |name: &str| {
            let value = account.fact(name);
            self.trace.read(owner, name.to_owned(), value, true);
            value
        };
        let organization = match fact(OF_ORGANIZATION[0]) {
            None => return Own::NotRead,
            Some(Value::Null) => return Own::Alone,
            Some(organization) => organization,
        };
        let part = |name: &str| organization.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, management) = (part("Id"), part("ManagementAccountId"));
        let listed =
            |accounts: &'v [Value]| OrganizationAccounts::Listed(accounts.iter().filter_map(Value::as_str).collect());
        let accounts = match fact(OF_ORGANIZATION[1]) {
            Some(Value::Array(accounts)) => listed(accounts),
            told => match self.listed_by_management(id, management) {
                Some(accounts) => listed(accounts),
                None if told == Some(&Value::Null) => OrganizationAccounts::NotTold,
                None => OrganizationAccounts::NotRead,
            },
        };
        Own::Organization { id, management, accounts }
    }

    /// The accounts of the organization as its management account lists them, where that one was read in the same run.
    fn listed_by_management(&mut self, organization: &str, management: &str) -> Option<&'v [Value]> {
        let account = self.context.inventory.lookup(ACCOUNT, "AccountId", &Value::from(management))?;
        let accounts = account.fact(OF_ORGANIZATION[1]).filter(|accounts| accounts.is_array())?;
        let its = account.fact(OF_ORGANIZATION[0])?.get("Id")?.as_str()?;
        if its != organization {
            return None;
        }
        self.trace.read(Some(account), OF_ORGANIZATION[1].to_owned(), Some(accounts), true);
        accounts.as_array().map(Vec::as_slice)
    }

    pub fn in_phi_scope(&mut self, resource: &'v Resource) -> Val<'v> {
        let is_judged = std::ptr::eq(resource, self.context.resource);
        let in_scope =
            if is_judged { self.context.in_phi_scope } else { self.context.inventory.is_in_phi_scope(resource) };
        if self.trace.is_on() {
            let owner = (!is_judged).then_some(resource);
            self.trace.read(owner, IN_PHI_SCOPE.to_owned(), in_scope.map(Value::Bool).as_ref(), true);
        }
        in_scope.map_or(Val::Unknown, Val::Bool)
    }
}

impl<'v> Look<'v> for Evaluator<'v, '_> {
    fn fact(&mut self, of: &'v Resource, name: &'static str) -> Option<&'v Value> {
        let teller = self.context.inventory.teller(of, name);
        let value = teller.fact(name);
        if self.trace.is_on() {
            let owner = (!std::ptr::eq(teller, self.context.resource)).then_some(teller);
            self.trace.read(owner, name.to_owned(), value, true);
        }
        value
    }

    fn now(&self) -> jiff::Timestamp {
        self.context.now
    }
}
