//! Service and resource control policies, and which of them bind the account.

use futures_util::future::join_all;
use serde_json::Value;

use super::asker::{Asker, Untold};
use super::operations::{DESCRIBE_POLICY, LIST_POLICIES, LIST_TARGETS_FOR_POLICY, POLICY};
use crate::aws::wire::object;
use crate::aws::{Item, ResourceReader};
use crate::collect::facts::facts;
use crate::model::{Fact, PolicyDocument};

facts! {
    /// Facts of `AWS::Organizations::Policy`: the service and resource control policies, of the types that the account is told.
    pub(super) struct Policy;

    later {
        Id: String;
        Arn: Option<String>;
        Name: Option<String>;
        /// `SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`.
        Type: Option<String>;
        /// Whether AWS wrote it.
        AwsManaged: bool;
        Content: PolicyDocument;
        /// What it is attached to: the root (`r-...`), organizational units (`ou-...`) and accounts (twelve digits).
        TargetIds: Vec<String>;
    }
}

/// A resource control policy: what it is attached to, and what it says.
pub(super) type Control = (Fact<Vec<String>>, Fact<PolicyDocument>);

const RESOURCE_CONTROL: &str = "RESOURCE_CONTROL_POLICY";

impl Asker {
    /// The types that AWS tells the account, and the resource control policies of the organization.
    pub(super) async fn policies(&self) -> (Fact<Vec<String>>, Result<Vec<Control>, Untold>) {
        let (mut types, mut all_types) = (Vec::new(), true);
        let mut controls = Err(Untold::ToThisAccount);
        for kind in ["SERVICE_CONTROL_POLICY", RESOURCE_CONTROL] {
            let input = object([("Filter", kind)]);
            let items = ("Policies", "Id");
            let Some(listing) = self.service.list_if_told(&LIST_POLICIES, self.is_member, input, items).await else {
                continue;
            };
            types.push(kind.to_owned());
            all_types &= listing.complete;
            let read = join_all(listing.items.into_iter().map(|item| self.policy(item))).await;
            if kind == RESOURCE_CONTROL {
                let read = read.into_iter().flatten().collect();
                controls = if listing.complete { Ok(read) } else { Err(Untold::Unread) };
            }
        }
        (if all_types { Fact::Known(types) } else { Fact::Unknown }, controls)
    }

    /// Reads one policy; `None` if it is gone, or was listed before.
    async fn policy(&self, listed: Item) -> Option<Control> {
        let id = ("Id", Some(listed.id.as_str()));
        let policy = self.service.site().listed(POLICY, &LIST_POLICIES, id, &["PolicyNotFoundException"])?;
        let (content, target_ids) = tokio::join!(self.content(&policy), self.targets(&policy));
        let control = (target_ids.clone(), content.clone());
        let arn = listed.text("Arn");
        let facts = Policy {
            Arn: Fact::Known(arn.clone()),
            Name: Fact::Known(listed.text("Name")),
            Type: Fact::Known(listed.text("Type")),
            // The service's model has it false where AWS leaves it out.
            AwsManaged: Fact::Known(listed.members["AwsManaged"].as_bool().unwrap_or_default()),
            Id: Fact::Known(listed.id),
            Content: content,
            TargetIds: target_ids,
        };
        policy.emit(arn, &facts);
        (!policy.is_gone()).then_some(control)
    }

    async fn content(&self, policy: &ResourceReader) -> Fact<PolicyDocument> {
        let input = object([("PolicyId", policy.id())]);
        let read = |answer: Option<Value>| {
            let content = answer.as_ref().and_then(|answer| answer["Policy"]["Content"].as_str());
            PolicyDocument::parse(content.ok_or("AWS gave no policy text")?)
        };
        self.service.fact(policy, &DESCRIBE_POLICY, &[], input, read).await
    }

    async fn targets(&self, policy: &ResourceReader) -> Fact<Vec<String>> {
        let input = object([("PolicyId", policy.id())]);
        let listing = self.service.list(&LIST_TARGETS_FOR_POLICY, Some(policy), input, ("Targets", "TargetId")).await;
        listing.whole().map(|targets| {
            let mut ids: Vec<String> = targets.into_iter().map(|target| target.id).collect();
            ids.sort();
            ids
        })
    }
}

/// The policies that bind what lies at the path. If AWS keeps path or policies from the account, it keeps these, too.
pub(super) fn in_force(
    path: &Result<Vec<String>, Untold>,
    controls: Result<Vec<Control>, Untold>,
) -> Result<Vec<PolicyDocument>, Untold> {
    let (path, controls) = match (path, controls) {
        (Ok(path), Ok(controls)) => (path, controls),
        (Err(Untold::ToThisAccount), _) | (_, Err(Untold::ToThisAccount)) => return Err(Untold::ToThisAccount),
        _ => return Err(Untold::Unread),
    };
    let mut found = Vec::new();
    for (targets, content) in controls {
        let Fact::Known(targets) = targets else { return Err(Untold::Unread) };
        if targets.iter().any(|target| path.contains(target)) {
            let Fact::Known(content) = content else { return Err(Untold::Unread) };
            found.push(content);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn control(targets: Option<&[&str]>, number: u32) -> Control {
        let targets = targets.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
        (Fact::from(targets), Fact::Known(PolicyDocument(json!(number))))
    }

    #[test]
    fn policies_bind_what_lies_below_their_targets() {
        let path = Ok(vec!["111122223333".to_owned(), "ou-1".to_owned(), "r-1".to_owned()]);
        let controls =
            vec![control(Some(&["r-1"]), 1), control(Some(&["ou-2"]), 2), control(Some(&["111122223333"]), 3)];
        let found = in_force(&path, Ok(controls));
        assert_eq!(found, Ok(vec![PolicyDocument(json!(1)), PolicyDocument(json!(3))]));
        let (kept, unread) = (Untold::ToThisAccount, Untold::Unread);
        assert_eq!(in_force(&path, Err(kept)), Err(kept), "the account is not told");
        assert_eq!(in_force(&Err(kept), Err(unread)), Err(kept));
        assert_eq!(in_force(&path, Err(unread)), Err(unread));
        assert_eq!(in_force(&path, Ok(vec![control(None, 1)])), Err(unread), "where it is attached");
    }
}
