//! Digests of files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

/// The SHA-256 of a file, which is never held as a whole.
///
/// # Errors
/// If it cannot be read to its end, or is no file.
pub fn sha256_of_file(file: &Path) -> io::Result<[u8; 32]> {
    // A pipe or a device would never end.
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut hash = Sha256::new();
    let mut file = File::open(file)?;
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&part[..read]),
        }
    }
}
