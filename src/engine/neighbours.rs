//! What the other accounts of a run tell of things that accounts share: facts beside those of the judged account, never
//! among them.
//!
//! A trail often delivers to a bucket of another account under a key of that account, and an organization's trail shows its
//! selectors only to the account that owns it. Where one run reads all of them, what the owner was told decides. Only what
//! trails name is lent, each thing by a name that no other account's thing has; lists of another account never are.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{Arn, Gap, Resource, Snapshot};

const ACCOUNT: &str = "AWS::Account";
const BUCKET: &str = "AWS::S3::Bucket";
const KEY: &str = "AWS::KMS::Key";
const TRAIL: &str = "AWS::CloudTrail::Trail";

/// The names in the trails of a run's accounts: buckets by name, keys by ARN.
#[derive(Debug, Default)]
pub struct Named(BTreeSet<(&'static str, String)>);

/// Resources that accounts lend each other, and the failed calls about them.
#[derive(Debug, Default)]
pub struct Neighbours {
    /// A trail has its ARN for an id, as it has in every account that does not own it.
    pub resources: Vec<Resource>,
    /// Each about one of the resources.
    pub gaps: Vec<Gap>,
}

impl Named {
    /// Adds what the account's trails name, and the buckets to which these buckets' own access logs go.
    pub fn add(&mut self, snapshot: &Snapshot) {
        for trail in of_kind(snapshot, TRAIL) {
            let names = [(BUCKET, text(trail, "S3BucketName")), (KEY, text(trail, "KMSKeyId"))];
            self.0.extend(names.into_iter().filter_map(|(kind, name)| Some((kind, name?.to_owned()))));
        }
    }

    fn has(&self, kind: &'static str, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.0.contains(&(kind, name.to_owned())))
    }
}

impl Neighbours {
    /// Tells whether no account lends anything.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Adds what the account lends: its buckets and keys that trails name, its own trails of an organization, and itself
    /// where it has such a bucket or lists the accounts of its organization.
    pub fn add(&mut self, snapshot: &Snapshot, named: &Named) {
        let buckets: Vec<&Resource> =
            of_kind(snapshot, BUCKET).filter(|bucket| named.has(BUCKET, text(bucket, "BucketName"))).collect();
        let targets: BTreeSet<&str> = buckets.iter().filter_map(|bucket| access_logs_go_to(bucket)).collect();
        let has_bucket = !buckets.is_empty();
        let is_target = |bucket: &&Resource| text(bucket, "BucketName").is_some_and(|name| targets.contains(name));
        let targets =
            of_kind(snapshot, BUCKET).filter(|bucket| !named.has(BUCKET, text(bucket, "BucketName"))).filter(is_target);
        let keys = of_kind(snapshot, KEY).filter(|key| named.has(KEY, text(key, "Arn")));
        let trails = of_kind(snapshot, TRAIL).filter(|trail| {
            let owner = text(trail, "Arn").and_then(Arn::parse).map(|arn| arn.account);
            owner == Some(&snapshot.header.account) && trail.fact("IsOrganizationTrail") == Some(&Value::Bool(true))
        });
        let lists = |account: &&Resource| account.fact("OrganizationAccounts").is_some_and(Value::is_array);
        let accounts = of_kind(snapshot, ACCOUNT).filter(|account| has_bucket || lists(account));
        for resource in buckets.iter().copied().chain(targets).chain(keys).chain(trails).chain(accounts) {
            self.lend(resource, &snapshot.gaps);
        }
    }

    fn lend(&mut self, resource: &Resource, gaps: &[Gap]) {
        let id = match text(resource, "Arn") {
            Some(arn) if resource.kind == TRAIL => arn,
            _ => &resource.id,
        };
        let is_near = |gap: &&Gap| match &gap.resource {
            Some(about) => *about == resource.id,
            None => gap.region == resource.region || gap.region == crate::model::Region::GLOBAL,
        };
        for gap in gaps.iter().filter(is_near) {
            let is_of_kind = |fact: &&String| fact.rsplit_once('.').is_some_and(|(kind, _)| kind == resource.kind);
            let facts: Vec<String> = gap.facts.iter().filter(is_of_kind).cloned().collect();
            if !facts.is_empty() {
                self.gaps.push(Gap { resource: Some(id.to_owned()), facts, population: Vec::new(), ..gap.clone() });
            }
        }
        self.resources.push(Resource { id: id.to_owned(), ..resource.clone() });
    }
}

fn of_kind<'s>(snapshot: &'s Snapshot, kind: &'static str) -> impl Iterator<Item = &'s Resource> {
    snapshot.resources.iter().filter(move |resource| resource.kind == kind)
}

fn text<'r>(resource: &'r Resource, fact: &str) -> Option<&'r str> {
    resource.fact(fact)?.as_str()
}

fn access_logs_go_to(bucket: &Resource) -> Option<&str> {
    bucket.fact("LoggingConfiguration")?.get("DestinationBucketName")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{GapClass, Header, SNAPSHOT_SCHEMA_VERSION};

    const TRAIL_ARN: &str = "arn:aws:cloudtrail:us-east-1:999999999999:trail/all";

    fn snapshot(account: &str, resources: Vec<(&str, &str, Value)>) -> Snapshot {
        let resource = |(kind, id, facts): (&str, &str, Value)| Resource {
            kind: kind.to_owned(),
            id: id.to_owned(),
            arn: facts["Arn"].as_str().map(str::to_owned),
            account: account.parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            facts,
        };
        let time = || "2026-01-01T00:00:00Z".parse().unwrap();
        let header = Header {
            schema_version: SNAPSHOT_SCHEMA_VERSION,
            account: account.parse().unwrap(),
            partition: "aws".to_owned(),
            caller: None,
            enabled_regions: None,
            regions: vec!["us-east-1".parse().unwrap()],
            taken_at: time(),
            finished_at: time(),
            tool_version: String::new(),
            kinds: vec![BUCKET.to_owned(), KEY.to_owned(), TRAIL.to_owned(), ACCOUNT.to_owned()],
        };
        let resources = resources.into_iter().map(resource).collect();
        Snapshot { header, resources, gaps: Vec::new(), calls: Vec::new() }
    }

    fn gap(resource: Option<&str>, region: &str, facts: &[&str]) -> Gap {
        Gap {
            account: "999999999999".parse().unwrap(),
            region: region.parse().unwrap(),
            service: "s3".to_owned(),
            operation: "Get".to_owned(),
            resource: resource.map(str::to_owned),
            class: GapClass::Denied,
            code: "AccessDenied".to_owned(),
            message: String::new(),
            request_id: None,
            facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
            population: vec![BUCKET.to_owned()],
            iam_actions: Vec::new(),
        }
    }

    /// What the log archive lends to a member whose trail names one of its buckets and one of its keys.
    fn lent() -> Neighbours {
        let key = "arn:aws:kms:us-east-1:999999999999:key/1";
        let member = snapshot(
            "123456789012",
            vec![(TRAIL, "own", json!({"S3BucketName": "central", "KMSKeyId": key, "Arn": "arn:aws:cloudtrail:::x"}))],
        );
        let trail = json!({"Arn": TRAIL_ARN, "IsOrganizationTrail": true, "S3BucketName": null, "KMSKeyId": null});
        let mut archive = snapshot(
            "999999999999",
            vec![
                (
                    BUCKET,
                    "central",
                    json!({"BucketName": "central",
                    "LoggingConfiguration": {"DestinationBucketName": "access"}}),
                ),
                (BUCKET, "access", json!({"BucketName": "access"})),
                (BUCKET, "records", json!({"BucketName": "records"})),
                (KEY, "1", json!({"Arn": key})),
                (KEY, "2", json!({"Arn": "arn:aws:kms:us-east-1:999999999999:key/2"})),
                (TRAIL, "all", trail),
                (
                    TRAIL,
                    "other",
                    json!({"Arn": "arn:aws:cloudtrail:us-east-1:888888888888:trail/other",
                    "IsOrganizationTrail": true}),
                ),
                (
                    TRAIL,
                    "alone",
                    json!({"Arn": "arn:aws:cloudtrail:us-east-1:999999999999:trail/alone",
                    "IsOrganizationTrail": false}),
                ),
                (ACCOUNT, "999999999999", json!({"AccountId": "999999999999", "OrganizationAccounts": null})),
            ],
        );
        archive.gaps = vec![
            gap(Some("central"), "us-east-1", &["AWS::S3::Bucket.BucketPolicy"]),
            gap(Some("records"), "us-east-1", &["AWS::S3::Bucket.BucketPolicy"]),
            gap(Some("all"), "us-east-1", &["AWS::CloudTrail::Trail.EventSelectors", "AWS::Other::Kind.Fact"]),
            gap(None, "eu-west-1", &["AWS::KMS::Key.KeyPolicy"]),
        ];
        let mut named = Named::default();
        named.add(&member);
        named.add(&archive);
        let mut neighbours = Neighbours::default();
        neighbours.add(&member, &named);
        assert!(neighbours.is_empty(), "a member's own trail is nobody else's");
        neighbours.add(&archive, &named);
        neighbours
    }

    #[test]
    fn what_trails_name_is_lent_and_nothing_else() {
        let lent: Vec<(String, String)> = lent().resources.into_iter().map(|it| (it.kind, it.id)).collect();
        let expected =
            [(BUCKET, "central"), (BUCKET, "access"), (KEY, "1"), (TRAIL, TRAIL_ARN), (ACCOUNT, "999999999999")];
        assert_eq!(lent, expected.map(|(kind, id)| (kind.to_owned(), id.to_owned())));
    }

    #[test]
    fn the_failed_calls_about_it_go_with_it() {
        let gaps = lent().gaps;
        let about: Vec<(Option<&str>, &[String])> =
            gaps.iter().map(|gap| (gap.resource.as_deref(), &*gap.facts)).collect();
        let (policy, selectors) =
            (["AWS::S3::Bucket.BucketPolicy".to_owned()], ["AWS::CloudTrail::Trail.EventSelectors".to_owned()]);
        assert_eq!(about, [(Some("central"), &policy[..]), (Some(TRAIL_ARN), &selectors[..])]);
        assert!(gaps.iter().all(|gap| gap.population.is_empty()), "no list of the judged account is in doubt");
    }
}
