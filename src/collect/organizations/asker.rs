//! Lists of the organization that AWS tells to some accounts only.

use crate::aws::wire::object;
use crate::aws::{Item, Operation, ResourceReader, ServiceReader};
use crate::model::Fact;

/// Asks for one account.
pub(super) struct Asker {
    pub service: ServiceReader,
    pub account: ResourceReader,
    /// Another account manages the organization. A refusal is then expected, although the account may be a delegated
    /// administrator.
    pub is_member: bool,
}

/// Why a list gives no fact of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untold {
    /// AWS does not tell it this account.
    ToThisAccount,
    /// It was not read.
    Unread,
}

impl Asker {
    /// The items of a list that AWS may keep from this account.
    pub async fn list(
        &self,
        operation: &'static Operation,
        members: impl IntoIterator<Item = (&'static str, &str)>,
        items: &str,
    ) -> Result<Vec<Item>, Untold> {
        let listing = self.service.list_if_told(operation, self.is_member, object(members), (items, "Id")).await;
        match listing.ok_or(Untold::ToThisAccount)?.whole() {
            Fact::Known(items) => Ok(items),
            Fact::Unknown => Err(Untold::Unread),
        }
    }
}

/// A fact that is null where AWS does not tell it this account.
pub(super) fn told<T>(read: Result<T, Untold>) -> Fact<Option<T>> {
    match read {
        Ok(value) => Fact::Known(Some(value)),
        Err(Untold::ToThisAccount) => Fact::Known(None),
        Err(Untold::Unread) => Fact::Unknown,
    }
}
