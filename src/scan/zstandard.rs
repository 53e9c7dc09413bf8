//! Files that may be compressed: by what they begin with, not by their names.
//!
//! What this program compresses ends in a seal: a frame that every decoder skips, with the SHA-256 of all compressed
//! bytes before it. A flipped bit may unpack to the very same text, and the file was damaged all the same. What other
//! tools compressed has no seal; its text has a digest of its own.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::error::unreadable;

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The beginning of a frame that decoders skip: one of sixteen numbers, of which the first is ours, and the length
/// behind it.
const SEAL: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 32, 0, 0, 0];
const SEAL_LENGTH: usize = SEAL.len() + 32;
/// 8 MB: what every decoder must be able to hold, and more than any level below 20 makes use of.
const WINDOW_LOG_MAX: u32 = 23;
const LEVEL: i32 = 9;
/// The size that a text may have however small it was packed, and the factor by which it may be larger than its
/// packed form beyond that.
const ANY_SIZE: u64 = 64 << 20;
const MOST_TIMES: u64 = 500;

/// The text behind a source, compressed or not.
pub(super) fn open<'s>(source: impl Read + 's) -> io::Result<Box<dyn BufRead + 's>> {
    let mut source = BufReader::new(source);
    if source.fill_buf()?.starts_with(&MAGIC) {
        let packed = Rc::new(Cell::new(0));
        let sealed = Sealed::new(source, Rc::clone(&packed));
        let mut decoder = zstd::Decoder::with_buffer(BufReader::new(sealed))?;
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        Ok(Box::new(BufReader::new(Bounded { decoder, packed, unpacked: 0 })))
    } else {
        Ok(Box::new(source))
    }
}

/// A reader of unpacked text that stops when the text is out of proportion: reports and snapshots shrink to a
/// fiftieth, not to a thousandth.
struct Bounded<D> {
    decoder: D,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
}

impl<D: Read> Read for Bounded<D> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(out)?;
        self.unpacked += count as u64;
        match self.unpacked > ANY_SIZE + MOST_TIMES * self.packed.get() {
            true => Err(io::Error::new(io::ErrorKind::InvalidData, SWOLLEN)),
            false => Ok(count),
        }
    }
}

/// Compresses and seals what is written.
pub(super) fn write(out: &mut dyn Write, contents: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut hashing = Hashing { out, hash: Sha256::new() };
    let mut encoder = zstd::Encoder::new(&mut hashing, LEVEL)?;
    contents(&mut encoder)?;
    encoder.finish()?;
    let Hashing { out, hash } = hashing;
    out.write_all(&seal(hash))
}

fn seal(hash: Sha256) -> Vec<u8> {
    let mut seal = SEAL.to_vec();
    seal.extend_from_slice(&hash.finalize());
    seal
}

/// Says why a file could not be read, without the words of the library that unpacks it.
pub(super) fn reason(error: &io::Error) -> String {
    if error.raw_os_error().is_some() {
        return unreadable(error);
    }
    let text = error.to_string();
    match error.kind() {
        io::ErrorKind::InvalidData if [ALTERED, SWOLLEN].contains(&text.as_str()) => text,
        _ if text.contains("too much memory") => {
            "it was compressed with a window of more than 8 MB; compress it at level 19 or lower".to_owned()
        }
        _ => "its compressed data are damaged or cut short".to_owned(),
    }
}

const ALTERED: &str = "its compressed data are not those that were written: their digest is another one";
const SWOLLEN: &str = "it unpacks to more than 500 times its size, which nothing does that Safeguard writes";

struct Hashing<'o> {
    out: &'o mut dyn Write,
    hash: Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Compressed bytes whose seal, if they have one, is looked at before their end is told.
struct Sealed<R> {
    source: R,
    hash: Sha256,
    /// The bytes that were read and not given yet: as long as more may come, the last bytes may be the seal.
    held: Vec<u8>,
    is_over: bool,
    /// The number of bytes that were given.
    given: Rc<Cell<u64>>,
}

impl<R: Read> Sealed<R> {
    fn new(source: R, given: Rc<Cell<u64>>) -> Self {
        Self { source, hash: Sha256::new(), held: Vec::new(), is_over: false, given }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 1 << 13];
        while !self.is_over && self.held.len() <= SEAL_LENGTH {
            match self.source.read(&mut buffer) {
                Ok(0) => {
                    self.is_over = true;
                    self.check()?;
                }
                Ok(count) => self.held.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn check(&self) -> io::Result<()> {
        // Any of the sixteen numbers: one bit of ours may have been flipped.
        let may_be_seal =
            self.held.len() == SEAL_LENGTH && self.held[0] >> 4 == SEAL[0] >> 4 && self.held[1..8] == SEAL[1..];
        if may_be_seal && self.held != seal(self.hash.clone()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, ALTERED));
        }
        Ok(())
    }
}

impl<R: Read> Read for Sealed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let free = if self.is_over { self.held.len() } else { self.held.len() - SEAL_LENGTH };
        let count = free.min(out.len());
        out[..count].copy_from_slice(&self.held[..count]);
        self.hash.update(&self.held[..count]);
        self.held.drain(..count);
        self.given.set(self.given.get() + count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        write(&mut packed, |out| out.write_all(text)).unwrap();
        packed
    }

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        open(bytes)?.read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn what_is_packed_is_unpacked_whether_or_not_it_was_sealed() {
        for text in [&b""[..], b"a", &b"0123456789".repeat(100_000)] {
            assert_eq!(unpacked(&packed(text)).unwrap(), text);
            assert_eq!(unpacked(&zstd::encode_all(text, 3).unwrap()).unwrap(), text);
        }
        assert_eq!(unpacked(b"plain").unwrap(), b"plain");
    }

    #[test]
    fn a_frame_with_a_seal_is_one_that_other_tools_read() {
        let mut text = Vec::new();
        zstd::Decoder::new(&packed(b"hello")[..]).unwrap().read_to_end(&mut text).unwrap();
        assert_eq!(text, b"hello");
    }

    #[test]
    fn no_flipped_bit_and_no_missing_byte_goes_unseen() {
        let text = b"a line and a line and another line\n".repeat(40);
        let whole = packed(&text);
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // Without its first four bytes it is no compressed file.
            assert!(bit < 32 || unpacked(&damaged).is_err(), "bit {bit}");
        }
        for length in 4..whole.len() {
            let cut = unpacked(&whole[..length]);
            let only_the_seal_is_gone = length == whole.len() - SEAL_LENGTH;
            assert!(cut.is_err() || only_the_seal_is_gone, "{length} bytes");
        }
    }

    #[test]
    fn what_swells_beyond_measure_is_refused_in_words() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        io::copy(&mut io::repeat(b' ').take(200 << 20), &mut encoder).unwrap();
        let error = io::copy(&mut open(&encoder.finish().unwrap()[..]).unwrap(), &mut io::sink()).unwrap_err();
        assert!(reason(&error).contains("500 times its size"), "{error}");
    }

    #[test]
    fn a_window_that_takes_much_memory_is_refused_in_words() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(&[0; 100]).unwrap();
        let error = unpacked(&encoder.finish().unwrap()).unwrap_err();
        assert!(reason(&error).contains("more than 8 MB"), "{error}");
    }
}
