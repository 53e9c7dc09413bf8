//! Objects in S3 that are written once and never over another one.
//!
//! A write carries `If-None-Match: *`, which S3 answers with 412 where an object of that name is there already
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>). Objects are encrypted by the key
//! that is named, or by the bucket's default encryption.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use serde::{Deserialize, Serialize};

use super::in_full;
use crate::{Error, Result};

/// The IAM actions that reading and writing need. Listing is needed where nothing is listed, too: to whom S3 does not
/// show the bucket, it says that access is denied where an object is not there.
pub const IAM_ACTIONS: [&str; 3] = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"];
/// The advice for when S3 refuses to read.
const MAY_READ: &str =
    "the function's role needs s3:GetObject there, s3:ListBucket on the bucket, and kms:Decrypt on its key";

/// The most objects and bytes that are read as one folder of settings: such a folder holds a few small files.
const MOST_OBJECTS: usize = 500;
const MOST_BYTES: usize = 1 << 20;

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
        let mut config = aws_sdk_s3::config::Builder::from(settings);
        // An endpoint of one's own knows buckets by their path.
        if settings.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL").is_some() {
            config = config.force_path_style(true);
        }
        Self { client: Client::from_conf(config.build()), kms_key_id }
    }

    /// Writes a file, unless an object is there already.
    ///
    /// # Errors
    /// If the file cannot be read or S3 refuses.
    pub async fn write_file(&self, file: &Path, place: &Uri, content_type: &str) -> Result<Written> {
        let body = ByteStream::from_path(file)
            .await
            .map_err(|error| Error::failed(format!("cannot read {}: {error}", file.display())))?;
        self.write(body, place, content_type).await
    }

    /// Writes bytes, unless an object is there already.
    ///
    /// # Errors
    /// If S3 refuses.
    pub async fn write_bytes(&self, bytes: Vec<u8>, place: &Uri, content_type: &str) -> Result<Written> {
        self.write(ByteStream::from(bytes), place, content_type).await
    }

    async fn write(&self, body: ByteStream, place: &Uri, content_type: &str) -> Result<Written> {
        let mut request = self.client.put_object().bucket(&place.bucket).key(&place.key);
        request = request.body(body).if_none_match("*").content_type(content_type);
        if let Some(key) = &self.kms_key_id {
            request = request.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(key);
        }
        match request.send().await {
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
    /// If S3 refuses.
    pub async fn read(&self, place: &Uri) -> Result<Option<Vec<u8>>> {
        let unreadable =
            |error: String| Error::failed(format!("could not read {place} (s3:GetObject): {error}")).help(MAY_READ);
        match self.client.get_object().bucket(&place.bucket).key(&place.key).send().await {
            Ok(object) => {
                let body = object.body.collect().await.map_err(|error| unreadable(error.to_string()))?;
                Ok(Some(body.to_vec()))
            }
            Err(error) if error.code() == Some("NoSuchKey") => Ok(None),
            Err(error) => Err(unreadable(in_full(&error))),
        }
    }

    /// Reads an object into a file; `false` where there is none.
    ///
    /// # Errors
    /// If S3 refuses or the file cannot be written.
    pub async fn read_to(&self, place: &Uri, file: &Path) -> Result<bool> {
        let object = match self.client.get_object().bucket(&place.bucket).key(&place.key).send().await {
            Ok(object) => object,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(false),
            Err(error) => {
                return Err(
                    Error::failed(format!("could not read {place} (s3:GetObject): {}", in_full(&error))).help(MAY_READ)
                );
            }
        };
        let failed = |error: std::io::Error| Error::failed(format!("could not keep {place}: {error}"));
        let mut body = object.body;
        let mut out = std::io::BufWriter::new(std::fs::File::create(file).map_err(failed)?);
        while let Some(chunk) = body.try_next().await.map_err(|error| failed(std::io::Error::other(error)))? {
            std::io::Write::write_all(&mut out, &chunk).map_err(failed)?;
        }
        std::io::Write::flush(&mut out).map_err(failed)?;
        Ok(true)
    }

    /// Copies all objects below a prefix into a folder, by their names below it.
    ///
    /// # Errors
    /// If S3 refuses, or there is more than such a folder may hold.
    pub async fn read_folder(&self, prefix: &Uri, folder: &Path) -> Result<()> {
        let mut pages =
            self.client.list_objects_v2().bucket(&prefix.bucket).prefix(&prefix.key).into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                Error::failed(format!("could not list {prefix} (s3:ListBucket): {}", in_full(&error))).help(MAY_READ)
            })?;
            for object in page.contents() {
                let Some(key) = object.key() else { continue };
                let Some(name) = below(&prefix.key, key) else { continue };
                count += 1;
                if count > MOST_OBJECTS || object.size().unwrap_or(0) > MOST_BYTES as i64 {
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
    fn names_from_a_bucket_cannot_leave_their_folder() {
        assert_eq!(below("config/", "config/rules/a.yaml"), Some("rules/a.yaml"));
        for key in ["config/../x", "config//etc/passwd", "config/a/./b", "config/", "other/x", "config/a\\..\\b"] {
            assert_eq!(below("config/", key), None, "{key}");
        }
    }
}
