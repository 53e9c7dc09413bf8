//! Reads a policy from a file or stdin: the document itself, or an answer of AWS with the document somewhere inside.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::output::text::shorten;
use crate::rule::question::check_document;
use crate::source::{Origin, SourceFile};
use crate::{Error, Result};

/// The name that stands for stdin.
pub(super) const STDIN: &str = "-";

/// AWS's largest policy has 100 KiB; whatever is longer than this is something else, or endless.
const MOST_BYTES: u64 = 1 << 20;

/// The members of AWS's answers that hold a document, outermost first where one stands in another.
const ENVELOPES: [&str; 9] = [
    "PolicyVersion",
    "Role",
    "Attributes",
    "Policy",
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "ResourcePolicy",
    "policyText",
    "Document",
];

/// The depth to which a document may be packed: an object in an object, or a text in it.
const MOST_LAYERS: usize = 6;

/// The document; null where the file says null.
///
/// # Errors
/// A usage error with file, line and column, or with the reason why it is no policy.
pub(super) fn read(file: &Path) -> Result<Value> {
    let name = if file == Path::new(STDIN) { "stdin".to_owned() } else { file.display().to_string() };
    let bytes = contents(file).map_err(|error| {
        Error::usage(format!("{name} cannot be read: {}", crate::error::unreadable(&error)))
            .help("name a file, or `-` for stdin")
    })?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::usage(format!("{name} is longer than {MOST_BYTES} bytes: no policy is")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::usage(format!("{name} is no text in UTF-8: its byte {} is wrong", at + 1))
    })?;
    unpacked(parse(&name, text.trim_start_matches('\u{feff}'))?, name)
}

fn contents(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == Path::new(STDIN) {
        io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// JSON, percent-encoded as IAM's API returns it or not: no JSON begins with a percent sign.
fn parse(name: &str, text: &str) -> Result<Value> {
    let (name, text) = match text.trim_start().starts_with('%') {
        true => (format!("{name} (decoded)"), percent_decode_str(text.trim()).decode_utf8()),
        false => (name.to_owned(), Ok(Cow::Borrowed(text))),
    };
    let text = text.map_err(|_| Error::usage(format!("{name} is no text in UTF-8")))?;
    if text.trim().is_empty() {
        return Err(Error::usage(format!("{name} is empty")));
    }
    serde_json::from_str(&text).map_err(|error| not_json(name, &text, &error))
}

fn not_json(name: String, text: &str, error: &serde_json::Error) -> Error {
    let words = error.to_string();
    let reason = words.rsplit_once(" at line ").map_or(words.as_str(), |(reason, _)| reason);
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let source = SourceFile { origin: Origin::File(name.into()), text: text.to_owned().into() };
    let problem = source.problem_at(line_start + error.column().saturating_sub(1), format!("not JSON: {reason}"));
    Error::usage(problem.to_string())
}

fn unpacked(mut value: Value, mut name: String) -> Result<Value> {
    if value.is_null() {
        return Ok(value);
    }
    for _ in 0..MOST_LAYERS {
        value = match value {
            Value::String(text) => parse(&name, &text)?,
            Value::Object(mut fields) if !fields.contains_key("Statement") => {
                let Some(envelope) = ENVELOPES.into_iter().find(|envelope| fields.contains_key(*envelope)) else {
                    value = Value::Object(fields);
                    break;
                };
                name = format!("{name} ({envelope})");
                fields.remove(envelope).unwrap_or_default()
            }
            other => {
                value = other;
                break;
            }
        };
    }
    match check_document(&value) {
        Ok(()) => Ok(value),
        Err(reason) => Err(Error::usage(format!("{name} cannot be read as a policy: {}", shorten(&reason, 300)))
            .help("FILE holds a policy document, or what `aws s3api get-bucket-policy` and its like print")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_text(text: &str) -> Result<Value> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policy.json");
        std::fs::write(&file, text).unwrap();
        read(&file)
    }

    fn refused(text: &str) -> String {
        let error = read_text(text).unwrap_err();
        assert_eq!(error.fault, crate::error::Fault::Usage);
        error.message.split_once("policy.json").unwrap().1.to_owned()
    }

    #[test]
    fn the_document_is_found_in_whatever_aws_prints() {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a+b%20c/*"}
        ]});
        let text = document.to_string();
        let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let answers = [
            text.clone(),
            format!("\u{feff}{text}"),
            encoded.clone(),
            json!(text).to_string(),
            json!({"Policy": text}).to_string(),
            json!({"Policy": text, "PolicyName": "default"}).to_string(),
            json!({"PolicyDocument": document, "RoleName": "r", "PolicyName": "p"}).to_string(),
            json!({"PolicyDocument": encoded}).to_string(),
            json!({"PolicyVersion": {"Document": document, "VersionId": "v1"}}).to_string(),
            json!({"PolicyVersion": {"Document": encoded}}).to_string(),
            json!({"Role": {"RoleName": "r", "AssumeRolePolicyDocument": encoded}}).to_string(),
            json!({"Attributes": {"Policy": text, "Owner": "123456789012"}}).to_string(),
        ];
        for answer in answers {
            assert_eq!(read_text(&answer).unwrap(), document, "{answer}");
        }
    }

    #[test]
    fn null_is_no_policy_but_only_in_the_open() {
        assert_eq!(read_text(" null\n").unwrap(), Value::Null);
        assert!(refused(r#"{"Policy": null}"#).starts_with(" (Policy) cannot be read as a policy"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert!(refused("{\n  \"Version\": \"2012-10-17\"\n  \"Statement\": []\n}").starts_with(":3:3: not JSON: "));
        assert!(refused(r#"{"Policy": "{\"Version\": }"}"#).starts_with(" (Policy):1:13: not JSON: "));
        assert_eq!(refused(" \n"), " is empty");
        assert_eq!(refused("%7B%FF%7D"), " (decoded) is no text in UTF-8");
        assert!(refused("[]").starts_with(" cannot be read as a policy: "));
        assert!(refused(r#"{"Statement": {"Effect": "allow"}}"#).contains("cannot be read as a policy"));
        assert!(refused(&"[".repeat(1 << 21)).starts_with(" is longer than 1048576 bytes"));
        assert!(refused(&"[".repeat(1 << 12)).contains("recursion"));
    }

    #[test]
    fn a_document_packed_endlessly_is_none() {
        let packed = (0..50).fold(json!({"Statement": []}), |inner, _| json!({"Policy": inner}));
        assert!(refused(&packed.to_string()).contains("cannot be read as a policy"));
    }
}
