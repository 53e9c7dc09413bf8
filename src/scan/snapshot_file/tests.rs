use serde_json::json;

use super::*;
use crate::model::{CallOutcome, GapClass, SNAPSHOT_SCHEMA_VERSION};

const ACCOUNT: &str = "123456789012";

fn snapshot() -> Snapshot {
    Snapshot {
        header: Header {
            schema_version: SNAPSHOT_SCHEMA_VERSION,
            account: ACCOUNT.parse().unwrap(),
            partition: "aws".to_owned(),
            caller: None,
            enabled_regions: None,
            regions: vec!["us-east-1".parse().unwrap()],
            taken_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            finished_at: "2026-01-01T00:00:05Z".parse().unwrap(),
            tool_version: "0.1.0".to_owned(),
            kinds: vec!["AWS::S3::Bucket".to_owned()],
        },
        resources: vec![Resource {
            kind: "AWS::S3::Bucket".to_owned(),
            id: "records".to_owned(),
            arn: Some("arn:aws:s3:::records".to_owned()),
            account: ACCOUNT.parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            facts: json!({"BucketPolicy": null, "BucketName": "records\u{202e}"}),
        }],
        gaps: vec![Gap {
            account: ACCOUNT.parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            service: "s3".to_owned(),
            operation: "GetBucketPolicy".to_owned(),
            resource: Some("records".to_owned()),
            class: GapClass::Denied,
            code: "AccessDenied".to_owned(),
            message: "no".to_owned(),
            request_id: None,
            facts: vec!["AWS::S3::Bucket.BucketPolicy".to_owned()],
            population: vec!["AWS::S3::AccessPoint".to_owned()],
            iam_actions: vec!["s3:GetBucketPolicy".to_owned()],
        }],
        calls: vec![CallRecord {
            service: "s3".to_owned(),
            operation: "GetBucketPolicy".to_owned(),
            region: "us-east-1".parse().unwrap(),
            resource: Some("records".to_owned()),
            started_at: "2026-01-01T00:00:01Z".parse().unwrap(),
            account: ACCOUNT.parse().ok(),
            outcome: CallOutcome::Failed,
            code: Some("AccessDenied".to_owned()),
            http_status: Some(403),
            attempts: 1,
            duration_ms: 5,
            request_id: None,
            sha256: Some("0a".repeat(32)),
        }],
    }
}

fn bytes(snapshot: &Snapshot) -> Vec<u8> {
    let mut out = Vec::new();
    write(snapshot, &mut out).unwrap();
    out
}

fn text() -> String {
    String::from_utf8(bytes(&snapshot())).unwrap()
}

/// The text with a closing line that fits it again.
fn sealed(text: &str) -> String {
    let (lines, _) = text.trim_end().rsplit_once('\n').unwrap();
    let lines = format!("{lines}\n");
    let count = |prefix: &str| lines.lines().filter(|line| line.starts_with(prefix)).count();
    let (resources, gaps, calls) = (count("{\"resource\""), count("{\"gap\""), count("{\"call\""));
    let sha256 = hex::encode(Sha256::digest(&lines));
    let counts = format!("\"resources\":{resources},\"gaps\":{gaps},\"calls\":{calls}");
    format!("{lines}{{\"end\":{{{counts},\"sha256\":\"{sha256}\"}}}}\n")
}

fn error(text: &str) -> String {
    read(text.as_bytes(), "file").expect_err("must be refused").message
}

#[test]
fn what_is_saved_is_read_back_compressed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.ndjson", "a.ndjson.zst"] {
        let path = folder.path().join(name);
        save(&snapshot(), &path).unwrap();
        assert_eq!(open(&path).unwrap(), snapshot());
    }
}

#[test]
fn foreign_newer_older_damaged_and_cut_files_are_told_apart() {
    assert!(error("").contains("not a Safeguard snapshot"));
    assert!(error("{\"findings\": []}").contains("no header"));
    assert!(error("not JSON").contains("line 1"));
    let newer = text().replacen("\"schema_version\":2", "\"schema_version\":99", 1);
    assert!(error(&newer).contains("schema version 99"));
    let older = text().replacen("\"schema_version\":2", "\"schema_version\":1", 1);
    assert!(error(&older).contains("version 1 carries no digest, so nobody can tell whether it was altered"));
    let cut = text().lines().take(2).collect::<Vec<_>>().join("\n");
    assert!(error(&cut).contains("not whole"));
    assert_eq!(error(&text()[..text().len() - 10]), "file, line 5: it ends in the middle");
    let other = text().replace("\"account\":\"123456789012\",\"region\"", "\"account\":\"999999999999\",\"region\"");
    assert!(error(&other).contains("999999999999"), "{other}");
    assert!(error(&format!("{}{}", text(), "{}")).contains("after the closing line"));
    assert!(
        error(&text().replace("records\\u", "recorbs\\u").replace("records\u{202e}", "recorbs\u{202e}"))
            .contains("altered")
    );
}

#[test]
fn no_flipped_bit_of_a_plain_snapshot_is_judged() {
    let whole = bytes(&snapshot());
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&damaged[..], "file").is_err(), "bit {bit}: {}", String::from_utf8_lossy(&damaged));
    }
    for length in 0..whole.len() {
        assert!(read(&whole[..length], "file").is_err(), "{length} bytes");
    }
}

#[test]
fn no_flipped_bit_of_a_compressed_snapshot_is_judged() {
    let mut whole = Vec::new();
    zstandard::write(&mut whole, |out| write(&snapshot(), out)).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&damaged[..], "file").is_err(), "bit {bit}");
    }
    // What another tool packed has no seal, and its text still has its digest.
    let whole = zstd::encode_all(&bytes(&snapshot())[..], 3).unwrap();
    assert_eq!(read(&whole[..], "file").unwrap(), snapshot());
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&damaged[..], "file").map_or(true, |read| read == snapshot()), "bit {bit}");
    }
}

#[test]
fn one_resource_has_one_line() {
    let line = text().lines().nth(1).unwrap().to_owned();
    let doubled = sealed(&text().replacen(&line, &format!("{line}\n{}", line.replace("null", "\"p\"")), 1));
    assert_eq!(
        error(&doubled),
        "file: lines 2 and 3 are about the same resource: AWS::S3::Bucket \"records\" in us-east-1"
    );
    let elsewhere = line.replace("us-east-1", "us-east-2");
    read(sealed(&text().replacen(&line, &format!("{line}\n{elsewhere}"), 1)).as_bytes(), "file").unwrap();
}

#[test]
fn every_field_that_reports_pass_on_has_its_form() {
    read(sealed(&text()).as_bytes(), "file").unwrap();
    let table = [
        (1, "123456789012", "12345678901"),
        (1, "123456789012", "<script>alert"),
        (1, "\"partition\":\"aws\"", "\"partition\":\"azure\""),
        (1, "[\"us-east-1\"]", "[\"us-east-1\\n::error::x\"]"),
        (1, "[\"us-east-1\"]", "[\"us-east-1\",\"us-east-1\"]"),
        (1, "2026-01-01T00:00:00Z", "yesterday"),
        (1, "2026-01-01T00:00:05Z", "2026-13-01T00:00:05Z"),
        (1, "\"tool_version\":\"0.1.0\"", "\"tool_version\":\"<b>\""),
        (1, "[\"AWS::S3::Bucket\"]", "[\"Bucket\"]"),
        (2, "AWS::S3::Bucket", "Bucket"),
        (2, "us-east-1", "US EAST"),
        (2, "arn:aws:s3:::records", "records"),
        (2, "123456789012", "210987654321"),
        (2, "{\"BucketName\":\"records\u{202e}\",\"BucketPolicy\":null}", "[]"),
        (3, "us-east-1", "##[error]"),
        (3, "\"service\":\"s3\"", "\"service\":\"s 3\""),
        (3, "\"operation\":\"GetBucketPolicy\"", "\"operation\":\"\""),
        (3, "AWS::S3::Bucket.BucketPolicy", "Bucket Policy"),
        (3, "AWS::S3::AccessPoint", "AccessPoint"),
        (3, "s3:GetBucketPolicy", "s3 GetBucketPolicy"),
        (4, "\"service\":\"s3\"", "\"service\":\"\""),
        (4, "\"operation\":\"GetBucketPolicy\"", "\"operation\":\"Get Policy\""),
        (4, "us-east-1", "nowhere!"),
        (4, "2026-01-01T00:00:01Z", "soon"),
        (4, "0a0a", "0A0A"),
        (4, "123456789012", "210987654321"),
    ];
    for (number, right, wrong) in table {
        let lines: Vec<String> = text()
            .lines()
            .enumerate()
            .map(|(at, line)| if at + 1 == number { line.replacen(right, wrong, 1) } else { line.to_owned() })
            .collect();
        let altered = sealed(&(lines.join("\n") + "\n"));
        assert_ne!(altered, text(), "{right}");
        assert!(error(&altered).starts_with(&format!("file, line {number}: ")), "{wrong}: {}", error(&altered));
    }
}

#[test]
fn a_line_is_never_longer_than_memory_should_be() {
    let endless = std::io::repeat(b' ').take(3 << 30);
    let read = read(std::io::Cursor::new(text()).chain(endless), "file");
    assert_eq!(read.unwrap_err().message, "file, line 6: it is longer than 16 MB, which no line is");
}

#[test]
fn messages_have_no_words_of_a_parser() {
    for (right, wrong) in
        [("\"facts\":{", "\"facts\":5,\"x\":{"), ("\"region\":", "\"regoin\":"), ("\"denied\"", "\"no\"")]
    {
        let message = error(&sealed(&text().replacen(right, wrong, 1)));
        for word in ["column", "EOF", "variant", "invalid type", "expected"] {
            assert!(!message.contains(word), "{message}");
        }
    }
}
