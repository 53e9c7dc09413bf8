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
mod facts;
mod operations;
mod policies;
mod tree;

use std::sync::Arc;

use serde_json::Value;

use self::asker::{Asker, told};
use self::effective::{Ec2Policy, OptOut, S3Policy};
pub(super) use self::facts::AccountFacts;
use self::facts::Organization;
use self::operations::{DESCRIBE_ORGANIZATION, POLICY, SERVICE};
use self::policies::{Policy, in_force};
use super::{Collector, Work};
use crate::aws::wire::Object;
use crate::aws::{Operation, ResourceReader, ServiceReader, Session, Site};
use crate::model::{Fact, Kind, Scope};

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
        Organization: organization,
        OrganizationRootChildren: told(root_children),
        OrganizationAccounts: told(accounts),
        OrganizationPolicyTypes: types,
        ResourceControlPolicies: match is_management {
            Some(true) => Fact::Known(Some(Vec::new())),
            Some(false) => told(in_force(&path, controls)),
            None => Fact::Unknown,
        },
        OrganizationPath: told(path),
        DelegatedAdministrators: told(administrators),
        EffectiveAiServicesOptOutPolicy: ai,
        EffectiveS3Policy: s3,
        EffectiveEc2Policy: ec2,
    };
    asker.account.emit(None, &facts);
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
