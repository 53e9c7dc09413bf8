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

mod asker;
mod effective;
mod operations;
mod policies;
mod tree;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use self::asker::{Asker, told};
use self::effective::{Ec2Policy, OptOut, S3Policy};
use self::operations::{DESCRIBE_ORGANIZATION, POLICY, SERVICE};
use self::policies::{Policy, in_force};
use self::tree::{Administrator, Child};
use super::{Collector, Work};
use crate::aws::wire::Object;
use crate::aws::{Operation, ResourceReader, ServiceReader, Session, Site};
use crate::model::{Fact, Kind, PolicyDocument, Scope};

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
struct Organization {
    /// Such as `o-exampleorgid`.
    id: Option<String>,
    arn: Option<String>,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    feature_set: Option<String>,
    /// Twelve digits.
    management_account_id: Option<String>,
}

/// The collector of AWS Organizations.
pub struct Organizations;

impl Collector for Organizations {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<Policy>(POLICY, SERVICE, Scope::Account)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        operations::ALL
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move { read(session.global()).await })
    }
}

async fn read(site: Site) {
    let (account, service) = (site.account(), ServiceReader::new(site, SERVICE));
    let organization = read_organization(&service, &account).await;
    let management = match &organization {
        Fact::Known(None) => return account.emit(None, &AccountFacts::of_a_lone_account()),
        Fact::Known(Some(own)) => own.management_account_id.clone(),
        Fact::Unknown => None,
    };
    let is_management = management.map(|id| id == account.id());
    let asker = Asker { service, account, is_member: is_management == Some(false) };
    let (root_children, accounts, path, (types, controls), administrators, ai, s3, ec2) = tokio::join!(
        asker.root_children(),
        asker.accounts(),
        asker.path(),
        asker.policies(),
        asker.administrators(),
        asker.effective("AISERVICES_OPT_OUT_POLICY", OptOut::all_of),
        asker.effective("S3_POLICY", S3Policy::of),
        asker.effective("DECLARATIVE_POLICY_EC2", Ec2Policy::of),
    );
    let facts = AccountFacts {
        organization,
        organization_root_children: told(root_children),
        organization_accounts: told(accounts),
        organization_policy_types: types,
        resource_control_policies: match is_management {
            Some(true) => Fact::Known(Some(Vec::new())),
            Some(false) => told(in_force(&path, controls)),
            None => Fact::Unknown,
        },
        organization_path: told(path),
        delegated_administrators: told(administrators),
        effective_ai_services_opt_out_policy: ai,
        effective_s3_policy: s3,
        effective_ec2_policy: ec2,
    };
    asker.account.emit(None, &facts);
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

async fn read_organization(service: &ServiceReader, account: &ResourceReader) -> Fact<Option<Organization>> {
    let no_organization = &["AWSOrganizationsNotInUseException"];
    let read = |answer: Option<Value>| {
        let Some(answer) = answer else { return Ok(None) };
        let own = answer.get("Organization").filter(|own| own.is_object()).ok_or("AWS described no organization")?;
        let text = |name: &str| own[name].as_str().map(str::to_owned);
        Ok(Some(Organization {
            id: text("Id"),
            arn: text("Arn"),
            feature_set: text("FeatureSet"),
            management_account_id: text("MasterAccountId"),
        }))
    };
    service.fact(account, &DESCRIBE_ORGANIZATION, no_organization, Object::new(), read).await
}
