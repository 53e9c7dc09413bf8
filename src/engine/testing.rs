//! A small account for the tests of this room: shelves in two regions, and a rule about them.

use serde_json::{Value, json};

use super::neighbours::Neighbours;
use super::scope::PhiScope;
use super::{Estate, Judge};
use crate::model::{
    Finding, Gap, GapClass, Header, PhiScopeInfo, Report, ReportScope, Resource, SNAPSHOT_SCHEMA_VERSION, ScanInfo,
    Snapshot, Summary,
};
use crate::rule::RuleSet;
use crate::rule::testing::{GOOD, kinds, set, source};

pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const SHELF: &str = "AWS::Store::Shelf";

/// The good rule alone.
pub(super) fn rules() -> RuleSet {
    set(vec![source(GOOD)])
}

pub(super) fn open_shelf() -> Value {
    json!({"ShelfName": "a", "Locked": false, "Days": 7, "Shared": false})
}

pub(super) fn locked_shelf() -> Value {
    json!({"ShelfName": "a", "Locked": true, "Days": 7, "Shared": false})
}

/// A shelf of which nobody knows whether it is locked.
pub(super) fn dark_shelf() -> Value {
    json!({"ShelfName": "a", "Days": 7, "Shared": false})
}

pub(super) fn shared_shelf() -> Value {
    json!({"ShelfName": "a", "Locked": false, "Days": 7, "Shared": true})
}

/// A shelf in a region.
pub(super) fn shelf(id: &str, region: &str, facts: Value) -> Resource {
    Resource {
        kind: SHELF.to_owned(),
        id: id.to_owned(),
        arn: Some(format!("arn:aws:store:{region}:{ACCOUNT}:shelf/{id}")),
        account: ACCOUNT.parse().unwrap(),
        region: region.parse().unwrap(),
        facts,
    }
}

/// Makes the snapshot of an account on a day.
pub(super) fn snapshot(day: &str, resources: Vec<Resource>) -> Snapshot {
    Snapshot {
        header: Header {
            schema_version: SNAPSHOT_SCHEMA_VERSION,
            account: ACCOUNT.parse().unwrap(),
            partition: "aws".to_owned(),
            caller: None,
            enabled_regions: None,
            regions: vec!["eu-west-1".parse().unwrap(), "us-east-1".parse().unwrap()],
            taken_at: format!("{day}T12:00:00Z").parse().unwrap(),
            finished_at: format!("{day}T12:00:01Z").parse().unwrap(),
            tool_version: "0.1.0".to_owned(),
            kinds: vec![SHELF.to_owned()],
        },
        resources,
        gaps: Vec::new(),
        calls: Vec::new(),
    }
}

/// The list of shelves of a region could not be read.
pub(super) fn unread_list(region: &str) -> Gap {
    Gap {
        account: ACCOUNT.parse().unwrap(),
        region: region.parse().unwrap(),
        service: "store".to_owned(),
        operation: "ListShelves".to_owned(),
        resource: None,
        class: GapClass::Denied,
        code: "AccessDenied".to_owned(),
        message: String::new(),
        request_id: None,
        facts: Vec::new(),
        population: vec![SHELF.to_owned()],
        iam_actions: Vec::new(),
    }
}

pub(super) fn findings(snapshot: &Snapshot, rules: &RuleSet) -> Vec<Finding> {
    Judge::new(&Estate::of(snapshot), &Neighbours::default(), &kinds(), &PhiScope::default()).findings(rules)
}

/// The report of a snapshot.
pub(super) fn report(snapshot: &Snapshot, rules: &RuleSet) -> Report {
    let findings = findings(snapshot, rules);
    let mut summary = Summary::default();
    findings.iter().for_each(|finding| summary.count(finding));
    Report {
        schema_version: 1,
        scan: ScanInfo {
            tool_version: snapshot.header.tool_version.clone(),
            source: "live".to_owned(),
            started_at: snapshot.header.taken_at,
            finished_at: snapshot.header.finished_at,
            accounts: vec![snapshot.header.account],
            regions: snapshot.header.regions.clone(),
            rule_count: rules.len(),
            rules_known: rules.len(),
            resource_count: snapshot.resources.len(),
            call_count: 1,
            catalog_dates: Vec::new(),
            phi_scope: PhiScopeInfo::default(),
            soc2_categories: Vec::new(),
            roles: Vec::new(),
        },
        scope: ReportScope::default(),
        summary,
        findings,
        gaps: snapshot.gaps.clone(),
        coverage: Vec::new(),
        requirements: Vec::new(),
        warnings: Vec::new(),
        rules: rules.iter().map(|rule| rule.info()).collect(),
        services: None,
        waivers: Vec::new(),
        comparison: None,
        organization: None,
    }
}
