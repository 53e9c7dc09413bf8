//! What AWS Organizations tells about the account.

use schemars::JsonSchema;
use serde::Serialize;

use super::effective::{Ec2Policy, OptOut, S3Policy};
use super::tree::{Administrator, Child};
use crate::collect::facts::facts;
use crate::model::{Fact, PolicyDocument};

facts! {
    /// What AWS Organizations tells about the account.
    pub(in crate::collect) struct AccountFacts;

    later {
        /// Null for an account that stands alone.
        Organization: Option<Organization>;
        /// The accounts and organizational units directly below the root: null where AWS does not tell this account, empty for
        /// an account that stands alone.
        OrganizationRootChildren: Option<Vec<Child>>;
        /// All accounts of the organization by their twelve digits, closed ones included; empty for an account that stands
        /// alone, and null for a member, to which AWS does not tell them.
        OrganizationAccounts: Option<Vec<String>>;
        /// The types of policies whose list AWS tells this account: `SERVICE_CONTROL_POLICY`, `RESOURCE_CONTROL_POLICY`. Of
        /// other types nothing is known.
        OrganizationPolicyTypes: Vec<String>;
        /// The account itself, the organizational units above it and the root, from below; null where AWS does not tell this
        /// account, and empty for an account that stands alone.
        OrganizationPath: Option<Vec<String>>;
        /// The resource control policies in force for the account's resources: null where AWS does not tell this account,
        /// empty where none bind it, as none bind the management account.
        ResourceControlPolicies: Option<Vec<PolicyDocument>>;
        /// The accounts that administer AWS services for the organization; null where AWS does not tell this account.
        DelegatedAdministrators: Option<Vec<Administrator>>;
        /// By which services AWS may keep content to improve them, in effect for the account; null if no policy says.
        EffectiveAiServicesOptOutPolicy: Option<Vec<OptOut>>;
        /// What the organization fixes for Amazon S3, in effect for the account; null if nothing.
        EffectiveS3Policy: Option<S3Policy>;
        /// What the organization fixes for Amazon EC2, in effect for the account; null if nothing.
        EffectiveEc2Policy: Option<Ec2Policy>;
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Organization {
    /// Such as `o-exampleorgid`.
    pub id: Option<String>,
    pub arn: Option<String>,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: Option<String>,
    /// Twelve digits.
    pub management_account_id: Option<String>,
}

impl AccountFacts {
    /// What is true of an account without an organization.
    pub(super) fn of_a_lone_account() -> Self {
        Self {
            Organization: Fact::Known(None),
            OrganizationRootChildren: Fact::Known(Some(Vec::new())),
            OrganizationAccounts: Fact::Known(Some(Vec::new())),
            OrganizationPolicyTypes: Fact::Known(Vec::new()),
            OrganizationPath: Fact::Known(Some(Vec::new())),
            ResourceControlPolicies: Fact::Known(Some(Vec::new())),
            DelegatedAdministrators: Fact::Known(Some(Vec::new())),
            EffectiveAiServicesOptOutPolicy: Fact::Known(None),
            EffectiveS3Policy: Fact::Known(None),
            EffectiveEc2Policy: Fact::Known(None),
        }
    }
}
