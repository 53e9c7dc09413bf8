//! AWS Organizations: the organization that the account belongs to, its service and resource control policies, and what
//! its management policies come to for the account.
//!
//! Every account may ask about its organization and about the management policies in effect for itself. Policies, and
//! where an account stands, are told to the management account and to delegated administrators only. That AWS refuses
//! another account is what is expected of it: no call failed then, and the facts say that nothing was told. An account
//! without an organization has none of it, which AWS says with an error of its own. E-mail addresses are not kept.
//!
//! Sources: <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html>,
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPolicies.html>,
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeEffectivePolicy.html>.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_organizations::types::{self as sdk, ChildType, EffectivePolicyType, PolicyType};
use aws_sdk_organizations::{Client, config};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Collector, Work};
use crate::aws::{Answer, Operation, ResourceReader, Session, Site, Yield};
use crate::model::{Fact, Kind, PolicyDocument, Scope};

const POLICY: &str = "AWS::Organizations::Policy";
/// The agreements with AWS, those of the organization among them.
const CUSTOMER_AGREEMENT: &str = "AWS::Artifact::CustomerAgreement";

/// What AWS Organizations tells about the account.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountFacts {
    /// Null for an account that stands alone.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization: Fact<Option<Organization>>,
    /// The accounts and organizational units directly below the root: null where AWS does not tell this account, empty for
    /// an account that stands alone.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization_root_children: Fact<Option<Vec<Child>>>,
    /// All accounts of the organization by their twelve digits, closed ones included; empty for an account that stands
    /// alone, and null for a member, to which AWS does not tell them.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization_accounts: Fact<Option<Vec<String>>>,
    /// The types of policies whose list AWS tells this account: `SERVICE_CONTROL_POLICY`, `RESOURCE_CONTROL_POLICY`. Of
    /// other types nothing is known.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization_policy_types: Fact<Vec<String>>,
    /// The account itself, the organizational units above it and the root, from below; null where AWS does not tell this
    /// account, and empty for an account that stands alone.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    organization_path: Fact<Option<Vec<String>>>,
    /// The resource control policies in force for the account's resources: null where AWS does not tell this account,
    /// empty where none bind it, as none bind the management account.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    resource_control_policies: Fact<Option<Vec<PolicyDocument>>>,
    /// The accounts that administer AWS services for the organization; null where AWS does not tell this account.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    delegated_administrators: Fact<Option<Vec<Administrator>>>,
    /// By which services AWS may keep content to improve them, in effect for the account; null if no policy says.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    effective_ai_services_opt_out_policy: Fact<Option<Vec<OptOut>>>,
    /// What the organization fixes for Amazon S3, in effect for the account; null if nothing.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    effective_s3_policy: Fact<Option<S3Policy>>,
    /// What the organization fixes for Amazon EC2, in effect for the account; null if nothing.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    effective_ec2_policy: Fact<Option<Ec2Policy>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Administrator {
    /// Twelve digits.
    id: String,
    name: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct OptOut {
    /// Such as `comprehend`; `default` for those that are not named.
    service: String,
    /// `optOut` or `optIn`.
    opt_out_policy: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct S3Policy {
    /// `all` or `none`.
    public_access_block_configuration: Option<String>,
}

/// Each member is null where the policy leaves it to the account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Ec2Policy {
    /// `block_new_sharing` or `unblocked`.
    image_block_public_access: Option<String>,
    /// `block_all_sharing`, `block_new_sharing` or `unblocked`.
    snapshot_block_public_access: Option<String>,
    /// `block_bidirectional`, `block_ingress` or `off`.
    vpc_block_public_access: Option<String>,
    /// `required`, `optional` or `no_preference`.
    instance_metadata_http_tokens: Option<String>,
    /// `enabled` or `disabled`.
    serial_console_access: Option<String>,
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

/// Facts of `AWS::Organizations::Policy`: the service and resource control policies, of the types that the account is told.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    arn: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    name: Fact<Option<String>>,
    /// `SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`.
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
        Yield::Facts(
            ACCOUNT,
            &[
                "Organization",
                "OrganizationRootChildren",
                "OrganizationAccounts",
                "OrganizationPolicyTypes",
                "OrganizationPath",
                "ResourceControlPolicies",
                "DelegatedAdministrators",
                "EffectiveAiServicesOptOutPolicy",
                "EffectiveS3Policy",
                "EffectiveEc2Policy",
            ],
        ),
        Yield::Population(CUSTOMER_AGREEMENT),
        Yield::Population(POLICY),
    ],
);
const ACCOUNT: &str = "AWS::Account";
const ROOT_CHILDREN: &[Yield] = &[Yield::Facts(ACCOUNT, &["OrganizationRootChildren"])];
const LIST_ROOTS: Operation = operation("ListRoots", &["organizations:ListRoots"], ROOT_CHILDREN);
const LIST_CHILDREN: Operation = operation("ListChildren", &["organizations:ListChildren"], ROOT_CHILDREN);
const LIST_ACCOUNTS: Operation =
    operation("ListAccounts", &["organizations:ListAccounts"], &[Yield::Facts(ACCOUNT, &["OrganizationAccounts"])]);
const LIST_PARENTS: Operation = operation(
    "ListParents",
    &["organizations:ListParents"],
    &[Yield::Facts(ACCOUNT, &["OrganizationPath", "ResourceControlPolicies"])],
);
const LIST_POLICIES: Operation = operation(
    "ListPolicies",
    &["organizations:ListPolicies"],
    &[Yield::Population(POLICY), Yield::Facts(ACCOUNT, &["OrganizationPolicyTypes", "ResourceControlPolicies"])],
);
const DESCRIBE_POLICY: Operation = operation(
    "DescribePolicy",
    &["organizations:DescribePolicy"],
    &[Yield::Facts(POLICY, &["Content"]), Yield::Facts(ACCOUNT, &["ResourceControlPolicies"])],
);
const LIST_TARGETS_FOR_POLICY: Operation = operation(
    "ListTargetsForPolicy",
    &["organizations:ListTargetsForPolicy"],
    &[Yield::Facts(POLICY, &["TargetIds"]), Yield::Facts(ACCOUNT, &["ResourceControlPolicies"])],
);
const LIST_DELEGATED_ADMINISTRATORS: Operation = operation(
    "ListDelegatedAdministrators",
    &["organizations:ListDelegatedAdministrators"],
    &[Yield::Facts(ACCOUNT, &["DelegatedAdministrators"])],
);
const DESCRIBE_EFFECTIVE_POLICY: Operation = operation(
    "DescribeEffectivePolicy",
    &["organizations:DescribeEffectivePolicy"],
    &[Yield::Facts(ACCOUNT, &["EffectiveAiServicesOptOutPolicy", "EffectiveS3Policy", "EffectiveEc2Policy"])],
);

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
            &LIST_PARENTS,
            &LIST_POLICIES,
            &DESCRIBE_POLICY,
            &LIST_TARGETS_FOR_POLICY,
            &LIST_DELEGATED_ADMINISTRATORS,
            &DESCRIBE_EFFECTIVE_POLICY,
        ]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move { read(session.global()).await })
    }
}

async fn read(site: Site) {
    let config = config::Builder::from(&site.config()).interceptor(site.interceptor());
    let client = Client::from_conf(config.build());
    let account = site.account();
    let organization = read_organization(&client, &account).await;
    if organization.known().is_some_and(Option::is_none) {
        return account.emit(None, &AccountFacts::of_a_lone_account());
    }
    let management = organization.known().and_then(Option::as_ref).and_then(|own| own.management_account_id.as_deref());
    let is_management = management.map(|id| id == account.id());
    // Of a member a refusal is expected; it may be a delegated administrator all the same.
    let is_member = is_management == Some(false);
    let (root_children, accounts, path, (types, policies), administrators, ai, s3, ec2) = tokio::join!(
        read_root_children(&client, &account, is_member),
        read_accounts(&client, &account, is_member),
        read_path(&client, &account, is_member),
        read_policies(&client, &site, is_member),
        read_administrators(&client, &site, is_member),
        read_effective(&client, &account, EffectivePolicyType::AiservicesOptOutPolicy, opt_outs),
        read_effective(&client, &account, EffectivePolicyType::S3Policy, s3_policy),
        read_effective(&client, &account, EffectivePolicyType::DeclarativePolicyEc2, ec2_policy),
    );
    let facts = AccountFacts {
        organization_root_children: root_children,
        organization_accounts: accounts,
        resource_control_policies: match is_management {
            Some(true) => Fact::Known(Some(Vec::new())),
            Some(false) => in_force(&path, policies),
            None => Fact::Unknown,
        },
        organization,
        organization_policy_types: types,
        organization_path: path,
        delegated_administrators: administrators,
        effective_ai_services_opt_out_policy: ai,
        effective_s3_policy: s3,
        effective_ec2_policy: ec2,
    };
    account.emit(None, &facts);
}

impl AccountFacts {
    fn of_a_lone_account() -> Self {
        Self {
            organization: Fact::Known(None),
            organization_root_children: Fact::Known(Some(Vec::new())),
            organization_accounts: Fact::Known(Some(Vec::new())),
            organization_policy_types: Fact::Known(Vec::new()),
            organization_path: Fact::Known(Some(Vec::new())),
            resource_control_policies: Fact::Known(Some(Vec::new())),
            delegated_administrators: Fact::Known(Some(Vec::new())),
            effective_ai_services_opt_out_policy: Fact::Known(None),
            effective_s3_policy: Fact::Known(None),
            effective_ec2_policy: Fact::Known(None),
        }
    }
}

/// A resource control policy: what it is attached to, and what it says.
type Control = (Fact<Vec<String>>, Fact<PolicyDocument>);

/// The policies that bind what lies at the path; null if AWS tells the account of either nothing.
fn in_force(
    path: &Fact<Option<Vec<String>>>,
    policies: Fact<Option<Vec<Control>>>,
) -> Fact<Option<Vec<PolicyDocument>>> {
    let (path, policies) = match (path, policies) {
        (Fact::Known(None), _) | (_, Fact::Known(None)) => return Fact::Known(None),
        (Fact::Known(Some(path)), Fact::Known(Some(policies))) => (path, policies),
        _ => return Fact::Unknown,
    };
    let mut found = Vec::new();
    for (targets, content) in policies {
        let Fact::Known(targets) = targets else { return Fact::Unknown };
        if !targets.iter().any(|target| path.contains(target)) {
            continue;
        }
        let Fact::Known(content) = content else { return Fact::Unknown };
        found.push(content);
    }
    Fact::Known(Some(found))
}

/// From the account upward; an organizational unit has one parent.
async fn read_path(client: &Client, account: &ResourceReader, is_member: bool) -> Fact<Option<Vec<String>>> {
    let site = account.site();
    let mut path = vec![account.id().to_owned()];
    // The root is the first that has no parent; AWS nests organizational units five deep.
    while path.last().is_some_and(|last| !last.starts_with("r-")) && path.len() < MOST_LEVELS {
        let request = client.list_parents().set_child_id(path.last().cloned());
        let start = || request.into_paginator().send();
        let Some(listing) = site.pages_if_told(&LIST_PARENTS, is_member, start).await else {
            return Fact::Known(None);
        };
        let mut parents = listing.items.into_iter().flat_map(|page| page.parents.unwrap_or_default());
        match parents.next().and_then(|parent| parent.id) {
            Some(id) if listing.complete => path.push(id),
            _ => return Fact::Unknown,
        }
    }
    Fact::Known(Some(path))
}

const MOST_LEVELS: usize = 12;

async fn read_administrators(client: &Client, site: &Site, is_member: bool) -> Fact<Option<Vec<Administrator>>> {
    let start = || client.list_delegated_administrators().into_paginator().send();
    let Some(listing) = site.pages_if_told(&LIST_DELEGATED_ADMINISTRATORS, is_member, start).await else {
        return Fact::Known(None);
    };
    if !listing.complete {
        return Fact::Unknown;
    }
    let found = listing.items.into_iter().flat_map(|page| page.delegated_administrators.unwrap_or_default());
    let one = |own: sdk::DelegatedAdministrator| own.id.map(|id| Administrator { id, name: own.name });
    Fact::Known(Some(found.filter_map(one).collect()))
}

/// A management policy as it is in effect for the account; null where none is.
async fn read_effective<T>(
    client: &Client,
    account: &ResourceReader,
    kind: EffectivePolicyType,
    read: impl FnOnce(&Value) -> T,
) -> Fact<Option<T>> {
    let call = || client.describe_effective_policy().policy_type(kind).send();
    let none = &["EffectivePolicyNotFoundException", "AWSOrganizationsNotInUseException"];
    account
        .fact(&DESCRIBE_EFFECTIVE_POLICY, none, call, |output| {
            let Some(output) = output else { return Ok(None) };
            let content = output.effective_policy.and_then(|policy| policy.policy_content);
            let content: Value = serde_json::from_str(&content.ok_or("AWS gave no policy text")?)
                .map_err(|error| format!("the policy is no JSON: {error}"))?;
            Ok(Some(read(&content)))
        })
        .await
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn opt_outs(policy: &Value) -> Vec<OptOut> {
    let services = policy["services"].as_object().into_iter().flatten();
    services
        .map(|(name, own)| OptOut { service: name.clone(), opt_out_policy: text_of(&own["opt_out_policy"]) })
        .collect()
}

fn s3_policy(policy: &Value) -> S3Policy {
    let own = &policy["s3_attributes"]["public_access_block_configuration"];
    S3Policy { public_access_block_configuration: text_of(own) }
}

fn ec2_policy(policy: &Value) -> Ec2Policy {
    let own = &policy["ec2_attributes"];
    Ec2Policy {
        image_block_public_access: text_of(&own["image_block_public_access"]["state"]),
        snapshot_block_public_access: text_of(&own["snapshot_block_public_access"]["state"]),
        vpc_block_public_access: text_of(&own["vpc_block_public_access"]["internet_gateway_block"]["mode"]),
        instance_metadata_http_tokens: text_of(&own["instance_metadata_defaults"]["http_tokens"]),
        serial_console_access: text_of(&own["serial_console_access"]["status"]),
    }
}

async fn read_organization(client: &Client, account: &ResourceReader) -> Fact<Option<Organization>> {
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

async fn read_root_children(client: &Client, account: &ResourceReader, is_member: bool) -> Fact<Option<Vec<Child>>> {
    let site = account.site();
    let start = || client.list_roots().into_paginator().send();
    let Some(roots) = site.pages_if_told(&LIST_ROOTS, is_member, start).await else { return Fact::Known(None) };
    if !roots.complete {
        return Fact::Unknown;
    }
    let roots = roots.items.into_iter().flat_map(|page| page.roots.unwrap_or_default());
    let mut children = Vec::new();
    for root in roots.filter_map(|root| root.id) {
        for kind in [ChildType::Account, ChildType::OrganizationalUnit] {
            let request = client.list_children().parent_id(&root).child_type(kind.clone());
            let start = || request.into_paginator().send();
            let Some(listing) = site.pages_if_told(&LIST_CHILDREN, is_member, start).await else {
                return Fact::Known(None);
            };
            if !listing.complete {
                return Fact::Unknown;
            }
            let found = listing.items.into_iter().flat_map(|page| page.children.unwrap_or_default());
            let ids = found.filter_map(|child| child.id);
            children.extend(ids.map(|id| Child { id, r#type: kind.as_str().to_owned() }));
        }
    }
    children.sort_by(|a, b| a.id.cmp(&b.id));
    Fact::Known(Some(children))
}

/// AWS tells a member that is no delegated administrator nothing, which is no failure: then it is not told.
async fn read_accounts(client: &Client, account: &ResourceReader, is_member: bool) -> Fact<Option<Vec<String>>> {
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

/// The types that AWS tells the account, and the resource control policies of the organization.
async fn read_policies(
    client: &Client,
    site: &Site,
    is_member: bool,
) -> (Fact<Vec<String>>, Fact<Option<Vec<Control>>>) {
    let (mut types, mut all_types) = (Vec::new(), true);
    let mut controls = Fact::Known(None);
    for kind in [PolicyType::ServiceControlPolicy, PolicyType::ResourceControlPolicy] {
        let request = client.list_policies().filter(kind.clone());
        let start = || request.into_paginator().send();
        let Some(listing) = site.pages_if_told(&LIST_POLICIES, is_member, start).await else { continue };
        all_types &= listing.complete;
        types.push(kind.as_str().to_owned());
        let policies = listing.items.into_iter().flat_map(|page| page.policies.unwrap_or_default());
        let read = Arc::new(Mutex::new(Vec::new()));
        let work = |policy| read_policy(site.clone(), client.clone(), policy, Arc::clone(&read));
        site.session().each(policies, work).await;
        if kind == PolicyType::ResourceControlPolicy {
            let read = std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner));
            controls = if listing.complete { Fact::Known(Some(read)) } else { Fact::Unknown };
        }
    }
    (if all_types { Fact::Known(types) } else { Fact::Unknown }, controls)
}

async fn read_policy(site: Site, client: Client, listed: sdk::PolicySummary, read: Arc<Mutex<Vec<Control>>>) {
    let gone = &["PolicyNotFoundException"];
    let Some(policy) = site.listed(POLICY, &LIST_POLICIES, ("Id", listed.id.as_deref()), gone) else { return };
    let (content, target_ids) = tokio::join!(read_content(&client, &policy), read_targets(&client, &policy));
    if !policy.is_gone() {
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        read.push((target_ids.clone(), content.clone()));
    }
    let facts = Policy {
        id: Fact::Known(policy.id().to_owned()),
        arn: Fact::Known(listed.arn.clone()),
        name: Fact::Known(listed.name),
        r#type: Fact::Known(listed.r#type.map(|kind| kind.as_str().to_owned())),
        aws_managed: Fact::Known(listed.aws_managed),
        content,
        target_ids,
    };
    policy.emit(listed.arn, &facts);
}
async fn read_content(client: &Client, policy: &ResourceReader) -> Fact<PolicyDocument> {
    let call = || client.describe_policy().policy_id(policy.id()).send();
    policy
        .fact(&DESCRIBE_POLICY, &[], call, |output| {
            let content = output.and_then(|output| output.policy).and_then(|policy| policy.content);
            PolicyDocument::parse(&content.ok_or("AWS gave no policy text")?)
        })
        .await
}

async fn read_targets(client: &Client, policy: &ResourceReader) -> Fact<Vec<String>> {
    let request = client.list_targets_for_policy().policy_id(policy.id());
    let listing = policy.site().pages(&LIST_TARGETS_FOR_POLICY, Some(policy), || request.into_paginator().send()).await;
    if !listing.complete {
        return Fact::Unknown;
    }
    let targets = listing.items.into_iter().flat_map(|page| page.targets.unwrap_or_default());
    let mut ids: Vec<String> = targets.filter_map(|target| target.target_id).collect();
    ids.sort();
    Fact::Known(ids)
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
        let path = Fact::Known(Some(vec!["111122223333".to_owned(), "ou-1".to_owned(), "r-1".to_owned()]));
        let policies =
            vec![control(Some(&["r-1"]), 1), control(Some(&["ou-2"]), 2), control(Some(&["111122223333"]), 3)];
        let found = in_force(&path, Fact::Known(Some(policies)));
        assert_eq!(found, Fact::Known(Some(vec![PolicyDocument(json!(1)), PolicyDocument(json!(3))])));
        assert_eq!(in_force(&path, Fact::Known(None)), Fact::Known(None), "the account is not told");
        assert_eq!(in_force(&Fact::Known(None), Fact::Unknown), Fact::Known(None));
        assert_eq!(in_force(&path, Fact::Unknown), Fact::Unknown);
        assert_eq!(in_force(&path, Fact::Known(Some(vec![control(None, 1)]))), Fact::Unknown, "where it is attached");
    }

    #[test]
    fn management_policies_are_read_as_they_are_in_effect() {
        let ai = opt_outs(&json!({"services": {"default": {"opt_out_policy": "optOut"}, "lex": {}}}));
        let ai: Vec<_> = ai.iter().map(|own| (own.service.as_str(), own.opt_out_policy.as_deref())).collect();
        assert_eq!(ai, [("default", Some("optOut")), ("lex", None)]);
        let s3 = s3_policy(&json!({"s3_attributes": {"public_access_block_configuration": "all"}}));
        assert_eq!(s3.public_access_block_configuration.as_deref(), Some("all"));
        let ec2 = ec2_policy(&json!({"ec2_attributes": {
            "snapshot_block_public_access": {"state": "block_all_sharing"},
            "vpc_block_public_access": {"internet_gateway_block": {"mode": "block_ingress"}},
        }}));
        assert_eq!(ec2.snapshot_block_public_access.as_deref(), Some("block_all_sharing"));
        assert_eq!(ec2.vpc_block_public_access.as_deref(), Some("block_ingress"));
        assert_eq!(ec2.image_block_public_access, None);
    }
}
