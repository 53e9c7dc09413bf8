//! Bodies that are streams of bytes and no documents: the objects of S3.

use std::path::Path;

use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::source::sha256_of_file;

/// Bytes that a request carries. Their digest is known before they are sent, so that the signature holds for them and the
/// service can tell whether they came whole. It may be sent again after a failure.
#[derive(Debug)]
pub struct Body {
    pub(super) bytes: SdkBody,
    digest: [u8; 32],
}

impl Body {
    /// Bytes in memory.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes).into();
        Self { bytes: SdkBody::from(bytes), digest }
    }

    /// A file, which is read twice and never held as a whole.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn of_file(path: &Path) -> std::io::Result<Self> {
        let digest = sha256_of_file(path)?;
        let bytes = ByteStream::from_path(path).await.map_err(std::io::Error::other)?;
        Ok(Self { bytes: bytes.into_inner(), digest })
    }

    /// The SHA-256 as S3's headers spell it.
    pub fn sha256(&self) -> String {
        STANDARD.encode(self.digest)
    }

    /// The SHA-256 as signatures spell it.
    pub(super) fn sha256_hex(&self) -> String {
        hex::encode(self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_has_the_digest_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report");
        let bytes = b"findings\n".repeat(20_000);
        std::fs::write(&file, &bytes).unwrap();
        let body = Body::of_file(&file).await.unwrap();
        assert_eq!(body.bytes.content_length(), Some(180_000));
        assert_eq!(body.sha256(), Body::of_bytes(bytes).sha256());
        assert_eq!(Body::of_bytes(b"abc".to_vec()).sha256(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert!(Body::of_file(&folder.path().join("none")).await.is_err());
    }
}
