//! Does a resource policy refuse plain HTTP, and old versions of TLS?
//!
//! Only an explicit Deny counts: a grant under the condition of TLS leaves every other grant as it is, in identity policies
//! of the same account too. What Denies refuse together is seen where each request is refused whole by one of them, or
//! where a probe gets past all of them; in between, and where conditions may complement each other, the answer is unknown.

use super::condition::{Given, Holds, Request, all_hold};
use super::document::{Document, Principal, Scope, Statement, ask};
use super::glob::Glob;
use crate::model::Truth;
use serde_json::Value;
use std::collections::BTreeSet;

const SECURE_TRANSPORT: &str = "aws:securetransport";
const TLS_VERSION: &str = "s3:tlsversion";
/// The versions that S3 reports in `s3:TlsVersion`.
const TLS_VERSIONS: [f64; 4] = [1.0, 1.1, 1.2, 1.3];

/// Is every request without TLS to the resource explicitly denied, whoever makes it?
///
/// `arn` is the resource that the policy is attached to; for an S3 bucket its objects are meant as well. Every action of the
/// service must be denied, save where other requests carry no data: for SNS it is publishing, for EFS the actions of NFS
/// clients. Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>, "Restrict access to only
/// HTTPS requests".
pub fn denies_insecure_transport(policy: &Value, arn: &str) -> Truth {
    let plain_http = |key: &str| match key {
        SECURE_TRANSPORT => Some(Given::Flag(false)),
        // On plain HTTP there is no such key, so a Deny of old TLS versions does not reach it.
        TLS_VERSION => Some(Given::Absent),
        _ => None,
    };
    ask(policy, Truth::False, |document| denied(document, arn, &plain_http))
}

/// Is every TLS request of a version below `version` (such as 1.2) to the resource explicitly denied, whoever makes it?
///
/// It says nothing about plain HTTP, which has no TLS version: ask [`denies_insecure_transport`] as well. Resources other
/// than S3 buckets have no such condition key, so there only a Deny of everything answers true. Unknown for a version that
/// no known version lies below. Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html>, `s3:TlsVersion`.
pub fn denies_tls_below(policy: &Value, arn: &str, version: f64) -> Truth {
    let below: Vec<f64> = TLS_VERSIONS.into_iter().filter(|known| *known < version).collect();
    if below.is_empty() {
        return Truth::Unknown;
    }
    let is_s3 = service(arn) == Some("s3");
    ask(policy, Truth::False, |document| {
        below.iter().fold(Truth::True, |so_far, number| {
            let old_tls = |key: &str| match key {
                SECURE_TRANSPORT => Some(Given::Flag(true)),
                TLS_VERSION if is_s3 => Some(Given::Number(*number)),
                TLS_VERSION => Some(Given::Absent),
                _ => None,
            };
            so_far.and(denied(document, arn, &old_tls))
        })
    })
}

/// Are all requests of the class to the resource explicitly denied?
fn denied(document: &Document, arn: &str, request: &Request<'_>) -> Truth {
    let Some(targets) = targets(arn) else { return Truth::Unknown };
    let mut certain = Vec::new();
    let mut possible = Vec::new();
    let mut partial = Vec::new();
    for statement in document.denies().filter(|statement| is_about_everyone(statement)) {
        match all_hold(&statement.conditions, request) {
            Holds::Always => {
                certain.push(statement);
                possible.push(statement);
            }
            Holds::Unclear => possible.push(statement),
            Holds::Sometimes => partial.push(statement),
            Holds::Never => {}
        }
    }
    if complement_each_other(&partial) {
        possible.extend(partial);
    }
    targets.iter().fold(Truth::True, |so_far, target| {
        let answer = match target.refused_by(&certain) {
            Truth::False if target.refused_by(&possible) != Truth::False => Truth::Unknown,
            answer => answer,
        };
        so_far.and(answer)
    })
}

/// Does one Deny hold where a key matches and another where it does not, so that together they may leave no gap?
fn complement_each_other(denials: &[&Statement]) -> bool {
    let tested = |negated: bool| -> BTreeSet<&str> {
        let conditions = denials.iter().flat_map(|denial| &denial.conditions);
        conditions.filter(|one| one.operator.negated == negated).map(|one| &one.key[..]).collect()
    };
    !tested(true).is_disjoint(&tested(false))
}

fn is_about_everyone(statement: &Statement) -> bool {
    match &statement.principals {
        Some(Scope::Only(named)) => named.contains(&Principal::Anyone),
        Some(Scope::AllBut(spared)) => spared.iter().all(|one| matches!(one, Principal::Deleted(_))),
        None => false,
    }
}

/// Resources of one form, and the actions on them that must be refused.
struct Target {
    resources: Glob,
    actions: Vec<Glob>,
    /// Real actions among them, to find one that gets through.
    known_actions: &'static [&'static str],
}

impl Target {
    fn refused_by(&self, denials: &[&Statement]) -> Truth {
        let refused_whole = |actions: &Glob| {
            denials.iter().any(|denial| is_about(denial, &self.resources) && denial.actions.covers(actions))
        };
        if self.actions.iter().all(refused_whole) {
            Truth::True
        } else if self.something_gets_through(denials) {
            Truth::False
        } else {
            Truth::Unknown
        }
    }

    fn something_gets_through(&self, denials: &[&Statement]) -> bool {
        self.resource_probes(denials).iter().any(|resource| {
            let about: Vec<_> = denials.iter().filter(|denial| is_about(denial, resource)).collect();
            let refused = |action: &&str| about.iter().any(|denial| denial.actions.covers(&Glob::action(action)));
            about.is_empty() || !self.known_actions.iter().all(refused)
        })
    }

    /// Resources of this form that the statements may tell apart, and one that no statement has in mind.
    fn resource_probes(&self, denials: &[&Statement]) -> Vec<Glob> {
        /// More are not needed to find the usual gap, and hostile documents have thousands.
        const MOST: usize = 200;
        let written = denials.iter().filter_map(|statement| statement.resources.as_ref()).flat_map(Scope::patterns);
        let examples = written.map(|pattern| pattern.example("any-other-key"));
        std::iter::once(self.resources.example("any-other-key"))
            .chain(examples.filter(|example| self.resources.matches(example)).take(MOST))
            .map(|example| Glob::new(&example))
            .collect()
    }
}

fn is_about(statement: &Statement, resources: &Glob) -> bool {
    statement.resources.as_ref().is_none_or(|own| own.covers(resources))
}

fn service(arn: &str) -> Option<&str> {
    let mut fields = arn.split(':');
    (fields.next() == Some("arn")).then(|| fields.nth(1)).flatten().filter(|service| !service.is_empty())
}

/// `None` for a text that is no ARN of a single resource.
fn targets(arn: &str) -> Option<Vec<Target>> {
    let service = service(arn).filter(|_| !arn.contains(['*', '?']) && arn.split(':').count() >= 6)?;
    let whole = format!("{service}:*");
    let (actions, known_actions): (&[&str], &'static [&'static str]) = match service {
        "s3" => (&[&whole], &S3_ACTIONS),
        "sqs" => (&[&whole], &SQS_ACTIONS),
        "sns" => (&["sns:Publish"], &["sns:Publish"]),
        "elasticfilesystem" => (&EFS_CLIENT_ACTIONS, &EFS_CLIENT_ACTIONS),
        _ => (&[&whole], &[]),
    };
    let actions: Vec<Glob> = actions.iter().map(|action| Glob::action(action)).collect();
    let target = |resources: &str| Target { resources: Glob::new(resources), actions: actions.clone(), known_actions };
    let is_bucket = service == "s3" && !arn.contains('/');
    Some(if is_bucket { vec![target(arn), target(&format!("{arn}/*"))] } else { vec![target(arn)] })
}

/// Actions of S3 on buckets and objects, one at least of each group that policies name together.
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
const S3_ACTIONS: [&str; 16] = [
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectAcl",
    "s3:GetBucketPolicy",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:PutBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:DeleteBucket",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:AbortMultipartUpload",
    "s3:RestoreObject",
    "s3:BypassGovernanceRetention",
];

/// Actions of SQS on a queue.
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html>.
const SQS_ACTIONS: [&str; 8] = [
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:SetQueueAttributes",
    "sqs:PurgeQueue",
    "sqs:DeleteQueue",
];

/// What a client of an EFS file system does over NFS; all else is an API that has no plain HTTP.
/// Source: <https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html>.
const EFS_CLIENT_ACTIONS: [&str; 3] =
    ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"];
