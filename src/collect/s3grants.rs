//! S3 Access Grants: who may ask S3 for credentials to which prefixes, beside all policies of buckets.
//!
//! There is one instance for each region at most, so most regions answer with an empty list and are asked nothing more.

use std::sync::Arc;

use aws_sdk_s3control::{Client, types as sdk};
use schemars::JsonSchema;
use serde::Serialize;

use super::s3control::client;
use super::{Collector, Work};
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Fact, Kind, PolicyDocument, Scope};

const INSTANCE: &str = "AWS::S3::AccessGrantsInstance";
const GRANT: &str = "AWS::S3::AccessGrant";

/// Facts of `AWS::S3::AccessGrantsInstance`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    access_grants_instance_id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    access_grants_instance_arn: Fact<Option<String>>,
    /// The Identity Center whose people and groups grants may name; null without one.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    identity_center_instance_arn: Fact<Option<String>>,
    /// What lets other accounts use the instance.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    resource_policy: Fact<Option<PolicyDocument>>,
}

/// Facts of `AWS::S3::AccessGrant`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Grant {
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    access_grant_id: Fact<String>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    access_grant_arn: Fact<Option<String>>,
    /// Such as `s3://records/scans/*`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    grant_scope: Fact<Option<String>>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    grantee: Fact<Option<Grantee>>,
    /// `READ`, `WRITE` or `READWRITE`.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    permission: Fact<Option<String>>,
    /// The application of Identity Center by which alone it may be used; null for any.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    application_arn: Fact<Option<String>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Grantee {
    /// `IAM`, `DIRECTORY_USER` or `DIRECTORY_GROUP`.
    grantee_type: Option<String>,
    /// The ARN of the user or role, or the id in Identity Center.
    grantee_identifier: Option<String>,
}

const LIST_INSTANCES: Operation = Operation {
    service: "s3control",
    name: "ListAccessGrantsInstances",
    iam_actions: &["s3:ListAccessGrantsInstances"],
    yields: &[Yield::Population(INSTANCE), Yield::Population(GRANT)],
};
const GET_POLICY: Operation = Operation {
    service: "s3control",
    name: "GetAccessGrantsInstanceResourcePolicy",
    iam_actions: &["s3:GetAccessGrantsInstanceResourcePolicy"],
    yields: &[Yield::Facts(INSTANCE, &["ResourcePolicy"])],
};
const LIST_GRANTS: Operation = Operation {
    service: "s3control",
    name: "ListAccessGrants",
    iam_actions: &["s3:ListAccessGrants"],
    yields: &[Yield::Population(GRANT)],
};

/// The collector of S3 Access Grants.
pub struct S3Grants;

impl Collector for S3Grants {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<Instance>(INSTANCE, "s3", Scope::Region), Kind::of::<Grant>(GRANT, "s3", Scope::Region)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&LIST_INSTANCES, &GET_POLICY, &LIST_GRANTS]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            session.each(regions, |region| read_region(session.region(&region))).await;
        })
    }
}

async fn read_region(site: Site) {
    let client = client(&site);
    let account = site.session().account().to_owned();
    let pages = || client.list_access_grants_instances().account_id(&account).into_paginator().send();
    let listing = site.pages(&LIST_INSTANCES, None, pages).await;
    for instance in listing.items.into_iter().flat_map(|page| page.access_grants_instances_list.unwrap_or_default()) {
        read_instance(&site, &client, &account, instance).await;
        let pages = || client.list_access_grants().account_id(&account).into_paginator().send();
        let listing = site.pages(&LIST_GRANTS, None, pages).await;
        let grants = listing.items.into_iter().flat_map(|page| page.access_grants_list.unwrap_or_default());
        grants.for_each(|grant| emit_grant(&site, grant));
    }
}

async fn read_instance(site: &Site, client: &Client, account: &str, listed: sdk::ListAccessGrantsInstanceEntry) {
    let (id, gone) = (listed.access_grants_instance_id(), &["AccessGrantsInstanceNotExistsError"]);
    let Some(instance) = site.listed(INSTANCE, &LIST_INSTANCES, ("AccessGrantsInstanceId", id), gone) else { return };
    let call = || client.get_access_grants_instance_resource_policy().account_id(account).send();
    let policy = instance
        .fact(&GET_POLICY, &["AccessGrantsInstanceResourcePolicyNotExists"], call, |output| {
            output.and_then(|output| output.policy).map(|text| PolicyDocument::parse(&text)).transpose()
        })
        .await;
    let facts = Instance {
        access_grants_instance_id: Fact::Known(instance.id().to_owned()),
        access_grants_instance_arn: Fact::Known(listed.access_grants_instance_arn.clone()),
        identity_center_instance_arn: Fact::Known(listed.identity_center_instance_arn.clone()),
        resource_policy: policy,
    };
    instance.emit(listed.access_grants_instance_arn.clone(), &facts);
}

fn emit_grant(site: &Site, listed: sdk::ListAccessGrantEntry) {
    let id = ("AccessGrantId", listed.access_grant_id.as_deref());
    let Some(grant) = site.listed(GRANT, &LIST_GRANTS, id, &[]) else { return };
    let facts = Grant {
        access_grant_id: Fact::Known(grant.id().to_owned()),
        access_grant_arn: Fact::Known(listed.access_grant_arn.clone()),
        grant_scope: Fact::Known(listed.grant_scope),
        grantee: Fact::Known(listed.grantee.map(|grantee| Grantee {
            grantee_type: grantee.grantee_type.map(|one| one.as_str().to_owned()),
            grantee_identifier: grantee.grantee_identifier,
        })),
        permission: Fact::Known(listed.permission.map(|one| one.as_str().to_owned())),
        application_arn: Fact::Known(listed.application_arn),
    };
    grant.emit(listed.access_grant_arn, &facts);
}
