//! The keys of the log files that a trail writes.
//!
//! Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>.

/// Can logs or digests of a trail have keys that begin with `prefix`? `key_prefix` is the trail's own, empty for none.
///
/// Keys are `key_prefix/AWSLogs/account/CloudTrail.../`; an organization's trail has the organization's id before the
/// account, and every account of it.
pub(super) fn prefix_holds_trail_logs(
    prefix: &str,
    key_prefix: &str,
    account: &str,
    is_organization_trail: bool,
) -> bool {
    let mut rest = prefix;
    let fixed = if key_prefix.is_empty() { "AWSLogs/".to_owned() } else { format!("{key_prefix}/AWSLogs/") };
    if !eat(&mut rest, &fixed) {
        return false;
    }
    if is_organization_trail && rest.starts_with("o-") {
        // The id ends at the next slash; a prefix that ends before it says nothing about account and service.
        let Some((_, below)) = rest.split_once('/') else { return true };
        rest = below;
        let Some((_, below)) = rest.split_once('/') else { return true };
        rest = below;
    } else if !eat(&mut rest, &format!("{account}/")) {
        return is_organization_trail && "o-".starts_with(rest);
    }
    rest.starts_with("CloudTrail") || "CloudTrail".starts_with(rest)
}

/// Takes `part` from the beginning of `text`, or all of a text that ends within `part`. False where they differ.
fn eat(text: &mut &str, part: &str) -> bool {
    match text.strip_prefix(part) {
        Some(rest) => *text = rest,
        None if part.starts_with(*text) => *text = "",
        None => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_logs_if_it_is_above_or_below_them() {
        let own = |prefix: &str| prefix_holds_trail_logs(prefix, "", "123456789012", false);
        for prefix in [
            "",
            "AWS",
            "AWSLogs/",
            "AWSLogs/1234",
            "AWSLogs/123456789012/",
            "AWSLogs/123456789012/Cloud",
            "AWSLogs/123456789012/CloudTrail",
            "AWSLogs/123456789012/CloudTrail/us-east-1/",
            "AWSLogs/123456789012/CloudTrail-Digest/",
        ] {
            assert!(own(prefix), "{prefix}");
        }
        for prefix in
            ["records/", "AWSLogs/123456789012/Config/", "AWSLogs/999999999999/", "AWSLogs/o-a1/", "audit/AWSLogs/"]
        {
            assert!(!own(prefix), "{prefix}");
        }
        assert!(prefix_holds_trail_logs("audit/", "audit", "123456789012", false));
        assert!(!prefix_holds_trail_logs("AWSLogs/", "audit", "123456789012", false));
        let organization = |prefix: &str| prefix_holds_trail_logs(prefix, "", "123456789012", true);
        for prefix in [
            "AWSLogs/",
            "AWSLogs/o",
            "AWSLogs/o-a1b2c3d4e5",
            "AWSLogs/o-a1b2c3d4e5/999999999999",
            "AWSLogs/o-a1b2c3d4e5/999999999999/",
            "AWSLogs/o-a1b2c3d4e5/999999999999/CloudTrail/",
            "AWSLogs/123456789012/CloudTrail/",
        ] {
            assert!(organization(prefix), "{prefix}");
        }
        for prefix in ["AWSLogs/o-a1b2c3d4e5/999999999999/Config/", "AWSLogs/999999999999/", "records/"] {
            assert!(!organization(prefix), "{prefix}");
        }
    }
}
