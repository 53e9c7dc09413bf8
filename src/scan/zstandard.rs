//! Files that may be compressed: by what they begin with, not by their names.

use std::io::{self, BufRead, BufReader, Read};

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The text behind a source, compressed or not.
pub(super) fn open<'s>(source: impl Read + 's) -> io::Result<Box<dyn BufRead + 's>> {
    let mut source = BufReader::new(source);
    if source.fill_buf()?.starts_with(&MAGIC) {
        Ok(Box::new(BufReader::new(zstd::Decoder::with_buffer(source)?)))
    } else {
        Ok(Box::new(source))
    }
}
