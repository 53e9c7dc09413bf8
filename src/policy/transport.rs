//! Asks whether a resource policy refuses plain HTTP, and old versions of TLS.
//!
//! Only an explicit Deny counts: a grant under the condition of TLS leaves every other grant as it is, in identity
//! policies of the same account too. AWS services are not asked about: they use TLS for what they do for customers.

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::context;
use super::document::ask;
use super::request::Caller;
use super::space::{Askers, Goal, Space};
use super::targets;
use crate::model::Truth;
use serde_json::{Value, json};

/// The versions that S3 reports in `s3:TlsVersion`.
const TLS_VERSIONS: [f64; 4] = [1.0, 1.1, 1.2, 1.3];

/// Is every request without TLS to the resource explicitly denied, whoever but an AWS service makes it?
///
/// `arn` is the resource that the policy is attached to; for an S3 bucket its objects are meant as well. Every action
/// of the service must be denied, save where other requests carry no data: for SNS it is publishing, for EFS the
/// actions of NFS clients. Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>, "Restrict access to
/// only HTTPS requests".
pub fn denies_insecure_transport(policy: &Value, arn: &str) -> PolicyAnswer {
    denies(policy, arn, |secure, _| !secure)
}

/// Is every TLS request of a version below `version` (such as 1.2) to the resource explicitly denied, whoever but an
/// AWS service makes it?
///
/// It says nothing about plain HTTP, which has no TLS version: ask [`denies_insecure_transport`] as well. Resources
/// other than S3 buckets have no such condition key, so there only a Deny of everything answers true. Unknown for a
/// version that no known version lies below. Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html>, `s3:TlsVersion`.
pub fn denies_tls_below(policy: &Value, arn: &str, version: f64) -> PolicyAnswer {
    if !TLS_VERSIONS.iter().any(|known| *known < version) {
        return PolicyAnswer::unclear(format!("no version of TLS that S3 reports lies below {version}"));
    }
    denies(policy, arn, |secure, own| secure && own.is_none_or(|own| own < version))
}

/// Are all requests over such connections (secure or not, and of which version) denied?
fn denies(policy: &Value, arn: &str, concerns: impl Fn(bool, Option<f64>) -> bool) -> PolicyAnswer {
    // No policy at all is one without statements.
    let none = json!({"Statement": []});
    let policy = if policy.is_null() { &none } else { policy };
    ask(policy, Truth::False, |document| {
        let documents = [document];
        if !targets::is_one_resource(arn) {
            return PolicyAnswer::unclear(format!("{arn:?} is no ARN of a single resource"));
        }
        let space = Space::new(&[&documents], Askers::Everyone { known: &[] }, |mentions| {
            targets::on_resource(mentions, arn, &carries_data)
        });
        let filter = |axis: &Axis, point: &Point| {
            // AWS services speak TLS among themselves: a Deny that spares them opens nothing.
            if let Some(caller) = &point.caller {
                return Truth::from(!matches!(caller, Caller::Service(_)));
            }
            let Some(secure) = axis.value(point, context::SECURE_TRANSPORT) else { return Truth::True };
            let version = axis.value(point, context::TLS_VERSION).and_then(|values| values.first());
            let is_secure = secure.first().is_some_and(|value| value == "true");
            Truth::from(concerns(is_secure, version.and_then(|version| version.parse().ok())))
        };
        !PolicyAnswer::exists(&space, space.exists(Goal::NotDenied, &filter))
    })
}

/// Picks the actions that carry data over a connection that may be plain: publishing for SNS, and those of NFS clients
/// for EFS. Their other actions belong to an API without plain HTTP.
///
/// Sources: <https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html>, "Enforce encryption of data
/// in transit"; <https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html>.
fn carries_data(action: &str) -> Option<u8> {
    let does = match action.split_once(':') {
        Some(("sns", name)) => name == "publish",
        Some(("elasticfilesystem", name)) => ["clientmount", "clientwrite", "clientrootaccess"].contains(&name),
        _ => true,
    };
    does.then_some(0)
}
