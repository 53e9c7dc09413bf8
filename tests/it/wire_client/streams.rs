//! Bodies that are bytes: the objects of S3.

use safeguard::aws::Failure;
use safeguard::aws::wire::{Body, Client, object};
use safeguard::model::GapClass;

use super::bed::{Echo, runtime};
use crate::http::Reply;

const BYTES: &[u8] = b"\x00\xff<Error>no document</Error>";

/// Their SHA-256, in the two spellings that S3 asks for.
const IN_HEX: &str = "99a55120463d7a84dca2fa8e908148f6bc3c11eef2468a20a65b9b0616d6a275";
const IN_BASE64: &str = "maVRIEY9eoTcovqOkIFI9rw8Ee7yRoogplubBhbWonU=";

fn client(echo: &Echo) -> Client {
    Client::new(&echo.config(), "s3", Vec::new())
}

#[test]
fn an_object_is_sent_with_its_digest_signed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("object");
    std::fs::write(&file, BYTES).unwrap();
    let echo = Echo::start();
    for body in [Body::of_bytes(BYTES.to_vec()), runtime().block_on(Body::of_file(&file)).unwrap()] {
        echo.answer_with(Reply::new(200, "text/plain", "").with_header("etag", "\"e\""));
        let input = object([
            ("Bucket", "records".to_owned()),
            ("Key", "runs/a b/ü.json".to_owned()),
            ("IfNoneMatch", "*".to_owned()),
            ("ContentType", "application/json".to_owned()),
            ("ChecksumSHA256", body.sha256()),
        ]);
        let answer = runtime().block_on(client(&echo).send("PutObject", input, body)).unwrap();
        assert_eq!(answer["ETag"], "\"e\"");
        let asked = echo.asked().unwrap();
        assert_eq!((asked.method.as_str(), asked.path()), ("PUT", "/records/runs/a%20b/%C3%BC.json"));
        assert_eq!(asked.body, BYTES);
        for (name, value) in [
            ("x-amz-content-sha256", IN_HEX),
            ("x-amz-checksum-sha256", IN_BASE64),
            ("if-none-match", "*"),
            ("content-type", "application/json"),
            ("content-length", "28"),
        ] {
            assert_eq!(asked.header(name), Some(value), "{name}");
        }
        let signed = asked.header("authorization").unwrap();
        for name in ["if-none-match", "x-amz-checksum-sha256", "x-amz-content-sha256"] {
            assert!(signed.contains(name), "{name}: {signed}");
        }
    }
}

#[test]
fn an_object_comes_as_it_is_and_an_error_as_a_document() {
    let echo = Echo::start();
    let input = || object([("Bucket", "records"), ("Key", "a"), ("ChecksumMode", "ENABLED")]);
    let reply = Reply::new(200, "application/json", BYTES).with_header("x-amz-checksum-sha256", IN_BASE64);
    echo.answer_with(reply.with_header("expires", "never"));
    let (answer, body) = runtime().block_on(client(&echo).fetch("GetObject", input())).unwrap();
    assert_eq!(answer["ChecksumSHA256"], IN_BASE64);
    assert_eq!(runtime().block_on(body.collect()).unwrap().to_vec(), BYTES);
    assert_eq!(echo.asked().unwrap().header("x-amz-checksum-mode"), Some("ENABLED"));

    let error = "<Error><Code>NoSuchKey</Code><Message>no such object</Message></Error>";
    echo.answer_with(Reply::new(404, "application/xml", error));
    let failed = runtime().block_on(client(&echo).fetch("GetObject", input())).unwrap_err();
    let failure = Failure::of(&failed);
    assert_eq!((failure.code.as_str(), failure.message.as_str()), ("NoSuchKey", "no such object"));
    echo.answer_with(Reply::new(404, "application/xml", &error[..30]));
    let failed = runtime().block_on(client(&echo).fetch("GetObject", input())).unwrap_err();
    assert_eq!(Failure::of(&failed).class, GapClass::Malformed);
}
