//! Which policies grant a user or a role something: attached ones, inline ones, and for users those of their groups.
//!
//! Only their names. The documents stand once, at the policies: thousands of roles share a few documents of AWS that
//! have tens of thousands of characters each. What a permissions boundary or an organization's policies take away
//! again, and what policies of resources and sessions say, is not here.

use std::collections::BTreeMap;

use super::facts::EffectivePolicy;
use super::{Entities, ROLE, USER, details};
use crate::aws::told::Given;
use crate::aws::{Operation, ResourceReader, Yield};
use crate::model::Fact;

const FACT: &str = "EffectivePolicies";

/// Never called under these names: what is missing when the answer does not tell which policies there are.
const OF_USER: Operation = details(&[Yield::Facts(USER, &[FACT])]);
const OF_ROLE: Operation = details(&[Yield::Facts(ROLE, &[FACT])]);

type NamedPolicies = Result<Vec<EffectivePolicy>, String>;

/// What each group gives its members, by the group's name.
pub(super) struct OfGroups {
    named: BTreeMap<String, NamedPolicies>,
    complete: bool,
}

impl OfGroups {
    pub(super) fn of(groups: &Entities) -> Self {
        let named = groups.iter().filter_map(|group| {
            let name = group.text("GroupName")?;
            Some((name.to_owned(), named(&format!("group/{name}"), group, "GroupPolicyList")))
        });
        Self { named: named.collect(), complete: groups.complete }
    }
}

/// Unknown for members of a group that was not read.
pub(super) fn of_user(user: &ResourceReader, listed: Given<'_>, groups: &OfGroups) -> Fact<Vec<EffectivePolicy>> {
    if !user.site().plan().wants_any(USER, &[FACT]) {
        return Fact::Unknown;
    }
    let own = named(&format!("user/{}", user.id()), listed, "UserPolicyList");
    let of = listed.list("GroupList").filter_map(|group| group.0.as_str());
    match with_groups(own, of, groups) {
        // The list that failed has a gap of its own.
        Ok(None) => Fact::Unknown,
        Ok(Some(policies)) => Fact::Known(policies),
        Err(reason) => user.understand(&OF_USER, Err(reason)),
    }
}

pub(super) fn of_role(role: &ResourceReader, listed: Given<'_>) -> Fact<Vec<EffectivePolicy>> {
    if !role.site().plan().wants_any(ROLE, &[FACT]) {
        return Fact::Unknown;
    }
    let own = named(&format!("role/{}", role.id()), listed, "RolePolicyList");
    role.understand(&OF_ROLE, own)
}

/// `None` if one of the groups may stand on a page that was not read.
fn with_groups<'g>(
    own: NamedPolicies,
    of: impl IntoIterator<Item = &'g str>,
    groups: &OfGroups,
) -> Result<Option<Vec<EffectivePolicy>>, String> {
    let mut policies = own?;
    for group in of {
        match groups.named.get(group) {
            Some(named) => policies.extend(named.clone()?),
            None if groups.complete => return Err(format!("the list of groups lacks {group}, which the user is in")),
            None => return Ok(None),
        }
    }
    Ok(Some(policies))
}

fn named(holder: &str, principal: Given<'_>, inline: &str) -> NamedPolicies {
    let attached = principal.list("AttachedManagedPolicies").map(|policy| {
        let arn = policy.text("PolicyArn").ok_or("the answer lacks the ARN of an attached policy")?;
        let name = policy.text("PolicyName").unwrap_or_else(|| arn.rsplit('/').next().unwrap_or_default());
        Ok((name, Some(arn)))
    });
    let inline = principal.list(inline).map(|policy| {
        let name = policy.text("PolicyName").ok_or("the answer lacks the name of an inline policy")?;
        Ok((name, None))
    });
    let policy = |(name, arn): (&str, Option<&str>)| EffectivePolicy {
        policy_name: name.to_owned(),
        policy_arn: arn.map(str::to_owned),
        attached_to: holder.to_owned(),
    };
    attached.chain(inline).map(|found: Result<_, &str>| found.map(policy).map_err(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn principal(attached: &[&str], inline: &[&str]) -> Value {
        let attached: Vec<Value> = attached.iter().map(|arn| json!({"PolicyArn": arn})).collect();
        let inline: Vec<Value> = inline.iter().map(|name| json!({"PolicyName": name})).collect();
        json!({"AttachedManagedPolicies": attached, "GroupPolicyList": inline})
    }

    fn group(name: &str, complete: bool) -> OfGroups {
        let mut group = principal(&["arn:aws:iam::123456789012:policy/team/read"], &["fix"]);
        group["GroupName"] = name.into();
        OfGroups::of(&Entities { items: vec![group], complete })
    }

    fn in_words(policies: &[EffectivePolicy]) -> Vec<String> {
        let word = |policy: &EffectivePolicy| {
            let sort = if policy.policy_arn.is_some() { "managed" } else { "inline" };
            format!("{sort} {} of {}", policy.policy_name, policy.attached_to)
        };
        policies.iter().map(word).collect()
    }

    #[test]
    fn a_user_has_the_policies_of_the_groups_too() {
        let user = principal(&["arn:aws:iam::aws:policy/ReadOnlyAccess"], &["keys"]);
        let own = named("user/ann", Given(&user), "GroupPolicyList");
        let all = with_groups(own, ["ops"], &group("ops", true)).unwrap().unwrap();
        assert_eq!(
            in_words(&all),
            [
                "managed ReadOnlyAccess of user/ann",
                "inline keys of user/ann",
                "managed read of group/ops",
                "inline fix of group/ops"
            ]
        );
    }

    #[test]
    fn a_group_that_was_not_read_leaves_open_what_its_members_have() {
        let ask =
            |group_of_user: &str, complete: bool| with_groups(Ok(Vec::new()), [group_of_user], &group("ops", complete));
        assert_eq!(ask("ops", false).unwrap().map(|policies| policies.len()), Some(2), "its own groups were read");
        assert_eq!(ask("other", false), Ok(None));
        assert!(ask("other", true).unwrap_err().contains("lacks other"));
    }

    #[test]
    fn a_policy_without_a_name_is_not_left_out() {
        let attached = json!({"AttachedManagedPolicies": [{"PolicyName": "read"}]});
        assert!(named("role/app", Given(&attached), "RolePolicyList").is_err());
        assert!(named("role/app", Given(&json!({"RolePolicyList": [{}]})), "RolePolicyList").is_err());
    }
}
