//! The time for which a bucket keeps a trail's logs, by its lifecycle, its versions and its Object Lock together.
//!
//! Where versions are kept, an expiration only puts a marker over a log: the log is gone when its noncurrent version
//! expires. Where versions are suspended or were never kept, the expiration deletes. A lock by default outlasts every
//! lifecycle rule.
//!
//! Two sorts of lifecycle rules do not count. Rules that ask for a tag are not about logs, which have none. Rules that
//! keep some newer versions keep every log, because a log has one version.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html>.

use serde::Deserialize;
use serde_json::Value;

use super::Facts;
use super::keys::prefix_holds_trail_logs;

/// The kind of buckets, and the facts of it that are read here.
pub const BUCKET: (&str, &[&str]) =
    ("AWS::S3::Bucket", &["LifecycleConfiguration", "VersioningConfiguration", "ObjectLockConfiguration"]);

/// The kind of trails, and the facts of it that say where its logs lie.
pub const TRAIL_PLACE: (&str, &[&str]) = ("AWS::CloudTrail::Trail", &["S3KeyPrefix", "IsOrganizationTrail"]);

/// Days that never end.
pub const FOREVER: i64 = i32::MAX as i64;

/// The time for which logs stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The days after which a log is gone that is left alone.
    pub untouched: i64,
    /// Days after which a log is gone that somebody deleted, as far as a lifecycle rule decides it.
    pub deleted: i64,
}

/// Finds how long the bucket keeps the logs of the account's trail. `None` means that a deciding fact was not read.
pub fn kept<'v>(trail: &mut Facts<'_, 'v>, bucket: &mut Facts<'_, 'v>, account: &str) -> Option<Kept> {
    let lifecycle = bucket("LifecycleConfiguration")?;
    let rules = match lifecycle {
        Value::Null => Vec::new(),
        other => BucketLifecycle::deserialize(other).ok()?.rules,
    };
    let enabled = rules.iter().filter(|rule| rule.status == "Enabled" && rule.tag_filters.is_empty());
    let mut enabled = enabled.peekable();
    if enabled.peek().is_none() {
        return Some(Kept { untouched: FOREVER, deleted: FOREVER });
    }
    let key_prefix = trail("S3KeyPrefix")?.as_str().unwrap_or_default();
    let is_organization_trail = trail("IsOrganizationTrail")?.as_bool()?;
    let about_logs: Vec<&ExpirationRule> = enabled
        .filter(|rule| {
            let prefix = rule.prefix.as_deref().unwrap_or_default();
            prefix_holds_trail_logs(prefix, key_prefix, account, is_organization_trail)
        })
        .collect();
    let expires = about_logs.iter().filter_map(|rule| rule.expires()).min().unwrap_or(FOREVER);
    let noncurrent = about_logs.iter().filter_map(|rule| rule.noncurrent()).min().unwrap_or(FOREVER);
    if expires == FOREVER && noncurrent == FOREVER {
        return Some(Kept { untouched: FOREVER, deleted: FOREVER });
    }
    let status = bucket("VersioningConfiguration")?.get("Status")?.as_str();
    let locked = locked_days(bucket("ObjectLockConfiguration")?)?;
    let untouched = match (expires, noncurrent) {
        (FOREVER, _) => FOREVER,
        (_, FOREVER) if status == Some("Enabled") => FOREVER,
        _ if status == Some("Enabled") => expires + noncurrent,
        _ => expires,
    };
    let deleted = if status.is_some() { noncurrent } else { FOREVER };
    Some(Kept { untouched: untouched.max(locked), deleted: deleted.max(locked) })
}

/// Days for which every new object is locked by default; none are 0. None for what cannot be understood.
fn locked_days(configuration: &Value) -> Option<i64> {
    if configuration.is_null() {
        return Some(0);
    }
    let retention = match configuration.get("Rule")? {
        Value::Null => return Some(0),
        rule => rule.get("DefaultRetention")?,
    };
    let number = |name: &str| retention.get(name).and_then(Value::as_i64);
    Some(number("Days").or_else(|| number("Years").map(|years| years * 365)).unwrap_or(0))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BucketLifecycle {
    rules: Vec<ExpirationRule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExpirationRule {
    status: String,
    prefix: Option<String>,
    tag_filters: Vec<Value>,
    expiration_in_days: Option<i64>,
    expiration_date: Option<String>,
    noncurrent_version_expiration: Option<NoncurrentExpiration>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NoncurrentExpiration {
    noncurrent_days: Option<i64>,
    newer_noncurrent_versions: Option<i64>,
}

impl ExpirationRule {
    /// A date is the end of everything that was there before it.
    fn expires(&self) -> Option<i64> {
        if self.expiration_date.is_some() { Some(0) } else { self.expiration_in_days }
    }

    fn noncurrent(&self) -> Option<i64> {
        let expiration = self.noncurrent_version_expiration.as_ref()?;
        expiration.noncurrent_days.filter(|_| expiration.newer_noncurrent_versions.is_none())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(changes: Value) -> Value {
        let mut rule = json!({
            "Id": "all", "Status": "Enabled", "Prefix": null, "TagFilters": [], "ExpirationInDays": null,
            "ExpirationDate": null, "NoncurrentVersionExpiration": null,
        });
        rule.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        rule
    }

    fn noncurrent(days: i64) -> Value {
        json!({"NoncurrentDays": days, "NewerNoncurrentVersions": null})
    }

    fn of(versions: Value, lock: Value, rules: &[Value]) -> Option<(i64, i64)> {
        let trail = json!({"S3KeyPrefix": null, "IsOrganizationTrail": false});
        let bucket = json!({
            "LifecycleConfiguration": {"Rules": rules}, "VersioningConfiguration": {"Status": versions},
            "ObjectLockConfiguration": lock,
        });
        let kept = kept(&mut |name| trail.get(name), &mut |name| bucket.get(name), "123456789012")?;
        Some((kept.untouched, kept.deleted))
    }

    #[test]
    fn an_expiration_deletes_where_no_versions_are_kept() {
        let year = rule(json!({"ExpirationInDays": 365}));
        assert_eq!(of(json!(null), json!(null), std::slice::from_ref(&year)), Some((365, FOREVER)));
        assert_eq!(of(json!("Suspended"), json!(null), std::slice::from_ref(&year)), Some((365, FOREVER)));
        assert_eq!(of(json!("Enabled"), json!(null), &[year]), Some((FOREVER, FOREVER)));
        let dated = rule(json!({"ExpirationDate": "2030-01-01T00:00:00Z"}));
        assert_eq!(of(json!(null), json!(null), &[dated]), Some((0, FOREVER)));
    }

    #[test]
    fn a_version_outlives_its_expiration_by_its_noncurrent_days() {
        let both = rule(json!({"ExpirationInDays": 2557, "NoncurrentVersionExpiration": noncurrent(30)}));
        assert_eq!(of(json!("Enabled"), json!(null), std::slice::from_ref(&both)), Some((2587, 30)));
        assert_eq!(of(json!(null), json!(null), &[both]), Some((2557, FOREVER)), "noncurrent days do nothing");
    }

    #[test]
    fn a_lock_outlasts_the_lifecycle() {
        let soon = rule(json!({"ExpirationInDays": 400, "NoncurrentVersionExpiration": noncurrent(1)}));
        let lock = json!({"ObjectLockEnabled": "Enabled", "Rule": {
            "DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2192, "Years": null}}});
        assert_eq!(of(json!("Enabled"), lock, std::slice::from_ref(&soon)), Some((2192, 2192)));
        assert_eq!(
            of(json!("Enabled"), json!({"ObjectLockEnabled": "Enabled", "Rule": null}), &[soon]),
            Some((401, 1))
        );
    }

    #[test]
    fn rules_about_something_else_do_not_count() {
        for other in [
            json!({"ExpirationInDays": 1, "Status": "Disabled"}),
            json!({"ExpirationInDays": 1, "Prefix": "AWSLogs/123456789012/elasticloadbalancing/"}),
            json!({"ExpirationInDays": 1, "TagFilters": [{"Key": "a", "Value": "b"}]}),
        ] {
            assert_eq!(of(json!(null), json!(null), &[rule(other)]), Some((FOREVER, FOREVER)));
        }
    }

    #[test]
    fn what_was_not_read_and_decides_leaves_it_open() {
        let trail = json!({"S3KeyPrefix": null, "IsOrganizationTrail": false});
        let bucket = json!({"LifecycleConfiguration": {"Rules": [rule(json!({"ExpirationInDays": 365}))]}});
        assert_eq!(kept(&mut |name| trail.get(name), &mut |name| bucket.get(name), "123456789012"), None);
        let plain = json!({"LifecycleConfiguration": null});
        assert!(kept(&mut |_| None, &mut |name| plain.get(name), "123456789012").is_some(), "nothing expires");
    }
}
