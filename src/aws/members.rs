//! The accounts of an organization, and where each stands in it.
//!
//! Read from the roots downward, so that every account comes with its organizational unit and no account is asked about
//! on its own. Only the management account and delegated administrators may ask. A list that breaks off leaves a gap:
//! the accounts below it are then unknown, which a result over the organization must say. E-mail addresses are not
//! kept.
//!
//! Source: <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html>.

use std::collections::VecDeque;

use super::connect::{self, Live, Purpose};
use super::operation::{Operation, Plan, Yield};
use super::service_reader::{Item, ServiceReader};
use super::wire::{Object, object};
use crate::model::{AccountId, CallRecord, Gap, GapClass};
use crate::{Error, Result};

/// The population that these calls tell; no rule judges it.
pub const MEMBER: &str = "AWS::Organizations::Account";

const SERVICE: &str = "organizations";

const fn operation(name: &'static str, iam_actions: &'static [&'static str]) -> Operation {
    Operation { service: SERVICE, name, iam_actions, yields: &[Yield::Population(MEMBER)] }
}

const LIST_ROOTS: Operation = operation("ListRoots", &["organizations:ListRoots"]);
const LIST_UNITS: Operation =
    operation("ListOrganizationalUnitsForParent", &["organizations:ListOrganizationalUnitsForParent"]);
const LIST_ACCOUNTS: Operation = operation("ListAccountsForParent", &["organizations:ListAccountsForParent"]);

/// The operations with which the accounts of an organization are listed, in addition to those that read an account.
pub fn member_operations() -> &'static [&'static Operation] {
    &[&LIST_ROOTS, &LIST_UNITS, &LIST_ACCOUNTS]
}

/// One account of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Twelve digits.
    pub account: AccountId,
    /// The name that the organization gave it.
    pub name: Option<String>,
    /// The names of the organizational units from the root down: `/Workloads/Production`; `/` directly below the root.
    pub organizational_unit: String,
    /// AWS's word for the state of an account that is not active, such as `SUSPENDED`.
    pub inactive: Option<String>,
}

/// The accounts of an organization, as far as they could be listed.
#[derive(Debug)]
pub struct Members {
    /// The account that asked.
    pub caller: AccountId,
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: String,
    /// Sorted by account.
    pub accounts: Vec<Member>,
    /// The lists that could not be read.
    pub gaps: Vec<Gap>,
    /// The calls that were made.
    pub calls: Vec<CallRecord>,
}

/// Lists the accounts of the organization.
///
/// # Errors
/// If no account can be listed: every organization has one at least.
pub async fn members(live: &Live) -> Result<Members> {
    let plan = Plan::new([MEMBER.to_owned()], []);
    let session = connect::open(live, Purpose { plan, ..Purpose::default() }).await?;
    let service = ServiceReader::new(session.global(), SERVICE);
    let mut tree = Tree { service, accounts: Vec::new(), open: VecDeque::new() };
    if !tree.roots().await {
        return Err(none_listed(&session.take().1));
    }
    while let Some((parent, path)) = tree.open.pop_front() {
        tree.below(&parent, &path).await;
    }
    tree.accounts.sort_by_key(|a| a.account);
    let (_, gaps) = session.take();
    if tree.accounts.is_empty() {
        return Err(none_listed(&gaps));
    }
    let (calls, _) = session.line().ledger().take();
    Ok(Members {
        caller: *session.account(),
        partition: session.partition().to_owned(),
        accounts: tree.accounts,
        gaps,
        calls,
    })
}

struct Tree {
    service: ServiceReader,
    accounts: Vec<Member>,
    /// Roots and units whose contents were not listed yet, with their paths.
    open: VecDeque<(String, String)>,
}

impl Tree {
    /// Whether the roots are known.
    async fn roots(&mut self) -> bool {
        let listing = self.service.list(&LIST_ROOTS, None, Object::new(), ("Roots", "Id")).await;
        self.open.extend(listing.items.into_iter().map(|root| (root.id, "/".to_owned())));
        listing.complete
    }

    async fn below(&mut self, parent: &str, path: &str) {
        let input = || object([("ParentId", parent)]);
        let (units, accounts) = tokio::join!(
            self.service.list(&LIST_UNITS, None, input(), ("OrganizationalUnits", "Id")),
            self.service.list(&LIST_ACCOUNTS, None, input(), ("Accounts", "Id"))
        );
        self.open.extend(units.items.into_iter().map(|unit| {
            let name = unit.text("Name").unwrap_or_else(|| unit.id.clone());
            (unit.id, format!("{}/{name}", path.trim_end_matches('/')))
        }));
        for account in accounts.items {
            match account.id.parse() {
                Ok(id) => self.accounts.push(member(id, &account, path)),
                Err(message) => self.service.site().malformed_list(MEMBER, &LIST_ACCOUNTS, message),
            }
        }
    }
}

/// AWS tells the state of an account in `State`; `Status` is what it told before, and what older endpoints answer.
fn member(id: AccountId, account: &Item, path: &str) -> Member {
    let state = account.text("State").or_else(|| account.text("Status"));
    Member {
        name: account.text("Name"),
        organizational_unit: path.to_owned(),
        inactive: state.filter(|state| state != "ACTIVE"),
        account: id,
    }
}

fn none_listed(gaps: &[Gap]) -> Error {
    let in_words = |gap: &Gap| format!("organizations:{}: {}: {}", gap.operation, gap.code, gap.message);
    let why = gaps.first().map_or("AWS listed none".to_owned(), in_words);
    let message = format!("could not list the accounts of the organization ({why})");
    let help = match gaps.first().map(|gap| gap.class) {
        Some(GapClass::Denied | GapClass::DeniedByOrganization) => {
            "run it in the management account or a delegated administrator account with organizations:ListRoots, \
             organizations:ListOrganizationalUnitsForParent and organizations:ListAccountsForParent, or name the accounts \
             in a file (--accounts)"
        }
        _ => {
            "run it in the management account or a delegated administrator account of the organization, or name the \
             accounts in a file (--accounts)"
        }
    };
    Error::failed(message).help(help)
}
