//! Objects in S3 that are written once and never over another one.
//!
//! A write carries `If-None-Match: *`, which S3 answers with 412 where an object of that name is there already
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>). Objects are encrypted by the key
//! that is named, or by the bucket's default encryption. Their SHA-256 goes with them: S3 keeps no object that came
//! otherwise than it was sent, and buckets with Object Lock take none without it
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>). Of an object that was written so,
//! the digest is checked when it is read.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::str::FromStr;

use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::in_full;
use crate::aws::told::Given;
use crate::aws::wire::{Body, Client, Object, object};
use crate::{Error, Result};

/// The IAM actions that reading and writing need. Listing is needed where nothing is listed, too: to whom S3 does not
/// show the bucket, it says that access is denied where an object is not there.
pub const IAM_ACTIONS: [&str; 3] = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"];
/// The advice for when S3 refuses to read.
const MAY_READ: &str =
    "the function's role needs s3:GetObject there, s3:ListBucket on the bucket, and kms:Decrypt on its key";

/// The most objects and bytes that are read as one folder of settings: such a folder holds a few small files.
const MOST_OBJECTS: usize = 500;
const MOST_BYTES: u64 = 1 << 20;

/// `s3://bucket/key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uri {
    /// The bucket's name.
    pub bucket: String,
    /// The key, or a prefix that ends in `/`; empty for the whole bucket.
    pub key: String,
}

impl FromStr for Uri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is no place in S3: write s3://bucket/key", text.escape_debug());
        let (bucket, key) =
            text.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, ""))).ok_or_else(wrong)?;
        if bucket.is_empty() {
            return Err(wrong());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl TryFrom<String> for Uri {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Uri> for String {
    fn from(uri: Uri) -> Self {
        uri.to_string()
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

impl Uri {
    /// The place below this one.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let folder = self.key.trim_matches('/');
        let key = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        Self { bucket: self.bucket.clone(), key }
    }

    /// What S3 is asked with about the object.
    fn object(&self) -> Object {
        object([("Bucket", self.bucket.as_str()), ("Key", &self.key)])
    }
}

/// The result of writing an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is there now and was not before.
    New,
    /// An object of that name was there, and still is.
    WasThere,
}

/// A door to S3.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    kms_key_id: Option<String>,
}

impl Store {
    /// A store that encrypts what it writes with this KMS key, or as the bucket does by default.
    pub fn new(settings: &SdkConfig, kms_key_id: Option<String>) -> Self {
        Self { client: Client::new(settings, "s3", Vec::new()), kms_key_id }
    }

    /// Writes a file, unless an object is there already.
    ///
    /// # Errors
    /// If the file cannot be read or S3 refuses.
    pub async fn write_file(&self, file: &Path, place: &Uri, content_type: &str) -> Result<Written> {
        let body = Body::of_file(file).await;
        let body = body.map_err(|error| Error::failed(format!("cannot read {}: {error}", file.display())))?;
        self.write(body, place, content_type).await
    }

    /// Writes bytes, unless an object is there already.
    ///
    /// # Errors
    /// If S3 refuses.
    pub async fn write_bytes(&self, bytes: Vec<u8>, place: &Uri, content_type: &str) -> Result<Written> {
        self.write(Body::of_bytes(bytes), place, content_type).await
    }

    async fn write(&self, body: Body, place: &Uri, content_type: &str) -> Result<Written> {
        let mut request = place.object();
        request.extend(object([
            ("IfNoneMatch", "*".to_owned()),
            ("ContentType", content_type.to_owned()),
            ("ChecksumAlgorithm", "SHA256".to_owned()),
            ("ChecksumSHA256", body.sha256()),
        ]));
        if let Some(key) = &self.kms_key_id {
            request.extend(object([("ServerSideEncryption", "aws:kms"), ("SSEKMSKeyId", key)]));
        }
        match self.client.send("PutObject", request, body).await {
            Ok(_) => Ok(Written::New),
            Err(error) if is_there(error.raw_response().map(|raw| raw.status().as_u16()), error.code()) => {
                Ok(Written::WasThere)
            }
            Err(error) => Err(Error::failed(format!("could not write {place} (s3:PutObject): {}", in_full(&error)))
                .help("the function's role needs s3:PutObject there, and kms:GenerateDataKey on the key")),
        }
    }

    /// Reads an object; `None` where there is none.
    ///
    /// # Errors
    /// If S3 refuses, or what came is not what was written.
    pub async fn read(&self, place: &Uri) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        Ok(self.read_into(place, &mut bytes).await?.then_some(bytes))
    }

    /// Reads an object into a file; `false` where there is none.
    ///
    /// # Errors
    /// If S3 refuses, what came is not what was written, or the file cannot be written.
    pub async fn read_to(&self, place: &Uri, file: &Path) -> Result<bool> {
        let mut out = Made { file, out: None };
        self.read_into(place, &mut out).await
    }

    async fn read_into(&self, place: &Uri, out: &mut (impl Write + Send)) -> Result<bool> {
        let mut request = place.object();
        request.extend(object([("ChecksumMode", "ENABLED")]));
        let unreadable =
            |error: String| Error::failed(format!("could not read {place} (s3:GetObject): {error}")).help(MAY_READ);
        let (answer, body) = match self.client.fetch("GetObject", request).await {
            Ok(found) => found,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(false),
            Err(error) => return Err(unreadable(in_full(&error))),
        };
        let written = answer.get("ChecksumSHA256").and_then(Value::as_str);
        let read = copy(body, out).await.map_err(|error| match error {
            Lost::OnTheWay(why) => unreadable(why),
            Lost::Here(error) => Error::failed(format!("could not keep {place}: {error}")),
        })?;
        match written.is_some_and(|written| is_other(written, &read)) {
            true => Err(unreadable("what came has another SHA-256 than what was written".to_owned())),
            false => Ok(true),
        }
    }

    /// Copies all objects below a prefix into a folder, by their names below it.
    ///
    /// # Errors
    /// If S3 refuses, or there is more than such a folder may hold.
    pub async fn read_folder(&self, prefix: &Uri, folder: &Path) -> Result<()> {
        let request = object([("Bucket", prefix.bucket.as_str()), ("Prefix", &prefix.key)]);
        let mut pages = self.client.pages("ListObjectsV2", request);
        let mut count = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                Error::failed(format!("could not list {prefix} (s3:ListBucket): {}", in_full(&error))).help(MAY_READ)
            })?;
            let page = Value::Object(page);
            for object in Given(&page).list("Contents") {
                let Some(key) = object.text("Key") else { continue };
                let Some(name) = below(&prefix.key, key) else { continue };
                count += 1;
                let size = object.get("Size").and_then(|size| size.0.as_u64()).unwrap_or(0);
                if count > MOST_OBJECTS || size > MOST_BYTES {
                    return Err(Error::usage(format!(
                        "{prefix} holds more than {MOST_OBJECTS} objects, or one of more than {MOST_BYTES} bytes"
                    ))
                    .help("keep a prefix for the settings alone"));
                }
                let path = folder.join(name);
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(|error| Error::failed(error.to_string()))?;
                }
                self.read_to(&Uri { bucket: prefix.bucket.clone(), key: key.to_owned() }, &path).await?;
            }
        }
        Ok(())
    }
}

/// The name below the prefix, if it is one that stays in its folder.
fn below<'k>(prefix: &str, key: &'k str) -> Option<&'k str> {
    let name = key.strip_prefix(prefix)?;
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    (!name.contains('\\') && name.split('/').all(is_plain)).then_some(name)
}

/// A file that is made when something is there to write.
struct Made<'f> {
    file: &'f Path,
    out: Option<BufWriter<File>>,
}

impl Write for Made<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.opened()?.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.opened()?.flush()
    }
}

impl Made<'_> {
    fn opened(&mut self) -> std::io::Result<&mut BufWriter<File>> {
        if self.out.is_none() {
            self.out = Some(BufWriter::new(File::create(self.file)?));
        }
        self.out.as_mut().ok_or_else(|| std::io::Error::other("the file is not open"))
    }
}

/// Where an object was lost.
enum Lost {
    OnTheWay(String),
    Here(std::io::Error),
}

/// Copies an object part by part. Returns its SHA-256.
async fn copy(mut body: ByteStream, out: &mut (impl Write + Send)) -> std::result::Result<[u8; 32], Lost> {
    let mut hash = Sha256::new();
    while let Some(part) = body.try_next().await.map_err(|error| Lost::OnTheWay(in_full(&error)))? {
        hash.update(&part);
        out.write_all(&part).map_err(Lost::Here)?;
    }
    out.flush().map_err(Lost::Here)?;
    Ok(hash.finalize().into())
}

/// Whether S3 names the SHA-256 of another object. That of an object in several parts is one of its parts' digests.
fn is_other(written: &str, read: &[u8; 32]) -> bool {
    !written.contains('-') && written != STANDARD.encode(read)
}

fn is_there(status: Option<u16>, code: Option<&str>) -> bool {
    status == Some(412) || code == Some("PreconditionFailed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_s3_is_written_as_a_uri() {
        let uri: Uri = "s3://results/a/b.json".parse().unwrap();
        assert_eq!((uri.bucket.as_str(), uri.key.as_str()), ("results", "a/b.json"));
        assert_eq!(uri.to_string(), "s3://results/a/b.json");
        let root: Uri = "s3://results".parse().unwrap();
        assert_eq!(root.join("x").to_string(), "s3://results/x");
        assert_eq!("s3://results/p/".parse::<Uri>().unwrap().join("x").to_string(), "s3://results/p/x");
        assert!("results/a".parse::<Uri>().is_err() && "s3:///a".parse::<Uri>().is_err());
    }

    #[test]
    fn an_object_of_one_part_has_the_digest_that_it_was_written_with() {
        let digest: [u8; 32] = Sha256::digest(b"abc").into();
        assert!(!is_other("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", &digest));
        assert!(is_other("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=", &digest));
        assert!(!is_other("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=-3", &digest));
    }

    #[test]
    fn names_from_a_bucket_cannot_leave_their_folder() {
        assert_eq!(below("config/", "config/rules/a.yaml"), Some("rules/a.yaml"));
        for key in ["config/../x", "config//etc/passwd", "config/a/./b", "config/", "other/x", "config/a\\..\\b"] {
            assert_eq!(below("config/", key), None, "{key}");
        }
    }
}
