//! AWS Organizations: the organization that the account belongs to, and its service control policies.
//!
//! Every account may ask about its organization. Policies, and what lies below the root, are told to the management
//! account and to delegated administrators only; a member account is denied, and then they are unknown. An account
//! without an organization has none of it, which AWS says with an error of its own. The organization's e-mail address is
//! not kept.
//!
//! Sources: <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html>,
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPolicies.html>.

use std::sync::Arc;

use aws_sdk_organizations::types::{self as sdk, ChildType, PolicyType};
use aws_sdk_organizations::{Client, config};
use schemars::JsonSchema;
use serde::Serialize;

use super::artifact::CUSTOMER_AGREEMENT;
use super::operation::{Operation, Yield};
use super::session::{Answer, Place, Session, Subject};
use super::{Collector, Work};
use crate::model::{Fact, Kind, PolicyDocument, Scope};

const POLICY: &str = "AWS::Organizations::Policy";

/// What AWS Organizations tells about the account.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountFacts {
    /// Null for an account that stands alone.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization: Fact<Option<Organization>>,
    /// The accounts and organizational units directly below the root; empty for an account that stands alone.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization_root_children: Fact<Vec<Child>>,
    /// All accounts of the organization by their twelve digits, closed ones included; empty for an account that stands
    /// alone, and null for a member, to which AWS does not tell them.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization_accounts: Fact<Option<Vec<String>>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Organization {
    /// Such as `o-exampleorgid`.
    id: Option<String>,
    arn: Option<String>,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    feature_set: Option<String>,
    /// Twelve digits.
    management_account_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Child {
    /// Twelve digits, or `ou-...`.
    id: String,
    /// `ACCOUNT` or `ORGANIZATIONAL_UNIT`.
    r#type: String,
}

/// Facts of `AWS::Organizations::Policy`: the service control policies.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<Option<String>>,
    /// `SERVICE_CONTROL_POLICY`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    r#type: Fact<Option<String>>,
    /// Whether AWS wrote it.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    aws_managed: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    content: Fact<PolicyDocument>,
    /// What it is attached to: the root (`r-...`), organizational units (`ou-...`) and accounts (twelve digits).
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    target_ids: Fact<Vec<String>>,
}

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "organizations", name, iam_actions, yields }
}

/// Without it neither the agreements that the organization made for its members are listed, nor is it known whether
/// there can be policies.
const DESCRIBE_ORGANIZATION: Operation = operation(
    "DescribeOrganization",
    &["organizations:DescribeOrganization"],
    &[
        Yield::Facts("AWS::Account", &["Organization", "OrganizationRootChildren", "OrganizationAccounts"]),
        Yield::Population(CUSTOMER_AGREEMENT),
        Yield::Population(POLICY),
    ],
);
const ROOT_CHILDREN: &[Yield] = &[Yield::Facts("AWS::Account", &["OrganizationRootChildren"])];
const LIST_ROOTS: Operation = operation("ListRoots", &["organizations:ListRoots"], ROOT_CHILDREN);
const LIST_CHILDREN: Operation = operation("ListChildren", &["organizations:ListChildren"], ROOT_CHILDREN);
const LIST_ACCOUNTS: Operation = operation(
    "ListAccounts",
    &["organizations:ListAccounts"],
    &[Yield::Facts("AWS::Account", &["OrganizationAccounts"])],
);
const LIST_POLICIES: Operation =
    operation("ListPolicies", &["organizations:ListPolicies"], &[Yield::Population(POLICY)]);
const DESCRIBE_POLICY: Operation =
    operation("DescribePolicy", &["organizations:DescribePolicy"], &[Yield::Facts(POLICY, &["Content"])]);
const LIST_TARGETS_FOR_POLICY: Operation =
    operation("ListTargetsForPolicy", &["organizations:ListTargetsForPolicy"], &[Yield::Facts(POLICY, &["TargetIds"])]);

/// The collector of AWS Organizations.
pub struct Organizations;

impl Collector for Organizations {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<Policy>(POLICY, "organizations", Scope::Account)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[
            &DESCRIBE_ORGANIZATION,
            &LIST_ROOTS,
            &LIST_CHILDREN,
            &LIST_ACCOUNTS,
            &LIST_POLICIES,
            &DESCRIBE_POLICY,
            &LIST_TARGETS_FOR_POLICY,
        ]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move { read(session.global()).await })
    }
}

async fn read(place: Place) {
    let config = config::Builder::from(&place.config()).interceptor(place.interceptor());
    let client = Client::from_conf(config.build());
    let account = place.account_subject();
    let organization = read_organization(&client, &account).await;
    let stands_alone = organization.known().is_some_and(Option::is_none);
    let (organization_root_children, organization_accounts) = if stands_alone {
        (Fact::Known(Vec::new()), Fact::Known(Some(Vec::new())))
    } else {
        let management =
            organization.known().and_then(Option::as_ref).and_then(|own| own.management_account_id.as_deref());
        let is_member = management.is_some_and(|id| id != place.session().account());
        let (children, accounts, ()) = tokio::join!(
            read_root_children(&client, &account),
            read_accounts(&client, &account, is_member),
            read_policies(&client, &place)
        );
        (children, accounts)
    };
    account.emit(None, &AccountFacts { organization, organization_root_children, organization_accounts });
}

async fn read_organization(client: &Client, account: &Subject) -> Fact<Option<Organization>> {
    let call = || client.describe_organization().send();
    let no_organization = &["AWSOrganizationsNotInUseException"];
    account
        .fact(&DESCRIBE_ORGANIZATION, no_organization, call, |output| match output.map(|output| output.organization) {
            None => Ok(None),
            Some(None) => Err("AWS described no organization".to_owned()),
            Some(Some(organization)) => Ok(Some(Organization {
                id: organization.id,
                arn: organization.arn,
                feature_set: organization.feature_set.map(|set| set.as_str().to_owned()),
                management_account_id: organization.master_account_id,
            })),
        })
        .await
}

async fn read_root_children(client: &Client, account: &Subject) -> Fact<Vec<Child>> {
    let place = account.place();
    let roots = place.pages(&LIST_ROOTS, Some(account), || client.list_roots().into_paginator().send()).await;
    if !roots.complete {
        return Fact::Unknown;
    }
    let roots = roots.items.into_iter().flat_map(|page| page.roots.unwrap_or_default());
    let mut children = Vec::new();
    for root in roots.filter_map(|root| root.id) {
        for kind in [ChildType::Account, ChildType::OrganizationalUnit] {
            let request = client.list_children().parent_id(&root).child_type(kind.clone());
            let listing = place.pages(&LIST_CHILDREN, Some(account), || request.into_paginator().send()).await;
            if !listing.complete {
                return Fact::Unknown;
            }
            let found = listing.items.into_iter().flat_map(|page| page.children.unwrap_or_default());
            let ids = found.filter_map(|child| child.id);
            children.extend(ids.map(|id| Child { id, r#type: kind.as_str().to_owned() }));
        }
    }
    children.sort_by(|a, b| a.id.cmp(&b.id));
    Fact::Known(children)
}

/// AWS tells a member that is no delegated administrator nothing, which is no failure: then it is not told.
async fn read_accounts(client: &Client, account: &Subject, is_member: bool) -> Fact<Option<Vec<String>>> {
    let not_told: &[&str] = if is_member { &["AccessDeniedException"] } else { &[] };
    let mut accounts = Vec::new();
    let mut next = None;
    loop {
        let call = || client.list_accounts().set_next_token(next.take()).send();
        let page = match account.ask(&LIST_ACCOUNTS, not_told, call).await {
            Answer::Got(page) => page,
            Answer::NotConfigured => return Fact::Known(None),
            Answer::Unread => return Fact::Unknown,
        };
        accounts.extend(page.accounts.unwrap_or_default().into_iter().filter_map(|listed| listed.id));
        next = page.next_token;
        if next.is_none() {
            accounts.sort();
            return Fact::Known(Some(accounts));
        }
    }
}

async fn read_policies(client: &Client, place: &Place) {
    let request = client.list_policies().filter(PolicyType::ServiceControlPolicy);
    let listing = place.pages(&LIST_POLICIES, None, || request.into_paginator().send()).await;
    let policies = listing.items.into_iter().flat_map(|page| page.policies.unwrap_or_default());
    place.session().each(policies, |policy| read_policy(place.clone(), client.clone(), policy)).await;
}

async fn read_policy(place: Place, client: Client, listed: sdk::PolicySummary) {
    let Some(id) = listed.id else { return };
    let policy = place.subject(POLICY, &id, &["PolicyNotFoundException"]);
    let (content, target_ids) = tokio::join!(read_content(&client, &policy), read_targets(&client, &policy));
    let facts = Policy {
        id: Fact::Known(id),
        arn: Fact::Known(listed.arn.clone()),
        name: Fact::Known(listed.name),
        r#type: Fact::Known(listed.r#type.map(|kind| kind.as_str().to_owned())),
        aws_managed: Fact::Known(listed.aws_managed),
        content,
        target_ids,
    };
    policy.emit(listed.arn, &facts);
}

async fn read_content(client: &Client, policy: &Subject) -> Fact<PolicyDocument> {
    let call = || client.describe_policy().policy_id(policy.id()).send();
    policy
        .fact(&DESCRIBE_POLICY, &[], call, |output| {
            let content = output.and_then(|output| output.policy).and_then(|policy| policy.content);
            PolicyDocument::parse(&content.ok_or("AWS gave no policy text")?)
        })
        .await
}

async fn read_targets(client: &Client, policy: &Subject) -> Fact<Vec<String>> {
    let request = client.list_targets_for_policy().policy_id(policy.id());
    let listing =
        policy.place().pages(&LIST_TARGETS_FOR_POLICY, Some(policy), || request.into_paginator().send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let targets = listing.items.into_iter().flat_map(|page| page.targets.unwrap_or_default());
    let mut ids: Vec<String> = targets.filter_map(|target| target.target_id).collect();
    ids.sort();
    Fact::Known(ids)
}
