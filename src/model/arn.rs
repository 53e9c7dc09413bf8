//! Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

use std::fmt::{self, Display};

/// The parts of an Amazon Resource Name. It borrows them, since a name that AWS gave stays the text that it is.
///
/// [`Display`] writes the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: &'a str,
    /// The prefix by which IAM knows the service, such as `s3`.
    pub service: &'a str,
    /// Empty for what is global.
    pub region: &'a str,
    /// Twelve digits; `aws` for what is AWS's own, and empty where the service names no account.
    pub account: &'a str,
    /// Everything behind the account, which may hold more colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes a name apart; `None` for a text that has another form. The parts are not checked: they may be empty, and
    /// hold wildcards where the text is a pattern.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next();
        let ("arn", partition, service, region, account, resource) =
            (part()?, part()?, part()?, part()?, part()?, part()?)
        else {
            return None;
        };
        Some(Self { partition, service, region, account, resource })
    }
}

/// The beginning of a name, as a pattern has it in front of its first wildcard. A part counts only where the text shows
/// that it has ended, since the last one may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArnStart<'a> {
    /// Partition, service, region and account, as far as they have ended.
    pub partition: Option<&'a str>,
    /// The prefix by which IAM knows the service.
    pub service: Option<&'a str>,
    /// Empty for what is global.
    pub region: Option<&'a str>,
    /// Empty where the service names no account.
    pub account: Option<&'a str>,
    /// The beginning of what stands behind the account.
    pub resource: Option<&'a str>,
}

impl<'a> ArnStart<'a> {
    /// Takes the beginning of a name apart; `None` for a text that begins otherwise.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text.strip_prefix("arn:")?;
        let mut part = || {
            let (part, behind) = rest.split_once(':')?;
            rest = behind;
            Some(part)
        };
        let (partition, service, region, account) = (part(), part(), part(), part());
        Some(Self { partition, service, region, account, resource: account.map(|_| rest) })
    }
}

impl Display for Arn<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(formatter, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_and_written_as_it_was() {
        for text in ["arn:aws:s3:::records", "arn:aws-cn:iam::123456789012:role/a:b", "arn:*:*:*:*:*", "arn:::::"] {
            assert_eq!(Arn::parse(text).unwrap().to_string(), text);
        }
        let arn = Arn::parse("arn:aws:rds:eu-west-1:123456789012:cluster:records").unwrap();
        assert_eq!((arn.partition, arn.service, arn.region), ("aws", "rds", "eu-west-1"));
        assert_eq!((arn.account, arn.resource), ("123456789012", "cluster:records"));
    }

    #[test]
    fn of_the_beginning_of_a_name_only_the_parts_count_that_have_ended() {
        let bucket = ArnStart::parse("arn:aws:s3:::rec").unwrap();
        assert_eq!((bucket.service, bucket.account, bucket.resource), (Some("s3"), Some(""), Some("rec")));
        let begun = ArnStart::parse("arn:aws:s").unwrap();
        assert_eq!((begun.partition, begun.service, begun.resource), (Some("aws"), None, None));
        let all = ArnStart::parse("arn:aws:iam::123456789012:").unwrap();
        assert_eq!((all.account, all.resource), (Some("123456789012"), Some("")));
        assert_eq!(ArnStart::parse("arn"), None);
        assert_eq!(ArnStart::parse("*"), None);
    }

    #[test]
    fn a_text_of_another_form_is_no_name() {
        for text in ["", "*", "arn", "arn:aws:s3", "x:arn:a:b:c:d", "ARN:aws:s3:::records", " arn:aws:s3:::records"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
