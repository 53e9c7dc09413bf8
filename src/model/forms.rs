//! Words that have a form: what can be told of them without asking AWS.

/// Twelve digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `eu-west-1`, `us-gov-east-1`: at least two words and a number.
pub fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    is_number && words.contains('-') && words.split('-').all(is_word)
}

/// Tells whether AWS may call a region so. Some regions have names of another form: lower-case letters, digits and
/// hyphens.
pub fn is_region_like(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(is_part)
}

/// `aws`, `aws-us-gov`.
pub fn is_partition(text: &str) -> bool {
    text.starts_with("aws") && is_region_like(text)
}

/// `AWS::S3::Bucket`: two or more words of letters and digits.
pub fn is_kind(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 200 && text.contains("::") && text.split("::").all(is_word)
}

/// `0.1.0`, `1.2.0-rc.1+build`.
pub fn is_version(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
    !text.is_empty() && text.len() <= 64 && text.bytes().all(is_part)
}

/// 64 hexadecimal digits in lower case.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The name of a service, an operation, an action or a fact: one word without anything that means something elsewhere.
pub fn is_plain(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b":._-*".contains(&byte);
    !text.is_empty() && text.len() <= 200 && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_by_their_form() {
        type Form = fn(&str) -> bool;
        let table: [(Form, &[&str], &[&str]); 7] = [
            (
                is_account_id,
                &["123456789012"],
                &["", "12345678901", "1234567890123", "12345678901a", "12345678901\u{661}"],
            ),
            (
                is_region,
                &["us-east-1", "us-gov-west-1"],
                &["", "us-east", "useast1", "US-east-1", "us-east-1 ", "global"],
            ),
            (is_region_like, &["us-east-1", "mx-central-1"], &["", "us east", "us-east-1\n", "##[x]"]),
            (is_partition, &["aws", "aws-us-gov", "aws-cn"], &["", "azure", "AWS", "aws cn"]),
            (is_kind, &["AWS::S3::Bucket", "AWS::Region"], &["", "Bucket", "AWS::", "AWS::S3 ::Bucket", "::"]),
            (is_version, &["0.1.0", "1.0.0-rc.1+5"], &["", "0.1.0 ", "<b>"]),
            (is_plain, &["s3:GetBucketPolicy", "AWS::S3::Bucket.Tags"], &["", "a b", "::error\n", "<b>"]),
        ];
        for (has_form, right, wrong) in table {
            assert!(right.iter().all(|text| has_form(text)), "{right:?}");
            assert!(wrong.iter().all(|text| !has_form(text)), "{wrong:?}");
        }
        assert!(is_sha256(&"0a".repeat(32)) && !is_sha256(&"0A".repeat(32)) && !is_sha256("0a"));
    }
}
