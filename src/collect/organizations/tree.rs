//! Where the account stands in its organization, and what else the organization holds.

use schemars::JsonSchema;
use serde::Serialize;

use super::asker::{Asker, Untold};
use super::operations::{LIST_ACCOUNTS, LIST_CHILDREN, LIST_DELEGATED_ADMINISTRATORS, LIST_PARENTS, LIST_ROOTS};

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Child {
    /// Twelve digits, or `ou-...`.
    id: String,
    /// `ACCOUNT` or `ORGANIZATIONAL_UNIT`.
    r#type: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Administrator {
    /// Twelve digits.
    id: String,
    name: Option<String>,
}

/// The root is the first that has no parent; AWS nests organizational units five deep.
const MOST_LEVELS: usize = 12;

impl Asker {
    /// The accounts and units directly below the root.
    pub(super) async fn root_children(&self) -> Result<Vec<Child>, Untold> {
        let mut children = Vec::new();
        for root in self.list(&LIST_ROOTS, [], "Roots").await? {
            for kind in ["ACCOUNT", "ORGANIZATIONAL_UNIT"] {
                let below = [("ParentId", root.id.as_str()), ("ChildType", kind)];
                let found = self.list(&LIST_CHILDREN, below, "Children").await?;
                children.extend(found.into_iter().map(|child| Child { id: child.id, r#type: kind.to_owned() }));
            }
        }
        children.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(children)
    }

    pub(super) async fn accounts(&self) -> Result<Vec<String>, Untold> {
        let listed = self.list(&LIST_ACCOUNTS, [], "Accounts").await?;
        let mut accounts: Vec<String> = listed.into_iter().map(|account| account.id).collect();
        accounts.sort();
        Ok(accounts)
    }

    /// From the account upward; an organizational unit has one parent.
    pub(super) async fn path(&self) -> Result<Vec<String>, Untold> {
        let mut path = vec![self.account.id().to_owned()];
        while let Some(last) = path.last().filter(|last| !last.starts_with("r-") && path.len() < MOST_LEVELS) {
            let parents = self.list(&LIST_PARENTS, [("ChildId", last.as_str())], "Parents").await?;
            path.push(parents.into_iter().next().ok_or(Untold::Unread)?.id);
        }
        Ok(path)
    }

    pub(super) async fn administrators(&self) -> Result<Vec<Administrator>, Untold> {
        let listed = self.list(&LIST_DELEGATED_ADMINISTRATORS, [], "DelegatedAdministrators").await?;
        Ok(listed.into_iter().map(|own| Administrator { name: own.text("Name"), id: own.id }).collect())
    }
}
