//! S3 Access Grants: who may ask S3 for credentials to which prefixes, beside all policies of buckets.
//!
//! There is one instance for each region at most, so most regions answer with an empty list and are asked nothing more.

use std::sync::Arc;

use aws_sdk_s3control::{Client, types as sdk};

use super::facts::{facts, shape};
use super::s3control::client;
use super::{Collector, Work};
use crate::aws::{Operation, Session, Site, Yield};
use crate::model::{Kind, PolicyDocument, Scope};

const INSTANCE: &str = "AWS::S3::AccessGrantsInstance";
const GRANT: &str = "AWS::S3::AccessGrant";

facts! {
    /// Facts of `AWS::S3::AccessGrantsInstance`.
    struct Instance;

    list(instance: &sdk::ListAccessGrantsInstanceEntry) {
        AccessGrantsInstanceId: String = instance.access_grants_instance_id;
        AccessGrantsInstanceArn: Option<String> = instance.access_grants_instance_arn;
        /// The Identity Center whose people and groups grants may name; null without one.
        IdentityCenterInstanceArn: Option<String> = instance.identity_center_instance_arn;
    }

    later gives POLICY {
        /// What lets other accounts use the instance.
        ResourcePolicy: Option<PolicyDocument>;
    }
}

facts! {
    /// Facts of `AWS::S3::AccessGrant`.
    struct Grant;

    list(grant: &sdk::ListAccessGrantEntry) {
        AccessGrantId: String = grant.access_grant_id;
        AccessGrantArn: Option<String> = grant.access_grant_arn;
        /// Such as `s3://records/scans/*`.
        GrantScope: Option<String> = grant.grant_scope;
        Grantee: Option<Grantee> = grant.grantee;
        /// `READ`, `WRITE` or `READWRITE`.
        Permission: Option<String> = grant.permission;
        /// The application of Identity Center by which alone it may be used; null for any.
        ApplicationArn: Option<String> = grant.application_arn;
    }
}

shape! {
    struct Grantee of grantee: sdk::Grantee {
        /// `IAM`, `DIRECTORY_USER` or `DIRECTORY_GROUP`.
        GranteeType: Option<String> = grantee.grantee_type;
        /// The ARN of the user or role, or the id in Identity Center.
        GranteeIdentifier: Option<String> = grantee.grantee_identifier;
    }
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
    yields: &[Yield::Facts(INSTANCE, Instance::POLICY)],
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
    let account = site.session().account();
    let pages = || client.list_access_grants_instances().account_id(account).into_paginator().send();
    let listing = site.pages(&LIST_INSTANCES, None, pages).await;
    for instance in listing.items.into_iter().flat_map(|page| page.access_grants_instances_list.unwrap_or_default()) {
        read_instance(&site, &client, instance).await;
        let pages = || client.list_access_grants().account_id(account).into_paginator().send();
        let listing = site.pages(&LIST_GRANTS, None, pages).await;
        let grants = listing.items.into_iter().flat_map(|page| page.access_grants_list.unwrap_or_default());
        grants.for_each(|grant| emit_grant(&site, grant));
    }
}

async fn read_instance(site: &Site, client: &Client, listed: sdk::ListAccessGrantsInstanceEntry) {
    let id = ("AccessGrantsInstanceId", listed.access_grants_instance_id());
    let gone = &["AccessGrantsInstanceNotExistsError"];
    let Some(instance) = site.listed(INSTANCE, &LIST_INSTANCES, id, gone) else { return };
    let mut facts = Instance::default();
    instance.lacks(&LIST_INSTANCES, facts.list(&listed));
    let call = || client.get_access_grants_instance_resource_policy().account_id(site.session().account()).send();
    let none = &["AccessGrantsInstanceResourcePolicyNotExists"];
    facts.ResourcePolicy = instance.read(&GET_POLICY, none, call, |output| output.policy).await;
    instance.emit(listed.access_grants_instance_arn, &facts);
}

fn emit_grant(site: &Site, listed: sdk::ListAccessGrantEntry) {
    let id = ("AccessGrantId", listed.access_grant_id());
    let Some(grant) = site.listed(GRANT, &LIST_GRANTS, id, &[]) else { return };
    let mut facts = Grant::default();
    grant.lacks(&LIST_GRANTS, facts.list(&listed));
    grant.emit(listed.access_grant_arn, &facts);
}
