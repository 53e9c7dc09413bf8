//! The snapshot of a large account, of any size: the sample account's resources, copied in the mix that large accounts
//! have, with half of the calls for policies denied.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use safeguard::model::{CallOutcome, CallRecord, Gap, GapClass, Resource, Snapshot};
use safeguard::scan::snapshot_file;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

const SAMPLE: &[u8] = include_bytes!("../../fixtures/demo.ndjson");

/// How often a kind stands in a large account beside the others. A kind that is not here has the weight [`USUAL`].
const WEIGHTS: [(&str, usize); 14] = [
    ("AWS::Tagging::Resource", 200),
    ("AWS::RDS::DBSnapshot", 150),
    ("AWS::S3::Bucket", 120),
    ("AWS::IAM::Role", 120),
    ("AWS::Backup::ProtectedResource", 80),
    ("AWS::IAM::ManagedPolicy", 60),
    ("AWS::IAM::Policy", 60),
    ("AWS::RDS::DBInstance", 60),
    ("AWS::RDS::DBClusterSnapshot", 50),
    ("AWS::RDS::DBInstanceAutomatedBackup", 40),
    ("AWS::KMS::Key", 30),
    ("AWS::IAM::User", 15),
    ("AWS::RDS::DBCluster", 15),
    ("AWS::S3::AccessPoint", 10),
];
const USUAL: usize = 4;

/// The kinds of which an account has one or a few, however large it is.
const FEW: [&str; 12] = [
    "AWS::Account",
    "AWS::Artifact::CustomerAgreement",
    "AWS::CloudTrail::EventDataStore",
    "AWS::CloudTrail::EventHistory",
    "AWS::CloudTrail::Trail",
    "AWS::IAM::ServiceLastAccessed",
    "AWS::KMS::CustomKeyStore",
    "AWS::Organizations::Policy",
    "AWS::RDS::DBMajorEngineVersion",
    "AWS::Region",
    "AWS::S3::AccessGrantsInstance",
    "AWS::SocialMessaging::LinkedWhatsAppBusinessAccount",
];

/// The policies that need a call for each resource: kind, fact, service, operation.
const POLICIES: [(&str, &str, &str, &str); 3] = [
    ("AWS::S3::Bucket", "BucketPolicy", "s3", "GetBucketPolicy"),
    ("AWS::S3::AccessPoint", "Policy", "s3control", "GetAccessPointPolicy"),
    ("AWS::KMS::Key", "KeyPolicy", "kms", "GetKeyPolicy"),
];

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Resource(&'a Resource),
    Gap(&'a Gap),
    Call(&'a CallRecord),
}

/// Writes the snapshot of an account of about that many resources.
pub fn write(size: usize, path: &Path) -> io::Result<()> {
    let sample =
        snapshot_file::read(SAMPLE, "the sample account").map_err(|error| io::Error::other(error.to_string()))?;
    let mut by_kind: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    sample.resources.iter().for_each(|resource| by_kind.entry(&resource.kind).or_default().push(resource));
    let weights: usize = by_kind.keys().map(|kind| weight(kind)).sum();
    let few = sample.resources.iter().filter(|resource| weight(&resource.kind) == 0).count();

    let mut file = Digested { out: BufWriter::new(File::create(path)?), hash: Sha256::new() };
    file.line(&json!({ "header": sample.header }))?;
    let (mut written, mut gaps, mut calls) = (0, Vec::new(), Vec::new());
    for (kind, templates) in by_kind {
        let count = match weight(kind) {
            0 => templates.len(),
            weight => (size.saturating_sub(few) * weight).div_ceil(weights).max(templates.len()),
        };
        for number in 0..count {
            let mut resource = copy(templates[number % templates.len()], number / templates.len())?;
            if let Some((_, fact, service, operation)) = POLICIES.iter().find(|(of, ..)| *of == kind) {
                let gap = number.is_multiple_of(2).then(|| deny(&mut resource, fact, service, operation)).flatten();
                calls.push(call(&sample, &resource, service, operation, gap.is_some()));
                gaps.extend(gap);
            }
            file.line(&Line::Resource(&resource))?;
            written += 1;
        }
    }
    gaps.iter().try_for_each(|gap| file.line(&Line::Gap(gap)))?;
    calls.iter().try_for_each(|call| file.line(&Line::Call(call)))?;
    let sha256 = hex::encode(file.hash.finalize());
    let (gaps, calls) = (gaps.len(), calls.len());
    // A snapshot is believed only if its closing line is the one that a scan writes, to the byte.
    let end =
        format!("{{\"end\":{{\"resources\":{written},\"gaps\":{gaps},\"calls\":{calls},\"sha256\":\"{sha256}\"}}}}\n");
    file.out.write_all(end.as_bytes())?;
    file.out.flush()
}

fn weight(kind: &str) -> usize {
    if FEW.contains(&kind) {
        return 0;
    }
    WEIGHTS.iter().find(|(of, _)| *of == kind).map_or(USUAL, |(_, weight)| *weight)
}

/// The same resource under another name. What it names of others stays: a large account shares keys and roles.
fn copy(template: &Resource, number: usize) -> io::Result<Resource> {
    if number == 0 {
        return Ok(template.clone());
    }
    let name = serde_json::to_string(&template.id)?;
    let name = name.trim_matches('"');
    let text = serde_json::to_string(template)?.replace(name, &format!("{name}-{number}"));
    Ok(serde_json::from_str(&text)?)
}

/// Takes the policy away, as if the call for it had been denied.
fn deny(resource: &mut Resource, fact: &str, service: &str, operation: &str) -> Option<Gap> {
    resource.facts.as_object_mut()?.remove(fact)?;
    Some(Gap {
        account: resource.account,
        region: resource.region.clone(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        resource: Some(resource.id.clone()),
        class: GapClass::Denied,
        code: "AccessDenied".to_owned(),
        message: "User: arn:aws:iam::123456789012:user/auditor is not authorized to perform this action".to_owned(),
        request_id: Some("A1B2C3D4E5F6".to_owned()),
        facts: vec![format!("{}.{fact}", resource.kind)],
        population: vec![],
        iam_actions: vec![format!("{service}:{operation}")],
    })
}

fn call(sample: &Snapshot, resource: &Resource, service: &str, operation: &str, is_denied: bool) -> CallRecord {
    CallRecord {
        service: service.to_owned(),
        operation: operation.to_owned(),
        region: resource.region.clone(),
        resource: Some(resource.id.clone()),
        started_at: sample.header.taken_at,
        account: Some(resource.account),
        outcome: if is_denied { CallOutcome::Failed } else { CallOutcome::Ok },
        code: is_denied.then(|| "AccessDenied".to_owned()),
        http_status: Some(if is_denied { 403 } else { 200 }),
        attempts: 1,
        duration_ms: 20,
        request_id: Some("A1B2C3D4E5F6".to_owned()),
        sha256: None,
    }
}

/// Lines, and the digest of all of them.
struct Digested {
    out: BufWriter<File>,
    hash: Sha256,
}

impl Digested {
    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.hash.update(&line);
        self.out.write_all(&line)
    }
}
